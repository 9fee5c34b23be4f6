// SPDX-License-Identifier: Apache-2.0
//
// What the window knows of a tape: its operations, who reads whom, and the tree of groups in
// which they are shown.
//
// Operations are added in the order of the tape. Closing the graph orders them once more (a
// parameter stands just before its first reader) and builds the tree: one group for each call
// of a module; a run for what repeats, "Block × 12" or a chain of a hundred thousand additions;
// and, where a group would still hold more than ADJ_UI_GROUP_MOST things, one for each
// thousand. The invariant that everything else rests on: a group is a contiguous range of that
// order, so an edge between two things shown side by side always goes forward, and no picture
// of any selection of opened groups has a cycle.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { ADJ_UI_RANK = 8, ADJ_UI_GROUP_MOST = 1000 };

typedef enum {
    ADJ_UI_OP,
    ADJ_UI_PARAMETER,
    ADJ_UI_INPUT,  // data without a gradient
} AdjUiOpKind;

typedef struct AdjUiOp {
    int64_t id;          // the session's number of it
    const char *name;    // "linear"; kept by the graph
    const char *label;   // "fc1.weight", or the variable's name; may be NULL
    const char *module;  // "net.fc1", the module that was running; "" outside of any
    const char *layer;   // that module's class, "Linear"; may be NULL
    AdjUiOpKind kind;
    bool wants_grad;
    uint8_t rank;
    int64_t shape[ADJ_UI_RANK];
    int32_t cell, start, end;  // its place in the source: cell number and bytes
    // Filled by the graph.
    int32_t first_input, inputs;  // in AdjUiGraph.inputs: numbers of operations
    int32_t first_reader, readers;
    int32_t place;  // in AdjUiGraph.order
    int32_t group;  // the innermost
} AdjUiOp;

typedef enum {
    ADJ_UI_MODULE,
    ADJ_UI_RUN,    // [repeat] times the same [period] things
    ADJ_UI_CHUNK,  // a thousand of what has no other structure
} AdjUiGroupKind;

typedef struct AdjUiGroup {
    AdjUiGroupKind kind;
    const char *path;           // "net.layer1", or what repeats
    const char *layer;          // class of the module, or NULL
    int32_t parent;             // -1 for the root, which is group 0
    int32_t begin, end;         // in AdjUiGraph.order
    int32_t first_item, items;  // in AdjUiGraph.items
    int32_t repeat, period;     // of a run
    int32_t ops;                // operations inside that are neither data nor parameter
    uint64_t signature;         // equal for groups that look the same inside
    uint64_t key;               // the same for the same group of the next trace
} AdjUiGroup;

// A thing directly inside a group: an operation (>= 0), or a group (~number).
typedef int32_t AdjUiItem;

typedef struct AdjUiGraph {
    AdjUiOp *ops;
    int32_t count;
    int32_t *inputs, *readers;
    int32_t *order;  // operations, in the order of the picture
    AdjUiGroup *groups;
    int32_t group_count;
    AdjUiItem *items;
    int holders;
    struct AdjUiGraphParts *parts;  // growing storage
} AdjUiGraph;

AdjUiGraph *adj_ui_graph_new(void);

// A graph is shared with the thread that lays it out; the last one to let go frees it.
AdjUiGraph *adj_ui_graph_ref(AdjUiGraph *graph);
void adj_ui_graph_unref(AdjUiGraph *graph);  // NULL is nothing

// Adds an operation that reads [count] earlier ones; texts are copied. Answers its number.
int32_t adj_ui_graph_add(AdjUiGraph *graph, const AdjUiOp *op, const int32_t *inputs,
                         int count);

// Builds the order and the tree. Linear in operations and edges. After it nothing is added.
void adj_ui_graph_close(AdjUiGraph *graph);

// The operation with the session's number [id], or -1.
int32_t adj_ui_graph_find(const AdjUiGraph *graph, int64_t id);

// First and one past the last place that [item] covers.
void adj_ui_item_range(const AdjUiGraph *graph, AdjUiItem item, int32_t *begin, int32_t *end);
