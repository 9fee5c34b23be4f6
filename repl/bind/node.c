// SPDX-License-Identifier: Apache-2.0
// node.c: grad_fn, a node of the tape as a value: its name, what it needs, where it came from.
#include "bind/bind.h"

typedef struct {
    AdjObj head;
    AdjNode *node;    // kept; NULL for the place where a leaf gathers its gradient
    AdjTensor *leaf;  // kept, for such a place
} NodeObj;

static AdjType node_type;

static bool make(AdjVM *vm, AdjNode *n, AdjTensor *leaf, AdjVal *out)
{
    if (!adj_type_ready(&node_type)) return false;
    NodeObj *o = adj_obj_new(vm, &node_type);
    if (!o) return false;
    o->node = adj_node_keep(n);
    o->leaf = adj_keep(leaf);
    return adj_out(out, o);
}

bool adj_bind_node(AdjVM *vm, AdjNode *n, AdjVal *out)
{
    return make(vm, n, NULL, out);
}

static void node_drop(AdjObj *o)
{
    NodeObj *n = (NodeObj *)o;
    adj_node_drop(n->node);
    n->node = NULL;
    adj_drop(&n->leaf);
}

static const char *name_of(AdjVal v)
{
    NodeObj *o = (NodeObj *)v.o;
    return o->node ? adj_node_name(o->node) : "AccumulateGrad";
}

static bool node_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_out(out, adj_str_format(vm, "<%s object at %p>", name_of(self), (void *)self.o));
}

static bool node_name(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return adj_out(out, adj_str_new_c(vm, name_of(a[0])));
}

static bool next_one(AdjVM *vm, const AdjIn *in, AdjVal *out)
{
    AdjTuple *pair = adj_tuple_new(vm, 2);
    if (!pair) return false;
    bool ok = true;
    if (in->node)
        ok = make(vm, in->node, NULL, &pair->items[0]);
    else if (in->leaf)
        ok = make(vm, NULL, in->leaf, &pair->items[0]);
    pair->items[1] = adj_int_val(in->out);
    if (ok) return adj_out(out, pair);
    adj_obj_drop(pair);
    return false;
}

static bool get_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjNode *n = ((NodeObj *)self.o)->node;
    AdjTuple *list = adj_tuple_new(vm, n ? n->n_in : 0);
    for (int i = 0; list && n && i < n->n_in; i++) {
        if (next_one(vm, &n->in[i], &list->items[i])) continue;
        adj_obj_drop(list);
        return false;
    }
    return adj_out(out, list);
}

static bool get_variable(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjTensor *leaf = ((NodeObj *)self.o)->leaf;
    return leaf ? adj_bind_tensor(vm, leaf, out)
                : adj_raise(vm, ADJ_EXC_AttributeError,
                            "'%s' object has no attribute 'variable'", name_of(self));
}

static bool get_module(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjNode *n = ((NodeObj *)self.o)->node;
    return adj_out(out, adj_str_new_c(vm, n ? adj_node_module(n) : ""));
}

static bool get_span(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjNode *n = ((NodeObj *)self.o)->node;
    AdjPlace s = n ? adj_node_span(n) : (AdjPlace){0, 0, 0};
    AdjVal items[3] = {adj_int_val(s.source), adj_int_val(s.start), adj_int_val(s.end)};
    return adj_out(out, adj_tuple_from(vm, items, 3));
}

static const AdjNative methods[] = {
    {"name", "(self)", node_name, "The name of the operation's derivative.", 0},
    {0},
};

static const AdjAttr attrs[] = {
    {"next_functions", get_next, NULL, "The nodes of the inputs, with the output each one is."},
    {"variable", get_variable, NULL, "The leaf whose gradient gathers here."},
    {"module", get_module, NULL, "Path of the module that was running."},
    {"span", get_span, NULL, "Source, start and end of the expression that made the node."},
    {0},
};

static AdjType node_type = {.name = "Node",
                            .size = sizeof(NodeObj),
                            .methods = methods,
                            .attrs = attrs,
                            .drop = node_drop,
                            .repr = node_repr};
