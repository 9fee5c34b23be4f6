// SPDX-License-Identifier: Apache-2.0
// reduce_kernels.c: the loops of reductions, compiled once per instruction set. The list of
// reductions in reduce.h is expanded for each element type: T is what is read, A what is
// accumulated in.
//
// A row keeps LANES running results that the compiler turns into vector registers; they are
// joined as a balanced tree. Neither depends on the width of the registers, so all instruction
// sets agree.
#include "cpu/reduce.h"

#include "ops/pointwise/pointwise.h"

#if defined(__clang__)
#    pragma GCC diagnostic ignored "-Wpass-failed"
#endif
#pragma GCC diagnostic ignored "-Wtype-limits"

enum { LANES = 32 };
#define UNUSED __attribute__((unused))

#define REDUCER(fn, type, acc_type, init, map, join_)                                         \
    static inline acc_type fn##_of(type x, acc_type m UNUSED, double p UNUSED)                \
    {                                                                                         \
        typedef acc_type A UNUSED;                                                            \
        return (acc_type)(map);                                                               \
    }                                                                                         \
    static inline acc_type fn##_two(acc_type a, acc_type b)                                   \
    {                                                                                         \
        return join_;                                                                         \
    }                                                                                         \
    static void fn##_row(const void *from, int64_t n, const void *each, double p, void *to)   \
    {                                                                                         \
        const type *restrict x = from;                                                        \
        acc_type m = each ? *(const acc_type *)each : 0, start = init;                        \
        if (n < LANES) {                                                                      \
            for (int64_t i = 0; i < n; i++) start = fn##_two(start, fn##_of(x[i], m, p));     \
            *(acc_type *)to = start;                                                          \
            return;                                                                           \
        }                                                                                     \
        acc_type lane[LANES];                                                                 \
        for (int l = 0; l < LANES; l++) lane[l] = fn##_of(x[l], m, p);                        \
        int64_t i = LANES;                                                                    \
        for (; i + LANES <= n; i += LANES)                                                    \
            _Pragma("omp simd") for (int l = 0; l < LANES; l++) lane[l] =                     \
                fn##_two(lane[l], fn##_of(x[i + l], m, p));                                   \
        for (int l = 0; i + l < n; l++) lane[l] = fn##_two(lane[l], fn##_of(x[i + l], m, p)); \
        for (int half = LANES / 2; half; half /= 2)                                           \
            for (int l = 0; l < half; l++) lane[l] = fn##_two(lane[l], lane[l + half]);       \
        *(acc_type *)to = lane[0];                                                            \
    }                                                                                         \
    static void fn##_columns(const void *from, int64_t n, int64_t stride, int64_t width,      \
                             const void *each, double p, void *to)                            \
    {                                                                                         \
        const type *x = from;                                                                 \
        acc_type *restrict acc = to;                                                          \
        const acc_type *restrict m = each;                                                    \
        for (int64_t j = 0; j < width; j++) acc[j] = init;                                    \
        for (int64_t k = 0; k < n; k++, x += stride) {                                        \
            const type *restrict row = x;                                                     \
            if (m)                                                                            \
                for (int64_t j = 0; j < width; j++)                                           \
                    acc[j] = fn##_two(acc[j], fn##_of(row[j], m[j], p));                      \
            else                                                                              \
                _Pragma("omp simd") for (int64_t j = 0; j < width; j++) acc[j] =              \
                    fn##_two(acc[j], fn##_of(row[j], 0, p));                                  \
        }                                                                                     \
    }                                                                                         \
    static void fn##_join(void *to, const void *more, int64_t width)                          \
    {                                                                                         \
        acc_type *restrict a = to;                                                            \
        const acc_type *restrict b = more;                                                    \
        for (int64_t j = 0; j < width; j++) a[j] = fn##_two(a[j], b[j]);                      \
    }

// A partial sum that is a double is divided before it is rounded to the type of the result.
static void finish_f32(const void *from, int64_t width, double divisor, bool root, void *y)
{
    const double *acc = from;
    for (int64_t j = 0; j < width; j++) {
        double v = acc[j] / divisor;
        ((float *)y)[j] = (float)(root ? (sqrt)(v) : v);
    }
}

static void finish_f64(const void *from, int64_t width, double divisor, bool root, void *y)
{
    const double *acc = from;
    for (int64_t j = 0; j < width; j++) {
        double v = acc[j] / divisor;
        ((double *)y)[j] = root ? (sqrt)(v) : v;
    }
}

#define KEEP(name, type)                                                                 \
    static void name(const void *acc, int64_t width, double divisor, bool root, void *y) \
    {                                                                                    \
        (void)divisor, (void)root;                                                       \
        memcpy(y, acc, (size_t)width * sizeof(type));                                    \
    }
KEEP(keep_f32, float)
KEEP(keep_f64, double)
KEEP(keep_i64, int64_t)
KEEP(keep_u8, uint8_t)

