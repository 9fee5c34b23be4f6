// SPDX-License-Identifier: Apache-2.0
// Doubles to decimal and back, digit for digit as Python: the shortest text that reads back as
// the same number, and correctly rounded text of any length. The process must keep LC_NUMERIC
// "C".
#ifndef ADJ_FORMAT_FLOAT_H
#define ADJ_FORMAT_FLOAT_H

#include "lang/types/str_text.h"

enum {
    ADJ_FLOAT_REPR_SIZE = 32,  // enough for any repr with its terminator
    ADJ_FLOAT_ALT = 1,         // '#': keep the point and trailing zeros
    ADJ_FLOAT_DOT0 = 2,        // a result without point or exponent gets ".0"
};

// Writes repr([x]) and a terminator; returns the length.
size_t adj_float_repr(double x, char out[ADJ_FLOAT_REPR_SIZE]);

// Adds [x] as presentation [type]: one of e E f F g G, or r for repr ([precision] unused).
// [flags] are ADJ_FLOAT_*. Negative numbers, -0.0 included, carry their sign; nan never does.
void adj_float_format(AdjText *text, double x, char type, int precision, unsigned flags);

// Reads the whole of [text] as float() does: blanks around, a sign, inf, infinity, nan,
// underscores between digits; ASCII only. Returns false if it is not a number.
bool adj_float_parse(const char *text, size_t size, double *out);

// round([x], [digits]): half to even on the exact binary value. False on overflow.
bool adj_float_round(double x, int64_t digits, double *out);

#endif
