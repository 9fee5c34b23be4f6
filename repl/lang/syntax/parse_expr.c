// SPDX-License-Identifier: Apache-2.0
// Expressions: one function per level of Python's grammar from the loosest (a bare tuple) to
// the tightest (an atom); the left-associative operators share one climbing loop over the
// precedences of tokens.def. The pipe stands between the conditional expression and `or`.
//
// Invariant: every cycle of calls passes through adj_parse_enter, so the C stack is bounded,
// and chains (a.b.c, a + b + c) are loops whose depth adj_parse_done bounds.
#include <stdlib.h>
#include <string.h>

#include "lang/syntax/parse_internal.h"

static AdjAst *parse_unary(AdjParser *p);

// May an expression start here? Decides about trailing commas and optional parts.
bool adj_parse_starts_expression(const AdjParser *p)
{
    switch (adj_parse_token(p)->kind) {
    case ADJ_TOKEN_NAME:
    case ADJ_TOKEN_INT:
    case ADJ_TOKEN_FLOAT:
    case ADJ_TOKEN_STRING:
    case ADJ_TOKEN_LPAREN:
    case ADJ_TOKEN_LBRACKET:
    case ADJ_TOKEN_LBRACE:
    case ADJ_TOKEN_ELLIPSIS:
    case ADJ_TOKEN_MINUS:
    case ADJ_TOKEN_PLUS:
    case ADJ_TOKEN_TILDE:
    case ADJ_TOKEN_NOT:
    case ADJ_TOKEN_LAMBDA:
    case ADJ_TOKEN_AWAIT:
    case ADJ_TOKEN_STAR:
    case ADJ_TOKEN_NONE:
    case ADJ_TOKEN_TRUE:
    case ADJ_TOKEN_FALSE:
    case ADJ_TOKEN_ERROR: return true;
    default: return false;
    }
}

// ---- numbers ----

// The value of the INT token: false and an error when it passes 64 bits unsigned. Digits are
// added up here because the literal may hold underscores, which no library function takes.
static bool integer_value(AdjParser *p, uint64_t *value)
{
    const AdjToken *token = adj_parse_token(p);
    const char *s = p->text + token->start, *end = p->text + token->end;
    int letter = end - s > 2 && s[0] == '0' ? s[1] | 0x20 : 0;
    uint64_t base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 10;
    bool fits = true;
    for (s += base == 10 ? 0 : 2; s < end; s++) {
        if (*s == '_') continue;
        uint64_t digit = *s <= '9' ? (uint64_t)(*s - '0') : (uint64_t)((*s | 0x20) - 'a' + 10);
        fits = fits && !__builtin_mul_overflow(*value, base, value) &&
               !__builtin_add_overflow(*value, digit, value);
    }
    return fits && *value <= INT64_MAX;
}

static AdjAst *parse_integer(AdjParser *p)
{
    AdjAst *node = adj_parse_new(p, ADJ_AST_INT, adj_parse_token(p)->start);
    uint64_t value = 0;
    if (!node) return NULL;
    if (!integer_value(p, &value)) {
        return adj_parse_fail(p, adj_parse_token_span(p),
                              "integer literal does not fit in 64 bits");
    }
    node->as_int.value = (int64_t)value;
    adj_parse_advance(p);
    return adj_parse_done(p, node);
}

// -9223372036854775808: its digits alone do not fit, so sign and digits are one literal.
static bool at_least_integer(AdjParser *p)
{
    if (adj_parse_peek(p, 1) != ADJ_TOKEN_INT ||
        adj_parse_peek(p, 2) == ADJ_TOKEN_DOUBLE_STAR) {
        return false;
    }
    const AdjToken *token = adj_parse_token(p) + 1;
    static const char least[] = "9223372036854775808";
    return token->end - token->start == sizeof least - 1 &&
           memcmp(p->text + token->start, least, sizeof least - 1) == 0;
}

