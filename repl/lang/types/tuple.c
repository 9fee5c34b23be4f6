// SPDX-License-Identifier: Apache-2.0
// tuple: an array of values that does not change.
// Invariant: once visible to a program, len and items stay what they are; the items are in the
// object itself, so a tuple costs one block.
#include "lang/types/iterators.h"
#include "lang/types/list.h"

static AdjTuple *tuple_of(AdjVal v)
{
    return (AdjTuple *)v.o;
}

// Leaves len alone: the core needs it to know the size of the block.
static void tuple_drop(AdjObj *o)
{
    AdjTuple *t = (AdjTuple *)o;
    for (int64_t i = 0; i < t->len; i++) adj_val_set(&t->items[i], ADJ_NONE);
}

static void tuple_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    AdjTuple *t = (AdjTuple *)o;
    for (int64_t i = 0; i < t->len; i++) {
        if (adj_is_obj(t->items[i])) visit(t->items[i].o, arg);
    }
}

// A tuple of a class on top of tuple, with the items given.
static bool new_of_type(AdjVM *vm, AdjType *type, const AdjVal *items, int64_t n, AdjVal *out)
{
    if (type == &adj_type_tuple) return adj_out(out, adj_tuple_from(vm, items, n));
    AdjTuple *t = adj_obj_new_sized(vm, type, type->size + (size_t)n * sizeof(AdjVal));
    if (!t) return false;
    t->len = n;
    adj_vals_copy(t->items, items, n);
    return adj_out(out, t);
}

static bool tuple_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjType *type = adj_as_type(args[0]);
    if (adj_is_undef(args[1])) return new_of_type(vm, type, NULL, 0, out);
    if (adj_is_exact(args[1], &adj_type_tuple)) {
        if (type == &adj_type_tuple) return adj_out_keep(out, args[1]);
        return new_of_type(vm, type, tuple_of(args[1])->items, tuple_of(args[1])->len, out);
    }
    AdjList *items = adj_list_of(vm, args[1]);
    bool ok = items && new_of_type(vm, type, items->items, items->len, out);
    adj_obj_drop(items);
    return ok;
}

static bool tuple_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_seq_repr(vm, self.o, "(", tuple_of(self)->len == 1 ? ",)" : ")", out);
}

// The hash of Python's tuples (xxHash's lanes), so that sets of tuples show in the same order.
static bool tuple_hash(AdjVM *vm, AdjVal self, int64_t *out)
{
    const uint64_t p1 = 11400714785074694791u, p2 = 14029467366897019727u,
                   p5 = 2870177450012600261u;
    AdjTuple *t = tuple_of(self);
    uint64_t acc = p5;
    if (!adj_vm_enter(vm, " while hashing a tuple")) return false;
    for (int64_t i = 0; i < t->len; i++) {
        int64_t lane;
        if (!adj_val_hash(vm, t->items[i], &lane)) return adj_vm_leave(vm), false;
        acc += (uint64_t)lane * p2;
        acc = acc << 31 | acc >> 33;
        acc *= p1;
    }
    adj_vm_leave(vm);
    acc += (uint64_t)t->len ^ (p5 ^ UINT64_C(3527539));
    *out = acc == UINT64_MAX ? 1546275796 : (int64_t)acc;
    return true;
}

static bool tuple_compare(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out)
{
    if (!adj_is_tuple(a) || !adj_is_tuple(b)) return adj_out_notimpl(out);
    return adj_seq_compare(vm, op, a.o, b.o, out);
}

static bool tuple_len(AdjVM *vm, AdjVal self, int64_t *out)
{
    (void)vm;
    return *out = tuple_of(self)->len, true;
}

static bool tuple_truth(AdjVM *vm, AdjVal self, bool *out)
{
    (void)vm;
    return *out = tuple_of(self)->len > 0, true;
}

static bool tuple_iter(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_iter_new(vm, ADJ_IT_TUPLE, self.o, out);
}

static bool tuple_contains(AdjVM *vm, AdjVal self, AdjVal item, bool *out)
{
    int64_t at = adj_seq_find(vm, self.o, item, 0, INT64_MAX);
    return *out = at >= 0, at > -2;
}

