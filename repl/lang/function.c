// SPDX-License-Identifier: Apache-2.0
// Functions as values: those written in the language, those written in C, and computed
// attributes of native types.
#include <string.h>

#include "vm.h"

// ---- functions of the language ----

static void function_drop(AdjObj *o)
{
    AdjFunction *f = (AdjFunction *)o, old = *f;
    f->code = NULL;
    f->module = NULL;
    f->globals = NULL;
    f->defaults = NULL;
    f->kwdefaults = NULL;
    f->name = f->qualname = NULL;
    f->doc = ADJ_UNDEF;
    f->ncells = 0;
    f->cells = NULL;
    for (uint32_t i = 0; i < old.ncells; i++) adj_obj_drop(old.cells[i]);
    if (old.ncells) adj_lang_free(old.cells, old.ncells * sizeof *old.cells);
    adj_obj_drop(old.defaults);
    adj_obj_drop(old.kwdefaults);
    adj_obj_drop(old.name);
    adj_obj_drop(old.qualname);
    adj_val_drop(old.doc);
    adj_obj_drop(old.module);
    adj_obj_drop(old.code);
}

static void function_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    AdjFunction *f = (AdjFunction *)o;
    if (f->module) visit(&f->module->head, arg);
    if (f->defaults) visit(&f->defaults->head, arg);
    if (f->kwdefaults) visit(&f->kwdefaults->head, arg);
    for (uint32_t i = 0; i < f->ncells; i++) visit(&f->cells[i]->head, arg);
}

static bool function_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjFunction *f = (AdjFunction *)self.o;
    return adj_out(out,
                   adj_str_format(vm, "<function %s at %p>", f->qualname->data, (void *)f));
}

static bool get_name(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, adj_obj_val(((AdjFunction *)self.o)->name));
}

static bool set_str(AdjVM *vm, AdjStr **slot, AdjVal value, const char *what)
{
    if (!adj_is_str(value)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "%s must be set to a string object", what);
    }
    AdjStr *old = *slot;
    *slot = adj_obj_keep(value.o);
    adj_obj_drop(old);
    return true;
}

static bool set_name(AdjVM *vm, AdjVal self, AdjVal value)
{
    return set_str(vm, &((AdjFunction *)self.o)->name, value, "__name__");
}

static bool get_qualname(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, adj_obj_val(((AdjFunction *)self.o)->qualname));
}

static bool set_qualname(AdjVM *vm, AdjVal self, AdjVal value)
{
    return set_str(vm, &((AdjFunction *)self.o)->qualname, value, "__qualname__");
}

static bool get_doc(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, ((AdjFunction *)self.o)->doc);
}

static bool set_doc(AdjVM *vm, AdjVal self, AdjVal value)
{
    (void)vm;
    adj_val_set(&((AdjFunction *)self.o)->doc,
                adj_is_undef(value) ? ADJ_NONE : adj_val_keep(value));
    return true;
}

static bool get_defaults(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    AdjTuple *d = ((AdjFunction *)self.o)->defaults;
    return adj_out_keep(out, d ? adj_obj_val(d) : ADJ_NONE);
}

static bool get_kwdefaults(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    AdjDict *d = ((AdjFunction *)self.o)->kwdefaults;
    return adj_out_keep(out, d ? adj_obj_val(d) : ADJ_NONE);
}

// An annotation's text is evaluated where the function stands; what cannot be stays a text, and
// so does everything under `from __future__ import annotations`.
static bool evaluate(AdjVM *vm, AdjFunction *f, AdjStr *text, bool as_text, AdjVal *out)
{
    if (!as_text && adj_run_text(vm, f->module, "<annotation>", text->data, (size_t)text->len,
                                 ADJ_RUN_EVAL, out))
        return true;
    if (adj_vm_failed(vm)) adj_vm_clear_error(vm);
    return adj_out_keep(out, adj_obj_val(text));
}

static bool get_annotations(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjFunction *f = (AdjFunction *)self.o;
    AdjVal *there = adj_attr_find(&f->head, adj_names.__annotations__);
    if (there) return adj_out_keep(out, *there);
    AdjDict *d = adj_dict_new(vm);
    AdjTuple *texts = f->code->annotations;
    AdjVal *mark = adj_dict_find_c(f->globals, "annotations");
    bool as_text = mark && !strcmp(adj_type_name(*mark), "_Feature"), ok = d != NULL;
    for (int64_t i = 0; ok && texts && i < texts->len; i += 2) {
        AdjVal v;
        ok = evaluate(vm, f, adj_as_str(texts->items[i + 1]), as_text, &v);
        if (!ok) break;
        ok = adj_dict_set(vm, d, texts->items[i], v);
        adj_val_drop(v);
    }
    ok = ok && adj_attr_store(vm, &f->head, adj_names.__annotations__, adj_obj_val(d));
    if (ok) return adj_out(out, d);
    adj_obj_drop(d);
    return false;
}

static bool set_annotations(AdjVM *vm, AdjVal self, AdjVal value)
{
    return adj_attr_store(vm, self.o, adj_names.__annotations__, value);
}

