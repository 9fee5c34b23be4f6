// SPDX-License-Identifier: Apache-2.0
// adjoint.h: the public interface of libadjoint, a tensor, autograd and layer engine.
//
// Five ideas carry everything.
//
// TENSOR. A tensor is a view (element type, sizes, strides, offset; at most 8 axes) over
// counted storage. Views share storage; every in-place change raises the storage's version, and
// a value that the tape still needs cannot be changed unnoticed.
//
// TAPE. When an operand requires a gradient, an operation leaves a node: which row, which
// inputs, which values its derivative needs. adj_backward walks the nodes from a root in
// reverse order of their making, with a work list, so the length of a chain is bounded by
// memory, never by the C stack. Derivatives are written in public operations, so they can be
// differentiated again.
//
// MODULE. A module owns named children, parameters and buffers, has a training flag and a
// forward function. Everything else (counting, saving, moving, printing) walks the children.
//
// SCOPE. What a function returns newly made belongs to the innermost open scope of the thread,
// which releases it when it closes. adj_keep makes a reference of your own, adj_drop gives it
// back, adj_give hands a result to the scope outside. So expressions nest and nobody frees
// temporaries.
//
// ERROR. A fallible function returns NULL or false and records the first error of the thread.
// An operation given a NULL operand returns NULL at once, silently: the first error stands.
// Look at the error once, at the end:
//
//     ADJ_SCOPE;
//     AdjTensor *x = adj_randn(ADJ_SHAPE(32, 784), ADJ_F32);
//     AdjTensor *w = adj_require_grad(adj_randn(ADJ_SHAPE(784, 10), ADJ_F32), true);
//     AdjTensor *loss = adj_mean(adj_square(adj_matmul(x, w)), ADJ_ALL, false, ADJ_SAME);
//     if (!adj_backward(loss, NULL, false, false)) puts(adj_error_text());
//     else printf("%g\n", adj_item(adj_norm(adj_grad(w), ADJ_F(2), ADJ_ALL, false, ADJ_SAME)));
//
// Operations themselves are declared in adjoint_ops.h, which is written at build time from the
// row above each implementation; `adjoint -c "help(matmul)"` prints the same text.
#pragma once
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#    define ADJ_PRINTF(f, a) __attribute__((format(printf, f, a)))
#    define ADJ_API __attribute__((visibility("default")))
#else
#    define ADJ_PRINTF(f, a)
#    define ADJ_API
#endif

typedef struct AdjTensor AdjTensor;
typedef struct AdjNode AdjNode;
typedef struct AdjOp AdjOp;
typedef struct AdjModule AdjModule;

// ---------------------------------------------------------------- errors

typedef enum AdjErrorKind {
    ADJ_E_NONE,
#define ERROR(constant, exception, text) ADJ_E_##constant,
#include "core/errors.def"
#undef ERROR
    ADJ_E_KINDS
} AdjErrorKind;

// Records an error unless one is recorded already, and returns NULL: the one way to fail. In a
// function that returns bool the result converts to false. The text names the operation and the
// values: "add: shapes (3,) and (4,) do not broadcast".
ADJ_API void *adj_fail(AdjErrorKind kind, const char *format, ...) ADJ_PRINTF(2, 3);
ADJ_API AdjErrorKind adj_error_kind(void);  // ADJ_E_NONE when nothing failed
ADJ_API const char *adj_error_text(void);   // "" when nothing failed; valid until cleared
ADJ_API const char *
adj_error_exception(AdjErrorKind kind);  // the language's name, "ShapeError"
ADJ_API void adj_error_clear(void);

// ---------------------------------------------------------------- shapes, types, arguments

typedef enum AdjDtype {
    ADJ_F32,
    ADJ_F64,
    ADJ_F16,
    ADJ_BF16,
    ADJ_I64,
    ADJ_I32,
    ADJ_U8,
    ADJ_BOOL,
    ADJ_DTYPES,
    ADJ_SAME = ADJ_DTYPES,  // as an argument: keep the operand's type, or the default type
} AdjDtype;

enum { ADJ_MAX_DIMS = 8 };

// Sizes, axes or any other short list of integers, passed by value. n = -1 stands for None.
typedef struct AdjShape {
    int n;
    int64_t at[ADJ_MAX_DIMS];
} AdjShape;
#define ADJ_SHAPE(...) \
    ((AdjShape){(int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), {__VA_ARGS__}})
#define ADJ_SCALAR_SHAPE ((AdjShape){0, {0}})
#define ADJ_ALL ((AdjShape){-1, {0}})  // as an argument: every axis
#define ADJ_NO_INT INT64_MIN           // as an int argument: None

// A number for every axis, or one that stands for all. n = -1 stands for None.
typedef struct AdjFloats {
    int n;
    double at[ADJ_MAX_DIMS];
} AdjFloats;
// As a padding: as much as makes the result as large as the input, halves on both sides; none.
#define ADJ_PAD_SAME ((AdjShape){-2, {0}})
#define ADJ_PAD_VALID ((AdjShape){-3, {0}})

// A number whose type matters: 2, 2.0 and True promote differently.
typedef enum AdjScalarKind { ADJ_S_NONE, ADJ_S_BOOL, ADJ_S_INT, ADJ_S_FLOAT } AdjScalarKind;
typedef struct AdjScalar {
    AdjScalarKind kind;
    int64_t i;  // the value when kind is BOOL or INT
    double f;   // the value as a double, for every kind
} AdjScalar;
#define ADJ_F(x) ((AdjScalar){ADJ_S_FLOAT, 0, (x)})
#define ADJ_I(x) ((AdjScalar){ADJ_S_INT, (x), (double)(x)})
#define ADJ_NO_SCALAR ((AdjScalar){ADJ_S_NONE, 0, 0})

