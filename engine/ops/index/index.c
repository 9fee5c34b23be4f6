// SPDX-License-Identifier: Apache-2.0
// index.c: rows named by an index: index, index_select, index_add, index_put and their kin.
//
// All of them see a tensor as a dense block (outer, n, inner) and an index of m places in
// 0..n-1. Reading copies rows, writing puts or adds them; the derivative of one is the other.
// `index` and `index_put` let n stand for several neighbouring axes at once and take the index
// in any shape: tensor/index.c brings every form of x[...] to them.
#include "ops/index/index.h"

// ---------------------------------------------------------------- checks

static bool is_index_type(const AdjTensor *t)
{
    return t->dtype == ADJ_I64 || t->dtype == ADJ_I32;
}

// What lies on another device is checked by the kernel that uses it: nobody waits for it here.
static AdjTensor *wrapped_there(AdjTensor *index, int64_t n)
{
    AdjTensor *below = adj_lt(index, adj_number(ADJ_I(0)));
    return adj_where(below, adj_add(index, adj_number(ADJ_I(n)), ADJ_I(1)), index);
}

AdjTensor *adj_checked_index(AdjTensor *index, int64_t n, int64_t dim, bool wrap,
                             AdjErrorKind outside)
{
    if (!index) return NULL;
    if (!is_index_type(index)) {
        return adj_fail(ADJ_E_DTYPE, "%s: Expected dtype int32 or int64 for index, got %s",
                        adj_op_name(), adj_dtype_name(adj_dtype(index)));
    }
    AdjTensor *dense = adj_dense(index, ADJ_I64);
    if (!dense) return NULL;
    if (adj_device_of(dense) != &adj_cpu) return wrap ? wrapped_there(dense, n) : dense;
    const int64_t *p = adj_data(dense);
    bool negative = false;
    for (int64_t i = 0; i < dense->numel; i++) {
        bool inside = p[i] >= (wrap ? -n : 0) && p[i] < n;
        if (!inside) {
            return adj_fail(outside,
                            "%s: index %lld is out of bounds for dimension %lld with size %lld",
                            adj_op_name(), (long long)p[i], (long long)dim, (long long)n);
        }
        negative |= p[i] < 0;
    }
    if (!negative) return dense;
    AdjTensor *wrapped = adj_new_like(dense, ADJ_I64);
    int64_t *w = wrapped ? adj_data(wrapped) : NULL;
    for (int64_t i = 0; w && i < dense->numel; i++) w[i] = p[i] < 0 ? p[i] + n : p[i];
    return wrapped;
}

AdjRows adj_rows_of(const AdjTensor *x, int64_t dim, int64_t count, AdjTensor *index)
{
    AdjRows r = {adj_data(index),    1,       1,    index->numel, 1,
                 (AdjDtype)x->dtype, ADJ_PUT, NULL, NULL};
    for (int64_t d = 0; d < x->ndim; d++) {
        int64_t *part = d < dim ? &r.outer : d < dim + count ? &r.n : &r.inner;
        *part *= x->sizes[d];
    }
    return r;
}

bool adj_put_rows(AdjTensor *y, int64_t dim, int64_t count, AdjTensor *index, AdjTensor *source,
                  AdjCombine how)
{
    AdjTensor *x = adj_dense(source, adj_dtype(y));
    if (!x) return false;
    AdjRows r = adj_rows_of(y, dim, count, index);
    r.how = how;
    r.y = adj_ptr(y);
    r.x = adj_ptr(x);
    return ADJ_RUN(adj_device_of(y), put_rows, &r);
}

// [shape] with [count] axes from [dim] on replaced by those of [put].
static bool spliced(AdjShape shape, int64_t dim, int64_t count, AdjShape put, AdjShape *out)
{
    if (shape.n - count + put.n > ADJ_MAX_DIMS) {
        return adj_fail(ADJ_E_SHAPE,
                        "%s: the result would have %lld axes, at most %d are possible",
                        adj_op_name(), (long long)(shape.n - count + put.n), ADJ_MAX_DIMS);
    }
    out->n = 0;
    for (int i = 0; i < dim; i++) out->at[out->n++] = shape.at[i];
    for (int i = 0; i < put.n; i++) out->at[out->n++] = put.at[i];
    for (int i = (int)(dim + count); i < shape.n; i++) out->at[out->n++] = shape.at[i];
    return true;
}

