// SPDX-License-Identifier: Apache-2.0
//
// principal.c: one axis after another by the method of Lanczos (1950) on the covariance. Where
// columns are few and points many the covariance is formed first, a block of points at a time;
// else it never is: a product with it is then two passes over the points.
//
// A run starts from a vector without preference and keeps its basis orthogonal to itself and
// to the axes found before, so equal variances give as many axes as there are. It ends when the
// residual of the largest Ritz pair is TOLERANCE of its value, or when the space is exhausted.
// The machine is a list of phases (means, then for each axis: products until it has converged);
// `row` says how far the present pass has come, so it may stop after any row.

#include "observe/rows/principal.h"

#include "core/internal.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BASIS_MOST = 400, CHECK = 4, FORMED_MOST = 1024 };
static const double TOLERANCE = 1e-10;

typedef enum { MEANS, SPREAD, COVARIANCE, PRODUCT, DONE } Phase;

struct AdjPrincipal {
    const float *x;
    int64_t rows, columns, row, good;
    int wanted, count;
    Phase phase;
    unsigned char *bad;  // per row
    double *mean;
    double total;
    double *formed;  // the covariance, NULL: it is not formed
    double *axis[ADJ_AXES], variance[ADJ_AXES];
    // The present run: basis vectors, and the tridiagonal matrix they make of the covariance.
    double *basis[BASIS_MOST + 1];
    double alpha[BASIS_MOST], beta[BASIS_MOST];
    int m;
    double *product;  // covariance times the newest basis vector, so far
    bool failed;      // memory ran out: what was found stands
};

// -- vectors ------------------------------------------------------------------------------

// Four sums side by side: one alone waits for its own last addition.
static double dot(const double *a, const double *b, int64_t n)
{
    double s[4] = {0};
    int64_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (int k = 0; k < 4; k++) s[k] += a[i + k] * b[i + k];
    for (; i < n; i++) s[0] += a[i] * b[i];
    return s[0] + s[1] + s[2] + s[3];
}

static void add(double *y, double a, const double *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++) y[i] += a * x[i];
}

static double from_mean(const AdjPrincipal *p, const float *x, const double *v)
{
    double s[4] = {0};
    int64_t i = 0;
    for (; i + 4 <= p->columns; i += 4)
        for (int k = 0; k < 4; k++) s[k] += ((double)x[i + k] - p->mean[i + k]) * v[i + k];
    for (; i < p->columns; i++) s[0] += ((double)x[i] - p->mean[i]) * v[i];
    return s[0] + s[1] + s[2] + s[3];
}

// Takes out of [v] what lies along the axes found and the basis, twice: once leaves rounding.
static void make_orthogonal(const AdjPrincipal *p, double *v)
{
    for (int twice = 0; twice < 2; twice++) {
        for (int i = 0; i < p->count; i++)
            add(v, -dot(p->axis[i], v, p->columns), p->axis[i], p->columns);
        for (int i = 0; i < p->m; i++)
            add(v, -dot(p->basis[i], v, p->columns), p->basis[i], p->columns);
    }
}

// -- passes -------------------------------------------------------------------------------

static const float *point(const AdjPrincipal *p)
{
    return p->x + p->row * p->columns;
}

static void mean_row(AdjPrincipal *p)
{
    const float *x = point(p);
    bool good = true;
    for (int64_t i = 0; i < p->columns && good; i++) good = isfinite(x[i]);
    p->bad[p->row] = !good;
    p->good += good;
    for (int64_t i = 0; i < p->columns && good; i++) p->mean[i] += x[i];
}

static void spread_row(AdjPrincipal *p)
{
    const float *x = point(p);
    double sum = 0;
    for (int64_t i = 0; i < p->columns; i++) {
        double d = x[i] - p->mean[i];
        sum += d * d;
    }
    p->total += sum / (double)(p->good - 1);
}

// A block of points less their mean, multiplied with itself.
static void covariance_block(AdjPrincipal *p)
{
    ADJ_SCOPE;
    int64_t d = p->columns, n = 16 + 20000000 / (d * d * 2 + 1000);
    if (n > p->rows - p->row) n = p->rows - p->row;
    AdjTensor *block = adj_zeros_of(ADJ_SHAPE(n, d), ADJ_F64);
    double *to = block ? adj_data(block) : NULL;
    for (int64_t i = 0; to && i < n; i++) {
        const float *x = p->x + (p->row + i) * d;
        for (int64_t k = 0; k < d && !p->bad[p->row + i]; k++)
            to[i * d + k] = x[k] - p->mean[k];
    }
    AdjTensor *square = adj_matmul(adj_transpose(block, 0, 1), block);
    if (square)
        add(p->formed, 1 / (double)(p->good - 1), adj_data(square), d * d);
    else
        p->failed = true;
    p->row += n;
}

static void formed_row(AdjPrincipal *p)
{
    p->product[p->row] = dot(p->formed + p->row * p->columns, p->basis[p->m - 1], p->columns);
}

