// SPDX-License-Identifier: Apache-2.0
// rerun.c: computing a recorded forward pass again in part. See rerun.h.
//
// The first run keeps every value and, for each call that drew random numbers, the state it
// drew them from. A later run sets that state before such a call and computes the dependent
// calls in their order. Changes in place would spoil the kept values, of which they overwrite
// one that other calls still read: a pass that has any is computed whole each time.
#include "observe/rerun.h"

#include "core/random.h"
#include "observe/observe.h"
#include "observe/pinned.h"

#include <stdlib.h>

struct AdjRerun {
    const AdjPinned *pinned;  // borrowed
    AdjDtype dtype;
    bool whole;            // it has changes in place
    AdjTensor *leaf;       // kept
    AdjTensor **now;       // kept: the value of each slot; NULL: there is none
    AdjTensor **random;    // kept: the state before each call; NULL: it draws nothing
    bool *depends;         // for each call
    int slot, dependent;   // of the leaf; how many calls depend on it
    int n_slots, n_calls;  // of the pass, known still when it is gone
};

// ---------------------------------------------------------------- capturing

AdjPinned *adj_pinned_capture(bool (*compute)(void *data, AdjTensor **root), void *data)
{
    AdjObserver *o = adj_observer();
    AdjPinned *p = o ? adj_pinned_begin() : NULL;
    if (!p) return o ? adj_fail(ADJ_E_MEMORY, "no memory to record") : NULL;
    AdjRecord record = {.refs = 1, .by_zero_grad = true, .pinned = p};
    AdjRecorder program = o->recorder;
    AdjTensor *root = NULL;
    int watchers = adj_thread.watchers;
    o->recorder = (AdjRecorder){.now = &record};
    adj_thread.watchers = ADJ_WATCH_STEPS;
    bool ok = compute(data, &root) && root;
    adj_thread.watchers = watchers;
    o->recorder = program;
    if (ok) adj_pinned_root(p, root);
    free(record.ops);
    free(record.ins);
    free(record.dims);
    free(record.statistics);
    if (ok) return p;
    adj_pinned_free(p);
    return NULL;
}

// ---------------------------------------------------------------- aside

typedef struct {
    int watchers;
    bool grad;
    AdjTensor *random;  // kept
} Aside;

static bool step_aside(Aside *a, bool grad)
{
    a->random = adj_keep(adj_generator_state(adj_generator_now()));
    if (!a->random) return false;
    a->watchers = adj_thread.watchers;
    a->grad = adj_set_grad_enabled(grad);
    adj_thread.watchers = 0;
    return true;
}

// Puts all back even after a failure, which the caller is still to see.
static void step_back(Aside *a)
{
    AdjErrorKind kind = adj_thread.error;
    adj_thread.watchers = a->watchers;
    adj_set_grad_enabled(a->grad);
    adj_thread.error = ADJ_E_NONE;
    adj_generator_set_state(adj_generator_now(), a->random);
    adj_thread.error = kind;
    adj_drop(&a->random);
}

// ---------------------------------------------------------------- running

static AdjTensor **begin_values(const AdjRerun *r)
{
    AdjReplay as = {
        .leaf = r->pinned->slots[r->slot].seen, .instead = r->leaf, .dtype = r->dtype};
    return adj_pinned_begin_values(r->pinned, &as);
}

// Computes call [i] on the kept values: its results take the places of the old ones.
static bool run(AdjRerun *r, int i)
{
    ADJ_SCOPE;
    const AdjPinnedCall *c = &r->pinned->calls[i];
    AdjTensor **old = adj_scope_memory((size_t)(c->n_out + 1) * sizeof *old);
    if (!old) return false;
    for (int k = 0; k < c->n_out; k++) old[k] = c->out[k] < 0 ? NULL : r->now[c->out[k]];
    bool ok = adj_pinned_run(c, r->now) && !adj_error_kind();
    for (int k = 0; k < c->n_out; k++) {
        if (c->out[k] < 0) continue;
        AdjTensor **at = &r->now[c->out[k]];
        if (ok)
            adj_keep(*at);
        else
            *at = old[k];
        if (ok) adj_drop(&old[k]);
    }
    return ok;
}

static bool same_state(const AdjTensor *a, const AdjTensor *b)
{
    return a->numel == b->numel && !memcmp(adj_ptr(a), adj_ptr(b), (size_t)a->numel);
}

static bool is_touched(const AdjPinnedCall *c, const bool *dirty)
{
    for (int k = 0; k < c->n_in; k++)
        if (c->in[k] >= 0 && dirty[c->in[k]]) return true;
    return false;
}

// The first run: every call, with what it depends on and draws.
static bool run_first(AdjRerun *r)
{
    const AdjPinned *p = r->pinned;
    ADJ_SCOPE;
    bool *dirty = adj_scope_memory((size_t)p->n_slots + 1);
    AdjTensor **from = begin_values(r);
    if (!dirty || !from) return false;
    memset(dirty, 0, (size_t)p->n_slots + 1);
    dirty[r->slot] = true;
    for (int i = 0; i < p->n_slots; i++) r->now[i] = from[i] ? adj_keep(from[i]) : NULL;
    AdjTensor *before = adj_generator_state(adj_generator_now());
    for (int i = 0; i < p->n_calls; i++) {
        const AdjPinnedCall *c = &p->calls[i];
        if (!before || !run(r, i)) return false;
        AdjTensor *after = adj_generator_state(adj_generator_now());
        if (!after) return false;
        if (!same_state(before, after)) r->random[i] = adj_keep(before);
        before = after;
        r->depends[i] = is_touched(c, dirty);
        r->dependent += r->depends[i];
        for (int k = 0; k < c->n_out; k++)
            if (c->out[k] >= 0) dirty[c->out[k]] |= r->depends[i];
    }
    return dirty[p->root] || adj_fail(ADJ_E_VALUE, "it does not depend on the tensor");
}

