// SPDX-License-Identifier: Apache-2.0
// parallel.h: independent pieces of work on the threads. Sharing work out costs some
// microseconds, so small work never does.
#pragma once
#include "core/internal.h"

typedef void (*AdjPiece)(int64_t i, const void *arg);

// Calls [body] for i = 0 .. count - 1, on several threads and in any order. Inside a piece, and
// while another thread shares out work, it is a plain loop.
ADJ_HIDDEN void adj_share_pieces(int64_t count, AdjPiece body, const void *arg);

// The same when the pieces are worth it: [work] is the number of elements touched in all.
static inline void adj_each_piece(int64_t count, int64_t work, AdjPiece body, const void *arg)
{
    if (count > 1 && work >= ADJ_PARALLEL_FROM) {
        adj_share_pieces(count, body, arg);
        return;
    }
    for (int64_t i = 0; i < count; i++) body(i, arg);
}
