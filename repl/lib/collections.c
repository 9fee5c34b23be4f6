// SPDX-License-Identifier: Apache-2.0
// The module collections: dicts with a habit (defaultdict, Counter, OrderedDict) and
// namedtuple. The dicts are types on top of dict: they have its table and its methods, and
// replace what differs. deque is in deque.c. Invariant: a lookup in a Counter stores nothing;
// one in a defaultdict stores what its factory made.
#include "collections.h"
#include "lang/types/dict.h"
#include "lang/types/list.h"

static AdjDict *dict_of(AdjVal v)
{
    return (AdjDict *)v.o;
}

// ---- defaultdict ----

typedef struct DefaultDict {
    AdjDict dict;
    AdjVal factory;  // kept; UNDEF or None: none
} DefaultDict;

static DefaultDict *default_of(AdjVal v)
{
    return (DefaultDict *)v.o;
}

static void default_drop(AdjObj *o)
{
    adj_val_set(&((DefaultDict *)o)->factory, ADJ_UNDEF);
    adj_dict_clear((AdjDict *)o);
}

static void default_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    AdjVal factory = ((DefaultDict *)o)->factory;
    if (adj_is_obj(factory)) visit(factory.o, arg);
    adj_type_dict.traverse(o, visit, arg);
}

static bool default_init(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    if (!adj_is_unset(args[1]) && !adj_val_callable(args[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "first argument must be callable or None");
    }
    adj_val_set(&default_of(args[0])->factory, adj_val_keep(args[1]));
    *out = ADJ_NONE;
    if (!adj_is_undef(args[2]) && !adj_dict_update(vm, dict_of(args[0]), args[2])) return false;
    return adj_dict_update(vm, dict_of(args[0]), args[3]);
}

static bool default_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    AdjVal none;
    DefaultDict *d = adj_obj_new(vm, adj_as_type(args[0]));
    if (!d) return false;
    AdjVal all[] = {adj_obj_val(d), args[1], args[2], args[3]};
    if (!default_init(vm, all, nargs, &none)) return adj_obj_drop(d), false;
    return adj_out(out, d);
}

static bool default_missing(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjVal factory = default_of(args[0])->factory;
    if (adj_is_unset(factory)) return adj_raise_key(vm, args[1]);
    if (!adj_vm_call(vm, factory, NULL, 0, NULL, out)) return false;
    if (adj_val_setitem(vm, args[0], args[1], *out)) return true;
    adj_val_drop(*out);
    return false;
}

static bool default_getitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal *out)
{
    AdjVal value;
    int found = adj_dict_find(vm, dict_of(self), key, &value);
    if (found > 0) return adj_out_keep(out, value);
    if (found < 0) return false;
    if (self.o->type->flags & ADJ_TF_HEAP) return adj_dict_getitem(vm, self, key, out);
    return default_missing(vm, (AdjVal[]){self, key}, 2, out);
}

static bool default_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjVal factory = default_of(self)->factory, shown, open;
    if (!adj_val_repr(vm, adj_is_undef(factory) ? ADJ_NONE : factory, &shown)) return false;
    AdjStr *start = adj_str_format(vm, "%s(%s, {", self.o->type->name, adj_as_str(shown)->data);
    adj_val_drop(shown);
    if (!start) return false;
    open = adj_obj_val(start);
    bool ok = adj_dict_repr_in(vm, self, start->data, "})", out);
    adj_val_drop(open);
    return ok;
}

static bool default_copy(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjVal all[] = {adj_obj_val(args[0].o->type), default_of(args[0])->factory, args[0]};
    return adj_vm_call(vm, all[0], &all[1], 2, NULL, out);
}

static bool default_factory(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    AdjVal factory = default_of(self)->factory;
    return adj_out_keep(out, adj_is_undef(factory) ? ADJ_NONE : factory);
}

