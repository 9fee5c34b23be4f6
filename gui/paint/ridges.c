// SPDX-License-Identifier: Apache-2.0
//
// Ridges and flow. A ridge hides what is behind it, so the landscape is painted from the back;
// all ridges share one scale, which makes growing and shrinking visible.
//
// In the flow both axes are logarithmic with fixed ends: a gradient of 1e-8 and one of 1e3 must
// be comparable from step to step, so the axis never follows the data. The update to weight
// ratio has a band around 1e-3, where it should be (Karpathy, makemore, part 3).

#include "ridges.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void adj_ui_past_add(AdjUiPast *past, int64_t step, const double *counts, int bins)
{
    float *to = past->counts[past->next];
    for (int i = 0; i < ADJ_UI_BINS; i++) to[i] = i < bins ? (float)counts[i] : 0;
    past->steps[past->next] = step;
    past->next = (past->next + 1) % ADJ_UI_PAST;
    if (past->kept < ADJ_UI_PAST) past->kept++;
}

// The k-th of what is kept, the oldest first.
static int ring_at(const AdjUiPast *past, int k)
{
    return (past->next - past->kept + k + 2 * ADJ_UI_PAST) % ADJ_UI_PAST;
}

// The bins that anything was ever in, with one more at both ends.
static void used_bins(const AdjUiPast *past, int *from, int *to, float *most)
{
    *from = ADJ_UI_BINS;
    *to = 0;
    *most = 0;
    for (int k = 0; k < past->kept; k++) {
        const float *c = past->counts[ring_at(past, k)];
        for (int i = 0; i < ADJ_UI_BINS; i++) {
            if (c[i] < 0.5f) continue;
            if (i < *from) *from = i;
            if (i >= *to) *to = i + 1;
            if (c[i] > *most) *most = c[i];
        }
    }
    if (*from > 0) --*from;
    if (*to < ADJ_UI_BINS) ++*to;
}

static void ridge_path(cairo_t *cr, const float *c, int from, int to, AdjUiRect r, double base,
                       double scale)
{
    double step = r.w / (to - from);
    cairo_move_to(cr, r.x, base);
    for (int i = from; i < to; i++)
        cairo_line_to(cr, r.x + (i - from + 0.5) * step, base - c[i] * scale);
    cairo_line_to(cr, r.x + r.w, base);
}

static void paint_ridge(cairo_t *cr, const AdjUiTheme *theme, const float *c, int from, int to,
                        AdjUiRect r, double base, double scale, double age)
{
    AdjUiColour fill = adj_ui_mix(theme->series[0], theme->card, 0.25 + 0.6 * age);
    ridge_path(cr, c, from, to, r, base, scale);
    adj_ui_ink(cr, fill, 1);
    cairo_fill(cr);
    ridge_path(cr, c, from, to, r, base, scale);
    adj_ui_ink(cr, adj_ui_mix(theme->text, theme->card, 0.15 + 0.6 * age), 1);
    cairo_set_line_width(cr, age == 0 ? 1.6 : 0.8);
    cairo_stroke(cr);
}

static void axis_text(const AdjUiPast *past, int bin, char *out)
{
    if (past->is_log)
        snprintf(out, 40, "2%s%d", bin < 40 ? "^−" : "^", bin < 40 ? 40 - bin : bin - 40);
    else
        adj_ui_number(out, past->low + (past->high - past->low) * bin / ADJ_UI_BINS, 3);
}

static void paint_axis(cairo_t *cr, const AdjUiTheme *theme, const AdjUiPast *past, int from,
                       int to, AdjUiRect r)
{
    char text[40];
    AdjUiType type = {.size = 10};
    adj_ui_ink(cr, theme->line, 1);
    cairo_set_line_width(cr, 1);
    cairo_move_to(cr, r.x, r.y + r.h + 0.5);
    cairo_line_to(cr, r.x + r.w, r.y + r.h + 0.5);
    cairo_stroke(cr);
    adj_ui_ink(cr, theme->faint, 1);
    axis_text(past, from, text);
    adj_ui_text(cr, text, type, ADJ_UI_LEFT, r.x, r.y + r.h + 13, 0);
    axis_text(past, (from + to) / 2, text);
    adj_ui_text(cr, text, type, ADJ_UI_MIDDLE, r.x + r.w / 2, r.y + r.h + 13, 0);
    axis_text(past, to, text);
    adj_ui_text(cr, text, type, ADJ_UI_RIGHT, r.x + r.w, r.y + r.h + 13, 0);
}

