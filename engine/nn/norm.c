// SPDX-License-Identifier: Apache-2.0
// norm.c: LayerNorm, RMSNorm and BatchNorm1d. They start as no change at all: weight 1, bias 0.
#include "nn/module.h"

// ---------------------------------------------------------------- over the last axes

static bool add_filled(AdjModule *m, const char *name, bool wanted, AdjShape shape,
                       AdjDtype dtype, double value)
{
    AdjTensor *t =
        wanted ? adj_full(shape, ADJ_F(value), dtype == ADJ_SAME ? adj_default_dtype() : dtype)
               : NULL;
    return (t || !wanted) && adj_module_add_param(m, name, t);
}

static bool layer_norm_build(AdjModule *m)
{
    AdjShape shape = m->arg[LayerNorm_normalized_shape].ints;
    AdjDtype dtype = m->arg[LayerNorm_dtype].dtype;
    bool affine = m->arg[LayerNorm_elementwise_affine].b, *bias = &m->arg[LayerNorm_bias].b;
    *bias = affine && *bias;
    return add_filled(m, "weight", affine, shape, dtype, 1) &&
           add_filled(m, "bias", *bias, shape, dtype, 0);
}

static bool layer_norm_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    out->t = adj_layer_norm(in[0].t, m->arg[LayerNorm_normalized_shape].ints, adj_param(m, 0),
                            adj_param(m, 1), m->arg[LayerNorm_eps].f);
    return out->t != NULL;
}

ADJ_MODULE(
    LayerNorm,
    "(normalized_shape: ints, eps: float = 1e-05, elementwise_affine: bool = True, bias: "
    "bool = True, dtype: dtype? = None)",
    "(input: tensor) -> tensor",
    "(x - mean) / sqrt(variance + eps) * weight + bias, mean and (biased) variance of each "
    "sample over the last axes.\n"
    "shapes  (..., *normalized_shape); weight and bias of normalized_shape\n"
    "errors  Shape: input does not end in normalized_shape",
    .source = "Ba, Kiros and Hinton 2016",
    .repr = "{normalized_shape}{eps=}{elementwise_affine=}{bias=}", .build = layer_norm_build,
    .forward = layer_norm_forward)

static bool rms_norm_build(AdjModule *m)
{
    return add_filled(m, "weight", m->arg[RMSNorm_elementwise_affine].b,
                      m->arg[RMSNorm_normalized_shape].ints, m->arg[RMSNorm_dtype].dtype, 1);
}

static bool rms_norm_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    out->t = adj_rms_norm(in[0].t, m->arg[RMSNorm_normalized_shape].ints, adj_param(m, 0),
                          m->arg[RMSNorm_eps].f);
    return out->t != NULL;
}

ADJ_MODULE(
    RMSNorm,
    "(normalized_shape: ints, eps: float? = None, elementwise_affine: bool = True, dtype: "
    "dtype? = None)",
    "(input: tensor) -> tensor",
    "x / sqrt(mean x^2 + eps) * weight, the mean over the last axes.\n"
    "shapes  (..., *normalized_shape); weight of normalized_shape\n"
    "notes   without eps the smallest step of the element type is taken\n"
    "errors  Shape: input does not end in normalized_shape",
    .source = "Zhang and Sennrich 2019",
    .repr = "{normalized_shape}{eps=}{elementwise_affine=}", .build = rms_norm_build,
    .forward = rms_norm_forward)

// ---------------------------------------------------------------- over the batch

enum { WEIGHT, BIAS };                        // places of parameters
enum { RUNNING_MEAN, RUNNING_VAR, BATCHES };  // and of buffers

