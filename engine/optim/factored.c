// SPDX-License-Identifier: Apache-2.0
// factored.c: Adafactor, which keeps the mean square of a matrix's gradient as the product of a
// column of row means and a row of column means: n + m numbers in place of n m.
//
//   v = row col / mean(row),  u = g / sqrt(v)
//   p = p - max(eps2, rms(p)) min(lr, 1 / sqrt(t)) u / max(1, rms(u) / d)
//
// Parameters with fewer than two axes keep all of v.
#include <float.h>

#include "optim/optimizer.h"

static const char *const state[] = {"row_var", "col_var", "variance", NULL};

static double rms(AdjTensor *x)
{
    AdjTensor *norm = x ? adj_norm(x, ADJ_F(2), ADJ_ALL, false, ADJ_SAME) : NULL;
    return norm ? adj_item(norm) / sqrt((double)adj_numel(x)) : NAN;
}

static AdjTensor *towards(AdjTensor **slot, AdjTensor *value, double weight)
{
    if (!value) return NULL;
    if (!*slot) *slot = adj_keep(adj_zeros_like(value, ADJ_SAME));
    return *slot ? adj_assign(*slot, adj_lerp(*slot, value, ADJ_NUM(weight))) : NULL;
}

// The estimate of the mean square from rows and columns.
static AdjTensor *factored(AdjTensor *g, AdjTensor **s, double weight, double eps)
{
    AdjTensor *square = adj_mul(g, g);
    AdjTensor *row = towards(&s[0], adj_mean(square, ADJ_SHAPE(-1), true, ADJ_SAME), weight);
    AdjTensor *col = towards(&s[1], adj_mean(square, ADJ_SHAPE(-2), true, ADJ_SAME), weight);
    AdjTensor *mean =
        adj_clamp(adj_mean(row, ADJ_SHAPE(-2), true, ADJ_SAME), ADJ_NUM(eps), NULL);
    return adj_div(adj_matmul(row, col), mean, NULL);
}

static double smallest(const AdjTensor *p)
{
    static const double eps[] = {[ADJ_F32] = FLT_EPSILON,
                                 [ADJ_F64] = DBL_EPSILON,
                                 [ADJ_F16] = 0x1p-10,
                                 [ADJ_BF16] = 0x1p-7};
    return eps[adj_dtype(p)];
}

static bool adafactor(AdjTensor *p, AdjTensor *grad, AdjTensor **s, int64_t step,
                      const AdjValue *o)
{
    double t = (double)step, weight = pow(t, o[Adafactor_beta2_decay].f);
    double lr = o[Adafactor_lr].f, eps = o[Adafactor_eps1].f;
    double rate = fmax(o[Adafactor_eps2].f, rms(p)) * fmin(lr, 1 / sqrt(t));
    if (isnan(eps)) eps = smallest(p);
    AdjTensor *g = o[Adafactor_maximize].b ? adj_neg(grad) : grad, *v;
    if (adj_ndim(p) > 1)
        v = factored(g, s, weight, eps);
    else
        v = towards(&s[2], adj_mul(g, g), weight);
    AdjTensor *update = adj_mul(adj_rsqrt(adj_clamp(v, ADJ_NUM(eps * eps), NULL)), g);
    double shrink = 1 - lr * o[Adafactor_weight_decay].f;
    double scale = rate / fmax(1, rms(update) / o[Adafactor_d].f);
    AdjTensor *kept = shrink == 1 ? p : adj_mul(p, ADJ_NUM(shrink));
    return adj_assign(p, adj_sub(kept, adj_mul(update, ADJ_NUM(scale)), ADJ_I(1))) != NULL;
}

ADJ_OPTIMIZER(Adafactor,
              "(lr: float[0,] = 0.01, beta2_decay: float[,0] = -0.8, eps1: float? = None, "
              "eps2: float[0,] = 0.001, d: float[1,] = 1.0, weight_decay: float[0,] = 0, "
              "maximize: bool = False)",
              "Steps scaled by the parameter's own size and by mean squares kept as a product "
              "of rows and columns.",
              .source = "Shazeer and Stern 2018", .accepts = "foreach", .state = state,
              .update = adafactor)
