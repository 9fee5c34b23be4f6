// SPDX-License-Identifier: Apache-2.0
// watch.h: subscriptions. Each names what to look at (a module, all of them, a tensor), what to
// take of it, in which form and how often at most.
//
// Time is counted in beats, the places where steps begin: a subscription that is due at a beat
// looks at that one step, and between, nobody looks: modules are not even asked. A value is
// reduced where it lies, as soon as it is there, and whoever subscribed is called with it.
//
// Looking may never take more than ADJ_WATCH_SHARE of the time: when the looks of one step took
// long, the next ones wait until it has passed, whatever rate was asked for.
#pragma once
#include "core/internal.h"
#include "observe/statistics.h"

typedef enum AdjTake {
    ADJ_TAKE_VALUE,        // a module's result; a tensor
    ADJ_TAKE_GRAD,         // the gradient with respect to it
    ADJ_TAKE_WEIGHT,       // a module's own parameters
    ADJ_TAKE_WEIGHT_GRAD,  // their gradients
    ADJ_TAKE_UPDATE,       // what an optimizer's step added to them
    ADJ_TAKES,
} AdjTake;
typedef enum AdjForm { ADJ_FORM_STATISTICS, ADJ_FORM_HISTOGRAM, ADJ_FORM_IMAGE } AdjForm;
ADJ_HIDDEN extern const char *const adj_take_names[ADJ_TAKES];

typedef struct AdjSeen {
    int64_t watch, step;
    double time;
    const char *path;  // interned: "net.0", "net.0.weight"
    AdjTake take;
    AdjForm form;
    AdjTensor *tensor;  // what was looked at; borrowed during the call
    AdjStatistics statistics;
    AdjHistogram histogram;  // of form HISTOGRAM
    AdjImage image;          // of form IMAGE; its pixels live during the call
    double ratio;            // UPDATE: |change| / |before|
} AdjSeen;

struct AdjModule;
typedef struct AdjWatchSpec {
    const char *path;          // "*": every module without children
    struct AdjModule *module;  // NULL: by path
    AdjTensor *tensor;         // NULL: a module is meant
    AdjTake take;
    AdjForm form;
    AdjBinScale scale;
    int64_t rows, columns, at[ADJ_MAX_DIMS];
    int n_at;
    double rate;  // most looks per second; 0: every step
    void (*see)(void *data, const AdjSeen *seen);
    void (*flush)(void *data);  // a part of a step is over; may be NULL
    void *data;
} AdjWatchSpec;

typedef struct AdjWatch {
    AdjWatchSpec spec;  // path interned; module and tensor kept
    int64_t id;
    uint64_t next;  // clock at which it is due again
    bool sampling;  // in the step that runs
    bool looked;    // and has looked already
    bool busy;      // something was seen since the last flush
} AdjWatch;

// A parameter whose module was met in the step that runs, for one watch.
typedef struct AdjMet {
    int64_t watch;
    const char *path;
    AdjTensor *param, *before;  // kept; before: a copy, for UPDATE
} AdjMet;

// Who runs modules aside sees their results alone: no watch hears of them.
typedef struct AdjOnlooker {
    void (*see)(void *data, struct AdjModule *m, AdjTensor *out);
    void *data;
} AdjOnlooker;

enum { ADJ_WATCH_SHARE = 36 };  // one part in
typedef struct AdjWatches {
    const AdjOnlooker *onlooker;      // NULL but during such a run
    void (*pass_begins)(void *data);  // or NULL: told when a forward pass is about to run
    void *pass_data;
    int n, room;
    AdjWatch *at;
    int n_met, met_room;
    AdjMet *met;
    int64_t last_id;
    bool by_zero_grad;     // the program marks its steps
    uint64_t last_marked;  // when it last did
    uint64_t spent;        // ticks that looking took in this step
    uint64_t rest_until;   // nobody looks before
} AdjWatches;

// The watch's number, 0 and an error on failure.
ADJ_HIDDEN int64_t adj_watch_add(const AdjWatchSpec *spec);
ADJ_HIDDEN bool adj_watch_remove(int64_t id);  // false: unknown
ADJ_HIDDEN void adj_watches_free(AdjWatches *w);

// What the engine tells; see record.h for when.
struct AdjObserver;
struct AdjOptimizer;
ADJ_HIDDEN void adj_watch_beat(struct AdjObserver *o, bool zero_grad);
ADJ_HIDDEN void adj_watch_module(struct AdjModule *m, AdjTensor *out);
ADJ_HIDDEN void adj_watch_backward(struct AdjObserver *o);
ADJ_HIDDEN void adj_watch_update(struct AdjObserver *o, struct AdjOptimizer *optimizer);
ADJ_HIDDEN void adj_watch_updated(struct AdjObserver *o, struct AdjOptimizer *optimizer);
