// SPDX-License-Identifier: Apache-2.0
// index.h: moving elements to and from indexed places. Indices are int64, dense and never
// negative. The CPU's have been checked; another device checks them while it runs.
#pragma once
#include "device/device.h"

// What happens where a value meets the element at its place.
typedef enum AdjCombine { ADJ_PUT, ADJ_ADD, ADJ_MUL, ADJ_MAX, ADJ_MIN } AdjCombine;

// Rows of a dense block (outer, n, inner) named by an index of m places. Taking: y (outer, m,
// inner) := rows of x. Putting: rows of y combined with x (outer, m, inner), in the order of
// the index.
typedef struct AdjRows {
    const int64_t *index;
    int64_t outer, n, m, inner;
    AdjDtype dtype;
    AdjCombine how;
    void *y;
    const void *x;
} AdjRows;

// An index with as many axes as the tensor it picks from, replacing the position along one of
// them. Gathering: y (dense, sizes) := x at the places named. Scattering: y at the places
// named, combined with x (dense, sizes), in row-major order.
typedef struct AdjAlong {
    const int64_t *index;  // dense, in [sizes]
    int ndim, dim;         // ndim at least 1
    int64_t n;             // places along dim
    int64_t sizes[ADJ_MAX_DIMS];
    int64_t strides[ADJ_MAX_DIMS];  // in elements, of the tensor that is picked from
    AdjDtype dtype;
    AdjCombine how;
    void *y;
    const void *x;
} AdjAlong;
