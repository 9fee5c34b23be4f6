// SPDX-License-Identifier: Apache-2.0
// batch_norm.c: BatchNorm1d to 3d, which look at a whole batch, and InstanceNorm1d to 3d, which
// share their running values but look at one sample.
//
// All six have the same arguments at the same places, so one build and one forward serve them;
// a kind is the number of axes it takes and what it does with a batch.
#include "nn/module.h"

enum { WEIGHT, BIAS };                        // places of parameters
enum { RUNNING_MEAN, RUNNING_VAR, BATCHES };  // and of buffers
// The places of arguments, the same for every kind.
enum { FEATURES, EPS, MOMENTUM, AFFINE, TRACK, HAS_BIAS, UNTRAINED_EVAL };
#define AT(Name, argument, place) (int)Name##_##argument == (int)(place)
#define SAME_PLACES(Name)                                                                \
    _Static_assert(AT(Name, num_features, FEATURES) && AT(Name, eps, EPS) &&             \
                       AT(Name, momentum, MOMENTUM) && AT(Name, affine, AFFINE) &&       \
                       AT(Name, track_running_stats, TRACK) && AT(Name, bias, HAS_BIAS), \
                   "the order of arguments");

static bool build(AdjModule *m, AdjDtype dtype)
{
    AdjShape shape = ADJ_SHAPE(m->arg[FEATURES].i);
    if (dtype == ADJ_SAME) dtype = adj_default_dtype();
    bool affine = m->arg[AFFINE].b, *bias = &m->arg[HAS_BIAS].b, track = m->arg[TRACK].b;
    *bias = affine && *bias;
    AdjTensor *mean = track ? adj_zeros(shape, dtype) : NULL;
    AdjTensor *var = track ? adj_ones(shape, dtype) : NULL;
    AdjTensor *batches = track ? adj_zeros(ADJ_SCALAR_SHAPE, ADJ_I64) : NULL;
    return adj_module_add_filled(m, "weight", affine, shape, dtype, 1) &&
           adj_module_add_filled(m, "bias", *bias, shape, dtype, 0) &&
           adj_module_add_buffer(m, "running_mean", mean, true) &&
           adj_module_add_buffer(m, "running_var", var, true) &&
           adj_module_add_buffer(m, "num_batches_tracked", batches, true);
}

// ---------------------------------------------------------------- over the batch

// Running statistics that nobody has written since they were made say nothing about any data.
static bool check_trained(const AdjModule *m)
{
    AdjTensor *mean = adj_buffer(m, RUNNING_MEAN), *batches = adj_buffer(m, BATCHES);
    if (m->arg[UNTRAINED_EVAL].b || !mean || adj_version(mean)) return true;
    if (batches && adj_item(batches) != 0) return true;
    return adj_fail(ADJ_E_RUNTIME,
                    "%s: %s is evaluated before any training step: its running mean "
                    "and variance are still 0 and 1. Train it or load a state dict first, or "
                    "construct it with untrained_eval=True",
                    m->row->name,
                    adj_thread.module && *adj_thread.module ? adj_thread.module : "the module");
}

// Counts the batch and returns the share that it has in the running values.
static double momentum_now(AdjModule *m)
{
    AdjTensor *batches = adj_buffer(m, BATCHES);
    double momentum = m->arg[MOMENTUM].f;
    if (!batches) return isnan(momentum) ? 0 : momentum;
    bool was = adj_set_grad_enabled(false);
    AdjTensor *more = adj_add(batches, adj_number(ADJ_I(1)), ADJ_I(1));
    adj_set_grad_enabled(was);
    if (!more || !adj_copy_data(batches, more)) return 0;
    adj_touch(batches);
    return isnan(momentum) ? 1 / adj_item(batches) : momentum;
}

static bool check_axes(const AdjModule *m, const AdjTensor *x, int low, int high)
{
    if (x->ndim == low || x->ndim == high) return true;
    if (low == high)
        return adj_fail(ADJ_E_VALUE, "%s: expected %dD input (got %dD input)", m->row->name,
                        low, x->ndim);
    return adj_fail(ADJ_E_VALUE, "%s: expected %dD or %dD input (got %dD input)", m->row->name,
                    low, high, x->ndim);
}

static bool batch_forward(AdjModule *m, AdjTensor *x, int low, int high, AdjValue *out)
{
    AdjTensor *mean = adj_buffer(m, RUNNING_MEAN), *var = adj_buffer(m, RUNNING_VAR);
    if (!check_axes(m, x, low, high)) return false;
    bool tracked = mean && var, batch = m->training || !tracked;
    if (!m->training && !check_trained(m)) return false;
    double momentum = m->training && tracked ? momentum_now(m) : 0;
    out->t =
        adj_batch_norm(x, tracked ? mean : NULL, tracked ? var : NULL, adj_param(m, WEIGHT),
                       adj_param(m, BIAS), batch, momentum, m->arg[EPS].f);
    return out->t != NULL;
}

