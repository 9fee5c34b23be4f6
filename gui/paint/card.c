// SPDX-License-Identifier: Apache-2.0
//
// The cards. The edge card is an equation set large: three small matrices with the signs
// between them, the rule as a formula above, and below it one element written out as the sum
// that it is. In every matrix orange carries "+" and blue a minus sign, and the strength of the
// tint is the size relative to the largest number shown.

#include "card.h"

#include <math.h>
#include <stdio.h>

static const double PAD = 16, TITLE = 15, BODY = 12.5;

static double largest(const AdjUiNumbers *n)
{
    double most = 0;
    for (int i = 0; i < n->rows * n->columns; i++)
        if (isfinite(n->value[i])) most = fmax(most, fabs(n->value[i]));
    return most > 0 ? most : 1;
}

static void paint_cell(cairo_t *cr, const AdjUiTheme *theme, AdjUiRect r, double value,
                       double most)
{
    char text[32];
    double strength = isfinite(value) ? fabs(value) / most : 1;
    AdjUiColour tint = !isfinite(value) ? theme->bad
                       : value < 0      ? theme->negative
                                        : theme->positive;
    cairo_rectangle(cr, r.x, r.y, r.w, r.h);
    adj_ui_ink(cr, adj_ui_mix(theme->card, tint, 0.08 + 0.55 * strength), 1);
    cairo_fill(cr);
    if (r.w < 26 || r.h < 13) return;
    adj_ui_ink(cr, theme->text, 1);
    double size = fmin(12, fmin(r.h * 0.62, r.w * 0.24));
    adj_ui_number_fitting(cr, text, value, 3, (AdjUiType){.size = size}, r.w - 2);
    adj_ui_text(cr, text, (AdjUiType){.size = size}, ADJ_UI_MIDDLE, r.x + r.w / 2,
                r.y + r.h / 2 + size * 0.36, r.w - 2);
}

static AdjUiRect cell_rect(const AdjUiNumbers *n, AdjUiRect r, int row, int column)
{
    double w = r.w / n->columns, h = r.h / n->rows;
    return adj_ui_rect(r.x + column * w, r.y + row * h, w, h);
}

void adj_ui_paint_numbers(cairo_t *cr, const AdjUiTheme *theme, const AdjUiNumbers *n,
                          AdjUiRect r, int mark_row, int mark_column)
{
    if (!n || n->rows < 1 || n->columns < 1) return;
    double most = largest(n);
    for (int i = 0; i < n->rows; i++)
        for (int k = 0; k < n->columns; k++)
            paint_cell(cr, theme, adj_ui_inset(cell_rect(n, r, i, k), 0.75),
                       n->value[i * n->columns + k], most);
    if (mark_row >= 0 && mark_row < n->rows && mark_column >= 0 && mark_column < n->columns) {
        AdjUiRect m = cell_rect(n, r, mark_row, mark_column);
        cairo_rectangle(cr, m.x, m.y, m.w, m.h);
        adj_ui_ink(cr, theme->accent, 1);
        cairo_set_line_width(cr, 2.5);
        cairo_stroke(cr);
    }
    if (n->of[0] > n->rows || n->of[1] > n->columns) {
        adj_ui_ink(cr, theme->faint, 1);
        char more[64];
        snprintf(more, sizeof more, "… of %lld × %lld", (long long)n->of[0],
                 (long long)n->of[1]);
        adj_ui_text(cr, more, (AdjUiType){.size = 10}, ADJ_UI_RIGHT, r.x + r.w, r.y + r.h + 12,
                    r.w);
    }
}

// -- the edge card ------------------------------------------------------------------------

// Cells are as large as the matrix allows within a column of the card.
static AdjUiRect matrix_rect(const AdjUiNumbers *n, double x, double y, double w, double h)
{
    if (!n || n->rows < 1) return adj_ui_rect(x, y, w, h);
    double cell_w = fmin(62, w / n->columns), cell_h = fmin(26, h / n->rows);
    double mw = cell_w * n->columns, mh = cell_h * n->rows;
    return adj_ui_rect(x + (w - mw) / 2, y + (h - mh) / 2, mw, mh);
}

typedef struct EdgePlaces {
    AdjUiRect upstream, contribution, middle;
    double top, bottom;  // of the matrices
} EdgePlaces;

