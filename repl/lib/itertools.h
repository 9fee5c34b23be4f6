// SPDX-License-Identifier: Apache-2.0
// The object behind all iterators of the module itertools.
#pragma once

#include "lib.h"

typedef struct Tool {
    AdjObj head;
    AdjVal v[3];     // kept; what they are is said at each iterator
    int64_t n[3];
    int64_t at;
    AdjList *list;   // kept or NULL
    int64_t *places; // owned: indices into the list
    size_t place_bytes;
    bool flag, ended;
} Tool;

Tool *adj_tool_new(AdjVM *vm, AdjVal type);
int adj_tool_end(Tool *t);  // lets go of everything; 0
void adj_tool_drop(AdjObj *o);
void adj_tool_traverse(AdjObj *o, AdjVisit visit, void *arg);
bool adj_tool_iter(AdjVM *vm, AdjVal self, AdjVal *out);
// A type of tools, by value; not ready yet.
AdjType adj_tool_type(const AdjNative *maker, int (*next)(AdjVM *, AdjVal, AdjVal *));
// itertools_pool.c
bool adj_tool_add_pools(AdjVM *vm, AdjDict *dict);
