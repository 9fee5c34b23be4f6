// SPDX-License-Identifier: Apache-2.0
// random_philox.c: ten rounds of Philox4x32. A round multiplies two of the four words by
// constants and mixes the halves of the products with the other words and the key; the key is
// stepped by the golden ratio and sqrt(3) - 1, as the paper has it.
#include "core/random_philox.h"

enum { ROUNDS = 10 };

void adj_philox_block(uint64_t key, uint64_t counter, uint32_t out[4])
{
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    uint32_t x0 = (uint32_t)counter, x1 = (uint32_t)(counter >> 32), x2 = 0, x3 = 0;
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t p0 = UINT64_C(0xd2511f53) * x0, p1 = UINT64_C(0xcd9e8d57) * x2;
        uint32_t y0 = (uint32_t)(p1 >> 32) ^ x1 ^ k0, y2 = (uint32_t)(p0 >> 32) ^ x3 ^ k1;
        x0 = y0;
        x1 = (uint32_t)p1;
        x2 = y2;
        x3 = (uint32_t)p0;
        k0 += 0x9e3779b9;
        k1 += 0xbb67ae85;
    }
    out[0] = x0;
    out[1] = x1;
    out[2] = x2;
    out[3] = x3;
}

void adj_philox_init(AdjPhilox *p, uint64_t key)
{
    *p = (AdjPhilox){.key = key, .used = 4};
}
