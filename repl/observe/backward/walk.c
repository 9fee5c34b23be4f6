// SPDX-License-Identifier: Apache-2.0
// walk.c: the backward pass one operation at a time. A walk keeps what the pass sent along
// every edge, so going back costs nothing; the leaves receive their gradients only when it is
// run to its end. A session has one walk at a time.
#include "observe/backward/walk.h"

#include "observe/observe.h"

#include <math.h>
#include <stdlib.h>

static _Thread_local AdjWalk walk, outer;  // outer: what a walk inside interrupts

AdjWalk *adj_walk_now(void)
{
    return &walk;
}

static void drop_walk(void)
{
    for (int i = 0; i < walk.n; i++) {
        AdjStop *v = &walk.at[i];
        for (int k = 0; k < v->node->n_out; k++) adj_drop(&v->came[k]);
        for (int k = 0; k < v->node->n_in; k++) adj_drop(&v->went[k]);
        free(v->came);
        adj_node_drop(v->node);
    }
    for (int i = 0; i < walk.n_leaves; i++) adj_drop(&walk.leaf[i]);
    free(walk.at);
    adj_drop(&walk.root);
    walk.at = NULL;
    walk.n = walk.room = walk.now = walk.n_leaves = 0;
    walk.done = walk.failed = false;
    walk.inside = NULL;
}

// From inside an operation back to where the walk stood.
static void leave(void)
{
    if (!walk.inside) return;
    drop_walk();
    walk = outer;
    memset(&outer, 0, sizeof outer);
}

static void forget(void)
{
    leave();
    drop_walk();
}

void adj_observe_forget_walk(void)
{
    forget();
}

static void see(void *data, AdjNode *node, AdjTensors came, AdjTensors went)
{
    (void)data;
    if (walk.failed) return;
    if (walk.n == walk.room) {
        int room = walk.room ? walk.room * 2 : 64;
        AdjStop *bigger = realloc(walk.at, (size_t)room * sizeof *bigger);
        walk.failed = !bigger;
        if (!bigger) return;
        walk.at = bigger;
        walk.room = room;
    }
    AdjTensor **list = calloc((size_t)(came.n + went.n) + 1, sizeof *list);
    walk.failed = !list;
    if (!list) return;
    walk.at[walk.n++] = (AdjStop){adj_node_keep(node), list, list + came.n};
    for (int i = 0; i < came.n; i++) list[i] = adj_keep(came.at[i]);
    for (int i = 0; i < went.n; i++) list[came.n + i] = adj_keep(went.at[i]);
}

static bool start(AdjRequestCall *c)
{
    const char *name = adj_ask_string(&c->ask, "root", "loss");
    AdjTensor *root;
    if (!adj_observe_tensor(c->vm, name, &root)) return false;
    forget();
    snprintf(walk.name, sizeof walk.name, "%s", name);
    if (root->numel != 1 || !adj_current_node(root)) {
        return adj_raise(c->vm, ADJ_EXC_ValueError,
                         "%s is no root of a backward pass: one number with a tape is", name);
    }
    walk.root = adj_keep(root);
    bool ok = adj_see_backward(root, NULL, see, NULL) && !walk.failed;
    if (!ok) forget();
    return ok || adj_bind_error(c->vm);
}

// Into the operation at the cursor, which is made of others.
static bool enter(AdjRequestCall *c)
{
    AdjWalk inner = {.of = walk.now};
    if (walk.inside || walk.now >= walk.n)
        return adj_raise(c->vm, ADJ_EXC_ValueError, "backward: nothing to go into");
    if (!adj_walk_open(c->vm, &walk.at[walk.now], &inner)) return false;
    AdjTensor *seed = walk.at[walk.now].came[0];
    snprintf(inner.name, sizeof inner.name, "%s", inner.inside->name);
    outer = walk;
    walk = inner;
    bool ok = adj_see_backward(walk.root, seed, see, NULL) && !walk.failed;
    if (!ok) leave();
    return ok || adj_bind_error(c->vm);
}

static int index_of(const AdjNode *node)
{
    for (int i = 0; i < walk.n; i++)
        if (walk.at[i].node == node) return i;
    return -1;
}

// ---------------------------------------------------------------- breakpoints

static bool take_break(void *data, const AdjAsk *item)
{
    (void)data;
    if (walk.n_breaks == ADJ_BREAKS) return false;
    const char *op = adj_ask_string(item, "op", NULL);
    const char *module = adj_ask_string(item, "module", NULL);
    walk.breaks[walk.n_breaks++] =
        (AdjBreak){.index = adj_ask_int(item, "index", -1),
                   .op = op ? adj_intern(op) : NULL,
                   .module = module ? adj_intern(module) : NULL,
                   .norm_above = adj_ask_number(item, "norm_above", NAN),
                   .norm_below = adj_ask_number(item, "norm_below", NAN)};
    return true;
}

