// SPDX-License-Identifier: Apache-2.0
// module.c: torch.nn.Module and a class per row of the engine's modules.
//
// The engine's module object holds parameters, buffers and children by name; the language's
// object adds attributes, hooks and, for a class written in the language, its forward().
// Reading an attribute that the object itself does not have asks the engine's lists; assigning
// a Parameter or a Module registers it. What walks the tree is in module_walk.c, the containers
// in containers.c.
#include "bind/cure.h"
#include "bind/module/flow.h"
#include "observe/watch.h"

// ---------------------------------------------------------------- rows as classes

typedef struct {
    AdjType type;
    const AdjModuleRow *row;
} RowType;

static RowType *row_types;  // one per row; the first is Module itself

const AdjModuleRow *adj_bind_row_of(const AdjType *t)
{
    while (t && (t->flags & ADJ_TF_HEAP)) t = t->base;
    return t == &adj_type_nn_module || !t ? adj_module_row_find("Module")
                                          : ((const RowType *)t)->row;
}

AdjType *adj_bind_row_type(const AdjModuleRow *row)
{
    for (size_t i = 0; adj_module_rows[i]; i++)
        if (adj_module_rows[i] == row && row_types[i].row) return &row_types[i].type;
    return &adj_type_nn_module;
}

bool adj_bind_module(AdjVM *vm, AdjModule *m, AdjVal *out)
{
    if (!m) return adj_bind_error(vm);
    if (m->handle) return adj_out_keep(out, adj_obj_val(m->handle));
    AdjModuleObject *o = adj_obj_new(vm, adj_bind_row_type(m->row));
    if (!o) return false;
    o->m = adj_module_keep(m);
    m->handle = o;
    return adj_out(out, o);
}

static void module_drop(AdjObj *obj)
{
    AdjModuleObject *o = (AdjModuleObject *)obj;
    if (o->m && o->m->handle == o) o->m->handle = NULL;
    adj_module_drop(&o->m);
    AdjObj *kept[] = {(AdjObj *)o->pre_hooks, (AdjObj *)o->hooks, (AdjObj *)o->children};
    o->pre_hooks = o->hooks = NULL;
    o->children = NULL;
    for (int i = 0; i < 3; i++) adj_obj_drop(kept[i]);
}

// Hooks on the tensors of a module that only this object holds, and of its children that have
// no object of their own. Modules nest a few levels deep.
static void visit_hooks(const AdjModule *m, AdjVisit visit, void *arg)
{
    if (!m || m->refs > 1) return;
    for (int i = 0; i < m->params.n; i++)
        adj_bind_visit_hooks(m->params.at[i].tensor, visit, arg);
    for (int i = 0; i < m->n_children; i++) {
        AdjModule *child = m->children[i].module;
        if (child && !child->handle) visit_hooks(child, visit, arg);
    }
}

static void module_traverse(AdjObj *obj, AdjVisit visit, void *arg)
{
    AdjModuleObject *o = (AdjModuleObject *)obj;
    if (o->pre_hooks) visit((AdjObj *)o->pre_hooks, arg);
    if (o->hooks) visit((AdjObj *)o->hooks, arg);
    if (o->children) visit((AdjObj *)o->children, arg);
    visit_hooks(o->m, visit, arg);
}

bool adj_bind_module_ready(AdjVM *vm, AdjVal self)
{
    if (adj_module_of(self)->m) return true;
    return adj_raise(vm, ADJ_EXC_AttributeError,
                     "cannot assign module before Module.__init__() call");
}

// ---------------------------------------------------------------- constructing

// Positional arguments in a tuple and keywords in a dict, as __init__(self, *args, **kwargs)
// gets them, laid out for adj_bind_args.
static bool spread(AdjVM *vm, AdjTuple *args, AdjDict *kwargs, AdjVal **list, AdjTuple **names)
{
    *names = adj_tuple_new(vm, kwargs->count);
    *list = adj_scope_memory((size_t)(args->len + kwargs->count + 1) * sizeof **list);
    if (!*names || !*list) return false;
    memcpy(*list, args->items, (size_t)args->len * sizeof **list);
    int64_t n = 0;
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(kwargs, &i)); n++) {
        (*names)->items[n] = adj_val_keep(e->key);
        (*list)[args->len + n] = e->value;
    }
    return true;
}

