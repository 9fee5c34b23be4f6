// SPDX-License-Identifier: Apache-2.0
//
// Two axes of the figure painter: side by side where there is room, else one above the other.
// The error's slope is the median of the slopes between neighbouring points, which the large
// distances (higher orders) and the tiny ones (rounding) cannot spoil as they would a fit.

#include "wiggle.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>

enum { ERRORS = 64 };

static AdjColor colour_of(AdjUiColour c)
{
    return (AdjColor)(c.r * 255 + 0.5) << 24 | (AdjColor)(c.g * 255 + 0.5) << 16 |
           (AdjColor)(c.b * 255 + 0.5) << 8 | 0xff;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *list, int n)
{
    qsort(list, (size_t)n, sizeof *list, by_value);
    return n ? n % 2 ? list[n / 2] : (list[n / 2 - 1] + list[n / 2]) / 2 : NAN;
}

// Errors near the last place of the loss are rounding, not curvature.
static bool is_clear(const AdjUiWiggle *w, double error)
{
    return error > 1e-13 * fmax(fabs(w->loss), 1e-3);
}

double adj_ui_wiggle_slope(const AdjUiWiggle *w)
{
    double slopes[2 * ERRORS];
    const double *const sides[] = {w->above, w->below};
    int n = 0;
    for (int s = 0; s < 2; s++)
        for (int i = 1; i < w->errors && i < ERRORS; i++) {
            double a = sides[s][i - 1], b = sides[s][i];
            if (is_clear(w, a) && is_clear(w, b))
                slopes[n++] = log(b / a) / log(w->distance[i] / w->distance[i - 1]);
        }
    return n < 4 ? NAN : median(slopes, n);
}

// The line error = c d^2 through the middle of the clear points; FALSE: there are none.
static bool guide(const AdjUiWiggle *w, double *x, double *y)
{
    double c[2 * ERRORS];
    int n = 0;
    for (int i = 0; i < w->errors && i < ERRORS; i++) {
        double d = w->distance[i] * w->distance[i];
        if (is_clear(w, w->above[i])) c[n++] = w->above[i] / d;
        if (is_clear(w, w->below[i])) c[n++] = w->below[i] / d;
    }
    if (n < 2) return false;
    double middle = median(c, n);
    double floor = 1e-16 * fmax(fabs(w->loss), 1e-3);
    x[1] = w->distance[w->errors - 1];
    x[0] = fmax(w->distance[0], sqrt(floor / middle));
    for (int i = 0; i < 2; i++) y[i] = middle * x[i] * x[i];
    return x[0] < x[1];
}

typedef struct {
    AdjLayer layers[6];
    double tangent_x[2], tangent_y[2], tried_x[2], tried_y[2];
} Curve;

static int curve_layers(Curve *c, const AdjUiWiggle *w, const AdjUiTheme *theme)
{
    int n = 0;
    for (int i = 0; i < 2; i++) {
        c->tangent_x[i] = w->count ? w->x[i ? w->count - 1 : 0] : w->at;
        c->tangent_y[i] = w->loss + w->gradient * (c->tangent_x[i] - w->at);
        c->tried_x[i] = w->tried;
    }
    c->tried_y[0] = w->loss + w->gradient * (w->tried - w->at);
    c->tried_y[1] = w->tried_loss;
    c->layers[n++] = (AdjLayer){.kind = ADJ_LINE,
                                .n = w->count,
                                .x = w->x,
                                .y = w->y,
                                .label = "loss",
                                .width = 2,
                                .color = colour_of(theme->series[0])};
    c->layers[n++] = (AdjLayer){.kind = ADJ_LINE,
                                .n = 2,
                                .x = c->tangent_x,
                                .y = c->tangent_y,
                                .label = "tangent",
                                .dash = ADJ_DASHED,
                                .width = 1.5,
                                .color = colour_of(theme->series[1])};
    c->layers[n++] = (AdjLayer){.kind = ADJ_POINTS,
                                .n = 1,
                                .x = &w->at,
                                .y = &w->loss,
                                .size = 8,
                                .color = colour_of(theme->text)};
    if (!isfinite(w->tried)) return n;
    c->layers[n++] = (AdjLayer){.kind = ADJ_LINE,
                                .n = 2,
                                .x = c->tried_x,
                                .y = c->tried_y,
                                .width = 2.5,
                                .color = colour_of(theme->bad)};
    c->layers[n++] = (AdjLayer){.kind = ADJ_POINTS,
                                .n = 1,
                                .x = c->tried_x,
                                .y = c->tried_y,
                                .marker = 'X',
                                .size = 9,
                                .color = colour_of(theme->series[1])};
    c->layers[n++] = (AdjLayer){.kind = ADJ_POINTS,
                                .n = 1,
                                .x = c->tried_x + 1,
                                .y = c->tried_y + 1,
                                .marker = 'o',
                                .size = 9,
                                .color = colour_of(theme->series[0])};
    return n;
}