static bool set_default_factory(AdjVM *vm, AdjVal self, AdjVal value)
{
    (void)vm;
    adj_val_set(&default_of(self)->factory, adj_val_keep(value));
    return true;
}

static const AdjNative default_methods[] = {
    {"__init__", "(self, default_factory=None, iterable=<unset>, /, **kwargs)", default_init,
     "Sets the factory and fills the dict.", 0},
    {"__missing__", "(self, key, /)", default_missing, "Makes and stores a value for [key].",
     0},
    {"copy", "(self, /)", default_copy, "A new defaultdict with the same entries.", 0},
    {"__copy__", "(self, /)", default_copy, "A new defaultdict with the same entries.", 0},
    {0},
};
static const AdjAttr default_attrs[] = {
    {"default_factory", default_factory, set_default_factory, "What makes missing values."},
    {0},
};
static const AdjNative default_maker = {
    "defaultdict", "(cls, default_factory=None, iterable=<unset>, /, **kwargs)", default_make,
    "A dict that makes the values of missing keys.", 0};
static AdjType type_default = {
    .name = "defaultdict",
    .base = &adj_type_dict,
    .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_DICT,
    .size = sizeof(DefaultDict),
    .doc = "A dict that makes the values of missing keys.",
    .methods = default_methods,
    .attrs = default_attrs,
    .make = &default_maker,
    .drop = default_drop,
    .traverse = default_traverse,
    .repr = default_repr,
    .getitem = default_getitem,
};

// ---- Counter ----

static AdjType type_counter;

// The count of [key], borrowed or 0.
static bool count_of(AdjVM *vm, AdjDict *d, AdjVal key, AdjVal *out)
{
    int found = adj_dict_find(vm, d, key, out);
    if (found == 0) *out = adj_int_val(0);
    return found >= 0;
}

// d[key] += sign * amount
static bool count_add(AdjVM *vm, AdjDict *d, AdjVal key, AdjVal amount, AdjBinary op)
{
    AdjVal before, after;
    if (!count_of(vm, d, key, &before)) return false;
    if (!adj_val_binary(vm, op, before, amount, &after)) return false;
    bool ok = adj_dict_set(vm, d, key, after);
    adj_val_drop(after);
    return ok;
}

static bool count_dict(AdjVM *vm, AdjDict *d, AdjDict *from, AdjBinary op)
{
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(from, &i));) {
        AdjVal key = adj_val_keep(e->key), amount = adj_val_keep(e->value);
        bool ok = count_add(vm, d, key, amount, op);
        adj_val_drop(key);
        adj_val_drop(amount);
        if (!ok) return false;
    }
    return true;
}

static bool count_items(AdjVM *vm, AdjDict *d, AdjVal items, AdjBinary op)
{
    AdjVal it, key;
    if (adj_is_dict(items)) return count_dict(vm, d, dict_of(items), op);
    if (!adj_val_iter(vm, items, &it)) return false;
    int more;
    while ((more = adj_val_next(vm, it, &key)) == 1) {
        bool ok = count_add(vm, d, key, adj_int_val(1), op);
        adj_val_drop(key);
        if (!ok) break;
    }
    adj_val_drop(it);
    return more == 0;
}

// What Counter(...), update and subtract do with their arguments.
static bool count_all(AdjVM *vm, AdjVal *args, AdjBinary op)
{
    AdjDict *d = dict_of(args[0]);
    if (!adj_is_unset(args[1]) && !count_items(vm, d, args[1], op)) return false;
    return count_dict(vm, d, dict_of(args[2]), op);
}

static bool counter_init(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    *out = ADJ_NONE;
    return count_all(vm, args, ADJ_B_ADD);
}

static bool counter_subtract(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    *out = ADJ_NONE;
    return count_all(vm, args, ADJ_B_SUB);
}

static AdjDict *counter_new(AdjVM *vm)
{
    return adj_obj_new(vm, &type_counter);
}

