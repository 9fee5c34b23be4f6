// SPDX-License-Identifier: Apache-2.0
// walk.h: a backward pass that was run to be looked at: what each of its nodes received and
// sent on. A walk may be interrupted by one inside an operation that is made of others.
#pragma once
#include "observe/watching.h"

typedef struct AdjStop {
    AdjNode *node;             // kept
    AdjTensor **came, **went;  // kept; n_out, n_in of the node
} AdjStop;

// Where to stop: all that is said must hold.
typedef struct AdjBreak {
    int64_t index;                  // -1: at any
    const char *op, *module;        // interned, NULL: any
    double norm_above, norm_below;  // of the gradient that came; infinite: any, NaN: not said
} AdjBreak;

enum { ADJ_BREAKS = 32, ADJ_WALK_LEAVES = 8 };

typedef struct AdjWalk {
    char name[128];   // of the root
    AdjTensor *root;  // kept
    AdjStop *at;
    int n, room, now;
    bool done, failed;
    int n_breaks;
    AdjBreak breaks[ADJ_BREAKS];
    // Of a walk inside an operation: which, and what its operands are called there.
    const AdjOp *inside;
    int of;  // its place in the walk outside
    int n_leaves;
    AdjTensor *leaf[ADJ_WALK_LEAVES];  // kept
    const char *leaf_name[ADJ_WALK_LEAVES];
} AdjWalk;

AdjWalk *adj_walk_now(void);  // the innermost

// "shape", "statistics" and "window" of a gradient.
void adj_walk_put_gradient(AdjAnswerText *o, AdjTensor *g);

// inside.c: whether an operation is known to be made of others; and its parts: [w]'s root and
// leaves. False: an exception says why this one does not open.
bool adj_walk_opens(const AdjNode *node);
bool adj_walk_open(AdjVM *vm, const AdjStop *v, AdjWalk *w);
