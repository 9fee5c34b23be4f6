// SPDX-License-Identifier: Apache-2.0
// index.cu: taking elements from indexed places, and putting them there.
//
// Taking has a thread for each element. Putting may meet the same place twice and must give the
// same bits every time, so one thread does all that can meet: a column of rows, or a line along
// the axis, in the order of the index. A place outside is noted for the next question that
// waits, and left out.
#include "cuda/element.cuh"
#include "cuda/families.cuh"

static __device__ __forceinline__ bool inside(AdjCudaBox *box, const char *op, int64_t at,
                                              int64_t n)
{
    if (at >= 0 && at < n) return true;
    if (atomicExch(&box->full, 1u) == 0) {
        box->index = at;
        box->size = n;
        box->op = op;
    }
    return false;
}

// ---------------------------------------------------------------- combining

template <typename T>
static __device__ __forceinline__ void combine(T *y, T value, AdjCombine how)
{
    typedef Wide<T> W;
    typename W::type a = W::read(*y), b = W::read(value);
    switch (how) {
    case ADJ_PUT: *y = value; break;
    case ADJ_ADD: *y = W::write((typename W::type)(a + b)); break;
    case ADJ_MUL: *y = W::write((typename W::type)(a * b)); break;
    case ADJ_MAX:
        if (b > a || b != b) *y = value;
        break;
    default:
        if (b < a || b != b) *y = value;
        break;
    }
}

template <> __device__ __forceinline__ void combine<bool>(bool *y, bool value, AdjCombine how)
{
    bool any = how == ADJ_ADD || how == ADJ_MAX;
    *y = how == ADJ_PUT ? value : any ? *y || value : *y && value;
}

// ---------------------------------------------------------------- rows

template <typename T> static __global__ void take(AdjRows r, AdjCudaBox *box, const char *op)
{
    ADJ_EACH (i, r.outer * r.m * r.inner) {
        int64_t row = i / r.inner, from = r.index[row % r.m];
        if (!inside(box, op, from, r.n)) continue;
        ((T *)r.y)[i] = ((const T *)r.x)[(row / r.m * r.n + from) * r.inner + i % r.inner];
    }
}

template <typename T> static __global__ void put(AdjRows r, AdjCudaBox *box, const char *op)
{
    ADJ_EACH (i, r.outer * r.inner) {
        int64_t o = i / r.inner, column = i % r.inner;
        for (int64_t k = 0; k < r.m; k++) {
            int64_t to = r.index[k];
            if (!inside(box, op, to, r.n)) continue;
            combine<T>((T *)r.y + (o * r.n + to) * r.inner + column,
                       ((const T *)r.x)[(o * r.m + k) * r.inner + column], r.how);
        }
    }
}

bool adj_cuda_take_rows(const AdjRows *a)
{
    AdjRows r = *a;
    int64_t n = r.outer * r.m * r.inner;
    unsigned grid = adj_cuda_grid(n, 256);
    if (n == 0) return true;
    switch (r.dtype) {
#define CASE(dtype, T) \
    case dtype:        \
        return ADJ_LAUNCH(take<T>, grid, 256, 0, r, adj_cuda_box(), adj_cuda_host->op_name());
        ADJ_CUDA_TYPES(CASE)
#undef CASE
    default: return false;
    }
}

bool adj_cuda_put_rows(const AdjRows *a)
{
    AdjRows r = *a;
    unsigned grid = adj_cuda_grid(r.outer * r.inner, 128);
    if (r.outer * r.inner * r.m == 0) return true;
    switch (r.dtype) {
#define CASE(dtype, T) \
    case dtype:        \
        return ADJ_LAUNCH(put<T>, grid, 128, 0, r, adj_cuda_box(), adj_cuda_host->op_name());
        ADJ_CUDA_TYPES(CASE)
#undef CASE
    default: return false;
    }
}

// ---------------------------------------------------------------- along one axis

// Where line [i] begins, a line being the elements of the index along the axis: its first
// element in the index, and the place of coordinate 0 in the tensor that is picked from.
static __device__ __forceinline__ void find_line(const AdjAlong &a, int64_t i, int64_t *dense,
                                                 int64_t *place, int64_t *step)
{
    int64_t width = 1;
    *dense = *place = 0;
    *step = 1;
    for (int d = a.ndim - 1; d >= 0; d--) {
        if (d == a.dim) {
            *step = width;
        } else {
            int64_t at = i % a.sizes[d];
            i /= a.sizes[d];
            *dense += at * width;
            *place += at * a.strides[d];
        }
        width *= a.sizes[d];
    }
}

template <typename T>
static __global__ void gather(AdjAlong a, int64_t lines, AdjCudaBox *box, const char *op)
{
    ADJ_EACH (i, lines * a.sizes[a.dim]) {
        int64_t dense, place, step, k = i / lines;
        find_line(a, i % lines, &dense, &place, &step);
        dense += k * step;
        int64_t from = a.index[dense];
        if (!inside(box, op, from, a.n)) continue;
        ((T *)a.y)[dense] = ((const T *)a.x)[place + from * a.strides[a.dim]];
    }
}

template <typename T>
static __global__ void scatter(AdjAlong a, int64_t lines, AdjCudaBox *box, const char *op)
{
    ADJ_EACH (i, lines) {
        int64_t dense, place, step;
        find_line(a, i, &dense, &place, &step);
        for (int64_t k = 0; k < a.sizes[a.dim]; k++, dense += step) {
            int64_t to = a.index[dense];
            if (!inside(box, op, to, a.n)) continue;
            combine<T>((T *)a.y + place + to * a.strides[a.dim], ((const T *)a.x)[dense],
                       a.how);
        }
    }
}

static int64_t lines_of(const AdjAlong *a)
{
    int64_t lines = 1;
    for (int d = 0; d < a->ndim; d++)
        if (d != a->dim) lines *= a->sizes[d];
    return lines;
}

bool adj_cuda_gather(const AdjAlong *given)
{
    AdjAlong a = *given;
    int64_t lines = lines_of(&a), n = lines * a.sizes[a.dim];
    unsigned grid = adj_cuda_grid(n, 256);
    if (n == 0) return true;
    switch (a.dtype) {
#define CASE(dtype, T)                                                       \
    case dtype:                                                              \
        return ADJ_LAUNCH(gather<T>, grid, 256, 0, a, lines, adj_cuda_box(), \
                          adj_cuda_host->op_name());
        ADJ_CUDA_TYPES(CASE)
#undef CASE
    default: return false;
    }
}

bool adj_cuda_scatter(const AdjAlong *given)
{
    AdjAlong a = *given;
    int64_t lines = lines_of(&a);
    unsigned grid = adj_cuda_grid(lines, 128);
    if (lines * a.sizes[a.dim] == 0) return true;
    switch (a.dtype) {
#define CASE(dtype, T)                                                        \
    case dtype:                                                               \
        return ADJ_LAUNCH(scatter<T>, grid, 128, 0, a, lines, adj_cuda_box(), \
                          adj_cuda_host->op_name());
        ADJ_CUDA_TYPES(CASE)
#undef CASE
    default: return false;
    }
}
