// SPDX-License-Identifier: Apache-2.0
//
// The map of the plane. Numbers become a small picture of one pixel a place, which cairo
// stretches smoothly; the boundary between classes is found on the numbers themselves
// (marching squares), so it is sharp whatever the picture's size. Marks are drawn once for
// each class and then copied: a thousand points cost a thousand copies. Paper gets them drawn.

#include "maps.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double AXIS_LEFT = 38, AXIS_BELOW = 22, KEY = 26, POINT = 3.8;

// -- colours ------------------------------------------------------------------------------

AdjUiColour adj_ui_class_colour(const AdjUiTheme *theme, int k)
{
    return theme->series[k % ADJ_UI_SERIES];
}

static AdjUiColour middle_colour(const AdjUiTheme *theme)
{
    return theme->dark ? adj_ui_mix(theme->ground, theme->card, 0.7) : theme->card;
}

AdjUiColour adj_ui_signed_colour(const AdjUiTheme *theme, double t)
{
    double strength = fmin(1, fabs(t));
    return adj_ui_mix(middle_colour(theme), adj_ui_class_colour(theme, t > 0), 0.82 * strength);
}

static uint32_t pixel(AdjUiColour c)
{
    return 0xff000000u | (uint32_t)(c.r * 255 + 0.5) << 16 | (uint32_t)(c.g * 255 + 0.5) << 8 |
           (uint32_t)(c.b * 255 + 0.5);
}

// -- fields -------------------------------------------------------------------------------

static void stretch(cairo_t *cr, cairo_surface_t *s, AdjUiRect r, cairo_filter_t filter)
{
    cairo_save(cr);
    cairo_rectangle(cr, r.x, r.y, r.w, r.h);
    cairo_clip(cr);
    cairo_translate(cr, r.x, r.y);
    cairo_scale(cr, r.w / cairo_image_surface_get_width(s),
                r.h / cairo_image_surface_get_height(s));
    cairo_set_source_surface(cr, s, 0, 0);
    cairo_pattern_set_extend(cairo_get_source(cr), CAIRO_EXTEND_PAD);
    cairo_pattern_set_filter(cairo_get_source(cr), filter);
    cairo_paint(cr);
    cairo_restore(cr);
}

void adj_ui_paint_field(cairo_t *cr, const AdjUiTheme *theme, const AdjUiField *f, AdjUiRect r,
                        double scale)
{
    enum { STEPS = 128 };
    uint32_t colours[2 * STEPS + 1];
    if (f->rows < 1 || f->columns < 1) return;
    for (int i = 0; i <= 2 * STEPS; i++)
        colours[i] = pixel(adj_ui_signed_colour(theme, (i - STEPS) / (double)STEPS));
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_RGB24, f->columns, f->rows);
    unsigned char *data = cairo_image_surface_get_data(s);
    int stride = cairo_image_surface_get_stride(s);
    double by = STEPS / (scale > 0 ? scale : 1);
    for (int i = 0; data && i < f->rows; i++) {
        uint32_t *row = (uint32_t *)(void *)(data + (size_t)i * (size_t)stride);
        for (int k = 0; k < f->columns; k++) {
            double t = f->values[i * f->columns + k] * by;
            // NaN fails both comparisons.
            int at = t >= STEPS ? 2 * STEPS : t > -STEPS ? (int)(t + STEPS + 0.5) : 0;
            row[k] = t >= 0 || t < 0 ? colours[at] : pixel(theme->bad);
        }
    }
    cairo_surface_mark_dirty(s);
    stretch(cr, s, r, CAIRO_FILTER_BILINEAR);
    cairo_surface_destroy(s);
}

// -- places -------------------------------------------------------------------------------

