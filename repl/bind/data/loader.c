// SPDX-License-Identifier: Apache-2.0
// loader.c: torch.utils.data.DataLoader.
//
// A pass asks for the indices of a batch, then for their items, then makes one value of them.
// Where the order is the loader's own (no sampler was given) it is one permutation, drawn as
// PyTorch draws it: a seed from the default generator per pass (or the given generator), and a
// permutation from a generator with that seed; so the same seed gives the same batches. A
// sampler, a batch sampler or a stream is asked item by item. For tensors side by side a batch
// is one gathering of rows per tensor; with workers, threads gather the next batches meanwhile.
#include "bind/data/data.h"
#include "data/prefetch.h"

#include <stdlib.h>

static AdjType loader_type, pass_type;

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
    AdjVal dataset, sampler, batch_sampler, collate, generator;
    int64_t batch_size;  // 0: items as they are
    int64_t workers, ahead, seed, epoch;
    bool shuffle, drop_last, seeded;
} Loader;

typedef struct {
    AdjObj head;
    Loader *loader;    // kept
    AdjVal source;     // iterator over indices, lists of indices or items; or None
    AdjVal rows;       // the TensorDataset whose rows make the batches, or None
    AdjTensor *order;  // kept; int64 indices of this pass, where it is the loader's own
    AdjTensor *where;  // kept; the places of a subset's items, or NULL
    AdjPrefetch *ahead;
    int64_t at;     // indices handed out
    int64_t batch;  // batches given
    bool drawn;     // the order of a shuffled pass is drawn at the first batch
    bool ended;
} Pass;

static Loader *loader(AdjVal v)
{
    return (Loader *)v.o;
}

static void loader_drop(AdjObj *o)
{
    Loader *l = (Loader *)o;
    AdjVal *kept[] = {&l->dataset, &l->sampler, &l->batch_sampler, &l->collate, &l->generator};
    for (int i = 0; i < 5; i++) adj_val_set(kept[i], ADJ_NONE);
}

static void loader_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    Loader *l = (Loader *)o;
    AdjVal kept[] = {l->dataset, l->sampler, l->batch_sampler, l->collate, l->generator};
    for (int i = 0; i < 5; i++)
        if (kept[i].tag == ADJ_T_OBJ) visit(kept[i].o, arg);
}

static bool is_stream(const Loader *l)
{
    return l->dataset.tag == ADJ_T_OBJ &&
           adj_type_is(l->dataset.o->type, &adj_type_iterable_dataset);
}

// The arguments of __init__, by place.
enum {
    SELF,
    DATASET,
    BATCH_SIZE,
    SHUFFLE,
    SAMPLER,
    BATCH_SAMPLER,
    WORKERS,
    COLLATE,
    PIN,
    DROP_LAST,
    TIMEOUT,
    WORKER_INIT,
    CONTEXT,
    GENERATOR,
    AHEAD,
    PERSISTENT,
    SEED
};

static bool wrong(AdjVM *vm, const char *text)
{
    return adj_raise(vm, ADJ_EXC_ValueError, "%s", text);
}

static bool no_sampler(AdjVM *vm, AdjVal *a, bool sampler)
{
    AdjVal text;
    if (!adj_val_repr(vm, a[sampler ? SAMPLER : BATCH_SAMPLER], &text)) return false;
    adj_raise(vm, ADJ_EXC_ValueError,
              "DataLoader with IterableDataset: expected unspecified %s option, but got %s=%s",
              sampler ? "sampler" : "batch_sampler", sampler ? "sampler" : "batch_sampler",
              adj_as_str(text)->data);
    adj_val_drop(text);
    return false;
}

static bool check_together(AdjVM *vm, AdjVal *a, const Loader *l)
{
    bool sampler = !adj_is_none(a[SAMPLER]), batches = !adj_is_none(a[BATCH_SAMPLER]);
    if (is_stream(l) && l->shuffle)
        return wrong(vm,
                     "DataLoader with IterableDataset: expected unspecified shuffle option, "
                     "but got shuffle=True");
    if (is_stream(l) && (sampler || batches)) return no_sampler(vm, a, sampler);
    if (sampler && l->shuffle)
        return wrong(vm, "sampler option is mutually exclusive with shuffle");
    if (batches && (l->batch_size != 1 || l->shuffle || sampler || l->drop_last))
        return wrong(vm, "batch_sampler option is mutually exclusive with batch_size, shuffle, "
                         "sampler, and drop_last");
    if (!l->batch_size && l->drop_last)
        return wrong(vm, "batch_size=None option disables auto-batching and is mutually "
                         "exclusive with drop_last");
    if (l->workers < 0)
        return wrong(vm, "num_workers option should be non-negative; use num_workers=0 to "
                         "disable multiprocessing.");
    return true;
}

