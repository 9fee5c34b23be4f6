// SPDX-License-Identifier: Apache-2.0
// Attribute access by Python's rules.
//
// Reading x.name looks, in this order, at: a data descriptor in the class (property, computed
// attribute), the object's own attributes, any other value in the class (functions become bound
// methods), then __getattr__. Classes and modules have their own variants. The machine's inline
// caches shortcut the common outcomes; this file is the definition they must agree with.
#include <string.h>

#include "vm.h"

bool adj_is_data_descriptor(AdjVal v)
{
    if (v.tag != ADJ_T_OBJ) return false;
    const AdjType *t = v.o->type;
    if (t == &adj_type_property || t == &adj_type_getset) return true;
    return adj_dunder_of(v, ADJ_D_SET) != NULL;
}

static bool property_get(AdjVM *vm, AdjProperty *p, AdjVal self, AdjVal *out)
{
    if (adj_is_unset(p->get)) {
        return adj_raise(vm, ADJ_EXC_AttributeError,
                         "property '%s' of '%s' object has no getter",
                         p->name ? p->name->data : "?", adj_type_name(self));
    }
    return adj_vm_call(vm, p->get, &self, 1, NULL, out);
}

static bool user_descriptor_get(AdjVM *vm, AdjVal fn, AdjVal found, AdjVal self, AdjType *type,
                                AdjVal *out)
{
    AdjVal args[2] = {adj_is_undef(self) ? ADJ_NONE : self, adj_obj_val(type)};
    return adj_call_dunder(vm, fn, found, args, 2, out);
}

// [self] UNDEF: the attribute was asked of the class itself.
bool adj_bind_attribute(AdjVM *vm, AdjVal found, AdjVal self, AdjType *type, AdjVal *out)
{
    if (found.tag != ADJ_T_OBJ) return adj_out_keep(out, found);
    const AdjType *t = found.o->type;
    bool has_self = !adj_is_undef(self);
    if (t == &adj_type_function || t == &adj_type_native || t->flags & ADJ_TF_BINDS) {
        if (!has_self) return adj_out_keep(out, found);
        return adj_out(out, adj_method_new(vm, found, self));
    }
    if (t == &adj_type_property && has_self) {
        return property_get(vm, (AdjProperty *)found.o, self, out);
    }
    if (t == &adj_type_getset && has_self) {
        return ((AdjGetset *)found.o)->row->get(vm, self, out);
    }
    if (t == &adj_type_staticmethod) return adj_out_keep(out, ((AdjWrap *)found.o)->fn);
    if (t == &adj_type_classmethod) {
        return adj_out(out, adj_method_new(vm, ((AdjWrap *)found.o)->fn, adj_obj_val(type)));
    }
    AdjVal *get = adj_dunder_of(found, ADJ_D_GET);
    if (get) return user_descriptor_get(vm, *get, found, self, type, out);
    return adj_out_keep(out, found);
}

// ---- reading ----

// 1 found, 0 absent with nothing raised, -1 failed.
static int object_find(AdjVM *vm, AdjVal v, AdjStr *name, AdjVal *out)
{
    AdjType *t = adj_type_of(v);
    AdjVal *found = adj_type_find(t, name);
    if (found && adj_is_data_descriptor(*found)) {
        return adj_bind_attribute(vm, *found, v, t, out) ? 1 : -1;
    }
    AdjVal *own = v.tag == ADJ_T_OBJ ? adj_attr_find(v.o, name) : NULL;
    if (own) {
        *out = adj_val_keep(*own);
        return 1;
    }
    if (found) return adj_bind_attribute(vm, *found, v, t, out) ? 1 : -1;
    return 0;
}

static int type_find(AdjVM *vm, AdjType *t, AdjStr *name, AdjVal *out)
{
    AdjType *of = t->head.type;
    AdjVal *meta = adj_type_find(of, name);
    AdjVal self = adj_obj_val(t);
    // type's own computed attributes (__name__, __dict__ ...) come before the class's values.
    if (meta && adj_is_data_descriptor(*meta)) {
        return adj_bind_attribute(vm, *meta, self, of, out) ? 1 : -1;
    }
    AdjVal *found = adj_type_find(t, name);
    if (found) return adj_bind_attribute(vm, *found, ADJ_UNDEF, t, out) ? 1 : -1;
    if (meta) return adj_bind_attribute(vm, *meta, self, of, out) ? 1 : -1;
    return 0;
}

static int module_find(AdjVM *vm, AdjVal v, AdjStr *name, AdjVal *out)
{
    AdjDict *d = ((AdjModuleObj *)v.o)->dict;
    AdjVal *found = adj_dict_find_str(d, name);
    if (found) {
        *out = adj_val_keep(*found);
        return 1;
    }
    int at = object_find(vm, v, name, out);
    if (at) return at;
    if (vm->hooks.find_in_module) {
        at = vm->hooks.find_in_module(vm, (AdjModuleObj *)v.o, name, out);
        if (at) return at;
    }
    AdjVal *hook = adj_dict_find_str(d, adj_dunder_names[ADJ_D_GETATTR]);
    if (!hook) return 0;
    AdjVal arg = adj_obj_val(name);
    return adj_vm_call(vm, *hook, &arg, 1, NULL, out) ? 1 : -1;
}

