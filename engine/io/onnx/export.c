// SPDX-License-Identifier: Apache-2.0
// export.c: a recorded forward pass as an ONNX model. The steps that the results depend on
// become nodes in their order, by the rows of onnx.def; every tensor that no step made is a
// parameter of the module, under its own name, or a constant.
//
// What changes in place is followed: from the change on, a tensor goes by the name of the value
// it took. Where that could leave another tensor behind (a view of the same elements), the
// export is refused. Sizes that the program computed are constants of the file; the functions
// that write shapes leave open what an axis of the operand says anyway.
#include "io/onnx/export.h"
#include "io/onnx/rows.h"

#include <stdlib.h>

typedef struct Block {
    struct Block *next;
    char bytes[];
} Block;

typedef struct {
    const AdjTensor *t;
    const char *name;
    bool needed, weight, made;  // made by a step: never a constant
    bool varies;                // with the graph's inputs
} Entry;

struct AdjOnnxSaver {
    const AdjOnnxExport *e;
    const AdjStep *step;  // being written
    Block *blocks;        // everything that the messages point to
    Entry *entry;         // by tensor, open addressing
    size_t n_entries, room;
    AdjTensors held;  // constants whose elements the messages point to, kept
    int held_room, count;
    Onnx__GraphProto graph;
    size_t node_room, constant_room;
};

// ---------------------------------------------------------------- memory and names

static void *take(AdjOnnxSaver *s, size_t bytes)
{
    Block *b = calloc(1, sizeof *b + bytes);
    if (!b) return adj_fail(ADJ_E_MEMORY, "onnx: no memory for the model");
    b->next = s->blocks;
    s->blocks = b;
    return b->bytes;
}

static char *text(AdjOnnxSaver *s, const char *from)
{
    char *to = take(s, strlen(from) + 1);
    return to ? strcpy(to, from) : NULL;
}

static const char *fresh_name(AdjOnnxSaver *s, const char *type)
{
    char name[96];
    snprintf(name, sizeof name, "%s_%d", type, s->count++);
    return text(s, name);
}

static size_t place(const AdjOnnxSaver *s, const AdjTensor *t)
{
    size_t i = ((uintptr_t)t >> 4) * 0x9e3779b97f4a7c15u;
    while (s->entry[i & (s->room - 1)].t && s->entry[i & (s->room - 1)].t != t) i++;
    return i & (s->room - 1);
}

// The entry of [t], made when there is none; NULL: no memory.
static Entry *entry_of(AdjOnnxSaver *s, const AdjTensor *t)
{
    if (2 * (s->n_entries + 1) > s->room) {
        Entry *old = s->entry;
        size_t n = s->room;
        s->room = n ? n * 2 : 256;
        s->entry = take(s, s->room * sizeof *s->entry);
        if (!s->entry) return NULL;
        for (size_t i = 0; i < n; i++)
            if (old[i].t) s->entry[place(s, old[i].t)] = old[i];
    }
    Entry *e = &s->entry[place(s, t)];
    if (!e->t) {
        e->t = t;
        s->n_entries++;
    }
    return e;
}

bool adj_onnx_bind(AdjOnnxSaver *s, AdjTensor *t, const char *name)
{
    Entry *e = name ? entry_of(s, t) : NULL;
    if (e) e->name = name;
    return e != NULL;
}

// ---------------------------------------------------------------- constants

// A repeated message's list with room for one more.
static void *grown(AdjOnnxSaver *s, void *list, size_t n, size_t *room)
{
    if (n < *room) return list;
    size_t wanted = *room ? *room * 2 : 64;
    void **bigger = take(s, wanted * sizeof *bigger);
    if (!bigger) return NULL;
    if (n) memcpy(bigger, list, n * sizeof *bigger);
    *room = wanted;
    return bigger;
}

static bool hold(AdjOnnxSaver *s, AdjTensor *t)
{
    if (s->held.n == s->held_room) {
        int wanted = s->held_room ? s->held_room * 2 : 64;
        AdjTensor **bigger = realloc(s->held.at, (size_t)wanted * sizeof *bigger);
        if (!bigger) return adj_fail(ADJ_E_MEMORY, "onnx: no memory for the model");
        s->held.at = bigger;
        s->held_room = wanted;
    }
    s->held.at[s->held.n++] = adj_keep(t);
    return true;
}

