// SPDX-License-Identifier: Apache-2.0
//
// The loss around a point: as a landscape in three dimensions, and as a slice with its tangent.
#pragma once

#include "eye.h"
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

// What lies over the landscape: the names of the axes, the pin at the point, the colours.
// adj_ui_paint_surface ends with it; a shader that has drawn the rest does without that.
void adj_ui_paint_surface_marks(cairo_t *cr, const AdjUiTheme *theme, const AdjUiSurface *s,
                                double yaw, double pitch, double width, double height);

// How the landscape lies on the screen: u and v run from -0.5 to 0.5 over columns and rows, a
// height h between 0 and 1 is at z = 0.6 h - 0.3.
AdjUiEye adj_ui_surface_eye(double yaw, double pitch, double width, double height);

// The scene for a shader. [heights]: rows x columns, 0 to 1, NaN where nothing is known;
// [contours]: heights of the contour lines; how many.
enum { ADJ_UI_CONTOURS = 24 };
int adj_ui_surface_heights(const AdjUiSurface *s, float *heights,
                           float contours[ADJ_UI_CONTOURS]);

// The row through the middle: the loss along one direction, and its tangent at the point.
void adj_ui_paint_slice(cairo_t *cr, const AdjUiTheme *theme, const AdjUiSurface *s, int row,
                        double width, double height);

// The same grid as a map with contour lines.
void adj_ui_paint_contours(cairo_t *cr, const AdjUiTheme *theme, const AdjUiSurface *s,
                           double width, double height);
