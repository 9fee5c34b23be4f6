// SPDX-License-Identifier: Apache-2.0
// notebook_command.c: `adjoint run` and `adjoint convert`.
#include "session/commands.h"

#include "session/front.h"
#include "session/notebook_words.h"

#include "io/file.h"
#include "term/term.h"

#include "adjoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int say(const char *path, const char *why)
{
    fprintf(stderr, "adjoint: %s: %s\n", path, why);
    return 2;
}

static bool ends_with(const char *path, const char *suffix)
{
    size_t n = strlen(path), m = strlen(suffix);
    return n >= m && !strcmp(path + n - m, suffix);
}

// The value of option [name] at argv[*i], joined by '=' or the next word; NULL: another option.
static const char *value_of(AdjWords *w, const char *name, int argc, char **argv, int *i)
{
    size_t n = strlen(name);
    if (strncmp(argv[*i], name, n)) return NULL;
    if (argv[*i][n] == '=' && n > 2) return argv[*i] + n + 1;
    if (argv[*i][n]) return NULL;
    if (*i + 1 < argc) return argv[++*i];
    fprintf(stderr, "adjoint %s: %s needs a value\n", w->command, name);
    w->failed = true;
    return "";
}

static bool take_timeout(AdjWords *w, const char *text)
{
    char *end;
    w->how.timeout_s = strtod(text, &end);
    if (w->failed || (*text && !*end && w->how.timeout_s >= 0)) return true;
    fprintf(stderr, "adjoint %s: --timeout needs a number of seconds, not '%s'\n", w->command,
            text);
    w->failed = true;
    return true;
}

AdjWords adj_notebook_words(const char *command, AdjWordsFor use, int argc, char **argv)
{
    bool running = use != ADJ_WORDS_CONVERT;
    AdjWords w = {.command = command};
    for (int i = 0; i < argc && !w.failed; i++) {
        const char *v;
        if (argv[i][0] != '-') {
            if (w.path) {
                fprintf(stderr, "adjoint %s: one file at a time\n", command);
                w.failed = true;
            }
            w.path = argv[i];
        } else if ((v = value_of(&w, "-o", argc, argv, &i)) ||
                   (v = value_of(&w, "--output", argc, argv, &i))) {
            w.out = v;
        } else if (running && (v = value_of(&w, "--timeout", argc, argv, &i))) {
            take_timeout(&w, v);
        } else if (running && !strcmp(argv[i], "--allow-errors")) {
            w.how.allow_errors = true;
        } else if (use == ADJ_WORDS_EXPORT && !strcmp(argv[i], "--as-is")) {
            w.as_is = true;
        } else if (use == ADJ_WORDS_RUN && !strcmp(argv[i], "--record")) {
            w.how.record = true;
        } else {
            fprintf(stderr, "adjoint %s: no option '%s'\n", command, argv[i]);
            w.failed = true;
        }
    }
    if (!w.failed && !w.path) {
        fprintf(stderr, "adjoint %s: which file?\n", command);
        w.failed = true;
    }
    return w;
}

static char *slurp(const char *path, size_t *length)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *text = fd < 0 ? NULL : adj_plain_slurp(fd, length);
    int e = errno;
    if (fd >= 0) close(fd);
    if (!text) say(path, strerror(e));
    return text;
}

bool adj_notebook_read_any(AdjNotebook *nb, const char *path)
{
    char why[ADJ_NOTEBOOK_WHY];
    size_t length;
    if (ends_with(path, ".ipynb")) {
        if (adj_notebook_read(nb, path, why)) return true;
        say(path, why);
        return false;
    }
    char *text = slurp(path, &length);
    bool ok = text && adj_notebook_from_text(nb, text, length);
    if (text && !ok) say(path, "there is not enough memory");
    free(text);
    return ok;
}

static void interrupt(void *self)
{
    adj_session_interrupt(self);
}

static bool name_main_file(AdjSession *s, const char *path)
{
    AdjVal v = adj_obj_val(adj_str_new_c(s->vm, path));
    bool ok =
        !adj_is_undef(v) && adj_dict_set_c(s->vm, adj_vm_main(s->vm)->dict, "__notebook__", v);
    adj_val_drop(v);
    adj_session_look_beside(s, path);
    return ok;
}

int adj_notebook_run_words(AdjNotebook *nb, AdjWords *w, bool shown)
{
    AdjSession *s = adj_session_new(1, (const char *[]){w->path});
    int status =
        s && name_main_file(s, w->path) ? 0 : say(w->path, "there is not enough memory");
    if (s && !status) {
        if (shown) adj_session_attach(s, adj_plain_front(s));
        adj_term_signals(interrupt, s);
        w->how.path = w->path;
        status = adj_notebook_run(s, nb, &w->how);
    }
    adj_session_free(s);
    return status;
}

int adj_command_run(int argc, char **argv)
{
    AdjNotebook nb;
    AdjWords w = adj_notebook_words("run", ADJ_WORDS_RUN, argc, argv);
    if (w.failed || !adj_notebook_read_any(&nb, w.path)) return 2;
    w.how.out = w.out;
    int status = adj_notebook_run_words(&nb, &w, !w.out);
    adj_notebook_free(&nb);
    return status;
}

char *adj_path_with_suffix(const char *path, const char *suffix)
{
    const char *dot = strrchr(path, '.'), *slash = strrchr(path, '/');
    size_t n = dot && (!slash || dot > slash) ? (size_t)(dot - path) : strlen(path);
    char *out = malloc(n + strlen(suffix) + 1);
    if (out) sprintf(out, "%.*s%s", (int)n, path, suffix);
    return out;
}

static int write_text(const char *path, const char *text, size_t length)
{
    AdjFileOut out;
    if (adj_file_create(&out, path) &&
        adj_file_finish(&out, fwrite(text, 1, length, out.f) == length))
        return 0;
    int status = say(path, adj_error_text());
    adj_error_clear();
    return status;
}

int adj_command_convert(int argc, char **argv)
{
    AdjNotebook nb;
    AdjWords w = adj_notebook_words("convert", ADJ_WORDS_CONVERT, argc, argv);
    if (w.failed || !adj_notebook_read_any(&nb, w.path)) return 2;
    bool from_notebook = ends_with(w.path, ".ipynb");
    char why[ADJ_NOTEBOOK_WHY];
    char *beside =
        w.out ? NULL : adj_path_with_suffix(w.path, from_notebook ? ".adj" : ".ipynb");
    const char *out = w.out ? w.out : beside;
    int status = 0;
    if (!out) {
        status = say(w.path, "there is not enough memory");
    } else if (ends_with(out, ".ipynb")) {
        if (!adj_notebook_write(&nb, out, why)) status = say(out, why);
    } else {
        size_t length;
        char *text = adj_notebook_to_text(&nb, &length);
        status = text ? write_text(out, text, length) : say(out, "there is not enough memory");
        free(text);
    }
    free(beside);
    adj_notebook_free(&nb);
    return status;
}
