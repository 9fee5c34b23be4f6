// SPDX-License-Identifier: Apache-2.0
// install.h: all that the session needs to know of the binding, without the engine's headers.
#pragma once
#include "lang/value.h"

// The engine's names in the modules torch, torch.nn ... and in the prelude, and the pipe's
// hooks. False: an exception stands.
bool adj_bind_install(AdjVM *vm);

// "(32, 10) f32" for a tensor; false for anything else.
bool adj_bind_describe(AdjVal v, char *text, size_t room);

// The signature of an operation, a module's class or an optimizer's class as its row spells it;
// NULL for anything else.
const char *adj_bind_signature(AdjVal v);
// Adds what the row of such a value says: signature, call, documentation, source. False, with
// nothing added, for anything else.
bool adj_bind_help(AdjVM *vm, AdjVal v, AdjBuf *b);

// Called as a pass over a DataLoader advances: [done] of [total] batches are behind, [loss] is
// the value that backward() last started from (NaN before there is one). done == -1: the pass
// has ended. [pass] tells passes apart.
typedef void (*AdjPassWatcher)(void *self, const void *pass, int64_t done, int64_t total,
                               double loss);
void adj_bind_watch_passes(AdjPassWatcher watcher, void *self);
