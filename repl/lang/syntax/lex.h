// SPDX-License-Identifier: Apache-2.0
// Text to tokens, one at a time. The parser reads them all and stops at the first ERROR; the
// highlighter asks for comments too and goes on after errors, so the lexer always makes
// progress and always ends in END. A token is a kind and a place; its text is in the source.
#ifndef ADJ_LANG_LEX_H
#define ADJ_LANG_LEX_H

#include "lang/syntax/parse.h"

typedef enum AdjTokenKind {
#define TOKEN(KIND, what) ADJ_TOKEN_##KIND,
#define KEYWORD(KIND, text) ADJ_TOKEN_##KIND,
#define PUNCT(KIND, text) ADJ_TOKEN_##KIND,
#define INFIX(KIND, text, precedence, op) ADJ_TOKEN_##KIND,
#define COMPARISON(KIND, text, op) ADJ_TOKEN_##KIND,
#define AUGMENTED(KIND, text, op) ADJ_TOKEN_##KIND,
#define OPERATOR_TOKEN(KIND, text) ADJ_TOKEN_##KIND,
#include "lang/syntax/tokens.def"
    ADJ_TOKEN_KIND_COUNT
} AdjTokenKind;

typedef enum AdjTokenClass {
    ADJ_TOKEN_CLASS_OTHER,
    ADJ_TOKEN_CLASS_KEYWORD,
    ADJ_TOKEN_CLASS_PUNCT,
    ADJ_TOKEN_CLASS_OPERATOR,
} AdjTokenClass;

// What the rows of tokens.def say about a kind.
typedef struct AdjTokenRow {
    const char *text;    // spelling, or a word for people
    uint8_t length;      // of the spelling
    uint8_t class;       // AdjTokenClass
    uint8_t precedence;  // infix operators: 1 and up; others 0
    uint8_t op;          // AdjAstOp of infix, comparison and augmented tokens
    bool comparison;
    bool augmented;
} AdjTokenRow;

typedef struct AdjToken {
    uint8_t kind;         // AdjTokenKind
    uint8_t depth;        // open brackets before this token
    uint32_t line;        // of start, from 1
    uint32_t start, end;  // byte offsets
} AdjToken;

enum {
    ADJ_LEX_COMMENTS = 1,  // COMMENT tokens are given, not skipped
    ADJ_LEX_CELL = 2,      // %magic and x? lines are tokens
    ADJ_LEX_INNER = 4,  // inside an f-string's braces: line ends and indentation mean nothing
};

// CPython's own limits, so that the same programs are refused with the same words.
enum { ADJ_LEX_MAX_INDENT = 100, ADJ_LEX_MAX_BRACKETS = 200 };

typedef struct AdjLexBracket {
    uint32_t offset, line;
    char open;
} AdjLexBracket;

typedef struct AdjLexer {
    const char *text;  // borrowed
    uint32_t pos, end;
    uint32_t line;
    uint32_t line_start;  // offset of the current line
    unsigned flags;
    bool at_line_start;  // indentation still to be measured
    bool has_content;    // the logical line has a token, so it ends in NEWLINE
    bool may_be_cell_line;
    int dedents;       // DEDENT tokens still to give
    int indent_count;  // entries in use, the outermost 0 included
    int bracket_count;
    uint32_t indent[ADJ_LEX_MAX_INDENT];      // columns with tabs to multiples of 8
    uint32_t alt_indent[ADJ_LEX_MAX_INDENT];  // columns with tabs of width 1: both must agree
    AdjLexBracket bracket[ADJ_LEX_MAX_BRACKETS];
    AdjParseError error;  // of the last ERROR token
    bool open_string;     // the last ERROR was a triple-quoted string without its end
    bool open_backslash;  // the last ERROR was a backslash at the very end
} AdjLexer;

const AdjTokenRow *adj_token_row(AdjTokenKind kind);

// Starts at [start], ends at [end]; [text] must outlive the lexer. Cannot fail.
void adj_lex_init(AdjLexer *lex, const char *text, uint32_t start, uint32_t end,
                  unsigned flags);
// The next token; END for ever once the text is through.
AdjToken adj_lex_next(AdjLexer *lex);

// Length of the prefix letters (r, f, u, b in any legal combination) if a string literal starts
// at [text], else -1.
int adj_lex_string_prefix(const char *text, size_t length);
#endif
