// SPDX-License-Identifier: Apache-2.0
// model.c: the comm `adjoint` as seen from the window (docs/protocol.md).
//
// Requests made before the comm is open wait in a queue and are sent in order when the session
// says hello. Answers find their asker by the number that travels as `id`; events find their
// subscriber by the subscription's number, which the session chooses anew after each restart,
// while ours stays.
#include "session/model.h"

#include "session/client.h"

#include <glib/gi18n.h>

#define TARGET "adjoint"
enum { PROTOCOL = 1 };

typedef struct {
    guint number;
    char *name;
    JsonObject *fields;  // while it was not sent
    AdjUiAnswer answer;
    gpointer self;
    GWeakRef owner;
    gboolean owned;
} Ask;

typedef struct {
    guint number;
    gint64 theirs;  // what the session calls it, 0 while it has not said
    JsonObject *fields;
    char *topic;
    AdjUiEvent event;
    gpointer self;
    GWeakRef owner;
    gboolean owned;
    AdjUiModel *model;
} Subscription;

struct _AdjUiModel {
    GObject base;
    AdjUiClient *client;
    AdjUiState state;
    char *comm;      // id of the comm, NULL while none is open
    gboolean hello;  // the session has answered
    guint next;
    GQueue waiting;             // of Ask, not sent yet
    GHashTable *asks;           // number -> Ask, sent
    GHashTable *subscriptions;  // number -> Subscription
    GHashTable *newest;         // name -> JsonObject
    AdjUiSelection selection;
};

enum { STATE, CONNECTED, RAN, SELECTION, EVENT, SIGNALS };
static guint signals[SIGNALS];  // numbers of the class, written once

G_DEFINE_FINAL_TYPE(AdjUiModel, adj_ui_model, G_TYPE_OBJECT)

static void ask_free(gpointer p)
{
    Ask *a = p;
    g_free(a->name);
    g_clear_pointer(&a->fields, json_object_unref);
    g_weak_ref_clear(&a->owner);
    g_free(a);
}

static void subscription_free(gpointer p)
{
    Subscription *s = p;
    json_object_unref(s->fields);
    g_free(s->topic);
    g_weak_ref_clear(&s->owner);
    g_free(s);
}

static gboolean alive(GWeakRef *owner, gboolean owned)
{
    if (!owned) return TRUE;
    g_autoptr(GObject) o = g_weak_ref_get(owner);
    return o != NULL;
}

// -- sending ------------------------------------------------------------------------------

static void send_comm(AdjUiModel *m, const char *type, JsonObject *data)
{
    JsonObject *content = json_object_new();
    json_object_set_string_member(content, "comm_id", m->comm);
    if (g_str_equal(type, "comm_open"))
        json_object_set_string_member(content, "target_name", TARGET);
    json_object_set_object_member(content, "data", data);
    adj_ui_client_send(m->client, ADJ_UI_SHELL, type, content, NULL, NULL);
}

static void send_ask(AdjUiModel *m, Ask *a)
{
    JsonObject *data = a->fields ? g_steal_pointer(&a->fields) : json_object_new();
    json_object_set_string_member(data, "request", a->name);
    json_object_set_int_member(data, "id", a->number);
    g_hash_table_insert(m->asks, GUINT_TO_POINTER(a->number), a);
    send_comm(m, "comm_msg", data);
}

guint adj_ui_model_ask(AdjUiModel *m, const char *name, JsonObject *fields, AdjUiAnswer answer,
                       gpointer self, GObject *owner)
{
    Ask *a = g_new0(Ask, 1);
    a->number = ++m->next;
    a->name = g_strdup(name);
    a->fields = fields;
    a->answer = answer;
    a->self = self;
    a->owned = owner != NULL;
    g_weak_ref_init(&a->owner, owner);
    if (m->hello)
        send_ask(m, a);
    else
        g_queue_push_tail(&m->waiting, a);
    return a->number;
}