static bool take_numbers(AdjVM *vm, AdjVal *a, Loader *l)
{
    l->batch_size = 0;
    if (!adj_is_none(a[BATCH_SIZE])) {
        if (!adj_get_int(vm, a[BATCH_SIZE], &l->batch_size)) return false;
        if (l->batch_size < 1)
            return adj_raise(
                vm, ADJ_EXC_ValueError,
                "batch_size should be a positive integer value, but got batch_size=%lld",
                (long long)l->batch_size);
    }
    l->ahead = 2;
    l->epoch = 0;
    l->seeded = !adj_is_none(a[SEED]);
    l->shuffle = false;
    return adj_get_int(vm, a[WORKERS], &l->workers) &&
           (adj_is_none(a[AHEAD]) || adj_get_int(vm, a[AHEAD], &l->ahead)) &&
           (!l->seeded || adj_get_int(vm, a[SEED], &l->seed)) &&
           (adj_is_none(a[SHUFFLE]) || adj_val_truth(vm, a[SHUFFLE], &l->shuffle)) &&
           adj_val_truth(vm, a[DROP_LAST], &l->drop_last);
}

static bool loader_init(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    Loader *l = loader(a[0]);
    adj_val_set(&l->dataset, adj_val_keep(a[DATASET]));
    adj_val_set(&l->sampler, adj_val_keep(a[SAMPLER]));
    adj_val_set(&l->batch_sampler, adj_val_keep(a[BATCH_SAMPLER]));
    adj_val_set(&l->collate, adj_val_keep(a[COLLATE]));
    adj_val_set(&l->generator, adj_val_keep(a[GENERATOR]));
    if (!take_numbers(vm, a, l) || !check_together(vm, a, l)) return false;
    if (!adj_is_none(l->batch_sampler)) l->batch_size = 1;
    return adj_out_none(out);
}

static bool loader_len(AdjVM *vm, AdjVal self, int64_t *out)
{
    Loader *l = loader(self);
    if (!adj_is_none(l->batch_sampler)) return adj_val_len(vm, l->batch_sampler, out);
    int64_t n, b = l->batch_size ? l->batch_size : 1;
    if (!adj_val_len(vm, adj_is_none(l->sampler) ? l->dataset : l->sampler, &n)) return false;
    *out = l->drop_last ? n / b : (n + b - 1) / b;
    return true;
}

// ---------------------------------------------------------------- a pass

// The permutation of a pass with a seed of its own depends on seed and pass alone.
static bool seeded_permutation(AdjVM *vm, Loader *l, int64_t n, AdjTensor **out)
{
    AdjGenerator *own = adj_generator_make(ADJ_MT19937);
    if (!own) return adj_bind_error(vm);
    adj_generator_seed(own, (uint64_t)(l->seed + l->epoch));
    AdjGenerator *before = adj_generator_use(own);
    *out = adj_randperm(n, ADJ_I64);
    adj_generator_use(before);
    adj_generator_drop(&own);
    return *out || adj_bind_error(vm);
}

static bool make_order(AdjVM *vm, Pass *p)
{
    ADJ_SCOPE;
    Loader *l = p->loader;
    int64_t n;
    AdjTensor *order = NULL;
    p->drawn = true;
    if (p->source.tag != ADJ_T_NONE) return true;
    if (!adj_val_len(vm, l->dataset, &n)) return false;
    if (l->shuffle && l->seeded) {
        if (!seeded_permutation(vm, l, n, &order)) return false;
    } else if (l->shuffle) {
        if (!permutation(vm, n, l->generator, &order)) return false;
    } else {
        order = adj_arange(ADJ_I(0), ADJ_I(n), ADJ_I(1), ADJ_I64);
    }
    if (!order) return adj_bind_error(vm);
    p->order = adj_keep(adj_on_host(order));
    return true;
}

