// SPDX-License-Identifier: Apache-2.0
// product, permutations and combinations: tuples of items of a pool, in the order of their
// places. The pool is a list, the state an array of places; a step moves the last place that
// can move and sets those behind it to what follows. Invariant: before the first tuple n[1] is
// 0, after it the places say which tuple came last.
#include "itertools.h"

static Tool *tool_of(AdjVal v)
{
    return (Tool *)v.o;
}

// A tool over the items of [iterable] with [n] places.
static Tool *pool_new(AdjVM *vm, AdjVal type, AdjVal iterable, int64_t n)
{
    AdjList *pool = adj_list_of(vm, iterable);
    if (!pool) return NULL;
    Tool *t = adj_tool_new(vm, type);
    if (!t) return adj_obj_drop(pool), NULL;
    t->list = pool;
    if (n < 0) n = pool->len;
    t->n[0] = n;
    if (n > INT64_MAX / 16)
        return adj_obj_drop(t), adj_raise_null(vm, ADJ_EXC_MemoryError, "%s", "");
    t->place_bytes = (size_t)(n + 1) * 2 * sizeof *t->places;
    t->places = adj_lang_alloc(vm, t->place_bytes);
    if (!t->places) return t->place_bytes = 0, adj_obj_drop(t), NULL;
    for (int64_t i = 0; i < 2 * (n + 1); i++) t->places[i] = 0;
    return t;
}

static int give(AdjVM *vm, Tool *t, AdjVal *out)
{
    AdjTuple *row = adj_tuple_new(vm, t->n[0]);
    if (!row) return -1;
    for (int64_t i = 0; i < row->len; i++)
        row->items[i] = adj_val_keep(t->list->items[t->places[i]]);
    t->n[1] = 1;
    return adj_out(out, row) ? 1 : -1;
}

static bool length_arg(AdjVM *vm, AdjVal v, int64_t *out)
{
    if (!adj_get_int(vm, v, out)) return false;
    return *out >= 0 || adj_raise(vm, ADJ_EXC_ValueError, "r must be non-negative");
}

// ---- combinations: places rise ----

static bool combinations_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t r;
    if (!length_arg(vm, args[2], &r)) return false;
    Tool *t = pool_new(vm, args[0], args[1], r);
    if (!t) return false;
    for (int64_t i = 0; i < r; i++) t->places[i] = i;
    if (r > t->list->len) adj_tool_end(t);
    return adj_out(out, t);
}

static int combinations_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Tool *t = tool_of(self);
    if (t->ended) return 0;
    if (!t->n[1]) return give(vm, t, out);
    int64_t r = t->n[0], i = r - 1;
    while (i >= 0 && t->places[i] == t->list->len - r + i) i--;
    if (i < 0) return adj_tool_end(t);
    t->places[i]++;
    for (i++; i < r; i++) t->places[i] = t->places[i - 1] + 1;
    return give(vm, t, out);
}

// ---- with replacement: places do not fall ----

static bool replaced_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t r;
    if (!length_arg(vm, args[2], &r)) return false;
    Tool *t = pool_new(vm, args[0], args[1], r);
    if (t && r > 0 && t->list->len == 0) adj_tool_end(t);
    return adj_out(out, t);
}

static int replaced_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Tool *t = tool_of(self);
    if (t->ended) return 0;
    if (!t->n[1]) return give(vm, t, out);
    int64_t i = t->n[0] - 1;
    while (i >= 0 && t->places[i] == t->list->len - 1) i--;
    if (i < 0) return adj_tool_end(t);
    int64_t place = t->places[i] + 1;
    for (; i < t->n[0]; i++) t->places[i] = place;
    return give(vm, t, out);
}

// ---- permutations: places differ ----

static bool permutations_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t r = -1;
    if (!adj_is_none(args[2])) {
        if (!adj_is_int(args[2])) return adj_raise(vm, ADJ_EXC_TypeError, "Expected int as r");
        if (!length_arg(vm, args[2], &r)) return false;
    }
    Tool *t = pool_new(vm, args[0], args[1], r);
    if (!t) return false;
    if (t->n[0] > t->list->len) adj_tool_end(t);
    for (int64_t i = 0; !t->ended && i < t->n[0]; i++) t->places[i] = i;
    return adj_out(out, t);
}

