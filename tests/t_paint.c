// SPDX-License-Identifier: Apache-2.0
//
// Figures: the model (limits, ticks, colours, layers of graphs, Graphviz's language), what the
// painters leave on the paper at places where it is known, the way from paper back to data, and
// that no data whatever stops a painter. Pictures are probed rather than compared with stored
// ones, so the points hold with any font.
#include "plot/dot.h"
#include "plot/paint/paint.h"
#include "tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- the model ----

static void limits(void)
{
    static const struct {
        const char *what;
        double at[3];
        int n;
    } rows[] = {{"nothing", {0}, 0},
                {"one point", {3}, 1},
                {"equal points", {5, 5, 5}, 3},
                {"NaN", {NAN, NAN}, 2},
                {"infinities", {INFINITY, -INFINITY, 1}, 3},
                {"huge numbers", {-1.7e308, 1.7e308}, 2},
                {"tiny numbers", {4e-324, 0}, 2},
                {"negative numbers", {-5, -1}, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int scale = 0; scale < 3; scale++) {
            double x[2], y[2];
            AdjLayer l = {.kind = ADJ_LINE, .n = rows[i].n, .y = rows[i].at};
            AdjAxes a = {.layers = &l, .layer_count = 1, .y.scale = (AdjScale)scale};
            adj_axes_limits(&a, x, y);
            ok(isfinite(y[0]) && isfinite(y[1]) && y[0] < y[1] && isfinite(y[1] - y[0]),
               "limits of %s, scale %d", rows[i].what, scale);
        }
    }
    double height[2] = {3, 8}, place[2] = {0, 1}, x[2], y[2];
    AdjLayer bars = {.kind = ADJ_BARS, .n = 2, .x = place, .y = height};
    AdjAxes a = {.layers = &bars, .layer_count = 1};
    adj_axes_limits(&a, x, y);
    ok(y[0] == 0 && y[1] > 8, "bars stand on zero without a margin");
}

static void ticks(void)
{
    AdjTicks t;
    adj_axis_ticks(ADJ_LINEAR, 1, (double[]){0, 1}, 6, &t);
    equal_int(t.n, 6, "six ticks from 0 to 1");
    equal_str(t.text[1], "0.2", "have one decimal");
    adj_axis_ticks(ADJ_LINEAR, 1, (double[]){-3, 3}, 7, &t);
    equal_str(t.text[0], "\u22123", "a minus is a minus sign");
    adj_axis_ticks(ADJ_LINEAR, 1, (double[]){0, 5e6}, 6, &t);
    equal_str(t.offset, "$\u00d710^{6}$", "large numbers have a common power");
    adj_axis_ticks(ADJ_LINEAR, 1, (double[]){1e6, 1e6 + 1}, 5, &t);
    equal_str(t.offset, "+1000000", "close numbers a common offset");
    adj_axis_ticks(ADJ_LINEAR, 1, (double[]){7.419e-4, 7.424e-4}, 6, &t);
    equal_str(t.text[1], "0.0007420", "small steps have as many decimals as they need");
    adj_axis_ticks(ADJ_LOG, 1, (double[]){1e-3, 1e3}, 9, &t);
    equal_int(t.n, 7, "a power of ten each");
    equal_str(t.text[0], "$10^{-3}$", "written as such");
    for (int i = 0; i < 400; i++) {
        double low = (i % 2 ? -1 : 1) * pow(10, i / 4 - 50) * (1 + i % 7);
        double lim[2] = {low, low + pow(10, i % 61 - 30)};
        if (!(lim[0] < lim[1])) continue;
        adj_axis_ticks(i % 3 ? ADJ_LINEAR : ADJ_SYMLOG, 1, lim, 2 + i % 9, &t);
        bool good = t.n <= ADJ_MAX_TICKS && t.minor_n <= 4 * ADJ_MAX_TICKS;
        bool apart = i % 3 && lim[1] - lim[0] > 1e-9 * fabs(low);
        for (int k = 0; good && k < t.n; k++)
            good = isfinite(t.at[k]) && (!k || !apart || strcmp(t.text[k], t.text[k - 1]));
        if (!good) fail("ticks of [%g, %g]", lim[0], lim[1]);
    }
}