static bool is_placement(AdjVal key)
{
    return adj_str_is(adj_as_str(key), "device") || adj_str_is(adj_as_str(key), "dtype") ||
           adj_str_is(adj_as_str(key), "inplace");
}

static bool row_has(const AdjModuleRow *row, const char *name)
{
    for (int i = 0; i < row->n_args; i++)
        if (!strcmp(row->args[i].name, name)) return true;
    return false;
}

// device=, dtype= and, for activations, inplace= are accepted everywhere; dtype is applied
// after, and what is made is made on the device.
static bool take_placement(AdjVM *vm, const AdjModuleRow *row, AdjDict *kwargs, AdjDtype *dtype,
                           const AdjDevice **d)
{
    *dtype = ADJ_SAME;
    *d = NULL;
    AdjVal gone[3];
    int n = 0;
    AdjEntry *e;
    for (int64_t i = 0; n < 3 && (e = adj_dict_next(kwargs, &i));) {
        if (!is_placement(e->key) || row_has(row, adj_as_str(e->key)->data)) continue;
        if (adj_str_is(adj_as_str(e->key), "dtype") &&
            !adj_bind_to_dtype(vm, e->value, dtype)) {
            return adj_raise(vm, ADJ_EXC_TypeError, "%s(): dtype must be a torch.dtype",
                             row->name);
        }
        if (adj_str_is(adj_as_str(e->key), "device") && !adj_bind_device(vm, e->value, d))
            return false;
        gone[n++] = e->key;
    }
    while (n) {
        AdjVal old;
        if (adj_dict_remove(vm, kwargs, gone[--n], &old) == 1) adj_val_drop(old);
    }
    return true;
}

static bool construct(AdjVM *vm, AdjVal self, const AdjModuleRow *row, AdjVal *args, int nargs,
                      AdjTuple *names, AdjDtype dtype)
{
    AdjVal values[24];
    AdjValue converted[24];
    bool ok =
        adj_bind_args(vm, row->name, row->args, row->n_args, args, nargs, names, values) &&
        adj_bind_convert(vm, row->name, row->args, row->n_args, values, converted);
    for (int i = 0; i < row->n_args; i++) adj_val_drop(values[i]);
    if (!ok) return false;
    AdjModule *m = adj_module_make(row, converted);
    if (!m) return adj_bind_error(vm);
    AdjModuleObject *o = adj_module_of(self);
    if (o->m) {
        o->m->handle = NULL;
        adj_module_drop(&o->m);
    }
    o->m = adj_module_keep(m);
    m->handle = o;
    return dtype == ADJ_SAME || adj_bind_module_convert(vm, m, dtype, NULL);
}

static bool module_init(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    const AdjModuleRow *row = adj_bind_row_of(a[0].o->type);
    ADJ_SCOPE;
    AdjVal *list;
    AdjTuple *names;
    AdjDtype dtype;
    const AdjDevice *d;
    AdjTuple *args = adj_as_tuple(a[1]);
    if (!take_placement(vm, row, adj_as_dict(a[2]), &dtype, &d)) return false;
    if (!spread(vm, args, adj_as_dict(a[2]), &list, &names)) return false;
    const AdjDevice *before = adj_device_use(d ? d : adj_thread.device);
    bool ok = construct(vm, a[0], row, list, (int)args->len, names, dtype);
    adj_device_use(before);
    adj_obj_drop(names);
    return ok && adj_out_none(out);
}

// ---------------------------------------------------------------- attributes