static bool get_module(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, adj_obj_val(((AdjFunction *)self.o)->module->name));
}

static bool get_code(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, adj_obj_val(((AdjFunction *)self.o)->code));
}

static bool get_globals(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, adj_obj_val(((AdjFunction *)self.o)->globals));
}

AdjType adj_type_function = {
    .name = "function",
    .size = sizeof(AdjFunction),
    .flags = ADJ_TF_GC | ADJ_TF_ATTRS,
    .drop = function_drop,
    .traverse = function_traverse,
    .repr = function_repr,
    .attrs = (const AdjAttr[]){
        {"__name__", get_name, set_name, "The name the function was defined with."},
        {"__qualname__", get_qualname, set_qualname, "The name with those of its enclosures."},
        {"__doc__", get_doc, set_doc, "The documentation string."},
        {"__defaults__", get_defaults, NULL, "Defaults of the positional parameters."},
        {"__kwdefaults__", get_kwdefaults, NULL, "Defaults of the keyword-only parameters."},
        {"__annotations__", get_annotations, set_annotations, "Annotations by name."},
        {"__module__", get_module, NULL, "The name of the module."},
        {"__code__", get_code, NULL, "The compiled body."},
        {"__globals__", get_globals, NULL, "The names of the module it was defined in."},
        {0}},
};

AdjFunction *adj_function_new(AdjVM *vm, AdjCode *code, AdjModuleObj *module)
{
    AdjFunction *f = adj_obj_new(vm, &adj_type_function);
    if (!f) return NULL;
    f->code = adj_obj_keep(code);
    f->module = adj_obj_keep(module);
    f->globals = module->dict;
    f->name = adj_obj_keep(code->name);
    f->qualname = adj_obj_keep(code->qualname);
    f->doc = adj_val_keep(code->doc);
    return f;
}

// ---- functions in C ----

static void native_drop(AdjObj *o)
{
    AdjNativeObj *f = (AdjNativeObj *)o;
    AdjStr *module = f->module;
    AdjSig *sig = f->sig;
    f->module = NULL;
    f->sig = NULL;
    adj_obj_drop(module);
    adj_sig_free(sig);
}

static bool native_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjNativeObj *f = (AdjNativeObj *)self.o;
    if (!f->owner) {
        return adj_out(out, adj_str_format(vm, "<built-in function %s>", f->row->name));
    }
    return adj_out(out, adj_str_format(vm, "<method '%s' of '%s' objects>", f->row->name,
                                       f->owner->name));
}

static bool native_get_name(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_out(out, adj_str_new_c(vm, ((AdjNativeObj *)self.o)->row->name));
}

static bool native_get_qualname(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjNativeObj *f = (AdjNativeObj *)self.o;
    if (!f->owner) return native_get_name(vm, self, out);
    return adj_out(out, adj_str_format(vm, "%s.%s", f->owner->name, f->row->name));
}

static bool native_get_doc(AdjVM *vm, AdjVal self, AdjVal *out)
{
    const char *doc = ((AdjNativeObj *)self.o)->row->doc;
    return doc ? adj_out(out, adj_str_new_c(vm, doc)) : adj_out_none(out);
}

static bool native_get_module(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjNativeObj *f = (AdjNativeObj *)self.o;
    if (f->module) return adj_out_keep(out, adj_obj_val(f->module));
    return adj_out(out, adj_str_new_c(vm, "builtins"));
}

AdjType adj_type_native = {
    .name = "builtin_function_or_method",
    .size = sizeof(AdjNativeObj),
    .drop = native_drop,
    .repr = native_repr,
    .attrs = (const AdjAttr[]){
        {"__name__", native_get_name, NULL, "The name of the function."},
        {"__qualname__", native_get_qualname, NULL, "The name with that of its type."},
        {"__doc__", native_get_doc, NULL, "The documentation."},
        {"__module__", native_get_module, NULL, "The name of the module."},
        {0}},
};

AdjNativeObj *adj_native_new(AdjVM *vm, const AdjNative *row, AdjType *owner)
{
    AdjNativeObj *f = adj_obj_new(vm, &adj_type_native);
    if (!f) return NULL;
    f->row = row;
    f->owner = owner;
    f->fast = adj_sig_fast(row->sig);
    return f;
}

// ---- computed attributes ----

static bool getset_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjGetset *g = (AdjGetset *)self.o;
    return adj_out(out, adj_str_format(vm, "<attribute '%s' of '%s' objects>", g->row->name,
                                       g->owner->name));
}

static bool getset_get_doc(AdjVM *vm, AdjVal self, AdjVal *out)
{
    const char *doc = ((AdjGetset *)self.o)->row->doc;
    return doc ? adj_out(out, adj_str_new_c(vm, doc)) : adj_out_none(out);
}

AdjType adj_type_getset = {
    .name = "getset_descriptor",
    .size = sizeof(AdjGetset),
    .repr = getset_repr,
    .attrs = (const AdjAttr[]){
        {"__doc__", getset_get_doc, NULL, "The documentation."}, {0}},
};
