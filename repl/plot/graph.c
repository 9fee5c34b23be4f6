// SPDX-License-Identifier: Apache-2.0
// graph.c: layers for a graph (Sugiyama, Tagawa and Toda 1981; the parts as in Gansner,
// Koutsofios, North and Vo, "A technique for drawing directed graphs", 1993). Steps: edges that
// close a cycle are turned; a node's rank is the longest way to it, and sources then move up to
// where they are used; long edges get a bend in every rank they cross; ranks are sorted by the
// mean of their neighbours, sweep after sweep, and the sorting with fewest crossings is kept;
// places within a rank are the least-squares answer to "stand under your neighbours, in this
// order, this far apart". All of it in loops, so that a chain of 100 000 nodes is no danger.
#include "plot/graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Vertex {  // a node, or a bend of a long edge
    int rank, place;     // place in its rank
    double w, h, x, want, weight;
    int edge;  // of a bend; -1 for a node
} Vertex;

typedef struct Link {
    int from, to;  // vertices in neighbouring ranks
} Link;

typedef struct Layers {
    Vertex *v;
    int n, nodes;
    Link *links;
    int link_count;
    int *head[2], *list[2];  // links by their upper end, by their lower end
    int ranks;
    int *rank_start, *order;  // vertices rank by rank, in their order
    bool *turned;
    int *first_bend;  // of each edge, -1 for none
} Layers;

enum { MOST_BENDS = 2000000, SWEEPS = 10 };

static void free_layers(Layers *l)
{
    free(l->v);
    free(l->links);
    for (int i = 0; i < 2; i++) {
        free(l->head[i]);
        free(l->list[i]);
    }
    free(l->rank_start);
    free(l->order);
    free(l->turned);
    free(l->first_bend);
}

// Links grouped by one of their ends: head[v] .. head[v + 1] of list.
static bool index_links(int n, const Link *links, int count, bool by_to, int **head, int **list)
{
    int *h = calloc((size_t)n + 2, sizeof *h), *at = malloc(((size_t)count + 1) * sizeof *at);
    *head = h;
    *list = at;
    if (!h || !at) return false;
    for (int i = 0; i < count; i++) h[(by_to ? links[i].to : links[i].from) + 2]++;
    for (int i = 0; i < n; i++) h[i + 2] += h[i + 1];
    for (int i = 0; i < count; i++) at[h[(by_to ? links[i].to : links[i].from) + 1]++] = i;
    return true;
}

// Edges that lead back to a node on the path of a depth-first walk are turned around.
static bool turn_cycles(const AdjGraph *g, Layers *l)
{
    int n = g->node_count, *head, *list;
    Link *links = malloc(((size_t)g->edge_count + 1) * sizeof *links);
    int *stack = malloc(((size_t)n + 1) * sizeof *stack),
        *at = calloc((size_t)n + 1, sizeof *at);
    char *state = calloc((size_t)n + 1, 1);
    bool ok = links && stack && at && state;
    for (int i = 0; ok && i < g->edge_count; i++)
        links[i] = (Link){g->edges[i].from, g->edges[i].to};
    ok = ok && index_links(n, links, g->edge_count, false, &head, &list);
    for (int root = 0; ok && root < n; root++) {
        int depth = 0;
        if (state[root]) continue;
        stack[depth++] = root;
        state[root] = 1;
        while (depth) {
            int v = stack[depth - 1];
            if (at[v] == head[v + 1] - head[v]) {
                state[v] = 2;
                depth--;
                continue;
            }
            int e = list[head[v] + at[v]++], to = links[e].to;
            if (state[to] == 1) l->turned[e] = true;
            if (state[to]) continue;
            state[to] = 1;
            stack[depth++] = to;
        }
    }
    if (ok) free(head), free(list);
    free(links);
    free(stack);
    free(at);
    free(state);
    return ok;
}

static Link directed(const AdjGraph *g, const Layers *l, int e)
{
    Link k = {g->edges[e].from, g->edges[e].to};
    return l->turned[e] ? (Link){k.to, k.from} : k;
}

