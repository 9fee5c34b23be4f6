// SPDX-License-Identifier: Apache-2.0
// Slices, and what every sequence does with subscripts and bounds.
// Invariant of a clipped slice: for count > 0, start and start + (count - 1) * step are valid
// indices.
#include "lang/types/list.h"

AdjSlice *adj_slice_new(AdjVM *vm, AdjVal start, AdjVal stop, AdjVal step)
{
    AdjSlice *s = adj_obj_new(vm, &adj_type_slice);
    if (!s) return NULL;
    s->start = adj_val_keep(start);
    s->stop = adj_val_keep(stop);
    s->step = adj_val_keep(step);
    return s;
}

bool adj_has_index(AdjVal v)
{
    if (adj_is_int(v) || adj_type_of(v)->index) return true;
    if (!(adj_type_of(v)->flags & ADJ_TF_HEAP)) return false;
    AdjStr *name = adj_str_intern_c("__index__");
    bool found = name && adj_type_find(adj_type_of(v), name);
    adj_obj_drop(name);
    return found;
}

bool adj_seq_subscript(AdjVM *vm, AdjVal key, const char *name, int64_t *out)
{
    if (adj_is_int(key)) return *out = key.i, true;
    if (adj_has_index(key)) return adj_get_int(vm, key, out);
    return adj_raise(vm, ADJ_EXC_TypeError, "%s indices must be integers or slices, not %s",
                     name, adj_type_name(key));
}

bool adj_seq_times(AdjVM *vm, AdjVal v, int64_t *out)
{
    if (adj_has_index(v)) return adj_get_int(vm, v, out);
    return adj_raise(vm, ADJ_EXC_TypeError, "can't multiply sequence by non-int of type '%s'",
                     adj_type_name(v));
}

static int64_t clip(int64_t at, int64_t len, int64_t low, int64_t high)
{
    if (at < 0) at = at < -len ? low : at + len;
    if (at < low) return low;
    return at > high ? high : at;
}

bool adj_seq_bound(AdjVM *vm, AdjVal v, int64_t len, int64_t *out)
{
    if (!adj_has_index(v)) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "slice indices must be integers or have an __index__ method");
    }
    if (!adj_get_int(vm, v, out)) return false;
    *out = clip(*out, len, 0, len);
    return true;
}

static bool part(AdjVM *vm, AdjVal v, int64_t absent, int64_t *out)
{
    if (adj_is_none(v)) return *out = absent, true;
    if (adj_is_int(v)) return *out = v.i, true;
    if (adj_has_index(v)) return adj_get_int(vm, v, out);
    return adj_raise(vm, ADJ_EXC_TypeError,
                     "slice indices must be integers or None or have an __index__ method");
}

bool adj_slice_clip(AdjVM *vm, AdjSlice *s, int64_t len, int64_t *start, int64_t *step,
                    int64_t *count)
{
    int64_t stop;
    if (!part(vm, s->step, 1, step)) return false;
    if (*step == 0) return adj_raise(vm, ADJ_EXC_ValueError, "slice step cannot be zero");
    if (*step == INT64_MIN) *step = -INT64_MAX;  // so that it can be negated
    bool down = *step < 0;
    if (!part(vm, s->start, down ? INT64_MAX : 0, start)) return false;
    if (!part(vm, s->stop, down ? INT64_MIN : INT64_MAX, &stop)) return false;
    // Downwards the places are -1 (before the first) to len - 1.
    int64_t low = down ? -1 : 0, high = down ? len - 1 : len;
    *start = clip(*start, len, low, high);
    stop = clip(stop, len, low, high);
    if (down) *count = *start > stop ? (*start - stop - 1) / -*step + 1 : 0;
    else *count = *start < stop ? (stop - *start - 1) / *step + 1 : 0;
    return true;
}

// ---- the type ----

