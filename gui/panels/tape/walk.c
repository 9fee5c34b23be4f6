// SPDX-License-Identifier: Apache-2.0
//
// The frontier follows from the cursor alone: nodes before it are done, the node at it is next,
// and one behind it is ready when everything that reads its value has been passed. Stepping
// back therefore needs no memory; only the norms that were seen are kept.

#include "panels/tape/walk.h"

#include "panels/parts/trace.h"
#include "session/reply.h"

#include <math.h>
#include <string.h>

AdjUiWalk *adj_ui_walk_new(const AdjUiGraph *graph)
{
    AdjUiWalk *w = g_new0(AdjUiWalk, 1);
    w->graph = graph;
    w->step = -1;
    w->states = g_new0(AdjUiOpState, graph->count + 1);
    w->index = g_new(int32_t, graph->count + 1);
    adj_ui_walk_close(w);
    return w;
}

static void clear_flow(AdjUiFlow *f)
{
    g_free(f->to);
    *f = (AdjUiFlow){.op = -1, .norm = NAN};
}

static void clear_node(AdjUiWalk *w)
{
    g_clear_pointer(&w->name, g_free);
    g_clear_pointer(&w->formula, g_free);
    g_clear_pointer(&w->rule, g_free);
    clear_flow(&w->incoming);
    for (int i = 0; i < w->share_count; i++) clear_flow(&w->shares[i]);
    for (int i = 0; i < w->outgoing_count; i++) clear_flow(&w->outgoing[i]);
    g_clear_pointer(&w->shares, g_free);
    g_clear_pointer(&w->outgoing, g_free);
    w->share_count = w->outgoing_count = 0;
}

void adj_ui_walk_close(AdjUiWalk *w)
{
    clear_node(w);
    w->on = w->done = w->stopped = FALSE;
    w->at = w->count = 0;
    g_clear_pointer(&w->ops, g_free);
    g_clear_pointer(&w->root, g_free);
    g_clear_pointer(&w->seed, g_free);
    g_clear_pointer(&w->flows, g_hash_table_unref);
    g_clear_pointer(&w->titles, g_strfreev);
    g_clear_pointer(&w->modules, g_strfreev);
    for (int32_t i = 0; i < w->graph->count; i++) {
        AdjUiOpState before = w->states[i];
        w->states[i] = (AdjUiOpState){.breakpoint = before.breakpoint,
                                      .conditional = before.conditional,
                                      .value_norm = NAN,
                                      .grad_norm = NAN,
                                      .value = NAN,
                                      .grad = NAN};
        w->index[i] = -1;
    }
}

void adj_ui_walk_free(AdjUiWalk *w)
{
    if (!w) return;
    clear_node(w);
    g_free(w->ops);
    g_free(w->root);
    g_free(w->seed);
    if (w->flows) g_hash_table_unref(w->flows);
    g_strfreev(w->titles);
    g_strfreev(w->modules);
    g_free(w->index);
    g_free(w->states);
    g_free(w);
}

int32_t adj_ui_walk_op(const AdjUiWalk *w)
{
    return w->on && w->at >= 0 && w->at < w->count ? w->ops[w->at] : -1;
}

int32_t adj_ui_walk_past(const AdjUiWalk *w, int32_t begin, int32_t end)
{
    int32_t k = w->at;
    for (; k < w->count; k++) {
        if (w->ops[k] < 0) break;
        int32_t place = w->graph->ops[w->ops[k]].place;
        if (place < begin || place >= end) break;
    }
    return MAX(k, w->at + 1);
}

// -- the frontier -------------------------------------------------------------------------

static gboolean readers_done(const AdjUiWalk *w, int32_t i)
{
    const AdjUiOp *op = &w->graph->ops[i];
    for (int32_t k = 0; k < op->readers; k++) {
        int32_t node = w->index[w->graph->readers[op->first_reader + k]];
        if (node >= w->at) return FALSE;  // readers that are never visited send nothing
    }
    return TRUE;
}

static uint8_t front_of(const AdjUiWalk *w, int32_t i)
{
    const AdjUiOp *op = &w->graph->ops[i];
    int32_t node = w->index[i];
    if (op->kind == ADJ_UI_PARAMETER) {
        // A leaf has its gradient as soon as its last reader has been stepped.
        gboolean read = FALSE;
        for (int32_t k = 0; k < op->readers && !read; k++)
            read = w->index[w->graph->readers[op->first_reader + k]] >= 0;
        if (!read) return ADJ_UI_NO_STATE;
        return readers_done(w, i) ? ADJ_UI_DONE : ADJ_UI_WAITING;
    }
    if (node < 0) return ADJ_UI_NO_STATE;
    if (w->done || node < w->at) return ADJ_UI_DONE;
    if (node == w->at) return ADJ_UI_NEXT;
    return readers_done(w, i) ? ADJ_UI_READY : ADJ_UI_WAITING;
}

