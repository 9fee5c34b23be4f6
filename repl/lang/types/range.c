// SPDX-License-Identifier: Apache-2.0
// Ranges: sequences of ints that are computed, not stored.
// Invariant: step is not 0, len counts the items, and start + (len - 1) * step is in 64 bits.
#include "lang/types/iterators.h"
#include "lang/types/list.h"

static uint64_t range_length(int64_t start, int64_t stop, int64_t step)
{
    if (step > 0) {
        return start < stop ? ((uint64_t)stop - (uint64_t)start - 1) / (uint64_t)step + 1 : 0;
    }
    uint64_t down = -(uint64_t)step;
    return start > stop ? ((uint64_t)start - (uint64_t)stop - 1) / down + 1 : 0;
}

AdjRange *adj_range_new(AdjVM *vm, int64_t start, int64_t stop, int64_t step)
{
    if (step == 0)
        return adj_raise_null(vm, ADJ_EXC_ValueError, "range() arg 3 must not be zero");
    uint64_t len = range_length(start, stop, step);
    if (len > INT64_MAX) {
        return adj_raise_null(vm, ADJ_EXC_OverflowError,
                              "range: the number of items does not fit in 64 bits");
    }
    AdjRange *r = adj_obj_new(vm, &adj_type_range);
    if (!r) return NULL;
    r->start = start;
    r->stop = stop;
    r->step = step;
    r->len = (int64_t)len;
    return r;
}

static AdjRange *range_of(AdjVal v)
{
    return (AdjRange *)v.o;
}

static int64_t item(const AdjRange *r, int64_t i)
{
    return (int64_t)((uint64_t)r->start + (uint64_t)i * (uint64_t)r->step);
}

static bool range_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    int64_t v[3] = {0, 0, 1};
    int given = nargs - 1;
    if (given < 1) {
        return adj_raise(vm, ADJ_EXC_TypeError, "range expected at least 1 argument, got 0");
    }
    if (given > 3) {
        return adj_raise(vm, ADJ_EXC_TypeError, "range expected at most 3 arguments, got %d",
                         given);
    }
    for (int i = 0; i < given; i++) {
        if (!adj_get_int(vm, args[i + 1], &v[given == 1 ? 1 : i])) return false;
    }
    return adj_out(out, adj_range_new(vm, v[0], v[1], v[2]));
}

static bool range_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjRange *r = range_of(self);
    long long start = r->start, stop = r->stop, step = r->step;
    if (step == 1) return adj_out(out, adj_str_format(vm, "range(%lld, %lld)", start, stop));
    return adj_out(out, adj_str_format(vm, "range(%lld, %lld, %lld)", start, stop, step));
}

static bool range_len(AdjVM *vm, AdjVal self, int64_t *out)
{
    (void)vm;
    return *out = range_of(self)->len, true;
}

static bool range_truth(AdjVM *vm, AdjVal self, bool *out)
{
    (void)vm;
    return *out = range_of(self)->len > 0, true;
}

static bool range_slice(AdjVM *vm, AdjRange *r, AdjSlice *s, AdjVal *out)
{
    int64_t start, step, count, stop;
    if (!adj_slice_clip(vm, s, r->len, &start, &step, &count)) return false;
    // Where the slice stops, in items, counted as Python shows it: start + count * step
    // clipped.
    if (!adj_is_none(s->stop)) {
        if (!adj_get_int(vm, s->stop, &stop)) return false;
        if (stop < 0) stop = stop < -r->len ? (step < 0 ? -1 : 0) : stop + r->len;
        int64_t high = step < 0 ? r->len - 1 : r->len;
        if (stop > high) stop = high;
    } else {
        stop = step < 0 ? -1 : r->len;
    }
    return adj_out(out, adj_range_new(vm, item(r, start), item(r, stop),
                                      (int64_t)((uint64_t)r->step * (uint64_t)step)));
}

static bool range_getitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal *out)
{
    AdjRange *r = range_of(self);
    int64_t i;
    if (adj_is_exact(key, &adj_type_slice)) return range_slice(vm, r, (AdjSlice *)key.o, out);
    if (!adj_seq_subscript(vm, key, "range", &i)) return false;
    if (i < 0) i += r->len;
    if (i < 0 || i >= r->len) {
        return adj_raise(vm, ADJ_EXC_IndexError, "range object index out of range");
    }
    return adj_out_int(out, item(r, i));
}

// The place of an int, or -1.
static int64_t place(const AdjRange *r, int64_t v)
{
    bool inside = r->step > 0 ? v >= r->start && v < r->stop : v <= r->start && v > r->stop;
    if (!inside) return -1;
    uint64_t distance = r->step > 0 ? (uint64_t)v - (uint64_t)r->start
                                    : (uint64_t)r->start - (uint64_t)v;
    uint64_t step = r->step > 0 ? (uint64_t)r->step : -(uint64_t)r->step;
    return distance % step == 0 ? (int64_t)(distance / step) : -1;
}

