// SPDX-License-Identifier: Apache-2.0
// The module functools: reduce, partial, caches, comparison keys, and the helpers of
// decorators. Invariant of a cache: its list of keys, least recently used first, and its dict
// hold the same keys; a dict keeps its order, so the order of use is the order of the dict
// itself: a hit takes the entry out and puts it in again.
#include "lib.h"

#include <stdio.h>

// ---- reduce ----

static bool functools_reduce(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjVal it, item, total = adj_val_keep(args[2]), next;
    if (!adj_val_iter(vm, args[1], &it)) {
        adj_val_drop(total);
        if (!adj_vm_error_is(vm, ADJ_EXC_TypeError)) return false;
        adj_vm_clear_error(vm);
        return adj_raise(vm, ADJ_EXC_TypeError, "reduce() arg 2 must support iteration");
    }
    int more;
    while ((more = adj_val_next(vm, it, &item)) == 1) {
        bool ok = true;
        if (adj_is_undef(total))
            next = adj_val_keep(item);
        else
            ok = adj_vm_call(vm, args[0], (AdjVal[]){total, item}, 2, NULL, &next);
        adj_val_drop(item);
        if (!ok) {
            more = -1;
            break;
        }
        adj_val_set(&total, next);
    }
    adj_val_drop(it);
    if (more < 0) return adj_val_drop(total), false;
    if (!adj_is_undef(total)) return *out = total, true;
    return adj_raise(vm, ADJ_EXC_TypeError, "reduce() of empty iterable with no initial value");
}

// ---- calls with arguments put together ----

// Calls [fn] with the positional values of two arrays and the keywords of up to two dicts, of
// which the second wins.
static bool call_joined(AdjVM *vm, AdjVal fn, const AdjVal *first, int64_t n, AdjTuple *rest,
                        AdjDict *keywords, AdjDict *more, AdjVal *out)
{
    AdjDict *all = keywords && keywords->count ? adj_dict_copy(vm, keywords) : NULL;
    bool ok = all || !keywords || !keywords->count;
    if (ok && more && more->count) {
        if (!all)
            all = adj_obj_keep(more);
        else {
            AdjEntry *e;
            for (int64_t i = 0; ok && (e = adj_dict_next(more, &i));) {
                ok = adj_dict_set(vm, all, e->key, e->value);
            }
        }
    }
    int64_t count = all ? all->count : 0, total = n + rest->len + count;
    AdjTuple *names = ok && count ? adj_tuple_new(vm, count) : NULL;
    ok = ok && (!count || names);
    AdjVal *args = ok ? adj_lang_alloc(vm, (size_t)(total + 1) * sizeof *args) : NULL;
    if (args) {
        int64_t at = 0;
        AdjEntry *e;
        for (int64_t i = 0; i < n; i++) args[at++] = first[i];
        for (int64_t i = 0; i < rest->len; i++) args[at++] = rest->items[i];
        int64_t k = 0;
        for (int64_t i = 0; all && (e = adj_dict_next(all, &i)); k++) {
            names->items[k] = adj_val_keep(e->key);
            args[at++] = e->value;
        }
        ok = adj_vm_call(vm, fn, args, (int)(n + rest->len), names, out);
        adj_lang_free(args, (size_t)(total + 1) * sizeof *args);
    } else {
        ok = false;
    }
    adj_obj_drop(names);
    adj_obj_drop(all);
    return ok;
}

// ---- partial ----

typedef struct Partial {
    AdjObj head;
    AdjVal fn;
    AdjTuple *args;     // kept
    AdjDict *keywords;  // kept
} Partial;

static Partial *partial_of(AdjVal v)
{
    return (Partial *)v.o;
}

static void partial_drop(AdjObj *o)
{
    Partial *p = (Partial *)o;
    AdjObj *args = (AdjObj *)p->args, *keywords = (AdjObj *)p->keywords;
    p->args = NULL;
    p->keywords = NULL;
    adj_val_set(&p->fn, ADJ_UNDEF);
    adj_obj_drop(args);
    adj_obj_drop(keywords);
}