static AdjAst *parse_least_integer(AdjParser *p)
{
    AdjAst *node = adj_parse_new(p, ADJ_AST_INT, adj_parse_token(p)->start);
    if (!node) return NULL;
    node->as_int.value = INT64_MIN;
    adj_parse_advance(p);
    adj_parse_advance(p);
    return adj_parse_done(p, node);
}

static AdjAst *parse_float(AdjParser *p)
{
    const AdjToken *token = adj_parse_token(p);
    AdjAst *node = adj_parse_new(p, ADJ_AST_FLOAT, token->start);
    char *digits = adj_arena_alloc(p->arena, token->end - token->start + 1), *out = digits;
    if (!node) return NULL;
    if (!digits) return adj_parse_no_memory(p);
    for (uint32_t i = token->start; i < token->end; i++) {
        if (p->text[i] != '_') *out++ = p->text[i];
    }
    node->as_float.value = strtod(digits, NULL);  // correctly rounded; too large gives inf
    adj_parse_advance(p);
    return adj_parse_done(p, node);
}

// ---- atoms ----

static AdjAst *parse_word(AdjParser *p, AdjAstKind kind)
{
    AdjAst *node = adj_parse_new(p, kind, adj_parse_token(p)->start);
    adj_parse_advance(p);
    return adj_parse_done(p, node);
}

static AdjAst *parse_group(AdjParser *p)
{
    uint32_t start = adj_parse_token(p)->start;
    adj_parse_advance(p);
    AdjAst *node = adj_parse_inside_parens(p, start, ADJ_TOKEN_RPAREN);
    if (!node) return NULL;
    node->parenthesised = true;
    node->span = (AdjSpan){start, adj_parse_end(p)};
    return node;
}

static AdjAst *parse_atom(AdjParser *p)
{
    switch (adj_parse_token(p)->kind) {
    case ADJ_TOKEN_NAME: return adj_parse_name_node(p);
    case ADJ_TOKEN_INT: return parse_integer(p);
    case ADJ_TOKEN_FLOAT: return parse_float(p);
    case ADJ_TOKEN_STRING: return adj_parse_strings(p);
    case ADJ_TOKEN_NONE: return parse_word(p, ADJ_AST_NONE);
    case ADJ_TOKEN_TRUE: return parse_word(p, ADJ_AST_TRUE);
    case ADJ_TOKEN_FALSE: return parse_word(p, ADJ_AST_FALSE);
    case ADJ_TOKEN_ELLIPSIS: return parse_word(p, ADJ_AST_ELLIPSIS);
    case ADJ_TOKEN_LPAREN: return parse_group(p);
    case ADJ_TOKEN_LBRACKET: return adj_parse_list(p);
    case ADJ_TOKEN_LBRACE: return adj_parse_brace(p);
    default: return adj_parse_unexpected(p);
    }
}

// ---- subscripts ----

static AdjAst *parse_slice(AdjParser *p)
{
    uint32_t start = adj_parse_token(p)->start;
    AdjAst *lower = NULL;
    if (adj_parse_at(p, ADJ_TOKEN_STAR)) return adj_parse_starred(p);
    if (!adj_parse_at(p, ADJ_TOKEN_COLON)) {
        if (!(lower = adj_parse_named(p))) return NULL;
        if (!adj_parse_at(p, ADJ_TOKEN_COLON)) return lower;
    }
    AdjAst *node = adj_parse_new(p, ADJ_AST_SLICE, start);
    if (!node) return NULL;
    node->as_slice.lower = lower;
    adj_parse_advance(p);
    if (adj_parse_starts_expression(p) && !(node->as_slice.upper = adj_parse_expression(p)))
        return NULL;
    if (adj_parse_accept(p, ADJ_TOKEN_COLON) && adj_parse_starts_expression(p)) {
        if (!(node->as_slice.step = adj_parse_expression(p))) return NULL;
    }
    return adj_parse_done(p, node);
}

