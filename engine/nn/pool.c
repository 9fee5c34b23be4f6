// SPDX-License-Identifier: Apache-2.0
// pool.c: the pooling operations as modules. A module that may return places besides its
// result has two results in its row and returns as many as it was asked for.
#include "nn/module.h"
#include "ops/spatial.h"

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

static bool max_pool1d_build(AdjModule *m)
{
    default_stride(m, MaxPool1d_kernel_size, MaxPool1d_stride);
    return true;
}

static bool max_pool1d_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    const AdjValue *a = m->arg;
    return results(adj_max_pool1d(in[0].t, a[MaxPool1d_kernel_size].ints,
                                  a[MaxPool1d_stride].ints, a[MaxPool1d_padding].ints,
                                  a[MaxPool1d_dilation].ints, a[MaxPool1d_ceil_mode].b,
                                  a[MaxPool1d_return_indices].b),
                   out);
}

ADJ_MODULE(
    MaxPool1d,
    "(kernel_size: sizes, stride: sizes? = None, padding: sizes = 0, dilation: sizes = 1, "
    "return_indices: bool = False, ceil_mode: bool = False)",
    "(input: tensor) -> tensor | (tensor, tensor)",
    "The greatest element of every window over one axis; with return_indices its place too.\n"
    "shapes  (N, C, L) or (C, L) -> the same with sizes (size + 2 padding - dilation "
    "(kernel_size - 1) - 1) / stride + 1, rounded down, or up with ceil_mode\n"
    "notes   stride is kernel_size unless given\n"
    "errors  Shape: no window fits; Runtime: a padding over half the kernel",
    .repr = "{kernel_size=}{stride=}{padding=}{dilation=}{ceil_mode=}",
    .build = max_pool1d_build, .forward = max_pool1d_forward, .functional = true)

static bool max_pool2d_build(AdjModule *m)
{
    default_stride(m, MaxPool2d_kernel_size, MaxPool2d_stride);
    return true;
}

static bool max_pool2d_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    const AdjValue *a = m->arg;
    return results(adj_max_pool2d(in[0].t, a[MaxPool2d_kernel_size].ints,
                                  a[MaxPool2d_stride].ints, a[MaxPool2d_padding].ints,
                                  a[MaxPool2d_dilation].ints, a[MaxPool2d_ceil_mode].b,
                                  a[MaxPool2d_return_indices].b),
                   out);
}

ADJ_MODULE(
    MaxPool2d,
    "(kernel_size: sizes, stride: sizes? = None, padding: sizes = 0, dilation: sizes = 1, "
    "return_indices: bool = False, ceil_mode: bool = False)",
    "(input: tensor) -> tensor | (tensor, tensor)",
    "The greatest element of every window over two axes; with return_indices its place too.\n"
    "shapes  (N, C, H, W) or (C, H, W) -> the same with sizes (size + 2 padding - dilation "
    "(kernel_size - 1) - 1) / stride + 1, rounded down, or up with ceil_mode\n"
    "notes   stride is kernel_size unless given\n"
    "errors  Shape: no window fits; Runtime: a padding over half the kernel",
    .repr = "{kernel_size=}{stride=}{padding=}{dilation=}{ceil_mode=}",
    .build = max_pool2d_build, .forward = max_pool2d_forward, .functional = true)

static bool max_pool3d_build(AdjModule *m)
{
    default_stride(m, MaxPool3d_kernel_size, MaxPool3d_stride);
    return true;
}

static bool max_pool3d_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    const AdjValue *a = m->arg;
    return results(adj_max_pool3d(in[0].t, a[MaxPool3d_kernel_size].ints,
                                  a[MaxPool3d_stride].ints, a[MaxPool3d_padding].ints,
                                  a[MaxPool3d_dilation].ints, a[MaxPool3d_ceil_mode].b,
                                  a[MaxPool3d_return_indices].b),
                   out);
}

ADJ_MODULE(
    MaxPool3d,
    "(kernel_size: sizes, stride: sizes? = None, padding: sizes = 0, dilation: sizes = 1, "
    "return_indices: bool = False, ceil_mode: bool = False)",
    "(input: tensor) -> tensor | (tensor, tensor)",
    "The greatest element of every window over three axes; with return_indices its place too.\n"
    "shapes  (N, C, D, H, W) or (C, D, H, W) -> the same with sizes (size + 2 padding - "
    "dilation "
    "(kernel_size - 1) - 1) / stride + 1, rounded down, or up with ceil_mode\n"
    "notes   stride is kernel_size unless given\n"
    "errors  Shape: no window fits; Runtime: a padding over half the kernel",
    .repr = "{kernel_size=}{stride=}{padding=}{dilation=}{ceil_mode=}",
    .build = max_pool3d_build, .forward = max_pool3d_forward, .functional = true)