void adj_ui_model_cancel(AdjUiModel *m, guint number)
{
    Ask *a = g_hash_table_lookup(m->asks, GUINT_TO_POINTER(number));
    for (GList *l = m->waiting.head; l && !a; l = l->next)
        if (((Ask *)l->data)->number == number) a = l->data;
    if (a) a->answer = NULL;
}

// -- subscriptions ------------------------------------------------------------------------

static void send_unsubscribe(AdjUiModel *m, gint64 theirs)
{
    JsonObject *o = json_object_new();
    json_object_set_int_member(o, "subscription", theirs);
    adj_ui_model_ask(m, "unsubscribe", o, NULL, NULL, NULL);
}

static JsonObject *copy_object(JsonObject *from)
{
    JsonObject *to = json_object_new();
    JsonObjectIter i;
    const char *name;
    JsonNode *node;
    json_object_iter_init(&i, from);
    while (json_object_iter_next(&i, &name, &node))
        json_object_set_member(to, name, json_node_copy(node));
    return to;
}

// The answer to `subscribe` carries only the session's number, so ours rides on the asker.
typedef struct {
    AdjUiModel *model;
    guint number;
} Pending;

static void subscribe_answer(gpointer self, JsonObject *reply, const char *error)
{
    g_autofree Pending *p = self;
    (void)error;
    if (!reply) return;
    Subscription *s = g_hash_table_lookup(p->model->subscriptions, GUINT_TO_POINTER(p->number));
    gint64 theirs = json_object_get_int_member_with_default(reply, "subscription", 0);
    if (s)
        s->theirs = theirs;
    else
        send_unsubscribe(p->model, theirs);  // given up meanwhile
}

static void send_subscription(AdjUiModel *m, Subscription *s)
{
    Pending *p = g_new(Pending, 1);
    *p = (Pending){m, s->number};
    s->theirs = 0;
    adj_ui_model_ask(m, "subscribe", copy_object(s->fields), subscribe_answer, p, NULL);
}

guint adj_ui_model_subscribe(AdjUiModel *m, JsonObject *fields, AdjUiEvent event, gpointer self,
                             GObject *owner)
{
    Subscription *s = g_new0(Subscription, 1);
    s->number = ++m->next;
    s->fields = fields;
    s->topic =
        g_strdup(json_object_get_string_member_with_default(fields, "topic", "observation"));
    s->event = event;
    s->self = self;
    s->model = m;
    s->owned = owner != NULL;
    g_weak_ref_init(&s->owner, owner);
    g_hash_table_insert(m->subscriptions, GUINT_TO_POINTER(s->number), s);
    if (m->hello) send_subscription(m, s);
    return s->number;
}

void adj_ui_model_unsubscribe(AdjUiModel *m, guint number)
{
    Subscription *s = g_hash_table_lookup(m->subscriptions, GUINT_TO_POINTER(number));
    if (!s) return;
    if (m->hello && s->theirs) send_unsubscribe(m, s->theirs);
    g_hash_table_remove(m->subscriptions, GUINT_TO_POINTER(number));
}

// An event's name in the protocol is that of its topic but for `steps`, whose event is one
// step.
static gboolean speaks_of(const Subscription *s, const char *event)
{
    return g_str_equal(s->topic, event) ||
           (g_str_equal(s->topic, "steps") && g_str_equal(event, "step"));
}

// A handler may unsubscribe itself or others, so the numbers are copied first and each is
// looked up again.
static void tell_subscribers(AdjUiModel *m, const char *name, gint64 theirs, JsonObject *data)
{
    g_autoptr(GList) numbers = g_hash_table_get_keys(m->subscriptions);
    for (GList *l = numbers; l; l = l->next) {
        Subscription *s = g_hash_table_lookup(m->subscriptions, l->data);
        if (!s || !speaks_of(s, name) || (theirs && s->theirs != theirs)) continue;
        if (alive(&s->owner, s->owned))
            s->event(s->self, data);
        else
            adj_ui_model_unsubscribe(m, s->number);
    }
}