static bool batch_norm_build(AdjModule *m)
{
    AdjShape shape = ADJ_SHAPE(m->arg[BatchNorm1d_num_features].i);
    AdjDtype dtype = m->arg[BatchNorm1d_dtype].dtype;
    if (dtype == ADJ_SAME) dtype = adj_default_dtype();
    bool affine = m->arg[BatchNorm1d_affine].b, *bias = &m->arg[BatchNorm1d_bias].b;
    bool track = m->arg[BatchNorm1d_track_running_stats].b;
    *bias = affine && *bias;
    AdjTensor *mean = track ? adj_zeros(shape, dtype) : NULL;
    AdjTensor *var = track ? adj_ones(shape, dtype) : NULL;
    AdjTensor *batches = track ? adj_zeros(ADJ_SCALAR_SHAPE, ADJ_I64) : NULL;
    return add_filled(m, "weight", affine, shape, dtype, 1) &&
           add_filled(m, "bias", *bias, shape, dtype, 0) &&
           adj_module_add_buffer(m, "running_mean", mean, true) &&
           adj_module_add_buffer(m, "running_var", var, true) &&
           adj_module_add_buffer(m, "num_batches_tracked", batches, true);
}

// Running statistics that nobody has written since they were made say nothing about any data.
static bool check_trained(const AdjModule *m)
{
    AdjTensor *mean = adj_buffer(m, RUNNING_MEAN), *batches = adj_buffer(m, BATCHES);
    if (m->arg[BatchNorm1d_untrained_eval].b || !mean || adj_version(mean)) return true;
    if (batches && adj_item(batches) != 0) return true;
    return adj_fail(ADJ_E_RUNTIME,
                    "BatchNorm1d: %s is evaluated before any training step: its running mean "
                    "and variance are still 0 and 1. Train it or load a state dict first, or "
                    "construct it with untrained_eval=True",
                    adj_thread.module && *adj_thread.module ? adj_thread.module : "the module");
}

// Counts the batch and returns the share that it has in the running values.
static double momentum_now(AdjModule *m)
{
    AdjTensor *batches = adj_buffer(m, BATCHES);
    double momentum = m->arg[BatchNorm1d_momentum].f;
    if (!batches) return isnan(momentum) ? 0 : momentum;
    int64_t *count = (int64_t *)adj_ptr(batches);
    ++*count;
    adj_touch(batches);
    return isnan(momentum) ? 1 / (double)*count : momentum;
}

static bool batch_norm_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    AdjTensor *x = in[0].t, *mean = adj_buffer(m, RUNNING_MEAN);
    AdjTensor *var = adj_buffer(m, RUNNING_VAR);
    if (x->ndim != 2 && x->ndim != 3) {
        return adj_fail(ADJ_E_VALUE, "BatchNorm1d: expected 2D or 3D input (got %dD input)",
                        x->ndim);
    }
    bool tracked = mean && var, batch = m->training || !tracked;
    if (!m->training && !check_trained(m)) return false;
    double momentum = m->training && tracked ? momentum_now(m) : 0;
    out->t =
        adj_batch_norm(x, tracked ? mean : NULL, tracked ? var : NULL, adj_param(m, WEIGHT),
                       adj_param(m, BIAS), batch, momentum, m->arg[BatchNorm1d_eps].f);
    return out->t != NULL;
}

ADJ_MODULE(
    BatchNorm1d,
    "(num_features: int[1,], eps: float = 1e-05, momentum: float? = 0.1, affine: bool = "
    "True, track_running_stats: bool = True, bias: bool = True, untrained_eval: bool = "
    "False, dtype: dtype? = None)",
    "(input: tensor) -> tensor",
    "(x - mean) / sqrt(var + eps) * weight + bias, channel by channel: in training with "
    "mean and biased variance of the batch, in evaluation with the running ones.\n"
    "shapes  (N, C) or (N, C, L), C = num_features; weight, bias, running_mean and "
    "running_var (C)\n"
    "notes   training moves the running values: r = (1 - momentum) r + momentum now, with "
    "the unbiased variance; momentum None weighs all batches alike. Evaluation before the "
    "first training step is refused, since the running values are still those of no data; "
    "untrained_eval=True allows it\n"
    "errors  Value: not 2 or 3 axes, or a single value per channel in training; Shape: C "
    "differs; Runtime: evaluated before it was trained",
    .source = "Ioffe and Szegedy 2015",
    .repr = "{num_features}{eps=}{momentum=}{affine=}{bias=}{track_running_stats=}"
            "{untrained_eval?}",
    .build = batch_norm_build, .forward = batch_norm_forward)
