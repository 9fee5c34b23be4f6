// SPDX-License-Identifier: Apache-2.0
//
// A model without a session: panels ask it as they ask the real one, and it answers from the
// main loop with what a test has laid down. It is linked in place of gui/session/model.c.
#pragma once

#include "session/model.h"

// The answer to every request of this name from now on, JSON text; NULL: an error.
void fake_answer(const char *name, const char *json);

// An answer that is made for each request from its fields.
typedef JsonObject *(*FakeMaker)(JsonObject *fields);
void fake_maker(const char *name, FakeMaker maker);

// What was asked last under this name, borrowed; NULL: nothing. And how often.
JsonObject *fake_asked(const char *name);
int fake_count(const char *name);

// Sends an event to whoever subscribed to this topic (observations: to everybody).
void fake_event(AdjUiModel *m, const char *topic, const char *json);

// The same with an object that was parsed before, as the real model gets it from its thread.
void fake_send(AdjUiModel *m, const char *topic, JsonObject *event);

JsonObject *fake_parse(const char *json);
