// SPDX-License-Identifier: Apache-2.0
//
// What the session uses of the machine, in one line, and behind it the last two minutes as
// curves. Heard of only while it is visible.
#pragma once

#include "session/model.h"

#include <gtk/gtk.h>

GtkWidget *adj_ui_machine_new(AdjUiModel *model);
// The program has come to this step of training; for steps per second.
void adj_ui_machine_step(GtkWidget *machine, gint64 step);
