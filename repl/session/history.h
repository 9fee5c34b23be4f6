// SPDX-License-Identifier: Apache-2.0
// history.h: the cells of this session, whichever front end ran them, and before them those of
// the history file that the prompt keeps. Any thread may ask.
#pragma once
#include <stdbool.h>
#include <stddef.h>

// Cells of the file belong to session 1, those that ran here to session 2; a request for
// session 0 means this one, for -1 the one before.
enum { ADJ_PAST_FILE = 1, ADJ_PAST_HERE = 2 };

typedef struct AdjPast AdjPast;
AdjPast *adj_past_new(void);
void adj_past_free(AdjPast *p);

// A cell that is about to run. [lasting]: it is appended to the file.
void adj_past_add(AdjPast *p, int number, const char *text, size_t length, bool lasting);
// The text of what cell [number] gave.
void adj_past_set_output(AdjPast *p, int number, const char *text, size_t length);

typedef struct AdjPastCell {
    int session, line;
    const char *input, *output;  // output NULL: none is known
} AdjPastCell;
typedef void (*AdjPastEach)(void *self, const AdjPastCell *cell);

// Each calls [each] for the cells it is about, oldest first.
void adj_past_tail(AdjPast *p, int n, AdjPastEach each, void *self);
// Lines [start, stop) of a session; stop < 0: to its end.
void adj_past_range(AdjPast *p, int session, int start, int stop, AdjPastEach each, void *self);
// The newest [n] (< 0: all) whose text matches [pattern], with * and ? as in file names.
// [unique]: of equal ones the newest alone.
void adj_past_search(AdjPast *p, const char *pattern, int n, bool unique, AdjPastEach each,
                     void *self);
