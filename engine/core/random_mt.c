// SPDX-License-Identifier: Apache-2.0
// Seeding and block renewal of MT19937. The state is a window of 624 words of one linear
// recurrence over GF(2); renewing replaces the whole window, so drawing a word is an index and
// a tempering. Invariant: 0 <= next <= 624, and words below `next` are spent.
#include "random_mt.h"

enum { N = ADJ_MT_WORDS, M = 397 };

void adj_mt_init(AdjMt *mt, uint32_t seed)
{
    mt->state[0] = seed;
    for (uint32_t i = 1; i < N; i++) {
        uint32_t previous = mt->state[i - 1];
        mt->state[i] = 1812433253u * (previous ^ (previous >> 30)) + i;
    }
    mt->next = N;
}

// The state is a ring in which slot 0 is skipped: after slot 623 comes slot 1, and slot 0 takes
// the last value.
static uint32_t ring_next(AdjMt *mt, uint32_t i)
{
    if (++i < N) return i;
    mt->state[0] = mt->state[N - 1];
    return 1;
}

static uint32_t mix(const AdjMt *mt, uint32_t i, uint32_t factor)
{
    uint32_t previous = mt->state[i - 1];
    return mt->state[i] ^ ((previous ^ (previous >> 30)) * factor);
}

void adj_mt_init_array(AdjMt *mt, const uint32_t *key, size_t n)
{
    adj_mt_init(mt, 19650218u);
    uint32_t i = 1;
    size_t j = 0;
    for (size_t k = n > N ? n : N; k > 0; k--) {
        mt->state[i] = mix(mt, i, 1664525u) + key[j] + (uint32_t)j;
        i = ring_next(mt, i);
        if (++j >= n) j = 0;
    }
    for (int k = N - 1; k > 0; k--) {
        mt->state[i] = mix(mt, i, 1566083941u) - i;
        i = ring_next(mt, i);
    }
    mt->state[0] = 0x80000000u;  // a set bit: the all-zero state would stay zero for ever
    mt->next = N;
}

// One step of the recurrence: the top bit of one word, the rest of the next, twisted.
static inline uint32_t twist(uint32_t upper, uint32_t lower)
{
    uint32_t y = (upper & 0x80000000u) | (lower & 0x7fffffffu);
    return (y >> 1) ^ (-(y & 1u) & 0x9908b0dfu);
}

void adj_mt_renew(AdjMt *mt)
{
    uint32_t *s = mt->state;
    for (int k = 0; k < N - M; k++) s[k] = s[k + M] ^ twist(s[k], s[k + 1]);
    for (int k = N - M; k < N - 1; k++) s[k] = s[k + M - N] ^ twist(s[k], s[k + 1]);
    s[N - 1] = s[M - 1] ^ twist(s[N - 1], s[0]);
    mt->next = 0;
}
