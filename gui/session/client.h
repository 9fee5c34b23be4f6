// SPDX-License-Identifier: Apache-2.0
// client.h: the window's end of a session: its process, its requests, its death.
//
// A session is a process of its own that outlives the window: it is started in a session of its
// own, its output goes to a file, and a note in the user's runtime folder says which notebook
// it serves. A window that opens the same notebook finds the note and attaches. Requests are
// functions that return at once; everything that comes back for one goes to its handler.
#pragma once

#include "session/model.h"
#include "session/wire.h"

// Takes every message whose parent is the request, in order of arrival, and NULL last: when
// both the reply and the session's idle have come, or the session has ended.
typedef void (*AdjUiReply)(gpointer self, const AdjUiMessage *m);

typedef struct {
    gpointer self;
    void (*state)(gpointer self, AdjUiState state);
    void (*connected)(gpointer self);
    void (*published)(gpointer self, const AdjUiMessage *m);  // every message on iopub
    void (*input)(gpointer self, const AdjUiMessage *m);      // the session asks for a line
} AdjUiClientEvents;

AdjUiClient *adj_ui_client_new(const AdjUiClientEvents *events);
void adj_ui_client_free(AdjUiClient *c);  // leaves the session running

// Starts a session in [folder] for [notebook] (may be NULL), or attaches to the one that serves
// it already. FALSE with a sentence in [error] if the program cannot be started.
gboolean adj_ui_client_start(AdjUiClient *c, const char *folder, const char *notebook,
                             GError **error);
gboolean adj_ui_client_attach(AdjUiClient *c, const char *connection_file, GError **error);
gboolean adj_ui_client_attached(AdjUiClient *c);  // to a session that ran before the window
// The session is a new one, because that of the notebook was found dead.
gboolean adj_ui_client_replaced(AdjUiClient *c);
AdjUiState adj_ui_client_state(AdjUiClient *c);
GPid adj_ui_client_pid(AdjUiClient *c);  // 0 if it is not known

// Sends a request with [content] (taken). Returns its message id, borrowed until the request is
// over, or NULL if there is no session. Where nobody waits ([reply] is NULL), the id is "".
const char *adj_ui_client_send(AdjUiClient *c, AdjUiChannel channel, const char *type,
                               JsonObject *content, AdjUiReply reply, gpointer self);

// The same for a cell, by whose name other windows find it in the notebook.
const char *adj_ui_client_execute(AdjUiClient *c, JsonObject *content, const char *cell,
                                  AdjUiReply reply, gpointer self);
// Whether the request is ours, or followed; and following one that somebody else has made and
// that has not come to its end: [reply] hears of it from now on.
gboolean adj_ui_client_knows(AdjUiClient *c, const char *request);
void adj_ui_client_follow(AdjUiClient *c, const char *request, AdjUiReply reply, gpointer self);

// Nothing more is given to [self].
void adj_ui_client_forget(AdjUiClient *c, gpointer self);

// [question] is the header of the request for input.
void adj_ui_client_answer_input(AdjUiClient *c, JsonObject *question, const char *line);
void adj_ui_client_interrupt(AdjUiClient *c);
// Ends the session: asks it, and kills it when it has not gone after two seconds.
void adj_ui_client_stop(AdjUiClient *c);
// Ends it at once and starts another one.
gboolean adj_ui_client_restart(AdjUiClient *c, GError **error);

// The note that names the session serving [notebook] from now on.
void adj_ui_client_rename(AdjUiClient *c, const char *notebook);