AdjUiRect adj_ui_plane_rect(const AdjUiPlane *p, AdjUiRect r)
{
    AdjUiRect in = {r.x + AXIS_LEFT, r.y + 6, r.w - AXIS_LEFT - 8, r.h - 6 - AXIS_BELOW - KEY};
    double w = p->x[1] - p->x[0], h = p->y[1] - p->y[0];
    if (in.w < 10 || in.h < 10 || !(w > 0) || !(h > 0)) return adj_ui_rect(in.x, in.y, 10, 10);
    double zoom = fmin(in.w / w, in.h / h);
    bool alike = fmin(w, h) * 4 > fmax(w, h);
    AdjUiRect map = {in.x, in.y, alike ? w * zoom : in.w, alike ? h * zoom : in.h};
    map.x = floor(map.x + (in.w - map.w) / 2);
    map.y = floor(map.y + (in.h - map.h) / 2);
    map.w = floor(map.w);
    map.h = floor(map.h);
    return map;
}

void adj_ui_plane_from(const AdjUiPlane *p, AdjUiRect map, double sx, double sy, double *x,
                       double *y)
{
    *x = p->x[0] + (sx - map.x) / map.w * (p->x[1] - p->x[0]);
    *y = p->y[1] - (sy - map.y) / map.h * (p->y[1] - p->y[0]);
}

void adj_ui_plane_to(const AdjUiPlane *p, AdjUiRect map, double x, double y, double *sx,
                     double *sy)
{
    *sx = map.x + (x - p->x[0]) / (p->x[1] - p->x[0]) * map.w;
    *sy = map.y + (p->y[1] - y) / (p->y[1] - p->y[0]) * map.h;
}

int adj_ui_plane_point_at(const AdjUiPlane *p, AdjUiRect map, double sx, double sy,
                          double reach)
{
    int found = -1;
    double best = reach * reach;
    for (int i = 0; i < p->train.count; i++) {
        double x, y;
        adj_ui_plane_to(p, map, p->train.at[2 * i], p->train.at[2 * i + 1], &x, &y);
        double d = (x - sx) * (x - sx) + (y - sy) * (y - sy);
        if (!(d <= best)) continue;
        best = d;
        found = i;
    }
    return found;
}

int adj_ui_plane_class(const AdjUiPlane *p, double target)
{
    for (int k = 0; k < p->class_count; k++)
        if (p->classes[k] == target) return k;
    return -1;
}

// -- answers ------------------------------------------------------------------------------

// [f] between its places, from the left and the top in parts of the whole.
static double between(const AdjUiField *f, double across, double down)
{
    double c = fmin(fmax(across * f->columns - 0.5, 0), f->columns - 1);
    double r = fmin(fmax(down * f->rows - 0.5, 0), f->rows - 1);
    int i = (int)r, k = (int)c, i2 = i + 1 < f->rows ? i + 1 : i,
        k2 = k + 1 < f->columns ? k + 1 : k;
    const float *v = f->values;
    double top = v[i * f->columns + k] * (1 - (c - k)) + v[i * f->columns + k2] * (c - k);
    double low = v[i2 * f->columns + k] * (1 - (c - k)) + v[i2 * f->columns + k2] * (c - k);
    return top * (1 - (r - i)) + low * (r - i);
}

// Where one number changes its mind: the middle between two classes, or 0.
static double threshold(const AdjUiPlane *p)
{
    if (p->shares) return 0.5;
    return p->class_count == 2 ? (p->classes[0] + p->classes[1]) / 2 : 0;
}

static int strongest(const AdjUiPlane *p, double across, double down, double *value)
{
    int best = 0;
    for (int k = 0; k < p->outputs; k++) {
        double v = between(&p->output[k], across, down);
        if (k == 0 || v > *value) best = k;
        if (k == 0 || v > *value) *value = v;
    }
    return best;
}

