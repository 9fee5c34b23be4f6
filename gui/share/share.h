// SPDX-License-Identifier: Apache-2.0
// share.h: what a window shows, as files for others.
//
// A panel draws itself on a page through its row (panel.h: draw, table); pictures of widgets
// are never taken, so letters stay letters and lines stay lines. A row of formats.c is one kind
// of file: another format is another row.
#pragma once

#include "panels/panel.h"

typedef struct AdjUiFormat {
    const char *name;   // "svg": names it in actions, and is the files' suffix
    const char *title;  // N_("SVG Picture")
    gboolean (*can)(const AdjUiPanel *row);
    // The bytes of the file; NULL with a sentence in [error].
    GBytes *(*write)(const AdjUiPanel *row, GtkWidget *panel, GError **error);
} AdjUiFormat;

extern const AdjUiFormat adj_ui_formats[];  // ends with a row without a name
const AdjUiFormat *adj_ui_format_find(const char *name);
// The row whose suffix [path] has, or NULL.
const AdjUiFormat *adj_ui_format_of(const char *path);

// The page that panels draw on, in points.
enum { ADJ_UI_PAGE_WIDTH = 960, ADJ_UI_PAGE_HEIGHT = 640, ADJ_UI_PNG_SCALE = 2 };

// A picture of [panel] with [scale] pixels for a point; free with cairo_surface_destroy.
cairo_surface_t *adj_ui_export_picture(const AdjUiPanel *row, GtkWidget *panel, int scale);

// -- actions of a window (actions.c) ------------------------------------------------------

// "panel format": either may be empty, for the panel that is shown, for the user's choice.
void adj_ui_export_panel(GtkWidget *window, const char *name, GVariant *v);
void adj_ui_export_copy(GtkWidget *window, const char *name, GVariant *v);
// The notebook as a page of HTML: as it stands, or run anew with its passes recorded.
void adj_ui_export_html(GtkWidget *window, const char *name, GVariant *v);

// The dialog for a new file beside the notebook, with a name proposed from it, [what] (or NULL)
// and the suffix; it has to be shown and destroyed.
GtkFileChooserNative *adj_ui_export_dialog(GtkWidget *window, const char *title,
                                           const char *what, const char *suffix);
