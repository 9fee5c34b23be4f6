// SPDX-License-Identifier: Apache-2.0
// Views, rearrangements, joining, parting, padding, conversion and creation: what they share
// with their operands, what they cost nobody, and their derivatives, first and second, against
// central differences. Values against PyTorch are in golden/shape.cases; here are the things
// that a single expression cannot show.
#include "check.h"

#include <stdlib.h>
#include <string.h>

// ---------------------------------------------------------------- derivatives

// A function of one tensor [x], or of two, [x] and [y].
#define FUNCTION(name, expression)                     \
    static AdjTensor *name(AdjTensors in, void *data)  \
    {                                                  \
        AdjTensor *x = in.at[0], *y = in.at[in.n - 1]; \
        (void)data;                                    \
        (void)y;                                       \
        return expression;                             \
    }

static AdjTensor *part(AdjTensors list, int i)
{
    return i < list.n ? list.at[i] : NULL;
}
static AdjLongs longs(const int64_t *at, int64_t n)
{
    return (AdjLongs){n, at};
}
#define LONGS(...) \
    longs((const int64_t[]){__VA_ARGS__}, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

FUNCTION(f_view, adj_view(x, ADJ_SHAPE(4, -1)))
FUNCTION(f_reshape, adj_reshape(adj_t(x), ADJ_SHAPE(2, 6)))
FUNCTION(f_flatten, adj_flatten(adj_t(x), 0, -1))
FUNCTION(f_unflatten, adj_unflatten(x, 1, ADJ_SHAPE(2, -1)))
FUNCTION(f_transpose, adj_transpose(x, 0, -1))
FUNCTION(f_permute, adj_permute(adj_unsqueeze(x, 1), ADJ_SHAPE(2, 0, 1)))
FUNCTION(f_movedim, adj_movedim(x, ADJ_SHAPE(0), ADJ_SHAPE(-1)))
FUNCTION(f_expand, adj_expand(x, ADJ_SHAPE(2, 3, 4)))
FUNCTION(f_squeeze, adj_squeeze(adj_unsqueeze(x, 0), ADJ_ALL))
FUNCTION(f_select, adj_select(x, 1, -1))
FUNCTION(f_slice, adj_slice(x, 1, 1, ADJ_NO_INT, 2))
FUNCTION(f_narrow, adj_narrow(x, 0, 1, 2))
FUNCTION(f_diagonal, adj_diagonal(x, 1, 0, 1))
FUNCTION(f_unfold, adj_unfold(x, 1, 3, 1))
FUNCTION(f_as_strided, adj_as_strided(x, ADJ_SHAPE(3, 2), ADJ_SHAPE(2, 1), 1))
FUNCTION(f_as_strided_expanded, adj_as_strided(adj_expand(adj_select(x, 0, 0), ADJ_SHAPE(2, 4)),
                                               ADJ_SHAPE(2, 3), ADJ_SHAPE(1, 1), ADJ_NO_INT))
FUNCTION(f_clone, adj_clone(x))
FUNCTION(f_flip, adj_flip(x, ADJ_SHAPE(0, 1)))
FUNCTION(f_roll, adj_roll(x, ADJ_SHAPE(1, -2), ADJ_SHAPE(0, 1)))
FUNCTION(f_roll_flat, adj_roll(x, ADJ_SHAPE(5), (AdjShape){0}))
FUNCTION(f_rot90, adj_rot90(x, 1, ADJ_SHAPE(0, 1)))
FUNCTION(f_repeat, adj_repeat(x, ADJ_SHAPE(2, 1, 3)))
FUNCTION(f_repeat_interleave,
         adj_repeat_interleave(x, adj_from((int64_t[]){2, 0, 1}, ADJ_SHAPE(3), ADJ_I64), 0,
                               ADJ_NO_INT))
FUNCTION(f_tril, adj_tril(x, 1))
FUNCTION(f_triu, adj_triu(x, -1))
FUNCTION(f_diag_embed, adj_diag_embed(x, -1, 0, 2))
FUNCTION(f_diag, adj_diag(adj_select(x, 0, 1), 1))
FUNCTION(f_cat, adj_cat(ADJ_TENSORS(x, adj_new(ADJ_SHAPE(0), ADJ_F64), y, x), 1))
FUNCTION(f_stack, adj_stack(ADJ_TENSORS(x, y), 1))
FUNCTION(f_hstack, adj_hstack(ADJ_TENSORS(x, y)))
FUNCTION(f_dstack, adj_dstack(ADJ_TENSORS(x, y)))
FUNCTION(f_split, part(adj_split(x, LONGS(1, 3), 1), 1))
FUNCTION(f_chunk, part(adj_chunk(x, 3, 1), 0))
FUNCTION(f_unbind, part(adj_unbind(x, 1), 2))
FUNCTION(f_meshgrid, part(adj_meshgrid(ADJ_TENSORS(adj_ravel(x), adj_ravel(y)), "xy"), 1))
FUNCTION(f_block_diag, adj_block_diag(ADJ_TENSORS(x, y)))
FUNCTION(f_combinations, adj_combinations(adj_select(x, 0, 0), 2, false))
FUNCTION(f_pad, adj_pad(x, LONGS(1, -1, 0, 2), "constant", ADJ_F(0.5)))
FUNCTION(f_reflect, adj_pad(x, LONGS(2, 1, 1, 0), "reflect", ADJ_NO_SCALAR))
FUNCTION(f_replicate, adj_pad(x, LONGS(2, 1, 1, 2), "replicate", ADJ_NO_SCALAR))
FUNCTION(f_circular, adj_pad(x, LONGS(2, 1, 1, 2), "circular", ADJ_NO_SCALAR))
FUNCTION(f_select_scatter, adj_select_scatter(x, adj_select(y, 0, 1), 0, 2))
FUNCTION(f_slice_scatter, adj_slice_scatter(x, adj_slice(y, 1, 0, 2, 1), 1, 0, 4, 2))
FUNCTION(f_diagonal_scatter, adj_diagonal_scatter(x, adj_select(y, 1, 0), 1, 0, 1))
FUNCTION(f_copy, adj_copy(x, adj_select(y, 0, 0)))
FUNCTION(f_to, adj_to(adj_to(x, ADJ_F64), ADJ_SAME))

// clang-format off
#define CASE(name) {#name, f_##name}
static const struct {
    const char *name;
    AdjTestFunction function;
} functions[] = {
    CASE(view), CASE(reshape), CASE(flatten), CASE(unflatten), CASE(transpose), CASE(permute),
    CASE(movedim), CASE(expand), CASE(squeeze), CASE(select), CASE(slice), CASE(narrow),
    CASE(diagonal), CASE(unfold), CASE(as_strided), CASE(clone), CASE(flip), CASE(roll),
    CASE(roll_flat), CASE(rot90), CASE(repeat), CASE(tril), CASE(triu),
    CASE(repeat_interleave), CASE(diag_embed), CASE(diag), CASE(as_strided_expanded),
    CASE(split), CASE(chunk), CASE(unbind), CASE(combinations), CASE(pad), CASE(reflect),
    CASE(replicate), CASE(circular), CASE(to), CASE(cat), CASE(stack), CASE(hstack),
    CASE(dstack), CASE(meshgrid), CASE(block_diag), CASE(select_scatter), CASE(slice_scatter),
    CASE(diagonal_scatter), CASE(copy),
};
// clang-format on

// The gradient of sum(f^3) by the last input, as a function: checking it checks the second
// derivative. Central differences are taken without recording; this needs it.
static AdjTensor *gradient_of(AdjTensors in, void *data)
{
    const AdjTestFunction *f = data;
    bool was = adj_set_grad_enabled(true);
    AdjTensor *v = (*f)(in, NULL), *y = in.at[in.n - 1];
    AdjTensor *root = adj_sum(adj_mul(adj_mul(v, v), v), ADJ_ALL, false, ADJ_SAME);
    AdjTensors g = adj_gradients((AdjTensors){1, &root}, (AdjTensors){0, NULL},
                                 (AdjTensors){1, &y}, true, true, false);
    adj_set_grad_enabled(was);
    return g.n ? g.at[0] : NULL;
}

static AdjTensor *input(uint64_t seed)
{
    adj_seed(seed);
    return adj_require_grad(adj_rand(ADJ_SHAPE(3, 4), ADJ_F64), true);
}

// The functions of two tensors come last in the table.
static void derivatives(void)
{
    bool two = false;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        ADJ_SCOPE;
        two |= functions[i].function == f_cat;
        AdjTensors in = ADJ_TENSORS(input(1), input(2));
        if (!two) in.n = 1;
        AdjGradcheck first = {0}, second = {0};
        AdjTestFunction f = functions[i].function;
        bool done = adj_gradcheck(f, NULL, in, 1e-6, 1e-7, 1e-6, &first);
        ok(done && first.passed, "gradient of %s (worst %g)", functions[i].name,
           first.worst_error);
        done = adj_gradcheck(gradient_of, &f, in, 1e-6, 1e-6, 1e-6, &second);
        ok(done && second.passed, "second derivative of %s (worst %g)", functions[i].name,
           second.worst_error);
        no_error("%s", functions[i].name);
    }
}

