// SPDX-License-Identifier: Apache-2.0
// norm.c: normalisations: layer_norm and rms_norm over the last axes, batch_norm over
// everything but the channels, group_norm over groups of channels.
//
// With h = (x - mean) r, r = 1 / sqrt(variance + eps), and g the gradient of h, the gradient of
// x is r (g - mean g - h mean(g h)), all means over the normalised axes. Rows have kernels for
// it; the operations below say the same, for passes that will be differentiated again and for
// batch_norm.
#include "cpu/norm.h"
#include "cpu/channels.h"
#include "ops/shape/view.h"

#include <float.h>

// ---------------------------------------------------------------- the formulas as operations

typedef struct {
    AdjTensor *h, *r;  // normalised values and their scale
} Normal;

static AdjTensor *inverse_root(AdjTensor *variance, double eps)
{
    return adj_rsqrt(adj_add(variance, adj_number(ADJ_F(eps)), ADJ_I(1)));
}

static Normal normalised(AdjTensor *x, AdjShape dims, bool rms, double eps)
{
    Normal n;
    if (!rms) x = adj_sub(x, adj_mean(x, dims, true, ADJ_SAME), ADJ_I(1));
    n.r = inverse_root(adj_mean(adj_mul(x, x), dims, true, ADJ_SAME), eps);
    n.h = adj_mul(x, n.r);
    return n;
}

static AdjTensor *through_statistics(Normal n, AdjTensor *g, AdjShape dims, bool rms)
{
    AdjTensor *along = adj_mul(n.h, adj_mean(adj_mul(g, n.h), dims, true, ADJ_SAME));
    AdjTensor *dx = adj_sub(g, along, ADJ_I(1));
    if (!rms) dx = adj_sub(dx, adj_mean(g, dims, true, ADJ_SAME), ADJ_I(1));
    return adj_mul(dx, n.r);
}

// ---------------------------------------------------------------- rows

static bool check_rows(const AdjTensor *x, AdjShape shape, const AdjTensor *weight,
                       const AdjTensor *bias)
{
    bool fits = shape.n >= 1 && shape.n <= x->ndim;
    for (int d = 0; fits && d < shape.n; d++)
        fits = x->sizes[x->ndim - shape.n + d] == shape.at[d];
    if (!fits) {
        return adj_fail(ADJ_E_SHAPE,
                        "%s: given normalized_shape=%s, expected input whose last sizes are "
                        "these, but got input of size %s",
                        adj_op_name(), adj_shape_text(shape), adj_shape_text(adj_shape(x)));
    }
    const AdjTensor *own[] = {weight, bias};
    for (int i = 0; i < 2; i++) {
        if (!own[i] || adj_shape_equal(adj_shape(own[i]), shape)) continue;
        return adj_fail(
            ADJ_E_SHAPE,
            "%s: expected %s to be of same shape as normalized_shape, but got %s of "
            "shape %s and normalized_shape=%s",
            adj_op_name(), i ? "bias" : "weight", i ? "bias" : "weight",
            adj_shape_text(adj_shape(own[i])), adj_shape_text(shape));
    }
    if (adj_is_float(x)) return true;
    return adj_fail(ADJ_E_DTYPE, "%s: not implemented for %s", adj_op_name(),
                    adj_dtype_name((AdjDtype)x->dtype));
}

// The last [n] axes.
static AdjShape last_axes(int n)
{
    AdjShape dims = {.n = n};
    for (int i = 0; i < n; i++) dims.at[i] = -1 - i;
    return dims;
}

