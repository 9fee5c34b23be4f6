// SPDX-License-Identifier: Apache-2.0
// reduce.c: sums, means, variances, products and norms.
//
// Axes that go away and are neighbours in a tensor without gaps reduce in place; anything else
// is first copied so that they come last. Gradients go the other way by broadcasting: the
// gradient of a sum is the incoming gradient seen through an axis of stride 0, nothing is
// written.
#include "ops/reduce/reduce.h"

static const AdjShape all_axes = {-1, {0}};

// ---------------------------------------------------------------- layout

bool adj_axes(AdjShape dims, int ndim, unsigned *mask)
{
    *mask = 0;
    if (dims.n <= 0) {
        *mask = (1u << ndim) - 1;
        return true;
    }
    for (int i = 0; i < dims.n; i++) {
        int64_t d = dims.at[i];
        if (!adj_wrap_dim(&d, ndim)) return false;
        if (*mask & 1u << d) {
            return adj_fail(ADJ_E_RUNTIME,
                            "%s: dim %lld appears multiple times in the list of dims",
                            adj_op_name(), (long long)d);
        }
        *mask |= 1u << d;
    }
    return true;
}

static AdjTensor *permuted(AdjTensor *x, unsigned mask)
{
    AdjShape order = {0, {0}};
    for (int d = 0; d < x->ndim; d++)
        if (!(mask & 1u << d)) order.at[order.n++] = d;
    for (int d = 0; d < x->ndim; d++)
        if (mask & 1u << d) order.at[order.n++] = d;
    return adj_contiguous(adj_permute(x, order));
}

static void result_shapes(AdjLayout *l, const AdjTensor *x, unsigned mask, bool keepdim)
{
    l->shape.n = l->kept.n = 0;
    for (int d = 0; d < x->ndim; d++) {
        bool gone = mask & 1u << d;
        l->kept.at[l->kept.n++] = gone ? 1 : x->sizes[d];
        if (!gone) l->shape.at[l->shape.n++] = x->sizes[d];
    }
    if (keepdim) l->shape = l->kept;
}

// True when the axes of [mask] are neighbours; finds the sizes around them.
static bool neighbours(const AdjTensor *x, unsigned mask, AdjLayout *l)
{
    int d = 0;
    l->outer = l->n = l->inner = 1;
    for (; d < x->ndim && !(mask & 1u << d); d++) l->outer *= x->sizes[d];
    for (; d < x->ndim && mask & 1u << d; d++) l->n *= x->sizes[d];
    for (; d < x->ndim; d++) {
        if (mask & 1u << d) return false;
        l->inner *= x->sizes[d];
    }
    return true;
}

// When every axis goes away the order of elements does not matter: a transposed tensor is as
// good.
static const void *dense_data(AdjTensor *x)
{
    AdjIter it;
    adj_iter_make(&it, 1, &x);
    bool dense =
        it.ndim == 1 && it.strides[0][0] == (int64_t)adj_dtype_size((AdjDtype)x->dtype);
    return dense || x->numel == 1 ? it.data[0] : NULL;
}

bool adj_layout(AdjTensor *x, unsigned mask, bool keepdim, AdjDtype dtype, bool rows,
                AdjLayout *l)
{
    result_shapes(l, x, mask, keepdim);
    if (x->dtype != dtype && !(x = adj_to(x, dtype))) return false;
    bool in_place = neighbours(x, mask, l) && (!rows || l->inner == 1);
    bool contiguous = adj_is_contiguous(x);
    l->x = x;
    l->data = adj_ptr(x);
    if (in_place && contiguous) return true;
    if (l->outer == 1 && l->inner == 1 && in_place && (l->data = dense_data(x))) return true;
    if (in_place) {
        l->x = adj_contiguous(x);
    } else {
        l->x = permuted(x, mask);
        l->n = l->inner = 1;
        for (int d = 0; d < x->ndim; d++)
            if (mask & 1u << d) l->n *= x->sizes[d];
        l->outer = adj_shape_numel(l->kept);
    }
    if (!l->x) return false;
    l->data = adj_ptr(l->x);
    return true;
}

