// SPDX-License-Identifier: Apache-2.0
// index.h: what operations that take an index tensor share.
#pragma once
#include "cpu/index.h"
#include "ops/shape/view.h"

// The index as a dense int64 tensor, every value within 0..n-1. With [wrap], negative values
// count from the end. Fails with PyTorch's sentence about the value, the axis [dim] and its
// size; the kind of error is PyTorch's too, which differs from operation to operation.
ADJ_HIDDEN AdjTensor *adj_checked_index(AdjTensor *index, int64_t n, int64_t dim, bool wrap,
                                        AdjErrorKind outside);
// The places of the true elements of [mask] in row-major order, as an int64 vector.
ADJ_HIDDEN AdjTensor *adj_true_places(AdjTensor *mask);
// [x] seen as (outer, n, inner), n being [count] axes from [dim] on.
ADJ_HIDDEN AdjRows adj_rows_of(const AdjTensor *x, int64_t dim, int64_t count,
                               AdjTensor *index);
// Zeros of [shape] with [dy] added at the rows that [index] names: what taking rows passes
// back. Differentiable where a pass builds a graph, and written in place otherwise.
ADJ_HIDDEN AdjTensor *adj_add_rows(AdjShape shape, int64_t dim, int64_t count, AdjTensor *index,
                                   AdjTensor *dy);
// Puts [source] into the rows of the dense tensor [y] that [index] names.
ADJ_HIDDEN bool adj_put_rows(AdjTensor *y, int64_t dim, int64_t count, AdjTensor *index,
                             AdjTensor *source, AdjCombine how);
