// SPDX-License-Identifier: Apache-2.0
// The parser's state and its driver; statements are parse_stmt.c's.
//
// All tokens are read first, so looking ahead and stepping back are index arithmetic. Nodes
// come from the arena; what must grow (tokens, the stack of list entries, the table of
// identifiers, the literal being decoded) is on the heap and released when the parse ends,
// whatever its outcome.
#include "lang/syntax/parse.h"

#include <stdlib.h>
#include <string.h>

#include "lang/syntax/parse_internal.h"
#include "lang/types/str_utf8.h"

const char *adj_parse_error_name(AdjParseErrorKind kind)
{
    static const char *const names[] = {
        [ADJ_PARSE_OK] = "no error",
        [ADJ_PARSE_SYNTAX] = "SyntaxError",
        [ADJ_PARSE_INDENTATION] = "IndentationError",
        [ADJ_PARSE_TAB] = "TabError",
        [ADJ_PARSE_MEMORY] = "MemoryError",
    };
    return names[kind];
}

// ---- tokens ----

static bool add_token(AdjParser *p, AdjToken token)
{
    AdjTokens *tokens = &p->tokens;
    if (tokens->count == tokens->capacity) {
        uint32_t capacity = tokens->capacity ? 2 * tokens->capacity : 64;
        AdjToken *grown = realloc(tokens->items, capacity * sizeof *grown);
        if (!grown) return adj_parse_no_memory(p);
        tokens->items = grown;
        tokens->capacity = capacity;
    }
    tokens->items[tokens->count++] = token;
    return true;
}

bool adj_parse_tokenize(AdjParser *p, uint32_t start, uint32_t end, uint32_t line,
                        unsigned flags)
{
    AdjLexer lex;
    adj_lex_init(&lex, p->text, start, end, flags);
    lex.line = line;
    AdjToken token;
    do {
        token = adj_lex_next(&lex);
        // A hole of an f-string counts as a bracket.
        if (flags & ADJ_LEX_INNER) token.depth++;
        if (!add_token(p, token)) return false;
    } while (token.kind != ADJ_TOKEN_END && token.kind != ADJ_TOKEN_ERROR);
    p->lex_error = token.kind == ADJ_TOKEN_ERROR ? lex.error : (AdjParseError){0};
    if (p->format_depth && strcmp(p->lex_error.message, "invalid syntax") == 0) {
        strcpy(p->lex_error.message, "f-string: invalid syntax");
    }
    p->open_bracket = (AdjLexBracket){0};
    if (lex.bracket_count) p->open_bracket = lex.bracket[lex.bracket_count - 1];
    p->waits_for_line = lex.open_backslash;
    p->waits = lex.open_string || lex.open_backslash;
    return true;
}

bool adj_parse_accept(AdjParser *p, AdjTokenKind kind)
{
    if (!adj_parse_at(p, kind)) return false;
    adj_parse_advance(p);
    return true;
}

bool adj_parse_expect(AdjParser *p, AdjTokenKind kind)
{
    if (!adj_parse_at(p, kind)) return adj_parse_unexpected(p);
    adj_parse_advance(p);
    return true;
}

// Layout tokens do not count: a block ends with its last statement, not where the next one
// starts.
uint32_t adj_parse_end(const AdjParser *p)
{
    for (uint32_t i = p->pos; i > 0; i--) {
        const AdjToken *token = &p->tokens.items[i - 1];
        if (token->kind != ADJ_TOKEN_NEWLINE && token->kind != ADJ_TOKEN_INDENT &&
            token->kind != ADJ_TOKEN_DEDENT) {
            return token->end;
        }
    }
    return p->tokens.items[0].start;
}

// ---- nodes ----

bool adj_parse_enter(AdjParser *p)
{
    if (p->depth < ADJ_AST_MAX_DEPTH) return ++p->depth;
    const AdjToken *token = adj_parse_token(p);
    return adj_parse_fail(p, (AdjSpan){token->start, token->end}, "nested too deeply");
}

AdjAst *adj_parse_new(AdjParser *p, AdjAstKind kind, uint32_t start)
{
    AdjAst *node = adj_arena_alloc(p->arena, sizeof *node);
    if (!node) return adj_parse_no_memory(p);
    node->kind = (uint8_t)kind;
    node->span = (AdjSpan){start, start};
    return node;
}

static bool deepest(AdjAst *child, void *context)
{
    unsigned *depth = context;
    if (child->depth > *depth) *depth = child->depth;
    return true;
}