static EdgePlaces edge_places(const AdjUiEdgeCard *card, double width)
{
    double top = card->formula || card->rule ? 92 : 62, h = 26 * 4;
    if (card->upstream && card->upstream->rows > 4) h = 26.0 * card->upstream->rows;
    if (card->contribution && card->contribution->rows * 26.0 > h)
        h = 26.0 * card->contribution->rows;
    h = fmin(h, 168);
    double sign = 26, column = (width - 2 * PAD - 2 * sign) / 3;
    EdgePlaces p = {.top = top + 20, .bottom = top + 20 + h};
    p.upstream = matrix_rect(card->upstream, PAD, p.top, column, h);
    p.middle = adj_ui_rect(PAD + column + sign, p.top, column, h);
    p.contribution =
        matrix_rect(card->contribution, PAD + 2 * (column + sign), p.top, column, h);
    return p;
}

bool adj_ui_edge_card_element(const AdjUiEdgeCard *card, double width, double x, double y,
                              int *row, int *column)
{
    const AdjUiNumbers *n = card->contribution;
    if (!n || n->rows < 1) return false;
    AdjUiRect r = edge_places(card, width).contribution;
    if (x < r.x || y < r.y || x >= r.x + r.w || y >= r.y + r.h) return false;
    *row = (int)((y - r.y) / r.h * n->rows);
    *column = (int)((x - r.x) / r.w * n->columns);
    return true;
}

static void caption(cairo_t *cr, const AdjUiTheme *theme, const char *text, double norm,
                    double middle, double y, double width)
{
    char line[160], number[32];
    if (isnan(norm))
        snprintf(line, sizeof line, "%s", text);
    else
        snprintf(line, sizeof line, "%s   ‖·‖ = %s", text, adj_ui_number(number, norm, 3));
    adj_ui_ink(cr, theme->faint, 1);
    adj_ui_text(cr, line, (AdjUiType){.size = 11.5}, ADJ_UI_MIDDLE, middle, y, width);
}

static void sign_between(cairo_t *cr, const AdjUiTheme *theme, const char *sign, double x,
                         double y)
{
    adj_ui_ink(cr, theme->text, 1);
    adj_ui_text(cr, sign, (AdjUiType){.size = 20, .bold = true}, ADJ_UI_MIDDLE, x, y + 7, 0);
}

static void paint_question(cairo_t *cr, const AdjUiTheme *theme, AdjUiRect r, double size)
{
    adj_ui_ink(cr, theme->accent, 1);
    adj_ui_text(cr, "?", (AdjUiType){.size = size, .bold = true}, ADJ_UI_MIDDLE, r.x + r.w / 2,
                r.y + r.h / 2 + size * 0.36, 0);
}

// The places of numbers that are not shown, the one that is asked for with a question mark.
static void paint_masked(cairo_t *cr, const AdjUiTheme *theme, const AdjUiEdgeCard *card,
                         AdjUiRect r)
{
    const AdjUiNumbers *n = card->contribution;
    int rows = n && n->rows > 0 ? n->rows : 1, columns = n && n->columns > 0 ? n->columns : 1;
    for (int i = 0; i < rows * columns; i++) {
        AdjUiRect cell = {r.x + r.w / columns * (i % columns), r.y + r.h / rows * (i / columns),
                          r.w / columns, r.h / rows};
        bool asked = i / columns == card->element[0] && i % columns == card->element[1];
        adj_ui_round(cr, adj_ui_inset(cell, 0.75), 3);
        adj_ui_ink(cr, asked ? theme->accent : theme->line, asked ? 0.18 : 0.35);
        cairo_fill(cr);
        if (asked || rows * columns == 1)
            paint_question(cr, theme, cell, fmin(18, cell.h * 0.7));
    }
}

