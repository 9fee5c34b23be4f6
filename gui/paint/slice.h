// SPDX-License-Identifier: Apache-2.0
//
// The loss around a point of the parameters' way: cut along the gradient with the tangent and
// the step that was taken; and as a map of two directions with the way on it.
#pragma once

#include "pen.h"

#include "plot/paint/paint.h"

typedef struct AdjUiCut {
    const double *x;                 // lengths, 1: that of the step taken
    const double *downhill, *along;  // the loss against the gradient, and along the step
    int count;
    double loss, slope;  // at 0; of [downhill]
    double rate;         // of the step taken, NaN: not known
    bool taken;          // the program took that step
    bool bends;          // the step does not go against the gradient
    double at, landed;   // a step of this length, and the loss there; NaN
} AdjUiCut;

// Paints into width x height pixels. [placed] gets where the curves lie, in pixels; or NULL.
void adj_ui_paint_cut(cairo_t *cr, const AdjUiTheme *theme, const AdjUiCut *c, double width,
                      double height, AdjPlaced *placed);

typedef struct AdjUiMap {
    int rows, columns;
    const double *values;              // row after row, bottom first; NaN: not known yet
    const double *at_row, *at_column;  // places along the two directions
    const char *row_axis, *column_axis;
    bool log_levels;
    const double *path_x, *path_y;  // the way, oldest first
    int path;
    int centre;             // the point of it that is the middle, -1: none
    double step_x, step_y;  // where the step lands
    double landed;          // the loss there, NaN: not known
} AdjUiMap;

void adj_ui_paint_map(cairo_t *cr, const AdjUiTheme *theme, const AdjUiMap *m, double width,
                      double height, AdjPlaced *placed);
