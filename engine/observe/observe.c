// SPDX-License-Identifier: Apache-2.0
// observe.c: the observer of a thread: made when first needed, and what it makes the engine
// tell.
#include "observe/observe.h"

#include <stdlib.h>

AdjObserver *adj_observer(void)
{
    AdjThread *t = &adj_thread;
    if (!t->observer) t->observer = calloc(1, sizeof *t->observer);
    return t->observer ? t->observer : adj_fail(ADJ_E_MEMORY, "no memory to observe");
}

void adj_observer_free(void)
{
    AdjObserver *o = adj_thread.observer;
    if (!o) return;
    adj_thread.watchers &= ADJ_WATCH_TRACE;
    adj_health_watch(NULL, 0);
    adj_ring_free(&o->recorder);
    adj_watches_free(&o->watches);
    adj_series_free(&o->series);
    adj_path_forget();
    adj_thread.observer = NULL;
    free(o);
}

static bool has_listener(const AdjSeriesList *l)
{
    for (int i = 0; i < ADJ_LISTENERS; i++)
        if (l->listeners[i].call) return true;
    return false;
}

void adj_observe_arm(AdjObserver *o)
{
    int watchers = adj_thread.watchers & (ADJ_WATCH_CALLS | ADJ_WATCH_VALUES);
    if (o->series.on || has_listener(&o->series)) watchers |= ADJ_WATCH_SCALARS;
    bool steps = o->recorder.resting || watchers & ADJ_WATCH_STEPS;
    bool follows = o->path && o->path->on;
    if (o->watches.n || o->watches.pass_begins || follows || steps) watchers |= ADJ_WATCH_BEATS;
    if (o->watches.n == 0) watchers &= ~ADJ_WATCH_VALUES;
    adj_thread.watchers = watchers;
}
