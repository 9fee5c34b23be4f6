// SPDX-License-Identifier: Apache-2.0
// lockstep.c: two runs over the same steps, compared operation by operation: the recorded one,
// and one in which a single thing differs (precision, rate, optimizer, first weights, or what a
// branch did differently).
//
// Both are computed again from the timeline with the same batches and the same random numbers,
// so whatever differs comes from the one thing that was changed. The client asks for one
// portion after another.
#include "observe/past/past.h"

#include "observe/observe.h"
#include "observe/pinned.h"

#include <math.h>

static _Thread_local struct {
    AdjAgain *a, *b;
    int64_t last;
    double tolerance;
    // The first difference beyond the tolerance; index -1: none so far.
    int64_t step;
    int index;
    bool gradient;
    double difference;
    int64_t at[ADJ_MAX_DIMS];
    int n_at;
    const char *op, *module;
} both;

void adj_lockstep_forget(void)
{
    adj_again_free(both.a);
    adj_again_free(both.b);
    both.a = both.b = NULL;
}

static bool read_change(AdjRequestCall *c, AdjAgainWish *wish)
{
    AdjAsk change;
    if (!adj_ask_object(&c->ask, "change", &change))
        return adj_raise(c->vm, ADJ_EXC_ValueError, "lockstep: change says what differs");
    const char *dtype = adj_ask_string(&change, "dtype", "float32");
    const char *row = adj_ask_string(&change, "optimizer", NULL);
    const char *branch = adj_ask_string(&change, "branch", NULL);
    wish->rate = adj_ask_number(&change, "lr", NAN);
    wish->init = adj_ask_int(&change, "init", -1);
    if (!strcmp(dtype, "float64"))
        wish->dtype = ADJ_F64;
    else if (strcmp(dtype, "float32"))
        return adj_raise(c->vm, ADJ_EXC_ValueError, "lockstep: float32 or float64, not %s",
                         dtype);
    if (row && !(wish->row = adj_optimizer_row_find(row)))
        return adj_raise(c->vm, ADJ_EXC_ValueError, "no optimizer is called '%s'", row);
    if (branch) {
        AdjRequestCall inner = *c;
        inner.ask = change;
        wish->branch = adj_past_branch(&inner, "branch");
    }
    return wish->branch >= 0;
}

// A re-run of the past as it was that has come to the state after [step].
static AdjAgain *again_to(AdjTimeline *t, int64_t step, int branch)
{
    AdjAgainWish same = adj_again_same(branch);
    AdjAgain *r = adj_again_new(t, step, &same);
    while (r && r->at < step) {
        if (adj_again_step(t, r, false)) continue;
        adj_again_free(r);
        return NULL;
    }
    return r;
}

// The other one: from the same state with the change; a branch from its own.
static AdjAgain *other_run(AdjTimeline *t, const AdjAgain *a, const AdjAgainWish *wish)
{
    if (wish->branch != a->wish.branch) return again_to(t, a->at, wish->branch);
    AdjCheckpoint *state = adj_again_state(t, a);
    AdjAgain *b = state ? adj_again_from(state, a->at, wish) : NULL;
    adj_state_free(state);
    return b;
}

static bool start(AdjRequestCall *c, AdjTimeline *t)
{
    int branch = adj_past_branch(c, "of");
    if (branch < 0) return false;
    int64_t now = adj_timeline_now(t), step = adj_ask_int(&c->ask, "step", now);
    AdjAgainWish other = adj_again_same(branch);
    if (!read_change(c, &other)) return false;
    adj_lockstep_forget();
    both.a = again_to(t, step - 1, branch);
    both.b = both.a ? other_run(t, both.a, &other) : NULL;
    if (!both.b) {
        adj_lockstep_forget();
        return adj_bind_error(c->vm);
    }
    both.last = adj_ask_int(&c->ask, "last", now);
    both.tolerance = adj_ask_number(&c->ask, "tolerance", 1e-5);
    both.index = -1;
    return true;
}

// ---------------------------------------------------------------- comparing

static void note(const AdjRecord *r, int index, bool gradient, double difference, int64_t flat)
{
    AdjShape s = adj_record_shape(r, r->ops[index].dims_at, r->ops[index].ndim);
    both.step = both.a->at;
    both.index = index;
    both.gradient = gradient;
    both.difference = difference;
    both.op = r->ops[index].op->name;
    both.module = r->ops[index].module;
    both.n_at = s.n;
    for (int i = s.n; i--; flat /= s.at[i] ? s.at[i] : 1)
        both.at[i] = s.at[i] ? flat % s.at[i] : 0;
}

