// SPDX-License-Identifier: Apache-2.0
// read.h: a figure as the language describes it (a dict, see read.c) as the structs of
// figure.h.
#pragma once
#include "lang/value.h"
#include "plot/figure.h"

// What was read. The structs borrow text and numbers from the dict, which must live as long.
typedef struct AdjFigureRead {
    AdjFigure figure;
    void **blocks;  // memory of lists, released with it
    int count, capacity;
} AdjFigureRead;

// Reads [spec] into [out]. False: an exception stands that names the key, and nothing is to be
// released.
bool adj_figure_read(AdjVM *vm, AdjVal spec, AdjFigureRead *out);
// Reads one axes, in the same form, as the only one of a figure.
bool adj_axes_read(AdjVM *vm, AdjVal spec, AdjFigureRead *out);
void adj_figure_release(AdjFigureRead *r);
