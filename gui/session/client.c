// SPDX-License-Identifier: Apache-2.0
// client.c: see client.h. A request is over when its reply and its idle have both come, in
// either order; iopub and shell are different sockets and keep no order between them. A new
// session is connected when it has answered kernel_info on shell and something was heard on
// iopub: before that, what it publishes would be lost.
#include "session/client.h"

#include "session/note.h"

#include <glib/gi18n.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { NUDGE_MS = 100, KILL_AFTER_MS = 2000, WATCH_MS = 1000 };

typedef struct {
    char *id;
    AdjUiReply reply;
    gpointer self;
    gboolean replied, idle;
} Request;

// A request made before the session was connected.
typedef struct {
    AdjUiChannel channel;
    char *type, *id;
    JsonObject *content, *metadata;  // the latter may be NULL
} Held;

struct AdjUiClient {
    AdjUiClientEvents on;
    AdjUiWire *wire;
    AdjUiNote *note;  // what the runtime folder says of the session
    char *folder, *notebook;
    AdjUiState state;
    gboolean attached, replaced, shell_heard, iopub_heard, connected;
    guint nudge, child_watch, watch;
    GHashTable *requests;  // id -> Request
    GQueue held;           // of Held, sent in order once connected
};

static void request_free(gpointer p)
{
    Request *r = p;
    g_free(r->id);
    g_free(r);
}

static void held_free(gpointer p)
{
    Held *h = p;
    g_free(h->type);
    g_free(h->id);
    if (h->content) json_object_unref(h->content);
    if (h->metadata) json_object_unref(h->metadata);
    g_free(h);
}

static void set_state(AdjUiClient *c, AdjUiState state)
{
    if (c->state == state) return;
    c->state = state;
    c->on.state(c->on.self, state);
}

AdjUiClient *adj_ui_client_new(const AdjUiClientEvents *events)
{
    AdjUiClient *c = g_new0(AdjUiClient, 1);
    c->on = *events;
    c->requests = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, request_free);
    return c;
}

AdjUiState adj_ui_client_state(AdjUiClient *c)
{
    return c->state;
}

gboolean adj_ui_client_attached(AdjUiClient *c)
{
    return c->attached;
}

gboolean adj_ui_client_replaced(AdjUiClient *c)
{
    return c->replaced;
}

GPid adj_ui_client_pid(AdjUiClient *c)
{
    return c->note ? c->note->pid : 0;
}

// -- requests -----------------------------------------------------------------------------

// What is published before our ear is open would be lost, so nothing is asked before that.
static void send_or_hold(AdjUiClient *c, AdjUiChannel channel, const char *type, const char *id,
                         JsonObject *content, JsonObject *metadata)
{
    if (c->connected) {
        adj_ui_wire_send(c->wire, channel, type, id, content, metadata, NULL);
        return;
    }
    Held *h = g_new(Held, 1);
    *h = (Held){channel, g_strdup(type), g_strdup(id), content,
                metadata ? json_object_ref(metadata) : NULL};
    g_queue_push_tail(&c->held, h);
}

static void send_held(AdjUiClient *c)
{
    Held *h;
    while ((h = g_queue_pop_head(&c->held))) {
        adj_ui_wire_send(c->wire, h->channel, h->type, h->id, g_steal_pointer(&h->content),
                         h->metadata, NULL);
        held_free(h);
    }
}

static Request *await(AdjUiClient *c, char *id, AdjUiReply reply, gpointer self)
{
    Request *r = g_new0(Request, 1);
    *r = (Request){.id = id, .reply = reply, .self = self};
    g_hash_table_insert(c->requests, r->id, r);
    return r;
}

static const char *send_for(AdjUiClient *c, AdjUiChannel channel, const char *type,
                            JsonObject *content, JsonObject *metadata, AdjUiReply reply,
                            gpointer self)
{
    if (!c->wire) {
        if (content) json_object_unref(content);
        return NULL;
    }
    if (!reply) {  // nobody waits
        g_autofree char *id = g_uuid_string_random();
        send_or_hold(c, channel, type, id, content, metadata);
        return "";
    }
    Request *r = await(c, g_uuid_string_random(), reply, self);
    send_or_hold(c, channel, type, r->id, content, metadata);
    return r->id;
}

