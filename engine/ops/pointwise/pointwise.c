// SPDX-License-Identifier: Apache-2.0
// pointwise.c: the rows of pointwise.def as operations. The file is read twice: for the
// derivative columns as functions on tensors, and for the rows with their implementations. What
// differs between kinds of rows is only how the element type is chosen; the formulas live in
// the kernels.
//
// The reading as operations maps the call style onto public entries, so that a derivative
// written once can be differentiated as often as one likes.
#include "ops/pointwise/elementwise.h"
#include "ops/pointwise/pointwise_constants.h"

#define UNUSED __attribute__((unused))
#define K(c) adj_number(ADJ_F(c))
#define ADD(a, b) adj_add(a, b, ADJ_I(1))
#define SUB(a, b) adj_sub(a, b, ADJ_I(1))
#define MUL(a, b) adj_mul(a, b)
#define DIV(a, b) adj_div(a, b, NULL)
#define NEG(a) adj_neg(a)
#define ABS(a) adj_abs(a)
#define SIGN(a) adj_sign(a)
#define SQUARE(a) adj_square(a)
#define SQRT(a) adj_sqrt(a)
#define EXP(a) adj_exp(a)
#define EXP2(a) adj_exp2(a)
#define LOG(a) adj_log(a)
#define POW(a, b) adj_pow(a, b)
#define SIN(a) adj_sin(a)
#define COS(a) adj_cos(a)
#define SINH(a) adj_sinh(a)
#define COSH(a) adj_cosh(a)
#define TANH(a) adj_tanh(a)
#define ERF(a) adj_erf(a)
#define SIGMOID(a) adj_sigmoid(a)
#define SOFTPLUS(a) adj_softplus(a, 1, 20)
#define XLOGY(a, b) adj_xlogy(a, b)
#define DIGAMMA(a) adj_digamma(a)
#define TRIGAMMA(a) adj_polygamma(1, a)
#define POLYGAMMA(a) adj_polygamma((int64_t)adj_item(p) + 1, a)
#define FLOOR(a) adj_floor(a)
#define TRUNC(a) adj_trunc(a)
#define ISFINITE(a) adj_isfinite(a)
#define WHERE(c, a, b) adj_where(c, a, b)
#define AND(a, b) adj_logical_and(a, b)
#define OR(a, b) adj_logical_or(a, b)
#define EQ(a, b) adj_eq(a, b)
#define NE(a, b) adj_ne(a, b)
#define LT(a, b) adj_lt(a, b)
#define LE(a, b) adj_le(a, b)
#define GT(a, b) adj_gt(a, b)
#define GE(a, b) adj_ge(a, b)
#define MAXIMUM(a, b) adj_maximum(a, b)
#define WON(a, b) adj_where(adj_gt(a, b), K(1), adj_where(adj_eq(a, b), K(0.5), ZERO))
#define ZERO adj_zeros_of(adj_shape(dy), adj_dtype(dy))

// ---------------------------------------------------------------- columns

#define COLUMN(fn, d)                                                                    \
    static AdjTensor *fn(AdjTensor *dy UNUSED, AdjTensor *x UNUSED, AdjTensor *z UNUSED, \
                         AdjTensor *w UNUSED, AdjTensor *y UNUSED, AdjTensor *p UNUSED,  \
                         AdjTensor *q UNUSED, AdjTensor *r UNUSED)                       \
    {                                                                                    \
        return d;                                                                        \
    }
#define ENTRY(name, by)                          \
    {                                            \
        PW_##name##_d##by, column_##name##_d##by \
    }
