// SPDX-License-Identifier: Apache-2.0
// statistics_kernels.c: the loops of statistics and histograms, compiled once per instruction
// set.
//
// One pass gathers everything. Sums are of x - shift in double precision, where shift is the
// block's first finite element: so a small spread around a large mean is not lost in the
// difference of two large numbers (Chan, Golub and LeVeque 1983). LANES running sums become
// vector registers and are joined in order, whatever their width.
#include "observe/statistics.h"

enum { LANES = 16 };
#define SIMD _Pragma("omp simd")

// One element for each of the first [width] lanes.
#define STEP(T, LARGEST, width)                                                  \
    SIMD for (int l = 0; l < (int)(width); l++)                                  \
    {                                                                            \
        const T v = x[i + l];                                                    \
        const int ok = (v >= -LARGEST) & (v <= LARGEST);                         \
        const double whole = ok ? (double)v : 0, d = ok ? (double)v - shift : 0; \
        sum[l] += d;                                                             \
        squares[l] += d * d;                                                     \
        norm2[l] += whole * whole;                                               \
        least[l] = ok && v < least[l] ? v : least[l];                            \
        most[l] = ok && v > most[l] ? v : most[l];                               \
        finite[l] += ok;                                                         \
        zeros[l] += v == 0;                                                      \
        nans[l] += v != v;                                                       \
    }
#define SUMS(suffix, T, LARGEST)                                                         \
    static double shift_##suffix(const T *x, int64_t n)                                  \
    {                                                                                    \
        for (int64_t i = 0; i < n; i++)                                                  \
            if (x[i] >= -LARGEST && x[i] <= LARGEST) return (double)x[i];                \
        return 0;                                                                        \
    }                                                                                    \
    static void sums_##suffix(const void *from, int64_t n, AdjBlockSums *out)            \
    {                                                                                    \
        const T *x = from;                                                               \
        const double shift = shift_##suffix(x, n);                                       \
        double sum[LANES] = {0}, squares[LANES] = {0}, norm2[LANES] = {0};               \
        T least[LANES], most[LANES];                                                     \
        int32_t finite[LANES] = {0}, zeros[LANES] = {0}, nans[LANES] = {0};              \
        for (int l = 0; l < LANES; l++) {                                                \
            least[l] = INFINITY;                                                         \
            most[l] = -INFINITY;                                                         \
        }                                                                                \
        int64_t i = 0;                                                                   \
        for (; i + LANES <= n; i += LANES) STEP(T, LARGEST, LANES)                       \
        STEP(T, LARGEST, n - i)                                                          \
        *out = (AdjBlockSums){.shift = shift, .min = INFINITY, .max = -INFINITY};        \
        for (int l = 0; l < LANES; l++) {                                                \
            out->sum += sum[l];                                                          \
            out->squares += squares[l];                                                  \
            out->norm2 += norm2[l];                                                      \
            out->count += finite[l];                                                     \
            out->zeros += zeros[l];                                                      \
            out->nans += nans[l];                                                        \
            if ((double)least[l] < out->min) out->min = (double)least[l];                \
            if ((double)most[l] > out->max) out->max = (double)most[l];                  \
        }                                                                                \
        out->infs = n - (int64_t)out->count - out->nans;                                 \
    }                                                                                    \
    static void linear_##suffix(const void *from, int64_t n, AdjHistogram *h)            \
    {                                                                                    \
        const T *x = from;                                                               \
        const double width = h->high - h->low, scale = width > 0 ? ADJ_BINS / width : 0; \
        for (int64_t i = 0; i < n; i++) {                                                \
            const double v = (double)x[i];                                               \
            h->zeros += v == 0;                                                          \
            h->negative += v < 0;                                                        \
            if (!(v >= h->low && v <= h->high)) continue;                                \
            int bin = (int)((v - h->low) * scale);                                       \
            h->counts[bin < ADJ_BINS ? bin : ADJ_BINS - 1]++;                            \
        }                                                                                \
    }
SUMS(f32, float, 3.402823466e+38f)
SUMS(f64, double, 1.7976931348623157e308)

// The exponent stands in the element's own bits, so finding a bin takes no logarithm. Four sets
// of counters, in turn: equal neighbours would otherwise wait for each other's store.
#define LOG_BINS(suffix, T, U, DIGITS, WIDTH, BIAS)                                    \
    static void log_##suffix(const void *from, int64_t n, AdjHistogram *h)             \
    {                                                                                  \
        const T *x = from;                                                             \
        int32_t counts[4][ADJ_BINS] = {{0}};                                           \
        for (int64_t i = 0; i < n; i++) {                                              \
            U bits;                                                                    \
            memcpy(&bits, &x[i], sizeof bits);                                         \
            const int exponent = (int)(bits >> DIGITS & ((1u << WIDTH) - 1));          \
            const bool zero = x[i] == 0;                                               \
            h->zeros += zero;                                                          \
            h->negative += x[i] < 0;                                                   \
            if (zero || exponent == (1 << WIDTH) - 1) continue;                        \
            int bin = exponent - BIAS - ADJ_LOG_LOW;                                   \
            bin = bin < 0 ? 0 : bin >= ADJ_BINS ? ADJ_BINS - 1 : bin;                  \
            counts[i & 3][bin]++;                                                      \
        }                                                                              \
        for (int k = 0; k < ADJ_BINS; k++)                                             \
            h->counts[k] += counts[0][k] + counts[1][k] + counts[2][k] + counts[3][k]; \
    }
LOG_BINS(f32, float, uint32_t, 23, 8, 127)
LOG_BINS(f64, double, uint64_t, 52, 11, 1023)

#define TABLE2(isa) adj_statistics_##isa
#define TABLE(isa) TABLE2(isa)
const AdjStatisticsTable TABLE(ADJ_ISA) = {.sums = {sums_f32, sums_f64},
                                           .log_bins = {log_f32, log_f64},
                                           .linear_bins = {linear_f32, linear_f64}};
