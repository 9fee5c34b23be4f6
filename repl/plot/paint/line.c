// SPDX-License-Identifier: Apache-2.0
// line.c: lines and their markers. A line whose x ascends and that has many more points than
// there are pixels is drawn as what a pen would leave of it: for each column of pixels where it
// enters, its least and greatest, where it leaves. That is the same picture, made of at most
// four points a column, so no peak of a million-point curve is ever lost. The least and
// greatest come from the layer's pyramid where it has one, else from reading the points.
#include "plot/paint/internal.h"

#include <stdlib.h>

static double x_of(const AdjLayer *l, int64_t i)
{
    return l->x ? l->x[i] : (double)i;
}

static bool ascends(const AdjLayer *l)
{
    for (int64_t i = 1; l->x && i < l->n; i++)
        if (!(l->x[i] >= l->x[i - 1])) return false;
    return true;
}

// Clips a segment to a box far outside of the paper (Liang and Barsky 1984): beyond it Cairo's
// coordinates end. False: nothing of it is left.
static bool clip(double p[4])
{
    double t0 = 0, t1 = 1, far = 16000;
    double dx = p[2] - p[0], dy = p[3] - p[1];
    double d[4] = {-dx, dx, -dy, dy};
    double q[4] = {p[0] + far, far - p[0], p[1] + far, far - p[1]};
    for (int i = 0; i < 4; i++) {
        if (d[i] == 0) {
            if (q[i] < 0) return false;
            continue;
        }
        double t = q[i] / d[i];
        if (d[i] < 0)
            t0 = fmax(t0, t);
        else
            t1 = fmin(t1, t);
    }
    if (t0 > t1) return false;
    double x = p[0], y = p[1];
    p[0] = x + t0 * dx, p[1] = y + t0 * dy, p[2] = x + t1 * dx, p[3] = y + t1 * dy;
    return true;
}

typedef struct Pen {
    cairo_t *cr;
    bool down;
    double x, y;
    int64_t count;
    int piece;  // points of a stroke
} Pen;

static bool is_far(double v)
{
    return !(fabs(v) < 16000);
}

static void lift(Pen *pen)
{
    pen->down = false;
}

// Paths that cross themselves often slow Cairo down much more than in proportion, so they are
// stroked in pieces: short ones where a seam cannot be seen, long ones where it could (dashes
// begin anew at a seam, and half transparent ends lie over each other). A noisy curve of a
// thousand points takes 4 ms in pieces of 12 and 60 ms as one.
enum { PIECE = 12, LONG_PIECE = 20000 };

static void draw_to(Pen *pen, double x, double y)
{
    if (isnan(x) || isnan(y)) {
        lift(pen);
        return;
    }
    if (!pen->down) {
        pen->down = true;
        if (!is_far(x) && !is_far(y)) {
            cairo_move_to(pen->cr, x, y);
            cairo_line_to(pen->cr, x, y);
        }
    } else if (is_far(x) || is_far(y) || is_far(pen->x) || is_far(pen->y)) {
        double s[4] = {pen->x, pen->y, x, y};
        if (clip(s)) {
            cairo_move_to(pen->cr, s[0], s[1]);
            cairo_line_to(pen->cr, s[2], s[3]);
        }
    } else {
        cairo_line_to(pen->cr, x, y);
        if (++pen->count % pen->piece == 0) {
            cairo_stroke(pen->cr);
            cairo_move_to(pen->cr, x, y);
        }
    }
    pen->x = x;
    pen->y = y;
}

static void trace(Pen *pen, const AdjFrame *f, const AdjLayer *l)
{
    for (int64_t i = 0; i < l->n; i++) {
        double x = adj_px(f, x_of(l, i)), y = adj_py(f, l->y[i]);
        if (!isfinite(l->y[i]) || !isfinite(x_of(l, i))) {
            lift(pen);
            continue;
        }
        if (pen->down && l->step == ADJ_STEP_POST) draw_to(pen, x, pen->y);
        if (pen->down && l->step == ADJ_STEP_PRE) draw_to(pen, pen->x, y);
        if (pen->down && l->step == ADJ_STEP_MID) {
            double middle = (pen->x + x) / 2;
            draw_to(pen, middle, pen->y);
            draw_to(pen, middle, y);
        }
        draw_to(pen, x, y);
    }
}

