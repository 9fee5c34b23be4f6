// SPDX-License-Identifier: Apache-2.0
// Statements. Compound ones are found by their keyword; everything else is an expression that
// may turn out to be the target of an assignment when `=`, `:` or an augmented operator
// follows.
//
// Invariant: a block's statements are read up to its DEDENT, which is taken; a simple statement
// takes its NEWLINE. So between statements the current token always starts one.
#include <string.h>

#include "lang/syntax/parse_internal.h"

static bool parse_statement(AdjParser *p);

static uint32_t start_of(const AdjParser *p)
{
    return adj_parse_token(p)->start;
}

// ---- blocks ----

static bool parse_simple_line(AdjParser *p);

// A statement's body after its colon: a block or the rest of the line. [what] and [line] are
// for "expected an indented block after <what> on line <line>".
static bool parse_block(AdjParser *p, const char *what, uint32_t line, AdjAstList *body)
{
    size_t mark = p->stack_count;
    if (!adj_parse_at(p, ADJ_TOKEN_NEWLINE)) {
        return parse_simple_line(p) && adj_parse_take(p, mark, body);
    }
    adj_parse_advance(p);
    if (!adj_parse_accept(p, ADJ_TOKEN_INDENT)) {
        if (adj_parse_at(p, ADJ_TOKEN_ERROR)) return adj_parse_unexpected(p);
        return adj_parse_fail_indent(p, "expected an indented block after %s on line %u", what,
                                     line);
    }
    do {
        if (!parse_statement(p)) return false;
    } while (!adj_parse_at(p, ADJ_TOKEN_DEDENT) && !adj_parse_at(p, ADJ_TOKEN_END));
    adj_parse_accept(p, ADJ_TOKEN_DEDENT);
    return adj_parse_take(p, mark, body);
}

static bool colon_and_block(AdjParser *p, bool forced, const char *what, uint32_t line,
                            AdjAstList *body)
{
    return adj_parse_colon(p, forced) && parse_block(p, what, line, body);
}

static bool loop_block(AdjParser *p, const char *what, uint32_t line, AdjAstList *body)
{
    p->scope->loops++;
    bool good = colon_and_block(p, false, what, line, body);
    p->scope->loops--;
    return good;
}

static bool parse_else(AdjParser *p, AdjAstList *orelse)
{
    uint32_t line = adj_parse_token(p)->line;
    if (!adj_parse_accept(p, ADJ_TOKEN_ELSE)) return true;
    return colon_and_block(p, true, "'else' statement", line, orelse);
}

// ---- if, while, for ----

static AdjAst *parse_if(AdjParser *p)
{
    const AdjToken *token = adj_parse_token(p);
    const char *what = token->kind == ADJ_TOKEN_IF ? "'if' statement" : "'elif' statement";
    AdjAst *node = adj_parse_new(p, ADJ_AST_IF, token->start);
    adj_parse_advance(p);
    if (!node || !(node->as_if.test = adj_parse_named(p))) return NULL;
    if (!colon_and_block(p, false, what, token->line, &node->as_if.body)) return NULL;
    if (adj_parse_at(p, ADJ_TOKEN_ELIF)) {
        size_t mark = p->stack_count;
        if (!adj_parse_enter(p)) return NULL;
        bool good = adj_parse_push(p, parse_if(p));
        adj_parse_leave(p);
        if (!good || !adj_parse_take(p, mark, &node->as_if.orelse)) return NULL;
    } else if (!parse_else(p, &node->as_if.orelse)) {
        return NULL;
    }
    return adj_parse_done(p, node);
}

static AdjAst *parse_while(AdjParser *p)
{
    const AdjToken *token = adj_parse_token(p);
    AdjAst *node = adj_parse_new(p, ADJ_AST_WHILE, token->start);
    adj_parse_advance(p);
    if (!node || !(node->as_while.test = adj_parse_named(p))) return NULL;
    if (!loop_block(p, "'while' statement", token->line, &node->as_while.body)) return NULL;
    if (!parse_else(p, &node->as_while.orelse)) return NULL;
    return adj_parse_done(p, node);
}