static void find_front(AdjUiWalk *w)
{
    for (int32_t i = 0; i < w->graph->count; i++) w->states[i].front = front_of(w, i);
}

// -- answers ------------------------------------------------------------------------------

// The root's operation: the last of the graph with the root's name for what it computes. The
// first answer stands at the root, so its row says which operation that is.
static int32_t find_root(const AdjUiWalk *w, JsonObject *node)
{
    gint64 op = adj_ui_reply_integer(node, "trace", -1);
    if (op >= 0) return adj_ui_graph_find(w->graph, op);
    const char *name = adj_ui_reply_text(node, "op", "");
    for (int32_t i = w->graph->count - 1; i >= 0; i--)
        if (w->graph->ops[i].kind == ADJ_UI_OP && !strcmp(w->graph->ops[i].name, name))
            return i;
    return -1;
}

// The session's own order, where it is about the step that the graph is of.
static gboolean take_order(AdjUiWalk *w, JsonObject *reply)
{
    JsonArray *order = adj_ui_reply_array(reply, "order");
    gboolean mine = w->inside || adj_ui_reply_integer(reply, "step", -2) == w->step;
    if (!mine || adj_ui_reply_length(order) != (guint)w->count) return FALSE;
    for (int32_t k = 0; k < w->count; k++) {
        JsonObject *o = adj_ui_reply_object_at(order, (guint)k);
        w->ops[k] = adj_ui_graph_find(w->graph, adj_ui_reply_integer(o, "trace", -1));
    }
    return TRUE;
}

// Another step's operations, as long as they are as many and in the same order.
static void guess_order(AdjUiWalk *w, JsonObject *reply)
{
    int32_t found = 0;
    int32_t root = find_root(w, adj_ui_reply_object(reply, "node"));
    int32_t *ops = adj_ui_trace_walk(w->graph, root, &found);
    for (int32_t k = 0; k < w->count; k++) w->ops[k] = found == w->count ? ops[k] : -1;
    g_free(ops);
}

static void name_nodes(AdjUiWalk *w, JsonObject *reply)
{
    JsonArray *order = adj_ui_reply_array(reply, "order");
    w->titles = g_new0(char *, w->count + 1);
    w->modules = g_new0(char *, w->count + 1);
    for (int32_t k = 0; k < w->count; k++) {
        const AdjUiOp *op = w->ops[k] >= 0 ? &w->graph->ops[w->ops[k]] : NULL;
        JsonObject *o = adj_ui_reply_object_at(order, (guint)k);
        w->titles[k] = g_strdup(adj_ui_reply_text(o, "op", op ? op->name : "?"));
        w->modules[k] = g_strdup(adj_ui_reply_text(o, "module", op ? op->module : ""));
    }
}

// "∂L/∂loss = 1": of a scalar its value, else its norm.
static char *seed_text(const AdjUiWalk *w, JsonObject *reply)
{
    char number[32];
    JsonObject *first = adj_ui_reply_object_at(adj_ui_reply_array(reply, "incoming"), 0);
    AdjUiNumbers n;
    if (adj_ui_reply_numbers(first, &n) && n.rows * n.columns == 1) {
        return g_strdup_printf("∂L/∂%s = %s", w->inside ? "y" : w->root,
                               adj_ui_number(number, n.value[0], 4));
    }
    return g_strdup_printf("‖∂L/∂%s‖ = %s", w->inside ? "y" : w->root,
                           adj_ui_number(number, adj_ui_reply_norm(first), 4));
}

// What every node sends on, where the session was asked for it.
static void take_flows(AdjUiWalk *w, JsonObject *reply)
{
    JsonArray *order = adj_ui_reply_array(reply, "order");
    w->flows = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    for (int32_t k = 0; k < w->count; k++) {
        JsonArray *sends = adj_ui_reply_array(adj_ui_reply_object_at(order, (guint)k), "sends");
        const AdjUiOp *op = w->ops[k] >= 0 ? &w->graph->ops[w->ops[k]] : NULL;
        for (int i = 0; op && i < op->inputs && (guint)i < adj_ui_reply_length(sends); i++) {
            gint64 *key = g_new(gint64, 1);
            float *norm = g_new(float, 1);
            *key = (gint64)w->ops[k] << 32 | w->graph->inputs[op->first_input + i];
            *norm = (float)adj_ui_reply_number_at(sends, (guint)i);
            g_hash_table_replace(w->flows, key, norm);
        }
    }
}

