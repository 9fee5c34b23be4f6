// SPDX-License-Identifier: Apache-2.0
//
// Points of a test that are pictures: what was painted is compared with a stored PNG.
//
// Type is set by the machine's own font library, so pixels are not compared one by one: both
// pictures are reduced to cells of 8 by 8, and a cell may differ by a tenth of the range. A
// letter that moves by a pixel passes, a card that is missing or has the wrong colour does not.
// What was painted is always left in the folder of the pictures, to be looked at.
#pragma once

#include <cairo.h>
#include <stdbool.h>

// Compares with tests/pictures/[name].png and destroys the surface. The painted picture goes to
// $ADJ_PICTURES/[name].png (the working folder's pictures/ otherwise).
bool picture_near(cairo_surface_t *surface, const char *name);

// A surface of this size in RGB, filled with the colour, and a context on it; [scale] is the
// resolution that a projector would have.
cairo_t *picture_begin(int width, int height, double scale, double r, double g, double b);
cairo_surface_t *picture_end(cairo_t *cr);