static AdjTensor *take_rows(AdjTensor *input, int64_t dim, int64_t count, AdjTensor *index)
{
    AdjShape shape;
    AdjTensor *x = adj_dense(input, adj_dtype(input));
    if (!x || !index) return NULL;
    if (!spliced(adj_shape(x), dim, count, adj_shape(index), &shape)) return NULL;
    AdjTensor *y = adj_new(shape, adj_dtype(x));
    if (!y) return NULL;
    AdjRows r = adj_rows_of(x, dim, count, index);
    r.y = adj_ptr(y);
    r.x = adj_ptr(x);
    return ADJ_RUN(adj_device_of(y), take_rows, &r) ? y : NULL;
}

// ---------------------------------------------------------------- index, index_put

AdjTensor *adj_add_rows(AdjShape shape, int64_t dim, int64_t count, AdjTensor *index,
                        AdjTensor *dy)
{
    AdjTensor *zeros = dy ? adj_zeros_of(shape, adj_dtype(dy)) : NULL;
    if (!zeros || !index) return NULL;
    if (adj_building_graph()) return adj_index_put(zeros, index, dy, dim, count, true);
    AdjTensor *places = adj_dense(index, ADJ_I64);
    return places && adj_put_rows(zeros, dim, count, places, dy, ADJ_ADD) ? zeros : NULL;
}

static void index_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] = adj_add_rows(n->in[0].shape, n->arg[0].i, n->arg[1].i, adj_saved_in(n, 1), dy[0]);
}

ADJ_OP(index, "(input: tensor, index: tensor, dim: int = 0, count: int = 1) -> tensor",
       "Rows of input named by index, which stands for count axes from dim on, taken as one in "
       "row-major order. x[...] with index tensors comes down to this.\n"
       "errors Index: a place outside these axes",
       .vjp = index_vjp, .saves = ADJ_SAVE_IN(1), .no_method = true)
AdjTensor *op_index(AdjTensor *input, AdjTensor *index, int64_t dim, int64_t count)
{
    int64_t n = 1;
    for (int64_t d = dim; d < dim + count; d++) n *= input->sizes[d];
    AdjTensor *places = adj_checked_index(index, n, dim, false, ADJ_E_INDEX);
    return places ? take_rows(input, dim, count, places) : NULL;
}

static void index_put_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    int64_t dim = n->arg[0].i, count = n->arg[1].i;
    bool accumulate = n->arg[2].b;
    AdjTensor *index = adj_saved_in(n, 1);
    if (adj_wants(n, 0)) {
        dx[0] = accumulate ? dy[0]
                           : adj_index_put(dy[0], index,
                                           adj_zeros_of(n->in[2].shape, adj_dtype(dy[0])), dim,
                                           count, false);
    }
    if (adj_wants(n, 2)) dx[2] = adj_index(dy[0], index, dim, count);
}

ADJ_OP(index_put,
       "(input: tensor, index: tensor, source: tensor, dim: int = 0, count: int = 1, "
       "accumulate: bool = False) -> tensor",
       "A copy of input whose rows named by index, as in index, are those of source, or with "
       "accumulate have them added.\nerrors Index: a place outside these axes",
       .vjp = index_put_vjp, .saves = ADJ_SAVE_IN(1), .no_method = true)
AdjTensor *op_index_put(AdjTensor *input, AdjTensor *index, AdjTensor *source, int64_t dim,
                        int64_t count, bool accumulate)
{
    int64_t n = 1;
    AdjShape expected;
    for (int64_t d = dim; d < dim + count; d++) n *= input->sizes[d];
    AdjTensor *places = adj_checked_index(index, n, dim, false, ADJ_E_INDEX);
    if (!places || !spliced(adj_shape(input), dim, count, adj_shape(index), &expected))
        return NULL;
    if (!adj_shape_equal(expected, adj_shape(source))) {
        return adj_fail(ADJ_E_SHAPE,
                        "index_put: value tensor of shape %s does not have the shape %s of the "
                        "indexing result",
                        adj_list_text(adj_shape(source)), adj_list_text(expected));
    }
    AdjTensor *y = op_clone(input);
    AdjCombine how = accumulate ? ADJ_ADD : ADJ_PUT;
    return y && adj_put_rows(y, dim, count, places, source, how) ? y : NULL;
}

// ---------------------------------------------------------------- index_select and kin

