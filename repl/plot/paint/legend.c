// SPDX-License-Identifier: Apache-2.0
// legend.c: which line is which. The best place is where the fewest points and pieces of lines
// lie under the box: nine places are tried, the corners first, and each counts what it would
// cover, in the same positions on paper as the data will have.
#include "plot/paint/internal.h"

#include <stdlib.h>

enum { MOST = 40, SAMPLES = 1500 };
static const double PAD = 6, HANDLE = 20, GAP = 6, BETWEEN = 3, MARGIN = 7;

typedef struct Entries {
    int n, columns, rows;
    int layer[MOST];
    AdjWriting writing, heading;
    double row_high, column_wide[MOST], title_high, title_wide;
    double w, h;
} Entries;

static void open_entries(AdjPainter *p, const AdjFrame *f, Entries *e)
{
    const AdjAxes *a = f->axes;
    *e = (Entries){.columns = a->legend_columns > 0 ? a->legend_columns : 1};
    e->writing =
        (AdjWriting){.size = a->legend_size > 0 ? a->legend_size : p->style->small + 0.3,
                     .up = ADJ_CENTER,
                     .color = p->style->ink};
    e->heading = e->writing;
    e->heading.bold = true;
    for (int i = 0; i < a->layer_count && e->n < MOST; i++) {
        const char *label = a->layers[i].label;
        if (label && *label && *label != '_') e->layer[e->n++] = i;
    }
    if (e->columns > e->n) e->columns = e->n ? e->n : 1;
    e->rows = (e->n + e->columns - 1) / e->columns;
    for (int i = 0; i < e->n; i++) {
        AdjExtent size = adj_text_size(p, a->layers[e->layer[i]].label, &e->writing);
        int column = i / e->rows;
        e->row_high = fmax(e->row_high, size.h);
        e->column_wide[column] = fmax(e->column_wide[column], HANDLE + GAP + size.w);
    }
    for (int i = 0; i < e->columns; i++) e->w += e->column_wide[i] + (i ? 2 * PAD : 0);
    e->h = e->rows * (e->row_high + BETWEEN) - BETWEEN;
    if (a->legend_title && *a->legend_title) {
        AdjExtent size = adj_text_size(p, a->legend_title, &e->heading);
        e->title_high = size.h + BETWEEN;
        e->w = fmax(e->w, size.w);
        e->h += e->title_high;
    }
    e->w += 2 * PAD;
    e->h += 2 * PAD;
}

AdjExtent adj_legend_size(AdjPainter *p, const AdjFrame *f)
{
    Entries e;
    open_entries(p, f, &e);
    return (AdjExtent){.w = e.n ? e.w : 0, .h = e.n ? e.h : 0};
}

static void place_box(const AdjFrame *f, const Entries *e, AdjLegendPlace where, double *x,
                      double *y)
{
    static const double at[][2] = {
        [ADJ_LEGEND_BEST] = {1, 0},           [ADJ_LEGEND_UPPER_RIGHT] = {1, 0},
        [ADJ_LEGEND_UPPER_LEFT] = {0, 0},     [ADJ_LEGEND_LOWER_LEFT] = {0, 1},
        [ADJ_LEGEND_LOWER_RIGHT] = {1, 1},    [ADJ_LEGEND_RIGHT] = {1, 0.5},
        [ADJ_LEGEND_CENTER_LEFT] = {0, 0.5},  [ADJ_LEGEND_CENTER_RIGHT] = {1, 0.5},
        [ADJ_LEGEND_LOWER_CENTER] = {0.5, 1}, [ADJ_LEGEND_UPPER_CENTER] = {0.5, 0},
        [ADJ_LEGEND_CENTER] = {0.5, 0.5},     [ADJ_LEGEND_OUTSIDE] = {1, 0},
    };
    *x = f->at.x + MARGIN + at[where][0] * (f->at.w - e->w - 2 * MARGIN);
    *y = f->at.y + MARGIN + at[where][1] * (f->at.h - e->h - 2 * MARGIN);
    if (where == ADJ_LEGEND_OUTSIDE) *x = f->at.x + f->at.w + 8, *y = f->at.y;
}

