// SPDX-License-Identifier: Apache-2.0
// conv.c: convolution and pooling operators of ONNX with our ops.
#include "io/onnx/rows.h"

// Windows over the axes behind batch and channels, as a node's attributes say.
typedef struct {
    int n;  // axes
    AdjShape kernel, stride, dilation, before, after;
    bool ceil;
} Windows;

static int64_t span_of(const Windows *w, int i)
{
    return (w->kernel.at[i] - 1) * w->dilation.at[i] + 1;
}

// Padding that makes the result as long as the operand over the stride.
static void same_padding(Windows *w, const AdjTensor *x, bool upper)
{
    for (int i = 0; i < w->n; i++) {
        int64_t in = x->sizes[i + 2], step = w->stride.at[i];
        int64_t all = ((in + step - 1) / step - 1) * step + span_of(w, i) - in;
        all = all < 0 ? 0 : all;
        w->before.at[i] = upper ? all / 2 : all - all / 2;
        w->after.at[i] = all - w->before.at[i];
    }
}

static bool list(AdjOnnxCall *c, const char *name, int n, int64_t otherwise, AdjShape *out)
{
    if (!adj_onnx_ints(c, name, -1, out)) return false;
    if (out->n >= 0 && out->n != n)
        return adj_onnx_fail(c, "%s does not fit its operand", name);
    for (int i = 0; i < n && out->n < 0; i++) out->at[i] = otherwise;
    out->n = n;
    for (int i = 0; i < n; i++)
        if (out->at[i] < 1 || out->at[i] > INT32_MAX)
            return adj_onnx_fail(c, "%s must be at least 1", name);
    return true;
}

// [kernel] stands in where the node says nothing (the weight's).
static bool windows(AdjOnnxCall *c, const AdjTensor *x, AdjShape kernel, Windows *w)
{
    *w = (Windows){.n = x->ndim - 2};
    if (w->n < 1 || w->n > 3) return adj_onnx_fail(c, "its operand must have 3 to 5 axes");
    if (!list(c, "kernel_shape", w->n, 1, &w->kernel) ||
        !list(c, "strides", w->n, 1, &w->stride) ||
        !list(c, "dilations", w->n, 1, &w->dilation))
        return false;
    if (kernel.n == w->n) w->kernel = kernel;
    w->before = w->after = (AdjShape){.n = w->n};
    w->ceil = adj_onnx_int(c, "ceil_mode", 0);
    const char *mode = adj_onnx_str(c, "auto_pad", "NOTSET");
    if (!strncmp(mode, "SAME", 4)) same_padding(w, x, !strcmp(mode, "SAME_UPPER"));
    AdjShape pads;
    if (!adj_onnx_ints(c, "pads", -1, &pads)) return false;
    if (pads.n < 0) return true;
    if (pads.n != 2 * w->n) return adj_onnx_fail(c, "pads does not fit its operand");
    for (int i = 0; i < w->n; i++) {
        w->before.at[i] = pads.at[i];
        w->after.at[i] = pads.at[w->n + i];
    }
    return true;
}

// Negative amounts cut.
static AdjTensor *padded(AdjTensor *x, const Windows *w, AdjScalar value)
{
    int64_t pads[6] = {0};
    bool any = false;
    for (int i = 0; i < w->n; i++) {
        pads[2 * (w->n - 1 - i)] = w->before.at[i];
        pads[2 * (w->n - 1 - i) + 1] = w->after.at[i];
        any |= w->before.at[i] || w->after.at[i];
    }
    return any ? adj_constant_pad_nd(x, (AdjLongs){2 * w->n, pads}, value) : x;
}

static AdjShape sizes_behind(const AdjTensor *t)
{
    AdjShape s = {.n = t->ndim > 2 ? t->ndim - 2 : 0};
    for (int i = 0; i < s.n; i++) s.at[i] = t->sizes[i + 2];
    return s;
}

// ---------------------------------------------------------------- convolution

