// SPDX-License-Identifier: Apache-2.0
// The parts of the terminal front end that are functions of their arguments: keys, glyphs,
// layout, the shape of a text, history files, colours, progress rows, sparklines.
#include "../repl/term/internal.h"
#include "tap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// -- keys -------------------------------------------------------------------------------------

static void decodes(const char *bytes, size_t length, const char *name)
{
    AdjKey key;
    size_t taken = adj_key_decode(bytes, length, true, &key);
    equal_int((int64_t)taken, (int64_t)length, "%s: takes all its bytes", name);
    equal_int(key, adj_key_parse(name, strlen(name)), "%s: is what it is called", name);
}

static void test_keys(void)
{
    static const struct {
        const char *bytes, *name;
    } keys[] = {
        {"a", "a"},
        {"\x01", "C-a"},
        {"\x1a", "C-z"},
        {"\x1f", "C-_"},
        {"\r", "Enter"},
        {"\t", "Tab"},
        {"\n", "C-j"},
        {"\x7f", "Backspace"},
        {"\x1b", "Esc"},
        {"\x1b\r", "M-Enter"},
        {"\x1b"
         "f",
         "M-f"},
        {"\x1b<", "M-<"},
        {"\x1b\x7f", "M-Backspace"},
        {"\x1b[A", "Up"},
        {"\x1bOA", "Up"},
        {"\x1b[1;5C", "C-Right"},
        {"\x1b[1;3D", "M-Left"},
        {"\x1b\x1b[D", "M-Left"},
        {"\x1b[Z", "S-Tab"},
        {"\x1b[3~", "Delete"},
        {"\x1b[3;5~", "C-Delete"},
        {"\x1b[5~", "PageUp"},
        {"\x1bOP", "F1"},
        {"\x1b[11~", "F1"},
        {"\x1b[[A", "F1"},
        {"\x1b[13;5u", "C-Enter"},
        {"\x1b[27;5;13~", "C-Enter"},
        {"\x1b[13;2u", "S-Enter"},
        {"\x1b[97;5u", "C-a"},
        {"\x1b[97;3u", "M-a"},
        {"\x1b[1;5H", "C-Home"},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        decodes(keys[i].bytes, strlen(keys[i].bytes), keys[i].name);
    }
    AdjKey key;
    equal_int((int64_t)adj_key_decode("\xc3\xa4z", 3, false, &key), 2, "a letter of two bytes");
    equal_int(key, 0xe4, "is its code point");
    equal_int((int64_t)adj_key_decode("\xc3", 1, false, &key), 0, "half a letter waits");
    equal_int((int64_t)adj_key_decode("\xc3", 1, true, &key), 1, "but not for ever");
    equal_int((int64_t)adj_key_decode("\x1b", 1, false, &key), 0,
              "Esc waits for what may follow");
    equal_int((int64_t)adj_key_decode("\x1b[1;", 4, false, &key), 0, "so does half a sequence");
    equal_int((int64_t)adj_key_decode("\x1b[?1;2cx", 8, false, &key), 7,
              "an answer nobody asked for is taken whole");
    equal_int(key, ADJ_KEY_NONE, "and is no key");
    equal_int((int64_t)adj_key_decode("\x1b[1\x01x", 5, false, &key), 3,
              "a broken sequence ends where it breaks");
    char *list = adj_keys_describe();
    ok(list && strstr(list, "C-x C-e") && strstr(list, "search history backwards"),
       "the list of keys names them");
    free(list);
}

// Every name in keys.def means a key, and none is bound twice.
static void test_bindings(void)
{
    static const char *const rows[] = {
#define SECTION(title)
#define KEY(names, command, help) names,
#include "../repl/term/keys.def"
#undef KEY
#undef SECTION
    };
    char seen[4096] = "  ";
    int unknown = 0, twice = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (const char *at = rows[i]; *at;) {
            size_t length = strstr(at, "  ") ? (size_t)(strstr(at, "  ") - at) : strlen(at);
            char name[64];
            snprintf(name, sizeof name, "  %.*s  ", (int)length, at);
            twice += strstr(seen, name) != NULL;
            strncat(seen, name + 2, sizeof seen - strlen(seen) - 1);
            const char *last = memrchr(at, ' ', length);
            last = last ? last + 1 : at;
            unknown += adj_key_parse(last, (size_t)(at + length - last)) == ADJ_KEY_NONE;
            at += length + strspn(at + length, " ");
        }
    }
    equal_int(unknown, 0, "every name in keys.def is a key");
    equal_int(twice, 0, "and stands there once");
}