// -- what arrives -------------------------------------------------------------------------

static void take_event(AdjUiModel *m, const char *name, JsonObject *data)
{
    g_hash_table_replace(m->newest, g_strdup(name), json_object_ref(data));
    if (g_str_equal(name, "observation") && json_object_has_member(data, "items")) {
        JsonArray *items = json_object_get_array_member(data, "items");
        for (guint i = 0; items && i < json_array_get_length(items); i++) {
            JsonObject *item = json_array_get_object_element(items, i);
            gint64 n = json_object_get_int_member_with_default(item, "subscription", 0);
            if (n) tell_subscribers(m, name, n, item);
        }
    } else {
        tell_subscribers(m, name, 0, data);
    }
    g_signal_emit(m, signals[EVENT], g_quark_from_string(name), name, data);
}

static void take_reply(AdjUiModel *m, const char *name, JsonObject *data)
{
    gpointer key =
        GUINT_TO_POINTER((guint)json_object_get_int_member_with_default(data, "id", 0));
    Ask *a = g_hash_table_lookup(m->asks, key);
    if (!a) return;
    g_hash_table_steal(m->asks, key);
    JsonObject *error = NULL;
    if (json_object_has_member(data, "error"))
        error = json_object_get_object_member(data, "error");
    else
        g_hash_table_replace(m->newest, g_strdup(name), json_object_ref(data));
    if (a->answer && alive(&a->owner, a->owned))
        a->answer(a->self, error ? NULL : data,
                  error ? json_object_get_string_member_with_default(error, "message", "?")
                        : NULL);
    ask_free(a);
}

static void say_hello(AdjUiModel *m)
{
    m->hello = TRUE;
    GHashTableIter i;
    gpointer s;
    g_hash_table_iter_init(&i, m->subscriptions);
    while (g_hash_table_iter_next(&i, NULL, &s)) send_subscription(m, s);
    Ask *a;
    while ((a = g_queue_pop_head(&m->waiting))) send_ask(m, a);
}

static void published(gpointer self, const AdjUiMessage *message)
{
    AdjUiModel *m = self;
    if (!m->comm || !g_str_equal(adj_ui_message_type(message), "comm_msg") ||
        g_strcmp0(json_object_get_string_member_with_default(message->content, "comm_id", ""),
                  m->comm) ||
        !json_object_has_member(message->content, "data"))
        return;
    JsonObject *data = json_object_get_object_member(message->content, "data");
    const char *reply = json_object_get_string_member_with_default(data, "reply", NULL);
    const char *event = json_object_get_string_member_with_default(data, "event", NULL);
    if (reply) take_reply(m, reply, data);
    if (event && g_str_equal(event, "hello") && !m->hello) say_hello(m);
    if (event) take_event(m, event, data);
}

// -- the session --------------------------------------------------------------------------

// Who waits for an answer will get none.
static void fail_asks(AdjUiModel *m)
{
    g_autoptr(GHashTable) old = g_steal_pointer(&m->asks);
    m->asks = g_hash_table_new_full(NULL, NULL, NULL, ask_free);
    GHashTableIter i;
    gpointer p;
    g_hash_table_iter_init(&i, old);
    while (g_hash_table_iter_next(&i, NULL, &p)) {
        Ask *a = p;
        if (a->answer && alive(&a->owner, a->owned))
            a->answer(a->self, NULL, _("The session has ended."));
    }
}

static void state_changed(gpointer self, AdjUiState state)
{
    AdjUiModel *m = self;
    gboolean ran = m->state == ADJ_UI_BUSY && state == ADJ_UI_IDLE;
    m->state = state;
    if (state == ADJ_UI_DEAD || state == ADJ_UI_ABSENT || state == ADJ_UI_STARTING) {
        g_clear_pointer(&m->comm, g_free);
        m->hello = FALSE;
        fail_asks(m);
    }
    g_signal_emit(m, signals[STATE], 0);
    if (ran) g_signal_emit(m, signals[RAN], 0);
}

