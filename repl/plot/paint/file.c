// SPDX-License-Identifier: Apache-2.0
// file.c: pictures as files, in memory. Ids in an SVG that Cairo writes are the same in every
// file (glyph0-1, surface5); two pictures in one page would take each other's letters, so the
// ids are given a prefix made of the picture's own text.
#include "plot/paint/internal.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Bytes {
    char *at;
    size_t length, capacity;
    bool failed;
} Bytes;

static void put(Bytes *b, const void *data, size_t n)
{
    if (b->failed) return;
    if (b->length + n + 1 > b->capacity) {
        size_t capacity = 2 * (b->length + n) + 4096;
        char *at = realloc(b->at, capacity);
        if (!at) {
            b->failed = true;
            return;
        }
        b->at = at;
        b->capacity = capacity;
    }
    if (n) memcpy(b->at + b->length, data, n);
    b->length += n;
    b->at[b->length] = 0;
}

static cairo_status_t receive(void *to, const unsigned char *data, unsigned n)
{
    put(to, data, n);
    return ((Bytes *)to)->failed ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS;
}

static bool begins(const char *at, const char *end, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(end - at) >= n && !memcmp(at, word, n);
}

// Puts the prefix behind every id=" and in front of every reference to one.
static void own_ids(Bytes *b)
{
    static const char *const before[] = {"id=\"", "xlink:href=\"#", "url(#"};
    Bytes out = {0};
    uint64_t hash = 14695981039346656037u;
    char prefix[24];
    for (size_t i = 0; i < b->length; i++) hash = (hash ^ (uint8_t)b->at[i]) * 1099511628211u;
    snprintf(prefix, sizeof prefix, "p%08x-", (unsigned)(hash ^ hash >> 32));
    const char *end = b->at + b->length;
    for (const char *p = b->at; p < end;) {
        size_t n = 1;
        bool id = false;
        for (int i = 0; i < 3 && !id; i++) {
            if (!begins(p, end, before[i])) continue;
            id = true;
            n = strlen(before[i]);
        }
        put(&out, p, n);
        if (id) put(&out, prefix, strlen(prefix));
        p += n;
    }
    free(b->at);
    *b = out;
}

typedef void (*Paint)(cairo_t *cr, const void *what, double width, double height);

static const char *write_vector(bool pdf, Paint paint, const void *what, double width,
                                double height, Bytes *out)
{
    cairo_surface_t *s = pdf ? cairo_pdf_surface_create_for_stream(receive, out, width, height)
                             : cairo_svg_surface_create_for_stream(receive, out, width, height);
    cairo_t *cr = cairo_create(s);
    paint(cr, what, width, height);
    cairo_status_t status = cairo_status(cr);
    cairo_destroy(cr);
    cairo_surface_finish(s);
    if (status == CAIRO_STATUS_SUCCESS) status = cairo_surface_status(s);
    cairo_surface_destroy(s);
    return status == CAIRO_STATUS_SUCCESS ? NULL : cairo_status_to_string(status);
}

static cairo_surface_t *draw_pixels(Paint paint, const void *what, double width, double height,
                                    int wide, int high)
{
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, wide, high);
    cairo_t *cr = cairo_create(s);
    cairo_scale(cr, wide / width, high / height);
    paint(cr, what, width, height);
    cairo_destroy(cr);
    cairo_surface_flush(s);
    return s;
}

static const char *write_file(const char *kind, Paint paint, const void *what, double width,
                              double height, double dpi, Bytes *out)
{
    if (!strcmp(kind, "svg") || !strcmp(kind, "pdf"))
        return write_vector(!strcmp(kind, "pdf"), paint, what, width, height, out);
    if (strcmp(kind, "png")) return "only png, svg and pdf can be written";
    double wide = round(width / 72 * dpi), high = round(height / 72 * dpi);
    if (!(wide >= 1 && high >= 1 && wide < 32768 && high < 32768))
        return "a picture must have from 1 to 32767 pixels each way";
    cairo_surface_t *s = draw_pixels(paint, what, width, height, (int)wide, (int)high);
    cairo_status_t status = cairo_surface_write_to_png_stream(s, receive, out);
    cairo_surface_destroy(s);
    return status == CAIRO_STATUS_SUCCESS ? NULL : cairo_status_to_string(status);
}

