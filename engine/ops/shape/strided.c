// SPDX-License-Identifier: Apache-2.0
// strided.c: views with any sizes and strides over a storage, and their derivatives. These are
// what views fall back to whose base was changed in place.
//
// Elements of the input may appear in such a view several times, or not at all, so the
// derivative adds up what comes back for each element of the storage. PyTorch describes the
// cases at length in its notes on the derivative of as_strided; ours are the same three: a
// plain input and a view without repetition, anything else, and an input that repeats elements
// itself.
#include "ops/shape/view.h"

// Checks that every element of a view lies within [input]'s storage.
static bool fits_storage(const AdjTensor *input, AdjShape size, AdjShape stride, int64_t offset)
{
    int64_t last = offset,
            room = (int64_t)(input->storage->bytes / adj_dtype_size((AdjDtype)input->dtype));
    if (size.n != stride.n)
        return adj_fail(ADJ_E_SHAPE, "%s: mismatch in length of strides and shape",
                        adj_op_name());
    for (int i = 0; i < size.n; i++) {
        if (size.at[i] < 0 || stride.at[i] < 0) {
            return adj_fail(ADJ_E_SHAPE,
                            "%s: sizes and strides may not be negative, got %s and %s",
                            adj_op_name(), adj_list_text(size), adj_list_text(stride));
        }
        if (size.at[i] == 0) return true;
    }
    bool far = offset < 0;
    for (int i = 0; i < size.n && !far; i++) {
        int64_t reach;
        far = __builtin_mul_overflow(size.at[i] - 1, stride.at[i], &reach) ||
              __builtin_add_overflow(last, reach, &last);
    }
    if (!far && last < room) return true;
    return adj_fail(
        ADJ_E_SHAPE,
        "%s: setStorage: sizes %s, strides %s, storage offset %lld are out of bounds for "
        "storage of size %lld",
        adj_op_name(), adj_list_text(size), adj_list_text(stride), (long long)offset,
        (long long)input->storage->bytes);
}

// True when no two elements of a view share memory: sorted by stride, each axis steps over all
// that the axes within it reach. (A sufficient condition; exotic strides may be distinct
// without it.)
static bool is_distinct(AdjShape size, AdjShape stride)
{
    unsigned done = 0;
    int64_t reach = 0;
    for (int k = 0; k < size.n; k++) {
        int next = -1;
        for (int i = 0; i < size.n; i++)
            if (!(done >> i & 1) && (next < 0 || stride.at[i] < stride.at[next])) next = i;
        done |= 1u << next;
        if (size.at[next] <= 1) continue;
        if (stride.at[next] <= reach) return false;
        reach += (size.at[next] - 1) * stride.at[next];
    }
    return true;
}

// One past the last element of a view.
static int64_t reach_of(AdjShape size, AdjShape stride, int64_t offset)
{
    for (int i = 0; i < size.n; i++) {
        if (size.at[i] == 0) return 0;
        offset += (size.at[i] - 1) * stride.at[i];
    }
    return offset + 1;
}

// The general case: the gradient is gathered over the stretch of storage that both views touch
// and read back through the input's own strides. An input that shows one element several times
// (by expand) gives each of its places an equal share of that element's gradient.
static AdjTensor *gather_strided(const AdjTensor *input, AdjShape out, AdjShape out_stride,
                                 int64_t offset, AdjTensor *dy)
{
    AdjShape in = adj_shape(input), in_stride = {.n = in.n};
    memcpy(in_stride.at, input->strides, sizeof in_stride.at);
    int64_t from = input->offset, first = from < offset ? from : offset;
    int64_t end = reach_of(in, in_stride, from), out_end = reach_of(out, out_stride, offset);
    if (out_end > end) end = out_end;
    AdjTensor *places = adj_arange(ADJ_I(0), ADJ_I(end - first), ADJ_I(1), ADJ_I64);
    AdjTensor *to = adj_as_strided(places, out, out_stride, offset - first);
    AdjTensor *back = adj_as_strided(places, in, in_stride, from - first);
    if (!to || !back) return NULL;
    to = adj_ravel(to);
    back = adj_ravel(back);
    AdjTensor *zeros = adj_zeros_of(ADJ_SHAPE(end - first), adj_dtype(dy));
    AdjTensor *sums = adj_index_add(zeros, 0, to, adj_ravel(dy), ADJ_I(1));
    AdjTensor *ones = adj_ones_like(back, adj_dtype(dy));
    AdjTensor *times = adj_index_add(zeros, 0, back, ones, ADJ_I(1));
    AdjTensor *share = adj_reciprocal(adj_index_select(times, 0, back));
    return adj_reshape(adj_mul(adj_index_select(sums, 0, back), share), in);
}

// A row-major input and a view without repeated elements, which is what in-place changes of
// views make, need one strided write. The input is saved for its strides only: its elements may
// have changed since, so the version is of no interest.
static void as_strided_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    if (n->released) {
        adj_saved_in(n, 0);
        return;
    }
    const AdjTensor *input = n->in[0].saved;
    AdjShape out = n->arg[0].ints, stride = n->arg[1].ints;
    int64_t start = n->arg[2].i == ADJ_NO_INT ? 0 : n->arg[2].i - input->offset;
    AdjTensor *zeros = adj_zeros_of(n->in[0].shape, adj_dtype(dy[0]));
    if (adj_numel(dy[0]) == 0 || input->numel == 0) {
        dx[0] = zeros;
    } else if (adj_is_contiguous(input) && is_distinct(out, stride) && start >= 0 &&
               reach_of(out, stride, start) <= input->numel) {
        dx[0] = adj_copy_slice(zeros, dy[0], out, stride, start);
    } else {
        dx[0] = gather_strided(input, out, stride, input->offset + start, dy[0]);
    }
}

ADJ_OP(as_strided,
       "(input: tensor, size: ints, stride: ints, storage_offset: int? = None) "
       "-> tensor",
       "A view of the storage with the given sizes, strides and first element, counted in "
       "elements; the offset is the input's own when it is not given.\n"
       "errors Shape: an element outside the storage",
       .vjp = as_strided_vjp, .saves = ADJ_SAVE_IN(0), .view = true)
AdjTensor *op_as_strided(AdjTensor *input, AdjShape size, AdjShape stride,
                         int64_t storage_offset)
{
    if (storage_offset == ADJ_NO_INT) storage_offset = input->offset;
    if (!fits_storage(input, size, stride, storage_offset)) return NULL;
    return adj_view_of(input, size, stride.at, storage_offset);
}
