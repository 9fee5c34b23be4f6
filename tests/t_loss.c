// SPDX-License-Identifier: Apache-2.0
// Losses, normalisations and einsum against their definitions: values that can be worked out by
// hand, first and second derivatives against differences in double precision, sizes of zero,
// and the sentence that each mistake is answered with.
#include "check.h"

#include <math.h>
#include <string.h>

// ---------------------------------------------------------------- derivatives

typedef AdjTensor *(*Under)(AdjTensor *const *x);

// The gradient of f with respect to its first input, against a fixed direction: a function
// whose own derivative is f's second.
static AdjTensor *slope(AdjTensors in, void *data)
{
    Under f = *(Under *)data;
    bool grad = adj_set_grad_enabled(true);
    AdjTensor *y = f(in.at);
    if (y && adj_ndim(y)) y = adj_sum(adj_mul(y, y), ADJ_ALL, false, ADJ_SAME);
    AdjTensors g = adj_gradients(ADJ_TENSORS(y), (AdjTensors){0, NULL}, ADJ_TENSORS(in.at[0]),
                                 true, true, false);
    adj_set_grad_enabled(grad);
    if (g.n != 1) return NULL;
    AdjTensor *along =
        adj_cos(adj_arange(ADJ_I(0), ADJ_I(adj_numel(g.at[0])), ADJ_I(1), ADJ_F64));
    return adj_sum(adj_mul(adj_reshape(g.at[0], ADJ_SHAPE(-1)), along), ADJ_ALL, false,
                   ADJ_SAME);
}

static AdjTensor *plain(AdjTensors in, void *data)
{
    Under f = *(Under *)data;
    return f(in.at);
}

static void differentiable(const char *name, Under f, AdjTensors in)
{
    AdjGradcheck r;
    bool once = adj_gradcheck(plain, &f, in, 1e-6, 1e-5, 1e-3, &r);
    if (!ok(once, "%s: first derivative", name))
        note("%s; input %d, element %lld: %g, numerically %g", adj_error_text(), r.input,
             (long long)r.element, r.analytic, r.numeric);
    adj_error_clear();
    bool twice = adj_gradcheck(slope, &f, in, 1e-6, 1e-5, 1e-3, &r);
    if (!ok(twice, "%s: second derivative", name))
        note("%s; input %d, element %lld: %g, numerically %g", adj_error_text(), r.input,
             (long long)r.element, r.analytic, r.numeric);
    adj_error_clear();
}

// Numbers in double precision between low and high that no two shapes share.
static AdjTensor *values(AdjShape shape, double low, double high)
{
    int64_t n = 1;
    for (int d = 0; d < shape.n; d++) n *= shape.at[d];
    AdjTensor *i = adj_arange(ADJ_I(0), ADJ_I(n), ADJ_I(1), ADJ_F64);
    AdjTensor *u =
        adj_frac(adj_add(adj_mul(i, ADJ_NUM(0.61803398875)), ADJ_NUM(0.137), ADJ_I(1)));
    AdjTensor *x = adj_add(adj_mul(u, ADJ_NUM(high - low)), ADJ_NUM(low), ADJ_I(1));
    return adj_require_grad(adj_detach(adj_reshape(x, shape)), true);
}

#define FUNCTION(name, expression)              \
    static AdjTensor *name(AdjTensor *const *x) \
    {                                           \
        return expression;                      \
    }

// ---------------------------------------------------------------- pairs

FUNCTION(mse_mean, adj_mse_loss(x[0], x[1], "mean"))
FUNCTION(mse_sum, adj_mse_loss(x[0], x[1], "sum"))
FUNCTION(mse_none, adj_mse_loss(x[0], x[1], "none"))
FUNCTION(l1_mean, adj_l1_loss(x[0], x[1], "mean"))
FUNCTION(smooth, adj_smooth_l1_loss(x[0], x[1], "mean", 0.7))
FUNCTION(huber, adj_huber_loss(x[0], x[1], "none", 0.7))
FUNCTION(bce, adj_binary_cross_entropy(x[0], x[1], NULL, "mean"))
FUNCTION(bce_weighted, adj_binary_cross_entropy(x[0], x[1], adj_detach(x[2]), "sum"))
FUNCTION(logits, adj_binary_cross_entropy_with_logits(x[0], x[1], NULL, "mean", NULL))
FUNCTION(logits_positive, adj_binary_cross_entropy_with_logits(x[0], x[1], NULL, "none", x[2]))
FUNCTION(divergence, adj_kl_div(x[0], x[1], "batchmean", false))
FUNCTION(divergence_log, adj_kl_div(x[0], x[1], "mean", true))

