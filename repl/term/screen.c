// SPDX-License-Identifier: Apache-2.0
// Frames and the screen. A frame is a picture of what the editor wants at the bottom of the
// terminal: rows of cells, each a cluster with a style. Painting compares the frame that is
// shown with the next one and writes only what differs, in one piece, so that typing a letter
// costs a few bytes and never flickers. Where on the screen the frame stands is not known and
// not needed: all movement is relative to the cursor, which painting leaves at a known row and
// column of the frame.
//
// Invariants: nothing is ever written to the last column, so no row wraps by itself and the
// cursor always has a place behind the text; after adj_screen_paint the terminal's cursor is at
// (cursor_row, cursor_column) of `shown`.
//
// Every escape sequence the screen writes (SGR colours apart, theme.c):
//
//     CSI n A, CSI n B   up, down n rows (stop at the edge, never scroll)
//     CSI n G            to column n, from 1
//     CSI K              erase from the cursor to the end of the row
//     CSI J              erase from the cursor to the end of the screen
//     CSI ?25l, ?25h     hide, show the cursor
//     CSI ?2026h, ?2026l hold back, release drawing (synchronized update)
#include "internal.h"

#include <stdlib.h>
#include <string.h>

// -- frames -----------------------------------------------------------------------------------

void adj_frame_start(AdjFrame *f, int columns)
{
    adj_tbuf_clear(&f->glyphs);
    f->cells_count = f->rows_count = 0;
    f->columns = columns;
    f->cursor_row = f->cursor_column = 0;
}

void adj_frame_row(AdjFrame *f)
{
    if (!adj_term_grow(&f->rows, &f->rows_capacity, f->rows_count + 1, sizeof *f->rows)) return;
    f->rows[f->rows_count++] = (AdjFrameRow){.first = f->cells_count};
    f->origin = 0;
}

int adj_frame_column(const AdjFrame *f)
{
    return f->rows_count ? f->rows[f->rows_count - 1].width : 0;
}

static void add_shown(AdjFrame *f, const AdjOnScreen *shown, AdjStyle style)
{
    AdjFrameRow *row = f->rows_count ? &f->rows[f->rows_count - 1] : NULL;
    if (!row || row->full) return;
    row->full = row->width + shown->width >= f->columns;
    if (row->full) return;
    if (!adj_term_grow(&f->cells, &f->cells_capacity, f->cells_count + 1, sizeof *f->cells))
        return;
    AdjFrameCell cell = {.at = (uint32_t)f->glyphs.length,
                         .bytes = shown->length,
                         .width = shown->width,
                         .style = style,
                         .loose = shown->loose};
    if (!adj_tbuf_add(&f->glyphs, shown->bytes, shown->length)) return;
    f->cells[f->cells_count++] = cell;
    row->count++;
    row->width += shown->width;
}

void adj_frame_cluster(AdjFrame *f, const char *cluster, size_t bytes, AdjStyle style)
{
    AdjOnScreen shown = adj_glyph_show(cluster, bytes, adj_frame_column(f) - f->origin);
    if (shown.control) style = (AdjStyle)((style & ~ADJ_STYLE_INK) | ADJ_INK_CONTROL);
    add_shown(f, &shown, style);
}

void adj_frame_text(AdjFrame *f, const char *text, size_t length, AdjStyle style)
{
    for (size_t at = 0, next; at < length; at = next) {
        next = adj_glyph_next(text, length, at);
        adj_frame_cluster(f, text + at, next - at, style);
    }
}

void adj_frame_pad(AdjFrame *f, int column, AdjStyle style)
{
    while (f->rows_count && adj_frame_column(f) < column && adj_frame_column(f) < f->columns) {
        int before = adj_frame_column(f);
        adj_frame_cluster(f, " ", 1, style);
        if (adj_frame_column(f) == before) return;
    }
}

