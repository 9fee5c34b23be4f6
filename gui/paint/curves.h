// SPDX-License-Identifier: Apache-2.0
//
// Curves of any length in one picture. What is painted is never more than the picture has
// columns: where several points share a column, the band from the least to the greatest and the
// line of the means; where they do not, the points themselves.
#pragma once

#include "sight/pyramid.h"
#include "pen.h"

#include "plot/paint/paint.h"

typedef struct AdjUiCurve {
    const char *name;
    const AdjUiPyramid *points;
    int colour;  // in the theme's series
    bool hidden;
} AdjUiCurve;

typedef struct AdjUiCurves {
    const AdjUiCurve *curves;
    int count;
    bool log_x, log_y;
    double smoothing;  // half the width of the window, in columns; 0: none
    double from, to;   // what is shown of x; equal: all of it
    bool legend;
} AdjUiCurves;

// Paints into width x height pixels. [placed] gets where the axes lie, in pixels.
void adj_ui_paint_curves(cairo_t *cr, const AdjUiTheme *theme, const AdjUiCurves *curves,
                         double width, double height, AdjPlaced *placed);

// The crosshair at a pixel: a rule, and the nearest point of every curve with its numbers.
void adj_ui_paint_crosshair(cairo_t *cr, const AdjUiTheme *theme, const AdjUiCurves *curves,
                            const AdjPlaced *placed, double x, double y);

// Least and greatest x over all visible curves, FALSE: there is nothing.
bool adj_ui_curves_span(const AdjUiCurves *curves, double *from, double *to);
