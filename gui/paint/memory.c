// SPDX-License-Identifier: Apache-2.0
//
// The picture of memory: a line of steps for what is live, a hatched area below it for what is
// held. The two passes share one axis of operations; a rule between them is where the loss is.

#include "memory.h"

#include <math.h>
#include <stdio.h>

enum { LEFT = 66, RIGHT = 16, TOP = 34, FOOT = 40 };

static const AdjUiType small = {.size = 10.5}, normal = {.size = 12};

char *adj_ui_bytes(char *out, double bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    int k = 0;
    for (; fabs(bytes) >= 999.5 && k < 4; k++) bytes /= 1000;
    snprintf(out, 32, k && fabs(bytes) < 10 ? "%.1f %s" : "%.0f %s", bytes, units[k]);
    return out;
}

static double x_of(const AdjUiMemory *m, double width, double at)
{
    return LEFT + at / fmax(m->n, 1) * (width - LEFT - RIGHT);
}

int adj_ui_memory_at(const AdjUiMemory *m, double width, double x)
{
    int at = (int)floor((x - LEFT) / fmax(width - LEFT - RIGHT, 1) * m->n);
    return at >= 0 && at < m->n ? at : -1;
}

static double largest(const AdjUiMemory *m)
{
    double most = 1;
    for (int i = 0; i < m->n; i++) most = fmax(most, fmax(m->live[i], m->held[i]));
    return most;
}

static double y_of(double v, double most, double height)
{
    return height - FOOT - fmax(v, 0) / most * (height - FOOT - TOP);
}

static void outline(cairo_t *cr, const AdjUiMemory *m, const double *values, double most,
                    double width, double height)
{
    cairo_new_path(cr);
    cairo_move_to(cr, LEFT, y_of(0, most, height));
    for (int i = 0; i < m->n; i++) {
        cairo_line_to(cr, x_of(m, width, i), y_of(values[i], most, height));
        cairo_line_to(cr, x_of(m, width, i + 1), y_of(values[i], most, height));
    }
}

static void hatch(cairo_t *cr, const AdjUiTheme *theme, double width, double height)
{
    adj_ui_ink(cr, theme->series[6], 0.5);
    cairo_set_line_width(cr, 1);
    for (double x = -height; x < width; x += 7) {
        cairo_move_to(cr, x, height);
        cairo_line_to(cr, x + height, 0);
    }
    cairo_stroke(cr);
}

static void draw_areas(cairo_t *cr, const AdjUiTheme *theme, const AdjUiMemory *m, double most,
                       double width, double height)
{
    outline(cr, m, m->held, most, width, height);
    cairo_line_to(cr, x_of(m, width, m->n), y_of(0, most, height));
    cairo_close_path(cr);
    adj_ui_ink(cr, theme->series[6], 0.16);
    cairo_fill_preserve(cr);
    cairo_save(cr);
    cairo_clip(cr);
    hatch(cr, theme, width, height);
    cairo_restore(cr);
    outline(cr, m, m->live, most, width, height);
    adj_ui_ink(cr, theme->series[0], 1);
    cairo_set_line_width(cr, 2);
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    cairo_stroke(cr);
}

static void draw_axes(cairo_t *cr, const AdjUiTheme *theme, const AdjUiMemory *m, double most,
                      double width, double height)
{
    char text[48];
    cairo_set_line_width(cr, 1);
    for (int k = 0; k <= 4; k++) {
        double y = y_of(most * k / 4, most, height);
        adj_ui_ink(cr, theme->line, k ? 0.4 : 0.9);
        cairo_move_to(cr, LEFT, floor(y) + 0.5);
        cairo_line_to(cr, width - RIGHT, floor(y) + 0.5);
        cairo_stroke(cr);
        adj_ui_ink(cr, theme->faint, 1);
        adj_ui_text(cr, adj_ui_bytes(text, most * k / 4), small, ADJ_UI_RIGHT, LEFT - 8, y + 4,
                    0);
    }
    double middle = x_of(m, width, m->forward);
    adj_ui_ink(cr, theme->line, 1);
    cairo_move_to(cr, middle, TOP - 6);
    cairo_line_to(cr, middle, height - FOOT + 4);
    cairo_stroke(cr);
    adj_ui_ink(cr, theme->faint, 1);
    adj_ui_text(cr, "forward", small, ADJ_UI_MIDDLE, (LEFT + middle) / 2, height - FOOT + 16,
                0);
    if (m->n > m->forward)
        adj_ui_text(cr, "backward", small, ADJ_UI_MIDDLE, (middle + width - RIGHT) / 2,
                    height - FOOT + 16, 0);
}

static void draw_legend(cairo_t *cr, const AdjUiTheme *theme, const AdjUiMemory *m,
                        double height)
{
    char text[48], number[32];
    double x = LEFT, y = height - 8;
    adj_ui_ink(cr, theme->series[0], 1);
    cairo_set_line_width(cr, 2);
    cairo_move_to(cr, x, y - 4);
    cairo_line_to(cr, x + 18, y - 4);
    cairo_stroke(cr);
    snprintf(text, sizeof text, "tensors, above %s", adj_ui_bytes(number, m->start));
    x += 24 + adj_ui_text(cr, text, small, ADJ_UI_LEFT, x + 24, y, 0) + 20;
    cairo_rectangle(cr, x, y - 9, 18, 9);
    adj_ui_ink(cr, theme->series[6], 0.3);
    cairo_fill_preserve(cr);
    adj_ui_ink(cr, theme->series[6], 1);
    cairo_set_line_width(cr, 1);
    cairo_stroke(cr);
    adj_ui_text(cr, "held for the backward pass", small, ADJ_UI_LEFT, x + 24, y, 0);
}

// A mark at a moment, and what happened there above the picture or beside the mark.
static void draw_moment(cairo_t *cr, const AdjUiTheme *theme, const AdjUiMemory *m, int at,
                        const char *words, double most, double width, double height, bool peak)
{
    double x = x_of(m, width, at + 0.5), y = y_of(m->live[at], most, height);
    AdjUiColour c = peak ? theme->bad : theme->accent;
    adj_ui_ink(cr, c, 1);
    cairo_arc(cr, x, y, 4.5, 0, 2 * M_PI);
    cairo_fill(cr);
    double w = fmin(adj_ui_text_width(cr, words, normal), width - 24);
    double left = fmin(fmax(x - w / 2, 8), width - w - 12);
    if (!peak) {
        adj_ui_card(cr, theme, adj_ui_rect(left - 7, y + 10, w + 14, 21), theme->card,
                    theme->line, 1);
        adj_ui_ink(cr, theme->text, 1);
    }
    adj_ui_text(cr, words, normal, ADJ_UI_LEFT, left, peak ? TOP - 14 : y + 25, w + 1);
}

void adj_ui_paint_memory(cairo_t *cr, const AdjUiTheme *theme, const AdjUiMemory *m,
                         double width, double height)
{
    if (m->n < 1) return;
    double most = largest(m) * 1.04;
    draw_axes(cr, theme, m, most, width, height);
    draw_areas(cr, theme, m, most, width, height);
    draw_legend(cr, theme, m, height);
    if (m->peak >= 0)
        draw_moment(cr, theme, m, m->peak, m->peak_words, most, width, height, true);
    if (m->chosen >= 0)
        draw_moment(cr, theme, m, m->chosen, m->chosen_words, most, width, height, false);
}
