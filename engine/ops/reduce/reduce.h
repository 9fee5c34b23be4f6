// SPDX-License-Identifier: Apache-2.0
// reduce.h: what operations share that make axes go away: which axes, the memory layout kernels
// want, and the way back for a gradient.
#pragma once
#include "cpu/reduce.h"
#include "ops/pointwise/elementwise.h"

// An operand as kernels see it: (outer, n, inner) without gaps, the middle axis going away.
typedef struct AdjLayout {
    AdjTensor *x;  // holds the elements in that order
    const void *data;
    int64_t outer, n, inner;
    AdjShape shape;  // of the result
    AdjShape kept;   // the same with axes of length 1 where they were
} AdjLayout;

// The axes of [dims] as a bit mask; every axis when [dims] is None or empty. Fails on an axis
// that is out of range or named twice.
ADJ_HIDDEN bool adj_axes(AdjShape dims, int ndim, unsigned *mask);
// Lays [x] out in [dtype] with the axes of [mask] going away. With [rows] the result has inner
// 1.
ADJ_HIDDEN bool adj_layout(AdjTensor *x, unsigned mask, bool keepdim, AdjDtype dtype, bool rows,
                           AdjLayout *l);
// Fails, with PyTorch's sentence, when an axis of [mask] has no elements to choose from.
ADJ_HIDDEN bool adj_nonempty(const AdjTensor *x, unsigned mask);

// [g], shaped as a result over [dims], with its axes of length 1 back in place, for
// broadcasting against [shape].
ADJ_HIDDEN AdjTensor *adj_keep_axes(AdjTensor *g, AdjShape shape, AdjShape dims, bool keepdim);
// The same for one axis.
ADJ_HIDDEN AdjTensor *adj_keep_axis(AdjTensor *g, int ndim, int64_t dim, bool keepdim);
// A shape of one axis, as the dims argument of an operation.
static inline AdjShape adj_axis(int64_t dim)
{
    return (AdjShape){1, {dim}};
}

// Results of an operation with several, as a list of the scope.
ADJ_HIDDEN AdjTensors adj_list(int n, AdjTensor *const *t);
// Puts dy, the gradient of values taken at [indices] along [dim], where they came from.
ADJ_HIDDEN AdjTensor *adj_scatter_back(AdjTensor *dy, AdjShape shape, AdjTensor *indices,
                                       int64_t dim, bool keepdim);
// dy shared equally among the elements of input 0 that equal output 0, their extreme or median
// over [dims]; both must be saved.
ADJ_HIDDEN AdjTensor *adj_share(AdjNode *n, AdjTensor *dy, AdjShape dims, bool keepdim);
