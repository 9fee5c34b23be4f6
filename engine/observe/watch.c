// SPDX-License-Identifier: Apache-2.0
// watch.c: see watch.h.
#include "observe/observe.h"

#include "nn/module.h"
#include "optim/optimizer.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

const char *const adj_take_names[] = {"value", "grad", "weight", "weight_grad", "update"};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int64_t adj_watch_add(const AdjWatchSpec *spec)
{
    AdjObserver *o = adj_observer();
    if (!o) return 0;
    AdjWatches *w = &o->watches;
    if (w->n == w->room) {
        int room = w->room ? w->room * 2 : 8;
        AdjWatch *bigger = realloc(w->at, (size_t)room * sizeof *bigger);
        if (!bigger) {
            adj_fail(ADJ_E_MEMORY, "watch: no memory");
            return 0;
        }
        w->at = bigger;
        w->room = room;
    }
    AdjWatch *watch = &w->at[w->n++];
    *watch = (AdjWatch){.spec = *spec, .id = ++w->last_id};
    watch->spec.path = adj_intern(spec->path);
    watch->spec.module = spec->module ? adj_module_keep(spec->module) : NULL;
    watch->spec.tensor = adj_keep(spec->tensor);
    adj_observe_arm(o);
    return watch->id;
}

static void release(AdjWatch *w)
{
    adj_module_drop(&w->spec.module);
    adj_drop(&w->spec.tensor);
}

static void forget_met(AdjWatches *w, int64_t id)
{
    int kept = 0;
    for (int i = 0; i < w->n_met; i++) {
        if (id && w->met[i].watch != id) {
            w->met[kept++] = w->met[i];
            continue;
        }
        adj_drop(&w->met[i].param);
        adj_drop(&w->met[i].before);
    }
    w->n_met = kept;
}

bool adj_watch_remove(int64_t id)
{
    AdjObserver *o = adj_thread.observer;
    for (int i = 0; o && i < o->watches.n; i++) {
        if (o->watches.at[i].id != id) continue;
        release(&o->watches.at[i]);
        memmove(&o->watches.at[i], &o->watches.at[i + 1],
                (size_t)(--o->watches.n - i) * sizeof *o->watches.at);
        forget_met(&o->watches, id);
        adj_observe_arm(o);
        return true;
    }
    return false;
}

void adj_watches_free(AdjWatches *w)
{
    for (int i = 0; i < w->n; i++) release(&w->at[i]);
    forget_met(w, 0);
    free(w->at);
    free(w->met);
    *w = (AdjWatches){0};
}

static AdjWatch *find(AdjObserver *o, int64_t id)
{
    for (int i = 0; i < o->watches.n; i++)
        if (o->watches.at[i].id == id) return &o->watches.at[i];
    return NULL;
}

// ---------------------------------------------------------------- looking

// A failure to look (no memory) is the observer's own business: it ends there.
static void look(AdjObserver *o, AdjWatch *w, const char *path, AdjTensor *t, AdjTensor *before)
{
    if (!t || adj_error_kind()) return;
    ADJ_SCOPE;
    ADJ_QUIET;
    o->recorder.mute++;
    uint64_t start = adj_ticks();
    AdjSeen seen = {.watch = w->id,
                    .time = now(),
                    .path = path,
                    .take = w->spec.take,
                    .form = w->spec.form,
                    .tensor = t};
    seen.step = o->recorder.now ? o->recorder.now->step : 0;
    bool ok = true;
    if (before) {
        AdjStatistics was;
        t = seen.tensor = adj_sub(t, before, ADJ_I(1));
        ok = adj_statistics(before, &was) && adj_statistics(t, &seen.statistics);
        seen.ratio = was.norm > 0 ? seen.statistics.norm / was.norm : 0;
    } else {
        ok = adj_statistics(t, &seen.statistics);
    }
    if (ok && w->spec.form == ADJ_FORM_HISTOGRAM)
        ok = adj_histogram(t, w->spec.scale, &seen.statistics, &seen.histogram);
    if (ok && w->spec.form == ADJ_FORM_IMAGE)
        ok = adj_image(t, w->spec.rows, w->spec.columns, w->spec.at, w->spec.n_at, &seen.image);
    if (ok) w->spec.see(w->spec.data, &seen);
    w->busy |= ok;
    o->recorder.mute--;
    o->watches.spent += adj_ticks() - start;
    if (!ok) adj_error_clear();
}