bool adj_nonempty(const AdjTensor *x, unsigned mask)
{
    for (int d = 0; d < x->ndim; d++) {
        if (!(mask & 1u << d) || x->sizes[d]) continue;
        if (mask == (1u << x->ndim) - 1 && x->ndim != 1) {
            return adj_fail(
                ADJ_E_INDEX,
                "%s: Expected reduction dim to be specified for input.numel() == 0. Specify "
                "the reduction dim with the 'dim' argument.",
                adj_op_name());
        }
        return adj_fail(ADJ_E_INDEX, "%s: Expected reduction dim %d to have non-zero size.",
                        adj_op_name(), d);
    }
    return true;
}

AdjTensor *adj_keep_axes(AdjTensor *g, AdjShape shape, AdjShape dims, bool keepdim)
{
    unsigned mask;
    if (!g || keepdim || shape.n == 0) return g;
    if (!adj_axes(dims, shape.n, &mask)) return NULL;
    for (int d = 0; d < shape.n; d++)
        if (mask & 1u << d) shape.at[d] = 1;
    return adj_reshape(g, shape);
}

AdjTensor *adj_keep_axis(AdjTensor *g, int ndim, int64_t dim, bool keepdim)
{
    return keepdim || ndim == 0 ? g : adj_unsqueeze(g, dim);
}

AdjTensors adj_list(int n, AdjTensor *const *t)
{
    AdjTensors list = {n, adj_scope_memory((size_t)n * sizeof *t)};
    for (int i = 0; i < n; i++)
        if (!t[i]) return (AdjTensors){0, NULL};
    if (!list.at) return (AdjTensors){0, NULL};
    memcpy(list.at, t, (size_t)n * sizeof *t);
    return list;
}

AdjTensor *adj_scatter_back(AdjTensor *dy, AdjShape shape, AdjTensor *indices, int64_t dim,
                            bool keepdim)
{
    if (!dy || !indices) return NULL;
    AdjTensor *zeros = adj_zeros_of(shape, adj_dtype(dy));
    if (!zeros) return NULL;
    if (shape.n == 0) return dy;
    return adj_scatter_add(zeros, dim, adj_keep_axis(indices, shape.n, dim, keepdim),
                           adj_keep_axis(dy, shape.n, dim, keepdim));
}

// ---------------------------------------------------------------- the common reduction

// What is asked of a reduction besides operand and axes.
typedef struct Want {
    AdjReduction kind;
    AdjDtype result;     // of the result
    const AdjTensor *m;  // a value per result in the type kernels read, or NULL
    double p, divisor;
    bool root;
} Want;

static AdjDtype kernel_dtype(AdjDtype t)
{
    t = adj_compute_dtype(t);
    return t == ADJ_I32 || t == ADJ_U8 ? ADJ_I64 : t;
}

static AdjTensor *reduce(AdjTensor *x, AdjShape dims, bool keepdim, Want w)
{
    unsigned mask;
    AdjLayout l;
    AdjDtype compute = kernel_dtype(w.result);
    if (!adj_axes(dims, x->ndim, &mask) || !adj_layout(x, mask, keepdim, compute, false, &l))
        return NULL;
    AdjTensor *y = adj_new(l.shape, compute);
    if (!y) return NULL;
    AdjReduceCall c = {.kind = w.kind,
                       .dtype = compute,
                       .outer = l.outer,
                       .n = l.n,
                       .inner = l.inner,
                       .x = l.data,
                       .m = w.m ? adj_ptr(w.m) : NULL,
                       .y = adj_ptr(y),
                       .p = w.p,
                       .divisor = w.divisor ? w.divisor : 1,
                       .root = w.root};
    if (!ADJ_RUN(adj_device_of(y), reduce, &c)) return NULL;
    return compute == w.result ? y : adj_to_copy(y, w.result, NULL);
}

// How many elements make one result.
static int64_t count(AdjShape shape, AdjShape dims)
{
    unsigned mask;
    int64_t n = 1;
    if (!adj_axes(dims, shape.n, &mask)) return 1;
    for (int d = 0; d < shape.n; d++)
        if (mask & 1u << d) n *= shape.at[d];
    return n;
}

// [g] seen in the shape it was reduced from.
static AdjTensor *spread(AdjTensor *g, AdjShape shape, AdjShape dims, bool keepdim)
{
    return adj_expand(adj_keep_axes(g, shape, dims, keepdim), shape);
}

