// SPDX-License-Identifier: Apache-2.0
// term_hooks.c: what the line editor asks about the language: colours, whether a cell is
// complete.
#include "session/complete.h"

#include "lang/syntax/highlight.h"
#include "lang/syntax/parse.h"
#include "term/term.h"

#include <string.h>

static const AdjInk inks[ADJ_HIGHLIGHT_COUNT] = {
    [ADJ_HIGHLIGHT_NAME] = ADJ_INK_TEXT,
    [ADJ_HIGHLIGHT_KEYWORD] = ADJ_INK_KEYWORD,
    [ADJ_HIGHLIGHT_CONSTANT] = ADJ_INK_CONSTANT,
    [ADJ_HIGHLIGHT_NUMBER] = ADJ_INK_CONSTANT,
    [ADJ_HIGHLIGHT_STRING] = ADJ_INK_STRING,
    [ADJ_HIGHLIGHT_ESCAPE] = ADJ_INK_ESCAPE,
    [ADJ_HIGHLIGHT_HOLE] = ADJ_INK_ESCAPE,
    [ADJ_HIGHLIGHT_COMMENT] = ADJ_INK_COMMENT,
    [ADJ_HIGHLIGHT_OPERATOR] = ADJ_INK_OPERATOR,
    [ADJ_HIGHLIGHT_PIPE] = ADJ_INK_PIPE,
    [ADJ_HIGHLIGHT_BRACKET] = ADJ_INK_TEXT,
    [ADJ_HIGHLIGHT_PUNCT] = ADJ_INK_TEXT,
    [ADJ_HIGHLIGHT_FUNCTION] = ADJ_INK_DEFINE,
    [ADJ_HIGHLIGHT_CLASS] = ADJ_INK_CLASS,
    [ADJ_HIGHLIGHT_BUILTIN] = ADJ_INK_BUILTIN,
    [ADJ_HIGHLIGHT_CALL] = ADJ_INK_TEXT,
    [ADJ_HIGHLIGHT_ATTRIBUTE] = ADJ_INK_TEXT,
    [ADJ_HIGHLIGHT_KEYWORD_ARGUMENT] = ADJ_INK_TEXT,
    [ADJ_HIGHLIGHT_DECORATOR] = ADJ_INK_PIPE,
    [ADJ_HIGHLIGHT_MAGIC] = ADJ_INK_MAGIC,
    [ADJ_HIGHLIGHT_ERROR] = ADJ_INK_ERROR,
};

static void add_span(void *sink, size_t start, size_t end, AdjHighlight class)
{
    adj_ink_add(sink, start, end, inks[class]);
}

static void highlight(void *self, const char *text, size_t length, AdjInkSink *sink)
{
    (void)self;
    AdjHighlighter to = {.self = sink, .span = add_span};
    adj_highlight(text, length, &to);
}

static bool incomplete(void *self, const char *text, size_t length)
{
    (void)self;
    return adj_parse_incomplete(text, length);
}

void adj_session_term_hooks(AdjSession *s, AdjTermHooks *hooks)
{
    hooks->self = s;
    hooks->complete = adj_session_complete;
    hooks->signature_at = adj_session_signature_at;
    hooks->help = adj_session_help_at;
    hooks->highlight = highlight;
    hooks->incomplete = incomplete;
}
