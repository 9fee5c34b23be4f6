// SPDX-License-Identifier: Apache-2.0
// gemm.cu: matrix products by tiles: a block makes 64 by 64 elements of the result, a thread 4
// by 4 of them, from strips of both operands that it keeps in shared memory. Single precision
// is summed in single precision, in an order that the sizes determine. It serves every type and
// layout without a library.
#include "cuda/families.cuh"
#include "cuda/launch.cuh"

enum { SIDE = 64, STRIP = 16, PER = 4, ACROSS = SIDE / PER };

template <typename T>
static __device__ __forceinline__ T at(const T *x, int64_t row, int64_t column, int64_t ld,
                                       bool turned)
{
    return turned ? x[column * ld + row] : x[row * ld + column];
}

// Element (row, column) of each strip; threads are numbered so that neighbours in memory are
// read by neighbours.
template <typename T>
static __device__ __forceinline__ void load_strips(const AdjGemm &g, const T *a, const T *b,
                                                   int64_t row0, int64_t column0, int64_t k0,
                                                   T (*sa)[SIDE + 1], T (*sb)[SIDE + 1])
{
    for (int i = (int)threadIdx.x; i < SIDE * STRIP; i += ACROSS * ACROSS) {
        int m = g.a_trans ? i % SIDE : i / STRIP, p = g.a_trans ? i / SIDE : i % STRIP;
        bool inside = row0 + m < g.m && k0 + p < g.k;
        sa[p][m] = inside ? at(a, row0 + m, k0 + p, g.lda, g.a_trans) : (T)0;
        int n = g.b_trans ? i / STRIP : i % SIDE, q = g.b_trans ? i % STRIP : i / SIDE;
        inside = column0 + n < g.n && k0 + q < g.k;
        sb[q][n] = inside ? at(b, k0 + q, column0 + n, g.ldb, g.b_trans) : (T)0;
    }
}

template <typename T> static __global__ void multiply(AdjGemm g)
{
    __shared__ T sa[STRIP][SIDE + 1], sb[STRIP][SIDE + 1];
    const T *a = (const T *)g.a + blockIdx.z * g.a_batch,
            *b = (const T *)g.b + blockIdx.z * g.b_batch;
    T *c = (T *)g.c + blockIdx.z * g.c_batch, sum[PER][PER];
    int64_t row0 = (int64_t)blockIdx.y * SIDE, column0 = (int64_t)blockIdx.x * SIDE;
    int r0 = (int)threadIdx.x / ACROSS, c0 = (int)threadIdx.x % ACROSS;
    for (int r = 0; r < PER; r++)
        for (int s = 0; s < PER; s++) sum[r][s] = 0;
    for (int64_t k0 = 0; k0 < g.k; k0 += STRIP) {
        load_strips<T>(g, a, b, row0, column0, k0, sa, sb);
        __syncthreads();
        for (int p = 0; p < STRIP; p++)
            for (int r = 0; r < PER; r++)
                for (int s = 0; s < PER; s++)
                    sum[r][s] += sa[p][r0 + r * ACROSS] * sb[p][c0 + s * ACROSS];
        __syncthreads();
    }
    for (int r = 0; r < PER; r++)
        for (int s = 0; s < PER; s++) {
            int64_t row = row0 + r0 + r * ACROSS, column = column0 + c0 + s * ACROSS;
            if (row >= g.m || column >= g.n) continue;
            T *y = c + row * g.ldc + column, scaled = (T)g.alpha * sum[r][s];
            *y = g.beta == 0 ? scaled : scaled + (T)g.beta * *y;
        }
}

// Whole numbers wrap in their unsigned twin.
bool adj_cuda_gemm(const AdjGemm *given)
{
    AdjGemm g = *given;
    const int64_t most = 65535;
    if (!g.m || !g.n || !g.batch) return true;
    if ((g.m + SIDE - 1) / SIDE > most) {
        adj_cuda_host->fail(ADJ_E_SHAPE, "%s: a product with %lld rows is too tall",
                            adj_cuda_host->op_name(), (long long)g.m);
        return false;
    }
    size_t size = g.dtype == ADJ_F64 || g.dtype == ADJ_I64 ? 8 : g.dtype == ADJ_U8 ? 1 : 4;
    bool done = true;
    for (int64_t from = 0; done && from < given->batch; from += most) {
        int64_t batch = given->batch - from < most ? given->batch - from : most;
        dim3 grid((unsigned)((g.n + SIDE - 1) / SIDE), (unsigned)((g.m + SIDE - 1) / SIDE),
                  (unsigned)batch);
        g.a = (const char *)given->a + (size_t)(from * g.a_batch) * size;
        g.b = (const char *)given->b + (size_t)(from * g.b_batch) * size;
        g.c = (char *)given->c + (size_t)(from * g.c_batch) * size;
        switch (g.dtype) {
        case ADJ_F32: done = ADJ_LAUNCH(multiply<float>, grid, ACROSS * ACROSS, 0, g); break;
        case ADJ_F64: done = ADJ_LAUNCH(multiply<double>, grid, ACROSS * ACROSS, 0, g); break;
        case ADJ_I64: done = ADJ_LAUNCH(multiply<uint64_t>, grid, ACROSS * ACROSS, 0, g); break;
        case ADJ_I32: done = ADJ_LAUNCH(multiply<uint32_t>, grid, ACROSS * ACROSS, 0, g); break;
        default: done = ADJ_LAUNCH(multiply<uint8_t>, grid, ACROSS * ACROSS, 0, g); break;
        }
    }
    return done;
}