static void paint_head(cairo_t *cr, const AdjUiTheme *theme, const AdjUiPast *past,
                       const char *title, AdjUiRect r)
{
    char shape[96], line[160], mean[32], std[32], zeros[32];
    adj_ui_ink(cr, theme->text, 1);
    adj_ui_text(cr, title, (AdjUiType){.size = 12.5, .bold = true}, ADJ_UI_LEFT, r.x + 12,
                r.y + 21, r.w * 0.6);
    adj_ui_ink(cr, theme->faint, 1);
    adj_ui_shape_text(shape, past->shape, past->rank);
    adj_ui_text(cr, shape, (AdjUiType){.size = 11}, ADJ_UI_RIGHT, r.x + r.w - 12, r.y + 21,
                r.w * 0.36);
    snprintf(line, sizeof line, "mean %s   std %s   zeros %s %%",
             adj_ui_number(mean, past->mean, 3), adj_ui_number(std, past->std, 3),
             adj_ui_number(zeros, past->zeros * 100, 3));
    if (past->bad) {
        snprintf(line, sizeof line, "✗ %lld not finite", (long long)past->bad);
        adj_ui_ink(cr, theme->bad, 1);
    }
    adj_ui_text(cr, line, (AdjUiType){.size = 10.5}, ADJ_UI_LEFT, r.x + 12, r.y + 38, r.w - 24);
}

void adj_ui_paint_ridges(cairo_t *cr, const AdjUiTheme *theme, const AdjUiPast *past,
                         const char *title, AdjUiRect r, bool selected)
{
    int from, to;
    float most;
    adj_ui_card(cr, theme, r, theme->card, selected ? theme->accent : theme->line,
                selected ? 2.5 : 1);
    paint_head(cr, theme, past, title, r);
    used_bins(past, &from, &to, &most);
    if (past->kept == 0 || most <= 0) return;
    AdjUiRect plot = {r.x + 14, r.y + 50, r.w - 28, r.h - 72};
    double depth = past->kept > 1 ? plot.h * 0.55 : 0, peak = plot.h - depth;
    cairo_save(cr);
    cairo_rectangle(cr, plot.x - 2, r.y + 42, plot.w + 4, plot.h + 10);
    cairo_clip(cr);
    // In a small picture every second or third of the past would be hidden by the next anyway.
    int stride = (int)ceil(past->kept / fmax(4, plot.h / 7));
    for (int k = (past->kept - 1) % stride; k < past->kept; k += stride) {
        double age = past->kept > 1 ? 1 - (double)k / (past->kept - 1) : 0;
        paint_ridge(cr, theme, past->counts[ring_at(past, k)], from, to, plot,
                    plot.y + plot.h - depth * age, peak / most, age);
    }
    cairo_restore(cr);
    paint_axis(cr, theme, past, from, to, plot);
}

// -- the flow -----------------------------------------------------------------------------

static const double ROW = 30, RIVER = 110, HEADS = 26;
static const double NORM_LOW = -10, NORM_HIGH = 4, RATIO_LOW = -7, RATIO_HIGH = 1;

double adj_ui_flow_row_height(void)
{
    return ROW;
}

double adj_ui_flow_top(void)
{
    return RIVER + HEADS;
}

static double share_of(double value, double low, double high)
{
    if (!(value > 0)) return 0;
    return fmin(1, fmax(0, (log10(value) - low) / (high - low)));
}

static AdjUiColour health_ink(const AdjUiTheme *theme, AdjUiHealth h)
{
    return h == ADJ_UI_HEALTHY   ? theme->good
           : h == ADJ_UI_ILL     ? theme->bad
           : h == ADJ_UI_UNKNOWN ? theme->faint
                                 : theme->warn;
}