#define ALL_OF(kind, init, map, join)                       \
    REDUCER(kind##_f32, float, ACC_##kind, init, map, join) \
    REDUCER(kind##_f64, double, double, init, map, join)

// Sums of floats accumulate in double, extremes in their own type.
#define ACC_SUM double
#define ACC_NANSUM double
#define ACC_SQUARES double
#define ACC_ABSOLUTES double
#define ACC_POWERS double
#define ACC_NONZEROS double
#define ACC_DEVIATIONS double
#define ACC_EXPONENTIALS double
#define ACC_PRODUCT double
#define ACC_MAX float
#define ACC_MIN float
#define ACC_ABSMAX float
#define ACC_ABSMIN float
#define LOWEST (-INFINITY)
#define HIGHEST INFINITY
ADJ_REDUCTIONS(ALL_OF)
#undef LOWEST
#undef HIGHEST
#define LOWEST INT64_MIN
#define HIGHEST INT64_MAX
#define WRAP(op, a, b) (int64_t)((uint64_t)(a)op(uint64_t)(b))
REDUCER(SUM_i64, int64_t, int64_t, 0, x, WRAP(+, a, b))
REDUCER(PRODUCT_i64, int64_t, int64_t, 1, x, WRAP(*, a, b))
REDUCER(MAX_i64, int64_t, int64_t, INT64_MIN, x, b > a ? b : a)
REDUCER(MIN_i64, int64_t, int64_t, INT64_MAX, x, b < a ? b : a)
REDUCER(MAX_u8, uint8_t, uint8_t, 0, x, b > a ? b : a)
REDUCER(MIN_u8, uint8_t, uint8_t, 255, x, b < a ? b : a)

// Two passes over a row: the extreme, which vector code finds fast, then its first place.
#define ARG_FIND(fn, type, acc_type, row_kernel, better)                                    \
    static void fn(const void *from, int64_t n, int64_t stride, int64_t width, int64_t *at) \
    {                                                                                       \
        const type *x = from;                                                               \
        if (width == 1 && stride == 1) {                                                    \
            acc_type best;                                                                  \
            int64_t i = 0;                                                                  \
            row_kernel(x, n, NULL, 0, &best);                                               \
            if (best == best)                                                               \
                while (x[i] != best) i++;                                                   \
            else                                                                            \
                while (x[i] == x[i]) i++;                                                   \
            *at = i;                                                                        \
            return;                                                                         \
        }                                                                                   \
        for (int64_t j = 0; j < width; j++) at[j] = 0;                                      \
        for (int64_t k = 1; k < n; k++)                                                     \
            for (int64_t j = 0; j < width; j++) {                                           \
                type a = x[at[j] * stride + j], b = x[k * stride + j];                      \
                if ((better) || (b != b && a == a)) at[j] = k;                              \
            }                                                                               \
    }
ARG_FIND(argmax_f32, float, float, MAX_f32_row, b > a)
ARG_FIND(argmax_f64, double, double, MAX_f64_row, b > a)
ARG_FIND(argmax_i64, int64_t, int64_t, MAX_i64_row, b > a)
ARG_FIND(argmax_u8, uint8_t, uint8_t, MAX_u8_row, b > a)
ARG_FIND(argmin_f32, float, float, MIN_f32_row, b < a)
ARG_FIND(argmin_f64, double, double, MIN_f64_row, b < a)
ARG_FIND(argmin_i64, int64_t, int64_t, MIN_i64_row, b < a)
ARG_FIND(argmin_u8, uint8_t, uint8_t, MIN_u8_row, b < a)

#define ENTRY(fn, finish, acc)                                 \
    {                                                          \
        fn##_row, fn##_columns, fn##_join, finish, sizeof(acc) \
    }
#define SUM_ENTRY(kind)                                                           \
    .reducer[ADJ_R_##kind] = {[ADJ_RF32] = ENTRY(kind##_f32, finish_f32, double), \
                              [ADJ_RF64] = ENTRY(kind##_f64, finish_f64, double)},
#define EXTREME_ENTRY(kind)                                                    \
    .reducer[ADJ_R_##kind] = {[ADJ_RF32] = ENTRY(kind##_f32, keep_f32, float), \
                              [ADJ_RF64] = ENTRY(kind##_f64, keep_f64, double)},
#define TABLE2(isa) adj_reduce_##isa
#define TABLE(isa) TABLE2(isa)
// clang-format off
const AdjReduceTable TABLE(ADJ_ISA) = {
    SUM_ENTRY(NANSUM) SUM_ENTRY(SQUARES) SUM_ENTRY(ABSOLUTES) SUM_ENTRY(POWERS)
    SUM_ENTRY(NONZEROS) SUM_ENTRY(DEVIATIONS) SUM_ENTRY(EXPONENTIALS)
    EXTREME_ENTRY(ABSMAX) EXTREME_ENTRY(ABSMIN)
    .reducer[ADJ_R_SUM] = { [ADJ_RF32] = ENTRY(SUM_f32, finish_f32, double),
                            [ADJ_RF64] = ENTRY(SUM_f64, finish_f64, double),
                            [ADJ_RI64] = ENTRY(SUM_i64, keep_i64, int64_t) },
    .reducer[ADJ_R_PRODUCT] = { [ADJ_RF32] = ENTRY(PRODUCT_f32, finish_f32, double),
                                [ADJ_RF64] = ENTRY(PRODUCT_f64, finish_f64, double),
                                [ADJ_RI64] = ENTRY(PRODUCT_i64, keep_i64, int64_t) },
    .reducer[ADJ_R_MAX] = { [ADJ_RF32] = ENTRY(MAX_f32, keep_f32, float),
                            [ADJ_RF64] = ENTRY(MAX_f64, keep_f64, double),
                            [ADJ_RI64] = ENTRY(MAX_i64, keep_i64, int64_t),
                            [ADJ_RU8] = ENTRY(MAX_u8, keep_u8, uint8_t) },
    .reducer[ADJ_R_MIN] = { [ADJ_RF32] = ENTRY(MIN_f32, keep_f32, float),
                            [ADJ_RF64] = ENTRY(MIN_f64, keep_f64, double),
                            [ADJ_RI64] = ENTRY(MIN_i64, keep_i64, int64_t),
                            [ADJ_RU8] = ENTRY(MIN_u8, keep_u8, uint8_t) },
    .argmax = { argmax_f32, argmax_f64, argmax_i64, argmax_u8 },
    .argmin = { argmin_f32, argmin_f64, argmin_i64, argmin_u8 },
};
// clang-format on
