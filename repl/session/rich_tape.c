// SPDX-License-Identifier: Apache-2.0
// rich_tape.c: the tape behind a number that came out of a computation (a loss), as a graph:
// operations from the leaves to the root, parameters and inputs as boxes with their shapes.
// Very long tapes are cut at their far end, which is said in the picture.
#include "session/rich.h"

#include "plot/plugin.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_NODES = 160 };

typedef struct Tape {
    AdjGraphNode nodes[2 * MOST_NODES + 2];
    const void *of[2 * MOST_NODES + 2];  // the node or the leaf that each stands for
    AdjGraphEdge edges[4 * MOST_NODES];
    int n, edges_n, operations;
    bool cut;
} Tape;

// "AddmmBackward0" as "Addmm".
static const char *short_name(const char *name)
{
    const char *tail = strstr(name, "Backward");
    size_t n = tail ? (size_t)(tail - name) : strlen(name);
    char *text = adj_scope_memory(n + 1);
    if (!text) return name;
    memcpy(text, name, n);
    text[n] = 0;
    return text;
}

static const char *shape_text(AdjShape shape, const char *before)
{
    char *text = adj_scope_memory(128);
    int n = text ? snprintf(text, 128, "%.60s%s", before, shape.n ? "" : "scalar") : 0;
    for (int i = 0; text && i < shape.n && n < 100; i++)
        n += snprintf(text + n, (size_t)(128 - n), "%s%lld", i ? " \u00d7 " : "",
                      (long long)shape.at[i]);
    return text ? text : "";
}

static int find(const Tape *t, const void *what)
{
    for (int i = 0; i < t->n; i++)
        if (t->of[i] == what) return i;
    return -1;
}

static int add_operation(Tape *t, const AdjNode *node)
{
    int known = find(t, node);
    if (known >= 0) return known;
    if (t->operations >= MOST_NODES) return t->cut = true, -1;
    const char *module = adj_node_module(node);
    t->operations++;
    t->of[t->n] = node;
    t->nodes[t->n] = (AdjGraphNode){
        .label = short_name(adj_node_name(node)),
        .note = module && *module ? module : shape_text(adj_node_shape(node), ""),
        .shape = ADJ_NODE_ROUND};
    return t->n++;
}

static int add_leaf(Tape *t, AdjTensor *leaf)
{
    int known = find(t, leaf);
    if (known >= 0 || t->n >= 2 * MOST_NODES) return known;
    t->of[t->n] = leaf;
    t->nodes[t->n] = (AdjGraphNode){.label = shape_text(adj_shape(leaf), ""),
                                    .shape = ADJ_NODE_BOX,
                                    .fill = 0xdcebf8ff,
                                    .ink = 0x1b3a57ff,
                                    .color = 0x6b9ac4ff};
    return t->n++;
}

static void link_to(Tape *t, int from, int to)
{
    if (from < 0 || t->edges_n >= 4 * MOST_NODES) return;
    t->edges[t->edges_n++] = (AdjGraphEdge){.from = from, .to = to};
}

// Breadth first from the root: what is nearest to the loss is never cut.
static void read_tape(Tape *t, AdjNode *root)
{
    add_operation(t, root);
    for (int at = 0; at < t->n; at++) {
        if (t->nodes[at].shape != ADJ_NODE_ROUND) continue;
        const AdjNode *node = t->of[at];
        for (int i = 0; i < adj_node_inputs(node); i++) {
            AdjNode *input = adj_node_input(node, i);
            AdjTensor *leaf = input ? NULL : adj_node_leaf(node, i);
            link_to(t, input ? add_operation(t, input) : leaf ? add_leaf(t, leaf) : -1, at);
        }
    }
}

bool adj_rich_tape(AdjSession *s, AdjVal v, AdjBundle *out)
{
    (void)s;
    if (!adj_is_tensor(v) || adj_ndim(adj_tensor_of(v)) || !adj_grad_fn(adj_tensor_of(v)))
        return false;
    ADJ_SCOPE;
    const char *why;
    char *data;
    size_t length;
    const AdjPlotPlugin *plugin = adj_plot_plugin(&why);
    Tape *t = plugin ? calloc(1, sizeof *t) : NULL;
    if (!t) return false;
    read_tape(t, adj_grad_fn(adj_tensor_of(v)));
    AdjGraph g = {.nodes = t->nodes,
                  .node_count = t->n,
                  .edges = t->edges,
                  .edge_count = t->edges_n,
                  .label = t->cut ? "the nearest operations of a longer tape" : NULL};
    bool ok = !plugin->graph_file(&g, "svg", 96, false, &data, &length);
    if (ok) {
        ok = adj_bundle_add(out, "image/svg+xml", data, length, false);
        free(data);
    }
    free(t);
    return ok;
}
