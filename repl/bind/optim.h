// SPDX-License-Identifier: Apache-2.0
// optim.h: between the files that bind optimizers and schedules.
#pragma once
#include "bind/bind.h"

#include <stdlib.h>

typedef struct AdjOptimObj {
    AdjObj head;
    AdjOptimizer *o;  // kept; NULL before __init__
    AdjList *groups;  // of dicts
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
bool adj_bind_install_schedules(AdjVM *vm, AdjBindNames *n);
