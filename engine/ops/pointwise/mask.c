// SPDX-License-Identifier: Apache-2.0
// mask.c: operations that take a tensor of truth values, or make positions out of one.
#include "ops/index/index.h"

AdjTensor *adj_true_places(AdjTensor *mask)
{
    AdjTensor *dense = adj_on_host(adj_dense(mask, ADJ_BOOL));
    if (!dense) return NULL;
    const uint8_t *m = adj_data(dense);
    int64_t n = 0;
    for (int64_t i = 0; i < dense->numel; i++) n += m[i] != 0;
    const AdjDevice *before = adj_device_use(&adj_cpu);
    AdjTensor *places = adj_new(ADJ_SHAPE(n), ADJ_I64);
    adj_device_use(before);
    if (!places) return NULL;
    int64_t *p = adj_data(places);
    for (int64_t i = 0, k = 0; k < n; i++)
        if (m[i]) p[k++] = i;
    return places;
}

static bool check_mask(const AdjTensor *mask)
{
    if (mask->dtype == ADJ_BOOL || mask->dtype == ADJ_U8) return true;
    return adj_fail(ADJ_E_DTYPE, "%s: expected mask dtype to be Bool but got %s", adj_op_name(),
                    adj_dtype_name((AdjDtype)mask->dtype));
}

// ---------------------------------------------------------------- masked_fill

static void masked_fill_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjTensor *mask = adj_saved_in(n, 1), *zero = adj_number(ADJ_I(0));
    if (adj_wants(n, 0)) dx[0] = adj_sum_to(adj_masked_fill(dy[0], mask, zero), n->in[0].shape);
    if (!adj_wants(n, 2) || !mask) return;
    AdjTensor *g = adj_masked_fill(dy[0], adj_logical_not(mask), zero);
    dx[2] = adj_to(adj_sum_to(g, n->in[2].shape), (AdjDtype)n->in[2].dtype);
}

ADJ_OP(masked_fill, "(input: tensor, mask: tensor, value: num) -> tensor",
       "value where mask is true, else input; input and mask broadcast.\n"
       "notes no gradient reaches the input where mask is true\n"
       "errors DType: mask is not bool; Shape: value is not one number",
       .vjp = masked_fill_vjp, .torch = "MaskedFill-value", .saves = ADJ_SAVE_IN(1),
       .in_place = true)
AdjTensor *op_masked_fill(AdjTensor *input, AdjTensor *mask, AdjTensor *value)
{
    AdjShape shape;
    AdjTensor *one = adj_new(ADJ_SCALAR_SHAPE, adj_dtype(input));
    if (!check_mask(mask) || !adj_broadcast(adj_shape(input), adj_shape(mask), &shape))
        return NULL;
    if (value->ndim) {
        return adj_fail(
            ADJ_E_SHAPE,
            "masked_fill: only supports a 0-dimensional value tensor, but got tensor with "
            "%d dimension(s).",
            value->ndim);
    }
    if (!adj_fill_with(one, adj_item_scalar(value))) return NULL;
    AdjTensor *y = adj_new(shape, adj_dtype(input));
    if (!y) return NULL;
    AdjIter it;
    adj_iter_make(&it, 4, (AdjTensor *[]){y, input, mask, one});
    return ADJ_RUN(adj_device_of(y), masked_fill, &it) ? y : NULL;
}

// ---------------------------------------------------------------- elements of a mask

// Both expanded to the one shape they broadcast to.
static bool match(AdjTensor **input, AdjTensor **mask)
{
    AdjShape shape;
    if (!check_mask(*mask) || !adj_broadcast(adj_shape(*input), adj_shape(*mask), &shape))
        return false;
    if (!adj_shape_equal(shape, adj_shape(*input))) *input = adj_expand(*input, shape);
    if (!adj_shape_equal(shape, adj_shape(*mask))) *mask = adj_expand(*mask, shape);
    return *input && *mask;
}

ADJ_OP(masked_select, "(input: tensor, mask: tensor) -> tensor",
       "The elements of input where mask is true, in row-major order, as a vector; the two "
       "broadcast.\nerrors DType: mask is not bool",
       .hosted = true)
AdjTensor *op_masked_select(AdjTensor *input, AdjTensor *mask)
{
    if (!match(&input, &mask)) return NULL;
    return adj_index(adj_ravel(input), adj_true_places(mask), 0, 1);
}

ADJ_OP(masked_scatter, "(input: tensor, mask: tensor, source: tensor) -> tensor",
       "input with the elements where mask is true replaced by those of source, one after "
       "another.\n"
       "errors Shape: source has too few elements; DType: mask is not bool, or types differ",
       .in_place = true, .hosted = true)
