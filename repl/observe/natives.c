// SPDX-License-Identifier: Apache-2.0
// natives.c: the module _observe, on which the library's `seeing` is written: requests as text,
// points, runs and watches.
#include "observe/plane/data.h"

#include "observe/observe.h"
#include "observe/past/past.h"
#include "observe/runs.h"
#include "session/front.h"

#include "io/tensorboard.h"
#include "lang/syntax/ast.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>

static AdjSession *here;  // the session that the names serve: a process has one
static AdjRun *run;
static char events[PATH_MAX];  // the event file beside the run, "" for none
static AdjVal torch_log;       // the operation that `log` also is

const char *adj_observe_run(void)
{
    return run ? adj_run_name(run) : NULL;
}

static bool f_ask(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (!adj_is_str(a[0])) return adj_raise(vm, ADJ_EXC_TypeError, "ask: a text of JSON");
    AdjStr *s = adj_as_str(a[0]);
    char *text = adj_observe_answer(here, NULL, s->data, (size_t)s->len);
    if (!text) return adj_raise(vm, ADJ_EXC_MemoryError, "ask: no memory");
    bool ok = adj_out(out, adj_str_new_c(vm, text));
    free(text);
    return ok;
}

static bool f_record(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    bool on, statistics;
    if (!adj_val_truth(vm, a[0], &on) || !adj_val_truth(vm, a[1], &statistics)) return false;
    if (on && !adj_record_start(true)) return adj_bind_error(vm);
    if (on) adj_observer()->recorder.statistics = statistics;
    if (!on) adj_record_stop();
    adj_scalars_watch(on);
    return adj_out_none(out);
}

// ---------------------------------------------------------------- points

static bool f_log(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjTuple *args = adj_as_tuple(a[0]);
    AdjDict *named = adj_as_dict(a[1]);
    if (args->len) {  // log(x) is the logarithm
        AdjVal all[8];
        int count = 0;
        AdjTuple *names = adj_tuple_new(vm, named->count);
        if (!names) return false;
        for (int64_t i = 0; i < args->len && count < 4; i++) all[count++] = args->items[i];
        AdjEntry *e;
        int64_t k = 0;
        for (int64_t i = 0; (e = adj_dict_next(named, &i)) && count < 8;) {
            names->items[k++] = adj_val_keep(e->key);
            all[count++] = e->value;
        }
        bool ok = adj_vm_call(vm, torch_log, all, count - (int)k, k ? names : NULL, out);
        adj_obj_drop(names);
        return ok;
    }
    AdjEntry *e;
    int64_t step = -1;
    AdjVal *given = adj_dict_find_c(named, "step");
    if (given && !adj_get_int(vm, *given, &step)) return false;
    for (int64_t i = 0; (e = adj_dict_next(named, &i));) {
        const char *name = adj_as_str(e->key)->data;
        double v;
        if (!strcmp(name, "step")) continue;
        bool tensor = adj_is_tensor(e->value);
        if (tensor)
            v = adj_item(adj_tensor_of(e->value));
        else if (!adj_get_double(vm, e->value, &v))
            return false;
        if (adj_error_kind() || !adj_scalar_log(name, v, step)) return adj_bind_error(vm);
    }
    return adj_out_none(out);
}

// "loss" of `loss.backward()`: what stands before the call when that is a plain name.
static const char *name_at(AdjVM *vm, AdjSpanAt at)
{
    const AdjSource *s = at.source ? adj_vm_source(vm, at.source) : NULL;
    if (!s || at.end > s->length || *s->name == '<') {
        if (!s || strcmp(s->name, "<command>")) return "loss";
    }
    char name[64];
    size_t n = 0;
    for (const char *p = s->text + at.start; p < s->text + at.end && n < sizeof name - 1; p++) {
        bool word =
            isalnum((unsigned char)*p) || *p == '_' || *p == '.' || (unsigned char)*p >= 0x80;
        if (!word) break;
        name[n++] = *p;
    }
    name[n] = 0;
    char *end = strstr(name, ".backward");
    if (!end || end == name || end[strlen(".backward")]) return "loss";
    *end = 0;
    return adj_intern(name);
}

void adj_observe_backward(AdjVM *vm, AdjTensor *root)
{
    static _Thread_local AdjSpanAt last;
    static _Thread_local const char *name;
    if (root->numel != 1) return;
    AdjSpanAt at = adj_vm_current_span(vm);
    if (!name || memcmp(&at, &last, sizeof at)) {
        name = name_at(vm, at);
        last = at;
    }
    AdjObserver *o = adj_thread.observer;
    if (o && o->recorder.now) o->recorder.now->root_name = name;
    if (!adj_scalar_log(name, adj_item(root), -1)) adj_error_clear();
}

