// SPDX-License-Identifier: Apache-2.0
// gemm.h: matrix products on the CPU, between device.c, gemm.c and gemm_small.c.
#pragma once
#include "core/internal.h"

ADJ_HIDDEN bool adj_cpu_gemm(const AdjGemm *g);

// One product by the calling thread alone, in the small kernels; f32 or f64, batch 1. [pack]
// has room for the larger of m k + m n and n k elements, and 16 more.
ADJ_HIDDEN void adj_gemm_small(const AdjGemm *g, void *pack);

// Own kernels for matrices too small for a library call to pay, one set per instruction set:
// one matrix product C = alpha A B + beta C with the strides of AdjGemm. [pack] holds
// adj_gemm_small_pack(g) elements.
typedef void (*AdjSmallF32)(const AdjGemm *g, const float *a, const float *b, float *c,
                            float *pack);
typedef void (*AdjSmallF64)(const AdjGemm *g, const double *a, const double *b, double *c,
                            double *pack);
#define ADJ_SMALL(isa)                                                                        \
    ADJ_HIDDEN void adj_gemm_small_f32_##isa(const AdjGemm *, const float *, const float *,   \
                                             float *, float *);                               \
    ADJ_HIDDEN void adj_gemm_small_f64_##isa(const AdjGemm *, const double *, const double *, \
                                             double *, double *);
ADJ_SMALL(base)
ADJ_SMALL(avx2)
ADJ_SMALL(avx512)
#undef ADJ_SMALL