static void partial_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    Partial *p = (Partial *)o;
    if (adj_is_obj(p->fn)) visit(p->fn.o, arg);
    if (p->args) visit(&p->args->head, arg);
    if (p->keywords) visit(&p->keywords->head, arg);
}

static bool partial_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    if (!adj_val_callable(args[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "the first argument must be callable");
    }
    Partial *p = adj_obj_new(vm, adj_as_type(args[0]));
    if (!p) return false;
    p->fn = adj_val_keep(args[1]);
    p->args = adj_obj_keep(args[2].o);
    p->keywords = adj_obj_keep(args[3].o);
    return adj_out(out, p);
}

static bool partial_call(AdjVM *vm, AdjVal self, AdjVal *args, int nargs, AdjTuple *kwnames,
                         AdjVal *out)
{
    Partial *p = partial_of(self);
    AdjDict *more = kwnames ? adj_dict_new(vm) : NULL;
    bool ok = !kwnames || more;
    for (int64_t i = 0; ok && kwnames && i < kwnames->len; i++) {
        ok = adj_dict_set(vm, more, kwnames->items[i], args[nargs + i]);
    }
    AdjTuple *rest = ok ? adj_tuple_from(vm, args, nargs) : NULL;
    ok = rest &&
         call_joined(vm, p->fn, p->args->items, p->args->len, rest, p->keywords, more, out);
    adj_obj_drop(rest);
    adj_obj_drop(more);
    return ok;
}

static bool partial_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Partial *p = partial_of(self);
    AdjBuf b = {0};
    AdjEntry *e;
    bool ok = adj_buf_add_c(vm, &b, "functools.partial(") && adj_buf_add_repr(vm, &b, p->fn);
    for (int64_t i = 0; ok && i < p->args->len; i++) {
        ok = adj_buf_add_c(vm, &b, ", ") && adj_buf_add_repr(vm, &b, p->args->items[i]);
    }
    for (int64_t i = 0; ok && (e = adj_dict_next(p->keywords, &i));) {
        ok = adj_buf_add_c(vm, &b, ", ") && adj_buf_add_str(vm, &b, e->key) &&
             adj_buf_add_c(vm, &b, "=") && adj_buf_add_repr(vm, &b, e->value);
    }
    if (!ok || !adj_buf_add_c(vm, &b, ")")) return adj_buf_free(&b), false;
    return adj_buf_str(vm, &b, out);
}

static bool partial_get_func(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, partial_of(self)->fn);
}

static bool partial_get_args(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, adj_obj_val(partial_of(self)->args));
}

static bool partial_get_keywords(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, adj_obj_val(partial_of(self)->keywords));
}

static const AdjNative partial_maker = {"partial", "(cls, func, /, *args, **keywords)",
                                        partial_make, "func with some arguments given.", 0};
static const AdjAttr partial_attrs[] = {
    {"func", partial_get_func, NULL, "The function."},
    {"args", partial_get_args, NULL, "The positional arguments given."},
    {"keywords", partial_get_keywords, NULL, "The keyword arguments given."},
    {0},
};
static AdjType type_partial = {
    .name = "partial",
    .flags = ADJ_TF_GC,
    .size = sizeof(Partial),
    .doc = "A function with some arguments given.",
    .attrs = partial_attrs,
    .make = &partial_maker,
    .drop = partial_drop,
    .traverse = partial_traverse,
    .repr = partial_repr,
    .call = partial_call,
};

// ---- lru_cache ----

typedef struct Cache {
    AdjObj head;
    AdjVal fn;
    AdjDict *entries;  // kept; least recently used first
    int64_t most;      // -1: no limit
    int64_t hits, misses;
    bool typed;
} Cache;

static Cache *cache_of(AdjVal v)
{
    return (Cache *)v.o;
}

static void cache_drop(AdjObj *o)
{
    Cache *c = (Cache *)o;
    AdjObj *entries = (AdjObj *)c->entries;
    c->entries = NULL;
    adj_val_set(&c->fn, ADJ_UNDEF);
    adj_obj_drop(entries);
}

static void cache_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    Cache *c = (Cache *)o;
    if (adj_is_obj(c->fn)) visit(c->fn.o, arg);
    if (c->entries) visit(&c->entries->head, arg);
}

