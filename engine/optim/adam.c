// SPDX-License-Identifier: Apache-2.0
// adam.c: Adam and AdamW.
//
//   m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2
//   p = p - lr / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
//
// Weight decay adds weight_decay p to g in Adam; AdamW takes lr weight_decay p from p instead.
// With amsgrad the largest v so far takes the place of v.
#include "cpu/update.h"
#include "optim/optimizer.h"

static const char *const state[] = { "exp_avg", "exp_avg_sq", "max_exp_avg_sq", NULL };

static bool update_with(AdjTensor *p, AdjTensor *grad, AdjTensor **s, int64_t step,
                        const AdjValue *o, bool decoupled)
{
    int n = o[Adam_amsgrad].b ? 3 : 2;
    for (int k = 0; k < n; k++) {
        if (!s[k] && !(s[k] = adj_keep(adj_zeros_of(adj_shape(p), adj_dtype(p))))) return false;
    }
    AdjUpdate u = { .lr = o[Adam_lr].f, .beta1 = o[Adam_beta1].f, .beta2 = o[Adam_beta2].f,
                    .eps = o[Adam_eps].f, .weight_decay = o[Adam_weight_decay].f,
                    .amsgrad = o[Adam_amsgrad].b, .maximize = o[Adam_maximize].b,
                    .decoupled = decoupled };
    u.correction1 = 1 - pow(u.beta1, (double)step);
    u.correction2 = sqrt(1 - pow(u.beta2, (double)step));
    return adj_update(ADJ_UPDATE_ADAM, &u, p, grad, s, n);
}

static bool adam(AdjTensor *p, AdjTensor *grad, AdjTensor **s, int64_t step, const AdjValue *o)
{
    return update_with(p, grad, s, step, o, false);
}

static bool adamw(AdjTensor *p, AdjTensor *grad, AdjTensor **s, int64_t step, const AdjValue *o)
{
    return update_with(p, grad, s, step, o, true);
}

ADJ_OPTIMIZER(Adam,
              "(lr: float[0,] = 0.001, beta1: float[0,1] = 0.9, beta2: float[0,1] = 0.999, "
              "eps: float[0,] = 1e-8, weight_decay: float[0,] = 0, amsgrad: bool = False, "
              "maximize: bool = False)",
              "Steps scaled by running means of the gradient and of its square.",
              .source = "Kingma and Ba 2015; Reddi et al. 2018 (amsgrad)",
              .state = state, .update = adam)

ADJ_OPTIMIZER(AdamW,
              "(lr: float[0,] = 0.001, beta1: float[0,1] = 0.9, beta2: float[0,1] = 0.999, "
              "eps: float[0,] = 1e-8, weight_decay: float[0,] = 0.01, amsgrad: bool = False, "
              "maximize: bool = False)",
              "Adam whose weight decay acts on the weights, not on the gradient.",
              .source = "Loshchilov and Hutter 2019", .state = state, .update = adamw)
