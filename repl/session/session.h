// SPDX-License-Identifier: Apache-2.0
// session.h: a running program of the language with everything in it: the machine, the library,
// the engine, the cells that were run. Front ends (terminal, script, pipe) drive one session.
#pragma once
#include "lang/value.h"

typedef struct AdjSession {
    AdjVM *vm;
    int count;         // number of the last cell
    AdjList *cells;    // source of each cell, In
    AdjDict *results;  // number -> value of each cell that had one, Out
    bool interactive;  // a person watches: bars are drawn, results are labelled
} AdjSession;

// Makes the session of this process. NULL: there was no memory.
AdjSession *adj_session_new(int argc, const char *const *argv);
void adj_session_free(AdjSession *s);

// Runs a whole script; [name] is its path, for messages and for finding imports. The exit
// status: 0, 1 after an error (which is printed to stderr), or what SystemExit asks for.
int adj_session_run_script(AdjSession *s, const char *name, const char *text, size_t length);
// Runs CODE of -c: the same, and the value of the last expression is shown.
int adj_session_run_command(AdjSession *s, const char *text);
// Runs one cell of a prompt and shows its result or error. False: leave the prompt; *status
// says with which exit status.
bool adj_session_run_cell(AdjSession *s, const char *text, size_t length, int number,
                          int *status);

// display.c: shows a value as the prompt does: tensors with shape and type behind them.
void adj_session_show(AdjSession *s, AdjVal value, int number);
// Prints the standing exception to stderr and clears it; the exit status it stands for.
int adj_session_report(AdjSession *s);

// magic.c: `%name arguments`, called by the machine for a line of magic.
bool adj_session_install_magic(AdjSession *s);
// help.c: help(x), x? and x??.
bool adj_session_install_help(AdjSession *s);
// progress.c: bars for loops over loaders.
void adj_session_install_progress(AdjSession *s);

// The hooks of the terminal for this session.
struct AdjTermHooks;
void adj_session_term_hooks(AdjSession *s, struct AdjTermHooks *hooks);
