// SPDX-License-Identifier: Apache-2.0
//
// The panel Maps between its two files: pictures, pointer and session (panel_maps.c), and the
// widgets around them with the files that are dropped (maps_bar.c).
#pragma once

#include "panels/maps/plane.h"
#include "panels/panel.h"
#include "panels/parts/sheet.h"

typedef enum { ADJ_UI_LOOK, ADJ_UI_PAINT, ADJ_UI_ERASE, ADJ_UI_MOVE, ADJ_UI_TOOLS } AdjUiTool;

typedef struct AdjUiMaps {
    AdjUiModel *model;
    AdjUiPlaneData *data;
    gboolean visible;
    guint asked_points, asked_grid, subscription, modules;
    char *subscribed;                     // the fields of the subscription, as text
    gboolean grid_again;                  // something changed while a grid was on its way
    int edits;                            // that have not been answered
    char *chosen_points, *chosen_labels;  // by hand; NULL: the session guesses
    char *selected;                       // path of a module
    // The hand.
    int class_now, held;          // the class that is painted; the point that is dragged, -1
    gboolean busy_hand, carried;  // in a drag; held by the keyboard
    double last_x, last_y;        // where the brush was last put down
    cairo_surface_t *picture;     // what the sheet shows beneath the pointer
    GtkWidget *box, *stack, *sheet, *status, *why;
    GtkWidget *tools[ADJ_UI_TOOLS], *classes, *discrete, *test_on, *step_in;
    GtkWidget *names, *said_names,
        *choices[5];   // the button, and in it: module, points, labels, test's two
    gboolean filling;  // the lists of choices: nobody chose
} AdjUiMaps;

extern const AdjUiSheetOwner adj_ui_maps_sheet;

// panel_maps.c
AdjUiMaps *adj_ui_maps_of(GtkWidget *w);
void adj_ui_maps_say(AdjUiMaps *m, const char *text);
void adj_ui_maps_ask_points(AdjUiMaps *m);
void adj_ui_maps_ask_test(AdjUiMaps *m);
void adj_ui_maps_choose_module(AdjUiMaps *m, const char *path);
void adj_ui_maps_edit(AdjUiMaps *m, JsonObject *fields);  // taken; NULL is nothing
void adj_ui_maps_undo(AdjUiMaps *m);
void adj_ui_maps_redo(AdjUiMaps *m);
void adj_ui_maps_fit(AdjUiMaps *m);
void adj_ui_maps_step_in(AdjUiMaps *m);
// Where net and map are on a sheet of this size.
void adj_ui_maps_places(const AdjUiMaps *m, int width, int height, AdjUiRect *net,
                        AdjUiRect *map);
char *adj_ui_maps_unit_name(const AdjUiMaps *m, int column, int unit);

// maps_bar.c
GtkWidget *adj_ui_maps_create(AdjUiModel *model);
void adj_ui_maps_names_changed(AdjUiMaps *m);    // what could be chosen
void adj_ui_maps_choices_changed(AdjUiMaps *m);  // the classes that can be painted
void adj_ui_maps_choose_class(AdjUiMaps *m, int k);
// The points of a file take the place of those there are.
void adj_ui_maps_read(AdjUiMaps *m, const char *text, gsize length, const char *name);
