// SPDX-License-Identifier: Apache-2.0
//
// A landscape by the painter's algorithm: from the direction of view it follows which rows and
// columns are far, so the quads are painted from there and nothing needs sorting. Colour says
// height; light from one side says slope; contour lines lie on it. The shader of the same name
// (shaders/surface.frag) computes the same.

#include "surface.h"

#include "heat.h"

#include "plot/paint/paint.h"

#include <glib.h>
#include <math.h>

typedef struct Point {
    double x, y;
} Point;

AdjUiEye adj_ui_surface_eye(double yaw, double pitch, double width, double height)
{
    return adj_ui_eye(yaw, pitch, fmin(width, height * 1.35) * 0.50, width / 2, height * 0.54);
}

static Point project(const AdjUiEye *e, double u, double v, double h)
{
    return (Point){adj_ui_eye_row(e->x, u, v, h - 0.3), adj_ui_eye_row(e->y, u, v, h - 0.3)};
}

static void range_of(const AdjUiSurface *s, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (int i = 0; i < s->rows * s->columns; i++) {
        if (!isfinite(s->values[i])) continue;
        *low = fmin(*low, s->values[i]);
        *high = fmax(*high, s->values[i]);
    }
    if (!(*low < *high)) *high = *low + 1;
}

static double height_of(const AdjUiSurface *s, double v, double low, double high)
{
    if (!s->log_height) return (v - low) / (high - low);
    double floor = fmax(low, high * 1e-6);
    return log(fmax(v, floor) / floor) / log(high / floor);
}

static double height_at(const AdjUiSurface *s, int i, int k, double low, double high)
{
    return height_of(s, s->values[i * s->columns + k], low, high);
}

// Heights of the contour lines; on a logarithmic landscape they are equally far apart.
static int contours_of(const AdjUiSurface *s, double low, double high, double *heights)
{
    double levels[ADJ_UI_CONTOURS];
    if (s->log_height) {
        for (int i = 0; i < 12; i++) heights[i] = (i + 0.5) / 12;
        return 12;
    }
    int count = adj_levels(low, high, 16, levels);
    for (int i = 0; i < count; i++) heights[i] = height_of(s, levels[i], low, high);
    return count;
}

int adj_ui_surface_heights(const AdjUiSurface *s, float *heights,
                           float contours[ADJ_UI_CONTOURS])
{
    double low, high, at[ADJ_UI_CONTOURS];
    range_of(s, &low, &high);
    for (int i = 0; i < s->rows; i++)
        for (int k = 0; k < s->columns; k++)
            heights[i * s->columns + k] = (float)height_at(s, i, k, low, high);
    int count = contours_of(s, low, high, at);
    for (int i = 0; i < count; i++) contours[i] = (float)at[i];
    return count;
}

static Point corner(const AdjUiSurface *s, const AdjUiEye *e, int i, int k, double h)
{
    return project(e, (double)k / (s->columns - 1) - 0.5, (double)i / (s->rows - 1) - 0.5,
                   0.6 * h);
}

// Where a contour line enters and leaves a quad of heights [h] at [p].
static void paint_contour(cairo_t *cr, const Point p[4], const double h[4], double level)
{
    bool inside = false;
    for (int n = 0; n < 4; n++) {
        int m = (n + 1) % 4;
        if ((h[n] < level) == (h[m] < level)) continue;
        double t = (level - h[n]) / (h[m] - h[n]);
        double x = p[n].x + (p[m].x - p[n].x) * t, y = p[n].y + (p[m].y - p[n].y) * t;
        if (inside)
            cairo_line_to(cr, x, y);
        else
            cairo_move_to(cr, x, y);
        inside = !inside;
    }
}

typedef struct Look {
    double low, high;
    uint32_t colours[ADJ_UI_MAP_COLOURS];
    double contours[ADJ_UI_CONTOURS];
    int contour_count;
} Look;

static void paint_contour_lines(cairo_t *cr, const Look *look, const Point p[4],
                                const double h[4])
{
    for (int i = 0; i < look->contour_count; i++) paint_contour(cr, p, h, look->contours[i]);
    cairo_set_source_rgba(cr, 0, 0, 0, 0.55);
    cairo_set_line_width(cr, 1);
    cairo_stroke(cr);
}

