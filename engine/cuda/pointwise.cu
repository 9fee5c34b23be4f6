// SPDX-License-Identifier: Apache-2.0
// pointwise.cu: every row of pointwise.def as CUDA kernels: formula and derivative columns,
// each for the types that the CPU has loops for.
//
// A row becomes a struct with one device function; one kernel template does the rest. Where the
// operands lie without gaps a thread reads and writes 16 bytes of each at a time, which is what
// reaches the bandwidth of the memory; otherwise it finds each element by the operands'
// strides. Halves are converted on the way in and out. The same file compiles for the processor
// (tests/cuda_emu), where every kernel is compared with the CPU's.
#include "cuda/launch.cuh"
#include "ops/pointwise/pointwise.h"

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

#include "ops/pointwise/pointwise_arithmetic.h"

// -- elements ---------------------------------------------------------------------------------

template <typename T> static __device__ __forceinline__ T number_as(const AdjCudaNumber &x)
{
    return (T)x.i;
}
template <> __device__ __forceinline__ float number_as<float>(const AdjCudaNumber &x)
{
    return (float)x.f;
}
template <> __device__ __forceinline__ double number_as<double>(const AdjCudaNumber &x)
{
    return x.f;
}

template <typename T>
static __device__ __forceinline__ T load(const AdjCudaMap &map, int k, int64_t offset)
{
    const char *at = map.data[k] + offset;
    if (map.form[k] == ADJ_FORM_NUMBER) return number_as<T>(map.number[k]);
    if (map.form[k] == ADJ_FORM_BYTE) return (T) * (const uint8_t *)at;
    return *(const T *)at;
}

template <>
__device__ __forceinline__ float load<float>(const AdjCudaMap &map, int k, int64_t offset)
{
    const char *at = map.data[k] + offset;
    switch (map.form[k]) {
    case ADJ_FORM_NUMBER: return (float)map.number[k].f;
    case ADJ_FORM_BYTE: return (float)*(const uint8_t *)at;
    case ADJ_FORM_F16: return __half2float(*(const __half *)at);
    case ADJ_FORM_BF16: return __bfloat162float(*(const __nv_bfloat16 *)at);
    default: return *(const float *)at;
    }
}

template <typename T> static __device__ __forceinline__ void store(char *at, uint8_t, T value)
{
    *(T *)at = value;
}

