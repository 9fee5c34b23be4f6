// SPDX-License-Identifier: Apache-2.0
// isa.h: which instruction set the kernels of this process use, chosen once.
#pragma once
#include "core/internal.h"

typedef enum AdjIsa { ADJ_ISA_BASE, ADJ_ISA_AVX2, ADJ_ISA_AVX512 } AdjIsa;

// The best that this processor has, or less when the environment says so (ADJ_CPU=base, avx2,
// avx512).
ADJ_HIDDEN AdjIsa adj_isa(void);
