// SPDX-License-Identifier: Apache-2.0
// What may stand where, and how a mistake is worded. The parser asks here when a token does not
// fit; here the situation is recognised and gets CPython 3.11's sentence for it, if it has one.
//
// Two rules of CPython order the messages. A mistake of the lexer later in the text, or a
// bracket that is never closed, is told in place of the parser's own complaint, because it
// usually caused it. And mistakes that need no parsing to see (`return` outside a function) are
// told only when the whole text parses: those are "late".
#include <stdarg.h>
#include <string.h>

#include "lang/syntax/parse_internal.h"

static void set_error(AdjParseError *error, AdjParseErrorKind kind, AdjSpan span)
{
    error->kind = kind;
    error->span = span;
}

static void *never_closed(AdjParser *p)
{
    AdjLexBracket open = p->open_bracket;
    set_error(p->error, ADJ_PARSE_SYNTAX, (AdjSpan){open.offset, open.offset + 1});
    snprintf(p->error->message, sizeof p->error->message, "'%c' was never closed", open.open);
    return NULL;
}

// If the lexer had something to say, or a bracket is open, that is the better story.
static void *prefer_lexer(AdjParser *p)
{
    if (p->trial || p->tokens.count == 0) return NULL;
    const AdjToken *token = adj_parse_token(p);
    // Indentation is looked at line by line and explains nothing that came before.
    if (p->lex_error.kind == ADJ_PARSE_SYNTAX && !p->waits_for_line) {
        *p->error = p->lex_error;
    } else if (p->open_bracket.open &&
               (token->kind == ADJ_TOKEN_END || token->line > p->open_bracket.line)) {
        return never_closed(p);
    }
    return NULL;
}

static void *fail_with(AdjParser *p, AdjParseErrorKind kind, AdjSpan span, const char *format,
                       va_list arguments)
{
    if (p->error->kind != ADJ_PARSE_OK) return NULL;
    set_error(p->error, kind, span);
    if (!p->trial) p->furthest = p->format_depth ? 0 : p->pos;
    int n = p->format_depth
                ? snprintf(p->error->message, sizeof p->error->message, "f-string: ")
                : 0;
    vsnprintf(p->error->message + n, sizeof p->error->message - (size_t)n, format, arguments);
    return prefer_lexer(p);
}

void *adj_parse_fail(AdjParser *p, AdjSpan span, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fail_with(p, ADJ_PARSE_SYNTAX, span, format, arguments);
    va_end(arguments);
    return NULL;
}

void *adj_parse_fail_indent(AdjParser *p, const char *format, ...)
{
    va_list arguments;
    AdjSpan span = adj_parse_token_span(p);
    if (adj_parse_at(p, ADJ_TOKEN_END)) span.start = span.end = adj_parse_end(p);
    va_start(arguments, format);
    fail_with(p, ADJ_PARSE_INDENTATION, span, format, arguments);
    va_end(arguments);
    return NULL;
}

void *adj_parse_no_memory(AdjParser *p)
{
    if (p->error->kind != ADJ_PARSE_OK) return NULL;
    set_error(p->error, ADJ_PARSE_MEMORY, (AdjSpan){0, 0});
    snprintf(p->error->message, sizeof p->error->message, "out of memory while parsing");
    return NULL;
}

void adj_parse_late(AdjParser *p, AdjSpan span, const char *format, ...)
{
    if (p->trial || p->late.kind != ADJ_PARSE_OK) return;
    set_error(&p->late, ADJ_PARSE_SYNTAX, span);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(p->late.message, sizeof p->late.message, format, arguments);
    va_end(arguments);
}

// ---- a token that does not fit ----

// What a parse without consequences found out.
typedef struct Trial {
    AdjAst *node;       // good for its span; NULL if it failed
    AdjTokenKind next;  // the token it stopped at
    uint32_t depth;     // brackets around the last token it took
} Trial;

// Tries [parse] [ahead] tokens on, without leaving a trace.
static Trial try_parse(AdjParser *p, AdjAst *(*parse)(AdjParser *), uint32_t ahead)
{
    AdjParseError *error = p->error, nothing = {0};
    uint32_t pos = p->pos;
    size_t mark = p->stack_count, bytes = p->byte_count;
    bool trial = p->trial;
    p->error = &nothing;
    p->trial = true;
    p->pos += ahead;
    Trial result = {.node = parse(p)};
    result.next = adj_parse_peek(p, 0);
    result.depth = p->pos ? p->tokens.items[p->pos - 1].depth : 0;
    p->trial = trial;
    p->error = error;
    p->pos = pos;
    p->stack_count = mark;
    p->byte_count = bytes;
    return result;
}

