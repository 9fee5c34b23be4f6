// SPDX-License-Identifier: Apache-2.0
// lookup.h: finding values by what is written, without running anything: for help, completion
// and hints.
#pragma once
#include "session/session.h"

// The value of a dotted name: a variable of the main module or of the prelude, then attributes.
// New reference; false, with no exception standing, when there is none.
bool adj_lookup(AdjSession *s, const char *text, size_t length, AdjVal *out);

// "(x, dim=None)" of a callable; false when it has none to show.
bool adj_lookup_signature(AdjSession *s, AdjVal v, char *text, size_t room);

// Where the dotted name that ends at [at] begins.
size_t adj_lookup_name_start(const char *text, size_t at);

// The call whose argument list holds [at]: the range of the callee's name, and how many commas
// stand between its bracket and [at]. False when [at] is in no call.
typedef struct AdjCallAt {
    size_t start, end;
    int argument;
} AdjCallAt;
bool adj_lookup_call(const char *text, size_t at, AdjCallAt *out);
