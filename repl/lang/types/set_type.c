// SPDX-License-Identifier: Apache-2.0
// The types set and frozenset: slots and methods over the table of set.c. Operators want sets
// on both sides; methods take any iterable. A result has the type of the left operand, without
// the class a program may have put on top of it. Invariant: a frozenset is filled before a
// program sees it and never changed after.
#include "lang/types/iterators.h"
#include "lang/types/set.h"

static bool is_frozen(AdjVal v)
{
    return v.o->type->flags & ADJ_TF_FROZENSET;
}

// What an operator or method answers with: [s] turned into the kind of [like]. Takes [s].
static bool out_like(AdjVM *vm, AdjVal like, AdjSet *s, AdjVal *out)
{
    if (!s || !is_frozen(like)) return adj_out(out, s);
    AdjSet *f = adj_set_new(vm, true);
    if (f) {
        // The table changes hands; an order that is already right is not built twice.
        f->table = s->table;
        f->mask = s->mask;
        f->fill = s->fill;
        f->used = s->used;
        s->table = NULL;
        s->mask = s->fill = s->used = 0;
    }
    adj_obj_drop(s);
    return adj_out(out, f);
}

static void set_drop(AdjObj *o)
{
    adj_set_clear((AdjSet *)o);
}

static void set_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    AdjSetEntry *e;
    for (int64_t i = 0; (e = adj_set_next((AdjSet *)o, &i));) {
        if (adj_is_obj(e->key)) visit(e->key.o, arg);
    }
}

// ---- making ----

static bool set_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjSet *s = adj_obj_new(vm, adj_as_type(args[0]));
    if (!s) return false;
    if (!adj_is_undef(args[1]) && !adj_set_update(vm, s, args[1]))
        return adj_obj_drop(s), false;
    return adj_out(out, s);
}

static bool frozenset_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    if (adj_as_type(args[0]) == &adj_type_frozenset &&
        adj_is_exact(args[1], &adj_type_frozenset)) {
        return adj_out_keep(out, args[1]);
    }
    if (!set_make(vm, args, nargs, out)) return false;
    adj_set_of(*out)->hash = -1;
    return true;
}

static bool set_init(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    *out = ADJ_NONE;
    adj_set_clear(adj_set_of(args[0]));
    return adj_is_undef(args[1]) || adj_set_update(vm, adj_set_of(args[0]), args[1]);
}

// ---- showing, hashing, comparing ----

static bool repr_items(AdjVM *vm, AdjBuf *b, AdjSet *s)
{
    AdjSetEntry *e;
    bool first = true;
    for (int64_t i = 0; (e = adj_set_next(s, &i)); first = false) {
        AdjVal item = adj_val_keep(e->key);
        bool ok = (first || adj_buf_add(vm, b, ", ", 2)) && adj_buf_add_repr(vm, b, item);
        adj_val_drop(item);
        if (!ok) return false;
    }
    return true;
}

static bool set_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjSet *s = adj_set_of(self);
    const char *name = self.o->type->name;
    bool bare = self.o->type == &adj_type_set;
    if (s->used == 0) return adj_out(out, adj_str_format(vm, "%s()", name));
    if (adj_vm_repr_enter(vm, self.o)) return adj_out(out, adj_str_format(vm, "%s(...)", name));
    AdjBuf b = {0};
    bool ok = (bare || (adj_buf_add_c(vm, &b, name) && adj_buf_add_c(vm, &b, "("))) &&
              adj_buf_add_c(vm, &b, "{") && repr_items(vm, &b, s) &&
              adj_buf_add_c(vm, &b, bare ? "}" : "})");
    adj_vm_repr_leave(vm, self.o);
    if (!ok) return adj_buf_free(&b), false;
    return adj_buf_str(vm, &b, out);
}

static uint64_t shuffle(uint64_t hash)
{
    return ((hash ^ 89869747u) ^ (hash << 16)) * 3644798167u;
}

// Does not depend on the order: the shuffled hashes of the items under exclusive or.
static bool frozenset_hash(AdjVM *vm, AdjVal self, int64_t *out)
{
    (void)vm;
    AdjSet *s = adj_set_of(self);
    if (s->hash != -1) return *out = s->hash, true;
    uint64_t hash = 0;
    AdjSetEntry *e;
    for (int64_t i = 0; (e = adj_set_next(s, &i));) hash ^= shuffle((uint64_t)e->hash);
    hash ^= ((uint64_t)s->used + 1) * 1927868237u;
    hash ^= (hash >> 11) ^ (hash >> 25);
    hash = hash * 69069u + 907133923u;
    if (hash == UINT64_MAX) hash = 590923713u;
    s->hash = (int64_t)hash;
    return *out = s->hash, true;
}

