// SPDX-License-Identifier: Apache-2.0
// marker.c: markers, under matplotlib's letters, and clouds of them. Of many opaque points that
// fall on the same pixel one is drawn: the others would cover it exactly. Of transparent ones
// as many are drawn as it takes to look solid.
#include "plot/paint/internal.h"

#include <stdlib.h>
#include <string.h>

// A regular polygon, or with [inner] below 1 a star.
static void polygon(cairo_t *cr, double x, double y, double r, int corners, double turn,
                    double inner)
{
    int n = inner < 1 ? 2 * corners : corners;
    for (int i = 0; i < n; i++) {
        double a = turn + 2 * M_PI * i / n, rr = i % 2 && inner < 1 ? r * inner : r;
        cairo_line_to(cr, x + rr * sin(a), y - rr * cos(a));
    }
    cairo_close_path(cr);
}

static void spokes(cairo_t *cr, double x, double y, double r, int n, double turn)
{
    for (int i = 0; i < n; i++) {
        double a = turn + 2 * M_PI * i / n;
        cairo_move_to(cr, x, y);
        cairo_line_to(cr, x + r * sin(a), y - r * cos(a));
    }
}

static void thick_cross(cairo_t *cr, double x, double y, double r, double turn)
{
    static const double at[12][2] = {{1, 3},   {1, 1},   {3, 1},   {3, -1}, {1, -1}, {1, -3},
                                     {-1, -3}, {-1, -1}, {-3, -1}, {-3, 1}, {-1, 1}, {-1, 3}};
    for (int i = 0; i < 12; i++) {
        double u = at[i][0] * r / 3, v = at[i][1] * r / 3;
        cairo_line_to(cr, x + u * cos(turn) - v * sin(turn), y + u * sin(turn) + v * cos(turn));
    }
    cairo_close_path(cr);
}

// The outline of the marker as a path; false when it is made of strokes alone.
static bool outline(cairo_t *cr, char marker, double x, double y, double r)
{
    switch (marker) {
    case 's': cairo_rectangle(cr, x - r, y - r, 2 * r, 2 * r); return true;
    case '^': polygon(cr, x, y + r * 0.15, r * 1.15, 3, 0, 1); return true;
    case 'v': polygon(cr, x, y - r * 0.15, r * 1.15, 3, M_PI, 1); return true;
    case '>': polygon(cr, x - r * 0.15, y, r * 1.15, 3, M_PI / 2, 1); return true;
    case '<': polygon(cr, x + r * 0.15, y, r * 1.15, 3, -M_PI / 2, 1); return true;
    case 'D': polygon(cr, x, y, r * 1.25, 4, 0, 1); return true;
    case 'd': {
        cairo_matrix_t m;
        cairo_get_matrix(cr, &m);
        cairo_translate(cr, x, y);
        cairo_scale(cr, 0.65, 1);
        polygon(cr, 0, 0, r * 1.25, 4, 0, 1);
        cairo_set_matrix(cr, &m);
        return true;
    }
    case 'p': polygon(cr, x, y, r * 1.1, 5, 0, 1); return true;
    case 'h': polygon(cr, x, y, r * 1.1, 6, 0, 1); return true;
    case 'H': polygon(cr, x, y, r * 1.1, 6, M_PI / 6, 1); return true;
    case '8': polygon(cr, x, y, r * 1.1, 8, M_PI / 8, 1); return true;
    case '*': polygon(cr, x, y, r * 1.2, 5, 0, 0.4); return true;
    case 'P': thick_cross(cr, x, y, r, 0); return true;
    case 'X': thick_cross(cr, x, y, r, M_PI / 4); return true;
    case '+': spokes(cr, x, y, r, 4, 0); return false;
    case 'x': spokes(cr, x, y, r * 1.2, 4, M_PI / 4); return false;
    case '|': spokes(cr, x, y, r, 2, 0); return false;
    case '_': spokes(cr, x, y, r, 2, M_PI / 2); return false;
    case '1': spokes(cr, x, y, r, 3, M_PI); return false;
    case '2': spokes(cr, x, y, r, 3, 0); return false;
    case '3': spokes(cr, x, y, r, 3, -M_PI / 2); return false;
    case '4': spokes(cr, x, y, r, 3, M_PI / 2); return false;
    default: cairo_arc(cr, x, y, r, 0, 2 * M_PI); return true;
    }
}

