// SPDX-License-Identifier: Apache-2.0
// sources.c: see sources.h. A kind of entry is a row: its name, its rank, how it is gone to.
// Commands, keys and panels come from the tables that make them work, so that nothing can be
// searched for that cannot be done.
#include "search/sources.h"

#include "search/help.h"
#include "session/reply.h"
#include "share/share.h"

#include <glib/gi18n.h>
#include <string.h>

enum { MOST_LINE = 200 };

typedef struct {
    guint8 kind;
    const char *title, *detail, *keys;  // in the chunk
    const char *target;                 // what [go] of the kind reads, in the chunk, or NULL
    gint64 number, start, end;
} Entry;

struct AdjUiSources {
    GtkWidget *window;
    AdjUiPage *page;  // or NULL
    AdjUiSearch *search;
    GArray *entries;  // of Entry
    GStringChunk *chunk;
    GCancellable *cancel;
    GObject *life;  // ends with the sources: answers that come later find nobody
    void (*grown)(gpointer self);
    gpointer self;
};

// -- going --------------------------------------------------------------------------------

static void go_command(AdjUiSources *s, const Entry *e)
{
    g_action_group_activate_action(G_ACTION_GROUP(s->page->actions), e->target, NULL);
}

static void go_action(AdjUiSources *s, const Entry *e)
{
    g_autofree char *name = NULL;
    g_autoptr(GVariant) target = NULL;
    if (g_action_parse_detailed_name(e->target, &name, &target, NULL))
        gtk_widget_activate_action_variant(s->window, name, target);
}

static void go_file(AdjUiSources *s, const Entry *e)
{
    gtk_widget_activate_action(s->window, "win.open-uri", "s", e->target);
}

static void go_cell(AdjUiSources *s, const Entry *e)
{
    AdjUiCell *c = adj_ui_notebook_find(s->page->notebook, e->target);
    if (!c) return;
    GtkTextBuffer *b = GTK_TEXT_BUFFER(adj_ui_cell_buffer(c));
    GtkTextIter at;
    gtk_text_buffer_get_iter_at_line(b, &at, (int)e->number);
    gtk_text_buffer_place_cursor(b, &at);
    adj_ui_page_go_cell(s->page, c, c->kind == ADJ_UI_CODE);
}

static void show_panel(AdjUiSources *s, const char *name)
{
    gtk_widget_activate_action(s->window, "win.panel", "s", name);
}

static void go_value(AdjUiSources *s, const Entry *e)
{
    AdjUiSelection what = ADJ_UI_SELECTION_NONE;
    what.value = (char *)e->target;
    if (!e->number) what.module = (char *)e->target;
    what.from = s->window;
    show_panel(s, e->number ? "tensor" : "tape");
    adj_ui_model_select(s->page->model, &what);
}

static void go_module(AdjUiSources *s, const Entry *e)
{
    AdjUiSelection what = ADJ_UI_SELECTION_NONE;
    what.module = (char *)e->target;
    what.value = (char *)e->target;
    what.from = s->window;
    gtk_widget_set_visible(s->page->navigator, TRUE);
    adj_ui_model_select(s->page->model, &what);
}

static void go_op(AdjUiSources *s, const Entry *e)
{
    AdjUiSelection what = ADJ_UI_SELECTION_NONE;
    what.module = (char *)e->target;
    what.node = e->number >> 20;
    what.run = (int)(e->number & 0xfffff);
    if (!what.run) what.run = ADJ_UI_NONE;
    what.start = (int)e->start;
    what.end = (int)e->end;
    what.from = s->window;
    show_panel(s, "tape");
    adj_ui_model_select(s->page->model, &what);
}

static void go_help(AdjUiSources *s, const Entry *e)
{
    adj_ui_help_open(s->window, s->page->model, e->target);
}

enum { COMMAND, PANEL, ACTION, VARIABLE, MODULE, CELL, FILES, SAMPLE, HELP, OP };

