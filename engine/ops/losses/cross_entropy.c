// SPDX-License-Identifier: Apache-2.0
// cross_entropy.c: losses of scores over classes: nll_loss and cross_entropy.
//
// Scores are seen as (outer, classes, inner), targets as (outer, inner): the classes stand on
// axis 1, or on axis 0 of a single sample. With the weight w of a target's class (0 where the
// target is to be ignored) and W the sum of all of them, the loss of a sample is w times minus
// the log probability of its class, and the mean divides by W.
//
// The case that training lives on, class indices for (N, C) scores, is one op: its derivative,
// w / W (softmax(x) - one hot), is computed in one go from the scores. Everything else is put
// together from log_softmax and nll_loss as PyTorch does it, and printed tapes look alike.
#include "cpu/softmax.h"
#include "ops/losses/loss.h"
#include "ops/pointwise/elementwise.h"

// ---------------------------------------------------------------- targets and weights

typedef struct {
    int64_t outer, classes, inner;
    const int64_t *target;  // outer * inner
    const double *weight;   // classes, or NULL: all 1
    int64_t ignore;
    double total;  // the sum of the targets' weights
} Classes;

static double weight_of(const Classes *c, int64_t target)
{
    if (target == c->ignore) return 0;
    return c->weight ? c->weight[target] : 1;
}

// The axis of classes.
static int class_axis(AdjShape x)
{
    return x.n > 1;
}

static AdjShape target_shape(AdjShape x)
{
    AdjShape s = {.n = 0};
    for (int d = 0; d < x.n; d++)
        if (d != class_axis(x)) s.at[s.n++] = x.at[d];
    return s;
}

static bool check_shapes(AdjShape x, const AdjTensor *target)
{
    AdjShape wanted = target_shape(x), got = adj_shape(target);
    if (adj_shape_equal(wanted, got)) return true;
    if (wanted.n && got.n && wanted.at[0] != got.at[0]) {
        return adj_fail(
            ADJ_E_VALUE,
            "%s: Expected input batch_size (%lld) to match target batch_size (%lld)",
            adj_op_name(), (long long)wanted.at[0], (long long)got.at[0]);
    }
    return adj_fail(ADJ_E_SHAPE, "%s: input of shape %s needs a target of shape %s, got %s",
                    adj_op_name(), adj_shape_text(x), adj_shape_text(wanted),
                    adj_shape_text(got));
}

static bool check_weight(const AdjTensor *weight, int64_t classes)
{
    if (!weight || (weight->ndim == 1 && weight->sizes[0] == classes)) return true;
    return adj_fail(ADJ_E_SHAPE,
                    "%s: weight tensor should be defined either for all %lld classes or no "
                    "classes but got weight tensor of shape: %s",
                    adj_op_name(), (long long)classes, adj_shape_text(adj_shape(weight)));
}

// Checks the operands against each other and lays them out. What [c] points to belongs to the
// scope.
static bool lay_out(AdjShape x, AdjTensor *target, AdjTensor *weight, int64_t ignore,
                    Classes *c)
{
    int axis = class_axis(x);
    if (x.n == 0) {
        return adj_fail(ADJ_E_SHAPE, "%s: input must have an axis of classes, got shape ()",
                        adj_op_name());
    }
    if (adj_is_float(target) || target->dtype == ADJ_BOOL) {
        return adj_fail(ADJ_E_DTYPE, "%s: expected class indices of type int64, got %s",
                        adj_op_name(), adj_dtype_name((AdjDtype)target->dtype));
    }
    if (!check_shapes(x, target) || !check_weight(weight, x.at[axis])) return false;
    AdjTensor *t = adj_contiguous(adj_to(target, ADJ_I64));
    AdjTensor *w = weight ? adj_contiguous(adj_to(weight, ADJ_F64)) : NULL;
    if (!t || (weight && !w)) return false;
    *c = (Classes){.outer = axis ? x.at[0] : 1,
                   .classes = x.at[axis],
                   .inner = 1,
                   .target = (const int64_t *)adj_ptr(t),
                   .weight = w ? (const double *)adj_ptr(w) : NULL,
                   .ignore = ignore};
    for (int d = 2; d < x.n; d++) c->inner *= x.at[d];
    for (int64_t i = 0; i < t->numel; i++) {
        int64_t k = c->target[i];
        if (k != ignore && (k < 0 || k >= c->classes)) {
            return adj_fail(ADJ_E_INDEX, "%s: Target %lld is out of bounds for %lld classes",
                            adj_op_name(), (long long)k, (long long)c->classes);
        }
        c->total += weight_of(c, k);
    }
    return true;
}

