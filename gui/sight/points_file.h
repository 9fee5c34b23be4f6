// SPDX-License-Identifier: Apache-2.0
//
// Points from a file of comma-separated values: x, y and, if there is one, a label.
#pragma once

#include <glib.h>

typedef struct AdjUiPointsFile {
    int count;
    double *at;        // x, y of each
    double *target;    // NULL: the file has no third column
    GPtrArray *names;  // of classes that are words, in the order of their numbers; or NULL
    int bad;           // lines that could not be read
    int first_bad;     // number of the first of them, from 1
    char *bad_text;    // and what stands there
} AdjUiPointsFile;

// Commas, semicolons, tabs or spaces divide; a first line of words is a header, whose names may
// say which columns are meant. Never NULL; free with adj_ui_points_file_free.
AdjUiPointsFile *adj_ui_points_file_read(const char *text, gsize length);
void adj_ui_points_file_free(AdjUiPointsFile *f);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AdjUiPointsFile, adj_ui_points_file_free)
