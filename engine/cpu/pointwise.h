// SPDX-License-Identifier: Apache-2.0
// pointwise.h: how elementwise kernels are named, found and run on the CPU.
//
// A kernel is one loop over [n] elements that lie side by side, all operands of the types it
// was made for. Strides, broadcasting, other element types and threads are the business of
// adj_pointwise_run, which feeds it blocks. So a row costs one loop per type, and every row can
// do everything.
#pragma once
#include "core/internal.h"

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
#include "ops/pointwise.def"
#include "ops/pointwise_undef.h"
    PW_where,
    PW_half_to_f32,
    PW_f32_to_half,
    PW_bfloat_to_f32,
    PW_f32_to_bfloat,
    PW_COUNT
};

// The types kernels are made for. Halves compute as f32, bool as u8 holding 0 or 1.
typedef enum { SLOT_F32, SLOT_F64, SLOT_I64, SLOT_I32, SLOT_U8, SLOTS } AdjSlot;

typedef AdjKernel AdjKernelTable[PW_COUNT][SLOTS];
ADJ_HIDDEN extern AdjKernelTable adj_pointwise_base, adj_pointwise_avx2, adj_pointwise_avx512;

// The type that a kernel for operands of type [t] reads.
static inline AdjDtype adj_compute_dtype(AdjDtype t)
{
    return t == ADJ_F16 || t == ADJ_BF16 ? ADJ_F32 : t;
}

// The kernel [number] for [t] on this processor; NULL when the row has none for that type.
ADJ_HIDDEN AdjKernel adj_kernel(int number, AdjDtype t);

// The kernel that converts a half format to or from f32; NULL for other pairs.
ADJ_HIDDEN AdjKernel adj_half_kernel(AdjDtype to, AdjDtype from);

enum { ADJ_MAX_PARAMS = 4 };
typedef struct AdjPointwise {
    AdjKernel kernel;
    int n;                             // operands, the result first
    AdjDtype type[ADJ_ITER_OPERANDS];  // what the kernel reads and writes
    double param[ADJ_MAX_PARAMS];
} AdjPointwise;

// Runs the kernel over operands[0], the result; the others broadcast to its shape and may be of
// any type. Operands that are numbers, rows or whole tensors without gaps take short ways.
// Cannot fail.
ADJ_HIDDEN void adj_pointwise_run(const AdjPointwise *p, AdjTensor *const *operands);
