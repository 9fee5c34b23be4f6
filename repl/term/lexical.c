// SPDX-License-Identifier: Apache-2.0
// The shape of a text: brackets, strings, comments and indentation, by the few lexical rules of
// Python that the editor needs and that hold even for a half-typed cell. The language's own
// parser is not asked, because it would have to answer for texts it calls wrong: the line a
// user is in the middle of is nearly always that. Answers are advice for indentation and
// highlighting; nothing is rejected here.
#include "internal.h"

#include <string.h>

// A walk over a text that stops at every character outside strings and comments.
typedef struct Walk {
    const char *text;
    size_t length, at;
    char quote;  // of the string the walk is inside; 0: none
    bool triple, comment;
} Walk;

static bool starts(const Walk *w, size_t at, char c, size_t count)
{
    if (w->length - at < count) return false;
    for (size_t i = 0; i < count; i++) {
        if (w->text[at + i] != c) return false;
    }
    return true;
}

static void step_string(Walk *w)
{
    char c = w->text[w->at];
    if (c == '\\' && w->at + 1 < w->length) {
        w->at += 2;
    } else if (c == '\n' && !w->triple) {
        w->quote = 0;  // an unfinished string ends with its line
    } else if (c == w->quote && (!w->triple || starts(w, w->at, c, 3))) {
        w->at += w->triple ? 3 : 1;
        w->quote = 0;
    } else {
        w->at++;
    }
}

// Moves to the next character of code and returns it, or 0 at the end. The walk then stands
// behind it.
static char next_code(Walk *w)
{
    while (w->at < w->length) {
        char c = w->text[w->at];
        if (w->comment) {
            if (c == '\n')
                w->comment = false;
            else
                w->at++;
        } else if (w->quote) {
            step_string(w);
        } else if (c == '#') {
            w->comment = true;
        } else if (c == '"' || c == '\'') {
            w->triple = starts(w, w->at, c, 3);
            w->quote = c;
            w->at += w->triple ? 3 : 1;
            return c;
        } else {
            w->at++;
            return c;
        }
    }
    return 0;
}

static bool is_open(char c)
{
    return c == '(' || c == '[' || c == '{';
}

static bool is_close(char c)
{
    return c == ')' || c == ']' || c == '}';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

AdjOutline adj_outline_read(const char *text, size_t length)
{
    AdjOutline shape = {0};
    Walk w = {.text = text, .length = length};
    for (char c; (c = next_code(&w));) {
        if (is_open(c)) {
            if (shape.depth < ADJ_OUTLINE_DEPTH) shape.opens[shape.depth] = w.at - 1;
            shape.depth++;
        } else if (is_close(c) && shape.depth) {
            shape.depth--;
        }
        if (c == '\n' && shape.depth == 0 && !shape.continued) shape.logical = w.at;
        if (!is_blank(c) && c != '\n') shape.last = c;
        shape.continued = c == '\\';
    }
    shape.in_string = w.quote;
    shape.in_comment = w.comment;
    return shape;
}

// Both directions walk forward from the start: only that way is it known which quotes open.
bool adj_outline_partner(const char *text, size_t length, size_t at, size_t *partner)
{
    size_t opens[ADJ_OUTLINE_DEPTH], depth = 0;
    Walk w = {.text = text, .length = length};
    for (char c; (c = next_code(&w));) {
        size_t here = w.at - 1;
        if (is_open(c)) {
            if (depth < ADJ_OUTLINE_DEPTH) opens[depth] = here;
            depth++;
        } else if (is_close(c) && depth) {
            depth--;
            if (depth >= ADJ_OUTLINE_DEPTH) continue;
            size_t open = opens[depth];
            if (here != at && open != at) continue;
            // '(' and ')' are neighbours in ASCII, the other two pairs are two apart.
            if (c - text[open] > 2 || c < text[open]) return false;
            *partner = here == at ? open : here;
            return true;
        }
    }
    return false;
}

static size_t line_start(const char *text, size_t at)
{
    while (at > 0 && text[at - 1] != '\n') at--;
    return at;
}

static size_t blanks(const char *text, size_t from, size_t end)
{
    size_t columns = 0;
    for (; from < end && is_blank(text[from]); from++) {
        columns += text[from] == '\t' ? ADJ_TAB - columns % ADJ_TAB : 1;
    }
    return columns;
}

// The first word of the line at [start] if it is one of [words], which are separated by blanks.
static bool first_word_in(const char *line, size_t length, const char *words)
{
    while (length && is_blank(*line)) line++, length--;
    size_t n = 0;
    while (n < length && adj_glyph_is_word((unsigned char)line[n]) && (line[n] & 0x80) == 0)
        n++;
    for (const char *word = words; *word;) {
        size_t size = strcspn(word, " ");
        if (size == n && memcmp(word, line, n) == 0) return true;
        word += size + (word[size] != 0);
    }
    return false;
}

bool adj_outline_is_clause(const char *line, size_t length)
{
    return first_word_in(line, length, "else elif except finally");
}

// Inside a bracket: under what follows the bracket, or one step in when nothing does. After a
// colon: one step in. After a statement that ends its block: one step out. Else as the line
// before, which is the logical one: it starts where its first open bracket was.
size_t adj_outline_indent(const char *text, size_t at)
{
    AdjOutline shape = adj_outline_read(text, at);
    if (shape.in_string) return 0;
    if (shape.depth) {
        size_t kept = shape.depth < ADJ_OUTLINE_DEPTH ? shape.depth : ADJ_OUTLINE_DEPTH;
        size_t open = shape.opens[kept - 1], first = line_start(text, open), after = open + 1;
        while (after < at && is_blank(text[after])) after++;
        bool hangs = after >= at || text[after] == '\n' || text[after] == '#';
        if (hangs) return blanks(text, first, open) + ADJ_TAB;
        return (size_t)adj_glyph_width(text + first, after - first);
    }
    size_t start = shape.logical, indent = blanks(text, start, at);
    if (shape.last == ':' && !shape.continued) return indent + ADJ_TAB;
    bool ends = first_word_in(text + start, at - start, "return pass break continue raise");
    return ends && indent >= ADJ_TAB ? indent - ADJ_TAB : indent;
}

bool adj_outline_open_block(const char *text, size_t length)
{
    while (length && (is_blank(text[length - 1]) || text[length - 1] == '\n')) length--;
    if (length == 0) return false;
    AdjOutline shape = adj_outline_read(text, length);
    if (shape.last == ':' || shape.in_string || shape.depth) return true;
    size_t start = shape.logical;
    return is_blank(text[start]) || text[start] == '@' ||
           (start > 0 && adj_outline_is_clause(text + start, length - start));
}
