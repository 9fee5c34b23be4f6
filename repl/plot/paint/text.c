// SPDX-License-Identifier: Apache-2.0
// text.c: the painter's pen: text through Pango, colours, dashes, and the snapping of thin
// lines to pixels. Text is laid out in points without rounding to pixels (no hinted metrics),
// so a figure has the same layout at every resolution and in every format.
#include "plot/paint/internal.h"

#include <stdlib.h>
#include <string.h>

static const AdjStyle styles[2] = {
    {.paper = 0xffffffff,
     .ink = 0x24292fff,
     .soft = 0x57606aff,
     .faint = 0xd8dee4ff,
     .face = 0xffffffff,
     .legend = 0xffffffe0,
     .size = 10,
     .small = 9,
     .title = 12},
    {.paper = 0x16191dff,
     .ink = 0xe6e9edff,
     .soft = 0xa3acb6ff,
     .faint = 0x343a42ff,
     .face = 0x1b1f24ff,
     .legend = 0x22272ee0,
     .size = 10,
     .small = 9,
     .title = 12,
     .dark = true},
};

static double pixel_of(cairo_t *cr)
{
    cairo_surface_type_t type = cairo_surface_get_type(cairo_get_target(cr));
    double x = 1, y = 0;
    if (type == CAIRO_SURFACE_TYPE_SVG || type == CAIRO_SURFACE_TYPE_PDF ||
        type == CAIRO_SURFACE_TYPE_RECORDING)
        return 0;
    cairo_user_to_device_distance(cr, &x, &y);
    double scale = hypot(x, y);
    return scale > 0 ? 1 / scale : 0;
}

