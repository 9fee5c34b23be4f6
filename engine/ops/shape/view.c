// SPDX-License-Identifier: Apache-2.0
// view.c: operations that look at the same elements through another shape, and the few that
// copy because no such look exists (reshape, contiguous, clone).
//
// A view is a new set of sizes, strides and offset over the same storage; nothing here touches
// an element. The derivative of a view gives each element its gradient back at the place it
// came from: reshaping views are undone by the opposite reshape, and views that leave elements
// out write into zeros (the *_scatter operations of ops/scatter_view.c). All of these are
// operations themselves, so every derivative can be differentiated again.
#include "ops/shape/view.h"

// ---------------------------------------------------------------- shapes

AdjShape adj_shape_without(AdjShape s, int64_t dim)
{
    AdjShape out = {.n = 0};
    for (int i = 0; i < s.n; i++)
        if (i != dim) out.at[out.n++] = s.at[i];
    return out;
}

bool adj_shape_insert(AdjShape *s, int64_t dim, int64_t n)
{
    if (s->n == ADJ_MAX_DIMS) {
        return adj_fail(ADJ_E_SHAPE,
                        "%s: a tensor has at most %d axes, shape %s has them already",
                        adj_op_name(), ADJ_MAX_DIMS, adj_shape_text(*s));
    }
    memmove(s->at + dim + 1, s->at + dim, (size_t)(s->n - dim) * sizeof *s->at);
    s->at[dim] = n;
    s->n++;
    return true;
}

const char *adj_list_text(AdjShape s)
{
    const char *tuple = adj_shape_text(s);
    size_t n = strlen(tuple);
    char *text = adj_scope_memory(n + 1);
    if (!text) return tuple;
    memcpy(text, tuple, n + 1);
    if (s.n == 1) text[--n] = '\0';  // "(3,)" has a comma that "[3]" has not
    text[0] = '[';
    text[n - 1] = ']';
    return text;
}

bool adj_infer_size(AdjShape *size, int64_t numel)
{
    int64_t known = 1;
    int unknown = -1;
    for (int i = 0; i < size->n; i++) {
        if (size->at[i] == -1 && unknown >= 0)
            return adj_fail(ADJ_E_SHAPE, "%s: only one dimension can be inferred, got %s",
                            adj_op_name(), adj_shape_text(*size));
        if (size->at[i] == -1)
            unknown = i;
        else if (size->at[i] < 0)
            return adj_fail(ADJ_E_SHAPE, "%s: invalid shape dimension %lld", adj_op_name(),
                            (long long)size->at[i]);
        else if (__builtin_mul_overflow(known, size->at[i], &known))
            known = INT64_MAX;
    }
    if (unknown >= 0 && known == 0 && numel == 0) {
        return adj_fail(ADJ_E_SHAPE,
                        "%s: cannot reshape tensor of 0 elements into shape %s because the "
                        "unspecified dimension size -1 can be any value and is ambiguous",
                        adj_op_name(), adj_list_text(*size));
    }
    if (unknown >= 0 ? known == 0 || numel % known : numel != known) {
        return adj_fail(ADJ_E_SHAPE, "%s: shape '%s' is invalid for input of size %lld",
                        adj_op_name(), adj_list_text(*size), (long long)numel);
    }
    if (unknown >= 0) size->at[unknown] = numel / known;
    return true;
}

// Walks both shapes from the last axis. A run of old axes that lies in one piece of memory must
// be covered exactly by a run of new ones; within it the new strides follow from the sizes.
bool adj_view_strides(const AdjTensor *x, AdjShape shape, int64_t *strides)
{
    int d = shape.n - 1;
    int64_t old_run = 1, new_run = 1;
    if (x->numel == 0 || x->ndim == 0) {
        for (int64_t i = shape.n, step = 1; i--;) {
            strides[i] = step;
            step *= shape.at[i] ? shape.at[i] : 1;
        }
        return true;
    }
    int64_t innermost = x->strides[x->ndim - 1];
    for (int i = x->ndim - 1; i >= 0; i--) {
        old_run *= x->sizes[i];
        bool joined =
            i > 0 && (x->sizes[i - 1] == 1 || x->strides[i - 1] == old_run * innermost);
        if (joined) continue;
        while (d >= 0 && (new_run < old_run || shape.at[d] == 1)) {
            strides[d] = new_run * innermost;
            new_run *= shape.at[d--];
        }
        if (new_run != old_run) return false;
        if (i > 0) innermost = x->strides[i - 1];
        old_run = new_run = 1;
    }
    return d == -1;
}

