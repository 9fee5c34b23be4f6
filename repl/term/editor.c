// SPDX-License-Identifier: Apache-2.0
// The commands that move in the text and change it; those that run it, recall it or complete it
// are with their subjects (prompt.c, recall.c, complete_menu.c). The keys and names are
// readline's where readline has the command. A command is a row in keys.def and a function
// here.
#include "internal.h"

#include <string.h>

static AdjAct move_to(AdjTerm *term, size_t at)
{
    term->edit.cursor = at;
    term->edit.typing = false;
    return ADJ_ACT_NONE;
}

static size_t next_char(const AdjEdit *e, size_t at)
{
    return at < e->text.length ? adj_glyph_next(e->text.data, e->text.length, at) : at;
}

static size_t prev_char(const AdjEdit *e, size_t at)
{
    return at > 0 ? adj_glyph_prev(e->text.data, at) : 0;
}

// -- moving -----------------------------------------------------------------------------------

AdjAct adj_cmd_char_left(AdjTerm *term)
{
    return move_to(term, prev_char(&term->edit, term->edit.cursor));
}

AdjAct adj_cmd_word_left(AdjTerm *term)
{
    return move_to(term, adj_edit_word_left(&term->edit, term->edit.cursor));
}

// Takes the first [length] bytes of the suggestion, which stands at the end of the text.
static AdjAct take_suggestion(AdjTerm *term, const char *suggestion, size_t length)
{
    size_t end = term->edit.text.length;
    bool whole = suggestion[length] == 0;
    adj_edit_replace(&term->edit, end, end, suggestion, length);
    term->edit.pristine = whole;  // the cell is one that ran before
    return ADJ_ACT_NONE;
}

AdjAct adj_cmd_char_right(AdjTerm *term)
{
    const char *suggestion = adj_recall_suggestion(term);
    if (suggestion) return take_suggestion(term, suggestion, strlen(suggestion));
    return move_to(term, next_char(&term->edit, term->edit.cursor));
}

AdjAct adj_cmd_line_end(AdjTerm *term)
{
    const char *suggestion = adj_recall_suggestion(term);
    if (suggestion) return take_suggestion(term, suggestion, strlen(suggestion));
    return move_to(term, adj_edit_line_end(&term->edit, term->edit.cursor));
}

AdjAct adj_cmd_word_right(AdjTerm *term)
{
    const char *suggestion = adj_recall_suggestion(term);
    if (!suggestion) return move_to(term, adj_edit_word_right(&term->edit, term->edit.cursor));
    size_t length = strlen(suggestion);
    AdjEdit rest = {.text = {.data = (char *)suggestion, .length = length}};
    return take_suggestion(term, suggestion, adj_edit_word_right(&rest, 0));
}

AdjAct adj_cmd_line_start(AdjTerm *term)
{
    return move_to(term, adj_edit_line_start(&term->edit, term->edit.cursor));
}

AdjAct adj_cmd_line_indent(AdjTerm *term)
{
    return move_to(term, adj_edit_indent_end(&term->edit, term->edit.cursor));
}

AdjAct adj_cmd_text_start(AdjTerm *term)
{
    return move_to(term, 0);
}

AdjAct adj_cmd_text_end(AdjTerm *term)
{
    return move_to(term, term->edit.text.length);
}

// Moves by rows of the screen. Answers false at the edge of the text.
static bool move_rows(AdjTerm *term, int by)
{
    AdjEdit *e = &term->edit;
    if (!e->text.length) return false;
    int columns = adj_view_columns(term);
    AdjPlace place = adj_outline_find(e->text.data, e->text.length, e->cursor, columns);
    if (place.row + by < 0 || place.row + by >= place.rows) return false;
    if (!(e->last & ADJ_DID_ROWS)) e->goal = place.column;
    move_to(term,
            adj_outline_at(e->text.data, e->text.length, place.row + by, e->goal, columns));
    e->did |= ADJ_DID_ROWS;
    return true;
}

AdjAct adj_cmd_up(AdjTerm *term)
{
    return move_rows(term, -1) ? ADJ_ACT_NONE : adj_cmd_older(term);
}

AdjAct adj_cmd_down(AdjTerm *term)
{
    return move_rows(term, 1) ? ADJ_ACT_NONE : adj_cmd_newer(term);
}

// -- deleting and cutting ---------------------------------------------------------------------

// Inside indentation a step goes at once, back to a multiple of ADJ_TAB.
AdjAct adj_cmd_delete_left(AdjTerm *term)
{
    AdjEdit *e = &term->edit;
    size_t start = adj_edit_line_start(e, e->cursor), column = e->cursor - start;
    size_t from = prev_char(e, e->cursor);
    if (column > 0 && e->cursor <= adj_edit_indent_end(e, e->cursor)) {
        size_t wanted = (column - 1) / ADJ_TAB * ADJ_TAB;
        from = e->cursor;
        while (from > start + wanted && e->text.data[from - 1] == ' ') from--;
        if (from == e->cursor) from--;  // a tab
    }
    adj_edit_replace(e, from, e->cursor, "", 0);
    return ADJ_ACT_NONE;
}