// The middle column: the local derivative. Of tensors it is a matrix nobody can show, so the
// factors that reach the chosen element stand for it.
static void paint_locals(cairo_t *cr, const AdjUiTheme *theme, const AdjUiEdgeCard *card,
                         AdjUiRect r)
{
    if (card->term_count == 0 && card->masked) {
        paint_question(cr, theme, r, 28);
        return;
    }
    if (card->term_count == 0) {
        adj_ui_ink(cr, theme->faint, 1);
        adj_ui_text(cr, "choose an element →", (AdjUiType){.size = BODY, .slanted = true},
                    ADJ_UI_MIDDLE, r.x + r.w / 2, r.y + r.h / 2 + 4, r.w);
        return;
    }
    int rows = card->term_count < 6 ? card->term_count : 6;
    double h = fmin(26, r.h / rows), y = r.y + (r.h - h * rows) / 2, most = 0;
    for (int i = 0; i < rows; i++) most = fmax(most, fabs(card->terms[i].local));
    for (int i = 0; i < rows; i++) {
        AdjUiRect cell = {r.x + r.w * 0.3, y + i * h, r.w * 0.4, h};
        paint_cell(cr, theme, adj_ui_inset(cell, 0.75), card->terms[i].local,
                   most > 0 ? most : 1);
        adj_ui_ink(cr, theme->faint, 1);
        adj_ui_text(cr, card->terms[i].at, (AdjUiType){.size = 10.5}, ADJ_UI_RIGHT, cell.x - 6,
                    cell.y + h / 2 + 4, r.w * 0.3 - 8);
    }
}

// A number as a factor of a product: in brackets when it has a sign.
static const char *factor(char *out, double value)
{
    char number[32];
    adj_ui_number(number, value, 3);
    sprintf(out, value < 0 ? "(%s)" : "%s", number);
    return out;
}

static double paint_sum_line(cairo_t *cr, const AdjUiTheme *theme, const AdjUiEdgeCard *card,
                             double width, double y)
{
    char text[128], a[40], b[40];
    AdjUiType type = {.size = BODY + 1};
    double x = PAD, right = width - PAD;
    int rank = card->contribution ? card->contribution->rank : 2;
    if (rank == 0)
        snprintf(text, sizeof text, "∂L/∂%.20s = ", card->to);
    else if (rank == 1)
        snprintf(text, sizeof text, "∂L/∂%.20s[%d] = ", card->to, card->element[1]);
    else
        snprintf(text, sizeof text, "∂L/∂%.20s[%d, %d] = ", card->to, card->element[0],
                 card->element[1]);
    adj_ui_ink(cr, theme->text, 1);
    x += adj_ui_text(cr, text, (AdjUiType){.size = BODY + 1, .bold = true}, ADJ_UI_LEFT, x, y,
                     0);
    for (int i = 0; i < card->term_count; i++) {
        const AdjUiTerm *t = &card->terms[i];
        snprintf(text, sizeof text, "%s%s · %s", i ? " + " : "", factor(a, t->upstream),
                 factor(b, t->local));
        double w = adj_ui_text_width(cr, text, type);
        if (x + w > right) {
            x = PAD + 24;
            y += 20;
        }
        adj_ui_ink(cr, theme->text, 1);
        x += adj_ui_text(cr, text, type, ADJ_UI_LEFT, x, y, 0);
    }
    int left = card->terms_of - card->term_count;
    const char *total = card->masked ? "?" : adj_ui_number(a, card->total, 4);
    if (left > 0)
        snprintf(text, sizeof text, " + … %d more = %s", left, total);
    else
        snprintf(text, sizeof text, " = %s", total);
    if (x + adj_ui_text_width(cr, text, type) > right) {
        x = PAD + 24;
        y += 20;
    }
    adj_ui_ink(cr, theme->accent, 1);
    adj_ui_text(cr, text, (AdjUiType){.size = BODY + 1, .bold = true}, ADJ_UI_LEFT, x, y, 0);
    return y;
}

static void paint_edge_head(cairo_t *cr, const AdjUiTheme *theme, const AdjUiEdgeCard *card,
                            double width)
{
    char title[160];
    snprintf(title, sizeof title, "%.60s  →  ∂L/∂ %.60s", card->from, card->to);
    adj_ui_ink(cr, theme->text, 1);
    adj_ui_text(cr, title, (AdjUiType){.size = TITLE, .bold = true}, ADJ_UI_LEFT, PAD, 28,
                width - 2 * PAD);
    double y = 50;
    if (card->formula) {
        adj_ui_ink(cr, theme->text, 0.9);
        adj_ui_text(cr, card->formula, (AdjUiType){.size = BODY, .fixed = true}, ADJ_UI_LEFT,
                    PAD, y, width - 2 * PAD);
        y += 19;
    }
    if (!card->rule) return;
    adj_ui_ink(cr, theme->positive, 1);
    adj_ui_text(cr, card->rule, (AdjUiType){.size = BODY, .fixed = true}, ADJ_UI_LEFT, PAD, y,
                width - 2 * PAD);
}

