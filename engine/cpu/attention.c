// SPDX-License-Identifier: Apache-2.0
// attention.c: attention by blocks (Dao et al. 2022), so that no more scores exist at a time
// than a block of queries has with a block of keys.
//
// Forward, a piece of work is a block of queries, which meets the blocks of keys one after the
// other. Backward recomputes the probabilities from the scores and the kept logarithm of their
// sum; a piece is a head of keys, whose gradient all its queries add to, so that no two threads
// write to one place and every sum has a fixed order. Products run in the small kernels: a
// library call inside a thread's work would only wake more threads.
#include "cpu/attention.h"

#include "cpu/gemm.h"
#include "cpu/isa.h"

#ifdef _OPENMP
#    include <omp.h>
#else
static int omp_get_max_threads(void)
{
    return 1;
}
static int omp_get_thread_num(void)
{
    return 0;
}
#endif

enum { ROWS = 64, COLUMNS = 128 };

static const AdjScoresTable *table(void)
{
#if defined(__x86_64__)
    AdjIsa isa = adj_isa();
    if (isa == ADJ_ISA_AVX512) return &adj_scores_avx512;
    if (isa == ADJ_ISA_AVX2) return &adj_scores_avx2;
#endif
    return &adj_scores_base;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t size_of(const AdjAttention *a)
{
    return (int64_t)adj_dtype_size(a->dtype);
}

// Where a head's row stands.
static char *place(const AdjAttention *a, const AdjHeads *x, int64_t batch, int64_t head,
                   int64_t row)
{
    return (char *)x->at + (batch * x->batch + head * x->head + row * x->row) * size_of(a);
}

// ---------------------------------------------------------------- scratch memory

// A thread's own: two blocks of scores, a block of output, maxima, sums, room to pack.
typedef struct {
    char *s, *ds, *o, *max, *d, *pack;
    double *sum;
} Scratch;

static size_t rounded(size_t n)
{
    return (n + 63) & ~(size_t)63;
}

static size_t scratch_size(const AdjAttention *a, char *from, Scratch *to)
{
    size_t size = (size_t)size_of(a), wide = (size_t)(a->e > a->ev ? a->e : a->ev);
    size_t block = rounded(ROWS * COLUMNS * size), rows = rounded(ROWS * sizeof(double));
    size_t out = rounded(ROWS * wide * size);
    size_t pack = rounded(((ROWS + COLUMNS) * (wide + COLUMNS) + 16) * size);
    if (to) {
        *to = (Scratch){.s = from, .ds = from + block, .o = from + 2 * block};
        to->max = to->o + out;
        to->d = to->max + rows;
        to->sum = (double *)(to->d + rows);
        to->pack = to->d + 2 * rows;
    }
    return 2 * block + out + 3 * rows + pack;
}

typedef void (*Piece)(const AdjAttention *a, int64_t i, const Scratch *w);

static bool each_piece(const AdjAttention *a, int64_t count, Piece piece)
{
    size_t one = scratch_size(a, NULL, NULL);
    bool alone = count == 1 || a->b * a->h * a->l * a->s < 16384;
    size_t bytes = one * (size_t)(alone ? 1 : omp_get_max_threads());
    char *memory = adj_alloc(bytes);
    if (!memory) return false;
    if (alone) {
        Scratch w;
        scratch_size(a, memory, &w);
        for (int64_t i = 0; i < count; i++) piece(a, i, &w);
    } else {
#pragma omp parallel for schedule(dynamic, 1)
        for (int64_t i = 0; i < count; i++) {
            Scratch w;
            scratch_size(a, memory + (size_t)omp_get_thread_num() * one, &w);
            piece(a, i, &w);
        }
    }
    adj_free(memory, bytes);
    return true;
}

// ---------------------------------------------------------------- products

typedef struct {
    const void *at;
    int64_t ld;
    bool trans;
} Operand;

// c (m, n) = alpha a b + beta c
static void product(const AdjAttention *t, int64_t m, int64_t n, int64_t k, Operand a,
                    Operand b, void *c, int64_t ldc, double alpha, double beta,
                    const Scratch *w)
{
    AdjGemm g = {.dtype = t->dtype,
                 .batch = 1,
                 .m = m,
                 .n = n,
                 .k = k,
                 .a = a.at,
                 .b = b.at,
                 .c = c,
                 .lda = a.ld,
                 .ldb = b.ld,
                 .ldc = ldc,
                 .a_trans = a.trans,
                 .b_trans = b.trans,
                 .alpha = alpha,
                 .beta = beta};
    adj_gemm_small(&g, w->pack);
}

static Operand rows_of(const AdjAttention *a, const AdjHeads *x, const AdjScores *b,
                       int64_t head, int64_t row, bool trans)
{
    return (Operand){place(a, x, b->batch, head, row), x->row, trans};
}

// The block's scores, scaled, into [s].
static void scores(const AdjAttention *a, const AdjScores *b, const Scratch *w)
{
    product(a, b->rows, b->columns, a->e, rows_of(a, &a->q, b, b->head, b->row0, false),
            rows_of(a, &a->k, b, b->head / a->group, b->column0, true), b->s, b->ld, a->scale,
            0, w);
}

// Whether every score of the block is hidden by causality.
static bool is_after(const AdjAttention *a, const AdjScores *b)
{
    return a->causal && b->column0 > b->row0 + b->rows - 1;
}

// ---------------------------------------------------------------- forward

static void start_rows(const AdjAttention *a, const AdjScores *b)
{
    memset(b->o, 0, (size_t)(b->rows * a->ev * size_of(a)));
    for (int64_t r = 0; r < b->rows; r++) {
        b->sum[r] = 0;
        if (a->dtype == ADJ_F64)
            ((double *)b->max)[r] = -INFINITY;
        else
            ((float *)b->max)[r] = -INFINITY;
    }
}

static void query_block(const AdjAttention *a, int64_t i, const Scratch *w)
{
    int64_t blocks = (a->l + ROWS - 1) / ROWS, head = i / blocks, row0 = i % blocks * ROWS;
    AdjScores b = {.a = a,
                   .batch = head / a->h,
                   .head = head % a->h,
                   .row0 = row0,
                   .rows = least(ROWS, a->l - row0),
                   .ld = COLUMNS,
                   .s = w->s,
                   .max = w->max,
                   .sum = w->sum,
                   .o = w->o};
    bool wide = a->dtype == ADJ_F64;
    start_rows(a, &b);
    for (; b.column0 < a->s && !is_after(a, &b); b.column0 += COLUMNS) {
        b.columns = least(COLUMNS, a->s - b.column0);
        scores(a, &b, w);
        table()->forward[wide](&b);
        product(a, b.rows, a->ev, b.columns, (Operand){b.s, b.ld, false},
                rows_of(a, &a->v, &b, b.head / a->group, b.column0, false), b.o, a->ev, 1, 1,
                w);
    }
    table()->finish[wide](&b);
}

bool adj_attention_forward(const AdjAttention *a)
{
    int64_t blocks = (a->l + ROWS - 1) / ROWS;
    return each_piece(a, a->b * a->h * blocks, query_block);
}

// ---------------------------------------------------------------- backward

// d_i = sum over features of dO o, less dlse: what softmax's derivative subtracts.
static void row_sums(const AdjAttention *a, const AdjScores *b, void *d)
{
    int64_t first = (b->batch * a->h + b->head) * a->l + b->row0;
    for (int64_t r = 0; r < b->rows; r++) {
        const void *x = place(a, &a->o, b->batch, b->head, b->row0 + r);
        const void *y = place(a, &a->d_o, b->batch, b->head, b->row0 + r);
        double sum = 0;
        for (int64_t i = 0; i < a->ev; i++)
            sum += a->dtype == ADJ_F64
                       ? ((const double *)x)[i] * ((const double *)y)[i]
                       : (double)((const float *)x)[i] * (double)((const float *)y)[i];
        if (a->dtype == ADJ_F64)
            ((double *)d)[r] = sum - ((const double *)a->dlse)[first + r];
        else
            ((float *)d)[r] = (float)(sum - (double)((const float *)a->dlse)[first + r]);
    }
}

static void backward_block(const AdjAttention *a, AdjScores *b, const Scratch *w)
{
    int64_t key = b->head / a->group, m = b->rows, n = b->columns;
    Operand d_o = rows_of(a, &a->d_o, b, b->head, b->row0, false);
    Operand q = rows_of(a, &a->q, b, b->head, b->row0, false);
    Operand k = rows_of(a, &a->k, b, key, b->column0, false);
    scores(a, b, w);
    product(a, m, n, a->ev, d_o, rows_of(a, &a->v, b, key, b->column0, true), b->ds, b->ld, 1,
            0, w);
    row_sums(a, b, w->d);
    table()->backward[a->dtype == ADJ_F64](b);
    product(a, n, a->ev, m, (Operand){b->s, b->ld, true}, d_o,
            place(a, &a->dv, b->batch, key, b->column0), a->dv.row, 1, 1, w);
    product(a, m, a->e, n, (Operand){b->ds, b->ld, false}, k,
            place(a, &a->dq, b->batch, b->head, b->row0), a->dq.row, 1, 1, w);
    product(a, n, a->e, m, (Operand){b->ds, b->ld, true}, q,
            place(a, &a->dk, b->batch, key, b->column0), a->dk.row, 1, 1, w);
}

static void key_head(const AdjAttention *a, int64_t i, const Scratch *w)
{
    int64_t heads = a->h / a->group, first = i % heads * a->group;
    AdjScores b = {
        .a = a, .batch = i / heads, .ld = COLUMNS, .s = w->s, .ds = w->ds, .d = w->d};
    for (b.head = first; b.head < first + a->group; b.head++)
        for (b.column0 = 0; b.column0 < a->s; b.column0 += COLUMNS) {
            b.columns = least(COLUMNS, a->s - b.column0);
            for (b.row0 = 0; b.row0 < a->l; b.row0 += ROWS) {
                b.rows = least(ROWS, a->l - b.row0);
                if (!is_after(a, &b)) backward_block(a, &b, w);
            }
        }
}

bool adj_attention_backward(const AdjAttention *a)
{
    return each_piece(a, a->b * (a->h / a->group), key_head);
}
