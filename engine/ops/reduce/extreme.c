// SPDX-License-Identifier: Apache-2.0
// extreme.c: the greatest and least elements, where they are, and their smooth relative
// logsumexp.
//
// A NaN counts as greatest and as least, so it is always seen. Of equal elements the first is
// chosen by the forms that give a place, and those forms send the gradient to that place alone;
// the forms without a place share it among all equal elements.
#include "cpu/softmax.h"
#include "ops/reduce/reduce.h"

// Extremes are taken in a type kernels have; the way back is exact.
static AdjDtype exact_dtype(const AdjTensor *x)
{
    AdjDtype t = adj_compute_dtype((AdjDtype)x->dtype);
    return t == ADJ_I32 || t == ADJ_U8 ? ADJ_I64 : t;
}

static AdjTensor *extreme(bool greatest, AdjTensor *x, AdjShape dims, bool keepdim)
{
    unsigned mask;
    AdjLayout l;
    AdjDtype t = exact_dtype(x);
    if (!adj_axes(dims, x->ndim, &mask) || !adj_nonempty(x, mask)) return NULL;
    if (!adj_layout(x, mask, keepdim, t, false, &l)) return NULL;
    AdjTensor *y = adj_new(l.shape, t);
    if (!y) return NULL;
    AdjReduceCall c = {.kind = greatest ? ADJ_R_MAX : ADJ_R_MIN,
                       .dtype = t,
                       .outer = l.outer,
                       .n = l.n,
                       .inner = l.inner,
                       .x = l.data,
                       .y = adj_ptr(y),
                       .divisor = 1};
    return ADJ_RUN(adj_device_of(y), reduce, &c) ? adj_to(y, (AdjDtype)x->dtype) : NULL;
}

AdjTensor *adj_share(AdjNode *n, AdjTensor *dy, AdjShape dims, bool keepdim)
{
    AdjTensor *x = adj_saved_in(n, 0);
    AdjTensor *y = adj_keep_axes(adj_saved_out(n, 0), n->in[0].shape, dims, keepdim);
    AdjTensor *g = adj_keep_axes(dy, n->in[0].shape, dims, keepdim);
    if (!x || !y || !g) return NULL;
    AdjTensor *both_nan = adj_logical_and(adj_isnan(x), adj_isnan(y));
    AdjTensor *mask = adj_to(adj_logical_or(adj_eq(x, y), both_nan), adj_dtype(x));
    return adj_mul(adj_div(g, adj_sum(mask, dims, true, ADJ_SAME), NULL), mask);
}

static void amax_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] = adj_share(n, dy[0], n->arg[0].ints, n->arg[1].b);
}

ADJ_OP(amax, "(input: tensor, dim: ints? = None, keepdim: bool = False) -> tensor",
       "The greatest element over the axes in dim; equal ones share the gradient.",
       .vjp = amax_vjp, .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_OUT(0))
AdjTensor *op_amax(AdjTensor *input, AdjShape dim, bool keepdim)
{
    return extreme(true, input, dim, keepdim);
}

ADJ_OP(amin, "(input: tensor, dim: ints? = None, keepdim: bool = False) -> tensor",
       "The least element over the axes in dim; equal ones share the gradient.",
       .vjp = amax_vjp, .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_OUT(0))
AdjTensor *op_amin(AdjTensor *input, AdjShape dim, bool keepdim)
{
    return extreme(false, input, dim, keepdim);
}

// ---------------------------------------------------------------- places

static AdjTensor *place(bool greatest, AdjTensor *x, unsigned mask, bool keepdim)
{
    AdjLayout l;
    if (!adj_nonempty(x, mask) || !adj_layout(x, mask, keepdim, exact_dtype(x), false, &l))
        return NULL;
    if (l.data != adj_ptr(l.x) || !adj_is_contiguous(l.x)) {  // the order matters here
        l.x = adj_contiguous(l.x);
        if (!l.x) return NULL;
        l.data = adj_ptr(l.x);
    }
    AdjTensor *at = adj_new(l.shape, ADJ_I64);
    if (!at) return NULL;
    AdjPlaceCall c = {.greatest = greatest,
                      .dtype = adj_dtype(l.x),
                      .x = l.data,
                      .outer = l.outer,
                      .n = l.n,
                      .inner = l.inner,
                      .at = (int64_t *)adj_ptr(at)};
    return ADJ_RUN(adj_device_of(at), place, &c) ? at : NULL;
}

