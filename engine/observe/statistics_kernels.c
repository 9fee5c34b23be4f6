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
#define SUMS(suffix, T, LARGEST)                                                  \
    static double shift_##suffix(const T *x, int64_t n)                           \
    {                                                                             \
        for (int64_t i = 0; i < n; i++)                                           \
            if (x[i] >= -LARGEST && x[i] <= LARGEST) return (double)x[i];         \
        return 0;                                                                 \
    }                                                                             \
    static void sums_##suffix(const void *from, int64_t n, AdjBlockSums *out)     \
    {                                                                             \
        const T *x = from;                                                        \
        const double shift = shift_##suffix(x, n);                                \
        double sum[LANES] = {0}, squares[LANES] = {0}, norm2[LANES] = {0};        \
        T least[LANES], most[LANES];                                              \
        int32_t finite[LANES] = {0}, zeros[LANES] = {0}, nans[LANES] = {0};       \
        for (int l = 0; l < LANES; l++) {                                         \
            least[l] = INFINITY;                                                  \
            most[l] = -INFINITY;                                                  \
        }                                                                         \
        int64_t i = 0;                                                            \
        for (; i + LANES <= n; i += LANES) STEP(T, LARGEST, LANES)                \
        STEP(T, LARGEST, n - i)                                                   \
        *out = (AdjBlockSums){.shift = shift, .min = INFINITY, .max = -INFINITY}; \
        for (int l = 0; l < LANES; l++) {                                         \
            out->sum += sum[l];                                                   \
            out->squares += squares[l];                                           \
            out->norm2 += norm2[l];                                               \
            out->count += finite[l];                                              \
            out->zeros += zeros[l];                                               \
            out->nans += nans[l];                                                 \
            if ((double)least[l] < out->min) out->min = (double)least[l];         \
            if ((double)most[l] > out->max) out->max = (double)most[l];           \
        }                                                                         \
        out->infs = n - (int64_t)out->count - out->nans;                          \
    }
SUMS(f32, float, 3.402823466e+38f)
SUMS(f64, double, 1.7976931348623157e308)

// Bins are found for a stretch of elements at once, which becomes vector instructions, and then
// counted one by one, in eight sets of counters in turn: equal neighbours would otherwise wait
// for each other's store. NOWHERE gathers what belongs in no bin.
enum { STRETCH = 1024, NOWHERE = ADJ_BINS, SETS = 8 };

static void count(const uint8_t *bins, int64_t n, uint32_t sets[SETS][ADJ_BINS + 1])
{
    int64_t i = 0;
    for (; i + SETS <= n; i += SETS) {
        uint64_t eight;  // one load for all of them
        memcpy(&eight, bins + i, sizeof eight);
        for (int k = 0; k < SETS; k++) sets[k][eight >> 8 * k & 255]++;
    }
    for (; i < n; i++) sets[0][bins[i]]++;
}

static void gather(uint32_t sets[SETS][ADJ_BINS + 1], AdjHistogram *h)
{
    for (int set = 0; set < SETS; set++)
        for (int k = 0; k < ADJ_BINS; k++) h->counts[k] += sets[set][k];
}

// The exponent stands in the element's own bits, so finding a logarithmic bin takes no
// logarithm.
#define BINS(suffix, T, U, S, DIGITS, WIDTH, BIAS)                                           \
    static void log_##suffix(const void *from, int64_t n, AdjHistogram *h)                   \
    {                                                                                        \
        uint32_t sets[SETS][ADJ_BINS + 1] = {{0}};                                           \
        uint8_t bins[STRETCH];                                                               \
        for (int64_t at = 0; at < n; at += STRETCH) {                                        \
            const U *restrict x = (const U *)from + at;                                      \
            const int m = n - at < STRETCH ? (int)(n - at) : STRETCH;                        \
            int32_t zeros = 0, negative = 0;                                                 \
            SIMD for (int i = 0; i < m; i++)                                                 \
            {                                                                                \
                const U size = x[i] << 1 >> 1;                                               \
                const S exponent = (S)(size >> DIGITS);                                      \
                S bin = exponent - (BIAS + ADJ_LOG_LOW);                                     \
                bin = bin < 0 ? 0 : bin;                                                     \
                bin = bin > ADJ_BINS - 1 ? ADJ_BINS - 1 : bin;                               \
                const S none = (size == 0) | (exponent == ((S)1 << WIDTH) - 1);              \
                bins[i] = (uint8_t)(none ? NOWHERE : bin);                                   \
                zeros += size == 0;                                                          \
                negative += (size != x[i]) & (size != 0) & (exponent < ((S)1 << WIDTH) - 1); \
            }                                                                                \
            count(bins, m, sets);                                                            \
            h->zeros += zeros;                                                               \
            h->negative += negative;                                                         \
        }                                                                                    \
        gather(sets, h);                                                                     \
    }                                                                                        \
    static void linear_##suffix(const void *from, int64_t n, AdjHistogram *h)                \
    {                                                                                        \
        uint32_t sets[SETS][ADJ_BINS + 1] = {{0}};                                           \
        uint8_t bins[STRETCH];                                                               \
        const double width = h->high - h->low, scale = width > 0 ? ADJ_BINS / width : 0;     \
        const double low = h->low, high = h->high;                                           \
        for (int64_t at = 0; at < n; at += STRETCH) {                                        \
            const T *restrict x = (const T *)from + at;                                      \
            const int m = n - at < STRETCH ? (int)(n - at) : STRETCH;                        \
            int32_t zeros = 0, negative = 0;                                                 \
            SIMD for (int i = 0; i < m; i++)                                                 \
            {                                                                                \
                const double v = (double)x[i];                                               \
                const bool in = v >= low && v <= high;                                       \
                int32_t bin = (int32_t)((in ? v - low : 0) * scale);                         \
                bin = bin > ADJ_BINS - 1 ? ADJ_BINS - 1 : bin;                               \
                bins[i] = (uint8_t)(in ? bin : NOWHERE);                                     \
                zeros += v == 0;                                                             \
                negative += v < 0;                                                           \
            }                                                                                \
            count(bins, m, sets);                                                            \
            h->zeros += zeros;                                                               \
            h->negative += negative;                                                         \
        }                                                                                    \
        gather(sets, h);                                                                     \
    }
BINS(f32, float, uint32_t, int32_t, 23, 8, 127)
BINS(f64, double, uint64_t, int64_t, 52, 11, 1023)

#define TABLE2(isa) adj_statistics_##isa
#define TABLE(isa) TABLE2(isa)
const AdjStatisticsTable TABLE(ADJ_ISA) = {.sums = {sums_f32, sums_f64},
                                           .log_bins = {log_f32, log_f64},
                                           .linear_bins = {linear_f32, linear_f64}};
