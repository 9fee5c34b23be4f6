// SPDX-License-Identifier: Apache-2.0
//
// Enough of CUDA C++ to compile the kernels for the processor and run them there, so that a
// machine without a GPU can still say whether a kernel computes what the CPU computes.
//
// This header is the language: keywords, vector types, barriers, shuffles, votes, atomics, the
// half types; fibers.h runs the threads, runtime.h is the part of the runtime library that the
// plugin calls. Shared memory is a static variable of the one thread that runs the block.
// Kernels are launched through ADJ_LAUNCH (cuda/launch.cuh), which says <<<>>> to the real
// compiler. What is left undeclared here (inline PTX, tensor cores, cooperative groups) does
// not compile, and a kernel that uses it keeps a plain form beside it for this header.
#pragma once

#include "fibers.h"

#include <cfloat>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <math.h>
#include <type_traits>

#define ADJ_EMULATED 1
#define __global__
#define __device__
#define __host__
#define __constant__ static
#define __shared__ static thread_local
#define __forceinline__ inline
#define __noinline__
#define __restrict__ __restrict
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))

#define threadIdx (emu::thread->index)
#define blockIdx (emu::block->index)
#define blockDim (emu::block->size)
#define gridDim (emu::block->grid)

// ---------------------------------------------------------------- waiting for each other

static inline void __syncthreads(int line = __builtin_LINE())
{
    emu::barrier(0, line);
}

static inline int __syncthreads_or(int p, int line = __builtin_LINE())
{
    emu::barrier(p, line);
    return emu::block->was_any;
}

static inline int __syncthreads_count(int p, int line = __builtin_LINE())
{
    emu::barrier(p, line);
    return emu::block->was_number;
}

static inline void __syncwarp(unsigned mask = ~0u)
{
    emu::collective(emu::SYNC, mask, 0, 0);
}

static inline unsigned __ballot_sync(unsigned mask, int p)
{
    return (unsigned)emu::collective(emu::BALLOT, mask, p != 0, 0);
}

static inline int __any_sync(unsigned mask, int p)
{
    return (int)emu::collective(emu::ANY, mask, p != 0, 0);
}

static inline int __all_sync(unsigned mask, int p)
{
    return (int)emu::collective(emu::ALL, mask, p != 0, 0);
}

template <class T> static T emu_shuffle(unsigned mask, T value, int source)
{
    static_assert(sizeof(T) <= 8 && std::is_trivially_copyable<T>::value, "a plain value");
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof value);
    bits = emu::collective(emu::SHUFFLE, mask, bits, source);
    memcpy(&value, &bits, sizeof value);
    return value;
}

// Lanes outside the segment of [width] lanes give the lane its own value back.
template <class T> static T __shfl_sync(unsigned mask, T value, int from, int width = 32)
{
    int lane = emu::thread->lane;
    return emu_shuffle(mask, value, (lane & ~(width - 1)) | (from & (width - 1)));
}

template <class T> static T __shfl_xor_sync(unsigned mask, T value, int bits, int width = 32)
{
    int lane = emu::thread->lane, from = lane ^ bits;
    return emu_shuffle(mask, value,
                       (from & ~(width - 1)) > (lane & ~(width - 1)) ? lane : from);
}

template <class T> static T __shfl_down_sync(unsigned mask, T value, int by, int width = 32)
{
    int lane = emu::thread->lane;
    return emu_shuffle(mask, value, (lane & (width - 1)) + by >= width ? lane : lane + by);
}

template <class T> static T __shfl_up_sync(unsigned mask, T value, int by, int width = 32)
{
    int lane = emu::thread->lane;
    return emu_shuffle(mask, value, (lane & (width - 1)) < by ? lane : lane - by);
}

static inline void __threadfence()
{
}

// ---------------------------------------------------------------- atomics, bits

// One thread runs at a time.
template <class T, class U> static T atomicAdd(T *at, U value)
{
    T old = *at;
    *at = (T)(old + (T)value);
    return old;
}

template <class T, class U> static T atomicMax(T *at, U value)
{
    T old = *at;
    if ((T)value > old) *at = (T)value;
    return old;
}

template <class T, class U> static T atomicExch(T *at, U value)
{
    T old = *at;
    *at = (T)value;
    return old;
}

template <class T, class U> static T atomicCAS(T *at, U expected, U value)
{
    T old = *at;
    if (old == (T)expected) *at = (T)value;
    return old;
}

static inline int __popc(unsigned x)
{
    return __builtin_popcount(x);
}

static inline int __ffs(int x)
{
    return __builtin_ffs(x);
}

static inline int __clz(int x)
{
    return x ? __builtin_clz((unsigned)x) : 32;
}

static inline unsigned __umulhi(unsigned a, unsigned b)
{
    return (unsigned)((uint64_t)a * b >> 32);
}

static inline uint32_t __float_as_uint(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float __uint_as_float(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline uint64_t __double_as_longlong(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float rsqrtf(float x)
{
    return 1 / sqrtf(x);
}

static inline double rsqrt(double x)
{
    return 1 / sqrt(x);
}

static inline float __ldcs(const float *p)
{
    return *p;
}

// ---------------------------------------------------------------- half types

// Conversions round to nearest even as the hardware does.
struct __half {
    uint16_t bits;
};
struct __nv_bfloat16 {
    uint16_t bits;
};

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
    uint16_t sign = uint16_t(__float_as_uint(x) >> 16 & 0x8000);
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
    return __uint_as_float(uint32_t(b.bits) << 16);
}

static inline __nv_bfloat16 __float2bfloat16_rn(float x)
{
    uint32_t bits = __float_as_uint(x);
    if (std::isnan(x)) return __nv_bfloat16{uint16_t(bits >> 16 | 64)};
    return __nv_bfloat16{uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};
}
