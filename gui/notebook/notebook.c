// SPDX-License-Identifier: Apache-2.0
// notebook.c: see notebook.h. A step of the undo history is the whole list of cells before the
// change (pointers, so ten thousand cells are eighty kilobytes) and the text and kind of the
// few cells that were changed within. Going back splices only what differs, so widgets of
// untouched cells stay.
#include "notebook/notebook.h"

#include "notebook/journal.h"

#include <glib/gi18n.h>
#include <string.h>

enum { DEPTH = 100 };

typedef struct {
    AdjUiCell *cell;
    char *text;
    AdjUiCellKind kind;
} Before;

typedef struct {
    GPtrArray *cells;  // of AdjUiCell, referenced
    GArray *before;    // of Before
} Step;

enum { SAVED, DIRTY, EDITED, STRUCTURE, SIGNALS };
static guint signals[SIGNALS];  // numbers of the class, written once

G_DEFINE_FINAL_TYPE(AdjUiNotebook, adj_ui_notebook, G_TYPE_OBJECT)

guint adj_ui_notebook_count(AdjUiNotebook *n)
{
    return g_list_model_get_n_items(G_LIST_MODEL(n->cells));
}

AdjUiCell *adj_ui_notebook_cell(AdjUiNotebook *n, guint at)
{
    g_autoptr(AdjUiCell) c = g_list_model_get_item(G_LIST_MODEL(n->cells), at);
    return c;  // the list holds it
}

int adj_ui_notebook_index(AdjUiNotebook *n, AdjUiCell *c)
{
    guint at;
    return c && g_list_store_find(n->cells, c, &at) ? (int)at : -1;
}

AdjUiCell *adj_ui_notebook_find(AdjUiNotebook *n, const char *id)
{
    for (guint i = 0; i < adj_ui_notebook_count(n); i++) {
        AdjUiCell *c = adj_ui_notebook_cell(n, i);
        if (!g_strcmp0(c->id, id)) return c;
    }
    return NULL;
}

char *adj_ui_notebook_title(AdjUiNotebook *n)
{
    if (n->file) return g_file_get_basename(n->file);
    return g_strdup(n->title ? n->title : _("Untitled"));
}

void adj_ui_notebook_set_dirty(AdjUiNotebook *n, gboolean dirty)
{
    if (n->dirty == dirty) return;
    n->dirty = dirty;
    g_signal_emit(n, signals[DIRTY], 0);
}

// -- the way back ---------------------------------------------------------------------------

static void before_clear(gpointer p)
{
    Before *b = p;
    g_object_unref(b->cell);
    g_free(b->text);
}

static void step_free(gpointer p)
{
    Step *s = p;
    g_ptr_array_unref(s->cells);
    g_array_unref(s->before);
    g_free(s);
}

static Step *step_now(AdjUiNotebook *n)
{
    Step *s = g_new0(Step, 1);
    s->cells = g_ptr_array_new_with_free_func(g_object_unref);
    s->before = g_array_new(FALSE, FALSE, sizeof(Before));
    g_array_set_clear_func(s->before, before_clear);
    for (guint i = 0; i < adj_ui_notebook_count(n); i++)
        g_ptr_array_add(s->cells, g_list_model_get_item(G_LIST_MODEL(n->cells), i));
    return s;
}

static void remember_cell(Step *s, AdjUiCell *c)
{
    Before b = {g_object_ref(c), adj_ui_cell_text(c), c->kind};
    g_array_append_val(s->before, b);
}

// A new change: what was undone before it cannot be done again.
static Step *remember(AdjUiNotebook *n)
{
    Step *s = step_now(n);
    g_queue_push_head(&n->undo, s);
    g_queue_clear_full(&n->redo, step_free);
    if (g_queue_get_length(&n->undo) > DEPTH) step_free(g_queue_pop_tail(&n->undo));
    return s;
}

static guint same_start(AdjUiNotebook *n, GPtrArray *to)
{
    guint i = 0, count = MIN(adj_ui_notebook_count(n), to->len);
    while (i < count && adj_ui_notebook_cell(n, i) == to->pdata[i]) i++;
    return i;
}