// A list of tensors. As a result it belongs to the current scope, list and tensors both; a
// failed call gives { 0, NULL }.
typedef struct AdjTensors {
    int n;
    AdjTensor **at;
} AdjTensors;
#define ADJ_TENSORS(...)                                                             \
    ((AdjTensors){(int)(sizeof((AdjTensor *[]){__VA_ARGS__}) / sizeof(AdjTensor *)), \
                  (AdjTensor *[]){__VA_ARGS__}})

// A long list of integers (sizes of split); borrowed.
typedef struct AdjLongs {
    int64_t n;  // -1 stands for None
    const int64_t *at;
} AdjLongs;

// One argument or result of an operation, as the registry's call stubs take it.
typedef struct AdjValue {
    union {
        AdjTensor *t;
        AdjTensors ts;
        int64_t i;
        double f;
        bool b;
        const char *s;
        AdjScalar num;
        AdjShape ints;
        AdjFloats floats;
        AdjLongs longs;
        AdjDtype dtype;
        AdjModule *m;
        const AdjOp *op;
    };
} AdjValue;

ADJ_API const char *adj_dtype_name(AdjDtype t);  // "float32"
ADJ_API AdjDtype
adj_dtype_find(const char *name);           // ADJ_SAME when unknown; knows PyTorch's names
ADJ_API size_t adj_dtype_size(AdjDtype t);  // bytes per element
ADJ_API bool adj_dtype_is_float(AdjDtype t);
ADJ_API AdjDtype adj_dtype_promote(AdjDtype a, AdjDtype b);  // PyTorch's lattice
ADJ_API AdjDtype adj_default_dtype(void);                    // f32 unless set
ADJ_API bool adj_set_default_dtype(AdjDtype t);  // f32, f64, f16, bf16; else an error

// ---------------------------------------------------------------- scopes and references

typedef struct AdjScope {
    struct AdjScope *outer;
    AdjTensor **owned;             // released when the scope closes
    void **memory;                 // blocks released when the scope closes
    struct AdjDeferred *deferred;  // modules and the like, released when the scope closes
    int n, capacity, n_memory, memory_capacity, n_deferred, deferred_capacity;
    AdjTensor *first[8];  // room for the first tensors, so that a small scope allocates nothing
} AdjScope;

// Opens a scope. Tensors made until the matching close belong to [s] and are released by it.
// Scopes nest; [s] must live on the caller's stack. Cannot fail.
ADJ_API void adj_scope_open(AdjScope *s);
// Closes [s], which must be the innermost open scope, and releases what it owns.
ADJ_API void adj_scope_close(AdjScope *s);
#define ADJ_SCOPE_NAME2(line) adj_scope_at_##line
#define ADJ_SCOPE_NAME(line) ADJ_SCOPE_NAME2(line)
#define ADJ_SCOPE                                                                \
    __attribute__((cleanup(adj_scope_close))) AdjScope ADJ_SCOPE_NAME(__LINE__); \
    adj_scope_open(&ADJ_SCOPE_NAME(__LINE__))

// Adds a reference and returns [t]; NULL stays NULL.
ADJ_API AdjTensor *adj_keep(AdjTensor *t);
// Gives a reference back and sets the variable to NULL.
ADJ_API void adj_drop(AdjTensor **t);
// Hands [t] to the scope outside the innermost one, so that it outlives the block that made it.
ADJ_API AdjTensor *adj_give(AdjTensor *t);
// Memory of [bytes] bytes that the current scope releases. NULL and an error when there is
// none.
ADJ_API void *adj_scope_memory(size_t bytes);

ADJ_API int64_t adj_live_tensors(void);  // tensors alive in this process
ADJ_API int64_t adj_live_bytes(void);    // bytes of storage alive

// ---------------------------------------------------------------- tensors

// Makes a tensor of [shape] with undefined contents.
ADJ_API AdjTensor *adj_new(AdjShape shape, AdjDtype dtype);
// Makes a tensor and copies [data], which holds as many elements of [dtype] as [shape] has.
ADJ_API AdjTensor *adj_from(const void *data, AdjShape shape, AdjDtype dtype);
// A number as an operand: a 0-axis tensor that promotes as a Python number does.
ADJ_API AdjTensor *adj_number(AdjScalar x);
#define ADJ_NUM(x) adj_number(ADJ_F(x))

// Of NULL, the result of what failed, each says something harmless.
ADJ_API AdjShape adj_shape(const AdjTensor *t);
ADJ_API int adj_ndim(const AdjTensor *t);
ADJ_API int64_t adj_size(const AdjTensor *t,
                         int64_t dim);  // dim may be negative; -1 when out of range
ADJ_API int64_t adj_stride(const AdjTensor *t, int64_t dim);  // in elements
ADJ_API int64_t adj_numel(const AdjTensor *t);
ADJ_API AdjDtype adj_dtype(const AdjTensor *t);
ADJ_API bool adj_is_contiguous(const AdjTensor *t);
ADJ_API const char *adj_device(const AdjTensor *t);  // "cpu", "cuda:0"
ADJ_API bool adj_is_leaf(const AdjTensor *t);
ADJ_API uint32_t adj_version(const AdjTensor *t);  // in-place changes of the storage so far
// The first element. Elements are adj_stride apart; valid while the tensor lives. Those of a
// tensor on another device than the CPU cannot be read through it: take adj_host first.
ADJ_API void *adj_data(const AdjTensor *t);
// [t] itself when its elements can be read here, else a copy of them on the CPU; no history.
ADJ_API AdjTensor *adj_host(const AdjTensor *t);
// The value of a one-element tensor as a double (NaN and an error when it has more).
ADJ_API double adj_item(AdjTensor *t);
// The same, keeping its type: ints stay exact.
ADJ_API AdjScalar adj_item_scalar(AdjTensor *t);
// One line naming shape and type, for messages: "(32, 784) f32". Valid until the scope closes.
ADJ_API const char *adj_describe(const AdjTensor *t);

