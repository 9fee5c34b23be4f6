// SPDX-License-Identifier: Apache-2.0
// Displays and comprehensions: what stands in parentheses, brackets and braces when it is not a
// call or an index. The bracket decides the family, the first element or pair and what follows
// it the member: `for` makes a comprehension, a comma a tuple, a colon a dict.
#include "lang/syntax/parse_internal.h"

// ---- comprehensions ----

static AdjAst *parse_clause(AdjParser *p)
{
    AdjAst *node = adj_parse_new(p, ADJ_AST_COMP_FOR, adj_parse_token(p)->start);
    adj_parse_advance(p);
    if (!node || !(node->as_comp_for.target = adj_parse_targets(p))) return NULL;
    if (!adj_parse_accept(p, ADJ_TOKEN_IN)) {
        if (!adj_parse_check_target(p, node->as_comp_for.target, ADJ_TARGET_FOR)) return NULL;
        p->last_operand = (AdjAst *)adj_parse_last_item(node->as_comp_for.target);
        p->after_operand = p->pos;
        return adj_parse_unexpected(p);
    }
    if (!adj_parse_check_target(p, node->as_comp_for.target, ADJ_TARGET_FOR)) return NULL;
    if (!(node->as_comp_for.iter = adj_parse_disjunction(p))) return NULL;
    size_t mark = p->stack_count;
    while (adj_parse_accept(p, ADJ_TOKEN_IF)) {
        if (!adj_parse_push(p, adj_parse_disjunction(p))) return NULL;
    }
    if (!adj_parse_take(p, mark, &node->as_comp_for.conditions)) return NULL;
    p->last_operand = NULL;  // nobody forgets a comma here
    return adj_parse_done(p, node);
}

// The clauses after the element. The element was parsed in the enclosing scope's name, which
// only matters for `yield`: the late check there looks at what comes next.
bool adj_parse_clauses(AdjParser *p, AdjAstList *clauses)
{
    size_t mark = p->stack_count;
    AdjParseScope scope = {.outer = p->scope, .kind = ADJ_SCOPE_COMPREHENSION};
    p->scope = &scope;
    bool good = true;
    while (good && adj_parse_at(p, ADJ_TOKEN_FOR)) good = adj_parse_push(p, parse_clause(p));
    p->scope = scope.outer;
    return good && adj_parse_take(p, mark, clauses);
}

static AdjAst *fail_element(AdjParser *p, const AdjAst *element)
{
    return adj_parse_fail(p, element->span,
                          "iterable unpacking cannot be used in comprehension");
}

// [element for ...] and its two sisters; [kind] says which. The closing bracket is taken.
static AdjAst *parse_comprehension(AdjParser *p, AdjAstKind kind, uint32_t start,
                                   AdjAst *element, AdjTokenKind close)
{
    if (element->kind == ADJ_AST_STARRED) return fail_element(p, element);
    AdjAst *node = adj_parse_new(p, kind, start);
    if (!node) return NULL;
    node->as_list_comp.element = element;  // the three kinds share their fields' layout
    if (!adj_parse_clauses(p, &node->as_list_comp.clauses)) return NULL;
    if (!adj_parse_expect(p, close)) return NULL;
    return adj_parse_done(p, node);
}

_Static_assert(offsetof(AdjAst, as_list_comp.clauses) ==
                       offsetof(AdjAst, as_generator.clauses) &&
                   offsetof(AdjAst, as_list_comp.clauses) ==
                       offsetof(AdjAst, as_set_comp.clauses),
               "parse_comprehension fills all three alike");

// ---- displays ----

AdjAst *adj_parse_starred(AdjParser *p)
{
    AdjAst *node = adj_parse_new(p, ADJ_AST_STARRED, adj_parse_token(p)->start);
    adj_parse_advance(p);
    if (!node || !(node->as_starred.value = adj_parse_bitwise(p))) return NULL;
    return adj_parse_done(p, node);
}

// An element of a display: starred, or with walrus.
static AdjAst *parse_element(AdjParser *p)
{
    return adj_parse_at(p, ADJ_TOKEN_STAR) ? adj_parse_starred(p) : adj_parse_named(p);
}

// Elements after the first, up to the closing bracket, which is not taken.
static bool parse_more_elements(AdjParser *p)
{
    while (adj_parse_accept(p, ADJ_TOKEN_COMMA)) {
        if (!adj_parse_starts_expression(p)) return true;
        if (!adj_parse_push(p, parse_element(p))) return false;
    }
    return true;
}