bool adj_ui_plane_answer(const AdjUiPlane *p, double x, double y, int *class_at, double *value)
{
    double across = (x - p->x[0]) / (p->x[1] - p->x[0]);
    double down = (p->y[1] - y) / (p->y[1] - p->y[0]);
    *class_at = -1;
    if (!p->outputs || !(across >= 0 && across <= 1 && down >= 0 && down <= 1)) return false;
    int best = strongest(p, across, down, value);
    if (p->outputs > 1) *class_at = best;
    if (p->outputs > 1 || (!p->shares && p->class_count != 2)) return true;
    *class_at = *value > threshold(p);
    if (p->shares && !*class_at) *value = 1 - *value;
    return true;
}

// -- the map ------------------------------------------------------------------------------

// Shares mix the colours of their classes; the surer the answer, the stronger the colour.
static AdjUiColour mixed(const AdjUiTheme *theme, const AdjUiPlane *p, const double *v)
{
    AdjUiColour c = {0, 0, 0}, ground = middle_colour(theme);
    double sum = 0, most = 0;
    for (int k = 0; k < p->outputs; k++) {
        double share = fmax(v[k], 0);
        AdjUiColour of = adj_ui_class_colour(theme, k);
        c = (AdjUiColour){c.r + share * of.r, c.g + share * of.g, c.b + share * of.b};
        sum += share;
        most = fmax(most, share);
    }
    if (!(sum > 0)) return ground;
    double sure = (most / sum - 1.0 / p->outputs) / (1 - 1.0 / p->outputs);
    c = (AdjUiColour){c.r / sum, c.g / sum, c.b / sum};
    return adj_ui_mix(ground, c, 0.12 + 0.5 * sure);
}

static AdjUiColour one_colour(const AdjUiTheme *theme, const AdjUiPlane *p, double v)
{
    double from = v - threshold(p), scale = p->shares ? 0.5 : p->scale;
    if (!(v >= 0) && !(v < 0)) return theme->bad;
    if (p->discrete) return adj_ui_signed_colour(theme, from > 0 ? 0.75 : -0.75);
    return adj_ui_signed_colour(theme, from / (scale > 0 ? scale : 1));
}

static AdjUiColour colour_of(const AdjUiTheme *theme, const AdjUiPlane *p, const double *v)
{
    if (p->outputs == 1) return one_colour(theme, p, v[0]);
    if (!p->discrete) return mixed(theme, p, v);
    int best = 0;
    for (int k = 1; k < p->outputs; k++)
        if (v[k] > v[best]) best = k;
    return adj_ui_mix(middle_colour(theme), adj_ui_class_colour(theme, best), 0.55);
}

static void paint_map(cairo_t *cr, const AdjUiTheme *theme, const AdjUiPlane *p, AdjUiRect map)
{
    const AdjUiField *f = &p->output[0];
    int fine = p->discrete ? 4 : 1;  // edges of classes are found between the places
    int rows = f->rows * fine, columns = f->columns * fine;
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_RGB24, columns, rows);
    unsigned char *data = cairo_image_surface_get_data(s);
    int stride = cairo_image_surface_get_stride(s);
    for (int i = 0; data && i < rows; i++) {
        uint32_t *row = (uint32_t *)(void *)(data + (size_t)i * (size_t)stride);
        for (int k = 0; k < columns; k++) {
            double v[ADJ_UI_PLANE_OUTPUTS];
            for (int o = 0; o < p->outputs; o++)
                v[o] = fine == 1
                           ? p->output[o].values[i * columns + k]
                           : between(&p->output[o], (k + 0.5) / columns, (i + 0.5) / rows);
            row[k] = pixel(colour_of(theme, p, v));
        }
    }
    cairo_surface_mark_dirty(s);
    stretch(cr, s, map, CAIRO_FILTER_BILINEAR);
    cairo_surface_destroy(s);
}

// Class k against the strongest other, or the number against its threshold: 0 on the boundary.
static double margin(const AdjUiPlane *p, int k, int at)
{
    if (p->outputs == 1) return p->output[0].values[at] - threshold(p);
    double other = -INFINITY;
    for (int o = 0; o < p->outputs; o++)
        if (o != k) other = fmax(other, p->output[o].values[at]);
    return p->output[k].values[at] - other;
}

