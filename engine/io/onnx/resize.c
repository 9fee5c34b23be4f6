// SPDX-License-Identifier: Apache-2.0
// resize.c: ONNX's Resize and the Upsample before it. Whatever the mode, each axis is a table:
// for every place of the result a few places of the operand and their weights (ops/blend.h);
// the axes follow one another. The rules are those of the standard's text and of its reference
// in Python, which settles what the text leaves open.
#include "io/onnx/rows.h"
#include "ops/pointwise/blend.h"

#include <math.h>

typedef struct {
    const char *mode, *place, *nearest;  // attributes
    double a, from, to;                  // the cubic's slope; the region of this axis
    bool antialias, inside;              // exclude_outside
    int64_t in, out;
    double scale;
} Axis;

// Where the middle of place [j] lies in the operand.
static double coordinate(const Axis *x, int64_t j)
{
    double wide = x->scale * (double)x->in, at = ((double)j + 0.5) / x->scale - 0.5;
    if (!strcmp(x->place, "asymmetric")) return (double)j / x->scale;
    if (!strcmp(x->place, "align_corners"))
        return wide == 1 ? 0 : (double)j * (double)(x->in - 1) / (wide - 1);
    if (!strcmp(x->place, "pytorch_half_pixel")) return wide == 1 ? -0.5 : at;
    if (!strcmp(x->place, "half_pixel_symmetric"))
        return (double)x->in / 2 * (1 - (double)x->out / wide) + at;
    if (!strcmp(x->place, "tf_crop_and_resize")) {
        double last = (double)(x->in - 1), step = (x->to - x->from) * last;
        return wide == 1 ? step / 2 + x->from * last
                         : (double)j * step / (wide - 1) + x->from * last;
    }
    return at;
}

static double cubic(double x, double a)
{
    x = fabs(x);
    if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? a * (((x - 5) * x + 8) * x - 4) : 0;
}

static int64_t nearest_of(const Axis *x, double at)
{
    double low = floor(at), part = at - low;
    bool up = !strcmp(x->nearest, "ceil")                ? part > 0
              : !strcmp(x->nearest, "floor")             ? false
              : !strcmp(x->nearest, "round_prefer_ceil") ? part >= 0.5
                                                         : part > 0.5;
    return (int64_t)low + up;
}

static int64_t limited(int64_t i, int64_t n)
{
    return i < 0 ? 0 : i >= n ? n - 1 : i;
}

// The weights of row [j] around [at]: a kernel one or two places wide, wider by the scale where
// the result is coarser and aliasing is to be kept off.
static void weigh(const Axis *x, const AdjAxisMap *m, int64_t j, double at, int taps)
{
    double shrink = x->antialias && x->scale < 1 ? x->scale : 1, total = 0;
    int64_t first = (int64_t)floor(at) - taps / 2 + 1;
    bool soft = !strcmp(x->mode, "cubic");
    for (int k = 0; k < taps; k++) {
        double far = ((double)(first + k) - at) * shrink;
        double w = soft ? cubic(far, x->a) : fmax(0, 1 - fabs(far));
        if (x->inside && (first + k < 0 || first + k >= x->in)) w = 0;
        adj_map_place(m, j)[k] = limited(first + k, x->in);
        adj_map_weight(m, j)[k] = w;
        total += w;
    }
    if (!x->inside && !x->antialias) return;
    for (int k = 0; k < taps && total != 0; k++) adj_map_weight(m, j)[k] /= total;
}

// Rows that lie outside of a cropped region stay empty, for the extrapolated value.
static AdjAxisMap map_of(const Axis *x)
{
    bool nearest = !strcmp(x->mode, "nearest"), crop = !strcmp(x->place, "tf_crop_and_resize");
    double reach = !strcmp(x->mode, "cubic") ? 2 : 1;
    if (x->antialias && x->scale < 1) reach /= x->scale;
    int taps = nearest ? 1 : 2 * (int)ceil(reach);
    AdjAxisMap m = adj_axis_map(x->out, taps);
    for (int64_t j = 0; m.place && m.weight && j < x->out; j++) {
        double at = coordinate(x, j);
        if (crop && (at < 0 || at > (double)(x->in - 1))) continue;
        if (!nearest) {
            weigh(x, &m, j, at, taps);
            continue;
        }
        adj_map_place(&m, j)[0] = limited(nearest_of(x, at), x->in);
        adj_map_weight(&m, j)[0] = 1;
    }
    return m;
}

