// SPDX-License-Identifier: Apache-2.0
// contour.c: lines of equal value and the areas between them. Lines come from marching squares
// (Lorensen and Cline 1987, in the plane), their pieces joined end to end. Areas are painted
// as a picture, three samples a pixel each way, of the surface that is bilinear in each cell:
// so bands meet exactly, without the seams that polygons of single cells leave.
#include "plot/paint/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int adj_contour_levels(const AdjLayer *l, double levels[64])
{
    double low, high;
    if (l->levels && l->level_count > 0) {
        int n = l->level_count < 64 ? l->level_count : 64;
        memcpy(levels, l->levels, (size_t)n * sizeof *levels);
        return n;
    }
    adj_layer_range(l, &low, &high);
    int room = l->level_count < 0 ? -l->level_count : 7;
    return adj_levels(low, high, room > 60 ? 60 : room, levels);
}

static double grid_x(const AdjLayer *l, int64_t c)
{
    return l->x ? l->x[c] : (double)c;
}
static double grid_y(const AdjLayer *l, int64_t r)
{
    return l->y ? l->y[r] : (double)r;
}

// ---- areas ----

// Where a place on paper lies among the grid's columns or rows: number and share beyond it. The
// places ascend or descend.
static bool locate(const double *at, int64_t n, double v, int64_t *cell, double *part)
{
    bool up = at[n - 1] >= at[0];
    int64_t low = 0, high = n - 1;
    if (up ? v < at[0] || v > at[n - 1] : v > at[0] || v < at[n - 1]) return false;
    while (high - low > 1) {
        int64_t middle = (low + high) / 2;
        if (up ? at[middle] <= v : at[middle] >= v)
            low = middle;
        else
            high = middle;
    }
    double length = at[high] - at[low];
    *cell = low;
    *part = length != 0 ? (v - at[low]) / length : 0;
    return true;
}

typedef struct Bands {
    int n;
    double at[64];
    AdjColor color[64];
} Bands;

static void open_bands(const AdjLayer *l, Bands *b)
{
    const AdjMap *map = adj_map_find(l->map);
    if (!map) map = adj_map_find(NULL);
    b->n = adj_contour_levels(l, b->at);
    double low = l->has_range ? l->low : b->at[0],
           high = l->has_range ? l->high : b->at[b->n - 1];
    AdjLayer ranged = *l;
    ranged.log_range = false;
    for (int i = 0; i + 1 < b->n; i++)
        b->color[i] =
            l->color_each && i < l->n
                ? l->color_each[i]
                : adj_layer_mapped(&ranged, map, low, high, (b->at[i] + b->at[i + 1]) / 2);
}

static AdjColor band_of(const Bands *b, double v)
{
    if (!(v >= b->at[0]) || v > b->at[b->n - 1]) return ADJ_COLOR_NONE;
    int i = 0;
    while (i + 2 < b->n && v >= b->at[i + 1]) i++;
    return b->color[i];
}

static double bilinear(const AdjLayer *l, int64_t r, int64_t c, double v, double u)
{
    const double *z = l->grid + r * l->columns + c;
    double a = z[0], b = z[1], d = z[l->columns], e = z[l->columns + 1];
    return (a * (1 - u) + b * u) * (1 - v) + (d * (1 - u) + e * u) * v;
}

// The colour as Cairo's pictures have it, with [alpha] in it: as a mask of its own, SVG writers
// leave it out of the picture's scale.
static uint32_t premultiplied(AdjColor color, double alpha)
{
    uint32_t a = (uint32_t)(alpha * 255 + 0.5), pixel = a << 24;
    for (int shift = 8; shift <= 24; shift += 8)
        pixel |= ((color >> shift & 0xff) * a + 127) / 255 << (shift - 8);
    return pixel;
}

static void paint_areas(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, const double *xs,
                        const double *ys)
{
    Bands bands;
    double fine = (p->pixel > 0 ? p->pixel : 0.4) / 3;
    int wide = (int)ceil(f->at.w / fine), high = (int)ceil(f->at.h / fine);
    double alpha = l->alpha > 0 ? l->alpha : 1;
    open_bands(l, &bands);
    if (bands.n < 2 || wide < 1 || high < 1 || wide > 32000 || high > 32000) return;
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, wide, high);
    if (cairo_surface_status(s) != CAIRO_STATUS_SUCCESS) {
        cairo_surface_destroy(s);
        return;
    }
    unsigned char *at = cairo_image_surface_get_data(s);
    for (int j = 0; j < high; j++) {
        uint32_t *row = (void *)(at + j * cairo_image_surface_get_stride(s));
        int64_t r, c;
        double v, u;
        if (!locate(ys, l->rows, f->at.y + (j + 0.5) * fine, &r, &v)) continue;
        for (int i = 0; i < wide; i++) {
            if (!locate(xs, l->columns, f->at.x + (i + 0.5) * fine, &c, &u)) continue;
            AdjColor color = band_of(&bands, bilinear(l, r, c, v, u));
            if (color & 0xff) row[i] = premultiplied(color, alpha);
        }
    }
    cairo_surface_mark_dirty(s);
    cairo_save(p->cr);
    cairo_translate(p->cr, f->at.x, f->at.y);
    cairo_scale(p->cr, fine, fine);
    cairo_set_source_surface(p->cr, s, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(p->cr), CAIRO_FILTER_GOOD);
    cairo_paint(p->cr);
    cairo_restore(p->cr);
    cairo_surface_destroy(s);
}

