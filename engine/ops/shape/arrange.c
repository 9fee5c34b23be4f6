// SPDX-License-Identifier: Apache-2.0
// arrange.c: copies of a tensor with its elements in other places: flipped, rolled, turned,
// repeated, or with a triangle set to zero. Each moves elements by linear rules, so each
// derivative is the opposite move, written in these operations again.
#include "ops/shape/view.h"

// ---------------------------------------------------------------- flip, roll, rot90

// A bit for each axis named; fails when one is named twice.
static bool axes_mask(AdjShape *dims, int ndim, unsigned *mask)
{
    *mask = 0;
    for (int i = 0; i < dims->n; i++) {
        if (!adj_wrap_dim(&dims->at[i], ndim)) return false;
        if (*mask >> dims->at[i] & 1) {
            return adj_fail(ADJ_E_SHAPE,
                            "%s: dim %lld appears multiple times in the list of dims",
                            adj_op_name(), (long long)dims->at[i]);
        }
        *mask |= 1u << dims->at[i];
    }
    return true;
}

static void flip_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] = adj_flip(dy[0], n->arg[0].ints);
}

ADJ_OP(flip, "(input: tensor, dims: ints) -> tensor",
       "The order of the elements reversed along dims.\nerrors Shape: an axis named twice",
       .vjp = flip_vjp)
AdjTensor *op_flip(AdjTensor *input, AdjShape dims)
{
    unsigned mask;
    if (!axes_mask(&dims, input->ndim, &mask)) return NULL;
    AdjTensor *y = adj_new_like(input, ADJ_SAME), *backwards = adj_bare_view(input);
    if (!y || !backwards || input->numel == 0) return y;
    // The copy reads through a view that starts at the far end and steps back.
    for (int d = 0; d < input->ndim; d++) {
        if (!(mask >> d & 1)) continue;
        backwards->offset += (input->sizes[d] - 1) * input->strides[d];
        backwards->strides[d] = -input->strides[d];
    }
    return adj_copy_data(y, backwards) ? y : NULL;
}

ADJ_OP(fliplr, "(input: tensor) -> tensor", "Columns in reverse order: flip along axis 1.")
AdjTensor *op_fliplr(AdjTensor *input)
{
    if (input->ndim < 2) return adj_fail(ADJ_E_SHAPE, "fliplr: Input must be >= 2-d.");
    return adj_flip(input, ADJ_SHAPE(1));
}

ADJ_OP(flipud, "(input: tensor) -> tensor", "Rows in reverse order: flip along axis 0.")
AdjTensor *op_flipud(AdjTensor *input)
{
    if (input->ndim < 1) return adj_fail(ADJ_E_SHAPE, "flipud: Input must be >= 1-d.");
    return adj_flip(input, ADJ_SHAPE(0));
}

static void roll_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjShape back = n->arg[0].ints;
    for (int i = 0; i < back.n; i++) back.at[i] = -back.at[i];
    dx[0] = adj_roll(dy[0], back, n->arg[1].ints);
}

// Copies the part of [x] from [from] on, [length] long along [dim], to place [to] of [y].
static bool move_part(AdjTensor *y, AdjTensor *x, int64_t dim, int64_t to, int64_t from,
                      int64_t length)
{
    if (length == 0) return true;
    AdjTensor *target = op_slice(y, dim, to, to + length, 1);
    AdjTensor *source = op_slice(x, dim, from, from + length, 1);
    return target && source && adj_copy_data(target, source);
}

static AdjTensor *roll_axis(AdjTensor *x, int64_t shift, int64_t dim)
{
    if (!adj_wrap_dim(&dim, x->ndim)) return NULL;
    int64_t n = x->ndim ? x->sizes[dim] : 1;
    AdjTensor *y = adj_new_like(x, ADJ_SAME);
    if (!y || x->numel == 0 || x->ndim == 0) return x->ndim || !y ? y : op_clone(x);
    shift = (shift % n + n) % n;
    bool done =
        move_part(y, x, dim, shift, 0, n - shift) && move_part(y, x, dim, 0, n - shift, shift);
    return done ? y : NULL;
}

ADJ_OP(roll, "(input: tensor, shifts: ints, dims: ints = ()) -> tensor",
       "Elements moved by shifts along dims; those that leave at the end come in at the start. "
       "Without dims the elements roll in row-major order.\n"
       "errors Shape: shifts and dims of different length",
       .vjp = roll_vjp)
