// SPDX-License-Identifier: Apache-2.0
// loss.c: losses of a prediction and a target of one shape.
//
// Each is a term of pointwise.def, taken element by element, weighted, and summed. The node of
// a loss stands for all of that: its derivative is the term's, times the weight, times the
// share that the reduction gives every element. So a training step pays for one node, and the
// terms' derivatives can be differentiated again like any other.
#include "ops/losses/loss.h"

#include "ops/pointwise/elementwise.h"

bool adj_reduction_of(const char *name, AdjLossReduction *out)
{
    static const char *const names[] = {"none", "mean", "sum"};
    for (int i = 0; name && i < 3; i++) {
        if (strcmp(name, names[i])) continue;
        *out = (AdjLossReduction)i;
        return true;
    }
    return adj_fail(ADJ_E_VALUE, "%s: '%s' is not a valid value for reduction", adj_op_name(),
                    name ? name : "None");
}

AdjTensor *adj_reduced(AdjTensor *y, AdjLossReduction r)
{
    if (r == ADJ_LOSS_MEAN) return adj_mean(y, ADJ_ALL, false, ADJ_SAME);
    return r == ADJ_LOSS_SUM ? adj_sum(y, ADJ_ALL, false, ADJ_SAME) : y;
}

// What a loss is made of: the rows of pointwise.def for its term and for the term's
// derivatives, its operands, how many of them the term reads, and where the weight stands (-1:
// nowhere).
typedef struct {
    int term;
    const AdjDerivatives *derivatives;
    int operands, weight;
    double p;
} Loss;

static AdjTensor *forward(const Loss *l, AdjTensor *const *in, AdjTensor *weight,
                          AdjLossReduction r)
{
    AdjDtype t = adj_promote_operands(l->operands, in);
    if (!adj_dtype_is_float(t)) {
        return adj_fail(ADJ_E_DTYPE, "%s: not implemented for %s", adj_op_name(),
                        adj_dtype_name(t));
    }
    AdjTensor *y =
        adj_elementwise(l->term, t, t, l->operands, in, (double[ADJ_MAX_PARAMS]){l->p});
    if (y && weight) y = adj_mul(y, weight);
    return y ? adj_reduced(y, r) : NULL;
}

// How many elements the mean was taken over: those of the operands' common shape.
static int64_t elements(const AdjNode *n)
{
    AdjShape all = n->in[0].shape;
    for (int i = 1; i < n->n_in; i++)
        if (n->in[i].saved && !adj_broadcast(all, n->in[i].shape, &all)) return 1;
    return adj_shape_numel(all);
}

// The gradient that reaches every term. A number's share is computed here, without an op, where
// nobody will differentiate it again.
static AdjTensor *share(AdjNode *n, AdjTensor *dy, AdjLossReduction r)
{
    if (r != ADJ_LOSS_MEAN) return dy;
    double part = 1 / (double)elements(n);
    if (adj_building_graph() || dy->dtype != ADJ_F32)
        return adj_mul(dy, adj_number(ADJ_F(part)));
    AdjTensor *g = adj_new_like(dy, ADJ_SAME);
    if (g) *(float *)adj_ptr(g) = *(float *)adj_ptr(dy) * (float)part;
    return g;
}

static void backward(const Loss *l, AdjNode *n, AdjTensor *dy, AdjTensor **dx,
                     AdjLossReduction r)
{
    AdjTensor *in[3] = {NULL}, *g = share(n, dy, r), *p = adj_number(ADJ_F(l->p));
    AdjTensor *weight =
        l->weight >= 0 && n->in[l->weight].saved ? adj_saved_in(n, l->weight) : NULL;
    if (weight && adj_wants(n, l->weight)) {
        adj_fail(ADJ_E_ABSENT, "%s: the derivative for 'weight' is not implemented",
                 adj_op_name());
        return;
    }
    if (weight) g = adj_mul(g, weight);
    for (int k = 0; k < l->operands; k++)
        in[k] = n->in[k].saved ? adj_saved_in(n, k) : adj_number(ADJ_F(1));
    for (int k = 0; k < l->operands; k++) {
        const AdjDerivative *d = &l->derivatives->of[k];
        if (!g || !p || !in[k] || !adj_wants(n, k)) continue;
        AdjTensor *all[] = {g, in[0], in[1], l->operands == 3 ? in[2] : g, g};
        AdjDtype t = (AdjDtype)g->dtype;
        if (adj_building_graph())
            dx[k] = d->column(g, in[0], in[1], in[2], NULL, p, p, p);
        else
            dx[k] = adj_elementwise(d->kernel, t, t, l->operands + 2, all,
                                    (double[ADJ_MAX_PARAMS]){l->p});
    }
}

