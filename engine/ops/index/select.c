// SPDX-License-Identifier: Apache-2.0
// select.c: elementwise operations that choose: where, the limits, comparisons of whole
// tensors, and the activations whose row has a choice of formula.
#include "ops/pointwise/elementwise.h"

#include <float.h>

static const double no_param[ADJ_MAX_PARAMS];

static AdjTensor *refuse(AdjDtype t)
{
    return adj_fail(ADJ_E_DTYPE, "%s: not implemented for %s", adj_op_name(),
                    adj_dtype_name(t));
}

// ---------------------------------------------------------------- where

static void where_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjTensor *condition = adj_saved_in(n, 0), *zero = adj_number(ADJ_F(0));
    if (adj_wants(n, 1)) dx[1] = adj_where(condition, dy[0], zero);
    if (adj_wants(n, 2)) dx[2] = adj_where(condition, zero, dy[0]);
}

ADJ_OP(where, "(condition: tensor, input: num, other: num) -> tensor",
       "input where the condition holds, other elsewhere.", .vjp = where_vjp,
       .saves = ADJ_SAVE_IN(0))
AdjTensor *op_where(AdjTensor *condition, AdjTensor *input, AdjTensor *other)
{
    if (condition->dtype != ADJ_BOOL && condition->dtype != ADJ_U8) {
        return adj_fail(ADJ_E_DTYPE,
                        "where: expected condition to be a boolean tensor, but got a tensor "
                        "with dtype %s",
                        adj_dtype_name((AdjDtype)condition->dtype));
    }
    AdjTensor *operands[] = {NULL, condition, input, other};
    AdjDtype t = adj_promote_operands(2, operands + 2);
    if (t == ADJ_F64 && input->wrapped && other->wrapped) t = adj_default_dtype();
    AdjDtype compute = adj_compute_dtype(t);
    AdjShape shape;
    if (!adj_broadcast(adj_shape(condition), adj_shape(input), &shape)) return NULL;
    if (!adj_broadcast(shape, adj_shape(other), &shape)) return NULL;
    if (!(operands[0] = adj_new(shape, t))) return NULL;
    AdjPointwise p = {.number = PW_where,
                      .kernel = adj_kernel(PW_where, t),
                      .n = 4,
                      .type = {compute, (AdjDtype)condition->dtype, compute, compute}};
    bool done = ADJ_RUN(adj_device_of(operands[0]), pointwise, &p, operands);
    return done ? operands[0] : NULL;
}

// ---------------------------------------------------------------- limits

static bool both_numbers(const AdjTensor *a, const AdjTensor *b)
{
    return (!a || a->wrapped) && (!b || b->wrapped);
}

// The columns know x and one limit (z) or two (z, w).
static const AdjDerivatives *clamp_columns(const AdjTensor *min, const AdjTensor *max)
{
    bool numbers = both_numbers(min, max);
    if (min && max) return numbers ? &ADJ_DERIVATIVES(clamp) : &ADJ_DERIVATIVES(clamp_tensors);
    if (min) return numbers ? &ADJ_DERIVATIVES(clamp_min) : &ADJ_DERIVATIVES(maximum);
    return numbers ? &ADJ_DERIVATIVES(clamp_max) : &ADJ_DERIVATIVES(minimum);
}

static void clamp_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjTensor *in[3] = {NULL};
    int at[3] = {0}, k = 0;
    for (int i = 0; i < 3; i++) {
        if (!n->in[i].saved) continue;
        at[k] = i;
        if (!(in[k++] = adj_saved_in(n, i))) return;
    }
    const AdjDerivatives *d = clamp_columns(n->in[1].saved, n->in[2].saved);
    AdjTensor *all[] = {dy[0], in[0], in[1], k == 3 ? in[2] : dy[0], dy[0]};
    AdjDtype t = adj_dtype(dy[0]);
    for (int i = 0; i < k; i++) {
        if (!adj_wants(n, at[i])) continue;
        if (adj_building_graph())
            dx[at[i]] = d->of[i].column(dy[0], in[0], in[1], in[2], NULL, NULL, NULL, NULL);
        else
            dx[at[i]] = adj_elementwise(d->of[i].kernel, t, t, k + 2, all, no_param);
    }
}

ADJ_OP(clamp, "(input: tensor, min: num? = None, max: num? = None) -> tensor",
       "input limited to [min, max]; either limit may be left out. The gradient passes where "
       "min < "
       "input < max; a tensor as limit shares it where they are equal. If min > max the result "
       "is max.",
       .torch = "ClampBackward1", .vjp = clamp_vjp,
       .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_IN(1) | ADJ_SAVE_IN(2), .in_place = true,
       .aliases = "clip")
