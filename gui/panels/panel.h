// SPDX-License-Identifier: Apache-2.0
// panel.h: what a panel of the inspector is: one file and one row.
//
// A row says what the panel is called and how it is made; everything around it (the tab, the
// shortcut, its entry in the menu and in the search, presentation mode, export) reads the row.
// A panel is an ordinary widget that holds its own state. It is made when it is first shown,
// told of news and of the selection only while it is visible, and told once when it becomes
// visible again, so a hidden panel costs nothing. All its functions are called from the main
// loop.
#pragma once

#include "session/model.h"

#include <gtk/gtk.h>

// A key that means something while a panel has the focus, for the window of keys.
typedef struct {
    const char *keys, *title;  // "<Shift>F8", N_()
} AdjUiPanelKey;

typedef struct {
    const char *name;      // "tape": names its action, its tests and its part of the layout
    const char *title;     // N_("Tape"), translated where it is shown
    const char *icon;      // symbolic icon: "adj-tape-symbolic", a file in icons/
    const char *shortcut;  // "<Alt>1"
    const char *text;      // N_() one sentence for the tooltip and for screen readers

    const AdjUiPanelKey *keys;  // its own, ends with a row without keys; NULL: none

    // Makes the widget. It keeps [model] as a borrowed pointer: the model outlives it.
    GtkWidget *(*create)(AdjUiModel *model);

    // Optional. The panel became visible (TRUE) or hidden: subscribe, or unsubscribe.
    void (*show)(GtkWidget *panel, gboolean visible);

    // A cell came to its end, another session answers, or the panel became visible after
    // either: what it shows may be old.
    void (*update)(GtkWidget *panel);

    // Something else is selected.
    void (*select)(GtkWidget *panel, const AdjUiSelection *s);

    // Draws what the panel shows at this size, for files and paper: in the light theme
    // whatever the window is, from the same painters.
    void (*draw)(GtkWidget *panel, cairo_t *cr, int width, int height);

    // Optional. Changes the size that files propose, where the drawing has one of its own: a
    // list is as long as it is, a graph as wide as its words can be read.
    void (*draw_size)(GtkWidget *panel, int *width, int *height);

    // Optional. Hides what is to be predicted, and asks for it.
    void (*quiz)(GtkWidget *panel, gboolean on);

    // The same data as rows of text for a screen reader, the clipboard and CSV files;
    // newly allocated, fields separated by commas.
    char *(*table)(GtkWidget *panel);
} AdjUiPanel;

// Those of every picture that one can move about in (canvas.c).
extern const AdjUiPanelKey adj_ui_picture_keys[];

// All rows in the order of their tabs, NULL at the end.
extern const AdjUiPanel *const adj_ui_panels[];

const AdjUiPanel *adj_ui_panel_find(const char *name);

// The widget that shows all panels of one model: tabs above, the chosen one below.
GtkWidget *adj_ui_panels_new(AdjUiModel *model);

// The chosen panel as a table, or as a picture again.
void adj_ui_panels_toggle_table(GtkWidget *panels);
// Shows panel [name] of [panels], making it if need be; returns it, or NULL if there is none.
GtkWidget *adj_ui_panels_show(GtkWidget *panels, const char *name);
const char *adj_ui_panels_shown(GtkWidget *panels);
// Without the row of tabs, for a presentation.
void adj_ui_panels_set_bare(GtkWidget *panels, gboolean bare);