// ---------------------------------------------------------------- sums

// Whole numbers and bool sum to int64.
static AdjDtype sum_dtype(const AdjTensor *x, AdjDtype wanted)
{
    if (wanted != ADJ_SAME) return wanted;
    return adj_is_float(x) ? (AdjDtype)x->dtype : ADJ_I64;
}

static void sum_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] = spread(dy[0], n->in[0].shape, n->arg[0].ints, n->arg[1].b);
}

ADJ_OP(
    sum,
    "(input: tensor, dim: ints? = None, keepdim: bool = False, dtype: dtype? = None) -> tensor",
    "Sum over the axes in dim, over all without it. Whole numbers and bool sum to int64.",
    .vjp = sum_vjp, .torch = "Sum+dim")
AdjTensor *op_sum(AdjTensor *input, AdjShape dim, bool keepdim, AdjDtype dtype)
{
    dtype = sum_dtype(input, dtype);
    if (dtype == ADJ_BOOL) return adj_any(input, dim, keepdim);
    return reduce(input, dim, keepdim, (Want){.kind = ADJ_R_SUM, .result = dtype});
}

AdjTensor *adj_sum_to(AdjTensor *g, AdjShape shape)
{
    if (!g) return NULL;
    AdjShape from = adj_shape(g), dims = {0, {0}};
    int missing = from.n - shape.n;
    if (missing == 0 && adj_shape_equal(from, shape)) return g;
    for (int d = 0; d < from.n; d++) {
        bool repeated = d < missing || (shape.at[d - missing] == 1 && from.at[d] != 1);
        if (repeated) dims.at[dims.n++] = d;
    }
    if (dims.n) g = adj_sum(g, dims, false, ADJ_SAME);
    return g && adj_shape_equal(adj_shape(g), shape) ? g : adj_reshape(g, shape);
}

static void nansum_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjTensor *x = adj_saved_in(n, 0);
    AdjTensor *g = spread(dy[0], n->in[0].shape, n->arg[0].ints, n->arg[1].b);
    dx[0] = adj_where(adj_isnan(x), adj_number(ADJ_F(0)), g);
}

ADJ_OP(
    nansum,
    "(input: tensor, dim: ints? = None, keepdim: bool = False, dtype: dtype? = None) -> tensor",
    "Sum over the axes in dim that counts NaN as 0.", .vjp = nansum_vjp,
    .saves = ADJ_SAVE_IN(0))
AdjTensor *op_nansum(AdjTensor *input, AdjShape dim, bool keepdim, AdjDtype dtype)
{
    dtype = sum_dtype(input, dtype);
    AdjReduction kind = adj_dtype_is_float(dtype) ? ADJ_R_NANSUM : ADJ_R_SUM;
    return reduce(input, dim, keepdim, (Want){.kind = kind, .result = dtype});
}

static bool check_float(const char *op, AdjDtype t)
{
    if (adj_dtype_is_float(t)) return true;
    return adj_fail(
        ADJ_E_DTYPE,
        "%s: could not infer output dtype. Input dtype must be either a floating point or "
        "complex dtype. Got: %s",
        op, adj_dtype_name(t));
}

static void mean_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    int64_t k = count(n->in[0].shape, n->arg[0].ints);
    AdjTensor *g = adj_div(dy[0], adj_number(ADJ_F((double)k)), NULL);
    dx[0] = spread(g, n->in[0].shape, n->arg[0].ints, n->arg[1].b);
}

ADJ_OP(
    mean,
    "(input: tensor, dim: ints? = None, keepdim: bool = False, dtype: dtype? = None) -> tensor",
    "Mean over the axes in dim, over all without it. The mean of nothing is NaN.",
    .vjp = mean_vjp, .torch = "Mean+dim")
AdjTensor *op_mean(AdjTensor *input, AdjShape dim, bool keepdim, AdjDtype dtype)
{
    if (dtype == ADJ_SAME) dtype = (AdjDtype)input->dtype;
    if (!check_float("mean", dtype)) return NULL;
    double k = (double)count(adj_shape(input), dim);
    AdjTensor *y =
        reduce(input, dim, keepdim, (Want){.kind = ADJ_R_SUM, .result = dtype, .divisor = k});
    if (!y || k != 0) return y;
    return adj_div(y, adj_number(ADJ_F(0)), NULL);
}

