// SPDX-License-Identifier: Apache-2.0
//
// The order in which the backward pass visits the tape, as a list with a cursor. Only rows in
// view exist, so a hundred thousand operations cost what a screenful does.
#pragma once

#include "panels/tape/walk.h"

#include <gtk/gtk.h>

// [go]: a row was activated, the walk should stand there. [look]: a row was chosen, show what
// it is.
typedef struct AdjUiOrderOwner {
    void (*go)(gpointer self, int32_t node);
    void (*look)(gpointer self, int32_t node);
} AdjUiOrderOwner;

GtkWidget *adj_ui_tape_order_new(const AdjUiOrderOwner *owner, gpointer self);

// What the walk says now; borrowed until the next call. NULL: there is none.
void adj_ui_tape_order_show(GtkWidget *order, const AdjUiWalk *walk);
// Chooses the row of a node without telling; -1: none.
void adj_ui_tape_order_choose(GtkWidget *order, int32_t node);
