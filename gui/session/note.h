// SPDX-License-Identifier: Apache-2.0
// note.h: notes about running sessions in the user's runtime folder, so that a window finds the
// session of a notebook again after the window before it has gone. A note is a connection file
// and, beside it, a small file with the process and the notebook it serves.
#pragma once

#include <gio/gio.h>

typedef struct {
    char *connection;  // path of the connection file
    char *notebook;    // path of the notebook it serves, or NULL
    GPid pid;          // 0: not known, a session of somebody else
    guint64 began;     // when that process began, in its machine's ticks; 0: not known
} AdjUiNote;

// Starts a session and leaves its note. NULL with a sentence in [error] if that fails.
AdjUiNote *adj_ui_note_start(const char *folder, const char *notebook, GError **error);
// The living session that serves [notebook], or NULL, and whether there was one that is dead.
AdjUiNote *adj_ui_note_find(const char *notebook, gboolean *died);
// When the process began; 0: there is none, or it is dead.
guint64 adj_ui_process_began(GPid pid);
// A note for a connection file that was given.
AdjUiNote *adj_ui_note_of(const char *connection_file);
void adj_ui_note_serve(AdjUiNote *n, const char *notebook);
void adj_ui_note_remove(AdjUiNote *n);  // its files
void adj_ui_note_free(AdjUiNote *n);

// The program `adjoint`: $ADJOINT_PROGRAM, else beside this program, else on the path. Newly
// allocated.
char *adj_ui_program(void);
