// SPDX-License-Identifier: Apache-2.0
//
// Cards that explain one value, one edge, one sum. Each is given numbers and paints them with
// the formula they belong to; nothing is computed here that a reader could check against it.
#pragma once

#include "pen.h"

#include <cairo.h>

enum { ADJ_UI_WINDOW = 8 };  // rows and columns of numbers at most

// Some numbers of a tensor: its upper left corner.
typedef struct AdjUiNumbers {
    int rows, columns;                            // of value, at most ADJ_UI_WINDOW each
    int64_t of[2];                                // of the whole
    double value[ADJ_UI_WINDOW * ADJ_UI_WINDOW];  // row after row
    int rank;
    int64_t shape[8];
} AdjUiNumbers;

// One term of the sum behind one element of a contribution.
typedef struct AdjUiTerm {
    char at[48];  // "[0, 2]": the element of the output
    double upstream, local, product;
} AdjUiTerm;

// "upstream x local = contribution" on the edge from an operation to one of its inputs.
typedef struct AdjUiEdgeCard {
    const char *from, *to;       // the operation, and its input
    const char *formula, *rule;  // of the operation; NULL: not known
    const AdjUiNumbers *upstream, *contribution;
    double upstream_norm, contribution_norm;
    int element[2];            // row and column of the element explained, -1: none
    const AdjUiTerm *terms;    // of that element
    int term_count, terms_of;  // given, and in all
    double total;
    bool masked;  // what is sent is asked for: the contribution and the total are not shown
} AdjUiEdgeCard;

// Paints into width x height; answers the height it needs.
double adj_ui_paint_edge_card(cairo_t *cr, const AdjUiTheme *theme, const AdjUiEdgeCard *card,
                              double width, double height);

// The element of the contribution at a place of the card, FALSE: none there.
bool adj_ui_edge_card_element(const AdjUiEdgeCard *card, double width, double x, double y,
                              int *row, int *column);

// The sum of what the readers of a value send back, in the order in which it arrives.
typedef struct AdjUiShare {
    const char *from;             // the reader
    double norm, value;           // value: of scalars, else NaN
    const AdjUiNumbers *numbers;  // or NULL
    bool arrived;
} AdjUiShare;

typedef struct AdjUiSumCard {
    const char *of;  // the value
    const AdjUiShare *shares;
    int count;
    double total_norm, total;  // total: of scalars, else NaN
    bool forgotten;            // zero_grad was forgotten: an earlier gradient is in the sum
    double earlier;            // its norm, or value
} AdjUiSumCard;

double adj_ui_paint_sum_card(cairo_t *cr, const AdjUiTheme *theme, const AdjUiSumCard *card,
                             double width, double height);
// The share at a place of the card, -1: none.
int adj_ui_sum_card_share(const AdjUiSumCard *card, double width, double x, double y);

typedef struct AdjUiValueCard {
    const char *name, *type, *text;
    int rank;
    int64_t shape[8];
    bool has_statistics;
    double mean, std, least, most, norm, zeros;
    int64_t nans, infs;
    const double *counts;  // of a histogram over [low, high], or NULL
    int bins;
    double low, high;
    double grad_norm;  // NaN: none
    const AdjUiNumbers *numbers;
} AdjUiValueCard;

double adj_ui_paint_value_card(cairo_t *cr, const AdjUiTheme *theme, const AdjUiValueCard *card,
                               double width, double height);

// Numbers as a small heat map with the digits in it; [mark] rows and columns, -1: none.
void adj_ui_paint_numbers(cairo_t *cr, const AdjUiTheme *theme, const AdjUiNumbers *n,
                          AdjUiRect r, int mark_row, int mark_column);
