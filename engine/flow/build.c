// SPDX-License-Identifier: Apache-2.0
// build.c: from a builder to a graph. Everything a pass would have to look up is settled
// here: which node reads which, where references lead, the level of every node and the last
// reader of its value; and the children get their names, which are the keys of the state dict:
// the label of a labelled graph, else the tag, else the kind and a number.
#include <stdlib.h>

#include "flow/builder.h"

// ---------------------------------------------------------------- releasing

void adj_flow_graph_free(void *graph)
{
    FlowGraph *g = graph;
    for (int i = 0; i < g->n_nodes; i++) {
        adj_module_drop(&g->nodes[i].module);
        free(g->nodes[i].in);
        free(g->nodes[i].refs);
    }
    for (int i = 0; i < g->n_tags; i++) adj_drop(&g->tags[i].value);
    for (int i = 0; i < g->n_states; i++) adj_drop(&g->states[i].value);
    adj_flow_records_free(g);
    free(g->nodes);
    free(g->tags);
    free(g->states);
    free(g->inputs);
    free(g);
}

static void *duplicate(const void *from, int n, size_t size)
{
    void *copy = calloc((size_t)n + 1, 2 * size);  // as much as adj_flow_room would have made
    if (copy && n) memcpy(copy, from, (size_t)n * size);
    return copy;
}

static bool copy_node(FlowNode *n, const AdjModule *copy)
{
    for (int i = 0; n->module && i < copy->n_children; i++)
        if (!strcmp(copy->children[i].name, n->child)) {
            n->module = adj_module_keep(copy->children[i].module);
            break;
        }
    n->in = duplicate(n->in, n->n_in, sizeof *n->in);
    n->refs = duplicate(n->refs, n->n_refs, sizeof *n->refs);
    return n->in && n->refs;
}

// The same nodes around the copies of their modules; carried state and tags start empty.
bool adj_flow_graph_copied(AdjModule *copy, const AdjModule *m)
{
    const FlowGraph *from = adj_flow_graph(m);
    if (!from) return true;
    FlowGraph *g = duplicate(from, 1, sizeof *g);
    if (!g) return adj_fail(ADJ_E_MEMORY, "Graph: no memory");
    g->composed = false;
    g->records = NULL;
    g->n_records = 0;
    g->steps = g->epochs = 0;
    g->nodes = duplicate(from->nodes, from->n_nodes, sizeof *g->nodes);
    g->tags = duplicate(from->tags, from->n_tags, sizeof *g->tags);
    g->states = duplicate(from->states, from->n_states, sizeof *g->states);
    g->inputs = duplicate(from->inputs, from->n_inputs, sizeof *g->inputs);
    bool ok = g->nodes && g->tags && g->states && g->inputs;
    for (int i = 0; g->tags && i < g->n_tags; i++) g->tags[i].value = NULL;
    for (int i = 0; g->states && i < g->n_states; i++) g->states[i].value = NULL;
    for (int i = 0; g->nodes && i < g->n_nodes; i++) ok = copy_node(&g->nodes[i], copy) && ok;
    if (!ok) return adj_fail(ADJ_E_MEMORY, "Graph: no memory");
    copy->extra = g;
    copy->drop_extra = adj_flow_graph_free;
    for (int i = 0; i < g->n_nodes; i++)
        if (adj_flow_graph(g->nodes[i].module))
            adj_flow_graph(g->nodes[i].module)->composed = true;
    return true;
}

FlowGraph *adj_flow_graph(const AdjModule *m)
{
    return m && m->drop_extra == adj_flow_graph_free ? m->extra : NULL;
}

// ---------------------------------------------------------------- what must hold