static void colors(void)
{
    AdjColor c;
    ok(adj_color_parse("#fa0", &c) && c == 0xffaa00ff, "#fa0");
    ok(adj_color_parse("tab:blue", &c) && c == 0x1f77b4ff, "tab:blue");
    ok(adj_color_parse("0.5", &c) && c == 0x808080ff, "a grey");
    ok(adj_color_parse("C8", &c) && c == adj_color_cycle(0, false), "the cycle comes around");
    ok(!adj_color_parse("bluish", &c) && !adj_color_parse("#12345", &c) &&
           !adj_color_parse("", &c),
       "no colours");
    const AdjMap *v = adj_map_find("viridis"), *r = adj_map_find("viridis_r");
    ok(adj_map_color(v, 0) == 0x440154ff && adj_map_color(v, 1) == 0xfde725ff, "viridis");
    ok(adj_map_color(r, 0) == adj_map_color(v, 1), "and back");
    ok(adj_map_color(v, -5) == adj_map_color(v, 0), "clipped");
    ok(!(adj_map_color(v, NAN) & 0xff), "NaN is transparent");
    ok(!adj_map_find("jetty") && !adj_map_find("_r"), "no maps");
}

static void pyramid(void)
{
    enum { N = 100003 };
    double *y = malloc(N * sizeof *y), low, high, a, b;
    for (int i = 0; i < N; i++) y[i] = i % 97 == 5 ? NAN : sin(i * 0.7) * (i % 1013);
    AdjPyramid *p = adj_pyramid_new(y, N);
    int wrong = 0;
    for (int i = 0; i < 500; i++) {
        int64_t from = (int64_t)i * 7919 % N, to = from + (int64_t)i * i * 31 % (N - from) + 1;
        bool any = adj_range_of(y + from, to - from, false, &a, &b);
        if (adj_pyramid_range(p, from, to, &low, &high) != any ||
            (any && (low != a || high != b)))
            wrong++;
    }
    equal_int(wrong, 0, "a pyramid answers what reading all answers");
    adj_pyramid_free(p);
    free(y);
}

// ---- graphs ----

static int overlaps(const AdjGraph *g)
{
    int n = 0;
    for (int i = 0; i < g->node_count; i++)
        for (int k = 0; k < i; k++) {
            const AdjGraphNode *a = &g->nodes[i], *b = &g->nodes[k];
            n += fabs(a->x - b->x) < (a->w + b->w) / 2 - 0.01 &&
                 fabs(a->y - b->y) < (a->h + b->h) / 2 - 0.01;
        }
    return n;
}

static void graphs(void)
{
    enum { N = 60 };
    for (int across = 0; across < 2; across++) {
        AdjGraphNode nodes[N] = {0};
        AdjGraphEdge edges[3 * N] = {0};
        for (int i = 0; i < N; i++) nodes[i].w = 20 + i % 7 * 9, nodes[i].h = 14 + i % 3 * 6;
        for (int i = 0; i < 3 * N; i++) edges[i].from = i * 7 % N, edges[i].to = i * i * 11 % N;
        AdjGraph g = {.nodes = nodes,
                      .node_count = N,
                      .edges = edges,
                      .edge_count = 3 * N,
                      .across = across};
        ok(adj_graph_layout(&g), "a graph with cycles and loops is laid out");
        equal_int(overlaps(&g), 0, "and no nodes overlap");
        int out = 0;
        for (int i = 0; i < N; i++)
            out += nodes[i].x < nodes[i].w / 2 || nodes[i].x > g.w || nodes[i].y > g.h;
        equal_int(out, 0, "nor leave the paper");
        ok(adj_graph_node_at(&g, nodes[3].x, nodes[3].y) == 3, "a node is found where it is");
        adj_graph_clear(&g);
    }
    enum { LONG = 20000 };
    AdjGraphNode *chain = calloc(LONG, sizeof *chain);
    AdjGraphEdge *links = calloc(LONG, sizeof *links);
    for (int i = 0; i < LONG; i++) chain[i].w = chain[i].h = 10;
    for (int i = 0; i + 1 < LONG; i++) links[i] = (AdjGraphEdge){.from = i, .to = i + 1};
    AdjGraph g = {.nodes = chain, .node_count = LONG, .edges = links, .edge_count = LONG - 1};
    ok(adj_graph_layout(&g) && chain[LONG - 1].rank == LONG - 1, "a very long chain too");
    adj_graph_clear(&g);
    free(chain);
    free(links);
}

