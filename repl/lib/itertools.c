// SPDX-License-Identifier: Apache-2.0
// The module itertools: iterators built from iterators. All of them are one C object with room
// for three values, three numbers and a list; a type gives the object its name and its step.
// Those that walk through arrangements of a pool are in itertools_pool.c.
// Invariant: as in lazy.c, an iterator that reached its end has let go of what it drew from.
#include "itertools.h"

static Tool *tool_of(AdjVal v)
{
    return (Tool *)v.o;
}

void adj_tool_drop(AdjObj *o)
{
    Tool *t = (Tool *)o;
    AdjObj *list = (AdjObj *)t->list;
    size_t bytes = t->place_bytes;
    int64_t *places = t->places;
    t->list = NULL;
    t->places = NULL;
    t->place_bytes = 0;
    t->ended = true;
    for (int i = 0; i < 3; i++) adj_val_set(&t->v[i], ADJ_UNDEF);
    adj_obj_drop(list);
    if (places) adj_lang_free(places, bytes);
}

void adj_tool_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    Tool *t = (Tool *)o;
    for (int i = 0; i < 3; i++) {
        if (adj_is_obj(t->v[i])) visit(t->v[i].o, arg);
    }
    if (t->list) visit(&t->list->head, arg);
}

bool adj_tool_iter(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, self);
}

int adj_tool_end(Tool *t)
{
    adj_tool_drop(&t->head);
    return 0;
}

Tool *adj_tool_new(AdjVM *vm, AdjVal type)
{
    return adj_obj_new(vm, adj_as_type(type));
}

// A new tool whose v[0] is an iterator over [iterable].
static Tool *tool_over(AdjVM *vm, AdjVal type, AdjVal iterable)
{
    AdjVal it;
    if (!adj_val_iter(vm, iterable, &it)) return NULL;
    Tool *t = adj_tool_new(vm, type);
    if (t) t->v[0] = it;
    else adj_val_drop(it);
    return t;
}

// The next item of v[0]; at its end the tool ends too.
static int next_of_first(AdjVM *vm, Tool *t, AdjVal *out)
{
    if (t->ended) return 0;
    int more = adj_val_next(vm, t->v[0], out);
    return more == 0 ? adj_tool_end(t) : more;
}

// ---- endless ----

static bool count_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Tool *t = adj_tool_new(vm, args[0]);
    if (!t) return false;
    t->v[0] = adj_val_keep(args[1]);
    t->v[1] = adj_val_keep(args[2]);
    return adj_out(out, t);
}

static int count_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Tool *t = tool_of(self);
    AdjVal next;
    if (!adj_val_binary(vm, ADJ_B_ADD, t->v[0], t->v[1], &next)) return -1;
    *out = t->v[0];
    t->v[0] = next;
    return 1;
}

static bool repeat_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t times;
    if (!adj_get_int_or(vm, args[2], INT64_MAX, &times)) return false;
    Tool *t = adj_tool_new(vm, args[0]);
    if (!t) return false;
    t->v[0] = adj_val_keep(args[1]);
    t->n[0] = times;
    return adj_out(out, t);
}

static int repeat_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    Tool *t = tool_of(self);
    if (t->n[0] <= 0) return 0;
    if (t->n[0] != INT64_MAX) t->n[0]--;
    return adj_out_keep(out, t->v[0]);
}

static bool cycle_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Tool *t = tool_over(vm, args[0], args[1]);
    if (!t) return false;
    t->list = adj_list_new(vm, 0);
    if (!t->list) return adj_obj_drop(t), false;
    return adj_out(out, t);
}

static int cycle_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Tool *t = tool_of(self);
    if (t->ended) return 0;
    if (!adj_is_undef(t->v[0])) {
        int more = adj_val_next(vm, t->v[0], out);
        if (more < 0) return -1;
        if (more > 0) {
            if (adj_list_append(vm, t->list, *out)) return 1;
            return adj_val_drop(*out), -1;
        }
        adj_val_set(&t->v[0], ADJ_UNDEF);
    }
    if (t->list->len == 0) return adj_tool_end(t);
    if (t->n[0] >= t->list->len) t->n[0] = 0;
    return adj_out_keep(out, t->list->items[t->n[0]++]);
}

// ---- one after the other ----

static bool chain_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return adj_out(out, tool_over(vm, args[0], args[1]));
}

static bool chain_from_iterable(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return adj_out(out, tool_over(vm, args[0], args[1]));
}

