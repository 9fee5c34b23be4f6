// SPDX-License-Identifier: Apache-2.0
// comm.c: see comm.h. The list of comms changes on the machine's thread alone, under a lock
// that publishing from other threads takes too. Functions of targets are called without the
// lock, so that they may send, publish and close.
#include "session/front.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { TARGETS_STEP = 8 };

bool adj_comm_register(AdjSession *s, const AdjCommTarget *t)
{
    if (s->target_count % TARGETS_STEP == 0) {
        const AdjCommTarget **more =
            realloc(s->targets, (s->target_count + TARGETS_STEP) * sizeof *more);
        if (!more) return false;
        s->targets = more;
    }
    s->targets[s->target_count++] = t;
    return true;
}

static const AdjCommTarget *find_target(AdjSession *s, const char *name)
{
    for (size_t i = 0; i < s->target_count; i++)
        if (!strcmp(s->targets[i]->name, name)) return s->targets[i];
    return NULL;
}

static AdjComm *find(AdjSession *s, const AdjFront *front, const char *id)
{
    AdjComm *c = s->comms;
    while (c && (c->front != front || strcmp(c->id, id))) c = c->next;
    return c;
}

bool adj_comm_listened(AdjSession *s)
{
    return atomic_load_explicit(&s->comm_count, memory_order_relaxed) > 0;
}

// ---------------------------------------------------------------- sending

static void emit(const AdjComm *c, AdjCommAct act, const AdjCommData *data)
{
    static const AdjCommData nothing;
    AdjCommEvent e = {act, c->id, c->target->name, data ? *data : nothing};
    if (!e.data.json) e.data.json = "{}";
    if (!e.data.length) e.data.length = strlen(e.data.json);
    if (c->front->comm) c->front->comm(c->front->self, &e);
}

void adj_comm_send(AdjComm *c, const AdjCommData *data)
{
    emit(c, ADJ_COMM_MESSAGE, data);
}

void adj_comm_publish_data(AdjSession *s, const char *target, const AdjCommData *data)
{
    if (!adj_comm_listened(s)) return;
    pthread_mutex_lock(&s->comm_lock);
    for (const AdjComm *c = s->comms; c; c = c->next)
        if (!strcmp(c->target->name, target)) emit(c, ADJ_COMM_MESSAGE, data);
    pthread_mutex_unlock(&s->comm_lock);
}

void adj_comm_publish(AdjSession *s, const char *target, const char *json)
{
    adj_comm_publish_data(s, target, &(AdjCommData){.json = json});
}

// ---------------------------------------------------------------- the list

static AdjComm *add(AdjSession *s, AdjFront *front, const char *id, const AdjCommTarget *t)
{
    AdjComm *c = calloc(1, sizeof *c);
    char *copy = strdup(id);
    if (!c || !copy) {
        free(c);
        free(copy);
        return NULL;
    }
    *c = (AdjComm){.session = s, .target = t, .front = front, .id = copy};
    pthread_mutex_lock(&s->comm_lock);
    c->next = s->comms;
    s->comms = c;
    atomic_fetch_add(&s->comm_count, 1);
    pthread_mutex_unlock(&s->comm_lock);
    return c;
}

static void take_out(AdjComm *c)
{
    AdjSession *s = c->session;
    pthread_mutex_lock(&s->comm_lock);
    AdjComm **at = &s->comms;
    while (*at != c) at = &(*at)->next;
    *at = c->next;
    atomic_fetch_sub(&s->comm_count, 1);
    pthread_mutex_unlock(&s->comm_lock);
}

static void end(AdjComm *c, const AdjCommData *data)
{
    take_out(c);
    if (c->target->close) c->target->close(c, data);
    free(c->id);
    free(c);
}

void adj_comm_close(AdjComm *c, const AdjCommData *data)
{
    emit(c, ADJ_COMM_CLOSE, data);
    end(c, data);
}

// ---------------------------------------------------------------- what clients send

static bool is_open(const AdjSession *s, const AdjComm *c)
{
    const AdjComm *at = s->comms;
    while (at && at != c) at = at->next;
    return at;
}

static void answer(AdjSession *s, AdjComm *c, char *(*ask)(AdjComm *c, const AdjCommData *data),
                   const AdjCommData *data)
{
    char *text = ask ? ask(c, data) : NULL;
    if (text && is_open(s, c))  // it may have closed itself
        emit(c, ADJ_COMM_MESSAGE, &(AdjCommData){.json = text});
    free(text);
    if (adj_vm_failed(s->vm)) adj_vm_clear_error(s->vm);
}

bool adj_comm_take(AdjSession *s, AdjFront *front, const AdjCommEvent *e)
{
    AdjComm *c = find(s, front, e->id);
    if (e->act == ADJ_COMM_OPEN) {
        const AdjCommTarget *t = find_target(s, e->target);
        if (c || !t || !(c = add(s, front, e->id, t))) return false;
        answer(s, c, t->open, &e->data);
        return true;
    }
    if (!c) return false;
    if (e->act == ADJ_COMM_MESSAGE)
        answer(s, c, c->target->message, &e->data);
    else
        end(c, &e->data);
    return true;
}

void adj_comm_each(AdjSession *s, const char *target,
                   void (*each)(void *self, const AdjComm *c), void *self)
{
    for (const AdjComm *c = s->comms; c; c = c->next)
        if (!target || !strcmp(c->target->name, target)) each(self, c);
}

void adj_comm_drop_front(AdjSession *s, AdjFront *front)
{
    // From the start each time: what a target does at the end may close others.
    for (AdjComm *c = s->comms; c;) {
        bool its = c->front == front;
        if (its) end(c, NULL);
        c = its ? s->comms : c->next;
    }
}

void adj_comm_free_all(AdjSession *s)
{
    while (s->comms) end(s->comms, NULL);
    free(s->targets);
    s->targets = NULL;
    s->target_count = 0;
}
