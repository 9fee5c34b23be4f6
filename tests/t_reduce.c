// SPDX-License-Identifier: Apache-2.0
//
// Reductions, running results, sorting and what is built on them: against plain loops over
// every set of axes and layout, against exact sums, on several numbers of threads bit for bit,
// with derivatives of first and second order, and at the edges: nothing, NaN, ties, wrong axes.
#include "check.h"
#include "core/internal.h"
#include "rows.h"

#ifdef _OPENMP
#    include <omp.h>
#endif

// ---------------------------------------------------------------- against plain loops

typedef struct Fold {
    const char *name;
    double (*of)(const double *x, int n);
} Fold;

static double sum(const double *x, int n)
{
    double s = 0;
    for (int i = 0; i < n; i++) s += x[i];
    return s;
}

static double mean(const double *x, int n)
{
    return sum(x, n) / n;
}

static double product(const double *x, int n)
{
    double p = 1;
    for (int i = 0; i < n; i++) p *= x[i];
    return p;
}

static double variance(const double *x, int n)
{
    double m = mean(x, n), s = 0;
    for (int i = 0; i < n; i++) s += (x[i] - m) * (x[i] - m);
    return s / (n - 1);
}

static double deviation(const double *x, int n)
{
    return sqrt(variance(x, n));
}

static double greatest(const double *x, int n)
{
    double m = -INFINITY;
    for (int i = 0; i < n; i++) m = fmax(m, x[i]);
    return m;
}

static double least(const double *x, int n)
{
    double m = INFINITY;
    for (int i = 0; i < n; i++) m = fmin(m, x[i]);
    return m;
}

static double length(const double *x, int n)
{
    double s = 0;
    for (int i = 0; i < n; i++) s += x[i] * x[i];
    return sqrt(s);
}

static double logsumexp(const double *x, int n)
{
    double s = 0;
    for (int i = 0; i < n; i++) s += exp(x[i]);
    return log(s);
}

static double any(const double *x, int n)
{
    return n > 0 && length(x, n) > 0;
}

static double all(const double *x, int n)
{
    for (int i = 0; i < n; i++)
        if (x[i] == 0) return 0;
    return 1;
}

static const Fold folds[] = {
    {"sum", sum},      {"nansum", sum},    {"mean", mean},
    {"var", variance}, {"std", deviation}, {"amax", greatest},
    {"amin", least},   {"norm", length},   {"logsumexp", logsumexp},
    {"any", any},      {"all", all},
};

// The result of [f] over the axes of [mask], kept at length 1, by walking x element by element.
static AdjTensor *folded(const Fold *f, AdjTensor *x, unsigned mask)
{
    double line[64];
    AdjShape shape = adj_shape(x);
    for (int d = 0; d < shape.n; d++)
        if (mask & 1u << d) shape.at[d] = 1;
    AdjTensor *y = adj_new(shape, ADJ_F64);
    for (int64_t i = 0; i < adj_numel(y); i++) {
        int n = 0;
        for (int64_t k = 0; k < adj_numel(x); k++) {
            int64_t at = k, to = 0, step = 1;  // where element k of x goes
            for (int d = shape.n; d--;) {
                int64_t place = at % adj_size(x, d);
                at /= adj_size(x, d);
                if (!(mask & 1u << d)) to += place * step;
                step *= shape.at[d];
            }
            if (to == i) line[n++] = element(x, k);
        }
        ((double *)adj_data(y))[i] = f->of(line, n);
    }
    return y;
}

static void try_axes(const Fold *f, AdjTensor *x, unsigned mask, const char *layout)
{
    AdjShape dims = {0, {0}};
    for (int d = 0; d < adj_ndim(x); d++)
        if (mask & 1u << d) dims.at[dims.n++] = d % 2 ? d - adj_ndim(x) : d;  // some negative
    Call c = call_of(f->name, 1, 0);
    call_argument(&c, "dim")->ints = dims;
    call_argument(&c, "keepdim")->b = true;
    AdjTensor *y = call_run(ADJ_TENSORS(x), &c), *want = folded(f, x, mask);
    tensors_near(y, want, 1e-12, "%s over axes %u of a %s tensor", f->name, mask, layout);
    call_argument(&c, "keepdim")->b = false;
    y = call_run(ADJ_TENSORS(x), &c);
    AdjShape left = {0, {0}};
    for (int d = 0; d < adj_ndim(x); d++)
        if (!(mask & 1u << d)) left.at[left.n++] = adj_size(x, d);
    tensors_near(y, adj_reshape(want, left), 1e-12, "%s, axes %u gone", f->name, mask);
}

