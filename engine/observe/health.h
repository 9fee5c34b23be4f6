// SPDX-License-Identifier: Apache-2.0
// health.h: what is wrong with a training run, and where. A monitor follows activations,
// gradients and updates over the steps that it looks at; findings are judged against the
// thresholds below, each with a likely cause and a remedy.
#pragma once
#include "observe/series.h"
#include "observe/watch.h"

typedef enum AdjHealthKind {
    ADJ_H_NAN,
    ADJ_H_EXPLODING,
    ADJ_H_VANISHING,
    ADJ_H_DEAD,
    ADJ_H_SATURATED,
    ADJ_H_UPDATE_RATIO,
    ADJ_H_DIVERGENCE,
    ADJ_H_STAGNATION,
    ADJ_H_KINDS,
} AdjHealthKind;
typedef enum AdjHealthLevel { ADJ_H_INFO, ADJ_H_WARNING, ADJ_H_CRITICAL } AdjHealthLevel;

typedef struct AdjHealthRow {
    const char *name;  // "exploding"
    AdjHealthLevel level;
    double limit;
    int lasting;  // looks in a row before it counts
    const char *cause, *remedy;
} AdjHealthRow;
ADJ_HIDDEN extern const AdjHealthRow adj_health_rows[ADJ_H_KINDS];
ADJ_HIDDEN extern const char *const adj_health_levels[];
enum { ADJ_HEALTH_WINDOW = 50 };  // looks for which a unit must stay silent to be dead

typedef struct AdjFinding {
    AdjHealthKind kind;
    const char *path;  // interned: of the module, the parameter or the series
    double value;      // what was measured
    char text[160];    // "62 % of its units were zero ..."
    AdjPlace place;    // of nan: the first operation that made one; source 0: unknown
} AdjFinding;

// Starts following this thread's steps, at most [rate] looks a second (0: every step); NULL or
// false ends it. What was gathered stays until the next start.
ADJ_HIDDEN bool adj_health_watch(const char *path, double rate);
ADJ_HIDDEN bool adj_health_watched(void);
// The findings now, worst first, at most [most]; how many. Series and the record of the last
// step are judged too.
ADJ_HIDDEN int adj_health_findings(AdjFinding *out, int most);
// Single judgements, for whoever has the numbers: true when the limit is passed.
ADJ_HIDDEN bool adj_health_judge(AdjHealthKind kind, double value);
// The share of units (elements of one sample) of [y], a batch, that are zero for every sample;
// and of elements that lie at the ends of a saturating function's range.
ADJ_HIDDEN double adj_dead_share(AdjTensor *y, uint8_t *alive, int64_t units);
ADJ_HIDDEN double adj_saturated_share(AdjTensor *y, double low, double high);
