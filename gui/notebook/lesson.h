// SPDX-License-Identifier: Apache-2.0
// lesson.h: a notebook as the steps of a lesson.
//
// A step begins at a Markdown cell with a heading of the first two levels, as in the exported
// pages; a notebook without such headings has one step for each cell. How the panes lie at a
// step is in the metadata of its first cell (docs/lessons.md); what is not said there stays as
// it was at the step before.
#pragma once

#include "notebook/notebook.h"

typedef struct {
    AdjUiCell *first, *end;  // borrowed; end: the first cell of the next step, or NULL
    char *title;
    char *panel;                 // name of the panel beside the cells, NULL: not said
    double cells;                // share of the width that they get, 0 to 1; NaN: not said
    int cells_zoom, panel_zoom;  // in percent, 0: not said
    int quiz;                    // whether gradients are to be predicted; -1: not said
} AdjUiLessonStep;

// The steps of [n], newly allocated; never none.
GArray *adj_ui_lesson_steps(AdjUiNotebook *n);
// The step that holds [c], 0 if none does.
guint adj_ui_lesson_step_of(GArray *steps, AdjUiNotebook *n, AdjUiCell *c);

// Writes how the panes lie into the metadata of the step's first cell.
void adj_ui_lesson_keep(const AdjUiLessonStep *step);
