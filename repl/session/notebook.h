// SPDX-License-Identifier: Apache-2.0
// notebook.h: notebooks (nbformat 4.5) as documents, as programs, and as scripts with cells.
//
// A notebook is its JSON tree: what this program does not know stays in it, in its place. What
// it must be sure of is checked once, when it is read, so the rest may rely on it: cells are
// objects with a cell_type, a source, metadata and an id of their own, and code cells have
// outputs.
#pragma once
#include "session/json_tree.h"
#include "session/session.h"

typedef struct AdjNotebook {
    AdjArena arena;
    char *file;  // what was read; the tree points into it
    AdjJsonNode *root;
    AdjJsonNode *cells;  // the array
} AdjNotebook;

enum { ADJ_NOTEBOOK_WHY = 512 };  // room for a sentence about a failure

// Reads a notebook. Older 4.x become 4.5: their cells get ids. False: [why] has one sentence.
bool adj_notebook_read(AdjNotebook *nb, const char *path, char *why);
bool adj_notebook_new(AdjNotebook *nb);  // without cells; false: no memory
// Writes it whole or not at all, whatever happens meanwhile.
bool adj_notebook_write(const AdjNotebook *nb, const char *path, char *why);
void adj_notebook_free(AdjNotebook *nb);

// A new cell ("code", "markdown", "raw") at the end; NULL: no memory.
AdjJsonNode *adj_notebook_add(AdjNotebook *nb, const char *type, const char *text,
                              size_t length);
// Whether the cell's metadata has the tag.
bool adj_notebook_tagged(const AdjJsonNode *cell, const char *tag);

// Scripts with cells (notebook_text.c): "# %%" begins one, "# %% [markdown]" one of text.
bool adj_notebook_from_text(AdjNotebook *nb, const char *text, size_t length);
// In malloc'ed memory.
char *adj_notebook_to_text(const AdjNotebook *nb, size_t *length);

// Runs the code cells in order (notebook_run.c).
typedef struct AdjNotebookRun {
    const char *path;   // for messages
    const char *out;    // where it is written, also while it runs; NULL: nowhere
    double timeout_s;   // for a cell; 0: none
    bool allow_errors;  // a cell that fails does not end the run
    bool record;        // cells without the tag "no-record" leave their backward pass
} AdjNotebookRun;
// The exit status: 0, or why not is said on stderr.
int adj_notebook_run(AdjSession *s, AdjNotebook *nb, const AdjNotebookRun *how);
