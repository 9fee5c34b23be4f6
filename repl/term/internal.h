// SPDX-License-Identifier: Apache-2.0
// What the files of the terminal front end share, from the bottom up: bytes, glyphs, styles,
// the text being edited, frames and the screen, keys, history, and the terminal object that
// holds them together. Everything above the tty is free of it: the whole editor can be fed
// bytes and painted into a buffer, which is how the tests and the fuzzer drive it.
#pragma once

#include "term.h"

#include <stdarg.h>

// -- bytes (bytes.c) --------------------------------------------------------------------------

// A growing text. [data] is NULL while nothing was added, else has a NUL after [length] bytes.
// Without memory an addition is left out and answers false; the text stays as it was.
typedef struct AdjTermBuf {
    char *data;
    size_t length, capacity;
} AdjTermBuf;

bool adj_tbuf_reserve(AdjTermBuf *b, size_t extra);
bool adj_tbuf_add(AdjTermBuf *b, const char *text, size_t length);
bool adj_tbuf_text(AdjTermBuf *b, const char *text);
bool adj_tbuf_fill(AdjTermBuf *b, char c, size_t count);
bool adj_tbuf_format(AdjTermBuf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool adj_tbuf_splice(AdjTermBuf *b, size_t at, size_t removed, const char *added, size_t n);
void adj_tbuf_clear(AdjTermBuf *b);  // keeps the memory
void adj_tbuf_drop(AdjTermBuf *b);

// Makes room for [wanted] elements of [size] bytes in [*array]. False without memory.
bool adj_term_grow(void *array, size_t *capacity, size_t wanted, size_t size);

char *adj_term_copy(const char *text, size_t length);  // NUL-terminated; NULL without memory

// -- glyphs (glyph.c) -------------------------------------------------------------------------

enum { ADJ_GLYPH_BAD = 0xfffd, ADJ_GLYPH_MAX = 32, ADJ_TAB = 4 };

// The code point at the start of [text] and, in [*bytes], its length (1 for a byte that is not
// UTF-8, which reads as ADJ_GLYPH_BAD). [length] must be at least 1.
uint32_t adj_glyph_decode(const char *text, size_t length, size_t *bytes);
size_t adj_glyph_encode(uint32_t c, char out[4]);

// Columns of one code point: 0, 1 or 2.
int adj_glyph_columns(uint32_t c);

// The ends of the cluster (what a reader takes for one character) after and before [at].
size_t adj_glyph_next(const char *text, size_t length, size_t at);
size_t adj_glyph_prev(const char *text, size_t at);
// [at] itself when it is between two clusters, else the end of the cluster it is inside.
size_t adj_glyph_edge(const char *text, size_t length, size_t at);

// Whether a code point belongs to a name (letters, digits, _, anything beyond ASCII that
// is not punctuation or blank).
bool adj_glyph_is_word(uint32_t c);

// How a cluster is shown: the bytes to write and the columns they take. What cannot be written
// as it is gets a visible form: ^A, <202e>, U+FFFD, a dotted circle under a lone mark.
typedef struct AdjOnScreen {
    char bytes[ADJ_GLYPH_MAX + 8];
    uint8_t length, width;
    bool control;  // a visible form, not the character itself
    bool loose;    // terminals disagree about its width
} AdjOnScreen;
AdjOnScreen adj_glyph_show(const char *cluster, size_t bytes, int column);

// Columns of a text of one line, as adj_glyph_show would show it.
int adj_glyph_width(const char *text, size_t length);
// The longest prefix of [text] that fits into [width] columns.
size_t adj_glyph_fit(const char *text, size_t length, int width);

// -- styles (theme.c) -------------------------------------------------------------------------

// An ink with overlays on it. Overlays use attributes only, so they work on every ink.
typedef uint16_t AdjStyle;
enum {
    ADJ_STYLE_INK = 0xff,      // the part that is an AdjInk
    ADJ_STYLE_MATCH = 0x100,   // a bracket and its partner
    ADJ_STYLE_HIT = 0x200,     // what a search found
    ADJ_STYLE_CHOSEN = 0x400,  // the selected row of a menu
};

typedef enum AdjDepth {
    ADJ_DEPTH_NONE,
    ADJ_DEPTH_MONO,
    ADJ_DEPTH_16,
    ADJ_DEPTH_256,
    ADJ_DEPTH_TRUE
} AdjDepth;

typedef struct AdjTheme {
    AdjDepth depth;  // NONE: not even attributes
    bool unicode;
} AdjTheme;

// The theme for [fd] from the environment: TERM, COLORTERM, NO_COLOR, LC_ALL, LC_CTYPE, LANG.
AdjTheme adj_theme_detect(int fd);
// The sequence that switches from any style to [style]; empty for depth NONE.
size_t adj_theme_sgr(AdjTheme theme, AdjStyle style, char *out, size_t size);
void adj_theme_add(AdjTheme theme, AdjStyle style, const char *text, AdjTermBuf *out);

// The marks of the prompt, by whether the terminal shows Unicode.
typedef struct AdjMarks {
    const char *in, *out, *more, *above, *below, *ellipsis, *unfinished;
} AdjMarks;
const AdjMarks *adj_theme_marks(bool unicode);

// -- reading the shape of a text (lexical.c) --------------------------------------------------

// Brackets, strings, comments: the little the editor has to know of Python's lexical rules for
// indentation, bracket matching and the end of a block.
enum { ADJ_OUTLINE_DEPTH = 256 };
typedef struct AdjOutline {
    size_t depth;                     // open brackets at the end; counted beyond the array
    size_t opens[ADJ_OUTLINE_DEPTH];  // their offsets
    size_t logical;                   // where the logical line of the end starts
    bool in_string, in_comment;       // at the end
    bool continued;                   // the last line ends with a backslash
    char last;  // last character that is neither blank nor comment; 0: none
} AdjOutline;

AdjOutline adj_outline_read(const char *text, size_t length);
// The partner of the bracket at [at]; false when there is none or it is inside a string.
bool adj_outline_partner(const char *text, size_t length, size_t at, size_t *partner);
// Columns of blanks that the line after [at] should start with.
size_t adj_outline_indent(const char *text, size_t at);
// Whether the text ends inside a block that another line could continue.
bool adj_outline_open_block(const char *text, size_t length);
// Whether [line] goes on with the compound statement before it: else, elif, except, finally.
bool adj_outline_is_clause(const char *line, size_t length);

// -- the text being edited (buffer.c, editor.c) -----------------------------------------------

enum { ADJ_KILLS = 8, ADJ_UNDO_LIMIT = 2000 };

typedef struct AdjChange {
    size_t at, removed_length, added_length, cursor;  // cursor: where it was before
    char *removed, *added;                            // owned
    bool linked;                                      // undone together with the one before
} AdjChange;

// What a command did that the next one may build on.
enum { ADJ_DID_ROWS = 1, ADJ_DID_KILL = 2, ADJ_DID_YANK = 4 };

typedef struct AdjEdit {
    AdjTermBuf text;
    size_t cursor;       // always at the edge of a cluster
    uint64_t version;    // counts changes of the text
    int goal;            // the column that Up and Down aim at
    unsigned did, last;  // ADJ_DID_ bits of this command and of the one before
    bool typing;         // the last change was typed: the next letter joins it
    bool pristine;       // recalled or pasted whole, and not touched since
    AdjChange *changes;  // [0, done) can be undone, [done, count) redone
    size_t changes_count, changes_done, changes_capacity;
    char *kills[ADJ_KILLS];  // newest first, owned
    size_t yank_start, yank_end;
    int yank_index;  // of the text yanked last
} AdjEdit;

// Replaces [start, end) and puts the cursor behind what was put in. The only way text changes.
bool adj_edit_replace(AdjEdit *e, size_t start, size_t end, const char *text, size_t length);
// Replaces everything without a way back: a new cell.
void adj_edit_reset(AdjEdit *e);
// The changes from the record numbered [since] on become one step of undo.
void adj_edit_link(AdjEdit *e, size_t since);
bool adj_edit_undo(AdjEdit *e);
bool adj_edit_redo(AdjEdit *e);
void adj_edit_kill(AdjEdit *e, size_t start, size_t end, bool forward);
void adj_edit_drop(AdjEdit *e);

size_t adj_edit_line_start(const AdjEdit *e, size_t at);
size_t adj_edit_line_end(const AdjEdit *e, size_t at);
size_t adj_edit_word_left(const AdjEdit *e, size_t at);
size_t adj_edit_word_right(const AdjEdit *e, size_t at);
size_t adj_edit_indent_end(const AdjEdit *e, size_t at);  // after the blanks that open the line

// -- layout, frames, the screen (layout.c, screen.c) ------------------------------------------

// A row on the screen: bytes [start, end) of the text; the next row starts at [next].
typedef struct AdjRow {
    size_t start, end, next;
    int width;
    bool last;  // the text ends with this row
} AdjRow;

// The row that starts at [at] when rows have [columns] columns.
AdjRow adj_outline_row(const char *text, size_t length, size_t at, int columns);
// Counts the rows and finds the row and column of [cursor].
typedef struct AdjPlace {
    int rows, row, column;
} AdjPlace;
AdjPlace adj_outline_find(const char *text, size_t length, size_t cursor, int columns);
// The cursor position in row [row] nearest to [column].
size_t adj_outline_at(const char *text, size_t length, int row, int column, int columns);

typedef struct AdjFrameCell {
    uint32_t at;  // into the frame's glyphs
    uint8_t bytes, width;
    AdjStyle style;
    bool loose;
} AdjFrameCell;

typedef struct AdjFrameRow {
    size_t first, count;  // its cells
    int width;
    bool full;  // something did not fit: nothing more is added
} AdjFrameRow;

// A picture of the bottom of the screen: the cell and what is shown below it.
typedef struct AdjFrame {
    AdjTermBuf glyphs;
    AdjFrameCell *cells;
    AdjFrameRow *rows;
    size_t cells_count, cells_capacity, rows_count, rows_capacity;
    int columns, cursor_row, cursor_column;
    int origin;  // the column of the last row that tabs count from
} AdjFrame;

void adj_frame_start(AdjFrame *f, int columns);
void adj_frame_row(AdjFrame *f);  // opens the next row
// Adds to the last row what fits into the frame.
void adj_frame_cluster(AdjFrame *f, const char *cluster, size_t bytes, AdjStyle style);
void adj_frame_text(AdjFrame *f, const char *text, size_t length, AdjStyle style);
void adj_frame_pad(AdjFrame *f, int column, AdjStyle style);  // blanks up to [column]
int adj_frame_column(const AdjFrame *f);                      // where the last row ends
void adj_frame_drop(AdjFrame *f);

typedef struct AdjScreen {
    AdjTheme theme;
    int columns, lines;
    AdjFrame shown, next;  // what the terminal shows, and what is being composed
} AdjScreen;

// Appends `next` row by row and ends on a fresh line, for frames taller than the screen.
void adj_screen_print(AdjScreen *s, AdjTermBuf *out);
// Appends to [out] what turns `shown` into `next`, and makes it so.
void adj_screen_paint(AdjScreen *s, AdjTermBuf *out);
// Appends what moves below the shown frame, to a fresh line, and forgets it.
void adj_screen_leave(AdjScreen *s, AdjTermBuf *out);
// Appends what removes the shown frame; the cursor stays at its top left.
void adj_screen_erase(AdjScreen *s, AdjTermBuf *out);
// The terminal has a new size and has rewrapped what it shows.
void adj_screen_resize(AdjScreen *s, int columns, int lines, AdjTermBuf *out);
void adj_screen_drop(AdjScreen *s);

// -- keys (keys.c) ----------------------------------------------------------------------------

// A key: a code point or one of the names below, with modifiers.
typedef uint32_t AdjKey;
enum {
    ADJ_KEY_C = 1 << 24,
    ADJ_KEY_M = 1 << 25,
    ADJ_KEY_S = 1 << 26,
    ADJ_KEY_CODE = (1 << 24) - 1,
};
enum {
    ADJ_KEY_NONE = 0x110000,
    ADJ_KEY_TAB,
    ADJ_KEY_ENTER,
    ADJ_KEY_ESC,
    ADJ_KEY_BACKSPACE,
    ADJ_KEY_UP,
    ADJ_KEY_DOWN,
    ADJ_KEY_RIGHT,
    ADJ_KEY_LEFT,
    ADJ_KEY_HOME,
    ADJ_KEY_END,
    ADJ_KEY_INSERT,
    ADJ_KEY_DELETE,
    ADJ_KEY_PAGE_UP,
    ADJ_KEY_PAGE_DOWN,
    ADJ_KEY_F1,
    ADJ_KEY_F12 = ADJ_KEY_F1 + 11,
    ADJ_KEY_PASTE,
    ADJ_KEY_PASTE_END,
};

// Reads one key from [bytes]. Returns the bytes it took, 0 when more are needed to tell; with
// [final] nothing more is coming for now, and the answer is never 0. A sequence nobody
// knows is taken whole and reads as ADJ_KEY_NONE.
size_t adj_key_decode(const char *bytes, size_t length, bool final, AdjKey *key);
// "C-M-Left" to a key; ADJ_KEY_NONE for a name nobody knows.
AdjKey adj_key_parse(const char *name, size_t length);

// -- history (history.c) ----------------------------------------------------------------------

enum { ADJ_HISTORY_LIMIT = 10000, ADJ_HISTORY_ENTRY = 64 * 1024 };

typedef struct AdjHistory {
    char **entries;  // oldest first, owned, without two that are equal
    size_t count, capacity;
    char *path;  // NULL: memory only
} AdjHistory;

// Reads the file. A file that cannot be read or written leaves a history in memory.
void adj_history_open(AdjHistory *h, const char *path);
// Remembers a cell and appends it to the file.
void adj_history_add(AdjHistory *h, const char *text, size_t length);
// One cell as one line of the file, and back.
void adj_history_encode(const char *text, size_t length, AdjTermBuf *line);
void adj_history_decode(const char *line, size_t length, AdjTermBuf *text);
// The newest entry older than [before] (or, with [later], the oldest newer one) for which
// [matches] holds: its index, or SIZE_MAX.
typedef bool (*AdjHistoryTest)(const char *entry, const char *wanted, size_t length);
size_t adj_history_find(const AdjHistory *h, size_t before, bool later, AdjHistoryTest matches,
                        const char *wanted, size_t length);
void adj_history_close(AdjHistory *h);

// -- the terminal object ----------------------------------------------------------------------

// What the loop has to do after a command.
typedef enum AdjAct {
    ADJ_ACT_NONE,
    ADJ_ACT_RUN,
    ADJ_ACT_ABANDON,
    ADJ_ACT_LEAVE,
    ADJ_ACT_CLEAR,
    ADJ_ACT_SUSPEND,
    ADJ_ACT_EDITOR,
    ADJ_ACT_KEYS,
} AdjAct;

typedef struct AdjRecall {  // walking through history with Up and Down
    uint64_t version;       // of the text when it was shown: a text that has changed since
                            // is a new draft, and the walk is over
    size_t index;           // of the entry shown; the count of entries: the draft
    AdjTermBuf draft;       // what was being typed
    size_t prefix;          // bytes of the draft that entries must start with
} AdjRecall;

typedef struct AdjSearch {  // C-r
    bool active, later, failed;
    AdjTermBuf query, draft;
    size_t draft_cursor, index, hit;  // hit: offset of the match in the text
} AdjSearch;

struct AdjTermItems {
    AdjTermItem *items;  // strings owned
    size_t count, capacity, start, end;
};

typedef struct AdjMenu {  // completion
    bool open;
    AdjTermItems items;
    size_t selected;    // SIZE_MAX: none
    size_t top;         // first row shown
    AdjTermBuf typed;   // what stood in the range before anything was selected
    size_t start, end;  // where the range is now
} AdjMenu;

typedef struct AdjTerm {
    const AdjTermHooks *hooks;
    AdjEdit edit;
    AdjHistory history;
    AdjRecall recall;
    AdjSearch search;
    AdjMenu menu;
    AdjTermBuf panel;  // help shown until the next key
    AdjScreen screen;
    int number;          // of the prompt
    int top;             // first row of the cell that is shown
    AdjKey key, prefix;  // the key being handled; the first half of a two-key command
    bool literal;        // C-q: the next key is put in as it is
    bool done;           // the last frame of a cell: nothing but its text
    AdjTermBuf input;    // bytes not yet decoded
    bool pasting;
    size_t paste_seen;  // bytes of [input] searched for the end of the paste
    uint8_t *inks;      // one per byte of the text, for version [inks_version]
    size_t inks_capacity;
    uint64_t inks_version;
} AdjTerm;

bool adj_term_start(AdjTerm *term, const AdjTermHooks *hooks, const char *history_path);
void adj_term_stop(AdjTerm *term);
// Handles the keys in term->input up to the first that needs the loop.
AdjAct adj_term_take(AdjTerm *term, bool final);
// Composes and paints the current state into [out].
void adj_term_paint(AdjTerm *term, AdjTermBuf *out);
// Columns of the prompt before each row, and of the text beside it.
int adj_view_gutter(const AdjTerm *term);
int adj_view_columns(const AdjTerm *term);
void adj_view_compose(AdjTerm *term);
// The rest of a cell that history suggests at the cursor; NULL for none. Borrowed.
const char *adj_recall_suggestion(const AdjTerm *term);

// Modes that see keys before the bindings do. Each answers whether the key was used up.
bool adj_search_key(AdjTerm *term, AdjKey key);
bool adj_menu_key(AdjTerm *term, AdjKey key);
void adj_menu_close(AdjTerm *term);
void adj_items_drop(AdjTermItems *items);  // what they hold

// What the modes show below the cell. The menu takes at most [limit] rows.
int adj_menu_rows(const AdjTerm *term, int limit);
void adj_menu_compose(AdjTerm *term, int rows);
void adj_search_compose(AdjTerm *term);

// The commands, one per row of keys.def.
#define SECTION(title)
#define KEY(names, command, help) AdjAct adj_cmd_##command(AdjTerm *term);
#include "keys.def"
#undef KEY
#undef SECTION
// Two more that no row binds: a letter calls one, Tab calls the other.
AdjAct adj_cmd_insert(AdjTerm *term);
AdjAct adj_cmd_complete(AdjTerm *term);
AdjAct adj_keys_run(AdjTerm *term, AdjKey key);

// -- the terminal itself (tty.c) --------------------------------------------------------------

bool adj_tty_raw(int fd);   // enters raw mode; false when [fd] is no terminal
void adj_tty_cooked(void);  // back to the mode of before; safe in a signal handler
void adj_tty_size(int fd, int *columns, int *lines);
void adj_tty_suspend(void);  // stops the process as Ctrl-Z does; returns when it goes on
void adj_tty_write(int fd, const char *text, size_t length);
// Whether SIGINT belongs to a running cell (the hook) or to the prompt (adj_tty_seen).
void adj_tty_running(bool running);
// What the signal handlers saw since the last call, and a descriptor that is readable when
// there is something (-1: none could be had).
enum { ADJ_SEEN_RESIZE = 1, ADJ_SEEN_INTERRUPT = 2, ADJ_SEEN_CONTINUE = 4 };
int adj_tty_seen(void);
int adj_tty_seen_fd(void);

// -- progress (progress.c) --------------------------------------------------------------------

// What a bar shows, and its row in [width] columns as a pure function. The label is filled up
// to [label_columns] and the bar at most [bar_columns] long, so that bars below each other can
// be made alike; the answer is the length it has.
typedef struct AdjProgressState {
    const char *label, *postfix;  // or NULL
    int64_t done, total;          // total < 0: not known
    double elapsed_s, rate;       // rate: items per second; 0: not known yet
    AdjTheme theme;
    int label_columns, bar_columns;
} AdjProgressState;
int adj_progress_format(const AdjProgressState *state, int width, AdjTermBuf *row);
// The cursor is known to be at the start of a row.
void adj_progress_fresh_row(void);

// -- the prompt (prompt.c) and the plain reader (plain.c) -------------------------------------

// Takes the cell being edited off the screen before something else is written to it.
void adj_prompt_step_aside(void);
// Runs one cell: SIGINT goes to the hook meanwhile, and bars it left open are closed.
bool adj_prompt_execute(const AdjTermHooks *hooks, const char *cell, size_t length, int number);
int adj_plain_run(const AdjTermHooks *hooks, const AdjTermOptions *options, bool prompts);
