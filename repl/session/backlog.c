// SPDX-License-Identifier: Apache-2.0
// backlog.c: see backlog.h. Without memory it forgets; nothing fails because of it.
#include "session/backlog.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CELLS_MAX = 64, STREAM_MAX = 256 << 10, ALL_MAX = 4 << 20 };

typedef struct AdjBacklog {
    AdjFront front;
    AdjKeptCell *first, *last;
    int count;
} Backlog;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

// ---------------------------------------------------------------- letting go

static void free_output(AdjKeptOutput *o)
{
    adj_bundle_free(&o->bundle);
    free(o->text);
    free(o->display_id);
    free(o->name);
    free(o->value);
}

static void forget_outputs(AdjKeptCell *c)
{
    for (int i = 0; i < c->count; i++) free_output(&c->outputs[i]);
    free(c->outputs);
    c->outputs = NULL;
    c->count = 0;
    c->clear_next = false;
}

static void free_cell(AdjKeptCell *c)
{
    forget_outputs(c);
    free(c->text);
    free(c->id);
    free(c->request);
    free(c);
}

static size_t bytes_of(const AdjKeptCell *c)
{
    size_t n = strlen(c->text);
    for (int i = 0; i < c->count; i++) {
        n += c->outputs[i].length;
        for (int k = 0; k < c->outputs[i].bundle.count; k++)
            n += c->outputs[i].bundle.at[k].length;
    }
    return n;
}

// The oldest cells make room for the one that comes.
static void make_room(Backlog *b)
{
    size_t bytes = 0;
    for (const AdjKeptCell *c = b->first; c; c = c->next) bytes += bytes_of(c);
    while (b->first && (b->count >= CELLS_MAX || bytes > ALL_MAX)) {
        AdjKeptCell *c = b->first;
        bytes -= bytes_of(c);
        b->first = c->next;
        if (!b->first) b->last = NULL;
        b->count--;
        free_cell(c);
    }
}

// ---------------------------------------------------------------- what is shown

static AdjKeptCell *running(Backlog *b)
{
    return b->last && b->last->running ? b->last : NULL;
}

// Room doubles: [count] a power of two is full.
static AdjKeptOutput *add_output(AdjKeptCell *c)
{
    if (c->clear_next) forget_outputs(c);
    if ((c->count & (c->count - 1)) == 0) {
        size_t room = c->count ? (size_t)c->count * 2 : 1;
        AdjKeptOutput *more = realloc(c->outputs, room * sizeof *more);
        if (!more) return NULL;
        c->outputs = more;
    }
    c->outputs[c->count] = (AdjKeptOutput){0};
    return &c->outputs[c->count++];
}

static bool widen(AdjKeptOutput *o, size_t by)
{
    if (o->length + by <= o->room) return true;
    size_t room = (o->length + by) * 2;
    char *more = realloc(o->text, room);
    if (!more) return false;
    o->text = more;
    o->room = room;
    return true;
}

// The older half goes, up to the end of a line where there is one. Done when twice too long, so
// that a flood costs little.
static void bound_stream(AdjKeptOutput *o)
{
    if (o->length <= 2 * STREAM_MAX) return;
    size_t from = o->length - STREAM_MAX;
    const char *end = memchr(o->text + from, '\n', STREAM_MAX);
    if (end) from = (size_t)(end + 1 - o->text);
    for (size_t i = 0; i < from; i++) o->lost += o->text[i] == '\n';
    memmove(o->text, o->text + from, o->length - from);
    o->length -= from;
}

// The output that [fd] goes on with: two streams by turns are kept as one text each.
static AdjKeptOutput *stream_of(AdjKeptCell *c, int fd)
{
    for (int i = c->count - 1; !c->clear_next && i >= 0 && i >= c->count - 2; i--) {
        if (c->outputs[i].fd == fd) return &c->outputs[i];
        if (!c->outputs[i].fd) break;  // shown between
    }
    AdjKeptOutput *o = add_output(c);
    if (o) o->fd = fd;
    return o;
}

