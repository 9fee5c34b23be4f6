// SPDX-License-Identifier: Apache-2.0
// graph.h: boxes and arrows: the tape of a loss, the modules of a network, what a program says
// with graphviz.Digraph. The structs are filled in, measured by a painter (adj_measure_graph),
// placed by adj_graph_layout, painted by adj_paint_graph. Text is borrowed.
#pragma once
#include "plot/figure.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum AdjShapeOf {
    ADJ_NODE_ELLIPSE,
    ADJ_NODE_BOX,
    ADJ_NODE_ROUND,
    ADJ_NODE_RECORD,  // the label's fields: "{ data 1.0 | grad 0.5 }"
    ADJ_NODE_CIRCLE,
    ADJ_NODE_DIAMOND,
    ADJ_NODE_PLAIN,
    ADJ_NODE_POINT,
} AdjShapeOf;

typedef struct AdjGraphNode {
    const char *name, *label;  // label NULL: the name
    const char *note;          // a second, quieter line, or NULL
    AdjShapeOf shape;
    AdjColor color, fill, ink;
    AdjDash dash;
    double size;  // of the text; 0: 11
    bool bold;
    double w, h;  // in points: measured, or set by the caller
    double x, y;  // of the middle: set by the layout
    int rank;     // set by the layout
} AdjGraphNode;

typedef struct AdjGraphEdge {
    int from, to;
    const char *label;
    AdjColor color;
    AdjDash dash;
    double width;
    bool no_arrow, both_ends;
    double *bends;  // x, y of each: the points a curve runs through; owned by the graph
    int bend_count;
} AdjGraphEdge;

typedef struct AdjGraph {
    AdjGraphNode *nodes;
    int node_count;
    AdjGraphEdge *edges;
    int edge_count;
    const char *label;
    bool across;   // rankdir LR: ranks run from left to right
    bool upwards;  // rankdir BT or RL
    bool undirected;
    double gap, rank_gap;  // between nodes and between ranks; 0: 18 and 28
    double w, h;           // set by the layout
} AdjGraph;

// Places nodes and edges: Sugiyama, Tagawa and Toda's layers (1981): cycles are broken, ranks
// by longest path and then pulled together, crossings reduced by medians, places by repeated
// averaging. Any graph, loops and islands included, of up to 100 000 nodes. False: no memory.
bool adj_graph_layout(AdjGraph *g);
// Frees what the layout made (the bends).
void adj_graph_clear(AdjGraph *g);

#ifdef __cplusplus
}
#endif
