// SPDX-License-Identifier: Apache-2.0
// formats.c: a panel as the bytes of a file. The page is light whatever the window is: it is
// for paper and for slides of others.
#include "share/share.h"

#include "paint/pen.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <gio/gio.h>
#include <glib/gi18n.h>
#include <string.h>

enum { MARGIN = 24, LEAST = 200, MOST = 15000 };  // cairo's pictures end at 32767 pixels

static cairo_status_t collect(void *self, const unsigned char *data, unsigned int length)
{
    g_byte_array_append(self, data, length);
    return CAIRO_STATUS_SUCCESS;
}

// The page that the panel's drawing asks for, margins included: a long list makes it longer, a
// wide graph wider; nothing is cut off.
static void page_size(const AdjUiPanel *row, GtkWidget *panel, int *width, int *height)
{
    *width = ADJ_UI_PAGE_WIDTH - 2 * MARGIN;
    *height = ADJ_UI_PAGE_HEIGHT - 2 * MARGIN;
    if (row->draw_size) row->draw_size(panel, width, height);
    *width = CLAMP(*width + 2 * MARGIN, LEAST, MOST);
    *height = CLAMP(*height + 2 * MARGIN, LEAST, MOST);
}

static void draw_page(const AdjUiPanel *row, GtkWidget *panel, cairo_surface_t *page)
{
    int width, height;
    cairo_t *cr = cairo_create(page);
    page_size(row, panel, &width, &height);
    adj_ui_ink(cr, adj_ui_theme(FALSE)->ground, 1);
    cairo_paint(cr);
    cairo_translate(cr, MARGIN, MARGIN);
    row->draw(panel, cr, width - 2 * MARGIN, height - 2 * MARGIN);
    cairo_destroy(cr);
}

// Finishes [page] (taken), whose bytes went to [to] (taken).
static GBytes *finish(cairo_surface_t *page, GByteArray *to, GError **error)
{
    cairo_surface_finish(page);
    cairo_status_t status = cairo_surface_status(page);
    cairo_surface_destroy(page);
    if (status == CAIRO_STATUS_SUCCESS) return g_byte_array_free_to_bytes(to);
    g_byte_array_unref(to);
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, _("The picture cannot be drawn: %s"),
                cairo_status_to_string(status));
    return NULL;
}

cairo_surface_t *adj_ui_export_picture(const AdjUiPanel *row, GtkWidget *panel, int scale)
{
    int width, height;
    page_size(row, panel, &width, &height);
    cairo_surface_t *page =
        cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width * scale, height * scale);
    cairo_surface_set_device_scale(page, scale, scale);
    draw_page(row, panel, page);
    return page;
}

static GBytes *write_png(const AdjUiPanel *row, GtkWidget *panel, GError **error)
{
    GByteArray *to = g_byte_array_new();
    cairo_surface_t *page = adj_ui_export_picture(row, panel, ADJ_UI_PNG_SCALE);
    cairo_surface_write_to_png_stream(page, collect, to);
    return finish(page, to, error);
}

static GBytes *write_svg(const AdjUiPanel *row, GtkWidget *panel, GError **error)
{
    GByteArray *to = g_byte_array_new();
    int width, height;
    page_size(row, panel, &width, &height);
    cairo_surface_t *page = cairo_svg_surface_create_for_stream(collect, to, width, height);
    draw_page(row, panel, page);
    return finish(page, to, error);
}

static GBytes *write_pdf(const AdjUiPanel *row, GtkWidget *panel, GError **error)
{
    GByteArray *to = g_byte_array_new();
    int width, height;
    page_size(row, panel, &width, &height);
    cairo_surface_t *page = cairo_pdf_surface_create_for_stream(collect, to, width, height);
    cairo_pdf_surface_set_metadata(page, CAIRO_PDF_METADATA_TITLE, _(row->title));
    draw_page(row, panel, page);
    return finish(page, to, error);
}

static GBytes *write_csv(const AdjUiPanel *row, GtkWidget *panel, GError **error)
{
    char *text = row->table(panel);
    if (text && *text) return g_bytes_new_take(text, strlen(text));
    g_free(text);
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, _("%s shows no data yet"), _(row->title));
    return NULL;
}

static gboolean can_draw(const AdjUiPanel *row)
{
    return row->draw != NULL;
}

static gboolean can_list(const AdjUiPanel *row)
{
    return row->table != NULL;
}

const AdjUiFormat adj_ui_formats[] = {{"png", N_("PNG Picture"), can_draw, write_png},
                                      {"svg", N_("SVG Picture"), can_draw, write_svg},
                                      {"pdf", N_("PDF Page"), can_draw, write_pdf},
                                      {"csv", N_("CSV Table"), can_list, write_csv},
                                      {NULL}};

const AdjUiFormat *adj_ui_format_find(const char *name)
{
    for (const AdjUiFormat *f = adj_ui_formats; f->name; f++)
        if (!g_strcmp0(f->name, name)) return f;
    return NULL;
}

const AdjUiFormat *adj_ui_format_of(const char *path)
{
    const char *dot = path ? strrchr(path, '.') : NULL;
    g_autofree char *suffix = dot ? g_ascii_strdown(dot + 1, -1) : NULL;
    return adj_ui_format_find(suffix);
}
