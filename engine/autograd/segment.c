// SPDX-License-Identifier: Apache-2.0
// segment.c: parts of the tape that keep no values (checkpointing).
//
// While a segment is open, nodes number what they would save and keep only leaves. When a
// derivative asks for the first of these values, the computation is run again under the same
// segment, now gathering: the same operations in the same order save the same values, so the
// k-th value gathered is the k-th value numbered. The nodes of the second run are thrown away;
// only values come from it, and with create_graph they get the history of the first run. Memory
// for one segment's values is held at a time while a backward pass walks a chain of segments
// (Griewank 1992; Chen et al. 2016).
#include "autograd/segment.h"

#include <stdlib.h>

typedef struct {
    AdjTensor *value;  // kept
    uint32_t version;
} Saved;

struct AdjSegment {
    int refs;
    bool (*again)(void *data);
    void *data;
    void (*drop)(void *);
    AdjSegment *outer;  // borrowed, while open
    int numbered;       // values of the first run
    bool gathering, gathered;
    Saved *saved;
    int n, capacity;
};

AdjSegment *adj_segment_begin(bool (*again)(void *), void *data, void (*drop)(void *))
{
    AdjSegment *s = calloc(1, sizeof *s);
    if (!s) {
        if (drop) drop(data);
        return adj_fail(ADJ_E_MEMORY, "checkpoint: no memory");
    }
    *s = (AdjSegment){
        .refs = 1, .again = again, .data = data, .drop = drop, .outer = adj_thread.segment};
    adj_thread.segment = s;
    return s;
}

void adj_segment_end(AdjSegment *s)
{
    adj_thread.segment = s->outer;
    s->outer = NULL;
    adj_segment_drop(&s);
}

AdjSegment *adj_segment_keep(AdjSegment *s)
{
    if (s) s->refs++;
    return s;
}

void adj_segment_drop(AdjSegment **pointer)
{
    AdjSegment *s = *pointer;
    *pointer = NULL;
    if (!s || --s->refs) return;
    for (int i = 0; i < s->n; i++) adj_drop(&s->saved[i].value);
    free(s->saved);
    if (s->drop) s->drop(s->data);
    free(s);
}

static bool gather(AdjSegment *s, AdjTensor *t)
{
    if (s->n == s->capacity) {
        int wanted = s->capacity ? s->capacity * 2 : 32;
        Saved *bigger = realloc(s->saved, (size_t)wanted * sizeof *bigger);
        if (!bigger) return adj_fail(ADJ_E_MEMORY, "checkpoint: no memory");
        s->saved = bigger;
        s->capacity = wanted;
    }
    AdjScope scope;
    adj_scope_open(&scope);
    AdjTensor *bare = adj_keep(adj_bare_view(t));
    adj_scope_close(&scope);
    if (bare) s->saved[s->n++] = (Saved){bare, t->storage->version};
    return bare != NULL;
}

bool adj_segment_note(AdjTensor *t, int32_t *slot)
{
    AdjSegment *s = adj_thread.segment;
    if (!s->gathering) {
        *slot = ++s->numbered;
        return true;
    }
    if (!gather(s, t)) return false;
    *slot = s->n;
    return true;
}

// The second run, in the midst of a backward pass: it records as a program does outside.
static bool run_again(AdjSegment *s)
{
    AdjThread *t = &adj_thread;
    const AdjOp *op = t->op;
    const char *module = t->module;
    AdjPlace span = t->span;
    AdjSegment *outer = t->segment;
    bool grad = adj_set_grad_enabled(true);
    t->op = NULL;
    t->segment = s;
    s->gathering = true;
    {
        ADJ_SCOPE;
        s->gathered = s->again(s->data);
    }
    s->gathering = false;
    t->segment = outer;
    t->op = op;
    t->module = module;
    t->span = span;
    adj_set_grad_enabled(grad);
    if (!s->gathered || s->n == s->numbered) return s->gathered;
    return adj_fail(
        ADJ_E_RUNTIME,
        "torch.utils.checkpoint: A different number of tensors was saved during the "
        "original forward and recomputation. Number of tensors saved during "
        "forward: %d. Number of tensors saved during recomputation: %d.",
        s->numbered, s->n);
}

AdjTensor *adj_segment_value(AdjSegment *s, int32_t slot, uint32_t *version)
{
    if (!s->gathered && !run_again(s)) return NULL;
    if (slot > s->n) return adj_fail_released();
    *version = s->saved[slot - 1].version;
    return s->saved[slot - 1].value;
}

AdjTensor **adj_segment_place(AdjSegment *s, int32_t slot)
{
    static _Thread_local AdjTensor *nowhere;
    return s && slot <= s->n ? &s->saved[slot - 1].value : &nowhere;
}
