// SPDX-License-Identifier: Apache-2.0
// Arguments of calls and parameters of functions, which mirror each other: positional, starred,
// keyword, double-starred, in an order that both check with CPython's sentences.
#include <stdlib.h>

#include "lang/syntax/parse_internal.h"

// ---- calls ----

static AdjAst *parse_keyword(AdjParser *p)
{
    AdjAst *node = adj_parse_new(p, ADJ_AST_KEYWORD, adj_parse_token(p)->start);
    if (!node) return NULL;
    if (!adj_parse_accept(p, ADJ_TOKEN_DOUBLE_STAR)) {
        if (!adj_parse_name(p, &node->as_keyword.name)) return NULL;
        adj_parse_advance(p);
    }
    if (!(node->as_keyword.value = adj_parse_expression(p))) return NULL;
    return adj_parse_done(p, node);
}

static AdjAst *parse_star_argument(AdjParser *p)
{
    AdjAst *node = adj_parse_new(p, ADJ_AST_STARRED, adj_parse_token(p)->start);
    adj_parse_advance(p);
    if (!node || !(node->as_starred.value = adj_parse_expression(p))) return NULL;
    return adj_parse_done(p, node);
}

// f(a.b=1), f(True=1): the left of `=` is not a parameter's name.
static AdjAst *fail_keyword(AdjParser *p, const AdjAst *left)
{
    bool constant =
        left->kind == ADJ_AST_TRUE || left->kind == ADJ_AST_FALSE || left->kind == ADJ_AST_NONE;
    AdjSpan span = {left->span.start, adj_parse_token(p)->start + 1};
    if (constant)
        return adj_parse_fail(p, span, "cannot assign to %s", adj_parse_describe(left));
    return adj_parse_fail(p, span,
                          "expression cannot contain assignment, perhaps you meant \"==\"?");
}

static AdjAst *parse_argument(AdjParser *p)
{
    if (adj_parse_at(p, ADJ_TOKEN_STAR)) return parse_star_argument(p);
    if (adj_parse_at(p, ADJ_TOKEN_DOUBLE_STAR)) return parse_keyword(p);
    if (adj_parse_at(p, ADJ_TOKEN_NAME) && adj_parse_peek(p, 1) == ADJ_TOKEN_ASSIGN) {
        return parse_keyword(p);
    }
    uint32_t start = adj_parse_token(p)->start;
    bool walrus = adj_parse_at(p, ADJ_TOKEN_NAME) && adj_parse_peek(p, 1) == ADJ_TOKEN_WALRUS;
    AdjAst *node = walrus ? adj_parse_named(p) : adj_parse_expression(p);
    if (!node) return NULL;
    if (adj_parse_at(p, ADJ_TOKEN_ASSIGN)) return fail_keyword(p, node);
    if (!adj_parse_at(p, ADJ_TOKEN_FOR)) return node;
    AdjAst *generator = adj_parse_new(p, ADJ_AST_GENERATOR, start);
    if (!generator) return NULL;
    generator->as_generator.element = node;
    if (!adj_parse_clauses(p, &generator->as_generator.clauses)) return NULL;
    return adj_parse_done(p, generator);
}

// ---- repeated names ----

typedef struct Named {
    const char *name;  // interned, so that equal names are equal pointers
    AdjSpan span;
} Named;

static int by_name_and_place(const void *left, const void *right)
{
    const Named *a = left, *b = right;
    if (a->name != b->name) return (uintptr_t)a->name < (uintptr_t)b->name ? -1 : 1;
    return a->span.start < b->span.start ? -1 : a->span.start > b->span.start;
}

// The first of [names] in the text that has occurred before, or NULL. Sorts them, so that a
// list made to be long costs no more than its length asks for.
static const Named *find_repeated(Named *names, size_t count)
{
    const Named *first = NULL;
    qsort(names, count, sizeof *names, by_name_and_place);
    for (size_t i = 1; i < count; i++) {
        if (names[i].name != names[i - 1].name) continue;
        if (!first || names[i].span.start < first->span.start) first = &names[i];
    }
    return first;
}

