// SPDX-License-Identifier: Apache-2.0
//
// The axes of a graph's values, followed through its operations: which of them are the same
// axis all along, and what to call it. The batch is a letter, not a number.
#pragma once

#include "sight/graph.h"

enum { ADJ_UI_AXIS_UNKNOWN = -1, ADJ_UI_AXIS_BATCH = 0 };

typedef struct AdjUiAxes {
    int32_t *first;      // of every operation: its first axis in `name`
    int32_t *name;       // of every axis: its number, or ADJ_UI_AXIS_UNKNOWN
    int32_t names;       // numbers in use
    char (*letters)[8];  // of every number: "B", "C", "H", "D2"
} AdjUiAxes;

// Linear in axes, but for a factor that nobody notices. NULL is nothing to free.
AdjUiAxes *adj_ui_axes_new(const AdjUiGraph *graph);
void adj_ui_axes_free(AdjUiAxes *axes);

static inline int32_t adj_ui_axis_name(const AdjUiAxes *axes, int32_t op, int axis)
{
    return axes->name[axes->first[op] + axis];
}

// "B × 64", or "scalar"; [out] holds at least 96 bytes.
char *adj_ui_axes_text(const AdjUiAxes *axes, const AdjUiGraph *graph, int32_t op, char *out);
