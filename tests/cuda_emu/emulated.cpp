// SPDX-License-Identifier: Apache-2.0
//
// The plugin with the kernels compiled for the processor: device memory is ordinary memory.
#include "cuda_emu.h"

#include "cuda/pointwise.cu"

#include "cuda/plugin.h"

#include <cstdlib>

static int devices(char *, size_t)
{
    return 1;
}

static bool copy(void *to, const void *from, size_t bytes)
{
    std::memcpy(to, from, bytes);
    return true;
}

static bool wait_all(char *, size_t)
{
    return true;
}

extern "C" const AdjCudaPlugin *adj_cuda_plugin(void)
{
    static const AdjCudaPlugin plugin = {
        adj_cuda_rows, devices, std::malloc, std::free, copy, copy, wait_all,
    };
    return &plugin;
}
