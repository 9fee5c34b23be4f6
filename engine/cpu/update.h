// SPDX-License-Identifier: Apache-2.0
// update.h: the optimizers' element loops, between optim/ and cpu/.
#pragma once
#include "core/internal.h"
#include "device/update.h"

// Updates [p] in place from [grad] and the [n] state tensors, which have p's shape or are NULL
// where the rule may do without. Any strides and float types.
ADJ_HIDDEN bool adj_update(AdjUpdateRule rule, const AdjUpdate *u, AdjTensor *p,
                           AdjTensor *grad, AdjTensor **state, int n);

// The CPU's entry of the family.
ADJ_HIDDEN bool adj_cpu_update(const AdjUpdateCall *c);

// The loops: [n] contiguous elements; state pointers may be NULL where the rule has none.
typedef void (*AdjUpdateF32)(const AdjUpdate *u, int64_t n, float *p, const float *g,
                             float *const *s);
typedef void (*AdjUpdateF64)(const AdjUpdate *u, int64_t n, double *p, const double *g,
                             double *const *s);
typedef struct AdjUpdateKernels {
    AdjUpdateF32 f32[ADJ_UPDATE_RULES];
    AdjUpdateF64 f64[ADJ_UPDATE_RULES];
} AdjUpdateKernels;
ADJ_HIDDEN extern const AdjUpdateKernels adj_update_kernels_base, adj_update_kernels_avx2,
    adj_update_kernels_avx512;
