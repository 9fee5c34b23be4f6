// SPDX-License-Identifier: Apache-2.0
//
// Where a walk is to stop: operations that were marked, each with a condition or without, and
// conditions that hold anywhere. A condition is what one would say: "norm(grad) > 10",
// "op == relu and norm(grad) < 1e-6", "module == net.0".
#pragma once

#include "panels/tape/walk.h"

#include <gtk/gtk.h>

typedef struct AdjUiBreaks AdjUiBreaks;

// [changed] hears that the picture of the marks is old.
AdjUiBreaks *adj_ui_breaks_new(void (*changed)(gpointer self), gpointer self);
void adj_ui_breaks_free(AdjUiBreaks *b);

// The walk whose operations are marked; another one's marks are forgotten.
void adj_ui_breaks_follow(AdjUiBreaks *b, AdjUiWalk *walk);

// Marks an operation, or removes its mark; TRUE: it is marked now.
gboolean adj_ui_breaks_toggle(AdjUiBreaks *b, int32_t op);
// Sets what must hold there: "" is always, NULL removes the mark. FALSE: not understood.
gboolean adj_ui_breaks_set(AdjUiBreaks *b, int32_t op, const char *condition);
// What stops the walk anywhere; "" for nothing.
gboolean adj_ui_breaks_anywhere(AdjUiBreaks *b, const char *condition);

// The field `breakpoints` of a request.
JsonNode *adj_ui_breaks_say(const AdjUiBreaks *b);

// The fields of a condition, or NULL when it is not understood. "" has none.
JsonObject *adj_ui_condition(const char *text);

// Asks for the condition of [op] (-1: for the one that holds anywhere) beside a place of
// [parent].
void adj_ui_breaks_ask(AdjUiBreaks *b, GtkWidget *parent, const GdkRectangle *at, int32_t op);