static void longest_ways(const AdjGraph *g, const Link *links, const int *head, const int *list,
                         int *waiting, int *queue, int *rank)
{
    int from = 0, to = 0;
    for (int i = 0; i < g->node_count; i++) rank[i] = 0;
    for (int i = 0; i < g->edge_count; i++)
        if (links[i].from != links[i].to) waiting[links[i].to]++;
    for (int i = 0; i < g->node_count; i++)
        if (!waiting[i]) queue[to++] = i;
    while (from < to) {
        int v = queue[from++];
        for (int k = head[v]; k < head[v + 1]; k++) {
            int next = links[list[k]].to;
            if (next == v) continue;
            if (rank[next] < rank[v] + 1) rank[next] = rank[v] + 1;
            if (!--waiting[next]) queue[to++] = next;
        }
    }
    // Backwards through the same order: a node without anything above it stands right above
    // the first that uses it.
    for (int i = to - 1; i >= 0; i--) {
        int v = queue[i], least = -1;
        bool source = rank[v] == 0;
        for (int k = head[v]; k < head[v + 1]; k++) {
            int r = rank[links[list[k]].to];
            if (links[list[k]].to != v && (least < 0 || r < least)) least = r;
        }
        if (source && least > 1) rank[v] = least - 1;
    }
}

static bool rank_nodes(const AdjGraph *g, Layers *l, int *rank)
{
    int n = g->node_count, *head = NULL, *list = NULL;
    Link *links = malloc(((size_t)g->edge_count + 1) * sizeof *links);
    int *waiting = calloc((size_t)n + 1, sizeof *waiting);
    int *queue = malloc(((size_t)n + 1) * sizeof *queue);
    bool ok = links && waiting && queue;
    for (int i = 0; ok && i < g->edge_count; i++) links[i] = directed(g, l, i);
    ok = ok && index_links(n, links, g->edge_count, false, &head, &list);
    if (ok) longest_ways(g, links, head, list, waiting, queue, rank);
    free(links);
    free(waiting);
    free(queue);
    free(head);
    free(list);
    return ok;
}

static void add_vertices(const AdjGraph *g, Layers *l, const int *rank, bool bends)
{
    for (int i = 0; i < g->node_count; i++) {
        const AdjGraphNode *node = &g->nodes[i];
        l->v[i] = (Vertex){.rank = rank[i],
                           .w = g->across ? node->h : node->w,
                           .h = g->across ? node->w : node->h,
                           .edge = -1};
    }
    for (int e = 0; e < g->edge_count; e++) {
        Link k = directed(g, l, e);
        int last = k.from;
        l->first_bend[e] = -1;
        if (k.from == k.to) continue;
        for (int r = rank[k.from] + 1; bends && r < rank[k.to]; r++) {
            if (l->first_bend[e] < 0) l->first_bend[e] = l->n;
            l->v[l->n] = (Vertex){.rank = r, .w = 4, .edge = e};
            l->links[l->link_count++] = (Link){last, l->n};
            last = l->n++;
        }
        if (!bends && rank[k.to] - rank[k.from] > 1) continue;
        l->links[l->link_count++] = (Link){last, k.to};
    }
}

static bool build(const AdjGraph *g, Layers *l)
{
    int *rank = calloc((size_t)g->node_count + 1, sizeof *rank);
    size_t edges = (size_t)g->edge_count + 1;
    l->turned = calloc(edges, sizeof *l->turned);
    l->first_bend = malloc(edges * sizeof *l->first_bend);
    bool ok = rank && l->turned && l->first_bend && turn_cycles(g, l) && rank_nodes(g, l, rank);
    int64_t bends = 0;
    for (int i = 0; ok && i < g->edge_count; i++) {
        Link k = directed(g, l, i);
        if (rank[k.to] > rank[k.from]) bends += rank[k.to] - rank[k.from] - 1;
    }
    bool few = bends <= MOST_BENDS;
    size_t all = (size_t)g->node_count + (few ? (size_t)bends : 0) + 1;
    l->v = ok ? malloc(all * sizeof *l->v) : NULL;
    l->links = ok ? malloc((edges + all) * sizeof *l->links) : NULL;
    l->n = l->nodes = g->node_count;
    ok = ok && l->v && l->links;
    if (ok) add_vertices(g, l, rank, few);
    for (int i = 0; ok && i < l->n; i++)
        if (l->v[i].rank >= l->ranks) l->ranks = l->v[i].rank + 1;
    free(rank);
    return ok && index_links(l->n, l->links, l->link_count, false, &l->head[0], &l->list[0]) &&
           index_links(l->n, l->links, l->link_count, true, &l->head[1], &l->list[1]);
}

