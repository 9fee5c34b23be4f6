// SPDX-License-Identifier: Apache-2.0
//
// Where everything of a graph stands: boxes within boxes, and the strands between them.
//
// Every opened group is laid out for itself (layered.h) with its opened parts as large boxes,
// from the inside out; a closed group costs one box whatever is inside. A strand that crosses
// the border of an opened group goes through a port there. The layout of a new trace is given
// the one before it and keeps its order and, on the whole, its place.
#pragma once

#include "sight/graph.h"
#include "sight/layered.h"
#include "paint/pen.h"

#include <glib.h>

typedef struct AdjUiBox {
    AdjUiItem item;
    bool open;  // an opened group: a frame around its children
    AdjUiRect r;
    int32_t parent;  // box, -1 for the root's children
    int32_t last;    // one past the last box inside: a frame's contents follow it
    uint64_t key;    // finds the same thing in the next layout
} AdjUiBox;

typedef struct AdjUiStrand {
    int32_t from, to;  // boxes; -1 for a port of the frame
    int32_t frame;     // the box whose child it is drawn as, -1 for the root
    int32_t op;        // the value that flows (the first of several)
    int32_t reader;    // an operation that reads it there
    int32_t edges;     // edges of the tape that it stands for
    int32_t first_point, points;
} AdjUiStrand;

typedef struct AdjUiLayout {
    AdjUiGraph *graph;  // held
    AdjUiBox *boxes;
    int32_t box_count;
    AdjUiStrand *strands;
    int32_t strand_count;
    AdjUiPoint *points;
    AdjUiRect bounds;
    bool down;           // signals flow down instead of to the right
    GHashTable *opened;  // keys of the groups that are open
    int32_t *box_of;     // of every operation: the innermost box that shows it
} AdjUiLayout;

typedef struct AdjUiLayoutWish {
    // The graph is not made yet: the thread makes it of [source], which [free_source] ends.
    AdjUiGraph *(*make)(void *source);
    void *source;
    GDestroyNotify free_source;
    int most;          // opens modules by itself while no more boxes than this are shown
    GHashTable *open;  // keys (as uint64_t *) of opened groups; NULL: none
    bool down;         // from top to bottom instead of from left to right
    bool data;         // parameters and inputs as boxes of their own
    const AdjUiLayout *before;  // the picture to stay close to, or NULL
    volatile int *cancelled;
} AdjUiLayoutWish;

// NULL when cancelled.
AdjUiLayout *adj_ui_layout_new(AdjUiGraph *graph, const AdjUiLayoutWish *wish);
void adj_ui_layout_free(AdjUiLayout *layout);

// The innermost box at a point, or -1; the strand within [reach] of it, or -1.
int32_t adj_ui_layout_box_at(const AdjUiLayout *layout, double x, double y);
int32_t adj_ui_layout_strand_at(const AdjUiLayout *layout, double x, double y, double reach);

// -- in a thread of its own ---------------------------------------------------------------

typedef struct AdjUiLayoutJob AdjUiLayoutJob;

// Called in the main context that started the job; owns the layout. Not called after cancel.
typedef void (*AdjUiLayoutDone)(AdjUiLayout *layout, void *data);

// With `make` in the wish [graph] may be NULL. [open] is copied; [before] must live until the
// job is done or cancelled.
AdjUiLayoutJob *adj_ui_layout_start(AdjUiGraph *graph, const AdjUiLayoutWish *wish,
                                    AdjUiLayoutDone done, void *data);

// Stops a job without waiting for it; afterwards the pointer is void, as it is after `done`.
// [before] of the wish is copied at the start, so it may go at once.
void adj_ui_layout_cancel(AdjUiLayoutJob *job);