// ---------------------------------------------------------------- negative log likelihood

static bool float_scores(const AdjTensor *x)
{
    if (adj_is_float(x)) return true;
    return adj_fail(ADJ_E_DTYPE, "%s: not implemented for %s", adj_op_name(),
                    adj_dtype_name((AdjDtype)x->dtype));
}

static AdjDtype computed(const AdjTensor *x)
{
    return x->dtype == ADJ_F64 ? ADJ_F64 : ADJ_F32;
}

// Element i of a dense f32 or f64 tensor.
static double at(const AdjTensor *t, int64_t i)
{
    const void *p = adj_ptr(t);
    return t->dtype == ADJ_F64 ? ((const double *)p)[i] : (double)((const float *)p)[i];
}

static void put(AdjTensor *t, int64_t i, double x)
{
    void *p = adj_ptr(t);
    if (t->dtype == ADJ_F64)
        ((double *)p)[i] = x;
    else
        ((float *)p)[i] = (float)x;
}

// One number from the samples' losses in [each], or their tensor.
static AdjTensor *finish(AdjTensor *x, AdjTensor *each, const Classes *c, AdjLossReduction r)
{
    if (r == ADJ_LOSS_NONE) return adj_to(each, (AdjDtype)x->dtype);
    AdjTensor *y = adj_new(ADJ_SCALAR_SHAPE, (AdjDtype)each->dtype);
    if (!y) return NULL;
    double sum = 0;
    for (int64_t i = 0; i < each->numel; i++) sum += at(each, i);
    put(y, 0, r == ADJ_LOSS_MEAN ? sum / c->total : sum);
    return adj_to(y, (AdjDtype)x->dtype);
}

static AdjTensor *nll_forward(AdjTensor *input, AdjTensor *target, AdjTensor *weight,
                              int64_t ignore_index, const char *reduction)
{
    Classes c;
    AdjLossReduction r;
    if (!adj_reduction_of(reduction, &r) || !float_scores(input) ||
        !lay_out(adj_shape(input), target, weight, ignore_index, &c))
        return NULL;
    AdjTensor *x = adj_contiguous(adj_to(input, computed(input)));
    AdjTensor *each = adj_new(target_shape(adj_shape(input)), computed(input));
    if (!x || !each) return NULL;
    for (int64_t i = 0; i < each->numel; i++) {
        int64_t k = c.target[i], o = i / c.inner, in = i % c.inner;
        double w = weight_of(&c, k);
        put(each, i, k == ignore_index ? 0 : -w * at(x, (o * c.classes + k) * c.inner + in));
    }
    return finish(input, each, &c, r);
}

// -w (or -w / W) at the place of every target, 0 elsewhere.
static AdjTensor *nll_gradient(const Classes *c, AdjShape shape, AdjDtype dtype,
                               AdjLossReduction r)
{
    AdjTensor *g = adj_zeros_of(shape, dtype);
    for (int64_t i = 0; g && i < c->outer * c->inner; i++) {
        int64_t k = c->target[i], o = i / c->inner, in = i % c->inner;
        double w = weight_of(c, k) / (r == ADJ_LOSS_MEAN ? c->total : 1);
        if (k != c->ignore) put(g, (o * c->classes + k) * c->inner + in, -w);
    }
    return g;
}