// Writes [value], broadcast to the shape of [x] and converted to its type, into [x], which
// takes over the history of [value]: the in-place form of any op is adj_assign(x, adj_op(x,
// ...)). Returns [x].
ADJ_API AdjTensor *adj_assign(AdjTensor *x, AdjTensor *value);
// The same for a [value] that was there before: whatever computed it and saved old contents of
// [x] for its derivative has lost them, and says so in the backward pass.
ADJ_API AdjTensor *adj_assign_given(AdjTensor *x, AdjTensor *value);

typedef struct AdjPrintOptions {
    int precision, threshold, edgeitems, linewidth;
    int sci_mode;  // -1 decide from the values, 0 never, 1 always
} AdjPrintOptions;
ADJ_API AdjPrintOptions *adj_print_options(void);  // this thread's; change in place
// Takes all options from a profile: "default", "short" or "full". False for another name.
ADJ_API bool adj_set_print_profile(const char *name);
// The text PyTorch prints, `tensor([...], grad_fn=...)`; caller frees with free(). [prefix] is
// "tensor" or "Parameter containing:\ntensor".
ADJ_API char *adj_to_text(AdjTensor *t);

// Makes a tensor from nested lists, as torch.tensor does: report every list's opening and
// closing and every number in order, starting from { 0 }. Lists that differ in length or depth
// are an error, which ends the rest silently. adj_build_end must follow in any case: it
// releases the numbers.
typedef struct AdjBuilder {
    AdjScalar *at;
    int64_t n, capacity;
    int depth, ndim;
    bool ndim_known, sized[ADJ_MAX_DIMS];
    AdjScalarKind kind;            // the widest seen so far
    int64_t length[ADJ_MAX_DIMS];  // of the open lists
    AdjShape shape;
} AdjBuilder;
ADJ_API void adj_build_open(AdjBuilder *b);
ADJ_API void adj_build_close(AdjBuilder *b);
ADJ_API void adj_build_number(AdjBuilder *b, AdjScalar x);
// ADJ_SAME: bool, int64 or the default float type, whichever holds all the numbers.
ADJ_API AdjTensor *adj_build_end(AdjBuilder *b, AdjDtype dtype);

// ---------------------------------------------------------------- devices

// Where new tensors are made from now on: "cpu", "cuda", "cuda:1". Returns the former place;
// NULL and an error that says what is missing.
ADJ_API const char *adj_set_device(const char *title);
// How many devices of a kind there are ("cuda"). With 0 the reason stands in [why].
ADJ_API int adj_device_count(const char *name, char *why, size_t size);
// Waits until a device has done all that was asked of it.
ADJ_API bool adj_device_wait(const char *title);
typedef struct AdjMemoryUse {
    int64_t now, most;            // bytes in tensors: at the moment, and the most there were
    int64_t reserved, most_reserved;  // bytes taken from the system
    int64_t free, total;          // bytes the device has left and has
} AdjMemoryUse;
ADJ_API bool adj_device_memory(const char *title, AdjMemoryUse *use);
ADJ_API bool adj_device_reset_peak(const char *title);  // the most there were starts from now
ADJ_API bool adj_device_trim(const char *title);        // gives unused memory back
// Its name in words, as its maker says it: "NVIDIA H200". Owned by the current scope.
ADJ_API const char *adj_device_model(const char *title);

// ---------------------------------------------------------------- indexing

// One item between the brackets of x[...]. Lists of numbers come as tensors (adj_build_*); an
// empty list as an empty int64 tensor.
typedef enum AdjIndexKind {
    ADJ_INDEX_INT,
    ADJ_INDEX_SLICE,
    ADJ_INDEX_NEW_AXIS,
    ADJ_INDEX_ELLIPSIS,
    ADJ_INDEX_BOOL,
    ADJ_INDEX_TENSOR,
} AdjIndexKind;
typedef struct AdjIndex {
    AdjIndexKind kind;
    int64_t i;                  // INT: the position; BOOL: 0 or 1
    int64_t start, stop, step;  // SLICE: ADJ_NO_INT is None
    AdjTensor *t;               // TENSOR: integers, or a mask of bools (or uint8); borrowed
} AdjIndex;
// x[items]: a view when all items are numbers, slices, None and Ellipsis, else a copy. The
// rules are PyTorch's, those for several index tensors included. Differentiable.
ADJ_API AdjTensor *adj_index_get(AdjTensor *x, const AdjIndex *items, int n);
// x[items] = value, broadcast and converted to x's type. Recorded like every in-place change.
ADJ_API bool adj_index_set(AdjTensor *x, const AdjIndex *items, int n, AdjTensor *value);
// x.index_put_(items, value, accumulate): with [accumulate], elements named twice receive both.
ADJ_API bool adj_index_add_to(AdjTensor *x, const AdjIndex *items, int n, AdjTensor *value);

// ---------------------------------------------------------------- autograd

