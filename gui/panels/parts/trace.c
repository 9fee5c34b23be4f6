// SPDX-License-Identifier: Apache-2.0
//
// A trace names an operation's inputs either by the index of the operation that made them or by
// a path; equal paths are one leaf, however often it is read (that is what makes weight sharing
// visible), and a leaf without a path is a constant of its reader.

#include "panels/parts/trace.h"

#include "session/reply.h"

#include <string.h>

typedef struct Reader {
    AdjUiGraph *graph;
    GHashTable *leaves;  // path -> number + 1
    GHashTable *made;    // index -> number + 1
    int64_t leaf_id;
    GArray *inputs;
} Reader;

// Whether a gradient goes there. An older session does not say: then an operation with a name
// of its derivative wants one, and a leaf that is an attribute of a module.
static gboolean wants_grad(JsonObject *o, gboolean otherwise)
{
    return json_object_has_member(o, "grad") ? adj_ui_reply_flag(o, "grad") : otherwise;
}

static int32_t add_leaf(Reader *r, JsonObject *input)
{
    const char *path = adj_ui_reply_text(input, "leaf", NULL);
    if (path) {
        int known = GPOINTER_TO_INT(g_hash_table_lookup(r->leaves, path));
        if (known) return known - 1;
    }
    gboolean grad = wants_grad(input, path && strchr(path, '.'));
    AdjUiOp op = {.id = --r->leaf_id,
                  .name = "constant",
                  .label = path,
                  .kind = grad ? ADJ_UI_PARAMETER : ADJ_UI_INPUT,
                  .wants_grad = grad};
    op.rank = (uint8_t)adj_ui_reply_shape(input, "shape", op.shape, ADJ_UI_RANK);
    int32_t number = adj_ui_graph_add(r->graph, &op, NULL, 0);
    if (path) g_hash_table_insert(r->leaves, (gpointer)path, GINT_TO_POINTER(number + 1));
    return number;
}

static int32_t input_number(Reader *r, JsonObject *input)
{
    gint64 from = adj_ui_reply_integer(input, "from", -1);
    int known =
        from >= 0
            ? GPOINTER_TO_INT(g_hash_table_lookup(r->made, GSIZE_TO_POINTER((gsize)from + 1)))
            : 0;
    return known ? known - 1 : add_leaf(r, input);
}

static void add_op(Reader *r, JsonObject *o)
{
    JsonObject *where = adj_ui_reply_object(o, "where");
    JsonArray *inputs = adj_ui_reply_array(o, "inputs");
    const char *source = adj_ui_reply_text(where, "source", "");
    AdjUiOp op = {.id = adj_ui_reply_integer(o, "index", r->graph->count),
                  .name = adj_ui_reply_text(o, "op", "?"),
                  .module = adj_ui_reply_text(o, "module", ""),
                  .layer = adj_ui_reply_text(o, "class", NULL),
                  .kind = ADJ_UI_OP,
                  .wants_grad = wants_grad(o, adj_ui_reply_text(o, "name", NULL) != NULL),
                  .cell = g_str_has_prefix(source, "cell ") ? atoi(source + 5) : -1,
                  .start = (int32_t)adj_ui_reply_integer(where, "start", -1),
                  .end = (int32_t)adj_ui_reply_integer(where, "end", -1)};
    op.rank = (uint8_t)adj_ui_reply_shape(o, "shape", op.shape, ADJ_UI_RANK);
    g_array_set_size(r->inputs, 0);
    for (guint i = 0; i < adj_ui_reply_length(inputs); i++) {
        JsonObject *input = adj_ui_reply_object_at(inputs, i);
        if (!input) continue;
        int32_t from = input_number(r, input);
        g_array_append_val(r->inputs, from);
    }
    int32_t number = adj_ui_graph_add(r->graph, &op, (int32_t *)(void *)r->inputs->data,
                                      (int)r->inputs->len);
    g_hash_table_insert(r->made, GSIZE_TO_POINTER((gsize)op.id + 1),
                        GINT_TO_POINTER(number + 1));
}

AdjUiGraph *adj_ui_trace_graph(JsonObject *reply)
{
    JsonArray *ops = adj_ui_reply_array(reply, "ops");
    Reader r = {adj_ui_graph_new(), g_hash_table_new(g_str_hash, g_str_equal),
                g_hash_table_new(g_direct_hash, g_direct_equal), 0,
                g_array_new(FALSE, FALSE, sizeof(int32_t))};
    for (guint i = 0; i < adj_ui_reply_length(ops); i++) {
        JsonObject *o = adj_ui_reply_object_at(ops, i);
        if (o) add_op(&r, o);
    }
    adj_ui_graph_close(r.graph);
    g_hash_table_unref(r.leaves);
    g_hash_table_unref(r.made);
    g_array_unref(r.inputs);
    return r.graph;
}

int32_t *adj_ui_trace_walk(const AdjUiGraph *graph, int32_t root, int32_t *count)
{
    gboolean *leads = g_new0(gboolean, graph->count + 1);
    int32_t *walk = g_new(int32_t, graph->count + 1), n = 0;
    if (root >= 0) leads[root] = TRUE;
    for (int32_t i = root; i >= 0; i--) {
        const AdjUiOp *op = &graph->ops[i];
        if (!leads[i] || !op->wants_grad) continue;
        if (op->kind == ADJ_UI_OP) walk[n++] = i;
        for (int32_t k = 0; k < op->inputs; k++)
            leads[graph->inputs[op->first_input + k]] = TRUE;
    }
    g_free(leads);
    *count = n;
    return walk;
}
