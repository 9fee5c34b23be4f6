// SPDX-License-Identifier: Apache-2.0
// steps.c: the trace of a step: its operations, its costs, what is wrong with it; pinned steps
// and their replay.
#include "observe/watching.h"

#include "observe/observe.h"
#include "observe/profile.h"
#include "observe/replay.h"

static bool get(AdjRequestCall *c, AdjRecord **out)
{
    int64_t step = adj_ask_int(&c->ask, "step", 0);
    *out = adj_record_get(step);
    if (*out) return true;
    if (!adj_record_ring()) {
        return adj_raise(c->vm, ADJ_EXC_RuntimeError,
                         "no step has been recorded: record() before the training begins");
    }
    return step ? adj_raise(c->vm, ADJ_EXC_KeyError, "step %lld is not in memory",
                            (long long)step)
                : adj_raise(c->vm, ADJ_EXC_RuntimeError, "no step has run yet");
}

static void say_input(AdjAnswerText *o, const AdjRecord *r, const AdjRecordIn *in,
                      const AdjLeafNames *names)
{
    AdjShape s = adj_record_shape(r, in->dims_at, in->ndim);
    adj_say_open(o, '{');
    if (in->from >= 0) {
        adj_put_int(o, "from", in->from);
        if (in->out) adj_put_int(o, "output", in->out);
    } else {
        adj_put_text(o, "leaf", adj_leaf_name(names, in->leaf));
    }
    adj_put_shape(o, s);
    adj_put_bool(o, "grad", in->wants);
    adj_say_close(o, '}');
}

static void put_row_statistics(AdjAnswerText *o, const char *key, const AdjRecord *r, int at)
{
    if (at >= 0)
        adj_put_statistics(o, key, &r->statistics[at]);
    else
        adj_put_null(o, key);
}

void adj_say_op(AdjAnswerText *o, const AdjRecord *r, int i, const AdjLeafNames *names)
{
    const AdjRecordOp *op = &r->ops[i];
    double us = 1 / adj_ticks_per_us();
    adj_say_open(o, '{');
    adj_put_int(o, "index", i);
    adj_put_text(o, "op", op->op->name);
    adj_put_text(o, "name", adj_record_name(op));
    adj_put_text(o, "module", op->module ? op->module : "");
    adj_put_shape(o, adj_record_shape(r, op->dims_at, op->ndim));
    adj_put_text(o, "dtype", adj_dtype_name((AdjDtype)op->dtype));
    adj_put_bool(o, "grad", op->sequence != 0);
    adj_put_number(o, "forward_us", op->forward_ticks * us);
    adj_put_number(o, "backward_us", op->backward_ticks * us);
    adj_put_int(o, "bytes", op->bytes);
    adj_put_int(o, "live_bytes", op->live_bytes);
    adj_put_int(o, "backward_live_bytes", op->backward_live_bytes);
    adj_say_key(o, "inputs");
    adj_say_open(o, '[');
    for (int k = 0; k < op->n_in; k++) say_input(o, r, &r->ins[op->in_at + (uint32_t)k], names);
    adj_say_close(o, ']');
    adj_put_where(o, op->place);
    put_row_statistics(o, "statistics", r, op->value);
    put_row_statistics(o, "gradient", r, op->gradient);
    adj_say_close(o, '}');
}

static void put_summary(AdjAnswerText *o, const AdjRecord *r)
{
    double us = 1 / adj_ticks_per_us();
    int64_t range[2];
    adj_record_range(adj_record_ring(), &range[0], &range[1]);
    if (r->step > range[1]) range[1] = r->step;
    if (!range[0]) range[0] = r->step;
    adj_put_int(o, "step", r->step);
    adj_put_number(o, "time", r->time);
    adj_put_text(o, "root", r->root_name);
    adj_put_number(o, "value", r->root);
    adj_put_number(o, "forward_us", (double)r->forward_ticks * us);
    adj_put_number(o, "backward_us", (double)r->backward_ticks * us);
    adj_put_number(o, "optimizer_us", (double)r->optimizer_ticks * us);
    adj_put_int(o, "start_bytes", r->start_bytes);
    adj_put_bool(o, "pinned", r->pinned != NULL);
    adj_put_ints(o, "steps", range, 2);
    adj_put_int(o, "total", r->n_ops + r->left_out);
}