static Onnx__TensorProto *tensor_message(AdjOnnxSaver *s, AdjTensor *t, const char *name)
{
    ADJ_SCOPE;
    Onnx__TensorProto *p = take(s, sizeof *p);
    t = adj_contiguous(adj_detach(t));
    if (!p || !t || !hold(s, t)) return NULL;
    onnx__tensor_proto__init(p);
    p->name = text(s, name);
    p->has_data_type = true;
    p->data_type = adj_onnx_dtype_code((AdjDtype)t->dtype);
    p->n_dims = t->ndim;
    p->dims = take(s, (t->ndim + 1) * sizeof *p->dims);
    if (!p->dims || !p->name) return NULL;
    memcpy(p->dims, t->sizes, t->ndim * sizeof *p->dims);
    p->has_raw_data = true;
    p->raw_data.len = (size_t)t->numel * adj_dtype_size((AdjDtype)t->dtype);
    p->raw_data.data = adj_data(t);
    return p;
}

static bool add_weight(AdjOnnxSaver *s, AdjTensor *t, const char *name)
{
    Onnx__GraphProto *g = &s->graph;
    Onnx__TensorProto *p = name ? tensor_message(s, t, name) : NULL;
    g->initializer = p ? grown(s, g->initializer, g->n_initializer, &s->constant_room) : NULL;
    if (!g->initializer) return false;
    g->initializer[g->n_initializer++] = p;
    return true;
}

// A node of its own, so that the initialisers are the module's state and nothing else.
const char *adj_onnx_constant(AdjOnnxSaver *s, AdjTensor *t)
{
    Onnx__TensorProto *p = t ? tensor_message(s, t, "value") : NULL;
    const AdjOnnxAttr value[] = {{.name = "value", .kind = ADJ_ONNX_TENSOR, .t = p}, {0}};
    return p ? adj_onnx_node(s, "Constant", 0, NULL, value) : NULL;
}

const char *adj_onnx_ints_name(AdjOnnxSaver *s, AdjLongs values)
{
    ADJ_SCOPE;
    return adj_onnx_constant(s, adj_from(values.at, ADJ_SHAPE(values.n), ADJ_I64));
}

const char *adj_onnx_number(AdjOnnxSaver *s, double x, AdjDtype dtype)
{
    ADJ_SCOPE;
    return adj_onnx_constant(s, adj_full(ADJ_SCALAR_SHAPE, ADJ_F(x), dtype));
}

// The dotted name of [t] among the tensors of [m]; false when it is not there.
static bool find_weight(const AdjModule *m, const AdjTensor *t, char *to, size_t room)
{
    for (int i = 0; i < m->params.n; i++)
        if (m->params.at[i].tensor == t)
            return snprintf(to, room, "%s", m->params.at[i].name) < (int)room;
    for (int i = 0; i < m->buffers.n; i++)
        if (m->buffers.at[i].tensor == t)
            return snprintf(to, room, "%s", m->buffers.at[i].name) < (int)room;
    for (int i = 0; i < m->n_children; i++) {
        if (!m->children[i].module) continue;
        int n = snprintf(to, room, "%s.", m->children[i].name);
        if (n > 0 && (size_t)n < room &&
            find_weight(m->children[i].module, t, to + n, room - (size_t)n))
            return true;
    }
    return false;
}

const char *adj_onnx_name(AdjOnnxSaver *s, AdjTensor *t)
{
    char name[512];
    Entry *e = t ? entry_of(s, t) : NULL;
    if (!e || e->name) return e ? e->name : NULL;
    if (e->made) {
        return adj_fail(ADJ_E_ABSENT, "onnx: a further result of an operation, which ONNX's "
                                      "operator does not give, cannot be exported");
    }
    e->weight = s->e->module && find_weight(s->e->module, t, name, sizeof name);
    const char *made = e->weight ? text(s, name) : adj_onnx_constant(s, t);
    return adj_onnx_bind(s, t, made) ? made : NULL;
}