static void flush(AdjObserver *o)
{
    for (int i = 0; i < o->watches.n; i++) {
        AdjWatch *w = &o->watches.at[i];
        if (!w->busy) continue;
        w->busy = false;
        if (!w->spec.flush) continue;
        uint64_t start = adj_ticks();
        w->spec.flush(w->spec.data);
        o->watches.spent += adj_ticks() - start;
    }
}

// Steps begin when they do, so a look comes up to a step late; the next is due a period after
// this one was, not after it came, and the rate is that which was asked for.
static bool is_due(AdjWatch *w, uint64_t clock)
{
    if (clock < w->next) return false;
    double us = w->spec.rate > 0 ? 1e6 / w->spec.rate : 0;
    uint64_t period = (uint64_t)(us * adj_ticks_per_us());
    bool in_time = clock - w->next < period;
    w->next = (in_time ? w->next : clock) + period;
    return true;
}

void adj_watch_beat(AdjObserver *o, bool zero_grad)
{
    AdjWatches *w = &o->watches;
    if (!zero_grad && w->pass_begins) w->pass_begins(w->pass_data);
    if (w->n == 0) return;
    uint64_t clock = adj_ticks();
    uint64_t second = (uint64_t)(1e6 * adj_ticks_per_us());
    if (zero_grad) {
        w->by_zero_grad = true;
        w->last_marked = clock;
    } else if (w->by_zero_grad && clock - w->last_marked < second) {
        return;  // a forward pass inside a step that began with zero_grad
    }
    flush(o);
    forget_met(w, 0);
    bool any = false;
    // Watches that look every step are the program's own wish, and are not held back.
    if (w->spent) w->rest_until = clock + ADJ_WATCH_SHARE * w->spent;
    w->spent = 0;
    for (int i = 0; i < w->n; i++) {
        AdjWatch *each = &w->at[i];
        bool rests = each->spec.rate > 0 && clock < w->rest_until;
        if (!each->sampling || each->looked) each->sampling = !rests && is_due(each, clock);
        each->looked = false;
        any |= each->sampling;
    }
    adj_thread.watchers &= ~ADJ_WATCH_VALUES;
    if (any) adj_thread.watchers |= ADJ_WATCH_VALUES;
}

typedef struct {
    int64_t watch;
    const char *path;
} Arrival;

static AdjTensor *gradient_arrives(AdjTensor *grad, void *data)
{
    Arrival *a = data;
    AdjObserver *o = adj_thread.observer;
    AdjWatch *w = o ? find(o, a->watch) : NULL;
    if (w) look(o, w, a->path, grad, NULL);
    return NULL;
}

static void expect_gradient(AdjWatch *w, const char *path, AdjTensor *out)
{
    if (!adj_needs_grad(out) || !adj_current_node(out)) return;
    Arrival *a = malloc(sizeof *a);
    if (!a) return;
    *a = (Arrival){w->id, path};
    if (!adj_hook_add(out, gradient_arrives, a, free)) {
        free(a);
        adj_error_clear();
    }
}

static void meet(AdjObserver *o, AdjWatch *w, const char *path, AdjTensor *param)
{
    AdjWatches *all = &o->watches;
    for (int i = 0; i < all->n_met; i++)
        if (all->met[i].watch == w->id && all->met[i].param == param) return;
    if (all->n_met == all->met_room) {
        int room = all->met_room ? all->met_room * 2 : 16;
        AdjMet *bigger = realloc(all->met, (size_t)room * sizeof *bigger);
        if (!bigger) return;
        all->met = bigger;
        all->met_room = room;
    }
    all->met[all->n_met++] = (AdjMet){w->id, path, adj_keep(param), NULL};
}