static AdjAst *parse_index(AdjParser *p)
{
    uint32_t start = adj_parse_token(p)->start;
    size_t mark = p->stack_count;
    AdjAst *first = parse_slice(p);
    if (!first) return NULL;
    if (!adj_parse_at(p, ADJ_TOKEN_COMMA) && first->kind != ADJ_AST_STARRED) return first;
    AdjAst *node = adj_parse_new(p, ADJ_AST_TUPLE, start);
    if (!node || !adj_parse_push(p, first)) return NULL;
    while (adj_parse_accept(p, ADJ_TOKEN_COMMA) && !adj_parse_at(p, ADJ_TOKEN_RBRACKET)) {
        if (!adj_parse_push(p, parse_slice(p))) return NULL;
    }
    if (!adj_parse_take(p, mark, &node->as_tuple.items)) return NULL;
    return adj_parse_done(p, node);
}

// ---- from primary to conditional ----

static AdjAst *parse_trailer(AdjParser *p, AdjAst *left)
{
    uint32_t start = left->span.start;
    AdjAst *node;
    if (adj_parse_accept(p, ADJ_TOKEN_DOT)) {
        if (!(node = adj_parse_new(p, ADJ_AST_ATTRIBUTE, start))) return NULL;
        node->as_attribute.value = left;
        node->as_attribute.name_start = adj_parse_token(p)->start;
        if (!adj_parse_name(p, &node->as_attribute.name)) return NULL;
    } else if (adj_parse_accept(p, ADJ_TOKEN_LPAREN)) {
        if (!(node = adj_parse_new(p, ADJ_AST_CALL, start))) return NULL;
        node->as_call.func = left;
        if (!adj_parse_arguments(p, &node->as_call.args)) return NULL;
    } else {
        adj_parse_advance(p);
        if (!(node = adj_parse_new(p, ADJ_AST_SUBSCRIPT, start))) return NULL;
        node->as_subscript.value = left;
        if (!(node->as_subscript.index = parse_index(p))) return NULL;
        if (!adj_parse_expect(p, ADJ_TOKEN_RBRACKET)) return NULL;
    }
    return adj_parse_done(p, node);
}

static AdjAst *parse_primary(AdjParser *p)
{
    AdjAst *node = parse_atom(p);
    while (node && (adj_parse_at(p, ADJ_TOKEN_DOT) || adj_parse_at(p, ADJ_TOKEN_LPAREN) ||
                    adj_parse_at(p, ADJ_TOKEN_LBRACKET))) {
        node = parse_trailer(p, node);
    }
    return node;
}

// ** binds tighter than a sign on its left and looser than one on its right.
static AdjAst *parse_power(AdjParser *p)
{
    AdjAst *left = parse_primary(p);
    if (!left || !adj_parse_accept(p, ADJ_TOKEN_DOUBLE_STAR)) return left;
    AdjAst *node = adj_parse_new(p, ADJ_AST_BINARY, left->span.start);
    if (!node) return NULL;
    node->as_binary.left = left;
    node->as_binary.op = ADJ_OP_POW;
    if (!(node->as_binary.right = parse_unary(p))) return NULL;
    return adj_parse_done(p, node);
}

static AdjAst *parse_sign(AdjParser *p, AdjAstOp op, AdjAst *(*operand)(AdjParser *))
{
    if (!adj_parse_enter(p)) return NULL;
    AdjAst *node = adj_parse_new(p, ADJ_AST_UNARY, adj_parse_token(p)->start);
    adj_parse_advance(p);
    if (node) {
        node->as_unary.op = op;
        node->as_unary.operand = operand(p);
    }
    adj_parse_leave(p);
    return node && node->as_unary.operand ? adj_parse_done(p, node) : NULL;
}

