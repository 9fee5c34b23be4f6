// SPDX-License-Identifier: Apache-2.0
// muon.c: Muon, momentum whose step is made orthogonal: a matrix U S V^T becomes nearly U V^T,
// by a few rounds of Newton and Schulz's iteration in bf16,
//
//   A = X X^T,   X = a X + (b A + c A A) X,
//
// whose coefficients are chosen for speed at 0 rather than for convergence at 1.
#include "optim/optimizer.h"

static const char *const state[] = {"momentum_buffer", NULL};
static const char *const scalings[] = {"original", "match_rms_adamw", "spectral_unclamped"};

static bool check(const AdjValue *o)
{
    const char *name = o[Muon_adjust_lr_fn].s;
    for (int i = 0; name && i < 3; i++)
        if (!strcmp(name, scalings[i])) return true;
    return !name || adj_fail(ADJ_E_VALUE,
                             "Adjust learning rate function %s is not supported; there are "
                             "original, match_rms_adamw and spectral_unclamped",
                             name);
}

static AdjTensor *orthogonal(AdjTensor *g, const AdjValue *o)
{
    bool tall = adj_size(g, 0) > adj_size(g, 1);
    AdjTensor *x = adj_to(g, ADJ_BF16);
    if (tall) x = adj_transpose(x, 0, 1);
    AdjTensor *norm = adj_norm(x, ADJ_F(2), ADJ_ALL, false, ADJ_SAME);
    x = adj_div(x, adj_clamp(norm, ADJ_NUM(o[Muon_eps].f), NULL), NULL);
    for (int64_t k = 0; x && k < o[Muon_ns_steps].i; k++) {
        AdjTensor *gram = adj_matmul(x, adj_transpose(x, 0, 1));
        AdjTensor *by =
            adj_addmm(gram, gram, gram, ADJ_F(o[Muon_ns_b].f), ADJ_F(o[Muon_ns_c].f));
        x = adj_addmm(x, by, x, ADJ_F(o[Muon_ns_a].f), ADJ_F(1));
    }
    return tall ? adj_transpose(x, 0, 1) : x;
}

static double scaled(double lr, const char *rule, double rows, double columns)
{
    if (rule && !strcmp(rule, "match_rms_adamw")) return lr * 0.2 * sqrt(fmax(rows, columns));
    if (rule && !strcmp(rule, "spectral_unclamped")) return lr * sqrt(rows / columns);
    return lr * sqrt(fmax(1, rows / columns));
}

static bool muon(AdjTensor *p, AdjTensor *grad, AdjTensor **s, int64_t step, const AdjValue *o)
{
    double mu = o[Muon_momentum].f, lr = o[Muon_lr].f;
    (void)step;
    if (adj_ndim(p) != 2) {
        return adj_fail(ADJ_E_VALUE,
                        "Muon only supports 2D parameters whereas we found a parameter with "
                        "size: torch.Size(%s); give others to AdamW",
                        adj_shape_text(adj_shape(p)));
    }
    if (!adj_optimizer_zeros(p, s, 0)) return false;
    if (!adj_assign(s[0], adj_lerp(s[0], grad, ADJ_NUM(1 - mu)))) return false;
    AdjTensor *update = o[Muon_nesterov].b ? adj_lerp(grad, s[0], ADJ_NUM(mu)) : s[0];
    double rate =
        scaled(lr, o[Muon_adjust_lr_fn].s, (double)adj_size(p, 0), (double)adj_size(p, 1));
    AdjTensor *kept = adj_mul(p, ADJ_NUM(1 - lr * o[Muon_weight_decay].f));
    AdjTensor *move = adj_mul(adj_to(orthogonal(update, o), adj_dtype(p)), ADJ_NUM(rate));
    return adj_assign(p, adj_sub(kept, move, ADJ_I(1))) != NULL;
}

ADJ_OPTIMIZER(Muon,
              "(lr: float[0,] = 0.001, weight_decay: float[0,] = 0.1, "
              "momentum: float[0,] = 0.95, nesterov: bool = True, ns_a: float = 3.4445, "
              "ns_b: float = -4.7750, ns_c: float = 2.0315, eps: float = 1e-7, "
              "ns_steps: int[0,99] = 5, adjust_lr_fn: str? = None)",
              "Momentum made orthogonal, for the matrices of hidden layers.\n"
              "errors  Value: a parameter without exactly two axes",
              .source = "Jordan et al. 2024; Liu et al. 2025 (match_rms_adamw)",
              .stepless = true, .state = state, .check = check, .update = muon)
