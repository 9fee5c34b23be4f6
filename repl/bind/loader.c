// SPDX-License-Identifier: Apache-2.0
// loader.c: torch.utils.data: datasets, random splits and the loader.
//
// A loader asks its dataset for the items of a batch and stacks them. For a TensorDataset the
// items are rows, so a batch is one index_select per tensor. The order of a shuffled pass is
// drawn as PyTorch draws it: a seed from the default generator per pass (or from the given
// generator), and a permutation from a generator with that seed; so the same seed gives the
// same batches.
#include "bind/bind.h"

#include <stdlib.h>

// ---------------------------------------------------------------- datasets

static AdjType dataset_type, tensor_dataset_type, subset_type, loader_type, pass_type;

typedef struct {
    AdjObj head;
    AdjTuple *tensors;
} TensorDataset;

typedef struct {
    AdjObj head;
    AdjVal dataset;
    AdjList *indices;
} Subset;

static bool is_tensor_dataset(AdjVal v)
{
    return v.tag == ADJ_T_OBJ && adj_type_is(v.o->type, &tensor_dataset_type);
}

static void tensor_dataset_drop(AdjObj *o)
{
    AdjObj *t = (AdjObj *)((TensorDataset *)o)->tensors;
    ((TensorDataset *)o)->tensors = NULL;
    adj_obj_drop(t);
}

static void tensor_dataset_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    if (((TensorDataset *)o)->tensors) visit((AdjObj *)((TensorDataset *)o)->tensors, arg);
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
    TensorDataset *d = (TensorDataset *)a[0].o;
    adj_obj_drop(d->tensors);
    d->tensors = adj_obj_keep(t);
    return adj_out_none(out);
}

static int64_t rows(AdjVal self)
{
    AdjTuple *t = ((TensorDataset *)self.o)->tensors;
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
    AdjTuple *t = ((TensorDataset *)self.o)->tensors, *item = adj_tuple_new(vm, t ? t->len : 0);
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
    return adj_out_keep(out, adj_obj_val(((TensorDataset *)self.o)->tensors));
}

static const AdjNative tensor_dataset_methods[] = {
    {"__init__", "(self, *tensors)", tensor_dataset_init, "Rows of tensors of one length.", 0},
    {0},
};
static const AdjAttr tensor_dataset_attrs[] = {{"tensors", get_tensors, NULL, "The tensors."},
                                               {0}};

static AdjType dataset_type = {.name = "Dataset",
                               .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_ATTRS,
                               .size = sizeof(AdjObj) + 16,
                               .doc = "The base of datasets: __len__ and __getitem__."};
static AdjType tensor_dataset_type = {
    .name = "TensorDataset",
    .base = &dataset_type,
    .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_ATTRS,
    .size = sizeof(TensorDataset),
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
    Subset *s = (Subset *)o;
    AdjObj *list = (AdjObj *)s->indices;
    s->indices = NULL;
    adj_val_set(&s->dataset, ADJ_NONE);
    adj_obj_drop(list);
}

static void subset_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    Subset *s = (Subset *)o;
    if (s->dataset.tag == ADJ_T_OBJ) visit(s->dataset.o, arg);
    if (s->indices) visit((AdjObj *)s->indices, arg);
}

static bool subset_init(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    Subset *s = (Subset *)a[0].o;
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
    *out = ((Subset *)self.o)->indices ? ((Subset *)self.o)->indices->len : 0;
    return true;
}

static bool subset_getitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal *out)
{
    Subset *s = (Subset *)self.o;
    AdjVal index;
    if (!adj_val_getitem(vm, adj_obj_val(s->indices), key, &index)) return false;
    bool ok = adj_val_getitem(vm, s->dataset, index, out);
    adj_val_drop(index);
    return ok;
}

static bool get_subset_dataset(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, ((Subset *)self.o)->dataset);
}

static bool get_subset_indices(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, adj_obj_val(((Subset *)self.o)->indices));
}

static const AdjNative subset_methods[] = {
    {"__init__", "(self, dataset, indices)", subset_init, "Some items of a dataset.", 0}, {0}};
static const AdjAttr subset_attrs[] = {{"dataset", get_subset_dataset, NULL, "The whole."},
                                       {"indices", get_subset_indices, NULL, "Which items."},
                                       {0}};
static AdjType subset_type = {
    .name = "Subset",
    .base = &dataset_type,
    .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_ATTRS,
    .size = sizeof(Subset),
    .doc = "Some items of a dataset.",
    .methods = subset_methods,
    .attrs = subset_attrs,
    .drop = subset_drop,
    .traverse = subset_traverse,
    .len = subset_len,
    .getitem = subset_getitem,
};

// ---------------------------------------------------------------- order

