// SPDX-License-Identifier: Apache-2.0
// softmax.h: softmax along rows, and its derivatives in one pass each.
#pragma once
#include "device/device.h"

typedef enum AdjSoftmax {
    ADJ_SOFTMAX,         // y = softmax(x)
    ADJ_LOG_SOFTMAX,     // y = log softmax(x)
    ADJ_SOFTMAX_DX,      // y = dx from a = dy and x = softmax
    ADJ_LOG_SOFTMAX_DX,  // y = dx from a = dy and x = log softmax
    ADJ_LOGSUMEXP,       // one value per row: the maximum plus the log of the sum
    ADJ_LOGSUM_PARTS,    // two values per row: the maximum, and the log of the sum beyond it
    ADJ_SOFTMAX_KINDS
} AdjSoftmax;

// [rows] rows of [n] elements of f32 or f64, one after the other; [a] is read by the
// derivatives only.
typedef struct AdjSoftmaxCall {
    AdjSoftmax kind;
    AdjDtype dtype;
    void *y;
    const void *x, *a;
    int64_t rows, n;
} AdjSoftmaxCall;
