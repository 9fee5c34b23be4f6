// SPDX-License-Identifier: Apache-2.0
// list: an array of values that grows at its end.
// Invariant: items[0, len) are kept values and cap values fit. Whatever drops an item first
// takes it out of the array, since dropping can run a program's code, which may look at the
// list.
#include "lang/types/list.h"
#include "lang/types/iterators.h"

#include <string.h>

static AdjList *list_of(AdjVal v)
{
    return (AdjList *)v.o;
}

static void drop_vals(AdjVal *items, int64_t n)
{
    for (int64_t i = 0; i < n; i++) adj_val_drop(items[i]);
}

static void free_items(AdjVal *items, int64_t cap)
{
    if (items) adj_lang_free(items, (size_t)cap * sizeof *items);
}

static void list_drop(AdjObj *o)
{
    AdjList *l = (AdjList *)o;
    AdjVal *items = l->items;
    int64_t len = l->len, cap = l->cap;
    l->items = NULL;
    l->len = l->cap = 0;
    drop_vals(items, len);
    free_items(items, cap);
}

static void list_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    AdjList *l = (AdjList *)o;
    for (int64_t i = 0; i < l->len; i++) {
        if (adj_is_obj(l->items[i])) visit(l->items[i].o, arg);
    }
}

// ---- growing ----

// Replaces items [at, at + gone) by [n] values, which are kept. The one place where a list's
// middle moves.
static bool splice(AdjVM *vm, AdjList *l, int64_t at, int64_t gone, const AdjVal *with,
                   int64_t n)
{
    AdjVal few[8];
    AdjVal *old = few;
    if (gone > 8 && !(old = adj_lang_alloc(vm, (size_t)gone * sizeof *old))) return false;
    if (n > gone && !adj_list_reserve(vm, l, l->len - gone + n)) {
        if (old != few) free_items(old, gone);
        return false;
    }
    if (gone > 0) memcpy(old, l->items + at, (size_t)gone * sizeof *old);
    if (l->len > at + gone) {
        memmove(l->items + at + n, l->items + at + gone,
                (size_t)(l->len - at - gone) * sizeof *old);
    }
    if (n > 0) adj_vals_copy(l->items + at, with, n);
    l->len += n - gone;
    drop_vals(old, gone);
    if (old != few) free_items(old, gone);
    return true;
}

bool adj_list_extend(AdjVM *vm, AdjList *l, AdjVal iterable)
{
    if (adj_is_exact(iterable, &adj_type_list) || adj_is_exact(iterable, &adj_type_tuple)) {
        int64_t n;
        adj_seq_items(iterable.o, &n);
        if (n == 0) return true;
        if (!adj_list_reserve(vm, l, l->len + n)) return false;
        const AdjVal *items = adj_seq_items(iterable.o, &n);  // l itself may have moved
        adj_vals_copy(l->items + l->len, items, n);
        l->len += n;
        return true;
    }
    AdjVal it, item;
    if (!adj_val_iter(vm, iterable, &it)) return false;
    int more;
    while ((more = adj_val_next(vm, it, &item)) == 1) {
        if (!adj_list_append_take(vm, l, item)) {
            more = -1;
            break;
        }
    }
    adj_val_drop(it);
    return more == 0;
}

static bool list_fill(AdjVM *vm, AdjList *l, AdjVal iterable)
{
    return adj_is_undef(iterable) || adj_list_extend(vm, l, iterable);
}

static bool list_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjList *l = adj_obj_new(vm, adj_as_type(args[0]));
    if (!l) return false;
    if (!list_fill(vm, l, args[1])) return adj_obj_drop(l), false;
    return adj_out(out, l);
}

static bool list_init(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    list_drop(args[0].o);
    *out = ADJ_NONE;
    return list_fill(vm, list_of(args[0]), args[1]);
}

// ---- slots ----

static bool list_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_seq_repr(vm, self.o, "[", "]", out);
}

static bool list_len(AdjVM *vm, AdjVal self, int64_t *out)
{
    (void)vm;
    return *out = list_of(self)->len, true;
}

static bool list_truth(AdjVM *vm, AdjVal self, bool *out)
{
    (void)vm;
    return *out = list_of(self)->len > 0, true;
}

static bool list_iter(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_iter_new(vm, ADJ_IT_LIST, self.o, out);
}