static bool ints_value(AdjVM *vm, AdjShape s, bool one_is_number, AdjVal *out)
{
    if (s.n == ADJ_PAD_SAME.n) return adj_out(out, adj_str_new_c(vm, "same"));
    if (s.n == ADJ_PAD_VALID.n) return adj_out(out, adj_str_new_c(vm, "valid"));
    if (s.n < 0) return adj_out_none(out);
    if (s.n == 1 && one_is_number) {
        return s.at[0] == ADJ_NO_INT ? adj_out_none(out) : adj_out_int(out, s.at[0]);
    }
    AdjTuple *t = adj_tuple_new(vm, s.n);
    for (int i = 0; t && i < s.n; i++)
        t->items[i] = s.at[i] == ADJ_NO_INT ? ADJ_NONE : adj_int_val(s.at[i]);
    return adj_out(out, t);
}

static bool floats_value(AdjVM *vm, AdjFloats s, AdjVal *out)
{
    if (s.n < 0) return adj_out_none(out);
    if (s.n == 1) return adj_out_float(out, s.at[0]);
    AdjTuple *t = adj_tuple_new(vm, s.n);
    for (int i = 0; t && i < s.n; i++) t->items[i] = adj_float_val(s.at[i]);
    return adj_out(out, t);
}

static bool argument_value(AdjVM *vm, const AdjArg *a, AdjValue v, AdjVal *out)
{
    switch (a->kind) {
    case ADJ_ARG_INT: return v.i == ADJ_NO_INT ? adj_out_none(out) : adj_out_int(out, v.i);
    case ADJ_ARG_FLOAT:
        return isnan(v.f) && a->optional ? adj_out_none(out) : adj_out_float(out, v.f);
    case ADJ_ARG_BOOL: return adj_out_bool(out, v.b);
    case ADJ_ARG_STR: return v.s ? adj_out(out, adj_str_new_c(vm, v.s)) : adj_out_none(out);
    case ADJ_ARG_SCALAR:
        return v.num.kind == ADJ_S_NONE ? adj_out_none(out) : adj_bind_scalar(vm, v.num, out);
    case ADJ_ARG_INTS:
    case ADJ_ARG_PADDING: return ints_value(vm, v.ints, false, out);
    case ADJ_ARG_SIZES: return ints_value(vm, v.ints, true, out);
    case ADJ_ARG_FLOATS: return floats_value(vm, v.floats, out);
    case ADJ_ARG_TENSOR: return v.t ? adj_bind_tensor(vm, v.t, out) : adj_out_none(out);
    case ADJ_ARG_MODULE: return v.m ? adj_bind_module(vm, v.m, out) : adj_out_none(out);
    case ADJ_ARG_OP:
        return v.op ? adj_out(out, adj_str_new_c(vm, v.op->name)) : adj_out_none(out);
    default: return adj_out_none(out);
    }
}

// The object of a child, kept in [children] so that it stays the same object.
bool adj_bind_child(AdjVM *vm, AdjVal self, AdjNamedModule *c, AdjVal *out)
{
    AdjModuleObject *o = adj_module_of(self);
    if (!c->module) return adj_out_none(out);
    AdjVal *kept = o->children ? adj_dict_find_c(o->children, c->name) : NULL;
    if (kept && adj_is_module(*kept) && adj_module_of(*kept)->m == c->module)
        return adj_out_keep(out, *kept);
    if (!o->children && !(o->children = adj_dict_new(vm))) return false;
    if (!adj_bind_module(vm, c->module, out)) return false;
    if (adj_dict_set_c(vm, o->children, c->name, *out)) return true;
    adj_val_drop(*out);
    return false;
}

static int find_attribute(AdjVM *vm, AdjVal self, const char *name, AdjVal *out)
{
    AdjModule *m = adj_module_of(self)->m;
    AdjNamedTensor *t = adj_module_find_tensor(&m->params, name);
    if (!t) t = adj_module_find_tensor(&m->buffers, name);
    if (t)
        return (t->tensor ? adj_bind_tensor(vm, t->tensor, out) : adj_out_none(out)) ? 1 : -1;
    AdjNamedModule *c = adj_module_find_child(m, name);
    if (c) return adj_bind_child(vm, self, c, out) ? 1 : -1;
    for (int i = 0; i < m->row->n_args; i++) {
        if (strcmp(m->row->args[i].name, name)) continue;
        return argument_value(vm, &m->row->args[i], m->arg[i], out) ? 1 : -1;
    }
    return 0;
}

