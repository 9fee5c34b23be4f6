// SPDX-License-Identifier: Apache-2.0
//
// Columns, order, places.
//
//   columns   longest path from the left; parameters are drawn up to their first reader
//   spots     an edge over several columns gets a spot in each, where it may bend; edges of one
//             value out of one box share theirs, so a skip connection read by twenty layers
//             costs one line of spots and not twenty
//   order     barycentres, alternating direction, the order with the fewest crossings is kept;
//             with hints from an earlier picture only what is new moves
//   places    each column in turn takes the heights that its neighbours ask for, as near as
//             keeping order and distance allows. That is least squares under an order, which
//             pooling adjacent violators (Ayer et al. 1955) solves exactly in linear time.
//
// The number of spots is bounded: when long edges would need more than SPOT_MOST, the longest
// lose theirs and are drawn as one curve.

#include "sight/layered.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SPOT_MOST = 40000, ORDER_SWEEPS = 6, PLACE_SWEEPS = 10 };

// A box, or one column's worth of a long edge.
typedef struct Spot {
    int32_t box;  // or -1
    int32_t column;
    int32_t rank;               // place within the column
    double h, y, want, weight;  // y is the middle
} Spot;

// A piece of an edge between neighbouring columns. The offsets are of the ends, from the
// middles.
typedef struct Link {
    int32_t left, right;
    double left_y, right_y;
    double weight;
} Link;

typedef struct Work {
    AdjUiLayered *graph;
    GArray *spots;  // Spot
    GArray *links;  // Link
    int32_t columns;
    int32_t *column_start;               // into order
    int32_t *order;                      // spots, column by column
    int32_t *left_start, *left_links;    // links that end at a spot
    int32_t *right_start, *right_links;  // links that begin at it
    int32_t *edge_spot;                  // the last spot of each edge before its head, or -1
    int32_t *before;                     // the spot before a spot of a long edge, or -1
} Work;

static bool stopped(const AdjUiLayered *graph)
{
    return graph->cancelled && g_atomic_int_get((volatile int *)graph->cancelled);
}

static Spot *spot_at(Work *w, int32_t i)
{
    return &g_array_index(w->spots, Spot, i);
}

// -- columns ------------------------------------------------------------------------------

static int32_t find_columns(AdjUiLayered *graph)
{
    AdjUiLayeredBox *boxes = graph->boxes;
    int32_t last = 0;
    for (int32_t i = 0; i < graph->box_count; i++) boxes[i].column = 0;
    // Edges are not sorted by their source, so one pass over edges for each box would be
    // quadratic; sorting them once by `from` makes the longest path one pass.
    int32_t *start = g_new0(int32_t, graph->box_count + 2);
    int32_t *sorted = g_new(int32_t, graph->edge_count + 1);
    for (int32_t e = 0; e < graph->edge_count; e++) start[graph->edges[e].from + 2]++;
    for (int32_t i = 2; i < graph->box_count + 2; i++) start[i] += start[i - 1];
    for (int32_t e = 0; e < graph->edge_count; e++)
        sorted[start[graph->edges[e].from + 1]++] = e;
    bool pinned = false;
    for (int32_t i = 0; i < graph->box_count; i++) pinned |= boxes[i].pin < 0;
    for (int32_t i = 0; i < graph->box_count; i++) {
        if (pinned && boxes[i].pin >= 0) boxes[i].column = MAX(boxes[i].column, 1);
        for (int32_t k = start[i]; k < start[i + 1]; k++) {
            AdjUiLayeredBox *to = &boxes[graph->edges[sorted[k]].to];
            to->column = MAX(to->column, boxes[i].column + 1);
        }
        last = MAX(last, boxes[i].column);
    }
    for (int32_t i = graph->box_count - 1; i >= 0; i--) {
        if (!boxes[i].late || start[i] == start[i + 1]) continue;
        int32_t least = INT32_MAX;
        for (int32_t k = start[i]; k < start[i + 1]; k++)
            least = MIN(least, boxes[graph->edges[sorted[k]].to].column);
        boxes[i].column = least - 1;
    }
    bool ends = false;
    for (int32_t i = 0; i < graph->box_count; i++) {
        if (boxes[i].pin <= 0) continue;
        ends = true;
        boxes[i].column = last;
    }
    // A pinned end shares the last column only if nothing else stands there.
    for (int32_t i = 0; ends && i < graph->box_count; i++) {
        if (boxes[i].pin > 0 || boxes[i].column < last) continue;
        for (int32_t k = 0; k < graph->box_count; k++)
            if (boxes[k].pin > 0) boxes[k].column = last + 1;
        last++;
        break;
    }
    g_free(start);
    g_free(sorted);
    return last + 1;
}

