// SPDX-License-Identifier: Apache-2.0
// save_places.c: the greatest elements of windows that ONNX's MaxPool cannot lay out, adaptive
// ones of several sizes and fractional ones. A constant table says which places of a plane each
// window has; the elements there are gathered, and the greatest of them taken.
//
// Where the windows are is known to our op alone: it is asked with a plane whose elements grow
// with their place, and with one where they fall, for the last and the first place of each.
#include "io/onnx/save.h"

typedef struct {
    int axes;
    AdjShape size;         // of a plane
    int64_t n;             // windows
    const int64_t *first;  // place of each window's first and last element
    const int64_t *last;
} Corners;

static int64_t plane_of(const Corners *c)
{
    int64_t n = 1;
    for (int i = 0; i < c->axes; i++) n *= c->size.at[i];
    return n;
}

static AdjTensor *places_of(const AdjStep *step, AdjTensor *x)
{
    AdjShape out = adj_step_arg(step, "output_size")->ints;
    const AdjValue *kernel = adj_step_arg(step, "kernel_size");
    AdjTensors r = kernel
                       ? adj_fractional_max_pool_with_indices(x, kernel->ints, out, step->in[1])
                       : adj_adaptive_max_pool_with_indices(x, out);
    return r.n == 2 ? adj_contiguous(r.at[1]) : NULL;
}

// Fractional windows differ from plane to plane, the others are the same in all.
static bool corners_of(const AdjStep *step, int axes, Corners *c)
{
    const AdjTensor *x = step->in[0];
    AdjShape shape = adj_shape(x), one = ADJ_SHAPE(1);
    *c = (Corners){.axes = axes, .size = {.n = axes}};
    for (int i = 0; i < axes; i++) {
        c->size.at[i] = x->sizes[x->ndim - axes + i];
        one.at[one.n++] = c->size.at[i];
    }
    AdjDtype type = x->dtype == ADJ_F64 ? ADJ_F64 : ADJ_F32;
    AdjTensor *ramp = adj_arange(ADJ_I(0), ADJ_I(plane_of(c)), ADJ_I(1), type);
    ramp = adj_reshape(ramp, one);
    if (ramp && adj_step_arg(step, "kernel_size")) {
        if (x->ndim == axes + 2) ramp = adj_unsqueeze(ramp, 0);
        ramp = adj_contiguous(adj_expand(ramp, shape));
    }
    AdjTensor *last = places_of(step, ramp),
              *first = ramp ? places_of(step, adj_neg(ramp)) : NULL;
    if (!first || !last) return false;
    c->n = first->numel;
    c->first = (const int64_t *)adj_ptr(first);
    c->last = (const int64_t *)adj_ptr(last);
    return true;
}

// Writes the places of window [w] in their order; returns how many there are. [to] may be NULL.
static int64_t walk(const Corners *c, int64_t w, int64_t *to)
{
    int64_t from[ADJ_MAX_DIMS], many[ADJ_MAX_DIMS], all = 1, a = c->first[w], b = c->last[w];
    for (int i = c->axes; i--;) {
        from[i] = a % c->size.at[i];
        many[i] = b % c->size.at[i] - from[i] + 1;
        a /= c->size.at[i], b /= c->size.at[i];
        all *= many[i];
    }
    for (int64_t k = 0; to && k < all; k++) {
        int64_t rest = k, place = 0, stride = 1;
        for (int i = c->axes; i--;) {
            place += (from[i] + rest % many[i]) * stride;
            stride *= c->size.at[i];
            rest /= many[i];
        }
        to[k] = place;
    }
    return all;
}

// (planes, windows, places): shorter windows say their first place again, which changes neither
// what is greatest nor where it stands first.
static AdjTensor *table_of(const Corners *c, int64_t planes)
{
    int64_t most = 1;
    for (int64_t w = 0; w < c->n; w++) {
        int64_t n = walk(c, w, NULL);
        if (n > most) most = n;
    }
    AdjTensor *t = adj_new(ADJ_SHAPE(planes, planes ? c->n / planes : 0, most), ADJ_I64);
    int64_t *row = t ? (int64_t *)adj_ptr(t) : NULL;
    for (int64_t w = 0; row && w < c->n; w++, row += most)
        for (int64_t n = walk(c, w, row), k = n; k < most; k++) row[k] = row[0];
    return t;
}