AdjTensor *op_masked_scatter(AdjTensor *input, AdjTensor *mask, AdjTensor *source)
{
    if (source->dtype != input->dtype) {
        return adj_fail(ADJ_E_DTYPE,
                        "masked_scatter: expected self and source to have same dtypes but "
                        "got %s and %s",
                        adj_dtype_name((AdjDtype)input->dtype),
                        adj_dtype_name((AdjDtype)source->dtype));
    }
    if (!match(&input, &mask)) return NULL;
    AdjTensor *places = adj_true_places(mask);
    if (!places) return NULL;
    if (places->numel > source->numel) {
        return adj_fail(
            ADJ_E_SHAPE,
            "masked_scatter: Number of elements of source < number of ones in mask (%lld < "
            "%lld)",
            (long long)source->numel, (long long)places->numel);
    }
    AdjTensor *values = adj_slice(adj_ravel(source), 0, 0, places->numel, 1);
    AdjTensor *flat = adj_index_put(adj_ravel(input), places, values, 0, 1, false);
    return adj_reshape(flat, adj_shape(input));
}

// ---------------------------------------------------------------- positions

// Row-major numbers of elements turned into one column of coordinates for each axis.
static AdjTensor *coordinates(AdjTensor *places, AdjShape shape)
{
    AdjTensor *rows = adj_new(ADJ_SHAPE(places->numel, shape.n), ADJ_I64);
    if (!rows) return NULL;
    const int64_t *p = adj_data(places);
    int64_t *row = adj_data(rows);
    for (int64_t k = 0; k < places->numel; k++, row += shape.n) {
        int64_t rest = p[k];
        for (int d = shape.n; d--;) {
            row[d] = rest % shape.at[d];
            rest /= shape.at[d];
        }
    }
    return rows;
}

ADJ_OP(nonzero, "(input: tensor) -> tensor",
       "The positions of the elements that are not zero, one row each.\nshapes -> (n, axes)",
       .no_grad = true, .aliases = "argwhere", .hosted = true)
AdjTensor *op_nonzero(AdjTensor *input)
{
    AdjTensor *places = adj_true_places(input);
    return places ? coordinates(places, adj_shape(input)) : NULL;
}

ADJ_OP(
    nonzero_tuple, "(input: tensor) -> tensors",
    "The positions of the elements that are not zero, one vector for each axis: ready to index "
    "with. where(condition) means this.",
    .no_grad = true, .no_method = true, .hosted = true)
AdjTensors op_nonzero_tuple(AdjTensor *input)
{
    AdjTensors none = {0, NULL};
    AdjTensor *x = input->ndim ? input : op_reshape(input, ADJ_SHAPE(1));
    AdjTensor *rows = x ? op_nonzero(x) : NULL;
    AdjTensors columns = {rows ? x->ndim : 0, NULL};
    if (rows) columns.at = adj_scope_memory((size_t)x->ndim * sizeof *columns.at);
    if (!columns.at) return none;
    for (int d = 0; d < columns.n; d++) {
        columns.at[d] = op_select(rows, 1, d);
        if (!columns.at[d]) return none;
    }
    return columns;
}

ADJ_OP(one_hot, "(input: tensor, num_classes: int = -1) -> tensor",
       "Each class number as a vector with a one at its place and zeros elsewhere.\n"
       "shapes (...) -> (..., num_classes)\nnotes -1 means one more than the greatest class\n"
       "errors DType: not int64; Runtime: a class outside 0 to num_classes - 1",
       .no_grad = true, .no_method = true, .hosted = true)
AdjTensor *op_one_hot(AdjTensor *input, int64_t num_classes)
{
    if (input->dtype != ADJ_I64) {
        return adj_fail(ADJ_E_DTYPE,
                        "one_hot: is only applicable to index tensor of type int64, got %s",
                        adj_dtype_name((AdjDtype)input->dtype));
    }
    AdjTensor *x = adj_dense(input, ADJ_I64);
    AdjShape shape = adj_shape(input);
    if (!x) return NULL;
    const int64_t *p = adj_data(x);
    int64_t most = -1;
    for (int64_t i = 0; i < x->numel; i++) {
        if (p[i] < 0)
            return adj_fail(ADJ_E_RUNTIME, "one_hot: Class values must be non-negative.");
        if (p[i] > most) most = p[i];
    }
    if (num_classes == -1 && x->numel == 0) {
        return adj_fail(ADJ_E_RUNTIME,
                        "one_hot: Can not infer total number of classes from empty tensor.");
    }
    if (num_classes == -1) num_classes = most + 1;
    if (num_classes <= most)
        return adj_fail(ADJ_E_RUNTIME,
                        "one_hot: Class values must be smaller than num_classes.");
    if (num_classes < 1)
        return adj_fail(ADJ_E_RUNTIME, "one_hot: num_classes should be positive");
    if (!adj_shape_insert(&shape, shape.n, num_classes)) return NULL;
    AdjTensor *y = adj_zeros_of(shape, ADJ_I64);
    int64_t *q = y ? adj_data(y) : NULL;
    for (int64_t i = 0; q && i < x->numel; i++) q[i * num_classes + p[i]] = 1;
    return y;
}
