// SPDX-License-Identifier: Apache-2.0
// module.h: the module object, as its own files and the language's binding see it.
//
// A module is a row, the arguments it was made with, and three ordered lists of names:
// parameters, buffers, children. Counting, saving, moving, printing and switching modes walk
// these lists and know nothing of kinds. A module written in the language has the row "Module"
// and a forward of the language's; it is otherwise the same object.
#pragma once
#include "core/internal.h"

typedef struct AdjNamedTensor {
    char *name;         // owned
    AdjTensor *tensor;  // kept; NULL for a parameter that was declined (bias=False)
    bool persistent;    // part of the state dict; a parameter's place that is not holds what
                        // is computed from others before every pass (weight_norm)
} AdjNamedTensor;

typedef struct AdjNamedModule {
    char *name;         // owned
    AdjModule *module;  // kept; may be NULL (a child set to None)
} AdjNamedModule;

typedef struct AdjNamedTensors {
    int n, capacity;
    AdjNamedTensor *at;
} AdjNamedTensors;

struct AdjModule {
    int refs;
    const AdjModuleRow *row;
    AdjValue *arg;  // row->n_args, strings interned, lists owned
    bool training;
    AdjNamedTensors params, buffers;
    int n_children, children_capacity;
    AdjNamedModule *children;
    void *handle;  // the language's object for this module, borrowed
    void *extra;   // private to the kind
    void (*drop_extra)(void *extra);
    // The path under which it last ran, and the path of the module that ran it then.
    const char *path, *outer_path;
    const char *path_name;  // the name it went by then: only compared, never read
};

// Declares a row. The constructor and forward signatures are those of operations, and the
// limits of numbers stand behind their type: "(p: float[0,1] = 0.5)".
#define ADJ_MODULE(name_, signature_, call_, doc_, ...)                        \
    const AdjModuleRow adj_module_row_##name_ = {.name = #name_,               \
                                                 .signature = signature_,      \
                                                 .call = call_,                \
                                                 .doc = doc_,                  \
                                                 .args = adj_args_of_##name_,  \
                                                 .n_args = name_##_ARGS,       \
                                                 .in = adj_inputs_of_##name_,  \
                                                 .n_in = name_##_INPUTS,       \
                                                 .n_results = name_##_RESULTS, \
                                                 __VA_ARGS__};

