// SPDX-License-Identifier: Apache-2.0
//
// The cards under the tape: the edge that the backward pass goes along, the sum at a value with
// several readers, the value that is selected.
#pragma once

#include "panels/tape/walk.h"
#include "session/model.h"

#include <gtk/gtk.h>

typedef struct AdjUiTapeCards AdjUiTapeCards;

// The widget holds the cards' state; [model] outlives it.
GtkWidget *adj_ui_tape_cards_new(AdjUiModel *model);

// Shows the node at the walk's cursor; [outgoing] chooses the edge. The walk is borrowed until
// the next call; NULL: nothing.
void adj_ui_tape_cards_walk(GtkWidget *cards, AdjUiWalk *walk, int outgoing);
// Quiz: what each edge sends is hidden until it was predicted.
void adj_ui_tape_cards_quiz(GtkWidget *cards, gboolean on);
// Whether something is still to be predicted here; if so, the entry gets the focus.
gboolean adj_ui_tape_cards_ask(GtkWidget *cards);
gboolean adj_ui_tape_cards_asking(GtkWidget *cards);  // it is a quiz
// Asks for a value by name and shows it.
void adj_ui_tape_cards_value(GtkWidget *cards, const char *name);