double adj_ui_paint_edge_card(cairo_t *cr, const AdjUiTheme *theme, const AdjUiEdgeCard *card,
                              double width, double height)
{
    adj_ui_card(cr, theme, adj_ui_rect(0.5, 0.5, width - 1, height - 3), theme->card,
                theme->line, 1);
    paint_edge_head(cr, theme, card, width);
    EdgePlaces p = edge_places(card, width);
    double sign = 26, column = (width - 2 * PAD - 2 * sign) / 3,
           middle = (p.top + p.bottom) / 2;
    caption(cr, theme, "upstream", card->upstream_norm, PAD + column / 2, p.top - 10, column);
    caption(cr, theme, "local", NAN, p.middle.x + column / 2, p.top - 10, column);
    caption(cr, theme, "contribution", card->masked ? NAN : card->contribution_norm,
            PAD + 2 * (column + sign) + column / 2, p.top - 10, column);
    adj_ui_paint_numbers(cr, theme, card->upstream, p.upstream, -1, -1);
    paint_locals(cr, theme, card, p.middle);
    if (card->masked)
        paint_masked(cr, theme, card, p.contribution);
    else
        adj_ui_paint_numbers(cr, theme, card->contribution, p.contribution, card->element[0],
                             card->element[1]);
    sign_between(cr, theme, "×", PAD + column + sign / 2, middle);
    sign_between(cr, theme, "=", PAD + 2 * column + 1.5 * sign, middle);
    double y = p.bottom + 34;
    if (card->term_count > 0) y = paint_sum_line(cr, theme, card, width, y);
    return y + PAD;
}

// -- the sum card -------------------------------------------------------------------------

static const double SUM_TOP = 52, SUM_ROW = 34;

static double share_length(const AdjUiShare *s)
{
    return isnan(s->value) ? s->norm : fabs(s->value);
}

// Bars are drawn from where the sum stood before to where it stands after; norms, which do not
// add up, are all drawn from zero.
typedef struct Scale {
    double zero, unit;  // place of zero and length of one
    bool adds;
} Scale;

static Scale sum_scale(const AdjUiSumCard *card, double left, double room)
{
    Scale s = {.adds = !isnan(card->total)};
    double sum = card->forgotten ? card->earlier : 0, low = fmin(0, sum), high = fmax(0, sum);
    for (int i = 0; i < card->count; i++) {
        double length = share_length(&card->shares[i]);
        if (!isfinite(length)) continue;
        sum = s.adds ? sum + card->shares[i].value : length;
        low = fmin(low, sum);
        high = fmax(high, sum);
    }
    high = fmax(high, s.adds ? card->total : card->total_norm);
    low = fmin(low, s.adds ? card->total : 0);
    s.unit = high > low ? room / (high - low) : 0;
    s.zero = left - low * s.unit;
    return s;
}

int adj_ui_sum_card_share(const AdjUiSumCard *card, double width, double x, double y)
{
    int row = (int)floor((y - SUM_TOP) / SUM_ROW) - (card->forgotten ? 1 : 0);
    return x >= 0 && x < width && row >= 0 && row < card->count ? row : -1;
}

static void sum_words(cairo_t *cr, const AdjUiTheme *theme, double y, double width,
                      const char *sign, const char *text, bool solid)
{
    adj_ui_ink(cr, theme->text, solid ? 1 : 0.55);
    adj_ui_text(cr, sign, (AdjUiType){.size = BODY + 1, .bold = true, .fixed = true},
                ADJ_UI_LEFT, PAD, y + 15, 0);
    adj_ui_text(cr, text, (AdjUiType){.size = BODY}, ADJ_UI_LEFT, PAD + 30, y + 15,
                width * 0.26);
}

