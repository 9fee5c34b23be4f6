// SPDX-License-Identifier: Apache-2.0
// Text to tree. The one entry for programs is adj_parse; the prompt also asks
// adj_parse_incomplete whether to wait for more lines. Both take any bytes, NUL included, and
// use stack bounded by a counter. Messages are CPython 3.11's wherever CPython has one for the
// case.
#ifndef ADJ_LANG_PARSE_H
#define ADJ_LANG_PARSE_H

#include "lang/syntax/ast.h"

typedef enum AdjParseErrorKind {
    ADJ_PARSE_OK,
    ADJ_PARSE_SYNTAX,       // SyntaxError
    ADJ_PARSE_INDENTATION,  // IndentationError
    ADJ_PARSE_TAB,          // TabError
    ADJ_PARSE_MEMORY,       // MemoryError
} AdjParseErrorKind;

typedef struct AdjParseError {
    AdjParseErrorKind kind;
    AdjSpan span;       // what to underline; never empty unless the text ends there
    char message[256];  // one sentence, without the kind's name
} AdjParseError;

typedef struct AdjParseOptions {
    bool cell;  // prompt cells: %magic lines and `x?` are statements
} AdjParseOptions;

// The language's name for the kind: "SyntaxError" ...
const char *adj_parse_error_name(AdjParseErrorKind kind);

// Parses [length] bytes of UTF-8 into a MODULE in [arena]. NULL means [error] is filled in;
// what was built so far stays in the arena. [options] may be NULL: a plain program. Time is
// linear in the text.
AdjAst *adj_parse(AdjArena *arena, const char *text, size_t length,
                  const AdjParseOptions *options, AdjParseError *error);

// Must more lines come before this prompt cell can run? True inside brackets and triple-quoted
// strings, after a trailing backslash, and where a block lacks its body, a `try` its handlers
// or a decorator its function. A text that no further line would mend is complete: running it
// shows the error.
bool adj_parse_incomplete(const char *text, size_t length);

// Does the last line belong to a block that further lines could continue? A terminal ends such
// a cell at an empty line, which is the caller's to see.
bool adj_parse_block_open(const char *text, size_t length);

#endif
