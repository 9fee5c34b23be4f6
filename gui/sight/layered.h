// SPDX-License-Identifier: Apache-2.0
//
// Boxes in columns: the drawing of a small directed graph after Sugiyama, Tagawa and Toda
// (1981), in the four steps of Gansner et al. (1993).
//
// The graph knows no labels and no colours. Boxes are numbered in an order in which every edge
// goes forward; signals flow to the right. The answer is a place for each box and the bends of
// each edge. The work is linear in boxes plus bends but for sorting the columns, it can be
// cancelled, and it is the same on every machine: nothing is random and ties keep their order.
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct AdjUiLayeredBox {
    double w, h;
    double hint;     // where its middle was in an earlier picture (y), or NaN
    int8_t pin;      // -1: in the first column, +1: in the last
    bool late;       // as far right as its readers allow: parameters
    double x, y;     // out: the upper left corner
    int32_t column;  // out
} AdjUiLayeredBox;

typedef struct AdjUiLayeredEdge {
    int32_t from, to;           // boxes, from < to
    int32_t value;              // edges of one value from one box share their bends
    double from_y, to_y;        // where it leaves and arrives, below the middle of the box
    int32_t first_bend, bends;  // out: in AdjUiLayered.bends
} AdjUiLayeredEdge;

typedef struct AdjUiPoint {
    double x, y;
} AdjUiPoint;

typedef struct AdjUiLayered {
    AdjUiLayeredBox *boxes;
    int32_t box_count;
    AdjUiLayeredEdge *edges;
    int32_t edge_count;
    double column_gap, row_gap;
    volatile int *cancelled;  // may be NULL
    // Out; release with adj_ui_layered_clear.
    AdjUiPoint *bends;
    double width, height;
} AdjUiLayered;

// Answers false when it was cancelled: the places then mean nothing.
bool adj_ui_layered(AdjUiLayered *graph);

// Frees what the call made; boxes and edges are the caller's.
void adj_ui_layered_clear(AdjUiLayered *graph);