AdjAct adj_cmd_delete_right(AdjTerm *term)
{
    AdjEdit *e = &term->edit;
    adj_edit_replace(e, e->cursor, next_char(e, e->cursor), "", 0);
    return ADJ_ACT_NONE;
}

AdjAct adj_cmd_delete_or_leave(AdjTerm *term)
{
    return term->edit.text.length ? adj_cmd_delete_right(term) : ADJ_ACT_LEAVE;
}

AdjAct adj_cmd_kill_blank_word(AdjTerm *term)
{
    AdjEdit *e = &term->edit;
    size_t at = e->cursor;
    const char *text = e->text.data;
    while (at > 0 && strchr(" \t\n", text[at - 1])) at--;
    while (at > 0 && !strchr(" \t\n", text[at - 1])) at--;
    adj_edit_kill(e, at, e->cursor, false);
    return ADJ_ACT_NONE;
}

AdjAct adj_cmd_kill_word_left(AdjTerm *term)
{
    AdjEdit *e = &term->edit;
    adj_edit_kill(e, adj_edit_word_left(e, e->cursor), e->cursor, false);
    return ADJ_ACT_NONE;
}

AdjAct adj_cmd_kill_word_right(AdjTerm *term)
{
    AdjEdit *e = &term->edit;
    adj_edit_kill(e, e->cursor, adj_edit_word_right(e, e->cursor), true);
    return ADJ_ACT_NONE;
}

// At the end of a line the newline itself goes.
AdjAct adj_cmd_kill_line_right(AdjTerm *term)
{
    AdjEdit *e = &term->edit;
    size_t end = adj_edit_line_end(e, e->cursor);
    if (end == e->cursor && end < e->text.length) end++;
    adj_edit_kill(e, e->cursor, end, true);
    return ADJ_ACT_NONE;
}

AdjAct adj_cmd_kill_line_left(AdjTerm *term)
{
    AdjEdit *e = &term->edit;
    size_t start = adj_edit_line_start(e, e->cursor);
    if (start == e->cursor && start > 0) start--;
    adj_edit_kill(e, start, e->cursor, false);
    return ADJ_ACT_NONE;
}

static AdjAct put_kill(AdjTerm *term, size_t start, size_t end, int index)
{
    AdjEdit *e = &term->edit;
    if (!e->kills[index]) return ADJ_ACT_NONE;
    if (!adj_edit_replace(e, start, end, e->kills[index], strlen(e->kills[index])))
        return ADJ_ACT_NONE;
    e->yank_start = start;
    e->yank_end = start + strlen(e->kills[index]);
    e->yank_index = index;
    e->did |= ADJ_DID_YANK;
    return ADJ_ACT_NONE;
}

AdjAct adj_cmd_yank(AdjTerm *term)
{
    return put_kill(term, term->edit.cursor, term->edit.cursor, 0);
}

AdjAct adj_cmd_yank_older(AdjTerm *term)
{
    AdjEdit *e = &term->edit;
    if (!(e->last & ADJ_DID_YANK)) return ADJ_ACT_NONE;
    int next = (e->yank_index + 1) % ADJ_KILLS;
    if (!e->kills[next]) next = 0;
    return put_kill(term, e->yank_start, e->yank_end, next);
}

AdjAct adj_cmd_undo(AdjTerm *term)
{
    adj_edit_undo(&term->edit);
    return ADJ_ACT_NONE;
}

AdjAct adj_cmd_redo(AdjTerm *term)
{
    adj_edit_redo(&term->edit);
    return ADJ_ACT_NONE;
}

// -- rearranging ------------------------------------------------------------------------------

// Puts [middle, end) before [start, middle). Cursor behind both.
static AdjAct swap_ranges(AdjTerm *term, size_t a, size_t a_end, size_t b, size_t b_end)
{
    AdjEdit *e = &term->edit;
    AdjTermBuf swapped = {0};
    adj_tbuf_add(&swapped, e->text.data + b, b_end - b);
    adj_tbuf_add(&swapped, e->text.data + a_end, b - a_end);
    adj_tbuf_add(&swapped, e->text.data + a, a_end - a);
    if (swapped.length == b_end - a)
        adj_edit_replace(e, a, b_end, swapped.data, swapped.length);
    adj_tbuf_drop(&swapped);
    return ADJ_ACT_NONE;
}

AdjAct adj_cmd_swap_chars(AdjTerm *term)
{
    AdjEdit *e = &term->edit;
    size_t at = e->cursor;
    if (at == adj_edit_line_end(e, at)) at = prev_char(e, at);
    if (at <= adj_edit_line_start(e, e->cursor)) return ADJ_ACT_NONE;
    return swap_ranges(term, prev_char(e, at), at, at, next_char(e, at));
}