static bool adaptive_max_pool1d_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    return results(adj_adaptive_max_pool1d(in[0].t, m->arg[AdaptiveMaxPool1d_output_size].ints,
                                           m->arg[AdaptiveMaxPool1d_return_indices].b),
                   out);
}

ADJ_MODULE(AdaptiveMaxPool1d, "(output_size: sizes?, return_indices: bool = False)",
           "(input: tensor) -> tensor | (tensor, tensor)",
           "The greatest elements over one axis of as many windows as output_size says.\n"
           "shapes  (N, C, L) or (C, L) -> (N, C, *output_size); None keeps a size\n"
           "errors  Shape: another number of axes",
           .repr = "{output_size=}", .forward = adaptive_max_pool1d_forward, .functional = true)

static bool adaptive_max_pool2d_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    return results(adj_adaptive_max_pool2d(in[0].t, m->arg[AdaptiveMaxPool2d_output_size].ints,
                                           m->arg[AdaptiveMaxPool2d_return_indices].b),
                   out);
}

ADJ_MODULE(AdaptiveMaxPool2d, "(output_size: sizes?, return_indices: bool = False)",
           "(input: tensor) -> tensor | (tensor, tensor)",
           "The greatest elements over two axes of as many windows as output_size says.\n"
           "shapes  (N, C, H, W) or (C, H, W) -> (N, C, *output_size); None keeps a size\n"
           "errors  Shape: another number of axes",
           .repr = "{output_size=}", .forward = adaptive_max_pool2d_forward, .functional = true)

static bool adaptive_max_pool3d_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    return results(adj_adaptive_max_pool3d(in[0].t, m->arg[AdaptiveMaxPool3d_output_size].ints,
                                           m->arg[AdaptiveMaxPool3d_return_indices].b),
                   out);
}

ADJ_MODULE(
    AdaptiveMaxPool3d, "(output_size: sizes?, return_indices: bool = False)",
    "(input: tensor) -> tensor | (tensor, tensor)",
    "The greatest elements over three axes of as many windows as output_size says.\n"
    "shapes  (N, C, D, H, W) or (C, D, H, W) -> (N, C, *output_size); None keeps a size\n"
    "errors  Shape: another number of axes",
    .repr = "{output_size=}", .forward = adaptive_max_pool3d_forward, .functional = true)

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

static bool max_unpool1d_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    const AdjValue *a = m->arg;
    return one_result(adj_max_unpool1d(in[0].t, in[1].t, a[MaxUnpool1d_kernel_size].ints,
                                       a[MaxUnpool1d_stride].ints, a[MaxUnpool1d_padding].ints,
                                       in[2].ints),
                      out);
}

ADJ_MODULE(MaxUnpool1d, "(kernel_size: ints, stride: ints? = None, padding: ints = 0)",
           "(input: tensor, indices: tensor, output_size: ints? = None) -> tensor",
           "Zeros with the elements of input at the places that MaxPool1d found.\n"
           "shapes  (N, C, L) or (C, L), twice -> sizes (size - 1) stride - 2 padding + "
           "kernel_size unless output_size says\n"
           "errors  Index: a place outside the result; Value: an output_size out of reach",
           .repr = "{kernel_size=}{stride=}{padding=}", .build = unpool_build,
           .forward = max_unpool1d_forward, .functional = true)

static bool max_unpool2d_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    const AdjValue *a = m->arg;
    return one_result(adj_max_unpool2d(in[0].t, in[1].t, a[MaxUnpool2d_kernel_size].ints,
                                       a[MaxUnpool2d_stride].ints, a[MaxUnpool2d_padding].ints,
                                       in[2].ints),
                      out);
}

ADJ_MODULE(MaxUnpool2d, "(kernel_size: ints, stride: ints? = None, padding: ints = 0)",
           "(input: tensor, indices: tensor, output_size: ints? = None) -> tensor",
           "Zeros with the elements of input at the places that MaxPool2d found.\n"
           "shapes  (N, C, H, W) or (C, H, W), twice -> sizes (size - 1) stride - 2 padding + "
           "kernel_size unless output_size says\n"
           "errors  Index: a place outside the result; Value: an output_size out of reach",
           .repr = "{kernel_size=}{stride=}{padding=}", .build = unpool_build,
           .forward = max_unpool2d_forward, .functional = true)

