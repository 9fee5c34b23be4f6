// SPDX-License-Identifier: Apache-2.0
// optimizer.c: what all optimizers share: parameters in groups with options of their own, state
// tensors per parameter, the step that walks them. The update rules are rows in the files
// beside.
#include "optim/optimizer.h"
#include "observe/record.h"
#include "observe/timeline.h"

#include <stdlib.h>

static void release(void *object)
{
    AdjOptimizer *o = object;
    adj_optimizer_drop(&o);
}

AdjOptimizer *adj_optimizer_make(const AdjOptimizerRow *row, AdjTensors params,
                                 const AdjValue *options)
{
    if (adj_error_kind()) return NULL;
    AdjOptimizer *o = calloc(1, sizeof *o);
    if (!o) return adj_fail(ADJ_E_MEMORY, "%s: no memory", row->name);
    o->refs = 1;
    o->row = row;
    while (row->state && row->state[o->n_state]) o->n_state++;
    adj_scope_defer(o, release);
    return adj_optimizer_add_group(o, params, options) ? o : NULL;
}

static bool check_params(AdjOptimizer *o, AdjTensors params)
{
    if (params.n == 0) return adj_fail(ADJ_E_VALUE, "optimizer got an empty parameter list");
    for (int i = 0; i < params.n; i++) {
        if (!params.at[i])
            return adj_fail(ADJ_E_TYPE, "%s: parameter %d is missing", o->row->name, i);
        if (params.at[i]->node)
            return adj_fail(ADJ_E_VALUE, "can't optimize a non-leaf Tensor");
    }
    return true;
}

bool adj_optimizer_add_group(AdjOptimizer *o, AdjTensors params, const AdjValue *options)
{
    if (!check_params(o, params)) return false;
    AdjValue *option = adj_fill_args(o->row->name, o->row->args, o->row->n_args, options);
    if (!option) return false;
    AdjGroup *groups = realloc(o->groups, (size_t)(o->n_groups + 1) * sizeof *groups);
    AdjSlot *slots = calloc((size_t)params.n, sizeof *slots);
    if (groups) o->groups = groups;
    bool ok = groups && slots && (!o->row->check || o->row->check(option));
    if (!ok) {
        free(slots);
        adj_args_free(o->row->args, o->row->n_args, option);
        return adj_fail(ADJ_E_MEMORY, "%s: no memory", o->row->name);
    }
    for (int i = 0; i < params.n; i++) slots[i].param = adj_keep(params.at[i]);
    o->groups[o->n_groups++] = (AdjGroup){params.n, slots, option};
    return true;
}

void adj_optimizer_drop(AdjOptimizer **pointer)
{
    AdjOptimizer *o = *pointer;
    *pointer = NULL;
    if (!o || --o->refs) return;
    for (int g = 0; g < o->n_groups; g++) {
        AdjGroup *group = &o->groups[g];
        for (int i = 0; i < group->n; i++) {
            adj_drop(&group->slots[i].param);
            for (int k = 0; k < ADJ_STATE_MAX; k++) adj_drop(&group->slots[i].state[k]);
        }
        free(group->slots);
        adj_args_free(o->row->args, o->row->n_args, group->option);
    }
    free(o->groups);
    free(o);
}

AdjTensor *adj_optimizer_zeros(AdjTensor *p, AdjTensor **state, int k)
{
    if (!state[k]) state[k] = adj_keep(adj_zeros_like(p, ADJ_SAME));
    return state[k];
}

bool adj_optimizer_step(AdjOptimizer *o)
{
    if (!o || adj_error_kind()) return false;
    bool watched = adj_thread.watchers & ADJ_WATCH_BEATS;
    uint64_t start = ADJ_UNLIKELY(watched) ? adj_record_update(o) : 0;
    bool grad = adj_set_grad_enabled(false);
    for (int g = 0; g < o->n_groups && !adj_error_kind(); g++) {
        AdjGroup *group = &o->groups[g];
        for (int i = 0; i < group->n && !adj_error_kind(); i++) {
            AdjSlot *slot = &group->slots[i];
            if (!slot->param->grad) continue;
            ADJ_SCOPE;
            slot->step++;
            o->row->update(slot->param, slot->param->grad, slot->state, slot->step,
                           group->option);
            adj_touch(slot->param);
        }
    }
    adj_set_grad_enabled(grad);
    if (ADJ_UNLIKELY(watched)) adj_record_update_end(o, start);
    return !adj_error_kind();
}

void adj_optimizer_zero_grad(AdjOptimizer *o)
{
    if (ADJ_UNLIKELY(adj_thread.watchers & ADJ_WATCH_BEATS)) {
        if (o) adj_timeline_met(o, false);
        adj_record_beat(true);
    }
    for (int g = 0; o && g < o->n_groups; g++)
        for (int i = 0; i < o->groups[g].n; i++) adj_drop(&o->groups[g].slots[i].param->grad);
}

int adj_optimizer_find_option(const AdjOptimizerRow *row, const char *name)
{
    for (int i = 0; i < row->n_args; i++)
        if (!strcmp(row->args[i].name, name)) return i;
    return -1;
}

bool adj_optimizer_set(AdjOptimizer *o, const char *option, double value)
{
    if (!o || adj_error_kind()) return false;
    int i = adj_optimizer_find_option(o->row, option);
    if (i < 0 || o->row->args[i].kind != ADJ_ARG_FLOAT) {
        return adj_fail(ADJ_E_KEY, "%s: no number named '%s' among its options", o->row->name,
                        option);
    }
    for (int g = 0; g < o->n_groups; g++) o->groups[g].option[i].f = value;
    return true;
}

const AdjOptimizerRow *adj_optimizer_row_find(const char *name)
{
    for (const AdjOptimizerRow *const *r = adj_optimizer_rows; *r; r++)
        if (!strcmp((*r)->name, name)) return *r;
    return NULL;
}