static bool module_getattr(AdjVM *vm, AdjVal self, AdjStr *name, AdjVal *out)
{
    int found = adj_module_of(self)->m ? find_attribute(vm, self, name->data, out) : 0;
    return found ? found > 0 : adj_raise_no_attribute(vm, self, name);
}

static void forget(AdjVal self, const char *name)
{
    AdjModuleObject *o = adj_module_of(self);
    if (o->m) adj_module_remove(o->m, name);
}

bool adj_bind_set_child(AdjVM *vm, AdjVal self, const char *name, AdjVal child)
{
    AdjModuleObject *o = adj_module_of(self);
    if (!adj_bind_module_ready(vm, child)) return false;
    if (!o->children && !(o->children = adj_dict_new(vm))) return false;
    if (!adj_module_find_child(o->m, name)) forget(self, name);
    return (adj_module_add_child(o->m, name, adj_module_of(child)->m) || adj_bind_error(vm)) &&
           adj_dict_set_c(vm, o->children, name, child);
}

static bool set_tensor(AdjVM *vm, AdjVal self, AdjStr *name, AdjVal value, bool *done)
{
    AdjModule *m = adj_module_of(self)->m;
    AdjNamedTensor *param = adj_module_find_tensor(&m->params, name->data);
    AdjNamedTensor *buffer = adj_module_find_tensor(&m->buffers, name->data);
    bool none = adj_is_none(value), is_tensor = adj_is_tensor(value);
    *done = true;
    if (is_tensor && adj_tensor_of(value)->is_parameter) {
        if (!param) forget(self, name->data);
        return adj_module_add_param(m, name->data, adj_tensor_of(value)) || adj_bind_error(vm);
    }
    if (param && none) return adj_module_add_param(m, name->data, NULL) || adj_bind_error(vm);
    if (param) {
        return adj_raise(
            vm, ADJ_EXC_TypeError,
            "cannot assign '%s' as parameter '%s' (torch.nn.Parameter or None expected)",
            is_tensor ? "torch.FloatTensor" : adj_type_name(value), name->data);
    }
    if (buffer && (none || is_tensor))
        return adj_module_add_buffer(m, name->data, none ? NULL : adj_tensor_of(value),
                                     buffer->persistent) ||
               adj_bind_error(vm);
    *done = false;
    return true;
}

// drop.p = 0.1, norm.momentum = None: what a module was made with can be changed afterwards.
static bool set_argument(AdjVM *vm, AdjModule *m, const char *name, AdjVal value, bool *done)
{
    const AdjModuleRow *row = m->row;
    for (int i = 0; i < row->n_args && !*done; i++) {
        const AdjArg *a = &row->args[i];
        bool owned =
            a->kind == ADJ_ARG_TENSOR || a->kind == ADJ_ARG_MODULE || a->kind == ADJ_ARG_LONGS;
        if (owned || strcmp(a->name, name)) continue;
        AdjValue v;
        if (!adj_bind_value(vm, row->name, a, value, &v)) return false;
        if (a->kind == ADJ_ARG_STR && v.s) v.s = adj_intern(v.s);
        m->arg[i] = v;
        *done = true;
    }
    return true;
}

static bool module_setattr(AdjVM *vm, AdjVal self, AdjStr *name, AdjVal value)
{
    AdjModuleObject *o = adj_module_of(self);
    bool registers =
        adj_is_module(value) || (adj_is_tensor(value) && adj_tensor_of(value)->is_parameter);
    if (!o->m) {
        if (registers) return adj_bind_module_ready(vm, self);
        return adj_attr_store(vm, self.o, name, value);
    }
    if (adj_is_undef(value) && (adj_module_find_tensor(&o->m->params, name->data) ||
                                adj_module_find_tensor(&o->m->buffers, name->data) ||
                                adj_module_find_child(o->m, name->data))) {
        forget(self, name->data);
        return true;
    }
    // What is registered takes the place of a plain attribute, self.down = None for instance.
    if (registers && adj_attr_find(self.o, name) &&
        !adj_attr_store(vm, self.o, name, ADJ_UNDEF))
        return false;
    if (adj_is_module(value)) return adj_bind_set_child(vm, self, name->data, value);
    AdjNamedModule *c = adj_module_find_child(o->m, name->data);
    if (c && adj_is_none(value)) {
        adj_module_drop(&c->module);
        return true;
    }
    bool done;
    if (!set_tensor(vm, self, name, value, &done)) return false;
    if (!done && !adj_is_undef(value) && !set_argument(vm, o->m, name->data, value, &done))
        return false;
    return done || adj_attr_store(vm, self.o, name, value);
}