static void pairs_differentiate(void)
{
    AdjTensor *x = values(ADJ_SHAPE(3, 4), -2, 2), *t = values(ADJ_SHAPE(3, 4), -1.5, 2.5);
    AdjTensor *row = values(ADJ_SHAPE(4), -1, 1), *p = values(ADJ_SHAPE(3, 4), 0.1, 0.9);
    AdjTensor *q = values(ADJ_SHAPE(3, 4), 0.2, 0.8), *w = values(ADJ_SHAPE(4), 0.5, 2);
    differentiable("mse_loss mean", mse_mean, ADJ_TENSORS(x, t));
    differentiable("mse_loss of a transpose", mse_mean,
                   ADJ_TENSORS(values(ADJ_SHAPE(4, 3), -1, 1), values(ADJ_SHAPE(4, 3), 0, 1)));
    differentiable("mse_loss broadcast", mse_sum, ADJ_TENSORS(x, row));
    differentiable("mse_loss none", mse_none, ADJ_TENSORS(x, t));
    differentiable("l1_loss", l1_mean, ADJ_TENSORS(x, t));
    differentiable("smooth_l1_loss", smooth, ADJ_TENSORS(x, t));
    differentiable("huber_loss", huber, ADJ_TENSORS(x, t));
    differentiable("binary_cross_entropy", bce, ADJ_TENSORS(p, q));
    differentiable("binary_cross_entropy weight", bce_weighted, ADJ_TENSORS(p, q, w));
    differentiable("with_logits", logits, ADJ_TENSORS(x, q));
    differentiable("with_logits pos_weight", logits_positive, ADJ_TENSORS(x, q, w));
    differentiable("kl_div batchmean", divergence, ADJ_TENSORS(x, q));
    differentiable("kl_div log_target", divergence_log, ADJ_TENSORS(x, t));
}

static void pairs_by_hand(void)
{
    AdjTensor *x = adj_from((float[]){1, -2, 3, 0.5f}, ADJ_SHAPE(4), ADJ_F32);
    AdjTensor *t = adj_from((float[]){0, -2, 1, 0}, ADJ_SHAPE(4), ADJ_F32);
    near(adj_item(adj_mse_loss(x, t, "mean")), (1 + 0 + 4 + 0.25) / 4, 1e-6, "mse mean");
    near(adj_item(adj_mse_loss(x, t, "sum")), 5.25, 1e-6, "mse sum");
    near(adj_item(adj_l1_loss(x, t, "sum")), 3.5, 1e-6, "l1 sum");
    near(adj_item(adj_smooth_l1_loss(x, t, "sum", 1)), 0.5 + 0 + 1.5 + 0.125, 1e-6,
         "smooth l1");
    near(adj_item(adj_smooth_l1_loss(x, t, "sum", 0)), 3.5, 1e-6,
         "smooth l1 with beta 0 is l1");
    near(adj_item(adj_huber_loss(x, t, "sum", 0.5)), 0.375 + 0 + 0.875 + 0.125, 1e-6, "huber");
    AdjTensor *p = adj_from((float[]){0, 1, 0.5f}, ADJ_SHAPE(3), ADJ_F32);
    AdjTensor *q = adj_from((float[]){1, 1, 0}, ADJ_SHAPE(3), ADJ_F32);
    near(adj_item(adj_binary_cross_entropy(p, q, NULL, "sum")), 100 + 0 + log(2), 1e-6,
         "a logarithm is at least -100");
    AdjTensor *far = adj_from((float[]){200, -200}, ADJ_SHAPE(2), ADJ_F32);
    AdjTensor *one = adj_from((float[]){1, 1}, ADJ_SHAPE(2), ADJ_F32);
    near(adj_item(adj_binary_cross_entropy_with_logits(far, one, NULL, "sum", NULL)), 200, 1e-6,
         "scores of any size");
    AdjTensor *none = adj_zeros(ADJ_SHAPE(0, 3), ADJ_F32);
    near(adj_item(adj_mse_loss(none, none, "sum")), 0, 0, "a sum over nothing");
    near(adj_item(adj_mse_loss(none, none, "mean")), NAN, 0, "a mean over nothing");
    equal_int(adj_numel(adj_mse_loss(none, none, "none")), 0, "no elements, no losses");
    AdjTensor *half = adj_mse_loss(adj_to(x, ADJ_F16), adj_to(t, ADJ_F16), "mean");
    equal_int(half ? (int)adj_dtype(half) : -1, ADJ_F16, "half precision stays");
    near(half ? adj_item(half) : 0, 1.3125, 1e-3, "mse in half precision");
}

