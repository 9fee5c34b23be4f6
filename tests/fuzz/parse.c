// SPDX-License-Identifier: Apache-2.0
//
// Fuzzer: any bytes as a program. The lexer and the parser must answer with a tree or with an
// error whose span lies inside the text, in bounded stack and linear time. Of a tree, the two
// promises of ast.h are checked: it is not too deep, and children lie inside their parents. The
// highlighter gets the same bytes and must keep its spans inside them.
#include "lang/syntax/highlight.h"
#include "lang/syntax/parse.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool check_child(AdjAst *child, void *context)
{
    const AdjAst *parent = context;
    if (child->depth >= parent->depth || child->depth == 0) abort();
    if (child->span.start > child->span.end || child->span.end > parent->span.end) abort();
    // Decorators stand before the span of what they decorate.
    bool decorates = parent->kind == ADJ_AST_FUNCTION || parent->kind == ADJ_AST_CLASS;
    if (child->span.start < parent->span.start && !decorates) abort();
    return adj_ast_children(child, check_child, child);
}

static void check_span(void *self, size_t start, size_t end, AdjHighlight class)
{
    if (start >= end || end > *(size_t *)self || class >= ADJ_HIGHLIGHT_COUNT) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AdjArena arena = {0};
    AdjParseError error;
    AdjParseOptions options = {.cell = size & 1};
    const char *text = (const char *)data;
    AdjAst *tree = adj_parse(&arena, text, size, &options, &error);
    if (!tree && (error.span.start > error.span.end || error.span.end > size)) abort();
    if (tree && tree->depth > ADJ_AST_MAX_DEPTH) abort();
    if (tree) adj_ast_children(tree, check_child, tree);
    adj_parse_incomplete(text, size);
    adj_parse_block_open(text, size);
    adj_highlight(text, size, &(AdjHighlighter){&size, check_span, NULL});
    adj_arena_free(&arena);
    return 0;
}
