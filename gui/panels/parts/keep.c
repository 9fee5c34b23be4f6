// SPDX-License-Identifier: Apache-2.0
// keep.c: the file is read when it is asked and written when a choice is made: both are rare,
// and two windows never hold different copies. A file that cannot be written is no error: the
// choice then holds as long as the window.
#include "panels/parts/keep.h"

#include <glib/gstdio.h>

static char *file_name(void)
{
    return g_build_filename(g_get_user_config_dir(), "adjoint", "panels.ini", NULL);
}

int adj_ui_kept_number(const char *panel, const char *choice, int otherwise)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *name = file_name();
    g_autoptr(GError) error = NULL;
    g_key_file_load_from_file(file, name, G_KEY_FILE_NONE, NULL);
    int value = g_key_file_get_integer(file, panel, choice, &error);
    return error ? otherwise : value;
}

void adj_ui_keep_number(const char *panel, const char *choice, int value)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *name = file_name(), *folder = g_path_get_dirname(name);
    g_key_file_load_from_file(file, name, G_KEY_FILE_KEEP_COMMENTS, NULL);
    g_key_file_set_integer(file, panel, choice, value);
    g_mkdir_with_parents(folder, 0755);
    g_key_file_save_to_file(file, name, NULL);
}

gboolean adj_ui_kept(const char *panel, const char *choice, gboolean otherwise)
{
    return adj_ui_kept_number(panel, choice, otherwise) != 0;
}

void adj_ui_keep(const char *panel, const char *choice, gboolean value)
{
    adj_ui_keep_number(panel, choice, value);
}
