// SPDX-License-Identifier: Apache-2.0
// layerwise.c: LAMB, Adam whose step is as long as the parameter says.
//
//   r = m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps) + weight_decay p
//   p = p - lr |p| / |r| r        (the ratio is 1 where one of the norms is 0)
//
// The norms are over the whole parameter, so the rule is a few operations, not one loop.
#include "optim/optimizer.h"

static const char *const state[] = {"exp_avg", "exp_avg_sq", NULL};

// a x + b y
static AdjTensor *mix(double a, AdjTensor *x, double b, AdjTensor *y)
{
    return adj_add(adj_mul(x, ADJ_NUM(a)), adj_mul(y, ADJ_NUM(b)), ADJ_I(1));
}

static double length(AdjTensor *x)
{
    AdjTensor *norm = x ? adj_norm(x, ADJ_F(2), ADJ_ALL, false, ADJ_SAME) : NULL;
    return norm ? adj_item(norm) : NAN;
}

static bool lamb(AdjTensor *p, AdjTensor *grad, AdjTensor **s, int64_t step, const AdjValue *o)
{
    double b1 = o[LAMB_beta1].f, b2 = o[LAMB_beta2].f, t = (double)step;
    bool correct = o[LAMB_bias_correction].b;
    double c1 = correct ? 1 - pow(b1, t) : 1, c2 = correct ? 1 - pow(b2, t) : 1;
    if (!adj_optimizer_zeros(p, s, 0) || !adj_optimizer_zeros(p, s, 1)) return false;
    AdjTensor *g = o[LAMB_maximize].b ? adj_neg(grad) : grad;
    if (!adj_assign(s[0], mix(b1, s[0], 1 - b1, g)) ||
        !adj_assign(s[1], mix(b2, s[1], 1 - b2, adj_mul(g, g))))
        return false;
    AdjTensor *root = adj_sqrt(adj_div(s[1], ADJ_NUM(c2), NULL));
    AdjTensor *r = adj_div(adj_div(s[0], ADJ_NUM(c1), NULL),
                           adj_add(root, ADJ_NUM(o[LAMB_eps].f), ADJ_I(1)), NULL);
    if (o[LAMB_weight_decay].f != 0) r = mix(1, r, o[LAMB_weight_decay].f, p);
    double of_p = length(p), of_r = length(r);
    double trust = of_p > 0 && of_r > 0 ? of_p / of_r : 1;
    return adj_assign(p, mix(1, p, -o[LAMB_lr].f * trust, r)) != NULL;
}

ADJ_OPTIMIZER(LAMB,
              "(lr: float[0,] = 0.001, beta1: float[0,1] = 0.9, beta2: float[0,1] = 0.999, "
              "eps: float[0,] = 1e-6, weight_decay: float[0,] = 0, "
              "bias_correction: bool = True, maximize: bool = False)",
              "Adam with each parameter's step scaled to the parameter's own length, for large "
              "batches.",
              .source = "You et al. 2020", .accepts = "foreach capturable differentiable",
              .state = state, .update = lamb)
