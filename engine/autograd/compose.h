// SPDX-License-Identifier: Apache-2.0
// compose.h: derivatives of fused operations that can be differentiated again.
#pragma once
#include "core/internal.h"

// The operation of [n] in public operations: from its inputs [in] (NULL where None was given)
// to as many of its results as matter. False: an error stands.
typedef bool (*AdjCompose)(AdjNode *n, AdjTensor *const *in, AdjTensor **out);

// Fills dx as a vjp does, by differentiating [compose]. For passes that build a graph, and for
// whatever the fused backward kernel does not do; the row must save its inputs.
ADJ_HIDDEN void adj_vjp_composed(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx,
                                 AdjCompose compose);