static void product_row(AdjPrincipal *p)
{
    const float *x = point(p);
    double c = from_mean(p, x, p->basis[p->m - 1]) / (double)(p->good - 1);
    for (int64_t i = 0; i < p->columns; i++) p->product[i] += c * (x[i] - p->mean[i]);
}

// -- the largest pair of a tridiagonal matrix ---------------------------------------------

// How many eigenvalues lie above [x] (Sturm: signs of the pivots).
static int above(const AdjPrincipal *p, double x)
{
    int count = 0;
    double pivot = 1;
    for (int i = 0; i < p->m; i++) {
        double b = i ? p->beta[i - 1] : 0;
        pivot = p->alpha[i] - x - (i ? b * b / pivot : 0);
        if (fabs(pivot) < DBL_MIN) pivot = -DBL_MIN;
        count += pivot > 0;
    }
    return count;
}

static double largest(const AdjPrincipal *p)
{
    double low = p->alpha[0], high = p->alpha[0];
    for (int i = 0; i < p->m; i++) {
        double reach = (i ? p->beta[i - 1] : 0) + (i + 1 < p->m ? p->beta[i] : 0);
        low = fmin(low, p->alpha[i] - reach);
        high = fmax(high, p->alpha[i] + reach);
    }
    for (int i = 0; i < 200 && high - low > 2e-16 * fmax(fabs(high), fabs(low)); i++) {
        double middle = low + (high - low) / 2;
        if (above(p, middle) > 0)
            low = middle;
        else
            high = middle;
    }
    return high;
}

// The unit vector s of the largest value: shifted just above it the matrix is definite, so
// elimination needs no pivots, and three turns of it leave nothing but s.
static void largest_vector(const AdjPrincipal *p, double value, double *s)
{
    double pivot[BASIS_MOST], shift = value + 4e-16 * fabs(value) + DBL_MIN;
    int m = p->m;
    for (int i = 0; i < m; i++) s[i] = 1;
    for (int turn = 0; turn < 3; turn++) {
        for (int i = 0; i < m; i++) {
            double b = i ? p->beta[i - 1] : 0;
            pivot[i] = shift - p->alpha[i] - (i ? b * b / pivot[i - 1] : 0);
            if (pivot[i] < 1e-300) pivot[i] = fmax(1e-16 * fabs(value), 1e-300);
            if (i) s[i] += b / pivot[i - 1] * s[i - 1];
        }
        for (int i = m - 1; i >= 0; i--)
            s[i] = (s[i] + (i + 1 < m ? p->beta[i] * s[i + 1] : 0)) / pivot[i];
        double norm = sqrt(dot(s, s, m));
        for (int i = 0; i < m; i++) s[i] /= norm;
    }
}

// -- phases -------------------------------------------------------------------------------

static double *vector(AdjPrincipal *p)
{
    double *v = calloc((size_t)p->columns + 1, sizeof *v);
    if (!v) p->failed = true;
    return v;
}

// Numbers without pattern; the same in every run, and none of the program's own.
static void without_preference(double *v, int64_t n, uint64_t seed)
{
    for (int64_t i = 0; i < n; i++) {
        uint64_t z = (seed += 0x9e3779b97f4a7c15u);
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        v[i] = (double)((z ^ z >> 31) >> 11) / 0x1p53 - 0.5;
    }
}

static void forget_basis(AdjPrincipal *p)
{
    for (int i = 0; i <= BASIS_MOST; i++) {
        free(p->basis[i]);
        p->basis[i] = NULL;
    }
    p->m = 0;
}

// Makes [v] the next vector of the basis; false: nothing of it is left, or no memory.
static bool extend(AdjPrincipal *p, double *v, double least)
{
    double norm = sqrt(dot(v, v, p->columns));
    if (!(norm > least) || p->m > BASIS_MOST) return false;
    double *next = vector(p);
    if (!next) return false;
    add(next, 1 / norm, v, p->columns);
    p->basis[p->m++] = next;
    memset(p->product, 0, (size_t)p->columns * sizeof *p->product);
    p->row = 0;
    return true;
}

static void begin_axis(AdjPrincipal *p)
{
    int64_t rank = p->good - 1 < p->columns ? p->good - 1 : p->columns;
    p->phase = DONE;
    forget_basis(p);
    if (p->failed || p->count >= p->wanted || p->count >= rank || !(p->total > 0)) return;
    without_preference(p->product, p->columns, (uint64_t)p->count + 1);
    make_orthogonal(p, p->product);
    if (extend(p, p->product, 0)) p->phase = PRODUCT;
}

// The sign is free: the component that is largest is made positive.
static void end_axis(AdjPrincipal *p, double value, const double *s)
{
    double *v = vector(p);
    if (!v) return begin_axis(p);
    for (int i = 0; i < p->m; i++) add(v, s[i], p->basis[i], p->columns);
    int64_t most = 0;
    for (int64_t i = 1; i < p->columns; i++)
        if (fabs(v[i]) > fabs(v[most])) most = i;
    double norm = sqrt(dot(v, v, p->columns)), sign = v[most] < 0 ? -1 : 1;
    for (int64_t i = 0; i < p->columns; i++) v[i] *= sign / norm;
    // What is left after the true axes is rounding.
    if (value <= p->total * 1e-13) {
        free(v);
        p->wanted = p->count;
    } else {
        p->variance[p->count] = value;
        p->axis[p->count++] = v;
    }
    begin_axis(p);
}

