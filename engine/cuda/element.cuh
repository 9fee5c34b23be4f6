// SPDX-License-Identifier: Apache-2.0
// element.cuh: the element types as C++ types, for kernels that are templates of them.
#pragma once

#include "cuda/launch.cuh"

// Storage type of a dtype; the kernel computes in Wide<T>::type.
#define ADJ_CUDA_TYPES(X)      \
    X(ADJ_F32, float)          \
    X(ADJ_F64, double)         \
    X(ADJ_F16, __half)         \
    X(ADJ_BF16, __nv_bfloat16) \
    X(ADJ_I64, int64_t)        \
    X(ADJ_I32, int32_t)        \
    X(ADJ_U8, uint8_t)         \
    X(ADJ_BOOL, bool)

template <typename T> struct Wide {
    typedef T type;
    static __device__ __forceinline__ T read(T x)
    {
        return x;
    }
    static __device__ __forceinline__ T write(T x)
    {
        return x;
    }
};

template <> struct Wide<__half> {
    typedef float type;
    static __device__ __forceinline__ float read(__half x)
    {
        return __half2float(x);
    }
    static __device__ __forceinline__ __half write(float x)
    {
        return __float2half_rn(x);
    }
};

template <> struct Wide<__nv_bfloat16> {
    typedef float type;
    static __device__ __forceinline__ float read(__nv_bfloat16 x)
    {
        return __bfloat162float(x);
    }
    static __device__ __forceinline__ __nv_bfloat16 write(float x)
    {
        return __float2bfloat16_rn(x);
    }
};