AdjAst *adj_parse_done(AdjParser *p, AdjAst *node)
{
    if (!node) return NULL;
    unsigned depth = 0;
    adj_ast_children(node, deepest, &depth);
    if (depth >= ADJ_AST_MAX_DEPTH) {
        return adj_parse_fail(p, (AdjSpan){adj_parse_end(p) - 1, adj_parse_end(p)},
                              "nested too deeply");
    }
    node->depth = (uint16_t)(depth + 1);
    uint32_t end = adj_parse_end(p);
    node->span.end = end > node->span.start ? end : node->span.start;
    return node;
}

bool adj_parse_push(AdjParser *p, AdjAst *node)
{
    if (!node && p->error->kind != ADJ_PARSE_OK) return false;
    if (p->stack_count == p->stack_capacity) {
        size_t capacity = p->stack_capacity ? 2 * p->stack_capacity : 64;
        AdjAst **grown = realloc(p->stack, capacity * sizeof *grown);
        if (!grown) return adj_parse_no_memory(p);
        p->stack = grown;
        p->stack_capacity = capacity;
    }
    p->stack[p->stack_count++] = node;
    return true;
}

bool adj_parse_take(AdjParser *p, size_t mark, AdjAstList *list)
{
    *list = (AdjAstList){NULL, (uint32_t)(p->stack_count - mark)};
    p->stack_count = mark;
    if (list->count == 0) return true;
    list->items = adj_arena_alloc(p->arena, list->count * sizeof *list->items);
    if (!list->items) return adj_parse_no_memory(p);
    memcpy(list->items, p->stack + mark, list->count * sizeof *list->items);
    return true;
}

// ---- texts and names ----

AdjText adj_parse_text(AdjParser *p, const char *bytes, size_t length)
{
    char *copy = adj_arena_alloc(p->arena, length + 1);
    if (!copy) {
        adj_parse_no_memory(p);
        return (AdjText){0};
    }
    if (length) memcpy(copy, bytes, length);
    return (AdjText){copy, (uint32_t)length, 0};
}

static uint32_t hash_bytes(const char *bytes, uint32_t length)
{
    uint32_t hash = 2166136261u;
    for (uint32_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)bytes[i]) * 16777619u;
    return hash;
}

// The slot where a name is or belongs. The table is never full.
static AdjText *find_name(AdjText *table, uint32_t capacity, const char *bytes, uint32_t length,
                          uint32_t hash)
{
    for (uint32_t i = hash & (capacity - 1);; i = (i + 1) & (capacity - 1)) {
        AdjText *slot = &table[i];
        if (!slot->text) return slot;
        if (slot->hash == hash && slot->length == length &&
            !memcmp(slot->text, bytes, length)) {
            return slot;
        }
    }
}

static bool grow_names(AdjParser *p)
{
    uint32_t capacity = p->name_capacity ? 2 * p->name_capacity : 64;
    AdjText *table = calloc(capacity, sizeof *table);
    if (!table) return adj_parse_no_memory(p);
    for (uint32_t i = 0; i < p->name_capacity; i++) {
        AdjText old = p->names[i];
        if (old.text) *find_name(table, capacity, old.text, old.length, old.hash) = old;
    }
    free(p->names);
    p->names = table;
    p->name_capacity = capacity;
    return true;
}

AdjText adj_parse_intern(AdjParser *p, const char *bytes, uint32_t length)
{
    if (4 * (p->name_count + 1) > 3 * p->name_capacity && !grow_names(p)) return (AdjText){0};
    uint32_t hash = hash_bytes(bytes, length);
    AdjText *slot = find_name(p->names, p->name_capacity, bytes, length, hash);
    if (slot->text) return *slot;
    AdjText text = adj_parse_text(p, bytes, length);
    if (!text.text) return text;
    text.hash = hash;
    p->name_count++;
    return *slot = text;
}

bool adj_parse_name(AdjParser *p, AdjText *name)
{
    const AdjToken *token = adj_parse_token(p);
    if (token->kind != ADJ_TOKEN_NAME) return adj_parse_unexpected(p);
    *name = adj_parse_intern(p, p->text + token->start, token->end - token->start);
    adj_parse_advance(p);
    return name->text != NULL;
}

AdjAst *adj_parse_name_node(AdjParser *p)
{
    AdjAst *node = adj_parse_new(p, ADJ_AST_NAME, adj_parse_token(p)->start);
    if (!node || !adj_parse_name(p, &node->as_name.id)) return NULL;
    return adj_parse_done(p, node);
}

// ---- driver ----