static AdjAst *parse_for(AdjParser *p)
{
    const AdjToken *token = adj_parse_token(p);
    AdjAst *node = adj_parse_new(p, ADJ_AST_FOR, token->start);
    adj_parse_advance(p);
    if (!node || !(node->as_for.target = adj_parse_targets(p))) return NULL;
    if (!adj_parse_check_target(p, node->as_for.target, ADJ_TARGET_FOR)) return NULL;
    if (!adj_parse_expect(p, ADJ_TOKEN_IN)) return NULL;
    if (!(node->as_for.iter = adj_parse_tuple(p))) return NULL;
    adj_parse_check_lone_star(p, node->as_for.iter);
    if (!loop_block(p, "'for' statement", token->line, &node->as_for.body)) return NULL;
    if (!parse_else(p, &node->as_for.orelse)) return NULL;
    return adj_parse_done(p, node);
}

// ---- def, class, decorators ----

static bool scoped_block(AdjParser *p, AdjScopeKind kind, const char *what, uint32_t line,
                         AdjAstList *body, bool *has_yield)
{
    AdjParseScope scope = {.outer = p->scope, .kind = kind};
    p->scope = &scope;
    bool good = colon_and_block(p, kind == ADJ_SCOPE_FUNCTION, what, line, body);
    p->scope = scope.outer;
    if (has_yield) *has_yield = scope.has_yield;
    return good;
}

static AdjAst *parse_def(AdjParser *p, AdjAstList decorators)
{
    const AdjToken *token = adj_parse_token(p);
    AdjAst *node = adj_parse_new(p, ADJ_AST_FUNCTION, token->start);
    adj_parse_advance(p);
    if (!node || !adj_parse_name(p, &node->as_function.name)) return NULL;
    node->as_function.decorators = decorators;
    if (!adj_parse_accept(p, ADJ_TOKEN_LPAREN)) {
        if (adj_parse_at(p, ADJ_TOKEN_ERROR)) return adj_parse_unexpected(p);
        return adj_parse_fail(p, adj_parse_token_span(p), "expected '('");
    }
    if (!adj_parse_params(p, ADJ_TOKEN_RPAREN, &node->as_function.params)) return NULL;
    if (!adj_parse_expect(p, ADJ_TOKEN_RPAREN)) return NULL;
    AdjSpan arrow = adj_parse_token_span(p);
    if (adj_parse_accept(p, ADJ_TOKEN_ARROW)) {
        if (adj_parse_at(p, ADJ_TOKEN_COLON)) return adj_parse_fail(p, arrow, "expected ':'");
        if (!(node->as_function.returns = adj_parse_expression(p))) return NULL;
    }
    if (!scoped_block(p, ADJ_SCOPE_FUNCTION, "function definition", token->line,
                      &node->as_function.body, &node->as_function.has_yield)) {
        return NULL;
    }
    return adj_parse_done(p, node);
}

static AdjAst *parse_class(AdjParser *p, AdjAstList decorators)
{
    const AdjToken *token = adj_parse_token(p);
    AdjAst *node = adj_parse_new(p, ADJ_AST_CLASS, token->start);
    adj_parse_advance(p);
    if (!node || !adj_parse_name(p, &node->as_class.name)) return NULL;
    node->as_class.decorators = decorators;
    if (adj_parse_accept(p, ADJ_TOKEN_LPAREN) &&
        !adj_parse_arguments(p, &node->as_class.args)) {
        return NULL;
    }
    for (uint32_t i = 0; i < node->as_class.args.count; i++) {
        const AdjAst *argument = node->as_class.args.items[i];
        if (argument->kind == ADJ_AST_GENERATOR && !argument->parenthesised) {
            return adj_parse_fail(p, argument->span, "invalid syntax");
        }
    }
    if (!scoped_block(p, ADJ_SCOPE_CLASS, "class definition", token->line, &node->as_class.body,
                      NULL)) {
        return NULL;
    }
    return adj_parse_done(p, node);
}

