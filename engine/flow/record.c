// SPDX-License-Identifier: Apache-2.0
// record.c: numbers that a graph is told, or reads from its tags, batch by batch, and
// their means epoch by epoch. A path names the graph inside which the number belongs; that the
// name itself is new is no error, since recording is how it comes to be.
#include <stdlib.h>

#include "flow/flow.h"

void adj_flow_records_free(FlowGraph *g)
{
    for (int i = 0; i < g->n_records; i++) free(g->records[i].history);
    free(g->records);
}

// The graph in front of the last dot of [path], and the name behind it.
static FlowGraph *owner(AdjModule *graph, const char *path, const char **name)
{
    const char *dot = strrchr(path, '.');
    size_t n = dot ? (size_t)(dot - path) : 0;
    char *front = adj_scope_memory(n + 1);
    if (!front) return NULL;
    memcpy(front, path, n);
    front[n] = 0;
    *name = dot ? dot + 1 : path;
    AdjModule *m = adj_graph_at(graph, front);
    return m ? adj_flow_graph(m) : NULL;
}

static FlowRecord *find(FlowGraph *g, const char *name)
{
    for (int i = 0; i < g->n_records; i++)
        if (!strcmp(g->records[i].name, name)) return &g->records[i];
    return NULL;
}

bool adj_graph_record_at(AdjModule *graph, const char *path, double value)
{
    ADJ_SCOPE;
    const char *name;
    FlowGraph *g = owner(graph, path, &name);
    if (!g) return false;
    FlowRecord *r = find(g, name);
    if (!r) {
        if (!*name) return adj_fail(ADJ_E_VALUE, "record_at: a name is needed");
        if (!adj_flow_room((void **)&g->records, g->n_records, sizeof *g->records))
            return false;
        r = &g->records[g->n_records++];
        *r = (FlowRecord){.name = adj_intern(name)};
    }
    r->sum += value;
    r->batches++;
    return true;
}

bool adj_graph_collect_at(AdjModule *graph, const char *path)
{
    ADJ_SCOPE;
    AdjTensor *t;
    if (!adj_graph_tagged_at(graph, path, &t)) return false;
    if (!t)
        return adj_fail(ADJ_E_RUNTIME, "collect_at('%s'): no pass has set the tag yet", path);
    if (t->numel != 1)
        return adj_fail(ADJ_E_SHAPE, "collect_at('%s'): the tag must have one element, not %s",
                        path, adj_shape_text(adj_shape(t)));
    return adj_graph_record_at(graph, path, adj_item(t));
}

bool adj_graph_end_epoch(AdjModule *graph)
{
    FlowGraph *g = adj_flow_graph(graph);
    if (!g || adj_error_kind()) return adj_fail(ADJ_E_TYPE, "end_epoch: a Graph is needed");
    g->epochs++;
    for (int i = 0; i < g->n_records; i++) {
        FlowRecord *r = &g->records[i];
        if (!r->batches) continue;
        if (!adj_flow_room((void **)&r->history, r->n, sizeof *r->history)) return false;
        r->history[r->n++] = r->sum / (double)r->batches;
        r->sum = 0;
        r->batches = 0;
    }
    for (int i = 0; i < g->n_nodes; i++)
        if (adj_flow_graph(g->nodes[i].module) && !adj_graph_end_epoch(g->nodes[i].module))
            return false;
    return true;
}

bool adj_graph_history_at(AdjModule *graph, const char *path, const double **values, int *n)
{
    ADJ_SCOPE;
    const char *name;
    FlowGraph *g = owner(graph, path, &name);
    FlowRecord *r = g ? find(g, name) : NULL;
    *values = r ? r->history : NULL;
    *n = r ? r->n : 0;
    if (!g || r) return g != NULL;
    return adj_fail(ADJ_E_KEY, "trend_at('%s'): nothing is recorded under '%s'", path, name);
}
