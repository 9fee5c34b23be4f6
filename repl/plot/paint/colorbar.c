// SPDX-License-Identifier: Apache-2.0
// colorbar.c: what a map's colours stand for, beside the plot (or below it), as long as the
// plot. That of filled contours has their bands and their levels for ticks.
#include "plot/paint/internal.h"

#include <string.h>

static const double GAP = 9, THICK = 11, TICK = 3, PAD = 3, NAME = 4;

typedef struct Scale {
    const AdjLayer *layer;
    const AdjMap *map;
    double lim[2];
    AdjTicks ticks;
    bool bands;
    int n;
    double levels[64];
} Scale;

static bool open_scale(const AdjFrame *f, Scale *s)
{
    const AdjAxes *a = f->axes;
    if (a->colorbar < 1 || a->colorbar > a->layer_count) return false;
    s->layer = &a->layers[a->colorbar - 1];
    s->map = adj_map_find(s->layer->map);
    if (!s->map) s->map = adj_map_find(NULL);
    s->bands = s->layer->kind == ADJ_CONTOUR;
    if (s->bands) {
        s->n = adj_contour_levels(s->layer, s->levels);
        s->lim[0] = s->levels[0];
        s->lim[1] = s->levels[s->n - 1];
    } else {
        adj_layer_range(s->layer, &s->lim[0], &s->lim[1]);
    }
    if (!(s->lim[1] > s->lim[0])) {
        double half = fmax(1e-9, fabs(s->lim[0]) * 0.05);
        s->lim[0] -= half, s->lim[1] += half;
    }
    bool log = s->layer->log_range && s->lim[0] > 0;
    double length = a->colorbar_below ? f->at.w : f->at.h;
    int room = (int)(length / (a->colorbar_below ? 42 : 27));
    adj_axis_ticks(log ? ADJ_LOG : ADJ_LINEAR, 1, s->lim, room > 9 ? 9 : room, &s->ticks);
    return true;
}

double adj_colorbar_room(AdjPainter *p, const AdjFrame *f)
{
    Scale s;
    AdjWriting w = {.size = p->style->small};
    double label = 0;
    if (!open_scale(f, &s)) return 0;
    bool below = f->axes->colorbar_below;
    for (int i = 0; i < s.ticks.n; i++) {
        AdjExtent e = adj_text_size(p, s.ticks.text[i], &w);
        label = fmax(label, below ? e.h : e.w);
    }
    double room = GAP + THICK + TICK + PAD + label;
    if (f->axes->colorbar_label) {
        w.size = p->style->size;
        room += NAME + adj_text_size(p, f->axes->colorbar_label, &w).h;
    }
    return room;
}

static void paint_colors(AdjPainter *p, const Scale *s, double x, double y, double w, double h,
                         bool below)
{
    cairo_pattern_t *g = below ? cairo_pattern_create_linear(x, 0, x + w, 0)
                               : cairo_pattern_create_linear(0, y + h, 0, y);
    bool log = s->layer->log_range && s->lim[0] > 0;
    int stops = s->bands ? 0 : 128;
    for (int i = 0; i <= stops && stops; i++) {
        double t = (double)i / stops;
        AdjColor c = adj_map_color(s->map, t);
        cairo_pattern_add_color_stop_rgb(g, t, (c >> 24) / 255.0, (c >> 16 & 0xff) / 255.0,
                                         (c >> 8 & 0xff) / 255.0);
    }
    (void)log;
    for (int i = 0; s->bands && i + 1 < s->n; i++) {
        double a = adj_scale_at(ADJ_LINEAR, 1, s->lim, s->levels[i]);
        double b = adj_scale_at(ADJ_LINEAR, 1, s->lim, s->levels[i + 1]);
        AdjColor c = adj_layer_mapped(s->layer, s->map, s->lim[0], s->lim[1],
                                      (s->levels[i] + s->levels[i + 1]) / 2);
        for (int end = 0; end < 2; end++)
            cairo_pattern_add_color_stop_rgb(g, end ? b : a, (c >> 24) / 255.0,
                                             (c >> 16 & 0xff) / 255.0, (c >> 8 & 0xff) / 255.0);
    }
    cairo_rectangle(p->cr, x, y, w, h);
    cairo_set_source(p->cr, g);
    cairo_fill_preserve(p->cr);
    cairo_pattern_destroy(g);
    adj_ink(p->cr, p->style->soft);
    cairo_set_line_width(p->cr, 0.6);
    cairo_stroke(p->cr);
}

static double end_of_reach(AdjPainter *p, const AdjFrame *f, bool below)
{
    AdjFrame bare = *f;
    AdjAxes a = *f->axes;
    double reach[4];
    a.colorbar = 0;
    a.legend = a.legend && a.legend_place != ADJ_LEGEND_OUTSIDE;
    bare.axes = &a;
    adj_axes_reach(p, &bare, reach);
    return below ? reach[2] : reach[1];
}

void adj_colorbar_paint(AdjPainter *p, const AdjFrame *f)
{
    Scale s;
    bool below = f->axes->colorbar_below;
    if (!open_scale(f, &s)) return;
    double out = end_of_reach(p, f, below) + GAP;
    double x = below ? f->at.x : f->at.x + f->at.w + out;
    double y = below ? f->at.y + f->at.h + out : f->at.y;
    double w = below ? f->at.w : THICK, h = below ? THICK : f->at.h;
    AdjWriting text = {.size = p->style->small, .color = p->style->soft, .up = ADJ_CENTER};
    double widest = 0;
    paint_colors(p, &s, x, y, w, h, below);
    AdjScale scale = s.layer->log_range && s.lim[0] > 0 ? ADJ_LOG : ADJ_LINEAR;
    if (below) text.across = ADJ_CENTER, text.up = ADJ_START;
    adj_ink(p->cr, p->style->soft);
    cairo_set_line_width(p->cr, 0.8);
    for (int i = 0; i < s.ticks.n; i++) {
        double t = adj_scale_at(scale, 1, s.lim, s.ticks.at[i]);
        double at = adj_crisp(p, below ? x + t * w : y + (1 - t) * h, 0.8);
        cairo_move_to(p->cr, below ? at : x + w, below ? y + h : at);
        cairo_rel_line_to(p->cr, below ? 0 : TICK, below ? TICK : 0);
        cairo_stroke(p->cr);
        adj_text_put(p, s.ticks.text[i], below ? at : x + w + TICK + PAD,
                     below ? y + h + TICK + PAD : at, &text);
        AdjExtent e = adj_text_size(p, s.ticks.text[i], &text);
        widest = fmax(widest, below ? e.h : e.w);
        adj_ink(p->cr, p->style->soft);
    }
    text.up = ADJ_END, text.across = below ? ADJ_END : ADJ_START;
    adj_text_put(p, s.ticks.offset, below ? x + w : x, y - 2, &text);
    if (!f->axes->colorbar_label) return;
    AdjWriting name = {.size = p->style->size,
                       .across = below ? ADJ_CENTER : ADJ_START,
                       .up = below ? ADJ_START : ADJ_CENTER,
                       .rotation = below ? 0 : 90};
    double beyond = TICK + PAD + widest + NAME;
    adj_text_put(p, f->axes->colorbar_label, below ? x + w / 2 : x + w + beyond,
                 below ? y + h + beyond : y + h / 2, &name);
}
