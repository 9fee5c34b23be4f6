// SPDX-License-Identifier: Apache-2.0
// The type dict: slots and methods over the table of table.c.
// Invariant of every walk here: entries are read by position and kept while code runs on them,
// because comparing, hashing or showing may change the dict being walked.
#include "lang/types/dict.h"
#include "lang/types/iterators.h"

static AdjDict *dict_of(AdjVal v)
{
    return (AdjDict *)v.o;
}

static void dict_drop(AdjObj *o)
{
    adj_dict_clear((AdjDict *)o);
}

static void dict_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next((AdjDict *)o, &i));) {
        if (adj_is_obj(e->key)) visit(e->key.o, arg);
        if (adj_is_obj(e->value)) visit(e->value.o, arg);
    }
}

// ---- filling ----

static bool update_from_dict(AdjVM *vm, AdjDict *d, AdjDict *from)
{
    if (d == from) return true;
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(from, &i));) {
        AdjVal key = adj_val_keep(e->key), value = adj_val_keep(e->value);
        bool ok = adj_dict_set(vm, d, key, value);
        adj_val_drop(key);
        adj_val_drop(value);
        if (!ok) return false;
    }
    return true;
}

static bool update_from_mapping(AdjVM *vm, AdjDict *d, AdjVal from)
{
    AdjVal keys, it, key;
    if (!adj_vm_call_method(vm, from, "keys", NULL, 0, &keys)) return false;
    bool ok = adj_val_iter(vm, keys, &it);
    adj_val_drop(keys);
    if (!ok) return false;
    int more;
    while ((more = adj_val_next(vm, it, &key)) == 1) {
        AdjVal value = ADJ_UNDEF;
        ok = adj_val_getitem(vm, from, key, &value) && adj_dict_set(vm, d, key, value);
        adj_val_drop(value);
        adj_val_drop(key);
        if (!ok) break;
    }
    adj_val_drop(it);
    return more == 0;
}

static bool update_pair(AdjVM *vm, AdjDict *d, AdjVal pair, int64_t number)
{
    AdjList *parts;
    if (adj_is_exact(pair, &adj_type_tuple) && adj_as_tuple(pair)->len == 2) {
        return adj_dict_set(vm, d, adj_as_tuple(pair)->items[0], adj_as_tuple(pair)->items[1]);
    }
    parts = adj_list_of(vm, pair);
    if (!parts) {
        if (!adj_vm_error_is(vm, ADJ_EXC_TypeError)) return false;
        adj_vm_clear_error(vm);
        return adj_raise(
            vm, ADJ_EXC_TypeError,
            "cannot convert dictionary update sequence element #%lld to a sequence",
            (long long)number);
    }
    bool ok = parts->len == 2;
    if (ok) {
        ok = adj_dict_set(vm, d, parts->items[0], parts->items[1]);
    } else {
        adj_raise(vm, ADJ_EXC_ValueError,
                  "dictionary update sequence element #%lld has length %lld; 2 is required",
                  (long long)number, (long long)parts->len);
    }
    adj_obj_drop(parts);
    return ok;
}

static bool update_from_pairs(AdjVM *vm, AdjDict *d, AdjVal pairs)
{
    AdjVal it, pair;
    if (!adj_val_iter(vm, pairs, &it)) return false;
    int more;
    for (int64_t n = 0; (more = adj_val_next(vm, it, &pair)) == 1; n++) {
        bool ok = update_pair(vm, d, pair, n);
        adj_val_drop(pair);
        if (!ok) break;
    }
    adj_val_drop(it);
    return more == 0;
}

bool adj_dict_update(AdjVM *vm, AdjDict *d, AdjVal from)
{
    if (adj_is_dict(from)) return update_from_dict(vm, d, dict_of(from));
    AdjStr *name = adj_str_intern_c("keys");
    AdjVal keys;
    int found = name ? adj_val_find_attr(vm, from, name, &keys) : -1;
    adj_obj_drop(name);
    if (found < 0) return false;
    if (!found) return update_from_pairs(vm, d, from);
    adj_val_drop(keys);
    return update_from_mapping(vm, d, from);
}