const char *adj_onnx_name_as(AdjOnnxSaver *s, AdjTensor *t, AdjDtype dtype)
{
    ADJ_SCOPE;
    if (!t || t->dtype == dtype) return adj_onnx_name(s, t);
    if (t->wrapped) return adj_onnx_constant(s, adj_to(adj_detach(t), dtype));
    return adj_onnx_node(s, "Cast", ADJ_NAMES(adj_onnx_name(s, t)),
                         ADJ_ATTRS(ADJ_ATTR_INT("to", adj_onnx_dtype_code(dtype))));
}

int64_t adj_onnx_opset(const AdjOnnxSaver *s)
{
    return s->e->opset;
}

bool adj_onnx_is_dynamic(const AdjOnnxSaver *s)
{
    return s->e->n_axes > 0;
}

// ---------------------------------------------------------------- nodes

static Onnx__AttributeProto *attribute(AdjOnnxSaver *s, const AdjOnnxAttr *a)
{
    Onnx__AttributeProto *p = take(s, sizeof *p);
    if (!p) return NULL;
    onnx__attribute_proto__init(p);
    p->name = text(s, a->name);
    p->has_type = true;
    if (a->kind == ADJ_ONNX_INT) {
        p->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT;
        p->has_i = true;
        p->i = a->i;
    } else if (a->kind == ADJ_ONNX_FLOAT) {
        p->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT;
        p->has_f = true;
        p->f = (float)a->f;
    } else if (a->kind == ADJ_ONNX_STR) {
        p->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING;
        p->has_s = true;
        p->s = (ProtobufCBinaryData){strlen(a->s), (uint8_t *)text(s, a->s)};
    } else if (a->kind == ADJ_ONNX_STRS) {
        p->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRINGS;
        p->strings = take(s, sizeof *p->strings);
        p->n_strings = p->strings != NULL;
        if (p->strings)
            *p->strings = (ProtobufCBinaryData){strlen(a->s), (uint8_t *)text(s, a->s)};
    } else if (a->kind == ADJ_ONNX_TENSOR) {
        p->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR;
        p->t = a->t;
    } else {
        p->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS;
        p->n_ints = (size_t)a->ints.n;
        p->ints = take(s, p->n_ints * sizeof *p->ints + 1);
        if (p->ints && p->n_ints) memcpy(p->ints, a->ints.at, p->n_ints * sizeof *p->ints);
    }
    return adj_error_kind() ? NULL : p;
}

static bool add_attributes(AdjOnnxSaver *s, AdjOnnxNode *n, const AdjOnnxAttr *attrs)
{
    size_t count = 0;
    while (attrs && attrs[count].name) count++;
    n->attribute = take(s, (count + 1) * sizeof *n->attribute);
    for (; n->attribute && n->n_attribute < count; n->n_attribute++) {
        Onnx__AttributeProto *a = attribute(s, &attrs[n->n_attribute]);
        if (!a) return false;
        n->attribute[n->n_attribute] = a;
    }
    return n->attribute != NULL;
}

bool adj_onnx_nodes(AdjOnnxSaver *s, const char *type, int n_in, const char *const *in,
                    const AdjOnnxAttr *attrs, int n_out, const char **out)
{
    for (int i = 0; i < n_in; i++)
        if (!in[i]) return false;
    AdjOnnxNode *n = take(s, sizeof *n);
    Onnx__GraphProto *g = &s->graph;
    g->node = n ? grown(s, g->node, g->n_node, &s->node_room) : NULL;
    if (!g->node) return false;
    onnx__node_proto__init(n);
    n->op_type = text(s, type);
    n->input = take(s, (size_t)(n_in + 1) * sizeof *n->input);
    n->output = take(s, (size_t)(n_out + 1) * sizeof *n->output);
    if (!n->input || !n->output || !add_attributes(s, n, attrs)) return false;
    for (int i = 0; i < n_in; i++) n->input[n->n_input++] = text(s, in[i]);
    for (int i = 0; i < n_out; i++) {
        out[i] = fresh_name(s, type);
        n->output[n->n_output++] = (char *)(uintptr_t)out[i];
    }
    const char *module = s->step && s->step->module ? s->step->module : "";
    char name[512];
    snprintf(name, sizeof name, "%s/%s", module, out[0]);
    n->name = text(s, name);
    g->node[g->n_node++] = n;
    return !adj_error_kind();
}

