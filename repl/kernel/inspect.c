// SPDX-License-Identifier: Apache-2.0
// inspect.c: questions about names, texts and the past: complete, inspect, is_complete,
// history, kernel_info. The protocol counts positions in code points, the session in bytes.
#include "kernel/internal.h"

#include <stdlib.h>
#include <string.h>

static gint64 points(const char *text, gsize bytes)
{
    return g_utf8_strlen(text, (gssize)bytes);
}

// The byte at which the cursor stands; one that is absent or out of range stands at the end.
static gsize cursor_of(Message *m, const char *code)
{
    gint64 all = g_utf8_strlen(code, -1), at = json_int(m->content, "cursor_pos", all);
    if (at < 0 || at > all) at = all;
    return (gsize)(g_utf8_offset_to_pointer(code, at) - code);
}

// ---------------------------------------------------------------- completion

typedef struct {
    GString *matches, *types;
    const AdjOffers *at;
    const char *code;
} Matches;

static void add_match(void *self, const AdjOffer *o)
{
    Matches *m = self;
    json_put(m->matches, m->matches->len ? ",%s" : "%s", o->text);
    json_put(m->types,
             m->types->len ? ",{'start':%d,'end':%d,'text':%s,'type':%s,'signature':%s}"
                           : "{'start':%d,'end':%d,'text':%s,'type':%s,'signature':%s}",
             (int)points(m->code, m->at->start), (int)points(m->code, m->at->end), o->text,
             o->kind ? o->kind : "", o->signature ? o->signature : "");
}

void complete_serve(AdjSession *s, AdjRequest *r)
{
    Message *m = (Message *)r;
    Kernel *k = m->kernel;
    const char *code = json_text(m->content, "code", "");
    if (!s->leaving) {
        post_status(k, m, "busy");
        AdjOffers at = {.offer = add_match};
        Matches found = {g_string_new(NULL), g_string_new(NULL), &at, code};
        at.self = &found;
        k->host->offers(s, code, strlen(code), cursor_of(m, code), &at);
        GString *g = g_string_new(NULL);
        json_put(g,
                 "{'status':'ok','matches':[%r],'cursor_start':%d,'cursor_end':%d,"
                 "'metadata':{'_jupyter_types_experimental':[%r]}}",
                 found.matches->str, (int)points(code, at.start), (int)points(code, at.end),
                 found.types->str);
        g_string_free(found.matches, TRUE);
        g_string_free(found.types, TRUE);
        reply(k, m, g);
        post_status(k, m, "idle");
    }
    message_unref(m);
}

// ---------------------------------------------------------------- inspection

void inspect_serve(AdjSession *s, AdjRequest *r)
{
    Message *m = (Message *)r;
    Kernel *k = m->kernel;
    const char *code = json_text(m->content, "code", "");
    if (!s->leaving) {
        post_status(k, m, "busy");
        char *text = k->host->inspect(s, code, strlen(code), cursor_of(m, code),
                                      json_int(m->content, "detail_level", 0) > 0);
        GString *g = g_string_new(NULL);
        if (text)
            json_put(g, "{'status':'ok','found':true,'data':{'text/plain':%s},'metadata':{}}",
                     text);
        else
            json_put(g, "{'status':'ok','found':false,'data':{},'metadata':{}}");
        free(text);
        reply(k, m, g);
        post_status(k, m, "idle");
    }
    message_unref(m);
}

// ---------------------------------------------------------------- is it complete?

// The indent of the line to come: that of the last line, four deeper behind a colon.
static void put_indent(GString *g, const char *code, gsize length)
{
    gsize end = length, start, indent = 0;
    while (end > 0 && strchr(" \t\r\n", code[end - 1])) end--;
    for (start = end; start > 0 && code[start - 1] != '\n';) start--;
    while (start + indent < end && code[start + indent] == ' ') indent++;
    if (end > 0 && code[end - 1] == ':') indent += 4;
    g_autofree char *blanks = g_strnfill(indent, ' ');
    json_put(g, ",'indent':%s", blanks);
}

void is_complete_answer(Kernel *k, Message *m)
{
    const char *code = json_text(m->content, "code", "");
    gsize length = strlen(code);
    gboolean ended = length && code[length - 1] == '\n';
    gboolean more = k->host->incomplete(code, length);
    if (!more && !ended && strchr(code, '\n')) more = k->host->block_open(code, length);
    gboolean good = more || k->host->well_formed(code, length);
    GString *g = g_string_new(NULL);
    json_put(g, "{'status':%s", more ? "incomplete" : good ? "complete" : "invalid");
    if (more) put_indent(g, code, length);
    reply(k, m, g_string_append_c(g, '}'));
}

// ---------------------------------------------------------------- history

typedef struct {
    GString *g;
    gboolean output, any;
} Rows;

static void put_row(void *self, const AdjPastCell *c)
{
    Rows *r = self;
    json_put(r->g, r->any ? ",[%d,%d," : "[%d,%d,", c->session, c->line);
    json_put(r->g, r->output ? "[%s,%s]]" : "%s]", c->input, c->output);
    r->any = TRUE;
}

void history_answer(Kernel *k, Message *m)
{
    JsonObject *c = m->content;
    AdjPast *past = k->session->past;
    const char *kind = json_text(c, "hist_access_type", "tail");
    Rows rows = {g_string_new("{\"status\":\"ok\",\"history\":["),
                 json_flag(c, "output", FALSE), FALSE};
    if (g_str_equal(kind, "range"))
        k->host->past_range(past, (int)json_int(c, "session", 0), (int)json_int(c, "start", 0),
                            (int)json_int(c, "stop", -1), put_row, &rows);
    else if (g_str_equal(kind, "search"))
        k->host->past_search(past, json_text(c, "pattern", "*"), (int)json_int(c, "n", -1),
                             json_flag(c, "unique", FALSE), put_row, &rows);
    else
        k->host->past_tail(past, (int)json_int(c, "n", 1000), put_row, &rows);
    reply(k, m, g_string_append(rows.g, "]}"));
}

// ---------------------------------------------------------------- who this is

// The language is called python because a program in it is one, but for `|>`: papermill finds
// how to write parameters by this name, VS Code and others which colours to use, and a notebook
// opens on a machine that has PyTorch but not Adjoint.
void info_answer(Kernel *k, Message *m)
{
    GString *g = g_string_new(NULL);
    json_put(g,
             "{'status':'ok','protocol_version':'5.5','implementation':'adjoint',"
             "'implementation_version':%s,'language_info':{'name':'python','version':'3.11.0',"
             "'mimetype':'text/x-python','file_extension':'.adj','pygments_lexer':'python3',"
             "'codemirror_mode':{'name':'python','version':3}},",
             k->host->version);
    json_put(g,
             "'banner':'Adjoint %r   x? explains x, Tab completes',"
             "'help_links':[{'text':'PyTorch','url':'https://docs.pytorch.org/docs/stable/'},"
             "{'text':'Jupyter','url':'https://docs.jupyter.org/'}],'debugger':false,"
             "'supported_features':[]}",
             k->host->version);
    reply(k, m, g);
}