// ---- order ----

static bool first_order(Layers *l)
{
    l->rank_start = calloc((size_t)l->ranks + 2, sizeof *l->rank_start);
    l->order = malloc(((size_t)l->n + 1) * sizeof *l->order);
    int *at = calloc((size_t)l->ranks + 1, sizeof *at);
    bool ok = l->rank_start && l->order && at;
    for (int i = 0; ok && i < l->n; i++) l->rank_start[l->v[i].rank + 1]++;
    for (int i = 0; ok && i < l->ranks; i++) l->rank_start[i + 1] += l->rank_start[i];
    for (int i = 0; ok && i < l->n; i++) {
        int r = l->v[i].rank;
        l->v[i].place = at[r];
        l->order[l->rank_start[r] + at[r]++] = i;
    }
    free(at);
    return ok;
}

// Mean place of the neighbours in the rank above (way 1) or below (way 0); its own without any.
static double pull(const Layers *l, int v, int way)
{
    double sum = 0;
    int from = l->head[way][v], to = l->head[way][v + 1];
    if (from == to) return l->v[v].place;
    for (int k = from; k < to; k++) {
        const Link *link = &l->links[l->list[way][k]];
        sum += l->v[way ? link->from : link->to].place;
    }
    return sum / (to - from);
}

static int by_want(const void *a, const void *b, void *arg)
{
    const Vertex *v = arg, *x = &v[*(const int *)a], *y = &v[*(const int *)b];
    if (x->want != y->want) return x->want < y->want ? -1 : 1;
    return x->place - y->place;
}

static void sort_rank(Layers *l, int r, int way)
{
    int from = l->rank_start[r], n = l->rank_start[r + 1] - from;
    for (int i = from; i < from + n; i++) l->v[l->order[i]].want = pull(l, l->order[i], way);
    qsort_r(l->order + from, (size_t)n, sizeof *l->order, by_want, l->v);
    for (int i = 0; i < n; i++) l->v[l->order[from + i]].place = i;
}

// Crossings below rank r: for links in the order of their upper ends, those already seen that
// end further right (a Fenwick tree counts them).
static int64_t crossings(const Layers *l, int r, int *tree)
{
    int64_t sum = 0;
    int next = l->rank_start[r + 2] - l->rank_start[r + 1], seen = 0;
    memset(tree, 0, ((size_t)next + 1) * sizeof *tree);
    for (int i = l->rank_start[r]; i < l->rank_start[r + 1]; i++) {
        int v = l->order[i];
        for (int k = l->head[0][v]; k < l->head[0][v + 1]; k++) {
            int at = l->v[l->links[l->list[0][k]].to].place, upto = 0;
            for (int q = at + 1; q > 0; q -= q & -q) upto += tree[q];
            sum += seen - upto;
        }
        for (int k = l->head[0][v]; k < l->head[0][v + 1]; k++, seen++) {
            int at = l->v[l->links[l->list[0][k]].to].place;
            for (int q = at + 1; q <= next; q += q & -q) tree[q]++;
        }
    }
    return sum;
}

static int64_t all_crossings(const Layers *l, int *tree)
{
    int64_t sum = 0;
    for (int r = 0; r + 1 < l->ranks; r++) sum += crossings(l, r, tree);
    return sum;
}

