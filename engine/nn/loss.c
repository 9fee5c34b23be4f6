// SPDX-License-Identifier: Apache-2.0
// loss.c: losses as modules: an operation with its options. Class weights and the like are
// buffers, so that they move and are saved with the module that holds them.
#include "nn/module.h"

// Arguments that are tensors become buffers; None leaves no trace in a state dict.
static bool keep_tensor(AdjModule *m, const char *name, int arg)
{
    return adj_module_add_buffer(m, name, m->arg[arg].t, true);
}

// forward of a loss whose value is [expression], in x, t and m.
#define FORWARD(Name, expression)                                               \
    static bool Name##_forward(AdjModule *m, const AdjValue *in, AdjValue *out) \
    {                                                                           \
        AdjTensor *x = in[0].t, *t = in[1].t;                                   \
        out->t = expression;                                                    \
        return out->t != NULL;                                                  \
    }
#define REDUCTION(Name) m->arg[Name##_reduction].s

FORWARD(MSELoss, adj_mse_loss(x, t, REDUCTION(MSELoss)))
ADJ_MODULE(
    MSELoss, "(reduction: str = 'mean')", "(input: tensor, target: tensor) -> tensor",
    "The squared error: (input - target)^2, then its mean or sum.\n"
    "shapes  input and target alike -> (), or theirs with reduction 'none'\n"
    "notes   for regression; its gradient 2 (input - target) / n grows with the error, so "
    "outliers pull hard. For classes, CrossEntropyLoss\n"
    "errors  Shape: the operands do not broadcast; Value: unknown reduction",
    .forward = MSELoss_forward, .functional = true)

FORWARD(L1Loss, adj_l1_loss(x, t, REDUCTION(L1Loss)))
ADJ_MODULE(L1Loss, "(reduction: str = 'mean')", "(input: tensor, target: tensor) -> tensor",
           "The absolute error: |input - target|, then its mean or sum.\n"
           "shapes  input and target alike -> (), or theirs with reduction 'none'\n"
           "errors  Shape: the operands do not broadcast; Value: unknown reduction",
           .forward = L1Loss_forward, .functional = true)

FORWARD(SmoothL1Loss,
        adj_smooth_l1_loss(x, t, REDUCTION(SmoothL1Loss), m->arg[SmoothL1Loss_beta].f))
ADJ_MODULE(SmoothL1Loss, "(reduction: str = 'mean', beta: float = 1)",
           "(input: tensor, target: tensor) -> tensor",
           "d^2 / (2 beta) where |d| < beta, else |d| - beta / 2, with d = input - target.\n"
           "shapes  input and target alike -> (), or theirs with reduction 'none'\n"
           "errors  Shape: the operands do not broadcast; Runtime: beta negative",
           .source = "Girshick 2015", .forward = SmoothL1Loss_forward, .functional = true)

FORWARD(HuberLoss, adj_huber_loss(x, t, REDUCTION(HuberLoss), m->arg[HuberLoss_delta].f))
ADJ_MODULE(
    HuberLoss, "(reduction: str = 'mean', delta: float = 1)",
    "(input: tensor, target: tensor) -> tensor",
    "d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2), with d = input - target.\n"
    "shapes  input and target alike -> (), or theirs with reduction 'none'\n"
    "errors  Shape: the operands do not broadcast; Runtime: delta not above 0",
    .source = "Huber 1964", .forward = HuberLoss_forward, .functional = true)

FORWARD(KLDivLoss, adj_kl_div(x, t, REDUCTION(KLDivLoss), m->arg[KLDivLoss_log_target].b))
ADJ_MODULE(
    KLDivLoss, "(reduction: str = 'mean', log_target: bool = False)",
    "(input: tensor, target: tensor) -> tensor",
    "t (log t - input), input holding log probabilities and t = target probabilities, or "
    "their logarithms with log_target.\n"
    "shapes  input and target alike -> (), or theirs with reduction 'none'\n"
    "notes   reduction 'batchmean' is the divergence as mathematics has it\n"
    "errors  Shape: the operands do not broadcast; Value: unknown reduction",
    .source = "Kullback and Leibler 1951", .forward = KLDivLoss_forward, .functional = true)

// ---------------------------------------------------------------- of two outcomes