// Axis and index of the index_* family: a vector (or one number) of places along dim.
static AdjTensor *axis_index(const AdjTensor *input, int64_t *dim, AdjTensor *index,
                             AdjErrorKind outside)
{
    if (!adj_wrap_dim(dim, input->ndim)) return NULL;
    if (index->ndim > 1) {
        return adj_fail(ADJ_E_INDEX, "%s: Index is supposed to be a vector, got %s",
                        adj_op_name(), adj_describe(index));
    }
    return adj_checked_index(index, input->ndim ? input->sizes[*dim] : 1, *dim, false, outside);
}

static void index_select_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    int64_t dim = n->arg[0].i;
    AdjShape shape = n->in[0].shape;
    AdjTensor *index = adj_saved_in(n, 1);
    if (!index || !adj_wrap_dim(&dim, shape.n)) return;
    dx[0] = shape.n ? adj_add_rows(shape, dim, 1, adj_reshape(index, ADJ_SHAPE(-1)), dy[0])
                    : adj_reshape(dy[0], shape);
}

ADJ_OP(index_select, "(input: tensor, dim: int, index: tensor) -> tensor",
       "The elements of axis dim that index names, in its order.\n"
       "shapes (..., n, ...), (m) -> (..., m, ...)\nerrors Index: a place outside the axis",
       .vjp = index_select_vjp, .saves = ADJ_SAVE_IN(1))
AdjTensor *op_index_select(AdjTensor *input, int64_t dim, AdjTensor *index)
{
    AdjTensor *places = axis_index(input, &dim, index, ADJ_E_INDEX);
    if (!places) return NULL;
    if (input->ndim == 0) return op_clone(input);
    return take_rows(input, dim, 1, op_reshape(places, ADJ_SHAPE(-1)));
}

// Source must look like input except along dim, where it has as many elements as the index.
static bool check_source(const AdjTensor *input, int64_t dim, const AdjTensor *places,
                         const AdjTensor *source)
{
    AdjShape expected = adj_shape(input);
    if (expected.n) expected.at[dim] = places->numel;
    if (source->dtype != input->dtype) {
        return adj_fail(ADJ_E_DTYPE,
                        "%s: self (%s) and source (%s) must have the same scalar type",
                        adj_op_name(), adj_dtype_name((AdjDtype)input->dtype),
                        adj_dtype_name((AdjDtype)source->dtype));
    }
    bool one = source->ndim == 0 && expected.n <= 1 && places->numel == 1;
    if (one || adj_shape_equal(expected, adj_shape(source))) return true;
    return adj_fail(
        ADJ_E_SHAPE,
        "%s: source of shape %s does not fit input of shape %s at %lld places along "
        "dimension %lld",
        adj_op_name(), adj_shape_text(adj_shape(source)), adj_shape_text(adj_shape(input)),
        (long long)places->numel, (long long)dim);
}

static void index_add_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    if (adj_wants(n, 0)) dx[0] = dy[0];
    if (!adj_wants(n, 2)) return;
    AdjTensor *g = adj_index_select(dy[0], n->arg[0].i, adj_saved_in(n, 1));
    AdjScalar alpha = n->arg[1].num;
    dx[2] = adj_reshape(alpha.f == 1 ? g : adj_mul(g, adj_number(alpha)), n->in[2].shape);
}

ADJ_OP(
    index_add,
    "(input: tensor, dim: int, index: tensor, source: tensor, alpha: scalar = 1) "
    "-> tensor",
    "A copy of input with alpha times source added at the places index along dim; a place "
    "named "
    "twice receives both.\nerrors Index: a place outside the axis; Shape: source does not fit",
    .vjp = index_add_vjp, .saves = ADJ_SAVE_IN(1), .in_place = true)
AdjTensor *op_index_add(AdjTensor *input, int64_t dim, AdjTensor *index, AdjTensor *source,
                        AdjScalar alpha)
{
    AdjErrorKind outside = input->ndim > 1 ? ADJ_E_RUNTIME : ADJ_E_INDEX;
    AdjTensor *places = axis_index(input, &dim, index, outside);
    if (!places || !check_source(input, dim, places, source)) return NULL;
    AdjTensor *y = op_clone(input);
    if (alpha.f != 1) source = adj_mul(source, adj_number(alpha));
    return y && source && adj_put_rows(y, dim, 1, places, source, ADJ_ADD) ? y : NULL;
}

static void index_copy_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjTensor *index = adj_saved_in(n, 1);
    if (adj_wants(n, 0))
        dx[0] = adj_index_fill(dy[0], n->arg[0].i, index, adj_number(ADJ_I(0)));
    if (adj_wants(n, 2))
        dx[2] = adj_reshape(adj_index_select(dy[0], n->arg[0].i, index), n->in[2].shape);
}

