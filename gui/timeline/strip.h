// SPDX-License-Identifier: Apache-2.0
//
// The strip of time at the bottom of a page: the loss over the steps, findings, bookmarks and
// branches, and the cursor that every view follows (session/cursor.h). From a step of the past
// one can go on as a branch, and back. While the strip is wanted the session keeps its past;
// it shows itself when there are steps.
#pragma once

#include "session/model.h"

#include <gtk/gtk.h>

// [run] is asked to run again the cell whose number in the session was [count].
GtkWidget *adj_ui_strip_new(AdjUiModel *model, void (*run)(gpointer self, int count),
                            gpointer self);

void adj_ui_strip_want(GtkWidget *strip, gboolean wanted);
gboolean adj_ui_strip_wanted(GtkWidget *strip);

// Marks, ranges and the cursor as rows of text.
char *adj_ui_strip_table(GtkWidget *strip);
void adj_ui_strip_draw(GtkWidget *strip, cairo_t *cr, int width, int height);
