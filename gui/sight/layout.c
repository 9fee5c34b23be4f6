// SPDX-License-Identifier: Apache-2.0
//
// Layout of opened groups, from the inside out.
//
// A frame is an opened group being laid out: its boxes are [ports in | items | ports out], in
// an order in which edges go forward, which is what layered.c asks for. An operation's edge is
// seen once at each level that it crosses: inside as a strand from or to a port, outside as a
// strand from or to the box. Many values through one border share one port (PORTS_MOST), or a
// cut through ten thousand parallel edges would be a wall of ports.
//
// Frames are laid out along the flow, which is x here; a picture from top to bottom has the
// sizes of its boxes turned before and all places turned back after.

#include "sight/layout.h"

#include <math.h>
#include <string.h>

enum { PORTS_MOST = 10 };

static const double PAD = 18, HEAD = 30, COLUMN_GAP = 54, ROW_GAP = 18;

typedef struct Frame {
    int32_t group;
    AdjUiLayered flat;
    struct Frame **inner;  // of each box, NULL where it is no frame
    int32_t *edge_count;   // edges of the tape in each edge
    int32_t *edge_op, *edge_reader;
    GHashTable *ins, *outs;  // operation + 1 -> port box + 1; one entry 0 when shared
    int32_t in_count, item_count, out_count;
    AdjUiItem *items;
    uint64_t *keys;
} Frame;

typedef struct Maker {
    AdjUiGraph *graph;
    const AdjUiLayoutWish *wish;
    GHashTable *open;
    GHashTable *hints;  // key -> AdjUiRect * of the earlier picture
    int32_t *item_of;   // scratch: place -> box of the frame at work
} Maker;

// Whether an operation has a box: parameters and data only if asked for.
static bool has_box(const Maker *m, int32_t op)
{
    return m->wish->data || m->graph->ops[op].kind == ADJ_UI_OP || !m->graph->ops[op].readers;
}

static bool is_open(const Maker *m, AdjUiItem item)
{
    return item < 0 && g_hash_table_contains(m->open, &m->graph->groups[~item].key);
}

// -- ports --------------------------------------------------------------------------------

// Values that come into [group] from outside, as keys of a set.
static GHashTable *values_in(const Maker *m, const AdjUiGroup *group)
{
    GHashTable *set = g_hash_table_new(g_direct_hash, g_direct_equal);
    for (int32_t p = group->begin; p < group->end; p++) {
        const AdjUiOp *op = &m->graph->ops[m->graph->order[p]];
        for (int32_t k = 0; k < op->inputs; k++) {
            int32_t from = m->graph->inputs[op->first_input + k];
            int32_t q = m->graph->ops[from].place;
            if ((q < group->begin || q >= group->end) && has_box(m, from))
                g_hash_table_add(set, GINT_TO_POINTER(from + 1));
        }
    }
    return set;
}

static GHashTable *values_out(const Maker *m, const AdjUiGroup *group)
{
    GHashTable *set = g_hash_table_new(g_direct_hash, g_direct_equal);
    for (int32_t p = group->begin; p < group->end; p++) {
        int32_t number = m->graph->order[p];
        const AdjUiOp *op = &m->graph->ops[number];
        if (!has_box(m, number)) continue;
        for (int32_t k = 0; k < op->readers; k++) {
            int32_t q = m->graph->ops[m->graph->readers[op->first_reader + k]].place;
            if (q < group->begin || q >= group->end)
                g_hash_table_add(set, GINT_TO_POINTER(number + 1));
        }
    }
    return set;
}

static int compare_numbers(const void *a, const void *b)
{
    return GPOINTER_TO_INT(*(void *const *)a) - GPOINTER_TO_INT(*(void *const *)b);
}

// Gives every value of [set] a port box from [first] on, in the order of the tape; or all of
// them the one box. Answers the number of boxes.
static int32_t number_ports(GHashTable *set, int32_t first)
{
    guint n = 0;
    void **list = g_hash_table_get_keys_as_array(set, &n);
    qsort(list, n, sizeof *list, compare_numbers);
    bool shared = n > PORTS_MOST;
    for (guint i = 0; i < n; i++)
        g_hash_table_insert(set, list[i], GINT_TO_POINTER(first + (shared ? 0 : (int)i) + 1));
    g_free(list);
    return shared ? 1 : (int32_t)n;
}

static int32_t port_of(GHashTable *set, int32_t op)
{
    return GPOINTER_TO_INT(g_hash_table_lookup(set, GINT_TO_POINTER(op + 1))) - 1;
}

