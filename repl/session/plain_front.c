// SPDX-License-Identifier: Apache-2.0
// plain_front.c: the front end that is the process itself: a prompt in a terminal, a script, a
// pipe. What has no picture here is shown by its text.
#include "session/front.h"

#include "term/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    AdjFront front;
    AdjSession *session;
    bool terminal[3];  // by fd: bars on it have to step aside
} Plain;

static Plain plain;  // the process has one

static void write_text(void *self, int fd, const char *text, size_t length)
{
    (void)self;
    if (plain.terminal[fd])
        adj_term_write(fd, text, length);
    else
        fwrite(text, 1, length, fd == 1 ? stdout : stderr);
}

static void flush(void *self)
{
    (void)self;
    fflush(stdout);
}

static void show(void *self, const AdjBundle *what, const AdjShown *how)
{
    const AdjMime *text = adj_bundle_find(what, "text/plain");
    if (!text) return;
    if (what->terminal && plain.terminal[1]) {
        adj_term_write(1, what->terminal, strlen(what->terminal));
        return;
    }
    if (how->number && plain.session->interactive) {
        adj_prompt_show_result(how->number, text->data, text->length);
        return;
    }
    write_text(self, 1, text->data, text->length);
    write_text(self, 1, "\n", 1);
}

static void failed(void *self, const AdjFailure *f)
{
    fflush(stdout);
    size_t name =
        plain.session->interactive ? strcspn(f->text, ":\n") : 0;  // its kind stands out
    if (name) {
        const char *on = adj_ink_on(ADJ_INK_ERROR), *off = adj_ink_off();
        write_text(self, 2, on, strlen(on));
        write_text(self, 2, f->text, name);
        write_text(self, 2, off, strlen(off));
    }
    size_t length = strlen(f->text);
    write_text(self, 2, f->text + name, length - name);
    if (length && f->text[length - 1] != '\n') write_text(self, 2, "\n", 1);
}

// A cell that came from elsewhere: its text, so that what follows is understood.
static void began(void *self, const AdjCellText *cell, int number)
{
    char label[32];
    if (cell->front == &plain.front || !plain.session->interactive) return;
    int length = snprintf(label, sizeof label, "[%d] from outside: ", number);
    write_text(self, 1, label, (size_t)length);
    write_text(self, 1, cell->text, cell->length);
    write_text(self, 1, "\n", 1);
}

AdjFront *adj_plain_front(AdjSession *s)
{
    plain = (Plain){
        .front = {.self = &plain,
                  .stream = write_text,
                  .flush = flush,
                  .show = show,
                  .failed = failed,
                  .began = began},
        .session = s,
        .terminal = {[1] = isatty(1), [2] = isatty(2)},
    };
    return &plain.front;
}