static void every_set_of_axes(void)
{
    AdjTensor *x = numbers(ADJ_SHAPE(2, 3, 4), -2, 2);
    AdjTensor *other = adj_permute(numbers(ADJ_SHAPE(4, 2, 3), -2, 2), ADJ_SHAPE(1, 2, 0));
    AdjTensor *spread = adj_expand(numbers(ADJ_SHAPE(2, 1, 4), -2, 2), ADJ_SHAPE(2, 3, 4));
    for (size_t i = 0; i < sizeof folds / sizeof *folds; i++)
        for (unsigned mask = 1; mask < 8; mask++) {
            try_axes(&folds[i], x, mask, "dense");
            try_axes(&folds[i], other, mask, "permuted");
            try_axes(&folds[i], spread, mask, "broadcast");
        }
    near(adj_item(adj_prod(x, ADJ_NO_INT, false, ADJ_SAME)), product(adj_data(x), 24), 1e-12,
         "prod");
}

// ---------------------------------------------------------------- accuracy and order

// A sum of many single-precision numbers is off by no more than one rounding.
static void exact_sums(void)
{
    enum { N = 100000 };
    AdjTensor *x = adj_to(numbers(ADJ_SHAPE(N), 0, 1), ADJ_F32);
    double want = 0;
    for (int i = 0; i < N; i++) want += (double)((float *)adj_data(x))[i];
    float got = *(float *)adj_data(adj_sum(x, ADJ_ALL, false, ADJ_SAME));
    ok(got == (float)want, "the sum of %d floats is the exact one, rounded", N);
    AdjTensor *far = adj_add(x, ADJ_NUM(1000), ADJ_I(1));
    near(adj_item(adj_var(far, ADJ_ALL, true, false, ADJ_NO_SCALAR)), 1 / 12.0, 1e-3,
         "variance far from 0 keeps its digits");
}

// Long rows, long columns, wide ones: all ways of cutting the work.
static void threads(void)
{
    const AdjShape shapes[] = {ADJ_SHAPE(300000), ADJ_SHAPE(5000, 13), ADJ_SHAPE(300, 700),
                               ADJ_SHAPE(2, 90000)};
    for (int i = 0; i < 4; i++) {
        AdjTensor *x = adj_to(numbers(shapes[i], -1, 1), ADJ_F32);
        for (int dim = 0; dim < shapes[i].n; dim++) {
            AdjTensor *y[3];
            for (int k = 0; k < 3; k++) {
                adj_set_threads(k + 1);
                y[k] = adj_sum(x, ADJ_SHAPE(dim), false, ADJ_SAME);
            }
            size_t bytes = (size_t)adj_numel(y[0]) * sizeof(float);
            bool same = !memcmp(adj_data(y[0]), adj_data(y[1]), bytes) &&
                        !memcmp(adj_data(y[0]), adj_data(y[2]), bytes);
            ok(same, "one, two and three threads: the same bits (%d, axis %d)", i, dim);
        }
    }
}

// ---------------------------------------------------------------- derivatives

static void derivatives_along(const char *name, int result, AdjShape shape, double lo,
                              double hi)
{
    for (int dim = -1; dim < shape.n - 1; dim++) {
        for (int keep = 0; keep < 2; keep++) {
            char what[80];
            Call c = call_of(name, 1, 2);
            c.result = result;
            if (!c.op) return;
            for (int i = 0; i < c.op->n_args; i++) {
                const AdjArg *a = &c.op->args[i];
                if (!strcmp(a->name, "dim") && a->kind == ADJ_ARG_INTS)
                    c.args[i].ints = ADJ_SHAPE(dim);
                if (!strcmp(a->name, "dim") && a->kind == ADJ_ARG_INT) c.args[i].i = dim;
                if (!strcmp(a->name, "keepdim")) c.args[i].b = keep;
            }
            snprintf(what, sizeof what, "%s along %d%s", name, dim, keep ? ", kept" : "");
            derivatives_hold(&c, ADJ_TENSORS(numbers(shape, lo, hi)), what);
        }
    }
}