static void sum_bar(cairo_t *cr, const AdjUiTheme *theme, const Scale *s, double y, double from,
                    double to, double shown, AdjUiColour ink, bool solid)
{
    char number[32];
    double a = s->zero + fmin(from, to) * s->unit, b = s->zero + fmax(from, to) * s->unit;
    AdjUiRect bar = {a, y + 3, fmax(2, b - a), 16};
    adj_ui_round(cr, bar, 3);
    adj_ui_ink(cr, ink, solid ? 1 : 0.9);
    if (solid) {
        cairo_fill(cr);
    } else {
        double dashes[] = {4, 3};
        cairo_set_dash(cr, dashes, 2, 0);
        cairo_set_line_width(cr, 1.2);
        cairo_stroke(cr);
        cairo_set_dash(cr, NULL, 0, 0);
    }
    adj_ui_ink(cr, shown < 0 ? theme->negative : theme->text, solid ? 1 : 0.55);
    adj_ui_number(number, shown, 4);
    adj_ui_text(cr, number, (AdjUiType){.size = BODY, .fixed = true}, ADJ_UI_LEFT, b + 8,
                y + 16, 0);
}

static void sum_zero(cairo_t *cr, const AdjUiTheme *theme, const Scale *s, double bottom)
{
    cairo_move_to(cr, s->zero, SUM_TOP - 4);
    cairo_line_to(cr, s->zero, bottom);
    adj_ui_ink(cr, theme->line, 1);
    cairo_set_line_width(cr, 1);
    cairo_stroke(cr);
}

double adj_ui_paint_sum_card(cairo_t *cr, const AdjUiTheme *theme, const AdjUiSumCard *card,
                             double width, double height)
{
    char title[160];
    adj_ui_card(cr, theme, adj_ui_rect(0.5, 0.5, width - 1, height - 3), theme->card,
                theme->line, 1);
    snprintf(title, sizeof title,
             card->count == 1 ? "∂L/∂ %.60s: read once"
                              : "∂L/∂ %.60s: read %d times, the parts add up",
             card->of, card->count);
    adj_ui_ink(cr, theme->text, 1);
    adj_ui_text(cr, title, (AdjUiType){.size = TITLE, .bold = true}, ADJ_UI_LEFT, PAD, 28,
                width - 2 * PAD);
    Scale s = sum_scale(card, PAD + 44 + width * 0.26, fmax(40, width * 0.74 - PAD - 140));
    int rows = card->count + card->forgotten;
    sum_zero(cr, theme, &s, SUM_TOP + rows * SUM_ROW + 30);
    double y = SUM_TOP, sum = 0;
    if (card->forgotten) {
        sum_words(cr, theme, y, width, " =", "left from the step before", true);
        sum_bar(cr, theme, &s, y, 0, card->earlier, card->earlier, theme->bad, true);
        sum = card->earlier;
        y += SUM_ROW;
    }
    for (int i = 0; i < card->count; i++, y += SUM_ROW) {
        const AdjUiShare *share = &card->shares[i];
        double shown = s.adds ? share->value : share->norm, from = s.adds ? sum : 0;
        sum_words(cr, theme, y, width, i || card->forgotten ? "+=" : " =", share->from,
                  share->arrived);
        sum_bar(cr, theme, &s, y, from, from + shown, shown,
                theme->series[i % (ADJ_UI_SERIES - 1)], share->arrived);
        sum += shown;
    }
    cairo_move_to(cr, PAD, y + 2);
    cairo_line_to(cr, width - PAD, y + 2);
    adj_ui_ink(cr, theme->line, 1);
    cairo_stroke(cr);
    double total = s.adds ? card->total : card->total_norm;
    sum_words(cr, theme, y + 8, width, " Σ", s.adds ? "the sum" : "norm of the sum", true);
    sum_bar(cr, theme, &s, y + 8, 0, total, total, theme->accent, true);
    return y + 8 + SUM_ROW + PAD / 2;
}

// -- the value card -----------------------------------------------------------------------

