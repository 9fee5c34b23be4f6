// SPDX-License-Identifier: Apache-2.0
// join.c: several tensors into one (cat, stack and their kin), one into several (split, chunk,
// unbind), and grids made of several. Joining and parting are each other's derivatives.
//
// Parts are views, so that writing to a part writes to the whole; joined tensors are copies.
#include "ops/shape/view.h"

static const AdjTensors no_tensors = {0, NULL};

static AdjTensors list_of(int64_t n)
{
    AdjTensors list = {(int)n, NULL};
    if (n > INT32_MAX)
        return adj_fail(ADJ_E_MEMORY, "%s: too many parts", adj_op_name()), no_tensors;
    list.at = adj_scope_memory((size_t)n * sizeof *list.at);
    return list.at ? list : no_tensors;
}

static bool complete(AdjTensors list)
{
    for (int i = 0; i < list.n; i++)
        if (!list.at[i]) return false;
    return true;
}

// ---------------------------------------------------------------- cat

// An empty vector joins with anything and adds nothing: a rule kept from the time when it stood
// for "no tensor yet".
static bool is_nothing(AdjShape s)
{
    return s.n == 1 && s.at[0] == 0;
}

static void cat_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    int64_t dim = n->arg[0].i, start = 0;
    for (int i = 0; i < n->n_in; i++) {
        AdjShape shape = n->in[i].shape;
        bool nothing = is_nothing(shape) && adj_ndim(dy[0]) != 1;
        int64_t wrapped = dim < 0 ? dim + adj_ndim(dy[0]) : dim;
        int64_t length = nothing ? 0 : shape.at[wrapped];
        if (adj_wants(n, i)) {
            dx[i] = nothing ? adj_zeros_of(shape, (AdjDtype)n->in[i].dtype)
                            : adj_to(adj_slice(dy[0], dim, start, start + length, 1),
                                     (AdjDtype)n->in[i].dtype);
        }
        start += length;
    }
}

// The shape and type of the whole; the first tensor that is not nothing gives the other axes.
static bool cat_shape(AdjTensors tensors, int64_t *dim, AdjShape *shape, AdjDtype *dtype)
{
    const AdjTensor *first = NULL;
    *dtype = adj_dtype(tensors.at[0]);
    for (int i = 0; i < tensors.n; i++) {
        AdjTensor *t = tensors.at[i];
        if (t->ndim == 0) {
            return adj_fail(
                ADJ_E_SHAPE,
                "%s: zero-dimensional tensor (at position %d) cannot be concatenated",
                adj_op_name(), i);
        }
        *dtype = adj_dtype_promote(*dtype, adj_dtype(t));
        if (is_nothing(adj_shape(t))) continue;
        if (!first) {
            first = t;
            *shape = adj_shape(t);
            if (!adj_wrap_dim(dim, t->ndim)) return false;
            continue;
        }
        if (t->ndim != first->ndim) {
            return adj_fail(ADJ_E_SHAPE,
                            "%s: Tensors must have same number of dimensions: got %d and %d",
                            adj_op_name(), first->ndim, t->ndim);
        }
        for (int d = 0; d < t->ndim; d++) {
            if (d == *dim || t->sizes[d] == first->sizes[d]) continue;
            return adj_fail(
                ADJ_E_SHAPE,
                "%s: Sizes of tensors must match except in dimension %lld. Expected size "
                "%lld but got size %lld for tensor number %d in the list.",
                adj_op_name(), (long long)*dim, (long long)first->sizes[d],
                (long long)t->sizes[d], i);
        }
        shape->at[*dim] += t->sizes[*dim];
    }
    if (first) return true;
    *shape = ADJ_SHAPE(0);
    return adj_wrap_dim(dim, 1);
}

ADJ_OP(cat, "(tensors: tensors, dim: int = 0) -> tensor",
       "The tensors one behind the other along an axis that exists.\n"
       "shapes (..., a, ...), (..., b, ...) -> (..., a + b, ...)\n"
       "notes types are promoted to one; an empty vector adds nothing\n"
       "errors Shape: another axis differs",
       .vjp = cat_vjp, .no_method = true, .aliases = "concat concatenate")
