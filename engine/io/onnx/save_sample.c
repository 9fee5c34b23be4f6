// SPDX-License-Identifier: Apache-2.0
// save_sample.c: resampling, patches, transforms and adaptive windows of ours as nodes of ONNX.
// Every one of them is a fixed linear map along each of its axes. Where ONNX has an operator
// with the same rule that is written, else the map's matrix and a product with it.
#include "io/onnx/save.h"
#include "ops/pointwise/blend.h"

// y[..., j, ...] = sum_i matrix[j, i] x[..., i, ...] along [dim] of a tensor with [n] axes: the
// axis is moved to the end, for a product with the matrix's transpose, and back.
static const char *map_axis(AdjOnnxSaver *s, const AdjStep *step, const char *x, int n, int dim,
                            AdjTensor *matrix)
{
    ADJ_SCOPE;
    int64_t order[ADJ_MAX_DIMS];
    AdjTensor *t = adj_contiguous(adj_t(adj_to(matrix, out_type(step))));
    if (!t) return NULL;
    for (int d = 0; d < n; d++) order[d] = d;
    order[dim] = n - 1, order[n - 1] = dim;
    const AdjOnnxAttr *perm = ADJ_ATTRS(ADJ_ATTR_INTS("perm", ((AdjLongs){n, order})));
    if (dim < n - 1) x = adj_onnx_node(s, "Transpose", ADJ_NAMES(x), perm);
    x = two(s, "MatMul", x, adj_onnx_constant(s, t));
    return dim < n - 1 ? adj_onnx_node(s, "Transpose", ADJ_NAMES(x), perm) : x;
}

// The matrix (m, n) of a linear operation along an axis of size n, by what it makes of the unit
// vectors, which are the columns of [made] (m, n).
static bool save_blended(AdjOnnxSaver *s, const AdjStep *step, AdjTensor *matrix)
{
    int n = step->in[0]->ndim;
    int64_t dim = adj_step_arg(step, "dim")->i;
    if (!matrix) return false;
    return done(s, step,
                map_axis(s, step, in(s, step, 0), n, (int)(dim < 0 ? dim + n : dim), matrix));
}

bool adj_onnx_save_blend(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    ADJ_SCOPE;
    (void)row;
    int64_t dim = adj_step_arg(step, "dim")->i, n = step->in[0]->ndim;
    int64_t size = step->in[0]->sizes[dim < 0 ? dim + n : dim];
    return save_blended(s, step,
                        adj_blend(adj_eye(size, size, ADJ_F64), step->in[1], step->in[2], 0));
}

bool adj_onnx_save_blend_back(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    ADJ_SCOPE;
    (void)row;
    int64_t rows = step->in[1]->sizes[0], size = adj_step_arg(step, "size")->i;
    AdjTensor *eye = adj_eye(rows, rows, ADJ_F64);
    return save_blended(s, step, adj_blend_back(eye, step->in[1], step->in[2], 0, size));
}

// Real and imaginary parts stand in a last axis of two: a product gives (..., 2 k), then split.
bool adj_onnx_save_rfft_real(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    ADJ_SCOPE;
    (void)row;
    int n = step->in[0]->ndim;
    int64_t size = step->in[0]->sizes[n - 1], shape[ADJ_MAX_DIMS + 1] = {0};
    int64_t wanted = adj_step_arg(step, "n")->i, k = step->out[0]->sizes[n - 1];
    AdjTensor *columns = adj_rfft_real(adj_eye(size, size, ADJ_F64), wanted);
    if (!columns) return false;
    AdjTensor *matrix = adj_t(adj_reshape(columns, ADJ_SHAPE(size, 2 * k)));
    const char *y = matrix ? map_axis(s, step, in(s, step, 0), n, n - 1, matrix) : NULL;
    shape[n - 1] = k, shape[n] = 2;
    return done(s, step, two(s, "Reshape", y, ints(s, n + 1, shape)));
}

// Averages over windows that overlap by how the sizes divide, one axis after the other.
bool adj_onnx_save_uneven_averages(AdjOnnxSaver *s, const AdjStep *step, int axes)
{
    ADJ_SCOPE;
    const AdjTensor *x = step->in[0], *y = step->out[0];
    const char *name = in(s, step, 0);
    for (int d = x->ndim - axes; d < x->ndim; d++) {
        int64_t from = x->sizes[d], to = y->sizes[d];
        AdjTensor *eye = adj_unsqueeze(adj_eye(from, from, ADJ_F64), 0);
        AdjTensor *rows = adj_adaptive_avg_pool1d(eye, ADJ_SHAPE(to));
        if (!rows) return false;
        name = map_axis(s, step, name, x->ndim, d, adj_t(adj_squeeze(rows, ADJ_SHAPE(0))));
    }
    return done(s, step, name);
}

