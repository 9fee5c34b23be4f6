// SPDX-License-Identifier: Apache-2.0
// pool_max.c: the greatest elements of windows: sliding, adaptive and fractional, with their
// places, and unpooling by places. Which element is chosen does not change with a small change
// of the input, so the derivative puts gradients at the places, and the derivative of that
// takes from them.
#include "cpu/pool.h"
#include "ops/layers/spatial.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/view.h"

// ---------------------------------------------------------------- places

// [at] may index planes of [m]; leading axes of [x] and [at] agree.
static bool check_places(const AdjTensor *x, const AdjTensor *at, AdjShape size, int64_t m)
{
    if (at->dtype != ADJ_I64) {
        return adj_fail(ADJ_E_DTYPE, "%s: indices should be int64, got %s", adj_op_name(),
                        adj_dtype_name((AdjDtype)at->dtype));
    }
    if (at->ndim < size.n || x->ndim < size.n || !adj_is_float(x)) {
        return adj_fail(ADJ_E_SHAPE, "%s: expected floating input with %d axes more, got %s",
                        adj_op_name(), size.n, adj_describe(x));
    }
    AdjTensor *dense = adj_dense((AdjTensor *)at, ADJ_I64);
    const int64_t *place = dense ? (const int64_t *)adj_ptr(dense) : NULL;
    for (int64_t i = 0; place && i < at->numel; i++)
        if (place[i] < 0 || place[i] >= m)
            return adj_fail(
                ADJ_E_INDEX,
                "max_unpool: Found an invalid max index: %lld (output volumes are of size %s)",
                (long long)place[i], adj_times_text(size.at, size.n));
    return place != NULL;
}

static AdjDtype wide(const AdjTensor *x)
{
    return x->dtype == ADJ_F64 ? ADJ_F64 : ADJ_F32;
}

static void put_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] = adj_max_pool_take(dy[0], adj_saved_in(n, 1), n->arg[0].ints.n);
}

ADJ_OP(max_pool_put, "(input: tensor, indices: tensor, size: ints, add: bool = True) -> tensor",
       "Planes of zeros, of the given size, with the elements of input at their places: added "
       "there, or put.\n"
       "shapes  input and indices (..., axes) -> (..., *size)\n"
       "errors  Index: a place outside a plane; Shape: indices of another shape",
       .vjp = put_vjp, .saves = ADJ_SAVE_IN(1), .no_method = true, .torch = "MaxPoolBackward",
       .hosted = true)
AdjTensor *op_max_pool_put(AdjTensor *input, AdjTensor *indices, AdjShape size, bool add)
{
    int64_t m = adj_shape_numel(size), n = 1;
    if (!adj_shape_equal(adj_shape(input), adj_shape(indices))) {
        return adj_fail(ADJ_E_SHAPE,
                        "Expected shape of indices to be same as that of the input tensor (%s) "
                        "but got indices tensor with shape: %s",
                        adj_list_text(adj_shape(input)), adj_list_text(adj_shape(indices)));
    }
    if (!check_places(input, indices, size, m)) return NULL;
    AdjShape shape = adj_shape(input);
    for (int i = 0; i < size.n; i++) {
        n *= shape.at[shape.n - size.n + i];
        shape.at[shape.n - size.n + i] = size.at[i];
    }
    AdjTensor *x = adj_dense(input, wide(input)), *at = adj_dense(indices, ADJ_I64);
    AdjTensor *y = adj_zeros(shape, wide(input));
    if (!x || !at || !y) return NULL;
    if (x->numel)
        adj_pool_put(wide(input), x->numel / n, n, m, (const int64_t *)adj_ptr(at), adj_ptr(x),
                     adj_ptr(y), add);
    return adj_to(y, (AdjDtype)input->dtype);
}

static void take_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjShape s = n->in[0].shape;
    dx[0] = adj_max_pool_put(dy[0], adj_saved_in(n, 1),
                             adj_shape_from(s, s.n - (int)n->arg[0].i), true);
}

ADJ_OP(max_pool_take, "(input: tensor, indices: tensor, axes: int[1,3]) -> tensor",
       "The elements of input's planes at places: the derivative of max_pool_put.\n"
       "shapes  input (..., axes), indices (..., axes) -> as indices\n"
       "errors  Index: a place outside a plane",
       .vjp = take_vjp, .saves = ADJ_SAVE_IN(1), .no_method = true, .torch = "Take",
       .hosted = true)
