// SPDX-License-Identifier: Apache-2.0
// loss.h: what the losses share: the reduction argument and what it does.
#pragma once
#include "core/internal.h"

typedef enum AdjLossReduction { ADJ_LOSS_NONE, ADJ_LOSS_MEAN, ADJ_LOSS_SUM } AdjLossReduction;

// "none", "mean" or "sum"; another name fails with the op's name.
ADJ_HIDDEN bool adj_reduction_of(const char *name, AdjLossReduction *out);
// The mean or the sum over every axis, or [y] itself.
ADJ_HIDDEN AdjTensor *adj_reduced(AdjTensor *y, AdjLossReduction r);