static AdjAst *parse_decorated(AdjParser *p)
{
    AdjAstList decorators;
    size_t mark = p->stack_count;
    while (adj_parse_accept(p, ADJ_TOKEN_AT)) {
        if (!adj_parse_push(p, adj_parse_named(p))) return NULL;
        if (!adj_parse_expect(p, ADJ_TOKEN_NEWLINE)) return NULL;
    }
    if (!adj_parse_take(p, mark, &decorators)) return NULL;
    if (adj_parse_at(p, ADJ_TOKEN_DEF)) return parse_def(p, decorators);
    if (adj_parse_at(p, ADJ_TOKEN_CLASS)) return parse_class(p, decorators);
    return adj_parse_unexpected(p);
}

// ---- with ----

static AdjAst *parse_with_item(AdjParser *p)
{
    AdjAst *node = adj_parse_new(p, ADJ_AST_WITH_ITEM, start_of(p));
    if (!node || !(node->as_with_item.context = adj_parse_expression(p))) return NULL;
    if (adj_parse_accept(p, ADJ_TOKEN_AS)) {
        AdjAst *target =
            adj_parse_at(p, ADJ_TOKEN_STAR) ? adj_parse_starred(p) : adj_parse_bitwise(p);
        if (!target || !adj_parse_check_target(p, target, ADJ_TARGET_ASSIGN)) return NULL;
        node->as_with_item.target = target;
    }
    return adj_parse_done(p, node);
}

// `with (a as b, c):` or `with (a, b):`: are these parentheses the statement's own? They are
// when they close right before the colon and hold `as` or a comma at their own level.
static bool parenthesised_items(const AdjParser *p)
{
    if (!adj_parse_at(p, ADJ_TOKEN_LPAREN)) return false;
    uint8_t level = (uint8_t)(adj_parse_token(p)->depth + 1);
    bool several = false;
    for (uint32_t i = p->pos + 1; i + 1 < p->tokens.count; i++) {
        const AdjToken *token = &p->tokens.items[i];
        if (token->kind == ADJ_TOKEN_RPAREN && token->depth + 1 == level) {
            return several && token[1].kind == ADJ_TOKEN_COLON;
        }
        if (token->depth != level) continue;
        several |= token->kind == ADJ_TOKEN_AS || token->kind == ADJ_TOKEN_COMMA;
        if (token->kind == ADJ_TOKEN_FOR || token->kind == ADJ_TOKEN_WALRUS) return false;
    }
    return false;
}

static AdjAst *parse_with(AdjParser *p)
{
    const AdjToken *token = adj_parse_token(p);
    AdjAst *node = adj_parse_new(p, ADJ_AST_WITH, token->start);
    adj_parse_advance(p);
    if (!node) return NULL;
    size_t mark = p->stack_count;
    bool parenthesised = parenthesised_items(p);
    if (parenthesised) adj_parse_advance(p);
    do {
        if (parenthesised && adj_parse_at(p, ADJ_TOKEN_RPAREN)) break;
        if (!adj_parse_push(p, parse_with_item(p))) return NULL;
    } while (adj_parse_accept(p, ADJ_TOKEN_COMMA));
    if (parenthesised && !adj_parse_expect(p, ADJ_TOKEN_RPAREN)) return NULL;
    if (!adj_parse_take(p, mark, &node->as_with.items)) return NULL;
    if (!colon_and_block(p, false, "'with' statement", token->line, &node->as_with.body)) {
        return NULL;
    }
    return adj_parse_done(p, node);
}

// ---- try ----

static AdjAst *parse_handler(AdjParser *p)
{
    const AdjToken *token = adj_parse_token(p);
    AdjAst *node = adj_parse_new(p, ADJ_AST_HANDLER, token->start);
    adj_parse_advance(p);
    if (!node) return NULL;
    if (adj_parse_at(p, ADJ_TOKEN_STAR)) {
        return adj_parse_fail(p, adj_parse_token_span(p), "except* is not supported");
    }
    if (!adj_parse_at(p, ADJ_TOKEN_COLON) && !adj_parse_at(p, ADJ_TOKEN_NEWLINE)) {
        AdjAst *type = node->as_handler.type = adj_parse_expression(p);
        if (!type) return NULL;
        if (adj_parse_at(p, ADJ_TOKEN_COMMA)) {
            while (adj_parse_accept(p, ADJ_TOKEN_COMMA)) {
                if (!adj_parse_expression(p)) return NULL;
            }
            return adj_parse_fail(p, (AdjSpan){type->span.start, adj_parse_end(p)},
                                  "multiple exception types must be parenthesized");
        }
        if (adj_parse_accept(p, ADJ_TOKEN_AS) && !adj_parse_name(p, &node->as_handler.name)) {
            return NULL;
        }
    }
    if (!colon_and_block(p, false, "'except' statement", token->line, &node->as_handler.body)) {
        return NULL;
    }
    return adj_parse_done(p, node);
}

