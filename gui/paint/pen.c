// SPDX-License-Identifier: Apache-2.0
//
// The pen: themes, text, cards and shape strips. The two themes are tables of the same names;
// their series are the eight colours of Okabe and Ito (2008) moved until each has a contrast of
// at least 3 to 1 with the ground it stands on. Nothing here keeps state between calls.

#include "pen.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define RGB(hex)                                                                     \
    {                                                                                \
        ((hex) >> 16 & 255) / 255.0, ((hex) >> 8 & 255) / 255.0, ((hex)&255) / 255.0 \
    }

static const AdjUiTheme light = {
    .ground = RGB(0xfafaf8),
    .card = RGB(0xffffff),
    .frame = RGB(0xf0f1f4),
    .line = RGB(0xb9bdc6),
    .text = RGB(0x1e2430),
    .faint = RGB(0x69707d),
    .accent = RGB(0x1c62c4),
    .positive = RGB(0xb85a00),
    .negative = RGB(0x1565a8),
    .good = RGB(0x1a7f4b),
    .warn = RGB(0xa66a00),
    .bad = RGB(0xc02c38),
    .series = {RGB(0x1f6fb5), RGB(0xcc5a00), RGB(0x0b8a63), RGB(0xb04a8b), RGB(0x8a7300),
               RGB(0x2a93b8), RGB(0x7a4fc0), RGB(0x6b7280)},
};

static const AdjUiTheme dark = {
    .dark = true,
    .ground = RGB(0x16191f),
    .card = RGB(0x252a33),
    .frame = RGB(0x1d2129),
    .line = RGB(0x4a5261),
    .text = RGB(0xeef1f6),
    .faint = RGB(0x9aa4b4),
    .accent = RGB(0x6cb2ff),
    .positive = RGB(0xffa657),
    .negative = RGB(0x6cb8f5),
    .good = RGB(0x5fd49a),
    .warn = RGB(0xf2c14e),
    .bad = RGB(0xff7b81),
    .series = {RGB(0x62b0f0), RGB(0xff9d4d), RGB(0x43cfa0), RGB(0xe58bc5), RGB(0xe6d04f),
               RGB(0x7fd6ea), RGB(0xb79cf5), RGB(0xa7b0be)},
};

// For people who asked the desktop for more contrast: nothing is grey.
static const AdjUiTheme strong_light = {
    .ground = RGB(0xffffff),
    .card = RGB(0xffffff),
    .frame = RGB(0xffffff),
    .line = RGB(0x30343c),
    .text = RGB(0x000000),
    .faint = RGB(0x2b303a),
    .accent = RGB(0x003c96),
    .positive = RGB(0x8a3a00),
    .negative = RGB(0x003e78),
    .good = RGB(0x00562c),
    .warn = RGB(0x6e4300),
    .bad = RGB(0x9a0010),
    .series = {RGB(0x004b8d), RGB(0x9a3c00), RGB(0x005c3e), RGB(0x86185f), RGB(0x5c4a00),
               RGB(0x005f7d), RGB(0x51219c), RGB(0x2f3542)},
};
static const AdjUiTheme strong_dark = {
    .dark = true,
    .ground = RGB(0x000000),
    .card = RGB(0x0a0c10),
    .frame = RGB(0x000000),
    .line = RGB(0xc8ced8),
    .text = RGB(0xffffff),
    .faint = RGB(0xd5dae3),
    .accent = RGB(0x9ccbff),
    .positive = RGB(0xffc48a),
    .negative = RGB(0x9fd4ff),
    .good = RGB(0x8ff0bd),
    .warn = RGB(0xffdf86),
    .bad = RGB(0xffb0b4),
    .series = {RGB(0x9ccfff), RGB(0xffbf80), RGB(0x7cf0c8), RGB(0xffb8e4), RGB(0xfff08a),
               RGB(0xa8eeff), RGB(0xd8c6ff), RGB(0xe0e5ee)},
};

const AdjUiTheme *adj_ui_theme_strong(bool in_the_dark)
{
    return in_the_dark ? &strong_dark : &strong_light;
}

const AdjUiTheme *adj_ui_theme(bool in_the_dark)
{
    return in_the_dark ? &dark : &light;
}

