// SPDX-License-Identifier: Apache-2.0
// save_nn.c: activations and normalisations of ours as nodes of ONNX.
#include "io/onnx/save.h"

// ---------------------------------------------------------------- activations

// x / 2 (1 + erf(x / sqrt 2)), or with tanh(sqrt(2 / pi) (x + 0.044715 x^3)) for the erf; an
// operator of its own from version 20 on.
bool adj_onnx_save_gelu(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *x = in(s, step, 0), *kind = adj_step_arg(step, "approximate")->s, *inner;
    if (adj_onnx_opset(s) >= 20)
        return done(s, step,
                    adj_onnx_node(s, "Gelu", ADJ_NAMES(x),
                                  ADJ_ATTRS(ADJ_ATTR_STR("approximate", kind))));
    if (!strcmp(kind, "none")) {
        inner = one(s, "Erf", with(s, step, "Mul", x, M_SQRT1_2));
    } else {
        const char *cube = two(s, "Mul", two(s, "Mul", x, x), x);
        inner = two(s, "Add", x, with(s, step, "Mul", cube, 0.044715));
        inner = one(s, "Tanh", with(s, step, "Mul", inner, sqrt(2 / M_PI)));
    }
    inner = with(s, step, "Add", inner, 1);
    return done(s, step, two(s, "Mul", with(s, step, "Mul", x, 0.5), inner));
}

// Above threshold / beta ours is the identity, which differs by less than e^-threshold: by
// nothing that float32 holds when the threshold is not small.
bool adj_onnx_save_softplus(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    double beta = adj_step_arg(step, "beta")->f;
    double threshold = adj_step_arg(step, "threshold")->f;
    const char *x = in(s, step, 0), *scaled = beta == 1 ? x : with(s, step, "Mul", x, beta);
    const char *y = one(s, "Softplus", scaled);
    if (beta != 1) y = with(s, step, "Div", y, beta);
    if (threshold >= 16) return done(s, step, y);
    const char *over = with(s, step, "Greater", scaled, threshold);
    return done(s, step, adj_onnx_node(s, "Where", ADJ_NAMES(over, x, y), NULL));
}

bool adj_onnx_save_hardsigmoid(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return done(s, step,
                adj_onnx_node(
                    s, "HardSigmoid", ADJ_NAMES(in(s, step, 0)),
                    ADJ_ATTRS(ADJ_ATTR_FLOAT("alpha", 1.0 / 6), ADJ_ATTR_FLOAT("beta", 0.5))));
}

static bool save_shrink(AdjOnnxSaver *s, const AdjStep *step, double bias)
{
    double lambd = adj_step_arg(step, "lambd")->f;
    return done(
        s, step,
        adj_onnx_node(s, "Shrink", ADJ_NAMES(in(s, step, 0)),
                      ADJ_ATTRS(ADJ_ATTR_FLOAT("lambd", lambd), ADJ_ATTR_FLOAT("bias", bias))));
}

bool adj_onnx_save_softshrink(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_shrink(s, step, adj_step_arg(step, "lambd")->f);
}

bool adj_onnx_save_hardshrink(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_shrink(s, step, 0);
}

bool adj_onnx_save_silu(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *x = in(s, step, 0);
    return done(s, step, two(s, "Mul", x, one(s, "Sigmoid", x)));
}

// The first half of the axis times the sigmoid of the second.
bool adj_onnx_save_glu(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    int64_t axis = adj_step_arg(step, "dim")->i, half = adj_size(step->out[0], axis);
    const char *names[] = {in(s, step, 0), ints(s, 2, (int64_t[]){half, half})}, *part[2];
    if (!adj_onnx_nodes(s, "Split", 2, names, ADJ_ATTRS(ADJ_ATTR_INT("axis", axis)), 2, part))
        return false;
    return done(s, step, two(s, "Mul", part[0], one(s, "Sigmoid", part[1])));
}

bool adj_onnx_save_mish(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *x = in(s, step, 0);
    return done(s, step, two(s, "Mul", x, one(s, "Tanh", one(s, "Softplus", x))));
}

static bool save_clipped(AdjOnnxSaver *s, const AdjStep *step, double low, double high)
{
    const char *lo = adj_onnx_number(s, low, out_type(step));
    const char *hi = adj_onnx_number(s, high, out_type(step));
    return done(s, step, adj_onnx_node(s, "Clip", ADJ_NAMES(in(s, step, 0), lo, hi), NULL));
}

bool adj_onnx_save_relu6(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_clipped(s, step, 0, 6);
}

bool adj_onnx_save_hardtanh(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_clipped(s, step, adj_step_arg(step, "min_val")->f,
                        adj_step_arg(step, "max_val")->f);
}

// log(sigmoid(x)) = -softplus(-x)
bool adj_onnx_save_logsigmoid(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *x = one(s, "Softplus", one(s, "Neg", in(s, step, 0)));
    return done(s, step, one(s, "Neg", x));
}

bool adj_onnx_save_tanhshrink(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *x = in(s, step, 0);
    return done(s, step, two(s, "Sub", x, one(s, "Tanh", x)));
}

bool adj_onnx_save_threshold(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *x = in(s, step, 0);
    const char *over = with(s, step, "Greater", x, adj_step_arg(step, "threshold")->f);
    const char *value = adj_onnx_number(s, adj_step_arg(step, "value")->f, out_type(step));
    return done(s, step, adj_onnx_node(s, "Where", ADJ_NAMES(over, x, value), NULL));
}

