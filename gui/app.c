// SPDX-License-Identifier: Apache-2.0
// app.c: one application, any number of windows: actions that belong to no window, the command
// line, the style.
#include "app.h"

#include <glib/gi18n.h>

static void activate(GApplication *app, gpointer self)
{
    (void)self;
    GtkWidget *w = adj_ui_window_new(ADW_APPLICATION(app));
    gtk_window_present(GTK_WINDOW(w));
}

AdwApplication *adj_ui_app_new(void)
{
    AdwApplication *app =
        ADW_APPLICATION(g_object_new(ADW_TYPE_APPLICATION, "application-id", ADJ_UI_ID, "flags",
                                     G_APPLICATION_HANDLES_OPEN | G_APPLICATION_NON_UNIQUE,
                                     "resource-base-path", ADJ_UI_PATH, NULL));
    g_signal_connect(app, "activate", G_CALLBACK(activate), NULL);
    return app;
}
