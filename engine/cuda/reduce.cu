// SPDX-License-Identifier: Apache-2.0
// reduce.cu: reductions over the middle axis of (outer, n, inner), and the places of extremes.
//
// What goes away is cut into pieces whose number only the sizes determine. A row is summed by a
// block whose threads read neighbours; columns side by side have a thread each. The partial
// results of the pieces are joined in order by a second kernel. So the same input gives the
// same bits, and single precision is summed in double, as on the CPU.
#include "cuda/block.cuh"
#include "cuda/families.cuh"

#include <cmath>

enum { THREADS = 256, PIECE_OF_ROW = 16384, PIECE_OF_COLUMN = 512 };

// ---------------------------------------------------------------- what is done

#define REDUCER(kind, suffix, T_, A_, init, map_, join_)            \
    struct kind##_##suffix {                                        \
        typedef T_ T;                                               \
        typedef A_ A;                                               \
        static __device__ __forceinline__ A none()                  \
        {                                                           \
            return (A)(init);                                       \
        }                                                           \
        static __device__ __forceinline__ A map(T x, A m, double p) \
        {                                                           \
            (void)m, (void)p;                                       \
            return (A)(map_);                                       \
        }                                                           \
        static __device__ __forceinline__ A of(A a, A b)            \
        {                                                           \
            return join_;                                           \
        }                                                           \
    };
