// SPDX-License-Identifier: Apache-2.0
// recurrent.h: one direction of one recurrent layer over whole sequences, whatever its cell.
#pragma once
#include "cpu/recurrent.h"

// Rows at..at+n-1 of the sequence belong to one step and to sequences 0..n-1 of the batch.
typedef struct AdjSteps {
    int64_t at, n;
} AdjSteps;

// The operands in the type they are computed in, without gaps. Widths: I features in, H hidden,
// P out (H, or the projection's), G gates.
typedef struct AdjRecurrent {
    AdjCell kind;
    AdjDtype dtype, result;  // computed in, returned in
    int gates;
    int64_t steps, batch, rows;
    int64_t in, hidden, out;
    AdjShape shape;        // of the output
    const AdjSteps *step;  // in the order in which they are computed
    AdjTensor *x;          // (rows, I)
    AdjTensor *h0, *c0;    // (B, P), (B, H)
    AdjTensor *w_ih, *w_hh, *b_ih, *b_hh;
    AdjTensor *w_hr;  // (P, H), or NULL
} AdjRecurrent;

// Operands in the order x, h0, c0, w_ih, w_hh, b_ih, b_hh, w_hr; NULL where there is none.
enum {
    ADJ_R_X,
    ADJ_R_H0,
    ADJ_R_C0,
    ADJ_R_W_IH,
    ADJ_R_W_HH,
    ADJ_R_B_IH,
    ADJ_R_B_HH,
    ADJ_R_W_HR,
    ADJ_R_INPUTS
};

// Checks the operands and fills [r]. With [sizes] the rows of x are packed: sizes[t] sequences
// take part in step t, and sizes never grow.
ADJ_HIDDEN bool adj_recurrent_make(AdjRecurrent *r, AdjCell kind, AdjTensor *const *in,
                                   AdjLongs sizes, bool reverse);

// What a run leaves: y (rows, P), h and c after the last step, and for the derivative the gates
// (rows, G H) and what the cell keeps (rows, H).
typedef struct AdjRecurrentRun {
    AdjTensor *y, *h, *c, *g, *kept;
} AdjRecurrentRun;
ADJ_HIDDEN bool adj_recurrent_forward(const AdjRecurrent *r, AdjRecurrentRun *run);
// From dy, dh and dc (NULL without cells) to the gradients of the operands.
ADJ_HIDDEN bool adj_recurrent_backward(const AdjRecurrent *r, const AdjRecurrentRun *run,
                                       AdjTensor *dy, AdjTensor *dh, AdjTensor *dc,
                                       AdjTensor **dx);
// The same run in public operations: y, h and c.
ADJ_HIDDEN bool adj_recurrent_compose(const AdjRecurrent *r, AdjRecurrentRun *run);