void adj_marker_paint(cairo_t *cr, char marker, double x, double y, double size, AdjColor face,
                      AdjColor edge, double alpha, double width)
{
    double r = size / 2;
    if (marker == '.') r /= 2;
    if (marker == ',') r = 0.5;
    cairo_new_path(cr);
    bool solid = outline(cr, marker, x, y, r);
    if (solid && (face & 0xff)) {
        adj_ink_alpha(cr, face, alpha);
        cairo_fill_preserve(cr);
    }
    bool same = solid && edge == face && alpha > 0 && alpha < 1;
    if (width > 0 && (edge & 0xff) && !same) {
        adj_ink_alpha(cr, solid ? edge : (face & 0xff) ? face : edge, alpha);
        cairo_set_line_width(cr, width);
        cairo_stroke(cr);
    }
    cairo_new_path(cr);
}

// How often each pixel has been drawn to.
typedef struct Seen {
    uint8_t *at;
    int wide, high, most;
    double pixel;
} Seen;

static void open_seen(Seen *s, const AdjPainter *p, const AdjFrame *f, const AdjLayer *l)
{
    *s = (Seen){.pixel = (p->pixel > 0 ? p->pixel : 0.5) / 2};
    if (l->n < 5000 || l->size_each) return;
    s->wide = (int)(f->at.w / s->pixel) + 2;
    s->high = (int)(f->at.h / s->pixel) + 2;
    if ((int64_t)s->wide * s->high > 100000000) return;
    s->at = calloc((size_t)s->wide * (size_t)s->high, 1);
    double alpha = l->alpha > 0 ? l->alpha : 1;
    s->most = (int)fmin(200, ceil(4 / alpha));
    if (alpha >= 1) s->most = 1;
}

static bool covered(Seen *s, const AdjFrame *f, double x, double y)
{
    if (!s->at) return false;
    int i = (int)((x - f->at.x) / s->pixel), j = (int)((y - f->at.y) / s->pixel);
    if (i < 0 || j < 0 || i >= s->wide || j >= s->high) return false;
    uint8_t *count = &s->at[(size_t)j * (size_t)s->wide + (size_t)i];
    if (*count >= s->most) return true;
    (*count)++;
    return false;
}

void adj_points_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, AdjColor c)
{
    const AdjMap *map = l->c ? adj_map_find(l->map) : NULL;
    double low = 0, high = 1, width = l->width > 0 ? l->width : 0.8;
    char marker = l->marker ? l->marker : 'o';
    Seen seen;
    if (!l->x || !l->y) return;
    if (l->c) adj_layer_range(l, &low, &high);
    open_seen(&seen, p, f, l);
    cairo_set_line_cap(p->cr, CAIRO_LINE_CAP_BUTT);
    cairo_set_line_join(p->cr, CAIRO_LINE_JOIN_MITER);
    for (int64_t i = 0; i < l->n; i++) {
        if (!isfinite(l->x[i]) || !isfinite(l->y[i])) continue;
        double size = l->size_each ? sqrt(fmax(0, l->size_each[i])) : l->size > 0 ? l->size : 6;
        double x = adj_px(f, l->x[i]), y = adj_py(f, l->y[i]);
        if (x < f->at.x - size || x > f->at.x + f->at.w + size) continue;
        if (y < f->at.y - size || y > f->at.y + f->at.h + size) continue;
        if (!isfinite(size) || covered(&seen, f, x, y)) continue;
        AdjColor face = map             ? adj_layer_mapped(l, map, low, high, l->c[i])
                        : l->color_each ? l->color_each[i]
                                        : c;
        AdjColor edge = l->edge ? l->edge : face;
        if (l->marker_face) face = l->marker_face;
        adj_marker_paint(p->cr, marker, x, y, fmin(size, 4000), face, edge, l->alpha, width);
    }
    free(seen.at);
}
