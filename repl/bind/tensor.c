// SPDX-License-Identifier: Apache-2.0
// tensor.c: the classes Tensor and Parameter: operators, attributes, and the methods that are
// not operations of the registry (op.c adds those).
#include "bind/bind.h"
#include "observe/install.h"

#include "autograd/rings.h"
#include "bind/cure.h"

#include <stdlib.h>

static AdjTensor *tensor(AdjVal v)
{
    return adj_tensor_of(v);
}

static void tensor_drop(AdjObj *o)
{
    AdjTensorObj *obj = (AdjTensorObj *)o;
    if (obj->t && obj->t->handle == obj) obj->t->handle = NULL;
    adj_rings_drop(&obj->t);
}

static void tensor_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    adj_bind_visit_hooks(((AdjTensorObj *)o)->t, visit, arg);
}

// ---------------------------------------------------------------- operators

static AdjTensor *binary_result(AdjBinary op, AdjTensor *a, AdjTensor *b)
{
    switch (op) {
    case ADJ_B_ADD: return adj_add(a, b, ADJ_I(1));
    case ADJ_B_SUB: return adj_sub(a, b, ADJ_I(1));
    case ADJ_B_MUL: return adj_mul(a, b);
    case ADJ_B_DIV: return adj_div(a, b, NULL);
    case ADJ_B_FLOORDIV: return adj_floor_divide(a, b);
    case ADJ_B_MOD: return adj_remainder(a, b);
    case ADJ_B_POW: return adj_pow(a, b);
    case ADJ_B_MATMUL: return adj_matmul(a, b);
    case ADJ_B_LSHIFT: return adj_bitwise_left_shift(a, b);
    case ADJ_B_RSHIFT: return adj_bitwise_right_shift(a, b);
    case ADJ_B_AND: return adj_bitwise_and(a, b);
    case ADJ_B_OR: return adj_bitwise_or(a, b);
    case ADJ_B_XOR: return adj_bitwise_xor(a, b);
    default: return NULL;
    }
}

static bool tensor_binary(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out)
{
    ADJ_SCOPE;
    AdjTensor *x = adj_bind_operand(vm, a), *y = adj_bind_operand(vm, b);
    if (!x || !y) return adj_error_kind() ? adj_bind_error(vm) : adj_out_notimpl(out);
    adj_bind_span(vm);
    bool good = adj_bind_tensor(vm, binary_result(op, x, y), out);
    if (ADJ_UNLIKELY(!good)) adj_bind_note_operands(vm, op == ADJ_B_MATMUL, x, y);
    return good;
}

static bool tensor_inplace(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out)
{
    ADJ_SCOPE;
    AdjTensor *x = tensor(a), *y = adj_bind_operand(vm, b);
    if (!y) return adj_error_kind() ? adj_bind_error(vm) : adj_out_notimpl(out);
    adj_bind_span(vm);
    if (op == ADJ_B_MATMUL) return adj_bind_tensor(vm, adj_matmul(x, y), out);
    return adj_bind_tensor(vm, adj_assign(x, binary_result(op, x, y)), out);
}

static bool tensor_unary(AdjVM *vm, AdjUnary op, AdjVal self, AdjVal *out)
{
    ADJ_SCOPE;
    AdjTensor *x = tensor(self);
    adj_bind_span(vm);
    AdjTensor *y = op == ADJ_U_NEG        ? adj_neg(x)
                   : op == ADJ_U_ABS      ? adj_abs(x)
                   : op == ADJ_U_POS      ? x
                   : x->dtype == ADJ_BOOL ? adj_logical_not(x)
                                          : adj_bitwise_not(x);
    return adj_bind_tensor(vm, y, out);
}

static bool tensor_compare(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out)
{
    ADJ_SCOPE;
    AdjTensor *x = adj_bind_operand(vm, a), *y = adj_bind_operand(vm, b);
    if (!x || !y) return adj_error_kind() ? adj_bind_error(vm) : adj_out_notimpl(out);
    adj_bind_span(vm);
    AdjTensor *r = op == ADJ_C_LT   ? adj_lt(x, y)
                   : op == ADJ_C_LE ? adj_le(x, y)
                   : op == ADJ_C_EQ ? adj_eq(x, y)
                   : op == ADJ_C_NE ? adj_ne(x, y)
                   : op == ADJ_C_GT ? adj_gt(x, y)
                                    : adj_ge(x, y);
    return adj_bind_tensor(vm, r, out);
}

