// SPDX-License-Identifier: Apache-2.0
// module.h: figures in a session.
#pragma once
#include "session/bundle.h"
#include "session/session.h"

// Makes the module _plot importable, on which matplotlib and graphviz stand. False: no memory.
bool adj_plot_install(AdjVM *vm);

// A value that can be drawn says so by a method _repr_adjoint_, which returns a pair: "figure"
// and its description (read.c), or "dot" and a text of Graphviz's language (dot.c). Adds its
// image/png and image/svg+xml. False: it has no such method, or it cannot be drawn; nothing is
// added, no exception stands, and *why, where not NULL, says what is missing (or is NULL).
bool adj_plot_forms(AdjSession *s, AdjVal v, AdjBundle *out, const char **why);
// The same for a terminal of that many columns and rows: text with escape sequences under the
// type "text/x-terminal", which never leaves the process.
bool adj_plot_terminal(AdjSession *s, AdjVal v, AdjBundle *out);

// Calls what the program wants done at the end of a cell (figures that are still open).
void adj_plot_after_cell(AdjSession *s);
