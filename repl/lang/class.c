// SPDX-License-Identifier: Apache-2.0
// Classes: object and type, the class statement, making instances.
//
// A class of the language is an AdjType on the heap whose slots are those of its native base;
// what the class itself defines is found through its special methods (type.c). Instances are
// the native part, then the attributes.
#include <string.h>

#include "vm.h"

enum { CLASS_KEYWORDS_MAX = 16, CLASS_BASES_MAX = 32 };

static AdjStr *str_of(AdjObj *o)
{
    return (AdjStr *)o;
}

// ---- object ----

static bool object_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjType *t = adj_type_of(self);
    const char *module = t->module_name ? str_of(t->module_name)->data : NULL;
    const char *name = t->qualname ? str_of(t->qualname)->data : t->name;
    return adj_out(out, adj_str_format(vm, "<%s%s%s object at %p>", module ? module : "",
                                       module ? "." : "", name, (void *)self.o));
}

static bool object_hash(AdjVM *vm, AdjVal self, int64_t *out)
{
    (void)vm;
    *out = self.tag == ADJ_T_OBJ ? adj_pointer_hash(self.o) : (int64_t)self.tag * 7919;
    return true;
}

static bool object_get_class(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, adj_obj_val(adj_type_of(self)));
}

static bool object_set_class(AdjVM *vm, AdjVal self, AdjVal value)
{
    (void)self;
    return adj_raise(vm, ADJ_EXC_TypeError, "__class__ assignment is not supported%s",
                     adj_is_type(value) ? "" : " and needs a class");
}

static bool object_get_dict(AdjVM *vm, AdjVal self, AdjVal *out)
{
    if (self.tag != ADJ_T_OBJ) {
        return adj_raise(vm, ADJ_EXC_AttributeError, "'%s' object has no attribute '__dict__'",
                         adj_type_name(self));
    }
    AdjDict *d = adj_attr_dict(vm, self.o);
    return d && adj_out_keep(out, adj_obj_val(d));
}

static bool object_set_doc(AdjVM *vm, AdjVal self, AdjVal value)
{
    if (adj_is_obj(self)) return adj_attr_store(vm, self.o, adj_names.__doc__, value);
    return adj_raise(vm, ADJ_EXC_AttributeError, "'%s' object attribute '__doc__' is read-only",
                     adj_type_name(self));
}

static bool object_get_doc(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjVal *own = adj_is_obj(self) ? adj_attr_find(self.o, adj_names.__doc__) : NULL;
    if (own) return adj_out_keep(out, *own);
    const char *doc = adj_type_of(self)->doc;
    return doc ? adj_out(out, adj_str_new_c(vm, doc)) : adj_out_none(out);
}

static bool object_get_module(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjType *t = adj_type_of(self);
    if (t->module_name) return adj_out_keep(out, adj_obj_val(t->module_name));
    return adj_out(out, adj_str_new_c(vm, "builtins"));
}

static bool object_setattr(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    if (!adj_is_str(args[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "attribute name must be string, not '%s'",
                         adj_type_name(args[1]));
    }
    AdjType *t = adj_type_of(args[0]);
    AdjStr *name = adj_as_str(args[1]);
    bool ok = t->setattr ? t->setattr(vm, args[0], name, args[2])
                         : adj_attr_set_generic(vm, args[0], name, args[2]);
    return ok && adj_out_none(out);
}

static bool object_delattr(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    AdjVal three[3] = {args[0], args[1], ADJ_UNDEF};
    return object_setattr(vm, three, nargs, out);
}

static bool object_getattribute(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    if (!adj_is_str(args[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "attribute name must be string, not '%s'",
                         adj_type_name(args[1]));
    }
    return adj_val_getattr_plain(vm, args[0], adj_as_str(args[1]), out);
}

static bool object_init(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjTuple *rest = adj_as_tuple(args[1]);
    AdjType *t = adj_type_of(args[0]);
    if (t->flags & ADJ_TF_TYPE) return adj_out_none(out);
    if ((rest->len || adj_as_dict(args[2])->count) && !adj_type_dunder(t, ADJ_D_NEW)) {
        return adj_raise(
            vm, ADJ_EXC_TypeError,
            "%s.__init__() takes exactly one argument (the instance to initialize)", t->name);
    }
    return adj_out_none(out);
}

static bool object_new(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    if (!adj_is_type(args[0])) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "object.__new__(X): X is not a type object (%s)",
                         adj_type_name(args[0]));
    }
    AdjTuple *rest = adj_as_tuple(args[1]);
    return adj_type_instantiate(vm, adj_as_type(args[0]), rest->items, (int)rest->len, out);
}