static bool is_plain_rows(AdjVal v)
{
    if (v.tag != ADJ_T_OBJ || v.o->type != &adj_type_tensor_dataset) return false;
    AdjTuple *t = ((AdjTensorDataset *)v.o)->tensors;
    return t && t->len > 0;
}

// Rows of tensors, or a part of them: batches are gathered without asking for items.
static bool find_rows(AdjVM *vm, Pass *p)
{
    AdjVal d = p->loader->dataset;
    if (!adj_is_none(p->loader->collate) || !p->loader->batch_size || is_stream(p->loader))
        return true;
    if (d.tag == ADJ_T_OBJ && d.o->type == &adj_type_subset) {
        AdjSubset *s = (AdjSubset *)d.o;
        if (!is_plain_rows(s->dataset) || !s->indices->len) return true;
        ADJ_SCOPE;
        AdjTensor *where = adj_bind_data(vm, adj_obj_val(s->indices), ADJ_I64);
        if (!where) return adj_vm_failed(vm) ? false : adj_bind_error(vm);
        p->where = adj_keep(where);
        d = s->dataset;
    }
    if (is_plain_rows(d)) p->rows = adj_val_keep(d);
    return true;
}

static bool start_workers(AdjVM *vm, Pass *p)
{
    int64_t workers = p->loader->workers;
    if (!workers || p->rows.tag == ADJ_T_NONE || p->source.tag != ADJ_T_NONE) return true;
    AdjTuple *t = ((AdjTensorDataset *)p->rows.o)->tensors;
    for (int64_t i = 0; i < t->len; i++)
        if (!adj_is_contiguous(adj_tensor_of(t->items[i])) ||
            adj_requires_grad(adj_tensor_of(t->items[i])))
            return true;
    p->ahead = adj_prefetch_start(workers > 16 ? 16 : (int)workers);
    return p->ahead || adj_bind_error(vm);
}

static bool open_source(AdjVM *vm, Pass *p)
{
    Loader *l = p->loader;
    AdjVal from = is_stream(l)                     ? l->dataset
                  : !adj_is_none(l->batch_sampler) ? l->batch_sampler
                                                   : l->sampler;
    return adj_is_none(from) || adj_val_iter(vm, from, &p->source);
}

// Starting a pass draws a seed that workers would use, so that the stream stays PyTorch's.
static bool loader_iter(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Loader *l = loader(self);
    int64_t unused;
    AdjGenerator *given = adj_bind_generator_of(l->generator), *before = NULL;
    Pass *p = adj_obj_new(vm, &pass_type);
    if (!p) return false;
    p->source = p->rows = ADJ_NONE;
    p->loader = adj_obj_keep(l);
    bool ok = open_source(vm, p);
    if (given) before = adj_generator_use(given);
    ok = ok && draw_seed(vm, &unused);
    if (given) adj_generator_use(before);
    if (ok && find_rows(vm, p) && start_workers(vm, p)) return adj_out(out, p);
    adj_obj_drop(p);
    return false;
}

static void report(Pass *p, int64_t done);

static void pass_drop(AdjObj *o)
{
    Pass *p = (Pass *)o;
    if (p->batch > 0 && !p->ended) report(p, -1);  // left before its end
    p->ended = true;
    AdjObj *l = (AdjObj *)p->loader;
    p->loader = NULL;
    adj_prefetch_stop(&p->ahead);
    adj_drop(&p->order);
    adj_drop(&p->where);
    adj_val_set(&p->source, ADJ_NONE);
    adj_val_set(&p->rows, ADJ_NONE);
    adj_obj_drop(l);
}

static void pass_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    Pass *p = (Pass *)o;
    if (p->loader) visit((AdjObj *)p->loader, arg);
    if (p->source.tag == ADJ_T_OBJ) visit(p->source.o, arg);
    if (p->rows.tag == ADJ_T_OBJ) visit(p->rows.o, arg);
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

// A pass reports when a batch is asked for: the one before it is then done. How many there
// will be is only told where the loader's own order says it.
static void report(Pass *p, int64_t done)
{
    if (!watcher.call || !p->order) return;
    int64_t b = p->loader && p->loader->batch_size ? p->loader->batch_size : 1;
    int64_t n = p->order->numel;
    bool drop = p->loader && p->loader->drop_last;
    watcher.call(watcher.self, p, done, drop ? n / b : (n + b - 1) / b, watcher.loss);
}

