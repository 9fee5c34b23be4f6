// SPDX-License-Identifier: Apache-2.0
// group.h: the processes that train together. Without a launcher there is one, and everything
// here is then done at once, by doing nothing.
//
// Collective calls: every process makes the same ones in the same order. Tensors may have any
// strides and, where elements are added, any number type; half precision travels and is added
// in f32.
#pragma once
#include "core/internal.h"
#include "distributed/transport.h"

typedef struct AdjProcessGroup {
    const AdjTransport *transport;  // NULL: a group of one
    int rank, size;
} AdjProcessGroup;
ADJ_HIDDEN const AdjProcessGroup *adj_group(void);

// Whether the environment says that a launcher started this process beside others.
ADJ_HIDDEN bool adj_group_is_launched(void);
// Joins the others over [transport]; NULL: a group of one. Once a process.
ADJ_HIDDEN bool adj_group_join(const AdjTransport *transport);

// x := its reduction over all processes. A kind of element that cannot be reduced is an error.
ADJ_HIDDEN bool adj_group_reduce(AdjTensor *x, AdjReduction how);
// x := that of process [root].
ADJ_HIDDEN bool adj_group_broadcast(AdjTensor *x, int root);
// (size, shape of x...), the x of each process in the order of ranks.
ADJ_HIDDEN AdjTensor *adj_group_gather(AdjTensor *x);
ADJ_HIDDEN bool adj_group_barrier(void);

// Fails with the sentence of the transport.
ADJ_HIDDEN bool adj_group_fail(const char *why);
// The element that a contiguous tensor of this type travels as; false: none.
ADJ_HIDDEN bool adj_group_element(AdjDtype type, AdjElement *out);
