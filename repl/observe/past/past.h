// SPDX-License-Identifier: Apache-2.0
// past.h: the past of a session, between the files that answer about it: the step that somebody
// looks at (past.c), two runs side by side (lockstep.c), and the subscriptions that keep it
// (client.c).
#pragma once
#include "observe/watching.h"

#include "observe/again.h"
#include "observe/watch.h"

// The past is kept while anybody wants it.
bool adj_past_want(AdjSession *s, bool on);
void adj_past_keep_every(void);  // whatever it costs
void adj_past_forget(void);
int64_t adj_past_state(void);  // changes when what the request `timeline` says does
// The step at the cursor if it is this one, else NULL.
AdjAgain *adj_past_at(int64_t step);
// The number of a branch, the running one of NULL; -1 and an exception: there is none.
int adj_past_branch(AdjRequestCall *c, const char *key);

void adj_lockstep_forget(void);

// What is looked at, and what was seen, as the document has them (client.c).
bool adj_read_form(AdjRequestCall *c, AdjWatchSpec *spec);
void adj_say_seen(AdjAnswerText *o, const AdjSeen *s);
