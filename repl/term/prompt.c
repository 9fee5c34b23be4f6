// SPDX-License-Identifier: Apache-2.0
// The prompt: reads keys, hands them to the mode or command they belong to, paints, and runs
// the cells that come out. Bytes are decoded and handled until none are left (a fast typist, a
// paste) before anything is painted, so painting never falls behind. What was typed while a
// cell ran waits in the terminal and is read next.
//
// adj_term_take and adj_term_paint need no terminal: the tests feed one and read the other.
//
// Escape sequences:
//     CSI H, CSI 2J   to the top left; erase the screen
//     CSI J           erase from the cursor to the end of the screen
#include "internal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// The wait for the rest of an escape sequence: longer than a slow line takes between two bytes
// of one key, shorter than a person between two keys.
enum { ESCAPE_WAIT_MS = 50, READ_SIZE = 16 * 1024 };

bool adj_term_start(AdjTerm *term, const AdjTermHooks *hooks, const char *history_path)
{
    *term = (AdjTerm){.hooks = hooks, .number = 1, .prefix = ADJ_KEY_NONE};
    term->screen.columns = 80;
    term->screen.lines = 24;
    adj_history_open(&term->history, history_path);
    bool ready = adj_tbuf_reserve(&term->edit.text, 256);
    if (ready) adj_edit_reset(&term->edit);
    return ready;
}

void adj_term_stop(AdjTerm *term)
{
    adj_menu_close(term);
    adj_edit_drop(&term->edit);
    adj_history_close(&term->history);
    adj_screen_drop(&term->screen);
    AdjTermBuf *texts[] = {&term->recall.draft, &term->search.query, &term->search.draft,
                           &term->panel, &term->input};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) adj_tbuf_drop(texts[i]);
    free(term->inks);
    *term = (AdjTerm){0};
}

// -- commands about the cell as a whole -------------------------------------------------------

static bool is_blank_text(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!strchr(" \t\n", text[i]) || !text[i]) return false;
    }
    return true;
}

// Whether more lines have to come. Without the hook, the shape of the text has to do.
static bool is_incomplete(const AdjTermHooks *hooks, const char *text, size_t length)
{
    if (hooks->incomplete) return hooks->incomplete(hooks->self, text, length);
    AdjOutline shape = adj_outline_read(text, length);
    return shape.depth || shape.in_string || shape.continued || shape.last == ':';
}

// A cell of one line runs when it is complete, and so does one that was recalled or pasted and
// left alone. One that was typed ends at its last line: at an empty one if a block is open.
// Further up Enter makes a new line, since somebody is still at work there.
AdjAct adj_cmd_enter(AdjTerm *term)
{
    AdjEdit *e = &term->edit;
    const char *text = e->text.data;
    size_t length = e->text.length;
    if (is_blank_text(text, length)) return ADJ_ACT_ABANDON;
    if (is_incomplete(term->hooks, text, length)) return adj_cmd_newline(term);
    if (e->pristine || !memchr(text, '\n', length)) return ADJ_ACT_RUN;
    if (!is_blank_text(text + e->cursor, length - e->cursor)) {
        bool last_line = adj_edit_line_end(e, e->cursor) == length;
        if (!last_line || adj_outline_open_block(text, length)) return adj_cmd_newline(term);
    }
    size_t last = adj_edit_line_start(e, length);
    bool ended = is_blank_text(text + last, length - last);
    return ended || !adj_outline_open_block(text, length) ? ADJ_ACT_RUN : adj_cmd_newline(term);
}

AdjAct adj_cmd_run(AdjTerm *term)
{
    return is_blank_text(term->edit.text.data, term->edit.text.length) ? ADJ_ACT_NONE
                                                                       : ADJ_ACT_RUN;
}

// The dropped text can be had back with C-y.
AdjAct adj_cmd_abandon(AdjTerm *term)
{
    (void)term;
    return ADJ_ACT_ABANDON;
}

AdjAct adj_cmd_clear(AdjTerm *term)
{
    (void)term;
    return ADJ_ACT_CLEAR;
}

AdjAct adj_cmd_suspend(AdjTerm *term)
{
    (void)term;
    return ADJ_ACT_SUSPEND;
}

AdjAct adj_cmd_editor(AdjTerm *term)
{
    (void)term;
    return ADJ_ACT_EDITOR;
}

AdjAct adj_cmd_keys(AdjTerm *term)
{
    (void)term;
    return ADJ_ACT_KEYS;
}

AdjAct adj_cmd_cancel(AdjTerm *term)
{
    (void)term;  // the open menu or search has already seen the key
    return ADJ_ACT_NONE;
}

AdjAct adj_cmd_literal(AdjTerm *term)
{
    term->literal = true;
    return ADJ_ACT_NONE;
}

