// SPDX-License-Identifier: Apache-2.0
// sample.c: grids, patches, unpooling, transforms and windows of ONNX with our ops.
#include "io/onnx/rows.h"

#include <math.h>

// ---------------------------------------------------------------- grids

// The modes changed their names with version 20.
AdjTensor *adj_onnx_load_grid_sample(AdjOnnxCall *c)
{
    const char *mode = adj_onnx_str(c, "mode", "bilinear");
    if (!strcmp(mode, "linear")) mode = "bilinear";
    if (!strcmp(mode, "cubic")) mode = "bicubic";
    return adj_grid_sample(adj_onnx_need(c, 0), adj_onnx_need(c, 1), mode,
                           adj_onnx_str(c, "padding_mode", "zeros"),
                           adj_onnx_int(c, "align_corners", 0));
}

AdjTensor *adj_onnx_load_affine_grid(AdjOnnxCall *c)
{
    AdjTensor *theta = adj_onnx_need(c, 0), *size = adj_onnx_need(c, 1);
    if (!theta || !size) return NULL;
    return adj_affine_grid(theta, adj_onnx_values(size), adj_onnx_int(c, "align_corners", 0));
}

// ---------------------------------------------------------------- patches and places

// Columns of a matrix added into an image of two axes with even padding, which is fold.
AdjTensor *adj_onnx_load_col2im(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    AdjShape image, block, dilation, pads, stride, one = ADJ_SHAPE(1, 1),
                                                   none = ADJ_SHAPE(0, 0);
    if (!x || !adj_onnx_ints(c, "", 1, &image) || !adj_onnx_ints(c, "", 2, &block) ||
        !adj_onnx_ints(c, "dilations", -1, &dilation) || !adj_onnx_ints(c, "pads", -1, &pads) ||
        !adj_onnx_ints(c, "strides", -1, &stride))
        return NULL;
    if (image.n != 2 || block.n != 2) return adj_onnx_fail(c, "only images of two axes");
    if (pads.n < 0) pads = ADJ_SHAPE(0, 0, 0, 0);
    // Padding that is uneven is cut off afterwards, from an image that has it.
    AdjShape whole = image;
    for (int i = 0; i < 2; i++) whole.at[i] += pads.at[i] + pads.at[2 + i];
    AdjTensor *y = adj_fold(x, whole, block, dilation.n > 0 ? dilation : one, none,
                            stride.n > 0 ? stride : one);
    y = adj_narrow(y, -2, pads.at[0], image.at[0]);
    return adj_narrow(y, -1, pads.at[1], image.at[1]);
}

// Places count through the whole result, batch and channels included; a larger output_shape is
// filled up behind.
AdjTensor *adj_onnx_load_max_unpool(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *places = adj_onnx_need(c, 1);
    AdjShape kernel, stride, pads, wanted = {.n = -1};
    if (!x || !places || !adj_onnx_ints(c, "kernel_shape", -1, &kernel) ||
        !adj_onnx_ints(c, "strides", -1, &stride) || !adj_onnx_ints(c, "pads", -1, &pads) ||
        (adj_onnx_in(c, 2) && !adj_onnx_ints(c, "", 2, &wanted)))
        return NULL;
    AdjShape shape = adj_shape(x);
    if (kernel.n != x->ndim - 2) return adj_onnx_fail(c, "kernel_shape does not fit");
    int64_t all = 1, more[2 * ADJ_MAX_DIMS] = {0};
    for (int d = 0; d < shape.n; d++) {
        int i = d - 2;
        if (i >= 0) {
            shape.at[d] = (shape.at[d] - 1) * (stride.n > 0 ? stride.at[i] : 1) + kernel.at[i];
            if (pads.n > 0) shape.at[d] -= pads.at[i] + pads.at[i + kernel.n];
        }
        all *= shape.at[d];
    }
    AdjTensor *zeros = adj_zeros(ADJ_SHAPE(all), (AdjDtype)x->dtype);
    AdjTensor *y = adj_reshape(adj_scatter(zeros, 0, adj_ravel(places), adj_ravel(x)), shape);
    if (wanted.n != shape.n) return y;
    for (int d = 0; d < shape.n; d++)
        more[2 * (shape.n - 1 - d) + 1] = wanted.at[d] - shape.at[d];
    return adj_constant_pad_nd(y, (AdjLongs){2 * shape.n, more}, ADJ_F(0));
}

// ---------------------------------------------------------------- transforms

// cos and sin of 2 pi j k / n for j < rows and k < columns; j k is taken modulo n first, where
// it is exact. [doubled] counts every row twice but the first and, of an even n, the last: the
// half of a spectrum that a real signal has.
static AdjTensor *angles(int64_t rows, int64_t columns, int64_t n, bool sine, bool doubled)
{
    AdjTensor *t = adj_new(ADJ_SHAPE(rows, columns), ADJ_F64);
    if (!t) return NULL;
    double *to = (double *)adj_ptr(t);
    for (int64_t j = 0; j < rows; j++)
        for (int64_t k = 0; k < columns; k++) {
            double angle = 2 * M_PI * (double)((j * k) % n) / (double)n;
            double often = doubled && j && 2 * j != n ? 2 : 1;
            to[j * columns + k] = often * (sine ? sin(angle) : cos(angle));
        }
    return t;
}