static bool order(Layers *l)
{
    int *tree = malloc(((size_t)l->n + 2) * sizeof *tree);
    int *best = malloc(((size_t)l->n + 1) * sizeof *best);
    bool ok = first_order(l) && tree && best;
    int64_t least = ok ? all_crossings(l, tree) : 0;
    if (ok) memcpy(best, l->order, (size_t)l->n * sizeof *best);
    for (int sweep = 0; ok && sweep < SWEEPS && least > 0; sweep++) {
        for (int i = 0; i < l->ranks; i++)
            sort_rank(l, sweep % 2 ? l->ranks - 1 - i : i, sweep % 2 ? 0 : 1);
        int64_t now = all_crossings(l, tree);
        if (now >= least) continue;
        least = now;
        memcpy(best, l->order, (size_t)l->n * sizeof *best);
    }
    for (int r = 0; ok && r < l->ranks; r++) {
        for (int i = l->rank_start[r]; i < l->rank_start[r + 1]; i++) {
            l->order[i] = best[i];
            l->v[best[i]].place = i - l->rank_start[r];
        }
    }
    free(tree);
    free(best);
    return ok;
}

// ---- places ----

typedef struct Block {  // vertices that stand as close as they may
    double sum, weight, shift;
    int from, to;
} Block;

static double distance(const Layers *l, int a, int b, double gap)
{
    bool bends = l->v[a].edge >= 0 && l->v[b].edge >= 0;
    return (l->v[a].w + l->v[b].w) / 2 + (bends ? gap / 2 : gap);
}

// Pool adjacent violators: blocks that would overlap become one, which stands at the mean of
// what its members want.
static void settle_rank(Layers *l, int r, double gap, Block *blocks)
{
    int from = l->rank_start[r], n = l->rank_start[r + 1] - from, count = 0;
    double offset = 0;
    for (int i = 0; i < n; i++) {
        int v = l->order[from + i];
        if (i) offset += distance(l, l->order[from + i - 1], v, gap);
        l->v[v].x = offset;  // for now: its place if the whole rank were one block
        double w = l->v[v].weight;
        blocks[count++] =
            (Block){.sum = w * (l->v[v].want - offset), .weight = w, .from = i, .to = i + 1};
        while (count > 1) {
            Block *a = &blocks[count - 2], *b = &blocks[count - 1];
            if (a->sum / a->weight <= b->sum / b->weight) break;
            a->sum += b->sum;
            a->weight += b->weight;
            a->to = b->to;
            count--;
        }
    }
    for (int b = 0; b < count; b++)
        for (int i = blocks[b].from; i < blocks[b].to; i++)
            l->v[l->order[from + i]].x += blocks[b].sum / blocks[b].weight;
}

// Where its neighbours on one side (or both) would have a vertex stand.
static void wish(Layers *l, int v, int way)
{
    double sum = 0;
    int count = 0;
    for (int w = 0; w < 2; w++) {
        if (way < 2 && w != way) continue;
        for (int k = l->head[w][v]; k < l->head[w][v + 1]; k++, count++) {
            const Link *link = &l->links[l->list[w][k]];
            sum += l->v[w ? link->from : link->to].x;
        }
    }
    l->v[v].want = count ? sum / count : l->v[v].x;
    // A bend pulls hard, so that long edges run straight.
    l->v[v].weight = count ? (l->v[v].edge >= 0 ? 6 : 1 + 0.2 * count) : 0.02;
}

static bool place(Layers *l, double gap)
{
    Block *blocks = malloc(((size_t)l->n + 1) * sizeof *blocks);
    if (!blocks) return false;
    for (int r = 0; r < l->ranks; r++) {
        double x = 0;
        for (int i = l->rank_start[r]; i < l->rank_start[r + 1]; i++) {
            if (i > l->rank_start[r]) x += distance(l, l->order[i - 1], l->order[i], gap);
            l->v[l->order[i]].x = x;
        }
    }
    for (int sweep = 0; sweep < 12; sweep++) {
        for (int k = 0; k < l->ranks; k++) {
            int r = sweep % 2 ? l->ranks - 1 - k : k;
            for (int i = l->rank_start[r]; i < l->rank_start[r + 1]; i++)
                wish(l, l->order[i], sweep < 8 ? (sweep % 2 ? 0 : 1) : 2);
            settle_rank(l, r, gap, blocks);
        }
    }
    free(blocks);
    return true;
}

