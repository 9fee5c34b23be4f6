// SPDX-License-Identifier: Apache-2.0
// Progress bars. The open bars form a stack and stand at the bottom of what is on the screen,
// one row each:
//
//     epoch 3  ━━━━━━━━━━━━━╸──────────  58%  544/938  412/s  0:01  0:01 left  loss 0.2134
//
// Whatever the program writes meanwhile through adj_term_write goes above them: the bars are
// taken away, the text is put where the last one ended (which may be in the middle of a line),
// and the bars are drawn again below, all in one write. Invariant between calls: with bars
// drawn, the cursor is in the row of the last bar; without, where the program left it.
//
// A bar costs one clock read per item. It is drawn at most 20 times a second, and not before a
// tenth of a second has passed: short loops leave no trace.
//
// Escape sequences:
//     CSI n A            up n rows
//     CSI n G            to column n, from 1
//     CSI K, CSI J       erase to the end of the row, of the screen
//     CSI ?2026h, l      hold back, release drawing (ignored where unknown)
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TEXT_MAX = 64, LONGEST_BAR = 40, SHORTEST_BAR = 8 };
static const double first_draw_s = 0.1, between_draws_s = 0.05;

struct AdjProgress {
    AdjProgress *outer;
    char label[TEXT_MAX], postfix[TEXT_MAX];
    int64_t done, total;
    double started, measured;  // seconds; measured: when the rate was last taken
    int64_t measured_done;
    double rate;
};

// What is on the screen. One terminal, so one of it.
static struct {
    AdjProgress *innermost;
    int fd;                                  // where bars are drawn; -1: nowhere
    int rows, widths[ADJ_PROGRESS_NESTING];  // drawn now
    int column;                              // where the program's text ended in its row
    double last_draw;
    AdjTheme theme;
} board = {.fd = -1};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

// -- the row ----------------------------------------------------------------------------------

