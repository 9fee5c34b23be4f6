// SPDX-License-Identifier: Apache-2.0
// The lexer: CPython 3.11's tokenizer rules over a plain byte range.
//
// Design. One function per shape of token; spellings come from tokens.def, longest match first.
// The state that Python's layout needs is small: a stack of indentation columns (measured
// twice, with tabs of 8 and of 1, which must agree), a stack of open brackets (inside them line
// ends mean nothing), and how many DEDENTs are still owed. Strings are only delimited here;
// decoding them is parse_string.c's. Numbers are only checked for shape; the parser takes their
// value.
//
// Invariant: every call moves `pos` forward, or gives an owed DEDENT, a NEWLINE at the end of
// the text, or END. So lexing any bytes ends, after an error too.
//
// Left out: complex numbers (the parser says so), NFKC folding of identifiers.
#include "lang/syntax/lex.h"
#include "lang/types/str_utf8.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const AdjTokenRow rows[] = {
#define TOKEN(KIND, what) [ADJ_TOKEN_##KIND] = {what, 0, ADJ_TOKEN_CLASS_OTHER, 0, 0, 0, 0},
#define SPELT(KIND, t, class, precedence, op, comparison, augmented) \
    [ADJ_TOKEN_##KIND] = {t, sizeof t - 1, class, precedence, op, comparison, augmented},
#define KEYWORD(KIND, t) SPELT(KIND, t, ADJ_TOKEN_CLASS_KEYWORD, 0, 0, 0, 0)
#define PUNCT(KIND, t) SPELT(KIND, t, ADJ_TOKEN_CLASS_PUNCT, 0, 0, 0, 0)
#define INFIX(KIND, t, p, op) SPELT(KIND, t, ADJ_TOKEN_CLASS_OPERATOR, p, ADJ_OP_##op, 0, 0)
#define COMPARISON(KIND, t, op) SPELT(KIND, t, ADJ_TOKEN_CLASS_OPERATOR, 0, ADJ_OP_##op, 1, 0)
#define AUGMENTED(KIND, t, op) SPELT(KIND, t, ADJ_TOKEN_CLASS_OPERATOR, 0, ADJ_OP_##op, 0, 1)
#define OPERATOR_TOKEN(KIND, t) SPELT(KIND, t, ADJ_TOKEN_CLASS_OPERATOR, 0, 0, 0, 0)
#include "lang/syntax/tokens.def"
};
#undef SPELT

// First and last of a class lie together in tokens.def; these name the ends.
enum {
    FIRST_KEYWORD = ADJ_TOKEN_FALSE,
    LAST_KEYWORD = ADJ_TOKEN_YIELD,
    FIRST_SYMBOL = ADJ_TOKEN_LPAREN,
    LAST_SYMBOL = ADJ_TOKEN_PIPE,
};

const AdjTokenRow *adj_token_row(AdjTokenKind kind)
{
    return &rows[kind];
}

// ---- characters ----

