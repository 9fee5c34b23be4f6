// SPDX-License-Identifier: Apache-2.0
// optim.c: torch.optim: a class per row of the engine's optimizers.
//
// param_groups is a list of dicts, as scripts expect to read and write it: the dicts hold the
// truth, and step() copies their numbers into the engine's options first. The tensors an update
// keeps stay in the engine; state_dict() shows them.
#include "bind/optim.h"

typedef struct {
    AdjType type;
    const AdjOptimizerRow *row;
} RowType;

static RowType *row_types;

static const AdjOptimizerRow *row_of(const AdjType *t)
{
    while (t && (t->flags & ADJ_TF_HEAP)) t = t->base;
    return t && t != &adj_type_optimizer ? ((const RowType *)t)->row : NULL;
}

static void optimizer_drop(AdjObj *obj)
{
    AdjOptimObj *o = (AdjOptimObj *)obj;
    if (o->o && o->o->handle == obj) o->o->handle = NULL;
    adj_optimizer_drop(&o->o);
    AdjObj *groups = (AdjObj *)o->groups;
    o->groups = NULL;
    adj_obj_drop(groups);
    adj_val_set(&o->state, ADJ_UNDEF);
}

static void optimizer_traverse(AdjObj *obj, AdjVisit visit, void *arg)
{
    AdjOptimObj *o = (AdjOptimObj *)obj;
    if (o->groups) visit((AdjObj *)o->groups, arg);
    if (o->state.tag == ADJ_T_OBJ) visit(o->state.o, arg);
}

bool adj_optim_ready(AdjVM *vm, AdjVal self)
{
    return adj_optim_of(self)->groups ||
           adj_raise(vm, ADJ_EXC_RuntimeError, "%s: __init__() has not run",
                     adj_type_name(self));
}

// ---------------------------------------------------------------- groups

// Options of several numbers (Adam's betas) are one tuple in the language: the row's parameters
// "beta1" and "beta2" are its items. Gives their number.
static int tuple_option(const AdjOptimizerRow *row, int i, const char **name)
{
    static const struct {
        const char *first, *name;
        int n;
    } tuples[] = {{"beta1", "betas", 2},
                  {"eta1", "etas", 2},
                  {"step_size1", "step_sizes", 2},
                  {"eps1", "eps", 2},
                  {"ns_a", "ns_coefficients", 3}};
    for (size_t k = 0; k < sizeof tuples / sizeof *tuples; k++) {
        if (strcmp(row->args[i].name, tuples[k].first)) continue;
        *name = tuples[k].name;
        return tuples[k].n;
    }
    *name = row->args[i].name;
    return 1;
}

static bool option_value(AdjVM *vm, const AdjArg *arg, const AdjValue *o, AdjVal *out)
{
    switch (arg->kind) {
    case ADJ_ARG_BOOL: return adj_out_bool(out, o->b);
    case ADJ_ARG_INT: return adj_out_int(out, o->i);
    case ADJ_ARG_FLOAT:
        // A default that the row writes as an integer is shown as one.
        if (o->f == arg->value.f && !strpbrk(strchr(arg->text, '='), ".e"))
            return adj_out_int(out, (int64_t)o->f);
        return isnan(o->f) ? adj_out_none(out) : adj_out_float(out, o->f);
    case ADJ_ARG_STR: return o->s ? adj_out(out, adj_str_new_c(vm, o->s)) : adj_out_none(out);
    default: return adj_out_none(out);
    }
}

static bool option_to_dict(AdjVM *vm, AdjDict *d, const AdjOptimizerRow *row, int i,
                           const AdjValue *o)
{
    const char *name;
    AdjVal v, items[3];
    int n = tuple_option(row, i, &name);
    for (int k = 0; k < n; k++)
        if (!option_value(vm, &row->args[i + k], &o[i + k], &items[k])) return false;
    if (n == 1)
        v = items[0];
    else if (!adj_out(&v, adj_tuple_from(vm, items, n)))
        return false;
    bool ok = adj_dict_set_c(vm, d, name, v);
    adj_val_drop(v);
    return ok;
}

