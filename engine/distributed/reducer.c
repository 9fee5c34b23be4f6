// SPDX-License-Identifier: Apache-2.0
// reducer.c: see reducer.h.
#include "distributed/reducer.h"

#include <stdlib.h>

_Thread_local AdjReducer *adj_reducers;

// ---------------------------------------------------------------- buckets

static AdjDtype travels_as(const AdjTensor *t)
{
    return t->dtype == ADJ_F64 ? ADJ_F64 : ADJ_F32;
}

static uint32_t hash_of(const AdjTensor *t)
{
    return (uint32_t)((uintptr_t)t >> 4) * 2654435761u;
}

static AdjReducedLeaf *slot_of(const AdjReducer *r, const AdjTensor *leaf)
{
    uint32_t mask = (uint32_t)r->index_room - 1;
    for (uint32_t i = hash_of(leaf) & mask; r->index[i]; i = (i + 1) & mask)
        if (r->slots[r->index[i] - 1].leaf == leaf) return &r->slots[r->index[i] - 1];
    return NULL;
}

static void put_index(AdjReducer *r, int slot)
{
    uint32_t mask = (uint32_t)r->index_room - 1, i = hash_of(r->slots[slot].leaf) & mask;
    while (r->index[i]) i = (i + 1) & mask;
    r->index[i] = slot + 1;
}

// A bucket ends where it is full or the type changes.
static int divide(AdjReducer *r, int64_t bytes)
{
    int64_t used = 0;
    int n = 0;
    for (int i = 0; i < r->n; i++) {
        const AdjTensor *leaf = r->slots[i].leaf;
        int64_t size = leaf->numel * (int64_t)adj_dtype_size(travels_as(leaf));
        bool other = i && travels_as(leaf) != travels_as(r->slots[i - 1].leaf);
        if (i == 0 || other || used + size > bytes) {
            r->buckets[n++] = (AdjBucket){.first = i};
            used = 0;
        }
        used += size;
        r->slots[i].bucket = n - 1;
        r->slots[i].in_bucket = r->buckets[n - 1].n++;
    }
    return n;
}

static int64_t gradients_in(const AdjReducer *r, const AdjBucket *b)
{
    int64_t n = 0;
    for (int i = b->first; i < b->first + b->n; i++) n += r->slots[i].leaf->numel;
    return n;
}

static bool make_bucket(AdjReducer *r, AdjBucket *b)
{
    int64_t at = 0, n = gradients_in(r, b) + b->n + (b == &r->buckets[r->n_buckets - 1]);
    AdjDtype type = travels_as(r->slots[b->first].leaf);
    b->data = adj_keep(adj_zeros_of(ADJ_SHAPE(n), type));
    for (int i = b->first; b->data && i < b->first + b->n; i++) {
        AdjReducedLeaf *s = &r->slots[i];
        s->place =
            adj_keep(adj_tensor_make(b->data->storage, type, adj_shape(s->leaf), NULL, at));
        if (!s->place) return false;
        at += s->leaf->numel;
    }
    return b->data != NULL;
}

static void reducer_free(AdjReducer *r)
{
    for (int i = 0; r->slots && i < r->n; i++) {
        adj_drop(&r->slots[i].place);
        adj_drop(&r->slots[i].leaf);
    }
    for (int i = 0; r->buckets && i < r->n_buckets; i++) adj_drop(&r->buckets[i].data);
    free(r->slots);
    free(r->buckets);
    free(r->index);
    free(r);
}

static bool fill_reducer(AdjReducer *r, AdjTensors params, int64_t bytes)
{
    r->index_room = 16;
    while (r->index_room < 2 * params.n) r->index_room *= 2;
    r->slots = calloc((size_t)params.n + 1, sizeof *r->slots);
    r->buckets = calloc((size_t)params.n + 1, sizeof *r->buckets);
    r->index = calloc((size_t)r->index_room, sizeof *r->index);
    if (!r->slots || !r->buckets || !r->index)
        return adj_fail(ADJ_E_MEMORY, "distributed: no memory");
    for (int i = params.n; i--;) {
        if (!params.at[i]->requires_grad || slot_of(r, params.at[i])) continue;
        r->slots[r->n].leaf = adj_keep(params.at[i]);
        put_index(r, r->n++);
    }
    r->n_buckets = divide(r, bytes);
    for (int k = 0; k < r->n_buckets; k++)
        if (!make_bucket(r, &r->buckets[k])) return false;
    return true;
}

