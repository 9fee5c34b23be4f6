// SPDX-License-Identifier: Apache-2.0
// handout.c: see handout.h. A notebook becomes a list of blocks (text, picture, panel), each
// set once for the page's width; text is broken between lines, pictures are not. GTK's print
// operation draws page after page and makes PDF files too, so there is one layout for both.
#include "share/handout.h"

#include "app.h"
#include "notebook/markdown.h"
#include "paint/pen.h"
#include "share/share.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

enum {
    MOST_LINES = 400,
    BODY = 11,
    KEEP = 90,
    TAB = 125,
    HEAD = 30
};  // lines of one output; points

static const double GAP = 8, INSET = 6, PICTURE_MOST = 0.45;  // PICTURE_MOST: of a page

typedef struct {
    char *markup;  // of text
    PangoLayout *layout;
    double size, above;
    gboolean boxed, fixed;
    GdkPixbuf *picture;
    const AdjUiPanel *row;  // of a panel
    GtkWidget *panel;
} Block;

// Lines [first, first + count) of a block, or all of a picture, on one page.
typedef struct {
    guint block;
    int first, count, page;
    double y, height;
} Piece;

typedef struct {
    GtkWidget *window;
    GArray *blocks, *pieces;
    GFile *out;  // NULL: a printer
} Handout;

static void clear_block(gpointer block)
{
    Block *b = block;
    g_free(b->markup);
    g_clear_object(&b->layout);
    g_clear_object(&b->picture);
}

static void handout_free(Handout *h)
{
    g_array_unref(h->blocks);
    g_array_unref(h->pieces);
    g_clear_object(&h->out);
    g_object_unref(h->window);
    g_free(h);
}

// -- blocks ---------------------------------------------------------------------------------

static void add_text(Handout *h, char *markup, double size, double above, gboolean code)
{
    g_strchomp(markup);
    if (!*markup) {
        g_free(markup);
        return;
    }
    Block b = {.markup = markup, .size = size, .above = above, .boxed = code, .fixed = code};
    g_array_append_val(h->blocks, b);
}

static void add_plain(Handout *h, const char *text, gboolean boxed)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", MOST_LINES + 1);
    if (g_strv_length(lines) > MOST_LINES) {
        g_free(lines[MOST_LINES]);
        lines[MOST_LINES] = g_strdup("…");
    }
    g_autofree char *kept = g_strjoinv("\n", lines);
    add_text(h, g_markup_escape_text(kept, -1), 9, boxed ? GAP : 2, TRUE);
    if (h->blocks->len) g_array_index(h->blocks, Block, h->blocks->len - 1).boxed = boxed;
}

// A paragraph that was gathered; what is not Pango's markup is shown as it is.
static void end_paragraph(Handout *h, GString *words)
{
    char *markup = adj_ui_markdown_inline(words->str);
    if (!pango_parse_markup(markup, -1, 0, NULL, NULL, NULL, NULL)) {
        g_free(markup);
        markup = g_markup_escape_text(words->str, -1);
    }
    add_text(h, markup, BODY, GAP, FALSE);
    g_string_truncate(words, 0);
}

static void add_heading(Handout *h, const char *line, int level)
{
    g_autofree char *inner = adj_ui_markdown_inline(line + strspn(line, "# "));
    add_text(h, g_strdup_printf("<b>%s</b>", inner), MAX(20 - 3 * (level - 1), BODY + 1),
             GAP * 2, FALSE);
}

// A row of a table with tabs between its cells; the line under its head says nothing on paper.
static char *table_row(const char *line)
{
    if (*line != '|') return g_strdup(line);
    if (!line[strspn(line, "|-: ")]) return NULL;
    g_auto(GStrv) cells = g_strsplit(line + 1, "|", -1);
    for (int i = 0; cells[i]; i++) g_strstrip(cells[i]);
    return g_strchomp(g_strjoinv("\t", cells));
}

static gboolean begins_line(const char *line)
{
    const char *s = line + strspn(line, " ");
    return strchr("-*|>", *s) || (g_ascii_isdigit(*s) && strstr(s, ". "));
}

