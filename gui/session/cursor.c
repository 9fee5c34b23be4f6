// SPDX-License-Identifier: Apache-2.0
// cursor.c: see cursor.h. A step far from the last kept state takes several requests; the
// session does a portion for each.
#include "session/cursor.h"

#include "session/reply.h"

struct _AdjUiCursor {
    GObject base;
    AdjUiModel *model;  // owns this
    gint64 step, wish;
    gboolean same, values, asking;
};

enum { MOVED, REFUSED, SIGNALS };
static guint signals[SIGNALS];  // numbers of the class, written once

G_DEFINE_FINAL_TYPE(AdjUiCursor, adj_ui_cursor, G_TYPE_OBJECT)

static void adj_ui_cursor_class_init(AdjUiCursorClass *class)
{
    (void)class;
    signals[MOVED] = g_signal_new("moved", ADJ_UI_TYPE_CURSOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
    signals[REFUSED] = g_signal_new("refused", ADJ_UI_TYPE_CURSOR, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void adj_ui_cursor_init(AdjUiCursor *c)
{
    c->step = c->wish = ADJ_UI_NONE;
}

// Another session knows nothing of the steps of the one before.
static void connected(AdjUiModel *m, gpointer self)
{
    (void)m;
    AdjUiCursor *c = self;
    c->asking = FALSE;
    c->wish = c->step = ADJ_UI_NONE;
    g_signal_emit(c, signals[MOVED], 0);
}

AdjUiCursor *adj_ui_cursor_of(AdjUiModel *model)
{
    AdjUiCursor *c = g_object_get_data(G_OBJECT(model), "cursor");
    if (c) return c;
    c = g_object_new(ADJ_UI_TYPE_CURSOR, NULL);
    c->model = model;
    g_object_set_data_full(G_OBJECT(model), "cursor", c, g_object_unref);
    g_signal_connect_object(model, "connected", G_CALLBACK(connected), c, 0);
    return c;
}

gint64 adj_ui_cursor_step(const AdjUiCursor *c)
{
    return c->step;
}

gint64 adj_ui_cursor_wish(const AdjUiCursor *c)
{
    return c->wish;
}

gboolean adj_ui_cursor_is_same(const AdjUiCursor *c)
{
    return c->same;
}

gboolean adj_ui_cursor_has_values(const AdjUiCursor *c)
{
    return c->values;
}

static void seek(AdjUiCursor *c);

static void take_seek(gpointer self, JsonObject *reply, const char *error)
{
    AdjUiCursor *c = self;
    c->asking = FALSE;
    if (error) {
        c->wish = c->step = ADJ_UI_NONE;
        g_signal_emit(c, signals[REFUSED], 0, error);
        g_signal_emit(c, signals[MOVED], 0);
        return;
    }
    gint64 step = adj_ui_reply_integer(reply, "step", ADJ_UI_NONE);
    gboolean live = adj_ui_reply_flag(reply, "live");
    if ((live ? ADJ_UI_NONE : step) != c->wish || !(live || adj_ui_reply_flag(reply, "done"))) {
        seek(c);
        return;
    }
    c->step = c->wish;
    c->same = live || adj_ui_reply_flag(reply, "same");
    c->values = live || adj_ui_reply_flag(reply, "values");
    g_signal_emit(c, signals[MOVED], 0);
}

static void seek(AdjUiCursor *c)
{
    if (c->asking) return;
    c->asking = TRUE;
    adj_ui_model_ask(c->model, "seek", adj_ui_fields("step", adj_ui_say_int(c->wish), NULL),
                     take_seek, c, G_OBJECT(c));
}

void adj_ui_cursor_go(AdjUiCursor *c, gint64 step)
{
    if (step < 0) step = ADJ_UI_NONE;
    if (step == c->wish) return;
    c->wish = step;
    seek(c);
}

gboolean adj_ui_cursor_in_past(AdjUiModel *model)
{
    return adj_ui_cursor_of(model)->step != ADJ_UI_NONE;
}

typedef struct {
    AdjUiEvent each;
    gpointer self;
    GWeakRef owner;
} Look;

static void take_look(gpointer self, JsonObject *reply, const char *error)
{
    Look *l = self;
    g_autoptr(GObject) owner = g_weak_ref_get(&l->owner);
    JsonArray *items = error || !owner ? NULL : adj_ui_reply_array(reply, "items");
    for (guint i = 0; i < adj_ui_reply_length(items); i++)
        l->each(l->self, adj_ui_reply_object_at(items, i));
    g_weak_ref_clear(&l->owner);
    g_free(l);
}

void adj_ui_cursor_look(AdjUiModel *model, JsonObject *fields, AdjUiEvent each, gpointer self,
                        GObject *owner)
{
    Look *l = g_new0(Look, 1);
    l->each = each;
    l->self = self;
    g_weak_ref_init(&l->owner, owner);
    adj_ui_model_ask(model, "look", adj_ui_cursor_fields(model, fields), take_look, l, NULL);
}

JsonObject *adj_ui_cursor_fields(AdjUiModel *model, JsonObject *fields)
{
    gint64 step = adj_ui_cursor_of(model)->step;
    if (!fields) fields = json_object_new();
    if (step != ADJ_UI_NONE) json_object_set_int_member(fields, "step", step);
    return fields;
}