void adj_frame_drop(AdjFrame *f)
{
    free(f->cells);
    free(f->rows);
    adj_tbuf_drop(&f->glyphs);
    *f = (AdjFrame){0};
}

// -- painting ---------------------------------------------------------------------------------

// Where the terminal's cursor is while a frame is written, and in which style.
typedef struct Pen {
    AdjTermBuf *out;
    AdjTheme theme;
    int row, column;
    int style;  // -1: not known
} Pen;

static void move_pen(Pen *pen, int row, int column)
{
    if (row < pen->row) adj_tbuf_format(pen->out, "\x1b[%dA", pen->row - row);
    if (row > pen->row) adj_tbuf_format(pen->out, "\x1b[%dB", row - pen->row);
    if (column != pen->column) {
        if (column == 0)
            adj_tbuf_text(pen->out, "\r");
        else
            adj_tbuf_format(pen->out, "\x1b[%dG", column + 1);
    }
    pen->row = row;
    pen->column = column;
}

static void set_style(Pen *pen, AdjStyle style)
{
    if (pen->style == style) return;
    char code[64];
    adj_tbuf_add(pen->out, code, adj_theme_sgr(pen->theme, style, code, sizeof code));
    pen->style = style;
}

// A cluster whose width terminals disagree about gets its columns blanked first and the pen put
// behind it by number, so that nothing after it can be out of place.
static void draw_cell(Pen *pen, const AdjFrame *f, const AdjFrameCell *cell)
{
    set_style(pen, cell->style);
    if (cell->loose) {
        adj_tbuf_fill(pen->out, ' ', cell->width);
        adj_tbuf_format(pen->out, "\x1b[%dG", pen->column + 1);
    }
    adj_tbuf_add(pen->out, f->glyphs.data + cell->at, cell->bytes);
    pen->column += cell->width;
    if (cell->loose) adj_tbuf_format(pen->out, "\x1b[%dG", pen->column + 1);
}

static bool same_cell(const AdjFrame *a, const AdjFrameCell *x, const AdjFrame *b,
                      const AdjFrameCell *y)
{
    return x->bytes == y->bytes && x->style == y->style && x->width == y->width &&
           memcmp(a->glyphs.data + x->at, b->glyphs.data + y->at, x->bytes) == 0;
}

// Cells at the start of row [index] that both frames show alike.
static size_t common_cells(const AdjFrame *old, const AdjFrame *new, size_t index)
{
    const AdjFrameRow *a = &old->rows[index], *b = &new->rows[index];
    size_t n = 0;
    while (n < a->count && n < b->count &&
           same_cell(old, &old->cells[a->first + n], new, &new->cells[b->first + n]))
        n++;
    return n;
}

static void draw_row(Pen *pen, const AdjFrame *old, const AdjFrame *new, size_t index)
{
    const AdjFrameRow *row = &new->rows[index];
    bool known = index < old->rows_count;
    size_t from = known ? common_cells(old, new, index) : 0;
    int column = 0, old_width = known ? old->rows[index].width : 0;
    for (size_t i = 0; i < from; i++) column += new->cells[row->first + i].width;
    bool erase = old_width > row->width;
    if (from == row->count && !erase) return;
    move_pen(pen, (int)index, column);
    for (size_t i = from; i < row->count; i++) {
        draw_cell(pen, new, &new->cells[row->first + i]);
        erase = erase || new->cells[row->first + i].loose;  // it may reach beyond the row
    }
    if (!erase) return;
    set_style(pen, ADJ_INK_TEXT);
    adj_tbuf_text(pen->out, "\x1b[K");
}

// Rows that the old frame did not have are made by newlines at its last row, which scroll
// the screen where there is no room.
static void add_rows(Pen *pen, const AdjFrame *old, const AdjFrame *new)
{
    size_t last = old->rows_count ? old->rows_count - 1 : 0;
    if (new->rows_count <= last + 1) return;
    set_style(pen, ADJ_INK_TEXT);
    move_pen(pen, (int)last, 0);
    for (size_t i = last + 1; i < new->rows_count; i++) adj_tbuf_text(pen->out, "\r\n");
    pen->row = (int)new->rows_count - 1;
    pen->column = 0;
}