static bool tensor_hash(AdjVM *vm, AdjVal self, int64_t *out)
{
    (void)vm;
    *out = adj_pointer_hash(self.o);
    return true;
}

// ---------------------------------------------------------------- as a Python value

static bool scalar_of(AdjVM *vm, AdjVal self, AdjScalar *out)
{
    *out = adj_item_scalar(tensor(self));
    return out->kind != ADJ_S_NONE || adj_bind_error(vm);
}

static bool tensor_truth(AdjVM *vm, AdjVal self, bool *out)
{
    AdjTensor *t = tensor(self);
    if (t->numel != 1) {
        return adj_raise(vm, ADJ_EXC_RuntimeError,
                         "Boolean value of Tensor with %s is ambiguous",
                         t->numel ? "more than one value" : "no values");
    }
    AdjScalar s;
    if (!scalar_of(vm, self, &s)) return false;
    *out = s.kind == ADJ_S_FLOAT ? s.f != 0 : s.i != 0;
    return true;
}

static bool tensor_number(AdjVM *vm, AdjVal self, bool as_int, AdjVal *out)
{
    AdjScalar s;
    if (tensor(self)->numel != 1) {
        return adj_raise(vm, ADJ_EXC_ValueError,
                         "only one element tensors can be converted to Python scalars");
    }
    if (!scalar_of(vm, self, &s)) return false;
    if (!as_int) return adj_out_float(out, s.f);
    if (s.kind != ADJ_S_FLOAT) return adj_out_int(out, s.i);
    if (!isfinite(s.f)) {
        return isnan(s.f)
                   ? adj_raise(vm, ADJ_EXC_ValueError, "cannot convert float NaN to integer")
                   : adj_raise(vm, ADJ_EXC_OverflowError,
                               "cannot convert float infinity to integer");
    }
    return adj_out_int(out, (int64_t)s.f);
}

static bool tensor_index(AdjVM *vm, AdjVal self, int64_t *out)
{
    AdjTensor *t = tensor(self);
    if (t->numel != 1 || adj_is_float(t)) {
        return adj_raise(
            vm, ADJ_EXC_TypeError,
            "only integer tensors of a single element can be converted to an index");
    }
    *out = adj_item_scalar(t).i;
    return true;
}

static bool tensor_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    ADJ_SCOPE;
    char *text = adj_to_text(tensor(self));
    if (!text) return adj_bind_error(vm);
    bool ok = adj_out(out, adj_str_new_c(vm, text));
    free(text);
    return ok;
}

static bool tensor_format(AdjVM *vm, AdjVal self, const char *spec, size_t len, AdjVal *out)
{
    if (tensor(self)->ndim == 0 && !tensor(self)->is_parameter) {
        AdjScalar s;
        AdjVal v;
        return scalar_of(vm, self, &s) && adj_bind_scalar(vm, s, &v) &&
               adj_val_format(vm, v, spec, len, out);
    }
    if (len) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "unsupported format string passed to Tensor.__format__");
    }
    return tensor_repr(vm, self, out);
}

static bool tensor_len(AdjVM *vm, AdjVal self, int64_t *out)
{
    if (tensor(self)->ndim == 0)
        return adj_raise(vm, ADJ_EXC_TypeError, "len() of a 0-d tensor");
    *out = tensor(self)->sizes[0];
    return true;
}

static bool tensor_contains(AdjVM *vm, AdjVal self, AdjVal item, bool *out)
{
    ADJ_SCOPE;
    AdjTensor *x = adj_bind_operand(vm, item);
    if (!x) {
        return adj_raise(
            vm, ADJ_EXC_RuntimeError,
            "Tensor.__contains__ only supports Tensor or scalar, but you passed in a %s.",
            adj_type_name(item));
    }
    AdjTensor *any = adj_any(adj_eq(tensor(self), x), ADJ_ALL, false);
    if (!any) return adj_bind_error(vm);
    *out = adj_item(any) != 0;
    return true;
}

// Iteration gives the rows: a tuple of views.
static bool tensor_iter(AdjVM *vm, AdjVal self, AdjVal *out)
{
    if (tensor(self)->ndim == 0) {
        return adj_raise(vm, ADJ_EXC_TypeError, "iteration over a 0-d tensor");
    }
    ADJ_SCOPE;
    AdjVal rows;
    if (!adj_bind_tensors(vm, adj_unbind(tensor(self), 0), &rows)) return false;
    bool ok = adj_val_iter(vm, rows, out);
    adj_val_drop(rows);
    return ok;
}

