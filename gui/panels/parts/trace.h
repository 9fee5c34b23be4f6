// SPDX-License-Identifier: Apache-2.0
//
// From the session's answer `trace` to a graph, and the graph to the order in which the
// backward pass visits it.
#pragma once

#include "sight/graph.h"

#include <json-glib/json-glib.h>

// A closed graph of the trace's operations and their leaves. An operation keeps its index in
// the trace as its id; leaves have negative ids. Safe in any thread as long as nobody changes
// the reply.
AdjUiGraph *adj_ui_trace_graph(JsonObject *reply);

// The operations that a backward pass from [root] visits, in its order: those that lead to it
// and want a gradient, the latest first. Newly allocated, [count] of them.
int32_t *adj_ui_trace_walk(const AdjUiGraph *graph, int32_t root, int32_t *count);
