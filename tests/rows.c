// SPDX-License-Identifier: Apache-2.0
//
// The second derivative is checked like the first, by differences, of a function that is itself
// a gradient: g(x) = d/dx of a weighted sum of the row's result, computed with create_graph.
#include "rows.h"

#include <string.h>

Call call_of(const char *name, int n, double number)
{
    Call c = {.op = adj_op_find(name)};
    if (!ok(c.op != NULL, "there is a row %s", name)) return c;
    for (int i = 0; i < c.op->n_args; i++) {
        const AdjArg *a = &c.op->args[i];
        c.args[i] = a->value;
        bool is_tensor = a->kind == ADJ_ARG_TENSOR || a->kind == ADJ_ARG_NUM;
        if (is_tensor && c.tensors < n) c.tensor[c.tensors++] = i;
        if (a->has_default || is_tensor) continue;
        if (a->kind == ADJ_ARG_FLOAT) c.args[i].f = number;
        if (a->kind == ADJ_ARG_INT) c.args[i].i = (int64_t)number;
        if (a->kind == ADJ_ARG_SCALAR) c.args[i].num = ADJ_F(number);
        if (a->kind == ADJ_ARG_INTS) c.args[i].ints = ADJ_SHAPE((int64_t)number);
    }
    return c;
}

AdjValue *call_argument(Call *c, const char *name)
{
    for (int i = 0; c->op && i < c->op->n_args; i++)
        if (!strcmp(c->op->args[i].name, name)) return &c->args[i];
    fail("%s has a parameter %s", c->op ? c->op->name : "(no row)", name);
    return &c->args[15];
}

AdjTensor *call_run(AdjTensors in, void *call)
{
    Call *c = call;
    AdjValue result = {0};
    if (!c->op) return NULL;
    for (int i = 0; i < in.n && i < c->tensors; i++) c->args[c->tensor[i]].t = in.at[i];
    if (!c->op->call(c->args, &result)) return NULL;
    if (c->op->n_results == 1) return result.t;
    return c->result < result.ts.n ? result.ts.at[c->result] : NULL;
}

AdjTensor *numbers(AdjShape shape, double lo, double hi)
{
    static uint64_t state = 88172645463325252u;
    AdjTensor *x = adj_new(shape, ADJ_F64);
    for (int64_t i = 0; x && i < adj_numel(x); i++) {
        state ^= state << 13;  // Marsaglia's xorshift
        state ^= state >> 7;
        state ^= state << 17;
        ((double *)adj_data(x))[i] = lo + (hi - lo) * (double)(state >> 11) * 0x1p-53;
    }
    return x;
}

AdjTensor *transposed(AdjTensor *x)
{
    return adj_ndim(x) < 2 ? x : adj_transpose(adj_contiguous(adj_transpose(x, 0, 1)), 0, 1);
}

// A different weight, near 1, for every element.
static AdjTensor *weight_like(AdjTensor *y)
{
    AdjTensor *w = adj_new(adj_shape(y), ADJ_F64);
    for (int64_t i = 0; w && i < adj_numel(w); i++)
        ((double *)adj_data(w))[i] = 1 + 0.1 * sin((double)i + 1);
    return w;
}

// The gradients of the call with respect to all its inputs, one after the other.
static AdjTensor *gradient_of_call(AdjTensors in, void *call)
{
    bool was = adj_set_grad_enabled(true);
    AdjTensor *y = call_run(in, call), *flat[4] = {NULL};
    AdjTensor *weight = y ? weight_like(y) : NULL;
    int n = 0;
    if (y) {
        AdjTensors roots = ADJ_TENSORS(y), seeds = ADJ_TENSORS(weight);
        AdjTensors g = adj_gradients(roots, seeds, in, true, true, true);
        for (int i = 0; i < g.n && i < 4; i++)
            if (g.at[i]) flat[n++] = adj_reshape(g.at[i], ADJ_SHAPE(-1));
    }
    AdjTensor *all = n ? adj_cat((AdjTensors){n, flat}, 0) : NULL;
    adj_set_grad_enabled(was);
    return all;
}

static void report(const AdjGradcheck *g, bool ran, const char *what, const char *order)
{
    if (ok(ran && g->passed, "%s: %s derivative", what, order)) return;
    note("worst at element %lld of input %d: analytic %.12g, numeric %.12g; %s",
         (long long)g->element, g->input, g->analytic, g->numeric, adj_error_text());
    adj_error_clear();
}

void derivatives_hold(Call *c, AdjTensors in, const char *what)
{
    AdjGradcheck g = {0};
    for (int i = 0; i < in.n; i++) adj_require_grad(in.at[i], true);
    AdjTensor *y = call_run(in, c);
    if (!y || !adj_requires_grad(y)) {
        ok(y && c->op->no_grad, "%s: has a derivative or says that it has none", what);
        return;
    }
    bool ran = adj_gradcheck(call_run, c, in, 1e-6, 1e-7, 1e-5, &g);
    report(&g, ran, what, "first");
    AdjTensor *dx = gradient_of_call(in, c);
    if (!dx || !adj_requires_grad(dx)) {  // constant: nothing left to differentiate
        no_error("%s: its gradient", what);
        return;
    }
    ran = adj_gradcheck(gradient_of_call, c, in, 1e-6, 1e-6, 1e-4, &g);
    report(&g, ran, what, "second");
}
