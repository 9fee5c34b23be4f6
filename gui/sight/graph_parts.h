// SPDX-License-Identifier: Apache-2.0
//
// What graph.c and graph_fold.c share while a graph is being built.
#pragma once

#include "sight/graph.h"

#include <glib.h>

typedef struct AdjUiGraphParts {
    GArray *ops, *inputs, *groups;
    GPtrArray *lists;  // one GArray of AdjUiItem for each group, until the graph is settled
    GStringChunk *texts;
    GHashTable *by_id;
} AdjUiGraphParts;

static inline GArray *adj_ui_list(AdjUiGraph *graph, int32_t group)
{
    return g_ptr_array_index(graph->parts->lists, (guint)group);
}

// The graph's own copy of [text], one for equal texts.
const char *adj_ui_graph_text(AdjUiGraph *graph, const char *text);

// Turns repetitions into runs and cuts what is too long.
void adj_ui_graph_fold(AdjUiGraph *graph);
