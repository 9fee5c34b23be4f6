// SPDX-License-Identifier: Apache-2.0
// dot.c: reads Graphviz's language: (strict) graph and digraph, nodes, chains of edges,
// attributes and their defaults, subgraphs (whose nodes and edges count, whose frames do not).
// Attributes that change what is seen here: label, shape, style, color, fillcolor, fontcolor,
// fontsize, rankdir, arrowhead, dir, penwidth; the rest is read and left alone. What it is
// given may be anything: depth and counts are limited, every failure has a line number.
#include "plot/dot.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DEPTH = 64, MOST_NODES = 200000, MOST_EDGES = 1000000 };

typedef struct Piece {
    struct Piece *next;
    char text[];
} Piece;

struct AdjDotArena {
    Piece *pieces;
};

typedef struct Defaults {
    AdjGraphNode node;
    AdjGraphEdge edge;
} Defaults;

typedef struct Parser {
    const char *at;
    int line;
    AdjGraph *g;
    struct AdjDotArena *arena;
    int node_room, edge_room;
    int *table, table_size;  // nodes by name, open addressing, -1 empty
    bool directed, failed;
    char word[4096];
    bool quoted;
} Parser;

static char why[200];

static bool fail(Parser *p, const char *what)
{
    if (!p->failed) snprintf(why, sizeof why, "line %d: %.150s", p->line, what);
    p->failed = true;
    return false;
}

static void skip(Parser *p)
{
    for (;;) {
        if (*p->at == '\n') p->line++;
        if (isspace((unsigned char)*p->at)) {
            p->at++;
        } else if (p->at[0] == '/' && p->at[1] == '/') {
            while (*p->at && *p->at != '\n') p->at++;
        } else if (*p->at == '#') {
            while (*p->at && *p->at != '\n') p->at++;
        } else if (p->at[0] == '/' && p->at[1] == '*') {
            while (*p->at && !(p->at[0] == '*' && p->at[1] == '/')) {
                if (*p->at == '\n') p->line++;
                p->at++;
            }
            if (*p->at) p->at += 2;
        } else {
            return;
        }
    }
}

static bool take(Parser *p, char c)
{
    skip(p);
    if (*p->at != c) return false;
    p->at++;
    return true;
}

static void keep_char(Parser *p, size_t *n, char c)
{
    if (*n + 1 < sizeof p->word) p->word[(*n)++] = c;
}

// "text" with \" for a quote; the other escapes stay, since labels have them.
static bool quoted_word(Parser *p)
{
    size_t n = 0;
    p->at++;
    while (*p->at && *p->at != '"') {
        if (p->at[0] == '\\' && p->at[1] == '"')
            p->at++;
        else if (p->at[0] == '\\' && p->at[1] == '\n') {
            p->at += 2;
            p->line++;
            continue;
        } else if (p->at[0] == '\\' && p->at[1]) {
            keep_char(p, &n, *p->at++);
        }
        if (*p->at == '\n') p->line++;
        keep_char(p, &n, *p->at++);
    }
    if (*p->at != '"') return fail(p, "a text without its closing quote");
    p->at++;
    p->word[n] = 0;
    return p->quoted = true;
}

// <...> is markup; its text is kept, its tags are not.
static bool markup_word(Parser *p)
{
    size_t n = 0;
    int depth = 1, tag = 0;
    for (p->at++; *p->at && depth; p->at++) {
        if (*p->at == '\n') p->line++;
        if (*p->at == '<') {
            depth++, tag++;
            if (!strncasecmp(p->at, "<br", 3) || !strncasecmp(p->at, "</tr", 4))
                keep_char(p, &n, '\n');
        } else if (*p->at == '>') {
            depth--, tag -= tag > 0;
        } else if (!tag) {
            keep_char(p, &n, *p->at);
        }
    }
    p->word[n] = 0;
    p->quoted = true;
    return !depth || fail(p, "markup without its closing bracket");
}

// A word, a number or a text into p->word; false when something else stands here.
static bool word(Parser *p)
{
    size_t n = 0;
    skip(p);
    p->quoted = false;
    if (*p->at == '"') return quoted_word(p);
    if (*p->at == '<') return markup_word(p);
    if (p->at[0] == '-' && !isdigit((unsigned char)p->at[1]) && p->at[1] != '.') return false;
    while (isalnum((unsigned char)*p->at) || strchr("_.", *p->at ? *p->at : ' ') ||
           (*p->at & 0x80) || (n == 0 && *p->at == '-'))
        keep_char(p, &n, *p->at++);
    p->word[n] = 0;
    return n > 0;
}

