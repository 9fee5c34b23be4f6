// SPDX-License-Identifier: Apache-2.0
// statistics.c: see statistics.h. Blocks are reduced on the threads and joined in order, by the
// formula for the mean and variance of two samples together (Chan, Golub and LeVeque 1983).
#include "observe/statistics.h"

#include "cpu/isa.h"
#include "cpu/parallel.h"

#include <math.h>
#include <stdlib.h>

static const AdjStatisticsTable *table(void)
{
#if defined(__x86_64__)
    AdjIsa isa = adj_isa();
    if (isa == ADJ_ISA_AVX512) return &adj_statistics_avx512;
    if (isa == ADJ_ISA_AVX2) return &adj_statistics_avx2;
#endif
    return &adj_statistics_base;
}

AdjQuiet adj_quiet_begin(void)
{
    AdjThread *t = &adj_thread;
    AdjQuiet q = {t->no_grad, t->anomaly, t->watchers, t->op};
    t->no_grad = true;
    t->anomaly = false;
    t->watchers = 0;
    return q;
}

void adj_quiet_end(AdjQuiet *q)
{
    AdjThread *t = &adj_thread;
    t->no_grad = q->no_grad;
    t->anomaly = q->anomaly;
    t->watchers = q->watchers;
    t->op = q->op;
}

// [t] as f32 or f64 elements that lie side by side: itself when it is so already.
static AdjTensor *dense(AdjTensor *t)
{
    if (t->dtype != ADJ_F32 && t->dtype != ADJ_F64)
        t = adj_to(t, adj_is_half(t) ? ADJ_F32 : ADJ_F64);
    return adj_contiguous(t);
}

typedef struct {
    const AdjTensor *t;
    void (*body)(const void *x, int64_t n, AdjBlockSums *out);
    AdjBlockSums *out;
} Sums;

static void sum_block(int64_t i, const void *arg)
{
    const Sums *s = arg;
    int64_t from = i * ADJ_BLOCK, left = s->t->numel - from;
    const char *x = adj_ptr(s->t) + from * (int64_t)adj_dtype_size((AdjDtype)s->t->dtype);
    s->body(x, left < ADJ_BLOCK ? left : ADJ_BLOCK, &s->out[i]);
}

// The mean and the sum of squared distances from it, of what came before and one more block.
static void join(const AdjBlockSums *b, double *n, double *mean, double *distances)
{
    if (b->count == 0) return;
    double block_mean = b->shift + b->sum / b->count;
    double block = b->squares - b->sum * b->sum / b->count;
    double total = *n + b->count, apart = block_mean - *mean;
    *distances += (block > 0 ? block : 0) + apart * apart * *n * b->count / total;
    *mean += apart * b->count / total;
    *n = total;
}

static void finish(const AdjBlockSums *b, int64_t blocks, AdjStatistics *out)
{
    double n = 0, mean = 0, distances = 0, norm2 = 0, min = INFINITY, max = -INFINITY;
    for (int64_t i = 0; i < blocks; i++) {
        join(&b[i], &n, &mean, &distances);
        norm2 += b[i].norm2;
        if (b[i].min < min) min = b[i].min;
        if (b[i].max > max) max = b[i].max;
        out->zeros += b[i].zeros;
        out->nans += b[i].nans;
        out->infs += b[i].infs;
    }
    if (n == 0) return;
    out->mean = mean;
    out->std = n > 1 ? sqrt(distances / (n - 1)) : 0;
    out->min = min;
    out->max = max;
    out->norm = sqrt(norm2);
}

bool adj_statistics(AdjTensor *t, AdjStatistics *out)
{
    *out = (AdjStatistics){0};
    if (!t) return false;
    ADJ_SCOPE;
    ADJ_QUIET;
    out->count = t->numel;
    if (t->numel == 0) return true;
    AdjTensor *x = dense(t);
    int64_t blocks = (t->numel + ADJ_BLOCK - 1) / ADJ_BLOCK;
    AdjBlockSums one, *all = &one;
    if (blocks > 1) all = adj_scope_memory((size_t)blocks * sizeof *all);
    if (!x || !all) return false;
    Sums s = {x, table()->sums[x->dtype == ADJ_F64], all};
    adj_each_piece(blocks, x->numel, sum_block, &s);
    finish(all, blocks, out);
    return true;
}

// ---------------------------------------------------------------- histograms

typedef struct {
    const AdjTensor *t;
    void (*body)(const void *x, int64_t n, AdjHistogram *h);
    AdjHistogram *out;  // one for each share
    int64_t share;      // elements, a multiple of ADJ_BLOCK
} Bins;

static void count_share(int64_t i, const void *arg)
{
    const Bins *b = arg;
    int64_t size = (int64_t)adj_dtype_size((AdjDtype)b->t->dtype);
    int64_t from = i * b->share, end = from + b->share;
    if (end > b->t->numel) end = b->t->numel;
    for (; from < end; from += ADJ_BLOCK) {
        int64_t n = end - from < ADJ_BLOCK ? end - from : ADJ_BLOCK;
        b->body(adj_ptr(b->t) + from * size, n, &b->out[i]);
    }
}

static bool count(AdjTensor *x, AdjHistogram *out)
{
    enum { SHARES = 16 };
    const AdjStatisticsTable *loops = table();
    bool wide = x->dtype == ADJ_F64;
    Bins b = {x, out->scale == ADJ_BINS_LOG ? loops->log_bins[wide] : loops->linear_bins[wide],
              out, x->numel};
    if (x->numel < ADJ_PARALLEL_FROM) {
        count_share(0, &b);
        return true;
    }
    AdjHistogram *each = adj_scope_memory(SHARES * sizeof *each);
    if (!each) return false;
    for (int i = 0; i < SHARES; i++) each[i] = *out;
    int64_t blocks = (x->numel + ADJ_BLOCK - 1) / ADJ_BLOCK;
    b.out = each;
    b.share = (blocks + SHARES - 1) / SHARES * ADJ_BLOCK;
    adj_each_piece(SHARES, x->numel, count_share, &b);
    for (int i = 0; i < SHARES; i++) {
        out->zeros += each[i].zeros;
        out->negative += each[i].negative;
        for (int k = 0; k < ADJ_BINS; k++) out->counts[k] += each[i].counts[k];
    }
    return true;
}

bool adj_histogram(AdjTensor *t, AdjBinScale scale, const AdjStatistics *range,
                   AdjHistogram *out)
{
    *out = (AdjHistogram){.scale = scale, .low = ADJ_LOG_LOW, .high = ADJ_LOG_LOW + ADJ_BINS};
    AdjStatistics own;
    if (!t) return false;
    if (scale == ADJ_BINS_LINEAR) {
        if (!range && !adj_statistics(t, &own)) return false;
        out->low = range ? range->min : own.min;
        out->high = range ? range->max : own.max;
    }
    ADJ_SCOPE;
    ADJ_QUIET;
    AdjTensor *x = t->numel ? dense(t) : t;
    return x && (x->numel == 0 || count(x, out));
}
