// SPDX-License-Identifier: Apache-2.0
// The text being edited: one function that changes it, the record of changes that undo walks
// along, and the kill ring. A change is a place, what was removed and what was added; letters
// typed one after the other join one record until a word ends. Invariant: replaying records
// [0, changes_done) on the empty text gives the text, so undo needs no copies of the whole.
#include "internal.h"

#include <stdlib.h>
#include <string.h>

static void change_drop(AdjChange *c)
{
    free(c->removed);
    free(c->added);
}

static void forget_from(AdjEdit *e, size_t index)
{
    for (size_t i = index; i < e->changes_count; i++) change_drop(&e->changes[i]);
    e->changes_count = index;
    if (e->changes_done > index) e->changes_done = index;
}

// The oldest half goes when the record is full; a linked tail left at the front is
// then undone alone, which is as far as the record can tell.
static void forget_oldest(AdjEdit *e)
{
    size_t gone = e->changes_count / 2;
    for (size_t i = 0; i < gone; i++) change_drop(&e->changes[i]);
    memmove(e->changes, e->changes + gone, (e->changes_count - gone) * sizeof *e->changes);
    e->changes_count -= gone;
    e->changes_done -= gone;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

// Whether a letter put in at [at] continues the word that the last record typed.
static bool joins_last(const AdjEdit *e, size_t start, size_t end, const char *text,
                       size_t length)
{
    if (!e->typing || start != end || length == 0 || e->changes_done == 0) return false;
    const AdjChange *last = &e->changes[e->changes_done - 1];
    if (last->removed_length || last->added_length == 0 || last->added_length > 64)
        return false;
    if (last->at + last->added_length != start || text[0] == '\n') return false;
    return !(is_blank(text[0]) && !is_blank(last->added[last->added_length - 1]));
}

static bool join_last(AdjEdit *e, const char *text, size_t length)
{
    AdjChange *last = &e->changes[e->changes_done - 1];
    char *added = realloc(last->added, last->added_length + length + 1);
    if (!added) return false;
    memcpy(added + last->added_length, text, length);
    last->added = added;
    last->added_length += length;
    return true;
}

static bool record(AdjEdit *e, size_t start, size_t end, const char *text, size_t length)
{
    forget_from(e, e->changes_done);
    if (joins_last(e, start, end, text, length)) return join_last(e, text, length);
    if (e->changes_count >= ADJ_UNDO_LIMIT) forget_oldest(e);
    if (!adj_term_grow(&e->changes, &e->changes_capacity, e->changes_count + 1,
                       sizeof *e->changes)) {
        return false;
    }
    AdjChange c = {.at = start,
                   .removed_length = end - start,
                   .added_length = length,
                   .cursor = e->cursor};
    c.removed = adj_term_copy(e->text.data ? e->text.data + start : "", end - start);
    c.added = adj_term_copy(text, length);
    if (!c.removed || !c.added) {
        change_drop(&c);
        return false;
    }
    e->changes[e->changes_count++] = c;
    e->changes_done = e->changes_count;
    return true;
}

// What is on the two sides of the cursor may have become one cluster, a letter put before an
// accent.
static void set_cursor(AdjEdit *e, size_t at)
{
    e->cursor = adj_glyph_edge(e->text.data, e->text.length, at);
}

bool adj_edit_replace(AdjEdit *e, size_t start, size_t end, const char *text, size_t length)
{
    if (start > end || end > e->text.length) return false;
    if (start == end && length == 0) return true;
    if (!adj_tbuf_reserve(&e->text, length) || !record(e, start, end, text, length))
        return false;
    adj_tbuf_splice(&e->text, start, end - start, text, length);
    set_cursor(e, start + length);
    e->typing = false;
    e->pristine = false;
    e->version++;
    return true;
}

void adj_edit_link(AdjEdit *e, size_t since)
{
    for (size_t i = since + 1; i < e->changes_count; i++) e->changes[i].linked = true;
}

void adj_edit_reset(AdjEdit *e)
{
    forget_from(e, 0);
    adj_tbuf_clear(&e->text);
    e->cursor = 0;
    e->typing = e->pristine = false;
    e->did = e->last = 0;
    e->version++;
}

bool adj_edit_undo(AdjEdit *e)
{
    if (e->changes_done == 0) return false;
    bool linked = true;
    while (linked && e->changes_done > 0) {
        AdjChange *c = &e->changes[e->changes_done - 1];
        if (!adj_tbuf_splice(&e->text, c->at, c->added_length, c->removed, c->removed_length))
            break;
        set_cursor(e, c->cursor);
        linked = c->linked;
        e->changes_done--;
    }
    e->typing = e->pristine = false;
    e->version++;
    return true;
}

bool adj_edit_redo(AdjEdit *e)
{
    if (e->changes_done == e->changes_count) return false;
    do {
        AdjChange *c = &e->changes[e->changes_done];
        if (!adj_tbuf_splice(&e->text, c->at, c->removed_length, c->added, c->added_length))
            break;
        set_cursor(e, c->at + c->added_length);
        e->changes_done++;
    } while (e->changes_done < e->changes_count && e->changes[e->changes_done].linked);
    e->typing = e->pristine = false;
    e->version++;
    return true;
}

static void ring_push(AdjEdit *e, char *text)
{
    free(e->kills[ADJ_KILLS - 1]);
    memmove(e->kills + 1, e->kills, (ADJ_KILLS - 1) * sizeof *e->kills);
    e->kills[0] = text;
}

// Kills in a row gather in one entry, as in readline: what was killed forward is put
// behind, what was killed backward in front.
void adj_edit_kill(AdjEdit *e, size_t start, size_t end, bool forward)
{
    if (start >= end) return;
    AdjTermBuf gathered = {0};
    bool joins = (e->last & ADJ_DID_KILL) && e->kills[0];
    if (joins && forward) adj_tbuf_text(&gathered, e->kills[0]);
    adj_tbuf_add(&gathered, e->text.data + start, end - start);
    if (joins && !forward) adj_tbuf_text(&gathered, e->kills[0]);
    if (!gathered.data) return;
    if (joins) {
        free(e->kills[0]);
        e->kills[0] = gathered.data;
    } else {
        ring_push(e, gathered.data);
    }
    adj_edit_replace(e, start, end, "", 0);
    e->did |= ADJ_DID_KILL;
}

void adj_edit_drop(AdjEdit *e)
{
    forget_from(e, 0);
    free(e->changes);
    for (size_t i = 0; i < ADJ_KILLS; i++) free(e->kills[i]);
    adj_tbuf_drop(&e->text);
    *e = (AdjEdit){0};
}

// -- places in the text -----------------------------------------------------------------------

size_t adj_edit_line_start(const AdjEdit *e, size_t at)
{
    while (at > 0 && e->text.data[at - 1] != '\n') at--;
    return at;
}

size_t adj_edit_line_end(const AdjEdit *e, size_t at)
{
    while (at < e->text.length && e->text.data[at] != '\n') at++;
    return at;
}

size_t adj_edit_indent_end(const AdjEdit *e, size_t at)
{
    at = adj_edit_line_start(e, at);
    while (at < e->text.length && (e->text.data[at] == ' ' || e->text.data[at] == '\t')) at++;
    return at;
}

static bool word_at(const AdjEdit *e, size_t at)
{
    size_t bytes;
    return adj_glyph_is_word(adj_glyph_decode(e->text.data + at, e->text.length - at, &bytes));
}

size_t adj_edit_word_left(const AdjEdit *e, size_t at)
{
    bool inside = false;
    while (at > 0) {
        size_t before = adj_glyph_prev(e->text.data, at);
        bool word = word_at(e, before);
        if (inside && !word) break;
        inside = inside || word;
        at = before;
    }
    return at;
}

size_t adj_edit_word_right(const AdjEdit *e, size_t at)
{
    bool inside = false;
    while (at < e->text.length) {
        bool word = word_at(e, at);
        if (inside && !word) break;
        inside = inside || word;
        at = adj_glyph_next(e->text.data, e->text.length, at);
    }
    return at;
}
