// SPDX-License-Identifier: Apache-2.0
// pinned.h: what a pinned step consists of, between the files that write it down and compute it
// again (replay.c whole, rerun.c in part).
//
// Tensors are slots, in the order in which the step first saw them; calls name their operands
// and results by slot. Invariant: a slot without a copy is the result of a call.
#pragma once
#include "observe/replay.h"
#include "optim/optimizer.h"

typedef struct AdjPinnedSlot {
    AdjTensor *seen;      // kept: the program's own
    AdjTensor *copy;      // kept: from outside, as it was; NULL: a call made it
    AdjTensor *was_grad;  // kept: its .grad before the backward pass
    AdjTensor *grad;      // kept: its .grad after it
} AdjPinnedSlot;

typedef struct AdjPinnedCall {
    const AdjOp *op;  // NULL: slot in[0] was assigned slot in[1]
    bool grad;
    int n_in, n_out, n_arg;
    int *in, *out;  // slots, -1 where there was none
    AdjValue *arg;  // lists owned
    uint64_t sequence;
    AdjTensor *dy;  // kept: the gradient that reached its first output
    const char *module;
    AdjPlace place;
} AdjPinnedCall;

typedef struct AdjPinnedUpdate {
    const AdjOptimizerRow *row;
    AdjValue *option;
    int64_t step;
    AdjTensor *param;                                         // kept: the program's own
    AdjTensor *before, *grad, *after, *state[ADJ_STATE_MAX];  // kept copies
} AdjPinnedUpdate;

struct AdjPinned {
    AdjTensor *random;  // kept: state of the generator
    bool failed;        // memory ran out
    const char *refusal;
    int n_slots, slot_room, n_calls, call_room, n_updates, update_room;
    AdjPinnedSlot *slots;
    AdjPinnedCall *calls;
    AdjPinnedUpdate *updates;
    int *index, index_size;  // slots by address, open addressing; -1 free
    int root;                // slot, -1: no backward pass
    AdjTensor *seed;         // kept
};

// A copy of the elements, a leaf, kept; it means the same to promotion and to the tape.
ADJ_HIDDEN AdjTensor *adj_pinned_copy(AdjTensor *t);
// The slot of [t], -1: the step never saw it.
ADJ_HIDDEN int adj_pinned_slot(const AdjPinned *p, const AdjTensor *t);
// What stands for each slot: fresh copies of what came from outside, nothing yet for the rest.
// Everything belongs to the scope. NULL: no memory.
ADJ_HIDDEN AdjTensor **adj_pinned_begin_values(const AdjPinned *p, const AdjReplay *r);
// Computes one call, or all of them, on such values.
ADJ_HIDDEN bool adj_pinned_run(const AdjPinnedCall *c, AdjTensor **now);
ADJ_HIDDEN bool adj_pinned_run_all(const AdjPinned *p, AdjTensor **now);
