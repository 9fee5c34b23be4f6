// SPDX-License-Identifier: Apache-2.0
// create.c: tensors from sizes and numbers: constants, ranges, grids of indices, and the
// builder that turns nested lists into a tensor.
//
// Types follow PyTorch: a dtype that is given wins; zeros, ones and eye have the default type,
// and full, arange and nested lists take theirs from the numbers (True is bool, 2 is int64, 2.0
// has the default type). None of these has a derivative: they have no inputs, or only look at
// their shape.
#include "ops/shape/view.h"

#include <limits.h>
#include <stdlib.h>

// ---------------------------------------------------------------- constants

static bool fits(AdjDtype dtype, AdjScalar x)
{
    bool whole = x.kind != ADJ_S_FLOAT;
    switch (dtype) {
    case ADJ_U8: return x.f > -256 && x.f < 256;  // PyTorch lets -1 wrap to 255
    case ADJ_I32: return x.f > -2147483649.0 && x.f < 2147483648.0;
    case ADJ_I64: return whole || (x.f >= -0x1p63 && x.f < 0x1p63);
    case ADJ_F16: return !isfinite(x.f) || fabs(x.f) <= 65504;
    default: return true;
    }
}

bool adj_fill_with(AdjTensor *x, AdjScalar value)
{
    AdjIter it;
    if (!x) return false;
    if (!fits((AdjDtype)x->dtype, value)) {
        return adj_fail(ADJ_E_RUNTIME,
                        "%s: value cannot be converted to type %s without overflow",
                        adj_op_name(), adj_dtype_name((AdjDtype)x->dtype));
    }
    adj_iter_make(&it, 1, &x);
    return x->storage->device->fill(&it, value);
}

static AdjTensor *filled(AdjShape size, AdjDtype dtype, AdjScalar value)
{
    AdjTensor *y = adj_new(size, dtype);
    return adj_fill_with(y, value) ? y : NULL;
}

// The type that a number asks for when nothing else does.
static AdjDtype natural_dtype(AdjScalar x, AdjDtype asked)
{
    if (asked != ADJ_SAME) return asked;
    return x.kind == ADJ_S_BOOL  ? ADJ_BOOL
           : x.kind == ADJ_S_INT ? ADJ_I64
                                 : adj_default_dtype();
}

ADJ_OP(empty, "(size: ints, *, dtype: dtype? = None) -> tensor",
       "A tensor whose elements are whatever the memory holds.", .no_method = true)
AdjTensor *op_empty(AdjShape size, AdjDtype dtype)
{
    return adj_new(size, dtype);
}

ADJ_OP(zeros, "(size: ints, *, dtype: dtype? = None) -> tensor", "A tensor of zeros.",
       .no_method = true)
AdjTensor *op_zeros(AdjShape size, AdjDtype dtype)
{
    return adj_zeros_of(size, dtype);
}

ADJ_OP(ones, "(size: ints, *, dtype: dtype? = None) -> tensor", "A tensor of ones.",
       .no_method = true)
AdjTensor *op_ones(AdjShape size, AdjDtype dtype)
{
    return filled(size, dtype, ADJ_I(1));
}

ADJ_OP(full, "(size: ints, fill_value: scalar, *, dtype: dtype? = None) -> tensor",
       "A tensor with fill_value everywhere.\n"
       "notes without dtype the type is the number's: bool, int64 or the default type",
       .no_method = true)
AdjTensor *op_full(AdjShape size, AdjScalar fill_value, AdjDtype dtype)
{
    return filled(size, natural_dtype(fill_value, dtype), fill_value);
}

static AdjDtype like(const AdjTensor *x, AdjDtype asked)
{
    return asked == ADJ_SAME ? (AdjDtype)x->dtype : asked;
}

ADJ_OP(empty_like, "(input: tensor, *, dtype: dtype? = None) -> tensor",
       "empty with the shape and type of input.", .no_grad = true, .no_method = true)
AdjTensor *op_empty_like(AdjTensor *input, AdjDtype dtype)
{
    return adj_new_like(input, dtype);
}

ADJ_OP(zeros_like, "(input: tensor, *, dtype: dtype? = None) -> tensor",
       "Zeros with the shape and type of input.", .no_grad = true, .no_method = true)
AdjTensor *op_zeros_like(AdjTensor *input, AdjDtype dtype)
{
    return adj_zeros_of(adj_shape(input), like(input, dtype));
}

ADJ_OP(ones_like, "(input: tensor, *, dtype: dtype? = None) -> tensor",
       "Ones with the shape and type of input.", .no_grad = true, .no_method = true)
AdjTensor *op_ones_like(AdjTensor *input, AdjDtype dtype)
{
    return filled(adj_shape(input), like(input, dtype), ADJ_I(1));
}

ADJ_OP(full_like, "(input: tensor, fill_value: scalar, *, dtype: dtype? = None) -> tensor",
       "fill_value everywhere, with the shape and type of input.", .no_grad = true,
       .no_method = true)
