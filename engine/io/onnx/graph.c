// SPDX-License-Identifier: Apache-2.0
// graph.c: see graph.h. Making a graph resolves every name and every operator once,
// so that a file that refers to nothing is refused when it is read, and running is a loop over
// steps. A value is let go after the last step that reads it.
#include "io/onnx/graph.h"

#include <stdlib.h>

// ---------------------------------------------------------------- names

static uint32_t hash_of(const char *name)
{
    uint32_t h = 2166136261u;
    while (*name) h = (h ^ (unsigned char)*name++) * 16777619u;
    return h;
}

static int find(const AdjOnnxGraph *g, const char *name)
{
    if (!g->n_hash) return -1;
    for (uint32_t i = hash_of(name);; i++) {
        int slot = g->hash[i & (uint32_t)(g->n_hash - 1)];
        if (slot < 0 || !strcmp(g->name[slot], name)) return slot;
    }
}

static bool more_room(AdjOnnxGraph *g)
{
    int wanted = g->slot_capacity ? g->slot_capacity * 2 : 64;
    const char **name = realloc(g->name, (size_t)wanted * sizeof *name);
    if (name) g->name = name;
    int *last = realloc(g->last, (size_t)wanted * sizeof *last);
    if (last) g->last = last;
    bool *fixed = realloc(g->fixed, (size_t)wanted * sizeof *fixed);
    if (fixed) g->fixed = fixed;
    AdjTensor **constant = realloc(g->constant, (size_t)wanted * sizeof *constant);
    if (constant) g->constant = constant;
    int *hash = realloc(g->hash, (size_t)wanted * 2 * sizeof *hash);
    if (hash) g->hash = hash;
    if (!name || !last || !fixed || !constant || !hash)
        return adj_fail(ADJ_E_MEMORY, "onnx: no memory for the graph");
    g->slot_capacity = wanted;
    g->n_hash = wanted * 2;
    for (int i = 0; i < g->n_hash; i++) hash[i] = -1;
    for (int slot = 0; slot < g->n_slots; slot++) {
        uint32_t i = hash_of(name[slot]);
        while (hash[i & (uint32_t)(g->n_hash - 1)] >= 0) i++;
        hash[i & (uint32_t)(g->n_hash - 1)] = slot;
    }
    return true;
}

// A new place for [name]; -1 and an error when the name is taken.
static int define(AdjOnnxGraph *g, const char *name)
{
    if (find(g, name) >= 0)
        return adj_fail(ADJ_E_FILE, "onnx: two values go by the name \"%s\"", name), -1;
    if (g->n_slots == g->slot_capacity && !more_room(g)) return -1;
    int slot = g->n_slots++;
    g->name[slot] = name;
    g->last[slot] = -1;
    g->fixed[slot] = false;
    g->constant[slot] = NULL;
    uint32_t i = hash_of(name);
    while (g->hash[i & (uint32_t)(g->n_hash - 1)] >= 0) i++;
    g->hash[i & (uint32_t)(g->n_hash - 1)] = slot;
    return slot;
}

static bool resolve(AdjOnnxGraph *g, const char *name, AdjOnnxRef *out)
{
    *out = (AdjOnnxRef){0, -1};
    if (!*name) return true;
    for (int up = 0; g; g = g->outer, up++) {
        int slot = find(g, name);
        if (slot < 0) continue;
        *out = (AdjOnnxRef){up, slot};
        g->last[slot] = g->building;
        return true;
    }
    return adj_fail(ADJ_E_FILE, "onnx: nothing before its use makes the value \"%s\"", name);
}

// ---------------------------------------------------------------- making

static int64_t opset_of(const Onnx__ModelProto *model, const char *domain)
{
    for (size_t i = 0; i < model->n_opset_import; i++) {
        const char *d = model->opset_import[i]->domain;
        if (!strcmp(d ? d : "", domain)) return model->opset_import[i]->version;
    }
    return 1;
}

static bool find_operator(const Onnx__ModelProto *model, AdjOnnxStep *step)
{
    const char *domain = step->node->domain ? step->node->domain : "";
    const char *type = step->node->op_type ? step->node->op_type : "";
    if (!strcmp(domain, "ai.onnx")) domain = "";
    step->opset = opset_of(model, domain);
    step->row = *domain ? NULL : adj_onnx_row(type);
    if (step->row) return true;
    return adj_fail(ADJ_E_ABSENT, "onnx: the operator %s%s%s is not supported", domain,
                    *domain ? "." : "", type);
}

static bool make_graphs(const Onnx__ModelProto *model, AdjOnnxGraph *g, AdjOnnxStep *step)
{
    const AdjOnnxNode *n = step->node;
    step->graphs = calloc(n->n_attribute + 1, sizeof *step->graphs);
    if (!step->graphs) return adj_fail(ADJ_E_MEMORY, "onnx: no memory for the graph");
    for (size_t i = 0; i < n->n_attribute; i++) {
        if (!n->attribute[i]->g) continue;
        AdjOnnxGraph *inner = adj_onnx_graph_make(model, n->attribute[i]->g, g);
        if (!inner) return false;
        step->graphs[step->n_graphs++] = inner;
    }
    return true;
}