#define ACC_SUM double
#define ACC_NANSUM double
#define ACC_SQUARES double
#define ACC_ABSOLUTES double
#define ACC_POWERS double
#define ACC_NONZEROS double
#define ACC_DEVIATIONS double
#define ACC_EXPONENTIALS double
#define ACC_PRODUCT double
#define ACC_MAX float
#define ACC_MIN float
#define ACC_ABSMAX float
#define ACC_ABSMIN float
#define LOWEST (-INFINITY)
#define HIGHEST INFINITY
#define FLOATS(kind, init, map, join)                      \
    REDUCER(kind, f32, float, ACC_##kind, init, map, join) \
    REDUCER(kind, f64, double, double, init, map, join)
ADJ_REDUCTIONS(FLOATS)
#define WRAPPED(op) (int64_t)((uint64_t)a op(uint64_t) b)
REDUCER(SUM, i64, int64_t, int64_t, 0, x, WRAPPED(+))
REDUCER(PRODUCT, i64, int64_t, int64_t, 1, x, WRAPPED(*))
REDUCER(MAX, i64, int64_t, int64_t, INT64_MIN, x, b > a ? b : a)
REDUCER(MIN, i64, int64_t, int64_t, INT64_MAX, x, b < a ? b : a)
REDUCER(MAX, u8, uint8_t, uint8_t, 0, x, b > a ? b : a)
REDUCER(MIN, u8, uint8_t, uint8_t, 255, x, b < a ? b : a)

// ---------------------------------------------------------------- kernels

template <typename A, typename T>
static __device__ __forceinline__ T finished(const AdjReduceCall &c, A a)
{
    if (c.kind >= ADJ_R_MAX) return (T)a;
    double v = (double)a / c.divisor;
    return (T)(c.root ? sqrt(v) : v);
}

template <>
__device__ __forceinline__ int64_t finished<int64_t, int64_t>(const AdjReduceCall &, int64_t a)
{
    return a;
}

template <>
__device__ __forceinline__ uint8_t finished<uint8_t, uint8_t>(const AdjReduceCall &, uint8_t a)
{
    return a;
}

template <typename R>
static __global__ void reduce_rows(AdjReduceCall c, typename R::A *part, int64_t pieces)
{
    typedef typename R::T T;
    typedef typename R::A A;
    for (int64_t i = blockIdx.x; i < c.outer * pieces; i += gridDim.x) {
        int64_t row = i / pieces, from = i % pieces * PIECE_OF_ROW, to = from + PIECE_OF_ROW;
        const T *x = (const T *)c.x + row * c.n;
        A m = c.m ? (A)((const T *)c.m)[row] : (A)0, sum = R::none();
        if (to > c.n || pieces == 1) to = c.n;
        for (int64_t k = from + threadIdx.x; k < to; k += blockDim.x)
            sum = R::of(sum, R::map(x[k], m, c.p));
        sum = adj_block_join<A, R>(sum);
        if (threadIdx.x) continue;
        if (pieces == 1)
            ((T *)c.y)[row] = finished<A, T>(c, sum);
        else
            part[i] = sum;
    }
}

template <typename R>
static __global__ void reduce_columns(AdjReduceCall c, typename R::A *part, int64_t pieces)
{
    typedef typename R::T T;
    typedef typename R::A A;
    ADJ_EACH (i, c.outer * pieces * c.inner) {
        int64_t j = i % c.inner, piece = i / c.inner % pieces, o = i / c.inner / pieces;
        int64_t from = piece * PIECE_OF_COLUMN, to = from + PIECE_OF_COLUMN;
        const T *x = (const T *)c.x + o * c.n * c.inner + j;
        A m = c.m ? (A)((const T *)c.m)[o * c.inner + j] : (A)0, sum = R::none();
        if (to > c.n || pieces == 1) to = c.n;
        for (int64_t k = from; k < to; k++) sum = R::of(sum, R::map(x[k * c.inner], m, c.p));
        if (pieces == 1)
            ((T *)c.y)[o * c.inner + j] = finished<A, T>(c, sum);
        else
            part[i] = sum;
    }
}

template <typename R>
static __global__ void join_pieces(AdjReduceCall c, const typename R::A *part, int64_t pieces)
{
    typedef typename R::T T;
    typedef typename R::A A;
    ADJ_EACH (i, c.outer * c.inner) {
        const A *first = part + i / c.inner * pieces * c.inner + i % c.inner;
        A sum = R::none();
        for (int64_t k = 0; k < pieces; k++) sum = R::of(sum, first[k * c.inner]);
        ((T *)c.y)[i] = finished<A, T>(c, sum);
    }
}

template <typename R> static bool run(const AdjReduceCall *a)
{
    typedef typename R::A A;
    AdjReduceCall c = *a;
    bool rows = c.inner == 1;
    int64_t piece = rows ? PIECE_OF_ROW : PIECE_OF_COLUMN, pieces = (c.n + piece - 1) / piece;
    int64_t results = c.outer * c.inner;
    if (pieces < 1 || results >= 1 << 15) pieces = 1;  // enough work without pieces
    size_t bytes = (size_t)(results * pieces) * sizeof(A);
    A *part = pieces > 1 ? (A *)adj_cuda_alloc(bytes) : NULL;
    if (pieces > 1 && !part) return false;
    bool done = rows ? ADJ_LAUNCH(reduce_rows<R>, adj_cuda_grid(c.outer * pieces, 1), THREADS,
                                  0, c, part, pieces)
                     : ADJ_LAUNCH(reduce_columns<R>, adj_cuda_grid(results * pieces, THREADS),
                                  THREADS, 0, c, part, pieces);
    if (done && part)
        done = ADJ_LAUNCH(join_pieces<R>, adj_cuda_grid(results, THREADS), THREADS, 0, c, part,
                          pieces);
    adj_cuda_free(part, bytes);
    return done;
}

static bool refuse(AdjDtype t)
{
    adj_cuda_host->fail(ADJ_E_DTYPE, "%s: not implemented for this type (%d)",
                        adj_cuda_host->op_name(), (int)t);
    return false;
}

bool adj_cuda_reduce(const AdjReduceCall *c)
{
    if (c->outer == 0 || c->inner == 0) return true;
    if (c->dtype == ADJ_F32 || c->dtype == ADJ_F64) {
        bool wide = c->dtype == ADJ_F64;
        switch (c->kind) {
#define CASE(kind, init, map, join) \
    case ADJ_R_##kind: return wide ? run<kind##_f64>(c) : run<kind##_f32>(c);
            ADJ_REDUCTIONS(CASE)
        default: return refuse(c->dtype);
        }
    }
    bool bytes = c->dtype == ADJ_U8 || c->dtype == ADJ_BOOL;
    switch (c->kind) {
    case ADJ_R_SUM: return bytes ? refuse(c->dtype) : run<SUM_i64>(c);
    case ADJ_R_PRODUCT: return bytes ? refuse(c->dtype) : run<PRODUCT_i64>(c);
    case ADJ_R_MAX: return bytes ? run<MAX_u8>(c) : run<MAX_i64>(c);
    case ADJ_R_MIN: return bytes ? run<MIN_u8>(c) : run<MIN_i64>(c);
    default: return refuse(c->dtype);
    }
}

// ---------------------------------------------------------------- places

// True when [b] at a later place takes over from [a].
template <typename T> static __device__ __forceinline__ bool beats(T b, T a, bool greatest)
{
    return (b != b && a == a) || (greatest ? b > a : b < a);
}

// A warp for each result: its lanes take every 32nd element; of equal ones the first place
// wins.
template <typename T> static __global__ void find_places(AdjPlaceCall c)
{
    int64_t lane = threadIdx.x & 31, warps = (int64_t)gridDim.x * (blockDim.x / 32);
    int64_t first = ((int64_t)blockIdx.x * blockDim.x + threadIdx.x) / 32;
    for (int64_t i = first; i < c.outer * c.inner; i += warps) {
        const T *x = (const T *)c.x + i / c.inner * c.n * c.inner + i % c.inner;
        int64_t at = lane < c.n ? lane : 0;
        T best = x[at * c.inner];
        for (int64_t k = lane + 32; k < c.n; k += 32) {
            T b = x[k * c.inner];
            if (beats(b, best, c.greatest)) best = b, at = k;
        }
        for (int by = 16; by; by /= 2) {
            T b = __shfl_down_sync(~0u, best, by);
            int64_t there = __shfl_down_sync(~0u, at, by);
            bool same = !beats(b, best, c.greatest) && !beats(best, b, c.greatest);
            if (beats(b, best, c.greatest) || (same && there < at)) best = b, at = there;
        }
        if (lane == 0) c.at[i] = at;
    }
}

bool adj_cuda_place(const AdjPlaceCall *a)
{
    AdjPlaceCall c = *a;
    unsigned grid = adj_cuda_grid(c.outer * c.inner * 32, THREADS);
    if (c.outer * c.inner == 0) return true;
    switch (c.dtype) {
    case ADJ_F32: return ADJ_LAUNCH(find_places<float>, grid, THREADS, 0, c);
    case ADJ_F64: return ADJ_LAUNCH(find_places<double>, grid, THREADS, 0, c);
    case ADJ_I64: return ADJ_LAUNCH(find_places<int64_t>, grid, THREADS, 0, c);
    default: return ADJ_LAUNCH(find_places<uint8_t>, grid, THREADS, 0, c);
    }
}
