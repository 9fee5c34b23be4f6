// SPDX-License-Identifier: Apache-2.0
// node.c: grad_fn, a node of the tape as a value: its name, what it needs, where it came from;
// and the backward pass as a list of what happens at each node.
#include "bind/bind.h"
#include "lang/syntax/ast.h"

#include "autograd/rings.h"
#include "observe/record.h"

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
    adj_rings_drop(&n->leaf);
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

// ---------------------------------------------------------------- what a node carries

static AdjNode *node_of(AdjVal v)
{
    return ((NodeObj *)v.o)->node;
}

static bool get_op(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjNode *n = node_of(self);
    return adj_out(out, adj_str_new_c(vm, n ? adj_node_op(n)->name : "leaf"));
}

static bool get_doc(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjNode *n = node_of(self);
    return adj_out(out, adj_str_new_c(vm, n ? adj_node_op(n)->doc : "A leaf."));
}

static bool get_rule(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjNode *n = node_of(self);
    const char *rule = n ? adj_op_rule(adj_node_op(n)) : NULL;
    return rule ? adj_out(out, adj_str_new_c(vm, rule)) : adj_out_none(out);
}

static bool get_shape(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjNode *n = node_of(self);
    return adj_bind_size(vm, n ? adj_node_shape(n) : adj_shape(((NodeObj *)self.o)->leaf), out);
}

static bool get_sequence(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_int(out, node_of(self) ? (int64_t)adj_node_sequence(node_of(self)) : -1);
}

static bool get_bytes(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_int(out, node_of(self) ? adj_node_bytes(node_of(self)) : 0);
}

static bool get_forward_us(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_float(out, node_of(self) ? adj_node_forward_us(node_of(self)) : 0);
}

static bool get_backward_us(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_float(out, node_of(self) ? adj_node_backward_us(node_of(self)) : 0);
}

// (name of the source, line, the expression's own text), or None when the source is gone.
static bool get_where(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjPlace at = node_of(self) ? adj_node_span(node_of(self)) : (AdjPlace){0, 0, 0};
    const AdjSource *source = at.source ? adj_vm_source(vm, at.source) : NULL;
    if (!source || at.end > source->length) return adj_out_none(out);
    AdjVal items[3] = {
        adj_obj_val(adj_str_new_c(vm, source->name)),
        adj_int_val(adj_source_position(source, at.start).line),
        adj_obj_val(
            adj_str_format(vm, "%.*s", (int)(at.end - at.start), source->text + at.start)),
    };
    bool ok = items[0].o && items[2].o && adj_out(out, adj_tuple_from(vm, items, 3));
    for (int i = 0; i < 3; i += 2) adj_obj_drop(items[i].o);
    return ok;
}

static bool get_span(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjNode *n = ((NodeObj *)self.o)->node;
    AdjPlace s = n ? adj_node_span(n) : (AdjPlace){0, 0, 0};
    AdjVal items[3] = {adj_int_val(s.source), adj_int_val(s.start), adj_int_val(s.end)};
    return adj_out(out, adj_tuple_from(vm, items, 3));
}

// The derivative of this node alone, as PyTorch's grad_fn(gradient).
static bool node_call(AdjVM *vm, AdjVal self, AdjVal *args, int nargs, AdjTuple *kwnames,
                      AdjVal *out)
{
    AdjNode *n = node_of(self);
    AdjTensor *given[16];
    ADJ_SCOPE;
    if (!n || kwnames || nargs < 1 || nargs > n->n_out || nargs > 16) {
        return adj_raise(vm, ADJ_EXC_TypeError, "%s(): it takes the gradients of its outputs",
                         name_of(self));
    }
    for (int i = 0; i < nargs; i++) {
        if (!adj_is_tensor(args[i]) && !adj_is_none(args[i])) {
            return adj_raise(vm, ADJ_EXC_TypeError, "%s(): expected a Tensor, not %s",
                             name_of(self), adj_type_name(args[i]));
        }
        given[i] = adj_is_none(args[i]) ? NULL : adj_tensor_of(args[i]);
        if (given[i] && !adj_shape_equal(adj_shape(given[i]), n->out[i].shape)) {
            return adj_raise(vm, ADJ_EXC_RuntimeError,
                             "%s(): gradient %d has a shape of %s, the output one of %s",
                             name_of(self), i, adj_shape_text(adj_shape(given[i])),
                             adj_shape_text(n->out[i].shape));
        }
    }
    AdjTensors g = adj_node_gradients(n, (AdjTensors){nargs, given});
    return g.at ? adj_bind_tensors(vm, g, out) : adj_bind_error(vm);
}

static bool get_value(AdjVM *vm, AdjVal self, AdjVal *out)
{
    NodeObj *o = (NodeObj *)self.o;
    AdjTensor *t = o->node ? adj_node_value(o->node, 0) : o->leaf;
    return t ? adj_bind_tensor(vm, t, out) : adj_out_none(out);
}

static bool get_operands(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjNode *n = node_of(self);
    AdjTuple *list = adj_tuple_new(vm, n ? n->n_in : 0);
    for (int i = 0; list && n && i < n->n_in; i++) {
        AdjTensor *t = adj_node_operand(n, i);
        list->items[i] = ADJ_NONE;
        if (!t || adj_bind_tensor(vm, t, &list->items[i])) continue;
        adj_obj_drop(list);
        return false;
    }
    return adj_out(out, list);
}

