// SPDX-License-Identifier: Apache-2.0
// The Mersenne Twister MT19937 as a value: the one core under two generators that promise other
// people's digits. The tensor generator seeds it with one word (adj_mt_init), the language's
// `random` with an array (adj_mt_init_array); both draw from the same stream of 32-bit words.
// Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8(1), 1998; seeding as in their
// mt19937ar.c of 2002.
#ifndef ADJ_RANDOM_MT_H
#define ADJ_RANDOM_MT_H

#include <stddef.h>
#include <stdint.h>

enum { ADJ_MT_WORDS = 624 };

typedef struct AdjMt {
    uint32_t state[ADJ_MT_WORDS];
    int next;  // index of the next unused word; ADJ_MT_WORDS: the block must be renewed
} AdjMt;

// Fills the state from one word (init_genrand).
void adj_mt_init(AdjMt *mt, uint32_t seed);

// Fills the state from [n] words of [key] (init_by_array). [n] may not be 0.
void adj_mt_init_array(AdjMt *mt, const uint32_t *key, size_t n);

// Recomputes all words of the block at once; adj_mt_next32 calls it when the block is used up.
void adj_mt_renew(AdjMt *mt);

static inline uint32_t adj_mt_next32(AdjMt *mt)
{
    if (mt->next >= ADJ_MT_WORDS) adj_mt_renew(mt);
    uint32_t y = mt->state[mt->next++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

// Two words, the first in the upper half.
static inline uint64_t adj_mt_next64(AdjMt *mt)
{
    uint64_t high = adj_mt_next32(mt);
    return high << 32 | adj_mt_next32(mt);
}

// A double in [0, 1) with 53 random bits (genrand_res53: 27 bits, then 26).
static inline double adj_mt_double53(AdjMt *mt)
{
    uint32_t a = adj_mt_next32(mt) >> 5;
    uint32_t b = adj_mt_next32(mt) >> 6;
    return (a * 67108864.0 + b) * (1.0 / 9007199254740992.0);
}

#endif
