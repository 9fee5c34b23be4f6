// SPDX-License-Identifier: Apache-2.0
// load.c: opens libadjoint-plot.so.
#include "plot/plugin.h"

#include "adj_config.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The folder that the running program lies in; "" when the system does not say.
static void folder_of_program(char *out, size_t room)
{
    ssize_t n = readlink("/proc/self/exe", out, room - 1);
    out[n > 0 ? n : 0] = 0;
    char *slash = strrchr(out, '/');
    if (slash) *slash = 0;
}

static void *open_any(char *why, size_t room)
{
    // An installed program has its plugins in the library folder; one that is still in its
    // build folder, or a test of it, in the folder they were built in.
    static const char *const beside[] = {
        "libadjoint-plot.so", "repl/plot/libadjoint-plot.so", "plot/libadjoint-plot.so",
        "../repl/plot/libadjoint-plot.so", "../plot/libadjoint-plot.so"};
    const char *own = getenv("ADJOINT_PLOT");
    char folder[PATH_MAX], path[PATH_MAX + 64];
    if (own && *own) {
        void *library = dlopen(own, RTLD_NOW | RTLD_LOCAL);
        if (!library) snprintf(why, room, "%s", dlerror());
        return library;
    }
    folder_of_program(folder, sizeof folder);
    for (size_t i = 0; *folder && i < sizeof beside / sizeof *beside; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, beside[i]);
        if (access(path, R_OK)) continue;
        void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (library) return library;
        snprintf(why, room, "%s", dlerror());
        return NULL;
    }
    void *library = dlopen(ADJ_PLUGIN_DIR "/libadjoint-plot.so", RTLD_NOW | RTLD_LOCAL);
    if (!library) snprintf(why, room, "%s", dlerror());
    return library;
}

const AdjPlotPlugin *adj_plot_plugin(const char **why)
{
    static const AdjPlotPlugin *plugin;  // the same for every thread
    static char text[600];
    char reason[400] = "";
    if (plugin) return plugin;
    *why = text;
    void *library = open_any(reason, sizeof reason);
    AdjPlotEntry entry = library ? (AdjPlotEntry)dlsym(library, ADJ_PLOT_ENTRY) : NULL;
    const AdjPlotPlugin *found = entry ? entry() : NULL;
    if (found && found->version == ADJ_PLOT_VERSION) return plugin = found;
    snprintf(text, sizeof text,
             "figures need libadjoint-plot.so, which is built where the development files of "
             "Cairo and Pango are installed (./bootstrap deps): %s",
             library ? "the one that was found is of another version" : reason);
    return NULL;
}