static bool counter_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjDict *d = adj_obj_new(vm, adj_as_type(args[0]));
    if (!d) return false;
    AdjVal all[] = {adj_obj_val(d), args[1], args[2]};
    if (!count_all(vm, all, ADJ_B_ADD)) return adj_obj_drop(d), false;
    return adj_out(out, d);
}

static bool counter_getitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal *out)
{
    AdjVal value;
    if (self.o->type->flags & ADJ_TF_HEAP) return adj_dict_getitem(vm, self, key, out);
    return count_of(vm, dict_of(self), key, &value) && adj_out_keep(out, value);
}

static bool counter_missing(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)args, (void)nargs;
    return adj_out_int(out, 0);
}

static bool counter_setitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal value)
{
    AdjVal old;
    if (!adj_is_undef(value)) return adj_dict_set(vm, dict_of(self), key, value);
    int gone = adj_dict_remove(vm, dict_of(self), key, &old);  // what is not there is no error
    if (gone > 0) adj_val_drop(old);
    return gone >= 0;
}

// The pairs, most frequent first; equal counts in the order in which they came.
static AdjList *by_count(AdjVM *vm, AdjDict *d)
{
    AdjList *pairs = adj_list_new(vm, d->count);
    AdjEntry *e;
    for (int64_t i = 0; pairs && (e = adj_dict_next(d, &i));) {
        AdjTuple *pair = adj_tuple_from(vm, (AdjVal[]){e->value, e->key}, 2);
        if (pair && adj_list_append_take(vm, pairs, adj_obj_val(pair))) continue;
        adj_obj_drop(pairs);
        pairs = NULL;
    }
    return pairs;
}

static bool first_of_pair(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    return adj_out_keep(out, adj_as_tuple(args[0])->items[0]);
}

static const AdjNative first_row = {"count", "(pair, /)", first_of_pair, "The count.", 0};

// The (key, count) pairs, sorted.
static AdjList *most_common(AdjVM *vm, AdjDict *d)
{
    AdjList *pairs = by_count(vm, d);
    AdjNativeObj *key = pairs ? adj_native_new(vm, &first_row, NULL) : NULL;
    bool ok = key && adj_vals_sort(vm, pairs->items, pairs->len, adj_obj_val(key), true);
    adj_obj_drop(key);
    if (!ok) return adj_obj_drop(pairs), NULL;
    for (int64_t i = 0; i < pairs->len; i++) {
        AdjVal *pair = adj_as_tuple(pairs->items[i])->items, count = pair[0];
        pair[0] = pair[1];
        pair[1] = count;
    }
    return pairs;
}

static bool counter_most_common(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t n;
    if (!adj_get_int_or(vm, args[1], INT64_MAX, &n)) return false;
    AdjList *pairs = most_common(vm, dict_of(args[0]));
    while (pairs && pairs->len > (n > 0 ? n : 0)) adj_val_drop(pairs->items[--pairs->len]);
    return adj_out(out, pairs);
}

static bool counter_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjDict *d = dict_of(self);
    const char *name = self.o->type->name;
    if (d->count == 0) return adj_out(out, adj_str_format(vm, "%s()", name));
    AdjList *pairs = most_common(vm, d);
    if (!pairs) {  // counts that do not compare: the order of the dict
        adj_vm_clear_error(vm);
        AdjStr *open = adj_str_format(vm, "%s({", name);
        bool shown = open && adj_dict_repr_in(vm, self, open->data, "})", out);
        adj_obj_drop(open);
        return shown;
    }
    AdjBuf b = {0};
    bool ok = adj_buf_printf(vm, &b, "%s({", name);
    for (int64_t i = 0; ok && i < pairs->len; i++) {
        AdjVal *pair = adj_as_tuple(pairs->items[i])->items;
        ok = (i == 0 || adj_buf_add_c(vm, &b, ", ")) && adj_buf_add_repr(vm, &b, pair[0]) &&
             adj_buf_add_c(vm, &b, ": ") && adj_buf_add_repr(vm, &b, pair[1]);
    }
    adj_obj_drop(pairs);
    if (!ok || !adj_buf_add_c(vm, &b, "})")) return adj_buf_free(&b), false;
    return adj_buf_str(vm, &b, out);
}

