// SPDX-License-Identifier: Apache-2.0
// data.c: nested lists to tensors, and keys of the language to indices of the engine. The
// engine's builder infers shape and element type as torch.tensor does; here the lists are
// walked for it.
#include "bind/bind.h"

#include <stdlib.h>

// ---------------------------------------------------------------- torch.tensor

static bool sequence(AdjVal v, AdjVal **items, int64_t *n)
{
    if (adj_is_list(v)) {
        *items = adj_as_list(v)->items;
        *n = adj_as_list(v)->len;
        return true;
    }
    if (!adj_is_tuple(v)) return false;
    *items = adj_as_tuple(v)->items;
    *n = adj_as_tuple(v)->len;
    return true;
}

static void feed_tensor(AdjBuilder *b, AdjTensor *t)
{
    if (!t) return;
    if (t->ndim == 0) {
        adj_build_number(b, adj_item_scalar(t));
        return;
    }
    adj_build_open(b);
    for (int64_t i = 0; i < t->sizes[0] && !adj_error_kind(); i++)
        feed_tensor(b, adj_select(t, 0, i));
    adj_build_close(b);
}

static bool feed(AdjVM *vm, AdjBuilder *b, AdjVal v)
{
    AdjVal *items;
    int64_t n;
    AdjScalar s;
    if (sequence(v, &items, &n)) {
        adj_build_open(b);
        for (int64_t i = 0; i < n && !adj_error_kind(); i++)
            if (!feed(vm, b, items[i])) return false;
        adj_build_close(b);
        return true;
    }
    if (adj_is_tensor(v)) {
        feed_tensor(b, adj_tensor_of(v));
        return true;
    }
    if (adj_bind_to_scalar(vm, v, &s)) {
        adj_build_number(b, s);
        return true;
    }
    if (adj_is_str(v) && b->depth)
        return adj_raise(vm, ADJ_EXC_ValueError, "too many dimensions 'str'");
    if (adj_is_str(v))
        return adj_raise(vm, ADJ_EXC_TypeError, "new(): invalid data type 'str'");
    return adj_raise(vm, ADJ_EXC_RuntimeError, "Could not infer dtype of %s", adj_type_name(v));
}

// A range, a generator or another iterable stands for the list of its items.
AdjTensor *adj_bind_data(AdjVM *vm, AdjVal data, AdjDtype dtype)
{
    if (adj_is_tensor(data)) {
        AdjTensor *t = adj_clone(adj_detach(adj_tensor_of(data)));
        return dtype == ADJ_SAME ? t : adj_to(t, dtype);
    }
    AdjVal *items;
    int64_t n;
    AdjList *list = NULL;
    if (!sequence(data, &items, &n) && !adj_is_number(data) && !adj_is_str(data)) {
        list = adj_list_of(vm, data);
        if (!list) return NULL;
        data = adj_obj_val(list);
    }
    AdjBuilder b = {0};
    AdjTensor *result = NULL;
    if (feed(vm, &b, data))
        result = adj_build_end(&b, dtype);
    else
        free(b.at);  // an exception stands; the lists are not closed
    adj_obj_drop(list);
    return result;
}

// ---------------------------------------------------------------- indexing

static bool slice_part(AdjVM *vm, AdjVal v, int64_t *out)
{
    *out = ADJ_NO_INT;
    if (adj_is_none(v)) return true;
    if (adj_is_tensor(v) && adj_tensor_of(v)->numel == 1 && !adj_is_float(adj_tensor_of(v))) {
        *out = adj_item_scalar(adj_tensor_of(v)).i;
        return true;
    }
    return adj_get_int(vm, v, out);
}

static bool slice_index(AdjVM *vm, AdjSlice *s, AdjIndex *out)
{
    out->kind = ADJ_INDEX_SLICE;
    return slice_part(vm, s->start, &out->start) && slice_part(vm, s->stop, &out->stop) &&
           slice_part(vm, s->step, &out->step);
}

static bool is_integer_tensor(const AdjTensor *t)
{
    return t->ndim == 0 && !adj_is_float(t) && t->dtype != ADJ_BOOL;
}

