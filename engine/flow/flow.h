// SPDX-License-Identifier: Apache-2.0
// flow.h: between the files of flow graphs: flow.c (the verbs), build.c (checks, levels,
// children), run.c (a pass, carried state, tags), nodes.c (loops, gates, switches,
// maps), route.c (routers and conditions), tree.c (labels, hash), dot.c.
//
// A graph is a list of nodes in the order the verbs made them. A node reads only nodes before
// it, so the list is a topological order; a reference to a later tag reads a state slot that is
// written at the end of the pass. Names are interned, nodes are known by their place.
#pragma once
#include "nn/module.h"

typedef enum FlowKind { FLOW_INPUT, FLOW_MODULE, FLOW_ADD, FLOW_MEAN } FlowKind;

typedef struct FlowRef {
    const char *name;
    int node;  // whose value it is; -1: that of state slot [slot]
    int slot;
} FlowRef;

typedef struct FlowNode {
    const char *id;     // "linear_2"
    const char *child;  // its module's name in the graph: label, tag or id
    FlowKind kind;
    AdjModule *module;  // kept; NULL unless FLOW_MODULE
    int n_in, *in;
    int n_refs;
    FlowRef *refs;
    int level;     // 1 + the highest level it reads
    int last_use;  // the last node that reads it; its value can go then
    double us;     // what it took in the last pass
} FlowNode;

typedef struct FlowTag {
    const char *name;
    int node;
    bool internal;
    AdjTensor *value;  // kept; of the last pass
} FlowTag;

typedef struct FlowState {
    const char *name;
    int writer;        // node; -1 until the tag is set
    AdjTensor *value;  // kept; NULL before the first pass
} FlowState;

// A number that is watched: the batches of this epoch, and the mean of each epoch before.
typedef struct FlowRecord {
    const char *name;
    double sum;
    int64_t batches;
    int n;
    double *history;
} FlowRecord;

typedef struct FlowGraph {
    int n_nodes, n_tags, n_states, n_inputs;
    FlowNode *nodes;
    FlowTag *tags;
    FlowState *states;
    const char **inputs;  // names; the first is the stream's, "input"
    int output, n_levels;
    const char *label;  // NULL: none
    bool composed;      // stands in another graph
    int64_t steps, epochs;
    int n_records;
    FlowRecord *records;
    char hash[65];
} FlowGraph;

// What a Loop, Gate, Switch or Map does; the extra of those modules.
typedef struct FlowTrace {
    const char *name;
    int n;
    AdjTensor **at;  // kept, one per iteration that published
    int64_t last;    // the iteration that published last
} FlowTrace;
typedef struct FlowBody {
    const char *tag;    // the name under which trace() of the body is kept
    int64_t iteration;  // the one that runs
    int n_traces;
    FlowTrace *traces;
} FlowBody;

ADJ_HIDDEN FlowGraph *adj_flow_graph(const AdjModule *m);  // NULL: not a graph
ADJ_HIDDEN void adj_flow_graph_free(void *graph);
ADJ_HIDDEN bool adj_flow_graph_copied(AdjModule *copy, const AdjModule *m);
ADJ_HIDDEN FlowBody *adj_flow_body(const AdjModule *m);  // NULL: none of the four
// Room for one more in a list of [n], which doubles whenever n is a power of two.
ADJ_HIDDEN bool adj_flow_room(void **at, int n, size_t size);
ADJ_HIDDEN FlowTag *adj_flow_find_tag(const FlowGraph *g, const char *name);
ADJ_HIDDEN void adj_flow_hash(FlowGraph *g);
ADJ_HIDDEN void adj_flow_records_free(FlowGraph *g);
ADJ_HIDDEN int64_t adj_flow_count(AdjTensors parameters);  // elements
// "1.2K params" of [n] elements.
ADJ_HIDDEN void adj_flow_count_text(int64_t n, char *text, size_t room);