// Fills in what forward and backward of rows share. [operands] are x, w, b or x, w, dy; NULL
// stays NULL. What the call points to belongs to the scope.
static bool rows_call(AdjNorm *c, AdjTensor *const *operands, const void **const *places, int n,
                      AdjShape shape, bool rms, double eps)
{
    AdjTensor *x = operands[0];
    AdjDtype dtype = x->dtype == ADJ_F64 ? ADJ_F64 : ADJ_F32;
    int64_t length = adj_shape_numel(shape);
    *c = (AdjNorm){.rms = rms, .dtype = dtype, .n = length, .eps = eps};
    c->rows = length ? x->numel / length : 0;
    for (int i = 0; i < n; i++) {
        if (!operands[i]) continue;
        AdjTensor *dense = adj_contiguous(adj_to(operands[i], dtype));
        if (!dense) return false;
        *places[i] = adj_ptr(dense);
    }
    return true;
}

static AdjTensor *rows_forward(AdjTensor *x, AdjShape shape, AdjTensor *weight, AdjTensor *bias,
                               bool rms, double eps)
{
    AdjNorm c;
    AdjTensor *in[] = {x, weight, bias};
    const void **places[] = {&c.x, &c.w, &c.b};
    if (!check_rows(x, shape, weight, bias) || !rows_call(&c, in, places, 3, shape, rms, eps))
        return NULL;
    AdjTensor *y = adj_new(adj_shape(x), c.dtype);
    if (!y) return NULL;
    c.y = adj_ptr(y);
    if (y->numel) adj_norm_forward(&c);
    return adj_to(y, (AdjDtype)x->dtype);
}

// Sums for a weight's derivative in double, then as a tensor of the weight's shape.
static AdjTensor *double_zeros(bool wanted, AdjShape shape)
{
    return wanted ? adj_zeros_of(shape, ADJ_F64) : NULL;
}

static void rows_backward(AdjNode *n, AdjTensor *x, AdjTensor *weight, AdjTensor *dy,
                          AdjTensor **dx, bool rms, double eps)
{
    AdjNorm c;
    AdjShape shape = n->arg[0].ints;
    AdjTensor *in[] = {x, weight, dy};
    const void **places[] = {&c.x, &c.w, &c.dy};
    bool bias = n->n_in > 2 && adj_wants(n, 2);
    if (!rows_call(&c, in, places, 3, shape, rms, eps)) return;
    AdjTensor *own = adj_wants(n, 0) ? adj_new(adj_shape(x), c.dtype) : NULL;
    AdjTensor *dw = double_zeros(adj_wants(n, 1), shape), *db = double_zeros(bias, shape);
    if (adj_error_kind()) return;
    c.dx = own ? adj_ptr(own) : NULL;
    c.dw = dw ? (double *)adj_ptr(dw) : NULL;
    c.db = db ? (double *)adj_ptr(db) : NULL;
    if (x->numel && !adj_norm_backward(&c)) return;
    dx[0] = own;
    dx[1] = dw;
    if (bias) dx[2] = db;
}

static void rows_vjp(AdjNode *n, AdjTensor *dy, AdjTensor **dx, bool rms, double eps)
{
    AdjTensor *x = adj_saved_in(n, 0), *w = n->in[1].saved ? adj_saved_in(n, 1) : NULL;
    if (!x || adj_error_kind()) return;
    if (!adj_building_graph()) {
        rows_backward(n, x, w, dy, dx, rms, eps);
        return;
    }
    AdjShape dims = last_axes(n->arg[0].ints.n);
    Normal normal = normalised(x, dims, rms, eps);
    if (adj_wants(n, 0)) dx[0] = through_statistics(normal, w ? adj_mul(dy, w) : dy, dims, rms);
    if (adj_wants(n, 1)) dx[1] = adj_mul(dy, normal.h);
    if (n->n_in > 2 && adj_wants(n, 2)) dx[2] = dy;
}

static void layer_norm_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    rows_vjp(n, dy[0], dx, false, n->arg[1].f);
}

