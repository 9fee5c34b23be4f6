// SPDX-License-Identifier: Apache-2.0
// buffers.h: the buffers of modules as they were, for whoever runs a forward pass that nothing
// may be left of: batch normalisation writes its running statistics in every pass.
#pragma once
#include "observe/watching.h"

typedef struct AdjKeptBuffer {
    AdjTensor *tensor, *copy;  // kept; NULL copy: too large to be kept
    uint32_t version;
} AdjKeptBuffer;

typedef struct AdjKeptBuffers {
    AdjModule *module;  // borrowed
    int n;
    AdjKeptBuffer *at;  // of the scope
} AdjKeptBuffers;

// Those of one module, not of what is below it. False: no memory; what was kept is to be put
// back all the same.
bool adj_buffers_keep(AdjModule *m, AdjKeptBuffers *out);
void adj_buffers_put_back(AdjKeptBuffers *k);

// Those of every module that a variable holds, and of all below.
typedef struct AdjKeptModules {
    int n;
    AdjKeptBuffers *at;  // of the scope
} AdjKeptModules;
bool adj_modules_keep(AdjVM *vm, AdjKeptModules *out);
void adj_modules_put_back(AdjKeptModules *k);
