// SPDX-License-Identifier: Apache-2.0
// axes.c: what stands around the data: grid, spines, ticks and their labels, the names of the
// axes, titles. adj_axes_reach and adj_axes_decorate walk the same list of pieces: the one
// measures, the other draws, so what is reserved is what is needed.
#include "plot/paint/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double TICK = 3.5, MINOR = 2, PAD = 3.5, NAME_PAD = 4, TITLE_PAD = 7, LINE = 0.8;

static double tick_text_size(const AdjPainter *p, const AdjAxis *axis)
{
    return axis->tick_size > 0 ? axis->tick_size : p->style->small;
}

static AdjWriting tick_writing(const AdjPainter *p, const AdjAxis *axis)
{
    return (AdjWriting){
        .size = tick_text_size(p, axis), .color = p->style->soft, .rotation = axis->rotation};
}

// Tick texts are markup already; names given by the program are not.
static void put_tick(AdjPainter *p, const char *text, double x, double y, const AdjWriting *w)
{
    adj_text_put(p, text, x, y, w);
}

// Ticks the program gave replace the round ones.
static void take_given(const AdjAxis *axis, const double lim[2], AdjTicks *t)
{
    AdjTicks round = *t;
    t->n = 0;
    t->minor_n = 0;
    double slack = (lim[1] - lim[0]) * 1e-9;
    for (int i = 0; i < axis->tick_count && t->n < ADJ_MAX_TICKS; i++) {
        if (!(axis->ticks[i] >= lim[0] - slack && axis->ticks[i] <= lim[1] + slack)) continue;
        t->at[t->n] = axis->ticks[i];
        if (axis->tick_names)
            snprintf(t->text[t->n], sizeof t->text[0], "%s", "");
        else
            snprintf(t->text[t->n], sizeof t->text[0], "%.6g", axis->ticks[i]);
        t->n++;
    }
    if (axis->tick_names)
        t->offset[0] = 0;
    else if (!round.offset[0])
        t->offset[0] = 0;
}

// The text of tick [i]: a name of the program's own may be longer than a number's room.
static const char *tick_text(const AdjAxis *axis, const AdjTicks *t, int i)
{
    if (!axis->has_ticks || !axis->tick_names) return t->text[i];
    for (int k = 0; k < axis->tick_count; k++)
        if (axis->ticks[k] == t->at[i]) return axis->tick_names[k] ? axis->tick_names[k] : "";
    return "";
}

// Widest and highest label.
static AdjExtent labels_size(AdjPainter *p, const AdjAxis *axis, const AdjTicks *t)
{
    AdjWriting w = tick_writing(p, axis);
    AdjExtent all = {0};
    for (int i = 0; i < t->n; i++) {
        const char *text = tick_text(axis, t, i);
        if (!*text) continue;
        AdjExtent e = adj_text_size(p, text, &w);
        all.w = fmax(all.w, e.w);
        all.h = fmax(all.h, e.h);
    }
    return all;
}

// The columns and rows of a picture have whole numbers.
static bool counts_cells(const AdjAxes *a)
{
    for (int i = 0; i < a->layer_count; i++)
        if (a->layers[i].kind == ADJ_IMAGE && !a->layers[i].has_extent) return true;
    return false;
}

static bool all_whole(const AdjTicks *t)
{
    for (int i = 0; i < t->n; i++)
        if (t->at[i] != floor(t->at[i])) return false;
    return true;
}

// As many labels as fit side by side with a gap of about two letters between them: the first
// guess is narrowed until they do.
static void fit_ticks(AdjPainter *p, const AdjAxis *axis, AdjScale scale, const double lim[2],
                      double length, bool upright, bool whole, AdjTicks *t)
{
    double size = tick_text_size(p, axis);
    int room = (int)(length / (upright ? 2.6 * size : 3.6 * size));
    if (room > 9) room = 9;
    for (; room >= 2; room--) {
        adj_axis_ticks(scale, axis->linear, lim, room, t);
        if (whole && !all_whole(t) && room > 2) continue;
        AdjExtent e = labels_size(p, axis, t);
        double one = upright ? e.h * 1.3 : e.w + size * 1.1;
        if (t->n <= 2 || (t->n - 1) * one <= length * 1.02) break;
    }
    if (axis->has_ticks) take_given(axis, lim, t);
}