// -- glyphs -----------------------------------------------------------------------------------

static void test_glyphs(void)
{
    static const struct {
        const char *text, *what;
        int width, clusters;
    } texts[] = {
        {"abc", "ASCII", 3, 3},
        {"漢字", "ideographs", 4, 2},
        {"e\u0301x", "a combining accent", 2, 2},
        {"\u0301", "an accent with nothing under it", 1, 1},
        {"한국", "Hangul", 4, 2},
        {"\u1112\u1161\u11ab", "a Hangul syllable in pieces", 2, 1},
        {"👩‍👩‍👧", "a family", 2, 1},
        {"👍🏽", "a skin tone", 2, 1},
        {"🇩🇪🇫🇷", "two flags", 4, 2},
        {"a\tb", "a tab to the next stop", 5, 3},
        {"\x01", "a control character", 2, 1},
        {"\u202e", "a character that turns the line round is shown", 6, 1},
        {"\xff\xfe", "bytes that are not UTF-8", 2, 2},
        {"\xe4\xb8", "half a character", 2, 2},
        {"\xed\xa0\x80", "a surrogate", 3, 3},
        {"\xc0\x80", "an overlong NUL", 2, 2},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *text = texts[i].text;
        size_t length = strlen(text), at = 0;
        int clusters = 0;
        for (; at < length; clusters++) at = adj_glyph_next(text, length, at);
        equal_int(adj_glyph_width(text, length), texts[i].width, "%s: width", texts[i].what);
        equal_int(clusters, texts[i].clusters, "%s: clusters", texts[i].what);
        for (clusters = 0; at > 0; clusters++) at = adj_glyph_prev(text, at);
        equal_int(clusters, texts[i].clusters, "%s: the same backwards", texts[i].what);
    }
    equal_int((int64_t)adj_glyph_fit("a漢字", 7, 4), 4, "what fits into four columns");
}

// -- layout -----------------------------------------------------------------------------------

static void test_layout(void)
{
    static const char text[] = "abcdef\n\n漢字x";  // in three columns: abc def "" 漢 字x
    size_t length = sizeof text - 1;
    static const struct {
        size_t cursor;
        int row, column;
    } places[] = {{0, 0, 0}, {2, 0, 2}, {3, 1, 0},  {6, 1, 3},
                  {7, 2, 0}, {8, 3, 0}, {11, 4, 0}, {15, 4, 3}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        AdjPlace place = adj_outline_find(text, length, places[i].cursor, 3);
        equal_int(place.rows, 5, "rows");
        equal_int(place.row, places[i].row, "row of %zu", places[i].cursor);
        equal_int(place.column, places[i].column, "column of %zu", places[i].cursor);
        equal_int((int64_t)adj_outline_at(text, length, place.row, place.column, 3),
                  (int64_t)places[i].cursor, "and back");
    }
    equal_int((int64_t)adj_outline_at(text, length, 0, 99, 3), 2,
              "the end of a folded row is inside it");
    equal_int((int64_t)adj_outline_at(text, length, 99, 0, 3), 11,
              "below the last row is the last row");
    equal_int(adj_outline_find("", 0, 0, 3).rows, 1, "nothing is one row");
    equal_int(adj_outline_find("a\n", 2, 2, 3).row, 1, "a newline at the end opens a row");
}

// -- the shape of a text ----------------------------------------------------------------------

static void indents(const char *text, int64_t wanted)
{
    equal_int((int64_t)adj_outline_indent(text, strlen(text)), wanted, "indent after %s", text);
}