static void pairs_refuse(void)
{
    AdjTensor *x = adj_zeros(ADJ_SHAPE(3), ADJ_F32), *z = adj_zeros(ADJ_SHAPE(4), ADJ_F32);
    AdjTensor *two = adj_full(ADJ_SHAPE(3), ADJ_F(2), ADJ_F32),
              *i = adj_zeros(ADJ_SHAPE(3), ADJ_I64);
    fails_with(ADJ_E_SHAPE, "mse_loss: shapes (3,) and (4,)", adj_mse_loss(x, z, "mean"),
               "mse");
    fails_with(ADJ_E_VALUE, "'avg' is not a valid value", adj_mse_loss(x, x, "avg"),
               "reduction");
    fails_with(ADJ_E_DTYPE, "mse_loss: not implemented for int64", adj_mse_loss(i, i, "mean"),
               "integers");
    fails_with(ADJ_E_SHAPE, "l1_loss", adj_l1_loss(x, z, "mean"), "l1");
    fails_with(ADJ_E_RUNTIME, "beta", adj_smooth_l1_loss(x, x, "mean", -1), "beta");
    fails_with(ADJ_E_RUNTIME, "delta", adj_huber_loss(x, x, "mean", 0), "delta");
    fails_with(ADJ_E_RUNTIME, "between 0 and 1", adj_binary_cross_entropy(two, x, NULL, "mean"),
               "a probability of 2");
    fails_with(ADJ_E_VALUE, "(4,)", adj_binary_cross_entropy(x, z, NULL, "mean"), "target");
    fails_with(ADJ_E_SHAPE, "weight", adj_binary_cross_entropy(x, x, z, "mean"), "weight");
    fails_with(ADJ_E_VALUE, "(4,)",
               adj_binary_cross_entropy_with_logits(x, z, NULL, "mean", NULL), "logits target");
    fails_with(ADJ_E_VALUE, "reduction", adj_kl_div(x, x, "median", false), "kl_div reduction");
}

// ---------------------------------------------------------------- classes

static AdjTensor *targets(int64_t a, int64_t b, int64_t c)
{
    return adj_from((int64_t[]){a, b, c}, ADJ_SHAPE(3), ADJ_I64);
}

static AdjTensor *many_targets(void)
{
    return adj_from((int64_t[]){0, 3, 1, 2, -100, 3}, ADJ_SHAPE(2, 3), ADJ_I64);
}

FUNCTION(ce_mean, adj_cross_entropy(x[0], targets(3, 0, 2), NULL, -100, "mean", 0))
FUNCTION(ce_none, adj_cross_entropy(x[0], targets(3, 0, 2), NULL, -100, "none", 0))
FUNCTION(ce_weighted, adj_cross_entropy(x[0], targets(3, 1, 2), adj_detach(x[1]), 2, "mean", 0))
FUNCTION(ce_smooth, adj_cross_entropy(x[0], targets(3, 1, 2), adj_detach(x[1]), 2, "mean", 0.2))
FUNCTION(ce_many, adj_cross_entropy(x[0], many_targets(), NULL, -100, "mean", 0))
FUNCTION(ce_soft, adj_cross_entropy(x[0], x[1], NULL, -100, "mean", 0.1))
FUNCTION(nll_mean, adj_nll_loss(adj_square(x[0]), targets(3, 0, 2), NULL, -100, "mean"))
FUNCTION(nll_many, adj_nll_loss(adj_square(x[0]), many_targets(), NULL, -100, "none"))