// The items of argument [name]; what has none is told what would do.
static AdjList *listed(AdjVM *vm, AdjVal v, const char *owner, const char *name,
                       const char *wanted)
{
    AdjList *list = adj_list_of(vm, v);
    if (list || !adj_vm_error_is(vm, ADJ_EXC_TypeError)) return list;
    adj_vm_clear_error(vm);
    adj_raise(vm, ADJ_EXC_TypeError, "%s(): argument '%s' must be %s, not %s", owner, name,
              wanted, adj_type_name(v));
    return NULL;
}

static bool option_from_dict(AdjVM *vm, AdjDict *d, const AdjOptimizerRow *row, int i,
                             AdjValue *o)
{
    const char *name;
    int n = tuple_option(row, i, &name);
    AdjVal *v = adj_dict_find_c(d, name);
    if (!v) return true;
    if (n == 1) return adj_bind_value(vm, row->name, &row->args[i], *v, &o[i]);
    AdjList *list = listed(vm, *v, row->name, name, n == 2 ? "2 numbers" : "a list of numbers");
    if (!list) return false;
    bool ok = list->len == n;
    for (int k = 0; ok && k < n; k++)
        ok = adj_bind_value(vm, row->name, &row->args[i + k], list->items[k], &o[i + k]);
    if (!ok && !adj_vm_failed(vm))
        adj_raise(vm, ADJ_EXC_ValueError, "%s: %s must be %d numbers, got %lld", row->name,
                  name, n, (long long)list->len);
    adj_obj_drop(list);
    return ok;
}

static bool read_options(AdjVM *vm, AdjDict *d, const AdjOptimizerRow *row, AdjValue *o)
{
    for (int i = 0; i < row->n_args; i++) {
        const char *name;
        int n = tuple_option(row, i, &name);
        if (!option_from_dict(vm, d, row, i, o)) return false;
        i += n - 1;
    }
    return true;
}

// The next name of a row's list of options without effect; NULL at the end.
static const char *accepted(const AdjOptimizerRow *row, int k)
{
    static const char *const all[] = {"foreach", "fused", "capturable", "differentiable"};
    while (k < 4 && !(row->accepts && strstr(row->accepts, all[k]))) k++;
    return k < 4 ? all[k] : NULL;
}

static bool is_accepted(const AdjOptimizerRow *row, const char *name)
{
    for (int k = 0; k < 4; k++) {
        const char *one = accepted(row, k);
        if (one && !strcmp(one, name)) return true;
    }
    return false;
}

// What groups carry without effect: None for a choice of code, False for the others.
static bool write_accepted(AdjVM *vm, AdjDict *d, const AdjOptimizerRow *row)
{
    for (int k = 0; k < 4; k++) {
        const char *name = accepted(row, k);
        if (!name || adj_dict_find_c(d, name)) continue;
        if (!adj_dict_set_c(vm, d, name, name[0] == 'f' ? ADJ_NONE : ADJ_FALSE)) return false;
    }
    return true;
}

static bool write_options(AdjVM *vm, AdjDict *d, const AdjOptimizerRow *row, const AdjValue *o)
{
    for (int i = 0; i < row->n_args; i++) {
        const char *name;
        int n = tuple_option(row, i, &name);
        if (!adj_dict_find_c(d, name) && !option_to_dict(vm, d, row, i, o)) return false;
        i += n - 1;
    }
    return write_accepted(vm, d, row);
}

bool adj_optim_sync(AdjVM *vm, AdjVal self)
{
    AdjOptimObj *o = adj_optim_of(self);
    for (int64_t g = 0; o->o && g < o->groups->len && g < o->o->n_groups; g++)
        if (!read_options(vm, adj_as_dict(o->groups->items[g]), o->o->row,
                          o->o->groups[g].option))
            return false;
    return true;
}

