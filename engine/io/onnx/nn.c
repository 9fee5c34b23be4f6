// SPDX-License-Identifier: Apache-2.0
// nn.c: layers and losses of ONNX with our ops: softmax and its kin, normalisations,
// dropout, losses.
#include "io/onnx/onnx.h"
#include "io/onnx/rows.h"

// ---------------------------------------------------------------- softmax

// Before version 13 the axes from [axis] on counted as one.
static AdjTensor *along(AdjOnnxCall *c, AdjTensor *(*op)(AdjTensor *, int64_t, AdjDtype))
{
    AdjTensor *x = adj_onnx_need(c, 0);
    int64_t axis = adj_onnx_int(c, "axis", c->opset < 13 ? 1 : -1);
    if (!x || !adj_wrap_dim(&axis, x->ndim)) return NULL;
    if (c->opset >= 13) return op(x, axis, ADJ_SAME);
    AdjTensor *y = op(adj_flatten(x, axis, -1), axis, ADJ_SAME);
    return adj_reshape(y, adj_shape(x));
}

AdjTensor *adj_onnx_load_softmax(AdjOnnxCall *c)
{
    return along(c, adj_softmax);
}

AdjTensor *adj_onnx_load_log_softmax(AdjOnnxCall *c)
{
    return along(c, adj_log_softmax);
}

static AdjTensor *hardmax(AdjTensor *x, int64_t axis, AdjDtype dtype)
{
    (void)dtype;
    AdjTensor *at = adj_argmax(x, axis, true),
              *one = at ? adj_ones_like(at, (AdjDtype)x->dtype) : NULL;
    return x ? adj_scatter(adj_zeros_like(x, ADJ_SAME), axis, at, one) : NULL;
}

AdjTensor *adj_onnx_load_hardmax(AdjOnnxCall *c)
{
    return along(c, hardmax);
}

// ---------------------------------------------------------------- normalisations

AdjTensor *adj_onnx_load_batch_norm(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *mean = adj_onnx_need(c, 3), *var = adj_onnx_need(c, 4);
    bool training = adj_onnx_int(c, "training_mode", 0);
    double momentum = 1 - adj_onnx_float(c, "momentum", 0.9);
    if (!x || !mean || !var) return NULL;
    if (!training) {
        return adj_batch_norm(x, mean, var, adj_onnx_need(c, 1), adj_onnx_need(c, 2), false, 0,
                              adj_onnx_float(c, "epsilon", 1e-5));
    }
    AdjShape axes = {.n = 0};
    for (int d = 0; d < x->ndim; d++)
        if (d != 1) axes.at[axes.n++] = d;
    AdjTensor *now = adj_mean(x, axes, false, ADJ_SAME);
    AdjTensor *spread = adj_var(x, axes, false, false, ADJ_NO_SCALAR);
    c->out[1] = adj_lerp(mean, now, ADJ_NUM(momentum));
    c->out[2] = adj_lerp(var, spread, ADJ_NUM(momentum));
    return adj_batch_norm(x, now, spread, adj_onnx_need(c, 1), adj_onnx_need(c, 2), false, 0,
                          adj_onnx_float(c, "epsilon", 1e-5));
}

// The axes from [axis] on.
static bool last_axes(AdjOnnxCall *c, AdjTensor *x, AdjShape *sizes, AdjShape *axes)
{
    int64_t axis = adj_onnx_int(c, "axis", -1);
    if (!x || !adj_wrap_dim(&axis, x->ndim)) return false;
    *sizes = *axes = (AdjShape){.n = 0};
    for (int64_t d = axis; d < x->ndim; d++) {
        sizes->at[sizes->n++] = x->sizes[d];
        axes->at[axes->n++] = d;
    }
    return true;
}

// Of half precision the statistics are computed in the type that stash_type names.
static AdjTensor *stashed(AdjOnnxCall *c, AdjTensor *x)
{
    AdjDtype dtype = adj_onnx_dtype((int32_t)adj_onnx_int(c, "stash_type", 1));
    return x && adj_is_half(x) && dtype != ADJ_SAME ? adj_to(x, dtype) : x;
}

static AdjTensor *scaled(AdjOnnxCall *c, AdjTensor *y, AdjTensor *like)
{
    AdjTensor *weight = adj_onnx_need(c, 1), *bias = adj_onnx_in(c, 2);
    y = adj_mul(adj_type_as(y, like), weight);
    return bias ? adj_add(y, bias, ADJ_I(1)) : y;
}

