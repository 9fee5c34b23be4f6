// SPDX-License-Identifier: Apache-2.0
//
// The net of small pictures. Columns stand from left to right as the numbers pass; a unit's
// picture is what the unit makes of the whole plane, and its edges are its weights: the colour
// is the sign, the width and the strength are the size, both relative to the largest weight of
// the column.

#include "maps.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double HEAD = 20, MORE = 18, LEAST = 16, MOST = 56;

// The side of a picture and the step from one to the next.
typedef struct {
    double side, down, across, top, height;
} Places;

static Places places_of(const AdjUiNet *n, AdjUiRect r)
{
    int most = 1;
    for (int c = 0; c < n->count; c++)
        if (n->columns[c].shown > most) most = n->columns[c].shown;
    Places p = {.top = r.y + HEAD, .height = r.h - HEAD - MORE};
    double gaps = n->count > 1 ? n->count - 1 : 1;
    p.side = fmin(p.height / most * 0.86, r.w / (n->count + gaps * 0.85));
    p.side = floor(fmax(LEAST, fmin(MOST, p.side)));
    p.down = fmin(p.side * 1.3, (p.height - p.side) / fmax(most - 1, 1));
    p.across = n->count > 1 ? fmin((r.w - p.side) / (n->count - 1), p.side * 5) : 0;
    return p;
}

AdjUiRect adj_ui_net_unit(const AdjUiNet *n, AdjUiRect r, int column, int unit)
{
    Places p = places_of(n, r);
    int shown = n->columns[column].shown;
    double wide = p.across * (n->count - 1) + p.side;
    double top = p.top + (p.height - (p.down * (shown - 1) + p.side)) / 2;
    return adj_ui_rect(round(r.x + (r.w - wide) / 2 + column * p.across),
                       round(top + unit * p.down), p.side, p.side);
}

bool adj_ui_net_at(const AdjUiNet *n, AdjUiRect r, double x, double y, int *column, int *unit)
{
    for (int c = 0; c < n->count; c++)
        for (int u = 0; u < n->columns[c].shown; u++) {
            AdjUiRect at = adj_ui_net_unit(n, r, c, u);
            if (x < at.x || y < at.y || x >= at.x + at.w || y >= at.y + at.h) continue;
            *column = c;
            *unit = u;
            return true;
        }
    return false;
}

static double largest(const AdjUiColumn *c)
{
    double most = 0;
    for (int i = 0; c->weights && i < c->shown * c->weight_columns; i++)
        if (isfinite(c->weights[i])) most = fmax(most, fabs((double)c->weights[i]));
    return most > 0 ? most : 1;
}

// A place of the curve and half its width across it.
static void edge_at(const double x[2], const double y[2], double t, double half, double at[2],
                    double across[2])
{
    double bend = (x[1] - x[0]) * 0.45, u = 1 - t;
    double a = 3 * u * u * t, b = 3 * u * t * t, c = t * t * t;
    at[0] = u * u * u * x[0] + a * (x[0] + bend) + b * (x[1] - bend) + c * x[1];
    at[1] = (u * u * u + a) * y[0] + (b + c) * y[1];
    double dx = 3 * u * u * bend + 6 * u * t * (x[1] - x[0] - 2 * bend) + 3 * t * t * bend;
    double dy = 6 * u * t * (y[1] - y[0]), length = hypot(dx, dy);
    across[0] = length > 0 ? -dy / length * half : 0;
    across[1] = length > 0 ? dx / length * half : half;
}

// As a filled band: cairo strokes curves at three times the price, and there are hundreds.
static void paint_edge(cairo_t *cr, const AdjUiTheme *theme, AdjUiRect from, AdjUiRect to,
                       double t, bool strong)
{
    enum { PIECES = 14 };
    double x[2] = {from.x + from.w, to.x};
    double y[2] = {from.y + from.h / 2, to.y + to.h / 2};
    double size = fmin(1, fabs(t)), half = 0.2 + (strong ? 2.1 : 1.6) * size;
    double at[2], across[2];
    for (int i = 0; i <= 2 * PIECES + 1; i++) {
        bool back = i > PIECES;
        edge_at(x, y, (back ? 2 * PIECES + 1 - i : i) / (double)PIECES, half, at, across);
        cairo_line_to(cr, at[0] + (back ? -across[0] : across[0]),
                      at[1] + (back ? -across[1] : across[1]));
    }
    cairo_close_path(cr);
    adj_ui_ink(cr, adj_ui_class_colour(theme, t > 0),
               strong ? 0.55 + 0.45 * size : 0.06 + 0.74 * size);
    cairo_fill(cr);
}

