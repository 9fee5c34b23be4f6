// SPDX-License-Identifier: Apache-2.0
//
// From the top: what is computed, the rows of gradients, a sentence about the chosen one, its
// numbers. The numbers stand as yours, right, and where shapes agree their difference; where
// they do not, an arrow runs along the axis of yours that is meant.

#include "rule.h"

#include <glib.h>
#include <math.h>
#include <string.h>

static const double PAD = 16, TOP = 62, ROW = 30;

int adj_ui_rule_row(const AdjUiRule *rule, double y)
{
    int row = (int)floor((y - TOP - ROW) / ROW);
    return row >= 0 && row < rule->count ? row : -1;
}

// A tick or a cross, drawn: fonts differ in theirs.
static void paint_mark(cairo_t *cr, const AdjUiTheme *theme, bool right, double x, double y)
{
    adj_ui_ink(cr, right ? theme->good : theme->bad, 1);
    cairo_set_line_width(cr, 2.4);
    if (right) {
        cairo_move_to(cr, x - 5, y);
        cairo_line_to(cr, x - 1, y + 4);
        cairo_line_to(cr, x + 6, y - 5);
    } else {
        cairo_move_to(cr, x - 5, y - 5);
        cairo_line_to(cr, x + 5, y + 5);
        cairo_move_to(cr, x + 5, y - 5);
        cairo_line_to(cr, x - 5, y + 5);
    }
    cairo_stroke(cr);
}

typedef struct {
    double mark, name, shape, difference, first, right;
} Columns;

static Columns columns_of(double width)
{
    double w = width - 2 * PAD;
    return (Columns){PAD + 14,       PAD + 34,       PAD + 0.14 * w + 20,
                     PAD + 0.50 * w, PAD + 0.68 * w, PAD + w - 10};
}

static void paint_head(cairo_t *cr, const AdjUiTheme *theme, const AdjUiRule *rule,
                       double width)
{
    Columns c = columns_of(width);
    AdjUiType small = {.size = 11};
    adj_ui_ink(cr, theme->text, 1);
    adj_ui_text(cr, rule->title ? rule->title : "", (AdjUiType){.size = 16, .bold = true},
                ADJ_UI_LEFT, PAD, 26, width - 2 * PAD);
    adj_ui_ink(cr, theme->faint, 1);
    adj_ui_text(cr, rule->formula ? rule->formula : "", (AdjUiType){.size = 13, .fixed = true},
                ADJ_UI_LEFT, PAD, 48, width - 2 * PAD);
    double y = TOP + ROW - 8;
    if (rule->count == 0) return;
    adj_ui_text(cr, "gradient", small, ADJ_UI_LEFT, c.name, y, 0);
    adj_ui_text(cr, "shape", small, ADJ_UI_LEFT, c.shape, y, 0);
    adj_ui_text(cr, "largest error", small, ADJ_UI_LEFT, c.difference, y, 0);
    adj_ui_text(cr, "first wrong: yours, right", small, ADJ_UI_LEFT, c.first, y,
                c.right - c.first);
}

static void shapes_text(const AdjUiRuleTensor *t, char *out, size_t size)
{
    char given[96], right[96];
    adj_ui_shape_text(right, t->right_values.shape, t->right_values.rank);
    adj_ui_shape_text(given, t->values.shape, t->values.rank);
    if (!t->given)
        g_snprintf(out, size, "none, not %s", right);
    else if (strcmp(given, right) != 0)
        g_snprintf(out, size, "%s, not %s", given, right);
    else
        g_snprintf(out, size, "%s", right);
}

static void paint_row(cairo_t *cr, const AdjUiTheme *theme, const AdjUiRule *rule, int i,
                      double width)
{
    const AdjUiRuleTensor *t = &rule->tensors[i];
    Columns c = columns_of(width);
    double top = TOP + ROW * (i + 1), y = top + 20;
    char text[224], a[32], b[32];
    AdjUiType type = {.size = 13};
    if (i == rule->chosen) {
        adj_ui_round(cr, adj_ui_rect(PAD, top, width - 2 * PAD, ROW - 2), 6);
        adj_ui_ink(cr, theme->accent, 0.14);
        cairo_fill(cr);
    }
    paint_mark(cr, theme, t->right, c.mark, top + ROW / 2 - 1);
    adj_ui_ink(cr, theme->text, 1);
    adj_ui_text(cr, t->name, (AdjUiType){.size = 13, .bold = true}, ADJ_UI_LEFT, c.name, y, 0);
    shapes_text(t, text, sizeof text);
    adj_ui_text(cr, text, type, ADJ_UI_LEFT, c.shape, y, c.difference - c.shape - 8);
    adj_ui_text(cr, isnan(t->difference) ? "–" : adj_ui_number(a, t->difference, 3), type,
                ADJ_UI_LEFT, c.difference, y, 0);
    if (*t->first)
        g_snprintf(text, sizeof text, "%s  %s, %s", t->first, adj_ui_number(a, t->yours, 3),
                   adj_ui_number(b, t->expected, 3));
    else
        g_snprintf(text, sizeof text, "%s", t->right ? "none" : "–");
    adj_ui_text(cr, text, type, ADJ_UI_LEFT, c.first, y, c.right - c.first);
}