// The arguments as one hashable value: the only positional one, or a tuple of all.
static bool cache_key(AdjVM *vm, const Cache *c, AdjVal *args, int nargs, AdjTuple *kwnames,
                      AdjVal *out)
{
    int64_t named = kwnames ? kwnames->len : 0;
    bool plain =
        nargs == 1 && !named && !c->typed && (adj_is_int(args[0]) || adj_is_str(args[0]));
    if (plain) return adj_out_keep(out, args[0]);
    int64_t n = nargs + named, at = 0;
    AdjTuple *key = adj_tuple_new(vm, n + named + 1 + (c->typed ? n : 0));
    if (!key) return false;
    for (int i = 0; i < nargs; i++) key->items[at++] = adj_val_keep(args[i]);
    key->items[at++] = adj_int_val(nargs);
    for (int64_t i = 0; i < named; i++) {
        key->items[at++] = adj_val_keep(kwnames->items[i]);
        key->items[at++] = adj_val_keep(args[nargs + i]);
    }
    for (int64_t i = 0; c->typed && i < n; i++) {
        key->items[at++] = adj_val_keep(adj_obj_val(adj_type_of(args[i])));
    }
    return adj_out(out, key);
}

// Moves an entry to the end: it is the most recently used now.
static bool refresh(AdjVM *vm, Cache *c, AdjVal key, AdjVal value)
{
    AdjVal old;
    if (c->most < 0) return true;
    if (adj_dict_remove(vm, c->entries, key, &old) < 0) return false;
    adj_val_drop(old);
    return adj_dict_set(vm, c->entries, key, value);
}

static bool drop_oldest(AdjVM *vm, Cache *c)
{
    int64_t i = 0;
    AdjEntry *e = adj_dict_next(c->entries, &i);
    if (!e) return true;
    AdjVal key = adj_val_keep(e->key), old;
    int gone = adj_dict_remove(vm, c->entries, key, &old);
    adj_val_drop(key);
    if (gone > 0) adj_val_drop(old);
    return gone >= 0;
}

static bool cache_call(AdjVM *vm, AdjVal self, AdjVal *args, int nargs, AdjTuple *kwnames,
                       AdjVal *out)
{
    Cache *c = cache_of(self);
    AdjVal key, value;
    if (!cache_key(vm, c, args, nargs, kwnames, &key)) return false;
    int found = adj_dict_find(vm, c->entries, key, &value);
    bool ok = found >= 0;
    if (found > 0) {
        c->hits++;
        *out = adj_val_keep(value);
        ok = refresh(vm, c, key, *out);
        if (!ok) adj_val_drop(*out);
    } else if (ok) {
        c->misses++;
        ok = adj_vm_call(vm, c->fn, args, nargs, kwnames, out);
        if (ok && c->most != 0) {
            ok = (c->most < 0 || c->entries->count < c->most || drop_oldest(vm, c)) &&
                 adj_dict_set(vm, c->entries, key, *out);
            if (!ok) adj_val_drop(*out);
        }
    }
    adj_val_drop(key);
    return ok;
}

static bool cache_info(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Cache *c = cache_of(args[0]);
    AdjVal module, rows[] = {adj_int_val(c->hits), adj_int_val(c->misses),
                             c->most < 0 ? ADJ_NONE : adj_int_val(c->most),
                             adj_int_val(c->entries->count)};
    if (!adj_vm_import(vm, "functools", &module)) return false;
    bool ok = adj_vm_call_method(vm, module, "CacheInfo", rows, 4, out);
    adj_val_drop(module);
    return ok;
}

static bool cache_clear(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    Cache *c = cache_of(args[0]);
    c->hits = c->misses = 0;
    adj_dict_clear(c->entries);
    return adj_out_none(out);
}

// As an attribute of a class it is a method, like the function inside.
static bool cache_getattr(AdjVM *vm, AdjVal self, AdjStr *name, AdjVal *out)
{
    if (adj_str_is(name, "__wrapped__")) return adj_out_keep(out, cache_of(self)->fn);
    return adj_val_getattr(vm, cache_of(self)->fn, name, out);
}

