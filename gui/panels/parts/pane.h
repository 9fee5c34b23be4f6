// SPDX-License-Identifier: Apache-2.0
// pane.h: the zoom of one pane of a window. Widgets follow the size of type (style sheets);
// pictures are painted in units of their own, and ask here how large a unit is.
#pragma once

#include <gtk/gtk.h>

// Pixels for a unit in the pane that [w] stands in: 1 unless somebody set it.
double adj_ui_pane_zoom(GtkWidget *w);

// Sets it for everything in [pane]. [by_hand]: somebody wants to see this closer, so that
// pictures that fit the pane come closer too.
void adj_ui_pane_set_zoom(GtkWidget *pane, double zoom, gboolean by_hand);

// [follow] hears of a new zoom of the pane that [w] stands in; factor: new by old.
typedef void (*AdjUiRezoom)(GtkWidget *w, double factor, gboolean by_hand);
void adj_ui_pane_follow(GtkWidget *w, AdjUiRezoom follow);
