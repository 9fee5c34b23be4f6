// SPDX-License-Identifier: Apache-2.0
// tree.c: graphs inside graphs: dotted label paths, what can be done at one (freeze, set
// the mode, read a tag), summaries, and the hash of the architecture.
//
// A path is resolved from its front, each part a label of a graph inside the one reached so
// far; the last part may be a tag instead. Nothing is searched for: a part that is not there is
// an error that says what is.
#include <stdlib.h>

#include "core/sha256.h"
#include "flow/flow.h"

// ---------------------------------------------------------------- paths

typedef struct {
    AdjModule *graph;   // the graph reached
    FlowTag *tag;       // in it, or NULL
    AdjModule *target;  // what the path stands for: the graph, or the module the tag is at
} Place;

// The labelled graph inside [g], or NULL.
static AdjModule *inner_graph(const FlowGraph *g, const char *label, size_t n)
{
    for (int i = 0; i < g->n_nodes; i++) {
        FlowGraph *inner = adj_flow_graph(g->nodes[i].module);
        if (inner && inner->label && strlen(inner->label) == n &&
            !strncmp(inner->label, label, n))
            return g->nodes[i].module;
    }
    return NULL;
}

static void put_known(FILE *f, const FlowGraph *g, bool outside)
{
    int n = 0;
    for (int i = 0; i < g->n_nodes; i++) {
        FlowGraph *inner = adj_flow_graph(g->nodes[i].module);
        if (inner && inner->label) fprintf(f, n++ ? ", %s" : "%s", inner->label);
    }
    for (int i = 0; i < g->n_tags; i++)
        if (!outside || !g->tags[i].internal) fprintf(f, n++ ? ", %s" : "%s", g->tags[i].name);
    if (!n) fprintf(f, "nothing");
}

static bool unknown(const FlowGraph *g, const char *verb, const char *path, const char *part,
                    size_t n, bool outside)
{
    char known[256] = "";
    FILE *f = fmemopen(known, sizeof known, "w");
    if (f) {
        put_known(f, g, outside);
        fclose(f);
        known[sizeof known - 1] = 0;
    }
    return adj_fail(ADJ_E_KEY, "%s('%s'): '%.*s' is no label and no tag here; known are %s",
                    verb, path, (int)n, part, known);
}

static bool find_place(AdjModule *graph, const char *verb, const char *path, Place *out)
{
    if (adj_error_kind()) return false;
    FlowGraph *g = adj_flow_graph(graph);
    *out = (Place){graph, NULL, graph};
    if (!g) return adj_fail(ADJ_E_TYPE, "%s: a Graph is needed", verb);
    for (const char *p = path; *p;) {
        size_t n = strcspn(p, ".");
        bool last = !p[n], outside = p != path;
        AdjModule *inner = inner_graph(g, p, n);
        FlowTag *tag = inner || !last ? NULL : adj_flow_find_tag(g, p);
        if (tag && tag->internal && outside) tag = NULL;
        if (!inner && !tag) return unknown(g, verb, path, p, n, outside);
        out->tag = tag;
        out->target = inner ? inner : g->nodes[tag->node].module;
        if (inner) out->graph = inner;
        if (inner) g = adj_flow_graph(inner);
        p += n + !last;
    }
    return true;
}

// The module a path stands for; a tag on an input or a sum stands for none.
static AdjModule *module_at(AdjModule *graph, const char *verb, const char *path)
{
    Place p;
    if (!find_place(graph, verb, path, &p)) return NULL;
    if (p.target) return p.target;
    return adj_fail(ADJ_E_KEY, "%s('%s'): the tag stands at no module", verb, path);
}

AdjModule *adj_graph_at(AdjModule *graph, const char *path)
{
    Place p;
    if (!find_place(graph, "subgraph", path, &p)) return NULL;
    if (!p.tag) return p.graph;
    return adj_fail(ADJ_E_KEY, "subgraph('%s'): is a tag, not a labelled graph", path);
}

AdjTensors adj_graph_parameters_at(AdjModule *graph, const char *path)
{
    AdjModule *m = module_at(graph, "parameters_at", path);
    return m ? adj_parameters(m) : (AdjTensors){0, NULL};
}

