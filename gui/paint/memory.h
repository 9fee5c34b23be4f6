// SPDX-License-Identifier: Apache-2.0
//
// The memory of tensors over one step: up through the forward pass, down through the backward
// pass, with the part that is held for the derivatives, and the peak.
#pragma once

#include "pen.h"

typedef struct AdjUiMemory {
    int n, forward;            // moments, the first [forward] of them in the forward pass
    const double *live;        // bytes above those at the beginning
    const double *held;        // bytes held for the derivatives
    double start;              // bytes at the beginning
    int peak, chosen;          // -1: none
    const char *peak_words;    // what happened there
    const char *chosen_words;  // and at the chosen moment
} AdjUiMemory;

void adj_ui_paint_memory(cairo_t *cr, const AdjUiTheme *theme, const AdjUiMemory *m,
                         double width, double height);
// The moment at a place, -1: none.
int adj_ui_memory_at(const AdjUiMemory *m, double width, double x);
// 1.5 MB; [out] holds at least 32 bytes.
char *adj_ui_bytes(char *out, double bytes);
