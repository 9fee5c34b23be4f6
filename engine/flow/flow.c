// SPDX-License-Identifier: Apache-2.0
// flow.c: the verbs that build a flow graph.
//
// A builder has a stream, usually one node, several between split and merge; each verb adds
// nodes behind it. Verbs do not fail: the first that cannot do what it says leaves its sentence
// behind and all later ones do nothing, so a whole graph can be written as one expression and
// the error comes from build, where somebody looks. A reference to a tag that is not there yet
// waits; the tag that resolves it makes it carried state.
#include "flow/flow.h"

#include <stdlib.h>

#include "flow/builder.h"

// ---------------------------------------------------------------- making and releasing

static void release(void *object)
{
    AdjFlow *f = object;
    adj_flow_drop(&f);
}

AdjFlow *adj_flow(AdjModule *first)
{
    if (adj_error_kind()) return NULL;
    AdjFlow *f = calloc(1, sizeof *f);
    FlowGraph *g = calloc(1, sizeof *g);
    if (!f || !g) {
        free(f);
        free(g);
        return adj_fail(ADJ_E_MEMORY, "Flow: no memory");
    }
    f->refs = 1;
    f->g = g;
    f->target = f->fork = -1;
    adj_scope_defer(f, release);
    adj_flow_add_input(f, "input");
    f->stream[0] = 0;
    f->n_stream = 1;
    return first ? adj_flow_through(f, first) : f;
}

AdjFlow *adj_flow_keep(AdjFlow *f)
{
    if (f) f->refs++;
    return f;
}

void adj_flow_drop(AdjFlow **f)
{
    AdjFlow *dead = *f;
    *f = NULL;
    if (!dead || --dead->refs) return;
    if (dead->g) adj_flow_graph_free(dead->g);
    adj_module_drop(&dead->body);
    free(dead);
}

AdjFlow *adj_flow_wrong(AdjFlow *f, AdjErrorKind kind, const char *format, ...)
{
    if (f->error) return f;
    va_list list;
    va_start(list, format);
    vsnprintf(f->text, sizeof f->text, format, list);
    va_end(list);
    f->error = kind;
    return f;
}

// ---------------------------------------------------------------- nodes

bool adj_flow_room(void **at, int n, size_t size)
{
    if (n & (n - 1)) return true;
    void *more = realloc(*at, (size_t)(n ? 2 * n : 1) * size);
    if (!more) return adj_fail(ADJ_E_MEMORY, "Flow: no memory");
    *at = more;
    return true;
}

// "linear_2": the kind in small letters and a number that no other node has.
static const char *make_id(const FlowGraph *g, const char *kind)
{
    char text[80];
    size_t n = 0;
    for (; kind[n] && n < 60; n++)
        text[n] = (char)(kind[n] >= 'A' && kind[n] <= 'Z' ? kind[n] + 32 : kind[n]);
    snprintf(text + n, sizeof text - n, "_%d", g->n_nodes);
    return adj_intern(text);
}

// Adds a node that reads [n_in] others; -1 without memory.
int adj_flow_add(AdjFlow *f, FlowKind kind, AdjModule *m, const char *name, const int *in,
                 int n_in)
{
    FlowGraph *g = f->g;
    int *list = malloc((size_t)(n_in + 1) * sizeof *list);
    if (!list || !adj_flow_room((void **)&g->nodes, g->n_nodes, sizeof *g->nodes)) {
        free(list);
        adj_flow_wrong(f, ADJ_E_MEMORY, "Flow: no memory");
        return -1;
    }
    if (n_in) memcpy(list, in, (size_t)n_in * sizeof *list);
    g->nodes[g->n_nodes] =
        (FlowNode){.id = kind == FLOW_INPUT ? adj_intern(name) : make_id(g, name),
                   .kind = kind,
                   .module = adj_module_keep(m),
                   .n_in = n_in,
                   .in = list};
    f->fork = -1;
    return g->n_nodes++;
}

void adj_flow_add_input(AdjFlow *f, const char *name)
{
    FlowGraph *g = f->g;
    int node = adj_flow_add(f, FLOW_INPUT, NULL, name, NULL, 0);
    if (node < 0 || !adj_flow_room((void **)&g->inputs, g->n_inputs, sizeof *g->inputs)) return;
    g->inputs[g->n_inputs++] = g->nodes[node].id;
}

// A module behind node [from], and the target of a `using` that follows.
int adj_flow_add_module(AdjFlow *f, AdjModule *m, int from)
{
    int node = adj_flow_add(f, FLOW_MODULE, m, adj_module_type_name(m), &from, 1);
    f->target = node;
    return node;
}

