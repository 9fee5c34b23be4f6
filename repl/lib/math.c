// SPDX-License-Identifier: Apache-2.0
// The module math: functions of real numbers and their constants. Results come from libm, whose
// digits are Python's; where Python computes itself (gamma, fsum, hypot) so does math_more.c.
// Invariant: no function answers nan or an infinity that its arguments did not bring; it raises
// "math domain error" or "math range error" instead.
#include "math_more.h"

#include <float.h>
#include <math.h>

typedef enum Infinite { DOMAIN, RANGE } Infinite;

bool adj_math_result(AdjVM *vm, double r, bool nan_in, bool infinite_in, bool pole, AdjVal *out)
{
    if (isnan(r) && !nan_in) return adj_raise(vm, ADJ_EXC_ValueError, "math domain error");
    if (isinf(r) && !infinite_in) {
        if (pole) return adj_raise(vm, ADJ_EXC_ValueError, "math domain error");
        return adj_raise(vm, ADJ_EXC_OverflowError, "math range error");
    }
    return adj_out_float(out, r);
}

static double degrees_of(double x)
{
    return x * (180.0 / M_PI);
}

static double radians_of(double x)
{
    return x * (M_PI / 180.0);
}

static bool apply(AdjVM *vm, AdjVal *args, double (*f)(double), Infinite infinite, AdjVal *out)
{
    double x;
    if (!adj_get_double(vm, args[0], &x)) return false;
    double r = f(x);
    if (isfinite(r)) return adj_out_float(out, r);
    return adj_math_result(vm, r, isnan(x), isinf(x), infinite == DOMAIN, out);
}

#define FUNCTION(name, f, infinite, doc)                                           \
    static bool math_##name(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)       \
    {                                                                              \
        (void)nargs;                                                               \
        return apply(vm, args, f, infinite, out);                                  \
    }
#include "math_float.def"
#undef FUNCTION

// ---- two numbers ----

static bool two(AdjVM *vm, AdjVal *args, double *x, double *y)
{
    return adj_get_double(vm, args[0], x) && adj_get_double(vm, args[1], y);
}

static bool math_atan2(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double y, x;
    return two(vm, args, &y, &x) && adj_out_float(out, atan2(y, x));
}

static bool math_copysign(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double x, y;
    return two(vm, args, &x, &y) && adj_out_float(out, copysign(x, y));
}

static bool math_nextafter(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double x, y;
    return two(vm, args, &x, &y) && adj_out_float(out, nextafter(x, y));
}

static bool math_fmod(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double x, y;
    if (!two(vm, args, &x, &y)) return false;
    if (isinf(y) && isfinite(x)) return adj_out_float(out, x);
    return adj_math_result(vm, fmod(x, y), isnan(x) || isnan(y), false, true, out);
}

static bool math_remainder(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double x, y;
    if (!two(vm, args, &x, &y)) return false;
    return adj_math_result(vm, remainder(x, y), isnan(x) || isnan(y), false, true, out);
}

static bool math_pow(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double x, y;
    if (!two(vm, args, &x, &y)) return false;
    bool finite = isfinite(x) && isfinite(y);
    bool pole = x == 0 && y < 0;
    return adj_math_result(vm, pow(x, y), isnan(x) || isnan(y), !finite, pole, out);
}