#define COLUMNS1(name, dx)         \
    COLUMN(column_##name##_dx, dx) \
    const AdjDerivatives ADJ_DERIVATIVES(name) = {{ENTRY(name, x)}};
#define COLUMNS2(name, dx, dz)     \
    COLUMN(column_##name##_dx, dx) \
    COLUMN(column_##name##_dz, dz) \
    const AdjDerivatives ADJ_DERIVATIVES(name) = {{ENTRY(name, x), ENTRY(name, z)}};
#define COLUMNS3(name, dx, dz, dw)                 \
    COLUMN(column_##name##_dx, dx)                 \
    COLUMN(column_##name##_dz, dz)                 \
    COLUMN(column_##name##_dw, dw)                 \
    const AdjDerivatives ADJ_DERIVATIVES(name) = { \
        {ENTRY(name, x), ENTRY(name, z), ENTRY(name, w)}};

#define UNARY(name, lo, hi, f, dx, doc) COLUMNS1(name, dx)
#define UNARY_INT(name, lo, hi, f, fi, dx, doc) COLUMNS1(name, dx)
#define TEST(...)
#define ACTIVATION UNARY
#define ACTIVATION1(name, signature, lo, hi, f, dx, doc) COLUMNS1(name, dx)
#define ACTIVATION2 ACTIVATION1
#define BINARY(name, lo, hi, f, dx, dz, doc) COLUMNS2(name, dx, dz)
#define BINARY_FLOAT BINARY
#define BINARY_INT(name, lo, hi, f, fi, dx, dz, doc) COLUMNS2(name, dx, dz)
#define INTEGER TEST
#define BITWISE TEST
#define COMPARE TEST
#define TERNARY(name, signature, lo, hi, f, dx, dz, dw, doc) COLUMNS3(name, dx, dz, dw)
#define INNER1(name, f, dx) COLUMNS1(name, dx)
#define INNER2(name, f, fi, dx, dz) COLUMNS2(name, dx, dz)
#define INNER3(name, f, fi, dx, dz, dw) COLUMNS3(name, dx, dz, dw)
#include "ops/pointwise/pointwise.def"
#include "ops/pointwise/pointwise_undef.h"

// ---------------------------------------------------------------- rows

static void *refuse(AdjDtype t)
{
    return adj_fail(ADJ_E_DTYPE, "%s: not implemented for %s", adj_op_name(),
                    adj_dtype_name(t));
}

// Float types only.
static AdjTensor *on_floats(int number, int n, AdjTensor *const *in, const double *param)
{
    AdjDtype t = adj_promote_operands(n, in);
    return adj_dtype_is_float(t) ? adj_elementwise(number, t, t, n, in, param) : refuse(t);
}

// Other types become the default float type.
static AdjTensor *to_floats(int number, int n, AdjTensor *const *in)
{
    AdjDtype t = adj_promote_to_float(n, in);
    return adj_elementwise(number, t, t, n, in, NULL);
}

static AdjTensor *unary_any(int number, AdjTensor *x)
{
    AdjDtype t = (AdjDtype)x->dtype;
    if (t == ADJ_BOOL && number == PW_neg) {
        return adj_fail(ADJ_E_DTYPE,
                        "neg: Negation, the `-` operator, on a bool tensor is not supported. "
                        "If you are trying to invert a mask, use the `~` or `logical_not()` "
                        "operator instead.");
    }
    if (t == ADJ_BOOL && number == PW_square) x = adj_to(x, t = ADJ_I64);
    if (t == ADJ_BOOL && number != PW_sign && number != PW_sgn) return refuse(t);
    return x ? adj_elementwise(number, t, t, 1, &x, NULL) : NULL;
}

static AdjTensor *binary_any(int number, AdjTensor *x, AdjTensor *z)
{
    AdjTensor *in[] = {x, z};
    AdjDtype t = adj_promote_operands(2, in);
    return adj_elementwise(number, t, t, 2, in, NULL);
}

static AdjTensor *integers(int number, AdjTensor *x, AdjTensor *z, bool bools)
{
    AdjTensor *in[] = {x, z};
    AdjDtype t = adj_promote_operands(2, in);
    if (t == ADJ_BOOL && !bools) return refuse(t);
    return adj_elementwise(number, t, t, 2, in, NULL);
}

static AdjTensor *question(int number, int n, AdjTensor *const *in)
{
    return adj_elementwise(number, adj_promote_operands(n, in), ADJ_BOOL, n, in, NULL);
}

// The numbers among a node's arguments, as kernels take them.
static void vjp_with_numbers(AdjNode *n, AdjTensor *dy, AdjTensor **dx, const AdjDerivatives *d)
{
    double param[ADJ_MAX_PARAMS] = {0};
    for (int k = 0; k < n->n_arg && k < ADJ_MAX_PARAMS; k++) param[k] = n->arg[k].f;
    adj_elementwise_vjp(n, dy, dx, d, param);
}

#define VJP(name)                                                            \
    static void name##_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx) \
    {                                                                        \
        vjp_with_numbers(n, dy[0], dx, &ADJ_DERIVATIVES(name));              \
    }
#define DIFFERENTIABLE(name, signature, lo_, hi_, f, doc)                     \
    VJP(name)                                                                 \
    ADJ_OP(name, signature, doc "\n" #name " = " f, .vjp = name##_vjp,        \
           .saves = ADJ_SAVES_##name, .lo = lo_, .hi = hi_, .in_place = true, \
           .aliases = ADJ_ALIASES_##name, .torch = ADJ_NODE_##name)
#define PLAIN(name, signature, f, doc)                                                 \
    ADJ_OP(name, signature, doc "\n" #name " = " f, .no_grad = true, .in_place = true, \
           .aliases = ADJ_ALIASES_##name)
#define X_ "(input: tensor) -> tensor"
#define XZ_ "(input: num, other: num) -> tensor"

#define UNARY(name, lo, hi, f, dx, doc)         \
    DIFFERENTIABLE(name, X_, lo, hi, #f, doc)   \
    AdjTensor *op_##name(AdjTensor *input)      \
    {                                           \
        return to_floats(PW_##name, 1, &input); \
    }
#define UNARY_INT(name, lo, hi, f, fi, dx, doc) \
    DIFFERENTIABLE(name, X_, lo, hi, #f, doc)   \
    AdjTensor *op_##name(AdjTensor *input)      \
    {                                           \
        return unary_any(PW_##name, input);     \
    }
#define TEST(name, f, fi, doc)                 \
    PLAIN(name, X_, #f, doc)                   \
    AdjTensor *op_##name(AdjTensor *input)     \
    {                                          \
        return question(PW_##name, 1, &input); \
    }
#define ACTIVATION(name, lo, hi, f, dx, doc)          \
    DIFFERENTIABLE(name, X_, lo, hi, #f, doc)         \
    AdjTensor *op_##name(AdjTensor *input)            \
    {                                                 \
        return on_floats(PW_##name, 1, &input, NULL); \
    }
#define ACTIVATION1(name, signature, lo, hi, f, dx, doc)                     \
    DIFFERENTIABLE(name, signature, lo, hi, #f, doc)                         \
    AdjTensor *op_##name(AdjTensor *input, double p)                         \
    {                                                                        \
        return on_floats(PW_##name, 1, &input, (double[ADJ_MAX_PARAMS]){p}); \
    }
#define ACTIVATION2(name, signature, lo, hi, f, dx, doc)                        \
    DIFFERENTIABLE(name, signature, lo, hi, #f, doc)                            \
    AdjTensor *op_##name(AdjTensor *input, double p, double q)                  \
    {                                                                           \
        return on_floats(PW_##name, 1, &input, (double[ADJ_MAX_PARAMS]){p, q}); \
    }
#define BINARY(name, lo, hi, f, dx, dz, doc)                           \
    DIFFERENTIABLE(name, XZ_, lo, hi, #f, doc)                         \
    AdjTensor *op_##name(AdjTensor *input, AdjTensor *other)           \
    {                                                                  \
        return to_floats(PW_##name, 2, (AdjTensor *[]){input, other}); \
    }
#define BINARY_FLOAT(name, lo, hi, f, dx, dz, doc)                           \
    DIFFERENTIABLE(name, XZ_, lo, hi, #f, doc)                               \
    AdjTensor *op_##name(AdjTensor *input, AdjTensor *other)                 \
    {                                                                        \
        return on_floats(PW_##name, 2, (AdjTensor *[]){input, other}, NULL); \
    }
#define BINARY_INT(name, lo, hi, f, fi, dx, dz, doc)         \
    DIFFERENTIABLE(name, XZ_, lo, hi, #f, doc)               \
    AdjTensor *op_##name(AdjTensor *input, AdjTensor *other) \
    {                                                        \
        return binary_any(PW_##name, input, other);          \
    }
#define INTEGER(name, f, doc)                                \
    PLAIN(name, XZ_, #f, doc)                                \
    AdjTensor *op_##name(AdjTensor *input, AdjTensor *other) \
    {                                                        \
        return integers(PW_##name, input, other, false);     \
    }
#define BITWISE(name, f, doc)                                \
    PLAIN(name, XZ_, #f, doc)                                \
    AdjTensor *op_##name(AdjTensor *input, AdjTensor *other) \
    {                                                        \
        return integers(PW_##name, input, other, true);      \
    }
#define COMPARE(name, f, doc)                                         \
    PLAIN(name, XZ_, #f, doc)                                         \
    AdjTensor *op_##name(AdjTensor *input, AdjTensor *other)          \
    {                                                                 \
        return question(PW_##name, 2, (AdjTensor *[]){input, other}); \
    }
#define TERNARY(name, signature, lo, hi, f, dx, dz, dw, doc) \
    DIFFERENTIABLE(name, signature, lo, hi, #f, doc)         \
    TERNARY_##name
#define TERNARY_addcmul WITH_VALUE(addcmul)
#define TERNARY_addcdiv WITH_VALUE(addcdiv)
#define TERNARY_lerp                                                             \
    AdjTensor *op_lerp(AdjTensor *input, AdjTensor *end, AdjTensor *weight)      \
    {                                                                            \
        return on_floats(PW_lerp, 3, (AdjTensor *[]){input, end, weight}, NULL); \
    }
#define WITH_VALUE(name)                                                                     \
    AdjTensor *op_##name(AdjTensor *input, AdjTensor *tensor1, AdjTensor *tensor2, double p) \
    {                                                                                        \
        return on_floats(PW_##name, 3, (AdjTensor *[]){input, tensor1, tensor2},             \
                         (double[ADJ_MAX_PARAMS]){p});                                       \
    }
#define INNER1(...)
#define INNER2(...)
#define INNER3(...)
#include "ops/pointwise/pointwise.def"
