// SPDX-License-Identifier: Apache-2.0
//
// Folding: what repeats inside a group becomes one run, what is still too long is cut by the
// thousand.
//
// Two things look the same when their signatures are equal: name, shape and number of inputs of
// an operation; the contents of a group. Inside one list a run with period p is a stretch where
// every signature equals the one p before it and every period reads something of the one before
// (sixteen independent heads side by side are no chain). The shortest period wins, so
// "add, add, add ..." is 1 × n and not 2 × n/2. Work: at most PERIOD_MOST comparisons for each
// thing in the list, whatever its length.

#include "sight/graph_parts.h"

#include <string.h>

enum {
    PERIOD_MOST = 6,
    REPEAT_OPS = 8,     // this many repetitions before single operations are folded
    REPEAT_GROUPS = 4,  // modules are larger: fewer suffice
};

static uint64_t stir(uint64_t h, uint64_t x)
{
    h = (h ^ x) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

static AdjUiGroup *group_at(AdjUiGraph *graph, int32_t i)
{
    return &g_array_index(graph->parts->groups, AdjUiGroup, i);
}

static uint64_t op_signature(const AdjUiOp *op)
{
    uint64_t h = stir(g_str_hash(op->name), op->kind);
    h = stir(h, (uint64_t)op->inputs);
    for (int d = 0; d < op->rank; d++) h = stir(h, (uint64_t)op->shape[d] + 1);
    return h;
}

static uint64_t signature(AdjUiGraph *graph, AdjUiItem item)
{
    return item >= 0 ? op_signature(&graph->ops[item]) : group_at(graph, ~item)->signature;
}

static void range_of(AdjUiGraph *graph, AdjUiItem item, int32_t *begin, int32_t *end)
{
    *begin = item >= 0 ? graph->ops[item].place : group_at(graph, ~item)->begin;
    *end = item >= 0 ? *begin + 1 : group_at(graph, ~item)->end;
}

// Whether something in places [begin, end) reads something in [from, begin).
static bool reads_back(const AdjUiGraph *graph, int32_t from, int32_t begin, int32_t end)
{
    for (int32_t p = begin; p < end; p++) {
        const AdjUiOp *op = &graph->ops[graph->order[p]];
        for (int32_t k = 0; k < op->inputs; k++) {
            int32_t q = graph->ops[graph->inputs[op->first_input + k]].place;
            if (q >= from && q < begin) return true;
        }
    }
    return false;
}

typedef struct Stretch {
    int32_t period, repeat;
} Stretch;

static bool period_connected(AdjUiGraph *graph, const AdjUiItem *items, int32_t at,
                             int32_t period)
{
    int32_t from, begin, end, unused;
    range_of(graph, items[at - period], &from, &unused);
    range_of(graph, items[at], &begin, &unused);
    range_of(graph, items[at + period - 1], &unused, &end);
    return reads_back(graph, from, begin, end);
}

static Stretch repeats_with(AdjUiGraph *graph, const AdjUiItem *items, const uint64_t *looks,
                            int32_t count, int32_t at, int32_t period)
{
    Stretch s = {period, 1};
    for (int32_t next = at + period; next + period <= count; next += period, s.repeat++) {
        if (memcmp(looks + next, looks + next - period, (size_t)period * sizeof *looks)) break;
        if (!period_connected(graph, items, next, period)) break;
    }
    return s;
}

static bool worth_folding(const AdjUiItem *items, int32_t at, Stretch s)
{
    bool has_group = false;
    for (int32_t k = 0; k < s.period; k++) has_group |= items[at + k] < 0;
    return s.repeat >= (has_group ? REPEAT_GROUPS : REPEAT_OPS);
}

static Stretch best_stretch(AdjUiGraph *graph, const AdjUiItem *items, const uint64_t *looks,
                            int32_t count, int32_t at)
{
    for (int32_t period = 1; period <= PERIOD_MOST && at + 2 * period <= count; period++) {
        if (looks[at] != looks[at + period]) continue;
        Stretch s = repeats_with(graph, items, looks, count, at, period);
        if (worth_folding(items, at, s)) return s;
    }
    return (Stretch){1, 1};
}

// The last part of a module's path.
static const char *last_part(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

static const char *run_name(AdjUiGraph *graph, const AdjUiItem *items, Stretch s)
{
    GString *name = g_string_new(NULL);
    int listed = 0;
    for (int32_t k = 0; k < s.period; k++) {
        const AdjUiOp *op = items[k] >= 0 ? &graph->ops[items[k]] : NULL;
        if (op && op->kind != ADJ_UI_OP) continue;
        const AdjUiGroup *g = op ? NULL : group_at(graph, ~items[k]);
        const char *text = op ? op->name : g->layer ? g->layer : last_part(g->path);
        g_string_append_printf(name, "%s%s", listed++ ? ", " : "", text);
    }
    const char *kept = adj_ui_graph_text(graph, name->str);
    g_string_free(name, TRUE);
    return kept;
}

// Makes a group of [count] things of [owner]'s list and answers it as an item.
static AdjUiItem make_group(AdjUiGraph *graph, int32_t owner, AdjUiGroupKind kind,
                            const char *path, const AdjUiItem *items, int32_t count)
{
    AdjUiGroup group = {.kind = kind, .path = path, .parent = owner, .repeat = 1, .period = 1};
    int32_t unused;
    range_of(graph, items[0], &group.begin, &unused);
    range_of(graph, items[count - 1], &unused, &group.end);
    for (int32_t k = 0; k < count; k++) {
        group.signature = stir(group.signature, signature(graph, items[k]));
        if (items[k] < 0)
            group.ops += group_at(graph, ~items[k])->ops;
        else
            group.ops += graph->ops[items[k]].kind == ADJ_UI_OP;
    }
    g_array_append_val(graph->parts->groups, group);
    GArray *list = g_array_sized_new(FALSE, FALSE, sizeof(AdjUiItem), (guint)count);
    g_array_append_vals(list, items, (guint)count);
    g_ptr_array_add(graph->parts->lists, list);
    return ~((int32_t)graph->parts->groups->len - 1);
}

static GArray *fold_list(AdjUiGraph *graph, int32_t owner, const GArray *list)
{
    const AdjUiItem *items = (const AdjUiItem *)(const void *)list->data;
    int32_t count = (int32_t)list->len;
    uint64_t *looks = g_new(uint64_t, count + 1);
    for (int32_t i = 0; i < count; i++) looks[i] = signature(graph, items[i]);
    GArray *out = g_array_new(FALSE, FALSE, sizeof(AdjUiItem));
    for (int32_t at = 0; at < count;) {
        Stretch s = best_stretch(graph, items, looks, count, at);
        int32_t covers = s.period * s.repeat;
        AdjUiItem item = items[at];
        if (s.repeat > 1) {
            item = make_group(graph, owner, ADJ_UI_RUN, run_name(graph, items + at, s),
                              items + at, covers);
            group_at(graph, ~item)->repeat = s.repeat;
            group_at(graph, ~item)->period = s.period;
        } else {
            covers = 1;
        }
        g_array_append_val(out, item);
        at += covers;
    }
    g_free(looks);
    return out;
}

static const char *chunk_name(AdjUiGraph *graph, const AdjUiItem *items, int32_t count)
{
    int32_t begin, end, unused;
    range_of(graph, items[0], &begin, &unused);
    range_of(graph, items[count - 1], &unused, &end);
    char *text = g_strdup_printf("%d – %d", begin + 1, end);
    const char *kept = adj_ui_graph_text(graph, text);
    g_free(text);
    return kept;
}

static GArray *cut_list(AdjUiGraph *graph, int32_t owner, GArray *list)
{
    if (list->len <= ADJ_UI_GROUP_MOST) return list;
    GArray *out = g_array_new(FALSE, FALSE, sizeof(AdjUiItem));
    for (guint at = 0; at < list->len; at += ADJ_UI_GROUP_MOST) {
        const AdjUiItem *items = &g_array_index(list, AdjUiItem, at);
        int32_t count = (int32_t)MIN(list->len - at, ADJ_UI_GROUP_MOST);
        AdjUiItem item = make_group(graph, owner, ADJ_UI_CHUNK, chunk_name(graph, items, count),
                                    items, count);
        g_array_append_val(out, item);
    }
    g_array_unref(list);
    return cut_list(graph, owner, out);
}

static void sum_up(AdjUiGraph *graph, int32_t g)
{
    GArray *list = adj_ui_list(graph, g);
    AdjUiGroup *group = group_at(graph, g);
    uint64_t h = g_str_hash(group->layer ? group->layer : last_part(group->path));
    group->ops = 0;
    for (guint k = 0; k < list->len; k++) {
        AdjUiItem item = g_array_index(list, AdjUiItem, k);
        h = stir(h, signature(graph, item));
        group->ops +=
            item < 0 ? group_at(graph, ~item)->ops : graph->ops[item].kind == ADJ_UI_OP;
    }
    group->signature = h;
}

// Inner groups are numbered after outer ones, so going down the numbers every group finds its
// parts finished. Runs and chunks made on the way come behind and are only cut: a run whose
// contents were folded again would be a run of itself.
void adj_ui_graph_fold(AdjUiGraph *graph)
{
    int32_t modules = (int32_t)graph->parts->groups->len;
    for (int32_t g = modules - 1; g >= 0; g--) {
        GArray *list = adj_ui_list(graph, g);
        GArray *folded = fold_list(graph, g, list);
        g_array_unref(list);
        g_ptr_array_index(graph->parts->lists, (guint)g) = folded;
        sum_up(graph, g);
        // Cutting makes groups, so the list of lists may move meanwhile.
        GArray *cut = cut_list(graph, g, folded);
        g_ptr_array_index(graph->parts->lists, (guint)g) = cut;
    }
    for (int32_t g = modules; g < (int32_t)graph->parts->groups->len; g++) {
        GArray *list = adj_ui_list(graph, g);
        if (group_at(graph, g)->kind == ADJ_UI_RUN) {
            GArray *cut = cut_list(graph, g, list);
            g_ptr_array_index(graph->parts->lists, (guint)g) = cut;
        }
    }
}