// (1, ..., 1, windows * places), as many axes as [x] has when its planes are lines, or with x's
// own leading sizes where every plane has a table of its own.
static const char *gathered(AdjOnnxSaver *s, const AdjStep *step, AdjTensor *table, int axes)
{
    const AdjTensor *x = step->in[0];
    int lead = x->ndim - axes;
    int64_t flat[ADJ_MAX_DIMS] = {0};
    flat[lead] = -1;
    const char *line = two(s, "Reshape", in(s, step, 0), ints(s, lead + 1, flat));
    const AdjOnnxAttr *axis = ADJ_ATTRS(ADJ_ATTR_INT("axis", lead));
    AdjTensor *all = adj_reshape(table, ADJ_SHAPE(-1));
    if (table->sizes[0] == 1)
        return adj_onnx_node(s, "Gather", ADJ_NAMES(line, adj_onnx_constant(s, all)), axis);
    AdjShape own = {.n = lead + 1};
    for (int d = 0; d < lead; d++) own.at[d] = x->sizes[d];
    own.at[lead] = -1;
    const char *places = adj_onnx_constant(s, adj_reshape(table, own));
    return adj_onnx_node(s, "GatherElements", ADJ_NAMES(line, places), axis);
}

bool adj_onnx_save_greatest(AdjOnnxSaver *s, const AdjStep *step, int axes)
{
    ADJ_SCOPE;
    const AdjTensor *y = step->out[0];
    int lead = y->ndim - axes;
    int64_t planes = 1, split[ADJ_MAX_DIMS + 2] = {0}, whole[ADJ_MAX_DIMS] = {0}, last = -1;
    Corners c;
    if (adj_step_arg(step, "kernel_size"))
        for (int d = 0; d < lead; d++) planes *= y->sizes[d];
    if (!y->numel) return cannot(step, "no windows");
    if (!corners_of(step, axes, &c)) return false;
    AdjTensor *table = table_of(&c, planes);
    if (!table) return false;
    split[lead] = table->sizes[1], split[lead + 1] = table->sizes[2];
    for (int i = 0; i < axes; i++) whole[lead + i] = y->sizes[lead + i];
    const char *x = two(s, "Reshape", gathered(s, step, table, axes), ints(s, lead + 2, split));
    const char *to = ints(s, y->ndim, whole), *behind = ints(s, 1, &last);
    const char *max = adj_onnx_reduced(s, "ReduceMax", x, ADJ_SHAPE(-1), false);
    const char *at =
        adj_onnx_node(s, "ArgMax", ADJ_NAMES(x),
                      ADJ_ATTRS(ADJ_ATTR_INT("axis", -1), ADJ_ATTR_INT("keepdims", 1)));
    AdjShape wide = {.n = lead + 2};
    for (int d = 0; d < lead; d++) wide.at[d] = planes == 1 ? 1 : y->sizes[d];
    wide.at[lead] = split[lead], wide.at[lead + 1] = split[lead + 1];
    const char *places = adj_onnx_constant(s, adj_reshape(table, wide));
    places = two(s, "Expand", places, one(s, "Shape", x));
    places = adj_onnx_node(s, "GatherElements", ADJ_NAMES(places, at),
                           ADJ_ATTRS(ADJ_ATTR_INT("axis", lead + 1)));
    places = two(s, "Reshape", two(s, "Squeeze", places, behind), to);
    return done(s, step, two(s, "Reshape", max, to)) && adj_onnx_bind(s, step->out[1], places);
}

// Samples that the pass drew for itself stand in the file like any other constant.
bool adj_onnx_save_fractional_max_pool(AdjOnnxSaver *s, const AdjOnnxRow *row,
                                       const AdjStep *step)
{
    (void)row;
    if (adj_onnx_varies(s, step->in[1])) return cannot(step, "samples that vary");
    return adj_onnx_save_greatest(s, step, (int)adj_step_arg(step, "kernel_size")->ints.n);
}