ADJ_API bool adj_requires_grad(const AdjTensor *t);
// Marks a leaf as wanting a gradient, or not. Fails for integers and for results. Returns [t].
ADJ_API AdjTensor *adj_require_grad(AdjTensor *t, bool wanted);
ADJ_API AdjTensor *adj_grad(const AdjTensor *t);           // borrowed; NULL when there is none
ADJ_API bool adj_set_grad(AdjTensor *t, AdjTensor *grad);  // NULL clears
ADJ_API bool adj_retain_grad(AdjTensor *t);                // keep the gradient of a result too
ADJ_API AdjNode *adj_grad_fn(const AdjTensor *t);          // borrowed; NULL for leaves

ADJ_API bool adj_grad_enabled(void);
ADJ_API bool adj_set_grad_enabled(bool enabled);  // returns the former state
ADJ_API bool adj_set_anomaly_mode(bool enabled);  // returns the former state

// Adds d root / d leaf to the gradient of every leaf that [root] came from. [seed] is d/d root
// and may be NULL when root has one element. Saved values are released unless [retain_graph];
// with [create_graph] the gradients carry a tape of their own.
ADJ_API bool adj_backward(AdjTensor *root, AdjTensor *seed, bool retain_graph,
                          bool create_graph);
// Runs the same sweep to show it: after each node [see] gets the node, the gradients that came
// in (one per output) and those that go on (one per input, NULL where none is wanted), in the
// order of the sweep. The leaves' own gradients and the saved values stay as they are.
typedef void (*AdjSeeNode)(void *data, AdjNode *node, AdjTensors came, AdjTensors went);
ADJ_API bool adj_see_backward(AdjTensor *root, AdjTensor *seed, AdjSeeNode see, void *data);
// adj_backward with retain_graph, shown in the same way: the leaves receive their gradients.
ADJ_API bool adj_show_backward(AdjTensor *root, AdjTensor *seed, AdjSeeNode see, void *data);
// Lets go of the saved values behind [root], as a backward pass without retain_graph does.
ADJ_API void adj_release_tape(AdjTensor *root);
// The same from several roots; seeds.at[i] may be NULL, or missing, for roots with one element.
// Where [inputs] are given, they alone receive gradients, results among them too.
ADJ_API bool adj_backward_from(AdjTensors roots, AdjTensors seeds, AdjTensors inputs,
                               bool retain_graph, bool create_graph);
// The gradients of [roots] with respect to [inputs], leaving the leaves' own gradients alone.
// An input that the roots do not depend on gives NULL when [allow_unused], else an error.
ADJ_API AdjTensors adj_gradients(AdjTensors roots, AdjTensors seeds, AdjTensors inputs,
                                 bool retain_graph, bool create_graph, bool allow_unused);

// Called with the gradient when it has been computed; returns a replacement or NULL to leave
// it.
typedef AdjTensor *(*AdjHook)(AdjTensor *grad, void *data);
// Returns the hook's number (> 0) for adj_hook_remove, 0 on failure. [drop] releases [data],
// may be NULL.
ADJ_API int64_t adj_hook_add(AdjTensor *t, AdjHook hook, void *data, void (*drop)(void *));
ADJ_API bool adj_hook_remove(AdjTensor *t, int64_t id);

// A derivative that is not a row's: from the gradients of the outputs [dy] (NULL where nobody
// used one and [zeros] was false) to those of the inputs [dx], NULL where there is none.
typedef bool (*AdjBackward)(AdjTensor *const *dy, AdjTensor **dx, void *data);
// Says that [outputs] were computed from [inputs] by a function called [name] whose derivative
// is [backward]. An output that [plain] marks has none; one that is an input was changed in
// place. True at once when nothing needs a gradient. [drop] releases [data] in every case.
ADJ_API bool adj_record_function(const char *name, AdjTensors inputs, AdjTensors outputs,
                                 const bool *plain, bool zeros, AdjBackward backward,
                                 void *data, void (*drop)(void *));

// Between begin and end, derivatives keep nothing but leaves: what they need is computed again
// when the first of them asks, by [again], which must do what was done the first time. Segments
// nest. [drop] releases [data] with the last node of the segment.
typedef struct AdjSegment AdjSegment;
ADJ_API AdjSegment *adj_segment_begin(bool (*again)(void *data), void *data,
                                      void (*drop)(void *));
ADJ_API void adj_segment_end(AdjSegment *s);

// A function under test: [n] inputs in, one tensor out.
typedef AdjTensor *(*AdjTestFunction)(AdjTensors inputs, void *data);
typedef struct AdjGradcheck {
    double worst_error;        // |analytic - numeric| at the worst element
    double analytic, numeric;  // the two values there
    int input;                 // which input
    int64_t element;           // which element of it
    bool passed;
} AdjGradcheck;
// Compares the adjoint of [f] with central differences in double precision at [inputs] (f64,
// requiring gradients), element by element: passes when every |a - n| <= atol + rtol |n|.
ADJ_API bool adj_gradcheck(AdjTestFunction f, void *data, AdjTensors inputs, double eps,
                           double atol, double rtol, AdjGradcheck *out);

// ---------------------------------------------------------------- the tape, for reading

