// SPDX-License-Identifier: Apache-2.0
//
// Marking a predicted gradient: the rows of repl/export/quiz.def, which the exported pages read
// too, so that a student hears the same reason everywhere.
#pragma once

#include <stdbool.h>

// What is known of one element of the gradient that an operation sends to one of its inputs.
typedef struct AdjUiQuestion {
    double truth;
    double upstream, local;  // of the one product that it is; NaN: it is a sum of several
    double before;           // what came to the input from other readers, NaN: not known
    const double *products;  // of the sum
    int product_count;
} AdjUiQuestion;

typedef struct AdjUiMark {
    const char *name;  // of the row
    const char *text;  // N_(): what the student is told
    bool right;
} AdjUiMark;

// The mark for what was typed: a number (with a minus sign of any kind, a comma or a point), or
// a sign alone. Constant; never NULL.
const AdjUiMark *adj_ui_quiz_mark(const AdjUiQuestion *q, const char *answer);