ADJ_OP(
    layer_norm,
    "(input: tensor, normalized_shape: ints, weight: tensor? = None, bias: tensor? = None, "
    "eps: float = 1e-05) -> tensor",
    "(x - mean) / sqrt(variance + eps) * weight + bias, mean and (biased) variance over the "
    "last axes, whose sizes normalized_shape names.\n"
    "shapes  input (..., *normalized_shape), weight and bias of shape normalized_shape\n"
    "errors  Shape: input does not end in normalized_shape, or weight or bias differ from it",
    .vjp = layer_norm_vjp, .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_IN(1),
    .source = "Ba, Kiros and Hinton 2016", .torch = "NativeLayerNorm", .no_method = true,
    .hosted = true)
AdjTensor *op_layer_norm(AdjTensor *input, AdjShape normalized_shape, AdjTensor *weight,
                         AdjTensor *bias, double eps)
{
    return rows_forward(input, normalized_shape, weight, bias, false, eps);
}

// Without an eps, the distance from 1 to the next number of the type.
static double eps_or_least(double eps, AdjDtype dtype)
{
    static const double least[] = {[ADJ_F32] = FLT_EPSILON,
                                   [ADJ_F64] = DBL_EPSILON,
                                   [ADJ_F16] = 0x1p-10,
                                   [ADJ_BF16] = 0x1p-7};
    return isnan(eps) ? least[dtype] : eps;
}

static void rms_norm_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    rows_vjp(n, dy[0], dx, true, eps_or_least(n->arg[1].f, (AdjDtype)n->in[0].dtype));
}

ADJ_OP(rms_norm,
       "(input: tensor, normalized_shape: ints, weight: tensor? = None, eps: float? = None) -> "
       "tensor",
       "x / sqrt(mean x^2 + eps) * weight, the mean over the last axes, whose sizes "
       "normalized_shape names; without eps the smallest step of the type is taken.\n"
       "shapes  input (..., *normalized_shape), weight of shape normalized_shape\n"
       "errors  Shape: input does not end in normalized_shape, or weight differs from it",
       .vjp = rms_norm_vjp, .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_IN(1),
       .source = "Zhang and Sennrich 2019", .torch = "Mul", .no_method = true, .hosted = true)
AdjTensor *op_rms_norm(AdjTensor *input, AdjShape normalized_shape, AdjTensor *weight,
                       double eps)
{
    if (!check_rows(input, normalized_shape, weight, NULL)) return NULL;
    return rows_forward(input, normalized_shape, weight, NULL, true,
                        eps_or_least(eps, (AdjDtype)input->dtype));
}

// ---------------------------------------------------------------- batches

// Every axis but the channels', which stand on axis 1.
static AdjShape batch_axes(const AdjTensor *x)
{
    AdjShape dims = {.n = 0};
    for (int d = 0; d < x->ndim; d++)
        if (d != 1) dims.at[dims.n++] = d;
    return dims;
}

// A value per channel beside the channels of [x].
static AdjTensor *per_channel(AdjTensor *t, const AdjTensor *x)
{
    AdjShape s = {.n = x->ndim};
    for (int d = 0; d < x->ndim; d++) s.at[d] = d == 1 ? x->sizes[1] : 1;
    return t ? adj_reshape(t, s) : NULL;
}

static bool check_batch(const AdjTensor *x, AdjTensor *const *own, bool training)
{
    static const char *const names[] = {"running_mean", "running_var", "weight", "bias"};
    if (x->ndim < 2) {
        return adj_fail(ADJ_E_SHAPE, "batch_norm: expected input (N, C, ...), got shape %s",
                        adj_shape_text(adj_shape(x)));
    }
    if (!adj_is_float(x)) {
        return adj_fail(ADJ_E_DTYPE, "batch_norm: not implemented for %s",
                        adj_dtype_name((AdjDtype)x->dtype));
    }
    if (!training && (!own[0] || !own[1])) {
        return adj_fail(ADJ_E_RUNTIME,
                        "batch_norm: Expected running_mean and running_var to be "
                        "defined when training=False");
    }
    for (int i = 0; i < 4; i++) {
        if (!own[i] || (own[i]->ndim == 1 && own[i]->sizes[0] == x->sizes[1])) continue;
        return adj_fail(ADJ_E_SHAPE, "batch_norm: %s should contain %lld elements not %lld",
                        names[i], (long long)x->sizes[1], (long long)own[i]->numel);
    }
    if (training && x->numel == x->sizes[1] && x->numel) {
        return adj_fail(ADJ_E_VALUE,
                        "batch_norm: Expected more than 1 value per channel when training, got "
                        "input size %s",
                        adj_shape_text(adj_shape(x)));
    }
    return true;
}