static bool counter_elements(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjList *all = adj_list_new(vm, 0);
    AdjEntry *e;
    bool ok = all != NULL;
    for (int64_t i = 0; ok && (e = adj_dict_next(dict_of(args[0]), &i));) {
        int64_t times;
        ok = adj_get_int(vm, e->value, &times);
        for (; ok && times > 0; times--) ok = adj_list_append(vm, all, e->key);
    }
    ok = ok && adj_val_iter(vm, adj_obj_val(all), out);
    adj_obj_drop(all);
    return ok;
}

static bool counter_total(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjVal sum = adj_int_val(0), next;
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(dict_of(args[0]), &i));) {
        bool ok = adj_val_binary(vm, ADJ_B_ADD, sum, e->value, &next);
        if (!ok) return adj_val_drop(sum), false;
        adj_val_set(&sum, next);
    }
    return *out = sum, true;
}

static bool counter_copy(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return adj_vm_call(vm, adj_obj_val(args[0].o->type), args, 1, NULL, out);
}

// The count that [op] makes of two: sum, difference, smaller or larger.
static bool combine(AdjVM *vm, AdjBinary op, AdjVal x, AdjVal y, AdjVal *out)
{
    AdjVal less;
    bool truth;
    if (op == ADJ_B_ADD || op == ADJ_B_SUB) return adj_val_binary(vm, op, x, y, out);
    if (!adj_val_compare(vm, ADJ_C_LT, x, y, &less)) return false;
    bool ok = adj_val_truth(vm, less, &truth);
    adj_val_drop(less);
    return ok && adj_out_keep(out, truth == (op == ADJ_B_AND) ? x : y);
}

// Counts above zero of the keys of [keys], each what [op] makes of a's and b's.
static bool combine_keys(AdjVM *vm, AdjBinary op, AdjDict *keys, AdjDict *a, AdjDict *b,
                         AdjDict *result)
{
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(keys, &i));) {
        AdjVal key = adj_val_keep(e->key), x, y, count = ADJ_UNDEF, done;
        bool positive = false;
        int seen = adj_dict_find(vm, result, key, &done);
        bool ok = seen >= 0 && count_of(vm, a, key, &x) && count_of(vm, b, key, &y) &&
                  combine(vm, op, x, y, &count) &&
                  adj_val_less(vm, adj_int_val(0), count, &positive) &&
                  (!positive || seen || adj_dict_set(vm, result, key, count));
        adj_val_drop(count);
        adj_val_drop(key);
        if (!ok) return false;
    }
    return true;
}

static bool is_counter(AdjVal v)
{
    return adj_is_dict(v) && adj_type_is(v.o->type, &type_counter);
}

static bool counter_binary(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out)
{
    bool known = op == ADJ_B_ADD || op == ADJ_B_SUB || op == ADJ_B_AND || op == ADJ_B_OR;
    if (!known || !is_counter(a) || !is_counter(b)) return adj_out_notimpl(out);
    AdjDict *result = counter_new(vm);
    bool ok = result && combine_keys(vm, op, dict_of(a), dict_of(a), dict_of(b), result) &&
              (op == ADJ_B_AND ||
               combine_keys(vm, op, dict_of(b), dict_of(a), dict_of(b), result));
    if (!ok) return adj_obj_drop(result), false;
    return adj_out(out, result);
}

static bool counter_inplace(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out)
{
    AdjVal result = ADJ_UNDEF;
    if (!counter_binary(vm, op, a, b, &result) || adj_is_notimpl(result)) {
        return adj_is_notimpl(result) && adj_out_notimpl(out);
    }
    adj_dict_clear(dict_of(a));
    bool ok = adj_dict_update(vm, dict_of(a), result);
    adj_val_drop(result);
    return ok && adj_out_keep(out, a);
}