// `[a, b for ...]`: the tuple must have its own parentheses.
static bool forgot_parentheses(AdjParser *p, const AdjAst *first)
{
    if (!adj_parse_at(p, ADJ_TOKEN_FOR) || p->error->kind != ADJ_PARSE_OK) return false;
    adj_parse_fail(p, (AdjSpan){first->span.start, adj_parse_end(p)},
                   "did you forget parentheses around the comprehension target?");
    return true;
}

AdjAst *adj_parse_inside_parens(AdjParser *p, uint32_t start, AdjTokenKind close)
{
    if (adj_parse_at(p, ADJ_TOKEN_YIELD)) {
        AdjAst *node = adj_parse_yield(p);
        return node && adj_parse_expect(p, close) ? node : NULL;
    }
    if (adj_parse_at(p, ADJ_TOKEN_DOUBLE_STAR)) {
        return adj_parse_fail(p, adj_parse_token_span(p),
                              "cannot use double starred expression here");
    }
    size_t mark = p->stack_count;
    AdjAst *first = adj_parse_at(p, close) ? NULL : parse_element(p);
    if (!first && !adj_parse_at(p, close)) return NULL;
    if (p->error->kind != ADJ_PARSE_OK) return NULL;
    if (first && adj_parse_at(p, ADJ_TOKEN_FOR)) {
        return parse_comprehension(p, ADJ_AST_GENERATOR, start, first, close);
    }
    if (first && !adj_parse_at(p, ADJ_TOKEN_COMMA)) {
        if (!adj_parse_expect(p, close)) return NULL;
        if (first->kind != ADJ_AST_STARRED) return first;
        return adj_parse_fail(p, first->span, "cannot use starred expression here");
    }
    AdjAst *node = adj_parse_new(p, ADJ_AST_TUPLE, start);
    if (!node || (first && !adj_parse_push(p, first)) || !parse_more_elements(p)) return NULL;
    if (!adj_parse_expect(p, close)) return NULL;
    if (!adj_parse_take(p, mark, &node->as_tuple.items)) return NULL;
    return adj_parse_done(p, node);
}

AdjAst *adj_parse_list(AdjParser *p)
{
    uint32_t start = adj_parse_token(p)->start;
    size_t mark = p->stack_count;
    adj_parse_advance(p);
    AdjAst *first = NULL;
    if (!adj_parse_at(p, ADJ_TOKEN_RBRACKET)) {
        if (!(first = parse_element(p))) return NULL;
        if (adj_parse_at(p, ADJ_TOKEN_FOR)) {
            return parse_comprehension(p, ADJ_AST_LIST_COMP, start, first, ADJ_TOKEN_RBRACKET);
        }
        if (!adj_parse_push(p, first) || !parse_more_elements(p)) return NULL;
        if (forgot_parentheses(p, first)) return NULL;
    }
    AdjAst *node = adj_parse_new(p, ADJ_AST_LIST, start);
    if (!adj_parse_expect(p, ADJ_TOKEN_RBRACKET) || !node) return NULL;
    if (!adj_parse_take(p, mark, &node->as_list.items)) return NULL;
    return adj_parse_done(p, node);
}

static AdjAst *parse_set(AdjParser *p, uint32_t start, AdjAst *first)
{
    size_t mark = p->stack_count;
    AdjAst *node = adj_parse_new(p, ADJ_AST_SET, start);
    if (!node || !adj_parse_push(p, first) || !parse_more_elements(p)) return NULL;
    if (forgot_parentheses(p, first)) return NULL;
    if (!adj_parse_expect(p, ADJ_TOKEN_RBRACE)) return NULL;
    if (!adj_parse_take(p, mark, &node->as_set.items)) return NULL;
    return adj_parse_done(p, node);
}

// The value after a key; the colon is the current token if all is well.
static AdjAst *parse_dict_value(AdjParser *p, const AdjAst *key)
{
    if (!adj_parse_at(p, ADJ_TOKEN_COLON)) {
        if (!adj_parse_at(p, ADJ_TOKEN_RBRACE) && !adj_parse_at(p, ADJ_TOKEN_COMMA)) {
            return adj_parse_unexpected(p);
        }
        return adj_parse_fail(p, (AdjSpan){key->span.end - 1, key->span.end},
                              "':' expected after dictionary key");
    }
    AdjSpan colon = {adj_parse_token(p)->start, adj_parse_token(p)->start + 1};
    adj_parse_advance(p);
    if (adj_parse_at(p, ADJ_TOKEN_RBRACE) || adj_parse_at(p, ADJ_TOKEN_COMMA)) {
        return adj_parse_fail(p, colon, "expression expected after dictionary key and ':'");
    }
    if (adj_parse_at(p, ADJ_TOKEN_STAR)) {
        return adj_parse_fail(
            p, (AdjSpan){adj_parse_token(p)->start, adj_parse_token(p)->start + 1},
            "cannot use a starred expression in a dictionary value");
    }
    return adj_parse_expression(p);
}

