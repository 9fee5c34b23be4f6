// SPDX-License-Identifier: Apache-2.0
// path.h: the way that parameters took: their state before and after updates, as many as fit a
// bound on memory. When the room is full every second point is let go and from then on only
// every second update is taken, so the points stay spread over all of the way.
//
// Beyond the first ones, taking points is kept to a sixtieth of the time.
#pragma once
#include "core/internal.h"

struct AdjOptimizer;

typedef struct AdjPathPoint {
    int64_t step;
    double loss, rate;     // of the update; NaN: not known
    char *before, *after;  // states, one after the other in one block
} AdjPathPoint;

typedef struct AdjPath {
    bool on;            // updates are taken
    bool any;           // of whatever parameters an optimizer updates
    size_t limit;       // bytes
    AdjTensors params;  // kept; none while nothing is updated yet
    size_t bytes;       // of one state
    int n, room;
    int64_t stride, seen;  // every stride-th update; updates so far
    AdjPathPoint *at;      // n, ascending in step
    // While an update runs:
    bool taking;
    double began, due;
    // Compared, never followed: the optimizer of the last update and its first parameter, in
    // case another one came to lie at its place.
    const struct AdjOptimizer *known;
    const AdjTensor *known_first;
    bool moves;  // whether that one moves these parameters
} AdjPath;

// Follows [params] from now on, within [limit] bytes; no parameters: those that are updated
// next, and others when others are. The way so far is kept while they are the same. False: they
// do not fit, or there is no memory.
ADJ_HIDDEN bool adj_path_start(AdjTensors params, size_t limit);
ADJ_HIDDEN void adj_path_stop(void);       // takes no more; what was taken stays
ADJ_HIDDEN void adj_path_forget(void);     // lets all of it go
ADJ_HIDDEN const AdjPath *adj_path(void);  // this thread's, NULL: there is none
// Parameter [i] of a state, of the scope.
ADJ_HIDDEN AdjTensor *adj_path_tensor(const AdjPath *p, const char *state, int i);

// Around an optimizer's update (record.c).
ADJ_HIDDEN void adj_path_update(AdjPath *p, struct AdjOptimizer *o);
ADJ_HIDDEN void adj_path_updated(AdjPath *p, struct AdjOptimizer *o, int64_t step, double loss);