AdjTensor *op_cat(AdjTensors tensors, int64_t dim)
{
    AdjShape shape = {.n = 0};
    AdjDtype dtype;
    int64_t start = 0;
    if (tensors.n == 0)
        return adj_fail(ADJ_E_VALUE, "cat: expected a non-empty list of Tensors");
    if (!cat_shape(tensors, &dim, &shape, &dtype)) return NULL;
    AdjTensor *y = adj_new(shape, dtype);
    for (int i = 0; y && i < tensors.n; i++) {
        AdjTensor *t = tensors.at[i];
        if (is_nothing(adj_shape(t))) continue;
        AdjTensor *place = op_slice(y, dim, start, start + t->sizes[dim], 1);
        if (!place || !adj_copy_data(place, t)) return NULL;
        start += t->sizes[dim];
    }
    return y;
}

// ---------------------------------------------------------------- stack

static void stack_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    for (int i = 0; i < n->n_in; i++) {
        if (!adj_wants(n, i)) continue;
        dx[i] = adj_to(adj_select(dy[0], n->arg[0].i, i), (AdjDtype)n->in[i].dtype);
    }
}

ADJ_OP(stack, "(tensors: tensors, dim: int = 0) -> tensor",
       "The tensors side by side along a new axis.\nshapes n of (a, b), dim 1 -> (a, n, b)\n"
       "errors Shape: the shapes differ",
       .vjp = stack_vjp, .no_method = true)
AdjTensor *op_stack(AdjTensors tensors, int64_t dim)
{
    if (tensors.n == 0)
        return adj_fail(ADJ_E_RUNTIME, "stack: expects a non-empty list of Tensors");
    AdjShape one = adj_shape(tensors.at[0]), shape = one;
    AdjDtype dtype = adj_dtype(tensors.at[0]);
    if (!adj_wrap_dim(&dim, one.n + 1) || !adj_shape_insert(&shape, dim, tensors.n))
        return NULL;
    for (int i = 1; i < tensors.n; i++) {
        AdjShape other = adj_shape(tensors.at[i]);
        if (!adj_shape_equal(one, other)) {
            return adj_fail(
                ADJ_E_SHAPE,
                "stack: stack expects each tensor to be equal size, but got %s at entry 0 "
                "and %s at entry %d",
                adj_list_text(one), adj_list_text(other), i);
        }
        dtype = adj_dtype_promote(dtype, adj_dtype(tensors.at[i]));
    }
    AdjTensor *y = adj_new(shape, dtype);
    for (int i = 0; y && i < tensors.n; i++) {
        AdjTensor *place = op_select(y, dim, i);
        if (!place || !adj_copy_data(place, tensors.at[i])) return NULL;
    }
    return y;
}

// Each tensor through [lift], then joined.
static AdjTensor *lifted_cat(AdjTensors tensors, AdjTensor *(*lift)(AdjTensor *), int64_t dim)
{
    if (tensors.n == 0) {
        return adj_fail(ADJ_E_RUNTIME, "%s: expects a non-empty list of tensors",
                        adj_op_name());
    }
    AdjTensors list = list_of(tensors.n);
    for (int i = 0; i < list.n; i++) list.at[i] = lift(tensors.at[i]);
    if (!list.n || !complete(list)) return NULL;
    return adj_cat(list, dim);
}

ADJ_OP(hstack, "(tensors: tensors) -> tensor",
       "Tensors joined along axis 1, vectors along axis 0.", .no_method = true)
AdjTensor *op_hstack(AdjTensors tensors)
{
    bool vectors = tensors.n && adj_ndim(tensors.at[0]) < 2;
    return lifted_cat(tensors, adj_atleast_1d, vectors ? 0 : 1);
}

ADJ_OP(vstack, "(tensors: tensors) -> tensor", "Tensors joined along axis 0, vectors as rows.",
       .no_method = true, .aliases = "row_stack")
AdjTensor *op_vstack(AdjTensors tensors)
{
    return lifted_cat(tensors, adj_atleast_2d, 0);
}

ADJ_OP(dstack, "(tensors: tensors) -> tensor", "Tensors joined along axis 2, after atleast_3d.",
       .no_method = true)
AdjTensor *op_dstack(AdjTensors tensors)
{
    return lifted_cat(tensors, adj_atleast_3d, 2);
}

static AdjTensor *as_column(AdjTensor *t)
{
    return adj_ndim(t) < 2 ? adj_reshape(t, ADJ_SHAPE(adj_numel(t), 1)) : t;
}

ADJ_OP(column_stack, "(tensors: tensors) -> tensor",
       "Tensors joined along axis 1, vectors as columns.", .no_method = true)
AdjTensor *op_column_stack(AdjTensors tensors)
{
    return lifted_cat(tensors, as_column, 1);
}

