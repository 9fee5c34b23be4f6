// SPDX-License-Identifier: Apache-2.0
// graph.c: nodes and arrows. The labels of records ("{a|b}") are laid out by one walk over the
// text that is used twice, to measure and to paint, so the two cannot disagree.
#include "plot/paint/internal.h"

#include <stdlib.h>
#include <string.h>

static const double SIDE = 9, ABOVE = 5, FIELD = 6;

static AdjWriting writing_of(const AdjGraphNode *n)
{
    return (AdjWriting){.size = n->size > 0 ? n->size : 10.5,
                        .across = ADJ_CENTER,
                        .up = ADJ_CENTER,
                        .bold = n->bold,
                        .color = n->ink};
}

// The label's escapes: \n, \l and \r end a line, \N is the node's name.
static char *plain_label(const char *text, const char *name)
{
    GString *out = g_string_new(NULL);
    for (const char *p = text; *p; p++) {
        if (*p != '\\' || !p[1]) {
            g_string_append_c(out, *p);
            continue;
        }
        p++;
        if (*p == 'n' || *p == 'l' || *p == 'r')
            g_string_append_c(out, '\n');
        else if (*p == 'N')
            g_string_append(out, name ? name : "");
        else
            g_string_append_c(out, *p);
    }
    while (out->len && out->str[out->len - 1] == '\n') g_string_truncate(out, out->len - 1);
    return g_string_free(out, FALSE);
}

// One field's text, from p to the next of "|{}" that is not escaped; <port> is left out.
static char *field_text(const char **p)
{
    GString *raw = g_string_new(NULL);
    while (**p == ' ') (*p)++;
    if (**p == '<') {
        while (**p && **p != '>') (*p)++;
        if (**p) (*p)++;
        while (**p == ' ') (*p)++;
    }
    for (; **p && !strchr("|{}", **p); (*p)++) {
        if (**p == '\\' && (*p)[1]) g_string_append_c(raw, *(*p)++);
        g_string_append_c(raw, **p);
    }
    while (raw->len && raw->str[raw->len - 1] == ' ') g_string_truncate(raw, raw->len - 1);
    char *text = plain_label(raw->str, "");
    g_string_free(raw, TRUE);
    return text;
}

typedef struct Record {
    AdjPainter *p;
    const AdjGraphNode *node;
    bool paint;
} Record;

// Lays out fields up to the closing brace, side by side or one under the other, in the box at
// (x, y) that is w x h (when painting); the size they need.
static AdjExtent fields(Record *r, const char **at, bool across, double x, double y, double w,
                        double h, int depth)
{
    AdjExtent all = {0};
    AdjWriting text = writing_of(r->node);
    for (bool more = true; more;) {
        AdjExtent e;
        double fx = across ? x + all.w : x, fy = across ? y : y + all.h;
        const char *start = *at;
        while (*start == ' ') start++;
        if (*start == '{' && depth < 16) {
            *at = start + 1;
            const char *again = *at;
            Record measure = {r->p, r->node, false};
            e = fields(&measure, at, !across, 0, 0, 0, 0, depth + 1);
            if (r->paint)
                fields(r, &again, !across, fx, fy, across ? e.w : w, across ? h : e.h,
                       depth + 1);
            while (**at == ' ') (*at)++;
        } else {
            char *label = field_text(at);
            e = adj_text_size(r->p, label, &text);
            e.w += 2 * FIELD, e.h += 2 * ABOVE;
            if (r->paint)
                adj_text_put(r->p, label, fx + (across ? e.w : w) / 2,
                             fy + (across ? h : e.h) / 2, &text);
            g_free(label);
        }
        all = across ? (AdjExtent){all.w + e.w, fmax(all.h, e.h), 0}
                     : (AdjExtent){fmax(all.w, e.w), all.h + e.h, 0};
        more = **at == '|';
        if (more) (*at)++;
        if (more && r->paint) {  // the rule between two fields
            cairo_move_to(r->p->cr, across ? x + all.w : x, across ? y : y + all.h);
            cairo_rel_line_to(r->p->cr, across ? 0 : w, across ? h : 0);
            adj_ink(r->p->cr, r->node->color ? r->node->color : r->p->style->soft);
            cairo_set_line_width(r->p->cr, 0.8);
            cairo_stroke(r->p->cr);
        }
    }
    if (**at == '}') (*at)++;
    return all;
}

