// SPDX-License-Identifier: Apache-2.0
// The objects that classes hold in place of plain values: property, staticmethod, classmethod,
// and super.
#include "vm.h"

// ---- property ----

static void property_drop(AdjObj *o)
{
    AdjProperty *p = (AdjProperty *)o;
    AdjStr *name = p->name;
    p->name = NULL;
    adj_val_set(&p->get, ADJ_UNDEF);
    adj_val_set(&p->set, ADJ_UNDEF);
    adj_val_set(&p->del, ADJ_UNDEF);
    adj_val_set(&p->doc, ADJ_UNDEF);
    adj_obj_drop(name);
}

static void property_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    AdjProperty *p = (AdjProperty *)o;
    if (adj_is_obj(p->get)) visit(p->get.o, arg);
    if (adj_is_obj(p->set)) visit(p->set.o, arg);
    if (adj_is_obj(p->del)) visit(p->del.o, arg);
}

static bool property_new(AdjVM *vm, AdjVal get, AdjVal set, AdjVal del, AdjVal doc, AdjVal *out)
{
    AdjProperty *p = adj_obj_new(vm, &adj_type_property);
    if (!p) return false;
    p->get = adj_val_keep(get);
    p->set = adj_val_keep(set);
    p->del = adj_val_keep(del);
    p->doc = adj_val_keep(doc);
    return adj_out(out, p);
}

static bool property_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjVal doc = args[4];
    if (adj_is_unset(doc) && adj_is_exact(args[1], &adj_type_function)) {
        doc = ((AdjFunction *)args[1].o)->doc;
    }
    return property_new(vm, args[1], args[2], args[3], doc, out);
}

static bool property_getter(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjProperty *p = (AdjProperty *)args[0].o;
    return property_new(vm, args[1], p->set, p->del, p->doc, out);
}

static bool property_setter(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjProperty *p = (AdjProperty *)args[0].o;
    return property_new(vm, p->get, args[1], p->del, p->doc, out);
}

static bool property_deleter(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjProperty *p = (AdjProperty *)args[0].o;
    return property_new(vm, p->get, p->set, args[1], p->doc, out);
}

static bool property_fget(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    AdjVal v = ((AdjProperty *)self.o)->get;
    return adj_out_keep(out, adj_is_undef(v) ? ADJ_NONE : v);
}

static bool property_fset(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    AdjVal v = ((AdjProperty *)self.o)->set;
    return adj_out_keep(out, adj_is_undef(v) ? ADJ_NONE : v);
}

static bool property_get_doc(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    AdjVal v = ((AdjProperty *)self.o)->doc;
    return adj_out_keep(out, adj_is_undef(v) ? ADJ_NONE : v);
}

AdjType adj_type_property = {
    .name = "property",
    .size = sizeof(AdjProperty),
    .flags = ADJ_TF_GC,
    .doc = "An attribute computed by functions.",
    .drop = property_drop,
    .traverse = property_traverse,
    .make = &(const AdjNative){"property",
                               "(cls, fget=None, fset=None, fdel=None, doc=None)",
                               property_make, "An attribute computed by functions.", 0},
    .methods = (const AdjNative[]){
        {"getter", "(self, fget, /)", property_getter, "The property with another getter.", 0},
        {"setter", "(self, fset, /)", property_setter, "The property with a setter.", 0},
        {"deleter", "(self, fdel, /)", property_deleter, "The property with a deleter.", 0},
        {0}},
    .attrs = (const AdjAttr[]){{"fget", property_fget, NULL, "The getter."},
                               {"fset", property_fset, NULL, "The setter."},
                               {"__doc__", property_get_doc, NULL, "The documentation."},
                               {0}},
};

// ---- staticmethod and classmethod ----

static void wrap_drop(AdjObj *o)
{
    adj_val_set(&((AdjWrap *)o)->fn, ADJ_UNDEF);
}

static void wrap_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    AdjWrap *w = (AdjWrap *)o;
    if (adj_is_obj(w->fn)) visit(w->fn.o, arg);
}

static bool wrap_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjWrap *w = adj_obj_new(vm, adj_as_type(args[0]));
    if (!w) return false;
    w->fn = adj_val_keep(args[1]);
    return adj_out(out, w);
}

static bool wrap_get_func(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, ((AdjWrap *)self.o)->fn);
}