AdjUiColour adj_ui_mix(AdjUiColour a, AdjUiColour b, double t)
{
    return (AdjUiColour){a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}

void adj_ui_ink(cairo_t *cr, AdjUiColour c, double alpha)
{
    cairo_set_source_rgba(cr, c.r, c.g, c.b, alpha);
}

void adj_ui_round(cairo_t *cr, AdjUiRect r, double radius)
{
    double k = fmin(radius, fmin(r.w, r.h) / 2);
    cairo_new_sub_path(cr);
    cairo_arc(cr, r.x + r.w - k, r.y + k, k, -M_PI / 2, 0);
    cairo_arc(cr, r.x + r.w - k, r.y + r.h - k, k, 0, M_PI / 2);
    cairo_arc(cr, r.x + k, r.y + r.h - k, k, M_PI / 2, M_PI);
    cairo_arc(cr, r.x + k, r.y + k, k, M_PI, 3 * M_PI / 2);
    cairo_close_path(cr);
}

void adj_ui_card(cairo_t *cr, const AdjUiTheme *theme, AdjUiRect r, AdjUiColour fill,
                 AdjUiColour edge, double edge_width)
{
    AdjUiRect shadow = {r.x, r.y + 1.5, r.w, r.h};
    adj_ui_round(cr, shadow, 7);
    cairo_set_source_rgba(cr, 0, 0, 0, theme->dark ? 0.35 : 0.08);
    cairo_fill(cr);
    adj_ui_round(cr, r, 7);
    adj_ui_ink(cr, fill, 1);
    cairo_fill_preserve(cr);
    adj_ui_ink(cr, edge, 1);
    cairo_set_line_width(cr, edge_width);
    cairo_stroke(cr);
}

// -- text ---------------------------------------------------------------------------------

static void set_type(cairo_t *cr, AdjUiType type)
{
    cairo_select_font_face(cr, type.fixed ? "DejaVu Sans Mono" : "DejaVu Sans",
                           type.slanted ? CAIRO_FONT_SLANT_ITALIC : CAIRO_FONT_SLANT_NORMAL,
                           type.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cr, type.size);
}

static double advance(cairo_t *cr, const char *text)
{
    cairo_text_extents_t e;
    cairo_text_extents(cr, text, &e);
    return e.x_advance;
}

double adj_ui_text_width(cairo_t *cr, const char *text, AdjUiType type)
{
    set_type(cr, type);
    return advance(cr, text);
}

// Copies as much of [text] as fits [width] with an ellipsis after it. Halving: each try costs a
// measurement of the whole word.
static void shorten(cairo_t *cr, const char *text, double width, char *out, size_t size)
{
    size_t low = 0, high = strlen(text);
    if (high > size - 4) high = size - 4;
    while (low < high) {
        size_t middle = (low + high + 1) / 2;
        snprintf(out, size, "%.*s…", (int)middle, text);
        if ((text[middle] & 0xc0) != 0x80 && advance(cr, out) <= width)
            low = middle;
        else
            high = middle - 1;
    }
    while (low > 0 && (text[low] & 0xc0) == 0x80) low--;
    snprintf(out, size, "%.*s…", (int)low, text);
}

double adj_ui_text(cairo_t *cr, const char *text, AdjUiType type, AdjUiAlign align, double x,
                   double y, double width)
{
    char cut[256];
    set_type(cr, type);
    double w = advance(cr, text);
    if (width > 0 && w > width) {
        shorten(cr, text, width, cut, sizeof cut);
        text = cut;
        w = advance(cr, text);
    }
    double shift = align == ADJ_UI_LEFT ? 0 : align == ADJ_UI_MIDDLE ? w / 2 : w;
    cairo_move_to(cr, x - shift, y);
    cairo_show_text(cr, text);
    return w;
}

// Copies a number with the typographical minus in front of and inside it.
static void dress_minus(char *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '-') {
            out = stpcpy(out, "−");
        } else {
            *out++ = *text;
        }
    }
    *out = 0;
}

