// SPDX-License-Identifier: Apache-2.0
// front.h: between a session and those who use it. A front end is a table of functions through
// which it is shown what happens; a session has any number of them (a prompt and the clients of
// a kernel, say), and all of them see the same cells, results and errors. What front ends want
// goes the other way: as requests, which any thread may post.
//
// ONE THREAD owns the machine and the engine: the one that calls adj_session_serve, or that
// runs cells itself as the prompt does. Everything here runs on it except where "any thread" is
// said. Requests wait in two lines:
//
//     cells    in order, each after the one before it has ended
//     urgent   served at the next safe point even while a cell runs: at loop back-edges, calls,
//              and whatever long native asks adj_vm_poll. What they run must be short
//
// INVARIANT: the flag word that loops look at is set whenever the urgent line holds a request,
// so none waits longer than the program takes from one safe point to the next.
#pragma once
#include "session/bundle.h"
#include "session/session.h"

#include "session/comm.h"

// How a bundle is shown.
typedef struct AdjShown {
    int number;              // of the result of a cell; 0: something displayed on the way
    const char *display_id;  // by which it can be replaced later, or NULL
    bool update;             // replaces what was shown under display_id
    bool result;             // of a cell, whether or not it was counted
} AdjShown;

// A failure as it is shown. Borrowed for the call.
typedef struct AdjFailure {
    const char *name, *value;  // "ZeroDivisionError", "division by zero"
    const char *text;          // all of it: kind, message, places with their lines
} AdjFailure;

// One cell to be run.
typedef struct AdjCellText {
    struct AdjFront *front;  // who asks for it, and is asked what the program wants to know
    const char *text;
    size_t length;
    bool silent;   // shows nothing, counts for nothing
    bool store;    // is counted and remembered
    bool lasting;  // goes into the history file too: a person typed it
    const char *id, *request;  // what its front end calls the cell and this run; or NULL
} AdjCellText;

// What input() got.
typedef enum AdjAnswer {
    ADJ_ANSWER_LINE,
    ADJ_ANSWER_END,          // EOFError
    ADJ_ANSWER_REFUSED,      // nobody is there who could answer
    ADJ_ANSWER_INTERRUPTED,  // KeyboardInterrupt stands
} AdjAnswer;

// Any member but self may be NULL: that is then not shown.
typedef struct AdjFront {
    void *self;
    bool rich;  // takes more than text/plain: the other forms of values are made only then
    // What the program writes to stdout (fd 1) or stderr (2).
    void (*stream)(void *self, int fd, const char *text, size_t length);
    void (*flush)(void *self);
    void (*show)(void *self, const AdjBundle *what, const AdjShown *how);
    void (*failed)(void *self, const AdjFailure *failure);
    // Takes away what the running cell has shown; [wait]: once there is something to replace
    // it.
    void (*clear)(void *self, bool wait);
    // A text to read at leisure (x?). Without this function it is streamed.
    void (*page)(void *self, const AdjBundle *text);
    // input(): a line in malloc'ed memory, without its newline. Only the front whose cell runs
    // is asked. While it waits it calls adj_session_wait, which keeps the session answering.
    AdjAnswer (*ask)(void *self, const char *prompt, bool secret, char **line);
    // A cell begins and ends; cell->front says whose it is.
    void (*began)(void *self, const AdjCellText *cell, int number);
    void (*ended)(void *self, const AdjCellText *cell);
    // Any thread: something for the other side of a comm (comm.h).
    void (*comm)(void *self, const AdjCommEvent *event);

    struct AdjFront *next;  // the session's
} AdjFront;

void adj_session_attach(AdjSession *s, AdjFront *f);
void adj_session_detach(AdjSession *s, AdjFront *f);  // its comms are closed

// The front end of a terminal, a script or a pipe (plain_front.c): writes to fd 1 and 2.
AdjFront *adj_plain_front(AdjSession *s);

// -- what programs and the session show -------------------------------------------------------

// Shows a value to every front: its text/plain alone to those that take no more. False: an
// exception stands (from repr).
bool adj_session_display(AdjSession *s, AdjVal value, const AdjShown *how);
// Shows a bundle made elsewhere (a figure).
void adj_session_show_bundle(AdjSession *s, const AdjBundle *b, const AdjShown *how);
void adj_session_clear(AdjSession *s, bool wait);
void adj_session_page(AdjSession *s, const char *text, size_t length);

// -- cells ------------------------------------------------------------------------------------

// What became of a cell; adj_outcome_free frees the texts, which are NULL after a success.
typedef struct AdjOutcome {
    bool ok;
    bool leave;  // SystemExit: the program wants the session to end
    bool shown;  // the failure is not for showing: SystemExit without a message
    int number;
    int status;  // exit status that the failure stands for
    char *name, *value, *text;
} AdjOutcome;
void adj_outcome_free(AdjOutcome *o);

// Runs a cell, showing what it shows to every front.
void adj_session_execute(AdjSession *s, const AdjCellText *cell, AdjOutcome *out);
// The value of an expression in every form, for who looks at it beside a cell (user_expressions
// of the Jupyter protocol). False: [failure] says why, [out] is empty.
bool adj_session_evaluate(AdjSession *s, const char *text, size_t length, AdjBundle *out,
                          AdjOutcome *failure);
// Takes the standing exception and says what it is.
void adj_session_take_failure(AdjSession *s, AdjOutcome *out);

// -- requests ---------------------------------------------------------------------------------

// A thing to be done on the machine's thread. Whoever posts it embeds it in what it needs;
// [serve] owns it from then on. If the session ends first, [serve] is called with
// s->leaving set and must only give back what it holds.
typedef struct AdjRequest {
    void (*serve)(AdjSession *s, struct AdjRequest *r);
    struct AdjRequest *next;
} AdjRequest;

void adj_session_post_cell(AdjSession *s, AdjRequest *r);    // any thread
void adj_session_post_urgent(AdjSession *s, AdjRequest *r);  // any thread
// Does [work] at the next safe point and waits for it. Any thread but the machine's.
void adj_session_call(AdjSession *s, void (*work)(AdjSession *s, void *arg), void *arg);

// Serves requests until adj_session_leave.
void adj_session_serve(AdjSession *s);
// For a thread that has a loop of its own (the prompt): readable while requests may wait, and
// the function that serves them.
int adj_session_fd(AdjSession *s);
void adj_session_serve_waiting(AdjSession *s);
// Inside a cell: waits until something happens and serves urgent requests. False: an exception
// stands, KeyboardInterrupt.
bool adj_session_wait(AdjSession *s);
// Makes adj_session_wait and adj_session_serve look again. Any thread, and in signal handlers.
void adj_session_wake(AdjSession *s);
// The running cell, or the one that waits to run, gets KeyboardInterrupt; without any, nothing
// happens. Any thread, and in signal handlers.
void adj_session_interrupt(AdjSession *s);
// Ends adj_session_serve; the running cell is interrupted. Any thread.
void adj_session_leave(AdjSession *s);
bool adj_session_busy(AdjSession *s);  // a cell runs or waits; any thread