#define BATCH_NORM(Name, low, high)                                                     \
    SAME_PLACES(Name)                                                                   \
    _Static_assert(AT(Name, untrained_eval, UNTRAINED_EVAL), "the order of arguments"); \
    static bool Name##_build(AdjModule *m)                                              \
    {                                                                                   \
        return build(m, m->arg[Name##_dtype].dtype);                                    \
    }                                                                                   \
    static bool Name##_forward(AdjModule *m, const AdjValue *in, AdjValue *out)         \
    {                                                                                   \
        return batch_forward(m, in[0].t, low, high, out);                               \
    }
BATCH_NORM(BatchNorm1d, 2, 3)
BATCH_NORM(BatchNorm2d, 4, 4)
BATCH_NORM(BatchNorm3d, 5, 5)

#define BATCH_NORM_ROW(n)                                                           \
    .source = "Ioffe and Szegedy 2015",                                             \
    .repr = "{num_features}{eps=}{momentum=}{affine=}{bias=}{track_running_stats=}" \
            "{untrained_eval?}",                                                    \
    .build = BatchNorm##n##d_build, .forward = BatchNorm##n##d_forward
ADJ_MODULE_AXES(
    BatchNorm,
    "(num_features: int[1,], eps: float = 1e-05, momentum: float? = 0.1, affine: bool = True, "
    "track_running_stats: bool = True, bias: bool = True, untrained_eval: bool = False, "
    "dtype: dtype? = None)",
    "(input: tensor) -> tensor",
    "(x - mean) / sqrt(var + eps) * weight + bias, channel by channel: in training with mean "
    "and biased variance of the batch, in evaluation with the running ones.\n"
    "shapes  {(N, C) or (N, C, L)|(N, C, H, W)|(N, C, D, H, W)}, C = num_features; weight, "
    "bias, running_mean and running_var (C)\n"
    "notes   training moves the running values: r = (1 - momentum) r + momentum now, with the "
    "unbiased variance; momentum None weighs all batches alike. Evaluation before the first "
    "training step is refused, since the running values are still those of no data; "
    "untrained_eval=True allows it\n"
    "errors  Value: not {2 or 3|4|5} axes, or a single value per channel in training; Shape: "
    "C differs; Runtime: evaluated before it was trained",
    BATCH_NORM_ROW)

// ---------------------------------------------------------------- over single samples

// A single sample, without the axis of the batch, becomes a batch of one.
static bool instance_forward(AdjModule *m, AdjTensor *x, int axes, AdjValue *out)
{
    AdjTensor *mean = adj_buffer(m, RUNNING_MEAN), *var = adj_buffer(m, RUNNING_VAR);
    if (!check_axes(m, x, axes - 1, axes)) return false;
    bool single = x->ndim < axes;
    int64_t channels = x->sizes[single ? 0 : 1];
    if (channels != m->arg[FEATURES].i) {
        return adj_fail(ADJ_E_VALUE,
                        "%s: expected input's size at dim=%d to match num_features (%lld), but "
                        "got: %lld",
                        m->row->name, single ? 0 : 1, (long long)m->arg[FEATURES].i,
                        (long long)channels);
    }
    AdjTensor *y = adj_instance_norm(single ? adj_unsqueeze(x, 0) : x, mean, var,
                                     adj_param(m, WEIGHT), adj_param(m, BIAS),
                                     m->training || !mean, m->arg[MOMENTUM].f, m->arg[EPS].f);
    out->t = single && y ? adj_squeeze(y, ADJ_SHAPE(0)) : y;
    return out->t != NULL;
}

#define INSTANCE_NORM(Name, axes)                                               \
    SAME_PLACES(Name)                                                           \
    static bool Name##_build(AdjModule *m)                                      \
    {                                                                           \
        return build(m, m->arg[Name##_dtype].dtype);                            \
    }                                                                           \
    static bool Name##_forward(AdjModule *m, const AdjValue *in, AdjValue *out) \
    {                                                                           \
        return instance_forward(m, in[0].t, axes, out);                         \
    }
INSTANCE_NORM(InstanceNorm1d, 3)
INSTANCE_NORM(InstanceNorm2d, 4)
INSTANCE_NORM(InstanceNorm3d, 5)

#define INSTANCE_NORM_ROW(n)                                                         \
    .source = "Ulyanov, Vedaldi and Lempitsky 2016",                                 \
    .repr = "{num_features}{eps=}{momentum=}{affine=}{bias=}{track_running_stats=}", \
    .build = InstanceNorm##n##d_build, .forward = InstanceNorm##n##d_forward
ADJ_MODULE_AXES(
    InstanceNorm,
    "(num_features: int[1,], eps: float = 1e-05, momentum: float = 0.1, affine: bool = False, "
    "track_running_stats: bool = False, bias: bool = True, dtype: dtype? = None)",
    "(input: tensor) -> tensor",
    "(x - mean) / sqrt(var + eps) * weight + bias, with mean and biased variance of every "
    "channel of every sample; in evaluation with the running ones, if these are tracked.\n"
    "shapes  (N, C, {L|H, W|D, H, W}) or (C, {L|H, W|D, H, W}), C = num_features; weight, "
    "bias, running_mean and running_var (C)\n"
    "notes   training with track_running_stats moves the running values, by the mean over the "
    "samples and with the unbiased variance\n"
    "errors  Value: other axes, C differs, or a single place per channel",
    INSTANCE_NORM_ROW)
