// SPDX-License-Identifier: Apache-2.0
// limit.h: how large a tensor may be, for programs that run what they are given.
#pragma once
#include "core/internal.h"

// No tensor of this thread is made with more bytes, and no view that would have more as a copy;
// 0: any. So a step of a program takes bounded time as well as bounded memory.
ADJ_HIDDEN extern _Thread_local int64_t adj_most_tensor_bytes;
