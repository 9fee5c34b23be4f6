// SPDX-License-Identifier: Apache-2.0
// layer.c: which painter a layer has, and what is common to all: nothing is drawn outside of
// the axes, but markers and writing may reach over the edge.
#include "plot/paint/internal.h"

AdjColor adj_layer_mapped(const AdjLayer *l, const AdjMap *m, double low, double high, double v)
{
    if (!isfinite(v))
        return v > 0 ? adj_map_color(m, 1) : v < 0 ? adj_map_color(m, 0) : ADJ_COLOR_NONE;
    if (l->log_range) {
        if (v <= 0 || low <= 0) return adj_map_color(m, 0);
        return adj_map_color(m, high > low ? log(v / low) / log(high / low) : 0.5);
    }
    // Halves, because the difference of two large numbers may not be one.
    double length = high / 2 - low / 2;
    return adj_map_color(m, length > 0 ? (v / 2 - low / 2) / length : 0.5);
}

// The ends of a line at the edge of the plot are not cut through their middle.
static bool reaches_over(const AdjLayer *l)
{
    return l->kind == ADJ_WRITING || l->kind == ADJ_POINTS || l->kind == ADJ_WEDGES;
}

static void paint_kind(AdjPainter *p, AdjFrame *f, const AdjLayer *l, AdjColor c)
{
    switch (l->kind) {
    case ADJ_LINE: adj_line_paint(p, f, l, c); break;
    case ADJ_POINTS: adj_points_paint(p, f, l, c); break;
    case ADJ_BARS: adj_bars_paint(p, f, l, c); break;
    case ADJ_BAND: adj_band_paint(p, f, l, c); break;
    case ADJ_IMAGE: adj_image_paint(p, f, l); break;
    case ADJ_CONTOUR: adj_contour_paint(p, f, l, c); break;
    case ADJ_RULE: adj_rule_paint(p, f, l, c); break;
    case ADJ_SPAN: adj_span_paint(p, f, l, c); break;
    case ADJ_WRITING: adj_writing_paint(p, f, l, c); break;
    case ADJ_ERRORS: adj_errors_paint(p, f, l, c); break;
    case ADJ_ARROWS: adj_arrows_paint(p, f, l, c); break;
    case ADJ_WEDGES: adj_wedges_paint(p, f, l); break;
    case ADJ_POLYGON: adj_polygon_paint(p, f, l, c); break;
    }
}

void adj_layer_paint(AdjPainter *p, AdjFrame *f, int layer)
{
    const AdjLayer *l = &f->axes->layers[layer];
    double over = l->kind == ADJ_POINTS || (l->kind == ADJ_LINE && l->marker) ? 4
                  : l->kind == ADJ_LINE                                       ? 1
                                                                              : 0;
    cairo_save(p->cr);
    if (!reaches_over(l) || l->kind == ADJ_POINTS) {
        cairo_rectangle(p->cr, f->at.x - over, f->at.y - over, f->at.w + 2 * over,
                        f->at.h + 2 * over);
        cairo_clip(p->cr);
    }
    paint_kind(p, f, l, adj_layer_color(p, f, layer));
    cairo_restore(p->cr);
    cairo_new_path(p->cr);
}
