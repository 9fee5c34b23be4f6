// SPDX-License-Identifier: Apache-2.0
// magic.c: the commands of the prompt that begin with a percent sign. Those that need the
// session's inside are rows here; all others are functions of the module magics, written in the
// language, which this file gives a few natives. A line "%%name" at the top of a cell hands the
// rest of the cell to such a function.
#include "kernel/host.h"
#include "session/front.h"

#include "bind/bind.h"
#include "term/term.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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

static bool magic_keys(const char *text)
{
    (void)text;
    char *keys = adj_keys_describe();
    if (keys) say(keys);
    free(keys);
    return true;
}

// Says where tensors are made, or makes them elsewhere from now on.
static bool magic_device(const char *title)
{
    if (*title && !adj_set_device(title)) return adj_bind_error(here->vm);
    say(adj_thread.device->title);
    say("\n");
    return true;
}

static bool magic_listen(const char *path)
{
    return adj_kernel_listen(here, *path ? path : NULL);
}

static bool magic_record(const char *text)
{
    bool off = !strcmp(text, "off");
    if (*text && !off && strcmp(text, "on"))
        return adj_raise(here->vm, ADJ_EXC_ValueError, "%%record is on or off, not '%s'", text);
    adj_session_record(here, !off);
    return true;
}

static bool magic_gui(const char *book)
{
    return adj_session_open_gui(here, book);
}

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
    {"record", "on|off", "leaves each cell's backward pass among its outputs, to step through",
     magic_record},
    {"device", "[name]", "says where tensors are made, or sets it: cpu, cuda, cuda:1",
     magic_device},
    {"listen", "", "lets notebooks and the workbench join this session", magic_listen},
    {"gui", "[book]", "opens the workbench on this session", magic_gui},
    {"keys", "", "lists the keys of the prompt", magic_keys},
};
enum { MAGICS = sizeof magics / sizeof *magics };

static bool call_magics(const char *name, AdjVal *args, int n, AdjVal *out)
{
    AdjVal module;
    if (!adj_vm_import(here->vm, "magics", &module)) return false;
    bool ok = adj_vm_call_method(here->vm, module, name, args, n, out);
    adj_val_drop(module);
    return ok;
}

static bool f_magic(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    const char *name = adj_as_str(a[0])->data, *text = adj_as_str(a[1])->data;
    while (*text == ' ') text++;
    for (int i = 0; i < MAGICS; i++) {
        if (strcmp(magics[i].name, name)) continue;
        if (*magics[i].arguments && *magics[i].arguments != '[' && !*text) {
            return adj_raise(vm, ADJ_EXC_ValueError, "%%%s needs a %s", name,
                             magics[i].arguments);
        }
        return magics[i].run(text) && adj_out_none(out);
    }
    return call_magics("line", a, 2, out);
}

// ---------------------------------------------------------------- for the module magics

static bool m_rows(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)a, (void)n;
    AdjList *rows = adj_list_new(vm, MAGICS);
    for (int i = 0; rows && i < MAGICS; i++) {
        const char *const texts[] = {magics[i].name, magics[i].arguments, magics[i].doc};
        AdjTuple *row = adj_tuple_new(vm, 3);
        for (int k = 0; row && k < 3; k++)
            row->items[k] = adj_obj_val(adj_str_new_c(vm, texts[k]));
        if (row) adj_list_append_take(vm, rows, adj_obj_val(row));
    }
    return adj_out(out, rows);
}

static bool m_names(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)a, (void)n;
    return adj_out_keep(out, adj_obj_val(adj_vm_main(vm)->dict));
}

static bool text_of(AdjVM *vm, AdjVal v, const char **out)
{
    if (!adj_is_str(v))
        return adj_raise(vm, ADJ_EXC_TypeError, "a text is needed, not %s", adj_type_name(v));
    *out = adj_as_str(v)->data;
    return true;
}

static bool m_run(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    const char *text = NULL;
    return text_of(vm, a[0], &text) && run_text(text, ADJ_RUN_CELL, out);
}

static bool m_timeit(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    const char *text = NULL;
    return text_of(vm, a[0], &text) && magic_timeit(text) && adj_out_none(out);
}

static bool m_duration(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    char text[32];
    double s;
    if (!adj_get_double(vm, a[0], &s)) return false;
    say_time(s, text, sizeof text);
    return adj_out(out, adj_str_new_c(vm, text));
}

