// SPDX-License-Identifier: Apache-2.0
// queue.c: the two lines of requests, and the thread that serves them. See front.h.
//
// A byte counter in the kernel (eventfd) says that something happened: it can be written from
// any thread and from signal handlers, and a loop that watches other descriptors can watch it
// too.
#include "session/front.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

bool adj_queue_start(AdjQueue *q)
{
    pthread_mutex_init(&q->lock, NULL);
    q->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return q->fd >= 0;
}

void adj_session_wake(AdjSession *s)
{
    int kept = errno;
    uint64_t one = 1;
    ssize_t ignored = write(s->queue.fd, &one, sizeof one);
    (void)ignored;
    errno = kept;
}

int adj_session_fd(AdjSession *s)
{
    return s->queue.fd;
}

static void post(AdjSession *s, AdjRequestLine *line, AdjRequest *r)
{
    r->next = NULL;
    pthread_mutex_lock(&s->queue.lock);
    if (line->last)
        line->last->next = r;
    else
        line->first = r;
    line->last = r;
    pthread_mutex_unlock(&s->queue.lock);
    adj_session_wake(s);
}

static AdjRequest *take(AdjSession *s, AdjRequestLine *line)
{
    pthread_mutex_lock(&s->queue.lock);
    AdjRequest *r = line->first;
    if (r) line->first = r->next;
    if (!line->first) line->last = NULL;
    pthread_mutex_unlock(&s->queue.lock);
    return r;
}

void adj_session_post_cell(AdjSession *s, AdjRequest *r)
{
    atomic_fetch_add(&s->queue.cells_due, 1);
    post(s, &s->queue.cells, r);
}

void adj_session_post_urgent(AdjSession *s, AdjRequest *r)
{
    post(s, &s->queue.urgent, r);
    adj_vm_request_safe_point(s->vm);
}

bool adj_session_busy(AdjSession *s)
{
    return atomic_load(&s->queue.cells_due) > 0;
}

void adj_session_interrupt(AdjSession *s)
{
    if (!adj_session_busy(s)) return;
    atomic_store(&s->queue.interrupted, true);
    adj_vm_interrupt(s->vm);
    adj_session_wake(s);
}

void adj_session_leave(AdjSession *s)
{
    atomic_store(&s->leaving, true);
    adj_session_interrupt(s);
    adj_session_wake(s);
}

// ---------------------------------------------------------------- serving

static void serve_urgent(AdjSession *s)
{
    if (s->queue.serving) return;  // what a request runs has safe points too
    s->queue.serving = true;
    for (AdjRequest *r; (r = take(s, &s->queue.urgent));) r->serve(s, r);
    s->queue.serving = false;
}

// An interrupt that came meanwhile was for the cell; a request that ran a line of the program
// may have taken it.
void adj_queue_safe_point(AdjVM *vm)
{
    AdjSession *s = adj_vm_hooks(vm)->user;
    bool before = atomic_exchange(&s->queue.interrupted, false);
    serve_urgent(s);
    bool meanwhile = atomic_exchange(&s->queue.interrupted, before);
    if (!meanwhile) return;
    atomic_store(&s->queue.interrupted, true);
    adj_vm_interrupt(vm);
}

static void drain(AdjSession *s)
{
    uint64_t count;
    while (read(s->queue.fd, &count, sizeof count) > 0) continue;
}

static void wait_for_more(AdjSession *s)
{
    struct pollfd fd = {.fd = s->queue.fd, .events = POLLIN};
    poll(&fd, 1, -1);
}

bool adj_session_wait(AdjSession *s)
{
    if (!adj_vm_poll(s->vm)) return false;
    wait_for_more(s);
    drain(s);
    return adj_vm_poll(s->vm);
}

void adj_session_serve_waiting(AdjSession *s)
{
    drain(s);
    for (;;) {
        serve_urgent(s);
        AdjRequest *r = take(s, &s->queue.cells);
        if (!r) break;
        r->serve(s, r);
        // Whoever interrupts a cell that has just ended means nothing any more.
        if (atomic_fetch_sub(&s->queue.cells_due, 1) == 1) adj_vm_clear_interrupt(s->vm);
    }
}

void adj_session_serve(AdjSession *s)
{
    while (!atomic_load(&s->leaving)) {
        adj_session_serve_waiting(s);
        if (!atomic_load(&s->leaving)) wait_for_more(s);
    }
    adj_session_serve_waiting(s);
}

// Requests nobody will serve any more give back what they hold.
void adj_queue_stop(AdjSession *s)
{
    atomic_store(&s->leaving, true);
    AdjRequestLine *lines[] = {&s->queue.urgent, &s->queue.cells};
    for (int i = 0; i < 2; i++)
        for (AdjRequest *r; (r = take(s, lines[i]));) r->serve(s, r);
    close(s->queue.fd);
    pthread_mutex_destroy(&s->queue.lock);
}

// ---------------------------------------------------------------- calls

typedef struct {
    AdjRequest request;
    void (*work)(AdjSession *s, void *arg);
    void *arg;
    pthread_mutex_t lock;
    pthread_cond_t done_changed;
    bool done;
} Call;

static void serve_call(AdjSession *s, AdjRequest *r)
{
    Call *c = (Call *)r;
    if (!atomic_load(&s->leaving)) c->work(s, c->arg);
    pthread_mutex_lock(&c->lock);
    c->done = true;
    pthread_cond_signal(&c->done_changed);
    pthread_mutex_unlock(&c->lock);
}

void adj_session_call(AdjSession *s, void (*work)(AdjSession *s, void *arg), void *arg)
{
    Call c = {.request.serve = serve_call, .work = work, .arg = arg};
    pthread_mutex_init(&c.lock, NULL);
    pthread_cond_init(&c.done_changed, NULL);
    adj_session_post_urgent(s, &c.request);
    pthread_mutex_lock(&c.lock);
    while (!c.done) pthread_cond_wait(&c.done_changed, &c.lock);
    pthread_mutex_unlock(&c.lock);
    pthread_cond_destroy(&c.done_changed);
    pthread_mutex_destroy(&c.lock);
}