void adj_axes_ticks(AdjPainter *p, AdjFrame *f)
{
    const AdjAxes *a = f->axes;
    f->tx = f->ty = (AdjTicks){0};
    if (a->off) return;
    bool whole = counts_cells(a);
    fit_ticks(p, &a->x, f->at.x_scale, f->at.xlim, f->at.w, false, whole, &f->tx);
    fit_ticks(p, &a->y, f->at.y_scale, f->at.ylim, f->at.h, true, whole, &f->ty);
}

static AdjWriting name_writing(const AdjPainter *p, const AdjAxis *axis)
{
    return (AdjWriting){.size = axis->label_size > 0 ? axis->label_size : p->style->size,
                        .across = ADJ_CENTER,
                        .color = p->style->ink};
}

// Without numbers there is nothing to say what they are multiplied by.
static bool has_offset(const AdjAxis *axis, const AdjTicks *t)
{
    return *t->offset && !axis->hidden_labels && !axis->hidden_ticks;
}

// Room that one axis takes outward, and what is beyond its labels.
static double axis_depth(AdjPainter *p, const AdjAxis *axis, const AdjTicks *t, bool upright)
{
    double depth = 0;
    if (!axis->hidden_ticks && t->n) depth += TICK;
    if (!axis->hidden_labels && t->n) {
        AdjExtent e = labels_size(p, axis, t);
        double size = upright ? e.w : e.h;
        if (size > 0) depth += PAD + size;
    }
    if (axis->label && *axis->label) {
        AdjWriting w = name_writing(p, axis);
        depth += NAME_PAD + adj_text_size(p, axis->label, &w).h;
    }
    return depth;
}

static double title_size(const AdjPainter *p, const AdjAxes *a)
{
    return a->title_size > 0 ? a->title_size : p->style->title;
}

// How far the last label of x sticks out to the right: half of it, at the end of the axis.
static void overhang(AdjPainter *p, const AdjFrame *f, double reach[4])
{
    const AdjAxis *x = &f->axes->x;
    AdjWriting w = tick_writing(p, x);
    if (x->hidden_labels) return;
    for (int i = 0; i < f->tx.n; i++) {
        double half = adj_text_size(p, tick_text(x, &f->tx, i), &w).w / 2;
        double at = adj_px(f, f->tx.at[i]);
        reach[0] = fmax(reach[0], half - (at - f->at.x));
        reach[1] = fmax(reach[1], half - (f->at.x + f->at.w - at));
    }
    AdjWriting v = tick_writing(p, &f->axes->y);
    for (int i = 0; i < f->ty.n && !f->axes->y.hidden_labels; i++) {
        double half = adj_text_size(p, tick_text(&f->axes->y, &f->ty, i), &v).h / 2;
        double at = adj_py(f, f->ty.at[i]);
        reach[3] = fmax(reach[3], half - (at - f->at.y));
        reach[2] = fmax(reach[2], half - (f->at.y + f->at.h - at));
    }
}

void adj_axes_reach(AdjPainter *p, const AdjFrame *f, double reach[4])
{
    const AdjAxes *a = f->axes;
    memset(reach, 0, 4 * sizeof *reach);
    if (!a->off) {
        if (!a->twin || a->y.other_side)
            reach[a->y.other_side] = axis_depth(p, &a->y, &f->ty, true);
        if (!a->twin) reach[a->x.other_side ? 3 : 2] = axis_depth(p, &a->x, &f->tx, false);
        overhang(p, f, reach);
        if (has_offset(&a->y, &f->ty)) reach[3] = fmax(reach[3], p->style->small * 1.5);
        if (has_offset(&a->x, &f->tx)) reach[2] += p->style->small * 1.2;
    }
    if (a->title && *a->title) {
        AdjWriting w = {.size = title_size(p, a)};
        reach[3] += TITLE_PAD + adj_text_size(p, a->title, &w).h;
    }
    if (a->legend && a->legend_place == ADJ_LEGEND_OUTSIDE)
        reach[1] += adj_legend_size(p, f).w + 8;
    if (a->colorbar) reach[a->colorbar_below ? 2 : 1] += adj_colorbar_room(p, f);
}

