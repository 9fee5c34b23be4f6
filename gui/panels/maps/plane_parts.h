// SPDX-License-Identifier: Apache-2.0
//
// Between the two files of the plane's data: answers (plane.c) and changes (plane_edit.c).
#pragma once

#include "panels/maps/plane.h"

// The lists of points have changed: what the painter reads follows.
void adj_ui_plane_points_changed(AdjUiPlaneData *d);
// Nothing can be taken back any more.
void adj_ui_plane_forget_changes(AdjUiPlaneData *d);
JsonArray *adj_ui_plane_numbers(const double *at, int count);