AdjTensor *op_max_pool_take(AdjTensor *input, AdjTensor *indices, int64_t axes)
{
    if (input->ndim < axes || indices->ndim != input->ndim) {
        return adj_fail(ADJ_E_SHAPE, "max_pool_take: indices %s do not fit input %s",
                        adj_describe(indices), adj_describe(input));
    }
    AdjShape size = adj_shape_from(adj_shape(input), input->ndim - (int)axes);
    int64_t m = adj_shape_numel(size);
    if (!check_places(input, indices, size, m)) return NULL;
    AdjTensor *x = adj_dense(input, wide(input)), *at = adj_dense(indices, ADJ_I64);
    AdjTensor *y = adj_new(adj_shape(indices), wide(input));
    if (!x || !at || !y) return NULL;
    int64_t planes = m ? x->numel / m : 0;
    if (y->numel && planes)
        adj_pool_take(wide(input), planes, y->numel / planes, m, (const int64_t *)adj_ptr(at),
                      adj_ptr(x), adj_ptr(y));
    return adj_to(y, (AdjDtype)input->dtype);
}

// ---------------------------------------------------------------- windows

// Windows of all planes, their bounds to be filled in; false without memory.
static bool make_windows(const AdjTensor *x, int n, AdjShape out, int64_t copies, AdjWindows *w)
{
    *w = (AdjWindows){.planes = 1, .own = copies > 1};
    for (int d = 0; d < x->ndim - n; d++) w->planes *= x->sizes[d];
    for (int a = 0; a < 3; a++) {
        int d = x->ndim - 3 + a;
        bool real = a >= 3 - n;
        w->in[a] = real ? x->sizes[d] : 1;
        w->out[a] = real ? out.at[out.n - 3 + a] : 1;
        w->step[a] = 1;
        const int64_t most = (int64_t)1 << 40;  // far beyond any memory
        if (w->out[a] > most || copies > most / (w->out[a] + 1))
            return adj_fail(ADJ_E_MEMORY, "%s: output of size %lld cannot be had",
                            adj_op_name(), (long long)w->out[a]);
        size_t bytes = (size_t)(w->out[a] * copies + 1) * sizeof(int64_t);
        int64_t *from = adj_scope_memory(bytes), *to = adj_scope_memory(bytes);
        if (!from || !to) return false;
        for (int64_t i = 0; i < w->out[a] * copies; i++) {
            from[i] = 0;
            to[i] = 1;
        }
        w->from[a] = from;
        w->to[a] = to;
    }
    return true;
}

static AdjTensors greatest(const AdjWindows *w, AdjTensor *input, AdjShape out)
{
    AdjDtype type = adj_is_float(input) ? wide(input) : ADJ_I64;
    AdjTensor *x = adj_dense(input, type), *y = adj_new(out, type), *at = adj_new(out, ADJ_I64);
    if (!x || !y || !at) return (AdjTensors){0, NULL};
    if (y->numel) adj_pool_max(w, type, adj_ptr(x), adj_ptr(y), (int64_t *)adj_ptr(at));
    y = adj_to(y, (AdjDtype)input->dtype);
    return y ? adj_list(2, (AdjTensor *[]){y, at}) : (AdjTensors){0, NULL};
}

// The derivative of every row whose second result is places.
static void max_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    int axes = (int)n->arg[0].ints.n;
    AdjShape s = n->in[0].shape;
    dx[0] = adj_max_pool_put(dy[0], adj_saved_out(n, 1), adj_shape_from(s, s.n - axes), true);
}

ADJ_OP(
    max_pool_with_indices,
    "(input: tensor, kernel_size: ints, stride: ints, padding: ints, dilation: ints, "
    "ceil_mode: bool) -> (output: tensor, indices: tensor)",
    "The greatest element of every window over as many axes as kernel_size has, and its place "
    "in the plane.\n"
    "errors  as max_pool2d",
    .vjp = max_vjp, .saves = ADJ_SAVE_OUT(1), .no_method = true,
    .torch = "MaxPool2DWithIndices", .hosted = true)