static bool counter_fromkeys(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)args, (void)nargs, (void)out;
    return adj_raise(vm, ADJ_EXC_NotImplementedError, "Counter.fromkeys() is undefined.  Use "
                                                      "Counter(iterable) instead.");
}

static const AdjNative counter_methods[] = {
    {"__init__", "(self, iterable=None, /, **kwds)", counter_init, "Counts the items.", 0},
    {"__missing__", "(self, key, /)", counter_missing, "0.", 0},
    {"most_common", "(self, n=None)", counter_most_common, "The most frequent with counts.", 0},
    {"elements", "(self)", counter_elements, "Each item as often as it was counted.", 0},
    {"total", "(self)", counter_total, "The sum of the counts.", 0},
    {"update", "(self, iterable=None, /, **kwds)", counter_init, "Adds counts.", 0},
    {"subtract", "(self, iterable=None, /, **kwds)", counter_subtract, "Takes counts off.", 0},
    {"copy", "(self)", counter_copy, "A new Counter with the same counts.", 0},
    {"fromkeys", "(cls, iterable, v=None)", counter_fromkeys, "Has no meaning here.",
     ADJ_FN_CLASS},
    {0},
};
static const AdjNative counter_maker = {"Counter", "(cls, iterable=None, /, **kwds)",
                                        counter_make, "How often each item occurs.", 0};
static AdjType type_counter = {
    .name = "Counter",
    .base = &adj_type_dict,
    .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_DICT,
    .size = sizeof(AdjDict),
    .doc = "A dict of counts; what was never counted has count 0.",
    .methods = counter_methods,
    .make = &counter_maker,
    .repr = counter_repr,
    .getitem = counter_getitem,
    .setitem = counter_setitem,
    .binary = counter_binary,
    .inplace = counter_inplace,
};

// ---- OrderedDict ----

static AdjType type_ordered;

static bool ordered_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    const char *name = self.o->type->name;
    if (dict_of(self)->count == 0) return adj_out(out, adj_str_format(vm, "%s()", name));
    if (adj_vm_repr_enter(vm, self.o)) return adj_out(out, adj_str_new_c(vm, "..."));
    AdjBuf b = {0};
    AdjEntry *e;
    bool ok = adj_buf_printf(vm, &b, "%s([", name), first = true;
    for (int64_t i = 0; ok && (e = adj_dict_next(dict_of(self), &i)); first = false) {
        AdjVal key = adj_val_keep(e->key), value = adj_val_keep(e->value);
        ok = adj_buf_add_c(vm, &b, first ? "(" : ", (") && adj_buf_add_repr(vm, &b, key) &&
             adj_buf_add_c(vm, &b, ", ") && adj_buf_add_repr(vm, &b, value) &&
             adj_buf_add_c(vm, &b, ")");
        adj_val_drop(key);
        adj_val_drop(value);
    }
    adj_vm_repr_leave(vm, self.o);
    if (!ok || !adj_buf_add_c(vm, &b, "])")) return adj_buf_free(&b), false;
    return adj_buf_str(vm, &b, out);
}

// Two OrderedDicts are equal if their entries come in the same order.
static bool ordered_compare(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out)
{
    bool both = adj_is_dict(a) && adj_is_dict(b) && adj_type_is(a.o->type, &type_ordered) &&
                adj_type_is(b.o->type, &type_ordered);
    if (!adj_type_dict.compare(vm, op, a, b, out)) return false;
    if (!both || !adj_is_bool(*out) || out->i != (op == ADJ_C_EQ)) return true;
    AdjList *x = adj_list_of(vm, a), *y = x ? adj_list_of(vm, b) : NULL;
    bool ok = y && adj_seq_compare(vm, op, &x->head, &y->head, out);
    adj_obj_drop(x);
    adj_obj_drop(y);
    return ok;
}

