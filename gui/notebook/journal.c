// SPDX-License-Identifier: Apache-2.0
// journal.c: see journal.h. Consecutive changes of one cell are thinned in memory, not on disk:
// the text of a cell is written at most once per turn of the main loop, after the key press
// that changed it. When the file has grown to many times what it holds, it is written anew.
#include "notebook/journal.h"

#include <glib/gstdio.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { COMPACT_BYTES = 8 << 20 };

struct AdjUiJournal {
    char *path;
    int fd;               // -1 until something is written
    GHashTable *touched;  // of AdjUiCell: to write at the end of this turn
    AdjUiNotebook *reorder;
    guint flush;
    goffset written;
    GHashTable *known;  // ids of cells whose text is in the journal
};

static char *folder(void)
{
    return g_build_filename(g_get_user_state_dir(), "adjoint", "journal", NULL);
}

static char *path_of(GFile *file)
{
    g_autofree char *dir = folder();
    g_autofree char *name = NULL;
    if (file) {
        g_autofree char *uri = g_file_get_uri(file);
        g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, uri, -1);
        name = g_strdup_printf("%.24s.jsonl", sum);
    } else {
        g_autofree char *unique = g_uuid_string_random();
        name = g_strdup_printf("untitled-%d-%.8s.jsonl", (int)getpid(), unique);
    }
    return g_build_filename(dir, name, NULL);
}

AdjUiJournal *adj_ui_journal_new(GFile *file)
{
    AdjUiJournal *j = g_new0(AdjUiJournal, 1);
    j->path = path_of(file);
    j->fd = -1;
    j->touched = g_hash_table_new_full(NULL, NULL, g_object_unref, NULL);
    j->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return j;
}

// -- writing --------------------------------------------------------------------------------

static gboolean open_file(AdjUiJournal *j)
{
    if (j->fd >= 0) return TRUE;
    g_autofree char *dir = g_path_get_dirname(j->path);
    g_mkdir_with_parents(dir, 0700);
    j->fd = g_open(j->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return j->fd >= 0;
}

static void write_object(AdjUiJournal *j, JsonObject *o)
{
    g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), o);
    g_autofree char *line = json_to_string(node, FALSE);
    g_autofree char *ended = g_strconcat(line, "\n", NULL);
    gsize length = strlen(ended);
    if (open_file(j) && write(j->fd, ended, length) == (gssize)length)
        j->written += (goffset)length;
}

static void write_cell(AdjUiJournal *j, AdjUiCell *c)
{
    g_autofree char *text = adj_ui_cell_text(c);
    g_autoptr(JsonObject) o = json_object_new();
    json_object_set_string_member(o, "id", c->id);
    json_object_set_int_member(o, "kind", c->kind);
    json_object_set_string_member(o, "source", text);
    write_object(j, o);
    g_hash_table_add(j->known, g_strdup(c->id));
}

// The order, preceded by the text of every cell that the file on disk may not have.
static void write_order(AdjUiJournal *j, AdjUiNotebook *n)
{
    JsonArray *ids = json_array_new();
    for (guint i = 0; i < adj_ui_notebook_count(n); i++) {
        AdjUiCell *c = adj_ui_notebook_cell(n, i);
        json_array_add_string_element(ids, c->id);
        if (!c->in_file && !g_hash_table_contains(j->known, c->id)) write_cell(j, c);
    }
    g_autoptr(JsonObject) o = json_object_new();
    json_object_set_array_member(o, "order", ids);
    write_object(j, o);
}

static gboolean flush(gpointer self)
{
    AdjUiJournal *j = self;
    j->flush = 0;
    if (j->written > COMPACT_BYTES && j->reorder) {
        adj_ui_journal_empty(j);
        g_hash_table_remove_all(j->known);
    }
    GHashTableIter i;
    gpointer c;
    g_hash_table_iter_init(&i, j->touched);
    while (g_hash_table_iter_next(&i, &c, NULL)) write_cell(j, c);
    g_hash_table_remove_all(j->touched);
    if (j->reorder) write_order(j, j->reorder);
    j->reorder = NULL;
    return G_SOURCE_REMOVE;
}

static void flush_soon(AdjUiJournal *j)
{
    if (!j->flush) j->flush = g_idle_add_full(G_PRIORITY_HIGH_IDLE, flush, j, NULL);
}

void adj_ui_journal_cell(AdjUiJournal *j, AdjUiNotebook *n, AdjUiCell *c)
{
    if (!j) return;
    if (j->written > COMPACT_BYTES) adj_ui_journal_structure(j, n);
    if (!g_hash_table_contains(j->touched, c)) g_hash_table_add(j->touched, g_object_ref(c));
    flush_soon(j);
}

void adj_ui_journal_structure(AdjUiJournal *j, AdjUiNotebook *n)
{
    if (!j) return;
    j->reorder = n;
    flush_soon(j);
}

void adj_ui_journal_empty(AdjUiJournal *j)
{
    if (!j) return;
    g_hash_table_remove_all(j->touched);
    if (j->fd >= 0) close(j->fd);
    j->fd = -1;
    j->written = 0;
    g_unlink(j->path);
}