// ---- drawing ----

static void hair(AdjPainter *p, double x1, double y1, double x2, double y2, double width)
{
    if (x1 == x2) x1 = x2 = adj_crisp(p, x1, width);
    if (y1 == y2) y1 = y2 = adj_crisp(p, y1, width);
    cairo_move_to(p->cr, x1, y1);
    cairo_line_to(p->cr, x2, y2);
}

void adj_axes_grid(AdjPainter *p, const AdjFrame *f)
{
    const AdjAxes *a = f->axes;
    const AdjPlaced *at = &f->at;
    if (!a->grid || a->off) return;
    cairo_save(p->cr);
    adj_ink_alpha(p->cr, a->grid_color ? a->grid_color : p->style->faint, a->grid_alpha);
    cairo_set_line_width(p->cr, 0.8);
    adj_dash(p->cr, a->grid_dash, 0.8);
    for (int i = 0; !a->grid_y_only && i < f->tx.n; i++) {
        double x = adj_px(f, f->tx.at[i]);
        hair(p, x, at->y, x, at->y + at->h, LINE);
    }
    for (int i = 0; !a->grid_x_only && i < f->ty.n; i++) {
        double y = adj_py(f, f->ty.at[i]);
        hair(p, at->x, y, at->x + at->w, y, LINE);
    }
    cairo_stroke(p->cr);
    adj_ink_alpha(p->cr, a->grid_color ? a->grid_color : p->style->faint, 0.55);
    cairo_set_line_width(p->cr, 0.4);
    for (int i = 0; a->grid_minor && !a->grid_y_only && i < f->tx.minor_n; i++) {
        double x = adj_px(f, f->tx.minor[i]);
        hair(p, x, at->y, x, at->y + at->h, 0.4);
    }
    for (int i = 0; a->grid_minor && !a->grid_x_only && i < f->ty.minor_n; i++) {
        double y = adj_py(f, f->ty.minor[i]);
        hair(p, at->x, y, at->x + at->w, y, 0.4);
    }
    cairo_stroke(p->cr);
    cairo_restore(p->cr);
}

static void spines(AdjPainter *p, const AdjFrame *f)
{
    const AdjAxes *a = f->axes;
    const AdjPlaced *at = &f->at;
    double right = at->x + at->w, bottom = at->y + at->h;
    bool only_right = a->twin > 0;
    bool top = a->frame && !a->hide_top && !only_right;
    bool right_side = (a->frame && !a->hide_right) || a->y.other_side;
    cairo_set_line_width(p->cr, LINE);
    cairo_set_line_cap(p->cr, CAIRO_LINE_CAP_SQUARE);
    adj_ink(p->cr, p->style->soft);
    if (!a->hide_left && !a->y.other_side && !only_right)
        hair(p, at->x, at->y, at->x, bottom, LINE);
    if (right_side) hair(p, right, at->y, right, bottom, LINE);
    if (!a->hide_bottom && !only_right) hair(p, at->x, bottom, right, bottom, LINE);
    if (top || a->x.other_side) hair(p, at->x, at->y, right, at->y, LINE);
    cairo_stroke(p->cr);
}

static bool inside(double v, double from, double to)
{
    return v >= from - 0.01 && v <= to + 0.01;
}