static const struct {
    const char *name;
    int rank;
    void (*go)(AdjUiSources *s, const Entry *e);
} kinds[] = {
    [COMMAND] = {N_("command"), 0, go_command}, [PANEL] = {N_("panel"), 0, go_action},
    [ACTION] = {N_("window"), 1, go_action},    [VARIABLE] = {N_("variable"), 3, go_value},
    [MODULE] = {N_("module"), 3, go_module},    [CELL] = {N_("cell"), 5, go_cell},
    [FILES] = {N_("file"), 7, go_file},         [SAMPLE] = {N_("sample"), 8, go_file},
    [HELP] = {N_("help"), 9, go_help},          [OP] = {N_("operation"), 6, go_op}};

// -- adding -------------------------------------------------------------------------------

static Entry *add(AdjUiSources *s, int kind, const char *title, const char *detail)
{
    Entry e = {.kind = (guint8)kind,
               .title = g_string_chunk_insert(s->chunk, title),
               .detail = g_string_chunk_insert(s->chunk, detail ? detail : ""),
               .keys = "",
               .start = ADJ_UI_NONE,
               .end = ADJ_UI_NONE};
    adj_ui_search_add(s->search, title, detail ? detail : "", kinds[kind].rank);
    g_array_append_val(s->entries, e);
    return &g_array_index(s->entries, Entry, s->entries->len - 1);
}

// A command of the notebook that has a key of the window too.
static gboolean is_command(const char *title)
{
    for (const AdjUiCommand *k = adj_ui_commands; k->name; k++)
        if (g_str_equal(k->title, title)) return TRUE;
    return FALSE;
}

static void add_commands(AdjUiSources *s)
{
    for (const AdjUiCommand *k = adj_ui_commands; s->page && k->name; k++) {
        Entry *e = add(s, COMMAND, _(k->title), _(k->text));
        e->keys = *k->keys ? k->keys : k->command_keys;
        e->target = k->name;
    }
    for (const AdjUiAccel *k = adj_ui_accels; k->action; k++) {
        if (s->page && is_command(k->title)) continue;
        Entry *e = add(s, ACTION, _(k->title), _(k->group));
        e->keys = k->keys;
        e->target = k->action;
    }
}

static void add_panels(AdjUiSources *s)
{
    for (int i = 0; s->page && adj_ui_panels[i]; i++) {
        const AdjUiPanel *row = adj_ui_panels[i];
        g_autofree char *action = g_strdup_printf("win.panel::%s", row->name);
        Entry *e = add(s, PANEL, _(row->title), _(row->text));
        e->keys = row->shortcut;
        e->target = g_string_chunk_insert(s->chunk, action);
        for (const AdjUiFormat *f = adj_ui_formats; f->name; f++) {
            if (!f->can(row)) continue;
            g_autofree char *title =
                g_strdup_printf(_("Export %s: %s"), _(row->title), _(f->title));
            g_autofree char *export =
                g_strdup_printf("win.export-panel('%s %s')", row->name, f->name);
            add(s, ACTION, title, "")->target = g_string_chunk_insert(s->chunk, export);
        }
    }
}

static void add_cells(AdjUiSources *s)
{
    guint count = s->page ? adj_ui_notebook_count(s->page->notebook) : 0;
    for (guint i = 0; i < count; i++) {
        AdjUiCell *c = adj_ui_notebook_cell(s->page->notebook, i);
        g_autofree char *text = adj_ui_cell_text(c);
        const char *id = g_string_chunk_insert_const(s->chunk, c->id), *line = text;
        g_autofree char *where = g_strdup_printf(_("cell %u"), i + 1);
        for (int k = 0; *line; k++) {
            size_t n = strcspn(line, "\n"), skip = strspn(line, " \t#");
            if (skip < n) {
                const char *end = g_utf8_find_prev_char(line, line + MIN(n, MOST_LINE) + 1);
                g_autofree char *shown = g_strndup(
                    line + skip, n <= MOST_LINE ? n - skip : (gsize)MAX(end - line, 1));
                Entry *e = add(s, CELL, shown, where);
                e->target = id;
                e->number = k;
            }
            line += n + (line[n] == '\n');
        }
    }
}

