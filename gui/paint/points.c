// SPDX-License-Identifier: Apache-2.0
//
// Discs are copied from stamps: for each of 4 x 4 places within a pixel a small table says how
// much of a pixel is ink, how much rim (the ground's colour, which keeps discs apart that lie
// over each other). The shader (shaders/points.frag) moves centres to the same quarters of a
// pixel and computes the same tables, so both give one picture.

#include "points.h"

#include <glib.h>
#include <math.h>
#include <string.h>

// AHEAD: neighbours in the order of painting lie far apart in memory, so each is asked for this
// many turns before its own.
enum { PHASES = 4, STAMP_MOST = 40, KEYS = 1 << 16, AHEAD = 12 };

typedef struct Stamp {
    int side;  // pixels, the middle one holds the centre
    uint16_t ink[STAMP_MOST * STAMP_MOST], rim[STAMP_MOST * STAMP_MOST];  // of 256
    uint8_t first[STAMP_MOST], last[STAMP_MOST];  // of each row what is not clear
} Stamp;

double adj_ui_points_radius(int count)
{
    return count <= 300 ? 5 : count <= 3000 ? 4 : count <= 20000 ? 3 : count <= 50000 ? 2 : 1.4;
}

double adj_ui_points_haze(double near)
{
    return fmin(0.45, fmax(0, 0.22 - 0.4 * near));
}

// A counting sort by how near they are; a key has a sixteenth of a thousandth of the depth.
void adj_ui_points_order(const AdjUiPoints *p, uint32_t *order)
{
    guint32 *start = g_new0(guint32, KEYS + 1);
    guint16 *key = g_new(guint16, p->count + 1);
    const double *n = p->eye.near;
    for (int i = 0; i < p->count; i++) {
        const float *at = p->at + 3 * i;
        double near = n[0] * at[0] + n[1] * at[1] + n[2] * at[2];
        double t = (near + 1) / 2 * (KEYS - 1);
        key[i] = t >= 0 ? (guint16)MIN(t, KEYS - 1) : 0;
        start[key[i] + 1]++;
    }
    for (int k = 0; k < KEYS; k++) start[k + 1] += start[k];
    for (int i = 0; i < p->count; i++) order[start[key[i]]++] = (uint32_t)i;
    g_free(start);
    g_free(key);
}

static bool is_there(const AdjUiPoints *p, int i)
{
    return p->inks[i] >> 24 && p->at[3 * i] == p->at[3 * i];
}

void adj_ui_points_place(const AdjUiPoints *p, int i, double *x, double *y)
{
    const float *at = p->at + 3 * i;
    *x = adj_ui_eye_row(p->eye.x, at[0], at[1], at[2]);
    *y = adj_ui_eye_row(p->eye.y, at[0], at[1], at[2]);
}

int adj_ui_points_find(const AdjUiPoints *p, double x, double y, double reach)
{
    int found = -1;
    double best = reach * reach, best_near = -INFINITY;
    for (int i = 0; i < p->count; i++) {
        double px, py;
        if (!is_there(p, i)) continue;
        adj_ui_points_place(p, i, &px, &py);
        double away = (px - x) * (px - x) + (py - y) * (py - y);
        if (away > reach * reach) continue;
        const float *at = p->at + 3 * i;
        double near = adj_ui_eye_row(p->eye.near, at[0], at[1], at[2]);
        // On a disc the one in front is meant, beside all discs the closest.
        bool on = away <= p->radius * p->radius, was_on = best <= p->radius * p->radius;
        if (found >= 0 && (on && was_on ? near <= best_near : away >= best)) continue;
        found = i;
        best = away;
        best_near = near;
    }
    return found;
}

// -- stamps -------------------------------------------------------------------------------

static void make_stamp(Stamp *s, double radius, double dx, double dy)
{
    int reach = MIN((int)ceil(radius + 1), STAMP_MOST / 2 - 1);
    s->side = 2 * reach + 1;
    for (int y = -reach; y <= reach; y++) {
        int first = s->side, last = -1;
        for (int x = -reach; x <= reach; x++) {
            double away = hypot(x + 0.5 - dx, y + 0.5 - dy);
            double alpha = fmin(1, fmax(0, radius + 0.5 - away));
            double rim = radius < 2.5 ? 0 : 0.55 * fmin(1, fmax(0, away - radius + 1));
            int at = (y + reach) * s->side + x + reach;
            s->ink[at] = (uint16_t)lround(256 * alpha * (1 - rim));
            s->rim[at] = (uint16_t)lround(256 * alpha * rim);
            if (s->ink[at] + s->rim[at] == 0) continue;
            first = MIN(first, x + reach);
            last = x + reach;
        }
        s->first[y + reach] = (uint8_t)first;
        s->last[y + reach] = (uint8_t)(last + 1);
    }
}