// The rows of a layer over one, two and three axes, Conv1d to Conv3d from Conv. In the texts
// `{one|two|three}` stands for what the three say differently; the generator writes each out.
// row_(n) gives the other members of the row over n axes.
#define ADJ_MODULE_AXES(stem_, signature_, call_, doc_, row_) \
    ADJ_MODULE_OVER(stem_##1d, call_, row_(1))                \
    ADJ_MODULE_OVER(stem_##2d, call_, row_(2))                \
    ADJ_MODULE_OVER(stem_##3d, call_, row_(3))
#define ADJ_MODULE_OVER(name_, call_, ...) \
    ADJ_MODULE(name_, adj_signature_of_##name_, call_, adj_doc_of_##name_, __VA_ARGS__)

// Declares the row of a method of a kind of module; the function is given by .run.
#define ADJ_METHOD(module_, name_, signature_, doc_, ...)     \
    const AdjMethodRow adj_method_row_##module_##_##name_ = { \
        .module = #module_,                                   \
        .name = #name_,                                       \
        .signature = signature_,                              \
        .doc = doc_,                                          \
        .in = adj_inputs_of_##module_##_##name_,              \
        .n_in = module_##_##name_##_INPUTS,                   \
        .n_results = module_##_##name_##_RESULTS,             \
        __VA_ARGS__};

// Adds a named parameter, buffer or child; the value is kept. A parameter NULL is a declined
// one. The position of a parameter or buffer is the number of those added before it. False when
// memory ran out or an error stands.
ADJ_HIDDEN bool adj_module_add_param(AdjModule *m, const char *name, AdjTensor *t);
ADJ_HIDDEN bool adj_module_add_buffer(AdjModule *m, const char *name, AdjTensor *t,
                                      bool persistent);
ADJ_HIDDEN bool adj_module_add_child(AdjModule *m, const char *name, AdjModule *child);
// Puts a tensor that is computed from other parameters into the place of a parameter, where
// forward finds it; it is neither listed nor saved. Adding a parameter of the name ends that.
ADJ_HIDDEN bool adj_module_add_derived(AdjModule *m, const char *name, AdjTensor *t);
// Adds a parameter filled with [value], a declined one unless [wanted]; ADJ_SAME is the default
// type.
ADJ_HIDDEN bool adj_module_add_filled(AdjModule *m, const char *name, bool wanted,
                                      AdjShape shape, AdjDtype dtype, double value);
// Replaces or adds by name; for the language's attributes. Value NULL with [remove] takes it
// away.
ADJ_HIDDEN AdjNamedTensor *adj_module_find_tensor(AdjNamedTensors *list, const char *name);
ADJ_HIDDEN AdjNamedModule *adj_module_find_child(AdjModule *m, const char *name);
ADJ_HIDDEN void adj_module_remove(AdjModule *m, const char *name);

static inline AdjTensor *adj_param(const AdjModule *m, int i)
{
    return m->params.at[i].tensor;
}
static inline AdjTensor *adj_buffer(const AdjModule *m, int i)
{
    return m->buffers.at[i].tensor;
}

// Makes [t] a parameter: a leaf that requires a gradient and prints as one. Fresh tensors only.
ADJ_HIDDEN AdjTensor *adj_as_parameter(AdjTensor *t);

// Runs forward with the module's path in force. [in] has row->n_in values.
ADJ_HIDDEN bool adj_module_run(AdjModule *m, const AdjValue *in, AdjValue *out);
// A module like [m] with parameters, buffers and children of its own, equal in value. NULL and
// an error for a module whose forward is the language's.
ADJ_HIDDEN AdjModule *adj_module_clone(AdjModule *m);
// A parameter from U(-bound, bound), a declined one unless [wanted].
ADJ_HIDDEN bool adj_module_add_uniform(AdjModule *m, const char *name, bool wanted,
                                       AdjShape shape, AdjDtype dtype, double bound);
// A method that does nothing.
ADJ_HIDDEN bool adj_module_nothing(AdjModule *m, const AdjValue *in, AdjValue *out);
// [op] on one tensor, its other arguments being their defaults.
ADJ_HIDDEN AdjTensor *adj_call_unary(const AdjOp *op, AdjTensor *x);
// Runs forward of [child] under its name in [parent], as adj_module_call does.
ADJ_HIDDEN AdjTensors adj_module_call_child(const AdjModule *parent, AdjModule *child, int n,
                                            const AdjValue *in);
// The same under a name of the caller's choice; NULL: the one it has.
ADJ_HIDDEN AdjTensors adj_module_call_as(AdjModule *m, const char *name, int n,
                                         const AdjValue *in);
// Enters and leaves the path of [m] for code that runs it by other means. enter returns the
// path to give back to leave.
ADJ_HIDDEN const char *adj_module_enter(AdjModule *m, const char *name);
ADJ_HIDDEN void adj_module_leave(const char *outer);

// How the engine's composites run modules that are objects of the language: through the
// object, so that its forward, its hooks and its reset are what runs. The functions get [data]
// first. Set in adj_thread.caller while the language waits for the engine.
typedef struct AdjModuleCaller {
    void *data;
    // [refs] NULL: m(x); else m.forward_named(x, refs). The result joins the scope.
    bool (*call)(void *data, AdjModule *m, AdjTensor *x, const AdjArchive *refs,
                 AdjTensor **out);
    // m.reset() or m.detach_state().
    bool (*tell)(void *data, AdjModule *m, const char *method);
    bool (*takes_names)(void *data, AdjModule *m);  // has it a forward_named
    const char *(*type_name)(void *data, AdjModule *m);
    // m.trace() where the class has one: *out stays NULL elsewhere.
    bool (*trace)(void *data, AdjModule *m, AdjTensor **out);
} AdjModuleCaller;

// Runs [m] on [x] as a child called [name] of the module that runs now, or its forward_named;
// by way of its object in the language, if it has one.
ADJ_HIDDEN AdjTensor *adj_module_pass(AdjModule *m, const char *name, AdjTensor *x);
ADJ_HIDDEN AdjTensor *adj_module_pass_named(AdjModule *m, const char *name, AdjTensor *x,
                                            const AdjArchive *refs);
ADJ_HIDDEN bool adj_module_takes_names(AdjModule *m);
ADJ_HIDDEN const char *adj_module_type_name(AdjModule *m);  // "Linear", or the class's name
ADJ_HIDDEN bool adj_module_trace(AdjModule *m, AdjTensor **out);
// reset and detach_state of [m] itself, not by way of its object in the language.
ADJ_HIDDEN bool adj_module_reset_own(AdjModule *m);
ADJ_HIDDEN bool adj_module_detach_own(AdjModule *m);

// The text print() shows, PyTorch's form; owned by the scope. [describe], when not NULL, names
// what the module's own line is (the language's class name and extra_repr).
ADJ_HIDDEN const char *adj_module_text(AdjModule *m);
// "in_features=784, out_features=128, bias=True" from the row's repr; owned by the scope.
ADJ_HIDDEN const char *adj_module_extra_text(const AdjModule *m);

// The checked, owned copy of arguments that modules and optimizers keep.
ADJ_HIDDEN AdjValue *adj_fill_args(const char *what, const AdjArg *args, int n,
                                   const AdjValue *from);
ADJ_HIDDEN void adj_args_free(const AdjArg *args, int n, AdjValue *values);

// Declares the row of an optimizer.
#define ADJ_OPTIMIZER(name_, signature_, doc_, ...)                                 \
    const AdjOptimizerRow adj_optimizer_row_##name_ = {.name = #name_,              \
                                                       .signature = signature_,     \
                                                       .doc = doc_,                 \
                                                       .args = adj_args_of_##name_, \
                                                       .n_args = name_##_ARGS,      \
                                                       __VA_ARGS__};
