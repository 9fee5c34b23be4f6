// SPDX-License-Identifier: Apache-2.0
// graph.h: a graph of ONNX, its names resolved to places, ready to run.
//
// Invariant. Every reference was checked when the graph was made: it names a place of this
// graph or of one around it that an input, a constant or an earlier node fills.
#pragma once
#include "io/onnx/onnx.h"

// A value: place [slot] of the graph [up] levels outside; slot -1 is an input left out.
typedef struct AdjOnnxRef {
    int up, slot;
} AdjOnnxRef;

typedef struct AdjOnnxStep {
    const AdjOnnxNode *node;
    const AdjOnnxRow *row;
    int64_t opset;
    AdjOnnxRef *in;
    int *out;   // slots, -1 where the result is not wanted
    int *done;  // slots that nobody reads after this step
    int n_done;
    struct AdjOnnxGraph **graphs;  // of its attributes, in their order
    int n_graphs;
} AdjOnnxStep;

typedef struct AdjOnnxGraph {
    struct AdjOnnxGraph *outer;
    const Onnx__GraphProto *proto;
    int n_slots, slot_capacity;
    const char **name;     // of each slot
    int *last;             // the last step that reads each slot; while building
    bool *fixed;           // slots of statistics and the like: no weights
    AdjTensor **constant;  // kept; per slot, NULL: filled by an input or a step
    int n_hash, *hash;     // slots by name, open addressing
    int *in, n_in;
    AdjOnnxRef *out;
    int n_out;
    AdjOnnxStep *step;
    int n_steps, building;  // the step that is being made
} AdjOnnxGraph;

typedef struct AdjOnnxFrame {
    struct AdjOnnxFrame *outer;
    AdjTensor **slot;  // kept
} AdjOnnxFrame;

ADJ_HIDDEN AdjOnnxGraph *adj_onnx_graph_make(const Onnx__ModelProto *model,
                                             const Onnx__GraphProto *proto,
                                             AdjOnnxGraph *outer);
ADJ_HIDDEN void adj_onnx_graph_free(AdjOnnxGraph *g);
// Runs on as many inputs as the graph has; [constants] stand in for g->constant.
ADJ_HIDDEN AdjTensors adj_onnx_graph_run(const AdjOnnxGraph *g, AdjOnnxFrame *outer,
                                         AdjTensors in, AdjTensor *const *constants);
