// SPDX-License-Identifier: Apache-2.0
// reduce.h: reductions. An array is seen as (outer, n, inner) without gaps and the middle axis
// goes away; ops/reduce.c brings any tensor and any set of axes into that form.
#pragma once
#include "device/device.h"

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

typedef struct AdjReduceCall {
    AdjReduction kind;
    AdjDtype dtype;  // of x, y and m: f32, f64, i64, u8 or bool
    int64_t outer, n, inner;
    const void *x, *m;  // m may be NULL
    void *y;
    double p, divisor;
    bool root;
} AdjReduceCall;

// The place along the middle axis of the greatest or least element: the first one; a NaN beats
// numbers.
typedef struct AdjPlaceCall {
    bool greatest;
    AdjDtype dtype;
    const void *x;
    int64_t outer, n, inner;
    int64_t *at;
} AdjPlaceCall;
