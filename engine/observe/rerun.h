// SPDX-License-Identifier: Apache-2.0
// rerun.h: what a recorded forward pass would have given, had one tensor been different. Only
// the calls that depend on the tensor are computed again; the values of all others are kept
// from the first time. Calls that draw random numbers draw the same ones each time, so a
// dropout's mask stays.
//
// A rerun works on copies: it changes nothing of the program's.
#pragma once
#include "observe/replay.h"

// Runs [compute], which answers with one number as a tensor, and records what it did. The
// recorder of the program sees nothing of it. NULL: [compute] failed, or there is no memory.
ADJ_HIDDEN AdjPinned *adj_pinned_capture(bool (*compute)(void *data, AdjTensor **root),
                                         void *data);

typedef struct AdjRerun AdjRerun;

// Prepares to compute the root of [p] (borrowed: it must outlive the rerun) for other values of
// [leaf], a tensor from outside. [dtype] ADJ_F64 computes in double precision; ADJ_F32, as it
// was. NULL with an error: it cannot be computed again, or does not depend on [leaf].
ADJ_HIDDEN AdjRerun *adj_rerun_new(const AdjPinned *p, const AdjTensor *leaf, AdjDtype dtype);
ADJ_HIDDEN void adj_rerun_free(AdjRerun *r);  // NULL is fine
// The copy that takes the tensor's place, borrowed: write into it what is to be tried.
ADJ_HIDDEN AdjTensor *adj_rerun_leaf(const AdjRerun *r);
// The root for what stands there now.
ADJ_HIDDEN bool adj_rerun_value(AdjRerun *r, double *root);
// Its gradient there, of the scope; computes all of it. NULL with an error.
ADJ_HIDDEN AdjTensor *adj_rerun_gradient(const AdjRerun *r);
// How many calls there are, and how many of them depend on the tensor.
ADJ_HIDDEN void adj_rerun_size(const AdjRerun *r, int *calls, int *dependent);