static AdjAst *parse_unary(AdjParser *p)
{
    switch (adj_parse_token(p)->kind) {
    case ADJ_TOKEN_MINUS:
        if (at_least_integer(p)) return parse_least_integer(p);
        return parse_sign(p, ADJ_OP_NEG, parse_unary);
    case ADJ_TOKEN_PLUS: return parse_sign(p, ADJ_OP_POS, parse_unary);
    case ADJ_TOKEN_TILDE: return parse_sign(p, ADJ_OP_INVERT, parse_unary);
    default: break;
    }
    if (!adj_parse_enter(p)) return NULL;
    AdjAst *node = parse_power(p);
    adj_parse_leave(p);
    return node;
}

// Left-associative operators of [least] precedence and up. The recursion is at most as deep as
// there are precedences.
static AdjAst *parse_infix(AdjParser *p, unsigned least)
{
    AdjAst *left = parse_unary(p);
    while (left) {
        const AdjTokenRow *row = adj_token_row(adj_parse_token(p)->kind);
        if (row->precedence == 0 || row->precedence < least) break;
        AdjAst *node = adj_parse_new(p, ADJ_AST_BINARY, left->span.start);
        adj_parse_advance(p);
        if (!node) return NULL;
        node->as_binary.left = left;
        node->as_binary.op = (AdjAstOp)row->op;
        if (!(node->as_binary.right = parse_infix(p, row->precedence + 1u))) return NULL;
        left = adj_parse_done(p, node);
    }
    return left;
}

AdjAst *adj_parse_bitwise(AdjParser *p)
{
    return parse_infix(p, 1);
}

// Takes a comparison operator of one or two tokens.
static bool accept_comparison(AdjParser *p, AdjAstOp *op)
{
    const AdjTokenRow *row = adj_token_row(adj_parse_token(p)->kind);
    if (row->comparison) {
        *op = (AdjAstOp)row->op;
        adj_parse_advance(p);
        return true;
    }
    if (adj_parse_accept(p, ADJ_TOKEN_IN)) return *op = ADJ_OP_IN, true;
    if (adj_parse_accept(p, ADJ_TOKEN_IS)) {
        *op = adj_parse_accept(p, ADJ_TOKEN_NOT) ? ADJ_OP_IS_NOT : ADJ_OP_IS;
        return true;
    }
    if (!adj_parse_at(p, ADJ_TOKEN_NOT) || adj_parse_peek(p, 1) != ADJ_TOKEN_IN) return false;
    adj_parse_advance(p);
    adj_parse_advance(p);
    return *op = ADJ_OP_NOT_IN, true;
}

// The operators grow in the arena beside the operands on the stack; a chain is rarely longer
// than two, so what growing leaves behind does not matter.
static AdjAst *parse_comparison(AdjParser *p)
{
    AdjAst *first = adj_parse_bitwise(p);
    AdjAstOp op;
    if (!first || !accept_comparison(p, &op)) return first;
    AdjAst *node = adj_parse_new(p, ADJ_AST_COMPARE, first->span.start);
    size_t mark = p->stack_count;
    AdjAstOp *ops = NULL;
    size_t count = 0, capacity = 0;
    do {
        if (count == capacity) {
            capacity = capacity ? 2 * capacity : 2;
            AdjAstOp *more = adj_arena_alloc(p->arena, capacity * sizeof *more);
            if (!more) return adj_parse_no_memory(p);
            if (ops) memcpy(more, ops, count * sizeof *more);
            ops = more;
        }
        ops[count++] = op;
        if (!adj_parse_push(p, adj_parse_bitwise(p))) return NULL;
    } while (accept_comparison(p, &op));
    if (!node) return NULL;
    node->as_compare.first = first;
    node->as_compare.ops = ops;
    if (!adj_parse_take(p, mark, &node->as_compare.rest)) return NULL;
    return adj_parse_done(p, node);
}

static AdjAst *parse_not(AdjParser *p)
{
    if (adj_parse_at(p, ADJ_TOKEN_NOT)) return parse_sign(p, ADJ_OP_NOT, parse_not);
    return parse_comparison(p);
}