// The name that the row gives to the [k]-th tensor it takes; those of a list have none.
static const char *input_name(const AdjNode *n, int k)
{
    const AdjOp *op = adj_node_op(n);
    int seen = 0;
    for (int i = 0; i < op->n_args; i++) {
        if (op->args[i].kind == ADJ_ARG_TENSORS) return NULL;
        bool takes = op->args[i].kind == ADJ_ARG_TENSOR || op->args[i].kind == ADJ_ARG_NUM;
        if (takes && seen++ == k) return op->args[i].name;
    }
    return NULL;
}

static bool get_inputs(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjNode *n = node_of(self);
    AdjTuple *list = adj_tuple_new(vm, n ? n->n_in : 0);
    for (int i = 0; list && n && i < n->n_in; i++) {
        const char *name = input_name(n, i);
        AdjStr *s = name ? adj_str_new_c(vm, name) : adj_str_format(vm, "input %d", i);
        list->items[i] = s ? adj_obj_val(s) : ADJ_NONE;
    }
    return adj_out(out, list);
}

static bool node_took(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjNode *node = node_of(a[0]);
    if (!node || !adj_is_int(a[1]) || a[1].i < 0 || a[1].i >= node->n_in ||
        !adj_is_tensor(a[2]))
        return adj_raise(vm, ADJ_EXC_TypeError, "took(): the number of an input and a Tensor");
    return adj_out_bool(out, adj_node_took(node, (int)a[1].i, adj_tensor_of(a[2])));
}

// ---------------------------------------------------------------- a watched backward pass

typedef struct {
    AdjVM *vm;
    AdjList *steps;  // (node, gradients that came, gradients that went)
    bool failed;
} Watch;

static void see(void *data, AdjNode *node, AdjTensors came, AdjTensors went)
{
    Watch *w = data;
    AdjVal items[3] = {ADJ_NONE, ADJ_NONE, ADJ_NONE};
    if (w->failed) return;
    bool ok = make(w->vm, node, NULL, &items[0]) && adj_bind_tensors(w->vm, came, &items[1]) &&
              adj_bind_tensors(w->vm, went, &items[2]);
    AdjTuple *step = ok ? adj_tuple_from(w->vm, items, 3) : NULL;
    w->failed = !step || !adj_list_append(w->vm, w->steps, adj_obj_val(step));
    adj_obj_drop(step);
    for (int i = 0; i < 3; i++) adj_val_drop(items[i]);
}

bool adj_bind_show_backward(AdjVM *vm, AdjTensor *root, AdjTensor *seed, AdjVal *out)
{
    Watch w = {.vm = vm, .steps = adj_list_new(vm, 0)};
    if (w.steps && (adj_show_backward(root, seed, see, &w) || adj_bind_error(vm)) && !w.failed)
        return adj_out(out, w.steps);
    adj_obj_drop(w.steps);
    return false;
}

static bool f_trace_backward(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (!adj_is_tensor(a[0]) || !(adj_is_none(a[1]) || adj_is_tensor(a[1]))) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "trace_backward(): tensor and gradient must be Tensors, not %s and %s",
                         adj_type_name(a[0]), adj_type_name(a[1]));
    }
    Watch w = {.vm = vm, .steps = adj_list_new(vm, 0)};
    AdjTensor *seed = adj_is_none(a[1]) ? NULL : adj_tensor_of(a[1]);
    bool ok = w.steps &&
              (adj_see_backward(adj_tensor_of(a[0]), seed, see, &w) || adj_bind_error(vm)) &&
              !w.failed;
    if (ok) return adj_out(out, w.steps);
    adj_obj_drop(w.steps);
    return false;
}

static const AdjNative functions[] = {
    {"trace_backward", "(tensor, gradient=None)", f_trace_backward,
     "The backward pass from a tensor as a list: for each node in the order of the pass, the "
     "node, the gradients of its outputs that came in, and the gradients of its inputs that go "
     "on (None where none is wanted). No .grad changes.",
     0},
    {0},
};

bool adj_bind_install_node(AdjVM *vm, AdjBindNames *n)
{
    return adj_vm_add_functions(vm, n->autograd, functions, "torch.autograd");
}

static const AdjNative methods[] = {
    {"name", "(self)", node_name, "The name of the operation's derivative.", 0},
    {"took", "(self, input, tensor)", node_took,
     "Whether that input was this tensor; known where values are kept.", 0},
    {0},
};

static const AdjAttr attrs[] = {
    {"next_functions", get_next, NULL, "The nodes of the inputs, with the output each one is."},
    {"variable", get_variable, NULL, "The leaf whose gradient gathers here."},
    {"module", get_module, NULL, "Path of the module that was running."},
    {"op", get_op, NULL, "The operation that made it."},
    {"formula", get_doc, NULL, "What the operation computes."},
    {"rule", get_rule, NULL, "Its derivative in symbols, or None."},
    {"shape", get_shape, NULL, "The shape of its first output."},
    {"value", get_value, NULL, "A copy of its first output, where values are kept, or None."},
    {"inputs", get_inputs, NULL, "The names of its inputs."},
    {"operands", get_operands, NULL, "Copies of its inputs, where values are kept, or None."},
    {"sequence", get_sequence, NULL, "Its number: later nodes have greater ones."},
    {"bytes", get_bytes, NULL, "What it holds for the derivative."},
    {"forward_us", get_forward_us, NULL, "Microseconds of the forward pass."},
    {"backward_us", get_backward_us, NULL, "Microseconds of the last backward pass, or 0."},
    {"where", get_where, NULL, "Source, line and text of the expression that made it."},
    {"span", get_span, NULL, "Source, start and end of the expression that made the node."},
    {0},
};

static AdjType node_type = {.name = "Node",
                            .size = sizeof(NodeObj),
                            .methods = methods,
                            .attrs = attrs,
                            .drop = node_drop,
                            .call = node_call,
                            .repr = node_repr};
