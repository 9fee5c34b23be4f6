// SPDX-License-Identifier: Apache-2.0
// run.c: a pass through a flow graph, and what stays behind it: carried state, the values
// of tags, traces of loops, times.
//
// The values of a pass live in a list of the pass's own, so one graph may stand in several
// places of another. A value goes when its last reader has run (the tape keeps what it needs);
// tags and state keep theirs until the next pass, with their history: end_step cuts it.
#include "flow/flow.h"

#include <stdlib.h>

// ---------------------------------------------------------------- one node

static AdjTensor *sum_of(const FlowNode *n, AdjTensor **value)
{
    AdjTensor *sum = value[n->in[0]];
    for (int i = 1; i < n->n_in; i++) sum = adj_add(sum, value[n->in[i]], ADJ_I(1));
    if (n->kind == FLOW_MEAN) sum = adj_div(sum, ADJ_NUM(n->n_in), NULL);
    return sum;
}

// What `using` hands over: values of this pass, or carried state, zeros like the stream before
// the first pass has ended.
static bool gather_refs(FlowGraph *g, const FlowNode *n, AdjTensor **value, AdjArchive *refs)
{
    refs->n = n->n_refs;
    refs->names = adj_scope_memory((size_t)n->n_refs * sizeof *refs->names);
    refs->tensors = adj_scope_memory((size_t)n->n_refs * sizeof *refs->tensors);
    if (!refs->names || !refs->tensors) return false;
    for (int i = 0; i < n->n_refs; i++) {
        const FlowRef *r = &n->refs[i];
        AdjTensor *t = r->node >= 0 ? value[r->node] : g->states[r->slot].value;
        if (!t) t = adj_zeros_like(value[n->in[0]], ADJ_SAME);
        if (!t) return false;
        refs->names[i] = r->name;
        refs->tensors[i] = t;
    }
    return true;
}

static AdjTensor *run_node(FlowGraph *g, FlowNode *n, AdjTensor **value)
{
    if (n->kind != FLOW_MODULE) return sum_of(n, value);
    AdjTensor *x = value[n->in[0]];
    if (!n->n_refs) return adj_module_pass(n->module, n->child, x);
    AdjArchive refs;
    if (!gather_refs(g, n, value, &refs)) return NULL;
    return adj_module_pass_named(n->module, n->child, x, &refs);
}

static void timed(FlowGraph *g, int i, AdjTensor **value)
{
    ADJ_SCOPE;
    FlowNode *n = &g->nodes[i];
    uint64_t start = adj_ticks();
    value[i] = adj_keep(run_node(g, n, value));
    n->us = (double)(adj_ticks() - start) / adj_ticks_per_us();
}

static void let_go(FlowGraph *g, int i, AdjTensor **value)
{
    const FlowNode *n = &g->nodes[i];
    for (int k = 0; k < n->n_in; k++)
        if (g->nodes[n->in[k]].last_use == i) adj_drop(&value[n->in[k]]);
    for (int k = 0; k < n->n_refs; k++)
        if (n->refs[k].node >= 0 && g->nodes[n->refs[k].node].last_use == i)
            adj_drop(&value[n->refs[k].node]);
}

// ---------------------------------------------------------------- a pass

static void put(AdjTensor **place, AdjTensor *value)
{
    AdjTensor *before = *place;
    *place = adj_keep(value);
    adj_drop(&before);
}

static void remember(FlowGraph *g, AdjTensor **value)
{
    for (int i = 0; i < g->n_tags; i++) put(&g->tags[i].value, value[g->tags[i].node]);
    for (int i = 0; i < g->n_states; i++) put(&g->states[i].value, value[g->states[i].writer]);
}

static bool take_inputs(FlowGraph *g, AdjTensors in, AdjTensor **value)
{
    if (in.n != g->n_inputs)
        return adj_fail(ADJ_E_TYPE, "Graph: takes %d input%s (%s%s%s), %d given", g->n_inputs,
                        g->n_inputs == 1 ? "" : "s", g->inputs[0],
                        g->n_inputs > 1 ? ", ... " : "",
                        g->n_inputs > 1 ? g->inputs[g->n_inputs - 1] : "", in.n);
    for (int i = 0, k = 0; i < g->n_nodes; i++)
        if (g->nodes[i].kind == FLOW_INPUT) value[i] = adj_keep(in.at[k++]);
    return true;
}

static bool graph_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    FlowGraph *g = adj_flow_graph(m);
    if (!g) return adj_fail(ADJ_E_RUNTIME, "Graph: is empty; Flow(...).build() makes one");
    AdjTensor **value = adj_scope_memory((size_t)g->n_nodes * sizeof *value);
    if (!value) return false;
    memset(value, 0, (size_t)g->n_nodes * sizeof *value);
    bool ok = take_inputs(g, in[0].ts, value);
    for (int i = 0; ok && i < g->n_nodes; i++) {
        if (g->nodes[i].kind == FLOW_INPUT) continue;
        timed(g, i, value);
        ok = value[i] && !adj_error_kind();
        if (ok) let_go(g, i, value);
    }
    if (ok) remember(g, value);
    if (ok) out->t = adj_scoped(adj_keep(value[g->output]));
    for (int i = 0; i < g->n_nodes; i++) adj_drop(&value[i]);
    return ok;
}

