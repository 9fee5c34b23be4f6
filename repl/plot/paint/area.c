// SPDX-License-Identifier: Apache-2.0
// area.c: bars, bands between curves, spans and rules across the axes, wedges of a pie, closed
// polygons. Bars are snapped to pixels, so that neighbours of a histogram neither overlap nor
// leave a seam.
#include "plot/paint/internal.h"

#include <stdio.h>
#include <stdlib.h>

static void fill_and_edge(AdjPainter *p, const AdjLayer *l, AdjColor fill)
{
    if (fill & 0xff) {
        adj_ink_alpha(p->cr, fill, l->alpha);
        cairo_fill_preserve(p->cr);
    }
    if (l->edge & 0xff) {
        double width = l->width > 0 ? l->width : 1;
        adj_ink_alpha(p->cr, l->edge, l->alpha);
        cairo_set_line_width(p->cr, width);
        adj_dash(p->cr, l->dash, width);
        cairo_stroke(p->cr);
    }
    cairo_new_path(p->cr);
}

static double snapped(const AdjPainter *p, double v)
{
    v = adj_held(v);
    return p->pixel > 0 ? round(v / p->pixel) * p->pixel : v;
}

static void bar(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, int64_t i, AdjColor c)
{
    double half = (l->thickness_each  ? l->thickness_each[i]
                   : l->thickness > 0 ? l->thickness
                                      : 0.8) /
                  2;
    double foot = l->base ? l->base[i] : 0, along = l->x[i], to = foot + l->y[i];
    if (!isfinite(along) || !isfinite(to) || !isfinite(half)) return;
    double x0 = along - half, x1 = along + half, y0 = foot, y1 = to;
    double a = snapped(p, l->horizontal ? adj_px(f, y0) : adj_px(f, x0));
    double b = snapped(p, l->horizontal ? adj_px(f, y1) : adj_px(f, x1));
    double u = snapped(p, l->horizontal ? adj_py(f, x0) : adj_py(f, y0));
    double v = snapped(p, l->horizontal ? adj_py(f, x1) : adj_py(f, y1));
    if (p->pixel > 0 && !l->horizontal && a == b) b = a + p->pixel;
    cairo_rectangle(p->cr, fmin(a, b), fmin(u, v), fabs(b - a), fabs(v - u));
    fill_and_edge(p, l, l->color_each ? l->color_each[i] : c);
}

void adj_bars_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, AdjColor c)
{
    cairo_set_line_join(p->cr, CAIRO_LINE_JOIN_MITER);
    for (int64_t i = 0; i < l->n; i++) bar(p, f, l, i, c);
}

static double x_of(const AdjLayer *l, int64_t i)
{
    return l->x ? l->x[i] : (double)i;
}

static bool whole(const AdjLayer *l, int64_t i)
{
    return isfinite(x_of(l, i)) && isfinite(l->y[i]) && (!l->y2 || isfinite(l->y2[i]));
}

static void corner(AdjPainter *p, const AdjFrame *f, double x, double y)
{
    cairo_line_to(p->cr, adj_held(adj_px(f, x)), adj_held(adj_py(f, y)));
}

void adj_band_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, AdjColor c)
{
    cairo_set_line_join(p->cr, CAIRO_LINE_JOIN_ROUND);
    for (int64_t from = 0; from < l->n;) {
        if (!whole(l, from)) {
            from++;
            continue;
        }
        int64_t to = from;
        while (to < l->n && whole(l, to)) to++;
        for (int64_t i = from; i < to; i++) {
            if (l->step && i > from) corner(p, f, x_of(l, i), l->y[i - 1]);
            corner(p, f, x_of(l, i), l->y[i]);
        }
        for (int64_t i = to - 1; i >= from; i--) {
            corner(p, f, x_of(l, i), l->y2 ? l->y2[i] : 0);
            if (l->step && i > from) corner(p, f, x_of(l, i), l->y2 ? l->y2[i - 1] : 0);
        }
        cairo_close_path(p->cr);
        fill_and_edge(p, l, c);
        from = to;
    }
}

