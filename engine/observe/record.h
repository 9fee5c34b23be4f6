// SPDX-License-Identifier: Apache-2.0
// record.h: the trace of a training step: which operations ran, in order, under which module
// and from which characters of the program, with what shapes, in what time, holding how many
// bytes.
//
// A step reaches from one zero_grad, or where the program has none from one forward pass, to
// the next; a zero_grad between a forward pass and its backward pass is in the middle of a
// step. Its record is written by one thread, the engine's, and when the step is over it never
// changes again: readers, on any thread, hold a reference for as long as they like, and the
// engine never waits for them. The last records stay in a ring of bounded memory.
//
// Invariants: operations stand in the order in which they ran, so an operation's inputs have
// smaller indices; sequence numbers of tape nodes ascend with them.
#pragma once
#include "core/internal.h"
#include "observe/statistics.h"

typedef struct AdjRecordIn {
    int32_t from;      // the operation that made it; -1: it came from outside the step
    uint32_t dims_at;  // its sizes in dims
    uint16_t out;      // which output of that operation
    uint8_t ndim;
    bool wants;             // a gradient goes there
    const AdjTensor *leaf;  // from outside: which tensor; to be compared, never followed
} AdjRecordIn;

typedef struct AdjRecordOp {
    const AdjOp *op;
    const char *title;   // interned name of its node; NULL: what its row says
    const char *module;  // interned path; NULL: outside
    AdjPlace place;
    uint64_t sequence;        // of its node, 0: it has none
    const AdjTensor *result;  // its first output; to be compared, never followed
    uint32_t forward_ticks, backward_ticks;
    int64_t bytes;                // held for the derivative
    int64_t live_bytes;           // of all tensors, when it had run
    int64_t backward_live_bytes;  // when its derivative had been computed, 0: it was not
    uint32_t dims_at, in_at;
    uint16_t n_in;
    uint8_t ndim, dtype;
    int32_t value, gradient;  // its rows in statistics, -1: none
} AdjRecordOp;

typedef struct AdjRecord {
    int refs;      // atomic
    int64_t step;  // counts from 1
    double time;   // when it began, seconds since 1970
    uint64_t forward_ticks, backward_ticks, optimizer_ticks;
    int64_t start_bytes;  // of all tensors, when it began
    bool by_zero_grad;    // how it began
    bool has_nodes, has_backward, has_update;
    bool zeroed;  // zero_grad came between its forward and its backward pass
    bool with_statistics;
    double root;            // the value that backward started from
    const char *root_name;  // interned, NULL: unknown
    int at_backward;        // operations when the last backward pass began
    int n_ops, n_ins, n_dims, n_statistics;
    int op_room, in_room, dim_room, statistics_room;
    AdjRecordOp *ops;
    AdjRecordIn *ins;
    int64_t *dims;
    AdjStatistics *statistics;
    int64_t left_out;          // operations beyond the limit of a record
    struct AdjPinned *pinned;  // owned: what replays it; NULL for most (replay.h)
    struct AdjPinned *sketch;  // owned: its calls while it runs, for the timeline (timeline.h)
} AdjRecord;

enum { ADJ_FAILED_INPUTS = 4 };
// A call that failed, with what it was given; forgotten when another one succeeds.
typedef struct AdjFailedOp {
    const char *name;  // of the operation or the module's class; NULL: nothing failed
    AdjErrorKind kind;
    char message[256];
    const char *module;  // interned; NULL: outside
    AdjPlace place;
    int n_in;
    AdjShape shape[ADJ_FAILED_INPUTS];
    int from[ADJ_FAILED_INPUTS];               // operations of the running record, -1: outside
    const AdjTensor *leaf[ADJ_FAILED_INPUTS];  // to be compared, never followed
} AdjFailedOp;

enum { ADJ_RECORD_OPS = 1 << 18, ADJ_RECORDS = 256, ADJ_PINNED_RECORDS = 16 };

// Ring and state of one thread's recording.
typedef struct AdjRecorder {
    AdjRecord *now;  // the step that runs, NULL before the first
    AdjFailedOp failed;
    AdjRecord *spare;  // an evicted record that nobody holds, to be used again
    int64_t step;      // steps begun
    int depth, taken, mute;
    bool statistics;                        // of every tensor, in the records to come
    int64_t pin;                            // steps still to be pinned
    bool every;                             // no step is left out (record.c, steps)
    bool resting;                           // until rest_until nothing is recorded
    double rest_until, last_end;            // seconds: of the rest, of the last recorded step
    int row;                                // steps recorded since the program last paused
    size_t limit;                           // bytes of the ring
    AdjRecord *pinned[ADJ_PINNED_RECORDS];  // kept whatever the ring does, oldest first
    int n_pinned;
    struct AdjTimeline *timeline;  // owned; NULL: nobody goes back
    // Shared with readers:
    struct AdjRecordRing *ring;
} AdjRecorder;