// Most verbs: nothing went wrong so far, the module is there, and the stream is one.
bool adj_flow_ready(AdjFlow *f, const char *verb, bool given)
{
    if (!f || f->error || adj_error_kind()) return false;
    if (!f->g) return adj_flow_wrong(f, ADJ_E_RUNTIME, "%s: the flow is built", verb), false;
    if (!given) return adj_flow_wrong(f, ADJ_E_TYPE, "%s: a module is missing", verb), false;
    if (f->body && !f->finishing) {
        adj_flow_wrong(f, ADJ_E_VALUE, "%s: %s", verb,
                       f->mapping ? "map(body) needs each(), over(tag) or slices(n) first"
                                  : "loop_body(body) needs for_n(n), while_cond(cond, max) or "
                                    "until_cond(cond, max) first");
        return false;
    }
    if (f->n_stream == 1) return true;
    adj_flow_wrong(f, ADJ_E_VALUE,
                   "%s: the stream is split into %d branches: merge(\"add\") or "
                   "merge(\"mean\") first",
                   verb, f->n_stream);
    return false;
}

static void set_stream(AdjFlow *f, int node)
{
    if (node < 0) return;
    f->stream[0] = node;
    f->n_stream = 1;
}

// ---------------------------------------------------------------- one stream

AdjFlow *adj_flow_through(AdjFlow *f, AdjModule *m)
{
    if (adj_flow_ready(f, "through", m)) set_stream(f, adj_flow_add_module(f, m, f->stream[0]));
    return f;
}

AdjFlow *adj_flow_fork(AdjFlow *f, AdjModule *m)
{
    if (adj_flow_ready(f, "fork", m)) f->fork = adj_flow_add_module(f, m, f->stream[0]);
    return f;
}

AdjFlow *adj_flow_also(AdjFlow *f, AdjModule *m)
{
    if (!adj_flow_ready(f, "also", m)) return f;
    int from = f->stream[0], pair[2] = {from, adj_flow_add_module(f, m, from)};
    set_stream(f, adj_flow_add(f, FLOW_ADD, NULL, "add", pair, 2));
    return f;
}

AdjFlow *adj_flow_also_with(AdjFlow *f, AdjModule *skip, AdjModule *main_path)
{
    if (!adj_flow_ready(f, "also_with", skip && main_path)) return f;
    int from = f->stream[0], pair[2];
    pair[0] = adj_flow_add_module(f, skip, from);
    pair[1] = adj_flow_add_module(f, main_path, from);
    set_stream(f, adj_flow_add(f, FLOW_ADD, NULL, "add", pair, 2));
    return f;
}

AdjFlow *adj_flow_split(AdjFlow *f, AdjModules branches)
{
    if (!adj_flow_ready(f, "split", true)) return f;
    if (branches.n < 1 || branches.n > FLOW_MAX_STREAMS)
        return adj_flow_wrong(f, ADJ_E_VALUE, "split: between 1 and %d branches, got %d",
                              FLOW_MAX_STREAMS, branches.n);
    int from = f->stream[0];
    for (int i = 0; i < branches.n; i++)
        f->stream[i] = adj_flow_add_module(f, branches.at[i], from);
    f->n_stream = branches.n;
    f->target = branches.n == 1 ? f->stream[0] : -1;
    f->split = true;
    return f;
}

AdjFlow *adj_flow_merge(AdjFlow *f, const char *op)
{
    if (!f || f->error || adj_error_kind()) return f;
    if (!f->g || !f->split)
        return adj_flow_wrong(f, ADJ_E_VALUE, "merge: there is no split before it");
    bool mean = op && !strcmp(op, "mean");
    if (!mean && (!op || strcmp(op, "add")))
        return adj_flow_wrong(f, ADJ_E_VALUE, "merge: op must be 'add' or 'mean', got '%s'",
                              op ? op : "None");
    int node =
        adj_flow_add(f, mean ? FLOW_MEAN : FLOW_ADD, NULL, "merge", f->stream, f->n_stream);
    set_stream(f, node);
    f->target = -1;
    f->split = false;
    return f;
}

// ---------------------------------------------------------------- names

FlowTag *adj_flow_find_tag(const FlowGraph *g, const char *name)
{
    for (int i = 0; i < g->n_tags; i++)
        if (!strcmp(g->tags[i].name, name)) return &g->tags[i];
    return NULL;
}

// Dots separate the parts of a path, so names have none.
static bool is_name(AdjFlow *f, const char *verb, const char *name)
{
    if (name && *name && !strchr(name, '.')) return true;
    adj_flow_wrong(f, ADJ_E_VALUE, "%s: a name without dots is needed, got '%s'", verb,
                   name ? name : "None");
    return false;
}

