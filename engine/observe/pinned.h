// SPDX-License-Identifier: Apache-2.0
// pinned.h: what a pinned step consists of, between the files that write it down (pinned.c) and
// compute it again (replay.c whole, rerun.c in part, again.c as one of many).
//
// Tensors are slots, in the order in which the step first saw them; calls name their operands
// and results by slot. Invariant: a slot without a copy that is no state is the result of a
// call.
//
// There are two kinds. One holds all: what came from outside, every value and every gradient.
// The light one (timeline.h) holds what cannot be computed from a state of training: the calls,
// the batch and the random numbers; of the state (weights, buffers) it only says where it is
// used. It keeps no result on the tape from dying, which would change what the program needs of
// memory: those are known by address and number of their node.
#pragma once
#include "observe/replay.h"
#include "optim/optimizer.h"

typedef struct AdjPinnedSlot {
    AdjTensor *seen;      // kept: the program's own; NULL: let go of
    AdjTensor *copy;      // kept: from outside, as it was; NULL: a call made it
    AdjTensor *was_grad;  // kept: its .grad before the backward pass
    AdjTensor *grad;      // kept: its .grad after it
    int64_t version;      // of [seen] when it was copied; where [made], the number of its node
    bool state;           // light: part of the state of training, not copied
    bool made;            // light: a result on the tape; [seen] is compared, never followed
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
    AdjValue *option;  // owned by the first update that has it
    bool shares_option;
    int64_t step;
    AdjTensor *param;  // kept: the program's own
    AdjTensor *before, *grad, *after,
        *state[ADJ_STATE_MAX];  // kept copies; NULL in a light one
} AdjPinnedUpdate;

struct AdjPinned {
    int refs;
    bool light;
    AdjTensor *random;  // kept: state of the generator
    AdjTensor *after;   // light, kept: its state when the optimizer had stepped
    bool failed;        // memory ran out
    const char *refusal;
    int n_slots, slot_room, n_calls, call_room, n_updates, update_room;
    AdjPinnedSlot *slots;
    AdjPinnedCall *calls;
    AdjPinnedUpdate *updates;
    int *index, index_size;  // slots by address, open addressing; -1 free
    int root;                // slot, -1: no backward pass
    AdjTensor *seed;         // kept
    // While a light one is written: which tensors are state, and the step before, whose copies
    // of what has not changed since serve again.
    bool (*is_state)(const void *data, const AdjTensor *t);
    const void *data;
    const struct AdjPinned *before;
};

// A copy of the elements, kept, a leaf; it means the same to promotion and to the tape.
ADJ_HIDDEN AdjTensor *adj_pinned_copy(AdjTensor *t);
ADJ_HIDDEN AdjPinned *adj_pinned_keep(AdjPinned *p);
// The slot of a tensor of the program's, -1: it has none.
ADJ_HIDDEN int adj_pinned_slot(const AdjPinned *p, const AdjTensor *t);
// Ends the writing of a light one: values are let go of, and copies whose original nobody else
// holds.
ADJ_HIDDEN void adj_pinned_settle(AdjPinned *p);
// Bytes that it holds for itself alone.
ADJ_HIDDEN size_t adj_pinned_bytes(const AdjPinned *p);
// What stands for each slot: fresh copies of what came from outside, nothing yet for the rest.
// Everything belongs to the scope. NULL: no memory.
ADJ_HIDDEN AdjTensor **adj_pinned_begin_values(const AdjPinned *p, const AdjReplay *r);
// Computes one call, or all of them, on such values; what they make belongs to the scope.
ADJ_HIDDEN bool adj_pinned_run(const AdjPinnedCall *c, AdjTensor **now);
ADJ_HIDDEN bool adj_pinned_run_all(const AdjPinned *p, AdjTensor **now);
// A leaf of the scope that stands for [from], in this precision if it has any.
ADJ_HIDDEN AdjTensor *adj_pinned_leaf(AdjTensor *from, AdjDtype dtype);
// Calls [run] with random numbers, watchers and the recording of the tape as they are to be put
// back afterwards, also after a failure.
ADJ_HIDDEN bool adj_replay_aside(bool (*run)(void *data), void *data);
