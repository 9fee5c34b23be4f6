// SPDX-License-Identifier: Apache-2.0
//
// The model of the tests. It keeps what was asked and answers from an idle source, because the
// real one never answers before it returns.

#include "fake_model.h"

#include <string.h>

struct _AdjUiModel {
    GObject base;
    AdjUiSelection selection;
    guint next;
    GPtrArray *subscriptions;
};

typedef struct {
    guint number;
    char *topic;
    AdjUiEvent event;
    gpointer self;
} Subscription;

typedef struct {
    AdjUiAnswer answer;
    gpointer self;
    GWeakRef owner;
    gboolean owned;
    guint number;
    JsonObject *reply;
} Waiting;

enum { SELECTION, SIGNALS };
static guint signals[SIGNALS];
static GHashTable *answers, *makers, *asked, *counts, *cancelled;

G_DEFINE_FINAL_TYPE(AdjUiModel, adj_ui_model, G_TYPE_OBJECT)

static void finalize(GObject *o)
{
    AdjUiModel *m = ADJ_UI_MODEL(o);
    adj_ui_selection_clear(&m->selection);
    g_ptr_array_unref(m->subscriptions);
    G_OBJECT_CLASS(adj_ui_model_parent_class)->finalize(o);
}

static void adj_ui_model_class_init(AdjUiModelClass *class)
{
    G_OBJECT_CLASS(class)->finalize = finalize;
    static const char *const names[] = {"state", "connected", "ran", "published", "input"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        g_signal_new(names[i], ADJ_UI_TYPE_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                     G_TYPE_NONE, 0);
    signals[SELECTION] = g_signal_new("selection", ADJ_UI_TYPE_MODEL, G_SIGNAL_RUN_LAST, 0,
                                      NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void subscription_free(gpointer p)
{
    g_free(((Subscription *)p)->topic);
    g_free(p);
}

static void adj_ui_model_init(AdjUiModel *m)
{
    m->selection = ADJ_UI_SELECTION_NONE;
    m->subscriptions = g_ptr_array_new_with_free_func(subscription_free);
    if (answers) return;
    answers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    makers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    asked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                  (GDestroyNotify)json_object_unref);
    counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    cancelled = g_hash_table_new(g_direct_hash, g_direct_equal);
}

AdjUiModel *adj_ui_model_new(void)
{
    return g_object_new(ADJ_UI_TYPE_MODEL, NULL);
}

JsonObject *fake_parse(const char *json)
{
    JsonNode *n = json_from_string(json, NULL);
    g_assert(n && JSON_NODE_HOLDS_OBJECT(n));
    JsonObject *o = json_object_ref(json_node_get_object(n));
    json_node_unref(n);
    return o;
}

void fake_answer(const char *name, const char *json)
{
    if (json)
        g_hash_table_insert(answers, g_strdup(name), g_strdup(json));
    else
        g_hash_table_remove(answers, name);
}

void fake_maker(const char *name, FakeMaker maker)
{
    g_hash_table_insert(makers, g_strdup(name), (gpointer)(gsize)maker);
}

JsonObject *fake_asked(const char *name)
{
    return g_hash_table_lookup(asked, name);
}

int fake_count(const char *name)
{
    return GPOINTER_TO_INT(g_hash_table_lookup(counts, name));
}

static gboolean answer_now(gpointer p)
{
    Waiting *w = p;
    g_autoptr(GObject) owner = w->owned ? g_weak_ref_get(&w->owner) : NULL;
    gboolean gone = g_hash_table_contains(cancelled, GUINT_TO_POINTER(w->number));
    if (w->answer && !gone && (owner || !w->owned))
        w->answer(w->self, w->reply, w->reply ? NULL : "the session does not know that");
    if (w->reply) json_object_unref(w->reply);
    g_weak_ref_clear(&w->owner);
    g_free(w);
    return G_SOURCE_REMOVE;
}

guint adj_ui_model_ask(AdjUiModel *m, const char *name, JsonObject *fields, AdjUiAnswer answer,
                       gpointer self, GObject *owner)
{
    Waiting *w = g_new0(Waiting, 1);
    if (!fields) fields = json_object_new();
    FakeMaker maker = (FakeMaker)(gsize)g_hash_table_lookup(makers, name);
    const char *json = g_hash_table_lookup(answers, name);
    *w = (Waiting){.answer = answer, .self = self, .owned = owner != NULL, .number = ++m->next};
    w->reply = maker ? maker(fields) : json ? fake_parse(json) : NULL;
    g_weak_ref_init(&w->owner, owner);
    g_hash_table_insert(asked, g_strdup(name), fields);
    g_hash_table_insert(counts, g_strdup(name), GINT_TO_POINTER(fake_count(name) + 1));
    g_idle_add(answer_now, w);
    return w->number;
}

void adj_ui_model_cancel(AdjUiModel *m, guint number)
{
    (void)m;
    g_hash_table_add(cancelled, GUINT_TO_POINTER(number));
}

guint adj_ui_model_subscribe(AdjUiModel *m, JsonObject *fields, AdjUiEvent event, gpointer self,
                             GObject *owner)
{
    (void)owner;
    Subscription *s = g_new0(Subscription, 1);
    const char *topic =
        json_object_get_string_member_with_default(fields, "topic", "observation");
    *s = (Subscription){++m->next, g_strdup(topic), event, self};
    g_ptr_array_add(m->subscriptions, s);
    json_object_unref(fields);
    return s->number;
}

void adj_ui_model_unsubscribe(AdjUiModel *m, guint number)
{
    for (guint i = 0; i < m->subscriptions->len; i++) {
        const Subscription *s = g_ptr_array_index(m->subscriptions, i);
        if (s->number != number) continue;
        g_ptr_array_remove_index(m->subscriptions, i);
        return;
    }
}

void fake_send(AdjUiModel *m, const char *topic, JsonObject *event)
{
    for (guint i = 0; i < m->subscriptions->len; i++) {
        const Subscription *s = g_ptr_array_index(m->subscriptions, i);
        if (!strcmp(s->topic, topic)) s->event(s->self, event);
    }
}

void fake_event(AdjUiModel *m, const char *topic, const char *json)
{
    JsonObject *o = fake_parse(json);
    fake_send(m, topic, o);
    json_object_unref(o);
}

JsonObject *adj_ui_model_newest(AdjUiModel *m, const char *name)
{
    (void)m, (void)name;
    return NULL;
}

AdjUiState adj_ui_model_state(AdjUiModel *m)
{
    (void)m;
    return ADJ_UI_IDLE;
}

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