bool adj_request_trace(AdjRequestCall *c)
{
    AdjRecord *r;
    AdjJson j;
    if (adj_ask_find(&c->ask, "statistics", &j)) {
        AdjObserver *o = adj_observer();
        if (o) o->recorder.statistics = adj_ask_bool(&c->ask, "statistics", false);
    }
    if (!get(c, &r)) return false;
    AdjLeafNames names;
    adj_leaf_names(c->vm, &names);
    const char *module = adj_ask_string(&c->ask, "module", "");
    int64_t first = adj_ask_int(&c->ask, "first", 0), left = adj_ask_int(&c->ask, "count", -1);
    put_summary(c->out, r);
    adj_say_key(c->out, "ops");
    adj_say_open(c->out, '[');
    for (int i = first < 0 ? 0 : (int)first; i < r->n_ops && left; i++) {
        if (!adj_path_is_below(r->ops[i].module ? r->ops[i].module : "", module)) continue;
        adj_say_op(c->out, r, i, &names);
        left--;
    }
    adj_say_close(c->out, ']');
    adj_record_drop(r);
    return true;
}

// ---------------------------------------------------------------- pinned steps

static void put_pinned(AdjAnswerText *o)
{
    const AdjObserver *all = adj_thread.observer;
    adj_say_key(o, "pinned");
    adj_say_open(o, '[');
    for (int i = 0; all && i < all->recorder.n_pinned; i++)
        adj_say_int(o, all->recorder.pinned[i]->step);
    adj_say_close(o, ']');
}

bool adj_request_pin(AdjRequestCall *c)
{
    int64_t steps = adj_ask_int(&c->ask, "steps", 1);
    if (steps < 1 || steps > ADJ_PINNED_RECORDS) {
        return adj_raise(c->vm, ADJ_EXC_ValueError, "pin: from 1 to %d steps, not %lld",
                         (int)ADJ_PINNED_RECORDS, (long long)steps);
    }
    if (!adj_record_pin(steps)) return false;
    adj_put_int(c->out, "steps", steps);
    put_pinned(c->out);
    return true;
}

bool adj_request_unpin(AdjRequestCall *c)
{
    adj_record_unpin();
    put_pinned(c->out);
    return true;
}

bool adj_request_replay(AdjRequestCall *c)
{
    AdjRecord *r;
    AdjReplay again = {.leaf = NULL};
    if (!get(c, &r)) return false;
    bool ok = r->pinned ? adj_replay(r->pinned, &again)
                        : adj_raise(c->vm, ADJ_EXC_ValueError, "step %lld is not pinned",
                                    (long long)r->step);
    if (ok) {
        adj_put_int(c->out, "step", r->step);
        adj_put_number(c->out, "value", r->root);
        adj_put_number(c->out, "root", again.root ? adj_item(again.root) : NAN);
        adj_put_bool(c->out, "same",
                     again.same_root && again.same_gradients && again.same_weights);
        adj_put_bool(c->out, "same_root", again.same_root);
        adj_put_bool(c->out, "same_gradients", again.same_gradients);
        adj_put_bool(c->out, "same_weights", again.same_weights);
    }
    adj_record_drop(r);
    return ok;
}

// ---------------------------------------------------------------- costs and findings

