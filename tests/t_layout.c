// SPDX-License-Identifier: Apache-2.0
//
// The graph of a tape: how it is ordered, grouped and folded, where it is laid, and how it
// looks. The graphs are built here by hand; no session takes part.

#include "paint/graph.h"
#include "picture.h"
#include "sight/graph.h"
#include "sight/layout.h"
#include "tap.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct Nets {
    AdjUiGraph *graph;
    int64_t next;
} Nets;

static int32_t op(Nets *n, const char *name, const char *module, const char *layer, int rank,
                  const int64_t *shape, int count, const int32_t *inputs)
{
    AdjUiOp o = {.id = n->next++,
                 .name = name,
                 .module = module,
                 .layer = layer,
                 .kind = ADJ_UI_OP,
                 .wants_grad = true,
                 .rank = (uint8_t)rank};
    for (int d = 0; d < rank; d++) o.shape[d] = shape[d];
    return adj_ui_graph_add(n->graph, &o, inputs, count);
}

static int32_t leaf(Nets *n, const char *label, bool parameter, int rank, const int64_t *shape)
{
    AdjUiOp o = {.id = n->next++,
                 .name = "leaf",
                 .label = label,
                 .kind = parameter ? ADJ_UI_PARAMETER : ADJ_UI_INPUT,
                 .wants_grad = parameter,
                 .rank = (uint8_t)rank};
    memcpy(o.shape, shape, (size_t)rank * sizeof *shape);
    return adj_ui_graph_add(n->graph, &o, NULL, 0);
}

static int32_t linear(Nets *n, const char *path, int32_t x, int64_t rows, int64_t in,
                      int64_t out)
{
    char label[64];
    snprintf(label, sizeof label, "%.50s.weight", path);
    int32_t w = leaf(n, label, true, 2, (int64_t[]){out, in});
    snprintf(label, sizeof label, "%.50s.bias", path);
    int32_t b = leaf(n, label, true, 1, (int64_t[]){out});
    return op(n, "linear", path, "Linear", 2, (int64_t[]){rows, out}, 3, (int32_t[]){x, w, b});
}

// A block with a skip connection: norm, two linears with a relu between, and the sum.
static int32_t block(Nets *n, const char *path, int32_t x, int64_t d)
{
    char inner[64];
    int64_t shape[] = {32, d};
    snprintf(inner, sizeof inner, "%.50s.norm", path);
    int32_t h = op(n, "layer_norm", inner, "LayerNorm", 2, shape, 1, &x);
    snprintf(inner, sizeof inner, "%.50s.up", path);
    h = linear(n, inner, h, 32, d, 4 * d);
    h = op(n, "relu", path, "Block", 2, (int64_t[]){32, 4 * d}, 1, &h);
    snprintf(inner, sizeof inner, "%.50s.down", path);
    h = linear(n, inner, h, 32, 4 * d, d);
    return op(n, "add", path, "Block", 2, shape, 2, (int32_t[]){h, x});
}

static AdjUiGraph *residual(int blocks)
{
    Nets n = {adj_ui_graph_new(), 100};
    int32_t x = leaf(&n, "x", false, 2, (int64_t[]){32, 64});
    int32_t y = leaf(&n, "y", false, 1, (int64_t[]){32});
    int32_t h = linear(&n, "net.embed", x, 32, 64, 16);
    for (int i = 0; i < blocks; i++) {
        char path[64];
        snprintf(path, sizeof path, "net.blocks.%d", i);
        h = block(&n, path, h, 16);
    }
    h = linear(&n, "net.head", h, 32, 16, 10);
    int32_t two[] = {h, y};
    op(&n, "cross_entropy", "", NULL, 0, NULL, 2, two);
    adj_ui_graph_close(n.graph);
    return n.graph;
}

static AdjUiGraph *chain(int count, bool varied)
{
    static const char *const names[] = {"add", "mul", "tanh", "sub", "exp", "log", "sin"};
    Nets n = {adj_ui_graph_new(), 0};
    int64_t shape[] = {4};
    int32_t x = leaf(&n, "x", true, 1, shape), before = x;
    uint32_t dice = 1;
    for (int i = 0; i < count; i++) {
        dice = dice * 1664525u + 1013904223u;
        int32_t inputs[] = {x, before};
        before = x;
        x = op(&n, varied ? names[(dice >> 16) % 7] : "add", "", NULL, 1, shape,
               varied && (dice >> 8 & 1) ? 2 : 1, inputs);
    }
    adj_ui_graph_close(n.graph);
    return n.graph;
}

