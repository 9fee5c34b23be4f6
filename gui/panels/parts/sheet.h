// SPDX-License-Identifier: Apache-2.0
//
// A picture in pixels with a layer above it that follows the pointer: what panels draw on that
// have axes of their own and no view to move about in (canvas.h is for those).
#pragma once

#include "panels/parts/glview.h"

typedef struct AdjUiSheetOwner {
    void (*paint)(gpointer self, cairo_t *cr, const AdjUiTheme *theme, int width, int height);
    // What of the picture shaders can draw, beneath what `paint` paints; FALSE: they cannot.
    gboolean (*shade)(gpointer self, AdjUiShader *s, AdjUiFrame *frame);
    // The upper layer; [x], [y] is the pointer, or the place that the keyboard walks with.
    void (*paint_hover)(gpointer self, cairo_t *cr, const AdjUiTheme *theme, double x,
                        double y);
    void (*click)(gpointer self, double x, double y, int presses, GdkModifierType state);
    // A drag from the place where it began; [done]: the button was let go.
    void (*drag)(gpointer self, double x, double y, double dx, double dy, gboolean done);
    gboolean (*scroll)(gpointer self, double x, double y, double dx, double dy,
                       GdkModifierType state);
    gboolean (*key)(gpointer self, guint key, GdkModifierType state);
} AdjUiSheetOwner;

GtkWidget *adj_ui_sheet_new(const AdjUiSheetOwner *owner, gpointer self, const char *label);
void adj_ui_sheet_changed(GtkWidget *sheet);  // paint both layers
void adj_ui_sheet_news(GtkWidget *sheet);     // the same, at the pace of a picture that follows
void adj_ui_sheet_hover_changed(GtkWidget *sheet);  // only the upper one
// Whether `shade` has drawn its part of this frame: `paint` must leave it out.
gboolean adj_ui_sheet_shaded(GtkWidget *sheet);
// Where the pointer is; FALSE: not on it.
gboolean adj_ui_sheet_pointer(GtkWidget *sheet, double *x, double *y);
// Moves what follows the pointer, as the keyboard does.
void adj_ui_sheet_point(GtkWidget *sheet, double x, double y);
void adj_ui_sheet_size(GtkWidget *sheet, int *width, int *height);

// -- small parts of tool bars -------------------------------------------------------------

// A row that folds when it is narrow (bar.c).
GtkWidget *adj_ui_bar_new(void);
// Buttons with an icon; the text is tooltip and accessible name.
GtkWidget *adj_ui_button_new(const char *icon, const char *text, GCallback clicked,
                             gpointer self);
GtkWidget *adj_ui_toggle_new(const char *icon, const char *text, gboolean active,
                             GCallback toggled, gpointer self);
// A list of words to choose from; [chosen] hears "notify::selected".
GtkWidget *adj_ui_choice_new(const char *const *words, const char *text, GCallback chosen,
                             gpointer self);
// A slider from [least] to [most].
GtkWidget *adj_ui_slider_new(double least, double most, double step, double value,
                             const char *text, GCallback moved, gpointer self);
// One line of text that takes the rest of the bar.
GtkWidget *adj_ui_status_new(void);