static bool object_init_subclass(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)args, (void)nargs;
    return adj_out_none(out);
}

static bool object_format(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    if (!adj_is_str(args[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "__format__() argument must be str, not %s",
                         adj_type_name(args[1]));
    }
    AdjType *t = adj_type_of(args[0]);
    AdjStr *spec = adj_as_str(args[1]);
    if (t->format) return t->format(vm, args[0], spec->data, (size_t)spec->len, out);
    if (!spec->len) return adj_val_str(vm, args[0], out);
    return adj_raise(vm, ADJ_EXC_TypeError, "unsupported format string passed to %s.__format__",
                     t->name);
}

static bool object_dir(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return adj_val_dir(vm, args[0], out);
}

AdjType adj_type_object = {
    .name = "object",
    .size = sizeof(AdjObj),
    .flags = ADJ_TF_BASE,
    .doc = "The base of all classes.",
    .repr = object_repr,
    .hash = object_hash,
    .methods =
        (const AdjNative[]){
            {"__init__", "(self, *args, **kwargs)", object_init, "Initialises the object.", 0},
            {"__new__", "(cls, *args, **kwargs)", object_new, "A fresh object of the class.",
             ADJ_FN_STATIC},
            {"__setattr__", "(self, name, value, /)", object_setattr, "self.name = value", 0},
            {"__delattr__", "(self, name, /)", object_delattr, "del self.name", 0},
            {"__getattribute__", "(self, name, /)", object_getattribute, "self.name", 0},
            {"__format__", "(self, spec, /)", object_format, "format(self, spec)", 0},
            {"__dir__", "(self, /)", object_dir, "The names of the attributes.", 0},
            {"__init_subclass__", "(cls)", object_init_subclass,
             "Called for each new subclass.", ADJ_FN_CLASS},
            {0}},
    .attrs =
        (const AdjAttr[]){
            {"__class__", object_get_class, object_set_class, "The class of the object."},
            {"__dict__", object_get_dict, NULL, "The attributes of the object."},
            {"__doc__", object_get_doc, object_set_doc, "The documentation."},
            {"__module__", object_get_module, NULL, "The module that defined the class."},
            {0}},
};

// ---- type ----

static void type_drop(AdjObj *o)
{
    AdjType *t = (AdjType *)o;
    AdjObj *dict = t->dict, *qualname = t->qualname, *module = t->module_name;
    AdjObj *name = t->name_text, *body = t->body;
    AdjType *base = t->base;
    adj_type_forget_bases(t);
    if (t->special) adj_dunder_cache_free(t);
    adj_lang_free(t->subclasses, t->subclass_cap * sizeof *t->subclasses);
    t->subclasses = NULL;
    t->subclass_cap = t->subclass_count = 0;
    adj_layout_drop(t->shape);
    t->shape = NULL;
    adj_obj_drop(dict);
    adj_obj_drop(qualname);
    adj_obj_drop(module);
    adj_obj_drop(name);
    adj_obj_drop(body);
    if (base && base->flags & ADJ_TF_HEAP) adj_obj_drop(base);
}

// Breaking a cycle must leave the type usable until its last object has gone: only the dict's
// contents go.
static void type_clear(AdjObj *o)
{
    AdjType *t = (AdjType *)o;
    if (!(t->flags & ADJ_TF_HEAP)) return;
    adj_dict_clear((AdjDict *)t->dict);
    adj_type_changed(t);
}

static void type_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    AdjType *t = (AdjType *)o;
    if (!(t->flags & ADJ_TF_HEAP)) return;
    if (t->dict) visit(t->dict, arg);
    if (t->base && t->base->flags & ADJ_TF_HEAP) visit(&t->base->head, arg);
    for (uint32_t i = 0; t->special && i < t->special->base_count; i++) {
        if (t->special->bases[i]->flags & ADJ_TF_HEAP) visit(&t->special->bases[i]->head, arg);
    }
}