AdjTensors op_max_pool_with_indices(AdjTensor *input, AdjShape kernel_size, AdjShape stride,
                                    AdjShape padding, AdjShape dilation, bool ceil_mode)
{
    AdjPooling p = {(int)kernel_size.n, kernel_size, stride, padding, dilation, ceil_mode};
    AdjShape out;
    AdjWindows w;
    if (p.n < 1 || p.n > 3) {
        adj_fail(ADJ_E_VALUE, "max_pool_with_indices: kernel_size must have 1 to 3 sizes");
        return (AdjTensors){0, NULL};
    }
    if (!adj_pooling(&p, input, &out) || !make_windows(input, p.n, out, 1, &w))
        return (AdjTensors){0, NULL};
    for (int i = 0; i < p.n; i++) {
        int a = 3 - p.n + i;
        w.step[a] = p.dilation.at[i];
        for (int64_t j = 0; j < w.out[a]; j++) {
            int64_t from = j * p.stride.at[i] - p.padding.at[i];
            int64_t to = from + (p.kernel.at[i] - 1) * w.step[a] + 1;
            while (from < 0) from += w.step[a];
            ((int64_t *)w.from[a])[j] = from;
            ((int64_t *)w.to[a])[j] = to < w.in[a] ? to : w.in[a];
        }
    }
    return greatest(&w, input, out);
}

// What the caller asked for of both results.
static AdjTensors asked_for(AdjTensors both, bool indices)
{
    if (both.n == 2 && !indices) both.n = 1;
    return both;
}

static AdjTensors max_pool(int n, AdjTensor *x, AdjShape kernel, AdjShape stride,
                           AdjShape padding, AdjShape dilation, bool ceil_mode, bool indices)
{
    AdjPooling p = {n, kernel, stride, padding, dilation, ceil_mode};
    AdjShape out;
    if (!adj_pooling(&p, x, &out)) return (AdjTensors){0, NULL};
    return asked_for(
        adj_max_pool_with_indices(x, p.kernel, p.stride, p.padding, p.dilation, ceil_mode),
        indices);
}

ADJ_OP(
    max_pool1d,
    "(input: tensor, kernel_size: sizes, stride: sizes? = None, padding: sizes = 0, dilation: "
    "sizes = 1, ceil_mode: bool = False, return_indices: bool = False) "
    "-> tensor | (tensor, tensor)",
    "The greatest element of every window over one axis; with return_indices its place too, "
    "counted through the input's plane.\n"
    "shapes  (N, C, L) or (C, L) -> (N, C, L'), each size (size + 2 padding - "
    "dilation (kernel_size - 1) - 1) / stride + 1, rounded down, or up with ceil_mode\n"
    "notes   stride is kernel_size unless given; padding never wins; of equal elements the "
    "first is chosen and gets the gradient\n"
    "errors  Shape: no window fits; Runtime: a padding over half the kernel",
    .no_method = true)
AdjTensors op_max_pool1d(AdjTensor *input, AdjShape kernel_size, AdjShape stride,
                         AdjShape padding, AdjShape dilation, bool ceil_mode,
                         bool return_indices)
{
    return max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode,
                    return_indices);
}

ADJ_OP(
    max_pool2d,
    "(input: tensor, kernel_size: sizes, stride: sizes? = None, padding: sizes = 0, dilation: "
    "sizes = 1, ceil_mode: bool = False, return_indices: bool = False) "
    "-> tensor | (tensor, tensor)",
    "The greatest element of every window over two axes; with return_indices its place too, "
    "counted through the input's plane.\n"
    "shapes  (N, C, H, W) or (C, H, W) -> (N, C, H', W'), each size (size + 2 padding - "
    "dilation (kernel_size - 1) - 1) / stride + 1, rounded down, or up with ceil_mode\n"
    "notes   stride is kernel_size unless given; padding never wins; of equal elements the "
    "first is chosen and gets the gradient\n"
    "errors  Shape: no window fits; Runtime: a padding over half the kernel",
    .no_method = true)
AdjTensors op_max_pool2d(AdjTensor *input, AdjShape kernel_size, AdjShape stride,
                         AdjShape padding, AdjShape dilation, bool ceil_mode,
                         bool return_indices)
{
    return max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode,
                    return_indices);
}