// ---------------------------------------------------------------- the node

// What a node says of all axes of its operand.
typedef struct {
    AdjTensor *x;
    double scale[ADJ_MAX_DIMS], from[ADJ_MAX_DIMS], to[ADJ_MAX_DIMS];
    int64_t out[ADJ_MAX_DIMS];
} Plan;

// Numbers for the axes that the node names, all of them by default, into [to].
static bool spread(AdjOnnxCall *c, const AdjShape *axes, AdjTensor *t, int64_t skip, double *to)
{
    AdjTensor *wide = adj_contiguous(adj_to(t, ADJ_F64));
    if (!wide) return false;
    if (wide->numel < skip + axes->n)
        return adj_onnx_fail(c, "a list does not fit its operand");
    const double *from = (const double *)adj_ptr(wide);
    for (int i = 0; i < axes->n; i++) to[axes->at[i]] = from[skip + i];
    return true;
}

// Sizes that were wanted may stand for a limit that both axes are to keep with one scale.
static void keep_ratio(AdjOnnxCall *c, const AdjShape *axes, const double *wanted, Plan *p)
{
    const char *policy = adj_onnx_str(c, "keep_aspect_ratio_policy", "stretch");
    double best = 0;
    if (!strcmp(policy, "stretch")) return;
    for (int i = 0; i < axes->n; i++) {
        double scale = wanted[axes->at[i]] / (double)p->x->sizes[axes->at[i]];
        bool less = !strcmp(policy, "not_larger") ? scale < best : scale > best;
        if (!i || less) best = scale;
    }
    for (int i = 0; i < axes->n; i++) {
        p->scale[axes->at[i]] = best;
        p->out[axes->at[i]] = (int64_t)(best * (double)p->x->sizes[axes->at[i]] + 0.5);
    }
}

static bool plan(AdjOnnxCall *c, AdjTensor *scales, AdjTensor *sizes, AdjTensor *roi, Plan *p)
{
    AdjShape axes;
    double wanted[ADJ_MAX_DIMS];
    if (!adj_onnx_ints(c, "axes", -1, &axes)) return false;
    for (int d = 0; d < p->x->ndim; d++) {
        p->scale[d] = p->to[d] = 1, p->from[d] = 0;
        p->out[d] = p->x->sizes[d];
        if (axes.n < 0 || axes.n == d) axes.at[d] = d;
    }
    if (axes.n < 0) axes.n = p->x->ndim;
    for (int i = 0; i < axes.n; i++)
        if (!adj_wrap_dim(&axes.at[i], p->x->ndim)) return false;
    if (roi && roi->numel == 2 * axes.n &&
        (!spread(c, &axes, roi, 0, p->from) || !spread(c, &axes, roi, axes.n, p->to)))
        return false;
    bool by_size = sizes && sizes->numel;
    if (!by_size && !scales) return adj_onnx_fail(c, "neither scales nor sizes");
    if (!spread(c, &axes, by_size ? sizes : scales, 0, by_size ? wanted : p->scale))
        return false;
    for (int i = 0; i < axes.n; i++) {
        int64_t d = axes.at[i];
        double n = (double)p->x->sizes[d];
        if (by_size) p->scale[d] = n > 0 ? wanted[d] / n : 1;
        p->out[d] = by_size ? (int64_t)wanted[d] : (int64_t)floor(p->scale[d] * n);
    }
    if (by_size) keep_ratio(c, &axes, wanted, p);
    for (int d = 0; d < p->x->ndim; d++)
        if (!(p->scale[d] > 0) || p->out[d] < 1 || !p->x->sizes[d])
            return adj_onnx_fail(c, "an axis of no size");
    return true;
}

