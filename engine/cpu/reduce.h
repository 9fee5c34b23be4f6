// SPDX-License-Identifier: Apache-2.0
// reduce.h: reductions on the CPU. An array is seen as (outer, n, inner) without gaps and the
// middle axis goes away; ops/reduce.c brings any tensor and any set of axes into that form.
//
// The order of every sum is fixed by the sizes alone: 32 running sums along a row, pieces of a
// fixed length joined as a balanced tree. So the same input gives the same bits on any number
// of threads and any instruction set. Single precision is summed in double.
#pragma once
#include "core/internal.h"
#include "device/reduce.h"

// Kernels of one reduction and type. Partial results are of a type of their own, [size] bytes
// each.
typedef struct AdjReducer {
    void (*row)(const void *x, int64_t n, const void *m, double p, void *acc);
    // Columns side by side: x[k * stride + j] for k < n, j < width into acc[j].
    void (*columns)(const void *x, int64_t n, int64_t stride, int64_t width, const void *m,
                    double p, void *acc);
    void (*join)(void *acc, const void *more, int64_t width);
    // y = acc / divisor, or its square root.
    void (*finish)(const void *acc, int64_t width, double divisor, bool root, void *y);
    size_t size;
} AdjReducer;

// Places of the greatest or least element along the middle axis: the first one; a NaN beats
// numbers.
typedef void (*AdjArgFind)(const void *x, int64_t n, int64_t stride, int64_t width,
                           int64_t *at);

enum { ADJ_RF32, ADJ_RF64, ADJ_RI64, ADJ_RU8, ADJ_REDUCE_TYPES };
typedef struct AdjReduceTable {
    AdjReducer reducer[ADJ_REDUCTION_KINDS][ADJ_REDUCE_TYPES];  // row NULL: none for that type
    AdjArgFind argmax[ADJ_REDUCE_TYPES], argmin[ADJ_REDUCE_TYPES];
} AdjReduceTable;
ADJ_HIDDEN extern const AdjReduceTable adj_reduce_base, adj_reduce_avx2, adj_reduce_avx512;

// False and an error when there is no kernel for the type or no memory.
ADJ_HIDDEN bool adj_cpu_reduce(const AdjReduceCall *c);
// Indices (int64) of the greatest or least elements.
ADJ_HIDDEN bool adj_cpu_place(const AdjPlaceCall *c);
