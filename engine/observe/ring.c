// SPDX-License-Identifier: Apache-2.0
// ring.c: the last records of a thread, for readers on any thread. A reader takes a reference
// under the lock, which is held for a few instructions, and reads without it; the writer takes
// the same lock once a step. So a slow reader costs the memory of the one record it holds, and
// the engine nothing.
#include "observe/observe.h"

#include "observe/replay.h"
#include "observe/timeline.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct AdjRecordRing {
    pthread_mutex_t lock;
    AdjRecord *at[ADJ_RECORDS];  // oldest first from [first], kept
    int first, n;
    size_t bytes;
} AdjRecordRing;

enum { RING_LIMIT = 64 << 20 };

static size_t size_of(const AdjRecord *r)
{
    return sizeof *r + (size_t)r->op_room * sizeof *r->ops +
           (size_t)r->in_room * sizeof *r->ins + (size_t)r->dim_room * sizeof *r->dims +
           (size_t)r->statistics_room * sizeof *r->statistics;
}

static void release(AdjRecord *r)
{
    free(r->ops);
    free(r->ins);
    free(r->dims);
    free(r->statistics);
    free(r);
}

void adj_record_drop(AdjRecord *r)
{
    if (r && __atomic_sub_fetch(&r->refs, 1, __ATOMIC_ACQ_REL) == 0) release(r);
}

// The oldest record leaves. One that nobody else holds is written again.
static void evict(AdjRecorder *rec, AdjRecordRing *ring)
{
    AdjRecord *old = ring->at[ring->first];
    ring->first = (ring->first + 1) % ADJ_RECORDS;
    ring->n--;
    ring->bytes -= size_of(old);
    if (__atomic_load_n(&old->refs, __ATOMIC_ACQUIRE) == 1 && !rec->spare && !old->pinned)
        rec->spare = old;
    else
        adj_record_drop(old);
}

void adj_ring_push(AdjRecorder *rec, AdjRecord *r)
{
    AdjRecordRing *ring = rec->ring;
    pthread_mutex_lock(&ring->lock);
    size_t more = size_of(r);
    while (ring->n && (ring->n == ADJ_RECORDS || ring->bytes + more > rec->limit))
        evict(rec, ring);
    ring->at[(ring->first + ring->n++) % ADJ_RECORDS] = r;
    ring->bytes += more;
    pthread_mutex_unlock(&ring->lock);
}

AdjRecord *adj_record_from(AdjRecordRing *ring, int64_t step)
{
    AdjRecord *found = NULL;
    if (!ring) return NULL;
    pthread_mutex_lock(&ring->lock);
    for (int i = ring->n; i-- && !found;) {
        AdjRecord *r = ring->at[(ring->first + i) % ADJ_RECORDS];
        if (step == 0 || r->step == step) found = r;
    }
    if (found) __atomic_add_fetch(&found->refs, 1, __ATOMIC_ACQ_REL);
    pthread_mutex_unlock(&ring->lock);
    return found;
}

void adj_record_range(AdjRecordRing *ring, int64_t *first, int64_t *last)
{
    *first = *last = 0;
    if (!ring) return;
    pthread_mutex_lock(&ring->lock);
    if (ring->n) {
        *first = ring->at[ring->first]->step;
        *last = ring->at[(ring->first + ring->n - 1) % ADJ_RECORDS]->step;
    }
    pthread_mutex_unlock(&ring->lock);
}

size_t adj_record_ring_bytes(AdjRecordRing *ring)
{
    if (!ring) return 0;
    pthread_mutex_lock(&ring->lock);
    size_t bytes = ring->bytes;
    pthread_mutex_unlock(&ring->lock);
    return bytes;
}

AdjRecordRing *adj_record_ring(void)
{
    return adj_thread.observer ? adj_thread.observer->recorder.ring : NULL;
}

// What the timeline keeps of a step of the branch that runs.
static AdjRecord *of_timeline(int64_t step)
{
    AdjTimeline *t = adj_timeline();
    AdjMoment *m = t && step ? adj_moment_find(t, t->branch, step) : NULL;
    if (!m || !m->record) return NULL;
    __atomic_add_fetch(&m->record->refs, 1, __ATOMIC_ACQ_REL);
    return m->record;
}

