// SPDX-License-Identifier: Apache-2.0
//
// The question under an edge of the tape: what is sent along it? A strip with an entry that
// takes a number or a sign, marks it with its reason, and writes it down for the teacher.
#pragma once

#include "panels/tape/walk.h"
#include "session/model.h"
#include "sight/quiz.h"

#include <gtk/gtk.h>

typedef struct AdjUiTapeQuizOwner {
    void (*hint)(gpointer self);      // the factors may be shown
    void (*answered)(gpointer self);  // rightly, or it was given up: the edge may be shown
} AdjUiTapeQuizOwner;

// [self] and [model] outlive the widget.
GtkWidget *adj_ui_tape_quiz_new(AdjUiModel *model, const AdjUiTapeQuizOwner *owner,
                                gpointer self);

// Asks about element (row, column) of outgoing edge [outgoing] of the walk's node. The walk is
// borrowed until the next call.
void adj_ui_tape_quiz_ask(GtkWidget *quiz, const AdjUiWalk *walk, int outgoing, int row,
                          int column);
// The products that the element is the sum of: of [count] terms, in all [of].
void adj_ui_tape_quiz_terms(GtkWidget *quiz, const AdjUiTerm *terms, int count, int of);
void adj_ui_tape_quiz_focus(GtkWidget *quiz);
