// SPDX-License-Identifier: Apache-2.0
// pad.c: tensors made larger at their edges, by a constant or by elements of their own.
//
// A negative amount cuts. The constant mode is one operation whose derivative is itself with
// the amounts negated. The other three choose for each place of the new axis the place it is
// copied from, so they are index_select along each axis, and its derivative adds up the copies.
#include "ops/shape/view.h"

// Amounts are given from the last axis backwards, two for each: before, after.
static int64_t amount(AdjLongs pad, int ndim, int dim, bool after)
{
    int64_t at = 2 * (ndim - 1 - dim) + after;
    return at < pad.n ? pad.at[at] : 0;
}

static void constant_pad_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    int64_t back[2 * ADJ_MAX_DIMS];
    AdjLongs pad = n->arg[0].longs;
    for (int64_t i = 0; i < pad.n; i++) back[i] = -pad.at[i];
    dx[0] = adj_constant_pad_nd(dy[0], (AdjLongs){pad.n, back}, ADJ_I(0));
}

// Narrows [small] and [large] along [dim] to what they share.
static bool shared_part(AdjTensor **small, AdjTensor **large, int dim, int64_t before,
                        int64_t after)
{
    int64_t n = (*small)->sizes[dim], m = (*large)->sizes[dim];
    int64_t from = before < 0 ? -before : 0, to = after < 0 ? n + after : n;
    *small = op_slice(*small, dim, from, to < from ? from : to, 1);
    *large = op_slice(*large, dim, before > 0 ? before : 0, after > 0 ? m - after : m, 1);
    return *small && *large;
}

ADJ_OP(constant_pad_nd, "(input: tensor, pad: longs, value: scalar = 0) -> tensor",
       "pad in mode 'constant'.", .vjp = constant_pad_vjp, .no_method = true)
AdjTensor *op_constant_pad_nd(AdjTensor *input, AdjLongs pad, AdjScalar value)
{
    AdjShape shape = adj_shape(input);
    for (int d = 0; d < input->ndim; d++) {
        int64_t before = amount(pad, input->ndim, d, false),
                after = amount(pad, input->ndim, d, true);
        shape.at[d] += before + after;
        if (shape.at[d] < 0 || before < -input->sizes[d] || after < -input->sizes[d]) {
            return adj_fail(
                ADJ_E_SHAPE,
                "pad: The input size %lld, plus negative padding %lld and %lld, resulted "
                "in a negative output size, which is invalid. Check dimension %d of your "
                "input.",
                (long long)input->sizes[d], (long long)before, (long long)after, d);
        }
    }
    AdjTensor *y = adj_new(shape, adj_dtype(input)), *part = y, *x = input;
    if (!adj_fill_with(y, value)) return NULL;
    for (int d = 0; d < input->ndim; d++) {
        int64_t before = amount(pad, input->ndim, d, false),
                after = amount(pad, input->ndim, d, true);
        if ((before || after) && !shared_part(&x, &part, d, before, after)) return NULL;
    }
    return adj_copy_data(part, x) ? y : NULL;
}

typedef enum { REFLECT, REPLICATE, CIRCULAR } Mode;

// Where place [i] of the padded axis, counted from the old first element, takes its value from.
static int64_t source(Mode mode, int64_t i, int64_t n)
{
    switch (mode) {
    case REFLECT: return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
    case REPLICATE: return i < 0 ? 0 : i >= n ? n - 1 : i;
    default: return (i % n + n) % n;
    }
}

static bool check_axis(Mode mode, const AdjTensor *x, int dim, int64_t before, int64_t after)
{
    int64_t n = x->sizes[dim], most = before > after ? before : after;
    if (mode == REFLECT && most >= n) {
        return adj_fail(
            ADJ_E_SHAPE,
            "pad: Padding size should be less than the corresponding input dimension, but "
            "got: padding (%lld, %lld) at dimension %d of input %s",
            (long long)before, (long long)after, dim, adj_list_text(adj_shape(x)));
    }
    if (mode == CIRCULAR && most > n) {
        return adj_fail(
            ADJ_E_SHAPE,
            "pad: Padding value causes wrapping around more than once: (%lld, %lld) at "
            "dimension %d of input %s",
            (long long)before, (long long)after, dim, adj_list_text(adj_shape(x)));
    }
    if (n + before + after < 0 || (n == 0 && most > 0)) {
        return adj_fail(ADJ_E_SHAPE, "pad: (%lld, %lld) does not fit dimension %d of input %s",
                        (long long)before, (long long)after, dim, adj_list_text(adj_shape(x)));
    }
    return true;
}

static AdjTensor *pad_axis(AdjTensor *x, Mode mode, int dim, int64_t before, int64_t after)
{
    if (!x || (before == 0 && after == 0)) return x;
    if (!check_axis(mode, x, dim, before, after)) return NULL;
    int64_t n = x->sizes[dim], length = n + before + after;
    AdjTensor *places = adj_new(ADJ_SHAPE(length), ADJ_I64);
    if (!places) return NULL;
    int64_t *p = adj_data(places);
    for (int64_t i = 0; i < length; i++) p[i] = source(mode, i - before, n);
    return adj_index_select(x, dim, places);
}

ADJ_OP(pad,
       "(input: tensor, pad: longs, mode: str = 'constant', value: scalar? = None) -> tensor",
       "The tensor enlarged at its edges. pad has two numbers for each axis, before and after, "
       "from "
       "the last axis backwards; negative ones cut.\n"
       "notes 'constant' fills with value (0), 'reflect' mirrors without repeating the edge, "
       "'replicate' repeats the edge, 'circular' wraps around\n"
       "errors Shape: more pairs than axes, or more to mirror or wrap than there is; Runtime: "
       "another "
       "mode, or a value in a mode that takes none",
       .no_method = true, .hosted = true)
AdjTensor *op_pad(AdjTensor *input, AdjLongs pad, const char *mode, AdjScalar value)
{
    static const char *const modes[] = {"reflect", "replicate", "circular"};
    if (pad.n % 2) return adj_fail(ADJ_E_RUNTIME, "pad: Padding length must be divisible by 2");
    if (pad.n / 2 > input->ndim) {
        return adj_fail(
            ADJ_E_SHAPE,
            "pad: Padding length should be less than or equal to two times the input "
            "dimension but got padding length %lld and input of dimension %d",
            (long long)pad.n, input->ndim);
    }
    if (!mode || !strcmp(mode, "constant"))
        return adj_constant_pad_nd(input, pad, value.kind == ADJ_S_NONE ? ADJ_I(0) : value);
    for (Mode m = REFLECT; m <= CIRCULAR; m++) {
        if (strcmp(mode, modes[m])) continue;
        if (value.kind != ADJ_S_NONE && value.f != 0)
            return adj_fail(ADJ_E_RUNTIME,
                            "pad: Padding mode \"%s\" doesn't take in value argument", mode);
        AdjTensor *y = input;
        for (int d = 0; d < input->ndim; d++) {
            y = pad_axis(y, m, d, amount(pad, input->ndim, d, false),
                         amount(pad, input->ndim, d, true));
        }
        return y;
    }
    return adj_fail(ADJ_E_RUNTIME, "pad: Unrecognised padding mode %s", mode);
}
