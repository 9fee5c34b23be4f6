// SPDX-License-Identifier: Apache-2.0
// What the editor looks like: composes the frame from the state of the terminal object, and
// changes nothing but the frame and the scroll position. From the top:
//
//     [3] › net = Linear(784, 128)       the number, the mark, the first line
//         · loss = net(x)                further lines; rows folded by width have no mark
//           Linear(in_features, …)       one of: menu, search, help, signature
//
// A cell taller than the room it has shows the part around the cursor, with an arrow in the
// margin where it goes on. The frame of a finished cell (term->done) shows the text alone, and
// all of it.
#include "internal.h"

#include <stdio.h>
#include <string.h>

enum { NARROW = 24, LEAST_COLUMNS = 4, MATCH_LIMIT = 200 * 1024 };

int adj_view_gutter(const AdjTerm *term)
{
    if (term->screen.columns < NARROW) return 2;
    return snprintf(NULL, 0, "[%d] . ", term->number);
}

// The last column stays free, so that the cursor always has a place behind the text.
int adj_view_columns(const AdjTerm *term)
{
    int columns = term->screen.columns - adj_view_gutter(term) - 1;
    return columns < LEAST_COLUMNS ? LEAST_COLUMNS : columns;
}

// -- inks -------------------------------------------------------------------------------------

struct AdjInkSink {
    uint8_t *inks;
    size_t length;
};

void adj_ink_add(AdjInkSink *sink, size_t start, size_t end, AdjInk ink)
{
    if (end > sink->length) end = sink->length;
    if (start < end && ink < ADJ_INK_COUNT) memset(sink->inks + start, (int)ink, end - start);
}

static void refresh_inks(AdjTerm *term)
{
    AdjEdit *e = &term->edit;
    if (term->inks && term->inks_version == e->version) return;
    if (!adj_term_grow(&term->inks, &term->inks_capacity, e->text.length + 1, 1)) return;
    memset(term->inks, ADJ_INK_TEXT, e->text.length + 1);
    AdjInkSink sink = {term->inks, e->text.length};
    const AdjTermHooks *hooks = term->hooks;
    if (hooks->highlight) hooks->highlight(hooks->self, e->text.data, e->text.length, &sink);
    term->inks_version = e->version;
}

// -- the cell ---------------------------------------------------------------------------------

// Ranges of the text that are set off: a pair of brackets and what a search found.
typedef struct Marks {
    size_t bracket, partner;  // SIZE_MAX: none
    size_t hit_start, hit_end;
} Marks;

static bool is_bracket(char c)
{
    return c && strchr("()[]{}", c);
}

// The bracket before the cursor if it closes, else the one under it, else the one before it.
static Marks find_marks(const AdjTerm *term)
{
    const AdjEdit *e = &term->edit;
    Marks marks = {.bracket = SIZE_MAX, .partner = SIZE_MAX};
    if (term->done) return marks;
    if (term->search.active) {
        marks.hit_start = term->search.hit;
        marks.hit_end = marks.hit_start + term->search.query.length;
        return marks;
    }
    if (e->text.length > MATCH_LIMIT) return marks;
    const char *text = e->text.data;
    char before = e->cursor ? text[e->cursor - 1] : 0, under = text[e->cursor];
    bool closes = before && strchr(")]}", before);
    size_t at = closes               ? e->cursor - 1
                : is_bracket(under)  ? e->cursor
                : is_bracket(before) ? e->cursor - 1
                                     : SIZE_MAX;
    if (at != SIZE_MAX && adj_outline_partner(text, e->text.length, at, &marks.partner))
        marks.bracket = at;
    return marks;
}

static AdjStyle style_at(const AdjTerm *term, const Marks *marks, size_t at)
{
    AdjStyle style = term->inks && at < term->inks_capacity ? term->inks[at] : ADJ_INK_TEXT;
    if (at == marks->bracket || at == marks->partner) style |= ADJ_STYLE_MATCH;
    if (at >= marks->hit_start && at < marks->hit_end) style |= ADJ_STYLE_HIT;
    return style;
}