// Where in a source text an expression stands; source 0 is "nowhere".
typedef struct AdjPlace {
    uint32_t source, start, end;
} AdjPlace;
ADJ_API void adj_set_span(AdjPlace span);  // stamped on the nodes made from now on
ADJ_API AdjPlace adj_node_span(const AdjNode *n);
ADJ_API const AdjOp *adj_node_op(const AdjNode *n);
ADJ_API const char *adj_node_module(const AdjNode *n);  // "net.0"; "" outside modules
ADJ_API uint64_t adj_node_sequence(const AdjNode *n);
ADJ_API int adj_node_inputs(const AdjNode *n);
ADJ_API AdjNode *adj_node_input(const AdjNode *n, int i);   // NULL for leaves and constants
ADJ_API AdjTensor *adj_node_leaf(const AdjNode *n, int i);  // the leaf at input i, or NULL
ADJ_API AdjShape adj_node_shape(const AdjNode *n);
ADJ_API double adj_node_forward_us(const AdjNode *n);
ADJ_API double adj_node_backward_us(const AdjNode *n);  // 0 before the backward pass
ADJ_API int64_t adj_node_bytes(const AdjNode *n);       // held for the derivative
ADJ_API const char *adj_node_name(const AdjNode *n);    // PyTorch's name, "AddmmBackward0"
// The derivative of this node alone: from the gradients of its outputs (NULL stands for zeros)
// those of its inputs, NULL where none is wanted. Hooks are not called. at NULL: it failed.
ADJ_API AdjTensors adj_node_gradients(AdjNode *n, AdjTensors dy);
// From now on, nodes made by this thread keep copies of their inputs and outputs that have at
// most [most] elements, as they are then, to be shown; 0: none. Returns the former limit.
ADJ_API int64_t adj_keep_values(int64_t most);
ADJ_API AdjTensor *adj_node_value(const AdjNode *n, int out);   // borrowed; NULL: not kept
ADJ_API AdjTensor *adj_node_operand(const AdjNode *n, int in);  // ditto
// Whether input [in] was this tensor: known where its copy is kept.
ADJ_API bool adj_node_took(const AdjNode *n, int in, const AdjTensor *t);

// ---------------------------------------------------------------- threads

// How many threads share large work: what was set, else OMP_NUM_THREADS, else the processors
// that this process may use.
ADJ_API int adj_threads(void);
ADJ_API void adj_set_threads(int n);

// ---------------------------------------------------------------- random numbers

// A source of random numbers: MT19937 with PyTorch's transformations (the same seed gives the
// same digits), or Philox4x32-10, whose numbers depend on seed and place alone. Counted.
typedef struct AdjGenerator AdjGenerator;
typedef enum AdjGeneratorKind { ADJ_MT19937, ADJ_PHILOX } AdjGeneratorKind;

ADJ_API void adj_seed(uint64_t seed);     // seeds the default generator of this thread
ADJ_API uint64_t adj_initial_seed(void);  // the seed it was last given
// Seeds the generator in use from the system's entropy and returns the seed.
ADJ_API uint64_t adj_seed_freely(void);

// A generator of your own, seeded with PyTorch's default 67280421310721; NULL without memory.
ADJ_API AdjGenerator *adj_generator_make(AdjGeneratorKind kind);
ADJ_API AdjGenerator *adj_generator_keep(AdjGenerator *g);
ADJ_API void adj_generator_drop(AdjGenerator **g);
// The thread's default generator; borrowed.
ADJ_API AdjGenerator *adj_generator_default(void);
// The generator that all random operations of this thread draw from, from now on; NULL is the
// default one. Returns the former (borrowed, NULL for the default), to be put back.
ADJ_API AdjGenerator *adj_generator_use(AdjGenerator *g);
ADJ_API void adj_generator_seed(AdjGenerator *g, uint64_t seed);
ADJ_API uint64_t adj_generator_initial_seed(const AdjGenerator *g);
// The whole state as a uint8 tensor, and back. Only a state of the same kind fits.
ADJ_API AdjTensor *adj_generator_state(const AdjGenerator *g);
ADJ_API bool adj_generator_set_state(AdjGenerator *g, AdjTensor *state);

// ---------------------------------------------------------------- the registry of operations

typedef enum AdjArgKind {
    ADJ_ARG_TENSOR,
    ADJ_ARG_NUM,
    ADJ_ARG_TENSORS,
    ADJ_ARG_INT,
    ADJ_ARG_FLOAT,
    ADJ_ARG_BOOL,
    ADJ_ARG_STR,
    ADJ_ARG_INTS,
    ADJ_ARG_SCALAR,
    ADJ_ARG_LONGS,
    ADJ_ARG_DTYPE,
    ADJ_ARG_SIZES,  // one int for all axes, or one for each; None within stands for ADJ_NO_INT
    ADJ_ARG_PADDING,  // the same, or 'same' or 'valid'
    ADJ_ARG_FLOATS,   // one number for all axes, or one for each
    ADJ_ARG_MODULE,
    ADJ_ARG_OP,  // in the language an operation or its name
} AdjArgKind;

// One parameter of an operation, generated from the row's signature.
typedef struct AdjArg {
    const char *name;
    AdjArgKind kind;
    bool optional;  // None is accepted ("tensor?", "int?" ...)
    bool has_default;
    AdjValue value;    // the default
    const char *text;  // type and default as the row spells them, "int = -1"
    double low, high;  // inclusive limits of a number, infinite where there are none
} AdjArg;

typedef void (*AdjVjp)(AdjNode *node, AdjTensor *const *dy, AdjTensor **dx);

// A row: everything known about an operation. The first group is written by hand above the
// function, the second is generated from the signature.
// clang-format off
struct AdjOp {
    const char *name;       // as in the language and, with adj_ in front, in C
    const char *signature;  // "(x: tensor, dim: int = -1) -> tensor"
    const char *doc;        // formula, shapes, notes, errors, source
    const char *source;     // author and year, or NULL
    const char *aliases;    // further names in the language, separated by spaces, or NULL
    const char *torch;      // PyTorch's name of the node by the rules of adj_node_name
    AdjVjp vjp;             // NULL: composed of other ops, or not differentiable
    int kept;               // the last results are for the vjp alone: callers do not get them
    unsigned saves;         // ADJ_SAVE_IN(i) | ADJ_SAVE_OUT(i): what the vjp reads
    bool view;              // the result shares the operand's storage
    bool in_place;          // name_ exists too and writes the result into the first operand
    bool no_method;         // not reachable as x.name()
    bool no_grad;           // no derivative exists: results never require one
    bool hosted;            // computed on the host, by copies of operands that lie elsewhere
    double lo, hi;          // range of test inputs (0, 0: -4 to 4)

