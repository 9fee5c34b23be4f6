// SPDX-License-Identifier: Apache-2.0
// series.c: see series.h.
#include "observe/observe.h"

#include "observe/timeline.h"

#include <stdlib.h>
#include <time.h>

bool adj_scalars_watch(bool on)
{
    AdjObserver *o = on ? adj_observer() : adj_thread.observer;
    if (!o) return !on;
    bool was = o->series.on;
    o->series.on = on;
    adj_observe_arm(o);
    return was;
}

AdjSeriesList *adj_series_all(void)
{
    return adj_thread.observer ? &adj_thread.observer->series : NULL;
}

AdjSeries *adj_series_find(const char *name)
{
    AdjSeriesList *l = adj_series_all();
    for (int i = 0; l && i < l->n; i++)
        if (l->at[i]->name == name || !strcmp(l->at[i]->name, name)) return l->at[i];
    return NULL;
}

static AdjSeries *add(AdjSeriesList *l, const char *name)
{
    if (l->n == l->room) {
        int room = l->room ? l->room * 2 : 8;
        AdjSeries **bigger = realloc(l->at, (size_t)room * sizeof *bigger);
        if (!bigger) return NULL;
        l->at = bigger;
        l->room = room;
    }
    AdjSeries *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->name = adj_intern(name);
    s->min = INFINITY;
    s->max = -INFINITY;
    return l->at[l->n++] = s;
}

// To a few milliseconds, for a twentieth of what the exact time costs.
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME_COARSE, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int adj_points_reduce(const AdjPoint *from, int n, AdjPoint *out, int most)
{
    if (n <= most || most < 2) {
        int k = n < most ? n : most;
        if (k > 0) memmove(out, from + n - k, (size_t)k * sizeof *out);
        return k < 0 ? 0 : k;
    }
    int parts = most / 2, made = 0;
    for (int p = 0; p < parts; p++) {
        int first = (int)((int64_t)p * n / parts), end = (int)((int64_t)(p + 1) * n / parts);
        int least = first, largest = first;
        for (int i = first; i < end; i++) {
            if (!(from[i].value >= from[least].value)) least = i;  // a NaN counts as both
            if (!(from[i].value <= from[largest].value)) largest = i;
        }
        AdjPoint a = from[least < largest ? least : largest];
        AdjPoint b = from[least < largest ? largest : least];
        out[made++] = a;
        if (least != largest) out[made++] = b;
    }
    return made;
}

static bool append(AdjSeries *s, AdjPoint p)
{
    if (s->n == ADJ_SERIES_POINTS) {
        int half = s->n / 2;
        int kept = adj_points_reduce(s->at, half, s->at, half / 2);
        memmove(s->at + kept, s->at + half, (size_t)(s->n - half) * sizeof *s->at);
        s->n = kept + s->n - half;
    }
    if (s->n == s->room) {
        int room = s->room ? s->room * 2 : 64;
        AdjPoint *bigger = realloc(s->at, (size_t)room * sizeof *bigger);
        if (!bigger) return false;
        s->at = bigger;
        s->room = room;
    }
    s->at[s->n++] = p;
    s->count++;
    if (p.value < s->min) s->min = p.value;
    if (p.value > s->max) s->max = p.value;
    return true;
}

// What a branch of the timeline logs is a run of its own.
static const char *name_in_branch(const char *name)
{
    const AdjTimeline *t = adj_timeline();
    char text[256];
    if (!t || t->branch == 0) return name;
    snprintf(text, sizeof text, "%s/%s", t->branches[t->branch].name, name);
    return adj_intern(text);
}

// The step whose backward pass ran last; without recorded steps, a series counts its points.
static int64_t step_of(const AdjObserver *o, const AdjSeries *s)
{
    const AdjRecord *now_running = o->recorder.now;
    if (!adj_record_running()) return s->count + 1;
    int64_t done = o->recorder.step + (now_running && now_running->has_backward);
    done -= o->series.base;
    return done > 0 ? done : 1;
}

bool adj_scalar_log(const char *name, double value, int64_t step)
{
    AdjObserver *o = adj_observer();
    name = name_in_branch(name);
    AdjSeries *s = o ? adj_series_find(name) : NULL;
    if (o && !s) s = add(&o->series, name);
    AdjPoint p = {step, now(), value, o ? o->series.serial + 1 : 0};
    if (s && step < 0) p.step = step_of(o, s);
    if (!s || !append(s, p)) return adj_fail(ADJ_E_MEMORY, "log: no memory");
    s->serial = ++o->series.serial;
    for (int i = 0; i < ADJ_LISTENERS; i++)
        if (o->series.listeners[i].call)
            o->series.listeners[i].call(o->series.listeners[i].data, s, p);
    return true;
}

bool adj_scalar_listen(AdjScalarListener call, void *data)
{
    AdjObserver *o = adj_observer();
    for (int i = 0; o && i < ADJ_LISTENERS; i++) {
        if (o->series.listeners[i].call) continue;
        o->series.listeners[i].call = call;
        o->series.listeners[i].data = data;
        adj_observe_arm(o);
        return true;
    }
    return o && adj_fail(ADJ_E_RUNTIME, "log: more than %d listeners", (int)ADJ_LISTENERS);
}

void adj_scalar_unlisten(AdjScalarListener call, void *data)
{
    AdjObserver *o = adj_thread.observer;
    for (int i = 0; o && i < ADJ_LISTENERS; i++)
        if (o->series.listeners[i].call == call && o->series.listeners[i].data == data)
            o->series.listeners[i].call = NULL;
    if (o) adj_observe_arm(o);
}

void adj_series_free(AdjSeriesList *l)
{
    for (int i = 0; i < l->n; i++) {
        free(l->at[i]->at);
        free(l->at[i]);
    }
    free(l->at);
    *l = (AdjSeriesList){0};
}

void adj_series_restart(void)
{
    AdjObserver *o = adj_thread.observer;
    if (!o) return;
    for (int i = 0; i < o->series.n; i++) {
        free(o->series.at[i]->at);
        free(o->series.at[i]);
    }
    o->series.n = 0;
    const AdjRecord *r = o->recorder.now;
    o->series.base = o->recorder.step + (r && r->has_backward);
}
