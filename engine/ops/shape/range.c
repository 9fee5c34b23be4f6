// SPDX-License-Identifier: Apache-2.0
// range.c: evenly spaced numbers: arange, range, linspace, logspace. The values are PyTorch's
// to the last bit in f32 and f64, which is why the order and the rounding of the steps are
// spelled out; only how it shares very long ranges among threads is not followed.
#include "ops/shape/view.h"

// Element i of a range. Ranges of integers are computed in integers, all others in double; both
// are written to a tensor of that kind, which is then brought to the type asked for.
typedef struct {
    bool whole;
    int64_t i0, istep;
    double f0, fstep;
} Range;

// PyTorch computes f32 and f64 in vectors of [lanes]: the first lane is rounded to the type,
// the others follow from it; what is left after whole pairs of vectors is computed one by one.
// The last bits depend on it, and people compare them.
static void float_range(const Range *r, double *y, int64_t n, AdjDtype dtype)
{
    int64_t lanes = dtype == ADJ_F32 ? 8 : dtype == ADJ_F64 ? 4 : 1;
    int64_t whole = n - n % (2 * lanes);
    double base = 0;
    for (int64_t i = 0; i < n; i++) {
        double x = fma(r->fstep, (double)i, r->f0);
        int64_t lane = i % lanes;
        if (i < whole && lane == 0) base = dtype == ADJ_F32 ? (double)(float)x : x;
        y[i] = i < whole ? fma(r->fstep, (double)lane, base) : x;
    }
}

static AdjTensor *range_tensor(const Range *r, int64_t n, AdjDtype dtype)
{
    AdjTensor *y = adj_new(ADJ_SHAPE(n), r->whole ? ADJ_I64 : ADJ_F64);
    if (!y) return NULL;
    int64_t *p = adj_data(y);
    if (!r->whole) float_range(r, adj_data(y), n, dtype);
    for (int64_t i = 0; i < n && r->whole; i++) p[i] = r->i0 + i * r->istep;
    return adj_dense(y, dtype);
}

static bool is_float_number(AdjScalar x)
{
    return x.kind == ADJ_S_FLOAT;
}

ADJ_OP(arange,
       "(start: scalar = 0, end: scalar? = None, step: scalar = 1, *, "
       "dtype: dtype? = None) -> tensor",
       "start, start + step, ... before end; one number alone is the end.\n"
       "shapes -> (ceil((end - start) / step))\n"
       "notes int64 when all numbers are integers, else the default type\n"
       "errors Runtime: step 0, or of the wrong sign",
       .no_method = true, .hosted = true)
AdjTensor *op_arange(AdjScalar start, AdjScalar end, AdjScalar step, AdjDtype dtype)
{
    if (end.kind == ADJ_S_NONE) {
        end = start;
        start = ADJ_I(0);
    }
    bool whole = !is_float_number(start) && !is_float_number(end) && !is_float_number(step);
    if (dtype == ADJ_SAME) dtype = whole ? ADJ_I64 : adj_default_dtype();
    if (step.f == 0 || isnan(step.f))
        return adj_fail(ADJ_E_RUNTIME, "arange: step must be nonzero");
    if (!(fabs(start.f) < 0x1p63 && fabs(end.f) <= 0x1p63))
        return adj_fail(ADJ_E_RUNTIME, "arange: unsupported range: %g -> %g", start.f, end.f);
    if (step.f > 0 ? end.f < start.f : end.f > start.f) {
        return adj_fail(ADJ_E_RUNTIME,
                        "arange: upper bound and lower bound inconsistent with step sign");
    }
    double n = ceil((end.f - start.f) / step.f);
    if (n >= (double)(INT64_MAX / 16)) {
        return adj_fail(ADJ_E_MEMORY, "arange: a range of %g numbers is too long", n);
    }
    // An integer type counts in integers: the first number and the step lose their fractions.
    Range r = {true, (int64_t)start.f, (int64_t)step.f, 0, 0};
    if (whole) r = (Range){true, start.i, step.i, 0, 0};
    if (adj_dtype_is_float(dtype)) r = (Range){false, 0, 0, start.f, step.f};
    return range_tensor(&r, (int64_t)n, dtype);
}

