// SPDX-License-Identifier: Apache-2.0
// method.c: rows of methods (ADJ_METHOD) as callables in the classes of modules. A method runs
// under its module's path, like forward, but past its hooks, as in PyTorch.
#include "bind/module/module.h"

typedef struct {
    AdjObj head;
    const AdjMethodRow *row;
} MethodObj;

static const AdjMethodRow *row_of(AdjVal v)
{
    return ((MethodObj *)v.o)->row;
}

static bool wrap(AdjVM *vm, const AdjMethodRow *row, AdjValue v, AdjVal *out)
{
    if (row->n_results != 1) return adj_bind_results(vm, row->signature, v.ts, out);
    const char *result = strstr(row->signature, "-> ") + 3;
    if (!strncmp(result, "tensor", 6)) return adj_bind_tensor(vm, v.t, out);
    if (!strcmp(result, "module")) return adj_bind_module(vm, v.m, out);
    if (!strcmp(result, "int")) return adj_out_int(out, v.i);
    if (!strcmp(result, "float")) return adj_out_float(out, v.f);
    if (!strcmp(result, "bool")) return adj_out_bool(out, v.b);
    return adj_out_none(out);
}

static bool run(AdjVM *vm, const AdjMethodRow *row, AdjModule *m, AdjVal *args, int nargs,
                AdjTuple *kwnames, AdjVal *out)
{
    AdjVal values[16];
    AdjValue in[16], result = {.t = NULL};
    ADJ_SCOPE;
    bool ok = adj_bind_args(vm, row->name, row->in, row->n_in, args, nargs, kwnames, values) &&
              adj_bind_convert(vm, row->name, row->in, row->n_in, values, in);
    if (ok) {
        adj_bind_span(vm);
        ok = (row->run(m, in, &result) && !adj_error_kind()) || adj_bind_error(vm);
    }
    for (int i = 0; i < row->n_in; i++) adj_val_drop(values[i]);
    return ok && wrap(vm, row, result, out);
}

static bool method_call(AdjVM *vm, AdjVal self, AdjVal *args, int nargs, AdjTuple *kwnames,
                        AdjVal *out)
{
    const AdjMethodRow *row = row_of(self);
    if (row->is_static) return run(vm, row, NULL, args, nargs, kwnames, out);
    if (nargs < 1 || !adj_is_module(args[0]) || !adj_bind_module_ready(vm, args[0])) {
        return adj_vm_failed(vm) ? false
                                 : adj_raise(vm, ADJ_EXC_TypeError,
                                             "%s() is a method of %s: it needs a module",
                                             row->name, row->module);
    }
    AdjModule *m = adj_module_keep(adj_module_of(args[0])->m);
    const char *outer = adj_module_enter(m, m->path ? m->path_name : m->row->name);
    bool ok = run(vm, row, m, args + 1, nargs - 1, kwnames, out);
    adj_module_leave(outer);
    adj_module_drop(&m);
    return ok;
}

static bool method_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    const AdjMethodRow *row = row_of(self);
    return adj_out(
        out, adj_str_format(vm, "<method %s.%s%s>", row->module, row->name, row->signature));
}

static bool method_name(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_out(out, adj_str_new_c(vm, row_of(self)->name));
}

static bool method_doc(AdjVM *vm, AdjVal self, AdjVal *out)
{
    const AdjMethodRow *row = row_of(self);
    return adj_out(out, adj_str_format(vm, "%s%s\n%s", row->name, row->signature, row->doc));
}

static bool method_signature(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_out(out, adj_str_new_c(vm, row_of(self)->signature));
}

static const AdjAttr attrs[] = {
    {"__name__", method_name, NULL, "The name of the method."},
    {"__doc__", method_doc, NULL, "What it does."},
    {"__signature__", method_signature, NULL, "Parameters and result."},
    {0},
};

static AdjType bound_type = {.name = "method_descriptor",
                             .flags = ADJ_TF_BINDS,
                             .size = sizeof(MethodObj),
                             .attrs = attrs,
                             .call = method_call,
                             .repr = method_repr};
static AdjType static_type = {.name = "builtin_function_or_method",
                              .size = sizeof(MethodObj),
                              .attrs = attrs,
                              .call = method_call,
                              .repr = method_repr};

bool adj_bind_row_methods(AdjVM *vm, const AdjModuleRow *row, AdjType *t)
{
    if (!adj_type_ready(&bound_type) || !adj_type_ready(&static_type)) return false;
    for (const AdjMethodRow *const *r = adj_method_rows; *r; r++) {
        if (strcmp((*r)->module, row->name)) continue;
        MethodObj *o = adj_obj_new(vm, (*r)->is_static ? &static_type : &bound_type);
        if (!o) return false;
        o->row = *r;
        bool ok = adj_dict_set_c(vm, (AdjDict *)t->dict, (*r)->name, adj_obj_val(o));
        adj_obj_drop(o);
        if (!ok) return false;
    }
    return true;
}
