// SPDX-License-Identifier: Apache-2.0
// journal.h: what was typed since the last save, on its way to the disk the moment it is typed.
//
// One line of JSON per change, appended by the disk's thread without waiting for the disk
// itself: it survives the death of the window, not of the machine. A line either gives a cell
// ({"id", "kind", "source"}) or the order of all ({"order": [ids]}). Saving the notebook
// empties it. It lies in the user's state folder under a name made from the notebook's path.
#pragma once

#include "notebook/notebook.h"

// The journal of [file], or of a notebook without one. Never fails: without a place to write,
// it writes nothing.
AdjUiJournal *adj_ui_journal_new(GFile *file);
void adj_ui_journal_cell(AdjUiJournal *j, AdjUiNotebook *n, AdjUiCell *c);
void adj_ui_journal_structure(AdjUiJournal *j, AdjUiNotebook *n);
void adj_ui_journal_flush(AdjUiJournal *j);    // now, not at the end of this turn
void adj_ui_journal_discard(AdjUiJournal *j);  // nothing of it is wanted
void adj_ui_journal_free(AdjUiJournal *j);

// A save begins: what was typed so far is in the journal, and what is typed from now on will
// not be taken away by adj_ui_journal_saved, which the disk's thread calls when the file is
// written. What is returned is given to one of the two functions below.
typedef struct AdjUiJournalFile AdjUiJournalFile;
AdjUiJournalFile *adj_ui_journal_saving(AdjUiJournal *j);
void adj_ui_journal_saved(AdjUiJournalFile *f);    // on the disk's thread
void adj_ui_journal_unsaved(AdjUiJournalFile *f);  // it could not be written

// On the disk's thread: applies what an earlier window left for [file] to [cells]. TRUE if
// there was something.
gboolean adj_ui_journal_recover(GFile *file, GPtrArray *cells);

// On the disk's thread: paths of journals of notebooks that were never saved and whose window
// is gone; the cells of one of them, and its end.
GStrv adj_ui_journal_orphans(void);
gboolean adj_ui_journal_read(const char *path, GPtrArray *cells);
