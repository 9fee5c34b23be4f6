// SPDX-License-Identifier: Apache-2.0
// scan.c: running sums, extremes and their kin along one axis, and differences of neighbours.
//
// A running result is a recurrence, so a line is walked in order; lines are independent. Single
// precision runs in double. The adjoint of a running sum is the running sum from the other end.
#include "cpu/parallel.h"
#include "ops/reduce/reduce.h"

// An operand along its axis, dense, and where its result goes.
typedef struct Lines {
    AdjTensor *x, *y, *at;  // at: places, for the forms that have them
    int64_t outer, n, inner;
} Lines;

// [x] in [dtype] as lines along [dim]; the results have the shape of x.
static bool make_lines(AdjTensor *x, int64_t dim, AdjDtype dtype, bool places, Lines *l)
{
    l->x = adj_contiguous(adj_to(x, dtype));
    if (!l->x) return false;
    l->outer = l->inner = l->n = 1;
    for (int d = 0; d < x->ndim; d++) {
        int64_t *side = d < dim ? &l->outer : d > dim ? &l->inner : &l->n;
        *side *= x->sizes[d];
    }
    l->y = adj_new_like(l->x, dtype);
    l->at = places ? adj_new_like(l->x, ADJ_I64) : NULL;
    return l->y && (!places || l->at);
}

static AdjDtype wide_dtype(AdjDtype t)
{
    return t == ADJ_F64 || !adj_dtype_is_float(t) ? t : ADJ_F32;
}

// ---------------------------------------------------------------- sums

#define RUNNING(name, type, acc_type, start, step)                     \
    static void name(int64_t i, const void *arg)                       \
    {                                                                  \
        const Lines *l = arg;                                          \
        int64_t first = i / l->inner * l->n * l->inner + i % l->inner; \
        const type *x = (const type *)adj_ptr(l->x) + first;           \
        type *y = (type *)adj_ptr(l->y) + first;                       \
        acc_type a = start;                                            \
        for (int64_t k = 0; k < l->n * l->inner; k += l->inner) {      \
            const acc_type b = (acc_type)x[k];                         \
            y[k] = (type)(a = (step));                                 \
        }                                                              \
    }
RUNNING(sum_f32, float, double, 0, a + b)
RUNNING(sum_f64, double, double, 0, a + b)
RUNNING(sum_i64, int64_t, uint64_t, 0, a + b)
RUNNING(product_f32, float, double, 1, a *b)
RUNNING(product_f64, double, double, 1, a *b)
RUNNING(product_i64, int64_t, uint64_t, 1, a *b)

// log(e^a + e^b), the larger one taken out; both -inf give -inf.
static double add_logs(double a, double b)
{
    if (a != a || b != b) return NAN;
    double m = a > b ? a : b, d = a > b ? b - a : a - b;
    return m == -INFINITY || m == INFINITY ? m : m + log1p(exp(d));
}
RUNNING(logsum_f32, float, double, -INFINITY, add_logs(a, b))
RUNNING(logsum_f64, double, double, -INFINITY, add_logs(a, b))

static AdjTensor *running(AdjTensor *x, int64_t dim, AdjDtype dtype, AdjPiece f32, AdjPiece f64,
                          AdjPiece i64)
{
    Lines l;
    AdjDtype compute = wide_dtype(dtype);
    if (!adj_dtype_is_float(compute)) compute = ADJ_I64;
    if (!adj_wrap_dim(&dim, x->ndim) || !make_lines(x, dim, compute, false, &l)) return NULL;
    AdjPiece body = compute == ADJ_F32 ? f32 : compute == ADJ_F64 ? f64 : i64;
    adj_each_piece(l.x->numel ? l.outer * l.inner : 0, l.x->numel, body, &l);
    return adj_to(l.y, dtype);
}

static AdjDtype sum_dtype(const AdjTensor *x, AdjDtype wanted)
{
    return wanted != ADJ_SAME ? wanted : adj_is_float(x) ? (AdjDtype)x->dtype : ADJ_I64;
}

