// SPDX-License-Identifier: Apache-2.0
// gradcheck.c: the adjoint beside central differences, element by element, in double precision.
//
// For y = f(x) with a fixed weighting c of the outputs, s = sum(c * y) is a scalar; its
// gradient by the tape must equal (s(x + h e_i) - s(x - h e_i)) / 2h for every i. The weights
// are spread over (0.5, 1.5) by a fixed low-discrepancy sequence, so that errors in different
// outputs cannot cancel.
#include "core/internal.h"

static AdjTensor *weights_like(const AdjTensor *y)
{
    AdjTensor *c = adj_new_like(y, ADJ_F64);
    if (!c) return NULL;
    double *p = (double *)adj_ptr(c);
    double at = 0.5;
    for (int64_t i = 0; i < c->numel; i++) {
        at += 0.6180339887498949;  // golden ratio: Weyl's sequence
        at -= floor(at);
        p[i] = 0.5 + at;
    }
    return c;
}

static AdjTensor *weighted_sum(AdjTestFunction f, void *data, AdjTensors inputs)
{
    AdjTensor *y = f(inputs, data);
    if (!y) return NULL;
    if (y->dtype != ADJ_F64) {
        return adj_fail(ADJ_E_DTYPE, "gradcheck: the function must return float64, not %s",
                        adj_dtype_name((AdjDtype)y->dtype));
    }
    return adj_sum(adj_mul(y, weights_like(y)), ADJ_ALL, false, ADJ_SAME);
}

static double value_at(AdjTestFunction f, void *data, AdjTensors inputs)
{
    ADJ_SCOPE;
    AdjTensor *s = weighted_sum(f, data, inputs);
    return s ? adj_item(s) : NAN;
}

// Where element [i] (in row-major order) of [x] lies.
static double *element(AdjTensor *x, int64_t i)
{
    int64_t at = 0;
    for (int d = x->ndim; d--;) {
        at += i % x->sizes[d] * x->strides[d];
        i /= x->sizes[d];
    }
    return (double *)adj_ptr(x) + at;
}

static void judge(AdjGradcheck *out, double analytic, double numeric, double atol, double rtol,
                  int input, int64_t i)
{
    double error = fabs(analytic - numeric);
    if (!(error <= atol + rtol * fabs(numeric))) out->passed = false;
    if (error >= out->worst_error || isnan(error)) {
        *out = (AdjGradcheck){error, analytic, numeric, input, i, out->passed};
    }
}

bool adj_gradcheck(AdjTestFunction f, void *data, AdjTensors inputs, double eps, double atol,
                   double rtol, AdjGradcheck *out)
{
    *out = (AdjGradcheck){.passed = true};
    ADJ_SCOPE;
    for (int i = 0; i < inputs.n; i++) {
        if (!inputs.at[i]) return false;
        if (inputs.at[i]->requires_grad && inputs.at[i]->dtype != ADJ_F64) {
            return adj_fail(ADJ_E_DTYPE, "gradcheck: input %d must be float64, not %s", i,
                            adj_dtype_name((AdjDtype)inputs.at[i]->dtype));
        }
    }
    AdjTensor *s = weighted_sum(f, data, inputs);
    if (!s) return false;
    for (int i = 0; i < inputs.n; i++) {
        AdjTensor *x = inputs.at[i];
        if (!x->requires_grad) continue;
        AdjTensors g = adj_gradients(ADJ_TENSORS(s), (AdjTensors){0, NULL}, ADJ_TENSORS(x),
                                     true, false, true);
        if (adj_error_kind()) return false;
        AdjTensor *dx = g.at[0] ? adj_contiguous(g.at[0]) : NULL;
        bool was = adj_set_grad_enabled(false);
        for (int64_t k = 0; k < x->numel && !adj_error_kind(); k++) {
            double *p = element(x, k), old = *p;
            *p = old + eps;
            double above = value_at(f, data, inputs);
            *p = old - eps;
            double below = value_at(f, data, inputs);
            *p = old;
            double analytic = dx ? ((double *)adj_ptr(dx))[k] : 0;
            judge(out, analytic, (above - below) / (2 * eps), atol, rtol, i, k);
        }
        adj_set_grad_enabled(was);
        if (adj_error_kind()) return false;
    }
    return true;
}
