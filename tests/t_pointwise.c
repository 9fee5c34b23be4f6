// SPDX-License-Identifier: Apache-2.0
//
// Walks every elementwise row. Each is tried with: derivatives of first and second order,
// operands that are strided, broadcast, single or empty, all eight element types, and an
// operand that is missing. The vector functions are compared with libm over the whole range of
// single precision, and every instruction set of this processor with the plainest one, bit for
// bit.
#include "check.h"
#include "core/internal.h"
#include "cpu/isa.h"
#include "cpu/pointwise.h"
#include "rows.h"

typedef struct Row {
    const char *name;
    int operands;
} Row;

static const Row rows[] = {
#define UNARY(name, ...) {#name, 1},
#define UNARY_INT UNARY
#define TEST UNARY
#define ACTIVATION UNARY
#define ACTIVATION1 UNARY
#define ACTIVATION2 UNARY
#define BINARY(name, ...) {#name, 2},
#define BINARY_FLOAT BINARY
#define BINARY_INT BINARY
#define INTEGER BINARY
#define BITWISE BINARY
#define COMPARE BINARY
#define TERNARY(name, ...) {#name, 3},
#define INNER1(...)
#define INNER2(...)
#define INNER3(...)
#include "ops/pointwise/pointwise.def"
#include "ops/pointwise/pointwise_undef.h"
    {"add", 2},          {"sub", 2},         {"rsub", 2},      {"mul", 2},
    {"div", 2},          {"pow", 2},         {"remainder", 2}, {"fmod", 2},
    {"floor_divide", 2}, {"float_power", 2}, {"clamp", 1},     {"clamp", 2},
    {"clamp", 3},        {"clamp_min", 2},   {"clamp_max", 2}, {"nan_to_num", 1},
    {"round", 1},        {"gelu", 1},        {"logit", 1},     {"heaviside", 2},
    {"polygamma", 1},    {"bitwise_not", 1}, {"isclose", 2},
};
enum { ROWS = sizeof rows / sizeof *rows };

static const Row *row;  // the one that the cases below are about
static const AdjShape square = {2, {3, 4}};

static Call prepare(void)
{
    Call c = call_of(row->name, row->operands, 0.5);
    if (!strcmp(row->name, "clamp") && row->operands == 1) {
        call_argument(&c, "min")->t = ADJ_NUM(-1.2);
        call_argument(&c, "max")->t = ADJ_NUM(1.1);
    }
    if (!strcmp(row->name, "polygamma")) call_argument(&c, "n")->i = 1;
    return c;
}

static AdjTensor *operand(AdjShape shape)
{
    const AdjOp *op = adj_op_find(row->name);
    bool any = !op || (op->lo == 0 && op->hi == 0);
    return numbers(shape, any ? -4 : op->lo, any ? 4 : op->hi);
}

static AdjTensor *run(Call *c, AdjTensor *a, AdjTensor *b, AdjTensor *d)
{
    return call_run((AdjTensors){row->operands, (AdjTensor *[]){a, b, d}}, c);
}

// Rows for whole numbers only answer doubles with a DTYPE error, which is what they should.
static bool refuses_doubles(Call *c)
{
    AdjTensor *x = operand(square);
    if (run(c, x, x, x)) return false;
    return fails_with(ADJ_E_DTYPE, row->name, NULL, "%s refuses float64 by name", row->name);
}

static void derivatives(void)
{
    Call c = prepare();
    if (refuses_doubles(&c)) return;
    AdjTensor *in[] = {operand(square), operand(square), operand(square)};
    derivatives_hold(&c, (AdjTensors){row->operands, in}, row->name);
    if (row->operands < 2) return;
    AdjTensor *mixed[] = {operand(square), operand(ADJ_SHAPE(4)), operand(ADJ_SHAPE(3, 1))};
    derivatives_hold(&c, (AdjTensors){row->operands, mixed}, row->name);
    AdjTensor *single[] = {operand(ADJ_SCALAR_SHAPE), operand(square),
                           operand(ADJ_SHAPE(1, 4))};
    derivatives_hold(&c, (AdjTensors){row->operands, single}, row->name);
}

