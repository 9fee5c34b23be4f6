// SPDX-License-Identifier: Apache-2.0
// adam.c: Adam, AdamW and their relatives RAdam and NAdam.
//
//   m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2
//   p = p - lr / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
//
// Weight decay adds weight_decay p to g in Adam; AdamW takes lr weight_decay p from p instead.
// With amsgrad the largest v so far takes the place of v. RAdam scales the step by how well v
// is known so far, NAdam looks ahead along m as Nesterov's momentum does.
#include "cpu/update.h"
#include "optim/optimizer.h"

#define UNFUSED "foreach capturable differentiable"
#define ACCEPTS UNFUSED " fused"

static const char *const state[] = {"exp_avg", "exp_avg_sq", "max_exp_avg_sq", NULL};

static bool adam(AdjTensor *p, AdjTensor *grad, AdjTensor **s, int64_t step, const AdjValue *o)
{
    int n = o[Adam_amsgrad].b ? 3 : 2;
    for (int k = 0; k < n; k++)
        if (!adj_optimizer_zeros(p, s, k)) return false;
    AdjUpdate u = {.lr = o[Adam_lr].f,
                   .beta1 = o[Adam_beta1].f,
                   .beta2 = o[Adam_beta2].f,
                   .eps = o[Adam_eps].f,
                   .weight_decay = o[Adam_weight_decay].f,
                   .amsgrad = o[Adam_amsgrad].b,
                   .maximize = o[Adam_maximize].b,
                   .decoupled = o[Adam_decoupled_weight_decay].b};
    u.correction1 = 1 - pow(u.beta1, (double)step);
    u.correction2 = sqrt(1 - pow(u.beta2, (double)step));
    return adj_update(ADJ_UPDATE_ADAM, &u, p, grad, s, n);
}

ADJ_OPTIMIZER(Adam,
              "(lr: float[0,] = 0.001, beta1: float[0,1] = 0.9, beta2: float[0,1] = 0.999, "
              "eps: float[0,] = 1e-8, weight_decay: float[0,] = 0, amsgrad: bool = False, "
              "maximize: bool = False, decoupled_weight_decay: bool = False)",
              "Steps scaled by running means of the gradient and of its square.",
              .source = "Kingma and Ba 2015; Reddi et al. 2018 (amsgrad)", .accepts = ACCEPTS,
              .state = state, .update = adam)

// The options are Adam's, in the same places.
ADJ_OPTIMIZER(AdamW,
              "(lr: float[0,] = 0.001, beta1: float[0,1] = 0.9, beta2: float[0,1] = 0.999, "
              "eps: float[0,] = 1e-8, weight_decay: float[0,] = 0.01, amsgrad: bool = False, "
              "maximize: bool = False, decoupled_weight_decay: bool = True)",
              "Adam whose weight decay acts on the weights, not on the gradient.",
              .source = "Loshchilov and Hutter 2019", .accepts = ACCEPTS, .state = state,
              .update = adam)

// ---------------------------------------------------------------- RAdam

static const char *const plain_state[] = {"exp_avg", "exp_avg_sq", NULL};

// The variance of the adaptive rate is bounded from the step on at which rho exceeds 5.
static bool radam(AdjTensor *p, AdjTensor *grad, AdjTensor **s, int64_t step, const AdjValue *o)
{
    double b2 = o[RAdam_beta2].f, t = (double)step, power = pow(b2, t);
    double most = 2 / (1 - b2) - 1, rho = most - 2 * t * power / (1 - power);
    if (!adj_optimizer_zeros(p, s, 0) || !adj_optimizer_zeros(p, s, 1)) return false;
    AdjUpdate u = {.lr = o[RAdam_lr].f,
                   .beta1 = o[RAdam_beta1].f,
                   .beta2 = b2,
                   .eps = o[RAdam_eps].f,
                   .weight_decay = o[RAdam_weight_decay].f,
                   .maximize = o[RAdam_maximize].b,
                   .rectified = rho > 5,
                   .decoupled = o[RAdam_decoupled_weight_decay].b};
    u.correction1 = 1 - pow(u.beta1, t);
    if (u.rectified) {
        u.scale = sqrt(1 - power) *
                  sqrt((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho));
    }
    return adj_update(ADJ_UPDATE_RADAM, &u, p, grad, s, 2);
}

ADJ_OPTIMIZER(RAdam,
              "(lr: float[0,] = 0.001, beta1: float[0,1] = 0.9, beta2: float[0,1] = 0.999, "
              "eps: float[0,] = 1e-8, weight_decay: float[0,] = 0, "
              "decoupled_weight_decay: bool = False, maximize: bool = False)",
              "Adam that takes plain steps along the mean gradient until the mean of the "
              "squares is known well enough.",
              .source = "Liu et al. 2020", .accepts = UNFUSED, .state = plain_state,
              .update = radam)

// ---------------------------------------------------------------- NAdam

static const char *const nadam_state[] = {"mu_product", "exp_avg", "exp_avg_sq", NULL};

static double momentum_at(const AdjValue *o, double step)
{
    return o[NAdam_beta1].f * (1 - 0.5 * pow(0.96, step * o[NAdam_momentum_decay].f));
}

// The product of the momenta is kept in f32, as PyTorch keeps it: its rounding shows in f64.
static bool nadam(AdjTensor *p, AdjTensor *grad, AdjTensor **s, int64_t step, const AdjValue *o)
{
    double mu = momentum_at(o, (double)step), next = momentum_at(o, (double)step + 1);
    bool constant = o[NAdam_constant_momentum].b;
    if (constant) mu = next = o[NAdam_beta1].f;
    if (!s[0]) s[0] = adj_keep(adj_full(ADJ_SCALAR_SHAPE, ADJ_F(1), adj_default_dtype()));
    if (!s[0] || !adj_optimizer_zeros(p, s, 1) || !adj_optimizer_zeros(p, s, 2)) return false;
    if (!adj_assign(s[0], adj_mul(s[0], ADJ_NUM(mu)))) return false;
    double product = adj_item(s[0]), lr = o[NAdam_lr].f;
    AdjUpdate u = {.lr = lr,
                   .beta1 = o[NAdam_beta1].f,
                   .beta2 = o[NAdam_beta2].f,
                   .eps = o[NAdam_eps].f,
                   .weight_decay = o[NAdam_weight_decay].f,
                   .maximize = o[NAdam_maximize].b,
                   .decoupled = o[NAdam_decoupled_weight_decay].b};
    u.correction1 = lr * (1 - mu) / (1 - product);
    u.scale = lr * next / (1 - product * next);
    u.correction2 = 1 - pow(u.beta2, (double)step);
    return adj_update(ADJ_UPDATE_NADAM, &u, p, grad, s + 1, 2);
}

ADJ_OPTIMIZER(
    NAdam,
    "(lr: float[0,] = 0.002, beta1: float[0,1] = 0.9, beta2: float[0,1] = 0.999, "
    "eps: float[0,] = 1e-8, weight_decay: float[0,] = 0, "
    "momentum_decay: float[0,] = 0.004, decoupled_weight_decay: bool = False, "
    "maximize: bool = False, constant_momentum: bool = False)",
    "Adam with Nesterov's look ahead: the step uses the mean gradient of the next "
    "step.\nnotes   constant_momentum leaves the warm-up of the momentum out, so that "
    "the step is beta1 m / (1 - beta1^(t+1)) + (1 - beta1) g / (1 - beta1^t)",
    .source = "Dozat 2016", .accepts = UNFUSED, .state = nadam_state, .update = nadam)
