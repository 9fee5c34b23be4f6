// SPDX-License-Identifier: Apache-2.0
// Instances and what classes are asked about them: construction, isinstance, callable, dir, and
// calling special methods.
#include <string.h>

#include "vm.h"

// ---- special methods ----

bool adj_call_dunder(AdjVM *vm, AdjVal fn, AdjVal self, AdjVal *args, int nargs, AdjVal *out)
{
    AdjVal all[5] = {self};
    if (adj_is_exact(fn, &adj_type_function) || adj_is_exact(fn, &adj_type_native)) {
        for (int i = 0; i < nargs; i++) all[i + 1] = args[i];
        return adj_vm_call(vm, fn, all, nargs + 1, NULL, out);
    }
    AdjVal bound;
    if (!adj_bind_attribute(vm, fn, self, adj_type_of(self), &bound)) return false;
    bool ok = adj_vm_call(vm, bound, args, nargs, NULL, out);
    adj_val_drop(bound);
    return ok;
}

// ---- construction ----

static void sort_names(AdjList *l)
{
    for (int64_t i = 1; i < l->len; i++) {
        AdjVal v = l->items[i];
        int64_t at = i;
        for (; at > 0 && strcmp(adj_as_str(l->items[at - 1])->data, adj_as_str(v)->data) > 0;
             at--) {
            l->items[at] = l->items[at - 1];
        }
        l->items[at] = v;
    }
}

// "Can't instantiate abstract class Shape with abstract methods area, name", as CPython says.
static bool raise_abstract(AdjVM *vm, AdjType *t)
{
    AdjVal *missing = adj_dict_find_str((AdjDict *)t->dict, adj_names.__abstractmethods__);
    AdjList *names = missing ? adj_list_of(vm, *missing) : NULL;
    if (!names) return false;
    sort_names(names);
    AdjBuf b = {0};
    AdjVal text;
    for (int64_t i = 0; i < names->len; i++) {
        if (i) adj_buf_add_c(vm, &b, ", ");
        adj_buf_add_str(vm, &b, names->items[i]);
    }
    const char *plural = names->len > 1 ? "s" : "";
    adj_obj_drop(names);
    if (!adj_buf_str(vm, &b, &text)) return false;
    adj_raise(vm, ADJ_EXC_TypeError,
              "Can't instantiate abstract class %s with abstract method%s %s", t->name, plural,
              adj_as_str(text)->data);
    adj_val_drop(text);
    return false;
}

bool adj_type_instantiate(AdjVM *vm, AdjType *t, AdjVal *args, int nargs, AdjVal *out)
{
    if (UNLIKELY(t->flags & ADJ_TF_ABSTRACT)) return raise_abstract(vm, t);
    if (UNLIKELY(t->flags & ADJ_TF_TYPE)) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "object.__new__(%s) is not safe, use type.__new__()", t->name);
    }
    if (!(t->flags & (ADJ_TF_HEAP | ADJ_TF_BASE)) && !t->alloc) {
        return adj_raise(vm, ADJ_EXC_TypeError, "cannot create '%s' instances", t->name);
    }
    AdjObj *o = adj_obj_new(vm, t);
    if (!o) return false;
    AdjVal v = {.tag = ADJ_T_OBJ, .o = o};
    if (t->alloc && !t->alloc(vm, v, args, nargs)) {
        adj_val_drop(v);
        return false;
    }
    *out = v;
    return true;
}

// __new__ of a class of the language is a static method that receives the class.
static bool call_new(AdjVM *vm, AdjVal fn, AdjType *t, AdjVal *args, int nargs,
                     AdjTuple *kwnames, AdjVal *out)
{
    if (adj_is_exact(fn, &adj_type_staticmethod)) fn = ((AdjWrap *)fn.o)->fn;
    int count = nargs + (kwnames ? (int)kwnames->len : 0);
    size_t bytes = (size_t)(count + 1) * sizeof(AdjVal);
    AdjVal *all = adj_lang_alloc(vm, bytes);
    if (!all) return false;
    all[0] = adj_obj_val(t);
    if (count) memcpy(all + 1, args, (size_t)count * sizeof(AdjVal));
    bool ok = adj_vm_call(vm, fn, all, nargs + 1, kwnames, out);
    adj_lang_free(all, bytes);
    return ok;
}

