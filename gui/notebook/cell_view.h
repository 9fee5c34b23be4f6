// SPDX-License-Identifier: Apache-2.0
// cell_view.h: one cell as widgets: a row of the flow.
#pragma once

#include "notebook/page.h"

GtkWidget *adj_ui_cell_view_new(AdjUiPage *p);
void adj_ui_cell_view_bind(GtkWidget *view, AdjUiCell *c);
void adj_ui_cell_view_unbind(GtkWidget *view);
AdjUiCell *adj_ui_cell_view_cell(GtkWidget *view);
GtkSourceView *adj_ui_cell_view_editor(GtkWidget *view);
// How the row shows that it is selected.
void adj_ui_cell_view_select(GtkWidget *view, gboolean selected, gboolean cursor,
                             gboolean editing);
void adj_ui_cell_view_line_numbers(GtkWidget *view, gboolean shown);
int adj_ui_cell_view_estimate(AdjUiCell *c);