static bool get_training(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    AdjModule *m = adj_module_of(self)->m;
    return adj_out_bool(out, !m || m->training);
}

static bool set_training(AdjVM *vm, AdjVal self, AdjVal value)
{
    bool on;
    if (!adj_bind_module_ready(vm, self) || !adj_val_truth(vm, value, &on)) return false;
    adj_module_of(self)->m->training = on;
    return true;
}

// ---------------------------------------------------------------- calling

static _Thread_local AdjModule *running;
// The first argument of the last call that the program itself made; containers hand it on.
static _Thread_local const AdjTensor *typed;

// The dotted name of [m] below [from]; false when it is not there.
static bool path_below(AdjModule *from, const AdjModule *m, char *text, size_t room)
{
    for (int i = 0; i < from->n_children; i++) {
        AdjModule *c = from->children[i].module;
        if (!c) continue;
        int n = snprintf(text, room, "%s", from->children[i].name);
        if (c == m) return true;
        if (n < 0 || (size_t)n + 1 >= room) return false;
        text[n] = '.';
        if (path_below(c, m, text + n + 1, room - (size_t)n - 1)) return true;
    }
    return false;
}

// The name of the variable of the main module that holds this module, or its class.
static const char *root_name(AdjVM *vm, AdjVal self)
{
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(adj_vm_main(vm)->dict, &i));)
        if (adj_is_str(e->key) && adj_val_is(e->value, self) &&
            adj_as_str(e->key)->data[0] != '_')
            return adj_as_str(e->key)->data;
    return adj_type_name(self);
}

static const char *enter(AdjVM *vm, AdjVal self, AdjModule *m)
{
    char text[256];
    if (m->path && m->outer_path == adj_thread.module) return adj_module_enter(m, NULL);
    if (!running) return adj_module_enter(m, root_name(vm, self));
    return adj_module_enter(m, path_below(running, m, text, sizeof text) ? text
                                                                         : adj_type_name(self));
}

static bool native_forward(AdjVM *vm, AdjModule *m, AdjVal *args, int nargs, AdjTuple *kwnames,
                           AdjVal *out)
{
    const AdjModuleRow *row = m->row;
    AdjVal values[16];
    AdjValue in[16], result = {.t = NULL};
    ADJ_SCOPE;
    bool ok = adj_bind_args(vm, row->name, row->in, row->n_in, args, nargs, kwnames, values) &&
              adj_bind_convert(vm, row->name, row->in, row->n_in, values, in);
    if (ok) {
        adj_bind_span(vm);
        adj_bind_set_caller(vm);
        ok = adj_module_run(m, in, &result) || adj_bind_error(vm);
    }
    for (int i = 0; i < row->n_in; i++) adj_val_drop(values[i]);
    if (!ok) return false;
    return row->n_results == 1 ? adj_bind_tensor(vm, result.t, out)
                               : adj_bind_results(vm, row->call, result.ts, out);
}

static bool has_own_forward(AdjVal self)
{
    AdjStr *name = adj_str_intern_c("forward");
    AdjVal *found = adj_type_find(self.o->type, name);
    bool own =
        (found && !adj_is_exact(*found, &adj_type_native)) || adj_attr_find(self.o, name);
    adj_obj_drop(name);
    return own;
}