static void add_markdown(Handout *h, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GString) words = g_string_new(NULL), code = g_string_new(NULL);
    gboolean fenced = FALSE;
    for (int i = 0; lines[i]; i++) {
        gsize level = strspn(lines[i], "#");
        if (g_str_has_prefix(lines[i], "```")) {
            if (fenced) add_plain(h, code->str, TRUE);
            g_string_truncate(code, 0);
            fenced = !fenced;
        } else if (fenced) {
            g_string_append_printf(code, "%s\n", lines[i]);
        } else if (level && level <= 6 && lines[i][level] == ' ') {
            end_paragraph(h, words);
            add_heading(h, lines[i], (int)level);
        } else if (!*lines[i]) {
            end_paragraph(h, words);
        } else {
            g_autofree char *line = table_row(lines[i]);
            const char *between = !words->len ? "" : begins_line(lines[i]) ? "\n" : " ";
            if (line) g_string_append_printf(words, "%s%s", between, line);
        }
    }
    end_paragraph(h, words);
}

static GdkPixbuf *picture_of(const char *mime, const char *content)
{
    gsize size = strlen(content);
    g_autoptr(GBytes) bytes = NULL;
    if (g_str_equal(mime, "image/svg+xml"))
        bytes = g_bytes_new(content, size);
    else
        bytes = g_bytes_new_take(g_base64_decode(content, &size), size);
    g_autoptr(GInputStream) in = g_memory_input_stream_new_from_bytes(bytes);
    return g_str_equal(mime, "image/svg+xml")
               ? gdk_pixbuf_new_from_stream_at_scale(in, 1600, -1, TRUE, NULL, NULL)
               : gdk_pixbuf_new_from_stream(in, NULL, NULL);
}

static void add_data(Handout *h, JsonObject *data)
{
    static const char *const pictures[] = {"image/svg+xml", "image/png", "image/jpeg"};
    for (gsize i = 0; i < G_N_ELEMENTS(pictures); i++) {
        const char *content =
            json_object_get_string_member_with_default(data, pictures[i], NULL);
        GdkPixbuf *p = content ? picture_of(pictures[i], content) : NULL;
        if (!p) continue;
        Block b = {.picture = p, .above = GAP};
        g_array_append_val(h->blocks, b);
        return;
    }
    const char *text = json_object_get_string_member_with_default(data, "text/plain", "");
    add_plain(h, text, FALSE);
}

static void add_cell(Handout *h, AdjUiCell *c)
{
    g_autofree char *text = adj_ui_cell_text(c);
    if (c->kind == ADJ_UI_MARKDOWN)
        add_markdown(h, text);
    else
        add_plain(h, text, TRUE);
    for (guint i = 0; i < c->outputs->len; i++) {
        AdjUiOutput *o = c->outputs->pdata[i];
        g_autofree char *error =
            o->kind == ADJ_UI_ERROR
                ? g_strdup_printf("%s: %s", o->name ? o->name : "", o->text ? o->text->str : "")
                : NULL;
        if (o->data)
            add_data(h, o->data);
        else if (error || o->text)
            add_plain(h, error ? error : o->text->str, FALSE);
    }
}

static void add_all(Handout *h, AdjUiPage *p)
{
    for (guint i = 0; i < adj_ui_notebook_count(p->notebook); i++)
        add_cell(h, adj_ui_notebook_cell(p->notebook, i));
    const char *name = adj_ui_panels_shown(p->panels);
    const AdjUiPanel *row = adj_ui_panel_find(name);
    if (!row || !row->draw || !gtk_widget_get_visible(p->panels)) return;
    Block b = {.row = row, .panel = adj_ui_panels_show(p->panels, name), .above = 2 * GAP};
    g_array_append_val(h->blocks, b);
}

// -- pages ----------------------------------------------------------------------------------

typedef struct {
    double width, height, y;
    int page;
} Place;

static Piece *put(Handout *h, guint block, Place *at, double above, double height)
{
    if (at->y > 0 && at->y + above + height > at->height) {
        at->page++;
        at->y = 0;
    }
    if (at->y > 0) at->y += above;
    Piece p = {.block = block, .page = at->page, .y = at->y, .height = height};
    at->y += height;
    g_array_append_val(h->pieces, p);
    return &g_array_index(h->pieces, Piece, h->pieces->len - 1);
}

static double line_height(PangoLayout *l, int line)
{
    PangoRectangle r;
    pango_layout_line_get_extents(pango_layout_get_line_readonly(l, line), NULL, &r);
    return (double)r.height / PANGO_SCALE;
}