// ---------------------------------------------------------------- runs

static void to_events(void *data, const AdjSeries *s, AdjPoint p)
{
    (void)data;
    AdjEvent e = {.kind = ADJ_EVENT_SCALAR,
                  .wall = p.time,
                  .step = p.step,
                  .tag = s->name,
                  .scalar = p.value};
    if (*events && !adj_event_write(events, &e)) {
        *events = 0;  // a full disk is said once, by the run itself
        adj_error_clear();
    }
}

static void end_run(void)
{
    adj_scalar_unlisten(to_events, NULL);
    *events = 0;
    adj_run_end(run);
    run = NULL;
}

static bool f_start_run(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (!adj_is_str(a[0]) || !adj_is_str(a[1]) || !adj_is_str(a[2]) || !adj_is_str(a[3]))
        return adj_raise(vm, ADJ_EXC_TypeError, "start_run: texts");
    end_run();
    run = adj_run_start(adj_as_str(a[0])->data, adj_as_str(a[1])->data, adj_as_str(a[2])->data);
    if (!run) return adj_bind_error(vm);
    adj_series_restart();
    adj_scalars_watch(true);
    if (adj_as_str(a[3])->len) {
        snprintf(events, sizeof events, "%s/%s", adj_run_path(run), adj_as_str(a[3])->data);
        AdjEvent version = {.kind = ADJ_EVENT_VERSION};
        if (!adj_event_write(events, &version) || !adj_scalar_listen(to_events, NULL)) {
            end_run();
            return adj_bind_error(vm);
        }
    }
    return adj_out(out, adj_str_new_c(vm, adj_run_path(run)));
}

static bool f_end_run(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)vm, (void)a, (void)n;
    end_run();
    return adj_out_none(out);
}

// ---------------------------------------------------------------- watches of the program

enum { HISTORY = 512 };
typedef struct Held {
    int64_t id;
    int64_t count;
    double history[HISTORY];  // norms (of UPDATE: ratios), the newest at count % HISTORY
    AdjSeen last;
    struct Held *next;
} Held;
static _Thread_local Held *held;

static void hold(void *data, const AdjSeen *s)
{
    Held *h = data;
    h->history[h->count++ % HISTORY] =
        s->take == ADJ_TAKE_UPDATE ? s->ratio : s->statistics.norm;
    h->last = *s;
    h->last.tensor = NULL;
    h->last.image.pixels = NULL;
}

static int find_word(const char *const *words, int n, const char *word)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(words[i], word)) return i;
    return -1;
}

static bool f_watch(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    double rate;
    if (!adj_is_str(a[1]) || !adj_is_str(a[2]) || !adj_is_str(a[3]) ||
        !adj_get_double(vm, a[4], &rate))
        return adj_raise(vm, ADJ_EXC_TypeError, "watch: a module or a tensor, and texts");
    AdjWatchSpec spec = {
        .path = adj_as_str(a[1])->data, .form = ADJ_FORM_HISTOGRAM, .rate = rate, .see = hold};
    int take = find_word(adj_take_names, ADJ_TAKES, adj_as_str(a[2])->data);
    if (take < 0) {
        return adj_raise(vm, ADJ_EXC_ValueError,
                         "watch: take 'value', 'grad', 'weight', 'weight_grad' or 'update', "
                         "not '%s'",
                         adj_as_str(a[2])->data);
    }
    spec.take = (AdjTake)take;
    spec.scale = strcmp(adj_as_str(a[3])->data, "log") ? ADJ_BINS_LINEAR : ADJ_BINS_LOG;
    if (adj_is_module(a[0])) spec.module = adj_module_of(a[0])->m;
    if (adj_is_tensor(a[0])) spec.tensor = adj_tensor_of(a[0]);
    if (!spec.module && !spec.tensor)
        return adj_raise(vm, ADJ_EXC_TypeError, "watch: %s is neither a module nor a tensor",
                         adj_type_name(a[0]));
    Held *h = calloc(1, sizeof *h);
    spec.data = h;
    if (!h || !(h->id = adj_watch_add(&spec))) {
        free(h);
        return adj_bind_error(vm);
    }
    h->next = held;
    held = h;
    return adj_out_int(out, h->id);
}

static bool f_unwatch(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    int64_t id;
    if (!adj_get_int(vm, a[0], &id)) return false;
    for (Held **p = &held; *p; p = &(*p)->next) {
        if ((*p)->id != id) continue;
        Held *dead = *p;
        adj_watch_remove(id);
        *p = dead->next;
        free(dead);
        break;
    }
    return adj_out_none(out);
}

