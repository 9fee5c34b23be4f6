// SPDX-License-Identifier: Apache-2.0
// notebook.h: a notebook as data: its cells in order, its file, the way back from each change.
//
// Every change of the order or kind of cells goes through a function here, which keeps what was
// before, so one undo serves insert, delete, move, split, merge and kind alike. A journal
// beside the file takes each change of text at once (journal.c), so that nothing typed is lost
// with the window; the file itself is written whole and atomically.
#pragma once

#include "notebook/cell.h"

#define ADJ_UI_TYPE_NOTEBOOK (adj_ui_notebook_get_type())
G_DECLARE_FINAL_TYPE(AdjUiNotebook, adj_ui_notebook, ADJ_UI, NOTEBOOK, GObject)

// Signals: "saved" () the file is written; "dirty" () there is, or is no longer, something to
// save; "edited" (AdjUiCell *) the text of a cell changed; "structure" () cells came, went,
// moved.

typedef struct AdjUiJournal AdjUiJournal;

struct _AdjUiNotebook {
    GObject base;
    GListStore *cells;  // of AdjUiCell
    GFile *file;        // NULL: never saved
    GFile *origin;      // what it was opened from: the same, or a script; or NULL
    char *title;        // what it is called until then, or NULL
    JsonObject *metadata;
    gboolean dirty, loading;
    int saving;         // files being written
    GQueue undo, redo;  // of steps back and forth
    AdjUiJournal *journal;
    guint64 serial;  // counts runs
};

AdjUiNotebook *adj_ui_notebook_new(void);  // one empty cell
guint adj_ui_notebook_count(AdjUiNotebook *n);
AdjUiCell *adj_ui_notebook_cell(AdjUiNotebook *n, guint at);  // borrowed, NULL beyond the end
int adj_ui_notebook_index(AdjUiNotebook *n, AdjUiCell *c);    // -1 if it is not in it
AdjUiCell *adj_ui_notebook_find(AdjUiNotebook *n, const char *id);
char *adj_ui_notebook_title(AdjUiNotebook *n);  // newly allocated, for people
void adj_ui_notebook_set_dirty(AdjUiNotebook *n, gboolean dirty);

// -- changes that can be undone -------------------------------------------------------------

void adj_ui_notebook_insert(AdjUiNotebook *n, guint at, AdjUiCell *c);  // takes [c]
void adj_ui_notebook_remove(AdjUiNotebook *n, guint at, guint count);
void adj_ui_notebook_move(AdjUiNotebook *n, guint at, guint count, int by);
// Splits cell [at] before character [offset] of its text.
void adj_ui_notebook_split(AdjUiNotebook *n, guint at, int offset);
void adj_ui_notebook_merge(AdjUiNotebook *n, guint at, guint count);
void adj_ui_notebook_set_kind(AdjUiNotebook *n, guint at, guint count, AdjUiCellKind kind);
// Makes the first line of Markdown cell [at] a heading of this level.
void adj_ui_notebook_set_heading(AdjUiNotebook *n, guint at, int level);
// Where the change was, or -1 if there is nothing to undo or redo.
int adj_ui_notebook_undo(AdjUiNotebook *n);
int adj_ui_notebook_redo(AdjUiNotebook *n);

// -- as text (nbformat.c), on any thread ------------------------------------------------------

typedef struct {
    GPtrArray *cells;      // of AdjUiCell, that nobody else has
    JsonObject *metadata;  // or NULL
    gboolean script;       // what was read is a program, not a notebook
} AdjUiBook;

// Reads text in the form of nbformat 4, or a script whose cells are divided by lines "# %%", or
// by empty lines. FALSE with a sentence in [error] if it is neither.
gboolean adj_ui_book_parse(AdjUiBook *b, const char *text, gsize length, GError **error);
char *adj_ui_book_text(const AdjUiBook *b);  // nbformat 4.5
void adj_ui_book_clear(AdjUiBook *b);
AdjUiOutput *adj_ui_output_read(JsonObject *o);  // one of nbformat's; NULL: it is none

// -- as a file (file.c): read and written by the disk's thread --------------------------------

// Called in the main loop; [error] is a sentence, or NULL when it went well.
typedef void (*AdjUiOpened)(gpointer self, gboolean recovered, const char *error);
typedef void (*AdjUiSaved)(gpointer self, const char *error);

// Fills [n] with what is in [file]; what an earlier window could not save comes back from its
// journal, and [recovered] says so. Until then [n] is `loading`, and nothing may be changed.
void adj_ui_notebook_open(AdjUiNotebook *n, GFile *file, AdjUiOpened opened, gpointer self);
// The same from a journal that has no file, which ends with that.
void adj_ui_notebook_adopt(AdjUiNotebook *n, const char *journal, AdjUiOpened opened,
                           gpointer self);
// Writes what [n] is now to [file], or to its own when that is NULL. [saved] may be NULL.
void adj_ui_notebook_save(AdjUiNotebook *n, GFile *file, AdjUiSaved saved, gpointer self);
// A notebook as it is now; the caller clears it.
AdjUiBook adj_ui_notebook_snapshot(AdjUiNotebook *n);