static bool parse_handlers(AdjParser *p, AdjAstList *handlers)
{
    size_t mark = p->stack_count;
    const AdjAst *bare = NULL;
    while (adj_parse_at(p, ADJ_TOKEN_EXCEPT)) {
        if (bare) {
            adj_parse_late(p, (AdjSpan){bare->span.start, bare->span.start + 6},
                           "default 'except:' must be last");
        }
        AdjAst *handler = parse_handler(p);
        if (!adj_parse_push(p, handler)) return false;
        if (!handler->as_handler.type) bare = handler;
    }
    return adj_parse_take(p, mark, handlers);
}

static AdjAst *parse_try(AdjParser *p)
{
    const AdjToken *token = adj_parse_token(p);
    AdjAst *node = adj_parse_new(p, ADJ_AST_TRY, token->start);
    adj_parse_advance(p);
    if (!node) return NULL;
    if (!colon_and_block(p, true, "'try' statement", token->line, &node->as_try.body))
        return NULL;
    if (!parse_handlers(p, &node->as_try.handlers)) return NULL;
    if (node->as_try.handlers.count && !parse_else(p, &node->as_try.orelse)) return NULL;
    uint32_t line = adj_parse_token(p)->line;
    if (adj_parse_accept(p, ADJ_TOKEN_FINALLY)) {
        if (!colon_and_block(p, true, "'finally' statement", line, &node->as_try.finally)) {
            return NULL;
        }
    } else if (!node->as_try.handlers.count) {
        if (adj_parse_at(p, ADJ_TOKEN_ERROR)) return adj_parse_unexpected(p);
        return adj_parse_fail(p, adj_parse_token_span(p),
                              "expected 'except' or 'finally' block");
    }
    return adj_parse_done(p, node);
}

// ---- import ----

// a.b.c as one text.
static bool parse_dotted(AdjParser *p, AdjText *name)
{
    if (!adj_parse_name(p, name)) return false;
    if (!adj_parse_at(p, ADJ_TOKEN_DOT)) return true;
    char *joined = adj_arena_alloc(p->arena, name->length);
    size_t length = name->length, capacity = length;
    if (!joined) return adj_parse_no_memory(p);
    memcpy(joined, name->text, length);
    while (adj_parse_accept(p, ADJ_TOKEN_DOT)) {
        AdjText part;
        if (!adj_parse_name(p, &part)) return false;
        if (length + 1 + part.length > capacity) {
            capacity = 2 * (length + 1 + part.length);
            char *grown = adj_arena_alloc(p->arena, capacity);
            if (!grown) return adj_parse_no_memory(p);
            joined = memcpy(grown, joined, length);
        }
        joined[length++] = '.';
        memcpy(joined + length, part.text, part.length);
        length += part.length;
    }
    *name = adj_parse_intern(p, joined, (uint32_t)length);
    return name->text != NULL;
}

static AdjAst *parse_alias(AdjParser *p, bool dotted)
{
    AdjAst *node = adj_parse_new(p, ADJ_AST_ALIAS, start_of(p));
    if (!node) return NULL;
    bool good = dotted ? parse_dotted(p, &node->as_alias.name)
                       : adj_parse_name(p, &node->as_alias.name);
    if (!good) return NULL;
    if (adj_parse_accept(p, ADJ_TOKEN_AS) && !adj_parse_name(p, &node->as_alias.as_name)) {
        return NULL;
    }
    return adj_parse_done(p, node);
}

