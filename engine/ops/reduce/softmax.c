// SPDX-License-Identifier: Apache-2.0
// softmax.c: softmax, its logarithm and logsumexp.
//
// With y = softmax(x) along an axis, dx = y (dy - sum y dy); with l = log softmax(x), dx = dy -
// e^l sum dy (both sums along the axis). Kernels work on rows, so another axis than the last is
// brought there first.
#include "cpu/softmax.h"

#include "ops/pointwise/elementwise.h"

// [x] with axis [dim] last, without gaps, in the type that kernels take.
static AdjTensor *rows_of(AdjTensor *x, int64_t dim, AdjDtype compute)
{
    if (x->ndim > 1 && dim != x->ndim - 1) x = adj_transpose(x, dim, -1);
    return adj_contiguous(adj_to(x, compute));
}

// Runs [kind] over rows along [dim]; [a] is the second operand of derivatives.
static AdjTensor *run(AdjSoftmax kind, AdjTensor *x, AdjTensor *a, int64_t dim, AdjDtype result)
{
    AdjDtype compute = adj_compute_dtype(result);
    AdjTensor *rows = rows_of(x, dim, compute), *other = a ? rows_of(a, dim, compute) : NULL;
    if (!rows || (a && !other)) return NULL;
    AdjTensor *y = adj_new_like(rows, compute);
    if (!y) return NULL;
    int64_t n = x->ndim ? rows->sizes[rows->ndim - 1] : 1;
    AdjSoftmaxCall c = {.kind = kind,
                        .dtype = compute,
                        .y = adj_ptr(y),
                        .x = adj_ptr(rows),
                        .a = other ? adj_ptr(other) : NULL,
                        .rows = y->numel ? y->numel / n : 0,
                        .n = n};
    if (c.rows && !ADJ_RUN(adj_device_of(y), softmax, &c)) return NULL;
    if (x->ndim > 1 && dim != x->ndim - 1) y = adj_contiguous(adj_transpose(y, dim, -1));
    return adj_to(y, result);
}

// The element type of the result; softmax has no meaning for whole numbers.
static bool result_type(AdjTensor *x, AdjDtype *dtype)
{
    if (*dtype == ADJ_SAME) *dtype = (AdjDtype)x->dtype;
    if (adj_dtype_is_float(*dtype)) return true;
    return adj_fail(ADJ_E_DTYPE, "%s: not implemented for %s", adj_op_name(),
                    adj_dtype_name(*dtype));
}

static void softmax_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjTensor *y = adj_saved_out(n, 0);
    int64_t dim = n->arg[0].i;
    if (!y) return;
    if (dim < 0) dim += y->ndim ? y->ndim : 1;
    if (!adj_building_graph()) {
        dx[0] = run(ADJ_SOFTMAX_DX, y, dy[0], dim, adj_dtype(y));
        return;
    }
    AdjTensor *mean = adj_sum(adj_mul(y, dy[0]), (AdjShape){1, {dim}}, true, ADJ_SAME);
    dx[0] = adj_mul(y, adj_sub(dy[0], mean, ADJ_I(1)));
}

ADJ_OP(softmax, "(input: tensor, dim: int = -1, dtype: dtype? = None) -> tensor",
       "softmax(x)_i = exp(x_i) / sum_j exp(x_j), j along dim. The maximum is subtracted "
       "first; a row "
       "that is all -inf gives NaN.",
       .vjp = softmax_vjp, .saves = ADJ_SAVE_OUT(0), .source = "Bridle 1990")
AdjTensor *op_softmax(AdjTensor *input, int64_t dim, AdjDtype dtype)
{
    if (!adj_wrap_dim(&dim, input->ndim) || !result_type(input, &dtype)) return NULL;
    return run(ADJ_SOFTMAX, input, NULL, dim, dtype);
}

static void log_softmax_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjTensor *y = adj_saved_out(n, 0);
    int64_t dim = n->arg[0].i;
    if (!y) return;
    if (dim < 0) dim += y->ndim ? y->ndim : 1;
    if (!adj_building_graph()) {
        dx[0] = run(ADJ_LOG_SOFTMAX_DX, y, dy[0], dim, adj_dtype(y));
        return;
    }
    AdjTensor *sum = adj_sum(dy[0], (AdjShape){1, {dim}}, true, ADJ_SAME);
    dx[0] = adj_sub(dy[0], adj_mul(adj_exp(y), sum), ADJ_I(1));
}

ADJ_OP(log_softmax, "(input: tensor, dim: int = -1, dtype: dtype? = None) -> tensor",
       "log_softmax(x)_i = x_i - log sum_j exp(x_j), j along dim, without overflow on the way.",
       .vjp = log_softmax_vjp, .saves = ADJ_SAVE_OUT(0))
AdjTensor *op_log_softmax(AdjTensor *input, int64_t dim, AdjDtype dtype)
{
    if (!adj_wrap_dim(&dim, input->ndim) || !result_type(input, &dtype)) return NULL;
    return run(ADJ_LOG_SOFTMAX, input, NULL, dim, dtype);
}

ADJ_OP(softmin, "(input: tensor, dim: int = -1, dtype: dtype? = None) -> tensor",
       "softmax of -input along dim.")
AdjTensor *op_softmin(AdjTensor *input, int64_t dim, AdjDtype dtype)
{
    return adj_softmax(adj_neg(input), dim, dtype);
}
