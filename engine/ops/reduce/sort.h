// SPDX-License-Identifier: Apache-2.0
// sort.h: ordering lines of a tensor: one total order for every element type.
#pragma once
#include "ops/reduce/reduce.h"

// An element as the order sees it: smaller keys come first. All NaN share the greatest key,
// -0.0 has the key of 0.0.
typedef struct AdjKey {
    uint64_t key;
    int64_t at;  // place in its line
} AdjKey;

// The keys of [n] elements of [x], which is dense, from place [first] on.
ADJ_HIDDEN void adj_make_keys(AdjKey *keys, const AdjTensor *x, int64_t first, int64_t n,
                              bool descending);
// Sorts by key; equal keys keep their order. [spare] has room for n more.
ADJ_HIDDEN void adj_sort_keys(AdjKey *keys, AdjKey *spare, int64_t n);
// True for the key that NaN has in ascending order.
static inline bool adj_key_is_nan(uint64_t key)
{
    return key == UINT64_MAX;
}