static void test_shape(void)
{
    indents("x = 1", 0);
    indents("def f():", 4);
    indents("def f():  # why", 4);
    indents("    if x:", 8);
    indents("    return x", 0);
    indents("        pass", 4);
    indents("    returned = 1", 4);
    indents("f(", 4);
    indents("f(a,", 2);
    indents("x = {'a': [", 4);
    indents("f(a,\n  b)", 0);
    indents("    g(\n        1,\n        2)", 4);
    indents("s = ')' # (", 0);
    indents("x = '''a:", 0);
    indents("if a and \\\n        b:", 4);
    size_t partner = 0;
    ok(adj_outline_partner("f(a[0])", 7, 1, &partner) && partner == 6, "( finds its )");
    ok(adj_outline_partner("f(a[0])", 7, 5, &partner) && partner == 3, "] finds its [");
    ok(!adj_outline_partner("f(']')", 6, 3, &partner), "a bracket in a string has none");
    ok(!adj_outline_partner("(]", 2, 0, &partner), "nor has one closed by another kind");
    ok(adj_outline_open_block("if x:\n    y", 11), "a block that could go on");
    ok(!adj_outline_open_block("if x:\n    y\nz", 13), "one that is over");
    ok(!adj_outline_open_block("f(1,\n  2)", 9), "a bracket over two lines is no block");
    ok(adj_outline_open_block("if x:\n    f(1,\n2)", 17),
       "a bracket inside a block does not end it");
    ok(adj_outline_is_clause("  else:", 7) && !adj_outline_is_clause("elsewhere", 9),
       "else, not elsewhere");
    char *deep = malloc(100000);
    memset(deep, '(', 50000);
    memset(deep + 50000, ')', 50000);
    equal_int((int64_t)adj_outline_read(deep, 50000).depth, 50000,
              "fifty thousand brackets are counted");
    ok(!adj_outline_partner(deep, 100000, 25000, &partner),
       "and those too deep have no partner");
    free(deep);
}

// -- history ----------------------------------------------------------------------------------

static bool any(const char *entry, const char *wanted, size_t length)
{
    (void)entry, (void)wanted, (void)length;
    return true;
}

static void test_history_file(const char *path)
{
    AdjHistory h, other;
    adj_history_open(&h, path);
    adj_history_open(&other, path);
    static const char *const cells[] = {"a = 1", "def f():\n\treturn '\\n'\n", "a = 1", "  \n ",
                                        "b\r"};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        adj_history_add(&h, cells[i], strlen(cells[i]));
    adj_history_add(&other, "from another session", 20);
    equal_int((int64_t)h.count, 3, "equal and empty cells are not kept twice");
    adj_history_close(&h);
    adj_history_close(&other);
    adj_history_open(&h, path);
    equal_int((int64_t)h.count, 4, "both sessions are in the file");
    equal_str(h.entries[0], "def f():\n\treturn '\\n'",
              "a cell of two lines comes back as it was");
    equal_str(h.entries[1], "a = 1", "the newer of two equal ones stays");
    equal_str(h.entries[3], "from another session", "in the order of time");
    equal_int((int64_t)adj_history_find(&h, SIZE_MAX, false, any, "", 0), 3, "the newest");
    equal_int((int64_t)adj_history_find(&h, 1, true, any, "", 0), 2, "a later one");
    equal_int((int64_t)adj_history_find(&h, 0, false, any, "", 0), -1,
              "nothing is older than the first");
    adj_history_close(&h);
}

