// SPDX-License-Identifier: Apache-2.0
// The iterators of the builtin containers (iterators.c): one object for all of them, so that
// the machine's for loop can step the common kinds without a call. `iter` slots of list, tuple,
// str, bytes, dict, set and range answer with these; dict views and reversed() use the other
// kinds. Invariant: an exhausted iterator has let go of its container (over is NULL) and stays
// exhausted.
#pragma once

#include "lang/value.h"

typedef enum AdjIterKind {
    ADJ_IT_LIST,
    ADJ_IT_TUPLE,
    ADJ_IT_RANGE,
    ADJ_IT_STR,
    ADJ_IT_BYTES,
    ADJ_IT_DICT_KEYS,
    ADJ_IT_DICT_VALUES,
    ADJ_IT_DICT_ITEMS,
    ADJ_IT_SET,
    ADJ_IT_LIST_BACK,
    ADJ_IT_TUPLE_BACK,
    ADJ_IT_STR_BACK,
    ADJ_IT_DICT_KEYS_BACK,
    ADJ_IT_DICT_VALUES_BACK,
    ADJ_IT_DICT_ITEMS_BACK,
    ADJ_IT_SEQUENCE,  // anything with __getitem__ that ends in IndexError
    ADJ_IT_SEQUENCE_BACK,
    ADJ_IT_COUNT
} AdjIterKind;

typedef struct AdjWalker {
    AdjObj head;
    AdjIterKind kind;
    AdjObj *over;  // kept; NULL once exhausted
    // list, tuple, sequence: [at] is the next index. range: the next value, [end] the number of
    // items left, [step] the distance. str, bytes: the next byte. dict: the next place in
    // entries; set: the next place in the table; both: [end] is the count at the beginning.
    int64_t at, end, step;
    AdjTuple *last;  // items of a dict: the pair given last, filled again if nobody kept it
} AdjWalker;

extern AdjType adj_iter_types[ADJ_IT_COUNT];  // by kind; each has its own name

// Whether [v] is one of these, whatever kind.
static inline bool adj_is_iter(AdjVal v)
{
    return v.tag == ADJ_T_OBJ && (size_t)(v.o->type - adj_iter_types) < ADJ_IT_COUNT;
}

bool adj_iter_new(AdjVM *vm, AdjIterKind kind, AdjObj *over, AdjVal *out);  // keeps [over]
// The next item: 1 (new reference), 0 at the end, -1 failed. Any kind.
int adj_iter_step(AdjVM *vm, AdjWalker *it, AdjVal *out);