ADJ_OP(index_copy, "(input: tensor, dim: int, index: tensor, source: tensor) -> tensor",
       "A copy of input with source at the places index along dim.\n"
       "errors Index: a place outside the axis; Shape: source does not fit",
       .vjp = index_copy_vjp, .saves = ADJ_SAVE_IN(1), .in_place = true)
AdjTensor *op_index_copy(AdjTensor *input, int64_t dim, AdjTensor *index, AdjTensor *source)
{
    AdjTensor *places = axis_index(input, &dim, index, ADJ_E_INDEX);
    if (!places || !check_source(input, dim, places, source)) return NULL;
    AdjTensor *y = op_clone(input);
    return y && adj_put_rows(y, dim, 1, places, source, ADJ_PUT) ? y : NULL;
}

static void index_fill_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjTensor *index = adj_saved_in(n, 1);
    if (adj_wants(n, 0))
        dx[0] = adj_index_fill(dy[0], n->arg[0].i, index, adj_number(ADJ_I(0)));
    if (!adj_wants(n, 2)) return;
    AdjTensor *sum =
        adj_sum(adj_index_select(dy[0], n->arg[0].i, index), ADJ_ALL, false, ADJ_SAME);
    dx[2] = adj_to(sum, (AdjDtype)n->in[2].dtype);
}

ADJ_OP(index_fill, "(input: tensor, dim: int, index: tensor, value: num) -> tensor",
       "A copy of input with value at the places index along dim.\n"
       "errors Index: a place outside the axis; Shape: value is not one number",
       .vjp = index_fill_vjp, .saves = ADJ_SAVE_IN(1), .in_place = true)
AdjTensor *op_index_fill(AdjTensor *input, int64_t dim, AdjTensor *index, AdjTensor *value)
{
    AdjTensor *places = axis_index(input, &dim, index, ADJ_E_INDEX);
    if (!places) return NULL;
    if (value->ndim) {
        return adj_fail(
            ADJ_E_SHAPE,
            "index_fill: only supports a 0-dimensional value tensor, but got tensor with %d "
            "dimension(s).",
            value->ndim);
    }
    AdjTensor *y = op_clone(input);
    AdjShape shape = adj_shape(input);
    if (shape.n) shape.at[dim] = places->numel;
    AdjTensor *source = y ? adj_new(shape, adj_dtype(y)) : NULL;
    if (!source || !adj_fill_with(source, adj_item_scalar(value))) return NULL;
    return adj_put_rows(y, dim, 1, places, source, ADJ_PUT) ? y : NULL;
}

// ---------------------------------------------------------------- take, take_along_dim

ADJ_OP(
    take, "(input: tensor, index: tensor) -> tensor",
    "The elements at places index of input in row-major order, in the shape of index; negative "
    "places count from the end.\nerrors Index: a place outside input")
AdjTensor *op_take(AdjTensor *input, AdjTensor *index)
{
    AdjTensor *places = adj_checked_index(index, input->numel, 0, true, ADJ_E_INDEX);
    return places ? adj_index(adj_ravel(input), places, 0, 1) : NULL;
}

ADJ_OP(
    take_along_dim, "(input: tensor, indices: tensor, dim: int? = None) -> tensor",
    "gather after broadcasting input and indices against each other in the other axes; without "
    "dim, along the elements in row-major order. It undoes argsort and argmax(keepdim=True).\n"
    "errors Shape: the axes do not broadcast")
AdjTensor *op_take_along_dim(AdjTensor *input, AdjTensor *indices, int64_t dim)
{
    if (dim == ADJ_NO_INT) return adj_gather(adj_ravel(input), 0, adj_ravel(indices));
    if (!adj_wrap_dim(&dim, input->ndim)) return NULL;
    if (input->ndim != indices->ndim) {
        return adj_fail(
            ADJ_E_SHAPE,
            "take_along_dim: input and indices should have the same number of dimensions, "
            "but got %d dimensions for input, and %d dimensions for indices",
            input->ndim, indices->ndim);
    }
    if (input->ndim == 0) return adj_gather(input, 0, indices);
    AdjShape a = adj_shape(input), b = adj_shape(indices), both;
    int64_t n = a.at[dim], m = b.at[dim];
    a.at[dim] = b.at[dim] = 1;
    if (!adj_broadcast(a, b, &both)) return NULL;
    AdjTensor *x = adj_expand(input, adj_shape_with(both, dim, n));
    return adj_gather(x, dim, adj_expand(indices, adj_shape_with(both, dim, m)));
}
