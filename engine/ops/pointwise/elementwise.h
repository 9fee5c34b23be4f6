// SPDX-License-Identifier: Apache-2.0
// elementwise.h: what the rows over elements share: PyTorch's promotion of several operands,
// making the result, and the derivative that comes from a column of pointwise.def.
#pragma once
#include "cpu/pointwise.h"

// The common element type of [n] operands, NULL ones left out: tensors with axes decide; 0-axis
// tensors and then numbers of the language only raise the category.
ADJ_HIDDEN AdjDtype adj_promote_operands(int n, AdjTensor *const *t);
// The same for operations whose result is a float: other types become the default float type,
// and numbers alone stay in full precision.
ADJ_HIDDEN AdjDtype adj_promote_to_float(int n, AdjTensor *const *t);
// [t], or the default float type when [t] is not a float.
ADJ_HIDDEN AdjDtype adj_float_dtype(AdjDtype t);

// Runs kernel [number] over [n] operands that are read as [type] and gives a result of type
// [result] in their common shape. [param] may be NULL. Fails with the op's name when there is
// no kernel for [type] or the shapes do not fit.
ADJ_HIDDEN AdjTensor *adj_elementwise(int number, AdjDtype type, AdjDtype result, int n,
                                      AdjTensor *const *in, const double *param);

// A derivative column as a function on tensors.
typedef AdjTensor *(*AdjColumn)(AdjTensor *dy, AdjTensor *x, AdjTensor *z, AdjTensor *w,
                                AdjTensor *y, AdjTensor *p, AdjTensor *q, AdjTensor *r);
// One column, both ways: its kernel's number and its reading as operations.
typedef struct AdjDerivative {
    int kernel;
    AdjColumn column;
} AdjDerivative;
// The columns of a row: of x, z and w.
typedef struct AdjDerivatives {
    AdjDerivative of[3];
} AdjDerivatives;

// The table of a row of pointwise.def.
#define ADJ_DERIVATIVES(name) adj_derivatives_##name
#define ADJ_DECLARE(name) ADJ_HIDDEN extern const AdjDerivatives adj_derivatives_##name;
#define UNARY(name, ...) ADJ_DECLARE(name)
#define UNARY_INT UNARY
#define TEST(...)
#define ACTIVATION UNARY
#define ACTIVATION1 UNARY
#define ACTIVATION2 UNARY
#define BINARY UNARY
#define BINARY_FLOAT UNARY
#define BINARY_INT UNARY
#define INTEGER TEST
#define BITWISE TEST
#define COMPARE TEST
#define TERNARY UNARY
#define INNER1 UNARY
#define INNER2 UNARY
#define INNER3 UNARY
#include "ops/pointwise/pointwise.def"
#include "ops/pointwise/pointwise_undef.h"
#undef ADJ_DECLARE

// The derivative of a node whose formula is the row [d], with the numbers [param]: by the fused
// kernels, or by operations when the pass builds a graph.
ADJ_HIDDEN void adj_elementwise_vjp(AdjNode *n, AdjTensor *dy, AdjTensor **dx,
                                    const AdjDerivatives *d, const double *param);
