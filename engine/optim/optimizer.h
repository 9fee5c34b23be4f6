// SPDX-License-Identifier: Apache-2.0
// optimizer.h: the optimizer object, as its own files and the language's binding see it.
#pragma once
#include "nn/module.h"

enum { ADJ_STATE_MAX = 4 };  // tensors an update rule may keep per parameter

typedef struct AdjSlot {
    AdjTensor *param;                 // kept
    AdjTensor *state[ADJ_STATE_MAX];  // kept, in the order of the row's names
    int64_t step;                     // updates so far
} AdjSlot;

typedef struct AdjGroup {
    int n;
    AdjSlot *slots;
    AdjValue *option;  // the row's arguments by position, owned
} AdjGroup;

struct AdjOptimizer {
    int refs;
    const AdjOptimizerRow *row;
    int n_state;
    int n_groups;
    AdjGroup *groups;
    void *handle;  // the language's object, borrowed
};

ADJ_HIDDEN void adj_optimizer_drop(AdjOptimizer **o);
ADJ_HIDDEN bool adj_optimizer_add_group(AdjOptimizer *o, AdjTensors params,
                                        const AdjValue *options);
// Position of an option by name, -1 when there is none.
ADJ_HIDDEN int adj_optimizer_find_option(const AdjOptimizerRow *row, const char *name);

// state[k], made with zeros like [p] at first use. NULL and an error without memory.
ADJ_HIDDEN AdjTensor *adj_optimizer_zeros(AdjTensor *p, AdjTensor **state, int k);