AdjTensor *adj_dense(AdjTensor *x, AdjDtype dtype)
{
    if (!x || (x->dtype == dtype && adj_is_contiguous(x))) return x;
    AdjTensor *y = adj_new_like(x, dtype);
    return y && adj_copy_data(y, x) ? y : NULL;
}

// ---------------------------------------------------------------- view and reshape

static void reshape_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] = adj_reshape(dy[0], n->in[0].shape);
}

ADJ_OP(view, "(input: tensor, size: ints) -> tensor",
       "The same elements in shape size, without a copy; one size may be -1.\n"
       "errors Shape: the sizes do not multiply to the number of elements; the strides do not "
       "allow it without a copy (use reshape)",
       .vjp = reshape_vjp, .view = true)
AdjTensor *op_view(AdjTensor *input, AdjShape size)
{
    int64_t strides[ADJ_MAX_DIMS];
    if (!adj_infer_size(&size, input->numel)) return NULL;
    if (!adj_view_strides(input, size, strides)) {
        return adj_fail(
            ADJ_E_SHAPE,
            "view: view size is not compatible with input tensor's size and stride (at "
            "least one dimension spans across two contiguous subspaces). Use "
            ".reshape(...) instead.");
    }
    return adj_view_of(input, size, strides, input->offset);
}

ADJ_OP(reshape_alias, "(input: tensor, size: ints) -> tensor",
       "A view in shape size of a tensor that is not contiguous; reshape uses it.",
       .vjp = reshape_vjp, .view = true, .no_method = true)
AdjTensor *op_reshape_alias(AdjTensor *input, AdjShape size)
{
    return op_view(input, size);
}

ADJ_OP(unsafe_view, "(input: tensor, size: ints) -> tensor",
       "The view of a fresh copy, which nobody else can see; reshape uses it.",
       .vjp = reshape_vjp, .no_method = true)
AdjTensor *op_unsafe_view(AdjTensor *input, AdjShape size)
{
    return op_view(input, size);
}

static AdjTensor *reshape(AdjTensor *input, AdjShape size)
{
    int64_t strides[ADJ_MAX_DIMS];
    if (!input || !adj_infer_size(&size, input->numel)) return NULL;
    if (adj_is_contiguous(input)) return adj_view(input, size);
    if (adj_view_strides(input, size, strides)) return adj_reshape_alias(input, size);
    return adj_unsafe_view(adj_clone(input), size);
}

ADJ_OP(reshape, "(input: tensor, shape: ints) -> tensor",
       "The elements in row-major order in another shape; one size may be -1.\n"
       "notes a view where the strides allow it, else a copy")
AdjTensor *op_reshape(AdjTensor *input, AdjShape shape)
{
    return reshape(input, shape);
}

ADJ_OP(view_as, "(input: tensor, other: tensor) -> tensor", "view with the shape of other.")
AdjTensor *op_view_as(AdjTensor *input, AdjTensor *other)
{
    return adj_view(input, adj_shape(other));
}

ADJ_OP(reshape_as, "(input: tensor, other: tensor) -> tensor", "reshape to the shape of other.")
AdjTensor *op_reshape_as(AdjTensor *input, AdjTensor *other)
{
    return reshape(input, adj_shape(other));
}

ADJ_OP(flatten, "(input: tensor, start_dim: int = 0, end_dim: int = -1) -> tensor",
       "Axes start_dim to end_dim as one.\n"
       "shapes (..., a, b, c, ...) -> (..., abc, ...)\n"
       "errors Shape: start_dim after end_dim")
AdjTensor *op_flatten(AdjTensor *input, int64_t start_dim, int64_t end_dim)
{
    AdjShape out = {.n = 0};
    if (!adj_wrap_dim(&start_dim, input->ndim) || !adj_wrap_dim(&end_dim, input->ndim))
        return NULL;
    if (start_dim > end_dim)
        return adj_fail(ADJ_E_SHAPE,
                        "flatten: start_dim cannot come after end_dim, got %lld and %lld",
                        (long long)start_dim, (long long)end_dim);
    if (input->ndim == 0) return reshape(input, ADJ_SHAPE(1));
    if (start_dim == end_dim) return input;
    for (int i = 0; i < input->ndim; i++) {
        if (i > start_dim && i <= end_dim)
            out.at[out.n - 1] *= input->sizes[i];
        else
            out.at[out.n++] = input->sizes[i];
    }
    return reshape(input, out);
}

