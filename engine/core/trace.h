// SPDX-License-Identifier: Apache-2.0
// trace.h: what a piece of program computed, operation by operation, with every tensor that
// passed: the graph behind a forward pass, for whoever writes it down in another form.
//
// A trace is recorded by the calls' own bookkeeping (call.c). Of operations that call others it
// keeps the outermost one that its owner knows; of one that nobody knows and that is made of
// others, the parts. It keeps all tensors alive, so a pointer names one value for good.
#pragma once
#include "core/internal.h"

typedef struct AdjStep {
    const AdjOp
        *op;  // NULL: the first input's contents were replaced by the second's, in place
    int n_in, n_out, n_arg;
    AdjTensor **in, **out;  // kept; entries may be NULL
    AdjValue *arg;          // as in a node, owned
    AdjPlace span;
    const char *module;  // path of the module that was running
} AdjStep;

typedef struct AdjTrace {
    bool (*takes)(const AdjOp *op);  // whether the owner knows the op; NULL: all
    int n, capacity;
    AdjStep *at;
    int depth, taken;  // calls open now, and which of them is being taken, 0 for none
    bool failed;       // memory ran out; an error is set
} AdjTrace;

// Records into [t], which starts zeroed but for `takes`, until adj_trace_end. Traces do not
// nest: false and an error when one is running.
ADJ_HIDDEN bool adj_trace_begin(AdjTrace *t);
ADJ_HIDDEN bool adj_trace_end(AdjTrace *t);  // false when recording failed
ADJ_HIDDEN void adj_trace_free(AdjTrace *t);
// The step's argument [name], which must be one of its row that is no tensor.
ADJ_HIDDEN const AdjValue *adj_step_arg(const AdjStep *step, const char *name);

// For call.c: what the running trace is told.
ADJ_HIDDEN void adj_trace_enter(AdjTrace *t, const AdjOp *op);
ADJ_HIDDEN void adj_trace_leave(AdjTrace *t, const AdjOp *op, int n_out, AdjTensor **out,
                                int n_in, AdjTensor *const *in, int n_arg, const AdjValue *arg);
ADJ_HIDDEN void adj_trace_assign(AdjTrace *t, AdjTensor *x, AdjTensor *value);
// The same to whoever watches calls: [x] took the contents of [value], in place.
ADJ_HIDDEN void adj_watch_assign(AdjTensor *x, AdjTensor *value);
