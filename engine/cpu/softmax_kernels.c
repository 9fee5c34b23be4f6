// SPDX-License-Identifier: Apache-2.0
// softmax_kernels.c: rows of softmax, compiled once per instruction set. The maximum is
// subtracted first, so no exponential overflows; a row of nothing but -inf gives NaN, as 0 / 0
// should. Sums run in LANES parts joined as a tree, so that all instruction sets agree to the
// bit.
#include "cpu/softmax.h"

#include "cpu/lanes.h"
#include "ops/pointwise/pointwise.h"

#if defined(__clang__)
#    pragma GCC diagnostic ignored "-Wpass-failed"
#endif

#define SIMD _Pragma("omp simd")

// A row is taken in blocks of LANES; what is left is one more block that -inf fills up, so a
// row of ten classes costs one vector too.
#define ROWS(suffix, T)                                                                        \
    static inline void load_rest_##suffix(const T *x, int64_t n, T *restrict y)                \
    {                                                                                          \
        SIMD for (int l = 0; l < LANES; l++) y[l] = l < n ? x[l] : -INFINITY;                  \
    }                                                                                          \
    static T maximum_##suffix(const T *x, int64_t n)                                           \
    {                                                                                          \
        T lane[LANES], rest[LANES];                                                            \
        int64_t b = 0;                                                                         \
        for (int l = 0; l < LANES; l++) lane[l] = -INFINITY;                                   \
        for (; b + LANES <= n; b += LANES)                                                     \
            SIMD for (int l = 0; l < LANES; l++) lane[l] =                                     \
                x[b + l] > lane[l] ? x[b + l] : lane[l];                                       \
        load_rest_##suffix(x + b, n - b, rest);                                                \
        SIMD for (int l = 0; l < LANES; l++) lane[l] = rest[l] > lane[l] ? rest[l] : lane[l];  \
        for (int half = LANES / 2; half; half /= 2)                                            \
            for (int l = 0; l < half; l++)                                                     \
                lane[l] = lane[l + half] > lane[l] ? lane[l + half] : lane[l];                 \
        return lane[0];                                                                        \
    }                                                                                          \
    /* exp(x - m) into y unless that is NULL, of the rest into [rest]; the sum */              \
    static double exponentials_##suffix(const T *restrict x, T m, int64_t n, T *restrict y,    \
                                        T *restrict rest)                                      \
    {                                                                                          \
        double lane[LANES] = {0};                                                              \
        T e[LANES];                                                                            \
        int64_t b = 0;                                                                         \
        for (; b + LANES <= n; b += LANES) {                                                   \
            SIMD for (int l = 0; l < LANES; l++) e[l] = exp(x[b + l] - m);                     \
            if (y) SIMD for (int l = 0; l < LANES; l++) y[b + l] = e[l];                       \
            SIMD for (int l = 0; l < LANES; l++) lane[l] += (double)e[l];                      \
        }                                                                                      \
        load_rest_##suffix(x + b, n - b, rest);                                                \
        SIMD for (int l = 0; l < LANES; l++) rest[l] = exp(rest[l] - m);                       \
        SIMD for (int l = 0; l < LANES; l++) lane[l] += (double)rest[l];                       \
        return join(lane);                                                                     \
    }                                                                                          \
    static void softmax_##suffix(void *to, const void *from, const void *none, int64_t n)      \
    {                                                                                          \
        (void)none;                                                                            \
        T *restrict y = to, rest[LANES];                                                       \
        const T m = maximum_##suffix(from, n);                                                 \
        const int64_t whole = n / LANES * LANES;                                               \
        const T scale = (T)(1 / exponentials_##suffix(from, m, n, y, rest));                   \
        SIMD for (int64_t i = 0; i < whole; i++) y[i] *= scale;                                \
        for (int l = 0; l < n - whole; l++) y[whole + l] = rest[l] * scale;                    \
    }                                                                                          \
    static T logsum_##suffix(const T *restrict x, T m, int64_t n)                              \
    {                                                                                          \
        T rest[LANES];                                                                         \
        return (T)(log)(exponentials_##suffix(x, m, n, NULL, rest));                           \
    }                                                                                          \
    static void log_softmax_##suffix(void *to, const void *from, const void *none, int64_t n)  \
    {                                                                                          \
        (void)none;                                                                            \
        T *restrict y = to;                                                                    \
        const T *restrict x = from;                                                            \
        const T m = maximum_##suffix(x, n), l = logsum_##suffix(x, m, n);                      \
        SIMD for (int64_t i = 0; i < n; i++) y[i] = (x[i] - m) - l;                            \
    }                                                                                          \
    static void logsumexp_##suffix(void *to, const void *from, const void *none, int64_t n)    \
    {                                                                                          \
        (void)none;                                                                            \
        const T m = maximum_##suffix(from, n), base = m > -INFINITY && m < INFINITY ? m : 0;   \
        *(T *)to = base + logsum_##suffix(from, base, n);                                      \
    }                                                                                          \
    static void logsum_parts_##suffix(void *to, const void *from, const void *none, int64_t n) \
    {                                                                                          \
        (void)none;                                                                            \
        T *y = to;                                                                             \
        y[0] = maximum_##suffix(from, n);                                                      \
        y[1] = logsum_##suffix(from, y[0], n);                                                 \
    }                                                                                          \
    static void softmax_dx_##suffix(void *to, const void *from, const void *up, int64_t n)     \
    {                                                                                          \
        T *restrict dx = to;                                                                   \
        const T *restrict y = from, *restrict dy = up;                                         \
        SUM(total, (double)y[i] * (double)dy[i])                                               \
        const T mean = (T)total;                                                               \
        SIMD for (int64_t i = 0; i < n; i++) dx[i] = y[i] * (dy[i] - mean);                    \
    }                                                                                          \
    static void log_softmax_dx_##suffix(void *to, const void *from, const void *up, int64_t n) \
    {                                                                                          \
        T *restrict dx = to;                                                                   \
        const T *restrict y = from, *restrict dy = up;                                         \
        SUM(sum, (double)dy[i])                                                                \
        const T total = (T)sum;                                                                \
        SIMD for (int64_t i = 0; i < n; i++) dx[i] = dy[i] - exp(y[i]) * total;                \
    }
ROWS(f32, float)
ROWS(f64, double)

#define TABLE2(isa) adj_softmax_##isa
#define TABLE(isa) TABLE2(isa)
const AdjSoftmaxTable TABLE(ADJ_ISA) = {
    [ADJ_SOFTMAX] = {softmax_f32, softmax_f64},
    [ADJ_LOG_SOFTMAX] = {log_softmax_f32, log_softmax_f64},
    [ADJ_SOFTMAX_DX] = {softmax_dx_f32, softmax_dx_f64},
    [ADJ_LOG_SOFTMAX_DX] = {log_softmax_dx_f32, log_softmax_dx_f64},
    [ADJ_LOGSUMEXP] = {logsumexp_f32, logsumexp_f64},
    [ADJ_LOGSUM_PARTS] = {logsum_parts_f32, logsum_parts_f64},
};