bool adj_graph_freeze(AdjModule *graph, const char *path, bool frozen)
{
    AdjModule *m = module_at(graph, frozen ? "freeze" : "thaw", path);
    if (!m) return false;
    AdjTensors all = adj_parameters(m);
    for (int i = 0; i < all.n; i++)
        if (!adj_require_grad(all.at[i], !frozen)) return false;
    return true;
}

bool adj_graph_is_frozen(AdjModule *graph, const char *path, bool *frozen)
{
    AdjModule *m = module_at(graph, "is_frozen", path);
    if (!m) return false;
    AdjTensors all = adj_parameters(m);
    *frozen = all.n > 0;
    for (int i = 0; i < all.n; i++) *frozen = *frozen && !adj_requires_grad(all.at[i]);
    return true;
}

bool adj_graph_train_at(AdjModule *graph, const char *path, bool training)
{
    AdjModule *m = module_at(graph, "set_training_at", path);
    adj_module_train(m, training);
    return m != NULL;
}

bool adj_graph_tagged_at(AdjModule *graph, const char *path, AdjTensor **out)
{
    Place p;
    *out = NULL;
    if (!find_place(graph, "tagged_at", path, &p)) return false;
    if (!p.tag)
        return adj_fail(ADJ_E_KEY, "tagged_at('%s'): is a graph; name one of its tags", path);
    if (p.tag->value) *out = adj_scoped(adj_keep(p.tag->value));
    return true;
}

// ---------------------------------------------------------------- the hash

static void put_tensors(FILE *f, const AdjNamedTensors *list)
{
    for (int i = 0; i < list->n; i++) {
        fprintf(f, " %s:", list->at[i].name);
        const AdjTensor *t = list->at[i].tensor;
        for (int d = 0; t && d < t->ndim; d++) fprintf(f, "%lld,", (long long)t->sizes[d]);
    }
}

// Kind, arguments, and what its tensors are called and measure, for it and all below.
static void put_module(FILE *f, AdjModule *m)
{
    ADJ_SCOPE;
    FlowGraph *g = adj_flow_graph(m);
    fprintf(f, "%s(%s)", adj_module_type_name(m), adj_module_extra_text(m));
    if (g) {
        fprintf(f, "%s;", g->hash);
        return;
    }
    put_tensors(f, &m->params);
    put_tensors(f, &m->buffers);
    for (int i = 0; i < m->n_children; i++) {
        fprintf(f, "{%s ", m->children[i].name);
        if (m->children[i].module) put_module(f, m->children[i].module);
        fputc('}', f);
    }
    fputc(';', f);
}

static void put_node(FILE *f, const FlowNode *n)
{
    fprintf(f, "%d", n->kind);
    for (int i = 0; i < n->n_in; i++) fprintf(f, " %d", n->in[i]);
    for (int i = 0; i < n->n_refs; i++)
        fprintf(f, " %s=%d/%d", n->refs[i].name, n->refs[i].node, n->refs[i].slot);
    if (n->module) put_module(f, n->module);
    fputc('\n', f);
}

void adj_flow_hash(FlowGraph *g)
{
    char *text = NULL;
    size_t length = 0;
    FILE *f = open_memstream(&text, &length);
    if (!f) {
        adj_fail(ADJ_E_MEMORY, "Flow: no memory");
        return;
    }
    for (int i = 0; i < g->n_nodes; i++) put_node(f, &g->nodes[i]);
    for (int i = 0; i < g->n_states; i++) fprintf(f, "state %d\n", g->states[i].writer);
    fprintf(f, "output %d\n", g->output);
    if (fclose(f) == 0)
        adj_sha256_hex(text, length, g->hash);
    else
        adj_fail(ADJ_E_MEMORY, "Flow: no memory");
    free(text);
}

const char *adj_graph_hash(AdjModule *graph)
{
    FlowGraph *g = adj_flow_graph(graph);
    return g ? g->hash : adj_fail(ADJ_E_TYPE, "structural_hash: a Graph is needed");
}

// ---------------------------------------------------------------- summaries

int64_t adj_flow_count(AdjTensors parameters)
{
    int64_t n = 0;
    for (int i = 0; i < parameters.n; i++) n += parameters.at[i]->numel;
    return n;
}

