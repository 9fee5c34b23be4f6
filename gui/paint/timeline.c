// SPDX-License-Identifier: Apache-2.0
//
// The strip of time. Above, flags of what stands at a step; below them the loss, scaled to what
// is shown, without its worst hundredth when that would flatten the rest; at the bottom the
// band of steps whose values can be had again.
//
// The flags differ in shape as well as in colour: a disc for a finding (with a cross when it is
// ill), a ribbon for a bookmark, a fork for a branch.

#include "timeline.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>

enum { LEFT = 10, RIGHT = 14, TOP = 17, BAND = 5, FOOT = 16, REACH = 6 };

static const AdjUiType small = {.size = 10.5};

static double span_of(const AdjUiTime *t)
{
    return fmax(t->to - t->from, 1);
}

double adj_ui_time_x(const AdjUiTime *t, double width, double step)
{
    return LEFT + (step - t->from) / span_of(t) * fmax(width - LEFT - RIGHT, 1);
}

double adj_ui_time_step(const AdjUiTime *t, double width, double x)
{
    double step = t->from + (x - LEFT) / fmax(width - LEFT - RIGHT, 1) * span_of(t);
    return fmin(fmax(floor(step + 0.5), ceil(t->from)), floor(t->to));
}

int adj_ui_time_mark(const AdjUiTime *t, double width, double x)
{
    int found = -1;
    double nearest = REACH;
    for (int i = 0; i < t->mark_count; i++) {
        double away = fabs(adj_ui_time_x(t, width, t->marks[i].step) - x);
        if (away > nearest) continue;
        nearest = away;
        found = i;
    }
    return found;
}

// ---- the loss

