// SPDX-License-Identifier: Apache-2.0
//
// The tape as the window knows it. Adding is appending; everything that needs the whole is done
// in `adj_ui_graph_close`, in five passes each linear in the graph:
//
//   readers   the edges turned round
//   order     parameters and data move to just before their first reader
//   modules   a stack of module paths over the order: a new group whenever the path changes
//   fold      what repeats inside a group becomes a run (graph_fold.c)
//   chunks    what is still too long is cut by the thousand (graph_fold.c)

#include "sight/graph.h"

#include "sight/graph_parts.h"

#include <string.h>

AdjUiGraph *adj_ui_graph_new(void)
{
    AdjUiGraph *graph = g_new0(AdjUiGraph, 1);
    graph->holders = 1;
    AdjUiGraphParts *p = graph->parts = g_new0(AdjUiGraphParts, 1);
    p->ops = g_array_new(FALSE, TRUE, sizeof(AdjUiOp));
    p->inputs = g_array_new(FALSE, FALSE, sizeof(int32_t));
    p->groups = g_array_new(FALSE, TRUE, sizeof(AdjUiGroup));
    p->texts = g_string_chunk_new(4096);
    p->by_id = g_hash_table_new(g_int64_hash, g_int64_equal);
    return graph;
}

AdjUiGraph *adj_ui_graph_ref(AdjUiGraph *graph)
{
    g_atomic_int_inc(&graph->holders);
    return graph;
}

void adj_ui_graph_unref(AdjUiGraph *graph)
{
    if (!graph || !g_atomic_int_dec_and_test(&graph->holders)) return;
    AdjUiGraphParts *p = graph->parts;
    g_hash_table_unref(p->by_id);
    g_array_unref(p->ops);
    g_array_unref(p->inputs);
    g_array_unref(p->groups);
    for (guint i = 0; p->lists && i < p->lists->len; i++)
        g_array_unref(g_ptr_array_index(p->lists, i));
    if (p->lists) g_ptr_array_unref(p->lists);
    g_string_chunk_free(p->texts);
    g_free(p);
    g_free(graph->readers);
    g_free(graph->order);
    g_free(graph->items);
    g_free(graph);
}

const char *adj_ui_graph_text(AdjUiGraph *graph, const char *text)
{
    return text ? g_string_chunk_insert_const(graph->parts->texts, text) : NULL;
}

int32_t adj_ui_graph_add(AdjUiGraph *graph, const AdjUiOp *op, const int32_t *inputs, int count)
{
    AdjUiGraphParts *p = graph->parts;
    AdjUiOp mine = *op;
    mine.name = adj_ui_graph_text(graph, op->name ? op->name : "?");
    mine.label = adj_ui_graph_text(graph, op->label);
    mine.module = adj_ui_graph_text(graph, op->module ? op->module : "");
    mine.layer = adj_ui_graph_text(graph, op->layer);
    mine.first_input = (int32_t)p->inputs->len;
    mine.inputs = count;
    g_array_append_vals(p->inputs, inputs, (guint)count);
    g_array_append_val(p->ops, mine);
    return (int32_t)p->ops->len - 1;
}

int32_t adj_ui_graph_find(const AdjUiGraph *graph, int64_t id)
{
    const AdjUiOp *op = g_hash_table_lookup(graph->parts->by_id, &id);
    return op ? (int32_t)(op - graph->ops) : -1;
}

void adj_ui_item_range(const AdjUiGraph *graph, AdjUiItem item, int32_t *begin, int32_t *end)
{
    if (item >= 0) {
        *begin = graph->ops[item].place;
        *end = *begin + 1;
        return;
    }
    *begin = graph->groups[~item].begin;
    *end = graph->groups[~item].end;
}

// -- the passes ---------------------------------------------------------------------------

