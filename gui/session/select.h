// SPDX-License-Identifier: Apache-2.0
// select.h: the one selection that all parts of a window share. A module of the tree, a node of
// the tape, a value and a piece of source are four views of the same thing; whoever selects
// fills in what it knows, the model completes the rest from what the session told, and every
// panel shows it. What is not known is NULL or ADJ_UI_NONE, never a guess.
#pragma once

#include <glib.h>

enum { ADJ_UI_NONE = -1 };

typedef struct {
    char *module;      // dotted path ("encoder.0"), "" for the whole model, NULL for none
    char *value;       // what to ask the session for: a name or an expression, or NULL
    gint64 node;       // number of a node on the tape, or ADJ_UI_NONE
    char *cell;        // id of the cell whose source is meant, or NULL
    int run;           // or the number of the run of that cell, else ADJ_UI_NONE
    int start, end;    // span of bytes in that source, or ADJ_UI_NONE
    gint64 step;       // a past step of training, or ADJ_UI_NONE for the newest
    gint64 element;    // flat index of one element of the value, or ADJ_UI_NONE
    const void *from;  // who selected, so that nobody answers to itself; not owned, not read
} AdjUiSelection;

// The selection of nothing.
#define ADJ_UI_SELECTION_NONE               \
    ((AdjUiSelection){.node = ADJ_UI_NONE,  \
                      .run = ADJ_UI_NONE,   \
                      .start = ADJ_UI_NONE, \
                      .end = ADJ_UI_NONE,   \
                      .step = ADJ_UI_NONE,  \
                      .element = ADJ_UI_NONE})

// Makes [to] an own copy of [from]; what [to] held is given back.
void adj_ui_selection_copy(AdjUiSelection *to, const AdjUiSelection *from);
void adj_ui_selection_clear(AdjUiSelection *s);
gboolean adj_ui_selection_equal(const AdjUiSelection *a, const AdjUiSelection *b);