// ---------------------------------------------------------------- what is shared

static void sharing(void)
{
    AdjTensor *x = adj_arange(ADJ_I(0), ADJ_I(6), ADJ_I(1), ADJ_F32);
    AdjTensor *m = adj_view(x, ADJ_SHAPE(2, 3));
    ok(adj_data(m) == adj_data(x), "view shares");
    ok(adj_data(adj_reshape(m, ADJ_SHAPE(3, 2))) == adj_data(x),
       "reshape of a plain tensor shares");
    ok(adj_data(adj_reshape(adj_t(m), ADJ_SHAPE(6))) != adj_data(x), "a turned one is copied");
    ok(adj_contiguous(m) == m, "contiguous hands a plain tensor through");
    ok(adj_to(m, ADJ_F32) == m, "to of the same type too");
    equal_int(adj_stride(adj_t(m), 1), 3, "strides of a transpose");
    equal_int(adj_stride(adj_expand(x, ADJ_SHAPE(4, 6)), 0), 0,
              "an expanded axis does not move");
    AdjTensors halves = adj_chunk(x, 2, 0);
    adj_fill_(halves.at[1], ADJ_NUM(9));
    near(element(x, 4), 9, 0, "writing to a chunk writes to the whole");
    near(element(x, 2), 2, 0, "and to no other part");
    uint32_t version = adj_version(x);
    adj_zero_(adj_select(m, 0, 0));
    ok(adj_version(x) > version, "writing to a view raises the version");
    AdjTensor *row = adj_detach(adj_select(m, 0, 1));
    adj_fill_(row, ADJ_NUM(3));
    near(element(x, 5), 3, 0, "detach shares");
}