// What dict(...), d.__init__(...) and d.update(...) do with their arguments.
static bool fill(AdjVM *vm, AdjDict *d, AdjVal from, AdjVal keywords)
{
    if (!adj_is_undef(from) && !adj_dict_update(vm, d, from)) return false;
    return adj_is_undef(keywords) || update_from_dict(vm, d, dict_of(keywords));
}

static bool dict_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjDict *d = adj_as_type(args[0]) == &adj_type_dict ? adj_dict_new(vm)
                                                        : adj_obj_new(vm, adj_as_type(args[0]));
    if (!d) return false;
    if (!fill(vm, d, args[1], args[2])) return adj_obj_drop(d), false;
    return adj_out(out, d);
}

static bool dict_init(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    *out = ADJ_NONE;
    return fill(vm, dict_of(args[0]), args[1], args[2]);
}

// ---- slots ----

static bool repr_entries(AdjVM *vm, AdjBuf *b, AdjDict *d)
{
    AdjEntry *e;
    bool first = true;
    for (int64_t i = 0; (e = adj_dict_next(d, &i)); first = false) {
        AdjVal key = adj_val_keep(e->key), value = adj_val_keep(e->value);
        bool ok = (first || adj_buf_add(vm, b, ", ", 2)) && adj_buf_add_repr(vm, b, key) &&
                  adj_buf_add(vm, b, ": ", 2) && adj_buf_add_repr(vm, b, value);
        adj_val_drop(key);
        adj_val_drop(value);
        if (!ok) return false;
    }
    return true;
}

bool adj_dict_repr_in(AdjVM *vm, AdjVal self, const char *open, const char *close, AdjVal *out)
{
    if (adj_vm_repr_enter(vm, self.o)) return adj_out(out, adj_str_new_c(vm, "{...}"));
    AdjBuf b = {0};
    bool ok = adj_vm_enter(vm, " while getting the repr of an object");
    if (ok) {
        ok = adj_buf_add_c(vm, &b, open) && repr_entries(vm, &b, dict_of(self)) &&
             adj_buf_add_c(vm, &b, close);
        adj_vm_leave(vm);
    }
    adj_vm_repr_leave(vm, self.o);
    if (!ok) return adj_buf_free(&b), false;
    return adj_buf_str(vm, &b, out);
}

static bool dict_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_dict_repr_in(vm, self, "{", "}", out);
}

// Whether every entry of [a] has an equal one in [b]: 1, 0, -1 failed.
static int same_entries(AdjVM *vm, AdjDict *a, AdjDict *b)
{
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(a, &i));) {
        AdjVal key = adj_val_keep(e->key), value = adj_val_keep(e->value), other;
        int same = adj_dict_find(vm, b, key, &other);
        if (same == 1) {
            bool equal;
            adj_val_keep(other);
            same = adj_val_equal(vm, value, other, &equal) ? equal : -1;
            adj_val_drop(other);
        }
        adj_val_drop(key);
        adj_val_drop(value);
        if (same <= 0) return same;
    }
    return 1;
}

static bool dict_compare(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out)
{
    bool equality = op == ADJ_C_EQ || op == ADJ_C_NE;
    if (!equality || !adj_is_dict(a) || !adj_is_dict(b)) return adj_out_notimpl(out);
    int same = dict_of(a)->count == dict_of(b)->count;
    if (same) {
        if (!adj_vm_enter(vm, " in comparison")) return false;
        same = same_entries(vm, dict_of(a), dict_of(b));
        adj_vm_leave(vm);
    }
    return same >= 0 && adj_out_bool(out, same == (op == ADJ_C_EQ));
}

static bool dict_len(AdjVM *vm, AdjVal self, int64_t *out)
{
    (void)vm;
    return *out = dict_of(self)->count, true;
}