// The step that runs is what its own thread may look at; a last step whose backward pass is
// done counts as whole even before the next one begins.
AdjRecord *adj_record_get(int64_t step)
{
    AdjObserver *o = adj_thread.observer;
    if (!o) return NULL;
    AdjRecord *now = o->recorder.now;
    bool whole = now && now->has_backward;
    if (now && (step == -1 || (whole && (step == 0 || step == now->step)))) {
        __atomic_add_fetch(&now->refs, 1, __ATOMIC_ACQ_REL);
        return now;
    }
    AdjRecord *r = step < 0 ? NULL : of_timeline(step);
    if (step >= 0 && !r) r = adj_record_from(o->recorder.ring, step);
    for (int i = 0; !r && step > 0 && i < o->recorder.n_pinned; i++) {
        r = o->recorder.pinned[i]->step == step ? o->recorder.pinned[i] : NULL;
        if (r) __atomic_add_fetch(&r->refs, 1, __ATOMIC_ACQ_REL);
    }
    if (r || step || !now || !now->n_ops) return r;
    __atomic_add_fetch(&now->refs, 1, __ATOMIC_ACQ_REL);  // nothing but a forward pass so far
    return now;
}

// A pinned record holds tensors, which belong to this thread: they go here, whoever else still
// reads the record's rows.
static void unpin_first(AdjRecorder *rec)
{
    AdjRecord *r = rec->pinned[0];
    memmove(rec->pinned, rec->pinned + 1, sizeof *rec->pinned * (size_t)--rec->n_pinned);
    adj_pinned_free(r->pinned);
    r->pinned = NULL;
    adj_record_drop(r);
}

void adj_keep_pinned(AdjRecorder *rec, AdjRecord *r)
{
    if (rec->n_pinned == ADJ_PINNED_RECORDS) unpin_first(rec);
    __atomic_add_fetch(&r->refs, 1, __ATOMIC_ACQ_REL);
    rec->pinned[rec->n_pinned++] = r;
}

bool adj_record_pin(int64_t steps)
{
    if (!adj_record_running() && !adj_record_start(false)) return false;
    adj_thread.observer->recorder.pin = steps;
    return true;
}

void adj_record_unpin(void)
{
    AdjObserver *o = adj_thread.observer;
    if (!o) return;
    o->recorder.pin = 0;
    while (o->recorder.n_pinned) unpin_first(&o->recorder);
}

bool adj_record_start(bool every)
{
    AdjObserver *o = adj_observer();
    if (!o) return false;
    AdjRecorder *r = &o->recorder;
    if (!r->ring) {
        r->ring = calloc(1, sizeof *r->ring);
        if (!r->ring) return adj_fail(ADJ_E_MEMORY, "no memory for the record of steps");
        pthread_mutex_init(&r->ring->lock, NULL);
        r->limit = RING_LIMIT;
    }
    r->depth = r->taken = 0;
    r->every = every;
    r->resting = false;
    adj_thread.watchers |= ADJ_WATCH_STEPS | ADJ_WATCH_BEATS;
    return true;
}

void adj_record_stop(void)
{
    adj_thread.watchers &= ~ADJ_WATCH_STEPS;
    if (!adj_thread.observer) return;
    adj_thread.observer->recorder.resting = false;
    adj_observe_arm(adj_thread.observer);
}

bool adj_record_running(void)
{
    const AdjObserver *o = adj_thread.observer;
    return (adj_thread.watchers & ADJ_WATCH_STEPS) || (o && o->recorder.resting);
}

const char *adj_record_name(const AdjRecordOp *op)
{
    if (op->title) return op->title;
    if (!op->sequence) return op->op->name;  // it left no node, so nothing else names it
    AdjNode node = {.op = op->op};
    return adj_node_name(&node);
}

void adj_ring_free(AdjRecorder *rec)
{
    AdjRecordRing *ring = rec->ring;
    while (rec->n_pinned) unpin_first(rec);
    adj_timeline_stop();
    if (rec->now) adj_pinned_free(rec->now->pinned);
    if (rec->now) rec->now->pinned = NULL;
    adj_record_drop(rec->now);
    adj_record_drop(rec->spare);
    rec->now = rec->spare = NULL;
    if (!ring) return;
    while (ring->n) {
        adj_record_drop(ring->at[ring->first]);
        ring->first = (ring->first + 1) % ADJ_RECORDS;
        ring->n--;
    }
    pthread_mutex_destroy(&ring->lock);
    free(ring);
    rec->ring = NULL;
}
