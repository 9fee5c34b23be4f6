// SPDX-License-Identifier: Apache-2.0
// present.h: a window as a projector wants it: large type, one step of a lesson at a time, the
// panel it is about beside it, nothing else.
#pragma once

#include "app.h"

// Begins with the step where the cursor is, or ends and puts everything back.
void adj_ui_present_toggle(GtkWidget *window, const char *name, GVariant *v);
void adj_ui_present_turn(GtkWidget *window, const char *name, GVariant *v);
// Writes the present layout of the panes into the step.
void adj_ui_present_keep(GtkWidget *window, const char *name, GVariant *v);

gboolean adj_ui_presenting(GtkWidget *window);