static void turn_edges(AdjUiGraph *graph)
{
    int32_t edges = (int32_t)graph->parts->inputs->len, at = 0;
    graph->readers = g_new(int32_t, edges + 1);
    for (int32_t e = 0; e < edges; e++) graph->ops[graph->inputs[e]].readers++;
    for (int32_t i = 0; i < graph->count; i++) {
        graph->ops[i].first_reader = at;
        at += graph->ops[i].readers;
        graph->ops[i].readers = 0;
    }
    for (int32_t i = 0; i < graph->count; i++) {
        for (int32_t k = 0; k < graph->ops[i].inputs; k++) {
            AdjUiOp *from = &graph->ops[graph->inputs[graph->ops[i].first_input + k]];
            graph->readers[from->first_reader + from->readers++] = i;
        }
    }
}

// Operations keep the order of the tape; what is only read (parameters, data) comes just before
// the first that reads it and belongs to its module, where a reader of the picture looks for
// it.
static void order_ops(AdjUiGraph *graph)
{
    int32_t n = 0;
    graph->order = g_new(int32_t, graph->count + 1);
    for (int32_t i = 0; i < graph->count; i++) graph->ops[i].place = -1;
    for (int32_t i = 0; i < graph->count; i++) {
        AdjUiOp *op = &graph->ops[i];
        if (op->inputs == 0 && op->readers > 0 && op->kind != ADJ_UI_OP) continue;
        for (int32_t k = 0; k < op->inputs; k++) {
            AdjUiOp *from = &graph->ops[graph->inputs[op->first_input + k]];
            if (from->place >= 0) continue;
            from->module = op->module;
            from->layer = op->layer;
            from->place = n;
            graph->order[n++] = (int32_t)(from - graph->ops);
        }
        op->place = n;
        graph->order[n++] = i;
    }
}

// How many leading bytes of two dotted paths are the same whole parts.
static size_t common_path(const char *a, const char *b)
{
    size_t same = 0, i = 0;
    for (;; i++) {
        bool a_ends = a[i] == '.' || !a[i], b_ends = b[i] == '.' || !b[i];
        if (a_ends && b_ends) same = i;
        if (a[i] != b[i] || !a[i]) return same;
    }
}

static int32_t open_group(AdjUiGraph *graph, int32_t parent, const char *path, size_t length,
                          int32_t begin)
{
    char *text = g_strndup(path, length);
    AdjUiGroup group = {
        .path = adj_ui_graph_text(graph, text), .parent = parent, .begin = begin, .end = begin};
    g_free(text);
    g_array_append_val(graph->parts->groups, group);
    return (int32_t)graph->parts->groups->len - 1;
}

static AdjUiGroup *group_at(AdjUiGraph *graph, int32_t i)
{
    return &g_array_index(graph->parts->groups, AdjUiGroup, i);
}

// Walks the order with the innermost open group; closes and opens groups until the group's path
// is the operation's.
static void group_by_module(AdjUiGraph *graph)
{
    int32_t open = open_group(graph, -1, "", 0, 0);
    for (int32_t place = 0; place < graph->count; place++) {
        AdjUiOp *op = &graph->ops[graph->order[place]];
        size_t want = strlen(op->module);
        while (open > 0) {
            const char *path = group_at(graph, open)->path;
            if (common_path(path, op->module) == strlen(path)) break;
            group_at(graph, open)->end = place;
            open = group_at(graph, open)->parent;
        }
        size_t have = strlen(group_at(graph, open)->path);
        while (have < want) {
            size_t next = have ? have + 1 : 0;
            while (op->module[next] && op->module[next] != '.') next++;
            open = open_group(graph, open, op->module, next, place);
            have = next;
        }
        if (open > 0) group_at(graph, open)->layer = op->layer;
        op->group = open;
    }
    for (; open >= 0; open = group_at(graph, open)->parent)
        group_at(graph, open)->end = graph->count;
}

