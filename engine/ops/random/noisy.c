// SPDX-License-Identifier: Apache-2.0
// noisy.c: functions that draw while they compute: rrelu and gumbel_softmax. The numbers drawn
// are constants of the tape; they are PyTorch's for the same seed.
#include "core/random.h"
#include "ops/pointwise/formula.h"

// 1 where [x] is above 0, a slope from U(lower, upper) elsewhere; drawn for these alone.
static AdjTensor *slopes(AdjTensor *x, double lower, double upper)
{
    AdjTensor *wide = adj_contiguous(adj_to(adj_detach(x), ADJ_F64));
    AdjTensor *y = wide ? adj_new_like(wide, ADJ_F64) : NULL;
    AdjGenerator *g = adj_generator_now();
    for (int64_t i = 0; y && i < y->numel; i++) {
        bool low = ((const double *)adj_ptr(wide))[i] <= 0;
        ((double *)adj_ptr(y))[i] = low ? lower + (upper - lower) * adj_unit64(g) : 1;
    }
    return adj_to(y, adj_dtype(x));
}

ADJ_OP(rrelu,
       "(input: tensor, lower: float = 0.125, upper: float = 0.3333333333333333, training: "
       "bool = False) -> tensor",
       "x if x > 0 else a x, in training with an a drawn from U(lower, upper) for every "
       "element, else with their mean.\nshapes  any\nerrors  Value: lower above upper",
       .source = "Xu et al. 2015", .in_place = true, .no_method = true, .hosted = true)
AdjTensor *op_rrelu(AdjTensor *input, double lower, double upper, bool training)
{
    if (!(lower <= upper)) {
        return adj_fail(ADJ_E_VALUE,
                        "rrelu: lower has to be at most upper, got lower=%g and upper=%g",
                        lower, upper);
    }
    if (!training) return adj_leaky_relu(input, (lower + upper) / 2);
    return TIMES(input, slopes(input, lower, upper));
}

// One where a row is largest, by the first of equals.
static AdjTensor *chosen(AdjTensor *y, int64_t dim)
{
    AdjTensor *place = adj_argmax(y, dim, true);
    AdjTensor *zeros = y ? adj_zeros_of(adj_shape(y), adj_dtype(y)) : NULL;
    return place ? adj_scatter(zeros, dim, place, NUM(1)) : NULL;
}

ADJ_OP(
    gumbel_softmax,
    "(logits: tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) "
    "-> tensor",
    "softmax((logits + g) / tau) along dim, g from the Gumbel distribution: a sample of the "
    "classes that can be differentiated.\n"
    "notes   hard gives the one-hot sample, with the gradient of the soft one; eps is not "
    "used\nerrors  Index: no such axis",
    .source = "Jang, Gu and Poole 2017", .no_method = true)
AdjTensor *op_gumbel_softmax(AdjTensor *logits, double tau, bool hard, double eps, int64_t dim)
{
    (void)eps;
    AdjTensor *noise = adj_exponential_(adj_empty_like(logits, ADJ_SAME), 1);
    AdjTensor *gumbel = adj_neg(adj_log(noise));
    AdjTensor *y = adj_softmax(OVER(PLUS(logits, gumbel), NUM(tau)), dim, ADJ_SAME);
    if (!hard || !y) return y;
    AdjTensor *now = adj_detach(y);
    return PLUS(MINUS(chosen(now, dim), now), y);
}