int64_t adj_reducer_add(AdjTensors params, int64_t bytes)
{
    static _Thread_local int64_t last_id;
    ADJ_SCOPE;
    AdjReducer *r = calloc(1, sizeof *r);
    if (!r) return adj_fail(ADJ_E_MEMORY, "distributed: no memory"), 0;
    if (!fill_reducer(r, params, bytes)) return reducer_free(r), 0;
    r->id = ++last_id;
    r->next = adj_reducers;
    adj_reducers = r;
    return r->id;
}

static AdjReducer **find(int64_t id)
{
    AdjReducer **at = &adj_reducers;
    while (*at && (*at)->id != id) at = &(*at)->next;
    return at;
}

void adj_reducer_remove(int64_t id)
{
    AdjReducer **at = find(id), *r = *at;
    if (!r) return;
    *at = r->next;
    reducer_free(r);
}

void adj_reducer_quiet(int64_t id, bool quiet)
{
    AdjReducer *r = *find(id);
    if (r) r->quiet = quiet;
}

// ---------------------------------------------------------------- one pass

void adj_reducers_begin(void)
{
    for (AdjReducer *r = adj_reducers; r; r = r->next) {
        r->active = r->late = false;
        r->begun = 0;
        for (int i = 0; i < r->n; i++) {
            AdjReducedLeaf *s = &r->slots[i];
            if (s->uses) s->expected = s->uses;
            s->uses = 0;
            s->met = s->complete = false;
        }
        for (int k = 0; k < r->n_buckets; k++) {
            r->buckets[k].left = r->buckets[k].n;
            r->buckets[k].begun = false;
        }
    }
}

static const AdjTransport *transport(void)
{
    return adj_group()->transport;
}

static void put_number(const AdjTensor *data, int64_t at, double value)
{
    if (data->dtype == ADJ_F64)
        ((double *)adj_ptr(data))[at] = value;
    else
        ((float *)adj_ptr(data))[at] = (float)value;
}

static double number(const AdjTensor *data, int64_t at)
{
    return data->dtype == ADJ_F64 ? ((double *)adj_ptr(data))[at]
                                  : (double)((float *)adj_ptr(data))[at];
}

static bool begin_sum(AdjReducer *r, AdjBucket *b)
{
    char why[ADJ_WHY];
    int64_t at = gradients_in(r, b);
    for (int i = 0; i < b->n; i++) put_number(b->data, at + i, r->slots[b->first + i].met);
    if (b == &r->buckets[r->n_buckets - 1]) put_number(b->data, at + b->n, r->late);
    b->begun = true;
    AdjElement element;
    adj_group_element((AdjDtype)b->data->dtype, &element);
    return transport()->reduce(adj_ptr(b->data), b->data->numel, element, ADJ_REDUCE_SUM,
                               &b->request, why) ||
           adj_group_fail(why);
}

// What stands in the bucket: this pass's gradient, and with it what earlier passes left on this
// process alone.
static bool put_gradient(AdjReducedLeaf *s)
{
    ADJ_SCOPE;
    AdjTensor *g = s->sum;
    s->complete = true;
    if (s->alone && s->leaf->grad) g = g ? adj_add(g, s->leaf->grad, ADJ_I(1)) : s->leaf->grad;
    s->met = g != NULL;
    if (g) return adj_copy_data(s->place, g);
    memset(adj_ptr(s->place), 0,
           (size_t)s->place->numel * adj_dtype_size((AdjDtype)s->place->dtype));
    return !adj_error_kind();
}

// The last bucket waits for the end of the sweep: it tells whether any gradient came late.
static bool begin_complete(AdjReducer *r)
{
    while (r->begun < r->n_buckets - 1 && r->buckets[r->begun].left == 0)
        if (!begin_sum(r, &r->buckets[r->begun++])) return false;
    return true;
}