// The river: as wide at every layer as its gradient, from the loss on the right to the input on
// the left.
static void paint_river(cairo_t *cr, const AdjUiTheme *theme, const AdjUiLayerFlow *layers,
                        int count, int selected, double width)
{
    double left = 16, right = width - 16, middle = RIVER / 2 + 6, most = 38;
    double step;
    adj_ui_ink(cr, theme->faint, 1);
    adj_ui_text(cr, "input", (AdjUiType){.size = 11}, ADJ_UI_LEFT, left, 14, 0);
    adj_ui_text(cr, "←  gradient, as wide as its norm (log)", (AdjUiType){.size = 11},
                ADJ_UI_MIDDLE, width / 2, 14, 0);
    adj_ui_text(cr, "loss", (AdjUiType){.size = 11}, ADJ_UI_RIGHT, right, 14, 0);
    while (count > 0 && isnan(layers[count - 1].norm)) count--;
    if (count < 2) return;
    step = (right - left) / (count - 1);
    for (int side = -1; side <= 1; side += 2) {
        for (int n = 0; n < count; n++) {
            int i = side < 0 ? n : count - 1 - n;
            double half = 1.5 + most * share_of(layers[i].norm, NORM_LOW, NORM_HIGH);
            double x = left + step * i, y = middle + side * half;
            if (n == 0 && side < 0)
                cairo_move_to(cr, x, y);
            else
                cairo_line_to(cr, x, y);
        }
    }
    cairo_close_path(cr);
    cairo_pattern_t *along = cairo_pattern_create_linear(left, 0, right, 0);
    for (int i = 0; i < count; i++) {
        AdjUiColour c = layers[i].health >= ADJ_UI_DOUBTFUL
                            ? health_ink(theme, layers[i].health)
                            : theme->series[0];
        cairo_pattern_add_color_stop_rgba(along, (double)i / (count - 1), c.r, c.g, c.b, 0.75);
    }
    cairo_set_source(cr, along);
    cairo_fill(cr);
    cairo_pattern_destroy(along);
    if (selected < 0 || selected >= count) return;
    adj_ui_ink(cr, theme->accent, 1);
    cairo_set_line_width(cr, 2);
    cairo_move_to(cr, left + step * selected, middle - most - 6);
    cairo_line_to(cr, left + step * selected, middle + most + 6);
    cairo_stroke(cr);
}

typedef struct Columns {
    double name, spark, norm, ratio, end;
} Columns;

static Columns columns_of(double width)
{
    double rest = width - 60;
    return (Columns){44, 44 + rest * 0.30, 44 + rest * 0.45, 44 + rest * 0.73, width - 14};
}

static void paint_heads(cairo_t *cr, const AdjUiTheme *theme, double width)
{
    Columns c = columns_of(width);
    AdjUiType type = {.size = 11, .bold = true};
    double y = RIVER + HEADS - 9;
    adj_ui_ink(cr, theme->faint, 1);
    adj_ui_text(cr, "layer", type, ADJ_UI_LEFT, c.name, y, 0);
    adj_ui_text(cr, "lately", type, ADJ_UI_LEFT, c.spark, y, 0);
    adj_ui_text(cr, "‖gradient‖   1e−10 … 1e4", type, ADJ_UI_LEFT, c.norm, y, c.ratio - c.norm);
    adj_ui_text(cr, "update : weight", type, ADJ_UI_LEFT, c.ratio, y, 0);
}

static void paint_lamp(cairo_t *cr, const AdjUiTheme *theme, AdjUiHealth h, double y)
{
    static const char *const marks[] = {"·", "✓", "!", "✗"};
    AdjUiColour ink = health_ink(theme, h);
    cairo_new_sub_path(cr);
    cairo_arc(cr, 24, y + ROW / 2, 9, 0, 2 * M_PI);
    adj_ui_ink(cr, ink, h == ADJ_UI_UNKNOWN ? 0.3 : 1);
    cairo_fill(cr);
    adj_ui_ink(cr, theme->ground, 1);
    adj_ui_text(cr, marks[h], (AdjUiType){.size = 12, .bold = true}, ADJ_UI_MIDDLE, 24,
                y + ROW / 2 + 4.5, 0);
}

static void paint_spark(cairo_t *cr, const AdjUiTheme *theme, const AdjUiLayerFlow *l,
                        AdjUiRect r)
{
    if (l->sparks < 2) return;
    for (int i = 0; i < l->sparks; i++) {
        double x = r.x + r.w * i / (ADJ_UI_SPARK - 1);
        double y = r.y + r.h * (1 - share_of(l->spark[i], NORM_LOW, NORM_HIGH));
        if (i == 0)
            cairo_move_to(cr, x, y);
        else
            cairo_line_to(cr, x, y);
    }
    adj_ui_ink(cr, theme->series[0], 1);
    cairo_set_line_width(cr, 1.3);
    cairo_stroke(cr);
}