ADJ_OP(
    max_pool3d,
    "(input: tensor, kernel_size: sizes, stride: sizes? = None, padding: sizes = 0, dilation: "
    "sizes = 1, ceil_mode: bool = False, return_indices: bool = False) "
    "-> tensor | (tensor, tensor)",
    "The greatest element of every window over three axes; with return_indices its place too, "
    "counted through the input's plane.\n"
    "shapes  (N, C, D, H, W) or (C, D, H, W) -> (N, C, D', H', W'), each size (size + 2 "
    "padding - "
    "dilation (kernel_size - 1) - 1) / stride + 1, rounded down, or up with ceil_mode\n"
    "notes   stride is kernel_size unless given; padding never wins; of equal elements the "
    "first is chosen and gets the gradient\n"
    "errors  Shape: no window fits; Runtime: a padding over half the kernel",
    .no_method = true)
AdjTensors op_max_pool3d(AdjTensor *input, AdjShape kernel_size, AdjShape stride,
                         AdjShape padding, AdjShape dilation, bool ceil_mode,
                         bool return_indices)
{
    return max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode,
                    return_indices);
}

// ---------------------------------------------------------------- adaptive windows

bool adj_adaptive_sizes(const AdjTensor *x, int n, AdjShape *size)
{
    if (!adj_pooled_input(x, n)) return false;
    if (size->n == 1) *size = adj_repeat_size(size->at[0], n);
    if (size->n != n) {
        return adj_fail(ADJ_E_RUNTIME, "%s: output_size must be one number or %d, got %s",
                        adj_op_name(), n, adj_spatial_text(size->at, size->n));
    }
    for (int i = 0; i < n; i++) {
        if (size->at[i] == ADJ_NO_INT) size->at[i] = x->sizes[x->ndim - n + i];
        if (size->at[i] < 0)
            return adj_fail(
                ADJ_E_RUNTIME,
                "%s: elements of output_size must be greater than or equal to 0 but "
                "received %s",
                adj_op_name(), adj_spatial_text(size->at, n));
    }
    return true;
}

ADJ_OP(adaptive_max_pool_with_indices,
       "(input: tensor, output_size: ints) -> (output: tensor, indices: tensor)",
       "The greatest element of output_size windows that cover the input, and its place in the "
       "plane.",
       .vjp = max_vjp, .saves = ADJ_SAVE_OUT(1), .no_method = true,
       .torch = "AdaptiveMaxPool2D", .hosted = true)
AdjTensors op_adaptive_max_pool_with_indices(AdjTensor *input, AdjShape output_size)
{
    AdjShape out = adj_shape(input);
    AdjWindows w;
    int n = (int)output_size.n;
    if (n < 1 || n > 3) {
        adj_fail(ADJ_E_VALUE, "%s: output_size must have 1 to 3 sizes", adj_op_name());
        return (AdjTensors){0, NULL};
    }
    if (!adj_adaptive_sizes(input, n, &output_size)) return (AdjTensors){0, NULL};
    for (int i = 0; i < n; i++) out.at[out.n - n + i] = output_size.at[i];
    if (!make_windows(input, n, out, 1, &w)) return (AdjTensors){0, NULL};
    for (int a = 3 - n; a < 3; a++)
        for (int64_t j = 0; j < w.out[a]; j++) {
            ((int64_t *)w.from[a])[j] = j * w.in[a] / w.out[a];
            ((int64_t *)w.to[a])[j] = ((j + 1) * w.in[a] + w.out[a] - 1) / w.out[a];
        }
    return greatest(&w, input, out);
}

static AdjTensors adaptive_max(int n, AdjTensor *x, AdjShape size, bool indices)
{
    if (!adj_adaptive_sizes(x, n, &size)) return (AdjTensors){0, NULL};
    return asked_for(adj_adaptive_max_pool_with_indices(x, size), indices);
}

ADJ_OP(
    adaptive_max_pool1d,
    "(input: tensor, output_size: sizes, return_indices: bool = False) "
    "-> tensor | (tensor, tensor)",
    "The greatest elements over one axis of as many windows as output_size says: window i goes "
    "from floor(i in / out) to ceil((i + 1) in / out).\n"
    "shapes  (N, C, L) or (C, L) -> (N, C, *output_size); None keeps a size\n"
    "errors  Shape: another number of axes; Runtime: a negative size",
    .no_method = true)
AdjTensors op_adaptive_max_pool1d(AdjTensor *input, AdjShape output_size, bool return_indices)
{
    return adaptive_max(1, input, output_size, return_indices);
}

