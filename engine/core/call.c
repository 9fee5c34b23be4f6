// SPDX-License-Identifier: Apache-2.0
// call.c: what happens around every operation. The generated entry of an op calls
// adj_call_begin, the op's own function, and adj_call_end, which puts the state back and leaves
// a node on the tape when an input requires a gradient. So an op's function only computes.
//
// An op with a derivative of its own runs with recording off: what it calls inside is its
// business. An op without one is a composite: its parts record themselves.
#include "core/trace.h"
#include "observe/record.h"

// Kept apart, so that calls which nobody watches pay for one test.
static __attribute__((noinline)) void begin_watched(AdjCall *c)
{
    AdjThread *t = &adj_thread;
    if (t->watchers & ADJ_WATCH_TRACE) adj_trace_enter(t->trace, c->op);
    if (t->watchers & ADJ_WATCH_STEPS) adj_record_enter(c);
}

void adj_call_begin(AdjCall *c, const AdjOp *op)
{
    AdjThread *t = &adj_thread;
    c->op = op;
    c->outer = t->op;
    c->grad = !t->no_grad;
    c->device = t->device;
    c->home = NULL;
    t->op = op;
    if (ADJ_UNLIKELY((t->watchers & ADJ_WATCH_CALLS) != 0)) begin_watched(c);
    if (c->grad) {
        c->start = adj_ticks();
        if (op->vjp || op->no_grad) t->no_grad = true;
    }
}

static bool any_needs_grad(int n, AdjTensor *const *in)
{
    for (int i = 0; i < n; i++)
        if (in[i] && adj_needs_grad(in[i])) return true;
    return false;
}

static bool is_one_of(const AdjTensor *t, int n, AdjTensor *const *in)
{
    for (int i = 0; i < n; i++)
        if (in[i] == t) return true;
    return false;
}

// A view remembers the tensor that owns the elements, so that a write through it reaches the
// tape.
static void note_base(int n_out, AdjTensor **out, AdjTensor *in)
{
    for (int i = 0; i < n_out; i++) {
        if (!out[i] || out[i] == in || out[i]->base || out[i]->storage != in->storage) continue;
        out[i]->base = adj_keep(in->base ? in->base : in);
        out[i]->node_version = out[i]->storage->version;
    }
}

static void attach(AdjNode *node, int n_out, AdjTensor **out)
{
    for (int i = 0; i < n_out; i++) {
        AdjTensor *y = out[i];
        if (!y || !adj_is_float(y)) continue;
        y->node = adj_node_keep(node);
        y->out = (uint32_t)i;
        y->requires_grad = true;
        y->node_version = y->storage->version;
    }
}

static bool record(const AdjCall *c, int n_out, AdjTensor **out, int n_in, AdjTensor *const *in,
                   int n_arg, const AdjValue *arg)
{
    bool any_float = false;
    for (int i = 0; i < n_out; i++) {
        if (!out[i]) continue;                         // a result that is None
        if (is_one_of(out[i], n_in, in)) return true;  // handed through: its history stays
        any_float |= adj_is_float(out[i]);
    }
    if (!any_float || !any_needs_grad(n_in, in)) return true;
    AdjNode *node = adj_node_make(c->op, n_out, out, n_in, in, n_arg, arg);
    if (!node) return false;
    node->forward_ticks = (uint32_t)(adj_ticks() - c->start);
    attach(node, n_out, out);
    adj_node_drop(node);
    return true;
}

static bool has_nan(AdjTensor *t)
{
    if (!t || !adj_is_float(t)) return false;
    ADJ_SCOPE;
    AdjTensor *any = adj_any(adj_isnan(t), ADJ_ALL, false);
    return any && adj_item(any) != 0;
}

static bool any_has_nan(int n, AdjTensor *const *list)
{
    for (int i = 0; i < n; i++)
        if (has_nan(list[i])) return true;
    return false;
}

