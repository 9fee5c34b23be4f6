// SPDX-License-Identifier: Apache-2.0
// softmax.c: runs rows of softmax on the threads; a row never crosses one.
#include "cpu/softmax.h"

#include "cpu/isa.h"

static AdjSoftmaxRow row_kernel(AdjSoftmax kind, int type)
{
#if defined(__x86_64__)
    AdjIsa isa = adj_isa();
    if (isa == ADJ_ISA_AVX512) return adj_softmax_avx512[kind][type];
    if (isa == ADJ_ISA_AVX2) return adj_softmax_avx2[kind][type];
#endif
    return adj_softmax_base[kind][type];
}

void adj_softmax_run(AdjSoftmax kind, AdjDtype dtype, void *y, const void *x, const void *a,
                     int64_t rows, int64_t n)
{
    AdjSoftmaxRow kernel = row_kernel(kind, dtype == ADJ_F64);
    int64_t size = (int64_t)adj_dtype_size(dtype), step = n * size;
    int64_t out = kind == ADJ_LOGSUMEXP ? size : step;
#pragma omp parallel for schedule(static) if (rows > 1 && rows * n >= ADJ_PARALLEL_FROM)
    for (int64_t r = 0; r < rows; r++) {
        const char *up = a ? (const char *)a + r * step : NULL;
        kernel((char *)y + r * out, (const char *)x + r * step, up, n);
    }
}