static AdjTensor *reversed(AdjTensor *x, int64_t dim)
{
    return x && x->ndim ? adj_flip(x, adj_axis(dim)) : x;
}

static AdjTensor *sum_from_end(AdjTensor *x, int64_t dim)
{
    return reversed(adj_cumsum(reversed(x, dim), dim, ADJ_SAME), dim);
}

static void cumsum_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] = sum_from_end(dy[0], n->arg[0].i);
}

ADJ_OP(cumsum, "(input: tensor, dim: int, dtype: dtype? = None) -> tensor",
       "y_i = x_0 + ... + x_i along dim.", .vjp = cumsum_vjp, .in_place = true, .hosted = true)
AdjTensor *op_cumsum(AdjTensor *input, int64_t dim, AdjDtype dtype)
{
    return running(input, dim, sum_dtype(input, dtype), sum_f32, sum_f64, sum_i64);
}

static void logcumsumexp_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    // dx = e^x times the sum from the end of dy e^-y, kept in logarithms: dy split by sign.
    AdjTensor *x = adj_saved_in(n, 0), *y = adj_saved_out(n, 0),
              *none = adj_number(ADJ_F(-INFINITY));
    AdjTensor *zero = adj_number(ADJ_F(0)), *part[2];
    int64_t dim = n->arg[0].i;
    for (int sign = 0; sign < 2; sign++) {
        AdjTensor *g = sign ? adj_neg(dy[0]) : dy[0];
        AdjTensor *positive = adj_gt(g, zero);
        AdjTensor *logs = adj_log(adj_where(positive, g, adj_number(ADJ_F(1))));
        // Where y is -inf as well, the difference would be NaN and spoil the sum of the
        // adjoints.
        AdjTensor *back = adj_where(positive, adj_sub(logs, y, ADJ_I(1)), none);
        part[sign] = adj_exp(
            adj_add(reversed(adj_logcumsumexp(reversed(back, dim), dim), dim), x, ADJ_I(1)));
    }
    dx[0] = adj_sub(part[0], part[1], ADJ_I(1));
}

ADJ_OP(logcumsumexp, "(input: tensor, dim: int) -> tensor",
       "y_i = log(e^x_0 + ... + e^x_i) along dim, without overflow on the way.",
       .vjp = logcumsumexp_vjp, .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_OUT(0), .hosted = true)
AdjTensor *op_logcumsumexp(AdjTensor *input, int64_t dim)
{
    AdjDtype t = (AdjDtype)input->dtype;
    if (!adj_dtype_is_float(t)) {
        return adj_fail(ADJ_E_DTYPE, "logcumsumexp: not implemented for %s", adj_dtype_name(t));
    }
    return running(input, dim, t, logsum_f32, logsum_f64, NULL);
}

// ---------------------------------------------------------------- products

// Products leave out one factor after another when a factor is 0: division by it says nothing.
static bool has_zero(AdjTensor *x)
{
    AdjTensor *all = adj_all(x, ADJ_ALL, false);
    return all && adj_item(all) == 0;
}

// [x] with 1 in place of the element at [k] along [dim].
static AdjTensor *without(AdjTensor *x, int64_t dim, int64_t k)
{
    AdjTensor *places = adj_arange(ADJ_I(0), ADJ_I(adj_size(x, dim)), ADJ_I(1), ADJ_I64);
    AdjShape line = {x->ndim, {0}};
    for (int d = 0; d < x->ndim; d++) line.at[d] = d == dim ? x->sizes[dim] : 1;
    AdjTensor *here = adj_eq(adj_reshape(places, line), adj_number(ADJ_I(k)));
    return adj_where(here, adj_number(ADJ_F(1)), x);
}