// Whether every item of [a] is in [b]: 1, 0, -1 failed.
static int is_subset(AdjVM *vm, AdjSet *a, AdjSet *b)
{
    if (a->used > b->used) return 0;
    AdjSetEntry *e;
    for (int64_t i = 0; (e = adj_set_next(a, &i));) {
        AdjVal item = adj_val_keep(e->key);
        int has = adj_set_has(vm, b, item);
        adj_val_drop(item);
        if (has <= 0) return has;
    }
    return 1;
}

static bool set_compare(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out)
{
    if (!adj_is_set(a) || !adj_is_set(b)) return adj_out_notimpl(out);
    AdjSet *x = adj_set_of(a), *y = adj_set_of(b);
    int holds;
    switch (op) {
    case ADJ_C_LT: holds = x->used < y->used ? is_subset(vm, x, y) : 0; break;
    case ADJ_C_LE: holds = is_subset(vm, x, y); break;
    case ADJ_C_GT: holds = x->used > y->used ? is_subset(vm, y, x) : 0; break;
    case ADJ_C_GE: holds = is_subset(vm, y, x); break;
    default:
        holds = x->used == y->used ? is_subset(vm, x, y) : 0;
        if (op == ADJ_C_NE && holds >= 0) holds = !holds;
    }
    return holds >= 0 && adj_out_bool(out, holds);
}

static bool set_len(AdjVM *vm, AdjVal self, int64_t *out)
{
    (void)vm;
    return *out = adj_set_of(self)->used, true;
}

static bool set_truth(AdjVM *vm, AdjVal self, bool *out)
{
    (void)vm;
    return *out = adj_set_of(self)->used > 0, true;
}

static bool set_contains(AdjVM *vm, AdjVal self, AdjVal item, bool *out)
{
    int has = adj_set_has(vm, adj_set_of(self), item);
    return *out = has > 0, has >= 0;
}

static bool set_iter(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_iter_new(vm, ADJ_IT_SET, self.o, out);
}

// ---- combining ----

// Items of [a] that are not in [b], built as Python builds it: from a copy when b is much
// smaller.
static AdjSet *difference(AdjVM *vm, AdjVal a, AdjVal b)
{
    AdjSet *s = adj_set_of(a);
    int64_t size = adj_is_set(b) ? adj_set_of(b)->used
                   : adj_is_exact(b, &adj_type_dict) ? adj_as_dict(b)->count : -1;
    if (size < 0 || s->used >> 2 > size) {
        AdjSet *copy = adj_set_from(vm, a, false);
        if (copy && !adj_set_subtract(vm, copy, b)) return adj_obj_drop(copy), NULL;
        return copy;
    }
    AdjSet *rest = adj_set_new(vm, false);
    AdjSetEntry *e;
    for (int64_t i = 0; rest && (e = adj_set_next(s, &i));) {
        AdjVal item = adj_val_keep(e->key);
        bool in = false;
        bool ok = adj_val_contains(vm, b, item, &in) && (in || adj_set_add(vm, rest, item));
        adj_val_drop(item);
        if (!ok) return adj_obj_drop(rest), NULL;
    }
    return rest;
}

static AdjSet *unite(AdjVM *vm, AdjVal a, AdjVal b)
{
    AdjSet *s = adj_set_from(vm, a, false);
    if (s && !adj_set_update(vm, s, b)) return adj_obj_drop(s), NULL;
    return s;
}

// Starts from the right operand, as Python does.
static AdjSet *symmetric(AdjVM *vm, AdjVal a, AdjVal b)
{
    AdjSet *s = adj_set_from(vm, b, false);
    if (s && !adj_set_toggle(vm, s, a)) return adj_obj_drop(s), NULL;
    return s;
}

static bool set_binary(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out)
{
    if (!adj_is_set(a) || !adj_is_set(b)) return adj_out_notimpl(out);
    switch (op) {
    case ADJ_B_OR: return out_like(vm, a, unite(vm, a, b), out);
    case ADJ_B_AND: return out_like(vm, a, adj_set_intersection(vm, adj_set_of(a), b), out);
    case ADJ_B_SUB: return out_like(vm, a, difference(vm, a, b), out);
    case ADJ_B_XOR: return out_like(vm, a, symmetric(vm, a, b), out);
    default: return adj_out_notimpl(out);
    }
}

// Replaces the items of [s] by those of [with], which is taken.
static bool swap_in(AdjSet *s, AdjSet *with)
{
    if (!with) return false;
    AdjSet old = *s;
    s->table = with->table;
    s->mask = with->mask;
    s->fill = with->fill;
    s->used = with->used;
    s->version++;
    with->table = old.table;
    with->mask = old.mask;
    with->fill = old.fill;
    with->used = old.used;
    adj_obj_drop(with);
    return true;
}

