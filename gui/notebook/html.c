// SPDX-License-Identifier: Apache-2.0
// html.c: the tables that libraries print as HTML, as a grid. Not a browser: rows, header cells
// and text; everything else falls through to the plain form of the same value.
#include "notebook/output.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_ROWS = 200, MAX_COLUMNS = 40 };

typedef struct {
    GtkGrid *grid;
    int row, column;
    gboolean header, open;
    GString *text;
} Reader;

static void end_cell(Reader *r)
{
    if (!r->open) return;
    r->open = FALSE;
    if (r->row >= MAX_ROWS || r->column >= MAX_COLUMNS) return;
    GtkWidget *l = gtk_label_new(g_strstrip(r->text->str));
    char *end;
    g_ascii_strtod(r->text->str, &end);
    gboolean number = *r->text->str && !*end;
    gtk_label_set_xalign(GTK_LABEL(l), number ? 1 : 0);
    gtk_label_set_selectable(GTK_LABEL(l), TRUE);
    gtk_widget_add_css_class(l, r->header ? "md-th" : "md-td");
    if (number) gtk_widget_add_css_class(l, "numeric");
    gtk_grid_attach(r->grid, l, r->column++, r->row, 1, 1);
}

static gboolean is_tag(const char *s, const char *name)
{
    gsize n = strlen(name);
    return !g_ascii_strncasecmp(s, name, n) && strchr(" \t\n/>", s[n]);
}

static void take_tag(Reader *r, const char *s)
{
    if (is_tag(s, "tr")) r->column = 0;
    if (is_tag(s, "/tr")) {
        end_cell(r);
        r->row++;
    }
    if (is_tag(s, "td") || is_tag(s, "th")) {
        end_cell(r);
        r->open = TRUE;
        r->header = is_tag(s, "th");
        g_string_truncate(r->text, 0);
    }
    if (is_tag(s, "/td") || is_tag(s, "/th")) end_cell(r);
    if (is_tag(s, "br") && r->open) g_string_append_c(r->text, '\n');
}

static const char *take_entity(GString *out, const char *s)
{
    static const char *const known[][2] = {{"&lt;", "<"},    {"&gt;", ">"},   {"&amp;", "&"},
                                           {"&quot;", "\""}, {"&nbsp;", " "}, {"&#39;", "'"}};
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
        if (!g_str_has_prefix(s, known[i][0])) continue;
        g_string_append(out, known[i][1]);
        return s + strlen(known[i][0]);
    }
    g_string_append_c(out, '&');
    return s + 1;
}

static void take_text(Reader *r, const char *s, const char *end)
{
    while (s < end) {
        if (*s == '&')
            s = take_entity(r->text, s);
        else
            g_string_append_c(r->text, *s++);
    }
}

GtkWidget *adj_ui_html_table_new(const char *html)
{
    const char *s = strstr(html, "<table"), *end = s ? strstr(s, "</table>") : NULL;
    if (!end) return NULL;
    Reader r = {.grid = GTK_GRID(gtk_grid_new()), .text = g_string_new(NULL)};
    while (s < end) {
        const char *tag = memchr(s, '<', (gsize)(end - s));
        if (r.open) take_text(&r, s, tag ? tag : end);
        if (!tag) break;
        take_tag(&r, tag + 1);
        const char *close = strchr(tag, '>');
        if (!close) break;
        s = close + 1;
    }
    g_string_free(r.text, TRUE);
    gtk_widget_add_css_class(GTK_WIDGET(r.grid), "md-table");
    gtk_widget_set_halign(GTK_WIDGET(r.grid), GTK_ALIGN_START);
    return GTK_WIDGET(r.grid);
}