ADJ_OP(ravel, "(input: tensor) -> tensor", "The elements in row-major order along one axis.")
AdjTensor *op_ravel(AdjTensor *input)
{
    return reshape(input, ADJ_SHAPE(-1));
}

// Replaces the -1 in the sizes that axis [dim] is to be split into.
static bool infer_parts(AdjShape *sizes, int64_t whole)
{
    int64_t known = 1;
    int unknown = -1;
    for (int i = 0; i < sizes->n; i++) {
        if (sizes->at[i] == -1 && unknown < 0)
            unknown = i;
        else if (__builtin_mul_overflow(known, sizes->at[i], &known))
            return false;
    }
    if (unknown >= 0 && known > 0 && whole % known == 0) {
        sizes->at[unknown] = whole / known;
        known = whole;
    }
    return known == whole;
}

ADJ_OP(unflatten, "(input: tensor, dim: int, sizes: ints) -> tensor",
       "Axis dim split into several; one size may be -1.\n"
       "errors Shape: the sizes do not multiply to the length of the axis")
AdjTensor *op_unflatten(AdjTensor *input, int64_t dim, AdjShape sizes)
{
    if (!adj_wrap_dim(&dim, input->ndim)) return NULL;
    AdjShape out = {.n = 0};
    int64_t whole = input->ndim ? input->sizes[dim] : 1;
    if (sizes.n < 1) return adj_fail(ADJ_E_RUNTIME, "unflatten: sizes must be non-empty");
    if (input->ndim + sizes.n - 1 > ADJ_MAX_DIMS) {
        return adj_fail(ADJ_E_SHAPE,
                        "unflatten: the result would have %d axes, at most %d are possible",
                        input->ndim + sizes.n - 1, ADJ_MAX_DIMS);
    }
    AdjShape asked = sizes;
    if (!infer_parts(&sizes, whole)) {
        return adj_fail(
            ADJ_E_SHAPE,
            "unflatten: Provided sizes %s don't multiply up to the size of dim %lld "
            "(%lld) in the input tensor",
            adj_list_text(asked), (long long)dim, (long long)whole);
    }
    for (int i = 0; i < dim; i++) out.at[out.n++] = input->sizes[i];
    for (int i = 0; i < sizes.n; i++) out.at[out.n++] = sizes.at[i];
    for (int i = (int)dim + 1; i < input->ndim; i++) out.at[out.n++] = input->sizes[i];
    return adj_view(input, out);
}

// ---------------------------------------------------------------- the order of the axes

static void transpose_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] = adj_transpose(dy[0], n->arg[0].i, n->arg[1].i);
}

ADJ_OP(transpose, "(input: tensor, dim0: int, dim1: int) -> tensor",
       "Axes dim0 and dim1 exchanged, as a view.\nshapes (..., a, ..., b, ...) -> (..., b, "
       "..., a, ...)",
       .vjp = transpose_vjp, .view = true, .aliases = "swapaxes swapdims")
AdjTensor *op_transpose(AdjTensor *input, int64_t dim0, int64_t dim1)
{
    if (!adj_wrap_dim(&dim0, input->ndim) || !adj_wrap_dim(&dim1, input->ndim)) return NULL;
    AdjTensor *y = adj_bare_view(input);
    if (!y || dim0 == dim1) return y;
    y->sizes[dim0] = input->sizes[dim1];
    y->sizes[dim1] = input->sizes[dim0];
    y->strides[dim0] = input->strides[dim1];
    y->strides[dim1] = input->strides[dim0];
    return y;
}

static void t_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    (void)n;
    dx[0] = adj_t(dy[0]);
}

ADJ_OP(t, "(input: tensor) -> tensor",
       "A matrix transposed; fewer than two axes stay as they are.\n"
       "errors Shape: more than two axes",
       .vjp = t_vjp, .view = true)
AdjTensor *op_t(AdjTensor *input)
{
    if (input->ndim > 2) {
        return adj_fail(ADJ_E_SHAPE,
                        "t: t() expects a tensor with <= 2 dimensions, but self is %dD",
                        input->ndim);
    }
    return input->ndim == 2 ? op_transpose(input, 0, 1) : adj_bare_view(input);
}

ADJ_OP(mT, "(input: tensor) -> tensor",
       "The last two axes exchanged: a batch of matrices transposed.\n"
       "errors Shape: fewer than two axes")
