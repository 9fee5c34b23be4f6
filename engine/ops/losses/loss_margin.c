// SPDX-License-Identifier: Apache-2.0
// loss_margin.c: losses that ask for a distance between right and wrong: rankings, hinges,
// triplets, classes with a margin.
//
// All are composed of public operations, so every order of derivative exists, and where
// PyTorch clamps, the same clamp stands here: the derivatives at the kinks agree.
#include "ops/losses/loss.h"
#include "ops/pointwise/formula.h"

#define REDUCTION "errors  Value: reduction not none, mean or sum"

static bool alike(AdjTensor *a, AdjTensor *b, const char *what)
{
    if (adj_shape_equal(adj_shape(a), adj_shape(b))) return true;
    return adj_fail(ADJ_E_SHAPE, "%s: %s of shape %s does not fit input of shape %s",
                    adj_op_name(), what, adj_shape_text(adj_shape(b)),
                    adj_shape_text(adj_shape(a)));
}

static bool same_axes(AdjTensor *a, AdjTensor *b, const char *what)
{
    if (a->ndim == b->ndim) return true;
    return adj_fail(ADJ_E_RUNTIME,
                    "%s: All input tensors should have same dimension but got sizes: %s and "
                    "%s: %s",
                    adj_op_name(), adj_shape_text(adj_shape(a)), what,
                    adj_shape_text(adj_shape(b)));
}

static AdjTensor *reduced(AdjTensor *y, AdjLossReduction r)
{
    return y ? adj_reduced(y, r) : NULL;
}

// [y] where the target is not [label], 0 elsewhere.
static AdjTensor *unless(AdjTensor *target, double label, AdjTensor *y)
{
    return adj_where(adj_ne(target, NUM(label)), y, NUM(0));
}

ADJ_OP(margin_ranking_loss,
       "(input1: tensor, input2: tensor, target: tensor, margin: float = 0, reduction: str = "
       "'mean') -> tensor",
       "max(0, -target (input1 - input2) + margin): target 1 wants input1 the larger, -1 "
       "input2.\nshapes  the operands broadcast, with equally many axes\n"
       "errors  Runtime: numbers of axes differ; Value: reduction not none, mean or sum",
       .no_method = true)
AdjTensor *op_margin_ranking_loss(AdjTensor *input1, AdjTensor *input2, AdjTensor *target,
                                  double margin, const char *reduction)
{
    AdjLossReduction r;
    if (!adj_reduction_of(reduction, &r) || !same_axes(input1, input2, "input2") ||
        !same_axes(input1, target, "target"))
        return NULL;
    AdjTensor *gap = TIMES(adj_neg(target), MINUS(input1, input2));
    return reduced(POSITIVE(PLUS(gap, NUM(margin))), r);
}

ADJ_OP(hinge_embedding_loss,
       "(input: tensor, target: tensor, margin: float = 1, reduction: str = 'mean') -> tensor",
       "input where target is 1, max(0, margin - input) where it is -1.\n"
       "shapes  the operands broadcast\n" REDUCTION,
       .no_method = true)
AdjTensor *op_hinge_embedding_loss(AdjTensor *input, AdjTensor *target, double margin,
                                   const char *reduction)
{
    AdjLossReduction r;
    if (!adj_reduction_of(reduction, &r)) return NULL;
    AdjTensor *apart = unless(target, 1, POSITIVE(MINUS(NUM(margin), input)));
    return reduced(PLUS(unless(target, -1, input), apart), r);
}

ADJ_OP(soft_margin_loss, "(input: tensor, target: tensor, reduction: str = 'mean') -> tensor",
       "log(1 + e^(-target input)), target 1 or -1.\nshapes  the operands broadcast\n"
       "notes   exact for inputs of any size\n" REDUCTION,
       .no_method = true)
AdjTensor *op_soft_margin_loss(AdjTensor *input, AdjTensor *target, const char *reduction)
{
    AdjLossReduction r;
    if (!adj_reduction_of(reduction, &r)) return NULL;
    return reduced(adj_neg(adj_logsigmoid(TIMES(target, input))), r);
}

