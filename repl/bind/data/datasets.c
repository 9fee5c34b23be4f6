// SPDX-License-Identifier: Apache-2.0
// datasets.c: torch.utils.data's datasets that are tensors or parts of others, and
// random_split. Samplers and joined datasets are written in the language (library/data.adj).
#include "bind/data/data.h"

#include <stdlib.h>

// ---------------------------------------------------------------- datasets

static void tensor_dataset_drop(AdjObj *o)
{
    AdjObj *t = (AdjObj *)((AdjTensorDataset *)o)->tensors;
    ((AdjTensorDataset *)o)->tensors = NULL;
    adj_obj_drop(t);
}

static void tensor_dataset_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    if (((AdjTensorDataset *)o)->tensors)
        visit((AdjObj *)((AdjTensorDataset *)o)->tensors, arg);
}

static bool tensor_dataset_init(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjTuple *t = adj_as_tuple(a[1]);
    for (int64_t i = 0; i < t->len; i++) {
        bool fits =
            adj_is_tensor(t->items[i]) && adj_tensor_of(t->items[i])->ndim > 0 &&
            adj_tensor_of(t->items[i])->sizes[0] == adj_tensor_of(t->items[0])->sizes[0];
        if (!fits)
            return adj_raise(vm, ADJ_EXC_AssertionError, "Size mismatch between tensors");
    }
    AdjTensorDataset *d = (AdjTensorDataset *)a[0].o;
    adj_obj_drop(d->tensors);
    d->tensors = adj_obj_keep(t);
    return adj_out_none(out);
}

static int64_t rows(AdjVal self)
{
    AdjTuple *t = ((AdjTensorDataset *)self.o)->tensors;
    return t && t->len ? adj_tensor_of(t->items[0])->sizes[0] : 0;
}

static bool tensor_dataset_len(AdjVM *vm, AdjVal self, int64_t *out)
{
    (void)vm;
    *out = rows(self);
    return true;
}

static bool tensor_dataset_getitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal *out)
{
    AdjTuple *t = ((AdjTensorDataset *)self.o)->tensors,
             *item = adj_tuple_new(vm, t ? t->len : 0);
    for (int64_t i = 0; item && i < item->len; i++) {
        if (adj_bind_getitem(vm, t->items[i], key, &item->items[i])) continue;
        adj_obj_drop(item);
        return false;
    }
    return adj_out(out, item);
}

static bool get_tensors(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, adj_obj_val(((AdjTensorDataset *)self.o)->tensors));
}

static const AdjNative tensor_dataset_methods[] = {
    {"__init__", "(self, *tensors)", tensor_dataset_init, "Rows of tensors of one length.", 0},
    {0},
};
static const AdjAttr tensor_dataset_attrs[] = {{"tensors", get_tensors, NULL, "The tensors."},
                                               {0}};

AdjType adj_type_dataset = {.name = "Dataset",
                            .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_ATTRS,
                            .size = sizeof(AdjObj) + 16,
                            .doc = "The base of datasets: __len__ and __getitem__."};
AdjType adj_type_iterable_dataset = {
    .name = "IterableDataset",
    .base = &adj_type_dataset,
    .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_ATTRS,
    .size = sizeof(AdjObj) + 16,
    .doc = "The base of datasets that come as a stream: __iter__."};
AdjType adj_type_tensor_dataset = {
    .name = "TensorDataset",
    .base = &adj_type_dataset,
    .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_ATTRS,
    .size = sizeof(AdjTensorDataset),
    .doc = "Rows of tensors of one length.",
    .methods = tensor_dataset_methods,
    .attrs = tensor_dataset_attrs,
    .drop = tensor_dataset_drop,
    .traverse = tensor_dataset_traverse,
    .len = tensor_dataset_len,
    .getitem = tensor_dataset_getitem,
};

static void subset_drop(AdjObj *o)
{
    AdjSubset *s = (AdjSubset *)o;
    AdjObj *list = (AdjObj *)s->indices;
    s->indices = NULL;
    adj_val_set(&s->dataset, ADJ_NONE);
    adj_obj_drop(list);
}

static void subset_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    AdjSubset *s = (AdjSubset *)o;
    if (s->dataset.tag == ADJ_T_OBJ) visit(s->dataset.o, arg);
    if (s->indices) visit((AdjObj *)s->indices, arg);
}

static bool subset_init(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjSubset *s = (AdjSubset *)a[0].o;
    AdjList *list = adj_list_of(vm, a[2]);
    if (!list) return false;
    adj_val_set(&s->dataset, adj_val_keep(a[1]));
    adj_obj_drop(s->indices);
    s->indices = list;
    return adj_out_none(out);
}

