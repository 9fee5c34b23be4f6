// SPDX-License-Identifier: Apache-2.0
// conv.h: convolution on the CPU: the three sums that a convolution, its derivatives and their
// derivatives are made of. With t over the positions of the kernel,
//
//     forward   y[n, o, p] = sum over i, t of w[o, i, t] x[n, i, p stride + t dilation - pad]
//     back      x[n, i, q] = the sum of w[o, i, t] y[n, o, p] over all terms that meet q
//     weight    w[o, i, t] = sum over n, p of y[n, o, p] x[n, i, p stride + t dilation - pad]
#pragma once
#include "core/internal.h"

// Sizes in these terms, whichever of the three is computed. Three axes; fewer are written with
// ones in front.
typedef struct AdjConv {
    AdjDtype dtype;  // f32 or f64
    int64_t n, groups;
    int64_t in_channels, out_channels;  // of x and of y
    int64_t in[3], out[3], kernel[3], stride[3], pad[3], dilation[3];
} AdjConv;

// Arrays are contiguous: x (n, in_channels, in), w (out_channels, in_channels / groups,
// kernel), y (n, out_channels, out). [bias] has a value per channel of the result, or is NULL.
ADJ_HIDDEN bool adj_conv_forward(const AdjConv *c, const void *x, const void *w,
                                 const void *bias, void *y);
ADJ_HIDDEN bool adj_conv_back(const AdjConv *c, const void *y, const void *w, const void *bias,
                              void *x);
ADJ_HIDDEN bool adj_conv_weight(const AdjConv *c, const void *x, const void *y, void *w);

// -------------------------------------------------- between conv.c and conv_kernels.c

enum { ADJ_CONV_ROWS = 8, ADJ_CONV_SLACK = 256 };  // most rows of a tile; elements read past

// A channel packed for reading: split by phase along each axis, zeros around it. Element j of
// phase f along an axis is the source's j step + f - left.
typedef struct AdjConvSource {
    int64_t size[3], step[3], left[3], plane[3];
    int64_t channel;  // elements of a packed channel
} AdjConvSource;

// A stretch of places of a few result channels.
typedef struct AdjConvRun {
    int rows;              // channels
    int64_t k;             // terms of every sum
    const void *a;         // weights, [k][ADJ_CONV_ROWS] with as many rows as the kernels have
    const void *b;         // the packed source at place 0
    const int32_t *off;    // where term p of place 0 is read; place m lies m further
    int64_t from, to;      // places; row h of the result begins at place h pitch
    int64_t pitch, width;  // of which [width] are wanted
    const void *bias;      // one per row, or NULL
    void *y;
    int64_t y_channel, y_h, y_w;  // elements between channels, rows, places
} AdjConvRun;

// Terms of a derivative by the weights: rows of the packed source against rows of y.
typedef struct AdjConvPile {
    int rows;                      // dots: how many; pile: as many as a tile has
    const void *x[ADJ_CONV_ROWS];  // the packed source as each position of the kernel sees it
    int64_t h, w, pitch;           // places; elements between the source's rows
    const void *y;
    int64_t y_h, y_w;  // pile: elements between rows and places of y, whose channels are dense
    int64_t columns;   // pile: channels, a multiple of the vector
    void *sum;  // pile: [rows][columns], added to; dots: one for each row, `sum_row` apart
    int64_t sum_row;
} AdjConvPile;

typedef struct AdjConvTable {
    int rows;       // of a tile of the forward kernel
    int vector[2];  // elements of a register, f32 and f64
    void (*pack[2])(const AdjConvSource *s, const void *x, void *packed);
    void (*run[2])(const AdjConvRun *r);
    void (*pile[2])(const AdjConvPile *p);
    void (*dots[2])(const AdjConvPile *p);
} AdjConvTable;

// The kernels of this process; how x is packed; where kernel position [t] reads in a channel
// packed so.
ADJ_HIDDEN const AdjConvTable *adj_conv_table(void);
ADJ_HIDDEN void adj_conv_source(const AdjConv *c, AdjConvSource *s);
ADJ_HIDDEN int64_t adj_conv_shift(const AdjConv *c, const AdjConvSource *s, int64_t t);

ADJ_HIDDEN extern const AdjConvTable adj_conv_base, adj_conv_avx2, adj_conv_avx512;
