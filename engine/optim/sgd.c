// SPDX-License-Identifier: Apache-2.0
// sgd.c: gradient descent with momentum.
//
//   g = dL/dp + weight_decay p
//   v = momentum v + (1 - dampening) g      (v = g at the first step)
//   p = p - lr (g + momentum v if nesterov, else v)
#include "cpu/update.h"
#include "optim/optimizer.h"

static const char *const state[] = {"momentum_buffer", NULL};

static bool check(const AdjValue *o)
{
    if (o[SGD_nesterov].b && (o[SGD_momentum].f <= 0 || o[SGD_dampening].f != 0)) {
        return adj_fail(ADJ_E_VALUE,
                        "Nesterov momentum requires a momentum and zero dampening");
    }
    return true;
}

static bool update(AdjTensor *p, AdjTensor *grad, AdjTensor **s, int64_t step,
                   const AdjValue *o)
{
    bool momentum = o[SGD_momentum].f != 0;
    bool first = momentum && !s[0];
    (void)step;
    if (first && !(s[0] = adj_keep(adj_new_like(p, ADJ_SAME)))) return false;
    AdjUpdate u = {.lr = o[SGD_lr].f,
                   .weight_decay = o[SGD_weight_decay].f,
                   .momentum = o[SGD_momentum].f,
                   .dampening = first ? 0 : o[SGD_dampening].f,
                   .first = first,
                   .nesterov = o[SGD_nesterov].b,
                   .maximize = o[SGD_maximize].b};
    return adj_update(ADJ_UPDATE_SGD, &u, p, grad, s, momentum);
}

ADJ_OPTIMIZER(SGD,
              "(lr: float[0,] = 0.001, momentum: float[0,] = 0, dampening: float = 0, "
              "weight_decay: float[0,] = 0, nesterov: bool = False, maximize: bool = False)",
              "Stochastic gradient descent, with momentum: v = momentum v + g; p = p - lr v.",
              .source = "Robbins and Monro 1951; Polyak 1964; Sutskever et al. 2013",
              .accepts = "foreach differentiable fused", .stepless = true, .state = state,
              .check = check, .update = update)
