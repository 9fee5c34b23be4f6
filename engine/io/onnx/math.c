// SPDX-License-Identifier: Apache-2.0
// math.c: elementwise operators, products, reductions and scans of ONNX with our ops.
#include "io/onnx/onnx.h"
#include "io/onnx/rows.h"

// ---------------------------------------------------------------- elementwise

AdjTensor *adj_onnx_load_isinf(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    bool negative = adj_onnx_int(c, "detect_negative", 1);
    bool positive = adj_onnx_int(c, "detect_positive", 1);
    if (negative && positive) return adj_isinf(x);
    if (negative) return adj_isneginf(x);
    if (positive) return adj_isposinf(x);
    return adj_zeros_like(x, ADJ_BOOL);
}

AdjTensor *adj_onnx_load_mish(AdjOnnxCall *c)
{
    return adj_mish(adj_onnx_need(c, 0));
}

AdjTensor *adj_onnx_load_gelu(AdjOnnxCall *c)
{
    return adj_gelu(adj_onnx_need(c, 0), adj_onnx_str(c, "approximate", "none"));
}

AdjTensor *adj_onnx_load_selu(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    double alpha = adj_onnx_float(c, "alpha", 1.67326319217681884765625);
    double gamma = adj_onnx_float(c, "gamma", 1.05070102214813232421875);
    return adj_mul(adj_elu(x, alpha), ADJ_NUM(gamma));
}

AdjTensor *adj_onnx_load_softplus(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    return x ? adj_logaddexp(x, adj_zeros_like(x, ADJ_SAME)) : NULL;
}

// max(0, min(1, alpha x + beta))
AdjTensor *adj_onnx_load_hard_sigmoid(AdjOnnxCall *c)
{
    double alpha = adj_onnx_float(c, "alpha", 0.2), beta = adj_onnx_float(c, "beta", 0.5);
    AdjTensor *y =
        adj_add(adj_mul(adj_onnx_need(c, 0), ADJ_NUM(alpha)), ADJ_NUM(beta), ADJ_I(1));
    return adj_clamp(y, ADJ_NUM(0), ADJ_NUM(1));
}

AdjTensor *adj_onnx_load_thresholded_relu(AdjOnnxCall *c)
{
    return adj_threshold(adj_onnx_need(c, 0), adj_onnx_float(c, "alpha", 1), 0);
}

// x + bias below -lambd, x - bias above lambd, 0 between.
AdjTensor *adj_onnx_load_shrink(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    double bias = adj_onnx_float(c, "bias", 0), lambd = adj_onnx_float(c, "lambd", 0.5);
    if (!x) return NULL;
    AdjTensor *low = adj_add(x, ADJ_NUM(bias), ADJ_I(1)),
              *high = adj_sub(x, ADJ_NUM(bias), ADJ_I(1));
    AdjTensor *y = adj_where(adj_gt(x, ADJ_NUM(lambd)), high, adj_zeros_like(x, ADJ_SAME));
    return adj_to(adj_where(adj_lt(x, ADJ_NUM(-lambd)), low, y), (AdjDtype)x->dtype);
}

AdjTensor *adj_onnx_load_swish(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    return adj_mul(x, adj_sigmoid(adj_mul(x, ADJ_NUM(adj_onnx_float(c, "alpha", 1)))));
}

AdjTensor *adj_onnx_load_swiglu(AdjOnnxCall *c)
{
    return adj_mul(adj_onnx_load_swish(c), adj_onnx_need(c, 1));
}

// The slope broadcasts from the last axes, unlike ours, which goes along channels.
AdjTensor *adj_onnx_load_prelu(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *slope = adj_onnx_need(c, 1);
    AdjTensor *zero = x ? adj_zeros_like(x, ADJ_SAME) : NULL;
    return adj_where(adj_lt(x, zero), adj_mul(slope, x), x);
}

// Integers divide towards zero.
AdjTensor *adj_onnx_load_div(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    return adj_div(x, adj_onnx_need(c, 1), x && !adj_is_float(x) ? "trunc" : NULL);
}

AdjTensor *adj_onnx_load_pow(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    return x ? adj_to(adj_pow(x, adj_onnx_need(c, 1)), (AdjDtype)x->dtype) : NULL;
}

AdjTensor *adj_onnx_load_mod(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *y = adj_onnx_need(c, 1);
    return adj_onnx_int(c, "fmod", 0) ? adj_fmod(x, y) : adj_remainder(x, y);
}

