// SPDX-License-Identifier: Apache-2.0
// iter.c: one loop over operands of one broadcast shape, whatever their strides.
//
// Axes are sorted so that the innermost is the one where the output moves least, broadcast axes
// get stride 0, and neighbouring axes that every operand walks as one are merged. Contiguous
// operands thus become a single run, a transposed copy becomes two loops, and a kernel sees
// only runs: pointers, byte strides and a length.
#include "cpu/parallel.h"

static void set_operand(AdjIter *it, int k, const AdjTensor *t, const AdjTensor *out)
{
    int64_t size = (int64_t)adj_dtype_size((AdjDtype)t->dtype);
    int missing = out->ndim - t->ndim;
    it->data[k] = adj_ptr(t);
    it->dtype[k] = (AdjDtype)t->dtype;
    for (int d = 0; d < out->ndim; d++) {
        bool repeated = d < missing || t->sizes[d - missing] <= 1;
        it->strides[k][out->ndim - 1 - d] = repeated ? 0 : t->strides[d - missing] * size;
    }
}

static void swap_axes(AdjIter *it, int a, int b)
{
    int64_t size = it->sizes[a];
    it->sizes[a] = it->sizes[b];
    it->sizes[b] = size;
    for (int k = 0; k < it->n; k++) {
        int64_t s = it->strides[k][a];
        it->strides[k][a] = it->strides[k][b];
        it->strides[k][b] = s;
    }
}

static int64_t magnitude(int64_t x)
{
    return x < 0 ? -x : x;
}

// True when axis a should be further out than axis b (a < b in position): decided by the first
// operand that moves along both.
static bool out_of_order(const AdjIter *it, int a, int b)
{
    for (int k = 0; k < it->n; k++) {
        int64_t p = magnitude(it->strides[k][a]), q = magnitude(it->strides[k][b]);
        if (p && q && p != q) return p > q;
    }
    return false;
}

static bool mergeable(const AdjIter *it, int inner, int outer)
{
    for (int k = 0; k < it->n; k++) {
        int64_t run;  // strides of axes without elements may be anything
        if (__builtin_mul_overflow(it->strides[k][inner], it->sizes[inner], &run)) return false;
        if (it->strides[k][outer] != run) return false;
    }
    return true;
}

static void merge_axes(AdjIter *it)
{
    int last = 0;
    for (int d = 1; d < it->ndim; d++) {
        if (it->sizes[d] == 1) continue;
        if (it->sizes[last] == 1 || mergeable(it, last, d)) {
            if (it->sizes[last] == 1)
                for (int k = 0; k < it->n; k++) it->strides[k][last] = it->strides[k][d];
            it->sizes[last] *= it->sizes[d];
            continue;
        }
        last++;
        it->sizes[last] = it->sizes[d];
        for (int k = 0; k < it->n; k++) it->strides[k][last] = it->strides[k][d];
    }
    it->ndim = last + 1;
}

void adj_iter_make(AdjIter *it, int n, AdjTensor *const *operands)
{
    const AdjTensor *out = operands[0];
    it->n = n;
    it->ndim = out->ndim;
    it->numel = out->numel;
    for (int d = 0; d < out->ndim; d++) it->sizes[out->ndim - 1 - d] = out->sizes[d];
    for (int k = 0; k < n; k++) set_operand(it, k, operands[k], out);
    if (it->ndim == 0) {
        it->ndim = 1;
        it->sizes[0] = 1;
        for (int k = 0; k < n; k++) it->strides[k][0] = 0;
        return;
    }
    for (int a = 1; a < it->ndim; a++)
        for (int b = a; b > 0 && out_of_order(it, b - 1, b); b--) swap_axes(it, b - 1, b);
    merge_axes(it);
}

// Runs [from, to) of the rows, a row being one pass along axis 0.
static void run_rows(const AdjIter *it, AdjInner inner, const void *arg, int64_t from,
                     int64_t to)
{
    int64_t at[ADJ_MAX_DIMS] = {0};
    int64_t strides[ADJ_ITER_OPERANDS];
    char *data[ADJ_ITER_OPERANDS];
    int64_t rest = from;
    for (int k = 0; k < it->n; k++) {
        strides[k] = it->strides[k][0];
        data[k] = it->data[k];
    }
    for (int d = 1; d < it->ndim; d++) {
        at[d] = rest % it->sizes[d];
        rest /= it->sizes[d];
        for (int k = 0; k < it->n; k++) data[k] += at[d] * it->strides[k][d];
    }
    for (int64_t row = from; row < to; row++) {
        inner(data, strides, it->sizes[0], arg);
        for (int d = 1; d < it->ndim; d++) {
            for (int k = 0; k < it->n; k++) data[k] += it->strides[k][d];
            if (++at[d] < it->sizes[d]) break;
            for (int k = 0; k < it->n; k++) data[k] -= at[d] * it->strides[k][d];
            at[d] = 0;
        }
    }
}

typedef struct {
    const AdjIter *it;
    AdjInner inner;
    const void *arg;
    int64_t rows, slices;
} Shared;

enum { PIECE = 16384, SLICES = 64 };

// One long run is cut into pieces for the threads.
static void run_piece(int64_t p, const void *arg)
{
    const Shared *s = arg;
    char *data[ADJ_ITER_OPERANDS];
    int64_t strides[ADJ_ITER_OPERANDS];
    int64_t from = p * PIECE, n = s->it->sizes[0] - from;
    for (int k = 0; k < s->it->n; k++) {
        strides[k] = s->it->strides[k][0];
        data[k] = s->it->data[k] + from * strides[k];
    }
    s->inner(data, strides, n < PIECE ? n : PIECE, s->arg);
}

static void run_slice(int64_t i, const void *arg)
{
    const Shared *s = arg;
    run_rows(s->it, s->inner, s->arg, s->rows * i / s->slices, s->rows * (i + 1) / s->slices);
}

void adj_iter_run(const AdjIter *it, AdjInner inner, const void *arg)
{
    if (it->numel == 0) return;
    int64_t rows = it->numel / it->sizes[0];
    Shared s = {it, inner, arg, rows, rows < SLICES ? rows : SLICES};
    if (it->numel < ADJ_PARALLEL_FROM)
        run_rows(it, inner, arg, 0, rows);
    else if (rows == 1)
        adj_share_pieces((it->sizes[0] + PIECE - 1) / PIECE, run_piece, &s);
    else
        adj_share_pieces(s.slices, run_slice, &s);
}