static AdjTensor *along(AdjTensor *x, const Axis *axis, int d)
{
    AdjAxisMap m = map_of(axis);
    if (!m.place || !m.weight) return NULL;
    if (adj_is_float(x)) return adj_blend(x, m.place, m.weight, d);
    return adj_index_select(x, d, adj_squeeze(m.place, ADJ_SHAPE(1)));
}

static AdjTensor *resized(AdjOnnxCall *c, Plan *p, const char *mode, const char *place,
                          const char *nearest)
{
    double beyond = adj_onnx_float(c, "extrapolation_value", 0);
    bool fill = !strcmp(place, "tf_crop_and_resize") && beyond != 0;
    AdjTensor *y = p->x, *covered = fill ? adj_ones_like(y, ADJ_F64) : NULL;
    bool exact = !adj_is_float(y) && strcmp(mode, "nearest");
    if (exact) y = adj_to(y, ADJ_F64);
    for (int d = 0; y && d < y->ndim; d++) {
        Axis axis = {.mode = mode,
                     .place = place,
                     .nearest = nearest,
                     .a = adj_onnx_float(c, "cubic_coeff_a", -0.75),
                     .from = p->from[d],
                     .to = p->to[d],
                     .antialias = adj_onnx_int(c, "antialias", 0),
                     .inside = adj_onnx_int(c, "exclude_outside", 0),
                     .in = y->sizes[d],
                     .out = p->out[d],
                     .scale = p->scale[d]};
        bool same = axis.scale == 1 && axis.in == axis.out && p->from[d] == 0 && p->to[d] == 1;
        if (same) continue;
        y = along(y, &axis, d);
        if (covered) covered = along(covered, &axis, d);
    }
    if (fill) {
        AdjTensor *outside = adj_lt(covered, ADJ_NUM(0.5));
        y = adj_masked_fill(y, outside, ADJ_NUM(beyond));
    }
    return exact ? adj_to(adj_round(y, 0), adj_dtype(p->x)) : y;
}

// Before version 11: operand and scales, nothing else.
AdjTensor *adj_onnx_load_resize(AdjOnnxCall *c)
{
    Plan p = {.x = adj_onnx_need(c, 0)};
    bool old = c->opset < 11;
    AdjTensor *scales = adj_onnx_in(c, old ? 1 : 2);
    if (!p.x) return NULL;
    if (scales && !scales->numel) scales = NULL;
    if (!plan(c, scales, old ? NULL : adj_onnx_in(c, 3), old ? NULL : adj_onnx_in(c, 1), &p))
        return NULL;
    const char *mode = adj_onnx_str(c, "mode", "nearest");
    const char *place =
        adj_onnx_str(c, "coordinate_transformation_mode", old ? "asymmetric" : "half_pixel");
    return resized(c, &p, mode, place,
                   adj_onnx_str(c, "nearest_mode", old ? "floor" : "round_prefer_floor"));
}

// The scales were an attribute first, an input from version 9 on.
AdjTensor *adj_onnx_load_upsample(AdjOnnxCall *c)
{
    Plan p = {.x = adj_onnx_need(c, 0)};
    AdjTensor *scales = adj_onnx_in(c, 1);
    const Onnx__AttributeProto *own = adj_onnx_attr(c->node, "scales");
    if (p.x && !scales && own && own->n_floats == (size_t)p.x->ndim) {
        scales = adj_new(ADJ_SHAPE(p.x->ndim), ADJ_F32);
        if (scales) memcpy(adj_ptr(scales), own->floats, own->n_floats * sizeof(float));
    }
    if (!p.x || !plan(c, scales, NULL, NULL, &p)) return NULL;
    const char *mode = adj_onnx_str(c, "mode", "nearest");
    return resized(c, &p, mode, "asymmetric", "floor");
}
