// SPDX-License-Identifier: Apache-2.0
// observe.h: what a thread's observers share. Nothing here exists until somebody observes, and
// while nobody does, the engine pays one predictable test for each operation (AdjThread.
// watchers).
#pragma once
#include "observe/health.h"
#include "observe/path.h"
#include "observe/record.h"
#include "observe/series.h"
#include "observe/watch.h"

typedef struct AdjObserver {
    AdjRecorder recorder;
    AdjSeriesList series;
    AdjWatches watches;
    AdjPath *path;  // owned; NULL: nobody follows one
} AdjObserver;

// This thread's; made at first use. NULL and an error without memory.
ADJ_HIDDEN AdjObserver *adj_observer(void);
ADJ_HIDDEN void adj_observer_free(void);
// Sets the watchers by what is being observed now.
ADJ_HIDDEN void adj_observe_arm(AdjObserver *o);
