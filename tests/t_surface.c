// SPDX-License-Identifier: Apache-2.0
//
// The loss around a point as a landscape, a map and a slice, as stored.

#include "paint/surface.h"
#include "picture.h"
#include "tap.h"

#include <math.h>

enum { SIDE = 33 };

int main(void)
{
    double values[SIDE * SIDE], at[SIDE];
    for (int i = 0; i < SIDE; i++) at[i] = -1 + 2.0 * i / (SIDE - 1);
    for (int i = 0; i < SIDE; i++)
        for (int k = 0; k < SIDE; k++)
            values[i * SIDE + k] = 0.4 + 2 * pow(at[i] - 0.2, 2) + pow(at[k] + 0.1, 2) +
                                   0.25 * sin(5 * at[i]) * cos(4 * at[k]);
    AdjUiSurface s = {.rows = SIDE,
                      .columns = SIDE,
                      .values = values,
                      .at_row = at,
                      .at_column = at,
                      .row_axis = "random, seed 0",
                      .column_axis = "gradient"};
    for (int view = 0; view < 4; view++) {
        static const char *const names[] = {"surface_dark", "surface_light",
                                            "surface_map_light", "surface_slice_dark"};
        const AdjUiTheme *theme = adj_ui_theme(view == 0 || view == 3);
        cairo_t *cr =
            picture_begin(700, 480, 1, theme->ground.r, theme->ground.g, theme->ground.b);
        if (view < 2)
            adj_ui_paint_surface(cr, theme, &s, view ? 3.6 : 0.6, 0.5, 700, 480);
        else if (view == 2)
            adj_ui_paint_contours(cr, theme, &s, 700, 480);
        else
            adj_ui_paint_slice(cr, theme, &s, SIDE / 2, 700, 480);
        picture_near(picture_end(cr), names[view]);
    }
    return done();
}