// As many lines as fit, and so on; a line alone is never cut.
static void put_text(Handout *h, guint i, Place *at)
{
    Block *b = &g_array_index(h->blocks, Block, i);
    double inset = b->boxed ? INSET : 0;
    int count = pango_layout_get_line_count(b->layout);
    for (int line = 0; line < count;) {
        double high = 2 * inset + line_height(b->layout, line), above = line ? 0 : b->above;
        double room = at->height - at->y - above;
        // A heading is not left alone at the foot of a page.
        double after = b->size > BODY && at->height > 4 * KEEP ? KEEP : 0;
        if (high + after > room) {
            room = at->height;
            at->y = at->y > 0 ? at->height : 0;
        }
        int n = 1;
        for (; line + n < count; n++) {
            double more = line_height(b->layout, line + n);
            if (high + more > room) break;
            high += more;
        }
        Piece *p = put(h, i, at, above, high);
        p->first = line;
        p->count = n;
        line += n;
    }
}

static double picture_height(const Block *b, const Place *at)
{
    if (b->row) return HEAD + at->width * ADJ_UI_PAGE_HEIGHT / ADJ_UI_PAGE_WIDTH;
    double w = gdk_pixbuf_get_width(b->picture), tall = gdk_pixbuf_get_height(b->picture);
    return fmin(at->height * PICTURE_MOST, tall * fmin(1, at->width / w));
}

static void set_tabs(PangoLayout *l)
{
    PangoTabArray *tabs = pango_tab_array_new(6, FALSE);
    for (int i = 0; i < 6; i++)
        pango_tab_array_set_tab(tabs, i, PANGO_TAB_LEFT, (i + 1) * TAB * PANGO_SCALE);
    pango_layout_set_tabs(l, tabs);
    pango_tab_array_free(tabs);
}

static void lay_out(GtkPrintOperation *op, GtkPrintContext *context, gpointer self)
{
    Handout *h = self;
    Place at = {.width = gtk_print_context_get_width(context),
                .height = gtk_print_context_get_height(context)};
    g_array_set_size(h->pieces, 0);
    for (guint i = 0; i < h->blocks->len; i++) {
        Block *b = &g_array_index(h->blocks, Block, i);
        if (!b->markup) {
            put(h, i, &at, b->above, picture_height(b, &at));
            continue;
        }
        g_autoptr(PangoFontDescription) font = pango_font_description_from_string(
            b->fixed ? "DejaVu Sans Mono, Monospace" : "DejaVu Sans, Sans");
        pango_font_description_set_absolute_size(font, b->size * PANGO_SCALE);
        g_clear_object(&b->layout);
        b->layout = gtk_print_context_create_pango_layout(context);
        pango_layout_set_font_description(b->layout, font);
        pango_layout_set_width(b->layout,
                               (int)((at.width - 2 * (b->boxed ? INSET : 0)) * PANGO_SCALE));
        pango_layout_set_wrap(b->layout, PANGO_WRAP_WORD_CHAR);
        if (!b->fixed) set_tabs(b->layout);
        pango_layout_set_markup(b->layout, b->markup, -1);
        put_text(h, i, &at);
    }
    gtk_print_operation_set_n_pages(op, at.page + 1);
}

static void draw_text(cairo_t *cr, const Block *b, const Piece *p, double width)
{
    const AdjUiTheme *theme = adj_ui_theme(FALSE);
    double y = p->y + (b->boxed ? INSET : 0);
    if (b->boxed) {
        adj_ui_round(cr, adj_ui_rect(0, p->y, width, p->height), 4);
        adj_ui_ink(cr, theme->line, 0.18);
        cairo_fill(cr);
    }
    adj_ui_ink(cr, theme->text, 1);
    for (int i = p->first; i < p->first + p->count; i++) {
        PangoLayoutLine *line = pango_layout_get_line_readonly(b->layout, i);
        PangoRectangle r;
        pango_layout_line_get_extents(line, NULL, &r);
        cairo_move_to(cr, b->boxed ? INSET : 0, y - (double)r.y / PANGO_SCALE);
        pango_cairo_show_layout_line(cr, line);
        y += (double)r.height / PANGO_SCALE;
    }
}