// Keys and values go to the stack in pairs; a NULL key is **value.
static bool parse_pair(AdjParser *p, AdjAst *key)
{
    if (key) {
        return adj_parse_push(p, key) && adj_parse_push(p, parse_dict_value(p, key));
    }
    if (adj_parse_accept(p, ADJ_TOKEN_DOUBLE_STAR)) {
        return adj_parse_push(p, NULL) && adj_parse_push(p, adj_parse_bitwise(p));
    }
    key = adj_parse_expression(p);
    return key && parse_pair(p, key);
}

static bool take_pairs(AdjParser *p, size_t mark, AdjAst *node)
{
    size_t pairs = (p->stack_count - mark) / 2;
    AdjAstList both;
    if (!adj_parse_take(p, mark, &both)) return false;
    size_t bytes = pairs * sizeof *both.items;
    AdjAst **keys = adj_arena_alloc(p->arena, bytes),
           **values = adj_arena_alloc(p->arena, bytes);
    if (!keys || !values) return adj_parse_no_memory(p);
    for (size_t i = 0; i < pairs; i++) {
        keys[i] = both.items[2 * i];
        values[i] = both.items[2 * i + 1];
    }
    node->as_dict.keys = (AdjAstList){keys, (uint32_t)pairs};
    node->as_dict.values = (AdjAstList){values, (uint32_t)pairs};
    return true;
}

static AdjAst *parse_dict_comp(AdjParser *p, uint32_t start, AdjAst *key, AdjAst *value)
{
    AdjAst *node = adj_parse_new(p, ADJ_AST_DICT_COMP, start);
    if (!node) return NULL;
    node->as_dict_comp.key = key;
    node->as_dict_comp.value = value;
    if (!adj_parse_clauses(p, &node->as_dict_comp.clauses)) return NULL;
    if (!adj_parse_expect(p, ADJ_TOKEN_RBRACE)) return NULL;
    return adj_parse_done(p, node);
}

// From after the first pair or from `{}`. [key] is the first key, NULL for ** or for {}.
static AdjAst *parse_dict(AdjParser *p, uint32_t start, AdjAst *key)
{
    size_t mark = p->stack_count;
    AdjAst *node = adj_parse_new(p, ADJ_AST_DICT, start);
    if (!node) return NULL;
    if (key || !adj_parse_at(p, ADJ_TOKEN_RBRACE)) {
        AdjSpan star = {adj_parse_token(p)->start, adj_parse_token(p)->start + 2};
        if (!parse_pair(p, key)) return NULL;
        if (adj_parse_at(p, ADJ_TOKEN_FOR)) {
            AdjAst *value = p->stack[p->stack_count - 1];
            p->stack_count = mark;
            if (key) return parse_dict_comp(p, start, key, value);
            return adj_parse_fail(p, star,
                                  "dict unpacking cannot be used in dict comprehension");
        }
        while (adj_parse_accept(p, ADJ_TOKEN_COMMA) && !adj_parse_at(p, ADJ_TOKEN_RBRACE)) {
            if (!parse_pair(p, NULL)) return NULL;
        }
    }
    if (!adj_parse_expect(p, ADJ_TOKEN_RBRACE) || !take_pairs(p, mark, node)) return NULL;
    return adj_parse_done(p, node);
}

AdjAst *adj_parse_brace(AdjParser *p)
{
    uint32_t start = adj_parse_token(p)->start;
    adj_parse_advance(p);
    if (adj_parse_at(p, ADJ_TOKEN_RBRACE) || adj_parse_at(p, ADJ_TOKEN_DOUBLE_STAR)) {
        return parse_dict(p, start, NULL);
    }
    AdjAst *first = parse_element(p);
    if (!first) return NULL;
    if (adj_parse_at(p, ADJ_TOKEN_FOR)) {
        return parse_comprehension(p, ADJ_AST_SET_COMP, start, first, ADJ_TOKEN_RBRACE);
    }
    bool bare = first->kind != ADJ_AST_WALRUS || first->parenthesised;
    if (adj_parse_at(p, ADJ_TOKEN_COLON) && first->kind != ADJ_AST_STARRED && bare) {
        return parse_dict(p, start, first);
    }
    return parse_set(p, start, first);
}
