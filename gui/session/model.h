// SPDX-License-Identifier: Apache-2.0
// model.h: what a window knows of its session, and the only way to ask it for more.
//
// The model holds no picture and no widget. It speaks the comm of docs/protocol.md: requests
// with one answer each, subscriptions, events. Panels never speak to the session behind its
// back, so one place knows what has been asked, drops answers nobody waits for any more, and
// subscribes again after a restart. Names of requests and events are those of the protocol; a
// panel may use one that this file has never heard of.
#pragma once

#include "session/select.h"

#include <gio/gio.h>

#include <json-glib/json-glib.h>

typedef struct AdjUiClient AdjUiClient;

#define ADJ_UI_TYPE_MODEL (adj_ui_model_get_type())
G_DECLARE_FINAL_TYPE(AdjUiModel, adj_ui_model, ADJ_UI, MODEL, GObject)

// State of the session as its end of the wire shows it.
typedef enum {
    ADJ_UI_ABSENT,    // none was started
    ADJ_UI_STARTING,  // waits for its first answer
    ADJ_UI_IDLE,
    ADJ_UI_BUSY,
    ADJ_UI_DEAD,  // its process ended without being asked to
} AdjUiState;

// Signals of a model:
//   "state"      the session became idle, busy, dead ...
//   "connected"  a session (the first, or another after a restart) answers: read things anew
//   "ran"        a cell came to its end: variables, modules and trace may have changed
//   "selection"  something else is selected
//   "event::X"   (const char *name, JsonObject *event)  event X of the protocol arrived
//   "published"  (const AdjUiMessage *)  any message of Jupyter's iopub channel arrived
//   "input"      (const AdjUiMessage *)  the session asks for a line of input

AdjUiModel *adj_ui_model_new(void);

// -- the session --------------------------------------------------------------------------

AdjUiClient *adj_ui_model_client(AdjUiModel *m);
AdjUiState adj_ui_model_state(AdjUiModel *m);

// Takes the answer to a request: [reply] is borrowed. NULL when it failed or the session ended,
// and [error] is then a sentence.
typedef void (*AdjUiAnswer)(gpointer self, JsonObject *reply, const char *error);

// Sends request [name] with [fields] (taken; NULL for none) and calls [answer] once from the
// main loop, unless [owner] is finalised before that (NULL: nobody owns it) or it is cancelled.
// Never blocks, and never answers before it returns. Returns a number for adj_ui_model_cancel.
guint adj_ui_model_ask(AdjUiModel *m, const char *name, JsonObject *fields, AdjUiAnswer answer,
                       gpointer self, GObject *owner);
void adj_ui_model_cancel(AdjUiModel *m, guint number);

// Subscribes with the [fields] (taken) of the protocol's request `subscribe` and calls [event]
// for everything that comes of it while [owner] lives: for observations each item by itself,
// for other topics the whole event. Subscriptions outlive a restart of the session. Whoever is
// hidden should unsubscribe. Returns a number for adj_ui_model_unsubscribe.
typedef void (*AdjUiEvent)(gpointer self, JsonObject *data);
guint adj_ui_model_subscribe(AdjUiModel *m, JsonObject *fields, AdjUiEvent event, gpointer self,
                             GObject *owner);
void adj_ui_model_unsubscribe(AdjUiModel *m, guint number);

// The newest event or reply [name], borrowed, or NULL if there was none: what a panel that was
// just made shows first.
JsonObject *adj_ui_model_newest(AdjUiModel *m, const char *name);

// -- the selection ------------------------------------------------------------------------

const AdjUiSelection *adj_ui_model_selection(AdjUiModel *m);

// Selects a copy of [s], unless it is what is selected. Emits "selection".
void adj_ui_model_select(AdjUiModel *m, const AdjUiSelection *s);