static bool dict_truth(AdjVM *vm, AdjVal self, bool *out)
{
    (void)vm;
    return *out = dict_of(self)->count > 0, true;
}

static bool dict_contains(AdjVM *vm, AdjVal self, AdjVal key, bool *out)
{
    AdjVal value;
    int found = adj_dict_find(vm, dict_of(self), key, &value);
    return *out = found > 0, found >= 0;
}

static bool dict_iter(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_iter_new(vm, ADJ_IT_DICT_KEYS, self.o, out);
}

// A class on top of dict may answer for keys that are not there.
static bool missing(AdjVM *vm, AdjVal self, AdjVal key, AdjVal *out)
{
    AdjStr *name = adj_str_intern_c("__missing__");
    bool defined = name && adj_type_find(self.o->type, name);
    adj_obj_drop(name);
    if (!defined) return adj_raise_key(vm, key);
    return adj_vm_call_method(vm, self, "__missing__", &key, 1, out);
}

bool adj_dict_getitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal *out)
{
    AdjVal value;
    int found = adj_dict_find(vm, dict_of(self), key, &value);
    if (found > 0) return adj_out_keep(out, value);
    if (found < 0) return false;
    if (self.o->type == &adj_type_dict) return adj_raise_key(vm, key);
    return missing(vm, self, key, out);
}

static bool dict_setitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal value)
{
    if (!adj_is_undef(value)) return adj_dict_set(vm, dict_of(self), key, value);
    AdjVal old;
    int gone = adj_dict_remove(vm, dict_of(self), key, &old);
    if (gone > 0) adj_val_drop(old);
    return gone > 0 || (gone == 0 && adj_raise_key(vm, key));
}

static bool dict_binary(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out)
{
    if (op != ADJ_B_OR || !adj_is_dict(a) || !adj_is_dict(b)) return adj_out_notimpl(out);
    AdjDict *d = adj_dict_copy(vm, dict_of(a));
    if (!d) return false;
    if (!update_from_dict(vm, d, dict_of(b))) return adj_obj_drop(d), false;
    return adj_out(out, d);
}

static bool dict_inplace(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out)
{
    if (op != ADJ_B_OR) return adj_out_notimpl(out);
    return adj_dict_update(vm, dict_of(a), b) && adj_out_keep(out, a);
}

// ---- methods ----

static bool dict_get(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjVal value;
    int found = adj_dict_find(vm, dict_of(args[0]), args[1], &value);
    return found >= 0 && adj_out_keep(out, found ? value : args[2]);
}

static bool dict_setdefault(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjVal value;
    int found = adj_dict_find(vm, dict_of(args[0]), args[1], &value);
    if (found < 0) return false;
    if (found) return adj_out_keep(out, value);
    return adj_dict_set(vm, dict_of(args[0]), args[1], args[2]) && adj_out_keep(out, args[2]);
}

static bool dict_pop(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int found = adj_dict_remove(vm, dict_of(args[0]), args[1], out);
    if (found) return found > 0;
    if (adj_is_undef(args[2])) return adj_raise_key(vm, args[1]);
    return adj_out_keep(out, args[2]);
}

static bool dict_popitem(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjDict *d = dict_of(args[0]);
    if (d->count == 0) {
        AdjStr *text = adj_str_new_c(vm, "popitem(): dictionary is empty");
        if (text) adj_raise_key(vm, adj_obj_val(text));
        adj_obj_drop(text);
        return false;
    }
    int64_t last = d->used - 1;
    while (adj_is_undef(d->entries[last].key)) last--;
    AdjEntry e = d->entries[last];
    AdjTuple *pair = adj_tuple_from(vm, (AdjVal[]){e.key, e.value}, 2);
    AdjVal old;
    if (!pair || adj_dict_remove(vm, d, pair->items[0], &old) != 1) {
        adj_obj_drop(pair);
        return false;
    }
    adj_val_drop(old);
    return adj_out(out, pair);
}