// -- spots --------------------------------------------------------------------------------

static int compare_edges(const void *a, const void *b, void *data)
{
    const AdjUiLayered *graph = data;
    const AdjUiLayeredEdge *x = &graph->edges[*(const int32_t *)a];
    const AdjUiLayeredEdge *y = &graph->edges[*(const int32_t *)b];
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    if (x->value != y->value) return x->value < y->value ? -1 : 1;
    int32_t cx = graph->boxes[x->to].column, cy = graph->boxes[y->to].column;
    return cx != cy ? (cx < cy ? -1 : 1) : (x->to > y->to) - (x->to < y->to);
}

// The longest edge that still gets spots.
static int32_t longest_with_spots(const AdjUiLayered *graph, int32_t columns)
{
    int64_t *by_length = g_new0(int64_t, columns + 1), total = 0;
    for (int32_t e = 0; e < graph->edge_count; e++) {
        const AdjUiLayeredEdge *edge = &graph->edges[e];
        by_length[graph->boxes[edge->to].column - graph->boxes[edge->from].column]++;
    }
    int32_t length = 2;
    for (; length <= columns; length++) {
        total += by_length[length] * (length - 1);
        if (total > SPOT_MOST) break;
    }
    g_free(by_length);
    return length - 1;
}

static void add_link(Work *w, int32_t left, int32_t right, double left_y, double right_y)
{
    bool a = spot_at(w, left)->box < 0, b = spot_at(w, right)->box < 0;
    // Long edges are kept straight before short ones (Gansner et al., section 4.1).
    Link link = {left, right, left_y, right_y, a && b ? 8 : a || b ? 2 : 1};
    g_array_append_val(w->links, link);
}

static int32_t add_spot(Work *w, int32_t box, int32_t column, double h)
{
    Spot s = {.box = box, .column = column, .h = h};
    g_array_append_val(w->spots, s);
    return (int32_t)w->spots->len - 1;
}

static void make_spots(Work *w)
{
    AdjUiLayered *graph = w->graph;
    for (int32_t i = 0; i < graph->box_count; i++)
        add_spot(w, i, graph->boxes[i].column, graph->boxes[i].h);
    int32_t *sorted = g_new(int32_t, graph->edge_count + 1);
    for (int32_t e = 0; e < graph->edge_count; e++) sorted[e] = e;
    g_qsort_with_data(sorted, graph->edge_count, sizeof *sorted, compare_edges, graph);
    int32_t most = longest_with_spots(graph, w->columns);
    GArray *before = g_array_new(FALSE, FALSE, sizeof(int32_t));
    int32_t none = -1;
    for (int32_t i = 0; i < graph->box_count; i++) g_array_append_val(before, none);
    int32_t tail = -1, from = -1, value = -1;  // the last spot of the value that is drawn
    for (int32_t s = 0; s < graph->edge_count; s++) {
        AdjUiLayeredEdge *e = &graph->edges[sorted[s]];
        int32_t target = graph->boxes[e->to].column;
        if (e->from != from || e->value != value) tail = e->from;
        from = e->from;
        value = e->value;
        w->edge_spot[sorted[s]] = -1;
        if (target - graph->boxes[from].column > most) continue;
        while (spot_at(w, tail)->column < target - 1) {
            int32_t next = add_spot(w, -1, spot_at(w, tail)->column + 1, 4);
            add_link(w, tail, next, tail < graph->box_count ? e->from_y : 0, 0);
            g_array_append_val(before, tail);
            tail = next;
        }
        w->edge_spot[sorted[s]] = tail;
        add_link(w, tail, e->to, tail < graph->box_count ? e->from_y : 0, e->to_y);
    }
    w->before = (int32_t *)(void *)g_array_free(before, FALSE);
    g_free(sorted);
}

