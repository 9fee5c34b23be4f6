// SPDX-License-Identifier: Apache-2.0
//
// A backward pass written by hand beside the right one: a row for each gradient, and of one of
// them the numbers, with the axis marked along which it went wrong.
#pragma once

#include "card.h"

enum { ADJ_UI_RULE_MOST = 4 };

typedef struct AdjUiRuleTensor {
    char name[24];
    bool right, given;                // given: it is a tensor at all
    char kind[16];                    // of the protocol
    int axis;                         // along which it went wrong, -1: none
    const char *diagnosis;            // a sentence
    const char *mistake;              // "you ...", or NULL
    double difference;                // the largest; NaN: shapes differ
    char first[48];                   // the first wrong element, "": none
    int row, column;                  // of it in the numbers
    double yours, expected, numeric;  // there
    AdjUiNumbers values, right_values;
} AdjUiRuleTensor;

typedef struct AdjUiRule {
    const char *title, *formula;
    AdjUiRuleTensor tensors[ADJ_UI_RULE_MOST];
    int count, chosen;
    bool secret;  // what is wrong is to be found out: no words about it
} AdjUiRule;

void adj_ui_paint_rule(cairo_t *cr, const AdjUiTheme *theme, const AdjUiRule *rule,
                       double width, double height);
// The gradient whose row is at a place, -1: none.
int adj_ui_rule_row(const AdjUiRule *rule, double y);
