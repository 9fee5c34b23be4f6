// SPDX-License-Identifier: Apache-2.0
// The terminal front end: a line editor for whole cells, a plain reader where there is no
// terminal, progress bars and sparklines. It depends on libc alone and knows nothing of the
// language: everything that takes knowledge of the text is asked of a table of hooks, and
// running a cell is one of them.
//
//     static bool execute(void *self, const char *cell, size_t length, int number) { ... }
//
//     int main(void)
//     {
//         AdjTermHooks hooks = {.execute = execute};
//         return adj_prompt_run(&hooks, &(AdjTermOptions){.history_path = ""});
//     }
//
// Text is UTF-8 and is given with its length; it may hold newlines, and anything else that can
// be pasted, malformed bytes included (but no NUL). Offsets count bytes. Hooks are called on
// the thread that called adj_prompt_run, between keys: one that takes longer than about 10 ms
// makes typing feel slow. Every hook but `execute` may be NULL, and the feature is then absent.
//
// One terminal, one process: the only static data here is what belongs to it, namely the mode
// to be given back (tty.c), the bars on it (progress.c), the cell being edited (prompt.c) and
// its colour codes (theme.c). Nothing here may be called from two threads at once.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// -- inks -------------------------------------------------------------------------------------

typedef enum AdjInk {
#define INK(name, rgb, ansi, attributes, what) ADJ_INK_##name,
#include "inks.def"
#undef INK
    ADJ_INK_COUNT
} AdjInk;

// The escape sequence that switches to [ink] on this process's terminal, and the one that
// switches back: empty strings on a terminal without colours and where stdout is no terminal.
// The result is static text. For error messages and summaries printed by the session.
const char *adj_ink_on(AdjInk ink);
const char *adj_ink_off(void);

// Whether the terminal shows UTF-8 (from the locale's environment variables).
bool adj_term_unicode(void);

// -- hooks ------------------------------------------------------------------------------------

// Where `highlight` puts its answer. Later spans win over earlier ones where they overlap;
// offsets beyond the text are cut.
typedef struct AdjInkSink AdjInkSink;
void adj_ink_add(AdjInkSink *sink, size_t start, size_t end, AdjInk ink);

// One row of the completion menu. The strings are copied; all but [insert] may be NULL.
typedef struct AdjTermItem {
    const char *insert;     // what replaces the range
    const char *display;    // what the menu shows; NULL: [insert]
    const char *kind;       // a short word: "layer", "op", "file", "name"
    const char *signature;  // "(in_features, out_features, bias=True)"
    const char *doc;        // one line, shown for the selected row
} AdjTermItem;

// Where `complete` puts its answer: the range of the text to be replaced (by default the name
// under the cursor) and any number of items, in the order in which they should be offered.
typedef struct AdjTermItems AdjTermItems;
void adj_items_range(AdjTermItems *items, size_t start, size_t end);
void adj_items_add(AdjTermItems *items, const AdjTermItem *item);

// What `signature_at` fills in: one line, and the part of it that is the parameter being typed
// (start == end: none).
typedef struct AdjCallHint {
    char text[512];
    size_t active_start, active_end;
} AdjCallHint;

typedef struct AdjTermHooks {
    void *self;  // handed to every hook as its first argument, borrowed

    // Runs a cell and shows what it has to show, through stdout or adj_term_write. [number] is
    // the n of the prompt. The terminal is in its ordinary (cooked) mode meanwhile. Returns
    // false to leave the prompt.
    bool (*execute)(void *self, const char *cell, size_t length, int number);

    // The n of the next prompt, for a session that runs cells from elsewhere too.
    int (*number)(void *self);

    // Colours [text] by adj_ink_add.
    void (*highlight)(void *self, const char *text, size_t length, AdjInkSink *sink);

    // Whether [text] cannot be run before more lines are typed: an open bracket or triple
    // quote, a trailing backslash, a block without body. A block that could go on is not asked
    // about here: the editor ends it at an empty line.
    bool (*incomplete)(void *self, const char *text, size_t length);

    // Offers ways to go on at [cursor].
    void (*complete)(void *self, const char *text, size_t length, size_t cursor,
                     AdjTermItems *items);

    // The call that [cursor] stands in, shown below the cell. Returns false for none.
    bool (*signature_at)(void *self, const char *text, size_t length, size_t cursor,
                         AdjCallHint *hint);

    // Help on what stands at [cursor], as lines of text in malloc'ed memory that the caller
    // frees; NULL for none.
    char *(*help)(void *self, const char *text, size_t length, size_t cursor);

    // SIGINT arrived while a cell runs. Called inside the signal handler, on any thread: it may
    // set a flag and nothing else.
    void (*interrupt)(void *self);

    // The prompt waits for keys on [wake_fd] too and calls [wake] when it is readable; what
    // [wake] prints by adj_term_write appears above the cell being edited. Ignored while
    // [wake] is NULL.
    int wake_fd;
    void (*wake)(void *self);
} AdjTermHooks;

