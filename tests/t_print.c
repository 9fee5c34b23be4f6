// SPDX-License-Identifier: Apache-2.0
// The text of tensors: the turning points of PyTorch's rules (int mode, scientific notation,
// widths, line breaks, summaries, suffixes) and the print options. Several hundred more texts
// are replayed from golden/printing.txt by t_golden_text.
#include "check.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static void shows(AdjTensor *t, const char *want, const char *name)
{
    char *text = t ? adj_to_text(t) : NULL;
    equal_str(text ? text : adj_error_text(), want, "%s", name);
    free(text);
}

#define FLOATS(...)                  \
    adj_from((float[]){__VA_ARGS__}, \
             ADJ_SHAPE(sizeof((float[]){__VA_ARGS__}) / sizeof(float)), ADJ_F32)

static AdjTensor *range(int64_t n, AdjDtype dtype)
{
    return adj_arange(ADJ_I(0), ADJ_I(n), ADJ_I(1), dtype);
}

static void numbers(void)
{
    shows(FLOATS(1, 2, 3), "tensor([1., 2., 3.])", "whole floats");
    shows(FLOATS(1, 2.5f), "tensor([1.0000, 2.5000])", "one fraction");
    shows(FLOATS(-0.0f), "tensor([-0.])", "minus zero");
    shows(FLOATS(1, -INFINITY, NAN), "tensor([1., -inf, nan])",
          "no width from what is not finite");
    shows(FLOATS(INFINITY, 1.5f), "tensor([   inf, 1.5000])", "but padding for it");
    shows(FLOATS(1000, 1), "tensor([1000.,    1.])", "a ratio of 1000");
    shows(FLOATS(1001, 1), "tensor([1.0010e+03, 1.0000e+00])", "a greater one");
    shows(FLOATS(1e8f), "tensor([100000000.])", "1e8 is not above 1e8");
    shows(FLOATS(1e-4f), "tensor([1.0000e-04])", "1e-4 as f32 is just below");
    shows(adj_full(ADJ_SHAPE(1), ADJ_F(1e-4), ADJ_F64), "tensor([0.0001], dtype=torch.float64)",
          "in f64 it is not");
    shows(FLOATS(0, 1e-10f), "tensor([0.0000e+00, 1.0000e-10])", "zero in notation");
    shows(adj_full((AdjShape){0}, ADJ_F(0.1), ADJ_F16), "tensor(0.1000, dtype=torch.float16)",
          "a half without axes");
    shows(adj_full((AdjShape){0}, ADJ_I(7), ADJ_BF16), "tensor(7., dtype=torch.bfloat16)",
          "a brain float");
    shows(adj_full(ADJ_SHAPE(2), ADJ_F(-NAN), ADJ_F32), "tensor([nan, nan])",
          "no negative NaN");
    shows(adj_from((int64_t[]){-1, 300}, ADJ_SHAPE(2), ADJ_I64), "tensor([ -1, 300])",
          "integers");
    shows(adj_from((uint8_t[]){1, 0}, ADJ_SHAPE(2), ADJ_BOOL), "tensor([ True, False])",
          "bools");
    shows(adj_from((uint8_t[]){1, 200}, ADJ_SHAPE(2), ADJ_U8),
          "tensor([  1, 200], dtype=torch.uint8)", "bytes");
}

static void shapes(void)
{
    shows(adj_reshape(range(6, ADJ_I64), ADJ_SHAPE(2, 3)),
          "tensor([[0, 1, 2],\n        [3, 4, 5]])", "a matrix");
    shows(adj_t(adj_reshape(range(4, ADJ_F32), ADJ_SHAPE(2, 2))),
          "tensor([[0., 2.],\n        [1., 3.]])", "a turned one");
    shows(adj_zeros(ADJ_SHAPE(2, 1, 2), ADJ_F32), "tensor([[[0., 0.]],\n\n        [[0., 0.]]])",
          "a blank line between matrices");
    shows(range(30, ADJ_I64),
          "tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,\n"
          "        18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29])",
          "a long vector");
    shows(adj_zeros(ADJ_SHAPE(0), ADJ_F32), "tensor([])", "nothing");
    shows(adj_zeros(ADJ_SHAPE(0), ADJ_I64), "tensor([], dtype=torch.int64)", "no integers");
    shows(adj_zeros(ADJ_SHAPE(0, 3), ADJ_F32), "tensor([], size=(0, 3))", "no rows");
    shows(adj_zeros(ADJ_SHAPE(2, 0), ADJ_BOOL), "tensor([], size=(2, 0), dtype=torch.bool)",
          "no columns");
}

