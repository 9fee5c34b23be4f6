// SPDX-License-Identifier: Apache-2.0
// The editor as a whole, without a terminal: keys are fed to it, what it writes goes to a small
// emulated terminal, and after every paint the emulated screen must show exactly what a fresh
// drawing of the frame would: the painter writes differences only, so a wrong one would stay.
// First by hand for what each command does, then with random keys, pastes, garbage and sizes.
#include "../repl/term/internal.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// -- an emulated terminal ---------------------------------------------------------------------

enum { MOST_COLUMNS = 100, MOST_LINES = 40 };

// Knows what screen.c writes and nothing else: anything else is counted as a fault.
typedef struct Vt {
    struct {
        char bytes[ADJ_GLYPH_MAX + 8];
        char style[48];
        bool tail;  // the right half of the cell before
    } cells[MOST_LINES][MOST_COLUMNS];
    int columns, lines, row, column;
    bool hangs;  // over the last column
    char style[48];
    int faults;
} Vt;

static void vt_blank(Vt *vt, int row, int from)
{
    for (int c = from; c < vt->columns; c++) {
        memset(&vt->cells[row][c], 0, sizeof vt->cells[row][c]);
        vt->cells[row][c].bytes[0] = ' ';
    }
}

static void vt_size(Vt *vt, int columns, int lines)
{
    *vt = (Vt){.columns = columns, .lines = lines, .style = "\x1b[0m"};
    for (int r = 0; r < lines; r++) vt_blank(vt, r, 0);
}

static void vt_down(Vt *vt)
{
    if (++vt->row < vt->lines) return;
    vt->row = vt->lines - 1;
    memmove(vt->cells[0], vt->cells[1], sizeof vt->cells[0] * (size_t)(vt->lines - 1));
    vt_blank(vt, vt->row, 0);
}

// A wide character half overwritten leaves a blank, as terminals do.
static void vt_put(Vt *vt, const char *bytes, size_t length)
{
    AdjOnScreen shown = adj_glyph_show(bytes, length, 0);
    if (shown.control) vt->faults++;
    if (vt->hangs || vt->column + shown.width > vt->columns) vt->faults++;
    if (vt->column + shown.width > vt->columns) return;
    int c = vt->column;
    if (vt->cells[vt->row][c].tail) vt->cells[vt->row][c - 1].bytes[0] = ' ';
    for (int i = 0; i < shown.width; i++) {
        memset(&vt->cells[vt->row][c + i], 0, sizeof vt->cells[0][0]);
        memcpy(vt->cells[vt->row][c + i].style, vt->style, sizeof vt->style);
        vt->cells[vt->row][c + i].tail = i > 0;
    }
    memcpy(vt->cells[vt->row][c].bytes, bytes, length);
    vt->column += shown.width;
    if (vt->column < vt->columns && vt->cells[vt->row][vt->column].tail) {
        vt->cells[vt->row][vt->column].tail = false;
        vt->cells[vt->row][vt->column].bytes[0] = ' ';
    }
    vt->hangs = vt->column == vt->columns;
    if (vt->hangs) vt->column--;
}

static void vt_sequence(Vt *vt, const char *text, size_t length)
{
    char final = text[length - 1];
    int n = text[2] == '?' ? 0 : atoi(text + 2);
    if (final == 'm' && length < sizeof vt->style) {
        memset(vt->style, 0, sizeof vt->style);
        memcpy(vt->style, text, length);
        return;
    }
    bool private = text[2] == '?' && (final == 'h' || final == 'l');
    if (private) return;
    if (final == 'A')
        vt->row = vt->row >= n ? vt->row - n : 0;
    else if (final == 'B')
        vt->row = vt->row + n < vt->lines ? vt->row + n : vt->lines - 1;
    else if (final == 'G')
        vt->column = n - 1;
    else if (final == 'K')
        vt_blank(vt, vt->row, vt->column);
    else if (final == 'J') {
        vt_blank(vt, vt->row, vt->column);
        for (int r = vt->row + 1; r < vt->lines; r++) vt_blank(vt, r, 0);
    } else
        vt->faults++;
    vt->faults += vt->hangs && (final == 'K' || final == 'J');
    if (final == 'G') vt->hangs = false;
    if (vt->column < 0 || vt->column >= vt->columns) {
        vt->faults++;
        vt->column = 0;
    }
}

