// SPDX-License-Identifier: Apache-2.0
// pool.h: greatest elements of windows, putting and taking by places in a plane, and weighted
// sums along one axis, on the CPU.
#pragma once
#include "core/internal.h"

// Windows along three axes; fewer axes have one window of one place in front.
typedef struct AdjWindows {
    int64_t planes, in[3], out[3], step[3];  // step: between the places of a window
    const int64_t *from[3], *to[3];          // of every window, within the input
    bool own;  // every plane has windows of its own: from[a][plane * out[a] + i]
} AdjWindows;

// y := the greatest element of every window, [at] := its place in the plane; of equal ones the
// first, NaN before all. f32, f64 and i64.
ADJ_HIDDEN void adj_pool_max(const AdjWindows *w, AdjDtype dtype, const void *x, void *y,
                             int64_t *at);
// Element i of plane p of [x] (planes, n) goes to place at[i] of plane p of [y] (planes, m):
// added to what is there, or put.
ADJ_HIDDEN void adj_pool_put(AdjDtype dtype, int64_t planes, int64_t n, int64_t m,
                             const int64_t *at, const void *x, void *y, bool add);
// Element i of plane p of [y] (planes, n) comes from place at[i] of plane p of [x] (planes, m).
ADJ_HIDDEN void adj_pool_take(AdjDtype dtype, int64_t planes, int64_t n, int64_t m,
                              const int64_t *at, const void *x, void *y);

// Sums along the middle axis of (outer, n, inner): y[o, j, i] = sum over t of weight[j, t]
// x[o, place[j, t], i]. A place of -1 is none.
typedef struct AdjBlend {
    AdjDtype dtype;  // f32 or f64
    int64_t outer, n, inner, m, taps;
    const int64_t *place;
    const double *weight;
} AdjBlend;
ADJ_HIDDEN void adj_blend_forward(const AdjBlend *b, const void *x, void *y);
// The other way: x gets the sums of what y's elements give; all of it is written.
ADJ_HIDDEN void adj_blend_back_run(const AdjBlend *b, const void *y, void *x);