// ---------------------------------------------------------------- attributes

static bool get_shape(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_bind_size(vm, adj_shape(tensor(self)), out);
}

static bool get_dtype(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_bind_dtype(vm, adj_dtype(tensor(self)), out);
}

static bool get_device(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_bind_device_of(vm, tensor(self), out);
}

static bool get_ndim(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_int(out, tensor(self)->ndim);
}

static bool get_requires_grad(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_bool(out, adj_requires_grad(tensor(self)));
}

static bool set_requires_grad(AdjVM *vm, AdjVal self, AdjVal value)
{
    bool wanted;
    if (!adj_val_truth(vm, value, &wanted)) return false;
    return adj_require_grad(tensor(self), wanted) || adj_bind_error(vm);
}

static bool get_grad(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjTensor *g = adj_grad(tensor(self));
    return g ? adj_bind_tensor(vm, g, out) : adj_out_none(out);
}

static bool set_grad(AdjVM *vm, AdjVal self, AdjVal value)
{
    if (!adj_is_unset(value) && !adj_is_tensor(value)) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "assigned grad expected to be a Tensor or None but got "
                         "grad of type %s",
                         adj_type_name(value));
    }
    AdjTensor *g = adj_is_unset(value) ? NULL : tensor(value);
    return adj_set_grad(tensor(self), g) || adj_bind_error(vm);
}

static bool get_is_leaf(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_bool(out, adj_grad_fn(tensor(self)) == NULL);
}

static bool get_grad_fn(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjNode *n = adj_grad_fn(tensor(self));
    return n ? adj_bind_node(vm, n, out) : adj_out_none(out);
}

static bool get_transposed(AdjVM *vm, AdjVal self, AdjVal *out)
{
    ADJ_SCOPE;
    AdjTensor *t = tensor(self);
    AdjShape dims = {.n = t->ndim};
    for (int i = 0; i < t->ndim; i++) dims.at[i] = t->ndim - 1 - i;
    return adj_bind_tensor(vm, adj_permute(t, dims), out);
}

static bool get_matrix_transposed(AdjVM *vm, AdjVal self, AdjVal *out)
{
    ADJ_SCOPE;
    return adj_bind_tensor(vm, adj_transpose(tensor(self), -2, -1), out);
}

// .data: the same elements without history; assigning it replaces the contents.
static bool get_data(AdjVM *vm, AdjVal self, AdjVal *out)
{
    ADJ_SCOPE;
    return adj_bind_tensor(vm, adj_detach(tensor(self)), out);
}

void adj_bind_replace(AdjTensor *t, const AdjTensor *v)
{
    AdjStorage *old = t->storage;
    v->storage->refs++;
    t->storage = v->storage;
    adj_storage_drop(old);
    t->dtype = v->dtype;
    t->ndim = v->ndim;
    t->offset = v->offset;
    t->numel = v->numel;
    memcpy(t->sizes, v->sizes, sizeof t->sizes);
    memcpy(t->strides, v->strides, sizeof t->strides);
}

static bool set_data(AdjVM *vm, AdjVal self, AdjVal value)
{
    if (!adj_is_tensor(value)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "Variable data has to be a tensor, but got %s",
                         adj_type_name(value));
    }
    adj_bind_replace(tensor(self), tensor(value));
    return true;
}

static bool get_version(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_int(out, adj_version(tensor(self)));
}

static bool get_itemsize(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_int(out, (int64_t)adj_dtype_size(adj_dtype(tensor(self))));
}

static bool get_nbytes(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    AdjTensor *t = tensor(self);
    return adj_out_int(out, t->numel * (int64_t)adj_dtype_size(adj_dtype(t)));
}

static bool get_false(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm, (void)self;
    return adj_out_bool(out, false);
}

static bool get_is_cuda(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_bool(out, adj_device_of(tensor(self)) != &adj_cpu);
}

static bool get_is_cpu(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_bool(out, adj_device_of(tensor(self)) == &adj_cpu);
}

static bool get_base(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjTensor *b = tensor(self)->base;
    return b ? adj_bind_tensor(vm, b, out) : adj_out_none(out);
}

