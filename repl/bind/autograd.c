// SPDX-License-Identifier: Apache-2.0
// autograd.c: functions of torch.autograd: gradients with respect to chosen inputs, backward
// from several roots, and the check of derivatives against differences.
#include "bind/bind.h"

// One tensor or a sequence of them; None inside only where [gaps] are allowed.
bool adj_bind_to_tensors(AdjVM *vm, const char *what, AdjVal v, AdjTensors *out, bool gaps)
{
    AdjList *list = adj_is_tensor(v) ? adj_list_from(vm, &v, 1) : adj_list_of(vm, v);
    if (!list) return false;
    out->n = (int)list->len;
    out->at = adj_scope_memory((size_t)(out->n + 1) * sizeof *out->at);
    bool ok = out->at != NULL;
    for (int i = 0; ok && i < out->n; i++) {
        AdjVal item = list->items[i];
        ok = adj_is_tensor(item) || (gaps && adj_is_none(item));
        out->at[i] = adj_is_tensor(item) ? adj_scoped(adj_keep(adj_tensor_of(item))) : NULL;
    }
    adj_obj_drop(list);
    return ok || adj_raise(vm, ADJ_EXC_TypeError,
                           "%s must be a Tensor or a sequence of Tensors", what);
}

// Row [r] of all that there is.
static AdjTensors rows_of(AdjTensors t, int64_t r)
{
    AdjTensors rows = {t.n, adj_scope_memory((size_t)t.n * sizeof *t.at + 1)};
    for (int i = 0; rows.at && i < rows.n; i++)
        rows.at[i] = t.at[i] ? adj_select(t.at[i], 0, r) : NULL;
    return rows;
}

// One backward pass for every row of the seeds, whose results stand along a new first axis.
static AdjTensors batched_gradients(AdjTensors roots, AdjTensors seeds, AdjTensors inputs,
                                    bool retain, bool create, bool unused)
{
    AdjTensors none = {0, NULL}, found = inputs;
    found.at = adj_scope_memory((size_t)inputs.n * sizeof *inputs.at + 1);
    int64_t many = -1;
    for (int i = 0; i < seeds.n; i++) {
        if (!seeds.at[i]) continue;
        int64_t own = seeds.at[i]->ndim ? seeds.at[i]->sizes[0] : -1;
        if (own < 1 || (many >= 0 && own != many)) {
            adj_fail(ADJ_E_SHAPE,
                     "grad: with is_grads_batched=True grad_outputs must have one "
                     "batch of rows as their first axis, got %s",
                     adj_describe(seeds.at[i]));
            return none;
        }
        many = own;
    }
    if (many < 0) {
        adj_fail(ADJ_E_VALUE, "grad: is_grads_batched=True needs grad_outputs");
        return none;
    }
    AdjTensors *row = adj_scope_memory((size_t)many * sizeof *row);
    for (int64_t r = 0; row && r < many; r++) {
        row[r] = adj_gradients(roots, rows_of(seeds, r), inputs,
                               retain || create || r < many - 1, create, unused);
        if (adj_error_kind()) return none;
    }
    AdjTensor **parts = adj_scope_memory((size_t)many * sizeof *parts);
    if (!found.at || !row || !parts) return none;
    for (int i = 0; i < inputs.n; i++) {
        for (int64_t r = 0; r < many; r++) parts[r] = row[r].at[i];
        found.at[i] = parts[0] ? adj_stack((AdjTensors){(int)many, parts}, 0) : NULL;
    }
    return found;
}

static bool f_grad(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    AdjTensors roots, inputs, seeds = {0, NULL};
    bool create, retain, unused, batched, zeros;
    if (!adj_bind_to_tensors(vm, "outputs", a[0], &roots, false) ||
        !adj_bind_to_tensors(vm, "inputs", a[1], &inputs, false) ||
        (!adj_is_none(a[2]) && !adj_bind_to_tensors(vm, "grad_outputs", a[2], &seeds, true)) ||
        !adj_val_truth(vm, a[4], &create) || !adj_val_truth(vm, a[3], &retain) ||
        !adj_val_truth(vm, a[6], &unused) || !adj_val_truth(vm, a[7], &batched) ||
        !adj_val_truth(vm, a[8], &zeros))
        return false;
    if (zeros && !unused && !adj_is_none(a[6])) {
        return adj_raise(vm, ADJ_EXC_ValueError,
                         "Expected allow_unused to be True or not "
                         "passed when materialize_grads=True, but got: allow_unused=False.");
    }
    AdjTensors g =
        batched ? batched_gradients(roots, seeds, inputs, retain, create, unused || zeros)
                : adj_gradients(roots, seeds, inputs, retain, create, unused || zeros);
    for (int i = 0; zeros && i < g.n; i++)
        if (!g.at[i]) g.at[i] = adj_zeros_of(adj_shape(inputs.at[i]), adj_dtype(inputs.at[i]));
    return adj_bind_tensors(vm, g, out);
}