const char *adj_onnx_node(AdjOnnxSaver *s, const char *type, int n_in, const char *const *in,
                          const AdjOnnxAttr *attrs)
{
    const char *out;
    return adj_onnx_nodes(s, type, n_in, in, attrs, 1, &out) ? out : NULL;
}

// ---------------------------------------------------------------- steps

bool adj_onnx_takes(const AdjOp *op)
{
    return adj_onnx_row_of_op(op) != NULL;
}

static bool need(AdjOnnxSaver *s, AdjTensor *const *list, int n)
{
    for (int i = 0; i < n; i++) {
        Entry *e = list[i] ? entry_of(s, list[i]) : NULL;
        if (list[i] && !e) return false;
        if (e) e->needed = true;
    }
    return true;
}

static bool any_needed(AdjOnnxSaver *s, AdjTensor *const *list, int n)
{
    for (int i = 0; i < n; i++) {
        Entry *e = list[i] ? entry_of(s, list[i]) : NULL;
        if (e && e->needed) return true;
    }
    return false;
}

// Whether a write into [x] changes a tensor that is needed: itself, or one over its elements.
static bool reaches(AdjOnnxSaver *s, const AdjTensor *x)
{
    for (size_t i = 0; i < s->room; i++)
        if (s->entry[i].needed && s->entry[i].t->storage == x->storage) return true;
    return false;
}

// Marks the steps that the results depend on, from the last to the first.
static bool mark(AdjOnnxSaver *s, bool *wanted)
{
    const AdjTrace *t = s->e->trace;
    if (!need(s, s->e->out.at, s->e->out.n)) return false;
    for (int k = t->n; k--;) {
        const AdjStep *step = &t->at[k];
        if (step->op) {
            wanted[k] = any_needed(s, step->out, step->n_out);
            if (wanted[k] && !need(s, step->in, step->n_in)) return false;
            for (int i = 0; wanted[k] && i < step->n_out; i++)
                if (step->out[i]) entry_of(s, step->out[i])->made = true;
        } else if ((wanted[k] = reaches(s, step->in[0]))) {
            entry_of(s, step->in[0])->needed = false;  // what it held before
            if (!need(s, step->in + 1, 1)) return false;
        }
        if (adj_error_kind()) return false;
    }
    return true;
}

static void *refuse(AdjOnnxSaver *s, const AdjStep *step, const char *why)
{
    const char *at = s->e->where ? s->e->where(s->e->data, step->span) : NULL;
    return adj_fail(ADJ_E_ABSENT, "onnx: %s%s%s", why, at ? " at " : "", at ? at : "");
}

// The tensor goes by its new value's name. Another tensor over the same elements would not.
static bool save_assignment(AdjOnnxSaver *s, const AdjStep *step)
{
    AdjTensor *x = step->in[0], *value = step->in[1];
    const AdjTrace *t = s->e->trace;
    for (int k = 0; k < t->n; k++)
        for (int i = 0; i < t->at[k].n_out; i++)
            if (t->at[k].out[i] && t->at[k].out[i] != x &&
                t->at[k].out[i]->storage == x->storage && t->at[k].out[i] != value)
                return refuse(s, step,
                              "a write into part of a tensor, or into one that is "
                              "viewed, cannot be exported");
    const char *name = adj_onnx_name_as(s, value, (AdjDtype)x->dtype);
    if (adj_shape_equal(adj_shape(x), adj_shape(value))) return adj_onnx_bind(s, x, name);
    const char *shape = adj_onnx_ints_name(s, (AdjLongs){x->ndim, x->sizes});
    return adj_onnx_bind(s, x, adj_onnx_node(s, "Expand", ADJ_NAMES(name, shape), NULL));
}