// -- boxes --------------------------------------------------------------------------------

static uint64_t op_key(const AdjUiGraph *graph, const AdjUiOp *op, GHashTable *times)
{
    uint64_t h = g_str_hash(op->name) * 31u + (op->label ? g_str_hash(op->label) : 7u);
    gpointer which = GSIZE_TO_POINTER((gsize)h);
    gsize n = GPOINTER_TO_SIZE(g_hash_table_lookup(times, which)) + 1;
    g_hash_table_insert(times, which, GSIZE_TO_POINTER(n));
    return (graph->groups[op->group].key * 0x9e3779b97f4a7c15u) ^ (h << 20) ^ n;
}

static void size_box(const AdjUiGraph *graph, AdjUiItem item, bool down, AdjUiLayeredBox *box)
{
    const AdjUiOp *op = item >= 0 ? &graph->ops[item] : NULL;
    bool small = op && op->kind != ADJ_UI_OP;
    box->w = small ? 112 : op ? 148 : 176;
    box->h = small ? 40 : op ? 60 : 72;
    box->late = small;
    if (!down) return;
    double w = box->w;
    box->w = box->h;
    box->h = w;
}

// What an opened frame has around its contents: before and behind them along the flow, and on
// the sides. Its head is above, whichever way the flow goes.
static double before_inside(bool down)
{
    return down ? HEAD : PAD;
}

static double beside_inside(bool down)
{
    return down ? PAD : HEAD;
}

static Frame *lay_frame(Maker *m, int32_t g);

static void add_box(Maker *m, Frame *f, int32_t i, AdjUiItem item, uint64_t key)
{
    AdjUiLayeredBox *box = &f->flat.boxes[i];
    bool down = m->wish->down;
    size_box(m->graph, item, down, box);
    f->keys[i] = key;
    f->items[i] = item;
    if (is_open(m, item)) {
        f->inner[i] = lay_frame(m, ~item);
        box->w = f->inner[i]->flat.width + before_inside(down) + PAD;
        box->h = f->inner[i]->flat.height + beside_inside(down) + PAD;
    }
    const AdjUiRect *old = m->hints ? g_hash_table_lookup(m->hints, &key) : NULL;
    box->hint = !old ? NAN : down ? old->x + old->w / 2 : old->y + old->h / 2;
}

static void add_port(Frame *f, int32_t i, int8_t pin)
{
    f->flat.boxes[i] = (AdjUiLayeredBox){.w = 1, .h = 6, .pin = pin, .hint = NAN};
    f->items[i] = INT32_MIN;
}

static void add_boxes(Maker *m, Frame *f)
{
    const AdjUiGroup *group = &m->graph->groups[f->group];
    int32_t n = f->in_count + group->items + f->out_count;
    f->flat.boxes = g_new0(AdjUiLayeredBox, n + 1);
    f->inner = g_new0(Frame *, n + 1);
    f->keys = g_new0(uint64_t, n + 1);
    f->items = g_new0(AdjUiItem, n + 1);
    GHashTable *times = g_hash_table_new(g_direct_hash, g_direct_equal);
    int32_t at = 0;
    for (; at < f->in_count; at++) add_port(f, at, -1);
    for (int32_t k = 0; k < group->items; k++) {
        AdjUiItem item = m->graph->items[group->first_item + k];
        if (item >= 0 && !has_box(m, item)) continue;
        uint64_t key = item >= 0 ? op_key(m->graph, &m->graph->ops[item], times)
                                 : m->graph->groups[~item].key;
        add_box(m, f, at++, item, key);
    }
    f->item_count = at - f->in_count;
    for (int32_t k = 0; k < f->out_count; k++) add_port(f, at++, 1);
    f->flat.box_count = at;
    g_hash_table_unref(times);
}

// -- edges --------------------------------------------------------------------------------

// Below the middle of an opened frame's box: where its port for [op] is. Otherwise 0.
static double port_offset(const Frame *f, int32_t box, int32_t op, bool out, bool down)
{
    const Frame *in = f->inner[box];
    if (!in) return 0;
    int32_t port = port_of(out ? in->outs : in->ins, op);
    if (out) port += in->in_count + in->item_count;
    const AdjUiLayeredBox *p = &in->flat.boxes[port];
    return beside_inside(down) + p->y + p->h / 2 - f->flat.boxes[box].h / 2;
}

