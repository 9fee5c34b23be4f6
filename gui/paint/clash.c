// SPDX-License-Identifier: Apache-2.0
//
// Shapes as rows of cells, right-aligned, because that is how operands meet. What disagrees is
// red and has a cross, so that the colour does not speak alone; a line joins the two where they
// do not stand one under the other.

#include "clash.h"

#include <math.h>
#include <stdio.h>

static const double PAD = 16, TOP = 62, ROW = 44, CELL_W = 58, CELL_H = 28;

static AdjUiRect cell(const AdjUiClash *c, double right, int row, int from_end)
{
    (void)c;
    return adj_ui_rect(right - from_end * (CELL_W + 4), TOP + row * ROW, CELL_W, CELL_H);
}

static void paint_row(cairo_t *cr, const AdjUiTheme *theme, const AdjUiClash *c, int row,
                      double right)
{
    char number[32];
    for (int i = 1; i <= c->rank[row]; i++) {
        AdjUiRect r = cell(c, right, row, i);
        bool wrong = c->axis[row] == -i;
        adj_ui_round(cr, r, 4);
        adj_ui_ink(
            cr,
            adj_ui_mix(theme->card, wrong ? theme->bad : theme->series[0], wrong ? 0.35 : 0.14),
            1);
        cairo_fill_preserve(cr);
        adj_ui_ink(cr, wrong ? theme->bad : theme->line, 1);
        cairo_set_line_width(cr, wrong ? 2.2 : 1);
        cairo_stroke(cr);
        snprintf(number, sizeof number, "%s%lld", wrong ? "✗ " : "",
                 (long long)c->shape[row][c->rank[row] - i]);
        adj_ui_ink(cr, theme->text, 1);
        adj_ui_text(cr, number, (AdjUiType){.size = 13, .bold = wrong}, ADJ_UI_MIDDLE,
                    r.x + r.w / 2, r.y + 19, r.w - 4);
    }
    adj_ui_ink(cr, theme->faint, 1);
    double left = cell(c, right, row, c->rank[row]).x;
    adj_ui_text(cr,
                c->name[row] ? c->name[row]
                : row        ? "second"
                             : "first",
                (AdjUiType){.size = 12}, ADJ_UI_RIGHT, left - 12, TOP + row * ROW + 19,
                fmax(left - PAD - 12, 20));
}

double adj_ui_paint_clash(cairo_t *cr, const AdjUiTheme *theme, const AdjUiClash *c,
                          double width)
{
    double height = TOP + 2 * ROW + 4;
    int most = c->rank[0] > c->rank[1] ? c->rank[0] : c->rank[1];
    double right = fmin(width - PAD, fmax(240, width * 0.42) + most * (CELL_W + 4) / 2);
    adj_ui_card(cr, theme, adj_ui_rect(0.5, 0.5, width - 1, height - 3), theme->card,
                theme->bad, 1.4);
    adj_ui_ink(cr, theme->text, 1);
    adj_ui_text(cr, c->title, (AdjUiType){.size = 15, .bold = true}, ADJ_UI_LEFT, PAD, 26,
                width - 2 * PAD);
    adj_ui_ink(cr, theme->faint, 1);
    adj_ui_text(cr, c->message, (AdjUiType){.size = 12}, ADJ_UI_LEFT, PAD, 46, width - 2 * PAD);
    for (int row = 0; row < 2; row++) paint_row(cr, theme, c, row, right);
    if (!c->axis[0] || !c->axis[1]) return height;
    AdjUiRect a = cell(c, right, 0, -c->axis[0]), b = cell(c, right, 1, -c->axis[1]);
    cairo_move_to(cr, a.x + a.w / 2, a.y + a.h);
    cairo_line_to(cr, b.x + b.w / 2, b.y);
    adj_ui_ink(cr, theme->bad, 1);
    cairo_set_line_width(cr, 2);
    cairo_stroke(cr);
    return height;
}
