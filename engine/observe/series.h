// SPDX-License-Identifier: Apache-2.0
// series.h: numbers by name over time, the points of live curves. Every backward pass leaves
// one under the name of its root, log() leaves more.
//
// A series keeps every point up to a bound; beyond it, older points become pairs, the smallest
// and the largest of each stretch, so memory is bounded and no peak disappears. Whoever wants
// to hear of points as they come (a run's file, an event file) is a listener.
#pragma once
#include "core/internal.h"

typedef struct AdjPoint {
    int64_t step;
    double time, value;  // seconds since 1970
    int64_t serial;      // among the points of all series, from 1
} AdjPoint;

typedef struct AdjSeries {
    const char *name;  // interned
    int64_t count;     // points logged, reduced ones too
    int64_t serial;    // of the newest point, among the points of all series
    int n, room;
    AdjPoint *at;
    double min, max;  // of the finite ones
} AdjSeries;

typedef void (*AdjScalarListener)(void *data, const AdjSeries *series, AdjPoint point);

enum { ADJ_SERIES_POINTS = 1 << 18, ADJ_LISTENERS = 8 };
typedef struct AdjSeriesList {
    bool on;  // backward passes leave points
    int64_t serial;
    int64_t base;  // steps before the series began
    int n, room;
    AdjSeries **at;
    struct {
        AdjScalarListener call;  // NULL: free
        void *data;
    } listeners[ADJ_LISTENERS];
} AdjSeriesList;

// Whether backward passes leave points on this thread.
ADJ_HIDDEN bool adj_scalars_watch(bool on);
static inline bool adj_scalars_watched(void)
{
    return adj_thread.watchers & ADJ_WATCH_SCALARS;
}
// Leaves a point; step < 0: the step that runs. False: no memory.
ADJ_HIDDEN bool adj_scalar_log(const char *name, double value, int64_t step);
ADJ_HIDDEN bool adj_scalar_listen(AdjScalarListener call, void *data);
ADJ_HIDDEN void adj_scalar_unlisten(AdjScalarListener call, void *data);
ADJ_HIDDEN AdjSeries *adj_series_find(const char *name);  // NULL when there is none
ADJ_HIDDEN AdjSeriesList *adj_series_all(void);           // NULL before the first point
ADJ_HIDDEN void adj_series_free(AdjSeriesList *l);
// Forgets the points of this thread: a new run begins, and steps count from 1 again.
ADJ_HIDDEN void adj_series_restart(void);
// Points [from, n) reduced to at most [most] in *out, which has room for that many: all, or the
// smallest and largest of equal stretches in their order. How many there are.
ADJ_HIDDEN int adj_points_reduce(const AdjPoint *from, int n, AdjPoint *out, int most);

// trend.c: where a series is going, by a straight line through its last points (least squares).
typedef enum AdjTrendState {
    ADJ_TREND_NEW,  // too few points to say
    ADJ_TREND_IMPROVING,
    ADJ_TREND_STALLED,
    ADJ_TREND_CONVERGED,
    ADJ_TREND_WORSENING,
    ADJ_TREND_DIVERGED,
} AdjTrendState;
enum { ADJ_TREND_WINDOW = 100, ADJ_TREND_LEAST = 10 };
typedef struct AdjTrend {
    int n;  // points looked at
    double last, mean, std, min, max, best;
    double slope;  // per point
    AdjTrendState state;
} AdjTrend;
// Smaller values count as better; [larger] turns that round (accuracies).
ADJ_HIDDEN void adj_trend(const AdjPoint *at, int n, bool larger, AdjTrend *out);
ADJ_HIDDEN const char *adj_trend_name(AdjTrendState s);
// Names that mean "more is better": accuracy, acc, f1, auc, precision, recall, score, reward.
ADJ_HIDDEN bool adj_series_is_larger_better(const char *name);
