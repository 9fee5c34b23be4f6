// SPDX-License-Identifier: Apache-2.0
// pointwise.c: brings operands to elementwise kernels.
//
// A kernel wants its operands side by side and of its own types. Three ways lead there. Flat:
// the result and the whole operands have no gaps, the others are single numbers or rows that
// repeat; then the kernel runs over everything in steps, and the repeating operands stand ready
// in a block. Iterated: anything strided, broadcast in the middle or of another type goes
// through adj_iter_run, and what the kernel cannot read in place is brought to a block first.
// Both cut work for the threads, and neither changes a single bit of the result, because
// elements do not meet.
#include "cpu/pointwise.h"

#include "cpu/isa.h"
#include "cpu/parallel.h"

enum { BLOCK = 512 };
typedef struct Blocks {
    char at[ADJ_ITER_OPERANDS][BLOCK * sizeof(double)] __attribute__((aligned(64)));
} Blocks;

AdjKernel adj_kernel(int number, AdjDtype t)
{
    static const uint8_t slot[ADJ_DTYPES] = {SLOT_F32, SLOT_F64, SLOT_F32, SLOT_F32,
                                             SLOT_I64, SLOT_I32, SLOT_U8,  SLOT_U8};
#if defined(__x86_64__)
    AdjIsa isa = adj_isa();
    if (isa == ADJ_ISA_AVX512) return adj_pointwise_avx512[number][slot[t]];
    if (isa == ADJ_ISA_AVX2) return adj_pointwise_avx2[number][slot[t]];
#endif
    return adj_pointwise_base[number][slot[t]];
}

AdjKernel adj_half_kernel(AdjDtype to, AdjDtype from)
{
    if (to == ADJ_F32 && from == ADJ_F16) return adj_kernel(PW_half_to_f32, ADJ_F32);
    if (to == ADJ_F32 && from == ADJ_BF16) return adj_kernel(PW_bfloat_to_f32, ADJ_F32);
    if (to == ADJ_F16 && from == ADJ_F32) return adj_kernel(PW_f32_to_half, ADJ_F32);
    if (to == ADJ_BF16 && from == ADJ_F32) return adj_kernel(PW_f32_to_bfloat, ADJ_F32);
    return NULL;
}

// Converts [n] elements from one type and stride to another: the device's copy over a single
// run.
static void convert(void *to, AdjDtype to_type, int64_t to_stride, const void *from,
                    AdjDtype from_type, int64_t from_stride, int64_t n)
{
    AdjIter it = {.n = 2,
                  .ndim = 1,
                  .numel = n,
                  .sizes = {n},
                  .data = {to, (char *)(uintptr_t)from},
                  .dtype = {to_type, from_type}};
    it.strides[0][0] = to_stride;
    it.strides[1][0] = from_stride;
    adj_cpu.copy(&it);
}

// Repeats the first [period] bytes until [bytes] are full, doubling what is there.
static void repeat(char *block, int64_t period, int64_t bytes)
{
    for (int64_t done = period; done < bytes; done *= 2)
        memcpy(block + done, block, (size_t)(2 * done <= bytes ? done : bytes - done));
}

static void load_number(char *block, AdjDtype type, const char *from, AdjDtype from_type,
                        int64_t n)
{
    if (type == from_type)
        memcpy(block, from, adj_dtype_size(type));
    else if (type == ADJ_F32 && from_type == ADJ_F64) {
        double d;
        memcpy(&d, from, sizeof d);
        *(float *)block = (float)d;
    } else
        convert(block, type, 0, from, from_type, 0, 1);
    int64_t size = (int64_t)adj_dtype_size(type);
    repeat(block, size, n * size);
}

// ---------------------------------------------------------------- flat

// How an operand is walked on the flat way: moving [step] bytes a block, 0 when the block
// repeats.
typedef struct Flat {
    const char *data[ADJ_ITER_OPERANDS];
    int64_t size[ADJ_ITER_OPERANDS];  // bytes an element moves; 0 repeats
    int64_t step;                     // elements a call of the kernel takes
} Flat;

// True when [t] is a row of [out]: its last axes, whole and without gaps.
static bool is_row(const AdjTensor *t, const AdjTensor *out)
{
    int skip = 0;
    while (skip < t->ndim && t->sizes[skip] == 1) skip++;
    int missing = out->ndim - t->ndim;
    for (int d = skip; d < t->ndim; d++)
        if (t->sizes[d] != out->sizes[d + missing]) return false;
    return adj_is_contiguous(t);
}

// Decides whether the flat way is open, and how many elements the rows among the operands force
// a step to have (1: any number).
static bool is_flat(const AdjPointwise *p, AdjTensor *const *t, int64_t *period)
{
    *period = 1;
    bool numbers = false;
    const AdjTensor *out = t[0];
    if (out->dtype != p->type[0] || !adj_is_contiguous(out)) return false;
    for (int k = 1; k < p->n; k++) {
        if (t[k]->numel == 1) {
            numbers = true;
            continue;
        }
        if (t[k]->dtype != p->type[k]) return false;
        if (t[k]->numel == out->numel) {
            if (!adj_is_contiguous(t[k])) return false;
        } else if (is_row(t[k], out) && (*period == 1 || *period == t[k]->numel)) {
            *period = t[k]->numel;
        } else {
            return false;
        }
    }
    return *period <= BLOCK || !numbers;
}