static void dot(void)
{
    AdjDotGraph d;
    ok(!adj_dot_read("digraph { rankdir=LR a -> b -> c [label=x] // no\n node [shape=box]; "
                     "\"d e\" [label=\"q\\\"\"] {a c} -> \"d e\" }",
                     &d),
       "a graph is read");
    equal_int(d.graph.node_count, 4, "with its nodes");
    equal_int(d.graph.edge_count, 4, "its edges");
    ok(d.graph.across && d.graph.nodes[3].shape == ADJ_NODE_BOX, "and attributes");
    equal_str(d.graph.nodes[3].label, "q\"", "quotes in texts");
    adj_dot_release(&d);
    static const char *const bad[] = {
        "",     "digraph",        "digraph {",       "graph { a -> }",
        "x {}", "digraph { a [b", "digraph { \"a }", "digraph {} {}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ok(adj_dot_read(bad[i], &d), "refused: %s", bad[i]);
    // Every beginning of a graph is either read or refused.
    static const char whole[] =
        "strict digraph g { a:n -> {b; c} [color=red, label=<<b>x</b>>]; "
        "subgraph s { d -- e } edge [style=dashed] }";
    for (size_t n = 0; n < sizeof whole; n++) {
        char part[sizeof whole] = {0};
        memcpy(part, whole, n);
        if (!adj_dot_read(part, &d)) adj_dot_release(&d);
    }
    char deep[400] = "digraph ";
    memset(deep + 8, '{', 300);
    ok(adj_dot_read(deep, &d), "too deep");
}

// ---- pictures ----

static uint32_t *draw(const AdjFigure *f, int width, int height)
{
    return adj_figure_pixels(f, width, height, 72);
}

// Bare axes that fill the paper: places are known without any text.
static AdjAxes bare(AdjLayer *layers, int n)
{
    return (AdjAxes){.layers = layers,
                     .layer_count = n,
                     .off = true,
                     .has_box = true,
                     .box = {0, 0, 1, 1},
                     .margin_x = -1,
                     .margin_y = -1};
}

static void known_places(void)
{
    double grid[4] = {0, 1, 2, 3};
    AdjLayer image = {.kind = ADJ_IMAGE, .grid = grid, .rows = 2, .columns = 2};
    AdjAxes a = bare(&image, 1);
    AdjFigure f = {.axes = &a, .axes_count = 1};
    uint32_t *p = draw(&f, 40, 40);
    const AdjMap *v = adj_map_find("viridis");
    equal_int(p[5 * 40 + 5], 0xff000000u | adj_map_color(v, 0) >> 8, "an image's first cell");
    equal_int(p[35 * 40 + 35], 0xff000000u | adj_map_color(v, 1) >> 8, "and its last");
    free(p);
    double x[2] = {0.5, 1.5}, y[2] = {10, 5};
    AdjLayer bars = {
        .kind = ADJ_BARS, .n = 2, .x = x, .y = y, .thickness = 1, .color = 0xff0000ff};
    a = bare(&bars, 1);
    p = draw(&f, 40, 40);
    equal_int(p[2 * 40 + 10], 0xffff0000u, "the higher bar reaches the top");
    equal_int(p[18 * 40 + 30], 0xffffffffu, "the lower one only half of it");
    equal_int(p[22 * 40 + 30], 0xffff0000u, "below that it is there");
    free(p);
}

// A million points and one of them high: it must be seen, whatever the width of the picture.
static void million(void)
{
    enum { N = 1000000, W = 300, H = 100 };
    double *y = calloc(N, sizeof *y);
    y[777777] = 1;
    for (int with = 0; with < 2; with++) {
        AdjPyramid *pyramid = with ? adj_pyramid_new(y, N) : NULL;
        AdjLayer l = {
            .kind = ADJ_LINE, .n = N, .y = y, .color = 0x000000ff, .pyramid = pyramid};
        AdjAxes a = bare(&l, 1);
        AdjFigure f = {.axes = &a, .axes_count = 1};
        uint32_t *p = draw(&f, W, H);
        int column = (int)(0.777777 * W), dark = 0;
        for (int i = column - 2; i <= column + 2; i++)
            for (int j = 5; j < 90; j++) dark += (p[j * W + i] & 255) < 128;
        ok(dark > 80, "a peak of one in a million is drawn%s", with ? ", with a pyramid" : "");
        free(p);
        adj_pyramid_free(pyramid);
    }
    free(y);
}

static void back_to_data(void)
{
    double x[3] = {1, 10, 100}, y[3] = {2, 5, 3};
    AdjLayer l = {.kind = ADJ_LINE, .n = 3, .x = x, .y = y};
    AdjAxes a = {.layers = &l,
                 .layer_count = 1,
                 .x.scale = ADJ_LOG,
                 .title = "T",
                 .x.label = "x",
                 .y.label = "y",
                 .y.inverted = true};
    AdjFigure f = {.axes = &a, .axes_count = 1};
    AdjPlaced at;
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 400, 300);
    cairo_t *cr = cairo_create(s);
    adj_paint_figure(cr, &f, 400, 300, &at);
    double px, py, dx, dy;
    adj_placed_point(&at, 10, 5, &px, &py);
    ok(adj_placed_data(&at, px, py, &dx, &dy), "a point lies within its axes");
    near(dx, 10, 1e-9, "x of a place");
    near(dy, 5, 1e-9, "y of a place");
    equal_int(adj_placed_nearest(&at, &l, px + 3, py - 2, 10), 1, "the nearest point");
    equal_int(adj_placed_nearest(&at, &l, px + 30, py, 10), -1, "or none");
    ok(at.x > 15 && at.y > 15 && at.x + at.w < 400 && at.y + at.h < 285,
       "there is room for what stands around");
    cairo_destroy(cr);
    cairo_surface_destroy(s);
}