static void classes_differentiate(void)
{
    AdjTensor *x = values(ADJ_SHAPE(3, 4), -2, 2), *w = values(ADJ_SHAPE(4), 0.5, 2);
    AdjTensor *many = values(ADJ_SHAPE(2, 4, 3), -2, 2), *p = values(ADJ_SHAPE(3, 4), 0, 1);
    differentiable("cross_entropy", ce_mean, ADJ_TENSORS(x));
    differentiable("cross_entropy none", ce_none, ADJ_TENSORS(x));
    differentiable("cross_entropy weight, ignore_index", ce_weighted, ADJ_TENSORS(x, w));
    differentiable("cross_entropy label_smoothing", ce_smooth, ADJ_TENSORS(x, w));
    differentiable("cross_entropy of more axes", ce_many, ADJ_TENSORS(many));
    differentiable("cross_entropy of probabilities", ce_soft, ADJ_TENSORS(x, p));
    differentiable("nll_loss", nll_mean, ADJ_TENSORS(x));
    differentiable("nll_loss of more axes", nll_many, ADJ_TENSORS(many));
}

static void classes_by_hand(void)
{
    AdjTensor *x = adj_from((float[]){1, 2, 3, 1, 1, 1}, ADJ_SHAPE(2, 3), ADJ_F32);
    AdjTensor *t = adj_from((int64_t[]){2, 0}, ADJ_SHAPE(2), ADJ_I64);
    double first = log(exp(1) + exp(2) + exp(3)) - 3, second = log(3);
    near(adj_item(adj_cross_entropy(x, t, NULL, -100, "mean", 0)), (first + second) / 2, 1e-6,
         "mean");
    AdjTensor *w = adj_from((float[]){1, 5, 3}, ADJ_SHAPE(3), ADJ_F32);
    near(adj_item(adj_cross_entropy(x, t, w, -100, "mean", 0)), (3 * first + second) / 4, 1e-6,
         "the mean is weighted");
    near(adj_item(adj_cross_entropy(x, t, w, 0, "mean", 0)), first, 1e-6, "an ignored class");
    AdjTensor *x1 = adj_select(x, 0, 0), *t1 = adj_select(t, 0, 0);
    near(adj_item(adj_cross_entropy(x1, t1, NULL, -100, "mean", 0)), first, 1e-6, "one sample");
    AdjTensor *nobody = adj_full(ADJ_SHAPE(2), ADJ_I(-100), ADJ_I64);
    near(adj_item(adj_cross_entropy(x, nobody, NULL, -100, "mean", 0)), NAN, 0,
         "a mean over nobody");
    near(adj_item(adj_cross_entropy(x, nobody, NULL, -100, "sum", 0)), 0, 0,
         "a sum over nobody");
    AdjTensor *far = adj_mul(x, ADJ_NUM(1e4));
    near(adj_item(adj_cross_entropy(far, t, NULL, -100, "sum", 0)), log(3), 1e-6,
         "huge scores");
    AdjTensor *soft = adj_one_hot(t, 3);
    soft = adj_to(soft, ADJ_F32);
    near(adj_item(adj_cross_entropy(x, soft, NULL, -100, "mean", 0)), (first + second) / 2,
         1e-6, "one hot probabilities are indices");
    AdjTensor *i32 = adj_to(t, ADJ_I32);
    near(adj_item(adj_nll_loss(adj_log_softmax(x, 1, ADJ_SAME), i32, NULL, -100, "sum")),
         first + second, 1e-6, "int32 targets");
    AdjTensor *empty = adj_zeros(ADJ_SHAPE(0, 3), ADJ_F32),
              *no_one = adj_zeros(ADJ_SHAPE(0), ADJ_I64);
    near(adj_item(adj_cross_entropy(empty, no_one, NULL, -100, "sum", 0)), 0, 0, "no samples");
}

static void ignored_rows_have_no_gradient(void)
{
    AdjTensor *x = adj_require_grad(
        adj_from((float[]){INFINITY, 0, 1, 2, 3, 4}, ADJ_SHAPE(2, 3), ADJ_F32), true);
    AdjTensor *t = adj_from((int64_t[]){-100, 1}, ADJ_SHAPE(2), ADJ_I64);
    AdjTensor *loss = adj_cross_entropy(x, t, NULL, -100, "mean", 0);
    ok(adj_backward(loss, NULL, false, false), "backward");
    for (int i = 0; i < 3; i++) near(element(adj_grad(x), i), 0, 0, "row 0, element %d", i);
    near(element(adj_grad(x), 4), exp(3) / (exp(2) + exp(3) + exp(4)) - 1, 1e-6, "row 1");
}

