// SPDX-License-Identifier: Apache-2.0
// Colours for source text while it is typed: spans with classes, from the lexer alone. Any
// bytes are taken, and a text that is not finished, or wrong, gets the same colours up to
// there. Time is linear, so a whole cell may be asked about on every key.
#ifndef ADJ_LANG_HIGHLIGHT_H
#define ADJ_LANG_HIGHLIGHT_H

#include <stddef.h>
#include <stdint.h>

typedef enum AdjHighlight {
    ADJ_HIGHLIGHT_NAME,      // a name nobody knows more about
    ADJ_HIGHLIGHT_KEYWORD,   // if, for, lambda, and
    ADJ_HIGHLIGHT_CONSTANT,  // None, True, False, ...
    ADJ_HIGHLIGHT_NUMBER,
    ADJ_HIGHLIGHT_STRING,
    ADJ_HIGHLIGHT_ESCAPE,  // \n in a string, {{ in an f-string
    ADJ_HIGHLIGHT_HOLE,  // an f-string's braces, conversion and format; the expression between
                         // has its own classes
    ADJ_HIGHLIGHT_COMMENT,
    ADJ_HIGHLIGHT_OPERATOR,
    ADJ_HIGHLIGHT_PIPE,       // |>
    ADJ_HIGHLIGHT_BRACKET,    // ( ) [ ] { }
    ADJ_HIGHLIGHT_PUNCT,      // , : ; .
    ADJ_HIGHLIGHT_FUNCTION,   // the name a def gives
    ADJ_HIGHLIGHT_CLASS,      // the name a class statement gives, and classes [known] knows
    ADJ_HIGHLIGHT_BUILTIN,    // names [known] knows
    ADJ_HIGHLIGHT_CALL,       // a name that is called
    ADJ_HIGHLIGHT_ATTRIBUTE,  // after a dot
    ADJ_HIGHLIGHT_KEYWORD_ARGUMENT,
    ADJ_HIGHLIGHT_DECORATOR,  // @ and the name after it
    ADJ_HIGHLIGHT_MAGIC,      // %time, x?
    ADJ_HIGHLIGHT_ERROR,      // characters that cannot be read
    ADJ_HIGHLIGHT_COUNT,
} AdjHighlight;

typedef struct AdjHighlighter {
    void *self;  // first argument of the two functions
    // Gets the spans (byte offsets, end exclusive) in order of their start; a later one lies on
    // top of earlier ones. Blanks belong to no span.
    void (*span)(void *self, size_t start, size_t end, AdjHighlight class);
    // What a free name is: NAME, BUILTIN or CLASS. May be NULL: all are NAME.
    AdjHighlight (*known)(void *self, const char *name, size_t length);
} AdjHighlighter;

void adj_highlight(const char *text, size_t length, const AdjHighlighter *to);

#endif
