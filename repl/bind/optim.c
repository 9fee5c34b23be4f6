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
    adj_optimizer_drop(&o->o);
    AdjObj *groups = (AdjObj *)o->groups;
    o->groups = NULL;
    adj_obj_drop(groups);
}

static void optimizer_traverse(AdjObj *obj, AdjVisit visit, void *arg)
{
    AdjOptimObj *o = (AdjOptimObj *)obj;
    if (o->groups) visit((AdjObj *)o->groups, arg);
}

static bool ready(AdjVM *vm, AdjVal self)
{
    return adj_optim_of(self)->o ||
           adj_raise(vm, ADJ_EXC_RuntimeError, "%s: __init__() has not run",
                     adj_type_name(self));
}

// ---------------------------------------------------------------- groups

// Options of several numbers (Adam's betas) are one tuple in the language: the row's parameters
// "beta1" and "beta2" are its items.
static int tuple_option(const AdjOptimizerRow *row, int i, const char **name)
{
    static const struct {
        const char *first, *name;
    } tuples[] = {{"beta1", "betas"}, {"eta1", "etas"}};
    for (size_t k = 0; k < 2; k++) {
        if (strcmp(row->args[i].name, tuples[k].first)) continue;
        *name = tuples[k].name;
        return 2;
    }
    *name = row->args[i].name;
    return 1;
}

static bool option_to_dict(AdjVM *vm, AdjDict *d, const AdjOptimizerRow *row, int i,
                           const AdjValue *o)
{
    const char *name;
    AdjVal v;
    if (tuple_option(row, i, &name) == 2) {
        AdjVal pair[2] = {adj_float_val(o[i].f), adj_float_val(o[i + 1].f)};
        if (!adj_out(&v, adj_tuple_from(vm, pair, 2))) return false;
    } else {
        switch (row->args[i].kind) {
        case ADJ_ARG_BOOL: v = adj_bool_val(o[i].b); break;
        case ADJ_ARG_INT: v = adj_int_val(o[i].i); break;
        case ADJ_ARG_FLOAT: v = adj_float_val(o[i].f); break;
        default: v = ADJ_NONE;
        }
    }
    bool ok = adj_dict_set_c(vm, d, name, v);
    adj_val_drop(v);
    return ok;
}

