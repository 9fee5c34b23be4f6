// SPDX-License-Identifier: Apache-2.0
// figure.h: what a figure is: plain structs that say what is to be seen, and nothing of how it
// is drawn (paint/) or of who said it (the language, the workbench).
//
// Everything in them is borrowed: numbers, text and lists belong to whoever fills the structs
// in, and must live as long as the structs are used. Zero always means "choose for me", so a
// figure is written as an initialiser:
//
//     AdjLayer line = {.kind = ADJ_LINE, .n = n, .y = loss, .label = "train"};
//     AdjAxes axes = {.layers = &line, .layer_count = 1, .x.label = "step"};
//     AdjFigure figure = {.axes = &axes, .axes_count = 1};
//
// Lengths are in points (1/72 inch) unless a remark says otherwise; y grows upwards in data and
// downwards on paper. NaN in data is a gap, an infinity is not shown; both are never an error.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// 0xRRGGBBAA. 0: choose for me (the next colour of the cycle, the style's ink).
typedef uint32_t AdjColor;
#define ADJ_COLOR_NONE 0xffffff00u  // nothing is drawn

typedef enum AdjLayerKind {
    ADJ_LINE,     // x (NULL: 0, 1, 2 ...), y; width, dash, marker, step
    ADJ_POINTS,   // x, y; marker, size; c and size_each vary colour and area
    ADJ_BARS,     // x, y heights, base, thickness; horizontal swaps the axes
    ADJ_BAND,     // x, y, y2: the area between
    ADJ_IMAGE,    // grid rows x columns (x channels), extent
    ADJ_CONTOUR,  // grid at x (columns) and y (rows); levels; filled
    ADJ_RULE,     // y[0] (or x[0] when vertical): a line across the axes, from..to in 0..1
    ADJ_SPAN,     // y[0]..y2[0] (x when vertical): a band across the axes
    ADJ_WRITING,  // text at x[0], y[0]; arrow from there to x[1], y[1] when n is 2
    ADJ_ERRORS,   // x, y with y2 below, y3 above and x2 left, x3 right; cap
    ADJ_ARROWS,   // x, y, x2 = u, y2 = v
    ADJ_WEDGES,   // y shares of a pie, names
    ADJ_POLYGON,  // x, y, closed and filled
} AdjLayerKind;

typedef enum AdjDash { ADJ_SOLID, ADJ_DASHED, ADJ_DOTTED, ADJ_DASHDOT, ADJ_NO_LINE } AdjDash;
typedef enum AdjStep { ADJ_NO_STEP, ADJ_STEP_PRE, ADJ_STEP_POST, ADJ_STEP_MID } AdjStep;
typedef enum AdjAlign { ADJ_START, ADJ_CENTER, ADJ_END, ADJ_BASELINE } AdjAlign;
typedef enum AdjScale { ADJ_LINEAR, ADJ_LOG, ADJ_SYMLOG } AdjScale;
typedef struct AdjPyramid AdjPyramid;

typedef struct AdjWriting {  // how a piece of text is set
    double size;             // 0: the style's
    AdjColor color;
    double rotation;      // degrees, counterclockwise
    AdjAlign across, up;  // which part of the text stands at the point
    bool bold, italic, mono;
    bool in_axes;    // the point is in 0..1 of the axes, not in data
    AdjColor box;    // fill of a box around it; 0: no box
    AdjColor frame;  // outline of that box
} AdjWriting;