// In anomaly mode: an operation that the program called, whose operands hold no NaN and whose
// result does, is where the trouble begins. What a derivative calls is judged by backward.c.
static bool makes_nan(const AdjCall *c, int n_out, AdjTensor **out, int n_in,
                      AdjTensor *const *in)
{
    AdjThread *t = &adj_thread;
    if (c->outer || n_in == 0 || !in) return false;
    bool no_grad = t->no_grad;
    t->anomaly = false;
    t->no_grad = true;
    bool made = any_has_nan(n_out, out) && !any_has_nan(n_in, in);
    t->anomaly = true;
    t->no_grad = no_grad;
    return made;
}

static AdjTensor *fail_nan(const AdjCall *c, AdjTensor *y)
{
    const char *module = adj_thread.module;
    return adj_fail(
        ADJ_E_RUNTIME,
        "Function '%s' returned nan values from operands without any, in its result "
        "of shape %s%s%s%s",
        c->op->name, adj_shape_text(adj_shape(y)), module && *module ? ", in module '" : "",
        module && *module ? module : "", module && *module ? "'" : "");
}

static inline AdjTensor *end(const AdjCall *c, int n_out, AdjTensor **out, int n_in,
                             AdjTensor *const *in, int n_arg, const AdjValue *arg)
{
    if (n_out == 0 || !out || !out[0]) return NULL;
    if (ADJ_UNLIKELY(adj_thread.anomaly) && makes_nan(c, n_out, out, n_in, in))
        return fail_nan(c, out[0]);
    if (!c->grad) return out[0];
    if (c->op->view && in && in[0]) note_base(n_out, out, in[0]);
    if (c->op->vjp && !record(c, n_out, out, n_in, in, n_arg, arg)) return NULL;
    return out[0];
}

static __attribute__((noinline)) AdjTensor *end_watched(const AdjCall *c, int n_out,
                                                        AdjTensor **out, int n_in,
                                                        AdjTensor *const *in, int n_arg,
                                                        const AdjValue *arg)
{
    AdjThread *t = &adj_thread;
    if (t->watchers & ADJ_WATCH_TRACE)
        adj_trace_leave(t->trace, c->op, n_out, out, n_in, in, n_arg, arg);
    AdjTensor *y = end(c, n_out, out, n_in, in, n_arg, arg);
    if (t->watchers & ADJ_WATCH_STEPS) {
        AdjRecordCall call = {y ? n_out : 0, n_in, n_arg, out, in, arg};
        adj_record_leave(c, &call);
    }
    return y;
}

AdjTensor *adj_call_end(AdjCall *c, int n_out, AdjTensor **out, int n_in, AdjTensor *const *in,
                        int n_arg, const AdjValue *arg)
{
    AdjThread *t = &adj_thread;
    t->op = c->outer;
    t->no_grad = !c->grad;
    if (ADJ_UNLIKELY(t->device != c->device)) adj_device_use(c->device);
    if (ADJ_UNLIKELY((t->watchers & ADJ_WATCH_CALLS) != 0))
        return end_watched(c, n_out, out, n_in, in, n_arg, arg);
    return end(c, n_out, out, n_in, in, n_arg, arg);
}

void adj_watch_assign(AdjTensor *x, AdjTensor *value)
{
    AdjThread *t = &adj_thread;
    if (t->watchers & ADJ_WATCH_TRACE) adj_trace_assign(t->trace, x, value);
    if (t->watchers & ADJ_WATCH_STEPS) adj_record_assign(x, value);
}

AdjTensors adj_join_inputs(AdjTensors list, int n, AdjTensor *const *more)
{
    if (n == 0) return list;
    AdjTensors all = {list.n + n, adj_scope_memory((size_t)(list.n + n) * sizeof *all.at)};
    if (!all.at) return (AdjTensors){0, NULL};
    if (list.n) memcpy(all.at, list.at, (size_t)list.n * sizeof *all.at);
    memcpy(all.at + list.n, more, (size_t)n * sizeof *all.at);
    return all;
}
