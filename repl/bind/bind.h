// SPDX-License-Identifier: Apache-2.0
// bind.h: the engine in the language. Shared by the files of repl/bind; the rest of the
// language sees only adj_bind_install.
//
// A tensor of the engine and its object in the language point to each other (AdjTensor.handle),
// so a tensor that comes back from the engine is the same object it was before. Each call into
// the engine runs in a scope of its own: what is not wrapped into an object goes at once, so a
// tensor's memory returns when its last name does.
#pragma once
#include "core/internal.h"
#include "nn/module.h"
#include "optim/optimizer.h"

#include "lang/value.h"
#include "bind/install.h"

typedef struct AdjTensorObj {
    AdjObj head;
    AdjTensor *t;  // kept
} AdjTensorObj;

typedef struct AdjOpObj {
    AdjObj head;
    const AdjOp *op;
    bool in_place;  // name_: the result is written into the first operand
} AdjOpObj;

typedef struct AdjDtypeObj {
    AdjObj head;
    AdjDtype dtype;
} AdjDtypeObj;

typedef struct AdjModuleObject {
    AdjObj head;
    AdjModule *m;        // kept; NULL before __init__ ran
    AdjList *pre_hooks;  // (id, callable) pairs, or NULL
    AdjList *hooks;
    AdjDict *children;  // name -> object of the child, so that a child stays the object it was
} AdjModuleObject;

extern AdjType adj_type_tensor, adj_type_parameter, adj_type_op, adj_type_dtype, adj_type_size,
    adj_type_nn_module, adj_type_hook_handle;
extern const AdjNative adj_bind_tensor_make;  // torch.c: torch.Tensor(...)

static inline bool adj_is_tensor(AdjVal v)
{
    return v.tag == ADJ_T_OBJ &&
           (v.o->type == &adj_type_tensor || adj_type_is(v.o->type, &adj_type_tensor));
}
static inline AdjTensor *adj_tensor_of(AdjVal v)
{
    return ((AdjTensorObj *)v.o)->t;
}

// The object of a tensor: the one it has, or a new one. NULL stands for a failed op: the
// engine's error becomes the exception.
bool adj_bind_tensor(AdjVM *vm, AdjTensor *t, AdjVal *out);
// A list or tuple of the tensors' objects.
bool adj_bind_tensors(AdjVM *vm, AdjTensors ts, AdjVal *out);
// The value that the result of a row's [signature] describes (mkops.py says how): a tuple that
// nests as it says, one tensor where it allows one and there is one, a list's tuple.
bool adj_bind_results(AdjVM *vm, const char *signature, AdjTensors ts, AdjVal *out);
// t.data = v: [t] takes the elements and the shape, whoever holds it.
void adj_bind_replace(AdjTensor *t, const AdjTensor *v);
bool adj_bind_size(AdjVM *vm, AdjShape s, AdjVal *out);  // torch.Size
// A dict of an archive's tensors; raises when the archive could not be read.
bool adj_bind_archive(AdjVM *vm, AdjArchive all, AdjVal *out);
bool adj_bind_scalar(AdjVM *vm, AdjScalar s, AdjVal *out);
bool adj_bind_dtype(AdjVM *vm, AdjDtype t, AdjVal *out);
// Raises what the engine recorded and clears it. Always false.
bool adj_bind_error(AdjVM *vm);

// Values of the language for the engine. The names in messages are the callable's and the
// argument's. Tensors made on the way belong to the current scope.
bool adj_bind_value(AdjVM *vm, const char *callable, const AdjArg *arg, AdjVal v,
                    AdjValue *out);
AdjTensor *adj_bind_operand(AdjVM *vm, AdjVal v);         // tensor or number; NULL: neither
bool adj_bind_shape(AdjVM *vm, AdjVal v, AdjShape *out);  // int, list or tuple of ints
bool adj_bind_to_scalar(AdjVM *vm, AdjVal v, AdjScalar *out);
bool adj_bind_to_dtype(AdjVM *vm, AdjVal v, AdjDtype *out);  // None is ADJ_SAME
// Binds positional and keyword arguments to [n] parameters: values[i] is UNDEF where nothing
// was given. [variadic] parameters of kind INTS swallow the integers that follow.
bool adj_bind_args(AdjVM *vm, const char *callable, const AdjArg *params, int n, AdjVal *args,
                   int nargs, AdjTuple *kwnames, AdjVal *values);
// The bound values converted, defaults filled in.
bool adj_bind_convert(AdjVM *vm, const char *callable, const AdjArg *params, int n,
                      const AdjVal *values, AdjValue *out);

// One tensor or a sequence of them; None inside only where [gaps] are allowed. The list belongs
// to the scope.
bool adj_bind_to_tensors(AdjVM *vm, const char *what, AdjVal v, AdjTensors *out, bool gaps);

