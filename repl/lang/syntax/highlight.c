// SPDX-License-Identifier: Apache-2.0
// The highlighter: one walk over the tokens with one token of memory and one of foresight,
// which is enough to tell a definition, a call, an attribute and a keyword argument apart.
// Strings are walked once more for their escapes and, in f-strings, their holes, whose text is
// lexed in its place.
//
// Invariant: an f-string's hole is shorter than the string, so the recursion ends; MAX_NESTING
// keeps it off the stack for texts made to be deep.
#include "lang/syntax/highlight.h"

#include <string.h>

#include "lang/syntax/lex.h"

enum { MAX_NESTING = 8 };

typedef struct Walk {
    const char *text;
    const AdjHighlighter *to;
    unsigned nesting;  // f-strings around
} Walk;

static void walk_tokens(Walk *walk, uint32_t start, uint32_t end, unsigned flags);

static void emit(const Walk *walk, uint32_t start, uint32_t end, AdjHighlight class)
{
    if (start < end) walk->to->span(walk->to->self, start, end, class);
}

// ---- strings ----

// Where a hole's expression that starts at [at] ends: at its own `}`, `!` or `:`, or at [end].
static uint32_t hole_end(const char *s, uint32_t at, uint32_t end)
{
    unsigned depth = 0;
    char quote = 0;
    for (; at < end; at++) {
        char c = s[at], next = at + 1 < end ? s[at + 1] : '\0';
        if (quote) {
            if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '(' || c == '[' || c == '{') {
            depth++;
        } else if (depth == 0 && (c == '}' || c == ':' || (c == '!' && next != '='))) {
            return at;
        } else if ((c == ')' || c == ']' || c == '}') && depth) {
            depth--;
        }
    }
    return end;
}

// One hole from its `{` at [at]; returns where the literal goes on. A format may hold holes
// itself.
static uint32_t walk_hole(Walk *walk, uint32_t at, uint32_t end)
{
    const char *s = walk->text;
    uint32_t start = at + 1, stop = hole_end(s, start, end);
    emit(walk, at, start, ADJ_HIGHLIGHT_HOLE);
    emit(walk, start, stop, ADJ_HIGHLIGHT_NAME);  // blanks between its tokens are not string
    walk->nesting++;
    walk_tokens(walk, start, stop, ADJ_LEX_INNER | ADJ_LEX_COMMENTS);
    uint32_t mark = stop;
    while (stop < end && s[stop] != '}') {
        if (s[stop] != '{' || walk->nesting >= MAX_NESTING) {
            stop++;
            continue;
        }
        emit(walk, mark, stop, ADJ_HIGHLIGHT_HOLE);
        mark = stop = walk_hole(walk, stop, end);
    }
    walk->nesting--;
    if (stop < end) stop++;
    emit(walk, mark, stop, ADJ_HIGHLIGHT_HOLE);
    return stop;
}

static uint32_t escape_length(const char *s, uint32_t at, uint32_t end)
{
    if (at + 1 >= end) return 1;
    char c = s[at + 1];
    uint32_t length = c == 'x' ? 4 : c == 'u' ? 6 : c == 'U' ? 10 : 2;
    bool octal = c >= '0' && c <= '7';
    while (octal && length < 4 && at + length < end && s[at + length] >= '0' &&
           s[at + length] <= '7') {
        length++;
    }
    return length < end - at ? length : end - at;
}

// The body [at, end) of a literal: what is special in it goes on top of the string's own span.
static void walk_body(Walk *walk, uint32_t at, uint32_t end, bool raw, bool format)
{
    const char *s = walk->text;
    while (at < end) {
        if (s[at] == '\\' && !raw) {
            uint32_t length = escape_length(s, at, end);
            emit(walk, at, at + length, ADJ_HIGHLIGHT_ESCAPE);
            at += length;
        } else if (format && (s[at] == '{' || s[at] == '}') && at + 1 < end &&
                   s[at + 1] == s[at]) {
            emit(walk, at, at + 2, ADJ_HIGHLIGHT_ESCAPE);
            at += 2;
        } else if (format && s[at] == '{' && walk->nesting < MAX_NESTING) {
            at = walk_hole(walk, at, end);
        } else {
            at++;
        }
    }
}

