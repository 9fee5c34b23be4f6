// SPDX-License-Identifier: Apache-2.0
// notebook_words.h: the command lines of the commands that take a notebook.
#pragma once
#include "session/notebook.h"

typedef enum AdjWordsFor { ADJ_WORDS_CONVERT, ADJ_WORDS_RUN, ADJ_WORDS_EXPORT } AdjWordsFor;

// What follows the command's name.
typedef struct AdjWords {
    const char *command, *path, *out;
    AdjNotebookRun how;
    bool as_is;   // export: without running it
    bool failed;  // the reason was said
} AdjWords;

AdjWords adj_notebook_words(const char *command, AdjWordsFor use, int argc, char **argv);
// A notebook, or a script with cells as one. False: the reason was said.
bool adj_notebook_read_any(AdjNotebook *nb, const char *path);
// Runs it in a session of its own, and shows what it prints where [shown]; the exit
// status.
int adj_notebook_run_words(AdjNotebook *nb, AdjWords *w, bool shown);
// The path with another suffix, in malloc'ed memory.
char *adj_path_with_suffix(const char *path, const char *suffix);