bool adj_optim_publish(AdjVM *vm, AdjOptimizer *from)
{
    AdjOptimObj *o = from->handle;
    for (int64_t g = 0; o && o->groups && g < o->groups->len && g < from->n_groups; g++)
        for (int i = 0, n; i < from->row->n_args; i += n) {
            const char *name;
            n = tuple_option(from->row, i, &name);
            if (!option_to_dict(vm, adj_as_dict(o->groups->items[g]), from->row, i,
                                from->groups[g].option))
                return false;
        }
    return true;
}

// Parameters of one group: a tensor or an iterable of tensors, or of (name, tensor) pairs.
static bool gather(AdjVM *vm, AdjVal v, const char *owner, AdjList **list, AdjTensors *out)
{
    *list = adj_is_tensor(v) ? adj_list_from(vm, &v, 1)
                             : listed(vm, v, owner, "params", "parameters or groups of them");
    if (!*list) return false;
    out->n = (int)(*list)->len;
    out->at = adj_scope_memory((size_t)(out->n + 1) * sizeof *out->at);
    if (!out->at) return adj_bind_error(vm);
    for (int i = 0; i < out->n; i++) {
        AdjVal item = (*list)->items[i];
        if (adj_is_tuple(item) && adj_as_tuple(item)->len == 2) {
            item = adj_val_keep(adj_as_tuple(item)->items[1]);
            adj_val_set(&(*list)->items[i], item);  // which keeps it
        }
        if (!adj_is_tensor(item)) {
            return adj_raise(vm, ADJ_EXC_TypeError,
                             "optimizer can only optimize Tensors, but one of the "
                             "params is %s",
                             adj_type_name(item));
        }
        out->at[i] = adj_tensor_of(item);
    }
    return true;
}

static bool add_group(AdjVM *vm, AdjVal self, AdjDict *group, const AdjOptimizerRow *row,
                      const AdjValue *defaults)
{
    AdjOptimObj *o = adj_optim_of(self);
    ADJ_SCOPE;
    AdjValue options[24];
    memcpy(options, defaults, (size_t)row->n_args * sizeof *options);
    AdjVal *params = adj_dict_find_c(group, "params");
    if (!params)
        return adj_raise(vm, ADJ_EXC_ValueError, "a parameter group needs a 'params' entry");
    if (!read_options(vm, group, row, options)) return false;
    AdjList *list = NULL;
    AdjTensors ts;
    bool ok = gather(vm, *params, row->name, &list, &ts);
    if (ok && !o->o) {
        o->o = adj_optimizer_make(row, ts, options);
        ok = o->o != NULL;
        if (ok) {
            o->o->refs++;
            o->o->handle = o;
        } else {
            adj_bind_error(vm);
        }
    } else if (ok) {
        ok = adj_optimizer_add_group(o->o, ts, options) || adj_bind_error(vm);
    }
    ok = ok && adj_dict_set_c(vm, group, "params", adj_obj_val(list)) &&
         write_options(vm, group, row, options) &&
         adj_list_append(vm, o->groups, adj_obj_val(group));
    adj_obj_drop(list);
    return ok;
}