ADJ_OP(
    adaptive_max_pool2d,
    "(input: tensor, output_size: sizes, return_indices: bool = False) "
    "-> tensor | (tensor, tensor)",
    "The greatest elements over two axes of as many windows as output_size says: window i goes "
    "from floor(i in / out) to ceil((i + 1) in / out).\n"
    "shapes  (N, C, H, W) or (C, H, W) -> (N, C, *output_size); None keeps a size\n"
    "errors  Shape: another number of axes; Runtime: a negative size",
    .no_method = true)
AdjTensors op_adaptive_max_pool2d(AdjTensor *input, AdjShape output_size, bool return_indices)
{
    return adaptive_max(2, input, output_size, return_indices);
}

ADJ_OP(adaptive_max_pool3d,
       "(input: tensor, output_size: sizes, return_indices: bool = False) "
       "-> tensor | (tensor, tensor)",
       "The greatest elements over three axes of as many windows as output_size says: window i "
       "goes "
       "from floor(i in / out) to ceil((i + 1) in / out).\n"
       "shapes  (N, C, D, H, W) or (C, D, H, W) -> (N, C, *output_size); None keeps a size\n"
       "errors  Shape: another number of axes; Runtime: a negative size",
       .no_method = true)
AdjTensors op_adaptive_max_pool3d(AdjTensor *input, AdjShape output_size, bool return_indices)
{
    return adaptive_max(3, input, output_size, return_indices);
}

// ---------------------------------------------------------------- fractional windows

// Starts of windows whose distance is now one, now the other integer beside (in - kernel) /
// (out - 1), shifted by a sample from [0, 1).
static void fractional_starts(double u, bool single, int64_t in, int64_t out, int64_t kernel,
                              int64_t *from, int64_t *to)
{
    double alpha = out > 1 ? (double)(in - kernel) / (double)(out - 1) : 0;
    for (int64_t i = 0; i < out; i++) {
        double at = ((double)i + u) * alpha, base = u * alpha;
        if (single) {  // PyTorch's numbers, which decide on which side of an integer they fall
            float a = (float)(in - kernel) / (float)(out - 1), s = (float)u;
            at = ((float)i + s) * a;
            base = s * a;
        }
        from[i] = i == out - 1 ? in - kernel : (int64_t)at - (int64_t)base;
        to[i] = from[i] + kernel;
    }
}

ADJ_OP(fractional_max_pool_with_indices,
       "(input: tensor, kernel_size: ints, output_size: ints, samples: tensor) "
       "-> (output: tensor, indices: tensor)",
       "The greatest elements of windows that samples (N, C, axes) from [0, 1) place in each "
       "plane, the last axis first, and their places.",
       .vjp = max_vjp, .saves = ADJ_SAVE_OUT(1), .no_method = true, .source = "Graham 2014",
       .torch = "FractionalMaxPool2D", .hosted = true)
AdjTensors op_fractional_max_pool_with_indices(AdjTensor *input, AdjShape kernel_size,
                                               AdjShape output_size, AdjTensor *samples)
{
    AdjTensors none = {0, NULL};
    AdjShape out = adj_shape(input);
    AdjWindows w;
    int n = (int)kernel_size.n;
    if (n < 2 || n > 3 || output_size.n != n || !adj_pooled_input(input, n)) {
        adj_fail(ADJ_E_VALUE, "%s: kernel_size and output_size must have 2 or 3 sizes",
                 adj_op_name());
        return none;
    }
    AdjTensor *u = adj_dense(samples, ADJ_F64);
    for (int i = 0; i < n; i++) {
        int64_t in = out.at[out.n - n + i], size = output_size.at[i], k = kernel_size.at[i];
        if (size < 1 || k < 1 || size + k - 1 > in) {
            adj_fail(
                ADJ_E_RUNTIME,
                "%s: pool size %lld and output size %lld are too large for an input of %lld",
                adj_op_name(), (long long)k, (long long)size, (long long)in);
            return none;
        }
        out.at[out.n - n + i] = size;
    }
    int64_t planes = 1;
    for (int d = 0; d < input->ndim - n; d++) planes *= input->sizes[d];
    if (!u || u->numel != planes * n) {
        adj_fail(ADJ_E_SHAPE, "%s: expected %lld samples", adj_op_name(),
                 (long long)(planes * n));
        return none;
    }
    if (!make_windows(input, n, out, planes, &w)) return none;
    w.own = true;
    const double *sample = (const double *)adj_ptr(u);
    for (int64_t p = 0; p < planes; p++)
        for (int i = 0; i < n; i++) {
            int a = 3 - n + i, which = n == 2 ? 1 - i : i;
            fractional_starts(sample[p * n + which], input->dtype != ADJ_F64, w.in[a], w.out[a],
                              kernel_size.at[i], (int64_t *)w.from[a] + p * w.out[a],
                              (int64_t *)w.to[a] + p * w.out[a]);
        }
    return greatest(&w, input, out);
}