static int restore(AdjUiNotebook *n, Step *s)
{
    guint count = adj_ui_notebook_count(n), head = same_start(n, s->cells), tail = 0;
    while (tail < MIN(count, s->cells->len) - head &&
           adj_ui_notebook_cell(n, count - 1 - tail) ==
               s->cells->pdata[s->cells->len - 1 - tail])
        tail++;
    g_list_store_splice(n->cells, head, count - head - tail, s->cells->pdata + head,
                        s->cells->len - head - tail);
    for (guint i = 0; i < s->before->len; i++) {
        Before *b = &g_array_index(s->before, Before, i);
        adj_ui_cell_set_kind(b->cell, b->kind);
        adj_ui_cell_set_text(b->cell, b->text);
    }
    if (head == s->cells->len && head) head--;
    return (int)head;
}

// Goes one step from [from], leaving the way back on [to].
static int travel(AdjUiNotebook *n, GQueue *from, GQueue *to)
{
    Step *s = g_queue_pop_head(from);
    if (!s) return -1;
    Step *back = step_now(n);
    for (guint i = 0; i < s->before->len; i++)
        remember_cell(back, g_array_index(s->before, Before, i).cell);
    g_queue_push_head(to, back);
    int at = restore(n, s);
    step_free(s);
    return at;
}

int adj_ui_notebook_undo(AdjUiNotebook *n)
{
    return travel(n, &n->undo, &n->redo);
}

int adj_ui_notebook_redo(AdjUiNotebook *n)
{
    return travel(n, &n->redo, &n->undo);
}

// -- changes --------------------------------------------------------------------------------

void adj_ui_notebook_insert(AdjUiNotebook *n, guint at, AdjUiCell *c)
{
    remember(n);
    g_list_store_insert(n->cells, MIN(at, adj_ui_notebook_count(n)), c);
    g_object_unref(c);
}

void adj_ui_notebook_remove(AdjUiNotebook *n, guint at, guint count)
{
    guint all = adj_ui_notebook_count(n);
    if (at >= all) return;
    remember(n);
    count = MIN(count, all - at);
    g_autoptr(AdjUiCell) fresh =
        count == all ? adj_ui_cell_new(ADJ_UI_CODE, "") : NULL;  // a notebook is never empty
    g_list_store_splice(n->cells, at, count, (gpointer *)&fresh, fresh ? 1 : 0);
}

void adj_ui_notebook_move(AdjUiNotebook *n, guint at, guint count, int by)
{
    guint all = adj_ui_notebook_count(n);
    if (!by || at + count > all || (int)at + by < 0 || at + count + (guint)by > all) return;
    Step *s = remember(n);
    guint low = by < 0 ? at + (guint)by : at;
    guint span = count + (guint)ABS(by), lead = by < 0 ? (guint)-by : count;
    g_autoptr(GPtrArray) turned = g_ptr_array_new();
    for (guint i = 0; i < span; i++)
        g_ptr_array_add(turned, s->cells->pdata[low + (lead + i) % span]);
    g_list_store_splice(n->cells, low, span, turned->pdata, span);
}

void adj_ui_notebook_split(AdjUiNotebook *n, guint at, int offset)
{
    AdjUiCell *c = adj_ui_notebook_cell(n, at);
    if (!c) return;
    remember_cell(remember(n), c);
    g_autofree char *text = adj_ui_cell_text(c);
    char *middle = g_utf8_offset_to_pointer(text, CLAMP(offset, 0, g_utf8_strlen(text, -1)));
    g_autofree char *head = g_strndup(text, (gsize)(middle - text));
    if (g_str_has_suffix(head, "\n")) head[strlen(head) - 1] = '\0';
    g_autoptr(AdjUiCell) tail = adj_ui_cell_new(c->kind, *middle == '\n' ? middle + 1 : middle);
    adj_ui_cell_set_text(c, head);
    g_list_store_insert(n->cells, at + 1, tail);
}

void adj_ui_notebook_merge(AdjUiNotebook *n, guint at, guint count)
{
    if (count < 2 || at + count > adj_ui_notebook_count(n)) return;
    AdjUiCell *first = adj_ui_notebook_cell(n, at);
    Step *s = remember(n);
    remember_cell(s, first);
    GString *all = g_string_new(NULL);
    for (guint i = 0; i < count; i++) {
        g_autofree char *text = adj_ui_cell_text(adj_ui_notebook_cell(n, at + i));
        g_string_append_printf(all, "%s%s", i ? "\n" : "", text);
    }
    g_list_store_splice(n->cells, at + 1, count - 1, NULL, 0);
    adj_ui_cell_set_text(first, all->str);
    g_string_free(all, TRUE);
}