static bool save_step(AdjOnnxSaver *s, const AdjStep *step)
{
    s->step = step;
    if (!step->op) return save_assignment(s, step);
    const AdjOnnxRow *row = adj_onnx_row_of_op(step->op);
    char why[160];
    snprintf(why, sizeof why, "the operation %s cannot be exported", step->op->name);
    if (!row) return refuse(s, step, why);
    return (row->save ? row->save : adj_onnx_save_plain)(s, row, step);
}

// Which values depend on the inputs; the others are the same whenever the graph runs.
static bool follow(AdjOnnxSaver *s)
{
    const AdjTrace *t = s->e->trace;
    for (int i = 0; i < s->e->in.n; i++) {
        Entry *e = entry_of(s, s->e->in.at[i]);
        if (e) e->varies = true;
    }
    for (int k = 0; k < t->n && !adj_error_kind(); k++) {
        const AdjStep *step = &t->at[k];
        bool varies = false;
        for (int i = 0; i < step->n_in; i++)
            varies |= step->in[i] && entry_of(s, step->in[i])->varies;
        if (!step->op && varies) entry_of(s, step->in[0])->varies = true;
        for (int i = 0; i < step->n_out && varies; i++)
            if (step->out[i]) entry_of(s, step->out[i])->varies = true;
    }
    return !adj_error_kind();
}

bool adj_onnx_varies(AdjOnnxSaver *s, AdjTensor *t)
{
    Entry *e = entry_of(s, t);
    return !e || e->varies;
}

bool adj_onnx_is_zeros(AdjOnnxSaver *s, AdjTensor *t)
{
    return !adj_onnx_varies(s, t) &&
           adj_item(adj_any(adj_ne(t, ADJ_NUM(0)), ADJ_ALL, false)) == 0;
}

static bool save_steps(AdjOnnxSaver *s)
{
    const AdjTrace *t = s->e->trace;
    bool *wanted = take(s, (size_t)t->n + 1);
    if (!wanted || !mark(s, wanted) || !follow(s)) return false;
    for (int i = 0; i < s->e->in.n; i++)
        if (!adj_onnx_bind(s, s->e->in.at[i], s->e->in_names[i])) return false;
    for (int k = 0; k < t->n; k++)
        if (wanted[k] && !save_step(s, &t->at[k])) return false;
    return true;
}

// ---------------------------------------------------------------- the model

static const char *label_of(const AdjOnnxExport *e, const char *name, int axis, int ndim)
{
    for (int i = 0; i < e->n_axes; i++) {
        int64_t at = e->axes[i].axis < 0 ? e->axes[i].axis + ndim : e->axes[i].axis;
        if (at == axis && !strcmp(e->axes[i].name, name)) return e->axes[i].label;
    }
    return NULL;
}

static bool fill_shape(AdjOnnxSaver *s, Onnx__TensorShapeProto *p, const AdjTensor *t,
                       const char *name, bool open)
{
    p->dim = take(s, (t->ndim + 1) * sizeof *p->dim);
    for (int d = 0; p->dim && d < t->ndim; d++) {
        Onnx__TensorShapeProto__Dimension *dim = take(s, sizeof *dim);
        if (!dim) return false;
        onnx__tensor_shape_proto__dimension__init(dim);
        const char *label = label_of(s->e, name, d, t->ndim);
        if (label) {
            dim->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
            dim->dim_param = text(s, label);
        } else if (!open) {
            dim->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
            dim->dim_value = t->sizes[d];
        }
        p->dim[p->n_dim++] = dim;
    }
    return p->dim != NULL;
}

// Name, type and shape of an input or output. An axis without a label is left [open], as those
// of outputs are where axes of inputs may change.
static Onnx__ValueInfoProto *value_info(AdjOnnxSaver *s, const AdjTensor *t, const char *name,
                                        bool open)
{
    Onnx__ValueInfoProto *v = take(s, sizeof *v);
    Onnx__TypeProto *type = take(s, sizeof *type);
    Onnx__TypeProto__Tensor *tensor = take(s, sizeof *tensor);
    Onnx__TensorShapeProto *shape = take(s, sizeof *shape);
    if (!v || !type || !tensor || !shape) return NULL;
    onnx__value_info_proto__init(v);
    onnx__type_proto__init(type);
    onnx__type_proto__tensor__init(tensor);
    onnx__tensor_shape_proto__init(shape);
    v->name = text(s, name);
    v->type = type;
    type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    type->tensor_type = tensor;
    tensor->has_elem_type = true;
    tensor->elem_type = adj_onnx_dtype_code((AdjDtype)t->dtype);
    tensor->shape = shape;
    return fill_shape(s, shape, t, name, open) ? v : NULL;
}