AdjTensor *adj_onnx_load_bitwise_not(AdjOnnxCall *c)
{
    return adj_bitwise_not(adj_onnx_need(c, 0));
}

AdjTensor *adj_onnx_load_bitwise_and(AdjOnnxCall *c)
{
    return adj_bitwise_and(adj_onnx_need(c, 0), adj_onnx_need(c, 1));
}

AdjTensor *adj_onnx_load_bitwise_or(AdjOnnxCall *c)
{
    return adj_bitwise_or(adj_onnx_need(c, 0), adj_onnx_need(c, 1));
}

AdjTensor *adj_onnx_load_bitwise_xor(AdjOnnxCall *c)
{
    return adj_bitwise_xor(adj_onnx_need(c, 0), adj_onnx_need(c, 1));
}

AdjTensor *adj_onnx_load_bitshift(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *by = adj_onnx_need(c, 1);
    bool left = !strcmp(adj_onnx_str(c, "direction", ""), "LEFT");
    return left ? adj_bitwise_left_shift(x, by) : adj_bitwise_right_shift(x, by);
}

static AdjTensor *fold(AdjOnnxCall *c, AdjTensor *(*op)(AdjTensor *, AdjTensor *))
{
    AdjTensor *y = adj_onnx_need(c, 0);
    for (int i = 1; i < c->n_in; i++) y = op(y, adj_onnx_need(c, i));
    return y;
}

static AdjTensor *plus(AdjTensor *a, AdjTensor *b)
{
    return adj_add(a, b, ADJ_I(1));
}

AdjTensor *adj_onnx_load_max(AdjOnnxCall *c)
{
    return fold(c, adj_maximum);
}

AdjTensor *adj_onnx_load_min(AdjOnnxCall *c)
{
    return fold(c, adj_minimum);
}

AdjTensor *adj_onnx_load_sum(AdjOnnxCall *c)
{
    return fold(c, plus);
}

AdjTensor *adj_onnx_load_mean(AdjOnnxCall *c)
{
    return adj_div(fold(c, plus), ADJ_NUM(c->n_in), NULL);
}

// Bounds are attributes before version 11. A lower one above the upper gives the upper.
AdjTensor *adj_onnx_load_clip(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *low = adj_onnx_in(c, 1), *high = adj_onnx_in(c, 2);
    if (c->opset < 11) {
        low = ADJ_NUM(adj_onnx_float(c, "min", -INFINITY));
        high = ADJ_NUM(adj_onnx_float(c, "max", INFINITY));
    }
    return low || high ? adj_clamp(x, low, high) : x;
}

AdjTensor *adj_onnx_load_where(AdjOnnxCall *c)
{
    return adj_where(adj_onnx_need(c, 0), adj_onnx_need(c, 1), adj_onnx_need(c, 2));
}

AdjTensor *adj_onnx_load_cast(AdjOnnxCall *c)
{
    int32_t code = (int32_t)adj_onnx_int(c, "to", 0);
    AdjDtype dtype = adj_onnx_dtype(code);
    if (dtype == ADJ_SAME) {
        return adj_onnx_fail(c, "the element type %s is not supported",
                             adj_onnx_dtype_name(code));
    }
    return adj_to(adj_onnx_need(c, 0), dtype);
}

AdjTensor *adj_onnx_load_cast_like(AdjOnnxCall *c)
{
    return adj_type_as(adj_onnx_need(c, 0), adj_onnx_need(c, 1));
}

// ---------------------------------------------------------------- products

// alpha A B + beta C
AdjTensor *adj_onnx_load_gemm(AdjOnnxCall *c)
{
    AdjTensor *a = adj_onnx_need(c, 0), *b = adj_onnx_need(c, 1), *bias = adj_onnx_in(c, 2);
    double alpha = adj_onnx_float(c, "alpha", 1), beta = adj_onnx_float(c, "beta", 1);
    bool a_turned = adj_onnx_int(c, "transA", 0), b_turned = adj_onnx_int(c, "transB", 0);
    if (!a || !b) return NULL;
    bool layer = !a_turned && b_turned && alpha == 1 && beta == 1 && bias && bias->ndim == 1;
    if (layer && b->ndim == 2 && bias->sizes[0] == b->sizes[0]) return adj_linear(a, b, bias);
    if (a_turned) a = adj_t(a);
    if (b_turned) b = adj_t(b);
    AdjTensor *y = adj_mm(a, b);
    if (alpha != 1) y = adj_mul(y, ADJ_NUM(alpha));
    if (bias && beta != 1) bias = adj_mul(bias, ADJ_NUM(beta));
    return bias ? adj_add(y, bias, ADJ_I(1)) : y;
}

