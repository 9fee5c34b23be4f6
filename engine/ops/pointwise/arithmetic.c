// SPDX-License-Identifier: Apache-2.0
// arithmetic.c: sums, products, quotients and powers: the operations with rules of their own
// about types, numbers and rounding. Formulas and derivatives are rows of pointwise.def.
//
// Derivatives of sums and products are written as operations even for a single pass: they are
// one operation anyway, and the gradient of a sum is the incoming gradient itself, without a
// copy.
#include "ops/pointwise/elementwise.h"

static const double no_param[ADJ_MAX_PARAMS];

// ---------------------------------------------------------------- sums

static bool check_alpha(AdjDtype t, AdjScalar alpha)
{
    if (alpha.kind == ADJ_S_FLOAT && !adj_dtype_is_float(t)) {
        return adj_fail(
            ADJ_E_TYPE,
            "%s: For integral input tensors, argument alpha must not be a floating point "
            "number.",
            adj_op_name());
    }
    return true;
}

// x + alpha z, the type of the result decided.
static AdjTensor *sum_of(AdjTensor *x, AdjTensor *z, AdjDtype t, double alpha)
{
    AdjTensor *in[] = {x, z};
    if (t == ADJ_BOOL) return adj_elementwise(PW_bitwise_or, t, t, 2, in, NULL);
    if (alpha == 1) return adj_elementwise(PW_add, t, t, 2, in, NULL);
    if (alpha == -1) return adj_elementwise(PW_sub, t, t, 2, in, NULL);
    return adj_elementwise(PW_add_scaled, t, t, 2, in, (double[ADJ_MAX_PARAMS]){alpha});
}

static void add_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    double alpha = n->arg[0].num.f;
    if (adj_wants(n, 0)) dx[0] = dy[0];
    if (adj_wants(n, 1)) dx[1] = alpha == 1 ? dy[0] : adj_mul(dy[0], adj_number(n->arg[0].num));
}

ADJ_OP(add, "(input: num, other: num, alpha: scalar = 1) -> tensor", "input + alpha * other.",
       .vjp = add_vjp, .in_place = true)
AdjTensor *op_add(AdjTensor *input, AdjTensor *other, AdjScalar alpha)
{
    AdjDtype t = adj_promote_operands(2, (AdjTensor *[]){input, other});
    return check_alpha(t, alpha) ? sum_of(input, other, t, alpha.f) : NULL;
}

static void sub_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    double alpha = n->arg[0].num.f;
    if (adj_wants(n, 0)) dx[0] = dy[0];
    if (!adj_wants(n, 1)) return;
    dx[1] = alpha == 1 ? adj_neg(dy[0]) : adj_mul(dy[0], adj_number(ADJ_F(-alpha)));
}

ADJ_OP(sub, "(input: num, other: num, alpha: scalar = 1) -> tensor", "input - alpha * other.",
       .vjp = sub_vjp, .torch = "Sub|RsubBackward1", .in_place = true, .aliases = "subtract")
AdjTensor *op_sub(AdjTensor *input, AdjTensor *other, AdjScalar alpha)
{
    AdjDtype t = adj_promote_operands(2, (AdjTensor *[]){input, other});
    if (input->dtype == ADJ_BOOL && other->dtype == ADJ_BOOL) {
        return adj_fail(
            ADJ_E_DTYPE,
            "sub: Subtraction, the `-` operator, with two bool tensors is not supported. "
            "Use the `^` or `logical_xor()` operator instead.");
    }
    if (input->dtype == ADJ_BOOL || other->dtype == ADJ_BOOL) {
        return adj_fail(
            ADJ_E_DTYPE,
            "sub: Subtraction, the `-` operator, with a bool tensor is not supported. If you "
            "are trying to invert a mask, use the `~` or `logical_not()` operator instead.");
    }
    return check_alpha(t, alpha) ? sum_of(input, other, t, -alpha.f) : NULL;
}

