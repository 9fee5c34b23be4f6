// SPDX-License-Identifier: Apache-2.0
// cells.c: the last cells and what they have shown, for a front end that was not there. The
// outputs have the form that notebooks give them, but text is not cut into lines.
#include "observe/watching.h"

#include "session/backlog.h"

#include <stdlib.h>

static void put_data(AdjAnswerText *o, const AdjBundle *b)
{
    adj_say_key(o, "data");
    adj_say_open(o, '{');
    for (int i = 0; i < b->count; i++) {
        const AdjMime *m = &b->at[i];
        char *coded = adj_mime_is_binary(m->type) ? adj_base64(m->data, m->length) : NULL;
        adj_say_key(o, m->type);
        if (m->is_json)
            adj_say_raw(o, m->data, m->length);
        else if (coded)
            adj_say_text(o, coded);
        else
            adj_say_text_n(o, m->data, m->length);
        free(coded);
    }
    adj_say_close(o, '}');
    const char *metadata = b->metadata ? b->metadata : "{}";
    adj_say_key(o, "metadata");
    adj_say_raw(o, metadata, strlen(metadata));
}

static void put_traceback(AdjAnswerText *o, const char *text)
{
    adj_say_key(o, "traceback");
    adj_say_open(o, '[');
    while (text && *text) {
        size_t n = strcspn(text, "\n");
        adj_say_text_n(o, text, n);
        text += n + (text[n] == '\n');
    }
    adj_say_close(o, ']');
}

static void say_output(AdjAnswerText *o, const AdjKeptOutput *k)
{
    adj_say_open(o, '{');
    if (k->fd) {
        adj_put_text(o, "output_type", "stream");
        adj_put_text(o, "name", k->fd == 1 ? "stdout" : "stderr");
        adj_put_int(o, "lost", k->lost);
        adj_say_key(o, "text");
        adj_say_text_n(o, k->text ? k->text : "", k->length);
    } else if (k->name) {
        adj_put_text(o, "output_type", "error");
        adj_put_text(o, "ename", k->name);
        adj_put_text(o, "evalue", k->value);
        put_traceback(o, k->text);
    } else {
        adj_put_text(o, "output_type", k->number ? "execute_result" : "display_data");
        if (k->number) adj_put_int(o, "execution_count", k->number);
        if (k->display_id) adj_put_text(o, "display_id", k->display_id);
        put_data(o, &k->bundle);
    }
    adj_say_close(o, '}');
}

static void say_cell(AdjAnswerText *o, const AdjKeptCell *c)
{
    adj_say_open(o, '{');
    adj_put_int(o, "number", c->number);
    adj_put_text(o, "code", c->text);
    adj_put_text(o, "cell", c->id);
    adj_put_text(o, "request", c->request);
    adj_put_bool(o, "running", c->running);
    adj_put_bool(o, "failed", c->failed);
    adj_put_number(o, "time", c->began);
    adj_put_number(o, "took_us", c->took * 1e6);
    adj_say_key(o, "outputs");
    adj_say_open(o, '[');
    for (int i = 0; i < c->count; i++) say_output(o, &c->outputs[i]);
    adj_say_close(o, ']');
    adj_say_close(o, '}');
}

bool adj_request_cells(AdjRequestCall *c)
{
    int64_t since = adj_ask_int(&c->ask, "since", 0);
    adj_say_key(c->out, "cells");
    adj_say_open(c->out, '[');
    for (const AdjKeptCell *k = adj_backlog_first(c->session); k; k = k->next)
        if (k->number >= since) say_cell(c->out, k);
    adj_say_close(c->out, ']');
    return true;
}
