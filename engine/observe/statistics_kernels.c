// SPDX-License-Identifier: Apache-2.0
// statistics_kernels.c: the loops of statistics and histograms, compiled once per instruction
// set.
//
// One pass gathers everything, in double precision. A quick pass takes sums of x and of x^2; it
// will do for a block whose elements are all finite and whose mean is not much larger than
// their spread. Any other block is read again: there, sums are of x - shift, where shift is the
// block's first finite element, so that a small spread around a large mean is not lost in the
// difference of two large numbers (Chan, Golub and LeVeque 1983), and what is not finite is
// left out. LANES running sums become vector registers and are joined in order, whatever their
// width.
#include "observe/statistics.h"

enum { LANES = 16 };
#define SIMD _Pragma("omp simd")

// One element for each of the first [width] lanes: quickly, and with care.
#define QUICK(T, width)                         \
    SIMD for (int l = 0; l < (int)(width); l++) \
    {                                           \
        const T v = x[i + l];                   \
        const double d = (double)v;             \
        sum[l] += d;                            \
        squares[l] += d * d;                    \
        least[l] = v < least[l] ? v : least[l]; \
        most[l] = v > most[l] ? v : most[l];    \
        zeros[l] += v == 0;                     \
    }
#define CAREFUL(T, LARGEST, width)                                               \
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
#define LANES_OF(T)                                \
    double sum[LANES] = {0}, squares[LANES] = {0}; \
    T least[LANES], most[LANES];                   \
    int32_t zeros[LANES] = {0};                    \
    for (int l = 0; l < LANES; l++) {              \
        least[l] = INFINITY;                       \
        most[l] = -INFINITY;                       \
    }
#define JOIN_LANES(l)                                             \
    out->sum += sum[l];                                           \
    out->squares += squares[l];                                   \
    out->zeros += zeros[l];                                       \
    if ((double)least[l] < out->min) out->min = (double)least[l]; \
    if ((double)most[l] > out->max) out->max = (double)most[l]

// Whether sums around zero are exact enough: the part of the squares that the mean makes up is
// taken from them, which costs as many digits as it has more than the rest. Comparisons with
// what is not finite are false.
static bool quick_will_do(const AdjBlockSums *b)
{
    const double spread = b->squares - b->sum * b->sum / b->count;
    return b->squares == 0 || (spread > 1e-4 * b->squares && b->squares < INFINITY);
}

#define SUMS(suffix, T, LARGEST)                                                      \
    static double shift_##suffix(const T *x, int64_t n)                               \
    {                                                                                 \
        for (int64_t i = 0; i < n; i++)                                               \
            if (x[i] >= -LARGEST && x[i] <= LARGEST) return (double)x[i];             \
        return 0;                                                                     \
    }                                                                                 \
    static void careful_##suffix(const T *x, int64_t n, AdjBlockSums *out)            \
    {                                                                                 \
        const double shift = shift_##suffix(x, n);                                    \
        double norm2[LANES] = {0};                                                    \
        int32_t finite[LANES] = {0}, nans[LANES] = {0};                               \
        LANES_OF(T)                                                                   \
        int64_t i = 0;                                                                \
        for (; i + LANES <= n; i += LANES) CAREFUL(T, LARGEST, LANES)                 \
        CAREFUL(T, LARGEST, n - i)                                                    \
        *out = (AdjBlockSums){.shift = shift, .min = INFINITY, .max = -INFINITY};     \
        for (int l = 0; l < LANES; l++) {                                             \
            JOIN_LANES(l);                                                            \
            out->norm2 += norm2[l];                                                   \
            out->count += finite[l];                                                  \
            out->nans += nans[l];                                                     \
        }                                                                             \
        out->infs = n - (int64_t)out->count - out->nans;                              \
    }                                                                                 \
    static void sums_##suffix(const void *from, int64_t n, AdjBlockSums *out)         \
    {                                                                                 \
        const T *x = from;                                                            \
        LANES_OF(T)                                                                   \
        int64_t i = 0;                                                                \
        for (; i + LANES <= n; i += LANES) QUICK(T, LANES)                            \
        QUICK(T, n - i)                                                               \
        *out = (AdjBlockSums){.count = (double)n, .min = INFINITY, .max = -INFINITY}; \
        for (int l = 0; l < LANES; l++) {                                             \
            JOIN_LANES(l);                                                            \
        }                                                                             \
        out->norm2 = out->squares;                                                    \
        if (!quick_will_do(out)) careful_##suffix(x, n, out);                         \
    }
SUMS(f32, float, 3.402823466e+38f)
SUMS(f64, double, 1.7976931348623157e308)

// Bins are found for a stretch of elements at once, which becomes vector instructions, and then
// counted. The elements of a stretch mostly fall into a few bins side by side: then each of
// these is compared with all of the stretch, many elements an instruction. Otherwise they are
// counted one by one, in eight sets of counters in turn: equal neighbours would otherwise wait
// for each other's store. NOWHERE gathers what belongs in no bin.
enum { STRETCH = 1024, NOWHERE = ADJ_BINS, SETS = 8, FEW = 24 };
typedef int8_t Octets __attribute__((vector_size(32)));
enum { PARTS = STRETCH / sizeof(Octets), WORDS = sizeof(Octets) / 8 };

// A lane meets at most PARTS elements, a sum of lanes fits an octet, and of those, 16 bits.
_Static_assert(PARTS *WORDS < 256, "octets overflow");
static int64_t how_many(const Octets *bins, int bin)
{
    Octets lanes = {0};
    const Octets each = lanes + (int8_t)bin;
    for (int i = 0; i < PARTS; i++) lanes -= bins[i] == each;
    uint64_t words[WORDS], sum = 0;
    memcpy(words, &lanes, sizeof words);
    for (int k = 0; k < WORDS; k++) sum += words[k];
    sum = (sum & 0x00ff00ff00ff00ff) + (sum >> 8 & 0x00ff00ff00ff00ff);
    return (int64_t)(sum * 0x0001000100010001 >> 48);
}