static void measure_node(AdjPainter *p, AdjGraphNode *n, bool across)
{
    const char *label = n->label ? n->label : n->name ? n->name : "";
    if (n->w > 0 && n->h > 0) return;
    if (n->shape == ADJ_NODE_POINT) {
        n->w = n->h = 6;
        return;
    }
    if (n->shape == ADJ_NODE_RECORD) {
        Record r = {p, n, false};
        AdjExtent e = fields(&r, &label, !across, 0, 0, 0, 0, 0);
        n->w = e.w, n->h = e.h;
        return;
    }
    AdjWriting w = writing_of(n), small = {.size = p->style->small - 1};
    char *text = plain_label(label, n->name);
    AdjExtent e = adj_text_size(p, text, &w);
    g_free(text);
    if (n->note && *n->note) {
        AdjExtent more = adj_text_size(p, n->note, &small);
        e.w = fmax(e.w, more.w), e.h += more.h;
    }
    double grow = n->shape == ADJ_NODE_ELLIPSE ? 1.25 : n->shape == ADJ_NODE_DIAMOND ? 1.7 : 1;
    n->w = grow * e.w + 2 * SIDE, n->h = grow * e.h + 2 * ABOVE;
    if (n->shape == ADJ_NODE_CIRCLE) n->w = n->h = hypot(e.w, e.h) + 8;
    if (n->shape != ADJ_NODE_PLAIN && n->w < 1.4 * n->h && n->shape != ADJ_NODE_CIRCLE)
        n->w = 1.4 * n->h;
}

void adj_measure_graph(cairo_t *cr, AdjGraph *g)
{
    AdjPainter p;
    adj_painter_open(&p, cr, false);
    for (int i = 0; i < g->node_count; i++) measure_node(&p, &g->nodes[i], g->across);
    adj_painter_close(&p);
}

// ---- painting ----

static void round_box(cairo_t *cr, double x, double y, double w, double h, double r)
{
    cairo_new_sub_path(cr);
    cairo_arc(cr, x + w - r, y + r, r, -M_PI / 2, 0);
    cairo_arc(cr, x + w - r, y + h - r, r, 0, M_PI / 2);
    cairo_arc(cr, x + r, y + h - r, r, M_PI / 2, M_PI);
    cairo_arc(cr, x + r, y + r, r, M_PI, 3 * M_PI / 2);
    cairo_close_path(cr);
}

static void outline(cairo_t *cr, const AdjGraphNode *n)
{
    double x = n->x - n->w / 2, y = n->y - n->h / 2;
    switch (n->shape) {
    case ADJ_NODE_ELLIPSE:
    case ADJ_NODE_CIRCLE:
    case ADJ_NODE_POINT: {
        cairo_matrix_t m;
        cairo_get_matrix(cr, &m);
        cairo_translate(cr, n->x, n->y);
        cairo_scale(cr, n->w / 2, n->h / 2);
        cairo_new_sub_path(cr);
        cairo_arc(cr, 0, 0, 1, 0, 2 * M_PI);
        cairo_set_matrix(cr, &m);
        break;
    }
    case ADJ_NODE_DIAMOND:
        cairo_move_to(cr, n->x, y);
        cairo_line_to(cr, x + n->w, n->y);
        cairo_line_to(cr, n->x, y + n->h);
        cairo_line_to(cr, x, n->y);
        cairo_close_path(cr);
        break;
    case ADJ_NODE_ROUND: round_box(cr, x, y, n->w, n->h, fmin(7, n->h / 2)); break;
    case ADJ_NODE_PLAIN: break;
    default: round_box(cr, x, y, n->w, n->h, 2); break;
    }
}