// ---------------------------------------------------------------- batches

static AdjTensor *places(Pass *p, AdjTensor *indices)
{
    return p->where ? adj_index_select(adj_on_host(p->where), 0, indices) : indices;
}

static bool tensor_list(AdjVM *vm, AdjTensors ts, AdjVal *out)
{
    if (adj_error_kind()) return adj_bind_error(vm);
    AdjList *list = adj_list_new(vm, ts.n);
    for (int i = 0; list && i < ts.n; i++) {
        AdjVal v;
        if (adj_bind_tensor(vm, ts.at[i], &v) && adj_list_append_take(vm, list, v)) continue;
        adj_obj_drop(list);
        return false;
    }
    return adj_out(out, list);
}

static AdjTensors row_tensors(Pass *p)
{
    AdjTuple *t = ((AdjTensorDataset *)p->rows.o)->tensors;
    AdjTensors out = {(int)t->len, adj_scope_memory((size_t)(t->len + 1) * sizeof *out.at)};
    for (int i = 0; out.at && i < out.n; i++) out.at[i] = adj_tensor_of(t->items[i]);
    return out.at ? out : (AdjTensors){0, NULL};
}

static AdjTensor *rows_at(AdjTensor *from, AdjTensor *at)
{
    return adj_index_select(from, 0, adj_on(at, adj_device_of(from)));
}

// Rows of tensors need no stacking: one index_select per tensor.
static bool select_rows(AdjVM *vm, Pass *p, AdjTensor *indices, AdjVal *out)
{
    AdjTensors from = row_tensors(p);
    AdjTensor *at = places(p, indices);
    for (int i = 0; at && i < from.n; i++)
        if (!(from.at[i] = rows_at(from.at[i], at))) break;
    return tensor_list(vm, from, out);
}

static bool finish(AdjVM *vm, Loader *l, AdjList *items, AdjVal *out)
{
    AdjVal list = adj_obj_val(items);
    return adj_is_none(l->collate) ? adj_bind_collate(vm, items, out)
                                   : adj_vm_call(vm, l->collate, &list, 1, NULL, out);
}

// A dataset may know how to give many items at once.
static int many_at_once(AdjVM *vm, Loader *l, AdjList *indices, AdjVal *out)
{
    AdjStr *name = adj_str_intern_c("__getitems__");
    AdjVal fn, arg = adj_obj_val(indices), result;
    int found = l->dataset.tag == ADJ_T_OBJ ? adj_val_find_attr(vm, l->dataset, name, &fn) : 0;
    adj_obj_drop(name);
    if (found <= 0) return found;
    bool ok = adj_vm_call(vm, fn, &arg, 1, NULL, &result);
    adj_val_drop(fn);
    if (!ok) return -1;
    AdjList *items = adj_list_of(vm, result);
    adj_val_drop(result);
    ok = items && finish(vm, l, items, out);
    adj_obj_drop(items);
    return ok ? 1 : -1;
}

static bool fetch(AdjVM *vm, Loader *l, AdjList *indices, AdjVal *out)
{
    int done = many_at_once(vm, l, indices, out);
    if (done) return done > 0;
    AdjList *items = adj_list_new(vm, indices->len);
    for (int64_t i = 0; items && i < indices->len; i++) {
        AdjVal v;
        if (adj_val_getitem(vm, l->dataset, indices->items[i], &v) &&
            adj_list_append_take(vm, items, v))
            continue;
        adj_obj_drop(items);
        return false;
    }
    bool ok = items && finish(vm, l, items, out);
    adj_obj_drop(items);
    return ok;
}

// One item of the dataset as it is, through collate_fn when there is one.
static bool single(AdjVM *vm, Loader *l, AdjVal index, AdjVal *out)
{
    AdjVal item;
    if (!adj_val_getitem(vm, l->dataset, index, &item)) return false;
    if (adj_is_none(l->collate)) {
        *out = item;
        return true;
    }
    bool ok = adj_vm_call(vm, l->collate, &item, 1, NULL, out);
    adj_val_drop(item);
    return ok;
}

// ---------------------------------------------------------------- from a sampler or a stream