// The constructor's own keywords, as a dict with PyTorch's names.
static bool options_from_call(AdjVM *vm, const AdjOptimizerRow *row, AdjTuple *args,
                              AdjDict *kwargs, AdjValue *out)
{
    for (int i = 0; i < row->n_args; i++) out[i] = row->args[i].value;
    int at = 0;
    for (int64_t k = 1; k < args->len; k++, at++) {
        const char *name;
        if (at >= row->n_args) {
            return adj_raise(vm, ADJ_EXC_TypeError,
                             "%s() takes at most %d positional arguments", row->name,
                             row->n_args + 1);
        }
        AdjDict *one = adj_dict_new(vm);
        int n = tuple_option(row, at, &name);
        bool ok = one && adj_dict_set_c(vm, one, name, args->items[k]) &&
                  option_from_dict(vm, one, row, at, out);
        adj_obj_drop(one);
        if (!ok) return false;
        at += n - 1;
    }
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(kwargs, &i));) {
        const char *given = adj_as_str(e->key)->data, *name;
        bool known = !strcmp(given, "params");
        for (int k = 0; k < row->n_args && !known; k++) {
            tuple_option(row, k, &name);
            known = !strcmp(name, given);
        }
        known = known || is_accepted(row, given);
        if (!known) {
            return adj_raise(vm, ADJ_EXC_TypeError,
                             "%s.__init__() got an unexpected keyword argument '%s'", row->name,
                             given);
        }
    }
    return read_options(vm, kwargs, row, out);
}

static bool is_group_list(AdjVal params)
{
    return adj_is_list(params) && adj_as_list(params)->len > 0 &&
           adj_is_dict(adj_as_list(params)->items[0]);
}

static bool add_groups(AdjVM *vm, AdjVal self, AdjVal params, const AdjOptimizerRow *row,
                       const AdjValue *options)
{
    bool many = is_group_list(params);
    for (int64_t i = 0; i < (many ? adj_as_list(params)->len : 1); i++) {
        AdjVal item = many ? adj_as_list(params)->items[i] : params;
        if (many && !adj_is_dict(item)) {
            return adj_raise(vm, ADJ_EXC_TypeError, "param group must be a dict, not %s",
                             adj_type_name(item));
        }
        AdjDict *group = many ? adj_dict_copy(vm, adj_as_dict(item)) : adj_dict_new(vm);
        bool ok = group && (many || adj_dict_set_c(vm, group, "params", item)) &&
                  add_group(vm, self, group, row, options);
        adj_obj_drop(group);
        if (!ok) return false;
    }
    return true;
}

bool adj_optim_add_group(AdjVM *vm, AdjVal self, AdjDict *group)
{
    AdjOptimizer *o = adj_optim_of(self)->o;
    return add_group(vm, self, group, o->row, o->groups[0].option);
}

bool adj_optim_generic(AdjVM *vm, const char *name, AdjVal *args, int n, AdjVal *out)
{
    AdjVal optim, fn;
    if (!adj_vm_import(vm, "torch.optim", &optim)) return false;
    bool ok = adj_val_getattr_c(vm, optim, name, &fn);
    adj_val_drop(optim);
    if (!ok) return false;
    ok = adj_vm_call(vm, fn, args, n, NULL, out);
    adj_val_drop(fn);
    return ok;
}

// A class of the language: Optimizer.__init__(self, params, defaults).
static bool init_generic(AdjVM *vm, AdjVal self, AdjTuple *args, AdjDict *kwargs, AdjVal *out)
{
    AdjVal *params = adj_dict_find_c(kwargs, "params");
    AdjVal *defaults = adj_dict_find_c(kwargs, "defaults");
    AdjVal given[3] = {self,
                       args->len ? args->items[0]
                       : params  ? *params
                                 : ADJ_NONE,
                       args->len > 1 ? args->items[1]
                       : defaults    ? *defaults
                                     : ADJ_NONE};
    if (self.o->type == &adj_type_optimizer)
        return adj_raise(vm, ADJ_EXC_TypeError, "Optimizer is an abstract class");
    AdjOptimObj *o = adj_optim_of(self);
    if (!o->groups && !(o->groups = adj_list_new(vm, 1))) return false;
    return adj_optim_generic(vm, "_generic_init", given, 3, out);
}