static AdjAst *parse_import(AdjParser *p)
{
    AdjAst *node = adj_parse_new(p, ADJ_AST_IMPORT, start_of(p));
    size_t mark = p->stack_count;
    adj_parse_advance(p);
    if (!node) return NULL;
    do {
        if (!adj_parse_push(p, parse_alias(p, true))) return NULL;
    } while (adj_parse_accept(p, ADJ_TOKEN_COMMA));
    if (!adj_parse_take(p, mark, &node->as_import.names)) return NULL;
    return adj_parse_done(p, node);
}

static AdjAst *parse_star_alias(AdjParser *p)
{
    AdjAst *node = adj_parse_new(p, ADJ_AST_ALIAS, start_of(p));
    if (p->scope->kind != ADJ_SCOPE_MODULE) {
        adj_parse_late(p, adj_parse_token_span(p), "import * only allowed at module level");
    }
    adj_parse_advance(p);
    if (!node) return NULL;
    node->as_alias.name = adj_parse_intern(p, "*", 1);
    return adj_parse_done(p, node);
}

static bool parse_imported(AdjParser *p)
{
    if (adj_parse_at(p, ADJ_TOKEN_STAR)) return adj_parse_push(p, parse_star_alias(p));
    bool parens = adj_parse_accept(p, ADJ_TOKEN_LPAREN);
    for (;;) {
        if (!adj_parse_push(p, parse_alias(p, false))) return false;
        AdjSpan comma = adj_parse_token_span(p);
        if (!adj_parse_accept(p, ADJ_TOKEN_COMMA)) break;
        if (parens && adj_parse_at(p, ADJ_TOKEN_RPAREN)) break;
        if (!parens && adj_parse_at(p, ADJ_TOKEN_NEWLINE)) {
            return adj_parse_fail(p, comma,
                                  "trailing comma not allowed without surrounding parentheses");
        }
    }
    return !parens || adj_parse_expect(p, ADJ_TOKEN_RPAREN);
}

static AdjAst *parse_from(AdjParser *p)
{
    AdjAst *node = adj_parse_new(p, ADJ_AST_IMPORT_FROM, start_of(p));
    adj_parse_advance(p);
    if (!node) return NULL;
    while (adj_parse_at(p, ADJ_TOKEN_DOT) || adj_parse_at(p, ADJ_TOKEN_ELLIPSIS)) {
        node->as_import_from.level += adj_parse_at(p, ADJ_TOKEN_DOT) ? 1 : 3;
        adj_parse_advance(p);
    }
    bool named = node->as_import_from.level == 0 || adj_parse_at(p, ADJ_TOKEN_NAME);
    if (named && !parse_dotted(p, &node->as_import_from.module)) return NULL;
    if (!adj_parse_expect(p, ADJ_TOKEN_IMPORT)) return NULL;
    size_t mark = p->stack_count;
    if (!parse_imported(p)) return NULL;
    if (!adj_parse_take(p, mark, &node->as_import_from.names)) return NULL;
    return adj_parse_done(p, node);
}

// ---- one-line statements ----

static AdjAst *parse_word(AdjParser *p, AdjAstKind kind)
{
    AdjAst *node = adj_parse_new(p, kind, start_of(p));
    AdjSpan span = adj_parse_token_span(p);
    if (kind != ADJ_AST_PASS && p->scope->loops == 0) {
        adj_parse_late(p, span,
                       kind == ADJ_AST_BREAK ? "'break' outside loop"
                                             : "'continue' not properly in loop");
    }
    adj_parse_advance(p);
    return adj_parse_done(p, node);
}

static AdjAst *parse_return(AdjParser *p)
{
    AdjAst *node = adj_parse_new(p, ADJ_AST_RETURN, start_of(p));
    AdjSpan keyword = adj_parse_token_span(p);
    bool outside = p->scope->kind != ADJ_SCOPE_FUNCTION;
    adj_parse_advance(p);
    if (!node) return NULL;
    if (adj_parse_starts_expression(p) && !(node->as_return.value = adj_parse_tuple(p))) {
        return NULL;
    }
    if (node->as_return.value) adj_parse_check_lone_star(p, node->as_return.value);
    if (outside) {
        adj_parse_late(p, (AdjSpan){keyword.start, adj_parse_end(p)},
                       "'return' outside function");
    }
    return adj_parse_done(p, node);
}

