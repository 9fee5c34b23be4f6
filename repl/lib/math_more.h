// SPDX-License-Identifier: Apache-2.0
// What the two files of the module math share.
#pragma once

#include "lib.h"

#define MORE(name, sig, doc) \
    bool adj_math_##name(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out);
#include "math_more.def"
#undef MORE

// [r] as the result of a function: nan and infinities that the arguments did not bring are
// errors, an infinity "math domain error" at a [pole] and "math range error" otherwise.
bool adj_math_result(AdjVM *vm, double r, bool nan_in, bool infinite_in, bool pole,
                     AdjVal *out);