static bool tuple_slice(AdjVM *vm, AdjTuple *t, AdjSlice *s, AdjVal *out)
{
    int64_t start, step, count;
    if (!adj_slice_clip(vm, s, t->len, &start, &step, &count)) return false;
    AdjTuple *part = adj_tuple_new(vm, count);
    if (!part) return false;
    for (int64_t i = 0; i < count; i++)
        part->items[i] = adj_val_keep(t->items[start + i * step]);
    return adj_out(out, part);
}

static bool tuple_getitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal *out)
{
    AdjTuple *t = tuple_of(self);
    int64_t i;
    if (adj_is_exact(key, &adj_type_slice)) return tuple_slice(vm, t, (AdjSlice *)key.o, out);
    if (!adj_seq_subscript(vm, key, "tuple", &i)) return false;
    if (i < 0) i += t->len;
    if (i < 0 || i >= t->len) {
        return adj_raise(vm, ADJ_EXC_IndexError, "tuple index out of range");
    }
    return adj_out_keep(out, t->items[i]);
}

static bool concat(AdjVM *vm, AdjTuple *a, AdjTuple *b, AdjVal *out)
{
    AdjTuple *sum = adj_tuple_new(vm, a->len + b->len);
    if (!sum) return false;
    adj_vals_copy(sum->items, a->items, a->len);
    adj_vals_copy(sum->items + a->len, b->items, b->len);
    return adj_out(out, sum);
}

static bool repeat(AdjVM *vm, AdjTuple *t, AdjVal times, AdjVal *out)
{
    int64_t n, total;
    if (!adj_seq_times(vm, times, &n)) return false;
    if (n < 0) n = 0;
    if (__builtin_mul_overflow(n, t->len, &total) || total > INT64_MAX / 32) {
        return adj_raise(vm, ADJ_EXC_MemoryError, "%s", "");
    }
    AdjTuple *r = adj_tuple_new(vm, total);
    if (!r) return false;
    for (int64_t i = 0; i < total; i++) r->items[i] = adj_val_keep(t->items[i % t->len]);
    return adj_out(out, r);
}

static bool tuple_binary(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out)
{
    if (op == ADJ_B_ADD && adj_is_tuple(a) && adj_is_tuple(b)) {
        return concat(vm, tuple_of(a), tuple_of(b), out);
    }
    if (op == ADJ_B_MUL && adj_is_tuple(a) && adj_has_index(b))
        return repeat(vm, tuple_of(a), b, out);
    if (op == ADJ_B_MUL && adj_is_tuple(b) && adj_has_index(a))
        return repeat(vm, tuple_of(b), a, out);
    return adj_out_notimpl(out);
}

static bool tuple_index(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t start, stop, len = tuple_of(args[0])->len;
    if (!adj_seq_bound(vm, args[2], len, &start) || !adj_seq_bound(vm, args[3], len, &stop)) {
        return false;
    }
    int64_t at = adj_seq_find(vm, args[0].o, args[1], start, stop);
    if (at >= 0) return adj_out_int(out, at);
    return at > -2 && adj_raise(vm, ADJ_EXC_ValueError, "tuple.index(x): x not in tuple");
}

static bool tuple_count(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t count;
    return adj_seq_count(vm, args[0].o, args[1], &count) && adj_out_int(out, count);
}

static bool tuple_reversed(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return adj_iter_new(vm, ADJ_IT_TUPLE_BACK, args[0].o, out);
}

static const AdjNative tuple_methods[] = {
    {"index", "(self, value, start=0, stop=9223372036854775807, /)", tuple_index,
     "Where [value] first occurs; ValueError if it does not.", 0},
    {"count", "(self, value, /)", tuple_count, "How often [value] occurs.", 0},
    {"__reversed__", "(self, /)", tuple_reversed, "An iterator from the last item down.", 0},
    {0},
};

static const AdjNative tuple_maker = {"tuple", "(cls, iterable=<unset>, /)", tuple_make,
                                      "A tuple of the items of [iterable].", 0};

AdjType adj_type_tuple = {
    .name = "tuple",
    .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_TUPLE,
    .size = sizeof(AdjTuple),
    .doc = "A sequence that does not change.",
    .methods = tuple_methods,
    .make = &tuple_maker,
    .drop = tuple_drop,
    .traverse = tuple_traverse,
    .repr = tuple_repr,
    .hash = tuple_hash,
    .compare = tuple_compare,
    .truth = tuple_truth,
    .getitem = tuple_getitem,
    .len = tuple_len,
    .contains = tuple_contains,
    .iter = tuple_iter,
    .binary = tuple_binary,
};
