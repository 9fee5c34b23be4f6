// SPDX-License-Identifier: Apache-2.0
// main.c: the program `adjoint`: what the command line asks for, run in one session.
#include "kernel/host.h"
#include "observe/install.h"
#include "session/commands.h"
#include "session/front.h"

#include "term/term.h"

#include "adjoint.h"

#include "adj_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    char letter;
    const char *name, *argument, *text;
} Option;

static const Option options[] = {
#define OPTION(letter, name, argument, text) {letter, name, argument, text},
#include "options.def"
#undef OPTION
};
enum { OPTIONS = sizeof options / sizeof *options };

typedef struct {
    const char *name, *arguments, *text;
    int (*run)(int argc, char **argv);
} Command;

static const Command commands[] = {
#define COMMAND(name, arguments, text) {#name, arguments, text, adj_command_##name},
#include "commands.def"
#undef COMMAND
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void usage(FILE *to)
{
    fprintf(
        to,
        "usage: adjoint [options] [FILE [argument ...]]\n"
        "       adjoint kernel [install]\n\n"
        "A workbench for neural networks. Without FILE and on a terminal: a prompt. From a\n"
        "pipe, or with - as FILE: runs what it reads. With `kernel`: a session for "
        "Jupyter.\n\n");
    for (int i = 0; i < OPTIONS; i++) {
        char form[64];
        snprintf(form, sizeof form, "-%c%s%s, --%s", options[i].letter,
                 options[i].argument ? " " : "", options[i].argument ? options[i].argument : "",
                 options[i].name);
        fprintf(to, "  %-24s %s\n", form, options[i].text);
    }
    fputs("\nInstead of a file:\n", to);
    for (int i = 0; i < COMMANDS; i++)
        fprintf(to, "  adjoint %s %s\n%26s %s\n", commands[i].name, commands[i].arguments, "",
                commands[i].text);
}

static int run_prompt(AdjSession *s);
static int run_text(AdjSession *s, const char *name, int fd)
{
    size_t length;
    char *text = adj_plain_slurp(fd, &length);
    if (!text) {
        fprintf(stderr, "adjoint: %s: %s\n", name, strerror(errno));
        return 2;
    }
    int status = adj_session_run_script(s, name, text, length);
    free(text);
    return status;
}

static int run_file(AdjSession *s, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        fprintf(stderr, "adjoint: cannot open '%s': %s\n", path, strerror(errno));
        return 2;
    }
    int status = run_text(s, path, fd);
    close(fd);
    return status;
}

static void interrupt(void *self)
{
    adj_session_interrupt(self);
}

static int prompt_status;  // the process has one prompt

static bool execute(void *self, const char *text, size_t length, int number)
{
    AdjSession *s = self;
    AdjOutcome o;
    (void)number;
    adj_session_execute(
        s, &(AdjCellText){.front = s->fronts, .text = text, .length = length, .store = true},
        &o);
    if (!o.ok || o.leave) prompt_status = o.status;
    adj_outcome_free(&o);
    return !o.leave;
}

static int next_number(void *self)
{
    return ((AdjSession *)self)->count + 1;
}

static void wake(void *self)
{
    adj_session_serve_waiting(self);
}

static int run_prompt(AdjSession *s)
{
    AdjTermHooks hooks = {.self = s,
                          .execute = execute,
                          .number = next_number,
                          .interrupt = interrupt,
                          .wake_fd = adj_session_fd(s),
                          .wake = wake};
    s->interactive = true;
    adj_session_term_hooks(s, &hooks);
    adj_session_install_progress(s);
    adj_observe_start(s);
    AdjTermOptions o = {.first_number = 1,
                        .greeting =
                            "Adjoint " ADJ_VERSION "   x? explains x, Tab completes, F1 lists "
                            "the keys, Ctrl-D leaves\n"};
    int failed = adj_prompt_run(&hooks, &o);
    return failed ? failed : prompt_status;
}

// What the tests ask for by $ADJOINT_CHECK_LEAKS: with everything given back, no tensor lives.
enum { STATUS_LEAK = 99 };
static int check_leaks(int status)
{
    long long tensors = adj_live_tensors(), bytes = adj_live_bytes();
    if (!getenv("ADJOINT_CHECK_LEAKS") || (!tensors && !bytes)) return status;
    fprintf(stderr, "adjoint: %lld tensors and %lld bytes stay alive at the end\n", tensors,
            bytes);
    return STATUS_LEAK;
}

static int run(const char *command, int argc, char **argv)
{
    AdjSession *s = adj_session_new(argc, (const char *const *)argv);
    if (!s) {
        fputs("adjoint: there is not enough memory to start\n", stderr);
        return 2;
    }
    int status;
    adj_session_attach(s, adj_plain_front(s));
    if (command || argc > 0 || !isatty(0)) adj_term_signals(interrupt, s);
    if (isatty(2)) adj_session_install_progress(s);
    if (command)
        status = adj_session_run_command(s, command);
    else if (argc > 0 && strcmp(argv[0], "-"))
        status = run_file(s, argv[0]);
    else if (argc > 0 || !isatty(0))
        status = run_text(s, "<stdin>", 0);
    else
        status = run_prompt(s);
    adj_kernel_unlisten();
    adj_session_free(s);
    return check_leaks(status);
}

// The option that [word] spells, and its argument if it is joined to it.
static const Option *find_option(const char *word, const char **joined)
{
    *joined = NULL;
    for (int i = 0; i < OPTIONS; i++) {
        size_t n = strlen(options[i].name);
        if (word[1] == options[i].letter && word[1] != '-') {
            if (word[2]) *joined = word + 2;
            return &options[i];
        }
        if (word[1] != '-' || strncmp(word + 2, options[i].name, n)) continue;
        if (word[2 + n] == '=') *joined = word + 3 + n;
        if (!word[2 + n] || word[2 + n] == '=') return &options[i];
    }
    return NULL;
}

// The session of a kernel is made when the module finds that it has one to serve.
static AdjSession *served;

static AdjSession *serve_session(void)
{
    served = adj_session_new(0, NULL);
    if (!served) return NULL;
    adj_term_signals(interrupt, served);
    adj_observe_start(served);
    adj_session_install_shown_progress(served);
    return served;
}

int adj_command_kernel(int argc, char **argv)
{
    int status = adj_kernel_run(argc, argv, serve_session);
    adj_session_free(served);
    return check_leaks(status);
}

int main(int argc, char **argv)
{
    for (int i = 0; argc > 1 && i < COMMANDS; i++)
        if (!strcmp(argv[1], commands[i].name)) return commands[i].run(argc - 2, argv + 2);
    for (int i = 1; i < argc; i++) {
        const char *joined;
        if (argv[i][0] != '-' || !argv[i][1]) return run(NULL, argc - i, argv + i);
        const Option *o = find_option(argv[i], &joined);
        if (!o) {
            fprintf(stderr, "adjoint: no option '%s'; --help lists them\n", argv[i]);
            return 2;
        }
        if (o->letter == 'h') return usage(stdout), 0;
        if (o->letter == 'V') return puts("adjoint " ADJ_VERSION), 0;
        if (!joined && i + 1 == argc) {
            fprintf(stderr, "adjoint: --%s needs %s\n", o->name, o->argument);
            return 2;
        }
        argv[i] = "-c";
        return run(joined ? joined : argv[i + 1], 0, argv + i);
    }
    return run(NULL, 0, argv);
}
