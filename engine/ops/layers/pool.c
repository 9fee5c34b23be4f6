// SPDX-License-Identifier: Apache-2.0
// pool.c: averages of windows, sliding and adaptive, and power averages. The average of a
// window is the product of averages along its axes, so it is a weighted sum along one axis
// after the other (blend.c), and the derivative is those sums the other way.
#include "ops/layers/spatial.h"
#include "ops/pointwise/blend.h"
#include "ops/shape/view.h"

// ---------------------------------------------------------------- sliding windows

// Windows of axis [i]. Places of padding are counted in the divisor, or not.
static AdjAxisMap average_map(const AdjPooling *p, int i, int64_t in, int64_t out,
                              bool count_pad, double scale)
{
    int64_t pad = p->padding.at[i];
    AdjAxisMap a = adj_axis_map(out, p->kernel.at[i]);
    for (int64_t j = 0; a.place && a.weight && j < out; j++) {
        int64_t from = j * p->stride.at[i] - pad, to = from + p->kernel.at[i];
        if (to > in + pad) to = in + pad;
        int64_t first = from < 0 ? 0 : from, last = to < in ? to : in;
        double count = (double)(count_pad ? to - from : last - first);
        for (int64_t k = first; k < last; k++) {
            adj_map_place(&a, j)[k - first] = k;
            adj_map_weight(&a, j)[k - first] = scale > 0 || scale < 0 ? scale : 1 / count;
        }
    }
    return a;
}

// The maps of all axes from the arguments of avg_pool; [in] and [out] are whole shapes.
static void average_maps(const AdjPooling *p, AdjShape in, AdjShape out, bool count_pad,
                         int64_t divisor, AdjAxisMap *map)
{
    bool given = divisor != ADJ_NO_INT;
    for (int i = 0; i < p->n; i++) {
        double scale = !given ? 0 : i ? 1 : 1 / (double)divisor;
        int d = in.n - p->n + i;
        map[i] = average_map(p, i, in.at[d], out.at[d], count_pad, scale);
    }
}

static AdjPooling pooling_of(const AdjNode *n, int axes)
{
    const AdjValue *a = n->arg;
    AdjPooling p = {axes, a[0].ints, a[1].ints, a[2].ints, ADJ_SHAPE(1), a[3].b};
    if (p.stride.n <= 0) p.stride = p.kernel;
    adj_spatial(&p.kernel, axes, "kernel_size");
    adj_spatial(&p.stride, axes, "stride");
    adj_spatial(&p.padding, axes, "padding");
    return p;
}

static void average_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    int axes = n->op->name[strlen("avg_pool")] - '0';
    AdjPooling p = pooling_of(n, axes);
    AdjAxisMap map[3];
    int64_t divisor = n->n_arg > 5 ? n->arg[5].i : ADJ_NO_INT;
    average_maps(&p, n->in[0].shape, n->out[0].shape, n->arg[4].b, divisor, map);
    dx[0] = adj_map_back(dy[0], axes, map, n->in[0].shape);
}

static AdjTensor *average(int n, AdjTensor *x, AdjShape kernel, AdjShape stride,
                          AdjShape padding, bool ceil_mode, bool count_include_pad,
                          int64_t divisor)
{
    AdjPooling p = {n, kernel, stride, padding, ADJ_SHAPE(1), ceil_mode};
    AdjAxisMap map[3];
    AdjShape out;
    if (divisor == 0)
        return adj_fail(ADJ_E_RUNTIME, "%s: divisor must be not zero", adj_op_name());
    if (!adj_pooling(&p, x, &out)) return NULL;
    average_maps(&p, adj_shape(x), out, count_include_pad, divisor, map);
    return adj_map_axes(x, n, map);
}

ADJ_OP(
    avg_pool1d,
    "(input: tensor, kernel_size: sizes, stride: sizes? = None, padding: sizes = 0, ceil_mode: "
    "bool = False, count_include_pad: bool = True) -> tensor",
    "The average of every window over one axis.\n"
    "shapes  (N, C, L) or (C, L) -> (N, C, L'), each size (size + 2 padding - "
    "kernel_size) / stride + 1, rounded down, or up with ceil_mode\n"
    "notes   stride is kernel_size unless given; count_include_pad says whether zeros of the "
    "padding count in the divisor\n"
    "errors  Shape: no window fits; Runtime: a padding over half the kernel",
    .vjp = average_vjp, .no_method = true, .torch = "AvgPool1D", .hosted = true)
AdjTensor *op_avg_pool1d(AdjTensor *input, AdjShape kernel_size, AdjShape stride,
                         AdjShape padding, bool ceil_mode, bool count_include_pad)
{
    return average(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad,
                   ADJ_NO_INT);
}