// running := (1 - momentum) running + momentum [now] * [factor]; [now] is of type f64.
static bool keep_running(AdjTensor *running, AdjTensor *now, double momentum, double factor)
{
    if (!running) return true;
    AdjTensor *wide = adj_new_like(running, ADJ_F64);
    if (!wide || !adj_copy_data(wide, running)) return false;
    double *r = (double *)adj_ptr(wide);
    const double *x = (const double *)adj_ptr(now);
    for (int64_t i = 0; i < wide->numel; i++)
        r[i] = (1 - momentum) * r[i] + momentum * (x[i] * factor);
    if (!adj_copy_data(running, wide)) return false;
    adj_touch(running);
    return true;
}

// Statistics of the batch or, outside training, the running ones: f64, one per channel.
typedef struct {
    AdjTensor *mean, *var;
} Statistics;

// The values as the kernels take them, contiguous and f32 or f64. Short runs are left to the
// operations, whose loops join them. What [c] points to belongs to the scope.
enum { LEAST_PLACES = 16 };

static bool by_channels(AdjTensor *x, AdjChannels *c)
{
    int64_t channels = x->sizes[1], batch = x->sizes[0];
    if (x->numel < LEAST_PLACES * batch * channels || !x->numel) return false;
    AdjTensor *dense = adj_contiguous(adj_to(x, x->dtype == ADJ_F64 ? ADJ_F64 : ADJ_F32));
    double *room = adj_scope_memory((size_t)(8 * channels) * sizeof *room);
    if (!dense || !room) return false;
    *c = (AdjChannels){.dtype = adj_dtype(dense), .batch = batch, .channels = channels};
    c->places = x->numel / (batch * channels);
    c->x = adj_ptr(dense);
    double **lists[] = {&c->mean, &c->var,   &c->scale, &c->shift,
                        &c->sum,  &c->along, &c->flat,  &c->slope};
    for (int i = 0; i < 8; i++) *lists[i] = room + i * channels;
    return true;
}

static void copy_numbers(double *to, AdjTensor *from)
{
    memcpy(to, adj_ptr(from), (size_t)from->numel * sizeof *to);
}

static AdjTensor *numbers(const double *from, int64_t n)
{
    return adj_from(from, ADJ_SHAPE(n), ADJ_F64);
}

static bool statistics(AdjTensor *x, AdjTensor *const *own, bool training, Statistics *s)
{
    AdjChannels c;
    if (!training) {
        s->mean = adj_to(own[0], ADJ_F64);
        s->var = adj_to(own[1], ADJ_F64);
    } else if (by_channels(x, &c)) {
        adj_channels_run(ADJ_CHANNEL_MOMENTS, &c);
        s->mean = numbers(c.mean, c.channels);
        s->var = numbers(c.var, c.channels);
    } else {
        if (adj_error_kind()) return false;
        AdjTensor *wide = adj_is_half(x) ? adj_to(x, ADJ_F32) : x;
        AdjTensors both = adj_var_mean(wide, batch_axes(x), false, false, ADJ_NO_SCALAR);
        if (both.n != 2) return false;
        s->var = adj_to(both.at[0], ADJ_F64);
        s->mean = adj_to(both.at[1], ADJ_F64);
    }
    s->mean = s->mean ? adj_contiguous(s->mean) : NULL;
    s->var = s->var ? adj_contiguous(s->var) : NULL;
    return s->mean && s->var;
}

