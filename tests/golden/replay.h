// SPDX-License-Identifier: Apache-2.0
// A machine with the engine's names in it, in which golden expressions are evaluated one by
// one.
#pragma once
#include "bind/bind.h"
#include "golden/read.h"

enum { REPLAY_TENSORS = 64 };

// The tensors of a value: itself, or those of a list or tuple in order; numbers as 0-axis ones.
typedef struct ReplayResult {
    int n;
    AdjTensor *at[REPLAY_TENSORS];  // in the scope that was open when replay_run was called
} ReplayResult;

AdjVM *replay_new(void);
// Where the tensors of every case are made from now on: "cpu", "cuda". False: it cannot be
// used, and the engine's error stands.
bool replay_use_device(const char *title);
// Forgets all names and imports torch, nn and F again.
bool replay_reset(AdjVM *vm);
// Gives the tensor a global name.
bool replay_define(AdjVM *vm, const char *name, AdjTensor *t);
// Runs the statements; the value of the last one is flattened into [out]. False: the exception
// stands in the machine.
bool replay_run(AdjVM *vm, const char *text, ReplayResult *out);
// The same, as the text that print would show. The caller frees it; NULL on failure.
char *replay_text(AdjVM *vm, const char *text);
// Shows the standing exception as notes and clears it.
void replay_note_error(AdjVM *vm);
// Clears the standing exception; whether it is one of the named class or of a kind of it. Its
// message is copied to [message].
bool replay_error_is(AdjVM *vm, const char *name, char *message, size_t size);