static const AdjAttr attrs[] = {
    {"shape", get_shape, NULL, "Sizes of the axes."},
    {"dtype", get_dtype, NULL, "Element type."},
    {"device", get_device, NULL, "Where the elements lie."},
    {"ndim", get_ndim, NULL, "Number of axes."},
    {"requires_grad", get_requires_grad, set_requires_grad, "Whether a gradient is wanted."},
    {"grad", get_grad, set_grad, "The gradient that backward() gathered, or None."},
    {"grad_fn", get_grad_fn, NULL, "The node of the tape that made this, or None."},
    {"is_leaf", get_is_leaf, NULL, "True when no node made this."},
    {"T", get_transposed, NULL, "The axes in reverse order."},
    {"mT", get_matrix_transposed, NULL, "The last two axes exchanged."},
    {"data", get_data, set_data, "The elements without history."},
    {"itemsize", get_itemsize, NULL, "Bytes of one element."},
    {"nbytes", get_nbytes, NULL, "Bytes of all elements."},
    {"is_cuda", get_is_cuda, NULL, "Whether the elements lie on a GPU."},
    {"is_cpu", get_is_cpu, NULL, "Whether the elements lie on the CPU."},
    {"is_sparse", get_false, NULL, "Always False."},
    {"_base", get_base, NULL, "The tensor this is a view of, or None."},
    {"_version", get_version, NULL, "In-place changes so far."},
    {0},
};

// ---------------------------------------------------------------- methods

static bool m_item(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjScalar s;
    return scalar_of(vm, a[0], &s) && adj_bind_scalar(vm, s, out);
}

static bool to_list(AdjVM *vm, AdjTensor *t, AdjVal *out)
{
    if (!t) return adj_bind_error(vm);
    if (t->ndim == 0) return adj_bind_scalar(vm, adj_item_scalar(t), out);
    AdjList *list = adj_list_new(vm, t->sizes[0]);
    for (int64_t i = 0; list && i < t->sizes[0]; i++) {
        ADJ_SCOPE;
        AdjVal item;
        if (to_list(vm, adj_select(t, 0, i), &item) && adj_list_append_take(vm, list, item))
            continue;
        adj_obj_drop(list);
        return false;
    }
    return adj_out(out, list);
}

static bool m_tolist(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    return to_list(vm, adj_on_host(adj_detach(tensor(a[0]))), out);
}

static bool m_backward(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    bool create = false, retain = false;
    if (!adj_val_truth(vm, a[3], &create) || !adj_val_truth(vm, a[2], &retain)) return false;
    if (!adj_is_none(a[1]) && !adj_is_tensor(a[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "gradients can be either Tensors or None, but got %s",
                         adj_type_name(a[1]));
    }
    AdjTensor *seed = adj_is_none(a[1]) ? NULL : tensor(a[1]);
    AdjTensors inputs = {0, NULL};
    if (!adj_is_none(a[4]) && !adj_bind_to_tensors(vm, "inputs", a[4], &inputs, false))
        return false;
    AdjTensor *root = tensor(a[0]);
    AdjHooks *hooks = adj_vm_hooks(vm);
    int done =
        hooks->backward && !inputs.n && !create ? hooks->backward(vm, a[0], a[1], retain) : 0;
    if (done < 0) return false;
    if (!done &&
        !adj_backward_from(ADJ_TENSORS(root), ADJ_TENSORS(seed), inputs, retain, create))
        return adj_bind_error(vm);
    if (tensor(a[0])->numel == 1) adj_bind_note_loss(adj_item(tensor(a[0])));
    if (ADJ_UNLIKELY(adj_thread.watchers & ADJ_WATCH_SCALARS))
        adj_observe_backward(vm, tensor(a[0]));
    return adj_out_none(out);
}

static bool m_size(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (adj_is_none(a[1])) return get_shape(vm, a[0], out);
    int64_t dim;
    if (!adj_get_int(vm, a[1], &dim)) return false;
    if (!adj_wrap_dim(&dim, tensor(a[0])->ndim)) return adj_bind_error(vm);
    return adj_out_int(out, tensor(a[0])->ndim ? tensor(a[0])->sizes[dim] : 1);
}

static bool m_stride(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjTensor *t = tensor(a[0]);
    int64_t dim;
    if (!adj_is_none(a[1])) {
        if (!adj_get_int(vm, a[1], &dim)) return false;
        if (!adj_wrap_dim(&dim, t->ndim)) return adj_bind_error(vm);
        return adj_out_int(out, t->strides[dim]);
    }
    AdjTuple *list = adj_tuple_new(vm, t->ndim);
    for (int i = 0; list && i < t->ndim; i++) list->items[i] = adj_int_val(t->strides[i]);
    return adj_out(out, list);
}

static bool m_dim(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return get_ndim(vm, a[0], out);
}

static bool m_numel(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)vm, (void)n;
    return adj_out_int(out, tensor(a[0])->numel);
}