static void add_samples_in(AdjUiSources *s, const char *folder, int depth)
{
    g_autoptr(GDir) d = g_dir_open(folder, 0, NULL);
    const char *name;
    while (d && (name = g_dir_read_name(d))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (depth && g_file_test(path, G_FILE_TEST_IS_DIR)) add_samples_in(s, path, depth - 1);
        if (!g_str_has_suffix(name, ".adj") && !g_str_has_suffix(name, ".ipynb")) continue;
        g_autofree char *uri = g_filename_to_uri(path, NULL, NULL);
        g_autofree char *display = g_filename_display_name(name);
        add(s, SAMPLE, display, _("from the library"))->target =
            g_string_chunk_insert(s->chunk, uri);
    }
}

// -- what is asked for --------------------------------------------------------------------

static void take_variables(gpointer self, JsonObject *reply, const char *error)
{
    AdjUiSources *s = self;
    JsonArray *list = error ? NULL : adj_ui_reply_array(reply, "variables");
    for (guint i = 0; i < adj_ui_reply_length(list); i++) {
        JsonObject *o = adj_ui_reply_object_at(list, i);
        Entry *e = add(s, VARIABLE, adj_ui_reply_text(o, "name", ""),
                       adj_ui_reply_text(o, "preview", ""));
        e->target = e->title;
        e->number = json_object_has_member(o, "shape");
    }
    s->grown(s->self);
}

static void take_modules(gpointer self, JsonObject *reply, const char *error)
{
    AdjUiSources *s = self;
    JsonArray *list = error ? NULL : adj_ui_reply_array(reply, "modules");
    for (guint i = 0; i < adj_ui_reply_length(list); i++) {
        JsonObject *o = adj_ui_reply_object_at(list, i);
        Entry *e =
            add(s, MODULE, adj_ui_reply_text(o, "path", ""), adj_ui_reply_text(o, "line", ""));
        e->target = e->title;
        JsonArray *own = adj_ui_reply_array(o, "tensors");
        for (guint k = 0; k < adj_ui_reply_length(own); k++) {
            JsonObject *t = adj_ui_reply_object_at(own, k);
            Entry *v = add(s, VARIABLE, adj_ui_reply_text(t, "path", ""),
                           adj_ui_reply_text(t, "kind", ""));
            v->target = v->title;
            v->number = 1;
        }
    }
    s->grown(s->self);
}

static void take_trace(gpointer self, JsonObject *reply, const char *error)
{
    AdjUiSources *s = self;
    JsonArray *list = error ? NULL : adj_ui_reply_array(reply, "ops");
    for (guint i = 0; i < adj_ui_reply_length(list); i++) {
        JsonObject *o = adj_ui_reply_object_at(list, i), *at = adj_ui_reply_object(o, "where");
        const char *module = adj_ui_reply_text(o, "module", "");
        const char *source = adj_ui_reply_text(at, "source", "");
        g_autofree char *title =
            g_strdup_printf("%s  #%" G_GINT64_FORMAT, adj_ui_reply_text(o, "op", ""),
                            adj_ui_reply_integer(o, "index", i));
        g_autofree char *detail =
            g_strjoin("  ", module, adj_ui_reply_text(at, "text", ""), source, NULL);
        Entry *e = add(s, OP, title, g_strstrip(detail));
        gint64 run =
            g_str_has_prefix(source, "cell ") ? g_ascii_strtoll(source + 5, NULL, 10) : 0;
        e->target = g_string_chunk_insert_const(s->chunk, module);
        e->number = adj_ui_reply_integer(o, "index", i) << 20 | (run & 0xfffff);
        e->start = adj_ui_reply_integer(at, "start", ADJ_UI_NONE);
        e->end = adj_ui_reply_integer(at, "end", ADJ_UI_NONE);
    }
    s->grown(s->self);
}

static void take_names(gpointer self, const char *const *names)
{
    AdjUiSources *s = self;
    for (int i = 0; names[i]; i++) {
        Entry *e = add(s, HELP, names[i], "");
        e->target = e->title;
    }
    s->grown(s->self);
}

