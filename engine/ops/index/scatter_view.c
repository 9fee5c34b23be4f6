// SPDX-License-Identifier: Apache-2.0
// scatter_view.c: a copy of a tensor in which one view of it holds other values. These
// operations are the derivatives of the views that leave elements out, and the way an in-place
// change of a view reaches the tape: x[i] = v becomes x' = select_scatter(x, v, 0, i), which
// changes nothing.
//
// Each is a pair of a copy and a write through the view operation's own function, so the
// geometry is stated once. The derivative is the same picture again: the input gets the
// gradient with the view set to zero, src gets the view of the gradient.
#include "ops/shape/view.h"

AdjTensor *adj_write_part(AdjTensor *y, AdjTensor *place, AdjTensor *src)
{
    if (!y || !place) return NULL;
    if (!adj_shape_equal(adj_shape(place), adj_shape(src))) {
        return adj_fail(
            ADJ_E_SHAPE,
            "%s: expected src to have a size equal to the slice of self. src size = %s, "
            "slice size = %s",
            adj_op_name(), adj_shape_text(adj_shape(src)), adj_shape_text(adj_shape(place)));
    }
    return adj_copy_data(place, src) ? y : NULL;
}

// Zeros shaped as the src of [n] was: what the overwritten elements contribute.
static AdjTensor *no_src(const AdjNode *n, AdjTensor *dy)
{
    return adj_zeros_of(n->in[1].shape, adj_dtype(dy));
}

static void select_scatter_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    int64_t dim = n->arg[0].i, index = n->arg[1].i;
    if (adj_wants(n, 0)) dx[0] = adj_select_scatter(dy[0], no_src(n, dy[0]), dim, index);
    if (adj_wants(n, 1)) dx[1] = adj_select(dy[0], dim, index);
}

ADJ_OP(select_scatter, "(input: tensor, src: tensor, dim: int, index: int) -> tensor",
       "A copy of input whose element index of axis dim is src.\n"
       "errors Shape: src is not shaped as select(input, dim, index)",
       .vjp = select_scatter_vjp)
AdjTensor *op_select_scatter(AdjTensor *input, AdjTensor *src, int64_t dim, int64_t index)
{
    AdjTensor *y = op_clone(input);
    return y ? adj_write_part(y, op_select(y, dim, index), src) : NULL;
}

static void slice_scatter_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    const AdjValue *a = n->arg;
    if (adj_wants(n, 0)) {
        dx[0] = adj_slice_scatter(dy[0], no_src(n, dy[0]), a[0].i, a[1].i, a[2].i, a[3].i);
    }
    if (adj_wants(n, 1)) dx[1] = adj_slice(dy[0], a[0].i, a[1].i, a[2].i, a[3].i);
}

ADJ_OP(
    slice_scatter,
    "(input: tensor, src: tensor, dim: int = 0, start: int? = None, "
    "end: int? = None, step: int = 1) -> tensor",
    "A copy of input whose elements start, start + step, ... before end of axis dim are src.\n"
    "errors Shape: src is not shaped as that slice",
    .vjp = slice_scatter_vjp)
AdjTensor *op_slice_scatter(AdjTensor *input, AdjTensor *src, int64_t dim, int64_t start,
                            int64_t end, int64_t step)
{
    AdjTensor *y = op_clone(input);
    return y ? adj_write_part(y, op_slice(y, dim, start, end, step), src) : NULL;
}

static void diagonal_scatter_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    const AdjValue *a = n->arg;
    if (adj_wants(n, 0))
        dx[0] = adj_diagonal_scatter(dy[0], no_src(n, dy[0]), a[0].i, a[1].i, a[2].i);
    if (adj_wants(n, 1)) dx[1] = adj_diagonal(dy[0], a[0].i, a[1].i, a[2].i);
}

ADJ_OP(diagonal_scatter,
       "(input: tensor, src: tensor, offset: int = 0, dim1: int = 0, "
       "dim2: int = 1) -> tensor",
       "A copy of input whose diagonal along axes dim1, dim2 is src.\n"
       "errors Shape: src is not shaped as diagonal(input, offset, dim1, dim2)",
       .vjp = diagonal_scatter_vjp)
AdjTensor *op_diagonal_scatter(AdjTensor *input, AdjTensor *src, int64_t offset, int64_t dim1,
                               int64_t dim2)
{
    AdjTensor *y = op_clone(input);
    return y ? adj_write_part(y, op_diagonal(y, offset, dim1, dim2), src) : NULL;
}

static void copy_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    if (adj_wants(n, 0)) dx[0] = adj_zeros_of(n->in[0].shape, (AdjDtype)n->in[0].dtype);
    if (adj_wants(n, 1))
        dx[1] = adj_to(adj_sum_to(dy[0], n->in[1].shape), (AdjDtype)n->in[1].dtype);
}

ADJ_OP(copy, "(input: tensor, src: num) -> tensor",
       "The values of src in the shape and type of input; copy_ writes them into input.\n"
       "errors Shape: src does not broadcast to the shape of input",
       .vjp = copy_vjp, .in_place = true, .torch = "CopyBackwards")
AdjTensor *op_copy(AdjTensor *input, AdjTensor *src)
{
    AdjTensor *y = adj_new_like(input, ADJ_SAME);
    AdjTensor *x = op_expand(src, adj_shape(input));
    return y && x && adj_copy_data(y, x) ? y : NULL;
}