// However an operand lies in memory, the elements of the result are the same, but for the last
// place: libm's vector and scalar forms may round differently.
static void layouts(void)
{
    const double last = 4e-15;
    Call c = prepare();
    AdjTensor *a = operand(square), *b = operand(square), *d = operand(square);
    AdjTensor *want = run(&c, a, b, d);
    adj_error_clear();
    if (!want) return;
    tensors_near(run(&c, transposed(a), b, d), want, last, "%s: first operand strided",
                 row->name);
    tensors_near(run(&c, transposed(a), transposed(b), transposed(d)), want, last,
                 "%s: all operands strided", row->name);
    if (row->operands < 2) return;
    AdjTensor *line = operand(ADJ_SHAPE(4)), *column = operand(ADJ_SHAPE(3, 1));
    want = run(&c, a, adj_contiguous(adj_expand(line, square)),
               adj_contiguous(adj_expand(column, square)));
    tensors_near(run(&c, a, line, column), want, last, "%s: a row and a column", row->name);
    AdjTensor *one = operand(ADJ_SCALAR_SHAPE);
    want = run(&c, a, adj_contiguous(adj_expand(one, square)), d);
    tensors_near(run(&c, a, one, d), want, last, "%s: a single element", row->name);
}

// Lengths around the sizes of blocks and vectors, against the same elements one at a time.
static void lengths(void)
{
    static const int64_t sizes[] = {1, 7, 16, 511, 512, 513, 1500};
    Call c = prepare();
    AdjTensor *a = operand(ADJ_SHAPE(1500)), *b = operand(ADJ_SHAPE(1500)),
              *d = operand(ADJ_SHAPE(1500));
    AdjTensor *want = run(&c, a, b, d);
    adj_error_clear();
    for (int i = 0; want && i < 7; i++) {
        AdjTensor *got = run(&c, adj_narrow(a, 0, 0, sizes[i]), adj_narrow(b, 0, 0, sizes[i]),
                             adj_narrow(d, 0, 0, sizes[i]));
        if (!tensors_near(got, adj_narrow(want, 0, 0, sizes[i]), 1e-13, "%s: %d elements",
                          row->name, (int)sizes[i]))
            return;
    }
    AdjTensor *wide = operand(ADJ_SHAPE(3, 700)), *long_row = operand(ADJ_SHAPE(700));
    want = run(&c, wide, adj_contiguous(adj_expand(long_row, adj_shape(wide))), ADJ_NUM(0.5));
    adj_error_clear();
    if (want && row->operands > 1)
        tensors_near(run(&c, wide, long_row, ADJ_NUM(0.5)), want, 1e-13, "%s: a long row",
                     row->name);
}

static void empty(void)
{
    Call c = prepare();
    AdjTensor *none = adj_new(ADJ_SHAPE(2, 0, 3), ADJ_F64), *line = operand(ADJ_SHAPE(3));
    AdjTensor *y = run(&c, none, line, line);
    adj_error_clear();
    if (y) equal_int(adj_numel(y), 0, "%s of nothing is nothing", row->name);
    ok(run(&c, NULL, line, line) == NULL, "%s of NULL is NULL", row->name);
    no_error("%s of NULL says nothing", row->name);
}