// The first point from [from] on whose x is at or beyond the place [px].
static int64_t first_beyond(const AdjFrame *f, const AdjLayer *l, int64_t from, double px)
{
    int64_t low = from, high = l->n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (adj_px(f, x_of(l, middle)) < px)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool range_of(const AdjLayer *l, int64_t from, int64_t to, double *low, double *high)
{
    if (l->pyramid) return adj_pyramid_range(l->pyramid, from, to, low, high);
    return adj_range_of(l->y + from, to - from, false, low, high);
}

static void draw_column(Pen *pen, const AdjFrame *f, const AdjLayer *l, int64_t from,
                        int64_t to, double x)
{
    double low, high;
    if (to - from <= 4) {
        for (int64_t i = from; i < to; i++)
            draw_to(pen, adj_px(f, x_of(l, i)), isfinite(l->y[i]) ? adj_py(f, l->y[i]) : NAN);
        return;
    }
    if (!range_of(l, from, to, &low, &high)) {
        lift(pen);
        return;
    }
    if (isfinite(l->y[from])) draw_to(pen, x, adj_py(f, l->y[from]));
    draw_to(pen, x, adj_py(f, low));
    draw_to(pen, x, adj_py(f, high));
    if (isfinite(l->y[to - 1])) draw_to(pen, x, adj_py(f, l->y[to - 1]));
}

static void trace_columns(Pen *pen, const AdjFrame *f, const AdjLayer *l, double width)
{
    int64_t from = first_beyond(f, l, 0, f->at.x - 1);
    if (from > 0) from--;  // the segment that comes in from the left
    for (double px = f->at.x; from < l->n; px += width) {
        int64_t to = first_beyond(f, l, from, px + width);
        if (to > from) draw_column(pen, f, l, from, to, px + width / 2);
        from = to;
        if (px > f->at.x + f->at.w) {
            if (from < l->n) draw_column(pen, f, l, from, from + 1, px);
            break;
        }
    }
}

static void stroke(AdjPainter *p, const AdjFrame *f, const AdjLayer *l)
{
    bool seamless = l->dash == ADJ_SOLID && (l->alpha <= 0 || l->alpha >= 1);
    Pen pen = {.cr = p->cr, .piece = seamless ? PIECE : LONG_PIECE};
    double column = p->pixel > 0 ? p->pixel : 0.25;
    bool many = l->n > 6 * (int64_t)(f->at.w / column) && l->step == ADJ_NO_STEP;
    cairo_new_path(p->cr);
    if (many && !f->at.x_flipped && ascends(l))
        trace_columns(&pen, f, l, column);
    else
        trace(&pen, f, l);
    cairo_stroke(p->cr);
}

static void markers(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, AdjColor c)
{
    double size = l->size > 0 ? l->size : 6;
    AdjColor face = l->marker_face ? l->marker_face : c;
    AdjColor edge = l->marker_edge ? l->marker_edge : c;
    for (int64_t i = 0; i < l->n; i++) {
        double x = adj_px(f, x_of(l, i)), y = adj_py(f, l->y[i]);
        if (!isfinite(l->y[i]) || isnan(x) || x < f->at.x - size ||
            x > f->at.x + f->at.w + size)
            continue;
        if (y < f->at.y - size || y > f->at.y + f->at.h + size) continue;
        adj_marker_paint(p->cr, l->marker, x, y, size, face, edge, l->alpha, 1);
    }
}

void adj_line_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, AdjColor c)
{
    double width = l->width > 0 ? l->width : 1.6;
    if (!l->y) return;
    if (l->dash != ADJ_NO_LINE) {
        cairo_set_line_width(p->cr, width);
        cairo_set_line_join(p->cr, CAIRO_LINE_JOIN_ROUND);
        cairo_set_line_cap(p->cr, CAIRO_LINE_CAP_ROUND);
        adj_dash(p->cr, l->dash, width);
        adj_ink_alpha(p->cr, c, l->alpha);
        stroke(p, f, l);
    }
    cairo_set_dash(p->cr, NULL, 0, 0);
    if (l->marker) markers(p, f, l, c);
}