AdjTensor *op_clamp(AdjTensor *input, AdjTensor *min, AdjTensor *max)
{
    AdjTensor *in[] = {input, min, max};
    AdjDtype t = adj_promote_operands(3, in);
    if (!min && !max) {
        return adj_fail(ADJ_E_RUNTIME,
                        "clamp: At least one of 'min' or 'max' must not be None");
    }
    if (t == ADJ_BOOL) return refuse(t);
    if (min && max) return adj_elementwise(PW_clamp, t, t, 3, in, NULL);
    if (min) return adj_elementwise(PW_clamp_min, t, t, 2, in, NULL);
    in[1] = max;
    return adj_elementwise(PW_clamp_max, t, t, 2, in, NULL);
}

ADJ_OP(clamp_min, "(input: tensor, min: num) -> tensor", "input, but at least min.",
       .in_place = true)
AdjTensor *op_clamp_min(AdjTensor *input, AdjTensor *min)
{
    return adj_clamp(input, min, NULL);
}

ADJ_OP(clamp_max, "(input: tensor, max: num) -> tensor", "input, but at most max.",
       .in_place = true)
AdjTensor *op_clamp_max(AdjTensor *input, AdjTensor *max)
{
    return adj_clamp(input, NULL, max);
}

static void nan_to_num_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    adj_elementwise_vjp(n, dy[0], dx, &ADJ_DERIVATIVES(nan_to_num), no_param);
}

static double largest(AdjDtype t)
{
    return t == ADJ_F64 ? DBL_MAX : t == ADJ_F16 ? 65504 : t == ADJ_BF16 ? 0x1.fep127 : FLT_MAX;
}

ADJ_OP(nan_to_num,
       "(input: tensor, nan: float? = None, posinf: float? = None, neginf: float? = None) -> "
       "tensor",
       "input with NaN, inf and -inf replaced: by 0 and the largest and smallest numbers of "
       "the type, "
       "unless given.",
       .vjp = nan_to_num_vjp, .saves = ADJ_SAVE_IN(0), .in_place = true)
AdjTensor *op_nan_to_num(AdjTensor *input, double nan, double posinf, double neginf)
{
    AdjDtype t = (AdjDtype)input->dtype;
    if (!adj_is_float(input)) return adj_to_copy(input, t, NULL);
    double param[ADJ_MAX_PARAMS] = {isnan(nan) ? 0 : nan, isnan(posinf) ? largest(t) : posinf,
                                    isnan(neginf) ? -largest(t) : neginf};
    return adj_elementwise(PW_nan_to_num, t, t, 1, &input, param);
}

static void round_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] = adj_zeros_of(n->in[0].shape, (AdjDtype)n->in[0].dtype);
    (void)dy;
}

ADJ_OP(round, "(input: tensor, decimals: int = 0) -> tensor",
       "The nearest whole number, ties to even; with decimals, the nearest multiple of "
       "10^-decimals.",
       .vjp = round_vjp, .in_place = true)
AdjTensor *op_round(AdjTensor *input, int64_t decimals)
{
    AdjDtype t = (AdjDtype)input->dtype;
    if (t == ADJ_BOOL) return refuse(t);
    if (!adj_is_float(input)) return adj_to_copy(input, t, NULL);
    if (decimals == 0) return adj_elementwise(PW_round, t, t, 1, &input, NULL);
    double param[ADJ_MAX_PARAMS] = {pow(10, (double)decimals)};
    return adj_elementwise(PW_round_scaled, t, t, 1, &input, param);
}

ADJ_OP(heaviside, "(input: tensor, values: tensor) -> tensor",
       "0 below 0, 1 above, values where input is 0.", .no_grad = true)
AdjTensor *op_heaviside(AdjTensor *input, AdjTensor *values)
{
    AdjTensor *in[] = {input, values};
    AdjDtype t = (AdjDtype)input->dtype;
    if (values->dtype != t) {
        return adj_fail(
            ADJ_E_DTYPE,
            "heaviside: not yet implemented for tensors with different dtypes: %s and %s",
            adj_dtype_name(t), adj_dtype_name((AdjDtype)values->dtype));
    }
    return adj_elementwise(PW_heaviside, t, t, 2, in, NULL);
}

// ---------------------------------------------------------------- activations with a choice

static const AdjDerivatives *gelu_columns(const char *approximate)
{
    return !strcmp(approximate, "tanh") ? &ADJ_DERIVATIVES(gelu_tanh) : &ADJ_DERIVATIVES(gelu);
}

