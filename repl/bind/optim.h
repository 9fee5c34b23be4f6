// SPDX-License-Identifier: Apache-2.0
// optim.h: between the files that bind optimizers.
#pragma once
#include "bind/bind.h"

#include <stdlib.h>

typedef struct AdjOptimObj {
    AdjObj head;
    AdjOptimizer *o;  // kept; NULL before __init__, and for a class written in the language
    AdjList *groups;  // of dicts
    AdjVal state;     // of a class written in the language: a dict by parameter
} AdjOptimObj;

extern AdjType adj_type_optimizer;

static inline bool adj_is_optimizer(AdjVal v)
{
    return v.tag == ADJ_T_OBJ && adj_type_is(v.o->type, &adj_type_optimizer);
}
static inline AdjOptimObj *adj_optim_of(AdjVal v)
{
    return (AdjOptimObj *)v.o;
}

// Copies the numbers of param_groups into the engine.
bool adj_optim_sync(AdjVM *vm, AdjVal self);
// The other way round: the engine's numbers into the param_groups that show it.
bool adj_optim_publish(AdjVM *vm, AdjOptimizer *from);
// Parameters that [group] names, with their options, under the row's rules.
bool adj_optim_add_group(AdjVM *vm, AdjVal self, AdjDict *group);
// Calls a function of the library's torch.optim, which does for optimizers written in the
// language what these files do for those that have a row.
bool adj_optim_generic(AdjVM *vm, const char *name, AdjVal *args, int n, AdjVal *out);
// False, with an exception, before __init__ has run.
bool adj_optim_ready(AdjVM *vm, AdjVal self);
extern const AdjNative adj_optim_methods[];
extern const AdjAttr adj_optim_attrs[];
bool adj_optim_init(AdjVM *vm, AdjVal *a, int n, AdjVal *out);