static bool super_getattr(AdjVM *vm, AdjSuper *s, AdjStr *name, AdjVal *out)
{
    AdjVal *found = adj_type_find_after(s->self_type, s->from, name);
    if (!found || name == adj_names.__class__) {
        AdjVal v = adj_obj_val(s);
        int at = object_find(vm, v, name, out);
        if (at) return at > 0;
        // The base's last resort, so that super().weight reaches a native base as well.
        AdjType *base = s->from->base;
        if (s->self_type->special && s->self_type->special->mro) base = s->self_type;
        while (base && base->flags & ADJ_TF_HEAP) base = base->base;
        if (base && base->getattr && !adj_is_type(s->self)) {
            return base->getattr(vm, s->self, name, out);
        }
        return adj_raise_no_attribute(vm, v, name);
    }
    if (s->self.o == &s->self_type->head) {
        return adj_bind_attribute(vm, *found, ADJ_UNDEF, s->self_type, out);
    }
    return adj_bind_attribute(vm, *found, s->self, s->self_type, out);
}

static bool getattr_last_resort(AdjVM *vm, AdjVal v, AdjStr *name, AdjVal *out)
{
    AdjType *t = adj_type_of(v);
    AdjVal *fn = adj_type_dunder(t, ADJ_D_GETATTR);
    AdjVal arg = adj_obj_val(name);
    if (fn) return adj_call_dunder(vm, *fn, v, &arg, 1, out);
    if (t->getattr) return t->getattr(vm, v, name, out);
    return adj_raise_no_attribute(vm, v, name);
}

bool adj_val_getattr(AdjVM *vm, AdjVal v, AdjStr *name, AdjVal *out)
{
    int at;
    if (adj_is_type(v)) {
        at = type_find(vm, adj_as_type(v), name, out);
    } else if (adj_is_exact(v, &adj_type_module)) {
        at = module_find(vm, v, name, out);
    } else if (adj_is_exact(v, &adj_type_super)) {
        return super_getattr(vm, (AdjSuper *)v.o, name, out);
    } else {
        AdjVal *any = adj_dunder_of(v, ADJ_D_GETATTRIBUTE);
        AdjVal arg = adj_obj_val(name);
        if (UNLIKELY(any)) return adj_call_dunder(vm, *any, v, &arg, 1, out);
        at = object_find(vm, v, name, out);
    }
    if (at < 0) {
        // A property that raised AttributeError still leaves the word to __getattr__.
        if (!adj_dunder_of(v, ADJ_D_GETATTR) || !adj_vm_error_is(vm, ADJ_EXC_AttributeError)) {
            return false;
        }
        adj_vm_clear_error(vm);
        at = 0;
    }
    return at > 0 || getattr_last_resort(vm, v, name, out);
}

// object.__getattribute__: neither a class's __getattribute__ nor its __getattr__.
bool adj_val_getattr_plain(AdjVM *vm, AdjVal v, AdjStr *name, AdjVal *out)
{
    int at = adj_is_type(v) ? type_find(vm, adj_as_type(v), name, out)
                            : object_find(vm, v, name, out);
    return at > 0 || (at == 0 && adj_raise_no_attribute(vm, v, name));
}

int adj_val_find_attr(AdjVM *vm, AdjVal v, AdjStr *name, AdjVal *out)
{
    if (adj_val_getattr(vm, v, name, out)) return 1;
    if (!adj_vm_error_is(vm, ADJ_EXC_AttributeError)) return -1;
    adj_vm_clear_error(vm);
    return 0;
}

bool adj_val_getattr_c(AdjVM *vm, AdjVal v, const char *name, AdjVal *out)
{
    AdjStr *s = adj_str_intern(vm, name, strlen(name));
    bool ok = s && adj_val_getattr(vm, v, s, out);
    adj_obj_drop(s);
    return ok;
}

// ---- writing ----

static bool property_set(AdjVM *vm, AdjProperty *p, AdjVal self, AdjVal value)
{
    bool del = adj_is_undef(value);
    AdjVal fn = del ? p->del : p->set, args[2] = {self, value}, result;
    if (adj_is_unset(fn)) {
        return adj_raise(vm, ADJ_EXC_AttributeError, "property '%s' of '%s' object has no %s",
                         p->name ? p->name->data : "?", adj_type_name(self),
                         del ? "deleter" : "setter");
    }
    if (!adj_vm_call(vm, fn, args, del ? 1 : 2, NULL, &result)) return false;
    adj_val_drop(result);
    return true;
}

static bool getset_set(AdjVM *vm, AdjGetset *g, AdjVal self, AdjVal value)
{
    if (g->row->set) return g->row->set(vm, self, value);
    return adj_raise(vm, ADJ_EXC_AttributeError,
                     "attribute '%s' of '%s' objects is not writable", g->row->name,
                     g->owner->name);
}