static bool type_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjType *t = adj_as_type(self);
    const char *name = t->qualname ? str_of(t->qualname)->data : t->name;
    if (!t->module_name || adj_str_is(str_of(t->module_name), "builtins"))
        return adj_out(out, adj_str_format(vm, "<class '%s'>", name));
    return adj_out(out,
                   adj_str_format(vm, "<class '%s.%s'>", str_of(t->module_name)->data, name));
}

static bool type_hash(AdjVM *vm, AdjVal self, int64_t *out)
{
    (void)vm;
    *out = adj_pointer_hash(self.o);
    return true;
}

static bool type_call(AdjVM *vm, AdjVal self, AdjVal *args, int nargs, AdjTuple *kwnames,
                      AdjVal *out)
{
    return adj_call_type(vm, adj_as_type(self), args, nargs, kwnames, out);
}

static bool type_get_name(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_out(out, adj_str_new_c(vm, adj_as_type(self)->name));
}

static bool type_set_name(AdjVM *vm, AdjVal self, AdjVal value)
{
    AdjType *t = adj_as_type(self);
    if (adj_is_undef(value) || !adj_is_str(value)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "can only assign string to %s.__name__",
                         t->name);
    }
    AdjStr *name = adj_str_intern(vm, adj_as_str(value)->data, (size_t)adj_as_str(value)->len);
    if (!name) return false;
    adj_obj_drop(t->name_text);
    t->name_text = &name->head;
    t->name = name->data;
    return true;
}

static bool type_get_qualname(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjType *t = adj_as_type(self);
    if (t->qualname) return adj_out_keep(out, adj_obj_val(t->qualname));
    return type_get_name(vm, self, out);
}

static bool type_get_module(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjType *t = adj_as_type(self);
    if (t->module_name) return adj_out_keep(out, adj_obj_val(t->module_name));
    return adj_out(out, adj_str_new_c(vm, "builtins"));
}

static bool type_set_module(AdjVM *vm, AdjVal self, AdjVal value)
{
    AdjType *t = adj_as_type(self);
    if (adj_is_undef(value) || !adj_is_str(value)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "__module__ must be a str");
    }
    AdjObj *old = t->module_name;
    t->module_name = adj_obj_keep(value.o);
    adj_obj_drop(old);
    return true;
}

static bool type_get_doc(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjType *t = adj_as_type(self);
    AdjVal *doc = t->flags & ADJ_TF_HEAP
                      ? adj_dict_find_str((AdjDict *)t->dict, adj_names.__doc__)
                      : NULL;
    if (doc) return adj_out_keep(out, *doc);
    return t->doc ? adj_out(out, adj_str_new_c(vm, t->doc)) : adj_out_none(out);
}

static bool type_set_doc(AdjVM *vm, AdjVal self, AdjVal value)
{
    AdjType *t = adj_as_type(self);
    if (adj_is_undef(value)) value = ADJ_NONE;
    bool ok = adj_dict_set_str(vm, (AdjDict *)t->dict, adj_names.__doc__, value);
    adj_type_changed(t);
    return ok;
}

// A copy: changing it must not pass by the versions.
static bool type_get_dict(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_out(out, adj_dict_copy(vm, (AdjDict *)adj_as_type(self)->dict));
}

static bool type_get_base(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    AdjType *b = adj_as_type(self)->base;
    return adj_out_keep(out, b ? adj_obj_val(b) : ADJ_NONE);
}

static bool type_get_bases(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjType *t = adj_as_type(self), *b = t->base;
    uint32_t n = t->special ? t->special->base_count : 0;
    AdjTuple *bases = adj_tuple_new(vm, n ? n : b != NULL);
    for (int64_t i = 0; bases && i < bases->len; i++)
        bases->items[i] = adj_obj_val(adj_obj_keep(n ? t->special->bases[i] : b));
    return adj_out(out, bases);
}