static void add_tag(AdjFlow *f, const char *verb, const char *name, int node)
{
    FlowGraph *g = f->g;
    if (!is_name(f, verb, name)) return;
    if (adj_flow_find_tag(g, name)) {
        adj_flow_wrong(f, ADJ_E_VALUE, "%s: the tag '%s' is set twice", verb, name);
        return;
    }
    if (!adj_flow_room((void **)&g->tags, g->n_tags, sizeof *g->tags)) return;
    g->tags[g->n_tags++] =
        (FlowTag){.name = adj_intern(name), .node = node, .internal = *name == '_'};
    for (int i = 0; i < g->n_states; i++)
        if (!strcmp(g->states[i].name, name)) g->states[i].writer = node;
}

AdjFlow *adj_flow_tag(AdjFlow *f, const char *name)
{
    if (!adj_flow_ready(f, "tag", true)) return f;
    add_tag(f, "tag", name, f->fork >= 0 ? f->fork : f->stream[0]);
    f->fork = -1;
    return f;
}

AdjFlow *adj_flow_tag_group(AdjFlow *f, const char *name)
{
    if (!f || f->error || adj_error_kind()) return f;
    if (!f->g || !f->split)
        return adj_flow_wrong(f, ADJ_E_VALUE,
                              "tag_group: there is no split before it; tag names one stream");
    if (!is_name(f, "tag_group", name)) return f;
    for (int i = 0; i < f->n_stream; i++) {
        char text[256];
        snprintf(text, sizeof text, "%.240s_%d", name, i);
        add_tag(f, "tag_group", text, f->stream[i]);
    }
    return f;
}

AdjFlow *adj_flow_internal(AdjFlow *f, const char *tag)
{
    if (!f || f->error || adj_error_kind() || !f->g) return f;
    FlowTag *t = tag ? adj_flow_find_tag(f->g, tag) : NULL;
    if (!t)
        return adj_flow_wrong(f, ADJ_E_VALUE, "internal: there is no tag '%s'",
                              tag ? tag : "None");
    t->internal = true;
    return f;
}

AdjFlow *adj_flow_label(AdjFlow *f, const char *name)
{
    if (!f || f->error || adj_error_kind() || !f->g) return f;
    if (is_name(f, "label", name)) f->g->label = adj_intern(name);
    return f;
}

AdjFlow *adj_flow_input(AdjFlow *f, const char *name)
{
    if (!adj_flow_ready(f, "input", true) || !is_name(f, "input", name)) return f;
    int target = f->target;
    adj_flow_add_input(f, name);
    add_tag(f, "input", name, f->g->n_nodes - 1);
    f->target = target;
    return f;
}

// ---------------------------------------------------------------- references

// The slot of the state that the tag [name] will write.
static int state_slot(AdjFlow *f, const char *name)
{
    FlowGraph *g = f->g;
    for (int i = 0; i < g->n_states; i++)
        if (!strcmp(g->states[i].name, name)) return i;
    if (!adj_flow_room((void **)&g->states, g->n_states, sizeof *g->states)) return -1;
    g->states[g->n_states] = (FlowState){.name = adj_intern(name), .writer = -1};
    return g->n_states++;
}

static void add_ref(AdjFlow *f, int node, const char *name)
{
    FlowNode *n = &f->g->nodes[node];
    FlowTag *tag = adj_flow_find_tag(f->g, name);
    if (!n->module || !adj_module_takes_names(n->module)) {
        adj_flow_wrong(f, ADJ_E_TYPE,
                       "using('%s'): %s takes no named inputs: it needs forward_named(input, "
                       "refs), as NamedInputModule has",
                       name, n->module ? adj_module_type_name(n->module) : n->id);
        return;
    }
    for (int i = 0; i < n->n_refs; i++)
        if (!strcmp(n->refs[i].name, name)) return;
    FlowRef ref = {adj_intern(name), tag ? tag->node : -1, -1};
    if (!tag) ref.slot = state_slot(f, name);
    if (!adj_flow_room((void **)&n->refs, n->n_refs, sizeof *n->refs)) return;
    n->refs[n->n_refs++] = ref;
}

AdjFlow *adj_flow_using(AdjFlow *f, const char *tag)
{
    if (!f || f->error || adj_error_kind() || !f->g) return f;
    if (!is_name(f, "using", tag)) return f;
    if (f->body)
        return adj_flow_wrong(f, ADJ_E_VALUE, "using('%s'): finish the loop or map first", tag);
    if (f->target >= 0) {
        add_ref(f, f->target, tag);
    } else if (f->split) {
        for (int i = 0; i < f->n_stream; i++) add_ref(f, f->stream[i], tag);
    } else {
        adj_flow_wrong(f, ADJ_E_VALUE, "using('%s'): there is no module before it", tag);
    }
    return f;
}