// Every group's direct contents, in order.
static void list_items(AdjUiGraph *graph)
{
    AdjUiGraphParts *p = graph->parts;
    p->lists = g_ptr_array_new();
    for (guint i = 0; i < p->groups->len; i++)
        g_ptr_array_add(p->lists, g_array_new(FALSE, FALSE, sizeof(AdjUiItem)));
    guint next = 1;  // groups are numbered in the order in which they begin
    for (int32_t place = 0; place < graph->count; place++) {
        for (; next < p->groups->len && group_at(graph, (int32_t)next)->begin == place;
             next++) {
            AdjUiItem item = ~(int32_t)next;
            int32_t parent = group_at(graph, (int32_t)next)->parent;
            g_array_append_val(adj_ui_list(graph, parent), item);
        }
        AdjUiItem item = graph->order[place];
        g_array_append_val(adj_ui_list(graph, graph->ops[item].group), item);
    }
}

// The lists laid end to end, and the innermost group of every operation.
static void settle(AdjUiGraph *graph)
{
    AdjUiGraphParts *p = graph->parts;
    int32_t total = 0;
    for (guint i = 0; i < p->lists->len; i++)
        total += (int32_t)adj_ui_list(graph, (int32_t)i)->len;
    graph->items = g_new(AdjUiItem, total + 1);
    graph->groups = (AdjUiGroup *)(void *)p->groups->data;
    graph->group_count = (int32_t)p->groups->len;
    int32_t at = 0;
    for (int32_t i = 0; i < graph->group_count; i++) {
        GArray *list = adj_ui_list(graph, i);
        graph->groups[i].first_item = at;
        graph->groups[i].items = (int32_t)list->len;
        memcpy(graph->items + at, list->data, list->len * sizeof(AdjUiItem));
        for (guint k = 0; k < list->len; k++) {
            AdjUiItem item = graph->items[at + (int32_t)k];
            if (item >= 0)
                graph->ops[item].group = i;
            else
                graph->groups[~item].parent = i;
        }
        at += (int32_t)list->len;
        g_array_unref(list);
    }
    g_ptr_array_unref(p->lists);
    p->lists = NULL;
}

// A group's key is its path within its parents and which of several equal ones it is: what was
// opened in one step is found again in the trace of the next.
static void give_keys(AdjUiGraph *graph)
{
    GArray *todo = g_array_new(FALSE, FALSE, sizeof(int32_t));
    GHashTable *seen = g_hash_table_new(g_str_hash, g_str_equal);
    int32_t root = 0;
    graph->groups[0].key = 1;
    g_array_append_val(todo, root);
    while (todo->len) {
        const AdjUiGroup *g = &graph->groups[g_array_index(todo, int32_t, todo->len - 1)];
        g_array_set_size(todo, todo->len - 1);
        g_hash_table_remove_all(seen);
        for (int32_t k = 0; k < g->items; k++) {
            int32_t inner = ~graph->items[g->first_item + k];
            if (inner < 0) continue;
            gpointer path = (gpointer)graph->groups[inner].path;
            gsize times = GPOINTER_TO_SIZE(g_hash_table_lookup(seen, path)) + 1;
            g_hash_table_insert(seen, path, GSIZE_TO_POINTER(times));
            graph->groups[inner].key =
                (g->key * 0x9e3779b97f4a7c15u) ^ (g_str_hash(path) * 31u + times);
            g_array_append_val(todo, inner);
        }
    }
    g_hash_table_unref(seen);
    g_array_unref(todo);
}

void adj_ui_graph_close(AdjUiGraph *graph)
{
    AdjUiGraphParts *p = graph->parts;
    graph->ops = (AdjUiOp *)(void *)p->ops->data;
    graph->count = (int32_t)p->ops->len;
    graph->inputs = (int32_t *)(void *)p->inputs->data;
    turn_edges(graph);
    order_ops(graph);
    group_by_module(graph);
    list_items(graph);
    adj_ui_graph_fold(graph);
    settle(graph);
    give_keys(graph);
    for (int32_t i = 0; i < graph->count; i++)
        g_hash_table_insert(p->by_id, &graph->ops[i].id, &graph->ops[i]);
}
