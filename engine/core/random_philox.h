// SPDX-License-Identifier: Apache-2.0
// Philox4x32-10: random numbers as a function of a key and a counter. Number i of a stream
// needs no number before it, so any division of the work gives the same numbers. Salmon,
// Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
#pragma once
#include <stdint.h>

typedef struct AdjPhilox {
    uint64_t key;      // the seed
    uint64_t counter;  // number of the next block of four words
    uint32_t block[4];
    uint32_t used;  // words of block that are spent; 4: none is left
} AdjPhilox;

// Starts the stream of [key] at word 0.
void adj_philox_init(AdjPhilox *p, uint64_t key);
// The four words number 4 counter .. 4 counter + 3 of the stream of [key].
void adj_philox_block(uint64_t key, uint64_t counter, uint32_t out[4]);

static inline uint32_t adj_philox_next32(AdjPhilox *p)
{
    if (p->used == 4) {
        adj_philox_block(p->key, p->counter++, p->block);
        p->used = 0;
    }
    return p->block[p->used++];
}
