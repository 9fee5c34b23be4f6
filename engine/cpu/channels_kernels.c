// SPDX-License-Identifier: Apache-2.0
// channels_kernels.c: batch_norm by channels, compiled once per instruction set. The values of
// a channel are `batch` runs of `places` neighbours, `channels * places` apart.
#include "cpu/channels.h"

#include "cpu/lanes.h"

#if defined(__clang__)
#    pragma GCC diagnostic ignored "-Wpass-failed"
#endif

#define SIMD _Pragma("omp simd")
// For every run of the channel: its start.
#define EACH_RUN                                                        \
    const int64_t n = c->places, step = c->channels * n, first = k * n; \
    for (int64_t at = first, run = 0; run < c->batch; run++, at += step)

#define CHANNELS(suffix, T)                                                   \
    static void moments_##suffix(const AdjChannels *c, int64_t k)             \
    {                                                                         \
        const double count = (double)(c->batch * c->places);                  \
        double total = 0, squares = 0;                                        \
        {                                                                     \
            EACH_RUN                                                          \
            {                                                                 \
                const T *x = (const T *)c->x + at;                            \
                SUM(part, (double)x[i])                                       \
                total += part;                                                \
            }                                                                 \
        }                                                                     \
        const double m = total / count;                                       \
        EACH_RUN                                                              \
        {                                                                     \
            const T *x = (const T *)c->x + at;                                \
            SUM(part, ((double)x[i] - m) * ((double)x[i] - m))                \
            squares += part;                                                  \
        }                                                                     \
        c->mean[k] = m;                                                       \
        c->var[k] = squares / count;                                          \
    }                                                                         \
    static void affine_##suffix(const AdjChannels *c, int64_t k)              \
    {                                                                         \
        const T scale = (T)c->scale[k], shift = (T)c->shift[k];               \
        EACH_RUN                                                              \
        {                                                                     \
            const T *x = (const T *)c->x + at;                                \
            T *restrict y = (T *)c->y + at;                                   \
            SIMD for (int64_t i = 0; i < n; i++) y[i] = x[i] * scale + shift; \
        }                                                                     \
    }                                                                         \
    static void sums_##suffix(const AdjChannels *c, int64_t k)                \
    {                                                                         \
        const double m = c->mean[k];                                          \
        double sum = 0, along = 0;                                            \
        EACH_RUN                                                              \
        {                                                                     \
            const T *x = (const T *)c->x + at, *dy = (const T *)c->dy + at;   \
            SUM(part, (double)dy[i])                                          \
            SUM(other, (double)dy[i] * ((double)x[i] - m))                    \
            sum += part;                                                      \
            along += other;                                                   \
        }                                                                     \
        c->sum[k] = sum;                                                      \
        c->along[k] = along;                                                  \
    }                                                                         \
    static void dx_##suffix(const AdjChannels *c, int64_t k)                  \
    {                                                                         \
        const T scale = (T)c->scale[k], mean = (T)c->mean[k];                 \
        const T flat = (T)c->flat[k], slope = (T)c->slope[k];                 \
        EACH_RUN                                                              \
        {                                                                     \
            const T *x = (const T *)c->x + at, *dy = (const T *)c->dy + at;   \
            T *restrict y = (T *)c->y + at;                                   \
            SIMD for (int64_t i = 0; i < n; i++) y[i] =                       \
                scale * (dy[i] - flat - slope * (x[i] - mean));               \
        }                                                                     \
    }
CHANNELS(f32, float)
CHANNELS(f64, double)

#define TABLE2(isa) adj_channels_##isa
#define TABLE(isa) TABLE2(isa)
const AdjChannelTable TABLE(ADJ_ISA) = {{
    [ADJ_CHANNEL_MOMENTS] = {moments_f32, moments_f64},
    [ADJ_CHANNEL_AFFINE] = {affine_f32, affine_f64},
    [ADJ_CHANNEL_SUMS] = {sums_f32, sums_f64},
    [ADJ_CHANNEL_DX] = {dx_f32, dx_f64},
}};
