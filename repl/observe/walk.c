// SPDX-License-Identifier: Apache-2.0
// walk.c: the backward pass one operation at a time. A walk keeps what the pass sent along
// every edge, so going back costs nothing; the leaves receive their gradients only when it is
// run to its end. A session has one walk at a time.
#include "observe/watching.h"

#include "observe/observe.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    AdjNode *node;             // kept
    AdjTensor **came, **went;  // kept; n_out, n_in of the node
} Visit;

typedef struct {
    char name[128];   // of the root
    AdjTensor *root;  // kept
    Visit *at;
    int n, room, now;
    bool done, failed;
    int n_breaks;
    struct {
        int64_t index;            // -1: not by index
        const char *op, *module;  // interned, NULL: not by it
        double norm_above;        // infinite: not by it
    } breaks[32];
} Walk;
static _Thread_local Walk walk;

static void forget(void)
{
    for (int i = 0; i < walk.n; i++) {
        Visit *v = &walk.at[i];
        for (int k = 0; k < v->node->n_out; k++) adj_drop(&v->came[k]);
        for (int k = 0; k < v->node->n_in; k++) adj_drop(&v->went[k]);
        free(v->came);
        adj_node_drop(v->node);
    }
    free(walk.at);
    adj_drop(&walk.root);
    walk.at = NULL;
    walk.n = walk.room = walk.now = 0;
    walk.done = walk.failed = false;
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
        Visit *bigger = realloc(walk.at, (size_t)room * sizeof *bigger);
        walk.failed = !bigger;
        if (!bigger) return;
        walk.at = bigger;
        walk.room = room;
    }
    AdjTensor **list = calloc((size_t)(came.n + went.n) + 1, sizeof *list);
    walk.failed = !list;
    if (!list) return;
    walk.at[walk.n++] = (Visit){adj_node_keep(node), list, list + came.n};
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
    if (walk.n_breaks == 32) return false;
    const char *op = adj_ask_string(item, "op", NULL);
    const char *module = adj_ask_string(item, "module", NULL);
    walk.breaks[walk.n_breaks].index = adj_ask_int(item, "index", -1);
    walk.breaks[walk.n_breaks].op = op ? adj_intern(op) : NULL;
    walk.breaks[walk.n_breaks].module = module ? adj_intern(module) : NULL;
    walk.breaks[walk.n_breaks++].norm_above = adj_ask_number(item, "norm_above", INFINITY);
    return true;
}

static bool breaks_at(int i)
{
    const Visit *v = &walk.at[i];
    for (int k = 0; k < walk.n_breaks; k++) {
        if (walk.breaks[k].index == i) return true;
        if (walk.breaks[k].op && !strcmp(walk.breaks[k].op, v->node->op->name)) return true;
        if (walk.breaks[k].module && v->node->module &&
            adj_path_is_below(v->node->module, walk.breaks[k].module))
            return true;
        for (int o = 0; isfinite(walk.breaks[k].norm_above) && o < v->node->n_out; o++) {
            AdjStatistics s;
            if (v->came[o] && adj_statistics(v->came[o], &s) &&
                s.norm > walk.breaks[k].norm_above)
                return true;
        }
    }
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
        if (isfinite(walk.breaks[k].norm_above))
            adj_put_number(o, "norm_above", walk.breaks[k].norm_above);
        adj_say_close(o, '}');
    }
    adj_say_close(o, ']');
}

// ---------------------------------------------------------------- what stands at a node

static void put_gradient(AdjAnswerText *o, AdjTensor *g)
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
    adj_put_where(o, n->span);
    adj_say_close(o, '}');
}

// What each consumer of output [k] of [node] sent, in the order of arrival.
static void put_contributions(AdjAnswerText *o, const AdjNode *node, int k)
{
    adj_say_key(o, "contributions");
    adj_say_open(o, '[');
    for (int i = 0; i < walk.n; i++) {
        const Visit *v = &walk.at[i];
        for (int j = 0; j < v->node->n_in; j++) {
            const AdjIn *in = &v->node->in[j];
            if (in->node != node || in->out != (uint32_t)k || !v->went[j]) continue;
            adj_say_open(o, '{');
            adj_put_int(o, "index", i);
            adj_put_text(o, "op", v->node->op->name);
            adj_put_int(o, "input", j);
            put_gradient(o, v->went[j]);
            adj_say_close(o, '}');
        }
    }
    adj_say_close(o, ']');
}

static void put_incoming(AdjAnswerText *o, const Visit *v)
{
    adj_say_key(o, "incoming");
    adj_say_open(o, '[');
    for (int k = 0; k < v->node->n_out; k++) {
        if (!v->came[k]) continue;
        adj_say_open(o, '{');
        adj_put_int(o, "output", k);
        put_gradient(o, v->came[k]);
        put_contributions(o, v->node, k);
        adj_say_close(o, '}');
    }
    adj_say_close(o, ']');
}

static void put_outgoing(AdjAnswerText *o, const Visit *v, const AdjLeafNames *names)
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
            adj_put_text(o, "leaf", adj_leaf_name(names, v->node->in[k].leaf));
        adj_say_close(o, '}');
        put_gradient(o, v->went[k]);
        adj_say_close(o, '}');
    }
    adj_say_close(o, ']');
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

static bool end(AdjRequestCall *c)
{
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
    if (!strcmp(what, "start")) return start(c) && reply(c);
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
    return strcmp(what, "end") ? move(c, what) : end(c);
}

// ---------------------------------------------------------------- one element's derivative

