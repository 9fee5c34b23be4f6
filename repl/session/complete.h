// SPDX-License-Identifier: Apache-2.0
// complete.h: the hooks of the line editor that need to know what names mean. [self] is the
// session.
#pragma once
#include "session/session.h"

#include "term/term.h"

void adj_session_complete(void *self, const char *text, size_t length, size_t cursor,
                          AdjTermItems *items);
bool adj_session_signature_at(void *self, const char *text, size_t length, size_t cursor,
                              AdjCallHint *hint);
// help.c: the text of help on the name at [cursor]; malloc'ed, or NULL.
char *adj_session_inspect(AdjSession *s, const char *text, size_t length, size_t cursor,
                          bool source);  // with the lines of a definition
char *adj_session_help_at(void *self, const char *text, size_t length, size_t cursor);
