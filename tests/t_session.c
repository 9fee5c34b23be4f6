// SPDX-License-Identifier: Apache-2.0
//
// A session with several front ends and requests from other threads: who is shown what, what is
// answered while a cell runs, interrupts, questions, comms, and the history they share.
#include "session/front.h"
#include "session/history.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// A front end that writes down what it is shown.
typedef struct {
    AdjFront front;
    AdjSession *session;
    char text[4096];
    const char *line;  // the answer to input(); NULL: wait for one
    atomic_bool asked;
} Sheet;

static void put(Sheet *s, const char *format, const char *text, size_t length)
{
    size_t at = strlen(s->text);
    snprintf(s->text + at, sizeof s->text - at, format, (int)length, text);
}

static void on_stream(void *self, int fd, const char *text, size_t length)
{
    put(self, fd == 1 ? "out(%.*s)" : "err(%.*s)", text, length);
}

static void on_show(void *self, const AdjBundle *what, const AdjShown *how)
{
    const AdjMime *plain = adj_bundle_find(what, "text/plain");
    put(self,
        how->result   ? "result(%.*s)"
        : how->update ? "update(%.*s)"
                      : "show(%.*s)",
        plain->data, plain->length);
}

static void on_failed(void *self, const AdjFailure *f)
{
    put(self, "failed(%.*s)", f->name, strlen(f->name));
}

static void on_clear(void *self, bool wait)
{
    put(self, wait ? "clear later%.*s" : "clear%.*s", "", 0);
}

static void on_began(void *self, const AdjCellText *cell, int number)
{
    Sheet *s = self;
    char label[32];
    snprintf(label, sizeof label, "%s%d:", cell->front == &s->front ? "own" : "other", number);
    put(s, "%.*s", label, strlen(label));
}

static AdjAnswer on_ask(void *self, const char *prompt, bool secret, char **line)
{
    Sheet *s = self;
    (void)secret;
    put(s, "ask(%.*s)", prompt, strlen(prompt));
    s->asked = true;
    while (!s->line)
        if (!adj_session_wait(s->session)) return ADJ_ANSWER_INTERRUPTED;
    *line = strdup(s->line);
    return ADJ_ANSWER_LINE;
}

static void on_comm(void *self, const AdjCommEvent *e)
{
    char what[200];
    snprintf(what, sizeof what, "%s %s %.*s%s", e->id,
             e->act == ADJ_COMM_CLOSE ? "closes" : "says", (int)e->data.length, e->data.json,
             e->data.buffer_count ? " and bytes" : "");
    put(self, "comm(%.*s)", what, strlen(what));
}

static void sheet(Sheet *s, AdjSession *session)
{
    *s = (Sheet){.session = session,
                 .front = {.self = s,
                           .stream = on_stream,
                           .show = on_show,
                           .failed = on_failed,
                           .clear = on_clear,
                           .began = on_began,
                           .ask = on_ask,
                           .comm = on_comm}};
    adj_session_attach(session, &s->front);
}

static const char *taken(Sheet *s)
{
    static char text[sizeof s->text];
    memcpy(text, s->text, sizeof text);
    s->text[0] = 0;
    return text;
}

static AdjOutcome run(AdjSession *s, Sheet *from, const char *text)
{
    AdjOutcome o;
    adj_session_execute(
        s,
        &(AdjCellText){
            .front = &from->front, .text = text, .length = strlen(text), .store = true},
        &o);
    adj_outcome_free(&o);
    return o;
}

// ---------------------------------------------------------------- what is shown

static void shows(AdjSession *s, Sheet *a, Sheet *b)
{
    run(s, a, "print('x')\n1 + 1");
    equal_str(taken(a), "own1:out(x\n)result(2)", "who asked sees the cell");
    equal_str(taken(b), "other1:out(x\n)result(2)", "and so does everybody else");
    run(s, b, "display(5)\nclear_output(wait=True)\n1 / 0");
    equal_str(taken(a), "other2:show(5)clear laterfailed(ZeroDivisionError)",
              "displays and failures too");
    taken(b);
    AdjOutcome o = run(s, a, "import sys\nsys.exit(4)");
    ok(o.leave && o.status == 4, "a program may end itself with a status");
    taken(a), taken(b);
    AdjCellText quiet = {.front = &a->front, .text = "y = 3\ny", .length = 7, .silent = true};
    adj_session_execute(s, &quiet, &o);
    ok(o.ok && o.number == 3, "a silent cell is not counted");
    equal_str(taken(a), "", "and shows nothing");
    AdjBundle bundle = {0};
    ok(adj_session_evaluate(s, "y * 2", 5, &bundle, &o), "an expression is evaluated");
    equal_str(adj_bundle_find(&bundle, "text/plain")->data, "6", "beside the cells");
    adj_bundle_free(&bundle);
    ok(!adj_session_evaluate(s, "nobody", 6, &bundle, &o), "one that fails");
    equal_str(o.name, "NameError", "says why");
    adj_outcome_free(&o);
    equal_str(taken(a), "", "and shows nothing");
}

