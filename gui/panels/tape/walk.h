// SPDX-License-Identifier: Apache-2.0
//
// The backward pass as the window sees it: which operation comes next, what is known of every
// gradient so far, and the numbers of the one that stands at the cursor.
//
// The session computes; a walk only remembers its answers and says what the frontier looks
// like. Node k of the walk is the k-th operation that the pass visits.
#pragma once

#include "paint/card.h"
#include "paint/graph.h"

#include <json-glib/json-glib.h>

typedef struct AdjUiFlow {
    char *to;    // what the gradient belongs to: an input's name
    int32_t op;  // that operation in the graph, -1: not known
    int input;
    double norm;
    gboolean has_numbers;
    AdjUiNumbers numbers;
} AdjUiFlow;

typedef struct AdjUiWalk {
    const AdjUiGraph *graph;     // borrowed
    int64_t step;                // that the graph is of, -1: not known
    gboolean on, done, stopped;  // stopped: at a breakpoint
    gboolean masked;             // what is sent on is not yet told to the leaves' states
    char *root, *seed;           // seed: the gradient that the pass begins with, in words
    gboolean inside;             // of one operation of another walk
    gboolean opens;              // the node at the cursor is made of others
    int32_t at, count;
    GHashTable *flows;         // norms of edges, as the painter wants them; NULL: not asked for
    char **titles, **modules;  // of every node; NULL at the end
    int32_t *ops;              // the operation of every node, -1: not known
    int32_t *index;            // the node of every operation, -1: not visited
    AdjUiOpState *states;      // of every operation of the graph
    // The node at the cursor.
    char *name, *formula, *rule;
    AdjUiFlow incoming;
    AdjUiFlow *shares;  // what each reader sent, in the order of arrival
    int share_count;
    AdjUiFlow *outgoing;
    int outgoing_count;
} AdjUiWalk;

AdjUiWalk *adj_ui_walk_new(const AdjUiGraph *graph);
void adj_ui_walk_free(AdjUiWalk *walk);

// Takes in an answer to `backward`.
void adj_ui_walk_take(AdjUiWalk *walk, JsonObject *reply);
// What outgoing edge [i] sends may be seen.
void adj_ui_walk_reveal(AdjUiWalk *walk, int i);
// Back to before the start; breakpoints stay.
void adj_ui_walk_close(AdjUiWalk *walk);

int32_t adj_ui_walk_op(const AdjUiWalk *walk);  // at the cursor, -1: none
// The first node behind the cursor whose operation lies outside of places [begin, end).
int32_t adj_ui_walk_past(const AdjUiWalk *walk, int32_t begin, int32_t end);