AdjTensor *op_mT(AdjTensor *input)
{
    if (input->ndim < 2) {
        return adj_fail(
            ADJ_E_SHAPE,
            "mT: tensor.mT is only supported on matrices or batches of matrices. Got "
            "%d-D tensor.",
            input->ndim);
    }
    return adj_transpose(input, -2, -1);
}

static void permute_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjShape dims = n->arg[0].ints, back = dims;
    for (int i = 0; i < dims.n; i++)
        back.at[dims.at[i] < 0 ? dims.at[i] + dims.n : dims.at[i]] = i;
    dx[0] = adj_permute(dy[0], back);
}

ADJ_OP(permute, "(input: tensor, dims: ints) -> tensor",
       "The axes in the order dims, as a view: axis i of the result is axis dims[i].\n"
       "errors Shape: not every axis named exactly once",
       .vjp = permute_vjp, .view = true)
AdjTensor *op_permute(AdjTensor *input, AdjShape dims)
{
    unsigned seen = 0;
    if (dims.n != input->ndim) {
        return adj_fail(
            ADJ_E_SHAPE,
            "permute: number of dimensions in the tensor input does not match the length "
            "of the desired ordering of dimensions i.e. input.dim() = %d is not equal to "
            "len(dims) = %d",
            input->ndim, dims.n);
    }
    AdjTensor *y = adj_bare_view(input);
    for (int i = 0; y && i < dims.n; i++) {
        int64_t d = dims.at[i];
        if (!adj_wrap_dim(&d, input->ndim)) return NULL;
        if (seen >> d & 1)
            return adj_fail(ADJ_E_SHAPE, "permute: duplicate dims are not allowed, got %s",
                            adj_shape_text(dims));
        seen |= 1u << d;
        y->sizes[i] = input->sizes[d];
        y->strides[i] = input->strides[d];
    }
    return y;
}

ADJ_OP(T, "(input: tensor) -> tensor", "All axes in the opposite order.")
AdjTensor *op_T(AdjTensor *input)
{
    AdjShape dims = {.n = input->ndim};
    for (int i = 0; i < dims.n; i++) dims.at[i] = dims.n - 1 - i;
    return adj_permute(input, dims);
}

ADJ_OP(movedim, "(input: tensor, source: ints, destination: ints) -> tensor",
       "Axes source moved to the places destination; the others keep their order.\n"
       "errors Shape: lists of different length, or an axis named twice",
       .aliases = "moveaxis")
AdjTensor *op_movedim(AdjTensor *input, AdjShape source, AdjShape destination)
{
    int order[ADJ_MAX_DIMS];
    unsigned taken = 0;
    AdjShape dims = {.n = input->ndim};
    if (source.n != destination.n) {
        return adj_fail(
            ADJ_E_SHAPE,
            "movedim: Invalid source or destination dims: source (%s dims) should contain "
            "the same number of dims as destination (%s dims)",
            adj_list_text(source), adj_list_text(destination));
    }
    for (int i = 0; i < dims.n; i++) order[i] = -1;
    for (int i = 0; i < source.n; i++) {
        int64_t from = source.at[i], to = destination.at[i];
        if (!adj_wrap_dim(&from, dims.n) || !adj_wrap_dim(&to, dims.n)) return NULL;
        if (input->ndim == 0) return input;
        if (taken >> from & 1 || order[to] >= 0)
            return adj_fail(ADJ_E_SHAPE, "movedim: repeated dim in source %s or destination %s",
                            adj_shape_text(source), adj_shape_text(destination));
        taken |= 1u << from;
        order[to] = (int)from;
    }
    for (int i = 0, next = 0; i < dims.n; i++) {
        if (order[i] < 0) {
            while (taken >> next & 1) next++;
            order[i] = next++;
        }
        dims.at[i] = order[i];
    }
    return adj_permute(input, dims);
}

// ---------------------------------------------------------------- axes of length 1

static void expand_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] = adj_sum_to(dy[0], n->in[0].shape);
}

ADJ_OP(expand, "(input: tensor, size: ints) -> tensor",
       "Axes of length 1 repeated to size without a copy; -1 keeps an axis, new axes go in "
       "front.\n"
       "errors Shape: an axis that is neither 1 nor the size asked for",
       .vjp = expand_vjp, .view = true)
