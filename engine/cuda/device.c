// SPDX-License-Identifier: Apache-2.0
// device.c: the plugin's side of plugin.h: memory and waiting through the CUDA runtime. Errors
// keep CUDA's own name and sentence, because those are what people search for.
#include "cuda/plugin.h"

#include <cuda_runtime_api.h>
#include <stdio.h>

static bool worked(cudaError_t error, char *why, size_t size)
{
    if (error == cudaSuccess) return true;
    snprintf(why, size, "%s: %s", cudaGetErrorName(error), cudaGetErrorString(error));
    return false;
}

static int devices(char *why, size_t size)
{
    int count = 0;
    if (!worked(cudaGetDeviceCount(&count), why, size)) return 0;
    if (count == 0) snprintf(why, size, "the driver knows no GPU");
    return count;
}

static void *allocate(size_t bytes)
{
    void *memory = NULL;
    return cudaMalloc(&memory, bytes) == cudaSuccess ? memory : NULL;
}

static void release(void *memory)
{
    cudaFree(memory);
}

static bool upload(void *to, const void *from, size_t bytes)
{
    return cudaMemcpy(to, from, bytes, cudaMemcpyHostToDevice) == cudaSuccess;
}

static bool download(void *to, const void *from, size_t bytes)
{
    return cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToHost) == cudaSuccess;
}

// A launch that never started is reported by GetLastError, one that failed on the way by the
// wait.
static bool wait_all(char *why, size_t size)
{
    return worked(cudaGetLastError(), why, size) && worked(cudaDeviceSynchronize(), why, size);
}

const AdjCudaPlugin *adj_cuda_plugin(void)
{
    static const AdjCudaPlugin plugin = {
        .rows = adj_cuda_rows,
        .devices = devices,
        .alloc = allocate,
        .release = release,
        .upload = upload,
        .download = download,
        .wait = wait_all,
    };
    return &plugin;
}
