// SPDX-License-Identifier: Apache-2.0
// record.c: writing the record of a step. See record.h.
//
// Of operations that call others the outermost one that is made of loops is recorded (it has a
// derivative of its own, or records nothing); one that is made of others leaves its parts, and
// when it had none, itself. Writing a row costs two reads of the clock and no allocation once
// the buffers have grown to a step's size.
#include "observe/observe.h"

#include "observe/replay.h"
#include "observe/timeline.h"
#include "optim/optimizer.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

static double clock_of(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double now(void)
{
    return clock_of(CLOCK_REALTIME);
}

static AdjRecorder *recorder(void)
{
    return &adj_thread.observer->recorder;
}

// Room for one more element of each array; false: the record is full.
static bool room(void *array, int n, int *capacity, size_t size)
{
    if (n < *capacity) return true;
    int wanted = *capacity ? *capacity * 2 : 64;
    void *bigger = realloc(*(void **)array, (size_t)wanted * size);
    if (!bigger) return false;
    *(void **)array = bigger;
    *capacity = wanted;
    return true;
}

static uint32_t put_dims(AdjRecord *r, const AdjTensor *t)
{
    uint32_t at = (uint32_t)r->n_dims;
    for (int i = 0; i < t->ndim; i++) {
        if (!room(&r->dims, r->n_dims, &r->dim_room, sizeof *r->dims)) return at;
        r->dims[r->n_dims++] = t->sizes[i];
    }
    return at;
}

int adj_record_find(const AdjRecord *r, uint64_t sequence)
{
    int low = 0, high = r->n_ops;
    while (sequence && low < high) {
        int middle = low + (high - low) / 2, at = middle;
        while (at > low && !r->ops[at].sequence) at--;  // rows without a node
        if (r->ops[at].sequence == sequence) return at;
        if (r->ops[at].sequence < sequence)
            low = middle + 1;
        else
            high = at;
    }
    return -1;
}

// What made [t]: by its node; or without one, the latest operation with this very result.
static int made_by(const AdjRecord *r, const AdjTensor *t)
{
    enum { FAR = 256 };
    if (t->node) return adj_record_find(r, t->node->sequence);
    for (int i = r->n_ops - 1; i >= 0 && i >= r->n_ops - FAR; i--)
        if (r->ops[i].result == t && r->ops[i].dtype == t->dtype && r->ops[i].ndim == t->ndim)
            return i;
    return -1;
}

static bool put_inputs(AdjRecord *r, AdjRecordOp *row, const AdjRecordCall *c)
{
    for (int i = 0; i < c->n_in && row->n_in < UINT16_MAX; i++) {
        AdjTensor *t = c->in[i];
        if (!t || t->wrapped) continue;
        if (!room(&r->ins, r->n_ins, &r->in_room, sizeof *r->ins)) return false;
        AdjRecordIn *in = &r->ins[r->n_ins];
        *in = (AdjRecordIn){.from = made_by(r, t), .ndim = t->ndim, .wants = t->requires_grad};
        if (in->from < 0) in->leaf = t;
        in->out = (uint16_t)t->out;
        in->dims_at = put_dims(r, t);
        if (in->dims_at + t->ndim > (uint32_t)r->n_dims) return false;
        r->n_ins++;
        row->n_in++;
    }
    return true;
}

static int put_statistics(AdjRecord *r, AdjTensor *t)
{
    if (!t ||
        !room(&r->statistics, r->n_statistics, &r->statistics_room, sizeof *r->statistics))
        return -1;
    return adj_statistics(t, &r->statistics[r->n_statistics]) ? r->n_statistics++ : -1;
}

// Names with variants depend on the call; the others are read off the row when asked for.
static const char *title_of(const AdjNode *n)
{
    if (n->title) return n->title;
    return n->op->torch && strpbrk(n->op->torch, "+-|") ? adj_node_name(n) : NULL;
}

static void put(AdjRecord *r, const AdjCall *c, const AdjRecordCall *call)
{
    if (r->n_ops >= ADJ_RECORD_OPS || !room(&r->ops, r->n_ops, &r->op_room, sizeof *r->ops)) {
        r->left_out++;
        return;
    }
    AdjTensor *y = call->out[0];
    AdjRecordOp row = {.op = c->op,
                       .module = adj_thread.module,
                       .place = adj_thread.span,
                       .forward_ticks = (uint32_t)(adj_ticks() - c->start),
                       .live_bytes = adj_thread.live_bytes,
                       .result = y,
                       .in_at = (uint32_t)r->n_ins,
                       .ndim = y->ndim,
                       .dtype = y->dtype,
                       .value = -1,
                       .gradient = -1};
    const AdjNode *node = y->node && y->node->op == c->op ? y->node : NULL;
    if (node && c->grad) {
        row.sequence = node->sequence;
        row.title = title_of(node);
        row.bytes = adj_node_bytes(node);
        r->has_nodes = true;
    }
    row.dims_at = put_dims(r, y);
    if (row.dims_at + y->ndim > (uint32_t)r->n_dims || !put_inputs(r, &row, call)) {
        r->left_out++;
        return;
    }
    if (r->with_statistics) row.value = put_statistics(r, y);
    r->forward_ticks += row.forward_ticks;
    r->ops[r->n_ops++] = row;
}

// ---------------------------------------------------------------- steps

static AdjRecord *fresh(AdjRecorder *rec)
{
    AdjRecord *r = rec->spare ? rec->spare : calloc(1, sizeof *r);
    if (!r) return NULL;
    rec->spare = NULL;
    *r = (AdjRecord){.refs = 1,
                     .ops = r->ops,
                     .ins = r->ins,
                     .dims = r->dims,
                     .statistics = r->statistics,
                     .op_room = r->op_room,
                     .in_room = r->in_room,
                     .dim_room = r->dim_room,
                     .statistics_room = r->statistics_room};
    return r;
}

// Recording sparingly, the first steps after a pause are all recorded. Later, a program whose
// steps are shorter than BETWEEN leaves a record each BETWEEN, or each PER_RECORD steps, so
// that recording costs next to nothing where a step takes microseconds; longer steps, and those
// that somebody wants values of, leave one each. Steps are counted all the same, where
// zero_grad tells them apart.
static const double BETWEEN = 0.02, PAUSE = 0.05;  // seconds
enum { ALL_OF_FIRST = 1000, PER_RECORD = 60 };     // steps

static bool rests_after(AdjRecorder *rec, const AdjRecord *r)
{
    double clock = now(), took = clock - r->time;
    if (r->time - rec->last_end > PAUSE) rec->row = 0;
    rec->last_end = clock;
    rec->row++;
    if (rec->every || rec->row < ALL_OF_FIRST || rec->pin > 0 || rec->statistics ||
        took > BETWEEN || adj_timeline_runs())
        return false;
    rec->resting = true;
    rec->rest_until = clock + fmin(PER_RECORD * took, BETWEEN);
    adj_thread.watchers &= ~ADJ_WATCH_STEPS;
    return true;
}

static bool wakes(AdjRecorder *rec)
{
    // The exact time would cost more than all else that a resting recorder does.
    if (clock_of(CLOCK_REALTIME_COARSE) < rec->rest_until && rec->pin == 0 &&
        !rec->statistics && !adj_timeline_runs())
        return false;
    rec->resting = false;
    rec->depth = rec->taken = 0;
    adj_thread.watchers |= ADJ_WATCH_STEPS;
    return true;
}

void adj_record_finish(AdjRecorder *rec)
{
    AdjRecord *old = rec->now;
    rec->step++;
    // One that woke in the middle of a step saw no operation: the next is whole.
    if (!old->n_ops) {
        old->has_backward = old->has_update = false;
        old->step = rec->step + 1;
        return;
    }
    if (old->pinned) adj_keep_pinned(rec, old);
    if (rec->timeline) adj_timeline_end(rec->timeline, old);
    adj_ring_push(rec, old);
    rec->now = NULL;
}

// A step that had no backward pass, an evaluation for example, is not kept.
static void begin(AdjRecorder *rec, bool zero_grad)
{
    AdjRecord *old = rec->now;
    if (old && old->has_backward) {
        bool rests = old->n_ops && rests_after(rec, old);
        adj_record_finish(rec);
        if (rests) return;
    }
    if (rec->now && rec->now->pinned) rec->pin++;  // an evaluation: the next step is meant
    if (rec->now && rec->now->refs != 1) {         // somebody still looks at it
        adj_pinned_free(rec->now->pinned);
        adj_pinned_free(rec->now->sketch);
        rec->now->pinned = rec->now->sketch = NULL;
        adj_record_drop(rec->now);
        rec->now = NULL;
    }
    AdjRecord *r = rec->now ? rec->now : fresh(rec);
    if (!r) return;
    adj_pinned_free(r->pinned);
    adj_pinned_free(r->sketch);
    rec->now = r;
    r->n_ops = r->n_ins = r->n_dims = r->n_statistics = 0;
    r->left_out = 0;
    r->forward_ticks = r->backward_ticks = r->optimizer_ticks = 0;
    r->has_nodes = r->has_backward = r->has_update = r->zeroed = false;
    r->step = rec->step + 1;
    r->time = now();
    r->start_bytes = adj_thread.live_bytes;
    r->root = NAN;
    r->root_name = NULL;
    r->by_zero_grad = zero_grad;
    r->with_statistics = rec->statistics;
    r->pinned = rec->pin > 0 ? adj_pinned_begin() : NULL;
    if (r->pinned) rec->pin--;
    r->sketch = rec->timeline ? adj_timeline_begin(rec) : NULL;
}

void adj_record_beat(bool zero_grad)
{
    AdjObserver *o = adj_thread.observer;
    if (!o || o->recorder.mute) return;
    adj_watch_beat(o, zero_grad);
    AdjRecorder *rec = &o->recorder;
    if (rec->resting) {
        rec->step += zero_grad;
        if (!wakes(rec)) return;
    }
    if (!(adj_thread.watchers & ADJ_WATCH_STEPS)) return;
    AdjRecord *r = rec->now;
    bool begun = r && (r->n_ops || r->has_backward);
    bool between = r && r->has_nodes && !r->has_backward;
    if (between && zero_grad) {
        r->zeroed = true;  // or what came before was an evaluation: another pass will tell
        return;
    }
    if (between && r->zeroed) return begin(rec, true);
    if (!r || zero_grad || r->has_update ||
        (begun && !r->by_zero_grad && (r->has_backward || !r->has_nodes)))
        begin(rec, zero_grad);
}

void adj_record_enter(AdjCall *c)
{
    AdjRecorder *r = recorder();
    r->depth++;
    if (r->taken || r->mute) return;
    bool whole = c->op->vjp || c->op->no_grad;
    if (whole) r->taken = r->depth;
    c->mark = r->now ? r->now->n_ops : 0;
    c->start = adj_ticks();
}

enum { PLAIN_OPS = 16384 };

// Whether this operation belongs to the step after the one that is recorded.
static bool is_next_step(const AdjRecord *r, const AdjTensor *y)
{
    if (!r || r->has_update) return true;
    if (r->zeroed && !r->has_backward) return y->node && y->requires_grad;
    // Plain arithmetic that no backward pass will ask about is not gathered for ever.
    if (!r->has_nodes && !r->by_zero_grad && r->n_ops >= PLAIN_OPS) return true;
    if (r->has_backward && r->n_ops - r->at_backward >= PLAIN_OPS) return true;
    return r->has_backward && !r->by_zero_grad && y->node && y->requires_grad;
}

static bool is_handed_through(const AdjRecordCall *call)
{
    for (int i = 0; i < call->n_in; i++)
        if (call->in[i] == call->out[0]) return true;
    return false;
}

// The innermost call that failed; those around it fail with the same words.
static void put_failure(AdjRecorder *r, const AdjCall *c, const AdjRecordCall *call)
{
    AdjFailedOp *f = &r->failed;
    if (!adj_error_kind()) return;
    if (f->name && !strncmp(f->message, adj_error_text(), sizeof f->message - 1)) return;
    f->name = NULL;
    adj_record_failed(c->op->name, adj_thread.module, call->in, call->n_in);
    f->kind = adj_error_kind();
    snprintf(f->message, sizeof f->message, "%s", adj_error_text());
}

void adj_record_failed(const char *name, const char *module, AdjTensor *const *in, int n)
{
    AdjRecorder *r = adj_thread.observer ? recorder() : NULL;
    AdjFailedOp *f = r ? &r->failed : NULL;
    if (!f || !(adj_thread.watchers & ADJ_WATCH_STEPS)) return;
    if (f->name && !memcmp(&f->place, &adj_thread.span, sizeof f->place)) return;  // said
    *f = (AdjFailedOp){
        .name = name, .kind = ADJ_E_SHAPE, .module = module, .place = adj_thread.span};
    for (int i = 0; i < n && f->n_in < ADJ_FAILED_INPUTS; i++) {
        AdjTensor *t = in[i];
        if (!t || t->wrapped) continue;
        f->shape[f->n_in] = adj_shape(t);
        f->from[f->n_in] = r->now ? made_by(r->now, t) : -1;
        f->leaf[f->n_in++] = t;
    }
}

void adj_record_leave(const AdjCall *c, const AdjRecordCall *call)
{
    AdjRecorder *r = recorder();
    int depth = r->depth--;
    bool taken = r->taken == depth;
    if (taken) r->taken = 0;
    if (r->taken || r->mute) return;
    if (call->n_out == 0) {
        put_failure(r, c, call);
        return;
    }
    r->failed.name = NULL;
    bool parts = !taken && r->now && r->now->n_ops > c->mark;
    if (parts || is_handed_through(call)) return;
    r->mute++;
    if (is_next_step(r->now, call->out[0])) begin(r, r->now && r->now->zeroed);
    if (r->now) put(r->now, c, call);
    if (r->now && r->now->pinned) adj_pinned_call(r->now->pinned, c->op, c->grad, call);
    if (r->now && r->now->sketch) adj_timeline_call(r->now, c->op, c->grad, call);
    r->mute--;
}

// ---------------------------------------------------------------- backward and update

AdjRecorder *adj_record_backward(AdjTensors roots, AdjTensors seeds, int *watchers)
{
    AdjThread *t = &adj_thread;
    AdjTensor *root = roots.at[0];
    *watchers = t->watchers;
    if (!t->observer || t->observer->recorder.mute) return NULL;
    bool steps = t->watchers & ADJ_WATCH_STEPS;
    t->watchers &= ADJ_WATCH_TRACE;
    AdjRecorder *r = &t->observer->recorder;
    if (steps && !r->now) begin(r, false);
    if (!steps || !r->now) return NULL;
    r->now->has_backward = true;
    r->now->at_backward = r->now->n_ops;
    if (root && root->numel == 1 && root->dtype <= ADJ_F64)
        r->now->root =
            root->dtype == ADJ_F32 ? (double)*(float *)adj_ptr(root) : *(double *)adj_ptr(root);
    if (r->now->pinned) adj_pinned_backward(r->now->pinned, roots, seeds);
    if (r->now->sketch) adj_pinned_backward(r->now->sketch, roots, seeds);
    return r;
}

void adj_record_node(AdjRecorder *r, const AdjNode *node, AdjTensor *dy)
{
    AdjRecord *record = r->now;
    int at = adj_record_find(record, node->sequence);
    record->backward_ticks += node->backward_ticks;
    if (at < 0) return;
    record->ops[at].backward_ticks += node->backward_ticks;
    record->ops[at].backward_live_bytes = adj_thread.live_bytes;
    if (record->with_statistics) record->ops[at].gradient = put_statistics(record, dy);
    if (record->pinned) adj_pinned_gradient(record->pinned, node, dy);
}

void adj_record_backward_end(AdjRecorder *r, int watchers)
{
    adj_thread.watchers = watchers;
    if (r && r->now && r->now->pinned) adj_pinned_backward_end(r->now->pinned);
    adj_watch_backward(adj_thread.observer);
    // A program without zero_grad and modules has no other beat.
    if (adj_thread.observer && adj_thread.observer->recorder.resting)
        wakes(&adj_thread.observer->recorder);
}

void adj_record_assign(AdjTensor *x, AdjTensor *value)
{
    AdjRecorder *r = recorder();
    if (r->mute || r->taken || !r->now) return;
    if (r->now->pinned) adj_pinned_assign(r->now->pinned, x, value);
    if (r->now->sketch) adj_pinned_assign(r->now->sketch, x, value);
}

uint64_t adj_record_update(AdjOptimizer *o)
{
    AdjObserver *all = adj_thread.observer;
    if (!all || all->recorder.mute) return 0;
    AdjRecorder *r = &all->recorder;
    adj_watch_update(all, o);
    if (all->path) adj_path_update(all->path, o);
    r->mute++;
    if (r->now && r->now->pinned) adj_pinned_update(r->now->pinned, o);
    if (r->now && r->now->sketch) adj_pinned_update(r->now->sketch, o);
    return adj_ticks();
}

void adj_record_update_end(AdjOptimizer *o, uint64_t start)
{
    AdjObserver *all = adj_thread.observer;
    if (!all || !start) return;
    AdjRecorder *r = &all->recorder;
    r->mute--;
    bool known = r->now && r->now->has_backward && (adj_thread.watchers & ADJ_WATCH_STEPS);
    if (all->path)
        adj_path_updated(all->path, o, r->step + !r->resting, known ? r->now->root : NAN);
    if (r->now && (adj_thread.watchers & ADJ_WATCH_STEPS)) {
        r->now->optimizer_ticks += adj_ticks() - start;
        r->now->has_update = true;
        if (r->now->pinned) adj_pinned_updated(r->now->pinned, o);
    }
    if (r->timeline) adj_timeline_met(o, true);
    adj_watch_updated(all, o);
}
