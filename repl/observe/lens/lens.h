// SPDX-License-Identifier: Apache-2.0
// lens.h: which elements of one map an element of another is made of, or goes into, with the
// numbers. A map is a tensor seen as pictures: its last axes are places, the axis before them,
// where an operation has channels, tells the pictures apart.
#pragma once
#include "observe/pinned.h"
#include "observe/watching.h"

enum { ADJ_LENS_CELLS = 1 << 20 };  // of all planes together

typedef struct AdjLens {
    const AdjPinnedCall *call;
    AdjTensor *x, *y, *dy;       // in and out, and the gradient that came; borrowed, dy or NULL
    AdjTensor *weight, *bias;    // of convolutions and matrices; NULL: none
    AdjTensor *winners, *q, *k;  // of maxima: their places; of attention
    int space;                   // axes of places: 1 or 2
    bool channels;               // whether there is an axis of pictures
    const struct AdjLensKind *kind;
} AdjLens;

// A grid of places in several planes of the other map, with the value there and the weight
// that joins it; a place outside of the map is padding and counts as 0.
typedef struct AdjLensGrid {
    int64_t n_rows, n_columns, n_planes;
    int64_t *rows, *columns, *planes;  // places and pictures in the other map
    int64_t *row_tap, *column_tap;     // of a kernel
    double *value, *weight;            // planes x rows x columns; NaN weight: not joined
    double bias;
} AdjLensGrid;

typedef struct AdjLensKind {
    const char *op, *name;
    bool (*take)(AdjLens *l, const AdjPinned *p);
    // What the element [at] of y is made of, or of x goes into; in memory of the scope.
    bool (*look)(const AdjLens *l, bool backward, const int64_t *at, AdjLensGrid *g);
} AdjLensKind;

// The kind of an operation, NULL: no lens is made for it.
const AdjLensKind *adj_lens_kind(const AdjOp *op);
// False: this call is not one that the kind understands.
bool adj_lens_take(AdjLens *l, const AdjPinned *p, const AdjPinnedCall *call);
// One element as a number.
double adj_lens_element(const AdjTensor *t, const int64_t *at);
