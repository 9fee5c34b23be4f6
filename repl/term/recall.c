// SPDX-License-Identifier: Apache-2.0
// Getting cells back from history, three ways: walking up and down among those that start as
// the cell was typed, searching while typing (C-r), and the dim suggestion behind the cursor.
// What was being typed is a draft that all of them give back when left.
#include "internal.h"

#include <string.h>

static bool starts_with(const char *entry, const char *wanted, size_t length)
{
    return strncmp(entry, wanted, length) == 0 && entry[length];
}

// Shows a text in place of the whole cell, as one step of undo.
static void show(AdjTerm *term, const char *text, size_t length)
{
    adj_edit_replace(&term->edit, 0, term->edit.text.length, text, length);
}

// -- walking ----------------------------------------------------------------------------------

static bool is_walking(const AdjTerm *term)
{
    return term->recall.version && term->recall.version == term->edit.version;
}

static void start_walk(AdjTerm *term)
{
    AdjRecall *r = &term->recall;
    if (is_walking(term)) return;
    adj_tbuf_clear(&r->draft);
    adj_tbuf_add(&r->draft, term->edit.text.data, term->edit.text.length);
    r->prefix = r->draft.length;
    r->index = term->history.count;
    r->version = term->edit.version;
}

// Going back, the cursor lands at the end of the first row, so that the next Up goes further
// back and Down walks through the cell; coming forward it is the other way round.
static void show_entry(AdjTerm *term, bool forward)
{
    AdjRecall *r = &term->recall;
    bool draft = r->index == term->history.count;
    const char *text = draft ? r->draft.data : term->history.entries[r->index];
    show(term, text ? text : "", text ? strlen(text) : 0);
    if (!forward) term->edit.cursor = adj_edit_line_end(&term->edit, 0);
    term->edit.pristine = !draft;
    r->version = term->edit.version;
}

AdjAct adj_cmd_older(AdjTerm *term)
{
    AdjRecall *r = &term->recall;
    start_walk(term);
    size_t found = adj_history_find(&term->history, r->index, false, starts_with,
                                    r->draft.data ? r->draft.data : "", r->prefix);
    if (found == SIZE_MAX) return ADJ_ACT_NONE;
    r->index = found;
    show_entry(term, false);
    return ADJ_ACT_NONE;
}

AdjAct adj_cmd_newer(AdjTerm *term)
{
    AdjRecall *r = &term->recall;
    if (!is_walking(term) || r->index == term->history.count) return ADJ_ACT_NONE;
    size_t found = adj_history_find(&term->history, r->index, true, starts_with,
                                    r->draft.data ? r->draft.data : "", r->prefix);
    r->index = found == SIZE_MAX ? term->history.count : found;
    show_entry(term, true);
    return ADJ_ACT_NONE;
}

// -- suggesting -------------------------------------------------------------------------------

// Not for a single letter, which would only make the line restless, and only at the end of the
// text. The newest cell that starts with all that was typed.
const char *adj_recall_suggestion(const AdjTerm *term)
{
    const AdjEdit *e = &term->edit;
    bool quiet = term->done || term->search.active || term->menu.open || is_walking(term);
    if (quiet || e->text.length < 2 || e->cursor != e->text.length) return NULL;
    if (strspn(e->text.data, " \t\n") == e->text.length) return NULL;
    size_t found = adj_history_find(&term->history, SIZE_MAX, false, starts_with, e->text.data,
                                    e->text.length);
    return found == SIZE_MAX ? NULL : term->history.entries[found] + e->text.length;
}

// -- searching --------------------------------------------------------------------------------

static bool has_capital(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] >= 'A' && text[i] <= 'Z') return true;
    }
    return false;
}

// Small letters find capitals too; a capital means itself.
static const char *find_in(const char *entry, const char *wanted, size_t length)
{
    bool exact = has_capital(wanted, length);
    size_t size = strlen(entry);
    for (size_t at = 0; at + length <= size; at++) {
        size_t i = 0;
        while (i < length) {
            char c = entry[at + i];
            if (!exact && c >= 'A' && c <= 'Z') c |= 32;
            if (c != wanted[i]) break;
            i++;
        }
        if (i == length) return entry + at;
    }
    return NULL;
}

static bool contains(const char *entry, const char *wanted, size_t length)
{
    return find_in(entry, wanted, length);
}

