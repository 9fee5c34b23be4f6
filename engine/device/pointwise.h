// SPDX-License-Identifier: Apache-2.0
// pointwise.h: elementwise work: a formula of ops/pointwise.def or one of its derivatives over
// operands that broadcast to one shape.
#pragma once
#include "device/device.h"

typedef void (*AdjKernel)(void *out, const void *const *in, int64_t n, const double *param);

// One number per formula and derivative column of pointwise.def.
enum {
#define UNARY(name, ...) PW_##name, PW_##name##_dx,
#define UNARY_INT UNARY
#define TEST(name, ...) PW_##name,
#define ACTIVATION UNARY
#define ACTIVATION1 UNARY
#define ACTIVATION2 UNARY
#define BINARY(name, ...) PW_##name, PW_##name##_dx, PW_##name##_dz,
#define BINARY_FLOAT BINARY
#define BINARY_INT BINARY
#define INTEGER TEST
#define BITWISE TEST
#define COMPARE TEST
#define TERNARY(name, ...) PW_##name, PW_##name##_dx, PW_##name##_dz, PW_##name##_dw,
#define INNER1 UNARY
#define INNER2 BINARY
#define INNER3 TERNARY
#include "ops/pointwise/pointwise.def"
#include "ops/pointwise/pointwise_undef.h"
    PW_where,
    PW_half_to_f32,
    PW_f32_to_half,
    PW_bfloat_to_f32,
    PW_f32_to_bfloat,
    PW_COUNT
};

// The type that a kernel for operands of type [t] reads.
static inline AdjDtype adj_compute_dtype(AdjDtype t)
{
    return t == ADJ_F16 || t == ADJ_BF16 ? ADJ_F32 : t;
}

enum { ADJ_MAX_PARAMS = 4 };
typedef struct AdjPointwise {
    int number;                        // PW_*
    AdjKernel kernel;                  // the CPU's
    int n;                             // operands, the result first
    AdjDtype type[ADJ_ITER_OPERANDS];  // what the kernel reads and writes
    double param[ADJ_MAX_PARAMS];
} AdjPointwise;