// Sequences packed for a recurrent layer (torch.nn.utils.rnn) are the library's own class: they
// know how to run through one.
static bool is_packed(AdjVal v)
{
    return v.tag == ADJ_T_OBJ && !adj_is_tensor(v) &&
           !strcmp(v.o->type->name, "PackedSequence");
}

static bool run_packed(AdjVM *vm, AdjVal self, AdjVal *args, int nargs, AdjTuple *kwnames,
                       AdjVal *out)
{
    AdjVal fn, packed = args[0];
    if (!adj_val_getattr_c(vm, packed, "_run_through", &fn)) return false;
    args[0] = self;
    bool ok = adj_vm_call(vm, fn, args, nargs, kwnames, out);
    args[0] = packed;
    adj_val_drop(fn);
    return ok;
}

bool adj_bind_forward(AdjVM *vm, AdjVal self, AdjVal *args, int nargs, AdjTuple *kwnames,
                      AdjVal *out)
{
    AdjModule *m = adj_module_of(self)->m;
    if (!has_own_forward(self)) {
        if (nargs && is_packed(args[0])) return run_packed(vm, self, args, nargs, kwnames, out);
        if (m->row->forward && !adj_bind_is_container(m->row))
            return native_forward(vm, m, args, nargs, kwnames, out);
        if (nargs == 1 && !strcmp(m->row->name, "Sequential"))
            return adj_bind_run_children(vm, self, args[0], out);
        return adj_raise(vm, ADJ_EXC_NotImplementedError,
                         "Module [%s] is missing the required \"forward\" function",
                         adj_type_name(self));
    }
    AdjVal fn;
    if (!adj_val_getattr_c(vm, self, "forward", &fn)) return false;
    bool ok = adj_vm_call(vm, fn, args, nargs, kwnames, out);
    adj_val_drop(fn);
    return ok;
}

// Pre-hooks may replace the arguments: hook(module, args) -> None, a value or a tuple.
static bool run_pre_hooks(AdjVM *vm, AdjVal self, AdjVal *args, int nargs, AdjTuple **replaced)
{
    AdjList *hooks = adj_module_of(self)->pre_hooks;
    *replaced = adj_tuple_from(vm, args, nargs);
    for (int64_t i = 0; *replaced && i < hooks->len; i++) {
        AdjVal call[2] = {self, adj_obj_val(*replaced)}, result;
        if (!adj_vm_call(vm, adj_as_tuple(hooks->items[i])->items[1], call, 2, NULL, &result))
            break;
        if (adj_is_none(result)) continue;
        adj_obj_drop(*replaced);
        *replaced =
            adj_is_tuple(result) ? adj_as_tuple(result) : adj_tuple_from(vm, &result, 1);
        if (!adj_is_tuple(result)) adj_val_drop(result);
    }
    if (*replaced && !adj_vm_failed(vm)) return true;
    adj_obj_drop(*replaced);
    *replaced = NULL;
    return false;
}

// Hooks see hook(module, args, result) and may replace the result.
static bool run_hooks(AdjVM *vm, AdjVal self, AdjVal *args, int nargs, AdjVal *out)
{
    AdjList *hooks = adj_module_of(self)->hooks;
    AdjTuple *given = adj_tuple_from(vm, args, nargs);
    for (int64_t i = 0; given && i < hooks->len && !adj_vm_failed(vm); i++) {
        AdjVal call[3] = {self, adj_obj_val(given), *out}, result;
        if (!adj_vm_call(vm, adj_as_tuple(hooks->items[i])->items[1], call, 3, NULL, &result))
            break;
        if (!adj_is_none(result)) adj_val_set(out, result);
    }
    adj_obj_drop(given);
    if (!adj_vm_failed(vm)) return true;
    adj_val_drop(*out);
    return false;
}

// What observers see of a result: the tensor, or the first of several.
static AdjTensor *first_tensor(AdjVal v)
{
    while (adj_is_tuple(v) && adj_as_tuple(v)->len) v = adj_as_tuple(v)->items[0];
    return adj_is_tensor(v) ? adj_tensor_of(v) : NULL;
}

