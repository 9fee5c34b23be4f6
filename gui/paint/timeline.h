// SPDX-License-Identifier: Apache-2.0
//
// The strip of time: the loss from the first step to the last, what stands at which step, which
// steps can be gone back to, and the cursor. Never more is drawn than the strip has columns.
#pragma once

#include "pen.h"
#include "sight/pyramid.h"

typedef enum {
    ADJ_UI_MARK_FINDING,   // something is doubtful
    ADJ_UI_MARK_ILL,       // something is wrong
    ADJ_UI_MARK_BOOKMARK,  // put there by hand
    ADJ_UI_MARK_BRANCH,    // a branch begins
} AdjUiMarkKind;

typedef struct AdjUiMark {
    double step;
    AdjUiMarkKind kind;
    const char *text;
} AdjUiMark;

typedef struct AdjUiTimeCurve {
    const AdjUiPyramid *points;
    bool active;  // of the branch that the program is in
} AdjUiTimeCurve;

typedef struct AdjUiTime {
    const AdjUiTimeCurve *curves;
    const AdjUiMark *marks;
    const double (*kept)[2];  // ranges of steps
    int curve_count, mark_count, kept_count;
    double from, to;  // what is shown
    double cursor;    // NaN: at the program itself
    double value;     // at the cursor, NaN: unknown
    bool exact;       // the step at the cursor came out bit for bit
} AdjUiTime;

void adj_ui_paint_time(cairo_t *cr, const AdjUiTheme *theme, const AdjUiTime *t, double width,
                       double height);
// What follows the pointer: the step and the loss there, and the mark that it is on.
void adj_ui_paint_time_hover(cairo_t *cr, const AdjUiTheme *theme, const AdjUiTime *t,
                             double width, double height, double x);

double adj_ui_time_x(const AdjUiTime *t, double width, double step);
double adj_ui_time_step(const AdjUiTime *t, double width, double x);  // a whole one
// The mark at a place, -1: none.
int adj_ui_time_mark(const AdjUiTime *t, double width, double x);
