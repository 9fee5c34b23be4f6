// SPDX-License-Identifier: Apache-2.0
// output.c: text on its way to the clients.
//
// Text of one cell and stream is gathered for 50 ms and sent as one message: a million lines
// are a few dozen messages, and a client is not drowned. The order of stdout and stderr is
// kept, unless they alternate faster than anybody can follow.
//
// What is gathered is bounded. Up to a generous amount a cell writes at full speed; beyond it,
// it is held to a rate that every client can keep up with. The cell can be interrupted while it
// is held, and requests are served. Nothing is ever dropped.
#include "kernel/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    SEGMENTS_MAX = 64,           // between two merges
    MESSAGE_MAX = 1 << 20,       // bytes of one stream message
    FREE_BYTES = 64 << 20,       // a cell may write at full speed
    HELD_BYTES_PER_S = 4 << 20,  // and from then on
    WAITING_MAX = 8 << 20,       // bytes that the I/O thread has not sent yet
    HOLD_US = 40 * 1000,         // at a time
};

static void segment_free(gpointer data)
{
    Segment *s = data;
    message_unref(s->parent);
    if (s->text) g_string_free(s->text, TRUE);
    g_free(s);
}

// ---------------------------------------------------------------- gathering

static void push_stream(Kernel *k, Message *parent, int fd, const char *text, gsize length)
{
    Letter *l = g_new0(Letter, 1);
    *l = (Letter){.channel = IOPUB,
                  .parent = message_ref(parent),
                  .type = "stream",
                  .content = g_string_sized_new(length + 64)};
    json_put(l->content, "{'name':%s,'text':", fd == 1 ? "stdout" : "stderr");
    json_put_string(l->content, text, (gssize)length);
    g_string_append_c(l->content, '}');
    k->output.waiting += l->content->len;
    g_queue_push_tail(&k->outbox, l);
}

// As much as one message takes, cut between characters.
static gsize piece(const char *text, gsize length)
{
    if (length <= MESSAGE_MAX) return length;
    gsize n = MESSAGE_MAX;
    while (n > MESSAGE_MAX - 4 && ((unsigned char)text[n] & 0xc0) == 0x80) n--;
    return n;
}

void output_seal_locked(Kernel *k)
{
    Output *o = &k->output;
    for (guint i = 0; i < o->segments->len; i++) {
        Segment *s = g_ptr_array_index(o->segments, i);
        o->waiting -= s->text->len;
        for (gsize at = 0, n; at < s->text->len; at += n) {
            n = piece(s->text->str + at, s->text->len - at);
            push_stream(k, s->parent, s->fd, s->text->str + at, n);
        }
    }
    g_ptr_array_set_size(o->segments, 0);
    o->due = 0;
}

static Segment *segment_for(Kernel *k, int fd)
{
    Output *o = &k->output;
    for (guint i = o->segments->len; i-- > 0;) {
        Segment *s = g_ptr_array_index(o->segments, i);
        gboolean newest = i + 1 == o->segments->len;
        if (s->fd == fd && s->parent == k->running &&
            (newest || o->segments->len >= SEGMENTS_MAX))
            return s;
    }
    Segment *s = g_new0(Segment, 1);
    *s = (Segment){.parent = message_ref(k->running), .fd = fd, .text = g_string_new(NULL)};
    g_ptr_array_add(o->segments, s);
    return s;
}

void output_text(Kernel *k, int fd, const char *text, gsize length)
{
    if (!length) return;
    g_mutex_lock(&k->lock);
    Output *o = &k->output;
    Segment *s = segment_for(k, fd);
    g_string_append_len(s->text, text, (gssize)length);
    o->waiting += length;
    o->said += length;
    gboolean first = !o->due, full = s->text->len >= MESSAGE_MAX;
    if (first) o->due = g_get_monotonic_time() + MERGE_US;
    if (full) output_seal_locked(k);
    g_mutex_unlock(&k->lock);
    if (first || full) sockets_wake(k);
}

// ---------------------------------------------------------------- holding back

// How long the machine's thread has to wait for the clients to keep up, in microseconds.
static gint64 ahead_us(Kernel *k)
{
    Output *o = &k->output;
    gint64 now = g_get_monotonic_time(), wait = 0;
    g_mutex_lock(&k->lock);
    if (o->waiting > WAITING_MAX) wait = HOLD_US;
    if (o->said > FREE_BYTES) {
        if (!o->held_from) o->held_from = now;
        gint64 fair = (gint64)(o->said - FREE_BYTES) * G_USEC_PER_SEC / HELD_BYTES_PER_S;
        wait = MAX(wait, fair - (now - o->held_from));
    }
    g_mutex_unlock(&k->lock);
    return wait;
}

// Called by the machine's thread after it has written; never for longer than a request may
// wait.
void output_throttle(Kernel *k)
{
    gint64 wait = ahead_us(k);
    if (wait > 0) g_usleep((gulong)MIN(wait, HOLD_US));
}

// ---------------------------------------------------------------- the process's own streams

gboolean output_start(Kernel *k)
{
    Output *o = &k->output;
    o->segments = g_ptr_array_new_with_free_func(segment_free);
    for (int fd = 1; fd <= 2; fd++) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return FALSE;
        o->pipe[fd] = ends[0];
        o->saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        // The writing end blocks, as stdout does; it replaces fd 1 or 2 while a cell runs.
        fcntl(ends[1], F_SETFL, 0);
        o->write_end[fd] = ends[1];
    }
    k->log_fd = o->saved[2];
    return TRUE;
}

void output_stop(Kernel *k)
{
    Output *o = &k->output;
    output_capture(k, FALSE);
    for (int fd = 1; fd <= 2; fd++) {
        close(o->pipe[fd]);
        close(o->write_end[fd]);
    }
    g_ptr_array_unref(o->segments);
}

void output_capture(Kernel *k, gboolean on)
{
    Output *o = &k->output;
    if (o->captured == on || k->beside) return;
    fflush(stdout);
    fflush(stderr);
    for (int fd = 1; fd <= 2; fd++) dup2(on ? o->write_end[fd] : o->saved[fd], fd);
    o->captured = on;
    if (!on) output_drain_pipes(k);
}

// Either thread: what is written before a cell ends must be taken before its reply is.
void output_drain_pipes(Kernel *k)
{
    char bytes[16 * 1024];
    g_mutex_lock(&k->output.pipe_lock);
    for (int fd = 1; fd <= 2; fd++)
        for (gssize n; (n = read(k->output.pipe[fd], bytes, sizeof bytes)) > 0;)
            output_text(k, fd, bytes, (gsize)n);
    g_mutex_unlock(&k->output.pipe_lock);
}