// An int64 drawn as PyTorch draws seeds.
static bool draw_seed(AdjVM *vm, int64_t *out)
{
    ADJ_SCOPE;
    AdjTensor *t = adj_random_(adj_zeros_of(ADJ_SCALAR_SHAPE, ADJ_I64), ADJ_NO_INT, ADJ_NO_INT);
    if (!t) return adj_bind_error(vm);
    *out = adj_item_scalar(t).i;
    return true;
}

// A permutation of [n] drawn from [generator], or from a private one that the default one
// seeds.
static bool permutation(AdjVM *vm, int64_t n, AdjVal generator, AdjTensor **out)
{
    AdjGenerator *given = adj_bind_generator_of(generator), *own = NULL;
    if (!given) {
        int64_t seed;
        if (!draw_seed(vm, &seed)) return false;
        own = adj_generator_make(ADJ_MT19937);
        if (!own) return adj_bind_error(vm);
        adj_generator_seed(own, (uint64_t)seed);
    }
    AdjGenerator *before = adj_generator_use(given ? given : own);
    *out = adj_randperm(n, ADJ_I64);
    adj_generator_use(before);
    adj_generator_drop(&own);
    return *out || adj_bind_error(vm);
}

// ---------------------------------------------------------------- the loader

typedef struct {
    AdjObj head;
    AdjVal dataset, sampler, collate, generator;
    int64_t batch_size;  // 0: items as they are
    bool shuffle, drop_last;
} Loader;

typedef struct {
    AdjObj head;
    Loader *loader;    // kept
    AdjTensor *order;  // kept; int64 indices of this pass
    int64_t at;
    bool drawn;  // the order of a shuffled pass is drawn at the first batch
} Pass;

static Loader *loader(AdjVal v)
{
    return (Loader *)v.o;
}

static void loader_drop(AdjObj *o)
{
    Loader *l = (Loader *)o;
    AdjVal *kept[] = {&l->dataset, &l->sampler, &l->collate, &l->generator};
    for (int i = 0; i < 4; i++) adj_val_set(kept[i], ADJ_NONE);
}

static void loader_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    Loader *l = (Loader *)o;
    AdjVal kept[] = {l->dataset, l->sampler, l->collate, l->generator};
    for (int i = 0; i < 4; i++)
        if (kept[i].tag == ADJ_T_OBJ) visit(kept[i].o, arg);
}

static bool loader_init(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    Loader *l = loader(a[0]);
    if (adj_is_none(a[2]))
        l->batch_size = 0;
    else if (!adj_get_int(vm, a[2], &l->batch_size))
        return false;
    else if (l->batch_size < 1) {
        return adj_raise(
            vm, ADJ_EXC_ValueError,
            "batch_size should be a positive integer value, but got batch_size=%lld",
            (long long)l->batch_size);
    }
    if (!adj_val_truth(vm, a[3], &l->shuffle) || !adj_val_truth(vm, a[7], &l->drop_last))
        return false;
    if (l->shuffle && !adj_is_none(a[4])) {
        return adj_raise(vm, ADJ_EXC_ValueError,
                         "sampler option is mutually exclusive with shuffle");
    }
    adj_val_set(&l->dataset, adj_val_keep(a[1]));
    adj_val_set(&l->sampler, adj_val_keep(a[4]));
    adj_val_set(&l->collate, adj_val_keep(a[6]));
    adj_val_set(&l->generator, adj_val_keep(a[8]));
    return adj_out_none(out);
}

static bool item_count(AdjVM *vm, Loader *l, int64_t *out)
{
    return adj_val_len(vm, adj_is_none(l->sampler) ? l->dataset : l->sampler, out);
}

static bool loader_len(AdjVM *vm, AdjVal self, int64_t *out)
{
    Loader *l = loader(self);
    int64_t n, b = l->batch_size ? l->batch_size : 1;
    if (!item_count(vm, l, &n)) return false;
    *out = l->drop_last ? n / b : (n + b - 1) / b;
    return true;
}

static bool sampled_order(AdjVM *vm, Loader *l, AdjTensor **out)
{
    ADJ_SCOPE;
    AdjTensor *t = adj_bind_data(vm, l->sampler, ADJ_I64);
    if (!t) return adj_vm_failed(vm) ? false : adj_bind_error(vm);
    *out = adj_keep(t);
    return true;
}

static bool make_order(AdjVM *vm, Pass *p)
{
    ADJ_SCOPE;
    Loader *l = p->loader;
    int64_t n;
    AdjTensor *order;
    p->drawn = true;
    if (!adj_is_none(l->sampler)) return sampled_order(vm, l, &p->order);
    if (!adj_val_len(vm, l->dataset, &n)) return false;
    if (l->shuffle) {
        if (!permutation(vm, n, l->generator, &order)) return false;
    } else {
        order = adj_arange(ADJ_I(0), ADJ_I(n), ADJ_I(1), ADJ_I64);
    }
    if (!order) return adj_bind_error(vm);
    p->order = adj_keep(order);
    return true;
}

