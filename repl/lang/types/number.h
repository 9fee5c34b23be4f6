// SPDX-License-Identifier: Apache-2.0
// What the numeric types share beyond the machine's interface in value.h.
#pragma once

#include "lang/value.h"

// Calls the method [dunder] if the class of [v] was written in the language and defines it.
// 1: called, new reference in [out]; 0: there is none; -1: failed.
int adj_number_special(AdjVM *vm, AdjVal v, const char *dunder, AdjVal *out);

// Reads the whole of [text] as int() does: blanks around, sign, prefix, underscores. Base 0
// takes the base from the prefix. Raises ValueError or OverflowError.
bool adj_int_parse(AdjVM *vm, AdjStr *text, int64_t base, int64_t *out);

// int(f): ValueError for nan, OverflowError for what does not fit.
bool adj_int_from_double(AdjVM *vm, double f, int64_t *out);

// float(text), with ValueError.
bool adj_float_from_str(AdjVM *vm, AdjStr *text, double *out);

// round(v, digits); [digits] unset: to int.
bool adj_number_round(AdjVM *vm, AdjVal v, AdjVal digits, AdjVal *out);

// The floor quotient and remainder in one tuple. NotImplemented if not both are numbers.
bool adj_number_divmod(AdjVM *vm, AdjVal a, AdjVal b, AdjVal *out);
