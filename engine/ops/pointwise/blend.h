// SPDX-License-Identifier: Apache-2.0
// blend.h: separable linear maps over the last axes: averages of windows and resampling are
// both, along every axis, a few weighted elements of the input for each element of the output.
#pragma once
#include "core/internal.h"

// The map of one axis: [taps] places and weights for each of [m] results; a place of -1 is
// none.
typedef struct AdjAxisMap {
    AdjTensor *place, *weight;  // (m, taps) of i64 and f64, owned by the current scope
    int64_t m;
} AdjAxisMap;

// A map of [m] results, all places -1; NULL pointers when memory ran out.
ADJ_HIDDEN AdjAxisMap adj_axis_map(int64_t m, int64_t taps);
static inline int64_t *adj_map_place(const AdjAxisMap *a, int64_t j)
{
    return (int64_t *)adj_ptr(a->place) + j * a->place->sizes[1];
}
static inline double *adj_map_weight(const AdjAxisMap *a, int64_t j)
{
    return (double *)adj_ptr(a->weight) + j * a->place->sizes[1];
}
// Applies [n] maps to the last [n] axes of [x], and the derivative of that, which gives the
// last axes back the sizes [size] ends with. Both are differentiable.
ADJ_HIDDEN AdjTensor *adj_map_axes(AdjTensor *x, int n, const AdjAxisMap *map);
ADJ_HIDDEN AdjTensor *adj_map_back(AdjTensor *dy, int n, const AdjAxisMap *map, AdjShape size);