static bool call_init(AdjVM *vm, AdjVal fn, AdjVal self, AdjVal *args, int nargs,
                      AdjTuple *kwnames)
{
    int count = nargs + (kwnames ? (int)kwnames->len : 0);
    size_t bytes = (size_t)(count + 1) * sizeof(AdjVal);
    AdjVal *all = adj_lang_alloc(vm, bytes), r;
    if (!all) return false;
    all[0] = self;
    if (count) memcpy(all + 1, args, (size_t)count * sizeof(AdjVal));
    bool ok = adj_vm_call(vm, fn, all, nargs + 1, kwnames, &r);
    adj_lang_free(all, bytes);
    if (!ok) return false;
    bool none = adj_is_none(r);
    const char *name = adj_type_name(r);
    if (!none) {
        adj_raise(vm, ADJ_EXC_TypeError, "__init__() should return None, not '%s'", name);
    }
    adj_val_drop(r);
    return none;
}

static bool type_of_call(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    if (nargs == 1) return adj_out_keep(out, adj_obj_val(adj_type_of(args[0])));
    if (nargs != 3) return adj_raise(vm, ADJ_EXC_TypeError, "type() takes 1 or 3 arguments");
    if (!adj_is_str(args[0]) || !adj_is_tuple(args[1]) || !adj_is_dict(args[2])) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "type() takes a str, a tuple of bases and a dict");
    }
    AdjTuple *bases = adj_as_tuple(args[1]);
    return adj_class_make(vm, args[0], bases->items, (int)bases->len, adj_as_dict(args[2]),
                          NULL, out);
}

// Meta(name, bases, names, **keywords), where Meta has no __new__ of its own.
static bool class_of_call(AdjVM *vm, AdjType *meta, AdjVal *args, int nargs, AdjTuple *kwnames,
                          AdjVal *out)
{
    AdjVal *make = adj_type_find(&adj_type_type, adj_dunder_names[ADJ_D_NEW]);
    return make && call_new(vm, *make, meta, args, nargs, kwnames, out);
}

static bool make_native(AdjVM *vm, AdjType *t, AdjVal *args, int nargs, AdjTuple *kwnames,
                        AdjVal *out)
{
    AdjVal *make = adj_type_find(t, adj_dunder_names[ADJ_D_NEW]);
    int count = nargs + (kwnames ? (int)kwnames->len : 0);
    AdjVal small[8], *all = small;
    size_t bytes = (size_t)(count + 1) * sizeof(AdjVal);
    if (count + 1 > 8 && !(all = adj_lang_alloc(vm, bytes))) return false;
    all[0] = adj_obj_val(t);
    if (count) memcpy(all + 1, args, (size_t)count * sizeof(AdjVal));
    bool ok = adj_call_native(vm, (AdjNativeObj *)make->o, all, nargs + 1, kwnames, out);
    if (all != small) adj_lang_free(all, bytes);
    return ok;
}

// Whether the native base takes its arguments when it makes the object (str, tuple) and not in
// an __init__ (list, dict).
static bool made_by_base(const AdjType *t)
{
    while (t->flags & ADJ_TF_HEAP) t = t->base;
    if (!t->make) return false;
    AdjVal *init = adj_type_find((AdjType *)t, adj_dunder_names[ADJ_D_INIT]);
    return !init || !adj_is_exact(*init, &adj_type_native) ||
           ((AdjNativeObj *)init->o)->owner == &adj_type_object;
}

bool adj_call_type(AdjVM *vm, AdjType *t, AdjVal *args, int nargs, AdjTuple *kwnames,
                   AdjVal *out)
{
    if (t == &adj_type_type) return type_of_call(vm, args, nargs, out);
    if (!(t->flags & ADJ_TF_HEAP) && t->make) {
        return make_native(vm, t, args, nargs, kwnames, out);
    }
    AdjVal *fn = adj_type_dunder(t, ADJ_D_NEW), obj;
    bool made = false;
    if (!fn && t->flags & ADJ_TF_TYPE) {
        if (!class_of_call(vm, t, args, nargs, kwnames, &obj)) return false;
        made = true;
    } else if (!fn && made_by_base(t)) {
        if (!make_native(vm, t, args, nargs, kwnames, &obj)) return false;
        made = true;
    } else if (fn) {
        if (!call_new(vm, *fn, t, args, nargs, kwnames, &obj)) return false;
        if (!adj_type_is(adj_type_of(obj), t)) return *out = obj, true;
    } else if (!adj_type_instantiate(vm, t, args, nargs, &obj)) {
        return false;
    }
    AdjVal *init = adj_type_find(t, adj_dunder_names[ADJ_D_INIT]);
    bool plain = init && adj_is_exact(*init, &adj_type_native) &&
                 ((AdjNativeObj *)init->o)->owner == &adj_type_object;
    if (plain && (nargs || (kwnames && kwnames->len)) && !fn && !made) {
        adj_raise(vm, ADJ_EXC_TypeError, "%s() takes no arguments", t->name);
        adj_val_drop(obj);
        return false;
    }
    if (plain || !init || call_init(vm, *init, obj, args, nargs, kwnames)) {
        *out = obj;
        return true;
    }
    adj_val_drop(obj);
    return false;
}

