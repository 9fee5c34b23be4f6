// SPDX-License-Identifier: Apache-2.0
//
// Calling a row of the registry with made-up operands, and trying its derivatives: the first
// against central differences, the second against differences of the first. Used by the test
// programs that walk families of rows.
#pragma once

#include "adjoint.h"
#include "check.h"

// A call in the making: arguments by position, tensors filled in from a list when it runs.
typedef struct Call {
    const AdjOp *op;
    AdjValue args[16];
    int tensor[4];  // positions of the tensor parameters
    int tensors;
    int result;  // which of several results is looked at
} Call;

// Prepares [name] with its defaults and [n] tensor operands; parameters without a default get
// [number]. Fails the program's point when there is no such row.
Call call_of(const char *name, int n, double number);
// Sets argument [name] of the call; false when there is none.
AdjValue *call_argument(Call *c, const char *name);
// Runs the call; an AdjTestFunction.
AdjTensor *call_run(AdjTensors in, void *call);

// Repeatable numbers: f64 in [lo, hi), of [shape].
AdjTensor *numbers(AdjShape shape, double lo, double hi);
// The same values in other clothes: a tensor that lies transposed in memory.
AdjTensor *transposed(AdjTensor *x);

// One point each for the first and the second derivative of the call at [in] (f64).
void derivatives_hold(Call *c, AdjTensors in, const char *what);
