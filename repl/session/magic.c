// SPDX-License-Identifier: Apache-2.0
// magic.c: the commands of the prompt that begin with a percent sign, one row each.
#include "kernel/host.h"
#include "session/front.h"

#include "term/term.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static AdjSession *here;  // the session that the commands serve: a process has one

static void say(const char *text)
{
    adj_vm_write(here->vm, text, strlen(text));
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void say_time(double s, char *text, size_t room)
{
    const char *unit = s < 1e-6 ? "ns" : s < 1e-3 ? "µs" : s < 1 ? "ms" : "s";
    double scale = s < 1e-6 ? 1e9 : s < 1e-3 ? 1e6 : s < 1 ? 1e3 : 1;
    snprintf(text, room, "%.3g %s", s * scale, unit);
}

static bool run_text(const char *text, unsigned flags, AdjVal *value)
{
    return adj_vm_run(here->vm, "<magic>", text, strlen(text), flags, value);
}

static bool magic_time(const char *text)
{
    char line[64], amount[32];
    AdjVal value;
    double start = seconds();
    if (!run_text(text, ADJ_RUN_CELL, &value)) return false;
    say_time(seconds() - start, amount, sizeof amount);
    bool ok = adj_is_none(value) || adj_session_display(here, value, &(AdjShown){0});
    adj_val_drop(value);
    if (!ok) return false;
    snprintf(line, sizeof line, "time: %s\n", amount);
    say(line);
    return true;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Runs the statement in a loop of the language's own, so that calling it costs nothing extra.
static bool time_loops(const char *text, int64_t loops, double *took)
{
    size_t room = strlen(text) + 96;
    char *program = malloc(room);
    if (!program) return adj_raise(here->vm, ADJ_EXC_MemoryError, "%%timeit: no memory");
    snprintf(program, room, "for __i__ in range(%lld):\n %s\n", (long long)loops, text);
    double start = seconds();
    bool ok = run_text(program, ADJ_RUN_FILE, NULL);
    *took = seconds() - start;
    free(program);
    return ok;
}

static bool magic_timeit(const char *text)
{
    enum { RUNS = 7 };
    double took = 0, each[RUNS];
    int64_t loops = 1;
    while (took < 0.05) {
        if (!time_loops(text, loops, &took)) return false;
        if (took < 0.05) loops *= took < 0.005 ? 10 : 2;
    }
    for (int i = 0; i < RUNS; i++) {
        if (!time_loops(text, loops, &took)) return false;
        each[i] = took / (double)loops;
    }
    qsort(each, RUNS, sizeof *each, by_size);
    char median[32], best[32], line[160];
    say_time(each[RUNS / 2], median, sizeof median);
    say_time(each[0], best, sizeof best);
    snprintf(line, sizeof line, "%s a loop (median of %d runs of %lld, best %s)\n", median,
             RUNS, (long long)loops, best);
    say(line);
    return true;
}

static bool is_own(const char *name)
{
    return name[0] != '_' && strcmp(name, "In") && strcmp(name, "Out");
}

static bool magic_who(const char *text)
{
    (void)text;
    AdjDict *names = adj_vm_main(here->vm)->dict;
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(names, &i));) {
        char line[200];
        if (!adj_is_str(e->key) || !is_own(adj_as_str(e->key)->data)) continue;
        snprintf(line, sizeof line, "%-20s %s\n", adj_as_str(e->key)->data,
                 adj_type_name(e->value));
        say(line);
    }
    return true;
}

static bool magic_reset(const char *text)
{
    (void)text;
    adj_obj_drop(here->results);
    adj_obj_drop(here->cells);
    here->results = NULL;
    here->cells = NULL;
    if (!adj_vm_reset_main(here->vm)) return false;
    say("all names are forgotten\n");
    return true;
}

static char *read_file(const char *path, size_t *length)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *text = fd < 0 ? NULL : adj_plain_slurp(fd, length);
    int e = errno;
    if (fd >= 0) close(fd);
    if (!text) adj_raise_os(here->vm, e, path);
    return text;
}