// m(...), or its method of another name, under its path and with its hooks.
static bool call_as(AdjVM *vm, AdjVal self, const char *method, AdjVal *args, int nargs,
                    AdjTuple *kwnames, AdjVal *out)
{
    AdjModuleObject *o = adj_module_of(self);
    if (!adj_bind_module_ready(vm, self)) return false;
    AdjModule *m = adj_module_keep(o->m), *outer_module = running;
    const AdjTensor *outer_typed = typed;
    if (!running || !adj_bind_is_container(running->row))
        typed = nargs && adj_is_tensor(args[0]) ? adj_tensor_of(args[0]) : NULL;
    const char *outer = enter(vm, self, m), *path = adj_thread.module;
    running = m;
    AdjTuple *replaced = NULL;
    bool ok =
        !o->pre_hooks || !o->pre_hooks->len || run_pre_hooks(vm, self, args, nargs, &replaced);
    if (replaced) {
        args = replaced->items;
        nargs = (int)replaced->len;
    }
    if (ok && method)
        ok = adj_vm_call_method(vm, self, method, args, nargs, out);
    else
        ok = ok && adj_bind_forward(vm, self, args, nargs, replaced ? NULL : kwnames, out);
    if (ok && o->hooks && o->hooks->len) ok = run_hooks(vm, self, args, nargs, out);
    if (!ok) adj_bind_note_module(vm, &(AdjFailedCall){self, path, args, nargs, typed});
    if (ADJ_UNLIKELY(adj_thread.watchers & ADJ_WATCH_VALUES) && ok)
        adj_watch_module(m, first_tensor(*out));
    adj_obj_drop(replaced);
    adj_module_leave(outer);
    running = outer_module;
    typed = outer_typed;
    adj_module_drop(&m);
    return ok;
}

bool adj_bind_module_call(AdjVM *vm, AdjVal self, AdjVal *args, int nargs, AdjTuple *kwnames,
                          AdjVal *out)
{
    return call_as(vm, self, NULL, args, nargs, kwnames, out);
}

bool adj_bind_call_named(AdjVM *vm, AdjVal self, AdjVal x, AdjDict *refs, AdjVal *out)
{
    AdjVal args[2] = {x, adj_obj_val(refs)};
    return call_as(vm, self, "forward_named", args, 2, NULL, out);
}

static bool forward_method(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (!adj_bind_module_ready(vm, a[0])) return false;
    ADJ_SCOPE;
    AdjVal *list;
    AdjTuple *names;
    if (!spread(vm, adj_as_tuple(a[1]), adj_as_dict(a[2]), &list, &names)) return false;
    AdjModule *m = adj_module_of(a[0])->m;
    bool ok;
    if (!strcmp(m->row->name, "Sequential") && adj_as_tuple(a[1])->len == 1)
        ok = adj_bind_run_children(vm, a[0], list[0], out);
    else if (m->row->forward)
        ok = native_forward(vm, m, list, (int)adj_as_tuple(a[1])->len, names, out);
    else
        ok = adj_raise(vm, ADJ_EXC_NotImplementedError,
                       "Module [%s] is missing the required \"forward\" function",
                       adj_type_name(a[0]));
    adj_obj_drop(names);
    return ok;
}

// ---------------------------------------------------------------- printing

static bool module_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_bind_module_repr(vm, self, out);
}

static const AdjAttr attrs[] = {
    {"training", get_training, set_training, "Training mode, as train() and eval() set it."},
    {0},
};

static const AdjNative own_methods[] = {
    {"__init__", "(self, *args, **kwargs)", module_init, "Makes the module.", 0},
    {"forward", "(self, *args, **kwargs)", forward_method, "Computes the result.", 0},
    {"__deepcopy__", "(self, memo)", adj_bind_module_deepcopy,
     "A module of the same kind with copies of everything it has.", 0},
    {0},
};

