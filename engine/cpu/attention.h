// SPDX-License-Identifier: Apache-2.0
// attention.h: attention on the CPU without a matrix of all scores, forward and backward.
#pragma once
#include "core/internal.h"

// Four axes (B, H, T, E) with strides in elements; the last one is 1.
typedef struct AdjHeads {
    void *at;
    int64_t batch, head, row;
} AdjHeads;

// softmax(scale q k^T + mask) v for B x H heads of L queries and S keys, f32 or f64. Head h
// reads key head h / group. Masks are broadcast by strides: of bytes (0 hides) or of the type
// (added).
typedef struct AdjAttention {
    AdjDtype dtype;
    int64_t b, h, group, l, s, e, ev;  // ev: features of v and of the output
    double scale;
    bool causal;  // query i sees keys 0..i
    AdjHeads q, k, v, o;
    const uint8_t *hide;  // NULL: none
    const void *add;      // NULL: none
    int64_t m_batch, m_head, m_row, m_column;
    void *lse;  // (B, H, L): log of the sum of a row's exponentials, -inf where all is hidden
    // Backward only; dq, dk and dv start as zeros.
    AdjHeads d_o, dq, dk, dv;
    const void *dlse;  // (B, H, L)
} AdjAttention;

// False and an error when memory ran out.
ADJ_HIDDEN bool adj_attention_forward(const AdjAttention *a);
ADJ_HIDDEN bool adj_attention_backward(const AdjAttention *a);

// A block of scores: rows of queries from [row0], columns of keys from [column0].
typedef struct AdjScores {
    const AdjAttention *a;
    int64_t batch, head;
    int64_t row0, rows, column0, columns, ld;
    void *s;        // (rows, columns): scores; forward leaves exp(s - max), backward P
    void *max;      // forward: a row's maximum so far
    double *sum;    // forward: of its exponentials
    void *o;        // forward: (rows, ev) gathered so far, scaled when the maximum grows
    void *ds;       // backward: dP in, dS scaled out
    const void *d;  // backward: sum over features of dO o, a value per row
} AdjScores;
typedef void (*AdjScoresRows)(const AdjScores *s);
typedef struct AdjScoresTable {
    AdjScoresRows forward[2], backward[2], finish[2];  // f32, f64
} AdjScoresTable;
ADJ_HIDDEN extern const AdjScoresTable adj_scores_base, adj_scores_avx2, adj_scores_avx512;
