// SPDX-License-Identifier: Apache-2.0
// sign.c: optimizers that look at the sign of the gradient only.
//
//   Rprop  each element has a step size of its own, made longer while the sign stays and
//          shorter when it turns; after a turn the element rests once
//   Lion   p = p - lr (sign(beta1 m + (1 - beta1) g) + weight_decay p)
//          m = beta2 m + (1 - beta2) g
#include "cpu/update.h"
#include "optim/optimizer.h"

static const char *const rprop_state[] = {"prev", "step_size", NULL};

static bool rprop_check(const AdjValue *o)
{
    double less = o[Rprop_eta1].f, more = o[Rprop_eta2].f;
    if (less > 0 && less < 1 && more > 1) return true;
    return adj_fail(ADJ_E_VALUE,
                    "Invalid eta values: %g, %g; etas must satisfy 0 < etas[0] < 1 "
                    "< etas[1], as (0.5, 1.2) does",
                    less, more);
}

static bool rprop(AdjTensor *p, AdjTensor *grad, AdjTensor **s, int64_t step, const AdjValue *o)
{
    (void)step;
    if (!s[1]) s[1] = adj_keep(adj_full(adj_shape(p), ADJ_F(o[Rprop_lr].f), adj_dtype(p)));
    if (!s[1] || !adj_optimizer_zeros(p, s, 0)) return false;
    AdjUpdate u = {.beta1 = o[Rprop_eta1].f,
                   .beta2 = o[Rprop_eta2].f,
                   .eps = o[Rprop_step_size1].f,
                   .scale = o[Rprop_step_size2].f,
                   .maximize = o[Rprop_maximize].b};
    return adj_update(ADJ_UPDATE_RPROP, &u, p, grad, s, 2);
}

ADJ_OPTIMIZER(Rprop,
              "(lr: float[0,] = 0.01, eta1: float = 0.5, eta2: float = 1.2, "
              "step_size1: float[0,] = 1e-6, step_size2: float[0,] = 50, "
              "maximize: bool = False)",
              "Resilient propagation: step sizes per element, grown by etas[1] while the sign "
              "of the gradient stays and shrunk by etas[0] when it turns. For whole batches.",
              .source = "Riedmiller and Braun 1993",
              .accepts = "foreach capturable differentiable", .state = rprop_state,
              .check = rprop_check, .update = rprop)

static const char *const lion_state[] = {"exp_avg", NULL};

static bool lion(AdjTensor *p, AdjTensor *grad, AdjTensor **s, int64_t step, const AdjValue *o)
{
    (void)step;
    if (!adj_optimizer_zeros(p, s, 0)) return false;
    AdjUpdate u = {.lr = o[Lion_lr].f,
                   .beta1 = o[Lion_beta1].f,
                   .beta2 = o[Lion_beta2].f,
                   .weight_decay = o[Lion_weight_decay].f,
                   .maximize = o[Lion_maximize].b};
    return adj_update(ADJ_UPDATE_LION, &u, p, grad, s, 1);
}

ADJ_OPTIMIZER(Lion,
              "(lr: float[0,] = 0.0001, beta1: float[0,1] = 0.9, beta2: float[0,1] = 0.99, "
              "weight_decay: float[0,] = 0, maximize: bool = False)",
              "Steps of one length: the sign of a mean of the gradient, with decay of the "
              "weights.",
              .source = "Chen et al. 2023", .accepts = "foreach capturable differentiable",
              .stepless = true, .state = lion_state, .update = lion)