// A file of three times the limit is thinned and rewritten; garbage in it is survived.
static void test_history_limit(const char *path)
{
    FILE *file = fopen(path, "w");
    for (int i = 0; i < 3 * ADJ_HISTORY_LIMIT; i++)
        fprintf(file, "x = %d\n", i % (ADJ_HISTORY_LIMIT + 500));
    fwrite("bad \0 line\n\xff\xfe\\", 1, 14, file);
    fclose(file);
    AdjHistory h;
    adj_history_open(&h, path);
    equal_int((int64_t)h.count, ADJ_HISTORY_LIMIT, "no more than the limit");
    equal_str(h.entries[h.count - 1], "\xff\xfe\\", "the last line, bad bytes and all");
    equal_str(h.entries[h.count - 2], "bad ", "a NUL ends an entry");
    adj_history_close(&h);
    AdjHistory again;
    adj_history_open(&again, path);
    equal_int((int64_t)again.count, ADJ_HISTORY_LIMIT, "the rewritten file has the same");
    adj_history_close(&again);
    file = fopen(path, "r");
    int lines = 0;
    for (int c; (c = fgetc(file)) != EOF;) lines += c == '\n';
    fclose(file);
    equal_int(lines, ADJ_HISTORY_LIMIT, "a line each");
}

static void test_history(void)
{
    char folder[] = "/tmp/adjoint-history-XXXXXX", path[64];
    if (!mkdtemp(folder)) {
        skip(1, "no temporary folder");
        return;
    }
    snprintf(path, sizeof path, "%s/a/b/history", folder);
    test_history_file(path);
    test_history_limit(path);
    unlink(path);
    snprintf(path, sizeof path, "%s/a/b", folder);
    rmdir(path);
    snprintf(path, sizeof path, "%s/a", folder);
    rmdir(path);
    ok(rmdir(folder) == 0, "no other file is left");
    AdjHistory h;
    adj_history_open(&h, "/proc/no/such/place");
    adj_history_add(&h, "x", 1);
    equal_int((int64_t)h.count, 1, "without a file there is still memory");
    adj_history_close(&h);
    setenv("XDG_STATE_HOME", "/s", 1);
    char *place = adj_history_default_path();
    equal_str(place, "/s/adjoint/history", "XDG_STATE_HOME says where");
    free(place);
    setenv("XDG_STATE_HOME", "", 1);
    setenv("HOME", "/h", 1);
    place = adj_history_default_path();
    equal_str(place, "/h/.local/state/adjoint/history", "or the home folder");
    free(place);
}

// -- colours ----------------------------------------------------------------------------------

