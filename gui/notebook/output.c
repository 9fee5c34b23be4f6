// SPDX-License-Identifier: Apache-2.0
// output.c: which widget shows which form of a value. The forms are tried in the order of the
// table below, the richest first; a form that turns out to be damaged gives way to the next.
#include "notebook/output.h"

#include "notebook/ansi.h"
#include "notebook/markdown.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

enum { LABEL_LINES = 300, VIEW_HEIGHT = 420, LINE_HEIGHT = 19, SCROLLBAR = 14 };
// What is shown of a long text: laying out all of it would hold up the window for seconds.
// A label breaks lines, which costs the square of their length: it gets what is short.
enum { SHOWN_LINES = 2000, SHOWN_OF_LINE = 2000, LABEL_BYTES = 8000, LABEL_LINE = 400 };

static gboolean is_dark(void)
{
    return adw_style_manager_get_dark(adw_style_manager_get_default());
}

// -- text -----------------------------------------------------------------------------------

static int lines_of(const char *text)
{
    int n = 1;
    for (const char *p = text; (p = strchr(p, '\n')); p++) n++;
    return n;
}

// The end of a long text, and the beginning of its long lines; [lost] counts the lines that are
// left out. The notebook keeps them all.
static char *shorten(const char *text, gint64 *lost)
{
    int skip = lines_of(text) - SHOWN_LINES;
    for (int i = 0; i < skip; i++) text = strchr(text, '\n') + 1;
    *lost += MAX(skip, 0);
    GString *out = g_string_new(NULL);
    while (*text) {
        gsize n = strcspn(text, "\n"), kept = MIN(n, SHOWN_OF_LINE);
        while (kept < n && ((guchar)text[kept] & 0xc0) == 0x80) kept--;
        g_string_append_len(out, text, (gssize)kept);
        if (kept < n)
            g_string_append_printf(out, _(" … %" G_GSIZE_FORMAT " more bytes"), n - kept);
        text += n;
        if (*text) g_string_append_c(out, *text++);
    }
    return g_string_free(out, FALSE);
}

static gboolean fits_label(const char *text)
{
    if (lines_of(text) > LABEL_LINES || strlen(text) > LABEL_BYTES) return FALSE;
    for (gsize n; *text; text += n + (text[n] == '\n'))
        if ((n = strcspn(text, "\n")) > LABEL_LINE) return FALSE;
    return TRUE;
}

typedef struct {
    AdjUiGo go;
    gpointer self;
} Link;

static gboolean follow(GtkLabel *l, const char *uri, gpointer self)
{
    (void)l;
    Link *k = self;
    int count, line;
    if (sscanf(uri, "cell:%d:%d", &count, &line) != 2) return FALSE;
    k->go(k->self, count, line);
    return TRUE;
}

static GtkWidget *text_label(const char *text, gboolean links, AdjUiGo go, gpointer self)
{
    g_autofree char *markup = adj_ui_ansi_markup(text, is_dark(), links);
    GtkWidget *l = gtk_label_new(NULL);
    gtk_label_set_markup(GTK_LABEL(l), markup);
    gtk_label_set_xalign(GTK_LABEL(l), 0);
    gtk_label_set_wrap(GTK_LABEL(l), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(l), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_selectable(GTK_LABEL(l), TRUE);
    gtk_widget_add_css_class(l, "output-text");
    if (links) {
        Link *k = g_new(Link, 1);
        *k = (Link){go, self};
        g_signal_connect_data(l, "activate-link", G_CALLBACK(follow), k,
                              (GClosureNotify)(void (*)(void))g_free, 0);
    }
    return l;
}

// Long text gets a view of its own that scrolls: only what is seen is laid out.
static GtkWidget *text_view(const char *text)
{
    g_autofree char *markup = adj_ui_ansi_markup(text, is_dark(), FALSE);
    GtkWidget *v = gtk_text_view_new();
    gtk_text_view_set_editable(GTK_TEXT_VIEW(v), FALSE);
    gtk_text_view_set_cursor_visible(GTK_TEXT_VIEW(v), FALSE);
    gtk_text_view_set_monospace(GTK_TEXT_VIEW(v), TRUE);
    GtkTextIter at;
    GtkTextBuffer *b = gtk_text_view_get_buffer(GTK_TEXT_VIEW(v));
    gtk_text_buffer_get_start_iter(b, &at);
    gtk_text_buffer_insert_markup(b, &at, markup, -1);
    gtk_widget_add_css_class(v, "output-view");
    GtkWidget *s = gtk_scrolled_window_new();
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(s), v);
    int height = MIN(lines_of(text) * LINE_HEIGHT + SCROLLBAR, VIEW_HEIGHT);
    gtk_scrolled_window_set_min_content_height(GTK_SCROLLED_WINDOW(s), height);
    return s;
}

