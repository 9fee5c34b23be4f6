// SPDX-License-Identifier: Apache-2.0
// scatter.c: reading and writing along one axis with an index for every element: gather,
// scatter, scatter_add, scatter_reduce.
//
// The index has as many axes as the tensor and is nowhere longer, except that along dim it may
// have any length: element (i, j, k) of the index says which place along dim stands for its
// own. gather reads there, scatter writes there, and each is the other's derivative.
#include "ops/index/index.h"

// Describes the picking from (or putting into) [x]; false and an error when the shapes do not
// fit.
static bool along(AdjAlong *a, const AdjTensor *x, int64_t dim, AdjTensor **index)
{
    AdjTensor *i = *index;
    if (!adj_wrap_dim(&dim, x->ndim)) return false;
    int x_axes = x->ndim ? x->ndim : 1, axes = i->ndim ? i->ndim : 1;
    *a = (AdjAlong){.ndim = x_axes, .dim = (int)dim, .dtype = (AdjDtype)x->dtype};
    for (int d = 0; d < x_axes; d++) a->strides[d] = x->ndim ? x->strides[d] : 1;
    if (i->numel == 0) {
        a->sizes[x_axes - 1] = 0;
        return true;
    }
    if (axes != x_axes) {
        return adj_fail(
            ADJ_E_SHAPE,
            "%s: Index tensor must have the same number of dimensions as input tensor, got "
            "%d and %d",
            adj_op_name(), i->ndim, x->ndim);
    }
    for (int d = 0; d < axes; d++) {
        int64_t n = x->ndim ? x->sizes[d] : 1;
        a->sizes[d] = i->ndim ? i->sizes[d] : 1;
        if (d == dim || a->sizes[d] <= n) continue;
        return adj_fail(
            ADJ_E_SHAPE,
            "%s: Size does not match at dimension %d expected index %s to be no larger than "
            "self %s apart from dimension %lld",
            adj_op_name(), d, adj_list_text(adj_shape(i)), adj_list_text(adj_shape(x)),
            (long long)dim);
    }
    *index = adj_checked_index(i, x->ndim ? x->sizes[dim] : 1, dim, false, ADJ_E_RUNTIME);
    a->n = x->ndim ? x->sizes[dim] : 1;
    if (*index) a->index = adj_data(*index);
    return *index != NULL;
}

// The part of [src] that the index covers, dense and in [y]'s type.
static AdjTensor *covered(AdjTensor *src, AdjTensor *index, AdjDtype dtype)
{
    AdjTensor *part = src;
    if (index->numel == 0) return src;
    if ((src->ndim ? src->ndim : 1) != (index->ndim ? index->ndim : 1)) {
        return adj_fail(
            ADJ_E_SHAPE,
            "%s: Index tensor must have the same number of dimensions as src tensor, got %d "
            "and %d",
            adj_op_name(), index->ndim, src->ndim);
    }
    for (int d = 0; part && d < index->ndim && src->ndim; d++) {
        if (index->sizes[d] > src->sizes[d]) {
            return adj_fail(ADJ_E_SHAPE, "%s: Expected index %s to be no larger than src %s",
                            adj_op_name(), adj_list_text(adj_shape(index)),
                            adj_list_text(adj_shape(src)));
        }
        if (index->sizes[d] < src->sizes[d]) part = op_slice(part, d, 0, index->sizes[d], 1);
    }
    return part ? adj_dense(part, dtype) : NULL;
}

