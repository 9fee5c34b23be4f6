// SPDX-License-Identifier: Apache-2.0
// ctc.c: connectionist temporal classification: how likely a sequence of labels is when a
// network says at every step which label or blank it sees.
//
// The labels are spread with blanks between and around them to L = 2 S + 1 states. alpha_t(l)
// is the log probability of all paths that are in state l at step t; a path stays, moves one
// state on, or skips a blank between two different labels. The recursion is written in public
// operations, so every order of derivative exists. Impossible states have a very low but finite
// logarithm: between infinities no derivative is a number.
#include "ops/losses/loss.h"
#include "ops/pointwise/formula.h"

static const double LOW = -1e30;

typedef struct {
    int64_t steps, batch, classes, states;
    const int64_t *input, *target;  // lengths
    AdjTensor *labels;              // (N, L) of int64, blanks included
    AdjTensor *may_skip;            // (N, L): from two states before
} Ctc;

static bool check_lengths(const AdjTensor *x, AdjLongs in, AdjLongs out)
{
    if (in.n != x->sizes[1] || out.n != x->sizes[1]) {
        return adj_fail(ADJ_E_RUNTIME,
                        "ctc_loss: input_lengths and target_lengths must be of size batch_size "
                        "%lld, got %lld and %lld",
                        (long long)x->sizes[1], (long long)in.n, (long long)out.n);
    }
    for (int64_t i = 0; i < in.n; i++) {
        if (in.at[i] >= 0 && in.at[i] <= x->sizes[0] && out.at[i] >= 0) continue;
        return adj_fail(ADJ_E_RUNTIME,
                        "ctc_loss: Expected input_lengths to have value at most %lld and no "
                        "length below 0, but got values %lld and %lld",
                        (long long)x->sizes[0], (long long)in.at[i], (long long)out.at[i]);
    }
    return true;
}

// The labels of sample [i] within the targets, which are rows or lie one after the other.
static const int64_t *labels_of(const AdjTensor *targets, AdjLongs lengths, int64_t i)
{
    const int64_t *at = (const int64_t *)adj_ptr(targets);
    if (targets->ndim == 2) return at + i * targets->sizes[1];
    for (int64_t k = 0; k < i; k++) at += lengths.at[k];
    return at;
}

static bool check_targets(const AdjTensor *targets, AdjLongs lengths)
{
    int64_t sum = 0, most = 0;
    for (int64_t i = 0; i < lengths.n; i++) {
        sum += lengths.at[i];
        most = lengths.at[i] > most ? lengths.at[i] : most;
    }
    bool flat = targets->ndim == 1 && targets->sizes[0] == sum;
    bool rows =
        targets->ndim == 2 && targets->sizes[0] == lengths.n && targets->sizes[1] >= most;
    if (flat || rows) return true;
    return adj_fail(ADJ_E_RUNTIME,
                    "ctc_loss: Expected targets of shape (%lld, at least %lld) or (%lld,), got "
                    "%s",
                    (long long)lengths.n, (long long)most, (long long)sum,
                    adj_shape_text(adj_shape(targets)));
}

// Fills the row of states of one sample.
static bool spread(Ctc *c, int64_t i, const int64_t *label, int64_t blank)
{
    int64_t *state = (int64_t *)adj_ptr(c->labels) + i * c->states;
    bool *skip = (bool *)adj_ptr(c->may_skip) + i * c->states;
    for (int64_t l = 0; l < c->states; l++) {
        bool is_label = l % 2 && l / 2 < c->target[i];
        state[l] = is_label ? label[l / 2] : blank;
        skip[l] = is_label && l >= 3 && label[l / 2] != label[l / 2 - 1];
        if (state[l] >= 0 && state[l] < c->classes) continue;
        return adj_fail(ADJ_E_RUNTIME,
                        "ctc_loss: labels and blank must be in label range 0..%lld, got %lld",
                        (long long)c->classes - 1, (long long)state[l]);
    }
    return true;
}

static bool lay_out(Ctc *c, AdjTensor *x, AdjTensor *targets, AdjLongs in, AdjLongs out,
                    int64_t blank)
{
    targets = adj_contiguous(adj_to(targets, ADJ_I64));
    if (!targets || !check_lengths(x, in, out) || !check_targets(targets, out)) return false;
    int64_t most = 0;
    for (int64_t i = 0; i < out.n; i++) most = out.at[i] > most ? out.at[i] : most;
    *c = (Ctc){x->sizes[0], x->sizes[1], x->sizes[2], 2 * most + 1, in.at, out.at, NULL, NULL};
    c->labels = adj_new(ADJ_SHAPE(c->batch, c->states), ADJ_I64);
    c->may_skip = adj_new(ADJ_SHAPE(c->batch, c->states), ADJ_BOOL);
    if (!c->labels || !c->may_skip) return false;
    for (int64_t i = 0; i < c->batch; i++)
        if (!spread(c, i, labels_of(targets, out, i), blank)) return false;
    return true;
}

// A mask (N, 1): samples whose number in [lengths] is above [t].
static AdjTensor *longer_than(const Ctc *c, const int64_t *lengths, int64_t t)
{
    AdjTensor *y = adj_new(ADJ_SHAPE(c->batch, 1), ADJ_BOOL);
    for (int64_t i = 0; y && i < c->batch; i++) ((bool *)adj_ptr(y))[i] = lengths[i] > t;
    return y;
}