// ---- lines ----

// A crossing lies on an edge of the grid: edge 2i is the one to the right of point i, 2i + 1
// the one below. Each crossing touches at most two pieces, one in each cell beside its edge.
typedef struct Crossings {
    int64_t *next;  // 2 per edge: the crossings at the other ends of its pieces, -1 for none
    const AdjLayer *l;
    double level;
} Crossings;

static void joined(Crossings *k, int64_t a, int64_t b)
{
    int64_t *na = &k->next[2 * a], *nb = &k->next[2 * b];
    if (na[0] < 0)
        na[0] = b;
    else
        na[1] = b;
    if (nb[0] < 0)
        nb[0] = a;
    else
        nb[1] = a;
}

static void march_cell(Crossings *k, int64_t r, int64_t c)
{
    // Which sides the pieces join, by which corners are above: top, right, bottom, left.
    static const signed char sides[16][4] = {{-1},       {3, 0, -1},   {0, 1, -1},   {3, 1, -1},
                                             {1, 2, -1}, {3, 0, 1, 2}, {0, 2, -1},   {3, 2, -1},
                                             {2, 3, -1}, {2, 0, -1},   {0, 1, 2, 3}, {2, 1, -1},
                                             {1, 3, -1}, {1, 0, -1},   {0, 3, -1},   {-1}};
    int64_t n = k->l->columns, i = r * n + c;
    const double *z = k->l->grid;
    double corner[4] = {z[i], z[i + 1], z[i + n + 1], z[i + n]};
    int which = 0;
    for (int q = 0; q < 4; q++) {
        if (!isfinite(corner[q])) return;
        which |= (corner[q] >= k->level) << q;
    }
    int64_t edge[4] = {2 * i, 2 * (i + 1) + 1, 2 * (i + n), 2 * i + 1};
    const signed char *s = sides[which];
    if (s[0] < 0) return;
    // A saddle: the middle decides which corners belong together.
    double middle = (corner[0] + corner[1] + corner[2] + corner[3]) / 4;
    if (which == 5 || which == 10) s = sides[(middle >= k->level) ? 15 - which : which];
    joined(k, edge[(int)s[0]], edge[(int)s[1]]);
    if (which == 5 || which == 10) joined(k, edge[(int)s[2]], edge[(int)s[3]]);
}

static void place_of(const Crossings *k, const double *xs, const double *ys, int64_t edge,
                     double *x, double *y)
{
    int64_t n = k->l->columns, i = edge / 2, r = i / n, c = i % n;
    bool down = edge & 1;
    double a = k->l->grid[i], b = k->l->grid[down ? i + n : i + 1];
    double t = b != a ? (k->level - a) / (b - a) : 0.5;
    *x = down ? xs[c] : xs[c] + t * (xs[c + 1] - xs[c]);
    *y = down ? ys[r] + t * (ys[r + 1] - ys[r]) : ys[r];
}

// Points of a line, as many as fit: when it is full, every second goes.
typedef struct {
    int n;
    int64_t every;
    double at[64][2];
} Sample;

static void take(Sample *s, int64_t number, double x, double y)
{
    if (number % s->every) return;
    if (s->n == 64) {
        s->n = 32;
        s->every *= 2;
        for (int i = 0; i < 32; i++) memcpy(s->at[i], s->at[2 * i], sizeof s->at[i]);
        if (number % s->every) return;
    }
    s->at[s->n][0] = x;
    s->at[s->n++][1] = y;
}

// Follows a line from one crossing to its end, cutting the links behind it. [middle]: a point
// half the way along it.
static int64_t follow(Crossings *k, cairo_t *cr, const double *xs, const double *ys,
                      int64_t edge, double middle[2])
{
    double x, y;
    int64_t length = 0;
    Sample sample = {.every = 1};
    place_of(k, xs, ys, edge, &x, &y);
    cairo_move_to(cr, x, y);
    take(&sample, 0, x, y);
    for (;;) {
        int64_t *out = &k->next[2 * edge], to = out[0] >= 0 ? out[0] : out[1];
        if (to < 0) break;
        out[out[0] >= 0 ? 0 : 1] = -1;
        int64_t *in = &k->next[2 * to];
        in[in[0] == edge ? 0 : 1] = -1;
        place_of(k, xs, ys, to, &x, &y);
        cairo_line_to(cr, x, y);
        edge = to;
        take(&sample, ++length, x, y);
    }
    memcpy(middle, sample.at[sample.n / 2], sizeof sample.at[0]);
    return length;
}

