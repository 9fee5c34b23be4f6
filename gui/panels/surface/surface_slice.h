// SPDX-License-Identifier: Apache-2.0
//
// The loss around a point of the way that parameters took: the cut along the gradient with the
// step that was taken, and the map of two directions with the way on it. While it is shown, the
// session keeps the way of the module's parameters.
#pragma once

#include "session/model.h"

#include <gtk/gtk.h>

typedef enum { ADJ_UI_CUT, ADJ_UI_MAP } AdjUiSliceView;

GtkWidget *adj_ui_slice_new(AdjUiModel *model);

// Computes the loss [code] around the parameters of [module]; view, directions and centre stay.
void adj_ui_slice_begin(GtkWidget *w, const char *code, const char *module);
void adj_ui_slice_view(GtkWidget *w, AdjUiSliceView view);
// Shown or hidden: begins to follow the parameters, or stops all of it.
void adj_ui_slice_show(GtkWidget *w, gboolean visible);
void adj_ui_slice_log(GtkWidget *w, gboolean logarithmic);

void adj_ui_slice_draw(GtkWidget *w, cairo_t *cr, int width, int height);
char *adj_ui_slice_table(GtkWidget *w);
