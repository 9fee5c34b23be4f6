// SPDX-License-Identifier: Apache-2.0
// softmax.h: softmax along rows on the CPU, and its derivatives in one pass each.
#pragma once
#include "core/internal.h"

typedef enum AdjSoftmax {
    ADJ_SOFTMAX,         // y = softmax(x)
    ADJ_LOG_SOFTMAX,     // y = log softmax(x)
    ADJ_SOFTMAX_DX,      // y = dx from a = dy and x = softmax
    ADJ_LOG_SOFTMAX_DX,  // y = dx from a = dy and x = log softmax
    ADJ_LOGSUMEXP,       // one value per row: the maximum plus the log of the sum
    ADJ_LOGSUM_PARTS,    // two values per row: the maximum, and the log of the sum beyond it
    ADJ_SOFTMAX_KINDS
} AdjSoftmax;

// One row of n elements; [a] is read by the derivatives only.
typedef void (*AdjSoftmaxRow)(void *y, const void *x, const void *a, int64_t n);
typedef AdjSoftmaxRow AdjSoftmaxTable[ADJ_SOFTMAX_KINDS][2];  // f32, f64
ADJ_HIDDEN extern const AdjSoftmaxTable adj_softmax_base, adj_softmax_avx2, adj_softmax_avx512;

// [rows] rows of [n] elements of f32 or f64, one after the other.
ADJ_HIDDEN void adj_softmax_run(AdjSoftmax kind, AdjDtype dtype, void *y, const void *x,
                                const void *a, int64_t rows, int64_t n);
