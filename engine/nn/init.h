// SPDX-License-Identifier: Apache-2.0
// init.h: what modules take from the initialisers besides the operations themselves.
#pragma once
#include "core/internal.h"

// How many values flow into and out of a unit whose weights are [t] (out, in, ...). False and
// an error for fewer than two axes.
ADJ_HIDDEN bool adj_fans(const AdjTensor *t, double *in, double *out);
