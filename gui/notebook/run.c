// SPDX-License-Identifier: Apache-2.0
// run.c: cells go to the session and what comes back goes to the cells.
//
// A run holds its cell and outlives any change of the notebook's order. Everything the session
// says about it arrives at one handler, in the order of Jupyter's messages. Which cells are
// stale is decided by names: when a cell has run, those below it that ran before and read a
// name it binds no longer show what their source says.
#include "notebook/depend.h"
#include "notebook/page.h"
#include "session/client.h"

#include <adwaita.h>
#include <glib/gi18n.h>

typedef struct {
    AdjUiPage *page;
    AdjUiCell *cell;
} Run;

static const char *string_of(JsonObject *o, const char *name)
{
    const char *s = json_object_get_string_member_with_default(o, name, "");
    return s ? s : "";
}

static JsonObject *object_of(JsonObject *o, const char *name)
{
    JsonNode *n = json_object_get_member(o, name);
    return n && JSON_NODE_HOLDS_OBJECT(n) ? json_node_get_object(n) : NULL;
}

// -- outputs --------------------------------------------------------------------------------

static AdjUiOutput *bundle(AdjUiOutputKind kind, JsonObject *content)
{
    AdjUiOutput *o = adj_ui_output_new(kind);
    JsonObject *data = object_of(content, "data"), *metadata = object_of(content, "metadata");
    JsonObject *transient = object_of(content, "transient");
    o->data = data ? json_object_ref(data) : json_object_new();
    o->metadata = metadata ? json_object_ref(metadata) : NULL;
    if (transient && *string_of(transient, "display_id"))
        o->display_id = g_strdup(string_of(transient, "display_id"));
    if (kind == ADJ_UI_RESULT)
        o->count = (int)json_object_get_int_member_with_default(content, "execution_count", 0);
    return o;
}

static AdjUiOutput *other_bundle(const AdjUiOutput *old, JsonObject *content)
{
    AdjUiOutput *o = bundle(old->kind, content);
    o->count = old->count;
    g_free(o->display_id);
    o->display_id = g_strdup(old->display_id);
    return o;
}

// Every output of that name, in any cell, is replaced.
static void update_display(AdjUiPage *p, JsonObject *content)
{
    JsonObject *transient = object_of(content, "transient");
    const char *id = transient ? string_of(transient, "display_id") : "";
    for (guint i = 0; *id && i < adj_ui_notebook_count(p->notebook); i++) {
        AdjUiCell *c = adj_ui_notebook_cell(p->notebook, i);
        gboolean found = FALSE;
        for (guint k = 0; k < c->outputs->len; k++) {
            AdjUiOutput *o = c->outputs->pdata[k];
            if (g_strcmp0(o->display_id, id)) continue;
            c->outputs->pdata[k] = other_bundle(o, content);
            adj_ui_output_free(o);
            found = TRUE;
        }
        if (found) adj_ui_cell_changed(c, ADJ_UI_CELL_OUTPUTS);
    }
}

static void add_error(AdjUiCell *c, JsonObject *content)
{
    AdjUiOutput *o = adj_ui_output_new(ADJ_UI_ERROR);
    o->name = g_strdup(string_of(content, "ename"));
    g_string_append(o->text, string_of(content, "evalue"));
    g_autoptr(GStrvBuilder) lines = g_strv_builder_new();
    JsonNode *n = json_object_get_member(content, "traceback");
    JsonArray *a = n && JSON_NODE_HOLDS_ARRAY(n) ? json_node_get_array(n) : NULL;
    for (guint i = 0; a && i < json_array_get_length(a); i++)
        g_strv_builder_add(lines, json_array_get_string_element(a, i));
    o->traceback = g_strv_builder_end(lines);
    c->failed = TRUE;
    adj_ui_cell_add_output(c, o);
}

static void take_output(AdjUiCell *c, const char *type, JsonObject *content)
{
    if (g_str_equal(type, "stream"))
        adj_ui_cell_add_stream(c, string_of(content, "name"), string_of(content, "text"));
    else if (g_str_equal(type, "display_data"))
        adj_ui_cell_add_output(c, bundle(ADJ_UI_DISPLAY, content));
    else if (g_str_equal(type, "execute_result"))
        adj_ui_cell_add_output(c, bundle(ADJ_UI_RESULT, content));
    else if (g_str_equal(type, "error"))
        add_error(c, content);
    else if (g_str_equal(type, "clear_output")) {
        if (json_object_get_boolean_member_with_default(content, "wait", FALSE))
            c->clear_next = TRUE;
        else
            adj_ui_cell_clear_outputs(c);
    }
}

// -- stale cells ----------------------------------------------------------------------------

