// SPDX-License-Identifier: Apache-2.0
// flow.h: a column of rows of any heights, of which only those near the window exist.
//
// GtkListView keeps two hundred rows alive, moves the focus by itself and guesses badly when
// rows differ in height a hundredfold; a notebook needs neither. Here a position is an anchor:
// one row, and how far its top is from the top of the window. Heights above it may be estimates
// for ever; what one looks at never jumps when they become known. Rows that leave are bound
// again to others; the row that has the focus stays alive however far it is scrolled away.
#pragma once

#include <gtk/gtk.h>

#define ADJ_UI_TYPE_FLOW (adj_ui_flow_get_type())
G_DECLARE_FINAL_TYPE(AdjUiFlow, adj_ui_flow, ADJ_UI, FLOW, GtkWidget)

typedef struct {
    gpointer self;
    GtkWidget *(*make)(gpointer self);
    void (*bind)(gpointer self, GtkWidget *row, gpointer item);
    void (*unbind)(gpointer self, GtkWidget *row);
    int (*estimate)(gpointer self, gpointer item);  // height of a row nobody has measured
} AdjUiFlowRows;

// Shows [items] (taken); scroll it in a GtkScrolledWindow.
AdjUiFlow *adj_ui_flow_new(GListModel *items, const AdjUiFlowRows *rows);

// The row that shows item [at], or NULL if it does not exist now.
GtkWidget *adj_ui_flow_row(AdjUiFlow *f, guint at);
// The same, making it if need be; it may lie outside the window.
GtkWidget *adj_ui_flow_force_row(AdjUiFlow *f, guint at);

// Scrolls as little as possible so that row [at] is in the window, its top if it is taller.
void adj_ui_flow_show(AdjUiFlow *f, guint at);
// The same for a part of the row: from [y], [height] high, in the row's coordinates.
void adj_ui_flow_show_part(AdjUiFlow *f, guint at, int y, int height);

// How many rows exist, for tests.
guint adj_ui_flow_alive(AdjUiFlow *f);
