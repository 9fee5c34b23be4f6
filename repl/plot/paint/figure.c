// SPDX-License-Identifier: Apache-2.0
// figure.c: a whole figure, and the way back from paper to data for whoever points at it.
#include "plot/paint/internal.h"

#include <stdlib.h>

static void background(AdjPainter *p, const AdjFigure *f, double width, double height)
{
    if (f->transparent) return;
    cairo_rectangle(p->cr, 0, 0, width, height);
    adj_ink(p->cr, f->face ? f->face : p->style->paper);
    cairo_fill(p->cr);
}

void adj_paint_figure(cairo_t *cr, const AdjFigure *f, double width, double height,
                      AdjPlaced *placed)
{
    AdjPainter p;
    AdjFrame *frames = calloc((size_t)(f->axes_count > 0 ? f->axes_count : 1), sizeof *frames);
    adj_painter_open(&p, cr, f->dark);
    background(&p, f, width, height);
    if (frames) {
        adj_frames_place(&p, f, width, height, frames);
        for (int i = 0; i < f->axes_count; i++) {
            adj_axes_paint(&p, &frames[i]);
            if (placed) placed[i] = frames[i].at;
        }
    }
    if (f->title && *f->title) {
        AdjWriting w = {.size = f->title_size > 0 ? f->title_size : p.style->title + 1,
                        .across = ADJ_CENTER,
                        .up = ADJ_START};
        adj_text_put(&p, f->title, width / 2, 7, &w);
    }
    adj_painter_close(&p);
    free(frames);
}

void adj_placed_point(const AdjPlaced *p, double x, double y, double *px, double *py)
{
    double u = adj_scale_at(p->x_scale, p->x_linear, p->xlim, x);
    double v = adj_scale_at(p->y_scale, p->y_linear, p->ylim, y);
    *px = p->x + p->w * (p->x_flipped ? 1 - u : u);
    *py = p->y + p->h * (p->y_flipped ? v : 1 - v);
}

bool adj_placed_data(const AdjPlaced *p, double px, double py, double *x, double *y)
{
    double u = (px - p->x) / p->w, v = (py - p->y) / p->h;
    *x = adj_scale_back(p->x_scale, p->x_linear, p->xlim, p->x_flipped ? 1 - u : u);
    *y = adj_scale_back(p->y_scale, p->y_linear, p->ylim, p->y_flipped ? v : 1 - v);
    return u >= 0 && u <= 1 && v >= 0 && v <= 1;
}

int64_t adj_placed_nearest(const AdjPlaced *p, const AdjLayer *l, double px, double py,
                           double reach)
{
    int64_t best = -1;
    double least = reach;
    if (!l->y || (l->kind != ADJ_LINE && l->kind != ADJ_POINTS)) return -1;
    for (int64_t i = 0; i < l->n; i++) {
        double x, y;
        if (!isfinite(l->y[i])) continue;
        adj_placed_point(p, l->x ? l->x[i] : (double)i, l->y[i], &x, &y);
        double d = hypot(x - px, y - py);
        if (d <= least) least = d, best = i;
    }
    return best;
}