// a and b and c, a or b or c, a |> b |> c: one node with a list. [next] parses one member.
static AdjAst *parse_flat(AdjParser *p, AdjTokenKind separator, AdjAstKind kind,
                          AdjAst *(*next)(AdjParser *))
{
    AdjAst *first = next(p);
    if (!first || !adj_parse_at(p, separator)) return first;
    size_t mark = p->stack_count;
    AdjAst *node = adj_parse_new(p, kind, first->span.start);
    if (!node || !adj_parse_push(p, first)) return NULL;
    while (adj_parse_accept(p, separator)) {
        if (!adj_parse_push(p, next(p))) return NULL;
    }
    if (!adj_parse_take(p, mark, &node->as_and.values)) return NULL;
    return adj_parse_done(p, node);
}

static AdjAst *parse_and(AdjParser *p)
{
    return parse_flat(p, ADJ_TOKEN_AND, ADJ_AST_AND, parse_not);
}

static AdjAst *parse_or(AdjParser *p)
{
    return parse_flat(p, ADJ_TOKEN_OR, ADJ_AST_OR, parse_and);
}

_Static_assert(offsetof(AdjAst, as_and.values) == offsetof(AdjAst, as_or.values) &&
                   offsetof(AdjAst, as_and.values) == offsetof(AdjAst, as_pipe.stages),
               "parse_flat fills all three alike");

AdjAst *adj_parse_disjunction(AdjParser *p)
{
    AdjAst *node = parse_flat(p, ADJ_TOKEN_PIPE, ADJ_AST_PIPE, parse_or);
    if (node && !p->trial) {
        p->last_operand = node;
        p->after_operand = p->pos;
    }
    return node;
}

static AdjAst *parse_lambda(AdjParser *p)
{
    AdjAst *node = adj_parse_new(p, ADJ_AST_LAMBDA, adj_parse_token(p)->start);
    adj_parse_advance(p);
    if (!node || !adj_parse_params(p, ADJ_TOKEN_COLON, &node->as_lambda.params)) return NULL;
    if (!adj_parse_expect(p, ADJ_TOKEN_COLON)) return NULL;
    AdjParseScope scope = {.outer = p->scope, .kind = ADJ_SCOPE_FUNCTION};
    p->scope = &scope;
    node->as_lambda.body = adj_parse_expression(p);
    p->scope = scope.outer;
    if (!node->as_lambda.body) return NULL;
    node->as_lambda.has_yield = scope.has_yield;
    return adj_parse_done(p, node);
}

static AdjAst *parse_conditional(AdjParser *p)
{
    AdjAst *then = adj_parse_disjunction(p);
    if (!then || !adj_parse_at(p, ADJ_TOKEN_IF)) return then;
    AdjAst *node = adj_parse_new(p, ADJ_AST_CONDITIONAL, then->span.start);
    adj_parse_advance(p);
    if (!node || !(node->as_conditional.test = adj_parse_disjunction(p))) return NULL;
    node->as_conditional.then = then;
    if (!adj_parse_accept(p, ADJ_TOKEN_ELSE)) {
        if (adj_parse_at(p, ADJ_TOKEN_COLON)) return adj_parse_unexpected(p);
        return adj_parse_fail(p, (AdjSpan){then->span.start, adj_parse_end(p)},
                              "expected 'else' after 'if' expression");
    }
    if (!(node->as_conditional.orelse = adj_parse_expression(p))) return NULL;
    return adj_parse_done(p, node);
}

AdjAst *adj_parse_expression(AdjParser *p)
{
    if (!adj_parse_enter(p)) return NULL;
    AdjAst *node = adj_parse_at(p, ADJ_TOKEN_LAMBDA) ? parse_lambda(p) : parse_conditional(p);
    adj_parse_leave(p);
    return node;
}