// What a watch has seen: {"count", "history", and of the last time path, step, statistics,
// histogram}.
static bool f_watched(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    int64_t id;
    Held *h = held;
    if (!adj_get_int(vm, a[0], &id)) return false;
    while (h && h->id != id) h = h->next;
    if (!h) return adj_raise(vm, ADJ_EXC_KeyError, "no watch %lld", (long long)id);
    AdjAnswerText o = {.vm = vm};
    adj_say_open(&o, '{');
    adj_put_int(&o, "count", h->count);
    adj_say_key(&o, "history");
    adj_say_open(&o, '[');
    int64_t from = h->count > HISTORY ? h->count - HISTORY : 0;
    for (int64_t i = from; i < h->count; i++) adj_say_number(&o, h->history[i % HISTORY]);
    adj_say_close(&o, ']');
    if (h->count) {
        adj_put_text(&o, "path", h->last.path);
        adj_put_int(&o, "step", h->last.step);
        adj_put_number(&o, "ratio", h->last.ratio);
        adj_put_statistics(&o, "statistics", &h->last.statistics);
        adj_put_histogram(&o, &h->last.histogram);
    }
    adj_say_close(&o, '}');
    bool ok = !o.failed && adj_out(out, adj_str_new(vm, o.b.data, o.b.len));
    adj_buf_free(&o.b);
    return ok;
}

static const AdjNative functions[] = {
    {"ask", "(request)", f_ask, "Answers a request of the protocol, both as texts of JSON.", 0},
    {"record", "(on=True, statistics=False)", f_record,
     "Every training step leaves its record from now on, or no longer: what tape(), profile() "
     "and health() show when they are given nothing. With statistics, of every tensor.",
     0},
    {"start_run", "(folder, name, config, events)", f_start_run, "Begins a run.", 0},
    {"end_run", "()", f_end_run, "Ends the run.", 0},
    {"watch", "(target, path, take, scale, rate)", f_watch, "Begins to watch.", 0},
    {"unwatch", "(number)", f_unwatch, "Ends it.", 0},
    {"watched", "(number)", f_watched, "What was seen, as JSON.", 0},
    {"log", "(*args, **values)", f_log,
     "log(loss=0.5, acc=0.9): points on the live curves, in the order of the steps (or at "
     "step=...). With a tensor, log(x): the natural logarithm.",
     0},
    {0},
};

static bool init(AdjVM *vm, AdjModuleObj *m)
{
    (void)vm, (void)m;
    return true;
}

static const AdjModuleDef module = {"_observe", "What the session keeps of running models.",
                                    functions, init};

// ---------------------------------------------------------------- the session

static void cell_ended(void *self, const AdjCellText *cell)
{
    (void)cell;
    adj_observe_pump(self, true);
}

static void point_came(void *data, const AdjSeries *s, AdjPoint p)
{
    (void)s;
    static _Thread_local double last;
    if (p.time - last < 0.01) return;
    last = p.time;
    adj_observe_pump(data, false);
}

// The last of the fronts: it shows nothing, and hears where cells end.
void adj_observe_listen(AdjSession *s, bool on)
{
    static AdjFront front;
    if (on == (front.self != NULL)) return;
    if (!on) adj_session_detach(s, &front);
    front = on ? (AdjFront){.self = s, .ended = cell_ended} : (AdjFront){.self = NULL};
    if (on) adj_session_attach(s, &front);
}

void adj_observe_start(AdjSession *s)
{
    if (!adj_record_start(false)) return adj_error_clear();
    adj_scalars_watch(true);
    adj_scalar_unlisten(point_came, s);
    adj_scalar_listen(point_came, s);
}

void adj_observe_stop(AdjSession *s)
{
    adj_observe_listen(s, false);
    end_run();
    while (held) {
        Held *next = held->next;
        free(held);
        held = next;
    }
    adj_observe_forget_walk();
    adj_observe_forget_wiggle();
    adj_observe_forget_projection();
    adj_edits_forget();
    adj_past_forget();
    adj_lockstep_forget();
    adj_observe_forget_slice();
    adj_observer_free();
}

bool adj_observe_install(AdjSession *s)
{
    here = s;
    adj_observe_install_comm(s);
    AdjVal *log = adj_dict_find_c(adj_vm_prelude(s->vm), "log");
    if (log) torch_log = *log;  // torch's module keeps it
    if (!adj_vm_add_module(s->vm, &module)) return false;
    AdjDict *prelude = adj_vm_prelude(s->vm);
    for (const AdjNative *f = functions; f->name; f++) {
        bool shown = !strcmp(f->name, "log") || !strcmp(f->name, "record");
        if (!shown) continue;
        AdjNativeObj *o = adj_native_new(s->vm, f, NULL);
        bool ok = o && adj_dict_set_c(s->vm, prelude, f->name, adj_obj_val(o));
        adj_obj_drop(o);
        if (!ok) return false;
    }
    return true;
}
