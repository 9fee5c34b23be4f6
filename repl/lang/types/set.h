// SPDX-License-Identifier: Apache-2.0
// Set operations that dict views share with sets.
#pragma once

#include "lang/value.h"

static inline AdjSet *adj_set_of(AdjVal v)
{
    return (AdjSet *)v.o;
}

// Adds all items of [iterable].
bool adj_set_update(AdjVM *vm, AdjSet *s, AdjVal iterable);
// Takes out all items of [iterable].
bool adj_set_subtract(AdjVM *vm, AdjSet *s, AdjVal iterable);
// Each item of [iterable] goes out if it is in, and in if it is not.
bool adj_set_toggle(AdjVM *vm, AdjSet *s, AdjVal iterable);
// New reference; of the exact builtin type.
AdjSet *adj_set_from(AdjVM *vm, AdjVal iterable, bool frozen);
AdjSet *adj_set_intersection(AdjVM *vm, AdjSet *s, AdjVal iterable);
void adj_set_clear(AdjSet *s);