ADJ_OP(block_diag, "(tensors: tensors) -> tensor",
       "The tensors as blocks down the diagonal of a matrix of zeros; vectors are rows.\n"
       "errors Shape: a tensor with more than two axes",
       .no_method = true)
AdjTensor *op_block_diag(AdjTensors tensors)
{
    AdjTensors rows = list_of(tensors.n);
    int64_t columns = 0, before = 0;
    for (int i = 0; i < rows.n; i++) {
        if (adj_ndim(tensors.at[i]) > 2) {
            return adj_fail(
                ADJ_E_SHAPE,
                "block_diag: Input tensors must have 2 or fewer dimensions. Input %d "
                "has %d dimensions",
                i, adj_ndim(tensors.at[i]));
        }
        rows.at[i] = adj_atleast_2d(tensors.at[i]);
        if (!rows.at[i]) return NULL;
        columns += adj_size(rows.at[i], 1);
    }
    for (int i = 0; i < rows.n; i++) {
        int64_t width = adj_size(rows.at[i], 1), pad[] = {before, columns - before - width};
        rows.at[i] = adj_constant_pad_nd(rows.at[i], (AdjLongs){2, pad}, ADJ_I(0));
        before += width;
    }
    if (rows.n == 0) return adj_new(ADJ_SHAPE(1, 0), ADJ_SAME);
    return complete(rows) ? adj_cat(rows, 0) : NULL;
}

// ---------------------------------------------------------------- split

// The gradients of the parts in a list, zeros for a part that nothing came back for.
static AdjTensors part_gradients(AdjNode *n, AdjTensor *const *dy)
{
    AdjTensors parts = list_of(n->n_out);
    for (int i = 0; i < parts.n; i++)
        parts.at[i] = dy[i] ? dy[i] : adj_zeros_of(n->out[i].shape, (AdjDtype)n->out[i].dtype);
    return parts;
}

static void split_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] = adj_cat(part_gradients(n, dy), n->arg[1].i);
}

static AdjTensors parts_of(AdjTensor *x, int64_t dim, int64_t n, const int64_t *sizes,
                           int64_t each)
{
    AdjTensors parts = list_of(n);
    int64_t start = 0, length = x->sizes[dim];
    for (int i = 0; i < parts.n; i++) {
        int64_t end = start + (sizes ? sizes[i] : each);
        parts.at[i] = op_slice(x, dim, start, end < length ? end : length, 1);
        start = end;
    }
    return complete(parts) ? parts : no_tensors;
}

static AdjTensors split_sizes(AdjTensor *x, AdjLongs sizes, int64_t dim)
{
    int64_t sum = 0;
    for (int64_t i = 0; i < sizes.n; i++) {
        if (sizes.at[i] < 0) {
            adj_fail(ADJ_E_RUNTIME,
                     "split: expects split_sizes to have only non-negative entries");
            return no_tensors;
        }
        sum += sizes.at[i];
    }
    if (sum != x->sizes[dim]) {
        adj_fail(ADJ_E_SHAPE,
                 "split: expects split_sizes to sum exactly to %lld (input tensor's size at "
                 "dimension %lld), but got a sum of %lld",
                 (long long)x->sizes[dim], (long long)dim, (long long)sum);
        return no_tensors;
    }
    return parts_of(x, dim, sizes.n, sizes.at, 0);
}

ADJ_OP(split, "(input: tensor, split_size: longs, dim: int = 0) -> tensors",
       "Parts along an axis, as views: of split_size elements each (the last may be shorter), "
       "or of "
       "the sizes in a list.\nerrors Shape: the sizes in the list do not add up to the axis",
       .vjp = split_vjp, .view = true)
AdjTensors op_split(AdjTensor *input, AdjLongs split_size, int64_t dim)
{
    if (input->ndim == 0)
        return adj_fail(ADJ_E_SHAPE, "split: expects at least a 1-dimensional tensor"),
               no_tensors;
    if (!adj_wrap_dim(&dim, input->ndim)) return no_tensors;
    if (split_size.n != 1) return split_sizes(input, split_size, dim);
    int64_t size = split_size.at[0], length = input->sizes[dim];
    if (size < 0 || (size == 0 && length)) {
        adj_fail(ADJ_E_RUNTIME, "split: expects split_size be %s, but got split_size=%lld",
                 size < 0 ? "non-negative" : "positive for an axis that is not empty",
                 (long long)size);
        return no_tensors;
    }
    int64_t n = size ? (length + size - 1) / size : 1;
    return parts_of(input, dim, n ? n : 1, NULL, size);
}

