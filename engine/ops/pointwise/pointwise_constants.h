// SPDX-License-Identifier: Apache-2.0
// pointwise_constants.h: the constants that formulas and derivatives of pointwise.def name.
// Apart from pointwise.h because the operations on tensors need them without the scalar
// functions.
#pragma once
#define PI 3.14159265358979323846
#define LN2 0.69314718055994530942
#define LN10 2.30258509299404568402
#define SQRT1_2 0.70710678118654752440    // 1 / sqrt 2
#define SQRT_2_PI 0.79788456080286535588  // sqrt (2 / pi)
#define SQRT_PI 1.77245385090551602730
#define SQRT1_2PI 0.39894228040143267794  // 1 / sqrt (2 pi)
// Klambauer, Unterthiner, Mayr, Hochreiter 2017.
#define SELU_ALPHA 1.6732632423543772848
#define SELU_SCALE 1.0507009873554804934
