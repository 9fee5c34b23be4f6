// SPDX-License-Identifier: Apache-2.0
//
// The twin of a panel's picture: what the panel shows as rows of text, in a table that a screen
// reader walks, that can be searched by typing and copied from. Its text is what the panel
// gives for CSV files (AdjUiPanel.table), so the picture, the file and the table cannot say
// different things.
#pragma once

#include <gtk/gtk.h>

GtkWidget *adj_ui_twin_new(const char *label);
// Shows [csv]: the first line names the columns. Rows that were there keep their place.
void adj_ui_twin_set(GtkWidget *twin, const char *csv);
