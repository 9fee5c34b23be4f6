// SPDX-License-Identifier: Apache-2.0
// Iterators that make their items when asked: enumerate, zip, map, filter, reversed, and calls
// repeated until a sentinel. Each is a type, as in Python, and one C object: some iterators to
// draw from and a value or two beside them.
//
// enumerate and zip answer with tuples that are mostly unpacked at once; a tuple that nobody
// kept is filled again instead of made anew. Invariant: an iterator that reached its end has
// let go of everything and stays at its end.
#include "lang/types/iterators.h"
#include "lib.h"

typedef struct Lazy {
    AdjObj head;
    AdjVal fn;      // map, filter: the function; calls: the function
    AdjVal other;   // calls: the sentinel
    int64_t count;  // enumerate: the next number
    bool strict, ended;
    AdjTuple *sources;  // the iterators; NULL once ended
    AdjTuple *last;     // the tuple given last, or NULL
} Lazy;

static Lazy *lazy_of(AdjVal v)
{
    return (Lazy *)v.o;
}

static void lazy_drop(AdjObj *o)
{
    Lazy *z = (Lazy *)o;
    AdjTuple *sources = z->sources, *last = z->last;
    z->sources = z->last = NULL;
    z->ended = true;
    adj_val_set(&z->fn, ADJ_UNDEF);
    adj_val_set(&z->other, ADJ_UNDEF);
    adj_obj_drop(sources);
    adj_obj_drop(last);
}

static void lazy_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    Lazy *z = (Lazy *)o;
    if (adj_is_obj(z->fn)) visit(z->fn.o, arg);
    if (adj_is_obj(z->other)) visit(z->other.o, arg);
    if (z->sources) visit(&z->sources->head, arg);
    if (z->last) visit(&z->last->head, arg);
}

static bool lazy_iter(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, self);
}

// 0, having let go of everything. [self] is kept by the caller.
static int ended(Lazy *z)
{
    lazy_drop(&z->head);
    return 0;
}

// A new iterator of [type] drawing from [n] iterables.
static Lazy *lazy_new(AdjVM *vm, AdjVal type, const AdjVal *iterables, int64_t n)
{
    Lazy *z = adj_obj_new(vm, adj_as_type(type));
    if (!z) return NULL;
    z->sources = adj_tuple_new(vm, n);
    for (int64_t i = 0; z->sources && i < n; i++) {
        AdjVal it;
        if (!adj_val_iter(vm, iterables[i], &it)) return adj_obj_drop(z), NULL;
        z->sources->items[i] = it;
    }
    if (!z->sources) return adj_obj_drop(z), NULL;
    return z;
}

static inline int source_next(AdjVM *vm, AdjVal it, AdjVal *out)
{
    if (adj_is_iter(it)) return adj_iter_step(vm, (AdjWalker *)it.o, out);
    return adj_val_next(vm, it, out);
}

// The tuple to answer with: the last one if it is ours alone, its items those of last time.
static AdjTuple *tuple_to_fill(AdjVM *vm, Lazy *z, int64_t n)
{
    if (z->last && z->last->head.refs == 1) return z->last;
    AdjTuple *t = adj_tuple_new(vm, n), *old = z->last;
    if (!t) return NULL;
    z->last = t;
    adj_obj_drop(old);
    return t;
}

// ---- enumerate ----

static bool enumerate_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t start;
    if (!adj_get_int(vm, args[2], &start)) return false;
    Lazy *z = lazy_new(vm, args[0], &args[1], 1);
    if (z) z->count = start;
    return adj_out(out, z);
}

static int enumerate_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Lazy *z = lazy_of(self);
    AdjVal item;
    if (z->ended) return 0;
    int more = source_next(vm, z->sources->items[0], &item);
    if (more <= 0) return more < 0 ? -1 : ended(z);
    AdjTuple *t = tuple_to_fill(vm, z, 2);
    if (!t) return adj_val_drop(item), -1;
    t->items[0] = adj_int_val(z->count++);
    adj_val_set(&t->items[1], item);
    *out = adj_obj_val(adj_obj_keep(t));
    return 1;
}

// ---- zip ----

