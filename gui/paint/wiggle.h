// SPDX-License-Identifier: Apache-2.0
//
// A loss as a function of one element, beside the tangent that its derivative promises; and how
// far apart the two are, on logarithmic axes, where a right derivative shows the slope 2.
#pragma once

#include "pen.h"

#include "plot/paint/paint.h"

typedef struct AdjUiWiggle {
    const char *name;           // "net.0.weight[0, 1]"
    double at, loss, gradient;  // where the element is
    const double *x, *y;        // the loss at other values, ascending
    int count;
    double tried, tried_loss;     // what is being tried; NaN: nothing, or not known yet
    const double *distance;       // from [at], ascending
    const double *above, *below;  // the error of the tangent on either side; NaN: not known
    int errors;
} AdjUiWiggle;

// Paints into width x height pixels. [placed] gets where the curve lies, in pixels; or NULL.
void adj_ui_paint_wiggle(cairo_t *cr, const AdjUiTheme *theme, const AdjUiWiggle *w,
                         double width, double height, AdjPlaced *placed);

// The slope of the error over the distance, where it rises clearly above rounding: 2 when the
// derivative is right and the loss smooth. NaN: there are too few points.
double adj_ui_wiggle_slope(const AdjUiWiggle *w);
