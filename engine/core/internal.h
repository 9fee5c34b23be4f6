// SPDX-License-Identifier: Apache-2.0
// internal.h: what the files of the engine share and the public header hides: the structs, the
// per-thread state, the device table and the protocol between an op's row and the tape.
//
// Invariants. A tensor's storage is never NULL; sizes and strides count elements; data of a
// tensor starts at storage->data + offset * element size. A node's inputs are always older than
// the node, so descending sequence numbers are a topological order, in-place changes included.
#pragma once
#include "adjoint.h"
#include "device/device.h"

#include <assert.h>
#include <string.h>

#define ADJ_HIDDEN __attribute__((visibility("hidden")))
#define ADJ_LIKELY(x) __builtin_expect(!!(x), 1)
#define ADJ_UNLIKELY(x) __builtin_expect(!!(x), 0)

// -------------------------------------------------- devices (device/)

ADJ_HIDDEN extern const AdjDevice adj_cpu;
// How many devices beside the CPU have been opened: while there is none, nobody looks where
// tensors live.
ADJ_HIDDEN extern int adj_other_devices;
// The device of a title: "cpu", "cuda", "cuda:1"; it is opened when first asked for. NULL and
// an error that says what is missing.
ADJ_HIDDEN const AdjDevice *adj_device_find(const char *title);
// The device with that number, which has been found before.
ADJ_HIDDEN const AdjDevice *adj_device_at(uint8_t number);
// Says that [d] has no kernels of a family. Returns NULL.
ADJ_HIDDEN void *adj_device_lacks(const AdjDevice *d, const char *family);
// Calls the entry [family] of the table.
#define ADJ_RUN(device, family, ...)                                    \
    (ADJ_LIKELY((device)->family != NULL) ? (device)->family(__VA_ARGS__) \
                                          : (bool)adj_device_lacks(device, #family))

// -------------------------------------------------- tensors

typedef struct AdjStorage {
    int refs;
    uint32_t version;
    const AdjDevice *device;
    void *data;
    size_t bytes;
    void (*foreign)(void *owner);  // releases memory that is not the device's, or NULL
    void *owner;
} AdjStorage;

typedef struct AdjHookEntry {
    struct AdjHookEntry *next;
    int64_t id;
    uint32_t out;  // which output of the node, for hooks that a node carries
    AdjHook call;
    void *data;
    void (*drop)(void *);
    AdjTensor *retain;  // not NULL: no call, store the gradient in this tensor (borrowed)
} AdjHookEntry;

struct AdjTensor {
    int refs;
    uint8_t dtype, ndim;
    bool requires_grad;  // asked for on a leaf, or inherited from an input
    bool wrapped;        // a number of the language: weak in promotion
    bool is_parameter;
    bool retains_grad;
    bool grad_pending;  // a leaf that the running backward pass has met
    bool was_saved;     // a node may hold this very object (see adj_saved_view)
    uint32_t out;       // which output of node this is
    AdjStorage *storage;
    int64_t offset, numel;
    AdjNode *node;          // kept: what made it, NULL for leaves
    AdjTensor *grad;        // kept
    AdjTensor *base;        // kept: the tensor this is a differentiable view of, NULL if none
    uint32_t node_version;  // storage version at which node was valid (views only)
    uint32_t held;          // in a search for rings: references found so far (rings.c)
    AdjHookEntry *hooks;    // of a leaf; a result's hooks sit in its node
    void *handle;           // the language's object for this tensor, borrowed
    int64_t sizes[ADJ_MAX_DIMS], strides[ADJ_MAX_DIMS];
};

static inline char *adj_ptr(const AdjTensor *t)
{
    return (char *)t->storage->data + t->offset * (int64_t)adj_dtype_size((AdjDtype)t->dtype);
}

static inline bool adj_is_float(const AdjTensor *t)
{
    return t->dtype <= ADJ_BF16;
}
// f16 and bf16 are computed in f32.
static inline bool adj_is_half(const AdjTensor *t)
{
    return t->dtype == ADJ_F16 || t->dtype == ADJ_BF16;
}

// A tensor struct over [storage] (a reference is added), owned by the current scope. Strides
// NULL: contiguous. All memory errors end in NULL.
ADJ_HIDDEN AdjTensor *adj_tensor_make(AdjStorage *storage, AdjDtype dtype, AdjShape shape,
                                      const int64_t *strides, int64_t offset);
ADJ_HIDDEN AdjStorage *adj_storage_make(const AdjDevice *device, size_t bytes);
ADJ_HIDDEN void adj_storage_drop(AdjStorage *s);
// The same view with no history: shares storage, no node, no gradient.
ADJ_HIDDEN AdjTensor *adj_bare_view(const AdjTensor *t);
// New contents, shape of [x]; ADJ_SAME keeps the type.
ADJ_HIDDEN AdjTensor *adj_new_like(const AdjTensor *x, AdjDtype dtype);
ADJ_HIDDEN AdjTensor *
adj_scoped(AdjTensor *t);  // hands the caller's reference to the current scope
ADJ_HIDDEN void *adj_scope_defer(void *object, void (*drop)(void *object));
ADJ_HIDDEN AdjTensor *adj_zeros_of(AdjShape shape, AdjDtype dtype);
static inline const AdjDevice *adj_device_of(const AdjTensor *t)
{
    return t->storage->device;
}
// [t] on [d]: itself where it is there, else a copy that remembers [t] while recording.
ADJ_HIDDEN AdjTensor *adj_on(AdjTensor *t, const AdjDevice *d);
// The elements of [t] where the program can read them, without history.
ADJ_HIDDEN AdjTensor *adj_on_host(const AdjTensor *t);
// New tensors are made on [d] from now on; returns where they were made before.
ADJ_HIDDEN const AdjDevice *adj_device_use(const AdjDevice *d);

// -------------------------------------------------- element types (tensor/dtype.c)

ADJ_HIDDEN const char *adj_dtype_short(AdjDtype t);  // "f32"
ADJ_HIDDEN int adj_dtype_category(AdjDtype t);       // 0 bool, 1 integer, 2 float
ADJ_HIDDEN float adj_half_to_float(uint16_t h);
ADJ_HIDDEN uint16_t adj_float_to_half(float f);  // to nearest, ties to even
ADJ_HIDDEN float adj_bfloat_to_float(uint16_t b);
ADJ_HIDDEN uint16_t adj_float_to_bfloat(float f);

// -------------------------------------------------- shapes (tensor/shape.c)

ADJ_HIDDEN int64_t adj_shape_numel(AdjShape s);
ADJ_HIDDEN bool adj_shape_equal(AdjShape a, AdjShape b);
// "(2, 3)" as Python prints a tuple, "(3,)" for one axis; owned by the current scope.
ADJ_HIDDEN const char *adj_shape_text(AdjShape s);
// Wraps [dim] of a tensor with [ndim] axes into 0..ndim-1, or fails with PyTorch's range
// message; a 0-axis tensor counts as having one axis.
ADJ_HIDDEN bool adj_wrap_dim(int64_t *dim, int ndim);
// Broadcast of two shapes; fails with "op: shapes … do not broadcast".
ADJ_HIDDEN bool adj_broadcast(AdjShape a, AdjShape b, AdjShape *out);
// Sums [g] down to [shape], undoing a broadcast; itself differentiable.
ADJ_HIDDEN AdjTensor *adj_sum_to(AdjTensor *g, AdjShape shape);

// -------------------------------------------------- elementwise iteration (tensor/iter.c)

// Operand 0 is the output and gives the shape; the others must broadcast to it (checked by the
// caller).
ADJ_HIDDEN void adj_iter_make(AdjIter *it, int n, AdjTensor *const *operands);
// Calls [inner] for runs along the innermost axis, on several threads when the work pays.
// [inner] gets one pointer and one byte stride per operand and the length of the run.
typedef void (*AdjInner)(char *const *data, const int64_t *strides, int64_t n, const void *arg);
ADJ_HIDDEN void adj_iter_run(const AdjIter *it, AdjInner inner, const void *arg);
// Work (in elements) below which one thread does everything.
enum { ADJ_PARALLEL_FROM = 131072 };

// -------------------------------------------------- tape

typedef struct AdjIn {
    AdjNode *node;     // kept: what made this input
    AdjTensor *leaf;   // kept: the leaf that gathers this input's gradient
    AdjTensor *saved;  // kept when the row saves it
    uint32_t out;      // which output of node
    uint32_t version;  // of saved's storage when it was saved
    uint8_t dtype;
    bool wants;   // a gradient must be computed
    bool number;  // it was a number, not a tensor
    uint8_t device;  // its number
    int32_t slot;    // of the node's segment, from 1; 0: not dropped
    AdjShape shape;
} AdjIn;

typedef struct AdjOut {
    AdjTensor *saved;  // kept: alias without history, when the row saves it
    uint32_t version;
    uint8_t dtype, device;
    int32_t slot;  // as in AdjIn
    AdjShape shape;
} AdjOut;

struct AdjNode {
    int refs;
    const AdjOp *op;
    uint64_t sequence;
    int n_in, n_out, n_arg;
    AdjIn *in;
    AdjOut *out;
    AdjValue *arg;       // the non-tensor arguments in signature order
    const char *module;  // path of the module that was running
    const char *title;   // interned: what to call it, NULL: what its row says
    bool no_zeros;       // its derivative wants NULL for outputs that nobody used
    struct AdjSegment *segment;  // kept: computes its saved values again, NULL for most
    AdjPlace span;
    uint32_t forward_ticks, backward_ticks;
    bool released;  // saved values are gone
    bool needed;    // in the running pass, a wanted gradient lies behind it
    bool queued;    // in the running pass, waits in the heap
    AdjNode *next_dead;  // the next that waits for its release
    uint64_t pass;  // the last pass that marked this node
    uint64_t walk;  // the last search for rings that met it (rings.c)
    AdjHookEntry *hooks;
    AdjTensor **dy;  // gradients gathered so far by the running backward pass
    struct AdjShownValue *shown;  // copies of inputs, then outputs; NULL: none (show.c)
    void *extra;     // private to the op, released by drop_extra
    void (*drop_extra)(void *extra);
};

// For derivatives: input and output values (NULL and an error when they were changed in place
// or released), and whether input i wants a gradient. With create_graph the values carry their
// history.
ADJ_HIDDEN AdjTensor *adj_saved_in(AdjNode *n, int i);
ADJ_HIDDEN AdjTensor *adj_saved_out(AdjNode *n, int i);
static inline bool adj_wants(const AdjNode *n, int i)
{
    return n->in[i].wants;
}
// True while a pass builds a graph of its own: fused first-order kernels must not be used then.
static inline bool adj_building_graph(void)
{
    return adj_grad_enabled();
}

// show.c: what a node keeps to be shown, and its end.
ADJ_HIDDEN bool adj_shown_fill(AdjNode *n, AdjTensor *const *out, AdjTensor *const *in);
ADJ_HIDDEN void adj_shown_free(AdjNode *n);
// backward.c: the gradient [g] in the shape and type of the input.
ADJ_HIDDEN AdjTensor *adj_fit_gradient(AdjTensor *g, const AdjIn *in);
// The failure of using saved values that have been released. Returns NULL.
ADJ_HIDDEN void *adj_fail_released(void);
// The place of a saved input or, in a segment that is run again, of its new value.
ADJ_HIDDEN AdjTensor **adj_saved_place(AdjNode *n, int i);
// Makes [node] the history of [x], as its output [out].
ADJ_HIDDEN bool adj_take_history(AdjTensor *x, AdjNode *node, uint32_t out, bool requires_grad);
// A view without a base that holds the history of this moment, counted once; NULL: no memory.
ADJ_HIDDEN AdjTensor *adj_saved_view(const AdjTensor *t);

ADJ_HIDDEN AdjNode *adj_node_keep(AdjNode *n);
ADJ_HIDDEN void adj_node_drop(AdjNode *n);
ADJ_HIDDEN void adj_node_release_saved(AdjNode *n);

// What a generated entry does around an op's function. begin: remembers the op for error
// messages and turns recording off inside ops that have a derivative of their own.
typedef struct AdjCall {
    const AdjOp *op, *outer;
    bool grad;
    const AdjDevice *device;  // where new tensors were made before
    const AdjDevice *home;    // not NULL: where the results go
    bool hosted;              // it runs on the host for operands of another device
    uint64_t start;
    int mark;  // operations that the step's record had at the start
} AdjCall;
ADJ_HIDDEN void adj_call_begin(AdjCall *c, const AdjOp *op);
// Where a call runs, looked at once other devices are open (device/place.c): where its operands
// lie, which must be one place. Operands of a row that the host computes are replaced by copies
// on the host, and its results go back; so are numbers that lie alone on the CPU.
ADJ_HIDDEN bool adj_call_enter(AdjCall *c, int n, AdjTensor **const *in, AdjTensors *list);
ADJ_HIDDEN void adj_call_leave(const AdjCall *c, int n_out, AdjTensor **out, int n_in,
                               AdjTensor *const *given, AdjTensor **const *in);
// Restores the state; records a node when an input requires a gradient. Returns outs[0], or
// NULL when it is NULL.
ADJ_HIDDEN AdjTensor *adj_call_end(AdjCall *c, int n_out, AdjTensor **out, int n_in,
                                   AdjTensor *const *in, int n_arg, const AdjValue *arg);
// The inputs of a call that takes a list first and [n] single tensors after it, as one list.
ADJ_HIDDEN AdjTensors adj_join_inputs(AdjTensors list, int n, AdjTensor *const *more);
// A tensor's node as it stands now: a view whose base was changed in place gets a fresh one.
// NULL for leaves. adj_needs_grad answers for the same, current state.
ADJ_HIDDEN AdjNode *adj_current_node(AdjTensor *t);
static inline bool adj_is_stale_view(const AdjTensor *t)
{
    return t->base && t->node_version != t->storage->version;
}
static inline bool adj_needs_grad(AdjTensor *t)
{
    if (ADJ_UNLIKELY(adj_is_stale_view(t))) adj_current_node(t);
    return t->requires_grad;
}
// A node for [op] whose inputs are [in]; nothing is computed. NULL when memory ran out.
ADJ_HIDDEN AdjNode *adj_node_make(const AdjOp *op, int n_out, AdjTensor *const *out, int n_in,
                                  AdjTensor *const *in, int n_arg, const AdjValue *arg);
// Says that [x]'s contents changed: raises the version.
static inline void adj_touch(AdjTensor *x)
{
    x->storage->version++;
}
// Checks that [x] may be changed in place now: not a leaf that requires a gradient while
// recording, no element that stands for several.
ADJ_HIDDEN bool adj_check_in_place(AdjTensor *x);
// Copies elements of [x] into [y] (same shape, any types and devices), without history and
// without a version.
ADJ_HIDDEN bool adj_copy_data(AdjTensor *y, AdjTensor *x);
ADJ_HIDDEN bool adj_copy_across(AdjTensor *y, AdjTensor *x);

// -------------------------------------------------- per-thread state

enum {
    ADJ_WATCH_TRACE = 1,   // each call, for a trace
    ADJ_WATCH_STEPS = 2,   // each call, for the record of the step
    ADJ_WATCH_VALUES = 4,  // the results of modules
    ADJ_WATCH_BEATS = 8,   // where steps begin
    ADJ_WATCH_SCALARS = 16,  // the values that backward starts from
    ADJ_WATCH_CALLS = ADJ_WATCH_TRACE | ADJ_WATCH_STEPS,
};

typedef struct AdjThread {
    AdjErrorKind error;
    AdjScope *scope;
    const AdjOp *op;  // the op that runs now
    bool no_grad;     // recording is off
    bool anomaly;
    struct AdjSegment *segment;  // what is saved now belongs to it and is dropped
    AdjDtype default_dtype;
    const AdjDevice *device;  // where new tensors are made
    bool hosted;              // a derivative that the host computes for another device runs
    AdjPlace span;
    const char *module;  // path of the module that runs now
    const struct AdjModuleCaller *caller;  // runs modules of the language (nn/module.h)
    struct AdjModule *loop;                // the loop of a flow graph that runs now
    uint64_t sequence;   // of the last node
    uint64_t ticks;      // time at which the current op began
    int watchers;  // ADJ_WATCH_*, who is told of what runs; 0: nobody, for one test a call
    struct AdjTrace *trace;        // what keeps whole calls, NULL for nobody (trace.h)
    struct AdjObserver *observer;  // NULL until somebody observes (observe/observe.h)
    int64_t keep_values;           // elements of a value that nodes copy, 0: none (show.c)
    int64_t live_tensors, live_bytes;
    int64_t refuse_in;  // for tests: the how-manieth allocation from now fails; 0: none
    char error_text[512];
    char error_where[64];  // file:line of our source, for us
} AdjThread;
ADJ_HIDDEN extern _Thread_local AdjThread adj_thread __attribute__((tls_model("initial-exec")));

// -------------------------------------------------- memory

// Blocks aligned to 64 bytes, kept for reuse by size class. NULL and an error when there is
// none.
ADJ_HIDDEN void *adj_alloc(size_t bytes);
ADJ_HIDDEN void adj_free(void *block, size_t bytes);
// The time stamp counter and how many of its ticks make a microsecond.
ADJ_HIDDEN uint64_t adj_ticks(void);
ADJ_HIDDEN double adj_ticks_per_us(void);

// Interns a module path or name: equal texts give equal pointers that live as long as the
// process.
ADJ_HIDDEN const char *adj_intern(const char *text);

// -------------------------------------------------- rows

// The name of the op that runs, for messages: "softmax".
static inline const char *adj_op_name(void)
{
    return adj_thread.op ? adj_thread.op->name : "adjoint";
}

// Declares a row and its implementation op_<name>, which the following function defines.
// Prototype, public entry adj_<name>, call stub and argument table are generated from the
// signature.
#define ADJ_OP(op_, signature_, doc_, ...)                         \
    const AdjOp adj_op_##op_ = {.name = #op_,                      \
                                .signature = signature_,           \
                                .doc = doc_,                       \
                                .args = adj_args_##op_,            \
                                .n_args = ADJ_N_ARGS_##op_,        \
                                .n_tensors = ADJ_N_TENSORS_##op_,  \
                                .n_results = ADJ_N_RESULTS_##op_,  \
                                .result_names = adj_results_##op_, \
                                .call = adj_stub_##op_,            \
                                __VA_ARGS__};

#include "modules_gen.h"
#include "ops_gen.h"