// A copy of [input] with [src] combined into it at the places of [index].
static AdjTensor *scattered(AdjTensor *input, int64_t dim, AdjTensor *index, AdjTensor *src,
                            AdjCombine how)
{
    AdjAlong a;
    AdjTensor *y = op_clone(input), *places = index;
    if (src->dtype != input->dtype) {
        return adj_fail(ADJ_E_DTYPE,
                        "%s: Expected self.dtype to be equal to src.dtype, got %s and %s",
                        adj_op_name(), adj_dtype_name((AdjDtype)input->dtype),
                        adj_dtype_name((AdjDtype)src->dtype));
    }
    if (!y || !along(&a, y, dim, &places)) return NULL;
    AdjTensor *x = covered(src, index, adj_dtype(y));
    if (!x) return NULL;
    a.how = how;
    a.y = adj_ptr(y);
    a.x = adj_ptr(x);
    return !index->numel || ADJ_RUN(adj_device_of(y), scatter, &a) ? y : NULL;
}

// The gradient of src: zero where the index does not reach.
static AdjTensor *src_gradient(AdjNode *n, int64_t dim, AdjTensor *index, AdjTensor *dy,
                               int src)
{
    AdjShape shape = n->in[src].shape;
    AdjTensor *g = adj_gather(dy, dim, index);
    for (int d = 0; g && d < shape.n; d++) {
        int64_t have = adj_size(g, d);
        if (have == shape.at[d]) continue;
        AdjShape rest = adj_shape_with(adj_shape(g), d, shape.at[d] - have);
        g = adj_cat(ADJ_TENSORS(g, adj_zeros_of(rest, adj_dtype(dy))), d);
    }
    return g;
}

static void gather_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjTensor *zeros = adj_zeros_of(n->in[0].shape, adj_dtype(dy[0]));
    dx[0] = adj_scatter_add(zeros, n->arg[0].i, adj_saved_in(n, 1), dy[0]);
}

ADJ_OP(
    gather, "(input: tensor, dim: int, index: tensor) -> tensor",
    "y[i][j] = x[index[i][j]][j] for dim 0, and so on for other axes.\n"
    "shapes the result has the shape of index, which has as many axes as input\n"
    "errors Runtime: a place outside the axis; Shape: index longer than input in another axis",
    .vjp = gather_vjp, .saves = ADJ_SAVE_IN(1))
AdjTensor *op_gather(AdjTensor *input, int64_t dim, AdjTensor *index)
{
    AdjAlong a;
    AdjTensor *places = index, *y = adj_new(adj_shape(index), adj_dtype(input));
    if (!y || !along(&a, input, dim, &places)) return NULL;
    a.y = adj_ptr(y);
    a.x = adj_ptr(input);
    return !y->numel || ADJ_RUN(adj_device_of(y), gather, &a) ? y : NULL;
}

static void scatter_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    int64_t dim = n->arg[0].i;
    AdjTensor *index = adj_saved_in(n, 1);
    if (adj_wants(n, 0)) dx[0] = adj_scatter(dy[0], dim, index, adj_number(ADJ_I(0)));
    if (adj_wants(n, 2)) dx[2] = src_gradient(n, dim, index, dy[0], 2);
}

ADJ_OP(scatter, "(input: tensor, dim: int, index: tensor, src: num) -> tensor",
       "A copy y of input with y[index[i][j]][j] = src[i][j] for dim 0, and so on for other "
       "axes; src "
       "may be one number.\nnotes where two elements meet in one place, the later one stays\n"
       "errors Runtime: a place outside the axis; Shape: index longer than input or src",
       .vjp = scatter_vjp, .torch = "Scatter+src", .saves = ADJ_SAVE_IN(1), .in_place = true)
AdjTensor *op_scatter(AdjTensor *input, int64_t dim, AdjTensor *index, AdjTensor *src)
{
    if (src->wrapped) {
        AdjTensor *filled = adj_new(adj_shape(index), adj_dtype(input));
        if (!adj_fill_with(filled, adj_item_scalar(src))) return NULL;
        src = filled;
    }
    return scattered(input, dim, index, src, ADJ_PUT);
}

static void scatter_add_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    if (adj_wants(n, 0)) dx[0] = dy[0];
    if (adj_wants(n, 2)) dx[2] = src_gradient(n, n->arg[0].i, adj_saved_in(n, 1), dy[0], 2);
}

