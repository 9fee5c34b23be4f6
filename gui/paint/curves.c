// SPDX-License-Identifier: Apache-2.0
//
// From pyramids to a figure. A column of the picture is a stretch of x (equal in what is shown:
// on a logarithmic axis equal in the logarithm). The figure's own painter (plot/paint) draws
// axes, grid and lines; it is given O(columns) numbers whatever the curves' length.
//
// Smoothing is a mean over columns on both sides with triangular weights, so it means the same
// for every curve in the picture and never shifts a curve to the right, as running averages do.

#include "curves.h"

#include <glib.h>
#include <math.h>

static const double POINT =
    96.0 / 72;  // pixels of a point: the painter of figures thinks in points

bool adj_ui_curves_span(const AdjUiCurves *c, double *from, double *to)
{
    *from = INFINITY;
    *to = -INFINITY;
    for (int i = 0; i < c->count; i++) {
        const AdjUiPyramid *p = c->curves[i].points;
        int64_t n = adj_ui_pyramid_count(p);
        if (c->curves[i].hidden || n == 0) continue;
        *from = fmin(*from, adj_ui_pyramid_x(p, 0));
        *to = fmax(*to, adj_ui_pyramid_x(p, n - 1));
    }
    if (c->log_x) *from = fmax(*from, 1);
    return *from <= *to;
}

typedef struct Sampled {
    int64_t n;
    double *x, *mean, *least, *greatest, *smooth;
    bool exact;  // one point a column at most
} Sampled;

static void free_sampled(Sampled *s)
{
    g_free(s->x);
    g_free(s->mean);
    g_free(s->least);
    g_free(s->greatest);
    g_free(s->smooth);
}

static Sampled room_for(int64_t n)
{
    gsize bytes = (gsize)n + 1;
    return (Sampled){.x = g_new(double, bytes),
                     .mean = g_new(double, bytes),
                     .least = g_new(double, bytes),
                     .greatest = g_new(double, bytes),
                     .smooth = g_new(double, bytes)};
}

static void take_point(Sampled *s, double x, AdjUiStretch st)
{
    s->x[s->n] = x;
    s->mean[s->n] = st.mean;
    s->least[s->n] = st.least;
    s->greatest[s->n++] = st.greatest;
}

// The points between the ends and one beyond each, so that lines run to the border.
static Sampled take_points(const AdjUiPyramid *p, int64_t from, int64_t to)
{
    from = MAX(from - 1, 0);
    to = MIN(to + 1, adj_ui_pyramid_count(p));
    Sampled s = room_for(to - from);
    s.exact = true;
    for (int64_t i = from; i < to; i++) {
        double y = adj_ui_pyramid_y(p, i);
        take_point(&s, adj_ui_pyramid_x(p, i), (AdjUiStretch){y, y, y, 1});
    }
    return s;
}

static Sampled sample(const AdjUiPyramid *p, const AdjUiCurves *c, double from, double to,
                      int columns)
{
    int64_t first = adj_ui_pyramid_find(p, from);
    int64_t past = adj_ui_pyramid_find(p, nextafter(to, INFINITY));
    if (past - first <= columns) return take_points(p, first, past);
    Sampled s = room_for(columns);
    double a = c->log_x ? log(from) : from, b = c->log_x ? log(to) : to;
    int64_t at = first;
    for (int k = 0; k < columns; k++) {
        double end = a + (b - a) * (k + 1) / columns;
        int64_t next =
            k + 1 == columns ? past : adj_ui_pyramid_find(p, c->log_x ? exp(end) : end);
        if (next <= at) continue;
        AdjUiStretch st = adj_ui_pyramid_stretch(p, at, next);
        double middle = a + (b - a) * (k + 0.5) / columns;
        take_point(&s, c->log_x ? exp(middle) : middle, st);
        at = next;
    }
    return s;
}

static void smooth(Sampled *s, double half)
{
    int reach = (int)half;
    for (int64_t i = 0; i < s->n; i++) {
        double sum = 0, weight = 0;
        for (int64_t k = MAX(i - reach, 0); k <= MIN(i + reach, s->n - 1); k++) {
            double w = 1 - fabs((double)(k - i)) / (half + 1);
            if (!isfinite(s->mean[k])) continue;
            sum += w * s->mean[k];
            weight += w;
        }
        s->smooth[i] = weight > 0 ? sum / weight : NAN;
    }
}

static AdjColor colour_of(const AdjUiTheme *theme, int i)
{
    AdjUiColour c = theme->series[i % ADJ_UI_SERIES];
    return (AdjColor)(c.r * 255 + 0.5) << 24 | (AdjColor)(c.g * 255 + 0.5) << 16 |
           (AdjColor)(c.b * 255 + 0.5) << 8 | 0xff;
}

