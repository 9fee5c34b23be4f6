// SPDX-License-Identifier: Apache-2.0
//
// Heat maps of any size: a matrix with the means of 2 by 2, 4 by 4 ... of it, so that a view of
// sixteen million cells costs as many colours as it has pixels.
#pragma once

#include "pen.h"

#include <cairo.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct AdjUiHeat AdjUiHeat;

// Takes [values] (from malloc), rows x columns. Linear; safe in any thread.
AdjUiHeat *adj_ui_heat_new(float *values, int64_t rows, int64_t columns);
void adj_ui_heat_free(AdjUiHeat *heat);  // NULL is nothing
int64_t adj_ui_heat_rows(const AdjUiHeat *heat);
int64_t adj_ui_heat_columns(const AdjUiHeat *heat);
float adj_ui_heat_at(const AdjUiHeat *heat, int64_t row, int64_t column);
// The values themselves, row after row.
const float *adj_ui_heat_values(const AdjUiHeat *heat);

// The pyramid: level 0 is the matrix itself, each further one the means of 2 by 2 cells of the
// one before. The level of which a pixel shows at least one cell.
int adj_ui_heat_levels(const AdjUiHeat *heat);
const float *adj_ui_heat_level(const AdjUiHeat *heat, int level, int64_t *rows,
                               int64_t *columns);
int adj_ui_heat_level_for(const AdjUiHeat *heat, double cells_a_pixel);
// A number that no other heat map of this program has had or will have.
uint64_t adj_ui_heat_stamp(const AdjUiHeat *heat);
// Least and greatest finite value; both 0 when there is none.
void adj_ui_heat_range(const AdjUiHeat *heat, double *low, double *high);

enum { ADJ_UI_MAP_COLOURS = 256 };

// The 256 colours of a map as 0xffRRGGBB; NULL name: viridis.
void adj_ui_map_colours(const char *map, uint32_t colours[ADJ_UI_MAP_COLOURS]);

// Paints the cells of [cells] (x, w: columns; y, h: rows; fractions are fine) into [into].
// Values from [low] to [high] run over the map; what is no number is hatched.
void adj_ui_paint_heat(cairo_t *cr, const AdjUiTheme *theme, const AdjUiHeat *heat,
                       AdjUiRect cells, AdjUiRect into, double low, double high,
                       const char *map);

// The map's colours with the range's ends, upright.
void adj_ui_paint_key(cairo_t *cr, const AdjUiTheme *theme, AdjUiRect r, double low,
                      double high, const char *map);