// The edges into a column; [unit] only those of one, [from] only those from one (-1: all).
static void paint_edges(cairo_t *cr, const AdjUiTheme *theme, const AdjUiNet *n, AdjUiRect r,
                        int column, int from, int unit, bool strong)
{
    const AdjUiColumn *c = &n->columns[column];
    double most = largest(c);
    if (column < 1 || !c->weights) return;
    int inputs = c->weight_columns < c[-1].shown ? c->weight_columns : c[-1].shown;
    for (int u = 0; u < c->shown; u++)
        for (int i = 0; i < inputs; i++) {
            double w = c->weights[u * c->weight_columns + i];
            if ((unit >= 0 && u != unit) || (from >= 0 && i != from) || !isfinite(w)) continue;
            paint_edge(cr, theme, adj_ui_net_unit(n, r, column - 1, i),
                       adj_ui_net_unit(n, r, column, u), w / most, strong);
        }
}

static void paint_unit(cairo_t *cr, const AdjUiTheme *theme, const AdjUiField *f, AdjUiRect r,
                       bool selected)
{
    cairo_save(cr);
    adj_ui_round(cr, r, 4);
    cairo_clip(cr);
    adj_ui_paint_field(cr, theme, f, r, fmax(fabs(f->low), fabs(f->high)));
    cairo_restore(cr);
    adj_ui_round(cr, adj_ui_inset(r, 0.5), 4);
    adj_ui_ink(cr, selected ? theme->accent : theme->line, 1);
    cairo_set_line_width(cr, selected ? 2.4 : 1);
    cairo_stroke(cr);
}

static void paint_titles(cairo_t *cr, const AdjUiTheme *theme, const AdjUiNet *n, AdjUiRect r)
{
    Places p = places_of(n, r);
    AdjUiType type = {.size = 10.5}, small = {.size = 10};
    double room = n->count > 1 ? fmax(p.across - 4, p.side) : r.w;
    for (int c = 0; c < n->count; c++) {
        const AdjUiColumn *column = &n->columns[c];
        AdjUiRect first = adj_ui_net_unit(n, r, c, 0);
        AdjUiRect last = adj_ui_net_unit(n, r, c, column->shown - 1);
        double middle = first.x + first.w / 2;
        // A title of the first or the last column has room on its outer side only to the edge.
        double wide = fmin(room, 2 * fmin(middle - r.x + 12, r.x + r.w - middle + 12));
        // Where there is no room for all that a column is, its last part says what is seen.
        const char *title = column->title, *part;
        while (adj_ui_text_width(cr, title, type) > wide && (part = strstr(title, " + ")))
            title = part + 3;
        adj_ui_ink(cr, theme->faint, 1);
        adj_ui_text(cr, title, type, ADJ_UI_MIDDLE, middle, first.y - 7, wide);
        if (column->shown >= column->units) continue;
        char text[32];
        snprintf(text, sizeof text, "+ %d", column->units - column->shown);
        adj_ui_text(cr, text, small, ADJ_UI_MIDDLE, middle, last.y + last.h + 14, wide);
    }
}

void adj_ui_paint_net(cairo_t *cr, const AdjUiTheme *theme, const AdjUiNet *n, AdjUiRect r,
                      const char *selected)
{
    cairo_save(cr);
    // Hundreds of long curves: their edges may be a little coarser than those of letters.
    cairo_set_antialias(cr, CAIRO_ANTIALIAS_FAST);
    cairo_set_tolerance(cr, 0.35);
    for (int c = 1; c < n->count; c++) paint_edges(cr, theme, n, r, c, -1, -1, false);
    cairo_restore(cr);
    for (int c = 0; c < n->count; c++)
        for (int u = 0; u < n->columns[c].shown; u++)
            paint_unit(cr, theme, &n->columns[c].maps[u], adj_ui_net_unit(n, r, c, u),
                       selected && *selected && !strcmp(selected, n->columns[c].path));
    paint_titles(cr, theme, n, r);
}

static void paint_place(cairo_t *cr, const AdjUiTheme *theme, AdjUiRect r, double across,
                        double down)
{
    cairo_new_path(cr);
    cairo_arc(cr, r.x + r.w * across, r.y + r.h * down, 2.6, 0, 2 * M_PI);
    adj_ui_ink(cr, theme->text, 1);
    cairo_fill_preserve(cr);
    adj_ui_ink(cr, theme->card, 1);
    cairo_set_line_width(cr, 1);
    cairo_stroke(cr);
}

void adj_ui_paint_net_marks(cairo_t *cr, const AdjUiTheme *theme, const AdjUiNet *n,
                            AdjUiRect r, int column, int unit, double across, double down)
{
    for (int c = 0; c < n->count && across >= 0; c++)
        for (int u = 0; u < n->columns[c].shown; u++)
            paint_place(cr, theme, adj_ui_net_unit(n, r, c, u), across, down);
    if (column < 0 || column >= n->count || unit >= n->columns[column].shown) return;
    paint_edges(cr, theme, n, r, column, -1, unit, true);
    if (column + 1 < n->count) paint_edges(cr, theme, n, r, column + 1, unit, -1, true);
    paint_unit(cr, theme, &n->columns[column].maps[unit], adj_ui_net_unit(n, r, column, unit),
               true);
}
