// SPDX-License-Identifier: Apache-2.0
// timeline.h: the past of a training, so that one can look at any step of it and go on from
// there with something changed.
//
// Two things are kept. Checkpoints: the state after a step (weights, buffers, the optimizer's
// tensors, counts and options, the random numbers). And between them light records of each step
// (pinned.h): its calls, its batch, its random numbers. A state between two checkpoints is
// computed again from the one before it (again.h).
//
// Keeping costs at most one part in ADJ_TIMELINE_SHARE of the time: it is paid from an account
// that the program's own time fills. When the account is empty nothing is kept until it has
// filled again, so of a program whose steps take microseconds the timeline has stretches of
// steps with gaps between, and of one whose steps take milliseconds every step. Memory is
// bounded too: when it is full the stretches that stand closest together, measured by their
// age, go first; so the recent past is dense and the distant past thins out.
//
// A branch is what the program does after it was put back to an earlier step. Steps are named
// by branch and number; what lies before the step where a branch began belongs to its parent.
#pragma once
#include "observe/record.h"

struct AdjOptimizer;
struct AdjPinned;

enum { ADJ_TIMELINE_SHARE = 60, ADJ_TIMELINE_GAP = 16, ADJ_BRANCHES = 64 };

// A tensor of the state, and a parameter's share of its optimizer.
typedef struct AdjStateTensor {
    AdjTensor *of;                   // kept: the program's own
    AdjTensor *copy;                 // kept
    struct AdjOptimizer *optimizer;  // kept; NULL: none updates it
    int group, slot;
    AdjTensor *state[4];  // kept copies
    int64_t updates;
} AdjStateTensor;

typedef struct AdjStateGroup {
    struct AdjOptimizer *optimizer;  // kept
    int group;
    AdjValue *option;  // a copy
} AdjStateGroup;

typedef struct AdjCheckpoint {
    int n, room, n_groups, group_room;
    AdjStateTensor *at;
    AdjStateGroup *groups;
    AdjTensor *random;       // kept: state of the generator
    int *index, index_size;  // [at] by address, open addressing; -1 free
    size_t bytes;
} AdjCheckpoint;

// What is kept of one step; any part may be missing.
typedef struct AdjMoment {
    int64_t step;
    int branch;
    AdjCheckpoint *after;     // the state after it
    struct AdjPinned *calls;  // to compute it again
    AdjRecord *record;        // kept
    int64_t serial;           // in the order in which they happened
    size_t bytes;
} AdjMoment;

typedef struct AdjBranch {
    char *name;           // "main" is the first
    int parent;           // -1: none
    int64_t from;         // the step after which it began
    int64_t last;         // the last step seen of it
    AdjCheckpoint *left;  // the state in which it was left, NULL while the program is in it
} AdjBranch;

// Names tensors of the state that no optimizer has: buffers, frozen weights.
typedef void (*AdjStateMore)(void *data, AdjCheckpoint *into);

typedef struct AdjTimeline {
    bool on;
    AdjStateMore more;
    void *data;
    int n, room;
    AdjMoment *at;  // in the order in which they happened
    int n_branches, branch;
    AdjBranch branches[ADJ_BRANCHES];
    int n_optimizers;
    struct AdjOptimizer *optimizers[8];  // kept: those that have updated something
    bool every;                          // steps are kept whatever it costs
    bool running;                        // steps are kept now
    int64_t kept_step;                   // the newest that has a state, or calls back to one
    int64_t state_step;                  // the newest that has a state
    const AdjCheckpoint *newest;         // that state
    struct AdjPinned *before;            // the calls of the step before, borrowed
    int64_t account, spent;              // ticks
    uint64_t clock, at_state;            // when the account was settled, when a state was kept
    int64_t serial;
    size_t bytes, limit;
} AdjTimeline;

// Begins and ends keeping on this thread; ending forgets everything. False: no memory.
ADJ_HIDDEN bool adj_timeline_start(AdjStateMore more, void *data);
ADJ_HIDDEN void adj_timeline_stop(void);
ADJ_HIDDEN AdjTimeline *adj_timeline(void);  // NULL while it is off
ADJ_HIDDEN void adj_timeline_free(AdjTimeline *t);

// For AdjStateMore: adds a tensor unless it is there already.
ADJ_HIDDEN bool adj_state_add(AdjCheckpoint *c, AdjTensor *t);
ADJ_HIDDEN const AdjStateTensor *adj_state_find(const AdjCheckpoint *c, const AdjTensor *t);
// The state of training now, NULL and an error without memory.
ADJ_HIDDEN AdjCheckpoint *adj_state_take(AdjTimeline *t);
// Puts the program's own tensors, optimizers and random numbers into this state.
ADJ_HIDDEN bool adj_state_put(const AdjCheckpoint *c);
ADJ_HIDDEN void adj_state_free(AdjCheckpoint *c);

// What is kept of a step, NULL: nothing. Before a branch began its parent's is meant.
ADJ_HIDDEN AdjMoment *adj_moment_find(AdjTimeline *t, int branch, int64_t step);
ADJ_HIDDEN bool adj_moment_can_run(const AdjMoment *m);  // from the state before it
// The newest moment at or before [step] whose state is kept and from which all steps to it can
// be computed; NULL: none.
ADJ_HIDDEN AdjMoment *adj_moment_before(AdjTimeline *t, int branch, int64_t step);
// The step that was the program's last; ends its record if it is over.
ADJ_HIDDEN int64_t adj_timeline_now(AdjTimeline *t);
// Keeps the state of the branch that runs, to which one may return.
ADJ_HIDDEN bool adj_timeline_leave(AdjTimeline *t);
// The program was put into a state after [step] of [parent]: it goes on as a new branch, whose
// number it answers (-1: an error). Or it goes back into one that it had left.
ADJ_HIDDEN int adj_timeline_branch(AdjTimeline *t, int parent, int64_t step, const char *name);
ADJ_HIDDEN bool adj_timeline_return(AdjTimeline *t, int branch);

// ---- what the recorder tells

// The calls of the step that begins, to be written to; NULL: it is not kept.
ADJ_HIDDEN struct AdjPinned *adj_timeline_begin(AdjRecorder *rec);
ADJ_HIDDEN void adj_timeline_call(AdjRecord *r, const AdjOp *op, bool grad,
                                  const AdjRecordCall *call);
// A whole step; its calls become the timeline's.
ADJ_HIDDEN void adj_timeline_end(AdjTimeline *t, AdjRecord *r);
ADJ_HIDDEN void adj_timeline_met(struct AdjOptimizer *o, bool updated);
ADJ_HIDDEN bool adj_timeline_runs(void);  // the recorder may not rest