static void show_text(GtkWidget *box, const char *text, gint64 lost, gboolean links, AdjUiGo go,
                      gpointer self)
{
    GtkWidget *child;
    while ((child = gtk_widget_get_first_child(box))) gtk_box_remove(GTK_BOX(box), child);
    g_autofree char *chomped = shorten(text, &lost);
    if (g_str_has_suffix(chomped, "\n")) chomped[strlen(chomped) - 1] = '\0';
    if (lost) {
        g_autofree char *note = g_strdup_printf(
            ngettext("%" G_GINT64_FORMAT " earlier line was left out",
                     "%" G_GINT64_FORMAT " earlier lines were left out", (gulong)lost),
            lost);
        GtkWidget *l = gtk_label_new(note);
        gtk_label_set_xalign(GTK_LABEL(l), 0);
        gtk_widget_add_css_class(l, "dim-label");
        gtk_box_append(GTK_BOX(box), l);
    }
    gtk_box_append(GTK_BOX(box), fits_label(chomped) ? text_label(chomped, links, go, self)
                                                     : text_view(chomped));
}

static GtkWidget *stream_widget(AdjUiOutput *o)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
    gtk_widget_add_css_class(box, "stream");
    if (!g_strcmp0(o->name, "stderr")) gtk_widget_add_css_class(box, "stderr");
    show_text(box, o->text->str, o->lost, FALSE, NULL, NULL);
    return box;
}

void adj_ui_output_refresh(GtkWidget *widget, AdjUiOutput *o)
{
    if (o->kind != ADJ_UI_STREAM) return;
    GtkWidget *child = gtk_widget_get_last_child(widget);
    g_autofree char *chomped = g_strchomp(g_strdup(o->text->str));
    if (GTK_IS_LABEL(child) && fits_label(chomped) && !o->lost) {
        g_autofree char *markup = adj_ui_ansi_markup(chomped, is_dark(), FALSE);
        gtk_label_set_markup(GTK_LABEL(child), markup);
        return;
    }
    show_text(widget, o->text->str, o->lost, FALSE, NULL, NULL);
    child = gtk_widget_get_last_child(widget);
    if (!GTK_IS_SCROLLED_WINDOW(child)) return;
    GtkWidget *view = gtk_scrolled_window_get_child(GTK_SCROLLED_WINDOW(child));
    GtkTextIter end;
    gtk_text_buffer_get_end_iter(gtk_text_view_get_buffer(GTK_TEXT_VIEW(view)), &end);
    gtk_text_view_scroll_to_iter(GTK_TEXT_VIEW(view), &end, 0, FALSE, 0, 0);
}

// -- errors ---------------------------------------------------------------------------------

static void insert_form(GtkButton *b, gpointer form)
{
    gtk_widget_activate_action(GTK_WIDGET(b), "page.insert-code", "s", (const char *)form);
}

// The form that would fit, which the last line of an error of shapes proposes, ready to insert.
static GtkWidget *fix_button(const char *trace)
{
    static const char lead[] = "try: ";
    const char *at = g_strrstr(trace, lead);
    if (!at || (at > trace && at[-1] != '\n' && at[-1] != ' ')) return NULL;
    char *form = g_strdup(at + sizeof lead - 1);
    form[strcspn(form, "\n")] = '\0';
    g_autofree char *label = g_strdup_printf(_("Insert  %s"), form);
    GtkWidget *b = gtk_button_new_with_label(label);
    gtk_widget_set_halign(b, GTK_ALIGN_START);
    gtk_widget_set_tooltip_text(b, _("Puts this form, which would fit, into the page"));
    g_object_set_data_full(G_OBJECT(b), "form", form, g_free);
    g_signal_connect(b, "clicked", G_CALLBACK(insert_form), form);
    return b;
}