// Up to a batch's worth of what the source gives; fewer at its end.
static AdjList *take_some(AdjVM *vm, Pass *p)
{
    int64_t wanted = p->loader->batch_size ? p->loader->batch_size : 1;
    AdjList *list = adj_list_new(vm, wanted < 1024 ? wanted : 1024);
    AdjVal v;
    int got = 1;
    while (list && list->len < wanted && (got = adj_val_next(vm, p->source, &v)) > 0)
        if (!adj_list_append_take(vm, list, v)) got = -1;
    if (got >= 0) return list;
    adj_obj_drop(list);
    return NULL;
}

static bool from_indices(AdjVM *vm, Pass *p, AdjList *list, AdjVal *out)
{
    if (!p->loader->batch_size) return single(vm, p->loader, list->items[0], out);
    if (p->rows.tag == ADJ_T_NONE) return fetch(vm, p->loader, list, out);
    ADJ_SCOPE;
    AdjTensor *at = adj_bind_data(vm, adj_obj_val(list), ADJ_I64);
    if (!at) return adj_vm_failed(vm) ? false : adj_bind_error(vm);
    return select_rows(vm, p, at, out);
}

static bool from_stream(AdjVM *vm, Pass *p, AdjList *list, AdjVal *out)
{
    Loader *l = p->loader;
    if (l->batch_size) return finish(vm, l, list, out);
    if (adj_is_none(l->collate)) return adj_out_keep(out, list->items[0]);
    return adj_vm_call(vm, l->collate, list->items, 1, NULL, out);
}

static int next_of_batches(AdjVM *vm, Pass *p, AdjVal *out)
{
    AdjVal v;
    int got = adj_val_next(vm, p->source, &v);
    if (got <= 0) return got;
    AdjList *list = adj_list_of(vm, v);
    adj_val_drop(v);
    bool ok = list && from_indices(vm, p, list, out);
    adj_obj_drop(list);
    return ok ? 1 : -1;
}

static int next_of_source(AdjVM *vm, Pass *p, AdjVal *out)
{
    Loader *l = p->loader;
    if (!adj_is_none(l->batch_sampler) && !is_stream(l)) return next_of_batches(vm, p, out);
    AdjList *list = take_some(vm, p);
    if (!list) return -1;
    bool full = list->len > 0 && (!l->drop_last || list->len == l->batch_size);
    bool ok = !full ||
              (is_stream(l) ? from_stream(vm, p, list, out) : from_indices(vm, p, list, out));
    adj_obj_drop(list);
    return !ok ? -1 : full;
}

// ---------------------------------------------------------------- in the loader's own order

// The length of the batch at [at]; 0 at the end.
static int64_t batch_at(const Pass *p, int64_t at)
{
    int64_t left = p->order->numel - at, size = p->loader->batch_size;
    if (!size) size = 1;
    int64_t n = left < size ? left : size;
    return n < size && p->loader->drop_last ? 0 : n;
}

// Batches in the threads' hands stay as many as the loader wants ahead.
static bool feed_workers(AdjVM *vm, Pass *p)
{
    int64_t wanted = p->loader->ahead * p->loader->workers;
    while (adj_prefetch_pending(p->ahead) < wanted || !adj_prefetch_pending(p->ahead)) {
        ADJ_SCOPE;
        int64_t n = batch_at(p, p->at);
        if (n <= 0) return true;
        AdjTensor *at = places(p, adj_narrow(p->order, 0, p->at, n));
        if (!at ||
            !adj_prefetch_push(p->ahead, row_tensors(p), (const int64_t *)adj_ptr(at), n))
            return adj_bind_error(vm);
        p->at += n;
    }
    return true;
}

static int next_from_workers(AdjVM *vm, Pass *p, AdjVal *out)
{
    if (!feed_workers(vm, p)) return -1;
    if (!adj_prefetch_pending(p->ahead)) return 0;
    ADJ_SCOPE;
    return tensor_list(vm, adj_prefetch_pop(p->ahead), out) ? 1 : -1;
}

static int next_in_order(AdjVM *vm, Pass *p, AdjVal *out)
{
    if (p->ahead) return next_from_workers(vm, p, out);
    int64_t n = batch_at(p, p->at);
    if (n <= 0) return 0;
    const int64_t *at = (const int64_t *)adj_ptr(p->order) + p->at;
    p->at += n;
    if (p->rows.tag != ADJ_T_NONE) {
        ADJ_SCOPE;
        return select_rows(vm, p, adj_narrow(p->order, 0, p->at - n, n), out) ? 1 : -1;
    }
    AdjList *list = adj_list_new(vm, n);
    for (int64_t i = 0; list && i < n; i++) adj_list_append_take(vm, list, adj_int_val(at[i]));
    bool ok = list && from_indices(vm, p, list, out);
    adj_obj_drop(list);
    return ok ? 1 : -1;
}