static void begin_walk(AdjUiWalk *w, JsonObject *reply)
{
    adj_ui_walk_close(w);
    w->on = TRUE;
    w->inside = adj_ui_reply_object(reply, "inside") != NULL;
    w->root = g_strdup(adj_ui_reply_text(reply, "walk", ""));
    w->count = MAX((int32_t)adj_ui_reply_integer(reply, "count", 0), 0);
    w->ops = g_new(int32_t, w->count + 1);
    if (!take_order(w, reply)) guess_order(w, reply);
    for (int32_t k = 0; k < w->count; k++)
        if (w->ops[k] >= 0) w->index[w->ops[k]] = k;
    name_nodes(w, reply);
    take_flows(w, reply);
    w->seed = seed_text(w, reply);
}

static const char *op_title(const AdjUiGraph *graph, int32_t op)
{
    if (op < 0) return NULL;
    return graph->ops[op].label ? graph->ops[op].label : graph->ops[op].name;
}

static void read_numbers(AdjUiFlow *f, JsonObject *o)
{
    f->norm = adj_ui_reply_norm(o);
    f->has_numbers = adj_ui_reply_numbers(o, &f->numbers);
}

static int32_t leaf_op(const AdjUiWalk *w, const char *path)
{
    for (int32_t i = 0; path && i < w->graph->count; i++)
        if (w->graph->ops[i].label && !strcmp(w->graph->ops[i].label, path)) return i;
    return -1;
}

static int32_t node_op(const AdjUiWalk *w, gint64 node)
{
    return node >= 0 && node < w->count ? w->ops[node] : -1;
}

// An operation tells its gradient when the pass stands at it; a leaf has no other time.
void adj_ui_walk_reveal(AdjUiWalk *w, int i)
{
    const AdjUiFlow *f = &w->outgoing[i];
    if (f->op >= 0 && w->index[f->op] < 0) w->states[f->op].grad_norm = (float)f->norm;
}

static void read_outgoing(AdjUiWalk *w, JsonArray *list)
{
    w->outgoing = g_new0(AdjUiFlow, adj_ui_reply_length(list) + 1);
    for (guint i = 0; i < adj_ui_reply_length(list); i++) {
        JsonObject *o = adj_ui_reply_object_at(list, i), *to = adj_ui_reply_object(o, "to");
        const char *leaf = adj_ui_reply_text(to, "leaf", NULL);
        AdjUiFlow *f = &w->outgoing[w->outgoing_count++];
        f->input = (int)adj_ui_reply_integer(o, "input", i);
        f->op = leaf ? leaf_op(w, leaf) : node_op(w, adj_ui_reply_integer(to, "index", -1));
        const char *title = leaf ? leaf : op_title(w->graph, f->op);
        f->to = title ? g_strdup(title) : g_strdup_printf("input %d", f->input);
        read_numbers(f, o);
        if (!w->masked) adj_ui_walk_reveal(w, w->outgoing_count - 1);
    }
}

static void read_incoming(AdjUiWalk *w, JsonObject *incoming)
{
    JsonArray *shares = adj_ui_reply_array(incoming, "contributions");
    read_numbers(&w->incoming, incoming);
    w->shares = g_new0(AdjUiFlow, adj_ui_reply_length(shares) + 1);
    for (guint i = 0; i < adj_ui_reply_length(shares); i++) {
        JsonObject *o = adj_ui_reply_object_at(shares, i);
        AdjUiFlow *f = &w->shares[w->share_count++];
        f->op = node_op(w, adj_ui_reply_integer(o, "index", -1));
        const char *title = op_title(w->graph, f->op);
        f->to = g_strdup(title ? title : adj_ui_reply_text(o, "op", "a reader"));
        read_numbers(f, o);
    }
}

void adj_ui_walk_take(AdjUiWalk *w, JsonObject *reply)
{
    JsonObject *node = adj_ui_reply_object(reply, "node");
    if (!w->on) begin_walk(w, reply);
    clear_node(w);
    w->at = (int32_t)adj_ui_reply_integer(reply, "at", w->at);
    w->done = adj_ui_reply_flag(reply, "done");
    w->stopped = adj_ui_reply_flag(reply, "breakpoint");
    w->opens = adj_ui_reply_flag(node, "opens");
    w->name = g_strdup(adj_ui_reply_text(node, "op", ""));
    w->formula = g_strdup(adj_ui_reply_text(node, "formula", NULL));
    w->rule = g_strdup(adj_ui_reply_text(node, "rule", NULL));
    read_incoming(w, adj_ui_reply_object_at(adj_ui_reply_array(reply, "incoming"), 0));
    read_outgoing(w, adj_ui_reply_array(reply, "outgoing"));
    int32_t op = adj_ui_walk_op(w);
    if (op >= 0) {
        w->states[op].grad_norm = (float)w->incoming.norm;
        if (w->incoming.has_numbers && w->incoming.numbers.rank == 0)
            w->states[op].grad = (float)w->incoming.numbers.value[0];
        w->states[op].bad = isnan(w->incoming.norm) || isinf(w->incoming.norm);
    }
    find_front(w);
}