AdjTensor *adj_onnx_load_einsum(AdjOnnxCall *c)
{
    return adj_einsum(adj_onnx_str(c, "equation", ""), (AdjTensors){c->n_in, c->in});
}

// ---------------------------------------------------------------- reductions

// The axes to reduce over: an attribute, or an input in later versions; none means all, or with
// noop_with_empty_axes nothing (n 0).
typedef struct {
    AdjTensor *x;
    AdjShape axes;
    bool keep, nothing;
} Reduction;

static bool reduction(AdjOnnxCall *c, Reduction *r)
{
    r->x = adj_onnx_need(c, 0);
    r->keep = adj_onnx_int(c, "keepdims", 1);
    if (!r->x || !adj_onnx_ints(c, "axes", 1, &r->axes)) return false;
    bool empty = r->axes.n <= 0;
    r->nothing = empty && adj_onnx_int(c, "noop_with_empty_axes", 0);
    if (empty) r->axes = ADJ_ALL;
    return true;
}

static AdjTensor *sum(const Reduction *r, AdjTensor *x)
{
    return r->nothing ? x : adj_sum(x, r->axes, r->keep, (AdjDtype)x->dtype);
}

AdjTensor *adj_onnx_load_reduce_sum(AdjOnnxCall *c)
{
    Reduction r;
    return reduction(c, &r) ? sum(&r, r.x) : NULL;
}

AdjTensor *adj_onnx_load_reduce_mean(AdjOnnxCall *c)
{
    Reduction r;
    if (!reduction(c, &r)) return NULL;
    return r.nothing ? r.x : adj_mean(r.x, r.axes, r.keep, ADJ_SAME);
}

// The extreme of no elements is the least or greatest number there is.
static AdjTensor *extreme(AdjOnnxCall *c, bool largest)
{
    Reduction r;
    if (!reduction(c, &r)) return NULL;
    if (r.nothing) return r.x;
    if (r.x->numel == 0) {
        AdjTensor *shape = adj_sum(r.x, r.axes, r.keep, ADJ_SAME);
        double edge = largest ? -INFINITY : INFINITY;
        if (r.x->dtype == ADJ_BOOL) edge = !largest;
        return shape ? adj_full_like(shape, ADJ_F(edge), (AdjDtype)r.x->dtype) : NULL;
    }
    bool is_bool = r.x->dtype == ADJ_BOOL;
    AdjTensor *x = is_bool ? adj_byte(r.x) : r.x;
    x = largest ? adj_amax(x, r.axes, r.keep) : adj_amin(x, r.axes, r.keep);
    return is_bool ? adj_bool(x) : x;
}

AdjTensor *adj_onnx_load_reduce_max(AdjOnnxCall *c)
{
    return extreme(c, true);
}

AdjTensor *adj_onnx_load_reduce_min(AdjOnnxCall *c)
{
    return extreme(c, false);
}

// Ours takes one axis at a time: from the last to the first, so that the others keep their
// places.
AdjTensor *adj_onnx_load_reduce_prod(AdjOnnxCall *c)
{
    Reduction r;
    if (!reduction(c, &r)) return NULL;
    bool gone[ADJ_MAX_DIMS] = {false};
    for (int i = 0; i < r.axes.n; i++) {
        if (!adj_wrap_dim(&r.axes.at[i], r.x->ndim)) return NULL;
        gone[r.axes.at[i]] = true;
    }
    AdjTensor *y = r.x;
    AdjDtype dtype = (AdjDtype)r.x->dtype;
    for (int d = r.x->ndim; d-- && !r.nothing;)
        if (r.axes.n < 0 || gone[d]) y = adj_prod(y, d, r.keep, dtype);
    return y;
}

AdjTensor *adj_onnx_load_reduce_l1(AdjOnnxCall *c)
{
    Reduction r;
    return reduction(c, &r) ? sum(&r, adj_abs(r.x)) : NULL;
}

AdjTensor *adj_onnx_load_reduce_l2(AdjOnnxCall *c)
{
    Reduction r;
    if (!reduction(c, &r)) return NULL;
    return adj_to(adj_sqrt(sum(&r, adj_square(r.x))), (AdjDtype)r.x->dtype);
}

