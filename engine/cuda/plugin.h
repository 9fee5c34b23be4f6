// SPDX-License-Identifier: Apache-2.0
// plugin.h: what libadjoint-cuda.so offers to the engine, which opens it at run time. The
// engine thus needs no CUDA library to start, and one program serves machines with and without
// a GPU.
#pragma once

#include "cuda/map.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct AdjCudaPlugin {
    const AdjCudaRow *rows;  // ended by a NULL name
    // How many GPUs can be used; with 0 the reason stands in [why].
    int (*devices)(char *why, size_t size);
    void *(*alloc)(size_t bytes);  // NULL when there is none
    void (*release)(void *memory);
    bool (*upload)(void *to, const void *from, size_t bytes);
    bool (*download)(void *to, const void *from, size_t bytes);
    // Waits for all launches. False: one of them failed, and [why] says how.
    bool (*wait)(char *why, size_t size);
} AdjCudaPlugin;

// The one name that the plugin exports.
typedef const AdjCudaPlugin *(*AdjCudaEntry)(void);
#define ADJ_CUDA_ENTRY "adj_cuda_plugin"
__attribute__((visibility("default"))) const AdjCudaPlugin *adj_cuda_plugin(void);

// The plugin, opened at the first call: $ADJOINT_CUDA, or where it was installed. NULL and an
// error when it is not there or cannot be loaded. (load.c, part of the engine.)
const AdjCudaPlugin *adj_cuda_load(void);

#ifdef __cplusplus
}
#endif
