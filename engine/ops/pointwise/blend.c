// SPDX-License-Identifier: Apache-2.0
// blend.c: weighted elements along one axis, and the other way; each is the other's derivative.
#include "ops/pointwise/blend.h"

#include "cpu/pool.h"
#include "ops/shape/view.h"

static bool check_tables(const AdjTensor *place, const AdjTensor *weight, int64_t n)
{
    if (place->ndim != 2 || place->dtype != ADJ_I64 || weight->dtype != ADJ_F64 ||
        !adj_shape_equal(adj_shape(place), adj_shape(weight)) || !adj_is_contiguous(place) ||
        !adj_is_contiguous(weight)) {
        return adj_fail(ADJ_E_SHAPE,
                        "%s: places (int64) and weights (float64) must be two tables of one "
                        "shape, got %s and %s",
                        adj_op_name(), adj_describe(place), adj_describe(weight));
    }
    const int64_t *at = (const int64_t *)adj_ptr(place);
    for (int64_t i = 0; i < place->numel; i++)
        if (at[i] < -1 || at[i] >= n)
            return adj_fail(ADJ_E_INDEX, "%s: place %lld is not in an axis of size %lld",
                            adj_op_name(), (long long)at[i], (long long)n);
    return true;
}

// [x] seen as (outer, its axis dim, inner) and the tables, in the type of [x].
static AdjBlend describe(const AdjTensor *x, int64_t dim, const AdjTensor *place,
                         const AdjTensor *weight)
{
    AdjBlend b = {.dtype = (AdjDtype)x->dtype,
                  .outer = 1,
                  .inner = 1,
                  .m = place->sizes[0],
                  .taps = place->sizes[1],
                  .place = (const int64_t *)adj_ptr(place),
                  .weight = (const double *)adj_ptr(weight)};
    for (int d = 0; d < x->ndim; d++)
        if (d < dim)
            b.outer *= x->sizes[d];
        else if (d > dim)
            b.inner *= x->sizes[d];
    return b;
}

static bool check_input(const AdjTensor *x, int64_t *dim)
{
    if (!adj_wrap_dim(dim, x->ndim)) return false;
    if (adj_is_float(x) && x->ndim) return true;
    return adj_fail(ADJ_E_DTYPE, "%s: not implemented for %s", adj_op_name(), adj_describe(x));
}

static AdjDtype wide(const AdjTensor *x)
{
    return x->dtype == ADJ_F64 ? ADJ_F64 : ADJ_F32;
}

static void blend_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    int64_t dim = n->arg[0].i;
    AdjShape s = n->in[0].shape;
    dx[0] = adj_blend_back(dy[0], adj_saved_in(n, 1), adj_saved_in(n, 2), dim,
                           s.at[dim < 0 ? dim + s.n : dim]);
}

ADJ_OP(blend, "(input: tensor, places: tensor, weights: tensor, dim: int) -> tensor",
       "Weighted elements along an axis: y[..., j, ...] = sum over t of weights[j, t] "
       "input[..., places[j, t], ...].\n"
       "shapes  input (..., n, ...), places and weights (m, taps) -> (..., m, ...)\n"
       "notes   a place of -1 adds nothing; weights have no gradient\n"
       "errors  Index: a place outside the axis; Shape: tables of different shapes",
       .vjp = blend_vjp, .saves = ADJ_SAVE_IN(1) | ADJ_SAVE_IN(2), .no_method = true,
       .hosted = true)
AdjTensor *op_blend(AdjTensor *input, AdjTensor *places, AdjTensor *weights, int64_t dim)
{
    if (!check_input(input, &dim) || !check_tables(places, weights, input->sizes[dim]))
        return NULL;
    AdjTensor *x = adj_dense(input, wide(input));
    if (!x) return NULL;
    AdjBlend b = describe(x, dim, places, weights);
    AdjTensor *y = adj_new(adj_shape_with(adj_shape(x), dim, b.m), b.dtype);
    if (!y) return NULL;
    b.n = x->sizes[dim];
    if (y->numel) adj_blend_forward(&b, adj_ptr(x), adj_ptr(y));
    return adj_to(y, (AdjDtype)input->dtype);
}

static void blend_back_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] = adj_blend(dy[0], adj_saved_in(n, 1), adj_saved_in(n, 2), n->arg[0].i);
}

ADJ_OP(blend_back,
       "(input: tensor, places: tensor, weights: tensor, dim: int, size: int[0,]) -> tensor",
       "The derivative of blend: y[..., p, ...] = the sum of weights[j, t] input[..., j, ...] "
       "over all j, t with places[j, t] = p.\n"
       "shapes  input (..., m, ...), places and weights (m, taps) -> (..., size, ...)\n"
       "errors  Index: a place outside the axis; Shape: tables that do not fit",
       .vjp = blend_back_vjp, .saves = ADJ_SAVE_IN(1) | ADJ_SAVE_IN(2), .torch = "Blend",
       .no_method = true, .hosted = true)
AdjTensor *op_blend_back(AdjTensor *input, AdjTensor *places, AdjTensor *weights, int64_t dim,
                         int64_t size)
{
    if (!check_input(input, &dim) || !check_tables(places, weights, size)) return NULL;
    if (input->sizes[dim] != places->sizes[0]) {
        return adj_fail(ADJ_E_SHAPE, "blend_back: %lld rows of places for an axis of %lld",
                        (long long)places->sizes[0], (long long)input->sizes[dim]);
    }
    AdjTensor *y = adj_dense(input, wide(input));
    if (!y) return NULL;
    AdjBlend b = describe(y, dim, places, weights);
    AdjTensor *x = adj_new(adj_shape_with(adj_shape(y), dim, size), b.dtype);
    if (!x) return NULL;
    b.n = size;
    if (x->numel) adj_blend_back_run(&b, adj_ptr(y), adj_ptr(x));
    return adj_to(x, (AdjDtype)input->dtype);
}

// ---------------------------------------------------------------- several axes

AdjAxisMap adj_axis_map(int64_t m, int64_t taps)
{
    AdjShape shape = ADJ_SHAPE(m, taps);
    AdjAxisMap a = {adj_full(shape, ADJ_I(-1), ADJ_I64), adj_zeros(shape, ADJ_F64), m};
    return a;
}

// What enlarges is done last axis first, so that the passes over rows see the long axes; what
// makes smaller, first axis first.
AdjTensor *adj_map_axes(AdjTensor *x, int n, const AdjAxisMap *map)
{
    double growth = 1;
    for (int i = 0; i < n; i++) {
        if (!map[i].place || !map[i].weight) return NULL;
        growth *= (double)map[i].m / (double)x->sizes[x->ndim - n + i];
    }
    for (int k = 0; k < n; k++) {
        int i = growth > 1 ? n - 1 - k : k;
        x = adj_blend(x, map[i].place, map[i].weight, i - n);
    }
    return x;
}

AdjTensor *adj_map_back(AdjTensor *dy, int n, const AdjAxisMap *map, AdjShape size)
{
    double growth = 1;
    for (int i = 0; i < n; i++) {
        if (!map[i].place || !map[i].weight) return NULL;
        growth *= (double)size.at[size.n - n + i] / (double)(map[i].m ? map[i].m : 1);
    }
    for (int k = 0; k < n; k++) {
        int i = growth > 1 ? n - 1 - k : k;
        dy = adj_blend_back(dy, map[i].place, map[i].weight, i - n, size.at[size.n - n + i]);
    }
    return dy;
}
