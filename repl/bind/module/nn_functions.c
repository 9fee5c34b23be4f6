// SPDX-License-Identifier: Apache-2.0
// nn_functions.c: torch.nn.init and torch.nn.utils. The initialisers are the operations whose
// names begin with init_, under the rest of the name; what works on the parameters of a module
// takes any iterable of them, a generator included.
#include "bind/bind.h"

// ---------------------------------------------------------------- torch.nn.init

static bool add_initialiser(AdjVM *vm, AdjBindNames *n, const AdjOp *op)
{
    AdjOpObj *o = adj_obj_new(vm, &adj_type_op);
    if (!o) return false;
    o->op = op;
    bool ok = adj_dict_set_c(vm, n->init, op->name + strlen("init_"), adj_obj_val(o));
    adj_obj_drop(o);
    return ok;
}

// ---------------------------------------------------------------- lists of parameters

// The tensors of an iterable, or a single one, as a list of the scope that keeps them.
static bool tensors_of(AdjVM *vm, const char *callable, AdjVal v, AdjTensors *out)
{
    *out = (AdjTensors){0, NULL};
    AdjList *list = NULL;
    int64_t n = 1;
    if (!adj_is_tensor(v)) {
        list = adj_list_of(vm, v);
        if (!list) return false;
        n = list->len;
    }
    out->at = adj_scope_memory((size_t)(n + 1) * sizeof *out->at);
    for (int64_t i = 0; out->at && i < n; i++) {
        AdjVal item = list ? list->items[i] : v;
        if (!adj_is_tensor(item)) {
            adj_raise(vm, ADJ_EXC_TypeError, "%s(): expected Tensors, got %s", callable,
                      adj_type_name(item));
            break;
        }
        out->at[out->n++] = adj_scoped(adj_keep(adj_tensor_of(item)));
    }
    adj_obj_drop(list);
    return !adj_vm_failed(vm) && (out->at || adj_bind_error(vm));
}

static bool number(AdjVM *vm, const char *callable, const char *name, AdjVal v, double *out)
{
    AdjScalar s;
    if (!adj_bind_to_scalar(vm, v, &s)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "%s(): argument '%s' must be a number, not %s",
                         callable, name, adj_type_name(v));
    }
    *out = s.f;
    return true;
}

// ---------------------------------------------------------------- torch.nn.utils

static bool f_clip_grad_norm(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    const char *name = "clip_grad_norm_";
    AdjTensors params;
    double most, p = 2;
    bool strict;
    if (adj_is_str(a[2]) && adj_str_is(adj_as_str(a[2]), "inf"))
        p = INFINITY;
    else if (!number(vm, name, "norm_type", a[2], &p))
        return false;
    if (!tensors_of(vm, name, a[0], &params) || !number(vm, name, "max_norm", a[1], &most) ||
        !adj_val_truth(vm, a[3], &strict))
        return false;
    return adj_bind_tensor(vm, adj_clip_grad_norm_(params, most, p, strict), out);
}

static bool f_clip_grad_value(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    AdjTensors params;
    double most;
    if (!tensors_of(vm, "clip_grad_value_", a[0], &params) ||
        !number(vm, "clip_grad_value_", "clip_value", a[1], &most))
        return false;
    if (!adj_clip_grad_value_(params, most)) return adj_bind_error(vm);
    return adj_out_none(out);
}

static bool f_parameters_to_vector(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    AdjTensors params;
    if (!tensors_of(vm, "parameters_to_vector", a[0], &params)) return false;
    for (int i = 0; i < params.n; i++) params.at[i] = adj_reshape(params.at[i], ADJ_SHAPE(-1));
    return adj_bind_tensor(vm, adj_error_kind() ? NULL : adj_cat(params, 0), out);
}

// The parameters take their elements from the vector, one after the other; no history.
static bool fill_parameters(AdjTensor *vec, AdjTensors params)
{
    int64_t at = 0;
    for (int i = 0; i < params.n; i++) {
        AdjTensor *p = params.at[i];
        AdjTensor *part = adj_narrow(vec, 0, at, adj_numel(p));
        if (!part || !adj_assign(p, adj_reshape(part, adj_shape(p)))) return false;
        at += adj_numel(p);
    }
    return true;
}

static bool f_vector_to_parameters(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    AdjTensors params;
    if (!adj_is_tensor(a[0]) || adj_ndim(adj_tensor_of(a[0])) != 1) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "vector_to_parameters(): expected vec to be a Tensor with one axis");
    }
    if (!tensors_of(vm, "vector_to_parameters", a[1], &params)) return false;
    bool grad = adj_set_grad_enabled(false);
    bool ok = fill_parameters(adj_tensor_of(a[0]), params);
    adj_set_grad_enabled(grad);
    return ok ? adj_out_none(out) : adj_bind_error(vm);
}

// ---------------------------------------------------------------- torch.tensordot

// dims is a number of axes, or a list of axes for each operand.
static bool f_tensordot(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    if (!adj_is_tensor(a[0]) || !adj_is_tensor(a[1]))
        return adj_raise(vm, ADJ_EXC_TypeError, "tensordot(): a and b must be Tensors");
    AdjTensor *x = adj_tensor_of(a[0]), *z = adj_tensor_of(a[1]);
    if (adj_is_int(a[2])) return adj_bind_tensor(vm, adj_tensordot(x, z, a[2].i), out);
    AdjVal *pair = adj_is_list(a[2])    ? adj_as_list(a[2])->items
                   : adj_is_tuple(a[2]) ? adj_as_tuple(a[2])->items
                                        : NULL;
    int64_t length = !pair               ? 0
                     : adj_is_list(a[2]) ? adj_as_list(a[2])->len
                                         : adj_as_tuple(a[2])->len;
    AdjShape da, dz;
    if (length != 2 || !adj_bind_shape(vm, pair[0], &da) || !adj_bind_shape(vm, pair[1], &dz)) {
        if (adj_vm_failed(vm)) return false;
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "tensordot(): dims must be an int or two lists of ints");
    }
    return adj_bind_tensor(vm, adj_tensordot_dims(x, z, da, dz), out);
}

// ---------------------------------------------------------------- installing

static const AdjNative utils[] = {
    {"clip_grad_norm_",
     "(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False, foreach=None)",
     f_clip_grad_norm, "Scales gradients down to a length, returns the length they had.", 0},
    {"clip_grad_value_", "(parameters, clip_value, foreach=None)", f_clip_grad_value,
     "Limits every element of the gradients.", 0},
    {"parameters_to_vector", "(parameters)", f_parameters_to_vector,
     "All parameters as one vector.", 0},
    {"vector_to_parameters", "(vec, parameters)", f_vector_to_parameters,
     "Gives parameters the elements of a vector.", 0},
    {0},
};

static const AdjNative torch_functions[] = {
    {"tensordot", "(a, b, dims=2)", f_tensordot,
     "Sums over the last axes of a with the first of b, or over axes named for each.", 0},
    {0},
};

bool adj_bind_install_nn_functions(AdjVM *vm, AdjBindNames *n)
{
    if (!adj_type_ready(&adj_type_op)) return false;
    for (const AdjOp *const *op = adj_ops; *op; op++)
        if (!strncmp((*op)->name, "init_", 5) && !add_initialiser(vm, n, *op)) return false;
    // The clipping operations proper take lists only; these stand for them everywhere.
    return adj_vm_add_functions(vm, n->utils, utils, "torch.nn.utils") &&
           adj_vm_add_functions(vm, n->torch, utils, "torch.nn.utils") &&
           adj_vm_add_functions(vm, n->torch, torch_functions, "torch");
}
