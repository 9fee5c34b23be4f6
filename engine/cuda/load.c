// SPDX-License-Identifier: Apache-2.0
// load.c: opens the CUDA plugin. Part of the engine, and the only file of this folder that is.
#include "cuda/plugin.h"

#include "adj_config.h"
#include "core/internal.h"

#include <dlfcn.h>
#include <stdlib.h>

const AdjCudaPlugin *adj_cuda_load(void)
{
    static const AdjCudaPlugin *plugin;  // every thread would find the same
    if (plugin) return plugin;
    const char *path = getenv("ADJOINT_CUDA");
    if (!path || !*path) path = ADJ_PLUGIN_DIR "/libadjoint-cuda.so";
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) return adj_fail(ADJ_E_DEVICE, "cuda: %s", dlerror());
    AdjCudaEntry entry = (AdjCudaEntry)dlsym(library, ADJ_CUDA_ENTRY);
    if (!entry) return adj_fail(ADJ_E_DEVICE, "cuda: %s has no %s", path, ADJ_CUDA_ENTRY);
    plugin = entry();
    return plugin;
}
