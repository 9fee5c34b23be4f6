// SPDX-License-Identifier: Apache-2.0
// export.h: writing what a forward pass did as an ONNX model.
#pragma once
#include "core/trace.h"
#include "nn/module.h"

// Axis [axis] of input or output [name] may be of any size and is called [label].
typedef struct AdjOnnxAxis {
    const char *name, *label;
    int64_t axis;
} AdjOnnxAxis;

typedef struct AdjOnnxExport {
    const AdjTrace *trace;
    AdjModule *module;      // whose parameters and buffers keep their names; may be NULL
    AdjTensors in, out;     // of the forward pass
    const char **in_names;  // as many as there are inputs
    const char **out_names;
    const AdjOnnxAxis *axes;
    int n_axes;
    int64_t opset;
    const char *(*where)(void *data, AdjPlace span);  // names a place in the program, or NULL
    void *data;
} AdjOnnxExport;

// Whether an op can be written: what a trace for an export takes whole.
ADJ_HIDDEN bool adj_onnx_takes(const AdjOp *op);
ADJ_HIDDEN bool adj_onnx_save(const char *path, const AdjOnnxExport *e);
