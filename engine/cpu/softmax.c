// SPDX-License-Identifier: Apache-2.0
// softmax.c: runs rows of softmax on the threads; a row never crosses one.
#include "cpu/softmax.h"

#include "cpu/isa.h"
#include "cpu/parallel.h"

static AdjSoftmaxRow row_kernel(AdjSoftmax kind, int type)
{
#if defined(__x86_64__)
    AdjIsa isa = adj_isa();
    if (isa == ADJ_ISA_AVX512) return adj_softmax_avx512[kind][type];
    if (isa == ADJ_ISA_AVX2) return adj_softmax_avx2[kind][type];
#endif
    return adj_softmax_base[kind][type];
}

typedef struct Job {
    AdjSoftmaxRow kernel;
    char *y;
    const char *x, *a;
    int64_t n, step, out;  // elements of a row, its bytes, bytes of its result
} Job;

static void row(int64_t r, const void *arg)
{
    const Job *j = arg;
    j->kernel(j->y + r * j->out, j->x + r * j->step, j->a ? j->a + r * j->step : NULL, j->n);
}

bool adj_cpu_softmax(const AdjSoftmaxCall *c)
{
    int64_t size = (int64_t)adj_dtype_size(c->dtype), n = c->n;
    int64_t results = c->kind == ADJ_LOGSUMEXP ? 1 : c->kind == ADJ_LOGSUM_PARTS ? 2 : n;
    Job j = {row_kernel(c->kind, c->dtype == ADJ_F64),
             c->y,
             c->x,
             c->a,
             n,
             n * size,
             results * size};
    adj_each_piece(c->rows, c->rows * n, row, &j);
    return true;
}
