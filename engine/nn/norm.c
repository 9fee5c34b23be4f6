// SPDX-License-Identifier: Apache-2.0
// norm.c: LayerNorm, RMSNorm and GroupNorm, which look at one sample at a time. They start as
// no change at all: weight 1, bias 0.
#include "nn/module.h"

// ---------------------------------------------------------------- over the last axes

static bool is_shape(const AdjModule *m, AdjShape shape)
{
    for (int i = 0; i < shape.n; i++)
        if (shape.at[i] < 0)
            return adj_fail(ADJ_E_VALUE, "%s: normalized_shape must be at least 0, got %s",
                            m->row->name, adj_shape_text(shape));
    return true;
}

static bool layer_norm_build(AdjModule *m)
{
    AdjShape shape = m->arg[LayerNorm_normalized_shape].ints;
    AdjDtype dtype = m->arg[LayerNorm_dtype].dtype;
    bool affine = m->arg[LayerNorm_elementwise_affine].b, *bias = &m->arg[LayerNorm_bias].b;
    *bias = affine && *bias;
    return is_shape(m, shape) && adj_module_add_filled(m, "weight", affine, shape, dtype, 1) &&
           adj_module_add_filled(m, "bias", *bias, shape, dtype, 0);
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
    AdjShape shape = m->arg[RMSNorm_normalized_shape].ints;
    return is_shape(m, shape) &&
           adj_module_add_filled(m, "weight", m->arg[RMSNorm_elementwise_affine].b, shape,
                                 m->arg[RMSNorm_dtype].dtype, 1);
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

// ---------------------------------------------------------------- over groups of channels

static bool group_norm_build(AdjModule *m)
{
    int64_t groups = m->arg[GroupNorm_num_groups].i,
            channels = m->arg[GroupNorm_num_channels].i;
    AdjDtype dtype = m->arg[GroupNorm_dtype].dtype;
    bool affine = m->arg[GroupNorm_affine].b, *bias = &m->arg[GroupNorm_bias].b;
    if (channels % groups) {
        return adj_fail(ADJ_E_VALUE,
                        "GroupNorm: num_channels must be divisible by num_groups, got %lld "
                        "channels in %lld groups",
                        (long long)channels, (long long)groups);
    }
    *bias = affine && *bias;
    return adj_module_add_filled(m, "weight", affine, ADJ_SHAPE(channels), dtype, 1) &&
           adj_module_add_filled(m, "bias", *bias, ADJ_SHAPE(channels), dtype, 0);
}

static bool group_norm_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    out->t = adj_group_norm(in[0].t, m->arg[GroupNorm_num_groups].i, adj_param(m, 0),
                            adj_param(m, 1), m->arg[GroupNorm_eps].f);
    return out->t != NULL;
}

ADJ_MODULE(
    GroupNorm,
    "(num_groups: int[1,], num_channels: int[1,], eps: float = 1e-05, affine: bool = True, "
    "bias: bool = True, dtype: dtype? = None)",
    "(input: tensor) -> tensor",
    "(x - mean) / sqrt(variance + eps) * weight + bias, mean and (biased) variance of each "
    "sample over each of num_groups groups of channels; weight and bias one per channel.\n"
    "shapes  (N, C, ...), C = num_channels, a multiple of num_groups; weight and bias (C)\n"
    "notes   independent of the batch's size, and alike in training and evaluation. One group "
    "is a LayerNorm over channels and places, one per channel an InstanceNorm\n"
    "errors  Value: num_groups does not divide num_channels; Shape: C differs",
    .source = "Wu and He 2018", .repr = "{num_groups}{num_channels}{eps=}{affine=}{bias=}",
    .build = group_norm_build, .forward = group_norm_forward)

// ---------------------------------------------------------------- over neighbouring channels

static bool response_norm_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    out->t = adj_local_response_norm(
        in[0].t, m->arg[LocalResponseNorm_size].i, m->arg[LocalResponseNorm_alpha].f,
        m->arg[LocalResponseNorm_beta].f, m->arg[LocalResponseNorm_k].f);
    return out->t != NULL;
}

ADJ_MODULE(LocalResponseNorm,
           "(size: int[1,], alpha: float = 0.0001, beta: float = 0.75, k: float = 1)",
           "(input: tensor) -> tensor",
           "x / (k + alpha mean x^2)^beta, the mean over the size channels around each, "
           "channels beyond the edges counting as 0.\n"
           "shapes  (N, C, ...), at least 3 axes\nerrors  Value: fewer axes",
           .source = "Krizhevsky, Sutskever and Hinton 2012",
           .repr = "{size}{alpha=}{beta=}{k=}", .forward = response_norm_forward,
           .functional = true)