static void node_text(AdjPainter *p, const AdjGraphNode *n)
{
    const char *label = n->label ? n->label : n->name ? n->name : "";
    AdjWriting w = writing_of(n), small = {.size = p->style->small - 1,
                                           .across = ADJ_CENTER,
                                           .up = ADJ_CENTER,
                                           .color = p->style->soft};
    if (n->shape == ADJ_NODE_POINT) return;
    if (n->shape == ADJ_NODE_RECORD) return;
    char *text = plain_label(label, n->name);
    AdjExtent e = adj_text_size(p, text, &w);
    double note = n->note && *n->note ? adj_text_size(p, n->note, &small).h : 0;
    adj_text_put(p, text, n->x, n->y - note / 2, &w);
    if (note > 0) adj_text_put(p, n->note, n->x, n->y + e.h / 2, &small);
    g_free(text);
}

static void paint_node(AdjPainter *p, const AdjGraphNode *n, bool across)
{
    AdjColor fill = n->fill                      ? n->fill
                    : n->shape == ADJ_NODE_POINT ? p->style->ink
                                                 : p->style->face;
    outline(p->cr, n);
    if (fill & 0xff) {
        adj_ink(p->cr, fill);
        cairo_fill_preserve(p->cr);
    }
    adj_ink(p->cr, n->color ? n->color : p->style->soft);
    cairo_set_line_width(p->cr, 1);
    adj_dash(p->cr, n->dash, 1.2);
    cairo_stroke(p->cr);
    cairo_set_dash(p->cr, NULL, 0, 0);
    AdjGraphNode inked = *n;
    // A fill of the program's own may be light on a dark paper: then the ink is dark.
    if (!n->ink && n->fill && (n->fill & 0xff) > 128) {
        double light = 0.3 * (n->fill >> 24) + 0.59 * (n->fill >> 16 & 0xff) +
                       0.11 * (n->fill >> 8 & 0xff);
        inked.ink = light > 140 ? 0x1b1f24ff : 0xffffffff;
    }
    if (n->shape == ADJ_NODE_RECORD) {
        const char *label = n->label ? n->label : n->name ? n->name : "";
        Record r = {p, &inked, true};
        fields(&r, &label, !across, n->x - n->w / 2, n->y - n->h / 2, n->w, n->h, 0);
        return;
    }
    node_text(p, &inked);
}

// Where an edge leaves the node for the place (x, y): on the side that faces it, a little way
// towards it, so that edges to different places do not begin at one point.
static void leave(const AdjGraphNode *n, bool across, bool forward, double *x, double *y)
{
    bool flat = n->shape != ADJ_NODE_ELLIPSE && n->shape != ADJ_NODE_CIRCLE &&
                n->shape != ADJ_NODE_DIAMOND && n->shape != ADJ_NODE_POINT;
    double side = (flat ? 0.35 : 0.12) * (across ? n->h : n->w);
    double aside = 0.25 * (across ? *y - n->y : *x - n->x);
    aside = fmax(-side, fmin(side, aside));
    double out = (across ? n->w : n->h) / 2 * (forward ? 1 : -1);
    *x = n->x + (across ? out : aside);
    *y = n->y + (across ? aside : out);
}

static void arrow_head(cairo_t *cr, double x, double y, double from_x, double from_y)
{
    double a = atan2(y - from_y, x - from_x), size = 7;
    cairo_move_to(cr, x, y);
    cairo_line_to(cr, x - size * cos(a - 0.38), y - size * sin(a - 0.38));
    cairo_line_to(cr, x - size * cos(a + 0.38), y - size * sin(a + 0.38));
    cairo_close_path(cr);
    cairo_fill(cr);
}

static void loop(AdjPainter *p, const AdjGraphNode *n)
{
    double x = n->x + n->w / 2, y = n->y, r = fmin(16, n->h);
    cairo_move_to(p->cr, x, y - n->h / 6);
    cairo_curve_to(p->cr, x + 2 * r, y - r, x + 2 * r, y + r, x, y + n->h / 6);
    cairo_stroke(p->cr);
    arrow_head(p->cr, x, y + n->h / 6, x + r, y + n->h / 3);
}