typedef struct AdjLayer {
    AdjLayerKind kind;
    const char *label;  // in the legend; NULL: not there
    int64_t n;
    const double *x, *y, *x2, *y2, *x3, *y3;  // n each; which are used depends on the kind
    const double *c;                          // n values that the map turns into colours
    const AdjColor *color_each;               // n colours
    const double *size_each;                  // n areas in square points
    const AdjPyramid *pyramid;  // of y, for lines whose x ascends; NULL: found by reading all
    AdjColor color;             // line, fill or face
    AdjColor edge;              // outline of bars, points, bands
    double alpha;               // 0: opaque
    double width;               // of lines and outlines
    AdjDash dash;
    AdjStep step;
    char marker;  // matplotlib's letter; 0: none (lines), circles (points)
    double size;  // of a marker: its width
    AdjColor marker_face, marker_edge;
    double thickness;  // of bars, in data
    const double *thickness_each;
    const double *base;  // n, where bars start; NULL: 0
    double cap;          // of errors: half the width of the ends
    bool horizontal, vertical, filled, closed;
    double from, to;  // of rules and spans along the axes; both 0: 0..1
    int order;        // greater is painted later; 0: images, areas, lines, text, as they came

    const double *grid;  // images and contours: rows x columns (x channels), row after row
    int64_t rows, columns;
    int channels;  // 0 or 1: values through the map; 3, 4: colours in 0..1
    bool has_extent, origin_lower, smooth;
    double extent[4];  // left, right, bottom, top of an image
    const char *map;   // name of the colour map; NULL: viridis
    bool has_range, log_range;
    double low, high;  // what the ends of the map stand for
    const double *levels;
    int level_count;
    bool label_levels;  // numbers on the contour lines

    const char *text;
    AdjWriting writing;
    const char *const *names;  // of wedges
    const char *percent;       // printf format of the share, or NULL
} AdjLayer;

typedef struct AdjAxis {
    const char *label;
    AdjScale scale;
    bool has_low, has_high;  // low, high are given; else they follow from the data
    double low, high;
    bool inverted;
    bool hidden_ticks, hidden_labels;
    const double *ticks;  // where; tick_count of them when has_ticks
    const char *const *tick_names;
    int tick_count;
    bool has_ticks;
    double rotation;   // of the tick labels
    double tick_size;  // of the tick labels; 0: the style's
    double linear;     // symlog: what is linear around 0
    bool other_side;   // y: on the right, x: on top
    double label_size;
} AdjAxis;

typedef enum AdjLegendPlace {
    ADJ_LEGEND_BEST,
    ADJ_LEGEND_UPPER_RIGHT,
    ADJ_LEGEND_UPPER_LEFT,
    ADJ_LEGEND_LOWER_LEFT,
    ADJ_LEGEND_LOWER_RIGHT,
    ADJ_LEGEND_RIGHT,
    ADJ_LEGEND_CENTER_LEFT,
    ADJ_LEGEND_CENTER_RIGHT,
    ADJ_LEGEND_LOWER_CENTER,
    ADJ_LEGEND_UPPER_CENTER,
    ADJ_LEGEND_CENTER,
    ADJ_LEGEND_OUTSIDE,  // right of the axes
} AdjLegendPlace;

typedef struct AdjAxes {
    AdjLayer *layers;
    int layer_count;
    AdjAxis x, y;
    const char *title;
    double title_size;
    AdjAlign title_at;
    bool title_left;  // ADJ_START is zero and the title stands in the middle unless told
    // The place in the figure's grid, or where has_box in fractions of the figure: left,
    // bottom, width, height.
    int row, column, row_span, column_span;
    bool has_box;
    double box[4];
    bool grid, grid_minor;
    bool grid_x_only, grid_y_only;
    AdjColor grid_color;
    AdjDash grid_dash;
    double grid_alpha;
    bool legend;
    AdjLegendPlace legend_place;
    const char *legend_title;
    int legend_columns;
    double legend_size;
    bool legend_frameless;
    bool equal;                                         // a unit of x is as long as one of y
    bool off;                                           // no axes, only what is in them
    bool hide_top, hide_right, hide_left, hide_bottom;  // spines
    AdjColor face;
    int colorbar;  // 1 + the number of the layer whose map is shown at the side; 0: none
    bool colorbar_below;
    const char *colorbar_label;
    int twin;    // 1 + the number of the axes that this one shares its place and x axis with
    bool frame;  // all four spines, as for images
    double margin_x, margin_y;  // around the data, as a share; negative: none; 0: 0.05
} AdjAxes;