static void draw_picture(cairo_t *cr, const Block *b, const Piece *p, double width)
{
    cairo_save(cr);
    cairo_translate(cr, 0, p->y);
    if (b->row) {
        adj_ui_ink(cr, adj_ui_theme(FALSE)->text, 1);
        adj_ui_text(cr, _(b->row->title), (AdjUiType){.size = 17, .bold = true}, ADJ_UI_LEFT, 0,
                    17, width);
        cairo_translate(cr, 0, HEAD);
        cairo_scale(cr, width / ADJ_UI_PAGE_WIDTH, width / ADJ_UI_PAGE_WIDTH);
        b->row->draw(b->panel, cr, ADJ_UI_PAGE_WIDTH, ADJ_UI_PAGE_HEIGHT);
    } else {
        double scale = p->height / gdk_pixbuf_get_height(b->picture);
        cairo_scale(cr, scale, scale);
        gdk_cairo_set_source_pixbuf(cr, b->picture, 0, 0);
        cairo_paint(cr);
    }
    cairo_restore(cr);
}

static void draw_page(GtkPrintOperation *op, GtkPrintContext *context, int page, gpointer self)
{
    (void)op;
    Handout *h = self;
    cairo_t *cr = gtk_print_context_get_cairo_context(context);
    double width = gtk_print_context_get_width(context);
    for (guint i = 0; i < h->pieces->len; i++) {
        const Piece *p = &g_array_index(h->pieces, Piece, i);
        const Block *b = &g_array_index(h->blocks, Block, p->block);
        if (p->page != page) continue;
        if (b->markup)
            draw_text(cr, b, p, width);
        else
            draw_picture(cr, b, p, width);
    }
}

// -- printing -------------------------------------------------------------------------------

static void over(GtkPrintOperation *op, GtkPrintOperationResult result, gpointer self)
{
    Handout *h = self;
    g_autoptr(GError) error = NULL;
    if (result == GTK_PRINT_OPERATION_RESULT_ERROR) gtk_print_operation_get_error(op, &error);
    g_autofree char *name = h->out ? g_file_get_parse_name(h->out) : NULL;
    g_autofree char *text = error  ? g_strdup_printf(_("Not printed: %s"), error->message)
                            : name ? g_strdup_printf(_("Exported to %s"), name)
                                   : NULL;
    if (text && gtk_widget_get_root(h->window)) adj_ui_window_tell(h->window, text);
    handout_free(h);
    g_object_unref(op);
}

static void run(GtkWidget *window, GFile *out)
{
    AdjUiPage *p = adj_ui_window_page(window);
    Handout *h = g_new0(Handout, 1);
    h->window = g_object_ref(window);
    h->blocks = g_array_new(FALSE, TRUE, sizeof(Block));
    h->pieces = g_array_new(FALSE, TRUE, sizeof(Piece));
    h->out = out ? g_object_ref(out) : NULL;
    g_array_set_clear_func(h->blocks, clear_block);
    add_all(h, p);
    GtkPrintOperation *op = gtk_print_operation_new();
    g_autofree char *title = adj_ui_notebook_title(p->notebook);
    g_autofree char *path = out ? g_file_get_path(out) : NULL;
    gtk_print_operation_set_job_name(op, title);
    gtk_print_operation_set_unit(op, GTK_UNIT_POINTS);
    gtk_print_operation_set_allow_async(op, TRUE);
    if (path) gtk_print_operation_set_export_filename(op, path);
    g_signal_connect(op, "begin-print", G_CALLBACK(lay_out), h);
    g_signal_connect(op, "draw-page", G_CALLBACK(draw_page), h);
    g_signal_connect(op, "done", G_CALLBACK(over), h);
    gtk_print_operation_run(
        op, path ? GTK_PRINT_OPERATION_ACTION_EXPORT : GTK_PRINT_OPERATION_ACTION_PRINT_DIALOG,
        GTK_WINDOW(window), NULL);
}

static gboolean has_page(GtkWidget *window)
{
    if (adj_ui_window_page(window)) return TRUE;
    adj_ui_window_tell(window, _("Open a notebook first"));
    return FALSE;
}

void adj_ui_handout_print(GtkWidget *window, const char *name, GVariant *v)
{
    (void)name, (void)v;
    if (has_page(window)) run(window, NULL);
}

static void chosen(GtkNativeDialog *d, int response, gpointer window)
{
    g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(d));
    gtk_native_dialog_destroy(d);
    g_object_unref(d);
    if (response == GTK_RESPONSE_ACCEPT && file && adj_ui_window_page(window))
        run(window, file);
}

void adj_ui_handout_export(GtkWidget *window, const char *name, GVariant *v)
{
    (void)name, (void)v;
    if (!has_page(window)) return;
    GtkFileChooserNative *d =
        adj_ui_export_dialog(window, _("Export as a Handout"), NULL, "pdf");
    g_signal_connect(d, "response", G_CALLBACK(chosen), window);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(d));
}