AdjTensor *op_roll(AdjTensor *input, AdjShape shifts, AdjShape dims)
{
    if (shifts.n < 1) {
        return adj_fail(ADJ_E_SHAPE, "roll: `shifts` required for input of shape %s",
                        adj_shape_text(adj_shape(input)));
    }
    if (dims.n <= 0 && shifts.n == 1) {
        AdjTensor *flat = op_reshape(input, ADJ_SHAPE(-1));
        return flat ? op_reshape(roll_axis(flat, shifts.at[0], 0), adj_shape(input)) : NULL;
    }
    if (shifts.n != dims.n) {
        return adj_fail(ADJ_E_SHAPE,
                        "roll: shifts and dimensions must align. shifts: %d, dims:%d", shifts.n,
                        dims.n < 0 ? 0 : dims.n);
    }
    AdjTensor *y = input;
    for (int i = 0; y && i < dims.n; i++) y = roll_axis(y, shifts.at[i], dims.at[i]);
    return y;
}

ADJ_OP(rot90, "(input: tensor, k: int = 1, dims: ints = (0, 1)) -> tensor",
       "The plane of axes dims turned by k quarters, from the first towards the second.\n"
       "errors Shape: not exactly two different axes")
AdjTensor *op_rot90(AdjTensor *input, int64_t k, AdjShape dims)
{
    unsigned mask;
    if (dims.n != 2) {
        return adj_fail(ADJ_E_SHAPE,
                        "rot90: expected total rotation dims == 2, but got dims = %d", dims.n);
    }
    if (input->ndim < 2) {
        return adj_fail(ADJ_E_SHAPE, "rot90: expected total dims >= 2, but got total dims = %d",
                        input->ndim);
    }
    if (!axes_mask(&dims, input->ndim, &mask)) return NULL;
    switch ((k % 4 + 4) % 4) {
    case 1:
        return adj_transpose(adj_flip(input, ADJ_SHAPE(dims.at[1])), dims.at[0], dims.at[1]);
    case 2: return adj_flip(input, dims);
    case 3:
        return adj_transpose(adj_flip(input, ADJ_SHAPE(dims.at[0])), dims.at[0], dims.at[1]);
    default: return adj_clone(input);
    }
}

// ---------------------------------------------------------------- repetition

// Axis by axis the tensor is seen as (outer, axis, inner), so that the number of axes does not
// grow.
static AdjShape three_axes(AdjShape s, int dim, int64_t front)
{
    int64_t outer = 1, inner = 1;
    for (int i = 0; i < dim; i++) outer *= s.at[i];
    for (int i = dim; i < s.n; i++) inner *= s.at[i];
    return ADJ_SHAPE(outer, front, inner);
}

// [shape] with axes of length 1 in front until there are as many as in [like].
static AdjShape padded(AdjShape shape, int n)
{
    AdjShape out = {.n = n};
    for (int i = 0; i < n; i++) out.at[i] = i < n - shape.n ? 1 : shape.at[i - (n - shape.n)];
    return out;
}

static void repeat_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjShape times = n->arg[0].ints, shape = padded(n->in[0].shape, times.n);
    AdjTensor *g = dy[0];
    if (adj_numel(g) == 0) {
        dx[0] = adj_zeros_of(n->in[0].shape, adj_dtype(g));
        return;
    }
    for (int d = times.n; g && d--;) {
        if (times.at[d] == 1) continue;
        AdjShape split = three_axes(adj_shape(g), d, times.at[d]), merged = shape;
        split.at[2] /= times.at[d];
        for (int i = 0; i < d; i++) merged.at[i] *= times.at[i];
        g = adj_sum(adj_reshape(g, split), ADJ_SHAPE(1), false, ADJ_SAME);
        g = adj_reshape(g, merged);
    }
    dx[0] = adj_reshape(g, n->in[0].shape);
}

ADJ_OP(repeat, "(input: tensor, repeats: ints) -> tensor",
       "The whole tensor repeats[i] times along axis i, copied; new axes go in front.\n"
       "errors Shape: fewer numbers than axes; Runtime: a negative number",
       .vjp = repeat_vjp)
AdjTensor *op_repeat(AdjTensor *input, AdjShape repeats)
{
    if (repeats.n < input->ndim) {
        return adj_fail(
            ADJ_E_SHAPE,
            "repeat: Number of dimensions of repeat dims can not be smaller than number "
            "of dimensions of tensor (%d < %d)",
            repeats.n, input->ndim);
    }
    AdjShape shape = padded(adj_shape(input), repeats.n);
    AdjTensor *y = op_clone(input);
    for (int d = repeats.n; y && d--;) {
        if (repeats.at[d] < 0) {
            return adj_fail(ADJ_E_RUNTIME,
                            "repeat: Trying to create tensor with negative dimension %lld",
                            (long long)repeats.at[d]);
        }
        AdjShape wide = three_axes(shape, d, 1);
        if (__builtin_mul_overflow(shape.at[d], repeats.at[d], &shape.at[d])) {
            return adj_fail(ADJ_E_MEMORY, "repeat: %lld copies cannot be had",
                            (long long)repeats.at[d]);
        }
        if (repeats.at[d] == 1) continue;
        y = op_reshape(y, wide);
        wide.at[1] = repeats.at[d];
        y = y ? op_clone(op_expand(y, wide)) : NULL;
    }
    return y ? op_reshape(y, shape) : NULL;
}

