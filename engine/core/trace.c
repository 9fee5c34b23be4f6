// SPDX-License-Identifier: Apache-2.0
// trace.c: see trace.h.
#include "core/trace.h"

#include <stdlib.h>

bool adj_trace_begin(AdjTrace *t)
{
    if (adj_thread.trace) return adj_fail(ADJ_E_RUNTIME, "a trace is being recorded already");
    adj_thread.trace = t;
    adj_thread.watchers |= ADJ_WATCH_TRACE;
    return true;
}

bool adj_trace_end(AdjTrace *t)
{
    adj_thread.trace = NULL;
    adj_thread.watchers &= ~ADJ_WATCH_TRACE;
    return !t->failed;
}

static void free_step(AdjStep *step)
{
    int k = 0;
    for (int i = 0; i < step->n_in; i++) adj_drop(&step->in[i]);
    for (int i = 0; i < step->n_out; i++) adj_drop(&step->out[i]);
    for (int i = 0; step->op && i < step->op->n_args && k < step->n_arg; i++) {
        AdjArgKind kind = step->op->args[i].kind;
        if (kind <= ADJ_ARG_TENSORS) continue;
        if (kind == ADJ_ARG_LONGS) free((void *)(uintptr_t)step->arg[k].longs.at);
        k++;
    }
    free(step->in);
    free(step->out);
    free(step->arg);
}

void adj_trace_free(AdjTrace *t)
{
    for (int i = 0; i < t->n; i++) free_step(&t->at[i]);
    free(t->at);
    t->at = NULL;
    t->n = t->capacity = 0;
}

const AdjValue *adj_step_arg(const AdjStep *step, const char *name)
{
    int k = 0;
    for (int i = 0; i < step->op->n_args; i++) {
        if (step->op->args[i].kind <= ADJ_ARG_TENSORS) continue;
        if (!strcmp(step->op->args[i].name, name)) return &step->arg[k];
        k++;
    }
    return NULL;
}

// ---------------------------------------------------------------- recording

static AdjTensor **keep_all(int n, AdjTensor *const *from)
{
    AdjTensor **to = calloc((size_t)n + 1, sizeof *to);
    for (int i = 0; to && i < n; i++) to[i] = adj_keep(from[i]);
    return to;
}

// Lists and strings among the arguments belong to the caller; the step needs its own.
static bool own_arguments(AdjStep *step)
{
    int k = 0;
    for (int i = 0; i < step->op->n_args && k < step->n_arg; i++) {
        AdjArgKind kind = step->op->args[i].kind;
        if (kind <= ADJ_ARG_TENSORS) continue;
        AdjValue *v = &step->arg[k++];
        if (kind == ADJ_ARG_STR && v->s) v->s = adj_intern(v->s);
        if (kind != ADJ_ARG_LONGS) continue;
        size_t bytes = v->longs.n > 0 ? (size_t)v->longs.n * sizeof(int64_t) : 0;
        int64_t *copy = malloc(bytes + 1);
        if (copy && bytes) memcpy(copy, v->longs.at, bytes);
        v->longs.at = copy;
        if (!copy) return false;
    }
    return true;
}

static bool fill_step(AdjStep *step, const AdjValue *arg)
{
    step->arg = calloc((size_t)step->n_arg + 1, sizeof *step->arg);
    if (!step->arg || !step->in || !step->out) return false;
    if (step->n_arg) memcpy(step->arg, arg, (size_t)step->n_arg * sizeof *arg);
    return !step->op || own_arguments(step);
}

static void add(AdjTrace *t, const AdjOp *op, int n_out, AdjTensor *const *out, int n_in,
                AdjTensor *const *in, int n_arg, const AdjValue *arg)
{
    if (t->n == t->capacity) {
        int wanted = t->capacity ? t->capacity * 2 : 64;
        AdjStep *bigger = realloc(t->at, (size_t)wanted * sizeof *bigger);
        if (!bigger) {
            t->failed = !adj_fail(ADJ_E_MEMORY, "no memory for the trace");
            return;
        }
        t->at = bigger;
        t->capacity = wanted;
    }
    AdjStep *step = &t->at[t->n++];
    *step = (AdjStep){op,
                      n_in,
                      n_out,
                      n_arg,
                      keep_all(n_in, in),
                      keep_all(n_out, out),
                      NULL,
                      adj_thread.span,
                      adj_thread.module};
    if (fill_step(step, arg)) return;
    t->failed = !adj_fail(ADJ_E_MEMORY, "no memory for the trace");
}

// Whether one of the recorded steps, or the call's own input, is [x]: a composite whose parts
// were recorded made nothing of its own.
static bool is_known(const AdjTrace *t, const AdjTensor *x, int n_in, AdjTensor *const *in)
{
    for (int i = 0; i < n_in; i++)
        if (in[i] == x) return true;
    for (int k = t->n; k--;)
        for (int i = 0; i < t->at[k].n_out; i++)
            if (t->at[k].out[i] == x) return true;
    return false;
}

void adj_trace_enter(AdjTrace *t, const AdjOp *op)
{
    t->depth++;
    if (t->taken) return;
    bool whole = op->vjp || op->no_grad;  // made of loops, not of others
    if (whole || !t->takes || t->takes(op)) t->taken = t->depth;
}

void adj_trace_leave(AdjTrace *t, const AdjOp *op, int n_out, AdjTensor **out, int n_in,
                     AdjTensor *const *in, int n_arg, const AdjValue *arg)
{
    int depth = t->depth--;
    bool taken = t->taken == depth;
    if (taken) t->taken = 0;
    if ((t->taken && !taken) || t->failed || n_in == 0 || n_out == 0 || !out || !out[0]) return;
    bool fresh = false;
    for (int i = 0; i < n_out; i++) fresh |= out[i] && !is_known(t, out[i], n_in, in);
    if (fresh) add(t, op, n_out, out, n_in, in, n_arg, arg);
}

void adj_trace_assign(AdjTrace *t, AdjTensor *x, AdjTensor *value)
{
    if (t->taken || t->failed || x == value) return;
    AdjTensor *pair[] = {x, value};
    add(t, NULL, 0, NULL, 2, pair, 0, NULL);
}