bool adj_optim_init(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    const AdjOptimizerRow *row = row_of(a[0].o->type);
    AdjTuple *args = adj_as_tuple(a[1]);
    AdjDict *kwargs = adj_as_dict(a[2]);
    AdjOptimObj *o = adj_optim_of(a[0]);
    AdjVal *keyword = adj_dict_find_c(kwargs, "params");
    if (!row) return init_generic(vm, a[0], args, kwargs, out);
    if (!args->len && !keyword) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "%s.__init__() missing 1 required positional argument: 'params'",
                         row->name);
    }
    ADJ_SCOPE;
    AdjValue options[24];
    if (!o->groups && !(o->groups = adj_list_new(vm, 1))) return false;
    return options_from_call(vm, row, args, kwargs, options) &&
           add_groups(vm, a[0], args->len ? args->items[0] : *keyword, row, options) &&
           adj_out_none(out);
}

// Adam (
// Parameter Group 0
//     betas: (0.9, 0.999)
// )
static bool optimizer_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjOptimObj *o = adj_optim_of(self);
    AdjBuf b = {0};
    bool ok = adj_buf_printf(vm, &b, "%s (", adj_type_name(self));
    for (int64_t g = 0; ok && o->groups && g < o->groups->len; g++) {
        AdjDict *d = adj_as_dict(o->groups->items[g]);
        AdjList *names = adj_list_new(vm, d->count);
        AdjEntry *e;
        for (int64_t i = 0; names && (e = adj_dict_next(d, &i));)
            if (!adj_str_is(adj_as_str(e->key), "params")) adj_list_append(vm, names, e->key);
        AdjVal unused;
        ok = names && adj_vm_call_method(vm, adj_obj_val(names), "sort", NULL, 0, &unused) &&
             adj_buf_printf(vm, &b, "\nParameter Group %lld\n", (long long)g);
        for (int64_t i = 0; ok && i < names->len; i++) {
            AdjVal text;
            AdjVal *v = adj_dict_find_str(d, adj_as_str(names->items[i]));
            ok = adj_val_str(vm, *v, &text);
            if (!ok) break;
            ok = adj_buf_printf(vm, &b, "    %s: %s\n", adj_as_str(names->items[i])->data,
                                adj_as_str(text)->data);
            adj_val_drop(text);
        }
        adj_obj_drop(names);
    }
    if (ok && adj_buf_add_c(vm, &b, ")")) return adj_buf_str(vm, &b, out);
    adj_buf_free(&b);
    return false;
}

AdjType adj_type_optimizer = {
    .name = "Optimizer",
    .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_ATTRS,
    .size = sizeof(AdjOptimObj),
    .doc = "The base of optimizers.",
    .methods = adj_optim_methods,
    .attrs = adj_optim_attrs,
    .drop = optimizer_drop,
    .traverse = optimizer_traverse,
    .repr = optimizer_repr,
};

// Once in a process: a second machine uses the same types.
static void describe_row(const AdjOptimizerRow *row, RowType *t)
{
    if (t->row) return;
    t->row = row;
    t->type = (AdjType){.name = row->name,
                        .base = &adj_type_optimizer,
                        .doc = row->doc,
                        .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_ATTRS,
                        .size = sizeof(AdjOptimObj)};
}

bool adj_bind_install_optim(AdjVM *vm, AdjBindNames *n)
{
    size_t count = 0;
    while (adj_optimizer_rows[count]) count++;
    if (!row_types) row_types = calloc(count ? count : 1, sizeof *row_types);
    if (!row_types) return adj_raise(vm, ADJ_EXC_MemoryError, "optim: no memory");
    if (!adj_type_ready(&adj_type_optimizer)) return false;
    for (size_t i = 0; i < count; i++) {
        const AdjOptimizerRow *row = adj_optimizer_rows[i];
        describe_row(row, &row_types[i]);
        AdjType *t = &row_types[i].type;
        if (!adj_type_ready(t) || !adj_dict_set_c(vm, n->optim, row->name, adj_obj_val(t)))
            return false;
    }
    return adj_dict_set_c(vm, n->optim, "Optimizer", adj_obj_val(&adj_type_optimizer));
}
