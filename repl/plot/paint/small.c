// SPDX-License-Identifier: Apache-2.0
// small.c: pictures without axes, for cells of tables, strips and panels.
#include "plot/paint/internal.h"

#include <stdlib.h>

enum { MOST = 4096 };

// One cell of the picture: the mean of the values that fall into it, so that a matrix larger
// than the picture is neither cut nor sampled. A NaN among them shows.
static uint32_t heat_cell(const float *v, int64_t columns, int64_t r0, int64_t r1, int64_t c0,
                          int64_t c1, double low, double high, const AdjMap *map)
{
    double sum = 0;
    for (int64_t r = r0; r < r1; r++)
        for (int64_t c = c0; c < c1; c++) sum += (double)v[r * columns + c];
    double mean = sum / (double)((r1 - r0) * (c1 - c0)), length = high - low;
    if (!isfinite(mean)) return 0xffd0103a;
    return 0xff000000u | adj_map_color(map, length > 0 ? (mean - low) / length : 0.5) >> 8;
}

void adj_paint_heat(cairo_t *cr, const float *v, int64_t rows, int64_t columns, double low,
                    double high, const char *map, double width, double height)
{
    const AdjMap *m = adj_map_find(map);
    double sx = 1, sy = 1, zero = 0;
    if (rows < 1 || columns < 1) return;
    cairo_user_to_device_distance(cr, &sx, &zero);
    cairo_user_to_device_distance(cr, &zero, &sy);
    int64_t wide = (int64_t)fmin(fmin((double)columns, MOST), fmax(1, ceil(width * fabs(sx))));
    int64_t high_px = (int64_t)fmin(fmin((double)rows, MOST), fmax(1, ceil(height * fabs(sy))));
    cairo_surface_t *s =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)wide, (int)high_px);
    unsigned char *at = cairo_image_surface_get_data(s);
    for (int64_t j = 0; at && j < high_px; j++) {
        uint32_t *row = (void *)(at + j * cairo_image_surface_get_stride(s));
        int64_t r0 = j * rows / high_px, r1 = (j + 1) * rows / high_px;
        for (int64_t i = 0; i < wide; i++)
            row[i] = heat_cell(v, columns, r0, r1, i * columns / wide, (i + 1) * columns / wide,
                               low, high, m ? m : adj_map_find(NULL));
    }
    cairo_surface_mark_dirty(s);
    cairo_save(cr);
    cairo_scale(cr, width / (double)wide, height / (double)high_px);
    cairo_set_source_surface(cr, s, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_NEAREST);
    cairo_paint(cr);
    cairo_restore(cr);
    cairo_surface_destroy(s);
}

void adj_paint_counts(cairo_t *cr, const double *counts, int64_t n, AdjColor color, int lit,
                      double width, double height)
{
    double low, most;
    if (n < 1 || !adj_range_of(counts, n, false, &low, &most) || !(most > 0)) return;
    cairo_save(cr);
    for (int64_t i = 0; i < n; i++) {
        double x0 = width * (double)i / (double)n, x1 = width * (double)(i + 1) / (double)n;
        double h = isfinite(counts[i]) && counts[i] > 0 ? height * counts[i] / most : 0;
        if (h > 0 && h < 0.75) h = 0.75;  // few is not none
        adj_ink(cr, lit < 0 || lit == i ? color : adj_color_fade(color, 0.55));
        cairo_rectangle(cr, x0, height - h, x1 - x0, h);
        cairo_fill(cr);
    }
    cairo_restore(cr);
}

void adj_paint_spark(cairo_t *cr, const double *y, int64_t n, AdjColor color, double width,
                     double height)
{
    AdjLayer line = {.kind = ADJ_LINE, .n = n, .y = y, .color = color, .width = 1.2};
    AdjAxes axes = {.layers = &line, .layer_count = 1, .off = true, .margin_x = -1};
    AdjFrame f = {.axes = &axes};
    AdjPainter p;
    if (n < 1) return;
    adj_painter_open(&p, cr, false);
    adj_axes_limits(&axes, f.at.xlim, f.at.ylim);
    f.at.w = width, f.at.h = height;
    f.mx = (AdjMapping){.a = width / (f.at.xlim[1] - f.at.xlim[0])};
    f.mx.b = -f.mx.a * f.at.xlim[0];
    f.my = (AdjMapping){.a = -height / (f.at.ylim[1] - f.at.ylim[0])};
    f.my.b = height - f.my.a * f.at.ylim[0];
    adj_layer_paint(&p, &f, 0);
    adj_painter_close(&p);
}