// What stands before a row: the prompt, a continuation mark, nothing where a line was folded,
// or an arrow where rows above or below are hidden.
static void compose_gutter(AdjTerm *term, size_t index, bool folded, bool above, bool below)
{
    AdjFrame *f = &term->screen.next;
    const AdjMarks *marks = adj_theme_marks(term->screen.theme.unicode);
    int gutter = adj_view_gutter(term);
    char number[32];
    adj_frame_row(f);
    const char *mark = above ? marks->above : below ? marks->below : folded ? " " : marks->more;
    if (index == 0 && !above) {
        snprintf(number, sizeof number, "[%d] ", term->number);
        if (gutter > 2) adj_frame_text(f, number, strlen(number), ADJ_INK_NUMBER);
        adj_frame_text(f, marks->in, strlen(marks->in), ADJ_INK_IN);
    } else {
        adj_frame_pad(f, gutter - 2, ADJ_INK_TEXT);
        adj_frame_text(f, mark, strlen(mark), ADJ_INK_NUMBER);
    }
    adj_frame_pad(f, gutter, ADJ_INK_TEXT);
    f->origin = adj_frame_column(f);
}

static void compose_row(AdjTerm *term, const AdjRow *row, const Marks *marks)
{
    const AdjEdit *e = &term->edit;
    for (size_t at = row->start, next; at < row->end; at = next) {
        next = adj_glyph_next(e->text.data, row->end, at);
        adj_frame_cluster(&term->screen.next, e->text.data + at, next - at,
                          style_at(term, marks, at));
    }
}

// One line of the suggestion, never folded: it must not make the frame jump while typing.
static void compose_suggestion(AdjTerm *term)
{
    const char *suggestion = adj_recall_suggestion(term);
    if (!suggestion) return;
    AdjFrame *f = &term->screen.next;
    const char *ellipsis = adj_theme_marks(term->screen.theme.unicode)->ellipsis;
    size_t line = strcspn(suggestion, "\n"), more = strlen(ellipsis);
    int room = f->columns - 1 - adj_frame_column(f) - adj_glyph_width(ellipsis, more);
    size_t fits = room > 0 ? adj_glyph_fit(suggestion, line, room) : 0;
    adj_frame_text(f, suggestion, fits, ADJ_INK_SUGGEST);
    bool cut = fits < line || suggestion[line];
    if (cut && room >= 0) adj_frame_text(f, ellipsis, more, ADJ_INK_SUGGEST);
}

// Chooses the first row shown so that the cursor is visible and the picture moves least.
static void scroll_to(AdjTerm *term, const AdjPlace *place, int room)
{
    if (term->done)
        term->top = 0;
    else if (place->row < term->top)
        term->top = place->row;
    else if (place->row >= term->top + room)
        term->top = place->row - room + 1;
    if (term->top > place->rows - room) term->top = place->rows - room;
    if (term->top < 0) term->top = 0;
}

static void compose_cell(AdjTerm *term, int room)
{
    const AdjEdit *e = &term->edit;
    AdjFrame *f = &term->screen.next;
    int columns = adj_view_columns(term);
    AdjPlace place = adj_outline_find(e->text.data, e->text.length, e->cursor, columns);
    if (term->done) room = place.rows;
    scroll_to(term, &place, room);
    Marks marks = find_marks(term);
    int end = term->top + room < place.rows ? term->top + room : place.rows;
    AdjRow row = {0};
    for (int i = 0; i < end; i++) {
        bool folded = i > 0 && row.next == row.end;
        row = adj_outline_row(e->text.data, e->text.length, row.next, columns);
        if (i < term->top) continue;
        bool above = i == term->top && i > 0, below = i == end - 1 && end < place.rows;
        compose_gutter(term, (size_t)i, folded, above, below && !above);
        if (i == place.row) {
            f->cursor_row = (int)f->rows_count - 1;
            f->cursor_column = f->origin + place.column;
        }
        compose_row(term, &row, &marks);
    }
    if (row.last) compose_suggestion(term);
    if (f->cursor_column >= f->columns) f->cursor_column = f->columns - 1;
}

// -- below the cell ---------------------------------------------------------------------------

