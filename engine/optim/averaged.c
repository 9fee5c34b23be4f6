// SPDX-License-Identifier: Apache-2.0
// averaged.c: ASGD, gradient descent that also keeps the mean of the weights it passed through.
//
//   p = (1 - lambd eta) p - eta g,   ax = ax + mu (p - ax)
//   eta = lr / (1 + lambd lr t)^alpha,   mu = 1 / max(1, t - t0)
//
// eta and mu are kept from one step to the next as PyTorch keeps them, in the default element
// type: their rounding shows in f64.
#include "cpu/update.h"
#include "optim/optimizer.h"

static const char *const state[] = {"eta", "mu", "ax", NULL};

static bool keep_number(AdjTensor **slot, double value)
{
    AdjTensor *t = adj_full(ADJ_SCALAR_SHAPE, ADJ_F(value), adj_default_dtype());
    if (!t) return false;
    adj_drop(slot);
    *slot = adj_keep(t);
    return true;
}

static bool asgd(AdjTensor *p, AdjTensor *grad, AdjTensor **s, int64_t step, const AdjValue *o)
{
    double lr = o[ASGD_lr].f, lambd = o[ASGD_lambd].f, t = (double)step;
    if (!s[0] && !keep_number(&s[0], lr)) return false;
    if (!s[1] && !keep_number(&s[1], 1)) return false;
    if (!adj_optimizer_zeros(p, s, 2)) return false;
    AdjUpdate u = {.lr = adj_item(s[0]),
                   .momentum = adj_item(s[1]),
                   .scale = lambd,
                   .weight_decay = o[ASGD_weight_decay].f,
                   .maximize = o[ASGD_maximize].b};
    return adj_update(ADJ_UPDATE_ASGD, &u, p, grad, s + 2, 1) &&
           keep_number(&s[0], lr / pow(1 + lambd * lr * t, o[ASGD_alpha].f)) &&
           keep_number(&s[1], 1 / fmax(1, t - o[ASGD_t0].f));
}

ADJ_OPTIMIZER(ASGD,
              "(lr: float[0,] = 0.01, lambd: float[0,] = 0.0001, alpha: float[0,] = 0.75, "
              "t0: float = 1000000.0, weight_decay: float[0,] = 0, maximize: bool = False)",
              "Gradient descent with a falling rate and, in the state 'ax', the mean of the "
              "weights from step t0 on.",
              .source = "Polyak and Juditsky 1992",
              .accepts = "foreach capturable differentiable", .state = state, .update = asgd)
