// SPDX-License-Identifier: Apache-2.0
// trend.c: where a curve is going. A straight line through the last points (least squares)
// decides: it improves when the line falls by more than its noise and more than a little of its
// size; it stalls when the line is flat; flat and quiet, far below where it began, it has
// converged. A value that is not finite, or ten times the mean of the points before it, means
// that it diverged.
#include "observe/series.h"

#include <math.h>

// The line's change over the window, as a share of the mean size, below which it is flat; the
// spread, likewise, below which a flat curve is quiet; and how much worse than the mean is
// lost.
static const double FLAT = 0.01, QUIET = 0.02, LOST = 10;

const char *adj_trend_name(AdjTrendState s)
{
    static const char *const names[] = {"new",       "improving", "stalled",
                                        "converged", "worsening", "diverged"};
    return names[s];
}

bool adj_series_is_larger_better(const char *name)
{
    static const char *const words[] = {"acc",   "f1",     "auc",  "precision", "recall",
                                        "score", "reward", "bleu", "iou",       "r2"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasestr(name, words[i])) return true;
    return false;
}

// Sums about the middle of the window: x from -(n-1)/2 to (n-1)/2.
static void fit(const AdjPoint *at, int n, AdjTrend *t)
{
    double sum = 0, squares = 0, along = 0, spread = 0;
    for (int i = 0; i < n; i++) sum += at[i].value;
    t->mean = sum / n;
    for (int i = 0; i < n; i++) {
        double x = i - (n - 1) / 2.0, d = at[i].value - t->mean;
        squares += d * d;
        along += x * d;
        spread += x * x;
    }
    t->std = n > 1 ? sqrt(squares / (n - 1)) : 0;
    t->slope = spread > 0 ? along / spread : 0;
}

// Noise around the line, as the error of the change it makes over the window.
static double noise(const AdjPoint *at, int n, const AdjTrend *t)
{
    double squares = 0, spread = 0;
    for (int i = 0; i < n; i++) {
        double x = i - (n - 1) / 2.0, d = at[i].value - t->mean - t->slope * x;
        squares += d * d;
        spread += x * x;
    }
    return n > 2 && spread > 0 ? sqrt(squares / (n - 2) / spread) * (n - 1) : 0;
}

static AdjTrendState judge(const AdjPoint *all, int n_all, const AdjPoint *at, bool larger,
                           const AdjTrend *t)
{
    double size = fabs(t->mean) > 1e-12 ? fabs(t->mean) : 1e-12;
    double change = t->slope * (t->n - 1) * (larger ? -1 : 1);
    if (!larger && n_all > ADJ_TREND_LEAST) {
        double before = 0;
        int n = t->n - 1;
        for (int i = 0; i < n; i++) before += fabs(at[i].value);
        if (fabs(t->last) > LOST * before / n) return ADJ_TREND_DIVERGED;
    }
    if (t->n < ADJ_TREND_LEAST) return ADJ_TREND_NEW;
    bool sure = fabs(change) > 2 * noise(at, t->n, t) && fabs(change) > FLAT * size;
    if (sure) return change < 0 ? ADJ_TREND_IMPROVING : ADJ_TREND_WORSENING;
    double far = fabs(all[0].value - t->mean);
    bool quiet = t->std < QUIET * (size > far ? size : far);
    bool came_down = larger ? t->mean > all[0].value : t->mean < all[0].value;
    return quiet && came_down && far > 5 * t->std && n_all > t->n ? ADJ_TREND_CONVERGED
                                                                  : ADJ_TREND_STALLED;
}

void adj_trend(const AdjPoint *all, int n_all, bool larger, AdjTrend *out)
{
    int n = n_all < ADJ_TREND_WINDOW ? n_all : ADJ_TREND_WINDOW;
    const AdjPoint *at = all + n_all - n;
    *out = (AdjTrend){.n = n, .state = ADJ_TREND_NEW};
    if (n == 0) return;
    out->last = at[n - 1].value;
    out->min = INFINITY;
    out->max = -INFINITY;
    bool finite = true;
    for (int i = 0; i < n; i++) {
        finite &= isfinite(at[i].value);
        if (at[i].value < out->min) out->min = at[i].value;
        if (at[i].value > out->max) out->max = at[i].value;
    }
    out->best = larger ? out->max : out->min;
    fit(at, n, out);
    if (!isfinite(out->last))
        out->state = ADJ_TREND_DIVERGED;
    else if (finite)
        out->state = judge(all, n_all, at, larger, out);
}