// Decodes the character at the current position. Returns its length in bytes, 0 when they are
// not UTF-8.
static uint32_t decode(const AdjLexer *lex, uint32_t *code)
{
    const char *here = lex->text + lex->pos;
    size_t length = adj_utf8_step((unsigned char)*here), bad = 0;
    if (length > lex->end - lex->pos || !adj_utf8_check(here, length, &bad)) return 0;
    *code = adj_utf8_take(&here);
    return (uint32_t)length;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// The byte [ahead] of the current position; 0 past the end. A NUL byte in the text therefore
// reads like the end; the callers that care compare pos with end.
static int peek(const AdjLexer *lex, uint32_t ahead)
{
    return ahead < lex->end - lex->pos ? (unsigned char)lex->text[lex->pos + ahead] : 0;
}

static bool at_end(const AdjLexer *lex)
{
    return lex->pos >= lex->end;
}

// Length of the line end at the current position: 0, 1, or 2 for \r\n.
static uint32_t newline_length(const AdjLexer *lex)
{
    if (at_end(lex)) return 0;
    int c = peek(lex, 0);
    if (c == '\n') return 1;
    if (c == '\r') return peek(lex, 1) == '\n' ? 2 : 1;
    return 0;
}

static void skip_newline(AdjLexer *lex)
{
    lex->pos += newline_length(lex);
    lex->line++;
    lex->line_start = lex->pos;
}

// ---- tokens ----

static AdjToken make(const AdjLexer *lex, AdjTokenKind kind, uint32_t start, uint32_t line)
{
    return (AdjToken){(uint8_t)kind, (uint8_t)lex->bracket_count, line, start, lex->pos};
}

// An ERROR token over [start, end) with its message kept in lex->error.
static AdjToken fail(AdjLexer *lex, AdjParseErrorKind kind, uint32_t start, uint32_t end,
                     const char *format, ...)
{
    lex->error.kind = kind;
    lex->error.span = (AdjSpan){start, end};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(lex->error.message, sizeof lex->error.message, format, arguments);
    va_end(arguments);
    lex->has_content = true;
    return make(lex, ADJ_TOKEN_ERROR, start, lex->line);
}

#define SYNTAX(lex, start, end, ...) fail(lex, ADJ_PARSE_SYNTAX, start, end, __VA_ARGS__)

static AdjTokenKind keyword_or_name(const char *text, size_t length)
{
    int low = FIRST_KEYWORD, high = LAST_KEYWORD;
    while (low <= high) {
        int middle = (low + high) / 2;
        size_t n = rows[middle].length;
        int order = memcmp(text, rows[middle].text, length < n ? length : n);
        if (order == 0) order = length < n ? -1 : length > n;
        if (order == 0) return (AdjTokenKind)middle;
        if (order < 0) {
            high = middle - 1;
        } else {
            low = middle + 1;
        }
    }
    return ADJ_TOKEN_NAME;
}

static AdjToken bad_character(AdjLexer *lex, uint32_t start, uint32_t code, uint32_t length)
{
    lex->pos = start + length;
    if (!(adj_char_flags(code) & ADJ_CHAR_PRINTABLE)) {
        return SYNTAX(lex, start, lex->pos, "invalid non-printable character U+%04X", code);
    }
    return SYNTAX(lex, start, lex->pos, "invalid character '%.*s' (U+%04X)", (int)length,
                  lex->text + start, code);
}

static AdjToken lex_name(AdjLexer *lex)
{
    uint32_t start = lex->pos;
    while (!at_end(lex)) {
        uint32_t code = 0, n = decode(lex, &code);
        if (n == 0) {
            lex->pos++;
            return SYNTAX(lex, lex->pos - 1, lex->pos, "invalid UTF-8 in the source");
        }
        unsigned wanted = lex->pos == start ? ADJ_CHAR_NAME_START : ADJ_CHAR_NAME;
        bool fits = adj_char_flags(code) & wanted;
        if (!fits && code >= 0x80) return bad_character(lex, lex->pos, code, n);
        if (!fits) break;
        lex->pos += n;
    }
    return make(lex, keyword_or_name(lex->text + start, lex->pos - start), start, lex->line);
}

// ---- numbers ----

// Digits with single underscores between them; false when an underscore has no digit after it.
static bool skip_digits(AdjLexer *lex)
{
    for (;;) {
        while (is_digit(peek(lex, 0))) lex->pos++;
        if (peek(lex, 0) != '_') return true;
        lex->pos++;
        if (!is_digit(peek(lex, 0))) return false;
    }
}

// A number must not run into a name, except into the keywords that may follow a value: `1if x`.
static bool ends_cleanly(const AdjLexer *lex)
{
    int c = peek(lex, 0);
    if (!is_letter(c) && !is_digit(c) && c < 0x80) return true;
    static const char *const may_follow[] = {"and", "else", "for", "if",
                                             "in",  "is",   "not", "or"};
    for (size_t i = 0; i < sizeof may_follow / sizeof *may_follow; i++) {
        uint32_t n = (uint32_t)strlen(may_follow[i]);
        if (lex->end - lex->pos < n || memcmp(lex->text + lex->pos, may_follow[i], n)) continue;
        int after = peek(lex, n);
        return !is_letter(after) && !is_digit(after) && after < 0x80;
    }
    return false;
}

static AdjToken bad_number(AdjLexer *lex, uint32_t start, const char *base)
{
    while (is_letter(peek(lex, 0)) || is_digit(peek(lex, 0))) lex->pos++;
    return SYNTAX(lex, start, lex->pos, "invalid %s literal", base);
}

static bool is_digit_of(int c, int base)
{
    if (base == 16) {
        return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    }
    return c >= '0' && c < '0' + base;
}

static AdjToken lex_prefixed(AdjLexer *lex, int base, const char *name)
{
    uint32_t start = lex->pos;
    lex->pos += 2;
    do {
        if (peek(lex, 0) == '_') lex->pos++;
        int c = peek(lex, 0);
        if (!is_digit_of(c, base)) {
            if (!is_digit(c)) return bad_number(lex, start, name);
            lex->pos++;
            return SYNTAX(lex, lex->pos - 1, lex->pos, "invalid digit '%c' in %s literal", c,
                          name);
        }
        while (is_digit_of(peek(lex, 0), base)) lex->pos++;
    } while (peek(lex, 0) == '_');
    int c = peek(lex, 0);
    if (is_digit(c)) {
        lex->pos++;
        return SYNTAX(lex, lex->pos - 1, lex->pos, "invalid digit '%c' in %s literal", c, name);
    }
    if (!ends_cleanly(lex)) return bad_number(lex, start, name);
    return make(lex, ADJ_TOKEN_INT, start, lex->line);
}

// Fraction and exponent after the integer digits. False: malformed.
static bool skip_fraction(AdjLexer *lex, bool *is_float)
{
    if (peek(lex, 0) == '.') {
        lex->pos++;
        *is_float = true;
        if (is_digit(peek(lex, 0)) && !skip_digits(lex)) return false;
    }
    if ((peek(lex, 0) | 0x20) != 'e') return true;
    uint32_t sign = peek(lex, 1) == '+' || peek(lex, 1) == '-';
    if (!is_digit(peek(lex, 1 + sign))) return !sign;  // `1else`: the check at the end decides
    lex->pos += 1 + sign;
    *is_float = true;
    return skip_digits(lex);
}

static AdjToken lex_number(AdjLexer *lex)
{
    uint32_t start = lex->pos;
    int second = peek(lex, 1) | 0x20;
    if (peek(lex, 0) == '0') {
        if (second == 'x') return lex_prefixed(lex, 16, "hexadecimal");
        if (second == 'o') return lex_prefixed(lex, 8, "octal");
        if (second == 'b') return lex_prefixed(lex, 2, "binary");
    }
    bool is_float = false;
    if (!skip_digits(lex)) return bad_number(lex, start, "decimal");
    uint32_t whole_end = lex->pos;
    if (!skip_fraction(lex, &is_float)) return bad_number(lex, start, "decimal");
    if ((peek(lex, 0) | 0x20) == 'j') {
        lex->pos++;
        return SYNTAX(lex, start, lex->pos, "complex numbers are not supported");
    }
    bool only_zeros = true;
    for (uint32_t i = start; i < whole_end; i++) {
        if (lex->text[i] != '0' && lex->text[i] != '_') only_zeros = false;
    }
    if (!is_float && lex->text[start] == '0' && !only_zeros) {
        return SYNTAX(lex, start, lex->pos,
                      "leading zeros in decimal integer literals are not permitted; use an 0o "
                      "prefix for octal integers");
    }
    if (!ends_cleanly(lex)) return bad_number(lex, start, "decimal");
    return make(lex, is_float ? ADJ_TOKEN_FLOAT : ADJ_TOKEN_INT, start, lex->line);
}

// ---- strings ----

int adj_lex_string_prefix(const char *text, size_t length)
{
    bool raw = false, format = false, bytes = false, unicode = false;
    for (size_t i = 0; i < length && i < 3; i++) {
        if (text[i] == '"' || text[i] == '\'') return (int)i;
        int c = (unsigned char)text[i] | 0x20;
        bool *seen = c == 'r' ? &raw : c == 'f' ? &format : c == 'b' ? &bytes : &unicode;
        if ((seen == &unicode && c != 'u') || *seen) return -1;
        *seen = true;
        if ((bytes && format) || (unicode && (raw || format || bytes))) return -1;
    }
    return -1;
}

static AdjToken unterminated(AdjLexer *lex, uint32_t start, uint32_t line, bool triple)
{
    lex->open_string = triple;
    bool ended = lex->pos == lex->line_start && lex->line > line;  // a last line without text
    AdjToken token =
        SYNTAX(lex, start, start + 1, "unterminated %s literal (detected at line %u)",
               triple ? "triple-quoted string" : "string", lex->line - ended);
    token.line = line;
    return token;
}

static AdjToken lex_string(AdjLexer *lex, uint32_t prefix)
{
    uint32_t start = lex->pos, line = lex->line;
    lex->pos += prefix;
    int quote = peek(lex, 0);
    bool triple = peek(lex, 1) == quote && peek(lex, 2) == quote;
    lex->pos += triple ? 3 : 1;
    while (!at_end(lex)) {
        int c = peek(lex, 0);
        if (newline_length(lex)) {
            if (!triple) return unterminated(lex, start, line, false);
            skip_newline(lex);
        } else if (c == '\\' && lex->pos + 1 < lex->end) {
            lex->pos++;
            if (newline_length(lex)) {
                skip_newline(lex);
            } else {
                lex->pos++;
            }
        } else if (c == quote &&
                   (!triple || (peek(lex, 1) == quote && peek(lex, 2) == quote))) {
            lex->pos += triple ? 3 : 1;
            return make(lex, ADJ_TOKEN_STRING, start, line);
        } else {
            lex->pos++;
        }
    }
    return unterminated(lex, start, line, triple);
}

// ---- brackets and operators ----

static AdjToken close_bracket(AdjLexer *lex, AdjToken token, char close)
{
    if (lex->bracket_count == 0) {
        // The closing brace of an f-string's hole is found before its text is lexed, so here
        // every closer without an opener is the user's.
        return SYNTAX(lex, token.start, token.end, "unmatched '%c'", close);
    }
    AdjLexBracket open = lex->bracket[--lex->bracket_count];
    bool match = (open.open == '(' && close == ')') || (open.open == '[' && close == ']') ||
                 (open.open == '{' && close == '}');
    token.depth = (uint8_t)lex->bracket_count;
    if (match) return token;
    if (open.line != lex->line) {
        return SYNTAX(
            lex, token.start, token.end,
            "closing parenthesis '%c' does not match opening parenthesis '%c' on line %u",
            close, open.open, open.line);
    }
    return SYNTAX(lex, token.start, token.end,
                  "closing parenthesis '%c' does not match opening parenthesis '%c'", close,
                  open.open);
}

static AdjToken open_bracket(AdjLexer *lex, AdjToken token, char open)
{
    if (lex->bracket_count == ADJ_LEX_MAX_BRACKETS) {
        return SYNTAX(lex, token.start, token.end, "too many nested parentheses");
    }
    lex->bracket[lex->bracket_count++] = (AdjLexBracket){token.start, token.line, open};
    return token;
}

static AdjTokenKind longest_symbol(const AdjLexer *lex)
{
    const char *here = lex->text + lex->pos;
    size_t left = lex->end - lex->pos;
    int best = ADJ_TOKEN_ERROR;
    for (int k = FIRST_SYMBOL; k <= LAST_SYMBOL; k++) {
        size_t n = rows[k].length;
        if (rows[k].text[0] != here[0] || n > left || n <= rows[best].length) continue;
        if (memcmp(here, rows[k].text, n) == 0) best = k;
    }
    return (AdjTokenKind)best;
}

static AdjToken lex_symbol(AdjLexer *lex)
{
    uint32_t start = lex->pos;
    AdjTokenKind kind = longest_symbol(lex);
    if (kind == ADJ_TOKEN_ERROR) {
        int c = peek(lex, 0);
        lex->pos++;
        if (c == 0)
            return SYNTAX(lex, start, lex->pos, "source code cannot contain null bytes");
        if (c < 0x20 || c == 0x7f) return bad_character(lex, start, (uint32_t)c, 1);
        return SYNTAX(lex, start, lex->pos, "invalid syntax");
    }
    lex->pos += rows[kind].length;
    AdjToken token = make(lex, kind, start, lex->line);
    char c = rows[kind].text[0];
    if (c == '(' || c == '[' || c == '{') return open_bracket(lex, token, c);
    if (c == ')' || c == ']' || c == '}') return close_bracket(lex, token, c);
    return token;
}

// ---- prompt cells ----

static uint32_t line_end(const AdjLexer *lex, uint32_t from)
{
    while (from < lex->end && lex->text[from] != '\n' && lex->text[from] != '\r') from++;
    return from;
}

// `x?` and `x??`: the whole line is a name, attribute, index or call and ends in question
// marks. Strings must be closed and nothing may be commented, so that a `?` inside them stays
// text.
static bool is_help_line(const AdjLexer *lex, uint32_t end)
{
    const char *s = lex->text;
    uint32_t start = lex->pos;
    while (end > start && (s[end - 1] == ' ' || s[end - 1] == '\t')) end--;
    if (end - start < 2) return false;
    if (s[start] != '?' && s[end - 1] != '?') return false;
    unsigned quotes[2] = {0, 0};
    for (uint32_t i = start; i < end; i++) {
        if (s[i] == '#' || s[i] == '=' || s[i] == ';') return false;
        quotes[0] += s[i] == '\'';
        quotes[1] += s[i] == '"';
    }
    return quotes[0] % 2 == 0 && quotes[1] % 2 == 0;
}

// The prompt's own statements, known by their first or last character. %%name at the start of
// the cell takes the whole cell. True: [token] is filled in.
static bool lex_cell_line(AdjLexer *lex, AdjToken *token)
{
    uint32_t start = lex->pos, end = line_end(lex, start);
    AdjTokenKind kind = ADJ_TOKEN_HELP;
    if (peek(lex, 0) == '%') {
        bool whole = start == 0 && peek(lex, 1) == '%';
        if (!is_letter(peek(lex, whole ? 2 : 1))) return false;
        if (whole) end = lex->end;
        kind = is_help_line(lex, end) ? ADJ_TOKEN_HELP : ADJ_TOKEN_MAGIC;
    } else if (!is_help_line(lex, end)) {
        return false;
    }
    uint32_t line = lex->line;
    for (; lex->pos < end; lex->pos++) lex->line += lex->text[lex->pos] == '\n';
    *token = make(lex, kind, start, line);
    lex->has_content = true;
    return true;
}

// ---- layout ----

// Columns of the first character after the blanks at the current position, which it moves to.
static void measure_indent(AdjLexer *lex, uint32_t *column, uint32_t *alt)
{
    *column = *alt = 0;
    for (; !at_end(lex); lex->pos++) {
        int c = peek(lex, 0);
        if (c == ' ') {
            ++*column, ++*alt;
        } else if (c == '\t') {
            *column = (*column / 8 + 1) * 8;
            ++*alt;
        } else if (c == '\f') {
            *column = *alt = 0;
        } else {
            return;
        }
    }
}

static AdjToken bad_tabs(AdjLexer *lex)
{
    return fail(lex, ADJ_PARSE_TAB, lex->line_start, lex->pos,
                "inconsistent use of tabs and spaces in indentation");
}

// Compares the columns with the stack. True: [token] is an INDENT or an ERROR; DEDENTs are only
// counted, next() gives them.
static bool apply_indent(AdjLexer *lex, uint32_t column, uint32_t alt, AdjToken *token)
{
    int top = lex->indent_count - 1;
    if (column == lex->indent[top]) {
        if (alt == lex->alt_indent[top]) return false;
        return *token = bad_tabs(lex), true;
    }
    if (column > lex->indent[top]) {
        if (alt <= lex->alt_indent[top]) return *token = bad_tabs(lex), true;
        if (lex->indent_count == ADJ_LEX_MAX_INDENT) {
            *token = fail(lex, ADJ_PARSE_INDENTATION, lex->line_start, lex->pos,
                          "too many levels of indentation");
            return true;
        }
        lex->indent[lex->indent_count] = column;
        lex->alt_indent[lex->indent_count++] = alt;
        return *token = make(lex, ADJ_TOKEN_INDENT, lex->line_start, lex->line), true;
    }
    while (column < lex->indent[top]) top--, lex->dedents++;
    lex->indent_count = top + 1;
    if (column != lex->indent[top]) {
        *token = fail(lex, ADJ_PARSE_INDENTATION, lex->line_start, lex->pos,
                      "unindent does not match any outer indentation level");
        return true;
    }
    if (alt != lex->alt_indent[top]) return *token = bad_tabs(lex), true;
    return false;
}

static void skip_comment(AdjLexer *lex)
{
    lex->pos = line_end(lex, lex->pos);
}

// The start of a logical line. Lines with nothing but blanks and comments do not count. True:
// [token] is to be given.
static bool start_line(AdjLexer *lex, AdjToken *token)
{
    for (;;) {
        uint32_t column = 0, alt = 0;
        measure_indent(lex, &column, &alt);
        uint32_t start = lex->pos;
        if (peek(lex, 0) == '#') skip_comment(lex);
        bool comment = lex->pos > start;
        if (comment && (lex->flags & ADJ_LEX_COMMENTS)) {
            return *token = make(lex, ADJ_TOKEN_COMMENT, start, lex->line), true;
        }
        if (newline_length(lex)) {
            skip_newline(lex);
            continue;
        }
        if (at_end(lex)) return lex->at_line_start = false, false;
        lex->at_line_start = false;
        lex->may_be_cell_line = lex->flags & ADJ_LEX_CELL;
        return apply_indent(lex, column, alt, token);
    }
}

// Blanks, joined lines, and line ends inside brackets. True: [token] is an ERROR or a COMMENT.
static bool skip_blanks(AdjLexer *lex, AdjToken *token)
{
    for (;;) {
        int c = peek(lex, 0);
        if (!at_end(lex) && (c == ' ' || c == '\t' || c == '\f')) {
            lex->pos++;
        } else if (c == '#') {
            uint32_t start = lex->pos;
            skip_comment(lex);
            if (!(lex->flags & ADJ_LEX_COMMENTS)) continue;
            return *token = make(lex, ADJ_TOKEN_COMMENT, start, lex->line), true;
        } else if (c == '\\') {
            lex->pos++;
            if (at_end(lex)) {
                lex->open_backslash = true;
                *token = SYNTAX(lex, lex->pos - 1, lex->pos, "unexpected EOF while parsing");
                return true;
            }
            if (!newline_length(lex)) {
                *token = SYNTAX(lex, lex->pos, lex->pos + 1,
                                "unexpected character after line continuation character");
                return true;
            }
            skip_newline(lex);
            if (!at_end(lex)) continue;
            lex->open_backslash = true;
            *token = SYNTAX(lex, lex->pos, lex->pos, "unexpected EOF while parsing");
            return true;
        } else if (newline_length(lex) &&
                   (lex->bracket_count > 0 || (lex->flags & ADJ_LEX_INNER))) {
            skip_newline(lex);
        } else {
            return false;
        }
    }
}

// The end of the text: the last line is closed, then every block.
static AdjToken finish(AdjLexer *lex)
{
    bool layout = !(lex->flags & ADJ_LEX_INNER) && lex->bracket_count == 0;
    if (layout && lex->has_content) {
        lex->has_content = false;
        return make(lex, ADJ_TOKEN_NEWLINE, lex->pos, lex->line);
    }
    if (layout && lex->indent_count > 1) {
        lex->indent_count--;
        return make(lex, ADJ_TOKEN_DEDENT, lex->pos, lex->line);
    }
    return make(lex, ADJ_TOKEN_END, lex->pos, lex->line);
}

static AdjToken end_line(AdjLexer *lex)
{
    uint32_t start = lex->pos, line = lex->line;
    skip_newline(lex);
    lex->at_line_start = true;
    lex->has_content = false;
    return make(lex, ADJ_TOKEN_NEWLINE, start, line);
}

static AdjToken lex_here(AdjLexer *lex)
{
    int c = peek(lex, 0);
    if (at_end(lex)) return finish(lex);
    if (newline_length(lex)) return end_line(lex);
    lex->has_content = true;
    int prefix = adj_lex_string_prefix(lex->text + lex->pos, lex->end - lex->pos);
    if (prefix >= 0) return lex_string(lex, (uint32_t)prefix);
    if (is_letter(c) || c >= 0x80) return lex_name(lex);
    if (is_digit(c) || (c == '.' && is_digit(peek(lex, 1)))) return lex_number(lex);
    return lex_symbol(lex);
}

void adj_lex_init(AdjLexer *lex, const char *text, uint32_t start, uint32_t end, unsigned flags)
{
    memset(lex, 0, sizeof *lex);
    lex->text = text;
    lex->pos = lex->line_start = start;
    lex->end = end;
    lex->line = 1;
    lex->flags = flags;
    lex->indent_count = 1;
    lex->at_line_start = !(flags & ADJ_LEX_INNER);
    bool marked = start == 0 && end >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
    if (marked) lex->pos = lex->line_start = 3;
}

AdjToken adj_lex_next(AdjLexer *lex)
{
    AdjToken token;
    lex->open_string = lex->open_backslash = false;
    if (lex->at_line_start && start_line(lex, &token)) return token;
    if (lex->dedents > 0) {
        lex->dedents--;
        token = make(lex, ADJ_TOKEN_DEDENT, lex->pos, lex->line);
        return token;
    }
    bool cell_line = lex->may_be_cell_line;
    lex->may_be_cell_line = false;
    if (cell_line && lex_cell_line(lex, &token)) return token;
    if (skip_blanks(lex, &token)) return token;
    return lex_here(lex);
}