void adj_painter_open(AdjPainter *p, cairo_t *cr, bool dark)
{
    cairo_font_options_t *o = cairo_font_options_create();
    cairo_font_options_set_hint_metrics(o, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_hint_style(o, CAIRO_HINT_STYLE_SLIGHT);
    cairo_font_options_set_antialias(o, CAIRO_ANTIALIAS_GRAY);
    *p = (AdjPainter){.cr = cr, .style = &styles[dark], .pixel = pixel_of(cr)};
    p->pango = pango_cairo_create_context(cr);
    pango_cairo_context_set_resolution(p->pango, 72);  // a unit of user space is a point
    pango_cairo_context_set_font_options(p->pango, o);
    pango_context_set_round_glyph_positions(p->pango, FALSE);
    cairo_font_options_destroy(o);
    cairo_save(cr);
}

void adj_painter_close(AdjPainter *p)
{
    cairo_restore(p->cr);
    g_object_unref(p->pango);
}

static PangoLayout *layout_of(AdjPainter *p, const char *text, const AdjWriting *w)
{
    PangoLayout *l = pango_layout_new(p->pango);
    PangoFontDescription *d = pango_font_description_new();
    pango_font_description_set_family(d, w->mono ? "DejaVu Sans Mono, monospace"
                                                 : "DejaVu Sans, sans-serif");
    pango_font_description_set_size(
        d, (int)((w->size > 0 ? w->size : p->style->size) * PANGO_SCALE));
    if (w->bold) pango_font_description_set_weight(d, PANGO_WEIGHT_BOLD);
    if (w->italic) pango_font_description_set_style(d, PANGO_STYLE_ITALIC);
    pango_layout_set_font_description(l, d);
    pango_font_description_free(d);
    pango_layout_set_alignment(l, w->across == ADJ_CENTER ? PANGO_ALIGN_CENTER
                                  : w->across == ADJ_END  ? PANGO_ALIGN_RIGHT
                                                          : PANGO_ALIGN_LEFT);
    char *markup = adj_markup_of(text);
    if (pango_parse_markup(markup, -1, 0, NULL, NULL, NULL, NULL))
        pango_layout_set_markup(l, markup, -1);
    else
        pango_layout_set_text(l, text, -1);
    g_free(markup);
    return l;
}

static AdjExtent extent_of(PangoLayout *l)
{
    PangoRectangle logical;
    pango_layout_get_extents(l, NULL, &logical);
    return (AdjExtent){.w = (double)logical.width / PANGO_SCALE,
                       .h = (double)logical.height / PANGO_SCALE,
                       .ascent = (double)pango_layout_get_baseline(l) / PANGO_SCALE};
}

AdjExtent adj_text_size(AdjPainter *p, const char *text, const AdjWriting *w)
{
    PangoLayout *l = layout_of(p, text, w);
    AdjExtent e = extent_of(l);
    g_object_unref(l);
    double a = w->rotation * M_PI / 180, s = fabs(sin(a)), c = fabs(cos(a));
    if (w->rotation != 0) e = (AdjExtent){e.w * c + e.h * s, e.w * s + e.h * c, e.ascent};
    return e;
}

static void paint_box(AdjPainter *p, const AdjWriting *w, double x, double y, AdjExtent e)
{
    double pad = 0.35 * (w->size > 0 ? w->size : p->style->size), r = pad * 0.6;
    x -= pad, y -= pad;
    double wide = e.w + 2 * pad, high = e.h + 2 * pad;
    cairo_new_sub_path(p->cr);
    cairo_arc(p->cr, x + wide - r, y + r, r, -M_PI / 2, 0);
    cairo_arc(p->cr, x + wide - r, y + high - r, r, 0, M_PI / 2);
    cairo_arc(p->cr, x + r, y + high - r, r, M_PI / 2, M_PI);
    cairo_arc(p->cr, x + r, y + r, r, M_PI, 3 * M_PI / 2);
    cairo_close_path(p->cr);
    adj_ink(p->cr, w->box);
    cairo_fill_preserve(p->cr);
    adj_ink(p->cr, w->frame ? w->frame : p->style->faint);
    cairo_set_line_width(p->cr, 0.8);
    cairo_stroke(p->cr);
}

// Where the left end of the text's box is when the point [across] of it is at 0.
static double shifted(AdjAlign across, double length)
{
    return across == ADJ_CENTER ? -length / 2 : across == ADJ_END ? -length : 0;
}

void adj_text_put(AdjPainter *p, const char *text, double x, double y, const AdjWriting *w)
{
    if (!text || !*text || !isfinite(x) || !isfinite(y)) return;
    PangoLayout *l = layout_of(p, text, w);
    AdjExtent e = extent_of(l);
    double a = -w->rotation * M_PI / 180;
    double wide = fabs(e.w * cos(a)) + fabs(e.h * sin(a));
    double high = fabs(e.w * sin(a)) + fabs(e.h * cos(a));
    cairo_save(p->cr);
    if (w->rotation == 0) {
        double dy = w->up == ADJ_BASELINE ? -e.ascent
                    : w->up == ADJ_START  ? 0
                    : w->up == ADJ_CENTER ? -e.h / 2
                                          : -e.h;
        cairo_translate(p->cr, x + shifted(w->across, e.w), y + dy);
    } else {  // the turned text's own box is what is aligned
        double top = w->up == ADJ_START ? 0 : w->up == ADJ_CENTER ? -high / 2 : -high;
        cairo_translate(p->cr, x + shifted(w->across, wide) + wide / 2, y + top + high / 2);
        cairo_rotate(p->cr, a);
        cairo_translate(p->cr, -e.w / 2, -e.h / 2);
    }
    if (w->box || w->frame) paint_box(p, w, 0, 0, e);
    adj_ink(p->cr, w->color ? w->color : p->style->ink);
    cairo_move_to(p->cr, 0, 0);
    pango_cairo_show_layout(p->cr, l);
    cairo_restore(p->cr);
    cairo_new_path(p->cr);
    g_object_unref(l);
}

double adj_paint_text(cairo_t *cr, const char *text, double x, double y, double size,
                      AdjColor color)
{
    AdjPainter p;
    AdjWriting w = {.size = size, .color = color, .up = ADJ_BASELINE};
    adj_painter_open(&p, cr, false);
    AdjExtent e = adj_text_size(&p, text, &w);
    adj_text_put(&p, text, x, y, &w);
    adj_painter_close(&p);
    return e.w;
}

void adj_ink(cairo_t *cr, AdjColor c)
{
    cairo_set_source_rgba(cr, (c >> 24) / 255.0, (c >> 16 & 0xff) / 255.0,
                          (c >> 8 & 0xff) / 255.0, (c & 0xff) / 255.0);
}

void adj_ink_alpha(cairo_t *cr, AdjColor c, double alpha)
{
    adj_ink(cr, alpha > 0 && alpha < 1 ? adj_color_fade(c, alpha) : c);
}

void adj_dash(cairo_t *cr, AdjDash dash, double width)
{
    static const double dashed[] = {3.7, 1.6}, dotted[] = {1, 1.65},
                        mixed[] = {6.4, 1.6, 1, 1.6};
    const double *pattern = dash == ADJ_DASHED ? dashed : dash == ADJ_DOTTED ? dotted : mixed;
    int n = dash == ADJ_SOLID || dash == ADJ_NO_LINE ? 0 : dash == ADJ_DASHDOT ? 4 : 2;
    double scaled[4] = {0};
    for (int i = 0; i < n; i++) scaled[i] = pattern[i] * (width > 0 ? width : 1);
    cairo_set_dash(cr, scaled, n, 0);
    if (n) cairo_set_line_cap(cr, CAIRO_LINE_CAP_BUTT);
}

double adj_crisp(const AdjPainter *p, double v, double width)
{
    if (p->pixel <= 0) return v;
    double pixels = fmax(1, round(width / p->pixel));
    double half = fmod(pixels, 2) == 1 ? 0.5 : 0;
    return (round(v / p->pixel - half) + half) * p->pixel;
}
