// SPDX-License-Identifier: Apache-2.0
// code.c: programs in colours: the spans of the lexer as elements. A span may lie on top of
// others, so each byte first gets the class of the last span that covers it.
#include "export/export.h"

#include "lang/syntax/highlight.h"

#include <stdlib.h>
#include <string.h>

// One or two letters each: a page has thousands.
static const char *const classes[ADJ_HIGHLIGHT_COUNT] = {
    [ADJ_HIGHLIGHT_KEYWORD] = "k",    [ADJ_HIGHLIGHT_CONSTANT] = "kc",
    [ADJ_HIGHLIGHT_NUMBER] = "m",     [ADJ_HIGHLIGHT_STRING] = "s",
    [ADJ_HIGHLIGHT_ESCAPE] = "se",    [ADJ_HIGHLIGHT_HOLE] = "si",
    [ADJ_HIGHLIGHT_COMMENT] = "c",    [ADJ_HIGHLIGHT_OPERATOR] = "o",
    [ADJ_HIGHLIGHT_PIPE] = "o",       [ADJ_HIGHLIGHT_FUNCTION] = "nf",
    [ADJ_HIGHLIGHT_CLASS] = "nc",     [ADJ_HIGHLIGHT_BUILTIN] = "nb",
    [ADJ_HIGHLIGHT_CALL] = "nf",      [ADJ_HIGHLIGHT_KEYWORD_ARGUMENT] = "na",
    [ADJ_HIGHLIGHT_DECORATOR] = "nd", [ADJ_HIGHLIGHT_MAGIC] = "nd",
    [ADJ_HIGHLIGHT_ERROR] = "err",
};

static void note(void *self, size_t start, size_t end, AdjHighlight class)
{
    memset((unsigned char *)self + start, (int)class, end - start);
}

void adj_html_code(FILE *to, const char *text, size_t length)
{
    while (length && (text[length - 1] == '\n' || text[length - 1] == ' ')) length--;
    unsigned char *of = calloc(length + 1, 1);
    if (!of) {
        adj_html_escape(to, text, length);
        return;
    }
    adj_highlight(text, length, &(AdjHighlighter){.self = of, .span = note});
    for (size_t i = 0, end; i < length; i = end) {
        // A sign of several bytes is of one class, that of its first.
        for (end = i + 1; end < length; end++)
            if (of[end] != of[i] && ((unsigned char)text[end] & 0xc0) != 0x80) break;
        const char *class = classes[of[i]];
        if (class) fprintf(to, "<span class=\"%s\">", class);
        adj_html_escape(to, text + i, end - i);
        if (class) fputs("</span>", to);
    }
    free(of);
}
