// SPDX-License-Identifier: Apache-2.0
// note.c: writing, arrows, and the bars that say how sure a point is.
#include "plot/paint/internal.h"

#include <stdlib.h>

// An arrow's head at (x, y), pointing along the angle.
static void head(cairo_t *cr, double x, double y, double angle, double size)
{
    cairo_move_to(cr, x, y);
    cairo_line_to(cr, x - size * cos(angle - 0.42), y - size * sin(angle - 0.42));
    cairo_line_to(cr, x - size * 0.75 * cos(angle), y - size * 0.75 * sin(angle));
    cairo_line_to(cr, x - size * cos(angle + 0.42), y - size * sin(angle + 0.42));
    cairo_close_path(cr);
    cairo_fill(cr);
}

static void arrow(AdjPainter *p, double x0, double y0, double x1, double y1, AdjColor c,
                  double width)
{
    double angle = atan2(y1 - y0, x1 - x0), length = hypot(x1 - x0, y1 - y0);
    double size = fmin(3 + 3 * width, length * 0.6);
    if (!(length > 0.1)) return;
    adj_ink(p->cr, c);
    cairo_set_line_width(p->cr, width);
    cairo_move_to(p->cr, x0, y0);
    cairo_line_to(p->cr, x1 - size * 0.7 * cos(angle), y1 - size * 0.7 * sin(angle));
    cairo_stroke(p->cr);
    head(p->cr, x1, y1, angle, size);
}

void adj_writing_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, AdjColor c)
{
    AdjWriting w = l->writing;
    if (!w.color) w.color = c;
    if (l->alpha > 0) w.color = adj_color_fade(w.color, l->alpha);
    double x = w.in_axes ? f->at.x + l->x[0] * f->at.w : adj_held(adj_px(f, l->x[0]));
    double y = w.in_axes ? f->at.y + (1 - l->y[0]) * f->at.h : adj_held(adj_py(f, l->y[0]));
    if (isnan(x) || isnan(y)) return;
    if (l->n > 1) {  // an arrow from the text to what it speaks of
        double to_x = adj_held(adj_px(f, l->x[1])), to_y = adj_held(adj_py(f, l->y[1]));
        AdjExtent e = adj_text_size(p, l->text ? l->text : "", &w);
        double from_x = x + (w.across == ADJ_CENTER ? 0 : e.w / 2);
        double from_y = y - (w.up == ADJ_CENTER ? 0 : e.h / 2);
        double dx = to_x - from_x, dy = to_y - from_y;
        double leave = fmin(1, fmin(fabs(dx) > 0.1 ? (e.w / 2 + 3) / fabs(dx) : 1,
                                    fabs(dy) > 0.1 ? (e.h / 2 + 3) / fabs(dy) : 1));
        if (leave < 0.95)
            arrow(p, from_x + leave * dx, from_y + leave * dy, to_x, to_y,
                  l->edge ? l->edge : w.color, l->width > 0 ? l->width : 1);
    }
    if (l->text) adj_text_put(p, l->text, x, y, &w);
}

void adj_arrows_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, AdjColor c)
{
    double longest = 0;
    for (int64_t i = 0; i < l->n; i++)
        if (isfinite(l->x2[i]) && isfinite(l->y2[i]))
            longest = fmax(longest, hypot(l->x2[i], l->y2[i]));
    if (!(longest > 0)) return;
    // The longest arrow is as long as the arrows are apart, on average.
    double unit = 1.3 * sqrt(f->at.w * f->at.h / fmax(1, (double)l->n)) / longest;
    for (int64_t i = 0; i < l->n; i++) {
        double x = adj_px(f, l->x[i]), y = adj_py(f, l->y[i]);
        double u = l->x2[i], v = l->y2[i];
        if (!isfinite(x) || !isfinite(y) || !isfinite(u) || !isfinite(v)) continue;
        if (l->closed)  // u and v are in data, as arrow() has it
            arrow(p, x, y, adj_held(adj_px(f, l->x[i] + u)), adj_held(adj_py(f, l->y[i] + v)),
                  adj_color_fade(c, l->alpha > 0 ? l->alpha : 1), l->width > 0 ? l->width : 1);
        else
            arrow(p, adj_held(x), adj_held(y), adj_held(x + u * unit), adj_held(y - v * unit),
                  adj_color_fade(c, l->alpha > 0 ? l->alpha : 1), l->width > 0 ? l->width : 1);
    }
}

static void whisker(AdjPainter *p, double x0, double y0, double x1, double y1, double cap)
{
    double across = x0 == x1 ? cap : 0, up = x0 == x1 ? 0 : cap;
    cairo_move_to(p->cr, adj_held(x0), adj_held(y0));
    cairo_line_to(p->cr, adj_held(x1), adj_held(y1));
    if (!(cap > 0)) return;
    for (int end = 0; end < 2; end++) {
        double x = adj_held(end ? x1 : x0), y = adj_held(end ? y1 : y0);
        cairo_move_to(p->cr, x - across, y - up);
        cairo_line_to(p->cr, x + across, y + up);
    }
}

void adj_errors_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, AdjColor c)
{
    cairo_set_line_width(p->cr, l->width > 0 ? l->width : 1.2);
    adj_ink_alpha(p->cr, c, l->alpha);
    for (int64_t i = 0; i < l->n; i++) {
        double x = adj_px(f, l->x[i]), y = adj_py(f, l->y[i]);
        if (!isfinite(x) || !isfinite(y)) continue;
        if (l->y2 && l->y3)
            whisker(p, x, adj_py(f, l->y[i] - l->y2[i]), x, adj_py(f, l->y[i] + l->y3[i]),
                    l->cap);
        if (l->x2 && l->x3)
            whisker(p, adj_px(f, l->x[i] - l->x2[i]), y, adj_px(f, l->x[i] + l->x3[i]), y,
                    l->cap);
    }
    cairo_stroke(p->cr);
}