// The part of the values (..., n, parts), made [n] long.
static AdjTensor *part(AdjTensor *x, int64_t which, int64_t n)
{
    AdjTensor *p = adj_select(x, -1, which);
    if (!p) return NULL;
    int64_t have = p->sizes[p->ndim - 1], pads[] = {0, n - have};
    if (have > n) return adj_narrow(p, -1, 0, n);
    return have < n ? adj_constant_pad_nd(p, (AdjLongs){2, pads}, ADJ_F(0)) : p;
}

// A product with the matrix of the transform, in double precision: signals are short where this
// runs.
static AdjTensor *transform(AdjTensor *x, int64_t n, bool inverse, bool onesided)
{
    int64_t parts = x->sizes[x->ndim - 1], half = n / 2 + 1;
    bool back = inverse && onesided;
    int64_t rows = back ? half : n, columns = !inverse && onesided ? half : n;
    AdjTensor *co = angles(rows, columns, n, false, back);
    AdjTensor *si = angles(rows, columns, n, true, back);
    AdjTensor *re = part(x, 0, rows), *im = parts > 1 ? part(x, 1, rows) : NULL;
    if (!co || !si || !re) return NULL;
    if (!inverse) si = adj_neg(si);  // e^(-i angle)
    AdjTensor *real = adj_matmul(re, co), *other = adj_matmul(re, si);
    if (im) {
        real = adj_sub(real, adj_matmul(im, si), ADJ_I(1));
        other = adj_add(other, adj_matmul(im, co), ADJ_I(1));
    }
    AdjTensor *both[] = {real, other};
    AdjTensor *y = back ? adj_unsqueeze(real, -1) : adj_stack((AdjTensors){2, both}, -1);
    return inverse ? adj_div(y, ADJ_NUM((double)n), NULL) : y;
}

AdjTensor *adj_onnx_load_dft(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *length = adj_onnx_in(c, 1), *at = adj_onnx_in(c, 2);
    bool inverse = adj_onnx_int(c, "inverse", 0), onesided = adj_onnx_int(c, "onesided", 0);
    int64_t axis = adj_onnx_int(c, "axis", c->opset < 20 ? 1 : -2);
    if (!x || x->ndim < 2 || !adj_is_float(x))
        return adj_onnx_fail(c, "its operand does not fit");
    if (at && at->numel == 1) axis = adj_onnx_values(at).at[0];
    if (!adj_wrap_dim(&axis, x->ndim) || axis == x->ndim - 1)
        return adj_onnx_fail(c, "the axis of parts is no axis to transform");
    int64_t n = inverse && onesided ? 2 * (x->sizes[axis] - 1) : x->sizes[axis];
    if (length && length->numel == 1) n = adj_onnx_values(length).at[0];
    if (n < 1 || n > 1 << 14) return adj_onnx_fail(c, "a length of %lld", (long long)n);
    AdjTensor *wide = adj_to(adj_movedim(x, ADJ_SHAPE(axis), ADJ_SHAPE(-2)), ADJ_F64);
    AdjTensor *y = wide ? transform(wide, n, inverse, onesided) : NULL;
    return adj_to(adj_movedim(y, ADJ_SHAPE(-2), ADJ_SHAPE(axis)), (AdjDtype)x->dtype);
}

// ---------------------------------------------------------------- windows

// a0 - a1 cos(2 pi k / n) + a2 cos(4 pi k / n), of n places or, not periodic, of n + 1.
static AdjTensor *window(AdjOnnxCall *c, double a0, double a1, double a2)
{
    AdjTensor *size = adj_onnx_need(c, 0);
    AdjDtype dtype = adj_onnx_dtype((int32_t)adj_onnx_int(c, "output_datatype", 1));
    if (!size || size->numel != 1 || dtype == ADJ_SAME)
        return adj_onnx_fail(c, "its operand does not fit");
    int64_t n = adj_onnx_values(size).at[0];
    if (n < 0 || n > INT32_MAX) return adj_onnx_fail(c, "a size of %lld", (long long)n);
    double period = (double)(adj_onnx_int(c, "periodic", 1) ? n : n - 1);
    AdjTensor *y = adj_new(ADJ_SHAPE(n), ADJ_F64);
    if (!y) return NULL;
    double *to = (double *)adj_ptr(y);
    for (int64_t k = 0; k < n; k++) {
        double angle = period > 0 ? 2 * M_PI * (double)k / period : 0;
        to[k] = a0 - a1 * cos(angle) + a2 * cos(2 * angle);
    }
    return adj_to(y, dtype);
}

AdjTensor *adj_onnx_load_hann_window(AdjOnnxCall *c)
{
    return window(c, 0.5, 0.5, 0);
}

AdjTensor *adj_onnx_load_hamming_window(AdjOnnxCall *c)
{
    return window(c, 25.0 / 46, 21.0 / 46, 0);
}

AdjTensor *adj_onnx_load_blackman_window(AdjOnnxCall *c)
{
    return window(c, 0.42, 0.5, 0.08);
}