static bool list_compare(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out)
{
    if (!adj_is_list(a) || !adj_is_list(b)) return adj_out_notimpl(out);
    return adj_seq_compare(vm, op, a.o, b.o, out);
}

static bool list_contains(AdjVM *vm, AdjVal self, AdjVal item, bool *out)
{
    int64_t at = adj_seq_find(vm, self.o, item, 0, INT64_MAX);
    return *out = at >= 0, at > -2;
}

static bool list_slice(AdjVM *vm, AdjList *l, AdjSlice *s, AdjVal *out)
{
    int64_t start, step, count;
    if (!adj_slice_clip(vm, s, l->len, &start, &step, &count)) return false;
    AdjList *part = adj_list_new(vm, count);
    if (!part) return false;
    if (count > 0 && step == 1) adj_vals_copy(part->items, l->items + start, count);
    else
        for (int64_t i = 0; i < count; i++)
            part->items[i] = adj_val_keep(l->items[start + i * step]);
    part->len = count;
    return adj_out(out, part);
}

static bool list_getitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal *out)
{
    AdjList *l = list_of(self);
    int64_t i;
    if (adj_is_exact(key, &adj_type_slice)) return list_slice(vm, l, (AdjSlice *)key.o, out);
    if (!adj_seq_subscript(vm, key, "list", &i)) return false;
    if (i < 0) i += l->len;
    if (i < 0 || i >= l->len) {
        return adj_raise(vm, ADJ_EXC_IndexError, "list index out of range");
    }
    return adj_out_keep(out, l->items[i]);
}

// del l[start::step]: the items that stay move up one after the other.
static bool delete_stepped(AdjVM *vm, AdjList *l, int64_t start, int64_t step, int64_t count)
{
    if (count <= 0) return true;
    if (step < 0) {
        start += (count - 1) * step;
        step = -step;
    }
    AdjVal *old = adj_lang_alloc(vm, (size_t)count * sizeof *old);
    if (!old) return false;
    int64_t to = start, taken = 0;
    for (int64_t i = start; i < l->len; i++) {
        bool goes = taken < count && i == start + taken * step;
        if (goes) old[taken++] = l->items[i];
        else l->items[to++] = l->items[i];
    }
    l->len = to;
    drop_vals(old, count);
    free_items(old, count);
    return true;
}

static bool assign_stepped(AdjVM *vm, AdjList *l, int64_t start, int64_t step, int64_t count,
                           const AdjList *with)
{
    if (with->len != count) {
        return adj_raise(
            vm, ADJ_EXC_ValueError,
            "attempt to assign sequence of size %lld to extended slice of size %lld",
            (long long)with->len, (long long)count);
    }
    for (int64_t i = 0; i < count && start + i * step < l->len; i++) {
        adj_val_set(&l->items[start + i * step], adj_val_keep(with->items[i]));
    }
    return true;
}

static bool set_slice(AdjVM *vm, AdjList *l, AdjSlice *s, AdjVal value)
{
    int64_t start, step, count;
    if (!adj_slice_clip(vm, s, l->len, &start, &step, &count)) return false;
    if (adj_is_undef(value)) {
        if (step != 1) return delete_stepped(vm, l, start, step, count);
        return splice(vm, l, start, count, NULL, 0);
    }
    AdjVal it;
    if (!adj_is_list(value) && !adj_is_tuple(value)) {
        if (!adj_val_iter(vm, value, &it)) {
            if (!adj_vm_error_is(vm, ADJ_EXC_TypeError)) return false;
            adj_vm_clear_error(vm);
            return adj_raise(vm, ADJ_EXC_TypeError, step == 1 ? "can only assign an iterable"
                             : "must assign iterable to extended slice");
        }
        adj_val_drop(it);
    }
    AdjList *with = adj_list_of(vm, value);  // a copy: value may be this very list
    if (!with) return false;
    // Collecting the values may have run code that changed the list.
    bool ok = adj_slice_clip(vm, s, l->len, &start, &step, &count);
    if (ok && step == 1) ok = splice(vm, l, start, count, with->items, with->len);
    else if (ok) ok = assign_stepped(vm, l, start, step, count, with);
    adj_obj_drop(with);
    return ok;
}