AdjTensor *op_expand(AdjTensor *input, AdjShape size)
{
    int64_t strides[ADJ_MAX_DIMS];
    int extra = size.n - input->ndim;
    if (extra < 0) {
        return adj_fail(
            ADJ_E_SHAPE,
            "expand: the number of sizes provided (%d) must be greater or equal to the "
            "number of dimensions in the tensor (%d)",
            size.n, input->ndim);
    }
    AdjShape asked = size;
    for (int i = 0; i < size.n; i++) {
        int64_t have = i < extra ? 1 : input->sizes[i - extra];
        if (size.at[i] == -1 && i >= extra) size.at[i] = have;
        if (size.at[i] < 0 || (have != 1 && have != size.at[i])) {
            return adj_fail(
                ADJ_E_SHAPE,
                "expand: The expanded size of the tensor (%lld) must match the existing "
                "size (%lld) at non-singleton dimension %d.  Target sizes: %s.  Tensor "
                "sizes: %s",
                (long long)size.at[i], (long long)have, i, adj_list_text(asked),
                adj_list_text(adj_shape(input)));
        }
        bool repeated = i < extra || (have == 1 && size.at[i] != 1);
        strides[i] = repeated ? 0 : input->strides[i - extra];
    }
    return adj_view_of(input, size, strides, input->offset);
}

ADJ_OP(expand_as, "(input: tensor, other: tensor) -> tensor", "expand to the shape of other.")
AdjTensor *op_expand_as(AdjTensor *input, AdjTensor *other)
{
    return adj_expand(input, adj_shape(other));
}

ADJ_OP(broadcast_to, "(input: tensor, size: ints) -> tensor", "expand, by another name.")
AdjTensor *op_broadcast_to(AdjTensor *input, AdjShape size)
{
    return adj_expand(input, size);
}

ADJ_OP(broadcast_tensors, "(tensors: tensors) -> tensors",
       "The tensors expanded to the one shape that they broadcast to.", .no_method = true)
AdjTensors op_broadcast_tensors(AdjTensors tensors)
{
    AdjTensors none = {0, NULL}, out = {tensors.n, NULL};
    AdjShape shape = ADJ_SCALAR_SHAPE;
    for (int i = 0; i < tensors.n; i++)
        if (!adj_broadcast(shape, adj_shape(tensors.at[i]), &shape)) return none;
    out.at = adj_scope_memory((size_t)tensors.n * sizeof *out.at);
    for (int i = 0; out.at && i < tensors.n; i++) {
        out.at[i] = adj_expand(tensors.at[i], shape);
        if (!out.at[i]) return none;
    }
    return out.at ? out : none;
}

static AdjTensor *drop_axes(AdjTensor *input, unsigned which)
{
    AdjShape shape = {.n = 0};
    int64_t strides[ADJ_MAX_DIMS];
    for (int i = 0; i < input->ndim; i++) {
        if (input->sizes[i] == 1 && which >> i & 1) continue;
        strides[shape.n] = input->strides[i];
        shape.at[shape.n++] = input->sizes[i];
    }
    return adj_view_of(input, shape, strides, input->offset);
}

ADJ_OP(squeeze, "(input: tensor, dim: ints? = None) -> tensor",
       "Axes of length 1 removed: those in dim, or all; others named in dim stay.",
       .vjp = reshape_vjp, .view = true, .torch = "Squeeze+dim")
AdjTensor *op_squeeze(AdjTensor *input, AdjShape dim)
{
    unsigned which = dim.n < 0 ? ~0u : 0;
    for (int i = 0; i < dim.n; i++) {
        if (!adj_wrap_dim(&dim.at[i], input->ndim)) return NULL;
        which |= 1u << dim.at[i];
    }
    return drop_axes(input, which);
}

ADJ_OP(unsqueeze, "(input: tensor, dim: int) -> tensor",
       "A new axis of length 1 at place dim.\nshapes (a, b), dim 1 -> (a, 1, b)",
       .vjp = reshape_vjp, .view = true)
AdjTensor *op_unsqueeze(AdjTensor *input, int64_t dim)
{
    AdjShape shape = adj_shape(input);
    int64_t strides[ADJ_MAX_DIMS];
    if (!adj_wrap_dim(&dim, input->ndim + 1) || !adj_shape_insert(&shape, dim, 1)) return NULL;
    for (int i = 0; i < shape.n; i++) {
        // The new axis may have any stride; this is the one a contiguous tensor would have.
        strides[i] = i < dim             ? input->strides[i]
                     : i > dim           ? input->strides[i - 1]
                     : dim < input->ndim ? input->sizes[dim] * input->strides[dim]
                                         : 1;
    }
    return adj_view_of(input, shape, strides, input->offset);
}