static char *keep(Parser *p, const char *text)
{
    size_t n = strlen(text);
    Piece *piece = malloc(sizeof *piece + n + 1);
    if (!piece) return fail(p, "no memory"), NULL;
    piece->next = p->arena->pieces;
    p->arena->pieces = piece;
    memcpy(piece->text, text, n + 1);
    return piece->text;
}

// ---- nodes and edges ----

static uint64_t hash_of(const char *text)
{
    uint64_t h = 14695981039346656037u;
    for (; *text; text++) h = (h ^ (uint8_t)*text) * 1099511628211u;
    return h ^ h >> 29;
}

static bool grow_table(Parser *p)
{
    int size = p->table_size ? 4 * p->table_size : 64;
    int *table = malloc((size_t)size * sizeof *table);
    if (!table) return fail(p, "no memory");
    for (int i = 0; i < size; i++) table[i] = -1;
    for (int i = 0; i < p->g->node_count; i++) {
        uint64_t at = hash_of(p->g->nodes[i].name) & (uint64_t)(size - 1);
        while (table[at] >= 0) at = (at + 1) & (uint64_t)(size - 1);
        table[at] = i;
    }
    free(p->table);
    p->table = table;
    p->table_size = size;
    return true;
}

// The node of that name, made with the defaults when it is new; -1: failed.
static int node_of(Parser *p, const char *name, const Defaults *d)
{
    AdjGraph *g = p->g;
    if (2 * (g->node_count + 1) > p->table_size && !grow_table(p)) return -1;
    uint64_t mask = (uint64_t)(p->table_size - 1), at = hash_of(name) & mask;
    for (; p->table[at] >= 0; at = (at + 1) & mask)
        if (!strcmp(g->nodes[p->table[at]].name, name)) return p->table[at];
    if (g->node_count >= MOST_NODES) return fail(p, "too many nodes"), -1;
    if (g->node_count == p->node_room) {
        int room = p->node_room ? 2 * p->node_room : 32;
        AdjGraphNode *nodes = realloc(g->nodes, (size_t)room * sizeof *nodes);
        if (!nodes) return fail(p, "no memory"), -1;
        g->nodes = nodes;
        p->node_room = room;
    }
    AdjGraphNode n = d->node;
    n.name = keep(p, name);
    if (!n.name) return -1;
    g->nodes[g->node_count] = n;
    return p->table[at] = g->node_count++;
}

static bool add_edge(Parser *p, int from, int to, const AdjGraphEdge *like)
{
    AdjGraph *g = p->g;
    if (g->edge_count >= MOST_EDGES) return fail(p, "too many edges");
    if (g->edge_count == p->edge_room) {
        int room = p->edge_room ? 2 * p->edge_room : 32;
        AdjGraphEdge *edges = realloc(g->edges, (size_t)room * sizeof *edges);
        if (!edges) return fail(p, "no memory");
        g->edges = edges;
        p->edge_room = room;
    }
    AdjGraphEdge e = *like;
    e.from = from, e.to = to;
    g->edges[g->edge_count++] = e;
    return true;
}

// ---- attributes ----

static AdjColor color_of(const char *text)
{
    AdjColor c;
    return adj_color_parse(text, &c) ? c : 0;
}

static void set_shape(AdjGraphNode *n, const char *shape)
{
    static const struct {
        const char *name;
        AdjShapeOf shape;
    } rows[] = {{"ellipse", ADJ_NODE_ELLIPSE}, {"oval", ADJ_NODE_ELLIPSE},
                {"box", ADJ_NODE_BOX},         {"rect", ADJ_NODE_BOX},
                {"rectangle", ADJ_NODE_BOX},   {"square", ADJ_NODE_BOX},
                {"record", ADJ_NODE_RECORD},   {"Mrecord", ADJ_NODE_RECORD},
                {"circle", ADJ_NODE_CIRCLE},   {"doublecircle", ADJ_NODE_CIRCLE},
                {"diamond", ADJ_NODE_DIAMOND}, {"plaintext", ADJ_NODE_PLAIN},
                {"plain", ADJ_NODE_PLAIN},     {"none", ADJ_NODE_PLAIN},
                {"point", ADJ_NODE_POINT}};
    n->shape = ADJ_NODE_BOX;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(shape, rows[i].name)) n->shape = rows[i].shape;
    if (n->shape == ADJ_NODE_PLAIN) n->fill = n->color = ADJ_COLOR_NONE;
}

static AdjDash dash_of(const char *style)
{
    return strstr(style, "dashed") ? ADJ_DASHED : strstr(style, "dotted") ? ADJ_DOTTED : 0;
}

