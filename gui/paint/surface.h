// SPDX-License-Identifier: Apache-2.0
//
// The loss around a point: as a landscape in three dimensions, and as a slice with its tangent.
#pragma once

#include "pen.h"

#include <cairo.h>

typedef struct AdjUiSurface {
    int rows, columns;
    const double *values;              // row after row; NaN where nothing is known yet
    const double *at_row, *at_column;  // places along the two directions
    const char *row_axis, *column_axis;
    bool log_height;
} AdjUiSurface;

// Seen from [yaw] around the vertical and [pitch] above the ground, both in radians.
void adj_ui_paint_surface(cairo_t *cr, const AdjUiTheme *theme, const AdjUiSurface *s,
                          double yaw, double pitch, double width, double height);

// The row through the middle: the loss along one direction, and its tangent at the point.
void adj_ui_paint_slice(cairo_t *cr, const AdjUiTheme *theme, const AdjUiSurface *s, int row,
                        double width, double height);

// The same grid as a map with contour lines.
void adj_ui_paint_contours(cairo_t *cr, const AdjUiTheme *theme, const AdjUiSurface *s,
                           double width, double height);
