// SPDX-License-Identifier: Apache-2.0
// journal.h: what was typed since the last save, on disk the moment it is typed.
//
// One line of JSON per change, appended without waiting for the disk: it survives the death of
// the window, not of the machine. A line either gives a cell ({"id", "kind", "source"}) or the
// order of all ({"order": [ids]}). Saving the notebook empties it. It lies in the user's state
// folder under a name made from the notebook's path.
#pragma once

#include "notebook/notebook.h"

// The journal of [file], or of a notebook without one. Never fails: without a place to write,
// it writes nothing.
AdjUiJournal *adj_ui_journal_new(GFile *file);
void adj_ui_journal_cell(AdjUiJournal *j, AdjUiNotebook *n, AdjUiCell *c);
void adj_ui_journal_structure(AdjUiJournal *j, AdjUiNotebook *n);
void adj_ui_journal_empty(AdjUiJournal *j);  // the notebook was saved
void adj_ui_journal_free(AdjUiJournal *j);

// Applies what an earlier window left for [file] to [n]. TRUE if there was something.
gboolean adj_ui_journal_recover(GFile *file, AdjUiNotebook *n);

// Paths of journals of notebooks that were never saved and whose window is gone.
GStrv adj_ui_journal_orphans(void);
// Makes [n] what the orphan [path] holds, and takes it over.
gboolean adj_ui_journal_adopt(const char *path, AdjUiNotebook *n);