// y = x * scale + shift with scale = w / sqrt(var + eps), shift = b - mean * scale.
static AdjTensor *affine(AdjTensor *x, Statistics s, AdjTensor *weight, AdjTensor *bias,
                         double eps)
{
    AdjDtype dtype = x->dtype == ADJ_F64 ? ADJ_F64 : ADJ_F32;
    AdjTensor *scale = inverse_root(s.var, eps);
    if (weight) scale = adj_mul(scale, weight);
    AdjTensor *shift = adj_neg(adj_mul(s.mean, scale));
    if (bias) shift = adj_add(shift, bias, ADJ_I(1));
    AdjChannels c;
    if (scale && shift && by_channels(x, &c)) {
        AdjTensor *y = adj_new(adj_shape(x), dtype);
        scale = adj_contiguous(adj_to(scale, ADJ_F64));
        shift = adj_contiguous(adj_to(shift, ADJ_F64));
        if (!y || !scale || !shift) return NULL;
        copy_numbers(c.scale, scale);
        copy_numbers(c.shift, shift);
        c.y = adj_ptr(y);
        adj_channels_run(ADJ_CHANNEL_AFFINE, &c);
        return adj_to(y, adj_dtype(x));
    }
    if (adj_error_kind()) return NULL;
    scale = per_channel(adj_to(scale, dtype), x);
    shift = per_channel(adj_to(shift, dtype), x);
    AdjTensor *y = adj_addcmul(shift, adj_to(x, dtype), scale, 1);
    return adj_to(y, (AdjDtype)x->dtype);
}

// The derivatives from two sums per channel; false when the operations must do it, true also
// after an error.
static bool channels_backward(AdjNode *n, AdjTensor *x, AdjTensor *weight, AdjTensor *dy,
                              AdjTensor **dx)
{
    AdjChannels c;
    Statistics s;
    bool training = n->arg[0].b;
    AdjTensor *own[] = {training ? NULL : adj_saved_in(n, 1),
                        training ? NULL : adj_saved_in(n, 2)};
    if (adj_building_graph()) return false;
    if (!by_channels(x, &c)) return adj_error_kind() != ADJ_E_NONE;
    AdjTensor *g = adj_contiguous(adj_to(dy, c.dtype)), *y = adj_new(adj_shape(x), c.dtype);
    AdjTensor *w = weight ? adj_contiguous(adj_to(weight, ADJ_F64)) : NULL;
    if (!g || !y || (weight && !w) || !statistics(x, own, training, &s)) return true;
    copy_numbers(c.mean, s.mean);
    copy_numbers(c.var, s.var);
    c.dy = adj_ptr(g);
    c.y = adj_ptr(y);
    adj_channels_run(ADJ_CHANNEL_SUMS, &c);
    double count = (double)(c.batch * c.places);
    for (int64_t k = 0; k < c.channels; k++) {
        double r = 1 / sqrt(c.var[k] + n->arg[2].f);
        c.scale[k] = w ? r * ((const double *)adj_ptr(w))[k] : r;
        c.flat[k] = training ? c.sum[k] / count : 0;
        c.slope[k] = training ? r * r * c.along[k] / count : 0;
        c.along[k] *= r;
    }
    if (adj_wants(n, 0)) {
        adj_channels_run(ADJ_CHANNEL_DX, &c);
        dx[0] = y;
    }
    if (adj_wants(n, 3)) dx[3] = numbers(c.along, c.channels);
    if (adj_wants(n, 4)) dx[4] = numbers(c.sum, c.channels);
    return true;
}