static const char *kept_text(char *text, size_t length, bool ok)
{
    char *copy = ok ? adj_scope_memory(length + 1) : NULL;
    if (copy) memcpy(copy, text, length + 1);
    free(text);
    return copy ? copy : adj_fail(ADJ_E_MEMORY, "summary: no memory");
}

static void put_tags(FILE *f, const FlowGraph *g, const char *margin)
{
    int n = 0;
    for (int i = 0; i < g->n_tags; i++) {
        if (g->tags[i].internal) continue;
        if (n)
            fprintf(f, ", %s", g->tags[i].name);
        else
            fprintf(f, "%s+-- tags: %s", margin, g->tags[i].name);
        n++;
    }
    if (n) fputc('\n', f);
}

static void put_tree(FILE *f, AdjModule *m, int depth)
{
    ADJ_SCOPE;
    FlowGraph *g = adj_flow_graph(m);
    char margin[64];
    snprintf(margin, sizeof margin, "%*s", depth > 15 ? 60 : 4 * depth, "");
    fprintf(f, "%s [hash: %.8s]\n", g->label ? g->label : "(root)", g->hash);
    put_tags(f, g, margin);
    fprintf(f, "%s+-- params: %lld\n", margin, (long long)adj_flow_count(adj_parameters(m)));
    for (int i = 0; i < g->n_nodes; i++) {
        FlowGraph *inner = adj_flow_graph(g->nodes[i].module);
        if (!inner || !inner->label) continue;
        fprintf(f, "%s+-- ", margin);
        put_tree(f, g->nodes[i].module, depth + 1);
    }
}

const char *adj_graph_tree_text(AdjModule *graph)
{
    char *text = NULL;
    size_t length = 0;
    if (!adj_flow_graph(graph)) return adj_fail(ADJ_E_TYPE, "tree_summary: a Graph is needed");
    FILE *f = open_memstream(&text, &length);
    if (!f) return adj_fail(ADJ_E_MEMORY, "tree_summary: no memory");
    put_tree(f, graph, 0);
    bool ok = fclose(f) == 0;  // only now the text is there
    return kept_text(text, length, ok);
}

static const char *training_state(AdjTensors all)
{
    int64_t on = 0;
    for (int i = 0; i < all.n; i++) on += adj_requires_grad(all.at[i]);
    return !on ? "frozen" : on == all.n ? "trainable" : "partly frozen";
}

static void put_share(FILE *f, const char *name, int64_t n, int64_t total, const char *state)
{
    fprintf(f, "  %s: %lld (%.1f%%)  %s\n", name, (long long)n,
            total ? 100.0 * (double)n / (double)total : 0, state);
}

// Parameters of labelled graphs, and those of the graph's own modules.
static void put_parameters(FILE *f, AdjModule *m)
{
    ADJ_SCOPE;
    FlowGraph *g = adj_flow_graph(m);
    AdjTensors all = adj_parameters(m), own = {0, NULL};
    int64_t total = adj_flow_count(all), inside = 0;
    fprintf(f, "Total: %lld parameters\n", (long long)total);
    own.at = adj_scope_memory((size_t)(all.n + 1) * sizeof *own.at);
    if (!own.at) return;
    for (int i = 0; i < g->n_nodes; i++) {
        FlowGraph *inner = adj_flow_graph(g->nodes[i].module);
        if (!g->nodes[i].module) continue;
        AdjTensors here = adj_parameters(g->nodes[i].module);
        if (inner && inner->label) {
            inside += adj_flow_count(here);
            put_share(f, inner->label, adj_flow_count(here), total, training_state(here));
            continue;
        }
        for (int k = 0; k < here.n && own.n < all.n; k++) own.at[own.n++] = here.at[k];
    }
    if (own.n) put_share(f, "(own)", total - inside, total, training_state(own));
}

const char *adj_graph_parameter_text(AdjModule *graph)
{
    char *text = NULL;
    size_t length = 0;
    if (!adj_flow_graph(graph)) return adj_fail(ADJ_E_TYPE, "param_summary: a Graph is needed");
    FILE *f = open_memstream(&text, &length);
    if (!f) return adj_fail(ADJ_E_MEMORY, "param_summary: no memory");
    put_parameters(f, graph);
    bool ok = fclose(f) == 0;  // only now the text is there
    return kept_text(text, length, ok);
}