// Marching squares: the line through one square of four places, at most two pieces.
static void boundary_in(cairo_t *cr, const double v[4], double x, double y, double w, double h)
{
    static const int ends[4][2] = {{0, 1}, {1, 2}, {2, 3}, {3, 0}};
    const double cx[4] = {x, x + w, x + w, x}, cy[4] = {y, y, y + h, y + h};
    double px[4], py[4];
    int n = 0;
    for (int e = 0; e < 4; e++) {
        int a = ends[e][0], b = ends[e][1];
        if ((v[a] > 0) == (v[b] > 0)) continue;
        double t = v[a] / (v[a] - v[b]);
        px[n] = cx[a] + (cx[b] - cx[a]) * t;
        py[n++] = cy[a] + (cy[b] - cy[a]) * t;
    }
    for (int i = 0; i + 1 < n; i += 2) {
        cairo_move_to(cr, px[i], py[i]);
        cairo_line_to(cr, px[i + 1], py[i + 1]);
    }
}

static int side_of(const AdjUiPlane *p, int at)
{
    int best = 0;
    if (p->outputs == 1) return p->output[0].values[at] > threshold(p);
    for (int k = 1; k < p->outputs; k++)
        if (p->output[k].values[at] > p->output[best].values[at]) best = k;
    return best;
}

static void square_boundary(cairo_t *cr, const AdjUiPlane *p, const int corner[4], AdjUiRect r)
{
    for (int k = 0; k < (p->outputs > 2 ? p->outputs : 1); k++) {
        double v[4];
        for (int c = 0; c < 4; c++) v[c] = margin(p, k, corner[c]);
        boundary_in(cr, v, r.x, r.y, r.w, r.h);
    }
}

// Most squares lie on one side altogether: only the others are looked at closely.
static void paint_boundary(cairo_t *cr, const AdjUiTheme *theme, const AdjUiPlane *p,
                           AdjUiRect map)
{
    int rows = p->output[0].rows, columns = p->output[0].columns;
    double w = map.w / columns, h = map.h / rows;
    unsigned char *side = malloc((size_t)(rows * columns));
    if (p->outputs == 1 && !p->shares && p->class_count != 2) side = (free(side), NULL);
    for (int i = 0; side && i < rows * columns; i++) side[i] = (unsigned char)side_of(p, i);
    for (int i = 0; side && i + 1 < rows; i++)
        for (int c = 0; c + 1 < columns; c++) {
            int at = i * columns + c;
            const int corner[4] = {at, at + 1, at + columns + 1, at + columns};
            unsigned char s = side[at];
            if (s == side[corner[1]] && s == side[corner[2]] && s == side[corner[3]]) continue;
            square_boundary(cr, p, corner,
                            adj_ui_rect(map.x + (c + 0.5) * w, map.y + (i + 0.5) * h, w, h));
        }
    free(side);
    adj_ui_ink(cr, theme->text, theme->dark ? 0.75 : 0.6);
    cairo_set_line_width(cr, 1.4);
    cairo_stroke(cr);
}

// -- points -------------------------------------------------------------------------------

enum { SHAPES = 6 };

// Classes differ in shape: disc, square, triangle, diamond, triangle on its tip, hexagon.
static void shape_path(cairo_t *cr, int k, double x, double y, double r)
{
    static const struct {
        int corners;
        double turn, size;
    } shapes[SHAPES] = {{0, 0, 1},    {4, M_PI / 4, 1.2},  {3, -M_PI / 2, 1.35},
                        {4, 0, 1.25}, {3, M_PI / 2, 1.35}, {6, 0, 1.1}};
    int s = k < 0 ? 0 : k % SHAPES;
    cairo_new_sub_path(cr);
    if (!shapes[s].corners) {
        cairo_arc(cr, x, y, r, 0, 2 * M_PI);
        return;
    }
    for (int i = 0; i < shapes[s].corners; i++) {
        double a = shapes[s].turn + 2 * M_PI * i / shapes[s].corners;
        cairo_line_to(cr, x + r * shapes[s].size * cos(a), y + r * shapes[s].size * sin(a));
    }
    cairo_close_path(cr);
}