// A gradient per sample, seen beside the classes; the gradient of a number as it is.
static AdjTensor *beside_classes(AdjTensor *dy, int ndim, AdjLossReduction r)
{
    return r == ADJ_LOSS_NONE ? adj_unsqueeze(dy, ndim > 1) : dy;
}

// The node holds the scores' shape only: the loss is linear in them.
static void nll_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    Classes c;
    AdjLossReduction r;
    AdjShape shape = n->in[0].shape;
    AdjTensor *target = adj_saved_in(n, 1);
    AdjTensor *weight = n->in[2].saved ? adj_saved_in(n, 2) : NULL;
    if (!target || !adj_reduction_of(n->arg[1].s, &r) ||
        !lay_out(shape, target, weight, n->arg[0].i, &c))
        return;
    AdjDtype dtype = (AdjDtype)n->in[0].dtype;
    AdjTensor *g = nll_gradient(&c, shape, dtype == ADJ_F64 ? ADJ_F64 : ADJ_F32, r);
    dx[0] = adj_mul(adj_to(g, dtype), beside_classes(dy[0], shape.n, r));
}

ADJ_OP(nll_loss_one,
       "(input: tensor, target: tensor, weight: tensor? = None, ignore_index: int = -100, "
       "reduction: str = 'mean') -> tensor",
       "nll_loss of (C) or (N, C) scores.", .vjp = nll_vjp,
       .saves = ADJ_SAVE_IN(1) | ADJ_SAVE_IN(2), .torch = "NllLoss", .no_method = true,
       .hosted = true)
AdjTensor *op_nll_loss_one(AdjTensor *input, AdjTensor *target, AdjTensor *weight,
                           int64_t ignore_index, const char *reduction)
{
    return nll_forward(input, target, weight, ignore_index, reduction);
}

ADJ_OP(nll_loss_many,
       "(input: tensor, target: tensor, weight: tensor? = None, ignore_index: int = -100, "
       "reduction: str = 'mean') -> tensor",
       "nll_loss of scores with more axes than (N, C).", .vjp = nll_vjp,
       .saves = ADJ_SAVE_IN(1) | ADJ_SAVE_IN(2), .torch = "NllLoss2D", .no_method = true,
       .hosted = true)
AdjTensor *op_nll_loss_many(AdjTensor *input, AdjTensor *target, AdjTensor *weight,
                            int64_t ignore_index, const char *reduction)
{
    return nll_forward(input, target, weight, ignore_index, reduction);
}

ADJ_OP(
    nll_loss,
    "(input: tensor, target: tensor, weight: tensor? = None, ignore_index: int = -100, "
    "reduction: str = 'mean') -> tensor",
    "Minus the log probability of the right class: -w_t input_t, then the sum, or the mean "
    "weighted by w, with t = target and w = weight (1).\n"
    "shapes  input (C), (N, C) or (N, C, ...), target without the axis of classes; weight (C)\n"
    "notes   targets equal to ignore_index count for nothing; a mean over none is NaN\n"
    "errors  Shape: target does not fit; Value: batch sizes differ; Index: a target outside "
    "the classes; DType: targets that are not integers",
    .no_method = true)
AdjTensor *op_nll_loss(AdjTensor *input, AdjTensor *target, AdjTensor *weight,
                       int64_t ignore_index, const char *reduction)
{
    if (input->ndim > 2)
        return adj_nll_loss_many(input, target, weight, ignore_index, reduction);
    return adj_nll_loss_one(input, target, weight, ignore_index, reduction);
}

// ---------------------------------------------------------------- class indices, (N, C) scores