static bool m_is_contiguous(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)vm, (void)n;
    return adj_out_bool(out, adj_is_contiguous(tensor(a[0])));
}

static bool m_requires_grad_(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return set_requires_grad(vm, a[0], a[1]) && adj_out_keep(out, a[0]);
}

static bool m_retain_grad(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return adj_retain_grad(tensor(a[0])) ? adj_out_none(out) : adj_bind_error(vm);
}

// Cuts the tensor itself from its history.
static bool m_detach_(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)vm, (void)n;
    AdjTensor *t = tensor(a[0]);
    AdjNode *old = t->node;
    t->node = NULL;
    t->requires_grad = false;
    adj_node_drop(old);
    return adj_out_keep(out, a[0]);
}

static bool m_self(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)vm, (void)n;
    return adj_out_keep(out, a[0]);
}

static bool m_numpy(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    bool force;
    if (!adj_val_truth(vm, a[1], &force)) return false;
    if (!force && adj_requires_grad(tensor(a[0]))) {
        return adj_raise(vm, ADJ_EXC_RuntimeError,
                         "Can't call numpy() on Tensor that requires grad. Use "
                         "tensor.detach().numpy() instead.");
    }
    if (!force && adj_device_of(tensor(a[0])) != &adj_cpu) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "can't convert %s device type tensor to numpy. Use Tensor.cpu() to "
                         "copy the tensor to host memory first.",
                         adj_device_of(tensor(a[0]))->title);
    }
    AdjVal module;
    if (!adj_vm_import(vm, "numpy", &module)) return false;
    bool ok = adj_vm_call_method(vm, module, "ndarray", a, 1, out);
    adj_val_drop(module);
    return ok;
}

static bool m_is_floating_point(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)vm, (void)n;
    return adj_out_bool(out, adj_is_float(tensor(a[0])));
}

static bool m_data_ptr(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)vm, (void)n;
    return adj_out_int(out, (int64_t)(intptr_t)adj_ptr(tensor(a[0])));
}

// The memory itself, as torch.storage shows it: all of it, as one row of elements.
static bool m_storage(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    AdjTensor *x = tensor(a[0]);
    int64_t elements = (int64_t)(x->storage->bytes / adj_dtype_size(x->dtype));
    AdjVal module, row;
    if (!adj_bind_tensor(
            vm, adj_as_strided(adj_detach(x), ADJ_SHAPE(elements), ADJ_SHAPE(1), 0), &row))
        return false;
    bool ok = adj_vm_import(vm, "torch.storage", &module);
    if (ok) {
        ok = adj_vm_call_method(vm, module, "UntypedStorage", &row, 1, out);
        adj_val_drop(module);
    }
    adj_val_drop(row);
    return ok;
}

static bool m_element_size(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return get_itemsize(vm, a[0], out);
}

static bool m_storage_offset(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)vm, (void)n;
    return adj_out_int(out, tensor(a[0])->offset);
}

// ---------------------------------------------------------------- hooks

typedef struct {
    AdjVM *vm;
    AdjVal fn;  // kept
} Callback;

static AdjTensor *run_hook(AdjTensor *grad, void *data)
{
    Callback *c = data;
    AdjVal g, result;
    if (!adj_bind_tensor(c->vm, grad, &g)) return NULL;
    bool was = adj_grad_enabled();
    bool ok = adj_vm_call(c->vm, c->fn, &g, 1, NULL, &result);
    adj_set_grad_enabled(was);
    adj_val_drop(g);
    if (!ok) return adj_fail(ADJ_E_RUNTIME, "a hook failed");
    AdjTensor *t = adj_is_tensor(result) ? adj_scoped(adj_keep(tensor(result))) : NULL;
    adj_val_drop(result);
    return t;
}

