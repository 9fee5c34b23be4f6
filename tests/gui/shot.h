// SPDX-License-Identifier: Apache-2.0
//
// The window of a test: made at a fixed size with a fixed font, run until it is at rest, kept
// as a picture to be looked at.
#pragma once

#include <gtk/gtk.h>

// Starts GTK for a test: no animations, no blinking. FALSE: there is no display.
gboolean shot_init(void);

// A window of this size around [child], shown.
GtkWidget *shot_window(GtkWidget *child, int width, int height);

// Runs the main loop until nothing has been waiting for [ms].
void shot_settle(int ms);

// Writes what [widget] shows to $ADJ_PICTURES/[name].png.
gboolean shot_take(GtkWidget *widget, const char *name);

// What [widget] shows as 4 bytes a pixel (blue, green, red, -), [width] x [height] from the top
// left; newly allocated, NULL: it has no picture of that size.
guchar *shot_pixels(GtkWidget *widget, int width, int height);

// A key press as the widget's controllers get it: through the focus.
void shot_key(GtkWidget *widget, guint key, GdkModifierType state);
