// SPDX-License-Identifier: Apache-2.0
// view.h: what the files about views, joining and indexing share.
#pragma once
#include "core/internal.h"

// Another view of [x]'s storage, without history.
static inline AdjTensor *adj_view_of(const AdjTensor *x, AdjShape shape, const int64_t *strides,
                                     int64_t offset)
{
    return adj_tensor_make(x->storage, (AdjDtype)x->dtype, shape, strides, offset);
}

// Replaces the one -1 in [size] so that the sizes multiply to [numel]; fails with PyTorch's
// sentence when that is impossible.
ADJ_HIDDEN bool adj_infer_size(AdjShape *size, int64_t numel);
// The strides that show [x] as [shape] (same number of elements) without a copy; false if there
// are none.
ADJ_HIDDEN bool adj_view_strides(const AdjTensor *x, AdjShape shape, int64_t *strides);
// A slice's bounds brought into 0..size as Python does, start <= end. ADJ_NO_INT is None.
ADJ_HIDDEN void adj_slice_bounds(int64_t size, int64_t *start, int64_t *end);
// Elements in a slice with such bounds.
static inline int64_t adj_slice_length(int64_t start, int64_t end, int64_t step)
{
    return (end - start + step - 1) / step;
}
// [shape] with axis [dim] set to [n]; with axis [dim] removed; with an axis of [n] put before
// dim.
static inline AdjShape adj_shape_with(AdjShape s, int64_t dim, int64_t n)
{
    s.at[dim] = n;
    return s;
}
ADJ_HIDDEN AdjShape adj_shape_without(AdjShape s, int64_t dim);
// Fails when an axis more than there is room for would be made.
ADJ_HIDDEN bool adj_shape_insert(AdjShape *s, int64_t dim, int64_t n);
// "[2, -1]", as PyTorch writes a shape that was asked for; owned by the current scope.
ADJ_HIDDEN const char *adj_list_text(AdjShape s);
// Copies [src] into [place], a view of the fresh tensor [y], and returns [y]; fails when the
// shapes are not the same.
ADJ_HIDDEN AdjTensor *adj_write_part(AdjTensor *y, AdjTensor *place, AdjTensor *src);
// Sets every element; the value must exist in the tensor's type.
ADJ_HIDDEN bool adj_fill_with(AdjTensor *x, AdjScalar value);
// A contiguous copy of [x] in [dtype], or [x] itself when it already is that; no history.
ADJ_HIDDEN AdjTensor *adj_dense(AdjTensor *x, AdjDtype dtype);