static void mark_dependents(AdjUiPage *p, AdjUiCell *c)
{
    int at = adj_ui_notebook_index(p->notebook, c);
    if (at < 0) return;
    g_autofree char *text = adj_ui_cell_text(c);
    g_autoptr(GHashTable) bound = adj_ui_names_bound(text);
    for (guint i = (guint)at + 1; i < adj_ui_notebook_count(p->notebook); i++) {
        AdjUiCell *below = adj_ui_notebook_cell(p->notebook, i);
        if (below->kind != ADJ_UI_CODE || !below->ran_text || below->stale ||
            below->run != ADJ_UI_CELL_CALM || below->ran_serial > c->ran_serial)
            continue;
        g_autofree char *source = adj_ui_cell_text(below);
        if (!adj_ui_reads_any(source, bound)) continue;
        below->stale = TRUE;
        adj_ui_cell_changed(below, ADJ_UI_CELL_STATUS);
    }
}

void adj_ui_page_mark_all_stale(AdjUiPage *p)
{
    for (guint i = 0; i < adj_ui_notebook_count(p->notebook); i++) {
        AdjUiCell *c = adj_ui_notebook_cell(p->notebook, i);
        if (c->kind != ADJ_UI_CODE || (!c->count && !c->ran_text)) continue;
        c->stale = TRUE;
        adj_ui_cell_changed(c, ADJ_UI_CELL_STATUS);
    }
}

// -- one run --------------------------------------------------------------------------------

static void run_over(Run *r)
{
    AdjUiCell *c = r->cell;
    gboolean ran = c->run == ADJ_UI_CELL_RUNNING;
    if (ran) c->took = g_get_monotonic_time() - c->started;
    c->run = ADJ_UI_CELL_CALM;
    if (ran) mark_dependents(r->page, c);
    adj_ui_cell_changed(c, ADJ_UI_CELL_STATUS);
    g_ptr_array_remove_fast(r->page->runs, r);
    g_object_unref(c);
    g_free(r);
}

void adj_ui_page_forget_runs(AdjUiPage *p)
{
    for (guint i = 0; i < p->runs->len; i++) {
        Run *r = p->runs->pdata[i];
        adj_ui_client_forget(adj_ui_model_client(p->model), r);
        g_object_unref(r->cell);
        g_free(r);
    }
    g_ptr_array_set_size(p->runs, 0);
}

static void started(Run *r, JsonObject *content)
{
    AdjUiCell *c = r->cell;
    c->run = ADJ_UI_CELL_RUNNING;
    c->started = g_get_monotonic_time();
    c->count = (int)json_object_get_int_member_with_default(content, "execution_count", 0);
    g_free(c->ran_text);
    c->ran_text = adj_ui_cell_text(c);
    c->ran_serial = ++r->page->notebook->serial;
    c->stale = FALSE;
    adj_ui_cell_changed(c, ADJ_UI_CELL_STATUS);
}

// The help of `x?` comes as a page to show.
static void show_pages(AdjUiCell *c, JsonObject *content)
{
    JsonNode *n = json_object_get_member(content, "payload");
    JsonArray *a = n && JSON_NODE_HOLDS_ARRAY(n) ? json_node_get_array(n) : NULL;
    for (guint i = 0; a && i < json_array_get_length(a); i++) {
        JsonNode *item = json_array_get_element(a, i);
        if (!JSON_NODE_HOLDS_OBJECT(item)) continue;
        JsonObject *o = json_node_get_object(item);
        if (g_str_equal(string_of(o, "source"), "page"))
            adj_ui_cell_add_output(c, bundle(ADJ_UI_DISPLAY, o));
    }
}

static void handle(gpointer self, const AdjUiMessage *m)
{
    Run *r = self;
    if (!m) {
        run_over(r);
        return;
    }
    const char *type = adj_ui_message_type(m);
    if (g_str_equal(type, "execute_input"))
        started(r, m->content);
    else if (g_str_equal(type, "execute_reply"))
        show_pages(r->cell, m->content);
    else
        take_output(r->cell, type, m->content);
}

static Run *run_of(AdjUiPage *p, AdjUiCell *c)
{
    Run *r = g_new(Run, 1);
    *r = (Run){p, g_object_ref(c)};
    g_ptr_array_add(p->runs, r);
    return r;
}

void adj_ui_page_follow(AdjUiPage *p, AdjUiCell *c, const char *request)
{
    adj_ui_client_follow(adj_ui_model_client(p->model), request, handle, run_of(p, c));
}

static void send_run(AdjUiPage *p, AdjUiCell *c, const char *text)
{
    Run *r = run_of(p, c);
    JsonObject *content = json_object_new();
    json_object_set_string_member(content, "code", text);
    json_object_set_boolean_member(content, "silent", FALSE);
    json_object_set_boolean_member(content, "store_history", TRUE);
    json_object_set_object_member(content, "user_expressions", json_object_new());
    json_object_set_boolean_member(content, "allow_stdin", TRUE);
    json_object_set_boolean_member(content, "stop_on_error", TRUE);
    c->run = ADJ_UI_CELL_QUEUED;
    c->failed = FALSE;
    adj_ui_cell_clear_outputs(c);
    adj_ui_cell_changed(c, ADJ_UI_CELL_STATUS);
    AdjUiClient *client = adj_ui_model_client(p->model);
    if (adj_ui_client_execute(client, content, c->id, handle, r)) return;
    run_over(r);
    adj_ui_page_tell(p, _("There is no session to run it"));
}

