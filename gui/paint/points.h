// SPDX-License-Identifier: Apache-2.0
//
// A cloud of points in three dimensions: discs with a rim, the far ones first and paler.
#pragma once

#include "eye.h"
#include "pen.h"

#include <cairo.h>
#include <stdint.h>

typedef struct AdjUiPoints {
    int count;
    const float *at;       // 3 for each, NaN: not there
    const uint32_t *inks;  // 0xAARRGGBB for each; an alpha of 0: not there
    double radius;         // in units of the screen
    AdjUiEye eye;
    uint64_t at_stamp, inks_stamp;  // change when what they point to does; of no other cloud
} AdjUiPoints;

// A radius with which this many points can be told apart.
double adj_ui_points_radius(int count);

// The order in which they are painted: numbers of [p]'s points, the far ones first. Linear.
void adj_ui_points_order(const AdjUiPoints *p, uint32_t *order);

// How much of the ground's colour a point takes on that is so near: 0 to 0.45.
double adj_ui_points_haze(double near);

// Paints them in [order]. [vector]: as paths, for a page; else as an image with [scale] pixels
// a unit, which a hundred thousand of them need.
void adj_ui_paint_points(cairo_t *cr, const AdjUiTheme *theme, const AdjUiPoints *p,
                         const uint32_t *order, double width, double height, double scale,
                         bool vector);

// The nearest to the eye of those within [reach] of (x, y); -1: none is.
int adj_ui_points_find(const AdjUiPoints *p, double x, double y, double reach);

// Where a point is on the screen.
void adj_ui_points_place(const AdjUiPoints *p, int point, double *x, double *y);

// The three axes through the middle with their names, over the points.
void adj_ui_paint_points_axes(cairo_t *cr, const AdjUiTheme *theme, const AdjUiEye *eye,
                              const char *const names[3], int count);
