// SPDX-License-Identifier: Apache-2.0
// markdown.h: Markdown as widgets: what CommonMark's everyday half looks like in a window.
#pragma once

#include <gtk/gtk.h>

// A column of widgets that shows [text]: headings, paragraphs, lists, quotes, code, tables,
// rules.
GtkWidget *adj_ui_markdown_new(const char *text);

// Newly allocated Pango markup of a paragraph: emphasis, code, links, formulas.
char *adj_ui_markdown_inline(const char *text);
// Newly allocated Pango markup of a TeX formula (math.c).
char *adj_ui_math_markup(const char *tex);
