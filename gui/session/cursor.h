// SPDX-License-Identifier: Apache-2.0
// cursor.h: the step of training that a window shows: the program as it is, or a step of the
// past, which the session computes again (docs/protocol.md, "The past"). There is one for each
// model; whatever can show a recorded step follows it.
#pragma once

#include "session/model.h"

#define ADJ_UI_TYPE_CURSOR (adj_ui_cursor_get_type())
G_DECLARE_FINAL_TYPE(AdjUiCursor, adj_ui_cursor, ADJ_UI, CURSOR, GObject)

// Signals of a cursor:
//   "moved"   it stands at another step, whose values can be asked for, or at the program again
//   "refused" (const char *) a step cannot be shown, and why; the cursor stays where it was

// The cursor of a model, borrowed; made when it is first asked for.
AdjUiCursor *adj_ui_cursor_of(AdjUiModel *model);

// Where it stands; ADJ_UI_NONE: at the program itself. [same]: the step came out bit for bit.
gint64 adj_ui_cursor_step(const AdjUiCursor *c);
gboolean adj_ui_cursor_is_same(const AdjUiCursor *c);
gboolean adj_ui_cursor_has_values(const AdjUiCursor *c);
// Where it is on the way to, or stands.
gint64 adj_ui_cursor_wish(const AdjUiCursor *c);

// Goes to a step, ADJ_UI_NONE: back to the program. While one is on its way the newest wish
// waits and the others are forgotten.
void adj_ui_cursor_go(AdjUiCursor *c, gint64 step);

// Adds "step" to the fields of a request when the cursor stands in the past; [fields] NULL: new
// ones. Answers the fields.
JsonObject *adj_ui_cursor_fields(AdjUiModel *model, JsonObject *fields);
gboolean adj_ui_cursor_in_past(AdjUiModel *model);

// For who subscribes to observations: asks for what these [fields] (taken) observe at the
// cursor's step and calls [each] with every item, while [owner] lives.
void adj_ui_cursor_look(AdjUiModel *model, JsonObject *fields, AdjUiEvent each, gpointer self,
                        GObject *owner);