static AdjLayer side(const AdjUiWiggle *w, const double *errors, const char *label, char marker,
                     AdjUiColour c)
{
    return (AdjLayer){.kind = ADJ_POINTS,
                      .n = w->errors,
                      .x = w->distance,
                      .y = errors,
                      .label = label,
                      .marker = marker,
                      .size = 6,
                      .color = colour_of(c)};
}

void adj_ui_paint_wiggle(cairo_t *cr, const AdjUiTheme *theme, const AdjUiWiggle *w,
                         double width, double height, AdjPlaced *placed)
{
    Curve curve;
    AdjLayer errors[3];
    double x[2], y[2];
    char slope[64], number[32];
    bool wide = width > height * 1.3, both = w->errors > 1;
    int n = curve_layers(&curve, w, theme);
    errors[0] = side(w, w->above, "upwards", '^', theme->series[0]);
    errors[1] = side(w, w->below, "downwards", 'v', theme->series[2]);
    int lines = both && guide(w, x, y) ? 3 : 2;
    errors[2] = (AdjLayer){.kind = ADJ_LINE,
                           .n = 2,
                           .x = x,
                           .y = y,
                           .label = "slope 2",
                           .dash = ADJ_DASHED,
                           .width = 1.2,
                           .color = colour_of(theme->faint)};
    double measured = both ? adj_ui_wiggle_slope(w) : NAN;
    g_snprintf(slope, sizeof slope, "tangent's error: slope %s",
               isnan(measured) ? "–" : adj_ui_number(number, measured, 3));
    AdjAxes axes[] = {{.layers = curve.layers,
                       .layer_count = n,
                       .x = {.label = w->name},
                       .y = {.label = "loss"},
                       .grid = true,
                       .legend = true,
                       .hide_top = true,
                       .hide_right = true},
                      {.layers = errors,
                       .layer_count = lines,
                       .title = slope,
                       .x = {.label = "distance d", .scale = ADJ_LOG},
                       .y = {.scale = ADJ_LOG},
                       .column = wide,
                       .row = !wide,
                       .grid = true,
                       .legend = true,
                       .hide_top = true,
                       .hide_right = true}};
    AdjFigure f = {.axes = axes,
                   .axes_count = both ? 2 : 1,
                   .rows = both && !wide ? 2 : 1,
                   .columns = both && wide ? 2 : 1,
                   .dark = theme->dark,
                   .transparent = true};
    AdjPlaced all[2];
    cairo_save(cr);
    cairo_scale(cr, 96.0 / 72, 96.0 / 72);
    adj_paint_figure(cr, &f, width * 0.75, height * 0.75, all);
    cairo_restore(cr);
    if (!placed) return;
    *placed = all[0];
    placed->x /= 0.75, placed->y /= 0.75, placed->w /= 0.75, placed->h /= 0.75;
}
