// SPDX-License-Identifier: Apache-2.0
//
// Both are figures of the figure painter. Whatever a colour says is also said by a mark: the
// way has dots and grows thicker towards its end, the step ends in a cross, the middle is a
// disc.

#include "slice.h"

#include <glib.h>
#include <math.h>

static const double POINT = 0.75;  // of a pixel

static AdjColor colour_of(AdjUiColour c)
{
    return (AdjColor)(c.r * 255 + 0.5) << 24 | (AdjColor)(c.g * 255 + 0.5) << 16 |
           (AdjColor)(c.b * 255 + 0.5) << 8 | 0xff;
}

static void paint_axes(cairo_t *cr, const AdjUiTheme *theme, AdjAxes *axes, double width,
                       double height, AdjPlaced *placed)
{
    AdjFigure f = {.axes = axes, .axes_count = 1, .dark = theme->dark, .transparent = true};
    AdjPlaced at;
    cairo_save(cr);
    cairo_scale(cr, 1 / POINT, 1 / POINT);
    adj_paint_figure(cr, &f, width * POINT, height * POINT, &at);
    cairo_restore(cr);
    if (!placed) return;
    *placed = at;
    placed->x /= POINT, placed->y /= POINT, placed->w /= POINT, placed->h /= POINT;
}

// The range that the curves need; a tangent that leaves it is cut off.
static void range_of(const AdjUiCut *c, double *low, double *high)
{
    *low = *high = c->loss;
    for (int i = 0; i < c->count; i++) {
        if (isfinite(c->downhill[i])) {
            *low = fmin(*low, c->downhill[i]);
            *high = fmax(*high, c->downhill[i]);
        }
        if (c->bends && isfinite(c->along[i])) {
            *low = fmin(*low, c->along[i]);
            *high = fmax(*high, c->along[i]);
        }
    }
    if (isfinite(c->landed)) {
        *low = fmin(*low, c->landed);
        *high = fmax(*high, c->landed);
    }
    double room = fmax(*high - *low, 1e-9 * fmax(fabs(*high), 1e-9)) * 0.08;
    *low -= 2 * room;
    *high += room;
}

static AdjLayer line(int n, const double *x, const double *y, const char *label, AdjUiColour c,
                     AdjDash dash)
{
    return (AdjLayer){.kind = ADJ_LINE,
                      .n = n,
                      .x = x,
                      .y = y,
                      .label = label,
                      .color = colour_of(c),
                      .dash = dash,
                      .width = dash ? 1.5 : 2};
}

static AdjLayer mark(const double *x, const double *y, const char *label, char marker,
                     AdjUiColour c)
{
    return (AdjLayer){.kind = ADJ_POINTS,
                      .n = 1,
                      .x = x,
                      .y = y,
                      .label = label,
                      .marker = marker,
                      .size = 10,
                      .color = colour_of(c),
                      .order = 1};
}

void adj_ui_paint_cut(cairo_t *cr, const AdjUiTheme *theme, const AdjUiCut *c, double width,
                      double height, AdjPlaced *placed)
{
    if (c->count < 2) return;
    AdjLayer layers[8];
    double ends[2] = {c->x[0], c->x[c->count - 1]}, tangent[2], zero = 0, low, high;
    double at[2] = {c->at, c->at}, drop[2];
    char label[96], rate[32], here[64], there[96], number[32];
    int n = 0;
    range_of(c, &low, &high);
    for (int i = 0; i < 2; i++) tangent[i] = c->loss + c->slope * ends[i];
    drop[0] = low;
    drop[1] = c->landed;
    layers[n++] =
        line(c->count, c->x, c->downhill, "against the gradient", theme->series[0], ADJ_SOLID);
    if (c->bends)
        layers[n++] =
            line(c->count, c->x, c->along, c->taken ? "along the step taken" : "along the step",
                 theme->series[2], ADJ_SOLID);
    layers[n++] =
        line(2, ends, tangent, "tangent: what the gradient says", theme->series[1], ADJ_DASHED);
    layers[n++] = line(2, at, drop, NULL, theme->faint, ADJ_DOTTED);
    g_snprintf(here, sizeof here, "here: %s", adj_ui_number(number, c->loss, 4));
    layers[n++] = mark(&zero, &c->loss, here, 'o', theme->text);
    if (isfinite(c->landed)) {
        g_snprintf(there, sizeof there, "a step of %s lands: %s",
                   isnan(c->rate) ? adj_ui_number(rate, c->at, 3)
                                  : adj_ui_number(rate, c->at * c->rate, 3),
                   adj_ui_number(number, c->landed, 4));
        layers[n++] = mark(&c->at, &c->landed, there, 'X',
                           c->landed <= c->loss ? theme->good : theme->bad);
    }
    if (isnan(c->rate))
        g_snprintf(label, sizeof label, "length, 1 = the step");
    else
        g_snprintf(label, sizeof label, "length, 1 = %s with rate %s",
                   c->taken ? "the step taken" : "a step", adj_ui_number(rate, c->rate, 3));
    AdjAxes axes = {
        .layers = layers,
        .layer_count = n,
        .x = {.label = label},
        .y = {.label = "loss", .has_low = true, .low = low, .has_high = true, .high = high},
        .grid = true,
        .legend = true,
        .hide_top = true,
        .hide_right = true};
    paint_axes(cr, theme, &axes, width, height, placed);
}

