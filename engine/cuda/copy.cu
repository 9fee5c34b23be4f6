// SPDX-License-Identifier: Apache-2.0
// copy.cu: copies that convert, fills, and fills under a mask.
//
// Elements of one type are moved as bits of their size. A copy between types reads the one and
// writes the other by a switch on the type that all threads take alike, which costs nothing
// beside the memory; so there is one kernel for all 56 pairs.
#include "cuda/element.cuh"
#include "cuda/families.cuh"

static __device__ __forceinline__ void locate(const AdjIter &it, int64_t i, int64_t *offset,
                                              int n)
{
    for (int k = 0; k < n; k++) offset[k] = 0;
    for (int d = 0; d < it.ndim; d++) {
        int64_t at = d + 1 < it.ndim ? i % it.sizes[d] : i;
        i /= it.sizes[d];
        for (int k = 0; k < n; k++) offset[k] += at * it.strides[k][d];
    }
}

// ---------------------------------------------------------------- moving bits

struct __align__(16) Sixteen
{
    uint64_t low, high;
};

static __global__ void move_dense(char *y, const char *x, int64_t bytes)
{
    int64_t whole = bytes / 16;
    ADJ_EACH (i, whole) ((Sixteen *)y)[i] = ((const Sixteen *)x)[i];
    ADJ_EACH (i, bytes - whole * 16) y[whole * 16 + i] = x[whole * 16 + i];
}

template <typename T> static __global__ void move_strided(AdjIter it)
{
    ADJ_EACH (i, it.numel) {
        int64_t offset[2];
        locate(it, i, offset, 2);
        *(T *)(it.data[0] + offset[0]) = *(const T *)(it.data[1] + offset[1]);
    }
}

// A transposed matrix: a tile is read along the rows of the one and written along those of the
// other, by way of shared memory. The extra column keeps its banks apart.
enum { TILE = 32, TILE_ROWS = 8 };
template <typename T> static __global__ void transpose(AdjIter it)
{
    __shared__ T tile[TILE][TILE + 1];
    int64_t planes_x = (it.sizes[0] + TILE - 1) / TILE,
            planes_y = (it.sizes[1] + TILE - 1) / TILE;
    for (int64_t p = blockIdx.x; p < planes_x * planes_y; p += gridDim.x) {
        int64_t x0 = p % planes_x * TILE, y0 = p / planes_x * TILE;
        __syncthreads();
        for (int r = threadIdx.y; r < TILE; r += TILE_ROWS) {
            int64_t column = x0 + r, row = y0 + threadIdx.x;  // neighbours along axis 1
            if (column < it.sizes[0] && row < it.sizes[1])
                tile[r][threadIdx.x] = *(const T *)(it.data[1] + column * it.strides[1][0] +
                                                    row * it.strides[1][1]);
        }
        __syncthreads();
        for (int r = threadIdx.y; r < TILE; r += TILE_ROWS) {
            int64_t column = x0 + threadIdx.x, row = y0 + r;
            if (column < it.sizes[0] && row < it.sizes[1])
                *(T *)(it.data[0] + column * it.strides[0][0] + row * it.strides[0][1]) =
                    tile[threadIdx.x][r];
        }
    }
}

static size_t size_of(AdjDtype t)
{
    switch (t) {
    case ADJ_F64:
    case ADJ_I64: return 8;
    case ADJ_F32:
    case ADJ_I32: return 4;
    case ADJ_F16:
    case ADJ_BF16: return 2;
    default: return 1;
    }
}

template <typename T> static bool move(const AdjIter *a)
{
    AdjIter it = *a;
    bool turned = it.ndim == 2 && it.strides[1][1] == (int64_t)sizeof(T) &&
                  it.strides[0][0] == (int64_t)sizeof(T) && it.sizes[0] >= TILE &&
                  it.sizes[1] >= TILE;
    if (turned) {
        int64_t tiles = (it.sizes[0] + TILE - 1) / TILE * ((it.sizes[1] + TILE - 1) / TILE);
        return ADJ_LAUNCH(transpose<T>, adj_cuda_grid(tiles, 1), dim3(TILE, TILE_ROWS), 0, it);
    }
    return ADJ_LAUNCH(move_strided<T>, adj_cuda_grid(it.numel, 256), 256, 0, it);
}

// ---------------------------------------------------------------- converting

// The CPU's way with what an integer cannot hold: the smallest int64, cut to size.
static __device__ __forceinline__ int64_t whole(double x)
{
    return x >= -9223372036854775808.0 && x < 9223372036854775808.0 ? (int64_t)x : INT64_MIN;
}

static __device__ __forceinline__ double read_float(const char *p, AdjDtype t)
{
    switch (t) {
    case ADJ_F32: return *(const float *)p;
    case ADJ_F64: return *(const double *)p;
    case ADJ_F16: return __half2float(*(const __half *)p);
    case ADJ_BF16: return __bfloat162float(*(const __nv_bfloat16 *)p);
    case ADJ_I64: return (double)*(const int64_t *)p;
    case ADJ_I32: return *(const int32_t *)p;
    case ADJ_U8: return *(const uint8_t *)p;
    default: return *(const uint8_t *)p != 0;
    }
}

