// SPDX-License-Identifier: Apache-2.0
// The plain objects: what lists, tuples, bytes, cells and bound methods are made of. Their
// methods and operators stand in the files named after them; this file knows only how they hold
// their items.
#include <string.h>

#include "vm.h"

// ---- list and tuple ----

AdjList *adj_list_new(AdjVM *vm, int64_t cap)
{
    AdjList *l = adj_obj_new(vm, &adj_type_list);
    if (!l || adj_list_reserve(vm, l, cap)) return l;
    adj_obj_drop(l);
    return NULL;
}

bool adj_list_reserve(AdjVM *vm, AdjList *l, int64_t cap)
{
    if (cap <= l->cap) return true;
    if (cap > INT64_MAX / 32) return adj_raise(vm, ADJ_EXC_MemoryError, "%s", "");
    AdjVal *items = adj_lang_realloc(vm, l->items, (size_t)l->cap * sizeof(AdjVal),
                                     (size_t)cap * sizeof(AdjVal));
    if (!items) return false;
    l->items = items;
    l->cap = cap;
    return true;
}

bool adj_list_append_take(AdjVM *vm, AdjList *l, AdjVal v)
{
    if (UNLIKELY(l->len == l->cap) && !adj_list_reserve(vm, l, l->cap ? l->cap * 2 : 4)) {
        adj_val_drop(v);
        return false;
    }
    l->items[l->len++] = v;
    return true;
}

bool adj_list_append(AdjVM *vm, AdjList *l, AdjVal v)
{
    return adj_list_append_take(vm, l, adj_val_keep(v));
}

AdjList *adj_list_from(AdjVM *vm, const AdjVal *items, int64_t len)
{
    AdjList *l = adj_list_new(vm, len);
    if (!l) return NULL;
    for (int64_t i = 0; i < len; i++) l->items[i] = adj_val_keep(items[i]);
    l->len = len;
    return l;
}

static AdjTuple *tuple_alloc(AdjVM *vm, int64_t len)
{
    if (len > INT64_MAX / 32) return adj_raise_null(vm, ADJ_EXC_MemoryError, "%s", "");
    size_t bytes = sizeof(AdjTuple) + (size_t)len * sizeof(AdjVal);
    return adj_obj_new_sized(vm, &adj_type_tuple, bytes);
}

AdjTuple *adj_tuple_new(AdjVM *vm, int64_t len)
{
    AdjTuple *t = tuple_alloc(vm, len);
    if (!t) return NULL;
    for (int64_t i = 0; i < len; i++) t->items[i] = ADJ_NONE;
    t->len = len;
    return t;
}

AdjTuple *adj_tuple_from(AdjVM *vm, const AdjVal *items, int64_t len)
{
    AdjTuple *t = tuple_alloc(vm, len);
    if (!t) return NULL;
    for (int64_t i = 0; i < len; i++) t->items[i] = adj_val_keep(items[i]);
    t->len = len;
    return t;
}

AdjBytes *adj_bytes_new(AdjVM *vm, const void *data, size_t len)
{
    if (len > INT64_MAX / 2) return adj_raise_null(vm, ADJ_EXC_MemoryError, "%s", "");
    AdjBytes *b = adj_obj_new_sized(vm, &adj_type_bytes, sizeof(AdjBytes) + len + 1);
    if (!b) return NULL;
    b->len = (int64_t)len;
    if (data) memcpy(b->data, data, len);
    else memset(b->data, 0, len);
    b->data[len] = 0;
    return b;
}

// ---- cells ----

static void cell_drop(AdjObj *o)
{
    adj_val_set(&((AdjCell *)o)->value, ADJ_UNDEF);
}

static void cell_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    AdjCell *c = (AdjCell *)o;
    if (adj_is_obj(c->value)) visit(c->value.o, arg);
}

AdjType adj_type_cell = {
    .name = "cell",
    .size = sizeof(AdjCell),
    .flags = ADJ_TF_GC,
    .drop = cell_drop,
    .traverse = cell_traverse,
};

// ---- modules ----

static void module_drop(AdjObj *o)
{
    AdjModuleObj *m = (AdjModuleObj *)o;
    AdjDict *d = m->dict;
    AdjStr *name = m->name;
    m->dict = NULL;
    m->name = NULL;
    adj_obj_drop(d);
    adj_obj_drop(name);
}

static void module_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    AdjModuleObj *m = (AdjModuleObj *)o;
    if (m->dict) visit(&m->dict->head, arg);
}

static bool module_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjModuleObj *m = (AdjModuleObj *)self.o;
    AdjVal *file = adj_dict_find_str(m->dict, adj_names.__file__);
    if (file && adj_is_str(*file)) {
        return adj_out(out, adj_str_format(vm, "<module '%s' from '%s'>", m->name->data,
                                           adj_as_str(*file)->data));
    }
    return adj_out(out, adj_str_format(vm, "<module '%s' (built-in)>", m->name->data));
}

static bool module_get_dict(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, adj_obj_val(((AdjModuleObj *)self.o)->dict));
}

static void module_list_names(AdjVM *vm, AdjVal self, AdjObj *list)
{
    AdjDict *d = ((AdjModuleObj *)self.o)->dict;
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(d, &i));) {
        if (adj_is_str(e->key)) adj_list_append(vm, (AdjList *)list, e->key);
    }
}

