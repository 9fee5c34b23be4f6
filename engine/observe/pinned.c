// SPDX-License-Identifier: Apache-2.0
// pinned.c: pinning a step: what it started from and the calls it made. See replay.h.
//
// Tensors are known by address; the pinned step holds a reference to each that it saw, so no
// address comes to stand for another. Copies of what comes from outside are taken at first
// sight, before the step's own update changes them in place.
#include "observe/observe.h"

#include "observe/pinned.h"

#include "core/random.h"

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
    p->refs = 1;
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

AdjPinned *adj_pinned_keep(AdjPinned *p)
{
    if (p) p->refs++;
    return p;
}

void adj_pinned_free(AdjPinned *p)
{
    if (!p || --p->refs) return;
    for (int i = 0; i < p->n_calls; i++) free_call(&p->calls[i]);
    for (int i = 0; i < p->n_slots; i++) {
        if (!p->slots[i].made) adj_drop(&p->slots[i].seen);
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
        if (!u->shares_option) free(u->option);
    }
    adj_drop(&p->random);
    adj_drop(&p->after);
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

int adj_pinned_slot(const AdjPinned *p, const AdjTensor *t)
{
    return p->index_size ? p->index[place_of(p, t)] : -1;
}

// The copy that the step before made, if nothing has changed [t] since.
static AdjTensor *copied_before(const AdjPinned *p, const AdjTensor *t)
{
    int at = p->before ? adj_pinned_slot(p->before, t) : -1;
    const AdjPinnedSlot *s = at < 0 ? NULL : &p->before->slots[at];
    return s && s->copy && s->version == t->storage->version ? adj_keep(s->copy) : NULL;
}

static int64_t number_of(const AdjTensor *t)
{
    return t->node ? (int64_t)t->node->sequence : 0;
}

// The slot of [t], a new one at first sight; [outside]: nothing in the step made it.
static int slot_of(AdjPinned *p, AdjTensor *t, bool outside)
{
    if (!t) return -1;
    int at = adj_pinned_slot(p, t);
    bool stale =
        at >= 0 && p->slots[at].made && (!outside || p->slots[at].version != number_of(t));
    if (at >= 0 && !stale) return at;
    if (!index_more(p) || !grow(&p->slots, p->n_slots, &p->slot_room, sizeof *p->slots)) {
        p->failed = true;
        return -1;
    }
    bool state = outside && p->is_state && p->is_state(p->data, t);
    AdjTensor *copy = outside && !state ? copied_before(p, t) : NULL;
    if (outside && !state && !copy) copy = adj_pinned_copy(t);
    if (outside && !state && !copy) p->failed = true;
    if (outside && t->node) p->refusal = "it uses results of an earlier step's tape";
    bool made = p->light && !outside && t->node;
    p->slots[p->n_slots] = (AdjPinnedSlot){.seen = made ? t : adj_keep(t),
                                           .copy = copy,
                                           .version = made ? number_of(t) : t->storage->version,
                                           .state = state,
                                           .made = made};
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
    if (!c) return;
    c->grad = adj_grad_enabled();
    AdjPinnedSlot *s = c->in[0] < 0 ? NULL : &p->slots[c->in[0]];
    if (s && s->made) s->version = number_of(value);  // whose history it takes over
}

void adj_pinned_root(AdjPinned *p, AdjTensor *root)
{
    p->root = slot_of(p, root, true);
}

void adj_pinned_backward(AdjPinned *p, AdjTensors roots, AdjTensors seeds)
{
    if (roots.n != 1 || p->root >= 0) p->refusal = "it has several backward passes or roots";
    p->root = roots.n ? slot_of(p, roots.at[0], true) : -1;
    if (seeds.n && seeds.at[0]) p->seed = adj_pinned_copy(seeds.at[0]);
    for (int i = 0; i < p->n_slots; i++)
        if ((p->slots[i].copy || p->slots[i].state) && p->slots[i].seen->grad)
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
    AdjPinnedCall *c = p->light ? NULL : call_of(p, node->sequence);
    if (c && !c->dy) c->dy = adj_pinned_copy(dy);
}

void adj_pinned_backward_end(AdjPinned *p)
{
    for (int i = 0; !p->light && i < p->n_slots; i++)
        if (p->slots[i].copy && p->slots[i].seen->requires_grad && !p->slots[i].grad)
            p->slots[i].grad = adj_pinned_copy(p->slots[i].seen->grad);
}

// [option]: a copy of the group's, made at its first update.
static bool pin_update(AdjPinned *p, AdjOptimizer *o, AdjGroup *group, AdjSlot *slot,
                       AdjValue **option)
{
    if (!grow(&p->updates, p->n_updates, &p->update_room, sizeof *p->updates)) return false;
    AdjPinnedUpdate *u = &p->updates[p->n_updates];
    *u = (AdjPinnedUpdate){.row = o->row, .step = slot->step, .shares_option = *option != NULL};
    size_t size = (size_t)o->row->n_args * sizeof *u->option;
    if (!*option) *option = calloc(1, size + 1);
    if (!*option) return false;
    u->option = memcpy(*option, group->option, size);
    u->param = adj_keep(slot->param);
    p->n_updates++;
    if (p->light) return true;
    u->before = adj_pinned_copy(slot->param);
    u->grad = adj_pinned_copy(slot->param->grad);
    for (int k = 0; k < ADJ_STATE_MAX; k++) u->state[k] = adj_pinned_copy(slot->state[k]);
    return u->before && u->grad;
}

void adj_pinned_update(AdjPinned *p, AdjOptimizer *o)
{
    for (int g = 0; g < o->n_groups; g++) {
        AdjValue *option = NULL;
        for (int i = 0; i < o->groups[g].n; i++)
            if (o->groups[g].slots[i].param->grad)
                p->failed |= !pin_update(p, o, &o->groups[g], &o->groups[g].slots[i], &option);
    }
}

void adj_pinned_updated(AdjPinned *p, AdjOptimizer *o)
{
    (void)o;
    for (int i = 0; !p->light && i < p->n_updates; i++)
        if (!p->updates[i].after) p->updates[i].after = adj_pinned_copy(p->updates[i].param);
}

void adj_pinned_settle(AdjPinned *p)
{
    p->before = NULL;
    p->is_state = NULL;
    for (int i = 0; i < p->n_slots; i++) {
        AdjPinnedSlot *s = &p->slots[i];
        if (s->made)
            s->seen = NULL;
        else if (s->seen && !s->state && (!s->copy || s->seen->refs == 1))
            adj_drop(&s->seen);
    }
}

static size_t size_of(const AdjTensor *t)
{
    return t ? (size_t)t->numel * adj_dtype_size((AdjDtype)t->dtype) : 0;
}

size_t adj_pinned_bytes(const AdjPinned *p)
{
    size_t bytes = sizeof *p + 2 * size_of(p->random) + size_of(p->seed) +
                   (size_t)p->slot_room * sizeof *p->slots +
                   (size_t)p->call_room * (sizeof *p->calls + 64) +
                   (size_t)p->update_room * sizeof *p->updates +
                   (size_t)p->index_size * sizeof *p->index;
    for (int i = 0; i < p->n_slots; i++) {
        const AdjTensor *copy = p->slots[i].copy;
        if (copy && copy->refs == 1) bytes += size_of(copy);
        bytes += size_of(p->slots[i].was_grad);
    }
    return bytes;
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