static bool list_setitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal value)
{
    AdjList *l = list_of(self);
    int64_t i;
    if (adj_is_exact(key, &adj_type_slice)) return set_slice(vm, l, (AdjSlice *)key.o, value);
    if (!adj_seq_subscript(vm, key, "list", &i)) return false;
    if (i < 0) i += l->len;
    if (i < 0 || i >= l->len) {
        return adj_raise(vm, ADJ_EXC_IndexError, "list assignment index out of range");
    }
    if (adj_is_undef(value)) return splice(vm, l, i, 1, NULL, 0);
    adj_val_set(&l->items[i], adj_val_keep(value));
    return true;
}

static bool concat(AdjVM *vm, AdjList *a, AdjList *b, AdjVal *out)
{
    AdjList *sum = adj_list_new(vm, a->len + b->len);
    if (!sum) return false;
    adj_vals_copy(sum->items, a->items, a->len);
    if (b->len > 0) adj_vals_copy(sum->items + a->len, b->items, b->len);
    sum->len = a->len + b->len;
    return adj_out(out, sum);
}

// Appends the first [n] items [times] - 1 further times.
static bool repeat_in_place(AdjVM *vm, AdjList *l, int64_t times)
{
    int64_t n = l->len, total;
    if (times <= 0) return list_drop(&l->head), true;
    if (__builtin_mul_overflow(n, times, &total)) {
        return adj_raise(vm, ADJ_EXC_MemoryError, "%s", "");
    }
    if (!adj_list_reserve(vm, l, total)) return false;
    for (int64_t i = n; i < total; i++) l->items[i] = adj_val_keep(l->items[i - n]);
    if (total > l->len) l->len = total;
    return true;
}

static bool list_repeat(AdjVM *vm, AdjList *l, AdjVal times, AdjVal *out)
{
    int64_t n, total;
    if (!adj_seq_times(vm, times, &n)) return false;
    if (n < 0) n = 0;
    if (__builtin_mul_overflow(n, l->len, &total)) {
        return adj_raise(vm, ADJ_EXC_MemoryError, "%s", "");
    }
    AdjList *r = adj_list_new(vm, total);
    if (!r) return false;
    adj_vals_copy(r->items, l->items, n > 0 ? l->len : 0);
    for (int64_t i = l->len; i < total; i++) r->items[i] = adj_val_keep(r->items[i - l->len]);
    r->len = total;
    return adj_out(out, r);
}

static bool list_binary(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out)
{
    if (op == ADJ_B_ADD && adj_is_list(a) && adj_is_list(b)) {
        return concat(vm, list_of(a), list_of(b), out);
    }
    if (op == ADJ_B_MUL && adj_is_list(a) && adj_has_index(b)) {
        return list_repeat(vm, list_of(a), b, out);
    }
    if (op == ADJ_B_MUL && adj_is_list(b) && adj_has_index(a)) {
        return list_repeat(vm, list_of(b), a, out);
    }
    return adj_out_notimpl(out);
}

static bool list_inplace(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out)
{
    if (op == ADJ_B_ADD) {
        return adj_list_extend(vm, list_of(a), b) && adj_out_keep(out, a);
    }
    int64_t times;
    if (op != ADJ_B_MUL || !adj_has_index(b)) return adj_out_notimpl(out);
    return adj_seq_times(vm, b, &times) && repeat_in_place(vm, list_of(a), times) &&
           adj_out_keep(out, a);
}

// ---- methods ----

static bool list_append(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    *out = ADJ_NONE;
    return adj_list_append(vm, list_of(args[0]), args[1]);
}

static bool list_extend(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    *out = ADJ_NONE;
    return adj_list_extend(vm, list_of(args[0]), args[1]);
}

static bool list_insert(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjList *l = list_of(args[0]);
    int64_t at;
    if (!adj_get_int(vm, args[1], &at)) return false;
    if (at < 0) at = at < -l->len ? 0 : at + l->len;
    if (at > l->len) at = l->len;
    *out = ADJ_NONE;
    return splice(vm, l, at, 0, &args[2], 1);
}

static bool list_pop(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjList *l = list_of(args[0]);
    int64_t at;
    if (!adj_get_int(vm, args[1], &at)) return false;
    if (l->len == 0) return adj_raise(vm, ADJ_EXC_IndexError, "pop from empty list");
    if (at < 0) at += l->len;
    if (at < 0 || at >= l->len) {
        return adj_raise(vm, ADJ_EXC_IndexError, "pop index out of range");
    }
    *out = l->items[at];
    l->len--;
    if (at < l->len) {
        memmove(l->items + at, l->items + at + 1, (size_t)(l->len - at) * sizeof *l->items);
    }
    return true;
}