ADJ_OP(atleast_1d, "(input: tensor) -> tensor", "A tensor without axes gets one.",
       .no_method = true)
AdjTensor *op_atleast_1d(AdjTensor *input)
{
    return input->ndim ? input : reshape(input, ADJ_SHAPE(1));
}

ADJ_OP(atleast_2d, "(input: tensor) -> tensor",
       "Axes of length 1 in front until there are two.", .no_method = true)
AdjTensor *op_atleast_2d(AdjTensor *input)
{
    if (input->ndim == 0) return reshape(input, ADJ_SHAPE(1, 1));
    return input->ndim == 1 ? adj_unsqueeze(input, 0) : input;
}

ADJ_OP(atleast_3d, "(input: tensor) -> tensor",
       "Three axes at least: (n) becomes (1, n, 1), (n, m) becomes (n, m, 1).",
       .no_method = true)
AdjTensor *op_atleast_3d(AdjTensor *input)
{
    if (input->ndim == 0) return reshape(input, ADJ_SHAPE(1, 1, 1));
    if (input->ndim == 1) return adj_unsqueeze(adj_unsqueeze(input, 0), -1);
    return input->ndim == 2 ? adj_unsqueeze(input, -1) : input;
}

// ---------------------------------------------------------------- parts

// The gradient of a view that leaves elements out: dy at its place among zeros. A pass that
// builds a graph says so with a scatter operation; otherwise dy is written into the zeros
// directly.
static AdjTensor *zeros_for(const AdjNode *n, AdjTensor *dy)
{
    return adj_zeros_of(n->in[0].shape, adj_dtype(dy));
}

static AdjTensor *placed(AdjTensor *zeros, AdjTensor *place, AdjTensor *dy)
{
    return zeros && place && adj_copy_data(place, dy) ? zeros : NULL;
}

static void select_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjTensor *z = zeros_for(n, dy[0]);
    int64_t dim = n->arg[0].i, index = n->arg[1].i;
    if (!z) return;
    dx[0] = adj_building_graph() ? adj_select_scatter(z, dy[0], dim, index)
                                 : placed(z, op_select(z, dim, index), dy[0]);
}

ADJ_OP(select, "(input: tensor, dim: int, index: int) -> tensor",
       "Element index of axis dim, which disappears; the same as x[index] for dim 0.\n"
       "errors Index: index outside [-n, n)",
       .vjp = select_vjp, .view = true)
AdjTensor *op_select(AdjTensor *input, int64_t dim, int64_t index)
{
    if (input->ndim == 0) {
        return adj_fail(ADJ_E_INDEX, "select: select() cannot be applied to a 0-dim tensor.");
    }
    if (!adj_wrap_dim(&dim, input->ndim)) return NULL;
    int64_t n = input->sizes[dim];
    if (index < -n || index >= n) {
        return adj_fail(
            ADJ_E_INDEX,
            "select: index %lld out of range for tensor of size %s at dimension %lld",
            (long long)index, adj_list_text(adj_shape(input)), (long long)dim);
    }
    if (index < 0) index += n;
    int64_t strides[ADJ_MAX_DIMS];
    for (int i = 0, k = 0; i < input->ndim; i++)
        if (i != dim) strides[k++] = input->strides[i];
    return adj_view_of(input, adj_shape_without(adj_shape(input), dim), strides,
                       input->offset + index * input->strides[dim]);
}

void adj_slice_bounds(int64_t size, int64_t *start, int64_t *end)
{
    if (*start == ADJ_NO_INT) *start = 0;
    if (*end == ADJ_NO_INT) *end = size;
    if (*start < 0) *start = *start < -size ? 0 : *start + size;
    if (*end < 0) *end = *end < -size ? 0 : *end + size;
    if (*start > size) *start = size;
    if (*end < *start) *end = *start;
    if (*end > size) *end = size;
}

static void slice_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjTensor *z = zeros_for(n, dy[0]);
    const AdjValue *a = n->arg;
    if (!z) return;
    dx[0] = adj_building_graph()
                ? adj_slice_scatter(z, dy[0], a[0].i, a[1].i, a[2].i, a[3].i)
                : placed(z, op_slice(z, a[0].i, a[1].i, a[2].i, a[3].i), dy[0]);
}