// The raw line when it is smoothed, and the line.
static int layers_of(const AdjUiTheme *theme, const AdjUiCurve *curve, const Sampled *s,
                     bool smoothed, AdjLayer *out)
{
    AdjColor colour = colour_of(theme, curve->colour);
    int n = 0;
    if (smoothed)
        out[n++] = (AdjLayer){.kind = ADJ_LINE,
                              .n = s->n,
                              .x = s->x,
                              .y = s->mean,
                              .color = colour,
                              .alpha = 0.35,
                              .width = 0.8};
    out[n++] = (AdjLayer){.kind = ADJ_LINE,
                          .n = s->n,
                          .x = s->x,
                          .y = smoothed ? s->smooth : s->mean,
                          .color = colour,
                          .label = curve->name,
                          .width = 1.6,
                          .marker = s->exact && s->n <= 80 ? 'o' : 0,
                          .size = 4};
    return n;
}

// The range of everything in the columns: the axis must hold the bands, of which the figure's
// painter knows nothing.
static void range_of(const Sampled *list, int count, bool log_y, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (int i = 0; i < count; i++) {
        for (int64_t k = 0; k < list[i].n; k++) {
            if (!isfinite(list[i].least[k]) || (log_y && list[i].least[k] <= 0)) continue;
            *low = fmin(*low, list[i].least[k]);
            *high = fmax(*high, list[i].greatest[k]);
        }
    }
    if (!(*low <= *high)) *low = log_y ? 0.1 : 0, *high = 1;
    double margin = log_y ? 0.04 * log(*high / *low) + 0.02 : 0.04 * (*high - *low);
    if (!log_y && margin <= 0) margin = fmax(fabs(*low) * 0.05, 1e-9);
    *low = log_y ? *low * exp(-margin) : *low - margin;
    *high = log_y ? *high * exp(margin) : *high + margin;
}

// From the least to the greatest of every column, as bars that touch. One polygon round all of
// them would cross itself a thousand times, which costs twenty times as much to fill.
static void paint_band(cairo_t *cr, const AdjUiTheme *theme, const Sampled *s, int colour,
                       const AdjPlaced *placed)
{
    double last = NAN;
    cairo_save(cr);
    cairo_rectangle(cr, placed->x, placed->y, placed->w, placed->h);
    cairo_clip(cr);
    cairo_set_antialias(cr, CAIRO_ANTIALIAS_NONE);
    for (int64_t k = 0; k < s->n; k++) {
        double x, top, bottom, next = NAN, unused;
        if (!isfinite(s->least[k])) continue;
        adj_placed_point(placed, s->x[k], s->greatest[k], &x, &top);
        adj_placed_point(placed, s->x[k], s->least[k], &x, &bottom);
        if (k + 1 < s->n) adj_placed_point(placed, s->x[k + 1], s->least[k], &next, &unused);
        double left = isnan(last) ? x : last, right = isnan(next) ? x : floor((x + next) / 2);
        last = right;
        bottom = fmin(bottom, placed->y + placed->h);
        cairo_rectangle(cr, floor(left), floor(top), fmax(1, right - floor(left)),
                        fmax(1, ceil(bottom) - floor(top)));
    }
    adj_ui_ink(cr, theme->series[colour % ADJ_UI_SERIES], 0.22);
    cairo_fill(cr);
    cairo_restore(cr);
}

static void paint_figure(cairo_t *cr, const AdjUiTheme *theme, const AdjUiCurves *c,
                         AdjLayer *layers, int count, const double x[2], const double y[2],
                         double width, double height, AdjPlaced *placed)
{
    AdjAxes axes = {.layers = layers,
                    .layer_count = count,
                    .x = {.label = "step",
                          .has_low = true,
                          .has_high = true,
                          .low = x[0],
                          .high = x[1] > x[0] ? x[1] : x[0] + 1,
                          .scale = c->log_x ? ADJ_LOG : ADJ_LINEAR},
                    .y = {.scale = c->log_y ? ADJ_LOG : ADJ_LINEAR,
                          .has_low = true,
                          .has_high = true,
                          .low = y[0],
                          .high = y[1]},
                    .grid = true,
                    .grid_alpha = 0.5,
                    .hide_top = true,
                    .hide_right = true,
                    .legend = c->legend && count > 0,
                    .legend_place = ADJ_LEGEND_UPPER_RIGHT};
    AdjFigure figure = {
        .axes = &axes, .axes_count = 1, .dark = theme->dark, .transparent = true};
    cairo_save(cr);
    cairo_scale(cr, POINT, POINT);
    adj_paint_figure(cr, &figure, width / POINT, height / POINT, placed);
    cairo_restore(cr);
    placed->x *= POINT;
    placed->y *= POINT;
    placed->w *= POINT;
    placed->h *= POINT;
}

