// SPDX-License-Identifier: Apache-2.0
// frames.h: the main loop's work per frame, measured on request.
#pragma once

#include <gtk/gtk.h>

// Counts the frames of [window] if $ADJOINT_FRAMES names a file.
void adj_ui_frames_watch(GtkWidget *window);
// Writes what was counted to that file: frames, median, 99th percentile, longest.
void adj_ui_frames_report(void);