static bool f_backward(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    AdjTensors roots, seeds = {0, NULL};
    bool retain, create;
    if (!adj_bind_to_tensors(vm, "tensors", a[0], &roots, false) ||
        (!adj_is_none(a[1]) && !adj_bind_to_tensors(vm, "grad_tensors", a[1], &seeds, true)) ||
        !adj_val_truth(vm, a[2], &retain) || !adj_val_truth(vm, a[3], &create))
        return false;
    if (adj_is_none(a[5])) {
        return adj_backward_from(roots, seeds, (AdjTensors){0, NULL}, retain, create)
                   ? adj_out_none(out)
                   : adj_bind_error(vm);
    }
    AdjTensors inputs;
    if (!adj_bind_to_tensors(vm, "inputs", a[5], &inputs, false)) return false;
    if (inputs.n == 0) {
        return adj_raise(vm, ADJ_EXC_RuntimeError,
                         "`inputs` argument to `backward()` cannot be empty.");
    }
    return adj_backward_from(roots, seeds, inputs, retain, create) ? adj_out_none(out)
                                                                   : adj_bind_error(vm);
}

// gradcheck(f, inputs): the function under test is the language's.
typedef struct {
    AdjVM *vm;
    AdjVal fn;
} Function;

// Several results are checked as one: their elements one after the other.
static AdjTensor *together(AdjTensors ts)
{
    int n = 0;
    for (int i = 0; i < ts.n; i++)
        if (adj_is_float(ts.at[i])) ts.at[n++] = adj_reshape(ts.at[i], ADJ_SHAPE(-1));
    return adj_cat((AdjTensors){n, ts.at}, 0);
}

static AdjTensor *call_function(AdjTensors inputs, void *data)
{
    Function *f = data;
    AdjVal args[16], result;
    int n = 0;
    AdjTensor *t = NULL;
    for (; n < inputs.n && n < 16; n++)
        if (!adj_bind_tensor(f->vm, inputs.at[n], &args[n])) break;
    bool ok = n == inputs.n && adj_vm_call(f->vm, f->fn, args, n, NULL, &result);
    for (int i = 0; i < n; i++) adj_val_drop(args[i]);
    if (!ok) return adj_fail(ADJ_E_RUNTIME, "gradcheck: the function failed");
    AdjTensors ts = {0, NULL};
    if (adj_is_tensor(result))
        t = adj_scoped(adj_keep(adj_tensor_of(result)));
    else if (adj_is_tuple(result) && adj_bind_to_tensors(f->vm, "outputs", result, &ts, false))
        t = together(ts);
    adj_val_drop(result);
    return t ? t : adj_fail(ADJ_E_TYPE, "gradcheck: the function must return a Tensor");
}

static bool f_gradcheck(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    AdjTensors inputs;
    double eps, atol, rtol;
    bool raise;
    if (!adj_bind_to_tensors(vm, "inputs", a[1], &inputs, false) ||
        !adj_get_double(vm, a[2], &eps) || !adj_get_double(vm, a[3], &atol) ||
        !adj_get_double(vm, a[4], &rtol) || !adj_val_truth(vm, a[5], &raise))
        return false;
    AdjGradcheck r;
    Function f = {vm, a[0]};
    if (!adj_gradcheck(call_function, &f, inputs, eps, atol, rtol, &r))
        return adj_bind_error(vm);
    if (!r.passed && raise) {
        return adj_raise(
            vm, ADJ_EXC_RuntimeError,
            "gradcheck: input %d, element %lld: analytic %.9g, numeric %.9g, difference %.3g",
            r.input, (long long)r.element, r.analytic, r.numeric, r.worst_error);
    }
    return adj_out_bool(out, r.passed);
}

static const AdjNative functions[] = {
    {"grad",
     "(outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, "
     "only_inputs=True, allow_unused=None, is_grads_batched=False, materialize_grads=False)",
     f_grad, "Gradients of outputs with respect to inputs, as a tuple.", 0},
    {"backward",
     "(tensors, grad_tensors=None, retain_graph=None, create_graph=False, grad_variables=None, "
     "inputs=None)",
     f_backward, "Adds gradients to the leaves.", 0},
    {"gradcheck",
     "(func, inputs, eps=1e-06, atol=1e-05, rtol=0.001, raise_exception=True, "
     "nondet_tol=0.0, check_undefined_grad=True, check_grad_dtypes=False, "
     "check_batched_grad=False, check_batched_forward_grad=False, check_forward_ad=False, "
     "check_backward_ad=True, fast_mode=False, masked=None)",
     f_gradcheck, "Compares derivatives with differences in float64.", 0},
    {0},
};

bool adj_bind_install_autograd(AdjVM *vm, AdjBindNames *n)
{
    AdjVal *check;
    return adj_vm_add_functions(vm, n->autograd, functions, "torch.autograd") &&
           (check = adj_dict_find_c(n->autograd, "gradcheck")) != NULL &&
           adj_vm_set_prelude(vm, "gradcheck", *check) && adj_bind_install_function(vm, n);
}