ADJ_OP(
    nanmean,
    "(input: tensor, dim: ints? = None, keepdim: bool = False, dtype: dtype? = None) -> tensor",
    "Mean over the axes in dim of the elements that are not NaN.")
AdjTensor *op_nanmean(AdjTensor *input, AdjShape dim, bool keepdim, AdjDtype dtype)
{
    if (!check_float("nanmean", dtype == ADJ_SAME ? (AdjDtype)input->dtype : dtype))
        return NULL;
    AdjTensor *counted = adj_sum(adj_logical_not(adj_isnan(input)), dim, keepdim, ADJ_SAME);
    return adj_div(adj_nansum(input, dim, keepdim, dtype), counted, NULL);
}

// ---------------------------------------------------------------- variance

// The divisor of the variance of [shape] over [dims].
static double degrees(AdjShape shape, AdjShape dims, bool unbiased, AdjScalar correction)
{
    double c = correction.kind != ADJ_S_NONE ? correction.f : unbiased ? 1 : 0;
    double n = (double)count(shape, dims) - c;
    return n > 0 ? n : 0;
}

static AdjTensor *variance(AdjTensor *x, AdjShape dims, bool keepdim, double divisor, bool root)
{
    AdjDtype t = (AdjDtype)x->dtype, compute = adj_compute_dtype(t);
    if (!adj_dtype_is_float(t)) {
        return adj_fail(ADJ_E_DTYPE,
                        "%s: std and var only support floating point and complex dtypes",
                        adj_op_name());
    }
    AdjTensor *wide = adj_to(x, compute);
    AdjTensor *mean = wide ? op_mean(wide, dims, keepdim, ADJ_SAME) : NULL;
    if (!mean) return NULL;
    Want w = {.kind = ADJ_R_DEVIATIONS,
              .result = compute,
              .m = mean,
              .divisor = divisor,
              .root = root};
    if (divisor > 0) return adj_to(reduce(wide, dims, keepdim, w), t);
    AdjTensor *y = adj_div(reduce(wide, dims, keepdim, w), adj_number(ADJ_F(0)), NULL);
    return adj_to(root ? adj_sqrt(y) : y, t);
}

// d var = 2 (x - mean) / degrees; [g] has the shape of the result.
static AdjTensor *variance_dx(AdjNode *n, AdjTensor *g)
{
    AdjTensor *x = adj_saved_in(n, 0);
    AdjShape dims = n->arg[0].ints, shape = n->in[0].shape;
    double d = degrees(shape, dims, n->arg[1].b, n->arg[3].num);
    AdjTensor *centred = adj_sub(x, adj_mean(x, dims, true, ADJ_SAME), ADJ_I(1));
    AdjTensor *scaled =
        adj_mul(adj_keep_axes(g, shape, dims, n->arg[2].b), adj_number(ADJ_F(2 / d)));
    return adj_mul(scaled, centred);
}

static void var_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] = variance_dx(n, dy[0]);
}

ADJ_OP(var,
       "(input: tensor, dim: ints? = None, unbiased: bool = True, keepdim: bool = False, *, "
       "correction: scalar? = None) -> tensor",
       "Variance: sum of (x - mean)^2 over N - correction; correction is 1 unless unbiased is "
       "False.",
       .vjp = var_vjp, .saves = ADJ_SAVE_IN(0))
AdjTensor *op_var(AdjTensor *input, AdjShape dim, bool unbiased, bool keepdim,
                  AdjScalar correction)
{
    double d = degrees(adj_shape(input), dim, unbiased, correction);
    return variance(input, dim, keepdim, d, false);
}

static void std_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjTensor *y = adj_saved_out(n, 0), *zero = adj_number(ADJ_F(0));
    AdjTensor *g = adj_div(dy[0], adj_mul(y, adj_number(ADJ_F(2))), NULL);
    dx[0] = variance_dx(n, adj_where(adj_eq(y, zero), zero, g));
}

ADJ_OP(std,
       "(input: tensor, dim: ints? = None, unbiased: bool = True, keepdim: bool = False, *, "
       "correction: scalar? = None) -> tensor",
       "Standard deviation, the square root of var.", .vjp = std_vjp,
       .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_OUT(0))
