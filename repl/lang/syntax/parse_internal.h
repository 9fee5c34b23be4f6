// SPDX-License-Identifier: Apache-2.0
// What the files of the parser share. parse.c owns the parser's state and the statements,
// parse_expr.c the expressions, parse_string.c the literals of text, parse_check.c what may
// stand where and how a mistake is worded. All are recursive descent over an array of tokens.
//
// Convention. A function that makes a node returns NULL on failure, and then the error is set;
// the first error stands. On success the current token is the first one it did not take.
#ifndef ADJ_LANG_PARSE_INTERNAL_H
#define ADJ_LANG_PARSE_INTERNAL_H

#include "lang/syntax/lex.h"

typedef enum AdjScopeKind {
    ADJ_SCOPE_MODULE,
    ADJ_SCOPE_FUNCTION,
    ADJ_SCOPE_CLASS,
    ADJ_SCOPE_COMPREHENSION,
} AdjScopeKind;

// The scope being parsed, on the C stack of the function that opened it.
typedef struct AdjParseScope {
    struct AdjParseScope *outer;
    AdjScopeKind kind;
    unsigned loops;  // loops around the current statement
    bool has_yield;
} AdjParseScope;

typedef struct AdjTokens {
    AdjToken *items;  // owned; the last is END or ERROR
    uint32_t count, capacity;
} AdjTokens;

typedef struct AdjParser {
    AdjArena *arena;
    const char *text;
    AdjTokens tokens;
    uint32_t pos;                // index of the current token
    AdjParseError *error;        // kind OK while nothing has gone wrong
    AdjParseError late;          // the first mistake that counts only if the rest parses
    AdjParseError lex_error;     // of the ERROR token, if the tokens end in one
    AdjLexBracket open_bracket;  // the innermost bracket left open at END; open is 0 for none
    unsigned depth;              // of recursion
    unsigned format_depth;       // f-strings around the current expression
    bool trial;                  // looking ahead after an error: no wording, no late mistakes
    AdjParseScope *scope;
    AdjAst **stack;  // lists being collected, owned
    size_t stack_count, stack_capacity;
    AdjText *names;  // open hash table of identifiers, owned; capacity a power of two
    uint32_t name_count, name_capacity;
    char *bytes;  // the literal being decoded, owned
    size_t byte_count, byte_capacity;
    uint32_t furthest;       // the token the error is about
    bool late_shown;         // the error is a late mistake: the text parsed to its end
    bool waits_for_line;     // the ERROR token is a backslash at the very end
    bool waits;              // the ERROR token ends a text that more lines would mend
    AdjAst *last_operand;    // the last whole disjunction, and the token after it: "a b" in
    uint32_t after_operand;  //   brackets lacks a comma
} AdjParser;

// ---- parse.c: state ----

static inline const AdjToken *adj_parse_token(const AdjParser *p)
{
    return &p->tokens.items[p->pos];
}

// The kind of the token [ahead] places on; stops at the last one.
static inline AdjTokenKind adj_parse_peek(const AdjParser *p, uint32_t ahead)
{
    uint32_t last = p->tokens.count - 1;
    return (AdjTokenKind)p->tokens.items[ahead < last - p->pos ? p->pos + ahead : last].kind;
}

static inline bool adj_parse_at(const AdjParser *p, AdjTokenKind kind)
{
    return adj_parse_token(p)->kind == kind;
}

static inline void adj_parse_advance(AdjParser *p)
{
    if (p->pos + 1 < p->tokens.count) p->pos++;
}

// Takes the current token if it is a [kind].
bool adj_parse_accept(AdjParser *p, AdjTokenKind kind);
// Takes it or fails with "invalid syntax".
bool adj_parse_expect(AdjParser *p, AdjTokenKind kind);
// End of the last token taken.
uint32_t adj_parse_end(const AdjParser *p);

// Reads all tokens of [start, end) into p->tokens, which the caller has emptied.
bool adj_parse_tokenize(AdjParser *p, uint32_t start, uint32_t end, uint32_t line,
                        unsigned flags);

// One level of recursion more; false (error set) when there are too many. Pair with leave.
bool adj_parse_enter(AdjParser *p);
static inline void adj_parse_leave(AdjParser *p)
{
    p->depth--;
}

static inline AdjSpan adj_parse_token_span(const AdjParser *p)
{
    return (AdjSpan){adj_parse_token(p)->start, adj_parse_token(p)->end};
}

// A node that starts at byte [start]; fill in its fields, then call done, which sets its end
// and depth. NULL from new passes through done.
AdjAst *adj_parse_new(AdjParser *p, AdjAstKind kind, uint32_t start);
AdjAst *adj_parse_done(AdjParser *p, AdjAst *node);

