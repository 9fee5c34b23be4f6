// SPDX-License-Identifier: Apache-2.0
// rings.c: references that lead back to where they start, which counting alone never releases.
//
// A tape has two ways to close a ring. An in-place write gives a tensor a history in which a
// node saved that very tensor. And a pass with create_graph gives a leaf a gradient whose own
// history leads to the leaf. The first is undone at the write. The second cannot be: the
// gradient is wanted. It is undone when the last reference that is not the ring's own goes: a
// name of the program's, or that of a node of another history.
#include "autograd/rings.h"

#include <stdlib.h>

typedef struct NodeList {
    AdjNode **at;
    int n, capacity;
} NodeList;

static uint64_t next_walk(void)
{
    static _Thread_local uint64_t walks;
    return ++walks;
}

static bool add_node(NodeList *list, AdjNode *node, uint64_t mark)
{
    if (!node || node->walk == mark) return true;
    if (list->n == list->capacity) {
        int wanted = list->capacity ? list->capacity * 2 : 64;
        AdjNode **bigger = realloc(list->at, (size_t)wanted * sizeof *bigger);
        if (!bigger) return false;
        list->at = bigger;
        list->capacity = wanted;
    }
    node->walk = mark;
    list->at[list->n++] = node;
    return true;
}

bool adj_rings_break(AdjTensor *x, AdjNode *node)
{
    if (!x->was_saved) return true;
    uint64_t mark = next_walk();
    NodeList list = {0};
    bool ok = add_node(&list, node, mark);
    for (int k = 0; ok && k < list.n; k++) {
        for (int i = 0; ok && i < list.at[k]->n_in; i++) {
            AdjIn *in = &list.at[k]->in[i];
            ok = add_node(&list, in->node, mark);
            if (in->saved != x) continue;
            AdjTensor *view = adj_saved_view(x);
            if (view) adj_drop(&in->saved);
            if (view) in->saved = view;
            ok = ok && view;
        }
    }
    free(list.at);
    return ok || adj_fail(ADJ_E_MEMORY, "no memory for a history");
}

// ---------------------------------------------------------------- a leaf and its gradient

static bool has_tied_grad(const AdjTensor *t)
{
    return t && t->grad && t->grad->node;
}

// The histories of the gradient of [t] and of the gradients of the leaves met there.
static bool walk_grads(NodeList *list, const AdjTensor *t)
{
    uint64_t mark = next_walk();
    bool ok = add_node(list, t->grad->node, mark);
    for (int k = 0; ok && k < list->n; k++) {
        for (int i = 0; ok && i < list->at[k]->n_in; i++) {
            AdjIn *in = &list->at[k]->in[i];
            ok = add_node(list, in->node, mark);
            if (ok && has_tied_grad(in->leaf)) ok = add_node(list, in->leaf->grad->node, mark);
            if (ok && in->saved) ok = add_node(list, in->saved->node, mark);
        }
    }
    return ok;
}

// Into [held] of each tensor: by how many references the nodes hold it.
static void count_references(const NodeList *list)
{
    for (int step = 0; step < 2; step++) {
        for (int k = 0; k < list->n; k++) {
            for (int i = 0; i < list->at[k]->n_in; i++) {
                AdjTensor *both[] = {list->at[k]->in[i].leaf, list->at[k]->in[i].saved};
                for (int j = 0; j < 2; j++)
                    if (both[j]) both[j]->held = step ? both[j]->held + 1 : 0;
            }
        }
    }
}

// A leaf that only nodes hold, kept; or NULL.
static AdjTensor *abandoned_leaf(const NodeList *list)
{
    for (int k = 0; k < list->n; k++) {
        for (int i = 0; i < list->at[k]->n_in; i++) {
            AdjTensor *leaf = list->at[k]->in[i].leaf;
            if (has_tied_grad(leaf) && leaf->held == (uint32_t)leaf->refs)
                return adj_keep(leaf);
        }
    }
    return NULL;
}

void adj_rings_drop(AdjTensor **t)
{
    AdjTensor *x = *t;
    *t = NULL;
    while (x && x->refs > 1 && has_tied_grad(x)) {
        NodeList list = {0};
        AdjTensor *next = NULL, *grad = NULL;
        x->held = 0;
        if (walk_grads(&list, x)) {
            count_references(&list);
            if (x->held == (uint32_t)x->refs - 1) {
                grad = x->grad;
                x->grad = NULL;
            }
            next = abandoned_leaf(&list);
        }
        free(list.at);
        adj_drop(&x);
        adj_drop(&grad);
        x = next;
    }
    adj_drop(&x);
}

bool adj_rings_suspect(const AdjTensor *leaf)
{
    return has_tied_grad(leaf) && !leaf->handle;
}
