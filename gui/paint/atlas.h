// SPDX-License-Identifier: Apache-2.0
//
// Many small heat maps of one size side by side, such as the feature maps of a layer. All share
// one range, or the eye would compare what cannot be compared.
#pragma once

#include "heat.h"

// Between two maps, below one (its number stands there), and around all.
enum { ADJ_UI_ATLAS_GAP = 6, ADJ_UI_ATLAS_CAPTION = 16, ADJ_UI_ATLAS_EDGE = 10 };

typedef struct AdjUiAtlas {
    AdjUiHeat *const *maps;  // NULL where one has not come yet
    int count, columns;
    double side;       // of one on the screen
    double low, high;  // of all of them
} AdjUiAtlas;

// As large as they all fit, with room for the colours' key on the right.
AdjUiAtlas adj_ui_atlas_fit(AdjUiHeat *const *maps, int count, double width, double height);
AdjUiRect adj_ui_atlas_place(const AdjUiAtlas *a, int i);

// The maps, and what lies beside them: their numbers and the key.
void adj_ui_paint_atlas(cairo_t *cr, const AdjUiTheme *theme, const AdjUiAtlas *a,
                        const char *map);
void adj_ui_paint_atlas_marks(cairo_t *cr, const AdjUiTheme *theme, const AdjUiAtlas *a,
                              const char *map, double width, double height);