static bool zip_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjTuple *iterables = adj_as_tuple(args[1]);
    bool strict;
    if (!adj_val_truth(vm, args[2], &strict)) return false;
    AdjList *checked = NULL;
    Lazy *z = adj_obj_new(vm, adj_as_type(args[0]));
    if (!z) return false;
    z->strict = strict;
    z->sources = adj_tuple_new(vm, iterables->len);
    for (int64_t i = 0; z->sources && i < iterables->len; i++) {
        AdjVal it;
        if (!adj_val_iter(vm, iterables->items[i], &it)) {
            adj_obj_drop(z);
            adj_obj_drop(checked);
            if (!adj_vm_error_is(vm, ADJ_EXC_TypeError) ||
                adj_type_of(iterables->items[i])->iter) {
                return false;
            }
            adj_vm_clear_error(vm);
            return adj_raise(vm, ADJ_EXC_TypeError, "'%s' object is not iterable",
                             adj_type_name(iterables->items[i]));
        }
        z->sources->items[i] = it;
    }
    if (!z->sources) return adj_obj_drop(z), false;
    return adj_out(out, z);
}

// With strict, all iterables must end at the same item; [i] is the one that ended first.
static int uneven(AdjVM *vm, Lazy *z, int64_t i)
{
    const char *plural = i == 1 ? " " : "s 1-";
    if (i > 0) {
        return adj_raise_int(vm, ADJ_EXC_ValueError,
                             "zip() argument %lld is shorter than argument%s%lld",
                             (long long)i + 1, plural, (long long)i);
    }
    for (i = 1; i < z->sources->len; i++) {
        AdjVal item;
        int more = source_next(vm, z->sources->items[i], &item);
        if (more < 0) return -1;
        if (more == 0) continue;
        adj_val_drop(item);
        return adj_raise_int(vm, ADJ_EXC_ValueError,
                             "zip() argument %lld is longer than argument%s%lld",
                             (long long)i + 1, i == 1 ? " " : "s 1-", (long long)i);
    }
    return ended(z);
}

static int zip_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Lazy *z = lazy_of(self);
    if (z->ended || z->sources->len == 0) return 0;
    int64_t n = z->sources->len;
    AdjTuple *t = tuple_to_fill(vm, z, n);
    if (!t) return -1;
    adj_obj_keep(t);  // while sources run a program's code, the tuple must not be filled twice
    for (int64_t i = 0; i < n; i++) {
        AdjVal item;
        int more = source_next(vm, z->sources->items[i], &item);
        if (more == 1) {
            adj_val_set(&t->items[i], item);
            continue;
        }
        adj_obj_drop(t);
        if (more < 0) return -1;
        return z->strict ? uneven(vm, z, i) : ended(z);
    }
    *out = adj_obj_val(t);
    return 1;
}

// ---- map and filter ----

static bool map_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjTuple *iterables = adj_as_tuple(args[2]);
    if (iterables->len == 0) {
        return adj_raise(vm, ADJ_EXC_TypeError, "map() must have at least two arguments.");
    }
    Lazy *z = lazy_new(vm, args[0], iterables->items, iterables->len);
    if (z) z->fn = adj_val_keep(args[1]);
    return adj_out(out, z);
}

static int map_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    enum { FEW = 8 };
    Lazy *z = lazy_of(self);
    if (z->ended) return 0;
    int64_t n = z->sources->len, got = 0;
    AdjVal few[FEW], *args = few;
    if (n > FEW && !(args = adj_lang_alloc(vm, (size_t)n * sizeof *args))) return -1;
    int more = 1;
    while (got < n && (more = source_next(vm, z->sources->items[got], &args[got])) == 1) got++;
    if (more == 1) more = adj_vm_call(vm, z->fn, args, (int)n, NULL, out) ? 1 : -1;
    while (got-- > 0) adj_val_drop(args[got]);
    if (args != few) adj_lang_free(args, (size_t)n * sizeof *args);
    return more == 0 ? ended(z) : more;
}

static bool filter_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Lazy *z = lazy_new(vm, args[0], &args[2], 1);
    if (z) z->fn = adj_val_keep(args[1]);
    return adj_out(out, z);
}

// None as the function asks for the truth of the item itself.
static bool passes(AdjVM *vm, AdjVal fn, AdjVal item, bool *out)
{
    AdjVal answer;
    if (adj_is_none(fn)) return adj_val_truth(vm, item, out);
    if (!adj_vm_call(vm, fn, &item, 1, NULL, &answer)) return false;
    bool ok = adj_val_truth(vm, answer, out);
    adj_val_drop(answer);
    return ok;
}

static int filter_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Lazy *z = lazy_of(self);
    for (;;) {
        if (z->ended) return 0;
        bool in;
        int more = source_next(vm, z->sources->items[0], out);
        if (more <= 0) return more < 0 ? -1 : ended(z);
        if (!passes(vm, z->fn, *out, &in)) return adj_val_drop(*out), -1;
        if (in) return 1;
        adj_val_drop(*out);
    }
}

// ---- reversed ----