static void label_at(AdjPainter *p, const AdjLayer *l, double level, const double at[2],
                     AdjColor c)
{
    char text[32];
    snprintf(text, sizeof text, l->percent ? l->percent : "%.4g", level);
    AdjWriting w = {.size = 8, .across = ADJ_CENTER, .up = ADJ_CENTER, .color = c};
    AdjExtent e = adj_text_size(p, text, &w);
    adj_ink_alpha(p->cr, p->style->paper, 0.75);
    cairo_rectangle(p->cr, at[0] - e.w / 2, at[1] - e.h / 2, e.w, e.h);
    cairo_fill(p->cr);
    adj_text_put(p, text, at[0], at[1], &w);
}

static void paint_level(AdjPainter *p, Crossings *k, const double *xs, const double *ys,
                        AdjColor c)
{
    const AdjLayer *l = k->l;
    int64_t edges = 2 * l->rows * l->columns, longest = 0;
    double best[2] = {0, 0};
    for (int64_t i = 0; i < 2 * edges; i++) k->next[i] = -1;
    for (int64_t r = 0; r + 1 < l->rows; r++)
        for (int64_t col = 0; col + 1 < l->columns; col++) march_cell(k, r, col);
    // Open lines first, from their ends; what is left then are rings.
    for (int ring = 0; ring < 2; ring++) {
        for (int64_t i = 0; i < edges; i++) {
            double middle[2] = {0, 0};
            bool both = k->next[2 * i] >= 0 && k->next[2 * i + 1] >= 0;
            bool any = k->next[2 * i] >= 0 || k->next[2 * i + 1] >= 0;
            if (!any || (both && !ring)) continue;
            int64_t length = follow(k, p->cr, xs, ys, i, middle);
            if (length > longest) longest = length, best[0] = middle[0], best[1] = middle[1];
        }
    }
    adj_ink_alpha(p->cr, c, l->alpha);
    cairo_stroke(p->cr);
    if (l->label_levels && longest > 4) label_at(p, l, k->level, best, c);
}

static void paint_lines(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, const double *xs,
                        const double *ys)
{
    double levels[64], width = l->width > 0 ? l->width : 1.3;
    int n = adj_contour_levels(l, levels);
    const AdjMap *map = adj_map_find(l->map);
    Crossings k = {.l = l};
    (void)f;
    if (!map) map = adj_map_find(NULL);
    k.next = malloc((size_t)(4 * l->rows * l->columns) * sizeof *k.next);
    if (!k.next) return;
    double low = l->has_range ? l->low : levels[0],
           high = l->has_range ? l->high : levels[n - 1];
    cairo_set_line_width(p->cr, width);
    cairo_set_line_join(p->cr, CAIRO_LINE_JOIN_ROUND);
    for (int i = 0; i < n; i++) {
        k.level = levels[i];
        AdjColor c = l->color_each && l->n ? l->color_each[i % l->n]
                     : l->color            ? l->color
                                           : adj_layer_mapped(l, map, low, high, levels[i]);
        // A single ink shows what is below zero by its dashes.
        adj_dash(p->cr, l->color && levels[i] < 0 && !l->dash ? ADJ_DASHED : l->dash, width);
        paint_level(p, &k, xs, ys, c);
    }
    cairo_set_dash(p->cr, NULL, 0, 0);
    free(k.next);
}

void adj_contour_paint(AdjPainter *p, const AdjFrame *f, const AdjLayer *l, AdjColor c)
{
    (void)c;
    if (!l->grid || l->rows < 2 || l->columns < 2) return;
    double *xs = malloc((size_t)(l->rows + l->columns) * sizeof *xs), *ys = xs + l->columns;
    if (!xs) return;
    bool fine = true;
    for (int64_t i = 0; i < l->columns; i++)
        fine &= isfinite(xs[i] = adj_held(adj_px(f, grid_x(l, i)))) != 0;
    for (int64_t i = 0; i < l->rows; i++)
        fine &= isfinite(ys[i] = adj_held(adj_py(f, grid_y(l, i)))) != 0;
    if (fine && l->filled)
        paint_areas(p, f, l, xs, ys);
    else if (fine)
        paint_lines(p, f, l, xs, ys);
    free(xs);
}