static void put_costs(AdjAnswerText *o, const AdjRecord *r, bool by_module, const char *key)
{
    enum { MOST = 512 };
    AdjCost *costs = adj_scope_memory(MOST * sizeof *costs);
    int n = costs ? adj_record_costs(r, by_module, costs, MOST) : 0;
    double whole = 0;
    for (int i = 0; i < n; i++) whole += costs[i].forward_us + costs[i].backward_us;
    adj_say_key(o, key);
    adj_say_open(o, '[');
    for (int i = 0; i < n; i++) {
        adj_say_open(o, '{');
        adj_put_text(o, "name", costs[i].name);
        adj_put_int(o, "calls", costs[i].calls);
        adj_put_number(o, "forward_us", costs[i].forward_us);
        adj_put_number(o, "backward_us", costs[i].backward_us);
        double us = costs[i].forward_us + costs[i].backward_us;
        adj_put_number(o, "share", whole > 0 ? us / whole : 0);
        adj_put_int(o, "bytes", costs[i].bytes);
        adj_say_close(o, '}');
    }
    adj_say_close(o, ']');
}

bool adj_request_profile(AdjRequestCall *c)
{
    AdjRecord *r;
    if (!get(c, &r)) return false;
    double us = 1 / adj_ticks_per_us();
    uint64_t ticks = r->forward_ticks + r->backward_ticks + r->optimizer_ticks;
    adj_put_int(c->out, "step", r->step);
    adj_put_number(c->out, "total_us", (double)ticks * us);
    adj_put_number(c->out, "optimizer_us", (double)r->optimizer_ticks * us);
    put_costs(c->out, r, false, "operations");
    put_costs(c->out, r, true, "modules");
    adj_record_drop(r);
    return true;
}

// A finding about a parameter belongs to its module.
static bool concerns(const AdjFinding *f, const char *path)
{
    size_t n = strlen(path);
    if (!strcmp(f->path, path)) return true;
    return !strncmp(f->path, path, n) && f->path[n] == '.' && !strchr(f->path + n + 1, '.');
}

void adj_put_findings(AdjAnswerText *o, const char *path)
{
    enum { MOST = 128 };
    AdjFinding *f = adj_scope_memory(MOST * sizeof *f);
    int n = f ? adj_health_findings(f, MOST) : 0;
    adj_say_open(o, '[');
    for (int i = 0; i < n; i++) {
        const AdjHealthRow *row = &adj_health_rows[f[i].kind];
        if (path && !concerns(&f[i], path)) continue;
        adj_say_open(o, '{');
        adj_put_text(o, "level", adj_health_levels[row->level]);
        adj_put_text(o, "kind", row->name);
        adj_put_text(o, "path", f[i].path);
        adj_put_number(o, "value", f[i].value);
        adj_put_number(o, "limit", row->limit);
        adj_put_text(o, "message", f[i].text);
        adj_put_text(o, "cause", row->cause);
        adj_put_text(o, "remedy", row->remedy);
        adj_put_where(o, f[i].place);
        adj_say_close(o, '}');
    }
    adj_say_close(o, ']');
}

void adj_put_trends(AdjAnswerText *o)
{
    const AdjSeriesList *l = adj_series_all();
    adj_say_key(o, "trends");
    adj_say_open(o, '[');
    for (int i = 0; l && i < l->n; i++) {
        const AdjSeries *s = l->at[i];
        AdjTrend t;
        adj_trend(s->at, s->n, adj_series_is_larger_better(s->name), &t);
        adj_say_open(o, '{');
        adj_put_text(o, "series", s->name);
        adj_put_int(o, "count", s->count);
        adj_put_number(o, "last", t.last);
        adj_put_number(o, "mean", t.mean);
        adj_put_number(o, "best", t.best);
        adj_put_number(o, "slope", t.slope);
        adj_put_text(o, "state", adj_trend_name(t.state));
        adj_say_close(o, '}');
    }
    adj_say_close(o, ']');
}

// Asking for health is what makes it be followed.
bool adj_request_health(AdjRequestCall *c)
{
    if (!adj_health_watched() && !adj_health_watch("*", adj_ask_number(&c->ask, "rate", 10)))
        return false;
    AdjRecord *r = adj_record_get(0);
    adj_put_int(c->out, "step", r ? r->step : 0);
    adj_record_drop(r);
    adj_say_key(c->out, "findings");
    adj_put_findings(c->out, NULL);
    adj_put_trends(c->out);
    return true;
}
