// SPDX-License-Identifier: Apache-2.0
// index.h: the CPU's loops that move elements to and from indexed places. Indices are int64,
// dense and already checked; they are never negative here.
#pragma once
#include "core/internal.h"

// What happens where a value meets the element at its place.
typedef enum AdjCombine { ADJ_PUT, ADJ_ADD, ADJ_MUL, ADJ_MAX, ADJ_MIN } AdjCombine;

// Rows of a dense block (outer, n, inner) named by an index of m places.
typedef struct AdjRows {
    const int64_t *index;
    int64_t outer, n, m, inner;
    AdjDtype dtype;
} AdjRows;

// y (outer, m, inner) := rows of x (outer, n, inner).
ADJ_HIDDEN void adj_cpu_take_rows(const AdjRows *r, void *y, const void *x);
// Rows of y (outer, n, inner) combined with x (outer, m, inner), in the order of the index.
ADJ_HIDDEN void adj_cpu_put_rows(const AdjRows *r, void *y, const void *x, AdjCombine how);

// An index with as many axes as the tensor it picks from, replacing the position along one of
// them.
typedef struct AdjAlong {
    const int64_t *index;  // dense, in [sizes]
    int ndim, dim;         // ndim at least 1
    int64_t sizes[ADJ_MAX_DIMS];
    int64_t strides[ADJ_MAX_DIMS];  // in elements, of the tensor that is picked from
    AdjDtype dtype;
} AdjAlong;

// y (dense, sizes) := x at the places named.
ADJ_HIDDEN void adj_cpu_gather(const AdjAlong *a, void *y, const void *x);
// y at the places named, combined with x (dense, sizes), in row-major order.
ADJ_HIDDEN void adj_cpu_scatter(const AdjAlong *a, void *y, const void *x, AdjCombine how);
