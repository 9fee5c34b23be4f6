// SPDX-License-Identifier: Apache-2.0
// save_math.c: elementwise ops, products and reductions of ours as nodes of ONNX, whose
// operators want their operands in one element type and know fewer functions.
#include "io/onnx/save.h"

// ---------------------------------------------------------------- two operands

// The type both operands are compared in.
static AdjDtype common_type(const AdjStep *step)
{
    AdjTensor *a = step->in[0], *b = step->in[1];
    AdjDtype both = adj_dtype_promote((AdjDtype)a->dtype, (AdjDtype)b->dtype);
    const AdjTensor *tensor = a->wrapped ? b : a, *number = a->wrapped ? a : b;
    bool weak = number->wrapped && adj_dtype_category((AdjDtype)number->dtype) <=
                                       adj_dtype_category((AdjDtype)tensor->dtype);
    return weak ? (AdjDtype)tensor->dtype : both;
}

bool adj_onnx_save_binary(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    bool logical = !strncmp(step->op->name, "logical_", 8);
    AdjDtype dtype = logical                      ? ADJ_BOOL
                     : out_type(step) == ADJ_BOOL ? common_type(step)
                                                  : out_type(step);
    const char *x = adj_onnx_name_as(s, step->in[0], dtype);
    const char *y = adj_onnx_name_as(s, step->in[1], dtype);
    const AdjValue *alpha = step->n_arg ? adj_step_arg(step, "alpha") : NULL;
    if (alpha && alpha->num.f != 1) y = with(s, step, "Mul", y, alpha->num.f);
    return done(s, step, two(s, row->onnx, x, y));
}

bool adj_onnx_save_rsub(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    double alpha = adj_step_arg(step, "alpha")->num.f;
    const char *x = in_as_out(s, step, 0), *y = in_as_out(s, step, 1);
    if (alpha != 1) x = with(s, step, "Mul", x, alpha);
    return done(s, step, two(s, "Sub", y, x));
}

// Towards zero, for floats: the sign of the quotient times the floor of its size.
static const char *truncated(AdjOnnxSaver *s, const char *x)
{
    return two(s, "Mul", one(s, "Sign", x), one(s, "Floor", one(s, "Abs", x)));
}

bool adj_onnx_save_div(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *mode = adj_step_arg(step, "rounding_mode")->s;
    bool floats = adj_is_float(step->out[0]), floor = mode && !strcmp(mode, "floor");
    if (!floats && floor) return cannot(step, "rounding_mode='floor' of integers");
    const char *y = two(s, "Div", in_as_out(s, step, 0), in_as_out(s, step, 1));
    if (mode && floats) y = floor ? one(s, "Floor", y) : truncated(s, y);
    return done(s, step, y);
}

bool adj_onnx_save_floor_divide(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    if (!adj_is_float(step->out[0])) return cannot(step, "integers");
    const char *y = two(s, "Div", in_as_out(s, step, 0), in_as_out(s, step, 1));
    return done(s, step, one(s, "Floor", y));
}

bool adj_onnx_save_pow(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return done(s, step, two(s, "Pow", in_as_out(s, step, 0), in_as_out(s, step, 1)));
}

bool adj_onnx_save_fmod(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *x = in_as_out(s, step, 0), *y = in_as_out(s, step, 1);
    return done(s, step,
                adj_onnx_node(s, "Mod", ADJ_NAMES(x, y), ADJ_ATTRS(ADJ_ATTR_INT("fmod", 1))));
}

// x - floor(x / y) y; ONNX's own is for integers.
bool adj_onnx_save_remainder(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *x = in_as_out(s, step, 0), *y = in_as_out(s, step, 1);
    if (!adj_is_float(step->out[0])) return done(s, step, two(s, "Mod", x, y));
    const char *times = one(s, "Floor", two(s, "Div", x, y));
    return done(s, step, two(s, "Sub", x, two(s, "Mul", times, y)));
}

bool adj_onnx_save_ne(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    AdjDtype dtype = common_type(step);
    const char *x = adj_onnx_name_as(s, step->in[0], dtype);
    const char *y = adj_onnx_name_as(s, step->in[1], dtype);
    return done(s, step, one(s, "Not", two(s, "Equal", x, y)));
}

