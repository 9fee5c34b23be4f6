// SPDX-License-Identifier: Apache-2.0
//
// Painting the lens. Cells of pictures are square; those of matrices fill the room they have.
// Around the map that the window lies in there is a margin for padding, whose cells are dashed
// and count as 0. Lines from the element to the corners of its window show the cone between the
// two maps, as it is drawn for convolutions everywhere.

#include "lens.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double PAD = 16, GAP = 56, HEAD = 26, EQUATION = 218, CELL_MOST = 34;

bool adj_ui_lens_agrees(const AdjUiLensPicture *p)
{
    double scale = 1 + fabs(p->recorded);
    for (int i = 0; i < p->parts; i++) scale += fabs(p->part[i].sum);
    return fabs(p->total - p->recorded) <= 2e-5 * scale;
}

// -- places -------------------------------------------------------------------------------

static bool is_picture(const AdjUiLensPicture *p)
{
    return strcmp(p->kind, "matrix") != 0 && strcmp(p->kind, "attention") != 0;
}

// Room for padding is kept whether it shows or not, so that maps stay where they are while the
// pointer moves; three cells, or less of a small map.
static const double ROOM = 3;

static AdjUiRect map_rect(const AdjUiLensPicture *p, int map, double width, double height)
{
    double column = (width - 2 * PAD - GAP) / 2, top = HEAD + 10;
    double h = fmax(height - top - EQUATION, 40), left = PAD + map * (column + GAP);
    double rows = fmax((double)p->map[map].rows, 1);
    double columns = fmax((double)p->map[map].columns, 1);
    double room = is_picture(p) && map == 1 ? fmin(ROOM, ceil(fmin(rows, columns) / 3)) : 0;
    double cell_w = fmin(CELL_MOST, column / (columns + 2 * room));
    double cell_h = fmin(CELL_MOST, h / (rows + 2 * room));
    if (is_picture(p)) cell_w = cell_h = fmin(cell_w, cell_h);
    double w = cell_w * columns, tall = cell_h * rows;
    return adj_ui_rect(left + (column - w) / 2, top + (h - tall) / 2, w, tall);
}

static AdjUiRect cell_of(const AdjUiLensPicture *p, int map, AdjUiRect r, double row,
                         double column)
{
    double w = r.w / (double)p->map[map].columns, h = r.h / (double)p->map[map].rows;
    return adj_ui_rect(r.x + column * w, r.y + row * h, w, h);
}

bool adj_ui_lens_cell(const AdjUiLensPicture *p, double width, double height, double x,
                      double y, int *map, int64_t *row, int64_t *column)
{
    for (int m = 0; m < 2; m++) {
        AdjUiRect r = map_rect(p, m, width, height);
        if (x < r.x || y < r.y || x >= r.x + r.w || y >= r.y + r.h) continue;
        *map = m;
        *row = (int64_t)((y - r.y) / r.h * (double)p->map[m].rows);
        *column = (int64_t)((x - r.x) / r.w * (double)p->map[m].columns);
        return true;
    }
    return false;
}

// -- the maps -----------------------------------------------------------------------------

static void paint_map(cairo_t *cr, const AdjUiTheme *theme, const AdjUiLensPicture *p, int map,
                      AdjUiRect r)
{
    const AdjUiLensMap *m = &p->map[map];
    double low, high;
    adj_ui_ink(cr, theme->text, 1);
    adj_ui_text(cr, m->title, (AdjUiType){.size = 12.5, .bold = true}, ADJ_UI_MIDDLE,
                r.x + r.w / 2, HEAD - 6, 0);
    if (m->heat) {
        adj_ui_heat_range(m->heat, &low, &high);
        adj_ui_paint_heat(cr, theme, m->heat,
                          adj_ui_rect(0, 0, (double)adj_ui_heat_columns(m->heat),
                                      (double)adj_ui_heat_rows(m->heat)),
                          r, low, high, "viridis");
    }
    cairo_rectangle(cr, r.x - 0.5, r.y - 0.5, r.w + 1, r.h + 1);
    adj_ui_ink(cr, theme->line, 1);
    cairo_set_line_width(cr, 1);
    cairo_stroke(cr);
}

// A frame that is seen on any colour: dark and light.
static void frame(cairo_t *cr, const AdjUiTheme *theme, AdjUiRect r, AdjUiColour ink,
                  double width)
{
    cairo_rectangle(cr, r.x, r.y, r.w, r.h);
    adj_ui_ink(cr, theme->ground, 0.9);
    cairo_set_line_width(cr, width + 2);
    cairo_stroke_preserve(cr);
    adj_ui_ink(cr, ink, 1);
    cairo_set_line_width(cr, width);
    cairo_stroke(cr);
}

static double largest_weight(const AdjUiLensPicture *p)
{
    double most = 0;
    const AdjUiNumbers *w = &p->part[0].weights;
    for (int i = 0; i < w->rows * w->columns; i++) most = fmax(most, fabs(w->value[i]));
    return most > 0 ? most : 1;
}