static bool subset_len(AdjVM *vm, AdjVal self, int64_t *out)
{
    (void)vm;
    *out = ((AdjSubset *)self.o)->indices ? ((AdjSubset *)self.o)->indices->len : 0;
    return true;
}

static bool subset_getitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal *out)
{
    AdjSubset *s = (AdjSubset *)self.o;
    AdjVal index;
    if (!adj_val_getitem(vm, adj_obj_val(s->indices), key, &index)) return false;
    bool ok = adj_val_getitem(vm, s->dataset, index, out);
    adj_val_drop(index);
    return ok;
}

static bool get_subset_dataset(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, ((AdjSubset *)self.o)->dataset);
}

static bool get_subset_indices(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, adj_obj_val(((AdjSubset *)self.o)->indices));
}

static const AdjNative subset_methods[] = {
    {"__init__", "(self, dataset, indices)", subset_init, "Some items of a dataset.", 0}, {0}};
static const AdjAttr subset_attrs[] = {{"dataset", get_subset_dataset, NULL, "The whole."},
                                       {"indices", get_subset_indices, NULL, "Which items."},
                                       {0}};
AdjType adj_type_subset = {
    .name = "Subset",
    .base = &adj_type_dataset,
    .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_ATTRS,
    .size = sizeof(AdjSubset),
    .doc = "Some items of a dataset.",
    .methods = subset_methods,
    .attrs = subset_attrs,
    .drop = subset_drop,
    .traverse = subset_traverse,
    .len = subset_len,
    .getitem = subset_getitem,
};

// ---------------------------------------------------------------- random_split

// Fractions become lengths as PyTorch makes them: rounded down, the rest dealt out from the
// front.
static bool split_lengths(AdjVM *vm, AdjList *given, int64_t n, int64_t *lengths)
{
    double sum = 0;
    bool fractions = true;
    for (int64_t i = 0; i < given->len; i++) {
        if (!adj_is_number(given->items[i])) {
            return adj_raise(vm, ADJ_EXC_TypeError, "random_split: lengths must be numbers");
        }
        fractions = fractions && given->items[i].tag == ADJ_T_FLOAT;
        sum += adj_as_double(given->items[i]);
    }
    int64_t total = 0;
    for (int64_t i = 0; i < given->len; i++) {
        lengths[i] =
            fractions ? (int64_t)floor((double)n * given->items[i].f) : given->items[i].i;
        total += lengths[i];
    }
    for (int64_t i = 0; fractions && fabs(sum - 1) < 1e-9 && total < n;
         i = (i + 1) % given->len, total++)
        lengths[i]++;
    return total == n ||
           adj_raise(vm, ADJ_EXC_ValueError,
                     "Sum of input lengths does not equal the length of the input dataset!");
}

static bool make_subset(AdjVM *vm, AdjVal dataset, const int64_t *at, int64_t n, AdjVal *out)
{
    AdjSubset *s = adj_obj_new(vm, &adj_type_subset);
    AdjList *list = s ? adj_list_new(vm, n) : NULL;
    if (!list) {
        adj_obj_drop(s);
        return false;
    }
    for (int64_t i = 0; i < n; i++) adj_list_append_take(vm, list, adj_int_val(at[i]));
    s->dataset = adj_val_keep(dataset);
    s->indices = list;
    return adj_out(out, s);
}

bool adj_bind_random_split(AdjVM *vm, AdjVal *a, int count, AdjVal *out)
{
    (void)count;
    ADJ_SCOPE;
    int64_t n;
    AdjList *given = adj_list_of(vm, a[1]), *parts = NULL;
    if (!given || !adj_val_len(vm, a[0], &n)) return false;
    int64_t *lengths = adj_scope_memory((size_t)(given->len + 1) * sizeof *lengths), at = 0;
    AdjGenerator *own = adj_bind_generator_of(a[2]), *before = adj_generator_use(own);
    AdjTensor *order = lengths && split_lengths(vm, given, n, lengths)
                           ? adj_on_host(adj_randperm(n, ADJ_I64))
                           : NULL;
    adj_generator_use(before);
    bool ok = order && (parts = adj_list_new(vm, given->len));
    for (int64_t i = 0; ok && i < given->len; at += lengths[i++]) {
        AdjVal part;
        ok = make_subset(vm, a[0], (int64_t *)adj_ptr(order) + at, lengths[i], &part) &&
             adj_list_append_take(vm, parts, part);
    }
    adj_obj_drop(given);
    if (ok) return adj_out(out, parts);
    adj_obj_drop(parts);
    return adj_vm_failed(vm) ? false : adj_bind_error(vm);
}
