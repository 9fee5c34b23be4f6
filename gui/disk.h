// SPDX-License-Identifier: Apache-2.0
// disk.h: the thread that reads and writes files, so that the main loop never waits for a disk.
//
// One thread, and jobs are done in the order in which they were given: what is written after
// something else is on the disk after it. A job takes its data along; nothing that it touches
// is touched by the main loop before the job is done.
#pragma once

#include <gtk/gtk.h>

// Calls work(data) on the thread and then done(data), unless that is NULL, in the main loop.
// [done], or [work] where there is none, owns the data.
void adj_ui_disk(void (*work)(gpointer data), void (*done)(gpointer data), gpointer data);
// Waits until all that was given so far is done; for the very end of the program.
void adj_ui_disk_finish(void);

// Writes a file whole or not at all: beside the old one, through to the disk, then in its
// place. On the thread. FALSE with a sentence in [error].
gboolean adj_ui_disk_write(const char *path, const char *text, gssize length, GError **error);
