// SPDX-License-Identifier: Apache-2.0
// replay.c: pinning and computing a step again. See replay.h.
//
// Tensors are known by address; the pinned step holds a reference to each that it saw, so no
// address comes to stand for another. Copies of what comes from outside are taken at first
// sight, before the step's own update changes them in place.
#include "observe/observe.h"

#include "core/random.h"
#include "observe/pinned.h"
#include "optim/optimizer.h"

#include <stdlib.h>

static bool grow(void *array, int n, int *capacity, size_t size)
{
    if (n < *capacity) return true;
    int wanted = *capacity ? *capacity * 2 : 32;
    void *bigger = realloc(*(void **)array, (size_t)wanted * size);
    if (!bigger) return false;
    *(void **)array = bigger;
    *capacity = wanted;
    return true;
}

AdjTensor *adj_pinned_copy(AdjTensor *t)
{
    if (!t) return NULL;
    ADJ_SCOPE;
    ADJ_QUIET;
    AdjTensor *copy = adj_clone(adj_bare_view(t));
    if (!copy) return NULL;
    copy->wrapped = t->wrapped;
    copy->requires_grad = t->requires_grad;
    copy->is_parameter = t->is_parameter;
    return adj_keep(copy);
}

AdjPinned *adj_pinned_begin(void)
{
    AdjPinned *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    ADJ_SCOPE;
    ADJ_QUIET;
    p->random = adj_keep(adj_generator_state(adj_generator_now()));
    p->root = -1;
    p->failed = !p->random;
    return p;
}

static void free_call(AdjPinnedCall *c)
{
    int k = 0;
    for (int i = 0; c->op && c->arg && i < c->op->n_args && k < c->n_arg; i++) {
        if (c->op->args[i].kind <= ADJ_ARG_TENSORS) continue;
        if (c->op->args[i].kind == ADJ_ARG_LONGS) free((void *)(uintptr_t)c->arg[k].longs.at);
        k++;
    }
    free(c->in);
    free(c->arg);
    adj_drop(&c->dy);
}

void adj_pinned_free(AdjPinned *p)
{
    if (!p) return;
    for (int i = 0; i < p->n_calls; i++) free_call(&p->calls[i]);
    for (int i = 0; i < p->n_slots; i++) {
        adj_drop(&p->slots[i].seen);
        adj_drop(&p->slots[i].copy);
        adj_drop(&p->slots[i].was_grad);
        adj_drop(&p->slots[i].grad);
    }
    for (int i = 0; i < p->n_updates; i++) {
        AdjPinnedUpdate *u = &p->updates[i];
        adj_drop(&u->param);
        adj_drop(&u->before);
        adj_drop(&u->grad);
        adj_drop(&u->after);
        for (int k = 0; k < ADJ_STATE_MAX; k++) adj_drop(&u->state[k]);
        free(u->option);
    }
    adj_drop(&p->random);
    adj_drop(&p->seed);
    free(p->slots);
    free(p->calls);
    free(p->updates);
    free(p->index);
    free(p);
}

// ---------------------------------------------------------------- pinning

static size_t place_of(const AdjPinned *p, const AdjTensor *t)
{
    size_t at = ((uintptr_t)t >> 6) * UINT64_C(0x9e3779b97f4a7c15) >> 20;
    for (;; at++) {
        int slot = p->index[at &= (size_t)p->index_size - 1];
        if (slot < 0 || p->slots[slot].seen == t) return at;
    }
}

static bool index_more(AdjPinned *p)
{
    if (p->n_slots * 2 < p->index_size) return true;
    int size = p->index_size ? p->index_size * 2 : 64;
    int *index = malloc((size_t)size * sizeof *index);
    if (!index) return false;
    memset(index, -1, (size_t)size * sizeof *index);
    free(p->index);
    p->index = index;
    p->index_size = size;
    for (int i = 0; i < p->n_slots; i++) index[place_of(p, p->slots[i].seen)] = i;
    return true;
}

static int find(const AdjPinned *p, const AdjTensor *t)
{
    return p->index_size ? p->index[place_of(p, t)] : -1;
}