// ---------------------------------------------------------------- distances

static const Loss mse = {PW_mse_term, &ADJ_DERIVATIVES(mse_term), 2, -1, 0};

static void mse_loss_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjLossReduction r;
    if (adj_reduction_of(n->arg[0].s, &r)) backward(&mse, n, dy[0], dx, r);
}

ADJ_OP(
    mse_loss, "(input: tensor, target: tensor, reduction: str = 'mean') -> tensor",
    "The squared error: (input - target)^2, then its mean or sum.\n"
    "shapes  the operands broadcast; the result has no axes, or theirs with reduction 'none'\n"
    "notes   large errors dominate; smooth_l1_loss and huber_loss are linear in them\n"
    "errors  Shape: the operands do not broadcast; Value: reduction not none, mean or sum",
    .vjp = mse_loss_vjp, .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_IN(1), .no_method = true,
    .hosted = true)
AdjTensor *op_mse_loss(AdjTensor *input, AdjTensor *target, const char *reduction)
{
    AdjLossReduction r;
    if (!adj_reduction_of(reduction, &r)) return NULL;
    return forward(&mse, (AdjTensor *[]){input, target}, NULL, r);
}

ADJ_OP(
    l1_loss, "(input: tensor, target: tensor, reduction: str = 'mean') -> tensor",
    "The absolute error: |input - target|, then its mean or sum.\n"
    "shapes  the operands broadcast; the result has no axes, or theirs with reduction 'none'\n"
    "errors  Shape: the operands do not broadcast; Value: reduction not none, mean or sum",
    .no_method = true)
AdjTensor *op_l1_loss(AdjTensor *input, AdjTensor *target, const char *reduction)
{
    AdjLossReduction r;
    AdjShape both;
    if (!adj_reduction_of(reduction, &r) ||
        !adj_broadcast(adj_shape(input), adj_shape(target), &both))
        return NULL;
    AdjTensor *y = adj_abs(adj_sub(input, target, ADJ_I(1)));
    return y ? adj_reduced(y, r) : NULL;
}

static Loss smooth_l1(double beta)
{
    return (Loss){PW_smooth_l1_term, &ADJ_DERIVATIVES(smooth_l1_term), 2, -1, beta};
}

static void smooth_l1_loss_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjLossReduction r;
    Loss l = smooth_l1(n->arg[1].f);
    if (adj_reduction_of(n->arg[0].s, &r)) backward(&l, n, dy[0], dx, r);
}

ADJ_OP(
    smooth_l1_loss,
    "(input: tensor, target: tensor, reduction: str = 'mean', beta: float = 1) -> tensor",
    "d^2 / (2 beta) where |d| < beta, else |d| - beta / 2, with d = input - target.\n"
    "shapes  the operands broadcast; the result has no axes, or theirs with reduction 'none'\n"
    "errors  Shape: the operands do not broadcast; Runtime: beta negative",
    .vjp = smooth_l1_loss_vjp, .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_IN(1),
    .source = "Girshick 2015", .torch = "SmoothL1Loss", .no_method = true, .hosted = true)
AdjTensor *op_smooth_l1_loss(AdjTensor *input, AdjTensor *target, const char *reduction,
                             double beta)
{
    AdjLossReduction r;
    Loss l = smooth_l1(beta);
    if (!adj_reduction_of(reduction, &r)) return NULL;
    if (beta >= 0) return forward(&l, (AdjTensor *[]){input, target}, NULL, r);
    return adj_fail(ADJ_E_RUNTIME,
                    "smooth_l1_loss: does not support negative values for beta, got %g", beta);
}

static Loss huber(double delta)
{
    return (Loss){PW_huber_term, &ADJ_DERIVATIVES(huber_term), 2, -1, delta};
}