static bool m_precision(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    int64_t digits;
    if (!adj_get_int(vm, a[0], &digits)) return false;
    here->digits = digits < 0 ? 0 : (int)(digits > 30 ? 30 : digits) + 1;
    return adj_out_none(out);
}

static bool m_colors(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    bool on;
    if (!adj_val_truth(vm, a[0], &on)) return false;
    if (on)
        unsetenv("NO_COLOR");
    else
        setenv("NO_COLOR", "1", 1);
    return adj_out_none(out);
}

// Runs a program on this terminal and waits for it: its exit status.
static bool m_spawn(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjList *words = adj_list_of(vm, a[0]);
    if (!words) return false;
    char *argv[32] = {0};
    pid_t pid;
    int status = -1, e = words->len && words->len < 32 ? 0 : EINVAL;
    for (int64_t i = 0; !e && i < words->len; i++) {
        if (adj_is_str(words->items[i]))
            argv[i] = adj_as_str(words->items[i])->data;
        else
            e = EINVAL;
    }
    if (!e) e = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
    while (!e && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    adj_obj_drop(words);
    if (e) return adj_raise_os(vm, e, argv[0]);
    return adj_out_int(out, WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}

static bool m_failure(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)a, (void)n;
    if (!here->failure) return adj_out_none(out);
    return adj_out(out, adj_str_new_c(vm, here->failure));
}

static const AdjNative for_magics[] = {
    {"__rows__", "()", m_rows, "(name, arguments, text) of the commands in C.", 0},
    {"__names__", "()", m_names, "The names of the session.", 0},
    {"__run__", "(text, /)", m_run, "The value of the text's last expression.", 0},
    {"__timeit__", "(text, /)", m_timeit, "What %timeit does.", 0},
    {"__duration__", "(seconds, /)", m_duration, "A time as text.", 0},
    {"__precision__", "(digits, /)", m_precision, "Sets how floats are shown.", 0},
    {"__colors__", "(on, /)", m_colors, "Colours or none.", 0},
    {"__spawn__", "(words, /)", m_spawn, "Runs a program; its exit status.", 0},
    {"__failure__", "()", m_failure, "The text of the last failure, or None.", 0},
    {0},
};

// ---------------------------------------------------------------- over a cell

bool adj_session_is_cell_magic(const char *text, size_t length)
{
    size_t i = 0;
    while (i < length && strchr(" \t\r\n", text[i])) i++;
    return length - i > 2 && text[i] == '%' && text[i + 1] == '%';
}

bool adj_session_cell_magic(AdjSession *s, const char *text, size_t length, AdjVal *out)
{
    const char *end = text + length, *at = memchr(text, '%', length);
    const char *line = memchr(at, '\n', (size_t)(end - at)), *name = at + 2;
    if (!line) line = end;
    const char *args = name;
    while (args < line && *args != ' ' && *args != '\t' && *args != '\r') args++;
    const char *body = line < end ? line + 1 : end;
    AdjVal a[] = {adj_obj_val(adj_str_new(s->vm, name, (size_t)(args - name))),
                  adj_obj_val(adj_str_new(s->vm, args, (size_t)(line - args))),
                  adj_obj_val(adj_str_new(s->vm, body, (size_t)(end - body)))};
    bool ok = !adj_is_undef(a[0]) && !adj_is_undef(a[1]) && !adj_is_undef(a[2]) &&
              call_magics("cell", a, 3, out);
    for (int i = 0; i < 3; i++) adj_val_drop(a[i]);
    return ok;
}

bool adj_session_search(AdjSession *s, AdjVal pattern, AdjVal *out)
{
    (void)s;
    return call_magics("search", &pattern, 1, out);
}

static const AdjNative functions[] = {
    {"__magic__", "(name, text, /)", f_magic, "What %name does.", 0},
    {0},
};

bool adj_session_install_magic(AdjSession *s)
{
    AdjVal module;
    here = s;
    if (!adj_vm_import(s->vm, "magics", &module)) return false;
    bool ok =
        adj_vm_add_functions(s->vm, ((AdjModuleObj *)module.o)->dict, for_magics, "magics") &&
        adj_vm_add_functions(s->vm, adj_vm_prelude(s->vm), functions, "builtins");
    adj_val_drop(module);
    return ok;
}