static void cumprod_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjTensor *x = adj_saved_in(n, 0), *y = adj_saved_out(n, 0);
    int64_t dim = n->arg[0].i;
    if (!x || !y) return;
    if (x->ndim == 0) {
        dx[0] = dy[0];
        return;
    }
    if (dim < 0) dim += x->ndim;
    if (!has_zero(x)) {
        dx[0] = adj_div(sum_from_end(adj_mul(dy[0], y), dim), x, NULL);
        return;
    }
    int64_t length = x->sizes[dim];
    AdjTensors parts = {(int)length, adj_scope_memory((size_t)length * sizeof(AdjTensor *))};
    for (int64_t k = 0; parts.at && k < length; k++) {
        AdjTensor *rest = adj_cumprod(without(x, dim, k), dim, ADJ_SAME);
        AdjTensor *terms = adj_narrow(adj_mul(dy[0], rest), dim, k, length - k);
        parts.at[k] = adj_sum(terms, adj_axis(dim), true, ADJ_SAME);
        if (!parts.at[k]) return;
    }
    if (parts.at) dx[0] = adj_cat(parts, dim);
}

ADJ_OP(cumprod, "(input: tensor, dim: int, dtype: dtype? = None) -> tensor",
       "y_i = x_0 ... x_i along dim.", .vjp = cumprod_vjp,
       .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_OUT(0), .in_place = true, .hosted = true)
AdjTensor *op_cumprod(AdjTensor *input, int64_t dim, AdjDtype dtype)
{
    return running(input, dim, sum_dtype(input, dtype), product_f32, product_f64, product_i64);
}

// The product of all but each element: of those before times those after.
static AdjTensor *product_of_others(AdjTensor *x, int64_t dim)
{
    int64_t length = x->sizes[dim];
    AdjShape one = adj_shape(x);
    one.at[dim] = 1;
    AdjTensor *ones = adj_ones(one, adj_dtype(x)), *back = reversed(x, dim);
    AdjTensor *before = adj_cumprod(adj_narrow(x, dim, 0, length - 1), dim, ADJ_SAME);
    AdjTensor *after = adj_cumprod(adj_narrow(back, dim, 0, length - 1), dim, ADJ_SAME);
    before = adj_cat((AdjTensors){2, (AdjTensor *[]){ones, before}}, dim);
    after = adj_cat((AdjTensors){2, (AdjTensor *[]){ones, after}}, dim);
    return adj_mul(before, reversed(after, dim));
}

static void prod_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjTensor *x = adj_saved_in(n, 0), *y = adj_saved_out(n, 0);
    int64_t dim = n->arg[0].i;
    if (!x || !y) return;
    bool full = dim == ADJ_NO_INT;
    AdjTensor *flat = full ? adj_reshape(x, ADJ_SHAPE(-1)) : x;
    if (full) dim = 0;
    if (!flat || flat->ndim == 0) {
        dx[0] = dy[0];
        return;
    }
    if (dim < 0) dim += flat->ndim;
    bool kept = !full && n->arg[1].b;
    AdjTensor *g = full ? dy[0] : adj_keep_axis(dy[0], flat->ndim, dim, kept);
    y = full ? y : adj_keep_axis(y, flat->ndim, dim, kept);
    if (flat->sizes[dim] == 0)
        dx[0] = adj_zeros_of(n->in[0].shape, adj_dtype(y));
    else if (has_zero(flat))
        dx[0] = adj_mul(g, product_of_others(flat, dim));
    else
        dx[0] = adj_div(adj_mul(g, y), flat, NULL);
    if (full) dx[0] = adj_reshape(dx[0], n->in[0].shape);
}

ADJ_OP(
    prod,
    "(input: tensor, dim: int? = None, keepdim: bool = False, dtype: dtype? = None) -> tensor",
    "Product along dim, of all elements without it.", .torch = "Prod+dim", .vjp = prod_vjp,
    .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_OUT(0))
