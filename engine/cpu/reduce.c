// SPDX-License-Identifier: Apache-2.0
// reduce.c: cuts reductions into pieces of fixed size, runs them on the threads, and joins the partial
// results in an order that only the sizes determine.
#include "cpu/reduce.h"

#include "cpu/isa.h"

enum { ROW_PIECE = 8192, COLUMN_PIECE = 512, TILE = 256 };

static const AdjReduceTable *table(void)
{
#if defined(__x86_64__)
    AdjIsa isa = adj_isa();
    if (isa == ADJ_ISA_AVX512) return &adj_reduce_avx512;
    if (isa == ADJ_ISA_AVX2) return &adj_reduce_avx2;
#endif
    return &adj_reduce_base;
}

static int type_index(AdjDtype t)
{
    return t == ADJ_F32 ? ADJ_RF32 : t == ADJ_F64 ? ADJ_RF64 : t == ADJ_I64 ? ADJ_RI64 : ADJ_RU8;
}

// Joins [count] partial results that lie [width] values apart into the first: neighbours in pairs, then
// pairs of pairs.
static void join_tree(const AdjReducer *r, char *acc, int64_t count, int64_t width)
{
    size_t bytes = (size_t)width * r->size;
    for (int64_t step = 1; step < count; step *= 2)
        for (int64_t i = 0; i + step < count; i += 2 * step)
            r->join(acc + (size_t)i * bytes, acc + (size_t)(i + step) * bytes, width);
}

static const void *each(const AdjReduceCall *c, const AdjReducer *r, const char *wide, int64_t i)
{
    return c->m ? wide + (size_t)i * r->size : NULL;
}

// Values per result, in the accumulator's type.
static char *widen(const AdjReduceCall *c, const AdjReducer *r)
{
    int64_t count = c->outer * c->inner;
    if (!c->m) return NULL;
    char *wide = adj_scope_memory((size_t)count * r->size);
    if (!wide || c->dtype != ADJ_F32 || r->size == sizeof(float)) {
        if (wide) memcpy(wide, c->m, (size_t)count * r->size);
        return wide;
    }
    for (int64_t i = 0; i < count; i++) ((double *)wide)[i] = ((const float *)c->m)[i];
    return wide;
}

static void short_rows(const AdjReduceCall *c, const AdjReducer *r, const char *m)
{
    size_t size = adj_dtype_size(c->dtype);
#pragma omp parallel for schedule(static) if (c->outer > 1 && c->outer * c->n >= ADJ_PARALLEL_FROM)
    for (int64_t o = 0; o < c->outer; o++) {
        double acc;
        r->row((const char *)c->x + (size_t)(o * c->n) * size, c->n, each(c, r, m, o), c->p, &acc);
        r->finish(&acc, 1, c->divisor, c->root, (char *)c->y + (size_t)o * size);
    }
}

static bool long_rows(const AdjReduceCall *c, const AdjReducer *r, const char *m)
{
    size_t size = adj_dtype_size(c->dtype);
    int64_t pieces = (c->n + ROW_PIECE - 1) / ROW_PIECE;
    char *acc = adj_alloc((size_t)(c->outer * pieces) * r->size);
    if (!acc) return false;
#pragma omp parallel for schedule(static) if (c->outer * c->n >= ADJ_PARALLEL_FROM)
    for (int64_t i = 0; i < c->outer * pieces; i++) {
        int64_t o = i / pieces, from = i % pieces * ROW_PIECE;
        int64_t n = c->n - from < ROW_PIECE ? c->n - from : ROW_PIECE;
        r->row((const char *)c->x + (size_t)(o * c->n + from) * size, n, each(c, r, m, o), c->p,
               acc + (size_t)i * r->size);
    }
    for (int64_t o = 0; o < c->outer; o++) {
        char *row = acc + (size_t)(o * pieces) * r->size;
        join_tree(r, row, pieces, 1);
        r->finish(row, 1, c->divisor, c->root, (char *)c->y + (size_t)o * size);
    }
    adj_free(acc, (size_t)(c->outer * pieces) * r->size);
    return true;
}

