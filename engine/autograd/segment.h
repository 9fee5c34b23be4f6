// SPDX-License-Identifier: Apache-2.0
// segment.h: saved values that are computed again; between node.c and segment.c.
#pragma once
#include "core/internal.h"

ADJ_HIDDEN AdjSegment *adj_segment_keep(AdjSegment *s);  // NULL stays NULL
ADJ_HIDDEN void adj_segment_drop(AdjSegment **s);
// [t] is to be saved for the current segment: gives its number there, from 1.
ADJ_HIDDEN bool adj_segment_note(AdjTensor *t, int32_t *slot);
// The value with that number, computed again at the first call, and the version that its
// storage had when it was saved.
ADJ_HIDDEN AdjTensor *adj_segment_value(AdjSegment *s, int32_t slot, uint32_t *version);
// Where the value stands, NULL inside when it is not there.
ADJ_HIDDEN AdjTensor **adj_segment_place(AdjSegment *s, int32_t slot);
