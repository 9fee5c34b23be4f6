// SPDX-License-Identifier: Apache-2.0
// window.c: header bar, tabs, and what is in them.
#include "app.h"
#include "panel.h"

#include <glib/gi18n.h>

GtkWidget *adj_ui_window_new(AdwApplication *app)
{
    GtkWidget *w = adw_application_window_new(GTK_APPLICATION(app));
    gtk_window_set_default_size(GTK_WINDOW(w), 1280, 800);
    gtk_window_set_title(GTK_WINDOW(w), _("Adjoint"));
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    gtk_box_append(GTK_BOX(box), adw_header_bar_new());
    AdjUiModel *model = adj_ui_model_new();
    g_object_set_data_full(G_OBJECT(w), "model", model, g_object_unref);
    gtk_box_append(GTK_BOX(box), adj_ui_panels_new(model));
    adw_application_window_set_content(ADW_APPLICATION_WINDOW(w), box);
    return w;
}