    const AdjArg *args;
    int n_args;
    int n_tensors;          // tensor parameters, in order; a list of tensors counts as one
    int n_results;          // 1, or the number of tensors in a tuple, or -1 for a list
    const char *const *result_names;  // ended by NULL; none of a plain tuple
    bool (*call)(const AdjValue *args, AdjValue *result);
};
// clang-format on
#define ADJ_SAVE_IN(i) (1u << (i))
#define ADJ_SAVE_OUT(i) (1u << (16 + (i)))
#define ADJ_SAVE_ALL_IN 0xffffu

extern ADJ_API const AdjOp *const adj_ops[];         // every row by name, then NULL
ADJ_API const AdjOp *adj_op_find(const char *name);  // NULL when unknown

// ---------------------------------------------------------------- modules

// Tensors by name.
typedef struct AdjArchive {
    int n;
    const char **names;
    AdjTensor **tensors;
    int n_meta;         // texts beside the tensors, which safetensors files can carry
    const char **meta;  // key, value, key, value ...
} AdjArchive;

typedef struct AdjModuleRow AdjModuleRow;

// A kind of module: one row beside its implementation, as operations have. Arguments of the
// constructor and of forward are described by signatures; `adj_<Name>` makes one in C.
struct AdjModuleRow {
    const char *name;       // "Linear"
    const char *signature;  // of the constructor
    const char *call;       // of forward
    const char *doc;
    const char *source;
    // Which arguments print() shows: "{in_features}" the value, "in_features={}" with its name.
    const char *repr;
    // Makes parameters, buffers and children from the arguments. NULL: there are none.
    bool (*build)(AdjModule *m);
    bool (*forward)(AdjModule *m, const AdjValue *in, AdjValue *out);
    const AdjArg *args;  // of the constructor
    int n_args;
    const AdjArg *in;  // of forward
    int n_in;
    int n_results;    // as in AdjOp
    bool functional;  // no parameters: an activation, a loss
    // What a module may know besides; each may be NULL. forward_named gets what Flow's `using`
    // wires to it; reset forgets what one forward pass left behind, detach_state cuts what the
    // module retains from the tape. NULL for the last two: the children are told.
    bool (*forward_named)(AdjModule *m, AdjTensor *x, AdjArchive refs, AdjValue *out);
    bool (*reset)(AdjModule *m);
    bool (*detach_state)(AdjModule *m);
    // Gives [copy], whose children are copies already, what [m] keeps besides them.
    bool (*copied)(AdjModule *copy, const AdjModule *m);
};

extern ADJ_API const AdjModuleRow *const adj_module_rows[];  // by name, then NULL
ADJ_API const AdjModuleRow *adj_module_row_find(const char *name);

// A further method of a kind of module, beside forward: a row beside its function.
typedef struct AdjMethodRow {
    const char *module, *name;  // "LSTM", "forward_last"
    const char *signature;      // without self; "-> None" where nothing is returned
    const char *doc;
    bool (*run)(AdjModule *m, const AdjValue *in, AdjValue *out);
    const AdjArg *in;
    int n_in;
    int n_results;   // as in AdjOp
    bool is_static;  // called on the class, without a module: m is NULL
} AdjMethodRow;
extern ADJ_API const AdjMethodRow *const adj_method_rows[];  // by module and name, then NULL

// Makes a module of [row] from as many arguments as the row has. The result belongs to the
// current scope.
ADJ_API AdjModule *adj_module_make(const AdjModuleRow *row, const AdjValue *args);
ADJ_API AdjModule *adj_module_keep(AdjModule *m);
ADJ_API void adj_module_drop(AdjModule **m);
// Runs forward on one tensor: [m](x), under its path; of several results the first.
ADJ_API AdjTensor *adj_forward(AdjModule *m, AdjTensor *x);
// Runs forward on its first [n] arguments, defaults for the rest, under its path. The results
// lie in the order of the row's call signature, nested ones too; NULL among them stands for
// None. { 0, NULL } when it failed.
ADJ_API AdjTensors adj_module_call(AdjModule *m, int n, const AdjValue *in);

typedef struct AdjModules {
    int n;
    AdjModule **at;
} AdjModules;
#define ADJ_MODULES(...)                                                             \
    ((AdjModules){(int)(sizeof((AdjModule *[]){__VA_ARGS__}) / sizeof(AdjModule *)), \
                  (AdjModule *[]){__VA_ARGS__}})
// A module that runs [list] one after the other; children are called "0", "1" ...
ADJ_API AdjModule *adj_sequential(AdjModules list);

// Every parameter below [m], in order of registration, shared ones once. Belongs to the scope.
ADJ_API AdjTensors adj_parameters(AdjModule *m);
// Sets the training flag of [m] and everything below it.
ADJ_API void adj_module_train(AdjModule *m, bool training);
ADJ_API void adj_module_zero_grad(AdjModule *m);

// Forgets what single forward passes left in [m] and below; cuts what it retains from the tape.
ADJ_API bool adj_module_reset(AdjModule *m);
ADJ_API bool adj_module_detach_state(AdjModule *m);

// ---------------------------------------------------------------- flow graphs

