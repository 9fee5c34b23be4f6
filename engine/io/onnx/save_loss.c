// SPDX-License-Identifier: Apache-2.0
// save_loss.c: losses of ours as nodes of ONNX. Those of classes are operators there too, with
// the same words for what is ignored and how a batch is summed; the others are written out,
// term by term, and reduced.
#include "io/onnx/save.h"

// ---------------------------------------------------------------- classes

// One sample without an axis for the batch gets one for the while.
static bool save_classes(AdjOnnxSaver *s, const AdjStep *step, const char *type)
{
    int64_t zero = 0;
    const char *axis = ints(s, 1, &zero), *x = in(s, step, 0);
    const char *target = adj_onnx_name_as(s, step->in[1], ADJ_I64);
    const char *reduction = adj_step_arg(step, "reduction")->s;
    bool alone = step->in[0]->ndim == 1;
    if (alone) {
        x = two(s, "Unsqueeze", x, axis);
        target = two(s, "Unsqueeze", target, axis);
    }
    const char *names[] = {x, target, in(s, step, 2)};
    x = adj_onnx_node(
        s, type, step->in[2] ? 3 : 2, names,
        ADJ_ATTRS(ADJ_ATTR_STR("reduction", reduction),
                  ADJ_ATTR_INT("ignore_index", adj_step_arg(step, "ignore_index")->i)));
    bool each = alone && !strcmp(reduction, "none");
    return done(s, step, each ? two(s, "Squeeze", x, axis) : x);
}

bool adj_onnx_save_nll_loss(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_classes(s, step, "NegativeLogLikelihoodLoss");
}

bool adj_onnx_save_cross_entropy(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_classes(s, step, "SoftmaxCrossEntropyLoss");
}

// ---------------------------------------------------------------- numbers

static bool reduce(AdjOnnxSaver *s, const AdjStep *step, const char *terms)
{
    const char *how = adj_step_arg(step, "reduction")->s;
    if (!strcmp(how, "none")) return done(s, step, terms);
    const char *type = !strcmp(how, "sum") ? "ReduceSum" : "ReduceMean";
    return done(s, step, adj_onnx_reduced(s, type, terms, ADJ_ALL, false));
}

static const char *difference(AdjOnnxSaver *s, const AdjStep *step)
{
    return two(s, "Sub", in_as_out(s, step, 0), in_as_out(s, step, 1));
}

bool adj_onnx_save_mse_loss(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *d = difference(s, step);
    return reduce(s, step, two(s, "Mul", d, d));
}

// scale d^2 up to |d| = [edge], then slope (|d| - edge / 2): both are slope edge / 2 there.
static bool save_bent(AdjOnnxSaver *s, const AdjStep *step, double edge, double slope)
{
    const char *d = one(s, "Abs", difference(s, step)), *square = two(s, "Mul", d, d);
    const char *near = with(s, step, "Mul", square, edge > 0 ? slope / (2 * edge) : 0);
    const char *far = with(s, step, "Mul", with(s, step, "Sub", d, edge / 2), slope);
    const char *inside = with(s, step, "Less", d, edge);
    return reduce(s, step, adj_onnx_node(s, "Where", ADJ_NAMES(inside, near, far), NULL));
}

bool adj_onnx_save_smooth_l1_loss(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_bent(s, step, adj_step_arg(step, "beta")->f, 1);
}

bool adj_onnx_save_huber_loss(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    double delta = adj_step_arg(step, "delta")->f;
    return save_bent(s, step, delta, delta);
}

static const char *minus_one(AdjOnnxSaver *s, const AdjStep *step, const char *x)
{
    return with(s, step, "Sub", x, 1);
}

// (t - 1) max(log(1 - p), -100) - t max(log p, -100)
bool adj_onnx_save_bce(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *p = in_as_out(s, step, 0), *t = in_as_out(s, step, 1);
    const char *left = one(s, "Log", one(s, "Neg", minus_one(s, step, p)));
    left = two(s, "Mul", minus_one(s, step, t), with(s, step, "Max", left, -100));
    const char *y = two(s, "Mul", t, with(s, step, "Max", one(s, "Log", p), -100));
    y = two(s, "Sub", left, y);
    if (step->in[2]) y = two(s, "Mul", y, in_as_out(s, step, 2));
    return reduce(s, step, y);
}

// (1 - t) x + (1 + (w - 1) t) softplus(-x) for the weight w of what is positive.
bool adj_onnx_save_bce_logits(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *x = in_as_out(s, step, 0), *t = in_as_out(s, step, 1);
    const char *soft = one(s, "Softplus", one(s, "Neg", x));
    if (step->in[2]) {
        const char *w = two(s, "Mul", minus_one(s, step, in_as_out(s, step, 2)), t);
        soft = two(s, "Mul", with(s, step, "Add", w, 1), soft);
    }
    const char *y = two(s, "Sub", soft, two(s, "Mul", minus_one(s, step, t), x));
    if (step->in[3]) y = two(s, "Mul", y, in_as_out(s, step, 3));
    return reduce(s, step, y);
}

// 0 where x is 0, whatever its logarithm's operand is, unless that is not a number.
bool adj_onnx_save_xlogy(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *x = in_as_out(s, step, 0), *y = in_as_out(s, step, 1);
    const char *none =
        two(s, "And", with(s, step, "Equal", x, 0), one(s, "Not", one(s, "IsNaN", y)));
    const char *zero = adj_onnx_number(s, 0, out_type(step));
    const char *product = two(s, "Mul", x, one(s, "Log", y));
    return done(s, step, adj_onnx_node(s, "Where", ADJ_NAMES(none, zero, product), NULL));
}
