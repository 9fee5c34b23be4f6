// SPDX-License-Identifier: Apache-2.0
//
// Every elementwise CUDA kernel against the CPU's loop for the same row, over the same numbers.
// The test runs twice: with the plugin whose kernels are compiled for the processor, which runs
// anywhere, and with the real one, where it is skipped when there is no GPU. Functions of the
// two libraries differ in their last places and formulas may amplify that, so floats agree
// within 32 units of the last place of the larger of 1 and the value; comparisons and integers
// agree exactly.
#include "cpu/pointwise.h"
#include "cuda/load.h"
#include "cuda/plugin.h"
#include "tap.h"

#include <stdlib.h>

enum { N = 4096, INPUTS = 5 };

// Row names as the plugin spells them, with the number of the CPU's kernel.
static const struct {
    const char *name;
    int number;
} numbers[] = {
#define ONE(name) {#name, PW_##name},
#define UNARY(name, ...) ONE(name) ONE(name##_dx)
#define UNARY_INT UNARY
#define TEST(name, ...) ONE(name)
#define ACTIVATION UNARY
#define ACTIVATION1 UNARY
#define ACTIVATION2 UNARY
#define BINARY(name, ...) UNARY(name) ONE(name##_dz)
#define BINARY_FLOAT BINARY
#define BINARY_INT BINARY
#define INTEGER TEST
#define BITWISE TEST
#define COMPARE TEST
#define TERNARY(name, ...) BINARY(name) ONE(name##_dw)
#define INNER1 UNARY
#define INNER2 BINARY
#define INNER3 TERNARY
#include "ops/pointwise/pointwise.def"
#include "ops/pointwise/pointwise_undef.h"
};

static const double param[ADJ_MAX_PARAMS] = {0.25, 2.5, -1.5};
static const AdjDtype slot_type[ADJ_CUDA_SLOTS] = {ADJ_F32, ADJ_F64, ADJ_I64, ADJ_I32, ADJ_U8};

typedef union Numbers {
    float f32[N];
    double f64[N];
    int64_t i64[N];
    int32_t i32[N];
    uint8_t u8[N];
} Numbers;

static Numbers host[INPUTS], cpu_result, gpu_result;

static double uniform(double lo, double hi)
{
    static uint64_t state = 88172645463325252u;  // Marsaglia's xorshift
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return lo + (hi - lo) * (double)(state >> 11) * 0x1p-53;
}

// Half of the numbers lie where every function is defined and smooth, a quarter reaches over
// poles and cuts, and a quarter are whole, so that ties and zeros occur.
static void fill_inputs(AdjCudaSlot slot)
{
    for (int k = 0; k < INPUTS; k++)
        for (int i = 0; i < N; i++) {
            double x = i < N / 2 ? uniform(0.2, 0.9) : uniform(-4, 4);
            if (i >= N * 3 / 4) x = rint(x);
            switch (slot) {
            case ADJ_CUDA_F32: host[k].f32[i] = (float)x; break;
            case ADJ_CUDA_F64: host[k].f64[i] = x; break;
            case ADJ_CUDA_I64: host[k].i64[i] = (int64_t)(x * 20); break;
            case ADJ_CUDA_I32: host[k].i32[i] = (int32_t)(x * 20); break;
            default: host[k].u8[i] = (uint8_t)(int)(x * 20); break;
            }
        }
}

static bool close_enough(double got, double want, double epsilon)
{
    if (isnan(got) || isnan(want)) return isnan(got) && isnan(want);
    if (isinf(got) || isinf(want)) return got == want;
    return fabs(got - want) <= 32 * epsilon * fmax(1, fabs(want));
}