ADJ_OP(
    avg_pool2d,
    "(input: tensor, kernel_size: sizes, stride: sizes? = None, padding: sizes = 0, ceil_mode: "
    "bool = False, count_include_pad: bool = True, divisor_override: int? = None) -> tensor",
    "The average of every window over two axes.\n"
    "shapes  (N, C, H, W) or (C, H, W) -> (N, C, H', W'), each size (size + 2 padding - "
    "kernel_size) / stride + 1, rounded down, or up with ceil_mode\n"
    "notes   stride is kernel_size unless given; count_include_pad says whether zeros of the "
    "padding count in the divisor; divisor_override divides by itself\n"
    "errors  Shape: no window fits; Runtime: a padding over half the kernel",
    .vjp = average_vjp, .no_method = true, .torch = "AvgPool2D", .hosted = true)
AdjTensor *op_avg_pool2d(AdjTensor *input, AdjShape kernel_size, AdjShape stride,
                         AdjShape padding, bool ceil_mode, bool count_include_pad,
                         int64_t divisor_override)
{
    return average(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad,
                   divisor_override);
}

ADJ_OP(
    avg_pool3d,
    "(input: tensor, kernel_size: sizes, stride: sizes? = None, padding: sizes = 0, ceil_mode: "
    "bool = False, count_include_pad: bool = True, divisor_override: int? = None) -> tensor",
    "The average of every window over three axes.\n"
    "shapes  (N, C, D, H, W) or (C, D, H, W) -> (N, C, D', H', W'), each size (size + 2 "
    "padding - "
    "kernel_size) / stride + 1, rounded down, or up with ceil_mode\n"
    "notes   stride is kernel_size unless given; count_include_pad says whether zeros of the "
    "padding count in the divisor; divisor_override divides by itself\n"
    "errors  Shape: no window fits; Runtime: a padding over half the kernel",
    .vjp = average_vjp, .no_method = true, .torch = "AvgPool3D", .hosted = true)
AdjTensor *op_avg_pool3d(AdjTensor *input, AdjShape kernel_size, AdjShape stride,
                         AdjShape padding, bool ceil_mode, bool count_include_pad,
                         int64_t divisor_override)
{
    return average(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad,
                   divisor_override);
}

// ---------------------------------------------------------------- adaptive windows

static AdjAxisMap adaptive_map(int64_t in, int64_t out)
{
    AdjAxisMap a = adj_axis_map(out, out ? (in + out - 1) / out + 1 : 1);
    for (int64_t j = 0; a.place && a.weight && j < out; j++) {
        int64_t from = j * in / out, to = ((j + 1) * in + out - 1) / out;
        for (int64_t k = from; k < to; k++) {
            adj_map_place(&a, j)[k - from] = k;
            adj_map_weight(&a, j)[k - from] = 1 / (double)(to - from);
        }
    }
    return a;
}

static void adaptive_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    int axes = n->op->name[strlen("adaptive_avg_pool")] - '0';
    AdjShape in = n->in[0].shape, out = n->out[0].shape;
    AdjAxisMap map[3];
    for (int i = 0; i < axes; i++)
        map[i] = adaptive_map(in.at[in.n - axes + i], out.at[out.n - axes + i]);
    dx[0] = adj_map_back(dy[0], axes, map, in);
}

static AdjTensor *adaptive(int n, AdjTensor *x, AdjShape size)
{
    AdjAxisMap map[3];
    if (!adj_adaptive_sizes(x, n, &size)) return NULL;
    for (int i = 0; i < n; i++) map[i] = adaptive_map(x->sizes[x->ndim - n + i], size.at[i]);
    return adj_map_axes(x, n, map);
}

ADJ_OP(adaptive_avg_pool1d, "(input: tensor, output_size: sizes) -> tensor",
       "Averages over one axis that give output_size whatever the input's size: window i goes "
       "from "
       "floor(i in / out) to ceil((i + 1) in / out).\n"
       "shapes  (N, C, L) or (C, L) -> (N, C, *output_size); None keeps a size\n"
       "errors  Shape: another number of axes; Runtime: a negative size",
       .vjp = adaptive_vjp, .no_method = true, .torch = "AdaptiveAvgPool1D", .hosted = true)
AdjTensor *op_adaptive_avg_pool1d(AdjTensor *input, AdjShape output_size)
{
    return adaptive(1, input, output_size);
}

ADJ_OP(adaptive_avg_pool2d, "(input: tensor, output_size: sizes) -> tensor",
       "Averages over two axes that give output_size whatever the input's size: window i goes "
       "from "
       "floor(i in / out) to ceil((i + 1) in / out).\n"
       "shapes  (N, C, H, W) or (C, H, W) -> (N, C, *output_size); None keeps a size\n"
       "errors  Shape: another number of axes; Runtime: a negative size",
       .vjp = adaptive_vjp, .no_method = true, .torch = "AdaptiveAvgPool2D", .hosted = true)
AdjTensor *op_adaptive_avg_pool2d(AdjTensor *input, AdjShape output_size)
{
    return adaptive(2, input, output_size);
}