ADJ_OP(multilabel_soft_margin_loss,
       "(input: tensor, target: tensor, weight: tensor? = None, reduction: str = 'mean') -> "
       "tensor",
       "The mean over classes of -(t log s + (1 - t) log(1 - s)), s = sigmoid(input) and t = "
       "target 0 or 1, each class times its weight.\n"
       "shapes  input and target (..., C); weight (C)\n" REDUCTION,
       .no_method = true)
AdjTensor *op_multilabel_soft_margin_loss(AdjTensor *input, AdjTensor *target,
                                          AdjTensor *weight, const char *reduction)
{
    AdjLossReduction r;
    if (!adj_reduction_of(reduction, &r)) return NULL;
    AdjTensor *yes = TIMES(target, adj_logsigmoid(input));
    AdjTensor *no = TIMES(MINUS(NUM(1), target), adj_logsigmoid(adj_neg(input)));
    AdjTensor *y = adj_neg(PLUS(yes, no));
    if (weight) y = TIMES(y, weight);
    return reduced(MEAN_ALONG(y, -1), r);
}

// ---------------------------------------------------------------- between vectors

static bool check_vectors(AdjTensor *input1, AdjTensor *input2, AdjTensor *target)
{
    if (target->ndim <= 1 && input1->ndim == target->ndim + 1 && input2->ndim == input1->ndim)
        return true;
    return adj_fail(ADJ_E_SHAPE,
                    "cosine_embedding_loss: 1-D target tensor expects 2-D input tensors, 0-D "
                    "target 1-D ones, but found inputs with sizes %s and %s and target %s",
                    adj_shape_text(adj_shape(input1)), adj_shape_text(adj_shape(input2)),
                    adj_shape_text(adj_shape(target)));
}

ADJ_OP(cosine_embedding_loss,
       "(input1: tensor, input2: tensor, target: tensor, margin: float = 0, reduction: str = "
       "'mean') -> tensor",
       "1 - cos(input1, input2) where target is 1, max(0, cos(input1, input2) - margin) where "
       "it is -1.\nshapes  inputs (N, D) and target (N), or (D) and ()\n"
       "errors  Shape: other axes; Value: reduction not none, mean or sum",
       .no_method = true)
AdjTensor *op_cosine_embedding_loss(AdjTensor *input1, AdjTensor *input2, AdjTensor *target,
                                    double margin, const char *reduction)
{
    AdjLossReduction r;
    if (!adj_reduction_of(reduction, &r) || !check_vectors(input1, input2, target)) return NULL;
    AdjTensor *least = NUM(1e-12);
    AdjTensor *a = PLUS(SUM_ALONG(TIMES(input1, input1), -1), least);
    AdjTensor *b = PLUS(SUM_ALONG(TIMES(input2, input2), -1), least);
    AdjTensor *cosine = OVER(SUM_ALONG(TIMES(input1, input2), -1), adj_sqrt(TIMES(a, b)));
    AdjTensor *alike_ones = adj_where(adj_eq(target, NUM(1)), MINUS(NUM(1), cosine), NUM(0));
    AdjTensor *others = POSITIVE(MINUS(cosine, NUM(margin)));
    others = adj_where(adj_eq(target, NUM(-1)), others, NUM(0));
    return reduced(PLUS(alike_ones, others), r);
}

ADJ_OP(triplet_distances_loss,
       "(positive: tensor, negative: tensor, swapped: tensor? = None, margin: float = 1, "
       "reduction: str = 'mean') -> tensor",
       "max(0, positive - min(negative, swapped) + margin) of the distances of an anchor from "
       "its positive and its negative, and of these from each other.\n"
       "shapes  the operands broadcast\n" REDUCTION,
       .no_method = true)
AdjTensor *op_triplet_distances_loss(AdjTensor *positive, AdjTensor *negative,
                                     AdjTensor *swapped, double margin, const char *reduction)
{
    AdjLossReduction r;
    if (!adj_reduction_of(reduction, &r)) return NULL;
    if (swapped) negative = adj_minimum(negative, swapped);
    return reduced(POSITIVE(PLUS(NUM(margin), MINUS(positive, negative))), r);
}

