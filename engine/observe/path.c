// SPDX-License-Identifier: Apache-2.0
// path.c: keeping the way of parameters. See path.h.
#include "observe/path.h"

#include "observe/observe.h"
#include "optim/optimizer.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

enum { POINTS = 256, LEAST = 4, ALL_OF_FIRST = 64, SHARE = 60 };

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

// Lets go of parameters and points; what is followed is open again.
static void empty(AdjPath *p)
{
    for (int i = 0; i < p->n; i++) free(p->at[i].before);
    for (int i = 0; i < p->params.n; i++) adj_drop(&p->params.at[i]);
    free(p->params.at);
    free(p->at);
    *p = (AdjPath){.on = p->on, .any = p->any, .limit = p->limit};
}

void adj_path_forget(void)
{
    AdjPath *p = adj_thread.observer ? adj_thread.observer->path : NULL;
    if (!p) return;
    empty(p);
    free(p);
    adj_thread.observer->path = NULL;
}

void adj_path_stop(void)
{
    if (adj_path()) adj_thread.observer->path->on = false;
}

// NULL, or why these parameters cannot be followed.
static const char *follow(AdjPath *p, AdjTensors params)
{
    size_t bytes = 0;
    for (int i = 0; i < params.n; i++) bytes += size_of(params.at[i]);
    size_t room = bytes ? p->limit / (2 * bytes) : 0;
    if (bytes == 0) return "there are no parameters to follow";
    if (room < LEAST) return "there are too many parameters to keep their way";
    p->bytes = bytes;
    p->room = room < POINTS ? (int)room : POINTS;
    p->stride = 1;
    p->at = calloc((size_t)p->room, sizeof *p->at);
    p->params.at = calloc((size_t)params.n + 1, sizeof *p->params.at);
    if (!p->at || !p->params.at) return "no memory";
    for (int i = 0; i < params.n; i++) p->params.at[i] = adj_keep(params.at[i]);
    p->params.n = params.n;
    return NULL;
}

bool adj_path_start(AdjTensors params, size_t limit)
{
    AdjObserver *o = adj_observer();
    if (!o) return false;
    if (!o->path) o->path = calloc(1, sizeof *o->path);
    AdjPath *p = o->path;
    if (!p) return adj_fail(ADJ_E_MEMORY, "path: no memory");
    p->limit = limit;
    p->any = params.n == 0;
    if (!p->any && !same_params(p, params)) {
        empty(p);
        const char *why = follow(p, params);
        if (why) {
            adj_path_forget();
            return adj_fail(ADJ_E_VALUE, "path: %s", why);
        }
    }
    p->on = true;
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

static bool has(const AdjPath *p, const AdjOptimizer *o)
{
    for (int g = 0; g < o->n_groups; g++)
        for (int i = 0; i < o->groups[g].n; i++)
            for (int k = 0; k < p->params.n; k++)
                if (p->params.at[k] == o->groups[g].slots[i].param) return true;
    return false;
}

// Where anything is followed, what this optimizer updates.
static bool take_over(AdjPath *p, const AdjOptimizer *o)
{
    ADJ_SCOPE;
    int n = 0;
    for (int g = 0; g < o->n_groups; g++) n += o->groups[g].n;
    AdjTensor **list = adj_scope_memory((size_t)(n + 1) * sizeof *list);
    n = 0;
    for (int g = 0; list && g < o->n_groups; g++)
        for (int i = 0; i < o->groups[g].n; i++) list[n++] = o->groups[g].slots[i].param;
    empty(p);
    bool ok = list && !follow(p, (AdjTensors){n, list});
    if (!ok) empty(p);
    return ok;
}

static bool moves(AdjPath *p, const AdjOptimizer *o)
{
    const AdjTensor *first = o->n_groups && o->groups[0].n ? o->groups[0].slots[0].param : NULL;
    if (p->known == o && p->known_first == first) return p->moves;
    bool mine = has(p, o) || (p->any && take_over(p, o));
    p->known = o;
    p->known_first = first;
    p->moves = mine;
    return mine;
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
