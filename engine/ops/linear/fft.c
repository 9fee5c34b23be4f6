// SPDX-License-Identifier: Apache-2.0
// fft.c: the discrete Fourier transform of real rows.
//
// There are no complex numbers here: a result has a last axis of two, real and imaginary part.
// The transform is linear, so its derivative is its transpose, a row of its own whose
// derivative is the transform again.
//
// One routine serves both: a complex transform in double precision, by halving for powers of
// two, and for other lengths as a convolution of a power of two (Bluestein).
#include "core/internal.h"

#include <complex.h>

typedef double complex Complex;

// z (n, a power of two) in place: sum_t z_t e^(sign 2 pi i k t / n).
static void transform_power(Complex *z, int64_t n, int sign)
{
    for (int64_t i = 1, j = 0; i < n; i++) {  // to reversed order of bits
        int64_t bit = n >> 1;
        for (; j & bit; bit >>= 1) j ^= bit;
        j |= bit;
        if (i < j) {
            Complex t = z[i];
            z[i] = z[j];
            z[j] = t;
        }
    }
    for (int64_t half = 1; half < n; half *= 2) {
        for (int64_t k = 0; k < half; k++) {
            Complex w = cexp(sign * M_PI * (double)k / (double)half * I);
            for (int64_t at = k; at < n; at += 2 * half) {
                Complex t = w * z[at + half];
                z[at + half] = z[at] - t;
                z[at] += t;
            }
        }
    }
}

// What a transform of one length needs besides its values; blocks of the scope.
typedef struct {
    int64_t n, m;             // m: a power of two, 0 when n is one
    Complex *chirp, *kernel;  // e^(pi i k^2 / n), and its transform over m
    Complex *work;            // m
} Plan;

static bool make_plan(Plan *p, int64_t n)
{
    *p = (Plan){.n = n};
    if ((n & (n - 1)) == 0) return true;
    p->m = 1;
    while (p->m < 2 * n) p->m *= 2;
    p->chirp = adj_scope_memory((size_t)(n + 2 * p->m) * sizeof *p->chirp);
    if (!p->chirp) return false;
    p->kernel = p->chirp + n;
    p->work = p->kernel + p->m;
    for (int64_t k = 0; k < p->m; k++) p->kernel[k] = 0;
    for (int64_t k = 0; k < n; k++) {
        int64_t square = k * k % (2 * n);  // the angle repeats after 2 n
        p->chirp[k] = cexp(M_PI * (double)square / (double)n * I);
        p->kernel[k] = p->chirp[k];
        if (k) p->kernel[p->m - k] = p->chirp[k];
    }
    transform_power(p->kernel, p->m, -1);
    return true;
}

// z (n) in place: sum_t z_t e^(-2 pi i k t / n), by k t = (k^2 + t^2 - (k - t)^2) / 2.
static void transform(const Plan *p, Complex *z)
{
    if (!p->m) {
        transform_power(z, p->n, -1);
        return;
    }
    for (int64_t t = 0; t < p->m; t++) p->work[t] = t < p->n ? z[t] * conj(p->chirp[t]) : 0;
    transform_power(p->work, p->m, -1);
    for (int64_t k = 0; k < p->m; k++) p->work[k] *= p->kernel[k];
    transform_power(p->work, p->m, 1);
    for (int64_t k = 0; k < p->n; k++) z[k] = conj(p->chirp[k]) * p->work[k] / (double)p->m;
}

static bool check_rows(const AdjTensor *x, int64_t n, int least)
{
    if (!adj_is_float(x)) {
        return adj_fail(ADJ_E_DTYPE, "%s: not implemented for %s", adj_op_name(),
                        adj_dtype_name(adj_dtype(x)));
    }
    if (x->ndim >= least && n >= 1) return true;
    return adj_fail(ADJ_E_VALUE,
                    "%s: needs rows of at least 1 element, got shape %s and n=%lld",
                    adj_op_name(), adj_shape_text(adj_shape(x)), (long long)n);
}

static void rfft_real_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjShape x = n->in[0].shape;
    int64_t length = x.at[x.n - 1], rows = n->arg[0].i == ADJ_NO_INT ? length : n->arg[0].i;
    AdjTensor *full = adj_rfft_real_t(dy[0], rows);  // what was cut off or filled up counts 0
    int64_t both = rows < length ? rows : length;
    AdjTensor *part = adj_narrow(full, -1, 0, both);
    dx[0] = adj_constant_pad_nd(part, (AdjLongs){2, (int64_t[]){0, length - both}}, ADJ_F(0));
}

