// SPDX-License-Identifier: Apache-2.0
// reducer.h: gradients of a model that several processes train, each on its share of a batch:
// backward() leaves every process with the mean of all their gradients.
//
// Parameters stand in buckets, the last registered first, since backward comes to them first.
// A bucket whose gradients are all complete begins its sum over the processes while the sweep
// goes on; sums begin in the order of the buckets on every process, whatever came first. When a
// gradient is complete is not known beforehand: a parameter may be used several times. The
// number of its uses in the last pass is taken as the number in this one; should another come
// after its bucket has begun, that is told to all in the last sum, and buckets are summed once
// more.
//
// Beside its gradients a bucket carries one number for each, whether this process had one: a
// parameter that no process used stays without gradient, and one that some did not use counts
// zero there.
#pragma once
#include "distributed/group.h"

typedef struct AdjReducedLeaf {
    AdjTensor *leaf;   // kept
    AdjTensor *place;  // kept: its part of the bucket, in its shape
    int bucket, in_bucket;
    int uses, expected;  // in this pass, in the last
    bool met, complete;  // a gradient came; it stands in the bucket
    bool alone;          // leaf->grad holds gradients that only this process has
    AdjTensor *sum;      // borrowed from the pass, where it stands at [at]
    int at;
} AdjReducedLeaf;

typedef struct AdjBucket {
    AdjTensor *data;  // kept: gradients, then one number a slot, then one more in the last
    int first, n;     // slots
    int left;         // gradients to come
    bool begun;
    void *request;
} AdjBucket;

typedef struct AdjReducer {
    struct AdjReducer *next;
    int64_t id;
    int n, n_buckets, begun;
    AdjReducedLeaf *slots;
    AdjBucket *buckets;
    int *index;  // from the address of a leaf to its slot + 1; open addressing
    int index_room;
    bool quiet;   // passes add up on this process alone
    bool active;  // in the running pass
    bool late;    // a gradient came after its bucket had begun
} AdjReducer;

// All reducers of this thread; NULL where nothing is distributed.
ADJ_HIDDEN extern _Thread_local AdjReducer *adj_reducers;

// [params] in the order of the model; buckets of at most [bytes]. Its number; 0: an error.
ADJ_HIDDEN int64_t adj_reducer_add(AdjTensors params, int64_t bytes);
ADJ_HIDDEN void adj_reducer_remove(int64_t id);
ADJ_HIDDEN void adj_reducer_quiet(int64_t id, bool quiet);

// What a pass tells (backward.c): the gradient of [leaf] so far, and where the pass keeps it.
ADJ_HIDDEN void adj_reducers_begin(void);
ADJ_HIDDEN bool adj_reducers_met(AdjTensor *leaf, AdjTensor *sum, int at);
// Called once when the sweep is over, before leaves get their gradients: [take] is given each
// mean, to stand at [at], or where that is -1, for a leaf that this pass did not meet.
typedef bool (*AdjTakeMean)(void *pass, AdjTensor *leaf, int at, AdjTensor *mean);
ADJ_HIDDEN bool adj_reducers_end(AdjTakeMean take, void *pass);
// The pass failed: what was begun is awaited and forgotten.
ADJ_HIDDEN void adj_reducers_cancel(void);