// A type either works or is refused in one sentence that names the row; halves come near
// singles.
static void types(void)
{
    Call c = prepare();
    AdjTensor *in[3];
    for (int k = 0; k < 3; k++)
        in[k] = adj_add(adj_abs(operand(ADJ_SHAPE(5))), ADJ_NUM(0.2), ADJ_I(1));
    for (int t = 0; t < ADJ_DTYPES; t++) {
        AdjTensor *as[3];
        for (int k = 0; k < 3; k++) as[k] = adj_to(in[k], (AdjDtype)t);
        AdjTensor *y = run(&c, as[0], as[1], as[2]);
        if (!y) {
            bool composed = !c.op->vjp && !c.op->no_grad;  // then one of its parts speaks
            bool named = strstr(adj_error_text(), row->name) || composed;
            ok(named, "%s of %s: %s", row->name, adj_dtype_name((AdjDtype)t), adj_error_text());
            adj_error_clear();
            continue;
        }
        if (t != ADJ_F16 && t != ADJ_BF16) continue;
        AdjTensor *want =
            run(&c, adj_to(as[0], ADJ_F32), adj_to(as[1], ADJ_F32), adj_to(as[2], ADJ_F32));
        tensors_near(y, adj_to(want, adj_dtype(y)), 0, "%s of %s rounds once", row->name,
                     adj_dtype_name((AdjDtype)t));
    }
}

// ---------------------------------------------------------------- accuracy

// Distance of [got] from [want] in units of the last place of single precision.
static double units_off(float got, double want)
{
    float nearest = (float)want;
    if (isnan(got) || isnan(nearest)) return isnan(got) && isnan(nearest) ? 0 : INFINITY;
    if (got == nearest) return 0;
    if (isinf(got) || isinf(nearest)) return fabs(want) > 3.4028e38 ? 0.5 : INFINITY;
    int exponent;
    frexp(want, &exponent);
    if (exponent < -125) exponent = -125;
    return fabs((double)got - want) / ldexp(1, exponent - 24);
}

typedef struct Function {
    const char *name;
    int kernel;
    double (*exact)(double);
    double allowed;
} Function;

static double exact_sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static const Function functions[] = {
    {"exp", PW_exp, exp, 2},       {"expm1", PW_expm1, expm1, 2},
    {"log", PW_log, log, 2},       {"log1p", PW_log1p, log1p, 2},
    {"tanh", PW_tanh, tanh, 2},    {"erf", PW_erf, erf, 2},
    {"sin", PW_sin, sin, 4},       {"cos", PW_cos, cos, 4},
    {"sqrt", PW_sqrt, sqrt, 0.51}, {"sigmoid", PW_sigmoid, exact_sigmoid, 3},
};

// Every 1009th single-precision number, all signs, sizes and special values among them.
static void accurate(const Function *f)
{
    enum { AT_ONCE = 512, STEP = 1009 };
    AdjKernel kernel = adj_kernel(f->kernel, ADJ_F32);
    double worst = 0, param[ADJ_MAX_PARAMS] = {0};
    float x[AT_ONCE], y[AT_ONCE], worst_at = 0;
    for (uint64_t from = 0; from < (uint64_t)1 << 32; from += (uint64_t)AT_ONCE * STEP) {
        for (int i = 0; i < AT_ONCE; i++) {
            uint32_t bits = (uint32_t)(from + (uint64_t)i * STEP);
            memcpy(&x[i], &bits, sizeof bits);
        }
        kernel(y, (const void *[]){x}, AT_ONCE, param);
        for (int i = 0; i < AT_ONCE; i++) {
            double off = units_off(y[i], f->exact((double)x[i]));
            if (f->kernel == PW_sigmoid && x[i] < -87) continue;  // e^-x is infinite there: 0
            if (off > worst) worst = off, worst_at = x[i];
        }
    }
    if (!ok(worst <= f->allowed, "%s: %.2f units in the last place at worst", f->name, worst))
        note("at x = %.9g", worst_at);
}

// ---------------------------------------------------------------- instruction sets

#if defined(__x86_64__)
// Formulas that use no function of libm must not depend on the instruction set at all.
static void same_bits(const char *name, AdjKernel a, AdjKernel b, int n_in)
{
    enum { N = 777 };
    static float in[5][N], y[2][N];
    const void *at[5] = {in[0], in[1], in[2], in[3], in[4]};
    double param[ADJ_MAX_PARAMS] = {0.5, 3, 0.25};
    AdjTensor *x = numbers(ADJ_SHAPE(5, N), -9, 9);
    for (int i = 0; i < 5 * N; i++) in[i / N][i % N] = (float)((double *)adj_data(x))[i];
    a(y[0], at, N, param);
    b(y[1], at, N, param);
    ok(!memcmp(y[0], y[1], sizeof y[0]), "%s: the same bits on both (%d operands)", name, n_in);
}