static bool one_index(AdjVM *vm, AdjVal v, AdjIndex *out)
{
    *out = (AdjIndex){0};
    if (adj_is_none(v)) {
        out->kind = ADJ_INDEX_NEW_AXIS;
    } else if (v.tag == ADJ_T_ELLIPSIS) {
        out->kind = ADJ_INDEX_ELLIPSIS;
    } else if (v.tag == ADJ_T_INT) {
        out->kind = ADJ_INDEX_INT;
        out->i = v.i;
    } else if (v.tag == ADJ_T_BOOL) {
        out->kind = ADJ_INDEX_BOOL;
        out->i = v.i;
    } else if (adj_is_exact(v, &adj_type_slice)) {
        return slice_index(vm, (AdjSlice *)v.o, out);
    } else if (adj_is_tensor(v) && is_integer_tensor(adj_tensor_of(v))) {
        out->kind = ADJ_INDEX_INT;
        out->i = adj_item_scalar(adj_tensor_of(v)).i;
    } else if (adj_is_tensor(v)) {
        out->kind = ADJ_INDEX_TENSOR;
        out->t = adj_tensor_of(v);
    } else if (adj_is_list(v) || adj_is_tuple(v) || adj_is_exact(v, &adj_type_range)) {
        out->kind = ADJ_INDEX_TENSOR;
        out->t = adj_bind_data(vm, v, ADJ_SAME);
        if (out->t && out->t->numel == 0) out->t = adj_to(out->t, ADJ_I64);
        if (!out->t && !adj_vm_failed(vm)) adj_bind_error(vm);
        return out->t != NULL;
    } else {
        return adj_raise(vm, adj_is_str(v) ? ADJ_EXC_TypeError : ADJ_EXC_IndexError,
                         "only integers, slices (`:`), ellipsis (`...`), None and long or byte "
                         "Variables are valid indices (got %s)",
                         adj_type_name(v));
    }
    return true;
}

// The items of a key: one, or those of a tuple.
static bool indices(AdjVM *vm, AdjVal key, AdjIndex **items, int *n)
{
    bool many = adj_is_tuple(key);
    int64_t count = many ? adj_as_tuple(key)->len : 1;
    *items = adj_scope_memory((size_t)(count + 1) * sizeof **items);
    if (!*items) return adj_bind_error(vm);
    *n = (int)count;
    for (int64_t i = 0; i < count; i++)
        if (!one_index(vm, many ? adj_as_tuple(key)->items[i] : key, &(*items)[i]))
            return false;
    return true;
}

bool adj_bind_getitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal *out)
{
    ADJ_SCOPE;
    AdjIndex *items;
    int n;
    adj_bind_span(vm);
    if (!indices(vm, key, &items, &n)) return false;
    return adj_bind_tensor(vm, adj_index_get(adj_tensor_of(self), items, n), out);
}

bool adj_bind_setitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal value)
{
    if (adj_is_undef(value)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "Tensor does not support deleting items");
    }
    return adj_bind_put(vm, self, key, value, false);
}

bool adj_bind_put(AdjVM *vm, AdjVal self, AdjVal key, AdjVal value, bool accumulate)
{
    ADJ_SCOPE;
    AdjIndex *items;
    int n;
    adj_bind_span(vm);
    if (!indices(vm, key, &items, &n)) return false;
    AdjTensor *v = adj_bind_operand(vm, value);
    if (!v && (adj_is_list(value) || adj_is_tuple(value)))
        v = adj_bind_data(vm, value, ADJ_SAME);
    if (!v && !adj_vm_failed(vm) && !adj_error_kind()) {
        return adj_raise(vm, ADJ_EXC_TypeError, "can't assign a %s to a torch.Tensor",
                         adj_type_name(value));
    }
    if (adj_vm_failed(vm)) return false;
    bool (*put)(AdjTensor *, const AdjIndex *, int, AdjTensor *) =
        accumulate ? adj_index_add_to : adj_index_set;
    return put(adj_tensor_of(self), items, n, v) || adj_bind_error(vm);
}