static bool meet(AdjReducer *r, AdjReducedLeaf *s, AdjTensor *sum, int at)
{
    AdjBucket *b = &r->buckets[s->bucket];
    r->active = true;
    s->uses++;
    s->sum = sum;
    s->at = at;
    if (r->quiet) return true;
    if (b->begun) r->late = true;
    if (s->complete) {  // one use more than last time
        s->complete = false;
        b->left++;
    }
    if (s->uses != s->expected || b->begun) return true;
    b->left--;
    bool ok = put_gradient(s) && begin_complete(r);
    if (ok && r->begun) transport()->progress();
    return ok;
}

bool adj_reducers_met(AdjTensor *leaf, AdjTensor *sum, int at)
{
    for (AdjReducer *r = adj_reducers; r && transport(); r = r->next) {
        AdjReducedLeaf *s = slot_of(r, leaf);
        if (s && !meet(r, s, sum, at)) return false;
    }
    return true;
}

// ---------------------------------------------------------------- the end of a pass

static bool begin_rest(AdjReducer *r)
{
    for (; r->begun < r->n_buckets; r->begun++) {
        AdjBucket *b = &r->buckets[r->begun];
        for (int i = b->first; i < b->first + b->n; i++)
            if (!r->slots[i].complete && !put_gradient(&r->slots[i])) return false;
        if (!begin_sum(r, b)) return false;
    }
    return true;
}

static bool wait_all(AdjReducer *r)
{
    char why[ADJ_WHY];
    bool ok = true;
    for (int k = 0; k < r->n_buckets; k++) {
        AdjBucket *b = &r->buckets[k];
        if (b->begun && b->request && !transport()->wait(b->request, why))
            ok = ok && adj_group_fail(why);
        b->request = NULL;
    }
    return ok;
}

// Whether any process had a gradient that came after its bucket had begun.
static bool was_late(const AdjReducer *r)
{
    const AdjTensor *last = r->buckets[r->n_buckets - 1].data;
    return number(last, last->numel - 1) > 0;
}

static bool sum_again(AdjReducer *r)
{
    for (int i = 0; i < r->n; i++)
        if (!put_gradient(&r->slots[i])) return false;
    r->late = false;
    for (int k = 0; k < r->n_buckets; k++)
        if (!begin_sum(r, &r->buckets[k])) return false;
    return wait_all(r);
}

static bool hand_out(AdjReducer *r, AdjTakeMean take, void *pass)
{
    double share = 1.0 / adj_group()->size;
    for (int i = 0; i < r->n; i++) {
        AdjReducedLeaf *s = &r->slots[i];
        AdjBucket *b = &r->buckets[s->bucket];
        if (number(b->data, gradients_in(r, b) + s->in_bucket) <= 0) continue;
        ADJ_SCOPE;
        AdjTensor *mean = adj_mul(s->place, ADJ_NUM(share));
        if (mean && mean->dtype != s->leaf->dtype) mean = adj_to(mean, s->leaf->dtype);
        if (!mean || (s->alone && !adj_set_grad(s->leaf, NULL))) return false;
        s->alone = false;
        if (!take(pass, s->leaf, s->uses ? s->at : -1, mean)) return false;
    }
    return true;
}

static bool end_one(AdjReducer *r, AdjTakeMean take, void *pass)
{
    for (int i = 0; i < r->n; i++) {
        if (!r->slots[i].uses) r->slots[i].sum = NULL;
        if (r->quiet) r->slots[i].alone |= r->slots[i].uses > 0;
    }
    if (r->quiet || r->n == 0) return true;
    if (!begin_rest(r) || !wait_all(r)) return false;
    if (was_late(r) && !sum_again(r)) return false;
    return hand_out(r, take, pass);
}

bool adj_reducers_end(AdjTakeMean take, void *pass)
{
    bool was = adj_set_grad_enabled(false), ok = true;
    for (AdjReducer *r = adj_reducers; ok && r && transport(); r = r->next)
        if (r->active) ok = end_one(r, take, pass);
    adj_set_grad_enabled(was);
    return ok;
}

void adj_reducers_cancel(void)
{
    for (AdjReducer *r = adj_reducers; r && transport(); r = r->next) wait_all(r);
}
