// SPDX-License-Identifier: Apache-2.0
// The prompt with hooks that know next to nothing, for looking at it and for run.py to drive. A
// cell is answered by its own text on one line, newlines shown as `|`; these do more:
//
//     bars           two nested progress bars, with text written between
//     partial        text without a newline at its end
//     wait           runs until Ctrl-C
//     crash          ends by SIGSEGV, to see what becomes of the terminal
//     lines          a result of three lines
//     ticks          three lines written later, while the next cell is being typed
//     exit()         leaves
#include "../../repl/term/term.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static const AdjTermItem things[] = {
    {"Linear", NULL, "layer", "(in_features, out_features, bias=True)", "y = x A^T + b"},
    {"LeakyReLU", NULL, "layer", "(negative_slope=0.01)", "max(x, slope * x)"},
    {"LayerNorm", NULL, "layer", "(normalized_shape, eps=1e-05)",
     "normalises over the last axes"},
    {"linspace", NULL, "op", "(start, end, steps)", "evenly spaced numbers"},
    {"matmul", NULL, "op", "(a, b)", "matrix product"},
    {"größe", NULL, "name", NULL, "a name beyond ASCII"},
};
enum { THINGS = sizeof things / sizeof *things };

static void interrupt(void *self)
{
    (void)self;
    interrupted = 1;
}

static void pause_ms(long ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

static void say(const char *text)
{
    adj_term_write(1, text, strlen(text));
}

static void wait(void)
{
    say("waiting\n");
    while (!interrupted) pause_ms(10);
}

static void show_bars(void)
{
    AdjProgress *epochs = adj_progress_open("epoch", 3);
    for (int e = 0; e < 3 && !interrupted; e++) {
        AdjProgress *steps = adj_progress_open("step", 40);
        for (int i = 0; i < 40 && !interrupted; i++) {
            adj_progress_loss(steps, 2.0 / (1 + e * 40 + i));
            adj_progress_update(steps, i + 1);
            if (i == 20) say("half of an epoch");
            if (i == 30) say(" and the rest of the line\n");
            pause_ms(10);
        }
        adj_progress_close(&steps);
        adj_progress_update(epochs, e + 1);
    }
    adj_progress_close(&epochs);
}

static int timer = -1, ticks;

static void set_timer(long ms)
{
    struct timespec every = {.tv_nsec = ms * 1000000};
    timerfd_settime(timer, 0, &(struct itimerspec){every, every}, NULL);
}

static void wake(void *self)
{
    (void)self;
    uint64_t count;
    if (read(timer, &count, sizeof count) < 0) return;
    say("tick\n");
    if (++ticks == 3) set_timer(0);
}

static void echo(const char *cell, size_t length)
{
    char *line = malloc(length + 1);
    if (!line) return;
    for (size_t i = 0; i < length; i++) line[i] = cell[i] == '\n' ? '|' : cell[i];
    line[length] = 0;
    say("ran ");
    say(line);
    say("\n");
    free(line);
}

static bool execute(void *self, const char *cell, size_t length, int number)
{
    (void)self;
    interrupted = 0;
    if (strcmp(cell, "exit()") == 0) return false;
    if (strcmp(cell, "bars") == 0)
        show_bars();
    else if (strcmp(cell, "partial") == 0)
        say("no newline here");
    else if (strcmp(cell, "ticks") == 0)
        set_timer(300);
    else if (strcmp(cell, "crash") == 0)
        raise(SIGSEGV);
    else if (strcmp(cell, "lines") == 0)
        adj_prompt_show_result(number, "one\ntwo\nthree", 13);
    else if (strcmp(cell, "wait") == 0)
        wait();
    else
        echo(cell, length);
    if (interrupted) say("interrupted\n");
    return true;
}

static bool is_letter(char c)
{
    return c == '_' || (c & 0x80) || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static size_t word_end(const char *text, size_t length, size_t at)
{
    while (at < length && (is_letter(text[at]) || (text[at] >= '0' && text[at] <= '9'))) at++;
    return at;
}

static AdjInk ink_of(const char *word, size_t length)
{
    static const char *const keywords[] = {"def", "return", "for",   "in",
                                           "if",  "else",   "import"};
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        if (strlen(keywords[i]) == length && memcmp(word, keywords[i], length) == 0) {
            return ADJ_INK_KEYWORD;
        }
    }
    return word[0] >= 'A' && word[0] <= 'Z' ? ADJ_INK_CLASS : ADJ_INK_TEXT;
}

static void highlight(void *self, const char *text, size_t length, AdjInkSink *sink)
{
    (void)self;
    for (size_t at = 0, end; at < length; at = end) {
        end = at + 1;
        if (is_letter(text[at])) {
            end = word_end(text, length, at);
            adj_ink_add(sink, at, end, ink_of(text + at, end - at));
        } else if (text[at] >= '0' && text[at] <= '9') {
            adj_ink_add(sink, at, end, ADJ_INK_CONSTANT);
        } else if (text[at] == '"' || text[at] == '\'') {
            while (end < length && text[end] != text[at] && text[end] != '\n') end++;
            end += end < length;
            adj_ink_add(sink, at, end, ADJ_INK_STRING);
        } else if (text[at] == '#') {
            while (end < length && text[end] != '\n') end++;
            adj_ink_add(sink, at, end, ADJ_INK_COMMENT);
        }
    }
}

static void complete(void *self, const char *text, size_t length, size_t cursor,
                     AdjTermItems *items)
{
    (void)self;
    (void)length;
    size_t start = cursor;
    while (start > 0 && is_letter(text[start - 1])) start--;
    adj_items_range(items, start, cursor);
    for (size_t i = 0; i < THINGS; i++) {
        if (strncasecmp(things[i].insert, text + start, cursor - start) == 0)
            adj_items_add(items, &things[i]);
    }
}

// Shows the signature of the last thing before an open parenthesis, its first parameter marked.
static bool signature_at(void *self, const char *text, size_t length, size_t cursor,
                         AdjCallHint *hint)
{
    (void)self;
    (void)length;
    for (size_t at = cursor; at-- > 0 && text[at] != ')';) {
        if (text[at] != '(') continue;
        size_t start = at;
        while (start > 0 && is_letter(text[start - 1])) start--;
        for (size_t i = 0; i < THINGS; i++) {
            size_t name = strlen(things[i].insert);
            if (name != at - start || memcmp(things[i].insert, text + start, name) != 0)
                continue;
            if (!things[i].signature) return false;
            snprintf(hint->text, sizeof hint->text, "%s%s", things[i].insert,
                     things[i].signature);
            hint->active_start = name + 1;
            hint->active_end = name + 1 + strcspn(things[i].signature + 1, ",)");
            return true;
        }
        return false;
    }
    return false;
}

static char *help(void *self, const char *text, size_t length, size_t cursor)
{
    (void)self;
    (void)text;
    char lines[160];
    snprintf(lines, sizeof lines, "help at %zu of %zu\n\x1b[1mbold\x1b[0m text\n", cursor,
             length);
    return strdup(lines);
}

int main(void)
{
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    AdjTermHooks hooks = {.execute = execute,
                          .highlight = highlight,
                          .complete = complete,
                          .signature_at = signature_at,
                          .help = help,
                          .interrupt = interrupt,
                          .wake_fd = timer,
                          .wake = wake};
    return adj_prompt_run(&hooks, &(AdjTermOptions){0});
}
