// SPDX-License-Identifier: Apache-2.0
// pointwise.cu: every row of pointwise.def as CUDA kernels: formula and derivative columns,
// each for the types that the CPU has loops for.
//
// A row becomes a struct with one device function; one kernel template does the rest: it walks
// the elements with a stride of the whole grid, finds each operand by its strides, and converts
// halves on the way in and out. Elementwise work is bound by memory, so one kernel for every
// shape costs little beside a special one for contiguous operands. The same file compiles for
// the processor (tests/cuda_emu), where every kernel is compared with the CPU's.
#include "cuda/map.h"

#include "cuda/launch.cuh"
#include "ops/pointwise.h"

#include <type_traits>

// C++ chooses by overloading what C chooses by _Generic.
#undef exp
#undef expm1
#undef log
#undef log1p
#undef tanh
#undef erf
#undef largest
#define largest(x) largest_of(x)

static __device__ __forceinline__ float largest_of(float)
{
    return FLT_MAX;
}

static __device__ __forceinline__ double largest_of(double)
{
    return DBL_MAX;
}

#include "ops/pointwise_arithmetic.h"

// -- elements ---------------------------------------------------------------------------------

template <typename T> static __device__ __forceinline__ T load(const char *at, uint8_t)
{
    return *(const T *)at;
}

template <> __device__ __forceinline__ float load<float>(const char *at, uint8_t form)
{
    if (form == ADJ_FORM_F16) return __half2float(*(const __half *)at);
    if (form == ADJ_FORM_BF16) return __bfloat162float(*(const __nv_bfloat16 *)at);
    return *(const float *)at;
}

template <typename T> static __device__ __forceinline__ void store(char *at, uint8_t, T value)
{
    *(T *)at = value;
}

template <> __device__ __forceinline__ void store<float>(char *at, uint8_t form, float value)
{
    if (form == ADJ_FORM_F16) *(__half *)at = __float2half_rn(value);
    else if (form == ADJ_FORM_BF16) *(__nv_bfloat16 *)at = __float2bfloat16_rn(value);
    else *(float *)at = value;
}

// Where element [i] of each operand is. Hundreds of kernels share one copy.
static __device__ ADJ_ONE_COPY void locate(const AdjCudaMap &map, int64_t i, int64_t *offset)
{
    for (int k = 0; k < map.n; k++) offset[k] = 0;
    for (int d = 0; d < map.ndim; d++) {
        int64_t at = d + 1 < map.ndim ? i % map.sizes[d] : i;
        i /= map.sizes[d];
        for (int k = 0; k < map.n; k++) offset[k] += at * map.strides[k][d];
    }
}

// -- the kernel -------------------------------------------------------------------------------

template <typename Row> static __global__ void map_kernel(AdjCudaMap map)
{
    typedef typename Row::In In;
    const In param[] = {(In)map.param[0], (In)map.param[1], (In)map.param[2]};
    int64_t step = (int64_t)gridDim.x * blockDim.x;
    for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < map.numel; i += step) {
        int64_t offset[ADJ_CUDA_OPERANDS];
        In in[ADJ_CUDA_OPERANDS];
        locate(map, i, offset);
        for (int k = 0; k < Row::INPUTS; k++)
            in[k] = load<In>(map.data[k + 1] + offset[k + 1], map.form[k + 1]);
        store<typename Row::Out>(map.data[0] + offset[0], map.form[0], Row::of(in, param));
    }
}

static const int64_t THREADS = 256, MAX_BLOCKS = 1 << 16;

template <typename Row> static void launch(const AdjCudaMap *map, void *stream)
{
    if (map->numel == 0) return;
    int64_t blocks = (map->numel + THREADS - 1) / THREADS;
    unsigned grid = (unsigned)(blocks < MAX_BLOCKS ? blocks : MAX_BLOCKS);
    ADJ_LAUNCH(map_kernel<Row>, grid, (unsigned)THREADS, stream, *map);
}

// -- rows -------------------------------------------------------------------------------------

// How many operands each way of reading them takes.
enum { INPUTS_1 = 1, INPUTS_2 = 2, INPUTS_3 = 3, INPUTS_d1 = 3, INPUTS_d2 = 4, INPUTS_d3 = 5 };