static bool check_text(AdjParser *p, size_t length)
{
    size_t bad = 0;
    const char *nul = memchr(p->text, '\0', length);
    if (nul) {
        uint32_t at = (uint32_t)(nul - p->text);
        return adj_parse_fail(p, (AdjSpan){at, at + 1},
                              "source code cannot contain null bytes");
    }
    if (adj_utf8_check(p->text, length, &bad)) return true;
    return adj_parse_fail(p, (AdjSpan){(uint32_t)bad, (uint32_t)bad + 1},
                          "invalid UTF-8 in the source");
}

static AdjAst *parse_text(AdjParser *p, size_t length, bool cell)
{
    if (length > UINT32_MAX / 4) {
        return adj_parse_fail(p, (AdjSpan){0, 0}, "the source is longer than 1 GiB");
    }
    if (length && !check_text(p, length)) return NULL;
    if (!adj_parse_tokenize(p, 0, (uint32_t)length, 1, cell ? ADJ_LEX_CELL : 0)) return NULL;
    AdjParseScope scope = {.kind = ADJ_SCOPE_MODULE};
    p->scope = &scope;
    AdjAst *module = adj_parse_module(p, (uint32_t)length);
    p->scope = NULL;
    if (module && p->late.kind != ADJ_PARSE_OK) {
        *p->error = p->late;
        p->late_shown = true;
        return NULL;
    }
    return module;
}

// Did the parse stop for want of text? It did if nothing but the end was left where it failed,
// or if the lexer ran out of text inside a string.
static bool wants_more(const AdjParser *p)
{
    if (p->error->kind == ADJ_PARSE_OK || p->error->kind == ADJ_PARSE_MEMORY) return false;
    if (p->tokens.count == 0 || p->late_shown) return false;
    uint32_t last = p->tokens.count - 1;
    if (p->tokens.items[last].kind == ADJ_TOKEN_ERROR) return p->furthest == last && p->waits;
    for (uint32_t i = p->furthest; i < last; i++) {
        if (p->tokens.items[i].kind != ADJ_TOKEN_DEDENT) return false;
    }
    return true;
}

// Runs a parse and releases all but the arena. [more] may be NULL.
static AdjAst *run_parser(AdjArena *arena, const char *text, size_t length, bool cell,
                          AdjParseError *error, bool *more)
{
    AdjParser parser = {.arena = arena, .text = text, .error = error};
    *error = (AdjParseError){0};
    AdjAst *module = parse_text(&parser, length, cell);
    if (more) *more = wants_more(&parser);
    free(parser.tokens.items);
    free(parser.stack);
    free(parser.names);
    free(parser.bytes);
    return module;
}

AdjAst *adj_parse(AdjArena *arena, const char *text, size_t length,
                  const AdjParseOptions *options, AdjParseError *error)
{
    return run_parser(arena, text, length, options && options->cell, error, NULL);
}

// ---- does the prompt wait? ----

bool adj_parse_incomplete(const char *text, size_t length)
{
    AdjArena arena = {0};
    AdjParseError error;
    bool more = false;
    run_parser(&arena, text, length, true, &error, &more);
    adj_arena_free(&arena);
    return more;
}

// Does a line that starts like this open something that further lines belong to?
static bool opens_block(AdjTokenKind kind)
{
    switch (kind) {
    case ADJ_TOKEN_IF:
    case ADJ_TOKEN_ELIF:
    case ADJ_TOKEN_ELSE:
    case ADJ_TOKEN_FOR:
    case ADJ_TOKEN_WHILE:
    case ADJ_TOKEN_DEF:
    case ADJ_TOKEN_CLASS:
    case ADJ_TOKEN_WITH:
    case ADJ_TOKEN_TRY:
    case ADJ_TOKEN_EXCEPT:
    case ADJ_TOKEN_FINALLY:
    case ADJ_TOKEN_AT: return true;
    default: return false;
    }
}

bool adj_parse_block_open(const char *text, size_t length)
{
    AdjLexer lex;
    if (length > UINT32_MAX / 4) return false;
    adj_lex_init(&lex, text, 0, (uint32_t)length, ADJ_LEX_CELL);
    bool open = false, line_start = true;
    for (;;) {
        AdjToken token = adj_lex_next(&lex);
        if (token.kind == ADJ_TOKEN_END || token.kind == ADJ_TOKEN_ERROR) return open;
        if (token.kind == ADJ_TOKEN_NEWLINE) {
            line_start = true;
        } else if (token.kind != ADJ_TOKEN_INDENT && token.kind != ADJ_TOKEN_DEDENT &&
                   line_start) {
            line_start = false;
            open = lex.indent_count > 1 || opens_block(token.kind);
        }
    }
}
