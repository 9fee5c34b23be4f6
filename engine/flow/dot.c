// SPDX-License-Identifier: Apache-2.0
// dot.c: a flow graph as Graphviz text. Shapes tell what a node does (input an inverted
// house, output a house, both at once a double octagon, modules boxes, activations ellipses,
// loops 3-D boxes, maps parallelograms, gates, switches and carried state diamonds, sums
// circles), fills its family; nodes of one level stand in one cluster; solid edges carry the
// stream, dashed blue ones what `using` wires, dotted orange ones state. With times of the last
// pass the fills run from green to red instead.
#include <stdlib.h>

#include "flow/flow.h"

typedef struct {
    const char *shape, *fill;
} Look;

static bool one_of(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (strstr(name, *list)) return true;
    return false;
}

static Look look_of_module(AdjModule *m)
{
    static const char *const norms[] = {"Norm", NULL}, *const drops[] = {"Dropout", NULL};
    const char *name = adj_module_type_name(m);
    if (adj_flow_graph(m)) return (Look){"box", "#d6eaf8"};
    if (m->row == &adj_module_row_Loop) return (Look){"box3d", "#d7bde2"};
    if (m->row == &adj_module_row_Map) return (Look){"parallelogram", "#a9cce3"};
    if (m->row == &adj_module_row_Gate || m->row == &adj_module_row_Switch)
        return (Look){"diamond", "#f5cba7"};
    if (m->row == &adj_module_row_StateAdd) return (Look){"diamond", "#f9e79f"};
    if (one_of(name, norms)) return (Look){"box", "#d5f5e3"};
    if (one_of(name, drops)) return (Look){"box", "#fadbd8"};
    if (m->row->functional && m->row->n_in == 1) return (Look){"ellipse", "#fdebd0"};
    return (Look){"box", "#eaecee"};
}

static Look look_of(const FlowGraph *g, int i)
{
    const FlowNode *n = &g->nodes[i];
    bool in = n->kind == FLOW_INPUT, out = g->output == i;
    if (in && out) return (Look){"doubleoctagon", "#aed6f1"};
    if (in) return (Look){"invhouse", "#aed6f1"};
    if (out) return (Look){"house", "#a9dfbf"};
    if (n->kind != FLOW_MODULE) return (Look){"circle", "#d5dbdb"};
    return look_of_module(n->module);
}

void adj_flow_count_text(int64_t n, char *text, size_t room)
{
    if (n >= 1000000)
        snprintf(text, room, "%.1fM params", (double)n / 1e6);
    else if (n >= 1000)
        snprintf(text, room, "%.1fK params", (double)n / 1e3);
    else
        snprintf(text, room, "%lld params", (long long)n);
}

// Green over yellow to red as [share] goes from 0 to 1.
static void heat(double share, char text[8])
{
    static const int stop[3][3] = {{0x27, 0xae, 0x60}, {0xf3, 0x9c, 0x12}, {0xe7, 0x4c, 0x3c}};
    double at = fmin(fmax(share, 0), 1) * 2;
    int k = at < 1 ? 0 : 1, rgb[3];
    for (int i = 0; i < 3; i++)
        rgb[i] = (int)lround(stop[k][i] + (at - k) * (stop[k + 1][i] - stop[k][i]));
    snprintf(text, 8, "#%02x%02x%02x", rgb[0] & 255, rgb[1] & 255, rgb[2] & 255);
}

// ---------------------------------------------------------------- nodes

static void put_quoted(FILE *f, const char *s)
{
    for (; *s; s++) {
        if (*s == '"' || *s == '\\') fputc('\\', f);
        fputc(*s, f);
    }
}

static void put_label(FILE *f, const FlowGraph *g, int i)
{
    ADJ_SCOPE;
    const FlowNode *n = &g->nodes[i];
    const FlowGraph *inner = adj_flow_graph(n->module);
    const char *kind = n->kind == FLOW_ADD ? "add" : n->kind == FLOW_MEAN ? "mean" : n->id;
    put_quoted(f, inner && inner->label ? inner->label
                  : n->module           ? adj_module_type_name(n->module)
                                        : kind);
    AdjTensors p = n->module ? adj_parameters(n->module) : (AdjTensors){0, NULL};
    if (p.n) {
        char count[32];
        adj_flow_count_text(adj_flow_count(p), count, sizeof count);
        fprintf(f, "\\n[%s]", count);
    }
    for (int k = 0, tags = 0; k < g->n_tags; k++) {
        if (g->tags[k].node != i) continue;
        fputs(tags++ ? " #" : "\\n#", f);
        put_quoted(f, g->tags[k].name);
    }
}