static void summaries(void)
{
    shows(range(1001, ADJ_I64), "tensor([   0,    1,    2,  ...,  998,  999, 1000])",
          "a vector");
    shows(adj_zeros(ADJ_SHAPE(40, 26), ADJ_F32),
          "tensor([[0., 0., 0.,  ..., 0., 0., 0.],\n        [0., 0., 0.,  ..., 0., 0., 0.],\n"
          "        [0., 0., 0.,  ..., 0., 0., 0.],\n        ...,\n"
          "        [0., 0., 0.,  ..., 0., 0., 0.],\n        [0., 0., 0.,  ..., 0., 0., 0.],\n"
          "        [0., 0., 0.,  ..., 0., 0., 0.]])",
          "a matrix");
    AdjTensor *x = range(2000, ADJ_F32);
    adj_fill_(adj_select(x, 0, 1000), ADJ_NUM(0.5));
    shows(x,
          "tensor([0.0000e+00, 1.0000e+00, 2.0000e+00,  ..., 1.9970e+03, 1.9980e+03,\n"
          "        1.9990e+03])",
          "what is hidden does not decide");
}

static void suffixes(void)
{
    AdjTensor *w = adj_require_grad(FLOATS(1, 2), true);
    shows(w, "tensor([1., 2.], requires_grad=True)", "a leaf");
    shows(adj_mul(w, w), "tensor([1., 4.], grad_fn=<MulBackward0>)", "a result");
    shows(adj_select(w, 0, 0), "tensor(1., grad_fn=<SelectBackward0>)", "a view");
    shows(adj_detach(w), "tensor([1., 2.])", "cut off");
    AdjTensor *wide = adj_require_grad(adj_zeros(ADJ_SHAPE(14), ADJ_F32), true);
    shows(wide,
          "tensor([0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.],\n"
          "       requires_grad=True)",
          "a suffix that does not fit starts a line");
}

static void options(void)
{
    AdjPrintOptions *o = adj_print_options(), saved = *o;
    AdjTensor *pi = FLOATS(3.14159265f, 100);
    o->precision = 2;
    shows(pi, "tensor([  3.14, 100.00])", "precision");
    o->sci_mode = 1;
    shows(pi, "tensor([3.14e+00, 1.00e+02])", "always scientific");
    o->sci_mode = 0;
    shows(FLOATS(1e-6f, 1), "tensor([0.00, 1.00])", "never scientific");
    ok(adj_set_print_profile("short"), "the short profile");
    o->threshold = 5;
    shows(range(7, ADJ_I64), "tensor([0, 1,  ..., 5, 6])", "threshold and edge items");
    ok(adj_set_print_profile("full") && o->threshold == INT_MAX, "the full profile");
    char *text = adj_to_text(range(1200, ADJ_I64));
    ok(text && !strstr(text, "..."), "shows everything");
    free(text);
    ok(adj_set_print_profile("default") && !memcmp(o, &saved, sizeof saved),
       "back to the start");
    o->linewidth = 20;
    shows(range(6, ADJ_F32), "tensor([0., 1., 2.,\n        3., 4., 5.])", "line width");
    o->linewidth = 80;
    o->edgeitems = 0;
    shows(range(2, ADJ_I64), "tensor([0, 1], size=(2,))", "no edge items");
    *o = saved;
    fails_with(ADJ_E_VALUE, "no profile 'long'", adj_set_print_profile("long"), "profile");
}

int main(void)
{
    test_case(numbers);
    test_case(shapes);
    test_case(summaries);
    test_case(suffixes);
    test_case(options);
    return done();
}
