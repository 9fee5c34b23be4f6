// SPDX-License-Identifier: Apache-2.0
//
// Two shapes that do not fit, one under the other, aligned at their last axes, with the axes
// that disagree marked.
#pragma once

#include "pen.h"

typedef struct AdjUiClash {
    const char *title, *message;
    const char *name[2];  // of the operands; NULL: not known
    int64_t shape[2][8];
    int rank[2];
    int axis[2];  // from the end: -1 is the last; 0: none is known to be wrong
} AdjUiClash;

// Answers the height it needs.
double adj_ui_paint_clash(cairo_t *cr, const AdjUiTheme *theme, const AdjUiClash *c,
                          double width);
