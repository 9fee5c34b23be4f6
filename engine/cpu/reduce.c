// SPDX-License-Identifier: Apache-2.0
// reduce.c: cuts reductions into pieces of fixed size, runs them on the threads, and joins the
// partial results in an order that only the sizes determine.
#include "cpu/reduce.h"

#include "cpu/isa.h"
#include "cpu/parallel.h"

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
    return t == ADJ_F32   ? ADJ_RF32
           : t == ADJ_F64 ? ADJ_RF64
           : t == ADJ_I64 ? ADJ_RI64
                          : ADJ_RU8;
}

// Joins [count] partial results that lie [width] values apart into the first: neighbours in
// pairs, then pairs of pairs.
static void join_tree(const AdjReducer *r, char *acc, int64_t count, int64_t width)
{
    size_t bytes = (size_t)width * r->size;
    for (int64_t step = 1; step < count; step *= 2)
        for (int64_t i = 0; i + step < count; i += 2 * step)
            r->join(acc + (size_t)i * bytes, acc + (size_t)(i + step) * bytes, width);
}

// What the pieces of one call share.
typedef struct Job {
    const AdjReduceCall *c;
    const AdjReducer *r;
    const char *m;   // a value per result in the accumulator's type, or NULL
    char *acc;       // partial results
    int64_t pieces;  // per row or per block of columns
    size_t size;     // bytes of an element
} Job;

static const void *each(const Job *j, int64_t i)
{
    return j->m ? j->m + (size_t)i * j->r->size : NULL;
}
static const char *element(const Job *j, int64_t i)
{
    return (const char *)j->c->x + (size_t)i * j->size;
}
static char *result(const Job *j, int64_t i)
{
    return (char *)j->c->y + (size_t)i * j->size;
}

// Values per result, in the accumulator's type.
static char *widen(const AdjReduceCall *c, const AdjReducer *r)
{
    int64_t count = c->outer * c->inner;
    char *wide = adj_scope_memory((size_t)count * r->size);
    if (!wide || c->dtype != ADJ_F32 || r->size == sizeof(float)) {
        if (wide) memcpy(wide, c->m, (size_t)count * r->size);
        return wide;
    }
    for (int64_t i = 0; i < count; i++) ((double *)wide)[i] = ((const float *)c->m)[i];
    return wide;
}

static void short_row(int64_t o, const void *arg)
{
    const Job *j = arg;
    double acc;
    j->r->row(element(j, o * j->c->n), j->c->n, each(j, o), j->c->p, &acc);
    j->r->finish(&acc, 1, j->c->divisor, j->c->root, result(j, o));
}

static void row_piece(int64_t i, const void *arg)
{
    const Job *j = arg;
    int64_t o = i / j->pieces, from = i % j->pieces * ROW_PIECE, n = j->c->n - from;
    j->r->row(element(j, o * j->c->n + from), n < ROW_PIECE ? n : ROW_PIECE, each(j, o),
              j->c->p, j->acc + (size_t)i * j->r->size);
}

// A tile of columns, all of n at once.
static void tile(int64_t i, const void *arg)
{
    const Job *j = arg;
    double acc[TILE];
    int64_t inner = j->c->inner, o = i / j->pieces, from = i % j->pieces * TILE;
    int64_t width = inner - from < TILE ? inner - from : TILE, at = o * inner + from;
    j->r->columns(element(j, o * j->c->n * inner + from), j->c->n, inner, width, each(j, at),
                  j->c->p, acc);
    j->r->finish(acc, width, j->c->divisor, j->c->root, result(j, at));
}

static void column_piece(int64_t i, const void *arg)
{
    const Job *j = arg;
    int64_t inner = j->c->inner, o = i / j->pieces, from = i % j->pieces * COLUMN_PIECE;
    int64_t n = j->c->n - from < COLUMN_PIECE ? j->c->n - from : COLUMN_PIECE;
    j->r->columns(element(j, (o * j->c->n + from) * inner), n, inner, inner, each(j, o * inner),
                  j->c->p, j->acc + (size_t)(i * inner) * j->r->size);
}

// Pieces of rows or columns that are long, then their partial results.
static bool in_pieces(Job *j, AdjPiece body, int64_t piece, int64_t work)
{
    const AdjReduceCall *c = j->c;
    j->pieces = (c->n + piece - 1) / piece;
    int64_t count = c->outer * j->pieces;
    size_t block = (size_t)c->inner * j->r->size;
    j->acc = adj_alloc((size_t)count * block);
    if (!j->acc) return false;
    adj_each_piece(count, work, body, j);
    for (int64_t o = 0; o < c->outer; o++) {
        char *first = j->acc + (size_t)(o * j->pieces) * block;
        join_tree(j->r, first, j->pieces, c->inner);
        j->r->finish(first, c->inner, c->divisor, c->root, result(j, o * c->inner));
    }
    adj_free(j->acc, (size_t)count * block);
    return true;
}

bool adj_cpu_reduce(const AdjReduceCall *c)
{
    Job j = {.c = c,
             .r = &table()->reducer[c->kind][type_index(c->dtype)],
             .size = adj_dtype_size(c->dtype)};
    int64_t work = c->outer * c->n * c->inner;
    if (!j.r->row) {
        return adj_fail(ADJ_E_DTYPE, "%s: not implemented for %s", adj_op_name(),
                        adj_dtype_name(c->dtype));
    }
    if (c->outer == 0 || c->inner == 0) return true;
    if (c->m && !(j.m = widen(c, j.r))) return false;
    if (c->inner == 1 && c->n > ROW_PIECE) return in_pieces(&j, row_piece, ROW_PIECE, work);
    if (c->inner > 1 && c->n > COLUMN_PIECE && c->inner <= 4 * TILE)
        return in_pieces(&j, column_piece, COLUMN_PIECE, work);
    if (c->inner == 1) {
        adj_each_piece(c->outer, work, short_row, &j);
    } else {
        j.pieces = (c->inner + TILE - 1) / TILE;
        adj_each_piece(c->outer * j.pieces, work, tile, &j);
    }
    return true;
}

typedef struct ArgJob {
    AdjArgFind find;
    const char *x;
    int64_t *at, n, inner;
    size_t size;
} ArgJob;

static void find_piece(int64_t o, const void *arg)
{
    const ArgJob *j = arg;
    j->find(j->x + (size_t)(o * j->n * j->inner) * j->size, j->n, j->inner, j->inner,
            j->at + o * j->inner);
}

bool adj_cpu_place(const AdjPlaceCall *c)
{
    int type = type_index(c->dtype);
    ArgJob j = {.find = c->greatest ? table()->argmax[type] : table()->argmin[type],
                .x = c->x,
                .at = c->at,
                .n = c->n,
                .inner = c->inner,
                .size = adj_dtype_size(c->dtype)};
    adj_each_piece(c->outer, c->outer * c->n * c->inner, find_piece, &j);
    return true;
}