static void batch_norm_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    bool training = n->arg[0].b;
    double eps = n->arg[2].f;
    AdjTensor *x = adj_saved_in(n, 0), *w = n->in[3].saved ? adj_saved_in(n, 3) : NULL;
    if (!x || adj_error_kind() || channels_backward(n, x, w, dy[0], dx)) return;
    AdjShape dims = batch_axes(x);
    AdjTensor *g = w ? adj_mul(dy[0], per_channel(w, x)) : dy[0];
    Normal normal = {NULL, NULL};
    if (training) {
        normal = normalised(x, dims, false, eps);
        if (adj_wants(n, 0)) dx[0] = through_statistics(normal, g, dims, false);
    } else {
        normal.r = inverse_root(per_channel(adj_saved_in(n, 2), x), eps);
        AdjTensor *mean = per_channel(adj_saved_in(n, 1), x);
        normal.h = adj_mul(adj_sub(x, mean, ADJ_I(1)), normal.r);
        if (adj_wants(n, 0)) dx[0] = adj_mul(g, normal.r);
    }
    if (adj_wants(n, 3)) dx[3] = adj_sum(adj_mul(dy[0], normal.h), dims, false, ADJ_SAME);
    if (adj_wants(n, 4)) dx[4] = adj_sum(dy[0], dims, false, ADJ_SAME);
}

ADJ_OP(
    batch_norm,
    "(input: tensor, running_mean: tensor? = None, running_var: tensor? = None, weight: "
    "tensor? = None, bias: tensor? = None, training: bool = False, momentum: float = 0.1, "
    "eps: float = 1e-05) -> tensor",
    "(x - mean) / sqrt(var + eps) * weight + bias, channel by channel: in training with mean "
    "and biased variance of the batch, else with running_mean and running_var.\n"
    "shapes  input (N, C, ...), the others (C)\n"
    "notes   training changes the running values in place: r = (1 - momentum) r + momentum "
    "now, with the unbiased variance\n"
    "errors  Shape: not one value per channel; Value: one value per channel in training; "
    "Runtime: no running values outside training",
    .vjp = batch_norm_vjp,
    .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_IN(1) | ADJ_SAVE_IN(2) | ADJ_SAVE_IN(3),
    .source = "Ioffe and Szegedy 2015", .torch = "NativeBatchNorm", .no_method = true,
    .hosted = true)
AdjTensor *op_batch_norm(AdjTensor *input, AdjTensor *running_mean, AdjTensor *running_var,
                         AdjTensor *weight, AdjTensor *bias, bool training, double momentum,
                         double eps)
{
    AdjTensor *own[] = {running_mean, running_var, weight, bias};
    Statistics s;
    if (!check_batch(input, own, training) || !statistics(input, own, training, &s))
        return NULL;
    if (training && input->numel) {
        double count = (double)(input->numel / input->sizes[1]);
        if (!keep_running(running_mean, s.mean, momentum, 1) ||
            !keep_running(running_var, s.var, momentum, count / (count - 1)))
            return NULL;
    }
    return affine(input, s, weight, bias, eps);
}

// ---------------------------------------------------------------- groups of channels

static bool check_groups(const AdjTensor *x, int64_t groups, AdjTensor *const *own)
{
    static const char *const names[] = {"weight", "bias"};
    if (x->ndim < 2) {
        return adj_fail(ADJ_E_SHAPE,
                        "group_norm: Expected at least 2 dimensions for input tensor but "
                        "received %d",
                        x->ndim);
    }
    if (groups < 1 || x->sizes[1] % groups) {
        return adj_fail(ADJ_E_SHAPE,
                        "group_norm: Expected number of channels in input to be divisible by "
                        "num_groups, but got input of shape %s and num_groups=%lld",
                        adj_shape_text(adj_shape(x)), (long long)groups);
    }
    for (int i = 0; i < 2; i++) {
        if (!own[i] || (own[i]->ndim == 1 && own[i]->sizes[0] == x->sizes[1])) continue;
        return adj_fail(ADJ_E_SHAPE,
                        "group_norm: Expected %s to be a vector of size equal to the number of "
                        "channels in input, but got %s of shape %s and input of shape %s",
                        names[i], names[i], adj_shape_text(adj_shape(own[i])),
                        adj_shape_text(adj_shape(x)));
    }
    return true;
}

