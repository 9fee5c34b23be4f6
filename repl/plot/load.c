// SPDX-License-Identifier: Apache-2.0
// load.c: opens libadjoint-plot.so.
#include "plot/plugin.h"

#include "session/plugin.h"

#include <dlfcn.h>
#include <stdio.h>

const AdjPlotPlugin *adj_plot_plugin(const char **why)
{
    static const AdjPlotPlugin *plugin;  // the same for every thread
    static char text[600];
    char reason[400] = "";
    if (plugin) return plugin;
    *why = text;
    void *library = adj_plugin_open("libadjoint-plot.so", "repl/plot", "ADJOINT_PLOT", reason,
                                    sizeof reason);
    AdjPlotEntry entry = library ? (AdjPlotEntry)dlsym(library, ADJ_PLOT_ENTRY) : NULL;
    const AdjPlotPlugin *found = entry ? entry() : NULL;
    if (found && found->version == ADJ_PLOT_VERSION) return plugin = found;
    snprintf(text, sizeof text,
             "figures need libadjoint-plot.so, which is built where the development files of "
             "Cairo and Pango are installed (./bootstrap deps): %s",
             library ? "the one that was found is of another version" : reason);
    return NULL;
}