static bool max_unpool3d_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    const AdjValue *a = m->arg;
    return one_result(adj_max_unpool3d(in[0].t, in[1].t, a[MaxUnpool3d_kernel_size].ints,
                                       a[MaxUnpool3d_stride].ints, a[MaxUnpool3d_padding].ints,
                                       in[2].ints),
                      out);
}

ADJ_MODULE(
    MaxUnpool3d, "(kernel_size: ints, stride: ints? = None, padding: ints = 0)",
    "(input: tensor, indices: tensor, output_size: ints? = None) -> tensor",
    "Zeros with the elements of input at the places that MaxPool3d found.\n"
    "shapes  (N, C, D, H, W) or (C, D, H, W), twice -> sizes (size - 1) stride - 2 padding + "
    "kernel_size unless output_size says\n"
    "errors  Index: a place outside the result; Value: an output_size out of reach",
    .repr = "{kernel_size=}{stride=}{padding=}", .build = unpool_build,
    .forward = max_unpool3d_forward, .functional = true)

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

ADJ_MODULE(
    AvgPool1d,
    "(kernel_size: ints, stride: ints? = None, padding: ints = 0, ceil_mode: bool = "
    "False, count_include_pad: bool = True)",
    "(input: tensor) -> tensor",
    "The average of every window over one axis.\n"
    "shapes  (N, C, L) or (C, L) -> the same with sizes (size + 2 padding - "
    "kernel_size) / stride + 1, rounded down, or up with ceil_mode\n"
    "notes   stride is kernel_size unless given; count_include_pad says whether zeros of "
    "the padding count in the divisor\n"
    "errors  Shape: no window fits; Runtime: a padding over half the kernel",
    .repr = "{kernel_size=}{stride=}{padding=}", .build = avg_pool1d_build,
    .forward = avg_pool1d_forward, .functional = true)

static bool avg_pool2d_build(AdjModule *m)
{
    default_stride(m, AvgPool2d_kernel_size, AvgPool2d_stride);
    return true;
}

static bool avg_pool2d_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    const AdjValue *a = m->arg;
    return one_result(adj_avg_pool2d(in[0].t, a[AvgPool2d_kernel_size].ints,
                                     a[AvgPool2d_stride].ints, a[AvgPool2d_padding].ints,
                                     a[AvgPool2d_ceil_mode].b, a[AvgPool2d_count_include_pad].b,
                                     a[AvgPool2d_divisor_override].i),
                      out);
}

ADJ_MODULE(
    AvgPool2d,
    "(kernel_size: sizes, stride: sizes? = None, padding: sizes = 0, ceil_mode: bool = "
    "False, count_include_pad: bool = True, divisor_override: int? = None)",
    "(input: tensor) -> tensor",
    "The average of every window over two axes.\n"
    "shapes  (N, C, H, W) or (C, H, W) -> the same with sizes (size + 2 padding - "
    "kernel_size) / stride + 1, rounded down, or up with ceil_mode\n"
    "notes   stride is kernel_size unless given; count_include_pad says whether zeros of "
    "the padding count in the divisor\n"
    "errors  Shape: no window fits; Runtime: a padding over half the kernel",
    .repr = "{kernel_size=}{stride=}{padding=}", .build = avg_pool2d_build,
    .forward = avg_pool2d_forward, .functional = true)

static bool avg_pool3d_build(AdjModule *m)
{
    default_stride(m, AvgPool3d_kernel_size, AvgPool3d_stride);
    return true;
}

static bool avg_pool3d_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    const AdjValue *a = m->arg;
    return one_result(adj_avg_pool3d(in[0].t, a[AvgPool3d_kernel_size].ints,
                                     a[AvgPool3d_stride].ints, a[AvgPool3d_padding].ints,
                                     a[AvgPool3d_ceil_mode].b, a[AvgPool3d_count_include_pad].b,
                                     a[AvgPool3d_divisor_override].i),
                      out);
}

ADJ_MODULE(
    AvgPool3d,
    "(kernel_size: sizes, stride: sizes? = None, padding: sizes = 0, ceil_mode: bool = "
    "False, count_include_pad: bool = True, divisor_override: int? = None)",
    "(input: tensor) -> tensor",
    "The average of every window over three axes.\n"
    "shapes  (N, C, D, H, W) or (C, D, H, W) -> the same with sizes (size + 2 padding - "
    "kernel_size) / stride + 1, rounded down, or up with ceil_mode\n"
    "notes   stride is kernel_size unless given; count_include_pad says whether zeros of "
    "the padding count in the divisor\n"
    "errors  Shape: no window fits; Runtime: a padding over half the kernel",
    .repr = "{kernel_size=}{stride=}{padding=}", .build = avg_pool3d_build,
    .forward = avg_pool3d_forward, .functional = true)