static void put_time(FILE *f, double us)
{
    if (us < 1000)
        fprintf(f, "\\n%.0f us", us);
    else
        fprintf(f, "\\n%.2f ms", us / 1000);
}

static void put_node(FILE *f, const FlowGraph *g, int i, double most)
{
    Look look = look_of(g, i);
    char fill[8];
    bool timed = most > 0 && g->nodes[i].kind != FLOW_INPUT;
    if (timed) heat(g->nodes[i].us / most, fill);
    fprintf(f, "    n%d [label=\"", i);
    put_label(f, g, i);
    if (timed) put_time(f, g->nodes[i].us);
    fprintf(f, "\" shape=%s fillcolor=\"%s\"];\n", look.shape, timed ? fill : look.fill);
}

static void put_level(FILE *f, const FlowGraph *g, int level, double most)
{
    fprintf(f, "  subgraph cluster_level_%d {\n    label=\"level %d\";\n", level, level);
    fputs("    style=dashed; color=\"#999999\"; fontcolor=\"#999999\";\n", f);
    for (int i = 0; i < g->n_nodes; i++)
        if (g->nodes[i].level == level) put_node(f, g, i, most);
    fputs("  }\n", f);
}

// ---------------------------------------------------------------- edges

static void put_edges(FILE *f, const FlowGraph *g, int i)
{
    const FlowNode *n = &g->nodes[i];
    for (int k = 0; k < n->n_in; k++)
        fprintf(f, "  n%d -> n%d [style=solid color=\"#2c3e50\"];\n", n->in[k], i);
    for (int k = 0; k < n->n_refs; k++) {
        const FlowRef *r = &n->refs[k];
        if (r->node >= 0)
            fprintf(f, "  n%d -> n%d [style=dashed color=\"#2980b9\" label=\"", r->node, i);
        else
            fprintf(f, "  s%d -> n%d [style=dashed color=\"#2980b9\" label=\"", r->slot, i);
        put_quoted(f, r->name);
        fputs("\" fontcolor=\"#2980b9\"];\n", f);
    }
}

static void put_states(FILE *f, const FlowGraph *g)
{
    for (int i = 0; i < g->n_states; i++) {
        fprintf(f, "  s%d [label=\"state\\n#", i);
        put_quoted(f, g->states[i].name);
        fputs("\" shape=diamond fillcolor=\"#f9e79f\"];\n", f);
        fprintf(f,
                "  n%d -> s%d [style=dotted color=\"#e67e22\" label=\"state\" "
                "fontcolor=\"#e67e22\" constraint=false];\n",
                g->states[i].writer, i);
    }
}

const char *adj_graph_dot(AdjModule *graph, bool profile)
{
    const FlowGraph *g = adj_flow_graph(graph);
    if (!g) return adj_fail(ADJ_E_TYPE, "dot: a Graph is needed");
    char *text = NULL;
    size_t length = 0;
    FILE *f = open_memstream(&text, &length);
    if (!f) return adj_fail(ADJ_E_MEMORY, "dot: no memory");
    double most = 0;
    for (int i = 0; profile && i < g->n_nodes; i++) most = fmax(most, g->nodes[i].us);
    fputs("digraph G {\n  rankdir=TB;\n  fontname=\"Helvetica\";\n"
          "  node [fontname=\"Helvetica\" fontsize=11 style=filled];\n"
          "  edge [fontname=\"Helvetica\" fontsize=9];\n",
          f);
    for (int level = 0; level < g->n_levels; level++) put_level(f, g, level, most);
    put_states(f, g);
    for (int i = 0; i < g->n_nodes; i++) put_edges(f, g, i);
    fputs("}\n", f);
    bool ok = fclose(f) == 0;
    char *copy = ok ? adj_scope_memory(length + 1) : NULL;
    if (copy) memcpy(copy, text, length + 1);
    free(text);
    return copy ? copy : adj_fail(ADJ_E_MEMORY, "dot: no memory");
}