void adj_polygon_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, AdjColor c)
{
    for (int64_t i = 0; i < l->n; i++)
        if (isfinite(x_of(l, i)) && isfinite(l->y[i])) corner(p, f, x_of(l, i), l->y[i]);
    cairo_close_path(p->cr);
    fill_and_edge(p, l, c);
}

// from..to of the axes' length as places; a rule without ends goes all the way.
static void ends_of(const AdjLayer *l, double start, double length, double *a, double *b)
{
    bool all = l->from == 0 && l->to == 0;
    *a = start + (all ? 0 : l->from) * length;
    *b = start + (all ? 1 : l->to) * length;
}

void adj_rule_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, AdjColor c)
{
    double width = l->width > 0 ? l->width : 1.2, a, b;
    double v = l->vertical ? adj_px(f, l->x[0]) : adj_py(f, l->y[0]);
    if (!isfinite(v)) return;
    v = adj_crisp(p, adj_held(v), width);
    adj_ink_alpha(p->cr, c, l->alpha);
    cairo_set_line_width(p->cr, width);
    adj_dash(p->cr, l->dash, width);
    if (l->vertical) {
        ends_of(l, f->at.y + f->at.h, -f->at.h, &a, &b);
        cairo_move_to(p->cr, v, a);
        cairo_line_to(p->cr, v, b);
    } else {
        ends_of(l, f->at.x, f->at.w, &a, &b);
        cairo_move_to(p->cr, a, v);
        cairo_line_to(p->cr, b, v);
    }
    cairo_stroke(p->cr);
}

void adj_span_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, AdjColor c)
{
    double a, b;
    double u = adj_held(l->vertical ? adj_px(f, l->x[0]) : adj_py(f, l->y[0]));
    double v = adj_held(l->vertical ? adj_px(f, l->x2[0]) : adj_py(f, l->y2[0]));
    if (isnan(u) || isnan(v)) return;
    if (l->vertical) {
        ends_of(l, f->at.y + f->at.h, -f->at.h, &a, &b);
        cairo_rectangle(p->cr, fmin(u, v), fmin(a, b), fabs(v - u), fabs(b - a));
    } else {
        ends_of(l, f->at.x, f->at.w, &a, &b);
        cairo_rectangle(p->cr, fmin(a, b), fmin(u, v), fabs(b - a), fabs(v - u));
    }
    fill_and_edge(p, l, c);
}

static void wedge_texts(AdjPainter *p, const AdjLayer *l, int64_t i, double share, double x,
                        double y, double r, double angle)
{
    char text[64];
    AdjWriting w = {.up = ADJ_CENTER, .across = cos(angle) > 0 ? ADJ_START : ADJ_END};
    if (l->names && l->names[i])
        adj_text_put(p, l->names[i], x + 1.1 * r * cos(angle), y - 1.1 * r * sin(angle), &w);
    if (!l->percent) return;
    snprintf(text, sizeof text, l->percent, 100 * share);
    w.across = ADJ_CENTER;
    adj_text_put(p, text, x + 0.6 * r * cos(angle), y - 0.6 * r * sin(angle), &w);
}

void adj_wedges_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l)
{
    double sum = 0, x = adj_px(f, 0), y = adj_py(f, 0), r = fabs(adj_px(f, 1) - x);
    for (int64_t i = 0; i < l->n; i++)
        if (l->y[i] > 0 && isfinite(l->y[i])) sum += l->y[i];
    double angle = l->from * M_PI / 180;
    for (int64_t i = 0; sum > 0 && i < l->n; i++) {
        double share = l->y[i] > 0 && isfinite(l->y[i]) ? l->y[i] / sum : 0;
        double next = angle + 2 * M_PI * share;
        cairo_move_to(p->cr, x, y);
        cairo_arc_negative(p->cr, x, y, r, -angle, -next);
        cairo_close_path(p->cr);
        adj_ink_alpha(
            p->cr, l->color_each ? l->color_each[i] : adj_color_cycle((int)i, p->style->dark),
            l->alpha);
        cairo_fill_preserve(p->cr);
        adj_ink(p->cr, l->edge ? l->edge : p->style->paper);
        cairo_set_line_width(p->cr, 1);
        cairo_stroke(p->cr);
        wedge_texts(p, l, i, share, x, y, r, (angle + next) / 2);
        angle = next;
    }
}