static AdjUiStretch column(const AdjUiTime *t, const AdjUiPyramid *p, double width, int k)
{
    double a = t->from + (k - 0.5 - LEFT) / fmax(width - LEFT - RIGHT, 1) * span_of(t);
    double b = a + span_of(t) / fmax(width - LEFT - RIGHT, 1);
    return adj_ui_pyramid_stretch(p, adj_ui_pyramid_find(p, a), adj_ui_pyramid_find(p, b));
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Least and greatest of what is drawn; a few columns far above all others do not count.
static bool limits(const AdjUiTime *t, double width, double *low, double *high)
{
    int columns = (int)(width - LEFT - RIGHT) + 1, n = 0;
    if (columns < 1) return false;
    double *top = g_new(double, (gsize)columns *(gsize)(t->curve_count + 1));
    *low = INFINITY;
    for (int c = 0; c < t->curve_count; c++)
        for (int k = 0; k < columns; k++) {
            AdjUiStretch s = column(t, t->curves[c].points, width, LEFT + k);
            if (!s.points) continue;
            *low = fmin(*low, s.least);
            top[n++] = s.greatest;
        }
    if (n) qsort(top, (size_t)n, sizeof *top, by_value);
    *high = n ? top[n - 1] : 0;
    double most = n ? top[(int)(0.99 * (n - 1))] : 0;
    if (n > 20 && *high - *low > 4 * (most - *low)) *high = most + (most - *low) * 0.25;
    g_free(top);
    if (!(*low < *high)) *high = *low + 1;
    return n > 0;
}

static double y_of(double v, double low, double high, double height)
{
    double share = fmin(fmax((v - low) / (high - low), 0), 1);
    return height - FOOT - BAND - 4 - share * (height - FOOT - BAND - 6 - TOP);
}

static void draw_curve(cairo_t *cr, const AdjUiTheme *theme, const AdjUiTime *t,
                       const AdjUiTimeCurve *c, double width, double height, double low,
                       double high)
{
    bool begun = false;
    AdjUiColour ink = c->active ? theme->accent : theme->faint;
    cairo_set_line_width(cr, c->active ? 1.6 : 1.2);
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    adj_ui_ink(cr, ink, c->active ? 0.28 : 0.2);
    for (int k = LEFT; k <= width - RIGHT; k++) {
        AdjUiStretch s = column(t, c->points, width, k);
        if (s.points < 2) continue;
        double a = y_of(s.greatest, low, high, height), b = y_of(s.least, low, high, height);
        cairo_rectangle(cr, k - 0.5, a, 1, fmax(b - a, 1));
    }
    cairo_fill(cr);
    adj_ui_ink(cr, ink, c->active ? 1 : 0.7);
    for (int k = LEFT; k <= width - RIGHT; k++) {
        AdjUiStretch s = column(t, c->points, width, k);
        if (!s.points) continue;
        double y = y_of(s.mean, low, high, height);
        if (begun)
            cairo_line_to(cr, k, y);
        else
            cairo_move_to(cr, k, y);
        begun = true;
    }
    cairo_stroke(cr);
}

// ---- marks

static void flag(cairo_t *cr, const AdjUiTheme *theme, AdjUiMarkKind kind, double x)
{
    double y = TOP - 9;
    cairo_set_line_width(cr, 1.4);
    cairo_new_path(cr);
    if (kind == ADJ_UI_MARK_BOOKMARK) {
        cairo_move_to(cr, x - 4, y - 5);
        cairo_line_to(cr, x + 4, y - 5);
        cairo_line_to(cr, x + 4, y + 6);
        cairo_line_to(cr, x, y + 2.5);
        cairo_line_to(cr, x - 4, y + 6);
        cairo_close_path(cr);
        adj_ui_ink(cr, theme->series[2], 1);
        cairo_fill(cr);
    } else if (kind == ADJ_UI_MARK_BRANCH) {
        adj_ui_ink(cr, theme->series[6], 1);
        cairo_move_to(cr, x, y + 6);
        cairo_line_to(cr, x, y - 4);
        cairo_move_to(cr, x, y + 2);
        cairo_curve_to(cr, x, y - 1, x + 5, y, x + 5, y - 4);
        cairo_stroke(cr);
        cairo_arc(cr, x, y - 4, 1.8, 0, 2 * M_PI);
        cairo_arc(cr, x + 5, y - 4, 1.8, 0, 2 * M_PI);
        cairo_fill(cr);
    } else {
        bool ill = kind == ADJ_UI_MARK_ILL;
        adj_ui_ink(cr, ill ? theme->bad : theme->warn, 1);
        cairo_arc(cr, x, y, 4.5, 0, 2 * M_PI);
        cairo_fill(cr);
        adj_ui_ink(cr, theme->ground, 1);
        cairo_move_to(cr, x - (ill ? 2 : 0), y - 2.2);
        cairo_line_to(cr, x + (ill ? 2 : 0), y + (ill ? 2.2 : 0.6));
        if (ill) {
            cairo_move_to(cr, x + 2, y - 2.2);
            cairo_line_to(cr, x - 2, y + 2.2);
        } else {
            cairo_move_to(cr, x, y + 1.8);
            cairo_line_to(cr, x, y + 2.6);
        }
        cairo_stroke(cr);
    }
}

static void draw_marks(cairo_t *cr, const AdjUiTheme *theme, const AdjUiTime *t, double width,
                       double height)
{
    for (int i = 0; i < t->mark_count; i++) {
        const AdjUiMark *m = &t->marks[i];
        if (m->step < t->from || m->step > t->to) continue;
        double x = adj_ui_time_x(t, width, m->step);
        adj_ui_ink(cr, theme->line, 0.8);
        cairo_set_line_width(cr, 1);
        cairo_move_to(cr, x, TOP);
        cairo_line_to(cr, x, height - FOOT);
        cairo_stroke(cr);
        flag(cr, theme, m->kind, x);
    }
}

// ---- the band, the scale, the cursor

static void draw_band(cairo_t *cr, const AdjUiTheme *theme, const AdjUiTime *t, double width,
                      double height)
{
    double y = height - FOOT - BAND;
    adj_ui_round(cr, adj_ui_rect(LEFT, y, width - LEFT - RIGHT, BAND), BAND / 2.0);
    adj_ui_ink(cr, theme->frame, 1);
    cairo_fill_preserve(cr);
    adj_ui_ink(cr, theme->line, 0.6);
    cairo_set_line_width(cr, 1);
    cairo_stroke(cr);
    adj_ui_ink(cr, theme->good, 0.85);
    for (int i = 0; i < t->kept_count; i++) {
        double a = adj_ui_time_x(t, width, fmax(t->kept[i][0], t->from));
        double b = adj_ui_time_x(t, width, fmin(t->kept[i][1], t->to));
        if (b < LEFT || a > width - RIGHT) continue;
        cairo_rectangle(cr, a - 0.75, y + 1, fmax(b - a, 0) + 1.5, BAND - 2);
    }
    cairo_fill(cr);
}

static void draw_scale(cairo_t *cr, const AdjUiTheme *theme, const AdjUiTime *t, double width,
                       double height)
{
    char text[32];
    double steps[] = {1, 2, 5};
    double wanted = span_of(t) / fmax(floor(width / 110), 1), gap = 1;
    for (int i = 0; gap < wanted; i++) gap = steps[i % 3] * pow(10, i / 3);
    adj_ui_ink(cr, theme->faint, 1);
    for (double s = ceil(t->from / gap) * gap; s <= t->to; s += gap) {
        snprintf(text, sizeof text, "%.0f", s);
        double x = adj_ui_time_x(t, width, s), half = adj_ui_text_width(cr, text, small) / 2;
        adj_ui_text(cr, text, small, ADJ_UI_MIDDLE, fmin(fmax(x, half + 2), width - half - 2),
                    height - 4, 0);
    }
}

// A line with a plate that says step and value.
static void draw_rule(cairo_t *cr, const AdjUiTheme *theme, const AdjUiTime *t, double width,
                      double height, double step, const char *text, bool strong)
{
    double x = adj_ui_time_x(t, width, step);
    adj_ui_ink(cr, strong ? theme->accent : theme->faint, 1);
    cairo_set_line_width(cr, strong ? 2 : 1);
    cairo_move_to(cr, x, 4);
    cairo_line_to(cr, x, height - FOOT + 2);
    cairo_stroke(cr);
    double w = adj_ui_text_width(cr, text, small) + 14;
    AdjUiRect r = adj_ui_rect(x + 6, TOP, w, 17);  // under the flags
    if (r.x + r.w > width - 2) r.x = x - 6 - w;
    adj_ui_round(cr, r, 4);
    adj_ui_ink(cr, strong ? theme->accent : theme->card, strong ? 1 : 0.95);
    cairo_fill_preserve(cr);
    adj_ui_ink(cr, strong ? theme->accent : theme->line, 1);
    cairo_set_line_width(cr, 1);
    cairo_stroke(cr);
    adj_ui_ink(cr, strong ? theme->ground : theme->text, 1);
    adj_ui_text(cr, text, small, ADJ_UI_LEFT, r.x + 7, r.y + 12.5, 0);
}

static void words(char *out, size_t size, double step, double value)
{
    char number[32];
    if (isnan(value))
        snprintf(out, size, "%.0f", step);
    else
        snprintf(out, size, "%.0f   %s", step, adj_ui_number(number, value, 5));
}

void adj_ui_paint_time(cairo_t *cr, const AdjUiTheme *theme, const AdjUiTime *t, double width,
                       double height)
{
    double low, high;
    char text[80];
    draw_band(cr, theme, t, width, height);
    draw_scale(cr, theme, t, width, height);
    draw_marks(cr, theme, t, width, height);
    if (limits(t, width, &low, &high))
        for (int pass = 0; pass < 2; pass++)  // the active one lies above
            for (int i = 0; i < t->curve_count; i++)
                if (t->curves[i].active == (pass == 1))
                    draw_curve(cr, theme, t, &t->curves[i], width, height, low, high);
    if (isnan(t->cursor)) return;
    words(text, sizeof text - 4, t->cursor, t->value);
    if (!t->exact) g_strlcat(text, "  ≈", sizeof text);
    draw_rule(cr, theme, t, width, height, t->cursor, text, true);
}

static double value_at(const AdjUiTime *t, double step)
{
    for (int i = t->curve_count; i--;) {
        const AdjUiPyramid *p = t->curves[i].points;
        int64_t at = adj_ui_pyramid_find(p, step);
        if (at < adj_ui_pyramid_count(p) && adj_ui_pyramid_x(p, at) == step)
            return adj_ui_pyramid_y(p, at);
    }
    return NAN;
}

void adj_ui_paint_time_hover(cairo_t *cr, const AdjUiTheme *theme, const AdjUiTime *t,
                             double width, double height, double x)
{
    char text[200];
    int mark = adj_ui_time_mark(t, width, x);
    double step = mark < 0 ? adj_ui_time_step(t, width, x) : t->marks[mark].step;
    words(text, sizeof text, step, value_at(t, step));
    if (mark >= 0 && t->marks[mark].text) {
        g_strlcat(text, "   ", sizeof text);
        g_strlcat(text, t->marks[mark].text, sizeof text);
    }
    draw_rule(cr, theme, t, width, height, step, text, false);
}