// -- order and groups ---------------------------------------------------------------------

static bool edges_go_forward(const AdjUiGraph *g)
{
    for (int32_t i = 0; i < g->count; i++)
        for (int32_t k = 0; k < g->ops[i].inputs; k++)
            if (g->ops[g->inputs[g->ops[i].first_input + k]].place >= g->ops[i].place)
                return false;
    return true;
}

static bool groups_nest(const AdjUiGraph *g)
{
    for (int32_t i = 0; i < g->group_count; i++) {
        int32_t at = g->groups[i].begin, begin, end;
        for (int32_t k = 0; k < g->groups[i].items; k++) {
            adj_ui_item_range(g, g->items[g->groups[i].first_item + k], &begin, &end);
            if (begin != at) return false;
            at = end;
        }
        if (at != g->groups[i].end) return false;
    }
    return true;
}

static void groups(void)
{
    AdjUiGraph *g = residual(3);
    ok(edges_go_forward(g), "residual: every edge goes forward in the order");
    ok(groups_nest(g), "residual: items tile their groups");
    const AdjUiOp *weight = &g->ops[2];
    equal_str(weight->label, "net.embed.weight", "the third entry is a weight");
    equal_str(weight->module, "net.embed", "a parameter belongs to its reader's module");
    equal_int(adj_ui_graph_find(g, 102), 2, "found by the session's number");
    equal_int(adj_ui_graph_find(g, 5), -1, "an unknown number is not found");
    adj_ui_graph_unref(g);

    g = residual(12);
    ok(edges_go_forward(g) && groups_nest(g), "twelve blocks: sound");
    const AdjUiGroup *run = NULL;
    for (int32_t i = 0; i < g->group_count; i++)
        if (g->groups[i].kind == ADJ_UI_RUN) run = &g->groups[i];
    ok(run != NULL, "twelve equal blocks are a run");
    if (run) {
        equal_int(run->repeat, 12, "of twelve");
        equal_str(run->path, "Block", "named for its class");
    }
    adj_ui_graph_unref(g);
}

static void folding(void)
{
    AdjUiGraph *g = chain(100000, false);
    ok(edges_go_forward(g) && groups_nest(g), "a chain of 100000: sound");
    equal_int(g->groups[0].items, 2, "the chain folds: a leaf and a run");
    const AdjUiGroup *run = &g->groups[~g->items[g->groups[0].first_item + 1]];
    equal_int(run->repeat, 100000, "the run counts its repetitions");
    equal_int(run->items, 100, "and is cut by the thousand inside");
    adj_ui_graph_unref(g);
    g = chain(100000, true);
    ok(edges_go_forward(g) && groups_nest(g), "a varied chain: sound");
    ok(g->groups[0].items <= ADJ_UI_GROUP_MOST, "no list is longer than %d", ADJ_UI_GROUP_MOST);
    adj_ui_graph_unref(g);
}

// -- axes ---------------------------------------------------------------------------------

// A stream of 16 features through residual blocks is one axis; what is between is another in
// each block; the batch is a letter.
static void axes(void)
{
    AdjUiGraph *g = residual(3);
    AdjUiAxes *a = adj_ui_axes_new(g);
    int32_t stream = ADJ_UI_AXIS_UNKNOWN, wide[8], blocks = 0;
    bool batch = true, same = true, apart = true;
    char text[96];
    for (int32_t i = 0; i < g->count; i++) {
        const AdjUiOp *op = &g->ops[i];
        if (op->kind != ADJ_UI_OP || op->rank != 2) continue;
        batch &= adj_ui_axis_name(a, i, 0) == ADJ_UI_AXIS_BATCH;
        int32_t name = adj_ui_axis_name(a, i, 1);
        if (op->shape[1] == 16) {
            if (stream == ADJ_UI_AXIS_UNKNOWN) stream = name;
            same &= name == stream && name > 0;
        }
        if (!strcmp(op->name, "relu") && blocks < 8) wide[blocks++] = name;
    }
    for (int32_t i = 0; i < blocks; i++)
        for (int32_t k = 0; k < i; k++) apart &= wide[i] != wide[k] && wide[i] != stream;
    ok(batch, "the batch is followed through every operation");
    ok(same, "the stream of features is one axis through all blocks");
    ok(apart && blocks == 3, "what is inside a block is an axis of its own");
    int32_t last = g->count - 2;
    while (last > 0 && g->ops[last].rank != 2) last--;
    equal_str(adj_ui_axes_text(a, g, last, text), "B × 10", "the batch is written as a letter");
    adj_ui_axes_free(a);
    adj_ui_graph_unref(g);
    g = chain(1000, true);
    a = adj_ui_axes_new(g);
    equal_int(a->names, 2, "a chain of single axes has one name besides the batch");
    adj_ui_axes_free(a);
    adj_ui_graph_unref(g);
}

