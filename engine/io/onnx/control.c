// SPDX-License-Identifier: Apache-2.0
// control.c: If, Loop and Scan: operators that run graphs of their own, which see the
// values of the graph around them.
#include "io/onnx/rows.h"

// The graph of attribute [name], by its place among the node's graphs; -1 and an error.
static int graph_of(AdjOnnxCall *c, const char *name)
{
    int at = 0;
    for (size_t i = 0; i < c->node->n_attribute; i++) {
        const Onnx__AttributeProto *a = c->node->attribute[i];
        if (!a->g) continue;
        if (a->name && !strcmp(a->name, name)) return at;
        at++;
    }
    adj_onnx_fail(c, "it has no graph \"%s\"", name);
    return -1;
}

// Hands out the results [from] ... of a graph as the node's.
static AdjTensor *hand_out(AdjOnnxCall *c, AdjTensors r)
{
    for (int i = 0; i < c->n_out && i < r.n; i++) c->out[i] = r.at[i];
    return c->out[0];
}

AdjTensor *adj_onnx_load_if(AdjOnnxCall *c)
{
    AdjTensor *condition = adj_onnx_need(c, 0);
    if (!condition) return NULL;
    bool yes = adj_item(condition) != 0;
    int graph = adj_error_kind() ? -1 : graph_of(c, yes ? "then_branch" : "else_branch");
    return graph < 0 ? NULL : hand_out(c, adj_onnx_run_graph(c, graph, (AdjTensors){0, NULL}));
}

// Results that a graph gives once per round, gathered along a new first axis.
typedef struct {
    AdjTensor ***at;  // [column][round]
    int columns;
    int64_t n, capacity;
} Gathered;

static bool gather(Gathered *g, AdjTensor *const *row)
{
    if (g->n == g->capacity) {
        int64_t wanted = g->capacity ? g->capacity * 2 : 16;
        for (int k = 0; k < g->columns; k++) {
            AdjTensor **bigger = adj_scope_memory((size_t)wanted * sizeof *bigger);
            if (!bigger) return false;
            if (g->n) memcpy(bigger, g->at[k], (size_t)g->n * sizeof *bigger);
            g->at[k] = bigger;
        }
        g->capacity = wanted;
    }
    for (int k = 0; k < g->columns; k++) g->at[k][g->n] = row[k];
    g->n++;
    return true;
}

static bool gather_begin(Gathered *g, int columns)
{
    *g = (Gathered){.columns = columns};
    g->at = adj_scope_memory((size_t)(columns + 1) * sizeof *g->at);
    return g->at && columns >= 0;
}

static AdjTensor *stacked(AdjOnnxCall *c, const Gathered *g, int k, int64_t axis,
                          bool backwards)
{
    if (g->n == 0) return adj_onnx_fail(c, "a result of no rounds is not supported");
    if (g->n > INT32_MAX) return adj_onnx_fail(c, "too many rounds");
    AdjTensor *y = adj_stack((AdjTensors){(int)g->n, g->at[k]}, axis);
    return backwards ? adj_flip(y, ADJ_SHAPE(axis)) : y;
}