typedef struct AdjFigure {
    AdjAxes *axes;
    int axes_count;
    int rows, columns;  // of the grid; 0: 1
    const double *row_ratios, *column_ratios;
    double width, height;  // inches; 0: 6.4 x 4.8
    double dpi;            // 0: 100
    const char *title;     // over everything
    double title_size;
    AdjColor face;
    int dark;  // 1: the dark style, 0: the light one
    bool transparent;
    double gap_x, gap_y;  // extra space between axes, as a share of their size
} AdjFigure;

// limits.c: what the axis shows, from its settings and the data of all layers, margins
// included. Never empty, never infinite: low < high, and both are positive on a log axis.
void adj_axes_limits(const AdjAxes *a, double x[2], double y[2]);
// Whether an axis runs backwards: as it was told, and as the first image's rows do.
void adj_axes_flipped(const AdjAxes *a, bool *x, bool *y);
// The range of [n] numbers that are neither NaN nor infinite (and positive where asked): false
// when there are none.
bool adj_range_of(const double *v, int64_t n, bool positive, double *low, double *high);
// The range of an image's or a layer's values, which its map spans.
void adj_layer_range(const AdjLayer *l, double *low, double *high);
// The extent of an image: left, right, bottom, top.
void adj_image_extent(const AdjLayer *l, double extent[4]);
// A value of the axis as a position in 0..1 between low and high, and back.
double adj_scale_at(AdjScale s, double linear, const double lim[2], double v);
double adj_scale_back(AdjScale s, double linear, const double lim[2], double t);

// pyramid.c: least and greatest of any stretch of a long line in logarithmic time, so that a
// line of a million points can be drawn for each size without leaving any of them out.
AdjPyramid *adj_pyramid_new(const double *y, int64_t n);  // [y] is borrowed; NULL: no memory
void adj_pyramid_free(AdjPyramid *p);
// Of y[from..to), NaN left out; false when there is nothing.
bool adj_pyramid_range(const AdjPyramid *p, int64_t from, int64_t to, double *low,
                       double *high);

// ticks.c
enum { ADJ_MAX_TICKS = 64 };
typedef struct AdjTicks {
    int n;
    double at[ADJ_MAX_TICKS];
    char text[ADJ_MAX_TICKS][32];  // "0.5", "$10^{3}$"; "" for a tick without a number
    int minor_n;
    double minor[4 * ADJ_MAX_TICKS];
    char offset[48];  // stands at the end of the axis: "$×10^{3}$", "+1.5e6"; "" for none
} AdjTicks;
// Round numbers in lim for about [room] labels at most.
void adj_axis_ticks(AdjScale scale, double linear, const double lim[2], int room,
                    AdjTicks *out);
// Round levels for contours: at most [room] into [out]; how many.
int adj_levels(double low, double high, int room, double *out);

// colour.c
// A name of CSS, "C3", "tab:blue", "#rgb[a]", "#rrggbb[aa]", "0.5" (grey), one of "bgrcmykw",
// "none". False: no such colour.
bool adj_color_parse(const char *text, AdjColor *out);
AdjColor adj_color_cycle(int i, bool dark);  // safe for the colour-blind (Okabe and Ito 2008)
AdjColor adj_color_fade(AdjColor c, double alpha);
typedef struct AdjMap AdjMap;
const AdjMap *adj_map_find(const char *name);  // NULL name: viridis; NULL: no such map
const AdjMap *adj_map_at(int i);               // all of them in order; NULL after the last
const char *adj_map_name(const AdjMap *m);
AdjColor adj_map_color(const AdjMap *m, double t);  // t in 0..1, clipped; NaN: transparent

#ifdef __cplusplus
}
#endif
