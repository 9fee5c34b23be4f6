// SPDX-License-Identifier: Apache-2.0
// replay.h: steps that can be computed again, bit for bit. A pinned step keeps what it started
// from: the state of the random numbers, every tensor from outside as it was when the step
// first used it (weights, batch), the optimizer's state; and what it did: the calls in order,
// the values and the gradients they left.
//
// A replay runs the calls again on copies. So it changes nothing of the program's, and it may
// be asked what would have been: with one tensor changed, or in double precision.
#pragma once
#include "core/internal.h"

struct AdjRecordCall;
typedef struct AdjPinned AdjPinned;

// What the recorder tells. begin: NULL without memory; a pinned step that ran out of it later
// says so when it is replayed.
ADJ_HIDDEN AdjPinned *adj_pinned_begin(void);
ADJ_HIDDEN void adj_pinned_call(AdjPinned *p, const AdjOp *op, bool grad,
                                const struct AdjRecordCall *call);
ADJ_HIDDEN void adj_pinned_assign(AdjPinned *p, AdjTensor *x, AdjTensor *value);
ADJ_HIDDEN void adj_pinned_backward(AdjPinned *p, AdjTensors roots, AdjTensors seeds);
ADJ_HIDDEN void adj_pinned_gradient(AdjPinned *p, const AdjNode *node, AdjTensor *dy);
ADJ_HIDDEN void adj_pinned_backward_end(AdjPinned *p);
ADJ_HIDDEN void adj_pinned_update(AdjPinned *p, struct AdjOptimizer *o);
ADJ_HIDDEN void adj_pinned_updated(AdjPinned *p, struct AdjOptimizer *o);
ADJ_HIDDEN void adj_pinned_free(AdjPinned *p);  // NULL is fine
// Names the value that all of it was for, where no backward pass did.
ADJ_HIDDEN void adj_pinned_root(AdjPinned *p, AdjTensor *root);

// The value and the gradient that the call whose result had this node left, borrowed; NULL when
// there is none.
ADJ_HIDDEN AdjTensor *adj_pinned_value(const AdjPinned *p, uint64_t sequence);
ADJ_HIDDEN AdjTensor *adj_pinned_dy(const AdjPinned *p, uint64_t sequence);

typedef struct AdjReplay {
    // What is different from the step itself; all may be left out. [instead] takes the place of
    // what [leaf], a tensor from outside, was at the beginning. [dtype] ADJ_F64 computes in
    // double precision (0, F32, is "as it was").
    const AdjTensor *leaf;
    AdjTensor *instead;
    AdjDtype dtype;
    bool forward_only;
    // Found: the root, borrowed from the scope; the gradient of [leaf]; and whether root,
    // gradients and updated weights are the same bits as the step's own.
    AdjTensor *root, *gradient;
    bool same_root, same_gradients, same_weights;
    int updates;
} AdjReplay;
// False with an error: the step cannot be replayed, and why.
ADJ_HIDDEN bool adj_replay(const AdjPinned *p, AdjReplay *r);
