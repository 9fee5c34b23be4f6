// SPDX-License-Identifier: Apache-2.0
// softmax.h: softmax along rows on the CPU, and its derivatives in one pass each.
#pragma once
#include "core/internal.h"
#include "device/softmax.h"

// One row of n elements; [a] is read by the derivatives only.
typedef void (*AdjSoftmaxRow)(void *y, const void *x, const void *a, int64_t n);
typedef AdjSoftmaxRow AdjSoftmaxTable[ADJ_SOFTMAX_KINDS][2];  // f32, f64
ADJ_HIDDEN extern const AdjSoftmaxTable adj_softmax_base, adj_softmax_avx2, adj_softmax_avx512;

ADJ_HIDDEN bool adj_cpu_softmax(const AdjSoftmaxCall *c);