// The slot of [t], a new one at first sight; [outside]: nothing in the step made it.
static int slot_of(AdjPinned *p, AdjTensor *t, bool outside)
{
    if (!t) return -1;
    int at = find(p, t);
    if (at >= 0) return at;
    if (!index_more(p) || !grow(&p->slots, p->n_slots, &p->slot_room, sizeof *p->slots)) {
        p->failed = true;
        return -1;
    }
    AdjTensor *copy = outside ? adj_pinned_copy(t) : NULL;
    if (outside && !copy) p->failed = true;
    if (outside && t->node) p->refusal = "it uses results of an earlier step's tape";
    p->slots[p->n_slots] = (AdjPinnedSlot){adj_keep(t), copy, NULL, NULL};
    p->index[place_of(p, t)] = p->n_slots;
    return p->n_slots++;
}

static bool own_lists(AdjPinnedCall *c)
{
    int k = 0;
    for (int i = 0; i < c->op->n_args && k < c->n_arg; i++) {
        if (c->op->args[i].kind <= ADJ_ARG_TENSORS) continue;
        AdjValue *v = &c->arg[k++];
        if (c->op->args[i].kind == ADJ_ARG_STR && v->s) v->s = adj_intern(v->s);
        if (c->op->args[i].kind != ADJ_ARG_LONGS || v->longs.n <= 0) {
            if (c->op->args[i].kind == ADJ_ARG_LONGS) v->longs.at = NULL;
            continue;
        }
        size_t bytes = (size_t)v->longs.n * sizeof *v->longs.at;
        int64_t *copy = malloc(bytes);
        if (copy) memcpy(copy, v->longs.at, bytes);
        v->longs.at = copy;
        if (!copy) return false;
    }
    return true;
}

static AdjPinnedCall *add_call(AdjPinned *p, const AdjOp *op, int n_in, AdjTensor *const *in,
                               int n_out, AdjTensor *const *out)
{
    if (!grow(&p->calls, p->n_calls, &p->call_room, sizeof *p->calls)) return NULL;
    AdjPinnedCall *c = &p->calls[p->n_calls];
    *c = (AdjPinnedCall){.op = op,
                         .n_in = n_in,
                         .n_out = n_out,
                         .module = adj_thread.module,
                         .place = adj_thread.span};
    c->in = malloc((size_t)(n_in + n_out + 1) * sizeof *c->in);
    if (!c->in) return NULL;
    c->out = c->in + n_in;
    for (int i = 0; i < n_in; i++) c->in[i] = slot_of(p, in[i], true);
    for (int i = 0; i < n_out; i++) c->out[i] = slot_of(p, out[i], false);
    p->n_calls++;
    return c;
}

void adj_pinned_call(AdjPinned *p, const AdjOp *op, bool grad, const AdjRecordCall *call)
{
    if (p->failed) return;
    AdjPinnedCall *c = add_call(p, op, call->n_in, call->in, call->n_out, call->out);
    p->failed |= !c;
    if (!c) return;
    c->grad = grad;
    c->n_arg = call->n_arg;
    c->arg = calloc((size_t)call->n_arg + 1, sizeof *c->arg);
    if (c->arg && call->n_arg) memcpy(c->arg, call->arg, (size_t)call->n_arg * sizeof *c->arg);
    if (!c->arg || !own_lists(c)) p->failed = true;
    const AdjNode *node = call->out[0]->node;
    if (node && node->op == op) c->sequence = node->sequence;
    for (int i = 0; i < op->n_args; i++)
        if (op->args[i].kind == ADJ_ARG_MODULE) p->refusal = "it calls modules as arguments";
}

void adj_pinned_assign(AdjPinned *p, AdjTensor *x, AdjTensor *value)
{
    if (p->failed || x == value) return;
    AdjPinnedCall *c = add_call(p, NULL, 2, (AdjTensor *[]){x, value}, 0, NULL);
    p->failed |= !c;
    if (c) c->grad = adj_grad_enabled();
}

void adj_pinned_root(AdjPinned *p, AdjTensor *root)
{
    p->root = slot_of(p, root, true);
}

int adj_pinned_slot(const AdjPinned *p, const AdjTensor *t)
{
    return find(p, t);
}

