// SPDX-License-Identifier: Apache-2.0
// What the files of the module collections share.
#pragma once

#include "lib.h"

extern AdjType adj_type_deque;  // deque.c
bool adj_namedtuple(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out);  // namedtuple.c
