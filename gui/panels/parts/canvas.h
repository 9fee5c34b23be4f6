// SPDX-License-Identifier: Apache-2.0
//
// A picture that one can move about in: pan, zoom, fit, hover, walk with the keyboard.
//
// A canvas has two layers. The lower is the picture; it is painted again only when the view or
// the picture changes. The upper holds what follows the pointer; moving the pointer repaints
// that layer alone, whatever the picture costs. Both are given a context in the picture's own
// units. What a canvas shows, and what clicks and arrow keys mean, its owner says in a table of
// functions; any of them may be NULL.
#pragma once

#include "panels/parts/glview.h"

typedef struct AdjUiView {
    AdjUiRect visible;  // in units of the picture
    double zoom;        // pixels of a unit
    int width, height;  // in pixels
    const AdjUiTheme *theme;
    gboolean shaded;  // what `shade` draws is there already
} AdjUiView;

typedef struct AdjUiCanvasOwner {
    AdjUiRect (*extent)(gpointer self);
    void (*paint)(gpointer self, cairo_t *cr, const AdjUiView *view);
    // What of the picture shaders can draw, beneath what `paint` paints; FALSE: they cannot.
    gboolean (*shade)(gpointer self, AdjUiShader *s, AdjUiFrame *frame, const AdjUiView *view);
    void (*paint_hover)(gpointer self, cairo_t *cr, const AdjUiView *view);
    // The pointer is at a place; FALSE: [x], [y] mean nothing, it has left. Answers whether
    // what it is on has changed, and so whether the upper layer is painted.
    gboolean (*hover)(gpointer self, gboolean inside, double x, double y);
    void (*click)(gpointer self, double x, double y, int presses, guint button,
                  GdkModifierType state);
    gboolean (*key)(gpointer self, guint key, GdkModifierType state);
    double least_zoom, most_zoom;  // 0: 0.01 and 8
    double fit_zoom;               // how close showing all of it may come; 0: 1.5
    double readable_zoom;          // what a first view shows at least (adj_ui_canvas_open)
} AdjUiCanvasOwner;

// [label] is what a screen reader says of it. [self] is borrowed.
GtkWidget *adj_ui_canvas_new(const AdjUiCanvasOwner *owner, gpointer self, const char *label);

// The picture, or only what is on it (its extent being the same), has changed.
void adj_ui_canvas_changed(GtkWidget *canvas);
void adj_ui_canvas_hover_changed(GtkWidget *canvas);

// Shows all of the picture; while nobody has moved the view since, it keeps showing all of it.
void adj_ui_canvas_fit(GtkWidget *canvas);
// The same, but where all of it would be too small to read, the end of its longer side (right,
// or below) as large as needed.
void adj_ui_canvas_open(GtkWidget *canvas);
// Zooms around the middle (factor > 1: closer).
void adj_ui_canvas_zoom(GtkWidget *canvas, double factor);
// Moves as little as needed to show [r] with a margin, and comes close enough to read it.
void adj_ui_canvas_show(GtkWidget *canvas, AdjUiRect r);
// Keeps a point of the picture where it is on the screen while the picture is laid out anew.
void adj_ui_canvas_hold(GtkWidget *canvas, double old_x, double old_y, double x, double y);
void adj_ui_canvas_view(GtkWidget *canvas, AdjUiView *view);

// What a screen reader hears when the keyboard moves to something.
void adj_ui_canvas_say(GtkWidget *canvas, const char *text);

// The theme for the window's present style.
const AdjUiTheme *adj_ui_theme_now(void);