// Starting a pass draws a seed that workers would use, so that the stream stays PyTorch's.
static bool loader_iter(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Loader *l = loader(self);
    int64_t unused;
    AdjGenerator *given = adj_bind_generator_of(l->generator), *before = NULL;
    if (given) before = adj_generator_use(given);
    bool ok = draw_seed(vm, &unused);
    if (given) adj_generator_use(before);
    Pass *p = ok ? adj_obj_new(vm, &pass_type) : NULL;
    if (!p) return false;
    p->loader = adj_obj_keep(l);
    return adj_out(out, p);
}

static void report(Pass *p, int64_t done);

static void pass_drop(AdjObj *o)
{
    Pass *p = (Pass *)o;
    if (p->at > 0) report(p, -1);  // left before its end
    AdjObj *l = (AdjObj *)p->loader;
    p->loader = NULL;
    adj_drop(&p->order);
    adj_obj_drop(l);
}

static void pass_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    if (((Pass *)o)->loader) visit((AdjObj *)((Pass *)o)->loader, arg);
}

// ---------------------------------------------------------------- watching

static struct {
    AdjPassWatcher call;
    void *self;
    double loss;
} watcher = {.loss = NAN};

void adj_bind_watch_passes(AdjPassWatcher call, void *self)
{
    watcher.call = call;
    watcher.self = self;
}

void adj_bind_note_loss(double loss)
{
    watcher.loss = loss;
}

// A pass reports when a batch is asked for: the one before it is then done.
static void report(Pass *p, int64_t done)
{
    if (!watcher.call) return;
    int64_t b = p->loader && p->loader->batch_size ? p->loader->batch_size : 1;
    int64_t n = p->order ? p->order->numel : 0;
    bool drop = p->loader && p->loader->drop_last;
    watcher.call(watcher.self, p, done, drop ? n / b : (n + b - 1) / b, watcher.loss);
}

// ---------------------------------------------------------------- batches

static bool collate(AdjVM *vm, AdjList *items, AdjVal *out);

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
    bool ok = list && collate(vm, list, out);
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
        ok = ok && collate(vm, list, &v) && adj_dict_set(vm, result, e->key, v);
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
static bool collate(AdjVM *vm, AdjList *items, AdjVal *out)
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
    if (adj_is_tuple(first)) return collate_columns(vm, items, adj_as_tuple(first)->len, out);
    if (adj_is_list(first)) return collate_columns(vm, items, adj_as_list(first)->len, out);
    if (adj_is_dict(first)) return collate_dicts(vm, items, out);
    if (adj_is_str(first)) return adj_out_keep(out, adj_obj_val(items));
    return adj_raise(
        vm, ADJ_EXC_TypeError,
        "default_collate: batch must contain tensors, numbers, dicts or lists; found %s",
        adj_type_name(first));
}

// Rows of tensors need no stacking: one index_select per tensor.
static bool select_rows(AdjVM *vm, AdjVal dataset, AdjTensor *indices, AdjVal *out)
{
    AdjTuple *t = ((TensorDataset *)dataset.o)->tensors;
    AdjList *list = adj_list_new(vm, t->len);
    for (int64_t i = 0; list && i < t->len; i++) {
        AdjVal v;
        AdjTensor *rows_of = adj_index_select(adj_tensor_of(t->items[i]), 0, indices);
        if (adj_bind_tensor(vm, rows_of, &v) && adj_list_append_take(vm, list, v)) continue;
        adj_obj_drop(list);
        return false;
    }
    return adj_out(out, list);
}

static bool fetch(AdjVM *vm, Loader *l, const int64_t *at, int64_t n, AdjVal *out)
{
    AdjList *items = adj_list_new(vm, n);
    for (int64_t i = 0; items && i < n; i++) {
        AdjVal v;
        if (adj_val_getitem(vm, l->dataset, adj_int_val(at[i]), &v) &&
            adj_list_append_take(vm, items, v))
            continue;
        adj_obj_drop(items);
        return false;
    }
    if (!items) return false;
    AdjVal list = adj_obj_val(items);
    bool ok = adj_is_none(l->collate) ? collate(vm, items, out)
                                      : adj_vm_call(vm, l->collate, &list, 1, NULL, out);
    adj_obj_drop(items);
    return ok;
}

