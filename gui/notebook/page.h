// SPDX-License-Identifier: Apache-2.0
// page.h: one notebook at work: its cells in the middle, what the session knows on the left,
// the panels on the right, the session itself behind it. A tab of a window shows one page.
//
// The page has two modes, as Jupyter: in the edit mode keys go to a cell's editor, in the
// command mode letters are commands. Which cells are selected is a range: the cursor, where
// commands act, and the mark, where the selection began.
#pragma once

#include "notebook/flow.h"
#include "notebook/notebook.h"
#include "session/model.h"

typedef struct AdjUiPage AdjUiPage;
typedef struct AdjUiFind AdjUiFind;
typedef struct AdjUiComplete AdjUiComplete;

// The two panes whose type has a size of its own (zoom.c).
typedef enum { ADJ_UI_PANE_CELLS, ADJ_UI_PANE_PANEL, ADJ_UI_PANES } AdjUiPane;

struct AdjUiPage {
    GtkWidget *root;  // everything, in a tab
    AdjUiNotebook *notebook;
    AdjUiModel *model;
    AdjUiFlow *flow;
    GtkWidget *scroller, *navigator, *panels, *left, *right, *banner;
    GtkWidget *overlay, *waiting;
    GtkWidget *strip;  // the steps of the training, at the bottom
    GtkFilterListModel *shown;  // cells that no fold hides
    GHashTable *hidden;         // of AdjUiCell
    AdjUiCell *from, *until;    // of a presentation: what it shows, until: not; borrowed
    int zoom[ADJ_UI_PANES];     // in percent
    GtkCssProvider *zoom_css;
    AdjUiFind *find;
    AdjUiComplete *complete;
    GPtrArray *runs;     // of what run.c waits for
    guint cursor, mark;  // among the shown
    gboolean editing, line_numbers;
    GPtrArray *clipboard;  // of AdjUiCell, copies
    guint pending_key;     // first half of a double key
    gint64 pending_since;
    guint autosave, share;  // timers: to save; to say where the cursor is
    guint patience;         // until it is said that the file is being read
    AdjUiCell *lit;         // whose span is highlighted, referenced, or NULL
    gboolean started;       // a session was asked for
    GSimpleActionGroup *actions;
    void (*changed)(gpointer self, AdjUiPage *p);  // title, dirtiness or state
    void (*say)(gpointer self, const char *text);  // a toast
    gpointer self;
};

AdjUiPage *adj_ui_page_new(AdjUiNotebook *notebook);  // takes [notebook]
AdjUiPage *adj_ui_page_of(GtkWidget *root);
// While the notebook is read nothing can be done with it.
void adj_ui_page_set_loading(AdjUiPage *p, gboolean loading);
GtkWidget *adj_ui_waiting_new(const char *word);  // hidden

// -- cells ------------------------------------------------------------------------------------

guint adj_ui_page_count(AdjUiPage *p);
AdjUiCell *adj_ui_page_cell(AdjUiPage *p, guint at);  // borrowed
// Index in the notebook of the shown cell [at].
guint adj_ui_page_index(AdjUiPage *p, guint at);
void adj_ui_page_range(AdjUiPage *p, guint *first, guint *count);  // of the shown

// Selects cell [at] and shows it; where [editing], its editor gets the focus.
void adj_ui_page_go(AdjUiPage *p, guint at, gboolean editing);
void adj_ui_page_go_cell(AdjUiPage *p, AdjUiCell *c, gboolean editing);
void adj_ui_page_extend(AdjUiPage *p, guint to);
// The line of the cell that was run as number [count].
void adj_ui_page_go_line(AdjUiPage *p, int count, int line);
GtkSourceView *adj_ui_page_editor(AdjUiPage *p, guint at);
void adj_ui_page_refold(AdjUiPage *p);
// Shows only the cells from [from] until [until] (NULL: to the end); all, when [from] is NULL.
void adj_ui_page_limit(AdjUiPage *p, AdjUiCell *from, AdjUiCell *until);
void adj_ui_page_tell(AdjUiPage *p, const char *text);

// From the cells' widgets.
void adj_ui_page_touched(AdjUiPage *p, AdjUiCell *c, gboolean editing, gboolean extend);
void adj_ui_page_cursor_moved(AdjUiPage *p, AdjUiCell *c);

// -- size of type (zoom.c)
// ----------------------------------------------------------------------

void adj_ui_page_zoom_start(AdjUiPage *p);
void adj_ui_page_zoom_end(AdjUiPage *p);
// [by_hand]: pictures come closer too, as far as they can.
void adj_ui_page_set_zoom(AdjUiPage *p, AdjUiPane pane, int percent, gboolean by_hand);
AdjUiPane adj_ui_page_pane(AdjUiPage *p);  // where the focus is

// -- commands (commands.c)
// ----------------------------------------------------------------------

typedef struct {
    const char *group, *name, *command_keys, *keys, *title, *text;
    void (*run)(AdjUiPage *p);
} AdjUiCommand;

extern const AdjUiCommand adj_ui_commands[];  // ends with a row without a name
void adj_ui_page_install(AdjUiPage *p);       // actions and keys

// -- running (run.c)
// ----------------------------------------------------------------------------

void adj_ui_page_start_session(AdjUiPage *p);
void adj_ui_page_attach(AdjUiPage *p, const char *connection_file);
void adj_ui_page_run(AdjUiPage *p, AdjUiCell *c);
void adj_ui_page_restart(AdjUiPage *p);
// The run of [c] that another window asked for, and that has not ended, is shown from now on.
void adj_ui_page_follow(AdjUiPage *p, AdjUiCell *c, const char *request);
// rejoin.c: what cells from number [since] on have shown while we did not listen.
void adj_ui_page_rejoin(AdjUiPage *p, gint64 since);
// The session asks for a line: a dialog asks the user.
void adj_ui_page_ask_input(AdjUiPage *p, gconstpointer message);
// The model's "published" for messages that belong to no run of ours.
void adj_ui_page_published(AdjUiPage *p, gconstpointer message);
void adj_ui_page_mark_all_stale(AdjUiPage *p);
void adj_ui_page_forget_runs(AdjUiPage *p);  // the page is going; the session is not asked

// -- find and replace (find.c)
// --------------------------------------------------------------------

AdjUiFind *adj_ui_find_new(AdjUiPage *p);
GtkWidget *adj_ui_find_bar(AdjUiFind *f);
void adj_ui_find_open(AdjUiFind *f, gboolean replace);
void adj_ui_find_step(AdjUiFind *f, int direction);

// -- completion and help (complete.c)
// -------------------------------------------------------------

AdjUiComplete *adj_ui_complete_new(AdjUiPage *p, GtkWidget *parent);
void adj_ui_complete_free(AdjUiComplete *c);
// Asks what could stand at the cursor of [editor] and lists it.
void adj_ui_complete_start(AdjUiComplete *c, GtkSourceView *editor);
// Shows the help of what stands at the cursor.
void adj_ui_complete_inspect(AdjUiComplete *c, GtkSourceView *editor);
// Keys while the list or the help is open. TRUE if it took the key.
gboolean adj_ui_complete_key(AdjUiComplete *c, guint key, GdkModifierType state);
void adj_ui_complete_close(AdjUiComplete *c);

// -- hovering (hover.c)
// ---------------------------------------------------------------------------

void adj_ui_hover_attach(AdjUiPage *p, GtkSourceView *editor);
