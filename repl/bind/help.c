// SPDX-License-Identifier: Apache-2.0
// help.c: what the engine's rows say about operations, modules and optimizers, for help() and
// for the hints of the prompt.
#include "bind/module/module.h"
#include "bind/optim.h"

static const AdjModuleRow *module_row(AdjVal v)
{
    if (adj_is_module(v)) return adj_bind_row_of(v.o->type);
    if (!adj_is_type(v) || !adj_type_is(adj_as_type(v), &adj_type_nn_module)) return NULL;
    return adj_as_type(v)->flags & ADJ_TF_HEAP ? NULL : adj_bind_row_of(adj_as_type(v));
}

static const AdjOptimizerRow *optimizer_row(AdjVal v)
{
    if (adj_is_optimizer(v)) return adj_optim_of(v)->o ? adj_optim_of(v)->o->row : NULL;
    if (!adj_is_type(v) || !adj_type_is(adj_as_type(v), &adj_type_optimizer)) return NULL;
    return adj_optimizer_row_find(adj_as_type(v)->name);
}

const char *adj_bind_signature(AdjVal v)
{
    if (adj_is_exact(v, &adj_type_op)) return ((AdjOpObj *)v.o)->op->signature;
    const AdjModuleRow *m = module_row(v);
    if (m) return adj_is_module(v) ? m->call : m->signature;
    const AdjOptimizerRow *o = optimizer_row(v);
    return o ? o->signature : NULL;
}

static bool add(AdjVM *vm, AdjBuf *b, const char *name, const char *signature, const char *call,
                const char *doc, const char *source)
{
    return adj_buf_printf(vm, b, "%s%s\n", name, signature) &&
           (!call || adj_buf_printf(vm, b, "call  %s\n", call)) &&
           adj_buf_printf(vm, b, "\n%s\n", doc) &&
           (!source || adj_buf_printf(vm, b, "source  %s\n", source));
}

bool adj_bind_help(AdjVM *vm, AdjVal v, AdjBuf *b)
{
    if (adj_is_exact(v, &adj_type_op)) {
        const AdjOp *op = ((AdjOpObj *)v.o)->op;
        return add(vm, b, op->name, op->signature, NULL, op->doc, op->source);
    }
    const AdjModuleRow *m = module_row(v);
    if (m) return add(vm, b, m->name, m->signature, m->call, m->doc, m->source);
    const AdjOptimizerRow *o = optimizer_row(v);
    return o && add(vm, b, o->name, o->signature, NULL, o->doc, o->source);
}