// Which of the edges between two boxes are drawn as one: all, unless one end has ports.
static int32_t shared_value(const Frame *f, int32_t from, int32_t to, int32_t op)
{
    if (f->inner[from] || f->inner[to]) return op;
    return f->items[from] == INT32_MIN || f->items[to] == INT32_MIN || f->items[from] >= 0 ? op
                                                                                           : -1;
}

typedef struct EdgeList {
    GArray *edges, *counts, *ops, *readers;
    GHashTable *known;  // (from, to, value) -> edge + 1
    bool down;
} EdgeList;

static void add_edge(Frame *f, EdgeList *list, int32_t from, int32_t to, int32_t op,
                     int32_t reader)
{
    if (from == to) return;
    AdjUiLayeredEdge e = {.from = from, .to = to, .value = shared_value(f, from, to, op)};
    gint64 key = ((gint64)from << 42) ^ ((gint64)to << 21) ^ e.value;
    int32_t at = GPOINTER_TO_INT(g_hash_table_lookup(list->known, &key)) - 1;
    if (at >= 0) {
        g_array_index(list->counts, int32_t, at)++;
        return;
    }
    e.from_y = port_offset(f, from, op, true, list->down);
    e.to_y = port_offset(f, to, op, false, list->down);
    if (e.value < 0) e.value = -1 - to;  // of no one value, so it shares its bends with none
    int32_t one = 1;
    g_array_append_val(list->edges, e);
    g_array_append_val(list->counts, one);
    g_array_append_val(list->ops, op);
    g_array_append_val(list->readers, reader);
    gint64 *kept = g_new(gint64, 1);
    *kept = key;
    g_hash_table_insert(list->known, kept, GINT_TO_POINTER((int)list->edges->len));
}

static void mark_items(Maker *m, Frame *f)
{
    for (int32_t i = f->in_count; i < f->in_count + f->item_count; i++) {
        int32_t begin, end;
        adj_ui_item_range(m->graph, f->items[i], &begin, &end);
        for (int32_t p = begin; p < end; p++) m->item_of[p] = i;
    }
}

// The edges of one operation seen in the frame: those it reads, and those that leave.
static void edges_of(Maker *m, Frame *f, EdgeList *list, int32_t number)
{
    const AdjUiGroup *group = &m->graph->groups[f->group];
    const AdjUiOp *op = &m->graph->ops[number];
    int32_t to = m->item_of[op->place];
    for (int32_t k = 0; k < op->inputs; k++) {
        int32_t from = m->graph->inputs[op->first_input + k];
        int32_t q = m->graph->ops[from].place;
        if (!has_box(m, from)) continue;
        bool inside = q >= group->begin && q < group->end;
        add_edge(f, list, inside ? m->item_of[q] : port_of(f->ins, from), to, from, number);
    }
    int32_t port = f->outs ? port_of(f->outs, number) : -1;
    if (port >= 0) add_edge(f, list, to, f->in_count + f->item_count + port, number, number);
}

static void add_edges(Maker *m, Frame *f)
{
    const AdjUiGroup *group = &m->graph->groups[f->group];
    EdgeList list = {g_array_new(FALSE, TRUE, sizeof(AdjUiLayeredEdge)),
                     g_array_new(FALSE, FALSE, sizeof(int32_t)),
                     g_array_new(FALSE, FALSE, sizeof(int32_t)),
                     g_array_new(FALSE, FALSE, sizeof(int32_t)),
                     g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL),
                     m->wish->down};
    mark_items(m, f);
    for (int32_t p = group->begin; p < group->end; p++)
        if (has_box(m, m->graph->order[p])) edges_of(m, f, &list, m->graph->order[p]);
    f->flat.edge_count = (int32_t)list.edges->len;
    f->flat.edges = (AdjUiLayeredEdge *)(void *)g_array_free(list.edges, FALSE);
    f->edge_count = (int32_t *)(void *)g_array_free(list.counts, FALSE);
    f->edge_op = (int32_t *)(void *)g_array_free(list.ops, FALSE);
    f->edge_reader = (int32_t *)(void *)g_array_free(list.readers, FALSE);
    g_hash_table_unref(list.known);
}