// Running averages are no weights to be trained.
static void mark_fixed(AdjOnnxGraph *g, const AdjOnnxStep *step)
{
    if (strcmp(step->node->op_type, "BatchNormalization")) return;
    for (size_t i = 3; i < step->node->n_input && i < 5; i++)
        if (step->in[i].up == 0 && step->in[i].slot >= 0) g->fixed[step->in[i].slot] = true;
}

static bool make_step(const Onnx__ModelProto *model, AdjOnnxGraph *g, int k)
{
    AdjOnnxStep *step = &g->step[k];
    const AdjOnnxNode *n = step->node = g->proto->node[k];
    g->building = k;
    step->in = calloc(n->n_input + 1, sizeof *step->in);
    step->out = calloc(n->n_output + 1, sizeof *step->out);
    if (!step->in || !step->out) return adj_fail(ADJ_E_MEMORY, "onnx: no memory for the graph");
    if (!find_operator(model, step)) return false;
    for (size_t i = 0; i < n->n_input; i++)
        if (!resolve(g, n->input[i], &step->in[i])) return false;
    if (!make_graphs(model, g, step)) return false;
    mark_fixed(g, step);
    for (size_t i = 0; i < n->n_output; i++) {
        step->out[i] = *n->output[i] ? define(g, n->output[i]) : -1;
        if (*n->output[i] && step->out[i] < 0) return false;
        if (step->out[i] >= 0) g->last[step->out[i]] = k;
    }
    return true;
}

static bool make_values(AdjOnnxGraph *g)
{
    const Onnx__GraphProto *p = g->proto;
    for (size_t i = 0; i < p->n_initializer; i++) {
        ADJ_SCOPE;
        Onnx__TensorProto *t = p->initializer[i];
        AdjTensor *value = adj_onnx_tensor(t);
        int slot = value ? define(g, t->name ? t->name : "") : -1;
        if (slot < 0) return false;
        g->constant[slot] = adj_keep(value);
        free(t->raw_data.data);  // the elements are ours now
        t->raw_data = (ProtobufCBinaryData){0, NULL};
        t->has_raw_data = false;
    }
    if (p->n_sparse_initializer)
        return adj_fail(ADJ_E_ABSENT, "onnx: sparse tensors are not supported");
    g->in = calloc(p->n_input + 1, sizeof *g->in);
    if (!g->in) return adj_fail(ADJ_E_MEMORY, "onnx: no memory for the graph");
    for (size_t i = 0; i < p->n_input; i++) {
        const char *name = p->input[i]->name ? p->input[i]->name : "";
        if (find(g, name) >= 0) continue;  // an initialiser that older files list again
        int slot = define(g, name);
        if (slot < 0) return false;
        g->in[g->n_in++] = slot;
    }
    return true;
}

// Which places each step leaves behind unread.
static bool find_ends(AdjOnnxGraph *g)
{
    for (int pass = 0; pass < 2; pass++) {  // count, then fill
        for (int slot = 0; slot < g->n_slots; slot++) {
            int k = g->last[slot];
            if (k < 0 || k >= g->n_steps) continue;
            if (pass) g->step[k].done[g->step[k].n_done] = slot;
            g->step[k].n_done++;
        }
        for (int k = 0; k < g->n_steps && !pass; k++) {
            g->step[k].done = malloc((size_t)(g->step[k].n_done + 1) * sizeof(int));
            if (!g->step[k].done)
                return adj_fail(ADJ_E_MEMORY, "onnx: no memory for the graph");
            g->step[k].n_done = 0;
        }
    }
    return true;
}

static bool fill_graph(const Onnx__ModelProto *model, AdjOnnxGraph *g)
{
    const Onnx__GraphProto *p = g->proto;
    if (p->n_node > INT32_MAX) return adj_fail(ADJ_E_FILE, "onnx: too many nodes");
    g->step = calloc(p->n_node + 1, sizeof *g->step);
    g->out = calloc(p->n_output + 1, sizeof *g->out);
    if (!g->step || !g->out) return adj_fail(ADJ_E_MEMORY, "onnx: no memory for the graph");
    if (!make_values(g)) return false;
    for (size_t k = 0; k < p->n_node; k++) {
        g->n_steps++;
        if (!make_step(model, g, (int)k)) return false;
    }
    g->building = INT32_MAX;  // read by the caller, so never let go
    for (size_t i = 0; i < p->n_output; i++, g->n_out++)
        if (!resolve(g, p->output[i]->name ? p->output[i]->name : "", &g->out[i])) return false;
    return find_ends(g);
}

