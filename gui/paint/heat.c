// SPDX-License-Identifier: Apache-2.0
//
// A pyramid of means over a matrix. A level is chosen so that one of its cells is at least a
// pixel; then every pixel of the view looks up one cell and one colour, and cairo copies the
// result. Means are right for seeing structure; a lonely NaN must not be lost in one, so a
// block that holds any is NaN itself.

#include "heat.h"

#include "plot/figure.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>

enum { LEVELS = 14 };

struct AdjUiHeat {
    float *level[LEVELS];
    int64_t rows[LEVELS], columns[LEVELS];
    int levels;
    double low, high;
    uint64_t stamp;
};

static float mean_of(const AdjUiHeat *h, int k, int64_t row, int64_t column)
{
    int64_t rows = h->rows[k], columns = h->columns[k];
    float sum = 0;
    int count = 0;
    for (int64_t i = 2 * row; i < MIN(2 * row + 2, rows); i++) {
        for (int64_t j = 2 * column; j < MIN(2 * column + 2, columns); j++, count++)
            sum += h->level[k][i * columns + j];
    }
    return sum / (float)count;
}

static void add_level(AdjUiHeat *h)
{
    int k = h->levels++;
    int64_t rows = h->rows[k] = (h->rows[k - 1] + 1) / 2;
    int64_t columns = h->columns[k] = (h->columns[k - 1] + 1) / 2;
    h->level[k] = malloc((size_t)(rows * columns) * sizeof(float));
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            h->level[k][i * columns + j] = mean_of(h, k - 1, i, j);
}

AdjUiHeat *adj_ui_heat_new(float *values, int64_t rows, int64_t columns)
{
    static _Atomic uint64_t stamps;
    AdjUiHeat *h = g_new0(AdjUiHeat, 1);
    h->stamp = ++stamps;
    h->level[0] = values;
    h->rows[0] = rows;
    h->columns[0] = columns;
    h->levels = 1;
    bool any = false;
    for (int64_t i = 0; i < rows * columns; i++) {
        double v = values[i];
        if (!isfinite(v)) continue;
        h->low = any ? fmin(h->low, v) : v;
        h->high = any ? fmax(h->high, v) : v;
        any = true;
    }
    while (h->levels < LEVELS && h->rows[h->levels - 1] * h->columns[h->levels - 1] > 64)
        add_level(h);
    return h;
}

void adj_ui_heat_free(AdjUiHeat *h)
{
    if (!h) return;
    for (int k = 0; k < h->levels; k++) free(h->level[k]);
    g_free(h);
}

int64_t adj_ui_heat_rows(const AdjUiHeat *h)
{
    return h->rows[0];
}

int64_t adj_ui_heat_columns(const AdjUiHeat *h)
{
    return h->columns[0];
}

float adj_ui_heat_at(const AdjUiHeat *h, int64_t row, int64_t column)
{
    return h->level[0][row * h->columns[0] + column];
}

const float *adj_ui_heat_values(const AdjUiHeat *h)
{
    return h->level[0];
}

void adj_ui_heat_range(const AdjUiHeat *h, double *low, double *high)
{
    *low = h->low;
    *high = h->high;
}

void adj_ui_map_colours(const char *map, uint32_t colours[ADJ_UI_MAP_COLOURS])
{
    const AdjMap *m = adj_map_find(map);
    if (!m) m = adj_map_find(NULL);
    for (int i = 0; i < ADJ_UI_MAP_COLOURS; i++)
        colours[i] = 0xff000000u | adj_map_color(m, i / (ADJ_UI_MAP_COLOURS - 1.0)) >> 8;
}

int adj_ui_heat_levels(const AdjUiHeat *h)
{
    return h->levels;
}

const float *adj_ui_heat_level(const AdjUiHeat *h, int level, int64_t *rows, int64_t *columns)
{
    *rows = h->rows[level];
    *columns = h->columns[level];
    return h->level[level];
}

uint64_t adj_ui_heat_stamp(const AdjUiHeat *h)
{
    return h->stamp;
}

int adj_ui_heat_level_for(const AdjUiHeat *h, double cells_a_pixel)
{
    int k = 0;
    for (; k + 1 < h->levels && cells_a_pixel >= 2; cells_a_pixel /= 2) k++;
    return k;
}

// Which pixel columns (or rows) show which cells: computed once for all rows.
static int64_t *places(int n, double from, double span, int level, int64_t cells)
{
    int64_t *at = g_new(int64_t, n + 1);
    double scale = ldexp(1, -level);
    for (int i = 0; i < n; i++) {
        double cell = floor((from + span * (i + 0.5) / n) * scale);
        at[i] = cell >= 0 && cell < (double)cells ? (int64_t)cell : -1;
    }
    return at;
}