static void classes_refuse(void)
{
    AdjTensor *x = adj_zeros(ADJ_SHAPE(2, 3), ADJ_F32), *t = adj_zeros(ADJ_SHAPE(2), ADJ_I64);
    AdjTensor *out = adj_full(ADJ_SHAPE(2), ADJ_I(3), ADJ_I64);
    AdjTensor *below = adj_full(ADJ_SHAPE(2), ADJ_I(-1), ADJ_I64),
              *one = adj_zeros(ADJ_SHAPE(1), ADJ_I64);
    AdjTensor *w = adj_ones(ADJ_SHAPE(2), ADJ_F32), *p = adj_zeros(ADJ_SHAPE(2, 4), ADJ_F32);
    fails_with(ADJ_E_INDEX, "Target 3 is out of bounds",
               adj_cross_entropy(x, out, NULL, -100, "mean", 0), "above");
    fails_with(ADJ_E_INDEX, "Target -1", adj_nll_loss(x, below, NULL, -100, "mean"), "below");
    fails_with(ADJ_E_VALUE, "batch_size (2) to match target batch_size (1)",
               adj_cross_entropy(x, one, NULL, -100, "mean", 0), "batch");
    fails_with(ADJ_E_SHAPE, "(2, 4)", adj_cross_entropy(x, p, NULL, -100, "mean", 0), "soft");
    fails_with(ADJ_E_RUNTIME, "label_smoothing", adj_cross_entropy(x, t, NULL, -100, "mean", 2),
               "smoothing");
    fails_with(ADJ_E_SHAPE, "weight", adj_cross_entropy(x, t, w, -100, "mean", 0), "weight");
    fails_with(ADJ_E_DTYPE, "float32", adj_nll_loss(x, adj_to(t, ADJ_F32), NULL, -100, "mean"),
               "float targets");
    fails_with(ADJ_E_DTYPE, "int64",
               adj_cross_entropy(adj_to(x, ADJ_I64), t, NULL, -100, "mean", 0),
               "integer scores");
    fails_with(
        ADJ_E_SHAPE, "axis of classes",
        adj_cross_entropy(adj_zeros(ADJ_SCALAR_SHAPE, ADJ_F32), t, NULL, -100, "mean", 0),
        "no axis of classes");
}

// ---------------------------------------------------------------- normalisations

FUNCTION(layer, adj_layer_norm(x[0], ADJ_SHAPE(4), x[1], x[2], 1e-5))
FUNCTION(layer_plain, adj_layer_norm(x[0], ADJ_SHAPE(3, 4), NULL, NULL, 0.1))
FUNCTION(layer_bias, adj_layer_norm(x[0], ADJ_SHAPE(4), NULL, x[1], 1e-5))
FUNCTION(rms, adj_rms_norm(x[0], ADJ_SHAPE(4), x[1], NAN))
FUNCTION(batch, adj_batch_norm(x[0], NULL, NULL, x[1], x[2], true, 0.1, 1e-5))
FUNCTION(batch_eval, adj_batch_norm(x[0], adj_detach(x[1]), adj_detach(adj_exp(x[2])), x[1],
                                    x[2], false, 0.1, 1e-5))

static void norms_differentiate(void)
{
    AdjTensor *x = values(ADJ_SHAPE(5, 3, 4), -2, 2), *w = values(ADJ_SHAPE(4), 0.5, 2);
    AdjTensor *b = values(ADJ_SHAPE(4), -1, 1), *c = values(ADJ_SHAPE(3), 0.5, 2);
    AdjTensor *e = values(ADJ_SHAPE(3), -1, 1);
    differentiable("layer_norm", layer, ADJ_TENSORS(x, w, b));
    differentiable("layer_norm over two axes", layer_plain, ADJ_TENSORS(x));
    differentiable("layer_norm with bias alone", layer_bias, ADJ_TENSORS(x, b));
    differentiable("rms_norm", rms, ADJ_TENSORS(x, w));
    differentiable("batch_norm of (N, C, L)", batch, ADJ_TENSORS(x, c, e));
    differentiable("batch_norm of (N, C)", batch,
                   ADJ_TENSORS(values(ADJ_SHAPE(5, 3), -2, 2), c, e));
    differentiable("batch_norm with running values", batch_eval, ADJ_TENSORS(x, c, e));
}

