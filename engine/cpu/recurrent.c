// SPDX-License-Identifier: Apache-2.0
// recurrent.c: the rows of a recurrent step on the threads. Rows do not depend on each other,
// so the bits are the same for any number of threads.
#include "cpu/recurrent.h"

#include "cpu/isa.h"
#include "cpu/parallel.h"

enum { PIECE = 8 };  // rows

static const AdjCellTable *table(void)
{
#if defined(__x86_64__)
    AdjIsa isa = adj_isa();
    if (isa == ADJ_ISA_AVX512) return &adj_cell_avx512;
    if (isa == ADJ_ISA_AVX2) return &adj_cell_avx2;
#endif
    return &adj_cell_base;
}

typedef struct Job {
    AdjCellRows rows;
    const AdjCellStep *step;
} Job;

static void piece(int64_t i, const void *arg)
{
    const Job *j = arg;
    int64_t from = i * PIECE, to = from + PIECE;
    j->rows(j->step, from, to < j->step->rows ? to : j->step->rows);
}

// An element costs several exponentials, so threads pay earlier than for sums.
static void run(AdjCellRows rows, const AdjCellStep *s)
{
    enum { COST = 16 };
    Job j = {rows, s};
    adj_each_piece((s->rows + PIECE - 1) / PIECE, s->rows * s->h * COST, piece, &j);
}

void adj_cell_forward(AdjCell kind, AdjDtype dtype, const AdjCellStep *s)
{
    run(table()->forward[kind][dtype == ADJ_F64], s);
}

void adj_cell_backward(AdjCell kind, AdjDtype dtype, const AdjCellStep *s)
{
    run(table()->backward[kind][dtype == ADJ_F64], s);
}
