// SPDX-License-Identifier: Apache-2.0
// backlog.h: the last cells of a session with what they have shown so far, for a front end that
// comes late: a window that was closed or killed while a cell ran, or a second one.
//
// It is a front end like any other, attached with the first that has comms, so it sees exactly
// what they see and in the same order. What it holds is bounded: of each stream the last lines,
// of all cells the last ones. Only the machine's thread touches it.
#pragma once
#include "session/front.h"

typedef struct AdjKeptOutput {
    int fd;      // of a stream; 0: a value or a failure
    char *text;  // of a stream or a failure
    size_t length, room;
    int64_t lost;        // lines of a stream that were let go
    AdjBundle bundle;    // of a value
    int number;          // of the result of a cell, else 0
    char *display_id;    // or NULL
    char *name, *value;  // of a failure, else NULL
} AdjKeptOutput;

typedef struct AdjKeptCell {
    int number;
    char *text;
    char *id, *request;  // what its front end calls the cell and its request; or NULL
    bool running, failed;
    double began, took;  // seconds since 1970; seconds
    AdjKeptOutput *outputs;
    int count;
    bool clear_next;  // what comes next replaces what is there
    struct AdjKeptCell *next;
} AdjKeptCell;

void adj_backlog_start(AdjSession *s);  // does nothing where there is one
void adj_backlog_free(AdjSession *s);
const AdjKeptCell *adj_backlog_first(const AdjSession *s);  // the oldest, or NULL