// A literal, whole or (while it is typed) without its end.
static void walk_string(Walk *walk, AdjSpan span, uint32_t prefix)
{
    const char *s = walk->text + span.start;
    uint32_t length = span.end - span.start;
    bool raw = false, format = false;
    for (uint32_t i = 0; i < prefix; i++) {
        raw |= (s[i] | 0x20) == 'r';
        format |= (s[i] | 0x20) == 'f';
    }
    bool triple =
        length >= prefix + 3 && s[prefix + 1] == s[prefix] && s[prefix + 2] == s[prefix];
    uint32_t quotes = triple ? 3 : 1, end = length;
    bool closed = length >= prefix + 2 * quotes && s[length - 1] == s[prefix] &&
                  (!triple || (s[length - 2] == s[prefix] && s[length - 3] == s[prefix]));
    if (closed) end -= quotes;
    emit(walk, span.start, span.end, ADJ_HIGHLIGHT_STRING);
    walk_body(walk, span.start + prefix + quotes, span.start + end, raw, format);
}

// ---- tokens ----

typedef struct Context {
    AdjToken before, token, next;
    bool line_start;  // token is the first of its line
    bool decorator;   // between an `@` at the start of a line and what ends the dotted name
} Context;

static AdjHighlight name_class(const Walk *walk, const Context *c)
{
    const char *name = walk->text + c->token.start;
    size_t length = c->token.end - c->token.start;
    if (c->before.kind == ADJ_TOKEN_DEF) return ADJ_HIGHLIGHT_FUNCTION;
    if (c->before.kind == ADJ_TOKEN_CLASS) return ADJ_HIGHLIGHT_CLASS;
    if (c->decorator) return ADJ_HIGHLIGHT_DECORATOR;
    bool called = c->next.kind == ADJ_TOKEN_LPAREN;
    if (c->before.kind == ADJ_TOKEN_DOT) {
        return called ? ADJ_HIGHLIGHT_CALL : ADJ_HIGHLIGHT_ATTRIBUTE;
    }
    if (c->token.depth && c->next.kind == ADJ_TOKEN_ASSIGN &&
        (c->before.kind == ADJ_TOKEN_LPAREN || c->before.kind == ADJ_TOKEN_COMMA)) {
        return ADJ_HIGHLIGHT_KEYWORD_ARGUMENT;
    }
    AdjHighlight known = ADJ_HIGHLIGHT_NAME;
    if (walk->to->known) known = walk->to->known(walk->to->self, name, length);
    return known == ADJ_HIGHLIGHT_NAME && called ? ADJ_HIGHLIGHT_CALL : known;
}

static AdjHighlight token_class(const Walk *walk, const Context *c)
{
    AdjTokenKind kind = (AdjTokenKind)c->token.kind;
    switch (kind) {
    case ADJ_TOKEN_NAME: return name_class(walk, c);
    case ADJ_TOKEN_INT:
    case ADJ_TOKEN_FLOAT: return ADJ_HIGHLIGHT_NUMBER;
    case ADJ_TOKEN_NONE:
    case ADJ_TOKEN_TRUE:
    case ADJ_TOKEN_FALSE:
    case ADJ_TOKEN_ELLIPSIS: return ADJ_HIGHLIGHT_CONSTANT;
    case ADJ_TOKEN_COMMENT: return ADJ_HIGHLIGHT_COMMENT;
    case ADJ_TOKEN_PIPE: return ADJ_HIGHLIGHT_PIPE;
    case ADJ_TOKEN_MAGIC:
    case ADJ_TOKEN_HELP: return ADJ_HIGHLIGHT_MAGIC;
    case ADJ_TOKEN_COMMA:
    case ADJ_TOKEN_COLON:
    case ADJ_TOKEN_SEMICOLON:
    case ADJ_TOKEN_DOT: return c->decorator ? ADJ_HIGHLIGHT_DECORATOR : ADJ_HIGHLIGHT_PUNCT;
    case ADJ_TOKEN_AT: return c->line_start ? ADJ_HIGHLIGHT_DECORATOR : ADJ_HIGHLIGHT_OPERATOR;
    case ADJ_TOKEN_ERROR: return ADJ_HIGHLIGHT_ERROR;
    default: break;
    }
    switch (adj_token_row(kind)->class) {
    case ADJ_TOKEN_CLASS_KEYWORD: return ADJ_HIGHLIGHT_KEYWORD;
    case ADJ_TOKEN_CLASS_PUNCT: return ADJ_HIGHLIGHT_BRACKET;
    default: return ADJ_HIGHLIGHT_OPERATOR;
    }
}