static void vt_write(Vt *vt, const char *text, size_t length)
{
    for (size_t at = 0; at < length;) {
        if (text[at] == 0x1b) {
            size_t end = at + 2;
            while (end < length && (unsigned char)text[end] < 0x40) end++;
            vt_sequence(vt, text + at, end + 1 - at);
            at = end + 1;
        } else if (text[at] == '\r') {
            vt->column = 0;
            vt->hangs = false;
            at++;
        } else if (text[at] == '\n') {
            vt_down(vt);
            at++;
        } else {
            size_t next = adj_glyph_next(text, length, at);
            vt_put(vt, text + at, next - at);
            at = next;
        }
    }
}

// -- an editor in front of it -----------------------------------------------------------------

typedef struct Bench {
    AdjTerm term;
    Vt vt;
    AdjTermBuf ran;  // cells that were run, one after the other
    AdjAct last;
} Bench;

static void highlight(void *self, const char *text, size_t length, AdjInkSink *sink)
{
    (void)self;
    for (size_t i = 0; i < length; i++) {
        if (text[i] >= '0' && text[i] <= '9') adj_ink_add(sink, i, i + 1, ADJ_INK_CONSTANT);
        if (text[i] == '(') adj_ink_add(sink, i, length + 5, ADJ_INK_STRING);
    }
}

static bool is_offered(const char *name, const char *text, size_t cursor)
{
    char before = cursor ? text[cursor - 1] : ' ';
    return strchr(" 9", before) || before == name[0] || (cursor > 1 && strchr(name, before));
}

static void complete(void *self, const char *text, size_t length, size_t cursor,
                     AdjTermItems *items)
{
    (void)self;
    (void)length;
    static const char *const names[] = {"alpha", "alphabet", "beta", "größe", "größer"};
    // Once in a while a range that makes no sense, which must not be believed.
    if (cursor && text[cursor - 1] == '9') adj_items_range(items, cursor + 99, 3);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!is_offered(names[i], text, cursor)) continue;
        adj_items_add(items, &(AdjTermItem){.insert = names[i], .kind = "name",
                                            .signature = i ? "(x)" : NULL,
                                            .doc = "a name\nof two lines"});
    }
}

static bool signature_at(void *self, const char *text, size_t length, size_t cursor,
                         AdjCallHint *hint)
{
    (void)self;
    if (!memchr(text, '(', length)) return false;
    snprintf(hint->text, sizeof hint->text,
             "function(some, 漢字, and a good many parameters, so that it is cut)");
    hint->active_start = cursor % 90;
    hint->active_end = hint->active_start + length % 40;
    return true;
}

static char *help(void *self, const char *text, size_t length, size_t cursor)
{
    (void)self;
    (void)text;
    AdjTermBuf lines = {0};
    for (size_t i = 0; i <= length % 50; i++)
        adj_tbuf_format(&lines, "\x1b[1mline\x1b[0m\t%zu of help at %zu\n", i, cursor);
    return lines.data;
}

static const AdjTermHooks hooks = {
    .highlight = highlight, .complete = complete, .signature_at = signature_at, .help = help};

static void start(Bench *b, int columns, int lines)
{
    *b = (Bench){0};
    adj_term_start(&b->term, &hooks, NULL);
    b->term.screen.theme = (AdjTheme){.depth = ADJ_DEPTH_16, .unicode = true};
    b->term.screen.columns = columns;
    b->term.screen.lines = lines;
    vt_size(&b->vt, columns, lines);
}

static void stop(Bench *b)
{
    adj_term_stop(&b->term);
    adj_tbuf_drop(&b->ran);
}