// v[0] gives iterables, v[1] is the iterator over the one at hand.
static int chain_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Tool *t = tool_of(self);
    for (;;) {
        AdjVal iterable, it;
        if (t->ended) return 0;
        if (!adj_is_undef(t->v[1])) {
            int more = adj_val_next(vm, t->v[1], out);
            if (more) return more;
            adj_val_set(&t->v[1], ADJ_UNDEF);
        }
        int more = next_of_first(vm, t, &iterable);
        if (more <= 0) return more;
        bool ok = adj_val_iter(vm, iterable, &it);
        adj_val_drop(iterable);
        if (!ok) return -1;
        adj_val_set(&t->v[1], it);
    }
}

// ---- a part of the items ----

static bool islice_bound(AdjVM *vm, AdjVal v, int64_t absent, const char *name, int64_t *out)
{
    if (adj_is_none(v)) return *out = absent, true;
    if (adj_is_int(v) && v.i >= 0) return *out = v.i, true;
    return adj_raise(vm, ADJ_EXC_ValueError,
                     "%s for islice() must be None or an integer: 0 <= x <= sys.maxsize.",
                     name);
}

static bool islice_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    int64_t start = 0, stop = 0, step = 1;
    if (nargs < 3 || nargs > 5) {
        return adj_raise(vm, ADJ_EXC_TypeError, "islice expected %s, got %d",
                         nargs < 3 ? "at least 2 arguments" : "at most 4 arguments", nargs - 1);
    }
    if (nargs == 3) {
        if (!islice_bound(vm, args[2], INT64_MAX, "Stop argument", &stop)) return false;
    } else {
        if (!islice_bound(vm, args[2], 0, "Indices", &start)) return false;
        if (!islice_bound(vm, args[3], INT64_MAX, "Stop argument", &stop)) return false;
    }
    if (nargs == 5 && !adj_is_none(args[4])) {
        if (!adj_is_int(args[4]) || args[4].i < 1) {
            return adj_raise(vm, ADJ_EXC_ValueError,
                             "Step for islice() must be a positive integer or None.");
        }
        step = args[4].i;
    }
    Tool *t = tool_over(vm, args[0], args[1]);
    if (!t) return false;
    t->n[0] = start;  // the next item to give
    t->n[1] = stop;
    t->n[2] = step;
    return adj_out(out, t);
}

static int islice_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Tool *t = tool_of(self);
    int64_t wanted = t->n[0] < t->n[1] ? t->n[0] : t->n[1];
    while (!t->ended && t->at < wanted) {
        int more = next_of_first(vm, t, out);
        if (more <= 0) return more;
        adj_val_drop(*out);
        t->at++;
    }
    if (t->ended || t->n[0] >= t->n[1]) return adj_tool_end(t);
    int more = next_of_first(vm, t, out);
    if (more <= 0) return more;
    t->at++;
    if (__builtin_add_overflow(t->n[0], t->n[2], &t->n[0])) t->n[0] = t->n[1];
    return 1;
}

// v[0] iterates, v[1] is the test. None tests the item itself.
static bool tested_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Tool *t = tool_over(vm, args[0], args[2]);
    if (t) t->v[1] = adj_val_keep(args[1]);
    return adj_out(out, t);
}

static bool test(AdjVM *vm, AdjVal fn, AdjVal item, bool *out)
{
    AdjVal answer;
    if (adj_is_none(fn)) return adj_val_truth(vm, item, out);
    if (!adj_vm_call(vm, fn, &item, 1, NULL, &answer)) return false;
    bool ok = adj_val_truth(vm, answer, out);
    adj_val_drop(answer);
    return ok;
}

// The next item and what the test says of it.
static int next_tested(AdjVM *vm, Tool *t, AdjVal *out, bool *passes)
{
    int more = next_of_first(vm, t, out);
    if (more <= 0) return more;
    if (test(vm, t->v[1], *out, passes)) return 1;
    adj_val_drop(*out);
    return -1;
}

static int filterfalse_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    bool passes;
    for (;;) {
        int more = next_tested(vm, tool_of(self), out, &passes);
        if (more <= 0 || !passes) return more;
        adj_val_drop(*out);
    }
}

static int takewhile_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    bool passes;
    int more = next_tested(vm, tool_of(self), out, &passes);
    if (more <= 0 || passes) return more;
    adj_val_drop(*out);
    return adj_tool_end(tool_of(self));
}

static int dropwhile_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Tool *t = tool_of(self);
    bool passes = true;
    if (t->flag) return next_of_first(vm, t, out);
    for (;;) {
        int more = next_tested(vm, t, out, &passes);
        if (more <= 0) return more;
        if (!passes) return t->flag = true, 1;
        adj_val_drop(*out);
    }
}