// Results get the names asked for by one more node each: two may be the same value, or an
// input.
static bool add_ends(AdjOnnxSaver *s)
{
    Onnx__GraphProto *g = &s->graph;
    const AdjOnnxExport *e = s->e;
    s->step = NULL;
    g->input = take(s, (size_t)(e->in.n + 1) * sizeof *g->input);
    g->output = take(s, (size_t)(e->out.n + 1) * sizeof *g->output);
    if (!g->input || !g->output) return false;
    for (int i = 0; i < e->in.n; i++)
        if (!(g->input[g->n_input++] = value_info(s, e->in.at[i], e->in_names[i], false)))
            return false;
    for (int i = 0; i < e->out.n; i++) {
        const char *name = adj_onnx_name(s, e->out.at[i]);
        const char *last = adj_onnx_node(s, "Identity", ADJ_NAMES(name), NULL);
        if (!last) return false;
        g->node[g->n_node - 1]->output[0] = text(s, e->out_names[i]);
        if (!(g->output[g->n_output++] =
                  value_info(s, e->out.at[i], e->out_names[i], e->n_axes > 0)))
            return false;
    }
    return !adj_error_kind();
}

static bool add_weights_of(AdjOnnxSaver *s, const AdjNamedTensors *list)
{
    for (int i = 0; i < list->n; i++) {
        AdjTensor *t = list->at[i].tensor;
        Entry *e = t ? entry_of(s, t) : NULL;
        if (!e || !e->weight) continue;
        e->weight = false;  // a shared one stands once
        if (!add_weight(s, t, e->name)) return false;
    }
    return !adj_error_kind();
}

// The weights that the graph uses, in the module's order.
static bool add_weights(AdjOnnxSaver *s, const AdjModule *m)
{
    if (!m) return true;
    if (!add_weights_of(s, &m->params) || !add_weights_of(s, &m->buffers)) return false;
    for (int i = 0; i < m->n_children; i++)
        if (!add_weights(s, m->children[i].module)) return false;
    return true;
}

static bool write_model(AdjOnnxSaver *s, const char *path)
{
    Onnx__ModelProto model = ONNX__MODEL_PROTO__INIT;
    Onnx__OperatorSetIdProto opset = ONNX__OPERATOR_SET_ID_PROTO__INIT;
    Onnx__OperatorSetIdProto *opsets[] = {&opset};
    char empty[] = "", producer[] = "adjoint", graph[] = "forward";
    opset.domain = empty;
    opset.has_version = model.has_ir_version = true;
    opset.version = s->e->opset;
    model.ir_version = 8;
    model.producer_name = producer;
    model.n_opset_import = 1;
    model.opset_import = opsets;
    model.graph = &s->graph;
    s->graph.name = graph;
    AdjFileOut out;
    if (!adj_file_create(&out, path)) return false;
    return adj_file_finish(&out, adj_protobuf_write(&model.base, out.f));
}

bool adj_onnx_save(const char *path, const AdjOnnxExport *e)
{
    if (adj_error_kind()) return false;
    AdjOnnxSaver s = {.e = e};
    onnx__graph_proto__init(&s.graph);
    bool grad = adj_set_grad_enabled(false);
    bool ok =
        save_steps(&s) && add_ends(&s) && add_weights(&s, e->module) && write_model(&s, path);
    adj_set_grad_enabled(grad);
    for (int i = 0; i < s.held.n; i++) adj_drop(&s.held.at[i]);
    free(s.held.at);
    while (s.blocks) {
        Block *next = s.blocks->next;
        free(s.blocks);
        s.blocks = next;
    }
    return ok && !adj_error_kind();
}
