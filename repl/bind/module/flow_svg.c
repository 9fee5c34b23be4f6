// SPDX-License-Identifier: Apache-2.0
// flow_svg.c: a graph's picture by Graphviz's own program `dot`, where there is one: the text
// goes in by a file without a name, the picture comes back through a pipe. Nothing else of this
// program starts another; without `dot` the answer is one sentence, and dot() gives the text.
#include "bind/module/flow.h"
#include "flow/flow.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

// Starts `dot -Tsvg` with [in] as its input and the pipe's end [to] as its output.
static int start(int in, int to, pid_t *pid)
{
    static char *const command[] = {"dot", "-Tsvg", NULL};
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error) return error;
    error = posix_spawn_file_actions_adddup2(&actions, in, 0);
    if (!error) error = posix_spawn_file_actions_adddup2(&actions, to, 1);
    if (!error) error = posix_spawnp(pid, "dot", &actions, NULL, command, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

// Everything that comes through [from], ended by a 0; to be freed.
static char *read_all(int from, size_t *length)
{
    size_t room = 0, have = 0;
    char *text = NULL;
    for (;;) {
        if (have + 1 >= room) {
            char *more = realloc(text, room = room ? 2 * room : 1 << 16);
            if (!more) break;
            text = more;
        }
        ssize_t n = read(from, text + have, room - have - 1);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        have += (size_t)n;
    }
    if (text) text[ *length = have] = 0;
    return text;
}

// The picture of [dot], to be freed; NULL and [error] when there is none.
static char *draw(FILE *file, const char *dot, size_t *length, int *error)
{
    int way[2], status = 0;
    pid_t pid;
    *error = EIO;
    if (fputs(dot, file) < 0 || fflush(file) || lseek(fileno(file), 0, SEEK_SET) < 0)
        return NULL;
    if (pipe2(way, O_CLOEXEC)) return *error = errno, NULL;
    *error = start(fileno(file), way[1], &pid);
    close(way[1]);
    char *picture = *error ? NULL : read_all(way[0], length);
    close(way[0]);
    if (*error) return NULL;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    if (picture && !status && *length) return picture;
    *error = WIFEXITED(status) && WEXITSTATUS(status) == 127 ? ENOENT : EIO;
    free(picture);
    return NULL;
}

bool adj_bind_graph_svg(AdjVM *vm, const char *dot, AdjVal *out)
{
    size_t length = 0;
    int error = 0;
    FILE *file = tmpfile();
    char *picture = file ? draw(file, dot, &length, &error) : NULL;
    if (file) fclose(file);
    if (!picture)
        return adj_raise(vm, ADJ_EXC_RuntimeError,
                         error == ENOENT
                             ? "svg: Graphviz's program dot is not installed; dot() "
                               "gives the text it would draw"
                             : "svg: Graphviz's program dot gave no picture");
    AdjStr *s = adj_str_new(vm, picture, length);
    free(picture);
    return adj_out(out, s);
}