void adj_ui_paint_curves(cairo_t *cr, const AdjUiTheme *theme, const AdjUiCurves *c,
                         double width, double height, AdjPlaced *placed)
{
    double from = c->from, to = c->to;
    AdjPlaced unused;
    if (from == to && !adj_ui_curves_span(c, &from, &to)) from = 0, to = 1;
    if (c->log_x) from = fmax(from, 1e-9);
    Sampled *sampled = g_new0(Sampled, c->count + 1);
    AdjLayer *layers = g_new0(AdjLayer, 3 * c->count + 1);
    int n = 0, columns = (int)fmax(width - 60, 16);
    for (int i = 0; i < c->count; i++) {
        if (c->curves[i].hidden || !adj_ui_pyramid_count(c->curves[i].points)) continue;
        sampled[i] = sample(c->curves[i].points, c, from, to, columns);
        bool smoothed = c->smoothing >= 1 && sampled[i].n > 2;
        if (smoothed) smooth(&sampled[i], c->smoothing);
        n += layers_of(theme, &c->curves[i], &sampled[i], smoothed, layers + n);
    }
    double x[2] = {from, to}, y[2];
    range_of(sampled, c->count, c->log_y, &y[0], &y[1]);
    if (!placed) placed = &unused;
    paint_figure(cr, theme, c, layers, n, x, y, width, height, placed);
    for (int i = 0; i < c->count; i++)
        if (sampled[i].n && !sampled[i].exact)
            paint_band(cr, theme, &sampled[i], c->curves[i].colour, placed);
    for (int i = 0; i < c->count; i++) free_sampled(&sampled[i]);
    g_free(sampled);
    g_free(layers);
}

// -- the crosshair ------------------------------------------------------------------------

static int64_t nearest(const AdjUiPyramid *p, double x)
{
    int64_t n = adj_ui_pyramid_count(p), i = adj_ui_pyramid_find(p, x);
    if (i >= n) return n - 1;
    if (i > 0 && x - adj_ui_pyramid_x(p, i - 1) < adj_ui_pyramid_x(p, i) - x) i--;
    return i;
}

static double paint_reading(cairo_t *cr, const AdjUiTheme *theme, const AdjUiCurve *curve,
                            const AdjPlaced *placed, double x, AdjUiRect box, double y)
{
    int64_t i = nearest(curve->points, x);
    double px, py, value = adj_ui_pyramid_y(curve->points, i);
    AdjUiColour ink = theme->series[curve->colour % ADJ_UI_SERIES];
    char number[32];
    adj_placed_point(placed, adj_ui_pyramid_x(curve->points, i), value, &px, &py);
    if (isfinite(py) && px >= placed->x - 1 && px <= placed->x + placed->w + 1) {
        cairo_new_sub_path(cr);
        cairo_arc(cr, px, py, 4, 0, 2 * M_PI);
        adj_ui_ink(cr, ink, 1);
        cairo_fill_preserve(cr);
        adj_ui_ink(cr, theme->ground, 1);
        cairo_set_line_width(cr, 1.5);
        cairo_stroke(cr);
    }
    adj_ui_ink(cr, ink, 1);
    cairo_rectangle(cr, box.x + 10, y - 8, 9, 9);
    cairo_fill(cr);
    adj_ui_ink(cr, theme->text, 1);
    adj_ui_text(cr, curve->name, (AdjUiType){.size = 11.5}, ADJ_UI_LEFT, box.x + 25, y,
                box.w - 110);
    adj_ui_text(cr, adj_ui_number(number, value, 5), (AdjUiType){.size = 11.5, .bold = true},
                ADJ_UI_RIGHT, box.x + box.w - 10, y, 0);
    return y + 17;
}

void adj_ui_paint_crosshair(cairo_t *cr, const AdjUiTheme *theme, const AdjUiCurves *c,
                            const AdjPlaced *placed, double x, double y)
{
    double at, unused;
    char text[64], number[32];
    int shown = 0;
    if (!adj_placed_data(placed, x, y, &at, &unused)) return;
    adj_ui_ink(cr, theme->faint, 0.8);
    cairo_set_line_width(cr, 1);
    cairo_move_to(cr, floor(x) + 0.5, placed->y);
    cairo_line_to(cr, floor(x) + 0.5, placed->y + placed->h);
    cairo_stroke(cr);
    for (int i = 0; i < c->count; i++)
        shown += !c->curves[i].hidden && adj_ui_pyramid_count(c->curves[i].points) > 0;
    if (!shown) return;
    bool left = x > placed->x + placed->w / 2;
    AdjUiRect box = {left ? x - 232 : x + 12, placed->y + 8, 220, 28 + 17.0 * shown};
    adj_ui_card(cr, theme, box, theme->card, theme->line, 1);
    g_snprintf(text, sizeof text, "step %s", adj_ui_number(number, round(at), 9));
    adj_ui_ink(cr, theme->faint, 1);
    adj_ui_text(cr, text, (AdjUiType){.size = 11}, ADJ_UI_LEFT, box.x + 10, box.y + 17, 0);
    double line = box.y + 35;
    for (int i = 0; i < c->count; i++)
        if (!c->curves[i].hidden && adj_ui_pyramid_count(c->curves[i].points) > 0)
            line = paint_reading(cr, theme, &c->curves[i], placed, at, box, line);
}