// The rows of a large batch are shared among threads; the sums for the weights are joined.
static void large_norms_agree(void)
{
    AdjTensor *x = adj_to(values(ADJ_SHAPE(700, 67), -2, 2), ADJ_F32);
    AdjTensor *w = adj_require_grad(adj_ones(ADJ_SHAPE(67), ADJ_F32), true);
    AdjTensor *b = adj_require_grad(adj_zeros(ADJ_SHAPE(67), ADJ_F32), true);
    AdjTensor *y = adj_layer_norm(adj_detach(x), ADJ_SHAPE(67), w, b, 1e-5);
    AdjTensor *mean = adj_mean(x, ADJ_SHAPE(1), true, ADJ_SAME);
    AdjTensor *d = adj_sub(x, mean, ADJ_I(1));
    AdjTensor *r = adj_rsqrt(adj_add(adj_mean(adj_square(d), ADJ_SHAPE(1), true, ADJ_SAME),
                                     ADJ_NUM(1e-5), ADJ_I(1)));
    AdjTensor *h = adj_detach(adj_mul(d, r));
    tensors_near(adj_detach(y), h, 1e-5, "the definition");
    ok(adj_backward(adj_sum(adj_mul(y, h), ADJ_ALL, false, ADJ_SAME), NULL, false, false),
       "backward");
    tensors_near(adj_grad(w), adj_sum(adj_square(h), ADJ_SHAPE(0), false, ADJ_SAME), 1e-4,
                 "the weight's gradient");
    tensors_near(adj_grad(b), adj_sum(h, ADJ_SHAPE(0), false, ADJ_SAME), 1e-3,
                 "the bias's gradient");
}

static void running_values_move(void)
{
    AdjTensor *x = adj_from((float[]){1, 10, 3, 20, 5, 60}, ADJ_SHAPE(3, 2), ADJ_F32);
    AdjTensor *mean = adj_zeros(ADJ_SHAPE(2), ADJ_F32), *var = adj_ones(ADJ_SHAPE(2), ADJ_F32);
    adj_batch_norm(x, mean, var, NULL, NULL, true, 0.1, 1e-5);
    tensors_near(mean, adj_from((float[]){0.3f, 3}, ADJ_SHAPE(2), ADJ_F32), 1e-6, "mean");
    tensors_near(var, adj_from((float[]){0.9f + 0.4f, 0.9f + 70}, ADJ_SHAPE(2), ADJ_F32), 1e-6,
                 "unbiased variance");
    AdjTensor *y = adj_batch_norm(x, mean, var, NULL, NULL, false, 0.1, 0);
    near(y ? element(y, 0) : 0, 0.7 / sqrt(1.3), 1e-6, "evaluation uses them");
    near(element(mean, 0), 0.3, 1e-6, "evaluation leaves them");
}

static void norms_refuse(void)
{
    AdjTensor *x = adj_zeros(ADJ_SHAPE(2, 3), ADJ_F32), *v = adj_zeros(ADJ_SHAPE(4), ADJ_F32);
    fails_with(ADJ_E_SHAPE, "(4,)", adj_layer_norm(x, ADJ_SHAPE(4), NULL, NULL, 1e-5), "layer");
    fails_with(ADJ_E_SHAPE, "weight", adj_layer_norm(x, ADJ_SHAPE(3), v, NULL, 1e-5), "weight");
    fails_with(ADJ_E_SHAPE, "rms_norm", adj_rms_norm(x, ADJ_SHAPE(2), NULL, NAN), "rms");
    fails_with(ADJ_E_SHAPE, "running_mean should contain 3 elements not 4",
               adj_batch_norm(x, v, v, NULL, NULL, true, 0.1, 1e-5), "channels");
    fails_with(ADJ_E_VALUE, "more than 1 value per channel",
               adj_batch_norm(adj_narrow(x, 0, 0, 1), NULL, NULL, NULL, NULL, true, 0.1, 1e-5),
               "one value");
    fails_with(ADJ_E_RUNTIME, "training=False",
               adj_batch_norm(x, NULL, NULL, NULL, NULL, false, 0.1, 1e-5),
               "no running values");
    fails_with(ADJ_E_DTYPE, "int64",
               adj_layer_norm(adj_to(x, ADJ_I64), ADJ_SHAPE(3), NULL, NULL, 1e-5), "integers");
    AdjTensor *none =
        adj_layer_norm(adj_zeros(ADJ_SHAPE(0, 3), ADJ_F32), ADJ_SHAPE(3), NULL, NULL, 1e-5);
    equal_int(none ? adj_numel(none) : -1, 0, "no rows");
    none = adj_batch_norm(adj_zeros(ADJ_SHAPE(0, 3), ADJ_F32), NULL, NULL, NULL, NULL, true,
                          0.1, 1e-5);
    equal_int(none ? adj_numel(none) : -1, 0, "no batch");
}

