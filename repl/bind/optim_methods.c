// SPDX-License-Identifier: Apache-2.0
// optim_methods.c: what an optimizer can be asked to do: step, forget gradients, take more
// parameters, tell its state and take one over, change rates. Classes written in the language
// inherit all this: where there is no row, the library's torch.optim does the work.
#include "bind/optim.h"
#include "observe/record.h"
#include "observe/timeline.h"

static bool has_row(AdjVal self)
{
    return adj_optim_of(self)->o != NULL;
}

static bool m_step(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjVal loss = ADJ_NONE;
    if (!adj_optim_ready(vm, a[0])) return false;
    if (!adj_is_none(a[1])) {
        bool was = adj_set_grad_enabled(true);
        bool ok = adj_vm_call(vm, a[1], NULL, 0, NULL, &loss);
        adj_set_grad_enabled(was);
        if (!ok) return false;
    }
    if (!has_row(a[0])) {
        adj_val_drop(loss);
        return adj_raise(vm, ADJ_EXC_NotImplementedError, "%s has no method step",
                         adj_type_name(a[0]));
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
    if (!adj_optim_ready(vm, a[0]) || !adj_val_truth(vm, a[1], &none)) return false;
    AdjList *groups = adj_optim_of(a[0])->groups;
    if (adj_thread.watchers & ADJ_WATCH_BEATS) {
        if (adj_optim_of(a[0])->o) adj_timeline_met(adj_optim_of(a[0])->o, false);
        adj_record_beat(true);
    }
    for (int64_t g = 0; g < groups->len; g++) {
        AdjVal *params = adj_dict_find_c(adj_as_dict(groups->items[g]), "params");
        for (int64_t i = 0; params && adj_is_list(*params) && i < adj_as_list(*params)->len;
             i++) {
            ADJ_SCOPE;
            AdjVal item = adj_as_list(*params)->items[i];
            AdjTensor *p = adj_is_tensor(item) ? adj_tensor_of(item) : NULL;
            if (!p || !p->grad) continue;
            AdjTensor *zero = none ? NULL : adj_zeros_of(adj_shape(p), adj_dtype(p));
            if ((!none && !zero) || !adj_set_grad(p, zero)) return adj_bind_error(vm);
        }
    }
    return adj_out_none(out);
}

static bool m_add_param_group(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (!adj_optim_ready(vm, a[0])) return false;
    if (!adj_is_dict(a[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "param_group must be a dict, but got %s",
                         adj_type_name(a[1]));
    }
    if (!has_row(a[0])) return adj_optim_generic(vm, "_generic_add_group", a, 2, out);
    return adj_optim_add_group(vm, a[0], adj_as_dict(a[1])) && adj_out_none(out);
}

static bool slot_state(AdjVM *vm, AdjOptimizer *o, AdjSlot *slot, AdjVal *out)
{
    AdjDict *d = adj_dict_new(vm);
    AdjVal v;
    bool ok = d != NULL;
    if (ok && slot->step) {
        ADJ_SCOPE;
        if (!o->row->stepless) {
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
    if (!adj_optim_ready(vm, self)) return false;
    AdjOptimizer *o = adj_optim_of(self)->o;
    if (!o) return adj_out_keep(out, adj_optim_of(self)->state);
    AdjDict *d = adj_dict_new(vm);
    bool ok = d != NULL;
    for (int g = 0; ok && g < o->n_groups; g++) {
        for (int i = 0; ok && i < o->groups[g].n; i++) {
            AdjVal key, value;
            AdjSlot *slot = &o->groups[g].slots[i];
            if (!slot->step) continue;
            if (!slot_state(vm, o, slot, &value)) {
                ok = false;
                break;
            }
            if (adj_as_dict(value)->count) {
                ok = adj_bind_tensor(vm, slot->param, &key);
                if (ok) {
                    ok = adj_dict_set(vm, d, key, value);
                    adj_val_drop(key);
                }
            }
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
    if (!adj_optim_ready(vm, a[0])) return false;
    if (!has_row(a[0])) return adj_optim_generic(vm, "_generic_state_dict", a, 1, out);
    AdjOptimObj *obj = adj_optim_of(a[0]);
    AdjDict *all = adj_dict_new(vm), *state = adj_dict_new(vm);
    AdjList *groups = adj_list_new(vm, 0);
    bool ok = all && state && groups;
    int number = 0, at = 0;
    for (int g = 0; ok && g < obj->o->n_groups; g++) {
        AdjVal v;
        for (int i = 0; ok && i < obj->o->groups[g].n; i++, number++) {
            if (!obj->o->groups[g].slots[i].step) continue;
            ok = slot_state(vm, obj->o, &obj->o->groups[g].slots[i], &v);
            if (!ok) break;
            if (adj_as_dict(v)->count) ok = adj_dict_set(vm, state, adj_int_val(number), v);
            adj_val_drop(v);
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

// What has an element for each of the parameter's takes its type, as in PyTorch; the update
// checks shapes. Numbers stay as they are.
static AdjDtype state_dtype(const AdjSlot *slot, AdjTensor *t)
{
    return adj_ndim(t) && adj_is_float(t) ? adj_dtype(slot->param) : adj_dtype(t);
}

static bool load_slot(AdjVM *vm, AdjOptimizer *o, AdjSlot *slot, AdjDict *state)
{
    AdjVal *step = adj_dict_find_c(state, "step");
    AdjScalar s = ADJ_I(1);
    if (step && !adj_bind_to_scalar(vm, *step, &s)) {
        return adj_raise(vm, ADJ_EXC_ValueError, "load_state_dict: step must be a number");
    }
    slot->step = s.f >= 0 && s.f < 0x1p53 ? (int64_t)s.f : 0;
    for (int k = 0; k < o->n_state; k++) {
        ADJ_SCOPE;
        AdjVal *v = adj_dict_find_c(state, o->row->state[k]);
        adj_drop(&slot->state[k]);
        if (!v || !adj_is_tensor(*v)) continue;
        AdjTensor *t = adj_to(adj_tensor_of(*v), state_dtype(slot, adj_tensor_of(*v)));
        if (!t) return adj_bind_error(vm);
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
    if (!adj_optim_ready(vm, a[0])) return false;
    if (!has_row(a[0])) return adj_optim_generic(vm, "_generic_load_state_dict", a, 2, out);
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
    return adj_optim_ready(vm, self) &&
           adj_out_keep(out, adj_obj_val(adj_optim_of(self)->groups));
}

// A class of the language keeps its state in a dict of its own.
static bool set_state(AdjVM *vm, AdjVal self, AdjVal value)
{
    if (has_row(self) || adj_is_undef(value))
        return adj_raise(vm, ADJ_EXC_AttributeError,
                         "state belongs to %s; load_state_dict() "
                         "changes it",
                         adj_type_name(self));
    adj_val_set(&adj_optim_of(self)->state, adj_val_keep(value));
    return true;
}

// ---------------------------------------------------------------- rates

static bool set_rate(AdjVM *vm, AdjVal self, int64_t group, AdjVal lr)
{
    double rate;
    if (!adj_get_double(vm, lr, &rate)) return false;
    if (!(rate >= 0))
        return adj_raise(vm, ADJ_EXC_ValueError, "Invalid learning rate: %g", rate);
    AdjList *groups = adj_optim_of(self)->groups;
    return adj_dict_set_c(vm, adj_as_dict(groups->items[group]), "lr", adj_float_val(rate));
}

static bool m_set_lr(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (!adj_optim_ready(vm, a[0])) return false;
    for (int64_t g = 0; g < adj_optim_of(a[0])->groups->len; g++)
        if (!set_rate(vm, a[0], g, a[1])) return false;
    return adj_out_none(out);
}

static bool m_set_group_lr(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    int64_t g;
    if (!adj_optim_ready(vm, a[0]) || !adj_get_int(vm, a[1], &g)) return false;
    int64_t groups = adj_optim_of(a[0])->groups->len;
    if (g < 0 || g >= groups) {
        return adj_raise(vm, ADJ_EXC_IndexError,
                         "set_group_lr: there is no group %lld; groups are numbered 0 to %lld",
                         (long long)g, (long long)groups - 1);
    }
    return set_rate(vm, a[0], g, a[2]) && adj_out_none(out);
}

static bool m_with_groups(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return adj_optim_generic(vm, "GroupBuilder", a, 2, out);
}

const AdjNative adj_optim_methods[] = {
    {"__init__", "(self, *args, **kwargs)", adj_optim_init, "An optimizer of params.", 0},
    {"step", "(self, closure=None)", m_step,
     "One update of every parameter that has a gradient.", 0},
    {"zero_grad", "(self, set_to_none=True)", m_zero_grad, "Forgets the gradients.", 0},
    {"add_param_group", "(self, param_group)", m_add_param_group,
     "More parameters, own options.", 0},
    {"state_dict", "(self)", m_state_dict, "Options and what the updates keep.", 0},
    {"load_state_dict", "(self, state_dict)", m_load_state_dict, "Takes over a state_dict().",
     0},
    {"set_lr", "(self, lr)", m_set_lr, "Sets the learning rate of every group.", 0},
    {"set_group_lr", "(self, i, lr)", m_set_group_lr, "Sets the learning rate of group i.", 0},
    {"with_groups", "(cls, **options)", m_with_groups,
     "Starts a list of groups: SGD.with_groups().group(params, lr).group(more, lr2).build().",
     ADJ_FN_CLASS},
    {0},
};
const AdjAttr adj_optim_attrs[] = {
    {"param_groups", get_groups, NULL, "A list of dicts: parameters and their options."},
    {"state", get_state, set_state, "What the updates keep for each parameter."},
    {0},
};
