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
// The same for the terminal on fd 1: sets out->terminal.
bool adj_plot_terminal(AdjSession *s, AdjVal v, AdjBundle *out);

// Shows the figures that a cell has left open, as notebooks do. False: an exception stands.
bool adj_plot_after_cell(AdjSession *s);