static bool same_rows(const AdjFrame *a, const AdjFrame *b)
{
    if (a->rows_count != b->rows_count) return false;
    for (size_t i = 0; i < a->rows_count; i++) {
        if (a->rows[i].count != b->rows[i].count || common_cells(a, b, i) != a->rows[i].count)
            return false;
    }
    return true;
}

void adj_screen_paint(AdjScreen *s, AdjTermBuf *out)
{
    AdjFrame *old = &s->shown, *new = &s->next;
    Pen pen = {.out = out,
               .theme = s->theme,
               .row = old->cursor_row,
               .column = old->cursor_column,
               .style = -1};
    bool changed = !same_rows(old, new);
    if (changed) {
        adj_tbuf_text(out, "\x1b[?2026h\x1b[?25l");
        add_rows(&pen, old, new);
        for (size_t i = 0; i < new->rows_count; i++) draw_row(&pen, old, new, i);
        set_style(&pen, ADJ_INK_TEXT);
        if (old->rows_count > new->rows_count) {
            move_pen(&pen, (int)new->rows_count, 0);
            adj_tbuf_text(out, "\x1b[J");
        }
    }
    move_pen(&pen, new->cursor_row, new->cursor_column);
    if (changed) adj_tbuf_text(out, "\x1b[?25h\x1b[?2026l");
    AdjFrame swap = *old;
    *old = *new;
    *new = swap;
}

void adj_screen_print(AdjScreen *s, AdjTermBuf *out)
{
    AdjFrame *f = &s->next;
    Pen pen = {.out = out, .theme = s->theme, .style = -1};
    for (size_t i = 0; i < f->rows_count; i++) {
        const AdjFrameRow *row = &f->rows[i];
        pen.row = (int)i;
        pen.column = 0;
        for (size_t k = 0; k < row->count; k++) draw_cell(&pen, f, &f->cells[row->first + k]);
        set_style(&pen, ADJ_INK_TEXT);
        adj_tbuf_text(out, "\r\n");
    }
}

static void forget_shown(AdjScreen *s)
{
    adj_frame_start(&s->shown, s->columns);
}

void adj_screen_leave(AdjScreen *s, AdjTermBuf *out)
{
    if (s->shown.rows_count) {
        int down = (int)s->shown.rows_count - 1 - s->shown.cursor_row;
        if (down > 0) adj_tbuf_format(out, "\x1b[%dB", down);
        adj_tbuf_text(out, "\r\n");
    }
    forget_shown(s);
}

void adj_screen_erase(AdjScreen *s, AdjTermBuf *out)
{
    if (s->shown.cursor_row > 0) adj_tbuf_format(out, "\x1b[%dA", s->shown.cursor_row);
    adj_tbuf_text(out, "\r\x1b[J");
    forget_shown(s);
}

// A terminal that has become narrower folds each of our rows into as many as it takes (nearly
// all of them do; one that cuts instead loses rows above the prompt to the erasing here, which
// is the lesser evil). The cursor goes with its text, so how far it is from the top follows.
void adj_screen_resize(AdjScreen *s, int columns, int lines, AdjTermBuf *out)
{
    AdjFrame *f = &s->shown;
    int above = 0;
    for (int i = 0; i < f->cursor_row && i < (int)f->rows_count; i++) {
        int width = f->rows[i].width;
        above += width > columns ? (width + columns - 1) / columns : 1;
    }
    above += f->cursor_column / columns;
    if (above > lines - 1) above = lines - 1;
    f->cursor_row = above;
    s->columns = columns;
    s->lines = lines;
    adj_screen_erase(s, out);
}

void adj_screen_drop(AdjScreen *s)
{
    adj_frame_drop(&s->shown);
    adj_frame_drop(&s->next);
}
