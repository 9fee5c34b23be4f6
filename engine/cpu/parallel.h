// SPDX-License-Identifier: Apache-2.0
// parallel.h: independent pieces of work on the threads. A parallel region costs more than a
// small operation, even one that its `if` clause keeps on a single thread, so small work never
// enters one.
#pragma once
#include "core/internal.h"

typedef void (*AdjPiece)(int64_t i, const void *arg);

// Calls [body] for i = 0 .. count - 1; [work] is the number of elements touched in all.
static inline void adj_each_piece(int64_t count, int64_t work, AdjPiece body, const void *arg)
{
    if (count == 1 || work < ADJ_PARALLEL_FROM) {
        for (int64_t i = 0; i < count; i++) body(i, arg);
        return;
    }
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < count; i++) body(i, arg);
}
