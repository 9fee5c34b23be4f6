// SPDX-License-Identifier: Apache-2.0
// prefetch.h: threads that gather rows of tensors ahead of the program.
#pragma once
#include "core/internal.h"

typedef struct AdjPrefetch AdjPrefetch;

// [workers] threads; NULL and an error when not even one can be had.
ADJ_HIDDEN AdjPrefetch *adj_prefetch_start(int workers);
// Ends what runs and releases everything.
ADJ_HIDDEN void adj_prefetch_stop(AdjPrefetch **p);
// Begins to gather rows [at] (n of them, copied) of the contiguous [sources]. The results are
// made now, by the calling thread, and filled by the threads.
ADJ_HIDDEN bool adj_prefetch_push(AdjPrefetch *p, AdjTensors sources, const int64_t *at,
                                  int64_t n);
ADJ_HIDDEN int adj_prefetch_pending(const AdjPrefetch *p);
// The oldest batch, waited for; its tensors join the scope. In the order of the pushes.
ADJ_HIDDEN AdjTensors adj_prefetch_pop(AdjPrefetch *p);