static Frame *lay_frame(Maker *m, int32_t g)
{
    Frame *f = g_new0(Frame, 1);
    f->group = g;
    if (g > 0) {
        f->ins = values_in(m, &m->graph->groups[g]);
        f->outs = values_out(m, &m->graph->groups[g]);
        f->in_count = number_ports(f->ins, 0);
        f->out_count = number_ports(f->outs, 0);
    }
    add_boxes(m, f);
    add_edges(m, f);
    f->flat.column_gap = COLUMN_GAP;
    f->flat.row_gap = ROW_GAP;
    f->flat.cancelled = m->wish->cancelled;
    adj_ui_layered(&f->flat);
    return f;
}

static void free_frame(Frame *f)
{
    if (!f) return;
    for (int32_t i = 0; i < f->flat.box_count; i++) free_frame(f->inner[i]);
    if (f->ins) g_hash_table_unref(f->ins);
    if (f->outs) g_hash_table_unref(f->outs);
    adj_ui_layered_clear(&f->flat);
    g_free(f->flat.boxes);
    g_free(f->flat.edges);
    g_free(f->inner);
    g_free(f->edge_count);
    g_free(f->edge_op);
    g_free(f->edge_reader);
    g_free(f->items);
    g_free(f->keys);
    g_free(f);
}

// -- flattening ---------------------------------------------------------------------------

typedef struct Out {
    AdjUiLayout *layout;
    GArray *boxes, *strands, *points;
} Out;

static void place_ops(AdjUiLayout *layout, AdjUiItem item, int32_t box)
{
    int32_t begin, end;
    adj_ui_item_range(layout->graph, item, &begin, &end);
    for (int32_t p = begin; p < end; p++) layout->box_of[layout->graph->order[p]] = box;
}

static void flatten_strand(Out *out, const Frame *f, int32_t e, const int32_t *box_of,
                           double dx, double dy, int32_t frame)
{
    const AdjUiLayeredEdge *edge = &f->flat.edges[e];
    const AdjUiLayeredBox *a = &f->flat.boxes[edge->from], *b = &f->flat.boxes[edge->to];
    double start = a->pin < 0 ? -before_inside(out->layout->down) : a->x + a->w;
    double stop = b->pin > 0 ? f->flat.width + PAD : b->x;
    AdjUiStrand strand = {.from = box_of[edge->from],
                          .to = box_of[edge->to],
                          .frame = frame,
                          .op = f->edge_op[e],
                          .reader = f->edge_reader[e],
                          .edges = f->edge_count[e],
                          .first_point = (int32_t)out->points->len,
                          .points = edge->bends + 2};
    AdjUiPoint first = {start + dx, a->y + a->h / 2 + edge->from_y + dy};
    AdjUiPoint last = {stop + dx, b->y + b->h / 2 + edge->to_y + dy};
    g_array_append_val(out->points, first);
    for (int32_t k = 0; k < edge->bends; k++) {
        AdjUiPoint p = f->flat.bends[edge->first_bend + k];
        p.x += dx;
        p.y += dy;
        g_array_append_val(out->points, p);
    }
    g_array_append_val(out->points, last);
    g_array_append_val(out->strands, strand);
}

static void flatten(Out *out, const Frame *f, double dx, double dy, int32_t parent)
{
    int32_t *box_of = g_new(int32_t, f->flat.box_count + 1);
    for (int32_t i = 0; i < f->flat.box_count; i++) {
        box_of[i] = -1;
        if (f->items[i] == INT32_MIN) continue;
        const AdjUiLayeredBox *b = &f->flat.boxes[i];
        AdjUiBox box = {.item = f->items[i],
                        .open = f->inner[i] != NULL,
                        .r = {b->x + dx, b->y + dy, b->w, b->h},
                        .parent = parent,
                        .key = f->keys[i]};
        int32_t mine = box_of[i] = (int32_t)out->boxes->len;
        g_array_append_val(out->boxes, box);
        if (box.open)
            flatten(out, f->inner[i], box.r.x + before_inside(out->layout->down),
                    box.r.y + beside_inside(out->layout->down), mine);
        else
            place_ops(out->layout, box.item, mine);
        g_array_index(out->boxes, AdjUiBox, mine).last = (int32_t)out->boxes->len;
    }
    for (int32_t e = 0; e < f->flat.edge_count; e++)
        flatten_strand(out, f, e, box_of, dx, dy, parent);
    g_free(box_of);
}

