// SPDX-License-Identifier: Apache-2.0
// loss_density.c: minus the log likelihood of counts and of measurements, with constant terms
// on request. Composed of public operations, so every order of derivative exists.
#include "ops/losses/loss.h"
#include "ops/pointwise/formula.h"

// log n! for n > 1, by Stirling's formula.
static AdjTensor *log_factorial(AdjTensor *n)
{
    AdjTensor *many = adj_gt(n, NUM(1));
    AdjTensor *safe = adj_where(many, n, NUM(2));
    AdjTensor *y = MINUS(TIMES(safe, adj_log(safe)), safe);
    y = PLUS(y, TIMES(NUM(0.5), adj_log(TIMES(NUM(2 * M_PI), safe))));
    return adj_where(many, y, NUM(0));
}

ADJ_OP(poisson_nll_loss,
       "(input: tensor, target: tensor, log_input: bool = True, full: bool = False, eps: float "
       "= 1e-08, reduction: str = 'mean') -> tensor",
       "e^x - t x for x = input, the logarithm of a rate, and counts t = target; without "
       "log_input x - t log(x + eps), x being the rate.\n"
       "shapes  the operands broadcast\n"
       "notes   full adds log t! by Stirling's formula where t > 1\n"
       "errors  Shape: the operands do not broadcast; Value: reduction not none, mean or sum",
       .lo = 0.1, .hi = 3, .no_method = true)
AdjTensor *op_poisson_nll_loss(AdjTensor *input, AdjTensor *target, bool log_input, bool full,
                               double eps, const char *reduction)
{
    AdjLossReduction r;
    if (!adj_reduction_of(reduction, &r)) return NULL;
    AdjTensor *y = log_input ? MINUS(adj_exp(input), TIMES(target, input))
                             : MINUS(input, TIMES(target, adj_log(PLUS(input, NUM(eps)))));
    if (full) y = PLUS(y, log_factorial(target));
    return y ? adj_reduced(y, r) : NULL;
}

// The variance beside the values: of their shape, or one for the last axis of each sample.
static AdjTensor *fitting(AdjTensor *var, AdjTensor *input)
{
    AdjShape v = adj_shape(var), x = adj_shape(input), last = x;
    if (v.n == 0 || adj_shape_equal(v, x)) return var;
    last.at[x.n ? x.n - 1 : 0] = 1;
    if (adj_shape_equal(v, last)) return var;
    last.n = x.n - 1;
    if (x.n && adj_shape_equal(v, last)) return adj_unsqueeze(var, -1);
    return adj_fail(ADJ_E_VALUE, "gaussian_nll_loss: var is of incorrect size: %s for input %s",
                    adj_shape_text(v), adj_shape_text(x));
}

// Not below eps. The derivative by the variance goes on where it is, as PyTorch has it: a
// variance that is stuck at 0 must be able to leave.
static AdjTensor *at_least(AdjTensor *var, double eps)
{
    AdjTensor *now = adj_detach(var);
    return PLUS(var, MINUS(adj_clamp(now, NUM(eps), NULL), now));
}

ADJ_OP(gaussian_nll_loss,
       "(input: tensor, target: tensor, var: num, full: bool = False, eps: float = 1e-06, "
       "reduction: str = 'mean') -> tensor",
       "(log v + (input - target)^2 / v) / 2 with v = max(var, eps).\n"
       "shapes  input and target broadcast; var of input's shape, without its last axis, or "
       "with 1 there; or a number\n"
       "notes   full adds log(2 pi) / 2\n"
       "errors  Value: var negative or of another shape, reduction not none, mean or sum",
       .source = "Nix and Weigend 1994", .lo = 0.1, .hi = 3, .no_method = true)
AdjTensor *op_gaussian_nll_loss(AdjTensor *input, AdjTensor *target, AdjTensor *var, bool full,
                                double eps, const char *reduction)
{
    AdjLossReduction r;
    if (!adj_reduction_of(reduction, &r) || !(var = fitting(var, input))) return NULL;
    if (adj_item(adj_any(adj_lt(var, NUM(0)), ADJ_ALL, false)) != 0)
        return adj_fail(ADJ_E_VALUE, "gaussian_nll_loss: var has negative entry/entries");
    AdjTensor *v = at_least(var, eps), *d = MINUS(input, target);
    AdjTensor *y = TIMES(NUM(0.5), PLUS(adj_log(v), OVER(TIMES(d, d), v)));
    if (full) y = PLUS(y, NUM(0.5 * log(2 * M_PI)));
    return y ? adj_reduced(y, r) : NULL;
}