static void tick_marks(AdjPainter *p, const AdjFrame *f)
{
    const AdjPlaced *at = &f->at;
    const AdjAxis *x = &f->axes->x, *y = &f->axes->y;
    double bottom = x->other_side ? at->y : at->y + at->h, down = x->other_side ? -1 : 1;
    double left = y->other_side ? at->x + at->w : at->x, out = y->other_side ? 1 : -1;
    bool x_minor = f->at.x_scale == ADJ_LOG, y_minor = f->at.y_scale == ADJ_LOG;
    cairo_set_line_cap(p->cr, CAIRO_LINE_CAP_BUTT);
    for (int i = 0; !x->hidden_ticks && !f->axes->twin && i < f->tx.n + f->tx.minor_n; i++) {
        bool minor = i >= f->tx.n;
        double v = adj_px(f, minor ? f->tx.minor[i - f->tx.n] : f->tx.at[i]);
        if ((minor && !x_minor) || !inside(v, at->x, at->x + at->w)) continue;
        hair(p, v, bottom, v, bottom + down * (minor ? MINOR : TICK), LINE);
    }
    for (int i = 0; !y->hidden_ticks && i < f->ty.n + f->ty.minor_n; i++) {
        bool minor = i >= f->ty.n;
        double v = adj_py(f, minor ? f->ty.minor[i - f->ty.n] : f->ty.at[i]);
        if ((minor && !y_minor) || !inside(v, at->y, at->y + at->h)) continue;
        hair(p, left, v, left + out * (minor ? MINOR : TICK), v, LINE);
    }
    cairo_stroke(p->cr);
}

static void x_labels(AdjPainter *p, const AdjFrame *f)
{
    const AdjAxis *axis = &f->axes->x;
    AdjWriting w = tick_writing(p, axis);
    double mark = axis->hidden_ticks ? 0 : TICK;
    double y = axis->other_side ? f->at.y - mark - PAD : f->at.y + f->at.h + mark + PAD;
    w.across = fmod(fabs(axis->rotation), 90) > 1 ? (axis->rotation > 0 ? ADJ_END : ADJ_START)
                                                  : ADJ_CENTER;
    w.up = axis->other_side ? ADJ_END : ADJ_START;
    for (int i = 0; i < f->tx.n; i++) {
        double x = adj_px(f, f->tx.at[i]);
        if (w.across == ADJ_END) x += w.size / 2;
        if (inside(adj_px(f, f->tx.at[i]), f->at.x, f->at.x + f->at.w))
            put_tick(p, tick_text(axis, &f->tx, i), x, y, &w);
    }
}

static void y_labels(AdjPainter *p, const AdjFrame *f)
{
    const AdjAxis *axis = &f->axes->y;
    AdjWriting w = tick_writing(p, axis);
    double out = (axis->hidden_ticks ? 0 : TICK) + PAD;
    double x = axis->other_side ? f->at.x + f->at.w + out : f->at.x - out;
    w.across = axis->other_side ? ADJ_START : ADJ_END;
    w.up = ADJ_CENTER;
    for (int i = 0; i < f->ty.n; i++) {
        double y = adj_py(f, f->ty.at[i]);
        if (inside(y, f->at.y, f->at.y + f->at.h))
            put_tick(p, tick_text(axis, &f->ty, i), x, y, &w);
    }
}

static void offsets(AdjPainter *p, const AdjFrame *f)
{
    const AdjAxes *a = f->axes;
    AdjWriting w = {.size = p->style->small, .color = p->style->soft};
    if (has_offset(&a->y, &f->ty)) {
        w.across = a->y.other_side ? ADJ_END : ADJ_START;
        w.up = ADJ_END;
        adj_text_put(p, f->ty.offset, a->y.other_side ? f->at.x + f->at.w : f->at.x,
                     f->at.y - 2, &w);
    }
    if (has_offset(&a->x, &f->tx) && !a->twin) {
        double depth = TICK + PAD + labels_size(p, &a->x, &f->tx).h;
        w.across = ADJ_END;
        w.up = ADJ_START;
        adj_text_put(p, f->tx.offset, f->at.x + f->at.w, f->at.y + f->at.h + depth, &w);
    }
}