ADJ_OP(rsub, "(input: num, other: num, alpha: scalar = 1) -> tensor", "other - alpha * input.")
AdjTensor *op_rsub(AdjTensor *input, AdjTensor *other, AdjScalar alpha)
{
    return adj_sub(other, input, alpha);
}

// ---------------------------------------------------------------- products and quotients

static void mul_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    if (adj_wants(n, 0)) dx[0] = adj_mul(dy[0], adj_saved_in(n, 1));
    if (adj_wants(n, 1)) dx[1] = adj_mul(dy[0], adj_saved_in(n, 0));
}

ADJ_OP(mul, "(input: num, other: num) -> tensor", "input * other.", .vjp = mul_vjp,
       .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_IN(1), .in_place = true, .aliases = "multiply")
AdjTensor *op_mul(AdjTensor *input, AdjTensor *other)
{
    AdjTensor *in[] = {input, other};
    AdjDtype t = adj_promote_operands(2, in);
    return adj_elementwise(PW_mul, t, t, 2, in, NULL);
}

// Whole numbers cannot hold what a division by 0 gives.
static bool check_divisor(AdjTensor *z, AdjDtype t)
{
    if (adj_dtype_is_float(t) || z->numel == 0) return true;
    AdjTensor *nonzero = adj_all(z, ADJ_ALL, false);
    if (!nonzero) return false;
    if (adj_item(nonzero) != 0) return true;
    return adj_fail(ADJ_E_RUNTIME, "%s: ZeroDivisionError", adj_op_name());
}

// Kernel [number] on whole numbers and floats alike; bool has no division.
static AdjTensor *quotient(int number, AdjTensor *x, AdjTensor *z)
{
    AdjTensor *in[] = {x, z};
    AdjDtype t = adj_promote_operands(2, in);
    if (t == ADJ_BOOL)
        return adj_fail(ADJ_E_DTYPE, "%s: not implemented for bool", adj_op_name());
    return check_divisor(z, t) ? adj_elementwise(number, t, t, 2, in, NULL) : NULL;
}

static void div_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    if (n->arg[0].s) {  // rounded: flat almost everywhere
        for (int k = 0; k < 2; k++)
            if (adj_wants(n, k)) dx[k] = adj_zeros_of(n->in[k].shape, (AdjDtype)n->in[k].dtype);
        return;
    }
    adj_elementwise_vjp(n, dy[0], dx, &ADJ_DERIVATIVES(div), no_param);
}

ADJ_OP(div, "(input: num, other: num, *, rounding_mode: str? = None) -> tensor",
       "input / other; rounding_mode 'trunc' rounds towards 0, 'floor' down.", .vjp = div_vjp,
       .torch = "Div|Mul", .saves = ADJ_SAVE_IN(1) | ADJ_SAVE_OUT(0), .lo = 0.3, .hi = 4,
       .in_place = true, .aliases = "divide true_divide")
AdjTensor *op_div(AdjTensor *input, AdjTensor *other, const char *rounding_mode)
{
    AdjTensor *in[] = {input, other};
    if (!rounding_mode) {
        AdjDtype t = adj_promote_to_float(2, in);
        return adj_elementwise(PW_div, t, t, 2, in, NULL);
    }
    if (!strcmp(rounding_mode, "trunc")) return quotient(PW_trunc_divide, input, other);
    if (!strcmp(rounding_mode, "floor")) return quotient(PW_floor_divide, input, other);
    return adj_fail(
        ADJ_E_RUNTIME,
        "div: expected rounding_mode to be one of None, 'trunc', or 'floor' but found '%s'",
        rounding_mode);
}

ADJ_OP(floor_divide, "(input: num, other: num) -> tensor",
       "The whole number below input / other.", .no_grad = true, .in_place = true)
AdjTensor *op_floor_divide(AdjTensor *input, AdjTensor *other)
{
    return quotient(PW_floor_divide, input, other);
}

