// SPDX-License-Identifier: Apache-2.0
// dot.h: Graphviz's language, read.
#pragma once
#include "plot/graph.h"

// A graph that was read; its texts live in [arena].
typedef struct AdjDotGraph {
    AdjGraph graph;
    struct AdjDotArena *arena;
} AdjDotGraph;

// NULL, or what is wrong ("line 3: ..."), static until the next call; then nothing is to be
// released.
const char *adj_dot_read(const char *text, AdjDotGraph *out);
void adj_dot_release(AdjDotGraph *g);