static bool slice_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    // As with range, a single argument is the stop.
    if (adj_is_undef(args[2])) {
        return adj_out(out, adj_slice_new(vm, ADJ_NONE, args[1], ADJ_NONE));
    }
    return adj_out(out, adj_slice_new(vm, args[1], args[2], args[3]));
}

static void slice_drop(AdjObj *o)
{
    AdjSlice *s = (AdjSlice *)o;
    adj_val_set(&s->start, ADJ_NONE);
    adj_val_set(&s->stop, ADJ_NONE);
    adj_val_set(&s->step, ADJ_NONE);
}

static AdjSlice *slice_of(AdjVal v)
{
    return (AdjSlice *)v.o;
}

static bool slice_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjSlice *s = slice_of(self);
    AdjBuf b = {0};
    bool ok = adj_buf_add_c(vm, &b, "slice(") && adj_buf_add_repr(vm, &b, s->start) &&
              adj_buf_add_c(vm, &b, ", ") && adj_buf_add_repr(vm, &b, s->stop) &&
              adj_buf_add_c(vm, &b, ", ") && adj_buf_add_repr(vm, &b, s->step) &&
              adj_buf_add_c(vm, &b, ")");
    if (!ok) return adj_buf_free(&b), false;
    return adj_buf_str(vm, &b, out);
}

static bool slice_compare(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out)
{
    if (!adj_is_exact(a, &adj_type_slice) || !adj_is_exact(b, &adj_type_slice)) {
        return adj_out_notimpl(out);
    }
    AdjSlice *s = slice_of(a), *t = slice_of(b);
    AdjTuple *left = adj_tuple_from(vm, (AdjVal[]){s->start, s->stop, s->step}, 3);
    AdjTuple *right = adj_tuple_from(vm, (AdjVal[]){t->start, t->stop, t->step}, 3);
    bool ok = left && right && adj_seq_compare(vm, op, &left->head, &right->head, out);
    adj_obj_drop(left);
    adj_obj_drop(right);
    return ok;
}

static bool slice_start(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, slice_of(self)->start);
}

static bool slice_stop(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, slice_of(self)->stop);
}

static bool slice_step(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, slice_of(self)->step);
}

static bool slice_indices(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t len, start, step, count;
    if (!adj_get_int(vm, args[1], &len)) return false;
    if (len < 0) return adj_raise(vm, ADJ_EXC_ValueError, "length should not be negative");
    if (!adj_slice_clip(vm, slice_of(args[0]), len, &start, &step, &count)) return false;
    // The stop is shown as written and clipped, not as the last item reached.
    int64_t stop;
    if (!part(vm, slice_of(args[0])->stop, step < 0 ? INT64_MIN : INT64_MAX, &stop))
        return false;
    stop = step < 0 ? clip(stop, len, -1, len - 1) : clip(stop, len, 0, len);
    AdjVal items[] = {adj_int_val(start), adj_int_val(stop), adj_int_val(step)};
    return adj_out(out, adj_tuple_from(vm, items, 3));
}

static const AdjNative slice_maker = {"slice", "(cls, start, stop=<unset>, step=None, /)",
                                      slice_make, "What a[start:stop:step] passes to a.", 0};
static const AdjAttr slice_attrs[] = {
    {"start", slice_start, NULL, "First index or None."},
    {"stop", slice_stop, NULL, "Index to stop before, or None."},
    {"step", slice_step, NULL, "Step or None."},
    {0},
};
static const AdjNative slice_methods[] = {
    {"indices", "(self, len, /)", slice_indices,
     "Start, stop and step as they apply to a sequence of [len] items.", 0},
    {0},
};

AdjType adj_type_slice = {
    .name = "slice",
    .size = sizeof(AdjSlice),
    .doc = "A range of places in a sequence.",
    .methods = slice_methods,
    .attrs = slice_attrs,
    .make = &slice_maker,
    .drop = slice_drop,
    .repr = slice_repr,
    .compare = slice_compare,
};
