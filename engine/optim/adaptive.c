// SPDX-License-Identifier: Apache-2.0
// adaptive.c: optimizers that divide by a running size of the gradient, element by element.
//
//   RMSprop   q = alpha q + (1 - alpha) g^2,           p = p - lr g / (sqrt(q) + eps)
//   Adagrad   s = s + g^2,                             p = p - lr g / (sqrt(s) + eps)
//   Adadelta  d = sqrt(a + eps) / sqrt(q + eps) g,     p = p - lr d,  a the mean of d^2
//   Adamax    u = max(beta2 u, |g| + eps),             p = p - lr / (1 - beta1^t) m / u
//
// Weight decay adds weight_decay p to g in all of them.
#include "cpu/update.h"
#include "optim/optimizer.h"

#define ACCEPTS "foreach capturable differentiable"

// ---------------------------------------------------------------- RMSprop

static const char *const rmsprop_state[] = {"square_avg", "momentum_buffer", "grad_avg", NULL};

static bool rmsprop(AdjTensor *p, AdjTensor *grad, AdjTensor **s, int64_t step,
                    const AdjValue *o)
{
    (void)step;
    AdjUpdate u = {.lr = o[RMSprop_lr].f,
                   .beta1 = o[RMSprop_alpha].f,
                   .eps = o[RMSprop_eps].f,
                   .weight_decay = o[RMSprop_weight_decay].f,
                   .momentum = o[RMSprop_momentum].f,
                   .maximize = o[RMSprop_maximize].b};
    if (!adj_optimizer_zeros(p, s, 0)) return false;
    if (u.momentum > 0 && !adj_optimizer_zeros(p, s, 1)) return false;
    if (o[RMSprop_centered].b && !adj_optimizer_zeros(p, s, 2)) return false;
    return adj_update(ADJ_UPDATE_RMSPROP, &u, p, grad, s, 3);
}

ADJ_OPTIMIZER(RMSprop,
              "(lr: float[0,] = 0.01, alpha: float[0,] = 0.99, eps: float[0,] = 1e-8, "
              "weight_decay: float[0,] = 0, momentum: float[0,] = 0, centered: bool = False, "
              "maximize: bool = False)",
              "Divides by the root of a running mean of squared gradients; with centered, of "
              "their variance.",
              .source = "Hinton 2012; Graves 2013 (centered)", .accepts = ACCEPTS,
              .state = rmsprop_state, .update = rmsprop)

// ---------------------------------------------------------------- Adagrad

static const char *const adagrad_state[] = {"sum", NULL};

static bool adagrad(AdjTensor *p, AdjTensor *grad, AdjTensor **s, int64_t step,
                    const AdjValue *o)
{
    double first = o[Adagrad_initial_accumulator_value].f;
    if (!s[0]) s[0] = adj_keep(adj_full(adj_shape(p), ADJ_F(first), adj_dtype(p)));
    if (!s[0]) return false;
    AdjUpdate u = {.lr = o[Adagrad_lr].f / (1 + (double)(step - 1) * o[Adagrad_lr_decay].f),
                   .eps = o[Adagrad_eps].f,
                   .weight_decay = o[Adagrad_weight_decay].f,
                   .maximize = o[Adagrad_maximize].b};
    return adj_update(ADJ_UPDATE_ADAGRAD, &u, p, grad, s, 1);
}

ADJ_OPTIMIZER(Adagrad,
              "(lr: float[0,] = 0.01, lr_decay: float[0,] = 0, weight_decay: float[0,] = 0, "
              "initial_accumulator_value: float[0,] = 0, eps: float[0,] = 1e-10, "
              "maximize: bool = False)",
              "Divides by the root of the sum of all squared gradients so far; the rate of "
              "step t is lr / (1 + (t - 1) lr_decay).",
              .source = "Duchi, Hazan and Singer 2011",
              .accepts = "foreach differentiable fused", .state = adagrad_state,
              .update = adagrad)

// ---------------------------------------------------------------- Adadelta

static const char *const adadelta_state[] = {"square_avg", "acc_delta", NULL};

static bool adadelta(AdjTensor *p, AdjTensor *grad, AdjTensor **s, int64_t step,
                     const AdjValue *o)
{
    (void)step;
    if (!adj_optimizer_zeros(p, s, 0) || !adj_optimizer_zeros(p, s, 1)) return false;
    AdjUpdate u = {.lr = o[Adadelta_lr].f,
                   .beta1 = o[Adadelta_rho].f,
                   .eps = o[Adadelta_eps].f,
                   .weight_decay = o[Adadelta_weight_decay].f,
                   .maximize = o[Adadelta_maximize].b};
    return adj_update(ADJ_UPDATE_ADADELTA, &u, p, grad, s, 2);
}

ADJ_OPTIMIZER(Adadelta,
              "(lr: float[0,] = 1.0, rho: float[0,1] = 0.9, eps: float[0,] = 1e-6, "
              "weight_decay: float[0,] = 0, maximize: bool = False)",
              "Steps in units of the parameter: the running size of past steps over that of "
              "past gradients.",
              .source = "Zeiler 2012", .accepts = ACCEPTS, .state = adadelta_state,
              .update = adadelta)

// ---------------------------------------------------------------- Adamax

static const char *const adamax_state[] = {"exp_avg", "exp_inf", NULL};

static bool adamax(AdjTensor *p, AdjTensor *grad, AdjTensor **s, int64_t step,
                   const AdjValue *o)
{
    if (!adj_optimizer_zeros(p, s, 0) || !adj_optimizer_zeros(p, s, 1)) return false;
    AdjUpdate u = {.lr = o[Adamax_lr].f,
                   .beta1 = o[Adamax_beta1].f,
                   .beta2 = o[Adamax_beta2].f,
                   .eps = o[Adamax_eps].f,
                   .weight_decay = o[Adamax_weight_decay].f,
                   .maximize = o[Adamax_maximize].b};
    u.correction1 = 1 - pow(u.beta1, (double)step);
    return adj_update(ADJ_UPDATE_ADAMAX, &u, p, grad, s, 2);
}

ADJ_OPTIMIZER(Adamax,
              "(lr: float[0,] = 0.002, beta1: float[0,1] = 0.9, beta2: float[0,1] = 0.999, "
              "eps: float[0,] = 1e-8, weight_decay: float[0,] = 0, maximize: bool = False)",
              "Adam with the largest recent gradient in place of the mean square.",
              .source = "Kingma and Ba 2015, section 7", .accepts = ACCEPTS,
              .state = adamax_state, .update = adamax)
