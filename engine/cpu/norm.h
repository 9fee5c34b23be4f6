// SPDX-License-Identifier: Apache-2.0
// norm.h: rows brought to a common scale, and back: layer_norm and rms_norm on the CPU.
#pragma once
#include "core/internal.h"

// [rows] rows of [n] elements of f32 or f64, one after the other. y = (x - mean) r w + b with
// r = 1 / sqrt(variance + eps); [rms] leaves the mean out. w and b may be NULL.
typedef struct AdjNorm {
    bool rms;
    AdjDtype dtype;
    int64_t rows, n;
    double eps;
    const void *x, *w, *b;
    void *y;          // forward
    const void *dy;   // backward
    void *dx;         // may be NULL
    double *dw, *db;  // n each, to which is added; may be NULL
} AdjNorm;

ADJ_HIDDEN void adj_norm_forward(const AdjNorm *c);
// False and an error when memory ran out.
ADJ_HIDDEN bool adj_norm_backward(const AdjNorm *c);

// The loops over rows from..to-1.
typedef void (*AdjNormRows)(const AdjNorm *c, int64_t from, int64_t to);
typedef struct AdjNormTable {
    AdjNormRows forward[2], backward[2];  // f32, f64
} AdjNormTable;
ADJ_HIDDEN extern const AdjNormTable adj_norm_base, adj_norm_avx2, adj_norm_avx512;
