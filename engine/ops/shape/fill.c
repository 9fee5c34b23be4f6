// SPDX-License-Identifier: Apache-2.0
// fill.c: operations that exist only in place: filling a tensor, and changing its shape where
// it stands. fill_ and zero_ are masked-out history: what the tensor was before has no
// influence, and the tape learns it by the assignment. The in-place views leave the elements
// alone and give the tensor the sizes, strides and history of the view.
#include "ops/shape/view.h"

ADJ_OP(fill_, "(input: tensor, value: num) -> tensor",
       "Sets every element to value.\nerrors Shape: value is a tensor with axes")
AdjTensor *op_fill_(AdjTensor *input, AdjTensor *value)
{
    if (value->ndim) {
        return adj_fail(ADJ_E_SHAPE,
                        "fill_: only supports 0-dimension value tensor but got tensor with %d "
                        "dimensions.",
                        value->ndim);
    }
    if (!value->requires_grad && !(adj_grad_enabled() && adj_needs_grad(input))) {
        if (!adj_check_in_place(input) || !adj_fill_with(input, adj_item_scalar(value)))
            return NULL;
        adj_touch(input);
        return input;
    }
    return adj_assign(input, adj_expand(adj_to(value, adj_dtype(input)), adj_shape(input)));
}

ADJ_OP(zero_, "(input: tensor) -> tensor", "Sets every element to 0.")
AdjTensor *op_zero_(AdjTensor *input)
{
    return adj_fill_(input, adj_number(ADJ_I(0)));
}

ADJ_OP(fill_diagonal_, "(input: tensor, fill_value: scalar, wrap: bool = False) -> tensor",
       "Sets the main diagonal: the elements all of whose indices are equal. With wrap, the "
       "diagonal of a tall matrix starts again below.\n"
       "errors Shape: fewer than two axes, or more than two of different lengths")
AdjTensor *op_fill_diagonal_(AdjTensor *input, AdjScalar fill_value, bool wrap)
{
    int64_t length = input->ndim ? input->sizes[0] : 0, step = 0;
    if (input->ndim < 2)
        return adj_fail(ADJ_E_SHAPE, "fill_diagonal_: dimensions must larger than 1");
    for (int d = 0; d < input->ndim; d++) {
        if (input->ndim > 2 && input->sizes[d] != input->sizes[0]) {
            return adj_fail(ADJ_E_SHAPE,
                            "fill_diagonal_: all dimensions of input must be of equal length, "
                            "got shape %s",
                            adj_shape_text(adj_shape(input)));
        }
        if (input->sizes[d] < length) length = input->sizes[d];
        step += input->strides[d];
    }
    AdjTensor *place = adj_as_strided(input, ADJ_SHAPE(length), ADJ_SHAPE(step), ADJ_NO_INT);
    if (!place || !adj_fill_(place, adj_number(fill_value))) return NULL;
    int64_t rows = input->sizes[0], columns = input->sizes[1];
    for (int64_t r = columns + 1; wrap && input->ndim == 2 && r < rows; r += columns + 1) {
        AdjTensor *rest = adj_slice(input, 0, r, ADJ_NO_INT, 1);
        if (!rest || !adj_fill_(adj_diagonal(rest, 0, 0, 1), adj_number(fill_value)))
            return NULL;
    }
    return input;
}

// ---------------------------------------------------------------- views in place

// [x] becomes what [view], a view of it, is.
static AdjTensor *become(AdjTensor *x, AdjTensor *view)
{
    if (!view || view == x) return view;
    if (adj_grad_enabled() && x->requires_grad && !x->node) {
        return adj_fail(ADJ_E_RUNTIME, "a leaf Variable that requires grad is being used in an "
                                       "in-place operation.");
    }
    AdjNode *old = x->node;
    x->ndim = view->ndim;
    memcpy(x->sizes, view->sizes, sizeof x->sizes);
    memcpy(x->strides, view->strides, sizeof x->strides);
    if (!adj_grad_enabled() || !view->node) return x;
    x->node = adj_node_keep(view->node);
    x->out = view->out;
    adj_node_drop(old);
    return x;
}

ADJ_OP(unsqueeze_, "(input: tensor, dim: int) -> tensor", "unsqueeze of the tensor itself.")
AdjTensor *op_unsqueeze_(AdjTensor *input, int64_t dim)
{
    return become(input, adj_unsqueeze(input, dim));
}

ADJ_OP(squeeze_, "(input: tensor, dim: ints? = None) -> tensor",
       "squeeze of the tensor itself.")
AdjTensor *op_squeeze_(AdjTensor *input, AdjShape dim)
{
    return become(input, adj_squeeze(input, dim));
}

ADJ_OP(transpose_, "(input: tensor, dim0: int, dim1: int) -> tensor",
       "transpose of the tensor itself.", .aliases = "swapaxes_ swapdims_")
AdjTensor *op_transpose_(AdjTensor *input, int64_t dim0, int64_t dim1)
{
    return become(input, adj_transpose(input, dim0, dim1));
}

ADJ_OP(t_, "(input: tensor) -> tensor", "t of the tensor itself.")
AdjTensor *op_t_(AdjTensor *input)
{
    return become(input, adj_t(input));
}