AdjTensor *op_std(AdjTensor *input, AdjShape dim, bool unbiased, bool keepdim,
                  AdjScalar correction)
{
    double d = degrees(adj_shape(input), dim, unbiased, correction);
    return variance(input, dim, keepdim, d, true);
}

ADJ_OP(var_mean,
       "(input: tensor, dim: ints? = None, unbiased: bool = True, keepdim: bool = False, *, "
       "correction: scalar? = None) -> (var: tensor, mean: tensor)",
       "Variance and mean.", .no_method = true)
AdjTensors op_var_mean(AdjTensor *input, AdjShape dim, bool unbiased, bool keepdim,
                       AdjScalar correction)
{
    return adj_list(2, (AdjTensor *[]){adj_var(input, dim, unbiased, keepdim, correction),
                                       adj_mean(input, dim, keepdim, ADJ_SAME)});
}

ADJ_OP(std_mean,
       "(input: tensor, dim: ints? = None, unbiased: bool = True, keepdim: bool = False, *, "
       "correction: scalar? = None) -> (std: tensor, mean: tensor)",
       "Standard deviation and mean.", .no_method = true)
AdjTensors op_std_mean(AdjTensor *input, AdjShape dim, bool unbiased, bool keepdim,
                       AdjScalar correction)
{
    return adj_list(2, (AdjTensor *[]){adj_std(input, dim, unbiased, keepdim, correction),
                                       adj_mean(input, dim, keepdim, ADJ_SAME)});
}

// ---------------------------------------------------------------- questions

// The truth of every element over the axes: any by the maximum, all by the minimum.
static AdjTensor *truth(AdjReduction kind, AdjTensor *x, AdjShape dims, bool keepdim)
{
    AdjDtype result = x->dtype == ADJ_U8 ? ADJ_U8 : ADJ_BOOL;
    AdjTensor *b = x->dtype == ADJ_BOOL ? x : adj_ne(x, adj_number(ADJ_I(0)));
    AdjTensor *y =
        b ? reduce(b, dims, keepdim, (Want){.kind = kind, .result = ADJ_BOOL}) : NULL;
    if (y && kind == ADJ_R_MIN)
        y = adj_ne(y, adj_number(ADJ_I(0)));  // the minimum of nothing is 255
    return y && result == ADJ_U8 ? adj_to(y, ADJ_U8) : y;
}

ADJ_OP(any, "(input: tensor, dim: ints? = None, keepdim: bool = False) -> tensor",
       "Whether any element over the axes in dim is nonzero.", .no_grad = true)
AdjTensor *op_any(AdjTensor *input, AdjShape dim, bool keepdim)
{
    return truth(ADJ_R_MAX, input, dim, keepdim);
}

ADJ_OP(all, "(input: tensor, dim: ints? = None, keepdim: bool = False) -> tensor",
       "Whether all elements over the axes in dim are nonzero.", .no_grad = true)
AdjTensor *op_all(AdjTensor *input, AdjShape dim, bool keepdim)
{
    return truth(ADJ_R_MIN, input, dim, keepdim);
}

ADJ_OP(count_nonzero, "(input: tensor, dim: ints? = None) -> tensor",
       "How many elements over the axes in dim are nonzero.", .no_grad = true)
AdjTensor *op_count_nonzero(AdjTensor *input, AdjShape dim)
{
    return adj_sum(adj_ne(input, adj_number(ADJ_I(0))), dim, false, ADJ_SAME);
}

// ---------------------------------------------------------------- norms

static AdjTensor *norm_value(AdjTensor *x, double p, AdjShape dims, bool keepdim)
{
    AdjDtype t = (AdjDtype)x->dtype, compute = adj_compute_dtype(t);
    Want w = {.result = compute, .p = p, .root = p == 2};
    w.kind = p == 2           ? ADJ_R_SQUARES
             : p == 1         ? ADJ_R_ABSOLUTES
             : p == 0         ? ADJ_R_NONZEROS
             : p == INFINITY  ? ADJ_R_ABSMAX
             : p == -INFINITY ? ADJ_R_ABSMIN
                              : ADJ_R_POWERS;
    AdjTensor *y = reduce(x, dims, keepdim, w);
    if (y && w.kind == ADJ_R_POWERS) y = adj_pow(y, adj_number(ADJ_F(1 / p)));
    return y ? adj_to(y, t) : NULL;
}