static bool math_ldexp(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double x;
    if (!adj_get_double(vm, args[0], &x)) return false;
    if (!adj_is_int(args[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "Expected an int as second argument to ldexp.");
    }
    int64_t e = args[1].i;
    int exponent = e > 100000 ? 100000 : e < -100000 ? -100000 : (int)e;
    return adj_math_result(vm, ldexp(x, exponent), isnan(x), isinf(x), false, out);
}

static bool math_frexp(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double x;
    int exponent = 0;
    if (!adj_get_double(vm, args[0], &x)) return false;
    double mantissa = isfinite(x) ? frexp(x, &exponent) : x;
    return adj_out_pair(vm, adj_float_val(mantissa), adj_int_val(exponent), out);
}

static bool math_modf(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double x, whole;
    if (!adj_get_double(vm, args[0], &x)) return false;
    double fraction = modf(x, &whole);
    return adj_out_pair(vm, adj_float_val(fraction), adj_float_val(whole), out);
}

static bool math_ulp(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double x;
    if (!adj_get_double(vm, args[0], &x)) return false;
    x = fabs(x);
    if (!isfinite(x)) return adj_out_float(out, x);
    double next = nextafter(x, INFINITY);
    return adj_out_float(out, isinf(next) ? x - nextafter(x, 0) : next - x);
}

// ---- logarithm to any base ----

static bool log_of(AdjVM *vm, AdjVal v, double *out)
{
    AdjVal r;
    double x;
    if (!adj_get_double(vm, v, &x)) return false;
    if (!adj_math_result(vm, log(x), isnan(x), isinf(x) && x > 0, true, &r)) return false;
    return *out = r.f, true;
}

static bool math_log(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    double x, base;
    if (nargs < 1 || nargs > 2) {
        return adj_raise(vm, ADJ_EXC_TypeError, "math.log requires 1 to 2 arguments");
    }
    if (!log_of(vm, args[0], &x)) return false;
    if (nargs == 1) return adj_out_float(out, x);
    if (!log_of(vm, args[1], &base)) return false;
    if (base == 0) return adj_raise(vm, ADJ_EXC_ZeroDivisionError, "float division by zero");
    return adj_out_float(out, x / base);
}

// ---- questions ----

static bool math_isnan(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double x;
    return adj_get_double(vm, args[0], &x) && adj_out_bool(out, isnan(x));
}

static bool math_isinf(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double x;
    return adj_get_double(vm, args[0], &x) && adj_out_bool(out, isinf(x));
}

static bool math_isfinite(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double x;
    return adj_get_double(vm, args[0], &x) && adj_out_bool(out, isfinite(x));
}

static bool math_isclose(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double a, b, relative, absolute;
    if (!two(vm, args, &a, &b) || !two(vm, args + 2, &relative, &absolute)) return false;
    if (relative < 0 || absolute < 0) {
        return adj_raise(vm, ADJ_EXC_ValueError, "tolerances must be non-negative");
    }
    if (a == b) return adj_out_bool(out, true);
    if (isinf(a) || isinf(b)) return adj_out_bool(out, false);
    double distance = fabs(b - a);
    return adj_out_bool(out, distance <= fabs(relative * b) || distance <= fabs(relative * a) ||
                                 distance <= absolute);
}

static const AdjNative math_functions[] = {
#define FUNCTION(name, f, infinite, doc) {#name, "(x, /)", math_##name, doc, 0},
#include "math_float.def"
#undef FUNCTION
    {"atan2", "(y, x, /)", math_atan2, "The angle of the point (x, y).", 0},
    {"copysign", "(x, y, /)", math_copysign, "|x| with the sign of y.", 0},
    {"nextafter", "(x, y, /)", math_nextafter, "The next float after x towards y.", 0},
    {"fmod", "(x, y, /)", math_fmod, "The remainder of x / y with the sign of x.", 0},
    {"remainder", "(x, y, /)", math_remainder, "x less the nearest multiple of y.", 0},
    {"pow", "(x, y, /)", math_pow, "x to the power of y, as floats.", 0},
    {"ldexp", "(x, i, /)", math_ldexp, "x * 2**i.", 0},
    {"frexp", "(x, /)", math_frexp, "(m, e) with x == m * 2**e and 0.5 <= |m| < 1.", 0},
    {"modf", "(x, /)", math_modf, "(fraction, whole part).", 0},
    {"ulp", "(x, /)", math_ulp, "The value of the last bit of x.", 0},
    {"log", "(...)", math_log, "log(x) or log(x, base).", 0},
    {"isnan", "(x, /)", math_isnan, "Whether x is not a number.", 0},
    {"isinf", "(x, /)", math_isinf, "Whether x is infinite.", 0},
    {"isfinite", "(x, /)", math_isfinite, "Whether x is neither infinite nor nan.", 0},
    {"isclose", "(a, b, *, rel_tol=1e-09, abs_tol=0.0)", math_isclose,
     "Whether the two differ by little.", 0},
#define MORE(name, sig, doc) {#name, sig, adj_math_##name, doc, 0},
#include "math_more.def"
#undef MORE
    {0},
};

static bool math_init(AdjVM *vm, AdjModuleObj *m)
{
    static const struct { const char *name; double value; } constants[] = {
        {"pi", M_PI}, {"e", M_E}, {"tau", 2 * M_PI}, {"inf", INFINITY}, {"nan", NAN}};
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
        AdjVal value = adj_float_val(constants[i].value);
        if (!adj_dict_set_c(vm, m->dict, constants[i].name, value)) return false;
    }
    return true;
}

const AdjModuleDef adj_lib_math = {"math", "Functions of real numbers.", math_functions,
                                   math_init};