// ---------------------------------------------------------------- einsum

static AdjTensor *counting(AdjShape shape)
{
    int64_t n = 1;
    for (int d = 0; d < shape.n; d++) n *= shape.at[d];
    AdjTensor *x = adj_arange(ADJ_I(0), ADJ_I(n), ADJ_I(1), ADJ_F64);
    return adj_reshape(adj_sub(x, ADJ_NUM(3), ADJ_I(1)), shape);
}

static void einsum_is(const char *equation, AdjTensors in, AdjTensor *want)
{
    tensors_near(adj_einsum(equation, in), want, 1e-12, "einsum %s", equation);
}

static void einsum_spells_products(void)
{
    AdjTensor *a = counting(ADJ_SHAPE(2, 3)), *b = counting(ADJ_SHAPE(3, 4));
    AdjTensor *s = counting(ADJ_SHAPE(3, 3)), *v = counting(ADJ_SHAPE(3));
    AdjTensor *p = counting(ADJ_SHAPE(2, 3, 4)), *q = counting(ADJ_SHAPE(2, 4, 5));
    einsum_is("ij,jk->ik", ADJ_TENSORS(a, b), adj_mm(a, b));
    einsum_is("ij,jk", ADJ_TENSORS(a, b), adj_mm(a, b));
    einsum_is(" i j , j k -> k i ", ADJ_TENSORS(a, b), adj_transpose(adj_mm(a, b), 0, 1));
    einsum_is("ba", ADJ_TENSORS(a), adj_transpose(a, 0, 1));
    einsum_is("ij->", ADJ_TENSORS(a), adj_sum(a, ADJ_ALL, false, ADJ_SAME));
    einsum_is("ii->i", ADJ_TENSORS(s), adj_diagonal(s, 0, 0, 1));
    einsum_is("ii", ADJ_TENSORS(s), adj_trace(s));
    einsum_is("i,i->", ADJ_TENSORS(v, v), adj_dot(v, v));
    einsum_is("i,j->ij", ADJ_TENSORS(v, v), adj_outer(v, v));
    einsum_is("ij,ij->ij", ADJ_TENSORS(a, a), adj_square(a));
    einsum_is("...ij,...jk->...ik", ADJ_TENSORS(p, q), adj_bmm(p, q));
    einsum_is("...ij,jk->...ik", ADJ_TENSORS(p, adj_select(q, 0, 1)),
              adj_matmul(p, adj_select(q, 0, 1)));
    einsum_is("bij,bjk->bik", ADJ_TENSORS(adj_narrow(p, 0, 1, 1), q),
              adj_matmul(adj_select(p, 0, 1), q));
    einsum_is("i,ij,j->", ADJ_TENSORS(v, s, v), adj_dot(v, adj_mv(s, v)));
    einsum_is("iij->j", ADJ_TENSORS(counting(ADJ_SHAPE(2, 2, 3))),
              adj_sum(adj_diagonal(counting(ADJ_SHAPE(2, 2, 3)), 0, 0, 1), ADJ_SHAPE(-1), false,
                      ADJ_SAME));
    einsum_is("i,i,i->i", ADJ_TENSORS(v, v, v), adj_mul(adj_mul(v, v), v));
    AdjTensor *none = adj_zeros(ADJ_SHAPE(0, 3), ADJ_F64);
    einsum_is("ij,jk->ik", ADJ_TENSORS(none, b), adj_zeros(ADJ_SHAPE(0, 4), ADJ_F64));
    einsum_is("ij,ik->jk", ADJ_TENSORS(none, none), adj_zeros(ADJ_SHAPE(3, 3), ADJ_F64));
}

