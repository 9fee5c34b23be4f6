// SPDX-License-Identifier: Apache-2.0
//
// The parts of the panel Points: the request with its answers (points_ask.c), the picture
// (points_draw.c), and the widgets around it (panel_points.c).
#pragma once

#include "paint/points.h"
#include "session/model.h"
#include "sight/cloud.h"

#include <gtk/gtk.h>

enum { POINTS_NEAR = 12, POINTS_VALUES = 64 };

// What the session tells of one matrix. No widget; [changed] is called when something new is
// there.
typedef struct PointsData {
    AdjUiModel *model;
    GObject *owner;  // whose life the answers belong to
    void (*changed)(gpointer self);
    void (*told)(gpointer self, const char *text, gboolean is_error);
    gpointer self;
    AdjUiCloud *cloud;  // NULL: nothing yet
    AdjUiCloud *next;   // that grows; takes the place of `cloud` when it is whole
    int64_t job, next_job;
    guint asked, asked_near;
    // Of the selected point: the first of its values, and what is near it.
    int selected;  // -1: none
    int near[POINTS_NEAR], near_count;
    double distance[POINTS_NEAR];
    double values[POINTS_VALUES];
    int value_count;
    gboolean cosine;
} PointsData;

// Asks for the rows of [name]; [labels] may be "".
void adj_ui_points_ask(PointsData *d, const char *name, const char *labels, int components);
void adj_ui_points_stop(PointsData *d);  // waits for nothing any more
// Selects a point, -1: none, and asks what is near it.
void adj_ui_points_select(PointsData *d, int point);
void adj_ui_points_clear(PointsData *d);

// How a cloud is looked at. Its owner sets the choices and clears `inked` when one changes.
typedef struct PointsView {
    const PointsData *data;
    uint32_t *inks, *order;   // room for all points of the cloud
    const AdjUiTheme *inked;  // the theme that the inks are of; NULL: they are old
    uint64_t at_stamp, inks_stamp;
    double yaw, pitch, zoom, left, top;
    gboolean flat, by_row;
    char *search;  // what grows pale does not hold it; ""
    int found;     // points that match the search
} PointsView;

// The inks of all points, if they are old.
void adj_ui_points_ink(PointsView *v, const AdjUiTheme *theme);
AdjUiPoints adj_ui_points_scene(const PointsView *v, double width, double height);
// What lies over the points: axes, the selected one and what is near it, a legend.
void adj_ui_points_marks(const PointsView *v, cairo_t *cr, const AdjUiTheme *theme,
                         const AdjUiPoints *scene, double width, double height);
// A ring around a point, and a card beside it with its name.
void adj_ui_points_ring(cairo_t *cr, const AdjUiPoints *s, int point, AdjUiColour ink,
                        double width);
void adj_ui_points_tag(const PointsView *v, cairo_t *cr, const AdjUiTheme *theme,
                       const AdjUiPoints *s, int point, double width);