static void gelu_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    adj_elementwise_vjp(n, dy[0], dx, gelu_columns(n->arg[0].s), no_param);
}

ADJ_OP(gelu, "(input: tensor, *, approximate: str = 'none') -> tensor",
       "input * Phi(input), Phi the normal distribution function; approximate 'tanh' uses "
       "Phi(x) ~ "
       "(1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.",
       .vjp = gelu_vjp, .saves = ADJ_SAVE_IN(0), .source = "Hendrycks, Gimpel 2016")
AdjTensor *op_gelu(AdjTensor *input, const char *approximate)
{
    AdjDtype t = (AdjDtype)input->dtype;
    bool by_tanh = !strcmp(approximate, "tanh");
    if (!adj_is_float(input)) return refuse(t);
    if (!by_tanh && strcmp(approximate, "none")) {
        return adj_fail(ADJ_E_RUNTIME,
                        "gelu: approximate argument must be either none or tanh, not '%s'",
                        approximate);
    }
    return adj_elementwise(by_tanh ? PW_gelu_tanh : PW_gelu, t, t, 1, &input, NULL);
}

static void logit_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    double eps = n->arg[0].f;
    if (isnan(eps))
        adj_elementwise_vjp(n, dy[0], dx, &ADJ_DERIVATIVES(logit), no_param);
    else
        adj_elementwise_vjp(n, dy[0], dx, &ADJ_DERIVATIVES(logit_clamped),
                            (double[ADJ_MAX_PARAMS]){eps});
}

ADJ_OP(logit, "(input: tensor, eps: float? = None) -> tensor",
       "log(x / (1 - x)); with eps, input is first limited to [eps, 1 - eps].",
       .vjp = logit_vjp, .saves = ADJ_SAVE_IN(0), .lo = 0.1, .hi = 0.9, .in_place = true)
AdjTensor *op_logit(AdjTensor *input, double eps)
{
    AdjDtype t = adj_float_dtype((AdjDtype)input->dtype);
    if (isnan(eps)) return adj_elementwise(PW_logit, t, t, 1, &input, NULL);
    return adj_elementwise(PW_logit_clamped, t, t, 1, &input, (double[ADJ_MAX_PARAMS]){eps});
}

static void polygamma_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    adj_elementwise_vjp(n, dy[0], dx, &ADJ_DERIVATIVES(polygamma),
                        (double[ADJ_MAX_PARAMS]){(double)n->arg[0].i});
}

ADJ_OP(polygamma, "(n: int, input: tensor) -> tensor", "The n-th derivative of digamma.",
       .vjp = polygamma_vjp, .saves = ADJ_SAVE_IN(0), .lo = 0.3, .hi = 4, .no_method = true)
AdjTensor *op_polygamma(int64_t n, AdjTensor *input)
{
    if (n < 0) return adj_fail(ADJ_E_RUNTIME, "polygamma: (n, x) does not support negative n.");
    AdjDtype t = adj_float_dtype((AdjDtype)input->dtype);
    return adj_elementwise(PW_polygamma, t, t, 1, &input, (double[ADJ_MAX_PARAMS]){(double)n});
}

ADJ_OP(
    prelu, "(input: tensor, weight: tensor) -> tensor",
    "input where positive, weight * input elsewhere; weight has one element or one per channel "
    "(axis 1).",
    .source = "He et al. 2015")
AdjTensor *op_prelu(AdjTensor *input, AdjTensor *weight)
{
    int64_t channels = input->ndim >= 2 ? input->sizes[1] : 1;
    if (weight->numel != 1 && weight->numel != channels) {
        return adj_fail(ADJ_E_SHAPE,
                        "prelu: Mismatch of parameter numbers and input channel size. Found "
                        "parameter numbers = %lld and channel size = %lld.",
                        (long long)weight->numel, (long long)channels);
    }
    if (weight->numel == 1) return adj_prelu_kernel(input, weight);
    AdjShape shape = {.n = input->ndim};
    for (int d = 0; d < shape.n; d++) shape.at[d] = d == 1 ? channels : 1;
    return adj_prelu_kernel(input, adj_reshape(weight, shape));
}

