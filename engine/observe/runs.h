// SPDX-License-Identifier: Apache-2.0
// runs.h: training runs on disk. A run is a folder: run.json says when it began and with which
// settings, scalars.bin holds every point that was logged.
//
// The points are written straight into the mapped file, so each is on record as soon as it is
// logged, whatever becomes of the process; a reader, also in another process and while the run
// is being written, sees whole records only, since a record's kind is stored last. Records have
// 32 bytes; kind 0 is the end.
#pragma once
#include "observe/series.h"

typedef struct AdjRun AdjRun;
// Begins FOLDER/NAME, which must not exist yet, and listens to this thread's points. [config]
// is a JSON object. NULL and an error.
ADJ_HIDDEN AdjRun *adj_run_start(const char *folder, const char *name, const char *config);
ADJ_HIDDEN void adj_run_end(AdjRun *run);  // NULL is fine
ADJ_HIDDEN const char *adj_run_name(const AdjRun *run);
ADJ_HIDDEN const char *adj_run_path(const AdjRun *run);

// The points of a run as series; at and each series belong to the caller (adj_series_free).
// False and an error when there is no such run; a damaged end is simply the end.
ADJ_HIDDEN bool adj_run_read(const char *folder, const char *name, AdjSeriesList *out);