// A smooth way through the bends: each piece leaves and arrives along the ranks' direction.
static void curve(cairo_t *cr, const double *at, int n, bool across)
{
    cairo_move_to(cr, at[0], at[1]);
    for (int i = 1; i < n; i++) {
        const double *a = at + 2 * (i - 1), *b = at + 2 * i;
        double mx = (a[0] + b[0]) / 2, my = (a[1] + b[1]) / 2;
        if (across)
            cairo_curve_to(cr, mx, a[1], mx, b[1], b[0], b[1]);
        else
            cairo_curve_to(cr, a[0], my, b[0], my, b[0], b[1]);
    }
}

static void paint_edge(AdjPainter *p, const AdjGraph *g, const AdjGraphEdge *e)
{
    const AdjGraphNode *from = &g->nodes[e->from], *to = &g->nodes[e->to];
    double width = e->width > 0 ? e->width : 1.1;
    int n = e->bend_count + 2;
    adj_ink(p->cr, e->color ? e->color : p->style->soft);
    cairo_set_line_width(p->cr, width);
    adj_dash(p->cr, e->dash, width);
    if (e->from == e->to) {
        loop(p, from);
        return;
    }
    double *at = malloc((size_t)(2 * n) * sizeof *at);
    if (!at) return;
    if (e->bend_count) memcpy(at + 2, e->bends, (size_t)(2 * e->bend_count) * sizeof *at);
    at[0] = n > 2 ? at[2] : to->x, at[1] = n > 2 ? at[3] : to->y;
    at[2 * n - 2] = n > 2 ? at[2 * n - 4] : from->x;
    at[2 * n - 1] = n > 2 ? at[2 * n - 3] : from->y;
    bool forward = g->across ? to->x > from->x : to->y > from->y;
    leave(from, g->across, forward, &at[0], &at[1]);
    leave(to, g->across, !forward, &at[2 * n - 2], &at[2 * n - 1]);
    double tip_x = at[2 * n - 2], tip_y = at[2 * n - 1], back = forward ? -6 : 6;
    double near_x = tip_x + (g->across ? back : 0), near_y = tip_y + (g->across ? 0 : back);
    bool arrow = !e->no_arrow && !g->undirected;
    // The line ends within the arrow's head, not at its tip.
    if (arrow) at[2 * n - 2] = near_x, at[2 * n - 1] = near_y;
    curve(p->cr, at, n, g->across);
    cairo_stroke(p->cr);
    cairo_set_dash(p->cr, NULL, 0, 0);
    if (arrow) arrow_head(p->cr, tip_x, tip_y, near_x, near_y);
    if (e->both_ends)
        arrow_head(p->cr, at[0], at[1], at[0] - (g->across ? back : 0),
                   at[1] - (g->across ? 0 : back));
    if (e->label && *e->label) {
        int m = n / 2;
        AdjWriting w = {.size = p->style->small, .color = p->style->soft, .up = ADJ_CENTER};
        double x = n % 2 ? at[2 * m] : (at[2 * m - 2] + at[2 * m]) / 2;
        double y = n % 2 ? at[2 * m + 1] : (at[2 * m - 1] + at[2 * m + 1]) / 2;
        adj_text_put(p, e->label, x + 4, y, &w);
    }
    free(at);
}

void adj_paint_graph(cairo_t *cr, const AdjGraph *g, double width, double height, bool fit,
                     bool dark)
{
    AdjPainter p;
    adj_painter_open(&p, cr, dark);
    double scale = fit ? fmin(1, fmin(width / fmax(1, g->w), height / fmax(1, g->h))) : 1;
    if (fit) {
        cairo_translate(cr, (width - g->w * scale) / 2, (height - g->h * scale) / 2);
        cairo_scale(cr, scale, scale);
    }
    for (int i = 0; i < g->edge_count; i++) paint_edge(&p, g, &g->edges[i]);
    for (int i = 0; i < g->node_count; i++) paint_node(&p, &g->nodes[i], g->across);
    adj_painter_close(&p);
}

int adj_graph_node_at(const AdjGraph *g, double x, double y)
{
    for (int i = 0; i < g->node_count; i++) {
        const AdjGraphNode *n = &g->nodes[i];
        if (fabs(x - n->x) <= n->w / 2 && fabs(y - n->y) <= n->h / 2) return i;
    }
    return -1;
}