ADJ_OP(
    triplet_margin_loss,
    "(anchor: tensor, positive: tensor, negative: tensor, margin: float = 1, p: float = 2, "
    "eps: float = 1e-06, swap: bool = False, reduction: str = 'mean') -> tensor",
    "max(0, |anchor - positive|_p - |anchor - negative|_p + margin); with swap the nearer of "
    "anchor and positive counts for the negative.\n"
    "shapes  (N, D) or (D)\nnotes   eps is added to the differences\n"
    "errors  Runtime: numbers of axes differ; Value: margin not above 0, or reduction not "
    "none, mean or sum",
    .source = "Balntas et al. 2016", .no_method = true)
AdjTensor *op_triplet_margin_loss(AdjTensor *anchor, AdjTensor *positive, AdjTensor *negative,
                                  double margin, double p, double eps, bool swap,
                                  const char *reduction)
{
    AdjLossReduction r;
    if (!adj_reduction_of(reduction, &r) || !same_axes(anchor, positive, "positive") ||
        !same_axes(anchor, negative, "negative"))
        return NULL;
    if (!(margin > 0)) {
        return adj_fail(ADJ_E_VALUE,
                        "triplet_margin_loss: expected margin to be greater than 0, got %g",
                        margin);
    }
    AdjTensor *near = adj_pairwise_distance(anchor, positive, p, eps, false);
    AdjTensor *far = adj_pairwise_distance(anchor, negative, p, eps, false);
    AdjTensor *third = swap ? adj_pairwise_distance(positive, negative, p, eps, false) : NULL;
    return adj_triplet_distances_loss(near, far, third, margin, reduction);
}

// ---------------------------------------------------------------- between classes

// (N, C) scores and (N) targets as columns; a single sample becomes a batch of one.
static bool check_classes(AdjTensor **x, AdjTensor **target)
{
    AdjTensor *t = *target;
    if ((*x)->ndim == 1) *x = adj_unsqueeze(*x, 0);
    bool fits = *x && (*x)->ndim == 2 && t->ndim <= 1 && t->numel == (*x)->sizes[0];
    if (!fits) {
        if (adj_error_kind()) return false;
        return adj_fail(ADJ_E_SHAPE,
                        "multi_margin_loss: inconsistent target size, expected (N, C) and (N) "
                        "or (C) and (), got target %s",
                        adj_shape_text(adj_shape(t)));
    }
    *target = adj_reshape(adj_to(t, ADJ_I64), ADJ_SHAPE(-1, 1));
    return *target != NULL;
}

static bool check_multi_margin(AdjTensor *x, AdjTensor *weight, double p)
{
    if (p != 1 && p != 2)
        return adj_fail(ADJ_E_VALUE,
                        "multi_margin_loss: only p == 1 and p == 2 supported, got "
                        "p=%g",
                        p);
    if (!weight || (weight->ndim == 1 && weight->sizes[0] == x->sizes[x->ndim - 1]))
        return true;
    return adj_fail(ADJ_E_SHAPE,
                    "multi_margin_loss: inconsistent weight size, expected %lld "
                    "but got %s",
                    (long long)x->sizes[x->ndim - 1], adj_shape_text(adj_shape(weight)));
}

ADJ_OP(multi_margin_loss,
       "(input: tensor, target: tensor, p: float = 1, margin: float = 1, weight: tensor? = "
       "None, reduction: str = 'mean') -> tensor",
       "sum_j w_t max(0, margin - input_t + input_j)^p / C over the classes j other than the "
       "right one t.\nshapes  input (N, C) and target (N), or (C) and (); weight (C)\n"
       "errors  Shape: target or weight do not fit; Value: p not 1 or 2; Index: a target "
       "outside the classes",
       .source = "Crammer and Singer 2001", .no_method = true)