// Lists of the links at each spot, both ways.
static void list_links(Work *w)
{
    int32_t n = (int32_t)w->spots->len, m = (int32_t)w->links->len;
    w->left_start = g_new0(int32_t, n + 2);
    w->right_start = g_new0(int32_t, n + 2);
    w->left_links = g_new(int32_t, m + 1);
    w->right_links = g_new(int32_t, m + 1);
    for (int32_t i = 0; i < m; i++) {
        const Link *link = &g_array_index(w->links, Link, i);
        w->left_start[link->right + 2]++;
        w->right_start[link->left + 2]++;
    }
    for (int32_t i = 2; i < n + 2; i++) {
        w->left_start[i] += w->left_start[i - 1];
        w->right_start[i] += w->right_start[i - 1];
    }
    for (int32_t i = 0; i < m; i++) {
        const Link *link = &g_array_index(w->links, Link, i);
        w->left_links[w->left_start[link->right + 1]++] = i;
        w->right_links[w->right_start[link->left + 1]++] = i;
    }
}

static void fill_columns(Work *w)
{
    int32_t n = (int32_t)w->spots->len;
    w->column_start = g_new0(int32_t, w->columns + 2);
    w->order = g_new(int32_t, n + 1);
    for (int32_t i = 0; i < n; i++) w->column_start[spot_at(w, i)->column + 2]++;
    for (int32_t c = 2; c < w->columns + 2; c++) w->column_start[c] += w->column_start[c - 1];
    for (int32_t i = 0; i < n; i++) w->order[w->column_start[spot_at(w, i)->column + 1]++] = i;
}

static void rank_column(Work *w, int32_t c)
{
    for (int32_t k = w->column_start[c]; k < w->column_start[c + 1]; k++)
        spot_at(w, w->order[k])->rank = k - w->column_start[c];
}

// -- order --------------------------------------------------------------------------------

static int compare_wants(const void *a, const void *b, void *data)
{
    const Spot *x = spot_at(data, *(const int32_t *)a), *y = spot_at(data, *(const int32_t *)b);
    if (x->want != y->want) return x->want < y->want ? -1 : 1;
    return x->rank - y->rank;  // ties keep their order
}

// Where the neighbours on one side are on average, in ranks.
static void want_barycentre(Work *w, int32_t i, bool from_left)
{
    Spot *s = spot_at(w, i);
    const int32_t *start = from_left ? w->left_start : w->right_start;
    const int32_t *list = from_left ? w->left_links : w->right_links;
    double sum = 0, count = 0;
    for (int32_t k = start[i]; k < start[i + 1]; k++) {
        const Link *link = &g_array_index(w->links, Link, list[k]);
        const Spot *other = spot_at(w, from_left ? link->left : link->right);
        double off = from_left ? link->left_y : link->right_y;
        // Within one tall neighbour the port decides: a fraction of a rank.
        sum += other->rank + (other->h > 0 ? off / other->h * 0.9 : 0);
        count++;
    }
    s->want = count ? sum / count : s->rank;
}

static void sweep_order(Work *w, bool from_left)
{
    for (int32_t k = 1; k < w->columns; k++) {
        int32_t c = from_left ? k : w->columns - 1 - k;
        int32_t begin = w->column_start[c], end = w->column_start[c + 1];
        for (int32_t j = begin; j < end; j++) want_barycentre(w, w->order[j], from_left);
        g_qsort_with_data(w->order + begin, end - begin, sizeof *w->order, compare_wants, w);
        rank_column(w, c);
    }
}

typedef struct Pair {
    int32_t left, right;
} Pair;

static int compare_pairs(const void *a, const void *b)
{
    const Pair *x = a, *y = b;
    return x->left != y->left ? x->left - y->left : x->right - y->right;
}

