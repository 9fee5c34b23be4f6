// SPDX-License-Identifier: Apache-2.0
// library.h: modules written in the language, and when their text is run.
#pragma once
#include "lang/value.h"

typedef struct AdjLibraryFile {
    AdjModuleDef module;  // its name and what its text says first
    const char *names;   // what it defines, each with a space on both sides
    const char *text;
    size_t length;
} AdjLibraryFile;
extern const AdjLibraryFile adj_library_files[];  // ended by a NULL name

// Makes the modules known to the machine and hangs the search for their names into its hooks.
bool adj_library_install(AdjVM *vm);