// The sizes asked for, or the input's times a ratio.
static bool fractional_size(const AdjTensor *x, int n, AdjShape *size, AdjFloats ratio)
{
    if (size->n < 0 && ratio.n < 0) {
        return adj_fail(ADJ_E_VALUE,
                        "%s requires specifying either an output_size or an "
                        "output_ratio",
                        adj_op_name());
    }
    if (size->n >= 0) return adj_spatial(size, n, "output_size");
    size->n = n;
    for (int i = 0; i < n; i++) {
        double r = ratio.at[ratio.n == n ? i : 0];
        size->at[i] = (int64_t)((double)x->sizes[x->ndim - n + i] * r);
        if (r > 0 && r < 1) continue;
        return adj_fail(ADJ_E_VALUE, "%s: output_ratio must be between 0 and 1 (got %g)",
                        adj_op_name(), r);
    }
    return true;
}

static AdjTensors fractional_max(int n, AdjTensor *x, AdjShape kernel, AdjShape size,
                                 AdjFloats ratio, bool indices, AdjTensor *samples)
{
    AdjTensors none = {0, NULL};
    if (!adj_pooled_input(x, n) || !adj_spatial(&kernel, n, "kernel_size") ||
        !fractional_size(x, n, &size, ratio))
        return none;
    int64_t batch = x->ndim == n + 2 ? x->sizes[0] : 1;
    if (!samples)
        samples = adj_rand(ADJ_SHAPE(batch, x->sizes[x->ndim - n - 1], n), (AdjDtype)x->dtype);
    return asked_for(adj_fractional_max_pool_with_indices(x, kernel, size, samples), indices);
}

ADJ_OP(
    fractional_max_pool2d,
    "(input: tensor, kernel_size: sizes, output_size: sizes? = None, output_ratio: floats? = "
    "None, return_indices: bool = False, _random_samples: tensor? = None) "
    "-> tensor | (tensor, tensor)",
    "The greatest elements of windows at random, nearly even distances over two axes.\n"
    "shapes  (N, C, H, W) or (C, H, W) -> (N, C, *output_size), or the input's sizes times "
    "output_ratio\n"
    "notes   _random_samples (N, C, 2) from [0, 1) stand for the draws\n"
    "errors  Value: neither output_size nor output_ratio; Runtime: windows that do not fit",
    .no_method = true, .source = "Graham 2014")
AdjTensors op_fractional_max_pool2d(AdjTensor *input, AdjShape kernel_size,
                                    AdjShape output_size, AdjFloats output_ratio,
                                    bool return_indices, AdjTensor *_random_samples)
{
    return fractional_max(2, input, kernel_size, output_size, output_ratio, return_indices,
                          _random_samples);
}

ADJ_OP(
    fractional_max_pool3d,
    "(input: tensor, kernel_size: sizes, output_size: sizes? = None, output_ratio: floats? = "
    "None, return_indices: bool = False, _random_samples: tensor? = None) "
    "-> tensor | (tensor, tensor)",
    "The greatest elements of windows at random, nearly even distances over three axes.\n"
    "shapes  (N, C, D, H, W) or (C, D, H, W) -> (N, C, *output_size), or the input's sizes "
    "times "
    "output_ratio\n"
    "notes   _random_samples (N, C, 3) from [0, 1) stand for the draws\n"
    "errors  Value: neither output_size nor output_ratio; Runtime: windows that do not fit",
    .no_method = true, .source = "Graham 2014")
AdjTensors op_fractional_max_pool3d(AdjTensor *input, AdjShape kernel_size,
                                    AdjShape output_size, AdjFloats output_ratio,
                                    bool return_indices, AdjTensor *_random_samples)
{
    return fractional_max(3, input, kernel_size, output_size, output_ratio, return_indices,
                          _random_samples);
}

// ---------------------------------------------------------------- unpooling