// %name is marked, its arguments are not; a help request is marked at its question marks.
static void walk_cell_line(Walk *walk, AdjToken token)
{
    const char *s = walk->text;
    uint32_t start = token.start, end = token.end;
    if (token.kind == ADJ_TOKEN_MAGIC) {
        for (end = start; end < token.end && (unsigned char)s[end] > ' ';) end++;
        emit(walk, start, end, ADJ_HIGHLIGHT_MAGIC);
        return;
    }
    for (uint32_t i = start; i < end; i++) {
        if (s[i] == '?') emit(walk, i, i + 1, ADJ_HIGHLIGHT_MAGIC);
    }
}

static void walk_token(Walk *walk, Context *c)
{
    AdjToken token = c->token;
    const char *s = walk->text + token.start;
    bool cell_line = token.kind == ADJ_TOKEN_MAGIC || token.kind == ADJ_TOKEN_HELP;
    int prefix = token.kind == ADJ_TOKEN_STRING || token.kind == ADJ_TOKEN_ERROR
                     ? adj_lex_string_prefix(s, token.end - token.start)
                     : -1;
    if (c->line_start && token.kind == ADJ_TOKEN_AT) c->decorator = true;
    bool dotted = token.kind == ADJ_TOKEN_NAME || token.kind == ADJ_TOKEN_DOT;
    if (!dotted && !(c->line_start && token.kind == ADJ_TOKEN_AT)) c->decorator = false;
    if (cell_line) {
        walk_cell_line(walk, token);
    } else if (prefix >= 0) {
        walk_string(walk, (AdjSpan){token.start, token.end}, (uint32_t)prefix);
    } else {
        emit(walk, token.start, token.end, token_class(walk, c));
    }
}

static bool is_layout(AdjTokenKind kind)
{
    return kind == ADJ_TOKEN_NEWLINE || kind == ADJ_TOKEN_INDENT || kind == ADJ_TOKEN_DEDENT;
}

static void walk_tokens(Walk *walk, uint32_t start, uint32_t end, unsigned flags)
{
    AdjLexer lex;
    adj_lex_init(&lex, walk->text, start, end, flags);
    Context c = {.before = {.kind = ADJ_TOKEN_NEWLINE}, .line_start = true};
    c.token = adj_lex_next(&lex);
    while (c.token.kind != ADJ_TOKEN_END) {
        c.next = adj_lex_next(&lex);
        if (is_layout((AdjTokenKind)c.token.kind)) {
            c.line_start = true;
            c.decorator = false;
        } else {
            walk_token(walk, &c);
            if (c.token.kind != ADJ_TOKEN_COMMENT) c.line_start = false;
        }
        c.before = c.token;
        c.token = c.next;
    }
}

void adj_highlight(const char *text, size_t length, const AdjHighlighter *to)
{
    Walk walk = {.text = text, .to = to};
    if (length > UINT32_MAX / 4) return;
    walk_tokens(&walk, 0, (uint32_t)length, ADJ_LEX_COMMENTS | ADJ_LEX_CELL);
}