// ---- back to the graph ----

// A bend becomes two points, where the edge comes into the rank and where it leaves, so that it
// runs straight between the nodes there, however high they are.
static bool bend_edge(AdjGraph *g, const Layers *l, int e, const double *rank_y,
                      const double *rank_h)
{
    AdjGraphEdge *edge = &g->edges[e];
    int first = l->first_bend[e], n = 0;
    while (first >= 0 && first + n < l->n && l->v[first + n].edge == e) n++;
    edge->bend_count = 0;
    if (first < 0) return true;
    edge->bends = malloc((size_t)(4 * n) * sizeof *edge->bends);
    if (!edge->bends) return false;
    for (int i = 0; i < 2 * n; i++) {
        const Vertex *v = &l->v[first + (l->turned[e] ? n - 1 - i / 2 : i / 2)];
        double half = rank_h[v->rank] / 2 * (i % 2 == (l->turned[e] ? 1 : 0) ? -1 : 1);
        edge->bends[2 * i] = g->across ? rank_y[v->rank] + half : v->x;
        edge->bends[2 * i + 1] = g->across ? v->x : rank_y[v->rank] + half;
    }
    edge->bend_count = 2 * n;
    return true;
}

static void mirror(AdjGraph *g)
{
    for (int i = 0; g->upwards && i < g->node_count; i++) {
        if (g->across)
            g->nodes[i].x = g->w - g->nodes[i].x;
        else
            g->nodes[i].y = g->h - g->nodes[i].y;
    }
    for (int e = 0; g->upwards && e < g->edge_count; e++)
        for (int i = 0; i < g->edges[e].bend_count; i++) {
            double *at = &g->edges[e].bends[2 * i + !g->across];
            *at = (g->across ? g->w : g->h) - *at;
        }
}

static bool hand_back(AdjGraph *g, Layers *l)
{
    double gap = g->rank_gap > 0 ? g->rank_gap : 28, left = INFINITY, right = 0, y = 8;
    double *high = calloc(2 * (size_t)l->ranks + 2, sizeof *high);
    bool ok = high != NULL;
    for (int i = 0; ok && i < l->n; i++) {
        const Vertex *v = &l->v[i];
        high[v->rank] = fmax(high[v->rank], v->h);
        left = fmin(left, v->x - v->w / 2);
    }
    for (int i = 0; ok && i < l->n; i++) {
        l->v[i].x += 8 - left;
        right = fmax(right, l->v[i].x + l->v[i].w / 2);
    }
    double *middle = high + l->ranks + 1;
    for (int r = 0; ok && r < l->ranks; r++) {
        middle[r] = y + high[r] / 2;
        y += high[r] + gap;
    }
    y += 8 - gap;
    for (int i = 0; ok && i < g->node_count; i++) {
        g->nodes[i].rank = l->v[i].rank;
        g->nodes[i].x = g->across ? middle[l->v[i].rank] : l->v[i].x;
        g->nodes[i].y = g->across ? l->v[i].x : middle[l->v[i].rank];
    }
    g->w = g->across ? y : right + 8;
    g->h = g->across ? right + 8 : y;
    for (int e = 0; ok && e < g->edge_count; e++) ok = bend_edge(g, l, e, middle, high);
    if (ok) mirror(g);
    free(high);
    return ok;
}

bool adj_graph_layout(AdjGraph *g)
{
    Layers l = {0};
    adj_graph_clear(g);
    if (g->node_count < 1) {
        g->w = g->h = 16;
        return true;
    }
    bool ok =
        build(g, &l) && order(&l) && place(&l, g->gap > 0 ? g->gap : 18) && hand_back(g, &l);
    free_layers(&l);
    if (!ok) adj_graph_clear(g);
    return ok;
}

void adj_graph_clear(AdjGraph *g)
{
    for (int i = 0; i < g->edge_count; i++) {
        free(g->edges[i].bends);
        g->edges[i].bends = NULL;
        g->edges[i].bend_count = 0;
    }
}