// Crossings between two columns: inversions, counted with a Fenwick tree (Barth, Mutzel and
// Juenger 2004).
static int64_t crossings_at(Work *w, int32_t c, Pair *pairs, int32_t *tree)
{
    int32_t n = 0, size = w->column_start[c + 2] - w->column_start[c + 1];
    for (int32_t k = w->column_start[c]; k < w->column_start[c + 1]; k++) {
        int32_t i = w->order[k];
        for (int32_t j = w->right_start[i]; j < w->right_start[i + 1]; j++) {
            const Link *link = &g_array_index(w->links, Link, w->right_links[j]);
            pairs[n++] = (Pair){spot_at(w, i)->rank, spot_at(w, link->right)->rank};
        }
    }
    qsort(pairs, (size_t)n, sizeof *pairs, compare_pairs);
    memset(tree, 0, ((size_t)size + 1) * sizeof *tree);
    int64_t crossings = 0;
    for (int32_t e = 0; e < n; e++) {
        int32_t not_above = 0;
        for (int32_t k = pairs[e].right + 1; k > 0; k -= k & -k) not_above += tree[k];
        crossings += e - not_above;
        for (int32_t k = pairs[e].right + 1; k <= size; k += k & -k) tree[k]++;
    }
    return crossings;
}

static int64_t count_crossings(Work *w)
{
    Pair *pairs = g_new(Pair, w->links->len + 1);
    int32_t *tree = g_new(int32_t, w->spots->len + 2);
    int64_t total = 0;
    for (int32_t c = 0; c + 1 < w->columns; c++) total += crossings_at(w, c, pairs, tree);
    g_free(pairs);
    g_free(tree);
    return total;
}

// For what has no hint of its own: the mean of its neighbours' hints.
static void want_of_neighbours(Work *w, int32_t i)
{
    double sum = 0;
    int count = 0;
    for (int32_t k = w->left_start[i]; k < w->left_start[i + 1]; k++) {
        double want = spot_at(w, g_array_index(w->links, Link, w->left_links[k]).left)->want;
        if (isnan(want)) continue;
        sum += want;
        count++;
    }
    for (int32_t k = w->right_start[i]; k < w->right_start[i + 1]; k++) {
        double want = spot_at(w, g_array_index(w->links, Link, w->right_links[k]).right)->want;
        if (isnan(want)) continue;
        sum += want;
        count++;
    }
    spot_at(w, i)->want = count ? sum / count : 0;
}

// What was on the last picture keeps its order; what is new stands where its neighbours are.
static bool order_by_hints(Work *w)
{
    int32_t known = 0, n = w->graph->box_count;
    for (int32_t i = 0; i < n; i++) known += !isnan(w->graph->boxes[i].hint);
    if (known * 10 < n * 6) return false;
    for (guint i = 0; i < w->spots->len; i++) {
        Spot *s = spot_at(w, (int32_t)i);
        double hint = s->box >= 0 ? w->graph->boxes[s->box].hint : NAN;
        if (s->box < 0) {
            int32_t root = (int32_t)i;
            while (w->before[root] >= 0) root = w->before[root];
            hint = w->graph->boxes[root].hint;
        }
        s->want = hint;
    }
    for (guint i = 0; i < w->spots->len; i++)
        if (isnan(spot_at(w, (int32_t)i)->want)) want_of_neighbours(w, (int32_t)i);
    for (int32_t c = 0; c < w->columns; c++) {
        int32_t begin = w->column_start[c], end = w->column_start[c + 1];
        g_qsort_with_data(w->order + begin, end - begin, sizeof *w->order, compare_wants, w);
        rank_column(w, c);
    }
    return true;
}

static void find_order(Work *w)
{
    for (int32_t c = 0; c < w->columns; c++) rank_column(w, c);
    if (order_by_hints(w)) return;
    size_t bytes = w->spots->len * sizeof(int32_t);
    int32_t *best = g_memdup2(w->order, bytes + 1);
    int64_t fewest = count_crossings(w);
    for (int sweep = 0; sweep < ORDER_SWEEPS && fewest > 0 && !stopped(w->graph); sweep++) {
        sweep_order(w, sweep % 2 == 0);
        int64_t crossings = count_crossings(w);
        if (crossings >= fewest) continue;
        fewest = crossings;
        memcpy(best, w->order, bytes);
    }
    memcpy(w->order, best, bytes);
    for (int32_t c = 0; c < w->columns; c++) rank_column(w, c);
    g_free(best);
}