static bool unpooled_size(const AdjPooling *p, const AdjTensor *x, AdjShape wanted,
                          AdjShape *size)
{
    bool fits = true;
    if (wanted.n == p->n + 2) wanted = adj_shape_from(wanted, 2);
    if (wanted.n >= 0 && wanted.n != p->n) {
        return adj_fail(ADJ_E_VALUE,
                        "output_size should be a sequence containing %d or %d elements, but it "
                        "has a length of '%d'",
                        p->n, p->n + 2, wanted.n);
    }
    size->n = p->n;
    for (int i = 0; i < p->n; i++) {
        int64_t usual = (x->sizes[x->ndim - p->n + i] - 1) * p->stride.at[i] + p->kernel.at[i] -
                        2 * p->padding.at[i];
        size->at[i] = wanted.n < 0 ? usual : wanted.at[i];
        fits = size->at[i] > usual - p->stride.at[i] && size->at[i] < usual + p->stride.at[i];
        if (!fits) {
            return adj_fail(ADJ_E_VALUE,
                            "invalid output_size \"%s\" (dim %d must be between %lld and %lld)",
                            adj_shape_text(wanted), i, (long long)(usual - p->stride.at[i]),
                            (long long)(usual + p->stride.at[i]));
        }
    }
    return true;
}

static AdjTensor *max_unpool(int n, AdjTensor *x, AdjTensor *indices, AdjShape kernel,
                             AdjShape stride, AdjShape padding, AdjShape wanted)
{
    AdjPooling p = {n, kernel, stride.n <= 0 ? kernel : stride, padding, ADJ_SHAPE(1), false};
    AdjShape size;
    if (!adj_spatial(&p.kernel, n, "kernel_size") || !adj_spatial(&p.stride, n, "stride") ||
        !adj_spatial(&p.padding, n, "padding") || !adj_pooled_input(x, n) ||
        !unpooled_size(&p, x, wanted, &size))
        return NULL;
    return adj_max_pool_put(x, indices, size, false);
}

ADJ_OP(max_unpool1d,
       "(input: tensor, indices: tensor, kernel_size: sizes, stride: sizes? = None, padding: "
       "sizes = 0, output_size: ints? = None) -> tensor",
       "Zeros with the elements of input at the places that max_pool1d found.\n"
       "shapes  (N, C, L) or (C, L) -> (N, C, L'), each size (size - 1) stride - 2 padding "
       "+ kernel_size unless output_size says\n"
       "errors  Index: a place outside the result; Value: an output_size out of reach",
       .no_method = true)
AdjTensor *op_max_unpool1d(AdjTensor *input, AdjTensor *indices, AdjShape kernel_size,
                           AdjShape stride, AdjShape padding, AdjShape output_size)
{
    return max_unpool(1, input, indices, kernel_size, stride, padding, output_size);
}

ADJ_OP(max_unpool2d,
       "(input: tensor, indices: tensor, kernel_size: sizes, stride: sizes? = None, padding: "
       "sizes = 0, output_size: ints? = None) -> tensor",
       "Zeros with the elements of input at the places that max_pool2d found.\n"
       "shapes  (N, C, H, W) or (C, H, W) -> (N, C, H', W'), each size (size - 1) stride - 2 "
       "padding "
       "+ kernel_size unless output_size says\n"
       "errors  Index: a place outside the result; Value: an output_size out of reach",
       .no_method = true)
AdjTensor *op_max_unpool2d(AdjTensor *input, AdjTensor *indices, AdjShape kernel_size,
                           AdjShape stride, AdjShape padding, AdjShape output_size)
{
    return max_unpool(2, input, indices, kernel_size, stride, padding, output_size);
}

ADJ_OP(max_unpool3d,
       "(input: tensor, indices: tensor, kernel_size: sizes, stride: sizes? = None, padding: "
       "sizes = 0, output_size: ints? = None) -> tensor",
       "Zeros with the elements of input at the places that max_pool3d found.\n"
       "shapes  (N, C, D, H, W) or (C, D, H, W) -> (N, C, D', H', W'), each size (size - 1) "
       "stride - 2 padding "
       "+ kernel_size unless output_size says\n"
       "errors  Index: a place outside the result; Value: an output_size out of reach",
       .no_method = true)
AdjTensor *op_max_unpool3d(AdjTensor *input, AdjTensor *indices, AdjShape kernel_size,
                           AdjShape stride, AdjShape padding, AdjShape output_size)
{
    return max_unpool(3, input, indices, kernel_size, stride, padding, output_size);
}