static void paint_counts(cairo_t *cr, const AdjUiTheme *theme, const AdjUiValueCard *card,
                         AdjUiRect r)
{
    double most = 1, w = r.w / card->bins;
    char low[32], high[32];
    for (int i = 0; i < card->bins; i++) most = fmax(most, card->counts[i]);
    for (int i = 0; i < card->bins; i++) {
        double h = card->counts[i] / most * r.h;
        cairo_rectangle(cr, r.x + i * w, r.y + r.h - h, fmax(w - 0.6, 0.5), h);
    }
    adj_ui_ink(cr, theme->series[0], 0.9);
    cairo_fill(cr);
    adj_ui_ink(cr, theme->faint, 1);
    AdjUiType type = {.size = 10};
    adj_ui_text(cr, adj_ui_number(low, card->low, 3), type, ADJ_UI_LEFT, r.x, r.y + r.h + 12,
                0);
    adj_ui_text(cr, adj_ui_number(high, card->high, 3), type, ADJ_UI_RIGHT, r.x + r.w,
                r.y + r.h + 12, 0);
}

typedef struct Fact {
    const char *name;
    double value;
} Fact;

static void paint_facts(cairo_t *cr, const AdjUiTheme *theme, const Fact *facts, int count,
                        double width, double y)
{
    double w = (width - 2 * PAD) / 4;
    char number[32];
    for (int i = 0; i < count; i++) {
        double x = PAD + i % 4 * w, line = y + i / 4 * 32.0;
        adj_ui_ink(cr, theme->faint, 1);
        adj_ui_text(cr, facts[i].name, (AdjUiType){.size = 10.5}, ADJ_UI_LEFT, x, line, w - 4);
        adj_ui_ink(cr, theme->text, 1);
        adj_ui_text(cr, adj_ui_number(number, facts[i].value, 4),
                    (AdjUiType){.size = BODY, .bold = true}, ADJ_UI_LEFT, x, line + 15, w - 4);
    }
}

static double paint_value_facts(cairo_t *cr, const AdjUiTheme *theme,
                                const AdjUiValueCard *card, double width, double y)
{
    Fact facts[] = {{"mean", card->mean},        {"std", card->std},
                    {"min", card->least},        {"max", card->most},
                    {"norm", card->norm},        {"zeros %", card->zeros * 100},
                    {"NaN", (double)card->nans}, {"‖gradient‖", card->grad_norm}};
    int count = isnan(card->grad_norm) ? 7 : 8;
    paint_facts(cr, theme, facts, count, width, y);
    return y + 32 * 2;
}

double adj_ui_paint_value_card(cairo_t *cr, const AdjUiTheme *theme, const AdjUiValueCard *card,
                               double width, double height)
{
    char shape[96];
    adj_ui_card(cr, theme, adj_ui_rect(0.5, 0.5, width - 1, height - 3), theme->card,
                theme->line, 1);
    adj_ui_ink(cr, theme->text, 1);
    adj_ui_text(cr, card->name, (AdjUiType){.size = TITLE, .bold = true}, ADJ_UI_LEFT, PAD, 28,
                width * 0.6);
    adj_ui_shape_text(shape, card->shape, card->rank);
    adj_ui_ink(cr, theme->faint, 1);
    adj_ui_text(cr, shape, (AdjUiType){.size = BODY}, ADJ_UI_RIGHT, width - PAD, 28,
                width * 0.36);
    adj_ui_strip(cr, theme, adj_ui_rect(PAD, 38, width - 2 * PAD, 5), card->shape, card->rank);
    double y = 62;
    if (card->text && !card->numbers) {
        adj_ui_ink(cr, theme->text, 0.9);
        adj_ui_text(cr, card->text, (AdjUiType){.size = BODY, .fixed = true}, ADJ_UI_LEFT, PAD,
                    y, width - 2 * PAD);
        y += 22;
    }
    if (card->has_statistics) y = paint_value_facts(cr, theme, card, width, y) + 4;
    if (card->counts && card->bins > 0) {
        paint_counts(cr, theme, card, adj_ui_rect(PAD, y, width - 2 * PAD, 64));
        y += 86;
    }
    if (card->numbers && card->numbers->rows > 0) {
        double h = fmin(26.0 * card->numbers->rows, 180);
        adj_ui_paint_numbers(cr, theme, card->numbers, adj_ui_rect(PAD, y, width - 2 * PAD, h),
                             -1, -1);
        y += h + 18;
    }
    return y + PAD / 2;
}