void adj_ui_journal_free(AdjUiJournal *j)
{
    if (!j) return;
    g_clear_handle_id(&j->flush, g_source_remove);
    if (j->fd >= 0) close(j->fd);
    g_hash_table_unref(j->touched);
    g_hash_table_unref(j->known);
    g_free(j->path);
    g_free(j);
}

// -- reading --------------------------------------------------------------------------------

typedef struct {
    GHashTable *cells;  // id -> AdjUiCell
    GPtrArray *order;   // of ids
} Recovered;

static void take_cell(Recovered *r, JsonObject *o, const char *id)
{
    const char *source = json_object_get_string_member_with_default(o, "source", "");
    gint64 kind = json_object_get_int_member_with_default(o, "kind", ADJ_UI_CODE);
    AdjUiCell *c = g_hash_table_lookup(r->cells, id);
    if (!c) {
        c = adj_ui_cell_new(ADJ_UI_CODE, "");
        g_free(c->id);
        c->id = g_strdup(id);
        g_hash_table_insert(r->cells, c->id, c);
    }
    adj_ui_cell_set_kind(c, (AdjUiCellKind)CLAMP(kind, ADJ_UI_CODE, ADJ_UI_RAW));
    adj_ui_cell_set_text(c, source ? source : "");
}

static void take_order(Recovered *r, JsonArray *ids)
{
    g_ptr_array_set_size(r->order, 0);
    for (guint i = 0; i < json_array_get_length(ids); i++)
        g_ptr_array_add(r->order, g_strdup(json_array_get_string_element(ids, i)));
}

// The last line may be torn: it is left out, and with it at most the last key press.
static void take_line(Recovered *r, const char *line)
{
    g_autoptr(JsonNode) node = json_from_string(line, NULL);
    if (!node || !JSON_NODE_HOLDS_OBJECT(node)) return;
    JsonObject *o = json_node_get_object(node);
    const char *id = json_object_get_string_member_with_default(o, "id", NULL);
    if (id) take_cell(r, o, id);
    if (json_object_has_member(o, "order"))
        take_order(r, json_object_get_array_member(o, "order"));
}

static void apply(Recovered *r, AdjUiNotebook *n)
{
    g_autoptr(GPtrArray) cells = g_ptr_array_new();
    for (guint i = 0; i < r->order->len; i++) {
        gpointer c = g_hash_table_lookup(r->cells, r->order->pdata[i]);
        if (c) g_ptr_array_add(cells, c);
    }
    if (cells->len)
        g_list_store_splice(n->cells, 0, adj_ui_notebook_count(n), cells->pdata, cells->len);
}

static gboolean recover(const char *path, AdjUiNotebook *n)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL) || !*text) return FALSE;
    Recovered r = {.cells =
                       g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_object_unref),
                   .order = g_ptr_array_new_with_free_func(g_free)};
    for (guint i = 0; i < adj_ui_notebook_count(n); i++) {
        AdjUiCell *c = adj_ui_notebook_cell(n, i);
        g_hash_table_insert(r.cells, c->id, g_object_ref(c));
        g_ptr_array_add(r.order, g_strdup(c->id));
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (int i = 0; lines[i]; i++)
        if (*lines[i]) take_line(&r, lines[i]);
    apply(&r, n);
    g_ptr_array_unref(r.order);
    g_hash_table_unref(r.cells);
    return TRUE;
}

gboolean adj_ui_journal_recover(GFile *file, AdjUiNotebook *n)
{
    g_autofree char *path = path_of(file);
    return recover(path, n);
}

static gboolean is_orphan(const char *name)
{
    int pid = 0;
    if (sscanf(name, "untitled-%d-", &pid) != 1 || pid <= 0) return FALSE;
    return pid != getpid() && kill(pid, 0) && errno == ESRCH;
}

GStrv adj_ui_journal_orphans(void)
{
    g_autofree char *dir = folder();
    g_autoptr(GDir) d = g_dir_open(dir, 0, NULL);
    g_autoptr(GStrvBuilder) found = g_strv_builder_new();
    const char *name;
    while (d && (name = g_dir_read_name(d))) {
        g_autofree char *path = g_build_filename(dir, name, NULL);
        if (is_orphan(name)) g_strv_builder_add(found, path);
    }
    return g_strv_builder_end(found);
}

gboolean adj_ui_journal_adopt(const char *path, AdjUiNotebook *n)
{
    g_autoptr(AdjUiNotebook) empty = adj_ui_notebook_new();
    g_list_store_remove_all(empty->cells);
    if (!recover(path, empty)) return FALSE;
    g_autoptr(GPtrArray) cells = g_ptr_array_new();
    for (guint i = 0; i < adj_ui_notebook_count(empty); i++)
        g_ptr_array_add(cells, adj_ui_notebook_cell(empty, i));
    if (!cells->len) return FALSE;
    g_list_store_splice(n->cells, 0, adj_ui_notebook_count(n), cells->pdata, cells->len);
    adj_ui_journal_structure(n->journal, n);
    g_unlink(path);
    return TRUE;
}