// The elements that reach the extreme share its gradient.
static AdjTensor *extreme_dx(AdjTensor *a, AdjTensor *y, AdjTensor *g, AdjShape dims)
{
    AdjTensor *mask = adj_to(adj_eq(a, y), adj_dtype(a));
    return adj_mul(mask, adj_div(g, adj_sum(mask, dims, true, ADJ_SAME), NULL));
}

static void norm_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjShape dims = n->arg[1].ints, shape = n->in[0].shape;
    double p = n->arg[0].num.f;
    AdjTensor *x = adj_saved_in(n, 0), *zero = adj_number(ADJ_F(0));
    AdjTensor *y = adj_keep_axes(adj_saved_out(n, 0), shape, dims, n->arg[2].b);
    AdjTensor *g = adj_keep_axes(dy[0], shape, dims, n->arg[2].b);
    if (!x || !y || !g) return;
    x = adj_to(x, adj_dtype(y));
    if (p == 0) {
        dx[0] = adj_zeros_of(shape, adj_dtype(y));
    } else if (p == 1) {
        dx[0] = adj_mul(adj_sign(x), g);
    } else if (isinf(p)) {
        dx[0] = adj_mul(adj_sign(x), extreme_dx(adj_abs(x), y, g, dims));
    } else {
        AdjTensor *scale = adj_div(g, p == 2 ? y : adj_pow(y, adj_number(ADJ_F(p - 1))), NULL);
        AdjTensor *safe = adj_where(adj_eq(y, zero), zero, scale);
        if (p == 2)
            dx[0] = adj_mul(x, safe);
        else if (p > 1)
            dx[0] = adj_mul(adj_mul(adj_sign(x), adj_pow(adj_abs(x), adj_number(ADJ_F(p - 1)))),
                            safe);
        else {
            AdjTensor *power = adj_pow(adj_abs(x), adj_number(ADJ_F(p - 1)));
            power = adj_where(adj_eq(x, zero), zero, power);
            dx[0] = adj_mul(adj_mul(adj_sign(x), power), safe);
        }
    }
}

ADJ_OP(
    norm,
    "(input: tensor, p: scalar = 2, dim: ints? = None, keepdim: bool = False, "
    "dtype: dtype? = None) -> tensor",
    "(sum |x|^p)^(1/p) over the axes in dim: 2 is the length, inf the greatest |x|, 0 counts "
    "nonzeros. The gradient at length 0 is 0.",
    .vjp = norm_vjp, .torch = "LinalgVectorNorm", .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_OUT(0))
AdjTensor *op_norm(AdjTensor *input, AdjScalar p, AdjShape dim, bool keepdim, AdjDtype dtype)
{
    AdjTensor *x = dtype == ADJ_SAME ? input : adj_to(input, dtype);
    if (!x) return NULL;
    if (!adj_is_float(x)) {
        return adj_fail(ADJ_E_DTYPE,
                        "%s: Expected a floating point or complex tensor as input. Got %s",
                        adj_op_name(), adj_dtype_name((AdjDtype)x->dtype));
    }
    unsigned mask;
    if (!adj_axes(dim, x->ndim, &mask)) return NULL;
    if (isinf(p.f) && x->numel == 0 && !adj_nonempty(x, mask)) return NULL;
    return norm_value(x, p.f, dim, keepdim);
}

ADJ_OP(vector_norm,
       "(x: tensor, ord: scalar = 2, dim: ints? = None, keepdim: bool = False, *, "
       "dtype: dtype? = None) -> tensor",
       "norm, as torch.linalg names it.", .no_method = true)
AdjTensor *op_vector_norm(AdjTensor *x, AdjScalar ord, AdjShape dim, bool keepdim,
                          AdjDtype dtype)
{
    return adj_norm(x, ord, dim, keepdim, dtype);
}

ADJ_OP(dist, "(input: tensor, other: tensor, p: scalar = 2) -> tensor",
       "The p-norm of input - other.")
AdjTensor *op_dist(AdjTensor *input, AdjTensor *other, AdjScalar p)
{
    return adj_norm(adj_sub(input, other, ADJ_I(1)), p, all_axes, false, ADJ_SAME);
}