static bool check_repeated_keywords(AdjParser *p, AdjAstList args)
{
    Named *names = adj_arena_alloc(p->arena, args.count * sizeof *names);
    if (!names) return adj_parse_no_memory(p);
    size_t count = 0;
    for (uint32_t i = 0; i < args.count; i++) {
        const AdjAst *node = args.items[i];
        if (node->kind != ADJ_AST_KEYWORD || !node->as_keyword.name.text) continue;
        names[count++] = (Named){node->as_keyword.name.text, node->span};
    }
    const Named *again = find_repeated(names, count);
    if (again) adj_parse_late(p, again->span, "keyword argument repeated: %.100s", again->name);
    return true;
}

static bool check_repeated_params(AdjParser *p, AdjAstList params)
{
    Named *names = adj_arena_alloc(p->arena, params.count * sizeof *names);
    if (!names) return adj_parse_no_memory(p);
    for (uint32_t i = 0; i < params.count; i++) {
        const AdjAst *node = params.items[i];
        names[i] = (Named){node->as_param.name.text, node->span};
    }
    const Named *again = find_repeated(names, params.count);
    if (!again) return true;
    adj_parse_late(p, again->span, "duplicate argument '%.100s' in function definition",
                   again->name);
    return true;
}

// ---- arguments ----

// What stands before an argument.
typedef struct ArgumentState {
    bool named, doubled;  // a keyword, a **
} ArgumentState;

// Is [node], just taken, in its place?
static bool check_argument(AdjParser *p, const AdjAst *node, ArgumentState *state)
{
    if (node->kind == ADJ_AST_KEYWORD) {
        state->named = true;
        state->doubled |= !node->as_keyword.name.text;
        return true;
    }
    if (node->kind == ADJ_AST_STARRED) {
        if (!state->doubled) return true;
        return adj_parse_fail(p, node->span,
                              "iterable argument unpacking follows keyword argument unpacking");
    }
    if (!state->named) return true;
    AdjSpan here = {adj_parse_end(p) - 1, adj_parse_end(p)};
    return adj_parse_fail(p, here, "positional argument follows keyword argument%s",
                          state->doubled ? " unpacking" : "");
}

bool adj_parse_arguments(AdjParser *p, AdjAstList *args)
{
    size_t mark = p->stack_count;
    ArgumentState state = {0};
    while (!adj_parse_at(p, ADJ_TOKEN_RPAREN)) {
        AdjAst *node = parse_argument(p);
        if (!adj_parse_push(p, node)) return false;
        bool bare = node->kind == ADJ_AST_GENERATOR && !node->parenthesised;
        bool alone = p->stack_count == mark + 1 && !adj_parse_at(p, ADJ_TOKEN_COMMA);
        if (bare && !alone) {
            return adj_parse_fail(p, node->span, "Generator expression must be parenthesized");
        }
        if (!check_argument(p, node, &state)) return false;
        if (!adj_parse_accept(p, ADJ_TOKEN_COMMA)) break;
    }
    if (!adj_parse_expect(p, ADJ_TOKEN_RPAREN) || !adj_parse_take(p, mark, args)) return false;
    return !state.named || check_repeated_keywords(p, *args);
}

// ---- parameters ----

typedef struct ParamState {
    size_t mark;        // first of them on the stack
    AdjParamKind kind;  // of the next plain one
    bool slash, star, double_star, has_default;
    bool annotations;
} ParamState;

static bool take_slash(AdjParser *p, ParamState *state)
{
    AdjSpan span = adj_parse_token_span(p);
    if (p->stack_count == state->mark && !state->star) return adj_parse_unexpected(p);
    if (state->slash) return adj_parse_fail(p, span, "/ may appear only once");
    if (state->star) return adj_parse_fail(p, span, "/ must be ahead of *");
    for (size_t i = state->mark; i < p->stack_count; i++) {
        p->stack[i]->as_param.kind = ADJ_PARAM_POSITIONAL_ONLY;
    }
    state->slash = true;
    adj_parse_advance(p);
    return true;
}

