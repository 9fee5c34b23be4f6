// SPDX-License-Identifier: Apache-2.0
//
// What the panel Maps shows, without a widget: the session's answers to `points` and `grid`
// turned into the painter's plane and net, and the changes that are made by hand, with their
// way back.
//
// INVARIANT: the points here are the session's as soon as it has done what was asked of it;
// changes are made here at once, and asked for by the request that each of them gives.
#pragma once

#include "paint/maps.h"

#include <json-glib/json-glib.h>

enum { ADJ_UI_PLANE_UNITS = 8, ADJ_UI_PLANE_SIDE = 32, ADJ_UI_PLANE_GRID = 100 };

typedef struct AdjUiPlaneData {
    AdjUiPlane plane;
    AdjUiNet net;
    char *module, *points, *labels, *test_points, *test_labels;
    char **modules, **points_of, **labels_of, **test_labels_of;  // what could be chosen
    gint64 state[2];  // of the points, as the session tells them apart
    gint64 stride, step;
    gboolean module_chosen;  // by hand: else it follows what the session guesses
    gboolean kept_range;     // the plane does not follow the points
    // The rest is plane.c's own.
    GArray *at, *target, *test_at, *test_target;
    GArray *columns;          // of AdjUiColumn
    GPtrArray *column_parts;  // what each of them owns
    AdjUiField coming[ADJ_UI_PLANE_OUTPUTS];
    int next_row;           // of a grid that comes in portions; 0: none is coming
    GQueue *done, *undone;  // of AdjUiChange
    int group;              // changes of one number go back together
} AdjUiPlaneData;

AdjUiPlaneData *adj_ui_plane_new(void);
void adj_ui_plane_free(AdjUiPlaneData *d);

// The answers. take_points: whether the points are other ones than those known (their changes
// are then forgotten). take_grid: the first row that is still to come, 0: all are there.
gboolean adj_ui_plane_take_points(AdjUiPlaneData *d, JsonObject *reply);
void adj_ui_plane_take_test(AdjUiPlaneData *d, JsonObject *reply);
int adj_ui_plane_take_grid(AdjUiPlaneData *d, JsonObject *reply);
// An image of a reply as a field of its own; FALSE: it is none.
gboolean adj_ui_plane_take_image(JsonObject *image, AdjUiField *out);
void adj_ui_plane_forget_grid(AdjUiPlaneData *d);
// The fields of a request `grid` for what is known; taken by the caller.
JsonObject *adj_ui_plane_grid_fields(const AdjUiPlaneData *d, int first);
// The path of the column that shows module [path] or its activation, or NULL.
const char *adj_ui_plane_column_of(const AdjUiPlaneData *d, const char *path);
// How many points lie on the side of the map that they belong to.
int adj_ui_plane_right(const AdjUiPlaneData *d, const AdjUiSamples *points);

// ---- changes by hand: each gives the fields of its request `edit_points`

gboolean adj_ui_plane_can_edit(const AdjUiPlaneData *d);
// Changes made from now on belong together until the next call.
void adj_ui_plane_begin(AdjUiPlaneData *d);
JsonObject *adj_ui_plane_insert(AdjUiPlaneData *d, const double *at, const double *target,
                                int count);
JsonObject *adj_ui_plane_remove(AdjUiPlaneData *d, const int *rows, int count);  // ascending
// Moves of one point within a group go back together, to where the first began.
JsonObject *adj_ui_plane_move(AdjUiPlaneData *d, int row, double x, double y);
// All points are these from now on.
JsonObject *adj_ui_plane_replace(AdjUiPlaneData *d, const double *at, const double *target,
                                 int count);
// One change back or forth; NULL: there is none left, or the next belongs to another group.
// Call until NULL; [first] on the first call.
JsonObject *adj_ui_plane_undo(AdjUiPlaneData *d, gboolean first);
JsonObject *adj_ui_plane_redo(AdjUiPlaneData *d, gboolean first);