ADJ_OP(
    chunk, "(input: tensor, chunks: int, dim: int = 0) -> tensors",
    "At most chunks parts of equal length along an axis, as views; the last may be shorter.\n"
    "errors Runtime: chunks below 1")
AdjTensors op_chunk(AdjTensor *input, int64_t chunks, int64_t dim)
{
    if (input->ndim == 0)
        return adj_fail(ADJ_E_SHAPE, "chunk: expects at least a 1-dimensional tensor"),
               no_tensors;
    if (chunks <= 0) {
        adj_fail(ADJ_E_RUNTIME, "chunk: expects `chunks` to be greater than 0, got: %lld",
                 (long long)chunks);
        return no_tensors;
    }
    if (!adj_wrap_dim(&dim, input->ndim)) return no_tensors;
    int64_t size = (input->sizes[dim] + chunks - 1) / chunks;
    if (size) return adj_split(input, (AdjLongs){1, &size}, dim);
    AdjTensors parts = list_of(chunks);
    for (int i = 0; i < parts.n; i++) parts.at[i] = adj_slice(input, dim, 0, 0, 1);
    return complete(parts) ? parts : no_tensors;
}

ADJ_OP(tensor_split, "(input: tensor, sections: int, dim: int = 0) -> tensors",
       "Exactly sections parts along an axis, as views; the first ones are one longer where it "
       "does "
       "not come out even.\nerrors Runtime: sections below 1")
AdjTensors op_tensor_split(AdjTensor *input, int64_t sections, int64_t dim)
{
    if (input->ndim == 0) {
        adj_fail(ADJ_E_SHAPE,
                 "tensor_split: expected at least a 1-dimensional tensor, but got a "
                 "tensor with 0 dims");
        return no_tensors;
    }
    if (!adj_wrap_dim(&dim, input->ndim)) return no_tensors;
    if (sections <= 0) {
        adj_fail(ADJ_E_RUNTIME,
                 "tensor_split: number of sections must be larger than 0, got %lld",
                 (long long)sections);
        return no_tensors;
    }
    AdjTensors parts = list_of(sections);
    int64_t n = input->sizes[dim], start = 0;
    for (int i = 0; i < parts.n; i++) {
        int64_t end = start + n / sections + (i < n % sections);
        parts.at[i] = adj_slice(input, dim, start, end, 1);
        start = end;
    }
    return complete(parts) ? parts : no_tensors;
}

ADJ_OP(tensor_split_at, "(input: tensor, indices: longs, dim: int = 0) -> tensors",
       "Parts along an axis, cut before each of indices, as views.", .no_method = true)
AdjTensors op_tensor_split_at(AdjTensor *input, AdjLongs indices, int64_t dim)
{
    if (!adj_wrap_dim(&dim, input->ndim)) return no_tensors;
    AdjTensors parts = list_of(indices.n + 1);
    int64_t start = 0;
    for (int i = 0; i < parts.n; i++) {
        int64_t end = i < indices.n ? indices.at[i] : ADJ_NO_INT;
        parts.at[i] = adj_slice(input, dim, start, end, 1);
        start = end;
    }
    return complete(parts) ? parts : no_tensors;
}

static void unbind_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] = adj_stack(part_gradients(n, dy), n->arg[0].i);
}

ADJ_OP(unbind, "(input: tensor, dim: int = 0) -> tensors",
       "The elements of an axis one by one, as views: what a loop over a tensor runs over.",
       .vjp = unbind_vjp, .view = true)
AdjTensors op_unbind(AdjTensor *input, int64_t dim)
{
    if (input->ndim == 0) {
        adj_fail(ADJ_E_SHAPE,
                 "unbind: Dimension specified as %lld but tensor has no dimensions",
                 (long long)dim);
        return no_tensors;
    }
    if (!adj_wrap_dim(&dim, input->ndim)) return no_tensors;
    AdjTensors parts = list_of(input->sizes[dim]);
    for (int i = 0; i < parts.n; i++) parts.at[i] = op_select(input, dim, i);
    return complete(parts) ? parts : no_tensors;
}

// ---------------------------------------------------------------- grids

ADJ_OP(meshgrid, "(tensors: tensors, indexing: str = 'ij') -> tensors",
       "The coordinates of a grid: tensor i of the result changes along axis i only.\n"
       "notes 'xy' exchanges the first two axes, as pictures want it\n"
       "errors Shape: an input with more than one axis; Runtime: another indexing",
       .no_method = true)