static void instruction_sets(void)
{
    static const struct {
        const char *name;
        int kernel, n;
    } own[] = {
        {"exp", PW_exp, 1},         {"log", PW_log, 1},           {"tanh", PW_tanh, 1},
        {"sigmoid", PW_sigmoid, 1}, {"gelu", PW_gelu, 1},         {"silu dx", PW_silu_dx, 3},
        {"add", PW_add, 2},         {"div", PW_div, 2},           {"mul dx", PW_mul_dx, 4},
        {"elu", PW_elu, 1},         {"softplus", PW_softplus, 1}, {"gelu dx", PW_gelu_dx, 3},
        {"relu", PW_relu, 1},       {"sqrt", PW_sqrt, 1},         {"lerp", PW_lerp, 3},
        {"mish dx", PW_mish_dx, 3},
    };
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        AdjKernel base = adj_pointwise_base[own[i].kernel][SLOT_F32];
        if (adj_isa() >= ADJ_ISA_AVX2)
            same_bits(own[i].name, base, adj_pointwise_avx2[own[i].kernel][SLOT_F32], own[i].n);
        else
            skip(1, "no AVX2 here");
        if (adj_isa() >= ADJ_ISA_AVX512)
            same_bits(own[i].name, base, adj_pointwise_avx512[own[i].kernel][SLOT_F32],
                      own[i].n);
        else
            skip(1, "no AVX-512 here");
    }
}
#endif

// ---------------------------------------------------------------- promotion and refusals

static AdjDtype type_of_sum(AdjTensor *a, AdjTensor *b)
{
    AdjTensor *y = adj_add(a, b, ADJ_I(1));
    return y ? adj_dtype(y) : ADJ_SAME;
}

static void promotion(void)
{
    AdjTensor *whole = adj_ones(ADJ_SHAPE(2), ADJ_I64),
              *truth = adj_ones(ADJ_SHAPE(2), ADJ_BOOL);
    AdjTensor *single = adj_ones(ADJ_SHAPE(2), ADJ_F32),
              *half = adj_ones(ADJ_SHAPE(2), ADJ_F16);
    AdjTensor *brain = adj_ones(ADJ_SHAPE(2), ADJ_BF16), *byte = adj_ones(ADJ_SHAPE(2), ADJ_U8);
    AdjTensor *scalar = adj_ones(ADJ_SCALAR_SHAPE, ADJ_F64);
    equal_int(type_of_sum(whole, single), ADJ_F32, "int64 + float32");
    equal_int(type_of_sum(half, brain), ADJ_F32, "float16 + bfloat16");
    equal_int(type_of_sum(single, scalar), ADJ_F32, "an axis outweighs a float64 without one");
    equal_int(type_of_sum(whole, scalar), ADJ_F64,
              "but a float without axes raises whole numbers");
    equal_int(type_of_sum(byte, ADJ_NUM(2.5)), ADJ_F32,
              "a number raises to the default float type");
    equal_int(type_of_sum(byte, adj_number(ADJ_I(300))), ADJ_U8,
              "a whole number raises nothing");
    equal_int(type_of_sum(half, ADJ_NUM(2.5)), ADJ_F16, "a number keeps float16");
    equal_int(type_of_sum(truth, truth), ADJ_BOOL, "bool + bool is bool");
    equal_int(type_of_sum(truth, adj_number(ADJ_I(1))), ADJ_I64, "bool + 1 counts");
    equal_int(adj_dtype(adj_div(whole, whole, NULL)), ADJ_F32, "a quotient is a float");
}

