// SPDX-License-Identifier: Apache-2.0
// answers.c: see answers.h. A line is appended at once, so that nothing is lost with the
// window; fields are divided by tabs, which an answer cannot hold.
#include "panels/parts/answers.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

char *adj_ui_answers_path(const char *lesson)
{
    g_autofree char *name = g_path_get_basename(lesson && *lesson ? lesson : "Untitled");
    char *dot = strrchr(name, '.');
    if (dot && dot > name) *dot = '\0';
    g_autofree char *file = g_strconcat(name, ".txt", NULL);
    return g_build_filename(g_get_user_data_dir(), "adjoint", "answers", file, NULL);
}

static char *plain(const char *text)
{
    return g_strstrip(g_strdelimit(g_strdup(text), "\t\r\n", ' '));
}

gboolean adj_ui_answers_add(const char *lesson, const char *where, const char *answer,
                            const char *mark, double truth)
{
    g_autofree char *path = adj_ui_answers_path(lesson), *folder = g_path_get_dirname(path);
    g_autofree char *place = plain(where), *said = plain(answer);
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *when = g_date_time_format(now, "%Y-%m-%d %H:%M:%S");
    if (g_mkdir_with_parents(folder, 0700)) return FALSE;
    FILE *f = g_fopen(path, "a");
    if (!f) return FALSE;
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd(number, sizeof number, "%.6g", truth);
    fprintf(f, "%s\t%s\t%s\t%s\t%s\n", when, place, said, mark, number);
    return fclose(f) == 0;
}
