// SPDX-License-Identifier: Apache-2.0
// recent.c: files that were opened lately. The list is the desktop's own (recently-used.xbel of
// the Desktop Bookmark Specification), so files opened here appear where the desktop shows such
// files. GTK's manager of it reads and writes in the main loop; here the disk's thread does.
#include "app.h"
#include "disk.h"

static char *list_path(void)
{
    return g_build_filename(g_get_user_data_dir(), "recently-used.xbel", NULL);
}

static GBookmarkFile *read_list(void)
{
    g_autofree char *path = list_path();
    GBookmarkFile *b = g_bookmark_file_new();
    g_bookmark_file_load_from_file(b, path, NULL);
    return b;
}

static const char *mime_of(const char *uri)
{
    return g_str_has_suffix(uri, ".ipynb") ? "application/x-ipynb+json" : "text/x-python";
}

static void add(gpointer uri)
{
    g_autofree char *path = list_path(), *folder = g_path_get_dirname(path);
    GBookmarkFile *b = read_list();
    g_bookmark_file_set_mime_type(b, uri, mime_of(uri));
    g_bookmark_file_add_application(b, uri, g_get_application_name(), "adjoint-workbench %u");
    g_mkdir_with_parents(folder, 0700);
    g_bookmark_file_to_file(b, path, NULL);
    g_bookmark_file_free(b);
    g_free(uri);
}

void adj_ui_recent_add(GFile *file)
{
    adj_ui_disk(add, NULL, g_file_get_uri(file));
}

typedef struct {
    char *uri;
    gint64 opened;
} Opened;

static int newest_first(gconstpointer a, gconstpointer b)
{
    gint64 x = ((const Opened *)a)->opened, y = ((const Opened *)b)->opened;
    return (x < y) - (x > y);
}

static gboolean is_there(const char *uri)
{
    g_autofree char *path = g_filename_from_uri(uri, NULL, NULL);
    return path && g_file_test(path, G_FILE_TEST_EXISTS);
}

GStrv adj_ui_recent_list(int most)
{
    GBookmarkFile *b = read_list();
    gsize count;
    g_auto(GStrv) uris = g_bookmark_file_get_uris(b, &count);
    g_autoptr(GArray) ours = g_array_new(FALSE, FALSE, sizeof(Opened));
    for (gsize i = 0; i < count; i++) {
        if (!g_bookmark_file_has_application(b, uris[i], g_get_application_name(), NULL))
            continue;
        GDateTime *when = g_bookmark_file_get_modified_date_time(b, uris[i], NULL);
        Opened o = {uris[i], when ? g_date_time_to_unix(when) : 0};
        g_array_append_val(ours, o);
    }
    g_array_sort(ours, newest_first);
    g_autoptr(GStrvBuilder) found = g_strv_builder_new();
    for (guint i = 0; i < ours->len && most > 0; i++) {
        const char *uri = g_array_index(ours, Opened, i).uri;
        if (!is_there(uri)) continue;
        g_strv_builder_add(found, uri);
        most--;
    }
    g_bookmark_file_free(b);
    return g_strv_builder_end(found);
}
