// SPDX-License-Identifier: Apache-2.0
// recurrent.h: one step of a recurrent layer on the CPU: everything between the two matrix
// products of a step, and its derivative, in one pass over the rows.
#pragma once
#include "core/internal.h"

typedef enum AdjCell {
    ADJ_CELL_TANH,  // h' = tanh(g)
    ADJ_CELL_RELU,  // h' = max(0, g)
    ADJ_CELL_LSTM,  // gates i, f, g, o
    ADJ_CELL_GRU,   // gates r, z, n
    ADJ_CELLS
} AdjCell;

// [rows] rows of [h] hidden elements of f32 or f64. Arrays of gates hold G h elements in a row.
typedef struct AdjCellStep {
    int64_t rows, h;
    void *g;         // (rows, G h): sums before the gates; forward leaves the gates here
    const void *hg;  // GRU forward: (rows, 3 h), the part of the sums that comes from h
    void *kept;      // LSTM: the new cells; GRU: the hidden part of n; (rows, h)
    void *state;     // forward: LSTM cells, GRU h, changed to the new ones; backward: dc
    void *y;         // forward: the new h; backward: NULL, or gets the LSTM's o tanh(c)
    // Backward only.
    const void *before;  // LSTM: the cells before the step; GRU: h before it; else the new h
    const void *dy;      // the whole gradient of the new h
    void *dg;            // of the sums
    void *dhg;           // GRU: of the hidden part of the sums, (rows, 3 h)
    void *dh;            // GRU: the part of dh that does not go through the sums
} AdjCellStep;

ADJ_HIDDEN void adj_cell_forward(AdjCell kind, AdjDtype dtype, const AdjCellStep *s);
ADJ_HIDDEN void adj_cell_backward(AdjCell kind, AdjDtype dtype, const AdjCellStep *s);

// The loops over rows from..to-1.
typedef void (*AdjCellRows)(const AdjCellStep *s, int64_t from, int64_t to);
typedef struct AdjCellTable {
    AdjCellRows forward[ADJ_CELLS][2], backward[ADJ_CELLS][2];  // f32, f64
} AdjCellTable;
ADJ_HIDDEN extern const AdjCellTable adj_cell_base, adj_cell_avx2, adj_cell_avx512;