static bool cache_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjVal name;
    if (!adj_val_getattr_c(vm, cache_of(self)->fn, "__qualname__", &name)) return false;
    bool ok = adj_is_str(name) &&
              adj_out(out, adj_str_format(vm, "<functools._lru_cache_wrapper object %s>",
                                          adj_as_str(name)->data));
    adj_val_drop(name);
    return ok;
}

static const AdjNative cache_methods[] = {
    {"cache_info", "(self)", cache_info, "How often the cache knew the answer.", 0},
    {"cache_clear", "(self)", cache_clear, "Forgets all answers.", 0},
    {0},
};
static AdjType type_cache = {
    .name = "_lru_cache_wrapper",
    .flags = ADJ_TF_GC,
    .size = sizeof(Cache),
    .doc = "A function that remembers its answers.",
    .methods = cache_methods,
    .drop = cache_drop,
    .traverse = cache_traverse,
    .repr = cache_repr,
    .getattr = cache_getattr,
    .call = cache_call,
};

static bool cache_new(AdjVM *vm, AdjVal fn, int64_t most, bool typed, AdjVal *out)
{
    Cache *c = adj_obj_new(vm, &type_cache);
    if (!c) return false;
    c->fn = adj_val_keep(fn);
    c->most = most;
    c->typed = typed;
    c->entries = adj_dict_new(vm);
    if (!c->entries) return adj_obj_drop(c), false;
    return adj_out(out, c);
}

static bool functools_cache(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return cache_new(vm, args[0], -1, false, out);
}

// lru_cache(f), or lru_cache(maxsize=...) which gives the decorator: a partial of itself.
static bool functools_cache_with(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return cache_new(vm, args[2], args[0].i, args[1].i != 0, out);
}

static const AdjNative cache_with = {"lru_cache", "(maxsize, typed, function)",
                                     functools_cache_with, "The decorator.", 0};

static bool functools_lru_cache(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t most = -1;
    bool typed;
    if (!adj_val_truth(vm, args[1], &typed)) return false;
    if (adj_val_callable(args[0])) return cache_new(vm, args[0], 128, typed, out);
    if (!adj_is_none(args[0])) {
        if (!adj_is_int(args[0])) {
            return adj_raise(vm, ADJ_EXC_TypeError,
                             "Expected first argument to be an integer, a callable, or None");
        }
        most = args[0].i < 0 ? 0 : args[0].i;
    }
    AdjNativeObj *with = adj_native_new(vm, &cache_with, NULL);
    Partial *p = with ? adj_obj_new(vm, &type_partial) : NULL;
    if (!p) return adj_obj_drop(with), false;
    p->fn = adj_obj_val(with);
    p->args = adj_tuple_from(vm, (AdjVal[]){adj_int_val(most), adj_bool_val(typed)}, 2);
    p->keywords = adj_dict_new(vm);
    if (!p->args || !p->keywords) return adj_obj_drop(p), false;
    return adj_out(out, p);
}

// ---- comparison keys ----

typedef struct Key {
    AdjObj head;
    AdjVal compare, value;
} Key;

static void key_drop(AdjObj *o)
{
    adj_val_set(&((Key *)o)->compare, ADJ_UNDEF);
    adj_val_set(&((Key *)o)->value, ADJ_UNDEF);
}

static void key_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    if (adj_is_obj(((Key *)o)->compare)) visit(((Key *)o)->compare.o, arg);
    if (adj_is_obj(((Key *)o)->value)) visit(((Key *)o)->value.o, arg);
}

static AdjType type_key;

static bool key_compare(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out)
{
    if (!adj_is_exact(a, &type_key) || !adj_is_exact(b, &type_key)) return adj_out_notimpl(out);
    AdjVal pair[] = {((Key *)a.o)->value, ((Key *)b.o)->value}, order;
    if (!adj_vm_call(vm, ((Key *)a.o)->compare, pair, 2, NULL, &order)) return false;
    bool ok = adj_val_compare(vm, op, order, adj_int_val(0), out);
    adj_val_drop(order);
    return ok;
}

