// SPDX-License-Identifier: Apache-2.0
// execute.c: cells, and the kernel as a front end of the session: what cells show becomes
// messages on iopub, each with the header of the request that caused it.
#include "kernel/internal.h"

#include <stdlib.h>
#include <string.h>

// What a client sends before it has heard of a failure is still on its way.
enum { ABORT_WAIT_US = 10 * 1000 };

// ---------------------------------------------------------------- showing

GString *bundle_content(Kernel *k, const AdjBundle *b)
{
    GString *g = g_string_new("\"data\":{");
    for (int i = 0; i < b->count; i++) {
        const AdjMime *m = &b->at[i];
        json_put(g, i ? ",%s:" : "%s:", m->type);
        if (m->is_json) {
            g_string_append_len(g, m->data, (gssize)m->length);
        } else if (k->host->is_binary(m->type)) {
            g_autofree char *coded = g_base64_encode((const guchar *)m->data, m->length);
            json_put(g, "%s", coded);
        } else {
            json_put_string(g, m->data, (gssize)m->length);
        }
    }
    json_put(g, "},'metadata':%r", b->metadata ? b->metadata : "{}");
    return g;
}

static void stream(void *self, int fd, const char *text, size_t length)
{
    output_text(self, fd, text, length);
    output_throttle(self);
}

static void show(void *self, const AdjBundle *what, const AdjShown *how)
{
    Kernel *k = self;
    g_autoptr(GString) bundle = bundle_content(k, what);
    GString *g = g_string_new(NULL);
    json_put(g, "{%r", bundle->str);
    if (how->result)
        json_put(g, ",'execution_count':%d}", how->number);
    else if (how->display_id)
        json_put(g, ",'transient':{'display_id':%s}}", how->display_id);
    else
        json_put(g, ",'transient':{}}");
    post_letter(k, IOPUB, k->running,
                how->result   ? "execute_result"
                : how->update ? "update_display_data"
                              : "display_data",
                g);
}

static void put_failure(GString *g, const char *name, const char *value, const char *text)
{
    json_put(g, "'ename':%s,'evalue':%s,'traceback':[", name, value);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint n = g_strv_length(lines);
    while (n > 0 && !*lines[n - 1]) n--;
    for (guint i = 0; i < n; i++) json_put(g, i ? ",%s" : "%s", lines[i]);
    g_string_append_c(g, ']');
}

static void failed(void *self, const AdjFailure *f)
{
    Kernel *k = self;
    GString *g = g_string_new("{");
    put_failure(g, f->name, f->value, f->text);
    post_letter(k, IOPUB, k->running, "error", g_string_append_c(g, '}'));
}

static void clear(void *self, bool wait)
{
    Kernel *k = self;
    GString *g = g_string_new(NULL);
    json_put(g, "{'wait':%b}", wait);
    post_letter(k, IOPUB, k->running, "clear_output", g);
}

static void add_payload(Kernel *k, GString *one)
{
    if (k->payload->len) g_string_append_c(k->payload, ',');
    g_string_append(k->payload, one->str);
    g_string_free(one, TRUE);
}

static void page(void *self, const AdjBundle *text)
{
    Kernel *k = self;
    g_autoptr(GString) data = bundle_content(k, text);
    GString *g = g_string_new(NULL);
    json_put(g, "{'source':'page',%r,'start':0}", data->str);
    add_payload(k, g);
}

static void echo_input(Kernel *k, const AdjCellText *cell, int number)
{
    GString *g = g_string_new("{\"code\":");
    json_put_string(g, cell->text, (gssize)cell->length);
    json_put(g, ",'execution_count':%d}", number);
    post_letter(k, IOPUB, k->running, "execute_input", g);
}

// A cell of another front end: the clients see it as one that nobody of them asked for.
static void began(void *self, const AdjCellText *cell, int number)
{
    Kernel *k = self;
    if (cell->front != &k->front) {
        g_mutex_lock(&k->lock);
        message_unref(k->running);
        k->running = NULL;
        k->output.said = 0;
        g_mutex_unlock(&k->lock);
        post_status(k, NULL, "busy");
    }
    echo_input(k, cell, number);
}

static void ended(void *self, const AdjCellText *cell)
{
    Kernel *k = self;
    if (cell->front != &k->front) post_status(k, NULL, "idle");
}

// ---------------------------------------------------------------- asking

static void stop_asking(Kernel *k)
{
    message_unref(k->asked);
    k->asked = NULL;
}

static AdjAnswer ask(void *self, const char *prompt, bool secret, char **line)
{
    Kernel *k = self;
    if (!json_flag(k->running->content, "allow_stdin", FALSE)) return ADJ_ANSWER_REFUSED;
    g_mutex_lock(&k->lock);
    g_free(k->answer);
    k->answer = NULL;
    k->asked = message_ref(k->running);
    g_mutex_unlock(&k->lock);
    GString *g = g_string_new(NULL);
    json_put(g, "{'prompt':%s,'password':%b}", prompt, secret);
    post_letter(k, STDIN, k->running, "input_request", g);
    for (bool going = true;;) {
        g_mutex_lock(&k->lock);
        *line = k->answer ? strdup(k->answer) : NULL;
        if (*line || !going) stop_asking(k);
        g_mutex_unlock(&k->lock);
        if (*line) return ADJ_ANSWER_LINE;
        if (!going) return ADJ_ANSWER_INTERRUPTED;
        going = k->host->wait(k->session);
    }
}

static gboolean same_client(const Message *a, const Message *b)
{
    return g_str_equal(json_text(a->header, "session", ""),
                       json_text(b->header, "session", ""));
}