// ---------------------------------------------------------------- views in place

static void in_place(void)
{
    AdjTensor *w = adj_require_grad(adj_ones(ADJ_SHAPE(2, 3), ADJ_F64), true);
    AdjTensor *x = adj_mul(w, ADJ_NUM(2)), *row = adj_select(x, 0, 0);
    adj_assign(row, adj_mul(row, ADJ_NUM(5)));
    AdjTensor *later = adj_sum(row, ADJ_ALL, false, ADJ_SAME);
    ok(adj_backward(adj_add(adj_sum(x, ADJ_ALL, false, ADJ_SAME), later, ADJ_I(1)), NULL, false,
                    false),
       "backward through a changed view");
    near(element(adj_grad(w), 0), 20, 0, "through the change, twice");
    near(element(adj_grad(w), 4), 2, 0, "beside it");
    fails_with(ADJ_E_RUNTIME, "a leaf Variable", adj_zero_(w), "a leaf may not change");
    fails_with(ADJ_E_RUNTIME, "a view of a leaf", adj_zero_(adj_select(w, 0, 0)),
               "nor its view");
    AdjTensor *y = adj_mul(w, ADJ_NUM(3));
    adj_t_(y);
    equal_int(adj_size(y, 0), 3, "t_ turns the tensor itself");
    adj_unsqueeze_(y, 0);
    equal_int(adj_ndim(y), 3, "unsqueeze_ adds an axis to it");
    adj_set_grad(w, NULL);
    ok(adj_backward(adj_sum(adj_square(y), ADJ_ALL, false, ADJ_SAME), NULL, false, false),
       "and its history goes on");
    near(element(adj_grad(w), 5), 18, 0, "d (3w)^2 at 1");
    AdjTensor *d = adj_zeros(ADJ_SHAPE(5, 2), ADJ_F32);
    adj_fill_diagonal_(d, ADJ_I(1), true);
    near(element(d, 6), 1, 0, "the diagonal starts again after the row below it");
    near(element(d, 4), 0, 0, "which stays free");
}

// ---------------------------------------------------------------- nothing and zero axes