static AdjType type_key = {
    .name = "KeyWrapper",
    .flags = ADJ_TF_GC,
    .size = sizeof(Key),
    .doc = "A value that compares by a function.",
    .drop = key_drop,
    .traverse = key_traverse,
    .compare = key_compare,
};

static bool functools_key_of(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Key *k = adj_obj_new(vm, &type_key);
    if (!k) return false;
    k->compare = adj_val_keep(args[0]);
    k->value = adj_val_keep(args[1]);
    return adj_out(out, k);
}

static const AdjNative key_of = {"cmp_to_key", "(mycmp, obj)", functools_key_of, "The key.", 0};

// A partial of the function above is the key function.
static bool functools_cmp_to_key(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjNativeObj *make = adj_native_new(vm, &key_of, NULL);
    Partial *p = make ? adj_obj_new(vm, &type_partial) : NULL;
    if (!p) return adj_obj_drop(make), false;
    p->fn = adj_obj_val(make);
    p->args = adj_tuple_from(vm, args, 1);
    p->keywords = adj_dict_new(vm);
    if (!p->args || !p->keywords) return adj_obj_drop(p), false;
    return adj_out(out, p);
}

// ---- decorators ----

static bool copy_attribute(AdjVM *vm, AdjVal to, AdjVal from, const char *name)
{
    AdjVal value;
    AdjStr *key = adj_str_intern_c(name);
    int found = key ? adj_val_find_attr(vm, from, key, &value) : -1;
    bool ok = found >= 0;
    if (found > 0) {
        ok = adj_val_setattr(vm, to, key, value);
        adj_val_drop(value);
    }
    adj_obj_drop(key);
    return ok;
}

static bool functools_update_wrapper(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    static const char *const names[] = {"__module__", "__name__", "__qualname__", "__doc__"};
    for (int i = 0; i < 4; i++) {
        if (copy_attribute(vm, args[0], args[1], names[i])) continue;
        if (!adj_vm_error_is(vm, ADJ_EXC_AttributeError)) return false;
        adj_vm_clear_error(vm);
    }
    return adj_val_setattr_c(vm, args[0], "__wrapped__", args[1]) && adj_out_keep(out, args[0]);
}

static bool functools_wrap_other(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    return functools_update_wrapper(vm, (AdjVal[]){args[1], args[0]}, nargs, out);
}

static const AdjNative wrap_other = {"wraps", "(wrapped, wrapper)", functools_wrap_other,
                                     "The decorator.", 0};

static bool functools_wraps(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjNativeObj *make = adj_native_new(vm, &wrap_other, NULL);
    Partial *p = make ? adj_obj_new(vm, &type_partial) : NULL;
    if (!p) return adj_obj_drop(make), false;
    p->fn = adj_obj_val(make);
    p->args = adj_tuple_from(vm, args, 1);
    p->keywords = adj_dict_new(vm);
    if (!p->args || !p->keywords) return adj_obj_drop(p), false;
    return adj_out(out, p);
}

static const AdjNative functools_functions[] = {
    {"reduce", "(function, iterable, initial=<unset>, /)", functools_reduce,
     "function(... function(function(a, b), c) ...).", 0},
    {"cache", "(user_function, /)", functools_cache,
     "The function with its answers remembered.", 0},
    {"lru_cache", "(maxsize=128, typed=False)", functools_lru_cache,
     "A decorator that remembers the latest answers.", 0},
    {"cmp_to_key", "(mycmp)", functools_cmp_to_key, "A sort key from a comparison.", 0},
    {"update_wrapper", "(wrapper, wrapped)", functools_update_wrapper,
     "Gives a wrapper the name and text of what it wraps.", 0},
    {"wraps", "(wrapped)", functools_wraps, "A decorator for wrappers: update_wrapper.", 0},
    {0},
};

static bool functools_init(AdjVM *vm, AdjModuleObj *m)
{
    return adj_type_ready(&type_cache) && adj_type_ready(&type_key) &&
           adj_vm_add_type(vm, m->dict, &type_partial);
}

const AdjModuleDef adj_lib_functools = {"functools", "Functions about functions.",
                                        functools_functions, functools_init};
