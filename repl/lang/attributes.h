// SPDX-License-Identifier: Apache-2.0
// attributes.h: an object's own attributes, looked at without changing how they are kept.
#pragma once
#include "lang/value.h"

// How many there are, 0 for an object that takes none.
int64_t adj_attr_count(AdjObj *o);
// Calls [each] for every one; names and values are borrowed.
void adj_attr_each(AdjObj *o, void (*each)(void *data, AdjStr *name, AdjVal value), void *data);
