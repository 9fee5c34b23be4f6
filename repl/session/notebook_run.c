// SPDX-License-Identifier: Apache-2.0
// notebook_run.c: a notebook as a program. Its outputs are caught by a front end of their own
// and put into the cells in the forms of nbformat: streams are joined, a carriage return starts
// a line again, what is displayed under an id can be replaced later, in whatever cell it is.
//
// The notebook is also written while it runs, at most as often as to spend a tenth of the time
// on it. Writing is by a new file that takes the place of the old one, so at any moment there
// is a whole notebook on the disk.
#include "session/front.h"
#include "session/notebook.h"
#include "session/notebook_mime.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Outputs that stand under one display id.
typedef struct Display {
    char *id;
    AdjJsonNode *output;
    struct Display *next;
} Display;

typedef struct {
    AdjFront front;
    AdjSession *session;
    AdjNotebook *nb;
    AdjArena *arena;
    AdjJsonNode *outputs;  // of the running cell
    int fd;                // of the text that waits in [text]; 0: none waits
    char *text;
    size_t length, room;
    bool clear_next;  // what comes next replaces what is there
    bool no_memory;
    Display *displays;
    atomic_bool timed_out;
} Run;

// ---------------------------------------------------------------- outputs

static void add_member(Run *r, AdjJsonNode *to, const char *key, AdjJsonNode *value)
{
    if (!adj_json_set(r->arena, to, key, value)) r->no_memory = true;
}

static AdjJsonNode *string(Run *r, const char *text)
{
    return adj_json_new_string(r->arena, text, strlen(text));
}

// What stands behind the last carriage return of a line is the line; one at its end waits for
// what follows.
static size_t fold_returns(char *text, size_t length)
{
    size_t to = 0, start = 0;
    for (size_t i = 0; i < length; i++) {
        bool over = text[i] == '\r' && i + 1 < length && text[i + 1] != '\n';
        if (over)
            to = start;
        else if (text[i] != '\r')
            text[to++] = text[i];
        if (text[i] == '\n') start = to;
    }
    return to;
}

static void forget_outputs(Run *r)
{
    for (Display *d = r->displays; d; d = d->next)
        for (AdjJsonNode *o = r->outputs->first; o; o = o->next)
            if (d->output == o) d->output = NULL;
    r->outputs->first = r->outputs->last = NULL;
    r->outputs->count = 0;
}

static void append(Run *r, AdjJsonNode *output)
{
    if (r->clear_next) forget_outputs(r);
    r->clear_next = false;
    if (!adj_json_push(r->outputs, output)) r->no_memory = true;
}

// The text that waits becomes an output.
static void put_text(Run *r)
{
    if (!r->fd) return;
    AdjJsonNode *o = adj_json_new(r->arena, ADJ_JSON_OBJECT);
    size_t length = fold_returns(r->text, r->length);
    add_member(r, o, "name", string(r, r->fd == 1 ? "stdout" : "stderr"));
    add_member(r, o, "output_type", string(r, "stream"));
    add_member(r, o, "text", adj_json_new_lines(r->arena, r->text, length));
    r->fd = 0;
    r->length = 0;
    append(r, o);
}

static void on_stream(void *self, int fd, const char *text, size_t length)
{
    Run *r = self;
    if (!r->outputs || !length) return;
    if (r->clear_next) {
        forget_outputs(r);
        r->length = 0;
        r->fd = 0;
        r->clear_next = false;
    }
    if (r->fd && r->fd != fd) put_text(r);
    if (r->length + length > r->room) {
        size_t room = (r->length + length) * 2;
        char *more = realloc(r->text, room);
        if (!more) {
            r->no_memory = true;
            return;
        }
        r->text = more;
        r->room = room;
    }
    memcpy(r->text + r->length, text, length);
    r->length += length;
    r->fd = fd;
}

// A bundle as a notebook has it: text by lines, bytes as base64, JSON as itself.
static AdjJsonNode *data_of(Run *r, const AdjBundle *b)
{
    AdjJsonNode *data = adj_json_new(r->arena, ADJ_JSON_OBJECT);
    for (int i = 0; i < b->count; i++) {
        AdjJsonNode *v = adj_mime_to_json(r->arena, &b->at[i]);
        add_member(r, data, b->at[i].type, v);
    }
    return data;
}

