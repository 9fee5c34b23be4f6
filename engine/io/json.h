// SPDX-License-Identifier: Apache-2.0
// json.h: reading JSON text token by token, as far as file headers need it.
//
// The reader is pulled: the caller says what it expects next and gets it or a failure that
// stays. It allocates nothing but the strings it hands out, which belong to the current scope,
// and it does not recurse: skipping a value counts brackets.
#pragma once
#include "core/internal.h"

typedef struct AdjJson {
    const char *at, *end;
    bool failed;  // once true, every call fails
} AdjJson;

static inline AdjJson adj_json_make(const char *text, size_t length)
{
    return (AdjJson){text, text + length, false};
}

// Takes [c], one of { } [ ] , : after any white space; false when something else comes.
ADJ_HIDDEN bool adj_json_take(AdjJson *j, char c);
// The same, as a demand: failing it fails the reader.
ADJ_HIDDEN bool adj_json_expect(AdjJson *j, char c);
// A string, unescaped, in UTF-8, NUL-terminated; NULL on failure. A NUL inside is refused.
ADJ_HIDDEN const char *adj_json_string(AdjJson *j);
// A whole number that fits; false on failure.
ADJ_HIDDEN bool adj_json_int(AdjJson *j, int64_t *out);
// Passes over any value.
ADJ_HIDDEN bool adj_json_skip(AdjJson *j);
// Whether only white space is left.
ADJ_HIDDEN bool adj_json_at_end(AdjJson *j);