static AdjAst *parse_raise(AdjParser *p)
{
    AdjAst *node = adj_parse_new(p, ADJ_AST_RAISE, start_of(p));
    adj_parse_advance(p);
    if (!node || !adj_parse_starts_expression(p)) return adj_parse_done(p, node);
    if (!(node->as_raise.exception = adj_parse_expression(p))) return NULL;
    if (adj_parse_accept(p, ADJ_TOKEN_FROM) &&
        !(node->as_raise.cause = adj_parse_expression(p))) {
        return NULL;
    }
    return adj_parse_done(p, node);
}

static AdjAst *parse_assert(AdjParser *p)
{
    AdjAst *node = adj_parse_new(p, ADJ_AST_ASSERT, start_of(p));
    adj_parse_advance(p);
    if (!node || !(node->as_assert.test = adj_parse_expression(p))) return NULL;
    if (adj_parse_accept(p, ADJ_TOKEN_COMMA) &&
        !(node->as_assert.message = adj_parse_expression(p))) {
        return NULL;
    }
    return adj_parse_done(p, node);
}

static AdjAst *parse_delete(AdjParser *p)
{
    AdjAst *node = adj_parse_new(p, ADJ_AST_DELETE, start_of(p));
    size_t mark = p->stack_count;
    adj_parse_advance(p);
    if (!node) return NULL;
    do {
        AdjAst *target =
            adj_parse_at(p, ADJ_TOKEN_STAR) ? adj_parse_starred(p) : adj_parse_expression(p);
        if (!target || !adj_parse_check_target(p, target, ADJ_TARGET_DELETE)) return NULL;
        if (!adj_parse_push(p, target)) return NULL;
    } while (adj_parse_accept(p, ADJ_TOKEN_COMMA) && adj_parse_starts_expression(p));
    if (!adj_parse_take(p, mark, &node->as_delete.targets)) return NULL;
    return adj_parse_done(p, node);
}

static AdjAst *parse_declaration(AdjParser *p, AdjAstKind kind)
{
    AdjAst *node = adj_parse_new(p, kind, start_of(p));
    AdjSpan keyword = adj_parse_token_span(p);
    size_t mark = p->stack_count;
    adj_parse_advance(p);
    if (!node) return NULL;
    do {
        if (!adj_parse_push(p, adj_parse_name_node(p))) return NULL;
    } while (adj_parse_accept(p, ADJ_TOKEN_COMMA));
    if (kind == ADJ_AST_NONLOCAL && p->scope->kind == ADJ_SCOPE_MODULE) {
        adj_parse_late(p, (AdjSpan){keyword.start, adj_parse_end(p)},
                       "nonlocal declaration not allowed at module level");
    }
    AdjAstList *names =
        kind == ADJ_AST_GLOBAL ? &node->as_global.names : &node->as_nonlocal.names;
    return adj_parse_take(p, mark, names) ? adj_parse_done(p, node) : NULL;
}

// ---- assignments ----

static AdjAst *parse_assign(AdjParser *p, AdjAst *left)
{
    AdjAst *node = adj_parse_new(p, ADJ_AST_ASSIGN, left->span.start);
    size_t mark = p->stack_count;
    if (!node) return NULL;
    AdjAst *value = left;
    while (adj_parse_at(p, ADJ_TOKEN_ASSIGN)) {
        if (!adj_parse_check_assign(p, value, value == left)) return NULL;
        adj_parse_advance(p);
        if (!adj_parse_push(p, value) || !(value = adj_parse_value(p))) return NULL;
    }
    node->as_assign.value = value;
    if (!adj_parse_take(p, mark, &node->as_assign.targets)) return NULL;
    return adj_parse_done(p, node);
}

static bool is_single_target(const AdjAst *node)
{
    return node->kind == ADJ_AST_NAME || node->kind == ADJ_AST_ATTRIBUTE ||
           node->kind == ADJ_AST_SUBSCRIPT;
}