// The first place from [from] up that no earlier position has, or -1.
static int64_t free_place(const Tool *t, int64_t position, int64_t from)
{
    for (int64_t p = from; p < t->list->len; p++) {
        bool taken = false;
        for (int64_t i = 0; i < position && !taken; i++) taken = t->places[i] == p;
        if (!taken) return p;
    }
    return -1;
}

static int permutations_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Tool *t = tool_of(self);
    if (t->ended) return 0;
    if (!t->n[1]) return give(vm, t, out);
    for (int64_t i = t->n[0] - 1; i >= 0; i--) {
        int64_t place = free_place(t, i, t->places[i] + 1);
        if (place < 0) continue;
        t->places[i] = place;
        for (i++; i < t->n[0]; i++) t->places[i] = free_place(t, i, 0);
        return give(vm, t, out);
    }
    return adj_tool_end(t);
}

// ---- product: one place for each pool ----

// The pools lie one after the other in the list; places[i] counts from the start of pool i,
// which places[n + 1 + i] holds.
static bool product_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjTuple *pools = adj_as_tuple(args[1]);
    int64_t times, n;
    if (!adj_get_int(vm, args[2], &times)) return false;
    if (times < 0) {
        return adj_raise(vm, ADJ_EXC_ValueError, "repeat argument cannot be negative");
    }
    if (__builtin_mul_overflow(pools->len, times, &n) || n > INT32_MAX) {
        return adj_raise(vm, ADJ_EXC_OverflowError, "repeat argument too large");
    }
    AdjTuple *none = adj_tuple_new(vm, 0);
    Tool *t = none ? pool_new(vm, args[0], adj_obj_val(none), n) : NULL;
    adj_obj_drop(none);
    if (!t) return false;
    int64_t *starts = t->places + n + 1;
    for (int64_t i = 0; i < n; i++) {
        AdjList *pool = adj_list_of(vm, pools->items[i % pools->len]);
        bool ok = pool != NULL;
        for (int64_t k = 0; ok && k < pool->len; k++)
            ok = adj_list_append(vm, t->list, pool->items[k]);
        adj_obj_drop(pool);
        if (!ok) return adj_obj_drop(t), false;
        starts[i + 1] = t->list->len;
    }
    for (int64_t i = 0; i < n; i++) t->places[i] = starts[i];
    for (int64_t i = 0; i < n && !t->ended; i++) {
        if (t->places[n + 1 + i] == t->places[n + 2 + i]) {
            adj_tool_end(t);
            break;
        }
    }
    return adj_out(out, t);
}

static int product_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Tool *t = tool_of(self);
    if (t->ended) return 0;
    if (!t->n[1]) return give(vm, t, out);
    const int64_t *starts = t->places + t->n[0] + 1;
    for (int64_t i = t->n[0] - 1; i >= 0; i--) {
        if (++t->places[i] < starts[i + 1]) return give(vm, t, out);
        t->places[i] = starts[i];
    }
    return adj_tool_end(t);
}

static const AdjNative makers[] = {
    {"product", "(cls, /, *iterables, repeat=1)", product_make,
     "Every choice of one item each.", 0},
    {"permutations", "(cls, iterable, r=None)", permutations_make, "Every order of r items.",
     0},
    {"combinations", "(cls, iterable, r)", combinations_make, "Every choice of r items.", 0},
    {"combinations_with_replacement", "(cls, iterable, r)", replaced_make,
     "Every choice of r items that may repeat.", 0},
};
static int (*const steps[])(AdjVM *, AdjVal, AdjVal *) = {product_next, permutations_next,
                                                          combinations_next, replaced_next};

bool adj_tool_add_pools(AdjVM *vm, AdjDict *dict)
{
    enum { POOLS = sizeof makers / sizeof *makers };
    static AdjType types[POOLS];
    for (int i = 0; i < POOLS; i++) {
        if (!(types[i].flags & ADJ_TF_READY)) types[i] = adj_tool_type(&makers[i], steps[i]);
        if (!adj_vm_add_type(vm, dict, &types[i])) return false;
    }
    return true;
}
