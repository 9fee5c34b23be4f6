// SPDX-License-Identifier: Apache-2.0
// depend.h: which names a cell binds and reads, as far as its text tells: enough to say which
// results may be old, never used to decide what runs.
#pragma once

#include <glib.h>

// Names that the top level of [code] binds: assignments, definitions, imports, loops. A set of
// strings, owned by the caller.
GHashTable *adj_ui_names_bound(const char *code);
// Whether [code] mentions a name of [names] outside strings and comments, not as an attribute.
gboolean adj_ui_reads_any(const char *code, GHashTable *names);