// What is reached through [t]: a leaf carries its hooks, a result's hang on its node. Only when
// nothing else holds them: others would call them, too.
void adj_bind_visit_hooks(const AdjTensor *t, AdjVisit visit, void *arg)
{
    if (!t || t->refs > 1 || (t->node && t->node->refs > 1)) return;
    for (AdjHookEntry *e = t->node ? t->node->hooks : t->hooks; e; e = e->next) {
        if (e->call != run_hook) continue;
        AdjVal fn = ((Callback *)e->data)->fn;
        if (fn.tag == ADJ_T_OBJ) visit(fn.o, arg);
    }
}

static void drop_hook(void *data)
{
    adj_val_drop(((Callback *)data)->fn);
    free(data);
}

typedef struct {
    AdjObj head;
    AdjVal owner;  // kept: a tensor, or the list of a module's hooks
    int64_t id;
} HookHandle;

static void handle_drop(AdjObj *o)
{
    adj_val_set(&((HookHandle *)o)->owner, ADJ_NONE);
}

static void handle_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    AdjVal owner = ((HookHandle *)o)->owner;
    if (owner.tag == ADJ_T_OBJ) visit(owner.o, arg);
}

// From a list of (id, callable) pairs.
static void remove_pair(AdjList *list, int64_t id)
{
    for (int64_t i = 0; i < list->len; i++) {
        AdjTuple *pair = adj_as_tuple(list->items[i]);
        if (pair->items[0].i != id) continue;
        AdjVal dead = list->items[i];
        memmove(&list->items[i], &list->items[i + 1],
                (size_t)(list->len - i - 1) * sizeof *list->items);
        list->len--;
        adj_val_drop(dead);
        return;
    }
}

static bool handle_remove(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)vm, (void)n;
    HookHandle *h = (HookHandle *)a[0].o;
    if (adj_is_tensor(h->owner))
        adj_hook_remove(tensor(h->owner), h->id);
    else if (adj_is_list(h->owner))
        remove_pair(adj_as_list(h->owner), h->id);
    adj_val_set(&h->owner, ADJ_NONE);
    return adj_out_none(out);
}

static const AdjNative handle_methods[] = {
    {"remove", "(self)", handle_remove, "Takes the hook away again.", 0},
    {0},
};

AdjType adj_type_hook_handle = {.name = "RemovableHandle",
                                .flags = ADJ_TF_GC,
                                .size = sizeof(HookHandle),
                                .methods = handle_methods,
                                .drop = handle_drop,
                                .traverse = handle_traverse};

bool adj_bind_hook_handle(AdjVM *vm, AdjVal owner, int64_t id, AdjVal *out)
{
    HookHandle *h = adj_obj_new(vm, &adj_type_hook_handle);
    if (!h) return false;
    h->owner = adj_val_keep(owner);
    h->id = id;
    return adj_out(out, h);
}

static bool m_register_hook(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (!adj_val_callable(a[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "register_hook(): hook must be callable, not %s", adj_type_name(a[1]));
    }
    Callback *c = malloc(sizeof *c);
    if (!c) return adj_raise(vm, ADJ_EXC_MemoryError, "register_hook: no memory");
    *c = (Callback){vm, adj_val_keep(a[1])};
    int64_t id = adj_hook_add(tensor(a[0]), run_hook, c, drop_hook);
    if (id) return adj_bind_hook_handle(vm, a[0], id, out);
    drop_hook(c);
    return adj_bind_error(vm);
}

// ---------------------------------------------------------------- conversions

// x.to(dtype), x.to("cpu"), x.to(other), x.to(device, dtype).
static bool m_to(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    AdjTensor *x = tensor(a[0]);
    AdjDtype dtype = ADJ_SAME;
    const AdjDevice *d = adj_device_of(x);
    AdjVal given[3] = {a[1], a[2], a[3]};
    for (int i = 0; i < 3; i++) {
        AdjDtype t;
        if (adj_is_unset(given[i]) || adj_is_bool(given[i])) continue;
        if (adj_is_tensor(given[i])) {
            dtype = adj_dtype(tensor(given[i]));
            d = adj_device_of(tensor(given[i]));
        } else if (adj_bind_is_device(given[i]) || adj_is_int(given[i])) {
            if (!adj_bind_device(vm, given[i], &d)) return false;
        } else if (adj_bind_to_dtype(vm, given[i], &t)) {
            dtype = t;
        }
    }
    adj_bind_span(vm);
    if (dtype == ADJ_SAME) dtype = adj_dtype(x);
    if (dtype == x->dtype && d == adj_device_of(x)) return adj_out_keep(out, a[0]);
    return adj_bind_tensor(vm, adj_to_copy(x, dtype, d->title), out);
}

// To the CPU, or to a GPU.
static bool move(AdjVM *vm, AdjVal self, const AdjDevice *d, AdjVal *out)
{
    if (!d) return adj_bind_error(vm);
    if (adj_device_of(tensor(self)) == d) return adj_out_keep(out, self);
    ADJ_SCOPE;
    adj_bind_span(vm);
    return adj_bind_tensor(vm, adj_on(tensor(self), d), out);
}

static bool m_cpu(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return move(vm, a[0], &adj_cpu, out);
}

static bool m_cuda(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    const AdjDevice *d;
    if (!adj_bind_device(vm, a[1], &d)) return false;
    return move(vm, a[0], d ? d : adj_device_find("cuda"), out);
}

static bool m_get_device(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)vm, (void)n;
    const AdjDevice *d = adj_device_of(tensor(a[0]));
    return adj_out_int(out, d == &adj_cpu ? -1 : d->index);
}

