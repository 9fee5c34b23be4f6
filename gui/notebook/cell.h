// SPDX-License-Identifier: Apache-2.0
// cell.h: one cell of a notebook and the outputs below it, as data.
//
// A cell's text lives in a string until an editor is opened on it and in the editor's buffer
// from then on, with its undo history; ten thousand cells cost ten thousand strings. Nothing
// here knows of the widgets that show it: they listen to "changed".
#pragma once

#include <gtksourceview/gtksource.h>
#include <json-glib/json-glib.h>

typedef enum { ADJ_UI_CODE, ADJ_UI_MARKDOWN, ADJ_UI_RAW } AdjUiCellKind;
typedef enum { ADJ_UI_CELL_CALM, ADJ_UI_CELL_QUEUED, ADJ_UI_CELL_RUNNING } AdjUiCellRun;
typedef enum { ADJ_UI_STREAM, ADJ_UI_DISPLAY, ADJ_UI_RESULT, ADJ_UI_ERROR } AdjUiOutputKind;

// What has changed, as the argument of a cell's signal "changed".
enum {
    ADJ_UI_CELL_TEXT = 1,      // its source
    ADJ_UI_CELL_STATUS = 2,    // number, run state, staleness, kind, folding
    ADJ_UI_CELL_OUTPUTS = 4,   // outputs came or went
    ADJ_UI_CELL_APPENDED = 8,  // the last output, a stream, has become longer
};

// Counted, since who writes the file has it too: what has been shown is replaced, not changed;
// only the last stream of a running cell grows.
typedef struct {
    gint references;
    AdjUiOutputKind kind;
    char *name;        // of a stream; of an error
    GString *text;     // of a stream; what an error says
    JsonObject *data;  // of a display or result: mime type -> content
    JsonObject *metadata;
    char *display_id;  // what updates name it by, or NULL
    int count;         // of a result
    GStrv traceback;   // of an error
    gint64 lost;       // lines of a stream that were let go because there were too many
} AdjUiOutput;

#define ADJ_UI_TYPE_CELL (adj_ui_cell_get_type())
G_DECLARE_FINAL_TYPE(AdjUiCell, adj_ui_cell, ADJ_UI, CELL, GObject)

struct _AdjUiCell {
    GObject base;
    char *id;
    AdjUiCellKind kind;
    char *text;               // NULL while there is a buffer
    GtkSourceBuffer *buffer;  // NULL until an editor is opened
    JsonObject *metadata, *attachments;
    GPtrArray *outputs;  // of AdjUiOutput
    int count;           // execution count, 0 for none
    AdjUiCellRun run;
    gboolean stale, failed, folded, outputs_folded, editing;
    gboolean in_file;      // the notebook's file knows it by its id
    gboolean unsaved;      // but not its text
    gboolean clear_next;   // clear_output(wait=True): the next output replaces all
    char *ran_text;        // what was run last, or NULL
    guint64 ran_serial;    // order of its last run among all of the session
    gint64 started, took;  // microseconds
};

// Emits "changed" with what has changed.
void adj_ui_cell_changed(AdjUiCell *c, guint what);

AdjUiCell *adj_ui_cell_new(AdjUiCellKind kind, const char *text);

// Newly allocated: the source now.
char *adj_ui_cell_text(AdjUiCell *c);
void adj_ui_cell_set_text(AdjUiCell *c, const char *text);
int adj_ui_cell_lines(AdjUiCell *c);

// The buffer for an editor, made at first use; borrowed.
GtkSourceBuffer *adj_ui_cell_buffer(AdjUiCell *c);
void adj_ui_cell_set_kind(AdjUiCell *c, AdjUiCellKind kind);

// Level of the heading a Markdown cell begins with, 0 for none.
int adj_ui_cell_heading(AdjUiCell *c);

void adj_ui_cell_clear_outputs(AdjUiCell *c);
// Takes [o].
void adj_ui_cell_add_output(AdjUiCell *c, AdjUiOutput *o);
void adj_ui_cell_add_stream(AdjUiCell *c, const char *name, const char *text);

AdjUiOutput *adj_ui_output_new(AdjUiOutputKind kind);
void adj_ui_output_free(gpointer output);  // one reference

// The cell as it is now, for the thread that writes files: it shares what does not change.
AdjUiCell *adj_ui_cell_snapshot(AdjUiCell *c);

// Reads the definitions of the languages of cells, which are checked against a schema and take
// a tenth of a second: better before the first picture than after it. They are forgotten with
// the last buffer that uses them, so the caller keeps these.
GPtrArray *adj_ui_languages_load(void);
// The style scheme of all editors, for dark or light; language of the code.
void adj_ui_buffer_restyle(GtkSourceBuffer *b);
