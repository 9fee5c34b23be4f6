// SPDX-License-Identifier: Apache-2.0
// channels.h: batch_norm on the CPU, channel by channel.
#pragma once
#include "core/internal.h"

// Dense values of f32 or f64, (batch, channels, places). Arrays of doubles have one number per
// channel; which of them a loop reads and writes is said there.
typedef struct AdjChannels {
    AdjDtype dtype;
    int64_t batch, channels, places;
    const void *x, *dy;
    void *y;  // the result, or the derivative of x
    double *mean, *var;
    double *scale, *shift;
    double *sum, *along;  // of dy, and of dy (x - mean)
    double *flat, *slope;
} AdjChannels;

typedef enum AdjChannelLoop {
    ADJ_CHANNEL_MOMENTS,  // mean and biased variance of x
    ADJ_CHANNEL_AFFINE,   // y = x scale + shift
    ADJ_CHANNEL_SUMS,     // sum and along from x, dy and mean
    ADJ_CHANNEL_DX,       // y = scale (dy - flat - slope (x - mean))
    ADJ_CHANNEL_LOOPS
} AdjChannelLoop;

ADJ_HIDDEN void adj_channels_run(AdjChannelLoop loop, const AdjChannels *c);

// One channel.
typedef void (*AdjChannelKernel)(const AdjChannels *c, int64_t channel);
typedef struct AdjChannelTable {
    AdjChannelKernel of[ADJ_CHANNEL_LOOPS][2];  // f32, f64
} AdjChannelTable;
ADJ_HIDDEN extern const AdjChannelTable adj_channels_base, adj_channels_avx2,
    adj_channels_avx512;