static void paint_quad(cairo_t *cr, const AdjUiSurface *s, const AdjUiEye *e, int i, int k,
                       const Look *look)
{
    double low = look->low, high = look->high;
    double h[4] = {height_at(s, i, k, low, high), height_at(s, i, k + 1, low, high),
                   height_at(s, i + 1, k + 1, low, high), height_at(s, i + 1, k, low, high)};
    double mean = (h[0] + h[1] + h[2] + h[3]) / 4;
    if (!isfinite(mean)) return;
    Point p[4] = {corner(s, e, i, k, h[0]), corner(s, e, i, k + 1, h[1]),
                  corner(s, e, i + 1, k + 1, h[2]), corner(s, e, i + 1, k, h[3])};
    uint32_t c = look->colours[(int)fmin(255, fmax(0, mean * 255))];
    double slope =
        ((h[1] + h[2] - h[0] - h[3]) * s->columns + (h[2] + h[3] - h[0] - h[1]) * s->rows) *
        0.06;
    double light = fmin(1.12, fmax(0.74, 0.96 - slope));
    cairo_move_to(cr, p[0].x, p[0].y);
    for (int n = 1; n < 4; n++) cairo_line_to(cr, p[n].x, p[n].y);
    cairo_close_path(cr);
    cairo_set_source_rgb(cr, fmin(1, (c >> 16 & 255) / 255.0 * light),
                         fmin(1, (c >> 8 & 255) / 255.0 * light),
                         fmin(1, (c & 255) / 255.0 * light));
    // The edge covers the seam between two quads, which smooth edges would let shine through.
    cairo_fill_preserve(cr);
    cairo_set_line_width(cr, 0.6);
    cairo_stroke(cr);
    paint_contour_lines(cr, look, p, h);
}

static void paint_ground(cairo_t *cr, const AdjUiTheme *theme, const AdjUiEye *e)
{
    static const double u[] = {-0.5, 0.5, 0.5, -0.5}, v[] = {-0.5, -0.5, 0.5, 0.5};
    for (int n = 0; n < 4; n++) {
        Point p = project(e, u[n], v[n], -0.02);
        if (n)
            cairo_line_to(cr, p.x, p.y);
        else
            cairo_move_to(cr, p.x, p.y);
    }
    cairo_close_path(cr);
    adj_ui_ink(cr, theme->frame, 1);
    cairo_fill_preserve(cr);
    adj_ui_ink(cr, theme->line, 1);
    cairo_set_line_width(cr, 1);
    cairo_stroke(cr);
}

static void paint_names(cairo_t *cr, const AdjUiTheme *theme, const AdjUiSurface *s,
                        const AdjUiEye *e)
{
    // On the sides that are near: elsewhere the landscape would stand before them.
    Point a = project(e, 0, e->near[1] > 0 ? 0.58 : -0.58, -0.02);
    Point b = project(e, e->near[0] > 0 ? 0.58 : -0.58, 0, -0.02);
    AdjUiType type = {.size = 12};
    adj_ui_ink(cr, theme->faint, 1);
    adj_ui_text(cr, s->column_axis ? s->column_axis : "", type, ADJ_UI_MIDDLE, a.x, a.y + 14,
                0);
    adj_ui_text(cr, s->row_axis ? s->row_axis : "", type, ADJ_UI_MIDDLE, b.x, b.y + 14, 0);
}

// The point where the parameters are: a pin through the middle of the grid.
static void paint_pin(cairo_t *cr, const AdjUiTheme *theme, const AdjUiSurface *s,
                      const AdjUiEye *e, double low, double high)
{
    int i = s->rows / 2, k = s->columns / 2;
    double h = height_at(s, i, k, low, high);
    char text[64], number[32];
    if (!isfinite(h)) return;
    Point foot = corner(s, e, i, k, h), head = {foot.x, foot.y - 46};
    adj_ui_ink(cr, theme->text, 1);
    cairo_set_line_width(cr, 2);
    cairo_move_to(cr, foot.x, foot.y);
    cairo_line_to(cr, head.x, head.y);
    cairo_stroke(cr);
    cairo_new_sub_path(cr);
    cairo_arc(cr, head.x, head.y, 6, 0, 2 * M_PI);
    adj_ui_ink(cr, theme->accent, 1);
    cairo_fill(cr);
    g_snprintf(text, sizeof text, "here: %s",
               adj_ui_number(number, s->values[i * s->columns + k], 4));
    AdjUiType type = {.size = 13, .bold = true};
    AdjUiRect behind = {head.x + 11, head.y - 12, adj_ui_text_width(cr, text, type) + 14, 24};
    adj_ui_card(cr, theme, behind, theme->card, theme->line, 1);
    adj_ui_ink(cr, theme->text, 1);
    adj_ui_text(cr, text, type, ADJ_UI_LEFT, behind.x + 7, head.y + 5, 0);
}

void adj_ui_paint_surface_marks(cairo_t *cr, const AdjUiTheme *theme, const AdjUiSurface *s,
                                double yaw, double pitch, double width, double height)
{
    if (s->rows < 2 || s->columns < 2) return;
    double low, high;
    AdjUiEye e = adj_ui_surface_eye(yaw, pitch, width, height);
    range_of(s, &low, &high);
    paint_names(cr, theme, s, &e);
    paint_pin(cr, theme, s, &e, low, high);
    adj_ui_paint_key(cr, theme, adj_ui_rect(width - 70, 24, 14, height * 0.4), low, high,
                     "viridis");
}

