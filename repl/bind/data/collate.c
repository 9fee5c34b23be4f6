// SPDX-License-Identifier: Apache-2.0
// collate.c: items of a dataset to a batch, as PyTorch's default_collate does it.
#include "bind/data/data.h"

static bool column(AdjVM *vm, AdjList *items, int64_t k, AdjVal *out)
{
    AdjList *list = adj_list_new(vm, items->len);
    for (int64_t i = 0; list && i < items->len; i++) {
        AdjVal v;
        if (adj_val_getitem(vm, items->items[i], adj_int_val(k), &v) &&
            adj_list_append_take(vm, list, v))
            continue;
        adj_obj_drop(list);
        return false;
    }
    // PyTorch's columns are tuples, which shows where they stay as they are.
    bool text = list && list->len && adj_is_str(list->items[0]);
    bool ok = list && (text ? adj_out(out, adj_tuple_from(vm, list->items, list->len))
                            : adj_bind_collate(vm, list, out));
    adj_obj_drop(list);
    return ok;
}

static bool collate_columns(AdjVM *vm, AdjList *items, int64_t n, AdjVal *out)
{
    AdjList *columns = adj_list_new(vm, n);
    for (int64_t k = 0; columns && k < n; k++) {
        AdjVal v;
        if (column(vm, items, k, &v) && adj_list_append_take(vm, columns, v)) continue;
        adj_obj_drop(columns);
        return false;
    }
    return adj_out(out, columns);
}

// A named tuple stays one: its class is called with the columns.
static bool rebuild(AdjVM *vm, AdjVal first, AdjVal *out)
{
    AdjVal fields, made;
    AdjStr *name = adj_str_intern_c("_fields");
    int named = adj_is_tuple(first) ? adj_val_find_attr(vm, first, name, &fields) : 0;
    adj_obj_drop(name);
    if (named <= 0) return named == 0;
    adj_val_drop(fields);
    AdjList *columns = adj_as_list(*out);
    bool ok = adj_vm_call(vm, adj_obj_val(first.o->type), columns->items, (int)columns->len,
                          NULL, &made);
    adj_val_drop(*out);
    if (ok) *out = made;
    return ok;
}

static bool collate_sequences(AdjVM *vm, AdjList *items, AdjVal *out)
{
    int64_t n, each;
    if (!adj_val_len(vm, items->items[0], &n)) return false;
    for (int64_t i = 1; i < items->len; i++) {
        if (!adj_val_len(vm, items->items[i], &each)) return false;
        if (each != n)
            return adj_raise(vm, ADJ_EXC_RuntimeError,
                             "each element in list of batch should be of equal size");
    }
    return collate_columns(vm, items, n, out) && rebuild(vm, items->items[0], out);
}

static bool collate_dicts(AdjVM *vm, AdjList *items, AdjVal *out)
{
    AdjDict *result = adj_dict_new(vm);
    AdjEntry *e;
    for (int64_t i = 0; result && (e = adj_dict_next(adj_as_dict(items->items[0]), &i));) {
        AdjList *list = adj_list_new(vm, items->len);
        bool ok = list != NULL;
        AdjVal v;
        for (int64_t k = 0; ok && k < items->len; k++)
            ok = adj_val_getitem(vm, items->items[k], e->key, &v) &&
                 adj_list_append_take(vm, list, v);
        ok = ok && adj_bind_collate(vm, list, &v) && adj_dict_set(vm, result, e->key, v);
        if (ok) adj_val_drop(v);
        adj_obj_drop(list);
        if (ok) continue;
        adj_obj_drop(result);
        return false;
    }
    return adj_out(out, result);
}

// PyTorch's default: tensors are stacked, numbers become a tensor, sequences and dicts are
// collated item by item, strings stay a list.
bool adj_bind_collate(AdjVM *vm, AdjList *items, AdjVal *out)
{
    ADJ_SCOPE;
    AdjVal first = items->items[0];
    if (adj_is_tensor(first)) {
        AdjTensors ts = {(int)items->len,
                         adj_scope_memory((size_t)items->len * sizeof(AdjTensor *))};
        for (int64_t i = 0; ts.at && i < items->len; i++) {
            if (!adj_is_tensor(items->items[i])) {
                return adj_raise(vm, ADJ_EXC_TypeError, "a batch mixes Tensor and %s",
                                 adj_type_name(items->items[i]));
            }
            ts.at[i] = adj_tensor_of(items->items[i]);
        }
        return adj_bind_tensor(vm, ts.at ? adj_stack(ts, 0) : NULL, out);
    }
    if (adj_is_number(first)) {
        AdjDtype t = first.tag == ADJ_T_FLOAT ? ADJ_F64 : ADJ_SAME;  // as PyTorch does
        AdjTensor *x = adj_bind_data(vm, adj_obj_val(items), t);
        return !x && adj_vm_failed(vm) ? false : adj_bind_tensor(vm, x, out);
    }
    if (adj_is_tuple(first) || adj_is_list(first)) return collate_sequences(vm, items, out);
    if (adj_is_dict(first)) return collate_dicts(vm, items, out);
    if (adj_is_str(first)) return adj_out_keep(out, adj_obj_val(items));
    return adj_raise(
        vm, ADJ_EXC_TypeError,
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
        "found <class '%s'>",
        adj_type_name(first));
}
