// SPDX-License-Identifier: Apache-2.0
// session.h: a running program of the language with everything in it: the machine, the library,
// the engine, the cells that were run. Front ends (terminal, script, pipe, the clients of a
// kernel) drive one session; front.h says how.
#pragma once
#include "lang/value.h"

#include <pthread.h>
#include <stdatomic.h>

// Requests that wait (queue.c).
typedef struct AdjRequestLine {
    struct AdjRequest *first, *last;
} AdjRequestLine;
typedef struct AdjQueue {
    pthread_mutex_t lock;
    AdjRequestLine cells, urgent;
    atomic_int cells_due;     // waiting or running
    atomic_bool interrupted;  // since somebody last looked
    bool serving;             // an urgent request is being served
    int fd;                   // readable when something happened
} AdjQueue;

typedef struct AdjSession {
    AdjVM *vm;
    int count;         // number of the last cell
    AdjList *cells;    // source of each cell, In
    AdjDict *results;  // number -> value of each cell that had one, Out
    bool interactive;  // a person watches: bars are drawn, results are labelled

    struct AdjFront *fronts;  // who is shown what happens
    struct AdjFront *asker;   // whose cell runs, or NULL
    bool silent;              // nothing is shown meanwhile
    bool watched;             // a person waits for the running cell
    int recorded;             // number of the last cell whose backward pass was looked at
    AdjQueue queue;
    atomic_bool leaving;

    const struct AdjCommTarget **targets;
    size_t target_count;
    struct AdjComm *comms;
    atomic_int comm_count;
    pthread_mutex_t comm_lock;

    struct AdjPast *past;        // history.c
    struct AdjBacklog *backlog;  // backlog.c; NULL: nobody could ask for it
    char *failure;         // text of the last failure, or NULL
    int digits;            // decimals of floats that are results, and one more; 0: all
} AdjSession;

// Makes the session of this process, without a front end. NULL: there was no memory.
AdjSession *adj_session_new(int argc, const char *const *argv);
void adj_session_free(AdjSession *s);

// From now on imports look first where the file [path] is.
void adj_session_look_beside(AdjSession *s, const char *path);
// Runs a whole script; [name] is its path, for messages and for finding imports. The exit
// status: 0, 1 after an error (which is shown), or what SystemExit asks for.
int adj_session_run_script(AdjSession *s, const char *name, const char *text, size_t length);
// Runs CODE of -c: the same, and the value of the last expression is shown.
int adj_session_run_command(AdjSession *s, const char *text);
// Shows the standing exception and clears it; the exit status it stands for.
int adj_session_report(AdjSession *s);

// magic.c: whether a cell begins with `%%name`, and what it does then.
bool adj_session_is_cell_magic(const char *text, size_t length);
bool adj_session_cell_magic(AdjSession *s, const char *text, size_t length, AdjVal *out);
// `*pat*?`: lists the names that match.
bool adj_session_search(AdjSession *s, AdjVal pattern, AdjVal *out);
// `%name arguments`, called by the machine for a line of magic.
bool adj_session_install_magic(AdjSession *s);
// record.c: from now on, until it is called with false, tapes keep small values, and the first
// backward() of each cell leaves what happened in it among the cell's outputs, as long as its
// tape is small (library/walks.adj says what it looks like).
void adj_session_record(AdjSession *s, bool on);
// help.c: help(x), x? and x??.
bool adj_session_install_help(AdjSession *s);
// show.c: display(), clear_output().
bool adj_session_install_show(AdjSession *s);
// progress.c: bars for loops over loaders.
void adj_session_install_progress(AdjSession *s);
// progress_shown.c: the same where there is no terminal, for cells that a person waits for.
void adj_session_install_shown_progress(AdjSession *s);
void adj_session_end_passes(void);

// Opens the workbench on this session, with the notebook [book] unless that is "". False: an
// exception says why.
bool adj_session_open_gui(AdjSession *s, const char *book);

// The hooks of the terminal for this session.
struct AdjTermHooks;
void adj_session_term_hooks(AdjSession *s, struct AdjTermHooks *hooks);

// Inside of the session.
bool adj_queue_start(AdjQueue *q);
void adj_queue_stop(AdjSession *s);
void adj_queue_safe_point(AdjVM *vm);
void adj_front_set_asker(AdjSession *s, struct AdjFront *f);  // whom input() asks