// The place of any value equal to an item: floats with a whole value count; other objects are
// asked one by one, since they may equal anything. -1 absent, -2 failed.
static int64_t find(AdjVM *vm, const AdjRange *r, AdjVal v)
{
    if (adj_is_int(v)) return place(r, v.i);
    if (adj_is_float_val(v)) {
        bool whole = v.f >= -0x1p63 && v.f < 0x1p63 && v.f == (double)(int64_t)v.f;
        return whole ? place(r, (int64_t)v.f) : -1;
    }
    if (!adj_is_obj(v) || adj_is_str(v)) return -1;
    for (int64_t i = 0; i < r->len; i++) {
        int equal = adj_vals_equal(vm, adj_int_val(item(r, i)), v);
        if (equal) return equal < 0 ? -2 : i;
    }
    return -1;
}

static bool range_contains(AdjVM *vm, AdjVal self, AdjVal v, bool *out)
{
    int64_t at = find(vm, range_of(self), v);
    return *out = at >= 0, at > -2;
}

static bool range_iter(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_iter_new(vm, ADJ_IT_RANGE, self.o, out);
}

static bool range_reversed(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjRange *r = range_of(args[0]);
    AdjRange *back = NULL;
    if (r->len == 0) back = adj_range_new(vm, 0, 0, 1);
    else back = adj_range_new(vm, item(r, r->len - 1), r->start - r->step, -r->step);
    if (!back) return false;
    bool ok = adj_iter_new(vm, ADJ_IT_RANGE, &back->head, out);
    adj_obj_drop(back);
    return ok;
}

// Equal ranges have the same items, whatever their stop.
static bool range_compare(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out)
{
    (void)vm;
    bool ranges = adj_is_exact(a, &adj_type_range) && adj_is_exact(b, &adj_type_range);
    if (!ranges || (op != ADJ_C_EQ && op != ADJ_C_NE)) return adj_out_notimpl(out);
    AdjRange *r = range_of(a), *s = range_of(b);
    bool equal = r->len == s->len && (r->len == 0 || r->start == s->start) &&
                 (r->len <= 1 || r->step == s->step);
    return adj_out_bool(out, equal == (op == ADJ_C_EQ));
}

static bool range_hash(AdjVM *vm, AdjVal self, int64_t *out)
{
    AdjRange *r = range_of(self);
    AdjVal parts[] = {adj_int_val(r->len), r->len > 0 ? adj_int_val(r->start) : ADJ_NONE,
                      r->len > 1 ? adj_int_val(r->step) : ADJ_NONE};
    AdjTuple *t = adj_tuple_from(vm, parts, 3);
    bool ok = t && adj_val_hash(vm, adj_obj_val(t), out);
    adj_obj_drop(t);
    return ok;
}

static bool range_index(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t at = find(vm, range_of(args[0]), args[1]);
    if (at >= 0) return adj_out_int(out, at);
    if (at == -2) return false;
    if (!adj_is_int(args[1])) {
        return adj_raise(vm, ADJ_EXC_ValueError, "sequence.index(x): x not in sequence");
    }
    return adj_raise(vm, ADJ_EXC_ValueError, "%lld is not in range", (long long)args[1].i);
}

static bool range_count(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t at = find(vm, range_of(args[0]), args[1]);
    return at > -2 && adj_out_int(out, at >= 0);
}

static bool range_start(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_int(out, range_of(self)->start);
}

static bool range_stop(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_int(out, range_of(self)->stop);
}

static bool range_step(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_int(out, range_of(self)->step);
}

static const AdjNative range_maker = {
    "range", "(cls, ...)", range_make,
    "range(stop) or range(start, stop, step): the ints from start up to, not including, stop.",
    0};
static const AdjAttr range_attrs[] = {
    {"start", range_start, NULL, "First item."},
    {"stop", range_stop, NULL, "Where the range stops."},
    {"step", range_step, NULL, "Distance of neighbours."},
    {0},
};
static const AdjNative range_methods[] = {
    {"index", "(self, value, /)", range_index, "Place of [value]; ValueError if absent.", 0},
    {"count", "(self, value, /)", range_count, "How often [value] occurs: 0 or 1.", 0},
    {"__reversed__", "(self, /)", range_reversed, "An iterator from the last item down.", 0},
    {0},
};

AdjType adj_type_range = {
    .name = "range",
    .size = sizeof(AdjRange),
    .doc = "An immutable sequence of evenly spaced ints.",
    .methods = range_methods,
    .attrs = range_attrs,
    .make = &range_maker,
    .repr = range_repr,
    .hash = range_hash,
    .compare = range_compare,
    .truth = range_truth,
    .getitem = range_getitem,
    .len = range_len,
    .contains = range_contains,
    .iter = range_iter,
};