AdjAct adj_cmd_help(AdjTerm *term)
{
    const AdjTermHooks *hooks = term->hooks;
    AdjEdit *e = &term->edit;
    char *text =
        hooks->help ? hooks->help(hooks->self, e->text.data, e->text.length, e->cursor) : NULL;
    if (text) adj_tbuf_text(&term->panel, text);
    free(text);
    return ADJ_ACT_NONE;
}

// -- taking keys ------------------------------------------------------------------------------

// Terminals send the newlines of a paste as CR, CR LF or LF.
static void put_paste(AdjTerm *term, const char *bytes, size_t length)
{
    AdjTermBuf text = {0};
    AdjEdit *e = &term->edit;
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\r')
            adj_tbuf_text(&text, "\n");
        else if (bytes[i] == '\n' && i > 0 && bytes[i - 1] == '\r')
            continue;
        else if (bytes[i])
            adj_tbuf_add(&text, bytes + i, 1);
    }
    bool whole = is_blank_text(e->text.data, e->text.length);
    if (text.data && adj_edit_replace(e, e->cursor, e->cursor, text.data, text.length))
        e->pristine = whole;
    adj_tbuf_drop(&text);
}

// Takes what has come of a paste; answers the bytes used up, all when its end is not there yet.
static size_t take_paste(AdjTerm *term, const char *bytes, size_t length)
{
    static const char end[] = "\x1b[201~";
    size_t from = term->paste_seen > sizeof end ? term->paste_seen - sizeof end : 0;
    const char *found = memmem(bytes + from, length - from, end, sizeof end - 1);
    term->paste_seen = length;
    if (!found) return 0;
    put_paste(term, bytes, (size_t)(found - bytes));
    term->pasting = false;
    return (size_t)(found - bytes) + sizeof end - 1;
}

static void put_literal(AdjTerm *term, const char *bytes, size_t length)
{
    term->literal = false;
    if (bytes[0])
        adj_edit_replace(&term->edit, term->edit.cursor, term->edit.cursor, bytes, length);
}

static AdjAct take_key(AdjTerm *term, AdjKey key)
{
    AdjAct act = ADJ_ACT_NONE;
    term->key = key;
    adj_tbuf_clear(&term->panel);
    if (key == ADJ_KEY_PASTE) {
        adj_menu_close(term);
        term->search.active = false;
        term->pasting = true;
        term->paste_seen = 0;
    } else if (key != ADJ_KEY_NONE && !adj_search_key(term, key) && !adj_menu_key(term, key)) {
        act = adj_keys_run(term, key);
    }
    AdjEdit *e = &term->edit;
    e->cursor = adj_glyph_edge(e->text.data, e->text.length, e->cursor);
    e->last = e->did;
    e->did = 0;
    return act;
}

AdjAct adj_term_take(AdjTerm *term, bool final)
{
    AdjTermBuf *in = &term->input;
    size_t at = 0;
    AdjAct act = ADJ_ACT_NONE;
    while (at < in->length && act == ADJ_ACT_NONE) {
        const char *bytes = in->data + at;
        size_t left = in->length - at, taken;
        if (term->pasting) {
            taken = take_paste(term, bytes, left);
        } else {
            AdjKey key;
            taken = adj_key_decode(bytes, left, final, &key);
            if (taken && term->literal)
                put_literal(term, bytes, taken);
            else if (taken)
                act = take_key(term, key);
        }
        if (!taken) break;
        at += taken;
    }
    if (at) adj_tbuf_splice(in, 0, at, "", 0);
    if (at && term->pasting) term->paste_seen = 0;
    return act;
}

void adj_term_paint(AdjTerm *term, AdjTermBuf *out)
{
    adj_view_compose(term);
    adj_screen_paint(&term->screen, out);
}

// -- reading one cell -------------------------------------------------------------------------

// The terminal object whose cell is on the screen, for adj_prompt_step_aside; NULL while none
// is.
static AdjTerm *editing;

static void flush(AdjTermBuf *out)
{
    if (out->length) adj_tty_write(STDOUT_FILENO, out->data, out->length);
    adj_tbuf_clear(out);
}

void adj_prompt_step_aside(void)
{
    if (!editing || !editing->screen.shown.rows_count) return;
    AdjTermBuf out = {0};
    adj_screen_erase(&editing->screen, &out);
    flush(&out);
    adj_tbuf_drop(&out);
}

static void measure(AdjTerm *term, AdjTermBuf *out)
{
    int columns, lines;
    adj_tty_size(STDOUT_FILENO, &columns, &lines);
    AdjScreen *s = &term->screen;
    if (columns == s->columns && lines == s->lines) return;
    if (s->shown.rows_count) {
        adj_screen_resize(s, columns, lines, out);
    } else {
        s->columns = columns;
        s->lines = lines;
    }
}

