// SPDX-License-Identifier: Apache-2.0
//
// The operation that failed: its shapes, where they disagree, and forms that would fit.
#pragma once

#include <gtk/gtk.h>
#include <json-glib/json-glib.h>

GtkWidget *adj_ui_tape_failure_new(void);
// Shows an answer to `failure`; NULL, or one that found none: nothing.
void adj_ui_tape_failure_show(GtkWidget *failure, JsonObject *reply);
char *adj_ui_tape_failure_table(GtkWidget *failure);  // newly allocated, "" for none