static void einsum_refuses(void)
{
    AdjTensor *a = adj_zeros(ADJ_SHAPE(2, 3), ADJ_F32),
              *b = adj_zeros(ADJ_SHAPE(4, 2), ADJ_F32);
    fails_with(ADJ_E_SHAPE, "3 and 4", adj_einsum("ij,jk->ik", ADJ_TENSORS(a, b)), "sizes");
    fails_with(ADJ_E_RUNTIME, "k does not appear", adj_einsum("ij->ijk", ADJ_TENSORS(a)), "k");
    fails_with(ADJ_E_RUNTIME, "fewer operands", adj_einsum("ij,jk", ADJ_TENSORS(a)),
               "one operand");
    fails_with(ADJ_E_RUNTIME, "more operands", adj_einsum("ij", ADJ_TENSORS(a, b)),
               "two operands");
    fails_with(ADJ_E_RUNTIME, "subscript '1'", adj_einsum("i1->i", ADJ_TENSORS(a)), "a digit");
    fails_with(ADJ_E_RUNTIME, "operand 0", adj_einsum("ijk->i", ADJ_TENSORS(a)),
               "three letters");
    fails_with(ADJ_E_RUNTIME, "more than once", adj_einsum("ij->ii", ADJ_TENSORS(a)),
               "i twice");
    fails_with(ADJ_E_RUNTIME, "different sizes", adj_einsum("ii->i", ADJ_TENSORS(a)),
               "diagonal");
    fails_with(ADJ_E_VALUE, "at least one", adj_einsum("i", (AdjTensors){0, NULL}), "nothing");
}

FUNCTION(pairwise, adj_einsum("bn,anm,bm->ba", ADJ_TENSORS(x[0], x[1], x[2])))
FUNCTION(bilinear, adj_bilinear(x[0], x[1], x[2], x[3]))
FUNCTION(cross, adj_linalg_cross(x[0], x[1], -1))
FUNCTION(trace, adj_square(adj_trace(x[0])))
FUNCTION(kron, adj_kron(x[0], x[1]))
FUNCTION(tensordot, adj_tensordot_dims(x[0], x[1], ADJ_SHAPE(1), ADJ_SHAPE(0)))

static void products_differentiate(void)
{
    AdjTensor *x = values(ADJ_SHAPE(2, 3), -1, 1), *z = values(ADJ_SHAPE(2, 4), -1, 1);
    AdjTensor *w = values(ADJ_SHAPE(5, 3, 4), -1, 1), *b = values(ADJ_SHAPE(5), -1, 1);
    differentiable("einsum of three", pairwise, ADJ_TENSORS(x, w, z));
    differentiable("bilinear", bilinear, ADJ_TENSORS(x, z, w, b));
    differentiable("cross", cross, ADJ_TENSORS(x, values(ADJ_SHAPE(2, 3), -2, 2)));
    differentiable("trace", trace, ADJ_TENSORS(x));
    differentiable("kron", kron, ADJ_TENSORS(x, z));
    differentiable("tensordot", tensordot, ADJ_TENSORS(x, values(ADJ_SHAPE(3, 2), -2, 2)));
    tensors_near(adj_bilinear(x, z, w, b),
                 adj_add(adj_einsum("ni,oij,nj->no", ADJ_TENSORS(x, w, z)), b, ADJ_I(1)), 1e-12,
                 "bilinear is an einsum");
    fails_with(ADJ_E_SHAPE, "bilinear", adj_bilinear(x, x, w, b), "bilinear's sizes");
    fails_with(ADJ_E_SHAPE, "length 3", adj_linalg_cross(z, z, -1), "cross of four");
    fails_with(ADJ_E_SHAPE, "no dimension of size 3", adj_cross(z, z, ADJ_NO_INT), "cross");
    fails_with(ADJ_E_SHAPE, "trace", adj_trace(b), "trace of a vector");
    fails_with(ADJ_E_VALUE, "tensordot", adj_tensordot(x, z, 3), "tensordot of three axes");
    fails_with(ADJ_E_SHAPE, "size 2", adj_tensordot(x, z, 1), "tensordot's sizes");
}

int main(void)
{
    test_case(pairs_by_hand);
    test_case(pairs_differentiate);
    test_case(pairs_refuse);
    test_case(classes_by_hand);
    test_case(classes_differentiate);
    test_case(ignored_rows_have_no_gradient);
    test_case(classes_refuse);
    test_case(norms_differentiate);
    test_case(large_norms_agree);
    test_case(running_values_move);
    test_case(norms_refuse);
    test_case(einsum_spells_products);
    test_case(einsum_refuses);
    test_case(products_differentiate);
    return done();
}
