// SPDX-License-Identifier: Apache-2.0
//
// A drawer that wiggles one element of a tensor: a slider, the loss at every place it can go
// to, and what the derivative promised. While the slider moves, nothing of the program's
// changes: the session computes the loss aside. Letting go puts the slider back; Keep sets the
// element for good.
#pragma once

#include "session/model.h"

#include <gtk/gtk.h>

typedef struct AdjUiWiggleOwner {
    void (*tried)(gpointer self, double value);  // the slider stands here; NaN: let go
    void (*kept)(gpointer self);                 // the element was set
} AdjUiWiggleOwner;

// [self] is borrowed.
GtkWidget *adj_ui_wiggle_new(AdjUiModel *model, const AdjUiWiggleOwner *owner, gpointer self);

// Wiggles the element of [name] at [at]; [spread] says how far elements of this tensor usually
// lie apart. The same element again: as it is by now.
void adj_ui_wiggle_choose(GtkWidget *w, const char *name, const int64_t *at, int rank,
                          double spread);
// Stops asking, and lets the session forget what it keeps for this.
void adj_ui_wiggle_close(GtkWidget *w);

void adj_ui_wiggle_draw(GtkWidget *w, cairo_t *cr, int width, int height);
// Rows of value, loss and promised loss; then of distance and error.
char *adj_ui_wiggle_table(GtkWidget *w);