ADJ_OP(adaptive_avg_pool3d, "(input: tensor, output_size: sizes) -> tensor",
       "Averages over three axes that give output_size whatever the input's size: window i "
       "goes from "
       "floor(i in / out) to ceil((i + 1) in / out).\n"
       "shapes  (N, C, D, H, W) or (C, D, H, W) -> (N, C, *output_size); None keeps a size\n"
       "errors  Shape: another number of axes; Runtime: a negative size",
       .vjp = adaptive_vjp, .no_method = true, .torch = "AdaptiveAvgPool3D", .hosted = true)
AdjTensor *op_adaptive_avg_pool3d(AdjTensor *input, AdjShape output_size)
{
    return adaptive(3, input, output_size);
}

// ---------------------------------------------------------------- power averages

// (sum over the window of x^p)^(1/p), as PyTorch forms it: the average times the window's size,
// and nothing where that is negative.
static AdjTensor *power_average(int n, AdjTensor *x, double p, AdjShape kernel, AdjShape stride,
                                bool ceil_mode)
{
    static AdjTensors (*const greatest[])(AdjTensor *, AdjShape, AdjShape, AdjShape, AdjShape,
                                          bool, bool) = {NULL, adj_max_pool1d, adj_max_pool2d,
                                                         adj_max_pool3d};
    if (p == 0) {
        return adj_fail(ADJ_E_VALUE, "%s: norm_type must be a non-zero value, but got 0",
                        adj_op_name());
    }
    if (isinf(p)) {
        AdjTensor *size = adj_abs(x);
        AdjTensors most = greatest[n](p > 0 ? size : adj_neg(size), kernel, stride,
                                      ADJ_SHAPE(0), ADJ_SHAPE(1), ceil_mode, false);
        return !most.n ? NULL : p > 0 ? most.at[0] : adj_neg(most.at[0]);
    }
    AdjTensor *powers = adj_pow(x, ADJ_NUM(p)), *mean;
    AdjShape none = ADJ_SHAPE(0);
    if (n == 1)
        mean = adj_avg_pool1d(powers, kernel, stride, none, ceil_mode, true);
    else
        mean = (n == 2 ? adj_avg_pool2d : adj_avg_pool3d)(powers, kernel, stride, none,
                                                          ceil_mode, true, ADJ_NO_INT);
    double window = 1;
    for (int i = 0; i < n; i++) window *= (double)kernel.at[kernel.n == n ? i : 0];
    AdjTensor *sum = adj_mul(adj_sign(mean), adj_relu(adj_abs(mean)));
    return adj_pow(adj_mul(sum, ADJ_NUM(window)), ADJ_NUM(1 / p));
}

ADJ_OP(
    lp_pool1d,
    "(input: tensor, norm_type: float, kernel_size: sizes, stride: sizes? = None, ceil_mode: "
    "bool = False) -> tensor",
    "(sum over the window of input^norm_type)^(1 / norm_type) over one axis.\n"
    "shapes  as avg_pool1d\n"
    "notes   an infinite norm_type gives the greatest, or least, absolute value; a window that "
    "hangs over the end is scaled up to a whole one\n"
    "errors  Value: norm_type 0",
    .no_method = true)
AdjTensor *op_lp_pool1d(AdjTensor *input, double norm_type, AdjShape kernel_size,
                        AdjShape stride, bool ceil_mode)
{
    return power_average(1, input, norm_type, kernel_size, stride, ceil_mode);
}

ADJ_OP(
    lp_pool2d,
    "(input: tensor, norm_type: float, kernel_size: sizes, stride: sizes? = None, ceil_mode: "
    "bool = False) -> tensor",
    "(sum over the window of input^norm_type)^(1 / norm_type) over two axes.\n"
    "shapes  as avg_pool2d\n"
    "notes   an infinite norm_type gives the greatest, or least, absolute value; a window that "
    "hangs over the end is scaled up to a whole one\n"
    "errors  Value: norm_type 0",
    .no_method = true)
AdjTensor *op_lp_pool2d(AdjTensor *input, double norm_type, AdjShape kernel_size,
                        AdjShape stride, bool ceil_mode)
{
    return power_average(2, input, norm_type, kernel_size, stride, ceil_mode);
}

ADJ_OP(
    lp_pool3d,
    "(input: tensor, norm_type: float, kernel_size: sizes, stride: sizes? = None, ceil_mode: "
    "bool = False) -> tensor",
    "(sum over the window of input^norm_type)^(1 / norm_type) over three axes.\n"
    "shapes  as avg_pool3d\n"
    "notes   an infinite norm_type gives the greatest, or least, absolute value; a window that "
    "hangs over the end is scaled up to a whole one\n"
    "errors  Value: norm_type 0",
    .no_method = true)
AdjTensor *op_lp_pool3d(AdjTensor *input, double norm_type, AdjShape kernel_size,
                        AdjShape stride, bool ceil_mode)
{
    return power_average(3, input, norm_type, kernel_size, stride, ceil_mode);
}