AdjType adj_type_nn_module = {
    .name = "Module",
    .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_ATTRS | ADJ_TF_MODULE,
    .size = sizeof(AdjModuleObject),
    .doc = "The base of every module: parameters, buffers and children by name.",
    .methods = own_methods,
    .attrs = attrs,
    .drop = module_drop,
    .traverse = module_traverse,
    .getattr = module_getattr,
    .setattr = module_setattr,
    .call = adj_bind_module_call,
    .repr = module_repr,
    .list_names = adj_bind_module_names,
};

// Embedding.from_pretrained(table): the class called with the table's sizes.
static bool from_pretrained(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    bool freeze;
    AdjDict *options = adj_as_dict(a[3]);
    AdjTensor *t = adj_is_tensor(a[1]) ? adj_tensor_of(a[1]) : NULL;
    if (!t || adj_ndim(t) != 2) {
        return adj_raise(vm, ADJ_EXC_ValueError,
                         "from_pretrained(): Embeddings parameter is "
                         "expected to be 2-dimensional");
    }
    if (!adj_val_truth(vm, a[2], &freeze)) return false;
    ADJ_SCOPE;
    AdjTuple *names = adj_tuple_new(vm, options->count + 1);
    AdjVal *call = adj_scope_memory((size_t)(options->count + 3) * sizeof *call);
    AdjStr *own = adj_str_new_c(vm, "_weight");
    bool ok = names && call && own;
    if (ok) {
        call[0] = adj_int_val(adj_size(t, 0));
        call[1] = adj_int_val(adj_size(t, 1));
        call[2] = a[1];
        names->items[0] = adj_val_keep(adj_obj_val(own));
    }
    AdjEntry *e;
    int64_t k = 1;
    for (int64_t i = 0; ok && (e = adj_dict_next(options, &i)); k++) {
        names->items[k] = adj_val_keep(e->key);
        call[2 + k] = e->value;
    }
    ok = ok && adj_vm_call(vm, a[0], call, 2, names, out);
    adj_obj_drop(own);
    adj_obj_drop(names);
    if (ok) adj_require_grad(adj_param(adj_module_of(*out)->m, 0), !freeze);
    return ok;
}

static const AdjNative table_methods[] = {
    {"from_pretrained", "(cls, embeddings, freeze=True, **kwargs)", from_pretrained,
     "One over a table that exists; frozen unless freeze=False.", ADJ_FN_CLASS},
    {0},
};

// Once in a process: a second machine uses the same types.
static void describe_row(const AdjModuleRow *row, RowType *t)
{
    if (t->row) return;
    t->row = row;
    t->type = (AdjType){.name = row->name,
                        .base = &adj_type_nn_module,
                        .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_ATTRS | ADJ_TF_MODULE,
                        .size = sizeof(AdjModuleObject),
                        .doc = row->doc};
    adj_bind_container_slots(row, &t->type);
    if (row == &adj_module_row_Graph) {
        t->type.methods = adj_bind_graph_methods;
        t->type.attrs = adj_bind_graph_attrs;
    }
    if (row == &adj_module_row_Embedding || row == &adj_module_row_EmbeddingBag)
        t->type.methods = table_methods;
}

static bool install_row(AdjVM *vm, AdjBindNames *n, const AdjModuleRow *row, RowType *t)
{
    describe_row(row, t);
    return adj_type_ready(&t->type) && adj_bind_row_methods(vm, row, &t->type) &&
           adj_dict_set_c(vm, n->nn, row->name, adj_obj_val(&t->type));
}

bool adj_bind_install_nn(AdjVM *vm, AdjBindNames *n)
{
    size_t count = 0;
    while (adj_module_rows[count]) count++;
    if (!row_types) row_types = calloc(count, sizeof *row_types);
    if (!row_types) return adj_raise(vm, ADJ_EXC_MemoryError, "nn: no memory");
    if (!adj_type_ready(&adj_type_nn_module) || !adj_bind_walk_methods(vm)) return false;
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(adj_module_rows[i]->name, "Module")) continue;
        if (!install_row(vm, n, adj_module_rows[i], &row_types[i])) return false;
    }
    return adj_dict_set_c(vm, n->nn, "Module", adj_obj_val(&adj_type_nn_module)) &&
           adj_bind_install_flow(vm, n);
}
