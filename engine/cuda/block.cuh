// SPDX-License-Identifier: Apache-2.0
// block.cuh: a value from each thread of a block joined into one, the same for all of them: by
// shuffles within warps, then by the first warp through shared memory. The order is fixed by
// the number of threads alone.
#pragma once

#include "cuda/launch.cuh"

// [Join] has a static function of(a, b) and a value `none` that changes nothing. The block has
// whole warps, at most 32.
template <typename T, typename Join> static __device__ __forceinline__ T adj_block_join(T value)
{
    __shared__ T part[33];
    int lane = (int)(threadIdx.x & 31), warp = (int)(threadIdx.x >> 5);
    int warps = (int)(blockDim.x >> 5);
    for (int by = 16; by; by /= 2) value = Join::of(value, __shfl_down_sync(~0u, value, by));
    if (lane == 0) part[warp] = value;
    __syncthreads();
    if (warp == 0) {
        value = lane < warps ? part[lane] : Join::none();
        for (int by = 16; by; by /= 2)
            value = Join::of(value, __shfl_down_sync(~0u, value, by));
        if (lane == 0) part[32] = value;
    }
    __syncthreads();
    value = part[32];
    __syncthreads();
    return value;
}