void adj_ui_page_run(AdjUiPage *p, AdjUiCell *c)
{
    if (c->kind == ADJ_UI_MARKDOWN && c->editing) {
        c->editing = FALSE;
        adj_ui_cell_changed(c, ADJ_UI_CELL_STATUS);
        adj_ui_page_refold(p);
    }
    if (c->kind != ADJ_UI_CODE || c->run != ADJ_UI_CELL_CALM) return;
    AdjUiState state = adj_ui_model_state(p->model);
    if (state == ADJ_UI_ABSENT) adj_ui_page_start_session(p);
    g_autofree char *text = adj_ui_cell_text(c);
    send_run(p, c, text);
}

void adj_ui_page_published(AdjUiPage *p, gconstpointer message)
{
    const AdjUiMessage *m = message;
    const char *type = adj_ui_message_type(m);
    if (g_str_equal(type, "update_display_data")) update_display(p, m->content);
    AdjUiClient *client = adj_ui_model_client(p->model);
    const char *request = adj_ui_message_parent(m);
    if (g_str_equal(type, "execute_input") && *request && !adj_ui_client_knows(client, request))
        adj_ui_page_rejoin(
            p, json_object_get_int_member_with_default(m->content, "execution_count", 0));
}

// -- input ----------------------------------------------------------------------------------

static void answered_input(AdwMessageDialog *d, const char *response, gpointer root)
{
    AdjUiPage *p = adj_ui_page_of(root);
    AdjUiClient *client = adj_ui_model_client(p->model);
    GtkEditable *entry = GTK_EDITABLE(adw_message_dialog_get_extra_child(d));
    if (g_str_equal(response, "answer"))
        adj_ui_client_answer_input(client, g_object_get_data(G_OBJECT(d), "question"),
                                   gtk_editable_get_text(entry));
    else
        adj_ui_client_interrupt(client);
}

void adj_ui_page_ask_input(AdjUiPage *p, gconstpointer message)
{
    const AdjUiMessage *m = message;
    const char *prompt = string_of(m->content, "prompt");
    gboolean secret =
        json_object_get_boolean_member_with_default(m->content, "password", FALSE);
    GtkWidget *d = adw_message_dialog_new(GTK_WINDOW(gtk_widget_get_root(p->root)),
                                          _("The Program Asks"), prompt);
    GtkWidget *entry = gtk_entry_new();
    gtk_entry_set_visibility(GTK_ENTRY(entry), !secret);
    gtk_entry_set_activates_default(GTK_ENTRY(entry), TRUE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   *prompt ? prompt : _("Answer"), -1);
    adw_message_dialog_set_extra_child(ADW_MESSAGE_DIALOG(d), entry);
    adw_message_dialog_add_responses(ADW_MESSAGE_DIALOG(d), "stop", _("_Interrupt"), "answer",
                                     _("_Answer"), NULL);
    adw_message_dialog_set_default_response(ADW_MESSAGE_DIALOG(d), "answer");
    adw_message_dialog_set_close_response(ADW_MESSAGE_DIALOG(d), "stop");
    adw_message_dialog_set_response_appearance(ADW_MESSAGE_DIALOG(d), "answer",
                                               ADW_RESPONSE_SUGGESTED);
    g_object_set_data_full(G_OBJECT(d), "question", json_object_ref(m->header),
                           (GDestroyNotify)json_object_unref);
    g_signal_connect_object(d, "response", G_CALLBACK(answered_input), p->root, 0);
    gtk_window_present(GTK_WINDOW(d));
    gtk_widget_grab_focus(entry);
}

// -- sessions -------------------------------------------------------------------------------

static char *folder_of(AdjUiPage *p)
{
    g_autoptr(GFile) parent = p->notebook->file ? g_file_get_parent(p->notebook->file) : NULL;
    char *path = parent ? g_file_get_path(parent) : NULL;
    return path ? path : g_get_current_dir();
}

void adj_ui_page_start_session(AdjUiPage *p)
{
    g_autofree char *folder = folder_of(p);
    g_autofree char *path = p->notebook->file ? g_file_get_path(p->notebook->file) : NULL;
    g_autoptr(GError) error = NULL;
    AdjUiClient *client = adj_ui_model_client(p->model);
    if (!adj_ui_client_start(client, folder, path, &error))
        adj_ui_page_tell(p, error->message);
    else if (adj_ui_client_attached(client))
        adj_ui_page_tell(p, _("Connected to the session that was running already"));
}

void adj_ui_page_attach(AdjUiPage *p, const char *connection_file)
{
    g_autoptr(GError) error = NULL;
    if (!adj_ui_client_attach(adj_ui_model_client(p->model), connection_file, &error))
        adj_ui_page_tell(p, error->message);
}

void adj_ui_page_restart(AdjUiPage *p)
{
    g_autoptr(GError) error = NULL;
    adj_ui_page_mark_all_stale(p);
    AdjUiClient *client = adj_ui_model_client(p->model);
    if (adj_ui_client_state(client) == ADJ_UI_ABSENT)
        adj_ui_page_start_session(p);
    else if (!adj_ui_client_restart(client, &error))
        adj_ui_page_tell(p, error->message);
}