const char *adj_ui_client_send(AdjUiClient *c, AdjUiChannel channel, const char *type,
                               JsonObject *content, AdjUiReply reply, gpointer self)
{
    return send_for(c, channel, type, content, NULL, reply, self);
}

const char *adj_ui_client_execute(AdjUiClient *c, JsonObject *content, const char *cell,
                                  AdjUiReply reply, gpointer self)
{
    g_autoptr(JsonObject) metadata = json_object_new();
    json_object_set_string_member(metadata, "cellId", cell);
    return send_for(c, ADJ_UI_SHELL, "execute_request", content, metadata, reply, self);
}

gboolean adj_ui_client_knows(AdjUiClient *c, const char *request)
{
    return g_hash_table_contains(c->requests, request);
}

// Its reply goes to the window that asked; what everybody hears ends with its idle.
void adj_ui_client_follow(AdjUiClient *c, const char *request, AdjUiReply reply, gpointer self)
{
    await(c, g_strdup(request), reply, self)->replied = TRUE;
    set_state(c, ADJ_UI_BUSY);
}

void adj_ui_client_forget(AdjUiClient *c, gpointer self)
{
    GHashTableIter i;
    gpointer r;
    g_hash_table_iter_init(&i, c->requests);
    while (g_hash_table_iter_next(&i, NULL, &r))
        if (((Request *)r)->self == self) ((Request *)r)->reply = NULL;
}

// The session is gone: everybody who waits is told so. A handler may send anew.
static void end_requests(AdjUiClient *c)
{
    g_autoptr(GHashTable) old = g_steal_pointer(&c->requests);
    c->requests = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, request_free);
    GHashTableIter i;
    gpointer p;
    g_hash_table_iter_init(&i, old);
    while (g_hash_table_iter_next(&i, NULL, &p)) {
        Request *r = p;
        if (r->reply) r->reply(r->self, NULL);
    }
}

static void hand_over(AdjUiClient *c, const AdjUiMessage *m)
{
    Request *r = g_hash_table_lookup(c->requests, adj_ui_message_parent(m));
    if (!r) return;
    const char *type = adj_ui_message_type(m);
    if (m->channel != ADJ_UI_IOPUB && g_str_has_suffix(type, "_reply")) r->replied = TRUE;
    if (g_str_equal(type, "status") && g_str_equal(json_object_get_string_member_with_default(
                                                       m->content, "execution_state", ""),
                                                   "idle"))
        r->idle = TRUE;
    gboolean over = r->idle && r->replied;
    g_autofree char *id = g_strdup(r->id);
    if (r->reply) r->reply(r->self, m);
    r = g_hash_table_lookup(c->requests, id);  // the handler may have ended the session
    if (!over || !r) return;
    AdjUiReply reply = r->reply;
    gpointer self = r->self;
    g_hash_table_remove(c->requests, id);
    if (reply) reply(self, NULL);
}

// -- what arrives -------------------------------------------------------------------------

static void connect_if_ready(AdjUiClient *c)
{
    if (c->connected || !c->shell_heard || !c->iopub_heard) return;
    c->connected = TRUE;
    g_clear_handle_id(&c->nudge, g_source_remove);
    set_state(c, ADJ_UI_IDLE);
    send_held(c);
    c->on.connected(c->on.self);
}

static void follow_status(AdjUiClient *c, const AdjUiMessage *m)
{
    const char *s =
        json_object_get_string_member_with_default(m->content, "execution_state", "");
    if (!c->connected) return;
    // Only a running cell makes the session busy in the eyes of people; completion and
    // questions of the panels do so too, for a moment, in the protocol's.
    const char *parent =
        m->parent ? json_object_get_string_member_with_default(m->parent, "msg_type", "") : "";
    if (!g_str_equal(parent, "execute_request")) return;
    set_state(c, g_str_equal(s, "busy") ? ADJ_UI_BUSY : ADJ_UI_IDLE);
}