AdjTensor *adj_onnx_load_reduce_log_sum(AdjOnnxCall *c)
{
    Reduction r;
    return reduction(c, &r) ? adj_log(sum(&r, r.x)) : NULL;
}

AdjTensor *adj_onnx_load_reduce_log_sum_exp(AdjOnnxCall *c)
{
    Reduction r;
    if (!reduction(c, &r)) return NULL;
    if (r.nothing) return r.x;
    if (r.x->numel == 0) return adj_log(sum(&r, r.x));
    if (r.axes.n < 0) {
        r.axes.n = r.x->ndim;
        for (int d = 0; d < r.x->ndim; d++) r.axes.at[d] = d;
    }
    return adj_logsumexp(r.x, r.axes, r.keep);
}

AdjTensor *adj_onnx_load_reduce_sum_square(AdjOnnxCall *c)
{
    Reduction r;
    return reduction(c, &r) ? sum(&r, adj_square(r.x)) : NULL;
}

// The last of several equal ones is the first of the turned-around axis.
static AdjTensor *arg_extreme(AdjOnnxCall *c, AdjTensor *(*op)(AdjTensor *, int64_t, bool))
{
    AdjTensor *x = adj_onnx_need(c, 0);
    int64_t axis = adj_onnx_int(c, "axis", 0);
    bool keep = adj_onnx_int(c, "keepdims", 1), last = adj_onnx_int(c, "select_last_index", 0);
    if (!x || !adj_wrap_dim(&axis, x->ndim)) return NULL;
    if (!last) return op(x, axis, keep);
    AdjTensor *at = op(adj_flip(x, ADJ_SHAPE(axis)), axis, keep);
    return adj_rsub(at, adj_number(ADJ_I(x->sizes[axis] - 1)), ADJ_I(1));
}

AdjTensor *adj_onnx_load_argmax(AdjOnnxCall *c)
{
    return arg_extreme(c, adj_argmax);
}

AdjTensor *adj_onnx_load_argmin(AdjOnnxCall *c)
{
    return arg_extreme(c, adj_argmin);
}

// ---------------------------------------------------------------- scans and sorting

// exclusive shifts the result by one along the axis and starts it with [first].
static AdjTensor *scan(AdjOnnxCall *c, AdjTensor *(*op)(AdjTensor *, int64_t, AdjDtype),
                       int64_t first)
{
    AdjTensor *x = adj_onnx_need(c, 0), *axis_t = adj_onnx_need(c, 1);
    if (!x || !axis_t) return NULL;
    int64_t axis = adj_item_scalar(axis_t).i;
    if (adj_error_kind() || !adj_wrap_dim(&axis, x->ndim)) return NULL;
    bool reverse = adj_onnx_int(c, "reverse", 0);
    AdjDtype dtype = (AdjDtype)x->dtype;
    if (reverse) x = adj_flip(x, ADJ_SHAPE(axis));
    if (adj_onnx_int(c, "exclusive", 0) && x && x->sizes[axis]) {
        AdjTensor *start = adj_full_like(adj_narrow(x, axis, 0, 1), ADJ_I(first), dtype);
        AdjTensor *rest = adj_narrow(x, axis, 0, x->sizes[axis] - 1);
        if (!start || !rest) return NULL;
        x = adj_cat(ADJ_TENSORS(start, rest), axis);
    }
    AdjTensor *y = op(x, axis, dtype);
    return reverse ? adj_flip(y, ADJ_SHAPE(axis)) : y;
}

AdjTensor *adj_onnx_load_cumsum(AdjOnnxCall *c)
{
    return scan(c, adj_cumsum, 0);
}

AdjTensor *adj_onnx_load_cumprod(AdjOnnxCall *c)
{
    return scan(c, adj_cumprod, 1);
}

AdjTensor *adj_onnx_load_topk(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    int64_t k = adj_onnx_int(c, "k", 0), axis = adj_onnx_int(c, "axis", -1);
    if (c->opset >= 10) {
        AdjTensor *t = adj_onnx_need(c, 1);
        if (!t) return NULL;
        k = adj_item_scalar(t).i;
        if (adj_error_kind()) return NULL;
    }
    AdjTensors r = {0, NULL};
    // Of equal values the one with the lower place comes first: a stable sort, cut.
    if (x) r = adj_sort(x, axis, adj_onnx_int(c, "largest", 1) != 0, true);
    if (!r.n) return NULL;
    c->out[1] = adj_narrow(r.at[1], axis, 0, k);
    return adj_narrow(r.at[0], axis, 0, k);
}