static bool is_name(const AdjAst *node, const char *name)
{
    return node && node->kind == ADJ_AST_NAME && strcmp(node->as_name.id.text, name) == 0;
}

// print x, exec x: Python 2's statements, which people still type.
static bool fail_legacy(AdjParser *p, const AdjAst *left)
{
    bool legacy = is_name(left, "print") || is_name(left, "exec");
    if (!legacy || left->parenthesised) return false;
    if (!adj_parse_starts_expression(p)) return false;
    AdjAst *right = try_parse(p, adj_parse_tuple, 0).node;
    uint32_t end = right ? right->span.end : adj_parse_token(p)->end;
    const char *name = left->as_name.id.text;
    adj_parse_fail(p, (AdjSpan){left->span.start, end},
                   "Missing parentheses in call to '%s'. Did you mean %s(...)?", name, name);
    return true;
}

// `a b` inside brackets. A name before a string is more likely a misspelt prefix; there the
// string and what follows it are looked at instead.
static bool fail_adjacent(AdjParser *p)
{
    AdjAst *left = p->last_operand;
    if (!left || p->after_operand != p->pos) return false;
    if (fail_legacy(p, left)) return true;
    uint32_t ahead = 0;
    if (left->kind == ADJ_AST_NAME && adj_parse_at(p, ADJ_TOKEN_STRING)) {
        left = try_parse(p, adj_parse_strings, 0).node;
        while (left && adj_parse_peek(p, ahead) == ADJ_TOKEN_STRING) ahead++;
    }
    Trial right = try_parse(p, adj_parse_expression, ahead);
    if (p->open_bracket.open && right.next == ADJ_TOKEN_END) return never_closed(p), true;
    uint32_t end = right.node ? right.node->span.end : 0;
    // If what follows goes wrong later on, its first word alone is still an expression.
    const AdjToken *word = adj_parse_token(p) + ahead;
    if (!right.node && (word->kind == ADJ_TOKEN_NAME || word->kind == ADJ_TOKEN_INT ||
                        word->kind == ADJ_TOKEN_FLOAT || word->kind == ADJ_TOKEN_STRING)) {
        end = word->end;
        right.depth = word->depth;
    }
    if (!left || end == 0 || right.depth == 0) return false;
    adj_parse_fail(p, (AdjSpan){left->span.start, end},
                   "invalid syntax. Perhaps you forgot a comma?");
    return true;
}

void *adj_parse_unexpected(AdjParser *p)
{
    if (p->error->kind != ADJ_PARSE_OK) return NULL;
    const AdjToken *token = adj_parse_token(p);
    if (!p->trial) p->furthest = p->format_depth ? 0 : p->pos;
    if (token->kind == ADJ_TOKEN_ERROR) {
        *p->error = p->lex_error;
        return NULL;
    }
    if (token->kind == ADJ_TOKEN_INDENT) {
        p->lex_error.kind = ADJ_PARSE_OK;
        p->open_bracket.open = 0;
        return adj_parse_fail_indent(p, "unexpected indent");
    }
    if (!p->trial && fail_adjacent(p)) return NULL;
    if (token->kind == ADJ_TOKEN_ASYNC || token->kind == ADJ_TOKEN_AWAIT) {
        return adj_parse_fail(p, adj_parse_token_span(p), "'%s' is not supported",
                              adj_token_row(token->kind)->text);
    }
    return adj_parse_fail(p, adj_parse_token_span(p), "invalid syntax");
}

bool adj_parse_colon(AdjParser *p, bool forced)
{
    if (adj_parse_accept(p, ADJ_TOKEN_COLON)) return true;
    if (adj_parse_at(p, ADJ_TOKEN_ERROR)) return adj_parse_unexpected(p);
    if (forced || adj_parse_at(p, ADJ_TOKEN_NEWLINE)) {
        return adj_parse_fail(p, adj_parse_token_span(p), "expected ':'");
    }
    return adj_parse_unexpected(p);
}

void adj_parse_check_lone_star(AdjParser *p, const AdjAst *node)
{
    if (node->kind != ADJ_AST_STARRED) return;
    adj_parse_late(p, node->span, "can't use starred expression here");
}

// ---- targets ----