static bool set_inplace(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out)
{
    if (!adj_is_set(b)) return adj_out_notimpl(out);
    AdjSet *s = adj_set_of(a);
    bool ok;
    switch (op) {
    case ADJ_B_OR: ok = adj_set_update(vm, s, b); break;
    case ADJ_B_AND: ok = swap_in(s, adj_set_intersection(vm, s, b)); break;
    case ADJ_B_SUB: ok = adj_set_subtract(vm, s, b); break;
    case ADJ_B_XOR: ok = adj_set_toggle(vm, s, b); break;
    default: return adj_out_notimpl(out);
    }
    return ok && adj_out_keep(out, a);
}

// ---- methods of both ----

static bool set_copy(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    if (adj_is_exact(args[0], &adj_type_frozenset)) return adj_out_keep(out, args[0]);
    return adj_out(out, adj_set_from(vm, args[0], is_frozen(args[0])));
}

typedef AdjSet *(*Combine)(AdjVM *vm, AdjVal a, AdjVal b);

// a.method(b, c, ...): one after the other.
static bool combine_all(AdjVM *vm, AdjVal *args, Combine combine, AdjVal *out)
{
    AdjTuple *others = adj_as_tuple(args[1]);
    AdjSet *result = adj_set_from(vm, args[0], false);
    for (int64_t i = 0; result && i < others->len; i++) {
        AdjSet *next = combine(vm, adj_obj_val(result), others->items[i]);
        adj_obj_drop(result);
        result = next;
    }
    return out_like(vm, args[0], result, out);
}

static AdjSet *add_to(AdjVM *vm, AdjVal a, AdjVal b)
{
    return adj_set_update(vm, adj_set_of(a), b) ? adj_obj_keep(a.o) : NULL;
}

static AdjSet *intersect(AdjVM *vm, AdjVal a, AdjVal b)
{
    return adj_set_intersection(vm, adj_set_of(a), b);
}

static bool set_union(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return combine_all(vm, args, add_to, out);
}

static bool set_intersection(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return combine_all(vm, args, intersect, out);
}

static bool set_difference(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjTuple *others = adj_as_tuple(args[1]);
    if (others->len == 1)
        return out_like(vm, args[0], difference(vm, args[0], others->items[0]), out);
    return combine_all(vm, args, difference, out);
}

static bool set_symmetric(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return out_like(vm, args[0], symmetric(vm, args[0], args[1]), out);
}

// The argument as a set, new reference.
static AdjSet *as_set(AdjVM *vm, AdjVal v)
{
    return adj_is_set(v) ? adj_obj_keep(v.o) : adj_set_from(vm, v, false);
}

static bool set_isdisjoint(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjSet *common = adj_set_intersection(vm, adj_set_of(args[0]), args[1]);
    if (!common) return false;
    *out = adj_bool_val(common->used == 0);
    adj_obj_drop(common);
    return true;
}

static bool set_issubset(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjSet *other = as_set(vm, args[1]);
    int holds = other ? is_subset(vm, adj_set_of(args[0]), other) : -1;
    adj_obj_drop(other);
    return holds >= 0 && adj_out_bool(out, holds);
}

static bool set_issuperset(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjSet *other = as_set(vm, args[1]);
    int holds = other ? is_subset(vm, other, adj_set_of(args[0])) : -1;
    adj_obj_drop(other);
    return holds >= 0 && adj_out_bool(out, holds);
}

// ---- methods of set ----

static bool set_add(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    *out = ADJ_NONE;
    return adj_set_add(vm, adj_set_of(args[0]), args[1]);
}

static bool set_discard(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    *out = ADJ_NONE;
    return adj_set_discard(vm, adj_set_of(args[0]), args[1]) >= 0;
}

static bool set_remove(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    *out = ADJ_NONE;
    int gone = adj_set_discard(vm, adj_set_of(args[0]), args[1]);
    return gone > 0 || (gone == 0 && adj_raise_key(vm, args[1]));
}

static bool set_pop(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjSet *s = adj_set_of(args[0]);
    if (s->used == 0) {
        AdjStr *text = adj_str_new_c(vm, "pop from an empty set");
        if (text) adj_raise_key(vm, adj_obj_val(text));
        adj_obj_drop(text);
        return false;
    }
    int64_t at = s->hash & s->mask;
    while (adj_is_undef(s->table[at].key)) at = at == s->mask ? 0 : at + 1;
    *out = s->table[at].key;
    s->table[at] = (AdjSetEntry){.key = ADJ_UNDEF, .hash = -1};
    s->used--;
    s->version++;
    s->hash = at + 1;
    return true;
}