static double luminance(int rgb)
{
    double sum = 0;
    static const double weights[3] = {0.2126, 0.7152, 0.0722};  // WCAG 2.1
    for (int i = 0; i < 3; i++) {
        double c = (rgb >> (16 - 8 * i) & 255) / 255.0;
        sum += weights[i] * (c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
}

static void test_inks(void)
{
    static const struct {
        const char *name;
        int rgb;
    } inks[] = {
#define INK(name, rgb, ansi, attributes, what) {#name, rgb},
#include "../repl/term/inks.def"
#undef INK
    };
    for (size_t i = 0; i < sizeof inks / sizeof *inks; i++) {
        if (inks[i].rgb < 0) continue;
        double l = luminance(inks[i].rgb);
        ok((l + 0.05) / 0.05 >= 4 && 1.05 / (l + 0.05) >= 4,
           "%s can be read on black and on white", inks[i].name);
    }
    char code[64];
    adj_theme_sgr((AdjTheme){.depth = ADJ_DEPTH_TRUE}, ADJ_INK_STRING, code, sizeof code);
    equal_str(code, "\x1b[0;38;2;63;138;69m", "truecolour");
    adj_theme_sgr((AdjTheme){.depth = ADJ_DEPTH_256}, ADJ_INK_COMMENT, code, sizeof code);
    equal_str(code, "\x1b[0;3;38;5;244m", "the nearest of 256 to a middle grey");
    adj_theme_sgr((AdjTheme){.depth = ADJ_DEPTH_16}, ADJ_INK_KEYWORD, code, sizeof code);
    equal_str(code, "\x1b[0;1;35m", "one of sixteen");
    adj_theme_sgr((AdjTheme){.depth = ADJ_DEPTH_MONO}, ADJ_INK_HINT | ADJ_STYLE_CHOSEN, code,
                  sizeof code);
    equal_str(code, "\x1b[0;2;7m", "attributes alone");
    equal_int((int64_t)adj_theme_sgr((AdjTheme){0}, ADJ_INK_KEYWORD, code, sizeof code), 0,
              "nothing at all");
}

// -- bars and sparklines ----------------------------------------------------------------------

static void row_is(AdjProgressState state, int width, const char *wanted)
{
    AdjTermBuf row = {0};
    adj_progress_format(&state, width, &row);
    equal_str(row.data ? row.data : "", wanted, "a bar in %d columns", width);
    ok(adj_glyph_width(row.data ? row.data : "", row.length) <= width, "that fits");
    adj_tbuf_drop(&row);
}

static void test_progress(void)
{
    AdjProgressState s = {.label = "epoch 1",
                          .postfix = "loss 0.5",
                          .done = 30,
                          .total = 40,
                          .elapsed_s = 61,
                          .rate = 0.5,
                          .theme = {.unicode = true},
                          .bar_columns = 40};
    row_is(s, 100,
           "epoch 1  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━──────────   75%  30/40  2.0 s each  1:01  "
           "0:20 left  loss 0.5");
    row_is(s, 79,
           "epoch 1  ━━━━━━━━━━━━━╸────   75%  30/40  2.0 s each  1:01  0:20 left  loss 0.5");
    row_is(s, 40, "epoch 1  ━━━━━━──   75%  30/40  loss 0.5");
    s.label_columns = 9;
    s.bar_columns = 10;
    row_is(s, 100, "epoch 1    ━━━━━━━╸──   75%  30/40  2.0 s each  1:01  0:20 left  loss 0.5");
    s.label_columns = 0;
    s.bar_columns = 40;
    row_is(s, 9, "━━━━━━╸──");
    s.theme.unicode = false;
    s.postfix = NULL;
    s.rate = 25000;
    row_is(s, 60, "epoch 1  #########---   75%  30/40  25.0k/s  1:01  0:00 left");
    s.total = -1;
    s.elapsed_s = 4000;
    row_is(s, 60, "epoch 1  30  25.0k/s  1:06:40");
    s = (AdjProgressState){.done = 0, .total = 0, .bar_columns = 40};
    row_is(s, 40, "#######################  100%  0/0  0:00");
    for (int width = 1; width < 120; width++) {
        AdjTermBuf row = {0};
        s = (AdjProgressState){.label = "漢字",
                               .postfix = "loss 漢",
                               .done = INT64_MAX,
                               .total = 7,
                               .rate = 1e300,
                               .elapsed_s = NAN,
                               .theme = {.unicode = true},
                               .bar_columns = 40};
        adj_progress_format(&s, width, &row);
        if (row.length && adj_glyph_width(row.data, row.length) > width)
            fail("a strange bar in %d columns", width);
        adj_tbuf_drop(&row);
    }
}

static void spark_is(const double *values, size_t n, size_t width, bool unicode,
                     const char *wanted)
{
    char text[64];
    size_t bytes = adj_spark(values, n, width, unicode, text, sizeof text);
    equal_str(text, wanted, "a sparkline of %zu values in %zu", n, width);
    equal_int((int64_t)bytes, (int64_t)strlen(wanted), "and its length");
}

static void test_spark(void)
{
    double ramp[16], odd[] = {NAN, 0, INFINITY, 1, -INFINITY, NAN}, flat[] = {2, 2, 2};
    double huge[] = {-1.7e308, 1.7e308};
    for (int i = 0; i < 16; i++) ramp[i] = i;
    spark_is(ramp, 8, 8, true, "▁▂▃▄▅▆▇█");
    spark_is(ramp, 16, 8, false, "_.-~=+*#");
    spark_is(odd, 6, 6, true, " ▁██▁ ");
    spark_is(flat, 3, 10, true, "▅▅▅");
    spark_is(huge, 2, 2, true, "▁█");
    spark_is(NULL, 0, 10, true, "");
    char small[7];
    equal_int((int64_t)adj_spark(ramp, 8, 8, true, small, sizeof small), 6,
              "cut to whole characters");
}

int main(void)
{
    test_keys();
    test_bindings();
    test_glyphs();
    test_layout();
    test_shape();
    test_history();
    test_inks();
    test_progress();
    test_spark();
    return done();
}