ADJ_OP(
    slice,
    "(input: tensor, dim: int = 0, start: int? = None, end: int? = None, step: int = 1) "
    "-> tensor",
    "Elements start, start + step, ... before end of axis dim, as a view; the same as "
    "x[start:end:step] for dim 0.\nnotes bounds outside the axis are cut, negative ones count "
    "from its end\nerrors Runtime: step below 1",
    .vjp = slice_vjp, .view = true, .no_method = true)
AdjTensor *op_slice(AdjTensor *input, int64_t dim, int64_t start, int64_t end, int64_t step)
{
    if (input->ndim == 0)
        return adj_fail(ADJ_E_INDEX, "slice: slice() cannot be applied to a 0-dim tensor.");
    if (!adj_wrap_dim(&dim, input->ndim)) return NULL;
    if (step <= 0) return adj_fail(ADJ_E_RUNTIME, "slice: step must be greater than zero");
    adj_slice_bounds(input->sizes[dim], &start, &end);
    AdjTensor *y = adj_bare_view(input);
    if (!y) return NULL;
    y->offset += start * input->strides[dim];
    y->sizes[dim] = adj_slice_length(start, end, step);
    // A step past everything leaves one element, whose stride nobody uses.
    if (__builtin_mul_overflow(y->strides[dim], step, &y->strides[dim])) y->strides[dim] = 1;
    y->numel = adj_shape_numel(adj_shape(y));
    return y;
}

ADJ_OP(narrow, "(input: tensor, dim: int, start: int, length: int) -> tensor",
       "length elements of axis dim from start on, as a view.\n"
       "errors Index: start or start + length outside the axis")
AdjTensor *op_narrow(AdjTensor *input, int64_t dim, int64_t start, int64_t length)
{
    if (input->ndim == 0)
        return adj_fail(ADJ_E_SHAPE, "narrow: narrow() cannot be applied to a 0-dim tensor.");
    if (length < 0)
        return adj_fail(ADJ_E_SHAPE, "narrow: narrow(): length must be non-negative.");
    if (!adj_wrap_dim(&dim, input->ndim)) return NULL;
    int64_t n = input->sizes[dim];
    if (start < -n || start > n) {
        return adj_fail(
            ADJ_E_INDEX,
            "narrow: start out of range (expected to be in range of [%lld, %lld], but "
            "got %lld)",
            (long long)-n, (long long)n, (long long)start);
    }
    if (start < 0) start += n;
    if (start > n - length) {
        return adj_fail(ADJ_E_SHAPE,
                        "narrow: start (%lld) + length (%lld) exceeds dimension size "
                        "(%lld).",
                        (long long)start, (long long)length, (long long)n);
    }
    return adj_slice(input, dim, start, start + length, 1);
}

static void diagonal_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjTensor *z = zeros_for(n, dy[0]);
    const AdjValue *a = n->arg;
    if (!z) return;
    dx[0] = adj_building_graph() ? adj_diagonal_scatter(z, dy[0], a[0].i, a[1].i, a[2].i)
                                 : placed(z, op_diagonal(z, a[0].i, a[1].i, a[2].i), dy[0]);
}

ADJ_OP(diagonal, "(input: tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> tensor",
       "The diagonal of axes dim1, dim2, as a view; it becomes the last axis. offset counts "
       "columns to the right.\nerrors Shape: dim1 and dim2 the same axis",
       .vjp = diagonal_vjp, .view = true)
AdjTensor *op_diagonal(AdjTensor *input, int64_t offset, int64_t dim1, int64_t dim2)
{
    if (!adj_wrap_dim(&dim1, input->ndim) || !adj_wrap_dim(&dim2, input->ndim)) return NULL;
    if (dim1 == dim2) {
        return adj_fail(ADJ_E_SHAPE,
                        "diagonal: diagonal dimensions cannot be identical %lld, %lld",
                        (long long)dim1, (long long)dim2);
    }
    int64_t rows = input->sizes[dim1] + (offset < 0 ? offset : 0);
    int64_t columns = input->sizes[dim2] - (offset > 0 ? offset : 0);
    int64_t length = rows < columns ? rows : columns, strides[ADJ_MAX_DIMS],
            first = input->offset;
    AdjShape shape = {.n = 0};
    for (int i = 0; i < input->ndim; i++) {
        if (i == dim1 || i == dim2) continue;
        strides[shape.n] = input->strides[i];
        shape.at[shape.n++] = input->sizes[i];
    }
    if (length < 0) length = 0;
    if (length)
        first += offset < 0 ? -offset * input->strides[dim1] : offset * input->strides[dim2];
    strides[shape.n] = input->strides[dim1] + input->strides[dim2];
    shape.at[shape.n++] = length;
    return adj_view_of(input, shape, strides, first);
}

