// SPDX-License-Identifier: Apache-2.0
// cure.h: what is said under an error of shapes, by the calls of modules and by operators.
#pragma once
#include "bind/bind.h"

// A module's call that failed: its path, and what it was given. [typed]: the program itself
// makes this call, or hands its argument through a container, so the argument may be quoted.
typedef struct AdjFailedCall {
    AdjVal module;
    const char *path;
    const AdjVal *args;
    int nargs;
    const AdjTensor *typed;
} AdjFailedCall;

// Adds to the standing exception where in the model it happened, the shapes of what came in and
// of the parameters, and what would likely make them fit. Once: an outer module adds nothing.
void adj_bind_note_module(AdjVM *vm, const AdjFailedCall *c);

// The last form that was proposed: what it is, and the place in the program that it is meant to
// take; end 0: it takes none. The text is empty before the first.
typedef struct AdjCure {
    char text[256];
    AdjPlace at;     // the expression that failed
    AdjPlace place;  // what the text would replace
} AdjCure;
const AdjCure *adj_bind_last_cure(void);

// Adds what would make the operands of the binary operator fit that the program is at.
void adj_bind_note_operands(AdjVM *vm, bool product, const AdjTensor *x, const AdjTensor *y);