ADJ_OP(range,
       "(start: scalar = 0, end: scalar? = None, step: scalar = 1, *, "
       "dtype: dtype? = None) -> tensor",
       "start, start + step, ... up to and including end, in the default type.",
       .no_method = true, .hosted = true)
AdjTensor *op_range(AdjScalar start, AdjScalar end, AdjScalar step, AdjDtype dtype)
{
    if (end.kind == ADJ_S_NONE) {
        end = start;
        start = ADJ_I(0);
    }
    if (step.f == 0) return adj_fail(ADJ_E_RUNTIME, "range: step must be nonzero");
    double n = floor((end.f - start.f) / step.f) + 1;
    if (!(n >= 0 && n < (double)(INT64_MAX / 16))) {
        return adj_fail(ADJ_E_RUNTIME,
                        "range: upper bound and lower bound inconsistent with step sign");
    }
    Range r = {false, 0, 0, start.f, step.f};
    return range_tensor(&r, (int64_t)n, dtype == ADJ_SAME ? adj_default_dtype() : dtype);
}

// Counted from both ends towards the middle, so that the last element is exactly the end. The
// steps are taken in the type, fused in single and double precision as in PyTorch: the same
// digits. Integers step in double.
static double line_point(AdjDtype dtype, double start, double end, int64_t i, int64_t n)
{
    bool lower = i < n / 2 || n == 1;
    double at = lower ? start : end, steps = (double)(lower ? i : i - (n - 1));
    double step = n > 1 ? (end - start) / (double)(n - 1) : 0;
    if (dtype == ADJ_F64 || !adj_dtype_is_float(dtype)) return fma(step, steps, at);
    float narrow = n > 1 ? ((float)end - (float)start) / (float)(n - 1) : 0;
    return (double)fmaf(narrow, (float)steps, (float)at);
}

static AdjTensor *line(AdjScalar start, AdjScalar end, int64_t steps, AdjDtype dtype)
{
    if (steps < 0) {
        return adj_fail(ADJ_E_RUNTIME, "%s: number of steps must be non-negative",
                        adj_op_name());
    }
    AdjTensor *y = adj_new(ADJ_SHAPE(steps), ADJ_F64);
    if (!y) return NULL;
    if (dtype == ADJ_SAME) dtype = adj_default_dtype();
    double *p = adj_data(y), first = start.f, last = end.f;
    if (!adj_dtype_is_float(dtype)) {
        first = trunc(first);
        last = trunc(last);
    }
    for (int64_t i = 0; i < steps; i++) p[i] = line_point(dtype, first, last, i, steps);
    return y;
}

ADJ_OP(linspace, "(start: scalar, end: scalar, steps: int, *, dtype: dtype? = None) -> tensor",
       "steps numbers at equal distances from start to end, both included.\n"
       "errors Runtime: steps negative",
       .no_method = true, .hosted = true)
AdjTensor *op_linspace(AdjScalar start, AdjScalar end, int64_t steps, AdjDtype dtype)
{
    AdjTensor *y = line(start, end, steps, dtype);
    return y ? adj_dense(y, dtype == ADJ_SAME ? adj_default_dtype() : dtype) : NULL;
}

ADJ_OP(logspace,
       "(start: scalar, end: scalar, steps: int, base: float = 10.0, *, "
       "dtype: dtype? = None) -> tensor",
       "base to the powers linspace(start, end, steps).", .no_method = true, .hosted = true)
AdjTensor *op_logspace(AdjScalar start, AdjScalar end, int64_t steps, double base,
                       AdjDtype dtype)
{
    // Only the two ends are rounded to the type; exponents and powers are formed in double.
    if (dtype == ADJ_SAME) dtype = adj_default_dtype();
    if (dtype == ADJ_F32) {
        start.f = (double)(float)start.f;
        end.f = (double)(float)end.f;
    }
    AdjTensor *y = line(start, end, steps, ADJ_F64);
    if (!y) return NULL;
    double *p = adj_data(y);
    for (int64_t i = 0; i < steps; i++) p[i] = pow(base, p[i]);
    return adj_dense(y, dtype);
}