static bool one_batch(AdjVM *vm, Pass *p, int64_t n, AdjVal *out)
{
    ADJ_SCOPE;
    Loader *l = p->loader;
    const int64_t *at = (const int64_t *)adj_ptr(p->order) + p->at;
    if (!l->batch_size) return adj_val_getitem(vm, l->dataset, adj_int_val(at[0]), out);
    bool plain = is_tensor_dataset(l->dataset) && adj_is_none(l->collate) &&
                 l->dataset.o->type == &tensor_dataset_type;
    if (plain) return select_rows(vm, l->dataset, adj_narrow(p->order, 0, p->at, n), out);
    return fetch(vm, l, at, n, out);
}

// With a generator of one's own PyTorch draws, and throws away, one more permutation at the
// end.
static bool end_of_pass(AdjVM *vm, Pass *p)
{
    ADJ_SCOPE;
    AdjTensor *unused;
    bool own = p->loader->shuffle && adj_bind_generator_of(p->loader->generator);
    bool first = p->drawn && p->at >= 0;
    report(p, -1);
    p->at = -1;
    return !own || !first || permutation(vm, p->order->numel, p->loader->generator, &unused);
}

static int pass_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Pass *p = (Pass *)self.o;
    if (!p->drawn && !make_order(vm, p)) return -1;
    if (p->at < 0) return 0;
    Loader *l = p->loader;
    int64_t left = p->order->numel - p->at, size = l->batch_size ? l->batch_size : 1;
    int64_t n = left < size ? left : size;
    if (n <= 0 || (l->drop_last && n < size)) return end_of_pass(vm, p) ? 0 : -1;
    report(p, p->at / size);
    if (!one_batch(vm, p, n, out)) return -1;
    p->at += n;
    return 1;
}

static bool pass_iter(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, self);
}

static bool pass_len(AdjVM *vm, AdjVal self, int64_t *out)
{
    return loader_len(vm, adj_obj_val(((Pass *)self.o)->loader), out);
}

static bool get_dataset(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, loader(self)->dataset);
}

static bool get_batch_size(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return loader(self)->batch_size ? adj_out_int(out, loader(self)->batch_size)
                                    : adj_out_none(out);
}

static bool get_drop_last(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_bool(out, loader(self)->drop_last);
}

static const AdjNative loader_methods[] = {
    {"__init__",
     "(self, dataset, batch_size=1, shuffle=False, sampler=None, num_workers=0, "
     "collate_fn=None, "
     "drop_last=False, generator=None, pin_memory=False, persistent_workers=False)",
     loader_init, "Batches of a dataset.", 0},
    {0},
};
static const AdjAttr loader_attrs[] = {
    {"dataset", get_dataset, NULL, "Where the items come from."},
    {"batch_size", get_batch_size, NULL, "Items of a batch."},
    {"drop_last", get_drop_last, NULL, "Whether a last, smaller batch is left out."},
    {0},
};
static AdjType loader_type = {
    .name = "DataLoader",
    .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_ATTRS,
    .size = sizeof(Loader),
    .doc = "Batches of a dataset, in order or shuffled.",
    .methods = loader_methods,
    .attrs = loader_attrs,
    .drop = loader_drop,
    .traverse = loader_traverse,
    .len = loader_len,
    .iter = loader_iter,
};
static AdjType pass_type = {.name = "DataLoaderIter",
                            .flags = ADJ_TF_GC,
                            .size = sizeof(Pass),
                            .drop = pass_drop,
                            .traverse = pass_traverse,
                            .iter = pass_iter,
                            .next = pass_next,
                            .len = pass_len};

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
    Subset *s = adj_obj_new(vm, &subset_type);
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

static bool f_random_split(AdjVM *vm, AdjVal *a, int count, AdjVal *out)
{
    (void)count;
    ADJ_SCOPE;
    int64_t n;
    AdjList *given = adj_list_of(vm, a[1]), *parts = NULL;
    if (!given || !adj_val_len(vm, a[0], &n)) return false;
    int64_t *lengths = adj_scope_memory((size_t)(given->len + 1) * sizeof *lengths), at = 0;
    AdjGenerator *own = adj_bind_generator_of(a[2]), *before = adj_generator_use(own);
    AdjTensor *order =
        lengths && split_lengths(vm, given, n, lengths) ? adj_randperm(n, ADJ_I64) : NULL;
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

static const AdjNative functions[] = {
    {"random_split", "(dataset, lengths, generator=None)", f_random_split,
     "Subsets of the given lengths or fractions, drawn at random.", 0},
    {0},
};

bool adj_bind_install_data(AdjVM *vm, AdjBindNames *n)
{
    AdjType *const types[] = {&dataset_type, &tensor_dataset_type, &subset_type, &loader_type};
    for (int i = 0; i < 4; i++)
        if (!adj_type_ready(types[i]) ||
            !adj_dict_set_c(vm, n->data, types[i]->name, adj_obj_val(types[i])))
            return false;
    return adj_type_ready(&pass_type) &&
           adj_vm_add_functions(vm, n->data, functions, "torch.utils.data");
}