static void on_stream(void *self, int fd, const char *text, size_t length)
{
    AdjKeptCell *c = running(self);
    AdjKeptOutput *o = c && length ? stream_of(c, fd) : NULL;
    if (!o) return;
    if (!widen(o, length)) return;
    memcpy(o->text + o->length, text, length);
    o->length += length;
    bound_stream(o);
}

static void copy_bundle(AdjBundle *to, const AdjBundle *from)
{
    adj_bundle_free(to);
    for (int i = 0; i < from->count; i++)
        adj_bundle_add(to, from->at[i].type, from->at[i].data, from->at[i].length,
                       from->at[i].is_json);
    if (from->metadata) adj_bundle_describe(to, from->metadata);
}

static void replace_shown(Backlog *b, const char *id, const AdjBundle *what)
{
    for (AdjKeptCell *c = b->first; c; c = c->next)
        for (int i = 0; i < c->count; i++)
            if (c->outputs[i].display_id && !strcmp(c->outputs[i].display_id, id))
                copy_bundle(&c->outputs[i].bundle, what);
}

static void on_show(void *self, const AdjBundle *what, const AdjShown *how)
{
    Backlog *b = self;
    if (how->update && how->display_id) {
        replace_shown(b, how->display_id, what);
        return;
    }
    AdjKeptCell *c = running(b);
    AdjKeptOutput *o = c ? add_output(c) : NULL;
    if (!o) return;
    copy_bundle(&o->bundle, what);
    o->number = how->result ? how->number : 0;
    o->display_id = copy(how->display_id);
}

static void on_failed(void *self, const AdjFailure *f)
{
    AdjKeptCell *c = running(self);
    AdjKeptOutput *o = c ? add_output(c) : NULL;
    if (!o) return;
    c->failed = true;
    o->name = copy(f->name);
    o->value = copy(f->value);
    o->text = copy(f->text);
    o->length = o->text ? strlen(o->text) : 0;
}

static void on_clear(void *self, bool wait)
{
    AdjKeptCell *c = running(self);
    if (!c) return;
    if (wait)
        c->clear_next = true;
    else
        forget_outputs(c);
}

static void on_began(void *self, const AdjCellText *cell, int number)
{
    Backlog *b = self;
    make_room(b);
    AdjKeptCell *c = calloc(1, sizeof *c);
    if (!c) return;
    *c = (AdjKeptCell){.number = number,
                       .text = strndup(cell->text, cell->length),
                       .id = copy(cell->id),
                       .request = copy(cell->request),
                       .running = true,
                       .began = now()};
    if (!c->text) return free_cell(c);
    if (b->last)
        b->last->next = c;
    else
        b->first = c;
    b->last = c;
    b->count++;
}

static void on_ended(void *self, const AdjCellText *cell)
{
    (void)cell;
    AdjKeptCell *c = running(self);
    if (!c) return;
    c->running = false;
    c->took = now() - c->began;
}

// ---------------------------------------------------------------- life

void adj_backlog_start(AdjSession *s)
{
    Backlog *b = s->backlog ? NULL : calloc(1, sizeof *b);
    if (!b) return;
    b->front = (AdjFront){.self = b,
                          .rich = true,
                          .stream = on_stream,
                          .show = on_show,
                          .failed = on_failed,
                          .clear = on_clear,
                          .began = on_began,
                          .ended = on_ended};
    s->backlog = b;
    adj_session_attach(s, &b->front);
}

void adj_backlog_free(AdjSession *s)
{
    Backlog *b = s->backlog;
    if (!b) return;
    adj_session_detach(s, &b->front);
    for (AdjKeptCell *c = b->first, *next; c; c = next) {
        next = c->next;
        free_cell(c);
    }
    free(b);
    s->backlog = NULL;
}

const AdjKeptCell *adj_backlog_first(const AdjSession *s)
{
    return s->backlog ? s->backlog->first : NULL;
}
