// SPDX-License-Identifier: Apache-2.0
// entry.c: the one name that libadjoint-plot.so exports.
#include "plot/paint/paint.h"
#include "plot/plugin.h"

__attribute__((visibility("default"))) const AdjPlotPlugin *adj_plot_entry(void);

const AdjPlotPlugin *adj_plot_entry(void)
{
    static const AdjPlotPlugin plugin = {
        .version = ADJ_PLOT_VERSION,
        .figure_file = adj_figure_file,
        .graph_file = adj_graph_file,
        .figure_pixels = adj_figure_pixels,
        .graph_pixels = adj_graph_pixels,
    };
    return &plugin;
}