// -- layout -------------------------------------------------------------------------------

static GHashTable *open_groups(const AdjUiGraph *g, const char *const *paths)
{
    GHashTable *open = g_hash_table_new(g_int64_hash, g_int64_equal);
    for (int32_t i = 1; i < g->group_count; i++)
        for (int k = 0; paths[k]; k++)
            if (!strcmp(g->groups[i].path, paths[k]) || !strcmp(paths[k], "*"))
                g_hash_table_add(open, &g->groups[i].key);
    return open;
}

static bool apart(AdjUiRect a, AdjUiRect b)
{
    return a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
}

static bool boxes_apart(const AdjUiLayout *l)
{
    for (int32_t i = 0; i < l->box_count; i++)
        for (int32_t k = l->boxes[i].last; k < l->box_count; k++)
            if (!apart(l->boxes[i].r, l->boxes[k].r)) return false;
    return true;
}

static bool contains(AdjUiRect a, AdjUiRect b)
{
    return b.x >= a.x && b.y >= a.y && b.x + b.w <= a.x + a.w && b.y + b.h <= a.y + a.h;
}

static bool children_inside(const AdjUiLayout *l)
{
    for (int32_t i = 0; i < l->box_count; i++)
        if (l->boxes[i].parent >= 0 && !contains(l->boxes[l->boxes[i].parent].r, l->boxes[i].r))
            return false;
    return true;
}

// Every strand begins and ends on the border of what it joins.
static bool strands_touch(const AdjUiLayout *l)
{
    for (int32_t i = 0; i < l->strand_count; i++) {
        const AdjUiStrand *s = &l->strands[i];
        const AdjUiPoint *p = l->points + s->first_point, *q = p + s->points - 1;
        int32_t a = s->from >= 0 ? s->from : s->frame, b = s->to >= 0 ? s->to : s->frame;
        if (a < 0 || b < 0) return false;
        AdjUiRect ra = l->boxes[a].r, rb = l->boxes[b].r;
        AdjUiPoint first = *p, last = *q;
        if (l->down) {  // as if it flowed to the right
            ra = adj_ui_rect(ra.y, ra.x, ra.h, ra.w);
            rb = adj_ui_rect(rb.y, rb.x, rb.h, rb.w);
            first = (AdjUiPoint){first.y, first.x};
            last = (AdjUiPoint){last.y, last.x};
        }
        double ax = s->from >= 0 ? ra.x + ra.w : ra.x, bx = s->to >= 0 ? rb.x : rb.x + rb.w;
        if (fabs(first.x - ax) > 0.01 || first.y < ra.y || first.y > ra.y + ra.h) return false;
        if (fabs(last.x - bx) > 0.01 || last.y < rb.y || last.y > rb.y + rb.h) return false;
    }
    return true;
}

static void layouts(void)
{
    AdjUiGraph *g = residual(3);
    static const char *const sets[][4] = {
        {NULL}, {"net", NULL}, {"net", "net.blocks", NULL}, {"*", NULL}};
    for (size_t i = 0; i < 16; i++) {
        AdjUiLayoutWish wish = {
            .open = open_groups(g, sets[i / 2 % 4]), .data = i % 2, .down = i / 8};
        AdjUiLayout *l = adj_ui_layout_new(g, &wish);
        ok(boxes_apart(l), "residual %zu: no two boxes overlap (%d boxes)", i, l->box_count);
        ok(children_inside(l), "residual %zu: what is inside stays inside", i);
        ok(strands_touch(l), "residual %zu: strands end at borders (%d)", i, l->strand_count);
        adj_ui_layout_free(l);
        g_hash_table_unref(wish.open);
    }
    adj_ui_graph_unref(g);
}

static int32_t box_of_key(const AdjUiLayout *l, uint64_t key)
{
    for (int32_t i = 0; i < l->box_count; i++)
        if (l->boxes[i].key == key) return i;
    return -1;
}