static bool type_get_mro(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjList *l = adj_list_new(vm, 4);
    bool ok = l != NULL;
    AdjType *of = adj_as_type(self);
    uint32_t i = 0;
    for (AdjType *t = of; ok && t; t = adj_mro_next(of, t, &i)) {
        ok = adj_list_append(vm, l, adj_obj_val(t));
    }
    AdjTuple *mro = ok ? adj_tuple_from(vm, l->items, l->len) : NULL;
    adj_obj_drop(l);
    return adj_out(out, mro);
}

static bool type_mro(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjVal mro;
    if (!type_get_mro(vm, args[0], &mro)) return false;
    AdjList *l = adj_list_of(vm, mro);
    adj_val_drop(mro);
    return adj_out(out, l);
}

static bool type_subclasses(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjType *t = adj_as_type(args[0]);
    AdjList *l = adj_list_new(vm, t->subclass_count);
    for (uint32_t i = 0; l && i < t->subclass_count; i++) {
        adj_list_append(vm, l, adj_obj_val(t->subclasses[i]));
    }
    return adj_out(out, l);
}

// type.__new__(meta, name, bases, names, **keywords): what a metaclass's __new__ ends in.
static bool type_new(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    if (!adj_is_type(args[0]) || !(adj_as_type(args[0])->flags & ADJ_TF_TYPE) ||
        !adj_is_str(args[1]) || !adj_is_tuple(args[2]) || !adj_is_dict(args[3])) {
        return adj_raise(
            vm, ADJ_EXC_TypeError,
            "type.__new__() takes a metaclass, a str, a tuple of bases and a dict");
    }
    AdjTuple *bases = adj_as_tuple(args[2]);
    AdjDict *kw = adj_as_dict(args[4]);
    AdjVal all[CLASS_BASES_MAX + CLASS_KEYWORDS_MAX];
    AdjTuple *names = adj_tuple_new(vm, kw->count);
    if (!names) return false;
    bool ok = bases->len <= CLASS_BASES_MAX && kw->count <= CLASS_KEYWORDS_MAX;
    if (!ok) adj_raise(vm, ADJ_EXC_TypeError, "too many bases or keywords of a class");
    for (int64_t i = 0; ok && i < bases->len; i++) all[i] = bases->items[i];
    AdjEntry *e;
    int64_t n = 0;
    for (int64_t i = 0; ok && (e = adj_dict_next(kw, &i)); n++) {
        names->items[n] = adj_val_keep(e->key);
        all[bases->len + n] = e->value;
    }
    ok = ok && adj_class_new(vm, adj_as_type(args[0]), adj_as_str(args[1]), all,
                             (int)bases->len, adj_as_dict(args[3]), names, out);
    adj_obj_drop(names);
    return ok;
}

AdjType adj_type_type = {
    .name = "type",
    .size = sizeof(AdjType),
    .flags = ADJ_TF_GC | ADJ_TF_TYPE | ADJ_TF_BASE,
    .doc = "type(object) is the class of object; type(name, bases, dict) makes a class.",
    .drop = type_drop,
    .traverse = type_traverse,
    .repr = type_repr,
    .hash = type_hash,
    .binary = adj_union_binary,
    .call = type_call,
    .methods =
        (const AdjNative[]){
            {"__new__", "(meta, name, bases, names, /, **keywords)", type_new, "A new class.",
             ADJ_FN_STATIC},
            {"mro", "(self, /)", type_mro, "The class and its bases.", 0},
            {"__subclasses__", "(self, /)", type_subclasses, "The direct subclasses.", 0},
            {0}},
    .attrs =
        (const AdjAttr[]){
            {"__name__", type_get_name, type_set_name, "The name of the class."},
            {"__qualname__", type_get_qualname, NULL, "The name with those of its enclosures."},
            {"__module__", type_get_module, type_set_module, "The module that defined it."},
            {"__doc__", type_get_doc, type_set_doc, "The documentation."},
            {"__dict__", type_get_dict, NULL, "A copy of the names defined in the class."},
            {"__base__", type_get_base, NULL, "The base class."},
            {"__bases__", type_get_bases, NULL, "The base classes."},
            {"__mro__", type_get_mro, NULL, "The class and its bases, in order of lookup."},
            {0}},
};

void (*const adj_type_clear)(AdjObj *) = type_clear;

// ---- making classes ----

