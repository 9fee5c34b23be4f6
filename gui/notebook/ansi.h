// SPDX-License-Identifier: Apache-2.0
// ansi.h: what a terminal would show, as Pango markup.
#pragma once

#include <glib.h>

// Newly allocated markup of [text]: colours, bold, italic, underline; other escapes vanish.
// Where [links], places such as "cell 3, line 2" become links to "cell:3:2".
char *adj_ui_ansi_markup(const char *text, gboolean dark, gboolean links);

// Newly allocated: [text] without escapes.
char *adj_ui_ansi_plain(const char *text);