// Builds a graph of modules as a stream flows. Verbs return the builder and never fail: the
// first wrong one is remembered, and adj_flow_build reports it. Starts with [first], or with
// the input itself when [first] is NULL; belongs to the current scope.
typedef struct AdjFlow AdjFlow;
ADJ_API AdjFlow *adj_flow(AdjModule *first);
ADJ_API AdjFlow *adj_flow_keep(AdjFlow *f);
ADJ_API void adj_flow_drop(AdjFlow **f);
ADJ_API AdjFlow *adj_flow_through(AdjFlow *f, AdjModule *m);  // y = m(x)
ADJ_API AdjFlow *adj_flow_also(AdjFlow *f, AdjModule *m);     // y = x + m(x)
// y = skip(x) + main(x)
ADJ_API AdjFlow *adj_flow_also_with(AdjFlow *f, AdjModule *skip, AdjModule *main_path);
// A side branch: the stream stays what it was, a tag that follows names the branch's output.
ADJ_API AdjFlow *adj_flow_fork(AdjFlow *f, AdjModule *m);
ADJ_API AdjFlow *adj_flow_split(AdjFlow *f, AdjModules branches);  // then merge
ADJ_API AdjFlow *adj_flow_merge(AdjFlow *f, const char *op);       // "add" or "mean"
ADJ_API AdjFlow *adj_flow_tag(AdjFlow *f, const char *name);
ADJ_API AdjFlow *adj_flow_tag_group(AdjFlow *f, const char *name);  // name_0, name_1 ...
ADJ_API AdjFlow *adj_flow_internal(AdjFlow *f, const char *tag);    // hidden from outer graphs
// Hands the value of [tag] to the module before: the same pass's when the tag was set before,
// the pass before's (zeros at first) when it is set later.
ADJ_API AdjFlow *adj_flow_using(AdjFlow *f, const char *tag);
ADJ_API AdjFlow *adj_flow_input(AdjFlow *f, const char *name);  // one more input of the graph
// A loop: for_n, while_cond or until_cond must follow. A condition halts when it is > 0.
ADJ_API AdjFlow *adj_flow_loop_body(AdjFlow *f, AdjModule *body);
ADJ_API AdjFlow *adj_flow_for_n(AdjFlow *f, int64_t n);
ADJ_API AdjFlow *adj_flow_while_cond(AdjFlow *f, AdjModule *cond, int64_t max);
ADJ_API AdjFlow *adj_flow_until_cond(AdjFlow *f, AdjModule *cond, int64_t max);
// All experts run; their outputs are weighed by the router's and summed.
ADJ_API AdjFlow *adj_flow_gate(AdjFlow *f, AdjModule *router, AdjModules experts);
// The branch whose number the router gives runs; a number per row sends rows their own ways.
ADJ_API AdjFlow *adj_flow_switch(AdjFlow *f, AdjModule *router, AdjModules branches);
// A body for every element: each, over or slices must follow; batched makes it one call.
ADJ_API AdjFlow *adj_flow_map(AdjFlow *f, AdjModule *body);
ADJ_API AdjFlow *adj_flow_batched(AdjFlow *f);
ADJ_API AdjFlow *adj_flow_each(AdjFlow *f);
ADJ_API AdjFlow *adj_flow_over(AdjFlow *f, const char *tag);
ADJ_API AdjFlow *adj_flow_slices(AdjFlow *f, int64_t n);
ADJ_API AdjFlow *adj_flow_label(AdjFlow *f, const char *name);
// The graph, a module; NULL and the first error of the verbs. A flow builds once.
ADJ_API AdjModule *adj_flow_build(AdjFlow *f);

// Graphs by dotted label path: "" is [graph] itself, "encoder" a labelled graph in it (or a
// tag), "encoder.hidden" a tag inside. All fail with a KeyError that names what is known there.
ADJ_API AdjModule *adj_graph_at(AdjModule *graph, const char *path);  // a graph, or NULL
ADJ_API AdjTensors adj_graph_parameters_at(AdjModule *graph, const char *path);
ADJ_API bool adj_graph_freeze(AdjModule *graph, const char *path, bool frozen);
ADJ_API bool adj_graph_is_frozen(AdjModule *graph, const char *path, bool *frozen);
ADJ_API bool adj_graph_train_at(AdjModule *graph, const char *path, bool training);
// The value a tag had in the last pass; [out] is NULL before the first.
ADJ_API bool adj_graph_tagged_at(AdjModule *graph, const char *path, AdjTensor **out);
// What the loops' bodies published under [name] in the last pass, one per iteration.
ADJ_API AdjTensors adj_graph_traces(AdjModule *graph, const char *name);
// Publishes a value from inside a loop's body; without effect outside. Once per iteration.
ADJ_API bool adj_trace_publish(const char *name, AdjTensor *value);
ADJ_API bool adj_graph_reset_state(AdjModule *graph);  // carried state starts at zero again
ADJ_API bool adj_graph_has_state(AdjModule *graph);    // does a forward reference hold a value
ADJ_API bool adj_graph_end_step(AdjModule *graph);     // detaches state and tags, counts a step
// Numbers by name: those recorded (or collected from tags, whose values must have one element)
// since the last end of an epoch have a mean, which joins the name's history then, in this
// graph and all labelled ones inside. The last part of a path is the name.
ADJ_API bool adj_graph_record_at(AdjModule *graph, const char *path, double value);
ADJ_API bool adj_graph_collect_at(AdjModule *graph, const char *path);
ADJ_API bool adj_graph_end_epoch(AdjModule *graph);
// The history of a name; the numbers are the graph's until the next end of an epoch.
ADJ_API bool adj_graph_history_at(AdjModule *graph, const char *path, const double **values,
                                  int *n);