static void meet_parameters(AdjObserver *o, AdjWatch *w, AdjModule *m, const char *path)
{
    char name[512];
    for (int i = 0; i < m->params.n; i++) {
        AdjTensor *p = m->params.at[i].tensor;
        if (!p || !m->params.at[i].persistent) continue;
        snprintf(name, sizeof name, "%s%s%s", path, *path ? "." : "", m->params.at[i].name);
        meet(o, w, adj_intern(name), p);
    }
}

static bool matches(const AdjWatch *w, const AdjModule *m, const char *path)
{
    if (w->spec.tensor) return false;
    if (w->spec.module) return w->spec.module == m;
    if (w->spec.path[0] == '*') return m->n_children == 0;
    return w->spec.path == path;
}

// [out] is the result of [m], which runs still, under the path of this moment.
void adj_watch_module(AdjModule *m, AdjTensor *out)
{
    AdjObserver *o = adj_thread.observer;
    const char *path = adj_thread.module ? adj_thread.module : "";
    if (o && o->watches.onlooker)
        return o->watches.onlooker->see(o->watches.onlooker->data, m, out);
    for (int i = 0; o && !o->recorder.mute && i < o->watches.n; i++) {
        AdjWatch *w = &o->watches.at[i];
        if (!w->sampling || !matches(w, m, path)) continue;
        w->looked = true;
        if (w->spec.take == ADJ_TAKE_VALUE)
            look(o, w, path, out, NULL);
        else if (w->spec.take == ADJ_TAKE_GRAD && out)
            expect_gradient(w, path, out);
        else if (w->spec.take != ADJ_TAKE_GRAD)
            meet_parameters(o, w, m, path);
    }
}

static void look_at_tensor(AdjObserver *o, AdjWatch *w)
{
    AdjTensor *t = w->spec.tensor;
    w->looked = true;
    if (w->spec.take == ADJ_TAKE_VALUE || w->spec.take == ADJ_TAKE_WEIGHT)
        look(o, w, w->spec.path, t, NULL);
    else if (w->spec.take == ADJ_TAKE_UPDATE)
        meet(o, w, w->spec.path, t);
    else
        look(o, w, w->spec.path, t->grad, NULL);
}

void adj_watch_backward(AdjObserver *o)
{
    if (!o || o->watches.n == 0 || o->recorder.mute) return;
    for (int i = 0; i < o->watches.n; i++)
        if (o->watches.at[i].sampling && o->watches.at[i].spec.tensor)
            look_at_tensor(o, &o->watches.at[i]);
    for (int i = 0; i < o->watches.n_met; i++) {
        AdjMet *met = &o->watches.met[i];
        AdjWatch *w = find(o, met->watch);
        if (w && w->spec.take == ADJ_TAKE_WEIGHT) look(o, w, met->path, met->param, NULL);
        if (w && w->spec.take == ADJ_TAKE_WEIGHT_GRAD)
            look(o, w, met->path, met->param->grad, NULL);
    }
    flush(o);
}

static bool updates(const AdjOptimizer *optimizer, const AdjTensor *t)
{
    for (int g = 0; g < optimizer->n_groups; g++)
        for (int i = 0; i < optimizer->groups[g].n; i++)
            if (optimizer->groups[g].slots[i].param == t) return t->grad != NULL;
    return false;
}

void adj_watch_update(AdjObserver *o, AdjOptimizer *optimizer)
{
    for (int i = 0; i < o->watches.n_met; i++) {
        AdjMet *met = &o->watches.met[i];
        AdjWatch *w = find(o, met->watch);
        if (!w || w->spec.take != ADJ_TAKE_UPDATE || !updates(optimizer, met->param)) continue;
        ADJ_SCOPE;
        ADJ_QUIET;
        adj_drop(&met->before);
        met->before = adj_keep(adj_clone(adj_bare_view(met->param)));
        if (!met->before) adj_error_clear();
    }
}

void adj_watch_updated(AdjObserver *o, AdjOptimizer *optimizer)
{
    (void)optimizer;
    for (int i = 0; i < o->watches.n_met; i++) {
        AdjMet *met = &o->watches.met[i];
        AdjWatch *w = find(o, met->watch);
        if (w && met->before) look(o, w, met->path, met->param, met->before);
        adj_drop(&met->before);
    }
    flush(o);
}
