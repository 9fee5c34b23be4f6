// SPDX-License-Identifier: Apache-2.0
// path.c: keeping the way of parameters. See path.h.
#include "observe/path.h"

#include "observe/observe.h"
#include "optim/optimizer.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

enum { POINTS = 256, LEAST = 4, ALL_OF_FIRST = 256, SHARE = 45 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

const AdjPath *adj_path(void)
{
    return adj_thread.observer ? adj_thread.observer->path : NULL;
}

static size_t size_of(const AdjTensor *t)
{
    return (size_t)t->numel * adj_dtype_size((AdjDtype)t->dtype);
}

static bool same_params(const AdjPath *p, AdjTensors params)
{
    bool same = p->params.n == params.n;
    for (int i = 0; same && i < params.n; i++) same = p->params.at[i] == params.at[i];
    return same;
}

void adj_path_forget(void)
{
    AdjPath *p = adj_thread.observer ? adj_thread.observer->path : NULL;
    if (!p) return;
    for (int i = 0; i < p->n; i++) free(p->at[i].before);
    for (int i = 0; i < p->params.n; i++) adj_drop(&p->params.at[i]);
    free(p->params.at);
    free(p->at);
    free(p);
    adj_thread.observer->path = NULL;
}

void adj_path_stop(void)
{
    if (adj_path()) adj_thread.observer->path->on = false;
}

static AdjPath *make(AdjTensors params, size_t bytes, int room)
{
    AdjPath *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    *p = (AdjPath){.bytes = bytes, .room = room, .stride = 1};
    p->at = calloc((size_t)room, sizeof *p->at);
    p->params.at = calloc((size_t)params.n + 1, sizeof *p->params.at);
    if (!p->at || !p->params.at) {
        free(p->at);
        free(p->params.at);
        free(p);
        return NULL;
    }
    for (int i = 0; i < params.n; i++) p->params.at[i] = adj_keep(params.at[i]);
    p->params.n = params.n;
    return p;
}

bool adj_path_start(AdjTensors params, size_t limit)
{
    AdjObserver *o = adj_observer();
    size_t bytes = 0;
    if (!o) return false;
    for (int i = 0; i < params.n; i++) bytes += size_of(params.at[i]);
    size_t room = bytes ? limit / (2 * bytes) : 0;
    if (bytes == 0) return adj_fail(ADJ_E_VALUE, "path: there are no parameters to follow");
    if (room < LEAST)
        return adj_fail(ADJ_E_VALUE,
                        "path: %zu MB of parameters are too many to keep their way",
                        bytes >> 20);
    if (o->path && !same_params(o->path, params)) adj_path_forget();
    if (!o->path) o->path = make(params, bytes, room < POINTS ? (int)room : POINTS);
    if (!o->path) return adj_fail(ADJ_E_MEMORY, "path: no memory");
    o->path->on = true;
    adj_observe_arm(o);
    return true;
}

// ---------------------------------------------------------------- taking points

static bool read_state(const AdjPath *p, char *to)
{
    ADJ_SCOPE;
    ADJ_QUIET;
    char *end = to + p->bytes;
    for (int i = 0; i < p->params.n; i++) {
        AdjTensor *t = adj_contiguous(adj_bare_view(p->params.at[i]));
        size_t size = t ? size_of(t) : 0;
        if (!t || to + size > end) return false;  // it has another shape by now
        memcpy(to, adj_ptr(t), size);
        to += size;
    }
    return to == end;
}

AdjTensor *adj_path_tensor(const AdjPath *p, const char *state, int i)
{
    for (int k = 0; k < i; k++) state += size_of(p->params.at[k]);
    AdjTensor *t = p->params.at[i];
    return adj_from(state, adj_shape(t), (AdjDtype)t->dtype);
}

static bool moves(AdjPath *p, const AdjOptimizer *o)
{
    if (p->known == o) return p->moves;
    p->known = o;
    p->moves = false;
    for (int g = 0; g < o->n_groups; g++)
        for (int i = 0; i < o->groups[g].n; i++)
            for (int k = 0; k < p->params.n; k++)
                p->moves |= p->params.at[k] == o->groups[g].slots[i].param;
    return p->moves;
}

// Every second point goes.
static void thin(AdjPath *p)
{
    int n = 0;
    for (int i = 0; i < p->n; i++) {
        if (i % 2)
            free(p->at[i].before);
        else
            p->at[n++] = p->at[i];
    }
    p->n = n;
    p->stride *= 2;
}

void adj_path_update(AdjPath *p, AdjOptimizer *o)
{
    p->taking = false;
    if (!p->on || !moves(p, o)) return;
    double clock = now();
    int64_t number = p->seen++;
    if (number % p->stride || (number >= ALL_OF_FIRST && clock < p->due)) return;
    if (p->n == p->room) thin(p);
    AdjPathPoint *at = &p->at[p->n];
    *at = (AdjPathPoint){.before = malloc(2 * p->bytes)};
    if (!at->before) return;
    at->after = at->before + p->bytes;
    p->taking = read_state(p, at->before);
    if (!p->taking) free(at->before);
    p->began = clock;
    p->due = now() - clock;  // what it took so far
}

static double rate_of(const AdjOptimizer *o)
{
    int i = adj_optimizer_find_option(o->row, "lr");
    if (i < 0 || o->n_groups < 1) return NAN;
    const AdjValue *v = &o->groups[0].option[i];
    return o->row->args[i].kind == ADJ_ARG_FLOAT ? v->f : NAN;
}

void adj_path_updated(AdjPath *p, AdjOptimizer *o, int64_t step, double loss)
{
    if (!p->taking) return;
    double clock = now();
    AdjPathPoint *at = &p->at[p->n];
    at->step = step;
    at->loss = loss;
    at->rate = rate_of(o);
    p->taking = false;
    if (read_state(p, at->after))
        p->n++;
    else
        free(at->before);
    double end = now();
    p->due = end + SHARE * (p->due + end - clock);
}
