// SPDX-License-Identifier: Apache-2.0
//
// Two runs in lockstep: their losses, and below them how far apart the results of each
// operation are at each step, as a field of steps by operations.
#pragma once

#include "pen.h"

typedef struct AdjUiLockstep {
    const double (*roots)[2];     // of each step: as it was, and with the change
    const float *const *differs;  // of each step: for every operation, a share; NaN: unknown
    int64_t from;                 // the first step
    int steps, operations;
    int first_step, first_operation;  // of the first difference, counted from [from]; -1: none
    int chosen;                       // the step that is looked at, -1: none
    const char *names[2];             // of the runs
} AdjUiLockstep;

// A difference as a share in [0, 1]: from none, or less than 1e-8, to as large as the values.
double adj_ui_difference_heat(double difference);

void adj_ui_paint_lockstep(cairo_t *cr, const AdjUiTheme *theme, const AdjUiLockstep *l,
                           double width, double height);

// The step and the operation at a place; -1: none there.
int adj_ui_lockstep_step_at(const AdjUiLockstep *l, double width, double x);
int adj_ui_lockstep_operation_at(const AdjUiLockstep *l, double height, double y);