AdjTensors op_meshgrid(AdjTensors tensors, const char *indexing)
{
    bool swap = indexing && !strcmp(indexing, "xy") && tensors.n > 1;
    if (!indexing || (strcmp(indexing, "ij") && strcmp(indexing, "xy"))) {
        adj_fail(ADJ_E_RUNTIME,
                 "meshgrid: indexing must be one of \"xy\" or \"ij\", but received: %s",
                 indexing ? indexing : "None");
        return no_tensors;
    }
    if (tensors.n < 1 || tensors.n > ADJ_MAX_DIMS) {
        adj_fail(ADJ_E_RUNTIME, "meshgrid: expects 1 to %d tensors, got %d", ADJ_MAX_DIMS,
                 tensors.n);
        return no_tensors;
    }
    AdjShape shape = {.n = tensors.n};
    AdjTensors grid = list_of(tensors.n);
    for (int i = 0; i < tensors.n; i++) {
        if (adj_ndim(tensors.at[i]) > 1) {
            adj_fail(ADJ_E_SHAPE,
                     "meshgrid: Expected 0D or 1D tensor in the tensor list but got: %s",
                     adj_describe(tensors.at[i]));
            return no_tensors;
        }
        shape.at[swap && i < 2 ? 1 - i : i] = adj_numel(tensors.at[i]);
    }
    for (int i = 0; i < grid.n; i++) {
        AdjShape own = {.n = tensors.n};
        int axis = swap && i < 2 ? 1 - i : i;
        for (int d = 0; d < own.n; d++) own.at[d] = d == axis ? shape.at[d] : 1;
        grid.at[i] = adj_expand(adj_reshape(tensors.at[i], own), shape);
    }
    return complete(grid) ? grid : no_tensors;
}

ADJ_OP(cartesian_prod, "(tensors: tensors) -> tensor",
       "All tuples of one element from each vector, as rows.", .no_method = true)
AdjTensor *op_cartesian_prod(AdjTensors tensors)
{
    if (tensors.n == 1) return tensors.at[0];
    AdjTensors grid = adj_meshgrid(tensors, "ij");
    for (int i = 0; i < grid.n; i++) grid.at[i] = adj_ravel(grid.at[i]);
    return grid.n && complete(grid) ? adj_stack(grid, 1) : NULL;
}

// Counts up the [r] indices in [pick] like an odometer whose digits never fall below their left
// neighbour (plus one when elements may not repeat). False after the last combination.
static bool next_combination(int64_t *pick, int64_t r, int64_t n, bool repeat)
{
    for (int64_t k = r; k--;) {
        int64_t limit = repeat ? n - 1 : n - r + k;
        if (pick[k] >= limit) continue;
        pick[k]++;
        for (int64_t j = k + 1; j < r; j++) pick[j] = pick[j - 1] + (repeat ? 0 : 1);
        return true;
    }
    return false;
}

ADJ_OP(combinations, "(input: tensor, r: int = 2, with_replacement: bool = False) -> tensor",
       "All ways to take r elements of a vector, in order, as rows.\n"
       "errors Shape: not a vector; Runtime: r negative or above 32",
       .hosted = true)
AdjTensor *op_combinations(AdjTensor *input, int64_t r, bool with_replacement)
{
    int64_t pick[32], rows = 0, n = adj_numel(input);
    if (adj_ndim(input) != 1)
        return adj_fail(ADJ_E_SHAPE, "combinations: Expect a 1D vector, but got shape %s",
                        adj_list_text(adj_shape(input)));
    if (r < 0 || r > 32)
        return adj_fail(ADJ_E_RUNTIME,
                        "combinations: Expect a number from 0 to 32, but got %lld",
                        (long long)r);
    if (r == 0) return adj_new(ADJ_SHAPE(0), adj_dtype(input));
    bool none = n == 0 || (!with_replacement && r > n);
    AdjTensor *places = NULL;
    for (int pass = 0; pass < 2; pass++) {
        int64_t *p = pass ? adj_data(places) : NULL;
        for (int64_t k = 0; k < r; k++) pick[k] = with_replacement ? 0 : k;
        bool more = !none;
        for (; more; more = next_combination(pick, r, n, with_replacement)) {
            if (pass)
                memcpy(p, pick, (size_t)r * sizeof *p), p += r;
            else
                rows++;
        }
        if (!pass && !(places = adj_new(ADJ_SHAPE(rows * r), ADJ_I64))) return NULL;
    }
    return adj_reshape(adj_index_select(input, 0, places), ADJ_SHAPE(rows, r));
}