static double paint_words(cairo_t *cr, const AdjUiTheme *theme, const AdjUiRule *rule,
                          const AdjUiRuleTensor *t, double width)
{
    double y = TOP + ROW * (rule->count + 1) + 26;
    char text[256];
    if (rule->secret) {
        adj_ui_ink(cr, theme->faint, 1);
        adj_ui_text(cr, "What is wrong with it? Choose from the list.", (AdjUiType){.size = 14},
                    ADJ_UI_LEFT, PAD, y, width - 2 * PAD);
        return y + 22;
    }
    g_snprintf(text, sizeof text, "%s: %s", t->name, t->diagnosis ? t->diagnosis : "");
    adj_ui_ink(cr, theme->text, 1);
    adj_ui_text(cr, text, (AdjUiType){.size = 14, .bold = true}, ADJ_UI_LEFT, PAD, y,
                width - 2 * PAD);
    if (!t->mistake) return y + 22;
    g_snprintf(text, sizeof text, "It is what one gets if you %s.", t->mistake);
    adj_ui_ink(cr, theme->warn, 1);
    adj_ui_text(cr, text, (AdjUiType){.size = 13}, ADJ_UI_LEFT, PAD, y + 22, width - 2 * PAD);
    return y + 44;
}

// -- the numbers --------------------------------------------------------------------------

static AdjUiRect place(const AdjUiNumbers *n, double x, double y, double w, double h)
{
    double cell_w = fmin(64, w / MAX(n->columns, 1)), cell_h = fmin(30, h / MAX(n->rows, 1));
    return adj_ui_rect(x + (w - cell_w * n->columns) / 2, y, cell_w * n->columns,
                       cell_h * n->rows);
}

static AdjUiNumbers difference_of(const AdjUiRuleTensor *t)
{
    AdjUiNumbers d = t->right_values;
    for (int i = 0; i < d.rows * d.columns; i++) d.value[i] = t->values.value[i] - d.value[i];
    return d;
}

// An arrow along an axis of yours, and what is to be done there.
static void paint_axis(cairo_t *cr, const AdjUiTheme *theme, const AdjUiRuleTensor *t,
                       AdjUiRect r)
{
    bool turned = !strcmp(t->kind, "transposed");
    bool down = t->axis == 0 && t->values.rank > 1;
    adj_ui_ink(cr, theme->bad, 1);
    cairo_set_line_width(cr, 2.4);
    if (turned) {
        cairo_move_to(cr, r.x + 4, r.y + 4);
        cairo_line_to(cr, r.x + r.w - 4, r.y + r.h - 4);
        cairo_stroke(cr);
        double angle = atan2(r.h, r.w);
        adj_ui_arrow_head(cr, r.x + r.w - 2, r.y + r.h - 2, angle, 9);
        adj_ui_arrow_head(cr, r.x + 2, r.y + 2, angle + G_PI, 9);
    } else if (down) {
        cairo_move_to(cr, r.x - 10, r.y);
        cairo_line_to(cr, r.x - 10, r.y + r.h - 6);
        cairo_stroke(cr);
        adj_ui_arrow_head(cr, r.x - 10, r.y + r.h, G_PI / 2, 9);
    } else {
        cairo_move_to(cr, r.x, r.y + r.h + 9);
        cairo_line_to(cr, r.x + r.w - 6, r.y + r.h + 9);
        cairo_stroke(cr);
        adj_ui_arrow_head(cr, r.x + r.w, r.y + r.h + 9, 0, 9);
    }
    adj_ui_text(cr, turned ? "exchange the axes" : "sum along here",
                (AdjUiType){.size = 12, .bold = true}, ADJ_UI_MIDDLE, r.x + r.w / 2,
                r.y + r.h + 28, 0);
}

static void paint_matrix(cairo_t *cr, const AdjUiTheme *theme, const char *title,
                         const AdjUiNumbers *n, AdjUiRect r, int row, int column)
{
    adj_ui_ink(cr, theme->faint, 1);
    adj_ui_text(cr, title, (AdjUiType){.size = 12}, ADJ_UI_MIDDLE, r.x + r.w / 2, r.y - 8, 0);
    adj_ui_paint_numbers(cr, theme, n, r, row, column);
}

static void paint_numbers(cairo_t *cr, const AdjUiTheme *theme, const AdjUiRule *rule,
                          const AdjUiRuleTensor *t, double y, double width, double height)
{
    double room = (width - 2 * PAD) / 3, h = height - y - 62;
    int row = *t->first ? t->row : -1, column = *t->first ? t->column : -1;
    if (h < 20) return;
    h = fmin(h, 30.0 * ADJ_UI_WINDOW);
    bool same = !isnan(t->difference);
    if (t->given) {
        AdjUiRect r = place(&t->values, PAD + 14, y + 20, room - 28, h);
        paint_matrix(cr, theme, "yours", &t->values, r, row, column);
        if (t->axis >= 0 && !rule->secret) paint_axis(cr, theme, t, r);
    }
    AdjUiRect r = place(&t->right_values, PAD + room + 14, y + 20, room - 28, h);
    paint_matrix(cr, theme, "right", &t->right_values, r, row, column);
    if (!t->given || !same) return;
    AdjUiNumbers d = difference_of(t);
    r = place(&d, PAD + 2 * room + 14, y + 20, room - 28, h);
    paint_matrix(cr, theme, "yours − right", &d, r, row, column);
}

void adj_ui_paint_rule(cairo_t *cr, const AdjUiTheme *theme, const AdjUiRule *rule,
                       double width, double height)
{
    paint_head(cr, theme, rule, width);
    for (int i = 0; i < rule->count; i++) paint_row(cr, theme, rule, i, width);
    if (rule->chosen < 0 || rule->chosen >= rule->count) return;
    const AdjUiRuleTensor *t = &rule->tensors[rule->chosen];
    double y = paint_words(cr, theme, rule, t, width);
    paint_numbers(cr, theme, rule, t, y, width, height);
}