// Begins recording on this thread, every step or sparingly, so that it costs next to nothing;
// or ends it; the ring stays. False: no memory.
ADJ_HIDDEN bool adj_record_start(bool every);
ADJ_HIDDEN void adj_record_stop(void);
ADJ_HIDDEN bool adj_record_running(void);
// The last whole step that had a backward pass, a certain one, or the one that runs (-1): a
// reference of the caller's, NULL when there is none. The first two may be asked for by any
// thread that was given the ring.
ADJ_HIDDEN AdjRecord *adj_record_get(int64_t step);
ADJ_HIDDEN AdjRecord *adj_record_from(struct AdjRecordRing *ring, int64_t step);
// Numbers of the oldest and the newest in the ring; 0, 0 when it is empty.
ADJ_HIDDEN void adj_record_range(struct AdjRecordRing *ring, int64_t *first, int64_t *last);
ADJ_HIDDEN size_t adj_record_ring_bytes(struct AdjRecordRing *ring);
ADJ_HIDDEN struct AdjRecordRing *adj_record_ring(void);  // this thread's, NULL before the first
ADJ_HIDDEN void adj_record_drop(AdjRecord *r);
// "AddmmBackward0", as the tape calls it.
ADJ_HIDDEN const char *adj_record_name(const AdjRecordOp *op);
// Index of the operation whose node has this number, -1 when it is not in the record.
ADJ_HIDDEN int adj_record_find(const AdjRecord *r, uint64_t sequence);
static inline AdjShape adj_record_shape(const AdjRecord *r, uint32_t at, int ndim)
{
    AdjShape s = {.n = ndim};
    memcpy(s.at, r->dims + at, (size_t)ndim * sizeof *s.at);
    return s;
}

// Ends the step that runs, which is whole, before the next one begins.
ADJ_HIDDEN void adj_record_finish(AdjRecorder *rec);
// ring.c: a whole step enters the ring (its reference is taken), and the end of all of it.
ADJ_HIDDEN void adj_ring_push(AdjRecorder *rec, AdjRecord *r);
ADJ_HIDDEN void adj_ring_free(AdjRecorder *rec);
// Pinned records stay until they are let go: the next [steps] are pinned, and the oldest go
// when there are more than ADJ_PINNED_RECORDS.
ADJ_HIDDEN void adj_keep_pinned(AdjRecorder *rec, AdjRecord *r);
ADJ_HIDDEN bool adj_record_pin(int64_t steps);
ADJ_HIDDEN void adj_record_unpin(void);

// ---- what the engine tells the recorder

typedef struct AdjRecordCall {
    int n_out, n_in, n_arg;
    AdjTensor **out;
    AdjTensor *const *in;
    const AdjValue *arg;
} AdjRecordCall;
ADJ_HIDDEN void adj_record_enter(AdjCall *c);
ADJ_HIDDEN void adj_record_leave(const AdjCall *c, const AdjRecordCall *call);
// A call that failed before any operation did; without effect when one has said so.
ADJ_HIDDEN void adj_record_failed(const char *name, const char *module, AdjTensor *const *in,
                                  int n);
// A backward pass from [root]; what it computes inside is not recorded. The recorder that wants
// to hear of its nodes, or NULL. [watchers] takes what end puts back.
ADJ_HIDDEN AdjRecorder *adj_record_backward(AdjTensors roots, AdjTensors seeds, int *watchers);
// [x] takes the contents of [value], in place.
ADJ_HIDDEN void adj_record_assign(AdjTensor *x, AdjTensor *value);
ADJ_HIDDEN void adj_record_node(AdjRecorder *r, const AdjNode *node, AdjTensor *dy);
ADJ_HIDDEN void adj_record_backward_end(AdjRecorder *r, int watchers);
// Where steps begin. Cheap when nothing has happened since the last.
ADJ_HIDDEN void adj_record_beat(bool zero_grad);
// Around an optimizer's update.
ADJ_HIDDEN uint64_t adj_record_update(struct AdjOptimizer *o);
ADJ_HIDDEN void adj_record_update_end(struct AdjOptimizer *o, uint64_t start);
// rule.c: the derivative of an operation in symbols, "dx = dy * (1 - y * y)"; NULL: none is
// written down. Valid until the thread's next call.
ADJ_HIDDEN const char *adj_op_rule(const AdjOp *op);