static AdjAst *parse_augmented(AdjParser *p, AdjAst *target)
{
    if (!is_single_target(target)) {
        return adj_parse_fail(p, target->span,
                              "'%s' is an illegal expression for augmented assignment",
                              adj_parse_describe(target));
    }
    AdjAst *node = adj_parse_new(p, ADJ_AST_AUG_ASSIGN, target->span.start);
    if (!node) return NULL;
    node->as_aug_assign.target = target;
    node->as_aug_assign.op = (AdjAstOp)adj_token_row(adj_parse_token(p)->kind)->op;
    adj_parse_advance(p);
    if (!(node->as_aug_assign.value = adj_parse_value(p))) return NULL;
    return adj_parse_done(p, node);
}

static AdjAst *parse_annotated(AdjParser *p, AdjAst *target)
{
    if (!is_single_target(target)) return adj_parse_bad_annotation(p, target);
    AdjAst *node = adj_parse_new(p, ADJ_AST_ANN_ASSIGN, target->span.start);
    adj_parse_advance(p);
    if (!node || !(node->as_ann_assign.annotation = adj_parse_expression(p))) return NULL;
    node->as_ann_assign.target = target;
    if (adj_parse_accept(p, ADJ_TOKEN_ASSIGN) &&
        !(node->as_ann_assign.value = adj_parse_value(p))) {
        return NULL;
    }
    return adj_parse_done(p, node);
}

static AdjAst *parse_expression_statement(AdjParser *p)
{
    bool yield = adj_parse_at(p, ADJ_TOKEN_YIELD);
    AdjAst *left = yield ? adj_parse_yield(p) : adj_parse_tuple(p);
    if (!left) return NULL;
    if (adj_parse_at(p, ADJ_TOKEN_ASSIGN)) return parse_assign(p, left);
    if (adj_token_row(adj_parse_token(p)->kind)->augmented) return parse_augmented(p, left);
    if (adj_parse_at(p, ADJ_TOKEN_COLON)) return parse_annotated(p, left);
    if (adj_parse_at(p, ADJ_TOKEN_WALRUS)) {
        return adj_parse_bad_walrus(p, adj_parse_last_item(left));
    }
    adj_parse_check_lone_star(p, left);
    AdjAst *node = adj_parse_new(p, ADJ_AST_EXPR, left->span.start);
    if (!node) return NULL;
    node->as_expr.value = left;
    return adj_parse_done(p, node);
}

// ---- prompt cells ----

static void trim(const char *text, uint32_t *start, uint32_t *end)
{
    while (*start < *end && (unsigned char)text[*start] <= ' ') ++*start;
    while (*end > *start && (unsigned char)text[*end - 1] <= ' ') --*end;
}

static AdjAst *parse_magic(AdjParser *p)
{
    AdjSpan span = adj_parse_token_span(p);
    AdjAst *node = adj_parse_new(p, ADJ_AST_MAGIC, span.start);
    if (!node) return NULL;
    uint32_t start = span.start + 1, name = start, end = span.end;
    while (name < end && (unsigned char)p->text[name] > ' ') name++;
    node->as_magic.name = adj_parse_intern(p, p->text + start, name - start);
    trim(p->text, &name, &end);
    node->as_magic.text = adj_parse_text(p, p->text + name, end - name);
    adj_parse_advance(p);
    return node->as_magic.name.text && node->as_magic.text.text ? adj_parse_done(p, node)
                                                                : NULL;
}

static AdjAst *parse_help(AdjParser *p)
{
    AdjSpan span = adj_parse_token_span(p);
    AdjAst *node = adj_parse_new(p, ADJ_AST_HELP, span.start);
    if (!node) return NULL;
    trim(p->text, &span.start, &span.end);
    int64_t level = 0;
    for (; span.start < span.end && p->text[span.start] == '?'; level++) span.start++;
    for (; span.end > span.start && p->text[span.end - 1] == '?'; level++) span.end--;
    trim(p->text, &span.start, &span.end);
    node->as_help.level = level < 2 ? level : 2;
    node->as_help.text = adj_parse_text(p, p->text + span.start, span.end - span.start);
    adj_parse_advance(p);
    return node->as_help.text.text ? adj_parse_done(p, node) : NULL;
}

