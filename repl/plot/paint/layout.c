// SPDX-License-Identifier: Apache-2.0
// layout.c: where the axes of a figure go. What stands around a plot (tick labels, names,
// title, colour bar, a legend outside) is measured first; then all plots of a column share the
// widest left and right margin in it, all of a row the highest, and what is left of the paper
// is dealt out to the plots. So nothing ever overlaps, and plots line up. How many ticks there
// are depends on the size of the plots, and that on the ticks' labels, so it is done twice.
#include "plot/paint/internal.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_GRID = 64 };

typedef struct Tracks {  // one direction of the grid
    int n;
    double before[MAX_GRID], after[MAX_GRID];  // margins of a column (row)
    double start[MAX_GRID], size[MAX_GRID];
    double ratio[MAX_GRID];
} Tracks;

static const double BORDER = 7, GAP = 11;

static int clipped(int v, int n)
{
    return v < 0 ? 0 : v >= n ? n - 1 : v;
}

static int span_of(int span, int first, int n)
{
    return span < 1 ? 1 : first + span > n ? n - first : span;
}

static void open_tracks(Tracks *t, int n, const double *ratios)
{
    memset(t, 0, sizeof *t);
    t->n = n < 1 ? 1 : n > MAX_GRID ? MAX_GRID : n;
    for (int i = 0; i < t->n; i++) t->ratio[i] = ratios && ratios[i] > 0 ? ratios[i] : 1;
}

static void deal(Tracks *t, double from, double length, double gap)
{
    double margins = 0, ratios = 0;
    for (int i = 0; i < t->n; i++) {
        margins += t->before[i] + t->after[i];
        ratios += t->ratio[i];
    }
    double left = length - margins - gap * (t->n - 1);
    // Paper too small for all that stands around: the plots keep a quarter of it.
    left = fmax(left, length / 4);
    for (int i = 0; i < t->n; i++) {
        t->size[i] = left * t->ratio[i] / ratios;
        t->start[i] = from + t->before[i];
        from = t->start[i] + t->size[i] + t->after[i] + gap;
    }
}

static void map_axis(AdjMapping *m, AdjScale s, double linear, const double lim[2], double from,
                     double to)
{
    *m = (AdjMapping){.scale = s, .linear = linear > 0 ? linear : 1, .a = 1, .b = 0};
    double low = adj_mapped(m, lim[0]), high = adj_mapped(m, lim[1]);
    m->a = (to - from) / (high - low);
    m->b = from - m->a * low;
}

// Fits limits and place to each other: with equal units the shorter side shrinks, as images do.
static void settle(AdjFrame *f, double x, double y, double w, double h)
{
    AdjPlaced *at = &f->at;
    const AdjAxes *a = f->axes;
    if (a->equal && at->x_scale == ADJ_LINEAR && at->y_scale == ADJ_LINEAR) {
        double shape = (at->ylim[1] - at->ylim[0]) / (at->xlim[1] - at->xlim[0]);
        if (isfinite(shape) && shape > 1e-3 && shape < 1e3) {
            double wide = fmin(w, h / shape), high = wide * shape;
            x += (w - wide) / 2, y += (h - high) / 2;
            w = wide, h = high;
        }
    }
    at->x = x, at->y = y, at->w = fmax(1, w), at->h = fmax(1, h);
    map_axis(&f->mx, at->x_scale, at->x_linear, at->xlim, at->x_flipped ? x + w : x,
             at->x_flipped ? x : x + w);
    map_axis(&f->my, at->y_scale, at->y_linear, at->ylim, at->y_flipped ? y : y + h,
             at->y_flipped ? y + h : y);
}

static void widest(double *to, double v)
{
    if (v > *to) *to = v;
}

static void measure(AdjPainter *p, const AdjFigure *f, AdjFrame *frames, Tracks *columns,
                    Tracks *rows)
{
    for (int i = 0; i < f->axes_count; i++) {
        const AdjAxes *a = &f->axes[i];
        double reach[4];
        if (a->has_box) continue;
        adj_axes_reach(p, &frames[i], reach);
        int host = a->twin > 0 && a->twin <= f->axes_count ? a->twin - 1 : i;
        int c = clipped(f->axes[host].column, columns->n);
        int r = clipped(f->axes[host].row, rows->n);
        int last_c = c + span_of(f->axes[host].column_span, c, columns->n) - 1;
        int last_r = r + span_of(f->axes[host].row_span, r, rows->n) - 1;
        widest(&columns->before[c], reach[0]);
        widest(&columns->after[last_c], reach[1]);
        widest(&rows->after[last_r], reach[2]);
        widest(&rows->before[r], reach[3]);
    }
}