static void add_duration(AdjTermBuf *out, double seconds)
{
    if (!(seconds >= 0)) seconds = 0;
    if (seconds > 359999) seconds = 359999;
    int s = (int)(seconds + 0.5);
    if (s >= 3600)
        adj_tbuf_format(out, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
    else
        adj_tbuf_format(out, "%d:%02d", s / 60, s % 60);
}

// Items per second, or seconds per item where they are slow, in about three digits.
static void add_rate(AdjTermBuf *out, double rate)
{
    if (rate >= 1e6)
        adj_tbuf_format(out, "%.2fM/s", rate / 1e6);
    else if (rate >= 1e4)
        adj_tbuf_format(out, "%.1fk/s", rate / 1e3);
    else if (rate >= 100)
        adj_tbuf_format(out, "%.0f/s", rate);
    else if (rate >= 1)
        adj_tbuf_format(out, "%.1f/s", rate);
    else
        adj_tbuf_format(out, "%.1f s each", 1 / rate);
}

static double part_of(const AdjProgressState *s)
{
    double part = s->total > 0 ? (double)s->done / (double)s->total : 1;
    return part < 0 ? 0 : part > 1 ? 1 : part;
}

// The texts around the bar, by what goes first when there is no room.
enum { LABEL, PERCENT, POSTFIX, LEFT, RATE, COUNT, ELAPSED, TEXTS };
// The order in which they stand.
static const int order[] = {LABEL, PERCENT, COUNT, RATE, ELAPSED, LEFT, POSTFIX};

static int width_of(const AdjTermBuf *text)
{
    return text->length ? adj_glyph_width(text->data, text->length) : 0;
}

static void make_texts(const AdjProgressState *s, AdjTermBuf texts[TEXTS])
{
    bool known = s->total >= 0;
    if (s->label && *s->label) adj_tbuf_text(&texts[LABEL], s->label);
    int label = width_of(&texts[LABEL]), short_of = s->label_columns - label;
    if (short_of > 0) adj_tbuf_fill(&texts[LABEL], ' ', (size_t)short_of);
    if (known) adj_tbuf_format(&texts[PERCENT], "%3d%%", (int)floor(part_of(s) * 100));
    adj_tbuf_format(&texts[COUNT], known ? "%lld/%lld" : "%lld", (long long)s->done,
                    (long long)s->total);
    if (s->rate > 0) add_rate(&texts[RATE], s->rate);
    add_duration(&texts[ELAPSED], s->elapsed_s);
    if (known && s->rate > 0 && s->done < s->total) {
        add_duration(&texts[LEFT], (double)(s->total - s->done) / s->rate);
        adj_tbuf_text(&texts[LEFT], " left");
    }
    if (s->postfix && *s->postfix) adj_tbuf_text(&texts[POSTFIX], s->postfix);
}

// A bar of [width] columns. With Unicode its end is exact to half a column.
static void add_bar(const AdjProgressState *s, int width, AdjTermBuf *row)
{
    int halves = (int)floor(part_of(s) * 2 * width), full = halves / 2;
    bool half = s->theme.unicode && halves % 2;
    AdjTermBuf done = {0}, rest = {0};
    for (int i = 0; i < full; i++) adj_tbuf_text(&done, s->theme.unicode ? "━" : "#");
    if (half) adj_tbuf_text(&done, "╸");
    for (int i = full + half; i < width; i++)
        adj_tbuf_text(&rest, s->theme.unicode ? "─" : "-");
    if (done.data) adj_theme_add(s->theme, ADJ_INK_BAR, done.data, row);
    if (rest.data) adj_theme_add(s->theme, ADJ_INK_REST, rest.data, row);
    adj_tbuf_drop(&done);
    adj_tbuf_drop(&rest);
}

static AdjInk ink_of(int text)
{
    return text == ELAPSED || text == LEFT || text == COUNT ? ADJ_INK_HINT : ADJ_INK_TEXT;
}

// Texts are left out, the least important first, until what remains and a bar of a readable
// length fit; then the bar takes what is left over.
int adj_progress_format(const AdjProgressState *s, int width, AdjTermBuf *row)
{
    AdjTermBuf texts[TEXTS] = {0};
    int taken = 0, bar = s->total >= 0 ? SHORTEST_BAR + 2 : 0;
    make_texts(s, texts);
    for (int i = 0; i < TEXTS; i++) {
        int wide = width_of(&texts[i]);
        bool fits = taken + wide + 2 + bar <= width + 2;
        if (wide && !fits)
            adj_tbuf_clear(&texts[i]);
        else if (wide)
            taken += wide + 2;
    }
    int room = width - taken;
    if (room > s->bar_columns) room = s->bar_columns;
    bool first = true, drawn = s->total < 0 || room < SHORTEST_BAR, bare = drawn;
    for (size_t i = 0; i < TEXTS; i++) {
        const AdjTermBuf *text = &texts[order[i]];
        if (order[i] != LABEL && !drawn) {
            adj_tbuf_text(row, first ? "" : "  ");
            add_bar(s, room, row);
            drawn = true;
            first = false;
        }
        if (!text->length) continue;
        adj_tbuf_text(row, first ? "" : "  ");
        adj_theme_add(s->theme, ink_of(order[i]), text->data, row);
        first = false;
    }
    for (int i = 0; i < TEXTS; i++) adj_tbuf_drop(&texts[i]);
    return bare ? 0 : room;
}

// -- the board --------------------------------------------------------------------------------

// Columns of a row with SGR sequences in it.
static int shown_width(const char *text, size_t length)
{
    int width = 0;
    for (size_t at = 0; at < length;) {
        if (text[at] == 0x1b && at + 1 < length && text[at + 1] == '[') {
            for (at += 2; at < length && (unsigned char)text[at] < 0x40;) at++;
            at++;
            continue;
        }
        size_t next = adj_glyph_next(text, length, at);
        unsigned char c = (unsigned char)text[at];
        if (c == '\r')
            width = 0;
        else if (c == '\t')
            width = width / 8 * 8 + 8;
        else if (c >= 0x20)
            width += adj_glyph_show(text + at, next - at, width).width;
        at = next;
    }
    return width;
}

static void terminal_size(int *columns, int *lines)
{
    adj_tty_size(board.fd, columns, lines);
}

// Takes the bars away and puts the cursor where the program's text ended. Rows that the
// terminal has folded since, having become narrower, count for what they are now.
static void take_away(AdjTermBuf *out)
{
    int columns, lines, up = 0;
    if (board.rows == 0) return;
    terminal_size(&columns, &lines);
    for (int i = 0; i < board.rows; i++) {
        up += board.widths[i] > columns ? (board.widths[i] + columns - 1) / columns : 1;
    }
    if (board.column == 0) up--;
    adj_tbuf_text(out, "\r");
    if (up > 0 && board.column == 0) adj_tbuf_format(out, "\x1b[%dA", up);
    if (board.column > 0) {
        // Below the unfinished line first, so that only the bars are erased.
        if (up > 1) adj_tbuf_format(out, "\x1b[%dA", up - 1);
        adj_tbuf_text(out, "\x1b[J\x1b[1A");
        adj_tbuf_format(out, "\x1b[%dG", board.column + 1);
    } else {
        adj_tbuf_text(out, "\x1b[J");
    }
    board.rows = 0;
}

static AdjProgressState state_of(const AdjProgress *bar, double now)
{
    return (AdjProgressState){.label = bar->label,
                              .postfix = bar->postfix,
                              .done = bar->done,
                              .total = bar->total,
                              .elapsed_s = now - bar->started,
                              .rate = bar->rate,
                              .theme = board.theme,
                              .bar_columns = LONGEST_BAR};
}

// Gives the bars that are shown together one label width and one length.
static void align(AdjProgressState *states, int count, int columns)
{
    int label = 0, bar = LONGEST_BAR;
    for (int i = 0; i < count; i++) {
        int width =
            states[i].label ? adj_glyph_width(states[i].label, strlen(states[i].label)) : 0;
        if (width > label) label = width;
    }
    for (int i = 0; i < count; i++) {
        AdjTermBuf row = {0};
        states[i].label_columns = label;
        int length = adj_progress_format(&states[i], columns, &row);
        if (length && length < bar) bar = length;
        adj_tbuf_drop(&row);
    }
    for (int i = 0; i < count; i++) states[i].bar_columns = bar;
}

// The states of the outermost bars, in order; answers how many there are.
static int collect(AdjProgressState states[ADJ_PROGRESS_NESTING], double now)
{
    int depth = 0, count = 0;
    for (AdjProgress *bar = board.innermost; bar; bar = bar->outer) depth++;
    for (AdjProgress *bar = board.innermost; bar; bar = bar->outer) {
        if (--depth >= ADJ_PROGRESS_NESTING) continue;
        states[depth] = state_of(bar, now);
        count++;
    }
    return count;
}

// Draws all open bars, the outermost first, below the program's text. Expects none drawn.
static void put_back(double now, AdjTermBuf *out)
{
    AdjProgressState states[ADJ_PROGRESS_NESTING];
    int columns, lines, count = collect(states, now);
    if (count == 0) return;
    terminal_size(&columns, &lines);
    align(states, count, columns - 1);
    if (board.column > 0) adj_tbuf_text(out, "\r\n");
    for (int i = 0; i < count && i < lines; i++) {
        AdjTermBuf row = {0};
        adj_progress_format(&states[i], columns - 1, &row);
        if (i > 0) adj_tbuf_text(out, "\r\n");
        if (row.data) adj_tbuf_add(out, row.data, row.length);
        board.widths[board.rows++] = row.length ? shown_width(row.data, row.length) : 0;
        adj_tbuf_drop(&row);
    }
}

static void flush(AdjTermBuf *out, int fd)
{
    if (out->length) adj_tty_write(fd, out->data, out->length);
    adj_tbuf_drop(out);
}

static void redraw(double now)
{
    AdjTermBuf out = {0};
    adj_tbuf_text(&out, "\x1b[?2026h");
    take_away(&out);
    put_back(now, &out);
    adj_tbuf_text(&out, "\x1b[?2026l");
    flush(&out, board.fd);
    board.last_draw = now;
}

// Where the text leaves the cursor, given that it was at [column].
static int end_column(const char *text, size_t length, int column)
{
    const char *newline = memrchr(text, '\n', length), *from = newline ? newline + 1 : text;
    size_t rest = length - (size_t)(from - text);
    bool restarts = newline || memchr(from, '\r', rest);
    int columns, lines, end = (restarts ? 0 : column) + shown_width(from, rest);
    terminal_size(&columns, &lines);
    // At the right edge the cursor hangs over the last column.
    if (end > columns) end = (end - 1) % columns + 1;
    return end;
}

void adj_term_write(int fd, const char *text, size_t length)
{
    AdjTermBuf out = {0};
    if (length == 0) return;
    adj_prompt_step_aside();
    bool beside = !board.innermost || board.fd < 0 || !isatty(fd);
    if (beside) {
        adj_tty_write(fd, text, length);
        board.column = isatty(fd) ? end_column(text, length, board.column) : board.column;
        return;
    }
    bool drawn = board.rows > 0;
    if (drawn) adj_tbuf_text(&out, "\x1b[?2026h");
    take_away(&out);
    adj_tbuf_add(&out, text, length);
    board.column = end_column(text, length, board.column);
    if (drawn) put_back(now_s(), &out);
    if (drawn) adj_tbuf_text(&out, "\x1b[?2026l");
    flush(&out, fd);
}

// -- bars -------------------------------------------------------------------------------------

static void find_terminal(void)
{
    const char *name = getenv("TERM");
    bool dumb = !name || !*name || strcmp(name, "dumb") == 0;
    board.fd = dumb                    ? -1
               : isatty(STDERR_FILENO) ? STDERR_FILENO
               : isatty(STDOUT_FILENO) ? STDOUT_FILENO
                                       : -1;
    board.theme = adj_theme_detect(board.fd);
}

static void copy_text(char to[TEXT_MAX], const char *from)
{
    size_t length = from ? strcspn(from, "\r\n\x1b") : 0, fits = 0, next = 0;
    while (next < length && next < TEXT_MAX) {
        fits = next;
        next = adj_glyph_next(from, length, next);
    }
    if (next < TEXT_MAX) fits = next;
    if (fits) memcpy(to, from, fits);
    to[fits] = 0;
}

AdjProgress *adj_progress_open(const char *label, int64_t total)
{
    AdjProgress *bar = calloc(1, sizeof *bar);
    if (!bar) return NULL;
    if (!board.innermost) find_terminal();
    copy_text(bar->label, label);
    bar->total = total;
    bar->started = bar->measured = now_s();
    bar->outer = board.innermost;
    board.innermost = bar;
    return bar;
}

// Bars are closed behind their owner's back after an error; an owner that outlives
// the cell may still hold the pointer, so it is looked for and not followed.
static bool is_open(const AdjProgress *bar)
{
    for (const AdjProgress *b = board.innermost; b && bar; b = b->outer) {
        if (b == bar) return true;
    }
    return false;
}

// The rate forgets: each measurement counts for a third, so it follows a change within a few
// draws and does not flutter.
static void measure(AdjProgress *bar, double now)
{
    double span = now - bar->measured;
    if (span <= 0 || bar->done <= bar->measured_done) return;
    double rate = (double)(bar->done - bar->measured_done) / span;
    bar->rate = bar->rate > 0 ? bar->rate + (rate - bar->rate) / 3 : rate;
    bar->measured = now;
    bar->measured_done = bar->done;
}

void adj_progress_update(AdjProgress *bar, int64_t done)
{
    if (!is_open(bar)) return;
    bar->done = done;
    if (board.fd < 0) return;
    double now = now_s();
    bool due = now - board.last_draw >= between_draws_s;
    if (!due || (board.rows == 0 && now - bar->started < first_draw_s)) return;
    fflush(stdout);
    for (AdjProgress *b = board.innermost; b; b = b->outer) measure(b, now);
    redraw(now);
}

void adj_progress_postfix(AdjProgress *bar, const char *text)
{
    if (is_open(bar)) copy_text(bar->postfix, text);
}

void adj_progress_loss(AdjProgress *bar, double loss)
{
    if (is_open(bar)) snprintf(bar->postfix, sizeof bar->postfix, "loss %.4g", loss);
}

// The last picture of an outermost bar: the average rate, and no time left.
static void leave_picture(AdjProgress *bar, double now)
{
    AdjTermBuf out = {0};
    double span = now - bar->started;
    bar->rate = span > 0 ? (double)bar->done / span : 0;
    adj_tbuf_text(&out, "\x1b[?2026h");
    take_away(&out);
    put_back(now, &out);
    adj_tbuf_text(&out, "\r\n\x1b[?2026l");
    flush(&out, board.fd);
    board.rows = board.column = 0;
}

void adj_progress_close(AdjProgress **place)
{
    AdjProgress *bar = *place;
    *place = NULL;
    if (!is_open(bar)) return;
    double now = now_s();
    bool drawn = board.rows > 0;
    while (board.innermost != bar) {
        AdjProgress *inner = board.innermost;
        board.innermost = inner->outer;
        free(inner);
    }
    if (drawn && !bar->outer) leave_picture(bar, now);
    board.innermost = bar->outer;
    free(bar);
    if (drawn && board.innermost) redraw(now);
}

void adj_progress_fresh_row(void)
{
    board.column = 0;
}

void adj_progress_close_all(void)
{
    AdjProgress *outermost = board.innermost;
    while (outermost && outermost->outer) outermost = outermost->outer;
    adj_progress_close(&outermost);
}