static bool set_clear(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    adj_set_clear(adj_set_of(args[0]));
    return adj_out_none(out);
}

static bool set_update(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    *out = ADJ_NONE;
    AdjTuple *others = adj_as_tuple(args[1]);
    for (int64_t i = 0; i < others->len; i++) {
        if (!adj_set_update(vm, adj_set_of(args[0]), others->items[i])) return false;
    }
    return true;
}

static bool set_intersection_update(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjVal result;
    *out = ADJ_NONE;
    return combine_all(vm, args, intersect, &result) &&
           swap_in(adj_set_of(args[0]), adj_set_of(result));
}

static bool set_difference_update(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    *out = ADJ_NONE;
    AdjTuple *others = adj_as_tuple(args[1]);
    for (int64_t i = 0; i < others->len; i++) {
        if (!adj_set_subtract(vm, adj_set_of(args[0]), others->items[i])) return false;
    }
    return true;
}

static bool set_symmetric_update(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    *out = ADJ_NONE;
    return adj_set_toggle(vm, adj_set_of(args[0]), args[1]);
}

// clang-format off
#define SHARED_METHODS \
    {"copy", "(self, /)", set_copy, "A new set with the same items.", 0}, \
    {"union", "(self, /, *others)", set_union, "Items of any of the sets.", 0}, \
    {"intersection", "(self, /, *others)", set_intersection, "Items of all the sets.", 0}, \
    {"difference", "(self, /, *others)", set_difference, "Items that no other has.", 0}, \
    {"symmetric_difference", "(self, other, /)", set_symmetric, "Items of exactly one.", 0}, \
    {"isdisjoint", "(self, other, /)", set_isdisjoint, "Whether no item is in both.", 0}, \
    {"issubset", "(self, other, /)", set_issubset, "Whether all items are in [other].", 0}, \
    {"issuperset", "(self, other, /)", set_issuperset, "Whether it has all of [other].", 0}
// clang-format on

static const AdjNative set_methods[] = {
    SHARED_METHODS,
    {"__init__", "(self, iterable=<unset>, /)", set_init, "Fills the set from [iterable].", 0},
    {"add", "(self, item, /)", set_add, "Puts an item in.", 0},
    {"discard", "(self, item, /)", set_discard, "Takes an item out if it is in.", 0},
    {"remove", "(self, item, /)", set_remove, "Takes an item out; KeyError if it is not in.",
     0},
    {"pop", "(self, /)", set_pop, "Takes some item out and returns it.", 0},
    {"clear", "(self, /)", set_clear, "Takes all items out.", 0},
    {"update", "(self, /, *others)", set_update, "Puts in the items of the others.", 0},
    {"intersection_update", "(self, /, *others)", set_intersection_update,
     "Takes out what some other lacks.", 0},
    {"difference_update", "(self, /, *others)", set_difference_update,
     "Takes out what some other has.", 0},
    {"symmetric_difference_update", "(self, other, /)", set_symmetric_update,
     "Keeps items that are in exactly one of the two.", 0},
    {0},
};
static const AdjNative frozenset_methods[] = {SHARED_METHODS, {0}};

static const AdjNative set_maker = {"set", "(cls, iterable=<unset>, /)", set_make,
                                    "A set of the items of [iterable].", 0};
static const AdjNative frozenset_maker = {"frozenset", "(cls, iterable=<unset>, /)",
                                          frozenset_make, "A set that does not change.", 0};

AdjType adj_type_set = {
    .name = "set",
    .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_SET,
    .size = sizeof(AdjSet),
    .doc = "An unordered collection of distinct hashable items.",
    .methods = set_methods,
    .make = &set_maker,
    .drop = set_drop,
    .traverse = set_traverse,
    .repr = set_repr,
    .compare = set_compare,
    .truth = set_truth,
    .len = set_len,
    .contains = set_contains,
    .iter = set_iter,
    .binary = set_binary,
    .inplace = set_inplace,
};

AdjType adj_type_frozenset = {
    .name = "frozenset",
    .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_FROZENSET,
    .size = sizeof(AdjSet),
    .doc = "A set that does not change and can be hashed.",
    .methods = frozenset_methods,
    .make = &frozenset_maker,
    .drop = set_drop,
    .traverse = set_traverse,
    .repr = set_repr,
    .hash = frozenset_hash,
    .compare = set_compare,
    .truth = set_truth,
    .len = set_len,
    .contains = set_contains,
    .iter = set_iter,
    .binary = set_binary,
};
