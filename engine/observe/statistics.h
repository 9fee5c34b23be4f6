// SPDX-License-Identifier: Apache-2.0
// statistics.h: a tensor in a few numbers: its statistics, a histogram, a picture of bounded
// size. What observers are given of a value that they do not keep.
//
// All of them read any element type and any strides, leave no trace on the tape, and give the
// same bits for the same tensor whatever the number of threads: elements are reduced block by
// block, and the blocks are joined in order.
#pragma once
#include "core/internal.h"

// Mean to norm leave out what is not finite; a tensor without a finite element has zeros there.
typedef struct AdjStatistics {
    int64_t count, zeros, nans, infs;
    double mean, std;  // std divides by the number of finite elements - 1; 0 for a single one
    double min, max, norm;
} AdjStatistics;

// False, with an error, only without memory.
ADJ_HIDDEN bool adj_statistics(AdjTensor *t, AdjStatistics *out);

enum { ADJ_BINS = 64, ADJ_LOG_LOW = -40 };

// LINEAR: [low, high] in equal parts. LOG: bin k counts 2^(k + ADJ_LOG_LOW) <= |x| < twice
// that, the first and the last bin all beyond; zeros are counted apart. What is not finite is
// in no bin.
typedef enum AdjBinScale { ADJ_BINS_LINEAR, ADJ_BINS_LOG } AdjBinScale;
typedef struct AdjHistogram {
    AdjBinScale scale;
    double low, high;  // LOG: the exponents of the first bin's and the last bin's end
    int64_t zeros, negative;
    int64_t counts[ADJ_BINS];
} AdjHistogram;

// A linear histogram needs to know the range: that of [range], or when it is NULL, of a pass of
// its own.
ADJ_HIDDEN bool adj_histogram(AdjTensor *t, AdjBinScale scale, const AdjStatistics *range,
                              AdjHistogram *out);

// The last two axes of [t], at [at] (one index for each axis before them, clamped to its size;
// NULL: zeros), reduced to at most [rows] x [columns] pixels, each the mean of what it covers.
// A tensor of one axis is one row.
typedef struct AdjImage {
    int64_t rows, columns, of[2];
    int n_at;
    int64_t at[ADJ_MAX_DIMS];
    double low, high;  // of the pixels that are finite
    float *pixels;     // (rows, columns); memory of the current scope
} AdjImage;
ADJ_HIDDEN bool adj_image(AdjTensor *t, int64_t rows, int64_t columns, const int64_t *at,
                          int n_at, AdjImage *out);

// The slice that an image or a window of numbers shows, as a tensor of two axes of f64.
ADJ_HIDDEN AdjTensor *adj_slice_shown(AdjTensor *t, const int64_t *at, int n_at,
                                      AdjImage *where);

// Runs what follows unseen by tape, traces and observers, until the block is left.
typedef struct AdjQuiet {
    bool no_grad, anomaly;
    int watchers;
    const AdjOp *op;
} AdjQuiet;
ADJ_HIDDEN AdjQuiet adj_quiet_begin(void);
ADJ_HIDDEN void adj_quiet_end(AdjQuiet *q);
#define ADJ_QUIET \
    __attribute__((cleanup(adj_quiet_end), unused)) AdjQuiet adj_quiet = adj_quiet_begin()

// The loops, for each instruction set: a block of at most ADJ_BLOCK elements that lie side by
// side, f32 or f64.
enum { ADJ_BLOCK = 8192 };
typedef struct AdjBlockSums {
    double count, shift, sum, squares, norm2;  // finite elements: how many, sum and squares of
                                               // x - shift, and of x
    double min, max;
    int64_t zeros, nans, infs;
} AdjBlockSums;
typedef struct AdjStatisticsTable {
    void (*sums[2])(const void *x, int64_t n, AdjBlockSums *out);
    void (*log_bins[2])(const void *x, int64_t n, AdjHistogram *h);
    void (*linear_bins[2])(const void *x, int64_t n, AdjHistogram *h);
} AdjStatisticsTable;
ADJ_HIDDEN extern const AdjStatisticsTable adj_statistics_base, adj_statistics_avx2,
    adj_statistics_avx512;