static bool inside(double x, double y, const double box[4])
{
    return x >= box[0] && x <= box[0] + box[2] && y >= box[1] && y <= box[1] + box[3];
}

// Bars cover from their feet to their tops.
static double covered_bars(const AdjFrame *f, const AdjLayer *l, const double box[4])
{
    double hits = 0;
    for (int64_t i = 0; i < l->n; i++) {
        double half = (l->thickness_each  ? l->thickness_each[i]
                       : l->thickness > 0 ? l->thickness
                                          : 0.8) /
                      2;
        double foot = l->base ? l->base[i] : 0, top = foot + l->y[i];
        double a = l->horizontal ? adj_px(f, foot) : adj_px(f, l->x[i] - half);
        double b = l->horizontal ? adj_px(f, top) : adj_px(f, l->x[i] + half);
        double u = l->horizontal ? adj_py(f, l->x[i] - half) : adj_py(f, foot);
        double v = l->horizontal ? adj_py(f, l->x[i] + half) : adj_py(f, top);
        if (fmax(a, b) > box[0] && fmin(a, b) < box[0] + box[2] && fmax(u, v) > box[1] &&
            fmin(u, v) < box[1] + box[3])
            hits += 8;
    }
    return hits;
}

static double covered_by(const AdjFrame *f, const AdjLayer *l, const double box[4])
{
    double hits = 0, last_x = NAN, last_y = NAN;
    if (l->kind == ADJ_BARS) return covered_bars(f, l, box);
    if (l->kind == ADJ_IMAGE || l->kind == ADJ_CONTOUR || l->kind == ADJ_RULE ||
        l->kind == ADJ_SPAN || l->kind == ADJ_WEDGES || !l->y)
        return 0;
    int64_t step = 1 + l->n / SAMPLES;
    for (int64_t i = 0; i < l->n; i += step) {
        double x = adj_px(f, l->x ? l->x[i] : (double)i), y = adj_py(f, l->y[i]);
        if (!isfinite(x) || !isfinite(y)) {
            last_x = NAN;
            continue;
        }
        if (inside(x, y, box)) hits += 1;
        // Of a segment its inner points count too, one for every four points of length.
        double length =
            isnan(last_x) || l->kind == ADJ_POINTS ? 0 : hypot(x - last_x, y - last_y);
        int pieces = (int)fmin(200, length / 4);
        for (int k = 1; k < pieces; k++) {
            double t = (double)k / pieces;
            if (inside(last_x + t * (x - last_x), last_y + t * (y - last_y), box)) hits += 1;
        }
        if (l->kind == ADJ_BAND && l->y2) {  // the area between counts like its edges
            double y2 = adj_py(f, l->y2[i]);
            if (isfinite(y2) && fmin(y, y2) < box[1] + box[3] && fmax(y, y2) > box[1] &&
                x >= box[0] && x <= box[0] + box[2])
                hits += 1;
        }
        last_x = x, last_y = y;
    }
    return hits;
}

static AdjLegendPlace best_place(const AdjFrame *f, const Entries *e)
{
    static const AdjLegendPlace order[] = {
        ADJ_LEGEND_UPPER_RIGHT,  ADJ_LEGEND_UPPER_LEFT,   ADJ_LEGEND_LOWER_RIGHT,
        ADJ_LEGEND_LOWER_LEFT,   ADJ_LEGEND_CENTER_RIGHT, ADJ_LEGEND_CENTER_LEFT,
        ADJ_LEGEND_UPPER_CENTER, ADJ_LEGEND_LOWER_CENTER, ADJ_LEGEND_CENTER};
    AdjLegendPlace best = ADJ_LEGEND_UPPER_RIGHT;
    double least = INFINITY;
    for (size_t i = 0; i < sizeof order / sizeof *order && least > 0; i++) {
        double box[4] = {0, 0, e->w, e->h}, hits = 0;
        place_box(f, e, order[i], &box[0], &box[1]);
        for (int k = 0; k < f->axes->layer_count; k++)
            hits += covered_by(f, &f->axes->layers[k], box);
        if (hits < least) least = hits, best = order[i];
    }
    return best;
}