// Resize by the result's sizes, or by the scales that the caller insisted on; the first axes
// have the size they come with.
bool adj_onnx_save_resample(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    ADJ_SCOPE;
    (void)row;
    const AdjTensor *x = step->in[0];
    AdjShape size = adj_step_arg(step, "size")->ints;
    AdjFloats scale = adj_step_arg(step, "scale")->floats;
    const char *mode = adj_step_arg(step, "mode")->s;
    bool align = adj_step_arg(step, "align_corners")->b, exact = !strcmp(mode, "nearest-exact");
    bool nearest = exact || !strcmp(mode, "nearest"), cubic = !strcmp(mode, "bicubic");
    int first = x->ndim - size.n;
    if (adj_step_arg(step, "antialias")->b) return cannot(step, "antialias");
    bool scaled = scale.n > 0 && (nearest || !align);  // else the sizes alone say where
    float *scales = NULL;
    AdjTensor *list = scaled ? adj_ones(ADJ_SHAPE(x->ndim), ADJ_F32) : NULL;
    if (scaled && !list) return false;
    if (list) scales = (float *)adj_ptr(list);
    for (int i = 0; scales && i < size.n; i++)
        scales[first + i] = (float)scale.at[scale.n == size.n ? i : 0];
    const char *names[4] = {in(s, step, 0), "", "", ""};
    if (list) {
        names[2] = adj_onnx_constant(s, list);
    } else {
        const char *lead = adj_onnx_node(s, "Shape", ADJ_NAMES(names[0]),
                                         ADJ_ATTRS(ADJ_ATTR_INT("end", first)));
        names[3] = adj_onnx_node(s, "Concat", ADJ_NAMES(lead, ints(s, size.n, size.at)),
                                 ADJ_ATTRS(ADJ_ATTR_INT("axis", 0)));
    }
    const char *place = exact     ? "half_pixel"
                        : nearest ? "asymmetric"
                        : align   ? "align_corners"
                        : cubic   ? "half_pixel"
                                  : "pytorch_half_pixel";
    return done(s, step,
                adj_onnx_node(s, "Resize", list ? 3 : 4, names,
                              ADJ_ATTRS(ADJ_ATTR_STR("mode", nearest ? "nearest"
                                                             : cubic ? "cubic"
                                                                     : "linear"),
                                        ADJ_ATTR_STR("coordinate_transformation_mode", place),
                                        ADJ_ATTR_STR("nearest_mode",
                                                     exact ? "round_prefer_ceil" : "floor"),
                                        ADJ_ATTR_FLOAT("cubic_coeff_a", -0.75))));
}

// Four axes from version 16 on, five from version 20, where the modes changed their names.
bool adj_onnx_save_grid_sample(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *mode = adj_step_arg(step, "mode")->s;
    bool later = adj_onnx_opset(s) >= 20;
    if (step->in[0]->ndim != 4 && !later) return cannot(step, "three axes before opset 20");
    if (later && !strcmp(mode, "bilinear")) mode = "linear";
    if (later && !strcmp(mode, "bicubic")) mode = "cubic";
    return done(
        s, step,
        adj_onnx_node(
            s, "GridSample", ADJ_NAMES(in(s, step, 0), in(s, step, 1)),
            ADJ_ATTRS(ADJ_ATTR_STR("mode", mode),
                      ADJ_ATTR_STR("padding_mode", adj_step_arg(step, "padding_mode")->s),
                      ADJ_ATTR_INT("align_corners", adj_step_arg(step, "align_corners")->b))));
}

// Added at their places in planes of zeros, (..., places) at a time.
bool adj_onnx_save_max_pool_put(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    AdjShape size = adj_step_arg(step, "size")->ints;
    int first = step->in[0]->ndim - size.n;
    int64_t plane = 1, flat[ADJ_MAX_DIMS] = {0};
    for (int i = 0; i < size.n; i++) plane *= size.at[i];
    flat[first] = -1;
    const char *x = in(s, step, 0), *as = ints(s, first + 1, flat);
    const char *lead =
        adj_onnx_node(s, "Shape", ADJ_NAMES(x), ADJ_ATTRS(ADJ_ATTR_INT("end", first)));
    const AdjOnnxAttr *join = ADJ_ATTRS(ADJ_ATTR_INT("axis", 0));
    const char *rows = adj_onnx_node(s, "Concat", ADJ_NAMES(lead, ints(s, 1, &plane)), join);
    const char *whole =
        adj_onnx_node(s, "Concat", ADJ_NAMES(lead, ints(s, size.n, size.at)), join);
    const char *zeros = two(s, "Expand", adj_onnx_number(s, 0, out_type(step)), rows);
    const char *add = adj_step_arg(step, "add")->b ? "add" : "none";
    const char *y = adj_onnx_node(
        s, "ScatterElements",
        ADJ_NAMES(zeros, two(s, "Reshape", in(s, step, 1), as), two(s, "Reshape", x, as)),
        ADJ_ATTRS(ADJ_ATTR_INT("axis", first), ADJ_ATTR_STR("reduction", add)));
    return done(s, step, two(s, "Reshape", y, whole));
}

// Rows added at their numbers along the first axis.
bool adj_onnx_save_index_add(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    int64_t dim = adj_step_arg(step, "dim")->i, last = -1;
    if (dim && dim != -step->in[0]->ndim) return cannot(step, "another axis than the first");
    if (adj_onnx_opset(s) < 16) return cannot(step, "an opset before 16");
    double alpha = adj_step_arg(step, "alpha")->num.f;
    const char *rows = in_as_out(s, step, 2);
    if (alpha != 1) rows = with(s, step, "Mul", rows, alpha);
    const char *at = two(s, "Unsqueeze", in(s, step, 1), ints(s, 1, &last));
    return done(s, step,
                adj_onnx_node(s, "ScatterND", ADJ_NAMES(in(s, step, 0), at, rows),
                              ADJ_ATTRS(ADJ_ATTR_STR("reduction", "add"))));
}