// The states moved on by [by]; what comes in from below is impossible.
static AdjTensor *moved(AdjTensor *alpha, int64_t by)
{
    int64_t states = alpha->sizes[1], keep = states > by ? states - by : 0;
    return adj_constant_pad_nd(adj_narrow(alpha, 1, 0, keep),
                               (AdjLongs){2, (int64_t[]){states - keep, 0}}, ADJ_F(LOW));
}

static AdjTensor *last_alpha(const Ctc *c, AdjTensor *x)
{
    AdjShape wide = ADJ_SHAPE(c->steps, c->batch, c->states);
    AdjTensor *p = adj_gather(x, 2, adj_expand(adj_unsqueeze(c->labels, 0), wide));
    AdjTensor *first =
        adj_lt(adj_arange(ADJ_NO_SCALAR, ADJ_I(c->states), ADJ_I(1), ADJ_I64), NUM(2));
    AdjTensor *alpha = adj_where(first, adj_select(p, 0, 0), NUM(LOW));
    for (int64_t t = 1; t < c->steps && alpha; t++) {
        AdjTensor *skip = adj_where(c->may_skip, moved(alpha, 2), NUM(LOW));
        AdjTensor *sum = adj_logaddexp(adj_logaddexp(alpha, moved(alpha, 1)), skip);
        AdjTensor *next = PLUS(sum, adj_select(p, 0, t));
        alpha = adj_where(longer_than(c, c->input, t), next, alpha);
    }
    return alpha;
}

// The numbers 2 len and 2 len - 1 of every sample as a column: the states it may end in.
static AdjTensor *end_states(const Ctc *c, int64_t before)
{
    AdjTensor *y = adj_new(ADJ_SHAPE(c->batch, 1), ADJ_I64);
    for (int64_t i = 0; y && i < c->batch; i++) {
        int64_t at = 2 * c->target[i] - before;
        ((int64_t *)adj_ptr(y))[i] = at > 0 ? at : 0;
    }
    return y;
}

// One loss per sample; infinite where no path fits the steps there are.
static AdjTensor *losses(const Ctc *c, AdjTensor *x, bool zero_infinity)
{
    AdjTensor *has_label = longer_than(c, c->target, 0);
    AdjTensor *impossible = NUM(zero_infinity ? 0 : INFINITY), *y;
    if (c->steps) {
        AdjTensor *alpha = last_alpha(c, x);
        AdjTensor *on_label = adj_gather(alpha, 1, end_states(c, 1));
        on_label = adj_where(has_label, on_label, NUM(LOW));
        y = adj_neg(adj_logaddexp(adj_gather(alpha, 1, end_states(c, 0)), on_label));
        y = adj_where(adj_lt(y, NUM(-LOW / 10)), y, impossible);
    } else {
        y = adj_zeros_of(ADJ_SHAPE(c->batch, 1), adj_dtype(x));
    }
    AdjTensor *without_steps = adj_where(has_label, impossible, NUM(0));
    y = adj_where(longer_than(c, c->input, 0), y, without_steps);
    return adj_to(adj_squeeze(y, ADJ_SHAPE(1)), adj_dtype(x));
}

static AdjTensor *target_counts(const Ctc *c)
{
    AdjTensor *y = adj_new(ADJ_SHAPE(c->batch), ADJ_F32);
    for (int64_t i = 0; y && i < c->batch; i++)
        ((float *)adj_ptr(y))[i] = c->target[i] > 1 ? (float)c->target[i] : 1;
    return y;
}

ADJ_OP(
    ctc_loss,
    "(log_probs: tensor, targets: tensor, input_lengths: longs, target_lengths: longs, "
    "blank: int = 0, reduction: str = 'mean', zero_infinity: bool = False) -> tensor",
    "Minus the log probability that steps of labels and blanks, once repetitions and then "
    "blanks are taken out, read as the target.\n"
    "shapes  log_probs (T, N, C) or (T, C); targets (N, S), or the rows' parts one after the "
    "other\n"
    "notes   'mean' divides every sample's loss by its target's length first. The "
    "derivative is that by log_probs as they are; PyTorch's has that of the log_softmax "
    "before them added, which comes to the same behind a log_softmax. zero_infinity gives 0 "
    "where no path fits\n"
    "errors  Runtime: lengths or labels that do not fit; Value: reduction not none, mean or "
    "sum",
    .source = "Graves et al. 2006", .no_method = true, .hosted = true)
AdjTensor *op_ctc_loss(AdjTensor *log_probs, AdjTensor *targets, AdjLongs input_lengths,
                       AdjLongs target_lengths, int64_t blank, const char *reduction,
                       bool zero_infinity)
{
    Ctc c;
    AdjLossReduction r;
    bool single = log_probs->ndim == 2;
    if (!adj_reduction_of(reduction, &r)) return NULL;
    if (!single && log_probs->ndim != 3) {
        return adj_fail(ADJ_E_SHAPE, "ctc_loss: log_probs must be (T, N, C) or (T, C), got %s",
                        adj_shape_text(adj_shape(log_probs)));
    }
    AdjTensor *x = single ? adj_unsqueeze(log_probs, 1) : log_probs;
    if (!x || !lay_out(&c, x, targets, input_lengths, target_lengths, blank)) return NULL;
    AdjTensor *y = losses(&c, x, zero_infinity);
    if (r == ADJ_LOSS_MEAN) y = OVER(y, adj_to(target_counts(&c), adj_dtype(x)));
    if (single && r == ADJ_LOSS_NONE) return adj_squeeze(y, ADJ_SHAPE(0));
    return y ? adj_reduced(y, r) : NULL;
}