static void glu_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjTensor *x = adj_saved_in(n, 0);
    int64_t dim = n->arg[0].i;
    if (!x || !adj_wrap_dim(&dim, x->ndim)) return;
    int64_t half = x->sizes[dim] / 2;
    AdjTensor *s = adj_sigmoid(adj_narrow(x, dim, half, half));
    AdjTensor *by_a = adj_mul(dy[0], s), *slope = adj_sub(adj_number(ADJ_I(1)), s, ADJ_I(1));
    AdjTensor *by_b = adj_mul(adj_mul(by_a, adj_narrow(x, dim, 0, half)), slope);
    if (by_a && by_b) dx[0] = adj_cat(ADJ_TENSORS(by_a, by_b), dim);
}

ADJ_OP(glu, "(input: tensor, dim: int = -1) -> tensor",
       "a * sigmoid(b), a and b being the two halves of input along dim.", .vjp = glu_vjp,
       .saves = ADJ_SAVE_IN(0), .source = "Dauphin et al. 2017")
AdjTensor *op_glu(AdjTensor *input, int64_t dim)
{
    if (!adj_wrap_dim(&dim, input->ndim)) return NULL;
    if (input->ndim == 0) {
        return adj_fail(ADJ_E_RUNTIME, "glu: does not support 0-dimensional tensors");
    }
    int64_t half = input->sizes[dim] / 2;
    if (input->sizes[dim] % 2) {
        return adj_fail(ADJ_E_RUNTIME,
                        "glu: Halving dimension must be even, but dimension %lld is size %lld",
                        (long long)dim, (long long)input->sizes[dim]);
    }
    return adj_mul(adj_narrow(input, dim, 0, half),
                   adj_sigmoid(adj_narrow(input, dim, half, half)));
}

ADJ_OP(bitwise_not, "(input: tensor) -> tensor",
       "Every bit the other way; logical not for bool.", .no_grad = true, .in_place = true)
AdjTensor *op_bitwise_not(AdjTensor *input)
{
    if (input->dtype == ADJ_BOOL) return adj_logical_not(input);
    AdjTensor *in[] = {input, adj_number(ADJ_I(-1))};
    AdjDtype t = (AdjDtype)input->dtype;
    return in[1] ? adj_elementwise(PW_bitwise_xor, t, t, 2, in, NULL) : NULL;
}

// ---------------------------------------------------------------- comparing whole tensors

ADJ_OP(isclose,
       "(input: tensor, other: tensor, rtol: float = 1e-05, atol: float = 1e-08, "
       "equal_nan: bool = False) -> tensor",
       "True where |input - other| <= atol + rtol |other|.", .no_grad = true)
AdjTensor *op_isclose(AdjTensor *input, AdjTensor *other, double rtol, double atol,
                      bool equal_nan)
{
    if (input->dtype != other->dtype) {
        return adj_fail(ADJ_E_DTYPE, "isclose: %s did not match %s",
                        adj_dtype_name((AdjDtype)input->dtype),
                        adj_dtype_name((AdjDtype)other->dtype));
    }
    AdjTensor *same = adj_eq(input, other);
    if (equal_nan && adj_is_float(input))
        same = adj_logical_or(same, adj_logical_and(adj_isnan(input), adj_isnan(other)));
    if (rtol == 0 && atol == 0) return same;
    AdjDtype t = adj_is_float(input) ? adj_dtype(input) : ADJ_F64;
    AdjTensor *x = adj_to(input, t), *z = adj_to(other, t);
    AdjTensor *distance = adj_abs(adj_sub(x, z, ADJ_I(1)));
    AdjTensor *allowed = adj_add(adj_abs(adj_mul(z, ADJ_NUM(rtol))), ADJ_NUM(atol), ADJ_I(1));
    AdjTensor *near = adj_logical_and(adj_isfinite(distance), adj_le(distance, allowed));
    return adj_logical_or(same, near);
}

ADJ_OP(allclose,
       "(input: tensor, other: tensor, rtol: float = 1e-05, atol: float = 1e-08, "
       "equal_nan: bool = False) -> bool",
       "Whether all elements are close: |input - other| <= atol + rtol |other|.",
       .no_grad = true)
bool op_allclose(AdjTensor *input, AdjTensor *other, double rtol, double atol, bool equal_nan)
{
    AdjTensor *all = adj_all(adj_isclose(input, other, rtol, atol, equal_nan), ADJ_ALL, false);
    return all && adj_item(all) != 0;
}

ADJ_OP(equal, "(input: tensor, other: tensor) -> bool",
       "Whether both have the same shape and the same elements.", .no_grad = true)
bool op_equal(AdjTensor *input, AdjTensor *other)
{
    if (!adj_shape_equal(adj_shape(input), adj_shape(other))) return false;
    AdjTensor *all = adj_all(adj_eq(input, other), ADJ_ALL, false);
    return all && adj_item(all) != 0;
}
