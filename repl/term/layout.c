// SPDX-License-Identifier: Apache-2.0
// Where the characters of a text land when it is folded into rows of a given number of columns:
// at newlines, and wherever the next character would not fit. Everything that has to do with
// rows goes through adj_outline_row, so what Up and Down do and what the screen shows cannot
// disagree. Columns count from the left edge of the text, not of the screen; tabs stop at every
// ADJ_TAB.
#include "internal.h"

// Steps over the cluster at [at], answering its columns. Nearly all text is ASCII before ASCII,
// which needs no tables.
static int step(const char *text, size_t length, size_t at, int column, size_t *next)
{
    unsigned char c = (unsigned char)text[at];
    bool plain =
        c >= 0x20 && c < 0x7f && (at + 1 >= length || (unsigned char)text[at + 1] < 0x80);
    *next = plain ? at + 1 : adj_glyph_next(text, length, at);
    return plain ? 1 : adj_glyph_show(text + at, *next - at, column).width;
}

AdjRow adj_outline_row(const char *text, size_t length, size_t at, int columns)
{
    AdjRow row = {.start = at, .end = at, .next = at};
    while (row.end < length) {
        if (text[row.end] == '\n') {
            row.next = row.end + 1;
            return row;
        }
        size_t next;
        int width = step(text, length, row.end, row.width, &next);
        // A character wider than the row has to go somewhere: alone.
        if (row.width + width > columns && row.end > row.start) {
            row.next = row.end;
            return row;
        }
        row.width += width;
        row.end = next;
    }
    row.next = row.end;
    row.last = true;
    return row;
}

static int column_of(const char *text, size_t length, const AdjRow *row, size_t cursor)
{
    int column = 0;
    for (size_t at = row->start; at < cursor && at < row->end;) {
        column += step(text, length, at, column, &at);
    }
    return column;
}

// A cursor where a row was folded belongs to the row below, where the next letter will go.
AdjPlace adj_outline_find(const char *text, size_t length, size_t cursor, int columns)
{
    AdjPlace place = {.row = -1};
    for (size_t at = 0;;) {
        AdjRow row = adj_outline_row(text, length, at, columns);
        if (place.row < 0 && (row.last || cursor < row.next)) {
            place.row = place.rows;
            place.column = column_of(text, length, &row, cursor);
        }
        place.rows++;
        if (row.last) break;
        at = row.next;
    }
    return place;
}

size_t adj_outline_at(const char *text, size_t length, int row, int column, int columns)
{
    AdjRow r = adj_outline_row(text, length, 0, columns);
    while (row-- > 0 && !r.last) r = adj_outline_row(text, length, r.next, columns);
    size_t at = r.start;
    for (int reached = 0; at < r.end;) {
        size_t next;
        reached += step(text, length, at, reached, &next);
        if (reached > column) break;
        // The end of a folded row is the start of the next one: stay on this side of it.
        if (next == r.end && !r.last && r.next == r.end) break;
        at = next;
    }
    return at;
}
