// SPDX-License-Identifier: Apache-2.0
// spatial.h: what operations over the last one, two or three axes share: arguments that are one
// number for all axes or one for each, and inputs with and without an axis of examples.
#pragma once
#include "core/internal.h"

// [s] with a number for each of [n] axes; fails with PyTorch's sentence when it has another
// count.
ADJ_HIDDEN bool adj_spatial(AdjShape *s, int n, const char *name);
// "[2, 3]" of [n] numbers; owned by the current scope.
ADJ_HIDDEN const char *adj_spatial_text(const int64_t *at, int n);
// "(2 x 3)" of [n] numbers; owned by the current scope.
ADJ_HIDDEN const char *adj_times_text(const int64_t *at, int n);
// [x] (C, axes) as (1, C, axes), *added telling so, when it has [n] + 1 axes; itself when it
// has [n] + 2; else an error.
ADJ_HIDDEN AdjTensor *adj_batched(AdjTensor *x, int n, const char *what, bool *added);
// Takes the axis away again.
static inline AdjTensor *adj_unbatched(AdjTensor *y, bool added)
{
    return added ? adj_squeeze(y, ADJ_SHAPE(0)) : y;
}
// [s] without its first [from] sizes.
static inline AdjShape adj_shape_from(AdjShape s, int from)
{
    AdjShape r = {.n = s.n - from};
    for (int i = 0; i < r.n; i++) r.at[i] = s.at[from + i];
    return r;
}
// n times the same number.
static inline AdjShape adj_repeat_size(int64_t value, int n)
{
    AdjShape r = {.n = n};
    for (int i = 0; i < n; i++) r.at[i] = value;
    return r;
}

// What windows slide over the last axes; numbers for each axis after adj_pooling.
typedef struct AdjPooling {
    int n;
    AdjShape kernel, stride, padding, dilation;
    bool ceil_mode;
} AdjPooling;
// Completes [p] (a stride that is None is the kernel), checks it against [x], (C, axes) or
// (N, C, axes), and gives the shape of the result.
ADJ_HIDDEN bool adj_pooling(AdjPooling *p, const AdjTensor *x, AdjShape *out);
// Fails unless [x] has [n] + 1 or [n] + 2 axes, none of the last [n] + 1 empty.
// floating.
ADJ_HIDDEN bool adj_pooled_input(const AdjTensor *x, int n);
// [size] with a number for each of the last [n] axes of [x], its own where None stood.
ADJ_HIDDEN bool adj_adaptive_sizes(const AdjTensor *x, int n, AdjShape *size);
