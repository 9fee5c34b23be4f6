// SPDX-License-Identifier: Apache-2.0
// save_attention.c: attention and what goes with it as nodes of ONNX. The fused operation is
// written out as products and a softmax, which every version and every runtime knows; an
// operator of its own came only with version 23.
#include "io/onnx/save.h"

static const char *turned(AdjOnnxSaver *s, const char *x, int n)
{
    int64_t order[ADJ_MAX_DIMS];
    for (int i = 0; i < n; i++) order[i] = i < n - 2 ? i : 2 * n - 3 - i;
    return adj_onnx_node(s, "Transpose", ADJ_NAMES(x),
                         ADJ_ATTRS(ADJ_ATTR_INTS("perm", ((AdjLongs){n, order}))));
}

// The i-th operand with each head as often as queries share it.
static const char *shared(AdjOnnxSaver *s, const AdjStep *step, int i)
{
    const AdjTensor *q = step->in[0], *x = step->in[i];
    const char *name = in(s, step, i);
    int n = q->ndim;
    if (n < 3 || x->sizes[n - 3] == q->sizes[n - 3]) return name;
    int64_t heads = q->sizes[n - 3], axis = n - 2, rest[ADJ_MAX_DIMS + 1] = {0};
    for (int d = 0; d <= n; d++) rest[d] = 1;
    rest[n - 2] = heads / x->sizes[n - 3];
    name = two(s, "Unsqueeze", name, ints(s, 1, &axis));
    name = two(s, "Expand", name, ints(s, n + 1, rest));
    for (int d = 0; d < n - 3; d++) rest[d] = 0;  // as it is
    rest[n - 3] = heads, rest[n - 2] = -1, rest[n - 1] = x->sizes[n - 1];
    return two(s, "Reshape", name, ints(s, n, rest));
}

// How many rows the i-th operand has, as a list of one.
static const char *rows(AdjOnnxSaver *s, const AdjStep *step, int i)
{
    return adj_onnx_node(s, "Shape", ADJ_NAMES(in(s, step, i)),
                         ADJ_ATTRS(ADJ_ATTR_INT("start", -2), ADJ_ATTR_INT("end", -1)));
}

// True on and below the diagonal, for any number of queries and keys.
static const char *before(AdjOnnxSaver *s, const AdjStep *step)
{
    const char *shape =
        adj_onnx_node(s, "Concat", ADJ_NAMES(rows(s, step, 0), rows(s, step, 1)),
                      ADJ_ATTRS(ADJ_ATTR_INT("axis", 0)));
    const char *ones = two(s, "Expand", adj_onnx_number(s, 1, ADJ_F32), shape);
    ones = adj_onnx_node(s, "Trilu", ADJ_NAMES(ones), ADJ_ATTRS(ADJ_ATTR_INT("upper", 0)));
    return with(s, step, "Greater", ones, 0.5);
}

// What queries see nothing of is 0, where a softmax of nothing would not be a number.
bool adj_onnx_save_flash_attention(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    double scale = adj_step_arg(step, "scale")->f;
    const AdjTensor *q = step->in[0], *mask = step->in[3];
    if (isnan(scale)) scale = 1 / sqrt((double)q->sizes[q->ndim - 1]);
    const char *keys = turned(s, shared(s, step, 1), step->in[1]->ndim);
    const char *p = two(s, "MatMul", with(s, step, "Mul", in(s, step, 0), scale), keys);
    const char *visible = adj_step_arg(step, "is_causal")->b ? before(s, step)
                          : mask && mask->dtype == ADJ_BOOL  ? in(s, step, 3)
                                                             : NULL;
    const char *never = adj_onnx_number(s, -INFINITY, out_type(step));
    if (visible)
        p = adj_onnx_node(s, "Where", ADJ_NAMES(visible, p, never), NULL);
    else if (mask)
        p = two(s, "Add", p, in_as_out(s, step, 3));
    p = adj_onnx_node(s, "Softmax", ADJ_NAMES(p), ADJ_ATTRS(ADJ_ATTR_INT("axis", -1)));
    if (mask) {
        const char *zero = adj_onnx_number(s, 0, out_type(step));
        p = adj_onnx_node(s, "Where", ADJ_NAMES(one(s, "IsNaN", p), zero, p), NULL);
    }
    return done(s, step, two(s, "MatMul", p, shared(s, step, 2)));
}