// Ends up at the start of a row whatever was printed last. Nobody can ask a terminal where its
// cursor is without waiting for the answer; but a mark and blanks to the width of the screen
// wrap if and only if they did not start in the first column, and CR then goes to the right
// row.
static void fresh_row(AdjTerm *term, AdjTermBuf *out)
{
    const AdjTheme theme = term->screen.theme;
    adj_theme_add(theme, ADJ_INK_HINT, adj_theme_marks(theme.unicode)->unfinished, out);
    adj_tbuf_fill(out, ' ', (size_t)term->screen.columns - 1);
    adj_tbuf_text(out, "\r\x1b[J");
}

// Shows the finished cell in full and goes below it.
static void finish(AdjTerm *term, AdjTermBuf *out)
{
    AdjEdit *e = &term->edit;
    size_t length = e->text.length;
    while (length && strchr(" \t\n", e->text.data[length - 1])) length--;
    adj_edit_replace(e, length, e->text.length, "", 0);
    e->cursor = e->text.length;
    term->search.active = false;
    adj_menu_close(term);
    term->done = true;
    adj_view_compose(term);
    if ((int)term->screen.next.rows_count > term->screen.lines) {
        adj_screen_erase(&term->screen, out);
        adj_screen_print(&term->screen, out);
    } else {
        adj_screen_paint(&term->screen, out);
        adj_screen_leave(&term->screen, out);
    }
    term->done = false;
    term->top = 0;
}

static void abandon(AdjTerm *term, AdjTermBuf *out)
{
    AdjEdit *e = &term->edit;
    bool blank = is_blank_text(e->text.data, e->text.length);
    finish(term, out);
    if (!blank) adj_edit_kill(e, 0, e->text.length, true);
    adj_edit_reset(e);
}

// Runs the user's editor on the cell in a file of its own.
static void edit_elsewhere(AdjTerm *term)
{
    char path[] = "/tmp/adjoint-cell-XXXXXX.py";
    AdjEdit *e = &term->edit;
    int fd = mkstemps(path, 3);
    if (fd < 0) return;
    adj_tty_write(fd, e->text.data, e->text.length);
    close(fd);
    const char *visual = getenv("VISUAL"), *editor = getenv("EDITOR");
    const char *name = visual && *visual ? visual : editor && *editor ? editor : "vi";
    AdjTermBuf command = {0};
    adj_tbuf_text(&command, name);
    adj_tbuf_text(&command, " ");
    adj_tbuf_text(&command, path);
    int status = command.data ? system(command.data) : -1;
    adj_tbuf_drop(&command);
    FILE *file = status == 0 ? fopen(path, "r") : NULL;
    if (file) {
        size_t length = 0;
        char *text = adj_plain_slurp(fileno(file), &length);
        while (text && length && text[length - 1] == '\n') length--;
        if (text) length = strnlen(text, length);
        if (text) adj_edit_replace(e, 0, e->text.length, text, length);
        free(text);
        fclose(file);
    }
    unlink(path);
}

static void print_keys(AdjTermBuf *out)
{
    char *text = adj_keys_describe();
    if (text) adj_tbuf_text(out, text);
    free(text);
}

// What a command leaves to the loop. The cell goes on afterwards.
static void perform(AdjTerm *term, AdjAct act, AdjTermBuf *out)
{
    adj_screen_erase(&term->screen, out);
    if (act == ADJ_ACT_CLEAR) adj_tbuf_text(out, "\x1b[H\x1b[2J");
    if (act == ADJ_ACT_KEYS) print_keys(out);
    flush(out);
    if (act == ADJ_ACT_SUSPEND) adj_tty_suspend();
    if (act == ADJ_ACT_EDITOR) {
        adj_tty_cooked();
        edit_elsewhere(term);
        adj_tty_raw(STDIN_FILENO);
        fresh_row(term, out);
    }
}

