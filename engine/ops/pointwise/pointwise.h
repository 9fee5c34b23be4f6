// SPDX-License-Identifier: Apache-2.0
// pointwise.h: the functions that the formulas of pointwise.def are written in.
//
// A formula runs inside a loop over a block of elements which the compiler turns into vector
// code, so the functions that networks spend their time in (exp, log, tanh, expm1, log1p, erf
// in single precision) are written here without branches or table look-ups: range reduction, a
// polynomial, selects for the special values. They use no fused multiply-add, so every
// instruction set gives the same bits. Coefficients are minimax fits over the stated intervals,
// weighted for relative error; the functions stay within 2 units in the last place
// (tests/t_pointwise.c). The rest comes from libm: where glibc has vector forms (libmvec) the
// declarations below let gcc use them, at most 4 units off.
//
// Invariant: nothing here keeps state or knows tensors, and the file compiles for a device as
// well.
#pragma once
#include <float.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <tgmath.h>
#undef I

#include "ops/pointwise/pointwise_constants.h"

#if defined(__CUDACC__)
#    define PW static __device__ __forceinline__
#else
#    define PW static inline __attribute__((always_inline, unused))
#endif

// glibc 2.35 has vector forms of all of these; the attribute only tells gcc that they exist.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__GLIBC__)
#    if __GLIBC_PREREQ(2, 35)
#        define VECTOR_LIBM 1
#    endif
#endif
#ifdef VECTOR_LIBM
#    define LIBM1(fn)                                                   \
        __attribute__((simd("notinbranch"))) extern double(fn)(double); \
        __attribute__((simd("notinbranch"))) extern float(fn##f)(float);
#    define LIBM2(fn)                                                           \
        __attribute__((simd("notinbranch"))) extern double(fn)(double, double); \
        __attribute__((simd("notinbranch"))) extern float(fn##f)(float, float);
LIBM1(exp)
LIBM1(exp2)
LIBM1(expm1) LIBM1(log) LIBM1(log2) LIBM1(log10) LIBM1(log1p) LIBM1(sin) LIBM1(cos) LIBM1(tan)
    LIBM1(asin) LIBM1(acos) LIBM1(atan) LIBM1(sinh) LIBM1(cosh) LIBM1(tanh) LIBM1(asinh)
        LIBM1(acosh) LIBM1(atanh) LIBM1(erf) LIBM1(erfc) LIBM2(pow) LIBM2(atan2) LIBM2(hypot)
#    undef LIBM1
#    undef LIBM2
#endif

            PW float bits_float(uint32_t u)
{
    float f;
    memcpy(&f, &u, sizeof f);
    return f;
}

PW uint32_t float_bits(float f)
{
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    return u;
}

// 2^n for the exponent held in the low bits of [k] as k = n + 127.
PW float power_of_two(uint32_t k)
{
    return bits_float(k << 23);
}

// Splits x = n ln 2 + r with |r| <= ln 2 / 2. Adding 1.5 * 2^23 rounds to an integer and leaves
// it in the low bits of the sum; ln 2 is subtracted in two parts, the first exact for any n
// that occurs.
PW float reduce_exp(float x, uint32_t *n)
{
    const float magic = 12582912.0f;
    float t = x * 1.44269504f + magic;
    *n = float_bits(t);
    t -= magic;
    return (x - t * 0.693359375f) + t * 2.12194440e-4f;
}

// e^r - 1 - r over r^2 on the reduced range.
PW float exp_tail(float r)
{
    float p = 0.000199137052f;
    p = p * r + 0.00139411166f;
    p = p * r + 0.00833327416f;
    p = p * r + 0.041666355f;
    p = p * r + 0.166666672f;
    return p * r + 0.5f;
}

// [y] with the sign of [x].
PW float with_sign(float y, float x)
{
    return bits_float((float_bits(y) & 0x7fffffff) | (float_bits(x) & 0x80000000));
}

// Where |x| < 87 nothing can overflow or round twice.
PW float exp_bounded_f32(float x)
{
    uint32_t n;
    float r = reduce_exp(x, &n);
    return (1.0f + (r + r * r * exp_tail(r))) * power_of_two(n + 127);
}

// The clamps keep NaN. 2^n is applied in two halves so that results below 2^-126 round once, in
// the last product, and results above the range become infinite.
PW float exp_f32(float x)
{
    uint32_t n;
    x = x > 89.0f ? 89.0f : x;
    x = x < -104.0f ? -104.0f : x;
    float r = reduce_exp(x, &n);
    float p = 1.0f + (r + r * r * exp_tail(r));
    int32_t whole = (int32_t)(n << 9) >> 9;
    int32_t half = whole >> 1;
    return p * power_of_two((uint32_t)(half + 127)) *
           power_of_two((uint32_t)(whole - half + 127));
}

// 2^n p + (2^n - 1), computed at half scale so that n = 128 does not overflow early.
PW float expm1_f32(float x)
{
    uint32_t n;
    float c = x > 89.0f ? 89.0f : x;
    c = c < -26.0f ? -26.0f : c;
    float r = reduce_exp(c, &n);
    float p = r + r * r * exp_tail(r);
    float s = power_of_two((uint32_t)(((int32_t)(n << 9) >> 9) + 126));
    float y = 2.0f * (s * p + (s - 0.5f));
    return x == 0 ? x : y;
}

// log of m 2^e with m in [sqrt 1/2, sqrt 2), by a polynomial in f = m - 1. The exponent is read
// after subtracting the bits of sqrt 1/2, which puts the cut there without a comparison.
PW float log_f32(float x)
{
    bool tiny = x < 1.17549435e-38f;
    float scaled = tiny ? x * 8388608.0f : x;
    uint32_t u = float_bits(scaled) - 0x3f3504f3u;
    float e = (float)((int32_t)u >> 23) - (tiny ? 23.0f : 0.0f);
    float f = bits_float((u & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
    float z = f * f;
    float p = 0.0691514686f;
    p = p * f - 0.117896952f;
    p = p * f + 0.118730165f;
    p = p * f - 0.1238437f;
    p = p * f + 0.142186552f;
    p = p * f - 0.166692495f;
    p = p * f + 0.200022265f;
    p = p * f - 0.249999866f;
    p = p * f + 0.333333105f;
    float y = f * z * p + e * -2.12194440e-4f;
    y = (f + (y - 0.5f * z)) + e * 0.693359375f;
    y = x > 0 ? y : x == 0 ? -INFINITY : NAN;
    return x < INFINITY ? y : x;  // inf and NaN stay
}

// log of the rounded 1 + x, plus what the rounding lost, relative to the sum. Where the sum is
// 0 or infinite nothing sensible was lost.
PW float log1p_f32(float x)
{
    float u = 1.0f + x;
    float lost = (x - (u - 1.0f)) / u;
    float y = log_f32(u) + (lost == lost ? lost : 0.0f);
    return x == 0 ? x : y;
}

// Below 0.625 an odd polynomial, above 1 - 2 / (e^2x + 1). The comparisons let NaN through.
PW float tanh_f32(float x)
{
    float a = with_sign(x, 1), u = x * x;
    float p = 0.00214753696f;
    p = p * u - 0.00818267372f;
    p = p * u + 0.0217029676f;
    p = p * u - 0.0539472029f;
    p = p * u + 0.133332103f;
    p = p * u - 0.333333313f;
    float small = x + x * (u * p);
    float large = 1.0f - 2.0f / (exp_bounded_f32(a > 10.0f ? 20.0f : 2.0f * a) + 1.0f);
    return a < 0.625f ? small : with_sign(large, x);
}

// Below 0.92 an odd polynomial, above 1 - e^q(x) where q fits log erfc; past 4.1 it is 1.
PW float erf_f32(float x)
{
    float a = with_sign(x, 1), u = x * x;
    float p = -0.000602180604f;
    p = p * u + 0.00499960128f;
    p = p * u - 0.0267712828f;
    p = p * u + 0.112819552f;
    p = p * u - 0.376125067f;
    p = p * u + 0.128379151f;
    float small = x + x * p;
    float t = a > 4.1f ? 4.1f : a, q = -2.08120236e-05f;
    q = q * t + 0.000431222608f;
    q = q * t - 0.00415552082f;
    q = q * t + 0.0250789132f;
    q = q * t - 0.108218074f;
    q = q * t - 0.633402705f;
    q = q * t - 1.12948763f;
    q = q * t + 0.000169062783f;
    float large = 1.0f - exp_bounded_f32(q);
    return a < 0.92f ? small : with_sign(large, x);
}

#define ADJ_PICK(f32, f64, x) _Generic((x), float : f32, default : f64)(x)
#undef exp
#undef expm1
#undef log
#undef log1p
#undef tanh
#undef erf
#define exp(x) ADJ_PICK(exp_f32, (exp), x)
#define expm1(x) ADJ_PICK(expm1_f32, (expm1), x)
#define log(x) ADJ_PICK(log_f32, (log), x)
#define log1p(x) ADJ_PICK(log1p_f32, (log1p), x)
#define tanh(x) ADJ_PICK(tanh_f32, (tanh), x)
#define erf(x) ADJ_PICK(erf_f32, (erf), x)

// ---------------------------------------------------------------- integers

// PyTorch's whole-number operations wrap around; a divisor of 0 is refused before a kernel
// runs, and gives 0 here so that no input can stop the process.
PW int64_t divide_whole(int64_t x, int64_t z)
{
    if (z == 0) return 0;
    return z == -1 ? (int64_t)(0 - (uint64_t)x) : x / z;
}

PW int64_t rest_whole(int64_t x, int64_t z)
{
    return z == 0 || z == -1 ? 0 : x % z;
}

PW int64_t floor_divide_whole(int64_t x, int64_t z)
{
    int64_t q = divide_whole(x, z);
    return q - (rest_whole(x, z) != 0 && (x < 0) != (z < 0));
}

PW int64_t remainder_whole(int64_t x, int64_t z)
{
    int64_t r = rest_whole(x, z);
    return r != 0 && (r < 0) != (z < 0) ? r + z : r;
}

PW int64_t pow_whole(int64_t x, int64_t z)
{
    if (z < 0) return x == 1 ? 1 : x == -1 ? (z % 2 ? -1 : 1) : 0;
    uint64_t base = (uint64_t)x, y = 1;
    for (; z; z >>= 1, base *= base)
        if (z & 1) y *= base;
    return (int64_t)y;
}

PW int64_t gcd_whole(int64_t x, int64_t z)
{
    uint64_t a = x < 0 ? 0 - (uint64_t)x : (uint64_t)x,
             b = z < 0 ? 0 - (uint64_t)z : (uint64_t)z;
    while (b) {
        uint64_t r = a % b;
        a = b;
        b = r;
    }
    return (int64_t)a;
}

PW int64_t lcm_whole(int64_t x, int64_t z)
{
    int64_t g = gcd_whole(x, z);
    if (g == 0) return 0;
    int64_t y = (int64_t)((uint64_t)divide_whole(x, g) * (uint64_t)z);
    return y < 0 ? (int64_t)(0 - (uint64_t)y) : y;
}

// Shifts by the width or more, or by a negative count, push every bit out. [bits] is the width.
PW int64_t shift_left(int64_t x, int64_t z, int bits)
{
    return z < 0 || z >= bits ? 0 : (int64_t)((uint64_t)x << z);
}

PW int64_t shift_right(int64_t x, int64_t z, int bits)
{
    return x >> (z < 0 || z >= bits ? bits - 1 : z);
}

// ------------------------------------------------ rarer functions, in double precision

// Quotient and remainder as Python takes them: the remainder has the divisor's sign, and the
// quotient is the one that goes with it.
PW double remainder_f64(double x, double z)
{
    double r = (fmod)(x, z);
    return r != 0 && (r < 0) != (z < 0) ? r + z : r;
}

PW double floor_divide_f64(double x, double z)
{
    if (z == 0) return x / z;
    double r = (fmod)(x, z), q = (x - r) / z;
    if (r != 0 && (r < 0) != (z < 0)) q -= 1;
    if (q == 0) return (copysign)(0.0, x / z);
    double f = (floor)(q);
    return q - f > 0.5 ? f + 1 : f;
}

// Winitzki's estimate (2008), good to 2e-3, then two of Halley's steps, each of which cubes the
// error. Above 1/2 the residual comes from erfc, which keeps its digits there.
PW double erfinv_f64(double x)
{
    double a = x < 0 ? -x : x;
    if (!(a < 1)) return a == 1 ? (copysign)(INFINITY, x) : NAN;
    if (a == 0) return x;
    double l = (log1p)(-a * a), b = 4.3307467508 + l * 0.5;
    double y = (sqrt)((sqrt)(b * b - l * 6.8027210884) - b);
    for (int i = 0; i < 3; i++) {
        double error = a < 0.5 ? (erf)(y)-a : (1 - a) - (erfc)(y);
        double u = error / (1.1283791670955126 * (exp)(-y * y));
        y -= u / (1 + u * y);
    }
    return (copysign)(y, x);
}

// psi(x): reflection for negative x, recurrence up to 10, then the asymptotic series.
PW double digamma_f64(double x)
{
    const double pi = 3.141592653589793;
    double y = 0;
    if (x == 0) return (copysign)(INFINITY, -x);
    if (x < 0) {
        double f = x - (rint)(x);  // exact, and the tangent has period pi
        if (f == 0) return NAN;
        y = -pi / (tan)(pi * f);
        x = 1 - x;
    }
    for (; x < 10; x += 1) y -= 1 / x;
    double u = 1 / (x * x);
    double s =
        u * (1.0 / 12 -
             u * (1.0 / 120 -
                  u * (1.0 / 252 -
                       u * (1.0 / 240 - u * (1.0 / 132 - u * (691.0 / 32760 - u / 12))))));
    return y + (log)(x)-0.5 / x - s;
}

// The Hurwitz zeta function sum (k + q)^-s, k from 0: ten terms, then Euler-Maclaurin.
PW double zeta_f64(double s, double q)
{
    static const double coefficient[] = {
        // (2k)! / B_2k
        12.0,
        -720.0,
        30240.0,
        -1209600.0,
        47900160.0,
        -1.8924375803183791606e9,
        7.47242496e10,
        -2.950130727918164224e12,
        1.1646782814350067249e14,
        -4.5979787224074726105e15,
    };
    double y = 0;
    for (int k = 0; k < 10; k++, q += 1) y += (pow)(q, -s);
    y += (pow)(q, 1 - s) / (s - 1) + 0.5 * (pow)(q, -s);
    double factor = s, power = (pow)(q, -s - 1);
    for (int k = 0; k < 10; k++) {
        y += factor * power / coefficient[k];
        factor *= (s + 2 * k + 1) * (s + 2 * k + 2);
        power /= q * q;
    }
    return y;
}

// The n-th derivative of psi, n >= 1: (-1)^(n+1) n! zeta(n + 1, x); below 0 the recurrence
// brings it up.
PW double polygamma_f64(double n, double x)
{
    if (n == 0) return digamma_f64(x);
    if (x <= 0 && x == (floor)(x)) return INFINITY;
    double sum = 0;
    for (; x < 0; x += 1) sum += (pow)(x, -n - 1);
    double sign = (fmod)(n, 2.0) == 0 ? -1 : 1;
    return sign * (tgamma)(n + 1) * (sum + zeta_f64(n + 1, x));
}

#define remainder_(x, z) ((T)remainder_f64(x, z))
#define floor_divide_(x, z) ((T)floor_divide_f64(x, z))
#define erfinv_(x) ((T)erfinv_f64(x))
#define digamma_(x) ((T)digamma_f64(x))
#define polygamma_(n, x) ((T)polygamma_f64(n, x))

// ---------------------------------------------------------------- formulas with a case in them

#define min_(a, b) ((b) < (a) ? (b) : (a))
#define max_(a, b) ((b) > (a) ? (b) : (a))
// NaN if either is, as maximum and minimum have it.
#define larger(a, b) ((a) != (a) || (a) > (b) ? (a) : (b))
#define smaller(a, b) ((a) != (a) || (a) < (b) ? (a) : (b))
#define limited(x, z, w) (larger(x, z) > w ? w : larger(x, z))
#define largest(x) _Generic((x), float : FLT_MAX, default : DBL_MAX)
#define nearest(x) rint(x)  // ties to even, the mode that every program starts in
#define sigmoid_(x) (K(1) / (K(1) + exp(-(x))))
#define softplus_(x) (max_(x, K(0)) + log1p(exp(-fabs(x))))