// v[0] data, v[1] selectors.
static bool compress_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjVal selectors;
    if (!adj_val_iter(vm, args[2], &selectors)) return false;
    Tool *t = tool_over(vm, args[0], args[1]);
    if (t) t->v[1] = selectors;
    else adj_val_drop(selectors);
    return adj_out(out, t);
}

static int compress_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Tool *t = tool_of(self);
    for (;;) {
        AdjVal selector;
        bool in;
        int more = next_of_first(vm, t, out);
        if (more <= 0) return more;
        more = adj_val_next(vm, t->v[1], &selector);
        if (more <= 0) {
            adj_val_drop(*out);
            return more < 0 ? -1 : adj_tool_end(t);
        }
        bool ok = adj_val_truth(vm, selector, &in);
        adj_val_drop(selector);
        if (ok && in) return 1;
        adj_val_drop(*out);
        if (!ok) return -1;
    }
}

// ---- changed items ----

static int starmap_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Tool *t = tool_of(self);
    AdjVal item;
    int more = next_of_first(vm, t, &item);
    if (more <= 0) return more;
    AdjList *args = adj_list_of(vm, item);
    adj_val_drop(item);
    if (!args) return -1;
    bool ok = adj_vm_call(vm, t->v[1], args->items, (int)args->len, NULL, out);
    adj_obj_drop(args);
    return ok ? 1 : -1;
}

// v[0] iterates, v[1] is the function or None, v[2] the total so far.
static bool accumulate_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Tool *t = tool_over(vm, args[0], args[1]);
    if (!t) return false;
    t->v[1] = adj_val_keep(args[2]);
    if (!adj_is_none(args[3])) t->v[2] = adj_val_keep(args[3]);
    t->flag = !adj_is_none(args[3]);  // the total itself comes first
    return adj_out(out, t);
}

static int accumulate_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Tool *t = tool_of(self);
    AdjVal item, total;
    if (t->flag) {
        t->flag = false;
        return adj_out_keep(out, t->v[2]);
    }
    int more = next_of_first(vm, t, &item);
    if (more <= 0) return more;
    bool ok = true;
    if (adj_is_undef(t->v[2])) total = adj_val_keep(item);
    else if (adj_is_none(t->v[1])) ok = adj_val_binary(vm, ADJ_B_ADD, t->v[2], item, &total);
    else ok = adj_vm_call(vm, t->v[1], (AdjVal[]){t->v[2], item}, 2, NULL, &total);
    adj_val_drop(item);
    if (!ok) return -1;
    adj_val_set(&t->v[2], total);
    return adj_out_keep(out, total);
}

// v[1] is the item before.
static bool pairwise_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return adj_out(out, tool_over(vm, args[0], args[1]));
}

static int pairwise_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Tool *t = tool_of(self);
    AdjVal item;
    if (!t->flag) {
        int more = next_of_first(vm, t, &t->v[1]);
        if (more <= 0) return more;
        t->flag = true;
    }
    int more = next_of_first(vm, t, &item);
    if (more <= 0) return more;
    bool ok = adj_out_pair(vm, t->v[1], item, out);
    adj_val_set(&t->v[1], item);
    return ok ? 1 : -1;
}

// list: the iterators, UNDEF once at their end; v[1] the filling; n[0] how many are not yet.
static bool zip_longest_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjTuple *iterables = adj_as_tuple(args[1]);
    Tool *t = adj_tool_new(vm, args[0]);
    if (!t) return false;
    t->list = adj_list_new(vm, iterables->len);
    for (int64_t i = 0; t->list && i < iterables->len; i++) {
        AdjVal it;
        if (!adj_val_iter(vm, iterables->items[i], &it) ||
            !adj_list_append_take(vm, t->list, it)) {
            return adj_obj_drop(t), false;
        }
    }
    if (!t->list) return adj_obj_drop(t), false;
    t->v[1] = adj_val_keep(args[2]);
    t->n[0] = iterables->len;
    return adj_out(out, t);
}

static int zip_longest_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Tool *t = tool_of(self);
    if (t->ended || t->n[0] == 0) return 0;
    AdjTuple *row = adj_tuple_new(vm, t->list->len);
    for (int64_t i = 0; row && i < row->len; i++) {
        int more = 0;
        if (!adj_is_none(t->list->items[i])) {
            more = adj_val_next(vm, t->list->items[i], &row->items[i]);
            if (more == 0) {
                adj_val_set(&t->list->items[i], ADJ_NONE);
                t->n[0]--;
            }
        }
        if (more < 0) return adj_obj_drop(row), -1;
        if (more == 0) row->items[i] = adj_val_keep(t->v[1]);
    }
    if (!row) return -1;
    if (t->n[0] == 0) {
        adj_obj_drop(row);
        return adj_tool_end(t);
    }
    return adj_out(out, row) ? 1 : -1;
}