AdjTensor *adj_onnx_load_conv(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *w = adj_onnx_need(c, 1), *b = adj_onnx_in(c, 2);
    Windows v;
    if (!x || !w || !windows(c, x, sizes_behind(w), &v)) return NULL;
    AdjShape none = {.n = v.n}, pad = v.before;
    bool even = adj_shape_equal(v.before, v.after);
    if (!even) x = padded(x, &v, ADJ_F(0));
    return adj_convolution(x, w, b, v.stride, even ? pad : none, v.dilation, false, none,
                           adj_onnx_int(c, "group", 1));
}

// The whole result first, then what pads cut from it and output_padding adds; the bias last,
// since it stands in what is added too.
AdjTensor *adj_onnx_load_conv_transpose(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *w = adj_onnx_need(c, 1), *b = adj_onnx_in(c, 2);
    Windows v;
    AdjShape more, out;
    if (!x || !w || !windows(c, x, sizes_behind(w), &v) ||
        !adj_onnx_ints(c, "output_padding", -1, &more) ||
        !adj_onnx_ints(c, "output_shape", -1, &out))
        return NULL;
    const char *mode = adj_onnx_str(c, "auto_pad", "NOTSET");
    bool same = !strncmp(mode, "SAME", 4), lower = !strcmp(mode, "SAME_LOWER");
    AdjShape none = {.n = v.n};
    for (int i = 0; i < v.n; i++) {
        int64_t extra = i < more.n ? more.at[i] : 0, step = v.stride.at[i];
        int64_t whole = (x->sizes[i + 2] - 1) * step + span_of(&v, i);
        if (same || out.n == v.n) {
            int64_t wanted = out.n == v.n ? out.at[i] : x->sizes[i + 2] * step;
            int64_t all = whole + extra - wanted;
            v.before.at[i] = lower ? all - all / 2 : all / 2;
            v.after.at[i] = all - v.before.at[i];
        }
        v.before.at[i] = -v.before.at[i];
        v.after.at[i] = extra - v.after.at[i];
    }
    AdjTensor *y = adj_convolution(x, w, NULL, v.stride, none, v.dilation, true, none,
                                   adj_onnx_int(c, "group", 1));
    y = y ? padded(y, &v, ADJ_F(0)) : NULL;
    if (!b || !y) return y;
    AdjShape shape = {.n = y->ndim};
    for (int d = 0; d < y->ndim; d++) shape.at[d] = d == 1 ? -1 : 1;
    return adj_add(y, adj_reshape(b, shape), ADJ_I(1));
}

// ---------------------------------------------------------------- pooling

// Windows that would begin behind the operand are left out: of an operand padded beforehand
// that has to be done here.
static AdjTensor *trimmed(AdjTensor *y, const Windows *w, const AdjTensor *x)
{
    for (int i = 0; y && i < w->n; i++) {
        int64_t in = x->sizes[i + 2], step = w->stride.at[i];
        int64_t room = in + w->before.at[i] + w->after.at[i] - span_of(w, i);
        int64_t n = (room + (w->ceil ? step - 1 : 0)) / step + 1;
        if (w->ceil && (n - 1) * step >= in + w->before.at[i]) n--;
        if (n < y->sizes[i + 2]) y = adj_narrow(y, i + 2, 0, n);
    }
    return y;
}

AdjTensor *adj_onnx_load_max_pool(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    Windows w;
    if (!x || !windows(c, x, ADJ_ALL, &w)) return NULL;
    bool direct = adj_shape_equal(w.before, w.after), wants = adj_onnx_wants(c, 1);
    for (int i = 0; i < w.n; i++) direct &= w.before.at[i] <= w.kernel.at[i] / 2;
    if (wants && (!direct || adj_onnx_int(c, "storage_order", 0)))
        return adj_onnx_fail(c, "places of this kind are not supported");
    AdjScalar least =
        adj_is_float(x) ? ADJ_F(-INFINITY) : ADJ_I(x->dtype == ADJ_U8 ? 0 : INT32_MIN);
    AdjTensor *in = direct ? x : padded(x, &w, least);
    if (!in) return NULL;
    AdjShape none = {.n = w.n};
    AdjTensors r =
        adj_max_pool_with_indices(adj_is_float(in) ? in : adj_double(in), w.kernel, w.stride,
                                  direct ? w.before : none, w.dilation, w.ceil);
    if (r.n < 2) return NULL;
    if (wants) {  // ours count within a plane, these from the first element of all
        int64_t planes = x->sizes[0] * x->sizes[1];
        AdjTensor *start = adj_arange(ADJ_I(0), ADJ_I(planes), ADJ_I(1), ADJ_I64);
        start = adj_mul(start, adj_number(ADJ_I(planes ? x->numel / planes : 0)));
        AdjShape shape = {.n = x->ndim};
        for (int d = 0; d < x->ndim; d++) shape.at[d] = d < 2 ? x->sizes[d] : 1;
        c->out[1] = adj_add(r.at[1], adj_reshape(start, shape), ADJ_I(1));
    }
    return adj_to(direct ? r.at[0] : trimmed(r.at[0], &w, x), (AdjDtype)x->dtype);
}

