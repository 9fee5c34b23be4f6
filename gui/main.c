// SPDX-License-Identifier: Apache-2.0
// main.c: the program `adjoint-workbench`.
#include "app.h"
#include "frames.h"
#include "web.h"

#include <glib/gi18n.h>

#include <locale.h>

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    bindtextdomain(GETTEXT_PACKAGE, ADJ_UI_LOCALE_DIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    textdomain(GETTEXT_PACKAGE);
    if (!adj_ui_web_start(&argc, argv)) return 2;
    g_autoptr(AdwApplication) app = adj_ui_app_new();
    int status = g_application_run(G_APPLICATION(app), argc, argv);
    adj_ui_frames_report();
    return status;
}
