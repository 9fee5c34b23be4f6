// SPDX-License-Identifier: Apache-2.0
// replay.c: computing a pinned step again. See replay.h.
#include "observe/observe.h"

#include "core/random.h"
#include "observe/pinned.h"

// ---------------------------------------------------------------- replaying

static bool same_bits(AdjTensor *a, AdjTensor *b)
{
    if (!a || !b) return a == b;
    if (a->dtype != b->dtype || !adj_shape_equal(adj_shape(a), adj_shape(b))) return false;
    AdjTensor *x = adj_contiguous(a), *y = adj_contiguous(b);
    return x && y &&
           !memcmp(adj_ptr(x), adj_ptr(y),
                   (size_t)a->numel * adj_dtype_size((AdjDtype)a->dtype));
}

AdjTensor *adj_pinned_leaf(AdjTensor *from, AdjDtype dtype)
{
    ADJ_QUIET;
    AdjTensor *x = adj_scoped(adj_pinned_copy(from));
    return x && dtype == ADJ_F64 && adj_is_float(x) ? adj_to(x, ADJ_F64) : x;
}

AdjTensor **adj_pinned_begin_values(const AdjPinned *p, const AdjReplay *r)
{
    AdjTensor **now = adj_scope_memory((size_t)(p->n_slots + 1) * sizeof *now);
    for (int i = 0; now && i < p->n_slots; i++) {
        const AdjPinnedSlot *s = &p->slots[i];
        now[i] = NULL;
        if (!s->copy) continue;
        AdjTensor *from = s->seen == r->leaf && r->instead ? r->instead : s->copy;
        now[i] = adj_pinned_leaf(from, r->dtype);
        if (!now[i]) return NULL;
        now[i]->wrapped = s->copy->wrapped;
        now[i]->requires_grad = s->copy->requires_grad;
        if (s->was_grad && !r->leaf &&
            !adj_set_grad(now[i], adj_scoped(adj_pinned_copy(s->was_grad))))
            return NULL;
    }
    return now;
}

// The arguments of a call as its stub takes them: the tensors come in the order of the
// signature, but lists before single ones.
static bool fill(const AdjPinnedCall *c, AdjTensor **now, AdjValue *all)
{
    int singles = 0, k = 0, operand = 0, single;
    bool list = false;
    for (int i = 0; i < c->op->n_args; i++) {
        singles += c->op->args[i].kind < ADJ_ARG_TENSORS;
        list |= c->op->args[i].kind == ADJ_ARG_TENSORS;
    }
    single = list ? c->n_in - singles : 0;
    for (int i = 0; i < c->op->n_args; i++) {
        AdjArgKind kind = c->op->args[i].kind;
        if (kind == ADJ_ARG_TENSORS) {
            int n = c->n_in - singles;
            all[i].ts =
                (AdjTensors){n, adj_scope_memory((size_t)(n + 1) * sizeof(AdjTensor *))};
            if (!all[i].ts.at) return false;
            for (; operand < n; operand++)
                all[i].ts.at[operand] = c->in[operand] < 0 ? NULL : now[c->in[operand]];
        } else if (kind < ADJ_ARG_TENSORS) {
            int slot = single < c->n_in ? c->in[single] : -1;
            all[i].t = slot < 0 ? NULL : now[slot];
            single++;
        } else {
            all[i] = c->arg[k++];
        }
    }
    return true;
}

bool adj_pinned_run(const AdjPinnedCall *c, AdjTensor **now)
{
    enum { MOST = 32 };
    if (!c->op) return adj_assign(now[c->in[0]], now[c->in[1]]) != NULL;
    AdjValue all[MOST], result = {.ts = {0, NULL}};
    if (c->op->n_args > MOST || !fill(c, now, all) || !c->op->call(all, &result)) return false;
    if (c->op->n_results == 1) {
        if (c->n_out) now[c->out[0]] = result.t;
        return true;
    }
    for (int i = 0; i < c->n_out && i < result.ts.n; i++)
        if (c->out[i] >= 0) now[c->out[i]] = result.ts.at[i];
    return true;
}