static bool option_from_dict(AdjVM *vm, AdjDict *d, const AdjOptimizerRow *row, int i,
                             AdjValue *o)
{
    const char *name;
    int n = tuple_option(row, i, &name);
    AdjVal *v = adj_dict_find_c(d, name);
    if (!v) return true;
    if (n == 1) return adj_bind_value(vm, row->name, &row->args[i], *v, &o[i]);
    AdjList *pair = adj_list_of(vm, *v);
    if (!pair) return false;
    bool ok = pair->len == 2 &&
              adj_bind_value(vm, row->name, &row->args[i], pair->items[0], &o[i]) &&
              adj_bind_value(vm, row->name, &row->args[i + 1], pair->items[1], &o[i + 1]);
    if (!ok && !adj_vm_failed(vm))
        adj_raise(vm, ADJ_EXC_ValueError, "%s: %s must be two numbers", row->name, name);
    adj_obj_drop(pair);
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

static bool write_options(AdjVM *vm, AdjDict *d, const AdjOptimizerRow *row, const AdjValue *o)
{
    for (int i = 0; i < row->n_args; i++) {
        const char *name;
        int n = tuple_option(row, i, &name);
        if (!adj_dict_find_c(d, name) && !option_to_dict(vm, d, row, i, o)) return false;
        i += n - 1;
    }
    return true;
}

bool adj_optim_sync(AdjVM *vm, AdjVal self)
{
    AdjOptimObj *o = adj_optim_of(self);
    for (int64_t g = 0; g < o->groups->len && g < o->o->n_groups; g++)
        if (!read_options(vm, adj_as_dict(o->groups->items[g]), o->o->row,
                          o->o->groups[g].option))
            return false;
    return true;
}

// Parameters of one group: a tensor or an iterable of tensors, or of (name, tensor) pairs.
static bool gather(AdjVM *vm, AdjVal v, AdjList **list, AdjTensors *out)
{
    *list = adj_is_tensor(v) ? adj_list_from(vm, &v, 1) : adj_list_of(vm, v);
    if (!*list) return false;
    out->n = (int)(*list)->len;
    out->at = adj_scope_memory((size_t)(out->n + 1) * sizeof *out->at);
    if (!out->at) return adj_bind_error(vm);
    for (int i = 0; i < out->n; i++) {
        AdjVal item = (*list)->items[i];
        if (adj_is_tuple(item) && adj_as_tuple(item)->len == 2)
            item = adj_as_tuple(item)->items[1];
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
    bool ok = gather(vm, *params, &list, &ts);
    if (ok && !o->o) {
        o->o = adj_optimizer_make(row, ts, options);
        ok = o->o != NULL;
        if (ok)
            o->o->refs++;
        else
            adj_bind_error(vm);
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
    static const char *const ignored[] = {"foreach", "fused", "capturable", "differentiable"};
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(kwargs, &i));) {
        const char *given = adj_as_str(e->key)->data, *name;
        bool known = !strcmp(given, "params");
        for (int k = 0; k < row->n_args && !known; k++) {
            tuple_option(row, k, &name);
            known = !strcmp(name, given);
        }
        for (int k = 0; k < 4 && !known; k++) known = !strcmp(ignored[k], given);
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

static bool m_init(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    const AdjOptimizerRow *row = row_of(a[0].o->type);
    AdjTuple *args = adj_as_tuple(a[1]);
    AdjDict *kwargs = adj_as_dict(a[2]);
    AdjOptimObj *o = adj_optim_of(a[0]);
    AdjVal *keyword = adj_dict_find_c(kwargs, "params");
    if (!row) return adj_raise(vm, ADJ_EXC_TypeError, "Optimizer is an abstract class");
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

// ---------------------------------------------------------------- methods

static bool m_step(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjVal loss = ADJ_NONE;
    if (!ready(vm, a[0])) return false;
    if (!adj_is_none(a[1])) {
        bool was = adj_set_grad_enabled(true);
        bool ok = adj_vm_call(vm, a[1], NULL, 0, NULL, &loss);
        adj_set_grad_enabled(was);
        if (!ok) return false;
    }
    bool ok = adj_optim_sync(vm, a[0]);
    if (ok && !adj_optimizer_step(adj_optim_of(a[0])->o)) ok = adj_bind_error(vm);
    if (ok)
        *out = loss;
    else
        adj_val_drop(loss);
    return ok;
}

static bool m_zero_grad(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    bool none;
    if (!ready(vm, a[0]) || !adj_val_truth(vm, a[1], &none)) return false;
    AdjOptimizer *o = adj_optim_of(a[0])->o;
    if (none) {
        adj_optimizer_zero_grad(o);
        return adj_out_none(out);
    }
    for (int g = 0; g < o->n_groups; g++) {
        for (int i = 0; i < o->groups[g].n; i++) {
            ADJ_SCOPE;
            AdjTensor *p = o->groups[g].slots[i].param;
            if (!p->grad) continue;
            adj_set_grad(p, adj_zeros_of(adj_shape(p), adj_dtype(p)));
        }
    }
    return adj_out_none(out);
}

static bool m_add_param_group(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (!ready(vm, a[0])) return false;
    if (!adj_is_dict(a[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "param_group must be a dict, but got %s",
                         adj_type_name(a[1]));
    }
    AdjOptimizer *o = adj_optim_of(a[0])->o;
    return add_group(vm, a[0], adj_as_dict(a[1]), o->row, o->groups[0].option) &&
           adj_out_none(out);
}

static bool slot_state(AdjVM *vm, AdjOptimizer *o, AdjSlot *slot, AdjVal *out)
{
    AdjDict *d = adj_dict_new(vm);
    AdjVal v;
    bool ok = d != NULL;
    if (ok && slot->step) {
        ADJ_SCOPE;
        bool tensor_step = strcmp(o->row->name, "SGD") != 0;
        if (tensor_step) {
            ok = adj_bind_tensor(
                     vm, adj_full(ADJ_SCALAR_SHAPE, ADJ_F((double)slot->step), ADJ_F32), &v) &&
                 adj_dict_set_c(vm, d, "step", v);
            if (ok) adj_val_drop(v);
        }
    }
    for (int k = 0; ok && k < o->n_state; k++) {
        if (!slot->state[k]) continue;
        ok = adj_bind_tensor(vm, slot->state[k], &v) &&
             adj_dict_set_c(vm, d, o->row->state[k], v);
        if (ok) adj_val_drop(v);
    }
    if (ok) return adj_out(out, d);
    adj_obj_drop(d);
    return false;
}

static bool get_state(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjOptimizer *o = adj_optim_of(self)->o;
    AdjDict *d = adj_dict_new(vm);
    bool ok = d && ready(vm, self);
    for (int g = 0; ok && g < o->n_groups; g++) {
        for (int i = 0; ok && i < o->groups[g].n; i++) {
            AdjVal key, value;
            AdjSlot *slot = &o->groups[g].slots[i];
            if (!slot->step) continue;
            ok = adj_bind_tensor(vm, slot->param, &key) && slot_state(vm, o, slot, &value) &&
                 adj_dict_set(vm, d, key, value);
            if (!ok) break;
            adj_val_drop(key);
            adj_val_drop(value);
        }
    }
    if (ok) return adj_out(out, d);
    adj_obj_drop(d);
    return false;
}

// {'state': {0: {...}}, 'param_groups': [{'lr': ..., 'params': [0, 1]}]}
static bool group_state(AdjVM *vm, AdjDict *group, int *at, AdjVal *out)
{
    AdjDict *d = adj_dict_new(vm);
    AdjEntry *e;
    bool ok = d != NULL;
    for (int64_t i = 0; ok && (e = adj_dict_next(group, &i));)
        if (!adj_str_is(adj_as_str(e->key), "params"))
            ok = adj_dict_set_str(vm, d, adj_as_str(e->key), e->value);
    AdjVal *params = adj_dict_find_c(group, "params");
    AdjList *numbers = adj_list_new(vm, 0);
    for (int64_t i = 0; ok && numbers && i < adj_as_list(*params)->len; i++)
        ok = adj_list_append_take(vm, numbers, adj_int_val((*at)++));
    ok = ok && numbers && adj_dict_set_c(vm, d, "params", adj_obj_val(numbers));
    adj_obj_drop(numbers);
    if (ok) return adj_out(out, d);
    adj_obj_drop(d);
    return false;
}

static bool m_state_dict(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (!ready(vm, a[0])) return false;
    AdjOptimObj *obj = adj_optim_of(a[0]);
    AdjDict *all = adj_dict_new(vm), *state = adj_dict_new(vm);
    AdjList *groups = adj_list_new(vm, 0);
    bool ok = all && state && groups;
    int number = 0, at = 0;
    for (int g = 0; ok && g < obj->o->n_groups; g++) {
        AdjVal v;
        for (int i = 0; ok && i < obj->o->groups[g].n; i++, number++) {
            if (!obj->o->groups[g].slots[i].step) continue;
            ok = slot_state(vm, obj->o, &obj->o->groups[g].slots[i], &v) &&
                 adj_dict_set(vm, state, adj_int_val(number), v);
            if (ok) adj_val_drop(v);
        }
        ok = ok && group_state(vm, adj_as_dict(obj->groups->items[g]), &at, &v) &&
             adj_list_append_take(vm, groups, v);
    }
    ok = ok && adj_dict_set_c(vm, all, "state", adj_obj_val(state)) &&
         adj_dict_set_c(vm, all, "param_groups", adj_obj_val(groups));
    adj_obj_drop(state);
    adj_obj_drop(groups);
    if (ok) return adj_out(out, all);
    adj_obj_drop(all);
    return false;
}

static bool load_slot(AdjVM *vm, AdjOptimizer *o, AdjSlot *slot, AdjDict *state)
{
    AdjVal *step = adj_dict_find_c(state, "step");
    AdjScalar s = ADJ_I(1);
    if (step && !adj_bind_to_scalar(vm, *step, &s)) {
        return adj_raise(vm, ADJ_EXC_ValueError, "load_state_dict: step must be a number");
    }
    slot->step = (int64_t)s.f;
    for (int k = 0; k < o->n_state; k++) {
        ADJ_SCOPE;
        AdjVal *v = adj_dict_find_c(state, o->row->state[k]);
        adj_drop(&slot->state[k]);
        if (!v || !adj_is_tensor(*v)) continue;
        AdjTensor *t = adj_tensor_of(*v);
        if (!adj_shape_equal(adj_shape(t), adj_shape(slot->param))) {
            return adj_raise(vm, ADJ_EXC_ValueError,
                             "load_state_dict: %s has shape %s, the parameter %s",
                             o->row->state[k], adj_shape_text(adj_shape(t)),
                             adj_shape_text(adj_shape(slot->param)));
        }
        slot->state[k] = adj_keep(adj_clone(adj_detach(t)));
        if (!slot->state[k]) return adj_bind_error(vm);
    }
    return true;
}

static bool load_groups(AdjVM *vm, AdjVal self, AdjList *from)
{
    AdjOptimObj *obj = adj_optim_of(self);
    for (int64_t g = 0; g < from->len; g++) {
        AdjEntry *e;
        if (!adj_is_dict(from->items[g])) continue;
        for (int64_t i = 0; (e = adj_dict_next(adj_as_dict(from->items[g]), &i));) {
            if (!adj_is_str(e->key) || adj_str_is(adj_as_str(e->key), "params")) continue;
            if (!adj_dict_set_str(vm, adj_as_dict(obj->groups->items[g]), adj_as_str(e->key),
                                  e->value))
                return false;
        }
    }
    return adj_optim_sync(vm, self);
}

static bool m_load_state_dict(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (!ready(vm, a[0])) return false;
    AdjOptimObj *obj = adj_optim_of(a[0]);
    AdjVal *state = adj_is_dict(a[1]) ? adj_dict_find_c(adj_as_dict(a[1]), "state") : NULL;
    AdjVal *groups =
        adj_is_dict(a[1]) ? adj_dict_find_c(adj_as_dict(a[1]), "param_groups") : NULL;
    if (!state || !groups || !adj_is_dict(*state) || !adj_is_list(*groups)) {
        return adj_raise(vm, ADJ_EXC_ValueError,
                         "load_state_dict: expected a dict with 'state' and 'param_groups'");
    }
    if (adj_as_list(*groups)->len != obj->o->n_groups) {
        return adj_raise(vm, ADJ_EXC_ValueError,
                         "loaded state dict has a different number of parameter groups");
    }
    int number = 0;
    for (int g = 0; g < obj->o->n_groups; g++) {
        for (int i = 0; i < obj->o->groups[g].n; i++, number++) {
            AdjVal v;
            int found = adj_dict_find(vm, adj_as_dict(*state), adj_int_val(number), &v);
            if (found < 0) return false;
            if (found && adj_is_dict(v) &&
                !load_slot(vm, obj->o, &obj->o->groups[g].slots[i], adj_as_dict(v)))
                return false;
        }
    }
    return load_groups(vm, a[0], adj_as_list(*groups)) && adj_out_none(out);
}

static bool get_groups(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return ready(vm, self) && adj_out_keep(out, adj_obj_val(adj_optim_of(self)->groups));
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

static const AdjNative methods[] = {
    {"__init__", "(self, *args, **kwargs)", m_init, "An optimizer of params.", 0},
    {"step", "(self, closure=None)", m_step,
     "One update of every parameter that has a gradient.", 0},
    {"zero_grad", "(self, set_to_none=True)", m_zero_grad, "Forgets the gradients.", 0},
    {"add_param_group", "(self, param_group)", m_add_param_group,
     "More parameters, own options.", 0},
    {"state_dict", "(self)", m_state_dict, "Options and what the updates keep.", 0},
    {"load_state_dict", "(self, state_dict)", m_load_state_dict, "Takes over a state_dict().",
     0},
    {0},
};
static const AdjAttr attrs[] = {
    {"param_groups", get_groups, NULL, "A list of dicts: parameters and their options."},
    {"state", get_state, NULL, "What the updates keep for each parameter."},
    {0},
};

AdjType adj_type_optimizer = {
    .name = "Optimizer",
    .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_ATTRS,
    .size = sizeof(AdjOptimObj),
    .doc = "The base of optimizers.",
    .methods = methods,
    .attrs = attrs,
    .drop = optimizer_drop,
    .traverse = optimizer_traverse,
    .repr = optimizer_repr,
};

bool adj_bind_install_optim(AdjVM *vm, AdjBindNames *n)
{
    size_t count = 0;
    while (adj_optimizer_rows[count]) count++;
    if (!row_types) row_types = calloc(count ? count : 1, sizeof *row_types);
    if (!row_types) return adj_raise(vm, ADJ_EXC_MemoryError, "optim: no memory");
    if (!adj_type_ready(&adj_type_optimizer)) return false;
    for (size_t i = 0; i < count; i++) {
        const AdjOptimizerRow *row = adj_optimizer_rows[i];
        row_types[i].row = row;
        row_types[i].type = (AdjType){.name = row->name,
                                      .base = &adj_type_optimizer,
                                      .doc = row->doc,
                                      .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_ATTRS,
                                      .size = sizeof(AdjOptimObj)};
        AdjType *t = &row_types[i].type;
        if (!adj_type_ready(t) || !adj_dict_set_c(vm, n->optim, row->name, adj_obj_val(t)))
            return false;
    }
    return adj_dict_set_c(vm, n->optim, "Optimizer", adj_obj_val(&adj_type_optimizer)) &&
           adj_bind_install_schedules(vm, n);
}