// x cos + (x with each pair exchanged) (-sin or sin), both tables written down.
bool adj_onnx_save_rope(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    ADJ_SCOPE;
    (void)row;
    AdjTensor *x = step->in[0];
    int64_t t = x->sizes[x->ndim - 2], e = x->sizes[x->ndim - 1], axis = -1;
    int64_t dims = adj_step_arg(step, "dims")->i, order[1024];
    bool interleaved = adj_step_arg(step, "interleaved")->b;
    if (dims == ADJ_NO_INT) dims = e;
    if (adj_onnx_is_dynamic(s)) return cannot(step, "positions of a number that may change");
    if (e > 1024) return cannot(step, "more than 1024 features");
    AdjValue base = *adj_step_arg(step, "base"), offset = *adj_step_arg(step, "offset");
    bool inverse = adj_step_arg(step, "inverse")->b;
    AdjTensor *ones = adj_ones(ADJ_SHAPE(t, e), ADJ_F64),
              *half = adj_zeros(ADJ_SHAPE(e), ADJ_F64);
    if (!ones || !half) return false;
    // Turning rows of ones at even and at odd places of pairs tells cosines and sines.
    double *first = (double *)adj_ptr(half);
    for (int64_t i = 0; i < e; i++) {
        bool lower = interleaved ? i % 2 == 0 : i < dims / 2;
        first[i] = i < dims && lower;
        order[i] = i >= dims ? i : interleaved ? i ^ 1 : (i + dims / 2) % dims;
    }
    AdjTensor *lone = adj_mul(ones, half);
    AdjTensor *one_turned = adj_rope(lone, base.f, offset.i, dims, interleaved, inverse);
    AdjTensor *all = adj_rope(ones, base.f, offset.i, dims, interleaved, inverse);
    AdjTensor *others = adj_sub(all, one_turned, ADJ_I(1));
    AdjTensor *upper = adj_sub(ones, lone, ADJ_I(1));
    AdjTensor *cosine = adj_add(adj_mul(one_turned, lone), adj_mul(others, upper), ADJ_I(1));
    AdjTensor *sine = adj_sub(all, cosine, ADJ_I(1));
    AdjDtype dtype = out_type(step);
    const char *name = in(s, step, 0), *places = ints(s, e, order);
    const char *swapped = adj_onnx_node(s, "Gather", ADJ_NAMES(name, places),
                                        ADJ_ATTRS(ADJ_ATTR_INT("axis", axis)));
    const char *a = two(s, "Mul", name, adj_onnx_constant(s, adj_to(cosine, dtype)));
    const char *b = two(s, "Mul", swapped, adj_onnx_constant(s, adj_to(sine, dtype)));
    return done(s, step, two(s, "Add", a, b));
}

// One at each class, zeros elsewhere.
bool adj_onnx_save_one_hot(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    int64_t values[] = {0, 1}, classes = step->out[0]->sizes[step->out[0]->ndim - 1];
    const char *depth = ints(s, 1, &classes);
    return done(s, step,
                adj_onnx_node(s, "OneHot", ADJ_NAMES(in(s, step, 0), depth, ints(s, 2, values)),
                              ADJ_ATTRS(ADJ_ATTR_INT("axis", -1))));
}

// The angle of (x, y): that of y / x, turned by half a circle where x is negative.
bool adj_onnx_save_atan2(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *y = in_as_out(s, step, 0), *x = in_as_out(s, step, 1);
    const char *zero = adj_onnx_number(s, 0, out_type(step));
    const char *angle = one(s, "Atan", two(s, "Div", y, x));
    const char *less = adj_onnx_number(s, -M_PI, out_type(step));
    const char *more = adj_onnx_number(s, M_PI, out_type(step));
    const char *below = two(s, "Less", y, zero), *left = two(s, "Less", x, zero);
    const char *turn = adj_onnx_node(s, "Where", ADJ_NAMES(below, less, more), NULL);
    turn = adj_onnx_node(s, "Where", ADJ_NAMES(left, turn, zero), NULL);
    const char *whole = two(s, "Add", angle, turn);
    const char *at_all = two(s, "Or", one(s, "Not", two(s, "Equal", y, zero)),
                             one(s, "Not", two(s, "Equal", x, zero)));
    return done(s, step, adj_onnx_node(s, "Where", ADJ_NAMES(at_all, whole, zero), NULL));
}