static bool take_out(AdjVM *vm, AdjDict *d, AdjVal key, AdjVal *value)
{
    int gone = adj_dict_remove(vm, d, key, value);
    return gone > 0 || (gone == 0 && adj_raise_key(vm, key));
}

static bool ordered_move_to_end(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjDict *d = dict_of(args[0]);
    bool last;
    AdjVal value;
    *out = ADJ_NONE;
    if (!adj_val_truth(vm, args[2], &last) || !take_out(vm, d, args[1], &value)) return false;
    bool ok;
    if (last) {
        ok = adj_dict_set(vm, d, args[1], value);
    } else {
        AdjDict *rest = adj_dict_copy(vm, d);
        ok = rest != NULL;
        if (ok) {
            adj_dict_clear(d);
            ok = adj_dict_set(vm, d, args[1], value) &&
                 adj_dict_update(vm, d, adj_obj_val(rest));
        }
        adj_obj_drop(rest);
    }
    adj_val_drop(value);
    return ok;
}

static bool ordered_popitem(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjDict *d = dict_of(args[0]);
    bool last;
    if (!adj_val_truth(vm, args[1], &last)) return false;
    if (d->count == 0) {
        AdjStr *text = adj_str_new_c(vm, "dictionary is empty");
        if (text) adj_raise_key(vm, adj_obj_val(text));
        adj_obj_drop(text);
        return false;
    }
    int64_t at = last ? d->used - 1 : 0;
    while (adj_is_undef(d->entries[at].key)) at += last ? -1 : 1;
    AdjVal key = adj_val_keep(d->entries[at].key), value;
    bool ok = take_out(vm, d, key, &value);
    if (ok) {
        ok = adj_out_pair(vm, key, value, out);
        adj_val_drop(value);
    }
    adj_val_drop(key);
    return ok;
}

static bool ordered_copy(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return adj_vm_call(vm, adj_obj_val(args[0].o->type), args, 1, NULL, out);
}

static const AdjNative ordered_methods[] = {
    {"move_to_end", "(self, key, last=True)", ordered_move_to_end, "Moves an entry to an end.",
     0},
    {"popitem", "(self, last=True)", ordered_popitem, "Takes out the newest or oldest pair.",
     0},
    {"copy", "(self)", ordered_copy, "A new OrderedDict with the same entries.", 0},
    {0},
};
static bool ordered_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjDict *d = adj_obj_new(vm, adj_as_type(args[0]));
    bool ok = d && (adj_is_undef(args[1]) || adj_dict_update(vm, d, args[1])) &&
              adj_dict_update(vm, d, args[2]);
    if (!ok) return adj_obj_drop(d), false;
    return adj_out(out, d);
}
static const AdjNative ordered_maker = {"OrderedDict", "(cls, iterable=<unset>, /, **kwds)",
                                        ordered_make, "A dict whose order counts.", 0};
static AdjType type_ordered = {
    .name = "OrderedDict",
    .base = &adj_type_dict,
    .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_DICT,
    .size = sizeof(AdjDict),
    .doc = "A dict whose order counts in comparisons and can be changed.",
    .methods = ordered_methods,
    .make = &ordered_maker,
    .repr = ordered_repr,
    .compare = ordered_compare,
};

static const AdjNative collections_functions[] = {
    {"namedtuple", "(typename, field_names, *, rename=False, defaults=None, module=None)",
     adj_namedtuple, "A class of tuples whose items have names.", 0},
    {0},
};

static bool collections_init(AdjVM *vm, AdjModuleObj *m)
{
    return adj_vm_add_type(vm, m->dict, &type_default) &&
           adj_vm_add_type(vm, m->dict, &type_counter) &&
           adj_vm_add_type(vm, m->dict, &type_ordered) &&
           adj_vm_add_type(vm, m->dict, &adj_type_deque);
}

const AdjModuleDef adj_lib_collections = {"collections", "More containers.",
                                          collections_functions, collections_init};
