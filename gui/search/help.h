// SPDX-License-Identifier: Apache-2.0
// help.h: the names that have help, and the help of one of them, from the session.
#pragma once

#include "session/model.h"

#include <gtk/gtk.h>

// Asks for the names of the library ("torch.relu", "nn.Linear"); [take] gets them part by part,
// NULL at the end of each, while [owner] lives.
typedef void (*AdjUiHelpNames)(gpointer self, const char *const *names);
void adj_ui_help_names(AdjUiModel *m, AdjUiHelpNames take, gpointer self, GObject *owner);

// A window with what the session says of [name].
void adj_ui_help_open(GtkWidget *window, AdjUiModel *m, const char *name);
