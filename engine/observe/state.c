// SPDX-License-Identifier: Apache-2.0
// state.c: the state of training as one object: taken from the program's tensors, optimizers
// and random numbers, and put back into them. Copies are leaves of their own; a checkpoint is
// never changed after it was taken.
#include "observe/observe.h"

#include "core/random.h"
#include "observe/pinned.h"
#include "observe/timeline.h"

#include <stdlib.h>

_Static_assert(ADJ_STATE_MAX == 4, "the size of AdjStateTensor.state");

static size_t bytes_of(const AdjTensor *t)
{
    return t ? (size_t)t->numel * adj_dtype_size((AdjDtype)t->dtype) : 0;
}

static size_t place_of(const AdjCheckpoint *c, const AdjTensor *t)
{
    size_t at = ((uintptr_t)t >> 6) * UINT64_C(0x9e3779b97f4a7c15) >> 20;
    for (;; at++) {
        int found = c->index[at &= (size_t)c->index_size - 1];
        if (found < 0 || c->at[found].of == t) return at;
    }
}

const AdjStateTensor *adj_state_find(const AdjCheckpoint *c, const AdjTensor *t)
{
    int at = c && c->index_size ? c->index[place_of(c, t)] : -1;
    return at < 0 ? NULL : &c->at[at];
}

static bool more_room(AdjCheckpoint *c)
{
    if (c->n < c->room) return true;
    int room = c->room ? c->room * 2 : 16;
    AdjStateTensor *bigger = realloc(c->at, (size_t)room * sizeof *bigger);
    if (!bigger) return false;
    c->at = bigger;
    int *index = malloc((size_t)room * 4 * sizeof *index);
    if (!index) return false;
    free(c->index);
    c->index = index;
    c->room = room;
    c->index_size = room * 4;
    memset(index, -1, (size_t)c->index_size * sizeof *index);
    for (int i = 0; i < c->n; i++) index[place_of(c, c->at[i].of)] = i;
    return true;
}

bool adj_state_add(AdjCheckpoint *c, AdjTensor *t)
{
    if (!t || adj_state_find(c, t)) return true;
    AdjTensor *copy = more_room(c) ? adj_pinned_copy(t) : NULL;
    if (!copy) return false;
    c->index[place_of(c, t)] = c->n;
    c->at[c->n++] = (AdjStateTensor){.of = adj_keep(t), .copy = copy};
    c->bytes += sizeof *c->at + bytes_of(copy);
    return true;
}

static bool add_group(AdjCheckpoint *c, AdjOptimizer *o, int group)
{
    if (c->n_groups == c->group_room) {
        int room = c->group_room ? c->group_room * 2 : 2;
        AdjStateGroup *bigger = realloc(c->groups, (size_t)room * sizeof *bigger);
        if (!bigger) return false;
        c->groups = bigger;
        c->group_room = room;
    }
    size_t size = (size_t)o->row->n_args * sizeof(AdjValue);
    AdjValue *option = malloc(size + 1);
    if (!option) return false;
    memcpy(option, o->groups[group].option, size);
    o->refs++;
    c->groups[c->n_groups++] = (AdjStateGroup){o, group, option};
    c->bytes += sizeof *c->groups + size;
    return true;
}

static bool add_slot(AdjCheckpoint *c, AdjOptimizer *o, int group, int at)
{
    const AdjSlot *slot = &o->groups[group].slots[at];
    int before = c->n;
    if (!adj_state_add(c, slot->param)) return false;
    if (c->n == before) return true;  // in two groups: the first counts
    AdjStateTensor *s = &c->at[before];
    o->refs++;
    s->optimizer = o;
    s->group = group;
    s->slot = at;
    s->updates = slot->step;
    for (int k = 0; k < ADJ_STATE_MAX; k++) {
        s->state[k] = adj_pinned_copy(slot->state[k]);
        if (slot->state[k] && !s->state[k]) return false;
        c->bytes += bytes_of(s->state[k]);
    }
    return true;
}

static bool take(AdjCheckpoint *c, AdjTimeline *t)
{
    for (int k = 0; k < t->n_optimizers; k++) {
        AdjOptimizer *o = t->optimizers[k];
        for (int g = 0; g < o->n_groups; g++) {
            if (!add_group(c, o, g)) return false;
            for (int i = 0; i < o->groups[g].n; i++)
                if (!add_slot(c, o, g, i)) return false;
        }
    }
    if (t->more) t->more(t->data, c);
    ADJ_SCOPE;
    ADJ_QUIET;
    c->random = adj_keep(adj_generator_state(adj_generator_now()));
    c->bytes += sizeof *c + bytes_of(c->random);
    return c->random != NULL;
}

AdjCheckpoint *adj_state_take(AdjTimeline *t)
{
    AdjCheckpoint *c = calloc(1, sizeof *c);
    if (c && take(c, t)) return c;
    adj_state_free(c);
    return adj_fail(ADJ_E_MEMORY, "no memory to keep the state of training");
}

void adj_state_free(AdjCheckpoint *c)
{
    if (!c) return;
    for (int i = 0; i < c->n; i++) {
        AdjStateTensor *s = &c->at[i];
        adj_drop(&s->of);
        adj_drop(&s->copy);
        for (int k = 0; k < ADJ_STATE_MAX; k++) adj_drop(&s->state[k]);
        adj_optimizer_drop(&s->optimizer);
    }
    for (int i = 0; i < c->n_groups; i++) {
        adj_optimizer_drop(&c->groups[i].optimizer);
        free(c->groups[i].option);
    }
    adj_drop(&c->random);
    free(c->at);
    free(c->groups);
    free(c->index);
    free(c);
}

// The place in its optimizer, NULL when that has changed since.
static AdjSlot *slot_of(const AdjStateTensor *s)
{
    AdjOptimizer *o = s->optimizer;
    if (!o || s->group >= o->n_groups || s->slot >= o->groups[s->group].n) return NULL;
    AdjSlot *slot = &o->groups[s->group].slots[s->slot];
    return slot->param == s->of ? slot : NULL;
}

static bool put_tensor(const AdjStateTensor *s)
{
    if (!adj_copy_data(s->of, s->copy)) return false;
    adj_touch(s->of);
    adj_drop(&s->of->grad);  // as after zero_grad
    AdjSlot *slot = slot_of(s);
    if (!slot) return true;
    slot->step = s->updates;
    for (int k = 0; k < ADJ_STATE_MAX; k++) {
        AdjTensor *copy = adj_pinned_copy(s->state[k]);
        if (s->state[k] && !copy) return false;
        adj_drop(&slot->state[k]);
        slot->state[k] = copy;
    }
    return true;
}

bool adj_state_put(const AdjCheckpoint *c)
{
    ADJ_SCOPE;
    ADJ_QUIET;
    for (int i = 0; i < c->n; i++)  // all or nothing
        if (!adj_shape_equal(adj_shape(c->at[i].of), adj_shape(c->at[i].copy)))
            return adj_fail(ADJ_E_SHAPE, "a tensor of the state has another shape now");
    for (int i = 0; i < c->n; i++)
        if (!put_tensor(&c->at[i])) return false;
    for (int i = 0; i < c->n_groups; i++) {
        const AdjStateGroup *g = &c->groups[i];
        if (g->group < g->optimizer->n_groups)
            memcpy(g->optimizer->groups[g->group].option, g->option,
                   (size_t)g->optimizer->row->n_args * sizeof *g->option);
    }
    return adj_generator_set_state(adj_generator_now(), c->random);
}