void adj_ui_paint_mark(cairo_t *cr, const AdjUiTheme *theme, int k, double t, double x,
                       double y, double radius, bool hollow)
{
    AdjUiColour edge = theme->dark ? (AdjUiColour){0.05, 0.06, 0.08} : (AdjUiColour){1, 1, 1};
    if (k < 0) edge = adj_ui_mix(edge, theme->text, 0.6);  // it may have the ground's colour
    AdjUiColour c = k >= 0 ? adj_ui_class_colour(theme, k) : adj_ui_signed_colour(theme, t);
    shape_path(cr, k, x, y, hollow ? radius - 0.6 : radius);
    adj_ui_ink(cr, hollow ? edge : c, hollow ? 0.85 : 1);
    cairo_fill_preserve(cr);
    adj_ui_ink(cr, hollow ? c : edge, 1);
    cairo_set_line_width(cr, hollow ? 1.7 : 0.9);
    cairo_stroke(cr);
}

static bool is_paper(cairo_t *cr)
{
    cairo_surface_type_t t = cairo_surface_get_type(cairo_get_target(cr));
    return t == CAIRO_SURFACE_TYPE_PDF || t == CAIRO_SURFACE_TYPE_SVG ||
           t == CAIRO_SURFACE_TYPE_PS;
}

static cairo_surface_t *sprite(cairo_t *like, const AdjUiTheme *theme, int k, bool hollow)
{
    double sx = 1, sy = 1;
    cairo_surface_get_device_scale(cairo_get_target(like), &sx, &sy);
    int side = (int)ceil(4 * POINT * sx);
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, side, side);
    cairo_surface_set_device_scale(s, sx, sx);
    cairo_t *cr = cairo_create(s);
    adj_ui_paint_mark(cr, theme, k, 0, 2 * POINT, 2 * POINT, POINT, hollow);
    cairo_destroy(cr);
    return s;
}

static void paint_points(cairo_t *cr, const AdjUiTheme *theme, const AdjUiPlane *p,
                         AdjUiRect map, const AdjUiSamples *points, bool hollow)
{
    cairo_surface_t *sprites[ADJ_UI_PLANE_OUTPUTS] = {NULL};
    bool paper = is_paper(cr);
    for (int i = 0; i < points->count; i++) {
        double x, y, t = points->target ? points->target[i] : NAN;
        int k = adj_ui_plane_class(p, t);
        adj_ui_plane_to(p, map, points->at[2 * i], points->at[2 * i + 1], &x, &y);
        if (!(x >= map.x - POINT && x <= map.x + map.w + POINT && y >= map.y - POINT &&
              y <= map.y + map.h + POINT))
            continue;
        if (k < 0 || paper) {
            adj_ui_paint_mark(cr, theme, k, t / (p->scale > 0 ? p->scale : 1), x, y, POINT,
                              hollow);
            continue;
        }
        if (!sprites[k]) sprites[k] = sprite(cr, theme, k, hollow);
        cairo_set_source_surface(cr, sprites[k], round(x - 2 * POINT), round(y - 2 * POINT));
        cairo_paint(cr);
    }
    for (int k = 0; k < ADJ_UI_PLANE_OUTPUTS; k++) cairo_surface_destroy(sprites[k]);
}

static void paint_example(cairo_t *cr, const AdjUiTheme *theme, const AdjUiPlane *p,
                          AdjUiRect map)
{
    double x, y;
    if (p->example < 0 || p->example >= p->train.count) return;
    const double *at = p->train.at + 2 * p->example;
    adj_ui_plane_to(p, map, at[0], at[1], &x, &y);
    double target = p->train.target[p->example];
    adj_ui_paint_mark(cr, theme, adj_ui_plane_class(p, target),
                      target / (p->scale > 0 ? p->scale : 1), x, y, POINT + 1.5, false);
    cairo_new_path(cr);
    cairo_arc(cr, x, y, POINT + 6, 0, 2 * M_PI);
    adj_ui_ink(cr, theme->text, 1);
    cairo_set_line_width(cr, 2);
    cairo_stroke(cr);
}