// With a generator of one's own PyTorch draws, and throws away, one more permutation at the
// end.
static bool end_of_pass(AdjVM *vm, Pass *p)
{
    ADJ_SCOPE;
    AdjTensor *unused;
    Loader *l = p->loader;
    bool own = l->shuffle && !l->seeded && adj_bind_generator_of(l->generator);
    report(p, -1);
    p->ended = true;
    l->epoch++;
    return !own || permutation(vm, p->order->numel, l->generator, &unused);
}

static int pass_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Pass *p = (Pass *)self.o;
    if (p->ended) return 0;
    if (!p->drawn && !make_order(vm, p)) return -1;
    bool own = p->source.tag == ADJ_T_NONE;
    if (own && (p->ahead || batch_at(p, p->at) > 0)) report(p, p->batch);
    int got = own ? next_in_order(vm, p, out) : next_of_source(vm, p, out);
    p->batch += got > 0;
    if (got == 0 && !end_of_pass(vm, p)) return -1;
    return got;
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

// ---------------------------------------------------------------- attributes

static bool get_dataset(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, loader(self)->dataset);
}

static bool get_batch_size(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    Loader *l = loader(self);
    bool none = !l->batch_size || !adj_is_none(l->batch_sampler);
    return none ? adj_out_none(out) : adj_out_int(out, l->batch_size);
}

static bool get_drop_last(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_bool(out, loader(self)->drop_last);
}

static bool get_workers(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_int(out, loader(self)->workers);
}

static bool set_epoch(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return adj_get_int(vm, a[1], &loader(a[0])->epoch) && adj_out_none(out);
}

static const AdjNative loader_methods[] = {
    {"__init__",
     "(self, dataset, batch_size=1, shuffle=None, sampler=None, batch_sampler=None, "
     "num_workers=0, collate_fn=None, pin_memory=False, drop_last=False, timeout=0, "
     "worker_init_fn=None, multiprocessing_context=None, generator=None, prefetch_factor=None, "
     "persistent_workers=False, seed=None)",
     loader_init,
     "Batches of a dataset. num_workers: threads that gather the rows of a TensorDataset "
     "ahead, "
     "in the same order. seed: pass k is shuffled by a generator seeded with seed + k.",
     0},
    {"set_epoch", "(self, epoch)", set_epoch, "The number of the next pass, for seed=.", 0},
    {0},
};
static const AdjAttr loader_attrs[] = {
    {"dataset", get_dataset, NULL, "Where the items come from."},
    {"batch_size", get_batch_size, NULL, "Items of a batch."},
    {"drop_last", get_drop_last, NULL, "Whether a last, smaller batch is left out."},
    {"num_workers", get_workers, NULL, "Threads that work ahead."},
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

// ---------------------------------------------------------------- functions

static bool f_default_collate(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjList *items = adj_list_of(vm, a[0]);
    if (!items) return false;
    bool ok = items->len ? adj_bind_collate(vm, items, out)
                         : adj_raise(vm, ADJ_EXC_IndexError, "list index out of range");
    adj_obj_drop(items);
    return ok;
}

static const AdjNative functions[] = {
    {"random_split", "(dataset, lengths, generator=None)", adj_bind_random_split,
     "Subsets of the given lengths or fractions, drawn at random.", 0},
    {"default_collate", "(batch)", f_default_collate,
     "Items to a batch: tensors stacked, numbers to a tensor, sequences and dicts inside out.",
     0},
    {0},
};

bool adj_bind_install_data(AdjVM *vm, AdjBindNames *n)
{
    AdjType *const types[] = {&adj_type_dataset, &adj_type_iterable_dataset,
                              &adj_type_tensor_dataset, &adj_type_subset, &loader_type};
    for (int i = 0; i < 5; i++)
        if (!adj_vm_add_type(vm, n->data, types[i])) return false;
    return adj_type_ready(&pass_type) &&
           adj_vm_add_functions(vm, n->data, functions, "torch.utils.data");
}
