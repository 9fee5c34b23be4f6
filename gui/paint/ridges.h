// SPDX-License-Identifier: Apache-2.0
//
// Histograms over time as a landscape: the newest in front, the older ones behind it and a
// little higher, each as wide as the axis. And the flow of gradients through the layers.
#pragma once

#include "pen.h"

#include <cairo.h>

enum { ADJ_UI_BINS = 64, ADJ_UI_PAST = 40 };  // bins of a histogram; histograms kept

// The last histograms of one thing; a ring.
typedef struct AdjUiPast {
    float counts[ADJ_UI_PAST][ADJ_UI_BINS];
    int64_t steps[ADJ_UI_PAST];
    int next, kept;
    bool is_log;                    // bin k: 2^(k-40) <= |x| < 2^(k-39)
    double low, high;               // of linear ones: of the newest
    double mean, std, zeros, norm;  // of the newest
    int64_t bad;                    // NaN and infinities in it
    int rank;
    int64_t shape[8];
} AdjUiPast;

void adj_ui_past_add(AdjUiPast *past, int64_t step, const double *counts, int bins);

// A title, a strip of the shape, the ridges and an axis.
void adj_ui_paint_ridges(cairo_t *cr, const AdjUiTheme *theme, const AdjUiPast *past,
                         const char *title, AdjUiRect r, bool selected);

// One layer in the picture of the flow.
typedef enum { ADJ_UI_UNKNOWN, ADJ_UI_HEALTHY, ADJ_UI_DOUBTFUL, ADJ_UI_ILL } AdjUiHealth;

enum { ADJ_UI_SPARK = 60 };

typedef struct AdjUiLayerFlow {
    const char *path;
    AdjUiHealth health;
    const char *finding;        // in words, or NULL
    double norm;                // of the gradient, NaN: unknown
    double ratio;               // of update to weight, NaN: unknown
    float spark[ADJ_UI_SPARK];  // of the norm, oldest first
    int sparks;
} AdjUiLayerFlow;

double adj_ui_flow_row_height(void);
double adj_ui_flow_top(void);  // the first row begins below the river and the heads

// Rows [first, last), the first of them at the top of the flow.
void adj_ui_paint_flow_rows(cairo_t *cr, const AdjUiTheme *theme, const AdjUiLayerFlow *layers,
                            int count, int first, int last, int selected, double width);

// The river over all layers, heads of columns, and rows [first, last).
void adj_ui_paint_flow(cairo_t *cr, const AdjUiTheme *theme, const AdjUiLayerFlow *layers,
                       int count, int first, int last, int selected, double width);