static void arrival(gpointer self, const AdjUiMessage *m)
{
    AdjUiClient *c = self;
    const char *type = adj_ui_message_type(m);
    if (m->channel == ADJ_UI_IOPUB) c->iopub_heard = TRUE;
    if (g_str_equal(type, "kernel_info_reply")) c->shell_heard = TRUE;
    if (m->channel == ADJ_UI_STDIN) {
        if (g_str_equal(type, "input_request")) c->on.input(c->on.self, m);
        return;
    }
    connect_if_ready(c);
    AdjUiWire *wire = c->wire;
    if (m->channel == ADJ_UI_IOPUB) {
        if (g_str_equal(type, "status")) follow_status(c, m);
        c->on.published(c->on.self, m);
    }
    if (c->wire == wire) hand_over(c, m);
}

static gboolean nudge(gpointer self)
{
    AdjUiClient *c = self;
    g_autofree char *id = g_uuid_string_random();
    adj_ui_wire_send(c->wire, ADJ_UI_SHELL, "kernel_info_request", id, NULL, NULL, NULL);
    return G_SOURCE_CONTINUE;
}

// -- life and death -----------------------------------------------------------------------

static void disconnect(AdjUiClient *c)
{
    g_clear_handle_id(&c->nudge, g_source_remove);
    g_clear_handle_id(&c->watch, g_source_remove);
    g_clear_handle_id(&c->child_watch, g_source_remove);
    g_clear_pointer(&c->wire, adj_ui_wire_free);
    g_clear_pointer(&c->note, adj_ui_note_free);
    c->connected = c->shell_heard = c->iopub_heard = FALSE;
    g_queue_clear_full(&c->held, held_free);
}

static gboolean start_new(AdjUiClient *c, GError **error);

// One that was there when we came and dies before it has answered is replaced: its notebook was
// opened to be worked with.
static void died(AdjUiClient *c)
{
    gboolean early = c->attached && !c->connected && c->note && c->note->pid > 0;
    if (c->note) adj_ui_note_remove(c->note);
    disconnect(c);
    c->replaced = early && start_new(c, NULL);
    if (c->replaced) return;
    set_state(c, ADJ_UI_DEAD);
    end_requests(c);
}

static void child_died(GPid pid, int status, gpointer self)
{
    (void)status;
    AdjUiClient *c = self;
    g_spawn_close_pid(pid);
    c->child_watch = 0;
    died(c);
}

// A session that another window started is no child of ours: its life is asked after.
static gboolean watch(gpointer self)
{
    AdjUiClient *c = self;
    if (c->note->pid <= 0 || adj_ui_process_began(c->note->pid)) return G_SOURCE_CONTINUE;
    c->watch = 0;
    died(c);
    return G_SOURCE_REMOVE;
}

static gboolean open_wire(AdjUiClient *c, GError **error)
{
    AdjUiEndpoint e;
    if (!adj_ui_endpoint_read(&e, c->note->connection, error)) return FALSE;
    c->wire = adj_ui_wire_new(&e, arrival, c);
    adj_ui_endpoint_clear(&e);
    c->nudge = g_timeout_add(NUDGE_MS, nudge, c);
    nudge(c);
    set_state(c, ADJ_UI_STARTING);
    return TRUE;
}

static gboolean start_new(AdjUiClient *c, GError **error)
{
    c->note = adj_ui_note_start(c->folder, c->notebook, error);
    if (!c->note) return FALSE;
    c->attached = FALSE;
    c->child_watch = g_child_watch_add(c->note->pid, child_died, c);
    return open_wire(c, error);
}

