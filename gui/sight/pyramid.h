// SPDX-License-Identifier: Apache-2.0
//
// A curve that grows: all its points, and what any stretch of it looks like from far away.
//
// Above the points stand levels of blocks of 16, 256, 4096 ... of them, each with least,
// greatest and sum. A stretch is read from the largest blocks that fit, so asking for a
// thousand columns of ten million points reads tens of thousands of numbers, and every peak is
// in the answer. Appending touches one block a level. Nothing is ever thrown away or sampled:
// asked for a stretch of few points, the curve gives the points.
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct AdjUiPyramid AdjUiPyramid;

// What a stretch holds. NaN for least, greatest and mean when it holds nothing finite.
typedef struct AdjUiStretch {
    double least, greatest, mean;
    int64_t points;  // finite ones
} AdjUiStretch;

AdjUiPyramid *adj_ui_pyramid_new(void);
void adj_ui_pyramid_free(AdjUiPyramid *p);  // NULL is nothing

// Adds a point. x should not fall; a point that goes back takes the place of what is at and
// behind it (a run that was begun again).
void adj_ui_pyramid_add(AdjUiPyramid *p, double x, double y);

int64_t adj_ui_pyramid_count(const AdjUiPyramid *p);
double adj_ui_pyramid_x(const AdjUiPyramid *p, int64_t i);
double adj_ui_pyramid_y(const AdjUiPyramid *p, int64_t i);

// The first point with x >= [x]; the count when there is none. Logarithmic.
int64_t adj_ui_pyramid_find(const AdjUiPyramid *p, double x);

// Points [from, to).
AdjUiStretch adj_ui_pyramid_stretch(const AdjUiPyramid *p, int64_t from, int64_t to);

// Bytes that it holds.
int64_t adj_ui_pyramid_bytes(const AdjUiPyramid *p);
