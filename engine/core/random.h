// SPDX-License-Identifier: Apache-2.0
// random.h: the generators behind all random operations, as the operations see them: a stream
// of 32-bit words, and one normal sample kept between calls.
#pragma once
#include "core/internal.h"
#include "core/random_mt.h"
#include "core/random_philox.h"

struct AdjGenerator {
    int refs;
    AdjGeneratorKind kind;
    uint64_t seed;
    AdjMt mt;          // kind ADJ_MT19937
    AdjPhilox philox;  // kind ADJ_PHILOX
    bool has_normal;   // the second sample of a Box-Muller pair waits for its turn
    double normal;
};

// The generator that random operations of this thread draw from.
ADJ_HIDDEN AdjGenerator *adj_generator_now(void);

static inline uint32_t adj_draw32(AdjGenerator *g)
{
    return g->kind == ADJ_MT19937 ? adj_mt_next32(&g->mt) : adj_philox_next32(&g->philox);
}

// Two words, the first in the upper half.
static inline uint64_t adj_draw64(AdjGenerator *g)
{
    uint64_t high = adj_draw32(g);
    return high << 32 | adj_draw32(g);
}

// In [0, 1): 24 or 53 random bits.
static inline float adj_unit32(AdjGenerator *g)
{
    return (float)(adj_draw32(g) & 0xffffff) * 0x1p-24f;
}
static inline double adj_unit64(AdjGenerator *g)
{
    return (double)(adj_draw64(g) & ((UINT64_C(1) << 53) - 1)) * 0x1p-53;
}
