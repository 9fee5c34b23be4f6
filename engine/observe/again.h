// SPDX-License-Identifier: Apache-2.0
// again.h: a training computed again from the timeline, step by step, aside from the program:
// from a kept state, with the batches and random numbers of then. Unchanged, it comes to the
// same bits, and says so; with one thing changed (precision, rate, optimizer, first weights) it
// is what would have been, on the same batches.
//
// After a step its values and their gradients can be looked at, and compared with those of
// another re-run of the same step.
#pragma once
#include "observe/timeline.h"

typedef struct AdjAgainWish {
    int branch;
    AdjDtype dtype;              // ADJ_F64: in double precision; 0, F32: as it was
    double rate;                 // of learning; NaN: as it was
    const AdjOptimizerRow *row;  // another optimizer; NULL: the one it was
    int64_t init;                // seed of other weights to begin with; -1: those it had
} AdjAgainWish;
static inline AdjAgainWish adj_again_same(int branch)
{
    return (AdjAgainWish){.branch = branch, .rate = NAN, .init = -1};
}

// What stands for a tensor of the program's state.
typedef struct AdjAgainTensor {
    AdjTensor *of, *now;                // kept
    const struct AdjOptimizer *origin;  // compared only
    int group, slot;
    AdjTensor *state[4];  // kept
    int64_t updates;
} AdjAgainTensor;

typedef struct AdjAgain {
    AdjAgainWish wish;
    int64_t at;  // the state is that after this step
    int n;
    AdjAgainTensor *tensor;
    const AdjCheckpoint *base;  // what it begins from, NULL once it has begun
    AdjTensor *random;          // kept: state of the generator after the step
    bool same;                  // all roots so far were the recorded ones
    // Of the step that was run last; NULL, 0: none was.
    struct AdjPinned *calls;  // kept
    AdjRecord *record;        // kept
    AdjTensor **now;          // of each slot, kept
    double root;
} AdjAgain;

// Stands after the newest step at or before [step] whose state is kept; NULL and an error: none
// is, and why.
ADJ_HIDDEN AdjAgain *adj_again_new(AdjTimeline *t, int64_t step, const AdjAgainWish *wish);
// Stands in the state [from], which is that after [step].
ADJ_HIDDEN AdjAgain *adj_again_from(const AdjCheckpoint *from, int64_t step,
                                    const AdjAgainWish *wish);
// Runs the next step. [look]: its values and gradients are kept until the next.
ADJ_HIDDEN bool adj_again_step(AdjTimeline *t, AdjAgain *r, bool look);
ADJ_HIDDEN void adj_again_free(AdjAgain *r);
// The state that [r] has come to, to be put into the program (timeline.h); its own.
ADJ_HIDDEN AdjCheckpoint *adj_again_state(AdjTimeline *t, const AdjAgain *r);

// Of operation [index] of the record: its result, or the gradient there. Borrowed; NULL: none.
ADJ_HIDDEN AdjTensor *adj_again_value(const AdjAgain *r, int index);
ADJ_HIDDEN AdjTensor *adj_again_gradient(const AdjAgain *r, int index);
// What stands for a tensor of the program, or for what the step took from outside.
ADJ_HIDDEN AdjTensor *adj_again_tensor(const AdjAgain *r, const AdjTensor *of);

// How far two tensors of one shape are apart: the largest difference, as a share of the largest
// element of both; NaN counts as infinitely far from a number. [at] gets the element. -1: they
// cannot be compared.
ADJ_HIDDEN double adj_difference(AdjTensor *a, AdjTensor *b, int64_t *at);
