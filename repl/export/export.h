// SPDX-License-Identifier: Apache-2.0
// export.h: a notebook as one page of HTML that needs nothing else: the parts of the writer.
// All of them write to a stream, whose error flag is looked at once, at the end.
//
// INVARIANT: nothing in the page is fetched, and nothing in it runs but the script that is part
// of it: text is escaped, foreign HTML passes a filter, foreign SVG stands in an image.
#pragma once
#include "session/notebook.h"

#include <string.h>

// "<" and its like as entities, also for attributes.
void adj_html_escape(FILE *to, const char *text, size_t length);
static inline void adj_html_text(FILE *to, const char *text)
{
    adj_html_escape(to, text, strlen(text));
}
// HTML of others without scripts, frames, handlers and what would be fetched (filter.c).
void adj_html_filter(FILE *to, const char *text, size_t length);
// What a terminal would show (ansi.c).
void adj_html_ansi(FILE *to, const char *text, size_t length);
// A program with the classes of highlight.h (code.c).
void adj_html_code(FILE *to, const char *text, size_t length);
// CommonMark's everyday part, tables, and formulas between dollars (markdown.c). [folder]:
// where the pictures are that it names; they are put into the page.
void adj_html_markdown(FILE *to, const char *text, size_t length, const char *folder);
// A TeX formula as MathML (math.c).
void adj_html_math(FILE *to, const char *tex, size_t length, bool block);
// A recorded backward pass (walk.c): [number] is its place in the page.
void adj_html_walk(FILE *to, const AdjJsonNode *walk, int number);
// JSON without blanks, in which no "<" can end a script.
void adj_html_json(FILE *to, const AdjJsonNode *n);
void adj_html_base64(FILE *to, const void *data, size_t length);

// The whole page (page.c). False: it could not be written.
bool adj_html_page(FILE *to, const AdjNotebook *nb, const char *path);

// The style sheet and the script, from files beside this one.
extern const char adj_export_css[], adj_export_js[];
