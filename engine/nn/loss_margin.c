// SPDX-License-Identifier: Apache-2.0
// loss_margin.c: losses with a margin, and likelihoods, as modules: an operation with its
// options.
#include "nn/module.h"

// forward of a loss whose value is [expression], in the inputs a, b and m.
#define FORWARD(Name, expression)                                               \
    static bool Name##_forward(AdjModule *m, const AdjValue *in, AdjValue *out) \
    {                                                                           \
        AdjTensor *a = in[0].t, *b = in[1].t;                                   \
        out->t = expression;                                                    \
        return out->t != NULL;                                                  \
    }
#define A(Name, argument) m->arg[Name##_##argument]
#define REDUCTION(Name) A(Name, reduction).s
#define ERRORS "errors  Value: reduction not none, mean or sum"

FORWARD(SoftMarginLoss, adj_soft_margin_loss(a, b, REDUCTION(SoftMarginLoss)))
ADJ_MODULE(SoftMarginLoss, "(reduction: str = 'mean')",
           "(input: tensor, target: tensor) -> tensor",
           "log(1 + e^(-target input)), target 1 or -1.\n"
           "shapes  input and target alike\n" ERRORS,
           .forward = SoftMarginLoss_forward, .functional = true)

FORWARD(HingeEmbeddingLoss, adj_hinge_embedding_loss(a, b, A(HingeEmbeddingLoss, margin).f,
                                                     REDUCTION(HingeEmbeddingLoss)))
ADJ_MODULE(HingeEmbeddingLoss, "(margin: float = 1, reduction: str = 'mean')",
           "(input: tensor, target: tensor) -> tensor",
           "input where target is 1, max(0, margin - input) where it is -1.\n"
           "shapes  input and target alike\n" ERRORS,
           .forward = HingeEmbeddingLoss_forward, .functional = true)

FORWARD(MarginRankingLoss,
        adj_margin_ranking_loss(a, b, in[2].t, A(MarginRankingLoss, margin).f,
                                REDUCTION(MarginRankingLoss)))
ADJ_MODULE(
    MarginRankingLoss, "(margin: float = 0, reduction: str = 'mean')",
    "(input1: tensor, input2: tensor, target: tensor) -> tensor",
    "max(0, -target (input1 - input2) + margin): target 1 wants input1 the larger, -1 input2.\n"
    "shapes  all alike\n" ERRORS,
    .forward = MarginRankingLoss_forward, .functional = true)

FORWARD(CosineEmbeddingLoss,
        adj_cosine_embedding_loss(a, b, in[2].t, A(CosineEmbeddingLoss, margin).f,
                                  REDUCTION(CosineEmbeddingLoss)))
ADJ_MODULE(CosineEmbeddingLoss, "(margin: float = 0, reduction: str = 'mean')",
           "(input1: tensor, input2: tensor, target: tensor) -> tensor",
           "1 - cos(input1, input2) where target is 1, max(0, cos(input1, input2) - margin) "
           "where it is -1.\n"
           "shapes  inputs (N, D) and target (N), or (D) and ()\n" ERRORS,
           .forward = CosineEmbeddingLoss_forward, .functional = true)

FORWARD(TripletMarginLoss,
        adj_triplet_margin_loss(a, b, in[2].t, A(TripletMarginLoss, margin).f,
                                A(TripletMarginLoss, p).f, A(TripletMarginLoss, eps).f,
                                A(TripletMarginLoss, swap).b, REDUCTION(TripletMarginLoss)))
ADJ_MODULE(TripletMarginLoss,
           "(margin: float = 1, p: float = 2, eps: float = 1e-06, swap: bool = False, "
           "reduction: str = 'mean')",
           "(anchor: tensor, positive: tensor, negative: tensor) -> tensor",
           "max(0, |anchor - positive|_p - |anchor - negative|_p + margin).\n"
           "shapes  (N, D) or (D)\n"
           "notes   with swap the nearer of anchor and positive counts for the negative; eps "
           "is added to the differences\n" ERRORS,
           .source = "Balntas et al. 2016", .forward = TripletMarginLoss_forward,
           .functional = true)

