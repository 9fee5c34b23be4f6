// SPDX-License-Identifier: Apache-2.0
// pointwise.h: how elementwise kernels are named, found and run on the CPU.
//
// A kernel is one loop over [n] elements that lie side by side, all operands of the types it
// was made for. Strides, broadcasting, other element types and threads are the business of
// adj_pointwise_run, which feeds it blocks. So a row costs one loop per type, and every row can
// do everything.
#pragma once
#include "core/internal.h"
#include "device/pointwise.h"

// The types kernels are made for. Halves compute as f32, bool as u8 holding 0 or 1.
typedef enum { SLOT_F32, SLOT_F64, SLOT_I64, SLOT_I32, SLOT_U8, SLOTS } AdjSlot;

typedef AdjKernel AdjKernelTable[PW_COUNT][SLOTS];
ADJ_HIDDEN extern AdjKernelTable adj_pointwise_base, adj_pointwise_avx2, adj_pointwise_avx512;

// The kernel [number] for [t] on this processor; NULL when the row has none for that type.
ADJ_HIDDEN AdjKernel adj_kernel(int number, AdjDtype t);

// The kernel that converts a half format to or from f32; NULL for other pairs.
ADJ_HIDDEN AdjKernel adj_half_kernel(AdjDtype to, AdjDtype from);

// Runs the kernel over operands[0], the result; the others broadcast to its shape and may be of
// any type. Operands that are numbers, rows or whole tensors without gaps take short ways.
ADJ_HIDDEN bool adj_cpu_pointwise(const AdjPointwise *p, AdjTensor *const *operands);
