// SPDX-License-Identifier: Apache-2.0
// output.h: an output of a cell as a widget.
#pragma once

#include "notebook/cell.h"

// Shows [o], which must live as long as the widget or until the next refresh. Activated links
// "cell:3:2" are given to [go] with the number of the run and the line.
typedef void (*AdjUiGo)(gpointer self, int count, int line);
GtkWidget *adj_ui_output_new_widget(AdjUiOutput *o, AdjUiGo go, gpointer self);

// The stream that [widget] shows has become longer.
void adj_ui_output_refresh(GtkWidget *widget, AdjUiOutput *o);

// A guess of its height in pixels, for a row nobody has made.
int adj_ui_output_estimate(const AdjUiOutput *o);

// A picture that zooms: Ctrl and the wheel, two fingers, or the keys + - 0 while it has the
// focus. [bytes] are PNG, JPEG or SVG; NULL if they are none of these (figure.c).
GtkWidget *adj_ui_figure_new(GBytes *bytes, const char *mime, int width, int height);

// The first table of an HTML text as a grid, or NULL if there is none (html.c).
GtkWidget *adj_ui_html_table_new(const char *html);