static __device__ __forceinline__ int64_t read_whole(const char *p, AdjDtype t)
{
    switch (t) {
    case ADJ_I64: return *(const int64_t *)p;
    case ADJ_I32: return *(const int32_t *)p;
    case ADJ_U8: return *(const uint8_t *)p;
    case ADJ_BOOL: return *(const uint8_t *)p != 0;
    default: return whole(read_float(p, t));
    }
}

static __device__ __forceinline__ void convert(char *y, AdjDtype to, const char *x,
                                               AdjDtype from)
{
    switch (to) {
    case ADJ_F32:
        *(float *)y = from == ADJ_I64 ? (float)*(const int64_t *)x : (float)read_float(x, from);
        break;
    case ADJ_F64: *(double *)y = read_float(x, from); break;
    case ADJ_F16: *(__half *)y = __float2half_rn((float)read_float(x, from)); break;
    case ADJ_BF16: *(__nv_bfloat16 *)y = __float2bfloat16_rn((float)read_float(x, from)); break;
    case ADJ_I64: *(int64_t *)y = read_whole(x, from); break;
    case ADJ_I32: *(int32_t *)y = (int32_t)(uint32_t)read_whole(x, from); break;
    case ADJ_U8: *(uint8_t *)y = (uint8_t)read_whole(x, from); break;
    default: *(uint8_t *)y = read_float(x, from) != 0; break;
    }
}

static __global__ void convert_all(AdjIter it)
{
    ADJ_EACH (i, it.numel) {
        int64_t offset[2];
        locate(it, i, offset, 2);
        convert(it.data[0] + offset[0], it.dtype[0], it.data[1] + offset[1], it.dtype[1]);
    }
}

bool adj_cuda_copy(const AdjIter *a)
{
    AdjIter it = *a;
    if (it.numel == 0) return true;
    if (it.dtype[0] != it.dtype[1])
        return ADJ_LAUNCH(convert_all, adj_cuda_grid(it.numel, 256), 256, 0, it);
    int64_t size = (int64_t)size_of(it.dtype[0]);
    bool dense = it.ndim == 1 && it.strides[0][0] == size && it.strides[1][0] == size &&
                 ((uintptr_t)it.data[0] | (uintptr_t)it.data[1]) % 16 == 0;
    if (dense)
        return ADJ_LAUNCH(move_dense, adj_cuda_grid(it.numel * size / 16 + 1, 256), 256, 0,
                          it.data[0], it.data[1], it.numel * size);
    return size == 1   ? move<uint8_t>(&it)
           : size == 2 ? move<uint16_t>(&it)
           : size == 4 ? move<uint32_t>(&it)
                       : move<uint64_t>(&it);
}

// ---------------------------------------------------------------- filling

static __global__ void fill_pattern(AdjIter it, AdjScalar value)
{
    __align__(8) char pattern[8];
    if (value.kind == ADJ_S_FLOAT)
        convert(pattern, it.dtype[0], (const char *)&value.f, ADJ_F64);
    else
        convert(pattern, it.dtype[0], (const char *)&value.i, ADJ_I64);
    ADJ_EACH (i, it.numel) {
        int64_t offset[1];
        locate(it, i, offset, 1);
        char *y = it.data[0] + offset[0];
        switch (it.dtype[0]) {
        case ADJ_F64:
        case ADJ_I64: *(uint64_t *)y = *(uint64_t *)pattern; break;
        case ADJ_F32:
        case ADJ_I32: *(uint32_t *)y = *(uint32_t *)pattern; break;
        case ADJ_F16:
        case ADJ_BF16: *(uint16_t *)y = *(uint16_t *)pattern; break;
        default: *y = *pattern; break;
        }
    }
}

bool adj_cuda_fill(const AdjIter *a, AdjScalar value)
{
    AdjIter it = *a;
    if (it.numel == 0) return true;
    return ADJ_LAUNCH(fill_pattern, adj_cuda_grid(it.numel, 256), 256, 0, it, value);
}

template <typename T> static __global__ void fill_masked(AdjIter it)
{
    const T value = *(const T *)it.data[3];
    ADJ_EACH (i, it.numel) {
        int64_t offset[3];
        locate(it, i, offset, 3);
        *(T *)(it.data[0] + offset[0]) = *(const uint8_t *)(it.data[2] + offset[2])
                                             ? value
                                             : *(const T *)(it.data[1] + offset[1]);
    }
}

bool adj_cuda_masked_fill(const AdjIter *a)
{
    AdjIter it = *a;
    if (it.numel == 0) return true;
    unsigned grid = adj_cuda_grid(it.numel, 256);
    switch (size_of(it.dtype[0])) {
    case 1: return ADJ_LAUNCH(fill_masked<uint8_t>, grid, 256, 0, it);
    case 2: return ADJ_LAUNCH(fill_masked<uint16_t>, grid, 256, 0, it);
    case 4: return ADJ_LAUNCH(fill_masked<uint32_t>, grid, 256, 0, it);
    default: return ADJ_LAUNCH(fill_masked<uint64_t>, grid, 256, 0, it);
    }
}