// A graph with one side branch more, laid out after the one without.
static AdjUiGraph *branching(bool extra)
{
    Nets n = {adj_ui_graph_new(), 0};
    int64_t shape[] = {8, 8};
    int32_t x = leaf(&n, "x", true, 2, shape), ends[6];
    static const char *const names[] = {"relu", "tanh", "exp", "sin", "cos", "log"};
    for (int i = 0; i < 6; i++) ends[i] = op(&n, names[i], "", NULL, 2, shape, 1, &x);
    for (int i = 0; i < 6; i++) ends[i] = op(&n, names[5 - i], "", NULL, 2, shape, 1, &ends[i]);
    if (extra) ends[2] = op(&n, "sqrt", "", NULL, 2, shape, 1, &ends[2]);
    op(&n, "cat", "", NULL, 2, (int64_t[]){48, 8}, 6, ends);
    adj_ui_graph_close(n.graph);
    return n.graph;
}

static void stability(void)
{
    AdjUiGraph *a = branching(false), *b = branching(true);
    AdjUiLayout *old = adj_ui_layout_new(a, &(AdjUiLayoutWish){.data = true});
    AdjUiLayout *new = adj_ui_layout_new(b, &(AdjUiLayoutWish){.data = true, .before = old});
    double furthest = 0;
    bool order_kept = true;
    for (int32_t i = 0; i < old->box_count; i++) {
        int32_t k = box_of_key(new, old->boxes[i].key);
        if (!ok(k >= 0, "box %d is found again", i)) continue;
        furthest = fmax(furthest, fabs(new->boxes[k].r.y - old->boxes[i].r.y));
        for (int32_t j = 0; j < i; j++) {
            int32_t m = box_of_key(new, old->boxes[j].key);
            if (m < 0 || old->boxes[i].r.x != old->boxes[j].r.x) continue;
            order_kept &= (old->boxes[i].r.y < old->boxes[j].r.y) ==
                          (new->boxes[k].r.y < new->boxes[m].r.y);
        }
    }
    ok(order_kept, "one more operation: the others keep their order");
    ok(furthest < 60, "and their place (the furthest moved by %.1f, less than a card)",
       furthest);
    adj_ui_layout_free(old);
    adj_ui_layout_free(new);
    adj_ui_graph_unref(a);
    adj_ui_graph_unref(b);
}

static void arrived(AdjUiLayout *layout, void *data)
{
    *(AdjUiLayout **)data = layout;
}

static void jobs(void)
{
    AdjUiGraph *g = residual(3);
    AdjUiLayout *layout = NULL;
    adj_ui_layout_start(g, &(AdjUiLayoutWish){.data = true}, arrived, &layout);
    ok(layout == NULL, "a job never answers before it returns");
    while (!layout) g_main_context_iteration(NULL, TRUE);
    ok(layout->box_count > 0, "a job answers in the main loop");
    adj_ui_layout_free(layout);
    layout = NULL;
    AdjUiGraph *big = chain(100000, true);
    AdjUiLayoutJob *job = adj_ui_layout_start(big, &(AdjUiLayoutWish){0}, arrived, &layout);
    adj_ui_layout_cancel(job);
    adj_ui_graph_unref(big);  // the job holds its own
    for (int i = 0; i < 50; i++) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
    ok(layout == NULL, "a cancelled job never answers");
    adj_ui_graph_unref(g);
}

static void speed(void)
{
    gint64 t0 = g_get_monotonic_time();
    AdjUiGraph *g = chain(100000, true);
    gint64 t1 = g_get_monotonic_time();
    AdjUiLayout *l = adj_ui_layout_new(g, &(AdjUiLayoutWish){.data = true});
    gint64 t2 = g_get_monotonic_time();
    GHashTable *open = g_hash_table_new(g_int64_hash, g_int64_equal);
    g_hash_table_add(open, &g->groups[~g->items[g->groups[0].first_item + 7]].key);
    AdjUiLayout *opened = adj_ui_layout_new(g, &(AdjUiLayoutWish){.open = open, .data = true});
    gint64 t3 = g_get_monotonic_time();
    note("100000 operations: model %.1f ms, first layout %.1f ms, a group of 1000 %.1f ms",
         (t1 - t0) / 1e3, (t2 - t1) / 1e3, (t3 - t2) / 1e3);
    ok(opened->box_count > 1000, "the opened group shows its thousand");
    ok(strands_touch(opened), "large: strands end at borders");
    adj_ui_layout_free(l);
    adj_ui_layout_free(opened);
    g_hash_table_unref(open);
    adj_ui_graph_unref(g);
}

// -- pictures -----------------------------------------------------------------------------