ADJ_OP(
    rfft_real, "(input: tensor, n: int? = None) -> tensor",
    "sum_t x_t e^(-2 pi i k t / n) for k = 0 .. n / 2, real and imaginary part in a last axis "
    "of two; a row is first cut off or filled up with 0 to n elements.\n"
    "shapes  (..., T) -> (..., n / 2 + 1, 2)\n"
    "notes   torch.view_as_real(torch.fft.rfft(input, n))\n"
    "errors  Value: no elements, or n below 1",
    .vjp = rfft_real_vjp, .source = "Cooley and Tukey 1965; Bluestein 1970", .no_method = true,
    .hosted = true)
AdjTensor *op_rfft_real(AdjTensor *input, int64_t n)
{
    Plan p;
    int64_t length = input->ndim ? input->sizes[input->ndim - 1] : 0;
    if (n == ADJ_NO_INT) n = length;
    if (!check_rows(input, n, 1) || !make_plan(&p, n)) return NULL;
    AdjShape shape = adj_shape(input);
    shape.at[shape.n - 1] = n / 2 + 1;
    if (shape.n == ADJ_MAX_DIMS)
        return adj_fail(ADJ_E_SHAPE, "rfft_real: no room for another axis in shape %s",
                        adj_shape_text(adj_shape(input)));
    shape.at[shape.n++] = 2;
    AdjTensor *x = adj_contiguous(adj_to(input, ADJ_F64)), *y = adj_new(shape, ADJ_F64);
    Complex *z = adj_scope_memory((size_t)n * sizeof *z);
    if (!x || !y || !z) return NULL;
    int64_t kept = length < n ? length : n, rows = length ? x->numel / length : 0;
    for (int64_t r = 0; r < rows; r++) {
        const double *from = (const double *)adj_ptr(x) + r * length;
        double *to = (double *)adj_ptr(y) + r * (n / 2 + 1) * 2;
        for (int64_t t = 0; t < n; t++) z[t] = t < kept ? from[t] : 0;
        transform(&p, z);
        for (int64_t k = 0; k <= n / 2; k++) {
            to[2 * k] = creal(z[k]);
            to[2 * k + 1] = cimag(z[k]);
        }
    }
    return adj_to(y, adj_dtype(input));
}

static void rfft_real_t_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] = adj_rfft_real(dy[0], n->arg[0].i);
}

ADJ_OP(rfft_real_t, "(input: tensor, n: int) -> tensor",
       "sum_k a_k cos(2 pi k t / n) - b_k sin(2 pi k t / n) for t = 0 .. n - 1, a and b being "
       "input's last axis: the transpose of rfft_real.\n"
       "shapes  (..., n / 2 + 1, 2) -> (..., n)\nerrors  Value: another number of values",
       .vjp = rfft_real_t_vjp, .no_method = true, .hosted = true)
AdjTensor *op_rfft_real_t(AdjTensor *input, int64_t n)
{
    Plan p;
    if (!check_rows(input, n, 2) || !make_plan(&p, n)) return NULL;
    AdjShape shape = adj_shape(input);
    if (shape.at[shape.n - 1] != 2 || shape.at[shape.n - 2] != n / 2 + 1) {
        return adj_fail(ADJ_E_VALUE, "rfft_real_t: expected input (..., %lld, 2), got %s",
                        (long long)(n / 2 + 1), adj_shape_text(shape));
    }
    shape.at[--shape.n - 1] = n;
    AdjTensor *x = adj_contiguous(adj_to(input, ADJ_F64)), *y = adj_new(shape, ADJ_F64);
    Complex *z = adj_scope_memory((size_t)n * sizeof *z);
    if (!x || !y || !z) return NULL;
    int64_t places = n / 2 + 1, rows = x->numel / (2 * places);
    for (int64_t r = 0; r < rows; r++) {
        const double *from = (const double *)adj_ptr(x) + r * places * 2;
        double *to = (double *)adj_ptr(y) + r * n;
        // The real part of sum (a + i b) e^(+...) is that of sum (a - i b) e^(-...).
        for (int64_t k = 0; k < n; k++)
            z[k] = k < places ? from[2 * k] - from[2 * k + 1] * I : 0;
        transform(&p, z);
        for (int64_t t = 0; t < n; t++) to[t] = creal(z[t]);
    }
    return adj_to(y, adj_dtype(input));
}
