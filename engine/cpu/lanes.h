// SPDX-License-Identifier: Apache-2.0
// lanes.h: sums along a row, the same to the bit on every instruction set: LANES running sums
// in double, joined as a tree. For the kernels that work row by row.
#pragma once
#include <stdint.h>

enum { LANES = 16 };

static inline double join(double *lane)
{
    for (int half = LANES / 2; half; half /= 2)
        for (int l = 0; l < half; l++) lane[l] += lane[l + half];
    return lane[0];
}

// Declares [total] as the sum of [term], an expression in i, for i < n.
#define SUM(total, term)                                                                       \
    double total;                                                                              \
    {                                                                                          \
        double lane[LANES] = {0};                                                              \
        int64_t b = 0;                                                                         \
        for (; b + LANES <= n; b += LANES) _Pragma("omp simd") for (int l = 0; l < LANES; l++) \
            {                                                                                  \
                const int64_t i = b + l;                                                       \
                lane[l] += term;                                                               \
            }                                                                                  \
        for (int l = 0; b + l < n; l++) {                                                      \
            const int64_t i = b + l;                                                           \
            lane[l] += term;                                                                   \
        }                                                                                      \
        total = join(lane);                                                                    \
    }