// ---- groups ----

// groupby: v[0] iterates, v[1] is the key function, v[2] the key of the group at hand; list
// holds the item read ahead. A group draws from its groupby as long as that is still at its key
// (n[0] numbers the groups).
static bool groupby_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Tool *t = tool_over(vm, args[0], args[1]);
    if (!t) return false;
    t->v[1] = adj_val_keep(args[2]);
    t->list = adj_list_new(vm, 2);
    if (!t->list) return adj_obj_drop(t), false;
    return adj_out(out, t);
}

// Reads an item and its key ahead if none is. 1, 0 at the end, -1.
static int read_ahead(AdjVM *vm, Tool *t)
{
    AdjVal item, key;
    if (t->ended) return 0;
    if (t->list->len > 0) return 1;
    int more = adj_val_next(vm, t->v[0], &item);
    if (more <= 0) return more;
    bool ok = true;
    if (adj_is_none(t->v[1])) key = adj_val_keep(item);
    else ok = adj_vm_call(vm, t->v[1], &item, 1, NULL, &key);
    if (!ok) return adj_val_drop(item), -1;
    if (!adj_list_append_take(vm, t->list, item)) return adj_val_drop(key), -1;
    return adj_list_append_take(vm, t->list, key) ? 1 : -1;
}

// Takes out the item read ahead.
static void take_ahead(Tool *t, AdjVal *item)
{
    AdjVal key = t->list->items[1];
    *item = t->list->items[0];
    t->list->len = 0;
    adj_val_drop(key);
}

static int same_key(AdjVM *vm, Tool *t)
{
    bool equal;
    return adj_val_equal(vm, t->v[2], t->list->items[1], &equal) ? equal : -1;
}

static int group_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Tool *group = tool_of(self);
    if (group->ended) return 0;
    Tool *t = tool_of(group->v[0]);
    if (t->ended || t->n[0] != group->n[0]) return adj_tool_end(group);
    int more = read_ahead(vm, t);
    if (more <= 0) return more;
    int same = same_key(vm, t);
    if (same <= 0) return same;
    take_ahead(t, out);
    return 1;
}

static AdjType type_group;

static int groupby_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Tool *t = tool_of(self);
    for (;;) {
        AdjVal skipped;
        int more = read_ahead(vm, t);
        if (more <= 0) return more < 0 ? -1 : adj_tool_end(t);
        int same = adj_is_undef(t->v[2]) ? 0 : same_key(vm, t);
        if (same < 0) return -1;
        if (!same) break;
        take_ahead(t, &skipped);
        adj_val_drop(skipped);
    }
    adj_val_set(&t->v[2], adj_val_keep(t->list->items[1]));
    t->n[0]++;
    Tool *group = adj_tool_new(vm, adj_obj_val(&type_group));
    if (!group) return -1;
    group->v[0] = adj_val_keep(self);
    group->n[0] = t->n[0];
    bool ok = adj_out_pair(vm, t->v[2], adj_obj_val(group), out);
    adj_obj_drop(group);
    return ok ? 1 : -1;
}

// ---- tee ----

// The copies share a list of what was read (list) and the iterator (v[0]); n[0] is how far this
// one is. The list grows by whoever is first; items all have passed are kept, too: copies that
// differ by much should be lists.
static AdjType type_tee;

static int tee_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Tool *t = tool_of(self);
    if (t->ended) return 0;
    if (t->n[0] == t->list->len) {
        AdjVal item;
        int more = adj_val_next(vm, t->v[0], &item);
        if (more <= 0) return more < 0 ? -1 : adj_tool_end(t);
        if (!adj_list_append_take(vm, t->list, item)) return -1;
    }
    return adj_out_keep(out, t->list->items[t->n[0]++]);
}

