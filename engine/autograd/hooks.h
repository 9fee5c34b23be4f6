// SPDX-License-Identifier: Apache-2.0
// hooks.h: functions called with a gradient when it is known; between tensor.c, node.c and
// backward.c.
#pragma once
#include "core/internal.h"

ADJ_HIDDEN void adj_hooks_free(AdjHookEntry **list);
// Removes the entry that stores gradients in [t], which is going away.
ADJ_HIDDEN void adj_hooks_forget(AdjNode *node, const AdjTensor *t);
// Runs the hooks of output [out] on *[grad], which they may replace; then stores it where
// asked. False when a hook failed.
ADJ_HIDDEN bool adj_hooks_run(AdjHookEntry *list, uint32_t out, AdjTensor **grad);