static void paint_ratio(cairo_t *cr, const AdjUiTheme *theme, double ratio, AdjUiRect r)
{
    char number[32];
    double from = share_of(1e-4, RATIO_LOW, RATIO_HIGH),
           to = share_of(1e-2, RATIO_LOW, RATIO_HIGH);
    cairo_rectangle(cr, r.x, r.y + r.h / 2 - 1, r.w, 2);
    adj_ui_ink(cr, theme->line, 0.6);
    cairo_fill(cr);
    cairo_rectangle(cr, r.x + r.w * from, r.y + 7, r.w * (to - from), r.h - 14);
    adj_ui_ink(cr, theme->good, 0.25);
    cairo_fill(cr);
    if (isnan(ratio)) return;
    double x = r.x + r.w * share_of(ratio, RATIO_LOW, RATIO_HIGH);
    bool fine = ratio >= 1e-4 && ratio <= 1e-2;
    cairo_new_sub_path(cr);
    cairo_arc(cr, x, r.y + r.h / 2, 5, 0, 2 * M_PI);
    adj_ui_ink(cr, fine ? theme->good : theme->warn, 1);
    cairo_fill(cr);
    adj_ui_ink(cr, theme->faint, 1);
    adj_ui_text(cr, adj_ui_number(number, ratio, 2), (AdjUiType){.size = 10.5},
                x > r.x + r.w * 0.7 ? ADJ_UI_RIGHT : ADJ_UI_LEFT,
                x > r.x + r.w * 0.7 ? x - 8 : x + 8, r.y + r.h / 2 - 4, 0);
}

static void paint_flow_row(cairo_t *cr, const AdjUiTheme *theme, const AdjUiLayerFlow *l,
                           double y, double width, bool selected)
{
    Columns c = columns_of(width);
    char number[32];
    if (selected) {
        adj_ui_round(cr, adj_ui_rect(4, y + 1, width - 8, ROW - 2), 5);
        adj_ui_ink(cr, theme->accent, 0.18);
        cairo_fill(cr);
    }
    paint_lamp(cr, theme, l->health, y);
    adj_ui_ink(cr, theme->text, 1);
    adj_ui_text(cr, l->path, (AdjUiType){.size = 12}, ADJ_UI_LEFT, c.name, y + ROW / 2 + 4.5,
                c.spark - c.name - 10);
    paint_spark(cr, theme, l, adj_ui_rect(c.spark, y + 5, c.norm - c.spark - 16, ROW - 10));
    double room = c.ratio - c.norm - 84, w = room * share_of(l->norm, NORM_LOW, NORM_HIGH);
    adj_ui_round(cr, adj_ui_rect(c.norm, y + 9, fmax(w, 1), ROW - 18), 3);
    adj_ui_ink(cr,
               l->health >= ADJ_UI_DOUBTFUL ? health_ink(theme, l->health) : theme->series[0],
               0.9);
    cairo_fill(cr);
    adj_ui_ink(cr, theme->text, 1);
    if (!isnan(l->norm))
        adj_ui_text(cr, adj_ui_number(number, l->norm, 3), (AdjUiType){.size = 11}, ADJ_UI_LEFT,
                    c.norm + w + 6, y + ROW / 2 + 4, 0);
    paint_ratio(cr, theme, l->ratio, adj_ui_rect(c.ratio, y, c.end - c.ratio, ROW));
}

void adj_ui_paint_flow_rows(cairo_t *cr, const AdjUiTheme *theme, const AdjUiLayerFlow *layers,
                            int count, int first, int last, int selected, double width)
{
    for (int i = first < 0 ? 0 : first; i < last && i < count; i++)
        paint_flow_row(cr, theme, &layers[i], RIVER + HEADS + i * ROW, width, i == selected);
}

void adj_ui_paint_flow(cairo_t *cr, const AdjUiTheme *theme, const AdjUiLayerFlow *layers,
                       int count, int first, int last, int selected, double width)
{
    paint_river(cr, theme, layers, count, selected, width);
    paint_heads(cr, theme, width);
    adj_ui_paint_flow_rows(cr, theme, layers, count, first, last, selected, width);
}
