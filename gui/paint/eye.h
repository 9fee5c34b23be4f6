// SPDX-License-Identifier: Apache-2.0
//
// Where a scene in three dimensions lies on the screen, for painters and shaders alike: three
// rows that are multiplied with (x, y, z, 1). No perspective, so that equal lengths stay equal
// and a picture can be measured.
#pragma once

#include <math.h>

typedef struct AdjUiEye {
    double x[4], y[4];  // units of the screen from the top left
    double near[4];     // how near: greater covers smaller
} AdjUiEye;

// The origin at (left, top) of the screen, a unit of the scene [zoom] long; seen from [yaw]
// around the vertical z axis and [pitch] above the ground, both in radians.
static inline AdjUiEye adj_ui_eye(double yaw, double pitch, double zoom, double left,
                                  double top)
{
    double c = cos(yaw), s = sin(yaw), up = cos(pitch), over = sin(pitch);
    return (AdjUiEye){.x = {c * zoom, -s * zoom, 0, left},
                      .y = {s * over * zoom, c * over * zoom, -up * zoom, top},
                      .near = {s * up, c * up, over, 0}};
}

static inline double adj_ui_eye_row(const double row[4], double x, double y, double z)
{
    return row[0] * x + row[1] * y + row[2] * z + row[3];
}
