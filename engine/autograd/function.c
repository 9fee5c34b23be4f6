// SPDX-License-Identifier: Apache-2.0
// function.c: nodes whose derivative is given from outside, as a function and its data: what
// classes of the language derived from autograd.Function put onto the tape.
#include "core/internal.h"

#include <stdlib.h>

typedef struct {
    AdjBackward backward;
    void *data;
    void (*drop)(void *);
} Given;

static void drop_given(void *extra)
{
    Given *g = extra;
    if (g->drop) g->drop(g->data);
    free(g);
}

static void function_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    Given *g = n->extra;
    if (!g) {
        adj_fail_released();
        return;
    }
    const AdjOp *op = adj_thread.op;
    adj_thread.op = NULL;  // what it calls is a program's, not an operation's
    if (!g->backward(dy, dx, g->data) && !adj_error_kind())
        adj_fail(ADJ_E_RUNTIME, "%s failed", n->title);
    adj_thread.op = op;
}

static const AdjOp function_op = {.name = "Function",
                                  .signature = "(inputs: tensors) -> tensors",
                                  .doc = "A function with a derivative of its own.",
                                  .vjp = function_vjp};

static bool wants_gradient(AdjTensors ts)
{
    for (int i = 0; i < ts.n; i++)
        if (adj_is_float(ts.at[i]) && adj_needs_grad(ts.at[i])) return true;
    return false;
}

static bool is_input(const AdjTensor *t, AdjTensors inputs)
{
    for (int i = 0; i < inputs.n; i++)
        if (inputs.at[i] == t) return true;
    return false;
}

static bool attach(AdjNode *node, AdjTensor *y, uint32_t out, bool changed)
{
    if (changed) {
        if (y->base) {
            return adj_fail(ADJ_E_RUNTIME,
                            "%s: a view cannot be changed in place by a Function; clone() it "
                            "first",
                            node->title);
        }
        return adj_take_history(y, node, out, true);
    }
    y->node = adj_node_keep(node);
    y->out = out;
    y->requires_grad = true;
    y->node_version = y->storage->version;
    return true;
}

bool adj_record_function(const char *name, AdjTensors inputs, AdjTensors outputs,
                         const bool *plain, bool zeros, AdjBackward backward, void *data,
                         void (*drop)(void *))
{
    Given *g = malloc(sizeof *g);
    bool needed = adj_grad_enabled() && wants_gradient(inputs);
    AdjNode *node = g && needed ? adj_node_make(&function_op, outputs.n, outputs.at, inputs.n,
                                                inputs.at, 0, NULL)
                                : NULL;
    if (!node) {
        free(g);
        if (drop) drop(data);
        return !needed || adj_error_kind() == ADJ_E_NONE;
    }
    *g = (Given){backward, data, drop};
    node->extra = g;
    node->drop_extra = drop_given;
    node->title = adj_intern(name);
    node->no_zeros = !zeros;
    bool ok = true;
    for (int i = 0; ok && i < outputs.n; i++) {
        if (plain[i] || !adj_is_float(outputs.at[i])) continue;
        ok = attach(node, outputs.at[i], (uint32_t)i, is_input(outputs.at[i], inputs));
    }
    adj_node_drop(node);
    return ok;
}
