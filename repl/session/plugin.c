// SPDX-License-Identifier: Apache-2.0
// plugin.c: see plugin.h. A module that is there but cannot be opened is the reason to tell;
// the next place is asked only when there is none.
#include "session/plugin.h"

#include "adj_config.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void adj_program_path(char *path, size_t room)
{
    ssize_t n = readlink("/proc/self/exe", path, room - 1);
    path[n > 0 ? n : 0] = 0;
}

static void *open_one(const char *path, char *why, size_t room)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) snprintf(why, room, "%s", dlerror());
    return library;
}

void *adj_plugin_open(const char *file, const char *folder, const char *variable, char *why,
                      size_t room)
{
    char program[PATH_MAX], path[2 * PATH_MAX];
    const char *named = getenv(variable);
    if (named && *named) return open_one(named, why, room);
    adj_program_path(program, sizeof program);
    char *slash = strrchr(program, '/');
    if (slash) *slash = 0;
    static const char *const ways[] = {"", "/",
                                       "/../"};  // the first to the program's own folder
    for (size_t i = 0; slash && i < sizeof ways / sizeof *ways; i++) {
        snprintf(path, sizeof path, "%s%s%s/%s", program, ways[i], i > 0 ? folder : "", file);
        if (access(path, R_OK) == 0) return open_one(path, why, room);
    }
    snprintf(path, sizeof path, ADJ_PLUGIN_DIR "/%s", file);
    return open_one(path, why, room);
}