ADJ_OP(tile, "(input: tensor, dims: ints) -> tensor",
       "repeat, with ones put in front of dims where they are fewer than the axes.")
AdjTensor *op_tile(AdjTensor *input, AdjShape dims)
{
    return adj_repeat(input, dims.n < input->ndim ? padded(dims, input->ndim) : dims);
}

// The source index of each element of a repeated axis.
static AdjTensor *repeated_places(AdjTensor *repeats, int64_t n, int64_t output_size)
{
    AdjTensor *counts = adj_dense(repeats, ADJ_I64);
    if (!counts) return NULL;
    const int64_t *count = adj_data(counts);
    int64_t total = 0, at = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t c = count[counts->numel == 1 ? 0 : i];
        if (c < 0)
            return adj_fail(ADJ_E_RUNTIME, "repeat_interleave: repeats can not be negative");
        if (__builtin_add_overflow(total, c, &total))
            return adj_fail(ADJ_E_RUNTIME, "repeat_interleave: repeats are too large");
    }
    if (output_size != ADJ_NO_INT && output_size != total) {
        return adj_fail(ADJ_E_RUNTIME,
                        "repeat_interleave: allocated size does not match required size");
    }
    AdjTensor *places = adj_new(ADJ_SHAPE(total), ADJ_I64);
    if (!places) return NULL;
    int64_t *place = adj_data(places);
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = count[counts->numel == 1 ? 0 : i]; c > 0; c--) place[at++] = i;
    return places;
}

ADJ_OP(repeat_interleave,
       "(input: tensor, repeats: num, dim: int? = None, "
       "output_size: int? = None) -> tensor",
       "Each element repeated in place: [a, b] twice is [a, a, b, b]. repeats is one number or "
       "one "
       "for each element of axis dim; without dim the elements are taken in row-major order.\n"
       "errors Shape: repeats does not fit the axis; Runtime: a negative number",
       .hosted = true)
AdjTensor *op_repeat_interleave(AdjTensor *input, AdjTensor *repeats, int64_t dim,
                                int64_t output_size)
{
    AdjTensor *x = dim == ADJ_NO_INT ? adj_ravel(input) : input;
    if (dim == ADJ_NO_INT) dim = 0;
    if (!x || !adj_wrap_dim(&dim, x->ndim)) return NULL;
    if (x->ndim == 0) x = adj_reshape(x, ADJ_SHAPE(1));
    if (!x) return NULL;
    int64_t n = x->sizes[dim];
    if (adj_is_float(repeats) || repeats->dtype == ADJ_BOOL || repeats->ndim > 1) {
        return adj_fail(ADJ_E_DTYPE,
                        "repeat_interleave: repeats must be 0-dim or 1-dim integers, got %s",
                        adj_describe(repeats));
    }
    if (repeats->numel != 1 && repeats->numel != n) {
        return adj_fail(
            ADJ_E_SHAPE,
            "repeat_interleave: repeats must have the same size as input along dim, but "
            "got repeats.size(0) = %lld and input.size(%lld) = %lld",
            (long long)repeats->numel, (long long)dim, (long long)n);
    }
    return adj_index_select(x, dim, repeated_places(repeats, n, output_size));
}

// ---------------------------------------------------------------- triangles and diagonals

// Copies the kept part of each row; the rest stays zero.
static AdjTensor *triangle(AdjTensor *input, int64_t diagonal, bool lower)
{
    if (input->ndim < 2) {
        return adj_fail(ADJ_E_SHAPE, "%s: input tensor must have at least 2 dimensions",
                        adj_op_name());
    }
    AdjTensor *y = adj_zeros_of(adj_shape(input), adj_dtype(input));
    AdjTensor *x = adj_dense(input, adj_dtype(input));
    if (!x || !y || input->numel == 0) return y;
    int64_t rows = y->sizes[y->ndim - 2], columns = y->sizes[y->ndim - 1];
    size_t size = adj_dtype_size(adj_dtype(y));
    if (diagonal < -rows - 1) diagonal = -rows - 1;  // all the same from here on
    if (diagonal > columns + 1) diagonal = columns + 1;
    for (int64_t r = 0; r < y->numel / columns; r++) {
        int64_t edge = r % rows + diagonal + (lower ? 1 : 0);
        int64_t from = lower ? 0 : edge, to = lower ? edge : columns;
        if (from < 0) from = 0;
        if (to > columns) to = columns;
        if (to <= from) continue;
        size_t start = (size_t)(r * columns + from) * size;
        memcpy(adj_ptr(y) + start, adj_ptr(x) + start, (size_t)(to - from) * size);
    }
    return y;
}

