// SPDX-License-Identifier: Apache-2.0
// hooks.c: hooks on tensors. A leaf carries its own; a result's hang on its node, because the
// result itself may be gone when its gradient arrives. Retaining a result's gradient is one
// more entry there.
#include "autograd/hooks.h"

#include <stdlib.h>

static _Thread_local int64_t last_id;

void adj_hooks_free(AdjHookEntry **list)
{
    while (*list) {
        AdjHookEntry *e = *list;
        *list = e->next;
        if (e->drop) e->drop(e->data);
        free(e);
    }
}

static AdjHookEntry *append(AdjHookEntry **list, AdjHookEntry entry)
{
    while (*list) list = &(*list)->next;
    AdjHookEntry *e = malloc(sizeof *e);
    if (!e) return adj_fail(ADJ_E_MEMORY, "register_hook: no memory");
    *e = entry;
    return *list = e;
}

static AdjHookEntry **list_of(AdjTensor *t)
{
    AdjNode *node = adj_current_node(t);
    return node ? &node->hooks : &t->hooks;
}

int64_t adj_hook_add(AdjTensor *t, AdjHook hook, void *data, void (*drop)(void *))
{
    if (!t) return 0;
    if (!t->requires_grad) {
        adj_fail(ADJ_E_RUNTIME,
                 "cannot register a hook on a tensor that doesn't require gradient");
        return 0;
    }
    AdjHookEntry e = {.id = ++last_id, .out = t->out, .call = hook, .data = data, .drop = drop};
    return append(list_of(t), e) ? last_id : 0;
}

bool adj_hook_remove(AdjTensor *t, int64_t id)
{
    if (!t) return false;
    for (AdjHookEntry **e = list_of(t); *e; e = &(*e)->next) {
        if ((*e)->id != id) continue;
        AdjHookEntry *dead = *e;
        *e = dead->next;
        dead->next = NULL;
        adj_hooks_free(&dead);
        return true;
    }
    return false;
}

bool adj_retain_grad(AdjTensor *t)
{
    if (!t) return false;
    if (!t->requires_grad) {
        return adj_fail(ADJ_E_RUNTIME,
                        "can't retain_grad on Tensor that has requires_grad=False");
    }
    if (!t->node || t->retains_grad) return true;
    t->retains_grad = append(list_of(t), (AdjHookEntry){.out = t->out, .retain = t}) != NULL;
    return t->retains_grad;
}

void adj_hooks_forget(AdjNode *node, const AdjTensor *t)
{
    for (AdjHookEntry **e = &node->hooks; *e; e = &(*e)->next) {
        if ((*e)->retain != t) continue;
        AdjHookEntry *dead = *e;
        *e = dead->next;
        free(dead);
        return;
    }
}

bool adj_hooks_run(AdjHookEntry *list, uint32_t out, AdjTensor **grad)
{
    for (AdjHookEntry *e = list, *next; e; e = next) {
        next = e->next;  // a hook may remove itself
        if (e->out != out || e->retain) continue;
        AdjTensor *replacement = e->call(*grad, e->data);
        if (adj_error_kind()) return false;
        if (replacement) *grad = replacement;
    }
    for (AdjHookEntry *e = list; e; e = e->next)
        if (e->out == out && e->retain && !adj_set_grad(e->retain, *grad)) return false;
    return true;
}