static bool run_dependent(AdjRerun *r)
{
    for (int i = 0; i < r->pinned->n_calls; i++) {
        if (!r->depends[i]) continue;
        if (r->random[i] && !adj_generator_set_state(adj_generator_now(), r->random[i]))
            return false;
        if (!run(r, i)) return false;
    }
    return true;
}

static bool read_number(const AdjTensor *t, double *out)
{
    if (!t || t->numel != 1) return adj_fail(ADJ_E_VALUE, "it does not end in one number");
    *out = adj_item((AdjTensor *)t);
    return !adj_error_kind();
}

static bool run_whole(const AdjRerun *r, double *root)
{
    ADJ_SCOPE;
    AdjTensor **now = begin_values(r);
    return now && adj_generator_set_state(adj_generator_now(), r->pinned->random) &&
           adj_pinned_run_all(r->pinned, now) && read_number(now[r->pinned->root], root);
}

bool adj_rerun_value(AdjRerun *r, double *root)
{
    Aside aside;
    if (!step_aside(&aside, false)) return false;
    bool ok = r->whole ? run_whole(r, root)
                       : run_dependent(r) && read_number(r->now[r->pinned->root], root);
    step_back(&aside);
    return ok;
}

AdjTensor *adj_rerun_gradient(const AdjRerun *r)
{
    Aside aside;
    AdjTensors g = {0, NULL};
    if (!step_aside(&aside, true)) return NULL;
    AdjTensor **now = begin_values(r);
    if (now && adj_generator_set_state(adj_generator_now(), r->pinned->random)) {
        now[r->slot]->requires_grad = true;
        AdjTensor *leaf = now[r->slot];
        if (adj_pinned_run_all(r->pinned, now))
            g = adj_gradients(ADJ_TENSORS(now[r->pinned->root]), (AdjTensors){0, NULL},
                              ADJ_TENSORS(leaf), false, false, true);
    }
    step_back(&aside);
    if (adj_error_kind()) return NULL;
    return g.n && g.at[0] ? g.at[0] : adj_fail(ADJ_E_VALUE, "no gradient reaches the tensor");
}

// ---------------------------------------------------------------- making

static const char *refusal(const AdjPinned *p, const AdjTensor *leaf)
{
    int at = adj_pinned_slot(p, leaf);
    if (p->failed) return "there was no memory to record it";
    if (p->refusal) return p->refusal;
    if (p->root < 0) return "it has no backward pass";
    if (at < 0 || !p->slots[at].copy) return "it does not depend on the tensor";
    return adj_is_float(leaf) ? NULL : "the tensor has no fractions";
}

static bool prepare(AdjRerun *r, const AdjTensor *leaf)
{
    size_t slots = (size_t)r->pinned->n_slots + 1, calls = (size_t)r->pinned->n_calls + 1;
    r->slot = adj_pinned_slot(r->pinned, leaf);
    r->now = calloc(slots, sizeof *r->now);
    r->random = calloc(calls, sizeof *r->random);
    r->depends = calloc(calls, sizeof *r->depends);
    r->leaf = adj_pinned_copy(r->pinned->slots[r->slot].copy);
    if (!r->now || !r->random || !r->depends || !r->leaf)
        return adj_fail(ADJ_E_MEMORY, "no memory to compute it again");
    for (int i = 0; i < r->pinned->n_calls; i++) r->whole |= !r->pinned->calls[i].op;
    if (r->dtype == ADJ_F64 && r->leaf->dtype != ADJ_F64) {
        AdjTensor *wide = adj_keep(adj_to(r->leaf, ADJ_F64));
        adj_drop(&r->leaf);
        r->leaf = wide;
    }
    if (!r->leaf || !adj_generator_set_state(adj_generator_now(), r->pinned->random))
        return false;
    r->dependent = r->whole ? r->n_calls : 0;
    if (r->whole) return true;
    if (!run_first(r)) return false;
    // What was computed from the tensor reads this copy of it from now on.
    adj_drop(&r->leaf);
    r->leaf = adj_keep(r->now[r->slot]);
    return true;
}

AdjRerun *adj_rerun_new(const AdjPinned *p, const AdjTensor *leaf, AdjDtype dtype)
{
    Aside aside;
    const char *why = refusal(p, leaf);
    if (why) return adj_fail(ADJ_E_RUNTIME, "this cannot be computed again: %s", why);
    AdjRerun *r = calloc(1, sizeof *r);
    if (!r) return adj_fail(ADJ_E_MEMORY, "no memory to compute it again");
    r->pinned = p;
    r->dtype = dtype;
    r->n_slots = p->n_slots;
    r->n_calls = p->n_calls;
    if (!step_aside(&aside, false)) {
        adj_rerun_free(r);
        return NULL;
    }
    bool ok = prepare(r, leaf);
    step_back(&aside);
    if (ok) return r;
    adj_rerun_free(r);
    return NULL;
}

void adj_rerun_free(AdjRerun *r)
{
    if (!r) return;
    for (int i = 0; r->now && i < r->n_slots; i++) adj_drop(&r->now[i]);
    for (int i = 0; r->random && i < r->n_calls; i++) adj_drop(&r->random[i]);
    adj_drop(&r->leaf);
    free(r->now);
    free(r->random);
    free(r->depends);
    free(r);
}

AdjTensor *adj_rerun_leaf(const AdjRerun *r)
{
    return r->leaf;
}

void adj_rerun_size(const AdjRerun *r, int *calls, int *dependent)
{
    *calls = r->n_calls;
    *dependent = r->dependent;
}