AdjType adj_type_module = {
    .name = "module",
    .size = sizeof(AdjModuleObj),
    .flags = ADJ_TF_GC,
    .drop = module_drop,
    .traverse = module_traverse,
    .repr = module_repr,
    .list_names = module_list_names,
    .attrs = (const AdjAttr[]){
        {"__dict__", module_get_dict, NULL, "The names of the module."}, {0}},
};

AdjModuleObj *adj_module_new(AdjVM *vm, const char *name)
{
    AdjModuleObj *m = adj_obj_new(vm, &adj_type_module);
    if (!m) return NULL;
    m->name = adj_str_new_c(vm, name);
    m->dict = adj_dict_new(vm);
    if (m->name && m->dict &&
        adj_dict_set_str(vm, m->dict, adj_names.__name__, adj_obj_val(m->name))) {
        return m;
    }
    adj_obj_drop(m);
    return NULL;
}

// ---- bound methods ----

static void method_drop(AdjObj *o)
{
    AdjMethod *m = (AdjMethod *)o;
    adj_val_set(&m->fn, ADJ_UNDEF);
    adj_val_set(&m->self, ADJ_UNDEF);
}

static void method_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    AdjMethod *m = (AdjMethod *)o;
    if (adj_is_obj(m->fn)) visit(m->fn.o, arg);
    if (adj_is_obj(m->self)) visit(m->self.o, arg);
}

static const char *method_name(const AdjMethod *m)
{
    if (adj_is_exact(m->fn, &adj_type_function)) {
        return ((AdjFunction *)m->fn.o)->qualname->data;
    }
    if (adj_is_exact(m->fn, &adj_type_native)) return ((AdjNativeObj *)m->fn.o)->row->name;
    return "?";
}

static bool method_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjMethod *m = (AdjMethod *)self.o;
    if (adj_is_exact(m->fn, &adj_type_native)) {
        return adj_out(out, adj_str_format(vm, "<built-in method %s of %s object at %p>",
                                           method_name(m), adj_type_name(m->self),
                                           (void *)m->self.o));
    }
    AdjVal of;
    if (!adj_val_repr(vm, m->self, &of)) return false;
    AdjStr *s = adj_str_format(vm, "<bound method %s of %s>", method_name(m),
                               adj_as_str(of)->data);
    adj_val_drop(of);
    return adj_out(out, s);
}

static bool method_call(AdjVM *vm, AdjVal self, AdjVal *args, int nargs, AdjTuple *kwnames,
                        AdjVal *out)
{
    AdjMethod *m = (AdjMethod *)self.o;
    int count = nargs + (kwnames ? (int)kwnames->len : 0);
    AdjVal small[8], *all = small;
    if (count + 1 > 8) all = adj_lang_alloc(vm, (size_t)(count + 1) * sizeof *all);
    if (!all) return false;
    all[0] = m->self;
    if (count) memcpy(all + 1, args, (size_t)count * sizeof *all);
    bool ok = adj_vm_call(vm, m->fn, all, nargs + 1, kwnames, out);
    if (all != small) adj_lang_free(all, (size_t)(count + 1) * sizeof *all);
    return ok;
}

static bool method_compare(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out)
{
    (void)vm;
    if (op != ADJ_C_EQ && op != ADJ_C_NE) return adj_out_notimpl(out);
    bool same = adj_is_exact(a, &adj_type_method) && adj_is_exact(b, &adj_type_method) &&
                adj_val_is(((AdjMethod *)a.o)->fn, ((AdjMethod *)b.o)->fn) &&
                adj_val_is(((AdjMethod *)a.o)->self, ((AdjMethod *)b.o)->self);
    return adj_out_bool(out, same == (op == ADJ_C_EQ));
}

static bool method_hash(AdjVM *vm, AdjVal self, int64_t *out)
{
    (void)vm;
    AdjMethod *m = (AdjMethod *)self.o;
    *out = adj_pointer_hash(m->fn.o) ^ adj_pointer_hash(m->self.o);
    return true;
}

// __name__, __doc__ and the rest are those of the function.
static bool method_getattr(AdjVM *vm, AdjVal self, AdjStr *name, AdjVal *out)
{
    return adj_val_getattr(vm, ((AdjMethod *)self.o)->fn, name, out);
}

static bool method_get_self(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, ((AdjMethod *)self.o)->self);
}

static bool method_get_func(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, ((AdjMethod *)self.o)->fn);
}

static bool method_get_doc(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_val_getattr(vm, ((AdjMethod *)self.o)->fn, adj_names.__doc__, out);
}

AdjType adj_type_method = {
    .name = "method",
    .size = sizeof(AdjMethod),
    .flags = ADJ_TF_GC,
    .drop = method_drop,
    .traverse = method_traverse,
    .repr = method_repr,
    .call = method_call,
    .compare = method_compare,
    .hash = method_hash,
    .getattr = method_getattr,
    .attrs = (const AdjAttr[]){
        {"__self__", method_get_self, NULL, "The object the method is bound to."},
        {"__func__", method_get_func, NULL, "The function."},
        {"__doc__", method_get_doc, NULL, "The function's documentation."},
        {0}},
};

AdjMethod *adj_method_new(AdjVM *vm, AdjVal fn, AdjVal self)
{
    AdjMethod *m = adj_obj_new(vm, &adj_type_method);
    if (!m) return NULL;
    m->fn = adj_val_keep(fn);
    m->self = adj_val_keep(self);
    return m;
}