// The largest norm among the gradients that came to a node.
static double norm_at(const AdjStop *v)
{
    double most = 0;
    for (int k = 0; k < v->node->n_out; k++) {
        AdjStatistics s;
        if (v->came[k] && adj_statistics(v->came[k], &s) && !(s.norm <= most)) most = s.norm;
    }
    return most;
}

static bool holds(const AdjBreak *b, int i)
{
    const AdjStop *v = &walk.at[i];
    bool above = !isnan(b->norm_above), below = !isnan(b->norm_below);
    if (b->index < 0 && !b->op && !b->module && !above && !below) return false;
    if (b->index >= 0 && b->index != i) return false;
    if (b->op && strcmp(b->op, v->node->op->name)) return false;
    if (b->module && !(v->node->module && adj_path_is_below(v->node->module, b->module)))
        return false;
    double norm = above || below ? norm_at(v) : 0;
    return !(above && !(norm > b->norm_above)) && !(below && !(norm < b->norm_below));
}

// Breakpoints are places of the walk outside: inside an operation none hold.
static bool breaks_at(int i)
{
    for (int k = 0; k < walk.n_breaks; k++)
        if (holds(&walk.breaks[k], i)) return true;
    return false;
}

static void put_breaks(AdjAnswerText *o)
{
    adj_say_key(o, "breakpoints");
    adj_say_open(o, '[');
    for (int k = 0; k < walk.n_breaks; k++) {
        adj_say_open(o, '{');
        if (walk.breaks[k].index >= 0) adj_put_int(o, "index", walk.breaks[k].index);
        if (walk.breaks[k].op) adj_put_text(o, "op", walk.breaks[k].op);
        if (walk.breaks[k].module) adj_put_text(o, "module", walk.breaks[k].module);
        if (!isnan(walk.breaks[k].norm_above))
            adj_put_number(o, "norm_above", walk.breaks[k].norm_above);
        if (!isnan(walk.breaks[k].norm_below))
            adj_put_number(o, "norm_below", walk.breaks[k].norm_below);
        adj_say_close(o, '}');
    }
    adj_say_close(o, ']');
}

// ---------------------------------------------------------------- what stands at a node

void adj_walk_put_gradient(AdjAnswerText *o, AdjTensor *g)
{
    AdjStatistics s;
    adj_put_shape(o, adj_shape(g));
    if (adj_statistics(g, &s)) adj_put_statistics(o, "statistics", &s);
    adj_put_window(o, g, &(AdjWindow){.rows = 8, .columns = 8});
}

// The document of an operation up to its first empty line is its formula.
static void put_formula(AdjAnswerText *o, const AdjOp *op)
{
    size_t n = strcspn(op->doc, "\n");
    adj_say_key(o, "formula");
    adj_say_text_n(o, op->doc, n);
}

static void put_node(AdjAnswerText *o, int i)
{
    const AdjNode *n = walk.at[i].node;
    AdjShape s = adj_node_shape(n);
    adj_say_key(o, "node");
    adj_say_open(o, '{');
    adj_put_int(o, "index", i);
    adj_put_text(o, "op", n->op->name);
    adj_put_text(o, "name", adj_node_name(n));
    adj_put_text(o, "module", adj_node_module(n));
    adj_put_shape(o, s);
    put_formula(o, n->op);
    adj_put_text(o, "rule", adj_op_rule(n->op));
    adj_put_bool(o, "opens", !walk.inside && adj_walk_opens(n));
    adj_put_where(o, n->span);
    adj_say_close(o, '}');
}

// What each consumer of output [k] of [node] sent, in the order of arrival.
static void put_contributions(AdjAnswerText *o, const AdjNode *node, int k)
{
    adj_say_key(o, "contributions");
    adj_say_open(o, '[');
    for (int i = 0; i < walk.n; i++) {
        const AdjStop *v = &walk.at[i];
        for (int j = 0; j < v->node->n_in; j++) {
            const AdjIn *in = &v->node->in[j];
            if (in->node != node || in->out != (uint32_t)k || !v->went[j]) continue;
            adj_say_open(o, '{');
            adj_put_int(o, "index", i);
            adj_put_text(o, "op", v->node->op->name);
            adj_put_int(o, "input", j);
            adj_walk_put_gradient(o, v->went[j]);
            adj_say_close(o, '}');
        }
    }
    adj_say_close(o, ']');
}

