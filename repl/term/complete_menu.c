// SPDX-License-Identifier: Apache-2.0
// Completion: the items the session offers, and the menu below the cell. One item is put in at
// once; of several, as much as they share, and the menu opens. Tab and the arrows select, which
// shows the item in the text; typing goes on narrowing; Enter or a letter that ends a name
// takes what is selected; Esc gives back what was typed. Invariant while open: bytes [start,
// end) of the text are the range being completed, and `typed` is what stood there at first.
#include "internal.h"

#include <stdlib.h>
#include <string.h>

enum { MENU_ROWS = 8, NAME_COLUMNS = 36 };

// -- what the session offers ------------------------------------------------------------------

void adj_items_range(AdjTermItems *items, size_t start, size_t end)
{
    items->start = start;
    items->end = end;
}

static char *copy_of(const char *text)
{
    return text ? adj_term_copy(text, strlen(text)) : NULL;
}

void adj_items_add(AdjTermItems *items, const AdjTermItem *item)
{
    if (!item->insert) return;
    if (!adj_term_grow(&items->items, &items->capacity, items->count + 1, sizeof *items->items))
        return;
    AdjTermItem copy = {copy_of(item->insert), copy_of(item->display), copy_of(item->kind),
                        copy_of(item->signature), copy_of(item->doc)};
    if (copy.insert) items->items[items->count++] = copy;
}

static void clear_items(AdjTermItems *items)
{
    for (size_t i = 0; i < items->count; i++) {
        AdjTermItem *item = &items->items[i];
        const char *texts[] = {item->insert, item->display, item->kind, item->signature,
                               item->doc};
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) free((char *)texts[k]);
    }
    items->count = 0;
}

void adj_items_drop(AdjTermItems *items)
{
    clear_items(items);
    free(items->items);
    *items = (AdjTermItems){0};
}

void adj_menu_close(AdjTerm *term)
{
    AdjMenu *m = &term->menu;
    m->open = false;
    adj_items_drop(&m->items);
    adj_tbuf_drop(&m->typed);
}

// Asks anew. The range is by default the name before the cursor; one that does not fit the text
// is not believed.
static bool ask(AdjTerm *term)
{
    AdjMenu *m = &term->menu;
    AdjEdit *e = &term->edit;
    clear_items(&m->items);
    m->items.end = m->items.start = e->cursor;
    while (m->items.start > 0) {
        size_t before = adj_glyph_prev(e->text.data, m->items.start), bytes;
        if (!adj_glyph_is_word(
                adj_glyph_decode(e->text.data + before, m->items.start - before, &bytes)))
            break;
        m->items.start = before;
    }
    term->hooks->complete(term->hooks->self, e->text.data, e->text.length, e->cursor,
                          &m->items);
    bool fits = m->items.start <= m->items.end && m->items.end <= e->text.length;
    if (!fits) m->items.start = m->items.end = e->cursor;
    m->start = m->items.start;
    m->end = m->items.end;
    m->selected = SIZE_MAX;
    m->top = 0;
    adj_tbuf_clear(&m->typed);
    adj_tbuf_add(&m->typed, e->text.data + m->start, m->end - m->start);
    return m->items.count > 0;
}

static bool put(AdjTerm *term, const char *text, size_t length)
{
    AdjMenu *m = &term->menu;
    if (!adj_edit_replace(&term->edit, m->start, m->end, text, length)) return false;
    m->end = m->start + length;
    return true;
}

// Bytes at the start that all items share, cut to whole characters.
static size_t shared_prefix(const AdjTermItems *items)
{
    const char *first = items->items[0].insert;
    size_t shared = strlen(first);
    for (size_t i = 1; i < items->count; i++) {
        size_t n = 0;
        while (n < shared && items->items[i].insert[n] == first[n]) n++;
        shared = n;
    }
    while (shared > 0 && ((unsigned char)first[shared] & 0xc0) == 0x80) shared--;
    return shared;
}

AdjAct adj_cmd_complete(AdjTerm *term)
{
    AdjMenu *m = &term->menu;
    if (!term->hooks->complete) return ADJ_ACT_NONE;
    m->open = ask(term);
    if (!m->open) {
        adj_menu_close(term);
        return ADJ_ACT_NONE;
    }
    size_t shared = shared_prefix(&m->items);
    bool extends = shared > m->typed.length || m->items.count == 1;
    if (extends) put(term, m->items.items[0].insert, shared);
    if (m->items.count == 1) {
        adj_menu_close(term);
    } else if (extends) {
        adj_tbuf_clear(&m->typed);
        adj_tbuf_add(&m->typed, term->edit.text.data + m->start, m->end - m->start);
    }
    return ADJ_ACT_NONE;
}

// -- keys while the menu is open --------------------------------------------------------------

// Moves the selection by [by], round at the ends through "none", and shows it in the text.
static void select_by(AdjTerm *term, int by)
{
    AdjMenu *m = &term->menu;
    size_t places = m->items.count + 1,
           here = m->selected == SIZE_MAX ? m->items.count : m->selected;
    here = (here + places + (size_t)(by < 0 ? (int)places + by : by)) % places;
    m->selected = here == m->items.count ? SIZE_MAX : here;
    if (m->selected == SIZE_MAX) {
        put(term, m->typed.data ? m->typed.data : "", m->typed.length);
        m->top = 0;
        return;
    }
    const char *insert = m->items.items[here].insert;
    put(term, insert, strlen(insert));
}