// Paints, and answers whether the emulated screen shows the frame, with the cursor in its
// place.
static bool paint(Bench *b)
{
    AdjTermBuf out = {0};
    Vt *vt = &b->vt;
    adj_term_paint(&b->term, &out);
    if (out.length) vt_write(vt, out.data, out.length);
    adj_tbuf_drop(&out);
    const AdjFrame *f = &b->term.screen.shown;
    int top = vt->row - f->cursor_row;
    bool same = vt->faults == 0 && vt->column == f->cursor_column && top >= 0;
    for (size_t r = 0; r < f->rows_count && same; r++) {
        int c = 0, row = top + (int)r;
        same = row < vt->lines;
        for (size_t i = 0; i < f->rows[r].count && same; i++) {
            const AdjFrameCell *cell = &f->cells[f->rows[r].first + i];
            char style[64] = "";
            adj_theme_sgr(b->term.screen.theme, cell->style, style, sizeof style);
            const char *shown = vt->cells[row][c].bytes;
            bool several = cell->width > 1 && f->glyphs.data[cell->at] == ' ';  // a tab
            same = strcmp(vt->cells[row][c].style, style) == 0 &&
                   (several ? shown[0] == ' '
                    : cell->bytes == 2 && f->glyphs.data[cell->at] == '^'
                        ? shown[0] == '^'
                        : f->glyphs.data[cell->at] == shown[0]);
            if (!same) {
                note("row %zu column %d: %.*s in %s, shown %s in %s", r, c, cell->bytes,
                     f->glyphs.data + cell->at, style + 1, shown, vt->cells[row][c].style + 1);
            }
            c += cell->width;
        }
        for (; c < vt->columns && same; c++) same = vt->cells[row][c].bytes[0] == ' ';
    }
    for (int r = top + (int)f->rows_count; r < vt->lines && same; r++) {
        for (int c = 0; c < vt->columns && same; c++) same = vt->cells[r][c].bytes[0] == ' ';
    }
    if (!same) {
        note("cursor %d, %d in the frame, %d, %d shown; %d faults", f->cursor_row,
             f->cursor_column, vt->row, vt->column, vt->faults);
        note("%zu rows in %d by %d", f->rows_count, vt->columns, vt->lines);
    }
    return same;
}

// What the loop does with what comes out of the keys.
static void act(Bench *b, AdjAct what)
{
    AdjEdit *e = &b->term.edit;
    b->last = what;
    if (what == ADJ_ACT_RUN) {
        adj_tbuf_add(&b->ran, e->text.data, e->text.length);
        adj_tbuf_text(&b->ran, ";");
        adj_history_add(&b->term.history, e->text.data, e->text.length);
    }
    if (what == ADJ_ACT_RUN || what == ADJ_ACT_ABANDON) adj_edit_reset(e);
}

static void feed(Bench *b, const char *bytes, size_t length)
{
    adj_tbuf_add(&b->term.input, bytes, length);
    for (AdjAct what; (what = adj_term_take(&b->term, true)) != ADJ_ACT_NONE;) act(b, what);
}

// -- what the commands do ---------------------------------------------------------------------

// [keys] typed into a fresh editor leave [wanted], with the cursor at `|`.
static void edits(const char *keys, const char *wanted)
{
    Bench b;
    AdjTermBuf text = {0};
    start(&b, 80, 24);
    static const char *const cells[] = {"alpha = 1", "for i in x:\n    f(i)", "alpine = 2"};
    for (size_t i = 0; i < 3; i++) adj_history_add(&b.term.history, cells[i], strlen(cells[i]));
    feed(&b, keys, strlen(keys));
    AdjEdit *e = &b.term.edit;
    adj_tbuf_add(&text, b.ran.data ? b.ran.data : "", b.ran.length);
    adj_tbuf_add(&text, e->text.data, e->cursor);
    adj_tbuf_text(&text, "|");
    adj_tbuf_add(&text, e->text.data + e->cursor, e->text.length - e->cursor);
    AdjTermBuf shown = {0};
    adj_history_encode(keys, strlen(keys), &shown);
    for (size_t i = 0; i < shown.length; i++) {
        if ((unsigned char)shown.data[i] < ' ') shown.data[i] = shown.data[i] == 27 ? '$' : '^';
    }
    equal_str(text.data, wanted, "%s", shown.data);
    ok(paint(&b), "and is painted");
    adj_tbuf_drop(&text);
    adj_tbuf_drop(&shown);
    stop(&b);
}

