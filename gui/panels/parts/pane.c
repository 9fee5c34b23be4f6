// SPDX-License-Identifier: Apache-2.0
// pane.c: see pane.h. The zoom lies with the pane's widget; who paints looks upwards for it.
#include "panels/parts/pane.h"

double adj_ui_pane_zoom(GtkWidget *w)
{
    for (; w; w = gtk_widget_get_parent(w)) {
        const double *zoom = g_object_get_data(G_OBJECT(w), "pane-zoom");
        if (zoom) return *zoom;
    }
    return 1;
}

static void tell(GtkWidget *w, double factor, gboolean by_hand)
{
    AdjUiRezoom follow = (AdjUiRezoom)(gintptr)g_object_get_data(G_OBJECT(w), "rezoom");
    if (follow) follow(w, factor, by_hand);
    for (GtkWidget *c = gtk_widget_get_first_child(w); c; c = gtk_widget_get_next_sibling(c))
        tell(c, factor, by_hand);
}

void adj_ui_pane_set_zoom(GtkWidget *pane, double zoom, gboolean by_hand)
{
    double before = adj_ui_pane_zoom(pane), *kept = g_new(double, 1);
    *kept = zoom;
    g_object_set_data_full(G_OBJECT(pane), "pane-zoom", kept, g_free);
    if (before != zoom) tell(pane, zoom / before, by_hand);
}

void adj_ui_pane_follow(GtkWidget *w, AdjUiRezoom follow)
{
    g_object_set_data(G_OBJECT(w), "rezoom", (gpointer)(gintptr)follow);
}