static gboolean adopt(AdjUiClient *c, AdjUiNote *note, GError **error)
{
    disconnect(c);
    c->note = note;
    c->attached = TRUE;
    c->watch = g_timeout_add(WATCH_MS, watch, c);
    return open_wire(c, error);
}

gboolean adj_ui_client_start(AdjUiClient *c, const char *folder, const char *notebook,
                             GError **error)
{
    disconnect(c);
    g_free(c->folder);
    c->folder = g_strdup(folder);
    g_free(c->notebook);
    c->notebook = g_strdup(notebook);
    c->replaced = FALSE;
    AdjUiNote *running = notebook ? adj_ui_note_find(notebook, &c->replaced) : NULL;
    return running ? adopt(c, running, error) : start_new(c, error);
}

gboolean adj_ui_client_attach(AdjUiClient *c, const char *connection_file, GError **error)
{
    return adopt(c, adj_ui_note_of(connection_file), error);
}

void adj_ui_client_rename(AdjUiClient *c, const char *notebook)
{
    g_free(c->notebook);
    c->notebook = g_strdup(notebook);
    if (c->note) adj_ui_note_serve(c->note, notebook);
}

void adj_ui_client_interrupt(AdjUiClient *c)
{
    if (!c->wire) return;
    adj_ui_client_send(c, ADJ_UI_CONTROL, "interrupt_request", NULL, NULL, NULL);
    if (c->note->pid > 0) kill(c->note->pid, SIGINT);
}

void adj_ui_client_answer_input(AdjUiClient *c, JsonObject *question, const char *line)
{
    if (!c->wire) return;
    JsonObject *o = json_object_new();
    json_object_set_string_member(o, "value", line);
    g_autofree char *id = g_uuid_string_random();
    adj_ui_wire_send(c->wire, ADJ_UI_STDIN, "input_reply", id, o, NULL, question);
}

static gboolean kill_later(gpointer pid)
{
    kill(GPOINTER_TO_INT(pid), SIGKILL);
    return G_SOURCE_REMOVE;
}

static void reaped(GPid pid, int status, gpointer timer)
{
    (void)status;
    g_source_remove(GPOINTER_TO_UINT(timer));
    g_spawn_close_pid(pid);
}

// Hands the process over to two sources that outlive the client: one reaps it, one kills it.
static void let_die(AdjUiClient *c, guint after_ms)
{
    GPid pid = c->note->pid;
    if (pid <= 0) return;
    if (!after_ms) kill(pid, SIGKILL);
    if (c->child_watch) {
        guint timer = g_timeout_add(after_ms + 1, kill_later, GINT_TO_POINTER(pid));
        g_clear_handle_id(&c->child_watch, g_source_remove);
        g_child_watch_add(pid, reaped, GUINT_TO_POINTER(timer));
    }
}

// A session that was named to us, a prompt's for instance, is left alone.
static void stop(AdjUiClient *c, guint after_ms)
{
    if (!c->wire) return;
    if (c->note->pid > 0) {
        JsonObject *o = json_object_new();
        json_object_set_boolean_member(o, "restart", FALSE);
        g_autofree char *id = g_uuid_string_random();
        adj_ui_wire_send(c->wire, ADJ_UI_CONTROL, "shutdown_request", id, o, NULL, NULL);
        let_die(c, after_ms);
        adj_ui_note_remove(c->note);
    }
    disconnect(c);
    set_state(c, ADJ_UI_ABSENT);
    end_requests(c);
}

void adj_ui_client_stop(AdjUiClient *c)
{
    stop(c, KILL_AFTER_MS);
}

gboolean adj_ui_client_restart(AdjUiClient *c, GError **error)
{
    if (c->wire && c->note->pid <= 0) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                            _("This session belongs to another program; restart it there."));
        return FALSE;
    }
    stop(c, 0);
    return start_new(c, error);
}

void adj_ui_client_free(AdjUiClient *c)
{
    if (!c) return;
    disconnect(c);
    g_hash_table_unref(c->requests);
    g_free(c->folder);
    g_free(c->notebook);
    g_free(c);
}