// clang-format off
static const struct {
    const char *keys, *wanted;
} commands[] = {
    {"abc\x01x", "x|abc"},
    {"abc\x02\x02x\x05y", "axbcy|"},
    {"ab cd\x1b" "b\x1b" "bx", "x|ab cd"},
    {"f(ab, cd)\x01\x1b" "f\x1b" "f\x0b", "f(ab|"},
    {"ab cd\x17x", "ab x|"},
    {"ab cd\x17\x17\x19\x19", "ab cdab cd|"},
    {"one\x15two\x15\x19\x1by", "one|"},
    {"ab\x14", "ba|"},
    {"ab cd\x1b" "b\x1bt", "cd ab|"},
    {"ab cd\x01\x1bu\x1b" "c", "AB Cd|"},
    {"abc def\x1f", "abc|"},
    {"abc def\x1f\x1f", "|"},
    {"abc def\x1f\x1f\x1b_\x1b_", "abc def|"},
    {"ab\x17\x1f", "ab|"},
    {"ab\x02\x04\x04", "a|"},
    {"if x:\ry\rz\r\r", "if x:\n    y\n    z\n    ;|"},
    {"if x:\rreturn\relse:", "if x:\n    return\nelse:|"},
    {"if x:\ry\relse:\rz", "if x:\n    y\nelse:\n    z|"},
    {"for i in x:\rif i:\rpass\relse:",
     "for i in x:\n    if i:\n        pass\n    else:|"},
    {"x = (1,\r2)\r", "x = (1,\n     2);|"},
    {"f(\ra,\x7f)", "f(\n    a)|"},
    {"a\x1b\rb", "a\nb|"},
    {"a\x1b\rb\x10\rc", "a\nc|\nb"},
    {"  x\x7f\x7f\x7f", "|"},
    {"\t\tx\x1b[Z", "    x|"},
    {"\tx\x01\x1b[Z", "|x"},
    {"        \x7f", "    |"},
    {"\xe6\xbc\xa2\xe5\xad\x97\x02\x04", "\xe6\xbc\xa2|"},
    {"\x11\x01", "\x01|"},
    {"al\x1b[A\x1b[A", "alpha = 1|"},
    {"al\x1b[A\x1b[A\x1b[B\x1b[B", "al|"},
    {"\x1b[A\x1b[A", "for i in x:|\n    f(i)"},
    {"\x1b[A\x1b[A\x1b[B!", "for i in x:\n    f(i)!|"},
    {"\x1b[A\x1b[A\r", "for i in x:\n    f(i);|"},
    {"\x1b[A\x1b[A\x1b[A", "alpha = 1|"},
    {"fo\x1b[C", "for i in x:\n    f(i)|"},
    {"for\x1b" "f", "for i|"},
    {"fo\x05\r", "for i in x:\n    f(i);|"},
    {"\x12lph", "a|lpha = 1"},
    {"\x12" "al\x12\r", "alpha = 1;|"},
    {"\x12" "ALP", "|"},
    {"draft\x12" "al\x07", "draft|"},
    {"\x12" "alpi\x7f\x7f\x7fp\x05", "alpine = 2|"},
    {"\x12" "f(i\x01x", "for i in x:\nx|    f(i)"},
    {"al\t", "alpha|"},
    {"al\t\t\t", "alphabet|"},
    {"al\t\t\t\x1b", "alpha|"},
    {"al\t\t\r(", "alpha(|"},
    {"al\t\t(", "alpha(|"},
    {"al\tb\t", "alphabet|"},
    {"x 9\t\t", "x 9alpha|"},
    {"\x1b[200~if x:\r\n\ty\r\rz\x1b[201~", "if x:\n\ty\n\nz|"},
    {"\x1b[200~if x:\n    y\x1b[201~\r", "if x:\n    y;|"},
    {"a\x1b[200~\x1b[201~b", "ab|"},
    {"ab\x03" "c", "c|"},
    {"x\x18\x05y", "xy|"},
    {"x = 1\x01\x18\r", "x = 1;|"},
    {"x\x1b[99~\x1b[?1;2cy", "xy|"},
};
// clang-format on