static bool fill_row(uint32_t *out, int width, const float *row, const int64_t *columns,
                     double low, double scale, const uint32_t *colours)
{
    bool all = true;
    for (int x = 0; x < width; x++) {
        if (columns[x] < 0) {
            out[x] = 0;
            continue;
        }
        double t = (row[columns[x]] - low) * scale;
        // NaN fails every comparison and stays clear: the hatch below shows through.
        if (t >= 0 || t < 0)
            out[x] = colours[t <= 0 ? 0 : t >= 255 ? 255 : (int)(t + 0.5)];
        else
            out[x] = 0, all = false;
    }
    return all;
}

// What shows through where there is no number.
static void hatch(cairo_t *cr, const AdjUiTheme *theme, AdjUiRect r)
{
    cairo_save(cr);
    cairo_rectangle(cr, r.x, r.y, r.w, r.h);
    cairo_clip(cr);
    adj_ui_ink(cr, theme->bad, 0.65);
    cairo_set_line_width(cr, 1.5);
    for (double x = r.x - r.h; x < r.x + r.w; x += 6) {
        cairo_move_to(cr, x, r.y + r.h);
        cairo_line_to(cr, x + r.h, r.y);
    }
    cairo_stroke(cr);
    cairo_restore(cr);
}

// On a screen the image lands on whole pixels, which is a copy; anywhere else it is stretched.
static void put_image(cairo_t *cr, cairo_surface_t *s, AdjUiRect into, int width, int height)
{
    cairo_matrix_t m;
    cairo_save(cr);
    cairo_get_matrix(cr, &m);
    double x = into.x, y = into.y;
    if (fabs(m.xx - 1) < 1e-9 && fabs(m.yy - 1) < 1e-9 && m.xy == 0 && m.yx == 0) {
        cairo_user_to_device(cr, &x, &y);
        cairo_identity_matrix(cr);
        cairo_set_source_surface(cr, s, round(x), round(y));
    } else {
        cairo_translate(cr, x, y);
        cairo_scale(cr, into.w / width, into.h / height);
        cairo_set_source_surface(cr, s, 0, 0);
    }
    cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_NEAREST);
    cairo_paint(cr);
    cairo_restore(cr);
}

void adj_ui_paint_heat(cairo_t *cr, const AdjUiTheme *theme, const AdjUiHeat *h,
                       AdjUiRect cells, AdjUiRect into, double low, double high,
                       const char *map)
{
    int width = (int)ceil(into.w), height = (int)ceil(into.h);
    if (width < 1 || height < 1 || width > 16000 || height > 16000) return;
    uint32_t colours[ADJ_UI_MAP_COLOURS];
    adj_ui_map_colours(map, colours);
    int k = adj_ui_heat_level_for(h, fmax(cells.w / into.w, cells.h / into.h));
    int64_t *columns = places(width, cells.x, cells.w, k, h->columns[k]);
    int64_t *rows = places(height, cells.y, cells.h, k, h->rows[k]);
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height);
    unsigned char *data = cairo_image_surface_get_data(s);
    int stride = cairo_image_surface_get_stride(s);
    double scale = high > low ? 255 / (high - low) : 0;
    bool all = true;
    for (int y = 0; y < height; y++)
        if (rows[y] >= 0)
            all &=
                fill_row((uint32_t *)(void *)(data + (size_t)y * (size_t)stride), width,
                         h->level[k] + rows[y] * h->columns[k], columns, low, scale, colours);
    cairo_surface_mark_dirty(s);
    if (!all) hatch(cr, theme, into);
    put_image(cr, s, into, width, height);
    cairo_surface_destroy(s);
    g_free(columns);
    g_free(rows);
}

void adj_ui_paint_key(cairo_t *cr, const AdjUiTheme *theme, AdjUiRect r, double low,
                      double high, const char *map)
{
    uint32_t colours[ADJ_UI_MAP_COLOURS];
    char number[32];
    adj_ui_map_colours(map, colours);
    for (int i = 0; i < ADJ_UI_MAP_COLOURS; i++) {
        uint32_t c = colours[ADJ_UI_MAP_COLOURS - 1 - i];
        cairo_rectangle(cr, r.x, r.y + r.h * i / ADJ_UI_MAP_COLOURS, r.w,
                        r.h / ADJ_UI_MAP_COLOURS + 0.5);
        cairo_set_source_rgb(cr, (c >> 16 & 255) / 255.0, (c >> 8 & 255) / 255.0,
                             (c & 255) / 255.0);
        cairo_fill(cr);
    }
    adj_ui_ink(cr, theme->text, 1);
    AdjUiType type = {.size = 10.5};
    adj_ui_text(cr, adj_ui_number(number, high, 3), type, ADJ_UI_LEFT, r.x + r.w + 5, r.y + 9,
                0);
    adj_ui_text(cr, adj_ui_number(number, (low + high) / 2, 3), type, ADJ_UI_LEFT,
                r.x + r.w + 5, r.y + r.h / 2 + 4, 0);
    adj_ui_text(cr, adj_ui_number(number, low, 3), type, ADJ_UI_LEFT, r.x + r.w + 5, r.y + r.h,
                0);
}