static AdjUiOpState *stepped(const AdjUiGraph *g, int done)
{
    AdjUiOpState *s = g_new0(AdjUiOpState, g->count);
    for (int32_t i = 0; i < g->count; i++) {
        int left = g->count - i;
        bool grad = g->ops[i].wants_grad;
        s[i] = (AdjUiOpState){.value = NAN, .grad = NAN, .value_norm = 1, .grad_norm = NAN};
        if (!grad) continue;
        s[i].front = left <= done       ? ADJ_UI_DONE
                     : left == done + 1 ? ADJ_UI_NEXT
                     : left <= done + 3 ? ADJ_UI_READY
                                        : ADJ_UI_WAITING;
        if (left <= done + 3) s[i].grad_norm = (float)(0.31 + 0.017 * left);
        s[i].breakpoint = i % 9 == 5;
    }
    return s;
}

// Through the layers of a block less flows than around them.
static GHashTable *flows(const AdjUiGraph *g)
{
    GHashTable *all = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    for (int32_t i = 0; i < g->count; i++)
        for (int32_t k = 0; k < g->ops[i].inputs; k++) {
            int32_t from = g->inputs[g->ops[i].first_input + k];
            gint64 key = (gint64)i << 32 | from;
            float norm = strcmp(g->ops[i].name, "add") || k ? 0.5f : 0.0005f;
            g_hash_table_replace(all, g_memdup2(&key, sizeof key),
                                 g_memdup2(&norm, sizeof norm));
        }
    return all;
}

static void picture(const AdjUiGraph *g, const AdjUiLayout *l, const AdjUiOpState *states,
                    bool dark, bool mirror, const char *seed, int width, int height,
                    const char *name)
{
    const AdjUiTheme *theme = adj_ui_theme(dark);
    AdjUiRect all = adj_ui_graph_extent(l, mirror, seed != NULL);
    double zoom = fmin(1.4, fmin(width / all.w, height / all.h));
    cairo_t *cr =
        picture_begin(width, height, 1, theme->ground.r, theme->ground.g, theme->ground.b);
    cairo_scale(cr, zoom, zoom);
    cairo_translate(cr, (width / zoom - all.w) / 2 - all.x,
                    (height / zoom - all.h) / 2 - all.y);
    AdjUiGraphScene scene = {.layout = l,
                             .seed_box = seed ? l->box_of[g->count - 1] : -1,
                             .seed = seed,
                             .flows = seed ? flows(g) : NULL,
                             .states = states,
                             .clip = all,
                             .zoom = zoom,
                             .selected_box = 2,
                             .selected_strand = 1,
                             .focus_box = -1,
                             .mirror = mirror};
    adj_ui_paint_graph(cr, theme, &scene);
    if (scene.flows) g_hash_table_unref(scene.flows);
    picture_near(picture_end(cr), name);
}

static void pictures(void)
{
    AdjUiGraph *g = residual(2);
    GHashTable *open =
        open_groups(g, (const char *const[]){"net", "net.blocks", "net.blocks.0", NULL});
    AdjUiLayoutWish wish = {.open = open, .data = true};
    AdjUiLayout *l = adj_ui_layout_new(g, &wish);
    AdjUiOpState *states = stepped(g, 8);
    picture(g, l, states, false, false, NULL, 1600, 620, "graph_light");
    picture(g, l, states, true, true, NULL, 1600, 900, "graph_backward_dark");
    adj_ui_layout_free(l);
    states[g->count - 1].breakpoint = states[g->count - 1].conditional = true;
    wish.down = true;
    l = adj_ui_layout_new(g, &wish);
    picture(g, l, states, false, true, "∂L/∂loss = 1", 1000, 1400, "graph_down_light");
    adj_ui_layout_free(l);
    g_hash_table_unref(open);
    g_free(states);
    adj_ui_graph_unref(g);
    g = residual(12);
    open = open_groups(g, (const char *const[]){"net", "net.blocks", NULL});
    wish = (AdjUiLayoutWish){.open = open};
    l = adj_ui_layout_new(g, &wish);
    picture(g, l, NULL, true, false, NULL, 1200, 400, "graph_folded_dark");
    adj_ui_layout_free(l);
    g_hash_table_unref(open);
    adj_ui_graph_unref(g);
    g = branching(true);
    l = adj_ui_layout_new(g, &(AdjUiLayoutWish){.data = true});
    picture(g, l, NULL, false, false, NULL, 1100, 620, "graph_branching_light");
    adj_ui_layout_free(l);
    adj_ui_graph_unref(g);
}

int main(void)
{
    groups();
    folding();
    axes();
    layouts();
    stability();
    jobs();
    speed();
    pictures();
    return done();
}