void adj_ui_notebook_set_kind(AdjUiNotebook *n, guint at, guint count, AdjUiCellKind kind)
{
    Step *s = remember(n);
    for (guint i = at; i < at + count; i++) {
        AdjUiCell *c = adj_ui_notebook_cell(n, i);
        if (!c || c->kind == kind) continue;
        remember_cell(s, c);
        adj_ui_cell_set_kind(c, kind);
        adj_ui_journal_cell(n->journal, n, c);
    }
    adj_ui_notebook_set_dirty(n, TRUE);
}

void adj_ui_notebook_set_heading(AdjUiNotebook *n, guint at, int level)
{
    AdjUiCell *c = adj_ui_notebook_cell(n, at);
    if (!c) return;
    remember_cell(remember(n), c);
    adj_ui_cell_set_kind(c, ADJ_UI_MARKDOWN);
    g_autofree char *text = adj_ui_cell_text(c);
    const char *rest = text + strspn(text, "#");
    g_autofree char *headed =
        g_strdup_printf("%.*s %s", level, "######", rest + strspn(rest, " "));
    adj_ui_cell_set_text(c, headed);
}

// -- the object -----------------------------------------------------------------------------

static void cell_changed(AdjUiCell *c, guint what, gpointer self)
{
    AdjUiNotebook *n = self;
    if (n->loading) return;
    if (what & ADJ_UI_CELL_TEXT) {
        adj_ui_journal_cell(n->journal, n, c);
        g_signal_emit(n, signals[EDITED], 0, c);
    }
    if (what & (ADJ_UI_CELL_TEXT | ADJ_UI_CELL_OUTPUTS | ADJ_UI_CELL_APPENDED))
        adj_ui_notebook_set_dirty(n, TRUE);
}

static void cells_changed(GListModel *m, guint at, guint removed, guint added, gpointer self)
{
    (void)removed;
    AdjUiNotebook *n = self;
    for (guint i = at; i < at + added; i++) {
        g_autoptr(AdjUiCell) c = g_list_model_get_item(m, i);
        g_signal_handlers_disconnect_by_func(c, cell_changed, n);
        g_signal_connect_object(c, "changed", G_CALLBACK(cell_changed), n, 0);
    }
    if (n->loading) return;
    adj_ui_journal_structure(n->journal, n);
    adj_ui_notebook_set_dirty(n, TRUE);
    g_signal_emit(n, signals[STRUCTURE], 0);
}

static void finalize(GObject *o)
{
    AdjUiNotebook *n = ADJ_UI_NOTEBOOK(o);
    adj_ui_journal_free(n->journal);
    g_queue_clear_full(&n->undo, step_free);
    g_queue_clear_full(&n->redo, step_free);
    g_object_unref(n->cells);
    g_clear_object(&n->file);
    g_clear_object(&n->origin);
    g_free(n->title);
    g_clear_pointer(&n->metadata, json_object_unref);
    G_OBJECT_CLASS(adj_ui_notebook_parent_class)->finalize(o);
}

static void adj_ui_notebook_class_init(AdjUiNotebookClass *class)
{
    GType type = ADJ_UI_TYPE_NOTEBOOK;
    G_OBJECT_CLASS(class)->finalize = finalize;
    signals[SAVED] =
        g_signal_new("saved", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[DIRTY] =
        g_signal_new("dirty", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[STRUCTURE] =
        g_signal_new("structure", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[EDITED] = g_signal_new("edited", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 1, ADJ_UI_TYPE_CELL);
}

static void adj_ui_notebook_init(AdjUiNotebook *n)
{
    n->cells = g_list_store_new(ADJ_UI_TYPE_CELL);
    g_signal_connect_object(n->cells, "items-changed", G_CALLBACK(cells_changed), n, 0);
}

AdjUiNotebook *adj_ui_notebook_new(void)
{
    AdjUiNotebook *n = g_object_new(ADJ_UI_TYPE_NOTEBOOK, NULL);
    g_autoptr(AdjUiCell) c = adj_ui_cell_new(ADJ_UI_CODE, "");
    g_list_store_append(n->cells, c);
    n->journal = adj_ui_journal_new(NULL);
    n->dirty = FALSE;
    return n;
}
