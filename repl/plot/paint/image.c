// SPDX-License-Identifier: Apache-2.0
// image.c: grids of values or colours as pictures. Cells keep hard edges when they are larger
// than pixels and are averaged when they are smaller. Formats without pixels get rectangles
// where there are few cells, and else a picture that was enlarged beforehand, because viewers
// of such files blur what they enlarge themselves.
#include "plot/paint/internal.h"

#include <stdlib.h>

enum { MOST = 16384, FEW_CELLS = 4096, SHARP = 1200 };

static uint32_t premultiplied(AdjColor c, double alpha)
{
    double a = (c & 0xff) / 255.0 * (alpha > 0 && alpha < 1 ? alpha : 1);
    uint32_t r = (uint32_t)lround((c >> 24) * a), g = (uint32_t)lround((c >> 16 & 0xff) * a);
    uint32_t b = (uint32_t)lround((c >> 8 & 0xff) * a), o = (uint32_t)lround(a * 255);
    return o << 24 | r << 16 | g << 8 | b;
}

static double share(double v)
{
    return v >= 0 ? (v <= 1 ? v : 1) : 0;  // NaN is 0
}

static AdjColor cell_color(const AdjLayer *l, const AdjMap *map, double low, double high,
                           int64_t i)
{
    if (l->channels < 3) return adj_layer_mapped(l, map, low, high, l->grid[i]);
    const double *v = l->grid + i * l->channels;
    AdjColor c = 0;
    for (int k = 0; k < 3; k++) c = c << 8 | (AdjColor)lround(share(v[k]) * 255);
    return c << 8 | (l->channels == 4 ? (AdjColor)lround(share(v[3]) * 255) : 255);
}

// The cells as a surface, each [grow] x [grow] pixels; of very large grids every [skip]-th.
static cairo_surface_t *surface_of(const AdjLayer *l, int grow, int64_t skip)
{
    double low = 0, high = 1;
    const AdjMap *map = adj_map_find(l->map);
    int64_t rows = (l->rows + skip - 1) / skip, columns = (l->columns + skip - 1) / skip;
    if (l->channels < 3) adj_layer_range(l, &low, &high);
    if (!map) map = adj_map_find(NULL);
    cairo_surface_t *s =
        cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)columns * grow, (int)rows * grow);
    if (cairo_surface_status(s) != CAIRO_STATUS_SUCCESS) return s;
    unsigned char *at = cairo_image_surface_get_data(s);
    int stride = cairo_image_surface_get_stride(s);
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t c = 0; c < columns; c++) {
            uint32_t v = premultiplied(
                cell_color(l, map, low, high, r * skip * l->columns + c * skip), l->alpha);
            for (int k = 0; k < grow * grow; k++) {
                unsigned char *row = at + (r * grow + k / grow) * stride;
                ((uint32_t *)(void *)row)[c * grow + k % grow] = v;
            }
        }
    }
    cairo_surface_mark_dirty(s);
    return s;
}

static void paint_cells(AdjPainter *p, const AdjLayer *l, double x, double y, double w,
                        double h)
{
    double low = 0, high = 1, cw = w / (double)l->columns, ch = h / (double)l->rows;
    const AdjMap *map = adj_map_find(l->map);
    if (l->channels < 3) adj_layer_range(l, &low, &high);
    if (!map) map = adj_map_find(NULL);
    for (int64_t r = 0; r < l->rows; r++) {
        for (int64_t c = 0; c < l->columns; c++) {
            AdjColor color = cell_color(l, map, low, high, r * l->columns + c);
            if (!(color & 0xff)) continue;
            adj_ink_alpha(p->cr, color, l->alpha);
            // A little larger than the cell: neighbours cover what is too much, and no seam
            // shows.
            double right = c + 1 < l->columns ? cw * 1.02 : cw;
            double down = r + 1 < l->rows ? ch * 1.02 : ch;
            cairo_rectangle(p->cr, x + (double)c * cw, y + (double)r * ch, right, down);
            cairo_fill(p->cr);
        }
    }
}

void adj_image_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l)
{
    double e[4];
    if (!l->grid || l->rows < 1 || l->columns < 1) return;
    adj_image_extent(l, e);
    double x0 = adj_px(f, e[0]), x1 = adj_px(f, e[1]);
    // extent is left, right, bottom, top; row 0 is at the top unless the origin is low.
    double top = adj_py(f, l->origin_lower ? e[2] : e[3]);
    double bottom = adj_py(f, l->origin_lower ? e[3] : e[2]);
    if (!isfinite(x0 + x1 + top + bottom) || fabs(x1 - x0) > 1e6) return;
    cairo_save(p->cr);
    cairo_translate(p->cr, x0, top);
    cairo_scale(p->cr, x1 > x0 ? 1 : -1, bottom > top ? 1 : -1);
    double w = fabs(x1 - x0), h = fabs(bottom - top);
    int64_t longest = l->rows > l->columns ? l->rows : l->columns;
    if (p->pixel <= 0 && l->rows * l->columns <= FEW_CELLS && !l->smooth) {
        paint_cells(p, l, 0, 0, w, h);
    } else {
        int64_t skip = (longest + MOST - 1) / MOST;
        bool sharp = p->pixel <= 0 && !l->smooth && longest < SHARP / 2;
        int grow = sharp ? (int)((SHARP + longest - 1) / longest) : 1;
        cairo_surface_t *s = surface_of(l, grow, skip);
        bool larger = p->pixel <= 0 || w / p->pixel > (double)l->columns;
        cairo_scale(p->cr, w / cairo_image_surface_get_width(s),
                    h / cairo_image_surface_get_height(s));
        cairo_set_source_surface(p->cr, s, 0, 0);
        cairo_pattern_t *pattern = cairo_get_source(p->cr);
        cairo_pattern_set_filter(pattern, l->smooth ? CAIRO_FILTER_BILINEAR
                                          : larger  ? CAIRO_FILTER_NEAREST
                                                    : CAIRO_FILTER_GOOD);
        cairo_pattern_set_extend(pattern, CAIRO_EXTEND_PAD);
        cairo_rectangle(p->cr, 0, 0, cairo_image_surface_get_width(s),
                        cairo_image_surface_get_height(s));
        cairo_fill(p->cr);
        cairo_surface_destroy(s);
    }
    cairo_restore(p->cr);
}