static void refusals(void)
{
    AdjTensor *truth = adj_ones(ADJ_SHAPE(2), ADJ_BOOL),
              *whole = adj_ones(ADJ_SHAPE(2), ADJ_I64);
    AdjTensor *zero = adj_zeros(ADJ_SHAPE(2), ADJ_I64), *x = adj_ones(ADJ_SHAPE(3), ADJ_F32);
    fails_with(ADJ_E_SHAPE, "(3,) and (2,)", adj_add(x, whole, ADJ_I(1)),
               "shapes that do not fit");
    fails_with(ADJ_E_DTYPE, "with two bool tensors", adj_sub(truth, truth, ADJ_I(1)),
               "bool - bool");
    fails_with(ADJ_E_DTYPE, "with a bool tensor", adj_sub(truth, whole, ADJ_I(1)),
               "bool - int");
    fails_with(ADJ_E_DTYPE, "on a bool tensor", adj_neg(truth), "-bool");
    fails_with(ADJ_E_RUNTIME, "ZeroDivisionError", adj_floor_divide(whole, zero), "1 // 0");
    fails_with(ADJ_E_RUNTIME, "ZeroDivisionError", adj_remainder(whole, zero),
               "the rest of 1 by 0");
    fails_with(ADJ_E_RUNTIME, "negative integer powers", adj_pow(whole, adj_number(ADJ_I(-1))),
               "1 ** -1");
    fails_with(ADJ_E_TYPE, "floating point number", adj_add(whole, whole, ADJ_F(0.5)), "alpha");
    fails_with(ADJ_E_RUNTIME, "rounding_mode", adj_div(x, x, "up"), "rounding_mode");
    fails_with(ADJ_E_RUNTIME, "must not be None", adj_clamp(x, NULL, NULL),
               "clamp without limits");
    fails_with(ADJ_E_RUNTIME, "approximate", adj_gelu(x, "exactly"), "gelu");
    fails_with(ADJ_E_DTYPE, "boolean", adj_where(x, x, x), "a condition of floats");
    fails_with(ADJ_E_SHAPE, "channel size", adj_prelu(x, adj_ones(ADJ_SHAPE(2), ADJ_F32)),
               "prelu");
    fails_with(ADJ_E_RUNTIME, "must be even", adj_glu(x, 0), "glu");
}

// Ties and kinks, where a derivative is a convention.
static void kinks(void)
{
    AdjTensor *x = adj_from((double[]){-1, 0, 1}, ADJ_SHAPE(3), ADJ_F64), *one = ADJ_NUM(1);
    AdjTensor *clamped, *g;
    adj_require_grad(x, true);
    AdjTensors in = ADJ_TENSORS(x), none = {0, NULL};
#define GRADIENT(y)                                                                        \
    (g = adj_gradients(ADJ_TENSORS(adj_sum(y, ADJ_ALL, false, ADJ_SAME)), none, in, false, \
                       false, true)                                                        \
             .at[0])
#define WANT(a, b, c) adj_from((double[]){a, b, c}, ADJ_SHAPE(3), ADJ_F64)
    tensors_near(GRADIENT(adj_relu(x)), WANT(0, 0, 1), 0, "relu at 0 has slope 0");
    tensors_near(GRADIENT(adj_abs(x)), WANT(-1, 0, 1), 0, "abs at 0 has slope 0");
    tensors_near(GRADIENT(adj_maximum(x, adj_detach(x))), WANT(0.5, 0.5, 0.5), 0,
                 "ties are shared");
    clamped = adj_clamp(x, ADJ_NUM(-1), one);
    tensors_near(GRADIENT(clamped), WANT(0, 1, 0), 0, "clamp stops at its limits");
    tensors_near(GRADIENT(adj_pow(x, ADJ_NUM(0))), WANT(0, 0, 0), 0, "x^0 is flat, at 0 too");
}

int main(void)
{
    for (int i = 0; i < ROWS; i++) {
        row = &rows[i];
        test_case(derivatives);
        test_case(layouts);
        test_case(lengths);
        test_case(empty);
        test_case(types);
    }
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) accurate(&functions[i]);
#if defined(__x86_64__)
    test_case(instruction_sets);
#endif
    test_case(promotion);
    test_case(refusals);
    test_case(kinks);
    return done();
}