static void huber_loss_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjLossReduction r;
    Loss l = huber(n->arg[1].f);
    if (adj_reduction_of(n->arg[0].s, &r)) backward(&l, n, dy[0], dx, r);
}

ADJ_OP(
    huber_loss,
    "(input: tensor, target: tensor, reduction: str = 'mean', delta: float = 1) -> tensor",
    "d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2), with d = input - target.\n"
    "shapes  the operands broadcast; the result has no axes, or theirs with reduction 'none'\n"
    "errors  Shape: the operands do not broadcast; Runtime: delta not above 0",
    .vjp = huber_loss_vjp, .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_IN(1), .source = "Huber 1964",
    .no_method = true, .hosted = true)
AdjTensor *op_huber_loss(AdjTensor *input, AdjTensor *target, const char *reduction,
                         double delta)
{
    AdjLossReduction r;
    Loss l = huber(delta);
    if (!adj_reduction_of(reduction, &r)) return NULL;
    if (delta > 0) return forward(&l, (AdjTensor *[]){input, target}, NULL, r);
    return adj_fail(ADJ_E_RUNTIME,
                    "huber_loss: does not support non-positive values for delta, got %g",
                    delta);
}

// ---------------------------------------------------------------- probabilities

static bool same_size(AdjTensor *input, AdjTensor *target)
{
    if (adj_shape_equal(adj_shape(input), adj_shape(target))) return true;
    return adj_fail(
        ADJ_E_VALUE, "%s: Using a target size (%s) that is different to the input size (%s)",
        adj_op_name(), adj_shape_text(adj_shape(target)), adj_shape_text(adj_shape(input)));
}

static bool fits(AdjTensor *input, AdjTensor *factor, const char *what)
{
    bool good = !factor || factor->ndim <= input->ndim;
    for (int i = 1; good && factor && i <= factor->ndim; i++) {
        int64_t own = factor->sizes[factor->ndim - i];
        good = own == 1 || own == input->sizes[input->ndim - i];
    }
    if (good) return true;
    return adj_fail(ADJ_E_SHAPE, "%s: %s of shape %s does not broadcast to input %s",
                    adj_op_name(), what, adj_shape_text(adj_shape(factor)),
                    adj_shape_text(adj_shape(input)));
}

static bool probabilities(AdjTensor *x)
{
    ADJ_SCOPE;
    AdjTensor *wide = adj_contiguous(adj_to(x, x->dtype == ADJ_F64 ? ADJ_F64 : ADJ_F32));
    if (!wide) return false;
    bool good = true;
    if (wide->dtype == ADJ_F64) {
        const double *p = (const double *)adj_ptr(wide);
        for (int64_t i = 0; i < wide->numel; i++) good &= p[i] >= 0 && p[i] <= 1;
    } else {
        const float *p = (const float *)adj_ptr(wide);
        for (int64_t i = 0; i < wide->numel; i++) good &= p[i] >= 0 && p[i] <= 1;
    }
    if (good) return true;
    return adj_fail(ADJ_E_RUNTIME, "%s: all elements of input should be between 0 and 1",
                    adj_op_name());
}

static const Loss bce = {PW_bce_term, &ADJ_DERIVATIVES(bce_term), 2, 2, 0};

static void binary_cross_entropy_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjLossReduction r;
    if (adj_reduction_of(n->arg[0].s, &r)) backward(&bce, n, dy[0], dx, r);
}

ADJ_OP(
    binary_cross_entropy,
    "(input: tensor, target: tensor, weight: tensor? = None, reduction: str = 'mean') -> "
    "tensor",
    "-(t log p + (1 - t) log(1 - p)) for probabilities p = input and t = target; each "
    "logarithm is at least -100.\n"
    "shapes  input and target alike; weight broadcasts to them\n"
    "notes   from scores, binary_cross_entropy_with_logits is exact where this one saturates\n"
    "errors  Value: target of another shape; Runtime: input outside [0, 1]",
    .vjp = binary_cross_entropy_vjp, .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_IN(1) | ADJ_SAVE_IN(2),
    .lo = 0.1, .hi = 0.9, .no_method = true, .hosted = true)