AdjTensor *op_prod(AdjTensor *input, int64_t dim, bool keepdim, AdjDtype dtype)
{
    AdjLayout l;
    dtype = sum_dtype(input, dtype);
    AdjDtype compute = adj_dtype_is_float(dtype) ? wide_dtype(dtype) : ADJ_I64;
    unsigned mask = input->ndim ? (1u << input->ndim) - 1 : 0;
    if (dim != ADJ_NO_INT) {
        if (!adj_wrap_dim(&dim, input->ndim)) return NULL;
        if (input->ndim) mask = 1u << dim;
    }
    if (!adj_layout(input, mask, keepdim, compute, false, &l)) return NULL;
    AdjTensor *y = adj_new(l.shape, compute);
    if (!y) return NULL;
    AdjReduceCall c = {.kind = ADJ_R_PRODUCT,
                       .dtype = compute,
                       .outer = l.outer,
                       .n = l.n,
                       .inner = l.inner,
                       .x = l.data,
                       .y = adj_ptr(y),
                       .divisor = 1};
    return ADJ_RUN(adj_device_of(y), reduce, &c) ? adj_to(y, dtype) : NULL;
}

// ---------------------------------------------------------------- running extremes

// Of equal elements the last is the place; a NaN stays once it is met.
#define RUNNING_EXTREME(name, type, better)                                      \
    static void name(int64_t i, const void *arg)                                 \
    {                                                                            \
        const Lines *l = arg;                                                    \
        int64_t first = i / l->inner * l->n * l->inner + i % l->inner, best = 0; \
        const type *x = (const type *)adj_ptr(l->x) + first;                     \
        type *y = (type *)adj_ptr(l->y) + first, a = x[0];                       \
        int64_t *at = (int64_t *)adj_ptr(l->at) + first;                         \
        for (int64_t k = 0; k < l->n; k++) {                                     \
            const type b = x[k * l->inner];                                      \
            if (b != b || (a == a && (better))) a = b, best = k;                 \
            y[k * l->inner] = a;                                                 \
            at[k * l->inner] = best;                                             \
        }                                                                        \
    }
RUNNING_EXTREME(cummax_f32, float, b >= a)
RUNNING_EXTREME(cummax_f64, double, b >= a)
RUNNING_EXTREME(cummax_i64, int64_t, b >= a)
RUNNING_EXTREME(cummin_f32, float, b <= a)
RUNNING_EXTREME(cummin_f64, double, b <= a)
RUNNING_EXTREME(cummin_i64, int64_t, b <= a)

static AdjTensors running_extreme(AdjTensor *x, int64_t dim, const AdjPiece *bodies)
{
    Lines l;
    AdjDtype t = (AdjDtype)x->dtype, compute = adj_dtype_is_float(t) ? wide_dtype(t) : ADJ_I64;
    if (!adj_wrap_dim(&dim, x->ndim) || !make_lines(x, dim, compute, true, &l))
        return (AdjTensors){0, NULL};
    AdjPiece body = bodies[compute == ADJ_F32 ? 0 : compute == ADJ_F64 ? 1 : 2];
    adj_each_piece(l.x->numel ? l.outer * l.inner : 0, l.x->numel, body, &l);
    return adj_list(2, (AdjTensor *[]){adj_to(l.y, t), l.at});
}

static void cummax_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] = adj_scatter_back(dy[0], n->in[0].shape, adj_saved_out(n, 1), n->arg[0].i, true);
}

ADJ_OP(cummax, "(input: tensor, dim: int) -> (values: tensor, indices: tensor)",
       "The greatest element so far along dim, and its place.", .vjp = cummax_vjp,
       .saves = ADJ_SAVE_OUT(1), .hosted = true)
AdjTensors op_cummax(AdjTensor *input, int64_t dim)
{
    return running_extreme(input, dim, (AdjPiece[]){cummax_f32, cummax_f64, cummax_i64});
}

ADJ_OP(cummin, "(input: tensor, dim: int) -> (values: tensor, indices: tensor)",
       "The least element so far along dim, and its place.", .vjp = cummax_vjp,
       .saves = ADJ_SAVE_OUT(1), .hosted = true)
AdjTensors op_cummin(AdjTensor *input, int64_t dim)
{
    return running_extreme(input, dim, (AdjPiece[]){cummin_f32, cummin_f64, cummin_i64});
}