static void take_files(GObject *files, GAsyncResult *result, gpointer self)
{
    g_autoptr(GError) error = NULL;
    GList *infos =
        g_file_enumerator_next_files_finish(G_FILE_ENUMERATOR(files), result, &error);
    if (error) return;  // most often: the search was closed
    AdjUiSources *s = self;
    for (GList *l = infos; l; l = l->next) {
        const char *name = g_file_info_get_name(l->data);
        if (!g_str_has_suffix(name, ".ipynb") && !g_str_has_suffix(name, ".adj") &&
            !g_str_has_suffix(name, ".py"))
            continue;
        g_autoptr(GFile) file = g_file_enumerator_get_child(G_FILE_ENUMERATOR(files), l->data);
        g_autofree char *uri = g_file_get_uri(file);
        add(s, FILES, g_file_info_get_display_name(l->data), _("beside the notebook"))->target =
            g_string_chunk_insert(s->chunk, uri);
    }
    g_list_free_full(infos, g_object_unref);
    s->grown(s->self);
}

static void take_folder(GObject *folder, GAsyncResult *result, gpointer self)
{
    enum { MOST_FILES = 5000 };
    g_autoptr(GError) error = NULL;
    g_autoptr(GFileEnumerator) files =
        g_file_enumerate_children_finish(G_FILE(folder), result, &error);
    if (!files) return;
    AdjUiSources *s = self;
    g_file_enumerator_next_files_async(files, MOST_FILES, G_PRIORITY_DEFAULT, s->cancel,
                                       take_files, s);
}

static void ask(AdjUiSources *s)
{
    AdjUiModel *m = s->page->model;
    GFile *file = s->page->notebook->file;
    g_autoptr(GFile) folder = file ? g_file_get_parent(file) : NULL;
    if (folder)
        g_file_enumerate_children_async(folder, "standard::name,standard::display-name",
                                        G_FILE_QUERY_INFO_NONE, G_PRIORITY_DEFAULT, s->cancel,
                                        take_folder, s);
    if (adj_ui_model_state(m) == ADJ_UI_ABSENT) return;
    adj_ui_model_ask(m, "variables", NULL, take_variables, s, s->life);
    adj_ui_model_ask(m, "modules", NULL, take_modules, s, s->life);
    adj_ui_model_ask(m, "trace", NULL, take_trace, s, s->life);
    adj_ui_help_names(m, take_names, s, s->life);
}

// -- the whole ----------------------------------------------------------------------------

AdjUiSources *adj_ui_sources_new(GtkWidget *window, void (*grown)(gpointer self), gpointer self)
{
    AdjUiSources *s = g_new0(AdjUiSources, 1);
    s->window = window;
    s->page = adj_ui_window_page(window);
    s->grown = grown;
    s->self = self;
    s->search = adj_ui_search_new();
    s->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    s->chunk = g_string_chunk_new(16384);
    s->cancel = g_cancellable_new();
    s->life = g_object_new(G_TYPE_OBJECT, NULL);
    add_commands(s);
    add_panels(s);
    add_cells(s);
    g_autofree char *folder = adj_ui_samples_folder();
    add_samples_in(s, folder, 1);
    if (s->page) ask(s);
    return s;
}

void adj_ui_sources_free(AdjUiSources *s)
{
    g_cancellable_cancel(s->cancel);
    g_object_unref(s->cancel);
    g_object_unref(s->life);
    adj_ui_search_free(s->search);
    g_array_unref(s->entries);
    g_string_chunk_free(s->chunk);
    g_free(s);
}

AdjUiSearch *adj_ui_sources_search(AdjUiSources *s)
{
    return s->search;
}

// The first of several keys, as a menu would write it; "d,d" is one key after the other.
static char *key_label(const char *keys)
{
    guint key;
    GdkModifierType held;
    g_auto(GStrv) each = g_strsplit(keys, " ", -1);
    if (!each[0] || !*each[0]) return NULL;
    if (strchr(each[0], ',')) return g_strdup_printf("%c, %c", each[0][0], each[0][2]);
    return gtk_accelerator_parse(each[0], &key, &held) ? gtk_accelerator_get_label(key, held)
                                                       : NULL;
}

AdjUiEntry adj_ui_sources_entry(AdjUiSources *s, int32_t i)
{
    const Entry *e = &g_array_index(s->entries, Entry, i);
    return (AdjUiEntry){e->title, e->detail, _(kinds[e->kind].name), key_label(e->keys)};
}

void adj_ui_sources_go(AdjUiSources *s, int32_t i)
{
    const Entry *e = &g_array_index(s->entries, Entry, i);
    kinds[e->kind].go(s, e);
}