static bool class_names_take(AdjVM *vm, AdjType *t, AdjDict *names)
{
    AdjDict *d = (AdjDict *)(t->dict = (AdjObj *)adj_dict_new(vm));
    if (!d) return false;
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(names, &i));) {
        if (!adj_is_str(e->key)) {
            return adj_raise(vm, ADJ_EXC_TypeError, "names of a class must be strings");
        }
        AdjStr *name = adj_as_str(e->key);
        if (name == adj_names.__qualname__ || name == adj_names.__class_cell__) continue;
        AdjStr *interned = adj_str_intern(vm, name->data, (size_t)name->len);
        bool ok = interned && adj_dict_set_str(vm, d, interned, e->value);
        adj_obj_drop(interned);
        if (!ok) return false;
    }
    return true;
}

static void class_inherit(AdjType *t, AdjType *base)
{
    AdjType fresh = *base;
    fresh.head = t->head;
    fresh.base = base->flags & ADJ_TF_HEAP ? adj_obj_keep(base) : base;
    fresh.flags = (base->flags & (ADJ_TF_KINDS | ADJ_TF_GC | ADJ_TF_LATE_NEW)) | ADJ_TF_HEAP |
                  ADJ_TF_READY | ADJ_TF_ATTRS | ADJ_TF_BASE | ADJ_TF_GC;
    fresh.doc = NULL;
    fresh.methods = NULL;
    fresh.attrs = NULL;
    fresh.version = adj_next_version();
    fresh.slot_hint = base->flags & ADJ_TF_HEAP ? base->slot_hint : 4;
    fresh.dict = fresh.qualname = fresh.module_name = fresh.name_text = fresh.body = NULL;
    fresh.shape = NULL;
    fresh.subclasses = NULL;
    fresh.subclass_count = fresh.subclass_cap = 0;
    fresh.special = NULL;
    if (!base->attr_offset) fresh.size = base->size;
    *t = fresh;
}

// class A(Base, tag=1) calls Base.__init_subclass__(A, tag=1).
static bool class_subclass_hook(AdjVM *vm, AdjType *t, AdjVal *values, AdjTuple *kwnames)
{
    AdjStr *name = adj_dunder_names[ADJ_D_INIT_SUBCLASS];
    AdjVal *hook = adj_type_find_after(t, t, name), fn, result;
    if (hook == adj_type_find(&adj_type_object, name)) hook = NULL;
    AdjVal args[1 + CLASS_KEYWORDS_MAX] = {adj_obj_val(t)}, names[CLASS_KEYWORDS_MAX];
    int n = 0;
    for (int64_t i = 0; kwnames && i < kwnames->len && n < CLASS_KEYWORDS_MAX; i++) {
        if (adj_str_is(adj_as_str(kwnames->items[i]), "metaclass")) continue;
        names[n] = kwnames->items[i];
        args[++n] = values[i];
    }
    if (!hook && n) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "%s.__init_subclass__() takes no keyword arguments", t->name);
    }
    if (!hook) return true;
    if (!adj_bind_attribute(vm, *hook, ADJ_UNDEF, t, &fn)) return false;
    AdjTuple *given = adj_tuple_from(vm, names, n);
    // A plain function there is a class method without being marked.
    bool bound = adj_is_exact(fn, &adj_type_method);
    bool ok = given && adj_vm_call(vm, fn, args + bound, bound ? 0 : 1, given, &result);
    adj_obj_drop(given);
    adj_val_drop(fn);
    if (ok) adj_val_drop(result);
    return ok;
}

static bool class_set_names(AdjVM *vm, AdjType *t, AdjDict *names)
{
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(names, &i));) {
        if (adj_is_exact(e->value, &adj_type_property)) {
            AdjProperty *p = (AdjProperty *)e->value.o;
            if (!p->name) p->name = adj_obj_keep(e->key.o);
        }
        AdjVal fn, args[2] = {adj_obj_val(t), e->key}, result;
        if (!adj_is_obj(e->value) || !(e->value.o->type->flags & ADJ_TF_HEAP)) continue;
        AdjVal *found = adj_type_find(e->value.o->type, adj_names.__set_name__);
        if (!found) continue;
        fn = *found;
        if (!adj_call_dunder(vm, fn, e->value, args, 2, &result)) return false;
        adj_val_drop(result);
    }
    return true;
}

