// SPDX-License-Identifier: Apache-2.0
// notebook_mime.h: the forms of a value in JSON, as notebooks hold them.
#pragma once
#include "session/bundle.h"
#include "session/json_tree.h"

// Text by its lines, bytes as base64, JSON as itself. NULL: no memory.
AdjJsonNode *adj_mime_to_json(AdjArena *a, const AdjMime *m);
// A tree of JSON text that need not outlive the call; NULL: it is none.
AdjJsonNode *adj_json_parse_copy(AdjArena *a, const char *text);