AdjTensor *adj_onnx_load_layer_norm(AdjOnnxCall *c)
{
    AdjShape sizes, axes;
    AdjTensor *given = adj_onnx_need(c, 0), *x = stashed(c, given);
    double eps = adj_onnx_float(c, "epsilon", 1e-5);
    if (!last_axes(c, x, &sizes, &axes)) return NULL;
    if (adj_onnx_wants(c, 1) || adj_onnx_wants(c, 2)) {
        AdjTensor *var = adj_var(x, axes, false, true, ADJ_NO_SCALAR);
        c->out[1] = adj_mean(x, axes, true, ADJ_SAME);
        c->out[2] = adj_rsqrt(adj_add(var, ADJ_NUM(eps), ADJ_I(1)));
    }
    return scaled(c, adj_layer_norm(x, sizes, NULL, NULL, eps), given);
}

AdjTensor *adj_onnx_load_rms_norm(AdjOnnxCall *c)
{
    AdjShape sizes, axes;
    AdjTensor *given = adj_onnx_need(c, 0), *x = stashed(c, given);
    if (!last_axes(c, x, &sizes, &axes)) return NULL;
    return scaled(c, adj_rms_norm(x, sizes, NULL, adj_onnx_float(c, "epsilon", 1e-5)), given);
}

// One value per channel in the shape of (N, C, ...).
static AdjTensor *by_channel(AdjTensor *w, const AdjTensor *x)
{
    AdjShape shape = {.n = x->ndim};
    for (int d = 0; d < x->ndim; d++) shape.at[d] = d == 1 ? -1 : 1;
    return adj_reshape(w, shape);
}

static AdjTensor *standardised(AdjTensor *x, AdjShape axes, double eps)
{
    AdjTensor *mean = adj_mean(x, axes, true, ADJ_SAME);
    AdjTensor *var = adj_var(x, axes, false, true, ADJ_NO_SCALAR);
    AdjTensor *scale = adj_rsqrt(adj_add(var, ADJ_NUM(eps), ADJ_I(1)));
    return adj_mul(adj_sub(x, mean, ADJ_I(1)), scale);
}

AdjTensor *adj_onnx_load_instance_norm(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *w = adj_onnx_need(c, 1), *b = adj_onnx_need(c, 2);
    if (!x || !w || !b) return NULL;
    AdjShape axes = {.n = 0};
    for (int d = 2; d < x->ndim; d++) axes.at[axes.n++] = d;
    AdjTensor *y = standardised(x, axes, adj_onnx_float(c, "epsilon", 1e-5));
    return adj_add(adj_mul(y, by_channel(w, x)), by_channel(b, x), ADJ_I(1));
}

// Weights per group before version 21, per channel since.
AdjTensor *adj_onnx_load_group_norm(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *w = adj_onnx_need(c, 1), *b = adj_onnx_need(c, 2);
    int64_t groups = adj_onnx_int(c, "num_groups", 0);
    if (!x || !w || !b) return NULL;
    if (x->ndim < 2 || groups < 1 || x->sizes[1] % groups)
        return adj_onnx_fail(c, "the channels do not divide into %lld groups",
                             (long long)groups);
    AdjTensor *parts = adj_reshape(x, ADJ_SHAPE(x->sizes[0], groups, -1));
    AdjTensor *y = standardised(parts, ADJ_SHAPE(2), adj_onnx_float(c, "epsilon", 1e-5));
    bool per_group = c->opset < 21 && w->numel == groups;
    if (per_group)
        y = adj_add(adj_mul(y, by_channel(w, parts)), by_channel(b, parts), ADJ_I(1));
    y = adj_reshape(y, adj_shape(x));
    if (per_group) return y;
    return adj_add(adj_mul(y, by_channel(w, x)), by_channel(b, x), ADJ_I(1));
}

// Rows of norm 0 stay 0.
AdjTensor *adj_onnx_load_lp_norm(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    int64_t axis = adj_onnx_int(c, "axis", -1), p = adj_onnx_int(c, "p", 2);
    AdjTensor *norm = adj_norm(x, ADJ_F((double)p), ADJ_SHAPE(axis), true, ADJ_SAME);
    AdjTensor *none = adj_eq(norm, ADJ_NUM(0));
    return adj_div(x, adj_masked_fill(norm, none, ADJ_NUM(1)), NULL);
}