// Differences of the values or gradients of all operations. The first of the values is the
// first in the order of the pass; of gradients, the backward pass comes from the other end.
static void put_differences(AdjAnswerText *o, const char *key, bool gradient)
{
    const AdjRecord *r = both.a->record;
    double *d = adj_scope_memory((size_t)(r->n_ops + 1) * sizeof *d);
    for (int k = 0; d && k < r->n_ops; k++) {
        int i = gradient ? r->n_ops - 1 - k : k;
        int64_t at;
        d[i] = gradient ? adj_difference(adj_again_gradient(both.a, i),
                                         adj_again_gradient(both.b, i), &at)
                        : adj_difference(adj_again_value(both.a, i), adj_again_value(both.b, i),
                                         &at);
        if (d[i] > both.tolerance && both.index < 0) note(r, i, gradient, d[i], at);
    }
    adj_say_key(o, key);
    adj_say_open(o, '[');
    for (int i = 0; d && i < r->n_ops; i++)
        if (d[i] < 0)
            adj_say_null(o);
        else
            adj_say_number(o, d[i]);
    adj_say_close(o, ']');
}

static bool same_operations(const AdjRecord *a, const AdjRecord *b, int *where)
{
    for (*where = 0; *where < a->n_ops && *where < b->n_ops; ++*where)
        if (a->ops[*where].op != b->ops[*where].op) return false;
    return a->n_ops == b->n_ops;
}

static void put_first(AdjAnswerText *o)
{
    adj_say_key(o, "first");
    if (both.index < 0) return adj_say_null(o);
    adj_say_open(o, '{');
    adj_put_int(o, "step", both.step);
    adj_put_int(o, "index", both.index);
    adj_put_text(o, "op", both.op);
    adj_put_text(o, "module", both.module ? both.module : "");
    adj_put_text(o, "of", both.gradient ? "grad" : "value");
    adj_put_ints(o, "element", both.at, both.n_at);
    adj_put_number(o, "difference", both.difference);
    adj_say_close(o, '}');
}

static bool next(AdjRequestCall *c, AdjTimeline *t)
{
    int where;
    if (!both.a) return adj_raise(c->vm, ADJ_EXC_RuntimeError, "lockstep: start it first");
    if (both.a->at >= both.last)
        return adj_raise(c->vm, ADJ_EXC_IndexError, "lockstep: step %lld was the last",
                         (long long)both.last);
    if (!adj_again_step(t, both.a, true) || !adj_again_step(t, both.b, true))
        return adj_bind_error(c->vm);
    if (!both.a->record || !both.b->record ||
        !same_operations(both.a->record, both.b->record, &where))
        return adj_raise(c->vm, ADJ_EXC_RuntimeError,
                         "step %lld: the runs do different things from operation %d on",
                         (long long)both.a->at, both.a->record && both.b->record ? where : 0);
    adj_put_int(c->out, "step", both.a->at);
    adj_put_bool(c->out, "done", both.a->at >= both.last);
    adj_say_key(c->out, "roots");
    adj_say_open(c->out, '[');
    adj_say_number(c->out, both.a->root);
    adj_say_number(c->out, both.b->root);
    adj_say_close(c->out, ']');
    put_differences(c->out, "values", false);
    put_differences(c->out, "gradients", true);
    put_first(c->out);
    return true;
}

bool adj_request_lockstep(AdjRequestCall *c)
{
    AdjTimeline *t = adj_timeline();
    const char *what = adj_ask_string(&c->ask, "do", "next");
    if (!t)
        return adj_raise(c->vm, ADJ_EXC_RuntimeError,
                         "no past is kept: subscribe to the topic timeline");
    if (!strcmp(what, "next")) return next(c, t);
    if (!strcmp(what, "close")) {
        adj_lockstep_forget();
        return true;
    }
    if (strcmp(what, "start"))
        return adj_raise(c->vm, ADJ_EXC_ValueError, "lockstep: start, next or close, not '%s'",
                         what);
    if (!start(c, t)) return false;
    adj_put_int(c->out, "from", both.a->at + 1);
    adj_put_int(c->out, "last", both.last);
    return true;
}
