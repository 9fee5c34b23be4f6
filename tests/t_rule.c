// SPDX-License-Identifier: Apache-2.0
//
// A backward pass written by hand beside the right one, as stored.

#include "paint/rule.h"
#include "picture.h"
#include "tap.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static AdjUiNumbers numbers(int rows, int columns, int rank, double (*f)(int i, int k))
{
    AdjUiNumbers n = {.rows = rows, .columns = columns, .of = {rows, columns}, .rank = rank};
    n.shape[0] = rank == 1 ? columns : rows;
    n.shape[1] = columns;
    for (int i = 0; i < rows; i++)
        for (int k = 0; k < columns; k++) n.value[i * columns + k] = f(i, k);
    return n;
}

static double wave(int i, int k)
{
    return sin(1.3 * i + 2.1 * k + 0.4);
}

static double turned(int i, int k)
{
    return wave(k, i);
}

static double bent(int i, int k)
{
    return wave(i, k) + (i == 2 && k == 1 ? 0.5 : 0);
}

static double summed(int i, int k)
{
    (void)i;
    return wave(0, k) + wave(1, k) + wave(2, k) + wave(3, k);
}

static AdjUiRuleTensor right(const char *name)
{
    AdjUiRuleTensor t = {.right = true, .given = true, .axis = -1, .diagnosis = "It is right."};
    snprintf(t.name, sizeof t.name, "%s", name);
    snprintf(t.kind, sizeof t.kind, "right");
    t.difference = 2e-16;
    t.values = t.right_values = numbers(4, 3, 2, wave);
    return t;
}

static AdjUiRule make(void)
{
    AdjUiRule r = {.title = "A linear layer", .formula = "Y = X @ W + b", .count = 3};
    r.tensors[0] = right("dX");
    AdjUiRuleTensor *t = &r.tensors[1];
    *t = right("dW");
    t->right = false;
    snprintf(t->kind, sizeof t->kind, "different");
    t->diagnosis = "1 of 12 elements are wrong.";
    t->difference = 0.5;
    snprintf(t->first, sizeof t->first, "[2, 1]");
    t->row = 2;
    t->column = 1;
    t->values = numbers(4, 3, 2, bent);
    t->yours = bent(2, 1);
    t->expected = t->numeric = wave(2, 1);
    t = &r.tensors[2];
    *t = right("db");
    t->right = false;
    snprintf(t->kind, sizeof t->kind, "unsummed");
    t->axis = 0;
    t->difference = NAN;
    t->diagnosis = "It is not summed over its first axis, along which the value was repeated.";
    t->mistake = "forgot the sum over the broadcast axis";
    t->right_values = numbers(1, 3, 1, summed);
    return r;
}

static void picture(const AdjUiRule *r, bool dark, int width, int height, const char *name)
{
    const AdjUiTheme *theme = adj_ui_theme(dark);
    cairo_t *cr =
        picture_begin(width, height, 1, theme->ground.r, theme->ground.g, theme->ground.b);
    adj_ui_paint_rule(cr, theme, r, width, height);
    picture_near(picture_end(cr), name);
}

int main(void)
{
    AdjUiRule r = make();
    r.chosen = 2;
    picture(&r, true, 680, 420, "rule_unsummed_dark");
    r.chosen = 1;
    picture(&r, false, 680, 420, "rule_element_light");
    AdjUiRuleTensor *t = &r.tensors[0];
    t->right = false;
    snprintf(t->kind, sizeof t->kind, "transposed");
    t->axis = 0;
    t->difference = NAN;
    t->diagnosis = "It is transposed: rows and columns are exchanged.";
    t->values = numbers(3, 4, 2, turned);
    r.chosen = 0;
    picture(&r, false, 560, 380, "rule_transposed_light");
    r.secret = true;
    r.chosen = 1;
    picture(&r, true, 560, 380, "rule_secret_dark");
    equal_int(adj_ui_rule_row(&r, 62 + 30 + 5), 0, "the first row");
    equal_int(adj_ui_rule_row(&r, 62 + 30 * 3 + 5), 2, "the last");
    equal_int(adj_ui_rule_row(&r, 20), -1, "and none above");
    return done();
}