static bool floats_agree(AdjCudaSlot slot)
{
    for (int i = 0; i < N; i++) {
        bool wide = slot == ADJ_CUDA_F64;
        double got = wide ? gpu_result.f64[i] : gpu_result.f32[i];
        double want = wide ? cpu_result.f64[i] : cpu_result.f32[i];
        if (close_enough(got, want, wide ? 0x1p-52 : 0x1p-23)) continue;
        note("element %d: got %.17g, want %.17g", i, got, want);
        for (int k = 0; k < 3; k++)
            note("operand %d: %.17g", k, wide ? host[k].f64[i] : host[k].f32[i]);
        return false;
    }
    return true;
}

static bool bytes_agree(size_t element)
{
    const char *got = (const char *)&gpu_result, *want = (const char *)&cpu_result;
    for (size_t i = 0; i < N; i++) {
        if (memcmp(got + i * element, want + i * element, element) == 0) continue;
        note("element %zu of %zu bytes differs", i, element);
        return false;
    }
    return true;
}

static AdjKernel cpu_kernel(const char *name, AdjCudaSlot slot)
{
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (strcmp(numbers[i].name, name) == 0)
            return adj_kernel(numbers[i].number, slot_type[slot]);
    return NULL;
}

// -- running a row ----------------------------------------------------------------------------

static const AdjCudaRow *rows;
static const AdjDevice *gpu;
static char *device[INPUTS + 1];  // device memory: the result, then the operands