void execute_input_reply(Kernel *k, Message *m)
{
    g_mutex_lock(&k->lock);
    gboolean wanted = k->asked && !k->answer && same_client(k->asked, m);
    if (wanted) k->answer = g_strdup(json_text(m->content, "value", ""));
    g_mutex_unlock(&k->lock);
    if (wanted) k->host->wake(k->session);
}

// ---------------------------------------------------------------- the request

static void put_expression(Kernel *k, GString *g, const char *text)
{
    AdjBundle b = {0};
    AdjOutcome failure = {0};
    if (k->host->evaluate(k->session, text, strlen(text), &b, &failure)) {
        g_autoptr(GString) bundle = bundle_content(k, &b);
        json_put(g, "{'status':'ok',%r}", bundle->str);
    } else {
        json_put(g, "{'status':'error',");
        put_failure(g, failure.name, failure.value, failure.text ? failure.text : "");
        g_string_append_c(g, '}');
    }
    k->host->bundle_free(&b);
    k->host->outcome_free(&failure);
}

static void put_expressions(Kernel *k, GString *g, JsonObject *wanted)
{
    g_string_append(g, "\"user_expressions\":{");
    g_autoptr(GList) names = wanted ? json_object_get_members(wanted) : NULL;
    for (GList *at = names; at; at = at->next) {
        json_put(g, at == names ? "%s:" : ",%s:", at->data);
        put_expression(k, g, json_text(wanted, at->data, ""));
    }
    g_string_append_c(g, '}');
}

// A program that ends itself successfully asks its client to let it go; the kernel stays until
// the client says so.
static void put_success(Kernel *k, GString *g, Message *m, const AdjOutcome *o)
{
    GString *leave = o->leave ? g_string_new(NULL) : NULL;
    if (leave) json_put(leave, "{'source':'ask_exit','keepkernel':%b}", FALSE);
    if (leave) add_payload(k, leave);
    json_put(g, "{'status':'ok','execution_count':%d,'payload':[%r],", o->number,
             k->payload->str);
    put_expressions(k, g, json_object(m->content, "user_expressions"));
    g_string_append_c(g, '}');
}

static void put_abortion(GString *g, int number)
{
    json_put(g, "{'status':'error','execution_count':%d,", number);
    put_failure(g, "Aborted", "a cell before this one failed",
                "Aborted: a cell before this one failed");
    g_string_append_c(g, '}');
}

// Cells that this client had sent before it could know of the failure are not run.
static void abort_followers(Kernel *k, Message *m)
{
    g_usleep(ABORT_WAIT_US);
    g_mutex_lock(&k->lock);
    k->aborted = k->arrivals;
    g_free(k->aborted_session);
    k->aborted_session = g_strdup(json_text(m->header, "session", ""));
    g_mutex_unlock(&k->lock);
}

static gboolean is_aborted(Kernel *k, Message *m)
{
    const char *client = json_text(m->header, "session", "");
    g_mutex_lock(&k->lock);
    gboolean yes = m->arrival <= k->aborted && g_str_equal(client, k->aborted_session);
    g_mutex_unlock(&k->lock);
    return yes;
}

static void begin(Kernel *k, Message *m)
{
    g_mutex_lock(&k->lock);
    message_unref(k->running);
    k->running = message_ref(m);
    k->output.said = 0;
    k->output.held_from = 0;
    g_mutex_unlock(&k->lock);
    g_string_truncate(k->payload, 0);
    post_status(k, m, "busy");
}

// A cell of a client that can be asked is a person's, and worth keeping beyond this session;
// those of nbconvert and papermill are not.
static void run(Kernel *k, Message *m, GString *g)
{
    AdjOutcome o;
    const char *code = json_text(m->content, "code", "");
    bool silent = json_flag(m->content, "silent", FALSE);
    AdjCellText cell = {
        .front = &k->front,
        .text = code,
        .length = strlen(code),
        .silent = silent,
        .store = !silent && json_flag(m->content, "store_history", TRUE),
        .lasting = json_flag(m->content, "allow_stdin", FALSE),
        .id = json_text(m->metadata, "cellId", NULL),
        .request = json_text(m->header, "msg_id", NULL),
    };
    output_capture(k, TRUE);
    k->host->execute(k->session, &cell, &o);
    output_capture(k, FALSE);
    if (o.ok) {
        put_success(k, g, m, &o);
    } else {
        json_put(g, "{'status':'error','execution_count':%d,", o.number);
        put_failure(g, o.name, o.value, o.text ? o.text : "");
        json_put(g, ",'payload':[%r],'user_expressions':{}}", k->payload->str);
        if (json_flag(m->content, "stop_on_error", TRUE)) abort_followers(k, m);
    }
    k->host->outcome_free(&o);
}

void execute_serve(AdjSession *s, AdjRequest *r)
{
    Message *m = (Message *)r;
    Kernel *k = m->kernel;
    if (!s->leaving) {
        GString *g = g_string_new(NULL);
        begin(k, m);
        if (is_aborted(k, m))
            put_abortion(g, s->count);
        else
            run(k, m, g);
        reply(k, m, g);
        post_status(k, m, "idle");
    }
    message_unref(m);
}

void execute_front(Kernel *k)
{
    k->front = (AdjFront){
        .self = k,
        .rich = true,
        .stream = stream,
        .show = show,
        .failed = failed,
        .clear = clear,
        .page = page,
        .ask = ask,
        .began = began,
        .ended = ended,
        .comm = comm_front_event,
    };
    k->payload = g_string_new(NULL);
    k->aborted_session = g_strdup("");
}