static void asks(AdjSession *s, Sheet *a, Sheet *b)
{
    a->line = "Ada";
    run(s, a, "input('who? ') * 2");
    equal_str(taken(a), "own4:ask(who? )result('AdaAda')", "input() asks whose cell runs");
    equal_str(taken(b), "other4:result('AdaAda')", "and nobody else");
}

// ---------------------------------------------------------------- other threads

typedef struct {
    AdjSession *session;
    int served;
    bool busy;
} Watch;

static void look(AdjSession *s, void *arg)
{
    Watch *w = arg;
    w->served++;
    w->busy = adj_session_busy(s);
}

static void *interrupt_after_looking(void *arg)
{
    Watch *w = arg;
    for (int i = 0; i < 5; i++) adj_session_call(w->session, look, w);
    adj_session_interrupt(w->session);
    return NULL;
}

// Runs a cell that only ends by an interrupt, which comes after five requests were served.
static void busy(AdjSession *s, Sheet *a, Sheet *b, const char *cell, const char *what)
{
    Watch w = {.session = s};
    pthread_t thread;
    pthread_create(&thread, NULL, interrupt_after_looking, &w);
    while (!w.served && !adj_session_busy(s)) {
        run(s, a, cell);
    }
    pthread_join(thread, NULL);
    equal_int(w.served, 5, "%s: requests are served while it runs", what);
    ok(w.busy, "%s: and see that it does", what);
    ok(strstr(taken(a), "failed(KeyboardInterrupt)"), "%s: it is interrupted", what);
    taken(b);
}

static void *interrupt_question(void *arg)
{
    Sheet *s = arg;
    while (!s->asked) usleep(1000);
    adj_session_interrupt(s->session);
    return NULL;
}

static void question_interrupted(AdjSession *s, Sheet *a, Sheet *b)
{
    pthread_t thread;
    a->line = NULL;
    a->asked = false;
    pthread_create(&thread, NULL, interrupt_question, a);
    run(s, a, "input('?')");
    pthread_join(thread, NULL);
    ok(strstr(taken(a), "failed(KeyboardInterrupt)"), "a question is interrupted");
    taken(b);
    adj_session_interrupt(s);
    ok(run(s, a, "1").ok, "an interrupt without a cell means nothing to the next one");
    taken(a), taken(b);
}

typedef struct {
    AdjRequest request;
    Sheet *from;
    const char *text;
    bool last;
} Job;

static void serve_job(AdjSession *s, AdjRequest *r)
{
    Job *job = (Job *)r;
    if (!s->leaving) run(s, job->from, job->text);
    if (job->last) adj_session_leave(s);
}

static void *post_jobs(void *arg)
{
    Job *jobs = arg;
    for (int i = 0; i < 3; i++) adj_session_post_cell(jobs[i].from->session, &jobs[i].request);
    return NULL;
}

static void queued(AdjSession *s, Sheet *a, Sheet *b)
{
    pthread_t thread;
    Job jobs[3] = {{{serve_job, NULL}, a, "print(1)", false},
                   {{serve_job, NULL}, b, "print(2)", false},
                   {{serve_job, NULL}, a, "print(3)", true}};
    taken(a), taken(b);
    s->count = 0;
    pthread_create(&thread, NULL, post_jobs, jobs);
    adj_session_serve(s);
    pthread_join(thread, NULL);
    equal_str(taken(a), "own1:out(1\n)other2:out(2\n)own3:out(3\n)",
              "cells of several threads run in their order, until the session is left");
    taken(b);
    s->leaving = false;
}

// ---------------------------------------------------------------- comms

static char *on_open(AdjComm *c, const AdjCommData *data)
{
    c->user = "opened";
    return strdup(data->json);
}

static char *on_message(AdjComm *c, const AdjCommData *data)
{
    AdjCommBuffer bytes = {"raw", 3};
    AdjCommData more = {.json = "{\"n\":1}", .buffers = &bytes, .buffer_count = 1};
    if (!strcmp(data->json, "\"end\"")) return adj_comm_close(c, NULL), strdup("\"never\"");
    adj_comm_send(c, &more);
    return NULL;
}

