// SPDX-License-Identifier: Apache-2.0
// files.c: the files beside the notebook that the workbench can open. The list follows the
// folder; reading it is GTK's, in the background.
#include "navigator/navigator.h"

#include <glib/gi18n.h>

static gboolean is_openable(gpointer item, gpointer self)
{
    (void)self;
    const char *name = g_file_info_get_name(item);
    return g_str_has_suffix(name, ".ipynb") || g_str_has_suffix(name, ".adj") ||
           g_str_has_suffix(name, ".py");
}

static int by_name(gconstpointer a, gconstpointer b, gpointer self)
{
    (void)self;
    return g_utf8_collate(g_file_info_get_display_name((GFileInfo *)a),
                          g_file_info_get_display_name((GFileInfo *)b));
}

static void setup(GtkSignalListItemFactory *f, GtkListItem *row, gpointer self)
{
    (void)f, (void)self;
    GtkWidget *l = gtk_label_new(NULL);
    gtk_label_set_xalign(GTK_LABEL(l), 0);
    gtk_label_set_ellipsize(GTK_LABEL(l), PANGO_ELLIPSIZE_MIDDLE);
    gtk_widget_add_css_class(l, "row");
    gtk_list_item_set_child(row, l);
}

static void bind(GtkSignalListItemFactory *f, GtkListItem *row, gpointer self)
{
    (void)f, (void)self;
    GFileInfo *info = gtk_list_item_get_item(row);
    gtk_label_set_text(GTK_LABEL(gtk_list_item_get_child(row)),
                       g_file_info_get_display_name(info));
}

static void activated(GtkListView *v, guint at, gpointer self)
{
    (void)self;
    g_autoptr(GFileInfo) info =
        g_list_model_get_item(G_LIST_MODEL(gtk_list_view_get_model(v)), at);
    GFile *file = G_FILE(g_file_info_get_attribute_object(info, "standard::file"));
    g_autofree char *uri = g_file_get_uri(file);
    gtk_widget_activate_action(GTK_WIDGET(v), "win.open-uri", "s", uri);
}

static void follow_folder(AdjUiNotebook *n, gpointer self)
{
    g_autoptr(GFile) folder =
        n->file ? g_file_get_parent(n->file) : g_file_new_for_path(g_get_home_dir());
    gtk_directory_list_set_file(self, folder);
}

GtkWidget *adj_ui_files_new(AdjUiPage *p)
{
    GtkDirectoryList *d = gtk_directory_list_new("standard::name,standard::display-name", NULL);
    follow_folder(p->notebook, d);
    g_signal_connect_object(p->notebook, "saved", G_CALLBACK(follow_folder), d, 0);
    GListModel *openable = G_LIST_MODEL(gtk_filter_list_model_new(
        G_LIST_MODEL(d), GTK_FILTER(gtk_custom_filter_new(is_openable, NULL, NULL))));
    GListModel *sorted = G_LIST_MODEL(gtk_sort_list_model_new(
        openable, GTK_SORTER(gtk_custom_sorter_new(by_name, NULL, NULL))));
    GtkListItemFactory *f = gtk_signal_list_item_factory_new();
    g_signal_connect(f, "setup", G_CALLBACK(setup), NULL);
    g_signal_connect(f, "bind", G_CALLBACK(bind), NULL);
    GtkWidget *list =
        gtk_list_view_new(GTK_SELECTION_MODEL(gtk_single_selection_new(sorted)), f);
    gtk_widget_add_css_class(list, "navigation-list");
    gtk_accessible_update_property(GTK_ACCESSIBLE(list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Files"), -1);
    g_signal_connect(list, "activate", G_CALLBACK(activated), NULL);
    GtkWidget *s = gtk_scrolled_window_new();
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(s), list);
    return s;
}