void adj_ui_paint_surface(cairo_t *cr, const AdjUiTheme *theme, const AdjUiSurface *s,
                          double yaw, double pitch, double width, double height)
{
    if (s->rows < 2 || s->columns < 2) return;
    Look look;
    AdjUiEye e = adj_ui_surface_eye(yaw, pitch, width, height);
    range_of(s, &look.low, &look.high);
    adj_ui_map_colours("viridis", look.colours);
    look.contour_count = contours_of(s, look.low, look.high, look.contours);
    paint_ground(cr, theme, &e);
    bool rows_far_first = cos(yaw) > 0, columns_far_first = sin(yaw) > 0;
    for (int a = 0; a < s->rows - 1; a++) {
        for (int b = 0; b < s->columns - 1; b++)
            paint_quad(cr, s, &e, rows_far_first ? a : s->rows - 2 - a,
                       columns_far_first ? b : s->columns - 2 - b, &look);
    }
    adj_ui_paint_surface_marks(cr, theme, s, yaw, pitch, width, height);
}

// -- flat views ---------------------------------------------------------------------------

static void paint_axes(cairo_t *cr, const AdjUiTheme *theme, AdjAxes *axes, double width,
                       double height)
{
    AdjFigure f = {.axes = axes, .axes_count = 1, .dark = theme->dark, .transparent = true};
    cairo_save(cr);
    cairo_scale(cr, 96.0 / 72, 96.0 / 72);
    adj_paint_figure(cr, &f, width * 0.75, height * 0.75, NULL);
    cairo_restore(cr);
}

void adj_ui_paint_slice(cairo_t *cr, const AdjUiTheme *theme, const AdjUiSurface *s, int row,
                        double width, double height)
{
    if (s->columns < 3 || row < 0 || row >= s->rows) return;
    const double *y = s->values + row * s->columns, *x = s->at_column;
    int m = s->columns / 2;
    double slope = (y[m + 1] - y[m - 1]) / (x[m + 1] - x[m - 1]);
    double tx[2] = {x[0] * 0.6, x[s->columns - 1] * 0.6};
    double ty[2] = {y[m] + slope * (tx[0] - x[m]), y[m] + slope * (tx[1] - x[m])};
    AdjLayer layers[] = {
        {.kind = ADJ_LINE,
         .n = s->columns,
         .x = x,
         .y = y,
         .label = "loss",
         .width = 2,
         .marker = s->columns < 40 ? 'o' : 0,
         .size = 4},
        {.kind = ADJ_LINE,
         .n = 2,
         .x = tx,
         .y = ty,
         .label = "tangent: what the gradient says",
         .dash = ADJ_DASHED,
         .width = 1.5},
        {.kind = ADJ_POINTS, .n = 1, .x = x + m, .y = y + m, .label = "here", .size = 9}};
    AdjAxes axes = {.layers = layers,
                    .layer_count = 3,
                    .x = {.label = s->column_axis},
                    .y = {.label = "loss", .scale = s->log_height ? ADJ_LOG : ADJ_LINEAR},
                    .grid = true,
                    .legend = true,
                    .hide_top = true,
                    .hide_right = true};
    paint_axes(cr, theme, &axes, width, height);
}

void adj_ui_paint_contours(cairo_t *cr, const AdjUiTheme *theme, const AdjUiSurface *s,
                           double width, double height)
{
    if (s->rows < 2 || s->columns < 2) return;
    static const double zero = 0;
    double low, high, levels[24];
    range_of(s, &low, &high);
    int count = adj_levels(low, high, 16, levels);
    AdjLayer layers[] = {{.kind = ADJ_CONTOUR,
                          .grid = s->values,
                          .rows = s->rows,
                          .columns = s->columns,
                          .x = s->at_column,
                          .y = s->at_row,
                          .filled = true,
                          .levels = levels,
                          .level_count = count},
                         {.kind = ADJ_CONTOUR,
                          .grid = s->values,
                          .rows = s->rows,
                          .columns = s->columns,
                          .x = s->at_column,
                          .y = s->at_row,
                          .levels = levels,
                          .level_count = count,
                          .label_levels = true,
                          .color = 0x00000088,
                          .width = 0.8},
                         {.kind = ADJ_POINTS,
                          .n = 1,
                          .x = &zero,
                          .y = &zero,
                          .size = 9,
                          .color = 0xffffffff,
                          .marker = 'o',
                          .marker_edge = 0x000000ff}};
    AdjAxes axes = {.layers = layers,
                    .layer_count = 3,
                    .x = {.label = s->column_axis},
                    .y = {.label = s->row_axis},
                    .colorbar = 1};
    paint_axes(cr, theme, &axes, width, height);
}