static bool dict_keys(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return adj_dict_view_new(vm, dict_of(args[0]), ADJ_DICT_KEYS, out);
}

static bool dict_values(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return adj_dict_view_new(vm, dict_of(args[0]), ADJ_DICT_VALUES, out);
}

static bool dict_items(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return adj_dict_view_new(vm, dict_of(args[0]), ADJ_DICT_ITEMS, out);
}

static bool dict_clear(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    adj_dict_clear(dict_of(args[0]));
    return adj_out_none(out);
}

static bool dict_copy(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return adj_out(out, adj_dict_copy(vm, dict_of(args[0])));
}

static bool dict_update(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    *out = ADJ_NONE;
    return fill(vm, dict_of(args[0]), args[1], args[2]);
}

static bool dict_fromkeys(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjVal d, it = ADJ_UNDEF, key;
    if (!adj_vm_call(vm, args[0], NULL, 0, NULL, &d)) return false;
    int more = adj_val_iter(vm, args[1], &it) ? 1 : -1;
    while (more == 1 && (more = adj_val_next(vm, it, &key)) == 1) {
        if (!adj_val_setitem(vm, d, key, args[2])) more = -1;
        adj_val_drop(key);
    }
    adj_val_drop(it);
    if (more == 0) return *out = d, true;
    adj_val_drop(d);
    return false;
}

static bool dict_reversed(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return adj_iter_new(vm, ADJ_IT_DICT_KEYS_BACK, args[0].o, out);
}

static const AdjNative dict_methods[] = {
    {"__init__", "(self, iterable=<unset>, /, **kwargs)", dict_init,
     "Fills the dict from a mapping or pairs, then from keywords.", 0},
    {"get", "(self, key, default=None, /)", dict_get, "The value of [key], or [default].", 0},
    {"keys", "(self, /)", dict_keys, "A view of the keys.", 0},
    {"values", "(self, /)", dict_values, "A view of the values.", 0},
    {"items", "(self, /)", dict_items, "A view of the (key, value) pairs.", 0},
    {"pop", "(self, key, default=<unset>, /)", dict_pop,
     "Takes out [key] and returns its value.", 0},
    {"popitem", "(self, /)", dict_popitem, "Takes out the newest pair and returns it.", 0},
    {"setdefault", "(self, key, default=None, /)", dict_setdefault,
     "The value of [key], which becomes [default] if it is not there.", 0},
    {"update", "(self, iterable=<unset>, /, **kwargs)", dict_update,
     "Sets entries from a mapping or pairs, then from keywords.", 0},
    {"clear", "(self, /)", dict_clear, "Takes out everything.", 0},
    {"copy", "(self, /)", dict_copy, "A new dict with the same entries.", 0},
    {"fromkeys", "(cls, iterable, value=None, /)", dict_fromkeys,
     "A dict with these keys, all with the same value.", ADJ_FN_CLASS},
    {"__reversed__", "(self, /)", dict_reversed, "An iterator over the keys, newest first.", 0},
    {0},
};

static const AdjNative dict_maker = {
    "dict", "(cls, iterable=<unset>, /, **kwargs)", dict_make,
    "A dict from a mapping, from (key, value) pairs, or from keywords.", 0};

AdjType adj_type_dict = {
    .name = "dict",
    .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_DICT,
    .size = sizeof(AdjDict),
    .doc = "A mapping that remembers the order in which keys came.",
    .methods = dict_methods,
    .make = &dict_maker,
    .drop = dict_drop,
    .traverse = dict_traverse,
    .repr = dict_repr,
    .compare = dict_compare,
    .truth = dict_truth,
    .getitem = adj_dict_getitem,
    .setitem = dict_setitem,
    .len = dict_len,
    .contains = dict_contains,
    .iter = dict_iter,
    .binary = dict_binary,
    .inplace = dict_inplace,
};