AdjTensor *op_binary_cross_entropy(AdjTensor *input, AdjTensor *target, AdjTensor *weight,
                                   const char *reduction)
{
    AdjLossReduction r;
    if (!adj_reduction_of(reduction, &r) || !same_size(input, target) ||
        !fits(input, weight, "weight") || !probabilities(input))
        return NULL;
    return forward(&bce, (AdjTensor *[]){input, target}, weight, r);
}

static const Loss bce_logits = {PW_bce_logits_term, &ADJ_DERIVATIVES(bce_logits_term), 3, 3, 0};

static void binary_cross_entropy_with_logits_vjp(AdjNode *n, AdjTensor *const *dy,
                                                 AdjTensor **dx)
{
    AdjLossReduction r;
    if (adj_reduction_of(n->arg[0].s, &r)) backward(&bce_logits, n, dy[0], dx, r);
}

ADJ_OP(binary_cross_entropy_pos,
       "(input: tensor, target: tensor, pos_weight: tensor? = None, weight: tensor? = None, "
       "reduction: str = 'mean') -> tensor",
       "binary_cross_entropy_with_logits with its arguments in the order of its derivative.",
       .vjp = binary_cross_entropy_with_logits_vjp,
       .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_IN(1) | ADJ_SAVE_IN(2) | ADJ_SAVE_IN(3),
       .torch = "BinaryCrossEntropyWithLogits", .no_method = true, .hosted = true)
AdjTensor *op_binary_cross_entropy_pos(AdjTensor *input, AdjTensor *target,
                                       AdjTensor *pos_weight, AdjTensor *weight,
                                       const char *reduction)
{
    AdjLossReduction r;
    if (!adj_reduction_of(reduction, &r)) return NULL;
    AdjTensor *one = pos_weight ? pos_weight : adj_number(ADJ_F(1));
    return forward(&bce_logits, (AdjTensor *[]){input, target, one}, weight, r);
}

ADJ_OP(binary_cross_entropy_with_logits,
       "(input: tensor, target: tensor, weight: tensor? = None, reduction: str = 'mean', "
       "pos_weight: tensor? = None) -> tensor",
       "binary_cross_entropy of sigmoid(input): (1 - t) x + (1 + (q - 1) t) log(1 + e^-x) with "
       "x = input, t = target, q = pos_weight (1), exact for scores of any size.\n"
       "shapes  input and target alike; weight and pos_weight broadcast to them\n"
       "errors  Value: target of another shape",
       .no_method = true)
AdjTensor *op_binary_cross_entropy_with_logits(AdjTensor *input, AdjTensor *target,
                                               AdjTensor *weight, const char *reduction,
                                               AdjTensor *pos_weight)
{
    if (!same_size(input, target) || !fits(input, weight, "weight") ||
        !fits(input, pos_weight, "pos_weight"))
        return NULL;
    return adj_binary_cross_entropy_pos(input, target, pos_weight, weight, reduction);
}

ADJ_OP(
    kl_div,
    "(input: tensor, target: tensor, reduction: str = 'mean', log_target: bool = False) -> "
    "tensor",
    "The divergence of a distribution from another: t (log t - input), input holding log "
    "probabilities and t probabilities, or their logarithms with log_target.\n"
    "shapes  the operands broadcast\n"
    "notes   reduction 'batchmean' divides the sum by the size of the first axis, which is the "
    "divergence as mathematics has it; 'mean' divides by every size\n"
    "errors  Shape: the operands do not broadcast; Value: reduction not none, mean, batchmean "
    "or sum",
    .source = "Kullback and Leibler 1951", .no_method = true)
AdjTensor *op_kl_div(AdjTensor *input, AdjTensor *target, const char *reduction,
                     bool log_target)
{
    AdjLossReduction r;
    AdjShape both;
    bool batch = reduction && !strcmp(reduction, "batchmean");
    if (!adj_reduction_of(batch ? "sum" : reduction, &r) ||
        !adj_broadcast(adj_shape(input), adj_shape(target), &both))
        return NULL;
    AdjTensor *y = log_target
                       ? adj_mul(adj_exp(target), adj_sub(target, input, ADJ_I(1)))
                       : adj_sub(adj_xlogy(target, target), adj_mul(target, input), ADJ_I(1));
    if (!y) return NULL;
    y = adj_reduced(y, r);
    return batch && input->ndim ? adj_div(y, adj_number(ADJ_I(input->sizes[0])), NULL) : y;
}