static void run_softmax(AdjSoftmax kind, AdjTensor *y, AdjTensor *x, const Classes *c)
{
    AdjSoftmaxCall call = {.kind = kind,
                           .dtype = adj_dtype(x),
                           .y = adj_ptr(y),
                           .x = adj_ptr(x),
                           .rows = c->outer,
                           .n = c->classes};
    ADJ_RUN(adj_device_of(y), softmax, &call);
}

// The rows of dx are softmax(x), scaled by the sample's share of dy, less that share at the
// target.
static AdjTensor *fused_gradient(AdjTensor *input, AdjTensor *dy, const Classes *c,
                                 AdjLossReduction r)
{
    AdjDtype dtype = computed(input);
    AdjTensor *x = adj_contiguous(adj_to(input, dtype));
    AdjTensor *g = adj_contiguous(adj_to(dy, dtype)), *dx = x ? adj_new_like(x, dtype) : NULL;
    if (!g || !dx) return NULL;
    if (dx->numel) run_softmax(ADJ_SOFTMAX, dx, x, c);
    double scale = r == ADJ_LOSS_MEAN ? 1 / c->total : 1;
    for (int64_t i = 0; i < c->outer; i++) {
        int64_t k = c->target[i];
        double share = k == c->ignore ? 0 : weight_of(c, k) * scale;
        share *= at(g, r == ADJ_LOSS_NONE ? i : 0);
        if (dtype == ADJ_F64) {
            double *row = (double *)adj_ptr(dx) + i * c->classes;
            for (int64_t j = 0; j < c->classes; j++) row[j] *= share;
            if (k != c->ignore) row[k] -= share;
        } else {
            float *row = (float *)adj_ptr(dx) + i * c->classes, by = (float)share;
            for (int64_t j = 0; j < c->classes; j++) row[j] *= by;
            if (k != c->ignore) row[k] -= by;
        }
        // An ignored row is exactly 0, whatever its scores were.
        if (k == c->ignore)
            memset((char *)adj_ptr(dx) + i * c->classes * (int64_t)adj_dtype_size(dtype), 0,
                   (size_t)c->classes * adj_dtype_size(dtype));
    }
    return adj_to(dx, (AdjDtype)input->dtype);
}

static void cross_entropy_index_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    Classes c;
    AdjLossReduction r;
    AdjTensor *x = adj_saved_in(n, 0), *target = adj_saved_in(n, 1);
    AdjTensor *weight = n->in[2].saved ? adj_saved_in(n, 2) : NULL;
    if (!x || !target || !adj_reduction_of(n->arg[1].s, &r) ||
        !lay_out(adj_shape(x), target, weight, n->arg[0].i, &c))
        return;
    if (!adj_building_graph()) {
        dx[0] = fused_gradient(x, dy[0], &c, r);
        return;
    }
    AdjTensor *minus = nll_gradient(&c, adj_shape(x), computed(x), r);
    if (minus) minus = adj_to(minus, (AdjDtype)x->dtype);
    AdjTensor *g = minus ? adj_mul(minus, beside_classes(dy[0], x->ndim, r)) : NULL;
    AdjTensor *p = adj_softmax(x, -1, ADJ_SAME);
    // minus is -w one hot, so w softmax - w one hot = minus - softmax * sum(minus).
    dx[0] = adj_sub(g, adj_mul(p, adj_sum(g, ADJ_SHAPE(-1), true, ADJ_SAME)), ADJ_I(1));
}

ADJ_OP(cross_entropy_index,
       "(input: tensor, target: tensor, weight: tensor? = None, ignore_index: int = -100, "
       "reduction: str = 'mean') -> tensor",
       "cross_entropy of (C) or (N, C) scores and class indices, in one pass.",
       .vjp = cross_entropy_index_vjp,
       .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_IN(1) | ADJ_SAVE_IN(2), .torch = "NllLoss",
       .no_method = true, .hosted = true)