// A cell of the window: dashed in the padding, and of a maximum or of attention as strong as
// its weight.
static void paint_window_cell(cairo_t *cr, const AdjUiTheme *theme, AdjUiRect c, bool inside,
                              double strength)
{
    double dashes[] = {2, 2};
    if (!inside) cairo_set_dash(cr, dashes, 2, 0);
    cairo_rectangle(cr, c.x + 0.5, c.y + 0.5, c.w - 1, c.h - 1);
    adj_ui_ink(cr, inside ? theme->positive : theme->faint, 0.25 + 0.75 * strength);
    cairo_set_line_width(cr, inside ? 0.8 + 1.6 * strength : 1);
    cairo_stroke(cr);
    cairo_set_dash(cr, NULL, 0, 0);
}

static void paint_window(cairo_t *cr, const AdjUiTheme *theme, const AdjUiLensPicture *p,
                         AdjUiRect r, AdjUiRect *hull)
{
    int map = !p->backward;
    const AdjUiLensMap *m = &p->map[map];
    const AdjUiNumbers *w = &p->part[0].weights;
    double most = largest_weight(p), x0 = INFINITY, y0 = INFINITY, x1 = -INFINITY,
           y1 = -INFINITY;
    for (int i = 0; i < p->n_rows; i++)
        for (int k = 0; k < p->n_columns; k++) {
            int64_t row = p->window_rows[i], column = p->window_columns[k];
            AdjUiRect c = cell_of(p, map, r, (double)row, (double)column);
            bool inside = row >= 0 && column >= 0 && row < m->rows && column < m->columns;
            bool shown = i < w->rows && k < w->columns;
            double strength = shown ? fabs(w->value[i * w->columns + k]) / most : 0.4;
            paint_window_cell(cr, theme, c, inside, strength);
            x0 = fmin(x0, c.x);
            y0 = fmin(y0, c.y);
            x1 = fmax(x1, c.x + c.w);
            y1 = fmax(y1, c.y + c.h);
        }
    *hull = adj_ui_rect(x0, y0, x1 - x0, y1 - y0);
    if (p->n_rows * p->n_columns > 0) frame(cr, theme, *hull, theme->positive, 2);
}

static void paint_cone(cairo_t *cr, const AdjUiTheme *theme, AdjUiRect own, AdjUiRect hull,
                       bool to_right)
{
    double from = to_right ? own.x + own.w : own.x, to = to_right ? hull.x : hull.x + hull.w;
    cairo_move_to(cr, from, own.y);
    cairo_line_to(cr, to, hull.y);
    cairo_line_to(cr, to, hull.y + hull.h);
    cairo_line_to(cr, from, own.y + own.h);
    cairo_close_path(cr);
    adj_ui_ink(cr, theme->positive, 0.10);
    cairo_fill_preserve(cr);
    adj_ui_ink(cr, theme->positive, 0.55);
    cairo_set_line_width(cr, 1);
    cairo_stroke(cr);
}

static void paint_element(cairo_t *cr, const AdjUiTheme *theme, const AdjUiLensPicture *p,
                          double width, double height)
{
    int own_map = p->backward;
    AdjUiRect own = cell_of(p, own_map, map_rect(p, own_map, width, height), (double)p->row,
                            (double)p->column);
    AdjUiRect hull = {0, 0, 0, 0};
    paint_window(cr, theme, p, map_rect(p, !own_map, width, height), &hull);
    if (p->n_rows * p->n_columns > 0) paint_cone(cr, theme, own, hull, !p->backward);
    frame(cr, theme, own, theme->accent, 2.5);
    if (!p->pinned) return;
    adj_ui_ink(cr, theme->accent, 1);
    adj_ui_text(cr, "⚲", (AdjUiType){.size = 15, .bold = true}, ADJ_UI_MIDDLE,
                own.x + own.w / 2, own.y - 5, 0);
}

// -- the equation -------------------------------------------------------------------------

static AdjUiRect numbers_rect(const AdjUiNumbers *n, double x, double y, double w, double h)
{
    double cell_w = fmin(58, w / fmax(n->columns, 1)), cell_h = fmin(24, h / fmax(n->rows, 1));
    double mw = cell_w * n->columns, mh = cell_h * n->rows;
    return adj_ui_rect(x + (w - mw) / 2, y + (h - mh) / 2, mw, mh);
}

static void factor(cairo_t *cr, const AdjUiTheme *theme, const AdjUiNumbers *n,
                   const char *title, AdjUiRect r)
{
    adj_ui_ink(cr, theme->faint, 1);
    adj_ui_text(cr, title, (AdjUiType){.size = 11.5}, ADJ_UI_MIDDLE, r.x + r.w / 2, r.y, r.w);
    adj_ui_paint_numbers(cr, theme, n, numbers_rect(n, r.x, r.y + 8, r.w, r.h - 22), -1, -1);
}

static void sign(cairo_t *cr, const AdjUiTheme *theme, const char *text, double x, double y)
{
    adj_ui_ink(cr, theme->text, 1);
    adj_ui_text(cr, text, (AdjUiType){.size = 18, .bold = true}, ADJ_UI_MIDDLE, x, y, 0);
}