ADJ_OP(scatter_add, "(input: tensor, dim: int, index: tensor, src: tensor) -> tensor",
       "A copy y of input with src[i][j] added to y[index[i][j]][j] for dim 0, and so on.\n"
       "errors Runtime: a place outside the axis; Shape: index longer than input or src",
       .vjp = scatter_add_vjp, .saves = ADJ_SAVE_IN(1), .in_place = true)
AdjTensor *op_scatter_add(AdjTensor *input, int64_t dim, AdjTensor *index, AdjTensor *src)
{
    return scattered(input, dim, index, src, ADJ_ADD);
}

// ---------------------------------------------------------------- scatter_reduce

static AdjTensor *ones_like(AdjTensor *t)
{
    return adj_ones_like(t, ADJ_SAME);
}
static AdjTensor *zeros_like(AdjTensor *t)
{
    return adj_zeros_like(t, ADJ_SAME);
}

// How many values meet at each place, at least 1; the input's own counts when it takes part.
static AdjTensor *counts(AdjTensor *self, int64_t dim, AdjTensor *index, AdjTensor *src,
                         bool include_self)
{
    AdjTensor *n = include_self ? ones_like(self) : zeros_like(self);
    n = adj_scatter_add(n, dim, index, ones_like(src));
    return include_self ? n : adj_clamp(n, adj_number(ADJ_I(1)), NULL);
}

// Equal shares of the gradient to all that attained the extreme value.
static void extreme_vjp(AdjNode *n, AdjTensor *dy, AdjTensor **dx)
{
    int64_t dim = n->arg[0].i;
    AdjTensor *self = adj_saved_in(n, 0), *index = adj_saved_in(n, 1),
              *src = adj_saved_in(n, 2);
    AdjTensor *y = adj_saved_out(n, 0);
    if (!self || !src || !y) return;
    AdjTensor *self_is = adj_to(adj_eq(self, y), adj_dtype(dy));
    AdjTensor *src_is = adj_to(adj_eq(src, adj_gather(y, dim, index)), adj_dtype(dy));
    AdjTensor *shares = adj_scatter_add(self_is, dim, index, src_is);
    AdjTensor *g = adj_mul(dy, adj_reciprocal(adj_clamp(shares, adj_number(ADJ_I(1)), NULL)));
    dx[0] = adj_mul(self_is, g);
    dx[2] = adj_mul(src_is, adj_gather(g, dim, index));
}

// The product of the others. With one zero among the factors of a place only that zero has a
// gradient, so it is computed from a product in which the zero is replaced by one.
static void product_vjp(AdjNode *n, AdjTensor *dy, AdjTensor **dx)
{
    int64_t dim = n->arg[0].i;
    AdjTensor *self = adj_saved_in(n, 0), *index = adj_saved_in(n, 1),
              *src = adj_saved_in(n, 2);
    AdjTensor *zero = adj_number(ADJ_I(0)), *one = adj_number(ADJ_I(1));
    if (!self || !src) return;
    AdjTensor *whole = adj_masked_fill(self, adj_eq(self, zero), one);
    AdjTensor *whole_product = adj_scatter_reduce(whole, dim, index, src, "prod", true);
    dx[0] = adj_mul(adj_mul(dy, whole_product), adj_reciprocal(whole));
    AdjTensor *is_zero = adj_eq(src, zero);
    AdjTensor *zeros_at =
        adj_scatter_add(zeros_like(self), dim, index, adj_to(is_zero, adj_dtype(self)));
    AdjTensor *single = adj_logical_and(is_zero, adj_eq(adj_gather(zeros_at, dim, index), one));
    AdjTensor *without =
        adj_scatter_reduce(self, dim, index, adj_masked_fill(src, single, one), "prod", true);
    AdjTensor *product = adj_scatter_reduce(self, dim, index, src, "prod", true);
    AdjTensor *other = adj_mul(adj_gather(adj_mul(dy, product), dim, index),
                               adj_reciprocal(adj_masked_fill(src, is_zero, one)));
    dx[2] = adj_where(single, adj_gather(adj_mul(dy, without), dim, index), other);
}

