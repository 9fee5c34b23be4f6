// SPDX-License-Identifier: Apache-2.0
//
// Columns are chosen by trying them all: whichever lets a map be largest.

#include "atlas.h"

#include <math.h>
#include <stdio.h>

enum { KEY = 86 };

static double side_for(int count, int columns, double width, double height)
{
    int rows = (count + columns - 1) / columns;
    double across = (width - ADJ_UI_ATLAS_EDGE - KEY) / columns - ADJ_UI_ATLAS_GAP;
    double down = (height - ADJ_UI_ATLAS_EDGE) / rows - ADJ_UI_ATLAS_CAPTION;
    return floor(fmin(across, down));
}

AdjUiAtlas adj_ui_atlas_fit(AdjUiHeat *const *maps, int count, double width, double height)
{
    AdjUiAtlas a = {.maps = maps, .count = count, .columns = 1, .side = 1};
    for (int k = 1; k <= count; k++) {
        double side = side_for(count, k, width, height);
        if (side <= a.side) continue;
        a.side = side;
        a.columns = k;
    }
    bool any = false;
    for (int i = 0; i < count; i++) {
        double low, high;
        if (!maps[i]) continue;
        adj_ui_heat_range(maps[i], &low, &high);
        a.low = any ? fmin(a.low, low) : low;
        a.high = any ? fmax(a.high, high) : high;
        any = true;
    }
    return a;
}

AdjUiRect adj_ui_atlas_place(const AdjUiAtlas *a, int i)
{
    return adj_ui_rect(ADJ_UI_ATLAS_EDGE + i % a->columns * (a->side + ADJ_UI_ATLAS_GAP),
                       ADJ_UI_ATLAS_EDGE + i / a->columns * (a->side + ADJ_UI_ATLAS_CAPTION),
                       a->side, a->side);
}

void adj_ui_paint_atlas(cairo_t *cr, const AdjUiTheme *theme, const AdjUiAtlas *a,
                        const char *map)
{
    for (int i = 0; i < a->count; i++) {
        const AdjUiHeat *h = a->maps[i];
        if (!h) continue;
        AdjUiRect all = {0, 0, (double)adj_ui_heat_columns(h), (double)adj_ui_heat_rows(h)};
        adj_ui_paint_heat(cr, theme, h, all, adj_ui_atlas_place(a, i), a->low, a->high, map);
    }
}

void adj_ui_paint_atlas_marks(cairo_t *cr, const AdjUiTheme *theme, const AdjUiAtlas *a,
                              const char *map, double width, double height)
{
    char number[16];
    for (int i = 0; i < a->count && a->count > 1; i++) {
        AdjUiRect r = adj_ui_atlas_place(a, i);
        snprintf(number, sizeof number, "%d", i);
        adj_ui_ink(cr, theme->faint, 1);
        adj_ui_text(cr, number, (AdjUiType){.size = 10}, ADJ_UI_LEFT, r.x, r.y + r.h + 11, r.w);
    }
    adj_ui_paint_key(cr, theme, adj_ui_rect(width - 74, 20, 14, fmin(height - 40, 240)), a->low,
                     a->high, map);
}