#define AT(k) in[k]
#define FORMULA(fn, in_type, out_type, reads, formula)                                         \
    struct fn {                                                                                \
        typedef in_type In;                                                                    \
        typedef out_type Out;                                                                  \
        enum { INPUTS = INPUTS_##reads };                                                      \
        static __device__ __forceinline__ Out of(const In *in, const In *param)                \
        {                                                                                      \
            typedef In T;                                                                      \
            typedef Unsigned<T>::type U UNUSED;                                                \
            const T p UNUSED = param[0], q UNUSED = param[1], r UNUSED = param[2];             \
            READ_##reads return (Out)(formula);                                                \
        }                                                                                      \
    };

// Integers wrap around in their unsigned twin; formulas of floats do not use it.
template <typename T, bool whole = std::is_integral<T>::value> struct Unsigned {
    typedef uint64_t type;
};
template <typename T> struct Unsigned<T, true> {
    typedef typename std::make_unsigned<T>::type type;
};

#define FLOATS(fn, reads, f)                                                                   \
    FORMULA(fn##_f32, float, float, reads, f) FORMULA(fn##_f64, double, double, reads, f)
#define INTS(fn, reads, f)                                                                     \
    FORMULA(fn##_i64, int64_t, int64_t, reads, f)                                              \
    FORMULA(fn##_i32, int32_t, int32_t, reads, f) FORMULA(fn##_u8, uint8_t, uint8_t, reads, f)
#define FLOAT_TESTS(fn, reads, f)                                                              \
    FORMULA(fn##_f32, float, uint8_t, reads, f) FORMULA(fn##_f64, double, uint8_t, reads, f)
#define INT_TESTS(fn, reads, f)                                                                \
    FORMULA(fn##_i64, int64_t, uint8_t, reads, f)                                              \
    FORMULA(fn##_i32, int32_t, uint8_t, reads, f) FORMULA(fn##_u8, uint8_t, uint8_t, reads, f)

#define UNARY(name, lo, hi, f, dx, doc) FLOATS(name##_y, 1, f) FLOATS(name##_dx, d1, dx)
#define UNARY_INT(name, lo, hi, f, fi, dx, doc)                                                \
    UNARY(name, lo, hi, f, dx, doc) INTS(name##_y, 1, fi)
#define TEST(name, f, fi, doc) FLOAT_TESTS(name##_y, 1, f) INT_TESTS(name##_y, 1, fi)
#define ACTIVATION UNARY
#define ACTIVATION1(name, signature, lo, hi, f, dx, doc) UNARY(name, lo, hi, f, dx, doc)
#define ACTIVATION2 ACTIVATION1
#define BINARY(name, lo, hi, f, dx, dz, doc)                                                   \
    FLOATS(name##_y, 2, f) FLOATS(name##_dx, d2, dx) FLOATS(name##_dz, d2, dz)
#define BINARY_FLOAT BINARY
#define BINARY_INT(name, lo, hi, f, fi, dx, dz, doc)                                           \
    BINARY(name, lo, hi, f, dx, dz, doc) INTS(name##_y, 2, fi)
#define INTEGER(name, f, doc) INTS(name##_y, 2, f)
#define BITWISE INTEGER
#define COMPARE(name, f, doc) FLOAT_TESTS(name##_y, 2, f) INT_TESTS(name##_y, 2, f)
#define TERNARY(name, signature, lo, hi, f, dx, dz, dw, doc)                                   \
    FLOATS(name##_y, 3, f)                                                                     \
    FLOATS(name##_dx, d3, dx) FLOATS(name##_dz, d3, dz) FLOATS(name##_dw, d3, dw)
#define INNER1(name, f, dx) UNARY(name, , , f, dx, )
#define INNER2(name, f, fi, dx, dz) BINARY_INT(name, , , f, fi, dx, dz, )
#define INNER3(name, f, fi, dx, dz, dw)                                                        \
    TERNARY(name, , , , f, dx, dz, dw, ) INTS(name##_y, 3, fi)
#include "ops/pointwise.def"
#include "ops/pointwise_undef.h"

// -- the table --------------------------------------------------------------------------------

#define F_ENTRY(name, fn) {name, fn##_f32::INPUTS, {launch<fn##_f32>, launch<fn##_f64>}},
#define I_ENTRY(name, fn)                                                                      \
    {name, fn##_u8::INPUTS, {NULL, NULL, launch<fn##_i64>, launch<fn##_i32>, launch<fn##_u8>}},
#define A_ENTRY(name, fn)                                                                      \
    {name,                                                                                     \
     fn##_f32::INPUTS,                                                                         \
     {launch<fn##_f32>, launch<fn##_f64>, launch<fn##_i64>, launch<fn##_i32>, launch<fn##_u8>}},
#define DX(name) F_ENTRY(#name "_dx", name##_dx)
#define DZ(name) F_ENTRY(#name "_dz", name##_dz)
#define DW(name) F_ENTRY(#name "_dw", name##_dw)

#define UNARY(name, ...) F_ENTRY(#name, name##_y) DX(name)
#define UNARY_INT(name, ...) A_ENTRY(#name, name##_y) DX(name)
#define TEST(name, ...) A_ENTRY(#name, name##_y)
#define ACTIVATION UNARY
#define ACTIVATION1 UNARY
#define ACTIVATION2 UNARY
#define BINARY(name, ...) F_ENTRY(#name, name##_y) DX(name) DZ(name)
#define BINARY_FLOAT BINARY
#define BINARY_INT(name, ...) A_ENTRY(#name, name##_y) DX(name) DZ(name)
#define INTEGER(name, ...) I_ENTRY(#name, name##_y)
#define BITWISE INTEGER
#define COMPARE TEST
#define TERNARY(name, ...) F_ENTRY(#name, name##_y) DX(name) DZ(name) DW(name)
#define INNER1 UNARY
#define INNER2 BINARY_INT
#define INNER3(name, ...) A_ENTRY(#name, name##_y) DX(name) DZ(name) DW(name)
extern "C" const AdjCudaRow adj_cuda_rows[] = {
#include "ops/pointwise.def"
    {NULL, 0, {NULL}},
};