// weight x + bias for every channel: batch_norm with the statistics 0 and 1 does both, forward
// and backward, in one pass each.
static AdjTensor *of_channels(AdjTensor *x, AdjTensor *weight, AdjTensor *bias)
{
    if (!x || (!weight && !bias)) return x;
    AdjShape channels = ADJ_SHAPE(x->sizes[1]);
    AdjDtype dtype = adj_dtype(weight ? weight : bias);
    AdjTensor *mean = adj_zeros(channels, dtype), *var = adj_ones(channels, dtype);
    return adj_batch_norm(x, mean, var, weight, bias, false, 0, 0);
}

ADJ_OP(group_norm,
       "(input: tensor, num_groups: int, weight: tensor? = None, bias: tensor? = None, eps: "
       "float = 1e-05) -> tensor",
       "(x - mean) / sqrt(variance + eps) * weight + bias, mean and (biased) variance of each "
       "sample over each of num_groups groups of channels; weight and bias one per channel.\n"
       "shapes  input (N, C, ...), C a multiple of num_groups; weight and bias (C)\n"
       "errors  Shape: num_groups does not divide C, or weight or bias are not (C)",
       .source = "Wu and He 2018", .no_method = true)
AdjTensor *op_group_norm(AdjTensor *input, int64_t num_groups, AdjTensor *weight,
                         AdjTensor *bias, double eps)
{
    if (!check_groups(input, num_groups, (AdjTensor *[]){weight, bias})) return NULL;
    int64_t rows = input->sizes[0] * num_groups;
    int64_t length = rows ? input->numel / rows : 0;
    AdjTensor *x = adj_reshape(input, ADJ_SHAPE(rows, length));
    AdjTensor *h = input->numel ? adj_layer_norm(x, ADJ_SHAPE(length), NULL, NULL, eps) : x;
    return of_channels(adj_reshape(h, adj_shape(input)), weight, bias);
}

// ---------------------------------------------------------------- instances

// The running values of a channel, once for every sample.
static AdjTensor *per_sample(AdjTensor *t, int64_t samples)
{
    return t ? adj_repeat(t, ADJ_SHAPE(samples)) : NULL;
}

// What the samples' copies of the running values have become, on average.
static bool gather_running(AdjTensor *running, AdjTensor *copies, int64_t samples)
{
    AdjTensor *rows = adj_reshape(copies, ADJ_SHAPE(samples, running->numel));
    AdjTensor *now = adj_mean(rows, ADJ_SHAPE(0), false, ADJ_SAME);
    if (!now || !adj_copy_data(running, now)) return false;
    adj_touch(running);
    return true;
}

static bool check_instances(const AdjTensor *x, bool own, bool statistics)
{
    if (x->ndim < 3) {
        return adj_fail(ADJ_E_SHAPE, "instance_norm: expected input (N, C, ...), got shape %s",
                        adj_shape_text(adj_shape(x)));
    }
    int64_t places = 1;
    for (int d = 2; d < x->ndim; d++) places *= x->sizes[d];
    if (own && places == 1) {
        return adj_fail(ADJ_E_VALUE,
                        "instance_norm: Expected more than 1 spatial element when training, "
                        "got input size %s",
                        adj_shape_text(adj_shape(x)));
    }
    if (own || statistics) return true;
    return adj_fail(ADJ_E_RUNTIME, "instance_norm: Expected running_mean and running_var to be "
                                   "defined when use_input_stats is false");
}