static bool user_descriptor_set(AdjVM *vm, AdjVal d, AdjVal self, AdjVal value)
{
    bool del = adj_is_undef(value);
    AdjVal *fn = adj_dunder_of(d, del ? ADJ_D_DELETE : ADJ_D_SET);
    AdjVal args[2] = {self, value}, result;
    if (!fn) return adj_raise(vm, ADJ_EXC_AttributeError, "%s", del ? "__delete__" : "__set__");
    if (!adj_call_dunder(vm, *fn, d, args, del ? 1 : 2, &result)) return false;
    adj_val_drop(result);
    return true;
}

static bool type_setattr(AdjVM *vm, AdjType *t, AdjStr *name, AdjVal value);

// Stores as object.__setattr__ does: descriptors, then the object's own attributes.
bool adj_attr_set_generic(AdjVM *vm, AdjVal v, AdjStr *name, AdjVal value)
{
    if (adj_is_type(v)) return type_setattr(vm, adj_as_type(v), name, value);
    AdjVal *found = adj_type_find(adj_type_of(v), name);
    if (found && found->tag == ADJ_T_OBJ) {
        const AdjType *t = found->o->type;
        if (t == &adj_type_property) return property_set(vm, (AdjProperty *)found->o, v, value);
        if (t == &adj_type_getset) return getset_set(vm, (AdjGetset *)found->o, v, value);
        if (adj_dunder_of(*found, ADJ_D_SET)) return user_descriptor_set(vm, *found, v, value);
    }
    if (v.tag == ADJ_T_OBJ) return adj_attr_store(vm, v.o, name, value);
    if (found) {
        return adj_raise(vm, ADJ_EXC_AttributeError, "'%s' object attribute '%s' is read-only",
                         adj_type_name(v), name->data);
    }
    return adj_raise_no_attribute(vm, v, name);
}

static bool type_setattr(AdjVM *vm, AdjType *t, AdjStr *name, AdjVal value)
{
    AdjDict *d = (AdjDict *)t->dict;
    if (!name->interned) {  // special methods are recognised by their interned names
        AdjStr *interned = adj_str_intern(vm, name->data, (size_t)name->len);
        bool ok = interned && type_setattr(vm, t, interned, value);
        adj_obj_drop(interned);
        return ok;
    }
    AdjVal *meta = adj_type_find(t->head.type, name);
    if (!(t->flags & ADJ_TF_HEAP)) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "cannot set '%s' attribute of immutable type '%s'", name->data,
                         t->name);
    }
    if (meta && adj_is_exact(*meta, &adj_type_getset) && ((AdjGetset *)meta->o)->row->set) {
        return getset_set(vm, (AdjGetset *)meta->o, adj_obj_val(t), value);
    }
    if (name == adj_names.__abstractmethods__) {
        bool some = !adj_is_undef(value) && adj_is_set(value) && adj_as_set(value)->used;
        t->flags = some ? t->flags | ADJ_TF_ABSTRACT : t->flags & ~(uint32_t)ADJ_TF_ABSTRACT;
    }
    if (!adj_is_undef(value)) {
        bool ok = adj_dict_set_str(vm, d, name, value);
        adj_type_changed(t);
        return ok;
    }
    AdjVal old;
    int removed = adj_dict_remove(vm, d, adj_obj_val(name), &old);
    adj_type_changed(t);
    if (removed == 0) {
        return adj_raise(vm, ADJ_EXC_AttributeError, "type object '%s' has no attribute '%s'",
                         t->name, name->data);
    }
    if (removed > 0) adj_val_drop(old);
    return removed > 0;
}

static bool module_setattr(AdjVM *vm, AdjVal v, AdjStr *name, AdjVal value)
{
    AdjModuleObj *m = (AdjModuleObj *)v.o;
    if (!adj_is_undef(value)) return adj_dict_set_str(vm, m->dict, name, value);
    AdjVal old;
    int removed = adj_dict_remove(vm, m->dict, adj_obj_val(name), &old);
    if (removed == 0) return adj_raise_no_attribute(vm, v, name);
    if (removed > 0) adj_val_drop(old);
    return removed > 0;
}

bool adj_val_setattr(AdjVM *vm, AdjVal v, AdjStr *name, AdjVal value)
{
    bool del = adj_is_undef(value);
    AdjVal *fn = adj_dunder_of(v, del ? ADJ_D_DELATTR : ADJ_D_SETATTR);
    if (fn) {
        AdjVal args[2] = {adj_obj_val(name), value}, result;
        if (!adj_call_dunder(vm, *fn, v, args, del ? 1 : 2, &result)) return false;
        adj_val_drop(result);
        return true;
    }
    if (adj_is_type(v)) return type_setattr(vm, adj_as_type(v), name, value);
    if (adj_is_exact(v, &adj_type_module)) return module_setattr(vm, v, name, value);
    AdjType *t = adj_type_of(v);
    if (t->setattr) return t->setattr(vm, v, name, value);
    return adj_attr_set_generic(vm, v, name, value);
}

bool adj_val_setattr_c(AdjVM *vm, AdjVal v, const char *name, AdjVal value)
{
    AdjStr *s = adj_str_intern(vm, name, strlen(name));
    bool ok = s && adj_val_setattr(vm, v, s, value);
    adj_obj_drop(s);
    return ok;
}
