// SPDX-License-Identifier: Apache-2.0
// pointwise_kernels.c: the loops of pointwise.def. This file is compiled once per instruction
// set, under the name that ADJ_ISA gives; the compiler's vectoriser does the rest.
// pointwise.def is read twice: once for the loops, once for the table that finds them.
//
// Invariant: a loop reads and writes exactly n elements and no other state, so blocks may be
// cut anywhere and given to any thread.
#include "cpu/pointwise.h"
#include "ops/pointwise/pointwise.h"

// Formulas are written for every type at once: an unsigned x is never below 0, and that is
// fine.
#pragma GCC diagnostic ignored "-Wtype-limits"
#if defined(__clang__)
#    pragma GCC diagnostic ignored "-Wtautological-unsigned-zero-compare"
#    pragma GCC diagnostic ignored "-Wpass-failed"
#endif

#define AT(k) (((const T *restrict)in[k])[i])
#include "ops/pointwise/pointwise_arithmetic.h"

// One loop: [suffix] tells the types apart, [O] is the type of the result, [n_in] the operands
// read.
#define LOOP(fn, type, utype, otype, reads, formula)                                          \
    static void fn(void *out, const void *const *restrict in, int64_t n, const double *param) \
    {                                                                                         \
        typedef type T;                                                                       \
        typedef utype U UNUSED;                                                               \
        otype *restrict o = out;                                                              \
        const T p UNUSED = (T)param[0], q UNUSED = (T)param[1], r UNUSED = (T)param[2];       \
        _Pragma("omp simd") for (int64_t i = 0; i < n; i++)                                   \
        {                                                                                     \
            READ_##reads o[i] = (otype)(formula);                                             \
        }                                                                                     \
    }