static AdjJsonNode *metadata_of(Run *r, const AdjBundle *b)
{
    AdjJsonNode *n = b->metadata ? adj_json_parse_copy(r->arena, b->metadata) : NULL;
    return n && n->kind == ADJ_JSON_OBJECT ? n : adj_json_new(r->arena, ADJ_JSON_OBJECT);
}

static void replace_shown(Run *r, const char *id, const AdjBundle *b)
{
    for (Display *d = r->displays; d; d = d->next) {
        if (!d->output || strcmp(d->id, id)) continue;
        add_member(r, d->output, "data", data_of(r, b));
        add_member(r, d->output, "metadata", metadata_of(r, b));
    }
}

static void remember_shown(Run *r, const char *id, AdjJsonNode *output)
{
    Display *d = malloc(sizeof *d);
    if (d) *d = (Display){strdup(id), output, r->displays};
    if (d && d->id)
        r->displays = d;
    else
        free(d), r->no_memory = true;
}

static void on_show(void *self, const AdjBundle *what, const AdjShown *how)
{
    Run *r = self;
    if (!r->outputs) return;
    put_text(r);
    if (how->update && how->display_id) {
        replace_shown(r, how->display_id, what);
        return;
    }
    AdjJsonNode *o = adj_json_new(r->arena, ADJ_JSON_OBJECT);
    add_member(r, o, "data", data_of(r, what));
    if (how->number)
        add_member(r, o, "execution_count", adj_json_new_int(r->arena, how->number));
    add_member(r, o, "metadata", metadata_of(r, what));
    add_member(r, o, "output_type", string(r, how->number ? "execute_result" : "display_data"));
    append(r, o);
    if (how->display_id) remember_shown(r, how->display_id, o);
}

static void on_failed(void *self, const AdjFailure *f)
{
    Run *r = self;
    if (!r->outputs) return;
    put_text(r);
    AdjJsonNode *o = adj_json_new(r->arena, ADJ_JSON_OBJECT);
    AdjJsonNode *lines = adj_json_new(r->arena, ADJ_JSON_ARRAY);
    add_member(r, o, "ename", string(r, f->name));
    add_member(r, o, "evalue", string(r, f->value));
    add_member(r, o, "output_type", string(r, "error"));
    for (const char *p = f->text; *p;) {
        size_t n = strcspn(p, "\n");
        if (!adj_json_push(lines, adj_json_new_string(r->arena, p, n))) r->no_memory = true;
        p += n + (p[n] == '\n');
    }
    add_member(r, o, "traceback", lines);
    append(r, o);
}

static void on_clear(void *self, bool wait)
{
    Run *r = self;
    if (!r->outputs) return;
    put_text(r);
    if (wait)
        r->clear_next = true;
    else
        forget_outputs(r);
}

// ---------------------------------------------------------------- time

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void too_long(union sigval v)
{
    Run *r = v.sival_ptr;
    atomic_store(&r->timed_out, true);
    adj_session_interrupt(r->session);
}

static bool timer_start(Run *r, double limit, timer_t *timer)
{
    struct sigevent e = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = too_long};
    e.sigev_value.sival_ptr = r;
    if (limit <= 0 || timer_create(CLOCK_MONOTONIC, &e, timer) != 0) return false;
    struct itimerspec at = {.it_value.tv_sec = (time_t)limit};
    at.it_value.tv_nsec = (long)((limit - (double)at.it_value.tv_sec) * 1e9) + 1;
    timer_settime(*timer, 0, &at, NULL);
    return true;
}

// ---------------------------------------------------------------- cells

static bool run_one(Run *r, const AdjNotebookRun *how, AdjJsonNode *cell, AdjOutcome *o)
{
    size_t length;
    char *text = adj_json_text(adj_json_get(cell, "source"), &length);
    if (!text) return false;
    timer_t timer;
    r->outputs = adj_json_new(r->arena, ADJ_JSON_ARRAY);
    atomic_store(&r->timed_out, false);
    adj_session_record(r->session, how->record && !adj_notebook_tagged(cell, "no-record"));
    bool timed = timer_start(r, how->timeout_s, &timer);
    adj_session_execute(
        r->session,
        &(AdjCellText){.front = &r->front, .text = text, .length = length, .store = true}, o);
    if (timed) timer_delete(timer);
    put_text(r);
    add_member(r, cell, "execution_count", adj_json_new_int(r->arena, o->number));
    add_member(r, cell, "outputs", r->outputs);
    r->outputs = NULL;
    r->clear_next = false;
    free(text);
    return !r->no_memory;
}