static void put_in_cell(const AdjFigure *f, AdjFrame *frames, int i, const Tracks *columns,
                        const Tracks *rows, double width, double height)
{
    const AdjAxes *a = &f->axes[i];
    if (a->twin > 0 && a->twin <= i) {
        AdjPlaced *host = &frames[a->twin - 1].at;
        settle(&frames[i], host->x, host->y, host->w, host->h);
        return;
    }
    if (a->has_box) {
        settle(&frames[i], a->box[0] * width, (1 - a->box[1] - a->box[3]) * height,
               fmax(1, a->box[2] * width), fmax(1, a->box[3] * height));
        return;
    }
    int c = clipped(a->column, columns->n), r = clipped(a->row, rows->n);
    int last_c = c + span_of(a->column_span, c, columns->n) - 1;
    int last_r = r + span_of(a->row_span, r, rows->n) - 1;
    settle(&frames[i], columns->start[c], rows->start[r],
           columns->start[last_c] + columns->size[last_c] - columns->start[c],
           rows->start[last_r] + rows->size[last_r] - rows->start[r]);
}

static void open_frame(const AdjFigure *f, AdjFrame *frames, int i)
{
    const AdjAxes *a = &f->axes[i];
    AdjFrame *frame = &frames[i];
    *frame = (AdjFrame){.axes = a};
    adj_axes_limits(a, frame->at.xlim, frame->at.ylim);
    adj_axes_flipped(a, &frame->at.x_flipped, &frame->at.y_flipped);
    frame->at.x_scale = a->x.scale, frame->at.y_scale = a->y.scale;
    frame->at.x_linear = a->x.linear, frame->at.y_linear = a->y.linear;
    if (a->twin <= 0 || a->twin > i) return;
    const AdjFrame *host = &frames[a->twin - 1];
    memcpy(frame->at.xlim, host->at.xlim, sizeof frame->at.xlim);
    frame->at.x_scale = host->at.x_scale;
    frame->first_color = host->axes->layer_count;
}

void adj_frames_place(AdjPainter *p, const AdjFigure *f, double width, double height,
                      AdjFrame *frames)
{
    Tracks columns, rows;
    double top = BORDER;
    if (f->title && *f->title) {
        AdjWriting w = {.size = f->title_size > 0 ? f->title_size : p->style->title + 1};
        top += adj_text_size(p, f->title, &w).h + 6;
    }
    for (int i = 0; i < f->axes_count; i++) open_frame(f, frames, i);
    for (int round = 0; round < 3; round++) {
        open_tracks(&columns, f->columns, f->column_ratios);
        open_tracks(&rows, f->rows, f->row_ratios);
        if (round) measure(p, f, frames, &columns, &rows);
        double gap_x = GAP + f->gap_x * width / columns.n;
        double gap_y = GAP + f->gap_y * height / rows.n;
        deal(&columns, BORDER, width - 2 * BORDER, gap_x);
        deal(&rows, top, height - BORDER - top, gap_y);
        for (int i = 0; i < f->axes_count; i++) {
            put_in_cell(f, frames, i, &columns, &rows, width, height);
            adj_axes_ticks(p, &frames[i]);
        }
    }
}

// Colours run through the layers that take one from the cycle, in their order.
AdjColor adj_layer_color(const AdjPainter *p, const AdjFrame *f, int layer)
{
    const AdjLayer *l = &f->axes->layers[layer];
    if (l->color) return l->color;
    if (l->kind == ADJ_RULE || l->kind == ADJ_WRITING || l->kind == ADJ_ARROWS)
        return p->style->ink;
    // Bands count by themselves: the first belongs to the first line, as its uncertainty.
    int before = 0;
    for (int i = 0; i < layer; i++) {
        const AdjLayer *other = &f->axes->layers[i];
        bool plain = other->kind == ADJ_LINE || other->kind == ADJ_POINTS ||
                     other->kind == ADJ_BARS || other->kind == ADJ_ERRORS;
        bool takes =
            l->kind == ADJ_BAND ? other->kind == ADJ_BAND : other->kind == l->kind || plain;
        if (takes && !other->color && !other->c) before++;
    }
    return adj_color_cycle(f->first_color + before, p->style->dark);
}