AdjTensor *op_cross_entropy_index(AdjTensor *input, AdjTensor *target, AdjTensor *weight,
                                  int64_t ignore_index, const char *reduction)
{
    Classes c;
    AdjLossReduction r;
    AdjDtype dtype = computed(input);
    if (!adj_reduction_of(reduction, &r) || !float_scores(input) ||
        !lay_out(adj_shape(input), target, weight, ignore_index, &c))
        return NULL;
    AdjTensor *x = adj_contiguous(adj_to(input, dtype));
    AdjTensor *each = adj_new(target_shape(adj_shape(input)), dtype);
    AdjTensor *parts = adj_new(ADJ_SHAPE(c.outer, 2), dtype);
    if (!x || !each || !parts) return NULL;
    if (x->numel) run_softmax(ADJ_LOGSUM_PARTS, parts, x, &c);
    for (int64_t i = 0; i < c.outer; i++) {
        int64_t k = c.target[i];
        bool counts = k != ignore_index;
        double log_p =
            counts ? at(x, i * c.classes + k) - at(parts, 2 * i) - at(parts, 2 * i + 1) : 0;
        put(each, i, counts ? -log_p * weight_of(&c, k) : 0);
    }
    return finish(input, each, &c, r);
}

// ---------------------------------------------------------------- the other forms

// The class weights along the axis of classes of [x].
static AdjTensor *along_classes(AdjTensor *weight, const AdjTensor *x)
{
    AdjShape s = {.n = x->ndim};
    for (int d = 0; d < x->ndim; d++) s.at[d] = d == class_axis(adj_shape(x)) ? x->sizes[d] : 1;
    return adj_reshape(weight, s);
}

static AdjTensor *with_probabilities(AdjTensor *x, AdjTensor *target, AdjTensor *weight,
                                     AdjLossReduction r, double smoothing)
{
    int axis = class_axis(adj_shape(x));
    int64_t classes = x->sizes[axis];
    AdjTensor *logs = adj_log_softmax(x, axis, ADJ_SAME);
    if (smoothing > 0)
        target = adj_add(adj_mul(target, adj_number(ADJ_F(1 - smoothing))),
                         adj_number(ADJ_F(smoothing / (double)classes)), ADJ_I(1));
    AdjTensor *y = adj_mul(logs, target);
    if (weight) y = adj_mul(y, along_classes(weight, x));
    if (r == ADJ_LOSS_NONE) return adj_neg(adj_sum(y, ADJ_SHAPE(axis), false, ADJ_SAME));
    y = adj_neg(adj_sum(y, ADJ_ALL, false, ADJ_SAME));
    double samples = classes ? (double)x->numel / (double)classes : 0;
    return r == ADJ_LOSS_MEAN ? adj_div(y, adj_number(ADJ_F(samples)), NULL) : y;
}

// What smoothing adds: the mean over all classes instead of one.
static AdjTensor *smoothed_part(AdjTensor *logs, AdjTensor *target, AdjTensor *weight,
                                int64_t ignore, AdjLossReduction r)
{
    int axis = class_axis(adj_shape(logs));
    Classes c;
    if (!lay_out(adj_shape(logs), target, weight, ignore, &c)) return NULL;
    AdjTensor *y = weight ? adj_mul(logs, along_classes(weight, logs)) : logs;
    y = adj_neg(adj_sum(y, ADJ_SHAPE(axis), false, ADJ_SAME));
    AdjTensor *ignored = adj_eq(target, adj_number(ADJ_I(ignore)));
    y = adj_masked_fill(y, ignored, adj_number(ADJ_I(0)));
    if (r == ADJ_LOSS_NONE || !y) return y;
    y = adj_sum(y, ADJ_ALL, false, ADJ_SAME);
    return r == ADJ_LOSS_MEAN ? adj_div(y, adj_number(ADJ_F(c.total)), NULL) : y;
}