char *adj_ui_number(char *out, double value, int digits)
{
    if (isnan(value)) return strcpy(out, "nan");
    if (isinf(value)) return strcpy(out, value < 0 ? "−∞" : "∞");
    char plain[28];  // two signs of three bytes each leave room in 32
    snprintf(plain, sizeof plain, "%.*g", digits, value);
    char *e = strstr(plain, "e-0"), *p = strstr(plain, "e+");
    if (e) memmove(e + 2, e + 3, strlen(e + 3) + 1);
    if (p) memmove(p + 1, p + 2, strlen(p + 2) + 1);
    if (p && p[1] == '0') memmove(p + 1, p + 2, strlen(p + 2) + 1);
    dress_minus(out, plain);
    return out;
}

char *adj_ui_number_fitting(cairo_t *cr, char *out, double value, int digits, AdjUiType type,
                            double width)
{
    for (; digits > 0; digits--) {
        adj_ui_number(out, value, digits);
        if (adj_ui_text_width(cr, out, type) < width) break;
    }
    return out;
}

// -- shapes -------------------------------------------------------------------------------

char *adj_ui_shape_text(char *out, const int64_t *shape, int rank)
{
    if (rank == 0) return strcpy(out, "scalar");
    size_t n = 0;
    for (int d = 0; d < rank && n < 80; d++)
        n += (size_t)snprintf(out + n, 96 - n, d ? " × %lld" : "%lld", (long long)shape[d]);
    return out;
}

AdjUiColour adj_ui_axis_colour(const AdjUiTheme *theme, int64_t size, int axis, int rank)
{
    if (axis == 0 && rank > 1) return theme->series[ADJ_UI_SERIES - 1];
    // A hash that keeps the sizes usual in nets (powers of two, 3, 10, 28) apart.
    uint64_t h = (uint64_t)size * 0x9e3779b97f4a7c15u;
    return theme->series[(h >> 40) % (ADJ_UI_SERIES - 1)];
}

void adj_ui_strip_marked(cairo_t *cr, const AdjUiTheme *theme, AdjUiRect r,
                         const int64_t *shape, int rank, const AdjUiAxisMark *marks)
{
    double total = 0, gap = 2;
    AdjUiType type = {.size = r.h * 0.82, .bold = true};
    for (int d = 0; d < rank; d++) total += 1 + log2(1.0 + (double)shape[d]);
    double unit = (r.w - gap * (rank - 1)) / total, x = r.x;
    for (int d = 0; d < rank; d++) {
        double w = unit * (1 + log2(1.0 + (double)shape[d]));
        cairo_rectangle(cr, x, r.y, w, r.h);
        adj_ui_ink(cr, marks[d].ink, 1);
        cairo_fill(cr);
        if (marks[d].letter && r.h >= 9 && w > 8) {
            adj_ui_ink(cr, theme->dark ? theme->ground : theme->card, 1);
            adj_ui_text(cr, marks[d].letter, type, ADJ_UI_MIDDLE, x + w / 2, r.y + r.h * 0.8,
                        w);
        }
        x += w + gap;
    }
}

void adj_ui_strip(cairo_t *cr, const AdjUiTheme *theme, AdjUiRect r, const int64_t *shape,
                  int rank)
{
    enum { MOST = 16 };
    AdjUiAxisMark marks[MOST];
    if (rank > MOST) rank = MOST;
    if (rank == 0) {
        cairo_arc(cr, r.x + r.h / 2, r.y + r.h / 2, r.h / 2, 0, 2 * M_PI);
        adj_ui_ink(cr, theme->faint, 1);
        cairo_fill(cr);
        return;
    }
    for (int d = 0; d < rank; d++)
        marks[d] = (AdjUiAxisMark){adj_ui_axis_colour(theme, shape[d], d, rank), NULL};
    adj_ui_strip_marked(cr, theme, r, shape, rank, marks);
}

void adj_ui_arrow_head(cairo_t *cr, double x, double y, double angle, double size)
{
    cairo_move_to(cr, x, y);
    cairo_line_to(cr, x - size * cos(angle - 0.42), y - size * sin(angle - 0.42));
    cairo_line_to(cr, x - size * cos(angle + 0.42), y - size * sin(angle + 0.42));
    cairo_close_path(cr);
    cairo_fill(cr);
}
