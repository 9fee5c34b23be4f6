// SPDX-License-Identifier: Apache-2.0
// Literals of text: adjacent ones are joined, escapes decoded, f-strings taken apart.
//
// An f-string is one token, as in CPython 3.11. Its holes are found by scanning for the end of
// the expression (brackets and quotes balanced, then one of `}`, `!`, `:`, `=`), and the
// expression is parsed from its own place in the source by the same parser over its own tokens:
// so every node in a hole has its true span.
//
// Invariant: p->bytes above the mark a function took is that function's; it is empty again when
// the piece of text becomes a node.
#include <stdlib.h>
#include <string.h>

#include "lang/syntax/parse_internal.h"
#include "lang/types/str_utf8.h"

// The part of a literal between its quotes, as far as it is read.
typedef struct Body {
    uint32_t start, pos, end;
    uint32_t line, line_pos;  // line of the byte at line_pos, which trails pos
    bool raw, bytes;
    uint32_t origin;  // where the token starts
    uint32_t finish;  // where it ends
} Body;

// ---- the buffer ----

static bool add_bytes(AdjParser *p, const char *bytes, size_t count)
{
    if (count == 0) return true;
    if (p->byte_count + count > p->byte_capacity) {
        size_t capacity = 2 * (p->byte_count + count) + 64;
        char *grown = realloc(p->bytes, capacity);
        if (!grown) return adj_parse_no_memory(p);
        p->bytes = grown;
        p->byte_capacity = capacity;
    }
    memcpy(p->bytes + p->byte_count, bytes, count);
    p->byte_count += count;
    return true;
}

static bool add_code(AdjParser *p, uint32_t code)
{
    char utf8[4];
    return add_bytes(p, utf8, adj_utf8_put(code, utf8));
}

// Source bytes with every line end as \n.
static bool add_source(AdjParser *p, uint32_t start, uint32_t end)
{
    for (uint32_t i = start; i < end; i++) {
        const char *c = p->text + i;
        if (*c == '\r' && i + 1 < end && c[1] == '\n') continue;
        if (!add_bytes(p, *c == '\r' ? "\n" : c, 1)) return false;
    }
    return true;
}

// The bytes since [mark] as a STR over [span].
static AdjAst *take_bytes(AdjParser *p, size_t mark, AdjSpan span)
{
    AdjAst *node = adj_parse_new(p, ADJ_AST_STR, span.start);
    if (!node) return NULL;
    const char *bytes = p->byte_count > mark ? p->bytes + mark : "";
    node->as_str.value = adj_parse_text(p, bytes, p->byte_count - mark);
    p->byte_count = mark;
    node = node->as_str.value.text ? adj_parse_done(p, node) : NULL;
    if (node) node->span = span;
    return node;
}

// ---- escapes ----

// Position in the literal as CPython counts it for its messages: a character outside ASCII is
// ten (the length of \U00000000, which its decoder sees).
static unsigned position_in(const AdjParser *p, const Body *body, uint32_t at)
{
    unsigned count = 0;
    for (uint32_t i = body->start; i < at; i++) {
        unsigned char c = (unsigned char)p->text[i];
        if (c == '\r' && i + 1 < at && p->text[i + 1] == '\n') continue;
        count += c < 0x80 ? 1 : c >= 0xc0 ? 10 : 0;
    }
    return count;
}

static void *fail_escape(AdjParser *p, const Body *body, uint32_t from, const char *what)
{
    if (body->bytes)
        return adj_parse_fail(p, (AdjSpan){from, body->pos},
                              "(value error) invalid \\x escape at position %u",
                              position_in(p, body, from));
    return adj_parse_fail(
        p, (AdjSpan){from, body->pos},
        "(unicode error) 'unicodeescape' codec can't decode bytes in position "
        "%u-%u: %s",
        position_in(p, body, from), position_in(p, body, body->pos) - 1, what);
}

