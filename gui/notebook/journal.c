// SPDX-License-Identifier: Apache-2.0
// journal.c: see journal.h. Consecutive changes of one cell are thinned in memory, not on disk:
// the text of a cell is written at most once per turn of the main loop, after the key press
// that changed it. When the file has grown to many times what it holds, it is written anew, and
// takes the place of the old one only when it is whole.
#include "notebook/journal.h"

#include "disk.h"

#include <glib/gstdio.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { COMPACT_BYTES = 8 << 20 };

// The disk's thread alone opens, writes and removes it.
struct AdjUiJournalFile {
    char *path;
    int fd;  // -1 until something is written
};

struct AdjUiJournal {
    AdjUiJournalFile *file;  // counted
    GHashTable *touched;     // of AdjUiCell: to write at the end of this turn
    AdjUiNotebook *notebook;
    gboolean reorder;
    guint flush;
    goffset written;    // since it was empty
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

static void file_clear(gpointer file)
{
    AdjUiJournalFile *f = file;
    if (f->fd >= 0) close(f->fd);
    g_free(f->path);
}

AdjUiJournal *adj_ui_journal_new(GFile *file)
{
    AdjUiJournal *j = g_new0(AdjUiJournal, 1);
    j->file = g_atomic_rc_box_new0(AdjUiJournalFile);
    *j->file = (AdjUiJournalFile){path_of(file), -1};
    j->touched = g_hash_table_new_full(NULL, NULL, g_object_unref, NULL);
    j->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return j;
}

// -- the disk's thread ------------------------------------------------------------------------

typedef struct {
    AdjUiJournalFile *file;  // counted
    GString *text;
} Writing;

static void writing_free(Writing *w)
{
    g_atomic_rc_box_release_full(w->file, file_clear);
    g_string_free(w->text, TRUE);
    g_free(w);
}

static gboolean open_file(AdjUiJournalFile *f)
{
    if (f->fd >= 0) return TRUE;
    g_autofree char *dir = g_path_get_dirname(f->path);
    g_mkdir_with_parents(dir, 0700);
    f->fd = g_open(f->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return f->fd >= 0;
}

static void append(gpointer writing)
{
    Writing *w = writing;
    const char *p = w->text->str, *end = p + w->text->len;
    while (p < end && open_file(w->file)) {
        gssize n = write(w->file->fd, p, (gsize)(end - p));
        if (n < 0 && errno != EINTR) break;
        if (n > 0) p += n;
    }
    writing_free(w);
}

static void close_file(AdjUiJournalFile *f)
{
    if (f->fd >= 0) close(f->fd);
    f->fd = -1;
}

static void replace(gpointer writing)
{
    Writing *w = writing;
    close_file(w->file);
    g_file_set_contents_full(w->file->path, w->text->str, (gssize)w->text->len,
                             G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
    writing_free(w);
}

static void empty(AdjUiJournalFile *f)
{
    close_file(f);
    g_unlink(f->path);
}

static void discard(gpointer file)
{
    empty(file);
    g_atomic_rc_box_release_full(file, file_clear);
}

void adj_ui_journal_saved(AdjUiJournalFile *f)
{
    discard(f);
}

void adj_ui_journal_unsaved(AdjUiJournalFile *f)
{
    g_atomic_rc_box_release_full(f, file_clear);
}

// -- what is to be written --------------------------------------------------------------------

static void put_object(GString *to, JsonObject *o)
{
    g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), o);
    g_autofree char *line = json_to_string(node, FALSE);
    g_string_append_printf(to, "%s\n", line);
}

static void put_cell(AdjUiJournal *j, GString *to, AdjUiCell *c)
{
    g_autofree char *text = adj_ui_cell_text(c);
    g_autoptr(JsonObject) o = json_object_new();
    json_object_set_string_member(o, "id", c->id);
    json_object_set_int_member(o, "kind", c->kind);
    json_object_set_string_member(o, "source", text);
    put_object(to, o);
    g_hash_table_add(j->known, g_strdup(c->id));
}

// The order, preceded by the text of every cell that the file on disk may not have.
static void put_order(AdjUiJournal *j, GString *to)
{
    JsonArray *ids = json_array_new();
    for (guint i = 0; i < adj_ui_notebook_count(j->notebook); i++) {
        AdjUiCell *c = adj_ui_notebook_cell(j->notebook, i);
        json_array_add_string_element(ids, c->id);
        if ((c->unsaved || !c->in_file) && !g_hash_table_contains(j->known, c->id))
            put_cell(j, to, c);
    }
    g_autoptr(JsonObject) o = json_object_new();
    json_object_set_array_member(o, "order", ids);
    put_object(to, o);
}

static gboolean flush(gpointer self)
{
    AdjUiJournal *j = self;
    j->flush = 0;
    gboolean anew = j->written > COMPACT_BYTES;
    Writing *w = g_new(Writing, 1);
    *w = (Writing){g_atomic_rc_box_acquire(j->file), g_string_new(NULL)};
    if (anew) {
        g_hash_table_remove_all(j->known);
        j->written = 0;
        j->reorder = TRUE;
    }
    GHashTableIter i;
    gpointer c;
    g_hash_table_iter_init(&i, j->touched);
    while (g_hash_table_iter_next(&i, &c, NULL)) put_cell(j, w->text, c);
    g_hash_table_remove_all(j->touched);
    if (j->reorder) put_order(j, w->text);
    j->reorder = FALSE;
    j->written += (goffset)w->text->len;
    adj_ui_disk(anew ? replace : append, NULL, w);
    return G_SOURCE_REMOVE;
}

static void flush_soon(AdjUiJournal *j)
{
    if (!j->flush) j->flush = g_idle_add_full(G_PRIORITY_HIGH_IDLE, flush, j, NULL);
}

void adj_ui_journal_cell(AdjUiJournal *j, AdjUiNotebook *n, AdjUiCell *c)
{
    if (!j) return;
    j->notebook = n;
    c->unsaved = TRUE;
    if (!g_hash_table_contains(j->touched, c)) g_hash_table_add(j->touched, g_object_ref(c));
    flush_soon(j);
}

void adj_ui_journal_structure(AdjUiJournal *j, AdjUiNotebook *n)
{
    if (!j) return;
    j->notebook = n;
    j->reorder = TRUE;
    flush_soon(j);
}

static void forget(AdjUiJournal *j)
{
    g_clear_handle_id(&j->flush, g_source_remove);
    g_hash_table_remove_all(j->touched);
    g_hash_table_remove_all(j->known);
    j->reorder = FALSE;
    j->written = 0;
}

void adj_ui_journal_flush(AdjUiJournal *j)
{
    if (!j || !j->flush) return;
    g_source_remove(j->flush);
    flush(j);
}

AdjUiJournalFile *adj_ui_journal_saving(AdjUiJournal *j)
{
    adj_ui_journal_flush(j);
    forget(j);
    return g_atomic_rc_box_acquire(j->file);
}

void adj_ui_journal_discard(AdjUiJournal *j)
{
    forget(j);
    adj_ui_disk(discard, NULL, g_atomic_rc_box_acquire(j->file));
}

static void let_go(gpointer file)
{
    g_atomic_rc_box_release_full(file, file_clear);
}

void adj_ui_journal_free(AdjUiJournal *j)
{
    if (!j) return;
    adj_ui_journal_flush(j);
    forget(j);
    adj_ui_disk(let_go, NULL, j->file);
    g_hash_table_unref(j->touched);
    g_hash_table_unref(j->known);
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
    c->unsaved = TRUE;
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

static void apply(Recovered *r, GPtrArray *cells)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    for (guint i = 0; i < r->order->len; i++) {
        gpointer c = g_hash_table_lookup(r->cells, r->order->pdata[i]);
        if (c) g_ptr_array_add(found, g_object_ref(c));
    }
    if (!found->len) return;
    g_ptr_array_set_size(cells, 0);
    for (guint i = 0; i < found->len; i++) g_ptr_array_add(cells, found->pdata[i]);
}

gboolean adj_ui_journal_read(const char *path, GPtrArray *cells)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL) || !*text) return FALSE;
    Recovered r = {.cells =
                       g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_object_unref),
                   .order = g_ptr_array_new_with_free_func(g_free)};
    for (guint i = 0; i < cells->len; i++) {
        AdjUiCell *c = cells->pdata[i];
        g_hash_table_insert(r.cells, c->id, g_object_ref(c));
        g_ptr_array_add(r.order, g_strdup(c->id));
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (int i = 0; lines[i]; i++)
        if (*lines[i]) take_line(&r, lines[i]);
    apply(&r, cells);
    g_ptr_array_unref(r.order);
    g_hash_table_unref(r.cells);
    return TRUE;
}

gboolean adj_ui_journal_recover(GFile *file, GPtrArray *cells)
{
    g_autofree char *path = path_of(file);
    return adj_ui_journal_read(path, cells);
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