// A tile of columns, all of n at once.
static void short_columns(const AdjReduceCall *c, const AdjReducer *r, const char *m)
{
    size_t size = adj_dtype_size(c->dtype);
    int64_t tiles = (c->inner + TILE - 1) / TILE;
#pragma omp parallel for schedule(static) if (c->outer * c->n * c->inner >= ADJ_PARALLEL_FROM)
    for (int64_t i = 0; i < c->outer * tiles; i++) {
        double acc[TILE];
        int64_t o = i / tiles, j = i % tiles * TILE;
        int64_t width = c->inner - j < TILE ? c->inner - j : TILE, at = o * c->inner + j;
        r->columns((const char *)c->x + (size_t)(o * c->n * c->inner + j) * size, c->n, c->inner, width,
                   each(c, r, m, at), c->p, acc);
        r->finish(acc, width, c->divisor, c->root, (char *)c->y + (size_t)at * size);
    }
}

static bool long_columns(const AdjReduceCall *c, const AdjReducer *r, const char *m)
{
    size_t size = adj_dtype_size(c->dtype), row = (size_t)c->inner * r->size;
    int64_t pieces = (c->n + COLUMN_PIECE - 1) / COLUMN_PIECE;
    char *acc = adj_alloc((size_t)(c->outer * pieces) * row);
    if (!acc) return false;
#pragma omp parallel for schedule(static) if (c->outer * c->n * c->inner >= ADJ_PARALLEL_FROM)
    for (int64_t i = 0; i < c->outer * pieces; i++) {
        int64_t o = i / pieces, from = i % pieces * COLUMN_PIECE;
        int64_t n = c->n - from < COLUMN_PIECE ? c->n - from : COLUMN_PIECE;
        r->columns((const char *)c->x + (size_t)((o * c->n + from) * c->inner) * size, n, c->inner,
                   c->inner, each(c, r, m, o * c->inner), c->p, acc + (size_t)i * row);
    }
    for (int64_t o = 0; o < c->outer; o++) {
        char *first = acc + (size_t)(o * pieces) * row;
        join_tree(r, first, pieces, c->inner);
        r->finish(first, c->inner, c->divisor, c->root, (char *)c->y + (size_t)(o * c->inner) * size);
    }
    adj_free(acc, (size_t)(c->outer * pieces) * row);
    return true;
}

bool adj_reduce_run(const AdjReduceCall *c)
{
    const AdjReducer *r = &table()->reducer[c->kind][type_index(c->dtype)];
    if (!r->row) {
        return adj_fail(ADJ_E_DTYPE, "%s: not implemented for %s", adj_op_name(),
                        adj_dtype_name(c->dtype));
    }
    if (c->outer == 0 || c->inner == 0) return true;
    char *m = widen(c, r);
    if (c->m && !m) return false;
    if (c->inner == 1) {
        if (c->n > ROW_PIECE) return long_rows(c, r, m);
        short_rows(c, r, m);
        return true;
    }
    if (c->n > COLUMN_PIECE && c->inner <= 4 * TILE) return long_columns(c, r, m);
    short_columns(c, r, m);
    return true;
}

bool adj_arg_run(bool greatest, AdjDtype dtype, const void *x, int64_t outer, int64_t n, int64_t inner,
                 int64_t *at)
{
    int type = type_index(dtype);
    AdjArgFind find = greatest ? table()->argmax[type] : table()->argmin[type];
    size_t size = adj_dtype_size(dtype);
#pragma omp parallel for schedule(static) if (outer > 1 && outer * n * inner >= ADJ_PARALLEL_FROM)
    for (int64_t o = 0; o < outer; o++)
        find((const char *)x + (size_t)(o * n * inner) * size, n, inner, inner, at + o * inner);
    return true;
}
