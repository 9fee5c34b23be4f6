// SPDX-License-Identifier: Apache-2.0
// handout.h: a notebook on paper: its words, programs and results, then the panel that is
// shown. Printed, or written as a PDF.
#pragma once

#include <gtk/gtk.h>

// Actions of a window: the dialog of the printer; the dialog for a file.
void adj_ui_handout_print(GtkWidget *window, const char *name, GVariant *v);
void adj_ui_handout_export(GtkWidget *window, const char *name, GVariant *v);
