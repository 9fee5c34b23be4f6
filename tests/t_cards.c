// SPDX-License-Identifier: Apache-2.0
//
// The cards that explain a value, an edge, a sum: as stored, and the places that can be
// clicked.

#include "paint/card.h"
#include "picture.h"
#include "tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static AdjUiNumbers numbers(int rows, int columns, int64_t of_rows, int64_t of_columns,
                            double size)
{
    AdjUiNumbers n = {.rows = rows,
                      .columns = columns,
                      .of = {of_rows, of_columns},
                      .rank = 2,
                      .shape = {of_rows, of_columns}};
    for (int i = 0; i < rows * columns; i++) n.value[i] = size * sin(1.7 * i + 0.4);
    return n;
}

static void edge(bool dark, const char *name)
{
    const AdjUiTheme *theme = adj_ui_theme(dark);
    AdjUiNumbers up = numbers(4, 4, 4, 4, 0.25), out = numbers(4, 3, 4, 3, 0.08);
    AdjUiTerm terms[] = {{"[0, 1]", 0.0973, 1.541, 0.0973 * 1.541},
                         {"[1, 1]", -0.2466, -0.2934, 0.2466 * 0.2934},
                         {"[2, 1]", 0.1522, -2.1788, 0.1522 * -2.1788},
                         {"[3, 1]", -0.0219, 0.5684, -0.0219 * 0.5684}};
    double total = 0;
    for (int i = 0; i < 4; i++) total += terms[i].product;
    AdjUiEdgeCard card = {.from = "linear",
                          .to = "net.0.weight",
                          .formula = "y = x Wᵀ + b",
                          .rule = "∂L/∂W = (∂L/∂y)ᵀ x",
                          .upstream = &up,
                          .contribution = &out,
                          .upstream_norm = 0.688,
                          .contribution_norm = 0.192,
                          .element = {1, 2},
                          .terms = terms,
                          .term_count = 4,
                          .terms_of = 4,
                          .total = total};
    cairo_t *cr = picture_begin(760, 300, 1, theme->ground.r, theme->ground.g, theme->ground.b);
    double needs = adj_ui_paint_edge_card(cr, theme, &card, 760, 300);
    ok(needs > 150 && needs <= 300, "%s: the card needs %.0f of 300", name, needs);
    picture_near(picture_end(cr), name);
    int row = -1, column = -1, hits = 0;
    for (int x = 0; x < 760; x += 4)
        for (int y = 0; y < 300; y += 4)
            if (adj_ui_edge_card_element(&card, 760, x, y, &row, &column))
                hits += row >= 0 && row < 4 && column >= 0 && column < 3;
    ok(hits > 100, "%s: elements of the contribution can be clicked (%d places)", name, hits);
    ok(!adj_ui_edge_card_element(&card, 760, 20, 150, &row, &column),
       "%s: those of the upstream gradient cannot", name);
}

static void sum(void)
{
    const AdjUiTheme *theme = adj_ui_theme(true);
    AdjUiShare shares[] = {{"mul", NAN, 0.75, NULL, true},
                           {"tanh", NAN, -0.31, NULL, true},
                           {"add", NAN, 0.2, NULL, false}};
    AdjUiSumCard card = {
        .of = "x", .shares = shares, .count = 3, .total_norm = 0.44, .total = 0.44};
    cairo_t *cr = picture_begin(640, 250, 1, theme->ground.r, theme->ground.g, theme->ground.b);
    double needs = adj_ui_paint_sum_card(cr, theme, &card, 640, 250);
    ok(needs <= 250, "the sum card needs %.0f of 250", needs);
    picture_near(picture_end(cr), "card_sum_dark");
    equal_int(adj_ui_sum_card_share(&card, 640, 100, 60), 0, "the first share");
    equal_int(adj_ui_sum_card_share(&card, 640, 100, 60 + 34), 1, "the second");
    equal_int(adj_ui_sum_card_share(&card, 640, 100, 20), -1, "none in the title");
}

static void value(void)
{
    const AdjUiTheme *theme = adj_ui_theme(false);
    double counts[64];
    for (int i = 0; i < 64; i++) counts[i] = exp(-(i - 30) * (i - 30) / 120.0) * 800;
    AdjUiNumbers n = numbers(4, 8, 64, 784, 0.4);
    AdjUiValueCard card = {.name = "net.0.weight",
                           .rank = 2,
                           .shape = {64, 784},
                           .has_statistics = true,
                           .mean = 0.0002,
                           .std = 0.0206,
                           .least = -0.0357,
                           .most = 0.0357,
                           .norm = 4.62,
                           .grad_norm = 0.0315,
                           .counts = counts,
                           .bins = 64,
                           .low = -0.0357,
                           .high = 0.0357,
                           .numbers = &n};
    cairo_t *cr = picture_begin(460, 370, 1, theme->ground.r, theme->ground.g, theme->ground.b);
    double needs = adj_ui_paint_value_card(cr, theme, &card, 460, 370);
    ok(needs <= 370, "the value card needs %.0f of 370", needs);
    picture_near(picture_end(cr), "card_value_light");
}

static void texts(void)
{
    char out[96];
    equal_str(adj_ui_number(out, 0.25, 4), "0.25", "a quarter");
    equal_str(adj_ui_number(out, -1.5e-7, 3), "−1.5e−7", "small and negative");
    equal_str(adj_ui_number(out, 3e20, 3), "3e20", "large");
    equal_str(adj_ui_number(out, -INFINITY, 3), "−∞", "infinite");
    equal_str(adj_ui_number(out, NAN, 3), "nan", "not a number");
    equal_str(adj_ui_shape_text(out, (int64_t[]){32, 3, 28}, 3), "32 × 3 × 28", "a shape");
    equal_str(adj_ui_shape_text(out, NULL, 0), "scalar", "no axes");
}

int main(void)
{
    texts();
    edge(false, "card_edge_light");
    edge(true, "card_edge_dark");
    sum();
    value();
    return done();
}