static bool list_remove(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjList *l = list_of(args[0]);
    int64_t at = adj_seq_find(vm, args[0].o, args[1], 0, INT64_MAX);
    if (at == -2) return false;
    if (at < 0) return adj_raise(vm, ADJ_EXC_ValueError, "list.remove(x): x not in list");
    *out = ADJ_NONE;
    return at >= l->len || splice(vm, l, at, 1, NULL, 0);
}

static bool list_clear(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    list_drop(args[0].o);
    return adj_out_none(out);
}

static bool list_copy(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjList *l = list_of(args[0]);
    return adj_out(out, adj_list_from(vm, l->items, l->len));
}

static bool list_index(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t start, stop, len = list_of(args[0])->len;
    if (!adj_seq_bound(vm, args[2], len, &start) || !adj_seq_bound(vm, args[3], len, &stop)) {
        return false;
    }
    int64_t at = adj_seq_find(vm, args[0].o, args[1], start, stop);
    if (at >= 0) return adj_out_int(out, at);
    if (at == -2) return false;
    AdjVal shown;
    if (!adj_val_repr(vm, args[1], &shown)) return false;
    adj_raise(vm, ADJ_EXC_ValueError, "%.200s is not in list", adj_as_str(shown)->data);
    return adj_val_drop(shown), false;
}

static bool list_count(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t count;
    return adj_seq_count(vm, args[0].o, args[1], &count) && adj_out_int(out, count);
}

static bool list_reverse(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    AdjList *l = list_of(args[0]);
    for (int64_t i = 0, j = l->len - 1; i < j; i++, j--) {
        AdjVal v = l->items[i];
        l->items[i] = l->items[j];
        l->items[j] = v;
    }
    return adj_out_none(out);
}

static bool list_sort(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t reverse;
    *out = ADJ_NONE;
    return adj_get_int(vm, args[2], &reverse) &&
           adj_list_sort(vm, list_of(args[0]), args[1], reverse != 0);
}

static bool list_reversed(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return adj_iter_new(vm, ADJ_IT_LIST_BACK, args[0].o, out);
}

static const AdjNative list_methods[] = {
    {"__init__", "(self, iterable=<unset>, /)", list_init, "Fills the list from [iterable].",
     0},
    {"append", "(self, object, /)", list_append, "Adds one item at the end.", 0},
    {"extend", "(self, iterable, /)", list_extend, "Adds all items of [iterable] at the end.",
     0},
    {"insert", "(self, index, object, /)", list_insert, "Puts an item before [index].", 0},
    {"pop", "(self, index=-1, /)", list_pop, "Takes out the item at [index] and returns it.",
     0},
    {"remove", "(self, value, /)", list_remove, "Takes out the first item equal to [value].",
     0},
    {"clear", "(self, /)", list_clear, "Takes out all items.", 0},
    {"copy", "(self, /)", list_copy, "A new list with the same items.", 0},
    {"index", "(self, value, start=0, stop=9223372036854775807, /)", list_index,
     "Where [value] first occurs; ValueError if it does not.", 0},
    {"count", "(self, value, /)", list_count, "How often [value] occurs.", 0},
    {"reverse", "(self, /)", list_reverse, "Turns the order around, in place.", 0},
    {"sort", "(self, *, key=None, reverse=False)", list_sort,
     "Sorts in place; equal items keep their order.", 0},
    {"__reversed__", "(self, /)", list_reversed, "An iterator from the last item down.", 0},
    {0},
};

static const AdjNative list_maker = {"list", "(cls, iterable=<unset>, /)", list_make,
                                     "A list of the items of [iterable].", 0};

AdjType adj_type_list = {
    .name = "list",
    .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_LIST,
    .size = sizeof(AdjList),
    .doc = "A changeable sequence.",
    .methods = list_methods,
    .make = &list_maker,
    .drop = list_drop,
    .traverse = list_traverse,
    .repr = list_repr,
    .compare = list_compare,
    .truth = list_truth,
    .getitem = list_getitem,
    .setitem = list_setitem,
    .len = list_len,
    .contains = list_contains,
    .iter = list_iter,
    .binary = list_binary,
    .inplace = list_inplace,
};