static bool static_call(AdjVM *vm, AdjVal self, AdjVal *args, int nargs, AdjTuple *kwnames,
                        AdjVal *out)
{
    return adj_vm_call(vm, ((AdjWrap *)self.o)->fn, args, nargs, kwnames, out);
}

AdjType adj_type_staticmethod = {
    .name = "staticmethod",
    .size = sizeof(AdjWrap),
    .flags = ADJ_TF_GC,
    .doc = "A function in a class that does not receive the object.",
    .drop = wrap_drop,
    .traverse = wrap_traverse,
    .call = static_call,
    .make = &(const AdjNative){"staticmethod", "(cls, function, /)", wrap_make,
                               "A function in a class that does not receive the object.", 0},
    .attrs = (const AdjAttr[]){{"__func__", wrap_get_func, NULL, "The function."}, {0}},
};

AdjType adj_type_classmethod = {
    .name = "classmethod",
    .size = sizeof(AdjWrap),
    .flags = ADJ_TF_GC,
    .doc = "A function that receives the class instead of the object.",
    .drop = wrap_drop,
    .traverse = wrap_traverse,
    .make = &(const AdjNative){"classmethod", "(cls, function, /)", wrap_make,
                               "A function that receives the class instead of the object.", 0},
    .attrs = (const AdjAttr[]){{"__func__", wrap_get_func, NULL, "The function."}, {0}},
};

// ---- super ----

static void super_drop(AdjObj *o)
{
    AdjSuper *s = (AdjSuper *)o;
    AdjType *from = s->from, *type = s->self_type;
    s->from = s->self_type = NULL;
    adj_val_set(&s->self, ADJ_UNDEF);
    adj_obj_drop(from);
    adj_obj_drop(type);
}

static void super_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    AdjSuper *s = (AdjSuper *)o;
    if (s->from) visit(&s->from->head, arg);
    if (s->self_type) visit(&s->self_type->head, arg);
    if (adj_is_obj(s->self)) visit(s->self.o, arg);
}

bool adj_super_new(AdjVM *vm, AdjType *from, AdjVal self, AdjVal *out)
{
    bool is_class = adj_is_type(self) && adj_type_is(adj_as_type(self), from);
    AdjType *self_type = is_class ? adj_as_type(self) : adj_type_of(self);
    if (!adj_type_is(self_type, from)) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "super(type, obj): obj must be an instance or subtype of type");
    }
    AdjSuper *s = adj_obj_new(vm, &adj_type_super);
    if (!s) return false;
    s->from = adj_obj_keep(from);
    s->self = adj_val_keep(self);
    s->self_type = adj_obj_keep(self_type);
    return adj_out(out, s);
}

// Without arguments: the class cell and the first argument of the calling method.
static bool super_of_frame(AdjVM *vm, AdjVal *out)
{
    AdjFrame *f = vm->frame;
    const AdjCode *c = f->code;
    if (!c || !c->nargs) return adj_raise(vm, ADJ_EXC_RuntimeError, "super(): no arguments");
    AdjVal self = f->base[0];
    if (adj_is_exact(self, &adj_type_cell)) self = ((AdjCell *)self.o)->value;
    for (uint32_t i = 0; i < c->nfree; i++) {
        if (c->free[i] != adj_names.__class__) continue;
        AdjVal cls = f->fn->cells[i]->value;
        if (!adj_is_type(cls)) break;
        return adj_super_new(vm, adj_as_type(cls), self, out);
    }
    return adj_raise(vm, ADJ_EXC_RuntimeError, "super(): __class__ cell not found");
}

static bool super_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    if (adj_is_undef(args[1])) return super_of_frame(vm, out);
    if (!adj_is_type(args[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "super() argument 1 must be a type, not %s",
                         adj_type_name(args[1]));
    }
    if (adj_is_undef(args[2])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "super() with one argument is not supported");
    }
    return adj_super_new(vm, adj_as_type(args[1]), args[2], out);
}

static bool super_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjSuper *s = (AdjSuper *)self.o;
    return adj_out(out, adj_str_format(vm, "<super: <class '%s'>, <%s object>>", s->from->name,
                                       s->self_type->name));
}

AdjType adj_type_super = {
    .name = "super",
    .size = sizeof(AdjSuper),
    .flags = ADJ_TF_GC,
    .doc = "The methods of the base class.",
    .drop = super_drop,
    .traverse = super_traverse,
    .repr = super_repr,
    .make = &(const AdjNative){"super", "(cls, type=<unset>, object_or_type=<unset>, /)",
                               super_make, "The methods of the base class.", 0},
};