static bool graph_detach(AdjModule *m);
static bool graph_reset(AdjModule *m);

ADJ_MODULE(Graph, "()", "(inputs: tensors) -> tensor",
           "A graph of modules, what Flow(...).build() makes. Called with as many tensors as "
           "the flow has inputs: the stream's, then those of input([...]).\n"
           "notes   a tag used before it is set carries its value to the next pass; end_step() "
           "after each step cuts its history",
           .forward = graph_forward, .reset = graph_reset, .detach_state = graph_detach,
           .copied = adj_flow_graph_copied)

// ---------------------------------------------------------------- state

static FlowGraph *need_graph(AdjModule *m, const char *what)
{
    FlowGraph *g = adj_error_kind() ? NULL : adj_flow_graph(m);
    if (g || adj_error_kind()) return g;
    return adj_fail(ADJ_E_TYPE, "%s: a Graph is needed, got %s", what,
                    m ? m->row->name : "None");
}

bool adj_graph_reset_state(AdjModule *graph)
{
    FlowGraph *g = need_graph(graph, "reset_state");
    if (!g) return false;
    for (int i = 0; i < g->n_states; i++) adj_drop(&g->states[i].value);
    for (int i = 0; i < g->n_nodes; i++)
        if (adj_flow_graph(g->nodes[i].module) && !adj_graph_reset_state(g->nodes[i].module))
            return false;
    return true;
}

// As the body of a loop, a graph starts every run of the loop afresh.
static bool graph_reset(AdjModule *m)
{
    FlowGraph *g = adj_flow_graph(m);
    for (int i = 0; g && i < g->n_states; i++) adj_drop(&g->states[i].value);
    for (int i = 0; i < m->n_children; i++)
        if (m->children[i].module && !adj_module_reset(m->children[i].module)) return false;
    return true;
}

bool adj_graph_has_state(AdjModule *graph)
{
    FlowGraph *g = need_graph(graph, "has_state");
    bool any = false;
    for (int i = 0; g && i < g->n_states; i++) any = any || g->states[i].value;
    for (int i = 0; g && i < g->n_nodes && !any; i++)
        any = adj_flow_graph(g->nodes[i].module) && adj_graph_has_state(g->nodes[i].module);
    return any;
}

static bool cut(AdjTensor **value)
{
    if (!*value) return true;
    AdjTensor *t = adj_detach(*value);
    put(value, t);
    return t != NULL;
}

static bool cut_traces(FlowBody *b)
{
    for (int i = 0; b && i < b->n_traces; i++)
        for (int k = 0; k < b->traces[i].n; k++)
            if (!cut(&b->traces[i].at[k])) return false;
    return true;
}

static bool graph_detach(AdjModule *m)
{
    FlowGraph *g = adj_flow_graph(m);
    ADJ_SCOPE;
    for (int i = 0; g && i < g->n_states; i++)
        if (!cut(&g->states[i].value)) return false;
    for (int i = 0; g && i < g->n_tags; i++)
        if (!cut(&g->tags[i].value)) return false;
    for (int i = 0; i < m->n_children; i++) {
        AdjModule *c = m->children[i].module;
        if (c && (!cut_traces(adj_flow_body(c)) || !adj_module_detach_state(c))) return false;
    }
    return true;
}

bool adj_graph_end_step(AdjModule *graph)
{
    FlowGraph *g = need_graph(graph, "end_step");
    if (!g || !adj_module_detach_state(graph)) return false;
    g->steps++;
    return true;
}

// ---------------------------------------------------------------- traces

static FlowTrace *find_trace(const FlowBody *b, const char *name)
{
    for (int i = 0; b && i < b->n_traces; i++)
        if (!strcmp(b->traces[i].name, name) && b->traces[i].n) return &b->traces[i];
    return NULL;
}

AdjTensors adj_graph_traces(AdjModule *graph, const char *name)
{
    AdjTensors none = {0, NULL};
    FlowGraph *g = need_graph(graph, "traces");
    FlowTrace *found = NULL;
    for (int i = 0; g && i < g->n_nodes; i++) {
        FlowTrace *t = find_trace(adj_flow_body(g->nodes[i].module), name);
        if (t && found) {
            adj_fail(ADJ_E_VALUE, "traces: two loops publish '%s'", name);
            return none;
        }
        if (t) found = t;
    }
    if (!found) return none;
    AdjTensors out = {found->n, adj_scope_memory((size_t)found->n * sizeof *out.at)};
    for (int i = 0; out.at && i < found->n; i++) out.at[i] = adj_scoped(adj_keep(found->at[i]));
    return out.at ? out : none;
}