AdjTensor *op_full_like(AdjTensor *input, AdjScalar fill_value, AdjDtype dtype)
{
    return filled(adj_shape(input), like(input, dtype), fill_value);
}

ADJ_OP(new_empty, "(input: tensor, size: ints, *, dtype: dtype? = None) -> tensor",
       "empty with the type of input.", .no_grad = true)
AdjTensor *op_new_empty(AdjTensor *input, AdjShape size, AdjDtype dtype)
{
    return adj_new(size, like(input, dtype));
}

ADJ_OP(new_zeros, "(input: tensor, size: ints, *, dtype: dtype? = None) -> tensor",
       "Zeros of shape size with the type of input.", .no_grad = true)
AdjTensor *op_new_zeros(AdjTensor *input, AdjShape size, AdjDtype dtype)
{
    return adj_zeros_of(size, like(input, dtype));
}

ADJ_OP(new_ones, "(input: tensor, size: ints, *, dtype: dtype? = None) -> tensor",
       "Ones of shape size with the type of input.", .no_grad = true)
AdjTensor *op_new_ones(AdjTensor *input, AdjShape size, AdjDtype dtype)
{
    return filled(size, like(input, dtype), ADJ_I(1));
}

ADJ_OP(new_full,
       "(input: tensor, size: ints, fill_value: scalar, *, dtype: dtype? = None) -> tensor",
       "fill_value everywhere in shape size, with the type of input.", .no_grad = true)
AdjTensor *op_new_full(AdjTensor *input, AdjShape size, AdjScalar fill_value, AdjDtype dtype)
{
    return filled(size, like(input, dtype), fill_value);
}

// ---------------------------------------------------------------- matrices and places

ADJ_OP(eye, "(n: int, m: int? = None, *, dtype: dtype? = None) -> tensor",
       "An (n, m) matrix with ones on its diagonal; m is n when it is not given.\n"
       "errors Runtime: a negative size",
       .no_method = true)
AdjTensor *op_eye(int64_t n, int64_t m, AdjDtype dtype)
{
    if (m == ADJ_NO_INT) m = n;
    if (n < 0 || m < 0) {
        return adj_fail(ADJ_E_RUNTIME, "eye: %s must be greater or equal to 0, got %lld",
                        n < 0 ? "n" : "m", (long long)(n < 0 ? n : m));
    }
    AdjTensor *y = adj_zeros_of(ADJ_SHAPE(n, m), dtype);
    AdjTensor *d = y ? op_diagonal(y, 0, 0, 1) : NULL;
    return d && adj_fill_with(d, ADJ_I(1)) ? y : NULL;
}

static int64_t within(int64_t x, int64_t low, int64_t high)
{
    return x < low ? low : x > high ? high : x;
}

// How many places of a (rows, columns) matrix have column - row <= offset: none in the rows
// before [first], one more in each row up to [full], whole rows from there on.
static __int128 places_below(int64_t rows, int64_t columns, int64_t offset)
{
    int64_t first = within(-offset, 0, rows);
    int64_t full = within(columns - offset - 1, first, rows);
    __int128 growing = (__int128)(full - first) * (first + 1 + full + 2 * offset) / 2;
    return growing + (__int128)(rows - full) * columns;
}

// The places (row, column) of a (rows, columns) matrix with column - row at most (lower) or at
// least (upper) offset, in row-major order, as a (2, n) tensor.
static AdjTensor *triangle(int64_t rows, int64_t columns, int64_t offset, bool lower,
                           AdjDtype dtype)
{
    if (rows < 0 || columns < 0) {
        return adj_fail(ADJ_E_RUNTIME, "%s: sizes must be non-negative, got %lld and %lld",
                        adj_op_name(), (long long)rows, (long long)columns);
    }
    const int64_t most = INT64_MAX / 8;  // far beyond any memory, and safe to add up
    rows = within(rows, 0, most), columns = within(columns, 0, most);
    offset = within(offset, -rows, columns);
    __int128 count = places_below(rows, columns, lower ? offset : offset - 1);
    if (!lower) count = (__int128)rows * columns - count;
    int64_t n = count > most ? most : (int64_t)count, at = 0;
    AdjTensor *y = adj_new(ADJ_SHAPE(2, n), ADJ_I64);
    if (!y) return NULL;
    int64_t *p = adj_data(y), begin = lower ? within(-offset, 0, rows) : 0;
    int64_t end = !n ? begin : lower ? rows : within(columns - offset, 0, rows);
    for (int64_t i = begin; i < end; i++) {
        int64_t from = lower ? 0 : within(i + offset, 0, columns);
        int64_t to = lower ? within(i + offset + 1, 0, columns) : columns;
        for (int64_t j = from; j < to; j++, at++) {
            p[at] = i;
            p[n + at] = j;
        }
    }
    return adj_dense(y, dtype == ADJ_SAME ? ADJ_I64 : dtype);
}

