// SPDX-License-Identifier: Apache-2.0
//
// A module with two inputs as pictures of the plane: what it answers everywhere, with the
// points it learns from, and what each of its units makes of the same plane, as a net of small
// pictures whose edges are the weights.
//
// Class k has the theme's series colour k and a shape of its own, so colour never speaks
// alone. A single number runs from the colour of class 0 (negative) through the ground to that
// of class 1 (positive).
#pragma once

#include "pen.h"

#include <cairo.h>
#include <stdbool.h>
#include <stdint.h>

// Numbers over the plane, row after row, the highest row first.
typedef struct AdjUiField {
    int rows, columns;
    float *values;
    double low, high;
} AdjUiField;

enum { ADJ_UI_PLANE_OUTPUTS = 16 };

typedef struct AdjUiSamples {
    int count;
    double *at;      // x, y of each
    double *target;  // of each; NaN: it has none
} AdjUiSamples;

typedef struct AdjUiPlane {
    double x[2], y[2];
    int outputs;
    AdjUiField output[ADJ_UI_PLANE_OUTPUTS];
    bool shares;      // outputs are shares of classes (of class 1, where there is one)
    double scale;     // of one number that is no share: where its colour is full
    int class_count;  // 0: targets are measurements
    double classes[ADJ_UI_PLANE_OUTPUTS];  // the targets that stand for them
    AdjUiSamples train, test;
    int example;  // a point of train, -1: none
    bool discrete, with_test;
} AdjUiPlane;

// Where the map lies within [r]: round things stay round, and there is room for axes and key.
AdjUiRect adj_ui_plane_rect(const AdjUiPlane *p, AdjUiRect r);
// From the screen to the plane and back; [map] is what adj_ui_plane_rect gave.
void adj_ui_plane_from(const AdjUiPlane *p, AdjUiRect map, double sx, double sy, double *x,
                       double *y);
void adj_ui_plane_to(const AdjUiPlane *p, AdjUiRect map, double x, double y, double *sx,
                     double *sy);
// The point of train nearest to a place of the screen, at most [reach] away; -1: none.
int adj_ui_plane_point_at(const AdjUiPlane *p, AdjUiRect map, double sx, double sy,
                          double reach);
// What is answered at a place: the class (index) and its share; the number itself where there
// are no classes. False: nothing is known there.
bool adj_ui_plane_answer(const AdjUiPlane *p, double x, double y, int *class_at, double *value);
// Which class a target stands for, -1: none.
int adj_ui_plane_class(const AdjUiPlane *p, double target);

// Map, boundary, points, axes and key in [r].
void adj_ui_paint_plane(cairo_t *cr, const AdjUiTheme *theme, const AdjUiPlane *p, AdjUiRect r);
// A unit's picture in the place of the map, with its name: for the layer that follows the
// pointer.
void adj_ui_paint_plane_unit(cairo_t *cr, const AdjUiTheme *theme, const AdjUiPlane *p,
                             AdjUiRect r, const AdjUiField *unit, const char *name);
// The mark of class [k] (-1: of a measurement [t] from -1 to 1).
void adj_ui_paint_mark(cairo_t *cr, const AdjUiTheme *theme, int k, double t, double x,
                       double y, double radius, bool hollow);

// ---- the net

typedef struct AdjUiColumn {
    const char *path;   // of the module whose results are shown; "" for the inputs
    const char *title;  // "2 inputs", "Linear + Tanh"
    int units, shown;   // it has, and are shown
    const AdjUiField *maps;
    // From the shown units of the column before to each shown here; NULL: there are no weights.
    const float *weights;
    int weight_columns;
} AdjUiColumn;

typedef struct AdjUiNet {
    int count;
    const AdjUiColumn *columns;
    int left_out;  // columns for which there is no room, in the middle
} AdjUiNet;

// Where a unit's picture is within [r].
AdjUiRect adj_ui_net_unit(const AdjUiNet *n, AdjUiRect r, int column, int unit);
// Which unit is at a place; false: none.
bool adj_ui_net_at(const AdjUiNet *n, AdjUiRect r, double x, double y, int *column, int *unit);
// [selected] is a module's path, or NULL.
void adj_ui_paint_net(cairo_t *cr, const AdjUiTheme *theme, const AdjUiNet *n, AdjUiRect r,
                      const char *selected);
// The unit under the pointer, with the edges that come and go; and a place (0..1 of the plane,
// from the left and the top; negative: none) marked in every picture.
void adj_ui_paint_net_marks(cairo_t *cr, const AdjUiTheme *theme, const AdjUiNet *n,
                            AdjUiRect r, int column, int unit, double across, double down);

// ---- for both: colours and pictures

AdjUiColour adj_ui_class_colour(const AdjUiTheme *theme, int k);
AdjUiColour adj_ui_signed_colour(const AdjUiTheme *theme, double t);  // from -1 to 1
// [f] over [r], smooth; a value of [scale] has the full colour.
void adj_ui_paint_field(cairo_t *cr, const AdjUiTheme *theme, const AdjUiField *f, AdjUiRect r,
                        double scale);