// ---------------------------------------------------------------- differences and areas

ADJ_OP(diff,
       "(input: tensor, n: int = 1, dim: int = -1, prepend: tensor? = None, "
       "append: tensor? = None) -> tensor",
       "x_{i+1} - x_i along dim, n times over.")
AdjTensor *op_diff(AdjTensor *input, int64_t n, int64_t dim, AdjTensor *prepend,
                   AdjTensor *append)
{
    if (input->ndim == 0) {
        return adj_fail(ADJ_E_RUNTIME, "diff: expects input to be at least one-dimensional");
    }
    if (n < 0) {
        return adj_fail(ADJ_E_RUNTIME, "diff: order must be non-negative but got %lld",
                        (long long)n);
    }
    if (!adj_wrap_dim(&dim, input->ndim)) return NULL;
    AdjTensor *x = input;
    if (prepend) x = adj_cat((AdjTensors){2, (AdjTensor *[]){prepend, x}}, dim);
    if (append) x = adj_cat((AdjTensors){2, (AdjTensor *[]){x, append}}, dim);
    for (int64_t i = 0; x && i < n && (i == 0 || x->sizes[dim]); i++) {
        int64_t length = x->sizes[dim] ? x->sizes[dim] - 1 : 0, skip = x->sizes[dim] ? 1 : 0;
        AdjTensor *left = adj_narrow(x, dim, 0, length),
                  *right = adj_narrow(x, dim, skip, length);
        x = input->dtype == ADJ_BOOL ? adj_logical_xor(right, left)
                                     : adj_sub(right, left, ADJ_I(1));
    }
    return x;
}

// The trapezoids between neighbours along [dim].
static AdjTensor *trapezoids(AdjTensor *y, AdjTensor *x, double dx, int64_t dim)
{
    int64_t length = y->sizes[dim] ? y->sizes[dim] - 1 : 0, skip = y->sizes[dim] ? 1 : 0;
    AdjTensor *sides =
        adj_add(adj_narrow(y, dim, 0, length), adj_narrow(y, dim, skip, length), ADJ_I(1));
    if (!x) return adj_mul(sides, adj_number(ADJ_F(dx / 2)));
    AdjTensor *width = adj_diff(x, 1, x->ndim == 1 ? 0 : dim, NULL, NULL);
    if (width && x->ndim == 1 && y->ndim > 1) {
        AdjShape shape = {y->ndim, {0}};
        for (int d = 0; d < y->ndim; d++) shape.at[d] = d == dim ? length : 1;
        width = adj_reshape(width, shape);
    }
    return adj_div(adj_mul(sides, width), adj_number(ADJ_F(2)), NULL);
}

ADJ_OP(trapezoid, "(y: tensor, x: tensor? = None, *, dx: float = 1, dim: int = -1) -> tensor",
       "Area under y along dim by trapezoids, at the places x or at steps of dx.",
       .aliases = "trapz")
AdjTensor *op_trapezoid(AdjTensor *y, AdjTensor *x, double dx, int64_t dim)
{
    if (!adj_wrap_dim(&dim, y->ndim)) return NULL;
    if (y->ndim == 0)
        return adj_fail(ADJ_E_RUNTIME, "trapezoid: expects y with at least one axis");
    return adj_sum(trapezoids(y, x, dx, dim), adj_axis(dim), false, ADJ_SAME);
}

ADJ_OP(cumulative_trapezoid,
       "(y: tensor, x: tensor? = None, *, dx: float = 1, dim: int = -1) -> tensor",
       "Area under y so far along dim by trapezoids.")
AdjTensor *op_cumulative_trapezoid(AdjTensor *y, AdjTensor *x, double dx, int64_t dim)
{
    if (!adj_wrap_dim(&dim, y->ndim)) return NULL;
    if (y->ndim == 0)
        return adj_fail(ADJ_E_RUNTIME,
                        "cumulative_trapezoid: expects y with at least one axis");
    return adj_cumsum(trapezoids(y, x, dx, dim), dim, ADJ_SAME);
}
