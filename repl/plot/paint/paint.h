// SPDX-License-Identifier: Apache-2.0
// paint.h: the painters. Each is a function from data and a size to marks on a cairo_t; none
// knows a window, a file or the language, so the same picture goes to a screen, a PNG, an SVG
// and a PDF. A painter draws within (0, 0) .. (width, height) of the current user space, in
// points, leaves the context as it was, and may be called from any thread that owns the
// context. Data of any kind is drawn: what is not a finite number leaves a gap.
//
// For interaction a painter of figures says where each of its axes came to lie (AdjPlaced),
// which turns a pointer's place into data, data into a place, and finds the nearest point.
#pragma once
#include "plot/figure.h"
#include "plot/graph.h"

#include <cairo.h>

// Where an axes lies after painting, in the painter's points, and what it shows.
typedef struct AdjPlaced {
    double x, y, w, h;
    double xlim[2], ylim[2];  // least first
    bool x_flipped, y_flipped;
    AdjScale x_scale, y_scale;
    double x_linear, y_linear;
} AdjPlaced;

// Paints [f] into width x height points. [placed] has room for f->axes_count, or is NULL.
void adj_paint_figure(cairo_t *cr, const AdjFigure *f, double width, double height,
                      AdjPlaced *placed);
// The place of a data point, and the data at a place: false outside the axes.
void adj_placed_point(const AdjPlaced *p, double x, double y, double *px, double *py);
bool adj_placed_data(const AdjPlaced *p, double px, double py, double *x, double *y);
// The number of the layer's point that is nearest to the place, -1 when it has none within
// [reach] points.
int64_t adj_placed_nearest(const AdjPlaced *p, const AdjLayer *l, double px, double py,
                           double reach);

// The graph of nodes and arrows that adj_graph_layout has placed, scaled down to fit when it is
// larger than width x height and [fit] is set. adj_graph_node_at finds the node under a place
// in the graph's own points; -1 for none.
void adj_paint_graph(cairo_t *cr, const AdjGraph *g, double width, double height, bool fit,
                     bool dark);
int adj_graph_node_at(const AdjGraph *g, double x, double y);
// Measures the nodes' labels: to be called before adj_graph_layout.
void adj_measure_graph(cairo_t *cr, AdjGraph *g);

// Smaller pictures without axes, for cells of tables, strips and panels.
// Values as colours: rows x columns floats, [low]..[high] over the map; NaN is hatched red.
void adj_paint_heat(cairo_t *cr, const float *v, int64_t rows, int64_t columns, double low,
                    double high, const char *map, double width, double height);
// Counts as bars that touch; one is lit up when [lit] >= 0.
void adj_paint_counts(cairo_t *cr, const double *counts, int64_t n, AdjColor color, int lit,
                      double width, double height);
// A line without anything around it.
void adj_paint_spark(cairo_t *cr, const double *y, int64_t n, AdjColor color, double width,
                     double height);
// One line of text whose left end and baseline are at (x, y); the width it took.
double adj_paint_text(cairo_t *cr, const char *text, double x, double y, double size,
                      AdjColor color);

// Files: [name] ends in png, svg or pdf. The bytes in *data belong to the caller (free). NULL
// or what is wrong, a literal.
const char *adj_figure_file(const AdjFigure *f, const char *kind, double dpi, char **data,
                            size_t *length);
const char *adj_graph_file(AdjGraph *g, const char *kind, double dpi, bool dark, char **data,
                           size_t *length);
// The picture as rows of 0xAARRGGBB, premultiplied; freed by the caller. NULL: no memory.
uint32_t *adj_figure_pixels(const AdjFigure *f, int width, int height, double dpi);
uint32_t *adj_graph_pixels(AdjGraph *g, double dpi, bool dark, int *width, int *height);