// Lists: mark = p->stack_count; push ...; take(mark). push of NULL fails unless the error is
// unset, when it is a NULL entry.
bool adj_parse_push(AdjParser *p, AdjAst *node);
bool adj_parse_take(AdjParser *p, size_t mark, AdjAstList *list);

// The interned text of bytes, and of the current token.
AdjText adj_parse_intern(AdjParser *p, const char *bytes, uint32_t length);
// Takes a NAME into [name], or fails.
bool adj_parse_name(AdjParser *p, AdjText *name);
// The NAME as a node.
AdjAst *adj_parse_name_node(AdjParser *p);
// A copy of [length] bytes in the arena.
AdjText adj_parse_text(AdjParser *p, const char *bytes, size_t length);

// ---- parse_stmt.c ----

// All statements up to END, as a MODULE over [0, length).
AdjAst *adj_parse_module(AdjParser *p, uint32_t length);

// ---- parse_expr.c, parse_display.c, parse_args.c ----

bool adj_parse_starts_expression(const AdjParser *p);  // decides about optional parts

AdjAst *adj_parse_expression(AdjParser *p);   // no walrus, no bare comma
AdjAst *adj_parse_named(AdjParser *p);        // with walrus
AdjAst *adj_parse_disjunction(AdjParser *p);  // no conditional, no lambda
AdjAst *adj_parse_bitwise(AdjParser *p);      // `|` and tighter: for targets
AdjAst *adj_parse_tuple(AdjParser *p);        // expressions and stars, commas make a tuple
AdjAst *adj_parse_yield(AdjParser *p);        // the current token is `yield`
AdjAst *adj_parse_value(AdjParser *p);        // yield or tuple: the right side of `=`
AdjAst *adj_parse_targets(AdjParser *p);      // after `for`
AdjAst *adj_parse_starred(AdjParser *p);      // the current token is `*`
AdjAst *adj_parse_list(AdjParser *p);         // the current token is `[`
AdjAst *adj_parse_brace(AdjParser *p);        // the current token is `{`
bool adj_parse_clauses(AdjParser *p, AdjAstList *clauses);  // `for` ... of a comprehension
// What stands between ( and ): yield, a tuple, a generator, or one expression, which comes back
// as itself. [close] is taken; it is END inside an f-string's braces.
AdjAst *adj_parse_inside_parens(AdjParser *p, uint32_t start, AdjTokenKind close);
bool adj_parse_arguments(AdjParser *p, AdjAstList *args);  // after `(`, up to and with `)`
// Parameters up to [close], which is not taken. Annotations only for def.
bool adj_parse_params(AdjParser *p, AdjTokenKind close, AdjAstList *params);

// ---- parse_string.c ----

// One or more adjacent literals: STR or FSTRING.
AdjAst *adj_parse_strings(AdjParser *p);

// ---- parse_check.c ----

// Fails with a sentence over a span; returns NULL, which also serves as false.
void *adj_parse_fail(AdjParser *p, AdjSpan span, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void *adj_parse_fail_indent(AdjParser *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void *adj_parse_no_memory(AdjParser *p);
// A mistake CPython reports only when everything parses: kept unless an earlier one is.
void adj_parse_late(AdjParser *p, AdjSpan span, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// A star that no comma makes part of a tuple is a late mistake.
void adj_parse_check_lone_star(AdjParser *p, const AdjAst *node);
// The current token cannot stand here: the most helpful wording for it.
void *adj_parse_unexpected(AdjParser *p);
// Takes `:`. At the end of a line, or when [forced], its absence is "expected ':'".
bool adj_parse_colon(AdjParser *p, bool forced);
// `=` after [left] where only == or := make sense. Fails.
void *adj_parse_bad_equals(AdjParser *p, AdjAst *left);

typedef enum AdjTargetUse { ADJ_TARGET_ASSIGN, ADJ_TARGET_FOR, ADJ_TARGET_DELETE } AdjTargetUse;

// May [node] be assigned to, looped over, deleted? Fails with CPython's words if not.
bool adj_parse_check_target(AdjParser *p, const AdjAst *node, AdjTargetUse use);
// `:=` after something that is not a name. Fails.
void *adj_parse_bad_walrus(AdjParser *p, const AdjAst *left);
// `:` after something that cannot be annotated. Fails.
void *adj_parse_bad_annotation(AdjParser *p, const AdjAst *target);
// The last element of a tuple without parentheses, else the node itself.
const AdjAst *adj_parse_last_item(const AdjAst *node);
// `left = ...` as a statement: like check_target, but guesses at a comparison.
bool adj_parse_check_assign(AdjParser *p, AdjAst *left, bool first);
// "function call", "literal" ...: what a target message calls the node.
const char *adj_parse_describe(const AdjAst *node);

#endif
