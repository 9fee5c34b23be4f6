// SPDX-License-Identifier: Apache-2.0
// pointwise_arithmetic.h: the call style of the derivative columns of pointwise.def, and the
// operands a formula reads, as arithmetic. Whoever expands the table to loops says what AT(k)
// is, operand k at the current element, and what T is; CPU and CUDA kernels both do.
#pragma once

#define UNUSED __attribute__((unused))
#define K(c) ((T)(c))

#define ADD(a, b) ((a) + (b))
#define SUB(a, b) ((a) - (b))
#define MUL(a, b) ((a) * (b))
#define DIV(a, b) ((a) / (b))
#define NEG(a) (-(a))
#define ABS(a) fabs(a)
#define SIGN(a) ((T)(((a) > 0) - ((a) < 0)))
#define SQUARE(a) ((a) * (a))
#define SQRT(a) sqrt(a)
#define EXP(a) exp(a)
#define EXP2(a) exp2(a)
#define LOG(a) log(a)
#define POW(a, b) pow(a, b)
#define SIN(a) sin(a)
#define COS(a) cos(a)
#define SINH(a) sinh(a)
#define COSH(a) cosh(a)
#define TANH(a) tanh(a)
#define ERF(a) erf(a)
#define SIGMOID(a) sigmoid_(a)
#define SOFTPLUS(a) softplus_(a)
#define XLOGY(a, b) ((a) == 0 && (b) == (b) ? K(0) : (a)*log(b))
#define DIGAMMA(a) digamma_(a)
#define TRIGAMMA(a) polygamma_(1, a)
#define POLYGAMMA(a) polygamma_(p + 1, a)
#define FLOOR(a) floor(a)
#define TRUNC(a) trunc(a)
#define ISFINITE(a) (fabs(a) <= largest(a))
#define WHERE(c, a, b) ((c) ? (a) : (b))
#define AND(a, b) ((a) && (b))
#define OR(a, b) ((a) || (b))
#define EQ(a, b) ((a) == (b))
#define NE(a, b) ((a) != (b))
#define LT(a, b) ((a) < (b))
#define LE(a, b) ((a) <= (b))
#define GT(a, b) ((a) > (b))
#define GE(a, b) ((a) >= (b))
#define MAXIMUM(a, b) larger(a, b)
// The share of a in the gradient of the larger of two.
#define WON(a, b) ((a) > (b) ? K(1) : (a) == (b) ? K(0.5) : K(0))
#define ZERO K(0)

#define READ_1 const T x UNUSED = AT(0);
#define READ_2 READ_1 const T z UNUSED = AT(1);
#define READ_3 READ_2 const T w UNUSED = AT(2);
// Derivatives read dy, the operands and the result, always in this order.
#define READ_d1 const T dy UNUSED = AT(0), x UNUSED = AT(1), y UNUSED = AT(2);
#define READ_d2 const T dy UNUSED = AT(0), x UNUSED = AT(1), z UNUSED = AT(2), y UNUSED = AT(3);
#define READ_d3                                                                      \
    const T dy UNUSED = AT(0), x UNUSED = AT(1), z UNUSED = AT(2), w UNUSED = AT(3), \
               y UNUSED = AT(4);