// ---------------------------------------------------------------- the map

enum { LEVELS = 24 };

static int levels_of(const AdjUiMap *m, double *levels)
{
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < m->rows * m->columns; i++) {
        if (!isfinite(m->values[i])) continue;
        low = fmin(low, m->values[i]);
        high = fmax(high, m->values[i]);
    }
    if (!(low < high)) return 0;
    if (!m->log_levels || low <= 0) return adj_levels(low, high, 14, levels);
    int n = 0;
    for (int i = 0; i < 11; i++) {  // two digits, so that they can be read
        double x = low * pow(high / low, i / 10.0), unit = pow(10, floor(log10(x)) - 1);
        x = (i == 0 ? floor(x / unit) : i == 10 ? ceil(x / unit) : round(x / unit)) * unit;
        if (n == 0 || x > levels[n - 1]) levels[n++] = x;
    }
    return n;
}

static AdjLayer contour(const AdjUiMap *m, const double *levels, int count)
{
    return (AdjLayer){.kind = ADJ_CONTOUR,
                      .grid = m->values,
                      .rows = m->rows,
                      .columns = m->columns,
                      .x = m->at_column,
                      .y = m->at_row,
                      .levels = levels,
                      .level_count = count,
                      .log_range = m->log_levels && levels[0] > 0};
}

static int way_layers(const AdjUiMap *m, AdjLayer *layers, double *ends)
{
    const AdjColor ink = 0xffffffff, edge = 0x000000ff;
    int n = 0;
    layers[n++] = (AdjLayer){.kind = ADJ_LINE,
                             .n = m->path,
                             .x = m->path_x,
                             .y = m->path_y,
                             .color = edge,
                             .alpha = 0.55,
                             .width = 3.4};
    layers[n++] = (AdjLayer){.kind = ADJ_LINE,
                             .n = m->path,
                             .x = m->path_x,
                             .y = m->path_y,
                             .color = ink,
                             .width = 1.6,
                             .marker = m->path <= 64 ? 'o' : 0,
                             .size = 3,
                             .label = m->path ? "way" : NULL};
    ends[0] = m->centre >= 0 && m->centre < m->path ? m->path_x[m->centre] : 0;
    ends[2] = m->centre >= 0 && m->centre < m->path ? m->path_y[m->centre] : 0;
    ends[1] = ends[0] + m->step_x;
    ends[3] = ends[2] + m->step_y;
    layers[n++] = (AdjLayer){.kind = ADJ_LINE,
                             .n = 2,
                             .x = ends,
                             .y = ends + 2,
                             .color = 0xff3b30ff,
                             .width = 2.2,
                             .label = "step"};
    layers[n++] = (AdjLayer){.kind = ADJ_POINTS,
                             .n = 1,
                             .x = ends + 1,
                             .y = ends + 3,
                             .marker = 'X',
                             .size = 9,
                             .color = 0xff3b30ff,
                             .marker_edge = ink};
    layers[n++] = (AdjLayer){.kind = ADJ_POINTS,
                             .n = 1,
                             .x = ends,
                             .y = ends + 2,
                             .marker = 'o',
                             .size = 9,
                             .color = ink,
                             .marker_edge = edge,
                             .label = "here"};
    return n;
}

void adj_ui_paint_map(cairo_t *cr, const AdjUiTheme *theme, const AdjUiMap *m, double width,
                      double height, AdjPlaced *placed)
{
    if (m->rows < 2 || m->columns < 2) return;
    double levels[LEVELS], ends[4];
    AdjLayer layers[8];
    int count = levels_of(m, levels), n = 2;
    if (count == 0) return;
    layers[0] = contour(m, levels, count);
    layers[0].filled = true;
    layers[1] = contour(m, levels, count);
    layers[1].label_levels = true;
    layers[1].color = theme->dark ? 0xffffffb0 : 0x000000aa;
    layers[1].width = 0.8;
    n += way_layers(m, layers + n, ends);
    AdjAxes axes = {.layers = layers,
                    .layer_count = n,
                    .x = {.label = m->column_axis,
                          .has_low = true,
                          .low = m->at_column[0],
                          .has_high = true,
                          .high = m->at_column[m->columns - 1]},
                    .y = {.label = m->row_axis,
                          .has_low = true,
                          .low = m->at_row[0],
                          .has_high = true,
                          .high = m->at_row[m->rows - 1]},
                    .legend = true,
                    .colorbar = 1,
                    .colorbar_label = "loss"};
    paint_axes(cr, theme, &axes, width, height, placed);
}