// The signature, moved along so that the parameter being typed is always in view.
static void compose_hint(AdjTerm *term, const AdjCallHint *hint)
{
    AdjFrame *f = &term->screen.next;
    const char *text = hint->text;
    size_t length = strnlen(text, sizeof hint->text);
    size_t start = hint->active_start <= length ? hint->active_start : length;
    size_t end = hint->active_end <= length ? hint->active_end : length;
    if (end < start) end = start;
    adj_frame_row(f);
    adj_frame_pad(f, adj_view_gutter(term), ADJ_INK_TEXT);
    int room = f->columns - 1 - adj_frame_column(f);
    size_t from = 0;
    if (adj_glyph_width(text, end) > room) {
        const char *ellipsis = adj_theme_marks(term->screen.theme.unicode)->ellipsis;
        adj_frame_text(f, ellipsis, strlen(ellipsis), ADJ_INK_HINT);
        from = start;
    }
    adj_frame_text(f, text + from, start - from, ADJ_INK_HINT);
    adj_frame_text(f, text + start, end - start, ADJ_INK_ACTIVE);
    adj_frame_text(f, text + end, length - end, ADJ_INK_HINT);
}

// Help for the session's pager may carry colours; the panel shows the text alone. The end of
// the escape sequence at [at], or [at] when there is none.
static size_t skip_escape(const char *text, size_t length, size_t at)
{
    if (at + 1 >= length || text[at] != 0x1b || text[at + 1] != '[') return at;
    at += 2;
    while (at < length && (unsigned char)text[at] < 0x40) at++;
    return at < length ? at + 1 : at;
}

static void compose_panel_line(AdjTerm *term, const char *line, size_t length)
{
    AdjFrame *f = &term->screen.next;
    adj_frame_row(f);
    adj_frame_pad(f, adj_view_gutter(term), ADJ_INK_TEXT);
    f->origin = adj_frame_column(f);
    for (size_t at = 0; at < length;) {
        size_t next = skip_escape(line, length, at);
        if (next == at) {
            next = adj_glyph_next(line, length, at);
            if (adj_frame_column(f) < f->columns - 1) {
                adj_frame_cluster(f, line + at, next - at, ADJ_INK_HINT);
            }
        }
        at = next;
    }
}

static int count_lines(const AdjTermBuf *text)
{
    int lines = text->length > 0;
    for (size_t i = 0; i + 1 < text->length; i++) lines += text->data[i] == '\n';
    return lines;
}

static void compose_panel(AdjTerm *term, int rows)
{
    const AdjTermBuf *panel = &term->panel;
    int lines = count_lines(panel), shown = lines > rows ? rows - 1 : lines;
    size_t at = 0;
    for (int i = 0; i < shown; i++) {
        const char *line = panel->data + at;
        size_t length = strcspn(line, "\n");
        compose_panel_line(term, line, length);
        at += length + 1;
    }
    if (lines <= rows) return;
    char more[64];
    snprintf(more, sizeof more, "(%d more lines)", lines - shown);
    compose_panel_line(term, more, strlen(more));
}

void adj_view_compose(AdjTerm *term)
{
    AdjScreen *s = &term->screen;
    AdjCallHint hint = {0};
    const AdjTermHooks *hooks = term->hooks;
    const AdjEdit *e = &term->edit;
    int below = 0, half = s->lines / 2;
    bool free = !term->done && s->lines > 1;
    bool menu = free && term->menu.open, search = free && !menu && term->search.active;
    bool panel = free && !menu && !search && term->panel.length && half > 0;
    bool call =
        free && !menu && !search && !panel && hooks->signature_at && e->text.length &&
        hooks->signature_at(hooks->self, e->text.data, e->text.length, e->cursor, &hint);
    if (menu)
        below = adj_menu_rows(term, half);
    else if (panel)
        below = count_lines(&term->panel) < half ? count_lines(&term->panel) : half;
    else
        below = search || call;
    refresh_inks(term);
    adj_frame_start(&s->next, s->columns);
    compose_cell(term, s->lines - below);
    if (menu)
        adj_menu_compose(term, below);
    else if (search)
        adj_search_compose(term);
    else if (panel)
        compose_panel(term, below);
    else if (call)
        compose_hint(term, &hint);
}
