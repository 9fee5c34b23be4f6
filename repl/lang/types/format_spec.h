// SPDX-License-Identifier: Apache-2.0
// Python's format specification,
// [[fill]align][sign][z][#][0][width][grouping][.precision][type], applied to the three types
// that have one. f-strings, format(), str.format and % formatting all end here. No dependency
// on the values of the VM.
#ifndef ADJ_FORMAT_SPEC_H
#define ADJ_FORMAT_SPEC_H

#include "lang/types/str_text.h"

typedef struct AdjFormatSpec {
    uint32_t fill;       // code point
    char align;          // '<', '>', '^' or '='
    char sign;           // '+', '-', ' ' or 0
    char grouping;       // ',', '_' or 0
    bool alternate;      // '#'
    bool no_minus_zero;  // 'z'
    uint32_t type;       // presentation type; 0: none given
    int64_t width;       // -1: none
    int64_t precision;   // -1: none
} AdjFormatSpec;

// Why a format was refused. Both kinds are the user's error, never ours.
typedef struct AdjFormatError {
    bool overflow;  // OverflowError instead of ValueError
    char text[200];
} AdjFormatError;

// Each adds the formatted value to [text], or returns false with [error] set. [type_name] is
// what messages call the value ("int", "bool", a subclass's name). An exhausted memory shows
// only in text->failed.
bool adj_format_int(AdjText *text, int64_t value, const char *spec, size_t size,
                    const char *type_name, AdjFormatError *error);
bool adj_format_float(AdjText *text, double value, const char *spec, size_t size,
                      const char *type_name, AdjFormatError *error);
bool adj_format_str(AdjText *text, const char *value, size_t value_size, const char *spec,
                    size_t size, AdjFormatError *error);

// The same with a specification that is already in parts, for % formatting.
bool adj_format_int_as(AdjText *text, int64_t value, const AdjFormatSpec *spec,
                       const char *type_name, AdjFormatError *error);
bool adj_format_float_as(AdjText *text, double value, const AdjFormatSpec *spec,
                         const char *type_name, AdjFormatError *error);
bool adj_format_str_as(AdjText *text, const char *value, size_t value_size,
                       const AdjFormatSpec *spec, AdjFormatError *error);

#endif