// A weight per channel, in the shape that broadcasts along axis 1.
static const char *by_channel(AdjOnnxSaver *s, const char *w, int ndim)
{
    int64_t shape[ADJ_MAX_DIMS];
    for (int d = 0; d < ndim; d++) shape[d] = d == 1 ? -1 : 1;
    return two(s, "Reshape", w, adj_onnx_ints_name(s, (AdjLongs){ndim, shape}));
}

bool adj_onnx_save_prelu(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *w = in(s, step, 1);
    if (step->in[1]->numel > 1 && step->in[0]->ndim > 2)
        w = by_channel(s, w, step->in[0]->ndim);
    return done(s, step, two(s, "PRelu", in(s, step, 0), w));
}

static bool save_along(AdjOnnxSaver *s, const AdjStep *step, const char *type)
{
    const char *x = adj_onnx_name_as(s, step->in[0], out_type(step));
    return done(s, step,
                adj_onnx_node(s, type, ADJ_NAMES(x),
                              ADJ_ATTRS(ADJ_ATTR_INT("axis", adj_step_arg(step, "dim")->i))));
}

bool adj_onnx_save_softmax(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_along(s, step, "Softmax");
}

bool adj_onnx_save_log_softmax(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_along(s, step, "LogSoftmax");
}

// ---------------------------------------------------------------- normalisations

// Input [i], or [value] in [shape] where it was left out.
static const char *or_full(AdjOnnxSaver *s, const AdjStep *step, int i, AdjShape shape,
                           double value)
{
    ADJ_SCOPE;
    if (step->in[i]) return in(s, step, i);
    return adj_onnx_constant(s, adj_full(shape, ADJ_F(value), out_type(step)));
}

// With the statistics of the batch, as instance norm takes them: mean and biased variance of
// each channel.
static bool save_batch_moments(AdjOnnxSaver *s, const AdjStep *step)
{
    int n = step->in[0]->ndim;
    AdjShape axes = ADJ_SHAPE(0);
    for (int d = 2; d < n; d++) axes.at[axes.n++] = d;
    const char *x = in(s, step, 0), *mean = adj_onnx_reduced(s, "ReduceMean", x, axes, true);
    const char *from = two(s, "Sub", x, mean), *square = two(s, "Mul", from, from);
    square = adj_onnx_reduced(s, "ReduceMean", square, axes, true);
    square = with(s, step, "Add", square, adj_step_arg(step, "eps")->f);
    const char *y = two(s, "Div", from, one(s, "Sqrt", square));
    if (step->in[3]) y = two(s, "Mul", y, by_channel(s, in(s, step, 3), n));
    if (step->in[4]) y = two(s, "Add", y, by_channel(s, in(s, step, 4), n));
    return done(s, step, y);
}

bool adj_onnx_save_batch_norm(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    bool training = adj_step_arg(step, "training")->b;
    if (training && (step->in[1] || step->in[2]))
        return cannot(step, "training=True; call eval() first");
    if (training) return save_batch_moments(s, step);
    AdjShape channels = ADJ_SHAPE(step->in[0]->sizes[1]);
    const char *names[] = {in(s, step, 0), or_full(s, step, 3, channels, 1),
                           or_full(s, step, 4, channels, 0), in(s, step, 1), in(s, step, 2)};
    double eps = adj_step_arg(step, "eps")->f;
    return done(s, step,
                adj_onnx_node(s, "BatchNormalization", 5, names,
                              ADJ_ATTRS(ADJ_ATTR_FLOAT("epsilon", eps))));
}

bool adj_onnx_save_layer_norm(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    AdjShape shape = adj_step_arg(step, "normalized_shape")->ints;
    double eps = adj_step_arg(step, "eps")->f;
    const char *weight = or_full(s, step, 1, shape, 1), *bias = or_full(s, step, 2, shape, 0);
    return done(s, step,
                adj_onnx_node(
                    s, "LayerNormalization", ADJ_NAMES(in(s, step, 0), weight, bias),
                    ADJ_ATTRS(ADJ_ATTR_INT("axis", -shape.n), ADJ_ATTR_FLOAT("epsilon", eps))));
}

// x / sqrt(mean(x^2) + eps) * weight; an operator of its own only from version 23 on.
bool adj_onnx_save_rms_norm(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    AdjShape shape = adj_step_arg(step, "normalized_shape")->ints;
    double eps = adj_step_arg(step, "eps")->f;
    if (isnan(eps)) eps = out_type(step) == ADJ_F64 ? 0x1p-52 : 0x1p-23;
    int64_t axes[ADJ_MAX_DIMS];
    for (int i = 0; i < shape.n; i++) axes[i] = -1 - i;
    AdjLongs list = {shape.n, axes};
    const char *x = in(s, step, 0), *square = two(s, "Mul", x, x), *mean;
    if (adj_onnx_opset(s) >= 18)
        mean = two(s, "ReduceMean", square, adj_onnx_ints_name(s, list));
    else
        mean = adj_onnx_node(s, "ReduceMean", ADJ_NAMES(square),
                             ADJ_ATTRS(ADJ_ATTR_INTS("axes", list)));
    const char *y = two(s, "Div", x, one(s, "Sqrt", with(s, step, "Add", mean, eps)));
    return done(s, step, step->in[1] ? two(s, "Mul", y, in(s, step, 1)) : y);
}

// At rest it does nothing.
bool adj_onnx_save_dropout(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    if (adj_step_arg(step, "training")->b && adj_step_arg(step, "p")->f > 0)
        return cannot(step, "training=True; call eval() first");
    return done(s, step, in(s, step, 0));
}
