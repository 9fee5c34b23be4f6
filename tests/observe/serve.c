// SPDX-License-Identifier: Apache-2.0
// serve.c: a session with one client, driven by lines on stdin: `cell N` and N bytes of
// program, `open JSON`, `message JSON`, `close`. What the session sends over the comm, and what
// cells print, comes out as lines `comm JSON`, `text JSON-less line`, `done`.
#include "session/front.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void comm(void *self, const AdjCommEvent *e)
{
    (void)self;
    printf("comm %.*s\n", (int)e->data.length, e->data.json);
}

static void stream(void *self, int fd, const char *text, size_t length)
{
    (void)self, (void)fd;
    fwrite(text, 1, length, stdout);
}

static void failed(void *self, const AdjFailure *f)
{
    (void)self;
    printf("failed %s: %s\n", f->name, f->value);
}

static void run_cell(AdjSession *s, AdjFront *f, size_t n)
{
    AdjOutcome o;
    char *text = calloc(n + 1, 1);
    if (!text || fread(text, 1, n, stdin) != n) return free(text);
    AdjCellText cell = {.front = f, .text = text, .length = n, .store = true};
    adj_session_execute(s, &cell, &o);
    adj_outcome_free(&o);
    free(text);
}

int main(int argc, char **argv)
{
    AdjFront front = {.stream = stream, .failed = failed, .comm = comm};
    AdjSession *s = adj_session_new(argc, (const char *const *)argv);
    char *line = NULL;
    size_t room = 0;
    if (!s) return 1;
    adj_session_attach(s, &front);
    while (getline(&line, &room, stdin) > 0) {
        line[strcspn(line, "\n")] = 0;
        char *rest = line + strcspn(line, " ");
        if (*rest) *rest++ = 0;
        AdjCommEvent e = {.id = "1", .target = "adjoint", .data = {.json = rest}};
        e.act = !strcmp(line, "open")      ? ADJ_COMM_OPEN
                : !strcmp(line, "message") ? ADJ_COMM_MESSAGE
                                           : ADJ_COMM_CLOSE;
        if (!strcmp(line, "cell"))
            run_cell(s, &front, strtoul(rest, NULL, 10));
        else if (!adj_comm_take(s, &front, &e))
            printf("refused\n");
        printf("done\n");
        fflush(stdout);
    }
    free(line);
    adj_session_detach(s, &front);
    adj_session_free(s);
    return 0;
}
