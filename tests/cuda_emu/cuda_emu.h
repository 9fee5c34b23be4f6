// SPDX-License-Identifier: Apache-2.0
//
// Enough of CUDA to compile the elementwise kernels for the processor and run them there, so
// that a machine without a GPU can still say whether a kernel computes what the CPU computes.
//
// Threads of a launch run one after the other in a plain loop over grid and block. That is
// exact for kernels whose threads never wait for one another, which is what an elementwise
// kernel is; a kernel with barriers, shuffles or shared memory would need threads that can be
// suspended, so those names are left undeclared here and such a kernel does not compile.
// Invariant: outside a launch no thread coordinates are set, and an index past the end of an
// array is caught by the address sanitizer as in any other loop.
#pragma once

#include <cmath>
#include <math.h>
#include <cstdint>
#include <cstring>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __restrict__ __restrict
#define __launch_bounds__(threads)

struct uint3 {
    unsigned x, y, z;
};

struct dim3 {
    unsigned x, y, z;
    dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z)
    {
    }
};

static thread_local uint3 blockIdx, threadIdx;
static thread_local dim3 gridDim, blockDim;

typedef void *cudaStream_t;

// Conversions of the half types, rounding to nearest even as the hardware does.
struct __half {
    uint16_t bits;
};
struct __nv_bfloat16 {
    uint16_t bits;
};

static inline uint32_t emu_float_bits(float x)
{
    uint32_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float emu_bits_float(uint32_t bits)
{
    float x;
    std::memcpy(&x, &bits, sizeof x);
    return x;
}

static inline float __half2float(__half h)
{
    int exponent = h.bits >> 10 & 31, fraction = h.bits & 1023;
    float sign = h.bits >> 15 ? -1.0f : 1.0f;
    if (exponent == 31) return fraction ? NAN : sign * INFINITY;
    return sign * (exponent ? std::ldexp(float(1024 + fraction), exponent - 25)
                            : std::ldexp(float(fraction), -24));
}

static inline __half __float2half_rn(float x)
{
    uint16_t sign = uint16_t(emu_float_bits(x) >> 16 & 0x8000);
    float size = std::fabs(x);
    if (std::isnan(x)) return __half{uint16_t(sign | 0x7e00)};
    if (size >= 65520.0f) return __half{uint16_t(sign | 0x7c00)};
    int exponent;
    std::frexp(size, &exponent);  // size = m * 2^exponent with m in [0.5, 1)
    if (exponent < -13 || size == 0) exponent = -13;
    // Units of the last place; nearbyint rounds to even, and a carry moves into the exponent.
    uint16_t units = uint16_t(std::nearbyint(std::ldexp(size, 11 - exponent)));
    return __half{uint16_t(sign | (units + (exponent + 13) * 1024))};
}

static inline float __bfloat162float(__nv_bfloat16 b)
{
    return emu_bits_float(uint32_t(b.bits) << 16);
}

static inline __nv_bfloat16 __float2bfloat16_rn(float x)
{
    uint32_t bits = emu_float_bits(x);
    if (std::isnan(x)) return __nv_bfloat16{uint16_t(bits >> 16 | 64)};
    return __nv_bfloat16{uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};
}

// What <<<grid, block>>> means. Kernels are launched through ADJ_LAUNCH (launch.cuh), which
// says the one or the other.
template <typename Kernel, typename... Args>
static void emu_launch(Kernel kernel, dim3 grid, dim3 block, Args... args)
{
    gridDim = grid;
    blockDim = block;
    for (blockIdx.z = 0; blockIdx.z < grid.z; blockIdx.z++)
        for (blockIdx.y = 0; blockIdx.y < grid.y; blockIdx.y++)
            for (blockIdx.x = 0; blockIdx.x < grid.x; blockIdx.x++)
                for (threadIdx.z = 0; threadIdx.z < block.z; threadIdx.z++)
                    for (threadIdx.y = 0; threadIdx.y < block.y; threadIdx.y++)
                        for (threadIdx.x = 0; threadIdx.x < block.x; threadIdx.x++)
                            kernel(args...);
}