// ---- dispatch ----

static AdjAst *parse_simple(AdjParser *p)
{
    switch (adj_parse_token(p)->kind) {
    case ADJ_TOKEN_PASS: return parse_word(p, ADJ_AST_PASS);
    case ADJ_TOKEN_BREAK: return parse_word(p, ADJ_AST_BREAK);
    case ADJ_TOKEN_CONTINUE: return parse_word(p, ADJ_AST_CONTINUE);
    case ADJ_TOKEN_RETURN: return parse_return(p);
    case ADJ_TOKEN_RAISE: return parse_raise(p);
    case ADJ_TOKEN_ASSERT: return parse_assert(p);
    case ADJ_TOKEN_DEL: return parse_delete(p);
    case ADJ_TOKEN_IMPORT: return parse_import(p);
    case ADJ_TOKEN_FROM: return parse_from(p);
    case ADJ_TOKEN_GLOBAL: return parse_declaration(p, ADJ_AST_GLOBAL);
    case ADJ_TOKEN_NONLOCAL: return parse_declaration(p, ADJ_AST_NONLOCAL);
    case ADJ_TOKEN_MAGIC: return parse_magic(p);
    case ADJ_TOKEN_HELP: return parse_help(p);
    default: return parse_expression_statement(p);
    }
}

// Statements separated by `;` up to the NEWLINE, which is taken, all onto the stack.
static bool parse_simple_line(AdjParser *p)
{
    for (;;) {
        AdjAst *node = parse_simple(p);
        if (!adj_parse_push(p, node)) return false;
        bool more = adj_parse_accept(p, ADJ_TOKEN_SEMICOLON);
        if (more && node->kind == ADJ_AST_EXPR) node->as_expr.silent = true;
        if (adj_parse_accept(p, ADJ_TOKEN_NEWLINE)) return true;
        if (!more) return adj_parse_unexpected(p);
    }
}

static AdjAst *parse_compound(AdjParser *p)
{
    AdjAstList none = {0};
    switch (adj_parse_token(p)->kind) {
    case ADJ_TOKEN_IF: return parse_if(p);
    case ADJ_TOKEN_WHILE: return parse_while(p);
    case ADJ_TOKEN_FOR: return parse_for(p);
    case ADJ_TOKEN_TRY: return parse_try(p);
    case ADJ_TOKEN_WITH: return parse_with(p);
    case ADJ_TOKEN_DEF: return parse_def(p, none);
    case ADJ_TOKEN_CLASS: return parse_class(p, none);
    default: return parse_decorated(p);
    }
}

static bool is_compound(AdjTokenKind kind)
{
    return kind == ADJ_TOKEN_IF || kind == ADJ_TOKEN_WHILE || kind == ADJ_TOKEN_FOR ||
           kind == ADJ_TOKEN_TRY || kind == ADJ_TOKEN_WITH || kind == ADJ_TOKEN_DEF ||
           kind == ADJ_TOKEN_CLASS || kind == ADJ_TOKEN_AT;
}

// One compound statement or one line of simple ones, onto the stack.
static bool parse_statement(AdjParser *p)
{
    if (!is_compound((AdjTokenKind)adj_parse_token(p)->kind)) return parse_simple_line(p);
    if (!adj_parse_enter(p)) return false;
    bool good = adj_parse_push(p, parse_compound(p));
    adj_parse_leave(p);
    return good;
}

AdjAst *adj_parse_module(AdjParser *p, uint32_t length)
{
    AdjAst *node = adj_parse_new(p, ADJ_AST_MODULE, 0);
    while (node && !adj_parse_at(p, ADJ_TOKEN_END)) {
        if (!parse_statement(p)) return NULL;
    }
    if (!node || !adj_parse_take(p, 0, &node->as_module.body)) return NULL;
    if (!adj_parse_done(p, node)) return NULL;
    node->span = (AdjSpan){0, length};
    return node;
}
