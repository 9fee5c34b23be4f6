// SPDX-License-Identifier: Apache-2.0
// main.c: the program `adjoint-workbench`.
#include "app.h"
#include "disk.h"
#include "frames.h"
#include "web.h"

#include <glib/gi18n.h>

#include <locale.h>

// Where no graphics processor is, GTK would draw the window by a GL that runs on the processor,
// ten times slower than Cairo draws it. A browser is drawn to by a renderer of its own, which
// no other replaces. Must be said before GTK begins.
static void choose_renderer(void)
{
    g_autoptr(GDir) nodes = g_dir_open("/dev/dri", 0, NULL);
    const char *name = NULL;
    if (!g_strcmp0(g_getenv("GDK_BACKEND"), "broadway")) return;
    if (g_getenv("GSK_RENDERER") || !g_strcmp0(g_getenv("ADJOINT_GL"), "1")) return;
    while (nodes && (name = g_dir_read_name(nodes)))
        if (g_str_has_prefix(name, "renderD")) return;
    g_setenv("GSK_RENDERER", "cairo", FALSE);
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    bindtextdomain(GETTEXT_PACKAGE, ADJ_UI_LOCALE_DIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    textdomain(GETTEXT_PACKAGE);
    if (!adj_ui_web_start(&argc, argv)) return 2;
    choose_renderer();
    g_autoptr(AdwApplication) app = adj_ui_app_new();
    int status = g_application_run(G_APPLICATION(app), argc, argv);
    adj_ui_disk_finish();
    adj_ui_frames_report();
    return status;
}