// ONNX's bitwise operators came with version 18 and are for integers; bools have their own.
static bool save_bits(AdjOnnxSaver *s, const AdjStep *step, const char *logical,
                      const char *bitwise)
{
    bool bools = out_type(step) == ADJ_BOOL;
    if (!bools && adj_onnx_opset(s) < 18) return cannot(step, "opset_version below 18");
    const char *x = in_as_out(s, step, 0), *type = bools ? logical : bitwise;
    return done(s, step,
                step->n_in < 2 ? one(s, type, x) : two(s, type, x, in_as_out(s, step, 1)));
}

bool adj_onnx_save_bitwise_not(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_bits(s, step, "Not", "BitwiseNot");
}

bool adj_onnx_save_bitwise_and(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_bits(s, step, "And", "BitwiseAnd");
}

bool adj_onnx_save_bitwise_or(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_bits(s, step, "Or", "BitwiseOr");
}

bool adj_onnx_save_bitwise_xor(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_bits(s, step, "Xor", "BitwiseXor");
}

// ---------------------------------------------------------------- one operand

bool adj_onnx_save_isinf(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return done(s, step, one(s, "IsInf", in(s, step, 0)));
}

bool adj_onnx_save_isfinite(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *x = in(s, step, 0);
    const char *no = two(s, "Or", one(s, "IsInf", x), one(s, "IsNaN", x));
    return done(s, step, one(s, "Not", no));
}

bool adj_onnx_save_square(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *x = in(s, step, 0);
    return done(s, step, two(s, "Mul", x, x));
}

bool adj_onnx_save_rsqrt(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return done(s, step, one(s, "Reciprocal", one(s, "Sqrt", in_as_out(s, step, 0))));
}

bool adj_onnx_save_exp2(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *x = with(s, step, "Mul", in_as_out(s, step, 0), M_LN2);
    return done(s, step, one(s, "Exp", x));
}

bool adj_onnx_save_expm1(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *y = one(s, "Exp", in_as_out(s, step, 0));
    return done(s, step, with(s, step, "Sub", y, 1));
}

bool adj_onnx_save_log1p(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *x = with(s, step, "Add", in_as_out(s, step, 0), 1);
    return done(s, step, one(s, "Log", x));
}

static bool save_log(AdjOnnxSaver *s, const AdjStep *step, double base)
{
    const char *y = one(s, "Log", in_as_out(s, step, 0));
    return done(s, step, with(s, step, "Div", y, log(base)));
}

bool adj_onnx_save_log2(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_log(s, step, 2);
}

bool adj_onnx_save_log10(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_log(s, step, 10);
}

bool adj_onnx_save_erfc(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *one_ = adj_onnx_number(s, 1, out_type(step));
    return done(s, step, two(s, "Sub", one_, one(s, "Erf", in_as_out(s, step, 0))));
}

bool adj_onnx_save_trunc(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return done(s, step, truncated(s, in(s, step, 0)));
}

bool adj_onnx_save_frac(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *x = in(s, step, 0);
    return done(s, step, two(s, "Sub", x, truncated(s, x)));
}

bool adj_onnx_save_to(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return done(s, step, in_as_out(s, step, 0));
}

// ---------------------------------------------------------------- bounds and choices

// Clip wants numbers; bounds of several elements are Max and Min.
static const char *clipped(AdjOnnxSaver *s, const AdjStep *step, AdjTensor *low,
                           AdjTensor *high)
{
    const char *x = in_as_out(s, step, 0);
    const char *lo = low ? adj_onnx_name_as(s, low, out_type(step)) : "";
    const char *hi = high ? adj_onnx_name_as(s, high, out_type(step)) : "";
    bool numbers = (!low || low->ndim == 0) && (!high || high->ndim == 0);
    if (numbers) return adj_onnx_node(s, "Clip", ADJ_NAMES(x, lo, hi), NULL);
    if (low) x = two(s, "Max", x, lo);
    return high ? two(s, "Min", x, hi) : x;
}

bool adj_onnx_save_clamp(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return done(s, step, clipped(s, step, step->in[1], step->in[2]));
}

bool adj_onnx_save_clamp_min(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return done(s, step, clipped(s, step, step->in[1], NULL));
}

bool adj_onnx_save_clamp_max(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return done(s, step, clipped(s, step, NULL, step->in[1]));
}

