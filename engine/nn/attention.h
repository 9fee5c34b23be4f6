// SPDX-License-Identifier: Apache-2.0
// attention.h: what the modules with attention share.
#pragma once
#include "nn/module.h"

// Runs the child [name] on one tensor.
static inline AdjTensor *adj_run1(AdjModule *m, const char *name, AdjTensor *x)
{
    AdjNamedModule *c = x ? adj_module_find_child(m, name) : NULL;
    if (!c || !c->module) return NULL;
    AdjTensors y = adj_module_call_child(m, c->module, 1, &(AdjValue){.t = x});
    return y.n ? y.at[0] : NULL;
}

// embed_dim divides into heads, or an error.
ADJ_HIDDEN bool adj_check_heads(const AdjModule *m, int64_t width, int64_t heads);
// (T, N, H D), or (N, T, H D) with [batch_first], as (N, H, T, D), and back.
ADJ_HIDDEN AdjTensor *adj_split_heads(AdjTensor *x, int64_t heads, bool batch_first);
ADJ_HIDDEN AdjTensor *adj_join_heads(AdjTensor *y, bool batch_first);