static bool m_type(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    static const char *const names[ADJ_DTYPES] = {
        "torch.FloatTensor", "torch.DoubleTensor", "torch.HalfTensor", "torch.BFloat16Tensor",
        "torch.LongTensor",  "torch.IntTensor",    "torch.ByteTensor", "torch.BoolTensor",
    };
    if (adj_is_none(a[1])) return adj_out(out, adj_str_new_c(vm, names[tensor(a[0])->dtype]));
    AdjVal to[4] = {a[0], a[1], ADJ_NONE, ADJ_NONE};
    return m_to(vm, to, n, out);
}

static bool m_index_put_(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    bool accumulate;
    AdjVal key = a[1];
    AdjTuple *places = NULL;
    if (!adj_val_truth(vm, a[3], &accumulate)) return false;
    if (adj_is_list(key)) {  // a list of indices, not an index that is a list
        places = adj_tuple_from(vm, adj_as_list(key)->items, adj_as_list(key)->len);
        if (!places) return false;
        key = adj_obj_val(places);
    }
    bool ok = adj_bind_put(vm, a[0], key, a[2], accumulate);
    adj_obj_drop(places);
    return ok && adj_out_keep(out, a[0]);
}

static bool m_index_put(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    ADJ_SCOPE;
    AdjVal copy;
    if (!adj_bind_tensor(vm, adj_clone(tensor(a[0])), &copy)) return false;
    AdjVal args[] = {copy, a[1], a[2], a[3]};
    bool ok = m_index_put_(vm, args, n, out);
    adj_val_drop(copy);
    return ok;
}

// x.where(condition, other) is where(condition, x, other).
static bool m_where(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjVal args[] = {a[1], a[0], a[2]};
    return adj_bind_call_op(vm, &adj_op_where, false, args, 3, NULL, out);
}

static bool m_new_tensor(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    AdjTensor *t = adj_bind_data(vm, a[1], adj_dtype(tensor(a[0])));
    if (!t && adj_vm_failed(vm)) return false;
    return adj_bind_tensor(vm, t, out);
}