static bool read_input(AdjTerm *term)
{
    char bytes[READ_SIZE];
    ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
    if (n > 0) adj_tbuf_add(&term->input, bytes, (size_t)n);
    return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

// What the signal handlers saw. Answers ADJ_ACT_ABANDON for a SIGINT sent from outside.
static AdjAct take_signals(AdjTerm *term, AdjTermBuf *out)
{
    int seen = adj_tty_seen();
    if (seen & ADJ_SEEN_RESIZE) measure(term, out);
    if (seen & ADJ_SEEN_CONTINUE) {
        adj_frame_start(&term->screen.shown, term->screen.columns);
        fresh_row(term, out);
    }
    return seen & ADJ_SEEN_INTERRUPT ? ADJ_ACT_ABANDON : ADJ_ACT_NONE;
}

// Cells that came from elsewhere have been counted too.
static void renumber(AdjTerm *term)
{
    const AdjTermHooks *hooks = term->hooks;
    if (hooks->number) term->number = hooks->number(hooks->self);
}

static void wake(AdjTerm *term, AdjTermBuf *out)
{
    const AdjTermHooks *hooks = term->hooks;
    bool was_shown = term->screen.shown.rows_count;
    hooks->wake(hooks->self);
    renumber(term);
    if (was_shown && !term->screen.shown.rows_count) fresh_row(term, out);
}

// Waits for something to happen and takes it in.
static AdjAct wait_and_take(AdjTerm *term, AdjTermBuf *out)
{
    const AdjTermHooks *hooks = term->hooks;
    struct pollfd fds[3] = {
        {.fd = STDIN_FILENO, .events = POLLIN},
        {.fd = adj_tty_seen_fd(), .events = POLLIN},
        {.fd = hooks->wake ? hooks->wake_fd : -1, .events = POLLIN},
    };
    bool partial = term->input.length && !term->pasting;
    int ready = poll(fds, 3, partial ? ESCAPE_WAIT_MS : -1);
    if (ready < 0 && errno != EINTR) return ADJ_ACT_LEAVE;
    AdjAct act = take_signals(term, out);
    if (act != ADJ_ACT_NONE) return act;
    if (fds[2].revents) wake(term, out);
    if (fds[0].revents && !read_input(term)) return ADJ_ACT_LEAVE;
    return adj_term_take(term, ready == 0);
}

// Reads a cell into term->edit. Returns false at the end.
static bool read_cell(AdjTerm *term, AdjTermBuf *out)
{
    adj_edit_reset(&term->edit);
    editing = term;
    AdjAct act = adj_term_take(term, false);
    for (;; act = wait_and_take(term, out)) {
        if (act == ADJ_ACT_ABANDON)
            abandon(term, out);
        else if (act == ADJ_ACT_RUN || act == ADJ_ACT_LEAVE)
            break;
        else if (act != ADJ_ACT_NONE)
            perform(term, act, out);
        adj_term_paint(term, out);
        flush(out);
    }
    editing = NULL;
    finish(term, out);
    flush(out);
    return act == ADJ_ACT_RUN;
}

// -- the loop ---------------------------------------------------------------------------------

bool adj_prompt_execute(const AdjTermHooks *hooks, const char *cell, size_t length, int number)
{
    adj_progress_fresh_row();
    adj_tty_running(true);
    bool more = hooks->execute(hooks->self, cell, length, number);
    adj_progress_close_all();
    fflush(stdout);
    fflush(stderr);
    adj_tty_running(false);
    adj_tty_seen();
    return more;
}

static bool run_cell(AdjTerm *term)
{
    AdjEdit *e = &term->edit;
    char *cell = adj_term_copy(e->text.data, e->text.length);
    if (!cell) return true;
    size_t length = e->text.length;
    adj_history_add(&term->history, cell, length);
    bool more = adj_prompt_execute(term->hooks, cell, length, term->number++);
    free(cell);
    return more;
}

static int run_terminal(AdjTerm *term, const AdjTermOptions *options)
{
    AdjTermBuf out = {0};
    term->screen.theme = adj_theme_detect(STDOUT_FILENO);
    if (options && options->first_number > 0) term->number = options->first_number;
    if (options && options->greeting) adj_tbuf_text(&out, options->greeting);
    bool more = true, first = true;
    while (more && adj_tty_raw(STDIN_FILENO)) {
        measure(term, &out);
        renumber(term);
        if (!first) fresh_row(term, &out);
        first = false;
        more = read_cell(term, &out);
        adj_tty_cooked();
        if (more) more = run_cell(term);
    }
    adj_tbuf_drop(&out);
    return 0;
}

int adj_prompt_run(const AdjTermHooks *hooks, const AdjTermOptions *options)
{
    adj_term_signals(hooks->interrupt, hooks->self);
    const char *name = getenv("TERM");
    bool typed = isatty(STDIN_FILENO), shown = isatty(STDOUT_FILENO);
    bool dumb = !name || !*name || strcmp(name, "dumb") == 0;
    adj_tty_running(false);
    if (!typed || !shown || dumb) return adj_plain_run(hooks, options, typed && shown);
    char *path = NULL;
    if (!options || !options->history_path) path = adj_history_default_path();
    AdjTerm term;
    bool started = adj_term_start(&term, hooks,
                                  path      ? path
                                  : options ? options->history_path
                                            : NULL);
    free(path);
    int status = started ? run_terminal(&term, options) : 1;
    adj_term_stop(&term);
    return status;
}