AdjOnnxGraph *adj_onnx_graph_make(const Onnx__ModelProto *model, const Onnx__GraphProto *proto,
                                  AdjOnnxGraph *outer)
{
    AdjOnnxGraph *g = calloc(1, sizeof *g);
    if (!g) return adj_fail(ADJ_E_MEMORY, "onnx: no memory for the graph");
    g->proto = proto;
    g->outer = outer;
    if (fill_graph(model, g)) return g;
    adj_onnx_graph_free(g);
    return NULL;
}

void adj_onnx_graph_free(AdjOnnxGraph *g)
{
    for (int k = 0; k < g->n_steps; k++) {
        AdjOnnxStep *step = &g->step[k];
        for (int i = 0; i < step->n_graphs; i++) adj_onnx_graph_free(step->graphs[i]);
        free(step->in);
        free(step->out);
        free(step->done);
        free(step->graphs);
    }
    for (int i = 0; i < g->n_slots; i++) adj_drop(&g->constant[i]);
    void *blocks[] = {g->name, g->last, g->fixed, g->constant, g->hash, g->in, g->out, g->step};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
    free(g);
}

// ---------------------------------------------------------------- running

static AdjTensor *look_up(const AdjOnnxFrame *frame, AdjOnnxRef ref)
{
    if (ref.slot < 0) return NULL;
    for (int up = ref.up; up; up--) frame = frame->outer;
    return frame->slot[ref.slot];
}

static bool call(const AdjOnnxStep *step, AdjOnnxFrame *frame)
{
    ADJ_SCOPE;
    const AdjOnnxNode *n = step->node;
    size_t n_in = n->n_input, n_out = n->n_output;
    AdjOnnxCall c = {.node = n,
                     .opset = step->opset,
                     .n_in = (int)n_in,
                     .n_out = (int)n_out,
                     .in = adj_scope_memory((n_in + 1) * sizeof *c.in),
                     .out = adj_scope_memory((n_out + 1) * sizeof *c.out),
                     .frame = frame,
                     .graph = (const AdjOnnxGraph *const *)step->graphs};
    if (!c.in || !c.out) return false;
    for (size_t i = 0; i < n_in; i++) c.in[i] = look_up(frame, step->in[i]);
    memset(c.out, 0, (n_out + 1) * sizeof *c.out);
    c.out[0] = step->row->load ? step->row->load(&c) : adj_onnx_load_plain(step->row, &c);
    if (adj_error_kind()) return false;
    for (size_t i = 0; i < n_out; i++) {
        if (step->out[i] < 0) continue;
        if (!c.out[i]) {
            return adj_onnx_fail(&c, "its result %zu (\"%s\") is not supported", i,
                                 n->output[i]);
        }
        frame->slot[step->out[i]] = adj_keep(c.out[i]);
    }
    return true;
}

static bool run_steps(const AdjOnnxGraph *g, AdjOnnxFrame *frame)
{
    for (int k = 0; k < g->n_steps; k++) {
        const AdjOnnxStep *step = &g->step[k];
        if (!call(step, frame)) return false;
        for (int i = 0; i < step->n_done; i++) adj_drop(&frame->slot[step->done[i]]);
    }
    return true;
}

static AdjTensors results(const AdjOnnxGraph *g, const AdjOnnxFrame *frame)
{
    AdjTensors out = {g->n_out, adj_scope_memory((size_t)(g->n_out + 1) * sizeof *out.at)};
    if (!out.at) return (AdjTensors){0, NULL};
    for (int i = 0; i < g->n_out; i++)
        out.at[i] = adj_scoped(adj_keep(look_up(frame, g->out[i])));
    return out;
}

AdjTensors adj_onnx_graph_run(const AdjOnnxGraph *g, AdjOnnxFrame *outer, AdjTensors in,
                              AdjTensor *const *constants)
{
    AdjTensors none = {0, NULL};
    if (in.n != g->n_in) {
        adj_fail(ADJ_E_TYPE, "onnx: the graph takes %d input%s, got %d", g->n_in,
                 g->n_in == 1 ? "" : "s", in.n);
        return none;
    }
    AdjOnnxFrame frame = {outer, calloc((size_t)g->n_slots + 1, sizeof *frame.slot)};
    if (!frame.slot) {
        adj_fail(ADJ_E_MEMORY, "onnx: no memory to run the graph");
        return none;
    }
    for (int i = 0; i < g->n_slots; i++) frame.slot[i] = adj_keep(constants[i]);
    for (int i = 0; i < g->n_in; i++) frame.slot[g->in[i]] = adj_keep(in.at[i]);
    AdjTensors out = run_steps(g, &frame) ? results(g, &frame) : none;
    for (int i = 0; i < g->n_slots; i++) adj_drop(&frame.slot[i]);
    free(frame.slot);
    return out;
}

AdjTensors adj_onnx_run_graph(AdjOnnxCall *c, int i, AdjTensors in)
{
    const AdjOnnxGraph *g = c->graph[i];
    return adj_onnx_graph_run(g, c->frame, in, g->constant);
}
