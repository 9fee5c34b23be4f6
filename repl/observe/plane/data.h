// SPDX-License-Identifier: Apache-2.0
// data.h: the points of the plane that a program learns from: which of its tensors they are,
// and how they are changed while it runs.
#pragma once
#include "observe/watching.h"

// ---- guess.c: what the last recorded step fed to a module, else what the variables look like

const char *adj_guess_module(AdjVM *vm);  // interned; NULL: there is none
// Names of the scope, NULL: none was found.
typedef struct AdjDataNames {
    const char *points, *labels;
} AdjDataNames;
void adj_guess_data(AdjVM *vm, AdjDataNames *out);
const char *adj_guess_labels(AdjVM *vm, const char *points);
// Whether the loss of the last step takes scores of one class.
bool adj_guess_is_score(void);
// A square around the points (those of [points], or the guessed ones), with a margin.
void adj_guess_range(AdjVM *vm, const char *points, double *x, double *y);
AdjDtype adj_first_dtype(const AdjModule *m);  // of its numbers; f32 when it has none

// A tensor of points has two columns and one row for each; labels have one number for each.
bool adj_are_points(const AdjTensor *t);
bool adj_are_labels(const AdjTensor *t, int64_t n);
// "data": what tells one state of the points from the next.
void adj_put_data_state(AdjAnswerText *o, AdjVM *vm, const char *points);

// ---- edits.c: changes wait until the program is between two steps

void adj_edits_finish(AdjSession *s);  // a cell is over: what waits is done
void adj_edits_forget(void);
