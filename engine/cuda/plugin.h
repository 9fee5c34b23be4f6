// SPDX-License-Identifier: Apache-2.0
// plugin.h: what libadjoint-cuda.so and the engine offer each other. The engine opens the
// plugin at run time and needs no CUDA library to start, so one program serves machines with
// and without a GPU. The plugin holds the kernels; whatever knows tensors stays in the engine.
#pragma once

#define ADJ_TYPES_ONLY
#include "cuda/map.h"
#include "device/device.h"

#ifdef __cplusplus
extern "C" {
#endif

// What the plugin may call.
typedef struct AdjCudaHost {
    void *(*fail)(AdjErrorKind kind, const char *format, ...);
    const char *(*op_name)(void);  // of the operation that runs
    // Where the program stands, in a few words ("train.py:12", "cell 3, line 4"), cut to size.
    void (*place)(char *text, size_t size);
} AdjCudaHost;

typedef struct AdjCudaPlugin {
    size_t table;  // sizeof(AdjDevice): engine and plugin must have the same
    // How many GPUs can be used; with 0 the reason stands in [why].
    int (*devices)(char *why, size_t size);
    // The entries that all GPUs share. Names and numbers are given by the engine, which also
    // puts its own function before the rows.
    const AdjDevice *device;
    const AdjCudaRow *rows;  // elementwise kernels by PW_ number, ended by a NULL name
} AdjCudaPlugin;

// The one name that the plugin exports.
typedef const AdjCudaPlugin *(*AdjCudaEntry)(const AdjCudaHost *host);
#define ADJ_CUDA_ENTRY "adj_cuda_plugin"
__attribute__((visibility("default"))) const AdjCudaPlugin *
adj_cuda_plugin(const AdjCudaHost *host);

#ifdef __cplusplus
}
#endif