static bool check(AdjFlow *f)
{
    if (!f->error && !f->g)
        adj_flow_wrong(f, ADJ_E_RUNTIME, "build: the flow is built already");
    if (!f->error && f->body)
        adj_flow_wrong(f, ADJ_E_VALUE, "build: the last %s is not finished",
                       f->mapping ? "map(body)" : "loop_body(body)");
    if (!f->error && f->n_stream != 1)
        adj_flow_wrong(f, ADJ_E_VALUE,
                       "build: the stream is split into %d branches: merge(\"add\") or "
                       "merge(\"mean\") first",
                       f->n_stream);
    for (int i = 0; !f->error && i < f->g->n_states; i++)
        if (f->g->states[i].writer < 0)
            adj_flow_wrong(f, ADJ_E_VALUE, "using('%s'): no tag('%s') is set anywhere",
                           f->g->states[i].name, f->g->states[i].name);
    if (f->error) return adj_fail(f->error, "Flow: %s", f->text);
    return !adj_error_kind();
}

// ---------------------------------------------------------------- order

static void read_by(FlowGraph *g, int reader, int node)
{
    FlowNode *from = &g->nodes[node], *to = &g->nodes[reader];
    if (from->level + 1 > to->level) to->level = from->level + 1;
    from->last_use = reader;
}

// Nodes come after all they read, so one walk is Kahn's algorithm.
static void set_levels(FlowGraph *g)
{
    for (int i = 0; i < g->n_nodes; i++) {
        FlowNode *n = &g->nodes[i];
        n->last_use = i;
        for (int k = 0; k < n->n_in; k++) read_by(g, i, n->in[k]);
        for (int k = 0; k < n->n_refs; k++)
            if (n->refs[k].node >= 0) read_by(g, i, n->refs[k].node);
        if (n->level + 1 > g->n_levels) g->n_levels = n->level + 1;
    }
    g->nodes[g->output].last_use = g->n_nodes;
    for (int i = 0; i < g->n_tags; i++) g->nodes[g->tags[i].node].last_use = g->n_nodes;
    for (int i = 0; i < g->n_states; i++) g->nodes[g->states[i].writer].last_use = g->n_nodes;
}

// ---------------------------------------------------------------- children

static const char *tag_of(const FlowGraph *g, int node)
{
    for (int i = 0; i < g->n_tags; i++)
        if (g->tags[i].node == node) return g->tags[i].name;
    return NULL;
}

static bool add_child(AdjModule *m, FlowGraph *g, int i)
{
    FlowNode *n = &g->nodes[i];
    FlowGraph *inner = adj_flow_graph(n->module);
    FlowBody *body = adj_flow_body(n->module);
    const char *tag = tag_of(g, i), *label = inner ? inner->label : NULL;
    n->child = label ? label : tag ? tag : n->id;
    if (label && adj_module_find_child(m, label))
        return adj_fail(ADJ_E_VALUE, "Flow: two graphs are labelled '%s'", label);
    if (adj_module_find_child(m, n->child)) n->child = n->id;
    if (inner) inner->composed = true;
    if (body && tag) body->tag = tag;
    return adj_module_add_child(m, n->child, n->module);
}

// Labelled graphs first: their names are not up to us.
static bool add_children(AdjModule *m, FlowGraph *g)
{
    for (int labelled = 1; labelled >= 0; labelled--) {
        for (int i = 0; i < g->n_nodes; i++) {
            FlowGraph *inner = adj_flow_graph(g->nodes[i].module);
            bool has_label = inner && inner->label;
            if (g->nodes[i].module && has_label == labelled && !add_child(m, g, i))
                return false;
        }
    }
    return true;
}

AdjModule *adj_flow_build(AdjFlow *f)
{
    if (!f || adj_error_kind() || !check(f)) return NULL;
    AdjModule *m = adj_Graph();
    if (!m) return NULL;
    FlowGraph *g = f->g;
    m->extra = g;
    m->drop_extra = adj_flow_graph_free;
    f->g = NULL;
    g->output = f->stream[0];
    set_levels(g);
    if (!add_children(m, g)) return NULL;
    adj_flow_hash(g);
    return adj_error_kind() ? NULL : m;
}