static bool magic_run(const char *path)
{
    size_t length;
    char *text = read_file(path, &length);
    if (!text) return false;
    bool ok = adj_vm_run(here->vm, path, text, length, ADJ_RUN_FILE, NULL);
    free(text);
    return ok;
}

static bool magic_load(const char *path)
{
    size_t length;
    char *text = read_file(path, &length);
    if (!text) return false;
    say(text);
    free(text);
    return magic_run(path);
}

static bool magic_save(const char *path)
{
    FILE *f = fopen(path, "w");
    if (!f) return adj_raise_os(here->vm, errno, path);
    for (int64_t i = 0; here->cells && i < here->cells->len; i++) {
        const char *cell = adj_as_str(here->cells->items[i])->data;
        if (cell[0] != '%') fprintf(f, "%s\n", cell);
    }
    return fclose(f) == 0 || adj_raise_os(here->vm, errno, path);
}

static bool magic_history(const char *text)
{
    (void)text;
    for (int64_t i = 0; here->cells && i < here->cells->len; i++) {
        char label[24];
        snprintf(label, sizeof label, "%4lld  ", (long long)i + 1);
        say(label);
        say(adj_as_str(here->cells->items[i])->data);
        say("\n");
    }
    return true;
}

static bool magic_keys(const char *text)
{
    (void)text;
    char *keys = adj_keys_describe();
    if (keys) say(keys);
    free(keys);
    return true;
}

static bool magic_device(const char *text)
{
    (void)text;
    say("cpu\n");
    return true;
}

static bool magic_listen(const char *path)
{
    return adj_kernel_listen(here, *path ? path : NULL);
}

static bool magic_magic(const char *text);

static const struct {
    const char *name, *arguments, *doc;
    bool (*run)(const char *text);
} magics[] = {
    {"time", "statement", "runs a statement and says how long it took", magic_time},
    {"timeit", "statement", "runs a statement many times and says what one costs",
     magic_timeit},
    {"who", "", "lists the names of the session and their types", magic_who},
    {"reset", "", "forgets all names", magic_reset},
    {"run", "file", "runs a file in this session", magic_run},
    {"load", "file", "shows a file and runs it in this session", magic_load},
    {"save", "file", "writes the cells of this session to a file", magic_save},
    {"history", "", "lists the cells of this session", magic_history},
    {"device", "", "says where tensors live", magic_device},
    {"listen", "", "lets notebooks and the workbench join this session", magic_listen},
    {"keys", "", "lists the keys of the prompt", magic_keys},
    {"magic", "", "lists these commands", magic_magic},
};
enum { MAGICS = sizeof magics / sizeof *magics };

static bool magic_magic(const char *text)
{
    (void)text;
    for (int i = 0; i < MAGICS; i++) {
        char line[160];
        snprintf(line, sizeof line, "%%%-8s %-10s %s\n", magics[i].name, magics[i].arguments,
                 magics[i].doc);
        say(line);
    }
    return true;
}

static bool f_magic(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    const char *name = adj_as_str(a[0])->data, *text = adj_as_str(a[1])->data;
    while (*text == ' ') text++;
    for (int i = 0; i < MAGICS; i++) {
        if (strcmp(magics[i].name, name)) continue;
        if (*magics[i].arguments && !*text) {
            return adj_raise(vm, ADJ_EXC_ValueError, "%%%s needs a %s", name,
                             magics[i].arguments);
        }
        return magics[i].run(text) && adj_out_none(out);
    }
    return adj_raise(vm, ADJ_EXC_NameError, "there is no command %%%s; %%magic lists them",
                     name);
}

static const AdjNative functions[] = {
    {"__magic__", "(name, text, /)", f_magic, "What %name does.", 0},
    {0},
};

bool adj_session_install_magic(AdjSession *s)
{
    here = s;
    return adj_vm_add_functions(s->vm, adj_vm_prelude(s->vm), functions, "builtins");
}