// SHA-256 of the architecture in 64 hexadecimal digits; labels and values do not count.
ADJ_API const char *adj_graph_hash(AdjModule *graph);
// Texts; they belong to the scope.
ADJ_API const char *adj_graph_dot(AdjModule *graph, bool profile);  // Graphviz
ADJ_API const char *adj_graph_tree_text(AdjModule *graph);
ADJ_API const char *adj_graph_parameter_text(AdjModule *graph);

// ---------------------------------------------------------------- optimizers

typedef struct AdjOptimizer AdjOptimizer;
typedef struct AdjOptimizerRow AdjOptimizerRow;
struct AdjOptimizerRow {
    const char *name;       // "Adam"
    const char *signature;  // of the constructor, after the parameters
    const char *doc;
    const char *source;
    const char *const *state;  // names of the tensors kept per parameter, ended by NULL
    // Further options of PyTorch's that groups carry and that change nothing here: "foreach".
    const char *accepts;
    bool stepless;  // the state has no count of steps
    // Updates one parameter [p] from its gradient. [state] has a place per name, NULL before
    // the first step; [step] counts from 1; [option] holds the group's arguments by position.
    bool (*update)(AdjTensor *p, AdjTensor *grad, AdjTensor **state, int64_t step,
                   const AdjValue *option);
    // Checks arguments together; NULL when their limits say everything.
    bool (*check)(const AdjValue *option);
    const AdjArg *args;
    int n_args;
};
extern ADJ_API const AdjOptimizerRow *const adj_optimizer_rows[];  // by name, then NULL
ADJ_API const AdjOptimizerRow *adj_optimizer_row_find(const char *name);

// An optimizer over [params] with the arguments of [row]; belongs to the current scope.
ADJ_API AdjOptimizer *adj_optimizer_make(const AdjOptimizerRow *row, AdjTensors params,
                                         const AdjValue *options);
// One update of every parameter that has a gradient.
ADJ_API bool adj_optimizer_step(AdjOptimizer *o);
// Forgets the gradients of its parameters.
ADJ_API void adj_optimizer_zero_grad(AdjOptimizer *o);
// Changes an option of every group, "lr" for example.
ADJ_API bool adj_optimizer_set(AdjOptimizer *o, const char *option, double value);

// ---------------------------------------------------------------- text

// Text to numbers and back. Characters: one number for each that a text has, in order of their
// code points. Byte pairs: 0 to 255 are the bytes themselves, so every text can be encoded;
// further numbers are pairs, merged in the order they were learned. Counted.
typedef struct AdjTokeniser AdjTokeniser;
// The characters of [text] (UTF-8).
ADJ_API AdjTokeniser *adj_tokeniser_of_characters(const char *text, size_t length);
// Learns merges until there are [vocabulary] tokens or no pair occurs twice. Words (with the
// space before them), numbers, punctuation and white space are never merged with each other.
// The most frequent pair comes first, of equally frequent ones the one with smaller numbers.
ADJ_API AdjTokeniser *adj_tokeniser_train(const char *text, size_t length, int64_t vocabulary);
ADJ_API void adj_tokeniser_free(AdjTokeniser *t);  // NULL is fine
// The numbers of [text]: int64, one axis.
ADJ_API AdjTensor *adj_tokeniser_encode(const AdjTokeniser *t, const char *text, size_t length);
// The text of [count] numbers; the caller frees it. Bytes that are no UTF-8 stay as they are.
ADJ_API char *adj_tokeniser_decode(const AdjTokeniser *t, const int64_t *tokens, int64_t count,
                                   size_t *length);
ADJ_API int64_t adj_tokeniser_size(const AdjTokeniser *t);   // how many tokens there are
ADJ_API bool adj_tokeniser_is_pairs(const AdjTokeniser *t);  // byte pairs, not characters
// JSON: {"type": "bpe", "merges": [[97, 98] ...]}, {"type": "char", "characters": [97 ...]}.
ADJ_API bool adj_tokeniser_save(const AdjTokeniser *t, const char *path);
ADJ_API AdjTokeniser *adj_tokeniser_load(const char *path);

// ---------------------------------------------------------------- files

// The tensors of a safetensors file, as views of the mapped file; names, lists and tensors
// belong to the current scope. { 0, NULL, NULL } with an error when the file cannot be read or
// lies.
ADJ_API AdjArchive adj_load_safetensors(const char *path);
// Writes a safetensors file in one step: a reader sees the old file or the whole new one.
ADJ_API bool adj_save_safetensors(const char *path, AdjArchive a);
// numpy's .npy file of one array. Integers of sizes that we lack become the next larger one;
// bfloat16, which numpy lacks, cannot be written.
ADJ_API AdjTensor *adj_load_npy(const char *path);
ADJ_API bool adj_save_npy(const char *path, AdjTensor *t);
// numpy's .npz archive of several, deflated when [compressed]. Ownership as for safetensors.
ADJ_API AdjArchive adj_load_npz(const char *path);
ADJ_API bool adj_save_npz(const char *path, AdjArchive a, bool compressed);
// The model in an ONNX file as a module that runs its graph, in eval mode; NULL and an error
// when the file cannot be read, lies, or uses an operator that we lack.
ADJ_API AdjModule *adj_onnx_load(const char *path);
// The tensor in a file that holds one TensorProto.
ADJ_API AdjTensor *adj_onnx_load_tensor(const char *path);

#ifdef __cplusplus
}
#endif

#ifndef ADJ_TYPES_ONLY  // kernels of a plugin need no prototypes of operations
#    include "adjoint_modules.h"
#    include "adjoint_ops.h"
#endif
