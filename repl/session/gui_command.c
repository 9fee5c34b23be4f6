// SPDX-License-Identifier: Apache-2.0
// gui_command.c: `adjoint gui`: the workbench is a program of its own, found beside this one,
// in the build folder or on the path, and takes this one's place.
#include "session/commands.h"

#include "kernel/host.h"

#include "adjoint.h"

#include <errno.h>
#include <fcntl.h>
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

static void become_workbench(char **words)
{
    const char *named = getenv("ADJOINT_WORKBENCH");
    if (named && *named) execv(named, words);
    try_beside(WORKBENCH, words);
    try_beside("gui/" WORKBENCH, words);
    execvp(WORKBENCH, words);
}

int adj_command_gui(int argc, char **argv)
{
    char **words = calloc((size_t)argc + 2, sizeof *words);
    if (!words) return 2;
    words[0] = (char *)WORKBENCH;
    for (int i = 0; i < argc; i++) words[i + 1] = argv[i];
    become_workbench(words);
    fprintf(stderr,
            "adjoint: the workbench (" WORKBENCH
            ") is not installed: %s. Building it needs GTK 4, libadwaita, GtkSourceView 5, "
            "ZeroMQ and json-glib (./bootstrap deps).\n",
            strerror(errno));
    free(words);
    return 2;
}

// Where the connection file of this process lies: the user's runtime folder, or the folder for
// short-lived files.
static void connection_path(char *path, size_t room)
{
    const char *folder = getenv("XDG_RUNTIME_DIR");
    snprintf(path, room, "%s/adjoint-prompt-%d.json", folder && *folder ? folder : "/tmp",
             (int)getpid());
}

// The window must outlive a Ctrl-C at the prompt, and may write nothing over its line.
static void start_window(char *path, char *book)
{
    char *words[] = {(char *)WORKBENCH, (char *)"--existing", path, *book ? book : NULL, NULL};
    if (fork()) return;
    setsid();
    int nowhere = open("/dev/null", O_RDWR);
    for (int i = 0; i < 3 && nowhere >= 0; i++) dup2(nowhere, i);
    become_workbench(words);
    _exit(127);
}

bool adj_session_open_gui(AdjSession *s, const char *book)
{
    char path[PATH_MAX], name[PATH_MAX];
    connection_path(path, sizeof path);
    snprintf(name, sizeof name, "%s", book);
    if (!adj_kernel_listen(s, path)) return false;
    start_window(path, name);
    return true;
}
