// SPDX-License-Identifier: Apache-2.0
// elementwise.c: promotion, results and derivatives of elementwise operations, whatever their
// formula.
//
// A derivative has two readings of one text. When nobody will differentiate it again, a kernel
// computes it in one pass over dy, the operands and the result. When the pass builds a graph,
// the same column runs as operations on tensors and leaves a tape of its own.
#include "ops/pointwise/elementwise.h"

#include <stdlib.h>

AdjDtype adj_float_dtype(AdjDtype t)
{
    return adj_dtype_is_float(t) ? t : adj_default_dtype();
}

// A type of lower weight raises only the category of the higher one.
static AdjDtype combine(AdjDtype higher, AdjDtype lower)
{
    if (higher == ADJ_SAME) return lower;
    if (lower == ADJ_SAME) return higher;
    return adj_dtype_category(lower) > adj_dtype_category(higher) ? lower : higher;
}

static AdjDtype join(AdjDtype a, AdjDtype b)
{
    return a == ADJ_SAME ? b : adj_dtype_promote(a, b);
}

AdjDtype adj_promote_operands(int n, AdjTensor *const *t)
{
    AdjDtype by_axes = ADJ_SAME, by_scalars = ADJ_SAME, by_numbers = ADJ_SAME;
    for (int i = 0; i < n; i++) {
        if (!t[i]) continue;
        AdjDtype own = (AdjDtype)t[i]->dtype;
        if (t[i]->wrapped) {
            by_numbers = join(by_numbers, adj_is_float(t[i]) ? adj_default_dtype() : own);
        } else if (t[i]->ndim)
            by_axes = join(by_axes, own);
        else
            by_scalars = join(by_scalars, own);
    }
    // Only numbers: they keep what they are, in full precision.
    if (by_axes == ADJ_SAME && by_scalars == ADJ_SAME && adj_dtype_is_float(by_numbers))
        return ADJ_F64;
    return combine(by_axes, combine(by_scalars, by_numbers));
}

AdjDtype adj_promote_to_float(int n, AdjTensor *const *t)
{
    AdjDtype type = adj_promote_operands(n, t);
    bool numbers = !adj_dtype_is_float(type);
    for (int i = 0; numbers && i < n; i++) numbers = t[i]->wrapped;
    return numbers ? ADJ_F64 : adj_float_dtype(type);
}

static bool common_shape(int n, AdjTensor *const *in, AdjShape *shape)
{
    for (int k = 0; k < n; k++)
        if (!in[k]) return false;  // what was to make it has failed
    *shape = adj_shape(in[0]);
    for (int k = 1; k < n; k++) {
        if (in[k]->ndim == 0) continue;
        if (in[k]->ndim == shape->n &&
            !memcmp(in[k]->sizes, shape->at, (size_t)shape->n * sizeof *shape->at))
            continue;
        if (!adj_broadcast(*shape, adj_shape(in[k]), shape)) return false;
    }
    return true;
}

AdjTensor *adj_elementwise(int number, AdjDtype type, AdjDtype result, int n,
                           AdjTensor *const *in, const double *param)
{
    AdjShape shape;
    AdjPointwise p = {.number = number, .kernel = adj_kernel(number, type), .n = n + 1};
    if (!p.kernel) {
        return adj_fail(ADJ_E_DTYPE, "%s: not implemented for %s", adj_op_name(),
                        adj_dtype_name(type));
    }
    if (!common_shape(n, in, &shape)) return NULL;
    AdjTensor *y = adj_new(shape, result);
    if (!y) return NULL;
    AdjTensor *operands[ADJ_ITER_OPERANDS] = {y};
    bool numbers = true;
    p.type[0] = adj_compute_dtype(result);
    for (int k = 0; k < n; k++) {
        operands[k + 1] = in[k];
        p.type[k + 1] = adj_compute_dtype(type);
        numbers &= in[k]->wrapped;
    }
    if (param) memcpy(p.param, param, sizeof p.param);
    y->wrapped = numbers;
    return ADJ_RUN(adj_device_of(y), pointwise, &p, operands) ? y : NULL;
}

// ---------------------------------------------------------------- derivatives

// Operands a column does not mention are not saved; the kernel gets dy in their place and
// ignores it.
static void fused(AdjTensor *dy, AdjTensor **dx, const AdjDerivative *d, int n_in,
                  AdjTensor *const *in, AdjTensor *y, const double *param)
{
    AdjTensor *all[ADJ_ITER_OPERANDS] = {dy};
    for (int k = 0; k < n_in; k++) all[k + 1] = in[k] ? in[k] : dy;
    all[n_in + 1] = y ? y : dy;
    AdjDtype type = (AdjDtype)dy->dtype;
    *dx = adj_elementwise(d->kernel, type, type, n_in + 2, all, param);
}

void adj_elementwise_vjp(AdjNode *n, AdjTensor *dy, AdjTensor **dx, const AdjDerivatives *d,
                         const double *param)
{
    AdjTensor *in[3] = {NULL}, *y = NULL, *number[3] = {NULL};
    unsigned saves = n->op->saves;
    for (int k = 0; k < n->n_in; k++)
        if (saves & ADJ_SAVE_IN(k) && !(in[k] = adj_saved_in(n, k))) return;
    if (saves & ADJ_SAVE_OUT(0) && !(y = adj_saved_out(n, 0))) return;
    bool graph = adj_building_graph();
    for (int k = 0; graph && param && k < 3; k++) number[k] = adj_number(ADJ_F(param[k]));
    for (int k = 0; k < n->n_in; k++) {
        if (!adj_wants(n, k)) continue;
        if (!graph)
            fused(dy, &dx[k], &d->of[k], n->n_in, in, y, param);
        else
            dx[k] =
                d->of[k].column(dy, in[0], in[1], in[2], y, number[0], number[1], number[2]);
    }
}