static int closed;
static void on_close(AdjComm *c, const AdjCommData *data)
{
    (void)data;
    closed += !strcmp(c->user, "opened");
}

static const AdjCommTarget target = {
    .name = "test", .open = on_open, .message = on_message, .close = on_close};

static bool take(AdjSession *s, Sheet *from, AdjCommAct act, const char *id, const char *json)
{
    return adj_comm_take(s, &from->front, &(AdjCommEvent){act, id, "test", {.json = json}});
}

static void comms(AdjSession *s, Sheet *a, Sheet *b)
{
    ok(!take(s, a, ADJ_COMM_OPEN, "one", "{}"), "a target that nobody registered");
    ok(adj_comm_register(s, &target) && !adj_comm_listened(s), "nobody listens yet");
    ok(take(s, a, ADJ_COMM_OPEN, "one", "{\"hi\":2}"), "a comm is opened");
    ok(take(s, b, ADJ_COMM_OPEN, "one", "{}"), "two fronts may choose the same id");
    ok(!take(s, a, ADJ_COMM_OPEN, "one", "{}"), "one front may not");
    equal_str(taken(a), "comm(one says {\"hi\":2})", "its answer comes back");
    taken(b);
    take(s, a, ADJ_COMM_MESSAGE, "one", "{}");
    equal_str(taken(a), "comm(one says {\"n\":1} and bytes)", "so do messages with buffers");
    adj_comm_publish(s, "test", "{\"all\":0}");
    equal_str(taken(b), "comm(one says {\"all\":0})", "everyone hears what is published");
    adj_comm_publish(s, "other", "{}");
    taken(a);
    take(s, a, ADJ_COMM_MESSAGE, "one", "\"end\"");
    equal_str(taken(a), "comm(one closes {})", "a target may close its comm");
    ok(!take(s, a, ADJ_COMM_MESSAGE, "one", "{}") && closed == 1, "and then it is gone");
    adj_session_detach(s, &b->front);
    ok(closed == 2 && !adj_comm_listened(s), "those of a front that goes are closed");
    run(s, a, "7");
    equal_str(b->text, "", "and it is shown nothing more");
}

// ---------------------------------------------------------------- history

static void add_cell(void *self, const AdjPastCell *c)
{
    char row[200];
    snprintf(row, sizeof row, "%d/%d %s=%s;", c->session, c->line, c->input,
             c->output ? c->output : "");
    put(self, "%.*s", row, strlen(row));
}

static void history(void)
{
    Sheet rows = {0};
    AdjPast *p = adj_past_new();
    adj_past_add(p, 1, "one", 3, false);
    adj_past_add(p, 2, "two words", 9, false);
    adj_past_add(p, 3, "one", 3, false);
    adj_past_set_output(p, 2, "out", 3);
    adj_past_tail(p, 2, add_cell, &rows);
    equal_str(taken(&rows), "2/2 two words=out;2/3 one=;", "the newest");
    adj_past_tail(p, -1, add_cell, &rows);
    equal_str(taken(&rows), "", "none of them");
    adj_past_range(p, 0, 1, 3, add_cell, &rows);
    equal_str(taken(&rows), "2/1 one=;2/2 two words=out;", "lines of this session");
    adj_past_range(p, -1, 1, 3, add_cell, &rows);
    equal_str(taken(&rows), "", "the session before had none");
    adj_past_search(p, "*o*", 2, false, add_cell, &rows);
    equal_str(taken(&rows), "2/2 two words=out;2/3 one=;", "the newest that match");
    adj_past_search(p, "*o*", -1, true, add_cell, &rows);
    equal_str(taken(&rows), "2/2 two words=out;2/3 one=;", "each once");
    adj_past_free(p);
}

int main(void)
{
    char folder[] = "/tmp/adjoint-session-XXXXXX";
    if (!mkdtemp(folder)) return 1;
    setenv("XDG_STATE_HOME", folder, 1);
    AdjSession *s = adj_session_new(0, NULL);
    Sheet a, b;
    sheet(&a, s);
    sheet(&b, s);
    shows(s, &a, &b);
    asks(s, &a, &b);
    busy(s, &a, &b, "while True: pass", "a loop");
    busy(s, &a, &b, "sum(range(10 ** 12))", "a builtin that walks");
    busy(s, &a, &b, "import time\ntime.sleep(600)", "a sleep");
    question_interrupted(s, &a, &b);
    queued(s, &a, &b);
    comms(s, &a, &b);
    adj_session_free(s);
    history();
    rmdir(folder);
    return done();
}