static bool itertools_tee(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t n;
    AdjVal it;
    if (!adj_get_int(vm, args[1], &n)) return false;
    if (n < 0) return adj_raise(vm, ADJ_EXC_ValueError, "n must be >= 0");
    if (!adj_val_iter(vm, args[0], &it)) return false;
    AdjList *read = adj_list_new(vm, 0);
    AdjTuple *copies = read ? adj_tuple_new(vm, n) : NULL;
    for (int64_t i = 0; copies && i < n; i++) {
        Tool *t = adj_tool_new(vm, adj_obj_val(&type_tee));
        if (!t) {
            adj_obj_drop(copies);
            copies = NULL;
            break;
        }
        t->v[0] = adj_val_keep(it);
        t->list = adj_obj_keep(read);
        copies->items[i] = adj_obj_val(t);
    }
    adj_val_drop(it);
    adj_obj_drop(read);
    return adj_out(out, copies);
}

// ---- the types ----

static const AdjNative chain_methods[] = {
    {"from_iterable", "(cls, iterable, /)", chain_from_iterable,
     "The items of the iterables that [iterable] gives.", ADJ_FN_CLASS},
    {0},
};
static const AdjNative makers[] = {
    {"count", "(cls, start=0, step=1)", count_make, "start, start + step, ... without end.", 0},
    {"repeat", "(cls, object, times=None)", repeat_make, "The same value again and again.", 0},
    {"cycle", "(cls, iterable, /)", cycle_make, "The items over and over.", 0},
    {"chain", "(cls, /, *iterables)", chain_make, "The items of one after those of another.",
     0},
    {"islice", "(cls, ...)", islice_make, "islice(it, stop) or (it, start, stop, step).", 0},
    {"filterfalse", "(cls, function, iterable, /)", tested_make, "Items that fail a test.", 0},
    {"takewhile", "(cls, predicate, iterable, /)", tested_make, "Items until a test fails.", 0},
    {"dropwhile", "(cls, predicate, iterable, /)", tested_make,
     "Items from the first that fails.", 0},
    {"compress", "(cls, data, selectors)", compress_make, "Items whose selector is true.", 0},
    {"starmap", "(cls, function, iterable, /)", tested_make, "function(*item) for each item.",
     0},
    {"accumulate", "(cls, iterable, func=None, *, initial=None)", accumulate_make,
     "Totals so far.", 0},
    {"pairwise", "(cls, iterable, /)", pairwise_make, "Neighbours as pairs.", 0},
    {"zip_longest", "(cls, /, *iterables, fillvalue=None)", zip_longest_make,
     "As zip, to the end of the longest.", 0},
    {"groupby", "(cls, iterable, key=None)", groupby_make, "(key, run of items with that key).",
     0},
};
// Steps in the order of the makers above.
static int (*const steps[])(AdjVM *, AdjVal, AdjVal *) = {
    count_next,     repeat_next,    cycle_next,    chain_next,   islice_next,
    filterfalse_next, takewhile_next, dropwhile_next, compress_next, starmap_next,
    accumulate_next, pairwise_next, zip_longest_next, groupby_next};

enum { TOOLS = sizeof makers / sizeof *makers };
_Static_assert(TOOLS == sizeof steps / sizeof *steps, "a step for each maker");

AdjType adj_tool_type(const AdjNative *maker, int (*next)(AdjVM *, AdjVal, AdjVal *))
{
    return (AdjType){.name = maker->name,
                     .flags = ADJ_TF_GC,
                     .size = sizeof(Tool),
                     .doc = maker->doc,
                     .make = maker,
                     .drop = adj_tool_drop,
                     .traverse = adj_tool_traverse,
                     .iter = adj_tool_iter,
                     .next = next};
}

static bool add_inner(AdjType *type, const char *name, int (*next)(AdjVM *, AdjVal, AdjVal *))
{
    if (type->flags & ADJ_TF_READY) return true;
    const AdjNative hidden = {.name = name};
    *type = adj_tool_type(&hidden, next);
    type->make = NULL;
    return adj_type_ready(type);
}

static bool itertools_init(AdjVM *vm, AdjModuleObj *m)
{
    static AdjType types[TOOLS];
    for (int i = 0; i < TOOLS; i++) {
        if (!(types[i].flags & ADJ_TF_READY)) types[i] = adj_tool_type(&makers[i], steps[i]);
        if (makers[i].fn == chain_make) types[i].methods = chain_methods;
        if (!adj_vm_add_type(vm, m->dict, &types[i])) return false;
    }
    return add_inner(&type_group, "_grouper", group_next) &&
           add_inner(&type_tee, "_tee", tee_next) && adj_tool_add_pools(vm, m->dict);
}

static const AdjNative itertools_functions[] = {
    {"tee", "(iterable, n=2, /)", itertools_tee, "Independent iterators over the same items.",
     0},
    {0},
};

const AdjModuleDef adj_lib_itertools = {"itertools", "Iterators built from iterators.",
                                        itertools_functions, itertools_init};