// The name, annotation and default of one parameter; [node] has its kind.
static AdjAst *finish_param(AdjParser *p, ParamState *state, AdjAst *node)
{
    bool starred =
        node->as_param.kind == ADJ_PARAM_STAR || node->as_param.kind == ADJ_PARAM_DOUBLE_STAR;
    AdjSpan name = adj_parse_token_span(p);
    if (!adj_parse_name(p, &node->as_param.name)) return NULL;
    if (state->annotations && adj_parse_accept(p, ADJ_TOKEN_COLON)) {
        bool star = adj_parse_at(p, ADJ_TOKEN_STAR) && node->as_param.kind == ADJ_PARAM_STAR;
        node->as_param.annotation = star ? adj_parse_starred(p) : adj_parse_expression(p);
        if (!node->as_param.annotation) return NULL;
    }
    AdjSpan equals = adj_parse_token_span(p);
    if (adj_parse_accept(p, ADJ_TOKEN_ASSIGN)) {
        if (starred) {
            return adj_parse_fail(p, equals, "var-%s argument cannot have default value",
                                  node->as_param.kind == ADJ_PARAM_STAR ? "positional"
                                                                        : "keyword");
        }
        if (adj_parse_at(p, ADJ_TOKEN_COMMA) || adj_parse_at(p, ADJ_TOKEN_RPAREN) ||
            adj_parse_at(p, ADJ_TOKEN_COLON)) {
            return adj_parse_fail(p, equals, "expected default value expression");
        }
        if (!(node->as_param.default_value = adj_parse_expression(p))) return NULL;
        if (node->as_param.kind == ADJ_PARAM_PLAIN) state->has_default = true;
    } else if (state->has_default && node->as_param.kind == ADJ_PARAM_PLAIN) {
        return adj_parse_fail(p, name, "non-default argument follows default argument");
    }
    return adj_parse_done(p, node);
}

// `*`, `*name`, `**name` or `name`. A bare star gives no node but changes what follows.
static bool take_param(AdjParser *p, ParamState *state, AdjTokenKind close)
{
    AdjSpan span = adj_parse_token_span(p);
    if (state->double_star) {
        return adj_parse_fail(p, span, "arguments cannot follow var-keyword argument");
    }
    AdjAst *node = adj_parse_new(p, ADJ_AST_PARAM, span.start);
    if (!node) return false;
    node->as_param.kind = state->kind;
    if (adj_parse_accept(p, ADJ_TOKEN_STAR)) {
        if (state->star) return adj_parse_fail(p, span, "* argument may appear only once");
        state->star = true;
        state->kind = ADJ_PARAM_KEYWORD_ONLY;
        if (adj_parse_at(p, ADJ_TOKEN_COMMA)) {
            AdjTokenKind next = adj_parse_peek(p, 1);
            if (next != close && next != ADJ_TOKEN_DOUBLE_STAR) return true;
        }
        if (!adj_parse_at(p, ADJ_TOKEN_NAME)) {
            return adj_parse_fail(p, span, "named arguments must follow bare *");
        }
        node->as_param.kind = ADJ_PARAM_STAR;
    } else if (adj_parse_accept(p, ADJ_TOKEN_DOUBLE_STAR)) {
        state->double_star = true;
        node->as_param.kind = ADJ_PARAM_DOUBLE_STAR;
    }
    return adj_parse_push(p, finish_param(p, state, node));
}

// `def f((a, b))`, as Python 2 had it.
static bool fail_parenthesised(AdjParser *p, bool function)
{
    uint32_t ahead = 1;
    while (adj_parse_peek(p, ahead) == ADJ_TOKEN_NAME) {
        ahead += adj_parse_peek(p, ahead + 1) == ADJ_TOKEN_COMMA ? 2 : 1;
    }
    if (ahead == 1 || adj_parse_peek(p, ahead) != ADJ_TOKEN_RPAREN)
        return adj_parse_unexpected(p);
    return adj_parse_fail(p, adj_parse_token_span(p), "%s parameters cannot be parenthesized",
                          function ? "Function" : "Lambda expression");
}

bool adj_parse_params(AdjParser *p, AdjTokenKind close, AdjAstList *params)
{
    ParamState state = {.mark = p->stack_count,
                        .kind = ADJ_PARAM_PLAIN,
                        .annotations = close == ADJ_TOKEN_RPAREN};
    while (!adj_parse_at(p, close)) {
        if (adj_parse_at(p, ADJ_TOKEN_LPAREN)) return fail_parenthesised(p, state.annotations);
        bool good = adj_parse_at(p, ADJ_TOKEN_SLASH) ? take_slash(p, &state)
                                                     : take_param(p, &state, close);
        if (!good) return false;
        if (!adj_parse_accept(p, ADJ_TOKEN_COMMA)) break;
    }
    return adj_parse_take(p, state.mark, params) && check_repeated_params(p, *params);
}
