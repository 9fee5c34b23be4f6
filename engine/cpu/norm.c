// SPDX-License-Identifier: Apache-2.0
// norm.c: rows of layer_norm and rms_norm on the threads.
//
// Weights gather their derivative from every row. So that its bits do not depend on the number
// of threads, the rows are cut into pieces by their number alone, each piece sums into a strip
// of its own, and the strips are added in order.
#include "cpu/norm.h"

#include "cpu/isa.h"
#include "cpu/parallel.h"

enum { PIECES = 32, LEAST_ROWS = 16 };

static const AdjNormTable *table(void)
{
#if defined(__x86_64__)
    AdjIsa isa = adj_isa();
    if (isa == ADJ_ISA_AVX512) return &adj_norm_avx512;
    if (isa == ADJ_ISA_AVX2) return &adj_norm_avx2;
#endif
    return &adj_norm_base;
}

static int64_t rows_of_a_piece(int64_t rows)
{
    int64_t even = (rows + PIECES - 1) / PIECES;
    return even > LEAST_ROWS ? even : LEAST_ROWS;
}

static void forward_piece(int64_t i, const void *arg)
{
    const AdjNorm *c = arg;
    int64_t step = rows_of_a_piece(c->rows), from = i * step;
    int64_t to = from + step < c->rows ? from + step : c->rows;
    table()->forward[c->dtype == ADJ_F64](c, from, to);
}

void adj_norm_forward(const AdjNorm *c)
{
    int64_t step = rows_of_a_piece(c->rows);
    adj_each_piece((c->rows + step - 1) / step, c->rows * c->n, forward_piece, c);
}

typedef struct {
    const AdjNorm *c;
    double *strips;  // dw then db of every piece
} Job;

static void backward_piece(int64_t i, const void *arg)
{
    const Job *j = arg;
    AdjNorm c = *j->c;
    int64_t step = rows_of_a_piece(c.rows), from = i * step;
    int64_t to = from + step < c.rows ? from + step : c.rows;
    if (c.dw) c.dw = j->strips + 2 * i * c.n;
    if (c.db) c.db = j->strips + (2 * i + 1) * c.n;
    table()->backward[c.dtype == ADJ_F64](&c, from, to);
}

bool adj_norm_backward(const AdjNorm *c)
{
    int64_t step = rows_of_a_piece(c->rows), pieces = (c->rows + step - 1) / step;
    if (pieces <= 1) {
        table()->backward[c->dtype == ADJ_F64](c, 0, c->rows);
        return true;
    }
    size_t bytes = (size_t)(2 * pieces * c->n) * sizeof(double);
    Job j = {c, adj_alloc(bytes)};
    if (!j.strips) return false;
    memset(j.strips, 0, bytes);
    adj_each_piece(pieces, c->rows * c->n, backward_piece, &j);
    for (int64_t p = 0; p < pieces; p++)
        for (int64_t i = 0; i < c->n; i++) {
            if (c->dw) c->dw[i] += j.strips[2 * p * c->n + i];
            if (c->db) c->db[i] += j.strips[(2 * p + 1) * c->n + i];
        }
    adj_free(j.strips, bytes);
    return true;
}
