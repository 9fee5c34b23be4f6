// SPDX-License-Identifier: Apache-2.0
// rejoin.c: a window comes to a session that has run cells without it: because the window
// before it was closed or killed, or because another one looks at the same session. The session
// keeps its last cells with what they have shown (request `cells`), under the ids that they
// have in the notebook; here that is put below the cells, and those that still run are followed
// from there on. The answer comes in order with the rest of the output, so nothing is shown
// twice and nothing is lost between the two.
#include "notebook/page.h"
#include "session/client.h"
#include "session/reply.h"

#include <string.h>

static AdjUiCell *find_cell(AdjUiPage *p, JsonObject *o)
{
    const char *id = adj_ui_reply_text(o, "cell", NULL);
    return id ? adj_ui_notebook_find(p->notebook, id) : NULL;
}

static gsize shown_text(AdjUiCell *c)
{
    gsize n = 0;
    for (guint i = 0; i < c->outputs->len; i++)
        n += ((AdjUiOutput *)c->outputs->pdata[i])->text->len;
    return n;
}

static gsize told_text(JsonArray *outputs)
{
    gsize n = 0;
    for (guint i = 0; i < adj_ui_reply_length(outputs); i++) {
        n += strlen(adj_ui_reply_text(adj_ui_reply_object_at(outputs, i), "text", ""));
    }
    return n;
}

// What we have may be more: the session keeps the end of a long output only.
static gboolean is_known(AdjUiCell *c, JsonObject *o)
{
    JsonArray *outputs = adj_ui_reply_array(o, "outputs");
    return c->count == adj_ui_reply_integer(o, "number", 0) &&
           c->outputs->len >= adj_ui_reply_length(outputs) &&
           shown_text(c) >= told_text(outputs);
}

static void take_output(AdjUiCell *c, JsonObject *o)
{
    AdjUiOutput *out = o ? adj_ui_output_read(o) : NULL;
    if (!out) return;
    if (out->kind != ADJ_UI_STREAM) {
        out->display_id = g_strdup(adj_ui_reply_text(o, "display_id", NULL));
        adj_ui_cell_add_output(c, out);
        return;
    }
    // Its lines may draw over each other, which the cell knows how to do.
    adj_ui_cell_add_stream(c, out->name, out->text->str);
    AdjUiOutput *last = c->outputs->pdata[c->outputs->len - 1];
    last->lost += adj_ui_reply_integer(o, "lost", 0);
    adj_ui_output_free(out);
}

static void take_outputs(AdjUiCell *c, JsonObject *o)
{
    JsonArray *outputs = adj_ui_reply_array(o, "outputs");
    adj_ui_cell_clear_outputs(c);
    for (guint i = 0; i < adj_ui_reply_length(outputs); i++)
        take_output(c, adj_ui_reply_object_at(outputs, i));
}

static void take_state(AdjUiPage *p, AdjUiCell *c, JsonObject *o)
{
    g_autofree char *text = adj_ui_cell_text(c);
    const char *code = adj_ui_reply_text(o, "code", "");
    c->count = (int)adj_ui_reply_integer(o, "number", 0);
    c->failed = adj_ui_reply_flag(o, "failed");
    c->took = (gint64)adj_ui_reply_number(o, "took_us", 0);
    g_free(c->ran_text);
    c->ran_text = g_strdup(code);
    c->ran_serial = ++p->notebook->serial;
    c->stale = !g_str_equal(text, code);
}

static void take_cell(AdjUiPage *p, JsonObject *o)
{
    AdjUiCell *c = find_cell(p, o);
    const char *request = adj_ui_reply_text(o, "request", NULL);
    gboolean running = adj_ui_reply_flag(o, "running");
    if (!c || c->kind != ADJ_UI_CODE || !request) return;
    if (adj_ui_client_knows(adj_ui_model_client(p->model), request)) return;
    if (running || !is_known(c, o)) take_outputs(c, o);
    take_state(p, c, o);
    c->run = ADJ_UI_CELL_CALM;
    if (running) {
        double since = g_get_real_time() / 1e6 - adj_ui_reply_number(o, "time", 0);
        c->run = ADJ_UI_CELL_RUNNING;
        c->started = g_get_monotonic_time() - (gint64)(CLAMP(since, 0, 1e9) * 1e6);
        adj_ui_page_follow(p, c, request);
    }
    adj_ui_cell_changed(c, ADJ_UI_CELL_STATUS);
}

static void answered(gpointer self, JsonObject *reply, const char *error)
{
    (void)error;
    AdjUiPage *p = self;
    JsonArray *cells = reply ? adj_ui_reply_array(reply, "cells") : NULL;
    for (guint i = 0; i < adj_ui_reply_length(cells); i++)
        take_cell(p, adj_ui_reply_object_at(cells, i));
}

void adj_ui_page_rejoin(AdjUiPage *p, gint64 since)
{
    JsonObject *fields = adj_ui_fields("since", adj_ui_say_int(since), NULL);
    adj_ui_model_ask(p->model, "cells", fields, answered, p, G_OBJECT(p->root));
}
