// SPDX-License-Identifier: Apache-2.0
// walk_graph.c: the graph of a walk as SVG: values from left to right, each under its name with
// its value and its gradient. Numbers that a program wrote into an expression have no box of
// their own, the expression shows them. The script of the page moves nothing: it changes
// classes and texts, so without it the finished pass stands there.
#include "export/walk.h"

#include "plot/graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BOX_MARGIN = 12, LETTER = 8, LINE = 19, MOST_LETTERS = 20, NARROWEST = 11 };

// Signs for the operations that have one, and words for those with long names.
// clang-format off
static const char *const signs[][2] = {
    {"add", "+"}, {"sub", "−"}, {"rsub", "−"}, {"mul", "×"}, {"div", "÷"}, {"pow", "xⁿ"},
    {"neg", "−x"}, {"square", "x²"}, {"sqrt", "√"}, {"exp", "eˣ"}, {"sum", "Σ"},
    {"matmul", "@"}, {"mm", "@"}, {"mv", "@"}, {"dot", "·"},
    {"addmm_t", "W·x+b"}, {"linear", "W·x+b"},
    {"binary_cross_entropy_pos", "cross entropy"},
    {"binary_cross_entropy_with_logits", "cross entropy"},
    {"cross_entropy", "cross entropy"},
};
// clang-format on

static const char *sign_of(const char *op)
{
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (!strcmp(signs[i][0], op)) return signs[i][1];
    return op;
}

