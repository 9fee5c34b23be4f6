// SPDX-License-Identifier: Apache-2.0
//
// The cut along the gradient and the map with the way of the parameters, as stored.

#include "paint/slice.h"
#include "picture.h"
#include "tap.h"

#include <math.h>

enum { POINTS = 33, SIDE = 33, WAY = 20 };

static double bowl(double a, double b)
{
    return 0.3 + 1.5 * pow(a - 0.6, 2) + 0.4 * pow(b + 0.2, 2) + 0.1 * sin(4 * a) * cos(3 * b);
}

static cairo_t *begin(const AdjUiTheme *theme, int width, int height)
{
    return picture_begin(width, height, 1, theme->ground.r, theme->ground.g, theme->ground.b);
}

static void cuts(void)
{
    double x[POINTS], downhill[POINTS], along[POINTS];
    for (int i = 0; i < POINTS; i++) {
        x[i] = -1 + 5.0 * i / (POINTS - 1);
        downhill[i] = bowl(0.3 * x[i], 0);
        along[i] = bowl(0.26 * x[i], -0.15 * x[i]);
    }
    AdjUiCut c = {.x = x,
                  .downhill = downhill,
                  .along = along,
                  .count = POINTS,
                  .loss = bowl(0, 0),
                  .slope = (bowl(1e-4, 0) - bowl(-1e-4, 0)) / 2e-4 * 0.3,
                  .rate = 0.05,
                  .taken = true,
                  .bends = true,
                  .at = 2.4,
                  .landed = bowl(0.26 * 2.4, -0.15 * 2.4)};
    const AdjUiTheme *dark = adj_ui_theme(true), *light = adj_ui_theme(false);
    AdjPlaced placed = {0};
    cairo_t *cr = begin(dark, 640, 420);
    adj_ui_paint_cut(cr, dark, &c, 640, 420, &placed);
    picture_near(picture_end(cr), "cut_dark");
    ok(placed.xlim[0] < 0 && placed.xlim[1] > 3, "the cut is placed");
    c.bends = false;
    c.landed = NAN;
    cr = begin(light, 640, 420);
    adj_ui_paint_cut(cr, light, &c, 640, 420, NULL);
    picture_near(picture_end(cr), "cut_light");
}

static void maps(void)
{
    double values[SIDE * SIDE], at[SIDE], x[WAY], y[WAY];
    for (int i = 0; i < SIDE; i++) at[i] = -1 + 2.0 * i / (SIDE - 1);
    for (int i = 0; i < SIDE; i++)
        for (int k = 0; k < SIDE; k++)
            values[i * SIDE + k] = i < 3 && k < 3 ? NAN : bowl(at[k], at[i]);
    for (int i = 0; i < WAY; i++) {
        x[i] = 0.6 - 1.4 * exp(-0.25 * i);
        y[i] = -0.2 + 0.9 * exp(-0.12 * i) * cos(0.3 * i);
    }
    AdjUiMap m = {.rows = SIDE,
                  .columns = SIDE,
                  .values = values,
                  .at_row = at,
                  .at_column = at,
                  .column_axis = "first principal direction of the way: 93 % of it",
                  .row_axis = "second principal direction of the way: 5 % of it",
                  .path_x = x,
                  .path_y = y,
                  .path = WAY,
                  .centre = 4,
                  .step_x = 0.25,
                  .step_y = -0.2,
                  .landed = 0.5};
    const AdjUiTheme *dark = adj_ui_theme(true), *light = adj_ui_theme(false);
    cairo_t *cr = begin(light, 700, 560);
    AdjPlaced placed = {0};
    adj_ui_paint_map(cr, light, &m, 700, 560, &placed);
    picture_near(picture_end(cr), "map_light");
    ok(placed.w > 200 && placed.xlim[0] == -1 && placed.xlim[1] == 1, "the map is placed");
    m.log_levels = true;
    cr = begin(dark, 520, 440);
    adj_ui_paint_map(cr, dark, &m, 520, 440, NULL);
    picture_near(picture_end(cr), "map_dark");
}

int main(void)
{
    cuts();
    maps();
    return done();
}