// Looks from [from] on and shows what is found; else says so and stays where it is.
static void look(AdjTerm *term, size_t from)
{
    AdjSearch *s = &term->search;
    const char *query = s->query.data ? s->query.data : "";
    if (s->query.length == 0) {
        s->failed = false;
        return;
    }
    size_t found =
        adj_history_find(&term->history, from, s->later, contains, query, s->query.length);
    s->failed = found == SIZE_MAX;
    if (s->failed) return;
    s->index = found;
    const char *entry = term->history.entries[found];
    show(term, entry, strlen(entry));
    s->hit = (size_t)(find_in(entry, query, s->query.length) - entry);
    term->edit.cursor = s->hit;
    term->edit.pristine = true;
}

static AdjAct start_search(AdjTerm *term, bool later)
{
    AdjSearch *s = &term->search;
    adj_tbuf_clear(&s->query);
    adj_tbuf_clear(&s->draft);
    adj_tbuf_add(&s->draft, term->edit.text.data, term->edit.text.length);
    s->draft_cursor = term->edit.cursor;
    s->active = true;
    s->failed = false;
    s->later = later;
    s->index = later ? SIZE_MAX : term->history.count;
    s->hit = 0;
    return ADJ_ACT_NONE;
}

AdjAct adj_cmd_search_older(AdjTerm *term)
{
    return start_search(term, false);
}

AdjAct adj_cmd_search_newer(AdjTerm *term)
{
    return start_search(term, true);
}

static void restore_draft(AdjTerm *term)
{
    AdjSearch *s = &term->search;
    show(term, s->draft.data ? s->draft.data : "", s->draft.length);
    term->edit.cursor = s->draft_cursor <= term->edit.text.length ? s->draft_cursor : 0;
}

// One letter less: the search starts over, from the newest or the oldest.
static void shorten(AdjTerm *term)
{
    AdjSearch *s = &term->search;
    s->query.length = s->query.length ? adj_glyph_prev(s->query.data, s->query.length) : 0;
    if (s->query.data) s->query.data[s->query.length] = 0;
    s->index = s->later ? SIZE_MAX : term->history.count;
    if (s->query.length == 0) restore_draft(term);
    look(term, s->index);
}

static void lengthen(AdjTerm *term, AdjKey key)
{
    AdjSearch *s = &term->search;
    char bytes[4];
    adj_tbuf_add(&s->query, bytes, adj_glyph_encode(key, bytes));
    // What is shown may still match, so the look starts at it and not behind it.
    bool shown = s->index < term->history.count;
    look(term, !shown ? s->index : s->later ? s->index - 1 : s->index + 1);
}

// Letters extend the search; C-r and C-s go on; C-g and C-c give the draft back; any other key
// ends the search with what it found and is then handled as usual, Enter included.
bool adj_search_key(AdjTerm *term, AdjKey key)
{
    AdjSearch *s = &term->search;
    if (!s->active) return false;
    if (key == (ADJ_KEY_C | 'r') || key == (ADJ_KEY_C | 's')) {
        s->later = key == (ADJ_KEY_C | 's');
        look(term, s->index);
        return true;
    }
    if (key == (ADJ_KEY_C | 'g') || key == (ADJ_KEY_C | 'c')) {
        restore_draft(term);
        s->active = false;
        return true;
    }
    if (key == ADJ_KEY_BACKSPACE || key == (ADJ_KEY_C | 'h')) {
        shorten(term);
        return true;
    }
    if (key >= ' ' && key < ADJ_KEY_NONE) {
        lengthen(term, key);
        return true;
    }
    s->active = false;
    return key == ADJ_KEY_ESC;
}

void adj_search_compose(AdjTerm *term)
{
    AdjSearch *s = &term->search;
    AdjFrame *f = &term->screen.next;
    const char *label = s->later ? "search forward: " : "search: ";
    adj_frame_row(f);
    adj_frame_pad(f, adj_view_gutter(term), ADJ_INK_TEXT);
    adj_frame_text(f, label, strlen(label), ADJ_INK_HINT);
    adj_frame_text(f, s->query.data, s->query.length,
                   s->failed ? ADJ_INK_ERROR : ADJ_INK_ACTIVE);
    const char *aside = s->failed         ? "  nothing found"
                        : s->query.length ? "  C-r older  C-s newer  Enter run  C-g back"
                                          : "";
    adj_frame_text(f, aside, strlen(aside), ADJ_INK_HINT);
}
