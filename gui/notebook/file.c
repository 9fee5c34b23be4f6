// SPDX-License-Identifier: Apache-2.0
// file.c: notebooks come from files and go to them without the main loop waiting for a disk.
//
// Opening: the disk's thread reads and parses, and applies the journal, so that what comes to
// the main loop is a list of finished cells; they enter the notebook in portions, each as long
// as a part of a frame. Saving: the main loop takes a snapshot, which shares all that does not
// change, and the thread makes text of it and writes it. What is typed meanwhile is in the
// journal behind the mark that the save has left (journal.h).
#include "disk.h"
#include "notebook/journal.h"
#include "notebook/notebook.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

enum { PORTION = 32, BUDGET_US = 4000 };

typedef struct {
    AdjUiNotebook *notebook;
    GFile *file;    // or NULL, and then
    char *journal;  // the path of one without a file
    AdjUiOpened opened;
    gpointer self;
    AdjUiBook book;
    gboolean recovered;
    char *error;
    guint next;  // cell to be given to the notebook
} Opening;

static void opening_free(Opening *o)
{
    adj_ui_book_clear(&o->book);
    g_object_unref(o->notebook);
    g_clear_object(&o->file);
    g_free(o->journal);
    g_free(o->error);
    g_free(o);
}

// -- opening, on the thread -------------------------------------------------------------------

static void read_file(Opening *o)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    gsize length;
    if (!g_file_load_contents(o->file, NULL, &text, &length, NULL, &error)) {
        // A file that is not there yet will be made when it is saved.
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)) g_clear_error(&error);
    } else {
        adj_ui_book_parse(&o->book, text, length, &error);
    }
    if (error) o->error = g_strdup(error->message);
}

static void read_all(gpointer opening)
{
    Opening *o = opening;
    o->book.cells = g_ptr_array_new_with_free_func(g_object_unref);
    if (o->file) read_file(o);
    if (o->journal && !adj_ui_journal_read(o->journal, o->book.cells))
        o->error = g_strdup(_("Nothing could be read from it"));
    if (o->file && !o->error && !o->book.script)
        o->recovered = adj_ui_journal_recover(o->file, o->book.cells);
}

// -- and in the main loop ---------------------------------------------------------------------

// From now on the notebook is what its file holds. A script opens as a notebook of its
// paragraphs, to be saved under another name.
static void settle(Opening *o)
{
    AdjUiNotebook *n = o->notebook;
    if (o->book.script) {
        char *dot = strrchr(n->title, '.');
        if (dot) *dot = '\0';
    } else if (o->file) {
        adj_ui_journal_free(n->journal);
        n->journal = adj_ui_journal_new(o->file);
        g_set_object(&n->file, o->file);
    }
    g_clear_pointer(&n->metadata, json_object_unref);
    n->metadata = g_steal_pointer(&o->book.metadata);
}

static void remove_file(gpointer path)
{
    g_unlink(path);
    g_free(path);
}

static void finish(Opening *o)
{
    AdjUiNotebook *n = o->notebook;
    n->loading = FALSE;
    n->dirty = o->recovered;
    if (o->journal && !o->error) {  // its end: the text goes on in a journal of our own
        adj_ui_journal_structure(n->journal, n);
        adj_ui_journal_flush(n->journal);
        n->dirty = TRUE;
        adj_ui_disk(remove_file, NULL, g_steal_pointer(&o->journal));
    }
    g_signal_emit_by_name(n, "structure");
    g_signal_emit_by_name(n, "dirty");
    o->opened(o->self, o->recovered, o->error);
    opening_free(o);
}

static gboolean give_portion(gpointer opening)
{
    Opening *o = opening;
    AdjUiNotebook *n = o->notebook;
    gint64 until = g_get_monotonic_time() + BUDGET_US;
    do {
        guint count = MIN(PORTION, o->book.cells->len - o->next);
        guint at = o->next ? adj_ui_notebook_count(n) : 0;
        if (count)  // the first takes the place of the empty cell of a new notebook
            g_list_store_splice(n->cells, at, adj_ui_notebook_count(n) - at,
                                o->book.cells->pdata + o->next, count);
        o->next += count;
        if (o->next >= o->book.cells->len) {
            finish(o);
            return G_SOURCE_REMOVE;
        }
    } while (g_get_monotonic_time() < until);
    return G_SOURCE_CONTINUE;
}

static void was_read(gpointer opening)
{
    Opening *o = opening;
    if (o->error) {
        finish(o);
        return;
    }
    settle(o);
    if (give_portion(o) == G_SOURCE_CONTINUE) g_idle_add(give_portion, o);
}