static bool is_question(const char *name)
{
    static const char *const names[] = {
#define UNARY(name, ...)
#define UNARY_INT UNARY
#define TEST(name, ...) #name,
#define ACTIVATION UNARY
#define ACTIVATION1 UNARY
#define ACTIVATION2 UNARY
#define BINARY UNARY
#define BINARY_FLOAT UNARY
#define BINARY_INT UNARY
#define INTEGER UNARY
#define BITWISE UNARY
#define COMPARE TEST
#define TERNARY UNARY
#define INNER1 UNARY
#define INNER2 UNARY
#define INNER3 UNARY
#include "ops/pointwise/pointwise.def"
#include "ops/pointwise/pointwise_undef.h"
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

static AdjCudaMap flat_map(const AdjCudaRow *row, size_t out_size, size_t in_size)
{
    AdjCudaMap map = {.n = row->inputs + 1, .ndim = 1, .numel = N, .sizes = {N}};
    memcpy(map.param, param, sizeof map.param);
    for (int k = 0; k <= row->inputs; k++) {
        map.data[k] = device[k];
        map.strides[k][0] = (int64_t)(k ? in_size : out_size);
    }
    return map;
}

static void compare(const AdjCudaRow *row, AdjCudaSlot slot)
{
    AdjKernel kernel = cpu_kernel(row->name, slot);
    if (!kernel) {
        fail("%s: the CPU has no loop for slot %d", row->name, slot);
        return;
    }
    size_t in_size = adj_dtype_size(slot_type[slot]);
    size_t out_size = is_question(row->name) ? 1 : in_size;
    fill_inputs(slot);
    const void *in[INPUTS];
    for (int k = 0; k < row->inputs; k++) {
        in[k] = &host[k];
        gpu->upload(gpu, device[k + 1], &host[k], N * in_size);
    }
    kernel(&cpu_result, in, N, param);
    AdjCudaMap map = flat_map(row, out_size, in_size);
    bool ran =
        row->launch[slot](&map) && gpu->download(gpu, &gpu_result, device[0], N * out_size);
    if (!ran) note("%s", adj_error_text());
    bool exact = slot > ADJ_CUDA_F64 || out_size == 1;
    ok(ran && (exact ? bytes_agree(out_size) : floats_agree(slot)), "%s, %s", row->name,
       adj_dtype_name(slot_type[slot]));
}

// -- strides and halves -----------------------------------------------------------------------

static const AdjCudaRow *find_row(const char *name)
{
    const AdjCudaRow *row = rows;
    while (row->name && strcmp(row->name, name) != 0) row++;
    return row;
}

// a - b.T for (4, 3) and (3, 4) numbers, b walked by its strides.
static void strided(void)
{
    enum { ROWS = 4, COLUMNS = 3 };
    for (int i = 0; i < ROWS * COLUMNS; i++) {
        host[0].f32[i] = (float)(i * i);
        host[1].f32[i] = (float)i;
    }
    gpu->upload(gpu, device[1], &host[0], sizeof(float[ROWS * COLUMNS]));
    gpu->upload(gpu, device[2], &host[1], sizeof(float[ROWS * COLUMNS]));
    AdjCudaMap map = {.n = 3,
                      .ndim = 2,
                      .numel = ROWS * COLUMNS,
                      .sizes = {COLUMNS, ROWS},
                      .data = {device[0], device[1], device[2]},
                      .strides = {{4, 4 * COLUMNS}, {4, 4 * COLUMNS}, {4 * ROWS, 4}}};
    find_row("sub")->launch[ADJ_CUDA_F32](&map);
    gpu->download(gpu, &gpu_result, device[0], sizeof(float[ROWS * COLUMNS]));
    int wrong = 0;
    for (int r = 0; r < ROWS; r++)
        for (int c = 0; c < COLUMNS; c++)
            wrong += gpu_result.f32[r * COLUMNS + c] !=
                     host[0].f32[r * COLUMNS + c] - host[1].f32[c * ROWS + r];
    equal_int(wrong, 0, "a transposed operand is walked by its strides");
}

// Every 16-bit pattern goes through float and comes back the same, NaNs as NaNs.
static void halves(AdjCudaForm form, const char *name, uint16_t infinity)
{
    enum { PATTERNS = 1 << 16 };
    uint16_t *bits = malloc(sizeof(uint16_t[PATTERNS])),
             *back = malloc(sizeof(uint16_t[PATTERNS]));
    char *from = gpu->alloc(gpu, sizeof(uint16_t[PATTERNS]));
    char *to = gpu->alloc(gpu, sizeof(uint16_t[PATTERNS]));
    for (int i = 0; i < PATTERNS; i++) bits[i] = (uint16_t)i;
    gpu->upload(gpu, from, bits, sizeof(uint16_t[PATTERNS]));
    AdjCudaMap map = {.n = 2,
                      .ndim = 1,
                      .numel = PATTERNS,
                      .sizes = {PATTERNS},
                      .data = {to, from},
                      .strides = {{2}, {2}},
                      .form = {(uint8_t)form, (uint8_t)form}};
    find_row("positive")->launch[ADJ_CUDA_F32](&map);
    gpu->download(gpu, back, to, sizeof(uint16_t[PATTERNS]));
    int wrong = 0;
    for (int i = 0; i < PATTERNS; i++) {
        bool nan = (i & 0x7fff) > infinity;
        wrong += nan ? (back[i] & 0x7fff) <= infinity : back[i] != i;
    }
    equal_int(wrong, 0, "every %s survives the way through float", name);
    gpu->release(gpu, from, sizeof(uint16_t[PATTERNS]));
    gpu->release(gpu, to, sizeof(uint16_t[PATTERNS]));
    free(bits);
    free(back);
}

static void run_all(void)
{
    for (int k = 0; k <= INPUTS; k++) device[k] = gpu->alloc(gpu, sizeof(Numbers));
    int count = 0;
    for (const AdjCudaRow *row = rows; row->name; row++, count++)
        for (int slot = 0; slot < ADJ_CUDA_SLOTS; slot++)
            if (row->launch[slot] && strcmp(row->name, "where"))
                compare(row, (AdjCudaSlot)slot);
    equal_int(count, sizeof numbers / sizeof *numbers + 1,
              "each row of the table has its kernels");
    strided();
    halves(ADJ_FORM_F16, "float16", 0x7c00);
    halves(ADJ_FORM_BF16, "bfloat16", 0x7f80);
    for (int k = 0; k <= INPUTS; k++) gpu->release(gpu, device[k], sizeof(Numbers));
}

int main(void)
{
    gpu = adj_cuda_device(0);
    if (!gpu) return skip_all("%s", adj_error_text());
    rows = adj_cuda_kernels();
    run_all();
    return done();
}
