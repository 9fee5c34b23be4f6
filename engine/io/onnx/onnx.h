// SPDX-License-Identifier: Apache-2.0
// onnx.h: what the files of the ONNX reader and writer share.
//
// One table, onnx.def, relates ONNX's operators and ours. A row that needs no more than names
// serves both directions; others name a function that computes an operator with our ops
// (load_...), or one that writes an op of ours as nodes (save_...). The files go by subject:
// math.c reads and save_math.c writes, and so on.
#pragma once
#include "core/trace.h"
#include "io/protobuf.h"

#include "onnx.pb-c.h"

typedef Onnx__NodeProto AdjOnnxNode;

// ---------------------------------------------------------------- tensors

// Our element type for TensorProto's number, ADJ_SAME for one that we lack.
ADJ_HIDDEN AdjDtype adj_onnx_dtype(int32_t code);
ADJ_HIDDEN int32_t adj_onnx_dtype_code(AdjDtype dtype);
ADJ_HIDDEN const char *adj_onnx_dtype_name(int32_t code);  // "int8", for messages
ADJ_HIDDEN AdjTensor *adj_onnx_tensor(const Onnx__TensorProto *p);

// ---------------------------------------------------------------- running operators

// One operator about to run: its node, what came in, and places for what comes out.
typedef struct AdjOnnxCall {
    const AdjOnnxNode *node;
    int64_t opset;  // of the node's domain
    int n_in, n_out;
    AdjTensor **in;              // NULL: an optional input that was left out
    AdjTensor **out;             // [0] is set from the function's result
    struct AdjOnnxFrame *frame;  // for operators with graphs of their own
    const struct AdjOnnxGraph *const *graph;
} AdjOnnxCall;
typedef AdjTensor *(*AdjOnnxLoad)(AdjOnnxCall *c);

// Input [i] or NULL; the second form fails when it is absent.
static inline AdjTensor *adj_onnx_in(const AdjOnnxCall *c, int i)
{
    return i >= 0 && i < c->n_in ? c->in[i] : NULL;
}
ADJ_HIDDEN AdjTensor *adj_onnx_need(const AdjOnnxCall *c, int i);
static inline bool adj_onnx_wants(const AdjOnnxCall *c, int i)
{
    return i < c->n_out && c->node->output[i][0];
}

// Attributes by name, [otherwise] when the node has none.
ADJ_HIDDEN const Onnx__AttributeProto *adj_onnx_attr(const AdjOnnxNode *n, const char *name);
ADJ_HIDDEN int64_t adj_onnx_int(const AdjOnnxCall *c, const char *name, int64_t otherwise);
ADJ_HIDDEN double adj_onnx_float(const AdjOnnxCall *c, const char *name, double otherwise);
ADJ_HIDDEN const char *adj_onnx_str(const AdjOnnxCall *c, const char *name,
                                    const char *otherwise);
ADJ_HIDDEN AdjLongs adj_onnx_longs(const AdjOnnxCall *c, const char *name);  // n -1: absent
// The integers of attribute [name] or, when there is an input [i], of that: axes, sizes and
// the like moved from one to the other between versions. n -1: neither. False: an error.
ADJ_HIDDEN bool adj_onnx_ints(const AdjOnnxCall *c, const char *name, int i, AdjShape *out);
// The integers in a tensor.
ADJ_HIDDEN AdjLongs adj_onnx_values(AdjTensor *t);
ADJ_HIDDEN bool adj_onnx_to_shape(AdjLongs values, AdjShape *out);
// "Clip: ...": what every message about a node begins with.
ADJ_HIDDEN void *adj_onnx_fail(const AdjOnnxCall *c, const char *format, ...) ADJ_PRINTF(2, 3);
// Runs graph [i] of the node on [in]; results belong to the current scope.
ADJ_HIDDEN AdjTensors adj_onnx_run_graph(AdjOnnxCall *c, int i, AdjTensors in);

// ---------------------------------------------------------------- writing nodes

typedef struct AdjOnnxSaver AdjOnnxSaver;
struct AdjOnnxRow;
// Writes one step of a trace as nodes and names its results. False: an error is set.
typedef bool AdjOnnxSaveFn(AdjOnnxSaver *s, const struct AdjOnnxRow *row, const AdjStep *step);