static int step_of(AdjKey key)
{
    switch (key) {
    case ADJ_KEY_TAB:
    case ADJ_KEY_DOWN:
    case ADJ_KEY_C | 'n': return 1;
    case ADJ_KEY_TAB | ADJ_KEY_S:
    case ADJ_KEY_UP:
    case ADJ_KEY_C | 'p': return -1;
    }
    return 0;
}

static bool is_name_key(AdjKey key)
{
    return (key & ~(AdjKey)ADJ_KEY_CODE) == 0 && key < ADJ_KEY_NONE && adj_glyph_is_word(key);
}

// Letters and Backspace change the text as usual and then ask again with it; when nothing was
// selected, the menu goes on with what is left.
static bool narrow(AdjTerm *term, AdjKey key)
{
    AdjMenu *m = &term->menu;
    bool chosen = m->selected != SIZE_MAX;
    if (!is_name_key(key) && key != ADJ_KEY_BACKSPACE) return false;
    adj_keys_run(term, key);
    if (chosen || !ask(term) || m->end == m->start) adj_menu_close(term);
    return true;
}

bool adj_menu_key(AdjTerm *term, AdjKey key)
{
    AdjMenu *m = &term->menu;
    if (!m->open) return false;
    int step = step_of(key);
    if (step) {
        select_by(term, step);
        return true;
    }
    if (key == ADJ_KEY_ESC || key == (ADJ_KEY_C | 'g')) {
        put(term, m->typed.data ? m->typed.data : "", m->typed.length);
        adj_menu_close(term);
        return true;
    }
    if (key == ADJ_KEY_ENTER && m->selected != SIZE_MAX) {
        adj_menu_close(term);
        return true;
    }
    if (narrow(term, key)) return true;
    adj_menu_close(term);
    return false;
}

// -- the picture ------------------------------------------------------------------------------

static const char *name_of(const AdjTermItem *item)
{
    return item->display ? item->display : item->insert;
}

// The rows the menu wants: its items and a line about them.
int adj_menu_rows(const AdjTerm *term, int limit)
{
    size_t rows = term->menu.items.count < MENU_ROWS ? term->menu.items.count : MENU_ROWS;
    int wanted = (int)rows + 1;
    return wanted < limit ? wanted : limit;
}

static void compose_item(AdjTerm *term, const AdjTermItem *item, int name_columns, bool chosen)
{
    AdjFrame *f = &term->screen.next;
    int left = adj_view_gutter(term);
    AdjStyle style = chosen ? ADJ_STYLE_CHOSEN | ADJ_INK_ACTIVE : ADJ_INK_TEXT;
    const char *name = name_of(item), *kind = item->kind ? item->kind : "";
    adj_frame_row(f);
    adj_frame_pad(f, left - 1, ADJ_INK_TEXT);
    adj_frame_text(f, " ", 1, style);
    adj_frame_text(f, name, adj_glyph_fit(name, strlen(name), name_columns), style);
    adj_frame_pad(f, left + name_columns + 1, style);
    const char *aside = item->signature ? item->signature : kind;
    int room = f->columns - 1 - adj_frame_column(f) - 1;
    adj_frame_text(f, " ", 1, ADJ_INK_TEXT);
    if (room > 0)
        adj_frame_text(f, aside, adj_glyph_fit(aside, strlen(aside), room), ADJ_INK_HINT);
}

// What is said about the selected item, or how many there are.
static void compose_note(AdjTerm *term)
{
    AdjMenu *m = &term->menu;
    AdjFrame *f = &term->screen.next;
    const AdjTermItem *item = m->selected != SIZE_MAX ? &m->items.items[m->selected] : NULL;
    AdjTermBuf note = {0};
    if (item)
        adj_tbuf_format(&note, "%zu/%zu", m->selected + 1, m->items.count);
    else
        adj_tbuf_format(&note, "%zu  Tab next  Esc back", m->items.count);
    if (item && item->doc) {
        adj_tbuf_text(&note, "  ");
        adj_tbuf_add(&note, item->doc, strcspn(item->doc, "\n"));
    }
    adj_frame_row(f);
    adj_frame_pad(f, adj_view_gutter(term), ADJ_INK_TEXT);
    int room = f->columns - 1 - adj_frame_column(f);
    if (note.data && room > 0)
        adj_frame_text(f, note.data, adj_glyph_fit(note.data, note.length, room), ADJ_INK_HINT);
    adj_tbuf_drop(&note);
}

void adj_menu_compose(AdjTerm *term, int rows)
{
    AdjMenu *m = &term->menu;
    size_t shown = rows > 1 ? (size_t)rows - 1 : 0;
    int name_columns = 8;
    if (m->selected != SIZE_MAX && m->selected < m->top) m->top = m->selected;
    if (m->selected != SIZE_MAX && m->selected >= m->top + shown)
        m->top = m->selected + 1 - shown;
    for (size_t i = m->top; i < m->top + shown && i < m->items.count; i++) {
        const char *name = name_of(&m->items.items[i]);
        int width = adj_glyph_width(name, strlen(name));
        if (width > name_columns) name_columns = width < NAME_COLUMNS ? width : NAME_COLUMNS;
    }
    for (size_t i = m->top; i < m->top + shown && i < m->items.count; i++) {
        compose_item(term, &m->items.items[i], name_columns, i == m->selected);
    }
    if (rows > 0) compose_note(term);
}