static const char *hand_over(const char *kind, const char *wrong, Bytes *b, char **data,
                             size_t *length)
{
    if (!wrong && b->failed) wrong = "no memory for the picture";
    if (!wrong && !strcmp(kind, "svg")) own_ids(b);
    if (!wrong && (b->failed || !b->at)) wrong = "no memory for the picture";
    if (wrong)
        free(b->at);
    else
        *data = b->at, *length = b->length;
    return wrong;
}

static void paint_figure(cairo_t *cr, const void *what, double width, double height)
{
    adj_paint_figure(cr, what, width, height, NULL);
}

static void size_of(const AdjFigure *f, double *width, double *height)
{
    *width = 72 * (f->width > 0 ? f->width : 6.4);
    *height = 72 * (f->height > 0 ? f->height : 4.8);
}

const char *adj_figure_file(const AdjFigure *f, const char *kind, double dpi, char **data,
                            size_t *length)
{
    Bytes b = {0};
    double width, height;
    size_of(f, &width, &height);
    const char *wrong = write_file(kind, paint_figure, f, width, height, dpi, &b);
    return hand_over(kind, wrong, &b, data, length);
}

static uint32_t *pixels_of(cairo_surface_t *s, int wide, int high)
{
    uint32_t *out = cairo_surface_status(s) == CAIRO_STATUS_SUCCESS
                        ? malloc((size_t)wide * (size_t)high * sizeof *out)
                        : NULL;
    for (int j = 0; out && j < high; j++)
        memcpy(out + (size_t)j * (size_t)wide,
               cairo_image_surface_get_data(s) + j * cairo_image_surface_get_stride(s),
               (size_t)wide * sizeof *out);
    cairo_surface_destroy(s);
    return out;
}

uint32_t *adj_figure_pixels(const AdjFigure *f, int width, int height, double dpi)
{
    if (width < 1 || height < 1 || width > 32767 || height > 32767) return NULL;
    return pixels_of(
        draw_pixels(paint_figure, f, 72 * width / dpi, 72 * height / dpi, width, height), width,
        height);
}

// ---- graphs ----

typedef struct Drawn {
    const AdjGraph *g;
    bool dark;
} Drawn;

static void paint_graph(cairo_t *cr, const void *what, double width, double height)
{
    const Drawn *d = what;
    AdjPainter p;
    adj_painter_open(&p, cr, d->dark);
    adj_ink(cr, p.style->paper);
    cairo_paint(cr);
    adj_painter_close(&p);
    adj_paint_graph(cr, d->g, width, height, true, d->dark);
}

static bool place_graph(AdjGraph *g)
{
    cairo_surface_t *s = cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, NULL);
    cairo_t *cr = cairo_create(s);
    adj_measure_graph(cr, g);
    cairo_destroy(cr);
    cairo_surface_destroy(s);
    return adj_graph_layout(g);
}

const char *adj_graph_file(AdjGraph *g, const char *kind, double dpi, bool dark, char **data,
                           size_t *length)
{
    Bytes b = {0};
    if (!place_graph(g)) return "no memory for the picture";
    Drawn d = {g, dark};
    // A very large graph is drawn at the largest size a picture can have.
    double most = 32000 * 72 / dpi, scale = fmin(1, most / fmax(g->w, g->h));
    if (strcmp(kind, "png")) scale = 1;
    const char *wrong = write_file(kind, paint_graph, &d, g->w * scale, g->h * scale, dpi, &b);
    adj_graph_clear(g);
    return hand_over(kind, wrong, &b, data, length);
}

uint32_t *adj_graph_pixels(AdjGraph *g, double dpi, bool dark, int *width, int *height)
{
    if (!place_graph(g)) return NULL;
    Drawn d = {g, dark};
    *width = (int)fmin(8000, ceil(g->w * dpi / 72));
    *height = (int)fmin(8000, ceil(g->h * dpi / 72));
    uint32_t *out =
        pixels_of(draw_pixels(paint_graph, &d, g->w, g->h, *width, *height), *width, *height);
    adj_graph_clear(g);
    return out;
}