static AdjTensor *arg_extreme(bool greatest, AdjTensor *x, int64_t dim, bool keepdim)
{
    if (dim == ADJ_NO_INT) return place(greatest, x, (1u << x->ndim) - 1, keepdim);
    if (!adj_wrap_dim(&dim, x->ndim)) return NULL;
    return place(greatest, x, x->ndim ? 1u << dim : 0, keepdim);
}

ADJ_OP(argmax, "(input: tensor, dim: int? = None, keepdim: bool = False) -> tensor",
       "Index of the greatest element along dim; without dim, in the flattened tensor.",
       .no_grad = true)
AdjTensor *op_argmax(AdjTensor *input, int64_t dim, bool keepdim)
{
    return arg_extreme(true, input, dim, keepdim);
}

ADJ_OP(argmin, "(input: tensor, dim: int? = None, keepdim: bool = False) -> tensor",
       "Index of the least element along dim; without dim, in the flattened tensor.",
       .no_grad = true)
AdjTensor *op_argmin(AdjTensor *input, int64_t dim, bool keepdim)
{
    return arg_extreme(false, input, dim, keepdim);
}

// Values and places along one axis.
static AdjTensors along(bool greatest, AdjTensor *x, int64_t dim, bool keepdim)
{
    AdjTensors none = {0, NULL};
    if (!adj_wrap_dim(&dim, x->ndim)) return none;
    AdjTensor *at = place(greatest, x, x->ndim ? 1u << dim : 0, true);
    if (!at) return none;
    AdjTensor *values = x->ndim ? adj_gather(x, dim, at) : adj_clone(x);
    if (!keepdim && x->ndim) {
        values = adj_squeeze(values, adj_axis(dim));
        at = adj_squeeze(at, adj_axis(dim));
    }
    return adj_list(2, (AdjTensor *[]){values, at});
}

static void max_dim_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] =
        adj_scatter_back(dy[0], n->in[0].shape, adj_saved_out(n, 1), n->arg[0].i, n->arg[1].b);
}

ADJ_OP(max_dim,
       "(input: tensor, dim: int, keepdim: bool = False) -> (values: tensor, indices: tensor)",
       "The greatest elements along dim and their places.", .vjp = max_dim_vjp,
       .saves = ADJ_SAVE_OUT(1), .torch = "Max", .no_method = true)
AdjTensors op_max_dim(AdjTensor *input, int64_t dim, bool keepdim)
{
    return along(true, input, dim, keepdim);
}

ADJ_OP(min_dim,
       "(input: tensor, dim: int, keepdim: bool = False) -> (values: tensor, indices: tensor)",
       "The least elements along dim and their places.", .vjp = max_dim_vjp,
       .saves = ADJ_SAVE_OUT(1), .torch = "Min", .no_method = true)
AdjTensors op_min_dim(AdjTensor *input, int64_t dim, bool keepdim)
{
    return along(false, input, dim, keepdim);
}

// Without an axis there must be something to choose from.
static AdjTensor *of_all(bool greatest, AdjTensor *x)
{
    if (x->numel == 0) {
        return adj_fail(ADJ_E_RUNTIME,
                        "%s(): Expected reduction dim to be specified for input.numel() == 0. "
                        "Specify the reduction dim with the 'dim' argument.",
                        greatest ? "max" : "min");
    }
    return extreme(greatest, x, ADJ_ALL, false);
}

static void of_all_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] = adj_share(n, dy[0], ADJ_ALL, false);
}

ADJ_OP(max_all, "(input: tensor) -> tensor",
       "The greatest of all elements; equal ones share the gradient.", .vjp = of_all_vjp,
       .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_OUT(0), .torch = "MaxBackward1", .no_method = true)