// Tells the engine where in the program the next ops come from.
static inline void adj_bind_span(AdjVM *vm)
{
    AdjSpanAt s = adj_vm_current_span(vm);
    adj_set_span((AdjPlace){s.source, s.start, s.end});
}

// torch.tensor(data): nested lists, numbers, tensors. dtype ADJ_SAME infers.
AdjTensor *adj_bind_data(AdjVM *vm, AdjVal data, AdjDtype dtype);
// x[key] and x[key] = value.
bool adj_bind_getitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal *out);
bool adj_bind_setitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal value);
// x[key] = value, or with [accumulate] x[key] += value where a place may be named twice.
bool adj_bind_put(AdjVM *vm, AdjVal self, AdjVal key, AdjVal value, bool accumulate);
// A torch.device, its name, or the number of a GPU; None leaves *out NULL. False: an exception.
bool adj_bind_device(AdjVM *vm, AdjVal v, const AdjDevice **out);
bool adj_bind_is_device(AdjVal v);  // a torch.device or the name of one
bool adj_bind_device_of(AdjVM *vm, const AdjTensor *t, AdjVal *out);
// Calls an op with the language's arguments.
bool adj_bind_call_op(AdjVM *vm, const AdjOp *op, bool in_place, AdjVal *args, int nargs,
                      AdjTuple *kwnames, AdjVal *out);

// The engine's generator behind a torch.Generator; NULL for anything else.
AdjGenerator *adj_bind_generator_of(AdjVal v);
bool adj_bind_node(AdjVM *vm, AdjNode *n, AdjVal *out);  // grad_fn
// For the collector: the callables that hooks of [t] keep.
void adj_bind_visit_hooks(const AdjTensor *t, AdjVisit visit, void *arg);
// What register_hook returns: remove() takes hook [id] away from [owner], a tensor or a list.
bool adj_bind_hook_handle(AdjVM *vm, AdjVal owner, int64_t id, AdjVal *out);

// Modules.
static inline bool adj_is_module(AdjVal v)
{
    return adj_is_kind(v, ADJ_TF_MODULE);
}
static inline AdjModuleObject *adj_module_of(AdjVal v)
{
    return (AdjModuleObject *)v.o;
}
bool adj_bind_module(AdjVM *vm, AdjModule *m, AdjVal *out);
// Parameters and buffers in another type (ADJ_SAME: their own) and place (NULL: their own).
bool adj_bind_module_convert(AdjVM *vm, AdjModule *m, AdjDtype dtype, const AdjDevice *d);
bool adj_bind_compose(AdjVM *vm, AdjVal a, AdjVal b, AdjVal *out);  // a |> b
bool adj_bind_is_composable(AdjVM *vm, AdjVal v);

// Each file of the folder adds its names to the modules torch, torch.nn ... and to the prelude.
typedef struct AdjBindNames {
    AdjDict *torch, *nn, *functional, *optim, *schedule, *data, *init, *autograd, *utils;
} AdjBindNames;
bool adj_bind_install_device(AdjVM *vm, AdjBindNames *n);
bool adj_bind_install_types(AdjVM *vm, AdjBindNames *n);
bool adj_bind_install_generator(AdjVM *vm, AdjBindNames *n);
bool adj_bind_install_ops(AdjVM *vm, AdjBindNames *n);
bool adj_bind_install_torch(AdjVM *vm, AdjBindNames *n);
bool adj_bind_install_nn(AdjVM *vm, AdjBindNames *n);
bool adj_bind_install_nn_functions(AdjVM *vm, AdjBindNames *n);
bool adj_bind_install_autograd(AdjVM *vm, AdjBindNames *n);
bool adj_bind_install_function(AdjVM *vm, AdjBindNames *n);
bool adj_bind_install_optim(AdjVM *vm, AdjBindNames *n);
bool adj_bind_install_data(AdjVM *vm, AdjBindNames *n);
bool adj_bind_install_node(AdjVM *vm, AdjBindNames *n);
bool adj_bind_install_io(AdjVM *vm, AdjBindNames *n);
bool adj_bind_install_tokenizers(AdjVM *vm);
bool adj_bind_install_npy(AdjVM *vm, AdjBindNames *n);
bool adj_bind_install_onnx(AdjVM *vm);
bool adj_bind_install_tensorboard(AdjVM *vm);
bool adj_bind_install_distributed(AdjVM *vm);

// The value that backward() started from, for whoever watches a loop.
void adj_bind_note_loss(double loss);
// root.backward(seed, retain_graph=True), and what happened as torch.autograd.trace_backward
// lists it.
bool adj_bind_show_backward(AdjVM *vm, AdjTensor *root, AdjTensor *seed, AdjVal *out);