// in: greatest number of rounds, condition, carried values. The graph takes the round, the
// condition and the carried values, and gives the condition, the carried values and what is
// gathered.
AdjTensor *adj_onnx_load_loop(AdjOnnxCall *c)
{
    AdjTensor *most_t = adj_onnx_in(c, 0), *go = adj_onnx_in(c, 1);
    int carried = c->n_in > 2 ? c->n_in - 2 : 0, graph = graph_of(c, "body");
    int64_t most = most_t ? adj_item_scalar(most_t).i : INT64_MAX;
    bool on = !go || adj_item(go) != 0;
    Gathered g;
    AdjTensor **in = adj_scope_memory((size_t)(carried + 2) * sizeof *in);
    if (adj_error_kind() || graph < 0 || !in || !gather_begin(&g, c->n_out - carried))
        return NULL;
    for (int i = 0; i < carried; i++) in[2 + i] = c->in[2 + i];
    for (int64_t round = 0; round < most && on; round++) {
        in[0] = adj_from(&round, ADJ_SCALAR_SHAPE, ADJ_I64);
        in[1] = adj_full(ADJ_SCALAR_SHAPE, ADJ_I(1), ADJ_BOOL);
        if (!in[0] || !in[1]) return NULL;
        AdjTensors r = adj_onnx_run_graph(c, graph, (AdjTensors){carried + 2, in});
        if (adj_error_kind()) return NULL;
        if (r.n != 1 + c->n_out)
            return adj_onnx_fail(c, "its body has another number of results");
        on = adj_item(r.at[0]) != 0;
        for (int i = 0; i < carried; i++) in[2 + i] = r.at[1 + i];
        if (adj_error_kind() || !gather(&g, r.at + 1 + carried)) return NULL;
    }
    for (int i = 0; i < c->n_out; i++)
        c->out[i] = i < carried ? in[2 + i] : stacked(c, &g, i - carried, 0, false);
    return c->out[0];
}

static int64_t entry(AdjLongs list, int64_t i)
{
    return i < list.n ? list.at[i] : 0;
}

// One round of Scan: the carried values and slice [round] of each sequence.
static bool scan_inputs(AdjOnnxCall *c, AdjTensor **in, int carried, int64_t round,
                        int64_t *length)
{
    AdjLongs axes = adj_onnx_longs(c, "scan_input_axes");
    AdjLongs directions = adj_onnx_longs(c, "scan_input_directions");
    for (int i = carried; i < c->n_in; i++) {
        AdjTensor *x = adj_onnx_need(c, i);
        int64_t axis = entry(axes, i - carried);
        if (!x || !adj_wrap_dim(&axis, x->ndim)) return false;
        int64_t n = x->sizes[axis];
        if (*length < 0) *length = n;
        if (*length != n) return adj_onnx_fail(c, "its sequences differ in length");
        if (round >= n) continue;
        in[i] = adj_select(x, axis, entry(directions, i - carried) ? n - 1 - round : round);
    }
    return !adj_error_kind();
}

AdjTensor *adj_onnx_load_scan(AdjOnnxCall *c)
{
    if (c->opset < 9) return adj_onnx_fail(c, "the form before version 9 is not supported");
    int64_t sequences = adj_onnx_int(c, "num_scan_inputs", 1), length = -1;
    int carried = c->n_in - (int)sequences, graph = graph_of(c, "body");
    AdjLongs axes = adj_onnx_longs(c, "scan_output_axes");
    AdjLongs directions = adj_onnx_longs(c, "scan_output_directions");
    Gathered g;
    AdjTensor **in = adj_scope_memory((size_t)(c->n_in + 1) * sizeof *in);
    if (graph < 0 || !in) return NULL;
    if (sequences < 1 || sequences > c->n_in || carried > c->n_out)
        return adj_onnx_fail(c, "its numbers of inputs do not fit");
    if (!gather_begin(&g, c->n_out - carried)) return NULL;
    for (int i = 0; i < carried; i++) in[i] = c->in[i];
    for (int64_t round = 0; length < 0 || round < length; round++) {
        if (!scan_inputs(c, in, carried, round, &length)) return NULL;
        if (round >= length) break;
        AdjTensors r = adj_onnx_run_graph(c, graph, (AdjTensors){c->n_in, in});
        if (adj_error_kind()) return NULL;
        if (r.n != c->n_out) return adj_onnx_fail(c, "its body has another number of results");
        for (int i = 0; i < carried; i++) in[i] = r.at[i];
        if (!gather(&g, r.at + carried)) return NULL;
    }
    for (int i = 0; i < c->n_out; i++)
        c->out[i] = i < carried ? in[i]
                                : stacked(c, &g, i - carried, entry(axes, i - carried),
                                          entry(directions, i - carried) != 0);
    return c->out[0];
}