// -- axes and key -------------------------------------------------------------------------

static double round_step(double span, int most)
{
    double step = pow(10, floor(log10(span / most)));
    static const double by[] = {1, 2, 5, 10};
    for (int i = 0; i < 4; i++)
        if (span / (step * by[i]) <= most) return step * by[i];
    return step * 10;
}

static void paint_axes(cairo_t *cr, const AdjUiTheme *theme, const AdjUiPlane *p, AdjUiRect map)
{
    AdjUiType type = {.size = 10.5};
    char text[32];
    for (int axis = 0; axis < 2; axis++) {
        const double *range = axis ? p->y : p->x;
        double step = round_step(range[1] - range[0], 5);
        for (double v = ceil(range[0] / step) * step; v <= range[1] + step * 1e-6; v += step) {
            double x, y, at = fabs(v) < step * 1e-6 ? 0 : v;
            adj_ui_plane_to(p, map, axis ? p->x[0] : at, axis ? at : p->y[0], &x, &y);
            adj_ui_ink(cr, theme->line, 1);
            cairo_move_to(cr, x, y);
            cairo_rel_line_to(cr, axis ? -4 : 0, axis ? 0 : 4);
            cairo_set_line_width(cr, 1);
            cairo_stroke(cr);
            adj_ui_ink(cr, theme->faint, 1);
            adj_ui_text(cr, adj_ui_number(text, at, 3), type,
                        axis ? ADJ_UI_RIGHT : ADJ_UI_MIDDLE, x - (axis ? 7 : 0),
                        y + (axis ? 3.5 : 16), 0);
        }
    }
    cairo_rectangle(cr, map.x + 0.5, map.y + 0.5, map.w - 1, map.h - 1);
    adj_ui_ink(cr, theme->line, 1);
    cairo_stroke(cr);
}

static void paint_scale(cairo_t *cr, const AdjUiTheme *theme, const AdjUiPlane *p,
                        AdjUiRect map, double y)
{
    double w = fmin(160, map.w * 0.5), x = map.x + (map.w - w) / 2;
    double scale = p->shares ? 0.5 : p->scale > 0 ? p->scale : 1, at = threshold(p);
    char text[32];
    for (int i = 0; i < 64; i++) {
        adj_ui_ink(cr, adj_ui_signed_colour(theme, (i - 31.5) / 32), 1);
        cairo_rectangle(cr, x + w * i / 64, y, w / 64 + 0.5, 8);
        cairo_fill(cr);
    }
    cairo_rectangle(cr, x, y, w, 8);
    adj_ui_ink(cr, theme->line, 1);
    cairo_set_line_width(cr, 1);
    cairo_stroke(cr);
    adj_ui_ink(cr, theme->faint, 1);
    AdjUiType type = {.size = 10.5};
    adj_ui_text(cr, adj_ui_number(text, at - scale, 3), type, ADJ_UI_RIGHT, x - 6, y + 8, 0);
    adj_ui_text(cr, adj_ui_number(text, at + scale, 3), type, ADJ_UI_LEFT, x + w + 6, y + 8, 0);
}

// One mark for each class with the target that it stands for.
static double class_key(cairo_t *cr, const AdjUiTheme *theme, const AdjUiPlane *p, double x,
                        double y, bool draw)
{
    AdjUiType type = {.size = 11.5};
    int n = p->class_count ? p->class_count : p->outputs;
    for (int k = 0; k < n; k++) {
        char text[32];
        adj_ui_number(text, p->class_count ? p->classes[k] : k, 3);
        if (draw) {
            adj_ui_paint_mark(cr, theme, k, 0, x + 5, y - 4, POINT + 0.6, false);
            adj_ui_ink(cr, theme->text, 1);
            adj_ui_text(cr, text, type, ADJ_UI_LEFT, x + 14, y, 0);
        }
        x += 14 + adj_ui_text_width(cr, text, type) + 16;
    }
    return x - 16;
}

