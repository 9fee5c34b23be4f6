// SPDX-License-Identifier: Apache-2.0
//
// What the files of the tape's panel share: the panel's state, and what each does for the
// others. panel_tape.c shows and selects, tape_steps.c walks backward.
#pragma once

#include "panels/panel.h"
#include "panels/tape/tape_breaks.h"
#include "panels/tape/walk.h"
#include "session/model.h"
#include "sight/layout.h"

#include <gtk/gtk.h>

// A graph, its picture and the walk through it; NULL where there is none yet.
typedef struct AdjUiTapeLevel {
    AdjUiGraph *graph;
    AdjUiLayout *layout;
    AdjUiWalk *walk;
    AdjUiAxes *axes;
} AdjUiTapeLevel;

enum { ADJ_UI_TAPE_STEPS = 5 };

typedef struct AdjUiTape {
    AdjUiModel *model;
    GtkWidget *box, *canvas, *cards, *root, *status, *data, *lanes, *down, *listed, *order;
    GtkWidget *fan, *failure;
    GtkWidget *quiz;
    GtkWidget *buttons[ADJ_UI_TAPE_STEPS];
    AdjUiTapeLevel now, outer;  // outer: while an operation is open, what it is a part of
    AdjUiLayoutJob *job;
    GHashTable *open;  // keys of opened groups
    AdjUiBreaks *breaks;
    int32_t selected, strand, hover_box, hover_strand;
    uint64_t hold;                      // the box that stays put while the rest is laid out
    gboolean stepping, first, touched;  // touched: groups were opened or closed by hand
    const char *then;                   // what to do once the walk has begun, or NULL
    char *named;                        // the root that the last trace named
    int64_t step;                       // of the trace that came last
    int64_t failed;                     // its operation that failed, -1: none
    guint asked;
} AdjUiTape;

// panel_tape.c
void adj_ui_tape_say(AdjUiTape *t, const char *text);
void adj_ui_tape_lay_out(AdjUiTape *t, JsonObject *trace);  // takes it; NULL: what is there
void adj_ui_tape_toggle_group(AdjUiTape *t, int32_t box);
void adj_ui_tape_change_level(AdjUiTape *t);  // `now` was replaced: show it

// tape_steps.c
extern const AdjUiPanelKey adj_ui_tape_keys[];
void adj_ui_tape_add_buttons(AdjUiTape *t, GtkWidget *bar);
gboolean adj_ui_tape_step_key(AdjUiTape *t, guint key, GdkModifierType state);
void adj_ui_tape_go(AdjUiTape *t, int32_t node);
void adj_ui_tape_level_clear(AdjUiTapeLevel *level);