static void small(void)
{
    AdjTensor *none = adj_zeros(ADJ_SHAPE(0, 3), ADJ_F32),
              *one = adj_tril(adj_ones(ADJ_SHAPE(1, 1), ADJ_F32), 0);
    equal_int(adj_numel(adj_flip(none, ADJ_SHAPE(0))), 0, "flip of nothing");
    equal_int(adj_numel(adj_roll(none, ADJ_SHAPE(1), ADJ_SHAPE(1))), 0, "roll of nothing");
    equal_int(adj_numel(adj_repeat(none, ADJ_SHAPE(2, 2))), 0, "repeat of nothing");
    equal_int(adj_size(adj_cat(ADJ_TENSORS(none, adj_ones(ADJ_SHAPE(2, 3), ADJ_F32)), 0), 0), 2,
              "cat with nothing");
    equal_int(adj_split(none, LONGS(2), 0).n, 1, "split of nothing is one part");
    equal_int(adj_ndim(adj_reshape(one, (AdjShape){0})), 0, "reshape to no axes");
    equal_int(adj_ndim(adj_flatten(adj_reshape(one, (AdjShape){0}), 0, -1)), 1,
              "flatten makes an axis");
    equal_int(adj_numel(adj_arange(ADJ_I(3), ADJ_I(3), ADJ_I(1), ADJ_SAME)), 0,
              "an empty range");
    equal_int(adj_numel(adj_linspace(ADJ_I(0), ADJ_I(1), 0, ADJ_SAME)), 0, "an empty line");
    near(element(adj_linspace(ADJ_I(2), ADJ_I(5), 1, ADJ_SAME), 0), 2, 0,
         "a line of one point");
    fails_with(ADJ_E_SHAPE, "negative size", adj_zeros(ADJ_SHAPE(-1), ADJ_F32), "zeros");
    fails_with(ADJ_E_MEMORY, "too large",
               adj_zeros(ADJ_SHAPE(1 << 30, 1 << 30, 1 << 30), ADJ_F32), "zeros");
    fails_with(ADJ_E_SHAPE, "at most 8 axes",
               adj_unsqueeze(adj_ones(ADJ_SHAPE(1, 1, 1, 1, 1, 1, 1, 1), ADJ_F32), 0),
               "unsqueeze");
    ok(adj_view(NULL, ADJ_SHAPE(1)) == NULL && !adj_error_kind(), "NULL stays NULL, silently");
}

// ---------------------------------------------------------------- nested lists

// Feeds text like "[[1,2.5],[T,4]]" to a builder.
static AdjTensor *build(const char *text, AdjDtype dtype)
{
    AdjBuilder b = {0};
    for (const char *p = text; *p; p++) {
        if (*p == '[')
            adj_build_open(&b);
        else if (*p == ']')
            adj_build_close(&b);
        else if (*p == 'T')
            adj_build_number(&b, (AdjScalar){ADJ_S_BOOL, 1, 1});
        else if (*p != ',') {
            size_t n = strcspn(p, ",]");
            bool whole = !memchr(p, '.', n);
            adj_build_number(&b, whole ? ADJ_I(atoll(p)) : ADJ_F(atof(p)));
            p += n - 1;
        }
    }
    return adj_build_end(&b, dtype);
}

static void lists(void)
{
    equal_int(adj_dtype(build("[1,2]", ADJ_SAME)), ADJ_I64, "integers");
    equal_int(adj_dtype(build("[T,T]", ADJ_SAME)), ADJ_BOOL, "bools");
    equal_int(adj_dtype(build("[T,1]", ADJ_SAME)), ADJ_I64, "bools and integers");
    equal_int(adj_dtype(build("[1,2.5]", ADJ_SAME)), ADJ_F32, "one float");
    equal_int(adj_dtype(build("[]", ADJ_SAME)), ADJ_F32, "nothing");
    equal_int(adj_dtype(build("[1,0]", ADJ_BOOL)), ADJ_BOOL, "asked for");
    AdjTensor *x = build("[[1,2,3],[4,5,6]]", ADJ_F64);
    ok(adj_size(x, 0) == 2 && adj_size(x, 1) == 3, "shape");
    near(element(x, 4), 5, 0, "order");
    equal_int(adj_ndim(build("7", ADJ_SAME)), 0, "a number alone");
    equal_int(adj_size(build("[[],[]]", ADJ_SAME), 1), 0, "empty rows");
    equal_int(adj_item_scalar(build("9223372036854775807", ADJ_SAME)).i, INT64_MAX,
              "the largest");
    fails_with(ADJ_E_VALUE, "expected sequence of length 2 at dim 1 (got 1)",
               build("[[1,2],[3]]", ADJ_SAME), "lengths");
    fails_with(ADJ_E_TYPE, "a list stands", build("[1,[2]]", ADJ_SAME), "depths");
    fails_with(ADJ_E_TYPE, "a number stands", build("[[1],2]", ADJ_SAME), "depths");
    fails_with(ADJ_E_VALUE, "deeper than 8", build("[[[[[[[[[1]]]]]]]]]", ADJ_SAME), "depth");
    fails_with(ADJ_E_RUNTIME, "without overflow", build("[300]", ADJ_U8), "range");
    fails_with(ADJ_E_RUNTIME, "without overflow", build("[1.e30]", ADJ_I64), "range");
}

int main(void)
{
    test_case(derivatives);
    test_case(sharing);
    test_case(in_place);
    test_case(small);
    test_case(lists);
    return done();
}