bool adj_onnx_save_where(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *c = adj_onnx_name_as(s, step->in[0], ADJ_BOOL);
    const char *x = in_as_out(s, step, 1), *y = in_as_out(s, step, 2);
    return done(s, step, adj_onnx_node(s, "Where", ADJ_NAMES(c, x, y), NULL));
}

bool adj_onnx_save_masked_fill(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *c = adj_onnx_name_as(s, step->in[1], ADJ_BOOL);
    const char *x = in_as_out(s, step, 0), *value = in_as_out(s, step, 2);
    return done(s, step, adj_onnx_node(s, "Where", ADJ_NAMES(c, value, x), NULL));
}

bool adj_onnx_save_lerp(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *x = in_as_out(s, step, 0), *y = in_as_out(s, step, 1);
    const char *by = two(s, "Mul", in_as_out(s, step, 2), two(s, "Sub", y, x));
    return done(s, step, two(s, "Add", x, by));
}

static bool save_addc(AdjOnnxSaver *s, const AdjStep *step, const char *type)
{
    const char *by = two(s, type, in_as_out(s, step, 1), in_as_out(s, step, 2));
    double value = adj_step_arg(step, "value")->f;
    if (value != 1) by = with(s, step, "Mul", by, value);
    return done(s, step, two(s, "Add", in_as_out(s, step, 0), by));
}

bool adj_onnx_save_addcmul(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_addc(s, step, "Mul");
}

bool adj_onnx_save_addcdiv(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_addc(s, step, "Div");
}

// max(x, y) + log(1 + exp(-|x - y|)) = max(x, y) + softplus(-|x - y|)
bool adj_onnx_save_logaddexp(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *x = in_as_out(s, step, 0), *y = in_as_out(s, step, 1);
    const char *gap = one(s, "Neg", one(s, "Abs", two(s, "Sub", x, y)));
    return done(s, step, two(s, "Add", two(s, "Max", x, y), one(s, "Softplus", gap)));
}

// ---------------------------------------------------------------- products

// The transpose of the last two axes of input [i].
static const char *turned(AdjOnnxSaver *s, const AdjStep *step, int i)
{
    int n = step->in[i]->ndim;
    int64_t order[ADJ_MAX_DIMS];
    for (int d = 0; d < n; d++) order[d] = d < n - 2 ? d : 2 * n - 3 - d;
    return adj_onnx_node(s, "Transpose", ADJ_NAMES(in(s, step, i)),
                         ADJ_ATTRS(ADJ_ATTR_INTS("perm", ((AdjLongs){n, order}))));
}

// x W^T + b: one Gemm of a matrix, else a product and a sum.
static const char *layer(AdjOnnxSaver *s, const AdjStep *step, int x, int w, int b)
{
    const char *bias = b < step->n_in && step->in[b] ? in(s, step, b) : NULL;
    const AdjOnnxAttr *attrs = ADJ_ATTRS(ADJ_ATTR_INT("transB", 1));
    if (step->in[x]->ndim == 2 && step->in[w]->ndim == 2) {
        return bias
                   ? adj_onnx_node(s, "Gemm", ADJ_NAMES(in(s, step, x), in(s, step, w), bias),
                                   attrs)
                   : adj_onnx_node(s, "Gemm", ADJ_NAMES(in(s, step, x), in(s, step, w)), attrs);
    }
    const char *weight = step->in[w]->ndim < 2 ? in(s, step, w) : turned(s, step, w);
    const char *y = two(s, "MatMul", in(s, step, x), weight);
    return bias ? two(s, "Add", y, bias) : y;
}

bool adj_onnx_save_linear(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return done(s, step, layer(s, step, 0, 1, 2));
}

bool adj_onnx_save_mm_t(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return done(s, step, layer(s, step, 0, 1, 2));
}

bool adj_onnx_save_addmm_t(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return done(s, step, layer(s, step, 1, 2, 0));
}

bool adj_onnx_save_addmm(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    double beta = adj_step_arg(step, "beta")->num.f, alpha = adj_step_arg(step, "alpha")->num.f;
    const char *y = two(s, "MatMul", in(s, step, 1), in(s, step, 2)), *bias = in(s, step, 0);
    if (alpha != 1) y = with(s, step, "Mul", y, alpha);
    if (beta != 1) bias = with(s, step, "Mul", bias, beta);
    return done(s, step, two(s, "Add", y, bias));
}