// The first and the last bin that occur; the last is below the first when none does.
static void extent(const Octets *bins, int *first, int *last)
{
    const Octets zero = {0}, nowhere = zero + NOWHERE;
    Octets low = nowhere, high = zero - 1;
    for (int i = 0; i < PARTS; i++) {
        const Octets here = bins[i] | (bins[i] == nowhere),
                     less = bins[i]<low, more = here> high;
        low = (bins[i] & less) | (low & ~less);
        high = (here & more) | (high & ~more);
    }
    *first = NOWHERE;
    *last = -1;
    for (size_t l = 0; l < sizeof(Octets); l++) {
        *first = low[l] < *first ? low[l] : *first;
        *last = high[l] > *last ? high[l] : *last;
    }
}

static void count_singly(const Octets *from, AdjHistogram *h)
{
    uint32_t sets[SETS][ADJ_BINS + 1] = {{0}};
    const char *bins = (const char *)from;
    for (int i = 0; i < STRETCH; i += SETS) {
        uint64_t eight;  // one load for all of them
        memcpy(&eight, bins + i, sizeof eight);
        for (int k = 0; k < SETS; k++) sets[k][eight >> 8 * k & 255]++;
    }
    for (int set = 0; set < SETS; set++)
        for (int k = 0; k < ADJ_BINS; k++) h->counts[k] += sets[set][k];
}

static void count(const Octets *bins, AdjHistogram *h)
{
    int first, last;
    extent(bins, &first, &last);
    if (last - first >= FEW)
        count_singly(bins, h);
    else
        for (int k = first; k <= last; k++) h->counts[k] += how_many(bins, k);
}

// The exponent stands in the element's own bits, so finding a logarithmic bin takes no
// logarithm. Less one, sizes of zero wrap round to the largest and join those that are not
// finite.
#define BINS(suffix, T, U, S, DIGITS, WIDTH, BIAS)                                       \
    static void log_##suffix(const void *from, int64_t n, AdjHistogram *h)               \
    {                                                                                    \
        Octets bins[PARTS];                                                              \
        const U endless = (((U)1 << WIDTH) - 1) << DIGITS;                               \
        for (int64_t at = 0; at < n; at += STRETCH) {                                    \
            const U *restrict x = (const U *)from + at;                                  \
            const int m = n - at < STRETCH ? (int)(n - at) : STRETCH;                    \
            int8_t *restrict to = (int8_t *)bins;                                        \
            int32_t zeros = 0, negative = 0;                                             \
            memset(to + m, NOWHERE, (size_t)(STRETCH - m));                              \
            SIMD for (int i = 0; i < m; i++)                                             \
            {                                                                            \
                const U size = x[i] << 1 >> 1;                                           \
                S bin = (S)(size >> DIGITS) - (BIAS + ADJ_LOG_LOW);                      \
                bin = bin < 0 ? 0 : bin;                                                 \
                bin = bin > ADJ_BINS - 1 ? ADJ_BINS - 1 : bin;                           \
                const S none = size - 1 >= endless - 1;                                  \
                to[i] = (int8_t)(none ? NOWHERE : bin);                                  \
                zeros += size == 0;                                                      \
                negative += (int32_t)(x[i] >> (DIGITS + WIDTH)) & !none;                 \
            }                                                                            \
            count(bins, h);                                                              \
            h->zeros += zeros;                                                           \
            h->negative += negative;                                                     \
        }                                                                                \
    }                                                                                    \
    static void linear_##suffix(const void *from, int64_t n, AdjHistogram *h)            \
    {                                                                                    \
        Octets bins[PARTS];                                                              \
        const double width = h->high - h->low, scale = width > 0 ? ADJ_BINS / width : 0; \
        const double low = h->low, high = h->high;                                       \
        for (int64_t at = 0; at < n; at += STRETCH) {                                    \
            const T *restrict x = (const T *)from + at;                                  \
            const int m = n - at < STRETCH ? (int)(n - at) : STRETCH;                    \
            int8_t *restrict to = (int8_t *)bins;                                        \
            int32_t zeros = 0, negative = 0;                                             \
            memset(to + m, NOWHERE, (size_t)(STRETCH - m));                              \
            SIMD for (int i = 0; i < m; i++)                                             \
            {                                                                            \
                const double v = (double)x[i];                                           \
                const bool in = v >= low && v <= high;                                   \
                int32_t bin = (int32_t)((in ? v - low : 0) * scale);                     \
                bin = bin > ADJ_BINS - 1 ? ADJ_BINS - 1 : bin;                           \
                to[i] = (int8_t)(in ? bin : NOWHERE);                                    \
                zeros += v == 0;                                                         \
                negative += v < 0;                                                       \
            }                                                                            \
            count(bins, h);                                                              \
            h->zeros += zeros;                                                           \
            h->negative += negative;                                                     \
        }                                                                                \
    }
BINS(f32, float, uint32_t, int32_t, 23, 8, 127)
BINS(f64, double, uint64_t, int64_t, 52, 11, 1023)

#define TABLE2(isa) adj_statistics_##isa
#define TABLE(isa) TABLE2(isa)
const AdjStatisticsTable TABLE(ADJ_ISA) = {.sums = {sums_f32, sums_f64},
                                           .log_bins = {log_f32, log_f64},
                                           .linear_bins = {linear_f32, linear_f64}};