static void lay_flat(Flat *f, const AdjPointwise *p, AdjTensor *const *t, int64_t period,
                     Blocks *b)
{
    int64_t n = t[0]->numel;
    bool blocks = false;
    for (int k = 1; k < p->n; k++) blocks |= t[k]->numel == 1 && n != 1;
    f->step = period == 1           ? (blocks ? BLOCK : n)
              : period <= BLOCK / 2 ? BLOCK / period * period
                                    : period;
    if (f->step > n) f->step = n;
    for (int k = 0; k < p->n; k++) {
        int64_t size = (int64_t)adj_dtype_size(p->type[k]);
        f->data[k] = adj_ptr(t[k]);
        f->size[k] = size;
        if (k == 0 || t[k]->numel == n) {
            if (t[k]->dtype == p->type[k]) continue;
            load_number(b->at[k], p->type[k], adj_ptr(t[k]), (AdjDtype)t[k]->dtype, 1);
            f->data[k] = b->at[k];
        } else if (t[k]->numel == 1) {
            load_number(b->at[k], p->type[k], adj_ptr(t[k]), (AdjDtype)t[k]->dtype, f->step);
            f->data[k] = b->at[k];
            f->size[k] = 0;
        } else {
            f->size[k] = 0;
            if (f->step == period) continue;
            memcpy(b->at[k], adj_ptr(t[k]), (size_t)(period * size));
            repeat(b->at[k], period * size, f->step * size);
            f->data[k] = b->at[k];
        }
    }
}

static void run_flat(const Flat *f, const AdjPointwise *p, int64_t from, int64_t to)
{
    for (int64_t i = from; i < to; i += f->step) {
        const void *in[ADJ_ITER_OPERANDS];
        int64_t n = to - i < f->step ? to - i : f->step;
        for (int k = 1; k < p->n; k++) in[k - 1] = f->data[k] + i * f->size[k];
        p->kernel((char *)(uintptr_t)f->data[0] + i * f->size[0], in, n, p->param);
    }
}

typedef struct {
    const Flat *flat;
    const AdjPointwise *p;
    int64_t n, piece;
} Shared;

static void run_flat_piece(int64_t i, const void *arg)
{
    const Shared *s = arg;
    int64_t end = (i + 1) * s->piece;
    run_flat(s->flat, s->p, i * s->piece, end < s->n ? end : s->n);
}

static void run_flat_threads(Flat *f, const AdjPointwise *p, int64_t n)
{
    enum { PIECE = 8192 };
    if (f->step == n) f->step = PIECE;
    int64_t piece = f->step >= PIECE ? f->step : PIECE / f->step * f->step;
    Shared s = {f, p, n, piece};
    adj_share_pieces((n + piece - 1) / piece, run_flat_piece, &s);
}

// ---------------------------------------------------------------- iterated

// One run along the innermost axis: operands the kernel can read are handed through, the others
// are brought to blocks, a standing operand once for all blocks.
static void run_inner(char *const *data, const int64_t *strides, int64_t n, const void *arg)
{
    const AdjPointwise *p = ((const void *const *)arg)[0];
    const AdjIter *it = ((const void *const *)arg)[1];
    Blocks blocks;
    const void *in[ADJ_ITER_OPERANDS];
    bool direct[ADJ_ITER_OPERANDS], all = true;
    for (int k = 0; k < p->n; k++) {
        direct[k] =
            it->dtype[k] == p->type[k] && strides[k] == (int64_t)adj_dtype_size(p->type[k]);
        if (k && strides[k] == 0)
            load_number(blocks.at[k], p->type[k], data[k], it->dtype[k], n < BLOCK ? n : BLOCK);
        all &= direct[k];
    }
    int64_t step = all ? n : BLOCK;
    for (int64_t i = 0; i < n; i += step) {
        int64_t m = n - i < step ? n - i : step;
        for (int k = 1; k < p->n; k++) {
            in[k - 1] = direct[k] ? data[k] + i * strides[k] : blocks.at[k];
            if (!direct[k] && strides[k])
                convert(blocks.at[k], p->type[k], (int64_t)adj_dtype_size(p->type[k]),
                        data[k] + i * strides[k], it->dtype[k], strides[k], m);
        }
        char *out = data[0] + i * strides[0];
        p->kernel(direct[0] ? out : blocks.at[0], in, m, p->param);
        if (!direct[0])
            convert(out, it->dtype[0], strides[0], blocks.at[0], p->type[0],
                    (int64_t)adj_dtype_size(p->type[0]), m);
    }
}

bool adj_cpu_pointwise(const AdjPointwise *p, AdjTensor *const *operands)
{
    int64_t n = operands[0]->numel, period;
    if (n == 0) return true;
    if (is_flat(p, operands, &period)) {
        Blocks blocks;
        Flat f;
        lay_flat(&f, p, operands, period, &blocks);
        if (n >= ADJ_PARALLEL_FROM)
            run_flat_threads(&f, p, n);
        else
            run_flat(&f, p, 0, n);
        return true;
    }
    AdjIter it;
    adj_iter_make(&it, p->n, operands);
    const void *arg[] = {p, &it};
    adj_iter_run(&it, run_inner, arg);
    return true;
}
