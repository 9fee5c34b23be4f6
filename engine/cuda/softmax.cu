// SPDX-License-Identifier: Apache-2.0
// softmax.cu: softmax along rows and its derivatives. A block takes a row: what it reads a
// second time comes from the caches, so the memory sees the row once in and once out. Sums are
// made in double; the maximum is subtracted first, so no exponential overflows, and a row of
// nothing but -inf gives NaN as 0 / 0 should.
#include "cuda/block.cuh"
#include "cuda/families.cuh"

#include <cmath>

struct Add {
    static __device__ __forceinline__ double none()
    {
        return 0;
    }
    static __device__ __forceinline__ double of(double a, double b)
    {
        return a + b;
    }
};

template <typename T> struct Greatest {
    static __device__ __forceinline__ T none()
    {
        return (T)-INFINITY;
    }
    static __device__ __forceinline__ T of(T a, T b)
    {
        return b > a ? b : a;
    }
};

template <typename T> static __device__ __forceinline__ T maximum(const T *x, int64_t n)
{
    T most = (T)-INFINITY;
    for (int64_t i = threadIdx.x; i < n; i += blockDim.x) most = x[i] > most ? x[i] : most;
    return adj_block_join<T, Greatest<T>>(most);
}

template <typename T>
static __device__ __forceinline__ double powers(const T *x, T m, int64_t n)
{
    double sum = 0;
    for (int64_t i = threadIdx.x; i < n; i += blockDim.x) sum += (double)exp(x[i] - m);
    return adj_block_join<double, Add>(sum);
}

template <typename T> static __device__ void one_row(const AdjSoftmaxCall &c, int64_t row)
{
    const T *x = (const T *)c.x + row * c.n;
    T *y = (T *)c.y + row * c.n, m = maximum(x, c.n);
    if (c.kind == ADJ_SOFTMAX) {
        T scale = (T)(1 / powers(x, m, c.n));
        for (int64_t i = threadIdx.x; i < c.n; i += blockDim.x) y[i] = exp(x[i] - m) * scale;
    } else if (c.kind == ADJ_LOG_SOFTMAX) {
        T l = (T)log(powers(x, m, c.n));
        for (int64_t i = threadIdx.x; i < c.n; i += blockDim.x) y[i] = (x[i] - m) - l;
    } else if (c.kind == ADJ_LOGSUMEXP) {
        T base = m > (T)-INFINITY && m < (T)INFINITY ? m : 0;
        double sum = powers(x, base, c.n);
        if (threadIdx.x == 0) ((T *)c.y)[row] = base + (T)log(sum);
    } else {
        double sum = powers(x, m, c.n);
        if (threadIdx.x) return;
        ((T *)c.y)[2 * row] = m;
        ((T *)c.y)[2 * row + 1] = (T)log(sum);
    }
}

// dx from [a] = dy and [x] = the result.
template <typename T>
static __device__ void one_derivative(const AdjSoftmaxCall &c, int64_t row)
{
    const T *y = (const T *)c.x + row * c.n, *dy = (const T *)c.a + row * c.n;
    T *dx = (T *)c.y + row * c.n;
    bool logs = c.kind == ADJ_LOG_SOFTMAX_DX;
    double sum = 0;
    for (int64_t i = threadIdx.x; i < c.n; i += blockDim.x)
        sum += logs ? (double)dy[i] : (double)y[i] * (double)dy[i];
    T total = (T)adj_block_join<double, Add>(sum);
    for (int64_t i = threadIdx.x; i < c.n; i += blockDim.x)
        dx[i] = logs ? dy[i] - exp(y[i]) * total : y[i] * (dy[i] - total);
}

template <typename T> static __global__ void all_rows(AdjSoftmaxCall c)
{
    bool derivative = c.kind == ADJ_SOFTMAX_DX || c.kind == ADJ_LOG_SOFTMAX_DX;
    for (int64_t row = blockIdx.x; row < c.rows; row += gridDim.x) {
        if (derivative)
            one_derivative<T>(c, row);
        else
            one_row<T>(c, row);
    }
}

bool adj_cuda_softmax(const AdjSoftmaxCall *a)
{
    AdjSoftmaxCall c = *a;
    unsigned grid = adj_cuda_grid(c.rows, 1), threads = 32;
    if (c.rows == 0) return true;
    while (threads < 512 && threads * 4 < c.n) threads *= 2;
    return c.dtype == ADJ_F64 ? ADJ_LAUNCH(all_rows<double>, grid, threads, 0, c)
                              : ADJ_LAUNCH(all_rows<float>, grid, threads, 0, c);
}