static int hex_value(int c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// \xhh, \uhhhh, \Uhhhhhhhh; the letter has been read.
static bool hex_escape(AdjParser *p, Body *body, uint32_t from, int digits,
                       const char *truncated)
{
    uint32_t code = 0;
    for (int i = 0; i < digits; i++) {
        int value = body->pos < body->end ? hex_value((unsigned char)p->text[body->pos]) : -1;
        if (value < 0) return fail_escape(p, body, from, truncated);
        code = code << 4 | (uint32_t)value;
        body->pos++;
    }
    if (body->bytes) return add_bytes(p, &(char){(char)code}, 1);
    if (code > 0x10ffff) return fail_escape(p, body, from, "illegal Unicode character");
    return add_code(p, code);
}

static bool octal_escape(AdjParser *p, Body *body)
{
    uint32_t code = 0;
    for (int i = 0; i < 3 && body->pos < body->end; i++) {
        int c = p->text[body->pos];
        if (c < '0' || c > '7') break;
        code = code * 8 + (uint32_t)(c - '0');
        body->pos++;
    }
    return body->bytes ? add_bytes(p, &(char){(char)code}, 1) : add_code(p, code);
}

static bool named_escape(AdjParser *p, Body *body, uint32_t from)
{
    while (body->pos < body->end && p->text[body->pos] != '}') body->pos++;
    if (body->pos < body->end) body->pos++;
    return adj_parse_fail(
        p, (AdjSpan){from, body->pos},
        "\\N{...} escapes are not supported; write the character itself or \\u "
        "and its code");
}

// After a backslash at body->pos - 1. An escape Python does not know stays as it is.
static bool escape(AdjParser *p, Body *body)
{
    static const char simple[] = "\\\\''\"\"a\ab\bf\fn\nr\rt\tv\v";
    uint32_t from = body->pos - 1;
    char c = p->text[body->pos];
    if (c >= '0' && c <= '7') return octal_escape(p, body);
    body->pos++;
    switch (c) {
    case '\n': return true;
    case '\r':
        if (body->pos < body->end && p->text[body->pos] == '\n') body->pos++;
        return true;
    case 'u':
    case 'U':
    case 'N':
        if (!body->bytes) break;
        body->pos--;
        return add_bytes(p, "\\", 1);
    default: break;
    }
    switch (c) {
    case 'x': return hex_escape(p, body, from, 2, "truncated \\xXX escape");
    case 'u': return hex_escape(p, body, from, 4, "truncated \\uXXXX escape");
    case 'U': return hex_escape(p, body, from, 8, "truncated \\UXXXXXXXX escape");
    case 'N': return named_escape(p, body, from);
    default: break;
    }
    for (const char *s = simple; *s; s += 2) {
        if (*s == c) return add_bytes(p, s + 1, 1);
    }
    body->pos--;  // the character may be the first byte of several: it is read as plain text
    return add_bytes(p, "\\", 1);
}

// Decodes [body] up to [end] into the buffer.
static bool decode(AdjParser *p, Body *body, uint32_t end)
{
    while (body->pos < end) {
        uint32_t plain = body->pos;
        while (plain < end && (body->raw || p->text[plain] != '\\')) plain++;
        if (!add_source(p, body->pos, plain)) return false;
        body->pos = plain;
        if (plain == end) return true;
        body->pos++;
        if (!escape(p, body)) return false;
    }
    return true;
}

// ---- f-strings ----

static uint32_t line_at(AdjParser *p, Body *body)
{
    for (; body->line_pos < body->pos; body->line_pos++) {
        body->line += p->text[body->line_pos] == '\n';
    }
    return body->line;
}

static void *fail_format(AdjParser *p, const Body *body, const char *format, int c)
{
    p->format_depth++;  // for the prefix
    AdjSpan span = {body->origin, body->finish};
    if (body->pos > body->origin && body->pos < body->finish) {
        span = (AdjSpan){body->pos, body->pos + 1};
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    adj_parse_fail(p, span, format, c);
#pragma GCC diagnostic pop
    p->format_depth--;
    return NULL;
}

// Two of CPython's sentences say "f-string" without a colon.
static void *fail_hole(AdjParser *p, const Body *body, const char *what)
{
    unsigned depth = p->format_depth;
    p->format_depth = 0;
    adj_parse_fail(p, (AdjSpan){body->pos, body->pos + 1}, "f-string %s", what);
    p->format_depth = depth;
    return NULL;
}

static bool parse_parts(AdjParser *p, Body *body, unsigned level, size_t mark);

// State while the end of a hole's expression is looked for.
typedef struct HoleScan {
    char brackets[ADJ_LEX_MAX_BRACKETS];
    int depth;
    char quote;  // 0 outside strings
    int quotes;  // 1 or 3
} HoleScan;

static bool at_triple(const AdjParser *p, const Body *body)
{
    const char *s = p->text + body->pos;
    return body->pos + 2 < body->end && s[0] == s[1] && s[0] == s[2];
}

// A quote, or a character in a string: true when it was one of these and is dealt with.
static bool scan_quote(const AdjParser *p, Body *body, HoleScan *scan)
{
    char c = p->text[body->pos];
    if (!scan->quote) {
        if (c != '"' && c != '\'') return false;
        scan->quote = c;
        scan->quotes = at_triple(p, body) ? 3 : 1;
        body->pos += (uint32_t)scan->quotes;
        return true;
    }
    bool closes = c == scan->quote && (scan->quotes == 1 || at_triple(p, body));
    body->pos += closes ? (uint32_t)scan->quotes : 1;
    if (closes) scan->quote = 0;
    return true;
}

static bool scan_close(AdjParser *p, Body *body, HoleScan *scan, char c)
{
    if (scan->depth == 0) return fail_format(p, body, "unmatched '%c'", c);
    char open = scan->brackets[--scan->depth];
    if ((open == '(' && c == ')') || (open == '[' && c == ']') || (open == '{' && c == '}')) {
        return true;
    }
    p->format_depth++;
    adj_parse_fail(p, (AdjSpan){body->pos, body->pos + 1},
                   "closing parenthesis '%c' does not match opening parenthesis '%c'", c, open);
    p->format_depth--;
    return false;
}

// Is the expression over at body->pos? Comparison operators are stepped over whole.
static bool scan_ends(const AdjParser *p, Body *body)
{
    char c = p->text[body->pos];
    char next = body->pos + 1 < body->end ? p->text[body->pos + 1] : '\0';
    if (next == '=' && (c == '!' || c == '=' || c == '<' || c == '>')) {
        body->pos++;
        return false;
    }
    return c == '!' || c == ':' || c == '}' || c == '=';
}

// Moves body->pos from the start of a hole's expression to the character that ends it.
static bool find_hole_end(AdjParser *p, Body *body)
{
    HoleScan scan = {.depth = 0};
    while (body->pos < body->end) {
        char c = p->text[body->pos];
        if (c == '\\') {
            return fail_hole(p, body, "expression part cannot include a backslash");
        }
        if (scan_quote(p, body, &scan)) continue;
        if (c == '#') return fail_hole(p, body, "expression part cannot include '#'");
        if (c == '(' || c == '[' || c == '{') {
            if (scan.depth == ADJ_LEX_MAX_BRACKETS) {
                return fail_format(p, body, "too many nested parenthesis", 0);
            }
            scan.brackets[scan.depth++] = c;
        } else if (scan.depth == 0 && scan_ends(p, body)) {
            return true;
        } else if (c == ')' || c == ']' || c == '}') {
            if (!scan_close(p, body, &scan, c)) return false;
        }
        body->pos++;
    }
    if (scan.quote) return fail_format(p, body, "unterminated string", 0);
    if (scan.depth) {
        return fail_format(p, body, "unmatched '%c'", scan.brackets[scan.depth - 1]);
    }
    return fail_format(p, body, "expecting '}'", 0);
}

// Parses [start, end) as if in parentheses, over tokens of its own.
static AdjAst *parse_hole(AdjParser *p, uint32_t start, uint32_t end, uint32_t line)
{
    AdjTokens tokens = p->tokens;
    AdjParseError lex_error = p->lex_error;
    AdjLexBracket open_bracket = p->open_bracket;
    uint32_t pos = p->pos;
    bool waits = p->waits;
    p->tokens = (AdjTokens){0};
    p->pos = 0;
    p->format_depth++;
    AdjAst *node = NULL;
    if (adj_parse_enter(p)) {
        if (adj_parse_tokenize(p, start, end, line, ADJ_LEX_INNER)) {
            node = adj_parse_inside_parens(p, start, ADJ_TOKEN_END);
        }
        adj_parse_leave(p);
    }
    p->format_depth--;
    free(p->tokens.items);
    p->tokens = tokens;
    p->lex_error = lex_error;
    p->open_bracket = open_bracket;
    p->pos = pos;
    p->waits = waits;
    p->last_operand = NULL;
    return node;
}

static AdjAst *parse_expression_part(AdjParser *p, Body *body, uint32_t start)
{
    bool blank = true;
    for (uint32_t i = start; i < body->pos; i++) {
        blank &= strchr(" \t\n\r\f\v", p->text[i]) != NULL && p->text[i] != '\0';
    }
    char end_character = p->text[body->pos];
    if (blank && end_character != '}') {
        return fail_format(p, body, "expression required before '%c'", end_character);
    }
    if (blank) return fail_format(p, body, "empty expression not allowed", 0);
    uint32_t end = body->pos;
    body->pos = start;
    uint32_t line = line_at(p, body);
    body->pos = end;
    return parse_hole(p, start, end, line);
}

// `!r` and its like, if there.
static bool parse_conversion(AdjParser *p, Body *body, int64_t *conversion)
{
    if (body->pos >= body->end || p->text[body->pos] != '!') return true;
    if (++body->pos == body->end) return fail_format(p, body, "expecting '}'", 0);
    *conversion = p->text[body->pos];
    if (!strchr("sra", (int)*conversion)) {
        return fail_format(p, body, "invalid conversion character: expected 's', 'r', or 'a'",
                           0);
    }
    body->pos++;
    return true;
}

// The format after a colon: an f-string again, ending at the hole's brace.
static bool parse_spec(AdjParser *p, Body *body, unsigned level, AdjAst *hole)
{
    if (body->pos >= body->end || p->text[body->pos] != ':') return true;
    size_t mark = p->stack_count;
    uint32_t start = ++body->pos;
    AdjAst *spec = adj_parse_new(p, ADJ_AST_FSTRING, start);
    if (!spec || !parse_parts(p, body, level + 1, p->byte_count)) return false;
    if (!adj_parse_take(p, mark, &spec->as_fstring.parts)) return false;
    if (!adj_parse_done(p, spec)) return false;
    spec->span = (AdjSpan){start, body->pos};
    hole->as_interpolation.spec = spec;
    return true;
}

// The text of {x=}, which becomes part of the literal before the hole.
static bool parse_debug(AdjParser *p, Body *body, uint32_t start, bool *debug)
{
    if (p->text[body->pos] != '=') return true;
    *debug = true;
    body->pos++;
    while (body->pos < body->end && strchr(" \t\n\r\f\v", p->text[body->pos]) &&
           p->text[body->pos]) {
        body->pos++;
    }
    return add_source(p, start, body->pos);
}

static bool flush(AdjParser *p, size_t mark, AdjSpan span)
{
    return p->byte_count == mark || adj_parse_push(p, take_bytes(p, mark, span));
}

// One hole, from after its brace to after its closing brace; the literal before it, whose bytes
// lie above [mark] and whose source starts at [literal], goes first.
static bool parse_interpolation(AdjParser *p, Body *body, unsigned level, size_t mark,
                                uint32_t literal)
{
    uint32_t start = body->pos;
    if (level >= 2) return fail_format(p, body, "expressions nested too deeply", 0);
    AdjAst *hole = adj_parse_new(p, ADJ_AST_INTERPOLATION, start - 1);
    if (!hole || !find_hole_end(p, body)) return false;
    size_t before = p->byte_count;
    hole->as_interpolation.value = parse_expression_part(p, body, start);
    if (!hole->as_interpolation.value) return false;
    p->byte_count = before;
    bool debug = false;
    if (!parse_debug(p, body, start, &debug)) return false;
    if (!flush(p, mark, (AdjSpan){literal, debug ? body->pos : start - 1})) return false;
    if (!parse_conversion(p, body, &hole->as_interpolation.conversion)) return false;
    if (!parse_spec(p, body, level, hole)) return false;
    if (body->pos >= body->end || p->text[body->pos] != '}') {
        return fail_format(p, body, "expecting '}'", 0);
    }
    body->pos++;
    bool plain = !hole->as_interpolation.spec && !hole->as_interpolation.conversion;
    if (debug && plain) hole->as_interpolation.conversion = 'r';
    if (!adj_parse_done(p, hole)) return false;
    hole->span.end = body->pos;
    return adj_parse_push(p, hole);
}

// Length of the unit at [at] that parse_literal steps over: an escape, \N{...} whole, or one
// byte. A backslash before a brace is no escape.
static uint32_t unit_length(const AdjParser *p, const Body *body, uint32_t at)
{
    const char *s = p->text + at;
    uint32_t left = body->end - at;
    if (body->raw || *s != '\\' || left < 2 || s[1] == '{' || s[1] == '}') return 1;
    if (s[1] != 'N' || left < 3 || s[2] != '{') return 2;
    const char *close = memchr(s, '}', left);
    return close ? (uint32_t)(close - s) + 1 : 2;
}

// Literal text up to a brace that means something. Doubled braces stand for themselves, but not
// in a format.
static bool parse_literal(AdjParser *p, Body *body, unsigned level)
{
    while (body->pos < body->end) {
        uint32_t at = body->pos;
        bool stray = false;
        while (at < body->end && p->text[at] != '{' && p->text[at] != '}') {
            uint32_t length = unit_length(p, body, at);
            stray = !body->raw && p->text[at] == '\\' && length == 1;
            at += length;
        }
        if (!decode(p, body, stray ? at - 1 : at)) return false;
        if (stray && !add_bytes(p, "\\", 1)) return false;
        body->pos = at;
        if (at == body->end) return true;
        bool doubled = level == 0 && at + 1 < body->end && p->text[at + 1] == p->text[at];
        if (!doubled) return true;
        if (!add_bytes(p, p->text + at, 1)) return false;
        body->pos += 2;
    }
    return true;
}

// Literals and holes. Ends at the end of the body or, in a format, before the brace that closes
// the hole. Text above [mark] that no hole follows stays in the buffer at level 0, because the
// next adjacent literal continues it.
static bool parse_parts(AdjParser *p, Body *body, unsigned level, size_t mark)
{
    for (;;) {
        uint32_t literal = body->pos;
        if (!parse_literal(p, body, level)) return false;
        if (body->pos == body->end || (level > 0 && p->text[body->pos] == '}')) {
            return level == 0 || flush(p, mark, (AdjSpan){literal, body->pos});
        }
        if (p->text[body->pos] == '}') {
            return fail_format(p, body, "single '}' is not allowed", 0);
        }
        body->pos++;
        if (!parse_interpolation(p, body, level, mark, literal)) return false;
    }
}

// ---- literals ----

// One STRING token into the buffer and, if it is an f-string, onto the stack. [kind]: -1 before
// the first, then whether it was one of bytes.
static bool parse_literal_token(AdjParser *p, size_t mark, bool *formatted, int *kind)
{
    const AdjToken *token = adj_parse_token(p);
    const char *s = p->text + token->start;
    uint32_t prefix = (uint32_t)adj_lex_string_prefix(s, token->end - token->start);
    bool raw = false, format = false, bytes = false;
    for (uint32_t i = 0; i < prefix; i++) {
        int c = s[i] | 0x20;
        raw |= c == 'r';
        format |= c == 'f';
        bytes |= c == 'b';
    }
    if (*kind != bytes && *kind >= 0) {
        return adj_parse_fail(p, (AdjSpan){token->start, token->end},
                              "cannot mix bytes and nonbytes literals");
    }
    *kind = bytes;
    for (uint32_t i = token->start; bytes && i < token->end; i++) {
        if ((unsigned char)p->text[i] < 0x80) continue;
        return adj_parse_fail(p, (AdjSpan){token->start, token->end},
                              "bytes can only contain ASCII literal characters");
    }
    bool triple = token->end - token->start >= prefix + 6 && s[prefix + 1] == s[prefix] &&
                  s[prefix + 2] == s[prefix];
    uint32_t quotes = triple ? 3 : 1;
    uint32_t start = token->start + prefix + quotes;
    Body body = {.start = start,
                 .pos = start,
                 .end = token->end - quotes,
                 .line = token->line,
                 .line_pos = token->start,
                 .raw = raw,
                 .bytes = bytes,
                 .origin = token->start,
                 .finish = token->end};
    if (!format) return decode(p, &body, body.end);
    *formatted = true;
    return parse_parts(p, &body, 0, mark);
}

AdjAst *adj_parse_strings(AdjParser *p)
{
    uint32_t start = adj_parse_token(p)->start;
    size_t mark = p->byte_count, stack_mark = p->stack_count;
    bool formatted = false;
    int kind = -1;
    while (adj_parse_at(p, ADJ_TOKEN_STRING)) {
        if (!parse_literal_token(p, mark, &formatted, &kind)) return NULL;
        adj_parse_advance(p);
    }
    AdjSpan span = {start, adj_parse_end(p)};
    if (!formatted) {
        AdjAst *text = take_bytes(p, mark, span);
        if (text) text->as_str.is_bytes = kind == 1;
        return text;
    }
    AdjAst *node = adj_parse_new(p, ADJ_AST_FSTRING, start);
    if (!node || !flush(p, mark, span)) return NULL;
    if (!adj_parse_take(p, stack_mark, &node->as_fstring.parts)) return NULL;
    return adj_parse_done(p, node);
}