#define FLOATS(fn, reads, f)                         \
    LOOP(fn##_f32, float, uint32_t, float, reads, f) \
    LOOP(fn##_f64, double, uint64_t, double, reads, f)
#define INTS(fn, reads, f)                               \
    LOOP(fn##_i64, int64_t, uint64_t, int64_t, reads, f) \
    LOOP(fn##_i32, int32_t, uint32_t, int32_t, reads, f) \
    LOOP(fn##_u8, uint8_t, uint8_t, uint8_t, reads, f)
#define FLOAT_TESTS(fn, reads, f)                      \
    LOOP(fn##_f32, float, uint32_t, uint8_t, reads, f) \
    LOOP(fn##_f64, double, uint64_t, uint8_t, reads, f)
#define INT_TESTS(fn, reads, f)                          \
    LOOP(fn##_i64, int64_t, uint64_t, uint8_t, reads, f) \
    LOOP(fn##_i32, int32_t, uint32_t, uint8_t, reads, f) \
    LOOP(fn##_u8, uint8_t, uint8_t, uint8_t, reads, f)

#define UNARY(name, lo, hi, f, dx, doc) FLOATS(name##_y, 1, f) FLOATS(name##_dx, d1, dx)
#define UNARY_INT(name, lo, hi, f, fi, dx, doc) \
    UNARY(name, lo, hi, f, dx, doc) INTS(name##_y, 1, fi)
#define TEST(name, f, fi, doc) FLOAT_TESTS(name##_y, 1, f) INT_TESTS(name##_y, 1, fi)
#define ACTIVATION UNARY
#define ACTIVATION1(name, signature, lo, hi, f, dx, doc) UNARY(name, lo, hi, f, dx, doc)
#define ACTIVATION2 ACTIVATION1
#define BINARY(name, lo, hi, f, dx, dz, doc) \
    FLOATS(name##_y, 2, f) FLOATS(name##_dx, d2, dx) FLOATS(name##_dz, d2, dz)
#define BINARY_FLOAT BINARY
#define BINARY_INT(name, lo, hi, f, fi, dx, dz, doc) \
    BINARY(name, lo, hi, f, dx, dz, doc) INTS(name##_y, 2, fi)
#define INTEGER(name, f, doc) INTS(name##_y, 2, f)
#define BITWISE INTEGER
#define COMPARE(name, f, doc) FLOAT_TESTS(name##_y, 2, f) INT_TESTS(name##_y, 2, f)
#define TERNARY(name, signature, lo, hi, f, dx, dz, dw, doc) \
    FLOATS(name##_y, 3, f)                                   \
    FLOATS(name##_dx, d3, dx) FLOATS(name##_dz, d3, dz) FLOATS(name##_dw, d3, dw)
#define INNER1(name, f, dx) UNARY(name, , , f, dx, )
#define INNER2(name, f, fi, dx, dz) BINARY_INT(name, , , f, fi, dx, dz, )
#define INNER3(name, f, fi, dx, dz, dw) \
    TERNARY(name, , , , f, dx, dz, dw, ) INTS(name##_y, 3, fi)
#include "ops/pointwise/pointwise.def"
#include "ops/pointwise/pointwise_undef.h"

// The condition has a type of its own, so this one stands outside the table of formulas.
#define SELECT(fn, type)                                                                      \
    static void fn(void *out, const void *const *restrict in, int64_t n, const double *param) \
    {                                                                                         \
        (void)param;                                                                          \
        type *restrict o = out;                                                               \
        const uint8_t *restrict c = in[0];                                                    \
        const type *restrict x = in[1], *restrict z = in[2];                                  \
        _Pragma("omp simd") for (int64_t i = 0; i < n; i++) o[i] = c[i] ? x[i] : z[i];        \
    }
SELECT(where_y_f32, float)
SELECT(where_y_f64, double)
SELECT(where_y_i64, int64_t)
SELECT(where_y_i32, int32_t)
SELECT(where_y_u8, uint8_t)

// The half formats, without branches. A half's bits, moved to where a single has them, are too
// small by 2^112; the product puts that right, subnormal numbers included.
#define CONVERT(fn, from, to, type, f)                                                        \
    static void fn(void *out, const void *const *restrict in, int64_t n, const double *param) \
    {                                                                                         \
        (void)param;                                                                          \
        to *restrict o = out;                                                                 \
        const from *restrict a = in[0];                                                       \
        _Pragma("omp simd") for (int64_t i = 0; i < n; i++)                                   \
        {                                                                                     \
            const type x = a[i];                                                              \
            o[i] = f;                                                                         \
        }                                                                                     \
    }
PW float half_value(uint32_t h)
{
    uint32_t rest = (h & 0x7fff) << 13;
    uint32_t finite = float_bits(bits_float(rest) * 0x1p112f);
    return bits_float((h & 0x8000) << 16 | (rest >= 0x0f800000 ? rest | 0x7f800000 : finite));
}

// Rounds to nearest, ties to even: by adding half of the last place that stays, or, below
// 2^-14, by adding 1/2, which aligns that place with the last of the sum.
PW uint16_t half_bits(float x)
{
    uint32_t u = float_bits(x), rest = u & 0x7fffffff;
    uint32_t small = float_bits(bits_float(rest) + 0.5f) - 0x3f000000;
    uint32_t normal = (rest - 0x38000000 + 0xfff + (rest >> 13 & 1)) >> 13;
    uint32_t h = rest < 0x38800000 ? small : normal;
    h = rest >= 0x47800000 ? 0x7c00 : h;
    h = rest > 0x7f800000 ? 0x7e00 : h;
    return (uint16_t)(h | (u >> 16 & 0x8000));
}

PW uint16_t bfloat_bits(float x)
{
    uint32_t u = float_bits(x), rounded = (u + 0x7fff + (u >> 16 & 1)) >> 16;
    return (uint16_t)((u & 0x7fffffff) > 0x7f800000 ? 0x7fc0 : rounded);
}
CONVERT(half_to_f32, uint16_t, float, uint32_t, half_value(x))
CONVERT(f32_to_half, float, uint16_t, float, half_bits(x))
CONVERT(bfloat_to_f32, uint16_t, float, uint32_t, bits_float(x << 16))
CONVERT(f32_to_bfloat, float, uint16_t, float, bfloat_bits(x))

#define F_ENTRY(number, fn) [number][SLOT_F32] = fn##_f32, [number][SLOT_F64] = fn##_f64,
#define I_ENTRY(number, fn) \
    [number][SLOT_I64] = fn##_i64, [number][SLOT_I32] = fn##_i32, [number][SLOT_U8] = fn##_u8,
#define UNARY(name, ...) F_ENTRY(PW_##name, name##_y) F_ENTRY(PW_##name##_dx, name##_dx)
#define UNARY_INT(name, ...) UNARY(name) I_ENTRY(PW_##name, name##_y)
#define TEST(name, ...) F_ENTRY(PW_##name, name##_y) I_ENTRY(PW_##name, name##_y)
#define ACTIVATION UNARY
#define ACTIVATION1 UNARY
#define ACTIVATION2 UNARY
#define BINARY(name, ...) UNARY(name) F_ENTRY(PW_##name##_dz, name##_dz)
#define BINARY_FLOAT BINARY
#define BINARY_INT(name, ...) BINARY(name) I_ENTRY(PW_##name, name##_y)
#define INTEGER(name, ...) I_ENTRY(PW_##name, name##_y)
#define BITWISE INTEGER
#define COMPARE TEST
#define TERNARY(name, ...) BINARY(name) F_ENTRY(PW_##name##_dw, name##_dw)
#define INNER1 UNARY
#define INNER2 BINARY_INT
#define INNER3(name, ...) TERNARY(name) I_ENTRY(PW_##name, name##_y)

#define TABLE2(isa) adj_pointwise_##isa
#define TABLE(isa) TABLE2(isa)
AdjKernelTable TABLE(ADJ_ISA) = {
#include "ops/pointwise/pointwise.def"
    F_ENTRY(PW_where, where_y)
        I_ENTRY(PW_where, where_y)[PW_half_to_f32][SLOT_F32] = half_to_f32,
    [PW_f32_to_half][SLOT_F32] = f32_to_half,
    [PW_bfloat_to_f32][SLOT_F32] = bfloat_to_f32,
    [PW_f32_to_bfloat][SLOT_F32] = f32_to_bfloat,
};
