// SPDX-License-Identifier: Apache-2.0
// exercise.h: the rows of exercises.def, and what is wrong with a gradient, between the files
// that ask.
#pragma once
#include "observe/watching.h"

typedef struct AdjExercise {
    const char *name, *title, *formula, *inputs, *forward, *rule, *hints;
} AdjExercise;

typedef struct AdjMutant {
    const char *exercise, *mistake, *rule;
} AdjMutant;

extern const AdjExercise adj_exercises[];  // both end with a row without a name
extern const AdjMutant adj_mutants[];

// How a gradient differs from the right one. [axis]: of the wrong one, -1 where none is meant.
typedef struct AdjDiagnosis {
    const char *kind;  // "right", "transposed", "unsummed" ...; a literal
    int axis;
    char text[256];  // a sentence
} AdjDiagnosis;

// Both of float64, on the CPU, contiguous; [rows]: what the first axis of dY counts, 0:
// nothing.
void adj_diagnose(AdjTensor *right, AdjTensor *given, int64_t rows, AdjDiagnosis *out);
bool adj_gradients_agree(AdjTensor *right, AdjTensor *given);
