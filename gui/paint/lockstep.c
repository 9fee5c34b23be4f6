// SPDX-License-Identifier: Apache-2.0
//
// The losses share the axis of steps with the field below, so that the eye goes straight down
// from where the curves part to the operation in which it began. The first difference has a
// frame, which says without colour where it is.

#include "lockstep.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>

enum { LEFT = 46, RIGHT = 12, TOP = 22, GAP = 12, FOOT = 34, WIDEST = 36, TALLEST = 22 };

static const AdjUiType small = {.size = 10.5};

double adj_ui_difference_heat(double d)
{
    if (!(d > 0)) return 0;
    return fmin(fmax((log10(d) + 8) / 8, 0.06), 1);
}

// The losses take a third.
static double field_top(double height)
{
    return TOP + (height - TOP - FOOT - GAP) * 0.36 + GAP;
}

static double column_width(const AdjUiLockstep *l, double width)
{
    return fmin((width - LEFT - RIGHT) / fmax(l->steps, 1), WIDEST);
}

static double row_height(const AdjUiLockstep *l, double height)
{
    return fmin((height - FOOT - field_top(height)) / fmax(l->operations, 1), TALLEST);
}

int adj_ui_lockstep_step_at(const AdjUiLockstep *l, double width, double x)
{
    int k = (int)floor((x - LEFT) / column_width(l, width));
    return k >= 0 && k < l->steps ? k : -1;
}

int adj_ui_lockstep_operation_at(const AdjUiLockstep *l, double height, double y)
{
    int k = (int)floor((y - field_top(height)) / row_height(l, height));
    return k >= 0 && k < l->operations ? k : -1;
}

static void draw_roots(cairo_t *cr, const AdjUiTheme *theme, const AdjUiLockstep *l,
                       double width, double height)
{
    double low = INFINITY, high = -INFINITY, w = column_width(l, width);
    double top = TOP, bottom = field_top(height) - GAP;
    char text[32];
    for (int i = 0; i < l->steps; i++)
        for (int k = 0; k < 2; k++) {
            if (!isfinite(l->roots[i][k])) continue;
            low = fmin(low, l->roots[i][k]);
            high = fmax(high, l->roots[i][k]);
        }
    if (!(low <= high)) return;
    double span = fmax(high - low, fabs(high) * 1e-6 + 1e-12);
    adj_ui_ink(cr, theme->faint, 1);
    adj_ui_text(cr, adj_ui_number(text, high, 3), small, ADJ_UI_RIGHT, LEFT - 6, top + 8, 0);
    adj_ui_text(cr, adj_ui_number(text, low, 3), small, ADJ_UI_RIGHT, LEFT - 6, bottom, 0);
    static const double dash[] = {5, 3};
    double at = width - RIGHT;
    for (int k = 2; k--;) {
        adj_ui_ink(cr, theme->series[k], 1);
        cairo_set_line_width(cr, 2);
        cairo_new_path(cr);
        if (k) cairo_set_dash(cr, dash, 2, 0);
        for (int i = 0; i < l->steps; i++)
            if (isfinite(l->roots[i][k]))
                cairo_line_to(cr, LEFT + (i + 0.5) * w,
                              bottom - (l->roots[i][k] - low) / span * (bottom - top));
        cairo_stroke(cr);
        at -= adj_ui_text_width(cr, l->names[k], small);
        adj_ui_text(cr, l->names[k], small, ADJ_UI_LEFT, at, 14, 0);
        cairo_move_to(cr, at - 24, 10);
        cairo_line_to(cr, at - 5, 10);
        cairo_stroke(cr);
        cairo_set_dash(cr, NULL, 0, 0);
        at -= 40;
    }
}

static void draw_cell(cairo_t *cr, const AdjUiTheme *theme, double difference, double x,
                      double y, double w, double h)
{
    double heat = adj_ui_difference_heat(difference);
    AdjUiColour c =
        isnan(difference) ? theme->frame : adj_ui_mix(theme->card, theme->bad, heat);
    adj_ui_ink(cr, c, 1);
    cairo_rectangle(cr, x, y, w > 4 ? w - 1 : w + 0.5, h > 4 ? h - 1 : h + 0.5);
    cairo_fill(cr);
}

static void draw_field(cairo_t *cr, const AdjUiTheme *theme, const AdjUiLockstep *l,
                       double width, double height)
{
    double top = field_top(height), w = column_width(l, width), h = row_height(l, height);
    for (int i = 0; i < l->steps; i++)
        for (int k = 0; k < l->operations; k++)
            draw_cell(cr, theme, l->differs[i][k], LEFT + i * w, top + k * h, w, h);
    if (l->chosen >= 0) {
        adj_ui_ink(cr, theme->accent, 1);
        cairo_set_line_width(cr, 1.5);
        cairo_rectangle(cr, LEFT + l->chosen * w - 1, top - 2, w + 1, l->operations * h + 3);
        cairo_stroke(cr);
    }
    if (l->first_step < 0) return;
    adj_ui_ink(cr, theme->text, 1);
    cairo_set_line_width(cr, 2);
    cairo_rectangle(cr, LEFT + l->first_step * w - 1.5, top + l->first_operation * h - 1.5,
                    fmax(w, 4) + 2, fmax(h, 4) + 2);
    cairo_stroke(cr);
}

static void draw_axes(cairo_t *cr, const AdjUiTheme *theme, const AdjUiLockstep *l,
                      double width, double height)
{
    char text[32];
    double w = column_width(l, width), top = field_top(height);
    double bottom = top + l->operations * row_height(l, height);
    int every = (int)fmax(1, ceil(44 / w));
    adj_ui_ink(cr, theme->faint, 1);
    for (int i = 0; i < l->steps; i += every) {
        snprintf(text, sizeof text, "%lld", (long long)(l->from + i));
        adj_ui_text(cr, text, small, ADJ_UI_MIDDLE, LEFT + (i + 0.5) * w, bottom + 14, 0);
    }
    snprintf(text, sizeof text, "op 0");
    adj_ui_text(cr, text, small, ADJ_UI_RIGHT, LEFT - 6, top + 9, 0);
    snprintf(text, sizeof text, "%d", l->operations - 1);
    if (l->operations > 1)
        adj_ui_text(cr, text, small, ADJ_UI_RIGHT, LEFT - 6, fmax(bottom - 2, top + 22), 0);
    for (int k = 0; k <= 80; k++) {
        adj_ui_ink(cr, adj_ui_mix(theme->card, theme->bad, k / 80.0), 1);
        cairo_rectangle(cr, LEFT + k * 1.5, height - 10, 2, 7);
        cairo_fill(cr);
    }
    adj_ui_ink(cr, theme->faint, 1);
    adj_ui_text(cr, "1e−8", small, ADJ_UI_RIGHT, LEFT - 6, height - 3, 0);
    adj_ui_text(cr, "1", small, ADJ_UI_LEFT, LEFT + 128, height - 3, 0);
}

void adj_ui_paint_lockstep(cairo_t *cr, const AdjUiTheme *theme, const AdjUiLockstep *l,
                           double width, double height)
{
    if (l->steps < 1) return;
    draw_roots(cr, theme, l, width, height);
    draw_field(cr, theme, l, width, height);
    draw_axes(cr, theme, l, width, height);
}
