// SPDX-License-Identifier: Apache-2.0
// families.cuh: the families of kernels that the plugin has: entries of AdjDevice, each in the
// .cu file of its subject.
#pragma once

#include "cuda/plugin.h"
#include "device/index.h"
#include "device/reduce.h"
#include "device/softmax.h"
#include "device/update.h"

#define ADJ_CUDA_FAMILIES(X)   \
    X(copy, AdjIter)           \
    X(masked_fill, AdjIter)    \
    X(update, AdjUpdateCall)   \
    X(gemm, AdjGemm)           \
    X(reduce, AdjReduceCall)   \
    X(place, AdjPlaceCall)     \
    X(softmax, AdjSoftmaxCall) \
    X(take_rows, AdjRows)      \
    X(put_rows, AdjRows)       \
    X(gather, AdjAlong)        \
    X(scatter, AdjAlong)

#define FAMILY(name, argument) bool adj_cuda_##name(const argument *a);
ADJ_CUDA_FAMILIES(FAMILY)
#undef FAMILY
bool adj_cuda_fill(const AdjIter *it, AdjScalar value);

// What a kernel found wrong. It is written where the host can read it, because the program is
// long past the call when the kernel runs; the next question that waits asks for it.
typedef struct AdjCudaBox {
    unsigned full;
    int64_t index, size;
    const char *op;  // the host's
} AdjCudaBox;
AdjCudaBox *adj_cuda_box();
// The box as an error, and empty again. False when there was something in it.
bool adj_cuda_complaint();