static int count(const char *text, const char *word)
{
    int n = 0;
    for (; (text = strstr(text, word)); text++) n++;
    return n;
}

static void files(void)
{
    double y[4] = {1, 2, NAN, 3};
    AdjLayer l = {.kind = ADJ_LINE, .n = 4, .y = y, .label = "a <b> & \"c\" $\\alpha_{1}^2$"};
    AdjAxes a = {.layers = &l, .layer_count = 1, .legend = true, .title = "$x^{\\frac{a}{b}"};
    AdjFigure f = {.axes = &a, .axes_count = 1};
    char *data;
    size_t n;
    ok(!adj_figure_file(&f, "svg", 100, &data, &n), "an SVG");
    ok(!strncmp(data, "<?xml", 5) && count(data, "<svg") == 1 && strstr(data, "</svg>"),
       "is one element");
    equal_int(count(data, "<g") > 0 ? count(data, "</g>") : -1,
              count(data, "<g ") + count(data, "<g>"), "whose groups are closed");
    ok(!strstr(data, "id=\"glyph"), "and whose ids are its own");
    free(data);
    ok(!adj_figure_file(&f, "png", 50, &data, &n) && !memcmp(data, "\x89PNG", 4), "a PNG");
    free(data);
    ok(!adj_figure_file(&f, "pdf", 50, &data, &n) && !memcmp(data, "%PDF", 4), "a PDF");
    free(data);
    ok(adj_figure_file(&f, "gif", 50, &data, &n), "nothing else");
    ok(adj_figure_file(&f, "png", 1e9, &data, &n), "nor a picture without end");
}

// Everything with everything: each kind of layer, with each sort of odd number, on each scale.
static void odd_data(void)
{
    static const double odd[] = {0, 1, -1, NAN, INFINITY, -INFINITY, 1e308, -1e308, 4e-324, 7};
    enum { N = 16 };
    double v[8][N];
    for (int seed = 0; seed < 60; seed++) {
        for (int i = 0; i < 8 * N; i++)
            v[i / N][i % N] = seed < 30 ? odd[(i * (seed + 3) + i / 5) % 10]
                                        : sin(i * seed) * pow(10, (i * seed) % 9 - 4);
        for (int kind = ADJ_LINE; kind <= ADJ_POLYGON; kind++) {
            int64_t n =
                seed % 7 == 0 ? 1
                : seed % 5 == 0 && kind != ADJ_WRITING && kind != ADJ_RULE && kind != ADJ_SPAN
                    ? 0
                    : N;
            AdjLayer l = {.kind = (AdjLayerKind)kind,
                          .n = n,
                          .x = v[0],
                          .y = v[1],
                          .x2 = v[2],
                          .y2 = v[3],
                          .x3 = v[4],
                          .y3 = v[5],
                          .c = seed % 3 ? NULL : v[6],
                          .size_each = seed % 4 ? NULL : v[7],
                          .grid = v[6],
                          .rows = 4,
                          .columns = 4,
                          .filled = seed & 1,
                          .marker = "os^+"[seed % 4],
                          .label = "label",
                          .text = "text",
                          .vertical = seed & 2,
                          .horizontal = seed & 4,
                          .step = (AdjStep)(seed % 4)};
            if (kind == ADJ_CONTOUR || kind == ADJ_IMAGE) l.x = l.y = NULL;
            AdjAxes a = {.layers = &l,
                         .layer_count = 1,
                         .x.scale = (AdjScale)(seed % 3),
                         .y.scale = (AdjScale)(seed / 3 % 3),
                         .legend = true,
                         .grid = true,
                         .equal = seed & 8,
                         .colorbar = seed & 1,
                         .title = "odd"};
            AdjFigure f = {.axes = &a, .axes_count = 1, .dark = seed & 1};
            free(draw(&f, 120, 90));
        }
    }
    ok(true, "no data stops a painter");
    AdjFigure none = {0};
    uint32_t *p = draw(&none, 3, 3);
    ok(p && p[0] == 0xffffffffu, "a figure without axes is paper");
    free(p);
}

int main(void)
{
    limits();
    ticks();
    colors();
    pyramid();
    graphs();
    dot();
    known_places();
    million();
    back_to_data();
    files();
    odd_data();
    return done();
}
