// SPDX-License-Identifier: Apache-2.0
//
// The painter of the lens: a window that sticks out of its map, the winner of a maximum seen
// from behind, and which cell is under the pointer.

#include "paint/lens.h"
#include "picture.h"
#include "tap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static AdjUiHeat *map(int64_t rows, int64_t columns)
{
    float *values = malloc((size_t)(rows * columns) * sizeof *values);
    for (int64_t i = 0; i < rows * columns; i++)
        values[i] = (float)(sin((double)i * 0.7) + cos((double)(i / columns)));
    return adj_ui_heat_new(values, rows, columns);
}

static AdjUiNumbers numbers(int rows, int columns, double from, double step)
{
    AdjUiNumbers n = {.rows = rows, .columns = columns, .of = {rows, columns}, .rank = 2};
    for (int i = 0; i < rows * columns; i++) n.value[i] = from + step * i;
    return n;
}

static AdjUiLensPart part(long plane, AdjUiNumbers values, AdjUiNumbers weights)
{
    AdjUiLensPart p = {
        .values = values, .weights = weights, .products = values, .plane = plane};
    for (int i = 0; i < values.rows * values.columns; i++)
        p.sum += p.products.value[i] = values.value[i] * weights.value[i];
    return p;
}

static void picture(const AdjUiLensPicture *p, bool dark, const char *name)
{
    const AdjUiTheme *theme = adj_ui_theme(dark);
    cairo_t *cr = picture_begin(960, 680, 1, theme->ground.r, theme->ground.g, theme->ground.b);
    adj_ui_paint_lens(cr, theme, p, 960, 680);
    picture_near(picture_end(cr), name);
}

static void convolution(void)
{
    static const int64_t rows[] = {-1, 0, 1}, columns[] = {9, 10, 11};
    AdjUiLensPicture p = {.map = {{map(12, 12), 12, 12, "output  1 × 4 × 12 × 12, plane 2"},
                                  {map(11, 11), 11, 11, "input  1 × 3 × 11 × 11, plane 1"}},
                          .kind = "convolution",
                          .has_element = true,
                          .pinned = true,
                          .row = 0,
                          .column = 10,
                          .window_rows = rows,
                          .window_columns = columns,
                          .n_rows = 3,
                          .n_columns = 3,
                          .parts = 2,
                          .parts_of = 3,
                          .bias = 0.25};
    p.part[0] = part(1, numbers(3, 3, -0.4, 0.1), numbers(3, 3, 0.5, -0.12));
    p.part[1] = part(0, numbers(3, 3, 0.1, 0.05), numbers(3, 3, -0.2, 0.03));
    p.total = p.recorded = p.part[0].sum + p.part[1].sum + 0.125 + 0.25;
    picture(&p, false, "lens_convolution_light");
    ok(adj_ui_lens_agrees(&p), "the sum is what was recorded");
    p.recorded += 0.01;
    ok(!adj_ui_lens_agrees(&p), "and a hundredth more is not");
    int which = -1, found = 0;
    int64_t row, column;
    for (double x = 0; x < 960; x += 3)
        for (double y = 0; y < 460; y += 3) {
            if (!adj_ui_lens_cell(&p, 960, 680, x, y, &which, &row, &column)) continue;
            found |= 1 << which;
            if (row < 0 || column < 0 || row >= p.map[which].rows ||
                column >= p.map[which].columns || (which == 0) != (x < 480))
                found |= 4;
        }
    equal_int(found, 3, "cells of both maps are found, the output's on the left");
    ok(!adj_ui_lens_cell(&p, 960, 680, 20, 600, &which, &row, &column), "and none below");
    for (int i = 0; i < 2; i++) adj_ui_heat_free((AdjUiHeat *)p.map[i].heat);
}

static void maximum(void)
{
    static const int64_t rows[] = {2, 3}, columns[] = {4};
    AdjUiLensPicture p = {.map = {{map(5, 6), 5, 6, "output  2 × 5 × 6, plane 0"},
                                  {map(11, 13), 11, 13, "input  2 × 11 × 13, plane 0"}},
                          .kind = "maximum",
                          .backward = true,
                          .has_element = true,
                          .row = 6,
                          .column = 8,
                          .window_rows = rows,
                          .window_columns = columns,
                          .n_rows = 2,
                          .n_columns = 1,
                          .parts = 1,
                          .parts_of = 1,
                          .bias = NAN,
                          .recorded = NAN};
    p.part[0] = part(0, numbers(2, 1, 0.3, -0.7), numbers(2, 1, 0, 1));
    p.total = p.part[0].sum;
    picture(&p, true, "lens_maximum_dark");
    for (int i = 0; i < 2; i++) adj_ui_heat_free((AdjUiHeat *)p.map[i].heat);
}

int main(void)
{
    convolution();
    maximum();
    return done();
}