typedef struct {
    int64_t output;
    double upstream, local;
} Term;

static int larger(const void *a, const void *b)
{
    double x = fabs(((const Term *)a)->upstream * ((const Term *)a)->local);
    double y = fabs(((const Term *)b)->upstream * ((const Term *)b)->local);
    return (x < y) - (x > y);
}

// d output[at] / d input at one element: the derivative is asked with a gradient that is one at
// [at] and zero elsewhere.
static bool local_of(AdjNode *node, int64_t at, int input, int64_t element, double *out)
{
    ADJ_SCOPE;
    AdjTensor *dy[16] = {NULL}, **dx;
    if (node->n_out > 16) return adj_fail(ADJ_E_RUNTIME, "local: too many outputs");
    dx = adj_scope_memory((size_t)(node->n_in + 1) * sizeof *dx);
    if (!dx) return false;
    memset(dx, 0, (size_t)node->n_in * sizeof *dx);
    for (int k = 0; k < node->n_out - node->op->kept; k++)
        dy[k] = adj_zeros_of(node->out[k].shape, (AdjDtype)node->out[k].dtype);
    if (!dy[0]) return false;
    AdjTensor *flat = adj_reshape(dy[0], ADJ_SHAPE(-1));
    if (!adj_copy_data(adj_select(flat, 0, at), ADJ_NUM(1))) return false;
    node->op->vjp(node, dy, dx);
    if (adj_error_kind()) return false;
    AdjTensor *g = dx[input];
    if (g && !adj_shape_equal(adj_shape(g), node->in[input].shape))
        g = adj_sum_to(g, node->in[input].shape);
    g = g ? adj_reshape(g, ADJ_SHAPE(-1)) : NULL;
    *out = g ? adj_item(adj_select(g, 0, element)) : 0;
    return !adj_error_kind();
}

static int64_t flat_index(AdjShape s, const int64_t *at)
{
    int64_t k = 0;
    for (int i = 0; i < s.n; i++) {
        int64_t index = at[i] < 0 ? at[i] + s.at[i] : at[i];
        if (index < 0 || index >= s.at[i]) return -1;
        k = k * s.at[i] + index;
    }
    return k;
}

static void put_position(AdjAnswerText *o, const char *key, AdjShape s, int64_t flat)
{
    int64_t at[ADJ_MAX_DIMS];
    for (int i = s.n; i--; flat /= s.at[i]) at[i] = flat % s.at[i];
    adj_put_ints(o, key, at, s.n);
}

static bool gather_terms(AdjRequestCall *c, const Visit *v, int input, int64_t element)
{
    enum { MOST_OUTPUTS = 4096, SHOWN = 64 };
    AdjTensor *g = v->came[0] ? adj_contiguous(adj_to(v->came[0], ADJ_F64)) : NULL;
    if (!g) return adj_raise(c->vm, ADJ_EXC_ValueError, "local: no gradient came to output 0");
    if (g->numel > MOST_OUTPUTS) {
        return adj_raise(c->vm, ADJ_EXC_ValueError,
                         "local: an output of %lld elements is too large to go through",
                         (long long)g->numel);
    }
    Term *terms = adj_scope_memory((size_t)(g->numel + 1) * sizeof *terms);
    const double *upstream = adj_data(g);
    int n = 0;
    double total = 0;
    for (int64_t i = 0; terms && i < g->numel; i++) {
        double local = 0;
        if (!local_of(v->node, i, input, element, &local)) return adj_bind_error(c->vm);
        if (local != 0) terms[n++] = (Term){i, upstream[i], local};
        total += upstream[i] * local;
    }
    qsort(terms, (size_t)n, sizeof *terms, larger);
    adj_put_number(c->out, "total", total);
    adj_put_int(c->out, "count", n);
    adj_say_key(c->out, "terms");
    adj_say_open(c->out, '[');
    for (int i = 0; i < n && i < SHOWN; i++) {
        adj_say_open(c->out, '{');
        put_position(c->out, "output", v->node->out[0].shape, terms[i].output);
        adj_put_number(c->out, "upstream", terms[i].upstream);
        adj_put_number(c->out, "local", terms[i].local);
        adj_put_number(c->out, "product", terms[i].upstream * terms[i].local);
        adj_say_close(c->out, '}');
    }
    adj_say_close(c->out, ']');
    return true;
}

bool adj_request_local(AdjRequestCall *c)
{
    int64_t at[ADJ_MAX_DIMS], index = adj_ask_int(&c->ask, "index", walk.now);
    int64_t input = adj_ask_int(&c->ask, "input", 0);
    if (index < 0 || index >= walk.n) {
        return adj_raise(c->vm, ADJ_EXC_IndexError, "local: node %lld of %d", (long long)index,
                         walk.n);
    }
    const Visit *v = &walk.at[index];
    if (input < 0 || input >= v->node->n_in || !v->node->in[input].wants) {
        return adj_raise(c->vm, ADJ_EXC_IndexError, "local: input %lld has no derivative",
                         (long long)input);
    }
    AdjShape s = v->node->in[input].shape;
    int n = adj_ask_ints(&c->ask, "element", at, ADJ_MAX_DIMS);
    int64_t element = n == s.n ? flat_index(s, at) : -1;
    if (element < 0)
        return adj_raise(c->vm, ADJ_EXC_IndexError, "local: no such element of the input");
    adj_put_int(c->out, "index", index);
    adj_put_int(c->out, "input", input);
    adj_put_ints(c->out, "element", at, n);
    return gather_terms(c, v, (int)input, element);
}