static AdjTensor *with_smoothing(AdjTensor *x, AdjTensor *target, AdjTensor *weight,
                                 int64_t ignore, const char *reduction, double smoothing)
{
    AdjLossReduction r;
    int axis = class_axis(adj_shape(x));
    double classes = (double)x->sizes[axis];
    if (!adj_reduction_of(reduction, &r)) return NULL;
    AdjTensor *logs = adj_log_softmax(x, axis, ADJ_SAME);
    AdjTensor *one = adj_nll_loss(logs, target, weight, ignore, reduction);
    AdjTensor *all = one ? smoothed_part(logs, target, weight, ignore, r) : NULL;
    if (!all) return NULL;
    return adj_add(adj_mul(one, adj_number(ADJ_F(1 - smoothing))),
                   adj_mul(all, adj_number(ADJ_F(smoothing / classes))), ADJ_I(1));
}

static bool check_smoothing(double smoothing)
{
    if (smoothing >= 0 && smoothing <= 1) return true;
    return adj_fail(ADJ_E_RUNTIME,
                    "cross_entropy: label_smoothing must be between 0.0 and 1.0. Got: %g",
                    smoothing);
}

static bool check_probabilities(const AdjTensor *x, const AdjTensor *target,
                                const AdjTensor *weight, int64_t ignore)
{
    if (!adj_shape_equal(adj_shape(x), adj_shape(target))) {
        return adj_fail(ADJ_E_SHAPE,
                        "cross_entropy: class probabilities must have the shape of input, %s, "
                        "got %s; class indices must be integers",
                        adj_shape_text(adj_shape(x)), adj_shape_text(adj_shape(target)));
    }
    if (ignore >= 0) {
        return adj_fail(ADJ_E_RUNTIME, "cross_entropy: ignore_index is not supported for "
                                       "floating point target");
    }
    return check_weight(weight, x->sizes[class_axis(adj_shape(x))]);
}

ADJ_OP(cross_entropy,
       "(input: tensor, target: tensor, weight: tensor? = None, ignore_index: int = -100, "
       "reduction: str = 'mean', label_smoothing: float = 0) -> tensor",
       "-w_t log softmax(input)_t for class indices t, -sum_c w_c p_c log softmax(input)_c for "
       "class probabilities p; then the sum, or the mean (for indices weighted by w_t).\n"
       "shapes  input (C), (N, C) or (N, C, ...); indices without the axis of classes, or "
       "probabilities of input's shape; weight (C)\n"
       "notes   input are scores, not probabilities: no softmax before it. label_smoothing s "
       "mixes the target with the uniform distribution: (1 - s) p + s / C. Targets equal to "
       "ignore_index count for nothing\n"
       "errors  Shape: target does not fit; Value: batch sizes differ; Index: a target outside "
       "the classes; Runtime: label_smoothing outside [0, 1]",
       .no_method = true, .hosted = true)
AdjTensor *op_cross_entropy(AdjTensor *input, AdjTensor *target, AdjTensor *weight,
                            int64_t ignore_index, const char *reduction, double label_smoothing)
{
    AdjLossReduction r;
    if (!adj_reduction_of(reduction, &r) || !check_smoothing(label_smoothing) ||
        !float_scores(input))
        return NULL;
    if (input->ndim == 0)
        return adj_fail(ADJ_E_SHAPE, "cross_entropy: input must have an axis of classes, "
                                     "got shape ()");
    if (adj_is_float(target)) {
        if (!check_probabilities(input, target, weight, ignore_index)) return NULL;
        return with_probabilities(input, target, weight, r, label_smoothing);
    }
    if (label_smoothing > 0)
        return with_smoothing(input, target, weight, ignore_index, reduction, label_smoothing);
    if (input->ndim <= 2)
        return adj_cross_entropy_index(input, target, weight, ignore_index, reduction);
    return adj_nll_loss(adj_log_softmax(input, 1, ADJ_SAME), target, weight, ignore_index,
                        reduction);
}