static void names(AdjPainter *p, const AdjFrame *f)
{
    const AdjAxes *a = f->axes;
    if (a->x.label && !a->twin) {
        AdjWriting w = name_writing(p, &a->x);
        double depth = axis_depth(p, &a->x, &f->tx, false);
        if (has_offset(&a->x, &f->tx)) depth += p->style->small * 0.4;
        w.up = a->x.other_side ? ADJ_START : ADJ_END;
        adj_text_put(p, a->x.label, f->at.x + f->at.w / 2,
                     a->x.other_side ? f->at.y - depth : f->at.y + f->at.h + depth, &w);
    }
    if (a->y.label) {
        AdjWriting w = name_writing(p, &a->y);
        double depth = axis_depth(p, &a->y, &f->ty, true);
        w.rotation = 90;
        w.up = ADJ_CENTER;
        w.across = a->y.other_side ? ADJ_END : ADJ_START;
        adj_text_put(p, a->y.label,
                     a->y.other_side ? f->at.x + f->at.w + depth : f->at.x - depth,
                     f->at.y + f->at.h / 2, &w);
    }
}

static void title(AdjPainter *p, const AdjFrame *f)
{
    const AdjAxes *a = f->axes;
    AdjWriting w = {
        .size = title_size(p, a), .up = ADJ_END, .across = ADJ_CENTER, .color = p->style->ink};
    double above = 0, x = f->at.x + f->at.w / 2;
    if (a->x.other_side && !a->off) above += axis_depth(p, &a->x, &f->tx, false);
    if (has_offset(&a->y, &f->ty) && !a->off) above = fmax(above, p->style->small * 1.5);
    if (a->title_left) w.across = a->title_at, x = f->at.x;
    if (a->title_left && a->title_at == ADJ_END) x = f->at.x + f->at.w;
    adj_text_put(p, a->title, x, f->at.y - TITLE_PAD - above, &w);
}

void adj_axes_decorate(AdjPainter *p, const AdjFrame *f)
{
    const AdjAxes *a = f->axes;
    cairo_save(p->cr);
    cairo_set_dash(p->cr, NULL, 0, 0);
    if (!a->off) {
        spines(p, f);
        tick_marks(p, f);
        if (!a->x.hidden_labels && !a->twin) x_labels(p, f);
        if (!a->y.hidden_labels) y_labels(p, f);
        offsets(p, f);
        names(p, f);
    }
    title(p, f);
    cairo_restore(p->cr);
}

// Layers in the order in which they cover each other: pictures, areas, lines, writing; within
// that as they came.
static int order_of(const AdjLayer *l)
{
    static const int orders[] = {
        [ADJ_IMAGE] = -20,  [ADJ_CONTOUR] = -10, [ADJ_SPAN] = 5,    [ADJ_BAND] = 10,
        [ADJ_BARS] = 10,    [ADJ_POLYGON] = 10,  [ADJ_WEDGES] = 10, [ADJ_POINTS] = 10,
        [ADJ_LINE] = 20,    [ADJ_RULE] = 20,     [ADJ_ERRORS] = 20, [ADJ_ARROWS] = 20,
        [ADJ_WRITING] = 30,
    };
    return l->order ? l->order : orders[l->kind];
}

void adj_axes_paint(AdjPainter *p, AdjFrame *f)
{
    const AdjAxes *a = f->axes;
    const AdjPlaced *at = &f->at;
    if (!a->off && !a->twin) {
        cairo_rectangle(p->cr, at->x, at->y, at->w, at->h);
        adj_ink(p->cr, a->face ? a->face : ADJ_COLOR_NONE);
        cairo_fill(p->cr);
    }
    adj_axes_grid(p, f);
    int done = INT32_MIN;
    for (;;) {  // each turn paints the layers of the next higher order
        int next = INT32_MAX;
        for (int i = 0; i < a->layer_count; i++) {
            int order = order_of(&a->layers[i]);
            if (order > done && order < next) next = order;
        }
        if (next == INT32_MAX) break;
        for (int i = 0; i < a->layer_count; i++)
            if (order_of(&a->layers[i]) == next) adj_layer_paint(p, f, i);
        done = next;
    }
    adj_axes_decorate(p, f);
    if (a->colorbar) adj_colorbar_paint(p, f);
    if (a->legend) adj_legend_paint(p, f);
}