bool adj_onnx_save_einsum(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const char *names[16];
    if (step->n_in > 16) return cannot(step, "more than 16 operands");
    for (int i = 0; i < step->n_in; i++) names[i] = in(s, step, i);
    const char *equation = adj_step_arg(step, "equation")->s;
    return done(s, step,
                adj_onnx_node(s, "Einsum", step->n_in, names,
                              ADJ_ATTRS(ADJ_ATTR_STR("equation", equation))));
}

// ---------------------------------------------------------------- reductions

// [type] of [x] over [axes]; the axes were an attribute of all but ReduceSum before 18.
const char *adj_onnx_reduced(AdjOnnxSaver *s, const char *type, const char *x, AdjShape axes,
                             bool keep)
{
    AdjOnnxAttr keeps = ADJ_ATTR_INT("keepdims", keep);
    AdjLongs list = {axes.n, axes.at};
    if (axes.n < 0) return adj_onnx_node(s, type, ADJ_NAMES(x), ADJ_ATTRS(keeps));
    if (adj_onnx_opset(s) >= 18 || !strcmp(type, "ReduceSum")) {
        return adj_onnx_node(s, type, ADJ_NAMES(x, adj_onnx_ints_name(s, list)),
                             ADJ_ATTRS(keeps));
    }
    return adj_onnx_node(s, type, ADJ_NAMES(x), ADJ_ATTRS(keeps, ADJ_ATTR_INTS("axes", list)));
}

// No axes and a list of none both mean all of them.
static AdjShape axes_of(const AdjStep *step)
{
    const AdjValue *dim = adj_step_arg(step, "dim");
    return !dim || dim->ints.n <= 0 ? ADJ_ALL : dim->ints;
}

static bool keeps(const AdjStep *step)
{
    const AdjValue *keep = adj_step_arg(step, "keepdim");
    return keep && keep->b;
}

static bool save_reduced(AdjOnnxSaver *s, const AdjStep *step, const char *type)
{
    const char *x = in_as_out(s, step, 0);
    return done(s, step, adj_onnx_reduced(s, type, x, axes_of(step), keeps(step)));
}

bool adj_onnx_save_sum(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_reduced(s, step, "ReduceSum");
}

bool adj_onnx_save_mean(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_reduced(s, step, "ReduceMean");
}

bool adj_onnx_save_amax(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_reduced(s, step, "ReduceMax");
}

bool adj_onnx_save_amin(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_reduced(s, step, "ReduceMin");
}

bool adj_onnx_save_logsumexp(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_reduced(s, step, "ReduceLogSumExp");
}

bool adj_onnx_save_prod(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    int64_t dim = adj_step_arg(step, "dim")->i;
    AdjShape axes = dim == ADJ_NO_INT ? ADJ_ALL : ADJ_SHAPE(dim);
    return done(s, step,
                adj_onnx_reduced(s, "ReduceProd", in_as_out(s, step, 0), axes, keeps(step)));
}

bool adj_onnx_save_norm(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const AdjValue *p = adj_step_arg(step, "p");
    double order = (p ? p : adj_step_arg(step, "ord"))->num.f;
    if (order == 1 || order == 2)
        return save_reduced(s, step, order == 1 ? "ReduceL1" : "ReduceL2");
    const char *x = one(s, "Abs", in_as_out(s, step, 0));
    bool most = isinf(order);
    if (order == 0) return cannot(step, "order 0");
    if (!most) x = with(s, step, "Pow", x, order);
    const char *type = !most ? "ReduceSum" : order > 0 ? "ReduceMax" : "ReduceMin";
    x = adj_onnx_reduced(s, type, x, axes_of(step), keeps(step));
    return done(s, step, most ? x : with(s, step, "Pow", x, 1 / order));
}

// Over bools: whether the greatest or the least of them as numbers is 1.
static bool save_truth(AdjOnnxSaver *s, const AdjStep *step, const char *type)
{
    const char *x = adj_onnx_name_as(s, step->in[0], ADJ_BOOL);
    const AdjOnnxAttr *number = ADJ_ATTRS(ADJ_ATTR_INT("to", adj_onnx_dtype_code(ADJ_I32)));
    x = adj_onnx_node(s, "Cast", ADJ_NAMES(x), number);
    x = adj_onnx_reduced(s, type, x, axes_of(step), keeps(step));
    return done(s, step,
                adj_onnx_node(s, "Cast", ADJ_NAMES(x),
                              ADJ_ATTRS(ADJ_ATTR_INT("to", adj_onnx_dtype_code(ADJ_BOOL)))));
}

