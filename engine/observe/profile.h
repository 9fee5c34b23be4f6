// SPDX-License-Identifier: Apache-2.0
// profile.h: where the time and the memory of a step went, and what the process uses of the
// machine.
#pragma once
#include "observe/record.h"

typedef struct AdjCost {
    const char *name;
    int calls;
    double forward_us, backward_us;
    int64_t bytes;
} AdjCost;
// Sums the operations of a step by kind, or by module: the dearest first, at most [most]; how
// many there are.
ADJ_HIDDEN int adj_record_costs(const AdjRecord *r, bool by_module, AdjCost *out, int most);

typedef struct AdjResources {
    double time, uptime;  // seconds
    double cpu;           // processors used since the last call, 1.0 is one
    int threads;
    int64_t resident, memory, available, tensors, tensor_bytes;
} AdjResources;
ADJ_HIDDEN void adj_resources(AdjResources *out);