// ---- questions ----

bool adj_val_callable(AdjVal v)
{
    if (v.tag != ADJ_T_OBJ) return false;
    const AdjType *t = v.o->type;
    return t == &adj_type_function || t == &adj_type_native || t->call ||
           adj_type_dunder(v.o->type, ADJ_D_CALL);
}

// A class whose members compute as ints (enum.IntEnum) says so, as it cannot descend from them.
static bool stands_for(AdjType *t, AdjVal of)
{
    AdjVal *v = t->flags & ADJ_TF_HEAP ? adj_type_find(t, adj_names.__stands_for__) : NULL;
    return v && adj_val_is(*v, of);
}

static bool is_kind_of(AdjVM *vm, AdjType *t, AdjVal of, const char *who, bool *out)
{
    if (adj_is_type(of)) {
        // bool is a subclass of int, although its type table stands alone.
        *out = adj_type_is(t, adj_as_type(of)) ||
               (t == &adj_type_bool && of.o == &adj_type_int.head) || stands_for(t, of);
        return true;
    }
    if (adj_is_exact(of, &adj_type_union)) of = adj_obj_val(((AdjUnion *)of.o)->members);
    if (!adj_is_tuple(of)) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         strcmp(who, "isinstance")
                             ? "%s() arg 2 must be a class, a tuple of classes, or a union"
                             : "%s() arg 2 must be a type, a tuple of types, or a union",
                         who);
    }
    AdjTuple *list = adj_as_tuple(of);
    *out = false;
    for (int64_t i = 0; !*out && i < list->len; i++) {
        if (!adj_vm_enter(vm, "")) return false;
        bool ok = is_kind_of(vm, t, list->items[i], who, out);
        adj_vm_leave(vm);
        if (!ok) return false;
    }
    return true;
}

bool adj_val_isinstance(AdjVM *vm, AdjVal v, AdjVal type_or_tuple, bool *out)
{
    return is_kind_of(vm, adj_type_of(v), type_or_tuple, "isinstance", out);
}

bool adj_val_issubclass(AdjVM *vm, AdjVal t, AdjVal type_or_tuple, bool *out)
{
    if (!adj_is_type(t)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "issubclass() arg 1 must be a class");
    }
    return is_kind_of(vm, adj_as_type(t), type_or_tuple, "issubclass", out);
}

// ---- dir ----

static bool add_names(AdjVM *vm, AdjDict *set, AdjDict *from)
{
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(from, &i));) {
        if (adj_is_str(e->key) && !adj_dict_set(vm, set, e->key, ADJ_NONE)) return false;
    }
    return true;
}

static bool own_names(AdjVM *vm, AdjVal v, AdjDict *set)
{
    AdjAttrs *a = v.tag == ADJ_T_OBJ ? adj_attrs_of(v.o) : NULL;
    if (a && a->dict && !add_names(vm, set, a->dict)) return false;
    for (uint32_t i = 0; a && a->shape && i < a->shape->count; i++) {
        if (!adj_dict_set_str(vm, set, a->shape->names[i], ADJ_NONE)) return false;
    }
    AdjType *t = adj_type_of(v);
    if (!t->list_names) return true;
    AdjList *more = adj_list_new(vm, 0);
    if (!more) return false;
    t->list_names(vm, v, &more->head);
    bool ok = true;
    for (int64_t i = 0; ok && i < more->len; i++) {
        ok = adj_dict_set(vm, set, more->items[i], ADJ_NONE);
    }
    adj_obj_drop(more);
    return ok;
}

bool adj_val_dir(AdjVM *vm, AdjVal v, AdjVal *out)
{
    AdjDict *set = adj_dict_new(vm);
    bool ok = set && own_names(vm, v, set);
    bool is_module = adj_is_exact(v, &adj_type_module);
    AdjType *t = adj_is_type(v) ? adj_as_type(v) : adj_type_of(v);
    uint32_t line = 0;
    for (AdjType *at = t; ok && at && !is_module; at = adj_mro_next(t, at, &line))
        ok = add_names(vm, set, (AdjDict *)at->dict);
    AdjList *l = ok ? adj_list_new(vm, set->count) : NULL;
    AdjEntry *e;
    for (int64_t i = 0; l && (e = adj_dict_next(set, &i));) adj_list_append(vm, l, e->key);
    adj_obj_drop(set);
    if (!l) return false;
    sort_names(l);
    return adj_out(out, l);
}
