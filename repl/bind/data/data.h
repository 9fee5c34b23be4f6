// SPDX-License-Identifier: Apache-2.0
// data.h: between the files that bind torch.utils.data: datasets.c, collate.c, loader.c.
#pragma once
#include "bind/bind.h"

typedef struct AdjTensorDataset {
    AdjObj head;
    AdjTuple *tensors;
} AdjTensorDataset;

typedef struct AdjSubset {
    AdjObj head;
    AdjVal dataset;
    AdjList *indices;
} AdjSubset;

extern AdjType adj_type_dataset, adj_type_iterable_dataset, adj_type_tensor_dataset,
    adj_type_subset;

// The batch that PyTorch's default_collate makes of [items], which are not empty.
bool adj_bind_collate(AdjVM *vm, AdjList *items, AdjVal *out);
bool adj_bind_random_split(AdjVM *vm, AdjVal *a, int count, AdjVal *out);
