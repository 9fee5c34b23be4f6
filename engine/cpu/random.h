// SPDX-License-Identifier: Apache-2.0
// random.h: the transformation of uniform to normal numbers in blocks, once per instruction
// set.
#pragma once
#include "core/internal.h"

// Each block of 16 uniforms of [0, 1) becomes 16 normals with [mean] and [std], in place. All
// versions give the same bits; they differ in speed only.
typedef void AdjNormalBlocks(float *u, int64_t blocks, float mean, float std);
ADJ_HIDDEN AdjNormalBlocks adj_normal_blocks_base, adj_normal_blocks_avx2,
    adj_normal_blocks_avx512;
