// SPDX-License-Identifier: Apache-2.0
// rings.h: undoing references that lead back to where they start.
#pragma once
#include "core/internal.h"

// [x] is about to get [node] as its history. A node in there that saved [x] itself would hold
// what holds it; it gets a view with the history that [x] has had until now. False: no memory.
ADJ_HIDDEN bool adj_rings_break(AdjTensor *x, AdjNode *node);
// adj_drop for the references by which a program names a tensor. What then is left of a leaf
// may be a ring: its gradient's history, which holds the leaf; it lets go of that gradient.
// Costs a walk over the history where the gradient has one, otherwise nothing.
ADJ_HIDDEN void adj_rings_drop(AdjTensor **t);
// Whether that may be so of a leaf that a node lets go of: no name of the language is in the
// way.
ADJ_HIDDEN bool adj_rings_suspect(const AdjTensor *leaf);