ADJ_OP(
    instance_norm,
    "(input: tensor, running_mean: tensor? = None, running_var: tensor? = None, weight: "
    "tensor? = None, bias: tensor? = None, use_input_stats: bool = True, momentum: float = "
    "0.1, eps: float = 1e-05) -> tensor",
    "(x - mean) / sqrt(var + eps) * weight + bias, mean and biased variance of every channel "
    "of "
    "every sample, or without use_input_stats the running ones of its channel.\n"
    "shapes  input (N, C, ...), the others (C)\n"
    "notes   with use_input_stats the running values move by the mean over the samples: r = (1 "
    "- momentum) r + momentum now, with the unbiased variance\n"
    "errors  Shape: not one value per channel; Value: one place per channel; Runtime: no "
    "running values without use_input_stats",
    .source = "Ulyanov, Vedaldi and Lempitsky 2016", .no_method = true)
AdjTensor *op_instance_norm(AdjTensor *input, AdjTensor *running_mean, AdjTensor *running_var,
                            AdjTensor *weight, AdjTensor *bias, bool use_input_stats,
                            double momentum, double eps)
{
    if (!check_instances(input, use_input_stats, running_mean && running_var)) return NULL;
    int64_t samples = input->sizes[0];
    AdjShape shape = adj_shape(input);
    shape.at[1] *= samples;
    shape.at[0] = 1;
    AdjTensor *mean = per_sample(running_mean, samples),
              *var = per_sample(running_var, samples);
    AdjTensor *y =
        adj_batch_norm(adj_reshape(input, shape), mean, var, per_sample(weight, samples),
                       per_sample(bias, samples), use_input_stats, momentum, eps);
    if (!y) return NULL;
    if (use_input_stats && ((running_mean && !gather_running(running_mean, mean, samples)) ||
                            (running_var && !gather_running(running_var, var, samples))))
        return NULL;
    return adj_reshape(y, adj_shape(input));
}

// ---------------------------------------------------------------- neighbouring channels

ADJ_OP(local_response_norm,
       "(input: tensor, size: int, alpha: float = 0.0001, beta: float = 0.75, k: float = 1) -> "
       "tensor",
       "x / (k + alpha mean x^2)^beta, the mean over the size channels around each, channels "
       "beyond the edges counting as 0.\n"
       "shapes  (N, C, ...), at least 3 axes\nerrors  Value: fewer axes, or size below 1",
       .source = "Krizhevsky, Sutskever and Hinton 2012", .no_method = true)
AdjTensor *op_local_response_norm(AdjTensor *input, int64_t size, double alpha, double beta,
                                  double k)
{
    if (input->ndim < 3 || size < 1) {
        return adj_fail(ADJ_E_VALUE,
                        "local_response_norm: Expected 3D or higher dimensionality input and a "
                        "size of at least 1, got %dD and size %lld",
                        input->ndim, (long long)size);
    }
    if (input->numel == 0) return input;
    int64_t reach = size / 2, back = (size - 1) / 2;
    // Beyond the channels there are zeros only.
    if (reach > input->sizes[1]) reach = input->sizes[1];
    if (back > input->sizes[1]) back = input->sizes[1];
    int64_t around[2 * ADJ_MAX_DIMS] = {0}, channels = input->sizes[1];
    int n = 2 * (input->ndim - 1);  // pad counts from the last axis up to the channels'
    around[n - 2] = reach;
    around[n - 1] = back;
    AdjTensor *squares =
        adj_constant_pad_nd(adj_mul(input, input), (AdjLongs){n, around}, ADJ_I(0));
    AdjTensor *sum = adj_narrow(squares, 1, 0, channels);
    for (int64_t i = 1; i <= reach + back; i++)
        sum = adj_add(sum, adj_narrow(squares, 1, i, channels), ADJ_I(1));
    AdjTensor *base = adj_mul(sum, adj_number(ADJ_F(alpha / (double)size)));
    base = adj_add(base, adj_number(ADJ_F(k)), ADJ_I(1));
    return adj_div(input, adj_pow(base, adj_number(ADJ_F(beta))), NULL);
}
