// SPDX-License-Identifier: Apache-2.0
// local.c: the derivative of one element at a node of the walk, as the sum that it is.
#include "observe/backward/walk.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    int64_t output;
    double upstream, local;
} Term;

static int larger(const void *a, const void *b)
{
    double x = fabs(((const Term *)a)->upstream * ((const Term *)a)->local);
    double y = fabs(((const Term *)b)->upstream * ((const Term *)b)->local);
    return (x < y) - (x > y);
}

// d output[at] / d input at one element: the derivative is asked with a gradient that is one at
// [at] and zero elsewhere.
static bool local_of(AdjNode *node, int64_t at, int input, int64_t element, double *out)
{
    ADJ_SCOPE;
    AdjTensor *dy[16] = {NULL}, **dx;
    if (node->n_out > 16) return adj_fail(ADJ_E_RUNTIME, "local: too many outputs");
    dx = adj_scope_memory((size_t)(node->n_in + 1) * sizeof *dx);
    if (!dx) return false;
    memset(dx, 0, (size_t)node->n_in * sizeof *dx);
    for (int k = 0; k < node->n_out - node->op->kept; k++)
        dy[k] = adj_zeros_of(node->out[k].shape, (AdjDtype)node->out[k].dtype);
    if (!dy[0]) return false;
    AdjTensor *flat = adj_reshape(dy[0], ADJ_SHAPE(-1));
    if (!adj_copy_data(adj_select(flat, 0, at), ADJ_NUM(1))) return false;
    node->op->vjp(node, dy, dx);
    if (adj_error_kind()) return false;
    AdjTensor *g = dx[input];
    if (g && !adj_shape_equal(adj_shape(g), node->in[input].shape))
        g = adj_sum_to(g, node->in[input].shape);
    g = g ? adj_reshape(g, ADJ_SHAPE(-1)) : NULL;
    *out = g ? adj_item(adj_select(g, 0, element)) : 0;
    return !adj_error_kind();
}

static int64_t flat_index(AdjShape s, const int64_t *at)
{
    int64_t k = 0;
    for (int i = 0; i < s.n; i++) {
        int64_t index = at[i] < 0 ? at[i] + s.at[i] : at[i];
        if (index < 0 || index >= s.at[i]) return -1;
        k = k * s.at[i] + index;
    }
    return k;
}

static void put_position(AdjAnswerText *o, const char *key, AdjShape s, int64_t flat)
{
    int64_t at[ADJ_MAX_DIMS];
    for (int i = s.n; i--; flat /= s.at[i]) at[i] = flat % s.at[i];
    adj_put_ints(o, key, at, s.n);
}

static bool gather_terms(AdjRequestCall *c, const AdjStop *v, int input, int64_t element)
{
    enum { MOST_OUTPUTS = 4096, SHOWN = 64 };
    AdjTensor *g = v->came[0] ? adj_contiguous(adj_to(v->came[0], ADJ_F64)) : NULL;
    if (!g) return adj_raise(c->vm, ADJ_EXC_ValueError, "local: no gradient came to output 0");
    if (g->numel > MOST_OUTPUTS) {
        return adj_raise(c->vm, ADJ_EXC_ValueError,
                         "local: an output of %lld elements is too large to go through",
                         (long long)g->numel);
    }
    Term *terms = adj_scope_memory((size_t)(g->numel + 1) * sizeof *terms);
    const double *upstream = adj_data(g);
    int n = 0;
    double total = 0;
    for (int64_t i = 0; terms && i < g->numel; i++) {
        double local = 0;
        if (!local_of(v->node, i, input, element, &local)) return adj_bind_error(c->vm);
        if (local != 0) terms[n++] = (Term){i, upstream[i], local};
        total += upstream[i] * local;
    }
    qsort(terms, (size_t)n, sizeof *terms, larger);
    adj_put_number(c->out, "total", total);
    adj_put_int(c->out, "count", n);
    adj_say_key(c->out, "terms");
    adj_say_open(c->out, '[');
    for (int i = 0; i < n && i < SHOWN; i++) {
        adj_say_open(c->out, '{');
        put_position(c->out, "output", v->node->out[0].shape, terms[i].output);
        adj_put_number(c->out, "upstream", terms[i].upstream);
        adj_put_number(c->out, "local", terms[i].local);
        adj_put_number(c->out, "product", terms[i].upstream * terms[i].local);
        adj_say_close(c->out, '}');
    }
    adj_say_close(c->out, ']');
    return true;
}

bool adj_request_local(AdjRequestCall *c)
{
    const AdjWalk *walk = adj_walk_now();
    int64_t at[ADJ_MAX_DIMS], index = adj_ask_int(&c->ask, "index", walk->now);
    int64_t input = adj_ask_int(&c->ask, "input", 0);
    if (index < 0 || index >= walk->n) {
        return adj_raise(c->vm, ADJ_EXC_IndexError, "local: node %lld of %d", (long long)index,
                         walk->n);
    }
    const AdjStop *v = &walk->at[index];
    if (input < 0 || input >= v->node->n_in || !v->node->in[input].wants) {
        return adj_raise(c->vm, ADJ_EXC_IndexError, "local: input %lld has no derivative",
                         (long long)input);
    }
    AdjShape s = v->node->in[input].shape;
    int n = adj_ask_ints(&c->ask, "element", at, ADJ_MAX_DIMS);
    int64_t element = n == s.n ? flat_index(s, at) : -1;
    if (element < 0)
        return adj_raise(c->vm, ADJ_EXC_IndexError, "local: no such element of the input");
    adj_put_int(c->out, "index", index);
    adj_put_int(c->out, "input", input);
    adj_put_ints(c->out, "element", at, n);
    return gather_terms(c, v, (int)input, element);
}
