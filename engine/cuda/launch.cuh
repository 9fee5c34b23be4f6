// SPDX-License-Identifier: Apache-2.0
// launch.cuh: what all kernels of the plugin share: how one is started, and the differences
// between a compiler for GPUs and the emulator of the tests.
#pragma once

#include "cuda/plugin.h"

#if defined(__CUDACC__)
#    include <cuda_bf16.h>
#    include <cuda_fp16.h>
#    include <cuda_runtime_api.h>
#    define ADJ_ONE_COPY __noinline__
#    define ADJ_LAUNCH(kernel, grid, block, shared, ...) \
        (kernel<<<grid, block, shared, adj_cuda_stream()>>>(__VA_ARGS__), adj_cuda_started())
#    define ADJ_SHARED(T, name)                                            \
        extern __shared__ __align__(16) unsigned char adj_shared_memory[]; \
        T *name = (T *)adj_shared_memory
#else
#    include "cuda_emu.h"
#    include "cuda_runtime_api.h"
#    define ADJ_ONE_COPY
#    define ADJ_LAUNCH(kernel, grid, block, shared, ...) \
        (emu::launch(grid, block, shared, [=] { (kernel)(__VA_ARGS__); }), adj_cuda_started())
#    define ADJ_SHARED(T, name) T *name = (T *)emu::block->shared
#endif

// The stream of the GPU that this thread uses (device.cu).
cudaStream_t adj_cuda_stream();
// Whether the last launch was taken. False and an error when not.
bool adj_cuda_started();
// False and an error that names [what] unless [error] is success.
bool adj_cuda_worked(cudaError_t error, const char *what);
// Memory of the GPU in use, for what a kernel needs between two launches. NULL and an error
// when there is none.
void *adj_cuda_alloc(size_t bytes);
void adj_cuda_free(void *memory, size_t bytes);
extern const AdjCudaHost *adj_cuda_host;

// Blocks of [threads] for [n] elements, one each, or fewer when the kernel goes on by the size
// of the grid.
static inline unsigned adj_cuda_grid(int64_t n, int64_t threads)
{
    const int64_t most = 1 << 16;
    int64_t blocks = (n + threads - 1) / threads;
    return (unsigned)(blocks < most ? blocks : most);
}

// Work shared out by the size of the grid: for each element [i] of [n].
#define ADJ_EACH(i, n)                                                        \
    for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < (n); \
         i += (int64_t)gridDim.x * blockDim.x)
