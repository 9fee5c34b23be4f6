// SPDX-License-Identifier: Apache-2.0
// plugin.h: what libadjoint-plot.so offers. Cairo and Pango are opened with it, at the first
// picture, so that a program without pictures starts without them.
#pragma once
#include "plot/figure.h"
#include "plot/graph.h"

#define ADJ_PLOT_ENTRY "adj_plot_entry"
enum { ADJ_PLOT_VERSION = 1 };

// The functions are those of paint/paint.h.
typedef struct AdjPlotPlugin {
    int version;
    const char *(*figure_file)(const AdjFigure *f, const char *kind, double dpi, char **data,
                               size_t *length);
    const char *(*graph_file)(AdjGraph *g, const char *kind, double dpi, bool dark, char **data,
                              size_t *length);
    uint32_t *(*figure_pixels)(const AdjFigure *f, int width, int height, double dpi);
    uint32_t *(*graph_pixels)(AdjGraph *g, double dpi, bool dark, int *width, int *height);
} AdjPlotPlugin;

typedef const AdjPlotPlugin *(*AdjPlotEntry)(void);

// The plugin, opened at the first call: $ADJOINT_PLOT, beside the program, or where it is
// installed. NULL: *why says what is missing and how it is had (static until the next call).
const AdjPlotPlugin *adj_plot_plugin(const char **why);