static void remainder_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    adj_elementwise_vjp(n, dy[0], dx, &ADJ_DERIVATIVES(remainder), no_param);
}

ADJ_OP(remainder, "(input: num, other: num) -> tensor",
       "What is left of input after taking out other, with the sign of other: Python's %.",
       .vjp = remainder_vjp, .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_IN(1), .lo = 0.3, .hi = 4,
       .in_place = true)
AdjTensor *op_remainder(AdjTensor *input, AdjTensor *other)
{
    return quotient(PW_remainder, input, other);
}

static void fmod_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    adj_elementwise_vjp(n, dy[0], dx, &ADJ_DERIVATIVES(fmod), no_param);
}

ADJ_OP(fmod, "(input: num, other: num) -> tensor",
       "What is left of input after taking out other, with the sign of input: C's fmod.",
       .vjp = fmod_vjp, .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_IN(1), .lo = 0.3, .hi = 4,
       .in_place = true)
AdjTensor *op_fmod(AdjTensor *input, AdjTensor *other)
{
    return quotient(PW_fmod, input, other);
}

// ---------------------------------------------------------------- powers

// With a number as exponent, x^a has the derivative a x^(a-1), and 0 for a = 0 also where x is
// 0.
static AdjTensor *pow_number_dx(AdjTensor *dy, AdjTensor *x, AdjTensor *exponent)
{
    double a = adj_item(exponent);
    if (a == 0) return adj_zeros_of(adj_shape(dy), adj_dtype(dy));
    if (a == 1) return dy;
    if (a == 2) return adj_mul(dy, adj_mul(x, adj_number(ADJ_F(2))));
    return adj_mul(dy, adj_mul(adj_pow(x, adj_number(ADJ_F(a - 1))), adj_number(ADJ_F(a))));
}

static void pow_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjTensor *exponent = adj_saved_in(n, 1);
    if (!exponent) return;
    if (exponent->wrapped)
        dx[0] = pow_number_dx(dy[0], adj_saved_in(n, 0), exponent);
    else
        adj_elementwise_vjp(n, dy[0], dx, &ADJ_DERIVATIVES(pow), no_param);
}

// Exponents that networks use have their own, quicker kernels. 0 when there is none.
static int kernel_of_exponent(double a)
{
    if (a == 2) return PW_square;
    if (a == 0.5) return PW_sqrt;
    if (a == -0.5) return PW_rsqrt;
    return a == -1 ? PW_reciprocal : 0;
}

ADJ_OP(pow, "(input: num, exponent: num) -> tensor", "input raised to exponent.",
       .vjp = pow_vjp, .torch = "Pow-exponent|PowBackward2",
       .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_IN(1) | ADJ_SAVE_OUT(0), .lo = 0.3, .hi = 3,
       .in_place = true)
AdjTensor *op_pow(AdjTensor *input, AdjTensor *exponent)
{
    AdjTensor *in[] = {input, exponent};
    AdjDtype t = adj_promote_operands(2, in);
    if (t == ADJ_BOOL) return adj_fail(ADJ_E_DTYPE, "pow: not implemented for bool");
    if (!exponent->wrapped) return adj_elementwise(PW_pow, t, t, 2, in, NULL);
    double a = adj_item(exponent);
    if (!adj_dtype_is_float(t) && a < 0) {
        return adj_fail(ADJ_E_RUNTIME,
                        "pow: Integers to negative integer powers are not allowed.");
    }
    int number = adj_dtype_is_float(t) ? kernel_of_exponent(a) : 0;
    if (number) return adj_elementwise(number, t, t, 1, in, NULL);
    return adj_elementwise(PW_pow, t, t, 2, in, NULL);
}

ADJ_OP(float_power, "(input: num, exponent: num) -> tensor",
       "input raised to exponent in float64.", .lo = 0.3, .hi = 3)
AdjTensor *op_float_power(AdjTensor *input, AdjTensor *exponent)
{
    return adj_pow(adj_to(input, ADJ_F64), exponent);
}
