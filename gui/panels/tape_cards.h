// SPDX-License-Identifier: Apache-2.0
//
// The cards under the tape: the edge that the backward pass goes along, the sum at a value with
// several readers, the value that is selected.
#pragma once

#include "session/model.h"
#include "panels/walk.h"

#include <gtk/gtk.h>

typedef struct AdjUiTapeCards AdjUiTapeCards;

// The widget holds the cards' state; [model] outlives it.
GtkWidget *adj_ui_tape_cards_new(AdjUiModel *model);

// Shows the node at the walk's cursor; [outgoing] chooses the edge. The walk is borrowed until
// the next call; NULL: nothing.
void adj_ui_tape_cards_walk(GtkWidget *cards, const AdjUiWalk *walk, int outgoing);
// Asks for a value by name and shows it.
void adj_ui_tape_cards_value(GtkWidget *cards, const char *name);
