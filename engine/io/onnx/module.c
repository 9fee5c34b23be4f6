// SPDX-License-Identifier: Apache-2.0
// module.c: a model read from an ONNX file as a module. Its initialisers are parameters
// and buffers under their own names; a dotted name becomes a path of child modules, so that the
// state dict of an exported model has the keys it had before.
//
// Floating-point initialisers with at least one axis are parameters; numbers, integers and
// running statistics are buffers.
#include "nn/module.h"
#include "io/onnx/graph.h"

#include <stdlib.h>

// Where the value of one place of the graph stands in the tree of modules.
typedef struct {
    int slot, index;
    AdjModule *owner;  // in the tree, which outlives this
    bool buffer;
} Weight;

typedef struct {
    Onnx__ModelProto *proto;
    AdjOnnxGraph *graph;
    Weight *weight;
    int n_weights;
} Model;

static void drop_model(void *extra)
{
    Model *m = extra;
    if (m->graph) adj_onnx_graph_free(m->graph);
    onnx__model_proto__free_unpacked(m->proto, NULL);
    free(m->weight);
    free(m);
}

// ---------------------------------------------------------------- names to modules

// The module that "a.b.weight" belongs to, made where it is missing; [*last] is "weight".
static AdjModule *owner_of(AdjModule *root, const char *name, const char **last)
{
    const char *dot;
    *last = name;
    for (const char *p = name; (dot = strchr(p, '.')); p = dot + 1)
        if (dot == p || !dot[1]) return root;  // no path: it stays whole
    AdjModule *m = root;
    while ((dot = strchr(*last, '.'))) {
        char part[256];
        if ((size_t)(dot - *last) >= sizeof part) return root;
        snprintf(part, sizeof part, "%.*s", (int)(dot - *last), *last);
        AdjNamedModule *child = adj_module_find_child(m, part);
        AdjModule *next = child ? child->module : adj_Module();
        if (!next || (!child && !adj_module_add_child(m, part, next))) return NULL;
        m = next;
        *last = dot + 1;
    }
    return m;
}

static bool add_weight(AdjModule *root, Model *model, int slot)
{
    AdjOnnxGraph *g = model->graph;
    AdjTensor *t = g->constant[slot];
    const char *last;
    AdjModule *owner = owner_of(root, g->name[slot], &last);
    if (!owner) return false;
    bool buffer = !adj_is_float(t) || t->ndim == 0 || g->fixed[slot];
    AdjNamedTensors *list = buffer ? &owner->buffers : &owner->params;
    Weight w = {slot, list->n, owner, buffer};
    if (!(buffer ? adj_module_add_buffer(owner, last, t, true)
                 : adj_module_add_param(owner, last, t)))
        return false;
    adj_drop(&g->constant[slot]);  // the module's from now on
    model->weight[model->n_weights++] = w;
    return true;
}

static bool add_weights(AdjModule *root, Model *model)
{
    AdjOnnxGraph *g = model->graph;
    model->weight = calloc((size_t)g->n_slots + 1, sizeof *model->weight);
    if (!model->weight) return adj_fail(ADJ_E_MEMORY, "onnx: no memory for the graph");
    for (int slot = 0; slot < g->n_slots; slot++) {
        ADJ_SCOPE;
        if (g->constant[slot] && !add_weight(root, model, slot)) return false;
    }
    return true;
}

// ---------------------------------------------------------------- the row

static bool onnx_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    Model *model = m->extra;
    if (!model)
        return adj_fail(ADJ_E_RUNTIME, "OnnxModel: it has no graph; make one with onnx.load");
    const AdjOnnxGraph *g = model->graph;
    AdjTensor **constants = adj_scope_memory(((size_t)g->n_slots + 1) * sizeof *constants);
    if (!constants) return false;
    memcpy(constants, g->constant, (size_t)g->n_slots * sizeof *constants);
    for (int i = 0; i < model->n_weights; i++) {
        const Weight *w = &model->weight[i];
        const AdjNamedTensors *list = w->buffer ? &w->owner->buffers : &w->owner->params;
        if (w->index >= list->n || !list->at[w->index].tensor) {
            return adj_fail(ADJ_E_RUNTIME, "OnnxModel: its weight \"%s\" was removed",
                            g->name[w->slot]);
        }
        constants[w->slot] = list->at[w->index].tensor;
    }
    out->ts = adj_onnx_graph_run(g, NULL, in[0].ts, constants);
    return !adj_error_kind();
}

ADJ_MODULE(
    OnnxModel, "()", "(inputs: tensors? = None) -> tensor | tensors",
    "A graph read from an ONNX file by onnx.load: its operators run as operations of ours "
    "and can be differentiated, its initialisers are parameters and buffers.\n"
    "shapes  as the file says; axes may be of any size that the graph's operators allow\n"
    "errors  Type: not as many inputs as the graph has; those of its operators",
    .source = "https://onnx.ai, operator sets 7 to 24", .forward = onnx_forward)

static AdjModule *make(Onnx__ModelProto *proto, const char *path)
{
    AdjModule *m = adj_OnnxModel();
    Model *model = m ? calloc(1, sizeof *model) : NULL;
    if (!model) {
        onnx__model_proto__free_unpacked(proto, NULL);
        return m ? adj_fail(ADJ_E_MEMORY, "onnx: no memory for the graph") : NULL;
    }
    model->proto = proto;
    m->extra = model;
    m->drop_extra = drop_model;
    m->training = false;
    if (!proto->graph) return adj_fail(ADJ_E_FILE, "'%s' is not an ONNX model: no graph", path);
    model->graph = adj_onnx_graph_make(proto, proto->graph, NULL);
    return model->graph && add_weights(m, model) ? m : NULL;
}

AdjModule *adj_onnx_load(const char *path)
{
    AdjFile file;
    if (adj_error_kind() || !adj_file_open(&file, path)) return NULL;
    ProtobufCMessage *proto = adj_protobuf_unpack(&onnx__model_proto__descriptor, path,
                                                  "an ONNX model", file.at, file.size);
    adj_file_close(&file);
    return proto ? make((Onnx__ModelProto *)proto, path) : NULL;
}