static int letters(const char *text)
{
    int n = 0;
    for (; *text; text++) n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

// The first [most] letters, and dots where there were more.
static void escape_short(FILE *to, const char *text, int most)
{
    const char *p = text;
    bool longer = letters(text) > most;
    for (int n = longer ? most - 1 : most; *p && (n || ((unsigned char)*p & 0xc0) == 0x80); p++)
        if (((unsigned char)p[1] & 0xc0) != 0x80) n--;
    adj_html_escape(to, text, (size_t)(p - text));
    if (longer) fputs("…", to);
}

static int shown_letters(const AdjWalkValue *v)
{
    int name = letters(v->label), sign = *v->op ? letters(sign_of(v->op)) + 3 : 0;
    return (name < MOST_LETTERS ? name : MOST_LETTERS) + sign;
}

static void measure(const AdjWalk *w, AdjGraph *g)
{
    for (int i = 0; i < g->node_count; i++) {
        const AdjWalkValue *v = &w->values[w->shown[i]];
        int widest = shown_letters(v), value = letters(v->value) + 2;
        if (widest < value) widest = value;
        if (v->wants && widest < letters(v->gradient) + 6) widest = letters(v->gradient) + 6;
        if (widest < NARROWEST) widest = NARROWEST;
        g->nodes[i] = (AdjGraphNode){.w = widest * LETTER + 2 * BOX_MARGIN,
                                     .h = (v->wants ? 3 : 2) * LINE + BOX_MARGIN};
    }
}

static void edges(const AdjWalk *w, AdjGraph *g)
{
    for (int i = 0; i < w->edge_count; i++)
        g->edges[g->edge_count++] = (AdjGraphEdge){.from = w->values[w->edges[i].from].box,
                                                   .to = w->values[w->edges[i].to].box};
}

static void text_at(FILE *to, const char *class, double x, double y, const char *text)
{
    fprintf(to, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
    adj_html_text(to, text);
    fputs("</text>", to);
}

static void box(FILE *to, const AdjWalk *w, int value, const AdjGraphNode *n)
{
    const AdjWalkValue *v = &w->values[value];
    double left = n->x - n->w / 2, top = n->y - n->h / 2, y = top + BOX_MARGIN / 2.0 + 14;
    fprintf(to,
            "<g class=\"value %s\" data-value=\"%d\" tabindex=\"-1\"><rect x=\"%.1f\" "
            "y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"9\"></rect>",
            v->wants ? v->kind : "still", value, left, top, n->w, n->h);
    fprintf(to, "<text class=\"name\" x=\"%.1f\" y=\"%.1f\">", left + BOX_MARGIN, y);
    escape_short(to, v->label, MOST_LETTERS);
    fputs("</text>", to);
    if (*v->op) text_at(to, "sign", left + n->w - BOX_MARGIN, y, sign_of(v->op));
    text_at(to, "number", left + BOX_MARGIN, y + LINE, v->value);
    if (v->wants) {
        text_at(to, "grad-word", left + BOX_MARGIN, y + 2 * LINE, "grad");
        text_at(to, "grad", left + n->w - BOX_MARGIN, y + 2 * LINE, v->gradient);
    }
    fputs("</g>\n", to);
}

// A smooth curve through the bends: between two points a cubic whose ends point along the line
// through their neighbours (Catmull and Rom 1974), and straight across at boxes.
static void curve(const AdjGraphEdge *e, double x0, double y0, double x1, double y1, char *path,
                  size_t room)
{
    int last = e->bend_count + 1;
    size_t n = (size_t)snprintf(path, room, "M%.1f %.1f", x0, y0);
    double x = x0, y = y0, sx = 0, sy = 0;  // the point and the slope there
    for (int k = 1; k <= last && n + 100 < room; k++) {
        const double *b = e->bends + 2 * (k - 1);
        double tx = k < last ? b[0] : x1, ty = k < last ? b[1] : y1;
        double nx = k + 1 < last ? b[2] : x1, ny = k + 1 < last ? b[3] : y1;
        double ex = k < last ? (nx - x) / 6 : (tx - x) / 2, ey = k < last ? (ny - y) / 6 : 0;
        if (k == 1) sx = (tx - x) / 2;
        n += (size_t)snprintf(path + n, room - n, "C%.1f %.1f %.1f %.1f %.1f %.1f", x + sx,
                              y + sy, tx - ex, ty - ey, tx, ty);
        x = tx, y = ty, sx = ex, sy = ey;
    }
}

// From the right side of a box to the left side of another, through the bends. Edges between
// the same two boxes part in the middle.
static void arrow(FILE *to, const AdjWalk *w, int i, const AdjGraph *g)
{
    const AdjGraphEdge *e = &g->edges[i];
    const AdjWalkEdge *of = &w->edges[i];
    const AdjGraphNode *a = &g->nodes[e->from], *b = &g->nodes[e->to];
    int twin = 0, twins = 0;
    for (int k = 0; k < g->edge_count; k++) {
        if (g->edges[k].from != e->from || g->edges[k].to != e->to) continue;
        twin += k < i;
        twins++;
    }
    double apart = twins > 1 ? (twin - (twins - 1) / 2.0) * 18 : 0;
    char path[4096];
    curve(e, a->x + a->w / 2, a->y + apart, b->x - b->w / 2 - 7, b->y + apart, path,
          sizeof path);
    fprintf(to,
            "<g class=\"edge%s\" data-step=\"%d\" data-part=\"%d\"><path class=\"grip\" "
            "d=\"%s\"></path><path class=\"line\" d=\"%s\" marker-end=\"url(#tip)\"></path>"
            "</g>\n",
            of->part < 0 ? " still" : "", of->step, of->part, path, path);
}

void adj_html_walk_graph(FILE *to, AdjWalk *w)
{
    AdjGraph g = {.across = true, .gap = 20, .rank_gap = 38, .node_count = w->shown_count};
    g.nodes = calloc((size_t)w->shown_count + 1, sizeof *g.nodes);
    g.edges = calloc((size_t)w->edge_count + 1, sizeof *g.edges);
    if (g.nodes && g.edges) {
        measure(w, &g);
        edges(w, &g);
        adj_graph_layout(&g);
        fprintf(to,
                "<svg class=\"graph\" viewBox=\"-8 -8 %.0f %.0f\" width=\"%.0f\" "
                "height=\"%.0f\" style=\"min-width:%.0fpx\" role=\"img\" aria-label=\"graph of "
                "%d values\"><defs><marker "
                "id=\"tip\" viewBox=\"0 0 8 8\" refX=\"3\" refY=\"4\" markerWidth=\"8\" "
                "markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path "
                "d=\"M0 0L8 4L0 8z\"></path></marker></defs>\n",
                g.w + 16, g.h + 16, g.w + 16, g.h + 16, (g.w + 16) * 0.75, w->shown_count);
        for (int i = 0; i < g.edge_count; i++) arrow(to, w, i, &g);
        for (int i = 0; i < w->shown_count; i++) box(to, w, w->shown[i], &g.nodes[i]);
        fputs("</svg>\n", to);
        adj_graph_clear(&g);
    }
    free(g.nodes);
    free(g.edges);
}
