// SPDX-License-Identifier: Apache-2.0
// scope.c: who owns what a function returns. Each thread has a stack of scopes; a newly made
// tensor is pushed onto the innermost one, which gives the references back when it closes.
// Without any open scope a result would belong to nobody; the root scope below takes it, until
// the thread ends.
#include "core/internal.h"

#include <stdlib.h>

typedef struct AdjDeferred {
    void *object;
    void (*drop)(void *object);
} AdjDeferred;

static _Thread_local AdjScope root;

static AdjScope *innermost(void)
{
    AdjThread *t = &adj_thread;
    if (ADJ_UNLIKELY(!t->scope)) adj_scope_open(&root);
    return t->scope;
}

void adj_scope_open(AdjScope *s)
{
    s->outer = adj_thread.scope;
    s->owned = s->first;
    s->n = 0;
    s->capacity = sizeof s->first / sizeof *s->first;
    s->memory = NULL;
    s->deferred = NULL;
    s->n_memory = s->memory_capacity = s->n_deferred = s->deferred_capacity = 0;
    adj_thread.scope = s;
}

void adj_scope_close(AdjScope *s)
{
    assert(adj_thread.scope == s);
    adj_thread.scope = s->outer;
    while (s->n) adj_drop(&s->owned[--s->n]);
    if (s->owned != s->first) free(s->owned);
    while (s->n_memory) free(s->memory[--s->n_memory]);
    free(s->memory);
    while (s->n_deferred) {
        AdjDeferred d = s->deferred[--s->n_deferred];
        d.drop(d.object);
    }
    free(s->deferred);
}

// Doubles a list that starts in place at [first] (or NULL). False when memory ran out.
static bool grow(void **list, int *capacity, void *first)
{
    int wanted = *capacity ? *capacity * 2 : 8;
    void *old = *list == first ? NULL : *list;
    void *bigger = realloc(old, (size_t)wanted * sizeof(void *));
    if (!bigger) return adj_fail(ADJ_E_MEMORY, "scope: no memory for %d entries", wanted);
    if (*list == first && first) memcpy(bigger, first, (size_t)*capacity * sizeof(void *));
    *list = bigger;
    *capacity = wanted;
    return true;
}

AdjTensor *adj_scoped(AdjTensor *t)
{
    if (!t) return NULL;
    AdjScope *s = innermost();
    if (s->n == s->capacity && !grow((void **)&s->owned, &s->capacity, s->first)) {
        adj_drop(&t);
        return NULL;
    }
    return s->owned[s->n++] = t;
}

AdjTensor *adj_give(AdjTensor *t)
{
    if (!t) return NULL;
    AdjScope *inner = innermost();
    if (!inner->outer) return t;
    adj_thread.scope = inner->outer;
    adj_scoped(adj_keep(t));
    adj_thread.scope = inner;
    return t;
}

void *adj_scope_memory(size_t bytes)
{
    AdjScope *s = innermost();
    if (s->n_memory == s->memory_capacity &&
        !grow((void **)&s->memory, &s->memory_capacity, NULL))
        return NULL;
    void *p = malloc(bytes ? bytes : 1);
    if (!p) return adj_fail(ADJ_E_MEMORY, "%s: %zu bytes cannot be had", adj_op_name(), bytes);
    return s->memory[s->n_memory++] = p;
}

// Releases [object] with [drop] when the current scope closes; at once when memory runs out.
void *adj_scope_defer(void *object, void (*drop)(void *object))
{
    AdjScope *s = innermost();
    if (s->n_deferred == s->deferred_capacity) {
        int wanted = s->deferred_capacity ? s->deferred_capacity * 2 : 8;
        AdjDeferred *bigger = realloc(s->deferred, (size_t)wanted * sizeof *bigger);
        if (!bigger) {
            drop(object);
            return adj_fail(ADJ_E_MEMORY, "scope: no memory for %d entries", wanted);
        }
        s->deferred = bigger;
        s->deferred_capacity = wanted;
    }
    s->deferred[s->n_deferred++] = (AdjDeferred){object, drop};
    return object;
}
