// SPDX-License-Identifier: Apache-2.0
// linear.c: Linear and Bilinear, and the modules that only change the shape: Identity, Flatten,
// Unflatten. Parameters are drawn in the order they are registered, weight and then bias, as
// PyTorch draws them.
#include "nn/module.h"

// ---------------------------------------------------------------- Linear

static bool linear_build(AdjModule *m)
{
    int64_t in = m->arg[Linear_in_features].i, out = m->arg[Linear_out_features].i;
    AdjDtype dtype = m->arg[Linear_dtype].dtype;
    const char *init = m->arg[Linear_init].s;
    AdjTensor *weight = adj_new(ADJ_SHAPE(out, in), dtype);
    double edge = in > 0 ? 1 / sqrt((double)in) : 0;
    if (!weight) return false;
    if (!strcmp(init, "pytorch"))
        adj_init_kaiming_uniform_(weight, sqrt(5.0), "fan_in", "leaky_relu");
    else if (!strcmp(init, "xavier"))
        adj_init_xavier_uniform_(weight, 1);
    else if (!strcmp(init, "kaiming"))
        adj_init_kaiming_uniform_(weight, 0, "fan_in", "relu");
    else if (!strcmp(init, "he"))
        adj_init_kaiming_normal_(weight, 0, "fan_in", "relu");
    else
        return adj_fail(ADJ_E_VALUE,
                        "Linear: init must be 'pytorch', 'xavier', 'kaiming' or 'he', got '%s'",
                        init);
    if (!adj_module_add_param(m, "weight", weight)) return false;
    if (!m->arg[Linear_bias].b) return adj_module_add_param(m, "bias", NULL);
    if (!strcmp(init, "pytorch"))
        return adj_module_add_uniform(m, "bias", true, ADJ_SHAPE(out), dtype, edge);
    return adj_module_add_param(m, "bias", adj_zeros(ADJ_SHAPE(out), dtype));
}

static bool linear_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    AdjTensor *x = in[0].t, *weight = adj_param(m, 0);
    if (x->ndim && weight && weight->ndim == 2 && x->sizes[x->ndim - 1] != weight->sizes[1]) {
        return adj_fail(ADJ_E_SHAPE,
                        "Linear: expected %lld features in the last axis, got %lld",
                        (long long)weight->sizes[1], (long long)x->sizes[x->ndim - 1]);
    }
    out->t = adj_linear(x, weight, adj_param(m, 1));
    return out->t != NULL;
}

ADJ_MODULE(
    Linear,
    "(in_features: int[1,], out_features: int[1,], bias: bool = True, init: str = "
    "'pytorch', dtype: dtype? = None)",
    "(input: tensor) -> tensor",
    "y = input weight^T + bias, along the last axis.\n"
    "shapes  (..., in_features) -> (..., out_features); weight (out, in), bias (out)\n"
    "notes   init says where the weights start. 'pytorch': weight and bias from "
    "U(-1/sqrt(in), 1/sqrt(in)). 'xavier': weight from U(-b, b), b = sqrt(6 / (in + out)), "
    "which keeps the variance through tanh and sigmoid, bias 0. 'kaiming': weight from U(-b, "
    "b), b = sqrt(6 / in), made for ReLU, bias 0. 'he': weight from N(0, 2/in), bias 0\n"
    "errors  Shape: the last axis is not in_features; Value: unknown init",
    .source = "Rumelhart, Hinton and Williams 1986; Glorot and Bengio 2010; He et al. 2015",
    .repr = "{in_features=}{out_features=}{bias=}{init?}", .build = linear_build,
    .forward = linear_forward)

// The same by the name that attention prints for its last projection.
ADJ_MODULE(NonDynamicallyQuantizableLinear,
           "(in_features: int[1,], out_features: int[1,], bias: bool = True, init: str = "
           "'pytorch', dtype: dtype? = None)",
           "(input: tensor) -> tensor",
           "Linear, by the name under which PyTorch's MultiheadAttention shows out_proj.",
           .repr = "{in_features=}{out_features=}{bias=}", .build = linear_build,
           .forward = linear_forward)

// ---------------------------------------------------------------- Bilinear

static bool bilinear_build(AdjModule *m)
{
    int64_t in1 = m->arg[Bilinear_in1_features].i, in2 = m->arg[Bilinear_in2_features].i;
    int64_t out = m->arg[Bilinear_out_features].i;
    AdjDtype dtype = m->arg[Bilinear_dtype].dtype;
    double bound = 1 / sqrt((double)in1);
    return adj_module_add_uniform(m, "weight", true, ADJ_SHAPE(out, in1, in2), dtype, bound) &&
           adj_module_add_uniform(m, "bias", m->arg[Bilinear_bias].b, ADJ_SHAPE(out), dtype,
                                  bound);
}

static bool bilinear_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    out->t = adj_bilinear(in[0].t, in[1].t, adj_param(m, 0), adj_param(m, 1));
    return out->t != NULL;
}

ADJ_MODULE(Bilinear,
           "(in1_features: int[1,], in2_features: int[1,], out_features: int[1,], bias: bool = "
           "True, dtype: dtype? = None)",
           "(input1: tensor, input2: tensor) -> tensor",
           "y_o = input1^T weight_o input2 + bias_o.\n"
           "shapes  (..., in1), (..., in2) -> (..., out); weight (out, in1, in2), bias (out)\n"
           "errors  Shape: last axes are not in1 and in2, or the others differ",
           .repr = "{in1_features=}{in2_features=}{out_features=}{bias=}",
           .build = bilinear_build, .forward = bilinear_forward)

// ---------------------------------------------------------------- shapes

static bool identity_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    (void)m;
    out->t = in[0].t;
    return true;
}

ADJ_MODULE(Identity, "()", "(input: tensor) -> tensor", "Hands its input through.",
           .forward = identity_forward, .functional = true)

static bool flatten_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    out->t = adj_flatten(in[0].t, m->arg[Flatten_start_dim].i, m->arg[Flatten_end_dim].i);
    return out->t != NULL;
}

ADJ_MODULE(Flatten, "(start_dim: int = 1, end_dim: int = -1)", "(input: tensor) -> tensor",
           "Makes one axis of the axes start_dim to end_dim, by default all but the batch's.\n"
           "shapes  (N, ...) -> (N, product)\nerrors  Index: no such axis",
           .repr = "{start_dim=}{end_dim=}", .forward = flatten_forward, .functional = true)

static bool unflatten_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    out->t = adj_unflatten(in[0].t, m->arg[Unflatten_dim].i,
                           m->arg[Unflatten_unflattened_size].ints);
    return out->t != NULL;
}

ADJ_MODULE(Unflatten, "(dim: int, unflattened_size: ints)", "(input: tensor) -> tensor",
           "Makes the axis dim into axes of the sizes given, one of which may be -1.\n"
           "shapes  (N, product) -> (N, *unflattened_size) with dim = 1\n"
           "errors  Runtime: the sizes do not multiply to the axis",
           .repr = "{dim=}{unflattened_size=}", .forward = unflatten_forward,
           .functional = true)
