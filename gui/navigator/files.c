// SPDX-License-Identifier: Apache-2.0
// files.c: the files beside the notebook that the workbench can open. Reading the folder is
// GTK's, in the background. Following it is ours: GTK 4.8's own following asks about a new file
// and may be gone when the answer comes, which a window that saves as it closes runs into.
#include "navigator/navigator.h"

#include <glib/gi18n.h>

enum { SETTLE_MS = 300 };

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

typedef struct {
    GtkDirectoryList *list;
    GFileMonitor *monitor;
    guint reading;  // timer
} Folder;

static void folder_free(gpointer self)
{
    Folder *f = self;
    g_clear_handle_id(&f->reading, g_source_remove);
    if (f->monitor) g_signal_handlers_disconnect_by_data(f->monitor, f);
    g_clear_object(&f->monitor);
    g_free(f);
}

static gboolean read_again(gpointer self)
{
    Folder *f = self;
    f->reading = 0;
    GFile *now = gtk_directory_list_get_file(f->list);
    g_autoptr(GFile) folder = now ? g_object_ref(now) : NULL;
    gtk_directory_list_set_file(f->list, NULL);
    gtk_directory_list_set_file(f->list, folder);
    return G_SOURCE_REMOVE;
}

// Only what comes and goes changes the list.
static void changed(GFileMonitor *m, GFile *file, GFile *other, GFileMonitorEvent event,
                    gpointer self)
{
    (void)m, (void)file, (void)other;
    Folder *f = self;
    if (event != G_FILE_MONITOR_EVENT_CREATED && event != G_FILE_MONITOR_EVENT_DELETED) return;
    if (!f->reading) f->reading = g_timeout_add(SETTLE_MS, read_again, f);
}

static void follow_folder(AdjUiNotebook *n, gpointer self)
{
    Folder *f = g_object_get_data(self, "folder");
    g_autoptr(GFile) folder =
        n->file ? g_file_get_parent(n->file) : g_file_new_for_path(g_get_home_dir());
    GFile *was = gtk_directory_list_get_file(f->list);
    if (was && g_file_equal(was, folder)) return;
    gtk_directory_list_set_file(f->list, folder);
    if (f->monitor) g_signal_handlers_disconnect_by_data(f->monitor, f);
    g_clear_object(&f->monitor);
    f->monitor = g_file_monitor_directory(folder, G_FILE_MONITOR_NONE, NULL, NULL);
    if (f->monitor) g_signal_connect(f->monitor, "changed", G_CALLBACK(changed), f);
}

GtkWidget *adj_ui_files_new(AdjUiPage *p)
{
    GtkDirectoryList *d = gtk_directory_list_new("standard::name,standard::display-name", NULL);
    gtk_directory_list_set_monitored(d, FALSE);
    Folder *folder = g_new0(Folder, 1);
    folder->list = d;
    g_object_set_data_full(G_OBJECT(d), "folder", folder, folder_free);
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
