// SPDX-License-Identifier: Apache-2.0
// reduce.h: reductions on the CPU. An array is seen as (outer, n, inner) without gaps and the
// middle axis goes away; ops/reduce.c brings any tensor and any set of axes into that form.
//
// The order of every sum is fixed by the sizes alone: 32 running sums along a row, pieces of a
// fixed length joined as a balanced tree. So the same input gives the same bits on any number
// of threads and any instruction set. Single precision is summed in double.
#pragma once
#include "core/internal.h"

// What is done to the elements x on the way (m: a value per result, p: a number) and how two
// partial results a and b become one.
#define ADJ_REDUCTIONS(X)                             \
    X(SUM, 0, x, a + b)                               \
    X(NANSUM, 0, x == x ? x : 0, a + b)               \
    X(SQUARES, 0, (A)x *(A)x, a + b)                  \
    X(ABSOLUTES, 0, fabs((A)x), a + b)                \
    X(POWERS, 0, pow(fabs((A)x), (A)p), a + b)        \
    X(NONZEROS, 0, x != 0, a + b)                     \
    X(DEVIATIONS, 0, ((A)x - m) * ((A)x - m), a + b)  \
    X(EXPONENTIALS, 0, exp((A)x - m), a + b)          \
    X(PRODUCT, 1, x, a *b)                            \
    X(MAX, LOWEST, x, b != b || b > a ? b : a)        \
    X(MIN, HIGHEST, x, b != b || b < a ? b : a)       \
    X(ABSMAX, 0, fabs((A)x), b != b || b > a ? b : a) \
    X(ABSMIN, HIGHEST, fabs((A)x), b != b || b < a ? b : a)

typedef enum AdjReduction {
#define X(name, init, map, join) ADJ_R_##name,
    ADJ_REDUCTIONS(X)
#undef X
        ADJ_REDUCTION_KINDS
} AdjReduction;

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

typedef struct AdjReduceCall {
    AdjReduction kind;
    AdjDtype dtype;  // of x, y and m: f32, f64, i64, u8 or bool
    int64_t outer, n, inner;
    const void *x, *m;  // m may be NULL
    void *y;
    double p, divisor;
    bool root;
} AdjReduceCall;
// False and an error when there is no kernel for the type or no memory.
ADJ_HIDDEN bool adj_reduce_run(const AdjReduceCall *c);
// Indices (int64) of the greatest or least elements.
ADJ_HIDDEN void adj_arg_run(bool greatest, AdjDtype dtype, const void *x, int64_t outer,
                            int64_t n, int64_t inner, int64_t *at);