AdjTensor *adj_onnx_load_mvn(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    AdjShape axes;
    if (!x || !adj_onnx_ints(c, "axes", -1, &axes)) return NULL;
    if (axes.n < 0) axes = ADJ_SHAPE(0, 2, 3);
    AdjTensor *mean = adj_mean(x, axes, true, ADJ_SAME);
    AdjTensor *spread = adj_std(x, axes, false, true, ADJ_NO_SCALAR);
    AdjTensor *safe = adj_add(spread, ADJ_NUM(1e-9), ADJ_I(1));
    return adj_div(adj_sub(x, mean, ADJ_I(1)), safe, NULL);
}

// x / (bias + alpha / size * sum of squares over neighbouring channels)^beta
AdjTensor *adj_onnx_load_lrn(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    int64_t size = adj_onnx_int(c, "size", 1);
    if (!x || x->ndim < 2 || size < 1) return adj_onnx_fail(c, "size must be at least 1");
    int64_t before = (size - 1) / 2, after = size - 1 - before, pad[2 * ADJ_MAX_DIMS] = {0};
    pad[2 * (x->ndim - 2)] = before;
    pad[2 * (x->ndim - 2) + 1] = after;
    AdjLongs amounts = {2 * (x->ndim - 1), pad};
    AdjTensor *squares = adj_constant_pad_nd(adj_square(x), amounts, ADJ_F(0)), *sum = NULL;
    for (int64_t k = 0; k < size && squares; k++) {
        AdjTensor *part = adj_narrow(squares, 1, k, x->sizes[1]);
        sum = sum ? adj_add(sum, part, ADJ_I(1)) : part;
    }
    double alpha = adj_onnx_float(c, "alpha", 1e-4), beta = adj_onnx_float(c, "beta", 0.75);
    sum = adj_mul(sum, ADJ_NUM(alpha / (double)size));
    sum = adj_add(sum, ADJ_NUM(adj_onnx_float(c, "bias", 1)), ADJ_I(1));
    return adj_div(x, adj_pow(sum, ADJ_NUM(beta)), NULL);
}

// ---------------------------------------------------------------- dropout and losses

// In a graph dropout only happens when an input says so.
AdjTensor *adj_onnx_load_dropout(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *ratio = adj_onnx_in(c, 1), *mode = adj_onnx_in(c, 2);
    bool training = mode && adj_item(mode) != 0;
    double p = ratio ? adj_item(ratio) : 0.5;
    if (adj_error_kind() || !x) return NULL;
    if (training && p > 0) return adj_onnx_fail(c, "training mode is not supported");
    if (adj_onnx_wants(c, 1)) c->out[1] = adj_ones_like(x, ADJ_BOOL);
    return x;
}

// Our losses want classes in axis 1, as these do; an index that is to be ignored may be absent.
AdjTensor *adj_onnx_load_nll_loss(AdjOnnxCall *c)
{
    AdjTensor *target = adj_long(adj_onnx_need(c, 1));
    return adj_nll_loss(adj_onnx_need(c, 0), target, adj_onnx_in(c, 2),
                        adj_onnx_int(c, "ignore_index", INT32_MIN),
                        adj_onnx_str(c, "reduction", "mean"));
}

AdjTensor *adj_onnx_load_cross_entropy(AdjOnnxCall *c)
{
    AdjTensor *log_p = adj_log_softmax(adj_onnx_need(c, 0), 1, ADJ_SAME);
    if (adj_onnx_wants(c, 1)) c->out[1] = log_p;
    return adj_nll_loss(log_p, adj_long(adj_onnx_need(c, 1)), adj_onnx_in(c, 2),
                        adj_onnx_int(c, "ignore_index", INT32_MIN),
                        adj_onnx_str(c, "reduction", "mean"));
}

// ---------------------------------------------------------------- pooling of everything

static bool spatial(AdjTensor *x, AdjShape *axes)
{
    *axes = (AdjShape){.n = 0};
    for (int d = 2; x && d < x->ndim; d++) axes->at[axes->n++] = d;
    return x != NULL;
}

AdjTensor *adj_onnx_load_global_average_pool(AdjOnnxCall *c)
{
    AdjShape axes;
    AdjTensor *x = adj_onnx_need(c, 0);
    return spatial(x, &axes) ? adj_mean(x, axes, true, ADJ_SAME) : NULL;
}

AdjTensor *adj_onnx_load_global_max_pool(AdjOnnxCall *c)
{
    AdjShape axes;
    AdjTensor *x = adj_onnx_need(c, 0);
    return spatial(x, &axes) ? adj_amax(x, axes, true) : NULL;
}