typedef struct Sheet {
    uint32_t *pixels;
    int width, height, stride;  // stride in pixels
    uint32_t ground;
} Sheet;

static uint32_t channel(uint32_t colour, int shift)
{
    return colour >> shift & 255;
}

enum { RED_BLUE = 0xff00ff, GREEN = 0x00ff00 };

// Shares [a] of ink, [b] of rim, the rest of what is under; two channels in one product.
static inline uint32_t blend(uint32_t under, uint32_t ink, uint32_t rim, uint32_t a, uint32_t b)
{
    uint32_t rest = 256 - a - b;
    uint32_t rb = (ink & RED_BLUE) * a + (rim & RED_BLUE) * b + (under & RED_BLUE) * rest;
    uint32_t g = (ink & GREEN) * a + (rim & GREEN) * b + (under & GREEN) * rest;
    return 0xff000000u | ((rb + 0x800080u) >> 8 & RED_BLUE) | ((g + 0x8000u) >> 8 & GREEN);
}

// [alpha] of 256 for the whole disc.
static void stamp_at(const Sheet *to, const Stamp *s, int x, int y, uint32_t ink,
                     uint32_t alpha)
{
    int left = x - s->side / 2, top = y - s->side / 2;
    int y0 = MAX(0, -top), y1 = MIN(s->side, to->height - top);
    for (int j = y0; j < y1; j++) {
        uint32_t *row = to->pixels + (gsize)(top + j) * (gsize)to->stride + left;
        int x0 = MAX(s->first[j], -left), x1 = MIN(s->last[j], to->width - left);
        const uint16_t *inks = s->ink + j * s->side, *rims = s->rim + j * s->side;
        for (int i = x0; i < x1; i++)
            row[i] = inks[i] == 256 && alpha == 256
                         ? ink | 0xff000000u
                         : blend(row[i], ink, to->ground, inks[i] * alpha >> 8,
                                 rims[i] * alpha >> 8);
    }
}

static uint32_t packed(AdjUiColour c)
{
    return 0xff000000u | (uint32_t)lround(c.r * 255) << 16 | (uint32_t)lround(c.g * 255) << 8 |
           (uint32_t)lround(c.b * 255);
}

// A disc on its pixel: which stamp, in which ink.
typedef struct Disc {
    int x, y;
    uint32_t ink;
    uint16_t phase, alpha;
} Disc;

// The discs that are in the picture, in their order; how many.
static int place_discs(const Sheet *to, const AdjUiPoints *p, const uint32_t *order,
                       double scale, Disc *out)
{
    int count = 0;
    for (int k = 0; k < p->count; k++) {
        int i = (int)order[k], later = (int)order[MIN(k + AHEAD, p->count - 1)];
        double x, y;
        __builtin_prefetch(p->at + 3 * later);
        __builtin_prefetch(p->inks + later);
        if (!is_there(p, i)) continue;
        adj_ui_points_place(p, i, &x, &y);
        x *= scale;
        y *= scale;
        if (!(x > -STAMP_MOST && y > -STAMP_MOST && x < to->width + STAMP_MOST &&
              y < to->height + STAMP_MOST))
            continue;
        int column = (int)floor(x), row = (int)floor(y);
        int phase = (int)((y - row) * PHASES) * PHASES + (int)((x - column) * PHASES);
        const float *at = p->at + 3 * i;
        double near = adj_ui_eye_row(p->eye.near, at[0], at[1], at[2]);
        uint32_t haze = (uint32_t)(256 * adj_ui_points_haze(near) + 0.5);
        uint32_t ink = blend(p->inks[i], p->inks[i], to->ground, 256 - haze, haze);
        uint32_t alpha = p->inks[i] >> 24;
        out[count++] =
            (Disc){column, row, ink, (uint16_t)phase, (uint16_t)(alpha + (alpha >> 7))};
    }
    return count;
}

static void fetch(const Sheet *to, const Disc *d, int reach)
{
    if (d->x < 0 || d->x >= to->width) return;
    for (int y = MAX(d->y - reach, 0); y <= MIN(d->y + reach, to->height - 1); y++)
        __builtin_prefetch(to->pixels + (gsize)y * (gsize)to->stride + d->x, 1);
}