static const char *weights_title(const AdjUiLensPicture *p)
{
    return !strcmp(p->kind, "maximum")     ? "1 at the winner"
           : !strcmp(p->kind, "average")   ? "shares"
           : !strcmp(p->kind, "attention") ? "attention"
           : !strcmp(p->kind, "matrix")    ? "weights"
                                           : "kernel";
}

static void values_title(const AdjUiLensPicture *p, char *out, size_t size)
{
    const char *what = p->backward                     ? "gradients that came to"
                       : !strcmp(p->kind, "attention") ? "values"
                       : !strcmp(p->kind, "matrix")    ? "row of the input"
                                                       : "patch of the input";
    if (p->part[0].plane >= 0)
        snprintf(out, size, "%s, plane %ld", what, p->part[0].plane);
    else
        snprintf(out, size, p->backward ? "%s them" : "%s", what);
}

static void sum_text(const AdjUiLensPicture *p, char *out, size_t size)
{
    char number[32];
    size_t n = 0;
    double rest = p->total - (isnan(p->bias) ? 0 : p->bias);
    for (int i = 0; i < p->parts && n + 60 < size; i++) {
        bool planes = p->part[i].plane >= 0 && p->parts_of > 1;
        n += (size_t)snprintf(out + n, size - n, "%s%s", i ? "  +  " : "",
                              adj_ui_number(number, p->part[i].sum, 4));
        if (planes) n += (size_t)snprintf(out + n, size - n, " (plane %ld)", p->part[i].plane);
        rest -= p->part[i].sum;
    }
    if (p->parts_of > p->parts && n + 60 < size)
        n += (size_t)snprintf(out + n, size - n, "  +  %s (%d more)",
                              adj_ui_number(number, rest, 4), p->parts_of - p->parts);
    if (!isnan(p->bias) && n + 40 < size)
        n += (size_t)snprintf(out + n, size - n, "  +  %s (bias)",
                              adj_ui_number(number, p->bias, 4));
    snprintf(out + n, size - n, "  =  %s", adj_ui_number(number, p->total, 6));
}

static void paint_sum(cairo_t *cr, const AdjUiTheme *theme, const AdjUiLensPicture *p,
                      double width, double y)
{
    char text[512], number[32], recorded[96];
    sum_text(p, text, sizeof text);
    adj_ui_ink(cr, theme->text, 1);
    adj_ui_text(cr, "Σ  ", (AdjUiType){.size = 15, .bold = true}, ADJ_UI_LEFT, PAD, y, 0);
    adj_ui_text(cr, text, (AdjUiType){.size = 13}, ADJ_UI_LEFT, PAD + 24, y,
                width - 2 * PAD - 24);
    bool agrees = adj_ui_lens_agrees(p);
    if (isnan(p->recorded))
        snprintf(recorded, sizeof recorded, "%s",
                 p->backward ? "others read this element too: its gradient is a larger sum"
                             : "");
    else
        snprintf(recorded, sizeof recorded, "%s recorded: %s", agrees ? "✓" : "✗",
                 adj_ui_number(number, p->recorded, 6));
    adj_ui_ink(cr, isnan(p->recorded) ? theme->faint : agrees ? theme->good : theme->bad, 1);
    adj_ui_text(cr, recorded, (AdjUiType){.size = 13, .bold = !isnan(p->recorded)}, ADJ_UI_LEFT,
                PAD + 24, y + 22, width - 2 * PAD - 24);
}

static void paint_equation(cairo_t *cr, const AdjUiTheme *theme, const AdjUiLensPicture *p,
                           double width, double height)
{
    char title[96];
    double top = height - EQUATION + 26, h = EQUATION - 92, mark = 30;
    double column = (width - 2 * PAD - 2 * mark) / 3;
    values_title(p, title, sizeof title);
    if (p->parts > 0 && p->part[0].values.rows > 0) {
        const AdjUiLensPart *part = &p->part[0];
        factor(cr, theme, &part->values, title, adj_ui_rect(PAD, top, column, h));
        factor(cr, theme, &part->weights, weights_title(p),
               adj_ui_rect(PAD + column + mark, top, column, h));
        factor(cr, theme, &part->products, "products",
               adj_ui_rect(PAD + 2 * (column + mark), top, column, h));
        sign(cr, theme, "×", PAD + column + mark / 2, top + h / 2 + 4);
        sign(cr, theme, "=", PAD + 2 * column + 1.5 * mark, top + h / 2 + 4);
    }
    paint_sum(cr, theme, p, width, height - 40);
}

void adj_ui_paint_lens(cairo_t *cr, const AdjUiTheme *theme, const AdjUiLensPicture *p,
                       double width, double height)
{
    for (int map = 0; map < 2; map++)
        paint_map(cr, theme, p, map, map_rect(p, map, width, height));
    if (!p->has_element) return;
    paint_element(cr, theme, p, width, height);
    paint_equation(cr, theme, p, width, height);
}