static void paint_key(cairo_t *cr, const AdjUiTheme *theme, const AdjUiPlane *p, AdjUiRect map)
{
    double y = map.y + map.h + AXIS_BELOW + 4;
    bool classes = p->outputs > 1 || p->class_count == 2;
    if (p->outputs == 1 && !p->discrete) {
        double w = fmin(160, map.w * 0.5);
        paint_scale(cr, theme, p, map, y + 2);
        if (classes) class_key(cr, theme, p, map.x + (map.w + w) / 2 + 44, y + 11, true);
        return;
    }
    double wide = class_key(cr, theme, p, 0, 0, false);
    class_key(cr, theme, p, map.x + (map.w - wide) / 2, y + 11, true);
}

void adj_ui_paint_plane(cairo_t *cr, const AdjUiTheme *theme, const AdjUiPlane *p, AdjUiRect r)
{
    AdjUiRect map = adj_ui_plane_rect(p, r);
    if (p->outputs && p->output[0].rows > 0) {
        paint_map(cr, theme, p, map);
        paint_boundary(cr, theme, p, map);
    } else {
        adj_ui_ink(cr, middle_colour(theme), 1);
        cairo_rectangle(cr, map.x, map.y, map.w, map.h);
        cairo_fill(cr);
    }
    cairo_save(cr);
    cairo_rectangle(cr, map.x, map.y, map.w, map.h);
    cairo_clip(cr);
    if (p->with_test) paint_points(cr, theme, p, map, &p->test, true);
    paint_points(cr, theme, p, map, &p->train, false);
    paint_example(cr, theme, p, map);
    cairo_restore(cr);
    paint_axes(cr, theme, p, map);
    paint_key(cr, theme, p, map);
}

void adj_ui_paint_plane_unit(cairo_t *cr, const AdjUiTheme *theme, const AdjUiPlane *p,
                             AdjUiRect r, const AdjUiField *unit, const char *name)
{
    AdjUiRect map = adj_ui_plane_rect(p, r);
    adj_ui_paint_field(cr, theme, unit, map, fmax(fabs(unit->low), fabs(unit->high)));
    cairo_save(cr);
    cairo_rectangle(cr, map.x, map.y, map.w, map.h);
    cairo_clip(cr);
    paint_points(cr, theme, p, map, &p->train, false);
    cairo_restore(cr);
    cairo_rectangle(cr, map.x + 1, map.y + 1, map.w - 2, map.h - 2);
    adj_ui_ink(cr, theme->accent, 1);
    cairo_set_line_width(cr, 2);
    cairo_stroke(cr);
    AdjUiType type = {.size = 12.5, .bold = true}, small = {.size = 11};
    char low[32], high[32], range[80];
    snprintf(range, sizeof range, "%s … %s", adj_ui_number(low, unit->low, 3),
             adj_ui_number(high, unit->high, 3));
    double w =
        fmax(adj_ui_text_width(cr, name, type), adj_ui_text_width(cr, range, small)) + 20;
    AdjUiRect label = {map.x + 8, map.y + 8, fmin(w, map.w - 16), 42};
    adj_ui_card(cr, theme, label, theme->card, theme->line, 1);
    adj_ui_ink(cr, theme->text, 1);
    adj_ui_text(cr, name, type, ADJ_UI_LEFT, label.x + 10, label.y + 18, label.w - 20);
    adj_ui_ink(cr, theme->faint, 1);
    adj_ui_text(cr, range, small, ADJ_UI_LEFT, label.x + 10, label.y + 34, label.w - 20);
}