static const AdjNative methods[] = {
    {"item", "(self)", m_item, "The value of a one-element tensor as a number.", 0},
    {"tolist", "(self)", m_tolist, "The elements as nested lists of numbers.", 0},
    {"backward", "(self, gradient=None, retain_graph=None, create_graph=False, inputs=None)",
     m_backward, "Adds d self / d leaf to the .grad of every leaf self came from.", 0},
    {"size", "(self, dim=None)", m_size, "Sizes of the axes, or of one.", 0},
    {"stride", "(self, dim=None)", m_stride, "Elements between neighbours along the axes.", 0},
    {"dim", "(self)", m_dim, "Number of axes.", 0},
    {"ndimension", "(self)", m_dim, "Number of axes.", 0},
    {"numel", "(self)", m_numel, "Number of elements.", 0},
    {"nelement", "(self)", m_numel, "Number of elements.", 0},
    {"is_contiguous", "(self, memory_format=None)", m_is_contiguous,
     "Whether the elements lie in order without gaps.", 0},
    {"requires_grad_", "(self, requires_grad=True)", m_requires_grad_,
     "Asks for a gradient, or not.", 0},
    {"retain_grad", "(self)", m_retain_grad, "Keeps the gradient of a result too.", 0},
    {"detach_", "(self)", m_detach_, "Cuts the tensor from its history.", 0},
    {"register_hook", "(self, hook)", m_register_hook,
     "Calls hook(grad) when the gradient is known; what it returns replaces it.", 0},
    {"cpu", "(self)", m_cpu, "The tensor on the CPU.", 0},
    {"cuda", "(self, device=None, non_blocking=False)", m_cuda, "The tensor on a GPU.", 0},
    {"get_device", "(self)", m_get_device, "The number of its GPU; -1 on the CPU.", 0},
    {"numpy", "(self, *, force=False)", m_numpy,
     "The tensor as an array of numpy, with the same memory.", 0},
    {"to", "(self, other=None, dtype=None, device=None, non_blocking=False, copy=False)", m_to,
     "The tensor with another element type or device.", 0},
    {"type", "(self, dtype=None)", m_type, "The name of the type, or the tensor converted.", 0},
    {"is_floating_point", "(self)", m_is_floating_point, "Whether elements are floats.", 0},
    {"element_size", "(self)", m_element_size, "Bytes of one element.", 0},
    {"data_ptr", "(self)", m_data_ptr, "Address of the first element.", 0},
    {"storage", "(self)", m_storage, "The memory the tensor looks at.", 0},
    {"untyped_storage", "(self)", m_storage, "The memory the tensor looks at.", 0},
    {"pin_memory", "(self)", m_self, "The tensor.", 0},
    {"share_memory_", "(self)", m_self, "The tensor.", 0},
    {"storage_offset", "(self)", m_storage_offset, "Elements before the first in the storage.",
     0},
    {"index_put_", "(self, indices, values, accumulate=False)", m_index_put_,
     "self[indices] = values, or += with accumulate.", 0},
    {"index_put", "(self, indices, values, accumulate=False)", m_index_put,
     "A copy changed as index_put_ does.", 0},
    {"where", "(self, condition, other)", m_where, "self where condition holds, else other.",
     0},
    {"new_tensor", "(self, data)", m_new_tensor, "A tensor of the same type from data.", 0},
    {0},
};

AdjType adj_type_tensor = {
    .name = "Tensor",
    .flags = ADJ_TF_ATTRS,
    .size = sizeof(AdjTensorObj),
    .doc = "Numbers of one type along up to 8 axes, with their history for derivatives.",
    .make = &adj_bind_tensor_make,
    .methods = methods,
    .attrs = attrs,
    .drop = tensor_drop,
    .traverse = tensor_traverse,
    .repr = tensor_repr,
    .format = tensor_format,
    .hash = tensor_hash,
    .compare = tensor_compare,
    .truth = tensor_truth,
    .getitem = adj_bind_getitem,
    .setitem = adj_bind_setitem,
    .len = tensor_len,
    .contains = tensor_contains,
    .iter = tensor_iter,
    .binary = tensor_binary,
    .inplace = tensor_inplace,
    .unary = tensor_unary,
    .index = tensor_index,
    .number = tensor_number,
};

// ---------------------------------------------------------------- Parameter

static bool parameter_new(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (!adj_is_unset(a[1]) && !adj_is_tensor(a[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "Parameter(): argument 'data' must be Tensor, not %s",
                         adj_type_name(a[1]));
    }
    ADJ_SCOPE;
    bool wanted;
    if (!adj_val_truth(vm, a[2], &wanted)) return false;
    AdjTensor *t =
        adj_is_unset(a[1]) ? adj_new(ADJ_SHAPE(0), ADJ_SAME) : adj_detach(tensor(a[1]));
    if (!t) return adj_bind_error(vm);
    t->is_parameter = true;
    if (!adj_require_grad(t, wanted && adj_is_float(t))) return adj_bind_error(vm);
    return adj_bind_tensor(vm, t, out);
}

static const AdjNative parameter_make = {
    "Parameter", "(cls, data=None, requires_grad=True)", parameter_new,
    "A tensor that belongs to a module and is trained.", 0};

AdjType adj_type_parameter = {
    .name = "Parameter",
    .base = &adj_type_tensor,
    .flags = ADJ_TF_ATTRS,
    .size = sizeof(AdjTensorObj),
    .doc = "A tensor that belongs to a module and is trained.",
    .make = &parameter_make,
};