template <> __device__ __forceinline__ void store<float>(char *at, uint8_t form, float value)
{
    if (form == ADJ_FORM_F16)
        *(__half *)at = __float2half_rn(value);
    else if (form == ADJ_FORM_BF16)
        *(__nv_bfloat16 *)at = __float2bfloat16_rn(value);
    else
        *(float *)at = value;
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

// -- vectors ----------------------------------------------------------------------------------

template <typename T, int V> struct __align__(sizeof(T) * V) Vector
{
    T at[V];
};

// [V] elements from element [i] on.
template <typename T, int V> struct Reader {
    static __device__ __forceinline__ void read(const AdjCudaMap &map, int k, int64_t i, T *to)
    {
        if (map.form[k] == ADJ_FORM_NUMBER) {
            for (int v = 0; v < V; v++) to[v] = number_as<T>(map.number[k]);
        } else if (map.form[k] == ADJ_FORM_BYTE) {
            Vector<uint8_t, V> x = *(const Vector<uint8_t, V> *)(map.data[k] + i);
            for (int v = 0; v < V; v++) to[v] = (T)x.at[v];
        } else {
            Vector<T, V> x = *(const Vector<T, V> *)(map.data[k] + i * (int64_t)sizeof(T));
            for (int v = 0; v < V; v++) to[v] = x.at[v];
        }
    }
};

template <int V> struct Reader<float, V> {
    static __device__ __forceinline__ void read(const AdjCudaMap &map, int k, int64_t i,
                                                float *to)
    {
        const char *data = map.data[k];
        if (map.form[k] == ADJ_FORM_PLAIN) {
            Vector<float, V> x = *(const Vector<float, V> *)(data + i * 4);
            for (int v = 0; v < V; v++) to[v] = x.at[v];
        } else if (map.form[k] == ADJ_FORM_F16) {
            Vector<__half, V> x = *(const Vector<__half, V> *)(data + i * 2);
            for (int v = 0; v < V; v++) to[v] = __half2float(x.at[v]);
        } else if (map.form[k] == ADJ_FORM_BF16) {
            Vector<__nv_bfloat16, V> x = *(const Vector<__nv_bfloat16, V> *)(data + i * 2);
            for (int v = 0; v < V; v++) to[v] = __bfloat162float(x.at[v]);
        } else {
            for (int v = 0; v < V; v++) to[v] = load<float>(map, k, i + v);
        }
    }
};

template <typename T, int V> struct Writer {
    static __device__ __forceinline__ void write(const AdjCudaMap &map, int64_t i,
                                                 const T *from)
    {
        Vector<T, V> y;
        for (int v = 0; v < V; v++) y.at[v] = from[v];
        *(Vector<T, V> *)(map.data[0] + i * (int64_t)sizeof(T)) = y;
    }
};

template <int V> struct Writer<float, V> {
    static __device__ __forceinline__ void write(const AdjCudaMap &map, int64_t i,
                                                 const float *from)
    {
        if (map.form[0] == ADJ_FORM_F16) {
            Vector<__half, V> y;
            for (int v = 0; v < V; v++) y.at[v] = __float2half_rn(from[v]);
            *(Vector<__half, V> *)(map.data[0] + i * 2) = y;
        } else if (map.form[0] == ADJ_FORM_BF16) {
            Vector<__nv_bfloat16, V> y;
            for (int v = 0; v < V; v++) y.at[v] = __float2bfloat16_rn(from[v]);
            *(Vector<__nv_bfloat16, V> *)(map.data[0] + i * 2) = y;
        } else {
            Vector<float, V> y;
            for (int v = 0; v < V; v++) y.at[v] = from[v];
            *(Vector<float, V> *)(map.data[0] + i * 4) = y;
        }
    }
};

// -- the kernel -------------------------------------------------------------------------------

template <typename Row>
static __device__ __forceinline__ void one_element(const AdjCudaMap &map, int64_t i,
                                                   const typename Row::In *param)
{
    int64_t offset[ADJ_CUDA_OPERANDS];
    typename Row::In in[ADJ_CUDA_OPERANDS];
    locate(map, i, offset);
    for (int k = 0; k < Row::INPUTS; k++)
        in[k] = load<typename Row::In>(map, k + 1, offset[k + 1]);
    store<typename Row::Out>(map.data[0] + offset[0], map.form[0], Row::of(in, param));
}

template <typename Row, int V>
static __device__ __forceinline__ void one_vector(const AdjCudaMap &map, int64_t i,
                                                  const typename Row::In *param)
{
    typename Row::In read[Row::INPUTS][V], in[Row::INPUTS];
    typename Row::Out out[V];
    for (int k = 0; k < Row::INPUTS; k++)
        Reader<typename Row::In, V>::read(map, k + 1, i, read[k]);
    for (int v = 0; v < V; v++) {
        for (int k = 0; k < Row::INPUTS; k++) in[k] = read[k][v];
        out[v] = Row::of(in, param);
    }
    Writer<typename Row::Out, V>::write(map, i, out);
}

template <typename Row> static __global__ void map_kernel(AdjCudaMap map)
{
    typedef typename Row::In In;
    enum { V = sizeof(In) >= 8 ? 2 : sizeof(In) == 4 ? 4 : 8 };
    const In param[] = {(In)map.param[0], (In)map.param[1], (In)map.param[2]};
    int64_t whole = map.flat ? map.numel / V : 0;
    ADJ_EACH (i, whole) one_vector<Row, V>(map, i * V, param);
    ADJ_EACH (i, map.numel - whole * V) one_element<Row>(map, whole * V + i, param);
}

template <typename Row> static bool launch(const AdjCudaMap *map)
{
    const int64_t threads = 256, each = map->flat ? 4 : 1;
    AdjCudaMap m = *map;
    if (m.numel == 0) return true;
    return ADJ_LAUNCH(map_kernel<Row>, adj_cuda_grid(m.numel, threads * each),
                      (unsigned)threads, 0, m);
}

// -- rows -------------------------------------------------------------------------------------

// How many operands each way of reading them takes.
enum { INPUTS_1 = 1, INPUTS_2 = 2, INPUTS_3 = 3, INPUTS_d1 = 3, INPUTS_d2 = 4, INPUTS_d3 = 5 };

#define AT(k) in[k]
#define FORMULA(fn, in_type, out_type, reads, formula)                             \
    struct fn {                                                                    \
        typedef in_type In;                                                        \
        typedef out_type Out;                                                      \
        enum { INPUTS = INPUTS_##reads };                                          \
        static __device__ __forceinline__ Out of(const In *in, const In *param)    \
        {                                                                          \
            typedef In T;                                                          \
            typedef Unsigned<T>::type U UNUSED;                                    \
            const T p UNUSED = param[0], q UNUSED = param[1], r UNUSED = param[2]; \
            READ_##reads return (Out)(formula);                                    \
        }                                                                          \
    };

// Integers wrap around in their unsigned twin; formulas of floats do not use it.
template <typename T, bool whole = std::is_integral<T>::value> struct Unsigned {
    typedef uint64_t type;
};
template <typename T> struct Unsigned<T, true> {
    typedef typename std::make_unsigned<T>::type type;
};

#define FLOATS(fn, reads, f) \
    FORMULA(fn##_f32, float, float, reads, f) FORMULA(fn##_f64, double, double, reads, f)
#define INTS(fn, reads, f)                        \
    FORMULA(fn##_i64, int64_t, int64_t, reads, f) \
    FORMULA(fn##_i32, int32_t, int32_t, reads, f) FORMULA(fn##_u8, uint8_t, uint8_t, reads, f)
#define FLOAT_TESTS(fn, reads, f) \
    FORMULA(fn##_f32, float, uint8_t, reads, f) FORMULA(fn##_f64, double, uint8_t, reads, f)
#define INT_TESTS(fn, reads, f)                   \
    FORMULA(fn##_i64, int64_t, uint8_t, reads, f) \
    FORMULA(fn##_i32, int32_t, uint8_t, reads, f) FORMULA(fn##_u8, uint8_t, uint8_t, reads, f)

#define UNARY(name, lo, hi, f, dx, doc) FLOATS(name##_y, 1, f) FLOATS(name##_dx, d1, dx)
#define UNARY_INT(name, lo, hi, f, fi, dx, doc) \
    UNARY(name, lo, hi, f, dx, doc) INTS(name##_y, 1, fi)
#define TEST(name, f, fi, doc) FLOAT_TESTS(name##_y, 1, f) INT_TESTS(name##_y, 1, fi)
#define ACTIVATION UNARY
#define ACTIVATION1(name, signature, lo, hi, f, dx, doc) UNARY(name, lo, hi, f, dx, doc)
#define ACTIVATION2 ACTIVATION1
#define BINARY(name, lo, hi, f, dx, dz, doc) \
    FLOATS(name##_y, 2, f) FLOATS(name##_dx, d2, dx) FLOATS(name##_dz, d2, dz)
#define BINARY_FLOAT BINARY
#define BINARY_INT(name, lo, hi, f, fi, dx, dz, doc) \
    BINARY(name, lo, hi, f, dx, dz, doc) INTS(name##_y, 2, fi)
#define INTEGER(name, f, doc) INTS(name##_y, 2, f)
#define BITWISE INTEGER
#define COMPARE(name, f, doc) FLOAT_TESTS(name##_y, 2, f) INT_TESTS(name##_y, 2, f)
#define TERNARY(name, signature, lo, hi, f, dx, dz, dw, doc) \
    FLOATS(name##_y, 3, f)                                   \
    FLOATS(name##_dx, d3, dx) FLOATS(name##_dz, d3, dz) FLOATS(name##_dw, d3, dw)
#define INNER1(name, f, dx) UNARY(name, , , f, dx, )
#define INNER2(name, f, fi, dx, dz) BINARY_INT(name, , , f, fi, dx, dz, )
#define INNER3(name, f, fi, dx, dz, dw) \
    TERNARY(name, , , , f, dx, dz, dw, ) INTS(name##_y, 3, fi)
#include "ops/pointwise/pointwise.def"
#include "ops/pointwise/pointwise_undef.h"

// The condition is read as the values are; it is 0 or not.
#define SELECT(fn, type)                                                   \
    struct fn {                                                            \
        typedef type In;                                                   \
        typedef type Out;                                                  \
        enum { INPUTS = 3 };                                               \
        static __device__ __forceinline__ Out of(const In *in, const In *) \
        {                                                                  \
            return in[0] != 0 ? in[1] : in[2];                             \
        }                                                                  \
    };
SELECT(where_y_f32, float)
SELECT(where_y_f64, double)
SELECT(where_y_i64, int64_t)
SELECT(where_y_i32, int32_t)
SELECT(where_y_u8, uint8_t)

// -- the table --------------------------------------------------------------------------------

#define F_ENTRY(name, fn) {name, fn##_f32::INPUTS, {launch<fn##_f32>, launch<fn##_f64>}},
#define I_ENTRY(name, fn) \
    {name, fn##_u8::INPUTS, {NULL, NULL, launch<fn##_i64>, launch<fn##_i32>, launch<fn##_u8>}},
#define A_ENTRY(name, fn)                                                     \
    {name,                                                                    \
     fn##_f32::INPUTS,                                                        \
     {launch<fn##_f32>, launch<fn##_f64>, launch<fn##_i64>, launch<fn##_i32>, \
      launch<fn##_u8>}},
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
#include "ops/pointwise/pointwise.def"
    A_ENTRY("where", where_y){NULL, 0, {NULL}},
};
