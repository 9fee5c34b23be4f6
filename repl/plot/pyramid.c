// SPDX-License-Identifier: Apache-2.0
// pyramid.c: least and greatest of blocks of 16, 256, 4096 ... numbers. A stretch is the ends
// read one by one and whole blocks between, level by level: at most 30 readings a level, so a
// line of 10^7 points answers for 1000 columns of pixels in well under a millisecond.
#include "plot/figure.h"

#include <math.h>
#include <stdlib.h>

enum { FACTOR = 16, MAX_LEVELS = 16 };

struct AdjPyramid {
    const double *y;
    int64_t n;
    int levels;
    double *low[MAX_LEVELS], *high[MAX_LEVELS];  // of blocks of FACTOR^(level + 1)
};

// fmin and fmax pass a NaN by, which is what a gap is to a range.
static bool build_level(AdjPyramid *p, int level, int64_t blocks, int64_t below)
{
    double *low = malloc((size_t)blocks * sizeof *low);
    double *high = malloc((size_t)blocks * sizeof *high);
    p->low[level] = low;
    p->high[level] = high;
    p->levels = level + 1;
    if (!low || !high) return false;
    const double *from_low = level ? p->low[level - 1] : p->y;
    const double *from_high = level ? p->high[level - 1] : p->y;
    for (int64_t b = 0; b < blocks; b++) {
        double least = NAN, greatest = NAN;
        int64_t end = (b + 1) * FACTOR < below ? (b + 1) * FACTOR : below;
        for (int64_t i = b * FACTOR; i < end; i++) {
            if (isfinite(from_low[i])) least = fmin(least, from_low[i]);
            if (isfinite(from_high[i])) greatest = fmax(greatest, from_high[i]);
        }
        low[b] = least;
        high[b] = greatest;
    }
    return true;
}

AdjPyramid *adj_pyramid_new(const double *y, int64_t n)
{
    AdjPyramid *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->y = y;
    p->n = n;
    int64_t below = n;
    for (int level = 0; level < MAX_LEVELS && below > FACTOR; level++) {
        int64_t blocks = (below + FACTOR - 1) / FACTOR;
        if (!build_level(p, level, blocks, below)) return adj_pyramid_free(p), NULL;
        below = blocks;
    }
    return p;
}

void adj_pyramid_free(AdjPyramid *p)
{
    if (!p) return;
    for (int i = 0; i < p->levels; i++) {
        free(p->low[i]);
        free(p->high[i]);
    }
    free(p);
}

static void read_some(const double *low, const double *high, int64_t from, int64_t to,
                      double *least, double *greatest)
{
    for (int64_t i = from; i < to; i++) {
        if (isfinite(low[i])) *least = fmin(*least, low[i]);
        if (isfinite(high[i])) *greatest = fmax(*greatest, high[i]);
    }
}

bool adj_pyramid_range(const AdjPyramid *p, int64_t from, int64_t to, double *low, double *high)
{
    double least = NAN, greatest = NAN;
    if (from < 0) from = 0;
    if (to > p->n) to = p->n;
    for (int level = -1; from < to; level++) {
        const double *lows = level < 0 ? p->y : p->low[level];
        const double *highs = level < 0 ? p->y : p->high[level];
        int64_t first = (from + FACTOR - 1) / FACTOR, last = to / FACTOR;
        if (level + 1 >= p->levels || first >= last) {
            read_some(lows, highs, from, to, &least, &greatest);
            break;
        }
        read_some(lows, highs, from, first * FACTOR, &least, &greatest);
        read_some(lows, highs, last * FACTOR, to, &least, &greatest);
        from = first;
        to = last;
    }
    *low = least;
    *high = greatest;
    return isfinite(least);
}