// -- places -------------------------------------------------------------------------------

// What a spot's neighbours ask for: the weighted mean of their ends.
static void want_place(Work *w, int32_t i, bool left, bool right)
{
    Spot *s = spot_at(w, i);
    double sum = 0, weight = 0;
    for (int32_t k = w->left_start[i]; left && k < w->left_start[i + 1]; k++) {
        const Link *l = &g_array_index(w->links, Link, w->left_links[k]);
        sum += l->weight * (spot_at(w, l->left)->y + l->left_y - l->right_y);
        weight += l->weight;
    }
    for (int32_t k = w->right_start[i]; right && k < w->right_start[i + 1]; k++) {
        const Link *l = &g_array_index(w->links, Link, w->right_links[k]);
        sum += l->weight * (spot_at(w, l->right)->y + l->right_y - l->left_y);
        weight += l->weight;
    }
    s->want = weight > 0 ? sum / weight : s->y;
    s->weight = weight > 0 ? weight : 0.05;
}

typedef struct Pool {
    double mean, weight;
    int32_t count;
} Pool;

// Least squares to the wants with at least the row gap between neighbours: in the variable
// y minus the height of everything above, the constraint is plain order.
static void place_column(Work *w, int32_t c, Pool *pools)
{
    int32_t begin = w->column_start[c], end = w->column_start[c + 1], n = 0;
    double above = 0, gap = w->graph->row_gap;
    for (int32_t k = begin; k < end; k++) {
        const Spot *s = spot_at(w, w->order[k]);
        above += s->h / 2;
        pools[n++] = (Pool){s->want - above, s->weight, 1};
        above += s->h / 2 + gap;
        while (n > 1 && pools[n - 2].mean > pools[n - 1].mean) {
            Pool *a = &pools[n - 2], *b = &pools[n - 1];
            double weight = a->weight + b->weight;
            a->mean = (a->mean * a->weight + b->mean * b->weight) / weight;
            a->weight = weight;
            a->count += b->count;
            n--;
        }
    }
    int32_t pool = 0, used = 0;
    above = 0;
    for (int32_t k = begin; k < end; k++) {
        Spot *s = spot_at(w, w->order[k]);
        above += s->h / 2;
        s->y = pools[pool].mean + above;
        above += s->h / 2 + gap;
        if (++used == pools[pool].count) {
            pool++;
            used = 0;
        }
    }
}

static void pack_columns(Work *w)
{
    for (int32_t c = 0; c < w->columns; c++) {
        double y = 0;
        for (int32_t k = w->column_start[c]; k < w->column_start[c + 1]; k++) {
            Spot *s = spot_at(w, w->order[k]);
            s->y = y + s->h / 2;
            y += s->h + w->graph->row_gap;
        }
        for (int32_t k = w->column_start[c]; k < w->column_start[c + 1]; k++)
            spot_at(w, w->order[k])->y -= y / 2;
    }
}

static void find_places(Work *w)
{
    Pool *pools = g_new(Pool, w->spots->len + 1);
    pack_columns(w);
    for (int sweep = 0; sweep < PLACE_SWEEPS && !stopped(w->graph); sweep++) {
        bool from_left = sweep % 2 == 0, both = sweep >= PLACE_SWEEPS - 3;
        for (int32_t k = 0; k < w->columns; k++) {
            int32_t c = from_left ? k : w->columns - 1 - k;
            for (int32_t j = w->column_start[c]; j < w->column_start[c + 1]; j++)
                want_place(w, w->order[j], both || from_left, both || !from_left);
            place_column(w, c, pools);
        }
    }
    g_free(pools);
}

// -- the answer ---------------------------------------------------------------------------