// Objects with __reversed__ answer themselves; others are asked by index from their last.
static bool reversed_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjVal seq = args[1], method;
    if (adj_is_exact(seq, &adj_type_list))
        return adj_iter_new(vm, ADJ_IT_LIST_BACK, seq.o, out);
    AdjStr *name = adj_str_intern_c("__reversed__");
    int found = name ? adj_val_find_attr(vm, seq, name, &method) : -1;
    adj_obj_drop(name);
    if (found < 0) return false;
    if (found) {
        bool ok = adj_vm_call(vm, method, NULL, 0, NULL, out);
        adj_val_drop(method);
        return ok;
    }
    if (adj_is_str(seq)) return adj_iter_new(vm, ADJ_IT_STR_BACK, seq.o, out);
    AdjVal len;
    name = adj_str_intern_c("__getitem__");
    found = name && adj_is_obj(seq) ? adj_val_find_attr(vm, seq, name, &len) : 0;
    adj_obj_drop(name);
    if (found < 0) return false;
    if (found) adj_val_drop(len);
    if (!found || adj_is_set(seq) || adj_is_dict(seq)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "'%s' object is not reversible",
                         adj_type_name(seq));
    }
    return adj_iter_new(vm, ADJ_IT_SEQUENCE_BACK, seq.o, out);
}

// ---- iter and next ----

static int calls_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Lazy *z = lazy_of(self);
    if (z->ended) return 0;
    if (!adj_vm_call(vm, z->fn, NULL, 0, NULL, out)) return -1;
    bool equal;
    if (!adj_val_equal(vm, *out, z->other, &equal)) return adj_val_drop(*out), -1;
    if (!equal) return 1;
    adj_val_drop(*out);
    return ended(z);
}

#define LAZY(name_, doc_, make_, next_)                                                       \
    {                                                                                         \
        .name = name_, .flags = ADJ_TF_GC, .size = sizeof(Lazy), .doc = doc_, .make = make_,  \
        .drop = lazy_drop, .traverse = lazy_traverse, .iter = lazy_iter, .next = next_        \
    }
static AdjType type_calls =
    LAZY("callable_iterator", "Calls until a sentinel.", NULL, calls_next);

bool adj_builtin_iter(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    if (adj_is_undef(args[1])) return adj_val_iter(vm, args[0], out);
    if (!adj_val_callable(args[0])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "iter(v, w): v must be callable");
    }
    if (!(type_calls.flags & ADJ_TF_READY) && !adj_type_ready(&type_calls)) {
        return adj_raise(vm, ADJ_EXC_MemoryError, "%s", "");
    }
    Lazy *z = adj_obj_new(vm, &type_calls);
    if (!z) return false;
    z->fn = adj_val_keep(args[0]);
    z->other = adj_val_keep(args[1]);
    return adj_out(out, z);
}

bool adj_builtin_next(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjType *type = adj_type_of(args[0]);
    bool is_iterator = type->next || (type->flags & ADJ_TF_HEAP);
    if (!is_iterator) {
        return adj_raise(vm, ADJ_EXC_TypeError, "'%s' object is not an iterator", type->name);
    }
    int more = adj_val_next(vm, args[0], out);
    if (more > 0) return true;
    if (more < 0) return false;
    if (!adj_is_undef(args[1])) return adj_out_keep(out, args[1]);
    return adj_raise_stop(vm, args[0]);
}

static const AdjNative enumerate_maker = {"enumerate", "(cls, iterable, start=0)",
                                          enumerate_make, "(number, item) for each item.", 0};
static const AdjNative zip_maker = {"zip", "(cls, /, *iterables, strict=False)", zip_make,
                                    "Tuples of the items that come at the same time.", 0};
static const AdjNative map_maker = {"map", "(cls, func, /, *iterables)", map_make,
                                    "func(item) for each item, or func(a, b) for each pair.",
                                    0};
static const AdjNative filter_maker = {"filter", "(cls, function, iterable, /)", filter_make,
                                       "The items for which function(item) is true.", 0};
static const AdjNative reversed_maker = {"reversed", "(cls, sequence, /)", reversed_make,
                                         "The items from the last to the first.", 0};

AdjType adj_type_enumerate = LAZY("enumerate", "Items with their numbers.", &enumerate_maker,
                                  enumerate_next);
AdjType adj_type_zip = LAZY("zip", "Several iterables side by side.", &zip_maker, zip_next);
AdjType adj_type_map = LAZY("map", "A function over iterables.", &map_maker, map_next);
AdjType adj_type_filter = LAZY("filter", "Items that pass a test.", &filter_maker, filter_next);
AdjType adj_type_reversed = {
    .name = "reversed", .doc = "Items backwards.", .make = &reversed_maker};