const char *adj_parse_describe(const AdjAst *node)
{
    static const char *const words[ADJ_AST_KIND_COUNT] = {
        [ADJ_AST_NAME] = "name",
        [ADJ_AST_INT] = "literal",
        [ADJ_AST_FLOAT] = "literal",
        [ADJ_AST_STR] = "literal",
        [ADJ_AST_NONE] = "None",
        [ADJ_AST_TRUE] = "True",
        [ADJ_AST_FALSE] = "False",
        [ADJ_AST_ELLIPSIS] = "ellipsis",
        [ADJ_AST_FSTRING] = "f-string expression",
        [ADJ_AST_UNARY] = "expression",
        [ADJ_AST_BINARY] = "expression",
        [ADJ_AST_AND] = "expression",
        [ADJ_AST_OR] = "expression",
        [ADJ_AST_COMPARE] = "comparison",
        [ADJ_AST_PIPE] = "pipe",
        [ADJ_AST_CONDITIONAL] = "conditional expression",
        [ADJ_AST_WALRUS] = "named expression",
        [ADJ_AST_LAMBDA] = "lambda",
        [ADJ_AST_YIELD] = "yield expression",
        [ADJ_AST_YIELD_FROM] = "yield expression",
        [ADJ_AST_CALL] = "function call",
        [ADJ_AST_STARRED] = "starred",
        [ADJ_AST_ATTRIBUTE] = "attribute",
        [ADJ_AST_SUBSCRIPT] = "subscript",
        [ADJ_AST_LIST] = "list",
        [ADJ_AST_TUPLE] = "tuple",
        [ADJ_AST_SET] = "set display",
        [ADJ_AST_DICT] = "dict literal",
        [ADJ_AST_LIST_COMP] = "list comprehension",
        [ADJ_AST_SET_COMP] = "set comprehension",
        [ADJ_AST_DICT_COMP] = "dict comprehension",
        [ADJ_AST_GENERATOR] = "generator expression",
    };
    return words[node->kind] ? words[node->kind] : "statement";
}

static const AdjAst *bad_target(const AdjAst *node, AdjTargetUse use);

static const AdjAst *bad_item(AdjAstList items, AdjTargetUse use)
{
    for (uint32_t i = 0; i < items.count; i++) {
        const AdjAst *bad = bad_target(items.items[i], use);
        if (bad) return bad;
    }
    return NULL;
}

// The first part of [node] that cannot be a target, or NULL.
static const AdjAst *bad_target(const AdjAst *node, AdjTargetUse use)
{
    switch (node->kind) {
    case ADJ_AST_NAME:
    case ADJ_AST_ATTRIBUTE:
    case ADJ_AST_SUBSCRIPT: return NULL;
    case ADJ_AST_LIST: return bad_item(node->as_list.items, use);
    case ADJ_AST_TUPLE: return bad_item(node->as_tuple.items, use);
    case ADJ_AST_STARRED:
        return use == ADJ_TARGET_DELETE ? node : bad_target(node->as_starred.value, use);
    default: return node;
    }
}

static void check_stars(AdjParser *p, const AdjAst *node, bool top)
{
    if (node->kind == ADJ_AST_STARRED && top) {
        adj_parse_late(p, node->span, "starred assignment target must be in a list or tuple");
    }
    if (node->kind == ADJ_AST_STARRED) node = node->as_starred.value;
    if (node->kind != ADJ_AST_LIST && node->kind != ADJ_AST_TUPLE) return;
    AdjAstList items = node->kind == ADJ_AST_LIST ? node->as_list.items : node->as_tuple.items;
    unsigned stars = 0;
    for (uint32_t i = 0; i < items.count; i++) {
        stars += items.items[i]->kind == ADJ_AST_STARRED;
        check_stars(p, items.items[i], false);
    }
    if (stars > 1) {
        adj_parse_late(p, node->span, "multiple starred expressions in assignment");
    }
}

bool adj_parse_check_target(AdjParser *p, const AdjAst *node, AdjTargetUse use)
{
    const AdjAst *bad = bad_target(node, use);
    if (!bad) return check_stars(p, node, true), true;
    const char *verb = use == ADJ_TARGET_DELETE ? "delete" : "assign to";
    return adj_parse_fail(p, bad->span, "cannot %s %s", verb, adj_parse_describe(bad));
}

// The atom that [node]'s text begins with.
static const AdjAst *leftmost(const AdjAst *node)
{
    while (!node->parenthesised) {
        if (node->kind == ADJ_AST_BINARY) {
            node = node->as_binary.left;
        } else if (node->kind == ADJ_AST_ATTRIBUTE) {
            node = node->as_attribute.value;
        } else if (node->kind == ADJ_AST_CALL) {
            node = node->as_call.func;
        } else if (node->kind == ADJ_AST_SUBSCRIPT) {
            node = node->as_subscript.value;
        } else {
            break;
        }
    }
    return node;
}