static void connected(gpointer self)
{
    AdjUiModel *m = self;
    g_free(m->comm);
    m->comm = g_uuid_string_random();
    JsonObject *data = json_object_new();
    json_object_set_int_member(data, "version", PROTOCOL);
    send_comm(m, "comm_open", data);
    g_signal_emit(m, signals[CONNECTED], 0);
}

static void input_wanted(gpointer self, const AdjUiMessage *message)
{
    g_signal_emit_by_name(self, "input", message);
}

static void wire_message(gpointer self, const AdjUiMessage *message)
{
    published(self, message);
    g_signal_emit_by_name(self, "published", message);
}

AdjUiClient *adj_ui_model_client(AdjUiModel *m)
{
    return m->client;
}

AdjUiState adj_ui_model_state(AdjUiModel *m)
{
    return m->state;
}

JsonObject *adj_ui_model_newest(AdjUiModel *m, const char *name)
{
    return g_hash_table_lookup(m->newest, name);
}

// -- the selection ------------------------------------------------------------------------

const AdjUiSelection *adj_ui_model_selection(AdjUiModel *m)
{
    return &m->selection;
}

void adj_ui_model_select(AdjUiModel *m, const AdjUiSelection *s)
{
    if (adj_ui_selection_equal(&m->selection, s)) return;
    adj_ui_selection_copy(&m->selection, s);
    g_signal_emit(m, signals[SELECTION], 0);
}

// -- the object ---------------------------------------------------------------------------

static void finalize(GObject *o)
{
    AdjUiModel *m = ADJ_UI_MODEL(o);
    adj_ui_client_free(m->client);
    g_free(m->comm);
    g_queue_clear_full(&m->waiting, ask_free);
    g_hash_table_unref(m->asks);
    g_hash_table_unref(m->subscriptions);
    g_hash_table_unref(m->newest);
    adj_ui_selection_clear(&m->selection);
    G_OBJECT_CLASS(adj_ui_model_parent_class)->finalize(o);
}

static guint plain_signal(const char *name)
{
    return g_signal_new(name, ADJ_UI_TYPE_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                        G_TYPE_NONE, 0);
}

static void adj_ui_model_class_init(AdjUiModelClass *class)
{
    G_OBJECT_CLASS(class)->finalize = finalize;
    signals[STATE] = plain_signal("state");
    signals[CONNECTED] = plain_signal("connected");
    signals[RAN] = plain_signal("ran");
    signals[SELECTION] = plain_signal("selection");
    signals[EVENT] =
        g_signal_new("event", ADJ_UI_TYPE_MODEL, G_SIGNAL_RUN_LAST | G_SIGNAL_DETAILED, 0, NULL,
                     NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, JSON_TYPE_OBJECT);
    g_signal_new("published", ADJ_UI_TYPE_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                 G_TYPE_NONE, 1, G_TYPE_POINTER);
    g_signal_new("input", ADJ_UI_TYPE_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                 G_TYPE_NONE, 1, G_TYPE_POINTER);
}

static void adj_ui_model_init(AdjUiModel *m)
{
    m->asks = g_hash_table_new_full(NULL, NULL, NULL, ask_free);
    m->subscriptions = g_hash_table_new_full(NULL, NULL, NULL, subscription_free);
    m->newest = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                      (GDestroyNotify)json_object_unref);
    m->selection = ADJ_UI_SELECTION_NONE;
    m->client = adj_ui_client_new(&(AdjUiClientEvents){.self = m,
                                                       .state = state_changed,
                                                       .connected = connected,
                                                       .published = wire_message,
                                                       .input = input_wanted});
}

AdjUiModel *adj_ui_model_new(void)
{
    return g_object_new(ADJ_UI_TYPE_MODEL, NULL);
}
