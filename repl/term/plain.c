// SPDX-License-Identifier: Apache-2.0
// The reader for everything that is no terminal we can paint on: a pipe, a file, an editor's
// shell buffer. Lines are read whole, no escape code is ever written, and prompts appear only
// where a person reads them. Cells are what they would be at the real prompt: as many lines as
// the statement takes. A person ends an open block by an empty line; a pipe is read one line
// ahead instead, so that a function may hold empty lines.
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Reader {
    const AdjTermHooks *hooks;
    AdjTermBuf cell, ahead;  // ahead: a line that belongs to the next cell
    AdjTermBuf bytes;        // read and not yet a line
    bool prompts, ended, interrupted;
    int number;
} Reader;

char *adj_plain_slurp(int fd, size_t *length)
{
    AdjTermBuf all = {0};
    char bytes[16 * 1024];
    bool ok = adj_tbuf_reserve(&all, 0);
    for (ssize_t n = 1; ok && n != 0;) {
        n = read(fd, bytes, sizeof bytes);
        if (n < 0 && errno == EINTR) continue;
        ok = n >= 0 && adj_tbuf_add(&all, bytes, (size_t)n);
    }
    if (!ok) {
        adj_tbuf_drop(&all);
        return NULL;
    }
    *length = all.length;
    return all.data;
}

// Moves one line, its newline included, to the end of [line]. False at the end of input and
// when SIGINT breaks in.
static bool read_line(Reader *r, AdjTermBuf *line)
{
    char bytes[4096];
    for (;;) {
        char *newline = r->bytes.length ? memchr(r->bytes.data, '\n', r->bytes.length) : NULL;
        size_t length = newline ? (size_t)(newline - r->bytes.data) + 1 : r->bytes.length;
        if (newline || (r->ended && length)) {
            adj_tbuf_add(line, r->bytes.data, length);
            adj_tbuf_splice(&r->bytes, 0, length, "", 0);
            return true;
        }
        if (r->ended) return false;
        ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
        if (n > 0)
            adj_tbuf_add(&r->bytes, bytes, (size_t)n);
        else if (n < 0 && errno == EINTR)
            r->interrupted = adj_tty_seen() & ADJ_SEEN_INTERRUPT;
        else
            r->ended = true;
        if (r->interrupted) return false;
    }
}

static bool is_blank_line(const char *line, size_t length)
{
    return strspn(line, " \t\r\n") >= length;
}

static void prompt(const Reader *r, bool first)
{
    if (!r->prompts) return;
    const AdjMarks *marks = adj_theme_marks(false);
    char text[64];
    int width = snprintf(text, sizeof text, "[%d] %s ", r->number, marks->in);
    if (!first) snprintf(text, sizeof text, "%*s%s ", width - 2, "", marks->more);
    adj_tty_write(STDOUT_FILENO, text, strlen(text));
}

// Whether the hook or, without it, the shape of the text says that more must come.
static bool is_incomplete(const Reader *r)
{
    const AdjTermHooks *hooks = r->hooks;
    if (hooks->incomplete) return hooks->incomplete(hooks->self, r->cell.data, r->cell.length);
    AdjOutline shape = adj_outline_read(r->cell.data, r->cell.length);
    return shape.depth || shape.in_string || shape.continued || shape.last == ':';
}

// In a pipe: whether the next line that is not blank goes on with the block. Blank lines and
// comments before it belong to whichever cell it belongs to.
static bool block_goes_on(Reader *r)
{
    size_t start = 0;
    do {
        start = r->ahead.length;
        if (!read_line(r, &r->ahead)) return false;
    } while (is_blank_line(r->ahead.data + start, r->ahead.length - start));
    const char *line = r->ahead.data + start;
    return *line == ' ' || *line == '\t' ||
           adj_outline_is_clause(line, r->ahead.length - start);
}

// Whether the cell is whole now that its last line, from [last] on, has been read.
static bool is_whole(Reader *r, size_t last)
{
    bool blank = is_blank_line(r->cell.data + last, r->cell.length - last), several = last > 0;
    AdjOutline shape = adj_outline_read(r->cell.data, r->cell.length);
    bool enclosed = shape.depth || shape.in_string || shape.continued;
    // A person who gives up on a block without body wants to hear what is wrong with it.
    if (is_incomplete(r))
        return r->prompts && blank && several && !enclosed && shape.last != ':';
    if (!adj_outline_open_block(r->cell.data, r->cell.length)) return true;
    if (r->prompts) return blank || !several;
    while (block_goes_on(r)) {
        adj_tbuf_add(&r->cell, r->ahead.data, r->ahead.length);
        adj_tbuf_clear(&r->ahead);
        if (is_incomplete(r)) return false;
    }
    return true;
}

// Reads a cell. False at the end of input when nothing is left to run, and after SIGINT.
static bool read_cell(Reader *r)
{
    adj_tbuf_clear(&r->cell);
    r->interrupted = false;
    // A line read ahead may be a whole cell.
    bool held = r->ahead.length > 0;
    if (held) adj_tbuf_add(&r->cell, r->ahead.data, r->ahead.length);
    adj_tbuf_clear(&r->ahead);
    if (held && is_whole(r, 0)) return true;
    for (bool first = !held;; first = false) {
        size_t last = r->cell.length;
        prompt(r, first);
        if (!read_line(r, &r->cell)) return !r->interrupted && r->cell.length > 0;
        if (is_blank_line(r->cell.data, r->cell.length) || is_whole(r, last)) return true;
    }
}

static bool run_cell(Reader *r)
{
    size_t length = r->cell.length;
    while (length && strchr(" \t\r\n", r->cell.data[length - 1])) length--;
    size_t start = 0;
    while (start < length && r->cell.data[start] == '\n') start++;
    if (start == length) return true;
    char *cell = adj_term_copy(r->cell.data + start, length - start);
    bool more = !cell || adj_prompt_execute(r->hooks, cell, length - start, r->number++);
    free(cell);
    return more;
}

int adj_plain_run(const AdjTermHooks *hooks, const AdjTermOptions *options, bool prompts)
{
    Reader r = {.hooks = hooks, .prompts = prompts, .number = 1};
    if (options && options->first_number > 0) r.number = options->first_number;
    if (prompts && options && options->greeting) {
        adj_tty_write(STDOUT_FILENO, options->greeting, strlen(options->greeting));
    }
    for (bool more = true; more;) {
        if (read_cell(&r))
            more = run_cell(&r);
        else if (!r.interrupted || !prompts)
            break;
        else
            adj_tty_write(STDOUT_FILENO, "\n", 1);
    }
    if (prompts && r.ended) adj_tty_write(STDOUT_FILENO, "\n", 1);
    adj_tbuf_drop(&r.cell);
    adj_tbuf_drop(&r.ahead);
    adj_tbuf_drop(&r.bytes);
    return 0;
}