static bool set_node(Parser *p, AdjGraphNode *n, const char *key, const char *value)
{
    if (!strcmp(key, "label")) return (n->label = keep(p, value));
    if (!strcmp(key, "shape")) set_shape(n, value);
    if (!strcmp(key, "color")) {
        n->color = color_of(value);
        if (n->fill == 1) n->fill = n->color;
    }
    if (!strcmp(key, "fillcolor")) n->fill = color_of(value);
    if (!strcmp(key, "fontcolor")) n->ink = color_of(value);
    if (!strcmp(key, "fontsize")) n->size = atof(value) * 0.78;
    if (!strcmp(key, "style")) {
        n->dash = dash_of(value);
        if (strstr(value, "rounded") && n->shape == ADJ_NODE_BOX) n->shape = ADJ_NODE_ROUND;
        // Filled without a fill colour of its own: with the outline's, or grey as dot has it.
        if (strstr(value, "filled") && !n->fill) n->fill = n->color ? n->color : 1;
        if (strstr(value, "invis")) n->fill = n->color = n->ink = ADJ_COLOR_NONE;
        if (strstr(value, "bold")) n->bold = true;
    }
    return true;
}

static bool set_edge(Parser *p, AdjGraphEdge *e, const char *key, const char *value)
{
    if (!strcmp(key, "label")) return (e->label = keep(p, value));
    if (!strcmp(key, "color")) e->color = color_of(value);
    if (!strcmp(key, "penwidth")) e->width = atof(value);
    if (!strcmp(key, "arrowhead")) e->no_arrow = !strcmp(value, "none");
    if (!strcmp(key, "dir")) {
        e->both_ends = !strcmp(value, "both");
        e->no_arrow = !strcmp(value, "none");
    }
    if (!strcmp(key, "style")) {
        e->dash = dash_of(value);
        if (strstr(value, "invis")) e->color = ADJ_COLOR_NONE;
    }
    return true;
}

static bool set_graph(Parser *p, const char *key, const char *value)
{
    AdjGraph *g = p->g;
    if (!strcmp(key, "rankdir")) {
        g->across = value[0] == 'L' || value[0] == 'R';
        g->upwards = value[0] == 'B' || value[0] == 'R';
    }
    if (!strcmp(key, "label")) return (g->label = keep(p, value));
    return true;
}

// [a=b, c=d] for any of the three; those not asked for are NULL.
static bool attributes(Parser *p, AdjGraphNode *n, AdjGraphEdge *e, bool graph)
{
    char key[64];
    while (!p->failed && take(p, '[')) {
        while (!take(p, ']')) {
            if (!word(p)) return fail(p, "an attribute's name is missing");
            snprintf(key, sizeof key, "%.60s", p->word);
            strcpy(p->word, "true");
            if (take(p, '=') && !word(p)) return fail(p, "an attribute's value is missing");
            if (n && !set_node(p, n, key, p->word)) return false;
            if (e && !set_edge(p, e, key, p->word)) return false;
            if (graph && !set_graph(p, key, p->word)) return false;
            if (!take(p, ',')) take(p, ';');
            skip(p);
            if (!*p->at) return fail(p, "attributes without their closing bracket");
        }
    }
    return !p->failed;
}

// ---- statements ----

static bool statements(Parser *p, Defaults d, int depth, int *first, int *count);

// name, name:port:side
static int node_here(Parser *p, const Defaults *d)
{
    int i = node_of(p, p->word, d);
    for (int k = 0; i >= 0 && k < 2 && take(p, ':'); k++)
        if (!word(p)) return fail(p, "a port's name is missing"), -1;
    return i;
}

static bool arrow(Parser *p)
{
    skip(p);
    if (p->at[0] != '-' || (p->at[1] != '>' && p->at[1] != '-')) return false;
    p->at += 2;
    return true;
}

// One end of an edge: a node, or { a b c }. Its nodes are list[0 .. n).
static bool edge_end(Parser *p, const Defaults *d, int depth, int *list, int *n)
{
    skip(p);
    if (*p->at == '{') {
        p->at++;
        return statements(p, *d, depth + 1, list, n);
    }
    if (!word(p)) return fail(p, "an edge without its end");
    list[0] = node_here(p, d);
    *n = 1;
    return list[0] >= 0;
}

enum { GROUP = 256 };