AdjAct adj_cmd_swap_words(AdjTerm *term)
{
    AdjEdit *e = &term->edit;
    size_t b_end = adj_edit_word_right(e, e->cursor), b = adj_edit_word_left(e, b_end);
    size_t a = adj_edit_word_left(e, b), a_end = adj_edit_word_right(e, a);
    if (a_end > b || b >= b_end) return ADJ_ACT_NONE;
    return swap_ranges(term, a, a_end, b, b_end);
}

// Case changes are for names and keywords, so ASCII is enough.
static AdjAct case_word(AdjTerm *term, bool first_upper, bool rest_upper)
{
    AdjEdit *e = &term->edit;
    size_t end = adj_edit_word_right(e, e->cursor), start = e->cursor;
    AdjTermBuf changed = {0};
    adj_tbuf_add(&changed, e->text.data ? e->text.data + start : "", end - start);
    bool first = true;
    for (size_t i = 0; i < changed.length; i++) {
        char *c = &changed.data[i], lower = *c | 32;
        if (lower < 'a' || lower > 'z') continue;
        *c = (first ? first_upper : rest_upper) ? lower ^ 32 : lower;
        first = false;
    }
    adj_edit_replace(e, start, end, changed.data, changed.length);
    adj_tbuf_drop(&changed);
    return ADJ_ACT_NONE;
}

AdjAct adj_cmd_upper_word(AdjTerm *term)
{
    return case_word(term, true, true);
}

AdjAct adj_cmd_lower_word(AdjTerm *term)
{
    return case_word(term, false, false);
}

AdjAct adj_cmd_capital_word(AdjTerm *term)
{
    return case_word(term, true, false);
}

// -- lines and indentation --------------------------------------------------------------------

AdjAct adj_cmd_newline(AdjTerm *term)
{
    AdjEdit *e = &term->edit;
    size_t indent = e->text.length ? adj_outline_indent(e->text.data, e->cursor) : 0;
    AdjTermBuf line = {0};
    adj_tbuf_text(&line, "\n");
    adj_tbuf_fill(&line, ' ', indent < 200 ? indent : 200);
    // Blanks that the new line would open with anyway are not wanted twice.
    size_t end = e->cursor;
    while (end < e->text.length && e->text.data[end] == ' ') end++;
    if (line.data) adj_edit_replace(e, e->cursor, end, line.data, line.length);
    adj_tbuf_drop(&line);
    return ADJ_ACT_NONE;
}

AdjAct adj_cmd_tab(AdjTerm *term)
{
    AdjEdit *e = &term->edit;
    size_t start = adj_edit_line_start(e, e->cursor);
    bool in_indent = e->cursor <= adj_edit_indent_end(e, e->cursor);
    if (!in_indent) return adj_cmd_complete(term);
    size_t step = ADJ_TAB - (e->cursor - start) % ADJ_TAB;
    adj_edit_replace(e, e->cursor, e->cursor, "        ", step);
    return ADJ_ACT_NONE;
}

// Takes one step of blanks from the front of the cursor's line, wherever in it the cursor is.
static void dedent_line(AdjEdit *e)
{
    size_t start = adj_edit_line_start(e, e->cursor), end = adj_edit_indent_end(e, e->cursor);
    size_t step = end > start ? (end - start - 1) % ADJ_TAB + 1 : 0, cursor = e->cursor;
    if (step == 0) return;
    if (e->text.data[start] == '\t') step = 1;
    adj_edit_replace(e, start, start + step, "", 0);
    e->cursor = cursor > start + step ? cursor - step : start;
}

AdjAct adj_cmd_dedent(AdjTerm *term)
{
    dedent_line(&term->edit);
    return ADJ_ACT_NONE;
}

// `else:` typed at the depth of the block it follows belongs one step out.
static void dedent_clause(AdjEdit *e)
{
    size_t start = adj_edit_line_start(e, e->cursor),
           indent = adj_edit_indent_end(e, e->cursor);
    if (start == 0 || indent == start || e->cursor != adj_edit_line_end(e, e->cursor)) return;
    if (!adj_outline_is_clause(e->text.data + start, e->cursor - start)) return;
    if (adj_outline_indent(e->text.data, start - 1) != indent - start) return;
    size_t before = adj_edit_line_start(e, start - 1);
    bool opener = adj_outline_read(e->text.data, start - 1).last == ':';
    bool same = adj_edit_indent_end(e, before) - before == indent - start;
    if (same && !opener) dedent_line(e);
}

// Puts in the character of the key.
AdjAct adj_cmd_insert(AdjTerm *term)
{
    char bytes[4];
    AdjEdit *e = &term->edit;
    size_t length = adj_glyph_encode(term->key & ADJ_KEY_CODE, bytes), since = e->changes_count;
    if (!adj_edit_replace(e, e->cursor, e->cursor, bytes, length)) return ADJ_ACT_NONE;
    e->typing = true;
    if (bytes[0] == ':') {
        dedent_clause(e);
        if (e->changes_count > since + 1) adj_edit_link(e, since);
    }
    return ADJ_ACT_NONE;
}