AdjTensor *op_max_all(AdjTensor *input)
{
    return of_all(true, input);
}

ADJ_OP(min_all, "(input: tensor) -> tensor",
       "The least of all elements; equal ones share the gradient.", .vjp = of_all_vjp,
       .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_OUT(0), .torch = "MinBackward1", .no_method = true)
AdjTensor *op_min_all(AdjTensor *input)
{
    return of_all(false, input);
}

static AdjTensors single(AdjTensor *y)
{
    return y ? adj_list(1, &y) : (AdjTensors){0, NULL};
}

// Three operations share one name in PyTorch; a number in the second place means an axis.
ADJ_OP(max,
       "(input: tensor, dim: num? = None, keepdim: bool = False) "
       "-> (values: tensor, indices: tensor)",
       "The greatest element; with an axis, the greatest along it and their places; with a "
       "tensor in "
       "place of the axis, the larger of two elementwise.")
AdjTensors op_max(AdjTensor *input, AdjTensor *dim, bool keepdim)
{
    if (!dim) return single(adj_max_all(input));
    if (dim->wrapped) return adj_max_dim(input, adj_item_scalar(dim).i, keepdim);
    return single(adj_maximum(input, dim));
}

ADJ_OP(min,
       "(input: tensor, dim: num? = None, keepdim: bool = False) "
       "-> (values: tensor, indices: tensor)",
       "The least element; with an axis, the least along it and their places; with a tensor in "
       "place "
       "of the axis, the smaller of two elementwise.")
AdjTensors op_min(AdjTensor *input, AdjTensor *dim, bool keepdim)
{
    if (!dim) return single(adj_min_all(input));
    if (dim->wrapped) return adj_min_dim(input, adj_item_scalar(dim).i, keepdim);
    return single(adj_minimum(input, dim));
}

ADJ_OP(aminmax,
       "(input: tensor, *, dim: int? = None, keepdim: bool = False) "
       "-> (min: tensor, max: tensor)",
       "The least and the greatest element.")
AdjTensors op_aminmax(AdjTensor *input, int64_t dim, bool keepdim)
{
    AdjShape dims = dim == ADJ_NO_INT ? ADJ_ALL : adj_axis(dim);
    return adj_list(
        2, (AdjTensor *[]){adj_amin(input, dims, keepdim), adj_amax(input, dims, keepdim)});
}

// ---------------------------------------------------------------- logsumexp

static void logsumexp_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjShape dims = n->arg[0].ints, shape = n->in[0].shape;
    AdjTensor *x = adj_saved_in(n, 0),
              *y = adj_keep_axes(adj_saved_out(n, 0), shape, dims, n->arg[1].b);
    AdjTensor *g = adj_keep_axes(dy[0], shape, dims, n->arg[1].b);
    dx[0] = adj_mul(g, adj_exp(adj_sub(x, y, ADJ_I(1))));
}

ADJ_OP(logsumexp, "(input: tensor, dim: ints, keepdim: bool = False) -> tensor",
       "log sum exp(x) over the axes in dim, without overflow on the way.",
       .vjp = logsumexp_vjp, .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_OUT(0))
AdjTensor *op_logsumexp(AdjTensor *input, AdjShape dim, bool keepdim)
{
    unsigned mask;
    AdjLayout l;
    AdjDtype t = adj_float_dtype((AdjDtype)input->dtype), compute = adj_compute_dtype(t);
    if (!adj_axes(dim, input->ndim, &mask)) return NULL;
    if (!adj_layout(input, mask, keepdim, compute, true, &l)) return NULL;
    AdjTensor *y = adj_new(l.shape, compute);
    if (!y) return NULL;
    AdjSoftmaxCall c = {.kind = ADJ_LOGSUMEXP,
                        .dtype = compute,
                        .y = adj_ptr(y),
                        .x = l.data,
                        .rows = l.outer,
                        .n = l.n};
    return ADJ_RUN(adj_device_of(y), softmax, &c) ? adj_to(y, t) : NULL;
}
