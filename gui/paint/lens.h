// SPDX-License-Identifier: Apache-2.0
//
// The lens: two maps side by side, an element of one, the window of elements in the other that
// it is made of or goes into, and below them the window times the weights, as a sum.
#pragma once

#include "card.h"
#include "heat.h"

typedef struct AdjUiLensMap {
    const AdjUiHeat *heat;  // NULL: not there yet
    int64_t rows, columns;  // of the map itself, whatever the heat's resolution
    char title[96];
} AdjUiLensMap;

// One plane's part of the sum: a window of at most 8 x 8 of its numbers.
typedef struct AdjUiLensPart {
    AdjUiNumbers values, weights, products;
    long plane;  // -1: there are no planes
    double sum;
} AdjUiLensPart;

enum { ADJ_UI_LENS_PARTS = 4 };

typedef struct AdjUiLensPicture {
    AdjUiLensMap map[2];  // 0: the output, on the left; 1: the input
    const char *kind;     // "convolution", "maximum", "average", "matrix", "attention"
    bool backward;        // an element of the input is looked at
    bool has_element, pinned;
    int64_t row, column;                          // of the element
    const int64_t *window_rows, *window_columns;  // in the other map; outside: padding
    int n_rows, n_columns;
    AdjUiLensPart part[ADJ_UI_LENS_PARTS];
    int parts, parts_of;
    double bias, total, recorded;  // NaN: none
} AdjUiLensPicture;

void adj_ui_paint_lens(cairo_t *cr, const AdjUiTheme *theme, const AdjUiLensPicture *p,
                       double width, double height);
// Which cell of which map is at a place; FALSE: none.
bool adj_ui_lens_cell(const AdjUiLensPicture *p, double width, double height, double x,
                      double y, int *map, int64_t *row, int64_t *column);
// Whether the sum is the recorded number, but for rounding.
bool adj_ui_lens_agrees(const AdjUiLensPicture *p);
