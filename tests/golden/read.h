// SPDX-License-Identifier: Apache-2.0
// Reads the golden files: a family's lines (NAME.cases) and its tensors (NAME.safetensors),
// which ref/ops.py wrote and describes. The tensors stay in one block of memory that the table
// points into; nothing here is hardened, because these files belong to the tests.
#pragma once
#include "adjoint.h"

typedef struct GoldenTensor {
    char name[16];  // "7.x0"
    AdjDtype dtype;
    AdjShape shape;
    const void *data;
} GoldenTensor;

typedef struct GoldenCase {
    const char *op;
    int order;         // highest derivative stored
    double tolerance;  // multiplies the comparison's own; 0: every bit
    const char *flags;
    const char *text;
} GoldenCase;

typedef struct GoldenSet {
    int n_cases, n_tensors;
    GoldenCase *cases;
    GoldenTensor *tensors;  // by name
    char *lines, *bytes;    // what the above point into
} GoldenSet;

// The whole file and a NUL, or NULL. The caller frees it.
char *golden_read(const char *folder, const char *file, size_t *size);
// Cuts [line] in place at its tabs; the number of fields, at most [n].
int golden_fields(char *line, const char **fields, int n);
bool golden_open(GoldenSet *set, const char *folder, const char *family);
void golden_close(GoldenSet *set);
// The tensor `number.letter index`, or NULL.
const GoldenTensor *golden_find(const GoldenSet *set, int number, char letter, int index);
// The same as a tensor of the engine in the current scope, or NULL; f16, bf16 and f32 widened
// to f64 when [wide].
AdjTensor *golden_tensor(const GoldenTensor *t, bool wide);