static void put_incoming(AdjAnswerText *o, const AdjStop *v)
{
    adj_say_key(o, "incoming");
    adj_say_open(o, '[');
    for (int k = 0; k < v->node->n_out; k++) {
        if (!v->came[k]) continue;
        adj_say_open(o, '{');
        adj_put_int(o, "output", k);
        adj_walk_put_gradient(o, v->came[k]);
        put_contributions(o, v->node, k);
        adj_say_close(o, '}');
    }
    adj_say_close(o, ']');
}

static const char *leaf_name(const AdjLeafNames *names, const AdjTensor *leaf)
{
    for (int i = 0; i < walk.n_leaves; i++)
        if (walk.leaf[i] == leaf) return walk.leaf_name[i];
    return adj_leaf_name(names, leaf);
}

static void put_outgoing(AdjAnswerText *o, const AdjStop *v, const AdjLeafNames *names)
{
    adj_say_key(o, "outgoing");
    adj_say_open(o, '[');
    for (int k = 0; k < v->node->n_in; k++) {
        if (!v->went[k]) continue;
        adj_say_open(o, '{');
        adj_put_int(o, "input", k);
        adj_say_key(o, "to");
        adj_say_open(o, '{');
        if (v->node->in[k].node)
            adj_put_int(o, "index", index_of(v->node->in[k].node));
        else
            adj_put_text(o, "leaf", leaf_name(names, v->node->in[k].leaf));
        adj_say_close(o, '}');
        adj_walk_put_gradient(o, v->went[k]);
        adj_say_close(o, '}');
    }
    adj_say_close(o, ']');
}

// ---------------------------------------------------------------- the order of the pass

static int find_in(const AdjRecord *r)
{
    return r ? adj_record_find(r, walk.at[0].node->sequence) : -1;
}

// The record that the walk's operations are in: of the step that runs, or of the last. A
// reference of the caller's, NULL when it is in neither.
static AdjRecord *record_of_walk(void)
{
    for (int step = -1; step <= 0; step++) {
        AdjRecord *r = adj_record_get(step);
        if (find_in(r) >= 0) return r;
        adj_record_drop(r);
    }
    return NULL;
}

static int forward_place(int i)
{
    int place = 0;
    for (int k = 0; k < walk.n; k++)
        place += walk.at[k].node->sequence < walk.at[i].node->sequence;
    return place;
}

// The norm of what goes on to each operand, null where nothing does.
static void put_sends(AdjAnswerText *o, const AdjStop *v)
{
    adj_say_key(o, "sends");
    adj_say_open(o, '[');
    for (int k = 0; k < v->node->n_in; k++) {
        AdjStatistics s;
        if (v->node->in[k].number) continue;  // no operand of the trace's
        if (v->went[k] && adj_statistics(v->went[k], &s))
            adj_say_number(o, s.norm);
        else
            adj_say_null(o);
    }
    adj_say_close(o, ']');
}

// The nodes as they are visited; `trace` is the place of each in the trace of the step.
static void put_order(AdjAnswerText *o, bool norms)
{
    AdjRecord *r = walk.inside ? NULL : record_of_walk();
    if (r)
        adj_put_int(o, "step", r->step);
    else
        adj_put_null(o, "step");
    adj_say_key(o, "order");
    adj_say_open(o, '[');
    for (int i = 0; i < walk.n; i++) {
        const AdjNode *n = walk.at[i].node;
        int at = r ? adj_record_find(r, n->sequence) : walk.inside ? forward_place(i) : -1;
        adj_say_open(o, '{');
        adj_put_text(o, "op", n->op->name);
        adj_put_text(o, "module", adj_node_module(n));
        if (at >= 0)
            adj_put_int(o, "trace", at);
        else
            adj_put_null(o, "trace");
        if (norms) put_sends(o, &walk.at[i]);
        adj_say_close(o, '}');
    }
    adj_say_close(o, ']');
    adj_record_drop(r);
}

static void put_part_inputs(AdjAnswerText *o, const AdjNode *n)
{
    adj_say_key(o, "inputs");
    adj_say_open(o, '[');
    for (int k = 0; k < n->n_in; k++) {
        int from = n->in[k].node ? index_of(n->in[k].node) : -1;
        if (n->in[k].number || (from < 0 && !n->in[k].leaf)) continue;
        adj_say_open(o, '{');
        if (from >= 0)
            adj_put_int(o, "from", forward_place(from));
        else
            adj_put_text(o, "leaf", leaf_name(&(AdjLeafNames){0}, n->in[k].leaf));
        adj_put_shape(o, n->in[k].shape);
        adj_put_bool(o, "grad", n->in[k].wants);
        adj_say_close(o, '}');
    }
    adj_say_close(o, ']');
}

