// SPDX-License-Identifier: Apache-2.0
// builder.h: the builder of flow graphs, between flow.c and build.c.
#pragma once
#include "flow/flow.h"

enum { FLOW_MAX_STREAMS = 64 };

struct AdjFlow {
    int refs;
    FlowGraph *g;  // NULL once built
    int stream[FLOW_MAX_STREAMS], n_stream;
    bool split;       // between split and merge
    int target;       // the node `using` hands tags to; -1: none
    int fork;         // the side branch a `tag` names; -1: none
    AdjModule *body;  // kept; of the loop or map that is not finished
    bool mapping, batched, finishing;
    AdjErrorKind error;
    char text[400];
};

// Remembers what is wrong, unless something was wrong before. Returns [f].
ADJ_HIDDEN AdjFlow *adj_flow_wrong(AdjFlow *f, AdjErrorKind kind, const char *format, ...)
    ADJ_PRINTF(3, 4);
ADJ_HIDDEN bool adj_flow_ready(AdjFlow *f, const char *verb, bool given);
ADJ_HIDDEN int adj_flow_add(AdjFlow *f, FlowKind kind, AdjModule *m, const char *name,
                            const int *in, int n_in);
ADJ_HIDDEN void adj_flow_add_input(AdjFlow *f, const char *name);
ADJ_HIDDEN int adj_flow_add_module(AdjFlow *f, AdjModule *m, int from);