static void test_commands(void)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        edits(commands[i].keys, commands[i].wanted);
    }
}

static void test_acts(void)
{
    static const struct {
        const char *keys, *what;
        AdjAct act;
    } acts[] = {
        {"\x04", "C-d in an empty cell", ADJ_ACT_LEAVE},
        {"\x0c", "C-l", ADJ_ACT_CLEAR},
        {"\x1a", "C-z", ADJ_ACT_SUSPEND},
        {"\x18\x05", "C-x C-e", ADJ_ACT_EDITOR},
        {"\x1bOP", "F1", ADJ_ACT_KEYS},
        {"\r", "Enter in an empty cell", ADJ_ACT_ABANDON},
        {"\x03", "C-c", ADJ_ACT_ABANDON},
    };
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        Bench b;
        start(&b, 80, 24);
        feed(&b, acts[i].keys, strlen(acts[i].keys));
        equal_int(b.last, acts[i].act, "%s", acts[i].what);
        stop(&b);
    }
}

// Typing one letter must not repaint the line.
static void test_economy(void)
{
    Bench b;
    AdjTermBuf out = {0};
    start(&b, 80, 24);
    feed(&b, "some words, not few", 19);
    paint(&b);
    feed(&b, "!", 1);
    adj_term_paint(&b.term, &out);
    ok(out.length < 64, "a letter costs %zu bytes", out.length);
    adj_tbuf_clear(&out);
    feed(&b, "\x02", 1);
    adj_term_paint(&b.term, &out);
    equal_str(out.data, "\x1b[26G", "a movement is a movement");
    adj_tbuf_drop(&out);
    stop(&b);
}

// -- random use -------------------------------------------------------------------------------

static uint64_t state;

static uint32_t dice(uint32_t sides)
{
    state ^= state << 13, state ^= state >> 7,
        state ^= state << 17;  // Marsaglia 2003, xorshift64
    return (uint32_t)(state >> 33) % sides;
}

static const char *const pieces[] = {
    "\x1b[A",
    "\x1b[B",
    "\x1b[C",
    "\x1b[D",
    "\x1b[H",
    "\x1b[F",
    "\r",
    "\x1b\r",
    "\t",
    "\x1b[Z",
    "\x7f",
    "\x1b\x7f",
    "\x01",
    "\x02",
    "\x04",
    "\x05",
    "\x06",
    "\x07",
    "\x0b",
    "\x0e",
    "\x10",
    "\x12",
    "\x13",
    "\x14",
    "\x15",
    "\x17",
    "\x19",
    "\x1by",
    "\x1f",
    "\x1b_",
    "\x1b",
    "\x1b<",
    "\x1b>",
    "\x1bh",
    "\x1bt",
    "\x1bu",
    "\x1bp",
    "\x1bn",
    "\x03",
    "\x11",
    "\x18\r",
    "if x:",
    "def f(a, b):",
    "return",
    "(",
    ")",
    "[1, 2]",
    "alpha",
    "for i in x:\r",
    "else:",
    "9",
    " ",
    "'''",
    "# no",
    "\\",
    "漢字",
    "e\u0301",
    "👩‍👩‍👧",
    "🇩🇪",
    "👍🏽",
    "\u202e",
    "\u200d",
    "\xff",
    "\xe6\xbc",
    "\u0301",
    "\x1b[200~a\tb\r\nc\x1b[201~",
    "\x1b[200~",
    "\x1b[201~",
    "\x1b[",
    "\x1b[1;",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "\x1b[200~0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\x1b[201~",
};