// The windows overlap: each gradient is added at the element it belongs to.
static void unfold_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    int64_t dim = n->arg[0].i, size = n->arg[1].i, step = n->arg[2].i;
    AdjShape shape = n->in[0].shape;
    if (!adj_wrap_dim(&dim, shape.n)) return;
    if (shape.n == 0) {
        dx[0] = size ? adj_reshape(dy[0], shape) : adj_zeros_of(shape, adj_dtype(dy[0]));
        return;
    }
    int64_t windows = adj_size(dy[0], dim);
    AdjTensor *where = adj_new(ADJ_SHAPE(windows * size), ADJ_I64);
    if (!where) return;
    int64_t *w = adj_data(where);
    for (int64_t i = 0; i < windows * size; i++) w[i] = i / size * step + i % size;
    AdjTensor *g =
        adj_flatten(adj_movedim(dy[0], ADJ_SHAPE(-1), ADJ_SHAPE(dim + 1)), dim, dim + 1);
    dx[0] = adj_index_add(adj_zeros_of(shape, adj_dtype(dy[0])), dim, where, g, ADJ_I(1));
}

ADJ_OP(
    unfold, "(input: tensor, dimension: int, size: int, step: int) -> tensor",
    "Windows of size elements every step along an axis, as a view; a window becomes the last "
    "axis.\nshapes (..., n, ...) -> (..., (n - size) / step + 1, ..., size)\n"
    "errors Shape: size larger than the axis",
    .vjp = unfold_vjp, .view = true, .hosted = true)
AdjTensor *op_unfold(AdjTensor *input, int64_t dimension, int64_t size, int64_t step)
{
    AdjShape shape = adj_shape(input);
    int64_t strides[ADJ_MAX_DIMS];
    if (!adj_wrap_dim(&dimension, input->ndim) || !adj_shape_insert(&shape, shape.n, size))
        return NULL;
    int64_t n = input->ndim ? input->sizes[dimension] : 1;
    if (size < 0)
        return adj_fail(ADJ_E_SHAPE, "unfold: size is %lld but must be >= 0", (long long)size);
    if (size > n) {
        return adj_fail(
            ADJ_E_SHAPE,
            "unfold: maximum size for tensor at dimension %lld is %lld but size is %lld",
            (long long)dimension, (long long)n, (long long)size);
    }
    if (step <= 0)
        return adj_fail(ADJ_E_RUNTIME, "unfold: step is %lld but must be > 0", (long long)step);
    memcpy(strides, input->strides, sizeof strides);
    strides[input->ndim] = input->ndim ? input->strides[dimension] : 1;
    if (input->ndim) {
        shape.at[dimension] = (n - size) / step + 1;
        strides[dimension] = step * input->strides[dimension];
    }
    return adj_view_of(input, shape, strides, input->offset);
}

// ---------------------------------------------------------------- copies

static void clone_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    (void)n;
    dx[0] = dy[0];
}

ADJ_OP(clone, "(input: tensor) -> tensor", "A contiguous copy; the gradient passes through.",
       .vjp = clone_vjp)
AdjTensor *op_clone(AdjTensor *input)
{
    AdjTensor *y = input ? adj_new_like(input, ADJ_SAME) : NULL;
    return y && adj_copy_data(y, input) ? y : NULL;
}

ADJ_OP(
    contiguous, "(input: tensor) -> tensor",
    "The tensor itself when its elements lie in row-major order, else a copy in which they do.")
AdjTensor *op_contiguous(AdjTensor *input)
{
    return adj_is_contiguous(input) ? input : adj_clone(input);
}

ADJ_OP(detach, "(input: tensor) -> tensor",
       "The same elements without history: no gradient flows through.", .no_grad = true)
AdjTensor *op_detach(AdjTensor *input)
{
    return adj_bare_view(input);
}

ADJ_OP(alias_of, "(input: tensor) -> tensor", "Another view of all elements, x[...].",
       .vjp = clone_vjp, .view = true, .torch = "Alias", .no_method = true)
AdjTensor *op_alias_of(AdjTensor *input)
{
    return adj_bare_view(input);
}