static AdjStr *names_str(AdjDict *names, AdjStr *key)
{
    AdjVal *v = adj_dict_find_str(names, key);
    return v && adj_is_str(*v) ? adj_as_str(*v) : NULL;
}

// The metaclass of a new class: the most derived of the one asked for and those of the bases.
static AdjType *best_meta(AdjVM *vm, AdjType *meta, AdjVal *bases, int nbases)
{
    for (int i = 0; i < nbases; i++) {
        AdjType *of = adj_type_of(bases[i]);
        if (!(of->flags & ADJ_TF_TYPE) || adj_type_is(meta, of)) continue;
        if (!adj_type_is(of, meta)) {
            return adj_raise_null(
                vm, ADJ_EXC_TypeError,
                "metaclass conflict: the metaclass of a derived class must be a (non-strict) "
                "subclass of the metaclasses of all its bases");
        }
        meta = of;
    }
    return meta;
}

bool adj_class_make(AdjVM *vm, AdjVal name, AdjVal *bases, int nbases, AdjDict *names,
                    AdjTuple *kwnames, AdjVal *out)
{
    AdjVal meta = adj_obj_val(&adj_type_type);
    int64_t n = kwnames ? kwnames->len : 0, at = -1;
    for (int64_t i = 0; i < n; i++) {
        if (adj_str_is(adj_as_str(kwnames->items[i]), "metaclass")) at = i;
    }
    if (at >= 0) meta = bases[nbases + at];
    if (adj_is_type(meta)) {
        AdjType *best = best_meta(vm, adj_as_type(meta), bases, nbases);
        if (!best) return false;
        if (best == &adj_type_type)
            return adj_class_new(vm, best, adj_as_str(name), bases, nbases, names, kwnames,
                                 out);
        meta = adj_obj_val(best);
    }
    if (n > CLASS_KEYWORDS_MAX)
        return adj_raise(vm, ADJ_EXC_TypeError, "too many keywords of a class");
    AdjVal args[3 + CLASS_KEYWORDS_MAX] = {name}, left[CLASS_KEYWORDS_MAX];
    int64_t k = 0;
    for (int64_t i = 0; i < n; i++) {
        if (i == at) continue;
        left[k] = kwnames->items[i];
        args[3 + k++] = bases[nbases + i];
    }
    AdjTuple *line = adj_tuple_from(vm, bases, nbases), *given = adj_tuple_from(vm, left, k);
    args[1] = adj_obj_val(line);
    args[2] = adj_obj_val(names);
    bool ok = line && given && adj_vm_call(vm, meta, args, 3, given, out);
    adj_obj_drop(line);
    adj_obj_drop(given);
    return ok;
}

bool adj_class_new(AdjVM *vm, AdjType *meta, AdjStr *name, AdjVal *bases, int nbases,
                   AdjDict *names, AdjTuple *kwnames, AdjVal *out)
{
    AdjType *base = adj_class_best_base(vm, bases, nbases);
    if (!base || !(meta = best_meta(vm, meta, bases, nbases))) return false;
    AdjType *t = adj_obj_new(vm, meta);
    if (!t) return false;
    class_inherit(t, base);
    AdjStr *qualname = names_str(names, adj_names.__qualname__);
    AdjStr *own = adj_str_intern(vm, name->data, (size_t)name->len);
    t->name = own ? own->data : "?";
    t->qualname = adj_obj_keep(qualname ? &qualname->head : &name->head);
    AdjStr *module = names_str(names, adj_names.__module__);
    if (module) t->module_name = adj_obj_keep(module);
    t->name_text = (AdjObj *)own;
    bool ok = own && class_names_take(vm, t, names) && adj_dunder_cache_new(vm, t);
    AdjVal object = adj_obj_val(&adj_type_object);
    ok = ok && adj_type_set_bases(vm, t, nbases ? bases : &object, nbases ? nbases : 1) &&
         adj_type_layout(t) && class_set_names(vm, t, names) &&
         class_subclass_hook(vm, t, bases + nbases, kwnames);
    if (ok) return adj_out(out, t);
    adj_obj_drop(t);
    return false;
}
