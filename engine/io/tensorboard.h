// SPDX-License-Identifier: Apache-2.0
// tensorboard.h: event files as TensorBoard reads them, one event at a time.
#pragma once
#include "core/trace.h"

// What an event says: one value under one tag.
typedef enum AdjEventKind {
    ADJ_EVENT_NONE,
    ADJ_EVENT_VERSION,
    ADJ_EVENT_SCALAR,
    ADJ_EVENT_HISTOGRAM,
    ADJ_EVENT_IMAGE,
    ADJ_EVENT_TEXT,
    ADJ_EVENT_GRAPH,
} AdjEventKind;

typedef struct AdjEvent {
    AdjEventKind kind;
    double wall;  // seconds since 1970
    int64_t step;
    const char *tag;
    double scalar;
    const char *text;  // of texts, and the version
    // Histograms: what is counted, limits (n) and counts (n), as f64. Images: pixels (C, H, W),
    // uint8, when written; when read, their size alone.
    AdjTensor *values, *limits, *counts;
    double min, max, num, sum, sum_squares;
    int64_t height, width, channels;
    const AdjTrace *trace;
} AdjEvent;

// Appends an event to the file at [path], which the first one makes.
ADJ_HIDDEN bool adj_event_write(const char *path, const AdjEvent *e);

// Reads event after event: 1 there was one, 0 the file ends (a last record that is cut short is
// the end too: somebody is still writing), -1 an error is set. Of an event with several values
// each comes as one of its own.
typedef struct AdjEventReader AdjEventReader;
ADJ_HIDDEN AdjEventReader *adj_event_open(const char *path);
ADJ_HIDDEN int adj_event_read(AdjEventReader *r, AdjEvent *e);
ADJ_HIDDEN void adj_event_close(AdjEventReader *r);