FORWARD(MultiLabelMarginLoss, adj_multilabel_margin_loss(a, b, REDUCTION(MultiLabelMarginLoss)))
ADJ_MODULE(MultiLabelMarginLoss, "(reduction: str = 'mean')",
           "(input: tensor, target: tensor) -> tensor",
           "sum over right classes t and wrong classes j of max(0, 1 - input_t + input_j) / C; "
           "a sample's right classes are listed in target up to the first -1.\n"
           "shapes  input and target (N, C) or (C)\n" ERRORS,
           .forward = MultiLabelMarginLoss_forward, .functional = true)

static bool MultiLabelSoftMarginLoss_build(AdjModule *m)
{
    return adj_module_add_buffer(m, "weight", A(MultiLabelSoftMarginLoss, weight).t, true);
}

FORWARD(MultiLabelSoftMarginLoss,
        adj_multilabel_soft_margin_loss(a, b, adj_buffer(m, 0),
                                        REDUCTION(MultiLabelSoftMarginLoss)))
ADJ_MODULE(MultiLabelSoftMarginLoss, "(weight: tensor? = None, reduction: str = 'mean')",
           "(input: tensor, target: tensor) -> tensor",
           "The mean over classes of -(t log s + (1 - t) log(1 - s)), s = sigmoid(input), t = "
           "target 0 or 1.\n"
           "shapes  input and target (..., C); weight (C)\n" ERRORS,
           .build = MultiLabelSoftMarginLoss_build, .forward = MultiLabelSoftMarginLoss_forward,
           .functional = true)

static bool MultiMarginLoss_build(AdjModule *m)
{
    return adj_module_add_buffer(m, "weight", A(MultiMarginLoss, weight).t, true);
}

FORWARD(MultiMarginLoss,
        adj_multi_margin_loss(a, b, A(MultiMarginLoss, p).f, A(MultiMarginLoss, margin).f,
                              adj_buffer(m, 0), REDUCTION(MultiMarginLoss)))
ADJ_MODULE(MultiMarginLoss,
           "(p: float = 1, margin: float = 1, weight: tensor? = None, reduction: str = 'mean')",
           "(input: tensor, target: tensor) -> tensor",
           "sum_j w_t max(0, margin - input_t + input_j)^p / C over the classes j other than "
           "the right one t = target.\n"
           "shapes  input (N, C) and target (N), or (C) and (); weight (C)\n" ERRORS,
           .build = MultiMarginLoss_build, .source = "Crammer and Singer 2001",
           .forward = MultiMarginLoss_forward, .functional = true)

FORWARD(PoissonNLLLoss,
        adj_poisson_nll_loss(a, b, A(PoissonNLLLoss, log_input).b, A(PoissonNLLLoss, full).b,
                             A(PoissonNLLLoss, eps).f, REDUCTION(PoissonNLLLoss)))
ADJ_MODULE(
    PoissonNLLLoss,
    "(log_input: bool = True, full: bool = False, eps: float = 1e-08, reduction: str = 'mean')",
    "(log_input: tensor, target: tensor) -> tensor",
    "e^x - t x for x = input, the logarithm of a rate, and counts t = target; without "
    "log_input x - t log(x + eps), x being the rate.\n"
    "shapes  input and target alike\n"
    "notes   full adds log t! by Stirling's formula where t > 1\n" ERRORS,
    .forward = PoissonNLLLoss_forward, .functional = true)

FORWARD(GaussianNLLLoss,
        adj_gaussian_nll_loss(a, b, in[2].t, A(GaussianNLLLoss, full).b,
                              A(GaussianNLLLoss, eps).f, REDUCTION(GaussianNLLLoss)))
ADJ_MODULE(GaussianNLLLoss, "(full: bool = False, eps: float = 1e-06, reduction: str = 'mean')",
           "(input: tensor, target: tensor, var: num) -> tensor",
           "(log v + (input - target)^2 / v) / 2 with v = max(var, eps).\n"
           "shapes  input and target alike; var too, without the last axis or with 1 there, or "
           "a number\n"
           "notes   full adds log(2 pi) / 2\n" ERRORS,
           .source = "Nix and Weigend 1994", .forward = GaussianNLLLoss_forward,
           .functional = true)
