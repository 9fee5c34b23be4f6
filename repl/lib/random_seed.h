// SPDX-License-Identifier: Apache-2.0
// Seeds of the module random, as Python turns them into a state.
#pragma once

#include <stdbool.h>

#include "../../engine/core/random_mt.h"

// From the size of an int; its sign does not count.
void adj_random_seed_int(AdjMt *mt, uint64_t size);
// From a text or bytes. False: no memory.
bool adj_random_seed_text(AdjMt *mt, const char *text, size_t size);
// From the system's own randomness.
void adj_random_seed_fresh(AdjMt *mt);
