// SPDX-License-Identifier: Apache-2.0
// launch.cuh: the differences between a compiler for GPUs and the emulator of the tests: how a
// kernel is started, and how a device function is kept from being copied into every caller.
#pragma once

#if defined(__CUDACC__)
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#define ADJ_ONE_COPY __noinline__
#define ADJ_LAUNCH(kernel, grid, block, stream, ...)                                           \
    kernel<<<grid, block, 0, (cudaStream_t)(stream)>>>(__VA_ARGS__)
#else
#include "cuda_emu.h"
#define ADJ_ONE_COPY
#define ADJ_LAUNCH(kernel, grid, block, stream, ...)                                           \
    ((void)(stream), emu_launch(kernel, grid, block, __VA_ARGS__))
#endif
