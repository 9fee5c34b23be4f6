// SPDX-License-Identifier: Apache-2.0
//
// The window lens of a layer: hover an element of its result and see what it is made of; hold
// Alt and hover one of its input and see where it goes. The numbers are of a pinned step, which
// the lens asks the session to keep.
#pragma once

#include "session/model.h"

#include <gtk/gtk.h>

GtkWidget *adj_ui_lens_new(AdjUiModel *model);
// Looks at a layer; NULL: at none, and nothing is asked any more.
void adj_ui_lens_show(GtkWidget *lens, const char *module);
// A step may have been recorded.
void adj_ui_lens_news(GtkWidget *lens);
// The pointer is at a place of the picture.
void adj_ui_lens_point(GtkWidget *lens, double x, double y, gboolean alt);

void adj_ui_lens_draw(GtkWidget *lens, cairo_t *cr, int width, int height);
char *adj_ui_lens_table(GtkWidget *lens);