// The middle of every column and half its width.
static double *column_places(Work *w, double *half, double *width)
{
    double *x = g_new0(double, w->columns + 1), at = 0;
    for (int32_t c = 0; c < w->columns; c++) {
        double widest = 0;
        for (int32_t k = w->column_start[c]; k < w->column_start[c + 1]; k++) {
            const Spot *s = spot_at(w, w->order[k]);
            if (s->box >= 0) widest = fmax(widest, w->graph->boxes[s->box].w);
        }
        half[c] = widest / 2;
        x[c] = at + half[c];
        at += widest + w->graph->column_gap;
    }
    *width = at - (w->columns ? w->graph->column_gap : 0);
    return x;
}

static void place_boxes(Work *w, const double *x, const double *half, double top)
{
    for (int32_t i = 0; i < w->graph->box_count; i++) {
        AdjUiLayeredBox *box = &w->graph->boxes[i];
        // Parameters stand beside their reader, not in the middle of a wide column.
        box->x = box->late ? x[box->column] + half[box->column] - box->w
                           : x[box->column] - box->w / 2;
        box->y = spot_at(w, i)->y - top - box->h / 2;
    }
}

static void write_bends(Work *w, const double *x, const double *half, double top)
{
    AdjUiLayered *graph = w->graph;
    GArray *bends = g_array_new(FALSE, FALSE, sizeof(AdjUiPoint));
    for (int32_t e = 0; e < graph->edge_count; e++) {
        AdjUiLayeredEdge *edge = &graph->edges[e];
        edge->first_bend = (int32_t)bends->len;
        for (int32_t s = w->edge_spot[e]; s >= graph->box_count; s = w->before[s]) {
            // Level across the whole column, so that no curve cuts the corner of a wide box.
            int32_t c = spot_at(w, s)->column;
            AdjUiPoint out = {x[c] + half[c], spot_at(w, s)->y - top};
            AdjUiPoint in = {x[c] - half[c], out.y};
            g_array_append_val(bends, out);
            g_array_append_val(bends, in);
        }
        edge->bends = (int32_t)bends->len - edge->first_bend;
        AdjUiPoint *p = &g_array_index(bends, AdjUiPoint, edge->first_bend);
        for (int32_t a = 0, b = edge->bends - 1; a < b; a++, b--) {
            AdjUiPoint swap = p[a];
            p[a] = p[b];
            p[b] = swap;
        }
    }
    graph->bends = (AdjUiPoint *)(void *)g_array_free(bends, FALSE);
}

static void write_answer(Work *w)
{
    double top = INFINITY, bottom = -INFINITY;
    for (guint i = 0; i < w->spots->len; i++) {
        const Spot *s = spot_at(w, (int32_t)i);
        top = fmin(top, s->y - s->h / 2);
        bottom = fmax(bottom, s->y + s->h / 2);
    }
    if (w->spots->len == 0) top = bottom = 0;
    double *half = g_new0(double, w->columns + 1);
    double *x = column_places(w, half, &w->graph->width);
    w->graph->height = bottom - top;
    place_boxes(w, x, half, top);
    write_bends(w, x, half, top);
    g_free(x);
    g_free(half);
}

bool adj_ui_layered(AdjUiLayered *graph)
{
    Work w = {.graph = graph,
              .spots = g_array_new(FALSE, TRUE, sizeof(Spot)),
              .links = g_array_new(FALSE, TRUE, sizeof(Link)),
              .edge_spot = g_new(int32_t, graph->edge_count + 1)};
    w.columns = find_columns(graph);
    make_spots(&w);
    list_links(&w);
    fill_columns(&w);
    find_order(&w);
    find_places(&w);
    write_answer(&w);
    g_array_unref(w.spots);
    g_array_unref(w.links);
    g_free(w.edge_spot);
    g_free(w.before);
    g_free(w.column_start);
    g_free(w.order);
    g_free(w.left_start);
    g_free(w.left_links);
    g_free(w.right_start);
    g_free(w.right_links);
    return !stopped(graph);
}

void adj_ui_layered_clear(AdjUiLayered *graph)
{
    g_free(graph->bends);
    graph->bends = NULL;
}