static AdjAst *parse_walrus(AdjParser *p)
{
    AdjAst *node = adj_parse_new(p, ADJ_AST_WALRUS, adj_parse_token(p)->start);
    if (!node || !(node->as_walrus.target = adj_parse_name_node(p))) return NULL;
    adj_parse_advance(p);
    if (!(node->as_walrus.value = adj_parse_expression(p))) return NULL;
    return adj_parse_done(p, node);
}

AdjAst *adj_parse_named(AdjParser *p)
{
    if (adj_parse_at(p, ADJ_TOKEN_NAME) && adj_parse_peek(p, 1) == ADJ_TOKEN_WALRUS) {
        return parse_walrus(p);
    }
    AdjAst *node = adj_parse_expression(p);
    if (node && adj_parse_at(p, ADJ_TOKEN_WALRUS)) return adj_parse_bad_walrus(p, node);
    if (node && adj_parse_at(p, ADJ_TOKEN_ASSIGN)) return adj_parse_bad_equals(p, node);
    return node;
}

// ---- tuples without parentheses, targets, yield ----

// [element], and more after commas: then a TUPLE.
static AdjAst *parse_bare_tuple(AdjParser *p, AdjAst *(*element)(AdjParser *))
{
    uint32_t start = adj_parse_token(p)->start;
    AdjAst *first = element(p);
    if (!first || !adj_parse_at(p, ADJ_TOKEN_COMMA)) return first;
    size_t mark = p->stack_count;
    AdjAst *node = adj_parse_new(p, ADJ_AST_TUPLE, start);
    if (!node || !adj_parse_push(p, first)) return NULL;
    while (adj_parse_accept(p, ADJ_TOKEN_COMMA) && adj_parse_starts_expression(p)) {
        if (!adj_parse_push(p, element(p))) return NULL;
    }
    if (!adj_parse_take(p, mark, &node->as_tuple.items)) return NULL;
    return adj_parse_done(p, node);
}

static AdjAst *parse_star_or_expression(AdjParser *p)
{
    return adj_parse_at(p, ADJ_TOKEN_STAR) ? adj_parse_starred(p) : adj_parse_expression(p);
}

AdjAst *adj_parse_tuple(AdjParser *p)
{
    return parse_bare_tuple(p, parse_star_or_expression);
}

static AdjAst *parse_target(AdjParser *p)
{
    return adj_parse_at(p, ADJ_TOKEN_STAR) ? adj_parse_starred(p) : adj_parse_bitwise(p);
}

AdjAst *adj_parse_targets(AdjParser *p)
{
    return parse_bare_tuple(p, parse_target);
}

AdjAst *adj_parse_yield(AdjParser *p)
{
    AdjSpan here = {adj_parse_token(p)->start, adj_parse_token(p)->end};
    if (p->scope->kind == ADJ_SCOPE_FUNCTION) {
        p->scope->has_yield = true;
    } else {
        adj_parse_late(p, here, "'yield' outside function");
    }
    adj_parse_advance(p);
    if (adj_parse_accept(p, ADJ_TOKEN_FROM)) {
        AdjAst *node = adj_parse_new(p, ADJ_AST_YIELD_FROM, here.start);
        if (!node || !(node->as_yield_from.value = adj_parse_expression(p))) return NULL;
        return adj_parse_done(p, node);
    }
    AdjAst *node = adj_parse_new(p, ADJ_AST_YIELD, here.start);
    if (!node) return NULL;
    if (adj_parse_starts_expression(p) && !(node->as_yield.value = adj_parse_tuple(p)))
        return NULL;
    return adj_parse_done(p, node);
}

AdjAst *adj_parse_value(AdjParser *p)
{
    if (adj_parse_at(p, ADJ_TOKEN_YIELD)) return adj_parse_yield(p);
    AdjAst *node = adj_parse_tuple(p);
    if (node) adj_parse_check_lone_star(p, node);
    return node;
}
