// SPDX-License-Identifier: Apache-2.0
// internal.h: shared by the painters of this folder only.
#pragma once
#include "plot/paint/paint.h"

#include <math.h>
#include <pango/pangocairo.h>

// What the paper looks like; one for light, one for dark.
typedef struct AdjStyle {
    AdjColor paper, ink, soft, faint, face, legend;
    double size, small, title;  // of text
    bool dark;
} AdjStyle;

typedef struct AdjPainter {
    cairo_t *cr;
    const AdjStyle *style;
    PangoContext *pango;
    double pixel;  // points in one device pixel; 0 where there are none (SVG, PDF)
} AdjPainter;

// v -> a * T(v) + b, where T is what the scale does.
typedef struct AdjMapping {
    AdjScale scale;
    double linear, a, b;
} AdjMapping;

static inline double adj_mapped(const AdjMapping *m, double v)
{
    if (m->scale == ADJ_LOG)
        v = v > 0 ? log10(v) : -400;
    else if (m->scale == ADJ_SYMLOG)
        v = asinh(v / m->linear);
    return m->a * v + m->b;
}

// The axes being painted: its place and the way from data to paper.
typedef struct AdjFrame {
    AdjPlaced at;
    AdjMapping mx, my;
    const AdjAxes *axes;
    int first_color;  // of the cycle, behind those that a twin has used
    AdjTicks tx, ty;
} AdjFrame;

typedef struct AdjExtent {
    double w, h, ascent;  // ascent: from the top to the first baseline
} AdjExtent;

// text.c
void adj_painter_open(AdjPainter *p, cairo_t *cr, bool dark);
void adj_painter_close(AdjPainter *p);
AdjExtent adj_text_size(AdjPainter *p, const char *text, const AdjWriting *w);
// Writes with the alignment and rotation that [w] asks for around (x, y).
void adj_text_put(AdjPainter *p, const char *text, double x, double y, const AdjWriting *w);
void adj_ink(cairo_t *cr, AdjColor c);
void adj_ink_alpha(cairo_t *cr, AdjColor c, double alpha);  // alpha 0: opaque
void adj_dash(cairo_t *cr, AdjDash dash, double width);
// The coordinate nearest to [v] at which a line of that width covers whole pixels.
double adj_crisp(const AdjPainter *p, double v, double width);
// Markup of [text], whose $...$ parts are mathematics. The caller frees it (g_free).
char *adj_markup_of(const char *text);

// layout.c
void adj_frames_place(AdjPainter *p, const AdjFigure *f, double width, double height,
                      AdjFrame *frames);
AdjColor adj_layer_color(const AdjPainter *p, const AdjFrame *f, int layer);

// axes.c
void adj_axes_paint(AdjPainter *p, AdjFrame *f);
void adj_axes_grid(AdjPainter *p, const AdjFrame *f);
void adj_axes_decorate(AdjPainter *p, const AdjFrame *f);
// How far ticks, labels and title reach beyond the plot: left, right, bottom, top.
void adj_axes_reach(AdjPainter *p, const AdjFrame *f, double reach[4]);
void adj_axes_ticks(AdjPainter *p, AdjFrame *f);

// layers
void adj_layer_paint(AdjPainter *p, AdjFrame *f, int layer);
void adj_line_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, AdjColor c);
void adj_points_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, AdjColor c);
void adj_marker_paint(cairo_t *cr, char marker, double x, double y, double size, AdjColor face,
                      AdjColor edge, double alpha, double width);
void adj_bars_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, AdjColor c);
void adj_band_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, AdjColor c);
void adj_rule_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, AdjColor c);
void adj_span_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, AdjColor c);
void adj_writing_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, AdjColor c);
void adj_errors_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, AdjColor c);
void adj_arrows_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, AdjColor c);
void adj_wedges_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l);
void adj_polygon_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, AdjColor c);
void adj_image_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l);
void adj_contour_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, AdjColor c);
// What the layer's map makes of v.
AdjColor adj_layer_mapped(const AdjLayer *l, const AdjMap *m, double low, double high,
                          double v);

// Levels of a contour layer, its own or round ones: how many, at most 64.
int adj_contour_levels(const AdjLayer *l, double levels[64]);

// legend.c and colorbar.c
void adj_legend_paint(AdjPainter *p, const AdjFrame *f);
AdjExtent adj_legend_size(AdjPainter *p, const AdjFrame *f);
double adj_colorbar_room(AdjPainter *p, const AdjFrame *f);  // beside (or below) the plot
void adj_colorbar_paint(AdjPainter *p, const AdjFrame *f);

// A place on paper, held within what Cairo's fixed-point numbers can carry.
static inline double adj_held(double v)
{
    return fmax(-16000, fmin(16000, v));
}
static inline double adj_px(const AdjFrame *f, double x)
{
    return adj_mapped(&f->mx, x);
}
static inline double adj_py(const AdjFrame *f, double y)
{
    return adj_mapped(&f->my, y);
}
