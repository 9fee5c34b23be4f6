// SPDX-License-Identifier: Apache-2.0
// walk.h: a recorded backward pass as its picture needs it (walk.c, walk_graph.c).
#pragma once
#include "export/export.h"

typedef struct AdjWalkValue {
    const char *kind;   // "leaf", "op", "constant"
    char op[32];        // "" for leaves and constants
    char *label;        // its name, or the expression that it is
    char value[40];     // the number, or the shape
    char gradient[40];  // what it is after the pass
    bool wants;         // a gradient comes here
    int box;            // its box in the graph, -1: none
} AdjWalkValue;

typedef struct AdjWalkEdge {
    int from, to;    // values
    int step, part;  // which of the outgoing gradients it carries; part -1: none
} AdjWalkEdge;

typedef struct AdjWalk {
    AdjWalkValue *values;
    int count;
    AdjWalkEdge *edges;
    int edge_count;
    int *shown;  // the values with a box
    int shown_count;
} AdjWalk;

void adj_html_walk_graph(FILE *to, AdjWalk *w);