// Sums over windows whose elements lie apart: a convolution of every plane with ones. The edge
// that ceil_mode may need is added, and trimmed later.
static AdjTensor *summed_apart(AdjTensor *x, const Windows *w)
{
    Windows edge = {.n = w->n, .before = {.n = w->n}, .after = {.n = w->n}};
    AdjShape one = w->dilation, none = {.n = w->n}, kernel = ADJ_SHAPE(1, 1);
    AdjShape planes = adj_shape(x), out;
    for (int i = 0; i < w->n; i++) {
        edge.after.at[i] = w->ceil ? w->stride.at[i] - 1 : 0;
        kernel.at[kernel.n++] = w->kernel.at[i];
    }
    planes.at[0] = -1, planes.at[1] = 1;
    AdjTensor *y = padded(adj_reshape(x, planes), &edge, ADJ_F(0));
    AdjTensor *ones = adj_ones(kernel, (AdjDtype)x->dtype);
    y = adj_convolution(y, ones, NULL, w->stride, none, one, false, none, 1);
    if (!y) return NULL;
    out = adj_shape(y);
    out.at[0] = x->sizes[0], out.at[1] = x->sizes[1];
    return adj_reshape(y, out);
}

// Sums over windows.
static AdjTensor *summed(AdjTensor *x, const Windows *w)
{
    for (int i = 0; x && i < w->n; i++)
        if (w->dilation.at[i] != 1) return summed_apart(x, w);
    if (w->n == 2)
        return adj_avg_pool2d(x, w->kernel, w->stride, ADJ_SHAPE(0, 0), w->ceil, true, 1);
    if (w->n == 3)
        return adj_avg_pool3d(x, w->kernel, w->stride, ADJ_SHAPE(0, 0, 0), w->ceil, true, 1);
    AdjShape kernel = ADJ_SHAPE(1, w->kernel.at[0]), stride = ADJ_SHAPE(1, w->stride.at[0]);
    AdjTensor *y =
        adj_avg_pool2d(adj_unsqueeze(x, -2), kernel, stride, ADJ_SHAPE(0, 0), w->ceil, true, 1);
    return adj_squeeze(y, ADJ_SHAPE(-2));
}

// The sum over each window by the number of its elements that count.
AdjTensor *adj_onnx_load_average_pool(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    Windows w;
    if (!x || !windows(c, x, ADJ_ALL, &w)) return NULL;
    AdjScalar edge = ADJ_F(adj_onnx_int(c, "count_include_pad", 0) != 0);
    AdjTensor *ones = padded(adj_ones_like(x, ADJ_SAME), &w, edge);
    AdjTensor *y = adj_div(summed(padded(x, &w, ADJ_F(0)), &w), summed(ones, &w), NULL);
    return trimmed(y, &w, x);
}

AdjTensor *adj_onnx_load_lp_pool(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    double p = (double)adj_onnx_int(c, "p", 2);
    Windows w;
    if (!x || !windows(c, x, ADJ_ALL, &w)) return NULL;
    AdjTensor *powers = adj_pow(adj_abs(x), ADJ_NUM(p));
    AdjTensor *y = powers ? summed(padded(powers, &w, ADJ_F(0)), &w) : NULL;
    return trimmed(adj_pow(y, ADJ_NUM(1 / p)), &w, x);
}
