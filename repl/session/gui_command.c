// SPDX-License-Identifier: Apache-2.0
// gui_command.c: `adjoint gui`: the workbench is a program of its own, found beside this one,
// in the build folder or on the path, and takes this one's place.
#include "session/commands.h"

#include "adjoint.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORKBENCH "adjoint-workbench"

// Runs the workbench that lies at [relative] from this program's folder. Returns if there is
// none.
static void try_beside(const char *relative, char **argv)
{
    char self[PATH_MAX], path[PATH_MAX + 64];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0) return;
    self[n] = '\0';
    char *slash = strrchr(self, '/');
    if (!slash) return;
    *slash = '\0';
    snprintf(path, sizeof path, "%s/%s", self, relative);
    execv(path, argv);
}

int adj_command_gui(int argc, char **argv)
{
    char **words = calloc((size_t)argc + 2, sizeof *words);
    if (!words) return 2;
    words[0] = (char *)WORKBENCH;
    for (int i = 0; i < argc; i++) words[i + 1] = argv[i];
    const char *named = getenv("ADJOINT_WORKBENCH");
    if (named && *named) execv(named, words);
    try_beside(WORKBENCH, words);
    try_beside("gui/" WORKBENCH, words);
    execvp(WORKBENCH, words);
    fprintf(stderr,
            "adjoint: the workbench (" WORKBENCH
            ") is not installed: %s. Building it needs GTK 4, libadwaita, GtkSourceView 5, "
            "ZeroMQ and json-glib (./bootstrap deps).\n",
            strerror(errno));
    free(words);
    return 2;
}