bool adj_onnx_save_any(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_truth(s, step, "ReduceMax");
}

bool adj_onnx_save_all(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_truth(s, step, "ReduceMin");
}

// The sum of squared distances from the mean over n - correction.
static const char *variance(AdjOnnxSaver *s, const AdjStep *step)
{
    AdjShape axes = axes_of(step);
    const AdjValue *correction = adj_step_arg(step, "correction");
    double less = correction->num.kind != ADJ_S_NONE ? correction->num.f
                                                     : adj_step_arg(step, "unbiased")->b;
    double n = (double)step->in[0]->numel / (double)step->out[0]->numel;
    const char *x = in(s, step, 0), *mean = adj_onnx_reduced(s, "ReduceMean", x, axes, true);
    const char *from = two(s, "Sub", x, mean);
    const char *sum =
        adj_onnx_reduced(s, "ReduceSum", two(s, "Mul", from, from), axes, keeps(step));
    return with(s, step, "Div", sum, n - less);
}

bool adj_onnx_save_var(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return done(s, step, variance(s, step));
}

bool adj_onnx_save_std(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return done(s, step, one(s, "Sqrt", variance(s, step)));
}

// Where the extreme stands; without an axis, in the flattened operand.
static const char *arg_extreme(AdjOnnxSaver *s, const AdjStep *step, const char *type)
{
    int64_t dim = adj_step_arg(step, "dim")->i, all = -1;
    const char *x = in(s, step, 0);
    bool keep = keeps(step);
    if (dim == ADJ_NO_INT) {
        x = two(s, "Reshape", x, adj_onnx_ints_name(s, (AdjLongs){1, &all}));
        dim = 0;
        keep = false;
    }
    return adj_onnx_node(s, type, ADJ_NAMES(x),
                         ADJ_ATTRS(ADJ_ATTR_INT("axis", dim), ADJ_ATTR_INT("keepdims", keep)));
}

bool adj_onnx_save_argmax(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return done(s, step, arg_extreme(s, step, "ArgMax"));
}

bool adj_onnx_save_argmin(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return done(s, step, arg_extreme(s, step, "ArgMin"));
}

static bool save_extreme(AdjOnnxSaver *s, const AdjStep *step, const char *type,
                         const char *place)
{
    AdjShape axes = ADJ_SHAPE(adj_step_arg(step, "dim")->i);
    return done(s, step, adj_onnx_reduced(s, type, in(s, step, 0), axes, keeps(step))) &&
           adj_onnx_bind(s, step->out[1], arg_extreme(s, step, place));
}

bool adj_onnx_save_max_dim(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_extreme(s, step, "ReduceMax", "ArgMax");
}

bool adj_onnx_save_min_dim(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_extreme(s, step, "ReduceMin", "ArgMin");
}

bool adj_onnx_save_cumsum(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    ADJ_SCOPE;
    int64_t dim = adj_step_arg(step, "dim")->i;
    const char *axis = adj_onnx_constant(s, adj_from(&dim, ADJ_SCALAR_SHAPE, ADJ_I64));
    return done(s, step, two(s, "CumSum", in_as_out(s, step, 0), axis));
}

bool adj_onnx_save_topk(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    int64_t k = adj_step_arg(step, "k")->i;
    const char *names[] = {in(s, step, 0), adj_onnx_ints_name(s, (AdjLongs){1, &k})}, *out[2];
    const AdjOnnxAttr *attrs =
        ADJ_ATTRS(ADJ_ATTR_INT("axis", adj_step_arg(step, "dim")->i),
                  ADJ_ATTR_INT("largest", adj_step_arg(step, "largest")->b),
                  ADJ_ATTR_INT("sorted", adj_step_arg(step, "sorted")->b));
    return adj_onnx_nodes(s, "TopK", 2, names, attrs, 2, out) && done(s, step, out[0]) &&
           adj_onnx_bind(s, step->out[1], out[1]);
}