static void derivatives(void)
{
    static const char *const names[] = {
        "sum",          "nansum",        "mean",        "var",           "std",     "amax",
        "amin",         "norm",          "logsumexp",   "prod",          "cumsum",  "cumprod",
        "logcumsumexp", "softmax",       "log_softmax", "softmin",       "max_dim", "min_dim",
        "median_dim",   "nanmedian_dim", "mode",        "sort",          "topk",    "kthvalue",
        "cummax",       "cummin",        "median_all",  "nanmedian_all", "diff",    "normalize",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        derivatives_along(names[i], 0, ADJ_SHAPE(3, 4), 0.5, 3);
    for (int p = 0; p < 5; p++) {
        Call c = call_of("norm", 1, 0);
        static const double ps[] = {1, 3, 1.5, INFINITY, -INFINITY};
        call_argument(&c, "p")->num = ADJ_F(ps[p]);
        derivatives_hold(&c, ADJ_TENSORS(numbers(ADJ_SHAPE(2, 3), 0.5, 3)),
                         "norm of another order");
    }
    Call c = call_of("cdist", 2, 0);
    derivatives_hold(
        &c, ADJ_TENSORS(numbers(ADJ_SHAPE(3, 2), -2, 2), numbers(ADJ_SHAPE(4, 2), -2, 2)),
        "cdist");
    c = call_of("cosine_similarity", 2, 0);
    derivatives_hold(
        &c, ADJ_TENSORS(numbers(ADJ_SHAPE(3, 2), -2, 2), numbers(ADJ_SHAPE(3, 2), -2, 2)),
        "cosine_similarity");
}

// A product with zeros in it still has a derivative: of the others.
static void zeros_in_products(void)
{
    AdjTensor *x = adj_from((double[]){2, 0, 3, 4}, ADJ_SHAPE(4), ADJ_F64);
    AdjTensor *y = adj_from((double[]){0, 5, 0, 7}, ADJ_SHAPE(4), ADJ_F64);
    Call c = call_of("prod", 1, 0);
    derivatives_hold(&c, ADJ_TENSORS(x), "a product with one zero");
    derivatives_hold(&c, ADJ_TENSORS(y), "a product with two zeros");
    c = call_of("cumprod", 1, 0);
    derivatives_hold(&c, ADJ_TENSORS(x), "a running product with one zero");
    derivatives_hold(&c, ADJ_TENSORS(y), "a running product with two zeros");
}

// ---------------------------------------------------------------- order

static void sorting(void)
{
    const float n = NAN;
    AdjTensor *x = adj_from((float[]){3, n, -0.0f, 0, INFINITY, -1, 3}, ADJ_SHAPE(7), ADJ_F32);
    AdjTensors up = adj_sort(x, 0, false, true), down = adj_sort(x, 0, true, true);
    tensors_near(up.at[1], adj_from((int64_t[]){5, 2, 3, 0, 6, 4, 1}, ADJ_SHAPE(7), ADJ_I64), 0,
                 "ascending: stable, -0 equals 0, NaN last");
    tensors_near(down.at[1], adj_from((int64_t[]){1, 4, 0, 6, 2, 3, 5}, ADJ_SHAPE(7), ADJ_I64),
                 0, "descending: stable, NaN first");
    AdjTensor *many = adj_to(adj_floor(numbers(ADJ_SHAPE(3, 1000), -50, 50)), ADJ_I32);
    up = adj_sort(many, -1, false, true);
    bool ordered = true;
    for (int64_t i = 0; i < 3000; i++) {
        if (i % 1000 == 0) continue;
        double a = element(up.at[0], i - 1), b = element(up.at[0], i);
        ordered &= a < b || (a == b && element(up.at[1], i - 1) < element(up.at[1], i));
    }
    ok(ordered, "long lines of whole numbers: in order and stable");
    tensors_near(adj_gather(many, -1, up.at[1]), up.at[0], 0, "the places lead to the values");
    AdjTensors best = adj_topk(many, 5, -1, true, true);
    tensors_near(best.at[0], adj_narrow(adj_sort(many, -1, true, true).at[0], 1, 0, 5), 0,
                 "topk");
}

static void medians(void)
{
    AdjTensor *x = adj_from((float[]){4, 1, 3, 2}, ADJ_SHAPE(4), ADJ_F32);
    near(adj_item(adj_median_all(x)), 2, 0, "of four, the lower of the two in the middle");
    AdjTensor *y = adj_from((float[]){4, NAN, 3}, ADJ_SHAPE(3), ADJ_F32);
    near(adj_item(adj_median_all(y)), NAN, 0, "a NaN is the median");
    near(adj_item(adj_nanmedian_all(y)), 3, 0, "unless it is left out");
    near(adj_item(adj_quantile(x, ADJ_NUM(0.5), ADJ_NO_INT, false, "linear")), 2.5, 1e-7,
         "quantile");
    AdjTensors m =
        adj_mode(adj_from((int64_t[]){5, 2, 5, 2, 9}, ADJ_SHAPE(5), ADJ_I64), 0, false);
    near(adj_item(m.at[0]), 2, 0, "of two most frequent, the lesser");
}

static void places(void)
{
    AdjTensor *x = adj_from((float[]){1, 7, 7, NAN, 0, 7}, ADJ_SHAPE(2, 3), ADJ_F32);
    tensors_near(adj_argmax(x, 1, false), adj_from((int64_t[]){1, 0}, ADJ_SHAPE(2), ADJ_I64), 0,
                 "the first of equals; NaN before numbers");
    tensors_near(adj_argmax(adj_t(x), 0, false), adj_argmax(x, 1, false), 0, "strided");
    tensors_near(adj_argmax(x, 0, false), adj_from((int64_t[]){1, 0, 0}, ADJ_SHAPE(3), ADJ_I64),
                 0, "down the columns");
    equal_int(adj_max(x, adj_number(ADJ_I(1)), false).n, 2,
              "max with an axis: values and places");
    equal_int(adj_max(x, NULL, false).n, 1, "max without: one value");
    tensors_near(adj_max(x, x, false).at[0], x, 0, "max of two tensors");
}

// ---------------------------------------------------------------- edges

static void nothing(void)
{
    AdjTensor *x = adj_zeros(ADJ_SHAPE(2, 0), ADJ_F32),
              *none = adj_zeros(ADJ_SHAPE(0), ADJ_F32);
    near(adj_item(adj_sum(x, ADJ_ALL, false, ADJ_SAME)), 0, 0, "the sum of nothing is 0");
    near(adj_item(adj_prod(x, ADJ_NO_INT, false, ADJ_SAME)), 1, 0,
         "the product of nothing is 1");
    near(adj_item(adj_mean(x, ADJ_ALL, false, ADJ_SAME)), NAN, 0, "the mean of nothing is NaN");
    near(adj_item(adj_all(x, ADJ_ALL, false)), 1, 0, "all of nothing");
    near(adj_item(adj_any(x, ADJ_ALL, false)), 0, 0, "any of nothing");
    equal_int(adj_numel(adj_sum(x, ADJ_SHAPE(0), false, ADJ_SAME)), 0,
              "over an axis that is there");
    tensors_near(adj_logsumexp(x, ADJ_SHAPE(1), false),
                 adj_full(ADJ_SHAPE(2), ADJ_F(-INFINITY), ADJ_F32), 0,
                 "logsumexp of nothing is -inf");
    equal_int(adj_numel(adj_softmax(x, 1, ADJ_SAME)), 0, "softmax of nothing");
    equal_int(adj_numel(adj_sort(none, 0, false, false).at[0]), 0, "nothing in order");
    equal_int(adj_numel(adj_unique(none, true, false, false, ADJ_NO_INT).at[0]), 0,
              "nothing distinct");
    near(adj_item(adj_median_all(none)), NAN, 0, "the median of nothing is NaN");
    fails_with(ADJ_E_INDEX, "non-zero size", adj_amax(x, ADJ_SHAPE(1), false),
               "the greatest of nothing");
    fails_with(ADJ_E_INDEX, "numel() == 0", adj_argmax(x, ADJ_NO_INT, false),
               "the place of nothing");
}

static void refusals(void)
{
    AdjTensor *x = adj_ones(ADJ_SHAPE(2, 3), ADJ_F32), *whole = adj_ones(ADJ_SHAPE(2), ADJ_I64);
    fails_with(ADJ_E_INDEX, "but got 2", adj_sum(x, ADJ_SHAPE(2), false, ADJ_SAME),
               "an axis too far");
    fails_with(ADJ_E_INDEX, "but got -3", adj_softmax(x, -3, ADJ_SAME), "an axis too far back");
    fails_with(ADJ_E_RUNTIME, "multiple times", adj_sum(x, ADJ_SHAPE(0, -2), false, ADJ_SAME),
               "twice");
    fails_with(ADJ_E_DTYPE, "floating point", adj_mean(whole, ADJ_ALL, false, ADJ_SAME),
               "mean of int64");
    fails_with(ADJ_E_DTYPE, "std and var", adj_std(whole, ADJ_ALL, true, false, ADJ_NO_SCALAR),
               "std");
    fails_with(ADJ_E_DTYPE, "int64", adj_softmax(whole, 0, ADJ_SAME), "softmax of int64");
    fails_with(ADJ_E_DTYPE, "norm", adj_norm(whole, ADJ_F(2), ADJ_ALL, false, ADJ_SAME),
               "norm of int64");
    fails_with(ADJ_E_RUNTIME, "out of range", adj_topk(x, 4, 1, true, true),
               "topk of more than there is");
    fails_with(ADJ_E_RUNTIME, "out of range", adj_kthvalue(x, 0, 1, false), "the 0th value");
    fails_with(ADJ_E_RUNTIME, "[0, 1]",
               adj_quantile(x, ADJ_NUM(2), ADJ_NO_INT, false, "linear"), "quantile");
    fails_with(ADJ_E_RUNTIME, "non-negative", adj_bincount(adj_neg(whole), NULL, 0),
               "bincount");
    fails_with(ADJ_E_RUNTIME, "bins", adj_histc(x, 0, 0, 1), "histc");
    fails_with(ADJ_E_SHAPE, "columns", adj_cdist(x, adj_t(x), 2, ""), "cdist");
    fails_with(ADJ_E_RUNTIME, "one-dimensional",
               adj_diff(adj_sum(x, ADJ_ALL, false, ADJ_SAME), 1, 0, NULL, NULL), "diff");
}

static void counting(void)
{
    AdjTensor *x = adj_from((int64_t[]){3, 1, 3, 0}, ADJ_SHAPE(4), ADJ_I64);
    AdjTensors u = adj_unique(x, true, true, true, ADJ_NO_INT);
    tensors_near(u.at[0], adj_from((int64_t[]){0, 1, 3}, ADJ_SHAPE(3), ADJ_I64), 0, "unique");
    tensors_near(adj_index_select(u.at[0], 0, u.at[1]), x, 0, "and back");
    tensors_near(u.at[2], adj_from((int64_t[]){1, 1, 2}, ADJ_SHAPE(3), ADJ_I64), 0,
                 "how often");
    tensors_near(adj_bincount(x, NULL, 5),
                 adj_from((int64_t[]){1, 1, 0, 2, 0}, ADJ_SHAPE(5), ADJ_I64), 0, "bincount");
    AdjTensor *row = adj_from((float[]){0, 1, 2, 3}, ADJ_SHAPE(4), ADJ_F32);
    tensors_near(adj_histc(row, 3, 0, 3), adj_from((float[]){1, 1, 2}, ADJ_SHAPE(3), ADJ_F32),
                 0, "histc: the last bin holds its end");
    tensors_near(adj_searchsorted(row, adj_from((float[]){1, 9}, ADJ_SHAPE(2), ADJ_F32), false,
                                  true, NULL),
                 adj_from((int64_t[]){2, 4}, ADJ_SHAPE(2), ADJ_I64), 0,
                 "searchsorted from the right");
}

static void sums_to_shapes(void)
{
    AdjTensor *g = numbers(ADJ_SHAPE(5, 2, 3), -1, 1);
    tensors_near(adj_sum_to(g, ADJ_SHAPE(3)), adj_sum(g, ADJ_SHAPE(0, 1), false, ADJ_SAME),
                 1e-14, "a bias");
    tensors_near(
        adj_sum_to(g, ADJ_SHAPE(2, 1)),
        adj_sum(adj_sum(g, ADJ_SHAPE(0), false, ADJ_SAME), ADJ_SHAPE(1), true, ADJ_SAME), 1e-14,
        "a column");
    ok(adj_sum_to(g, ADJ_SHAPE(5, 2, 3)) == g, "nothing to sum: the tensor itself");
}

int main(void)
{
    test_case(every_set_of_axes);
    test_case(exact_sums);
    test_case(threads);
    test_case(derivatives);
    test_case(zeros_in_products);
    test_case(sorting);
    test_case(medians);
    test_case(places);
    test_case(nothing);
    test_case(refusals);
    test_case(counting);
    test_case(sums_to_shapes);
    return done();
}