static bool is_to_run(const AdjJsonNode *cell)
{
    size_t length;
    if (!adj_json_is(adj_json_get(cell, "cell_type"), "code")) return false;
    char *text = adj_json_text(adj_json_get(cell, "source"), &length);
    bool blank = !text || strspn(text, " \t\r\n") == length;
    free(text);
    return !blank && !adj_notebook_tagged(cell, "skip-execution");
}

static int say_failure(const Run *r, const AdjNotebookRun *how, const AdjOutcome *o)
{
    fflush(stdout);
    if (atomic_load(&r->timed_out)) {
        fprintf(stderr, "adjoint: %s: cell %d took more than %g s\n", how->path, o->number,
                how->timeout_s);
        return 1;
    }
    fprintf(stderr, "adjoint: %s: cell %d: %s%s%s\n", how->path, o->number, o->name,
            o->value && *o->value ? ": " : "", o->value ? o->value : "");
    return o->status ? o->status : 1;
}

typedef struct {
    double due, cost;  // when the next writing may be, and what the last one took
} Saving;

static bool save(const Run *r, const AdjNotebookRun *how, Saving *s, bool now)
{
    char why[ADJ_NOTEBOOK_WHY];
    double start = seconds();
    if (!how->out || (!now && start < s->due)) return true;
    bool ok = adj_notebook_write(r->nb, how->out, why);
    if (!ok && now) fprintf(stderr, "adjoint: %s\n", why);
    s->cost = seconds() - start;
    s->due = seconds() + 0.2 + 9 * s->cost;
    return ok;
}

static int run_cells(Run *r, const AdjNotebookRun *how, Saving *saving)
{
    int number = 0, status = 0;
    for (AdjJsonNode *c = r->nb->cells->first; c; c = c->next) {
        AdjOutcome o = {0};
        number++;
        if (!is_to_run(c)) continue;
        if (!run_one(r, how, c, &o)) {
            fprintf(stderr, "adjoint: %s: cell %d: there is not enough memory\n", how->path,
                    number);
            adj_outcome_free(&o);
            return 1;
        }
        bool stop =
            o.leave ||
            (!o.ok && (atomic_load(&r->timed_out) || o.status == 130 ||
                       (!how->allow_errors && !adj_notebook_tagged(c, "raises-exception"))));
        if (stop) status = o.ok ? 0 : say_failure(r, how, &o);
        adj_outcome_free(&o);
        if (stop) return status;
        save(r, how, saving, false);
    }
    return 0;
}

// Results of an earlier run would be taken for those of this one.
static void clear_all(Run *r)
{
    for (AdjJsonNode *c = r->nb->cells->first; c; c = c->next) {
        if (!adj_json_is(adj_json_get(c, "cell_type"), "code")) continue;
        add_member(r, c, "execution_count", adj_json_new(r->arena, ADJ_JSON_NULL));
        add_member(r, c, "outputs", adj_json_new(r->arena, ADJ_JSON_ARRAY));
    }
}

int adj_notebook_run(AdjSession *s, AdjNotebook *nb, const AdjNotebookRun *how)
{
    Run r = {.session = s, .nb = nb, .arena = &nb->arena};
    Saving saving = {0};
    r.front = (AdjFront){.self = &r,
                         .rich = true,
                         .stream = on_stream,
                         .show = on_show,
                         .failed = on_failed,
                         .clear = on_clear};
    clear_all(&r);
    adj_session_attach(s, &r.front);
    int status = run_cells(&r, how, &saving);
    adj_session_detach(s, &r.front);
    if (!save(&r, how, &saving, true) && !status) status = 1;
    for (Display *d = r.displays, *next; d; d = next) {
        next = d->next;
        free(d->id);
        free(d);
    }
    free(r.text);
    return status;
}