static void stamp_points(const Sheet *to, const AdjUiPoints *p, const uint32_t *order,
                         double scale)
{
    Stamp *stamps = g_new(Stamp, PHASES * PHASES);
    Disc *discs = g_new(Disc, p->count + 1);
    for (int k = 0; k < PHASES * PHASES; k++)
        make_stamp(&stamps[k], p->radius * scale, (k % PHASES + 0.5) / PHASES,
                   (k / PHASES + 0.5) / PHASES);
    int count = place_discs(to, p, order, scale, discs);
    for (int k = 0; k < count; k++) {
        if (k + AHEAD < count) fetch(to, discs + k + AHEAD, stamps->side / 2);
        const Disc *d = discs + k;
        stamp_at(to, &stamps[d->phase], d->x, d->y, d->ink, d->alpha);
    }
    g_free(discs);
    g_free(stamps);
}

static void paint_image(cairo_t *cr, const AdjUiTheme *theme, const AdjUiPoints *p,
                        const uint32_t *order, double width, double height, double scale)
{
    int w = (int)ceil(width * scale), h = (int)ceil(height * scale);
    if (w < 1 || h < 1 || w > 16000 || h > 16000) return;
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_RGB24, w, h);
    Sheet to = {(uint32_t *)(void *)cairo_image_surface_get_data(s), w, h,
                cairo_image_surface_get_stride(s) / 4, packed(theme->ground)};
    for (gsize i = 0; i < (gsize)to.stride * (gsize)h; i++) to.pixels[i] = to.ground;
    stamp_points(&to, p, order, scale);
    cairo_surface_mark_dirty(s);
    cairo_save(cr);
    cairo_scale(cr, 1 / scale, 1 / scale);
    cairo_set_source_surface(cr, s, 0, 0);
    cairo_paint(cr);
    cairo_restore(cr);
    cairo_surface_destroy(s);
}

static void paint_paths(cairo_t *cr, const AdjUiTheme *theme, const AdjUiPoints *p,
                        const uint32_t *order)
{
    for (int k = 0; k < p->count; k++) {
        int i = (int)order[k];
        double x, y;
        if (!is_there(p, i)) continue;
        adj_ui_points_place(p, i, &x, &y);
        const float *at = p->at + 3 * i;
        double near = adj_ui_eye_row(p->eye.near, at[0], at[1], at[2]);
        uint32_t ink = p->inks[i];
        AdjUiColour c = {channel(ink, 16) / 255.0, channel(ink, 8) / 255.0,
                         channel(ink, 0) / 255.0};
        cairo_new_sub_path(cr);
        cairo_arc(cr, x, y, p->radius, 0, 2 * M_PI);
        adj_ui_ink(cr, adj_ui_mix(c, theme->ground, adj_ui_points_haze(near)),
                   (ink >> 24) / 255.0);
        cairo_fill(cr);
    }
}

void adj_ui_paint_points(cairo_t *cr, const AdjUiTheme *theme, const AdjUiPoints *p,
                         const uint32_t *order, double width, double height, double scale,
                         bool vector)
{
    if (vector)
        paint_paths(cr, theme, p, order);
    else
        paint_image(cr, theme, p, order, width, height, scale);
}

// -- axes ---------------------------------------------------------------------------------

void adj_ui_paint_points_axes(cairo_t *cr, const AdjUiTheme *theme, const AdjUiEye *eye,
                              const char *const names[3], int count)
{
    // The cloud's second axis goes up, the third away from who looks.
    static const double ends[3][3] = {{0.56, 0, 0}, {0, 0, 0.56}, {0, -0.56, 0}};
    double ox = eye->x[3], oy = eye->y[3];
    for (int k = 0; k < count; k++) {
        double x = adj_ui_eye_row(eye->x, ends[k][0], ends[k][1], ends[k][2]);
        double y = adj_ui_eye_row(eye->y, ends[k][0], ends[k][1], ends[k][2]);
        if (hypot(x - ox, y - oy) < 12) continue;  // it points at who looks
        cairo_move_to(cr, 2 * ox - x, 2 * oy - y);
        cairo_line_to(cr, x, y);
        adj_ui_ink(cr, theme->faint, 0.5);
        cairo_set_line_width(cr, 1);
        cairo_stroke(cr);
        adj_ui_ink(cr, theme->faint, 0.9);
        adj_ui_arrow_head(cr, x, y, atan2(y - oy, x - ox), 7);
        double out = 10 / hypot(x - ox, y - oy);
        AdjUiAlign align = fabs(x - ox) < 40 ? ADJ_UI_MIDDLE
                           : x > ox          ? ADJ_UI_LEFT
                                             : ADJ_UI_RIGHT;
        adj_ui_text(cr, names[k], (AdjUiType){.size = 11.5}, align, x + (x - ox) * out,
                    y + (y - oy) * out + 4, 0);
    }
}
