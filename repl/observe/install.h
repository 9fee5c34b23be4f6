// SPDX-License-Identifier: Apache-2.0
// install.h: all that the rest of the program needs to know of observation.
#pragma once
#include "lang/value.h"

struct AdjSession;
struct AdjTensor;

// The names of the language (module _observe, on which `seeing` stands), and the comm target
// `adjoint` of docs/protocol.md.
bool adj_observe_install(struct AdjSession *s);
// A person or a program watches this session: steps leave records, backward passes leave
// points.
void adj_observe_start(struct AdjSession *s);
void adj_observe_stop(struct AdjSession *s);
// Sends what subscribers are due to hear, or when a cell has [ended], all there is. Cheap when
// nobody subscribed.
void adj_observe_pump(struct AdjSession *s, bool ended);
// backward() has run from [root]: its value becomes a point under its name in the source.
void adj_observe_backward(AdjVM *vm, struct AdjTensor *root);
// The run that is being written, NULL for none.
const char *adj_observe_run(void);