// Whether forming the covariance costs less than the products that come.
static bool form(AdjPrincipal *p)
{
    if (p->columns > FORMED_MOST || p->rows < p->columns || p->failed) return false;
    p->formed = calloc((size_t)(p->columns * p->columns), sizeof *p->formed);
    if (p->formed) p->phase = COVARIANCE;
    return p->formed != NULL;
}

// A product is whole: one more row of the tridiagonal matrix.
static void end_product(AdjPrincipal *p)
{
    double s[BASIS_MOST];
    const double *q = p->basis[p->m - 1];
    p->alpha[p->m - 1] = dot(q, p->product, p->columns);
    make_orthogonal(p, p->product);
    double next = p->beta[p->m - 1] = sqrt(dot(p->product, p->product, p->columns));
    bool last = p->m >= BASIS_MOST || p->m >= p->columns - p->count || next <= 1e-14 * p->total;
    if (last || p->m % CHECK == 0) {
        double value = largest(p);
        largest_vector(p, value, s);
        if (last || next * fabs(s[p->m - 1]) <= TOLERANCE * fabs(value))
            return end_axis(p, value, s);
    }
    if (!extend(p, p->product, 0)) p->phase = DONE;
}

static void end_pass(AdjPrincipal *p)
{
    p->row = 0;
    if (p->phase == PRODUCT) {
        end_product(p);
    } else if (p->phase == SPREAD ? !form(p) : p->phase == COVARIANCE) {
        begin_axis(p);
    } else if (p->phase == MEANS) {
        for (int64_t i = 0; i < p->columns && p->good; i++) p->mean[i] /= (double)p->good;
        p->phase = p->good > 1 ? SPREAD : DONE;
    }
}

static int64_t pass_length(const AdjPrincipal *p)
{
    return p->phase == PRODUCT && p->formed ? p->columns : p->rows;
}

static void work_row(AdjPrincipal *p)
{
    if (p->phase == MEANS)
        mean_row(p);
    else if (p->phase == PRODUCT && p->formed)
        formed_row(p);
    else if (!p->bad[p->row])
        (p->phase == SPREAD ? spread_row : product_row)(p);
    p->row++;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

bool adj_principal_work(AdjPrincipal *p, double seconds)
{
    double until = now() + seconds;
    while (p->phase != DONE && now() < until) {
        int64_t end = p->row + 1 + 20000 / (p->columns + 1), length = pass_length(p);
        if (p->phase == COVARIANCE)
            covariance_block(p);
        else
            while (p->row < length && p->row < end) work_row(p);
        if (p->row >= length) end_pass(p);
    }
    return p->phase == DONE;
}

// -- the outside --------------------------------------------------------------------------

AdjPrincipal *adj_principal_new(const float *x, int64_t rows, int64_t columns, int wanted)
{
    AdjPrincipal *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->x = x;
    p->rows = rows;
    p->columns = columns;
    p->wanted = wanted < ADJ_AXES ? wanted : ADJ_AXES;
    p->bad = calloc((size_t)rows + 1, 1);
    p->mean = vector(p);
    p->product = vector(p);
    if (p->bad && !p->failed) return p;
    adj_principal_free(p);
    return NULL;
}

void adj_principal_free(AdjPrincipal *p)
{
    if (!p) return;
    forget_basis(p);
    for (int i = 0; i < ADJ_AXES; i++) free(p->axis[i]);
    free(p->formed);
    free(p->bad);
    free(p->mean);
    free(p->product);
    free(p);
}

double adj_principal_progress(const AdjPrincipal *p)
{
    if (p->phase == DONE) return 1;
    // A run takes some forty products where it takes many at all.
    double whole = (double)(p->columns < 40 ? p->columns : 40);
    double run = p->m / (p->m + whole / 2);
    double before = p->formed ? 0.5 : 0.05;
    double pass = (double)p->row / (double)(p->rows + 1);
    if (p->phase == COVARIANCE) return 0.05 + 0.45 * pass;
    return p->phase == PRODUCT ? before + (1 - before) * (p->count + run) / (p->wanted + 1)
                               : 0.05 * pass;
}

int adj_principal_count(const AdjPrincipal *p)
{
    return p->count;
}

double adj_principal_variance(const AdjPrincipal *p, int axis)
{
    return p->variance[axis];
}

double adj_principal_total(const AdjPrincipal *p)
{
    return p->total;
}

int64_t adj_principal_left_out(const AdjPrincipal *p)
{
    return p->rows - p->good;
}

void adj_principal_place(const AdjPrincipal *p, int64_t row, double out[ADJ_AXES])
{
    for (int i = 0; i < ADJ_AXES; i++) {
        out[i] = p->bad[row]    ? NAN
                 : i < p->count ? from_mean(p, p->x + row * p->columns, p->axis[i])
                                : 0;
    }
}
