// SPDX-License-Identifier: Apache-2.0
// formula.h: short names for operations composed of others, so that a loss reads like the
// formula in its row. Each is one public operation and records itself.
#pragma once
#include "core/internal.h"

#define NUM(x) adj_number(ADJ_F(x))
#define PLUS(a, b) adj_add((a), (b), ADJ_I(1))
#define MINUS(a, b) adj_sub((a), (b), ADJ_I(1))
#define TIMES(a, b) adj_mul((a), (b))
#define OVER(a, b) adj_div((a), (b), NULL)
// max(a, 0), whose derivative at 0 is 1 as that of PyTorch's clamp_min.
#define POSITIVE(a) adj_clamp((a), NUM(0), NULL)
#define SUM_ALONG(a, dim) adj_sum((a), ADJ_SHAPE(dim), false, ADJ_SAME)
#define MEAN_ALONG(a, dim) adj_mean((a), ADJ_SHAPE(dim), false, ADJ_SAME)