ADJ_OP(tril_indices, "(row: int, col: int, offset: int = 0, *, dtype: dtype? = None) -> tensor",
       "Rows and columns of the places on and below a diagonal.\nshapes -> (2, n)",
       .no_method = true, .hosted = true)
AdjTensor *op_tril_indices(int64_t row, int64_t col, int64_t offset, AdjDtype dtype)
{
    return triangle(row, col, offset, true, dtype);
}

ADJ_OP(triu_indices, "(row: int, col: int, offset: int = 0, *, dtype: dtype? = None) -> tensor",
       "Rows and columns of the places on and above a diagonal.\nshapes -> (2, n)",
       .no_method = true, .hosted = true)
AdjTensor *op_triu_indices(int64_t row, int64_t col, int64_t offset, AdjDtype dtype)
{
    return triangle(row, col, offset, false, dtype);
}

// ---------------------------------------------------------------- nested lists

void adj_build_open(AdjBuilder *b)
{
    if (b->depth == ADJ_MAX_DIMS) {
        adj_fail(ADJ_E_VALUE, "tensor: lists nested deeper than %d", ADJ_MAX_DIMS);
        return;
    }
    if (b->ndim_known && b->depth >= b->ndim) {
        adj_fail(ADJ_E_TYPE, "tensor: a list stands where the elements before it are numbers");
        return;
    }
    b->length[b->depth++] = 0;
    if (!b->ndim_known && b->depth > b->ndim) b->ndim = b->depth;
}

void adj_build_close(AdjBuilder *b)
{
    if (adj_error_kind()) return;
    int d = --b->depth;
    // The first list of each depth to end sets the length of that axis.
    if (!b->sized[d]) {
        b->sized[d] = true;
        b->shape.at[d] = b->length[d];
        b->ndim_known = true;
    } else if (b->shape.at[d] != b->length[d]) {
        adj_fail(ADJ_E_VALUE, "tensor: expected sequence of length %lld at dim %d (got %lld)",
                 (long long)b->shape.at[d], d, (long long)b->length[d]);
        return;
    }
    if (d) b->length[d - 1]++;
}

void adj_build_number(AdjBuilder *b, AdjScalar x)
{
    if (adj_error_kind()) return;
    if (b->ndim_known && b->depth < b->ndim) {
        adj_fail(ADJ_E_TYPE, "tensor: a number stands where the elements before it are lists");
        return;
    }
    b->ndim_known = true;
    if (b->n == b->capacity) {
        int64_t wanted = b->capacity ? b->capacity * 2 : 64;
        AdjScalar *bigger = realloc(b->at, (size_t)wanted * sizeof *bigger);
        if (!bigger) {
            adj_fail(ADJ_E_MEMORY, "tensor: no memory for %lld numbers", (long long)wanted);
            return;
        }
        b->at = bigger;
        b->capacity = wanted;
    }
    b->at[b->n++] = x;
    if (x.kind > b->kind) b->kind = x.kind;
    if (b->depth) b->length[b->depth - 1]++;
}

static void write_number(AdjTensor *y, int64_t i, AdjScalar x)
{
    switch ((AdjDtype)y->dtype) {
    case ADJ_F64: ((double *)adj_ptr(y))[i] = x.f; break;
    case ADJ_I64:
        ((int64_t *)adj_ptr(y))[i] = x.kind == ADJ_S_FLOAT ? (int64_t)x.f : x.i;
        break;
    default: ((uint8_t *)adj_ptr(y))[i] = x.kind == ADJ_S_FLOAT ? x.f != 0 : x.i != 0; break;
    }
}

static AdjTensor *built(AdjBuilder *b, AdjDtype dtype)
{
    b->shape.n = b->ndim;
    if (b->kind == ADJ_S_NONE) b->kind = ADJ_S_FLOAT;
    if (dtype == ADJ_SAME) dtype = natural_dtype((AdjScalar){.kind = b->kind}, ADJ_SAME);
    AdjDtype wide = adj_dtype_is_float(dtype) ? ADJ_F64
                    : dtype == ADJ_BOOL       ? ADJ_BOOL
                                              : ADJ_I64;
    AdjTensor *y = adj_new(b->shape, wide);
    if (!y) return NULL;
    for (int64_t i = 0; i < b->n; i++) {
        if (!adj_dtype_is_float(dtype) && !fits(dtype, b->at[i])) {
            return adj_fail(ADJ_E_RUNTIME,
                            "tensor: value cannot be converted to type %s without overflow",
                            adj_dtype_name(dtype));
        }
        write_number(y, i, b->at[i]);
    }
    return adj_dense(y, dtype);
}

AdjTensor *adj_build_end(AdjBuilder *b, AdjDtype dtype)
{
    const AdjDevice *before = adj_device_use(&adj_cpu);
    AdjTensor *y = adj_error_kind() ? NULL : built(b, dtype);
    adj_device_use(before);
    y = adj_on(y, before);
    free(b->at);
    *b = (AdjBuilder){.at = NULL};
    return y;
}