typedef struct AdjTermOptions {
    const char
        *history_path;     // NULL: adj_history_default_path; "": keep history in memory only
    int first_number;      // of the first cell; 0 means 1
    const char *greeting;  // printed before the first prompt when input is a terminal, or NULL
} AdjTermOptions;

// -- the prompt -------------------------------------------------------------------------------

// Reads cells from standard input and hands each to hooks->execute until that returns false or
// the input ends (Ctrl-D on an empty cell, the end of a pipe). On a terminal this is the
// editor; on a dumb terminal (TERM=dumb, or output that is no terminal) prompts without
// editing; on a pipe neither prompts nor escape codes. Handles SIGINT, SIGWINCH, SIGTSTP,
// SIGTERM, SIGHUP and crashes so that the terminal always gets its old mode back. Returns 0, or
// 1 when there was no memory or no terminal to start with.
int adj_prompt_run(const AdjTermHooks *hooks, const AdjTermOptions *options);

// Reads all of [fd] (a script from a pipe) as one malloc'ed, NUL-terminated text that the
// caller frees; NULL on a read error or without memory.
char *adj_plain_slurp(int fd, size_t *length);

// Installs the SIGINT handler that calls [interrupt] with [self], and gives the terminal back
// on the way out, for programs that run a script without a prompt. adj_prompt_run does this
// itself.
void adj_term_signals(void (*interrupt)(void *self), void *self);

// Writes the label that goes before the result of cell [number], `[3] ‹ ` with its escape
// codes, and returns the columns it takes: further lines of the result are indented by these.
int adj_prompt_out_label(int number, char *label, size_t size);

// Writes a result behind its label, lines after the first indented, a newline at the end.
void adj_prompt_show_result(int number, const char *text, size_t length);

// The list of keys as text, for %keys. malloc'ed; the caller frees. NULL without memory.
char *adj_keys_describe(void);

// -- output while bars are shown --------------------------------------------------------------

// Writes to [fd] (1 or 2). The same as write(2), repeated until all is written, except that
// progress bars on the same terminal step aside: they move below the new text.
void adj_term_write(int fd, const char *text, size_t length);

// -- progress bars ----------------------------------------------------------------------------

typedef struct AdjProgress AdjProgress;

enum { ADJ_PROGRESS_NESTING = 4 };  // bars shown at once; deeper ones are counted, not drawn

// Opens a bar below those that are open. [label] is copied and may be NULL; [total] < 0:
// unknown. Nothing is drawn before 0.1 s have passed, so short loops stay silent. On anything
// but a terminal it never draws. NULL without memory; every other call ignores a NULL bar.
AdjProgress *adj_progress_open(const char *label, int64_t total);

// Says how many items are done. Costs one clock read, and a redraw at most every 50 ms. A bar
// that has been closed meanwhile (adj_progress_close_all) is ignored, here and below.
void adj_progress_update(AdjProgress *bar, int64_t done);

// Sets the text at the end of the bar, `loss 0.2134`. Copied, cut at 63 bytes.
void adj_progress_postfix(AdjProgress *bar, const char *text);
void adj_progress_loss(AdjProgress *bar, double loss);

// Closes a bar and frees it. An outermost bar that was drawn stays on the screen in its last
// state; a nested one disappears. Bars opened after it are closed with it.
void adj_progress_close(AdjProgress **bar);

// Closes every open bar: after an error or interrupt, before the prompt.
void adj_progress_close_all(void);

// -- sparklines -------------------------------------------------------------------------------

// Draws [n] values as at most [width] characters of increasing height, `▁▂▅█`, NaN as a blank,
// infinities at the edges; values are averaged where there are more than [width]. ASCII without
// [unicode]. Writes a NUL-terminated text, cut to whole characters, and returns its bytes.
size_t adj_spark(const double *values, size_t n, size_t width, bool unicode, char *text,
                 size_t size);

// -- history ----------------------------------------------------------------------------------

// $XDG_STATE_HOME/adjoint/history, or ~/.local/state/adjoint/history. malloc'ed; the caller
// frees. NULL when neither variable is set.
char *adj_history_default_path(void);