static void tril_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] = adj_tril(dy[0], n->arg[0].i);
}

ADJ_OP(tril, "(input: tensor, diagonal: int = 0) -> tensor",
       "The part on and below a diagonal of the last two axes; zeros above it.\n"
       "errors Shape: fewer than two axes",
       .vjp = tril_vjp, .in_place = true, .hosted = true)
AdjTensor *op_tril(AdjTensor *input, int64_t diagonal)
{
    return triangle(input, diagonal, true);
}

static void triu_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] = adj_triu(dy[0], n->arg[0].i);
}

ADJ_OP(triu, "(input: tensor, diagonal: int = 0) -> tensor",
       "The part on and above a diagonal of the last two axes; zeros below it.\n"
       "errors Shape: fewer than two axes",
       .vjp = triu_vjp, .in_place = true, .hosted = true)
AdjTensor *op_triu(AdjTensor *input, int64_t diagonal)
{
    return triangle(input, diagonal, false);
}

static void diag_embed_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] = adj_diagonal(dy[0], n->arg[0].i, n->arg[1].i, n->arg[2].i);
}

ADJ_OP(diag_embed, "(input: tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> tensor",
       "Matrices of zeros with the last axis of input on a diagonal; they become axes dim1, "
       "dim2.\n"
       "shapes (..., n) -> (..., n + |offset|, n + |offset|)\nerrors Shape: dim1 and dim2 the "
       "same",
       .vjp = diag_embed_vjp)
AdjTensor *op_diag_embed(AdjTensor *input, int64_t offset, int64_t dim1, int64_t dim2)
{
    int ndim = input->ndim + 1;
    AdjShape shape = {.n = ndim};
    if (input->ndim == 0 || ndim > ADJ_MAX_DIMS) {
        return adj_fail(ADJ_E_SHAPE, "diag_embed: the input must have 1 to %d axes, got %d",
                        ADJ_MAX_DIMS - 1, input->ndim);
    }
    if (!adj_wrap_dim(&dim1, ndim) || !adj_wrap_dim(&dim2, ndim)) return NULL;
    if (dim1 == dim2) {
        return adj_fail(ADJ_E_SHAPE,
                        "diag_embed: diagonal dimensions cannot be identical %lld, %lld",
                        (long long)dim1, (long long)dim2);
    }
    const int64_t most = (int64_t)1 << 40;  // far beyond any memory
    if (offset > most || offset < -most) {
        return adj_fail(ADJ_E_VALUE, "diag_embed: offset %lld is out of range",
                        (long long)offset);
    }
    int64_t n = input->sizes[input->ndim - 1] + (offset < 0 ? -offset : offset);
    for (int i = 0, k = 0; i < ndim; i++)
        shape.at[i] = i == dim1 || i == dim2 ? n : input->sizes[k++];
    AdjTensor *y = adj_zeros_of(shape, adj_dtype(input));
    AdjTensor *place = y ? op_diagonal(y, offset, dim1, dim2) : NULL;
    return place && adj_copy_data(place, input) ? y : NULL;
}

ADJ_OP(diag, "(input: tensor, diagonal: int = 0) -> tensor",
       "The diagonal of a matrix as a vector, or a matrix with a vector on its diagonal.\n"
       "errors Shape: neither one axis nor two")
AdjTensor *op_diag(AdjTensor *input, int64_t diagonal)
{
    if (input->ndim == 1) return adj_diag_embed(input, diagonal, 0, 1);
    if (input->ndim == 2) return adj_clone(adj_diagonal(input, diagonal, 0, 1));
    return adj_fail(ADJ_E_SHAPE, "diag: Supports 1D or 2D tensors. Got %dD", input->ndim);
}

ADJ_OP(diagflat, "(input: tensor, offset: int = 0) -> tensor",
       "A matrix with the elements of input, in row-major order, on a diagonal.")
AdjTensor *op_diagflat(AdjTensor *input, int64_t offset)
{
    return adj_diag(adj_ravel(input), offset);
}