// What the walk is inside of, and its parts as rows of a trace, the first first.
static void put_inside(AdjAnswerText *o)
{
    adj_say_key(o, "inside");
    if (!walk.inside) {
        adj_say_null(o);
        return;
    }
    adj_say_open(o, '{');
    adj_put_int(o, "of", walk.of);
    adj_put_text(o, "op", walk.inside->name);
    adj_put_text(o, "walk", outer.name);
    adj_say_key(o, "ops");
    adj_say_open(o, '[');
    for (int place = 0; place < walk.n; place++)
        for (int i = walk.n; i--;) {
            if (forward_place(i) != place) continue;
            const AdjNode *n = walk.at[i].node;
            adj_say_open(o, '{');
            adj_put_int(o, "index", place);
            adj_put_text(o, "op", n->op->name);
            adj_put_text(o, "module", "");
            adj_put_shape(o, adj_node_shape(n));
            adj_put_bool(o, "grad", true);
            put_part_inputs(o, n);
            adj_say_close(o, '}');
        }
    adj_say_close(o, ']');
    adj_say_close(o, '}');
}

static bool reply(AdjRequestCall *c)
{
    AdjLeafNames names;
    adj_leaf_names(c->vm, &names);
    adj_put_text(c->out, "walk", walk.name);
    adj_put_int(c->out, "at", walk.now);
    adj_put_int(c->out, "count", walk.n);
    adj_put_bool(c->out, "done", walk.done);
    if (walk.now >= walk.n) return true;
    adj_put_bool(c->out, "breakpoint", breaks_at(walk.now));
    put_node(c->out, walk.now);
    put_incoming(c->out, &walk.at[walk.now]);
    put_outgoing(c->out, &walk.at[walk.now], &names);
    put_breaks(c->out);
    return true;
}

static bool move(AdjRequestCall *c, const char *what)
{
    int to = walk.now;
    if (!strcmp(what, "next"))
        to++;
    else if (!strcmp(what, "prev"))
        to--;
    else if (!strcmp(what, "to"))
        to = (int)adj_ask_int(&c->ask, "index", to);
    else if (!strcmp(what, "run"))
        for (to++; to < walk.n - 1 && !breaks_at(to);) to++;
    else
        return adj_raise(c->vm, ADJ_EXC_ValueError, "backward: cannot do '%s'", what);
    walk.now = to < 0 ? 0 : to >= walk.n ? walk.n - 1 : to;
    return reply(c);
}

static bool enter_or_leave(AdjRequestCall *c, bool in)
{
    if (in && !enter(c)) return false;
    if (!in) leave();
    if (!reply(c)) return false;
    put_inside(c->out);
    if (in) put_order(c->out, adj_ask_bool(&c->ask, "norms", false));
    return true;
}

static bool begin(AdjRequestCall *c)
{
    if (!start(c) || !reply(c)) return false;
    put_order(c->out, adj_ask_bool(&c->ask, "norms", false));
    return true;
}

static bool end(AdjRequestCall *c)
{
    leave();
    bool was = adj_set_grad_enabled(true);
    bool ok = walk.done || adj_backward(walk.root, NULL, true, false);
    adj_set_grad_enabled(was);
    if (!ok) return adj_bind_error(c->vm);
    walk.done = true;
    walk.now = walk.n ? walk.n - 1 : 0;
    return reply(c);
}

bool adj_request_backward(AdjRequestCall *c)
{
    const char *what = adj_ask_string(&c->ask, "do", "start");
    AdjJson j;
    if (adj_ask_find(&c->ask, "breakpoints", &j)) {
        walk.n_breaks = 0;
        if (!adj_ask_each(&c->ask, "breakpoints", take_break, NULL))
            return adj_raise(c->vm, ADJ_EXC_ValueError, "backward: a list of breakpoints");
    }
    if (!strcmp(what, "start")) return begin(c);
    if (!strcmp(what, "close")) {
        forget();
        walk.n_breaks = 0;
        adj_put_bool(c->out, "done", true);
        return true;
    }
    if (!walk.root) {
        return adj_raise(c->vm, ADJ_EXC_RuntimeError,
                         "backward: no walk has begun: do 'start' comes first");
    }
    if (!strcmp(what, "into") || !strcmp(what, "out"))
        return enter_or_leave(c, !strcmp(what, "into"));
    return strcmp(what, "end") ? move(c, what) : end(c);
}