static void begin(Opening *o)
{
    o->notebook->loading = TRUE;
    adj_ui_disk(read_all, was_read, o);
}

void adj_ui_notebook_open(AdjUiNotebook *n, GFile *file, AdjUiOpened opened, gpointer self)
{
    Opening *o = g_new0(Opening, 1);
    *o = (Opening){.notebook = g_object_ref(n),
                   .file = g_object_ref(file),
                   .opened = opened,
                   .self = self};
    g_set_object(&n->origin, file);
    g_free(n->title);
    n->title = g_file_get_basename(file);
    begin(o);
}

void adj_ui_notebook_adopt(AdjUiNotebook *n, const char *journal, AdjUiOpened opened,
                           gpointer self)
{
    Opening *o = g_new0(Opening, 1);
    *o = (Opening){.notebook = g_object_ref(n),
                   .journal = g_strdup(journal),
                   .opened = opened,
                   .self = self};
    begin(o);
}

// -- saving -----------------------------------------------------------------------------------

typedef struct {
    AdjUiNotebook *notebook;
    GFile *file;
    char *path;
    AdjUiBook book;
    AdjUiJournalFile *journal;
    AdjUiSaved saved;
    gpointer self;
    char *error;
} Saving;

AdjUiBook adj_ui_notebook_snapshot(AdjUiNotebook *n)
{
    AdjUiBook b = {.cells = g_ptr_array_new_with_free_func(g_object_unref),
                   .metadata = n->metadata ? json_object_ref(n->metadata) : NULL};
    for (guint i = 0; i < adj_ui_notebook_count(n); i++)
        g_ptr_array_add(b.cells, adj_ui_cell_snapshot(adj_ui_notebook_cell(n, i)));
    return b;
}

static void write_all(gpointer saving)
{
    Saving *s = saving;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = adj_ui_book_text(&s->book);
    adj_ui_book_clear(&s->book);
    if (adj_ui_disk_write(s->path, text, -1, &error)) {
        adj_ui_journal_saved(s->journal);
    } else {
        s->error = g_strdup(error->message);
        adj_ui_journal_unsaved(s->journal);
    }
}

// The notebook has another name. What was typed while it was written goes over to its journal.
static void rename_to(AdjUiNotebook *n, GFile *file)
{
    if (n->file && g_file_equal(n->file, file)) return;
    adj_ui_journal_discard(n->journal);
    adj_ui_journal_free(n->journal);
    n->journal = adj_ui_journal_new(file);
    g_set_object(&n->file, file);
    g_set_object(&n->origin, file);
    for (guint i = 0; n->dirty && i < adj_ui_notebook_count(n); i++) {
        AdjUiCell *c = adj_ui_notebook_cell(n, i);
        if (c->unsaved) adj_ui_journal_cell(n->journal, n, c);
    }
    if (n->dirty) adj_ui_journal_structure(n->journal, n);
}

static void was_written(gpointer saving)
{
    Saving *s = saving;
    AdjUiNotebook *n = s->notebook;
    n->saving--;
    if (s->error) {
        for (guint i = 0; i < adj_ui_notebook_count(n); i++)
            adj_ui_notebook_cell(n, i)->unsaved = TRUE;
        adj_ui_notebook_set_dirty(n, TRUE);
    } else {
        rename_to(n, s->file);
        g_signal_emit_by_name(n, "saved");
    }
    if (s->saved) s->saved(s->self, s->error);
    g_object_unref(n);
    g_object_unref(s->file);
    g_free(s->path);
    g_free(s->error);
    g_free(s);
}

void adj_ui_notebook_save(AdjUiNotebook *n, GFile *file, AdjUiSaved saved, gpointer self)
{
    if (!file) file = n->file;
    g_autofree char *path = file ? g_file_get_path(file) : NULL;
    if (!path || n->loading) {
        if (saved) saved(self, _("The notebook has no place to be saved to."));
        return;
    }
    Saving *s = g_new0(Saving, 1);
    *s = (Saving){.notebook = g_object_ref(n),
                  .file = g_object_ref(file),
                  .path = g_steal_pointer(&path),
                  .book = adj_ui_notebook_snapshot(n),
                  .journal = adj_ui_journal_saving(n->journal),
                  .saved = saved,
                  .self = self};
    for (guint i = 0; i < adj_ui_notebook_count(n); i++) {
        AdjUiCell *c = adj_ui_notebook_cell(n, i);
        c->in_file = TRUE;
        c->unsaved = FALSE;
    }
    n->saving++;
    adj_ui_notebook_set_dirty(n, FALSE);
    adj_ui_disk(write_all, was_written, s);
}