static void handle(AdjPainter *p, const AdjFrame *f, int layer, double x, double y)
{
    const AdjLayer *l = &f->axes->layers[layer];
    AdjColor c = adj_layer_color(p, f, layer);
    double middle = x + HANDLE / 2, width = l->width > 0 ? l->width : 1.6;
    bool line = l->kind == ADJ_LINE || l->kind == ADJ_RULE || l->kind == ADJ_ERRORS;
    cairo_save(p->cr);
    if (line && l->dash != ADJ_NO_LINE) {
        adj_ink_alpha(p->cr, c, l->alpha);
        cairo_set_line_width(p->cr, fmin(width, 5));
        cairo_set_line_cap(p->cr, CAIRO_LINE_CAP_ROUND);
        adj_dash(p->cr, l->dash, width);
        cairo_move_to(p->cr, x, y);
        cairo_line_to(p->cr, x + HANDLE, y);
        cairo_stroke(p->cr);
        cairo_set_dash(p->cr, NULL, 0, 0);
    }
    if (l->kind == ADJ_POINTS || (l->kind == ADJ_LINE && l->marker)) {
        double size = fmin(l->size > 0 ? l->size : 6, 10);
        if (l->c)
            c = adj_map_color(adj_map_find(l->map) ? adj_map_find(l->map) : adj_map_find(NULL),
                              0.5);
        if (l->color_each && l->n) c = l->color_each[0];
        adj_marker_paint(p->cr, l->marker ? l->marker : 'o', middle, y, size,
                         l->marker_face ? l->marker_face : c,
                         l->marker_edge ? l->marker_edge
                         : l->edge      ? l->edge
                                        : c,
                         l->alpha, 1);
    } else if (!line && l->kind != ADJ_WRITING) {
        cairo_rectangle(p->cr, x, y - 3.6, HANDLE, 7.2);
        adj_ink_alpha(p->cr, l->color_each && l->n ? l->color_each[0] : c, l->alpha);
        cairo_fill_preserve(p->cr);
        if (l->edge & 0xff) {
            adj_ink_alpha(p->cr, l->edge, l->alpha);
            cairo_set_line_width(p->cr, 1);
            cairo_stroke(p->cr);
        }
        cairo_new_path(p->cr);
    }
    cairo_restore(p->cr);
}

static void frame(AdjPainter *p, double x, double y, double w, double h)
{
    double r = 3;
    cairo_new_sub_path(p->cr);
    cairo_arc(p->cr, x + w - r, y + r, r, -M_PI / 2, 0);
    cairo_arc(p->cr, x + w - r, y + h - r, r, 0, M_PI / 2);
    cairo_arc(p->cr, x + r, y + h - r, r, M_PI / 2, M_PI);
    cairo_arc(p->cr, x + r, y + r, r, M_PI, 3 * M_PI / 2);
    cairo_close_path(p->cr);
    adj_ink(p->cr, p->style->legend);
    cairo_fill_preserve(p->cr);
    adj_ink(p->cr, p->style->faint);
    cairo_set_line_width(p->cr, 0.8);
    cairo_stroke(p->cr);
}

void adj_legend_paint(AdjPainter *p, const AdjFrame *f)
{
    const AdjAxes *a = f->axes;
    Entries e;
    double x, y;
    open_entries(p, f, &e);
    if (!e.n) return;
    place_box(f, &e, a->legend_place ? a->legend_place : best_place(f, &e), &x, &y);
    if (p->pixel > 0) x = round(x / p->pixel) * p->pixel, y = round(y / p->pixel) * p->pixel;
    if (!a->legend_frameless) frame(p, x, y, e.w, e.h);
    if (e.title_high > 0) {
        AdjWriting w = e.heading;
        w.across = ADJ_CENTER, w.up = ADJ_START;
        adj_text_put(p, a->legend_title, x + e.w / 2, y + PAD, &w);
    }
    double column = x + PAD;
    for (int i = 0; i < e.n; i++) {
        if (i && i % e.rows == 0) column += e.column_wide[i / e.rows - 1] + 2 * PAD;
        double row =
            y + PAD + e.title_high + (i % e.rows) * (e.row_high + BETWEEN) + e.row_high / 2;
        handle(p, f, e.layer[i], column, row);
        adj_text_put(p, a->layers[e.layer[i]].label, column + HANDLE + GAP, row, &e.writing);
    }
}