void adj_pinned_backward(AdjPinned *p, AdjTensors roots, AdjTensors seeds)
{
    if (roots.n != 1 || p->root >= 0) p->refusal = "it has several backward passes or roots";
    p->root = roots.n ? slot_of(p, roots.at[0], true) : -1;
    if (seeds.n && seeds.at[0]) p->seed = adj_pinned_copy(seeds.at[0]);
    for (int i = 0; i < p->n_slots; i++)
        if (p->slots[i].copy && p->slots[i].seen->grad)
            p->slots[i].was_grad = adj_pinned_copy(p->slots[i].seen->grad);
}

static AdjPinnedCall *call_of(const AdjPinned *p, uint64_t sequence)
{
    for (int i = p->n_calls; sequence && i--;)
        if (p->calls[i].sequence == sequence) return &p->calls[i];
    return NULL;
}

void adj_pinned_gradient(AdjPinned *p, const AdjNode *node, AdjTensor *dy)
{
    AdjPinnedCall *c = call_of(p, node->sequence);
    if (c && !c->dy) c->dy = adj_pinned_copy(dy);
}

void adj_pinned_backward_end(AdjPinned *p)
{
    for (int i = 0; i < p->n_slots; i++)
        if (p->slots[i].copy && p->slots[i].seen->requires_grad && !p->slots[i].grad)
            p->slots[i].grad = adj_pinned_copy(p->slots[i].seen->grad);
}

static bool pin_update(AdjPinned *p, AdjOptimizer *o, AdjGroup *group, AdjSlot *slot)
{
    if (!grow(&p->updates, p->n_updates, &p->update_room, sizeof *p->updates)) return false;
    AdjPinnedUpdate *u = &p->updates[p->n_updates];
    *u = (AdjPinnedUpdate){.row = o->row, .step = slot->step};
    u->option = calloc((size_t)o->row->n_args + 1, sizeof *u->option);
    if (!u->option) return false;
    memcpy(u->option, group->option, (size_t)o->row->n_args * sizeof *u->option);
    u->param = adj_keep(slot->param);
    u->before = adj_pinned_copy(slot->param);
    u->grad = adj_pinned_copy(slot->param->grad);
    for (int k = 0; k < ADJ_STATE_MAX; k++) u->state[k] = adj_pinned_copy(slot->state[k]);
    p->n_updates++;
    return u->before && u->grad;
}

void adj_pinned_update(AdjPinned *p, AdjOptimizer *o)
{
    for (int g = 0; g < o->n_groups; g++)
        for (int i = 0; i < o->groups[g].n; i++)
            if (o->groups[g].slots[i].param->grad)
                p->failed |= !pin_update(p, o, &o->groups[g], &o->groups[g].slots[i]);
}

void adj_pinned_updated(AdjPinned *p, AdjOptimizer *o)
{
    (void)o;
    for (int i = 0; i < p->n_updates; i++)
        if (!p->updates[i].after) p->updates[i].after = adj_pinned_copy(p->updates[i].param);
}

AdjTensor *adj_pinned_value(const AdjPinned *p, uint64_t sequence)
{
    AdjPinnedCall *c = call_of(p, sequence);
    return c && c->n_out && c->out[0] >= 0 ? p->slots[c->out[0]].seen : NULL;
}

AdjTensor *adj_pinned_dy(const AdjPinned *p, uint64_t sequence)
{
    AdjPinnedCall *c = call_of(p, sequence);
    return c ? c->dy : NULL;
}

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

static AdjTensor *leaf_of(AdjTensor *from, AdjDtype dtype)
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
        now[i] = leaf_of(from, r->dtype);
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

bool adj_replay(const AdjPinned *p, AdjReplay *r)
{
    if (p->failed) return adj_fail(ADJ_E_MEMORY, "replay: there was no memory to pin the step");
    if (p->refusal)
        return adj_fail(ADJ_E_RUNTIME, "replay: the step cannot be: %s", p->refusal);
    AdjTensor *random = adj_keep(adj_generator_state(adj_generator_now()));
    if (!random) return false;
    int watchers = adj_thread.watchers;
    bool grad = adj_set_grad_enabled(true);
    adj_thread.watchers = 0;
    bool ok = replay(p, r);
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