static bool edges(Parser *p, const Defaults *d, int depth, int *list, int n)
{
    int begin = p->g->edge_count, from[GROUP], to[GROUP], from_n = n, to_n;
    memcpy(from, list, (size_t)n * sizeof *from);
    do {
        to_n = 0;
        if (!edge_end(p, d, depth, to, &to_n)) return false;
        for (int i = 0; i < from_n; i++)
            for (int k = 0; k < to_n; k++)
                if (!add_edge(p, from[i], to[k], &d->edge)) return false;
        memcpy(from, to, (size_t)to_n * sizeof *from);
        from_n = to_n;
    } while (arrow(p));
    skip(p);
    if (*p->at != '[') return true;
    AdjGraphEdge like = d->edge;
    if (!attributes(p, NULL, &like, false)) return false;
    for (int i = begin; i < p->g->edge_count; i++) {
        AdjGraphEdge *e = &p->g->edges[i];
        like.from = e->from, like.to = e->to;
        *e = like;
    }
    return true;
}

static bool statement(Parser *p, Defaults *d, int depth, int *list, int *n)
{
    bool quoted = p->quoted;
    if (!quoted && !strcasecmp(p->word, "node")) return attributes(p, &d->node, NULL, false);
    if (!quoted && !strcasecmp(p->word, "edge")) return attributes(p, NULL, &d->edge, false);
    if (!quoted && !strcasecmp(p->word, "graph")) return attributes(p, NULL, NULL, true);
    if (!quoted && !strcasecmp(p->word, "subgraph")) {
        word(p);
        if (!take(p, '{')) return fail(p, "a subgraph without its nodes");
        *n = 0;
        if (!statements(p, *d, depth + 1, list, n)) return false;
        return !arrow(p) || edges(p, d, depth, list, *n);
    }
    char key[64];
    snprintf(key, sizeof key, "%.60s", p->word);
    if (take(p, '=')) {
        if (!word(p)) return fail(p, "an attribute's value is missing");
        return depth || set_graph(p, key, p->word);
    }
    list[0] = node_here(p, d);
    *n = 1;
    if (list[0] < 0) return false;
    if (arrow(p)) return edges(p, d, depth, list, 1);
    return attributes(p, &p->g->nodes[list[0]], NULL, false);
}

// Up to the closing brace. The nodes named here, as far as there is room, are first[0 ..
// *count).
static bool statements(Parser *p, Defaults d, int depth, int *first, int *count)
{
    if (depth > MOST_DEPTH) return fail(p, "graphs inside graphs, too deep");
    int all = 0, list[GROUP];
    while (!p->failed && !take(p, '}')) {
        int n = 0;
        if (take(p, ';') || take(p, ',')) continue;
        if (take(p, '{')) {
            if (!statements(p, d, depth + 1, list, &n)) return false;
            if (arrow(p) && !edges(p, &d, depth, list, n)) return false;
        } else if (word(p)) {
            if (!statement(p, &d, depth, list, &n)) return false;
        } else {
            return fail(p, *p->at ? "a sign that does not belong here"
                                  : "the closing brace is missing");
        }
        for (int i = 0; first && i < n && all < GROUP; i++) first[all++] = list[i];
    }
    if (count) *count = all;
    return !p->failed;
}

static bool graph(Parser *p)
{
    Defaults d = {0};
    bool named = word(p);
    if (named && !strcasecmp(p->word, "strict")) named = word(p);
    p->directed = named && !strcasecmp(p->word, "digraph");
    if (!named || (!p->directed && strcasecmp(p->word, "graph")))
        return fail(p, "'digraph' or 'graph' is expected");
    p->g->undirected = !p->directed;
    word(p);
    if (!take(p, '{')) return fail(p, "'{' is expected");
    if (!statements(p, d, 0, NULL, NULL)) return false;
    for (int i = 0; i < p->g->node_count; i++)
        if (p->g->nodes[i].fill == 1) p->g->nodes[i].fill = 0xd3d3d3ff;
    skip(p);
    return !*p->at || fail(p, "more after the graph's end");
}

const char *adj_dot_read(const char *text, AdjDotGraph *out)
{
    *out = (AdjDotGraph){.arena = calloc(1, sizeof(struct AdjDotArena))};
    Parser *p = calloc(1, sizeof *p);
    bool ok = p && out->arena;
    if (ok) {
        *p = (Parser){.at = text, .line = 1, .g = &out->graph, .arena = out->arena};
        ok = graph(p);
        free(p->table);
    } else {
        strcpy(why, "no memory");
    }
    free(p);
    if (!ok) adj_dot_release(out);
    return ok ? NULL : why;
}

void adj_dot_release(AdjDotGraph *g)
{
    adj_graph_clear(&g->graph);
    free(g->graph.nodes);
    free(g->graph.edges);
    while (g->arena && g->arena->pieces) {
        Piece *next = g->arena->pieces->next;
        free(g->arena->pieces);
        g->arena->pieces = next;
    }
    free(g->arena);
    *g = (AdjDotGraph){0};
}
