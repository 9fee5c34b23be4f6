// SPDX-License-Identifier: Apache-2.0
// pool.c: the pooling operations as modules. A module that may return places besides its
// result has two results in its row and returns as many as it was asked for.
#include "nn/module.h"
#include "ops/layers/spatial.h"

// A stride that is None is the kernel.
static void default_stride(AdjModule *m, int kernel, int stride)
{
    if (m->arg[stride].ints.n <= 0) m->arg[stride].ints = m->arg[kernel].ints;
}

static bool one_result(AdjTensor *y, AdjValue *out)
{
    out->t = y;
    return y != NULL;
}

static bool results(AdjTensors y, AdjValue *out)
{
    out->ts = y;
    return y.n > 0;
}

// ---------------------------------------------------------------- greatest elements

#define MAX_POOL(n)                                                                          \
    static bool max_pool##n##d_build(AdjModule *m)                                           \
    {                                                                                        \
        default_stride(m, MaxPool##n##d_kernel_size, MaxPool##n##d_stride);                  \
        return true;                                                                         \
    }                                                                                        \
                                                                                             \
    static bool max_pool##n##d_forward(AdjModule *m, const AdjValue *in, AdjValue *out)      \
    {                                                                                        \
        const AdjValue *a = m->arg;                                                          \
        return results(                                                                      \
            adj_max_pool##n##d(in[0].t, a[MaxPool##n##d_kernel_size].ints,                   \
                               a[MaxPool##n##d_stride].ints, a[MaxPool##n##d_padding].ints,  \
                               a[MaxPool##n##d_dilation].ints, a[MaxPool##n##d_ceil_mode].b, \
                               a[MaxPool##n##d_return_indices].b),                           \
            out);                                                                            \
    }
MAX_POOL(1)
MAX_POOL(2)
MAX_POOL(3)

#define MAX_POOL_ROW(n)                                                 \
    .repr = "{kernel_size=}{stride=}{padding=}{dilation=}{ceil_mode=}", \
    .build = max_pool##n##d_build, .forward = max_pool##n##d_forward, .functional = true
ADJ_MODULE_AXES(
    MaxPool,
    "(kernel_size: sizes, stride: sizes? = None, padding: sizes = 0, dilation: sizes = 1, "
    "return_indices: bool = False, ceil_mode: bool = False)",
    "(input: tensor) -> tensor | (tensor, tensor)",
    "The greatest element of every window over {one axis|two axes|three axes}; with "
    "return_indices its place too.\n"
    "shapes  (N, C, {L|H, W|D, H, W}) or (C, {L|H, W|D, H, W}) -> the same with sizes (size + "
    "2 padding - dilation (kernel_size - 1) - 1) / stride + 1, rounded down, or up with "
    "ceil_mode\n"
    "notes   stride is kernel_size unless given\n"
    "errors  Shape: no window fits; Runtime: a padding over half the kernel",
    MAX_POOL_ROW)

#define ADAPTIVE_MAX_POOL(n)                                                        \
    static bool adaptive_max_pool##n##d_forward(AdjModule *m, const AdjValue *in,   \
                                                AdjValue *out)                      \
    {                                                                               \
        return results(adj_adaptive_max_pool##n##d(                                 \
                           in[0].t, m->arg[AdaptiveMaxPool##n##d_output_size].ints, \
                           m->arg[AdaptiveMaxPool##n##d_return_indices].b),         \
                       out);                                                        \
    }
ADAPTIVE_MAX_POOL(1)
ADAPTIVE_MAX_POOL(2)
ADAPTIVE_MAX_POOL(3)

#define ADAPTIVE_MAX_POOL_ROW(n) \
    .repr = "{output_size=}", .forward = adaptive_max_pool##n##d_forward, .functional = true
ADJ_MODULE_AXES(
    AdaptiveMaxPool, "(output_size: sizes?, return_indices: bool = False)",
    "(input: tensor) -> tensor | (tensor, tensor)",
    "The greatest elements over {one axis|two axes|three axes} of as many windows as "
    "output_size says.\n"
    "shapes  (N, C, {L|H, W|D, H, W}) or (C, {L|H, W|D, H, W}) -> (N, C, *output_size); None "
    "keeps a size\n"
    "errors  Shape: another number of axes",
    ADAPTIVE_MAX_POOL_ROW)

// Samples that were given are a buffer outside the state dict, as in PyTorch.
static bool samples_build(AdjModule *m)
{
    enum { SAMPLES = FractionalMaxPool2d__random_samples };
    AdjTensor *given = m->arg[SAMPLES].t;
    return !given || adj_module_add_buffer(m, "_random_samples", given, false);
}

static AdjTensor *samples(const AdjModule *m)
{
    return m->buffers.n ? adj_buffer(m, 0) : NULL;
}

static bool fractional_max_pool2d_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    const AdjValue *a = m->arg;
    return results(adj_fractional_max_pool2d(in[0].t, a[FractionalMaxPool2d_kernel_size].ints,
                                             a[FractionalMaxPool2d_output_size].ints,
                                             a[FractionalMaxPool2d_output_ratio].floats,
                                             a[FractionalMaxPool2d_return_indices].b,
                                             samples(m)),
                   out);
}

ADJ_MODULE(
    FractionalMaxPool2d,
    "(kernel_size: sizes, output_size: sizes? = None, output_ratio: floats? = None, "
    "return_indices: bool = False, _random_samples: tensor? = None)",
    "(input: tensor) -> tensor | (tensor, tensor)",
    "The greatest elements of windows at random, nearly even distances over two axes.\n"
    "shapes  (N, C, H, W) or (C, H, W) -> (N, C, *output_size), or the input's sizes times "
    "output_ratio\n"
    "errors  Value: neither output_size nor output_ratio",
    .source = "Graham 2014", .repr = "", .build = samples_build,
    .forward = fractional_max_pool2d_forward, .functional = true)

static bool fractional_max_pool3d_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    const AdjValue *a = m->arg;
    return results(adj_fractional_max_pool3d(in[0].t, a[FractionalMaxPool3d_kernel_size].ints,
                                             a[FractionalMaxPool3d_output_size].ints,
                                             a[FractionalMaxPool3d_output_ratio].floats,
                                             a[FractionalMaxPool3d_return_indices].b,
                                             samples(m)),
                   out);
}

ADJ_MODULE(
    FractionalMaxPool3d,
    "(kernel_size: sizes, output_size: sizes? = None, output_ratio: floats? = None, "
    "return_indices: bool = False, _random_samples: tensor? = None)",
    "(input: tensor) -> tensor | (tensor, tensor)",
    "The greatest elements of windows at random, nearly even distances over three axes.\n"
    "shapes  (N, C, D, H, W) or (C, D, H, W) -> (N, C, *output_size), or the input's sizes "
    "times "
    "output_ratio\n"
    "errors  Value: neither output_size nor output_ratio",
    .source = "Graham 2014", .repr = "", .build = samples_build,
    .forward = fractional_max_pool3d_forward, .functional = true)

// ---------------------------------------------------------------- unpooling

static bool unpool_build(AdjModule *m)
{
    enum { KERNEL = MaxUnpool1d_kernel_size, STRIDE = MaxUnpool1d_stride };
    int n = m->row->name[strlen("MaxUnpool")] - '0';
    default_stride(m, KERNEL, STRIDE);
    for (int i = 0; i < m->row->n_args; i++)
        if (!adj_spatial(&m->arg[i].ints, n, m->row->args[i].name)) return false;
    return true;
}

#define MAX_UNPOOL(n)                                                                        \
    static bool max_unpool##n##d_forward(AdjModule *m, const AdjValue *in, AdjValue *out)    \
    {                                                                                        \
        const AdjValue *a = m->arg;                                                          \
        return one_result(adj_max_unpool##n##d(in[0].t, in[1].t,                             \
                                               a[MaxUnpool##n##d_kernel_size].ints,          \
                                               a[MaxUnpool##n##d_stride].ints,               \
                                               a[MaxUnpool##n##d_padding].ints, in[2].ints), \
                          out);                                                              \
    }
MAX_UNPOOL(1)
MAX_UNPOOL(2)
MAX_UNPOOL(3)

#define MAX_UNPOOL_ROW(n)                                               \
    .repr = "{kernel_size=}{stride=}{padding=}", .build = unpool_build, \
    .forward = max_unpool##n##d_forward, .functional = true
ADJ_MODULE_AXES(
    MaxUnpool, "(kernel_size: ints, stride: ints? = None, padding: ints = 0)",
    "(input: tensor, indices: tensor, output_size: ints? = None) -> tensor",
    "Zeros with the elements of input at the places that MaxPool{1|2|3}d found.\n"
    "shapes  (N, C, {L|H, W|D, H, W}) or (C, {L|H, W|D, H, W}), twice -> sizes (size - 1) "
    "stride - 2 padding + kernel_size unless output_size says\n"
    "errors  Index: a place outside the result; Value: an output_size out of reach",
    MAX_UNPOOL_ROW)

// ---------------------------------------------------------------- averages

static bool avg_pool1d_build(AdjModule *m)
{
    default_stride(m, AvgPool1d_kernel_size, AvgPool1d_stride);
    return adj_spatial(&m->arg[AvgPool1d_kernel_size].ints, 1, "kernel_size") &&
           adj_spatial(&m->arg[AvgPool1d_stride].ints, 1, "stride") &&
           adj_spatial(&m->arg[AvgPool1d_padding].ints, 1, "padding");
}

static bool avg_pool1d_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    const AdjValue *a = m->arg;
    return one_result(adj_avg_pool1d(in[0].t, a[AvgPool1d_kernel_size].ints,
                                     a[AvgPool1d_stride].ints, a[AvgPool1d_padding].ints,
                                     a[AvgPool1d_ceil_mode].b,
                                     a[AvgPool1d_count_include_pad].b),
                      out);
}

#define AVG_POOL(n)                                                                         \
    static bool avg_pool##n##d_build(AdjModule *m)                                          \
    {                                                                                       \
        default_stride(m, AvgPool##n##d_kernel_size, AvgPool##n##d_stride);                 \
        return true;                                                                        \
    }                                                                                       \
                                                                                            \
    static bool avg_pool##n##d_forward(AdjModule *m, const AdjValue *in, AdjValue *out)     \
    {                                                                                       \
        const AdjValue *a = m->arg;                                                         \
        return one_result(                                                                  \
            adj_avg_pool##n##d(                                                             \
                in[0].t, a[AvgPool##n##d_kernel_size].ints, a[AvgPool##n##d_stride].ints,   \
                a[AvgPool##n##d_padding].ints, a[AvgPool##n##d_ceil_mode].b,                \
                a[AvgPool##n##d_count_include_pad].b, a[AvgPool##n##d_divisor_override].i), \
            out);                                                                           \
    }
AVG_POOL(2)
AVG_POOL(3)

#define AVG_POOL_ROW(n)                                                         \
    .repr = "{kernel_size=}{stride=}{padding=}", .build = avg_pool##n##d_build, \
    .forward = avg_pool##n##d_forward, .functional = true
ADJ_MODULE_AXES(
    AvgPool,
    "(kernel_size: {ints|sizes|sizes}, stride: {ints|sizes|sizes}? = None, padding: "
    "{ints|sizes|sizes} = 0, ceil_mode: bool = False, count_include_pad: bool = True{|, "
    "divisor_override: int? = None|, divisor_override: int? = None})",
    "(input: tensor) -> tensor",
    "The average of every window over {one axis|two axes|three axes}.\n"
    "shapes  (N, C, {L|H, W|D, H, W}) or (C, {L|H, W|D, H, W}) -> the same with sizes (size + "
    "2 padding - kernel_size) / stride + 1, rounded down, or up with ceil_mode\n"
    "notes   stride is kernel_size unless given; count_include_pad says whether zeros of the "
    "padding count in the divisor\n"
    "errors  Shape: no window fits; Runtime: a padding over half the kernel",
    AVG_POOL_ROW)
#define ADAPTIVE_AVG_POOL(n)                                                            \
    static bool adaptive_avg_pool##n##d_forward(AdjModule *m, const AdjValue *in,       \
                                                AdjValue *out)                          \
    {                                                                                   \
        return one_result(adj_adaptive_avg_pool##n##d(                                  \
                              in[0].t, m->arg[AdaptiveAvgPool##n##d_output_size].ints), \
                          out);                                                         \
    }
ADAPTIVE_AVG_POOL(1)
ADAPTIVE_AVG_POOL(2)
ADAPTIVE_AVG_POOL(3)

#define ADAPTIVE_AVG_POOL_ROW(n) \
    .repr = "{output_size=}", .forward = adaptive_avg_pool##n##d_forward, .functional = true
ADJ_MODULE_AXES(
    AdaptiveAvgPool, "(output_size: sizes?)", "(input: tensor) -> tensor",
    "Averages over {one axis|two axes|three axes} that give output_size whatever the input's "
    "size.\n"
    "shapes  (N, C, {L|H, W|D, H, W}) or (C, {L|H, W|D, H, W}) -> (N, C, *output_size); None "
    "keeps a size\n"
    "errors  Shape: another number of axes",
    ADAPTIVE_AVG_POOL_ROW)

#define LP_POOL(n)                                                                     \
    static bool lp_pool##n##d_forward(AdjModule *m, const AdjValue *in, AdjValue *out) \
    {                                                                                  \
        const AdjValue *a = m->arg;                                                    \
        return one_result(adj_lp_pool##n##d(in[0].t, a[LPPool##n##d_norm_type].num.f,  \
                                            a[LPPool##n##d_kernel_size].ints,          \
                                            a[LPPool##n##d_stride].ints,               \
                                            a[LPPool##n##d_ceil_mode].b),              \
                          out);                                                        \
    }
LP_POOL(1)
LP_POOL(2)
LP_POOL(3)

#define LP_POOL_ROW(n)                                         \
    .repr = "{norm_type=}{kernel_size=}{stride=}{ceil_mode=}", \
    .forward = lp_pool##n##d_forward, .functional = true
ADJ_MODULE_AXES(
    LPPool,
    "(norm_type: scalar, kernel_size: sizes, stride: sizes? = None, ceil_mode: bool = False)",
    "(input: tensor) -> tensor",
    "(sum over the window of input^norm_type)^(1 / norm_type) over {one axis|two axes|three "
    "axes}.\n"
    "shapes  as AvgPool{1|2|3}d\n"
    "errors  Value: norm_type 0",
    LP_POOL_ROW)