static void press_something(Bench *b)
{
    char noise[16];
    if (dice(8) == 0) {
        size_t length = dice(sizeof noise);
        for (size_t i = 0; i < length; i++) noise[i] = (char)dice(256);
        feed(b, noise, length);
    } else {
        const char *piece = pieces[dice(sizeof pieces / sizeof *pieces)];
        feed(b, piece, strlen(piece));
    }
    // A paste that nobody ends would swallow the rest of the test.
    if (b->term.pasting && dice(6) == 0) feed(b, "\x1b[201~", 6);
    if (b->term.edit.text.length > 3000) feed(b, "\x1b[201~\x03\x03", 8);
}

static void change_size(Bench *b)
{
    AdjTermBuf out = {0};
    int columns = 2 + (int)dice(MOST_COLUMNS - 2), lines = 1 + (int)dice(MOST_LINES - 1);
    adj_screen_erase(&b->term.screen, &out);
    vt_write(&b->vt, out.data, out.length);
    adj_tbuf_drop(&out);
    b->term.screen.columns = columns;
    b->term.screen.lines = lines;
    vt_size(&b->vt, columns, lines);
    b->vt.row = (int)dice((uint32_t)lines);
}

static bool is_sound(const AdjTerm *term)
{
    const AdjEdit *e = &term->edit;
    bool edge = e->cursor == 0;
    for (size_t at = 0; at < e->cursor && !edge;) {
        at = adj_glyph_next(e->text.data, e->text.length, at);
        edge = at == e->cursor;
    }
    return e->cursor <= e->text.length && e->text.data[e->text.length] == 0 &&
           !memchr(e->text.data, 0, e->text.length) && edge;
}

// Undoing everything must lead to the empty text and redoing it back to what there was.
static bool undo_is_exact(AdjEdit *e)
{
    char *before = adj_term_copy(e->text.data, e->text.length);
    bool forgot = e->changes_count >= ADJ_UNDO_LIMIT / 2;
    while (adj_edit_undo(e)) continue;
    bool empty = e->text.length == 0 || forgot;
    while (adj_edit_redo(e)) continue;
    bool same = before && strcmp(before, e->text.data) == 0;
    free(before);
    return empty && same;
}

static void test_random(uint64_t seed, int steps)
{
    Bench b;
    bool painted = true, sound = true, exact = true;
    int step = 0;
    state = seed * 0x9e3779b97f4a7c15u | 1;
    start(&b, 30, 8);
    for (; step < steps && painted && sound && exact; step++) {
        for (uint32_t keys = 1 + dice(4); keys > 0; keys--) press_something(&b);
        sound = is_sound(&b.term);
        painted = paint(&b);
        if (dice(50) == 0 && b.term.edit.changes_done == b.term.edit.changes_count) {
            adj_menu_close(&b.term);
            exact = undo_is_exact(&b.term.edit);
            b.term.edit.cursor = 0;
        }
        if (dice(40) == 0) change_size(&b);
    }
    ok(sound, "seed %d: the text is sound (step %d)", (int)seed, step);
    ok(painted, "seed %d: the screen shows the frame (step %d)", (int)seed, step);
    ok(exact, "seed %d: undo and redo are exact (step %d)", (int)seed, step);
    stop(&b);
}

int main(int argc, char **argv)
{
    // More of it by hand: t_term_screen SEEDS STEPS.
    int seeds = argc > 1 ? atoi(argv[1]) : 12, steps = argc > 2 ? atoi(argv[2]) : 1500;
    test_commands();
    test_acts();
    test_economy();
    for (int seed = 1; seed <= seeds; seed++) test_random((uint64_t)seed, steps);
    return done();
}