static GtkWidget *error_widget(AdjUiOutput *o, AdjUiGo go, gpointer self)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    gtk_widget_add_css_class(box, "error-card");
    g_autofree char *head = g_strdup_printf("%s%s%s", o->name ? o->name : "",
                                            *o->text->str ? ": " : "", o->text->str);
    GtkWidget *title = gtk_label_new(head);
    gtk_label_set_xalign(GTK_LABEL(title), 0);
    gtk_label_set_wrap(GTK_LABEL(title), TRUE);
    gtk_label_set_selectable(GTK_LABEL(title), TRUE);
    gtk_widget_add_css_class(title, "error-title");
    gtk_box_append(GTK_BOX(box), title);
    // The trace begins by saying again what the title says.
    g_autofree char *all = o->traceback ? g_strjoinv("\n", o->traceback) : g_strdup("");
    g_autofree char *plain = adj_ui_ansi_plain(all);
    gsize n = strlen(o->name ? o->name : "");
    const char *trace = plain;
    if (n && !strncmp(plain, o->name, n) && strchr(":\n", plain[n]) && strchr(plain, '\n'))
        trace = strchr(plain, '\n') + 1;
    if (*trace) {
        GtkWidget *inner = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
        show_text(inner, trace, 0, TRUE, go, self);
        gtk_box_append(GTK_BOX(box), inner);
    }
    GtkWidget *fix = fix_button(plain);
    if (fix) gtk_box_append(GTK_BOX(box), fix);
    gtk_accessible_update_property(GTK_ACCESSIBLE(box), GTK_ACCESSIBLE_PROPERTY_LABEL, head,
                                   -1);
    return box;
}

// -- values ---------------------------------------------------------------------------------

static int metadata_int(AdjUiOutput *o, const char *mime, const char *name)
{
    JsonNode *n = o->metadata ? json_object_get_member(o->metadata, mime) : NULL;
    if (!n || !JSON_NODE_HOLDS_OBJECT(n)) return 0;
    return (int)json_object_get_double_member_with_default(json_node_get_object(n), name, 0);
}

static GtkWidget *show_image(AdjUiOutput *o, const char *mime, const char *content)
{
    gsize size;
    g_autoptr(GBytes) bytes = NULL;
    if (g_str_equal(mime, "image/svg+xml"))
        bytes = g_bytes_new(content, strlen(content));
    else {
        guchar *data = g_base64_decode(content, &size);
        bytes = g_bytes_new_take(data, size);
    }
    return adj_ui_figure_new(bytes, mime, metadata_int(o, mime, "width"),
                             metadata_int(o, mime, "height"));
}

static GtkWidget *show_markdown(AdjUiOutput *o, const char *mime, const char *content)
{
    (void)o, (void)mime;
    return adj_ui_markdown_new(content);
}

static GtkWidget *show_html(AdjUiOutput *o, const char *mime, const char *content)
{
    (void)o, (void)mime;
    return adj_ui_html_table_new(content);
}

static GtkWidget *show_plain(AdjUiOutput *o, const char *mime, const char *content)
{
    (void)o, (void)mime;
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    show_text(box, content, 0, FALSE, NULL, NULL);
    return box;
}

static const struct {
    const char *mime;
    GtkWidget *(*show)(AdjUiOutput *o, const char *mime, const char *content);
    int height;
} forms[] = {
    {"image/svg+xml", show_image, 340},   {"image/png", show_image, 340},
    {"image/jpeg", show_image, 340},      {"text/html", show_html, 160},
    {"text/markdown", show_markdown, 80}, {"text/plain", show_plain, 0},
};

static const char *form_of(const AdjUiOutput *o, const char *mime)
{
    JsonNode *n = o->data ? json_object_get_member(o->data, mime) : NULL;
    if (!n || !JSON_NODE_HOLDS_VALUE(n) || json_node_get_value_type(n) != G_TYPE_STRING)
        return NULL;
    return json_node_get_string(n);
}

static GtkWidget *value_widget(AdjUiOutput *o)
{
    for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
        const char *content = form_of(o, forms[i].mime);
        GtkWidget *w = content ? forms[i].show(o, forms[i].mime, content) : NULL;
        if (!w) continue;
        const char *plain = form_of(o, "text/plain");
        if (plain && i + 1 < G_N_ELEMENTS(forms))
            gtk_accessible_update_property(GTK_ACCESSIBLE(w),
                                           GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, plain, -1);
        return w;
    }
    return gtk_label_new(_("A value in a form that cannot be shown here"));
}

GtkWidget *adj_ui_output_new_widget(AdjUiOutput *o, AdjUiGo go, gpointer self)
{
    if (o->kind == ADJ_UI_STREAM) return stream_widget(o);
    if (o->kind == ADJ_UI_ERROR) return error_widget(o, go, self);
    return value_widget(o);
}

int adj_ui_output_estimate(const AdjUiOutput *o)
{
    if (o->kind == ADJ_UI_STREAM) return MIN(lines_of(o->text->str) * LINE_HEIGHT, VIEW_HEIGHT);
    if (o->kind == ADJ_UI_ERROR)
        return (3 + (o->traceback ? (int)g_strv_length(o->traceback) : 0)) * LINE_HEIGHT;
    for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
        const char *content = form_of(o, forms[i].mime);
        if (content) return forms[i].height ? forms[i].height : lines_of(content) * LINE_HEIGHT;
    }
    return LINE_HEIGHT;
}