// Would CPython's rule for a mistyped == take [node] as its left side? It is a bitwise-or
// expression and does not begin with a list, a tuple, a generator or a constant's name.
static bool may_be_comparison(const AdjAst *node)
{
    switch (node->kind) {
    case ADJ_AST_COMPARE:
    case ADJ_AST_AND:
    case ADJ_AST_OR:
    case ADJ_AST_PIPE:
    case ADJ_AST_CONDITIONAL:
    case ADJ_AST_LAMBDA:
    case ADJ_AST_WALRUS:
    case ADJ_AST_STARRED: return node->parenthesised;
    case ADJ_AST_UNARY: return node->as_unary.op != ADJ_OP_NOT || node->parenthesised;
    default: break;
    }
    const AdjAst *first = leftmost(node);
    bool constant = first->kind == ADJ_AST_NONE || first->kind == ADJ_AST_TRUE ||
                    first->kind == ADJ_AST_FALSE;
    return first->kind != ADJ_AST_LIST && first->kind != ADJ_AST_TUPLE &&
           first->kind != ADJ_AST_GENERATOR && (!constant || first->parenthesised);
}

void *adj_parse_bad_equals(AdjParser *p, AdjAst *left)
{
    if (p->error->kind != ADJ_PARSE_OK) return NULL;
    if (p->trial || !may_be_comparison(left)) return adj_parse_unexpected(p);
    Trial right = try_parse(p, adj_parse_bitwise, 1);
    if (p->open_bracket.open && right.next == ADJ_TOKEN_END) return never_closed(p);
    if (!right.node || right.next == ADJ_TOKEN_ASSIGN || right.next == ADJ_TOKEN_WALRUS) {
        return adj_parse_unexpected(p);
    }
    if (left->kind == ADJ_AST_NAME && !left->parenthesised) {
        return adj_parse_fail(p, (AdjSpan){left->span.start, right.node->span.end},
                              "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
    }
    return adj_parse_fail(p, left->span,
                          "cannot assign to %s here. Maybe you meant '==' instead of '='?",
                          adj_parse_describe(left));
}

void *adj_parse_bad_walrus(AdjParser *p, const AdjAst *left)
{
    if (p->error->kind != ADJ_PARSE_OK) return NULL;
    if (left->kind == ADJ_AST_NAME || !try_parse(p, adj_parse_expression, 1).node) {
        return adj_parse_unexpected(p);
    }
    return adj_parse_fail(p, left->span, "cannot use assignment expressions with %s",
                          adj_parse_describe(left));
}

void *adj_parse_bad_annotation(AdjParser *p, const AdjAst *target)
{
    if (!try_parse(p, adj_parse_expression, 1).node) return adj_parse_unexpected(p);
    if (target->kind == ADJ_AST_LIST || target->kind == ADJ_AST_TUPLE) {
        return adj_parse_fail(p, target->span, "only single target (not %s) can be annotated",
                              adj_parse_describe(target));
    }
    return adj_parse_fail(p, target->span, "illegal target for annotation");
}

const AdjAst *adj_parse_last_item(const AdjAst *node)
{
    if (node->kind != ADJ_AST_TUPLE || node->parenthesised) return node;
    AdjAstList items = node->as_tuple.items;
    return items.count ? items.items[items.count - 1] : node;
}

bool adj_parse_check_assign(AdjParser *p, AdjAst *left, bool first)
{
    if (!bad_target(left, ADJ_TARGET_ASSIGN)) {
        return adj_parse_check_target(p, left, ADJ_TARGET_ASSIGN);
    }
    bool yield = left->kind == ADJ_AST_YIELD || left->kind == ADJ_AST_YIELD_FROM;
    if (yield && !left->parenthesised) {
        return adj_parse_fail(p, left->span, "assignment to yield expression not possible");
    }
    AdjAst *last = (AdjAst *)adj_parse_last_item(left);
    Trial right = try_parse(p, adj_parse_bitwise, 1);
    if (p->open_bracket.open && right.next == ADJ_TOKEN_END) return never_closed(p);
    if (first && may_be_comparison(last) && right.node && right.next != ADJ_TOKEN_ASSIGN &&
        right.next != ADJ_TOKEN_WALRUS) {
        return adj_parse_bad_equals(p, last);
    }
    return adj_parse_check_target(p, left, ADJ_TARGET_ASSIGN);
}