bool adj_pinned_run_all(const AdjPinned *p, AdjTensor **now)
{
    bool was = adj_grad_enabled(), ok = true;
    const char *module = adj_thread.module;
    AdjPlace span = adj_thread.span;
    for (int i = 0; ok && i < p->n_calls; i++) {
        adj_thread.module = p->calls[i].module;
        adj_thread.span = p->calls[i].place;
        adj_set_grad_enabled(p->calls[i].grad);
        ok = adj_pinned_run(&p->calls[i], now);
    }
    adj_set_grad_enabled(was);
    adj_thread.module = module;
    adj_thread.span = span;
    return ok;
}

// The updates, each from the gradient and state that it had.
static bool run_updates(const AdjPinned *p, AdjReplay *r)
{
    r->same_weights = true;
    r->updates = p->n_updates;
    for (int i = 0; i < p->n_updates; i++) {
        const AdjPinnedUpdate *u = &p->updates[i];
        AdjTensor *param = adj_pinned_copy(u->before), *grad = adj_pinned_copy(u->grad);
        AdjTensor *state[ADJ_STATE_MAX];
        for (int k = 0; k < ADJ_STATE_MAX; k++) state[k] = adj_pinned_copy(u->state[k]);
        bool ok = param && grad && u->row->update(param, grad, state, u->step + 1, u->option);
        ok = ok && !adj_error_kind();
        r->same_weights &= ok && same_bits(param, u->after);
        adj_drop(&param);
        adj_drop(&grad);
        for (int k = 0; k < ADJ_STATE_MAX; k++) adj_drop(&state[k]);
        if (!ok) return false;
    }
    return true;
}

static bool compare(const AdjPinned *p, AdjTensor **now, AdjReplay *r)
{
    r->same_gradients = true;
    for (int i = 0; i < p->n_slots; i++) {
        const AdjPinnedSlot *s = &p->slots[i];
        if (s->copy && s->copy->requires_grad)
            r->same_gradients &= same_bits(now[i]->grad, s->grad);
    }
    bool was = adj_set_grad_enabled(false);
    bool ok = run_updates(p, r);
    adj_set_grad_enabled(was);
    return ok;
}

static bool replay(const AdjPinned *p, AdjReplay *r)
{
    AdjTensor **now = adj_pinned_begin_values(p, r);
    if (!now || !adj_generator_set_state(adj_generator_now(), p->random)) return false;
    if (!adj_pinned_run_all(p, now)) return false;
    r->root = p->root >= 0 ? now[p->root] : NULL;
    r->same_root = p->root >= 0 && same_bits(r->root, p->slots[p->root].seen);
    if (r->forward_only || !r->root) return true;
    AdjTensor *seed = p->seed;
    if (seed && r->dtype == ADJ_F64) seed = adj_to(seed, ADJ_F64);
    if (!adj_backward(r->root, seed, true, false)) return false;
    for (int i = 0; r->leaf && i < p->n_slots; i++)
        if (p->slots[i].seen == r->leaf) r->gradient = now[i]->grad;
    return r->leaf || r->dtype == ADJ_F64 || compare(p, now, r);
}

bool adj_replay_aside(bool (*run)(void *data), void *data)
{
    AdjTensor *random = adj_keep(adj_generator_state(adj_generator_now()));
    if (!random) return false;
    int watchers = adj_thread.watchers;
    bool grad = adj_set_grad_enabled(true);
    adj_thread.watchers = 0;
    bool ok = run(data);
    adj_thread.watchers = watchers;
    adj_set_grad_enabled(grad);
    if (adj_error_kind()) ok = false;
    // Put back even after a failure, which the caller is still to see.
    AdjErrorKind kind = adj_thread.error;
    adj_thread.error = ADJ_E_NONE;
    adj_generator_set_state(adj_generator_now(), random);
    adj_thread.error = kind;
    adj_drop(&random);
    return ok;
}

typedef struct {
    const AdjPinned *pinned;
    AdjReplay *replay;
} Again;

static bool run_again(void *data)
{
    Again *a = data;
    return replay(a->pinned, a->replay);
}

bool adj_replay(const AdjPinned *p, AdjReplay *r)
{
    if (p->failed) return adj_fail(ADJ_E_MEMORY, "replay: there was no memory to pin the step");
    if (p->refusal)
        return adj_fail(ADJ_E_RUNTIME, "replay: the step cannot be: %s", p->refusal);
    return adj_replay_aside(run_again, &(Again){p, r});
}