// The name under which a tensor stands in the graph: a result of an earlier step, a parameter,
// or, for anything else, a constant that is written now.
ADJ_HIDDEN const char *adj_onnx_name(AdjOnnxSaver *s, AdjTensor *t);
// The same, cast to [dtype] where it is of another type.
ADJ_HIDDEN const char *adj_onnx_name_as(AdjOnnxSaver *s, AdjTensor *t, AdjDtype dtype);
ADJ_HIDDEN const char *adj_onnx_constant(AdjOnnxSaver *s, AdjTensor *t);
ADJ_HIDDEN const char *adj_onnx_ints_name(AdjOnnxSaver *s, AdjLongs values);  // int64 (n)
ADJ_HIDDEN const char *adj_onnx_number(AdjOnnxSaver *s, double x, AdjDtype dtype);
// Whether [t] depends on the graph's inputs; whether it is all zeros whatever they are.
ADJ_HIDDEN bool adj_onnx_varies(AdjOnnxSaver *s, AdjTensor *t);
ADJ_HIDDEN bool adj_onnx_is_zeros(AdjOnnxSaver *s, AdjTensor *t);
// Says that [t] goes by [name] from now on.
ADJ_HIDDEN bool adj_onnx_bind(AdjOnnxSaver *s, AdjTensor *t, const char *name);

// Attributes of a node being written, ended by one without a name.
typedef struct AdjOnnxAttr {
    const char *name;
    enum {
        ADJ_ONNX_INT,
        ADJ_ONNX_FLOAT,
        ADJ_ONNX_STR,
        ADJ_ONNX_STRS,  // a list of one
        ADJ_ONNX_INTS,
        ADJ_ONNX_TENSOR,
    } kind;
    int64_t i;
    double f;
    const char *s;
    AdjLongs ints;
    Onnx__TensorProto *t;
} AdjOnnxAttr;
#define ADJ_ATTR_INT(name_, x) ((AdjOnnxAttr){.name = (name_), .kind = ADJ_ONNX_INT, .i = (x)})
#define ADJ_ATTR_FLOAT(name_, x) \
    ((AdjOnnxAttr){.name = (name_), .kind = ADJ_ONNX_FLOAT, .f = (x)})
#define ADJ_ATTR_STR(name_, x) ((AdjOnnxAttr){.name = (name_), .kind = ADJ_ONNX_STR, .s = (x)})
#define ADJ_ATTR_STRS(name_, x) \
    ((AdjOnnxAttr){.name = (name_), .kind = ADJ_ONNX_STRS, .s = (x)})
#define ADJ_ATTR_INTS(name_, x) \
    ((AdjOnnxAttr){.name = (name_), .kind = ADJ_ONNX_INTS, .ints = (x)})
#define ADJ_ATTRS(...) ((const AdjOnnxAttr[]){__VA_ARGS__, {0}})
#define ADJ_NAMES(...)                                                                    \
    (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *)), (const char *[]) \
    {                                                                                     \
        __VA_ARGS__                                                                       \
    }

// Writes a node with [n_out] results; returns the first one's name, the others' lie behind it
// in adj_onnx_result. An input NULL fails silently (an error stands), "" leaves it out.
// [attrs] may be NULL. The form with a tensor gives the one result to it.
ADJ_HIDDEN const char *adj_onnx_node(AdjOnnxSaver *s, const char *type, int n_in,
                                     const char *const *in, const AdjOnnxAttr *attrs);
ADJ_HIDDEN bool adj_onnx_nodes(AdjOnnxSaver *s, const char *type, int n_in,
                               const char *const *in, const AdjOnnxAttr *attrs, int n_out,
                               const char **out);
// The opset that is written, and whether any axis of any input may change.
ADJ_HIDDEN int64_t adj_onnx_opset(const AdjOnnxSaver *s);
ADJ_HIDDEN bool adj_onnx_is_dynamic(const AdjOnnxSaver *s);

// ---------------------------------------------------------------- the table

typedef struct AdjOnnxRow {
    const char *onnx, *op;  // either may be NULL where the row serves one direction
    const char *args;       // "dim=axis:-1": our argument, ONNX's attribute, ONNX's default
    AdjOnnxLoad load;
    AdjOnnxSaveFn *save;
} AdjOnnxRow;
ADJ_HIDDEN const AdjOnnxRow *adj_onnx_row(const char *operator_name);
ADJ_HIDDEN const AdjOnnxRow *adj_onnx_row_of_op(const AdjOp *op);
ADJ_HIDDEN AdjTensor *adj_onnx_load_plain(const AdjOnnxRow *row, AdjOnnxCall *c);
ADJ_HIDDEN AdjOnnxSaveFn adj_onnx_save_plain;