static void scatter_reduce_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    const char *reduce = n->arg[1].s;
    int64_t dim = n->arg[0].i;
    AdjTensor *g = dy[0], *index = adj_saved_in(n, 1);
    if (!strcmp(reduce, "mean")) {
        AdjTensor *self = adj_saved_in(n, 0), *src = adj_saved_in(n, 2);
        if (!self || !src) return;
        g = adj_mul(g, adj_reciprocal(counts(self, dim, index, src, n->arg[2].b)));
    }
    if (!strcmp(reduce, "sum") || !strcmp(reduce, "mean")) {
        dx[0] = g;
        dx[2] = adj_gather(g, dim, index);
    } else if (!strcmp(reduce, "prod")) {
        product_vjp(n, g, dx);
    } else {
        extreme_vjp(n, g, dx);
    }
    if (!n->arg[2].b && adj_wants(n, 0))
        dx[0] = adj_scatter(dx[0], dim, index, adj_number(ADJ_I(0)));
}

// The value that leaves the other operand as it is.
static AdjScalar neutral(AdjCombine how, AdjDtype dtype)
{
    bool is_float = adj_dtype_is_float(dtype);
    int64_t most = dtype == ADJ_I64 ? INT64_MAX : dtype == ADJ_I32 ? INT32_MAX : 255;
    int64_t least = dtype == ADJ_I64 ? INT64_MIN : dtype == ADJ_I32 ? INT32_MIN : 0;
    switch (how) {
    case ADJ_MUL: return ADJ_I(1);
    case ADJ_MAX: return is_float ? ADJ_F(-INFINITY) : ADJ_I(least);
    case ADJ_MIN: return is_float ? ADJ_F(INFINITY) : ADJ_I(most);
    default: return ADJ_I(0);
    }
}

ADJ_OP(
    scatter_reduce,
    "(input: tensor, dim: int, index: tensor, src: tensor, reduce: str, "
    "include_self: bool = True) -> tensor",
    "scatter that combines what meets at a place by reduce: 'sum', 'prod', 'mean', 'amax' or "
    "'amin'; without include_self the input's own element does not count where src arrives.\n"
    "errors Runtime: another reduce, or a place outside the axis; Shape: index too long",
    .vjp = scatter_reduce_vjp, .saves = ADJ_SAVE_ALL_IN | ADJ_SAVE_OUT(0), .in_place = true)
AdjTensor *op_scatter_reduce(AdjTensor *input, int64_t dim, AdjTensor *index, AdjTensor *src,
                             const char *reduce, bool include_self)
{
    static const struct {
        const char *name;
        AdjCombine how;
    } ways[] = {{"sum", ADJ_ADD},
                {"prod", ADJ_MUL},
                {"mean", ADJ_ADD},
                {"amax", ADJ_MAX},
                {"amin", ADJ_MIN}};
    int way = 0;
    while (way < 5 && strcmp(reduce ? reduce : "", ways[way].name)) way++;
    if (way == 5) {
        return adj_fail(
            ADJ_E_RUNTIME,
            "scatter_reduce: reduce argument must be either sum, prod, mean, amax or amin, "
            "got %s",
            reduce ? reduce : "None");
    }
    AdjTensor *self = input;
    if (!include_self && index->numel) {
        AdjTensor *start = adj_number(neutral(ways[way].how, adj_dtype(input)));
        self = start ? op_scatter(input, dim, index, start) : NULL;
    }
    AdjTensor *y = self ? scattered(self, dim, index, src, ways[way].how) : NULL;
    if (!y || way != 2) return y;
    AdjTensor *n = counts(self, dim, index, src, include_self);
    return adj_is_float(y) ? adj_div(y, n, NULL) : adj_div(y, n, "floor");
}
