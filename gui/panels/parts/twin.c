// SPDX-License-Identifier: Apache-2.0
//
// See twin.h. Rows are virtual, and a line is cut into fields when its cells are shown: a
// hundred thousand operations are a list of strings.

#include "panels/parts/twin.h"

#include <glib/gi18n.h>
#include <string.h>

typedef struct Twin {
    GtkWidget *scroller, *view;
    GtkStringList *lines;
    char *head;  // first line of what is shown
} Twin;

// Field [at] of a line of RFC 4180; newly allocated, "" beyond the last.
static char *field(const char *line, guint at)
{
    GString *out = g_string_new(NULL);
    gboolean quoted = FALSE;
    for (const char *p = line; *p; p++) {
        if (*p == '"' && quoted && p[1] == '"') {
            if (!at) g_string_append_c(out, '"');
            p++;
        } else if (*p == '"') {
            quoted = !quoted;
        } else if (*p == ',' && !quoted) {
            if (!at) break;
            at--;
        } else if (!at) {
            g_string_append_c(out, *p);
        }
    }
    return g_string_free(out, FALSE);
}

static guint count_fields(const char *line)
{
    guint n = 1;
    gboolean quoted = FALSE;
    for (const char *p = line; *p; p++) {
        if (*p == '"') quoted = !quoted;
        if (*p == ',' && !quoted) n++;
    }
    return n;
}

// -- cells ----------------------------------------------------------------------------------

static void setup(GtkSignalListItemFactory *f, GtkListItem *item, gpointer unused)
{
    (void)f, (void)unused;
    GtkWidget *l = gtk_label_new(NULL);
    gtk_label_set_xalign(GTK_LABEL(l), 0);
    gtk_label_set_ellipsize(GTK_LABEL(l), PANGO_ELLIPSIZE_END);
    gtk_label_set_width_chars(GTK_LABEL(l), 6);
    gtk_label_set_max_width_chars(GTK_LABEL(l), 28);
    gtk_list_item_set_child(item, l);
}

static void bind(GtkSignalListItemFactory *f, GtkListItem *item, gpointer at)
{
    (void)f;
    GtkStringObject *line = gtk_list_item_get_item(item);
    g_autofree char *text = field(gtk_string_object_get_string(line), GPOINTER_TO_UINT(at));
    GtkWidget *l = gtk_list_item_get_child(item);
    gtk_label_set_text(GTK_LABEL(l), text);
    gtk_widget_set_tooltip_text(l, strlen(text) > 24 ? text : NULL);
}

static void set_columns(Twin *t, const char *head)
{
    GtkColumnView *v = GTK_COLUMN_VIEW(t->view);
    GListModel *old = gtk_column_view_get_columns(v);
    for (guint i = g_list_model_get_n_items(old); i-- > 0;) {
        g_autoptr(GtkColumnViewColumn) c = g_list_model_get_item(old, i);
        gtk_column_view_remove_column(v, c);
    }
    for (guint i = 0; i < count_fields(head); i++) {
        g_autofree char *title = field(head, i);
        GtkListItemFactory *f = gtk_signal_list_item_factory_new();
        g_signal_connect(f, "setup", G_CALLBACK(setup), NULL);
        g_signal_connect(f, "bind", G_CALLBACK(bind), GUINT_TO_POINTER(i));
        g_autoptr(GtkColumnViewColumn) c = gtk_column_view_column_new(title, f);
        gtk_column_view_column_set_resizable(c, TRUE);
        gtk_column_view_column_set_expand(c, i + 1 == count_fields(head));
        gtk_column_view_append_column(v, c);
    }
    g_free(t->head);
    t->head = g_strdup(head);
}

// -- the widget -----------------------------------------------------------------------------

static void twin_free(gpointer self)
{
    Twin *t = self;
    g_free(t->head);
    g_free(t);
}

GtkWidget *adj_ui_twin_new(const char *label)
{
    Twin *t = g_new0(Twin, 1);
    t->lines = gtk_string_list_new(NULL);
    t->view = gtk_column_view_new(
        GTK_SELECTION_MODEL(gtk_single_selection_new(G_LIST_MODEL(t->lines))));
    gtk_widget_add_css_class(t->view, "data-table");
    gtk_accessible_update_property(GTK_ACCESSIBLE(t->view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   label, -1);
    t->scroller = gtk_scrolled_window_new();
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(t->scroller), t->view);
    gtk_widget_set_vexpand(t->scroller, TRUE);
    g_object_set_data_full(G_OBJECT(t->scroller), "twin", t, twin_free);
    return t->scroller;
}

void adj_ui_twin_set(GtkWidget *twin, const char *csv)
{
    Twin *t = g_object_get_data(G_OBJECT(twin), "twin");
    g_auto(GStrv) lines = g_strsplit(csv && *csv ? csv : _("nothing to show yet"), "\n", -1);
    const char *head = lines[0];
    if (g_strcmp0(head, t->head)) set_columns(t, head);
    guint count = g_strv_length(lines), had = g_list_model_get_n_items(G_LIST_MODEL(t->lines));
    while (count > 1 && !*lines[count - 1]) g_clear_pointer(&lines[--count], g_free);
    guint same = 0;
    while (same < had && same + 1 < count &&
           !strcmp(gtk_string_list_get_string(t->lines, same), lines[same + 1]))
        same++;
    gtk_string_list_splice(t->lines, same, had - same,
                           count > same + 1 ? (const char *const *)lines + same + 1 : NULL);
}
