// SPDX-License-Identifier: Apache-2.0
//
// The picture of a graph: cards, frames, strands, the frontier of the backward pass and its
// mirrored lane. Pure: a layout and what is known of each operation in, ink out.
//
// What is painted depends on the zoom, so that a hundred thousand operations cost no more than
// what can be read: from READ_ZOOM up cards carry text, below it they are plates in the colour
// of their state, and what is smaller than a pixel is left out. Nothing outside the clip is
// touched.
#pragma once

#include "pen.h"
#include "sight/axes.h"
#include "sight/layout.h"

// How far the backward pass has come at an operation.
typedef enum {
    ADJ_UI_NO_STATE,
    ADJ_UI_WAITING,  // not all that reads it has answered
    ADJ_UI_READY,    // its gradient is complete, its turn may come
    ADJ_UI_DONE,     // its inputs have their share
    ADJ_UI_NEXT,     // it is the next to be stepped
} AdjUiFront;

// What is known of an operation at the moment; NaN for a number that is not.
typedef struct AdjUiOpState {
    uint8_t front;         // AdjUiFront
    bool breakpoint, bad;  // bad: NaN or infinity in it
    bool conditional;      // the breakpoint has a condition
    float value_norm, grad_norm;
    float value, grad;  // of scalars
} AdjUiOpState;

typedef struct AdjUiGraphScene {
    const AdjUiLayout *layout;
    const AdjUiOpState *states;  // of every operation; NULL: nothing is known
    AdjUiRect clip;              // what is visible, in units of the layout
    double zoom;                 // pixels of one unit
    int32_t selected_box, selected_strand, focus_box;  // -1: none
    bool mirror;  // the backward lane under the forward one, or beside it
    // Where the pass begins: the box of the root and what is said of the gradient there; -1.
    int32_t seed_box;
    const char *seed;
    // The norm that each edge of the pass carries, as float by (reader << 32 | input); or NULL.
    GHashTable *flows;
    const AdjUiAxes *axes;  // the names of all axes, or NULL: they are told by their sizes
    // A tint for each operation in [0, 1] (time, memory, difference of two runs), or NULL.
    const float *heat;
} AdjUiGraphScene;

void adj_ui_paint_graph(cairo_t *cr, const AdjUiTheme *theme, const AdjUiGraphScene *scene);

// The overlay alone: what the pointer is on. Cheap, and drawn without the rest.
void adj_ui_paint_graph_hover(cairo_t *cr, const AdjUiTheme *theme,
                              const AdjUiGraphScene *scene, int32_t box, int32_t strand);

// The rectangle that the picture needs, both lanes included; with room for a seed at the end.
AdjUiRect adj_ui_graph_extent(const AdjUiLayout *layout, bool mirror, bool seed);

// Title and second line of a box as they are painted; buffers of 128 bytes.
void adj_ui_box_words(const AdjUiLayout *layout, int32_t box, char *title, char *second);