static bool adaptive_avg_pool1d_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    return one_result(
        adj_adaptive_avg_pool1d(in[0].t, m->arg[AdaptiveAvgPool1d_output_size].ints), out);
}

ADJ_MODULE(AdaptiveAvgPool1d, "(output_size: sizes?)", "(input: tensor) -> tensor",
           "Averages over one axis that give output_size whatever the input's size.\n"
           "shapes  (N, C, L) or (C, L) -> (N, C, *output_size); None keeps a size\n"
           "errors  Shape: another number of axes",
           .repr = "{output_size=}", .forward = adaptive_avg_pool1d_forward, .functional = true)

static bool adaptive_avg_pool2d_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    return one_result(
        adj_adaptive_avg_pool2d(in[0].t, m->arg[AdaptiveAvgPool2d_output_size].ints), out);
}

ADJ_MODULE(AdaptiveAvgPool2d, "(output_size: sizes?)", "(input: tensor) -> tensor",
           "Averages over two axes that give output_size whatever the input's size.\n"
           "shapes  (N, C, H, W) or (C, H, W) -> (N, C, *output_size); None keeps a size\n"
           "errors  Shape: another number of axes",
           .repr = "{output_size=}", .forward = adaptive_avg_pool2d_forward, .functional = true)

static bool adaptive_avg_pool3d_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    return one_result(
        adj_adaptive_avg_pool3d(in[0].t, m->arg[AdaptiveAvgPool3d_output_size].ints), out);
}

ADJ_MODULE(
    AdaptiveAvgPool3d, "(output_size: sizes?)", "(input: tensor) -> tensor",
    "Averages over three axes that give output_size whatever the input's size.\n"
    "shapes  (N, C, D, H, W) or (C, D, H, W) -> (N, C, *output_size); None keeps a size\n"
    "errors  Shape: another number of axes",
    .repr = "{output_size=}", .forward = adaptive_avg_pool3d_forward, .functional = true)

static bool lp_pool1d_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    const AdjValue *a = m->arg;
    return one_result(adj_lp_pool1d(in[0].t, a[LPPool1d_norm_type].num.f,
                                    a[LPPool1d_kernel_size].ints, a[LPPool1d_stride].ints,
                                    a[LPPool1d_ceil_mode].b),
                      out);
}

ADJ_MODULE(LPPool1d,
           "(norm_type: scalar, kernel_size: sizes, stride: sizes? = None, ceil_mode: bool = "
           "False)",
           "(input: tensor) -> tensor",
           "(sum over the window of input^norm_type)^(1 / norm_type) over one axis.\n"
           "shapes  as AvgPool1d\nerrors  Value: norm_type 0",
           .repr = "{norm_type=}{kernel_size=}{stride=}{ceil_mode=}",
           .forward = lp_pool1d_forward, .functional = true)

static bool lp_pool2d_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    const AdjValue *a = m->arg;
    return one_result(adj_lp_pool2d(in[0].t, a[LPPool2d_norm_type].num.f,
                                    a[LPPool2d_kernel_size].ints, a[LPPool2d_stride].ints,
                                    a[LPPool2d_ceil_mode].b),
                      out);
}

ADJ_MODULE(LPPool2d,
           "(norm_type: scalar, kernel_size: sizes, stride: sizes? = None, ceil_mode: bool = "
           "False)",
           "(input: tensor) -> tensor",
           "(sum over the window of input^norm_type)^(1 / norm_type) over two axes.\n"
           "shapes  as AvgPool2d\nerrors  Value: norm_type 0",
           .repr = "{norm_type=}{kernel_size=}{stride=}{ceil_mode=}",
           .forward = lp_pool2d_forward, .functional = true)

static bool lp_pool3d_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    const AdjValue *a = m->arg;
    return one_result(adj_lp_pool3d(in[0].t, a[LPPool3d_norm_type].num.f,
                                    a[LPPool3d_kernel_size].ints, a[LPPool3d_stride].ints,
                                    a[LPPool3d_ceil_mode].b),
                      out);
}

ADJ_MODULE(LPPool3d,
           "(norm_type: scalar, kernel_size: sizes, stride: sizes? = None, ceil_mode: bool = "
           "False)",
           "(input: tensor) -> tensor",
           "(sum over the window of input^norm_type)^(1 / norm_type) over three axes.\n"
           "shapes  as AvgPool3d\nerrors  Value: norm_type 0",
           .repr = "{norm_type=}{kernel_size=}{stride=}{ceil_mode=}",
           .forward = lp_pool3d_forward, .functional = true)