// Where the earlier picture had what has the same key.
static GHashTable *collect_hints(const AdjUiLayout *before, bool down)
{
    if (!before || before->down != down) return NULL;
    GHashTable *hints = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    for (int32_t i = 0; i < before->box_count; i++)
        g_hash_table_insert(hints, &before->boxes[i].key,
                            g_memdup2(&before->boxes[i].r, sizeof(AdjUiRect)));
    return hints;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// By how much most boxes have moved along one axis.
static double common_shift(const AdjUiLayout *layout, GHashTable *hints, bool vertical)
{
    double *moved = g_new(double, layout->box_count + 1);
    int32_t n = 0;
    for (int32_t i = 0; i < layout->box_count; i++) {
        const AdjUiBox *b = &layout->boxes[i];
        const AdjUiRect *old = g_hash_table_lookup(hints, &b->key);
        if (!old) continue;
        moved[n++] = vertical ? old->y - b->r.y : old->x - b->r.x;
    }
    qsort(moved, (size_t)n, sizeof *moved, compare_doubles);
    double shift = n ? moved[n / 2] : 0;
    g_free(moved);
    return shift;
}

static int32_t point_count(const AdjUiLayout *layout)
{
    int32_t points = 0;
    for (int32_t i = 0; i < layout->strand_count; i++) points += layout->strands[i].points;
    return points;
}

static AdjUiRect turned(AdjUiRect r)
{
    return adj_ui_rect(r.y, r.x, r.h, r.w);
}

// What was laid out to the right goes down.
static void turn(AdjUiLayout *layout)
{
    int32_t points = point_count(layout);
    for (int32_t i = 0; i < layout->box_count; i++)
        layout->boxes[i].r = turned(layout->boxes[i].r);
    for (int32_t i = 0; i < points; i++)
        layout->points[i] = (AdjUiPoint){layout->points[i].y, layout->points[i].x};
    layout->bounds = turned(layout->bounds);
}

static void stay_in_place(AdjUiLayout *layout, GHashTable *hints)
{
    if (!hints) return;
    double dx = common_shift(layout, hints, false), dy = common_shift(layout, hints, true);
    int32_t points = point_count(layout);
    for (int32_t i = 0; i < layout->box_count; i++) {
        layout->boxes[i].r.x += dx;
        layout->boxes[i].r.y += dy;
    }
    for (int32_t i = 0; i < points; i++) {
        layout->points[i].x += dx;
        layout->points[i].y += dy;
    }
    layout->bounds.x += dx;
    layout->bounds.y += dy;
}

static void open_key(GHashTable *open, uint64_t key)
{
    g_hash_table_add(open, g_memdup2(&key, sizeof key));
}

static bool shows(const Maker *m, AdjUiItem item)
{
    return item < 0 || has_box(m, item);
}

static int shown_items(const Maker *m, int32_t g)
{
    const AdjUiGroup *group = &m->graph->groups[g];
    int n = 0;
    for (int32_t k = 0; k < group->items; k++)
        n += shows(m, m->graph->items[group->first_item + k]);
    return n;
}

// What is open: what was asked for, and modules from the outside in as long as the picture
// stays small. Runs and thousands are opened by hand only.
static void choose_open(Maker *m)
{
    m->open = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    GHashTableIter i;
    void *key;
    if (m->wish->open) g_hash_table_iter_init(&i, m->wish->open);
    while (m->wish->open && g_hash_table_iter_next(&i, &key, NULL))
        open_key(m->open, *(const uint64_t *)key);
    GQueue todo = G_QUEUE_INIT;
    int shown = shown_items(m, 0);
    g_queue_push_tail(&todo, GINT_TO_POINTER(0));
    while (shown < m->wish->most && !g_queue_is_empty(&todo)) {
        const AdjUiGroup *g = &m->graph->groups[GPOINTER_TO_INT(g_queue_pop_head(&todo))];
        for (int32_t k = 0; k < g->items; k++) {
            int32_t inner = ~m->graph->items[g->first_item + k];
            if (inner < 0 || m->graph->groups[inner].kind != ADJ_UI_MODULE) continue;
            int more = shown_items(m, inner);
            if (shown + more > m->wish->most) continue;
            shown += more;
            open_key(m->open, m->graph->groups[inner].key);
            g_queue_push_tail(&todo, GINT_TO_POINTER(inner));
        }
    }
    g_queue_clear(&todo);
}

AdjUiLayout *adj_ui_layout_new(AdjUiGraph *graph, const AdjUiLayoutWish *wish)
{
    Maker m = {.graph = graph,
               .wish = wish,
               .hints = collect_hints(wish->before, wish->down),
               .item_of = g_new0(int32_t, graph->count + 1)};
    choose_open(&m);
    Frame *root = lay_frame(&m, 0);
    AdjUiLayout *layout = g_new0(AdjUiLayout, 1);
    layout->graph = adj_ui_graph_ref(graph);
    layout->opened = m.open;
    layout->down = wish->down;
    layout->box_of = g_new(int32_t, graph->count + 1);
    for (int32_t i = 0; i < graph->count; i++) layout->box_of[i] = -1;
    Out out = {layout, g_array_new(FALSE, TRUE, sizeof(AdjUiBox)),
               g_array_new(FALSE, TRUE, sizeof(AdjUiStrand)),
               g_array_new(FALSE, TRUE, sizeof(AdjUiPoint))};
    flatten(&out, root, 0, 0, -1);
    layout->box_count = (int32_t)out.boxes->len;
    layout->strand_count = (int32_t)out.strands->len;
    layout->boxes = (AdjUiBox *)(void *)g_array_free(out.boxes, FALSE);
    layout->strands = (AdjUiStrand *)(void *)g_array_free(out.strands, FALSE);
    layout->points = (AdjUiPoint *)(void *)g_array_free(out.points, FALSE);
    layout->bounds = adj_ui_rect(0, 0, root->flat.width, root->flat.height);
    if (layout->down) turn(layout);
    stay_in_place(layout, m.hints);
    free_frame(root);
    if (m.hints) g_hash_table_unref(m.hints);
    g_free(m.item_of);
    if (!wish->cancelled || !g_atomic_int_get((volatile int *)wish->cancelled)) return layout;
    adj_ui_layout_free(layout);
    return NULL;
}

void adj_ui_layout_free(AdjUiLayout *layout)
{
    if (!layout) return;
    adj_ui_graph_unref(layout->graph);
    g_hash_table_unref(layout->opened);
    g_free(layout->boxes);
    g_free(layout->strands);
    g_free(layout->points);
    g_free(layout->box_of);
    g_free(layout);
}

// -- finding ------------------------------------------------------------------------------

static bool inside(AdjUiRect r, double x, double y)
{
    return x >= r.x && y >= r.y && x < r.x + r.w && y < r.y + r.h;
}

int32_t adj_ui_layout_box_at(const AdjUiLayout *layout, double x, double y)
{
    int32_t found = -1;
    for (int32_t i = 0; i < layout->box_count;) {
        const AdjUiBox *b = &layout->boxes[i];
        if (inside(b->r, x, y)) {
            found = i++;  // its contents come next
            continue;
        }
        i = b->last;
    }
    return found;
}

static double distance_to_piece(AdjUiPoint a, AdjUiPoint b, double x, double y)
{
    double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
    double t = length > 0 ? ((x - a.x) * dx + (y - a.y) * dy) / length : 0;
    t = fmin(1, fmax(0, t));
    return hypot(x - a.x - t * dx, y - a.y - t * dy);
}

// The curve between two points is an S; eight chords are within a few units of it.
static double distance_to_curve(AdjUiPoint a, AdjUiPoint b, double x, double y)
{
    double least = INFINITY;
    AdjUiPoint last = a;
    for (int k = 1; k <= 8; k++) {
        double t = k / 8.0, s = t * t * (3 - 2 * t);
        AdjUiPoint p = {a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * s};
        least = fmin(least, distance_to_piece(last, p, x, y));
        last = p;
    }
    return least;
}

// Along the flow is x, as strands are measured.
static AdjUiPoint along_flow(const AdjUiLayout *layout, AdjUiPoint p)
{
    return layout->down ? (AdjUiPoint){p.y, p.x} : p;
}

int32_t adj_ui_layout_strand_at(const AdjUiLayout *layout, double px, double py, double reach)
{
    AdjUiPoint at = along_flow(layout, (AdjUiPoint){px, py});
    int32_t found = -1;
    double least = reach;
    for (int32_t i = 0; i < layout->strand_count; i++) {
        const AdjUiStrand *w = &layout->strands[i];
        const AdjUiPoint *p = layout->points + w->first_point;
        if (at.x < along_flow(layout, p[0]).x - reach) continue;
        if (at.x > along_flow(layout, p[w->points - 1]).x + reach) continue;
        for (int32_t k = 0; k + 1 < w->points; k++) {
            double d = distance_to_curve(along_flow(layout, p[k]), along_flow(layout, p[k + 1]),
                                         at.x, at.y);
            if (d >= least) continue;
            least = d;
            found = i;
        }
    }
    return found;
}
