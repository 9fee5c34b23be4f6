// SPDX-License-Identifier: Apache-2.0
//
// The sum behind a leaf's gradient: a bar for what each of its readers sends, in the order of
// arrival, and what becomes of it when zero_grad is forgotten.
#pragma once

#include "panels/tape/walk.h"
#include "session/model.h"

#include <gtk/gtk.h>

GtkWidget *adj_ui_tape_fan_new(AdjUiModel *model);
// Shows what the walk sends to the leaf [name]; NULL: nothing. The walk is borrowed until the
// next call.
void adj_ui_tape_fan_show(GtkWidget *fan, const AdjUiWalk *walk, const char *name);
// The rows as text, for the table of the tape; newly allocated, "" for none.
char *adj_ui_tape_fan_table(GtkWidget *fan);