AdjTensor *op_multi_margin_loss(AdjTensor *input, AdjTensor *target, double p, double margin,
                                AdjTensor *weight, const char *reduction)
{
    AdjLossReduction r;
    bool single = input->ndim <= 1;
    if (!input->ndim) {
        return adj_fail(ADJ_E_SHAPE,
                        "multi_margin_loss: input must be (C) or (N, C), got shape ()");
    }
    if (!adj_reduction_of(reduction, &r) || !check_multi_margin(input, weight, p) ||
        !check_classes(&input, &target))
        return NULL;
    AdjTensor *gap = PLUS(MINUS(NUM(margin), adj_gather(input, 1, target)), input);
    AdjTensor *y = POSITIVE(gap);
    if (p == 2) y = TIMES(y, y);
    AdjTensor *own = adj_squeeze(adj_one_hot(target, input->sizes[1]), ADJ_SHAPE(1));
    y = adj_masked_fill(y, adj_to(own, ADJ_BOOL), NUM(0));
    if (weight) {
        AdjTensor *flat = adj_reshape(target, ADJ_SHAPE(-1));
        y = TIMES(y, adj_unsqueeze(adj_index_select(weight, 0, flat), 1));
    }
    y = MEAN_ALONG(y, -1);
    return reduced(single ? adj_squeeze(y, ADJ_ALL) : y, r);
}

// How often every class stands in a sample's list of targets, which ends at the first -1.
static AdjTensor *count_targets(AdjTensor *target, AdjDtype dtype)
{
    AdjTensor *t = adj_contiguous(adj_to(target, ADJ_I64));
    AdjTensor *count = t ? adj_zeros_of(adj_shape(t), ADJ_F64) : NULL;
    if (!count) return NULL;
    const int64_t *at = (const int64_t *)adj_ptr(t);
    int64_t classes = t->sizes[t->ndim - 1], samples = classes ? t->numel / classes : 0;
    for (int64_t i = 0; i < samples; i++) {
        double *row = (double *)adj_ptr(count) + i * classes;
        for (int64_t j = 0; j < classes && at[i * classes + j] != -1; j++) {
            int64_t k = at[i * classes + j];
            if (k < 0 || k >= classes) {
                return adj_fail(ADJ_E_INDEX,
                                "multilabel_margin_loss: target %lld is out of range of %lld "
                                "classes",
                                (long long)k, (long long)classes);
            }
            row[k]++;
        }
    }
    return adj_to(count, dtype);
}

ADJ_OP(multilabel_margin_loss,
       "(input: tensor, target: tensor, reduction: str = 'mean') -> tensor",
       "sum over right classes t and wrong classes j of max(0, 1 - input_t + input_j) / C; a "
       "sample's right classes are listed in target up to the first -1.\n"
       "shapes  input and target (N, C) or (C)\n"
       "errors  Shape: they differ; Index: a target outside the classes; Value: reduction not "
       "none, mean or sum",
       .no_method = true, .hosted = true)
AdjTensor *op_multilabel_margin_loss(AdjTensor *input, AdjTensor *target, const char *reduction)
{
    AdjLossReduction r;
    if (!adj_reduction_of(reduction, &r) || !alike(input, target, "target")) return NULL;
    if (input->ndim < 1 || input->ndim > 2) {
        return adj_fail(ADJ_E_SHAPE,
                        "multilabel_margin_loss: Expected non-empty vector or matrix, got %s",
                        adj_shape_text(adj_shape(input)));
    }
    AdjTensor *right = count_targets(target, adj_dtype(input));
    AdjTensor *wrong = adj_to(right ? adj_eq(right, NUM(0)) : NULL, adj_dtype(input));
    AdjTensor *gap = MINUS(adj_unsqueeze(input, -2), adj_unsqueeze(input, -1));
    AdjTensor *each = POSITIVE(PLUS(NUM(1), gap));  // (..., right, wrong)
    each = TIMES(TIMES(each, adj_unsqueeze(right, -1)), adj_unsqueeze(wrong, -2));
    AdjTensor *y = adj_sum(each, ADJ_SHAPE(-1, -2), false, ADJ_SAME);
    double classes = (double)input->sizes[input->ndim - 1];
    return reduced(OVER(y, NUM(classes)), r);
}