static bool BCELoss_build(AdjModule *m)
{
    return keep_tensor(m, "weight", BCELoss_weight);
}

FORWARD(BCELoss, adj_binary_cross_entropy(x, t, adj_buffer(m, 0), REDUCTION(BCELoss)))
ADJ_MODULE(BCELoss, "(weight: tensor? = None, reduction: str = 'mean')",
           "(input: tensor, target: tensor) -> tensor",
           "-(t log p + (1 - t) log(1 - p)) for probabilities p = input and t = target.\n"
           "shapes  input and target alike; weight broadcasts to them\n"
           "notes   from scores, BCEWithLogitsLoss is exact where this one saturates\n"
           "errors  Value: target of another shape; Runtime: input outside [0, 1]",
           .build = BCELoss_build, .forward = BCELoss_forward, .functional = true)

static bool BCEWithLogitsLoss_build(AdjModule *m)
{
    return keep_tensor(m, "weight", BCEWithLogitsLoss_weight) &&
           keep_tensor(m, "pos_weight", BCEWithLogitsLoss_pos_weight);
}

FORWARD(BCEWithLogitsLoss,
        adj_binary_cross_entropy_with_logits(x, t, adj_buffer(m, 0),
                                             REDUCTION(BCEWithLogitsLoss), adj_buffer(m, 1)))
ADJ_MODULE(
    BCEWithLogitsLoss,
    "(weight: tensor? = None, reduction: str = 'mean', pos_weight: tensor? = None)",
    "(input: tensor, target: tensor) -> tensor",
    "BCELoss of sigmoid(input), exact for scores of any size; pos_weight weighs the part of "
    "the positive targets.\n"
    "shapes  input and target alike; weight and pos_weight broadcast to them\n"
    "errors  Value: target of another shape",
    .build = BCEWithLogitsLoss_build, .forward = BCEWithLogitsLoss_forward, .functional = true)

// ---------------------------------------------------------------- of classes

static bool NLLLoss_build(AdjModule *m)
{
    return keep_tensor(m, "weight", NLLLoss_weight);
}

FORWARD(NLLLoss, adj_nll_loss(x, t, adj_buffer(m, 0), m->arg[NLLLoss_ignore_index].i,
                              REDUCTION(NLLLoss)))
ADJ_MODULE(
    NLLLoss, "(weight: tensor? = None, ignore_index: int = -100, reduction: str = 'mean')",
    "(input: tensor, target: tensor) -> tensor",
    "Minus the log probability of the right class: -w_t input_t, t = target.\n"
    "shapes  input (C), (N, C) or (N, C, ...) of log probabilities, target without the axis "
    "of classes; weight (C)\n"
    "errors  Shape: target does not fit; Value: batch sizes differ; Index: a target outside "
    "the classes",
    .build = NLLLoss_build, .forward = NLLLoss_forward, .functional = true)

static bool CrossEntropyLoss_build(AdjModule *m)
{
    return keep_tensor(m, "weight", CrossEntropyLoss_weight);
}

FORWARD(CrossEntropyLoss,
        adj_cross_entropy(x, t, adj_buffer(m, 0), m->arg[CrossEntropyLoss_ignore_index].i,
                          REDUCTION(CrossEntropyLoss),
                          m->arg[CrossEntropyLoss_label_smoothing].f))
ADJ_MODULE(
    CrossEntropyLoss,
    "(weight: tensor? = None, ignore_index: int = -100, reduction: str = 'mean', "
    "label_smoothing: float = 0)",
    "(input: tensor, target: tensor) -> tensor",
    "-w_t log softmax(input)_t for class indices t = target, -sum_c w_c p_c log "
    "softmax(input)_c for class probabilities p.\n"
    "shapes  input (C), (N, C) or (N, C, ...); indices without the axis of classes, or "
    "probabilities of input's shape; weight (C)\n"
    "notes   input are scores: no Softmax before it; the gradient is (softmax(input) - "
    "one hot) / N\n"
    "errors  Shape: target does not fit; Value: batch sizes differ; Index: a target outside "
    "the classes; Runtime: label_smoothing outside [0, 1]",
    .build = CrossEntropyLoss_build, .forward = CrossEntropyLoss_forward, .functional = true)
